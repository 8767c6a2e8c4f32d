// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Floods in the other direction, and of the guest's life: interrupts faster than a guest takes
// them, resets as fast as QEMU does them.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault_run.h"
#include "live_guest.h"
#include "monitor_tap.h"
#include "process_memory.h"

#define INTERRUPTS 4000U
#define RESETS_MS 2000U
/** Commands that QEMU reads ahead. */
#define WINDOW 8U
/** What QEMU and this process may grow by. */
#define GROWTH_KIB 24576L
#define EVENT_MS 60000U
#define QUIET_MS 200U
/** A fence behind as many interrupts as the library queues. */
#define FENCE_MS 240000U

// ---- Interrupts --------------------------------------------------------------------------------

static const unsigned edge_lines[] = {3, 5, 6, 7};
#define LINES (sizeof edge_lines / sizeof edge_lines[0])

/** Interrupts that the guest has counted on a line, without asking it. */
static uint32_t counted(struct qdpi_bridge *bridge, unsigned line)
{
    uint32_t count = 0;

    assert_int_equal(
        qdpi_mem_read32(bridge,
                        QDPI_MAILBOX_ADDRESS + QDPI_MAILBOX_OFFSET_COUNTS + line * sizeof count,
                        &count),
        0);
    return count;
}

static void await_counted(struct qdpi_bridge *bridge, unsigned line, uint32_t count)
{
    const uint64_t deadline = qdpi_live_in_ms(EVENT_MS);

    while (counted(bridge, line) != count) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("line %u: %u interrupts, not %u", line, counted(bridge, line), count);
        qdpi_live_sleep_ms(0);
    }
}

/** How often QEMU has seen the line rise. */
static uint64_t rises(const struct qdpi_live_qemu *qemu, unsigned line)
{
    char *text = qdpi_live_human(qemu, "info irq");
    char label[16];
    const char *found;
    uint64_t count;

    (void)snprintf(label, sizeof label, "\n%2u: ", line);
    found = strstr(text, label);
    count = found != NULL ? strtoull(found + strlen(label), NULL, 10) : 0;
    free(text);
    return count;
}

/// Each pulse is one interrupt of the guest, as long as the guest has taken the one before on that
/// line: four lines in turn, four interrupts under way.
static void test_interrupts(void **state)
{
    struct qdpi_bridge *bridge = qdpi_live_guest_start(*state, NULL);
    const uint64_t pulses = qdpi_fault_rounds(INTERRUPTS);
    uint64_t lost = 0;

    for (uint64_t i = 0; i < pulses; i++) {
        await_counted(bridge, edge_lines[i % LINES], (uint32_t)(i / LINES));
        assert_int_equal(qdpi_irq_pulse(bridge, edge_lines[i % LINES]), 0);
    }
    for (uint64_t i = 0; i < LINES; i++)
        await_counted(bridge, edge_lines[i], (uint32_t)((pulses + LINES - 1 - i) / LINES));
    assert_int_equal(qdpi_fence(bridge, EVENT_MS), 0);
    qdpi_live_sleep_ms(QUIET_MS);
    for (uint64_t i = 0; i < LINES; i++)
        lost += counted(bridge, edge_lines[i]) != (pulses + LINES - 1 - i) / LINES;
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED), pulses);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN), pulses);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED), 0);
    qdpi_fault_report("interrupt-flood", pulses, lost, "lines=%zu", LINES);
}

/// Pulses as fast as the library takes them: QEMU's line rises once for each, whatever the guest's
/// interrupt controller makes of it, which holds one for each line.
static void test_interrupts_unawaited(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    const uint64_t pulses = qdpi_fault_rounds(INTERRUPTS);
    const struct qdpi_memory here = qdpi_memory_of(0);
    struct qdpi_memory there = qdpi_memory_of(live->qemu[0].pid);
    uint64_t before[LINES];
    uint64_t lost = 0;
    uint64_t guest = 0;
    long grown = 0;

    for (size_t i = 0; i < LINES; i++)
        before[i] = rises(&live->qemu[0], edge_lines[i]);
    for (uint64_t i = 0; i < pulses; i++) {
        assert_int_equal(qdpi_irq_pulse(bridge, edge_lines[i % LINES]), 0);
        if (i % 1024 == 0) {
            qdpi_memory_look(&there, i, pulses);
            if (qdpi_memory_anonymous_kib(0) - here.before > grown)
                grown = qdpi_memory_anonymous_kib(0) - here.before;
        }
    }
    // There are many queued when the last has been posted.
    assert_int_equal(qdpi_fence(bridge, FENCE_MS), 0);
    for (size_t i = 0; i < LINES; i++) {
        const uint64_t due = (pulses + LINES - 1 - i) / LINES;
        const uint64_t seen = rises(&live->qemu[0], edge_lines[i]) - before[i];

        lost += seen > due ? seen - due : due - seen;
        guest += counted(bridge, edge_lines[i]);
        assert_true(counted(bridge, edge_lines[i]) >= 1 && counted(bridge, edge_lines[i]) <= due);
    }
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED), pulses);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN), pulses);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED), 0);
    assert_true(qdpi_memory_growth(&there) < GROWTH_KIB && grown < GROWTH_KIB);
    qdpi_fault_report("interrupt-flood-unawaited", pulses, lost,
                      "guest-took=%lu qemu-growth-kib=%ld library-growth-kib=%ld", guest,
                      qdpi_memory_growth(&there), grown);
}

