// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What goes over the channel between the library and a running guest: doorbells, interrupts, and
// the guest's life.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live_guest.h"
#include "qdpi_cmocka.h"

#define EVENT_MS 10000U
#define ANSWER_MS 20000U
/** Nothing more is to come: how long to see whether it does. */
#define QUIET_MS 200U
#define RING_INDEX 37U
/** So many waiting events pause the guest. */
#define QUEUE_HIGH 65536U
/** What the library and QEMU may grow by while so many doorbells pass, in KiB. Unread in QEMU they
 *  would be 34 MB, which the pause is there to prevent. */
#define GROWTH_KIB 24576L
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#define IS_SANITIZED                                                                               \
    (__has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                        \
     __has_feature(thread_sanitizer))
#else
#define IS_SANITIZED false
#endif
#define RINGS (IS_SANITIZED ? 100000U : 200000U)
/** The ACPI registers of memory hot-plug: what a doorbell is made of. */
#define SELECTOR_PORT 0xa00U
#define PULSES 1000U
#define EDGE_LINE 5U
#define OTHER_EDGE_LINE 6U
#define LEVEL_LINE 10U

/** Wait until the guest serves after a reset, and take the events until then: the firmware of `pc`
 *  answers a reset by some more of its own. */
static void await_reboot(struct qdpi_bridge *bridge, uint32_t boots)
{
    struct qdpi_event event;

    qdpi_live_guest_await(bridge, boots);
    while (qdpi_event_poll(bridge, &event) == 1) {
        assert_int_equal(event.kind, QDPI_EVENT_RESET);
        assert_int_equal(event.value, 1);
    }
}

// ---- Doorbells ---------------------------------------------------------------------------------

/** What has been taken of the events of a flood. */
struct taken {
    uint64_t doorbells;
    unsigned stops;
    unsigned resumes;
};

static void take_one(struct taken *taken, const struct qdpi_event *event)
{
    if (event->kind == QDPI_EVENT_STOP) {
        assert_int_equal(++taken->stops, taken->resumes + 1);
    } else if (event->kind == QDPI_EVENT_RESUME) {
        assert_int_equal(++taken->resumes, taken->stops);
    } else {
        if (event->kind != QDPI_EVENT_DOORBELL || event->value != taken->doorbells ||
            taken->doorbells == RINGS || event->index != RING_INDEX)
            fail_msg("event %d, index %u, value %lu instead of doorbell %lu", (int)event->kind,
                     event->index, event->value, taken->doorbells);
        taken->doorbells++;
    }
}

/** Take so many doorbells in all, which must come in order. */
static void take_until(struct qdpi_bridge *bridge, struct taken *taken, uint64_t doorbells)
{
    struct qdpi_event event;

    while (taken->doorbells < doorbells) {
        int result = qdpi_event_wait(bridge, EVENT_MS, &event);
        if (result != 1)
            fail_msg("doorbell %lu: result %d: %s", taken->doorbells, result,
                     qdpi_last_error(bridge));
        take_one(taken, &event);
    }
}

/** Take all, up to the end of the last pause. Nothing may follow. */
static void take_all(struct qdpi_bridge *bridge, struct taken *taken)
{
    struct qdpi_event event;

    take_until(bridge, taken, RINGS);
    while (qdpi_event_wait(bridge, taken->resumes < taken->stops ? EVENT_MS : QUIET_MS, &event) ==
           1)
        take_one(taken, &event);
    assert_int_equal(taken->resumes, taken->stops);
}

/** Whether this process has grown while doorbells passed through it. Nothing can be told under a
 *  sanitizer that keeps what was freed. */
static bool has_grown(long resident_before_kib)
{
    return !IS_SANITIZED && qdpi_live_resident_kib(0) - resident_before_kib >= GROWTH_KIB;
}

static void check_ring_counters(struct qdpi_bridge *bridge, unsigned stops)
{
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS), RINGS);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_DROPPED), 0);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_FLOOD_PAUSES), stops);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_EVENTS), 2 * stops);
}

