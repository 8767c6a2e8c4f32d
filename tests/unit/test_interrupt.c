// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Interrupts: posted in order, never merged, fenced, refused, and lost with the guest.

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "bridge.h"
#include "fake_guest.h"
#include "qdpi_cmocka.h"
#include "qemu_dpi.h"
#include "shm_atomic.h"

#define PATIENCE_MS 30000U

static void expect_sent(struct fake_guest *guest, size_t position, const char *expected)
{
    char key[64] = "";

    assert_true(fake_qmp_nth(guest->qmp, "hmp:o/b ", position, key, sizeof key));
    assert_string_equal(key, expected);
}

static uint64_t counter(struct fake_guest *guest, enum qdpi_counter which)
{
    return qdpi_counter(guest->bridge, (int)which);
}

/** Pulse a line once, and wait for it: further pulses of it are of two commands. */
static void pulse_first(struct fake_guest *guest, unsigned line)
{
    assert_int_equal(qdpi_irq_pulse(guest->bridge, line), 0);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
}

/// Every line, set and cleared and pulsed: the right port, the right level, in call order. The
/// first pulse of a line sees to it that there is an edge: who had it before may have left it high.
static void test_lines(void **state)
{
    static const unsigned levels[] = {1, 0, 0, 1, 0, 1, 0};
    enum { COMMANDS = sizeof levels / sizeof levels[0] };
    struct fake_guest *guest = *state;
    char key[64];

    for (unsigned line = 0; line < 16; line++) {
        assert_int_equal(qdpi_irq_set(guest->bridge, line), 0);
        assert_int_equal(qdpi_irq_clear(guest->bridge, line), 0);
        assert_int_equal(qdpi_irq_pulse(guest->bridge, line), 0);
        assert_int_equal(qdpi_irq_pulse(guest->bridge, line), 0);
    }
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    for (unsigned line = 0; line < 16; line++) {
        for (unsigned i = 0; i < COMMANDS; i++) {
            (void)snprintf(key, sizeof key, "hmp:o/b %u %u", 8192 + line, levels[i]);
            expect_sent(guest, line * COMMANDS + i, key);
        }
    }
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b "), 16 * COMMANDS);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_POSTED), 64);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_TAKEN), 64);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_FAILED), 0);
    assert_string_equal(qdpi_last_error(guest->bridge), "");
}

/// There is no line 16, and none that an overflow could make of a small one.
static void test_no_such_line(void **state)
{
    struct fake_guest *guest = *state;
    const unsigned lines[] = {16, 17, 255, 256, 0x10000, UINT32_MAX, UINT32_MAX - 15};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(qdpi_irq_set(guest->bridge, lines[i]), QDPI_ERR_INVALID);
        assert_non_null(strstr(qdpi_last_error(guest->bridge), "there are lines 0 to 15"));
        assert_int_equal(qdpi_irq_clear(guest->bridge, lines[i]), QDPI_ERR_INVALID);
        assert_int_equal(qdpi_irq_pulse(guest->bridge, lines[i]), QDPI_ERR_INVALID);
    }
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b "), 0);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_POSTED), 0);
}

/// Equal calls in a row are not merged, however many wait: each is one command.
static void test_never_merged(void **state)
{
    enum { COUNT = 3000 };
    struct fake_guest *guest = *state;

    pulse_first(guest, 5);
    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(qdpi_irq_set(guest->bridge, 5), 0);
        assert_int_equal(qdpi_irq_set(guest->bridge, 5), 0);
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 5), 0);
        assert_int_equal(qdpi_irq_clear(guest->bridge, 5), 0);
    }
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_POSTED), 4 * COUNT + 1);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_TAKEN), 1);
    fake_qmp_release(guest->qmp);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b 8197 1"), 3 * COUNT + 1);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b 8197 0"), 2 * COUNT + 2);
    for (size_t i = 0; i < 5 * 100; i++)
        expect_sent(guest, i + 3, i % 5 < 3 ? "hmp:o/b 8197 1" : "hmp:o/b 8197 0");
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_TAKEN), 4 * COUNT + 1);
}

struct pulser {
    struct fake_guest *guest;
    unsigned failures;
};

static void *pulse(void *argument)
{
    struct pulser *pulser = argument;

    for (unsigned i = 0; i < 400; i++)
        pulser->failures += qdpi_irq_pulse(pulser->guest->bridge, 7) != 0 ? 1 : 0;
    return NULL;
}

/// Pulses of several threads on one line are as many edges: their halves do not mix.
static void test_pulses_of_several_threads(void **state)
{
    enum { THREADS = 4 };
    struct fake_guest *guest = *state;
    struct pulser pulsers[THREADS];
    pthread_t threads[THREADS];

    pulse_first(guest, 7);
    for (size_t i = 0; i < THREADS; i++) {
        pulsers[i] = (struct pulser){.guest = guest};
        assert_int_equal(pthread_create(&threads[i], NULL, pulse, &pulsers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(pulsers[i].failures, 0);
    }
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b "), 2 * THREADS * 400 + 3);
    for (size_t i = 0; i < (size_t)2 * THREADS * 400; i++)
        expect_sent(guest, i + 3, i % 2 == 0 ? "hmp:o/b 8199 1" : "hmp:o/b 8199 0");
}

/// A fence that ends before QEMU has taken all says so, and drops nothing.
static void test_fence_times_out(void **state)
{
    struct fake_guest *guest = *state;

    assert_int_equal(qdpi_fence(guest->bridge, 0), 0);
    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
    assert_int_equal(qdpi_fence(guest->bridge, 0), QDPI_ERR_TIMEOUT);
    assert_int_equal(qdpi_fence(guest->bridge, 20), QDPI_ERR_TIMEOUT);
    assert_non_null(strstr(qdpi_last_error(guest->bridge), "has not yet taken all"));
    fake_qmp_release(guest->qmp);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_TAKEN), 20);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b "), 41);
}

