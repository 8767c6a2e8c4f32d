// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A bridge's reads and writes as far as they are hot: inline, so that the C API and the DPI shim
// each make an access in one function, in which a constant size is one to the innermost copy.

#ifndef QDPI_BRIDGE_MEMORY_H_
#define QDPI_BRIDGE_MEMORY_H_

#include "bridge.h"
#include "guest_memory_fast.h"

// An access that is no short one, which is at `host`. The last thing that the functions below do:
// so they save no registers for it.
int qdpi_bridge_read_long(struct qdpi_bridge *bridge, const unsigned char *host, void *data,
                          size_t size);
int qdpi_bridge_write_long(struct qdpi_bridge *bridge, unsigned char *host, const void *data,
                           size_t size);
// What is found out slowly, and every error.
int qdpi_bridge_read_slowly(struct qdpi_bridge *bridge, uint64_t gpa, void *data, size_t size);
int qdpi_bridge_write_slowly(struct qdpi_bridge *bridge, uint64_t gpa, const void *data,
                             size_t size);
int qdpi_bridge_write_strobed(struct qdpi_bridge *bridge, uint64_t gpa, const void *data,
                              const uint8_t *strobes, size_t size);

__attribute__((always_inline)) static inline int
qdpi_bridge_read(struct qdpi_bridge *bridge, uint64_t gpa, void *data, size_t size)
{
    unsigned char *host;

    if (!QDPI_LIKELY(bridge != NULL && qdpi_guest_memory_locate(&bridge->memory, gpa, size, &host)))
        return qdpi_bridge_read_slowly(bridge, gpa, data, size);
    if (!qdpi_is_short_read(host, size))
        return qdpi_bridge_read_long(bridge, host, data, size);
    if (!QDPI_LIKELY(qdpi_copy_short_in(&bridge->memory.ground, host, data, size) == 0))
        return qdpi_bridge_read_slowly(bridge, gpa, data, size);
    return qdpi_statistics_count(&bridge->statistics, QDPI_STATISTICS_READ, size);
}

__attribute__((always_inline)) static inline int
qdpi_bridge_write(struct qdpi_bridge *bridge, uint64_t gpa, const void *data, size_t size)
{
    unsigned char *host;

    if (!QDPI_LIKELY(bridge != NULL && qdpi_guest_memory_locate(&bridge->memory, gpa, size, &host)))
        return qdpi_bridge_write_slowly(bridge, gpa, data, size);
    if (!qdpi_is_short_write(host, size))
        return qdpi_bridge_write_long(bridge, host, data, size);
    if (!QDPI_LIKELY(qdpi_copy_short_out(&bridge->memory.ground, host, data, size) == 0))
        return qdpi_bridge_write_slowly(bridge, gpa, data, size);
    return qdpi_statistics_count(&bridge->statistics, QDPI_STATISTICS_WRITE, size);
}

#endif  // QDPI_BRIDGE_MEMORY_H_