/// 200 000 doorbells as fast as the guest can: in order, none lost, none doubled, in bounded
/// memory.
static void test_doorbells_in_order(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    const long here = qdpi_live_resident_kib(0);
    const long there = qdpi_live_resident_kib(live->qemu[0].pid);
    struct taken taken = {.doorbells = 0};

    qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, RINGS);
    take_all(bridge, &taken);
    qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);
    check_ring_counters(bridge, taken.stops);
    assert_false(has_grown(here));
    assert_true(qdpi_live_resident_kib(live->qemu[0].pid) - there < GROWTH_KIB);
}

static bool is_running(const struct qdpi_live_qemu *qemu)
{
    json_t *status = qdpi_live_execute(qemu, "query-status", NULL);
    bool running = json_is_true(json_object_get(status, "running"));

    json_decref(status);
    return running;
}

/// Nobody takes the doorbells: the guest is paused, nothing is lost, and it goes on when they have
/// been taken.
static void test_flood_pauses_guest(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    const uint64_t deadline = qdpi_live_in_ms(ANSWER_MS);
    const long here = qdpi_live_resident_kib(0);
    struct taken taken = {.doorbells = 0};
    uint64_t arrived;

    qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, RINGS);
    // The event of the pause is the only one of its kind, and stands behind all doorbells before.
    while (qdpi_counter(bridge, QDPI_COUNTER_EVENTS) == 0) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("the guest has not been paused");
        qdpi_live_sleep_ms(2);
    }
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_FLOOD_PAUSES), 1);
    assert_false(is_running(&live->qemu[0]));
    arrived = qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS);
    // All may have been on their way already when a library that a sanitizer slows down noticed.
    assert_true(arrived >= QUEUE_HIGH - 1 && (IS_SANITIZED || arrived < RINGS));
    qdpi_live_sleep_ms(QUIET_MS);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS), arrived);
    assert_true(arrived == RINGS || !qdpi_live_guest_has_answered(bridge));
    assert_false(has_grown(here));

    // It stays so until three quarters of QUEUE_HIGH have been taken.
    take_until(bridge, &taken, arrived - QUEUE_HIGH / 4 - 64);
    qdpi_live_sleep_ms(20);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_EVENTS), 1);
    take_until(bridge, &taken, arrived - QUEUE_HIGH / 4 + 64);
    while (qdpi_counter(bridge, QDPI_COUNTER_EVENTS) < 2) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("the guest has not been let go on");
        qdpi_live_sleep_ms(2);
    }
    take_all(bridge, &taken);
    assert_true(taken.stops >= 1);
    qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);
    assert_true(is_running(&live->qemu[0]));
    check_ring_counters(bridge, taken.stops);
    assert_string_equal(qdpi_last_error(bridge), "");
}

/** One word of the mailbox, without a bridge. */
static uint32_t mailbox_word(const struct qdpi_live_qemu *qemu, unsigned offset)
{
    char path[QDPI_LIVE_PATH_MAX];
    uint32_t word = 0;
    int fd;

    qdpi_live_path(qemu, "ram", path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &word, sizeof word, QDPI_MAILBOX_ADDRESS + (off_t)offset),
                     sizeof word);
    (void)close(fd);
    return word;
}

/// Closing the bridge in the middle of a flood lets the guest go on, to the end of its doorbells.
static void test_close_in_flood(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    uint64_t deadline = qdpi_live_in_ms(ANSWER_MS);

    qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, RINGS);
    while (qdpi_counter(bridge, QDPI_COUNTER_EVENTS) == 0 && qdpi_live_ms_until(deadline) > 0)
        qdpi_live_sleep_ms(2);
    assert_false(is_running(qemu));
    qdpi_live_close(live);
    deadline = qdpi_live_in_ms(ANSWER_MS);
    while (mailbox_word(qemu, QDPI_MAILBOX_OFFSET_RESPONSE) !=
           mailbox_word(qemu, QDPI_MAILBOX_OFFSET_REQUEST)) {
        if (!is_running(qemu) || qdpi_live_ms_until(deadline) <= 0)
            fail_msg("the guest %s after the bridge was closed",
                     is_running(qemu) ? "does not come to an end" : "stands still");
        qdpi_live_sleep_ms(10);
    }
}

