// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A slot of the engine's buffer: plans a batch, submits it, judges what came of it.

#include "dma_slot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dma_mismatch.h"
#include "latency.h"

static void draw_data(uint8_t *memory, uint64_t first, uint64_t end, struct qdpi_random *random)
{
    for (uint64_t i = first; i < end; i += sizeof(uint64_t)) {
        const uint64_t word = qdpi_random_next(random);
        memcpy(memory + i, &word, sizeof word);
    }
}

int qdpi_slot_init(struct qdpi_slot *slot, const struct qdpi_dma_device *device, uint64_t base,
                   uint64_t size, uint32_t capacity, struct qdpi_random *random)
{
    slot->memory = qdpi_dma_device_memory(device) + base;
    slot->base = base;
    slot->size = size;
    slot->capacity = capacity;
    slot->expected = malloc((size_t)size);
    slot->before = malloc((size_t)size);
    slot->jobs = calloc(capacity, sizeof *slot->jobs);
    slot->submitted_jobs = calloc(capacity, sizeof *slot->submitted_jobs);
    slot->results = calloc(capacity, sizeof *slot->results);
    slot->crcs = calloc(capacity, sizeof *slot->crcs);
    if (slot->expected == NULL || slot->before == NULL || slot->jobs == NULL ||
        slot->submitted_jobs == NULL || slot->results == NULL || slot->crcs == NULL) {
        return -ENOMEM;
    }
    draw_data(slot->before, 0, size, random);
    memcpy(slot->expected, slot->before, (size_t)size);
    memcpy(slot->memory, slot->before, (size_t)size);
    return 0;
}

void qdpi_slot_release(struct qdpi_slot *slot)
{
    free(slot->expected);
    free(slot->before);
    free(slot->unknown);
    free(slot->jobs);
    free(slot->submitted_jobs);
    free(slot->results);
    free(slot->crcs);
    *slot = (struct qdpi_slot){0};
}

// Copies repeated for long would make all of the slot alike, and a job that was not done would then
// not be seen. So whatever is read is new.
static void refresh_sources(struct qdpi_slot *slot, struct qdpi_random *random)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        const struct qdpi_dma_job *job = &slot->jobs[i];
        if (!qdpi_job_reads(job)) {
            continue;
        }
        const uint64_t first = job->source & ~UINT64_C(7);
        const uint64_t end = (job->source + job->length + 7) & ~UINT64_C(7);
        draw_data(slot->before, first, end, random);
        memcpy(slot->memory + first, slot->before + first, (size_t)(end - first));
        memcpy(slot->expected + first, slot->before + first, (size_t)(end - first));
    }
}

void qdpi_slot_plan(struct qdpi_slot *slot, uint64_t serial, uint32_t most,
                    const struct qdpi_job_limits *limits, const struct qdpi_crc32c *tables,
                    struct qdpi_random *random)
{
    slot->serial = serial;
    slot->attempts = 0;
    slot->count = 1 + (uint32_t)qdpi_random_below(random, most);
    for (uint32_t i = 0; i < slot->count; i++) {
        const struct qdpi_dma_job *earlier =
            i > 0 ? &slot->jobs[qdpi_random_below(random, i)] : NULL;
        qdpi_job_draw(&slot->jobs[i], earlier, slot->size, limits, random);
        slot->submitted_jobs[i] = slot->jobs[i];
        if (qdpi_job_reads(&slot->jobs[i])) {
            slot->submitted_jobs[i].source += slot->base;
        }
        if (qdpi_job_writes(&slot->jobs[i])) {
            slot->submitted_jobs[i].destination += slot->base;
        }
    }
    refresh_sources(slot, random);
    for (uint32_t i = 0; i < slot->count; i++) {
        slot->crcs[i] = qdpi_job_model(&slot->jobs[i], slot->expected, tables);
    }
}

int qdpi_slot_submit(struct qdpi_slot *slot, struct qdpi_dma_device *device)
{
    // A result that the driver leaves out must not look like success.
    memset(slot->results, 0xff, slot->count * sizeof *slot->results);
    slot->attempts++;
    slot->submitted_ns = qdpi_latency_now();
    const int result =
        qdpi_dma_device_submit(device, slot->submitted_jobs, slot->count, &slot->batch);
    return result == 0 && slot->batch == 0 ? -EPROTO : result;
}

