// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QEMU and the library end every message by a line feed and have none inside: a message is a line.

#include "saboteur_process.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "live_qemu.h"

#define CHUNK 65536

struct process {
    int control;
    int listener;
    const char *qemu;
    struct saboteur_state state;
};

static int connect_to_qemu(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void accept_library(struct process *process)
{
    struct saboteur_state *state = &process->state;
    const int fd = accept4(process->listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    saboteur_close_both(state);
    state->report = (struct saboteur_report){.connected = true};
    state->last_id = 0;
    state->shut_write = false;
    state->shut_read = false;
    state->heard_all = false;
    // A greeting begins at its beginning; its first byte may have gone to the connection before.
    if (state->order.fault == SABOTEUR_TRICKLE)
        state->flooded = 0;
    state->from_library.from = fd;
    state->from_qemu.from = connect_to_qemu(process->qemu);
    if (state->from_qemu.from < 0)
        saboteur_close_both(state);
}

typedef bool message_function(struct saboteur_state *state, const char *line, size_t length);

/** Read what has come and hand on the whole messages in it. */
static void transfer(struct saboteur_state *state, struct saboteur_stream *stream,
                     message_function *hand_on)
{
    size_t start = 0;
    ssize_t count;

    if (stream->capacity - stream->length < CHUNK) {
        char *bytes = realloc(stream->bytes, stream->capacity + 2 * (size_t)CHUNK);

        if (bytes == NULL)
            _exit(1);
        stream->bytes = bytes;
        stream->capacity += 2 * (size_t)CHUNK;
    }
    count = recv(stream->from, stream->bytes + stream->length, CHUNK, 0);
    if (count == 0 && state->shut_read && stream == &state->from_library) {
        state->heard_all = true;
        return;
    }
    if (count <= 0) {
        saboteur_close_both(state);
        return;
    }
    stream->length += (size_t)count;
    while (stream->from >= 0) {
        const char *line = stream->bytes + start;
        const char *end = memchr(line, '\n', stream->length - start);

        if (end == NULL)
            break;
        start += (size_t)(end + 1 - line);
        if (!hand_on(state, line, (size_t)(end + 1 - line)))
            saboteur_close_both(state);
    }
    if (stream->from >= 0) {
        memmove(stream->bytes, stream->bytes + start, stream->length - start);
        stream->length -= start;
    }
}

static void take_request(struct process *process)
{
    const struct saboteur_report *report = &process->state.report;
    struct saboteur_request request;

    if (recv(process->control, &request, sizeof request, 0) != sizeof request)
        _exit(0);
    if (!request.is_question)
        saboteur_obey(&process->state, &request.order);
    if (send(process->control, report, sizeof *report, MSG_NOSIGNAL) < 0)
        _exit(0);
}

/** How long the loop may sleep: -1 is for ever. */
static int patience(struct saboteur_state *state)
{
    if (state->from_library.from < 0)
        return -1;
    if (state->order.fault == SABOTEUR_FLOOD)
        return 0;
    if (state->order.fault == SABOTEUR_TRICKLE)
        return (int)state->order.amount;
    if (state->order.fault == SABOTEUR_STALL) {
        const long left = qdpi_live_ms_until(state->stalled_to);

        if (left > 0)
            return (int)left;
        saboteur_fault_is_done(state);
    }
    return -1;
}

_Noreturn void saboteur_process_run(int control, int listener, const char *qemu)
{
    struct process process = {.control = control,
                              .listener = listener,
                              .qemu = qemu,
                              .state = {.from_qemu = {.from = -1}, .from_library = {.from = -1}}};
    struct saboteur_state *state = &process.state;

    for (;;) {
        const int timeout = patience(state);
        const bool mute = state->order.fault == SABOTEUR_STALL;
        const bool deaf = state->order.fault == SABOTEUR_TRICKLE;
        struct pollfd fds[4] = {
            {.fd = control, .events = POLLIN},
            {.fd = listener, .events = POLLIN},
            {.fd = deaf || state->heard_all ? -1 : state->from_library.from, .events = POLLIN},
            {.fd = mute || deaf ? -1 : state->from_qemu.from, .events = POLLIN},
        };
        const int ready = poll(fds, 4, timeout);

        if (ready < 0 && errno != EINTR)
            _exit(1);
        if (fds[0].revents != 0) {
            take_request(&process);
            continue;
        }
        if (fds[1].revents != 0) {
            accept_library(&process);
            continue;
        }
        if (fds[2].revents != 0)
            transfer(state, &state->from_library, saboteur_to_qemu);
        if (fds[3].revents != 0 && state->from_qemu.from >= 0)
            transfer(state, &state->from_qemu, saboteur_to_library);
        if (state->order.fault == SABOTEUR_FLOOD && state->from_library.from >= 0)
            saboteur_flood(state);
        if (deaf && ready == 0 && state->from_library.from >= 0)
            saboteur_trickle(state);
    }
}
