// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What happens to a bridge when QEMU or its RAM file goes away: the process lives, every call says
// so, and the bridge can attach again.

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "live_guest.h"
#include "qdpi_cmocka.h"

#define EVENT_MS 10000U
#define RING_INDEX 37U
#define EDGE_LINE 5U

static void expect_lost_everywhere(struct qdpi_bridge *bridge)
{
    struct qdpi_memory_range range;
    unsigned char data[64] = {0x5a};
    uint64_t word = 0x5a;

    assert_int_equal(qdpi_mem_read(bridge, 0x100000, data, sizeof data), QDPI_ERR_LOST);
    qdpi_live_check_sentence(bridge, "attach again");
    assert_int_equal(data[0], 0x5a);
    assert_int_equal(qdpi_mem_write(bridge, 0x100000, data, sizeof data), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_read64(bridge, 0x100000, &word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_write64(bridge, 0x100000, word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_fetch_add64(bridge, 0x100000, 1, &word), QDPI_ERR_LOST);
    assert_int_equal(word, 0x5a);
    assert_int_equal(qdpi_mem_read64(bridge, 0xa0000, &word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_map_refresh(bridge), QDPI_ERR_LOST);
    assert_true(qdpi_map_get(bridge, &range, 1) < 0);
}

/// QEMU is killed: one event, one sentence, and every call says so at once.
static void test_qemu_killed(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);
    uint64_t start;

    qdpi_live_kill(&live->qemu[0]);
    (void)qdpi_live_expect_event(bridge, QDPI_EVENT_LOST);
    qdpi_live_check_sentence(bridge, "QEMU");
    start = qdpi_clock_us();
    expect_lost_everywhere(bridge);
    assert_int_equal(qdpi_irq_pulse(bridge, EDGE_LINE), QDPI_ERR_LOST);
    assert_int_equal(qdpi_nmi(bridge), QDPI_ERR_LOST);
    assert_int_equal(qdpi_fence(bridge, EVENT_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_guest_stop(bridge, EVENT_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_guest_reset(bridge, EVENT_MS), QDPI_ERR_LOST);
    assert_true(qdpi_clock_us() - start < EVENT_MS * UINT64_C(1000) / 2);
}

/// The doorbells that came before the end are delivered before the event of the loss.
static void test_qemu_killed_with_events_waiting(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, NULL);

    (void)qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, 100);
    // Posted before the answer, they may still be on their way.
    while (qdpi_counter(bridge, QDPI_COUNTER_DOORBELLS) < 100)
        qdpi_live_sleep_ms(1);
    qdpi_live_kill(&live->qemu[0]);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(qdpi_live_expect_event(bridge, QDPI_EVENT_DOORBELL), i);
    (void)qdpi_live_expect_event(bridge, QDPI_EVENT_LOST);
}

/// A restarted QEMU with more RAM is attached to by the same bridge.
static void test_reattach(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge = qdpi_live_guest_start(live, "64M");
    const uint64_t high = 100U << 20;
    char path[QDPI_LIVE_PATH_MAX];
    uint32_t word = 0;

    assert_int_equal(qdpi_mem_read32(bridge, high, &word), QDPI_ERR_UNMAPPED);
    qdpi_live_kill(&live->qemu[0]);
    (void)qdpi_live_expect_event(bridge, QDPI_EVENT_LOST);
    qdpi_live_path(&live->qemu[0], "ram", path);
    assert_int_equal(unlink(path), 0);
    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.ram = "128M", .guest = true});
    assert_int_equal(qdpi_reattach(bridge, EVENT_MS), 0);
    assert_string_equal(qdpi_last_error(bridge), "");
    qdpi_live_guest_await(bridge, 1);
    assert_int_equal(qdpi_mem_write32(bridge, high, 0x12345678), 0);
    assert_int_equal(qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_SUM, high, 4), 0x12345678);
    assert_int_equal(qdpi_irq_pulse(bridge, EDGE_LINE), 0);
    qdpi_live_guest_await_count(bridge, EDGE_LINE, 1);
    (void)qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, 1);
    assert_int_equal(qdpi_live_expect_event(bridge, QDPI_EVENT_DOORBELL), 0);
    qdpi_live_expect_no_event(bridge);
}

