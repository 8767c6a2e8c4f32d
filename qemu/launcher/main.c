// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The program qdpi-launch.

#include <argp.h>

#include "launch.h"

int main(int argc, char **argv)
{
    argp_program_version = "qdpi-launch " QDPI_VERSION_TEXT;
    return qdpi_launch(argc, argv);
}
