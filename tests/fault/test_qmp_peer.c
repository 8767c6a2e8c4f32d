// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The connection to a real QEMU breaks in every way a connection can, under load: memory accesses
// and interrupts from threads of their own, doorbells of a guest that rings as fast as it can. What
// is promised each time: no crash; no call beyond its deadline; bounded memory; a sentence with a
// remedy; what was delivered whole before the fault is there, once, in order; and after attaching
// again everything is exact.

#include <sys/resource.h>

#include "fault_run.h"
#include "live_guest.h"
#include "qdpi_cmocka.h"
#include "qmp_peer.h"

#define SHORT_MS 100U
/** For as many doorbells as pause the guest, on a busy machine under a sanitizer. */
#define FLOOD_MS 90000U
/** More than may wait to be taken. */
#define RINGS_TO_PAUSE 67000U
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

/// The connection is closed between two messages.
static void test_closed(void **state)
{
    struct peer *peer = peer_begin(state);
    const uint64_t rounds = qdpi_fault_rounds(5);

    for (uint64_t i = 0; i < rounds; i++)
        peer_break_in_the_middle(peer, SABOTEUR_CLOSE, 0, "attach again");
    peer_report_row(peer, "qmp-closed", rounds);
}

/// The connection is closed while the guest stands still because nobody took its doorbells. All
/// that came before are there; attached again, the bridge lets the guest go on.
static void test_closed_while_paused(void **state)
{
    struct peer *peer = peer_begin(state);
    struct qdpi_bridge *bridge = peer->bridge;
    const uint64_t rounds = qdpi_fault_rounds(1);

    for (uint64_t i = 1; i <= rounds; i++) {
        const uint64_t deadline = qdpi_live_in_ms(FLOOD_MS);
        json_t *status;

        peer_start_load(peer, false);
        qdpi_live_guest_finish(bridge, PEER_ANSWER_MS, NULL);
        qdpi_live_guest_tell(bridge, QDPI_MAILBOX_COMMAND_RING, PEER_RING_INDEX, RINGS_TO_PAUSE);
        while (qdpi_counter(bridge, QDPI_COUNTER_EVENTS) < 3 * i - 2) {
            assert_true(qdpi_live_ms_until(deadline) > 0);
            qdpi_live_sleep_ms(2);
        }
        saboteur_order(peer->saboteur, SABOTEUR_CLOSE, 0);
        peer_take_doorbells(peer, PEER_RINGS);
        peer->next_value = 0;
        peer_expect_loss(peer, "attach again");
        status = qdpi_live_execute(&peer->live->qemu[0], "query-status", NULL);
        assert_true(json_is_true(json_object_get(status, "running")));
        json_decref(status);
        // STOP and LOST, then RESUME: and the one pause of this round.
        assert_int_equal(qdpi_counter(bridge, QDPI_COUNTER_FLOOD_PAUSES), i);
    }
    peer_report_row(peer, "qmp-closed-while-paused", rounds);
}

/// One direction is shut: what is heard ends, or what is said. In the latter case the peer may talk
/// on, even without end.
static void test_half_closed(void **state)
{
    struct peer *peer = peer_begin(state);
    const uint64_t rounds = qdpi_fault_rounds(3);

    for (uint64_t i = 0; i < rounds; i++) {
        peer_break_in_the_middle(peer, SABOTEUR_SHUT_WRITE, 0, "attach again");
        peer_break_in_the_middle(peer, SABOTEUR_SHUT_READ, 0, "attach again");
        peer_come_to_the_middle(peer, true);
        saboteur_order(peer->saboteur, SABOTEUR_FLOOD, SABOTEUR_UNKNOWN_EVENTS);
        qdpi_live_sleep_ms(SHORT_MS);
        saboteur_order(peer->saboteur, SABOTEUR_SHUT_READ, 0);
        peer_expect_loss(peer, "attach again");
    }
    peer_report_row(peer, "qmp-half-closed", rounds * 3);
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
    struct peer *peer = peer_begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);
    uint64_t begun;

    for (uint64_t i = 0; i < rounds; i++) {
        peer_come_to_the_middle(peer, true);
        saboteur_order(peer->saboteur, SABOTEUR_SLOW, 20);
        peer_take_doorbells(peer, peer->next_value + 10);
        saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
        peer_expect_survival(peer);
        saboteur_order(peer->saboteur, SABOTEUR_SLOW, 20);
        expect_result(peer->bridge, 0, qdpi_map_refresh(peer->bridge));
        saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
        peer_expect_exact(peer);

        saboteur_order(peer->saboteur, SABOTEUR_TRICKLE, 5);
        begun = qdpi_clock_us();
        expect_result(peer->bridge, QDPI_ERR_BUSY, qdpi_reattach(peer->bridge, 3 * SHORT_MS));
        assert_true((int64_t)(qdpi_clock_us() - begun) < PEER_SLACK_US);
        qdpi_live_check_sentence(peer->bridge, "no QMP greeting came");
        saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
        peer_attach_again(peer);
    }
    peer_report_row(peer, "qmp-slow", rounds * 2);
}

