// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qdpi-dma-bench [ROUNDS]: measures the DMA engine from user space to user space, and tells the
// testbench the figures by doorbell (QDPI_TEST_DOORBELL_SAMPLES).

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dma_device.h"
#include "doorbell.h"
#include "latency.h"
#include "layouts.h"

enum {
    SHORT_BYTES = 64,
    SHORT_COPIES = 100,  // of one sample
    LONG_BYTES = 1 << 20,
    LONG_COPIES = 4,
    KIB = 1024,
    TIMEOUT_MS = 60000,
    DEFAULT_ROUNDS = 5,
    MOST_ROUNDS = 1000,
};

struct bench {
    struct qdpi_dma_device *device;
    uint8_t *memory;  // LONG_BYTES of source, as many of destination
    int doorbell;
};

static int ring(const struct bench *bench, uint32_t sample, uint64_t value,
                struct qdpi_explanation *why)
{
    const struct qdpi_doorbell doorbell = {.index = QDPI_TEST_DOORBELL_SAMPLES + sample,
                                           .value = value};
    const int result = qdpi_doorbell_ring(bench->doorbell, &doorbell);
    return result == 0 ? 0
                       : qdpi_explain(why, result, "doorbell %" PRIu32 " was refused: %s",
                                      doorbell.index, strerror(-result));
}

// `count` copies of `length` bytes in one batch, from the source to the destination.
static int copy(const struct bench *bench, uint32_t length, uint32_t count,
                struct qdpi_explanation *why)
{
    struct qdpi_dma_job jobs[LONG_COPIES];
    struct qdpi_dma_result results[LONG_COPIES];
    uint32_t batch;
    for (uint32_t i = 0; i < count; i++) {
        jobs[i] = (struct qdpi_dma_job){
            .opcode = QDPI_DMA_OP_COPY, .length = length, .source = 0, .destination = LONG_BYTES};
    }
    int result = qdpi_dma_device_submit(bench->device, jobs, count, &batch);
    if (result == 0) {
        result = qdpi_dma_device_wait(bench->device, batch, results, count, TIMEOUT_MS);
    }
    if (result != 0) {
        return qdpi_explain(why, result, "%" PRIu32 " copies of %" PRIu32 " bytes: %s", count,
                            length, strerror(-result));
    }
    for (uint32_t i = 0; i < count; i++) {
        if (results[i].status != QDPI_DMA_COMPLETION_OK) {
            return qdpi_explain(why, -EIO, "copy %" PRIu32 " of %" PRIu32 " bytes: status %" PRIu32,
                                i, length, results[i].status);
        }
    }
    return 0;
}

static int compare(const struct bench *bench, size_t length, struct qdpi_explanation *why)
{
    if (memcmp(bench->memory, bench->memory + LONG_BYTES, length) != 0) {
        return qdpi_explain(why, -EBADMSG, "a copy of %zu bytes is not what was copied", length);
    }
    memset(bench->memory + LONG_BYTES, 0, length);
    return 0;
}

static int measure_short(const struct bench *bench, struct qdpi_explanation *why)
{
    uint64_t sum = 0;
    int result = ring(bench, QDPI_SAMPLE_BEGIN, QDPI_SAMPLE_INTERRUPT, why);
    for (unsigned i = 0; i < SHORT_COPIES && result == 0; i++) {
        const uint64_t begin = qdpi_latency_now();
        result = copy(bench, SHORT_BYTES, 1, why);
        sum += qdpi_latency_now() - begin;
        if (result == 0) {
            result = compare(bench, SHORT_BYTES, why);
        }
    }
    return result != 0 ? result : ring(bench, QDPI_SAMPLE_INTERRUPT, sum / SHORT_COPIES, why);
}

static int measure_long(const struct bench *bench, struct qdpi_explanation *why)
{
    int result = ring(bench, QDPI_SAMPLE_BEGIN, QDPI_SAMPLE_COPY, why);
    const uint64_t begin = qdpi_latency_now();
    if (result == 0) {
        result = copy(bench, LONG_BYTES, LONG_COPIES, why);
    }
    const uint64_t took = qdpi_latency_now() - begin;
    if (result == 0) {
        result = compare(bench, LONG_BYTES, why);
    }
    return result != 0
               ? result
               : ring(bench, QDPI_SAMPLE_COPY, took / (LONG_COPIES * (LONG_BYTES / KIB)), why);
}

// What a program does that has no engine.
static int measure_memcpy(const struct bench *bench, struct qdpi_explanation *why)
{
    const uint64_t begin = qdpi_latency_now();
    for (unsigned i = 0; i < LONG_COPIES; i++) {
        memcpy(bench->memory + LONG_BYTES, bench->memory, LONG_BYTES);
        // It is to be done each time.
        __asm__ volatile("" : : : "memory");
    }
    const uint64_t took = qdpi_latency_now() - begin;
    const int result = compare(bench, LONG_BYTES, why);
    return result != 0
               ? result
               : ring(bench, QDPI_SAMPLE_MEMCPY, took / (LONG_COPIES * (LONG_BYTES / KIB)), why);
}

static int open_all(struct bench *bench, struct qdpi_explanation *why)
{
    bench->doorbell = qdpi_doorbell_open();
    if (bench->doorbell < 0) {
        return qdpi_explain(why, bench->doorbell, QDPI_DOORBELL_DEVICE ": %s",
                            strerror(-bench->doorbell));
    }
    const int result = qdpi_dma_device_open(&bench->device, "/dev/qdpi-dma", 2 * LONG_BYTES, why);
    if (result != 0) {
        return result;
    }
    bench->memory = qdpi_dma_device_memory(bench->device);
    for (size_t i = 0; i < LONG_BYTES; i++) {
        bench->memory[i] = (uint8_t)(i * 167 >> 5 ^ i);
        bench->memory[LONG_BYTES + i] = 0;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct bench bench = {.doorbell = -1};
    struct qdpi_explanation why = {.text = ""};
    const long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : DEFAULT_ROUNDS;
    if (argc > 2 || rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "usage: qdpi-dma-bench [ROUNDS], 1 to %d\n", MOST_ROUNDS);
        return 2;
    }
    int result = open_all(&bench, &why);
    for (long round = 0; round < rounds && result == 0; round++) {
        result = measure_short(&bench, &why);
        if (result == 0) {
            result = measure_long(&bench, &why);
        }
        if (result == 0) {
            result = measure_memcpy(&bench, &why);
        }
    }
    if (result != 0) {
        fprintf(stderr, "qdpi-dma-bench: %s\n", why.text);
    }
    qdpi_dma_device_close(bench.device);
    if (bench.doorbell >= 0) {
        close(bench.doorbell);
    }
    return result == 0 ? 0 : 1;
}