// ---- Resets ------------------------------------------------------------------------------------

/** Take what has come; only resets may have. */
static uint64_t take_resets(struct qdpi_bridge *bridge)
{
    struct qdpi_event event;
    uint64_t resets = 0;

    while (qdpi_event_poll(bridge, &event) == 1) {
        assert_int_equal(event.kind, QDPI_EVENT_RESET);
        resets++;
    }
    return resets;
}

/** Wait until the library has told of as many resets as QEMU has told the other client. */
static void await_resets(struct qdpi_bridge *bridge, struct qdpi_tap *tap, uint64_t *resets)
{
    const uint64_t deadline = qdpi_live_in_ms(EVENT_MS);

    while (tap->answers > 0 && *resets < tap->resets && qdpi_live_ms_until(deadline) > 0) {
        qdpi_tap_read(tap, 1);
        *resets += take_resets(bridge);
    }
}

/** The guest starts over, and serves. */
static void start_over(struct qdpi_bridge *bridge)
{
    assert_int_equal(qdpi_guest_stop(bridge, EVENT_MS), 0);
    assert_int_equal(qdpi_mem_write32(bridge, QDPI_MAILBOX_ADDRESS + QDPI_MAILBOX_OFFSET_MAGIC, 0),
                     0);
    assert_int_equal(qdpi_mem_write32(bridge, QDPI_MAILBOX_ADDRESS + QDPI_MAILBOX_OFFSET_BOOTS, 0),
                     0);
    assert_int_equal(qdpi_guest_reset(bridge, EVENT_MS), 0);
    assert_int_equal(qdpi_guest_continue(bridge, EVENT_MS), 0);
    qdpi_live_guest_await(bridge, 1);
    assert_int_equal(qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_NOP, 41, 0), 42);
}

/// Resets as fast as QEMU does them: each is told once, memory stays accessible, and QEMU is asked
/// for its map no more than once for each.
static void test_resets(void **state)
{
    static struct qdpi_tap tap;
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    const uint64_t discoveries = qdpi_counter(bridge, QDPI_COUNTER_MAP_DISCOVERIES);
    const uint64_t deadline = qdpi_live_in_ms(RESETS_MS);
    uint64_t accesses = 0;
    uint64_t asked = 0;
    uint64_t sent = 0;
    uint64_t resets = 0;
    uint64_t seen;
    uint32_t word;

    qdpi_tap_open(&tap, &live->qemu[0]);
    while (qdpi_live_ms_until(deadline) > 0) {
        for (; sent - tap.answers < WINDOW; sent++)
            qdpi_tap_send(&tap, "system_reset");
        qdpi_tap_read(&tap, 0);
        resets += take_resets(bridge);
        for (unsigned i = 0; i < 100; i++, accesses++)
            assert_int_equal(qdpi_mem_read32(bridge, QDPI_MAILBOX_ADDRESS, &word), 0);
    }
    while (tap.answers < sent)
        qdpi_tap_read(&tap, EVENT_MS);
    await_resets(bridge, &tap, &resets);
    asked = qdpi_counter(bridge, QDPI_COUNTER_MAP_DISCOVERIES) - discoveries;
    // What the firmware itself resets after the last one comes too, and one that came twice: until
    // there is no more on either side.
    do {
        seen = tap.resets;
        qdpi_live_sleep_ms(QUIET_MS);
        qdpi_tap_read(&tap, 0);
        await_resets(bridge, &tap, &resets);
        resets += take_resets(bridge);
        qdpi_tap_read(&tap, 0);
    } while (tap.resets != seen);
    assert_true(tap.resets > 10 && tap.refusals == 0);
    assert_true(asked <= resets + 1);
    qdpi_tap_close(&tap);
    start_over(bridge);
    qdpi_fault_report("reset-flood", tap.resets,
                      resets > tap.resets ? resets - tap.resets : tap.resets - resets,
                      "asked=%lu accesses=%lu map-discoveries=%lu", sent, accesses, asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_interrupts),
        qdpi_live_test(test_interrupts_unawaited),
        qdpi_live_test(test_resets),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
