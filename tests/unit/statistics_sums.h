// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a statistics page says in all, over its slots.

#ifndef QDPI_TESTS_UNIT_STATISTICS_SUMS_H_
#define QDPI_TESTS_UNIT_STATISTICS_SUMS_H_

#include <stddef.h>
#include <stdint.h>

#include "statistics.h"

static inline uint64_t statistics_reads(const struct qdpi_statistics_page *page)
{
    uint64_t sum = page->shared.reads;

    for (size_t i = 0; i < QDPI_STATISTICS_SLOTS; i++)
        sum += page->slots[i].reads;
    return sum;
}

static inline uint64_t statistics_read_bytes(const struct qdpi_statistics_page *page)
{
    uint64_t sum = page->shared.read_bytes;

    for (size_t i = 0; i < QDPI_STATISTICS_SLOTS; i++)
        sum += page->slots[i].read_bytes;
    return sum;
}

#endif  // QDPI_TESTS_UNIT_STATISTICS_SUMS_H_
