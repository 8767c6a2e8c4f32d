// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Random jobs, and their software model.

#include "dma_job.h"

#include <string.h>

static const struct {
    uint32_t opcode;
    const char *name;
} kinds[QDPI_JOB_KINDS] = {
    [QDPI_JOB_COPY] = {QDPI_DMA_OP_COPY, "COPY"},
    [QDPI_JOB_FILL] = {QDPI_DMA_OP_FILL, "FILL"},
    [QDPI_JOB_CRC] = {QDPI_DMA_OP_CRC32C, "CRC32C"},
};

size_t qdpi_job_kind(const struct qdpi_dma_job *job)
{
    size_t kind = 0;
    while (kinds[kind].opcode != job->opcode) {
        kind++;
    }
    return kind;
}

const char *qdpi_job_name(const struct qdpi_dma_job *job)
{
    return kinds[qdpi_job_kind(job)].name;
}

static uint32_t draw_opcode(const struct qdpi_job_limits *limits, struct qdpi_random *random)
{
    uint64_t sum = 0;
    for (size_t kind = 0; kind < QDPI_JOB_KINDS; kind++) {
        sum += limits->weights[kind];
    }
    uint64_t left = qdpi_random_below(random, sum);
    size_t kind = 0;
    while (left >= limits->weights[kind]) {
        left -= limits->weights[kind];
        kind++;
    }
    return kinds[kind].opcode;
}

// One of `choices` places from 0 up: every second time any, else the multiple of a power of two.
static uint64_t draw_place(uint64_t choices, struct qdpi_random *random)
{
    const uint64_t place = qdpi_random_below(random, choices);
    const uint64_t kind = qdpi_random_below(random, 8);
    if (kind < 4) {
        return place;
    }
    const uint64_t alignment = kind == 4 ? 4096 : kind == 5 ? 64 : 8;
    return place & ~(alignment - 1);
}

static uint64_t draw_source(uint64_t length, const struct qdpi_dma_job *earlier, uint64_t size,
                            struct qdpi_random *random)
{
    if (earlier == NULL || !qdpi_job_writes(earlier) || qdpi_random_below(random, 3) != 0) {
        return draw_place(size - length + 1, random);
    }
    // Some of what was written, and perhaps some bytes before or after it.
    const uint64_t first = earlier->destination;
    const uint64_t last = first + earlier->length - 1;
    const uint64_t lowest = first >= length - 1 ? first - (length - 1) : 0;
    const uint64_t highest = last <= size - length ? last : size - length;
    return lowest + qdpi_random_below(random, highest - lowest + 1);
}

static uint64_t draw_destination(const struct qdpi_dma_job *job, uint64_t size,
                                 struct qdpi_random *random)
{
    const uint64_t length = job->length;
    if (!qdpi_job_reads(job)) {
        return draw_place(size - length + 1, random);
    }
    // Before the source or behind it; three lengths of memory always have room for one of them.
    const uint64_t behind = job->source + length;
    const uint64_t choices_before = job->source >= length ? job->source - length + 1 : 0;
    const uint64_t choices_behind = size - behind >= length ? size - behind - length + 1 : 0;
    if (qdpi_random_below(random, choices_before + choices_behind) < choices_before) {
        return draw_place(choices_before, random);
    }
    const uint64_t place = behind + draw_place(choices_behind, random);
    const uint64_t aligned = place & ~UINT64_C(7);
    return qdpi_random_below(random, 4) == 0 && aligned >= behind ? aligned : place;
}

void qdpi_job_draw(struct qdpi_dma_job *job, const struct qdpi_dma_job *earlier, uint64_t size,
                   const struct qdpi_job_limits *limits, struct qdpi_random *random)
{
    *job = (struct qdpi_dma_job){
        .opcode = draw_opcode(limits, random),
        .length = (uint32_t)qdpi_random_size(random, limits->max_bytes),
    };
    if (qdpi_job_reads(job)) {
        job->source = draw_source(job->length, earlier, size, random);
    }
    if (qdpi_job_writes(job)) {
        job->destination = draw_destination(job, size, random);
    }
    if (job->opcode == QDPI_DMA_OP_FILL) {
        job->operand = qdpi_random_next(random);
    } else if (job->opcode == QDPI_DMA_OP_CRC32C && qdpi_random_below(random, 2) == 0) {
        job->operand = qdpi_random_next(random) >> 32;
    }
}

static void fill(uint8_t *destination, uint64_t length, uint64_t pattern)
{
    uint64_t i = 0;
    for (; i + sizeof pattern <= length; i += sizeof pattern) {
        memcpy(destination + i, &pattern, sizeof pattern);
    }
    memcpy(destination + i, &pattern, (size_t)(length - i));
}

uint32_t qdpi_job_model(const struct qdpi_dma_job *job, uint8_t *memory,
                        const struct qdpi_crc32c *tables)
{
    switch (job->opcode) {
    case QDPI_DMA_OP_COPY:
        memcpy(memory + job->destination, memory + job->source, job->length);
        return 0;
    case QDPI_DMA_OP_FILL:
        fill(memory + job->destination, job->length, job->operand);
        return 0;
    default:
        return qdpi_crc32c(tables, (uint32_t)job->operand, memory + job->source, job->length);
    }
}

bool qdpi_job_model_unknown(const struct qdpi_dma_job *job, bool failed, uint8_t *unknown)
{
    if (job->opcode == QDPI_DMA_OP_CRC32C) {
        return !failed && memchr(unknown + job->source, 1, job->length) == NULL;
    }
    if (failed || job->opcode == QDPI_DMA_OP_FILL) {
        memset(unknown + job->destination, failed ? 1 : 0, job->length);
    } else {
        memcpy(unknown + job->destination, unknown + job->source, job->length);
    }
    return true;
}
