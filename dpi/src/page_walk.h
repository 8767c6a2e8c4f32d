// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The walk of x86 page tables. Pure: it reads entries through a callback, at most five, and ends
// on any content of memory.

#ifndef QDPI_PAGE_WALK_H_
#define QDPI_PAGE_WALK_H_

#include <stddef.h>
#include <stdint.h>

#include "last_error.h"
#include "qemu_dpi.h"

/**
 * Read one entry of `size` 4 or 8 bytes, aligned to its size, in one piece.
 * @return 0; -EFAULT: no RAM there, with a sentence; anything else ends the walk with it.
 */
typedef int qdpi_entry_reader(void *context, uint64_t gpa, void *entry, size_t size,
                              struct qdpi_error *error);

/** Results and meaning: qdpi_translate(). `translation` is set in any case. */
int qdpi_page_walk(const struct qdpi_paging *paging, uint64_t gva, unsigned access,
                   qdpi_entry_reader *read, void *context, struct qdpi_translation *translation,
                   struct qdpi_error *error);

#endif  // QDPI_PAGE_WALK_H_
