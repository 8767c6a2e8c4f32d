// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The event queue: order, growth, overflow, end, waiting.

#include "event_queue.h"

#include <errno.h>
#include <pthread.h>

#include "qdpi_cmocka.h"

#define PATIENCE_MS 30000U

static struct qdpi_event doorbell(uint64_t value)
{
    return (struct qdpi_event){
        .kind = QDPI_EVENT_DOORBELL, .index = (uint32_t)(value % 7), .value = value};
}

static int push(struct qdpi_event_queue *queue, uint64_t value)
{
    const struct qdpi_event event = doorbell(value);

    return qdpi_event_queue_push(queue, &event);
}

static int start(void **state)
{
    static struct qdpi_event_queue queue;

    if (qdpi_event_queue_init(&queue) != 0)
        return -1;
    qdpi_event_queue_restart(&queue);
    *state = &queue;
    return 0;
}

static int tear_down(void **state)
{
    qdpi_event_queue_destroy(*state);
    return 0;
}

static void expect(struct qdpi_event_queue *queue, enum qdpi_event_kind kind, uint64_t value,
                   size_t remaining)
{
    struct qdpi_event event;
    size_t waiting = 4711;

    assert_int_equal(qdpi_event_queue_poll(queue, &event, &waiting), 1);
    assert_int_equal(event.kind, kind);
    assert_int_equal(event.value, value);
    assert_int_equal(event.index, kind == QDPI_EVENT_DOORBELL ? value % 7 : 0);
    assert_int_equal(waiting, remaining);
}

static void expect_nothing(struct qdpi_event_queue *queue, int result)
{
    struct qdpi_event event = doorbell(99);
    size_t waiting = 4711;

    assert_int_equal(qdpi_event_queue_poll(queue, &event, &waiting), result);
    assert_int_equal(waiting, 0);
    assert_int_equal(event.value, 99);
    assert_int_equal(qdpi_event_queue_wait(queue, 0, &event, &waiting), result);
    assert_int_equal(waiting, 0);
    assert_int_equal(event.value, 99);
}

/// A queue that nothing was ever attached to has ended: a poll must not make its caller hope.
static void test_fresh_queue_has_ended(void **state)
{
    struct qdpi_event_queue queue;

    (void)state;
    assert_int_equal(qdpi_event_queue_init(&queue), 0);
    expect_nothing(&queue, -ENOTCONN);
    qdpi_event_queue_restart(&queue);
    expect_nothing(&queue, 0);
    qdpi_event_queue_destroy(&queue);
    qdpi_event_queue_destroy(&queue);
    assert_null(queue.ring);
}

/// First in, first out, whatever the sequence of pushes and takes does to the ring.
static void test_order_across_growth_and_wrap(void **state)
{
    struct qdpi_event_queue *queue = *state;
    uint64_t in = 0;
    uint64_t out = 0;

    for (unsigned round = 0; round < 40; round++) {
        for (unsigned i = 0; i < 700; i++, in++)
            assert_int_equal(push(queue, in), in + 1 - out);
        for (unsigned i = 0; i < 600 + round; i++, out++)
            expect(queue, QDPI_EVENT_DOORBELL, out, in - out - 1);
    }
    for (; out < in; out++)
        expect(queue, QDPI_EVENT_DOORBELL, out, in - out - 1);
    expect_nothing(queue, 0);
}

