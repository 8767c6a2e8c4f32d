// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells: what is one, their order, and what happens to a guest that rings too fast.

#include "doorbell.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge.h"
#include "fake_guest.h"
#include "qdpi_cmocka.h"
#include "qemu_dpi.h"

#define PATIENCE_MS 60000U

static bool decode(const char *text, struct qdpi_event *event)
{
    json_t *data = json_loads(text, 0, NULL);
    bool result;

    assert_non_null(data);
    result = qdpi_doorbell_decode(data, event);
    json_decref(data);
    return result;
}

/// Index and both halves of the value, whatever sign QEMU gives them.
static void test_decode(void **state)
{
    static const struct {
        const char *slot;
        const char *source;
        const char *status;
        uint32_t index;
        uint64_t value;
    } cases[] = {
        {"0", "0", "0", 0, 0},
        {"63", "1", "2", 63, UINT64_C(0x0000000200000001)},
        {"255", "4294967295", "0", 255, UINT64_C(0x00000000ffffffff)},
        {"1", "0", "4294967295", 1, UINT64_C(0xffffffff00000000)},
        {"1", "-1", "-2", 1, UINT64_C(0xfffffffeffffffff)},
        {"4294967295", "2147483648", "-2147483648", UINT32_MAX, UINT64_C(0x8000000080000000)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct qdpi_event event = {.kind = QDPI_EVENT_NONE};
        char text[256];

        (void)snprintf(text, sizeof text,
                       "{\"info\": {\"slot\": \"%s\", \"slot-type\": \"DIMM\", \"source\": %s, "
                       "\"status\": %s}}",
                       cases[i].slot, cases[i].source, cases[i].status);
        assert_true(decode(text, &event));
        assert_int_equal(event.kind, QDPI_EVENT_DOORBELL);
        assert_int_equal(event.index, cases[i].index);
        assert_int_equal(event.value, cases[i].value);
    }
}

/// No doorbell: a slot with a DIMM in it, a CPU's report, and whatever is not understood.
static void test_decode_others(void **state)
{
#define INFO(slot, rest) "{\"info\": {\"slot\": " slot ", \"source\": 1, \"status\": 2" rest "}}"
#define DIMM ", \"slot-type\": \"DIMM\""
    static const char *const texts[] = {
        INFO("\"0\"", DIMM ", \"device\": \"dimm1\""),
        INFO("\"0\"", ", \"slot-type\": \"CPU\""),
        INFO("\"0\"", ""),
        INFO("\"0\"", ", \"slot-type\": 1"),
        INFO("0", DIMM),
        INFO("null", DIMM),
        INFO("\"\"", DIMM),
        INFO("\"x\"", DIMM),
        INFO("\"1x\"", DIMM),
        INFO("\" 1\"", DIMM),
        INFO("\"+1\"", DIMM),
        INFO("\"-1\"", DIMM),
        INFO("\"-18446744073709551615\"", DIMM),
        INFO("\"4294967296\"", DIMM),
        INFO("\"99999999999999999999999999\"", DIMM),
        "{\"info\": {\"slot\": \"0\", \"source\": 1.5, \"status\": 2" DIMM "}}",
        "{\"info\": {\"slot\": \"0\", \"source\": 1" DIMM "}}",
        "{\"info\": {\"slot\": \"0\", \"status\": 1" DIMM "}}",
        "{\"info\": []}",
        "{}",
        "[]",
    };
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE, .value = 4711};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (decode(texts[i], &event))
            fail_msg("taken for a doorbell: %s", texts[i]);
    }
    assert_false(qdpi_doorbell_decode(NULL, &event));
    assert_int_equal(event.value, 4711);
}

static void expect_doorbell(struct fake_guest *guest, uint64_t value)
{
    struct qdpi_event event;

    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.kind, QDPI_EVENT_DOORBELL);
    assert_int_equal(event.value, value);
    assert_int_equal(event.index, value % 8);
}

