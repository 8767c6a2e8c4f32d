// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "dma_bench.h"

#include "clock.h"
#include "cpu.h"
#include "division.h"
#include "doorbell.h"
#include "ordering.h"
#include "test_layout.h"
#include "verdict.h"

enum {
    BENCH_SHORT_BYTES = 64,
    BENCH_SHORT_COPIES = 100,  // of one sample
    BENCH_LONG_BYTES = 1024 * 1024,
    BENCH_LONG_COPIES = 4,
    BENCH_KIB = 1024,
    BENCH_CALIBRATION_MILLISECONDS = 200,
    BENCH_MICROSECONDS = 1000,
    BENCH_SEED = 4711,
};

struct bench {
    struct qdpi_dma_engine *engine;
    uint32_t ticks_per_millisecond;
    struct qdpi_dma_descriptor short_copy;
    struct qdpi_dma_descriptor long_copy;
};

static void calibrate(struct bench *bench)
{
    uint32_t begin = qdpi_clock_milliseconds();
    // From one tick of the clock to another.
    while (qdpi_clock_milliseconds() == begin) {
        qdpi_cpu_wait_for_interrupt();
    }
    begin = qdpi_clock_milliseconds();
    uint64_t ticks = qdpi_cpu_ticks();
    uint32_t passed;
    do {
        qdpi_cpu_wait_for_interrupt();
        passed = qdpi_clock_milliseconds() - begin;
    } while (passed < BENCH_CALIBRATION_MILLISECONDS);
    ticks = qdpi_cpu_ticks() - ticks;
    (void)qdpi_divide_u64(&ticks, passed);
    bench->ticks_per_millisecond = (uint32_t)ticks;
}

/// Tell what `ticks` ticks for `count` pieces are in nanoseconds a piece.
static void tell(const struct bench *bench, uint32_t sample, uint64_t ticks, uint32_t count)
{
    ticks *= BENCH_MICROSECONDS;
    (void)qdpi_divide_u64(&ticks, bench->ticks_per_millisecond);
    ticks *= BENCH_MICROSECONDS;
    (void)qdpi_divide_u64(&ticks, count);
    qdpi_doorbell_ring(QDPI_TEST_DOORBELL_SAMPLES + sample, ticks);
}

static void take(struct bench *bench)
{
    struct qdpi_dma_completion completion;
    if (!qdpi_dma_engine_take(bench->engine, &completion)) {
        qdpi_verdict_fail(QDPI_FAILURE_COMPLETION, "bench: no completion where one was seen");
    }
    if (completion.status != QDPI_DMA_COMPLETION_OK) {
        qdpi_verdict_fail(QDPI_FAILURE_COMPLETION, "bench: descriptor %u: status %u",
                          completion.sequence, completion.status);
    }
}

/// Wait until the interrupts that were taken are not `before`.
static void wait_for_interrupt(struct bench *bench, uint32_t before)
{
    while (qdpi_load_acquire_u32(&bench->engine->interrupts) == before) {
        // Nothing halts here; the watchdog bites if nothing comes.
        (void)qdpi_dma_engine_wait(bench->engine);
    }
}

/// From the doorbell to the completion in memory, for which the processor watches. The interrupt
/// that comes as well is kept away until then.
static uint64_t ticks_to_completion(struct bench *bench)
{
    struct qdpi_dma_engine *engine = bench->engine;
    uint32_t interrupts = qdpi_load_acquire_u32(&engine->interrupts);
    uint32_t sequence = qdpi_dma_engine_post(engine, &bench->short_copy);
    uint32_t flags = qdpi_cpu_disable_interrupts();
    uint64_t begin = qdpi_cpu_ticks();
    qdpi_dma_engine_ring_tail(engine);
    while (qdpi_dma_engine_head(engine) == sequence) {
        qdpi_cpu_relax();
    }
    uint64_t ticks = qdpi_cpu_ticks() - begin;
    qdpi_cpu_restore_interrupts(flags);
    wait_for_interrupt(bench, interrupts);
    take(bench);
    return ticks;
}

