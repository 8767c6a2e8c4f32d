// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "dma_engine.h"

#include "bytes.h"
#include "cpu.h"
#include "doorbell.h"
#include "interrupt.h"
#include "ordering.h"
#include "paging.h"
#include "port_window.h"
#include "verdict.h"

enum {
    ENGINE_ALIGNMENT = 64,
    ENGINE_IDENTIFICATIONS = 1024,
    ENGINE_IDENTIFY_AGAIN_MILLISECONDS = 100,
    ENGINE_POST_MORTEM_MILLISECONDS = 3000,
    ENGINE_SETTLE_MILLISECONDS = 50,
    ENGINE_SILENCE_MILLISECONDS = 100,  // after which it is asked how it is
    ENGINE_POISON = 0xff,
    ENGINE_SEQUENCE_WORD = QDPI_DMA_IDENT_OFFSET_SEQUENCE / sizeof(uint32_t),
};

static uint32_t *head_word(const struct qdpi_dma_engine *engine)
{
    return (uint32_t *)(engine->completion_area + QDPI_DMA_COMPLETION_OFFSET_HEAD);
}

static void on_interrupt(void *context)
{
    struct qdpi_dma_engine *engine = context;
    engine->interrupted_at = qdpi_cpu_ticks();
    // Pairs with the engine's write of the head count, which it makes before it raises the
    // interrupt.
    uint32_t head = qdpi_load_acquire_u32(head_word(engine));
    if (head == engine->acknowledged) {
        engine->idle_interrupts++;
    }
    qdpi_store_release_u32(&engine->interrupts, engine->interrupts + 1);
    qdpi_store_release_u32(&engine->acknowledged, head);
    qdpi_doorbell_ring(QDPI_DMA_REG_INTERRUPT_ACK, head);
}

static void *take_mapped(struct qdpi_random *random, enum qdpi_memory_side side, uint32_t size,
                         struct qdpi_dma_buffer *area)
{
    qdpi_dma_buffer_take(area, random, side, size, ENGINE_ALIGNMENT);
    return qdpi_window_map(qdpi_window_claim(), area->address);
}

static void clear_completions(struct qdpi_dma_engine *engine)
{
    memset(engine->completion_area, 0, QDPI_DMA_COMPLETION_OFFSET_ENTRIES);
    memset(engine->completion_area + QDPI_DMA_COMPLETION_OFFSET_ENTRIES, ENGINE_POISON,
           engine->options.entries * QDPI_DMA_COMPLETION_BYTES);
}

void qdpi_dma_engine_init(struct qdpi_dma_engine *engine,
                          const struct qdpi_dma_engine_options *options, struct qdpi_random *random)
{
    *engine = (struct qdpi_dma_engine){.options = *options};
    uint32_t completion_size =
        QDPI_DMA_COMPLETION_OFFSET_ENTRIES + options->entries * QDPI_DMA_COMPLETION_BYTES;
    engine->ring = take_mapped(random, options->side, options->entries * QDPI_DMA_DESCRIPTOR_BYTES,
                               &engine->ring_area);
    engine->completion_area =
        take_mapped(random, options->side, completion_size, &engine->completions_area);
    engine->identifications =
        take_mapped(random, options->side, ENGINE_IDENTIFICATIONS * QDPI_DMA_IDENT_BYTES,
                    &engine->identifications_area);
    clear_completions(engine);
    qdpi_interrupt_attach(options->line, on_interrupt, engine);
}

static void open_area(const struct qdpi_dma_buffer *area, uint32_t rights)
{
    qdpi_port_window_open(area->address, area->length, rights, ENGINE_ALIGNMENT);
}

void qdpi_dma_engine_narrow_windows(const struct qdpi_dma_engine *engine)
{
    qdpi_port_window_close_all();
    open_area(&engine->ring_area, QDPI_WINDOW_COMMAND_READ);
    open_area(&engine->completions_area, QDPI_WINDOW_COMMAND_WRITE);
    open_area(&engine->identifications_area, QDPI_WINDOW_COMMAND_WRITE);
}

void qdpi_dma_engine_check_guards(const struct qdpi_dma_engine *engine)
{
    uint32_t last = engine->taken_before + engine->taken - 1;
    qdpi_dma_buffer_check_guards(&engine->ring_area, "ring", last);
    qdpi_dma_buffer_check_guards(&engine->completions_area, "completion area", last);
    qdpi_dma_buffer_check_guards(&engine->identifications_area, "identification blocks", last);
}

