// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory map of a guest at one moment.

#include "map_snapshot.h"

#include <stdlib.h>

#include "attachment.h"
#include "command.h"

enum {
    FIRST_CAPACITY = 64,
};

int qdpi_map_snapshot_take(struct qdpi_bridge *bridge, struct qdpi_map_snapshot *snapshot)
{
    *snapshot = (struct qdpi_map_snapshot){0};
    int result = qdpi_map_refresh(bridge);
    if (result != 0 && result != QDPI_ERR_UNSUPPORTED) {
        return qdpi_tell_failure(bridge, result, "asking for the memory map");
    }
    // That a RAM file has nobody to ask explains no later failure.
    (void)qdpi_last_error(bridge);
    // The map may grow between two looks at it.
    for (size_t capacity = FIRST_CAPACITY;; capacity = (size_t)result) {
        struct qdpi_memory_range *const ranges =
            reallocarray(snapshot->ranges, capacity, sizeof *ranges);
        result = ranges != NULL ? qdpi_map_get(bridge, ranges, capacity) : QDPI_ERR_NO_MEMORY;
        if (ranges != NULL) {
            snapshot->ranges = ranges;
        }
        if (result < 0) {
            qdpi_map_snapshot_free(snapshot);
            return qdpi_tell_failure(bridge, result, "reading the memory map");
        }
        if ((size_t)result <= capacity) {
            snapshot->count = (size_t)result;
            return QDPI_EXIT_OK;
        }
    }
}

void qdpi_map_snapshot_free(struct qdpi_map_snapshot *snapshot)
{
    free(snapshot->ranges);
    *snapshot = (struct qdpi_map_snapshot){0};
}

const struct qdpi_memory_range *qdpi_map_snapshot_find(const struct qdpi_map_snapshot *snapshot,
                                                       uint64_t gpa)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct qdpi_memory_range *const range = &snapshot->ranges[i];
        if (gpa >= range->first && gpa <= range->last) {
            return range;
        }
    }
    return NULL;
}

bool qdpi_range_is_readable(const struct qdpi_memory_range *range)
{
    return range->kind != QDPI_MEMORY_DEVICE && range->path != NULL;
}

bool qdpi_map_snapshot_first_gap(const struct qdpi_map_snapshot *snapshot, uint64_t first,
                                 uint64_t last, bool writable, uint64_t *gap)
{
    for (uint64_t gpa = first;;) {
        const struct qdpi_memory_range *const range = qdpi_map_snapshot_find(snapshot, gpa);
        if (range == NULL || !qdpi_range_is_readable(range) ||
            (writable && range->kind != QDPI_MEMORY_RAM)) {
            *gap = gpa;
            return true;
        }
        if (range->last >= last) {
            return false;
        }
        gpa = range->last + 1;
    }
}

const char *qdpi_memory_kind_name(enum qdpi_memory_kind kind)
{
    switch (kind) {
    case QDPI_MEMORY_RAM:
        return "RAM";
    case QDPI_MEMORY_ROM:
        return "ROM";
    case QDPI_MEMORY_DEVICE:
        return "device";
    }
    return "unknown";
}
