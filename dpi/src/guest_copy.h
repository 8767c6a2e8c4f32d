// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Copying between here and mapped guest memory: words whole, the rest by memcpy, with the ordering
// that the contract promises and a look at the flag of the SIGBUS guard around each touch. Inline:
// it is the inside of the hot path.

#ifndef QDPI_GUEST_COPY_H_
#define QDPI_GUEST_COPY_H_

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "shm_atomic.h"

#define QDPI_PAGE_SIZE ((size_t)4096)

static inline bool qdpi_is_lost(const int *lost)
{
    // What may have raised SIGBUS before must not be moved behind the look at the flag, or back.
    qdpi_signal_fence();
    return qdpi_load_relaxed_int(lost) != 0;
}

/** Bring every page in, so that a page that cannot be had is known before anything is changed. */
static inline void qdpi_touch(const unsigned char *host, size_t size)
{
    const unsigned char *const last = host + size - 1;

    (void)qdpi_load_relaxed_u8(host);
    for (const unsigned char *page = host + QDPI_PAGE_SIZE; page < last; page += QDPI_PAGE_SIZE)
        (void)qdpi_load_relaxed_u8(page);
    (void)qdpi_load_relaxed_u8(last);
}

static inline bool qdpi_is_word(const unsigned char *host, size_t size)
{
    return size <= 8 && (size & (size - 1)) == 0 && ((uintptr_t)host & (size - 1)) == 0;
}

/** @return 0 or -ENOTCONN. Pairs with a guest that writes data, then a flag: the flag read here
 *  acquires. */
static inline int qdpi_copy_in(const int *lost, const unsigned char *host, void *data, size_t size)
{
    if (qdpi_is_word(host, size)) {
        uint64_t word = 0;

        switch (size) {
        case 1:
            word = qdpi_load_acquire_u8(host);
            break;
        case 2:
            word = qdpi_load_acquire_u16((const uint16_t *)(const void *)host);
            break;
        case 4:
            word = qdpi_load_acquire_u32((const uint32_t *)(const void *)host);
            break;
        default:
            word = qdpi_load_acquire_u64((const uint64_t *)(const void *)host);
            break;
        }
        if (qdpi_is_lost(lost))
            return -ENOTCONN;
        memcpy(data, &word, size);  // Little endian, as the guest is.
        return 0;
    }
    qdpi_touch(host, size);
    if (qdpi_is_lost(lost))
        return -ENOTCONN;
    memcpy(data, host, size);
    qdpi_acquire_fence();
    return qdpi_is_lost(lost) ? -ENOTCONN : 0;
}

/** @return 0 or -ENOTCONN. Pairs with a guest that reads a flag, then data: the flag written here
 *  releases. */
static inline int qdpi_copy_out(const int *lost, unsigned char *host, const void *data, size_t size)
{
    if (qdpi_is_word(host, size)) {
        uint64_t word = 0;

        if (qdpi_is_lost(lost))
            return -ENOTCONN;
        memcpy(&word, data, size);
        switch (size) {
        case 1:
            qdpi_store_release_u8(host, (uint8_t)word);
            break;
        case 2:
            qdpi_store_release_u16((uint16_t *)(void *)host, (uint16_t)word);
            break;
        case 4:
            qdpi_store_release_u32((uint32_t *)(void *)host, (uint32_t)word);
            break;
        default:
            qdpi_store_release_u64((uint64_t *)(void *)host, word);
            break;
        }
        return qdpi_is_lost(lost) ? -ENOTCONN : 0;
    }
    qdpi_touch(host, size);
    if (qdpi_is_lost(lost))
        return -ENOTCONN;
    qdpi_release_fence();
    memcpy(host, data, size);
    return qdpi_is_lost(lost) ? -ENOTCONN : 0;
}

#endif  // QDPI_GUEST_COPY_H_
