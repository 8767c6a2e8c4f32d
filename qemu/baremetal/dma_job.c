// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "dma_job.h"

#include "port_window.h"
#include "verdict.h"

enum {
    JOB_KINDS = 16,  // of which the first are copies, the next fills, the last checksums
    JOB_COPIES = 11,
    JOB_FILLS = 3,
    JOB_LENGTH_SHORT = 64,
    JOB_CROSSING_PERIOD = 4,  // of that many copies, all but one must cross 4 GiB
};

/// Lengths at the ends are as likely to find a fault as all those between, so they are drawn more
/// often.
static uint32_t random_length(struct qdpi_random *random, uint32_t most_bytes)
{
    switch (qdpi_random_below(random, 8)) {
    case 0:
    case 1:
        return 1 + qdpi_random_below(random,
                                     JOB_LENGTH_SHORT < most_bytes ? JOB_LENGTH_SHORT : most_bytes);
    case 2:
        return most_bytes - qdpi_random_below(random, JOB_LENGTH_SHORT < most_bytes
                                                          ? JOB_LENGTH_SHORT
                                                          : most_bytes);
    default:
        return 1 + qdpi_random_below(random, most_bytes);
    }
}

static enum qdpi_memory_side random_side(struct qdpi_random *random)
{
    bool high = qdpi_memory_has(QDPI_MEMORY_HIGH) && qdpi_random_below(random, 2) == 0;
    return high ? QDPI_MEMORY_HIGH : QDPI_MEMORY_LOW;
}

/// What the destination holds before the job. Every byte starts as the complement of what it must
/// become, so that none can be left unwritten unseen; a job that must fail leaves all as it is.
static struct qdpi_dma_content old_content(const struct qdpi_dma_job *job)
{
    struct qdpi_dma_content content = job->destination_content;
    if (job->status == QDPI_DMA_COMPLETION_OK) {
        content.inverted = !content.inverted;
    }
    return content;
}

void qdpi_dma_job_renew(const struct qdpi_dma_job *job)
{
    if (job->destination.address != 0) {
        struct qdpi_dma_content content = old_content(job);
        qdpi_dma_buffer_write(&job->destination, &content);
    }
}

static void take_buffer(struct qdpi_dma_buffer *buffer, struct qdpi_random *random,
                        struct qdpi_dma_totals *totals, enum qdpi_memory_side side, uint32_t length)
{
    qdpi_dma_buffer_take(buffer, random, side, length, 1);
    if (side == QDPI_MEMORY_HIGH) {
        totals->high_buffers++;
    }
}

static void take_source(struct qdpi_dma_job *job, struct qdpi_random *random,
                        struct qdpi_dma_totals *totals, enum qdpi_memory_side side)
{
    take_buffer(&job->source, random, totals, side, job->descriptor.length);
    job->source_content = (struct qdpi_dma_content){.seed = qdpi_random_next(random)};
    qdpi_dma_buffer_write(&job->source, &job->source_content);
    job->descriptor.source = job->source.address;
}

static void take_destination(struct qdpi_dma_job *job, struct qdpi_random *random,
                             struct qdpi_dma_totals *totals, enum qdpi_memory_side side)
{
    take_buffer(&job->destination, random, totals, side, job->descriptor.length);
    qdpi_dma_job_renew(job);
    job->descriptor.destination = job->destination.address;
}

static void make_copy(struct qdpi_dma_job *job, struct qdpi_random *random,
                      struct qdpi_dma_totals *totals)
{
    enum qdpi_memory_side from = random_side(random);
    enum qdpi_memory_side to = random_side(random);
    if (qdpi_memory_has(QDPI_MEMORY_HIGH) && totals->copies % JOB_CROSSING_PERIOD != 0) {
        to = from == QDPI_MEMORY_HIGH ? QDPI_MEMORY_LOW : QDPI_MEMORY_HIGH;
    }
    job->descriptor.opcode = QDPI_DMA_OP_COPY;
    take_source(job, random, totals, from);
    job->destination_content = job->source_content;
    take_destination(job, random, totals, to);
    totals->copies++;
    totals->crossing_copies += from != to ? 1 : 0;
}

static void make_fill(struct qdpi_dma_job *job, struct qdpi_random *random,
                      struct qdpi_dma_totals *totals)
{
    job->descriptor.opcode = QDPI_DMA_OP_FILL;
    job->descriptor.operand = (uint64_t)qdpi_random_next(random) << 32 | qdpi_random_next(random);
    job->destination_content =
        (struct qdpi_dma_content){.repeats = true, .pattern = job->descriptor.operand};
    take_destination(job, random, totals, random_side(random));
    totals->fills++;
}

static void make_checksum(struct qdpi_dma_job *job, struct qdpi_random *random,
                          struct qdpi_dma_totals *totals)
{
    job->descriptor.opcode = QDPI_DMA_OP_CRC32C;
    uint32_t crc = qdpi_random_below(random, 2) == 0 ? 0 : qdpi_random_next(random);
    job->descriptor.operand = crc;
    take_source(job, random, totals, random_side(random));
    job->result = qdpi_dma_buffer_crc32c(&job->source, crc);
    totals->checksums++;
}

