// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a bridge has done, counted by all of its threads.

#ifndef QDPI_COUNTERS_H_
#define QDPI_COUNTERS_H_

#include "qemu_dpi.h"
#include "shm_atomic.h"

#define QDPI_COUNTER_COUNT (QDPI_COUNTER_FLOOD_PAUSES + 1)

struct qdpi_counters {
    uint64_t values[QDPI_COUNTER_COUNT];
};

static inline void qdpi_count(struct qdpi_counters *counters, enum qdpi_counter which)
{
    qdpi_count_relaxed_u64(&counters->values[which]);
}

#endif  // QDPI_COUNTERS_H_
