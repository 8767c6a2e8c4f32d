// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The bridge as a whole: opening, failing to, losing, attaching again, closing; through the C API.

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "await_queued.h"
#include "bridge.h"
#include "deadline.h"
#include "fake_guest.h"
#include "qdpi_cmocka.h"
#include "qemu_dpi.h"
#include "qmp_io.h"

#define PATIENCE_MS 30000U
#define SHORT_MS 50U
/** Long enough for a greeting on a busy machine: it is the answer after it that does not come. */
#define SILENCE_MS 300U
/** What would come too early comes in this time. */
#define EARLY_MS 200U

static void expect_words(struct qdpi_bridge *bridge, const char *words, const char *remedy)
{
    const char *sentence = qdpi_last_error(bridge);

    if (strstr(sentence, words) == NULL || strstr(sentence, remedy) == NULL)
        fail_msg("\"%s\" with \"%s\" is not in: %s", words, remedy, sentence);
    assert_string_equal(qdpi_last_error(bridge), "");
}

/** Every call on a bridge that is not attached. */
static void expect_lost(struct qdpi_bridge *bridge)
{
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE};
    uint64_t word = 4711;
    uint32_t half = 4711;
    uint8_t strobe = 1;

    assert_int_equal(qdpi_require(bridge, 0), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_read(bridge, 0, &word, 8), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_read64(bridge, 0, &word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_write64(bridge, 0, 1), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_write_strobed(bridge, 0, &word, &strobe, 2), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_cas32(bridge, 0, 1, 2, &half), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_fetch_add64(bridge, 0, 1, &word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_map_refresh(bridge), QDPI_ERR_LOST);
    assert_int_equal(qdpi_map_get(bridge, NULL, 0), QDPI_ERR_LOST);
    assert_int_equal(qdpi_irq_set(bridge, 3), QDPI_ERR_LOST);
    assert_int_equal(qdpi_irq_clear(bridge, 3), QDPI_ERR_LOST);
    assert_int_equal(qdpi_irq_pulse(bridge, 3), QDPI_ERR_LOST);
    assert_int_equal(qdpi_nmi(bridge), QDPI_ERR_LOST);
    assert_int_equal(qdpi_fence(bridge, PATIENCE_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_poll(bridge, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_wait(bridge, PATIENCE_MS, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_guest_stop(bridge, PATIENCE_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_guest_continue(bridge, PATIENCE_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_guest_reset(bridge, PATIENCE_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_guest_quit(bridge, PATIENCE_MS), QDPI_ERR_LOST);
    assert_int_equal(word, 4711);
    assert_int_equal(half, 4711);
    assert_int_equal(event.kind, QDPI_EVENT_NONE);
    assert_string_not_equal(qdpi_last_error(bridge), "");
}

/// A null bridge is refused by every call, and closed without harm.
static void test_null(void **state)
{
    uint64_t word = 7;
    uint32_t half = 7;
    uint8_t byte = 7;
    struct qdpi_event event;

    (void)state;
    qdpi_close(NULL);
    assert_int_equal(qdpi_open("qmp:/x", 0, NULL), QDPI_ERR_INVALID);
    assert_string_not_equal(qdpi_last_error(NULL), "");
    assert_int_equal(qdpi_reattach(NULL, 0), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_require(NULL, 0), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_mem_read64(NULL, 0, &word), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_mem_read8(NULL, 0, &byte), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_mem_read(NULL, 0, &word, sizeof word), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_mem_write(NULL, 0, &word, sizeof word), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_mem_write32(NULL, 0, 1), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_mem_write_strobed(NULL, 0, &word, &byte, 8), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_mem_swap32(NULL, 0, 1, &half), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_mem_fetch_add64(NULL, 0, 1, &word), QDPI_ERR_INVALID);
    assert_true(word == 7 && half == 7 && byte == 7);
    assert_int_equal(qdpi_map_refresh(NULL), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_map_get(NULL, NULL, 0), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_event_wait(NULL, 0, &event), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_guest_continue(NULL, 0), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_irq_set(NULL, 3), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_fence(NULL, 0), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_event_poll(NULL, NULL), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_guest_stop(NULL, 0), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_counter(NULL, 0), 0);
    assert_string_equal(qdpi_version(), "0.1.0");
}

/// No endpoint: the bridge exists, says what is wrong, fails all calls, and cannot attach again.
static void test_bad_endpoint(void **state)
{
    struct qdpi_bridge *bridge;

    (void)state;
    assert_int_equal(qdpi_open("tcp:localhost", PATIENCE_MS, &bridge), QDPI_ERR_INVALID);
    assert_non_null(bridge);
    expect_words(bridge, "tcp:localhost", "qmp:PATH");
    expect_lost(bridge);
    assert_int_equal(qdpi_reattach(bridge, PATIENCE_MS), QDPI_ERR_INVALID);
    expect_words(bridge, "attach again", "open a new bridge");
    qdpi_close(bridge);
    assert_int_equal(unsetenv("QEMU_DPI"), 0);
    assert_int_equal(qdpi_open("", PATIENCE_MS, &bridge), QDPI_ERR_INVALID);
    expect_words(bridge, "no endpoint", "QEMU_DPI");
    qdpi_close(bridge);
}

/// The endpoint may come from the environment.
static void test_endpoint_from_environment(void **state)
{
    struct fake_guest *guest = *state;

    assert_int_equal(setenv("QEMU_DPI", guest->endpoint, 1), 0);
    assert_int_equal(qdpi_open(NULL, PATIENCE_MS, &guest->bridge), 0);
    assert_int_equal(unsetenv("QEMU_DPI"), 0);
    assert_string_equal(qdpi_last_error(guest->bridge), "");
}

/// Nobody there: each case in its words, within its deadline, and the bridge is as good as none
/// until it is attached.
static void test_no_guest(void **state)
{
    struct fake_guest *guest = *state;
    struct timespec deadline;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    fake_qmp_stop(guest->qmp);
    guest->qmp = NULL;
    assert_int_equal(qdpi_open(guest->endpoint, 0, &guest->bridge), QDPI_ERR_NOT_FOUND);
    expect_words(guest->bridge, "there is no such socket", "start QEMU with -qmp");
    expect_lost(guest->bridge);
    (void)qdpi_last_error(guest->bridge);
    deadline = qdpi_deadline_in(SHORT_MS);
    assert_int_equal(qdpi_reattach(guest->bridge, SHORT_MS), QDPI_ERR_NOT_FOUND);
    assert_int_equal(qdpi_deadline_left_ms(&deadline), 0);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", guest->socket);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    (void)qdpi_last_error(guest->bridge);
    assert_int_equal(qdpi_reattach(guest->bridge, 0), QDPI_ERR_NOT_FOUND);
    expect_words(guest->bridge, "nobody listens there", "start QEMU again");
    // And then QEMU comes.
    guest->qmp = fake_qmp_listen(guest->socket);
    fake_qmp_set(guest->qmp, "qmp_capabilities", FAKE_QMP_RAW, "{\"hello\": 1}");
    assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), QDPI_ERR_LOST);
    expect_words(guest->bridge, "neither event nor answer", "");
}

/// A second bridge on the same monitor is told who is in the way; when the first has left, it can
/// attach.
static void test_monitor_in_use(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_bridge *second;

    assert_int_equal(qdpi_open(guest->endpoint, SHORT_MS, &second), QDPI_ERR_BUSY);
    expect_words(second, "another client holds this monitor", "one more -qmp socket");
    expect_lost(second);
    (void)qdpi_last_error(second);
    qdpi_close(guest->bridge);
    guest->bridge = NULL;
    assert_int_equal(qdpi_reattach(second, PATIENCE_MS), 0);
    assert_int_equal(qdpi_require(second, 0), 0);
    qdpi_close(second);
}

/// A QEMU that stops answering at any point of the attaching ends it at the deadline, and one that
/// hangs up ends it at once: never a hang, always a sentence, and the bridge can be used later.
static void test_silence_and_end_while_attaching(void **state)
{
    static const char *const keys[] = {"qmp_capabilities",
                                       "hmp:info mtree -f",
                                       "query-kvm",
                                       "query-cpus-fast",
                                       "query-memdev",
                                       "query-hotpluggable-cpus",
                                       "qom-get:/objects/mem mem-path"};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof keys / sizeof keys[0]; i++) {
        struct fake_guest guest;
        const bool silent = i % 2 == 0;

        assert_true(fake_guest_start(&guest));
        fake_qmp_set(guest.qmp, keys[i / 2], silent ? FAKE_QMP_SILENT : FAKE_QMP_HANG_UP,
                     silent ? NULL : "{\"ret");
        assert_int_equal(
            qdpi_open(guest.endpoint, silent ? SILENCE_MS : PATIENCE_MS, &guest.bridge),
            silent ? QDPI_ERR_TIMEOUT : QDPI_ERR_LOST);
        expect_words(guest.bridge, silent ? "did not answer" : "closed the connection", "");
        expect_lost(guest.bridge);
        fake_guest_stop(&guest);
    }
}

/// After the loss: memory, interrupts, and, once the loss has been delivered, events are gone; the
/// first sentence is that of the loss. Attached again to a QEMU with another map, that one holds,
/// old events are gone, counters go on.
static void test_lose_and_attach_again(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    uint64_t word;

    assert_true(fake_qmp_doorbells(guest->qmp, 5, 2));
    fake_qmp_hang_up(guest->qmp);
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.value, 5);
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.kind, QDPI_EVENT_LOST);
    expect_words(guest->bridge, "QEMU closed the connection", "attach again");
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0, &word), QDPI_ERR_LOST);
    expect_words(guest->bridge, "guest memory is lost", "attach again");
    assert_int_equal(qdpi_event_poll(guest->bridge, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_map_get(guest->bridge, NULL, 0), QDPI_ERR_LOST);

    fake_guest_show(guest, "  0000000000300000-000000000030ffff (prio 0, ram): mem\n",
                    "  0000000000000000-000000000000ffff (prio 0, i/o): io\n");
    assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), 0);
    assert_string_equal(qdpi_last_error(guest->bridge), "");
    assert_int_equal(qdpi_map_get(guest->bridge, NULL, 0), 1);
    assert_int_equal(qdpi_mem_write64(guest->bridge, 0x300000, 77), 0);
    memcpy(&word, guest->bytes, 8);
    assert_int_equal(word, 77);
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), QDPI_ERR_UNMAPPED);
    assert_int_equal(qdpi_irq_set(guest->bridge, 3), QDPI_ERR_UNSUPPORTED);
    assert_int_equal(qdpi_event_poll(guest->bridge, &event), 0);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_DOORBELLS), 2);
    assert_true(fake_qmp_doorbells(guest->qmp, 9, 1));
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.value, 9);
}

