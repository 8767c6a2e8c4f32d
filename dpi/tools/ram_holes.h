// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Which parts of guest RAM nobody has ever touched.
//
// A RAM file has holes where the guest has not been yet. Reading one through a mapping fills it
// with pages: a look at a whole guest would take as much memory on the host as the guest has RAM.

#ifndef QDPI_TOOLS_RAM_HOLES_H_
#define QDPI_TOOLS_RAM_HOLES_H_

#include <stdbool.h>
#include <stdint.h>

#include "qemu_dpi.h"

struct qdpi_ram_holes {
    const char *path;  ///< of the file that is open, NULL: none
    int file;          ///< -1: it cannot be opened, and counts as having no holes
    uint64_t size;
    uint64_t first;  ///< [first, end) of the file are alike, as last asked
    uint64_t end;
    bool hole;
};

void qdpi_ram_holes_open(struct qdpi_ram_holes *holes);

void qdpi_ram_holes_close(struct qdpi_ram_holes *holes);

/// @return how many bytes from `gpa` on, 1 to `most`, are either all in a hole, which reads as
/// zeros, or all not. `range` holds them.
uint64_t qdpi_ram_holes_extent(struct qdpi_ram_holes *holes, const struct qdpi_memory_range *range,
                               uint64_t gpa, uint64_t most, bool *hole);

#endif
