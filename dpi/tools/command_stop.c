// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi stop: the guest's CPUs stand still.

#include "command.h"
#include "guest_control.h"

static int run(int argc, char **argv)
{
    static const struct qdpi_guest_control control = {
        .what = "stop the guest",
        .doc = "Stop the guest's CPUs, and return when they stand. Its memory can be read and "
               "written meanwhile.",
        .act = qdpi_guest_stop,
    };
    return qdpi_run_guest_control(&control, argc, argv);
}

const struct qdpi_command qdpi_command_stop = {
    .name = "stop",
    .summary = "Stop the guest's CPUs",
    .run = run,
};
