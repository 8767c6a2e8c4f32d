// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The accesses that need nothing but the map as it is and one range of it: nearly all. Inline,
// because a call each for finding, copying and a sentence that is not needed costs more than the
// access; where the size is a constant, little is left. What they do not do, guest_memory does.

#ifndef QDPI_GUEST_MEMORY_FAST_H_
#define QDPI_GUEST_MEMORY_FAST_H_

#include <stdbool.h>

#include "guest_copy.h"
#include "guest_memory.h"
#include "shm_atomic.h"

/** Where the firmware switches between RAM, ROM and devices without telling anyone. */
#define QDPI_UNSETTLED_FIRST UINT64_C(0xa0000)
#define QDPI_UNSETTLED_END UINT64_C(0x100000)

#define QDPI_LIKELY(condition) __builtin_expect(!!(condition), 1)

enum qdpi_direction {
    QDPI_DIRECTION_READ,
    QDPI_DIRECTION_WRITE,
};

/** Whether a snapshot of the map can be trusted for the access. */
static inline bool qdpi_is_settled(uint64_t gpa, size_t size)
{
    return gpa >= QDPI_UNSETTLED_END ||
           (gpa < QDPI_UNSETTLED_FIRST && size <= QDPI_UNSETTLED_FIRST - gpa);
}

static inline bool qdpi_range_holds(const struct qdpi_map_range *range, uint64_t gpa, size_t size)
{
    return gpa >= range->first && gpa <= range->last && size - 1 <= range->last - gpa;
}

static inline bool qdpi_range_allows(const struct qdpi_map_range *range,
                                     enum qdpi_direction direction)
{
    return range->host != NULL &&
           (direction == QDPI_DIRECTION_READ || range->kind == QDPI_MEMORY_RAM);
}

/** Where [gpa, gpa + size) is mapped, if one range of a trusted map holds it and allows the access;
 *  else NULL, which says nothing yet. */
static inline unsigned char *qdpi_guest_memory_find_fast(struct qdpi_guest_memory *memory,
                                                         uint64_t gpa, size_t size,
                                                         enum qdpi_direction direction)
{
    const struct qdpi_memory_map *map = qdpi_guest_memory_load_map(memory);
    const struct qdpi_map_range *range;
    uint32_t hit;

    if (map == NULL || !qdpi_is_settled(gpa, size))
        return NULL;
    hit = qdpi_load_relaxed_u32(&memory->last_hit);
    if (!QDPI_LIKELY(hit < map->count && qdpi_range_holds(&map->ranges[hit], gpa, size))) {
        range = qdpi_memory_map_find(map, gpa);
        if (range == NULL || !qdpi_range_holds(range, gpa, size))
            return NULL;
        hit = (uint32_t)(range - map->ranges);
        qdpi_store_relaxed_u32(&memory->last_hit, hit);
    }
    range = &map->ranges[hit];
    return qdpi_range_allows(range, direction) ? range->host + (gpa - range->first) : NULL;
}

/** @return whether it is done; if not, nothing is known but that qdpi_guest_memory_read() will
 * tell. */
static inline bool qdpi_guest_memory_read_fast(struct qdpi_guest_memory *memory, uint64_t gpa,
                                               void *data, size_t size)
{
    const unsigned char *host = qdpi_guest_memory_find_fast(memory, gpa, size, QDPI_DIRECTION_READ);

    return QDPI_LIKELY(host != NULL) &&
           QDPI_LIKELY(qdpi_copy_in(&memory->lost, host, data, size) == 0);
}

static inline bool qdpi_guest_memory_write_fast(struct qdpi_guest_memory *memory, uint64_t gpa,
                                                const void *data, size_t size)
{
    unsigned char *host = qdpi_guest_memory_find_fast(memory, gpa, size, QDPI_DIRECTION_WRITE);

    return QDPI_LIKELY(host != NULL) &&
           QDPI_LIKELY(qdpi_copy_out(&memory->lost, host, data, size) == 0);
}

#endif  // QDPI_GUEST_MEMORY_FAST_H_