/// What QEMU refuses, by an error or in words, the next fence reports once; the sentence is the
/// refusal's; a pulse counts once, though it has two parts.
static void test_refusals(void **state)
{
    struct fake_guest *guest = *state;

    fake_qmp_set_string(guest->qmp, "hmp:o/b 8196 1", "invalid port\r\n");
    fake_qmp_set_error(guest->qmp, "inject-nmi", "no NMI here");
    for (unsigned round = 1; round <= 3; round++) {
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 4), 0);  // first half refused
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 5), 0);
        assert_int_equal(qdpi_irq_clear(guest->bridge, 4), 0);
        assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), QDPI_ERR_IO);
        assert_non_null(strstr(qdpi_last_error(guest->bridge), "invalid port"));
        assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
        assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_TAKEN), 2 * round);
        assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_FAILED), round);
    }
    assert_string_equal(qdpi_last_error(guest->bridge), "");
    assert_int_equal(qdpi_nmi(guest->bridge), 0);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), QDPI_ERR_IO);
    assert_non_null(strstr(qdpi_last_error(guest->bridge), "no NMI here"));
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_FAILED), 4);
}

/// An NMI is one command of its own, in order with the others.
static void test_nmi(void **state)
{
    struct fake_guest *guest = *state;
    const size_t before = fake_qmp_count(guest->qmp, "");
    char key[64];

    assert_int_equal(qdpi_irq_set(guest->bridge, 1), 0);
    assert_int_equal(qdpi_nmi(guest->bridge), 0);
    assert_int_equal(qdpi_irq_clear(guest->bridge, 1), 0);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    assert_true(fake_qmp_nth(guest->qmp, "", before + 1, key, sizeof key));
    assert_string_equal(key, "inject-nmi");
    assert_int_equal(fake_qmp_count(guest->qmp, ""), before + 3);
}

static void *pulse_and_fence(void *argument)
{
    struct fake_guest *guest = argument;

    for (unsigned i = 0; i < 100000; i++) {
        if (qdpi_irq_set(guest->bridge, 6) != 0)
            return NULL;
    }
    return qdpi_fence(guest->bridge, PATIENCE_MS) == 0 ? guest : NULL;
}

/// More calls than the queue holds: the caller is slowed down, and all arrive.
static void test_back_pressure(void **state)
{
    struct fake_guest *guest = *state;
    pthread_t thread;
    void *result;

    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    assert_int_equal(pthread_create(&thread, NULL, pulse_and_fence, guest), 0);
    while (counter(guest, QDPI_COUNTER_INTERRUPTS_POSTED) < 65536) {
        int fenced = qdpi_fence(guest->bridge, 1);

        assert_true(fenced == QDPI_ERR_TIMEOUT || fenced == 0);  // 0: nothing posted yet
    }
    assert_int_equal(qdpi_fence(guest->bridge, 20), QDPI_ERR_TIMEOUT);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_POSTED), 65536);
    fake_qmp_release(guest->qmp);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_TAKEN), 100000);
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b 8198 1"), 100000);
}

/// What was posted when the guest goes is counted as failed, further calls say that it is gone.
static void test_lost_with_the_guest(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;

    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
    fake_qmp_hang_up(guest->qmp);
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(event.kind, QDPI_EVENT_LOST);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_FAILED), 50);
    // No refusal: a fence that looks between the loss and its own end must not take it for one.
    assert_int_equal(qdpi_load_acquire_int(&guest->bridge->interrupts.failed), 0);
    assert_non_null(strstr(qdpi_last_error(guest->bridge), "attach again"));
    assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), QDPI_ERR_LOST);
    assert_non_null(strstr(qdpi_last_error(guest->bridge), "attach again"));
    assert_int_equal(qdpi_nmi(guest->bridge), QDPI_ERR_LOST);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), QDPI_ERR_LOST);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_POSTED), 50);
    // A new guest does not answer for the refusals of the old one.
    fake_qmp_set_string(guest->qmp, "hmp:o/b ", "");
    assert_int_equal(qdpi_reattach(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
    assert_int_equal(qdpi_fence(guest->bridge, PATIENCE_MS), 0);
    assert_int_equal(counter(guest, QDPI_COUNTER_INTERRUPTS_TAKEN), 1);
}

/// Closing sends what is posted first.
static void test_close_sends_what_is_posted(void **state)
{
    struct fake_guest *guest = *state;

    for (unsigned i = 0; i < 500; i++)
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 3), 0);
    qdpi_close(guest->bridge);
    guest->bridge = NULL;
    assert_int_equal(fake_qmp_count(guest->qmp, "hmp:o/b "), 1001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fake_guest_test_open(test_lines),
        fake_guest_test_open(test_no_such_line),
        fake_guest_test_open(test_never_merged),
        fake_guest_test_open(test_pulses_of_several_threads),
        fake_guest_test_open(test_fence_times_out),
        fake_guest_test_open(test_refusals),
        fake_guest_test_open(test_nmi),
        fake_guest_test_open(test_back_pressure),
        fake_guest_test_open(test_lost_with_the_guest),
        fake_guest_test_open(test_close_sends_what_is_posted),
    };
    return qdpi_run_group(tests);
}
