// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest's life: which QMP events a testbench hears of, in which order, and guest control.

#include "lifecycle.h"

#include <pthread.h>
#include <string.h>

#include "fake_guest.h"
#include "qdpi_cmocka.h"

#define PATIENCE_MS 30000U

/// Each QMP event of interest and the value that goes with it; others are none.
static void test_decode(void **state)
{
    static const struct {
        const char *name;
        const char *data;
        enum qdpi_event_kind kind;
        uint64_t value;
    } cases[] = {
        {"RESET", "{\"guest\": true, \"reason\": \"guest-reset\"}", QDPI_EVENT_RESET, 1},
        {"RESET", "{\"guest\": false}", QDPI_EVENT_RESET, 0},
        {"SHUTDOWN", "{\"guest\": true}", QDPI_EVENT_SHUTDOWN, 1},
        {"SHUTDOWN", "{\"guest\": false}", QDPI_EVENT_SHUTDOWN, 0},
        {"SHUTDOWN", NULL, QDPI_EVENT_SHUTDOWN, 0},
        {"STOP", NULL, QDPI_EVENT_STOP, 0},
        {"RESUME", NULL, QDPI_EVENT_RESUME, 0},
        {"GUEST_PANICKED", "{\"action\": \"pause\"}", QDPI_EVENT_PANIC, 0},
        {"RESET", "[]", QDPI_EVENT_RESET, 0},
        {"RESET", "{\"guest\": 1}", QDPI_EVENT_RESET, 0},
        {"POWERDOWN", NULL, QDPI_EVENT_NONE, 0},
        {"RESETX", NULL, QDPI_EVENT_NONE, 0},
        {"reset", NULL, QDPI_EVENT_NONE, 0},
        {"", NULL, QDPI_EVENT_NONE, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct qdpi_event event = {.kind = QDPI_EVENT_NONE, .index = 9, .value = 9};
        json_t *data = cases[i].data != NULL ? json_loads(cases[i].data, 0, NULL) : NULL;
        const bool known = qdpi_lifecycle_decode(cases[i].name, data, &event);

        json_decref(data);
        assert_int_equal(known, cases[i].kind != QDPI_EVENT_NONE);
        assert_int_equal(event.kind, cases[i].kind);
        if (known) {
            assert_int_equal(event.value, cases[i].value);
            assert_int_equal(event.index, 0);
        }
    }
    assert_true(qdpi_lifecycle_changes_memory("DEVICE_DELETED"));
    assert_true(qdpi_lifecycle_changes_memory("MEMORY_DEVICE_SIZE_CHANGE"));
    assert_true(qdpi_lifecycle_changes_memory("ACPI_DEVICE_OST"));
    assert_false(qdpi_lifecycle_changes_memory("RESET"));
}

static void expect(struct fake_guest *guest, enum qdpi_event_kind kind, uint64_t value)
{
    struct qdpi_event event;

    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.kind, kind);
    assert_int_equal(event.value, value);
}

/// Doorbells and guest events come in one order, that of QEMU; what is of no interest is left out;
/// the loss comes last.
static void test_one_order(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;

    assert_true(fake_qmp_doorbells(guest->qmp, 1, 1));
    assert_true(fake_qmp_event(guest->qmp, "RESET", "{\"guest\": true}"));
    assert_true(fake_qmp_doorbells(guest->qmp, 2, 2));
    assert_true(fake_qmp_event(guest->qmp, "RTC_CHANGE", "{\"offset\": 1}"));
    assert_true(fake_qmp_event(guest->qmp, "STOP", NULL));
    assert_true(fake_qmp_event(guest->qmp, "RESUME", NULL));
    assert_true(fake_qmp_event(guest->qmp, "GUEST_PANICKED", "{\"action\": \"pause\"}"));
    assert_true(fake_qmp_doorbells(guest->qmp, 9, 1));
    assert_true(fake_qmp_event(guest->qmp, "SHUTDOWN", "{\"guest\": true}"));
    fake_qmp_hang_up(guest->qmp);
    expect(guest, QDPI_EVENT_DOORBELL, 1);
    expect(guest, QDPI_EVENT_RESET, 1);
    expect(guest, QDPI_EVENT_DOORBELL, 2);
    expect(guest, QDPI_EVENT_DOORBELL, 3);
    expect(guest, QDPI_EVENT_STOP, 0);
    expect(guest, QDPI_EVENT_RESUME, 0);
    expect(guest, QDPI_EVENT_PANIC, 0);
    expect(guest, QDPI_EVENT_DOORBELL, 9);
    expect(guest, QDPI_EVENT_SHUTDOWN, 1);
    expect(guest, QDPI_EVENT_LOST, 0);
    assert_int_equal(qdpi_event_poll(guest->bridge, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_wait(guest->bridge, 0, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_DOORBELLS), 4);
    assert_int_equal(qdpi_counter(guest->bridge, QDPI_COUNTER_EVENTS), 6);
}

/// Whoever has heard of the reset reads by the new map, even though the old one allowed the access;
/// so does everybody after memory was plugged or unplugged.
static void test_events_expire_the_map(void **state)
{
    static const struct {
        const char *name;
        const char *data;
    } events[] = {
        {"RESET", "{\"guest\": true}"},
        {"DEVICE_DELETED", "{\"device\": \"dimm1\", \"path\": \"/x\"}"},
        {"MEMORY_DEVICE_SIZE_CHANGE", "{\"size\": 1, \"qom-path\": \"/x\"}"},
        {"ACPI_DEVICE_OST", "{\"info\": {\"device\": \"dimm1\", \"slot\": \"0\", \"slot-type\": "
                            "\"DIMM\", \"source\": 1, \"status\": 0}}"},
    };
    struct fake_guest *guest = *state;
    uint64_t word;

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        fake_guest_show(guest, FAKE_GUEST_RANGES, FAKE_GUEST_PORTS);
        assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
        assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), 0);
        fake_guest_show(guest, "  0000000000000000-000000000009ffff (prio 0, ram): mem\n",
                        FAKE_GUEST_PORTS);
        assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), 0);
        assert_true(fake_qmp_event(guest->qmp, events[i].name, events[i].data));
        if (i == 0) {
            expect(guest, QDPI_EVENT_RESET, 1);
        } else {
            // No event tells of it: one behind it does.
            assert_true(fake_qmp_doorbells(guest->qmp, 0, 1));
            expect(guest, QDPI_EVENT_DOORBELL, 0);
        }
        assert_int_equal(qdpi_mem_read64(guest->bridge, 0x100000, &word), QDPI_ERR_UNMAPPED);
        (void)qdpi_last_error(guest->bridge);
    }
}

