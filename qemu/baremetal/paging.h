// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Paging (PAE, 2 MiB pages): the first 4 MiB one to one, and windows through which 32-bit code
// reaches any guest-physical address. All other addresses fault, so a stray pointer is reported and
// not obeyed.
#ifndef QDPI_BAREMETAL_PAGING_H
#define QDPI_BAREMETAL_PAGING_H

#include <stdbool.h>
#include <stdint.h>

enum {
    QDPI_PAGE_BYTES = 2 * 1024 * 1024,
    QDPI_WINDOW_SPAN = QDPI_PAGE_BYTES,  // bytes that a window shows from any address on, at least
};

void qdpi_paging_init(void);

/// Use the same tables on another processor.
void qdpi_paging_enter(void);

/// The number of a window of the caller's own.
unsigned qdpi_window_claim(void);

/// Point window `window` at guest-physical address `address`, which qdpi_paging_reaches(); what the
/// window showed before can no longer be accessed. Returns where `address` appears.
void *qdpi_window_map(unsigned window, uint64_t address);

/// Whether the processor has address lines for the whole range, which says nothing about what
/// stands there.
bool qdpi_paging_reaches(uint64_t address, uint64_t size);

#endif