/// Attaching again while attached is allowed, drops what was queued, and works as often as wanted.
static void test_attach_again_while_attached(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    uint64_t word;

    for (unsigned i = 0; i < 50; i++) {
        assert_true(fake_qmp_doorbells(guest->qmp, i, 3));
        assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
        assert_int_equal(event.value, i);
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
        assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), 0);
        assert_int_equal(qdpi_event_poll(guest->bridge, &event), 0);
        assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), 0);
    }
    assert_int_equal(fake_qmp_connections(guest->qmp), 51);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b "), 150);
}

/// A reset that QEMU reports while the first map is on its way makes the first access ask again.
static void test_reset_while_attaching(void **state)
{
    struct fake_guest *guest = *state;
    uint64_t word;
    size_t asked;

    fake_qmp_precede(guest->qmp, "hmp:info mtree -f",
                     "{\"event\": \"RESET\", \"data\": {\"guest\": true}}\r\n");
    assert_int_equal(qdpi_open(guest->endpoint, PATIENCE_MS, &guest->bridge), 0);
    fake_qmp_precede(guest->qmp, "hmp:info mtree -f", NULL);
    asked = fake_qmp_count(guest->qmp, "hmp:info mtree -f");
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:info mtree -f"), asked + 1);
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:info mtree -f"), asked + 1);
}

