// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Floods of doorbells: faster than they are taken, or not taken at all, or with a simulator that
// stands still. Everything is counted, on both sides, and so is the memory that it costs.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_run.h"
#include "live_guest.h"
#include "monitor_tap.h"
#include "process_memory.h"

#define INDEX 37U
/** Waiting events that pause the guest, that let it go on, and that are the most. */
#define QUEUE_HIGH UINT64_C(65536)
#define QUEUE_LOW UINT64_C(16384)
#define QUEUE_MAX UINT64_C(262144)
#define DOORBELLS 200000U
#define DOORBELLS_OF_EACH_CPU 10000U
#define DOORBELLS_UNREAD 100000U
/** QEMU keeps these, and moves what it keeps with each piece that it sends. */
#define DOORBELLS_UNREAD_MOST 300000U
/** Doorbells beyond QUEUE_MAX. */
#define DROPPED 20000U
#define TAKEN_AMID 5000U
/** What QEMU and this process may grow by. Nothing of a doorbell stays behind. */
#define GROWTH_KIB 24576L
/** And what a process that has seen a quarter of the doorbells may still grow by. */
#define LATE_GROWTH_KIB 8192L
/** An unread doorbell in QEMU is about 170 bytes of text; its buffer doubles. */
#define UNREAD_BYTES 512L
#define STILL_MS 2000U
#define EVENT_MS 60000U
#define OVERFLOW_MS 150000U
#define ANSWER_MS 60000U
#define QUIET_MS 200U

// ---- Taking doorbells --------------------------------------------------------------------------

/** What has been taken. */
struct taken {
    uint64_t doorbells; /**< those that were dropped count as well */
    uint64_t wrong;     /**< lost, doubled, or out of order */
    uint64_t stops;
    uint64_t resumes;
    uint64_t overflows;
    uint64_t dropped;        /**< as the marks say */
    uint64_t gap;            /**< of these, those since the last doorbell */
    uint64_t dropped_events; /**< of all, those that were no doorbells, as the next one says */
    uint64_t others;
};

/** Doorbells have been dropped, and perhaps pauses and their ends among them. */
static void close_gap(struct taken *taken, uint64_t next)
{
    if (next < taken->doorbells && taken->doorbells - next <= taken->gap) {
        taken->dropped_events += taken->doorbells - next;
        taken->doorbells = next;
    }
    taken->gap = 0;
}

static void count_event(struct taken *taken, const struct qdpi_event *event)
{
    switch (event->kind) {
    case QDPI_EVENT_DOORBELL:
        close_gap(taken, event->value);
        if (event->index != INDEX || event->value != taken->doorbells) {
            if (taken->wrong++ == 0)
                print_error("doorbell %u with value %lu instead of %lu\n", event->index,
                            event->value, taken->doorbells);
            taken->doorbells = event->value;
        }
        taken->doorbells++;
        break;
    case QDPI_EVENT_STOP:
        taken->stops++;
        break;
    case QDPI_EVENT_RESUME:
        taken->resumes++;
        break;
    case QDPI_EVENT_OVERFLOW:
        taken->overflows++;
        taken->dropped += event->value;
        taken->gap += event->value;
        taken->doorbells += event->value;
        break;
    default:
        taken->others++;
        break;
    }
}

/** Take at most so many events, waiting for each. @return how many came. */
static uint64_t take(struct qdpi_bridge *bridge, struct taken *taken, uint64_t most,
                     unsigned timeout_ms)
{
    struct qdpi_event event;
    uint64_t count = 0;

    while (count < most && qdpi_event_wait(bridge, timeout_ms, &event) == 1) {
        count_event(taken, &event);
        count++;
    }
    return count;
}

/** Take so many doorbells in all, the end of the last pause, and what should not come. */
static void take_rest(struct qdpi_bridge *bridge, struct taken *taken, uint64_t doorbells)
{
    bool due;

    do {
        due = taken->doorbells < doorbells || taken->resumes < taken->stops;
    } while (take(bridge, taken, 1, due ? EVENT_MS : QUIET_MS) == 1);
}

