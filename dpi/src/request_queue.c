// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP requests in two lanes, each in the order they were made.

#include "request_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INITIAL_CAPACITY ((size_t)16)

static struct qdpi_request *at(const struct qdpi_request_lane *lane, size_t position)
{
    return &lane->ring[(lane->first + position) & (lane->capacity - 1)];
}

static int reserve(struct qdpi_request_lane *lane, size_t count)
{
    size_t capacity = lane->capacity == 0 ? INITIAL_CAPACITY : lane->capacity;
    struct qdpi_request *ring;

    while (capacity - lane->count < count)
        capacity *= 2;
    if (capacity == lane->capacity)
        return 0;
    ring = malloc(capacity * sizeof *ring);
    if (ring == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < lane->count; i++)
        ring[i] = *at(lane, i);
    free(lane->ring);
    lane->ring = ring;
    lane->capacity = capacity;
    lane->first = 0;
    return 0;
}

static int add(struct qdpi_request_lane *lane, const struct qdpi_request *request)
{
    if (reserve(lane, 1) != 0)
        return -ENOMEM;
    *at(lane, lane->count) = *request;
    lane->count++;
    return 0;
}

int qdpi_request_queue_reserve(struct qdpi_request_queue *queue, bool urgent, size_t count)
{
    return urgent ? reserve(&queue->urgent, count) : reserve(&queue->ordinary, count);
}

int qdpi_request_queue_add(struct qdpi_request_queue *queue, const struct qdpi_request *request)
{
    return request->urgent ? add(&queue->urgent, request) : add(&queue->ordinary, request);
}

size_t qdpi_request_queue_count(const struct qdpi_request_queue *queue)
{
    return queue->ordinary.count + queue->urgent.count;
}

size_t qdpi_request_queue_sent(const struct qdpi_request_queue *queue)
{
    return queue->ordinary.sent + queue->urgent.sent;
}

/** Where the next one to be sent is, if there is one. */
static struct qdpi_request_lane *next_lane(struct qdpi_request_queue *queue)
{
    return queue->urgent.sent < queue->urgent.count ? &queue->urgent : &queue->ordinary;
}

struct qdpi_request *qdpi_request_queue_next_unsent(struct qdpi_request_queue *queue)
{
    const struct qdpi_request_lane *lane = next_lane(queue);

    return lane->sent < lane->count ? at(lane, lane->sent) : NULL;
}

void qdpi_request_queue_mark_sent(struct qdpi_request_queue *queue)
{
    struct qdpi_request_lane *lane = next_lane(queue);

    if (lane == &queue->urgent)
        queue->sent_urgently |= UINT64_C(1) << qdpi_request_queue_sent(queue);
    lane->sent++;
}

bool qdpi_request_queue_drop(struct qdpi_request_queue *queue, struct qdpi_request *request)
{
    const bool sent = qdpi_request_queue_sent(queue) > 0;
    struct qdpi_request_lane *lane = !sent                             ? next_lane(queue)
                                     : (queue->sent_urgently & 1) != 0 ? &queue->urgent
                                                                       : &queue->ordinary;

    if (lane->count == 0)
        return false;
    *request = *at(lane, 0);
    lane->first = (lane->first + 1) & (lane->capacity - 1);
    lane->count--;
    if (sent) {
        lane->sent--;
        queue->sent_urgently >>= 1;
    }
    return true;
}

/** The id by which QEMU knows the request. It reads its monitor byte by byte, in 3 us each, so that
 *  of the many posted ones is of one digit: it shows that no answer is missing or from elsewhere,
 *  since few are under way at once. */
static uint64_t sent_id(const struct qdpi_request *request)
{
    return request->posted && !request->urgent ? request->id % 9 + 1 : request->id;
}

const struct qdpi_request *qdpi_request_queue_answered(const struct qdpi_request_queue *queue,
                                                       uint64_t id)
{
    const struct qdpi_request *first;

    if (qdpi_request_queue_sent(queue) == 0)
        return NULL;
    first = at((queue->sent_urgently & 1) != 0 ? &queue->urgent : &queue->ordinary, 0);
    return sent_id(first) == id ? first : NULL;
}

/** @return false: `id` is not in this lane. */
static bool abandon(struct qdpi_request_lane *lane, uint64_t id)
{
    size_t position = 0;

    while (position < lane->count && at(lane, position)->id != id)
        position++;
    if (position == lane->count)
        return false;
    if (position < lane->sent) {
        at(lane, position)->waiter = NULL;
        return true;
    }
    qdpi_request_free(at(lane, position));
    for (; position + 1 < lane->count; position++)
        *at(lane, position) = *at(lane, position + 1);
    lane->count--;
    return true;
}

void qdpi_request_queue_abandon(struct qdpi_request_queue *queue, uint64_t id)
{
    if (!abandon(&queue->urgent, id))
        (void)abandon(&queue->ordinary, id);
}

static bool holds(const struct qdpi_request_lane *lane, uint64_t id)
{
    return lane->count > 0 && at(lane, 0)->id <= id;
}

bool qdpi_request_queue_holds(const struct qdpi_request_queue *queue, uint64_t id)
{
    return holds(&queue->ordinary, id) || holds(&queue->urgent, id);
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
    free(queue->ordinary.ring);
    free(queue->urgent.ring);
    *queue = (struct qdpi_request_queue){.sent_urgently = 0};
}
