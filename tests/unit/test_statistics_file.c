// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The statistics page: its layout, and its file.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qdpi_cmocka.h"
#include "scratch.h"
#include "statistics.h"
#include "statistics_sums.h"

static void make_folder(struct qdpi_scratch *scratch)
{
    assert_int_equal(qdpi_scratch_make("/tmp", scratch), 0);
}

/// Also the proof that no file is left in it.
static void remove_folder(struct qdpi_scratch *scratch)
{
    const int result = rmdir(scratch->path);

    qdpi_scratch_remove(scratch);
    assert_int_equal(result, 0);
}

static void open_in(struct qdpi_statistics *statistics, const char *folder)
{
    assert_int_equal(qdpi_statistics_open(statistics, folder), 0);
}

static void name_file(const char *folder, const char *pattern, char path[128])
{
    const int length = snprintf(path, 128, "%s/", folder);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(path + length, 128 - (size_t)length, pattern, geteuid(), getpid());
#pragma GCC diagnostic pop
}

/// An empty file; %u and %d in its name stand for user and process.
static void make_named(const char *folder, const char *pattern)
{
    char path[128];
    int file;

    name_file(folder, pattern, path);
    file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(file >= 0);
    (void)close(file);
}

/// It must be there.
static void remove_named(const char *folder, const char *pattern)
{
    char path[128];

    name_file(folder, pattern, path);
    assert_int_equal(unlink(path), 0);
}

/// Where the numbers stand is a promise to readers of another build: who moves one changes
/// QDPI_STATISTICS_LAYOUT, and this test.
static void test_layout_version_1(void **state)
{
    (void)state;
    assert_int_equal(QDPI_STATISTICS_LAYOUT, 1);
    assert_int_equal(sizeof(struct qdpi_statistics_page), 4096);
    assert_int_equal(offsetof(struct qdpi_statistics_page, magic), 0);
    assert_int_equal(offsetof(struct qdpi_statistics_page, layout), 8);
    assert_int_equal(offsetof(struct qdpi_statistics_page, bytes), 12);
    assert_int_equal(offsetof(struct qdpi_statistics_page, pid), 16);
    assert_int_equal(offsetof(struct qdpi_statistics_page, state), 20);
    assert_int_equal(offsetof(struct qdpi_statistics_page, started_us), 24);
    assert_int_equal(offsetof(struct qdpi_statistics_page, process), 32);
    assert_int_equal(offsetof(struct qdpi_statistics_page, endpoint), 64);
    assert_int_equal(offsetof(struct qdpi_statistics_page, counters), 512);
    assert_int_equal(offsetof(struct qdpi_statistics_page, queue_high), 584);
    assert_int_equal(offsetof(struct qdpi_statistics_page, errors), 592);
    assert_int_equal(offsetof(struct qdpi_statistics_page, slots), 1024);
    assert_int_equal(offsetof(struct qdpi_statistics_page, shared), 1024 + 16 * 128);
    assert_int_equal(offsetof(struct qdpi_statistics_slot, reads), 8);
    assert_int_equal(offsetof(struct qdpi_statistics_slot, read_bytes), 16);
    assert_int_equal(offsetof(struct qdpi_statistics_slot, writes), 24);
    assert_int_equal(offsetof(struct qdpi_statistics_slot, write_bytes), 32);
    assert_int_equal(offsetof(struct qdpi_statistics_slot, atomics), 40);
}

