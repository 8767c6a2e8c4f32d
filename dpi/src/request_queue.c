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

/** The id by which QEMU knows the request. It reads its monitor byte by byte, in 3 us each, so that
 *  of the many posted ones is of one digit: it shows that no answer is missing or from elsewhere,
 *  and more are not under way at once. */
static uint64_t sent_id(const struct qdpi_request *request)
{
    return request->posted ? request->id % 9 + 1 : request->id;
}

const struct qdpi_request *qdpi_request_queue_answered(const struct qdpi_request_queue *queue,
                                                       uint64_t id)
{
    return queue->sent > 0 && sent_id(at(queue, 0)) == id ? at(queue, 0) : NULL;
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

/** A line being written, as long as there is room; it is counted in any case. */
struct line {
    char *text;
    size_t room;
    size_t length;
};

static inline void add_bytes(struct line *line, const char *bytes, size_t count)
{
    if (line->length <= line->room && count <= line->room - line->length)
        memcpy(line->text + line->length, bytes, count);
    line->length += count;
}

#define ADD_LITERAL(line, text) add_bytes(line, text, sizeof(text) - 1)

static void add_number(struct line *line, uint64_t number)
{
    char digits[20];
    size_t first = sizeof digits;

    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add_bytes(line, digits + first, sizeof digits - first);
}

/** @return false: out of memory. */
static bool add_json(struct line *line, const json_t *value)
{
    const bool fits = line->length < line->room;
    // Not json_dumps(): when its buffer cannot grow, parts of the text are missing.
    const size_t length = json_dumpb(value, fits ? line->text + line->length : NULL,
                                     fits ? line->room - line->length : 0, JSON_COMPACT);

    line->length += length;
    return length > 0;
}

// By hand, because an interrupt call pays for it: through the JSON library it would cost twenty
// times as much, and memory.
size_t qdpi_request_text(const struct qdpi_request *request, char *text, size_t room)
{
    struct line line = {.text = text, .room = room, .length = 0};

    if (request->human) {
        ADD_LITERAL(&line, "{\"execute\":\"human-monitor-command\",\"arguments\":"
                           "{\"command-line\":\"");
        add_bytes(&line, request->command, strlen(request->command));
        ADD_LITERAL(&line, "\"}");
    } else {
        ADD_LITERAL(&line, "{\"execute\":\"");
        add_bytes(&line, request->command, strlen(request->command));
        ADD_LITERAL(&line, "\"");
    }
    if (request->arguments != NULL) {
        ADD_LITERAL(&line, ",\"arguments\":");
        if (!add_json(&line, request->arguments))
            return 0;
    }
    ADD_LITERAL(&line, ",\"id\":");
    add_number(&line, sent_id(request));
    ADD_LITERAL(&line, "}\n");
    return line.length;
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
