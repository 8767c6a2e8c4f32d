// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A thread of the test as a party of litmus programs.

#include "litmus_party.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

#include "fault_run.h"
#include "live_qemu.h"

/** Looks before the core is offered to others: one of those waited for may need it. */
#define LOOKS 2000U
#define NAP_NS 20000L
#define ARRIVE_MS 60000U
/** Looks at the others' progress in a batch: one may not be running at all. */
#define PATIENCE 200000U
/** Steps out of step, at most. */
#define SKEW 64U

typedef void side_function(struct qdpi_litmus_party *party, uint32_t instance);

uint32_t qdpi_litmus_line(uint32_t factor, uint32_t instance)
{
    return instance * factor % QDPI_LITMUS_INSTANCES * QDPI_LITMUS_STRIDE;
}

static void check(struct qdpi_litmus_party *party, int result)
{
    if (result != 0)
        party->failure = result;
}

static uint32_t read_word(struct qdpi_litmus_party *party, uint64_t gpa)
{
    uint32_t word = 0;

    check(party, qdpi_mem_read32(party->bridge, gpa, &word));
    return word;
}

static uint32_t swap_word(struct qdpi_litmus_party *party, uint64_t gpa, uint32_t value)
{
    uint32_t previous = 0;

    check(party, qdpi_mem_swap32(party->bridge, gpa, value, &previous));
    return previous;
}

/** Any atomic is a full barrier: here one on a word that nobody else uses. */
static void full_barrier(struct qdpi_litmus_party *party)
{
    uint32_t previous;

    check(party,
          qdpi_mem_fetch_add32(party->bridge, party->area + QDPI_LITMUS_BYTES, 0, &previous));
}

// ---- Straight programs -------------------------------------------------------------------------

#define WRITE(location, value) check(party, qdpi_mem_write32(party->bridge, location, value));
#define READ(result, location) results[result] = read_word(party, location);
#define SWAP(result, location, value) results[result] = swap_word(party, location, value);
#define FENCE() full_barrier(party);
#define QDPI_LITMUS_SIDE(name, operations)                                                         \
    static void run_##name(struct qdpi_litmus_party *party, uint32_t instance)                     \
    {                                                                                              \
        const uint32_t line = qdpi_litmus_line(party->factor, instance);                           \
        const uint64_t X = party->area + QDPI_LITMUS_OFFSET_X + line;                              \
        const uint64_t Y = party->area + QDPI_LITMUS_OFFSET_Y + line;                              \
        uint32_t *const results = party->results[instance];                                        \
                                                                                                   \
        (void)X;                                                                                   \
        (void)Y;                                                                                   \
        (void)results;                                                                             \
        operations                                                                                 \
    }
#include "qdpi_litmus_sides.inc"
#undef WRITE
#undef READ
#undef SWAP
#undef FENCE

// ---- One word for all --------------------------------------------------------------------------

static void run_add_32(struct qdpi_litmus_party *party, uint32_t instance)
{
    check(party, qdpi_mem_fetch_add32(party->bridge, party->area + QDPI_LITMUS_OFFSET_X, 1,
                                      &party->results[instance][0]));
}

static void run_add_64(struct qdpi_litmus_party *party, uint32_t instance)
{
    uint64_t previous = 0;

    check(party,
          qdpi_mem_fetch_add64(party->bridge, party->area + QDPI_LITMUS_OFFSET_X, 1, &previous));
    party->results[instance][0] = (uint32_t)previous;
}

static void run_compare_swap_32(struct qdpi_litmus_party *party, uint32_t instance)
{
    const uint64_t gpa = party->area + QDPI_LITMUS_OFFSET_X;
    uint32_t previous = read_word(party, gpa);
    uint32_t expected;

    do {
        expected = previous;
        check(party, qdpi_mem_cas32(party->bridge, gpa, expected, expected + 1, &previous));
    } while (previous != expected && party->failure == 0);
    party->results[instance][0] = expected;
}

static void run_compare_swap_64(struct qdpi_litmus_party *party, uint32_t instance)
{
    const uint64_t gpa = party->area + QDPI_LITMUS_OFFSET_X;
    uint64_t previous = 0;
    uint64_t expected;

    check(party, qdpi_mem_read64(party->bridge, gpa, &previous));
    do {
        expected = previous;
        check(party, qdpi_mem_cas64(party->bridge, gpa, expected, expected + 1, &previous));
    } while (previous != expected && party->failure == 0);
    party->results[instance][0] = (uint32_t)expected;
}

static void take_lock(struct qdpi_litmus_party *party, uint64_t lock)
{
    uint32_t holder = 0;

    for (unsigned look = 1;; look++) {
        check(party, qdpi_mem_cas32(party->bridge, lock, 0, party->number + 1, &holder));
        if (holder == 0 || party->failure != 0)
            return;
        if (look % LOOKS == 0)
            (void)sched_yield();
    }
}

