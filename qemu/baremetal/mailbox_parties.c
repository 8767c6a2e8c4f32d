// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest's CPUs as parties of litmus programs: many instances of a program between two meetings,
// so that a round costs nanoseconds and the parties run into each other.
#include "clock.h"
#include "mailbox.h"
#include "ordering.h"
#include "paging.h"
#include "qdpi_litmus.h"
#include "random.h"
#include "second_cpu.h"

enum {
    PARTIES_AREA = 0,  // arguments
    PARTIES_MASK = 1,
    PARTIES_SIDE = 2,  // of CPU 0; that of CPU 1 follows
    PARTIES_CPUS = 2,
    PARTIES_POLLS = 1024,       // between looks at the clock
    PARTIES_PATIENCE = 100000,  // looks at the others' progress in a batch: one may not be running
    PARTIES_SKEW = 16,          // steps out of step, at most
};

struct party {
    uint8_t *area;
    uint32_t number;
    uint32_t mask;  // of all parties
    enum qdpi_litmus_side side;
    uint32_t phase;     // times it has arrived
    uint32_t progress;  // chunks it has begun
    uint32_t patience;  // looks that are left
    uint32_t factor;
    uint32_t batches;
    bool timed_out;
    struct qdpi_random random;
};

typedef void side_function(const struct party *party, uint32_t instance);

static unsigned area_window;

void qdpi_mailbox_parties_init(void)
{
    area_window = qdpi_window_claim();
}

static void *at(const struct party *party, uint32_t offset)
{
    return party->area + offset;
}

static uint32_t *shared_word(const struct party *party, uint32_t offset, uint32_t of_party)
{
    return at(party, offset + of_party * QDPI_LITMUS_STRIDE);
}

static uint32_t line_of(const struct party *party, uint32_t instance)
{
    return instance * party->factor % QDPI_LITMUS_INSTANCES * QDPI_LITMUS_STRIDE;
}

static void keep_results(const struct party *party, uint32_t instance, uint32_t first,
                         uint32_t second)
{
    uint32_t *kept =
        at(party, QDPI_LITMUS_OFFSET_RESULTS + party->number * QDPI_LITMUS_RESULTS_BYTES +
                      instance * QDPI_LITMUS_RESULTS * (uint32_t)sizeof *kept);
    kept[0] = first;
    kept[1] = second;
}

// ---- Straight programs -------------------------------------------------------------------------

#define WRITE(location, value) qdpi_store_release_u32(location, value);
#define READ(result, location) results[result] = qdpi_load_acquire_u32(location);
#define SWAP(result, location, value) results[result] = qdpi_swap_u32(location, value);
#define FENCE() qdpi_full_fence();
#define QDPI_LITMUS_SIDE(name, operations)                                                         \
    static void run_##name(const struct party *party, uint32_t instance)                           \
    {                                                                                              \
        uint32_t line = line_of(party, instance);                                                  \
        uint32_t *const X = at(party, QDPI_LITMUS_OFFSET_X + line);                                \
        uint32_t *const Y = at(party, QDPI_LITMUS_OFFSET_Y + line);                                \
        uint32_t results[QDPI_LITMUS_RESULTS] = {0, 0};                                            \
        (void)X;                                                                                   \
        (void)Y;                                                                                   \
        operations keep_results(party, instance, results[0], results[1]);                          \
    }
#include "qdpi_litmus_sides.inc"
#undef WRITE
#undef READ
#undef SWAP
#undef FENCE

// ---- One word for all --------------------------------------------------------------------------

static void run_add_32(const struct party *party, uint32_t instance)
{
    keep_results(party, instance, qdpi_fetch_add_u32(at(party, QDPI_LITMUS_OFFSET_X), 1), 0);
}

static void run_compare_swap_32(const struct party *party, uint32_t instance)
{
    uint32_t *counter = at(party, QDPI_LITMUS_OFFSET_X);
    uint32_t seen = qdpi_load_acquire_u32(counter);
    while (!qdpi_compare_swap_u32(counter, &seen, seen + 1)) {
    }
    keep_results(party, instance, seen, 0);
}

static void run_compare_swap_64(const struct party *party, uint32_t instance)
{
    uint64_t *counter = at(party, QDPI_LITMUS_OFFSET_X);
    uint64_t seen = qdpi_load_plain_u64(counter);
    while (!qdpi_compare_swap_u64(counter, &seen, seen + 1)) {
    }
    keep_results(party, instance, (uint32_t)seen, 0);
}