void qdpi_dma_job_make(struct qdpi_dma_job *job, struct qdpi_random *random,
                       struct qdpi_dma_totals *totals, uint32_t most_bytes)
{
    *job = (struct qdpi_dma_job){
        .status = QDPI_DMA_COMPLETION_OK,
        .source_rights = QDPI_WINDOW_COMMAND_READ,
        .destination_rights = QDPI_WINDOW_COMMAND_WRITE,
    };
    job->descriptor.length = random_length(random, most_bytes);
    uint32_t kind = qdpi_random_below(random, JOB_KINDS);
    if (kind < JOB_COPIES) {
        make_copy(job, random, totals);
    } else if (kind < JOB_COPIES + JOB_FILLS) {
        make_fill(job, random, totals);
    } else {
        make_checksum(job, random, totals);
    }
    totals->bytes += job->descriptor.length;
}

static void open_window(uint64_t address, uint32_t length, uint32_t rights, uint32_t bus_bytes)
{
    // A range that is empty or wraps around is none, and is not asked for on the bus.
    if (rights != 0 && length != 0 && address + length - 1 >= address) {
        qdpi_port_window_open(address, length, rights, bus_bytes);
    }
}

void qdpi_dma_job_open_windows(const struct qdpi_dma_job *job, uint32_t bus_bytes)
{
    const struct qdpi_dma_descriptor *descriptor = &job->descriptor;
    if (descriptor->opcode != QDPI_DMA_OP_FILL) {
        open_window(descriptor->source, descriptor->length, job->source_rights, bus_bytes);
    }
    if (descriptor->opcode != QDPI_DMA_OP_CRC32C) {
        open_window(descriptor->destination, descriptor->length, job->destination_rights,
                    bus_bytes);
    }
}

static void check_completion(const struct qdpi_dma_job *job,
                             const struct qdpi_dma_completion *completion)
{
    if (completion->status != job->status) {
        qdpi_verdict_fail(
            QDPI_FAILURE_COMPLETION,
            "descriptor %u: status: expected %u, got %u (opcode 0x%x, length %u, source 0x%llx, "
            "destination 0x%llx)",
            completion->sequence, job->status, completion->status, job->descriptor.opcode,
            job->descriptor.length, job->descriptor.source, job->descriptor.destination);
    }
    uint32_t length = job->status == QDPI_DMA_COMPLETION_OK ? job->descriptor.length : 0;
    if (completion->length != length) {
        qdpi_verdict_fail(QDPI_FAILURE_COMPLETION,
                          "descriptor %u: completed length: expected %u, got %u",
                          completion->sequence, length, completion->length);
    }
    // The result of a checksum that failed means nothing.
    bool has_result =
        job->status == QDPI_DMA_COMPLETION_OK || job->descriptor.opcode != QDPI_DMA_OP_CRC32C;
    if (has_result && completion->result != job->result) {
        qdpi_verdict_fail(QDPI_FAILURE_CRC,
                          "descriptor %u: result: expected 0x%08x, got 0x%08x (opcode 0x%x, length "
                          "%u, source 0x%llx)",
                          completion->sequence, job->result, completion->result,
                          job->descriptor.opcode, job->descriptor.length, job->descriptor.source);
    }
}

void qdpi_dma_job_check(struct qdpi_dma_job *job, const struct qdpi_dma_completion *completion)
{
    check_completion(job, completion);
    if (job->destination.address != 0) {
        qdpi_dma_buffer_check(&job->destination, &job->destination_content, "destination",
                              completion->sequence);
        qdpi_dma_buffer_release(&job->destination);
    }
    if (job->source.address != 0) {
        qdpi_dma_buffer_check(&job->source, &job->source_content, "source", completion->sequence);
        qdpi_dma_buffer_release(&job->source);
    }
}

bool qdpi_dma_job_has_failed(const struct qdpi_dma_job *job,
                             const struct qdpi_dma_completion *completion)
{
    return completion->status != job->status &&
           completion->status >= QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR &&
           completion->status <= QDPI_DMA_COMPLETION_WRITE_DECERR;
}

void qdpi_dma_job_check_failed(const struct qdpi_dma_job *job,
                               const struct qdpi_dma_completion *completion)
{
    bool of_read = completion->status == QDPI_DMA_COMPLETION_READ_SLVERR ||
                   completion->status == QDPI_DMA_COMPLETION_READ_DECERR;
    bool of_descriptor = completion->status == QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR;
    uint32_t impossible_for = of_read ? QDPI_DMA_OP_FILL : QDPI_DMA_OP_CRC32C;
    if (completion->length != 0 || (!of_descriptor && job->descriptor.opcode == impossible_for)) {
        qdpi_verdict_fail(QDPI_FAILURE_COMPLETION,
                          "descriptor %u: opcode 0x%x cannot fail with status %u and length %u",
                          completion->sequence, job->descriptor.opcode, completion->status,
                          completion->length);
    }
    if (job->source.address != 0) {
        qdpi_dma_buffer_check(&job->source, &job->source_content, "source", completion->sequence);
    }
    if (job->destination.address == 0) {
        return;
    }
    if (of_descriptor || job->status != QDPI_DMA_COMPLETION_OK) {
        struct qdpi_dma_content content = old_content(job);
        qdpi_dma_buffer_check(&job->destination, &content, "destination", completion->sequence);
    } else {
        qdpi_dma_buffer_check_partial(&job->destination, &job->destination_content, "destination",
                                      completion->sequence);
    }
}
