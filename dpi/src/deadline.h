// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Deadlines on the monotonic clock, so that a change of the wall clock neither ends nor prolongs a
// wait.

#ifndef QDPI_DEADLINE_H_
#define QDPI_DEADLINE_H_

#include <pthread.h>
#include <time.h>

/** The moment `milliseconds` from now. */
struct timespec qdpi_deadline_in(unsigned milliseconds);

/** The moment `milliseconds` after `start`. */
struct timespec qdpi_deadline_after(const struct timespec *start, unsigned milliseconds);

/** Milliseconds until `deadline`, rounded up; 0 when it has passed. */
int qdpi_deadline_left_ms(const struct timespec *deadline);

/** A condition whose timed waits take such deadlines. */
void qdpi_condition_init(pthread_cond_t *condition);

#endif  // QDPI_DEADLINE_H_
