// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Deadlines: arithmetic with the monotonic clock, rounding, and conditions that keep to it.

#include "deadline.h"

#include <errno.h>
#include <limits.h>

#include "qdpi_cmocka.h"

static int64_t nanoseconds(const struct timespec *moment)
{
    return (int64_t)moment->tv_sec * 1000000000 + moment->tv_nsec;
}

/// A deadline is `now` plus its milliseconds, and a valid time: for any carry into the seconds.
static void test_in(void **state)
{
    static const unsigned spans[] = {0, 1, 499, 500, 999, 1000, 1001, 59999, 86400000, UINT_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        struct timespec before;
        struct timespec after;
        struct timespec deadline;
        const int64_t span = (int64_t)spans[i] * 1000000;

        clock_gettime(CLOCK_MONOTONIC, &before);
        deadline = qdpi_deadline_in(spans[i]);
        clock_gettime(CLOCK_MONOTONIC, &after);
        assert_true(deadline.tv_nsec >= 0 && deadline.tv_nsec < 1000000000);
        assert_true(nanoseconds(&deadline) >= nanoseconds(&before) + span);
        assert_true(nanoseconds(&deadline) <= nanoseconds(&after) + span);
    }
}

/// What is left is never negative, never more than was asked for, and fits an int.
static void test_left(void **state)
{
    struct timespec deadline = qdpi_deadline_in(0);
    struct timespec moment = {.tv_sec = 0, .tv_nsec = 0};

    (void)state;
    assert_int_equal(qdpi_deadline_left_ms(&deadline), 0);
    assert_int_equal(qdpi_deadline_left_ms(&moment), 0);
    deadline = qdpi_deadline_in(3600000);
    assert_true(qdpi_deadline_left_ms(&deadline) <= 3600000);
    assert_true(qdpi_deadline_left_ms(&deadline) > 3000000);
    deadline = qdpi_deadline_in(UINT_MAX);
    assert_int_equal(qdpi_deadline_left_ms(&deadline), INT_MAX);
}

/// Rounded up: as long as a deadline has not passed, something is left, so that a loop that sleeps
/// for what is left does not end early; and when nothing is left, it has passed.
static void test_left_rounds_up(void **state)
{
    const struct timespec deadline = qdpi_deadline_in(20);
    int left;

    (void)state;
    do {
        struct timespec before;
        struct timespec after;

        clock_gettime(CLOCK_MONOTONIC, &before);
        left = qdpi_deadline_left_ms(&deadline);
        clock_gettime(CLOCK_MONOTONIC, &after);
        assert_true(left >= 0 && left <= 20);
        if (left == 0)
            assert_true(nanoseconds(&after) >= nanoseconds(&deadline));
        else
            assert_true(nanoseconds(&before) < nanoseconds(&deadline));
    } while (left > 0);
}

/// Rounded up exactly, wherever the ends of the span stand within their seconds.
static void test_left_across_seconds(void **state)
{
    (void)state;
    for (long nanosecond = 0; nanosecond < 1000000000; nanosecond += 999983) {
        struct timespec deadline;
        struct timespec before;
        struct timespec after;
        int left;

        clock_gettime(CLOCK_MONOTONIC, &before);
        deadline = (struct timespec){.tv_sec = before.tv_sec + 2, .tv_nsec = nanosecond};
        left = qdpi_deadline_left_ms(&deadline);
        clock_gettime(CLOCK_MONOTONIC, &after);
        assert_true(left <= (nanoseconds(&deadline) - nanoseconds(&before) + 999999) / 1000000);
        assert_true(left >= (nanoseconds(&deadline) - nanoseconds(&after) + 999999) / 1000000);
    }
}

/// A timed wait on such a condition ends at the deadline, not before.
static void test_condition_takes_deadlines(void **state)
{
    const struct timespec deadline = qdpi_deadline_in(10);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition;
    int result;

    (void)state;
    qdpi_condition_init(&condition);
    pthread_mutex_lock(&mutex);
    do {
        result = pthread_cond_timedwait(&condition, &mutex, &deadline);
    } while (result == 0);
    pthread_mutex_unlock(&mutex);
    assert_int_equal(result, ETIMEDOUT);
    assert_int_equal(qdpi_deadline_left_ms(&deadline), 0);
    pthread_cond_destroy(&condition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in),
        cmocka_unit_test(test_left),
        cmocka_unit_test(test_left_rounds_up),
        cmocka_unit_test(test_left_across_seconds),
        cmocka_unit_test(test_condition_takes_deadlines),
    };
    return qdpi_run_group(tests);
}
