// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A range of guest memory as it was at one moment.

#ifndef QDPI_TOOLS_MEMORY_SNAPSHOT_H_
#define QDPI_TOOLS_MEMORY_SNAPSHOT_H_

#include <stddef.h>
#include <stdint.h>

#include "qemu_dpi.h"

struct qdpi_memory_snapshot {
    uint64_t gpa;
    size_t size;
    uint8_t *bytes;
};

/// All of [gpa, gpa + size) must be readable. Parts that nobody has ever written take no memory,
/// here or in the guest. @return QDPI_EXIT_*; a failure is told on standard error.
int qdpi_memory_snapshot_take(struct qdpi_memory_snapshot *snapshot, struct qdpi_bridge *bridge,
                              uint64_t gpa, uint64_t size);

void qdpi_memory_snapshot_free(struct qdpi_memory_snapshot *snapshot);

#endif