/** Wait until the guest has been paused once more, or has rung all. */
static void let_queue_fill(struct qdpi_bridge *bridge, uint64_t pauses, uint64_t rings)
{
    const uint64_t deadline = qdpi_live_in_ms(EVENT_MS);

    while (qdpi_counter(bridge, QDPI_COUNTER_FLOOD_PAUSES) == pauses &&
           qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS) < rings) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("the guest neither rings nor is paused: %lu doorbells, %lu events, %lu pauses",
                     qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS),
                     qdpi_counter(bridge, QDPI_COUNTER_EVENTS), pauses);
        qdpi_live_sleep_ms(1);
    }
}

/** Take until so few wait that a guest that was paused goes on. */
static void take_until_let_go(struct qdpi_bridge *bridge, struct taken *taken)
{
    uint64_t arrived;

    do {
        if (take(bridge, taken, 1, EVENT_MS) == 0)
            fail_msg("doorbell %lu does not come: %s", taken->doorbells, qdpi_last_error(bridge));
        arrived = qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS) +
                  qdpi_counter(bridge, QDPI_COUNTER_EVENTS);
        // An event is in the queue a moment before it is counted.
    } while (arrived + 1 - taken->doorbells - taken->stops - taken->resumes > QUEUE_LOW);
}

/// A simulator that is too slow: the guest is paused again and again, nothing is lost or doubled,
/// and neither QEMU nor the library grows.
static void test_slow_taker(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    const uint64_t rings = qdpi_fault_rounds(DOORBELLS);
    struct qdpi_memory there = qdpi_memory_of(live->qemu[0].pid);
    struct qdpi_memory here = qdpi_memory_of(0);
    struct taken taken = {.doorbells = 0};
    uint64_t pauses = 0;

    qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_RING, INDEX, rings);
    while (taken.doorbells + QUEUE_LOW < rings) {
        let_queue_fill(bridge, pauses, rings);
        pauses = qdpi_counter(bridge, QDPI_COUNTER_FLOOD_PAUSES);
        qdpi_memory_look(&there, taken.doorbells, rings);
        qdpi_memory_look(&here, taken.doorbells, rings);
        take_until_let_go(bridge, &taken);
        qdpi_memory_look(&there, taken.doorbells, rings);
        qdpi_memory_look(&here, taken.doorbells, rings);
    }
    take_rest(bridge, &taken, rings);
    qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);

    assert_int_equal(taken.doorbells, rings);
    assert_true(taken.others == 0 && taken.overflows == 0);
    assert_int_equal(taken.stops, taken.resumes);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS), rings);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_DROPPED), 0);
    assert_true(pauses >= rings / QUEUE_MAX && (pauses > 0 || rings < QUEUE_HIGH));
    assert_true(qdpi_memory_growth(&there) < GROWTH_KIB && qdpi_memory_growth(&here) < GROWTH_KIB);
    assert_true(there.most_late - there.most_early < LATE_GROWTH_KIB);
    qdpi_fault_report(
        "doorbell-flood", rings, taken.wrong,
        "pauses=%lu qemu-growth-kib=%ld qemu-late-growth-kib=%ld library-growth-kib=%ld", pauses,
        qdpi_memory_growth(&there), there.most_late - there.most_early, qdpi_memory_growth(&here));
}

/// Two CPUs ring at the same time: the order of each is kept.
static void test_two_cpus(void **state)
{
    struct qdpi_live *live = *state;
    const uint64_t rings = qdpi_fault_rounds(DOORBELLS_OF_EACH_CPU);
    const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS] = {INDEX, rings};
    uint64_t next[2] = {0, 0};
    uint64_t wrong = 0;
    uint64_t turns = 0;
    uint32_t last = INDEX;
    struct qdpi_event event;
    struct qdpi_bridge *bridge;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.smp = "2", .guest = true});
    bridge = live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    qdpi_live_guest_await(bridge, 1);
    qdpi_live_guest_post(bridge, QDPI_MAILBOX_COMMAND_RING_TWICE, arguments);
    while (next[0] < rings || next[1] < rings) {
        assert_int_equal(qdpi_event_wait(bridge, EVENT_MS, &event), 1);
        if (event.kind != QDPI_EVENT_DOORBELL)
            continue;  // A pause, when this process was not given time to take them.
        assert_true(event.index == INDEX || event.index == INDEX + 1);
        wrong += event.value != next[event.index - INDEX];
        next[event.index - INDEX] = event.value + 1;
        turns += event.index != last;
        last = event.index;
    }
    qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);
    while (qdpi_event_wait(bridge, QUIET_MS, &event) == 1)
        wrong += event.kind == QDPI_EVENT_DOORBELL;
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS), 2 * rings);
    assert_true(turns > 1);
    qdpi_fault_report("doorbell-two-cpus", 2 * rings, wrong, "turns=%lu", turns);
}

