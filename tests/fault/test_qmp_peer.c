// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The connection to a real QEMU breaks in every way a connection can, under load: memory accesses
// and interrupts from threads of their own, doorbells of a guest that rings as fast as it can. What
// is promised each time: no crash; no call beyond its deadline; bounded memory; a sentence with a
// remedy; what was delivered whole before the fault is there, once, in order; and after attaching
// again everything is exact.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fault_run.h"
#include "live_guest.h"
#include "qdpi_cmocka.h"
#include "qmp_saboteur.h"
#include "shm_atomic.h"

#define EVENT_MS 20000U
#define ATTACH_MS 20000U
#define ANSWER_MS 20000U
#define SHORT_MS 100U
/** For as many doorbells as pause the guest, on a busy machine under a sanitizer. */
#define FLOOD_MS 90000U
#define SLACK_US (QDPI_LIVE_SLACK_MS * INT64_C(1000))
/** The longest that a memory access may wait for QEMU here. The library would wait for
 * DISCOVERY_TRIES (guest_memory_map.c) times ANSWER_MS (bridge.c), but no flood may make it use
 * them up. */
#define MAP_ANSWER_US INT64_C(30000000)
#define RING_INDEX 37U
#define FLOOD_INDEX 65535U
#define RINGS 1000U
#define RINGS_AFTERWARDS 50U
/** More than may wait to be taken. */
#define RINGS_TO_PAUSE 67000U
#define LINE 5U
/** More would only make everybody else wait behind them. */
#define UNDER_WAY_MAX 32U
#define SCRATCH UINT64_C(0x1000000)
/** Peak growth of this process that one message may cause, and what may remain of a flood, in KiB
 *  (dpi/src/qmp_reader.h, with the queues of the load on top). */
#define PEAK_KIB (112L << 10)
#define REMAINS_KIB (24L << 10)
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#define IS_SANITIZED                                                                               \
    (__has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                        \
     __has_feature(thread_sanitizer))
#else
#define IS_SANITIZED false
#endif

struct load {
    struct qdpi_bridge *bridge;
    pthread_t memory;
    pthread_t interrupts;
    bool runs;
    int stop; /**< atomic */
    uint64_t accesses;
    uint64_t wrong;     /**< other data than was written, or an unexpected result */
    uint64_t undead;    /**< successes after a loss */
    int64_t longest_us; /**< of all calls in the threads */
    uint64_t posted;
    uint64_t refused; /**< neither posted nor lost */
};

struct peer {
    struct qdpi_live *live;
    struct saboteur *saboteur;
    struct qdpi_bridge *bridge;
    struct load load;
    uint64_t random;
    char listens[QDPI_LIVE_PATH_MAX];
    char qemu[QDPI_LIVE_PATH_MAX];
    uint64_t before;     /**< events forwarded before this load */
    uint64_t events;     /**< taken or counted as dropped, of this load */
    uint64_t taken;      /**< of these, doorbells of the guest */
    uint64_t next_value; /**< of the next one */
    uint64_t next_made;  /**< of the next one that the saboteur makes up */
    bool gap;            /**< events were dropped before the next one of the guest */
    bool gap_made;       /**< or before the next one that is made up */
    uint64_t dropped;
    // Figures of the whole row.
    uint64_t losses;
    uint64_t doorbells;
    uint64_t pulses;
    int64_t longest_us;
    long peak_kib;
};

// ---- Load --------------------------------------------------------------------------------------

static void note_time(int64_t *longest, uint64_t begun)
{
    const int64_t took = (int64_t)(qdpi_clock_us() - begun);

    if (took > *longest)
        *longest = took;
}

static void *access_memory(void *argument)
{
    struct load *load = argument;
    bool lost = false;
    int64_t longest = 0;

    for (uint64_t i = 1; qdpi_load_acquire_int(&load->stop) == 0; i++) {
        const uint64_t gpa = SCRATCH + i % 4096 * 8;
        const uint64_t begun = qdpi_clock_us();
        uint64_t word = 0;
        int result = qdpi_mem_write64(load->bridge, gpa, i);

        if (result == 0)
            result = qdpi_mem_read64(load->bridge, gpa, &word);
        note_time(&longest, begun);
        if (result == 0 && lost)
            load->undead++;
        else if (result == 0)
            load->wrong += word != i ? 1 : 0;
        else if (result == QDPI_ERR_LOST)
            lost = true;
        else
            load->wrong++;
        load->accesses++;
        if (i % 64 == 0 || lost)
            (void)usleep(50);
    }
    if (longest > load->longest_us)
        load->longest_us = longest;
    return NULL;
}

