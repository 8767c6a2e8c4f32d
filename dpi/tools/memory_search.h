// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Looking through guest memory for a pattern.

#ifndef QDPI_TOOLS_MEMORY_SEARCH_H_
#define QDPI_TOOLS_MEMORY_SEARCH_H_

#include <stdbool.h>
#include <stdint.h>

#include "map_snapshot.h"
#include "pattern.h"

struct qdpi_memory_search {
    const struct qdpi_pattern *pattern;
    uint64_t first;  ///< a match lies in [first, last]
    uint64_t last;
    uint64_t align;  ///< its GPA is a multiple; 1: any

    /// Called for each match in ascending order. @return whether to go on.
    bool (*found)(void *context, uint64_t gpa);
    void *context;

    uint64_t bytes;   ///< after the search: how many have been looked through,
    uint64_t unused;  ///< and how many of them nobody has ever written
};

/// Look through all of the map that can be read. A match may reach from one range into the next.
/// @return 0 or QDPI_ERR_*.
int qdpi_memory_search(struct qdpi_memory_search *search, struct qdpi_bridge *bridge,
                       const struct qdpi_map_snapshot *map);

#endif
