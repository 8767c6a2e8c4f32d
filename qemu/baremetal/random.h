// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Seeded pseudo-random numbers (xorshift): the same seed gives the same run.
#ifndef QDPI_BAREMETAL_RANDOM_H
#define QDPI_BAREMETAL_RANDOM_H

#include <stdint.h>

struct qdpi_random {
    uint64_t state;  // never 0
};

void qdpi_random_seed(struct qdpi_random *random, uint64_t seed);
uint32_t qdpi_random_next(struct qdpi_random *random);

/// A number from 0 to bound - 1; bound is not 0.
uint32_t qdpi_random_below(struct qdpi_random *random, uint32_t bound);

#endif
