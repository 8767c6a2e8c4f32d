// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A QMP client with a peer by script, and what it has heard of its posted requests.

#ifndef QDPI_TESTS_UNIT_QMP_POSTER_H_
#define QDPI_TESTS_UNIT_QMP_POSTER_H_

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "fake_qmp.h"
#include "qmp_client.h"

#define POSTER_PATIENCE_MS 30000U
#define POSTER_SHORT_MS 20U
#define POSTER_URGENT_TAG UINT_MAX

struct poster {
    struct fake_qmp *fake;
    struct qdpi_qmp_client *client;
    struct qdpi_error error;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t events;
    size_t posted;
    size_t refused;
    size_t ended; /**< by the end of the connection */
    size_t urgent;
    size_t posted_before_urgent;
    size_t disordered; /**< posted requests whose tag was not one more than that before */
    size_t lost;
    size_t posted_when_lost;
    size_t event_to_post_from; /**< number of the event in which a request is posted; 0: none */
    bool block_events;         /**< the I/O thread waits for `go_on` in the first event */
    bool block_posted;         /**< or in the first end of a posted request */
    sem_t go_on;
};

// What a test has.
int poster_start(void **state);
int poster_tear_down(void **state);

/** Connect with a new peer. */
bool poster_attach(struct poster *f);

/** Wait until `what`, a count of `f`, is at least this. */
void poster_await(struct poster *f, const size_t *what, size_t least);

/** Post "o NUMBER" with its number as tag. Any thread. */
int poster_post_number(struct poster *f, size_t number, struct qdpi_error *error);

/** The same from the test's thread: the sentence is that of `f`. */
int poster_post(struct poster *f, size_t number);

/** Post so many that QEMU does not answer. */
void poster_pile_up(struct poster *f, size_t count);

int poster_drain(struct poster *f, unsigned timeout_ms);

#endif  // QDPI_TESTS_UNIT_QMP_POSTER_H_
