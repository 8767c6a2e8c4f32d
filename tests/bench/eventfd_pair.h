// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The floor of everything that wakes somebody: another process that sleeps at an eventfd and
// answers by a second one.

#ifndef QDPI_TESTS_BENCH_EVENTFD_PAIR_H_
#define QDPI_TESTS_BENCH_EVENTFD_PAIR_H_

// cpu_set_t is GNU's.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

struct eventfd_pair {
    cpu_set_t before; /**< where the caller may run without it */
    int there;
    int back;
    pid_t peer;
};

/** Start the peer on another core than the caller, which stays on its own until the stop: on one
 *  core they would hand over without waking the other, which is another, cheaper thing. */
bool eventfd_pair_start(struct eventfd_pair *pair);
void eventfd_pair_stop(struct eventfd_pair *pair);

/** Wake the peer. */
bool eventfd_pair_send(const struct eventfd_pair *pair);

/** Sleep until it has answered. */
bool eventfd_pair_receive(const struct eventfd_pair *pair);

#endif  // QDPI_TESTS_BENCH_EVENTFD_PAIR_H_
