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

/** Where the firmware switches between RAM, ROM and devices without telling anyone: no snapshot can
 *  be trusted there. */
#define QDPI_UNSETTLED_FIRST UINT64_C(0xa0000)
#define QDPI_UNSETTLED_END UINT64_C(0x100000)

/** [first, last] inclusive, so that a range may end at 2^64 - 1. */
struct qdpi_map_range {
    uint64_t first;
    uint64_t last;
    unsigned char *host; /**< where `first` is mapped in this process; NULL: no file behind it */
    uint64_t offset;     /**< of `first` in what is mapped of file `file` */
    int file;            /**< index into the guest's RAM files, or QDPI_MAP_NO_FILE */
    enum qdpi_memory_kind kind;
};

/** A part of a range that may be read and written as it stands here: RAM that is mapped, and
 * settled.
 */
struct qdpi_map_window {
    uint64_t first;
    uint64_t length; /**< 0: none */
    unsigned char *host;
};

struct qdpi_memory_map {
    /** Looked at first: most of RAM is in one piece, and most accesses go there. */
    struct qdpi_map_window largest;

    // For the other windows the address space, up to the last RAM, is cut into equal parts, some to
    // a range, and each knows the last window that begins at or before it. So few instructions find
    // the window of an address, however large RAM is and however many ranges there are.
    unsigned shift; /**< of an address: its part is (address >> shift) & mask */
    uint64_t mask;

    size_t count;
    struct qdpi_map_range *ranges; /**< ascending, disjoint, neighbours merged */
    uint32_t parts[]; /**< of each the window, in bytes from the map on; one more for the end */
};

/**
 * Copy `count` ranges, in any order, into a new map: sorted; neighbours that continue each other in
 * GPA, kind, file, offset and host address become one.
 * @return NULL with errno EINVAL (overlap, or first > last) or ENOMEM. Free with free().
 */
struct qdpi_memory_map *qdpi_memory_map_build(const struct qdpi_map_range *ranges, size_t count);

/** The range that contains `gpa`, or NULL. O(log n). */
const struct qdpi_map_range *qdpi_memory_map_find(const struct qdpi_memory_map *map, uint64_t gpa);

static inline const struct qdpi_map_window *
qdpi_memory_map_window_at(const struct qdpi_memory_map *map, uint32_t offset)
{
    return (const struct qdpi_map_window *)(const void *)((const unsigned char *)map + offset);
}

/** The last window that begins at or before `gpa`: the only one that can have it. */
__attribute__((always_inline)) static inline const struct qdpi_map_window *
qdpi_memory_map_window(const struct qdpi_memory_map *map, uint64_t gpa)
{
    const uint64_t part = (gpa >> map->shift) & map->mask;
    uint32_t low = map->parts[part];
    uint32_t high = map->parts[part + 1];

    // Most parts have no begin of a window in them.
    while (__builtin_expect(low != high, 0)) {
        const uint32_t count = (high - low) / (uint32_t)sizeof(struct qdpi_map_window);
        const uint32_t half = (count + 1) / 2 * (uint32_t)sizeof(struct qdpi_map_window);
        const bool behind = qdpi_memory_map_window_at(map, low + half)->first <= gpa;

        high = behind ? high : low + half - (uint32_t)sizeof(struct qdpi_map_window);
        low = behind ? low + half : low;
    }
    return qdpi_memory_map_window_at(map, low);
}

/** Whether [gpa, gpa + size) is in the window. @param host  receives where it is mapped. */
__attribute__((always_inline)) static inline bool
qdpi_map_window_has(const struct qdpi_map_window *window, uint64_t gpa, size_t size,
                    unsigned char **host)
{
    const uint64_t offset = gpa - window->first;

    // A size of 0 is in none: an access begins by touching its first byte.
    if (size - 1 >= window->length || offset > window->length - size)
        return false;
    *host = window->host + offset;
    return true;
}

/** Whether one window has all of [gpa, gpa + size). */
__attribute__((always_inline)) static inline bool
qdpi_memory_map_locate(const struct qdpi_memory_map *map, uint64_t gpa, size_t size,
                       unsigned char **host)
{
    return __builtin_expect(qdpi_map_window_has(&map->largest, gpa, size, host), 1) ||
           qdpi_map_window_has(qdpi_memory_map_window(map, gpa), gpa, size, host);
}

/** Whether two maps are the same in every field of every range. */
bool qdpi_memory_map_equal(const struct qdpi_memory_map *a, const struct qdpi_memory_map *b);

#endif  // QDPI_MEMORY_MAP_H_
