// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Where QEMU's machines put a RAM file in guest-physical memory. Used only where QEMU cannot be
// asked (endpoint file:). Pure.

#ifndef QDPI_MACHINE_LAYOUT_H_
#define QDPI_MACHINE_LAYOUT_H_

#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"
#include "memory_map.h"

#define QDPI_MACHINE_LAYOUT_RANGES_MAX 4

/**
 * Ranges of `size` bytes of RAM in machine `machine`, host pointers left NULL, file 0.
 * flat: one range at GPA 0. pc and q35: [0, 640 KiB) RAM, the VGA hole absent, 0xc0000-0xfffff ROM,
 * RAM up to the hole below 4 GiB, the rest from 4 GiB (QEMU: hw/i386/pc_piix.c, hw/i386/pc_q35.c).
 * @return how many of `ranges` were filled.
 */
size_t qdpi_machine_layout(enum qdpi_machine machine, uint64_t size,
                           struct qdpi_map_range ranges[QDPI_MACHINE_LAYOUT_RANGES_MAX]);

#endif  // QDPI_MACHINE_LAYOUT_H_