/// What a reader finds in the file is what the page holds; only the user can read it; the magic is
/// not there before everything else is; a lock is held as long as the page is used.
static void test_open_file_tells_about_bridge(void **state)
{
    struct qdpi_scratch scratch;
    const char *const folder = scratch.path;
    struct qdpi_statistics_page page;
    struct qdpi_statistics statistics;
    struct stat about;
    char expected[128];
    int file;

    (void)state;
    make_folder(&scratch);
    open_in(&statistics, folder);
    (void)snprintf(expected, sizeof expected, "%s/qemu-dpi-stats-%u-%d-0", folder, geteuid(),
                   getpid());
    assert_string_equal(statistics.path, expected);
    file = open(expected, O_RDONLY);
    assert_true(file >= 0);
    assert_int_equal(fstat(file, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, QDPI_STATISTICS_BYTES);
    assert_int_equal(pread(file, &page, sizeof page, 0), sizeof page);
    assert_true(page.magic == 0);

    qdpi_statistics_publish(&statistics, "qmp:/somewhere");
    qdpi_statistics_set_state(&statistics, QDPI_STATISTICS_ATTACHED);
    (void)qdpi_statistics_count(&statistics, QDPI_STATISTICS_READ, 64);
    assert_int_equal(pread(file, &page, sizeof page, 0), sizeof page);
    assert_memory_equal(&page, "qdstats!", 8);
    assert_int_equal(page.layout, QDPI_STATISTICS_LAYOUT);
    assert_int_equal(page.bytes, QDPI_STATISTICS_BYTES);
    assert_int_equal(page.pid, getpid());
    assert_int_equal(page.state, QDPI_STATISTICS_ATTACHED);
    assert_true(page.started_us > UINT64_C(1700000000000000));
    assert_string_equal(page.process, program_invocation_short_name);
    assert_string_equal(page.endpoint, "qmp:/somewhere");
    assert_true(statistics_reads(&page) == 1);
    assert_true(statistics_read_bytes(&page) == 64);

    assert_int_equal(flock(file, LOCK_SH | LOCK_NB), -1);
    qdpi_statistics_close(&statistics);
    assert_int_equal(flock(file, LOCK_SH | LOCK_NB), 0);
    assert_int_equal(access(expected, F_OK), -1);
    (void)close(file);
    remove_folder(&scratch);
}

/** Leave the page of a killed process. @param path  receives its name. */
static void leave_dead_page(const char *folder, const char *endpoint, bool paused, char path[128])
{
    struct qdpi_statistics statistics;
    const pid_t child = fork();
    int status;

    if (child == 0) {
        open_in(&statistics, folder);
        statistics.page->guest_paused = paused;
        qdpi_statistics_publish(&statistics, endpoint);
        (void)raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    (void)snprintf(path, 128, "%s/qemu-dpi-stats-%u-%d-0", folder, geteuid(), child);
    assert_int_equal(access(path, F_OK), 0);
}

/// What a killed process leaves is swept; what others have, and what a living process has not
/// finished yet, stays.
static void test_sweep_of_dead_pages(void **state)
{
    static const char *const kept[] = {"other", "qemu-dpi-stats-%u-%d-7", "qemu-dpi-stats-%u-%d-7x",
                                       "qemu-dpi-stats-%u-0%d-", "qemu-dpi-stats-1%u-%d-7"};
    struct qdpi_scratch scratch;
    const char *const folder = scratch.path;
    char path[128];
    struct qdpi_statistics statistics;

    (void)state;
    make_folder(&scratch);
    leave_dead_page(folder, "qmp:/gone", false, path);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        make_named(folder, kept[i]);

    open_in(&statistics, folder);
    assert_false(qdpi_statistics_sweep(folder, "qmp:/gone"));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(statistics.path, F_OK), 0);
    qdpi_statistics_close(&statistics);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        remove_named(folder, kept[i]);
    remove_folder(&scratch);
}

/// The page of a bridge that died while its guest stood still because of it stays for whoever
/// attaches to that guest next, as long as there is something to attach to.
static void test_sweep_tells_of_a_paused_guest(void **state)
{
    struct qdpi_scratch scratch;
    const char *const folder = scratch.path;
    char gone[128];
    char there[128];
    char endpoint[128];

    (void)state;
    make_folder(&scratch);
    leave_dead_page(folder, "qmp:/nowhere/gone", true, gone);
    (void)snprintf(endpoint, sizeof endpoint, "qmp:%s", folder);
    leave_dead_page(folder, endpoint, true, there);
    assert_false(qdpi_statistics_sweep(folder, NULL));
    assert_int_equal(access(gone, F_OK), -1);
    assert_false(qdpi_statistics_sweep(folder, "qmp:/elsewhere"));
    assert_int_equal(access(there, F_OK), 0);
    assert_true(qdpi_statistics_sweep(folder, endpoint));
    assert_int_equal(access(there, F_OK), -1);
    assert_false(qdpi_statistics_sweep(folder, endpoint));
    assert_false(qdpi_statistics_sweep(NULL, endpoint));
    remove_folder(&scratch);
}

/// Where no file can be made, for too long a name or because all names are taken, the page is
/// private, and everything else goes on.
static void test_open_without_a_name_is_private(void **state)
{
    enum { NUMBERS = 1024 };
    struct qdpi_scratch scratch;
    const char *const folder = scratch.path;
    char name[64];
    char long_folder[4096];
    struct qdpi_statistics statistics;

    (void)state;
    memset(long_folder, 'x', sizeof long_folder - 1);
    long_folder[sizeof long_folder - 1] = '\0';
    open_in(&statistics, long_folder);
    assert_true(statistics.file < 0 && statistics.page != NULL);
    qdpi_statistics_close(&statistics);

    make_folder(&scratch);
    for (int i = 0; i < NUMBERS; i++) {
        (void)snprintf(name, sizeof name, "qemu-dpi-stats-%%u-%%d-%d", i);
        make_named(folder, name);
    }
    open_in(&statistics, folder);
    assert_true(statistics.file < 0 && statistics.page != NULL);
    qdpi_statistics_close(&statistics);
    for (int i = 0; i < NUMBERS; i++) {
        (void)snprintf(name, sizeof name, "qemu-dpi-stats-%%u-%%d-%d", i);
        remove_named(folder, name);
    }
    remove_folder(&scratch);
}

/// Two bridges of a process have a file each, and a file that is there already is not touched.
static void test_open_takes_no_file_that_is_there(void **state)
{
    struct qdpi_scratch scratch;
    const char *const folder = scratch.path;
    char occupied[128];
    struct qdpi_statistics first;
    struct qdpi_statistics second;
    struct stat about;
    int file;

    (void)state;
    make_folder(&scratch);
    (void)snprintf(occupied, sizeof occupied, "%s/qemu-dpi-stats-%u-%d-0", folder, geteuid(),
                   getpid());
    file = open(occupied, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(file >= 0);
    (void)close(file);
    open_in(&first, folder);
    open_in(&second, folder);
    assert_true(first.file >= 0 && second.file >= 0);
    assert_string_not_equal(first.path, second.path);
    assert_int_equal(stat(occupied, &about), 0);
    assert_int_equal(about.st_size, 0);
    qdpi_statistics_close(&first);
    qdpi_statistics_close(&second);
    assert_int_equal(unlink(occupied), 0);
    remove_folder(&scratch);
}

/// Without a folder the bridge works, and counts for itself.
static void test_open_without_folder_is_private(void **state)
{
    static const char *const folders[] = {NULL, "/nonexistent/qdpi", "/proc/self"};

    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        struct qdpi_statistics statistics;

        open_in(&statistics, folders[i]);
        assert_int_equal(statistics.file, -1);
        qdpi_statistics_publish(&statistics, "file:x");
        (void)qdpi_statistics_count(&statistics, QDPI_STATISTICS_READ, 8);
        assert_true(statistics_reads(statistics.page) == 1);
        qdpi_statistics_close(&statistics);
        assert_null(statistics.page);
        qdpi_statistics_close(&statistics);
    }
}

/// The environment switches the file off, with this one word only.
static void test_folder_switch(void **state)
{
    (void)state;
    assert_int_equal(unsetenv(QDPI_STATISTICS_SWITCH), 0);
    assert_string_equal(qdpi_statistics_folder(), "/dev/shm");
    assert_int_equal(setenv(QDPI_STATISTICS_SWITCH, "off", 1), 0);
    assert_null(qdpi_statistics_folder());
    assert_int_equal(setenv(QDPI_STATISTICS_SWITCH, "", 1), 0);
    assert_non_null(qdpi_statistics_folder());
    assert_int_equal(unsetenv(QDPI_STATISTICS_SWITCH), 0);
}

/// A file that is truncated under the bridge is no SIGBUS: counting goes on.
static void test_truncated_file_is_survived(void **state)
{
    struct qdpi_scratch scratch;
    const char *const folder = scratch.path;
    struct qdpi_statistics statistics;

    (void)state;
    make_folder(&scratch);
    open_in(&statistics, folder);
    assert_int_equal(truncate(statistics.path, 0), 0);
    (void)qdpi_statistics_count(&statistics, QDPI_STATISTICS_READ, 8);
    assert_true(statistics_reads(statistics.page) == 1);
    assert_int_equal(statistics.lost, 1);
    qdpi_statistics_close(&statistics);
    remove_folder(&scratch);
}

/// An endpoint that does not fit is cut, and ends nevertheless.
static void test_publish_cuts_endpoint(void **state)
{
    char endpoint[1000];
    struct qdpi_statistics statistics;

    (void)state;
    open_in(&statistics, NULL);
    memset(endpoint, 'x', sizeof endpoint);
    endpoint[sizeof endpoint - 1] = '\0';
    qdpi_statistics_publish(&statistics, endpoint);
    assert_int_equal(strlen(statistics.page->endpoint), sizeof statistics.page->endpoint - 1);
    assert_true(statistics.page->counters.values[0] == 0);
    qdpi_statistics_close(&statistics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout_version_1),
        cmocka_unit_test(test_open_file_tells_about_bridge),
        cmocka_unit_test(test_sweep_of_dead_pages),
        cmocka_unit_test(test_sweep_tells_of_a_paused_guest),
        cmocka_unit_test(test_open_takes_no_file_that_is_there),
        cmocka_unit_test(test_open_without_a_name_is_private),
        cmocka_unit_test(test_open_without_folder_is_private),
        cmocka_unit_test(test_folder_switch),
        cmocka_unit_test(test_truncated_file_is_survived),
        cmocka_unit_test(test_publish_cuts_endpoint),
    };

    return qdpi_run_group(tests);
}