/// The file is truncated under the bridge while QEMU stands still: the accesses say "lost", and no
/// SIGBUS gets to this process (cmocka's handler would fail the test).
static void test_ram_file_truncated(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_bridge *bridge;
    char path[QDPI_LIVE_PATH_MAX];
    uint32_t word;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.ram = "64M", .paused = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    bridge = live->bridge[0];
    assert_int_equal(qdpi_mem_write32(bridge, 0x3000000, 1), 0);
    // QEMU itself must not touch the file and die, which would be another loss.
    assert_int_equal(kill(live->qemu[0].pid, SIGSTOP), 0);
    qdpi_live_path(&live->qemu[0], "ram", path);
    assert_int_equal(truncate(path, 0x2000000), 0);
    assert_int_equal(qdpi_mem_read32(bridge, 0x1000000, &word), 0);
    assert_int_equal(qdpi_mem_read32(bridge, 0x3000000, &word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_read32(bridge, 0x1000000, &word), QDPI_ERR_LOST);
    qdpi_live_check_sentence(bridge, "truncated");
    expect_lost_everywhere(bridge);
    qdpi_live_close(live);
}

/// The same while reads, writes and atomics of every kind go on: whichever meets the end first.
static void test_ram_file_truncated_each_access(void **state)
{
    struct qdpi_live *live = *state;
    static unsigned char data[65536];
    uint64_t u64;
    uint32_t u32;
    char path[QDPI_LIVE_PATH_MAX];
    const uint64_t gone = 0x3000000;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.ram = "64M", .paused = true});
    qdpi_live_path(&live->qemu[0], "ram", path);
    for (unsigned kind = 0; kind < 8; kind++) {
        struct qdpi_bridge *bridge;
        int result;

        assert_int_equal(truncate(path, 0x4000000), 0);
        live->bridge[0] = qdpi_live_open(&live->qemu[0]);
        bridge = live->bridge[0];
        assert_int_equal(kill(live->qemu[0].pid, SIGSTOP), 0);
        assert_int_equal(truncate(path, (off_t)gone), 0);
        result = kind == 0   ? qdpi_mem_read(bridge, gone, data, 1)
                 : kind == 1 ? qdpi_mem_read(bridge, gone - 4096, data, sizeof data)
                 : kind == 2 ? qdpi_mem_write(bridge, gone - 4096, data, sizeof data)
                 : kind == 3 ? qdpi_mem_write64(bridge, gone, 1)
                 : kind == 4 ? qdpi_mem_cas32(bridge, gone, 0, 1, &u32)
                 : kind == 5 ? qdpi_mem_fetch_add64(bridge, gone, 1, &u64)
                 : kind == 6 ? qdpi_mem_swap32(bridge, gone, 1, &u32)
                             : qdpi_mem_write(bridge, gone - 3, data, 6);
        if (result != QDPI_ERR_LOST)
            fail_msg("access %u: %d", kind, result);
        qdpi_live_check_sentence(bridge, "truncated");
        assert_int_equal(kill(live->qemu[0].pid, SIGCONT), 0);
        qdpi_live_close(live);
    }
}

/// The testbench that waits for events, and does not access memory, hears of the loss as well.
static void test_truncation_is_an_event(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_event event;
    char path[QDPI_LIVE_PATH_MAX];
    uint32_t word;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.ram = "64M", .paused = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    assert_int_equal(kill(live->qemu[0].pid, SIGSTOP), 0);
    qdpi_live_path(&live->qemu[0], "ram", path);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(qdpi_mem_read32(live->bridge[0], 0x3000000, &word), QDPI_ERR_LOST);
    (void)qdpi_live_expect_event(live->bridge[0], QDPI_EVENT_LOST);
    assert_int_equal(qdpi_event_poll(live->bridge[0], &event), QDPI_ERR_LOST);
    qdpi_live_close(live);
}

static sigjmp_buf not_ours;

static void on_sigbus(int number)
{
    siglongjmp(not_ours, number);
}

/// A SIGBUS that is not about a bridge goes to the handler that was there before; it is back in
/// place when the last bridge is closed.
static void test_sigbus_of_others(void **state)
{
    struct qdpi_live *live = *state;
    const struct sigaction mine = {.sa_handler = on_sigbus};
    struct sigaction before;
    struct sigaction now;
    char path[QDPI_LIVE_PATH_MAX];
    const volatile unsigned char *page;
    FILE *file;
    volatile bool came = false;

    assert_int_equal(sigaction(SIGBUS, &mine, &before), 0);
    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    qdpi_live_path(&live->qemu[0], "other", path);
    file = fopen(path, "w+e");
    assert_non_null(file);
    page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(file), 0);
    (void)fclose(file);
    assert_ptr_not_equal(page, MAP_FAILED);
    if (sigsetjmp(not_ours, 1) == 0)
        (void)*page;
    else
        came = true;
    (void)munmap((void *)(uintptr_t)page, 4096);
    qdpi_live_close(live);
    assert_int_equal(sigaction(SIGBUS, &before, &now), 0);
    assert_true(came);
    assert_ptr_equal(now.sa_handler, on_sigbus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        // First, while cmocka has not yet taken the library's SIGBUS handler away.
        qdpi_live_test(test_sigbus_of_others),
        qdpi_live_test(test_ram_file_truncated),
        qdpi_live_test(test_ram_file_truncated_each_access),
        qdpi_live_test(test_truncation_is_an_event),
        qdpi_live_test(test_qemu_killed),
        qdpi_live_test(test_qemu_killed_with_events_waiting),
        qdpi_live_test(test_reattach),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
