// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The I/O thread of a QMP connection: the only one that reads from the socket.

#include "qmp_io.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "short_slices.h"

#define RECEIVE_CHUNK 65536
/** More than any id has; they fit into 64 bits, with a bracket behind them. */
#define ID_DIGITS_MAX 19
/** Up to here a double holds every whole number. */
#define REAL_EXACT_MAX 9007199254740992.0

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

/** The first request is done with: take it out, give the mutex back, and wake those who waited for
 *  that: behind the mutex, or they would have to wait for it. */
static void finish_first(struct qdpi_qmp_client *client)
{
    struct qdpi_request request;
    bool awaited;

    (void)qdpi_request_queue_drop(&client->requests, &request);
    // Waking who would only look and sleep again costs more than all of this.
    awaited = request.waiter != NULL ||
              !qdpi_request_queue_holds(&client->requests, client->drained_at) ||
              qdpi_request_queue_count(&client->requests) == QDPI_QMP_POSTED_MAX - 1;
    if (awaited)
        client->drained_at = UINT64_MAX;
    pthread_mutex_unlock(&client->mutex);
    if (awaited)
        pthread_cond_broadcast(&client->progress);
    qdpi_request_free(&request);
}

/** Tell the owner of the first request, which is posted, and only then let a drain go on. */
static void finish_posted(struct qdpi_qmp_client *client, unsigned tag, int result,
                          const char *sentence)
{
    client->callbacks.posted(client->callbacks.context, tag, result, sentence);
    pthread_mutex_lock(&client->mutex);
    finish_first(client);
}

static int not_made(const struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    // QEMU may have been at a command of the last client's when that one left. It carries out one
    // at a time, so this is over when it comes to ours.
    if (!client->negotiated)
        return 0;
    return qdpi_fail(error, -EPROTO,
                     "%s answered a request that was not made (or out of order); it is not a "
                     "QMP server that this library can trust: connect it to QEMU itself, with "
                     "nothing between that alters messages, and attach again",
                     client->name);
}

static int handle_answer(struct qdpi_qmp_client *client, json_t *message, struct qdpi_error *error)
{
    struct qdpi_error refusal;
    const struct qdpi_request *request;
    unsigned tag;
    int result;

    refusal.text[0] = '\0';
    pthread_mutex_lock(&client->mutex);
    request = qdpi_request_queue_answered(&client->requests, answered_id(message));
    if (request == NULL) {
        pthread_mutex_unlock(&client->mutex);
        return not_made(client, error);
    }
    client->negotiated = true;
    client->last_answer = qdpi_deadline_in(0);
    result = judge_answer(request, message, &refusal);
    if (request->posted) {
        tag = request->tag;
        pthread_mutex_unlock(&client->mutex);
        finish_posted(client, tag, result, refusal.text);
        return 0;
    }
    if (request->waiter != NULL) {
        request->waiter->result = result;
        request->waiter->error = refusal;
        // Taken out, so that only the waiter's thread has it: the library counts references, but
        // does not order what two threads do with them.
        request->waiter->answer = json_incref(json_object_get(message, "return"));
        (void)json_object_del(message, "return");
        request->waiter->done = true;
    }
    finish_first(client);
    return 0;
}

/** The id of an answer that says only that something was done, in QEMU's own words; else 0. */
static uint64_t plain_answer_id(const char *text, size_t count)
{
    static const char *const beginnings[] = {"{\"return\": \"\", \"id\": ",
                                             "{\"return\": {}, \"id\": "};
    const size_t length = strlen(beginnings[0]);
    uint64_t id = 0;

    if (count <= length || count > length + ID_DIGITS_MAX || text[count - 1] != '}' ||
        (memcmp(text, beginnings[0], length) != 0 && memcmp(text, beginnings[1], length) != 0))
        return 0;
    for (size_t i = length; i < count - 1; i++) {
        // No number begins with a zero, and no id is one.
        if (text[i] < '0' || text[i] > '9' || (id == 0 && text[i] == '0'))
            return 0;
        id = id * 10 + (uint64_t)(text[i] - '0');
    }
    return id;
}

/** The usual answer to a posted request, without the JSON library, which takes ten times as long.
 *  @return false: it is none. */
static bool handle_plain_answer(struct qdpi_qmp_client *client, const char *text, size_t count)
{
    const uint64_t id = plain_answer_id(text, count);
    const struct qdpi_request *request;
    bool is_posted;
    unsigned tag;

    if (id == 0)
        return false;
    pthread_mutex_lock(&client->mutex);
    request = qdpi_request_queue_answered(&client->requests, id);
    is_posted = request != NULL && request->posted;
    if (is_posted) {
        tag = request->tag;
        client->last_answer = qdpi_deadline_in(0);
    }
    pthread_mutex_unlock(&client->mutex);
    if (is_posted)
        finish_posted(client, tag, 0, "");
    return is_posted;
}