/// A bridge attaches while doorbells ring, where another has just left: QEMU may have events of
/// that one's time to send before it greets.
static void test_attach_among_doorbells(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_event event;

    (void)qdpi_live_guest_start(live, NULL);
    for (unsigned i = 0; i < 10; i++) {
        struct qdpi_bridge *bridge = live->bridge[0];
        const uint64_t deadline = qdpi_live_in_ms(ANSWER_MS);

        qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, RINGS / 10);
        (void)qdpi_live_expect_event(bridge, QDPI_EVENT_DOORBELL);
        qdpi_live_close(live);
        live->bridge[0] = qdpi_live_open(&live->qemu[0]);
        bridge = live->bridge[0];
        while (!qdpi_live_guest_has_answered(bridge)) {
            while (qdpi_event_poll(bridge, &event) == 1)
                continue;
            assert_true(qdpi_live_ms_until(deadline) > 0);
        }
    }
}

/** Write 32 bits to an I/O port in the guest's place. */
static void write_port(const struct qdpi_live_qemu *qemu, unsigned port, uint32_t value)
{
    char command[64];

    (void)snprintf(command, sizeof command, "o /w 0x%x 0x%x", port, value);
    free(qdpi_live_human(qemu, command));
}

/// Index and all 64 bits of the value arrive as they were written.
static void test_doorbell_values(void **state)
{
    static const struct {
        uint32_t index;
        uint64_t value;
    } cases[] = {
        {0, 0},
        {1, 1},
        {63, UINT64_MAX},
        {0, UINT64_C(0x8000000000000000)},
        {5, UINT64_C(0x80000000)},
        {6, UINT64_C(0x7fffffff)},
        {62, UINT64_C(0x0123456789abcdef)},
        {31, UINT64_C(0xfedcba9876543210)},
        {32, UINT64_C(0xffffffff00000000)},
    };
    struct qdpi_live *live = *state;
    struct qdpi_event event;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_port(&live->qemu[0], SELECTOR_PORT, cases[i].index);
        write_port(&live->qemu[0], SELECTOR_PORT + 4, (uint32_t)cases[i].value);
        write_port(&live->qemu[0], SELECTOR_PORT + 8, (uint32_t)(cases[i].value >> 32));
        assert_int_equal(qdpi_event_wait(live->bridge[0], EVENT_MS, &event), 1);
        assert_int_equal(event.kind, QDPI_EVENT_DOORBELL);
        assert_int_equal(event.index, cases[i].index);
        assert_int_equal(event.value, cases[i].value);
    }
    qdpi_live_expect_no_event(live->bridge[0]);
    assert_int_equal(qdpi_counter(live->bridge[0], QDPI_COUNTER_DOORBELLS),
                     sizeof cases / sizeof cases[0]);
}

// ---- Interrupts --------------------------------------------------------------------------------

/// Each pulse is one interrupt, each waited for before the next.
static void test_pulses(void **state)
{
    struct qdpi_bridge *bridge = qdpi_live_guest_start(*state, NULL);
    const uint64_t before = qdpi_live_guest_counted(bridge, EDGE_LINE);

    for (unsigned i = 1; i <= PULSES; i++) {
        assert_int_equal(qdpi_irq_pulse(bridge, EDGE_LINE), 0);
        qdpi_live_guest_await_count(bridge, EDGE_LINE, before + i);
    }
    assert_int_equal(qdpi_fence(bridge, EVENT_MS), 0);
    assert_int_equal(qdpi_live_guest_counted(bridge, EDGE_LINE), before + PULSES);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED), PULSES);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN), PULSES);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED), 0);
    assert_string_equal(qdpi_last_error(bridge), "");
}

