// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One QMP connection as its callers see it: open and close, requests and how they are waited for.

#include "qmp_client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "deadline.h"
#include "qmp_io.h"
#include "qmp_socket.h"

/** Microseconds of half a year; far enough from where a double is no longer exact. */
#define FIRST_ID_MAX (UINT64_C(1) << 44)

static void free_client(struct qdpi_qmp_client *client)
{
    qdpi_request_queue_free(&client->requests);
    qdpi_qmp_reader_free(&client->reader);
    pthread_cond_destroy(&client->progress);
    pthread_mutex_destroy(&client->mutex);
    if (client->wake_fd >= 0)
        close(client->wake_fd);
    close(client->fd);
    qdpi_qmp_output_free(&client->output);
    free(client->name);
    free(client);
}

/** Start the I/O thread with all signals blocked: the host program's handlers belong to its own
 *  threads. @return 0 or an errno. */
static int start_thread(struct qdpi_qmp_client *client)
{
    sigset_t all;
    sigset_t before;
    int result;

    sigfillset(&all);
    // A fault of the thread itself must stay a fault: a blocked SIGSEGV is undefined behaviour.
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_create(&client->thread, NULL, qdpi_qmp_io_thread, client);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

/** Ids begin where no other client's are: an answer that QEMU still owes the one before comes to
 * this one. */
static uint64_t first_id(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U) % FIRST_ID_MAX + 1;
}

/** From its first answer on, a client gets no others' answers: ids may begin anew, and be short,
 *  because QEMU takes 3 us to read a digit. */
static void shorten_ids(struct qdpi_qmp_client *client)
{
    pthread_mutex_lock(&client->mutex);
    // They ascend in the queue, where a callback may have put something.
    if (qdpi_request_queue_count(&client->requests) == 0)
        client->next_id = 1;
    pthread_mutex_unlock(&client->mutex);
}

int qdpi_qmp_adopt(int fd, const char *name, const struct timespec *answer_by,
                   const struct qdpi_qmp_callbacks *callbacks, struct qdpi_qmp_client **client_out,
                   struct qdpi_error *error)
{
    struct qdpi_qmp_client *client = calloc(1, sizeof *client);
    int result;

    *client_out = NULL;
    if (client == NULL) {
        close(fd);
        return qdpi_fail(error, -ENOMEM, "attach to %s: out of memory", name);
    }
    client->fd = fd;
    client->callbacks = *callbacks;
    client->next_id = first_id();
    client->drained_at = UINT64_MAX;
    client->stall_ms = QDPI_QMP_STALL_MS;
    client->name = strdup(name);
    client->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&client->mutex, NULL);
    qdpi_condition_init(&client->progress);
    qdpi_qmp_reader_init(&client->reader);
    if (client->name == NULL || client->wake_fd < 0) {
        free_client(client);
        return qdpi_fail(error, -ENOMEM, "attach to %s: out of memory or file descriptors", name);
    }
    result = qdpi_qmp_socket_await_greeting(fd, name, answer_by, &client->reader, error);
    if (result == 0) {
        const int reason = start_thread(client);

        if (reason != 0) {
            result = qdpi_fail(error, -EIO,
                               "start a thread for %s: %s; raise the limit on processes (ulimit "
                               "-u) or on address space (ulimit -v)",
                               name, strerror(reason));
        }
    }
    if (result != 0) {
        free_client(client);
        return result;
    }
    result = qdpi_qmp_execute(client, "qmp_capabilities", NULL, answer_by, NULL, error);
    if (result != 0) {
        qdpi_qmp_close(client);
        return result;
    }
    shorten_ids(client);
    *client_out = client;
    return 0;
}

int qdpi_qmp_connect(const char *path, const struct timespec *deadline,
                     const struct timespec *answer_by, const struct qdpi_qmp_callbacks *callbacks,
                     struct qdpi_qmp_client **client, struct qdpi_error *error)
{
    int fd = qdpi_qmp_socket_connect(path, deadline, error);

    *client = NULL;
    if (fd < 0)
        return fd;
    return qdpi_qmp_adopt(fd, path, answer_by, callbacks, client, error);
}

/** Whether the I/O thread sleeps. The caller wakes it then. Under the mutex. */
static bool must_wake(struct qdpi_qmp_client *client)
{
    const bool sleeping = client->sleeping;

    client->sleeping = false;
    return sleeping;
}