/// Ask for a fresh identification block. Each call uses another place in memory: requests from
/// before the simulator attached may be answered late and many times, and must not be taken for the
/// answer to this one. None is so late that its place has come round again.
static bool identify(struct qdpi_dma_engine *engine, uint32_t milliseconds,
                     struct qdpi_dma_identification *answer)
{
    uint32_t place = engine->identification_count++ % ENGINE_IDENTIFICATIONS;
    struct qdpi_dma_identification *block = &engine->identifications[place];
    memset(block, 0, sizeof *block);
    const uint32_t *sequence = (const uint32_t *)(const void *)block + ENGINE_SEQUENCE_WORD;
    struct qdpi_deadline deadline = qdpi_deadline_in(milliseconds);
    while (!qdpi_deadline_passed(&deadline)) {
        // Doorbells from before the simulator attached are lost, those for windows too.
        if (engine->options.windows && engine->data_bytes == 0) {
            qdpi_dma_engine_narrow_windows(engine);
        }
        qdpi_doorbell_ring(QDPI_DMA_REG_IDENT_ADDR,
                           engine->identifications_area.address + place * sizeof *block);
        struct qdpi_deadline again = qdpi_deadline_in(ENGINE_IDENTIFY_AGAIN_MILLISECONDS);
        while (!qdpi_deadline_passed(&again)) {
            // The engine writes the sequence last, and never 0: once it is there, so is the rest.
            if ((qdpi_load_acquire_u32(sequence) | qdpi_load_acquire_u32(sequence + 1)) != 0) {
                *answer = *block;
                return true;
            }
            qdpi_cpu_wait_for_interrupt();
        }
    }
    return false;
}

static void identify_or_fail(struct qdpi_dma_engine *engine, struct qdpi_dma_identification *answer)
{
    // In the place of one that has vanished, the next is waited for as the first was.
    uint32_t milliseconds = engine->options.may_vanish ? engine->options.attach_seconds * 1000
                                                       : engine->options.watchdog_milliseconds;
    if (!identify(engine, milliseconds, answer)) {
        qdpi_verdict_fail(QDPI_FAILURE_STALLED, "engine: no identification block within %u ms",
                          milliseconds);
    }
}

void qdpi_dma_engine_find(struct qdpi_dma_engine *engine)
{
    struct qdpi_dma_identification answer;
    if (!identify(engine, engine->options.attach_seconds * 1000, &answer)) {
        qdpi_verdict_fail(QDPI_FAILURE_NOT_ATTACHED,
                          "engine: no identification block within %u s; is the simulator attached?",
                          engine->options.attach_seconds);
    }
    if (answer.magic != QDPI_DMA_IDENT_MAGIC) {
        qdpi_verdict_fail(QDPI_FAILURE_IDENTIFICATION, "engine: magic: expected 0x%08x, got 0x%08x",
                          (uint32_t)QDPI_DMA_IDENT_MAGIC, answer.magic);
    }
    if (answer.version != QDPI_DMA_LAYOUT_VERSION) {
        qdpi_verdict_fail(
            QDPI_FAILURE_IDENTIFICATION,
            "engine: layout version: expected %u, got %u; build guest and RTL from one source",
            (uint32_t)QDPI_DMA_LAYOUT_VERSION, answer.version);
    }
    engine->data_bytes = answer.data_bytes;
}

static bool has_halted(const struct qdpi_dma_identification *answer)
{
    return (answer->status & QDPI_DMA_STATUS_HALTED) != 0;
}

static void soft_reset(struct qdpi_dma_engine *engine)
{
    struct qdpi_dma_identification answer;
    qdpi_doorbell_ring(QDPI_DMA_REG_CONTROL, QDPI_DMA_CONTROL_SOFT_RESET);
    // It answers when the reset is over.
    identify_or_fail(engine, &answer);
    if (answer.head != 0 || answer.interrupts != 0 || has_halted(&answer)) {
        qdpi_verdict_fail(QDPI_FAILURE_IDENTIFICATION,
                          "engine: after soft reset: expected head 0, interrupts 0, not halted; "
                          "got %u, %u, status 0x%x",
                          answer.head, answer.interrupts, answer.status);
    }
    // An interrupt from before the reset may still be on its way; it does not count.
    qdpi_clock_sleep(ENGINE_SETTLE_MILLISECONDS);
    uint32_t flags = qdpi_cpu_disable_interrupts();
    engine->interrupts_before += engine->interrupts;
    engine->interrupts = 0;
    engine->idle_interrupts = 0;
    engine->acknowledged = 0;
    qdpi_cpu_restore_interrupts(flags);
}

