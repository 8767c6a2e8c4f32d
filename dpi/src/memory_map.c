// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory map: build it from ranges in any order, look a GPA up, compare two maps.

#include "memory_map.h"

#include <errno.h>
#include <stdlib.h>

/** The least number of parts of an address space: a PC has a hole for devices at 2 or 3 GiB, and
 * its parts should be much smaller than that. */
#define PARTS_MIN ((size_t)64)
/** So many that few windows begin within a part. */
#define PARTS_PER_RANGE ((size_t)4)
/** Of ranges: offsets in a map have 32 bits. */
#define COUNT_MAX ((size_t)1 << 24)

static int compare_first(const void *left, const void *right)
{
    const struct qdpi_map_range *a = left;
    const struct qdpi_map_range *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/** Whether `next`, which starts behind `range`, is the same thing going on without a gap. */
static bool continues(const struct qdpi_map_range *range, const struct qdpi_map_range *next)
{
    if (next->first - range->last != 1 || next->kind != range->kind || next->file != range->file) {
        return false;
    }
    uint64_t size = next->first - range->first;
    // Behind a range without a file there is nothing an offset could count in.
    if (range->file != QDPI_MAP_NO_FILE && next->offset - range->offset != size) {
        return false;
    }
    if (range->host == NULL || next->host == NULL) {
        return range->host == next->host;
    }
    // As numbers: two mappings may touch by chance, but pointers into both must not be subtracted.
    return (uintptr_t)next->host - (uintptr_t)range->host == size;
}

/** The parts of a range that a window can be put on: it, without what the firmware switches.
 *  @return how many, 0 to 2. */
static size_t range_windows(const struct qdpi_map_range *range, struct qdpi_map_window windows[2])
{
    const struct {
        uint64_t first;
        uint64_t last;
    } settled[] = {{0, QDPI_UNSETTLED_FIRST - 1}, {QDPI_UNSETTLED_END, UINT64_MAX}};
    size_t count = 0;

    if (range->kind != QDPI_MEMORY_RAM || range->host == NULL)
        return 0;
    for (size_t i = 0; i < sizeof settled / sizeof settled[0]; i++) {
        uint64_t first = range->first > settled[i].first ? range->first : settled[i].first;
        uint64_t last = range->last < settled[i].last ? range->last : settled[i].last;

        if (first <= last) {
            windows[count++] =
                (struct qdpi_map_window){.first = first,
                                         .length = last - first + 1,
                                         .host = range->host + (first - range->first)};
        }
    }
    return count;
}

static uint32_t offset_of(const struct qdpi_memory_map *map, const struct qdpi_map_window *window)
{
    return (uint32_t)((const unsigned char *)window - (const unsigned char *)map);
}

/** Cut the address space into `parts` parts, and let each know where its windows begin. */
static void divide(struct qdpi_memory_map *map, struct qdpi_map_window *windows, size_t parts)
{
    struct qdpi_map_window *window = windows;
    uint64_t top = 0;

    map->largest = (struct qdpi_map_window){.length = 0};
    *window++ = map->largest;
    for (size_t i = 0; i < map->count; i++) {
        for (size_t count = range_windows(&map->ranges[i], window); count > 0; count--, window++) {
            if (window->length > map->largest.length)
                map->largest = *window;
        }
    }
    window--;
    if (window > windows)
        top = window->first + (window->length - 1);
    map->shift = 0;
    while (top >> map->shift >= parts)
        map->shift++;
    map->mask = parts - 1;
    for (size_t i = 0; i < parts; i++) {
        while (windows < window && windows[1].first <= (uint64_t)i << map->shift)
            windows++;
        map->parts[i] = offset_of(map, windows);
    }
    map->parts[parts] = offset_of(map, window);
}

/** Room for `count` ranges and what divide() needs for them. */
static struct qdpi_memory_map *allocate(size_t count, size_t *parts,
                                        struct qdpi_map_window **windows)
{
    struct qdpi_memory_map *map;
    // Each range may give one window, the one with the hole two; and an empty one comes first.
    const size_t window_count = count + 2;

    *parts = PARTS_MIN;
    while (*parts < PARTS_PER_RANGE * count)
        *parts *= 2;
    // Two more, of which one is there only to keep windows aligned.
    map = malloc(sizeof *map + (*parts + 2) * sizeof map->parts[0] +
                 window_count * sizeof **windows + count * sizeof *map->ranges);
    if (map == NULL)
        return NULL;
    *windows = (struct qdpi_map_window *)(void *)(map->parts + *parts + 2);
    map->ranges = (struct qdpi_map_range *)(void *)(*windows + window_count);
    return map;
}

/** Sort the ranges and merge neighbours. @param count  receives how many are left. @return false:
 *  some overlap. */
static bool settle_ranges(struct qdpi_map_range *ranges, size_t *count)
{
    size_t kept = 0;

    qsort(ranges, *count, sizeof ranges[0], compare_first);
    for (size_t i = 0; i < *count; i++) {
        if (kept > 0) {
            struct qdpi_map_range *range = &ranges[kept - 1];

            if (ranges[i].first <= range->last)
                return false;
            if (continues(range, &ranges[i])) {
                range->last = ranges[i].last;
                continue;
            }
        }
        ranges[kept++] = ranges[i];
    }
    *count = kept;
    return true;
}

/** The map of ranges that are settled. */
static struct qdpi_memory_map *build_settled(const struct qdpi_map_range *ranges, size_t count)
{
    struct qdpi_map_window *windows;
    size_t parts;
    struct qdpi_memory_map *map = allocate(count, &parts, &windows);

    if (map == NULL)
        return NULL;
    map->count = count;
    for (size_t i = 0; i < count; i++)
        map->ranges[i] = ranges[i];
    divide(map, windows, parts);
    return map;
}

struct qdpi_memory_map *qdpi_memory_map_build(const struct qdpi_map_range *ranges, size_t count)
{
    struct qdpi_memory_map *map = NULL;
    struct qdpi_map_range *settled;
    int reason = EINVAL;

    for (size_t i = 0; i < count; i++) {
        if (ranges[i].first > ranges[i].last) {
            errno = EINVAL;
            return NULL;
        }
    }
    // A map is kept for long: it has room for what is left of the ranges only.
    settled = count <= COUNT_MAX ? malloc((count > 0 ? count : 1) * sizeof *settled) : NULL;
    if (settled == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        settled[i] = ranges[i];
    if (settle_ranges(settled, &count)) {
        map = build_settled(settled, count);
        reason = ENOMEM;
    }
    free(settled);
    if (map == NULL)
        errno = reason;
    return map;
}

const struct qdpi_map_range *qdpi_memory_map_find(const struct qdpi_memory_map *map, uint64_t gpa)
{
    size_t low = 0;
    size_t high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct qdpi_map_range *range = &map->ranges[middle];
        if (gpa < range->first) {
            high = middle;
        } else if (gpa > range->last) {
            low = middle + 1;
        } else {
            return range;
        }
    }
    return NULL;
}

bool qdpi_memory_map_equal(const struct qdpi_memory_map *a, const struct qdpi_memory_map *b)
{
    if (a->count != b->count) {
        return false;
    }
    // Field by field: the bytes between the fields are not part of the map.
    for (size_t i = 0; i < a->count; i++) {
        const struct qdpi_map_range *left = &a->ranges[i];
        const struct qdpi_map_range *right = &b->ranges[i];
        if (left->first != right->first || left->last != right->last || left->host != right->host ||
            left->offset != right->offset || left->file != right->file ||
            left->kind != right->kind) {
            return false;
        }
    }
    return true;
}
