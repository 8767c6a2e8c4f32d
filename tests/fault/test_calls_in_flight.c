// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QEMU is killed while calls to it are under way, each in a thread of its own: each ends, at once,
// and says that the guest is lost.

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault_run.h"
#include "live_qemu.h"
#include "qdpi_cmocka.h"

/** The deadline of each call: none may use it up. */
#define DEADLINE_MS 60000U
/** How long after QEMU's end a call may end, on a machine that is busy. */
#define AT_ONCE_MS 10000L
#define KILL_WITHIN_MS 30U
/** Attaching is given up after this; QEMU is killed before, about as often in it as ahead of it. */
#define ATTACH_MS 400
#define ATTACH_KILL_WITHIN_MS 300U
#define EDGE_LINE 5U
/** Interrupts that wait in the bridge when QEMU stands still. */
#define POSTED 200U

// ---- The calls ---------------------------------------------------------------------------------

static int fence(struct qdpi_bridge *bridge)
{
    int result = qdpi_irq_pulse(bridge, EDGE_LINE);

    return result < 0 ? result : qdpi_fence(bridge, DEADLINE_MS);
}

static int post(struct qdpi_bridge *bridge)
{
    int result = 0;

    for (unsigned i = 0; i < POSTED && result == 0; i++)
        result = qdpi_irq_pulse(bridge, EDGE_LINE);
    // More than that at once would only fill memory.
    qdpi_live_sleep_ms(1);
    return result;
}

static int stop_and_continue(struct qdpi_bridge *bridge)
{
    int result = qdpi_guest_stop(bridge, DEADLINE_MS);

    return result < 0 ? result : qdpi_guest_continue(bridge, DEADLINE_MS);
}

static int reset(struct qdpi_bridge *bridge)
{
    return qdpi_guest_reset(bridge, DEADLINE_MS);
}

static int ask_for_registers(struct qdpi_bridge *bridge)
{
    struct qdpi_paging paging;

    return qdpi_cpu_paging(bridge, 0, &paging, DEADLINE_MS);
}

/** The events that come before the end are none of this test's. */
static int hear(struct qdpi_bridge *bridge)
{
    struct qdpi_event event;

    return qdpi_event_wait(bridge, DEADLINE_MS, &event);
}

static int look_where_nothing_is(struct qdpi_bridge *bridge)
{
    uint32_t word;
    int result = qdpi_mem_read32(bridge, UINT64_C(1) << 40, &word);

    // QEMU is asked whether something has come there, now and then.
    qdpi_live_sleep_ms(1);
    return result == QDPI_ERR_UNMAPPED ? 0 : result;
}

struct call {
    const char *name;
    int (*make)(struct qdpi_bridge *bridge);
    struct qdpi_bridge *bridge;
    pthread_t thread;
    int result;
    uint64_t made;
    uint64_t begun_us; /**< the last one */
    uint64_t ended_us;
};

/** Again and again, until it fails. */
static void *make_calls(void *context)
{
    struct call *call = context;

    do {
        call->begun_us = qdpi_clock_us();
        call->result = call->make(call->bridge);
        call->made++;
    } while (call->result >= 0);
    call->ended_us = qdpi_clock_us();
    return NULL;
}

static void start(struct call *call)
{
    call->result = 0;
    call->ended_us = 0;
    assert_int_equal(pthread_create(&call->thread, NULL, make_calls, call), 0);
}

/** @return whether it ended otherwise than it has to. */
static uint64_t judge(struct call *call, uint64_t killed_us)
{
    long took_ms;

    assert_int_equal(pthread_join(call->thread, NULL), 0);
    took_ms = ((long)call->ended_us - (long)killed_us) / 1000;
    if (call->result == QDPI_ERR_LOST && took_ms < AT_ONCE_MS)
        return 0;
    print_error("%s: result %d, %ld ms after the end of QEMU\n", call->name, call->result, took_ms);
    return 1;
}

// ---- Calls -------------------------------------------------------------------------------------

/** Interrupts that were taken from a caller and of which the bridge does not know what became. */
static uint64_t unaccounted(struct qdpi_bridge *bridge)
{
    return qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED) -
           qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN) -
           qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED);
}

/** All calls at once over one bridge, to a QEMU that answers, or that stands still and has not
 *  answered them yet. The bridge is attached again each time. */