static void set_up_and_enable(struct qdpi_dma_engine *engine)
{
    clear_completions(engine);
    qdpi_doorbell_ring(QDPI_DMA_REG_RING_BASE, engine->ring_area.address);
    qdpi_doorbell_ring(QDPI_DMA_REG_RING_ENTRIES, engine->options.entries);
    qdpi_doorbell_ring(QDPI_DMA_REG_COMPLETION_BASE, engine->completions_area.address);
    qdpi_doorbell_ring(QDPI_DMA_REG_COALESCE, engine->coalesce);
    qdpi_doorbell_ring(QDPI_DMA_REG_CONTROL, QDPI_DMA_CONTROL_ENABLE);
    engine->watchdog = qdpi_deadline_in(engine->options.watchdog_milliseconds);
    engine->silence = qdpi_deadline_in(ENGINE_SILENCE_MILLISECONDS);
}

void qdpi_dma_engine_start(struct qdpi_dma_engine *engine)
{
    soft_reset(engine);
    // Those were raised for somebody else.
    engine->interrupts_before = 0;
    set_up_and_enable(engine);
}

void qdpi_dma_engine_restart(struct qdpi_dma_engine *engine)
{
    soft_reset(engine);
    engine->restarts++;
    engine->taken_before += engine->taken;
    engine->taken = 0;
    engine->posted = 0;
    engine->rung = 0;
    set_up_and_enable(engine);
}

void qdpi_dma_engine_coalesce(struct qdpi_dma_engine *engine, uint32_t completions, uint32_t clocks)
{
    engine->coalesce = (uint64_t)clocks << 32 | completions;
    qdpi_doorbell_ring(QDPI_DMA_REG_COALESCE, engine->coalesce);
}

bool qdpi_dma_engine_is_full(const struct qdpi_dma_engine *engine)
{
    return engine->posted - engine->taken == engine->options.entries;
}

uint32_t qdpi_dma_engine_post(struct qdpi_dma_engine *engine,
                              const struct qdpi_dma_descriptor *descriptor)
{
    engine->ring[engine->posted & (engine->options.entries - 1)] = *descriptor;
    return engine->posted++;
}

void qdpi_dma_engine_ring_tail(struct qdpi_dma_engine *engine)
{
    if (engine->rung != engine->posted) {
        engine->rung = engine->posted;
        qdpi_doorbell_ring(QDPI_DMA_REG_TAIL, engine->rung);
    }
}

static void check_head(const struct qdpi_dma_engine *engine, uint32_t head)
{
    uint32_t upper = qdpi_load_acquire_u32(head_word(engine) + 1);
    if (upper != 0 || head - engine->taken > engine->rung - engine->taken) {
        qdpi_verdict_fail(QDPI_FAILURE_COMPLETION,
                          "head word: expected %u to %u, got 0x%08x%08x at 0x%llx", engine->taken,
                          engine->rung, upper, head,
                          engine->completions_area.address + QDPI_DMA_COMPLETION_OFFSET_HEAD);
    }
}

uint32_t qdpi_dma_engine_head(const struct qdpi_dma_engine *engine)
{
    return qdpi_load_acquire_u32(head_word(engine));
}

bool qdpi_dma_engine_take(struct qdpi_dma_engine *engine, struct qdpi_dma_completion *completion)
{
    // Pairs with the engine's write of the head count, which it makes after the data and the entry.
    uint32_t head = qdpi_load_acquire_u32(head_word(engine));
    check_head(engine, head);
    if (head == engine->taken) {
        return false;
    }
    uint32_t offset = QDPI_DMA_COMPLETION_OFFSET_ENTRIES +
                      (engine->taken & (engine->options.entries - 1)) * QDPI_DMA_COMPLETION_BYTES;
    memcpy(completion, engine->completion_area + offset, sizeof *completion);
    // An entry that the engine then fails to write for the next round cannot pass for one.
    memset(engine->completion_area + offset, ENGINE_POISON, sizeof *completion);
    if (completion->sequence != engine->taken) {
        qdpi_verdict_fail(QDPI_FAILURE_COMPLETION,
                          "completion: sequence: expected %u, got %u at 0x%llx", engine->taken,
                          completion->sequence, engine->completions_area.address + offset);
    }
    engine->taken++;
    return true;
}

