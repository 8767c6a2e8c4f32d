// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi cont: the guest's CPUs run again.

#include "command.h"
#include "guest_control.h"

static int run(int argc, char **argv)
{
    static const struct qdpi_guest_control control = {
        .what = "continue the guest",
        .doc = "Let the guest's CPUs run, after stop or a start with -S.",
        .act = qdpi_guest_continue,
    };
    return qdpi_run_guest_control(&control, argc, argv);
}

const struct qdpi_command qdpi_command_cont = {
    .name = "cont",
    .summary = "Let them run again",
    .run = run,
};
