// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The ordering contract, sentence by sentence, against a guest that runs at the same time: messages
// in both directions, atomics against the guest's own `lock` instructions, single-copy atomicity.
// The data lies above 4 GiB and the flags below, so that every look-up of a range takes part.

#include <sched.h>
#include <string.h>

#include "live_guest.h"
#include "qdpi_cmocka.h"

#define ROUNDS 100000U
/** Rounds of one command: each is answered, so that a test that hangs is found out early. */
#define ROUNDS_AT_ONCE 5000U
/** On a machine without two free cores a round takes as long as the scheduler likes: then as many
 * as there is time for. */
#define ROUNDS_ENOUGH_MS 15000U
#define WORDS 9U
#define ATOMICS 200000U
#define VALUES 1000000U
/** How often guest and test must have got in each other's way, and how long to try. */
#define OVERLAPS 100U
#define OVERLAP_MS 30000U
#define ROUND_MS 20000U
#define ANSWER_MS 30000U
/** Looks at a word before the core is offered to others: the guest may be waiting for it. */
#define LOOKS 100U

#define DATA (UINT64_C(0x100000000) + 0x1000 - 12)  // crosses a page, and is not aligned to 8
#define FLAG UINT64_C(0x800000)
#define ACK UINT64_C(0x800040)
#define COUNTER UINT64_C(0x100200000)
#define VALUE UINT64_C(0x100400000)

static struct qdpi_bridge *start_guest(struct qdpi_live *live)
{
    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.ram = "5G", .guest = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    qdpi_live_guest_await(live->bridge[0], 1);
    return live->bridge[0];
}

// ---- Message passing ---------------------------------------------------------------------------

static uint32_t message_word(uint32_t round, uint32_t index)
{
    return round * QDPI_MAILBOX_ROUND_FACTOR + index;
}

/** Wait until the guest has written `round`. */
static void await_word(struct qdpi_bridge *bridge, uint64_t gpa, uint32_t round)
{
    const uint64_t deadline = qdpi_live_in_ms(ROUND_MS);
    uint32_t word = ~round;

    for (;;) {
        for (unsigned look = 0; look < LOOKS; look++) {
            if (qdpi_mem_read32(bridge, gpa, &word) != 0)
                fail_msg("%s", qdpi_last_error(bridge));
            if (word == round)
                return;
        }
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("round %u: the guest still is at %u", round, word);
        (void)sched_yield();
    }
}

/** Whether to begin further rounds. */
static bool has_time(uint32_t done, uint64_t enough)
{
    if (done >= ROUNDS)
        return false;
    if (done == 0 || qdpi_live_ms_until(enough) > 0)
        return true;
    print_message("%u of %u rounds: the machine is busy\n", done, ROUNDS);
    return false;
}

static void post_rounds(struct qdpi_bridge *bridge, uint32_t command)
{
    const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS] = {DATA, FLAG, ACK, ROUNDS_AT_ONCE, WORDS};

    assert_int_equal(qdpi_mem_write32(bridge, FLAG, 0), 0);
    assert_int_equal(qdpi_mem_write32(bridge, ACK, 0), 0);
    qdpi_live_guest_post(bridge, command, arguments);
}

/** The data of a round, read in one of the ways there are. */
static void read_data(struct qdpi_bridge *bridge, uint32_t round, uint32_t words[WORDS])
{
    if (round % 2 == 0) {
        assert_int_equal(qdpi_mem_read(bridge, DATA, words, WORDS * sizeof *words), 0);
        return;
    }
    for (uint32_t i = 0; i < WORDS; i++)
        assert_int_equal(qdpi_mem_read32(bridge, DATA + i * sizeof *words, &words[i]), 0);
}

static void write_data(struct qdpi_bridge *bridge, uint32_t round, const uint32_t words[WORDS])
{
    static const uint8_t all_but_the_first[] = {0xf0, 0xff, 0xff, 0xff, 0x0f};

    switch (round % 3) {
    case 0:
        assert_int_equal(qdpi_mem_write(bridge, DATA, words, WORDS * sizeof *words), 0);
        break;
    case 1:
        for (uint32_t i = 0; i < WORDS; i++)
            assert_int_equal(qdpi_mem_write32(bridge, DATA + i * sizeof *words, words[i]), 0);
        break;
    default:
        assert_int_equal(qdpi_mem_write32(bridge, DATA, words[0]), 0);
        assert_int_equal(
            qdpi_mem_write_strobed(bridge, DATA, words, all_but_the_first, WORDS * sizeof *words),
            0);
        break;
    }
}