static void expect_event(struct fake_guest *guest, enum qdpi_event_kind kind, uint64_t value)
{
    struct qdpi_event event;

    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.kind, kind);
    assert_int_equal(event.value, value);
}

struct ringer {
    struct fake_qmp *qmp;
    uint64_t first;
    size_t count;
};

static void *ring(void *argument)
{
    const struct ringer *ringer = argument;

    return fake_qmp_doorbells(ringer->qmp, ringer->first, ringer->count) ? argument : NULL;
}

/// Hundred thousand doorbells with 64-bit values, taken while they come: all of them, in order.
static void test_none_lost_none_doubled(void **state)
{
    struct fake_guest *guest = *state;
    struct ringer ringer = {guest->qmp, UINT64_C(0xfffffff0), 100000};
    pthread_t thread;
    struct qdpi_event event;
    void *done;
    uint64_t taken = 0;

    assert_int_equal(pthread_create(&thread, NULL, ring, &ringer), 0);
    while (taken < ringer.count) {
        assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
        if (event.kind == QDPI_EVENT_STOP || event.kind == QDPI_EVENT_RESUME)
            continue;
        assert_int_equal(event.kind, QDPI_EVENT_DOORBELL);
        assert_int_equal(event.value, ringer.first + taken);
        taken++;
    }
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_non_null(done);
    // One more event behind them: now the last one has been counted too.
    assert_true(fake_qmp_doorbells(guest->qmp, 0, 1));
    expect_doorbell(guest, 0);
    assert_true(qdpi_counter(guest->bridge, QDPI_COUNTER_DOORBELLS) >= 100000);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_DROPPED), 0);
}

/// At 65 536 waiting events the guest is paused, once, and at 16 384 it goes on; its STOP and
/// RESUME stand in the queue where they happened. A second flood does it again.
static void test_pause_and_go_on(void **state)
{
    struct fake_guest *guest = *state;

    for (uint64_t round = 1; round <= 2; round++) {
        const size_t stops = (size_t)round;
        uint64_t i = 0;

        assert_true(fake_qmp_doorbells(guest->qmp, 0, 65535));
        // The answer to this comes behind the doorbells: they have all been seen.
        assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
        assert_int_equal(fake_qmp_count(guest->qmp, "stop"), stops - 1);
        assert_true(fake_qmp_doorbells(guest->qmp, 65535, 5));
        assert_true(fake_qmp_await(guest->qmp, "stop", stops));
        assert_true(fake_qmp_doorbells(guest->qmp, 65540, 100));
        assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
        assert_int_equal(fake_qmp_count(guest->qmp, "stop"), stops);
        assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_FLOOD_PAUSES), round);
        // 65 640 doorbells and a STOP somewhere behind number 65 540.
        for (; i < 65641 - 16384 - 1; i++)
            expect_doorbell(guest, i);
        assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
        assert_int_equal(fake_qmp_count(guest->qmp, "cont"), stops - 1);
        expect_doorbell(guest, i++);
        assert_true(fake_qmp_await(guest->qmp, "cont", stops));
        for (bool stopped = false; i < 65640 || !stopped;) {
            struct qdpi_event event;

            assert_int_equal(qdpi_event_poll(guest->bridge, &event), 1);
            if (event.kind == QDPI_EVENT_STOP) {
                assert_false(stopped);
                assert_true(i >= 65540);
                stopped = true;
            } else {
                assert_int_equal(event.kind, QDPI_EVENT_DOORBELL);
                assert_int_equal(event.value, i);
                i++;
            }
        }
        expect_event(guest, QDPI_EVENT_RESUME, 0);
    }
    assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 2);
}

