// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The QMP client's posted requests when there are more than QEMU takes: who waits for room, for how
// long, and who need not.

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "await_queued.h"
#include "deadline.h"
#include "qdpi_cmocka.h"
#include "qmp_io.h"
#include "qmp_poster.h"

#define STALL_MS 1000U

static void *post_one_more(void *argument)
{
    struct poster *f = argument;

    return poster_post_number(f, QDPI_QMP_POSTED_MAX, NULL) == 0 ? f : NULL;
}

/// When QDPI_QMP_POSTED_MAX are queued, a poster waits for room, and takes the next place as soon
/// as there is some, not when it would have given up.
static void test_back_pressure(void **state)
{
    struct poster *f = *state;
    struct timespec give_up;
    pthread_t poster;
    void *result;

    f->client->stall_ms = POSTER_PATIENCE_MS;
    // The last one is never answered: when all is done, all are woken.
    fake_qmp_set(f->fake, "hmp:o 65535", FAKE_QMP_RAW, NULL);
    poster_pile_up(f, QDPI_QMP_POSTED_MAX);
    give_up = qdpi_deadline_in(POSTER_PATIENCE_MS);
    assert_int_equal(pthread_create(&poster, NULL, post_one_more, f), 0);
    (void)usleep(POSTER_SHORT_MS * 1000);
    qdpi_await_queued(f->client, QDPI_QMP_POSTED_MAX, POSTER_PATIENCE_MS);
    fake_qmp_release(f->fake);
    assert_int_equal(pthread_join(poster, &result), 0);
    assert_ptr_equal(result, f);
    assert_true(qdpi_deadline_left_ms(&give_up) > 0);
    poster_await(f, &f->posted, QDPI_QMP_POSTED_MAX - 1);
    qdpi_qmp_close(f->client);
    f->client = NULL;
    assert_int_equal(f->posted, QDPI_QMP_POSTED_MAX + 1);
    assert_int_equal(f->disordered, 0);
}

static void *execute_in_vain(void *argument)
{
    struct poster *f = argument;
    const struct timespec deadline = qdpi_deadline_in(10 * POSTER_SHORT_MS);

    return qdpi_qmp_execute(f->client, "stop", NULL, &deadline, NULL, NULL) == -ETIMEDOUT ? f
                                                                                          : NULL;
}

/// Room is also what a command leaves that was not sent when its caller gave up.
static void test_room_of_a_command_given_up(void **state)
{
    struct poster *f = *state;
    struct timespec give_up;
    pthread_t caller;
    void *result;

    f->client->stall_ms = POSTER_PATIENCE_MS;
    poster_pile_up(f, QDPI_QMP_POSTED_MAX - 1);
    assert_int_equal(pthread_create(&caller, NULL, execute_in_vain, f), 0);
    // The last place is the command's by now.
    (void)usleep(POSTER_SHORT_MS * 1000);
    give_up = qdpi_deadline_in(POSTER_PATIENCE_MS);
    assert_int_equal(poster_post(f, QDPI_QMP_POSTED_MAX - 1), 0);
    assert_true(qdpi_deadline_left_ms(&give_up) > 0);
    assert_int_equal(pthread_join(caller, &result), 0);
    assert_ptr_equal(result, f);
    fake_qmp_release(f->fake);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
    assert_int_equal(f->posted, QDPI_QMP_POSTED_MAX);
    assert_int_equal(fake_qmp_count(f->fake, "stop"), 0);
    assert_int_equal(f->disordered, 0);
}

static void *ask(void *argument)
{
    struct poster *f = argument;
    const struct timespec deadline = qdpi_deadline_in(POSTER_PATIENCE_MS);

    return qdpi_qmp_ask(f->client, "query-memdev", NULL, &deadline, NULL, NULL) == 0 ? f : NULL;
}

/// However much has been posted, and though there is no room for more: what is urgent, posted or
/// asked, waits for no more than what has been sent, and a drain waits for it too.
static void test_urgent_before_backlog(void **state)
{
    enum { SENT = 8 };
    struct poster *f = *state;
    pthread_t asker;
    void *result;
    char key[64];
    unsigned urgent = 0;

    fake_qmp_set(f->fake, "query-memdev", FAKE_QMP_ANSWER, NULL);
    poster_pile_up(f, QDPI_QMP_POSTED_MAX);
    assert_int_equal(qdpi_qmp_post(f->client, "stop", POSTER_URGENT_TAG), 0);
    assert_int_equal(pthread_create(&asker, NULL, ask, f), 0);
    assert_int_equal(poster_drain(f, POSTER_SHORT_MS), -ETIMEDOUT);
    qdpi_await_queued(f->client, QDPI_QMP_POSTED_MAX + 2, POSTER_PATIENCE_MS);
    fake_qmp_release(f->fake);
    assert_int_equal(pthread_join(asker, &result), 0);
    assert_ptr_equal(result, f);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
    assert_int_equal(f->posted, QDPI_QMP_POSTED_MAX);
    assert_int_equal(f->disordered, 0);
    assert_true(f->posted_before_urgent <= SENT);
    // 0 is qmp_capabilities.
    for (size_t n = 1; n <= SENT + 2; n++) {
        assert_true(fake_qmp_nth(f->fake, "", n, key, sizeof key));
        urgent += strcmp(key, "stop") == 0 || strcmp(key, "query-memdev") == 0;
    }
    assert_int_equal(urgent, 2);
    // With nothing else to wait for.
    assert_int_equal(qdpi_qmp_post(f->client, "stop", POSTER_URGENT_TAG), 0);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
    assert_int_equal(f->urgent, 2);
}