/** How many interrupt calls QEMU has not yet dealt with. */
static uint64_t interrupts_under_way(struct qdpi_bridge *bridge)
{
    return qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED) -
           qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN) -
           qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED);
}

static void *pulse(void *argument)
{
    struct load *load = argument;
    int64_t longest = 0;

    while (qdpi_load_acquire_int(&load->stop) == 0) {
        const uint64_t begun = qdpi_clock_us();
        int result;

        (void)usleep(200);
        if (interrupts_under_way(load->bridge) >= UNDER_WAY_MAX)
            continue;
        result = qdpi_irq_pulse(load->bridge, LINE);
        note_time(&longest, begun);
        if (result == 0)
            load->posted++;
        else if (result != QDPI_ERR_LOST)
            load->refused++;
    }
    // Joined first, so it does not race with the other thread's figure.
    load->longest_us = longest;
    return NULL;
}

static void start_load(struct peer *peer, bool with_interrupts)
{
    peer->load = (struct load){.bridge = peer->bridge};
    peer->before = saboteur_report(peer->saboteur).events;
    peer->events = 0;
    peer->taken = 0;
    peer->next_value = 0;
    peer->next_made = 0;
    peer->gap = false;
    peer->gap_made = false;
    qdpi_live_guest_tell(peer->bridge, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, RINGS);
    if (with_interrupts)
        assert_int_equal(pthread_create(&peer->load.interrupts, NULL, pulse, &peer->load), 0);
    else
        peer->load.interrupts = pthread_self();
    assert_int_equal(pthread_create(&peer->load.memory, NULL, access_memory, &peer->load), 0);
    peer->load.runs = true;
}

static void join_load(struct load *load)
{
    if (!load->runs)
        return;
    load->runs = false;
    qdpi_store_release_int(&load->stop, 1);
    if (!pthread_equal(load->interrupts, pthread_self()))
        (void)pthread_join(load->interrupts, NULL);
    (void)pthread_join(load->memory, NULL);
}

static void stop_load(struct peer *peer)
{
    struct load *load = &peer->load;

    join_load(load);
    assert_int_equal(load->refused, 0);
    assert_true(load->longest_us < MAP_ANSWER_US + SLACK_US);
    peer->losses += load->wrong + load->undead;
    if (load->longest_us > peer->longest_us)
        peer->longest_us = load->longest_us;
}

// ---- What comes --------------------------------------------------------------------------------

/** A doorbell must be the next one; behind a gap it may be any later one. */
static void take_doorbell(struct peer *peer, const struct qdpi_event *event)
{
    const bool is_made = event->index == FLOOD_INDEX;
    uint64_t *next = is_made ? &peer->next_made : &peer->next_value;
    bool *gap = is_made ? &peer->gap_made : &peer->gap;

    if ((!is_made && event->index != RING_INDEX) || event->value < *next ||
        (event->value > *next && !*gap)) {
        print_error("doorbell %u with value %lu where %lu is due\n", event->index, event->value,
                    *next);
        peer->losses++;
    }
    *next = event->value + 1;
    *gap = false;
    peer->taken += is_made ? 0 : 1;
}

static void take_event(struct peer *peer, const struct qdpi_event *event)
{
    peer->events++;
    switch (event->kind) {
    case QDPI_EVENT_DOORBELL:
        take_doorbell(peer, event);
        break;
    case QDPI_EVENT_OVERFLOW:
        peer->events += event->value - 1;
        peer->dropped += event->value;
        peer->gap = true;
        peer->gap_made = true;
        break;
    case QDPI_EVENT_RESET:
    case QDPI_EVENT_STOP:
    case QDPI_EVENT_RESUME:
        break;
    default:
        fail_msg("event %d: %s", (int)event->kind, qdpi_last_error(peer->bridge));
    }
}

/** Take events until the guest's doorbell before this one has come. */
static void take_doorbells(struct peer *peer, uint64_t value)
{
    struct qdpi_event event;

    while (peer->next_value < value) {
        assert_int_equal(qdpi_event_wait(peer->bridge, EVENT_MS, &event), 1);
        take_event(peer, &event);
    }
}

