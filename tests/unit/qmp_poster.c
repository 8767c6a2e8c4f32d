// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the client's callbacks write down, and the calls that most tests make.

#include "qmp_poster.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "deadline.h"
#include "qdpi_cmocka.h"

static void on_event(void *context, struct qdpi_qmp_client *client, const char *name,
                     const json_t *data)
{
    struct poster *f = context;
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
    struct poster *f = context;
    bool blocks;

    pthread_mutex_lock(&f->mutex);
    if (tag == POSTER_URGENT_TAG) {
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
    struct poster *f = context;

    (void)sentence;
    pthread_mutex_lock(&f->mutex);
    f->lost++;
    f->posted_when_lost = f->posted;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->mutex);
}

void poster_await(struct poster *f, const size_t *what, size_t least)
{
    const struct timespec deadline = qdpi_deadline_in(POSTER_PATIENCE_MS);
    int result = 0;
    bool reached;

    pthread_mutex_lock(&f->mutex);
    while (*what < least && result == 0)
        result = pthread_cond_timedwait(&f->changed, &f->mutex, &deadline);
    reached = *what >= least;
    pthread_mutex_unlock(&f->mutex);
    assert_true(reached);
}

bool poster_attach(struct poster *f)
{
    const struct qdpi_qmp_callbacks callbacks = {
        .context = f, .event = on_event, .posted = on_posted, .lost = on_lost};
    const struct timespec answer_by = qdpi_deadline_in(POSTER_PATIENCE_MS);
    int fd;

    f->fake = fake_qmp_pair(&fd);
    if (f->fake == NULL)
        return false;
    fake_qmp_set_string(f->fake, "hmp:", "");
    fake_qmp_set(f->fake, "stop", FAKE_QMP_ANSWER, NULL);
    fake_qmp_greet(f->fake, FAKE_QMP_GREETING);
    return qdpi_qmp_adopt(fd, "fake", &answer_by, &callbacks, &f->client, &f->error) == 0;
}

int poster_start(void **state)
{
    static struct poster f;

    memset(&f, 0, sizeof f);
    pthread_mutex_init(&f.mutex, NULL);
    qdpi_condition_init(&f.changed);
    (void)sem_init(&f.go_on, 0, 0);
    *state = &f;
    return poster_attach(&f) ? 0 : -1;
}

int poster_tear_down(void **state)
{
    struct poster *f = *state;

    (void)sem_post(&f->go_on);
    qdpi_qmp_close(f->client);
    fake_qmp_stop(f->fake);
    (void)sem_destroy(&f->go_on);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->mutex);
    return 0;
}

int poster_post_number(struct poster *f, size_t number, struct qdpi_error *error)
{
    struct qdpi_posting posting = {.human = true, .tag = (unsigned)number};

    (void)snprintf(posting.command, sizeof posting.command, "o %zu", number);
    return qdpi_qmp_post_all(f->client, &posting, 1, true, error);
}

int poster_post(struct poster *f, size_t number)
{
    f->error.text[0] = '\0';
    return poster_post_number(f, number, &f->error);
}

void poster_pile_up(struct poster *f, size_t count)
{
    fake_qmp_set(f->fake, "hmp:o ", FAKE_QMP_SILENT, NULL);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(poster_post(f, i), 0);
}

int poster_drain(struct poster *f, unsigned timeout_ms)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);

    f->error.text[0] = '\0';
    return qdpi_qmp_drain(f->client, &deadline, &f->error);
}
