// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi run: the launcher.

#include <signal.h>

#include "command.h"
#include "launch.h"

static int run(int argc, char **argv)
{
    // Who reads --help or --print-command through a pipe may go away, as with qdpi-launch.
    signal(SIGPIPE, SIG_DFL);
    return qdpi_launch(argc, argv);
}

const struct qdpi_command qdpi_command_run = {
    .name = "run",
    .summary = "QEMU, and a simulator or another command with it",
    .run = run,
};