/// Who sees the guest's flag sees the data that the guest wrote before it.
static void test_messages_from_guest(void **state)
{
    struct qdpi_bridge *bridge = start_guest(*state);
    const uint64_t enough = qdpi_live_in_ms(ROUNDS_ENOUGH_MS);
    uint64_t results[QDPI_MAILBOX_RESULTS];
    uint32_t words[WORDS];

    for (uint32_t done = 0; has_time(done, enough); done += ROUNDS_AT_ONCE) {
        post_rounds(bridge, QDPI_MAILBOX_COMMAND_PRODUCE);
        for (uint32_t round = 1; round <= ROUNDS_AT_ONCE; round++) {
            await_word(bridge, FLAG, round);
            read_data(bridge, round, words);
            for (uint32_t i = 0; i < WORDS; i++) {
                if (words[i] != message_word(round, i))
                    fail_msg("round %u, word %u: 0x%x, not 0x%x", done + round, i, words[i],
                             message_word(round, i));
            }
            assert_int_equal(qdpi_mem_write32(bridge, ACK, round), 0);
        }
        qdpi_live_guest_finish(bridge, ANSWER_MS, results);
        assert_int_equal(results[0], ROUNDS_AT_ONCE);
    }
}

/// The guest that sees the flag written here sees the data written here before it.
static void test_messages_to_guest(void **state)
{
    struct qdpi_bridge *bridge = start_guest(*state);
    const uint64_t enough = qdpi_live_in_ms(ROUNDS_ENOUGH_MS);
    uint64_t results[QDPI_MAILBOX_RESULTS];
    uint32_t words[WORDS];

    for (uint32_t done = 0; has_time(done, enough); done += ROUNDS_AT_ONCE) {
        post_rounds(bridge, QDPI_MAILBOX_COMMAND_CONSUME);
        for (uint32_t round = 1; round <= ROUNDS_AT_ONCE; round++) {
            for (uint32_t i = 0; i < WORDS; i++)
                words[i] = message_word(round, i);
            write_data(bridge, round, words);
            assert_int_equal(qdpi_mem_write32(bridge, FLAG, round), 0);
            await_word(bridge, ACK, round);
        }
        qdpi_live_guest_finish(bridge, ANSWER_MS, results);
        assert_int_equal(results[0], ROUNDS_AT_ONCE);
        if (results[1] != 0)
            fail_msg("%lu wrong words; the first in round %lu: 0x%lx", results[1],
                     done + results[2], results[3]);
    }
}

// ---- Atomics -----------------------------------------------------------------------------------

/** Ask the guest for ATOMICS times `command` on the counter. */
static void post_counting(struct qdpi_bridge *bridge, uint32_t command, uint64_t width,
                          uint64_t addend)
{
    const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS] = {COUNTER, width, ATOMICS, addend};

    qdpi_live_guest_post(bridge, command, arguments);
}

/** Whether to go on: guest and test must have been at it at the same time, or nothing was tested.
 *  On a machine with few free cores one run of it may be too short for that. */
static bool needs_more(unsigned interleaved, uint64_t deadline)
{
    if (interleaved >= OVERLAPS)
        return false;
    if (qdpi_live_ms_until(deadline) <= 0)
        fail_msg("guest and test took turns only %u times: they did not run together", interleaved);
    return true;
}

/// Fetch-and-add here and LOCK XADD there: no addition is lost.
static void test_fetch_add(void **state)
{
    static const uint32_t guest_addend = 0x10001;
    struct qdpi_bridge *bridge = start_guest(*state);
    const uint64_t deadline = qdpi_live_in_ms(OVERLAP_MS);
    unsigned interleaved = 0;
    uint32_t expected = 0;
    uint32_t previous = 0;
    uint64_t runs = 0;
    uint64_t added = 0;
    uint64_t sum;

    assert_int_equal(qdpi_mem_write64(bridge, COUNTER, 0), 0);
    do {
        post_counting(bridge, QDPI_MAILBOX_COMMAND_ADD, 4, guest_addend);
        runs++;
        do {
            for (unsigned i = 0; i < 100; i++, added++) {
                assert_int_equal(qdpi_mem_fetch_add32(bridge, COUNTER, 7, &previous), 0);
                interleaved += previous != expected;
                expected = previous + 7;
            }
        } while (!qdpi_live_guest_has_answered(bridge));
        qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);
    } while (needs_more(interleaved, deadline));
    assert_int_equal(qdpi_mem_read64(bridge, COUNTER, &sum), 0);
    assert_int_equal(sum, (uint32_t)(runs * ATOMICS * guest_addend + added * 7));
}

/** One addition of 1 by compare-and-swap. @return how often somebody was faster. */
static unsigned add_one(struct qdpi_bridge *bridge, uint64_t width, uint64_t *seen)
{
    unsigned retries = 0;

    for (;; retries++) {
        uint64_t previous = 0;
        if (width == 4) {
            uint32_t word = 0;
            assert_int_equal(
                qdpi_mem_cas32(bridge, COUNTER, (uint32_t)*seen, (uint32_t)*seen + 1, &word), 0);
            previous = word;
        } else {
            assert_int_equal(qdpi_mem_cas64(bridge, COUNTER, *seen, *seen + 1, &previous), 0);
        }
        if (previous == *seen) {
            ++*seen;
            return retries;
        }
        *seen = previous;
    }
}

