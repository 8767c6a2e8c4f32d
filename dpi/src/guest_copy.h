// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Copying between here and mapped guest memory: words whole, with the ordering that the contract
// promises and a look at the flag of the SIGBUS guard around each touch. Inline: it is the inside
// of the hot path.

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

static inline bool qdpi_is_in_one_page(const unsigned char *host, size_t size)
{
    return (((uintptr_t)host ^ (uintptr_t)(host + size - 1)) & ~(QDPI_PAGE_SIZE - 1)) == 0;
}

static inline bool qdpi_is_word(const unsigned char *host, size_t size)
{
    return size <= 8 && (size & (size - 1)) == 0 && ((uintptr_t)host & (size - 1)) == 0;
}

/** At most this much is copied here: it takes no longer than to call memcpy(). */
#define QDPI_INLINE_COPY_MAX ((size_t)64)

typedef uint64_t qdpi_two_words __attribute__((vector_size(16)));

/** Copy one to two times the size of `type` in two pieces, which may overlap; nothing if lost. */
#define QDPI_COPY_TWO(type, lost, to, from, size)                                                  \
    do {                                                                                           \
        const size_t second_ = (size) - sizeof(type);                                              \
        type pieces_[2];                                                                           \
                                                                                                   \
        memcpy(&pieces_[0], (from), sizeof(type));                                                 \
        memcpy(&pieces_[1], (from) + second_, sizeof(type));                                       \
        qdpi_acquire_fence();                                                                      \
        if (qdpi_is_lost(lost))                                                                    \
            return -ENOTCONN;                                                                      \
        memcpy((to), &pieces_[0], sizeof(type));                                                   \
        memcpy((to) + second_, &pieces_[1], sizeof(type));                                         \
    } while (0)

/** Copy 2 to QDPI_INLINE_COPY_MAX bytes: all is read before the look at the flag, and that comes
 *  before a byte is written. */
__attribute__((always_inline)) static inline int
qdpi_copy_small(const int *lost, unsigned char *to, const unsigned char *from, size_t size)
{
    if (size >= 32) {
        const size_t second = size - 32;
        qdpi_two_words pieces[4];

        memcpy(&pieces[0], from, 16);
        memcpy(&pieces[1], from + 16, 16);
        memcpy(&pieces[2], from + second, 16);
        memcpy(&pieces[3], from + second + 16, 16);
        qdpi_acquire_fence();
        if (qdpi_is_lost(lost))
            return -ENOTCONN;
        memcpy(to, &pieces[0], 16);
        memcpy(to + 16, &pieces[1], 16);
        memcpy(to + second, &pieces[2], 16);
        memcpy(to + second + 16, &pieces[3], 16);
    } else if (size >= 16) {
        QDPI_COPY_TWO(qdpi_two_words, lost, to, from, size);
    } else if (size >= 8) {
        QDPI_COPY_TWO(uint64_t, lost, to, from, size);
    } else if (size >= 4) {
        QDPI_COPY_TWO(uint32_t, lost, to, from, size);
    } else {
        QDPI_COPY_TWO(uint16_t, lost, to, from, size);
    }
    return 0;
}

/** Load a word from the guest and keep it in `data`, unless the memory is lost. */
#define QDPI_COPY_WORD_IN(bits, lost, host, data)                                                  \
    do {                                                                                           \
        const uint##bits##_t word_ =                                                               \
            qdpi_load_acquire_u##bits((const uint##bits##_t *)(const void *)(host));               \
                                                                                                   \
        if (qdpi_is_lost(lost))                                                                    \
            return -ENOTCONN;                                                                      \
        memcpy((data), &word_, sizeof word_);                                                      \
    } while (0)

#define QDPI_COPY_WORD_OUT(bits, host, data)                                                       \
    do {                                                                                           \
        uint##bits##_t word_;                                                                      \
                                                                                                   \
        memcpy(&word_, (data), sizeof word_);                                                      \
        qdpi_store_release_u##bits((uint##bits##_t *)(void *)(host), word_);                       \
    } while (0)

/** @return 0 or -ENOTCONN. Pairs with a guest that writes data, then a flag: the flag read here
 *  acquires. */
__attribute__((always_inline)) static inline int
qdpi_copy_in(const int *lost, const unsigned char *host, void *data, size_t size)
{
    if (qdpi_is_word(host, size)) {
        if (size == 8)
            QDPI_COPY_WORD_IN(64, lost, host, data);
        else if (size == 4)
            QDPI_COPY_WORD_IN(32, lost, host, data);
        else if (size == 2)
            QDPI_COPY_WORD_IN(16, lost, host, data);
        else
            QDPI_COPY_WORD_IN(8, lost, host, data);
        return 0;
    }
    // All read before one is handed out: what raises SIGBUS has done so before the look at the
    // flag.
    if (size <= QDPI_INLINE_COPY_MAX)
        return qdpi_copy_small(lost, data, host, size);
    qdpi_touch(host, size);
    if (qdpi_is_lost(lost))
        return -ENOTCONN;
    memcpy(data, host, size);
    qdpi_acquire_fence();
    return qdpi_is_lost(lost) ? -ENOTCONN : 0;
}

/** @return 0 or -ENOTCONN. Pairs with a guest that reads a flag, then data: the flag written here
 *  releases. */
__attribute__((always_inline)) static inline int qdpi_copy_out(const int *lost, unsigned char *host,
                                                               const void *data, size_t size)
{
    if (qdpi_is_word(host, size)) {
        // Written in one step: if its page cannot be had, nothing is.
        if (qdpi_is_lost(lost))
            return -ENOTCONN;
        if (size == 8)
            QDPI_COPY_WORD_OUT(64, host, data);
        else if (size == 4)
            QDPI_COPY_WORD_OUT(32, host, data);
        else if (size == 2)
            QDPI_COPY_WORD_OUT(16, host, data);
        else
            QDPI_COPY_WORD_OUT(8, host, data);
    } else {
        // If the only page cannot be had, nothing is written; and to load from it first would hold
        // up the stores.
        if (!qdpi_is_in_one_page(host, size))
            qdpi_touch(host, size);
        qdpi_release_fence();
        if (size <= QDPI_INLINE_COPY_MAX) {
            if (qdpi_copy_small(lost, host, data, size) != 0)
                return -ENOTCONN;
        } else {
            if (qdpi_is_lost(lost))
                return -ENOTCONN;
            memcpy(host, data, size);
        }
    }
    return qdpi_is_lost(lost) ? -ENOTCONN : 0;
}

#endif  // QDPI_GUEST_COPY_H_
