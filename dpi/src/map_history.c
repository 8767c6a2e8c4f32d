// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Every different memory map that one guest has shown.

#include "map_history.h"

#include <errno.h>
#include <stdlib.h>

const struct qdpi_memory_map *qdpi_map_history_keep(struct qdpi_map_history *history,
                                                    struct qdpi_memory_map *map)
{
    struct qdpi_memory_map **maps;

    // The newest first: most discoveries find that nothing has changed.
    for (size_t i = history->count; i > 0; i--) {
        if (qdpi_memory_map_equal(history->maps[i - 1], map)) {
            free(map);
            return history->maps[i - 1];
        }
    }
    if (history->count == QDPI_MAP_HISTORY_MAX ||
        map->count > QDPI_MAP_HISTORY_RANGES_MAX - history->ranges) {
        free(map);
        errno = ENOSPC;
        return NULL;
    }
    // NOLINTNEXTLINE(bugprone-sizeof-expression): it is an array of pointers
    maps = realloc(history->maps, (history->count + 1) * sizeof maps[0]);
    if (maps == NULL) {
        free(map);
        errno = ENOMEM;
        return NULL;
    }
    history->maps = maps;
    maps[history->count++] = map;
    history->ranges += map->count;
    return map;
}

void qdpi_map_history_clear(struct qdpi_map_history *history)
{
    for (size_t i = 0; i < history->count; i++)
        free(history->maps[i]);
    free(history->maps);
    history->maps = NULL;
    history->count = 0;
    history->ranges = 0;
}