/** Everything that QEMU has sent by now. */
static void take_all(struct peer *peer)
{
    struct qdpi_event event;

    // Its answer comes behind the events before it.
    assert_int_equal(qdpi_map_refresh(peer->bridge), 0);
    while (qdpi_event_poll(peer->bridge, &event) == 1)
        take_event(peer, &event);
}

// ---- A round -----------------------------------------------------------------------------------

static long peak_kib(void)
{
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/** Make the guest's doorbells, interrupts and memory prove that nothing is left of the fault. */
static void expect_exact(struct peer *peer)
{
    struct qdpi_bridge *bridge = peer->bridge;
    const uint64_t deadline = qdpi_live_in_ms(ANSWER_MS);
    uint64_t before;

    // What the guest rang while nobody was attached is lost, as is documented.
    peer->gap = true;
    while (!qdpi_live_guest_has_answered(bridge)) {
        assert_true(qdpi_live_ms_until(deadline) > 0);
        take_all(peer);
        qdpi_live_sleep_ms(1);
    }
    take_all(peer);
    peer->taken = 0;
    peer->next_value = 0;
    peer->gap = false;
    (void)qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, RINGS_AFTERWARDS);
    take_all(peer);
    peer->losses += peer->taken != RINGS_AFTERWARDS ? 1 : 0;
    before = qdpi_live_guest_counted(bridge, LINE);
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(qdpi_irq_pulse(bridge, LINE), 0);
        assert_int_equal(qdpi_fence(bridge, ANSWER_MS), 0);
        peer->losses += qdpi_live_guest_counted(bridge, LINE) != before + i ? 1 : 0;
        peer->pulses++;
    }
    assert_string_equal(qdpi_last_error(bridge), "");
}

static void attach_again(struct peer *peer)
{
    const int result = qdpi_reattach(peer->bridge, ATTACH_MS);

    if (result != 0)
        fail_msg("attach again: %d: %s", result, qdpi_last_error(peer->bridge));
    expect_exact(peer);
}

static void expect_lost_everywhere(struct qdpi_bridge *bridge)
{
    const uint64_t begun = qdpi_clock_us();
    struct qdpi_event event;
    uint64_t word = 0x5a;

    assert_int_equal(qdpi_mem_read64(bridge, SCRATCH, &word), QDPI_ERR_LOST);
    assert_int_equal(word, 0x5a);
    assert_int_equal(qdpi_mem_write64(bridge, SCRATCH, word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_fetch_add64(bridge, SCRATCH, 1, &word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_map_refresh(bridge), QDPI_ERR_LOST);
    assert_int_equal(qdpi_irq_pulse(bridge, LINE), QDPI_ERR_LOST);
    assert_int_equal(qdpi_fence(bridge, EVENT_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_guest_stop(bridge, EVENT_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_poll(bridge, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_wait(bridge, EVENT_MS, &event), QDPI_ERR_LOST);
    assert_true((int64_t)(qdpi_clock_us() - begun) < SLACK_US);
}

/** Compare what was forwarded with what was taken. What came behind a fault may be there. */
static void compare_events(struct peer *peer, bool is_lost)
{
    const struct saboteur_report report = saboteur_report(peer->saboteur);
    const uint64_t most = report.events - peer->before;
    const uint64_t least = is_lost ? report.events_before_fault - peer->before : most;

    if (peer->events >= least && peer->events <= most)
        return;
    print_error("%lu to %lu events forwarded, %lu taken\n", least, most, peer->events);
    peer->losses += peer->events < least ? least - peer->events : peer->events - most;
}

/** The connection is to be lost: take what came before, compare it with what was forwarded, look at
 *  every promise, and attach again. `words` are in the sentence. */
static void expect_loss(struct peer *peer, const char *words)
{
    struct qdpi_bridge *bridge = peer->bridge;
    struct qdpi_event event;

    for (;;) {
        if (qdpi_event_wait(bridge, EVENT_MS, &event) != 1)
            fail_msg("the loss has not been told (\"%s\"): %s", words, qdpi_last_error(bridge));
        if (event.kind == QDPI_EVENT_LOST)
            break;
        take_event(peer, &event);
    }
    qdpi_live_check_sentence(bridge, words);
    stop_load(peer);
    expect_lost_everywhere(bridge);
    compare_events(peer, true);
    peer->doorbells += peer->taken;
    peer->pulses += peer->load.posted;
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED),
                     qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN) +
                         qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED));
    (void)qdpi_last_error(bridge);
    saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
    attach_again(peer);
}

/** In the middle of the load. */
static void come_to_the_middle(struct peer *peer, bool with_interrupts)
{
    start_load(peer, with_interrupts);
    take_doorbells(peer, 1 + qdpi_fault_below(&peer->random, RINGS / 2));
}

static void break_in_the_middle(struct peer *peer, enum saboteur_fault fault, uint64_t amount,
                                const char *words)
{
    come_to_the_middle(peer, true);
    saboteur_order(peer->saboteur, fault, amount);
    expect_loss(peer, words);
}

// ---- What a test has ---------------------------------------------------------------------------

static int setup(void **state)
{
    struct peer *peer = calloc(1, sizeof *peer);

    *state = peer;
    return peer != NULL ? qdpi_live_setup((void **)&peer->live) : -1;
}

static int teardown(void **state)
{
    struct peer *peer = *state;
    int result;

    join_load(&peer->load);
    qdpi_close(peer->bridge);
    saboteur_stop(peer->saboteur);
    result = qdpi_live_teardown((void **)&peer->live);
    free(peer);
    return result;
}

static struct peer *begin(void **state)
{
    struct peer *peer = *state;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];

    peer->random = qdpi_fault_seed();
    qdpi_live_start(&peer->live->qemu[0], &(struct qdpi_live_options){.guest = true});
    qdpi_live_path(&peer->live->qemu[0], "saboteur.sock", peer->listens);
    qdpi_live_path(&peer->live->qemu[0], "bridge.sock", peer->qemu);
    peer->saboteur = saboteur_start(peer->listens, peer->qemu);
    qdpi_live_endpoint(&peer->live->qemu[0], "qmp:", "saboteur.sock", endpoint);
    if (qdpi_open(endpoint, ATTACH_MS, &peer->bridge) != 0)
        fail_msg("open: %s", qdpi_last_error(peer->bridge));
    qdpi_live_guest_await(peer->bridge, 1);
    return peer;
}

