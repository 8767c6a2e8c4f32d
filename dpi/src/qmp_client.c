// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One QMP connection: socket, I/O thread, request ids, events, deadlines.

#include "qmp_client.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "qmp_reader.h"
#include "qmp_socket.h"
#include "request_queue.h"

/** Requests sent and not yet answered. QEMU itself takes up to eight ahead of the one it executes;
 *  the rest waits here, where it can still be looked at, and not in the socket. */
#define WINDOW 8
#define RECEIVE_CHUNK 65536

struct qdpi_qmp_client {
    char *name;
    int fd;
    int wake_fd;
    pthread_t thread;
    struct qdpi_qmp_callbacks callbacks;
    struct qdpi_qmp_reader reader; /**< I/O thread only, once it runs */
    char *output;                  /**< I/O thread only: bytes on their way out */
    size_t output_length;
    size_t output_sent;

    pthread_mutex_t mutex;
    pthread_cond_t progress; /**< an answer came, room became free, or the connection ended */
    struct qdpi_request_queue requests;
    uint64_t next_id;
    uint64_t reporting; /**< id of an answered request whose owner is being told; 0: none */
    bool sleeping;      /**< the I/O thread is or will be in poll(): a new request must wake it */
    bool stopping;
    bool ended;
    struct qdpi_error end_reason;
};

/** Someone who waits for an answer: on the stack of qdpi_qmp_execute(), under the mutex. */
struct qdpi_waiter {
    bool done;
    int result;
    json_t *answer;
    struct qdpi_error error;
};

// ---- What the I/O thread does ------------------------------------------------------------------

/** Append the next requests to the output, as far as the window allows. Under the mutex. */
static int prepare_output(struct qdpi_qmp_client *client)
{
    struct qdpi_request *request;

    while (qdpi_request_queue_sent(&client->requests) < WINDOW &&
           (request = qdpi_request_queue_next_unsent(&client->requests)) != NULL) {
        char *text = qdpi_request_text(request);
        size_t length;
        char *output;

        if (text == NULL)
            return -ENOMEM;
        length = strlen(text);
        output = realloc(client->output, client->output_length + length);
        if (output == NULL) {
            free(text);
            return -ENOMEM;
        }
        memcpy(output + client->output_length, text, length);
        free(text);
        client->output = output;
        client->output_length += length;
        qdpi_request_queue_mark_sent(&client->requests);
    }
    return 0;
}

/** Send what fits into the socket. */
static int send_output(struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    while (client->output_sent < client->output_length) {
        ssize_t count =
            send(client->fd, client->output + client->output_sent,
                 client->output_length - client->output_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0) {
            if (errno == EINTR)
                continue;
            if (errno == EAGAIN)
                return 0;
            return qdpi_fail(error, -ENOTCONN,
                             "the connection to %s broke: %s; QEMU has ended: attach again when "
                             "it runs",
                             client->name, strerror(errno));
        }
        client->output_sent += (size_t)count;
    }
    client->output_sent = 0;
    client->output_length = 0;
    return 0;
}

static const char *error_description(const json_t *message)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(message, "error"), "desc"));
    return text != NULL ? text : "an error without description";
}

/** What the answer to `request` amounts to. */
static int judge_answer(const struct qdpi_request *request, const json_t *message,
                        struct qdpi_error *error)
{
    const json_t *value = json_object_get(message, "return");
    const char *output;

    if (value == NULL) {
        return qdpi_fail(error, -EIO, "QEMU refused \"%s\": %s", request->command,
                         error_description(message));
    }
    output = json_string_value(value);
    // The human monitor has no other way to refuse than to say something.
    if (request->human && output != NULL && output[0] != '\0') {
        return qdpi_fail(error, -EIO, "QEMU refused monitor command \"%s\": %.*s", request->command,
                         (int)strcspn(output, "\r\n"), output);
    }
    return 0;
}

static int handle_answer(struct qdpi_qmp_client *client, json_t *message, struct qdpi_error *error)
{
    const json_t *id = json_object_get(message, "id");
    struct qdpi_error refusal = {.text = ""};
    struct qdpi_request request;
    int result;

    pthread_mutex_lock(&client->mutex);
    if (!json_is_integer(id) ||
        !qdpi_request_queue_answer(&client->requests, (uint64_t)json_integer_value(id), &request)) {
        pthread_mutex_unlock(&client->mutex);
        return qdpi_fail(error, -EPROTO,
                         "%s answered a request that was not made (or out of order); it is not a "
                         "QMP server that this library can trust",
                         client->name);
    }
    result = judge_answer(&request, message, &refusal);
    if (request.waiter != NULL) {
        request.waiter->result = result;
        request.waiter->error = refusal;
        // Taken out, so that only the waiter's thread has it: the library counts references, but
        // does not order what two threads do with them.
        request.waiter->answer = json_incref(json_object_get(message, "return"));
        (void)json_object_del(message, "return");
        request.waiter->done = true;
    }
    client->reporting = request.posted ? request.id : 0;
    pthread_cond_broadcast(&client->progress);
    pthread_mutex_unlock(&client->mutex);
    if (request.posted) {
        client->callbacks.posted(client->callbacks.context, request.tag, result, refusal.text);
        pthread_mutex_lock(&client->mutex);
        client->reporting = 0;
        pthread_cond_broadcast(&client->progress);
        pthread_mutex_unlock(&client->mutex);
    }
    qdpi_request_free(&request);
    return 0;
}

