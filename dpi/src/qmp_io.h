// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The inside of a QMP connection, shared by those who make requests (qmp_client.c) and the thread
// that hears the answers (qmp_io.c). Nobody else includes this, but for a test.
//
// That thread sends what has been queued, before it sleeps. Who posts a request while it sleeps
// wakes it, which costs a third of what it does to send to QEMU; who waits for the answer sends the
// request.

#ifndef QDPI_QMP_IO_H_
#define QDPI_QMP_IO_H_

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "qmp_client.h"
#include "qmp_output.h"
#include "qmp_reader.h"
#include "request_queue.h"

struct qdpi_qmp_client {
    char *name;
    int fd;
    int wake_fd;
    pthread_t thread;
    struct qdpi_qmp_callbacks callbacks;
    struct qdpi_qmp_reader reader; /**< I/O thread only, once it runs */
    bool negotiated;               /**< I/O thread only: the first answer has come */
    struct qdpi_qmp_output output; /**< the I/O thread's while it is awake, else under the mutex */

    pthread_mutex_t mutex;
    pthread_cond_t progress; /**< an answer came, room became free, or the connection ended */
    struct qdpi_request_queue requests;
    struct timespec last_answer;
    unsigned stall_ms; /**< QDPI_QMP_STALL_MS; less in a test that waits for it */
    uint64_t next_id;
    uint64_t drained_at; /**< the least id that a drain waits for; UINT64_MAX: none */
    bool sleeping;       /**< the I/O thread is or will be in poll(), and nobody has woken it */
    bool stopping;
    bool ended;
    struct qdpi_error end_reason;
};

/** Someone who waits for an answer: on the stack of qdpi_qmp_execute(), under the mutex. */
struct qdpi_waiter {
    bool done;
    int result;
    json_t *answer;
    struct qdpi_error error;
};

/** Fail all that is queued, for this reason. By the I/O thread, or when it has ended. */
void qdpi_qmp_io_end_requests(struct qdpi_qmp_client *client, const struct qdpi_error *reason);

/** What the I/O thread runs until the client stops or the connection ends. @param argument the
 * client. */
void *qdpi_qmp_io_thread(void *argument);

#endif  // QDPI_QMP_IO_H_
