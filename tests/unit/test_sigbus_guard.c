// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The SIGBUS guard: real faults on truncated files, and which ranges it takes; also while other
// threads add and remove theirs.

#include "sigbus_guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "qdpi_cmocka.h"
#include "shm_atomic.h"
#include "sigbus_fault.h"

/// What is touched in a lost file reads as zeros and takes writes; the rest of it is untouched.
static void test_truncated_file(void **state)
{
    struct sigbus_file file = sigbus_file_map(4);
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(file.start, file.size, &lost), 0);
    sigbus_file_truncate(&file, 1);
    assert_int_equal(sigbus_load(file.start), 0x5a);
    assert_int_equal(qdpi_load_acquire_int(&lost), 0);

    errno = ENOTTY;
    assert_int_equal(sigbus_load(file.start + 2 * SIGBUS_PAGE + 123), 0);
    assert_int_equal(errno, ENOTTY);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    // One page was replaced. It is this process's own; its neighbours are as they were.
    sigbus_store(file.start + 2 * SIGBUS_PAGE, 0x77);
    assert_int_equal(sigbus_load(file.start + 2 * SIGBUS_PAGE), 0x77);
    lost = 0;
    assert_int_equal(sigbus_load(file.start + 3 * SIGBUS_PAGE - 1), 0);
    assert_int_equal(qdpi_load_acquire_int(&lost), 0);
    assert_int_equal(sigbus_load(file.start), 0x5a);
    sigbus_store(file.start + SIGBUS_PAGE, 1);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    lost = 0;
    assert_int_equal(sigbus_load(file.start + 4 * SIGBUS_PAGE - 1), 0);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);

    qdpi_sigbus_guard_remove(file.start);
    sigbus_file_unmap(&file);
}

/// A copy that runs into the lost part goes on to its end.
static void test_copy_across_the_end(void **state)
{
    struct sigbus_file file = sigbus_file_map(8);
    unsigned char copy[8 * SIGBUS_PAGE];
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(file.start, file.size, &lost), 0);
    sigbus_file_truncate(&file, 3);
    memcpy(copy, file.start, sizeof copy);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    for (size_t i = 0; i < sizeof copy; i++) {
        assert_int_equal(copy[i], i < 3 * SIGBUS_PAGE ? 0x5a : 0);
    }
    qdpi_sigbus_guard_remove(file.start);
    sigbus_file_unmap(&file);
}

/// Of two files, only the one that is lost is said to be lost, whichever it is.
static void test_two_ranges_one_lost(void **state)
{
    (void)state;
    for (size_t victim = 0; victim < 2; victim++) {
        struct sigbus_file files[] = {sigbus_file_map(2), sigbus_file_map(2)};
        int lost[2] = {0, 0};
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(qdpi_sigbus_guard_add(files[i].start, files[i].size, &lost[i]), 0);
        }
        sigbus_file_truncate(&files[victim], 0);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(sigbus_load(files[i].start + SIGBUS_PAGE), i == victim ? 0 : 0x5a);
        }
        assert_int_equal(qdpi_load_acquire_int(&lost[victim]), 1);
        assert_int_equal(qdpi_load_acquire_int(&lost[1 - victim]), 0);
        // The other is still guarded when one has gone.
        qdpi_sigbus_guard_remove(files[victim].start);
        sigbus_file_truncate(&files[1 - victim], 0);
        assert_int_equal(sigbus_load(files[1 - victim].start), 0);
        assert_int_equal(qdpi_load_acquire_int(&lost[1 - victim]), 1);
        qdpi_sigbus_guard_remove(files[1 - victim].start);
        sigbus_file_unmap(&files[0]);
        sigbus_file_unmap(&files[1]);
    }
}

/// What is not a range is refused and changes nothing; what is not registered can be removed.
static void test_add_refuses(void **state)
{
    const struct sigaction before = sigbus_action();
    static unsigned char memory[8 * SIGBUS_PAGE] __attribute__((aligned(4096)));
    unsigned char *start = memory + 2 * SIGBUS_PAGE;
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(NULL, SIGBUS_PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start + 1, SIGBUS_PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start + 16, SIGBUS_PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start, 0, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start, SIGBUS_PAGE, NULL), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start, SIZE_MAX, &lost), -EINVAL);
    qdpi_sigbus_guard_remove(start);
    qdpi_sigbus_guard_remove(NULL);
    assert_true(sigbus_action().sa_handler == before.sa_handler);

    assert_int_equal(qdpi_sigbus_guard_add(start, 2 * SIGBUS_PAGE, &lost), 0);
    assert_int_equal(qdpi_sigbus_guard_add(start, 2 * SIGBUS_PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start, SIGBUS_PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start + SIGBUS_PAGE, SIGBUS_PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start - SIGBUS_PAGE, SIGBUS_PAGE + 1, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start - SIGBUS_PAGE, 4 * SIGBUS_PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start - SIGBUS_PAGE, SIGBUS_PAGE, &lost), 0);
    assert_int_equal(qdpi_sigbus_guard_add(start + 2 * SIGBUS_PAGE, SIGBUS_PAGE, &lost), 0);
    qdpi_sigbus_guard_remove(start + SIGBUS_PAGE);
    assert_int_equal(qdpi_sigbus_guard_add(start + SIGBUS_PAGE, SIGBUS_PAGE, &lost), -EINVAL);
    qdpi_sigbus_guard_remove(start);
    qdpi_sigbus_guard_remove(start - SIGBUS_PAGE);
    assert_true(sigbus_action().sa_handler != before.sa_handler);
    qdpi_sigbus_guard_remove(start + 2 * SIGBUS_PAGE);
    assert_true(sigbus_action().sa_handler == before.sa_handler);
}

