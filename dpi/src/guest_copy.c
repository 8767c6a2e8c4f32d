// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Copying between here and mapped guest memory: what is long, or does not begin and end at a word.

#include "guest_copy.h"

/** From here on it pays to begin at a line of the cache. */
#define ALIGN_MIN ((size_t)1024)
/** From here on `rep movsq` is as fast as vectors, whose start is faster. */
#define STRING_MIN ((size_t)4096 + 1)

typedef void move_function(unsigned char *to, const unsigned char *from);

// ---- Whole words -------------------------------------------------------------------------------

/** Move a multiple of 8 bytes, each once. @param move_four  moves four words. */
__attribute__((always_inline)) static inline void
move_words_by(unsigned char *to, const unsigned char *from, size_t size, move_function *move_four)
{
    // A store that ends in the next line of the cache is two.
    if (size >= ALIGN_MIN && ((uintptr_t)to & 7) == 0) {
        const size_t head = -(uintptr_t)to & 31;

        qdpi_move_few_words(to, from, head);
        to += head;
        from += head;
        size -= head;
    }
    for (; size >= 256; size -= 256, to += 256, from += 256) {
#pragma GCC unroll 8
        for (size_t i = 0; i < 256; i += 32)
            move_four(to + i, from + i);
    }
    if (size == 0)
        return;
    for (; size >= 32; size -= 32, to += 32, from += 32)
        move_four(to, from);
    qdpi_move_few_words(to, from, size);
}

static inline void move_two_and_two(unsigned char *to, const unsigned char *from)
{
    qdpi_move_two_words(to, from);
    qdpi_move_two_words(to + 16, from + 16);
}

#ifdef __x86_64__

static void move_words_without_avx(unsigned char *to, const unsigned char *from, size_t size)
{
    move_words_by(to, from, size, move_two_and_two);
}

typedef uint64_t four_words __attribute__((vector_size(32), aligned(1), may_alias));

__attribute__((target("avx"))) static inline void move_four_at_once(unsigned char *to,
                                                                    const unsigned char *from)
{
    *(volatile four_words *)to = *(const volatile four_words *)from;
}

__attribute__((target("avx"))) static void
move_words_with_avx(unsigned char *to, const unsigned char *from, size_t size)
{
    move_words_by(to, from, size, move_four_at_once);
}

/** What most bursts are. */
static inline bool is_up_to_a_page_of_words(const unsigned char *host, size_t size)
{
    return (((uintptr_t)host | size) & 7) == 0 && size <= QDPI_PAGE_SIZE;
}

/** Calls nothing, so that no register has to be saved. */
__attribute__((target("avx"))) static int copy_words_in_with_avx(const struct qdpi_ground *ground,
                                                                 const unsigned char *host,
                                                                 void *data, size_t size)
{
    // It is in two pages at most.
    (void)qdpi_load_relaxed_u8(host);
    (void)qdpi_load_relaxed_u8(host + size - 1);
    if (qdpi_is_lost(ground))
        return -ENOTCONN;
    move_words_by(data, host, size, move_four_at_once);
    qdpi_acquire_fence();
    return qdpi_is_lost(ground) ? -ENOTCONN : 0;
}

__attribute__((always_inline)) static inline void move_words(unsigned char *to,
                                                             const unsigned char *from, size_t size)
{
    if (size >= STRING_MIN && (((uintptr_t)to | (uintptr_t)from) & 7) == 0) {
        size_t count = size / 8;

        __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    } else if (__builtin_cpu_supports("avx")) {
        move_words_with_avx(to, from, size);
    } else {
        move_words_without_avx(to, from, size);
    }
}

#else

static inline void move_words(unsigned char *to, const unsigned char *from, size_t size)
{
    move_words_by(to, from, size, move_two_and_two);
}

#endif

// ---- Any shape ---------------------------------------------------------------------------------

/** Move the next `bytes`, if `condition`. */
#define MOVE_IF(condition, bytes, function)                                                        \
    do {                                                                                           \
        if (condition) {                                                                           \
            function(to + at, from + at);                                                          \
            at += (bytes);                                                                         \
        }                                                                                          \
    } while (0)

/** What does not begin and end at a word. */
__attribute__((noinline)) static void move_uneven(unsigned char *to, const unsigned char *from,
                                                  size_t size, uintptr_t host)
{
    size_t at = 0;
    size_t words;

    MOVE_IF((host & 1) != 0, 1, qdpi_move_u8);
    MOVE_IF(((host + at) & 2) != 0 && size - at >= 2, 2, qdpi_move_u16);
    MOVE_IF(((host + at) & 4) != 0 && size - at >= 4, 4, qdpi_move_u32);
    words = (size - at) & ~(size_t)7;
    if (words > 64)
        move_words(to + at, from + at, words);
    else if (words > 0)
        qdpi_move_few_words(to + at, from + at, words);
    at += words;
    MOVE_IF((size - at) >= 4, 4, qdpi_move_u32);
    MOVE_IF((size - at) >= 2, 2, qdpi_move_u16);
    MOVE_IF(size != at, 1, qdpi_move_u8);
}

/** Move each byte once, in pieces that are aligned where the guest has them: 1, 2 and 4 bytes up to
 *  the first word of 8, all words, and 4, 2 and 1 behind the last. Each is as large as its place
 *  and what there is to move allow. @param host  the side that is the guest's: `to` or `from`. */
__attribute__((always_inline)) static inline void move(unsigned char *to, const unsigned char *from,
                                                       size_t size, uintptr_t host)
{
    if (((host | size) & 7) == 0)
        move_words(to, from, size);
    else
        move_uneven(to, from, size, host);
}

/** Read up to 64 bytes: all before one is handed out. */
__attribute__((noinline)) static int copy_few_in(const struct qdpi_ground *ground,
                                                 const unsigned char *host, void *data, size_t size)
{
    unsigned char whole[64];

    move_uneven(whole, host, size, (uintptr_t)host);
    qdpi_acquire_fence();
    if (qdpi_is_lost(ground))
        return -ENOTCONN;
    memcpy(data, whole, size);
    return 0;
}

int qdpi_copy_in_pieces(const struct qdpi_ground *ground, const unsigned char *host, void *data,
                        size_t size)
{
    if (size <= 64)
        return copy_few_in(ground, host, data, size);
#ifdef __x86_64__
    if (is_up_to_a_page_of_words(host, size) && __builtin_cpu_supports("avx"))
        return copy_words_in_with_avx(ground, host, data, size);
#endif
    qdpi_touch_to_read(host, size);
    if (qdpi_is_lost(ground))
        return -ENOTCONN;
    move(data, host, size, (uintptr_t)host);
    qdpi_acquire_fence();
    return qdpi_is_lost(ground) ? -ENOTCONN : 0;
}

int qdpi_copy_out_pieces(const struct qdpi_ground *ground, unsigned char *host, const void *data,
                         size_t size)
{
    if (!qdpi_is_in_one_page(host, size))
        qdpi_touch_to_write(ground, host, size);
    if (qdpi_is_lost(ground))
        return -ENOTCONN;
    qdpi_release_fence();
    move(host, data, size, (uintptr_t)host);
    return qdpi_is_lost(ground) ? -ENOTCONN : 0;
}
