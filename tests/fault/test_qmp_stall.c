// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A QEMU that stands still (SIGSTOP) and one that goes on: posted calls do not wait for ever, those
// who wait are told, and nothing that was accepted is lost.

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "fault_run.h"
#include "live_guest.h"
#include "qdpi_cmocka.h"
#include "qmp_client.h"

#define ANSWER_MS 100000U
#define SHORT_MS 50U
#define LINE 5U
#define THREADS 2U
/** Of each thread: more than there is room for. */
#define CALLS 100U
#define WHILE_MS 500U

static void stop(const struct qdpi_live *live)
{
    assert_int_equal(kill(live->qemu[0].pid, SIGSTOP), 0);
}

static void go_on(const struct qdpi_live *live)
{
    assert_int_equal(kill(live->qemu[0].pid, SIGCONT), 0);
}

/** Fill the queue of a stopped QEMU but for less than one caller posts. Calls of one request each:
 * a line that is lowered stays low. @return how many calls were accepted. */
static uint64_t fill(struct qdpi_bridge *bridge)
{
    uint64_t calls = 0;

    for (; qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED) -
               qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN) <
           QDPI_QMP_POSTED_MAX - CALLS;
         calls++)
        assert_int_equal(qdpi_irq_clear(bridge, LINE), 0);
    return calls;
}

struct caller {
    struct qdpi_bridge *bridge;
    int (*call)(struct qdpi_bridge *bridge, unsigned line);
    pthread_t thread;
    int result;
    uint64_t accepted;
    int64_t took_ms;
};

/** Call on until a call fails; the last one is timed. */
static void *call_on(void *argument)
{
    struct caller *caller = argument;
    uint64_t begun;

    do {
        begun = qdpi_clock_us();
        caller->result = caller->call(caller->bridge, LINE);
        caller->accepted += caller->result == 0 ? 1 : 0;
    } while (caller->result == 0 && caller->accepted < CALLS);
    caller->took_ms = (int64_t)(qdpi_clock_us() - begun) / 1000;
    return NULL;
}

static void start_callers(struct qdpi_bridge *bridge,
                          int (*call)(struct qdpi_bridge *bridge, unsigned line),
                          struct caller callers[THREADS])
{
    for (unsigned i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){.bridge = bridge, .call = call};
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call_on, &callers[i]), 0);
    }
}

/** @return how many calls were accepted. */
static uint64_t join_callers(struct caller callers[THREADS], int result)
{
    uint64_t accepted = 0;

    for (unsigned i = 0; i < THREADS; i++) {
        (void)pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].result, result);
        accepted += callers[i].accepted;
    }
    return accepted;
}

/** Stopped for less than that, QEMU is only slow: who waits for room gets it. */
static uint64_t stop_for_a_while(const struct qdpi_live *live, struct qdpi_bridge *bridge)
{
    struct caller callers[THREADS];
    uint64_t accepted;

    stop(live);
    accepted = fill(bridge);
    start_callers(bridge, qdpi_irq_clear, callers);
    qdpi_live_sleep_ms(WHILE_MS);
    go_on(live);
    return accepted + join_callers(callers, 0);
}

/** Stopped for longer: all who wait are told, each in time. What needs no QEMU goes on. */
static uint64_t stop_for_long(const struct qdpi_live *live, struct qdpi_bridge *bridge,
                              int64_t *longest_ms)
{
    struct caller callers[THREADS];
    struct qdpi_event event;
    uint64_t accepted;
    uint64_t word;

    stop(live);
    // What it has said before must have been heard.
    qdpi_live_sleep_ms(SHORT_MS);
    accepted = fill(bridge);
    // Two requests each, of which none may be queued without the other.
    start_callers(bridge, qdpi_irq_pulse, callers);
    assert_int_equal(qdpi_fence(bridge, SHORT_MS), QDPI_ERR_TIMEOUT);
    assert_int_equal(qdpi_guest_reset(bridge, SHORT_MS), QDPI_ERR_TIMEOUT);
    assert_int_equal(qdpi_event_poll(bridge, &event), 0);
    assert_int_equal(qdpi_event_wait(bridge, SHORT_MS, &event), 0);
    assert_int_equal(qdpi_mem_write64(bridge, 0x1000000, UINT64_MAX), 0);
    assert_int_equal(qdpi_mem_read64(bridge, 0x1000000, &word), 0);
    assert_true(word == UINT64_MAX);
    (void)qdpi_last_error(bridge);
    accepted += join_callers(callers, QDPI_ERR_TIMEOUT);
    qdpi_live_check_sentence(bridge, "let it go on");
    for (unsigned i = 0; i < THREADS; i++) {
        assert_true(callers[i].took_ms >= (int64_t)QDPI_QMP_STALL_MS - 1);
        assert_true(callers[i].took_ms < (int64_t)QDPI_QMP_STALL_MS + QDPI_LIVE_SLACK_MS);
        if (callers[i].took_ms > *longest_ms)
            *longest_ms = callers[i].took_ms;
    }
    go_on(live);
    return accepted;
}

/** Everything that was accepted is carried out, and nothing else. @return how much is missing. */
static uint64_t expect_all_taken(struct qdpi_bridge *bridge, uint64_t accepted)
{
    uint64_t before;

    assert_int_equal(qdpi_fence(bridge, ANSWER_MS), 0);
    before = qdpi_live_guest_counted(bridge, LINE);
    assert_int_equal(qdpi_irq_pulse(bridge, LINE), 0);
    qdpi_live_guest_await_count(bridge, LINE, before + 1);
    assert_int_equal(qdpi_fence(bridge, ANSWER_MS), 0);
    // A reset that nobody waited for any longer, and that was not even sent, has not happened.
    qdpi_live_expect_no_event(bridge);
    return accepted + 1 - qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN);
}

/** QEMU is gone: what it has not carried out has failed. @return how much is neither. */
static uint64_t expect_all_accounted(struct qdpi_bridge *bridge, uint64_t accepted)
{
    struct qdpi_event event;

    do {
        assert_int_equal(qdpi_event_wait(bridge, ANSWER_MS, &event), 1);
    } while (event.kind != QDPI_EVENT_LOST);
    return accepted - qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN) -
           qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED);
}

/// The queue is full and QEMU stands still. A call that finds no room waits as long as QEMU may be
/// slow, and not for ever.
static void test_stopped(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    const uint64_t rounds = qdpi_fault_rounds(1);
    uint64_t accepted = 0;
    uint64_t losses = 0;
    int64_t longest = 0;

    for (uint64_t i = 0; i < rounds; i++) {
        accepted += stop_for_a_while(live, bridge);
        accepted += stop_for_long(live, bridge, &longest);
        assert_string_equal(qdpi_last_error(bridge), "");
        // It takes QEMU 15 s at least.
        if (rounds > 1)
            losses += expect_all_taken(bridge, accepted++);
    }
    qdpi_live_kill(&live->qemu[0]);
    losses += expect_all_accounted(bridge, accepted);
    qdpi_fault_report("qemu-stopped-queue-full", rounds, losses, "accepted=%lu longest_call_ms=%ld",
                      accepted, (long)longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_stopped),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