// ---- Beyond the bound --------------------------------------------------------------------------

/** Watch until the library has dropped so many and the guest has rung so many, letting the guest go
 *  on whenever it is paused. */
static void let_overflow(struct qdpi_bridge *bridge, struct qdpi_tap *tap,
                         struct qdpi_memory *there, uint64_t dropped, uint64_t rings)
{
    const uint64_t deadline = qdpi_live_in_ms(OVERFLOW_MS);

    while (qdpi_counter(bridge, QDPI_COUNTER_DROPPED) < dropped || tap->doorbells < rings) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("%lu doorbells have come, and %lu are dropped", tap->doorbells,
                     qdpi_counter(bridge, QDPI_COUNTER_DROPPED));
        if (tap->stops > tap->resumes)
            qdpi_tap_send(tap, "cont");
        qdpi_tap_read(tap, 10);
        qdpi_memory_look(there, tap->doorbells, QUEUE_MAX);
    }
}

/// Somebody else lets the guest run whenever the library pauses it, which it does each time anew:
/// what the queue cannot hold is dropped, and it is told how many and where.
static void test_overflow(void **state)
{
    static struct qdpi_tap tap;
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    const uint64_t rings = QUEUE_MAX + TAKEN_AMID + DROPPED;
    struct qdpi_memory there = qdpi_memory_of(live->qemu[0].pid);
    const struct qdpi_memory here = qdpi_memory_of(0);
    struct taken taken = {.doorbells = 0};
    uint64_t trailing;
    long grown;

    qdpi_tap_open(&tap, &live->qemu[0]);
    qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_RING, INDEX, rings);
    let_overflow(bridge, &tap, &there, DROPPED / 4, 0);
    // Some room, and a second gap behind it.
    (void)take(bridge, &taken, TAKEN_AMID, 0);
    let_overflow(bridge, &tap, &there, DROPPED / 4, rings);
    grown = qdpi_memory_anonymous_kib(0) - here.before;
    (void)take(bridge, &taken, UINT64_MAX, QUIET_MS);
    qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);
    (void)take(bridge, &taken, UINT64_MAX, QUIET_MS);
    qdpi_tap_read(&tap, 0);
    qdpi_tap_close(&tap);

    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS) +
                         qdpi_counter(bridge, QDPI_COUNTER_EVENTS) +
                         qdpi_counter(bridge, QDPI_COUNTER_DROPPED),
                     rings + tap.stops + tap.resumes);
    assert_int_equal(taken.dropped, qdpi_counter(bridge, QDPI_COUNTER_DROPPED));
    // What has been dropped and was no doorbell are pauses and their ends.
    assert_true(taken.doorbells >= rings && taken.doorbells - rings <= taken.gap);
    trailing = taken.doorbells - rings;
    assert_int_equal(taken.stops + taken.resumes + taken.dropped_events + trailing,
                     tap.stops + tap.resumes);
    assert_int_equal(tap.stops, tap.resumes);
    assert_true(qdpi_counter(bridge, QDPI_COUNTER_FLOOD_PAUSES) > 1);
    assert_true(taken.overflows >= 1 && taken.overflows <= 2 && taken.others == 0);
    assert_true(grown < GROWTH_KIB && qdpi_memory_growth(&there) < GROWTH_KIB);
    qdpi_fault_report("doorbell-overflow", rings, taken.wrong,
                      "dropped=%lu marks=%lu qemu-growth-kib=%ld library-growth-kib=%ld",
                      taken.dropped, taken.overflows, qdpi_memory_growth(&there), grown);
}

// ---- A simulator that stands still -------------------------------------------------------------

/** What the simulator reports. */
static const char attached = 'a';
static const char has_rung = 'r';

