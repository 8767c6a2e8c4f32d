// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A bridge's reads and writes as far as they are hot: inline, so that the C API and the DPI shim
// each make an access in one function, in which a constant size is one to the innermost copy.

#ifndef QDPI_BRIDGE_MEMORY_H_
#define QDPI_BRIDGE_MEMORY_H_

#include "bridge.h"
#include "guest_memory_fast.h"

// What the fast path does not do, and every error.
int qdpi_bridge_read_slowly(struct qdpi_bridge *bridge, uint64_t gpa, void *data, size_t size);
int qdpi_bridge_write_slowly(struct qdpi_bridge *bridge, uint64_t gpa, const void *data,
                             size_t size);
int qdpi_bridge_write_strobed(struct qdpi_bridge *bridge, uint64_t gpa, const void *data,
                              const uint8_t *strobes, size_t size);

__attribute__((always_inline)) static inline int
qdpi_bridge_read(struct qdpi_bridge *bridge, uint64_t gpa, void *data, size_t size)
{
    if (!QDPI_LIKELY(bridge != NULL &&
                     qdpi_guest_memory_read_fast(&bridge->memory, gpa, data, size)))
        return qdpi_bridge_read_slowly(bridge, gpa, data, size);
    qdpi_statistics_count(&bridge->statistics, QDPI_STATISTICS_READ, size);
    return 0;
}

__attribute__((always_inline)) static inline int
qdpi_bridge_write(struct qdpi_bridge *bridge, uint64_t gpa, const void *data, size_t size)
{
    if (!QDPI_LIKELY(bridge != NULL &&
                     qdpi_guest_memory_write_fast(&bridge->memory, gpa, data, size)))
        return qdpi_bridge_write_slowly(bridge, gpa, data, size);
    qdpi_statistics_count(&bridge->statistics, QDPI_STATISTICS_WRITE, size);
    return 0;
}

#endif  // QDPI_BRIDGE_MEMORY_H_
