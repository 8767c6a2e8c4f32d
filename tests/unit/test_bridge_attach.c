// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The bridge as a whole: opening, failing to, losing, attaching again; through the C API.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "deadline.h"
#include "fake_guest.h"
#include "qdpi_cmocka.h"
#include "qemu_dpi.h"

#define PATIENCE_MS 30000U
#define SHORT_MS 50U
/** Long enough for a greeting on a busy machine: it is the answer after it that does not come. */
#define SILENCE_MS 300U

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
    fake_guest_expect_words(bridge, "tcp:localhost", "qmp:PATH");
    expect_lost(bridge);
    assert_int_equal(qdpi_reattach(bridge, PATIENCE_MS), QDPI_ERR_INVALID);
    fake_guest_expect_words(bridge, "attach again", "open a new bridge");
    qdpi_close(bridge);
    assert_int_equal(unsetenv("QEMU_DPI"), 0);
    assert_int_equal(qdpi_open("", PATIENCE_MS, &bridge), QDPI_ERR_INVALID);
    fake_guest_expect_words(bridge, "no endpoint", "QEMU_DPI");
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
    fake_guest_expect_words(guest->bridge, "there is no such socket", "start QEMU with -qmp");
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
    fake_guest_expect_words(guest->bridge, "nobody listens there", "start QEMU again");
    // And then QEMU comes.
    guest->qmp = fake_qmp_listen(guest->socket);
    fake_qmp_set(guest->qmp, "qmp_capabilities", FAKE_QMP_RAW, "{\"hello\": 1}");
    assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), QDPI_ERR_LOST);
    fake_guest_expect_words(guest->bridge, "neither event nor answer", "");
}

/// A second bridge on the same monitor is told who is in the way; when the first has left, it can
/// attach.
static void test_monitor_in_use(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_bridge *second;

    assert_int_equal(qdpi_open(guest->endpoint, SHORT_MS, &second), QDPI_ERR_BUSY);
    fake_guest_expect_words(second, "another client holds this monitor", "one more -qmp socket");
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
        fake_guest_expect_words(guest.bridge, silent ? "did not answer" : "closed the connection",
                                "");
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
    fake_guest_expect_words(guest->bridge, "QEMU closed the connection", "attach again");
    assert_int_equal(qdpi_mem_read64(guest->bridge, 0, &word), QDPI_ERR_LOST);
    fake_guest_expect_words(guest->bridge, "guest memory is lost", "attach again");
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
        fake_guest_test_open(test_attach_again_with_things_in_flight),
        fake_guest_test(test_reset_while_attaching),
        fake_guest_test(test_answers_owed_to_the_last_client),
        fake_guest_test(test_file_endpoint),
    };
    return qdpi_run_group(tests);
}
