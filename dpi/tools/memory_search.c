// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Looking through guest memory, a piece at a time. The end of a piece is kept in front of the next,
// so that a match is found wherever pieces and ranges meet.

#include "memory_search.h"

#include <stdlib.h>
#include <string.h>

#include "idle.h"
#include "ram_holes.h"

enum { PIECE_BYTES = 1 << 20 };  // fits the CPU's caches, and is many times the longest pattern

struct progress {
    struct qdpi_memory_search *search;
    struct qdpi_bridge *bridge;
    struct qdpi_ram_holes holes;
    uint8_t *buffer;  // QDPI_PATTERN_MOST + PIECE_BYTES
    size_t kept;      // bytes in front of the buffer that belong to the piece before
    uint64_t next;    // GPA behind them
    bool ended;       // `found` has had enough
};

/// `size` further bytes are in the buffer, behind those that were kept.
static void look(struct progress *progress, size_t size)
{
    const struct qdpi_memory_search *search = progress->search;
    const uint64_t gpa = progress->next - progress->kept;
    const size_t filled = progress->kept + size;
    const size_t most_kept = search->pattern->length - 1;
    size_t at = 0;

    while (!progress->ended && (at = qdpi_pattern_find(search->pattern, progress->buffer, filled,
                                                       at, gpa, search->align)) < filled) {
        progress->ended = !search->found(search->context, gpa + at);
        at++;
    }
    progress->kept = filled < most_kept ? filled : most_kept;
    memmove(progress->buffer, progress->buffer + filled - progress->kept, progress->kept);
    progress->next += size;
}

/// A hole of `size` bytes. Nothing starts in it that did not start in its first bytes, unless the
/// pattern is made of zeros.
static uint64_t look_at_hole(struct progress *progress, uint64_t size)
{
    const struct qdpi_pattern *pattern = progress->search->pattern;
    const uint64_t piece = qdpi_pattern_matches_zeros(pattern) ? PIECE_BYTES : pattern->length - 1;
    const size_t looked = (size_t)(size < piece ? size : piece);

    memset(progress->buffer + progress->kept, 0, looked);
    look(progress, looked);
    if (qdpi_pattern_matches_zeros(pattern)) {
        return looked;
    }
    progress->next += size - looked;
    return size;
}

/// [gpa, last] of a range.
static int look_at_range(struct progress *progress, const struct qdpi_memory_range *range,
                         uint64_t gpa, uint64_t last)
{
    struct qdpi_memory_search *search = progress->search;

    if (gpa != progress->next) {
        progress->kept = 0;
        progress->next = gpa;
    }
    // `left` is 0 for the 2^64 bytes that no range has.
    for (uint64_t left = last - gpa + 1; left > 0 && !progress->ended;) {
        bool hole;
        uint64_t size = qdpi_ram_holes_extent(&progress->holes, range, progress->next, left, &hole);
        int result = qdpi_idle_drop_events(progress->bridge);

        if (result != 0) {
            return result;
        }
        if (hole) {
            size = look_at_hole(progress, size);
            search->unused += size;
        } else {
            size = size < PIECE_BYTES ? size : PIECE_BYTES;
            result = qdpi_mem_read(progress->bridge, progress->next,
                                   progress->buffer + progress->kept, (size_t)size);
            if (result == QDPI_ERR_UNMAPPED) {
                return 0;  // the firmware has just put something else there
            }
            if (result != 0) {
                return result;
            }
            look(progress, (size_t)size);
        }
        search->bytes += size;
        left -= size;
    }
    return 0;
}

int qdpi_memory_search(struct qdpi_memory_search *search, struct qdpi_bridge *bridge,
                       const struct qdpi_map_snapshot *map)
{
    struct progress progress = {.search = search, .bridge = bridge};
    int result = 0;

    search->bytes = 0;
    search->unused = 0;
    progress.buffer = malloc((size_t)QDPI_PATTERN_MOST + PIECE_BYTES);
    if (progress.buffer == NULL) {
        return QDPI_ERR_NO_MEMORY;
    }
    qdpi_ram_holes_open(&progress.holes);
    for (size_t i = 0; i < map->count && result == 0 && !progress.ended; i++) {
        const struct qdpi_memory_range *range = &map->ranges[i];
        const uint64_t first = range->first > search->first ? range->first : search->first;
        const uint64_t last = range->last < search->last ? range->last : search->last;

        if (qdpi_range_is_readable(range) && first <= last) {
            result = look_at_range(&progress, range, first, last);
        }
    }
    qdpi_ram_holes_close(&progress.holes);
    free(progress.buffer);
    return result;
}
