// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The QMP client's posted requests: order, draining, back-pressure, and the end of the connection.

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "await_queued.h"
#include "deadline.h"
#include "fake_qmp.h"
#include "qdpi_cmocka.h"
#include "qmp_client.h"
#include "qmp_io.h"

#define PATIENCE_MS 30000U
#define SHORT_MS 20U
#define STALL_MS 1000U
#define URGENT_TAG UINT_MAX

struct fixture {
    struct fake_qmp *fake;
    struct qdpi_qmp_client *client;
    struct qdpi_error error;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t events;
    size_t posted;
    size_t refused;
    size_t ended; /**< by the end of the connection */
    size_t urgent;
    size_t posted_before_urgent;
    size_t disordered; /**< posted requests whose tag was not one more than that before */
    size_t lost;
    size_t posted_when_lost;
    size_t event_to_post_from; /**< number of the event in which a request is posted; 0: none */
    bool block_events;         /**< the I/O thread waits for `go_on` in the first event */
    bool block_posted;         /**< or in the first end of a posted request */
    sem_t go_on;
};

static void on_event(void *context, struct qdpi_qmp_client *client, const char *name,
                     const json_t *data)
{
    struct fixture *f = context;
    bool blocks;

    (void)name;
    (void)data;
    pthread_mutex_lock(&f->mutex);
    f->events++;
    blocks = f->block_events && f->events == 1;
    if (f->events == f->event_to_post_from && qdpi_qmp_post(client, "stop", 0) != 0)
        f->disordered++;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->mutex);
    if (blocks)
        (void)sem_wait(&f->go_on);
}

static void on_posted(void *context, unsigned tag, int result, const char *sentence)
{
    struct fixture *f = context;
    bool blocks;

    pthread_mutex_lock(&f->mutex);
    if (tag == URGENT_TAG) {
        f->urgent++;
        f->posted_before_urgent = f->urgent == 1 ? f->posted : f->posted_before_urgent;
        pthread_mutex_unlock(&f->mutex);
        return;
    }
    if (tag != f->posted || (result != 0) != (sentence[0] != '\0'))
        f->disordered++;
    f->posted++;
    blocks = f->block_posted && f->posted == 1;
    f->refused += result == -EIO ? 1 : 0;
    f->ended += result == -ENOTCONN ? 1 : 0;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->mutex);
    if (blocks)
        (void)sem_wait(&f->go_on);
    pthread_mutex_lock(&f->mutex);
    f->block_posted = false;
    pthread_mutex_unlock(&f->mutex);
}

static void on_lost(void *context, const char *sentence)
{
    struct fixture *f = context;

    (void)sentence;
    pthread_mutex_lock(&f->mutex);
    f->lost++;
    f->posted_when_lost = f->posted;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->mutex);
}

static void await(struct fixture *f, const size_t *what, size_t least)
{
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);
    int result = 0;
    bool reached;

    pthread_mutex_lock(&f->mutex);
    while (*what < least && result == 0)
        result = pthread_cond_timedwait(&f->changed, &f->mutex, &deadline);
    reached = *what >= least;
    pthread_mutex_unlock(&f->mutex);
    assert_true(reached);
}

static bool attach(struct fixture *f)
{
    const struct qdpi_qmp_callbacks callbacks = {
        .context = f, .event = on_event, .posted = on_posted, .lost = on_lost};
    const struct timespec answer_by = qdpi_deadline_in(PATIENCE_MS);
    int fd;

    f->fake = fake_qmp_pair(&fd);
    if (f->fake == NULL)
        return false;
    fake_qmp_set_string(f->fake, "hmp:", "");
    fake_qmp_set(f->fake, "stop", FAKE_QMP_ANSWER, NULL);
    fake_qmp_greet(f->fake, FAKE_QMP_GREETING);
    return qdpi_qmp_adopt(fd, "fake", &answer_by, &callbacks, &f->client, &f->error) == 0;
}

static int start(void **state)
{
    static struct fixture f;

    memset(&f, 0, sizeof f);
    pthread_mutex_init(&f.mutex, NULL);
    qdpi_condition_init(&f.changed);
    (void)sem_init(&f.go_on, 0, 0);
    *state = &f;
    return attach(&f) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    (void)sem_post(&f->go_on);
    qdpi_qmp_close(f->client);
    fake_qmp_stop(f->fake);
    (void)sem_destroy(&f->go_on);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->mutex);
    return 0;
}

