// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells and guest events on their way from the I/O thread to the simulator, in one order.
// Looking into an empty queue costs one load; waiting for an event costs no CPU.

#ifndef QDPI_EVENT_QUEUE_H_
#define QDPI_EVENT_QUEUE_H_

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qemu_dpi.h"
#include "shm_atomic.h"

/** Above this many waiting events the producer asks for the guest to be paused. */
#define QDPI_EVENT_QUEUE_HIGH ((size_t)65536)
/** And below this many for it to go on. */
#define QDPI_EVENT_QUEUE_LOW ((size_t)16384)
/** Further events are dropped and counted. */
#define QDPI_EVENT_QUEUE_MAX ((size_t)262144)

struct qdpi_event_queue {
    pthread_mutex_t mutex;
    pthread_cond_t arrived;
    struct qdpi_event *ring; /**< capacity is a power of two; grows up to QDPI_EVENT_QUEUE_MAX */
    size_t capacity;
    size_t first;
    size_t waiting; /**< under the mutex */
    uint64_t dropped_since_event;
    uint32_t published; /**< whether a poll has to look: `waiting` and more, without the mutex */
    bool ended;
    bool has_last;
    struct qdpi_event last; /**< delivered when all others are: it needs no room in the ring */
};

int qdpi_event_queue_init(struct qdpi_event_queue *queue);
void qdpi_event_queue_destroy(struct qdpi_event_queue *queue);

/**
 * Append an event. Where events were dropped, a QDPI_EVENT_OVERFLOW with their number is delivered.
 * @return how many wait now; -EOVERFLOW: dropped; 0: the queue has ended.
 */
int qdpi_event_queue_push(struct qdpi_event_queue *queue, const struct qdpi_event *event);

/** No further event will come but `last` (NULL: none), which needs no room: wakes those who wait.
 */
void qdpi_event_queue_end(struct qdpi_event_queue *queue, const struct qdpi_event *last);

/** Empty the queue and let events come again. */
void qdpi_event_queue_restart(struct qdpi_event_queue *queue);

/** Whether there is nothing to see, neither an event nor the end: the whole of an idle poll. */
static inline bool qdpi_event_queue_is_idle(const struct qdpi_event_queue *queue)
{
    return qdpi_load_acquire_u32(&queue->published) == 0;
}

/** Take one event. `*waiting` receives how many remain. @return 1; 0: empty; -ENOTCONN: empty and
 * ended. */
int qdpi_event_queue_poll(struct qdpi_event_queue *queue, struct qdpi_event *event,
                          size_t *waiting);

/** As poll, but wait for up to `timeout_ms`. */
int qdpi_event_queue_wait(struct qdpi_event_queue *queue, unsigned timeout_ms,
                          struct qdpi_event *event, size_t *waiting);

#endif  // QDPI_EVENT_QUEUE_H_