static int handle_message(struct qdpi_qmp_client *client, json_t *message, struct qdpi_error *error)
{
    const json_t *event = json_object_get(message, "event");

    if (json_is_string(event)) {
        client->callbacks.event(client->callbacks.context, client, json_string_value(event),
                                json_object_get(message, "data"));
        return 0;
    }
    if (json_object_get(message, "return") != NULL || json_object_get(message, "error") != NULL)
        return handle_answer(client, message, error);
    return qdpi_fail(error, -EPROTO, "%s sent a message that is neither event nor answer",
                     client->name);
}

/** Read what has arrived and handle the whole messages in it. */
static int receive_input(struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    char bytes[RECEIVE_CHUNK];
    struct qdpi_error unreadable = {.text = ""};
    json_t *message;
    int result;
    ssize_t count = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (count < 0) {
        if (errno == EAGAIN || errno == EINTR)
            return 0;
        return qdpi_fail(error, -ENOTCONN,
                         "the connection to %s broke: %s; QEMU has ended: attach again when "
                         "it runs",
                         client->name, strerror(errno));
    }
    if (count == 0) {
        return qdpi_fail(error, -ENOTCONN,
                         "QEMU closed the connection to %s: it has ended, or another client took "
                         "the monitor; attach again when it runs",
                         client->name);
    }
    result = qdpi_qmp_reader_feed(&client->reader, bytes, (size_t)count, &unreadable);
    while (result >= 0 &&
           (result = qdpi_qmp_reader_next(&client->reader, &message, &unreadable)) > 0) {
        result = handle_message(client, message, error);
        json_decref(message);
        if (result < 0)
            return result;
    }
    if (result < 0)
        return qdpi_fail(error, result, "%s: %s", client->name, unreadable.text);
    return 0;
}

/** What the peer said before it went: its last events must not be lost with it. */
static void receive_rest(struct qdpi_qmp_client *client)
{
    struct pollfd rest = {.fd = client->fd, .events = POLLIN, .revents = 0};
    struct qdpi_error end = {.text = ""};

    while (poll(&rest, 1, 0) > 0 && receive_input(client, &end) == 0) {
    }
}

/** Messages that came in one piece with the greeting. */
static int handle_early_messages(struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    json_t *message;
    int result;

    while ((result = qdpi_qmp_reader_next(&client->reader, &message, error)) > 0) {
        result = handle_message(client, message, error);
        json_decref(message);
        if (result < 0)
            break;
    }
    return result;
}

/** One turn: send, sleep, receive. @return 0 or why the connection ends. */
static int turn(struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    struct pollfd fds[2] = {{.fd = client->fd, .events = POLLIN, .revents = 0},
                            {.fd = client->wake_fd, .events = POLLIN, .revents = 0}};
    uint64_t wakes;
    int result;

    pthread_mutex_lock(&client->mutex);
    if (client->stopping) {
        // Since is_stopping() looked; who stops does not wake a thread that does not sleep.
        pthread_mutex_unlock(&client->mutex);
        return 0;
    }
    result = prepare_output(client);
    client->sleeping = true;
    pthread_mutex_unlock(&client->mutex);
    if (result < 0)
        return qdpi_fail(error, result, "%s: out of memory", client->name);
    result = send_output(client, error);
    if (result < 0) {
        receive_rest(client);
        return result;
    }
    if (client->output_length > 0)
        fds[0].events |= POLLOUT;
    if (poll(fds, 2, -1) < 0 && errno != EINTR)
        return qdpi_fail(error, -EIO, "poll %s: %s", client->name, strerror(errno));
    pthread_mutex_lock(&client->mutex);
    client->sleeping = false;
    pthread_mutex_unlock(&client->mutex);
    if ((fds[1].revents & POLLIN) != 0 && read(client->wake_fd, &wakes, sizeof wakes) < 0 &&
        errno != EAGAIN)
        return qdpi_fail(error, -EIO, "wake the thread of %s: %s", client->name, strerror(errno));
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        return receive_input(client, error);
    return 0;
}

/** Fail everything that waits, and tell the owner. */
static void end_connection(struct qdpi_qmp_client *client, const struct qdpi_error *reason)
{
    struct qdpi_request request;

    pthread_mutex_lock(&client->mutex);
    client->ended = true;
    client->end_reason = *reason;
    while (qdpi_request_queue_drop(&client->requests, &request)) {
        if (request.waiter != NULL) {
            request.waiter->result = -ENOTCONN;
            request.waiter->error = *reason;
            request.waiter->done = true;
        }
        if (request.posted) {
            pthread_mutex_unlock(&client->mutex);
            client->callbacks.posted(client->callbacks.context, request.tag, -ENOTCONN,
                                     reason->text);
            pthread_mutex_lock(&client->mutex);
        }
        qdpi_request_free(&request);
    }
    pthread_cond_broadcast(&client->progress);
    pthread_mutex_unlock(&client->mutex);
    client->callbacks.lost(client->callbacks.context, reason->text);
}