/// When 262 144 wait all the same, further ones are dropped, counted, and marked in their place.
static void test_hard_limit(void **state)
{
    enum { LIMIT = 262144, MORE = 1000 };
    struct fake_guest *guest = *state;

    fake_qmp_precede(guest->qmp, "stop", NULL);
    fake_qmp_precede(guest->qmp, "cont", NULL);
    assert_true(fake_qmp_doorbells(guest->qmp, 0, LIMIT + MORE));
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_DROPPED), MORE);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_DOORBELLS), LIMIT);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_FLOOD_PAUSES), 1);
    for (uint64_t i = 0; i < 1000; i++)
        expect_doorbell(guest, i);
    assert_true(fake_qmp_doorbells(guest->qmp, 500000, 3));
    for (uint64_t i = 1000; i < LIMIT; i++)
        expect_doorbell(guest, i);
    expect_event(guest, QDPI_EVENT_OVERFLOW, MORE);
    for (uint64_t i = 500000; i < 500003; i++)
        expect_doorbell(guest, i);
}

/// A guest whose stop the testbench asked for does not go on because a flood is over, even if the
/// flood had paused it a moment before.
static void test_own_stop_outlives_the_flood(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    pthread_t stopper;
    struct ringer ringer = {guest->qmp, 0, 66000};
    void *rang;

    fake_qmp_set(guest->qmp, "stop", FAKE_QMP_SILENT, NULL);
    assert_int_equal(pthread_create(&stopper, NULL, ring, &ringer), 0);
    // The first "stop" is the flood's; the testbench's waits behind it for an answer.
    assert_true(fake_qmp_await(guest->qmp, "stop", 1));
    assert_int_equal(pthread_join(stopper, &rang), 0);
    assert_non_null(rang);
    fake_qmp_release(guest->qmp);
    assert_int_equal(qdpi_guest_stop(guest->bridge, PATIENCE_MS), 0);
    do {
        assert_true(qdpi_event_poll(guest->bridge, &event) >= 0);
    } while (event.kind != QDPI_EVENT_DOORBELL || event.value != 65999);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 0);
    assert_int_equal(qdpi_guest_continue(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 1);
}

static void *stop_guest(void *argument)
{
    struct fake_guest *guest = argument;

    return qdpi_guest_stop(guest->bridge, PATIENCE_MS) == 0 ? guest : NULL;
}

/// The same when the flood comes between the testbench's call and QEMU's answer to it.
static void test_own_stop_before_the_flood(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    pthread_t stopper;
    void *stopped;

    fake_qmp_set(guest->qmp, "stop", FAKE_QMP_SILENT, NULL);
    assert_int_equal(pthread_create(&stopper, NULL, stop_guest, guest), 0);
    assert_true(fake_qmp_await(guest->qmp, "stop", 1));
    assert_true(fake_qmp_doorbells(guest->qmp, 0, 66000));
    assert_true(fake_qmp_await(guest->qmp, "stop", 2));
    fake_qmp_release(guest->qmp);
    assert_int_equal(pthread_join(stopper, &stopped), 0);
    assert_non_null(stopped);
    do {
        assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    } while (event.kind != QDPI_EVENT_DOORBELL || event.value != 65999);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 0);
}

/// Closing and attaching again let a guest go on that stands still because of us.
static void test_leaving_lets_the_guest_go_on(void **state)
{
    struct fake_guest *guest = *state;

    for (size_t round = 1; round <= 2; round++) {
        assert_true(fake_qmp_doorbells(guest->qmp, 0, 65536));
        assert_true(fake_qmp_await(guest->qmp, "stop", round));
        if (round == 1) {
            assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), 0);
        } else {
            qdpi_close(guest->bridge);
            guest->bridge = NULL;
        }
        assert_true(fake_qmp_await(guest->qmp, "cont", round));
    }
}

/** The process of a bridge that is killed when it has paused the guest. A program of its own:
 *  ThreadSanitizer lets no child of one with threads have any. @return 1: it could not attach. */
static int be_killed(const char *endpoint)
{
    struct qdpi_bridge *bridge;

    if (qdpi_open(endpoint, PATIENCE_MS, &bridge) != 0)
        return 1;
    while (qdpi_counter(bridge, QDPI_COUNTER_FLOOD_PAUSES) == 0)
        (void)usleep(1000);
    return raise(SIGKILL);
}

