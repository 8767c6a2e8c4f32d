// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A histogram of latencies with a constant relative width of its buckets.

#include "latency.h"

#include <stddef.h>
#include <time.h>

enum { FINE_BITS = 5, FINE = 1 << FINE_BITS };

// Below 64 each number has a bucket of its own; above, the leading FINE_BITS + 1 bits count.
static size_t bucket_of(uint64_t value)
{
    if (value >> (FINE_BITS + 1) == 0) {
        return (size_t)value;
    }
    const unsigned shift = 63 - (unsigned)__builtin_clzll(value) - FINE_BITS;
    return (size_t)shift * FINE + (size_t)(value >> shift);
}

static uint64_t last_of(size_t bucket)
{
    if (bucket >> (FINE_BITS + 1) == 0) {
        return bucket;
    }
    const size_t shift = bucket / FINE - 1;
    const uint64_t leading = FINE + bucket % FINE;
    return (leading << shift) + ((UINT64_C(1) << shift) - 1);
}

uint64_t qdpi_latency_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void qdpi_latency_add(struct qdpi_latency *latency, uint64_t nanoseconds)
{
    if (latency->count == 0 || nanoseconds < latency->least) {
        latency->least = nanoseconds;
    }
    if (nanoseconds > latency->most) {
        latency->most = nanoseconds;
    }
    latency->count++;
    latency->buckets[bucket_of(nanoseconds)]++;
}

void qdpi_latency_merge(struct qdpi_latency *sum, const struct qdpi_latency *part)
{
    if (part->count == 0) {
        return;
    }
    if (sum->count == 0 || part->least < sum->least) {
        sum->least = part->least;
    }
    if (part->most > sum->most) {
        sum->most = part->most;
    }
    sum->count += part->count;
    for (size_t i = 0; i < QDPI_LATENCY_BUCKETS; i++) {
        sum->buckets[i] += part->buckets[i];
    }
}

uint64_t qdpi_latency_percentile(const struct qdpi_latency *latency, unsigned percent)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < QDPI_LATENCY_BUCKETS; i++) {
        seen += latency->buckets[i];
        if (latency->buckets[i] != 0 && seen * 100 >= latency->count * percent) {
            const uint64_t last = last_of(i);
            return last < latency->most ? last : latency->most;
        }
    }
    return latency->most;
}