/// Set makes one interrupt on an edge-triggered line; posting alone is enough, without a fence.
static void test_set_and_clear_edge(void **state)
{
    struct qdpi_bridge *bridge = qdpi_live_guest_start(*state, NULL);
    const uint64_t before = qdpi_live_guest_counted(bridge, OTHER_EDGE_LINE);

    for (unsigned i = 1; i <= 20; i++) {
        assert_int_equal(qdpi_irq_set(bridge, OTHER_EDGE_LINE), 0);
        qdpi_live_guest_await_count(bridge, OTHER_EDGE_LINE, before + i);
        // Neither a line that is high already nor its fall is an edge.
        assert_int_equal(qdpi_irq_set(bridge, OTHER_EDGE_LINE), 0);
        assert_int_equal(qdpi_irq_clear(bridge, OTHER_EDGE_LINE), 0);
        assert_int_equal(qdpi_fence(bridge, EVENT_MS), 0);
        assert_int_equal(qdpi_live_guest_counted(bridge, OTHER_EDGE_LINE), before + i);
    }
    assert_int_equal(qdpi_live_guest_counted(bridge, EDGE_LINE), 0);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN), 60);
}

/// A level-triggered line interrupts again and again until it is cleared.
static void test_set_and_clear_level(void **state)
{
    struct qdpi_bridge *bridge = qdpi_live_guest_start(*state, NULL);
    uint64_t after;

    (void)qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_UNMASK, LEVEL_LINE, 1);
    assert_int_equal(qdpi_live_guest_counted(bridge, LEVEL_LINE), 0);
    assert_int_equal(qdpi_irq_set(bridge, LEVEL_LINE), 0);
    assert_int_equal(qdpi_fence(bridge, EVENT_MS), 0);
    qdpi_live_sleep_ms(50);
    assert_int_equal(qdpi_irq_clear(bridge, LEVEL_LINE), 0);
    assert_int_equal(qdpi_fence(bridge, EVENT_MS), 0);
    after = qdpi_live_guest_counted(bridge, LEVEL_LINE);
    assert_true(after > 10);
    qdpi_live_sleep_ms(20);
    assert_int_equal(qdpi_live_guest_counted(bridge, LEVEL_LINE), after);
}

static void test_lines_and_nmi(void **state)
{
    struct qdpi_bridge *bridge = qdpi_live_guest_start(*state, NULL);

    assert_int_equal(qdpi_irq_set(bridge, 16), QDPI_ERR_INVALID);
    qdpi_live_check_sentence(bridge, "lines 0 to 15");
    assert_int_equal(qdpi_irq_pulse(bridge, UINT32_MAX), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_irq_clear(bridge, 0x10005), QDPI_ERR_INVALID);
    (void)qdpi_last_error(bridge);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED), 0);
    for (unsigned i = 1; i <= 10; i++) {
        assert_int_equal(qdpi_nmi(bridge), 0);
        assert_int_equal(qdpi_fence(bridge, EVENT_MS), 0);
        qdpi_live_guest_await_count(bridge, QDPI_MAILBOX_LINE_NMI, i);
    }
    assert_int_equal(qdpi_live_guest_counted(bridge, EDGE_LINE), 0);
}

// ---- The guest's life --------------------------------------------------------------------------