/// From the doorbell to the interrupt handler, while the processor sleeps.
static uint64_t ticks_to_interrupt(struct bench *bench)
{
    struct qdpi_dma_engine *engine = bench->engine;
    uint32_t interrupts = qdpi_load_acquire_u32(&engine->interrupts);
    (void)qdpi_dma_engine_post(engine, &bench->short_copy);
    uint64_t begin = qdpi_cpu_ticks();
    qdpi_dma_engine_ring_tail(engine);
    wait_for_interrupt(bench, interrupts);
    take(bench);
    return engine->interrupted_at - begin;
}

static void measure_short(struct bench *bench, uint32_t sample,
                          uint64_t (*measure)(struct bench *bench))
{
    uint64_t ticks = 0;
    qdpi_doorbell_ring(QDPI_TEST_DOORBELL_SAMPLES + QDPI_SAMPLE_BEGIN, sample);
    for (uint32_t i = 0; i < BENCH_SHORT_COPIES; i++) {
        ticks += measure(bench);
    }
    tell(bench, sample, ticks, BENCH_SHORT_COPIES);
}

static void measure_long(struct bench *bench)
{
    struct qdpi_dma_engine *engine = bench->engine;
    uint32_t interrupts = qdpi_load_acquire_u32(&engine->interrupts);
    qdpi_dma_engine_coalesce(engine, BENCH_LONG_COPIES, 0);
    qdpi_doorbell_ring(QDPI_TEST_DOORBELL_SAMPLES + QDPI_SAMPLE_BEGIN, QDPI_SAMPLE_COPY);
    for (uint32_t i = 0; i < BENCH_LONG_COPIES; i++) {
        (void)qdpi_dma_engine_post(engine, &bench->long_copy);
    }
    uint64_t begin = qdpi_cpu_ticks();
    qdpi_dma_engine_ring_tail(engine);
    wait_for_interrupt(bench, interrupts);
    uint64_t ticks = engine->interrupted_at - begin;
    for (uint32_t i = 0; i < BENCH_LONG_COPIES; i++) {
        take(bench);
    }
    tell(bench, QDPI_SAMPLE_COPY, ticks, BENCH_LONG_COPIES * (BENCH_LONG_BYTES / BENCH_KIB));
    qdpi_dma_engine_coalesce(engine, 1, 0);
}

static struct qdpi_dma_descriptor copy_between(const struct qdpi_dma_buffer *source,
                                               const struct qdpi_dma_buffer *destination)
{
    return (struct qdpi_dma_descriptor){
        .opcode = QDPI_DMA_OP_COPY,
        .length = source->length,
        .source = source->address,
        .destination = destination->address,
    };
}

void qdpi_dma_bench(struct qdpi_dma_engine *engine, struct qdpi_random *random, uint32_t rounds)
{
    static const uint32_t lengths[] = {BENCH_SHORT_BYTES, BENCH_LONG_BYTES};
    static const struct qdpi_dma_content wanted = {.seed = BENCH_SEED};
    static const struct qdpi_dma_content before = {.seed = BENCH_SEED, .inverted = true};
    struct bench bench = {.engine = engine};
    struct qdpi_dma_buffer sources[2];
    struct qdpi_dma_buffer destinations[2];
    for (uint32_t i = 0; i < 2; i++) {
        qdpi_dma_buffer_take(&sources[i], random, QDPI_MEMORY_LOW, lengths[i],
                             QDPI_DMA_GUARD_BYTES);
        qdpi_dma_buffer_take(&destinations[i], random, QDPI_MEMORY_LOW, lengths[i],
                             QDPI_DMA_GUARD_BYTES);
        qdpi_dma_buffer_write(&sources[i], &wanted);
        qdpi_dma_buffer_write(&destinations[i], &before);
    }
    bench.short_copy = copy_between(&sources[0], &destinations[0]);
    bench.long_copy = copy_between(&sources[1], &destinations[1]);
    calibrate(&bench);
    qdpi_dma_engine_coalesce(engine, 1, 0);
    for (uint32_t round = 0; round < rounds; round++) {
        measure_short(&bench, QDPI_SAMPLE_COMPLETION, ticks_to_completion);
        measure_short(&bench, QDPI_SAMPLE_INTERRUPT, ticks_to_interrupt);
        measure_long(&bench);
    }
    for (uint32_t i = 0; i < 2; i++) {
        qdpi_dma_buffer_check(&destinations[i], &wanted, "destination of a measured copy",
                              engine->taken - 1);
    }
}