/** Post "o NUMBER" with its number as tag. Any thread. */
static int post_number(struct fixture *f, size_t number, struct qdpi_error *error)
{
    struct qdpi_posting posting = {.human = true, .tag = (unsigned)number};

    (void)snprintf(posting.command, sizeof posting.command, "o %zu", number);
    return qdpi_qmp_post_all(f->client, &posting, 1, true, error);
}

static int post(struct fixture *f, size_t number)
{
    f->error.text[0] = '\0';
    return post_number(f, number, &f->error);
}

/** Post so many that QEMU does not answer. */
static void pile_up(struct fixture *f, size_t count)
{
    fake_qmp_set(f->fake, "hmp:o ", FAKE_QMP_SILENT, NULL);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(post(f, i), 0);
}

static int drain(struct fixture *f, unsigned timeout_ms)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);

    f->error.text[0] = '\0';
    return qdpi_qmp_drain(f->client, &deadline, &f->error);
}

/// Many more than QEMU takes at once arrive in order, none merged, none lost; a drain returns when
/// the last has been reported; what the monitor prints counts as refusal.
static void test_order_and_drain(void **state)
{
    enum { COUNT = 5000 };
    struct fixture *f = *state;

    fake_qmp_set_string(f->fake, "hmp:o 7", "bad port\r\n");  // 7, 70 to 79, 700 to 799
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(post(f, i), 0);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
    assert_int_equal(f->posted, 1000);
    assert_int_equal(f->refused, 111);
    for (size_t i = 1000; i < COUNT; i++)
        assert_int_equal(post(f, i), 0);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
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
    struct fixture *f = *state;

    f->block_posted = true;
    assert_int_equal(post(f, 0), 0);
    await(f, &f->posted, 1);
    assert_int_equal(drain(f, SHORT_MS), -ETIMEDOUT);
    (void)sem_post(&f->go_on);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
}

/// A drain waits only for what was posted before it, ends at its deadline with a sentence, and does
/// nothing to what is queued.
static void test_drain_times_out(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(drain(f, 0), 0);
    pile_up(f, 20);
    assert_int_equal(drain(f, 0), -ETIMEDOUT);
    assert_int_equal(drain(f, SHORT_MS), -ETIMEDOUT);
    assert_non_null(strstr(f->error.text, "has not yet taken all"));
    assert_int_equal(f->posted, 0);
    fake_qmp_release(f->fake);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
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
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);

    drain->result = qdpi_qmp_drain(drain->client, &deadline, NULL);
    drain->left_ms = qdpi_deadline_left_ms(&deadline);
    return NULL;
}

/** Wait until somebody drains, and no later request. */
static bool await_drain(struct fixture *f, uint64_t last)
{
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);
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
    struct fixture *f = *state;
    struct drain earlier = {.client = f->client};
    pthread_t drainer;

    fake_qmp_set(f->fake, "hmp:o 0", FAKE_QMP_SILENT, NULL);
    fake_qmp_set(f->fake, "hmp:o 1", FAKE_QMP_RAW, NULL);
    assert_int_equal(post(f, 0), 0);
    assert_int_equal(pthread_create(&drainer, NULL, drain_patiently, &earlier), 0);
    assert_true(await_drain(f, f->client->next_id - 1));
    assert_int_equal(post(f, 1), 0);
    assert_int_equal(drain(f, SHORT_MS), -ETIMEDOUT);
    fake_qmp_release(f->fake);
    assert_int_equal(pthread_join(drainer, NULL), 0);
    assert_int_equal(earlier.result, 0);
    assert_true(earlier.left_ms > 0);
    assert_int_equal(f->posted, 1);
}

