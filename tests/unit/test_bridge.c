// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The bridge as a whole, attached: what its parts owe each other, and the program that it is in.

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "await_queued.h"
#include "bridge.h"
#include "fake_guest.h"
#include "qdpi_cmocka.h"
#include "qemu_dpi.h"

#define PATIENCE_MS 30000U
/** What would come too early comes in this time. */
#define EARLY_MS 200U

/// Who hears of a reset finds the map expired, who hears of the loss its reason and no memory: as
/// long as one of these is held up, so is the event.
static void test_first_the_state_then_the_event(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_bridge *bridge = guest->bridge;
    struct qdpi_event event;
    int early;

    pthread_mutex_lock(&bridge->memory.publication);
    (void)fake_qmp_event(guest->qmp, "RESET", "{\"guest\": true}");
    early = qdpi_event_wait(bridge, EARLY_MS, &event);
    pthread_mutex_unlock(&bridge->memory.publication);
    assert_int_equal(early, 0);
    assert_int_equal(qdpi_event_wait(bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.kind, QDPI_EVENT_RESET);

    pthread_mutex_lock(&bridge->error_mutex);
    fake_qmp_hang_up(guest->qmp);
    early = qdpi_event_wait(bridge, EARLY_MS, &event);
    pthread_mutex_unlock(&bridge->error_mutex);
    assert_int_equal(early, 0);
    assert_int_equal(qdpi_event_wait(bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.kind, QDPI_EVENT_LOST);
}

/// A signal of the program's is not for the library's thread: sent to the process, this one would
/// end it if any thread took it.
static void test_signals_are_the_programs(void **state)
{
    const struct timespec at_once = {.tv_sec = 0};
    struct fake_guest guest;
    sigset_t ours;
    sigset_t before;

    (void)state;
    (void)sigemptyset(&ours);
    (void)sigaddset(&ours, SIGUSR1);
    // The fake's thread is made with it blocked, the bridge's is not.
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &ours, &before), 0);
    assert_true(fake_guest_start(&guest));
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    assert_int_equal(qdpi_open(guest.endpoint, PATIENCE_MS, &guest.bridge), 0);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &ours, &before), 0);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    assert_int_equal(sigtimedwait(&ours, NULL, &at_once), SIGUSR1);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    fake_guest_stop(&guest);
}

/// That QEMU's backends have changed is not forgotten because QEMU could not say how.
static void test_changed_backends_are_asked_for_again(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    uint64_t word;
    size_t asked;

    fake_qmp_set_error(guest->qmp, "hmp:info mtree -f", "busy");
    assert_true(fake_qmp_event(guest->qmp, "DEVICE_DELETED", "{}"));
    assert_true(fake_qmp_doorbells(guest->qmp, 0, 1));
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_not_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), 0);
    fake_guest_show(guest, FAKE_GUEST_RANGES, FAKE_GUEST_PORTS);
    asked = fake_qmp_count(guest->qmp, "query-memdev");
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "query-memdev"), asked + 1);
}