static void report_row(const struct peer *peer, const char *row, uint64_t rounds)
{
    qdpi_fault_report(row, rounds, peer->losses,
                      "doorbells=%lu dropped_and_counted=%lu interrupts=%lu longest_call_us=%ld "
                      "peak_growth_kib=%ld",
                      peer->doorbells, peer->dropped, peer->pulses, (long)peer->longest_us,
                      peer->peak_kib);
}

// ---- The rows ----------------------------------------------------------------------------------

/// The connection is closed between two messages.
static void test_closed(void **state)
{
    struct peer *peer = begin(state);
    const uint64_t rounds = qdpi_fault_rounds(5);

    for (uint64_t i = 0; i < rounds; i++)
        break_in_the_middle(peer, SABOTEUR_CLOSE, 0, "attach again");
    report_row(peer, "qmp-closed", rounds);
}

/// The connection is closed while the guest stands still because nobody took its doorbells. All
/// that came before are there; attached again, the bridge lets the guest go on.
static void test_closed_while_paused(void **state)
{
    struct peer *peer = begin(state);
    struct qdpi_bridge *bridge = peer->bridge;
    const uint64_t rounds = qdpi_fault_rounds(1);

    for (uint64_t i = 1; i <= rounds; i++) {
        const uint64_t deadline = qdpi_live_in_ms(FLOOD_MS);
        json_t *status;

        start_load(peer, false);
        qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);
        qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_RING, RING_INDEX, RINGS_TO_PAUSE);
        while (qdpi_counter(bridge, QDPI_COUNTER_EVENTS) < 3 * i - 2) {
            assert_true(qdpi_live_ms_until(deadline) > 0);
            qdpi_live_sleep_ms(2);
        }
        saboteur_order(peer->saboteur, SABOTEUR_CLOSE, 0);
        take_doorbells(peer, RINGS);
        peer->next_value = 0;
        expect_loss(peer, "attach again");
        status = qdpi_live_execute(&peer->live->qemu[0], "query-status", NULL);
        assert_true(json_is_true(json_object_get(status, "running")));
        json_decref(status);
        // STOP and LOST, then RESUME: and the one pause of this round.
        assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_FLOOD_PAUSES), i);
    }
    report_row(peer, "qmp-closed-while-paused", rounds);
}

