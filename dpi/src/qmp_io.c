// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The I/O thread of a QMP connection: the only one that touches the socket.

#include "qmp_io.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"

/** Requests sent and not yet answered. QEMU itself takes up to eight ahead of the one it executes;
 *  the rest waits here, where it can still be looked at, and not in the socket. */
#define WINDOW 8
#define RECEIVE_CHUNK 65536
/** Up to here a double holds every whole number. */
#define REAL_EXACT_MAX 9007199254740992.0

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
            return qdpi_fail(
                error, -ENOTCONN,
                "the connection to %s broke: %s; QEMU has ended or closed its monitor: "
                "attach again when it runs",
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

/** The id that an answer carries; 0, which no request has: none that could be ours. */
static uint64_t answered_id(const json_t *message)
{
    const json_t *id = json_object_get(message, "id");
    double real;

    if (json_is_integer(id) && json_integer_value(id) > 0)
        return (uint64_t)json_integer_value(id);
    // Where one number of a message is beyond 63 bits, the reader makes reals of all.
    real = json_real_value(id);
    if (real >= 1 && real <= REAL_EXACT_MAX && real - (double)(uint64_t)real == 0)
        return (uint64_t)real;
    return 0;
}

static int handle_answer(struct qdpi_qmp_client *client, json_t *message, struct qdpi_error *error)
{
    struct qdpi_error refusal = {.text = ""};
    struct qdpi_request request;
    int result;

    pthread_mutex_lock(&client->mutex);
    if (!qdpi_request_queue_answer(&client->requests, answered_id(message), &request)) {
        pthread_mutex_unlock(&client->mutex);
        // QEMU may have been at a command of the last client's when that one left. It carries out
        // one at a time, so this is over when it comes to ours.
        if (!client->negotiated)
            return 0;
        return qdpi_fail(error, -EPROTO,
                         "%s answered a request that was not made (or out of order); it is not a "
                         "QMP server that this library can trust: connect it to QEMU itself, with "
                         "nothing between that alters messages, and attach again",
                         client->name);
    }
    client->negotiated = true;
    client->last_answer = qdpi_deadline_in(0);
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
        // QEMU sends no events before the capabilities are negotiated. What comes all the same was
        // on its way when the last client left: between it and the next one others are missing.
        if (!client->negotiated)
            return 0;
        client->callbacks.event(client->callbacks.context, client, json_string_value(event),
                                json_object_get(message, "data"));
        return 0;
    }
    if (json_object_get(message, "return") != NULL || json_object_get(message, "error") != NULL)
        return handle_answer(client, message, error);
    return qdpi_fail(error, -EPROTO,
                     "%s sent a message that is neither event nor answer; check that the socket is "
                     "one of QEMU's -qmp, and attach again",
                     client->name);
}

/** Read what has arrived, up to a chunk of it, and handle the whole messages in it.
 *  @return how many bytes, or why the connection ends. */
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
                         "the connection to %s broke: %s; QEMU has ended or closed its monitor: "
                         "attach again when it runs",
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
    return (int)count;
}

/** What the peer said before it went: its last events must not be lost with it. No more than that:
 *  one that only hears no longer may talk on for ever. */
static void receive_rest(struct qdpi_qmp_client *client)
{
    struct qdpi_error end = {.text = ""};
    int waiting = 0;
    int received = 1;

    if (ioctl(client->fd, FIONREAD, &waiting) != 0)
        return;
    for (; waiting > 0 && received > 0; waiting -= received)
        received = receive_input(client, &end);
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
    result = 0;
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        result = receive_input(client, error);
    return result < 0 ? result : 0;
}

/** Fail everything that waits, and tell the owner. */
static void end_connection(struct qdpi_qmp_client *client, const struct qdpi_error *reason)
{
    struct qdpi_request request;

    // Whoever is still there must not go on writing to one who reads no longer: QEMU would keep its
    // events without bound.
    (void)shutdown(client->fd, SHUT_RDWR);
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

void *qdpi_qmp_io_thread(void *argument)
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
