// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory accesses and interrupts from threads of their own, while the connection breaks: what came
// of them is counted.

#ifndef QDPI_TESTS_FAULT_QMP_PEER_LOAD_H_
#define QDPI_TESTS_FAULT_QMP_PEER_LOAD_H_

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "qemu_dpi.h"

#define PEER_LINE 5U
#define PEER_SCRATCH UINT64_C(0x1000000)

struct peer_load {
    struct qdpi_bridge *bridge;
    pthread_t memory;
    pthread_t interrupts;
    bool runs;
    int stop;           /**< atomic */
    uint64_t wrong;     /**< other data than was written, or an unexpected result */
    uint64_t undead;    /**< successes after a loss */
    int64_t longest_us; /**< of all calls in the threads */
    uint64_t posted;
    uint64_t refused; /**< neither posted nor lost */
};

/** Start the threads: that of memory, and with interrupts two. */
void peer_load_start(struct peer_load *load, struct qdpi_bridge *bridge, bool with_interrupts);

/** Tell the threads to stop, and wait. Nothing if none run. */
void peer_load_join(struct peer_load *load);

#endif  // QDPI_TESTS_FAULT_QMP_PEER_LOAD_H_
