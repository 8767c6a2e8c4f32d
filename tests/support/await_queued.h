// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Waits until a QMP client's requests are where a test wants them.

#ifndef QDPI_TESTS_SUPPORT_AWAIT_QUEUED_H_
#define QDPI_TESTS_SUPPORT_AWAIT_QUEUED_H_

#include <unistd.h>

#include "deadline.h"
#include "qdpi_cmocka.h"
#include "qmp_io.h"

/** Wait until so many requests are queued, sent ones included; fail if they never are. */
static inline void qdpi_await_queued(struct qdpi_qmp_client *client, size_t count,
                                     unsigned patience_ms)
{
    const struct timespec deadline = qdpi_deadline_in(patience_ms);
    size_t queued = 0;

    while (queued != count && qdpi_deadline_left_ms(&deadline) > 0) {
        pthread_mutex_lock(&client->mutex);
        queued = qdpi_request_queue_count(&client->requests);
        pthread_mutex_unlock(&client->mutex);
        (void)usleep(1000);
    }
    assert_int_equal(queued, count);
}

#endif  // QDPI_TESTS_SUPPORT_AWAIT_QUEUED_H_
