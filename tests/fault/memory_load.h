// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A thread that reads, writes and does atomics in a part of the guest's memory that is its own, and
// checks each: what is read without an error is what was written last. Uses nothing but the C API.

#ifndef QDPI_TESTS_FAULT_MEMORY_LOAD_H_
#define QDPI_TESTS_FAULT_MEMORY_LOAD_H_

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "qemu_dpi.h"

enum {
    QDPI_MEMORY_LOAD_BYTES = 4 << 20,
    QDPI_MEMORY_LOAD_WORDS = QDPI_MEMORY_LOAD_BYTES / 8,
};

struct qdpi_memory_load {
    struct qdpi_bridge *bridge;
    uint64_t gpa; /**< of its part, which holds zeros at the start */
    uint64_t random;
    uint64_t *words;    /**< what stands there */
    uint64_t accesses;  /**< atomic: that succeeded */
    uint64_t wrong;     /**< of them: that read what was never there */
    uint32_t told_stop; /**< atomic */
    int result;         /**< of the access that ended it; 0: it was told to stop */
    bool started;
    pthread_t thread;
};

/** Begin. @return 0 or -errno. Several may run on one bridge, each in a part of its own. */
int qdpi_memory_load_start(struct qdpi_memory_load *load, struct qdpi_bridge *bridge, uint64_t gpa,
                           uint64_t seed);

/** How many accesses have succeeded up to now. */
uint64_t qdpi_memory_load_accesses(const struct qdpi_memory_load *load);

/** Wait until an access has failed. @return false: none has; it was told to stop. */
bool qdpi_memory_load_await_end(struct qdpi_memory_load *load, unsigned timeout_ms);

/** Tell it to stop, and wait. */
void qdpi_memory_load_stop(struct qdpi_memory_load *load);

#endif  // QDPI_TESTS_FAULT_MEMORY_LOAD_H_
