// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi nmi: a non-maskable interrupt.

#include "command.h"
#include "guest_control.h"

static int nmi(struct qdpi_bridge *bridge, unsigned timeout_ms)
{
    const int result = qdpi_nmi(bridge);
    return result == 0 ? qdpi_fence(bridge, timeout_ms) : result;
}

static int run(int argc, char **argv)
{
    static const struct qdpi_guest_control control = {
        .what = "inject an NMI",
        .doc = "Inject a non-maskable interrupt into all CPUs, and return when QEMU has done so.",
        .act = nmi,
    };
    return qdpi_run_guest_control(&control, argc, argv);
}

const struct qdpi_command qdpi_command_nmi = {
    .name = "nmi",
    .summary = "Inject a non-maskable interrupt",
    .run = run,
};