/// Exactly QDPI_EVENT_QUEUE_MAX wait; what comes then is dropped; the mark stands where they were
/// dropped, with their number, and events are kept again once mark and event have room.
static void test_overflow_is_marked(void **state)
{
    struct qdpi_event_queue *queue = *state;

    for (uint64_t i = 0; i < QDPI_EVENT_QUEUE_MAX; i++)
        assert_int_equal(push(queue, i), i + 1);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(push(queue, 1000000 + i), -EOVERFLOW);
    expect(queue, QDPI_EVENT_DOORBELL, 0, QDPI_EVENT_QUEUE_MAX - 1);
    assert_int_equal(push(queue, 1000005), -EOVERFLOW);
    expect(queue, QDPI_EVENT_DOORBELL, 1, QDPI_EVENT_QUEUE_MAX - 2);
    assert_int_equal(push(queue, 2000000), QDPI_EVENT_QUEUE_MAX);
    for (uint64_t i = 2; i < QDPI_EVENT_QUEUE_MAX; i++)
        expect(queue, QDPI_EVENT_DOORBELL, i, QDPI_EVENT_QUEUE_MAX + 1 - i);
    expect(queue, QDPI_EVENT_OVERFLOW, 6, 1);
    expect(queue, QDPI_EVENT_DOORBELL, 2000000, 0);
    expect_nothing(queue, 0);
}

/// A gap is told of even if no further event ever comes behind it.
static void test_overflow_is_marked_without_further_event(void **state)
{
    struct qdpi_event_queue *queue = *state;

    for (uint64_t i = 0; i < QDPI_EVENT_QUEUE_MAX + 3; i++)
        assert_int_equal(push(queue, i) < 0, i >= QDPI_EVENT_QUEUE_MAX);
    for (uint64_t i = 0; i < QDPI_EVENT_QUEUE_MAX; i++)
        expect(queue, QDPI_EVENT_DOORBELL, i, QDPI_EVENT_QUEUE_MAX - 1 - i);
    expect(queue, QDPI_EVENT_OVERFLOW, 3, 0);
    expect_nothing(queue, 0);
    assert_int_equal(push(queue, 7), 1);
    expect(queue, QDPI_EVENT_DOORBELL, 7, 0);
}

/// The last event comes behind all others and even through a full queue, once; then the end.
static void test_last_event_needs_no_room(void **state)
{
    struct qdpi_event_queue *queue = *state;
    const struct qdpi_event lost = {.kind = QDPI_EVENT_LOST};

    for (uint64_t i = 0; i <= QDPI_EVENT_QUEUE_MAX; i++)
        (void)push(queue, i);
    qdpi_event_queue_end(queue, &lost);
    for (uint64_t i = 0; i < QDPI_EVENT_QUEUE_MAX; i++)
        expect(queue, QDPI_EVENT_DOORBELL, i, QDPI_EVENT_QUEUE_MAX - 1 - i);
    expect(queue, QDPI_EVENT_OVERFLOW, 1, 0);
    expect(queue, QDPI_EVENT_LOST, 0, 0);
    expect_nothing(queue, -ENOTCONN);
}

/// What was queued before an end is still delivered; a restart forgets it and the end.
static void test_end_and_restart(void **state)
{
    struct qdpi_event_queue *queue = *state;
    const struct qdpi_event lost = {.kind = QDPI_EVENT_LOST};

    (void)push(queue, 1);
    (void)push(queue, 2);
    qdpi_event_queue_end(queue, NULL);
    expect(queue, QDPI_EVENT_DOORBELL, 1, 1);
    expect(queue, QDPI_EVENT_DOORBELL, 2, 0);
    expect_nothing(queue, -ENOTCONN);
    expect_nothing(queue, -ENOTCONN);
    // Nothing comes behind the end: who hears of the last event goes on without the queue.
    assert_int_equal(push(queue, 3), 0);
    expect_nothing(queue, -ENOTCONN);
    qdpi_event_queue_end(queue, &lost);
    qdpi_event_queue_restart(queue);
    expect_nothing(queue, 0);
    assert_int_equal(push(queue, 4), 1);
    expect(queue, QDPI_EVENT_DOORBELL, 4, 0);
    qdpi_event_queue_end(queue, NULL);
    expect_nothing(queue, -ENOTCONN);
}

static void *wait_for_one(void *argument)
{
    struct qdpi_event event = doorbell(0);
    size_t waiting;
    int result = qdpi_event_queue_wait(argument, PATIENCE_MS, &event, &waiting);

    return (void *)(uintptr_t)(result == 1 ? event.value : result == -ENOTCONN ? 1000 : 2000);
}