static bool is_stopping(struct qdpi_qmp_client *client)
{
    bool stopping;

    pthread_mutex_lock(&client->mutex);
    stopping = client->stopping;
    pthread_mutex_unlock(&client->mutex);
    return stopping;
}

static void *io_thread(void *argument)
{
    struct qdpi_qmp_client *client = argument;
    struct qdpi_error reason = {.text = ""};
    int result = handle_early_messages(client, &reason);

    while (result >= 0 && !is_stopping(client))
        result = turn(client, &reason);
    if (result < 0)
        end_connection(client, &reason);
    return NULL;
}

// ---- What callers do ---------------------------------------------------------------------------

static void free_client(struct qdpi_qmp_client *client)
{
    qdpi_request_queue_free(&client->requests);
    qdpi_qmp_reader_free(&client->reader);
    pthread_cond_destroy(&client->progress);
    pthread_mutex_destroy(&client->mutex);
    if (client->wake_fd >= 0)
        close(client->wake_fd);
    close(client->fd);
    free(client->output);
    free(client->name);
    free(client);
}

/** Start the I/O thread with all signals blocked: the host program's handlers belong to its own
 *  threads. */
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
    result = pthread_create(&client->thread, NULL, io_thread, client);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -result;
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
    client->next_id = 1;
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
        result = start_thread(client);
        if (result != 0)
            (void)qdpi_fail(error, result, "start a thread for %s: %s", name, strerror(-result));
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

/** Make the I/O thread look at the queue. Under the mutex. */
static void wake(struct qdpi_qmp_client *client)
{
    const uint64_t one = 1;

    if (!client->sleeping)
        return;
    client->sleeping = false;
    // Fails only when the counter is at its end: then the thread is awake anyway.
    if (write(client->wake_fd, &one, sizeof one) < 0)
        return;
}

void qdpi_qmp_close(struct qdpi_qmp_client *client)
{
    if (client == NULL)
        return;
    pthread_mutex_lock(&client->mutex);
    client->stopping = true;
    wake(client);
    pthread_mutex_unlock(&client->mutex);
    pthread_join(client->thread, NULL);
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
            waiter->result = qdpi_fail(&waiter->error, -ETIMEDOUT,
                                       "QEMU did not answer \"%s\" on %s in time: it hangs or is "
                                       "stopped, or the deadline is too short",
                                       command, client->name);
            return;
        }
    }
}

int qdpi_qmp_execute(struct qdpi_qmp_client *client, const char *command, json_t *arguments,
                     const struct timespec *deadline, json_t **answer, struct qdpi_error *error)
{
    struct qdpi_waiter waiter = {.done = false, .result = 0, .answer = NULL, .error = {.text = ""}};
    struct qdpi_request request = {.waiter = &waiter, .arguments = arguments};
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
        wake(client);
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

int qdpi_qmp_human(struct qdpi_qmp_client *client, const char *command_line,
                   const struct timespec *deadline, char **output, struct qdpi_error *error)
{
    json_t *answer;
    const char *text;
    json_t *arguments = json_pack("{s:s}", "command-line", command_line);
    int result;

    *output = NULL;
    result = qdpi_qmp_execute(client, "human-monitor-command", arguments, deadline, &answer, error);
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

int qdpi_qmp_post(struct qdpi_qmp_client *client, const char *command, bool human, unsigned tag,
                  bool may_wait)
{
    struct qdpi_request request = {.human = human, .posted = true, .tag = tag};
    int result = 0;

    (void)snprintf(request.command, sizeof request.command, "%s", command);
    pthread_mutex_lock(&client->mutex);
    while (!client->ended && may_wait &&
           qdpi_request_queue_count(&client->requests) >= QDPI_QMP_POSTED_MAX)
        pthread_cond_wait(&client->progress, &client->mutex);
    request.id = client->next_id++;
    if (client->ended)
        result = -ENOTCONN;
    else if (qdpi_request_queue_add(&client->requests, &request) != 0)
        result = -ENOMEM;
    else
        wake(client);
    pthread_mutex_unlock(&client->mutex);
    return result;
}

/** Whether a request up to `last` is unanswered, or its owner has not heard of the answer. Under
 *  the mutex. */
static bool is_under_way(const struct qdpi_qmp_client *client, uint64_t last)
{
    return qdpi_request_queue_holds(&client->requests, last) ||
           (client->reporting != 0 && client->reporting <= last);
}

int qdpi_qmp_drain(struct qdpi_qmp_client *client, const struct timespec *deadline,
                   struct qdpi_error *error)
{
    uint64_t last;
    int result = 0;

    pthread_mutex_lock(&client->mutex);
    last = client->next_id - 1;
    while (result == 0 && !client->ended && is_under_way(client, last)) {
        if (pthread_cond_timedwait(&client->progress, &client->mutex, deadline) == ETIMEDOUT &&
            is_under_way(client, last)) {
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