/// All places can be taken, one more is refused, and a place that was given back can be taken.
static void test_add_all_places(void **state)
{
    static unsigned char memory[(QDPI_SIGBUS_GUARD_RANGES_MAX + 1) * SIGBUS_PAGE]
        __attribute__((aligned(4096)));
    const size_t places = QDPI_SIGBUS_GUARD_RANGES_MAX;
    int lost = 0;

    (void)state;
    for (size_t i = 0; i < places; i++) {
        assert_int_equal(qdpi_sigbus_guard_add(memory + i * SIGBUS_PAGE, SIGBUS_PAGE, &lost), 0);
    }
    assert_int_equal(qdpi_sigbus_guard_add(memory + places * SIGBUS_PAGE, SIGBUS_PAGE, &lost),
                     -ENOSPC);
    qdpi_sigbus_guard_remove(memory + 17 * SIGBUS_PAGE);
    assert_int_equal(qdpi_sigbus_guard_add(memory + places * SIGBUS_PAGE, SIGBUS_PAGE, &lost), 0);
    for (size_t i = 0; i <= places; i++) {
        qdpi_sigbus_guard_remove(memory + i * SIGBUS_PAGE);
    }
}

// ---- Threads ------------------------------------------------------------------------------------

enum { ROUNDS = 300 };

static uint32_t is_done;

/** Register and remove ranges as fast as possible, in the slots around those of the others. */
static void *churn(void *argument)
{
    static unsigned char memory[4][8 * SIGBUS_PAGE] __attribute__((aligned(4096)));
    unsigned char *mine = memory[*(const unsigned *)argument];
    int wrong = 0;

    while (qdpi_load_acquire_u32(&is_done) == 0) {
        for (size_t i = 0; i < 8; i++) {
            (void)qdpi_sigbus_guard_add(mine + i * SIGBUS_PAGE, SIGBUS_PAGE, &wrong);
        }
        for (size_t i = 0; i < 8; i++) {
            qdpi_sigbus_guard_remove(mine + i * SIGBUS_PAGE);
        }
    }
    return qdpi_load_acquire_int(&wrong) == 0 ? NULL : mine;
}

/// Faults find their own range and no other while other threads add and remove theirs.
static void test_faults_during_changes(void **state)
{
    unsigned numbers[] = {0, 1};
    pthread_t threads[2];
    int wrong = 0;

    (void)state;
    qdpi_store_release_u32(&is_done, 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, churn, &numbers[i]), 0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct sigbus_file files[] = {sigbus_file_map(2), sigbus_file_map(2)};
        int lost[2] = {0, 0};
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(qdpi_sigbus_guard_add(files[i].start, files[i].size, &lost[i]), 0);
        }
        sigbus_file_truncate(&files[round % 2], 1);
        wrong += sigbus_load(files[round % 2].start + SIGBUS_PAGE) != 0;
        wrong += sigbus_load(files[1 - round % 2].start + SIGBUS_PAGE) != 0x5a;
        wrong += lost[round % 2] != 1 || lost[1 - round % 2] != 0;
        for (size_t i = 0; i < 2; i++) {
            qdpi_sigbus_guard_remove(files[i].start);
            sigbus_file_unmap(&files[i]);
        }
    }
    qdpi_store_release_u32(&is_done, 1);
    for (size_t i = 0; i < 2; i++) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
    assert_int_equal(wrong, 0);
}

struct reader {
    const unsigned char *page;
    const int *lost;
    int wrong;
};

/** Read a page until it has changed. A change must never be seen before the flag is. */
static void *read_until_lost(void *argument)
{
    struct reader *reader = argument;

    for (;;) {
        unsigned value = sigbus_load(reader->page);
        if (value != 0x5a) {
            reader->wrong = value != 0 || qdpi_load_acquire_int(reader->lost) != 1;
            return NULL;
        }
    }
}

/// Whichever thread faults first: who reads a replaced page finds the flag set.
static void test_flag_before_page(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct sigbus_file file = sigbus_file_map(1);
        int lost = 0;
        struct reader readers[2];
        pthread_t threads[2];
        assert_int_equal(qdpi_sigbus_guard_add(file.start, file.size, &lost), 0);
        for (size_t i = 0; i < 2; i++) {
            readers[i] = (struct reader){.page = file.start, .lost = &lost};
            assert_int_equal(pthread_create(&threads[i], NULL, read_until_lost, &readers[i]), 0);
        }
        sigbus_file_truncate(&file, 0);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(readers[i].wrong, 0);
        }
        qdpi_sigbus_guard_remove(file.start);
        sigbus_file_unmap(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated_file),      cmocka_unit_test(test_copy_across_the_end),
        cmocka_unit_test(test_two_ranges_one_lost), cmocka_unit_test(test_add_refuses),
        cmocka_unit_test(test_add_all_places),      cmocka_unit_test(test_faults_during_changes),
        cmocka_unit_test(test_flag_before_page),
    };
    return qdpi_run_group(tests);
}