/// One direction is shut: what is heard ends, or what is said. In the latter case the peer may talk
/// on, even without end.
static void test_half_closed(void **state)
{
    struct peer *peer = begin(state);
    const uint64_t rounds = qdpi_fault_rounds(3);

    for (uint64_t i = 0; i < rounds; i++) {
        break_in_the_middle(peer, SABOTEUR_SHUT_WRITE, 0, "attach again");
        break_in_the_middle(peer, SABOTEUR_SHUT_READ, 0, "attach again");
        come_to_the_middle(peer, true);
        saboteur_order(peer->saboteur, SABOTEUR_FLOOD, SABOTEUR_UNKNOWN_EVENTS);
        qdpi_live_sleep_ms(SHORT_MS);
        saboteur_order(peer->saboteur, SABOTEUR_SHUT_READ, 0);
        expect_loss(peer, "attach again");
    }
    report_row(peer, "qmp-half-closed", rounds * 3);
}

/** The load goes on to its end in spite of the fault; then everything is there, exactly. */
static void expect_survival(struct peer *peer)
{
    struct qdpi_bridge *bridge = peer->bridge;

    take_doorbells(peer, RINGS);
    stop_load(peer);
    saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
    assert_int_equal(qdpi_fence(bridge, ANSWER_MS), 0);
    take_all(peer);
    compare_events(peer, false);
    assert_true(saboteur_report(peer->saboteur).connected);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED),
                     qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN) +
                         qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED));
    peer->doorbells += peer->taken;
    peer->pulses += peer->load.posted;
}

static void expect_result(struct qdpi_bridge *bridge, int expected, int result)
{
    if (result != expected)
        fail_msg("%d and not %d: %s", result, expected, qdpi_last_error(bridge));
}

/// A byte at a time, with pauses: everything arrives. A greeting of a byte now and then ends at the
/// deadline, which is that of the whole and not of each byte.
static void test_slow(void **state)
{
    struct peer *peer = begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);
    uint64_t begun;

    for (uint64_t i = 0; i < rounds; i++) {
        come_to_the_middle(peer, true);
        saboteur_order(peer->saboteur, SABOTEUR_SLOW, 20);
        take_doorbells(peer, peer->next_value + 10);
        saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
        expect_survival(peer);
        saboteur_order(peer->saboteur, SABOTEUR_SLOW, 20);
        expect_result(peer->bridge, 0, qdpi_map_refresh(peer->bridge));
        saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
        expect_exact(peer);

        saboteur_order(peer->saboteur, SABOTEUR_TRICKLE, 5);
        begun = qdpi_clock_us();
        expect_result(peer->bridge, QDPI_ERR_BUSY, qdpi_reattach(peer->bridge, 3 * SHORT_MS));
        assert_true((int64_t)(qdpi_clock_us() - begun) < SLACK_US);
        qdpi_live_check_sentence(peer->bridge, "no QMP greeting came");
        saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
        attach_again(peer);
    }
    report_row(peer, "qmp-slow", rounds * 2);
}

/// Answers that come after the deadline of who asked: that call ends in time, the late answer is
/// nobody's, and further requests get their own.
static void test_late(void **state)
{
    struct peer *peer = begin(state);
    const uint64_t rounds = qdpi_fault_rounds(2);
    uint64_t address = 0;
    uint64_t begun;

    for (uint64_t i = 0; i < rounds; i++) {
        come_to_the_middle(peer, true);
        // Until it is told otherwise, however long the next waits take on a busy machine.
        saboteur_order(peer->saboteur, SABOTEUR_STALL, ANSWER_MS);
        for (unsigned j = 0; j < 3; j++) {
            begun = qdpi_clock_us();
            assert_int_equal(qdpi_host_address(peer->bridge, SCRATCH + j, &address, SHORT_MS / 2),
                             QDPI_ERR_TIMEOUT);
            assert_true((int64_t)(qdpi_clock_us() - begun) < SHORT_MS / 2 * 1000 + SLACK_US);
            qdpi_live_check_sentence(peer->bridge, "in time");
        }
        assert_int_equal(qdpi_fence(peer->bridge, SHORT_MS / 2), QDPI_ERR_TIMEOUT);
        (void)qdpi_last_error(peer->bridge);
        saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
        for (uint64_t j = 0; j < 8; j++) {
            uint64_t other = 0;

            assert_int_equal(qdpi_host_address(peer->bridge, SCRATCH, &address, ANSWER_MS), 1);
            assert_int_equal(qdpi_host_address(peer->bridge, SCRATCH + j, &other, ANSWER_MS), 1);
            peer->losses += other != address + j ? 1 : 0;
        }
        expect_survival(peer);
        expect_exact(peer);
    }
    report_row(peer, "qmp-late", rounds);
}

