// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the threads of the test have counted.

#ifndef QDPI_USER_DMA_TALLY_H_
#define QDPI_USER_DMA_TALLY_H_

#include "dma_job.h"
#include "latency.h"

enum {
    QDPI_TALLY_ABANDONED = QDPI_DMA_COMPLETION_BAD_ADDRESS + 1,
    QDPI_TALLY_OTHER,
    QDPI_TALLY_STATUSES,
};

struct qdpi_tally {
    uint64_t jobs[QDPI_JOB_KINDS];  // carried out and verified
    uint64_t bytes[QDPI_JOB_KINDS];
    uint64_t statuses[QDPI_TALLY_STATUSES];  // of all results, also of batches submitted again
    uint64_t retries;                        // batches submitted again
    struct qdpi_latency batches;             // submission until the thread has the results
    struct qdpi_latency job_times;
};

void qdpi_tally_result(struct qdpi_tally *tally, const struct qdpi_dma_result *result);

void qdpi_tally_merge(struct qdpi_tally *sum, const struct qdpi_tally *part);

uint64_t qdpi_tally_jobs(const struct qdpi_tally *tally);

uint64_t qdpi_tally_bytes(const struct qdpi_tally *tally);

// What the engine or the driver did not carry out.
uint64_t qdpi_tally_errors(const struct qdpi_tally *tally);

// Prints the report, without the verdict; `seconds` is not 0.
void qdpi_tally_print(const struct qdpi_tally *tally, double seconds);

#endif
