// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Two bridges to one guest, each over a monitor of its own: the same interrupt line from two
// threads, the same doorbells, and what is left to one when the other loses its connection.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "fault_run.h"
#include "live_guest.h"
#include "qdpi_cmocka.h"
#include "qmp_saboteur.h"

#define ATTACH_MS 20000U
#define ANSWER_MS 20000U
#define RING_INDEX 37U
#define RINGS 2000U
#define LINE 5U
#define OTHER_LINE 6U
#define PULSES 150U

struct pair {
    struct qdpi_live *live;
    struct saboteur *saboteur; /**< in front of bridge 0, in the test that needs it */
    uint64_t losses;
};

static int setup(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);

    *state = pair;
    return pair != NULL ? qdpi_live_setup((void **)&pair->live) : -1;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    int result;

    qdpi_live_close(pair->live);
    saboteur_stop(pair->saboteur);
    result = qdpi_live_teardown((void **)&pair->live);
    free(pair);
    return result;
}

static void open_bridge(struct pair *pair, unsigned number, const char *socket)
{
    char endpoint[QDPI_LIVE_PATH_MAX + 8];

    qdpi_live_endpoint(&pair->live->qemu[0], "qmp:", socket, endpoint);
    if (qdpi_open(endpoint, ATTACH_MS, &pair->live->bridge[number]) != 0)
        fail_msg("%s: %s", endpoint, qdpi_last_error(pair->live->bridge[number]));
}

/** A guest and two bridges; the first goes through a saboteur if it is wanted. */
static struct pair *begin(void **state, bool with_saboteur)
{
    static const char *const extra[] = {"-qmp", "unix:{dir}/second.sock,server=on,wait=off", NULL};
    struct pair *pair = *state;
    char listens[QDPI_LIVE_PATH_MAX];
    char qemu[QDPI_LIVE_PATH_MAX];

    qdpi_live_start(&pair->live->qemu[0],
                    &(struct qdpi_live_options){.guest = true, .extra = extra});
    if (with_saboteur) {
        qdpi_live_path(&pair->live->qemu[0], "saboteur.sock", listens);
        qdpi_live_path(&pair->live->qemu[0], "bridge.sock", qemu);
        pair->saboteur = saboteur_start(listens, qemu);
    }
    open_bridge(pair, 0, with_saboteur ? "saboteur.sock" : "bridge.sock");
    open_bridge(pair, 1, "second.sock");
    qdpi_live_guest_await(pair->live->bridge[0], 1);
    return pair;
}

// ---- Pulses from two threads -------------------------------------------------------------------

struct pulser {
    struct qdpi_bridge *bridge;
    pthread_barrier_t *start;
    unsigned line;
    uint64_t pulses;
    uint64_t failures;
};

static void *pulse(void *argument)
{
    struct pulser *pulser = argument;

    (void)pthread_barrier_wait(pulser->start);
    for (uint64_t i = 0; i < pulser->pulses; i++)
        pulser->failures += qdpi_irq_pulse(pulser->bridge, pulser->line) != 0 ? 1 : 0;
    pulser->failures += qdpi_fence(pulser->bridge, ANSWER_MS) != 0 ? 1 : 0;
    return NULL;
}