/// A bridge whose process was killed while the guest stood still because of it: the next one lets
/// it go on.
static void test_paused_guest_of_a_killed_bridge(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    pid_t child;
    int status;

    qdpi_close(guest->bridge);
    guest->bridge = NULL;
    child = fork();
    if (child == 0) {
        (void)execl("/proc/self/exe", "test_doorbell", guest->endpoint, (char *)NULL);
        _exit(1);
    }
    assert_true(child > 0);
    while (fake_qmp_connections(guest->qmp) < 2)
        (void)usleep(1000);
    while (fake_qmp_count(guest->qmp, "stop") == 0 && fake_qmp_doorbells(guest->qmp, 0, 1000))
        (void)usleep(1000);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    fake_qmp_set(guest->qmp, "query-status", FAKE_QMP_ANSWER,
                 "\"return\": {\"status\": \"paused\"}");
    assert_int_equal(qdpi_open(guest->endpoint, PATIENCE_MS, &guest->bridge), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 1);
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.kind, QDPI_EVENT_RESUME);
    // Nothing is owed any more.
    assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "query-status"), 1);
}

/// A connection that is lost while the guest stands still because of us: attached again, we let it
/// go on. Another guest in its place, which was started paused, stays so.
static void test_paused_guest_goes_on_after_a_loss(void **state)
{
    static const char *const statuses[] = {"paused", "prelaunch", "running"};
    struct fake_guest *guest = *state;
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE};

    for (size_t i = 0; i < 3; i++) {
        char answer[64];

        (void)snprintf(answer, sizeof answer, "\"return\": {\"status\": \"%s\"}", statuses[i]);
        fake_qmp_set(guest->qmp, "query-status", FAKE_QMP_ANSWER, answer);
        assert_true(fake_qmp_doorbells(guest->qmp, 0, 65536));
        assert_true(fake_qmp_await(guest->qmp, "stop", i + 1));
        fake_qmp_hang_up(guest->qmp);
        assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), 0);
        assert_int_equal(fake_qmp_count(guest->qmp, "query-status"), i + 1);
        assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 1);
        if (i == 0)
            assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
        assert_int_equal(event.kind, QDPI_EVENT_RESUME);
        assert_int_equal(qdpi_event_poll(guest->bridge, &event), 0);
    }
    // Nothing is owed any more.
    fake_qmp_hang_up(guest->qmp);
    assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "query-status"), 3);
}

static void take_all_up_to(struct fake_guest *guest, uint64_t last)
{
    struct qdpi_event event;

    do {
        assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    } while (event.kind != QDPI_EVENT_DOORBELL || event.value != last);
}

/// Somebody else, such as another bridge, lets the guest go on that we have paused: we pause it
/// again, at once or when the queue is full again, and let it go on ourselves in the end.
static void test_resumed_by_somebody_else(void **state)
{
    struct fake_guest *guest = *state;

    assert_true(fake_qmp_doorbells(guest->qmp, 0, 66000));
    assert_true(fake_qmp_await(guest->qmp, "stop", 1));
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_true(fake_qmp_event(guest->qmp, "RESUME", NULL));
    assert_true(fake_qmp_await(guest->qmp, "stop", 2));
    for (uint64_t i = 0; i < 1000; i++)
        expect_doorbell(guest, i);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_true(fake_qmp_event(guest->qmp, "RESUME", NULL));
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "stop"), 2);
    assert_true(fake_qmp_doorbells(guest->qmp, 66000, 1000));
    assert_true(fake_qmp_await(guest->qmp, "stop", 3));
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_FLOOD_PAUSES), 3);
    assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 0);
    take_all_up_to(guest, 66999);
    assert_true(fake_qmp_await(guest->qmp, "cont", 1));
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 1);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_DROPPED), 0);
}