/** Deal with a message by its text alone. @return false: it has to be parsed. */
static bool handle_text(struct qdpi_qmp_client *client, const char *text, size_t count)
{
    if (!client->negotiated)
        return false;
    return handle_plain_answer(client, text, count) ||
           (client->callbacks.text != NULL &&
            client->callbacks.text(client->callbacks.context, client, text, count));
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

/** Handle the whole messages that have arrived. @return 0 or why the connection ends. */
static int handle_messages(struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    struct qdpi_error unreadable;
    const char *text;
    size_t count;
    json_t *message;
    int result;

    unreadable.text[0] = '\0';
    while ((result = qdpi_qmp_reader_peek(&client->reader, &text, &count, &unreadable)) > 0) {
        if (handle_text(client, text, count)) {
            qdpi_qmp_reader_drop(&client->reader);
            continue;
        }
        result = qdpi_qmp_reader_next(&client->reader, &message, &unreadable);
        if (result < 0)
            break;
        result = handle_message(client, message, error);
        json_decref(message);
        if (result < 0)
            return result;
    }
    if (result < 0)
        return qdpi_fail(error, result, "%s: %s", client->name, unreadable.text);
    return 0;
}

/** Read what has arrived, up to a chunk of it, and handle the whole messages in it.
 *  @return how many bytes, or why the connection ends. */
static int receive_input(struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    char bytes[RECEIVE_CHUNK];
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
    // What has come before is given up with the connection.
    result = qdpi_qmp_reader_feed(&client->reader, bytes, (size_t)count, error);
    if (result == 0)
        result = handle_messages(client, error);
    return result < 0 ? result : (int)count;
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

/** Send what is queued, all that comes meanwhile too, and say that this thread sleeps.
 *  @return what poll() is to wait for; 0: nothing, it is time to stop; or why the connection ends.
 */
static int send_requests(struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    int events = 0;
    int result;

    pthread_mutex_lock(&client->mutex);
    do {
        result = qdpi_qmp_output_take(&client->output, &client->requests);
        pthread_mutex_unlock(&client->mutex);
        if (result < 0)
            return qdpi_fail(error, result, "%s: out of memory; attach again when there is some",
                             client->name);
        result = qdpi_qmp_output_send(&client->output, client->fd);
        if (result < 0) {
            receive_rest(client);
            return qdpi_fail(
                error, -ENOTCONN,
                "the connection to %s broke: %s; QEMU has ended or closed its monitor: "
                "attach again when it runs",
                client->name, strerror(-result));
        }
        pthread_mutex_lock(&client->mutex);
    } while (!qdpi_qmp_output_is_held_up(&client->output) &&
             qdpi_qmp_output_can_take(&client->requests));
    // Who stops does not wake a thread that does not sleep.
    if (!client->stopping) {
        events = qdpi_qmp_output_is_held_up(&client->output) ? POLLIN | POLLOUT : POLLIN;
        client->sleeping = true;
    }
    pthread_mutex_unlock(&client->mutex);
    return events;
}

/** One turn: send, sleep, receive. @return 0 or why the connection ends. */
static int turn(struct qdpi_qmp_client *client, struct qdpi_error *error)
{
    const int events = send_requests(client, error);
    struct pollfd fds[2] = {{.fd = client->fd, .events = (short)events, .revents = 0},
                            {.fd = client->wake_fd, .events = POLLIN, .revents = 0}};
    uint64_t wakes;
    int result;

    if (events <= 0)
        return events;
    if (poll(fds, 2, -1) < 0 && errno != EINTR)
        return qdpi_fail(error, -EIO, "poll %s: %s; attach again", client->name, strerror(errno));
    pthread_mutex_lock(&client->mutex);
    client->sleeping = false;
    pthread_mutex_unlock(&client->mutex);
    if ((fds[1].revents & POLLIN) != 0 && read(client->wake_fd, &wakes, sizeof wakes) < 0 &&
        errno != EAGAIN)
        return qdpi_fail(error, -EIO, "wake the thread of %s: %s; attach again", client->name,
                         strerror(errno));
    result = 0;
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        result = receive_input(client, error);
    return result < 0 ? result : 0;
}

void qdpi_qmp_io_end_requests(struct qdpi_qmp_client *client, const struct qdpi_error *reason)
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
}

/** Fail everything that waits, and tell the owner. */
static void end_connection(struct qdpi_qmp_client *client, const struct qdpi_error *reason)
{
    // Whoever is still there must not go on writing to one who reads no longer: QEMU would keep its
    // events without bound.
    (void)shutdown(client->fd, SHUT_RDWR);
    qdpi_qmp_io_end_requests(client, reason);
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
    int result;

    qdpi_take_short_slices();
    // What came in one piece with the greeting.
    result = handle_messages(client, &reason);
    while (result >= 0 && !is_stopping(client))
        result = turn(client, &reason);
    if (result < 0)
        end_connection(client, &reason);
    return NULL;
}