/// An awaited request goes behind the posted ones, and a callback may post.
static void test_one_queue_for_all(void **state)
{
    struct fixture *f = *state;
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);
    char key[32];

    for (size_t i = 0; i < 30; i++)
        assert_int_equal(post(f, i), 0);
    assert_int_equal(qdpi_qmp_execute(f->client, "stop", NULL, &deadline, NULL, NULL), 0);
    assert_int_equal(f->posted, 30);
    assert_true(fake_qmp_nth(f->fake, "", 31, key, sizeof key));  // 0 is qmp_capabilities
    assert_string_equal(key, "stop");
    f->event_to_post_from = 1;
    f->posted = 0;
    assert_true(fake_qmp_event(f->fake, "ANY", NULL));
    await(f, &f->posted, 1);
    assert_int_equal(fake_qmp_count(f->fake, "stop"), 2);
    assert_int_equal(f->disordered, 0);
}

static void *post_one_more(void *argument)
{
    struct fixture *f = argument;

    return post_number(f, QDPI_QMP_POSTED_MAX, NULL) == 0 ? f : NULL;
}

/// When QDPI_QMP_POSTED_MAX are queued, a poster waits for room, and takes the next place as soon
/// as there is some, not when it would have given up.
static void test_back_pressure(void **state)
{
    struct fixture *f = *state;
    struct timespec give_up;
    pthread_t poster;
    void *result;

    f->client->stall_ms = PATIENCE_MS;
    // The last one is never answered: when all is done, all are woken.
    fake_qmp_set(f->fake, "hmp:o 65535", FAKE_QMP_RAW, NULL);
    pile_up(f, QDPI_QMP_POSTED_MAX);
    give_up = qdpi_deadline_in(PATIENCE_MS);
    assert_int_equal(pthread_create(&poster, NULL, post_one_more, f), 0);
    (void)usleep(SHORT_MS * 1000);
    qdpi_await_queued(f->client, QDPI_QMP_POSTED_MAX, PATIENCE_MS);
    fake_qmp_release(f->fake);
    assert_int_equal(pthread_join(poster, &result), 0);
    assert_ptr_equal(result, f);
    assert_true(qdpi_deadline_left_ms(&give_up) > 0);
    await(f, &f->posted, QDPI_QMP_POSTED_MAX - 1);
    qdpi_qmp_close(f->client);
    f->client = NULL;
    assert_int_equal(f->posted, QDPI_QMP_POSTED_MAX + 1);
    assert_int_equal(f->disordered, 0);
}

static void *execute_in_vain(void *argument)
{
    struct fixture *f = argument;
    const struct timespec deadline = qdpi_deadline_in(10 * SHORT_MS);

    return qdpi_qmp_execute(f->client, "stop", NULL, &deadline, NULL, NULL) == -ETIMEDOUT ? f
                                                                                          : NULL;
}

/// Room is also what a command leaves that was not sent when its caller gave up.
static void test_room_of_a_command_given_up(void **state)
{
    struct fixture *f = *state;
    struct timespec give_up;
    pthread_t caller;
    void *result;

    f->client->stall_ms = PATIENCE_MS;
    pile_up(f, QDPI_QMP_POSTED_MAX - 1);
    assert_int_equal(pthread_create(&caller, NULL, execute_in_vain, f), 0);
    // The last place is the command's by now.
    (void)usleep(SHORT_MS * 1000);
    give_up = qdpi_deadline_in(PATIENCE_MS);
    assert_int_equal(post(f, QDPI_QMP_POSTED_MAX - 1), 0);
    assert_true(qdpi_deadline_left_ms(&give_up) > 0);
    assert_int_equal(pthread_join(caller, &result), 0);
    assert_ptr_equal(result, f);
    fake_qmp_release(f->fake);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
    assert_int_equal(f->posted, QDPI_QMP_POSTED_MAX);
    assert_int_equal(fake_qmp_count(f->fake, "stop"), 0);
    assert_int_equal(f->disordered, 0);
}

static void *ask(void *argument)
{
    struct fixture *f = argument;
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);

    return qdpi_qmp_ask(f->client, "query-memdev", NULL, &deadline, NULL, NULL) == 0 ? f : NULL;
}

