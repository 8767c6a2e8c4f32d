// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Every different memory map that one guest has shown. They are kept, because a reader may still be
// inside an old one and must not be made to lock; and a map that comes back, as most do at every
// boot, is used again. So there are as many as there were *different* maps, and that is bounded.

#ifndef QDPI_MAP_HISTORY_H_
#define QDPI_MAP_HISTORY_H_

#include "memory_map.h"

/** A boot shows some twenty maps, and nearly the same at each boot. A guest that shows more than
 * this moves its PCI BARs about in order to exhaust us. */
#define QDPI_MAP_HISTORY_MAX 16384
/** Of all maps together, at less than 100 bytes each: how many a map has is the guest's choice as
 *  well. */
#define QDPI_MAP_HISTORY_RANGES_MAX ((size_t)1 << 20)

struct qdpi_map_history {
    struct qdpi_memory_map **maps;
    size_t count;
    size_t ranges; /**< of all maps */
};

/**
 * Take over `map` and return the map to use in its place: itself, or an equal older one.
 * @return NULL with errno ENOSPC (QDPI_MAP_HISTORY_MAX, QDPI_MAP_HISTORY_RANGES_MAX) or ENOMEM:
 *         `map` has been freed.
 */
const struct qdpi_memory_map *qdpi_map_history_keep(struct qdpi_map_history *history,
                                                    struct qdpi_memory_map *map);

/** Free all maps. No reader may be inside one. */
void qdpi_map_history_clear(struct qdpi_map_history *history);

#endif  // QDPI_MAP_HISTORY_H_
