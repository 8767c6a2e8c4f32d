// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Guest that drives the DMA engine with random work over all of its memory and checks every byte of
// the outcome; or, with bench=N, measures it N times.
#include <stddef.h>

#include "clock.h"
#include "cmdline.h"
#include "console.h"
#include "dma_bench.h"
#include "dma_engine.h"
#include "dma_job.h"
#include "dma_refusal.h"
#include "doorbell.h"
#include "interrupt.h"
#include "ordering.h"
#include "pic.h"
#include "port_window.h"
#include "start.h"
#include "test_layout.h"
#include "verdict.h"

enum {
    DMA_MIB = 1024 * 1024,
    DMA_MOST_MIB = 65536,
    DMA_RING_ENTRIES = 64,
    DMA_JOB_BYTES = 65536,
    DMA_TAIL_BATCH = 4,  // one descriptor in that many, on average, makes the guest ring at once
    DMA_DEFAULT_MIB = 16,
    DMA_DEFAULT_LINE = 5,
    DMA_FIRST_LINE = 3,  // the clock, the keyboard and the cascade have those below
    DMA_DEFAULT_COALESCE = 4,
    DMA_DEFAULT_COALESCE_CLOCKS = 5000,
    DMA_DEFAULT_ATTACH_SECONDS = 120,
    DMA_DEFAULT_WATCHDOG_SECONDS = 60,
    DMA_MOST_SECONDS = 3600,
    // A port's windows are closed all at once, so as many jobs share a set of windows as they last
    // for, and the set is changed when all of them are done.
    DMA_WINDOWED_JOBS = (QDPI_PORT_WINDOWS - QDPI_DMA_ENGINE_WINDOWS) / 2,
    DMA_MOST_RETRIES = 1000,
    DMA_MOST_ROUNDS = 1000,
    DMA_STATUSES = QDPI_DMA_COMPLETION_BAD_ADDRESS + 1,
};

/// Where `ring=` on the command line puts the ring.
enum dma_ring_place {
    DMA_RING_LOW,
    DMA_RING_HIGH,
    DMA_RING_HIGH_IF_ANY,
};

struct dma_run {
    struct qdpi_dma_engine engine;
    struct qdpi_random random;
    struct qdpi_dma_totals totals;
    struct qdpi_dma_job jobs[DMA_RING_ENTRIES];        // by sequence number, as the ring is
    struct qdpi_dma_job unfinished[DMA_RING_ENTRIES];  // when the engine halted
    uint32_t statuses[DMA_STATUSES];                   // completions, by their status
    uint32_t windowed_jobs;                            // that share the present set of windows
    bool windows;
    bool errors;  // failures on the bus are injected
    bool until_nmi;
    uint32_t nmi_seen;  // written by its handler
    uint64_t verified;
    uint32_t retries_at_success;
    uint32_t mib_told;  // of those, how many whole MiB have been reported
};

static struct dma_run run;

static void post(struct dma_run *r, const struct qdpi_dma_job *job)
{
    uint32_t sequence = qdpi_dma_engine_post(&r->engine, &job->descriptor);
    r->jobs[sequence % DMA_RING_ENTRIES] = *job;
}

static void report_progress(struct dma_run *r)
{
    uint32_t mib = (uint32_t)(r->verified / DMA_MIB);
    if (mib != r->mib_told) {
        r->mib_told = mib;
        qdpi_print("guest: %u MiB verified\n", mib);
        qdpi_doorbell_ring(QDPI_TEST_DOORBELL_PROGRESS, r->verified);
    }
}

/// Check one completion if there is one.
static bool check_next(struct dma_run *r)
{
    struct qdpi_dma_completion completion;
    if (!qdpi_dma_engine_take(&r->engine, &completion)) {
        return false;
    }
    struct qdpi_dma_job *job = &r->jobs[completion.sequence % DMA_RING_ENTRIES];
    if (completion.status < DMA_STATUSES) {
        r->statuses[completion.status]++;
    }
    if (r->errors && qdpi_dma_job_has_failed(job, &completion)) {
        qdpi_dma_job_check_failed(job, &completion);
        qdpi_dma_job_renew(job);
        if (r->totals.retries++ - r->retries_at_success == DMA_MOST_RETRIES) {
            qdpi_verdict_fail(QDPI_FAILURE_STALLED,
                              "%u failures one after the other, the last: "
                              "descriptor %u, status %u",
                              (uint32_t)DMA_MOST_RETRIES, completion.sequence, completion.status);
        }
        post(r, job);
        return true;
    }
    r->retries_at_success = r->totals.retries;
    qdpi_dma_job_check(job, &completion);
    r->verified += completion.length;
    report_progress(r);
    return true;
}

/// Reset the engine, which has halted or was replaced, and post again what has no completion.
static void restart(struct dma_run *r)
{
    uint32_t count = r->engine.posted - r->engine.taken;
    qdpi_print("guest: engine to be restarted, %u descriptors to do again\n", count);
    for (uint32_t i = 0; i < count; i++) {
        r->unfinished[i] = r->jobs[(r->engine.taken + i) % DMA_RING_ENTRIES];
    }
    qdpi_dma_engine_restart(&r->engine);
    for (uint32_t i = 0; i < count; i++) {
        qdpi_dma_job_renew(&r->unfinished[i]);
        post(r, &r->unfinished[i]);
    }
}

