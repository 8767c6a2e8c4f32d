// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The QMP client's posted requests: order, draining, and the end of the connection.

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "qdpi_cmocka.h"
#include "qmp_io.h"
#include "qmp_poster.h"

/// Many more than QEMU takes at once arrive in order, none merged, none lost; a drain returns when
/// the last has been reported; what the monitor prints counts as refusal.
static void test_order_and_drain(void **state)
{
    enum { COUNT = 5000 };
    struct poster *f = *state;

    fake_qmp_set_string(f->fake, "hmp:o 7", "bad port\r\n");  // 7, 70 to 79, 700 to 799
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(poster_post(f, i), 0);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
    assert_int_equal(f->posted, 1000);
    assert_int_equal(f->refused, 111);
    for (size_t i = 1000; i < COUNT; i++)
        assert_int_equal(poster_post(f, i), 0);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
    assert_int_equal(f->posted, COUNT);
    assert_int_equal(f->disordered, 0);
    for (size_t i = 0; i < COUNT; i += 97) {
        char key[32];
        char expected[32];

        (void)snprintf(expected, sizeof expected, "hmp:o %zu", i);
        assert_true(fake_qmp_nth(f->fake, "hmp:", i, key, sizeof key));
        assert_string_equal(key, expected);
    }
    assert_int_equal(fake_qmp_count(f->fake, "hmp:"), COUNT);
}

/// A drain does not return between the answer and the moment when its owner has heard of it: who
/// fences must find every refusal recorded.
static void test_drain_waits_for_the_report(void **state)
{
    struct poster *f = *state;

    f->block_posted = true;
    assert_int_equal(poster_post(f, 0), 0);
    poster_await(f, &f->posted, 1);
    assert_int_equal(poster_drain(f, POSTER_SHORT_MS), -ETIMEDOUT);
    (void)sem_post(&f->go_on);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
}

/// A drain waits only for what was posted before it, ends at its deadline with a sentence, and does
/// nothing to what is queued.
static void test_drain_times_out(void **state)
{
    struct poster *f = *state;

    assert_int_equal(poster_drain(f, 0), 0);
    poster_pile_up(f, 20);
    assert_int_equal(poster_drain(f, 0), -ETIMEDOUT);
    assert_int_equal(poster_drain(f, POSTER_SHORT_MS), -ETIMEDOUT);
    assert_non_null(strstr(f->error.text, "has not yet taken all"));
    assert_int_equal(f->posted, 0);
    fake_qmp_release(f->fake);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
    assert_int_equal(f->posted, 20);
    assert_int_equal(f->disordered, 0);
}

struct drain {
    struct qdpi_qmp_client *client;
    int result;
    int left_ms;
};

static void *drain_patiently(void *argument)
{
    struct drain *drain = argument;
    const struct timespec deadline = qdpi_deadline_in(POSTER_PATIENCE_MS);

    drain->result = qdpi_qmp_drain(drain->client, &deadline, NULL);
    drain->left_ms = qdpi_deadline_left_ms(&deadline);
    return NULL;
}

/** Wait until somebody drains, and no later request. */
static bool await_drain(struct poster *f, uint64_t last)
{
    const struct timespec deadline = qdpi_deadline_in(POSTER_PATIENCE_MS);
    uint64_t drained_at = UINT64_MAX;

    while (drained_at != last && qdpi_deadline_left_ms(&deadline) > 0) {
        pthread_mutex_lock(&f->client->mutex);
        drained_at = f->client->drained_at;
        pthread_mutex_unlock(&f->client->mutex);
        (void)usleep(1000);
    }
    return drained_at == last;
}

/// Who drains what was posted earlier is not forgotten for one who drains what was posted later.
static void test_two_drains(void **state)
{
    struct poster *f = *state;
    struct drain earlier = {.client = f->client};
    pthread_t drainer;

    fake_qmp_set(f->fake, "hmp:o 0", FAKE_QMP_SILENT, NULL);
    fake_qmp_set(f->fake, "hmp:o 1", FAKE_QMP_RAW, NULL);
    assert_int_equal(poster_post(f, 0), 0);
    assert_int_equal(pthread_create(&drainer, NULL, drain_patiently, &earlier), 0);
    assert_true(await_drain(f, f->client->next_id - 1));
    assert_int_equal(poster_post(f, 1), 0);
    assert_int_equal(poster_drain(f, POSTER_SHORT_MS), -ETIMEDOUT);
    fake_qmp_release(f->fake);
    assert_int_equal(pthread_join(drainer, NULL), 0);
    assert_int_equal(earlier.result, 0);
    assert_true(earlier.left_ms > 0);
    assert_int_equal(f->posted, 1);
}

/// An awaited request goes behind the posted ones, and a callback may post.
static void test_one_queue_for_all(void **state)
{
    struct poster *f = *state;
    const struct timespec deadline = qdpi_deadline_in(POSTER_PATIENCE_MS);
    char key[32];

    for (size_t i = 0; i < 30; i++)
        assert_int_equal(poster_post(f, i), 0);
    assert_int_equal(qdpi_qmp_execute(f->client, "stop", NULL, &deadline, NULL, NULL), 0);
    assert_int_equal(f->posted, 30);
    assert_true(fake_qmp_nth(f->fake, "", 31, key, sizeof key));  // 0 is qmp_capabilities
    assert_string_equal(key, "stop");
    f->event_to_post_from = 1;
    f->posted = 0;
    assert_true(fake_qmp_event(f->fake, "ANY", NULL));
    poster_await(f, &f->posted, 1);
    assert_int_equal(fake_qmp_count(f->fake, "stop"), 2);
    assert_int_equal(f->disordered, 0);
}