/// Two bridges to two guests do not see each other's memory, events, errors, or ends.
static void test_two_bridges(void **state)
{
    struct fake_guest *one = *state;
    struct fake_guest two;
    struct qdpi_event event;
    uint64_t word = 0;

    assert_true(fake_guest_start(&two));
    assert_int_equal(qdpi_open(two.endpoint, PATIENCE_MS, &two.bridge), 0);
    assert_int_equal(qdpi_mem_write64(one->bridge, 0x1000, 1), 0);
    assert_int_equal(qdpi_mem_write64(two.bridge, 0x1000, 2), 0);
    assert_int_equal(qdpi_mem_read64(one->bridge, 0x1000, &word), 0);
    assert_int_equal(word, 1);
    assert_true(fake_qmp_doorbells(two.qmp, 22, 1));
    assert_int_equal(qdpi_event_wait(two.bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.value, 22);
    assert_int_equal(qdpi_event_poll(one->bridge, &event), 0);
    assert_int_equal(qdpi_irq_set(one->bridge, 99), QDPI_ERR_INVALID);
    assert_string_equal(qdpi_last_error(two.bridge), "");
    fake_qmp_hang_up(one->qmp);
    assert_int_equal(qdpi_event_wait(one->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.kind, QDPI_EVENT_LOST);
    assert_int_equal(qdpi_mem_read64(two.bridge, 0x1000, &word), 0);
    assert_int_equal(word, 2);
    qdpi_close(one->bridge);
    one->bridge = NULL;
    assert_int_equal(qdpi_mem_read64(two.bridge, 0x1000, &word), 0);
    assert_int_equal(qdpi_irq_pulse(two.bridge, 3), 0);
    assert_int_equal(qdpi_fence(two.bridge, PATIENCE_MS), 0);
    fake_guest_stop(&two);
}

/// Closing with interrupts that QEMU does not take and events that nobody takes comes to an end.
static void test_close_with_things_in_flight(void **state)
{
    struct fake_guest *guest = *state;

    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
    assert_true(fake_qmp_doorbells(guest->qmp, 0, 2000));
    qdpi_close(guest->bridge);
    guest->bridge = NULL;
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b "), 8);
}

/** What a forked process may do: @return whether it is so. */
static bool use_inherited_bridge(struct qdpi_bridge *bridge)
{
    uint64_t word = 0;

    return qdpi_mem_write64(bridge, 0x100000, 4711) == 0 &&
           qdpi_mem_read64(bridge, 0x100000, &word) == 0 && word == 4711 &&
           qdpi_mem_read64(bridge, 0x500000, &word) == QDPI_ERR_UNMAPPED &&
           qdpi_mem_read64(bridge, 0xc0000, &word) == QDPI_ERR_UNSUPPORTED &&
           qdpi_map_refresh(bridge) == QDPI_ERR_UNSUPPORTED;
}

/// A forked process uses the memory that its parent had; it neither asks QEMU, who would answer the
/// parent, nor takes a mutex that a thread of the parent holds; and the parent notices nothing.
static void test_forked_process(void **state)
{
    struct fake_guest *guest = *state;
    const uint64_t discoveries = qdpi_counter(guest->bridge, QDPI_COUNTER_MAP_DISCOVERIES);
    const size_t asked = fake_qmp_count(guest->qmp, "hmp:info mtree -f");
    struct qdpi_event event;
    uint64_t word;
    pid_t child;
    int status;

    pthread_mutex_lock(&guest->bridge->memory.discovery);
    pthread_mutex_lock(&guest->bridge->error_mutex);
    child = fork();
    if (child == 0)
        _exit(use_inherited_bridge(guest->bridge) ? 0 : 1);
    pthread_mutex_unlock(&guest->bridge->error_mutex);
    pthread_mutex_unlock(&guest->bridge->memory.discovery);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:info mtree -f"), asked);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_MAP_DISCOVERIES), discoveries);
    assert_string_equal(qdpi_last_error(guest->bridge), "");
    assert_int_equal(qdpi_event_poll(guest->bridge, &event), 0);
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0xc0000, &word), 0);
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), 0);
    assert_int_equal(word, 4711);
}

static void *read_word(void *argument)
{
    struct fake_guest *guest = argument;
    uint64_t word;

    return qdpi_mem_read64(guest->bridge, 0xc0000, &word) == 0 ? guest : NULL;
}

/// A memory access that has to ask for the map does not wait for the interrupts that are queued.
static void test_map_before_interrupts(void **state)
{
    enum { PULSES = 1000, SENT = 8 };
    struct fake_guest *guest = *state;
    const size_t asked = fake_qmp_count(guest->qmp, "hmp:info mtree -f");
    pthread_t reader;
    void *done;
    char key[64] = "";
    size_t maps = 0;
    size_t interrupts = 0;

    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    for (unsigned i = 0; i < PULSES; i++)
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
    assert_true(fake_qmp_await(guest->qmp, "hmp:o/b ", SENT));
    assert_int_equal(pthread_create(&reader, NULL, read_word, guest), 0);
    // The first pulse of a line lowers it before.
    qdpi_await_queued(guest->bridge->client, 2 * PULSES + 2, PATIENCE_MS);
    fake_qmp_release(guest->qmp);
    assert_int_equal(pthread_join(reader, &done), 0);
    assert_ptr_equal(done, guest);
    for (size_t n = 0; maps <= asked; n++) {
        assert_true(fake_qmp_nth(guest->qmp, "hmp:", n, key, sizeof key));
        if (strncmp(key, "hmp:info mtree", strlen("hmp:info mtree")) == 0)
            maps++;
        else
            interrupts++;
    }
    assert_int_equal(interrupts, SENT);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
}

/// The first failure since the last look is the one that is told.
static void test_first_error_wins(void **state)
{
    struct fake_guest *guest = *state;
    uint64_t word;

    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x500000, &word), QDPI_ERR_UNMAPPED);
    assert_int_equal(qdpi_irq_set(guest->bridge, 16), QDPI_ERR_INVALID);
    fake_guest_expect_words(guest->bridge, "0x500000", "give the device an address in RAM");
    assert_int_equal(qdpi_irq_set(guest->bridge, 16), QDPI_ERR_INVALID);
    fake_guest_expect_words(guest->bridge, "interrupt line 16", "0 to 15");
    assert_int_equal(qdpi_counter(guest->bridge, -1), 0);
    assert_int_equal(qdpi_counter(guest->bridge, 9999), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fake_guest_test_open(test_first_the_state_then_the_event),
        cmocka_unit_test(test_signals_are_the_programs),
        fake_guest_test_open(test_changed_backends_are_asked_for_again),
        fake_guest_test_open(test_two_bridges),
        fake_guest_test_open(test_close_with_things_in_flight),
        fake_guest_test_open(test_forked_process),
        fake_guest_test_open(test_map_before_interrupts),
        fake_guest_test_open(test_first_error_wins),
    };
    return qdpi_run_group(tests);
}
