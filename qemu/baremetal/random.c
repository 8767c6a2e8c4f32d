// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "random.h"

void qdpi_random_seed(struct qdpi_random *random, uint64_t seed)
{
    // Spread over all bits, so that seeds 1, 2, 3 give unlike runs from their first number on;
    // xorshift stands still at 0.
    random->state = (seed + 1) * 0x9e3779b97f4a7c15u;
    if (random->state == 0) {
        random->state = 1;
    }
    for (unsigned i = 0; i < 8; i++) {
        (void)qdpi_random_next(random);
    }
}

uint32_t qdpi_random_next(struct qdpi_random *random)
{
    uint64_t x = random->state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    random->state = x;
    return (uint32_t)(x >> 32);
}

uint32_t qdpi_random_below(struct qdpi_random *random, uint32_t bound)
{
    return (uint32_t)((uint64_t)qdpi_random_next(random) * bound >> 32);
}