/** Pulse through both bridges at the same moment, and wait until QEMU has done it all. */
static void pulse_both(struct pair *pair, const unsigned lines[2], uint64_t pulses)
{
    struct pulser pulsers[2];
    pthread_t threads[2];
    pthread_barrier_t start;

    assert_int_equal(pthread_barrier_init(&start, NULL, 2), 0);
    for (unsigned i = 0; i < 2; i++) {
        pulsers[i] = (struct pulser){
            .bridge = pair->live->bridge[i], .start = &start, .line = lines[i], .pulses = pulses};
        assert_int_equal(pthread_create(&threads[i], NULL, pulse, &pulsers[i]), 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        (void)pthread_join(threads[i], NULL);
        pair->losses += pulsers[i].failures;
        assert_string_equal(qdpi_last_error(pair->live->bridge[i]), "");
    }
    (void)pthread_barrier_destroy(&start);
}

static uint64_t counted(const struct pair *pair, unsigned line)
{
    return qdpi_live_guest_counted(pair->live->bridge[0], line);
}

/// Two bridges pulse at the same moment. On lines of their own, the guest is interrupted by both,
/// always. On one line it is interrupted once or twice, never not at all, and each bridge counts
/// its own calls.
static void test_line_shared(void **state)
{
    static const unsigned own[2] = {LINE, OTHER_LINE};
    static const unsigned shared[2] = {LINE, LINE};
    struct pair *pair = begin(state, false);
    const uint64_t rounds = qdpi_fault_rounds(150);
    uint64_t before[2] = {counted(pair, LINE), counted(pair, OTHER_LINE)};
    uint64_t merged = 0;
    uint64_t streamed;

    for (uint64_t i = 1; i <= rounds; i++) {
        pulse_both(pair, own, 1);
        pair->losses += counted(pair, LINE) != before[0] + i ? 1 : 0;
        pair->losses += counted(pair, OTHER_LINE) != before[1] + i ? 1 : 0;
    }
    for (uint64_t i = 0; i < rounds; i++) {
        uint64_t edges;

        before[0] = counted(pair, LINE);
        pulse_both(pair, shared, 1);
        edges = counted(pair, LINE) - before[0];
        pair->losses += edges == 0 || edges > 2 ? 1 : 0;
        merged += 2 - edges;
    }
    before[0] = counted(pair, LINE);
    pulse_both(pair, shared, rounds);
    streamed = counted(pair, LINE) - before[0];
    pair->losses += streamed == 0 || streamed > 2 * rounds ? 1 : 0;
    for (unsigned i = 0; i < 2; i++) {
        struct qdpi_bridge *bridge = pair->live->bridge[i];

        pair->losses += qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED) != 3 * rounds ? 1 : 0;
        pair->losses += qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN) != 3 * rounds ? 1 : 0;
        pair->losses += qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED) != 0 ? 1 : 0;
    }
    qdpi_fault_report("line-shared", rounds, pair->losses,
                      "pairs=%lu merged=%lu streamed=%lu interrupts_of_the_stream=%lu", rounds,
                      merged, 2 * rounds, streamed);
}

// ---- Doorbells ---------------------------------------------------------------------------------

/** Take what is there of the doorbells `*next` and up. */
static void take(struct pair *pair, unsigned number, uint64_t *next)
{
    struct qdpi_event event;

    while (qdpi_event_poll(pair->live->bridge[number], &event) == 1) {
        if (event.kind != QDPI_EVENT_DOORBELL || event.index != RING_INDEX ||
            event.value != *next) {
            print_error("bridge %u: event %d with value %lu where doorbell %lu is due\n", number,
                        (int)event.kind, event.value, *next);
            pair->losses++;
        }
        (*next)++;
    }
}

/** Wait until a bridge has taken all doorbells, and nothing more comes. */
static void take_all(struct pair *pair, unsigned number, uint64_t *next)
{
    const uint64_t deadline = qdpi_live_in_ms(ANSWER_MS);

    while (*next < RINGS && qdpi_live_ms_until(deadline) > 0) {
        take(pair, number, next);
        qdpi_live_sleep_ms(1);
    }
    // Its answer comes behind all events before it.
    assert_int_equal(qdpi_map_refresh(pair->live->bridge[number]), 0);
    take(pair, number, next);
    pair->losses += *next < RINGS ? RINGS - *next : *next - RINGS;
}