/// The same while QEMU has not come to our "stop": it will, and the guest stands still because of
/// us all the same.
static void test_resumed_before_the_pause(void **state)
{
    struct fake_guest *guest = *state;

    fake_qmp_set(guest->qmp, "stop", FAKE_QMP_SILENT, NULL);
    assert_true(fake_qmp_doorbells(guest->qmp, 0, 65536));
    assert_true(fake_qmp_await(guest->qmp, "stop", 1));
    assert_true(fake_qmp_event(guest->qmp, "RESUME", NULL));
    assert_true(fake_qmp_doorbells(guest->qmp, 65536, 1));
    fake_qmp_release(guest->qmp);
    take_all_up_to(guest, 65536);
    assert_true(fake_qmp_await(guest->qmp, "cont", 1));
}

/// A guest that somebody else has stopped stands still already: it is not paused for a flood, and
/// does not go on when that is over.
static void test_stopped_by_somebody_else(void **state)
{
    struct fake_guest *guest = *state;

    assert_true(fake_qmp_event(guest->qmp, "STOP", NULL));
    assert_true(fake_qmp_doorbells(guest->qmp, 0, QDPI_EVENT_QUEUE_HIGH));
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    take_all_up_to(guest, QDPI_EVENT_QUEUE_HIGH - 1);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "stop"), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 0);
}

/// Nor is a guest paused that the bridge is about to leave: nobody would let it go on.
static void test_not_paused_when_left(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_bridge *bridge = guest->bridge;

    qdpi_flood_control_leave(&bridge->flood, bridge->client);
    assert_true(fake_qmp_doorbells(guest->qmp, 0, QDPI_EVENT_QUEUE_HIGH));
    assert_int_equal(qdpi_map_refresh(bridge), 0);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_FLOOD_PAUSES), 0);
}

/// A call that was to let the guest go on, and could not in its time, changes nothing: the guest
/// goes on when its doorbells have been taken.
static void test_continue_that_fails(void **state)
{
    struct fake_guest *guest = *state;

    assert_true(fake_qmp_doorbells(guest->qmp, 0, 65536));
    assert_true(fake_qmp_await(guest->qmp, "stop", 1));
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(qdpi_irq_set(guest->bridge, 3), 0);
    assert_int_equal(qdpi_guest_continue(guest->bridge, 20), QDPI_ERR_TIMEOUT);
    assert_int_equal(fake_qmp_count(guest->qmp, "cont"), 0);
    fake_qmp_release(guest->qmp);
    take_all_up_to(guest, 65535);
    assert_true(fake_qmp_await(guest->qmp, "cont", 1));
}

/// A poll that lets the guest go on does not wait, even if as many requests are posted as may be.
static void test_poll_never_blocks(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;

    assert_true(fake_qmp_doorbells(guest->qmp, 0, 65536));
    assert_true(fake_qmp_await(guest->qmp, "stop", 1));
    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    for (unsigned i = 0; i < QDPI_QMP_POSTED_MAX; i++)
        assert_int_equal(qdpi_irq_set(guest->bridge, 3), 0);
    do {
        assert_true(qdpi_event_poll(guest->bridge, &event) == 1);
    } while (event.kind != QDPI_EVENT_DOORBELL || event.value != 65535);
    fake_qmp_release(guest->qmp);
    assert_true(fake_qmp_await(guest->qmp, "cont", 1));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_decode_others),
        fake_guest_test_open(test_none_lost_none_doubled),
        fake_guest_test_open(test_pause_and_go_on),
        fake_guest_test_open(test_hard_limit),
        fake_guest_test_open(test_own_stop_outlives_the_flood),
        fake_guest_test_open(test_own_stop_before_the_flood),
        fake_guest_test_open(test_leaving_lets_the_guest_go_on),
        fake_guest_test_open(test_paused_guest_goes_on_after_a_loss),
        fake_guest_test_open(test_paused_guest_of_a_killed_bridge),
        fake_guest_test_open(test_resumed_by_somebody_else),
        fake_guest_test_open(test_resumed_before_the_pause),
        fake_guest_test_open(test_stopped_by_somebody_else),
        fake_guest_test_open(test_not_paused_when_left),
        fake_guest_test_open(test_continue_that_fails),
        fake_guest_test_open(test_poll_never_blocks),
    };
    return argc > 1 ? be_killed(argv[1]) : qdpi_run_group(tests);
}