static void check_compare_swap(struct qdpi_bridge *bridge, uint64_t width, uint64_t start)
{
    const uint64_t deadline = qdpi_live_in_ms(OVERLAP_MS);
    unsigned interleaved = 0;
    uint64_t seen = start;
    uint64_t runs = 0;
    uint64_t added = 0;
    uint64_t sum;

    assert_int_equal(qdpi_mem_write64(bridge, COUNTER, start), 0);
    do {
        post_counting(bridge, QDPI_MAILBOX_COMMAND_COMPARE_SWAP, width, 0);
        runs++;
        do {
            for (unsigned i = 0; i < 100; i++, added++)
                interleaved += add_one(bridge, width, &seen) > 0;
        } while (!qdpi_live_guest_has_answered(bridge));
        qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);
    } while (needs_more(interleaved, deadline));
    assert_int_equal(qdpi_mem_read64(bridge, COUNTER, &sum), 0);
    assert_int_equal(sum, start + runs * ATOMICS + added);
}

/// Compare-and-swap here and LOCK CMPXCHG there.
static void test_compare_swap_32(void **state)
{
    check_compare_swap(start_guest(*state), 4, 0);
}

/// Compare-and-swap here and LOCK CMPXCHG8B there, over a carry into the upper half.
static void test_compare_swap_64(void **state)
{
    check_compare_swap(start_guest(*state), 8, UINT64_C(0x1ffffff00));
}

// ---- Single-copy atomicity ---------------------------------------------------------------------

static const uint64_t value_a = UINT64_C(0x1122334455667788);
static const uint64_t value_b = UINT64_C(0xeeddccbbaa998877);

static uint64_t cut_to(uint64_t value, unsigned width)
{
    return width == 8 ? value : value & ((UINT64_C(1) << (8 * width)) - 1);
}

static void post_value(struct qdpi_bridge *bridge, uint32_t command, unsigned width, uint64_t times)
{
    const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS] = {VALUE, width, times, cut_to(value_a, width),
                                                        cut_to(value_b, width)};

    assert_int_equal(qdpi_mem_write64(bridge, VALUE, cut_to(value_a, width)), 0);
    qdpi_live_guest_post(bridge, command, arguments);
}

/** Read while the guest writes, once. @return how often the value changed. */
static unsigned read_toggled(struct qdpi_bridge *bridge, unsigned width)
{
    const uint64_t a = cut_to(value_a, width);
    const uint64_t b = cut_to(value_b, width);
    unsigned changes = 0;
    uint64_t last = a;

    post_value(bridge, QDPI_MAILBOX_COMMAND_TOGGLE, width, VALUES);
    while (!qdpi_live_guest_has_answered(bridge)) {
        for (unsigned i = 0; i < 1000; i++) {
            uint64_t value = 0;
            assert_int_equal(qdpi_mem_read(bridge, VALUE, &value, width), 0);
            if (value != a && value != b)
                fail_msg("width %u: 0x%lx was read, which nobody wrote", width, value);
            changes += value != last;
            last = value;
        }
    }
    qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);
    return changes;
}

/// Reads of 1, 2, 4 and 8 aligned bytes see a value that the guest wrote, never parts of two.
static void test_reads_are_whole(void **state)
{
    struct qdpi_bridge *bridge = start_guest(*state);

    for (unsigned width = 1; width <= 8; width *= 2) {
        const uint64_t deadline = qdpi_live_in_ms(OVERLAP_MS);
        unsigned changes = 0;
        do {
            changes += read_toggled(bridge, width);
        } while (needs_more(changes, deadline));
    }
}

/** Write while the guest reads, once. @return how often the guest saw the value change. */
static unsigned write_watched(struct qdpi_bridge *bridge, unsigned width)
{
    const uint64_t values[] = {cut_to(value_a, width), cut_to(value_b, width)};
    uint64_t results[QDPI_MAILBOX_RESULTS];

    post_value(bridge, QDPI_MAILBOX_COMMAND_WATCH, width, VALUES);
    while (!qdpi_live_guest_has_answered(bridge)) {
        for (unsigned i = 0; i < 1000; i++)
            assert_int_equal(qdpi_mem_write(bridge, VALUE, &values[i % 2], width), 0);
    }
    qdpi_live_guest_finish(bridge, ANSWER_MS, results);
    if (results[0] != 0)
        fail_msg("width %u: the guest read 0x%lx, which nobody wrote", width, results[1]);
    return (unsigned)results[2];
}

/// The guest sees no write of 1, 2, 4 and 8 aligned bytes half done, and it does see them.
static void test_writes_are_whole(void **state)
{
    struct qdpi_bridge *bridge = start_guest(*state);

    for (unsigned width = 1; width <= 8; width *= 2) {
        const uint64_t deadline = qdpi_live_in_ms(OVERLAP_MS);
        unsigned changes = 0;
        do {
            changes += write_watched(bridge, width);
        } while (needs_more(changes, deadline));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_messages_from_guest), qdpi_live_test(test_messages_to_guest),
        qdpi_live_test(test_fetch_add),           qdpi_live_test(test_compare_swap_32),
        qdpi_live_test(test_compare_swap_64),     qdpi_live_test(test_reads_are_whole),
        qdpi_live_test(test_writes_are_whole),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
