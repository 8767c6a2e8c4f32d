// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One bridge used by several threads at once, and a bridge whose RAM file is lost. To be run under
// ThreadSanitizer too.

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fake_guest.h"
#include "qdpi_cmocka.h"
#include "qemu_dpi.h"

#define PATIENCE_MS 60000U
#define ROUNDS 2000U

struct worker {
    struct fake_guest *guest;
    unsigned number;
    uint64_t taken;
    const char *failure; /**< what went wrong; NULL: nothing */
};

/** Memory: words and blocks in a part of its own, and a word that all add to. */
static void *use_memory(void *argument)
{
    struct worker *worker = argument;
    struct qdpi_bridge *bridge = worker->guest->bridge;
    const uint64_t own = 0x110000 + worker->number * UINT64_C(0x1000);
    unsigned char out[100];
    unsigned char in[100];
    uint64_t word;

    for (unsigned i = 0; i < ROUNDS; i++) {
        memset(out, (int)(i + worker->number), sizeof out);
        if (qdpi_mem_write(bridge, own + i % 7, out, sizeof out) != 0 ||
            qdpi_mem_read(bridge, own + i % 7, in, sizeof in) != 0 ||
            memcmp(in, out, sizeof in) != 0)
            worker->failure = "a block is not what was written";
        if (qdpi_mem_write64(bridge, own + 0x800, i) != 0 ||
            qdpi_mem_read64(bridge, own + 0x800, &word) != 0 || word != i)
            worker->failure = "a word is not what was written";
        if (qdpi_mem_fetch_add64(bridge, 0x10000, 1, &word) != 0)
            worker->failure = "fetch_add";
        // Refused, on purpose: everybody asks for the map and records errors.
        if (i % 64 == 0 && qdpi_mem_read64(bridge, 0x5000000, &word) != QDPI_ERR_UNMAPPED)
            worker->failure = "nothing there is not refused";
        if (i % 64 == 1 && qdpi_mem_read64(bridge, 0xf0000, &word) != 0)
            worker->failure = "the unsettled part cannot be read";
        if (i % 64 == 2)
            (void)qdpi_last_error(NULL);
    }
    return NULL;
}

static void *use_interrupts(void *argument)
{
    struct worker *worker = argument;

    for (unsigned i = 0; i < ROUNDS; i++) {
        if (qdpi_irq_pulse(worker->guest->bridge, worker->number) != 0)
            worker->failure = "a pulse failed";
        if (i % 100 == 0 && qdpi_fence(worker->guest->bridge, PATIENCE_MS) != 0)
            worker->failure = "a fence failed";
    }
    return NULL;
}

/** Takes events until one of value UINT64_MAX; by polling and by waiting. */
static void *take_events(void *argument)
{
    struct worker *worker = argument;
    struct qdpi_event event;

    for (;;) {
        int result = qdpi_event_poll(worker->guest->bridge, &event);

        if (result == 0)
            result = qdpi_event_wait(worker->guest->bridge, PATIENCE_MS, &event);
        if (result != 1) {
            worker->failure = "no event";
            return NULL;
        }
        if (event.kind != QDPI_EVENT_DOORBELL)
            continue;
        if (event.value == UINT64_MAX)
            return NULL;
        worker->taken += event.value;
    }
}

static void *control_guest(void *argument)
{
    struct worker *worker = argument;
    struct qdpi_memory_range ranges[16];

    for (unsigned i = 0; i < ROUNDS / 20; i++) {
        if (qdpi_guest_stop(worker->guest->bridge, PATIENCE_MS) != 0 ||
            qdpi_guest_continue(worker->guest->bridge, PATIENCE_MS) != 0 ||
            qdpi_map_refresh(worker->guest->bridge) != 0 ||
            qdpi_map_get(worker->guest->bridge, ranges, 16) < 0 ||
            qdpi_require(worker->guest->bridge, QDPI_FEATURE_CONTROL) != 0)
            worker->failure = "guest control or map";
        (void)qdpi_counter(worker->guest->bridge, QDPI_COUNTER_EVENTS);
    }
    return NULL;
}

