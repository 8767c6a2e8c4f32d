// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Copying between here and mapped guest memory, with the ordering that the contract promises and a
// look at the flag of the SIGBUS guard around each touch. An access is cut where the guest's words
// begin and end: each goes whole, and of a write each byte once, because the guest may have changed
// it since. So there is no memcpy() to or from the guest: it is free to do otherwise, and does.
// Inline are words and a few of them: the inside of the hot path.

#ifndef QDPI_GUEST_COPY_H_
#define QDPI_GUEST_COPY_H_

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "shm_atomic.h"

#define QDPI_PAGE_SIZE ((size_t)4096)

/** What can happen to mapped memory under a copy. */
struct qdpi_ground {
    int lost;   /**< atomic; a page could not be had, or the guest is gone */
    int hollow; /**< atomic; a load may find zeros where a store finds no room: see
                     qdpi_touch_to_write() */
};

static inline bool qdpi_is_lost(const struct qdpi_ground *ground)
{
    // What may have raised SIGBUS before must not be moved behind the look at the flag, or back.
    qdpi_signal_fence();
    return qdpi_load_relaxed_int(&ground->lost) != 0;
}

/** Bring every page in, so that a page that cannot be had is known before anything is read. */
static inline void qdpi_touch_to_read(const unsigned char *host, size_t size)
{
    const unsigned char *const last = host + size - 1;

    (void)qdpi_load_relaxed_u8(host);
    for (const unsigned char *page = host + QDPI_PAGE_SIZE; page < last; page += QDPI_PAGE_SIZE)
        (void)qdpi_load_relaxed_u8(page);
    (void)qdpi_load_relaxed_u8(last);
}

/** The same before anything is written. In memory (tmpfs, hugetlbfs) a load has a page made. In a
 *  hole of another file system's file it finds a page of zeros, and room is looked for at the first
 *  store. */
static inline void qdpi_touch_to_write(const struct qdpi_ground *ground, unsigned char *host,
                                       size_t size)
{
    unsigned char *const last = host + size - 1;

    if (!qdpi_load_relaxed_int(&ground->hollow)) {
        qdpi_touch_to_read(host, size);
        return;
    }
    qdpi_store_same_u8(host);
    for (unsigned char *page = host + QDPI_PAGE_SIZE; page < last; page += QDPI_PAGE_SIZE)
        qdpi_store_same_u8(page);
    qdpi_store_same_u8(last);
}

static inline bool qdpi_is_in_one_page(const unsigned char *host, size_t size)
{
    return (((uintptr_t)host ^ (uintptr_t)(host + size - 1)) & ~(QDPI_PAGE_SIZE - 1)) == 0;
}

static inline bool qdpi_is_word(const unsigned char *host, size_t size)
{
    return size <= 8 && (size & (size - 1)) == 0 && ((uintptr_t)host & (size - 1)) == 0;
}

/** Whether it is nothing but aligned words of 8 bytes, two to eight of them: what is copied here.
 */
static inline bool qdpi_is_few_words(const unsigned char *host, size_t size)
{
    return size <= 64 && (((uintptr_t)host | size) & 7) == 0;
}

/** Move a multiple of 8 bytes, up to 64, each once. */
__attribute__((always_inline)) static inline void
qdpi_move_few_words(unsigned char *to, const unsigned char *from, size_t size)
{
    if (size == 64) {
        qdpi_move_two_words(to, from);
        qdpi_move_two_words(to + 16, from + 16);
        qdpi_move_two_words(to + 32, from + 32);
        qdpi_move_two_words(to + 48, from + 48);
        return;
    }
    if ((size & 32) != 0) {
        qdpi_move_two_words(to, from);
        qdpi_move_two_words(to + 16, from + 16);
        to += 32;
        from += 32;
    }
    if ((size & 16) != 0) {
        qdpi_move_two_words(to, from);
        to += 16;
        from += 16;
    }
    if ((size & 8) != 0)
        qdpi_move_u64(to, from);
}

/** What is neither a word nor a few. */
int qdpi_copy_in_pieces(const struct qdpi_ground *ground, const unsigned char *host, void *data,
                        size_t size);
int qdpi_copy_out_pieces(const struct qdpi_ground *ground, unsigned char *host, const void *data,
                         size_t size);

/** Read 16 to 64 bytes: all before one is handed out, so that what raises SIGBUS has done so before
 *  the look at the flag. Some words may be read twice, each time whole. */
