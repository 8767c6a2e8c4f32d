// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP requests in the order they were made.

#include "request_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INITIAL_CAPACITY ((size_t)16)

static struct qdpi_request *at(const struct qdpi_request_queue *queue, size_t position)
{
    return &queue->ring[(queue->first + position) & (queue->capacity - 1)];
}

static int grow(struct qdpi_request_queue *queue)
{
    size_t capacity = queue->capacity == 0 ? INITIAL_CAPACITY : 2 * queue->capacity;
    struct qdpi_request *ring = malloc(capacity * sizeof *ring);

    if (ring == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < queue->count; i++)
        ring[i] = *at(queue, i);
    free(queue->ring);
    queue->ring = ring;
    queue->capacity = capacity;
    queue->first = 0;
    return 0;
}

int qdpi_request_queue_reserve(struct qdpi_request_queue *queue, size_t count)
{
    while (queue->capacity - queue->count < count) {
        if (grow(queue) != 0)
            return -ENOMEM;
    }
    return 0;
}

int qdpi_request_queue_add(struct qdpi_request_queue *queue, const struct qdpi_request *request)
{
    if (qdpi_request_queue_reserve(queue, 1) != 0)
        return -ENOMEM;
    *at(queue, queue->count) = *request;
    queue->count++;
    return 0;
}

size_t qdpi_request_queue_count(const struct qdpi_request_queue *queue)
{
    return queue->count;
}

size_t qdpi_request_queue_sent(const struct qdpi_request_queue *queue)
{
    return queue->sent;
}

struct qdpi_request *qdpi_request_queue_next_unsent(struct qdpi_request_queue *queue)
{
    return queue->sent < queue->count ? at(queue, queue->sent) : NULL;
}

void qdpi_request_queue_mark_sent(struct qdpi_request_queue *queue)
{
    queue->sent++;
}

bool qdpi_request_queue_drop(struct qdpi_request_queue *queue, struct qdpi_request *request)
{
    if (queue->count == 0)
        return false;
    *request = *at(queue, 0);
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
    if (queue->sent > 0)
        queue->sent--;
    return true;
}

bool qdpi_request_queue_answer(struct qdpi_request_queue *queue, uint64_t id,
                               struct qdpi_request *request)
{
    if (queue->sent == 0 || at(queue, 0)->id != id)
        return false;
    return qdpi_request_queue_drop(queue, request);
}

void qdpi_request_queue_abandon(struct qdpi_request_queue *queue, uint64_t id)
{
    size_t position = 0;

    while (position < queue->count && at(queue, position)->id != id)
        position++;
    if (position < queue->sent) {
        at(queue, position)->waiter = NULL;
    } else if (position < queue->count) {
        qdpi_request_free(at(queue, position));
        for (; position + 1 < queue->count; position++)
            *at(queue, position) = *at(queue, position + 1);
        queue->count--;
    }
}

bool qdpi_request_queue_holds(const struct qdpi_request_queue *queue, uint64_t id)
{
    return queue->count > 0 && at(queue, 0)->id <= id;
}

char *qdpi_request_text(const struct qdpi_request *request)
{
    json_t *message;
    char *text = NULL;
    size_t length;

    if (request->human) {
        message = json_pack("{s:s, s:{s:s}, s:I}", "execute", "human-monitor-command", "arguments",
                            "command-line", request->command, "id", (json_int_t)request->id);
    } else {
        message = json_pack("{s:s, s:O*, s:I}", "execute", request->command, "arguments",
                            request->arguments, "id", (json_int_t)request->id);
    }
    // Not json_dumps(): when its buffer cannot grow, parts of the text are missing.
    length = json_dumpb(message, NULL, 0, JSON_COMPACT);
    if (length > 0)
        text = malloc(length + 2);
    if (text != NULL && json_dumpb(message, text, length, JSON_COMPACT) == length) {
        text[length] = '\n';
        text[length + 1] = '\0';
    } else {
        free(text);
        text = NULL;
    }
    json_decref(message);
    return text;
}

void qdpi_request_free(struct qdpi_request *request)
{
    json_decref(request->arguments);
    request->arguments = NULL;
}

void qdpi_request_queue_free(struct qdpi_request_queue *queue)
{
    struct qdpi_request request;

    while (qdpi_request_queue_drop(queue, &request))
        qdpi_request_free(&request);
    free(queue->ring);
    queue->ring = NULL;
    queue->capacity = 0;
}
