// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Deadlines on the monotonic clock.

#include "deadline.h"

#include <limits.h>

#define NANOSECONDS_PER_SECOND 1000000000L
#define NANOSECONDS_PER_MILLISECOND 1000000L

struct timespec qdpi_deadline_in(unsigned milliseconds)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return qdpi_deadline_after(&now, milliseconds);
}

struct timespec qdpi_deadline_after(const struct timespec *start, unsigned milliseconds)
{
    struct timespec moment = *start;

    moment.tv_sec += (time_t)(milliseconds / 1000);
    moment.tv_nsec += (long)(milliseconds % 1000) * NANOSECONDS_PER_MILLISECOND;
    if (moment.tv_nsec >= NANOSECONDS_PER_SECOND) {
        moment.tv_sec++;
        moment.tv_nsec -= NANOSECONDS_PER_SECOND;
    }
    return moment;
}

int qdpi_deadline_left_ms(const struct timespec *deadline)
{
    struct timespec now;
    long long left;

    clock_gettime(CLOCK_MONOTONIC, &now);
    // Rounded up on the whole difference: one of nanoseconds alone may be negative, and a division
    // in C rounds that the other way.
    left = ((long long)(deadline->tv_sec - now.tv_sec) * NANOSECONDS_PER_SECOND +
            (deadline->tv_nsec - now.tv_nsec) + NANOSECONDS_PER_MILLISECOND - 1) /
           NANOSECONDS_PER_MILLISECOND;
    if (left <= 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

void qdpi_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}
