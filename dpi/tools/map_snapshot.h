// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory map of a guest at one moment.

#ifndef QDPI_TOOLS_MAP_SNAPSHOT_H_
#define QDPI_TOOLS_MAP_SNAPSHOT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qemu_dpi.h"

struct qdpi_map_snapshot {
    struct qdpi_memory_range *ranges;  ///< ascending; paths are valid as long as the bridge
    size_t count;
};

/// The map as QEMU has it now; of an endpoint without QMP, the one it has always.
/// @return QDPI_EXIT_*; a failure is told on standard error.
int qdpi_map_snapshot_take(struct qdpi_bridge *bridge, struct qdpi_map_snapshot *snapshot);

void qdpi_map_snapshot_free(struct qdpi_map_snapshot *snapshot);

/// @return the range that holds `gpa`, or NULL: nothing is there.
const struct qdpi_memory_range *qdpi_map_snapshot_find(const struct qdpi_map_snapshot *snapshot,
                                                       uint64_t gpa);

/// Whether the bridge can read there: RAM, and ROM that has a shared file.
bool qdpi_range_is_readable(const struct qdpi_memory_range *range);

/// The first GPA of [first, last] that is not readable, or with `writable` not RAM.
/// @return whether there is one.
bool qdpi_map_snapshot_first_gap(const struct qdpi_map_snapshot *snapshot, uint64_t first,
                                 uint64_t last, bool writable, uint64_t *gap);

/// "RAM", "ROM" or "device".
const char *qdpi_memory_kind_name(enum qdpi_memory_kind kind);

#endif
