// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One descriptor from its making to the check of what became of it.
#ifndef QDPI_BAREMETAL_DMA_JOB_H
#define QDPI_BAREMETAL_DMA_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "dma_buffer.h"
#include "dma_layout.h"

struct qdpi_dma_job {
    struct qdpi_dma_descriptor descriptor;
    struct qdpi_dma_buffer source;
    struct qdpi_dma_buffer destination;
    struct qdpi_dma_content source_content;
    struct qdpi_dma_content destination_content;  // as it must be when the job is done
    uint32_t status;                              // the completion's, as it must be
    uint32_t result;
    uint32_t source_rights;  // QDPI_WINDOW_COMMAND_*: what windows on its ranges allow, if used
    uint32_t destination_rights;
};

/// What was done, for the last line of the guest.
struct qdpi_dma_totals {
    uint64_t bytes;  // that the engine had to read for a CRC, to write, or both
    uint32_t copies;
    uint32_t fills;
    uint32_t checksums;
    uint32_t refusals;
    uint32_t retries;          // descriptors that failed on the bus and were posted again
    uint32_t high_buffers;     // buffers above 4 GiB
    uint32_t crossing_copies;  // copies between below and above 4 GiB
};

/// Make a job of random kind, length, place and alignment that must succeed; at most `most_bytes`
/// long.
void qdpi_dma_job_make(struct qdpi_dma_job *job, struct qdpi_random *random,
                       struct qdpi_dma_totals *totals, uint32_t most_bytes);

/// Check the completion and all memory that the job touched or must not have touched; then give its
/// buffers back.
void qdpi_dma_job_check(struct qdpi_dma_job *job, const struct qdpi_dma_completion *completion);

/// Open the port's windows that the job needs, two at most.
void qdpi_dma_job_open_windows(const struct qdpi_dma_job *job, uint32_t bus_bytes);

/// Whether the completion tells of a failure on the bus that is none of the job's own.
bool qdpi_dma_job_has_failed(const struct qdpi_dma_job *job,
                             const struct qdpi_dma_completion *completion);

/// Check the completion of a job that has failed, and that all memory is as the failure may leave
/// it.
void qdpi_dma_job_check_failed(const struct qdpi_dma_job *job,
                               const struct qdpi_dma_completion *completion);

/// Make the destination again what it was before the job, which is to be done once more.
void qdpi_dma_job_renew(const struct qdpi_dma_job *job);

#endif