static void run_lock(struct qdpi_litmus_party *party, uint32_t instance)
{
    const uint64_t lock = party->area + QDPI_LITMUS_OFFSET_X;
    const uint64_t words = party->area + QDPI_LITMUS_OFFSET_Y;
    uint32_t *const results = party->results[instance];

    take_lock(party, lock);
    results[0] = read_word(party, words);
    results[1] = 0;
    for (uint32_t i = 0; i < QDPI_LITMUS_LOCK_WORDS; i++) {
        const uint64_t gpa = words + (uint64_t)i * QDPI_LITMUS_STRIDE / 2;
        const uint32_t value = read_word(party, gpa);

        results[1] += value != results[0];
        check(party, qdpi_mem_write32(party->bridge, gpa, value + 1));
    }
    check(party, qdpi_mem_write32(party->bridge, lock, 0));
}

// ---- Values ------------------------------------------------------------------------------------

static void toggle(struct qdpi_litmus_party *party, uint32_t instance, size_t size)
{
    const uint64_t value = (instance & 1) != 0 ? 0 : UINT64_MAX;

    check(party, qdpi_mem_write(party->bridge, party->area + QDPI_LITMUS_OFFSET_X, &value, size));
}

static void watch(struct qdpi_litmus_party *party, uint32_t instance, size_t size)
{
    const uint64_t all_ones = UINT64_MAX >> (64 - 8 * size);
    uint64_t value = 0;

    check(party, qdpi_mem_read(party->bridge, party->area + QDPI_LITMUS_OFFSET_X, &value, size));
    party->results[instance][0] = value == 0          ? QDPI_LITMUS_VALUE_OLD
                                  : value == all_ones ? QDPI_LITMUS_VALUE_NEW
                                                      : QDPI_LITMUS_VALUE_TORN;
}

#define VALUES(bits)                                                                               \
    static void run_toggle_##bits(struct qdpi_litmus_party *party, uint32_t instance)              \
    {                                                                                              \
        toggle(party, instance, (bits) / 8);                                                       \
    }                                                                                              \
    static void run_watch_##bits(struct qdpi_litmus_party *party, uint32_t instance)               \
    {                                                                                              \
        watch(party, instance, (bits) / 8);                                                        \
    }
VALUES(8)
VALUES(16)
VALUES(32)
VALUES(64)
#undef VALUES

static void run_write_wide_y1(struct qdpi_litmus_party *party, uint32_t instance)
{
    const uint32_t line = qdpi_litmus_line(party->factor, instance);
    uint64_t words[QDPI_LITMUS_WIDE_WORDS];

    for (size_t i = 0; i < QDPI_LITMUS_WIDE_WORDS; i++)
        words[i] = UINT64_MAX;
    check(party, qdpi_mem_write(party->bridge, party->area + QDPI_LITMUS_OFFSET_X + line, words,
                                sizeof words));
    check(party, qdpi_mem_write32(party->bridge, party->area + QDPI_LITMUS_OFFSET_Y + line, 1));
}

static void run_read_y_wide(struct qdpi_litmus_party *party, uint32_t instance)
{
    const uint32_t line = qdpi_litmus_line(party->factor, instance);
    uint64_t words[QDPI_LITMUS_WIDE_WORDS] = {0};
    uint32_t seen = 0;

    party->results[instance][0] = read_word(party, party->area + QDPI_LITMUS_OFFSET_Y + line);
    check(party, qdpi_mem_read(party->bridge, party->area + QDPI_LITMUS_OFFSET_X + line, words,
                               sizeof words));
    for (size_t i = 0; i < QDPI_LITMUS_WIDE_WORDS; i++)
        seen += words[i] == UINT64_MAX ? 1U : words[i] != 0 ? 256U : 0U;
    party->results[instance][1] = seen;
}

// ---- A party -----------------------------------------------------------------------------------