/// Events between the messages as fast as they can be sent, of every kind that means something:
/// every call comes to its end, memory stays bounded, and what is dropped is counted.
static void test_flooded(void **state)
{
    static const enum saboteur_events kinds[] = {SABOTEUR_MAP_EVENTS, SABOTEUR_DOORBELLS,
                                                 SABOTEUR_RESETS, SABOTEUR_UNKNOWN_EVENTS};
    struct peer *peer = begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);
    // A flood takes time: those that differ most are enough for every day.
    const size_t kind_count = rounds > 1 ? sizeof kinds / sizeof kinds[0] : 2;

    for (uint64_t i = 0; i < rounds; i++) {
        for (size_t k = 0; k < kind_count; k++) {
            const long before = qdpi_live_resident_kib(0);
            uint64_t word;

            come_to_the_middle(peer, true);
            saboteur_order(peer->saboteur, SABOTEUR_FLOOD, kinds[k]);
            // Nobody takes anything: the queue fills.
            qdpi_live_sleep_ms(2 * SHORT_MS);
            assert_int_equal(qdpi_map_refresh(peer->bridge), 0);
            assert_int_equal(qdpi_mem_read64(peer->bridge, SCRATCH, &word), 0);
            assert_int_equal(qdpi_mem_read64(peer->bridge, UINT64_C(1) << 40, &word),
                             QDPI_ERR_UNMAPPED);
            (void)qdpi_last_error(peer->bridge);
            saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
            expect_survival(peer);
            expect_exact(peer);
            assert_true(IS_SANITIZED || qdpi_live_resident_kib(0) - before < REMAINS_KIB);

            // And while attaching.
            saboteur_order(peer->saboteur, SABOTEUR_FLOOD, kinds[k]);
            assert_int_equal(qdpi_reattach(peer->bridge, ATTACH_MS), 0);
            saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
            peer->next_made = 0;
            peer->gap_made = true;
            take_all(peer);
            expect_exact(peer);
        }
    }
    report_row(peer, "qmp-flooded", rounds * 2 * kind_count);
}

/// What is no QMP ends the connection with a sentence that quotes it; what is, but means nothing,
/// with one that says so.
static void test_garbage(void **state)
{
    static const char *const words[SABOTEUR_GARBAGE_COUNT] = {
        [SABOTEUR_BINARY] = "found `\\x80",
        [SABOTEUR_ZEROES] = "found `\\x00\\x00\\x00",
        [SABOTEUR_BROKEN_UTF8] = "found `\\xc3(\\xff\\xfe",
        [SABOTEUR_BROKEN_UTF8_IN_A_STRING] = "found `{\"event\": \"RES\\xc3(\"}",
        [SABOTEUR_DEEP_NESTING] = "found `{\"event\": [[[[",
        [SABOTEUR_UNENDING_STRING] = "found `{\"event\": \"aaaa",
        [SABOTEUR_HUGE_NUMBER] = "found `{\"event\": \"WEATHER\", \"data\": 1000",
        [SABOTEUR_NO_OBJECT] = "found `[1, 2, 3]",
        [SABOTEUR_NO_MEANING] = "sent a message that is neither event nor answer",
        [SABOTEUR_ENCODED_ZERO] = "found `{\"event\": \"RESET\\u0000\"}",
        [SABOTEUR_TWICE_THE_KEY] = "found `{\"event\": \"RESET\", \"event\": \"STOP\"}",
    };
    struct peer *peer = begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);

    for (uint64_t i = 0; i < rounds; i++) {
        for (unsigned kind = 0; kind < SABOTEUR_GARBAGE_COUNT; kind++)
            break_in_the_middle(peer, SABOTEUR_GARBAGE, kind, words[kind]);
    }
    report_row(peer, "qmp-garbage", rounds * SABOTEUR_GARBAGE_COUNT);
}