/// Tell the engine of all that is posted, and sleep until something may have happened.
static void wait(struct dma_run *r)
{
    qdpi_dma_engine_ring_tail(&r->engine);
    if (!qdpi_dma_engine_wait(&r->engine)) {
        restart(r);
    }
}

/// Check all completions to come.
static void finish_jobs(struct dma_run *r)
{
    while (r->engine.taken != r->engine.posted) {
        if (!check_next(r)) {
            wait(r);
        }
    }
}

/// Check all completions to come, then the count of interrupts.
static void drain(struct dma_run *r)
{
    finish_jobs(r);
    while (!qdpi_dma_engine_settle(&r->engine)) {
        restart(r);
    }
}

/// Open the windows for `job`, which is not posted yet.
static void admit(struct dma_run *r, const struct qdpi_dma_job *job)
{
    if (!r->windows) {
        return;
    }
    if (r->windowed_jobs == DMA_WINDOWED_JOBS) {
        finish_jobs(r);
        qdpi_dma_engine_narrow_windows(&r->engine);
        r->windowed_jobs = 0;
    }
    r->windowed_jobs++;
    qdpi_dma_job_open_windows(job, r->engine.data_bytes);
}

static bool is_enough(const struct dma_run *r)
{
    return qdpi_load_acquire_u32(&r->nmi_seen) != 0;
}

/// Keep the ring as full as it can be until `bytes` more bytes have been posted; then drain it.
static void transfer(struct dma_run *r, uint64_t bytes)
{
    uint64_t end = r->totals.bytes + bytes;
    while (r->totals.bytes < end && !is_enough(r)) {
        if (!qdpi_dma_engine_is_full(&r->engine)) {
            uint64_t left = end - r->totals.bytes;
            struct qdpi_dma_job job;
            qdpi_dma_job_make(&job, &r->random, &r->totals,
                              left < DMA_JOB_BYTES ? (uint32_t)left : DMA_JOB_BYTES);
            admit(r, &job);
            post(r, &job);
            if (qdpi_random_below(&r->random, DMA_TAIL_BATCH) == 0) {
                qdpi_dma_engine_ring_tail(&r->engine);
            }
        } else if (!check_next(r)) {
            wait(r);
        }
    }
    drain(r);
}

static void try_refusals(struct dma_run *r)
{
    uint32_t rom = qdpi_dma_refusal_rom_crc32c();
    for (uint32_t number = 0; number < qdpi_dma_refusal_count(r->windows); number++) {
        struct qdpi_dma_job job;
        qdpi_dma_refusal_make(&job, number, &r->random, &r->totals);
        admit(r, &job);
        post(r, &job);
    }
    drain(r);
    uint32_t rom_now = qdpi_dma_refusal_rom_crc32c();
    if (rom_now != rom) {
        qdpi_verdict_fail(QDPI_FAILURE_DATA, "firmware ROM: expected CRC 0x%08x, got 0x%08x", rom,
                          rom_now);
    }
    qdpi_print("guest: %u bad descriptors refused as they must be\n", r->totals.refusals);
}

/// Half with an interrupt for each completion, the other half with several to an interrupt; between
/// them what must fail, so that the second half also shows that the engine has come through it
/// unharmed.
static void work(struct dma_run *r, uint64_t bytes, uint32_t coalesce, uint32_t clocks)
{
    qdpi_dma_engine_coalesce(&r->engine, 1, 0);
    transfer(r, bytes / 2);
    try_refusals(r);
    qdpi_dma_engine_coalesce(&r->engine, coalesce, clocks);
    transfer(r, bytes - bytes / 2);
}

static void on_nmi(void *context)
{
    struct dma_run *r = context;
    qdpi_store_release_u32(&r->nmi_seen, 1);
}

static enum qdpi_memory_side ring_side(void)
{
    uint32_t place = qdpi_cmdline_number("ring", DMA_RING_HIGH_IF_ANY, DMA_RING_HIGH_IF_ANY);
    if (place == DMA_RING_HIGH_IF_ANY) {
        return qdpi_memory_has(QDPI_MEMORY_HIGH) ? QDPI_MEMORY_HIGH : QDPI_MEMORY_LOW;
    }
    return place == DMA_RING_HIGH ? QDPI_MEMORY_HIGH : QDPI_MEMORY_LOW;
}

