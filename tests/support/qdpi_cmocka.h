// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The one way to cmocka. Older versions want four standard headers before their own. Tests use only
// macros that cmocka 1.1.5 and 2.0 both have and neither deprecates: assert_true, assert_false,
// assert_int_equal, assert_int_not_equal, assert_string_equal, assert_string_not_equal,
// assert_memory_equal, assert_null, assert_non_null, assert_ptr_equal, assert_ptr_not_equal,
// fail_msg, skip, cmocka_unit_test*, cmocka_run_group_tests. 1.1 has no unsigned comparison;
// numbers of 64 bits compare right with assert_int_equal all the same.
//
// Also here: what every group of tests does around its tests.

#ifndef QDPI_TESTS_SUPPORT_QDPI_CMOCKA_H_
#define QDPI_TESTS_SUPPORT_QDPI_CMOCKA_H_

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/** What ctest takes for "skipped". */
#define QDPI_TEST_SKIPPED 77

static int qdpi_skipped;

// cmocka counts a test that was skipped as passed.
#undef skip
#define skip() (qdpi_skipped++, _skip(__FILE__, __LINE__))

/** How many file descriptors this process has open; -1 if that cannot be told. */
static inline int qdpi_count_open_fds(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = -2;  // "." and ".."

    if (directory == NULL) {
        return -1;
    }
    while (readdir(directory) != NULL) {
        count++;
    }
    (void)closedir(directory);
    return count - 1;  // that of the directory itself
}

static int qdpi_open_fds_before;

/** Group setup: remember how many file descriptors are open. */
static inline int qdpi_group_setup(void **state)
{
    (void)state;
    qdpi_open_fds_before = qdpi_count_open_fds();
    return qdpi_open_fds_before >= 0 ? 0 : -1;
}

/**
 * After the group: fail if its tests have left a file descriptor open, or closed one of others; be
 * skipped, if nothing failed, where a test was. Not a group teardown: cmocka 1.1.5 prints that one
 * has failed, and returns 0 all the same.
 */
static inline int qdpi_group_result(int failed)
{
    int after = qdpi_count_open_fds();

    if (after != qdpi_open_fds_before) {
        print_error("file descriptors open: %d before the tests, %d after\n", qdpi_open_fds_before,
                    after);
        return failed + 1;
    }
    return failed == 0 && qdpi_skipped > 0 ? QDPI_TEST_SKIPPED : failed;
}

/** Run the group `tests` with the above around it; of them only those whose names are like
 *  $QDPI_TEST_FILTER (with * and ?) if that is set. @return what main() is to return. */
#define qdpi_run_group(tests)                                                                      \
    (cmocka_set_test_filter(getenv("QDPI_TEST_FILTER")),                                           \
     qdpi_group_result(cmocka_run_group_tests(tests, qdpi_group_setup, NULL)))

#endif  // QDPI_TESTS_SUPPORT_QDPI_CMOCKA_H_
