// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A thread of the test: keeps its batches in flight and judges them.

#ifndef QDPI_USER_DMA_WORKER_H_
#define QDPI_USER_DMA_WORKER_H_

#include <stdatomic.h>

#include "dma_device.h"
#include "dma_options.h"
#include "dma_tally.h"

// What all threads share.
struct qdpi_dma_run {
    const struct qdpi_dma_options *options;
    struct qdpi_crc32c tables;
    atomic_bool stop;            // end after the batches in flight
    atomic_uint running;         // threads
    _Atomic uint64_t jobs_done;  // for messages on the way
};

struct qdpi_dma_worker {
    struct qdpi_dma_run *run;
    struct qdpi_dma_device *device;
    unsigned number;
    uint64_t base;  // of the thread's part of the device's buffer
    uint64_t jobs;  // to be done; 0: until run->stop
    struct qdpi_tally tally;
    uint64_t ended_ns;  // qdpi_latency_now() when all was judged
    int result;         // 0 or -errno, then `why` says it
    struct qdpi_explanation why;
};

// The thread function, for pthread_create; the argument is the worker.
void *qdpi_dma_worker_main(void *worker);

#endif
