// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What nearly all accesses begin with: they need nothing but the map as it is and one window of it.
// Inline, because a call for it costs more than the access. What is not found so, guest_memory
// finds.

#ifndef QDPI_GUEST_MEMORY_FAST_H_
#define QDPI_GUEST_MEMORY_FAST_H_

#include <stdbool.h>
#include <string.h>

#include "guest_copy.h"
#include "guest_memory.h"
#include "shm_atomic.h"

#define QDPI_LIKELY(condition) __builtin_expect(!!(condition), 1)

/** Whether the strobes of `size` bytes are all set. */
static inline bool qdpi_all_set(const uint8_t *strobes, size_t size)
{
    for (; size >= 64; size -= 64, strobes += 8) {
        uint64_t bits;

        memcpy(&bits, strobes, sizeof bits);
        if (bits != UINT64_MAX)
            return false;
    }
    for (; size >= 8; size -= 8, strobes++) {
        if (*strobes != 0xff)
            return false;
    }
    return size == 0 || (~*strobes & ((1U << size) - 1U)) == 0;
}

/** @param host  receives where [gpa, gpa + size) is mapped. @return false: not known; what is
 * there, qdpi_guest_memory_read() and qdpi_guest_memory_write() find out. */
__attribute__((always_inline)) static inline bool
qdpi_guest_memory_locate(const struct qdpi_guest_memory *memory, uint64_t gpa, size_t size,
                         unsigned char **host)
{
    const struct qdpi_memory_map *map = qdpi_guest_memory_load_map(memory);

    return QDPI_LIKELY(map != NULL) && QDPI_LIKELY(qdpi_memory_map_locate(map, gpa, size, host));
}

#endif  // QDPI_GUEST_MEMORY_FAST_H_