/// Answers larger than anything that QEMU says, with an end and without: the memory they take is
/// bounded, and given back.
static void test_64_mebibytes(void **state)
{
    static const struct {
        enum saboteur_fault fault;
        uint64_t amount;
        const char *words;
    } cases[] = {
        {SABOTEUR_LONG_ANSWER, 64, "longer than any"},
        {SABOTEUR_ENDLESS_ANSWER, 64, "longer than any"},
        {SABOTEUR_CROWDED_ANSWER, 1000000, "more values than any"},
    };
    struct peer *peer = begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);
    const long before = qdpi_live_resident_kib(0);

    for (uint64_t i = 0; i < rounds; i++) {
        for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
            break_in_the_middle(peer, cases[k].fault, cases[k].amount, cases[k].words);
        // Shorter than the limit, these are answers like others: of refusal.
        for (unsigned k = 0; k < 3; k++) {
            come_to_the_middle(peer, true);
            saboteur_order(peer->saboteur,
                           k == 0   ? SABOTEUR_LONG_REFUSAL
                           : k == 1 ? SABOTEUR_LONG_ANSWER
                                    : SABOTEUR_CROWDED_ANSWER,
                           k < 2 ? 15 : 100000);
            (void)saboteur_await_done(peer->saboteur, 1);
            // An interrupt call was refused, or it was a question that got a strange answer.
            assert_int_not_equal(qdpi_fence(peer->bridge, ANSWER_MS), QDPI_ERR_LOST);
            (void)qdpi_last_error(peer->bridge);
            expect_survival(peer);
            expect_exact(peer);
            attach_again(peer);
        }
    }
    peer->peak_kib = peak_kib() - before;
    assert_true(IS_SANITIZED || peer->peak_kib < PEAK_KIB);
    report_row(peer, "qmp-64MiB", rounds * 6);
}

/// Answers with an id that is not that of the request whose turn it is, answers twice, and answers
/// that never come.
static void test_wrong_id(void **state)
{
    struct peer *peer = begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);

    for (uint64_t i = 0; i < rounds; i++) {
        for (unsigned kind = 0; kind < SABOTEUR_ID_COUNT; kind++)
            break_in_the_middle(peer, SABOTEUR_ID, kind, "answered a request that was not made");
        break_in_the_middle(peer, SABOTEUR_DUPLICATE, 0, "answered a request that was not made");
        break_in_the_middle(peer, SABOTEUR_DROP, 0, "answered a request that was not made");

        // With nothing behind it, the missing answer is not seen, but neither does anybody hang.
        come_to_the_middle(peer, false);
        saboteur_order(peer->saboteur, SABOTEUR_DROP, 0);
        assert_int_equal(qdpi_irq_set(peer->bridge, LINE), 0);
        assert_int_equal(qdpi_fence(peer->bridge, SHORT_MS), QDPI_ERR_TIMEOUT);
        (void)qdpi_last_error(peer->bridge);
        // Left high where the library cannot know it: the pulses afterwards are edges all the same.
        assert_int_equal(qdpi_irq_set(peer->bridge, LINE), 0);
        expect_loss(peer, "answered a request that was not made");
    }
    report_row(peer, "qmp-wrong-id", rounds * (SABOTEUR_ID_COUNT + 3));
}

/// The connection is closed in the middle of a message, at every place: answers and events on their
/// way here, and requests on their way there.
static void test_cut_anywhere(void **state)
{
    struct peer *peer = begin(state);
    const uint64_t rounds = qdpi_fault_rounds(40);
    uint64_t lengths[2] = {UINT64_MAX, UINT64_MAX};
    uint64_t at[2] = {0, 0};
    uint64_t gone_round[2] = {0, 0};
    struct saboteur_report cut;

    for (uint64_t i = 0; i < rounds; i++) {
        const unsigned way = i % 2;

        start_load(peer, true);
        take_doorbells(peer, 1 + qdpi_fault_below(&peer->random, 20));
        saboteur_order(peer->saboteur, way == 0 ? SABOTEUR_CUT_TO_LIBRARY : SABOTEUR_CUT_TO_QEMU,
                       at[way]);
        cut = saboteur_await_done(peer->saboteur, 1);
        lengths[way] = cut.cut_of;
        expect_loss(peer, "attach again");
        // The whole message is a close between two.
        at[way] += rounds < 400 ? 1 + qdpi_fault_below(&peer->random, 8) : 1;
        if (at[way] >= lengths[way]) {
            at[way] = 0;
            gone_round[way]++;
        }
    }
    report_row(peer, "qmp-cut-anywhere", rounds);
    assert_true(rounds < 400 || (gone_round[0] > 0 && gone_round[1] > 0));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closed_while_paused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flooded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_64_mebibytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_anywhere, setup, teardown),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
