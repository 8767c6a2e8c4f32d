// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A bounded queue of bytes: a ring.

#include "byte_queue.h"

static size_t wrapped(size_t position)
{
    return position % QDPI_BYTE_QUEUE_SIZE;
}

size_t qdpi_byte_queue_add(struct qdpi_byte_queue *queue, const char *bytes, size_t length)
{
    const size_t room = qdpi_byte_queue_room(queue);
    const size_t taken = length < room ? length : room;
    for (size_t i = 0; i < taken; i++) {
        queue->bytes[wrapped(queue->start + queue->length + i)] = bytes[i];
    }
    queue->length += taken;
    return taken;
}

void qdpi_byte_queue_put_first(struct qdpi_byte_queue *queue, const char *bytes, size_t length)
{
    queue->start = wrapped(queue->start + QDPI_BYTE_QUEUE_SIZE - length);
    for (size_t i = 0; i < length; i++) {
        queue->bytes[wrapped(queue->start + i)] = bytes[i];
    }
    queue->length += length;
}

const char *qdpi_byte_queue_front(const struct qdpi_byte_queue *queue, size_t *length)
{
    const size_t to_end = QDPI_BYTE_QUEUE_SIZE - queue->start;
    *length = queue->length < to_end ? queue->length : to_end;
    return queue->bytes + queue->start;
}

void qdpi_byte_queue_drop(struct qdpi_byte_queue *queue, size_t length)
{
    const size_t dropped = length < queue->length ? length : queue->length;
    queue->start = wrapped(queue->start + dropped);
    queue->length -= dropped;
}
