// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of QEMU's `info mtree -f` -> ranges of one address space. Pure.

#ifndef QDPI_MTREE_H_
#define QDPI_MTREE_H_

#include <stddef.h>
#include <stdint.h>

#include "last_error.h"
#include "qemu_dpi.h"

#define QDPI_MTREE_NAME_MAX 128

struct qdpi_mtree_range {
    uint64_t first;
    uint64_t last;
    enum qdpi_memory_kind kind;
    uint64_t offset;                /**< of `first` in the region */
    char name[QDPI_MTREE_NAME_MAX]; /**< region name, without a leading "/objects/" */
};

/**
 * Find the flat view of address space `address_space` ("memory", "I/O") in `text` and list its
 * ranges in ascending order.
 * @param ranges  receives an array to free(); NULL on error.
 * @return how many; -EPROTO with a sentence if there is no such view or a line of it is not
 *         understood (a range that cannot be read must not be taken for a hole); -ENOMEM.
 */
int qdpi_mtree_parse(const char *text, const char *address_space, struct qdpi_mtree_range **ranges,
                     struct qdpi_error *error);

#endif  // QDPI_MTREE_H_