/// A command whose caller has given up is not sent any more, if it was not sent before, and does
/// not keep a drain waiting.
static void test_given_up_before_sent(void **state)
{
    struct poster *f = *state;
    const struct timespec deadline = qdpi_deadline_in(POSTER_SHORT_MS);

    poster_pile_up(f, 30);
    assert_int_equal(qdpi_qmp_execute(f->client, "stop", NULL, &deadline, NULL, NULL), -ETIMEDOUT);
    fake_qmp_release(f->fake);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
    assert_int_equal(f->posted, 30);
    assert_int_equal(poster_post(f, 30), 0);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(f->fake, "stop"), 0);
    assert_int_equal(f->disordered, 0);
}

// ---- The end -----------------------------------------------------------------------------------

/// What is still queued when the client is closed is told to its owner.
static void test_close_with_a_backlog(void **state)
{
    enum { COUNT = 100 };
    struct poster *f = *state;

    poster_pile_up(f, COUNT);
    qdpi_qmp_close(f->client);
    f->client = NULL;
    assert_int_equal(f->posted, COUNT);
    assert_int_equal(f->ended, COUNT);
    assert_int_equal(f->disordered, 0);
    assert_int_equal(f->lost, 0);
}

static void *execute_one(void *argument)
{
    struct poster *f = argument;
    const struct timespec deadline = qdpi_deadline_in(POSTER_PATIENCE_MS);

    return qdpi_qmp_execute(f->client, "stop", NULL, &deadline, NULL, NULL) == -ENOTCONN ? f : NULL;
}

static void *drain_one(void *argument)
{
    struct poster *f = argument;
    const struct timespec deadline = qdpi_deadline_in(POSTER_PATIENCE_MS);

    return qdpi_qmp_drain(f->client, &deadline, NULL) == -ENOTCONN ? f : NULL;
}

static void *post_in_vain(void *argument)
{
    struct poster *f = argument;

    return poster_post_number(f, QDPI_QMP_POSTED_MAX, NULL) == -ENOTCONN ? f : NULL;
}

/// When the peer goes, everybody who waits is told, every posted request is reported, and only then
/// comes the word of the loss.
static void test_end_releases_everybody(void **state)
{
    void *(*const bodies[])(void *) = {execute_one, drain_one, post_in_vain};
    struct poster *f = *state;
    pthread_t threads[3];

    fake_qmp_set(f->fake, "stop", FAKE_QMP_SILENT, NULL);
    poster_pile_up(f, QDPI_QMP_POSTED_MAX);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, bodies[i], f), 0);
    fake_qmp_hang_up(f->fake);
    for (size_t i = 0; i < 3; i++) {
        void *result;

        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, f);
    }
    poster_await(f, &f->lost, 1);
    assert_int_equal(f->posted_when_lost, QDPI_QMP_POSTED_MAX);
    assert_int_equal(f->disordered, 0);
    assert_int_equal(f->refused, 0);
    assert_int_equal(poster_post(f, 0), -ENOTCONN);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), -ENOTCONN);
}

/// What the peer said before it went is heard, even if the news of its going comes from a send: the
/// last doorbells and the word of the shutdown are in there.
static void test_last_words(void **state)
{
    enum { EVENTS = 1000 };
    struct poster *f = *state;
    char goodbye[] = "{\"event\": \"SHUTDOWN\"}\r\n";

    f->block_events = true;
    poster_pile_up(f, 30);
    assert_true(fake_qmp_await(f->fake, "hmp:o ", 8));
    // Answers to the first requests make the client send the next, into a closed connection.
    assert_true(fake_qmp_event(f->fake, "FIRST", NULL));
    poster_await(f, &f->events, 1);
    fake_qmp_release(f->fake);
    assert_true(fake_qmp_doorbells(f->fake, 0, EVENTS));
    assert_true(fake_qmp_send(f->fake, goodbye, sizeof goodbye - 1));
    fake_qmp_hang_up(f->fake);
    assert_true(fake_qmp_await_gone(f->fake));
    (void)sem_post(&f->go_on);
    poster_await(f, &f->lost, 1);
    assert_int_equal(f->events, EVENTS + 2);
    assert_int_equal(f->posted_when_lost, 30);
}

static void *chatter(void *fake)
{
    while (fake_qmp_event(fake, "CHAT", NULL)) {
    }
    return NULL;
}

/// Closing at any moment ends the I/O thread: also between its look for an end and its sleep, where
/// a peer that sends one small event after the other often has it.
static void test_close_at_any_moment(void **state)
{
    struct poster *f = *state;

    for (unsigned i = 0; i < 400; i++) {
        pthread_t chatterer;

        f->posted = 0;
        f->events = 0;
        assert_int_equal(pthread_create(&chatterer, NULL, chatter, f->fake), 0);
        for (size_t j = 0; j < i % 11; j++)
            assert_int_equal(poster_post(f, j), 0);
        poster_await(f, &f->events, 1 + i % 7);
        qdpi_qmp_close(f->client);
        f->client = NULL;
        assert_int_equal(pthread_join(chatterer, NULL), 0);
        fake_qmp_stop(f->fake);
        assert_true(poster_attach(f));
    }
    assert_int_equal(f->lost, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_drain, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_drain_waits_for_the_report, poster_start,
                                        poster_tear_down),
        cmocka_unit_test_setup_teardown(test_drain_times_out, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_two_drains, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_one_queue_for_all, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_given_up_before_sent, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_close_with_a_backlog, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_end_releases_everybody, poster_start,
                                        poster_tear_down),
        cmocka_unit_test_setup_teardown(test_last_words, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_close_at_any_moment, poster_start, poster_tear_down),
    };
    return qdpi_run_group(tests);
}
