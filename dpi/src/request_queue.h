// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP requests in two lanes, each in the order they were made: the sent ones, which await their
// answers, in front of the unsent ones. Urgent ones are sent before all that are not: thousands of
// interrupts may be queued, and neither a guest that is to be paused nor a memory access that has
// to ask for the map can wait for them. Pure: it knows neither socket nor thread; its owner locks.

#ifndef QDPI_REQUEST_QUEUE_H_
#define QDPI_REQUEST_QUEUE_H_

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qmp_client.h"

struct qdpi_waiter;

struct qdpi_request {
    uint64_t id;                /**< ascending */
    struct qdpi_waiter *waiter; /**< NULL: posted, or nobody waits any longer */
    json_t *arguments;          /**< owned; NULL: none */
    unsigned tag;
    bool posted;
    bool urgent;
    bool human; /**< posted ones only: `command` is a command line of the human monitor */
    char command[QDPI_QMP_COMMAND_MAX]; /**< no character in it that JSON would escape */
};

struct qdpi_request_lane {
    struct qdpi_request *ring; /**< capacity is a power of two */
    size_t capacity;
    size_t first;
    size_t count;
    size_t sent; /**< the first `sent` of `count` */
};

/** So many may be sent and not yet answered. */
#define QDPI_REQUESTS_SENT_MAX 64U

struct qdpi_request_queue {
    struct qdpi_request_lane ordinary;
    struct qdpi_request_lane urgent;
    uint64_t sent_urgently; /**< bit n: of those sent, the n-th is an urgent one */
};

/** Make room for `count` more, urgent ones or not: adding them will not fail. @return 0 or -ENOMEM.
 */
int qdpi_request_queue_reserve(struct qdpi_request_queue *queue, bool urgent, size_t count);

/** Append; takes over what `request` owns on success. @return 0 or -ENOMEM. */
int qdpi_request_queue_add(struct qdpi_request_queue *queue, const struct qdpi_request *request);

/** How many there are, and how many of them have been sent. */
size_t qdpi_request_queue_count(const struct qdpi_request_queue *queue);
size_t qdpi_request_queue_sent(const struct qdpi_request_queue *queue);

/** The first unsent request, or NULL. */
struct qdpi_request *qdpi_request_queue_next_unsent(struct qdpi_request_queue *queue);

/** Count that one as sent. */
void qdpi_request_queue_mark_sent(struct qdpi_request_queue *queue);

/** The request that an answer with `id` belongs to: QMP answers in order, so it is the one that was
 *  sent first. @return NULL if that went out with another id: its own, or if it is posted, one of
 * one digit. */
const struct qdpi_request *qdpi_request_queue_answered(const struct qdpi_request_queue *queue,
                                                       uint64_t id);

/** Take the request that was sent first; if none has been, the next to be sent. @return false if
 * there is none. */
bool qdpi_request_queue_drop(struct qdpi_request_queue *queue, struct qdpi_request *request);

/** Nobody waits any longer for the answer to `id`: unsent, it is taken out, so that QEMU does not
 *  carry out much later what its caller took for failed, and those who give up do not pile up. */
void qdpi_request_queue_abandon(struct qdpi_request_queue *queue, uint64_t id);

/** Whether `id` or an earlier request is still there. */
bool qdpi_request_queue_holds(const struct qdpi_request_queue *queue, uint64_t id);

/** The request as a line of QMP. @return its length, without it being written if that is more than
 *  `room`; 0: out of memory. */
size_t qdpi_request_text(const struct qdpi_request *request, char *text, size_t room);

void qdpi_request_free(struct qdpi_request *request);
void qdpi_request_queue_free(struct qdpi_request_queue *queue);

#endif  // QDPI_REQUEST_QUEUE_H_