/// Answers that come after the deadline of who asked: that call ends in time, the late answer is
/// nobody's, and further requests get their own.
static void test_late(void **state)
{
    struct peer *peer = peer_begin(state);
    const uint64_t rounds = qdpi_fault_rounds(2);
    uint64_t address = 0;
    uint64_t begun;

    for (uint64_t i = 0; i < rounds; i++) {
        peer_come_to_the_middle(peer, true);
        // Until it is told otherwise, however long the next waits take on a busy machine.
        saboteur_order(peer->saboteur, SABOTEUR_STALL, PEER_ANSWER_MS);
        for (unsigned j = 0; j < 3; j++) {
            begun = qdpi_clock_us();
            assert_int_equal(
                qdpi_host_address(peer->bridge, PEER_SCRATCH + j, &address, SHORT_MS / 2),
                QDPI_ERR_TIMEOUT);
            assert_true((int64_t)(qdpi_clock_us() - begun) < SHORT_MS / 2 * 1000 + PEER_SLACK_US);
            qdpi_live_check_sentence(peer->bridge, "in time");
        }
        assert_int_equal(qdpi_fence(peer->bridge, SHORT_MS / 2), QDPI_ERR_TIMEOUT);
        (void)qdpi_last_error(peer->bridge);
        saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
        for (uint64_t j = 0; j < 8; j++) {
            uint64_t other = 0;

            assert_int_equal(
                qdpi_host_address(peer->bridge, PEER_SCRATCH, &address, PEER_ANSWER_MS), 1);
            assert_int_equal(
                qdpi_host_address(peer->bridge, PEER_SCRATCH + j, &other, PEER_ANSWER_MS), 1);
            peer->losses += other != address + j ? 1 : 0;
        }
        peer_expect_survival(peer);
        peer_expect_exact(peer);
    }
    peer_report_row(peer, "qmp-late", rounds);
}

/// Events between the messages as fast as they can be sent, of every kind that means something:
/// every call comes to its end, memory stays bounded, and what is dropped is counted.
static void test_flooded(void **state)
{
    static const enum saboteur_events kinds[] = {SABOTEUR_MAP_EVENTS, SABOTEUR_DOORBELLS,
                                                 SABOTEUR_RESETS, SABOTEUR_UNKNOWN_EVENTS};
    struct peer *peer = peer_begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);
    // A flood takes time: those that differ most are enough for every day.
    const size_t kind_count = rounds > 1 ? sizeof kinds / sizeof kinds[0] : 2;

    for (uint64_t i = 0; i < rounds; i++) {
        for (size_t k = 0; k < kind_count; k++) {
            const long before = qdpi_live_resident_kib(0);
            uint64_t word;

            peer_come_to_the_middle(peer, true);
            saboteur_order(peer->saboteur, SABOTEUR_FLOOD, kinds[k]);
            // Nobody takes anything: the queue fills.
            qdpi_live_sleep_ms(2 * SHORT_MS);
            assert_int_equal(qdpi_map_refresh(peer->bridge), 0);
            assert_int_equal(qdpi_mem_read64(peer->bridge, PEER_SCRATCH, &word), 0);
            assert_int_equal(qdpi_mem_read64(peer->bridge, UINT64_C(1) << 40, &word),
                             QDPI_ERR_UNMAPPED);
            (void)qdpi_last_error(peer->bridge);
            saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
            peer_expect_survival(peer);
            peer_expect_exact(peer);
            assert_true(IS_SANITIZED || qdpi_live_resident_kib(0) - before < REMAINS_KIB);

            // And while attaching.
            saboteur_order(peer->saboteur, SABOTEUR_FLOOD, kinds[k]);
            assert_int_equal(qdpi_reattach(peer->bridge, PEER_ATTACH_MS), 0);
            saboteur_order(peer->saboteur, SABOTEUR_FORWARD, 0);
            peer->next_made = 0;
            peer->gap_made = true;
            peer_take_all(peer);
            peer_expect_exact(peer);
        }
    }
    peer_report_row(peer, "qmp-flooded", rounds * 2 * kind_count);
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
    struct peer *peer = peer_begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);

    for (uint64_t i = 0; i < rounds; i++) {
        for (unsigned kind = 0; kind < SABOTEUR_GARBAGE_COUNT; kind++)
            peer_break_in_the_middle(peer, SABOTEUR_GARBAGE, kind, words[kind]);
    }
    peer_report_row(peer, "qmp-garbage", rounds * SABOTEUR_GARBAGE_COUNT);
}