/// A group is queued whole, with nothing between its parts, even beyond the limit that others wait
/// at.
static void test_groups(void **state)
{
    enum { GROUPS = 500, PARTS = 3 };
    struct poster *f = *state;
    struct qdpi_posting group[PARTS];

    fake_qmp_set(f->fake, "hmp:o ", FAKE_QMP_SILENT, NULL);
    for (size_t i = 0; i < GROUPS; i++) {
        for (size_t j = 0; j < PARTS; j++) {
            group[j] = (struct qdpi_posting){.human = true, .tag = (unsigned)(i * PARTS + j)};
            (void)snprintf(group[j].command, sizeof group[j].command, "o %zu", i * PARTS + j);
        }
        assert_int_equal(qdpi_qmp_post_all(f->client, group, PARTS, true, &f->error), 0);
    }
    for (size_t i = GROUPS * PARTS; i < QDPI_QMP_POSTED_MAX - 1; i++)
        assert_int_equal(poster_post(f, i), 0);
    for (size_t j = 0; j < PARTS; j++)
        group[j].tag = (unsigned)(QDPI_QMP_POSTED_MAX - 1 + j);
    assert_int_equal(qdpi_qmp_post_all(f->client, group, PARTS, true, &f->error), 0);
    fake_qmp_release(f->fake);
    assert_int_equal(poster_drain(f, POSTER_PATIENCE_MS), 0);
    assert_int_equal(f->posted, QDPI_QMP_POSTED_MAX + 2);
    assert_int_equal(f->disordered, 0);
}

struct waiter {
    struct poster *f;
    int result;
};

static void *wait_for_room(void *argument)
{
    struct waiter *waiter = argument;
    const struct qdpi_posting posting = {
        .command = "o last", .human = true, .tag = QDPI_QMP_POSTED_MAX};

    waiter->result = qdpi_qmp_post_all(waiter->f->client, &posting, 1, true, NULL);
    return NULL;
}

/// Who waits for room gives up when the peer has answered nothing for QDPI_QMP_STALL_MS: counted
/// from its last answer, whoever got the room that this made. Nothing is queued for it.
static void test_stall(void **state)
{
    struct poster *f = *state;
    const uint64_t first = f->client->next_id % 9 + 1;  // as it is sent
    char answer[64];
    struct waiter waiters[2] = {{.f = f}, {.f = f}};
    pthread_t threads[2];
    struct timespec deadline;

    assert_int_equal(f->client->stall_ms, QDPI_QMP_STALL_MS);
    f->client->stall_ms = STALL_MS;
    poster_pile_up(f, QDPI_QMP_POSTED_MAX);
    deadline = qdpi_deadline_in(STALL_MS);
    assert_int_equal(poster_post(f, QDPI_QMP_POSTED_MAX), -ETIMEDOUT);
    assert_int_equal(qdpi_deadline_left_ms(&deadline), 0);
    assert_non_null(strstr(f->error.text, "it hangs or is stopped; let it go on"));

    // Two wait, one answer comes: one is served, and the other has waited for longer than the limit
    // since it began, but not since that answer.
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_room, &waiters[i]), 0);
    (void)usleep(STALL_MS * 1000 / 4);
    deadline = qdpi_deadline_in(STALL_MS);
    (void)snprintf(answer, sizeof answer, "{\"return\": \"\", \"id\": %llu}\r\n",
                   (unsigned long long)first);
    assert_true(fake_qmp_send(f->fake, answer, strlen(answer)));
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(qdpi_deadline_left_ms(&deadline), 0);
    assert_true((waiters[0].result == 0 && waiters[1].result == -ETIMEDOUT) ||
                (waiters[1].result == 0 && waiters[0].result == -ETIMEDOUT));
    fake_qmp_hang_up(f->fake);
    poster_await(f, &f->lost, 1);
    assert_int_equal(f->posted_when_lost, QDPI_QMP_POSTED_MAX + 1);
    assert_int_equal(f->disordered, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_back_pressure, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_room_of_a_command_given_up, poster_start,
                                        poster_tear_down),
        cmocka_unit_test_setup_teardown(test_urgent_before_backlog, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_groups, poster_start, poster_tear_down),
        cmocka_unit_test_setup_teardown(test_stall, poster_start, poster_tear_down),
    };
    return qdpi_run_group(tests);
}
