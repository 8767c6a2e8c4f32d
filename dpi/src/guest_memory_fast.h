// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The accesses that need nothing but the map as it is and one window of it: nearly all. Inline,
// because a call each for finding, copying and a sentence that is not needed costs more than the
// access; where the size is a constant, little is left. What they do not do, guest_memory does.

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

/** Whether a write is: a scalar is, if it is aligned. Where nothing else is called, no register has
 *  to be saved. */
__attribute__((always_inline)) static inline bool qdpi_is_hot(const unsigned char *host,
                                                              size_t size)
{
    return !__builtin_constant_p(size) || QDPI_LIKELY(qdpi_is_word(host, size));
}

/** @return whether it is done; if not, nothing is known but that qdpi_guest_memory_read() will
 * tell. */
__attribute__((always_inline)) static inline bool
qdpi_guest_memory_read_fast(const struct qdpi_guest_memory *memory, uint64_t gpa, void *data,
                            size_t size)
{
    const struct qdpi_memory_map *map = qdpi_guest_memory_load_map(memory);
    unsigned char *host;

    return QDPI_LIKELY(map != NULL) && QDPI_LIKELY(qdpi_memory_map_locate(map, gpa, size, &host)) &&
           QDPI_LIKELY(qdpi_copy_in(&memory->ground, host, data, size) == 0);
}

__attribute__((always_inline)) static inline bool
qdpi_guest_memory_write_fast(const struct qdpi_guest_memory *memory, uint64_t gpa, const void *data,
                             size_t size)
{
    const struct qdpi_memory_map *map = qdpi_guest_memory_load_map(memory);
    unsigned char *host;

    return QDPI_LIKELY(map != NULL) && QDPI_LIKELY(qdpi_memory_map_locate(map, gpa, size, &host)) &&
           qdpi_is_hot(host, size) &&
           QDPI_LIKELY(qdpi_copy_out(&memory->ground, host, data, size) == 0);
}

#endif  // QDPI_GUEST_MEMORY_FAST_H_