/// An answer that QEMU still owed its last client is nobody's, however small its id.
static void test_answers_owed_to_the_last_client(void **state)
{
    struct fake_guest *guest = *state;
    uint64_t word;

    fake_qmp_precede(guest->qmp, "qmp_capabilities",
                     "{\"return\": \"\", \"id\": 1}\r\n{\"return\": {}, \"id\": 2}\r\n");
    assert_int_equal(qdpi_open(guest->endpoint, PATIENCE_MS, &guest->bridge), 0);
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), 0);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
}

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

/// Interrupts that QEMU has not taken when the bridge leaves it are counted as failed.
static void test_attach_again_with_things_in_flight(void **state)
{
    struct fake_guest *guest = *state;

    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
    assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_INTERRUPTS_POSTED), 100);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_INTERRUPTS_TAKEN), 0);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_INTERRUPTS_FAILED), 100);
    assert_string_equal(qdpi_last_error(guest->bridge), "");
    fake_qmp_release(guest->qmp);
    assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_INTERRUPTS_TAKEN), 1);
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
    expect_words(guest->bridge, "0x500000", "give the device an address in RAM");
    assert_int_equal(qdpi_irq_set(guest->bridge, 16), QDPI_ERR_INVALID);
    expect_words(guest->bridge, "interrupt line 16", "0 to 15");
    assert_int_equal(qdpi_counter(guest->bridge, -1), 0);
    assert_int_equal(qdpi_counter(guest->bridge, 9999), 0);
}