static long peak_kib(void)
{
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
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
    struct peer *peer = peer_begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);
    const long before = qdpi_live_resident_kib(0);

    for (uint64_t i = 0; i < rounds; i++) {
        for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
            peer_break_in_the_middle(peer, cases[k].fault, cases[k].amount, cases[k].words);
        // Shorter than the limit, these are answers like others: of refusal.
        for (unsigned k = 0; k < 3; k++) {
            peer_come_to_the_middle(peer, true);
            saboteur_order(peer->saboteur,
                           k == 0   ? SABOTEUR_LONG_REFUSAL
                           : k == 1 ? SABOTEUR_LONG_ANSWER
                                    : SABOTEUR_CROWDED_ANSWER,
                           k < 2 ? 15 : 100000);
            (void)saboteur_await_done(peer->saboteur, 1);
            // An interrupt call was refused, or it was a question that got a strange answer.
            assert_int_not_equal(qdpi_fence(peer->bridge, PEER_ANSWER_MS), QDPI_ERR_LOST);
            (void)qdpi_last_error(peer->bridge);
            peer_expect_survival(peer);
            peer_expect_exact(peer);
            peer_attach_again(peer);
        }
    }
    peer->peak_kib = peak_kib() - before;
    assert_true(IS_SANITIZED || peer->peak_kib < PEAK_KIB);
    peer_report_row(peer, "qmp-64MiB", rounds * 6);
}

/// Answers with an id that is not that of the request whose turn it is, answers twice, and answers
/// that never come.
static void test_wrong_id(void **state)
{
    struct peer *peer = peer_begin(state);
    const uint64_t rounds = qdpi_fault_rounds(1);

    for (uint64_t i = 0; i < rounds; i++) {
        for (unsigned kind = 0; kind < SABOTEUR_ID_COUNT; kind++)
            peer_break_in_the_middle(peer, SABOTEUR_ID, kind,
                                     "answered a request that was not made");
        peer_break_in_the_middle(peer, SABOTEUR_DUPLICATE, 0,
                                 "answered a request that was not made");
        peer_break_in_the_middle(peer, SABOTEUR_DROP, 0, "answered a request that was not made");

        // With nothing behind it, the missing answer is not seen, but neither does anybody hang.
        peer_come_to_the_middle(peer, false);
        saboteur_order(peer->saboteur, SABOTEUR_DROP, 0);
        assert_int_equal(qdpi_irq_set(peer->bridge, PEER_LINE), 0);
        assert_int_equal(qdpi_fence(peer->bridge, SHORT_MS), QDPI_ERR_TIMEOUT);
        (void)qdpi_last_error(peer->bridge);
        // Left high where the library cannot know it: the pulses afterwards are edges all the same.
        assert_int_equal(qdpi_irq_set(peer->bridge, PEER_LINE), 0);
        peer_expect_loss(peer, "answered a request that was not made");
    }
    peer_report_row(peer, "qmp-wrong-id", rounds * (SABOTEUR_ID_COUNT + 3));
}

/// The connection is closed in the middle of a message, at every place: answers and events on their
/// way here, and requests on their way there.
static void test_cut_anywhere(void **state)
{
    struct peer *peer = peer_begin(state);
    const uint64_t rounds = qdpi_fault_rounds(40);
    uint64_t lengths[2] = {UINT64_MAX, UINT64_MAX};
    uint64_t at[2] = {0, 0};
    uint64_t gone_round[2] = {0, 0};
    struct saboteur_report cut;

    for (uint64_t i = 0; i < rounds; i++) {
        const unsigned way = i % 2;

        peer_start_load(peer, true);
        peer_take_doorbells(peer, 1 + qdpi_fault_below(&peer->random, 20));
        saboteur_order(peer->saboteur, way == 0 ? SABOTEUR_CUT_TO_LIBRARY : SABOTEUR_CUT_TO_QEMU,
                       at[way]);
        cut = saboteur_await_done(peer->saboteur, 1);
        lengths[way] = cut.cut_of;
        peer_expect_loss(peer, "attach again");
        // The whole message is a close between two.
        at[way] += rounds < 400 ? 1 + qdpi_fault_below(&peer->random, 8) : 1;
        if (at[way] >= lengths[way]) {
            at[way] = 0;
            gone_round[way]++;
        }
    }
    peer_report_row(peer, "qmp-cut-anywhere", rounds);
    assert_true(rounds < 400 || (gone_round[0] > 0 && gone_round[1] > 0));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_closed, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_closed_while_paused, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_half_closed, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_slow, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_late, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_flooded, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_garbage, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_64_mebibytes, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_wrong_id, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_cut_anywhere, peer_setup, peer_teardown),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
