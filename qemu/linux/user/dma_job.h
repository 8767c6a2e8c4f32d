// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs for the engine: random ones, and what they do to memory, in software.

#ifndef QDPI_USER_DMA_JOB_H_
#define QDPI_USER_DMA_JOB_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crc32c.h"
#include "layouts.h"
#include "qdpi_dma.h"
#include "random.h"

enum { QDPI_JOB_COPY, QDPI_JOB_FILL, QDPI_JOB_CRC, QDPI_JOB_KINDS };

struct qdpi_job_limits {
    uint32_t max_bytes;
    unsigned weights[QDPI_JOB_KINDS];  // at least one is not 0
};

// QDPI_JOB_* of an opcode that qdpi_job_draw gave.
size_t qdpi_job_kind(const struct qdpi_dma_job *job);

const char *qdpi_job_name(const struct qdpi_dma_job *job);

static inline bool qdpi_job_reads(const struct qdpi_dma_job *job)
{
    return job->opcode != QDPI_DMA_OP_FILL;
}

static inline bool qdpi_job_writes(const struct qdpi_dma_job *job)
{
    return job->opcode != QDPI_DMA_OP_CRC32C;
}

// Draws a job inside memory of `size` bytes, at least three times max_bytes. Some read what
// `earlier` wrote, one of the jobs before it in the batch, or NULL. Source and destination of one
// job do not overlap; those of different jobs may.
void qdpi_job_draw(struct qdpi_dma_job *job, const struct qdpi_dma_job *earlier, uint64_t size,
                   const struct qdpi_job_limits *limits, struct qdpi_random *random);

// Does what the engine should do to `memory`. Returns the CRC, 0 for the other opcodes.
uint32_t qdpi_job_model(const struct qdpi_dma_job *job, uint8_t *memory,
                        const struct qdpi_crc32c *tables);

// `unknown` has a byte for each byte of memory, not 0 where nobody knows what should stand there.
// Moves that knowledge on through one job. Returns whether the CRC of the job is known.
bool qdpi_job_model_unknown(const struct qdpi_dma_job *job, bool failed, uint8_t *unknown);

#endif