__attribute__((always_inline)) static inline int
qdpi_copy_few_words_in(const struct qdpi_ground *ground, const unsigned char *host,
                       unsigned char *data, size_t size)
{
    const size_t last = size - 16;
    qdpi_two_words words[4];

    if (size > 32) {
        words[0] = qdpi_load_two_words(host);
        words[1] = qdpi_load_two_words(host + 16);
        words[2] = qdpi_load_two_words(host + last - 16);
        words[3] = qdpi_load_two_words(host + last);
        qdpi_acquire_fence();
        if (qdpi_is_lost(ground))
            return -ENOTCONN;
        memcpy(data, &words[0], 16);
        memcpy(data + 16, &words[1], 16);
        memcpy(data + last - 16, &words[2], 16);
        memcpy(data + last, &words[3], 16);
    } else {
        words[0] = qdpi_load_two_words(host);
        words[1] = qdpi_load_two_words(host + last);
        qdpi_acquire_fence();
        if (qdpi_is_lost(ground))
            return -ENOTCONN;
        memcpy(data, &words[0], 16);
        memcpy(data + last, &words[1], 16);
    }
    return 0;
}

/** Whether it is of 1, 2, 4 or 8 bytes, and one load takes it. */
static inline bool qdpi_is_one_load(const unsigned char *host, size_t size)
{
    return QDPI_LOADS_TAKE_PARTS_WHOLE ? size <= 8 && (size & (size - 1)) == 0
                                       : qdpi_is_word(host, size);
}

/** Load from the guest and keep it in `data`, unless the memory is lost. */
#define QDPI_COPY_WORD_IN(bits, ground, host, data)                                                \
    do {                                                                                           \
        const uint##bits##_t word_ =                                                               \
            QDPI_LOADS_TAKE_PARTS_WHOLE                                                            \
                ? qdpi_load_any_u##bits(host)                                                      \
                : qdpi_load_acquire_u##bits((const uint##bits##_t *)(const void *)(host));         \
                                                                                                   \
        qdpi_acquire_fence();                                                                      \
        if (qdpi_is_lost(ground))                                                                  \
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

// ---- Short accesses: what is copied inline, by one load or store or by a few words --------------

static inline bool qdpi_is_short_read(const unsigned char *host, size_t size)
{
    return qdpi_is_one_load(host, size) || qdpi_is_few_words(host, size);
}

static inline bool qdpi_is_short_write(const unsigned char *host, size_t size)
{
    return qdpi_is_word(host, size) || qdpi_is_few_words(host, size);
}

/** @return as qdpi_copy_in(). */
__attribute__((always_inline)) static inline int
qdpi_copy_short_in(const struct qdpi_ground *ground, const unsigned char *host, void *data,
                   size_t size)
{
    if (!qdpi_is_one_load(host, size)) {
        // A line of the cache first: as a constant, it takes the fewest instructions.
        return size == 64 ? qdpi_copy_few_words_in(ground, host, data, 64)
                          : qdpi_copy_few_words_in(ground, host, data, size);
    }
    if (size == 8)
        QDPI_COPY_WORD_IN(64, ground, host, data);
    else if (size == 4)
        QDPI_COPY_WORD_IN(32, ground, host, data);
    else if (size == 2)
        QDPI_COPY_WORD_IN(16, ground, host, data);
    else
        QDPI_COPY_WORD_IN(8, ground, host, data);
    return 0;
}

/** @return as qdpi_copy_out(). */
__attribute__((always_inline)) static inline int
qdpi_copy_short_out(const struct qdpi_ground *ground, unsigned char *host, const void *data,
                    size_t size)
{
    // What is in one page is written or is not: if its page cannot be had, nothing is.
    if (!qdpi_is_word(host, size) && !qdpi_is_in_one_page(host, size))
        qdpi_touch_to_write(ground, host, size);
    if (qdpi_is_lost(ground))
        return -ENOTCONN;
    if (!qdpi_is_word(host, size)) {
        qdpi_release_fence();
        qdpi_move_few_words(host, data, size);
    } else if (size == 8) {
        QDPI_COPY_WORD_OUT(64, host, data);
    } else if (size == 4) {
        QDPI_COPY_WORD_OUT(32, host, data);
    } else if (size == 2) {
        QDPI_COPY_WORD_OUT(16, host, data);
    } else {
        QDPI_COPY_WORD_OUT(8, host, data);
    }
    return qdpi_is_lost(ground) ? -ENOTCONN : 0;
}

// ---- Any access --------------------------------------------------------------------------------

/** @return 0 or -ENOTCONN. Pairs with a guest that writes data, then a flag: the flag read here
 *  acquires. */
static inline int qdpi_copy_in(const struct qdpi_ground *ground, const unsigned char *host,
                               void *data, size_t size)
{
    return qdpi_is_short_read(host, size) ? qdpi_copy_short_in(ground, host, data, size)
                                          : qdpi_copy_in_pieces(ground, host, data, size);
}

/** @return 0 or -ENOTCONN. Pairs with a guest that reads a flag, then data: the flag written here
 *  releases. */
static inline int qdpi_copy_out(const struct qdpi_ground *ground, unsigned char *host,
                                const void *data, size_t size)
{
    return qdpi_is_short_write(host, size) ? qdpi_copy_short_out(ground, host, data, size)
                                           : qdpi_copy_out_pieces(ground, host, data, size);
}

#endif  // QDPI_GUEST_COPY_H_
