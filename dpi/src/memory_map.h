// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory map: GPA ranges and what stands behind each. Pure: no file, no socket, no thread.
// A map is an immutable snapshot: it is built whole, swapped whole, and never edited.

#ifndef QDPI_MEMORY_MAP_H_
#define QDPI_MEMORY_MAP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qemu_dpi.h"

#define QDPI_MAP_NO_FILE (-1)

/** [first, last] inclusive, so that a range may end at 2^64 - 1. */
struct qdpi_map_range {
    uint64_t first;
    uint64_t last;
    unsigned char *host; /**< where `first` is mapped in this process; NULL: no file behind it */
    uint64_t offset;     /**< of `first` in file `file` */
    int file;            /**< index into the guest's RAM files, or QDPI_MAP_NO_FILE */
    enum qdpi_memory_kind kind;
};

struct qdpi_memory_map {
    size_t count;
    struct qdpi_map_range ranges[]; /**< ascending, disjoint, neighbours merged */
};

/**
 * Copy `count` ranges, in any order, into a new map: sorted; neighbours that continue each other in
 * GPA, kind, file, offset and host address become one.
 * @return NULL with errno EINVAL (overlap, or first > last) or ENOMEM. Free with free().
 */
struct qdpi_memory_map *qdpi_memory_map_build(const struct qdpi_map_range *ranges, size_t count);

/** The range that contains `gpa`, or NULL. O(log n). */
const struct qdpi_map_range *qdpi_memory_map_find(const struct qdpi_memory_map *map, uint64_t gpa);

/** Whether two maps are the same in every field of every range. */
bool qdpi_memory_map_equal(const struct qdpi_memory_map *a, const struct qdpi_memory_map *b);

#endif  // QDPI_MEMORY_MAP_H_