/** Make the I/O thread look at everything. */
static void wake(struct qdpi_qmp_client *client)
{
    const uint64_t one = 1;

    // Else it fails only when the counter is at its end: then the thread is awake anyway.
    while (write(client->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

/** Whether there is something to send, and nobody at it. Under the mutex. */
static bool must_send(struct qdpi_qmp_client *client)
{
    // What the socket would not take yet is in the I/O thread's hands, with all that follows.
    return client->sleeping && !qdpi_qmp_output_is_held_up(&client->output) &&
           qdpi_qmp_output_can_take(&client->requests);
}

/** See to it that what has been queued is sent, by this thread if it can be, which has to wait for
 *  the answer anyway. Under the mutex. */
static void send_queued(struct qdpi_qmp_client *client)
{
    if (!must_send(client))
        return;
    // What goes wrong here is in the I/O thread's hands, too: it meets it again, and ends the
    // connection.
    if ((qdpi_qmp_output_take(&client->output, &client->requests) != 0 ||
         qdpi_qmp_output_send(&client->output, client->fd) != 0 ||
         qdpi_qmp_output_is_held_up(&client->output)) &&
        must_wake(client))
        wake(client);
}

void qdpi_qmp_close(struct qdpi_qmp_client *client)
{
    struct qdpi_error left = {.text = ""};

    if (client == NULL)
        return;
    pthread_mutex_lock(&client->mutex);
    client->stopping = true;
    if (must_wake(client))
        wake(client);
    pthread_mutex_unlock(&client->mutex);
    pthread_join(client->thread, NULL);
    (void)qdpi_fail(&left, -ENOTCONN,
                    "%s was left before QEMU had taken this; wait with qdpi_fence() before you "
                    "close a bridge or attach it again",
                    client->name);
    qdpi_qmp_io_end_requests(client, &left);
    free_client(client);
}

/** Wait for the waiter's answer. Under the mutex. */
static void await_answer(struct qdpi_qmp_client *client, struct qdpi_waiter *waiter, uint64_t id,
                         const struct timespec *deadline, const char *command)
{
    while (!waiter->done) {
        if (pthread_cond_timedwait(&client->progress, &client->mutex, deadline) == ETIMEDOUT &&
            !waiter->done) {
            qdpi_request_queue_abandon(&client->requests, id);
            // Unsent, it is gone: there is room, and nothing left to drain, perhaps.
            pthread_cond_broadcast(&client->progress);
            waiter->result = qdpi_fail(&waiter->error, -ETIMEDOUT,
                                       "QEMU did not answer \"%s\" on %s in time: it hangs or is "
                                       "stopped, or the deadline is too short",
                                       command, client->name);
            return;
        }
    }
}

static int await(struct qdpi_qmp_client *client, const char *command, bool urgent,
                 json_t *arguments, const struct timespec *deadline, json_t **answer,
                 struct qdpi_error *error)
{
    struct qdpi_waiter waiter = {.done = false, .result = 0, .answer = NULL, .error = {.text = ""}};
    struct qdpi_request request = {.waiter = &waiter, .arguments = arguments, .urgent = urgent};
    int result;

    (void)snprintf(request.command, sizeof request.command, "%s", command);
    if (answer != NULL)
        *answer = NULL;
    pthread_mutex_lock(&client->mutex);
    request.id = client->next_id++;
    if (client->ended) {
        waiter.result = qdpi_fail(&waiter.error, -ENOTCONN, "%s", client->end_reason.text);
        json_decref(arguments);
    } else if (qdpi_request_queue_add(&client->requests, &request) != 0) {
        waiter.result = qdpi_fail(&waiter.error, -ENOMEM, "%s: out of memory", client->name);
        json_decref(arguments);
    } else {
        send_queued(client);
        await_answer(client, &waiter, request.id, deadline, command);
    }
    pthread_mutex_unlock(&client->mutex);
    result = waiter.result;
    if (result != 0)
        (void)qdpi_fail(error, result, "%s", waiter.error.text);
    if (answer != NULL && result == 0)
        *answer = waiter.answer;
    else
        json_decref(waiter.answer);
    return result;
}

int qdpi_qmp_execute(struct qdpi_qmp_client *client, const char *command, json_t *arguments,
                     const struct timespec *deadline, json_t **answer, struct qdpi_error *error)
{
    return await(client, command, false, arguments, deadline, answer, error);
}

int qdpi_qmp_ask(struct qdpi_qmp_client *client, const char *command, json_t *arguments,
                 const struct timespec *deadline, json_t **answer, struct qdpi_error *error)
{
    return await(client, command, true, arguments, deadline, answer, error);
}

int qdpi_qmp_human(struct qdpi_qmp_client *client, const char *command_line,
                   const struct timespec *deadline, char **output, struct qdpi_error *error)
{
    json_t *answer;
    const char *text;
    json_t *arguments = json_pack("{s:s}", "command-line", command_line);
    int result;

    *output = NULL;
    if (arguments == NULL)
        return qdpi_fail(error, -ENOMEM, "%s: out of memory", client->name);
    result = qdpi_qmp_ask(client, "human-monitor-command", arguments, deadline, &answer, error);
    if (result != 0)
        return result;
    text = json_string_value(answer);
    if (text != NULL)
        *output = strdup(text);
    json_decref(answer);
    if (text == NULL) {
        return qdpi_fail(error, -EPROTO, "%s: the answer to monitor command \"%s\" is no text",
                         client->name, command_line);
    }
    return *output == NULL ? qdpi_fail(error, -ENOMEM, "%s: out of memory", client->name) : 0;
}

static bool is_before(const struct timespec *moment, const struct timespec *other)
{
    return moment->tv_sec < other->tv_sec ||
           (moment->tv_sec == other->tv_sec && moment->tv_nsec < other->tv_nsec);
}

static bool has_room(const struct qdpi_qmp_client *client)
{
    return client->ended || qdpi_request_queue_count(&client->requests) < QDPI_QMP_POSTED_MAX;
}

/** Wait until fewer than QDPI_QMP_POSTED_MAX requests are queued. Under the mutex. */
static int await_room(struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    struct timespec since = qdpi_deadline_in(0);
    struct timespec give_up;

    while (!has_room(client)) {
        // A QEMU that answers is slow, not stopped, however many threads take the room it makes.
        if (is_before(&since, &client->last_answer))
            since = client->last_answer;
        give_up = qdpi_deadline_after(&since, client->stall_ms);
        if (qdpi_deadline_left_ms(&give_up) == 0) {
            return qdpi_fail(error, -ETIMEDOUT,
                             "%u requests wait for QEMU on %s, and it has taken none of them for "
                             "%u s: it hangs or is stopped; let it go on, or end it and attach "
                             "again",
                             QDPI_QMP_POSTED_MAX, client->name, client->stall_ms / 1000);
        }
        (void)pthread_cond_timedwait(&client->progress, &client->mutex, &give_up);
    }
    return 0;
}

/** Under the mutex. */
static int queue_all(struct qdpi_qmp_client *client, const struct qdpi_posting *postings,
                     size_t count, struct qdpi_error *error)
{
    if (client->ended)
        return qdpi_fail(error, -ENOTCONN, "%s", client->end_reason.text);
    if (qdpi_request_queue_reserve(&client->requests, postings[0].urgent, count) != 0)
        return qdpi_fail(error, -ENOMEM, "%s: out of memory", client->name);
    for (size_t i = 0; i < count; i++) {
        struct qdpi_request request = {.id = client->next_id++,
                                       .human = postings[i].human,
                                       .posted = true,
                                       .urgent = postings[i].urgent,
                                       .tag = postings[i].tag};

        memcpy(request.command, postings[i].command, sizeof request.command);
        (void)qdpi_request_queue_add(&client->requests, &request);
    }
    return 0;
}

int qdpi_qmp_post_all(struct qdpi_qmp_client *client, const struct qdpi_posting *postings,
                      size_t count, bool may_wait, struct qdpi_error *error)
{
    bool asleep;
    int result = 0;

    pthread_mutex_lock(&client->mutex);
    if (may_wait && !has_room(client))
        result = await_room(client, error);
    if (result == 0)
        result = queue_all(client, postings, count, error);
    asleep = result == 0 && must_send(client) && must_wake(client);
    pthread_mutex_unlock(&client->mutex);
    // Behind the mutex, which it takes at once.
    if (asleep)
        wake(client);
    return result;
}

int qdpi_qmp_post(struct qdpi_qmp_client *client, const char *command, unsigned tag)
{
    struct qdpi_posting posting = {.urgent = true, .tag = tag};

    (void)snprintf(posting.command, sizeof posting.command, "%s", command);
    return qdpi_qmp_post_all(client, &posting, 1, false, NULL);
}

int qdpi_qmp_drain(struct qdpi_qmp_client *client, const struct timespec *deadline,
                   struct qdpi_error *error)
{
    uint64_t last;
    int result = 0;

    pthread_mutex_lock(&client->mutex);
    last = client->next_id - 1;
    while (result == 0 && !client->ended && qdpi_request_queue_holds(&client->requests, last)) {
        if (last < client->drained_at)
            client->drained_at = last;
        if (pthread_cond_timedwait(&client->progress, &client->mutex, deadline) == ETIMEDOUT &&
            qdpi_request_queue_holds(&client->requests, last)) {
            result = qdpi_fail(error, -ETIMEDOUT,
                               "fence on %s: QEMU has not yet taken all that was posted; it hangs "
                               "or is stopped, or the deadline is too short",
                               client->name);
        }
    }
    if (result == 0 && client->ended)
        result = qdpi_fail(error, -ENOTCONN, "%s", client->end_reason.text);
    pthread_mutex_unlock(&client->mutex);
    return result;
}