static void run_lock(const struct party *party, uint32_t instance)
{
    uint32_t *lock = at(party, QDPI_LITMUS_OFFSET_X);
    uint32_t unequal = 0;
    uint32_t free = 0;
    while (!qdpi_compare_swap_u32(lock, &free, party->number + 1)) {
        free = 0;
    }
    uint32_t first = qdpi_load_acquire_u32(at(party, QDPI_LITMUS_OFFSET_Y));
    for (uint32_t i = 0; i < QDPI_LITMUS_LOCK_WORDS; i++) {
        uint32_t *word = at(party, QDPI_LITMUS_OFFSET_Y + i * QDPI_LITMUS_STRIDE / 2);
        uint32_t value = qdpi_load_acquire_u32(word);
        unequal += value != first ? 1 : 0;
        qdpi_store_release_u32(word, value + 1);
    }
    qdpi_store_release_u32(lock, 0);
    keep_results(party, instance, first, unequal);
}

// ---- Values ------------------------------------------------------------------------------------

static void run_toggle_8(const struct party *party, uint32_t instance)
{
    qdpi_store_release_u8(at(party, QDPI_LITMUS_OFFSET_X), (instance & 1) != 0 ? 0 : UINT8_MAX);
}

static void run_toggle_16(const struct party *party, uint32_t instance)
{
    qdpi_store_release_u16(at(party, QDPI_LITMUS_OFFSET_X), (instance & 1) != 0 ? 0 : UINT16_MAX);
}

static void run_toggle_32(const struct party *party, uint32_t instance)
{
    qdpi_store_release_u32(at(party, QDPI_LITMUS_OFFSET_X), (instance & 1) != 0 ? 0 : UINT32_MAX);
}

static void run_toggle_64(const struct party *party, uint32_t instance)
{
    qdpi_store_plain_u64(at(party, QDPI_LITMUS_OFFSET_X), (instance & 1) != 0 ? 0 : UINT64_MAX);
}

static void keep_value(const struct party *party, uint32_t instance, uint64_t value,
                       uint64_t all_ones)
{
    keep_results(party, instance,
                 value == 0          ? QDPI_LITMUS_VALUE_OLD
                 : value == all_ones ? QDPI_LITMUS_VALUE_NEW
                                     : QDPI_LITMUS_VALUE_TORN,
                 0);
}

static void run_watch_8(const struct party *party, uint32_t instance)
{
    keep_value(party, instance, qdpi_load_acquire_u8(at(party, QDPI_LITMUS_OFFSET_X)), UINT8_MAX);
}

static void run_watch_16(const struct party *party, uint32_t instance)
{
    keep_value(party, instance, qdpi_load_acquire_u16(at(party, QDPI_LITMUS_OFFSET_X)), UINT16_MAX);
}

static void run_watch_32(const struct party *party, uint32_t instance)
{
    keep_value(party, instance, qdpi_load_acquire_u32(at(party, QDPI_LITMUS_OFFSET_X)), UINT32_MAX);
}

static void run_watch_64(const struct party *party, uint32_t instance)
{
    keep_value(party, instance, qdpi_load_plain_u64(at(party, QDPI_LITMUS_OFFSET_X)), UINT64_MAX);
}

static void run_write_wide_y1(const struct party *party, uint32_t instance)
{
    uint32_t line = line_of(party, instance);
    uint64_t *words = at(party, QDPI_LITMUS_OFFSET_X + line);
    for (uint32_t i = 0; i < QDPI_LITMUS_WIDE_WORDS; i++) {
        qdpi_store_plain_u64(&words[i], UINT64_MAX);
    }
    qdpi_store_release_u32(at(party, QDPI_LITMUS_OFFSET_Y + line), 1);
}

static void run_read_y_wide(const struct party *party, uint32_t instance)
{
    uint32_t line = line_of(party, instance);
    const uint64_t *words = at(party, QDPI_LITMUS_OFFSET_X + line);
    uint32_t flag = qdpi_load_acquire_u32(at(party, QDPI_LITMUS_OFFSET_Y + line));
    uint32_t seen = 0;
    for (uint32_t i = 0; i < QDPI_LITMUS_WIDE_WORDS; i++) {
        uint64_t word = qdpi_load_plain_u64(&words[i]);
        seen += word == UINT64_MAX ? 1U : word != 0 ? 256U : 0U;
    }
    keep_results(party, instance, flag, seen);
}

// ---- A party -----------------------------------------------------------------------------------