/// Stop, continue, reset, quit: each event once, in order; then the bridge is lost.
static void test_life_in_order(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    struct qdpi_event event;
    int status;

    qdpi_live_expect_no_event(bridge);
    assert_int_equal(qdpi_guest_stop(bridge, EVENT_MS), 0);
    assert_false(is_running(&live->qemu[0]));
    (void)qdpi_live_expect_event(bridge, QDPI_EVENT_STOP);
    assert_int_equal(qdpi_guest_continue(bridge, EVENT_MS), 0);
    assert_true(is_running(&live->qemu[0]));
    (void)qdpi_live_expect_event(bridge, QDPI_EVENT_RESUME);
    assert_int_equal(qdpi_guest_reset(bridge, EVENT_MS), 0);
    assert_int_equal(qdpi_live_expect_event(bridge, QDPI_EVENT_RESET), 0);
    await_reboot(bridge, 2);
    assert_int_equal(qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_NOP, 41, 0), 42);
    qdpi_live_expect_no_event(bridge);
    assert_int_equal(qdpi_guest_quit(bridge, EVENT_MS), 0);
    assert_int_equal(qdpi_live_expect_event(bridge, QDPI_EVENT_SHUTDOWN), 0);
    (void)qdpi_live_expect_event(bridge, QDPI_EVENT_LOST);
    qdpi_live_check_sentence(bridge, "attach again");
    assert_int_equal(qdpi_event_wait(bridge, EVENT_MS, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_poll(bridge, &event), QDPI_ERR_LOST);
    status = qdpi_live_await_end(&live->qemu[0], EVENT_MS);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/// Events and doorbells keep one order.
static void test_events_among_doorbells(void **state)
{
    struct qdpi_bridge *bridge = qdpi_live_guest_start(*state, NULL);

    for (unsigned i = 0; i < 50; i++) {
        struct qdpi_event event = {.kind = QDPI_EVENT_NONE};
        (void)qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_RING, i, 2);
        assert_int_equal(qdpi_guest_stop(bridge, EVENT_MS), 0);
        assert_int_equal(qdpi_guest_continue(bridge, EVENT_MS), 0);
        assert_int_equal(qdpi_live_expect_event(bridge, QDPI_EVENT_DOORBELL), 0);
        assert_int_equal(qdpi_event_poll(bridge, &event), 1);
        assert_true(event.kind == QDPI_EVENT_DOORBELL && event.index == i && event.value == 1);
        (void)qdpi_live_expect_event(bridge, QDPI_EVENT_STOP);
        (void)qdpi_live_expect_event(bridge, QDPI_EVENT_RESUME);
    }
    qdpi_live_expect_no_event(bridge);
}

/// The guest resets itself, in both ways a PC has, and comes back with the bridge still attached.
static void test_guest_resets_itself(void **state)
{
    struct qdpi_bridge *bridge = qdpi_live_guest_start(*state, NULL);

    for (uint32_t way = 0; way < 2; way++) {
        qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_RESET, way, 0);
        assert_int_equal(qdpi_live_expect_event(bridge, QDPI_EVENT_RESET), 1);
        await_reboot(bridge, way + 2);
        assert_int_equal(qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_NOP, way, 0), way + 1);
    }
    qdpi_live_expect_no_event(bridge);
}

/// The guest ends QEMU.
static void test_guest_exits(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    struct qdpi_event event;
    int status;

    qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_EXIT, 3, 0);
    assert_int_equal(qdpi_event_wait(bridge, EVENT_MS, &event), 1);
    // QEMU 11 announces it; QEMU 7 is gone at once.
    if (event.kind == QDPI_EVENT_SHUTDOWN) {
        assert_int_equal(event.value, 1);
        assert_int_equal(qdpi_event_wait(bridge, EVENT_MS, &event), 1);
    }
    assert_int_equal(event.kind, QDPI_EVENT_LOST);
    status = qdpi_live_await_end(&live->qemu[0], EVENT_MS);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

/// What a guest reports to pvpanic is an event.
static void test_panic(void **state)
{
    static const char *const extra[] = {"-device", "pvpanic", "-action", "panic=pause", NULL};
    struct qdpi_live *live = *state;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.guest = true, .extra = extra});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    qdpi_live_guest_await(live->bridge[0], 1);
    // The monitor writes to the device's port in the guest's place.
    free(qdpi_live_human(&live->qemu[0], "o /b 0x505 1"));
    (void)qdpi_live_expect_event(live->bridge[0], QDPI_EVENT_PANIC);
    (void)qdpi_live_expect_event(live->bridge[0], QDPI_EVENT_STOP);
    qdpi_live_expect_no_event(live->bridge[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_doorbell_values),
        qdpi_live_test(test_doorbells_in_order),
        qdpi_live_test(test_flood_pauses_guest),
        qdpi_live_test(test_close_in_flood),
        qdpi_live_test(test_attach_among_doorbells),
        qdpi_live_test(test_pulses),
        qdpi_live_test(test_set_and_clear_edge),
        qdpi_live_test(test_set_and_clear_level),
        qdpi_live_test(test_lines_and_nmi),
        qdpi_live_test(test_life_in_order),
        qdpi_live_test(test_events_among_doorbells),
        qdpi_live_test(test_guest_resets_itself),
        qdpi_live_test(test_guest_exits),
        qdpi_live_test(test_panic),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
