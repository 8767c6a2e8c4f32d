// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The statistics page: its layout, its file, and that every access is counted once.

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge.h"
#include "qdpi_cmocka.h"
#include "scratch.h"
#include "statistics.h"

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

static uint64_t reads_of(const struct qdpi_statistics_page *page)
{
    uint64_t sum = page->shared.reads;

    for (size_t i = 0; i < QDPI_STATISTICS_SLOTS; i++)
        sum += page->slots[i].reads;
    return sum;
}

static uint64_t read_bytes_of(const struct qdpi_statistics_page *page)
{
    uint64_t sum = page->shared.read_bytes;

    for (size_t i = 0; i < QDPI_STATISTICS_SLOTS; i++)
        sum += page->slots[i].read_bytes;
    return sum;
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
    assert_true(reads_of(&page) == 1);
    assert_true(read_bytes_of(&page) == 64);

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
        assert_true(reads_of(statistics.page) == 1);
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
    assert_true(reads_of(statistics.page) == 1);
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

/// Each kind of access has counters of its own, and one thread one slot.
static void test_count_single_thread(void **state)
{
    struct qdpi_statistics statistics;
    const struct qdpi_statistics_slot *used = NULL;

    (void)state;
    open_in(&statistics, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        (void)qdpi_statistics_count(&statistics, QDPI_STATISTICS_READ, i);
        (void)qdpi_statistics_count(&statistics, QDPI_STATISTICS_WRITE, 3);
        if (i % 10 == 0)
            (void)qdpi_statistics_count(&statistics, QDPI_STATISTICS_ATOMIC, 8);
    }
    for (size_t i = 0; i < QDPI_STATISTICS_SLOTS; i++) {
        if (statistics.page->slots[i].thread != 0) {
            assert_null(used);
            used = &statistics.page->slots[i];
        }
    }
    assert_non_null(used);
    assert_true(used->reads == 1000 && used->read_bytes == 499500);
    assert_true(used->writes == 1000 && used->write_bytes == 3000);
    assert_true(used->atomics == 100);
    for (size_t i = 0; i < sizeof used->unused / sizeof used->unused[0]; i++)
        assert_true(used->unused[i] == 0);
    assert_true(statistics.page->shared.reads == 0);
    qdpi_statistics_close(&statistics);
}

enum {
    THREADS = 24,  // more than there are slots
    ACCESSES = 50000,
};

struct counting {
    struct qdpi_statistics *statistics;
    pthread_barrier_t *begin;
};

static void *count_reads(void *context)
{
    const struct counting *counting = context;

    (void)pthread_barrier_wait(counting->begin);
    for (unsigned i = 0; i < ACCESSES; i++)
        (void)qdpi_statistics_count(counting->statistics, QDPI_STATISTICS_READ, 8);
    return NULL;
}

static void count_with_threads(struct counting *counting, pthread_t threads[THREADS])
{
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_reads, counting), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/// No increment is lost, whether threads have a slot or share one, and when threads end and others
/// take over what they leave.
static void test_count_many_threads(void **state)
{
    struct qdpi_statistics statistics;
    pthread_barrier_t begin;
    struct counting counting = {.begin = &begin};
    pthread_t threads[THREADS];

    (void)state;
    open_in(&statistics, NULL);
    counting.statistics = &statistics;
    assert_int_equal(pthread_barrier_init(&begin, NULL, THREADS), 0);
    for (unsigned round = 1; round <= 3; round++) {
        count_with_threads(&counting, threads);
        assert_true(reads_of(statistics.page) == (uint64_t)round * THREADS * ACCESSES);
        assert_true(read_bytes_of(statistics.page) == (uint64_t)round * THREADS * ACCESSES * 8);
    }
    // Both ways have been gone.
    assert_true(statistics.page->shared.reads > 0);
    assert_true(statistics.page->shared.reads < reads_of(statistics.page));
    (void)pthread_barrier_destroy(&begin);
    qdpi_statistics_close(&statistics);
}

static void test_count_error_by_kind(void **state)
{
    static const struct {
        int result;
        enum qdpi_statistics_error kind;
    } cases[] = {
        {QDPI_ERR_UNMAPPED, QDPI_STATISTICS_ERROR_UNMAPPED},
        {QDPI_ERR_ROM, QDPI_STATISTICS_ERROR_ROM},
        {QDPI_ERR_LOST, QDPI_STATISTICS_ERROR_LOST},
        {QDPI_ERR_INVALID, QDPI_STATISTICS_ERROR_INVALID},
        {QDPI_ERR_UNSUPPORTED, QDPI_STATISTICS_ERROR_UNSUPPORTED},
        {QDPI_ERR_TIMEOUT, QDPI_STATISTICS_ERROR_TIMEOUT},
        {QDPI_ERR_IO, QDPI_STATISTICS_ERROR_IO},
        {QDPI_ERR_BUSY, QDPI_STATISTICS_ERROR_OTHER},
        {QDPI_ERR_NOT_FOUND, QDPI_STATISTICS_ERROR_OTHER},
    };
    struct qdpi_statistics statistics;

    (void)state;
    open_in(&statistics, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint64_t before = statistics.page->errors[cases[i].kind];

        qdpi_statistics_count_error(&statistics, cases[i].result);
        assert_true(statistics.page->errors[cases[i].kind] == before + 1);
    }
    qdpi_statistics_close(&statistics);
}

static void test_note_queue_keeps_the_most(void **state)
{
    struct qdpi_statistics statistics;

    (void)state;
    open_in(&statistics, NULL);
    qdpi_statistics_note_queue(&statistics, 3);
    qdpi_statistics_note_queue(&statistics, 70000);
    qdpi_statistics_note_queue(&statistics, 5);
    assert_true(statistics.page->queue_high == 70000);
    qdpi_statistics_close(&statistics);
}

// ---- A whole bridge ----------------------------------------------------------------------------

#define RAM_BYTES (2U << 20)

struct setting {
    struct qdpi_scratch scratch;
    char ram[QDPI_SCRATCH_PATH_MAX + 8];
    struct qdpi_bridge *bridge;
    struct qdpi_statistics_page *page;  // mapped from the bridge's file
};

static void open_bridge(struct setting *setting)
{
    char endpoint[sizeof setting->ram + 8];
    int file;

    make_folder(&setting->scratch);
    (void)snprintf(setting->ram, sizeof setting->ram, "%s/ram", setting->scratch.path);
    file = open(setting->ram, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(ftruncate(file, RAM_BYTES), 0);
    (void)close(file);
    (void)snprintf(endpoint, sizeof endpoint, "file:%s", setting->ram);
    assert_int_equal(qdpi_open(endpoint, 0, &setting->bridge), 0);

    file = open(setting->bridge->statistics.path, O_RDONLY);
    assert_true(file >= 0);
    setting->page = mmap(NULL, QDPI_STATISTICS_BYTES, PROT_READ, MAP_SHARED, file, 0);
    assert_true(setting->page != MAP_FAILED);
    (void)close(file);
    assert_string_equal(setting->page->endpoint, endpoint);
    assert_int_equal(setting->page->state, QDPI_STATISTICS_ATTACHED);
}

static void close_bridge(struct setting *setting)
{
    qdpi_close(setting->bridge);
    assert_int_equal(setting->page->state, QDPI_STATISTICS_DETACHED);
    (void)munmap(setting->page, QDPI_STATISTICS_BYTES);
    qdpi_scratch_remove(&setting->scratch);
}

static void make_accesses(struct qdpi_bridge *bridge)
{
    static const uint8_t strobes[8] = {0xff, 0x0f, 0, 0, 0, 0, 0, 0x80};
    uint8_t bytes[64] = {0};
    uint64_t word;

    assert_int_equal(qdpi_mem_read(bridge, 0x1000, bytes, 64), 0);
    assert_int_equal(qdpi_mem_read(bridge, 0x9fff8, bytes, 16), 0);  // not the fast way
    assert_int_equal(qdpi_mem_read8(bridge, 0x1000, bytes), 0);
    assert_int_equal(qdpi_mem_read64(bridge, 0x1001, &word), 0);
    assert_int_equal(qdpi_mem_write(bridge, 0x1000, bytes, 40), 0);
    assert_int_equal(qdpi_mem_write32(bridge, 0x1000, 1), 0);
    assert_int_equal(qdpi_mem_write_strobed(bridge, 0x1000, bytes, strobes, 64), 0);
    assert_int_equal(qdpi_mem_fetch_add64(bridge, 0x1000, 1, &word), 0);
    assert_int_equal(qdpi_mem_read64(bridge, RAM_BYTES, &word), QDPI_ERR_UNMAPPED);
    assert_int_equal(qdpi_mem_write64(bridge, RAM_BYTES - 4, 1), QDPI_ERR_UNMAPPED);
    assert_int_equal(qdpi_mem_fetch_add64(bridge, 0x1001, 1, &word), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_irq_set(bridge, 5), QDPI_ERR_UNSUPPORTED);
}

/// Every way through the API is counted once, and what fails only as an error.
static void test_bridge_counts_accesses(void **state)
{
    struct setting setting;
    const struct qdpi_statistics_slot *slot = NULL;

    (void)state;
    open_bridge(&setting);
    make_accesses(setting.bridge);
    for (size_t i = 0; i < QDPI_STATISTICS_SLOTS; i++) {
        if (setting.page->slots[i].thread != 0)
            slot = &setting.page->slots[i];
    }
    assert_non_null(slot);
    assert_int_equal(slot->reads, 4);
    assert_int_equal(slot->read_bytes, 64 + 16 + 1 + 8);
    assert_int_equal(slot->writes, 3);
    assert_int_equal(slot->write_bytes, 40 + 4 + 13);
    assert_int_equal(slot->atomics, 1);
    assert_int_equal(setting.page->errors[QDPI_STATISTICS_ERROR_UNMAPPED], 2);
    assert_int_equal(setting.page->errors[QDPI_STATISTICS_ERROR_INVALID], 1);
    assert_int_equal(setting.page->errors[QDPI_STATISTICS_ERROR_UNSUPPORTED], 1);
    close_bridge(&setting);
}

/// A bridge whose RAM file is gone says so on its page.
static void test_bridge_tells_loss(void **state)
{
    struct setting setting;
    uint64_t word;

    (void)state;
    open_bridge(&setting);
    assert_int_equal(truncate(setting.ram, 0), 0);
    assert_int_equal(qdpi_mem_read64(setting.bridge, 0x1000, &word), QDPI_ERR_LOST);
    assert_int_equal(setting.page->state, QDPI_STATISTICS_LOST);
    assert_int_equal(setting.page->errors[QDPI_STATISTICS_ERROR_LOST], 1);
    assert_int_equal(setting.page->counters.values[QDPI_COUNTER_EVENTS], 1);
    assert_true(reads_of(setting.page) == 0);
    close_bridge(&setting);
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
        cmocka_unit_test(test_count_single_thread),
        cmocka_unit_test(test_count_many_threads),
        cmocka_unit_test(test_count_error_by_kind),
        cmocka_unit_test(test_note_queue_keeps_the_most),
        cmocka_unit_test(test_bridge_counts_accesses),
        cmocka_unit_test(test_bridge_tells_loss),
    };

    return qdpi_run_group(tests);
}
