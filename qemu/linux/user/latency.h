// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// How long things took: a histogram of nanoseconds with percentiles. Buckets are 1/32 of an octave
// wide, so a percentile is at most 3 % too high; least and most are exact.

#ifndef QDPI_USER_LATENCY_H_
#define QDPI_USER_LATENCY_H_

#include <stdint.h>

enum { QDPI_LATENCY_BUCKETS = 1920 };  // the bucket of the largest 64-bit number, plus one

struct qdpi_latency {
    uint64_t count;
    uint64_t least;
    uint64_t most;
    uint64_t buckets[QDPI_LATENCY_BUCKETS];
};

// An empty histogram is all zeros.
void qdpi_latency_add(struct qdpi_latency *latency, uint64_t nanoseconds);

void qdpi_latency_merge(struct qdpi_latency *sum, const struct qdpi_latency *part);

// Nanoseconds of a clock that only goes forward.
uint64_t qdpi_latency_now(void);

// The number of nanoseconds that `percent` of all entries do not exceed; 0 if there are none.
uint64_t qdpi_latency_percentile(const struct qdpi_latency *latency, unsigned percent);

#endif