static side_function *const sides[QDPI_LITMUS_SIDES] = {
#define QDPI_LITMUS_SIDE(name, operations) [QDPI_LITMUS_SIDE_##name] = run_##name,
#include "qdpi_litmus_sides.inc"
    [QDPI_LITMUS_SIDE_ADD_32] = run_add_32,
    // 32-bit code has no 64-bit fetch-and-add.
    [QDPI_LITMUS_SIDE_ADD_64] = run_compare_swap_64,
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

static bool takes_part(const struct party *party, uint32_t number)
{
    return (party->mask >> number & 1) != 0;
}

/// Wait until `number` has come as far. Returns whether it has, in the time there is.
static bool await_arrival(const struct party *party, uint32_t number)
{
    const uint32_t *word = shared_word(party, QDPI_LITMUS_OFFSET_ARRIVED, number);
    struct qdpi_deadline deadline = qdpi_deadline_in(QDPI_MAILBOX_PEER_MILLISECONDS);
    do {
        for (unsigned poll = 0; poll < PARTIES_POLLS; poll++) {
            if ((int32_t)(qdpi_load_acquire_u32(word) - party->phase) >= 0) {
                return true;
            }
        }
    } while (!qdpi_deadline_passed(&deadline));
    return false;
}

static bool arrive(struct party *party)
{
    party->phase++;
    qdpi_store_release_u32(shared_word(party, QDPI_LITMUS_OFFSET_ARRIVED, party->number),
                           party->phase);
    for (uint32_t number = 0; number < QDPI_LITMUS_PARTIES; number++) {
        if (takes_part(party, number) && !await_arrival(party, number)) {
            party->timed_out = true;
            return false;
        }
    }
    return true;
}

/// Sometimes a location is in this processor's cache before its turn comes, and sometimes not: what
/// is overtaken by what depends on it.
static void touch_chunk(struct party *party, uint32_t first)
{
    uint32_t choice = qdpi_random_next(&party->random);
    for (uint32_t i = first; i < first + QDPI_LITMUS_CHUNK; i++) {
        uint32_t line = line_of(party, i);
        if ((choice & 1) != 0) {
            (void)qdpi_load_acquire_u32(at(party, QDPI_LITMUS_OFFSET_X + line));
        }
        if ((choice & 2) != 0) {
            (void)qdpi_load_acquire_u32(at(party, QDPI_LITMUS_OFFSET_Y + line));
        }
    }
}

/// Get into step with the others as far as that costs little, then a little out of it.
static void begin_chunk(struct party *party, uint32_t first)
{
    touch_chunk(party, first);
    party->progress++;
    qdpi_store_release_u32(shared_word(party, QDPI_LITMUS_OFFSET_PROGRESS, party->number),
                           party->progress);
    for (uint32_t number = 0; number < QDPI_LITMUS_PARTIES; number++) {
        const uint32_t *word = shared_word(party, QDPI_LITMUS_OFFSET_PROGRESS, number);
        while (takes_part(party, number) && party->patience > 0 &&
               (int32_t)(qdpi_load_acquire_u32(word) - party->progress) < 0) {
            party->patience--;
        }
    }
    for (uint32_t skew = qdpi_random_below(&party->random, PARTIES_SKEW); skew > 0; skew--) {
        qdpi_compiler_barrier();
    }
}

static void take_part(void *context)
{
    struct party *party = context;
    while (arrive(party)) {
        if (qdpi_load_acquire_u32(at(party, QDPI_LITMUS_OFFSET_STOP)) != 0) {
            return;
        }
        party->factor = qdpi_load_acquire_u32(at(party, QDPI_LITMUS_OFFSET_FACTOR));
        party->patience = PARTIES_PATIENCE;
        uint32_t chunk = qdpi_litmus_chunk(party->side);
        for (uint32_t i = 0; i < QDPI_LITMUS_INSTANCES; i++) {
            if (i % chunk == 0) {
                begin_chunk(party, i);
            }
            sides[party->side](party, i);
        }
        if (!arrive(party)) {
            return;
        }
        party->batches++;
    }
}

uint32_t qdpi_mailbox_parties(const uint64_t *arguments, uint64_t *results)
{
    struct party parties[PARTIES_CPUS];
    if (arguments[PARTIES_AREA] % QDPI_LITMUS_ALIGNMENT != 0 ||
        !qdpi_paging_reaches(arguments[PARTIES_AREA], QDPI_LITMUS_BYTES)) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    for (uint32_t cpu = 0; cpu < PARTIES_CPUS; cpu++) {
        uint64_t side = arguments[PARTIES_SIDE + cpu];
        if (side >= QDPI_LITMUS_SIDES) {
            return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
        }
        parties[cpu] = (struct party){
            .area = qdpi_window_map(area_window, arguments[PARTIES_AREA]),
            .number = QDPI_LITMUS_PARTY_CPU + cpu,
            .mask = (uint32_t)arguments[PARTIES_MASK],
            .side = (enum qdpi_litmus_side)side,
        };
        qdpi_random_seed(&parties[cpu].random, cpu + 1);
    }
    bool second = parties[1].side != QDPI_LITMUS_SIDE_NONE;
    if (second && !qdpi_second_cpu_start(take_part, &parties[1])) {
        return QDPI_MAILBOX_STATUS_NO_CPU;
    }
    if (parties[0].side != QDPI_LITMUS_SIDE_NONE) {
        take_part(&parties[0]);
    }
    if (second) {
        qdpi_second_cpu_finish();
    }
    results[0] = parties[second ? 1 : 0].batches;
    return parties[0].timed_out || parties[1].timed_out ? QDPI_MAILBOX_STATUS_TIMEOUT
                                                        : QDPI_MAILBOX_STATUS_OK;
}
