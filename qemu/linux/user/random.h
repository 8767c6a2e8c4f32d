// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Random numbers that a seed repeats (SplitMix64): a word of data costs a few instructions, which
// counts in an emulated guest.

#ifndef QDPI_USER_RANDOM_H_
#define QDPI_USER_RANDOM_H_

#include <stdint.h>

struct qdpi_random {
    uint64_t state;
};

static inline uint64_t qdpi_random_next(struct qdpi_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = random->state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

// Each (seed, stream) pair gives other numbers.
static inline struct qdpi_random qdpi_random_start(uint64_t seed, uint64_t stream)
{
    struct qdpi_random random = {.state = seed};
    random.state = qdpi_random_next(&random) + stream;
    random.state = qdpi_random_next(&random);
    return random;
}

__extension__ typedef unsigned __int128 qdpi_uint128;

// 0 to limit - 1; the limit is not 0. The upper half of a product is cheaper than a remainder.
static inline uint64_t qdpi_random_below(struct qdpi_random *random, uint64_t limit)
{
    return (uint64_t)((qdpi_uint128)qdpi_random_next(random) * limit >> 64);
}

// 1 to most: each power of two is as likely as the next, so that small and large numbers both
// occur; the most itself comes once in 32.
static inline uint64_t qdpi_random_size(struct qdpi_random *random, uint64_t most)
{
    if (qdpi_random_below(random, 32) == 0) {
        return most;
    }
    const unsigned octaves = 64 - (unsigned)__builtin_clzll(most);
    const uint64_t low = UINT64_C(1) << qdpi_random_below(random, octaves);
    const uint64_t high = most - low < low ? most : 2 * low - 1;
    return low + qdpi_random_below(random, high - low + 1);
}

#endif
