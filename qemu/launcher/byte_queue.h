// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A bounded queue of bytes between two sides, one of which may be slow.

#ifndef QDPI_LAUNCHER_BYTE_QUEUE_H_
#define QDPI_LAUNCHER_BYTE_QUEUE_H_

#include <stddef.h>

enum { QDPI_BYTE_QUEUE_SIZE = 256 * 1024 };

struct qdpi_byte_queue {
    size_t start;
    size_t length;
    char bytes[QDPI_BYTE_QUEUE_SIZE];
};

static inline size_t qdpi_byte_queue_room(const struct qdpi_byte_queue *queue)
{
    return QDPI_BYTE_QUEUE_SIZE - queue->length;
}

// Adds the first bytes that there is room for. Returns how many.
size_t qdpi_byte_queue_add(struct qdpi_byte_queue *queue, const char *bytes, size_t length);

// Puts `length` bytes, for which there must be room, before all others.
void qdpi_byte_queue_put_first(struct qdpi_byte_queue *queue, const char *bytes, size_t length);

// Returns the oldest bytes, as many as lie in one piece; `length` gets their number, 0 when the
// queue is empty.
const char *qdpi_byte_queue_front(const struct qdpi_byte_queue *queue, size_t *length);

// Forgets the oldest `length` bytes, or all.
void qdpi_byte_queue_drop(struct qdpi_byte_queue *queue, size_t length);

#endif