_Noreturn static void report_stall(struct qdpi_dma_engine *engine)
{
    uint32_t head = qdpi_load_acquire_u32(head_word(engine));
    uint32_t interrupts = qdpi_load_acquire_u32(&engine->interrupts);
    uint32_t acknowledged = qdpi_load_acquire_u32(&engine->acknowledged);
    struct qdpi_dma_identification answer;
    if (!identify(engine, ENGINE_POST_MORTEM_MILLISECONDS, &answer)) {
        qdpi_verdict_fail(
            QDPI_FAILURE_STALLED,
            "engine: nothing for %u ms and no answer now; tail %u, head %u, acknowledged %u, "
            "interrupts taken %u",
            engine->options.watchdog_milliseconds, engine->rung, head, acknowledged, interrupts);
    }
    bool lost = answer.interrupts != interrupts;
    qdpi_verdict_fail(
        lost ? QDPI_FAILURE_INTERRUPT : QDPI_FAILURE_STALLED,
        "%s: nothing for %u ms; interrupts: engine raised %u, guest took %u; tail %u, "
        "head %u in memory and %u in the engine, acknowledged %u, engine status 0x%x",
        lost ? "interrupt lost" : "engine", engine->options.watchdog_milliseconds,
        answer.interrupts, interrupts, engine->rung, head, answer.head, acknowledged,
        answer.status);
}

/// Whether the engine will not do the work that was rung: it has halted, or is not the engine that
/// was told of it. One that has just been attached is idle, with head 0; one that heard only the
/// end of a set-up is so too, or halts.
static bool is_lost(const struct qdpi_dma_engine *engine,
                    const struct qdpi_dma_identification *answer)
{
    bool idle = (answer->status & QDPI_DMA_STATUS_BUSY) == 0;
    return has_halted(answer) ||
           (engine->options.may_vanish && idle && answer->head != engine->rung);
}

/// Whether the engine, which has been silent for a while, must be started again.
static bool needs_restart(struct qdpi_dma_engine *engine)
{
    if ((!engine->options.may_halt && !engine->options.may_vanish) ||
        !qdpi_deadline_passed(&engine->silence)) {
        return false;
    }
    struct qdpi_dma_identification answer;
    identify_or_fail(engine, &answer);
    engine->silence = qdpi_deadline_in(ENGINE_SILENCE_MILLISECONDS);
    // What was completed meanwhile is taken first: it is done, and not to be done again.
    if (qdpi_load_acquire_u32(head_word(engine)) != engine->watched_head) {
        return false;
    }
    return is_lost(engine, &answer);
}

bool qdpi_dma_engine_wait(struct qdpi_dma_engine *engine)
{
    uint32_t flags = qdpi_cpu_disable_interrupts();
    uint32_t head = qdpi_load_acquire_u32(head_word(engine));
    bool moved = head != engine->watched_head || engine->interrupts != engine->watched_interrupts;
    engine->watched_head = head;
    engine->watched_interrupts = engine->interrupts;
    if (moved) {
        qdpi_cpu_restore_interrupts(flags);
        engine->watchdog = qdpi_deadline_in(engine->options.watchdog_milliseconds);
        engine->silence = qdpi_deadline_in(ENGINE_SILENCE_MILLISECONDS);
        return true;
    }
    qdpi_cpu_wait_for_interrupt();
    if (needs_restart(engine)) {
        return false;
    }
    if (qdpi_deadline_passed(&engine->watchdog)) {
        report_stall(engine);
    }
    return true;
}

bool qdpi_dma_engine_settle(struct qdpi_dma_engine *engine)
{
    while (qdpi_load_acquire_u32(&engine->acknowledged) != engine->rung) {
        if (!qdpi_dma_engine_wait(engine)) {
            return false;
        }
    }
    struct qdpi_dma_identification answer;
    identify_or_fail(engine, &answer);
    if (engine->options.may_vanish && is_lost(engine, &answer)) {
        // How many interrupts there were to be is gone with it.
        return false;
    }
    // Everything is acknowledged, so no interrupt is due; one too many would come about now.
    qdpi_clock_sleep(ENGINE_SETTLE_MILLISECONDS);
    uint32_t interrupts = qdpi_load_acquire_u32(&engine->interrupts);
    if (interrupts != answer.interrupts || engine->idle_interrupts != 0) {
        qdpi_verdict_fail(
            QDPI_FAILURE_INTERRUPT,
            "interrupts: expected %u as the engine raised, got %u, %u of them without a completion",
            answer.interrupts, interrupts, engine->idle_interrupts);
    }
    if (answer.head != engine->rung || has_halted(&answer)) {
        qdpi_verdict_fail(QDPI_FAILURE_COMPLETION,
                          "identification: expected head %u, not halted; got head %u, status 0x%x",
                          engine->rung, answer.head, answer.status);
    }
    return true;
}