/// Guest control: the right command, behind the interrupts posted before it; QEMU's refusal, its
/// silence, and its end.
static void test_control(void **state)
{
    struct fake_guest *guest = *state;
    char key[64];
    size_t before = fake_qmp_count(guest->qmp, "");

    assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
    assert_int_equal(qdpi_guest_stop(guest->bridge, PATIENCE_MS), 0);
    expect(guest, QDPI_EVENT_STOP, 0);
    assert_int_equal(qdpi_guest_continue(guest->bridge, PATIENCE_MS), 0);
    expect(guest, QDPI_EVENT_RESUME, 0);
    assert_int_equal(qdpi_guest_reset(guest->bridge, PATIENCE_MS), 0);
    for (size_t i = 0; i < 6; i++) {
        static const char *const keys[] = {"hmp:o/b 8195 0", "hmp:o/b 8195 1", "hmp:o/b 8195 0",
                                           "stop",           "cont",           "system_reset"};

        assert_true(fake_qmp_nth(guest->qmp, "", before + i, key, sizeof key));
        assert_string_equal(key, keys[i]);
    }
    fake_qmp_precede(guest->qmp, "cont", NULL);
    fake_qmp_set_error(guest->qmp, "cont", "needs a reset first");
    assert_int_equal(qdpi_guest_continue(guest->bridge, PATIENCE_MS), QDPI_ERR_IO);
    assert_non_null(strstr(qdpi_last_error(guest->bridge), "needs a reset first"));
    fake_qmp_set(guest->qmp, "stop", FAKE_QMP_SILENT, NULL);
    assert_int_equal(qdpi_guest_stop(guest->bridge, 10), QDPI_ERR_TIMEOUT);
    assert_non_null(strstr(qdpi_last_error(guest->bridge), "\"stop\""));
    fake_qmp_release(guest->qmp);
    fake_qmp_set(guest->qmp, "quit", FAKE_QMP_HANG_UP, NULL);
    assert_int_equal(qdpi_guest_quit(guest->bridge, PATIENCE_MS), QDPI_ERR_LOST);
    expect(guest, QDPI_EVENT_LOST, 0);
    assert_int_equal(qdpi_guest_stop(guest->bridge, PATIENCE_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_guest_reset(guest->bridge, PATIENCE_MS), QDPI_ERR_LOST);
}

static void *wait_long(void *argument)
{
    struct fake_guest *guest = argument;
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE};
    int result = qdpi_event_wait(guest->bridge, PATIENCE_MS, &event);

    return result == 1 && event.kind == QDPI_EVENT_LOST ? guest : NULL;
}

/// Who waits for an event is woken by the loss.
static void test_waiter_hears_of_the_loss(void **state)
{
    struct fake_guest *guest = *state;
    pthread_t thread;
    void *result;

    assert_int_equal(pthread_create(&thread, NULL, wait_long, guest), 0);
    fake_qmp_hang_up(guest->qmp);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        fake_guest_test_open(test_one_order),
        fake_guest_test_open(test_events_expire_the_map),
        fake_guest_test_open(test_control),
        fake_guest_test_open(test_waiter_hears_of_the_loss),
    };
    return qdpi_run_group(tests);
}