static side_function *const sides[QDPI_LITMUS_SIDES] = {
#define QDPI_LITMUS_SIDE(name, operations) [QDPI_LITMUS_SIDE_##name] = run_##name,
#include "qdpi_litmus_sides.inc"
    [QDPI_LITMUS_SIDE_ADD_32] = run_add_32,
    [QDPI_LITMUS_SIDE_ADD_64] = run_add_64,
    [QDPI_LITMUS_SIDE_COMPARE_SWAP_32] = run_compare_swap_32,
    [QDPI_LITMUS_SIDE_COMPARE_SWAP_64] = run_compare_swap_64,
    [QDPI_LITMUS_SIDE_LOCK] = run_lock,
    [QDPI_LITMUS_SIDE_TOGGLE_8] = run_toggle_8,
    [QDPI_LITMUS_SIDE_TOGGLE_16] = run_toggle_16,
    [QDPI_LITMUS_SIDE_TOGGLE_32] = run_toggle_32,
    [QDPI_LITMUS_SIDE_TOGGLE_64] = run_toggle_64,
    [QDPI_LITMUS_SIDE_WATCH_8] = run_watch_8,
    [QDPI_LITMUS_SIDE_WATCH_16] = run_watch_16,
    [QDPI_LITMUS_SIDE_WATCH_32] = run_watch_32,
    [QDPI_LITMUS_SIDE_WATCH_64] = run_watch_64,
    [QDPI_LITMUS_SIDE_WRITE_WIDE_Y1] = run_write_wide_y1,
    [QDPI_LITMUS_SIDE_READ_Y_WIDE] = run_read_y_wide,
};

static uint64_t shared_word(const struct qdpi_litmus_party *party, uint32_t offset, uint32_t number)
{
    return party->area + offset + (uint64_t)number * QDPI_LITMUS_STRIDE;
}

static bool takes_part(const struct qdpi_litmus_party *party, uint32_t number)
{
    return (party->mask >> number & 1U) != 0;
}

static bool await_arrival(struct qdpi_litmus_party *party, uint32_t number)
{
    const uint64_t word = shared_word(party, QDPI_LITMUS_OFFSET_ARRIVED, number);
    const uint64_t deadline = qdpi_live_in_ms(ARRIVE_MS);
    const struct timespec nap = {.tv_sec = 0, .tv_nsec = NAP_NS};

    for (unsigned look = 1; (int32_t)(read_word(party, word) - party->phase) < 0; look++) {
        if (party->failure != 0)
            return false;
        if (look % LOOKS != 0)
            continue;
        if (qdpi_live_ms_until(deadline) <= 0) {
            party->failure = -ETIME;
            return false;
        }
        // One of those waited for may need this core, and longer than a yield gives it away.
        (void)nanosleep(&nap, NULL);
    }
    return true;
}

bool qdpi_litmus_arrive(struct qdpi_litmus_party *party)
{
    party->phase++;
    check(party, qdpi_mem_write32(party->bridge,
                                  shared_word(party, QDPI_LITMUS_OFFSET_ARRIVED, party->number),
                                  party->phase));
    for (uint32_t number = 0; number < QDPI_LITMUS_PARTIES; number++) {
        if (takes_part(party, number) && !await_arrival(party, number))
            return false;
    }
    return party->failure == 0;
}

/** Sometimes a location is in this core's cache before its turn comes, and sometimes not: what is
 *  overtaken by what depends on it. */
static void touch_chunk(struct qdpi_litmus_party *party, uint32_t first)
{
    const uint64_t choice = qdpi_fault_below(&party->random, 4);

    for (uint32_t i = first; i < first + QDPI_LITMUS_CHUNK; i++) {
        const uint32_t line = qdpi_litmus_line(party->factor, i);

        if ((choice & 1) != 0)
            (void)read_word(party, party->area + QDPI_LITMUS_OFFSET_X + line);
        if ((choice & 2) != 0)
            (void)read_word(party, party->area + QDPI_LITMUS_OFFSET_Y + line);
    }
}

/** Get into step with the others as far as that costs little, then a little out of it. */
static void begin_chunk(struct qdpi_litmus_party *party, uint32_t first)
{
    touch_chunk(party, first);
    party->progress++;
    check(party, qdpi_mem_write32(party->bridge,
                                  shared_word(party, QDPI_LITMUS_OFFSET_PROGRESS, party->number),
                                  party->progress));
    for (uint32_t number = 0; number < QDPI_LITMUS_PARTIES; number++) {
        const uint64_t word = shared_word(party, QDPI_LITMUS_OFFSET_PROGRESS, number);

        while (takes_part(party, number) && party->patience > 0 &&
               (int32_t)(read_word(party, word) - party->progress) < 0) {
            if (--party->patience % LOOKS == 0)
                (void)sched_yield();
        }
    }
    for (uint64_t skew = qdpi_fault_below(&party->random, SKEW); skew > 0; skew--)
        (void)read_word(party, shared_word(party, QDPI_LITMUS_OFFSET_PROGRESS, party->number));
}

void qdpi_litmus_run(struct qdpi_litmus_party *party)
{
    side_function *const side = sides[party->side];
    const uint32_t chunk = qdpi_litmus_chunk(party->side);

    if (side == NULL)
        return;
    party->patience = PATIENCE;
    for (uint32_t i = 0; i < QDPI_LITMUS_INSTANCES && party->failure == 0; i++) {
        if (i % chunk == 0)
            begin_chunk(party, i);
        side(party, i);
    }
}