/// Everything at once: each thread's memory is its own, no addition, interrupt or doorbell is lost.
static void test_everything_at_once(void **state)
{
    static void *(*const bodies[])(void *) = {use_memory,     use_memory,  use_interrupts,
                                              use_interrupts, take_events, take_events,
                                              control_guest};
    enum { THREADS = sizeof bodies / sizeof bodies[0], DOORBELLS = 20000 };
    struct fake_guest *guest = *state;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    uint64_t before;
    uint64_t word;
    uint64_t sum = 0;

    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x10000, &before), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.guest = guest, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, bodies[i], &workers[i]), 0);
    }
    for (uint64_t i = 0; i < DOORBELLS; i += 1000) {
        assert_true(fake_qmp_doorbells(guest->qmp, i, 1000));
        assert_true(fake_qmp_event(guest->qmp, "RESET", "{\"guest\": true}"));
    }
    assert_true(fake_qmp_doorbells(guest->qmp, UINT64_MAX, 1));
    assert_true(fake_qmp_doorbells(guest->qmp, UINT64_MAX, 1));
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (workers[i].failure != NULL)
            fail_msg("thread %u: %s", i, workers[i].failure);
        sum += workers[i].taken;
    }
    assert_true(sum == (uint64_t)DOORBELLS * (DOORBELLS - 1) / 2);
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x10000, &word), 0);
    assert_int_equal(word - before, 2 * ROUNDS);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_INTERRUPTS_TAKEN), 2 * ROUNDS);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b "), 4 * ROUNDS + 2);
    assert_non_null(strstr(qdpi_last_error(guest->bridge), "0x5000000"));
}

static void *use_until_lost(void *argument)
{
    struct worker *worker = argument;
    struct qdpi_bridge *bridge = worker->guest->bridge;
    struct qdpi_event event;
    uint64_t word;
    int result = 0;

    while (result >= 0) {
        switch (worker->number) {
        case 0:
            result = qdpi_mem_read64(bridge, 0x100000, &word);
            break;
        case 1:
            result = qdpi_mem_write64(bridge, 0x100008, 1);
            break;
        case 2:
            result = qdpi_irq_pulse(bridge, 3);
            break;
        case 3:
            result = qdpi_event_wait(bridge, PATIENCE_MS, &event);
            break;
        case 4:
            result = qdpi_mem_read64(bridge, 0xc0000, &word);
            break;
        default:
            result = qdpi_fence(bridge, PATIENCE_MS);
            break;
        }
    }
    if (result != QDPI_ERR_LOST)
        worker->failure = "another result than LOST";
    return NULL;
}

/// The connection ends under all kinds of calls: each returns, and says that the guest is lost.
static void test_loss_under_load(void **state)
{
    enum { THREADS = 6 };
    struct fake_guest *guest = *state;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];

    for (unsigned round = 0; round < 10; round++) {
        const size_t pulses = fake_qmp_count(guest->qmp, "hmp:o/b ");

        for (unsigned i = 0; i < THREADS; i++) {
            workers[i] = (struct worker){.guest = guest, .number = i};
            assert_int_equal(pthread_create(&threads[i], NULL, use_until_lost, &workers[i]), 0);
        }
        assert_true(fake_qmp_doorbells(guest->qmp, 0, 100));
        assert_true(fake_qmp_await(guest->qmp, "hmp:o/b ", pulses + 50));
        fake_qmp_hang_up(guest->qmp);
        for (unsigned i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            if (workers[i].failure != NULL)
                fail_msg("thread %u: %s", i, workers[i].failure);
        }
        assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), 0);
    }
}

/// A RAM file that is truncated under the bridge: the access fails, the process lives, the loss is
/// told as that of a connection is, once and last, and attaching again says what is wrong.
static void test_truncated_ram_file(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    uint64_t word = 4711;

    assert_int_equal(qdpi_open(guest->endpoint, PATIENCE_MS, &guest->bridge), 0);
    assert_true(fake_qmp_doorbells(guest->qmp, 3, 1));
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(truncate(guest->ram, 0), 0);
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), QDPI_ERR_LOST);
    assert_int_equal(word, 4711);
    assert_non_null(strstr(qdpi_last_error(guest->bridge), "truncated"));
    assert_int_equal(qdpi_mem_write64(guest->bridge, 0x1000, 1), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_poll(guest->bridge, &event), 1);
    assert_int_equal(event.value, 3);
    assert_int_equal(qdpi_event_poll(guest->bridge, &event), 1);
    assert_int_equal(event.kind, QDPI_EVENT_LOST);
    assert_int_equal(qdpi_event_poll(guest->bridge, &event), QDPI_ERR_LOST);
    assert_true(fake_qmp_doorbells(guest->qmp, 4, 1));
    fake_qmp_hang_up(guest->qmp);
    assert_true(fake_qmp_await_gone(guest->qmp));
    assert_int_equal(qdpi_event_wait(guest->bridge, 0, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), QDPI_ERR_UNSUPPORTED);
    assert_non_null(strstr(qdpi_last_error(guest->bridge), "too small"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        // First, and opened in the test: cmocka takes SIGBUS away from the library between setup,
        // test and teardown, which the library takes for somebody else's handler on top of its own.
        fake_guest_test(test_truncated_ram_file),
        fake_guest_test_open(test_everything_at_once),
        fake_guest_test_open(test_loss_under_load),
    };
    return qdpi_run_group(tests);
}
