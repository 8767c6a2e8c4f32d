// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory map: build it from ranges in any order, look a GPA up, compare two maps.

#include "memory_map.h"

#include <errno.h>
#include <stdlib.h>

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

struct qdpi_memory_map *qdpi_memory_map_build(const struct qdpi_map_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].first > ranges[i].last) {
            errno = EINVAL;
            return NULL;
        }
    }
    struct qdpi_memory_map *map = NULL;
    if (count <= (SIZE_MAX - sizeof *map) / sizeof map->ranges[0]) {
        map = malloc(sizeof *map + count * sizeof map->ranges[0]);
    }
    if (map == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        map->ranges[i] = ranges[i];
    }
    qsort(map->ranges, count, sizeof map->ranges[0], compare_first);

    map->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct qdpi_map_range next = map->ranges[i];
        if (map->count > 0) {
            struct qdpi_map_range *range = &map->ranges[map->count - 1];
            if (next.first <= range->last) {
                free(map);
                errno = EINVAL;
                return NULL;
            }
            if (continues(range, &next)) {
                range->last = next.last;
                continue;
            }
        }
        map->ranges[map->count++] = next;
    }
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