/// Every doorbell comes to every bridge, once and in order, and each takes them at its own pace.
static void test_doorbells_to_both(void **state)
{
    struct pair *pair = begin(state, false);
    const uint64_t rounds = qdpi_fault_rounds(5);

    for (uint64_t i = 0; i < rounds; i++) {
        uint64_t next[2] = {0, 0};

        qdpi_live_guest_tell(pair->live->bridge[i % 2], QDPI_MAILBOX_COMMAND_RING, RING_INDEX,
                             RINGS);
        take_all(pair, 0, &next[0]);
        take_all(pair, 1, &next[1]);
    }
    for (unsigned i = 0; i < 2; i++)
        pair->losses +=
            qdpi_counter(pair->live->bridge[i], QDPI_COUNTER_DOORBELLS) != rounds * RINGS ? 1 : 0;
    qdpi_fault_report("doorbells-to-both", rounds, pair->losses, "doorbells=%lu",
                      2 * rounds * RINGS);
}

// ---- One of two is lost ------------------------------------------------------------------------

static void await_loss(struct pair *pair, uint64_t *next)
{
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE};

    while (event.kind != QDPI_EVENT_LOST) {
        assert_int_equal(qdpi_event_wait(pair->live->bridge[0], ANSWER_MS, &event), 1);
        pair->losses += event.kind == QDPI_EVENT_DOORBELL && event.value != (*next)++ ? 1 : 0;
    }
}

/// The connection of one bridge is closed while both are at work: the other misses no doorbell, no
/// interrupt, no byte, and hears nothing of it.
static void test_one_bridge_lost(void **state)
{
    struct pair *pair = begin(state, true);
    struct qdpi_bridge *lost = pair->live->bridge[0];
    struct qdpi_bridge *other = pair->live->bridge[1];
    const uint64_t rounds = qdpi_fault_rounds(8);
    uint64_t random = qdpi_fault_seed();

    for (uint64_t i = 1; i <= rounds; i++) {
        const uint64_t enough = 1 + qdpi_fault_below(&random, RINGS / 2);
        const uint64_t deadline = qdpi_live_in_ms(ANSWER_MS);
        uint64_t next[2] = {0, 0};
        uint64_t word = 0;

        qdpi_live_guest_tell(other, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, RINGS);
        assert_int_equal(qdpi_irq_pulse(lost, LINE), 0);
        while (next[1] < enough && qdpi_live_ms_until(deadline) > 0)
            take(pair, 1, &next[1]);
        assert_true(next[1] >= enough);
        saboteur_order(pair->saboteur, SABOTEUR_CLOSE, 0);
        assert_int_equal(qdpi_irq_pulse(other, OTHER_LINE), 0);
        await_loss(pair, &next[0]);
        assert_int_equal(qdpi_mem_read64(lost, 0x1000000, &word), QDPI_ERR_LOST);
        assert_int_equal(qdpi_mem_write64(other, 0x1000000, i), 0);
        assert_int_equal(qdpi_mem_read64(other, 0x1000000, &word), 0);
        pair->losses += word != i ? 1 : 0;
        assert_int_equal(qdpi_fence(other, ANSWER_MS), 0);
        take_all(pair, 1, &next[1]);
        pair->losses += qdpi_live_guest_counted(other, OTHER_LINE) != i ? 1 : 0;
        assert_string_equal(qdpi_last_error(other), "");
        assert_string_not_equal(qdpi_last_error(lost), "");
        assert_int_equal(qdpi_reattach(lost, ATTACH_MS), 0);
    }
    pair->losses += qdpi_counter(other, QDPI_COUNTER_DOORBELLS) != rounds * RINGS ? 1 : 0;
    pair->losses += qdpi_counter(other, QDPI_COUNTER_INTERRUPTS_TAKEN) != rounds ? 1 : 0;
    qdpi_fault_report("one-bridge-lost", rounds, pair->losses, "doorbells=%lu", rounds * RINGS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line_shared, setup, teardown),
        cmocka_unit_test_setup_teardown(test_doorbells_to_both, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_bridge_lost, setup, teardown),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
