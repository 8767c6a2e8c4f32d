// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Describes mismatches: who, when, where, expected, got, and the bytes around.

#include "dma_mismatch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

enum {
    ROW_BEFORE = 8,  // bytes shown before the first wrong one
    ROW_BYTES = 24,
};

struct text {
    char text[400];
};

const char *qdpi_mismatch_status_name(uint32_t status)
{
    switch (status) {
    case QDPI_DMA_COMPLETION_OK:
        return "OK";
    case QDPI_DMA_COMPLETION_BAD_OPCODE:
        return "BAD_OPCODE";
    case QDPI_DMA_COMPLETION_BAD_LENGTH:
        return "BAD_LENGTH";
    case QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR:
        return "DESCRIPTOR_ERROR";
    case QDPI_DMA_COMPLETION_READ_SLVERR:
        return "READ_SLVERR";
    case QDPI_DMA_COMPLETION_READ_DECERR:
        return "READ_DECERR";
    case QDPI_DMA_COMPLETION_WRITE_SLVERR:
        return "WRITE_SLVERR";
    case QDPI_DMA_COMPLETION_WRITE_DECERR:
        return "WRITE_DECERR";
    case QDPI_DMA_COMPLETION_BAD_ADDRESS:
        return "BAD_ADDRESS";
    case QDPI_DMA_STATUS_ABANDONED:
        return "ABANDONED";
    default:
        return "no known status; the driver left the result out?";
    }
}

static struct text describe_batch(const struct qdpi_slot *slot)
{
    struct text text;
    snprintf(text.text, sizeof text.text, "thread %u, --seed=%" PRIu64 ", batch %" PRIu64 "%s",
             slot->owner.thread, slot->owner.seed, slot->serial,
             slot->attempts > 1 ? " (submitted again)" : "");
    return text;
}

static struct text describe_job(const struct qdpi_slot *slot, uint32_t index)
{
    const struct qdpi_dma_job *job = &slot->submitted_jobs[index];
    struct text text;
    int used =
        snprintf(text.text, sizeof text.text, "job %" PRIu32 " of %" PRIu32 " (%s of %u bytes",
                 index, slot->count, qdpi_job_name(job), job->length);
    if (qdpi_job_reads(job)) {
        used += snprintf(text.text + used, sizeof text.text - (size_t)used, " from offset %#llx",
                         job->source);
    }
    if (qdpi_job_writes(job)) {
        used += snprintf(text.text + used, sizeof text.text - (size_t)used, " to offset %#llx",
                         job->destination);
    }
    snprintf(text.text + used, sizeof text.text - (size_t)used, ", operand %#llx)", job->operand);
    return text;
}

// The last job that writes the byte decides about it.
static struct text describe_writer(const struct qdpi_slot *slot, uint64_t offset)
{
    for (uint32_t i = slot->count; i-- > 0;) {
        const struct qdpi_dma_job *job = &slot->jobs[i];
        if (qdpi_job_writes(job) && offset >= job->destination &&
            offset - job->destination < job->length) {
            return describe_job(slot, i);
        }
    }
    struct text text;
    snprintf(text.text, sizeof text.text, "no job of this batch writes there: a stray write");
    return text;
}

static struct text describe_bytes(const uint8_t *bytes, uint64_t first, uint64_t end)
{
    struct text text = {.text = ""};
    int used = 0;
    for (uint64_t i = first; i < end; i++) {
        used += snprintf(text.text + used, sizeof text.text - (size_t)used, " %02x", bytes[i]);
    }
    return text;
}

struct difference {
    uint64_t first;
    uint64_t last;
    uint64_t count;
};

static struct difference find_difference(const struct qdpi_slot *slot, const uint8_t *expected,
                                         const uint8_t *unknown)
{
    struct difference found = {0};
    for (uint64_t i = 0; i < slot->size; i++) {
        if (slot->memory[i] != expected[i] && (unknown == NULL || unknown[i] == 0)) {
            if (found.count == 0) {
                found.first = i;
            }
            found.last = i;
            found.count++;
        }
    }
    return found;
}

static int explain_difference(const struct qdpi_slot *slot, const uint8_t *expected,
                              const struct difference *found, const char *writer,
                              struct qdpi_explanation *why)
{
    const uint64_t at = found->first;
    const uint64_t first = at >= ROW_BEFORE ? at - ROW_BEFORE : 0;
    const uint64_t end = slot->size - first > ROW_BYTES ? first + ROW_BYTES : slot->size;
    return qdpi_explain(
        why, -EILSEQ,
        "%s: %" PRIu64 " of %" PRIu64 " bytes are wrong, first at offset %#" PRIx64
        " of the buffer, last at %#" PRIx64 ": expected 0x%02x, got 0x%02x; %s\n"
        "  bytes from offset %#" PRIx64 "\n    before  %s\n    expected%s\n    got     %s",
        describe_batch(slot).text, found->count, slot->size, slot->base + at,
        slot->base + found->last, expected[at], slot->memory[at], writer, slot->base + first,
        describe_bytes(slot->before, first, end).text, describe_bytes(expected, first, end).text,
        describe_bytes(slot->memory, first, end).text);
}

int qdpi_mismatch_of_status(const struct qdpi_slot *slot, uint32_t index,
                            struct qdpi_explanation *why)
{
    const uint32_t status = slot->results[index].status;
    return qdpi_explain(why, -EIO,
                        "%s: %s ended with status %#" PRIx32 " (%s), expected OK; where errors are "
                        "injected on purpose, say --retry",
                        describe_batch(slot).text, describe_job(slot, index).text, status,
                        qdpi_mismatch_status_name(status));
}

int qdpi_mismatch_of_crc(const struct qdpi_slot *slot, uint32_t index, struct qdpi_explanation *why)
{
    return qdpi_explain(why, -EILSEQ,
                        "%s: %s gave a wrong CRC: expected 0x%08" PRIx32 ", got 0x%08" PRIx32,
                        describe_batch(slot).text, describe_job(slot, index).text,
                        slot->crcs[index], slot->results[index].crc);
}

int qdpi_mismatch_of_memory(const struct qdpi_slot *slot, const uint8_t *unknown,
                            struct qdpi_explanation *why)
{
    const struct difference found = find_difference(slot, slot->expected, unknown);
    return explain_difference(slot, slot->expected, &found, describe_writer(slot, found.first).text,
                              why);
}

int qdpi_mismatch_at_rest(const struct qdpi_slot *slot, struct qdpi_explanation *why)
{
    const struct difference found = find_difference(slot, slot->before, NULL);
    return explain_difference(slot, slot->before, &found,
                              "that was right after this batch, the last here, and changed later",
                              why);
}
