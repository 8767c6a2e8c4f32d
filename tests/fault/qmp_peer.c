// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// How the counts are kept, and what stands behind each promise of a round.

#include "qmp_peer.h"

#include <stdlib.h>

#include "fault_run.h"
#include "live_guest.h"

#define EVENT_MS 20000U
/** The longest that a memory access may wait for QEMU here. The library would wait for
 * DISCOVERY_TRIES (guest_memory_map.c) times ANSWER_MS (bridge.c), but no flood may make it use
 * them up. */
#define MAP_ANSWER_US INT64_C(30000000)
#define FLOOD_INDEX 65535U
#define RINGS_AFTERWARDS 50U

// ---- What a test has ---------------------------------------------------------------------------

int peer_setup(void **state)
{
    struct peer *peer = calloc(1, sizeof *peer);

    *state = peer;
    return peer != NULL ? qdpi_live_setup((void **)&peer->live) : -1;
}

int peer_teardown(void **state)
{
    struct peer *peer = *state;
    int result;

    peer_load_join(&peer->load);
    qdpi_close(peer->bridge);
    saboteur_stop(peer->saboteur);
    result = qdpi_live_teardown((void **)&peer->live);
    free(peer);
    return result;
}

struct peer *peer_begin(void **state)
{
    struct peer *peer = *state;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];

    peer->random = qdpi_fault_seed();
    qdpi_live_start(&peer->live->qemu[0], &(struct qdpi_live_options){.guest = true});
    qdpi_live_path(&peer->live->qemu[0], "saboteur.sock", peer->listens);
    qdpi_live_path(&peer->live->qemu[0], "bridge.sock", peer->qemu);
    peer->saboteur = saboteur_start(peer->listens, peer->qemu);
    qdpi_live_endpoint(&peer->live->qemu[0], "qmp:", "saboteur.sock", endpoint);
    if (qdpi_open(endpoint, PEER_ATTACH_MS, &peer->bridge) != 0)
        fail_msg("open: %s", qdpi_last_error(peer->bridge));
    qdpi_live_guest_await(peer->bridge, 1);
    return peer;
}

void peer_report_row(const struct peer *peer, const char *row, uint64_t rounds)
{
    qdpi_fault_report(row, rounds, peer->losses,
                      "doorbells=%lu dropped_and_counted=%lu interrupts=%lu longest_call_us=%ld "
                      "peak_growth_kib=%ld",
                      peer->doorbells, peer->dropped, peer->pulses, (long)peer->longest_us,
                      peer->peak_kib);
}

// ---- Load --------------------------------------------------------------------------------------

void peer_start_load(struct peer *peer, bool with_interrupts)
{
    peer->before = saboteur_report(peer->saboteur).events;
    peer->events = 0;
    peer->taken = 0;
    peer->next_value = 0;
    peer->next_made = 0;
    peer->gap = false;
    peer->gap_made = false;
    qdpi_live_guest_tell(peer->bridge, QDPI_MAILBOX_COMMAND_RING, PEER_RING_INDEX, PEER_RINGS);
    peer_load_start(&peer->load, peer->bridge, with_interrupts);
}

