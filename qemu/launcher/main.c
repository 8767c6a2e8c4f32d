// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The program qdpi-launch.

#include "launch.h"

int main(int argc, char **argv)
{
    return qdpi_launch(argc, argv);
}