/// A file: endpoint: memory as the machine would lay it out, and nothing else.
static void test_file_endpoint(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    char endpoint[160];
    uint64_t word = 0;

    (void)snprintf(endpoint, sizeof endpoint, "file:%s?machine=pc", guest->ram);
    assert_int_equal(qdpi_open(endpoint, 0, &guest->bridge), 0);
    assert_int_equal(qdpi_mem_write64(guest->bridge, 0x3ffff8, 55), 0);
    memcpy(&word, guest->bytes + 0x3ffff8, 8);
    assert_int_equal(word, 55);
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0x400000, &word), QDPI_ERR_UNMAPPED);
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0xa0000, &word), QDPI_ERR_UNMAPPED);
    assert_int_equal(qdpi_mem_write64(guest->bridge, 0xc0000, 1), QDPI_ERR_ROM);
    assert_int_equal(qdpi_map_refresh(guest->bridge), QDPI_ERR_UNSUPPORTED);
    assert_int_equal(qdpi_irq_set(guest->bridge, 3), QDPI_ERR_UNSUPPORTED);
    assert_int_equal(qdpi_fence(guest->bridge, 0), QDPI_ERR_UNSUPPORTED);
    assert_int_equal(qdpi_guest_stop(guest->bridge, 0), QDPI_ERR_UNSUPPORTED);
    assert_int_equal(qdpi_event_poll(guest->bridge, &event), 0);
    assert_int_equal(qdpi_event_wait(guest->bridge, 0, &event), QDPI_ERR_UNSUPPORTED);
    assert_int_equal(qdpi_map_get(guest->bridge, NULL, 0), 3);
    assert_int_equal(unlink(guest->ram), 0);
    assert_int_equal(qdpi_reattach(guest->bridge, 0), QDPI_ERR_NOT_FOUND);
    expect_lost(guest->bridge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_bad_endpoint),
        fake_guest_test(test_endpoint_from_environment),
        fake_guest_test(test_no_guest),
        fake_guest_test_open(test_monitor_in_use),
        cmocka_unit_test(test_silence_and_end_while_attaching),
        fake_guest_test_open(test_lose_and_attach_again),
        fake_guest_test_open(test_attach_again_while_attached),
        fake_guest_test(test_reset_while_attaching),
        fake_guest_test(test_answers_owed_to_the_last_client),
        fake_guest_test_open(test_first_the_state_then_the_event),
        cmocka_unit_test(test_signals_are_the_programs),
        fake_guest_test_open(test_changed_backends_are_asked_for_again),
        fake_guest_test_open(test_two_bridges),
        fake_guest_test_open(test_close_with_things_in_flight),
        fake_guest_test_open(test_attach_again_with_things_in_flight),
        fake_guest_test_open(test_forked_process),
        fake_guest_test_open(test_map_before_interrupts),
        fake_guest_test_open(test_first_error_wins),
        fake_guest_test(test_file_endpoint),
    };
    return qdpi_run_group(tests);
}