static void test_calls_in_flight(void **state)
{
    struct call calls[] = {
        {.name = "fence", .make = fence},
        {.name = "interrupts", .make = post},
        {.name = "guest_stop, guest_continue", .make = stop_and_continue},
        {.name = "guest_reset", .make = reset},
        {.name = "map_refresh", .make = qdpi_map_refresh},
        {.name = "cpu_paging", .make = ask_for_registers},
        {.name = "event_wait", .make = hear},
        {.name = "mem_read32", .make = look_where_nothing_is},
    };
    const struct qdpi_live_options options = {.ram = "32M"};
    const uint64_t rounds = qdpi_fault_rounds(4);
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    uint64_t random = qdpi_fault_seed();
    uint64_t losses = 0;
    uint64_t made = 0;
    uint64_t in_flight = 0;

    qdpi_live_start(qemu, &options);
    live->bridge[0] = qdpi_live_open(qemu);
    for (uint64_t round = 0; round < rounds; round++) {
        struct qdpi_bridge *bridge = live->bridge[0];
        uint64_t kill_us;
        uint64_t killed_us;

        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
            calls[i].bridge = bridge;
            start(&calls[i]);
        }
        qdpi_live_sleep_ms((unsigned)qdpi_fault_below(&random, KILL_WITHIN_MS));
        if (round % 2 != 0) {
            assert_int_equal(kill(qemu->pid, SIGSTOP), 0);
            qdpi_live_sleep_ms((unsigned)qdpi_fault_below(&random, KILL_WITHIN_MS));
        }
        kill_us = qdpi_clock_us();
        qdpi_live_kill(qemu);
        killed_us = qdpi_clock_us();
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
            losses += judge(&calls[i], killed_us);
            in_flight += calls[i].begun_us <= kill_us ? 1 : 0;
        }
        losses += unaccounted(bridge);
        qdpi_live_launch(qemu, &options);
        if (qdpi_reattach(bridge, DEADLINE_MS) != 0)
            fail_msg("attach again: %s", qdpi_last_error(bridge));
        assert_int_equal(fence(bridge), 0);
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        made += calls[i].made;
    qdpi_fault_report("command-in-flight", rounds, losses,
                      "calls=%" PRIu64 " ended_by_the_kill=%" PRIu64 " interrupts_posted=%" PRIu64
                      " interrupts_lost_and_counted=%" PRIu64,
                      made, in_flight,
                      qdpi_counter(live->bridge[0], QDPI_COUNTER_INTERRUPTS_POSTED),
                      qdpi_counter(live->bridge[0], QDPI_COUNTER_INTERRUPTS_FAILED));
}

// ---- Attaching ---------------------------------------------------------------------------------

struct attaching {
    pthread_t thread;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_live_attempt done;
};

static void *attach(void *context)
{
    struct attaching *attaching = context;

    attaching->done = qdpi_live_attempt(attaching->endpoint, ATTACH_MS);
    return NULL;
}

static bool is_right_end(const struct qdpi_live_attempt *done)
{
    // While nobody listens, or answers, that may yet change until the deadline.
    const bool may_wait = done->result == QDPI_ERR_NOT_FOUND || done->result == QDPI_ERR_TIMEOUT;

    if (done->took_ms > ATTACH_MS + AT_ONCE_MS)
        return false;
    return done->result == 0 || done->result == QDPI_ERR_LOST ||
           (may_wait && done->took_ms >= ATTACH_MS);
}

/** QEMU is killed while it is attached to, from before it listens until it has answered all: it was
 *  attached to, or the sentence says at the deadline that there is none. */
static void test_attach_in_flight(void **state)
{
    const struct qdpi_live_options options = {.ram = "32M"};
    const uint64_t rounds = qdpi_fault_rounds(4);
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    uint64_t random = qdpi_fault_seed();
    uint64_t attached = 0;
    uint64_t losses = 0;

    qdpi_live_prepare(qemu);
    for (uint64_t round = 0; round < rounds; round++) {
        struct attaching attaching;

        qdpi_live_endpoint(qemu, "qmp:", "bridge.sock", attaching.endpoint);
        qdpi_live_launch(qemu, &options);
        assert_int_equal(pthread_create(&attaching.thread, NULL, attach, &attaching), 0);
        qdpi_live_sleep_ms((unsigned)qdpi_fault_below(&random, ATTACH_KILL_WITHIN_MS));
        qdpi_live_kill(qemu);
        assert_int_equal(pthread_join(attaching.thread, NULL), 0);
        attached += attaching.done.result == 0 ? 1 : 0;
        if (!is_right_end(&attaching.done)) {
            print_error("attach: %d after %ld ms: %s\n", attaching.done.result,
                        attaching.done.took_ms, attaching.done.sentence);
            losses++;
        }
    }
    qdpi_fault_report("attach-in-flight", rounds, losses, "attached_before=%" PRIu64, attached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_calls_in_flight),
        qdpi_live_test(test_attach_in_flight),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
