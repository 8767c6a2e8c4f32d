// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells and guest events on their way from the I/O thread to the simulator, in one order.

#include "event_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deadline.h"

#define INITIAL_CAPACITY ((size_t)1024)

/** Let polls know whether there is anything to see under the mutex. */
static void publish(struct qdpi_event_queue *queue)
{
    const size_t more = (queue->dropped_since_event > 0 ? 1U : 0U) + (queue->has_last ? 1U : 0U) +
                        (queue->ended ? 1U : 0U);

    qdpi_store_release_u32(&queue->published, (uint32_t)(queue->waiting + more));
}

int qdpi_event_queue_init(struct qdpi_event_queue *queue)
{
    memset(queue, 0, sizeof *queue);
    queue->ring = malloc(INITIAL_CAPACITY * sizeof *queue->ring);
    if (queue->ring == NULL)
        return -ENOMEM;
    queue->capacity = INITIAL_CAPACITY;
    queue->ended = true;
    publish(queue);
    pthread_mutex_init(&queue->mutex, NULL);
    qdpi_condition_init(&queue->arrived);
    return 0;
}

void qdpi_event_queue_destroy(struct qdpi_event_queue *queue)
{
    if (queue->ring == NULL)
        return;
    pthread_cond_destroy(&queue->arrived);
    pthread_mutex_destroy(&queue->mutex);
    free(queue->ring);
    queue->ring = NULL;
}

/** Double the ring. Failure is not an error: the event is then dropped and counted. */
static bool grow(struct qdpi_event_queue *queue)
{
    size_t head = queue->capacity - queue->first;
    struct qdpi_event *ring;

    if (queue->capacity >= QDPI_EVENT_QUEUE_MAX)
        return false;
    ring = malloc(2 * queue->capacity * sizeof *ring);
    if (ring == NULL)
        return false;
    memcpy(ring, queue->ring + queue->first, head * sizeof *ring);
    memcpy(ring + head, queue->ring, queue->first * sizeof *ring);
    free(queue->ring);
    queue->ring = ring;
    queue->capacity *= 2;
    queue->first = 0;
    return true;
}

static bool append(struct qdpi_event_queue *queue, const struct qdpi_event *event)
{
    if (queue->waiting == queue->capacity && !grow(queue))
        return false;
    queue->ring[(queue->first + queue->waiting) & (queue->capacity - 1)] = *event;
    queue->waiting++;
    return true;
}

static struct qdpi_event overflow_mark(const struct qdpi_event_queue *queue)
{
    return (struct qdpi_event){
        .kind = QDPI_EVENT_OVERFLOW, .index = 0, .value = queue->dropped_since_event};
}

int qdpi_event_queue_push(struct qdpi_event_queue *queue, const struct qdpi_event *event)
{
    int result = -EOVERFLOW;

    pthread_mutex_lock(&queue->mutex);
    if (queue->ended) {
        pthread_mutex_unlock(&queue->mutex);
        return 0;
    }
    if (queue->dropped_since_event > 0) {
        const struct qdpi_event overflow = overflow_mark(queue);

        // Room for two, or for neither: the mark must not push out the event it announces. Memory
        // may have been short only for a moment.
        if ((queue->waiting + 2 <= queue->capacity || grow(queue)) && append(queue, &overflow))
            queue->dropped_since_event = 0;
    }
    if (queue->dropped_since_event == 0 && append(queue, event))
        result = (int)queue->waiting;
    else
        queue->dropped_since_event++;
    publish(queue);
    pthread_mutex_unlock(&queue->mutex);
    // Behind the mutex, or who is woken would have to wait for it.
    if (result > 0)
        pthread_cond_signal(&queue->arrived);
    return result;
}

void qdpi_event_queue_end(struct qdpi_event_queue *queue, const struct qdpi_event *last)
{
    pthread_mutex_lock(&queue->mutex);
    queue->ended = true;
    if (last != NULL) {
        queue->last = *last;
        queue->has_last = true;
    }
    publish(queue);
    pthread_cond_broadcast(&queue->arrived);
    pthread_mutex_unlock(&queue->mutex);
}

void qdpi_event_queue_restart(struct qdpi_event_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->ended = false;
    queue->first = 0;
    queue->waiting = 0;
    queue->dropped_since_event = 0;
    queue->has_last = false;
    publish(queue);
    pthread_mutex_unlock(&queue->mutex);
}

/** Under the mutex. */
static int take(struct qdpi_event_queue *queue, struct qdpi_event *event, size_t *waiting)
{
    int result = 1;

    if (queue->waiting > 0) {
        *event = queue->ring[queue->first];
        queue->first = (queue->first + 1) & (queue->capacity - 1);
        queue->waiting--;
    } else if (queue->dropped_since_event > 0) {
        // No event may come behind the gap that would bring the mark along.
        *event = overflow_mark(queue);
        queue->dropped_since_event = 0;
    } else if (queue->has_last) {
        *event = queue->last;
        queue->has_last = false;
    } else {
        result = queue->ended ? -ENOTCONN : 0;
    }
    *waiting = queue->waiting;
    publish(queue);
    return result;
}

int qdpi_event_queue_poll(struct qdpi_event_queue *queue, struct qdpi_event *event, size_t *waiting)
{
    int result;

    if (qdpi_event_queue_is_idle(queue)) {
        *waiting = 0;
        return 0;
    }
    pthread_mutex_lock(&queue->mutex);
    result = take(queue, event, waiting);
    pthread_mutex_unlock(&queue->mutex);
    return result;
}

int qdpi_event_queue_wait(struct qdpi_event_queue *queue, unsigned timeout_ms,
                          struct qdpi_event *event, size_t *waiting)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);
    int result;

    pthread_mutex_lock(&queue->mutex);
    for (;;) {
        result = take(queue, event, waiting);
        if (result != 0)
            break;
        if (pthread_cond_timedwait(&queue->arrived, &queue->mutex, &deadline) == ETIMEDOUT) {
            result = take(queue, event, waiting);
            break;
        }
    }
    pthread_mutex_unlock(&queue->mutex);
    return result;
}