/// A gap that was not told before the end is forgotten by a restart, too.
static void test_restart_forgets_a_gap(void **state)
{
    struct qdpi_event_queue *queue = *state;

    for (uint64_t i = 0; i < QDPI_EVENT_QUEUE_MAX; i++)
        assert_true(push(queue, i) > 0);
    assert_int_equal(push(queue, QDPI_EVENT_QUEUE_MAX), -EOVERFLOW);
    qdpi_event_queue_end(queue, NULL);
    qdpi_event_queue_restart(queue);
    expect_nothing(queue, 0);
    assert_int_equal(push(queue, 5), 1);
    expect(queue, QDPI_EVENT_DOORBELL, 5, 0);
    expect_nothing(queue, 0);
}

/// Several waiters: each event wakes one and reaches exactly one; the end wakes all.
static void test_waiters(void **state)
{
    enum { WAITERS = 6, EVENTS = 4 };
    struct qdpi_event_queue *queue = *state;
    pthread_t threads[WAITERS];
    unsigned seen[EVENTS + 1] = {0};
    unsigned ends = 0;

    for (unsigned i = 0; i < WAITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_one, queue), 0);
    for (uint64_t i = 1; i <= EVENTS; i++)
        assert_true(push(queue, i) > 0);
    qdpi_event_queue_end(queue, NULL);
    for (unsigned i = 0; i < WAITERS; i++) {
        void *value;

        assert_int_equal(pthread_join(threads[i], &value), 0);
        assert_true((uintptr_t)value <= 1000);
        if ((uintptr_t)value == 1000)
            ends++;
        else
            seen[(uintptr_t)value]++;
    }
    assert_int_equal(ends, WAITERS - EVENTS);
    assert_int_equal(seen[0], 0);
    for (unsigned i = 1; i <= EVENTS; i++)
        assert_int_equal(seen[i], 1);
}

static void *produce(void *argument)
{
    for (uint64_t i = 0; i < 100000; i++) {
        if (push(argument, i) < 0)
            return NULL;
    }
    qdpi_event_queue_end(argument, NULL);
    return argument;
}

/// One thread pushes while another polls and waits in turns: nothing lost, doubled or out of order.
static void test_producer_and_consumer(void **state)
{
    struct qdpi_event_queue *queue = *state;
    struct qdpi_event event;
    uint64_t expected = 0;
    size_t waiting;
    pthread_t producer;
    void *finished;
    int result;

    assert_int_equal(pthread_create(&producer, NULL, produce, queue), 0);
    for (;;) {
        result = qdpi_event_queue_poll(queue, &event, &waiting);
        if (result == 0)
            result = qdpi_event_queue_wait(queue, PATIENCE_MS, &event, &waiting);
        if (result != 1)
            break;
        assert_int_equal(event.value, expected);
        expected++;
    }
    assert_int_equal(result, -ENOTCONN);
    assert_int_equal(pthread_join(producer, &finished), 0);
    assert_ptr_equal(finished, queue);
    assert_int_equal(expected, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh_queue_has_ended),
        cmocka_unit_test_setup_teardown(test_order_across_growth_and_wrap, start, tear_down),
        cmocka_unit_test_setup_teardown(test_overflow_is_marked, start, tear_down),
        cmocka_unit_test_setup_teardown(test_overflow_is_marked_without_further_event, start,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_last_event_needs_no_room, start, tear_down),
        cmocka_unit_test_setup_teardown(test_end_and_restart, start, tear_down),
        cmocka_unit_test_setup_teardown(test_restart_forgets_a_gap, start, tear_down),
        cmocka_unit_test_setup_teardown(test_waiters, start, tear_down),
        cmocka_unit_test_setup_teardown(test_producer_and_consumer, start, tear_down),
    };
    return qdpi_run_group(tests);
}