static int judge_crc(const struct qdpi_slot *slot, uint32_t index, struct qdpi_explanation *why)
{
    const struct qdpi_dma_job *job = &slot->jobs[index];
    const uint32_t got = slot->results[index].crc;
    if (job->opcode != QDPI_DMA_OP_CRC32C || got == slot->crcs[index]) {
        return 0;
    }
    return qdpi_mismatch_of_crc(slot, index, why);
}

// The slot with errors in the batch: the model goes again from the start, and knows now what nobody
// can know. It leaves the unknown map for the comparison.
static int judge_with_errors(struct qdpi_slot *slot, const struct qdpi_crc32c *tables,
                             struct qdpi_explanation *why)
{
    if (slot->unknown == NULL) {
        slot->unknown = malloc((size_t)slot->size);
    }
    if (slot->unknown == NULL) {
        return qdpi_explain(why, -ENOMEM, "no memory to judge a batch with errors");
    }
    memset(slot->unknown, 0, (size_t)slot->size);
    memcpy(slot->expected, slot->before, (size_t)slot->size);
    for (uint32_t i = 0; i < slot->count; i++) {
        const bool failed = slot->results[i].status != QDPI_DMA_COMPLETION_OK;
        if (!failed) {
            slot->crcs[i] = qdpi_job_model(&slot->jobs[i], slot->expected, tables);
        }
        if (qdpi_job_model_unknown(&slot->jobs[i], failed, slot->unknown) && !failed) {
            const int result = judge_crc(slot, i, why);
            if (result != 0) {
                return result;
            }
        }
    }
    for (uint64_t i = 0; i < slot->size; i++) {
        if (slot->unknown[i] == 0 && slot->memory[i] != slot->expected[i]) {
            return qdpi_mismatch_of_memory(slot, slot->unknown, why);
        }
    }
    return 0;
}

static void roll_back(struct qdpi_slot *slot, const struct qdpi_crc32c *tables)
{
    memcpy(slot->memory, slot->before, (size_t)slot->size);
    memcpy(slot->expected, slot->before, (size_t)slot->size);
    for (uint32_t i = 0; i < slot->count; i++) {
        slot->crcs[i] = qdpi_job_model(&slot->jobs[i], slot->expected, tables);
    }
}

// What the batch wrote is what the next one starts from.
static void accept(struct qdpi_slot *slot)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        const struct qdpi_dma_job *job = &slot->jobs[i];
        if (qdpi_job_writes(job)) {
            memcpy(slot->before + job->destination, slot->expected + job->destination, job->length);
        }
    }
}

int qdpi_slot_judge(struct qdpi_slot *slot, const struct qdpi_crc32c *tables, bool retry,
                    struct qdpi_explanation *why)
{
    int result = 0;
    for (uint32_t i = 0; i < slot->count; i++) {
        if (slot->results[i].status == QDPI_DMA_COMPLETION_OK) {
            continue;
        }
        if (!retry) {
            return qdpi_mismatch_of_status(slot, i, why);
        }
        result = judge_with_errors(slot, tables, why);
        if (result != 0) {
            return result;
        }
        roll_back(slot, tables);
        return QDPI_SLOT_REPEAT;
    }
    for (uint32_t i = 0; i < slot->count && result == 0; i++) {
        result = judge_crc(slot, i, why);
    }
    if (result != 0) {
        return result;
    }
    if (memcmp(slot->memory, slot->expected, (size_t)slot->size) != 0) {
        return qdpi_mismatch_of_memory(slot, NULL, why);
    }
    accept(slot);
    return QDPI_SLOT_RIGHT;
}

int qdpi_slot_check_idle(const struct qdpi_slot *slot, struct qdpi_explanation *why)
{
    // After the last batch `before` and `expected` are alike; a batch that stop cut off before its
    // repetition leaves `before` alone.
    if (memcmp(slot->memory, slot->before, (size_t)slot->size) != 0) {
        return qdpi_mismatch_at_rest(slot, why);
    }
    return 0;
}