static void stop_load(struct peer *peer)
{
    struct peer_load *load = &peer->load;

    peer_load_join(load);
    assert_int_equal(load->refused, 0);
    assert_true(load->longest_us < MAP_ANSWER_US + PEER_SLACK_US);
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

    if ((!is_made && event->index != PEER_RING_INDEX) || event->value < *next ||
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

void peer_take_doorbells(struct peer *peer, uint64_t value)
{
    struct qdpi_event event;

    while (peer->next_value < value) {
        assert_int_equal(qdpi_event_wait(peer->bridge, EVENT_MS, &event), 1);
        take_event(peer, &event);
    }
}

void peer_take_all(struct peer *peer)
{
    struct qdpi_event event;

    // Its answer comes behind the events before it.
    assert_int_equal(qdpi_map_refresh(peer->bridge), 0);
    while (qdpi_event_poll(peer->bridge, &event) == 1)
        take_event(peer, &event);
}

// ---- A round -----------------------------------------------------------------------------------

void peer_expect_exact(struct peer *peer)
{
    struct qdpi_bridge *bridge = peer->bridge;
    const uint64_t deadline = qdpi_live_in_ms(PEER_ANSWER_MS);
    uint64_t before;

    // What the guest rang while nobody was attached is lost, as is documented.
    peer->gap = true;
    while (!qdpi_live_guest_has_answered(bridge)) {
        assert_true(qdpi_live_ms_until(deadline) > 0);
        peer_take_all(peer);
        qdpi_live_sleep_ms(1);
    }
    peer_take_all(peer);
    peer->taken = 0;
    peer->next_value = 0;
    peer->gap = false;
    (void)qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_RING, PEER_RING_INDEX, RINGS_AFTERWARDS);
    peer_take_all(peer);
    peer->losses += peer->taken != RINGS_AFTERWARDS ? 1 : 0;
    before = qdpi_live_guest_counted(bridge, PEER_LINE);
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(qdpi_irq_pulse(bridge, PEER_LINE), 0);
        assert_int_equal(qdpi_fence(bridge, PEER_ANSWER_MS), 0);
        peer->losses += qdpi_live_guest_counted(bridge, PEER_LINE) != before + i ? 1 : 0;
        peer->pulses++;
    }
    assert_string_equal(qdpi_last_error(bridge), "");
}

void peer_attach_again(struct peer *peer)
{
    const int result = qdpi_reattach(peer->bridge, PEER_ATTACH_MS);

    if (result != 0)
        fail_msg("attach again: %d: %s", result, qdpi_last_error(peer->bridge));
    peer_expect_exact(peer);
}

static void expect_lost_everywhere(struct qdpi_bridge *bridge)
{
    const uint64_t begun = qdpi_clock_us();
    struct qdpi_event event;
    uint64_t word = 0x5a;

    assert_int_equal(qdpi_mem_read64(bridge, PEER_SCRATCH, &word), QDPI_ERR_LOST);
    assert_int_equal(word, 0x5a);
    assert_int_equal(qdpi_mem_write64(bridge, PEER_SCRATCH, word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_mem_fetch_add64(bridge, PEER_SCRATCH, 1, &word), QDPI_ERR_LOST);
    assert_int_equal(qdpi_map_refresh(bridge), QDPI_ERR_LOST);
    assert_int_equal(qdpi_irq_pulse(bridge, PEER_LINE), QDPI_ERR_LOST);
    assert_int_equal(qdpi_fence(bridge, EVENT_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_guest_stop(bridge, EVENT_MS), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_poll(bridge, &event), QDPI_ERR_LOST);
    assert_int_equal(qdpi_event_wait(bridge, EVENT_MS, &event), QDPI_ERR_LOST);
    assert_true((int64_t)(qdpi_clock_us() - begun) < PEER_SLACK_US);
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

void peer_expect_loss(struct peer *peer, const char *words)
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
    peer_attach_again(peer);
}

void peer_come_to_the_middle(struct peer *peer, bool with_interrupts)
{
    peer_start_load(peer, with_interrupts);
    peer_take_doorbells(peer, 1 + qdpi_fault_below(&peer->random, PEER_RINGS / 2));
}

void peer_break_in_the_middle(struct peer *peer, enum saboteur_fault fault, uint64_t amount,
                              const char *words)
{
    peer_come_to_the_middle(peer, true);
    saboteur_order(peer->saboteur, fault, amount);
    peer_expect_loss(peer, words);
}

void peer_expect_survival(struct peer *peer)
{
    struct qdpi_bridge *bridge = peer->bridge;

    peer_take_doorbells(peer, PEER_RINGS);
    stop_load(peer);
    saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
    assert_int_equal(qdpi_fence(bridge, PEER_ANSWER_MS), 0);
    peer_take_all(peer);
    compare_events(peer, false);
    assert_true(saboteur_report(peer->saboteur).connected);
    assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED),
                     qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN) +
                         qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED));
    peer->doorbells += peer->taken;
    peer->pulses += peer->load.posted;
}
