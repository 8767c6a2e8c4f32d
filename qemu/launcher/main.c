// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The program qdpi-launch.

#include <argp.h>
#include <stdio.h>

#include "launch.h"
#include "qemu_dpi.h"

static void print_version(FILE *stream, struct argp_state *state)
{
    (void)state;
    fprintf(stream, "qdpi-launch %d.%d.%d\n", QDPI_VERSION_MAJOR, QDPI_VERSION_MINOR,
            QDPI_VERSION_PATCH);
}

int main(int argc, char **argv)
{
    argp_program_version_hook = print_version;
    return qdpi_launch(argc, argv);
}