/// However much has been posted, and though there is no room for more: what is urgent, posted or
/// asked, waits for no more than what has been sent, and a drain waits for it too.
static void test_urgent_before_backlog(void **state)
{
    enum { SENT = 8 };
    struct fixture *f = *state;
    pthread_t asker;
    void *result;
    char key[64];
    unsigned urgent = 0;

    fake_qmp_set(f->fake, "query-memdev", FAKE_QMP_ANSWER, NULL);
    pile_up(f, QDPI_QMP_POSTED_MAX);
    assert_int_equal(qdpi_qmp_post(f->client, "stop", URGENT_TAG), 0);
    assert_int_equal(pthread_create(&asker, NULL, ask, f), 0);
    assert_int_equal(drain(f, SHORT_MS), -ETIMEDOUT);
    qdpi_await_queued(f->client, QDPI_QMP_POSTED_MAX + 2, PATIENCE_MS);
    fake_qmp_release(f->fake);
    assert_int_equal(pthread_join(asker, &result), 0);
    assert_ptr_equal(result, f);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
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
    assert_int_equal(qdpi_qmp_post(f->client, "stop", URGENT_TAG), 0);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
    assert_int_equal(f->urgent, 2);
}

/// What is still queued when the client is closed is told to its owner.
static void test_close_with_a_backlog(void **state)
{
    enum { COUNT = 100 };
    struct fixture *f = *state;

    pile_up(f, COUNT);
    qdpi_qmp_close(f->client);
    f->client = NULL;
    assert_int_equal(f->posted, COUNT);
    assert_int_equal(f->ended, COUNT);
    assert_int_equal(f->disordered, 0);
    assert_int_equal(f->lost, 0);
}

/// A group is queued whole, with nothing between its parts, even beyond the limit that others wait
/// at.
static void test_groups(void **state)
{
    enum { GROUPS = 500, PARTS = 3 };
    struct fixture *f = *state;
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
        assert_int_equal(post(f, i), 0);
    for (size_t j = 0; j < PARTS; j++)
        group[j].tag = (unsigned)(QDPI_QMP_POSTED_MAX - 1 + j);
    assert_int_equal(qdpi_qmp_post_all(f->client, group, PARTS, true, &f->error), 0);
    fake_qmp_release(f->fake);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
    assert_int_equal(f->posted, QDPI_QMP_POSTED_MAX + 2);
    assert_int_equal(f->disordered, 0);
}

struct waiter {
    struct fixture *f;
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
    struct fixture *f = *state;
    const uint64_t first = f->client->next_id % 9 + 1;  // as it is sent
    char answer[64];
    struct waiter waiters[2] = {{.f = f}, {.f = f}};
    pthread_t threads[2];
    struct timespec deadline;

    assert_int_equal(f->client->stall_ms, QDPI_QMP_STALL_MS);
    f->client->stall_ms = STALL_MS;
    pile_up(f, QDPI_QMP_POSTED_MAX);
    deadline = qdpi_deadline_in(STALL_MS);
    assert_int_equal(post(f, QDPI_QMP_POSTED_MAX), -ETIMEDOUT);
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
    await(f, &f->lost, 1);
    assert_int_equal(f->posted_when_lost, QDPI_QMP_POSTED_MAX + 1);
    assert_int_equal(f->disordered, 0);
}

/// A command whose caller has given up is not sent any more, if it was not sent before, and does
/// not keep a drain waiting.
static void test_given_up_before_sent(void **state)
{
    struct fixture *f = *state;
    const struct timespec deadline = qdpi_deadline_in(SHORT_MS);

    pile_up(f, 30);
    assert_int_equal(qdpi_qmp_execute(f->client, "stop", NULL, &deadline, NULL, NULL), -ETIMEDOUT);
    fake_qmp_release(f->fake);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
    assert_int_equal(f->posted, 30);
    assert_int_equal(post(f, 30), 0);
    assert_int_equal(drain(f, PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(f->fake, "stop"), 0);
    assert_int_equal(f->disordered, 0);
}

static void *execute_one(void *argument)
{
    struct fixture *f = argument;
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);

    return qdpi_qmp_execute(f->client, "stop", NULL, &deadline, NULL, NULL) == -ENOTCONN ? f : NULL;
}

static void *drain_one(void *argument)
{
    struct fixture *f = argument;
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);

    return qdpi_qmp_drain(f->client, &deadline, NULL) == -ENOTCONN ? f : NULL;
}

