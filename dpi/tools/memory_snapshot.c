// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A range of guest memory as it was at one moment.

#include "memory_snapshot.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "attachment.h"
#include "command.h"
#include "idle.h"
#include "map_snapshot.h"
#include "memory_stream.h"
#include "ram_holes.h"

/// The range has been checked to be readable all over.
static int copy(struct qdpi_memory_snapshot *snapshot, struct qdpi_bridge *bridge,
                const struct qdpi_map_snapshot *map)
{
    enum { PIECE_BYTES = 16 << 20 };  // between two looks at the events
    struct qdpi_ram_holes holes;
    size_t done = 0;
    int result = 0;

    qdpi_ram_holes_open(&holes);
    while (done < snapshot->size && result == 0) {
        const uint64_t gpa = snapshot->gpa + done;
        const struct qdpi_memory_range *range = qdpi_map_snapshot_find(map, gpa);
        uint64_t size = snapshot->size - done;
        bool hole = false;

        if (range != NULL && qdpi_range_is_readable(range)) {
            const uint64_t room = range->last - gpa;

            size = size - 1 < room ? size : room + 1;
            size = qdpi_ram_holes_extent(&holes, range, gpa, size, &hole);
        }
        if (!hole) {
            size = size < PIECE_BYTES ? size : PIECE_BYTES;
            result = qdpi_mem_read(bridge, gpa, snapshot->bytes + done, (size_t)size);
        }
        if (result == 0) {
            result = qdpi_idle_drop_events(bridge);
        }
        done += (size_t)size;
    }
    qdpi_ram_holes_close(&holes);
    return result;
}

int qdpi_memory_snapshot_take(struct qdpi_memory_snapshot *snapshot, struct qdpi_bridge *bridge,
                              uint64_t gpa, uint64_t size)
{
    struct qdpi_map_snapshot map = {0};
    int status = qdpi_stream_check(bridge, gpa, size, false);

    *snapshot = (struct qdpi_memory_snapshot){.gpa = gpa, .size = (size_t)size};
    if (status == QDPI_EXIT_OK) {
        status = qdpi_map_snapshot_take(bridge, &map);
    }
    if (status == QDPI_EXIT_OK) {
        // Zeros, of which the kernel makes pages only where something is copied to.
        snapshot->bytes = calloc(snapshot->size, 1);
        const int result =
            snapshot->bytes != NULL ? copy(snapshot, bridge, &map) : QDPI_ERR_NO_MEMORY;
        if (result != 0) {
            status = qdpi_tell_failure(bridge, result,
                                       "copying %" PRIu64 " bytes at GPA 0x%" PRIx64, size, gpa);
        }
    }
    qdpi_map_snapshot_free(&map);
    if (status != QDPI_EXIT_OK) {
        qdpi_memory_snapshot_free(snapshot);
    }
    return status;
}

void qdpi_memory_snapshot_free(struct qdpi_memory_snapshot *snapshot)
{
    free(snapshot->bytes);
    *snapshot = (struct qdpi_memory_snapshot){0};
}