static void read_options(struct qdpi_dma_engine_options *options)
{
    *options = (struct qdpi_dma_engine_options){
        .entries = DMA_RING_ENTRIES,
        .side = ring_side(),
        .line = qdpi_cmdline_number("irq", DMA_DEFAULT_LINE, QDPI_PIC_LINES - 1),
        .attach_seconds =
            qdpi_cmdline_number("attach", DMA_DEFAULT_ATTACH_SECONDS, DMA_MOST_SECONDS),
        .watchdog_milliseconds =
            1000 * qdpi_cmdline_number("watchdog", DMA_DEFAULT_WATCHDOG_SECONDS, DMA_MOST_SECONDS),
    };
    if (options->line < DMA_FIRST_LINE) {
        qdpi_verdict_fail(QDPI_FAILURE_SETUP, "command line: irq: expected %u to %u, got %u",
                          (uint32_t)DMA_FIRST_LINE, QDPI_PIC_LINES - 1u, options->line);
    }
}

_Noreturn static void finish(struct dma_run *r, uint32_t start)
{
    const struct qdpi_dma_totals *t = &r->totals;
    uint32_t interrupts = r->engine.interrupts_before + r->engine.interrupts;
    uint32_t taken = r->engine.taken_before + r->engine.taken;
    if (r->verified != t->bytes) {
        qdpi_verdict_fail(QDPI_FAILURE_COMPLETION,
                          "bytes: %llu were to be moved, %llu are verified", t->bytes, r->verified);
    }
    for (uint32_t status = 0; status < DMA_STATUSES; status++) {
        qdpi_doorbell_ring(QDPI_TEST_DOORBELL_STATUS_COUNT,
                           (uint64_t)r->statuses[status] << 32 | status);
    }
    qdpi_doorbell_ring(QDPI_TEST_DOORBELL_RETRIES, (uint64_t)r->engine.restarts << 32 | t->retries);
    qdpi_doorbell_ring(QDPI_TEST_DOORBELL_TOTALS, (uint64_t)interrupts << 32 | taken);
    qdpi_verdict_pass(
        "%llu bytes in %u descriptors (%u copies, %u fills, %u checksums, %u refused), "
        "%u interrupts, %u buffers above 4 GiB, %u copies across 4 GiB, %u tried again, "
        "%u restarts, %u ms",
        r->verified, taken, t->copies, t->fills, t->checksums, t->refusals, interrupts,
        t->high_buffers, t->crossing_copies, t->retries, r->engine.restarts,
        qdpi_clock_milliseconds() - start);
}

_Noreturn void qdpi_guest_main(void)
{
    static const char *const keys[] = {"mib",     "seed",      "irq",      "ring",   "coalesce",
                                       "clocks",  "attach",    "watchdog", "errors", "windows",
                                       "outages", "until_nmi", "bench",    NULL};
    qdpi_cmdline_allow_only(keys);
    struct dma_run *r = &run;
    uint64_t bytes = (uint64_t)qdpi_cmdline_number("mib", DMA_DEFAULT_MIB, DMA_MOST_MIB) * DMA_MIB;
    uint32_t seed = qdpi_cmdline_number("seed", 1, UINT32_MAX);
    uint32_t coalesce = qdpi_cmdline_number("coalesce", DMA_DEFAULT_COALESCE, DMA_RING_ENTRIES);
    uint32_t clocks = qdpi_cmdline_number("clocks", DMA_DEFAULT_COALESCE_CLOCKS, UINT32_MAX);
    struct qdpi_dma_engine_options options;
    read_options(&options);
    r->errors = qdpi_cmdline_number("errors", 0, 1) != 0;
    r->windows = qdpi_cmdline_number("windows", 0, 1) != 0;
    options.may_halt = r->errors;
    options.windows = r->windows;
    options.may_vanish = qdpi_cmdline_number("outages", 0, 1) != 0;
    if (options.may_vanish && r->windows) {
        qdpi_verdict_fail(QDPI_FAILURE_SETUP,
                          "command line: outages and windows: only one of them can be 1");
    }
    r->until_nmi = qdpi_cmdline_number("until_nmi", 0, 1) != 0;
    if (r->until_nmi) {
        qdpi_interrupt_attach(QDPI_INTERRUPT_NMI, on_nmi, r);
    }

    qdpi_print("guest: DMA test, %llu bytes, seed %u, interrupt line %u\n", bytes, seed,
               options.line);
    qdpi_memory_print();
    qdpi_random_seed(&r->random, seed);
    qdpi_dma_buffer_init(r->windows ? QDPI_DMA_WIDE_GUARD_BYTES : QDPI_DMA_GUARD_BYTES);
    qdpi_dma_engine_init(&r->engine, &options, &r->random);
    qdpi_dma_engine_find(&r->engine);
    qdpi_print(
        "guest: engine found, data bus %u bytes wide; ring at 0x%llx, completions at 0x%llx\n",
        r->engine.data_bytes, r->engine.ring_area.address, r->engine.completions_area.address);
    qdpi_dma_engine_start(&r->engine);

    uint32_t start = qdpi_clock_milliseconds();
    uint32_t rounds = qdpi_cmdline_number("bench", 0, DMA_MOST_ROUNDS);
    if (rounds != 0) {
        qdpi_dma_bench(&r->engine, &r->random, rounds);
        drain(r);
    } else {
        do {
            work(r, bytes, coalesce, clocks);
        } while (r->until_nmi && !is_enough(r));
    }
    qdpi_dma_engine_check_guards(&r->engine);
    finish(r, start);
}