/** The simulator, a process of its own: takes all doorbells. @return its exit status. */
static int simulator(const char *endpoint, uint64_t rings, int report)
{
    struct taken taken = {.doorbells = 0};
    struct qdpi_bridge *bridge;
    int result;

    // It goes with the test, however the test ends, and also when it stands still.
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    result = qdpi_open(endpoint, EVENT_MS, &bridge);
    if (result == 0 && write(report, &attached, 1) == 1 && take(bridge, &taken, 1, EVENT_MS) == 1 &&
        write(report, &has_rung, 1) == 1) {
        take_rest(bridge, &taken, rings);
    }
    qdpi_close(bridge);
    if (result == 0 && taken.doorbells == rings && taken.wrong == 0 && taken.others == 0 &&
        taken.overflows == 0)
        return 0;
    print_error("result %d: %lu doorbells, %lu wrong, %lu other events, %lu overflows\n", result,
                taken.doorbells, taken.wrong, taken.others, taken.overflows);
    return 1;
}

static void await_report(int from, char report)
{
    char letter = 0;

    assert_int_equal(read(from, &letter, 1), 1);
    assert_int_equal(letter, report);
}

/** Start the simulator on a monitor of its own, before this process has threads. @return its pid.
 *  It reports to `*reports` when it is attached, and when it has taken the first doorbell. */
static pid_t start_simulator(const struct qdpi_live_qemu *qemu, uint64_t doorbells, int *reports)
{
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    int ends[2];
    pid_t child;

    qdpi_live_endpoint(qemu, "qmp:", "second.sock", endpoint);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        _exit(simulator(endpoint, doorbells, ends[1]));
    }
    (void)close(ends[1]);
    assert_true(child > 0);
    *reports = ends[0];
    return child;
}

/// The simulator stands still (SIGSTOP) while the guest rings: QEMU keeps what it cannot send, and
/// nothing is lost when the simulator goes on.
static void test_unread(void **state)
{
    static const char *const extra[] = {"-qmp", "unix:{dir}/second.sock,server=on,wait=off", NULL};
    static struct qdpi_tap tap;
    struct qdpi_live *live = *state;
    const uint64_t asked = qdpi_fault_rounds(DOORBELLS_UNREAD);
    const uint64_t rings = asked < DOORBELLS_UNREAD_MOST ? asked : DOORBELLS_UNREAD_MOST;
    const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS] = {INDEX, rings};
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_memory there;
    uint64_t deadline;
    uint64_t unread;
    int reports;
    int status = 0;
    pid_t child;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.guest = true, .extra = extra});
    child = start_simulator(&live->qemu[0], rings, &reports);
    qdpi_live_endpoint(&live->qemu[0], "file:", "ram", endpoint);
    assert_int_equal(qdpi_open(endpoint, EVENT_MS, &live->bridge[0]), 0);
    qdpi_live_guest_await(live->bridge[0], 1);
    qdpi_tap_open(&tap, &live->qemu[0]);
    there = qdpi_memory_of(live->qemu[0].pid);
    await_report(reports, attached);
    qdpi_live_guest_post(live->bridge[0], QDPI_MAILBOX_COMMAND_RING, arguments);
    await_report(reports, has_rung);
    (void)close(reports);
    assert_int_equal(kill(child, SIGSTOP), 0);
    unread = tap.doorbells;
    deadline = qdpi_live_in_ms(STILL_MS);
    while (qdpi_live_ms_until(deadline) > 0) {
        qdpi_tap_read(&tap, 20);
        qdpi_memory_look(&there, tap.doorbells, rings);
    }
    unread = tap.doorbells - unread;
    assert_int_equal(kill(child, SIGCONT), 0);
    while (waitpid(child, &status, WNOHANG) == 0) {
        qdpi_tap_read(&tap, 20);
        qdpi_memory_look(&there, tap.doorbells, rings);
    }
    qdpi_live_guest_finish(live->bridge[0], ANSWER_MS, NULL);
    assert_true(WIFEXITED(status) && unread > 0);
    assert_true(qdpi_memory_growth(&there) < GROWTH_KIB + (long)rings * UNREAD_BYTES / 1024);
    qdpi_tap_close(&tap);
    qdpi_fault_report("doorbell-unread", rings, WEXITSTATUS(status) != 0,
                      "unread=%lu qemu-growth-kib=%ld qemu-kept-kib=%ld", unread,
                      qdpi_memory_growth(&there),
                      qdpi_memory_anonymous_kib(there.pid) - there.before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_slow_taker),
        qdpi_live_test(test_two_cpus),
        qdpi_live_test(test_overflow),
        qdpi_live_test(test_unread),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
