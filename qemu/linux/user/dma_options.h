// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The command line of qdpi-dma-test.

#ifndef QDPI_USER_DMA_OPTIONS_H_
#define QDPI_USER_DMA_OPTIONS_H_

#include "dma_job.h"

enum {
    QDPI_MAX_THREADS = 256,
    QDPI_MAX_DEPTH = 64,
};

enum qdpi_dma_test_exit {
    QDPI_DMA_TEST_PASSED = 0,
    QDPI_DMA_TEST_FAILED = 1,
    QDPI_DMA_TEST_USAGE = 2,
};

struct qdpi_dma_options {
    const char *path;
    unsigned threads;
    uint64_t jobs;     // of all threads together; 0: until the time is over
    uint64_t seconds;  // 0: until the jobs are done
    uint64_t seed;
    uint32_t batch;         // most jobs in one
    unsigned depth;         // batches of one thread in flight
    uint64_t buffer_bytes;  // of one thread, a multiple of depth pages
    uint64_t timeout_s;     // for one batch
    bool shared;
    bool retry;
    bool poll;
    bool quiet;
    struct qdpi_job_limits limits;
};

// Fills `options` from argv. A wrong command line ends the process with QDPI_DMA_TEST_USAGE and a
// sentence, --help with 0, as argp does it.
void qdpi_dma_options_parse(struct qdpi_dma_options *options, int argc, char **argv);

#endif
