// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP requests on their way into the socket.

#include "qmp_output.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/** Requests sent and not yet answered. QEMU itself takes up to eight ahead of the one it executes;
 *  the rest waits here, where it can still be looked at, and not in the socket. */
#define WINDOW 8U
_Static_assert(WINDOW <= QDPI_REQUESTS_SENT_MAX, "the queue knows which lane each was sent from");
/** Room for a window of interrupts. */
#define INITIAL_CAPACITY ((size_t)1024)

void qdpi_qmp_output_free(struct qdpi_qmp_output *output)
{
    free(output->bytes);
    *output = (struct qdpi_qmp_output){.bytes = NULL};
}

bool qdpi_qmp_output_can_take(const struct qdpi_request_queue *requests)
{
    const size_t sent = qdpi_request_queue_sent(requests);

    return sent < WINDOW && sent < qdpi_request_queue_count(requests);
}

/** Make room for `count` more bytes. */
static int reserve(struct qdpi_qmp_output *output, size_t count)
{
    size_t capacity = output->capacity == 0 ? INITIAL_CAPACITY : output->capacity;
    char *bytes;

    while (capacity - output->length < count)
        capacity *= 2;
    if (capacity == output->capacity)
        return 0;
    bytes = realloc(output->bytes, capacity);
    if (bytes == NULL)
        return -ENOMEM;
    output->bytes = bytes;
    output->capacity = capacity;
    return 0;
}

/** Append one. */
static int append(struct qdpi_qmp_output *output, const struct qdpi_request *request)
{
    for (;;) {
        const size_t room = output->capacity - output->length;
        const size_t length = qdpi_request_text(request, output->bytes + output->length, room);

        if (length > 0 && length <= room) {
            output->length += length;
            return 0;
        }
        if (length == 0 || reserve(output, length) != 0)
            return -ENOMEM;
    }
}

int qdpi_qmp_output_take(struct qdpi_qmp_output *output, struct qdpi_request_queue *requests)
{
    if (reserve(output, 1) != 0)
        return -ENOMEM;
    while (qdpi_qmp_output_can_take(requests)) {
        if (append(output, qdpi_request_queue_next_unsent(requests)) != 0)
            return -ENOMEM;
        qdpi_request_queue_mark_sent(requests);
    }
    return 0;
}

int qdpi_qmp_output_send(struct qdpi_qmp_output *output, int fd)
{
    while (output->sent < output->length) {
        ssize_t count = send(fd, output->bytes + output->sent, output->length - output->sent,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0) {
            if (errno == EINTR)
                continue;
            return errno == EAGAIN ? 0 : -errno;
        }
        output->sent += (size_t)count;
    }
    output->sent = 0;
    output->length = 0;
    return 0;
}

bool qdpi_qmp_output_is_held_up(const struct qdpi_qmp_output *output)
{
    return output->length > 0;
}
