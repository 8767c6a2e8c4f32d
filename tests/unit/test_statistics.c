// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The statistics page: that every access is counted once, and what a whole bridge tells.

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge.h"
#include "qdpi_cmocka.h"
#include "scratch.h"
#include "statistics.h"
#include "statistics_sums.h"

/// Each kind of access has counters of its own, and one thread one slot.
static void test_count_single_thread(void **state)
{
    struct qdpi_statistics statistics;
    const struct qdpi_statistics_slot *used = NULL;

    (void)state;
    assert_int_equal(qdpi_statistics_open(&statistics, NULL), 0);
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
    assert_int_equal(qdpi_statistics_open(&statistics, NULL), 0);
    counting.statistics = &statistics;
    assert_int_equal(pthread_barrier_init(&begin, NULL, THREADS), 0);
    for (unsigned round = 1; round <= 3; round++) {
        count_with_threads(&counting, threads);
        assert_true(statistics_reads(statistics.page) == (uint64_t)round * THREADS * ACCESSES);
        assert_true(statistics_read_bytes(statistics.page) ==
                    (uint64_t)round * THREADS * ACCESSES * 8);
    }
    // Both ways have been gone.
    assert_true(statistics.page->shared.reads > 0);
    assert_true(statistics.page->shared.reads < statistics_reads(statistics.page));
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
    assert_int_equal(qdpi_statistics_open(&statistics, NULL), 0);
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
    assert_int_equal(qdpi_statistics_open(&statistics, NULL), 0);
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

    assert_int_equal(qdpi_scratch_make("/tmp", &setting->scratch), 0);
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
    assert_true(statistics_reads(setting.page) == 0);
    close_bridge(&setting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count_single_thread),
        cmocka_unit_test(test_count_many_threads),
        cmocka_unit_test(test_count_error_by_kind),
        cmocka_unit_test(test_note_queue_keeps_the_most),
        cmocka_unit_test(test_bridge_counts_accesses),
        cmocka_unit_test(test_bridge_tells_loss),
    };

    return qdpi_run_group(tests);
}