static void *post_in_vain(void *argument)
{
    struct fixture *f = argument;

    return post_number(f, QDPI_QMP_POSTED_MAX, NULL) == -ENOTCONN ? f : NULL;
}

/// When the peer goes, everybody who waits is told, every posted request is reported, and only then
/// comes the word of the loss.
static void test_end_releases_everybody(void **state)
{
    void *(*const bodies[])(void *) = {execute_one, drain_one, post_in_vain};
    struct fixture *f = *state;
    pthread_t threads[3];

    fake_qmp_set(f->fake, "stop", FAKE_QMP_SILENT, NULL);
    pile_up(f, QDPI_QMP_POSTED_MAX);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, bodies[i], f), 0);
    fake_qmp_hang_up(f->fake);
    for (size_t i = 0; i < 3; i++) {
        void *result;

        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, f);
    }
    await(f, &f->lost, 1);
    assert_int_equal(f->posted_when_lost, QDPI_QMP_POSTED_MAX);
    assert_int_equal(f->disordered, 0);
    assert_int_equal(f->refused, 0);
    assert_int_equal(post(f, 0), -ENOTCONN);
    assert_int_equal(drain(f, PATIENCE_MS), -ENOTCONN);
}

/// What the peer said before it went is heard, even if the news of its going comes from a send: the
/// last doorbells and the word of the shutdown are in there.
static void test_last_words(void **state)
{
    enum { EVENTS = 1000 };
    struct fixture *f = *state;
    char goodbye[] = "{\"event\": \"SHUTDOWN\"}\r\n";

    f->block_events = true;
    pile_up(f, 30);
    assert_true(fake_qmp_await(f->fake, "hmp:o ", 8));
    // Answers to the first requests make the client send the next, into a closed connection.
    assert_true(fake_qmp_event(f->fake, "FIRST", NULL));
    await(f, &f->events, 1);
    fake_qmp_release(f->fake);
    assert_true(fake_qmp_doorbells(f->fake, 0, EVENTS));
    assert_true(fake_qmp_send(f->fake, goodbye, sizeof goodbye - 1));
    fake_qmp_hang_up(f->fake);
    assert_true(fake_qmp_await_gone(f->fake));
    (void)sem_post(&f->go_on);
    await(f, &f->lost, 1);
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
    struct fixture *f = *state;

    for (unsigned i = 0; i < 400; i++) {
        pthread_t chatterer;

        f->posted = 0;
        f->events = 0;
        assert_int_equal(pthread_create(&chatterer, NULL, chatter, f->fake), 0);
        for (size_t j = 0; j < i % 11; j++)
            assert_int_equal(post(f, j), 0);
        await(f, &f->events, 1 + i % 7);
        qdpi_qmp_close(f->client);
        f->client = NULL;
        assert_int_equal(pthread_join(chatterer, NULL), 0);
        fake_qmp_stop(f->fake);
        assert_true(attach(f));
    }
    assert_int_equal(f->lost, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_drain, start, tear_down),
        cmocka_unit_test_setup_teardown(test_drain_waits_for_the_report, start, tear_down),
        cmocka_unit_test_setup_teardown(test_drain_times_out, start, tear_down),
        cmocka_unit_test_setup_teardown(test_two_drains, start, tear_down),
        cmocka_unit_test_setup_teardown(test_one_queue_for_all, start, tear_down),
        cmocka_unit_test_setup_teardown(test_back_pressure, start, tear_down),
        cmocka_unit_test_setup_teardown(test_room_of_a_command_given_up, start, tear_down),
        cmocka_unit_test_setup_teardown(test_urgent_before_backlog, start, tear_down),
        cmocka_unit_test_setup_teardown(test_close_with_a_backlog, start, tear_down),
        cmocka_unit_test_setup_teardown(test_groups, start, tear_down),
        cmocka_unit_test_setup_teardown(test_stall, start, tear_down),
        cmocka_unit_test_setup_teardown(test_given_up_before_sent, start, tear_down),
        cmocka_unit_test_setup_teardown(test_end_releases_everybody, start, tear_down),
        cmocka_unit_test_setup_teardown(test_last_words, start, tear_down),
        cmocka_unit_test_setup_teardown(test_close_at_any_moment, start, tear_down),
    };
    return qdpi_run_group(tests);
}
