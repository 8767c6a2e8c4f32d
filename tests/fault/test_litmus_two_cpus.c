// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The ordering contract as litmus tests, in the way of litmus7: RTL (threads that make the calls
// its ports make) and two CPUs of a running guest go through thousands of instances of a program
// between two meetings; each outcome is judged by what the memory model allows, and counted.

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fault_run.h"
#include "litmus_model.h"
#include "litmus_party.h"
#include "live_guest.h"

#define ROUNDS 100000U
/** Of programs of four parties, who wait for cores more than they run. */
#define ROUNDS_OF_FOUR 20000U
#define AREA UINT64_C(0x4000000)
#define FACTOR_LIMIT 512U
/** So often the parties must have met, or nothing was tested, and how much longer to try on a
 *  machine that is busy. */
#define MEETINGS 10U
#define MEETINGS_MS 60000U
#define ANSWER_MS 20000U
#define PARTY_LAST (QDPI_LITMUS_PARTIES - 1)
/** The 64-bit counters cross from the lower half into the upper in the first batch. */
#define COUNTER_START UINT64_C(0xfffff000)

struct arena {
    struct qdpi_litmus_party first;  /**< party 0: this thread */
    struct qdpi_litmus_party second; /**< party 3: a thread with a bridge of its own */
    uint32_t results[QDPI_LITMUS_PARTIES][QDPI_LITMUS_INSTANCES][QDPI_LITMUS_RESULTS];
    uint32_t x[QDPI_LITMUS_INSTANCES][QDPI_LITMUS_STRIDE / sizeof(uint32_t)];
    uint32_t y[QDPI_LITMUS_INSTANCES][QDPI_LITMUS_STRIDE / sizeof(uint32_t)];
    uint64_t *histogram; /**< of straight programs, by outcome */
    uint8_t *classes;
    uint64_t counts[QDPI_LITMUS_CLASSES];
    /** How often the outcome changed from one instance to the next: then one party has overtaken
     *  another. Of more parties than the machine has cores, that is what shows that they met. */
    uint64_t crossings;
};

struct program;
typedef void judge_function(struct arena *arena, const struct program *program);

struct program {
    const char *name;
    enum qdpi_litmus_side sides[QDPI_LITMUS_PARTIES];
    judge_function *judge; /**< NULL: a straight program, judged by the model */
    uint64_t start;        /**< of the word at x */
};

#define SIDE(name) QDPI_LITMUS_SIDE_##name

static uint32_t mask_of(const struct program *program)
{
    uint32_t mask = 1;  // This thread sets the pace.

    for (uint32_t party = 0; party < QDPI_LITMUS_PARTIES; party++) {
        if (program->sides[party] != SIDE(NONE))
            mask |= 1U << party;
    }
    return mask;
}

static bool takes_part(const struct program *program, unsigned party)
{
    return program->sides[party] != SIDE(NONE);
}

static unsigned party_count(const struct program *program)
{
    unsigned count = 0;

    for (unsigned party = 0; party < QDPI_LITMUS_PARTIES; party++)
        count += takes_part(program, party);
    return count;
}

// ---- Judging a batch ---------------------------------------------------------------------------

static bool is_small(uint32_t value)
{
    return value < 1U << QDPI_LITMUS_OUTCOME_BITS;
}

/** What instance `i` has come to; QDPI_LITMUS_OUTCOMES: values that nobody wrote. */
static uint32_t outcome_of(const struct arena *arena, const struct program *program, uint32_t i)
{
    const uint32_t line = qdpi_litmus_line(arena->first.factor, i) / QDPI_LITMUS_STRIDE;
    uint32_t outcome = 0;
    unsigned index = 0;

    for (unsigned party = 0; party < QDPI_LITMUS_PARTIES; party++) {
        for (unsigned result = 0; result < QDPI_LITMUS_RESULTS; result++, index++) {
            const uint32_t value = arena->results[party][i][result];

            if (!is_small(value))
                return QDPI_LITMUS_OUTCOMES;
            if (takes_part(program, party))
                outcome |= qdpi_litmus_outcome_place(index, value);
        }
    }
    if (!is_small(arena->x[line][0]) || !is_small(arena->y[line][0]))
        return QDPI_LITMUS_OUTCOMES;
    return outcome | qdpi_litmus_outcome_place(index, arena->x[line][0]) |
           qdpi_litmus_outcome_place(index + 1, arena->y[line][0]);
}

static void judge_by_model(struct arena *arena, const struct program *program)
{
    uint32_t last = outcome_of(arena, program, 0);

    for (uint32_t i = 0; i < QDPI_LITMUS_INSTANCES; i++) {
        const uint32_t outcome = outcome_of(arena, program, i);

        arena->crossings += outcome != last;
        last = outcome;
        if (outcome == QDPI_LITMUS_OUTCOMES) {
            arena->counts[QDPI_LITMUS_FORBIDDEN]++;
        } else {
            arena->histogram[outcome]++;
            arena->counts[arena->classes[outcome]]++;
        }
    }
}

/** Everybody drew tickets from one counter: each number once, none left out. */
static void judge_tickets(struct arena *arena, const struct program *program)
{
    static unsigned char owners[QDPI_LITMUS_PARTIES * QDPI_LITMUS_INSTANCES];
    uint32_t tickets = 0;
    uint64_t end;
    unsigned handovers = 0;

    memset(owners, 0, sizeof owners);
    for (unsigned party = 0; party < QDPI_LITMUS_PARTIES; party++) {
        if (!takes_part(program, party))
            continue;
        for (uint32_t i = 0; i < QDPI_LITMUS_INSTANCES; i++) {
            const uint32_t ticket = arena->results[party][i][0] - (uint32_t)program->start;

            if (ticket >= sizeof owners || owners[ticket] != 0)
                arena->counts[QDPI_LITMUS_FORBIDDEN]++;
            else
                owners[ticket] = (unsigned char)(party + 1);
        }
        tickets += QDPI_LITMUS_INSTANCES;
    }
    for (uint32_t ticket = 1; ticket < tickets; ticket++)
        handovers += owners[ticket] != owners[ticket - 1];
    memcpy(&end, arena->x[0], sizeof end);
    if (program->judge == judge_tickets && end != program->start + tickets)
        arena->counts[QDPI_LITMUS_FORBIDDEN]++;
    arena->counts[QDPI_LITMUS_INTERLEAVED] += handovers;
    arena->counts[QDPI_LITMUS_SERIAL] += tickets - handovers;
}

/** Who has the lock is alone: the words that it protects change together, and are never mixed. */
static void judge_lock(struct arena *arena, const struct program *program)
{
    uint32_t additions = 0;

    judge_tickets(arena, program);
    for (unsigned party = 0; party < QDPI_LITMUS_PARTIES; party++) {
        if (!takes_part(program, party))
            continue;
        additions += QDPI_LITMUS_INSTANCES;
        for (uint32_t i = 0; i < QDPI_LITMUS_INSTANCES; i++)
            arena->counts[QDPI_LITMUS_FORBIDDEN] += arena->results[party][i][1] != 0;
    }
    for (uint32_t i = 0; i < QDPI_LITMUS_LOCK_WORDS; i++)
        arena->counts[QDPI_LITMUS_FORBIDDEN] += arena->y[i / 2][i % 2 * 8] != additions;
}

static bool is_watcher(enum qdpi_litmus_side side)
{
    return side >= SIDE(WATCH_8) && side <= SIDE(WATCH_64);
}

/** Who watches sees one value or the other, and both. */
static void judge_values(struct arena *arena, const struct program *program)
{
    for (unsigned party = 0; party < QDPI_LITMUS_PARTIES; party++) {
        uint32_t last = arena->results[party][0][0];

        for (uint32_t i = 0; is_watcher(program->sides[party]) && i < QDPI_LITMUS_INSTANCES; i++) {
            const uint32_t value = arena->results[party][i][0];

            arena->counts[value != QDPI_LITMUS_VALUE_OLD && value != QDPI_LITMUS_VALUE_NEW
                              ? QDPI_LITMUS_FORBIDDEN
                          : value != last ? QDPI_LITMUS_INTERLEAVED
                                          : QDPI_LITMUS_SERIAL]++;
            last = value;
        }
    }
}

/** Of a message of eight words all are seen with the flag; some of them may be seen before. */
static void judge_wide(struct arena *arena, const struct program *program)
{
    for (unsigned party = 0; party < QDPI_LITMUS_PARTIES; party++) {
        if (program->sides[party] != SIDE(READ_Y_WIDE))
            continue;
        for (uint32_t i = 0; i < QDPI_LITMUS_INSTANCES; i++) {
            const uint32_t flag = arena->results[party][i][0];
            const uint32_t words = arena->results[party][i][1];
            enum qdpi_litmus_class class = QDPI_LITMUS_SERIAL;

            if (words > QDPI_LITMUS_WIDE_WORDS || flag > 1 ||
                (flag == 1 && words < QDPI_LITMUS_WIDE_WORDS))
                class = QDPI_LITMUS_FORBIDDEN;
            else if (words > 0 && words < QDPI_LITMUS_WIDE_WORDS)
                class = QDPI_LITMUS_WEAK;
            else if (flag == 0 && words > 0)
                class = QDPI_LITMUS_INTERLEAVED;
            arena->counts[class]++;
        }
    }
}

// ---- Running -----------------------------------------------------------------------------------

static void clear_locations(struct arena *arena, const struct program *program)
{
    static const unsigned char zeros[QDPI_LITMUS_BYTES - QDPI_LITMUS_OFFSET_X];
    struct qdpi_bridge *bridge = arena->first.bridge;

    assert_int_equal(qdpi_mem_write(bridge, AREA + QDPI_LITMUS_OFFSET_X, zeros, sizeof zeros), 0);
    assert_int_equal(qdpi_mem_write64(bridge, AREA + QDPI_LITMUS_OFFSET_X, program->start), 0);
}

static void collect(struct arena *arena)
{
    struct qdpi_bridge *bridge = arena->first.bridge;

    assert_int_equal(qdpi_mem_read(bridge, AREA + QDPI_LITMUS_OFFSET_RESULTS, arena->results,
                                   sizeof arena->results),
                     0);
    memcpy(arena->results[0], arena->first.results, sizeof arena->results[0]);
    memcpy(arena->results[PARTY_LAST], arena->second.results, sizeof arena->results[0]);
    assert_int_equal(qdpi_mem_read(bridge, AREA + QDPI_LITMUS_OFFSET_X, arena->x, sizeof arena->x),
                     0);
    assert_int_equal(qdpi_mem_read(bridge, AREA + QDPI_LITMUS_OFFSET_Y, arena->y, sizeof arena->y),
                     0);
}

static void arrive(struct arena *arena)
{
    if (!qdpi_litmus_arrive(&arena->first))
        fail_msg("party 0 gave up: %d (%s)", arena->first.failure,
                 qdpi_last_error(arena->first.bridge));
}

static void run_batch(struct arena *arena, const struct program *program)
{
    struct qdpi_litmus_party *const first = &arena->first;

    clear_locations(arena, program);
    first->factor = 2 * (uint32_t)qdpi_fault_below(&first->random, FACTOR_LIMIT) + 1;
    assert_int_equal(
        qdpi_mem_write32(first->bridge, AREA + QDPI_LITMUS_OFFSET_FACTOR, first->factor), 0);
    arrive(arena);
    qdpi_litmus_run(first);
    arrive(arena);
    collect(arena);
    (program->judge != NULL ? program->judge : judge_by_model)(arena, program);
}

static void *second_thread(void *context)
{
    struct qdpi_litmus_party *party = context;
    uint32_t stop = 0;

    while (qdpi_litmus_arrive(party) &&
           qdpi_mem_read32(party->bridge, AREA + QDPI_LITMUS_OFFSET_STOP, &stop) == 0 &&
           stop == 0) {
        party->failure =
            qdpi_mem_read32(party->bridge, AREA + QDPI_LITMUS_OFFSET_FACTOR, &party->factor);
        qdpi_litmus_run(party);
        if (!qdpi_litmus_arrive(party))
            break;
    }
    return NULL;
}

static void prepare_party(struct qdpi_litmus_party *party, const struct program *program)
{
    party->side = program->sides[party->number];
    party->mask = mask_of(program);
    party->phase = 0;
    party->progress = 0;
    party->failure = 0;
    memset(party->results, 0, sizeof party->results);
}

static void post_program(struct arena *arena, const struct program *program)
{
    static const unsigned char zeros[QDPI_LITMUS_OFFSET_X];
    const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS] = {AREA, mask_of(program),
                                                        program->sides[QDPI_LITMUS_PARTY_CPU],
                                                        program->sides[QDPI_LITMUS_PARTY_CPU + 1]};
    struct qdpi_bridge *bridge = arena->first.bridge;

    memset(arena->counts, 0, sizeof arena->counts);
    arena->crossings = 0;
    prepare_party(&arena->first, program);
    prepare_party(&arena->second, program);
    assert_int_equal(qdpi_mem_write(bridge, AREA, zeros, sizeof zeros), 0);
    // Nobody waits for one who only sets the pace.
    if (!takes_part(program, 0))
        assert_int_equal(qdpi_mem_write32(bridge, AREA + QDPI_LITMUS_OFFSET_PROGRESS, INT32_MAX),
                         0);
    qdpi_live_guest_post(bridge, QDPI_MAILBOX_COMMAND_LITMUS, arguments);
}

/** Further rounds are due, or the parties have hardly met yet. */
static bool needs_more(const struct arena *arena, const struct program *program, uint64_t done,
                       uint64_t rounds, uint64_t *deadline)
{
    const uint64_t met = arena->counts[QDPI_LITMUS_INTERLEAVED] + arena->counts[QDPI_LITMUS_WEAK] +
                         (party_count(program) > 2 ? arena->crossings : 0);

    if (done < rounds)
        return true;
    if (met >= MEETINGS || arena->counts[QDPI_LITMUS_FORBIDDEN] > 0)
        return false;
    if (*deadline == 0)
        *deadline = qdpi_live_in_ms(MEETINGS_MS);
    if (qdpi_live_ms_until(*deadline) <= 0)
        fail_msg("the parties met in %lu of %lu rounds: nothing was tested", met, done);
    return true;
}

static uint64_t run_rounds(struct arena *arena, const struct program *program)
{
    const uint64_t rounds = qdpi_fault_rounds(party_count(program) == 4 ? ROUNDS_OF_FOUR : ROUNDS);
    struct qdpi_bridge *bridge = arena->first.bridge;
    uint64_t deadline = 0;
    uint64_t done = 0;
    pthread_t thread;

    post_program(arena, program);
    if (takes_part(program, PARTY_LAST))
        assert_int_equal(pthread_create(&thread, NULL, second_thread, &arena->second), 0);
    while (needs_more(arena, program, done, rounds, &deadline)) {
        run_batch(arena, program);
        done += QDPI_LITMUS_INSTANCES;
    }
    assert_int_equal(qdpi_mem_write32(bridge, AREA + QDPI_LITMUS_OFFSET_STOP, 1), 0);
    arrive(arena);
    if (takes_part(program, PARTY_LAST)) {
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(arena->second.failure, 0);
    }
    qdpi_live_guest_finish(bridge, ANSWER_MS, NULL);
    return done;
}

// ---- What came of it ---------------------------------------------------------------------------

static void print_outcome(const struct arena *arena, const struct program *program,
                          uint32_t outcome)
{
    static const char *const parties[QDPI_LITMUS_PARTIES] = {"rtl", "cpu0", "cpu1", "rtl2"};
    const unsigned end = QDPI_LITMUS_PARTIES * QDPI_LITMUS_RESULTS;

    (void)printf("  %12lu %-12s", arena->histogram[outcome],
                 qdpi_litmus_class_name(arena->classes[outcome]));
    for (unsigned index = 0; index < end; index++) {
        const unsigned party = index / QDPI_LITMUS_RESULTS;

        if (qdpi_litmus_has_result(program->sides[party], index % QDPI_LITMUS_RESULTS))
            (void)printf(" %s.%u=%u", parties[party], index % QDPI_LITMUS_RESULTS,
                         qdpi_litmus_outcome_value(outcome, index));
    }
    (void)printf("  x=%u y=%u\n", qdpi_litmus_outcome_value(outcome, end),
                 qdpi_litmus_outcome_value(outcome, end + 1));
}

static void report(struct arena *arena, const struct program *program, uint64_t rounds)
{
    char row[64];

    for (uint32_t outcome = 0; program->judge == NULL && outcome < QDPI_LITMUS_OUTCOMES;
         outcome++) {
        if (arena->histogram[outcome] > 0)
            print_outcome(arena, program, outcome);
    }
    (void)snprintf(row, sizeof row, "litmus-%s", program->name);
    qdpi_fault_report(
        row, rounds, arena->counts[QDPI_LITMUS_FORBIDDEN], "interleaved=%lu weak=%lu crossings=%lu",
        arena->counts[QDPI_LITMUS_INTERLEAVED], arena->counts[QDPI_LITMUS_WEAK], arena->crossings);
}

static void run_program(struct arena *arena, const struct program *program)
{
    uint64_t rounds;

    if (program->judge == NULL) {
        memset(arena->histogram, 0, QDPI_LITMUS_OUTCOMES * sizeof *arena->histogram);
        arena->classes = qdpi_litmus_model(program->sides);
        assert_non_null(arena->classes);
    }
    rounds = run_rounds(arena, program);
    report(arena, program, rounds);
    free(arena->classes);
    arena->classes = NULL;
}

static void run_programs(struct qdpi_live *live, const struct program *programs, size_t count)
{
    static const char *const extra[] = {"-qmp", "unix:{dir}/second.sock,server=on,wait=off", NULL};
    static uint64_t histogram[QDPI_LITMUS_OUTCOMES];
    static struct arena arena;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];

    qdpi_live_start(&live->qemu[0],
                    &(struct qdpi_live_options){
                        .smp = "2", .accel = "tcg,thread=multi", .guest = true, .extra = extra});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    qdpi_live_endpoint(&live->qemu[0], "qmp:", "second.sock", endpoint);
    assert_int_equal(qdpi_open(endpoint, ANSWER_MS, &live->bridge[1]), 0);
    qdpi_live_guest_await(live->bridge[0], 1);
    arena.histogram = histogram;
    arena.first = (struct qdpi_litmus_party){
        .bridge = live->bridge[0], .area = AREA, .number = 0, .random = qdpi_fault_seed()};
    arena.second = (struct qdpi_litmus_party){.bridge = live->bridge[1],
                                              .area = AREA,
                                              .number = PARTY_LAST,
                                              .random = qdpi_fault_seed() + 1};
    for (size_t i = 0; i < count; i++)
        run_program(&arena, &programs[i]);
}

#define RUN(live, programs) run_programs(live, programs, sizeof(programs) / sizeof(programs)[0])

// ---- The programs: sides of rtl, CPU 0, CPU 1, rtl through a second bridge
// -----------------------

/// Who sees the flag sees the data, also when the news came by way of a third; nobody reads what is
/// to be written only because of that.
static void test_messages(void **state)
{
    static const struct program programs[] = {
        {"message-to-cpu", {SIDE(WRITE_X1_Y1), SIDE(READ_Y_X)}, NULL, 0},
        {"message-from-cpu", {SIDE(READ_Y_X), SIDE(WRITE_X1_Y1)}, NULL, 0},
        {"message-cpu-to-cpu", {SIDE(NONE), SIDE(WRITE_X1_Y1), SIDE(READ_Y_X)}, NULL, 0},
        {"causality-cpu-cpu-rtl", {SIDE(READ_Y_X), SIDE(WRITE_X1), SIDE(READ_X_WRITE_Y1)}, NULL, 0},
        {"causality-rtl-cpu-rtl",
         {SIDE(WRITE_X1), SIDE(READ_X_WRITE_Y1), SIDE(NONE), SIDE(READ_Y_X)},
         NULL,
         0},
        {"causality-cpu-rtl-cpu", {SIDE(READ_X_WRITE_Y1), SIDE(WRITE_X1), SIDE(READ_Y_X)}, NULL, 0},
        {"load-buffering", {SIDE(READ_X_WRITE_Y1), SIDE(READ_Y_WRITE_X1)}, NULL, 0},
        {"s-to-cpu", {SIDE(WRITE_X2_Y1), SIDE(READ_Y_WRITE_X1)}, NULL, 0},
        {"s-from-cpu", {SIDE(READ_Y_WRITE_X1), SIDE(WRITE_X2_Y1)}, NULL, 0},
        {"wide-message-to-cpu", {SIDE(WRITE_WIDE_Y1), SIDE(READ_Y_WIDE)}, judge_wide, 0},
        {"wide-message-from-cpu", {SIDE(READ_Y_WIDE), SIDE(WRITE_WIDE_Y1)}, judge_wide, 0},
    };

    RUN(*state, programs);
}

/// All agree on the order of the writes to one location, and nobody goes back in it.
static void test_coherence(void **state)
{
    static const struct program programs[] = {
        {"read-read-by-cpu", {SIDE(WRITE_X1), SIDE(READ_X_X)}, NULL, 0},
        {"read-read-by-rtl", {SIDE(READ_X_X), SIDE(WRITE_X1)}, NULL, 0},
        {"write-write-by-rtl", {SIDE(WRITE_X1_X2), SIDE(READ_X_X), SIDE(READ_X_X)}, NULL, 0},
        {"write-write-by-cpu", {SIDE(READ_X_X), SIDE(WRITE_X1_X2), SIDE(READ_X_X)}, NULL, 0},
        {"read-write", {SIDE(READ_X_WRITE_X2), SIDE(WRITE_X1)}, NULL, 0},
        {"two-writers-two-readers",
         {SIDE(WRITE_X1), SIDE(WRITE_X2), SIDE(READ_X_X), SIDE(READ_X_X)},
         NULL,
         0},
    };

    RUN(*state, programs);
}

/// A store may be overtaken by a load of something else, unless both sides have a full barrier
/// between. All agree on the order of writes to several locations.
static void test_store_buffering(void **state)
{
    static const struct program programs[] = {
        {"store-buffering", {SIDE(WRITE_X1_READ_Y), SIDE(WRITE_Y1_READ_X)}, NULL, 0},
        {"store-buffering-cpus",
         {SIDE(NONE), SIDE(WRITE_X1_READ_Y), SIDE(WRITE_Y1_READ_X)},
         NULL,
         0},
        {"store-buffering-rtl-fenced", {SIDE(SWAP_X1_READ_Y), SIDE(WRITE_Y1_READ_X)}, NULL, 0},
        {"store-buffering-swap-mfence",
         {SIDE(SWAP_X1_READ_Y), SIDE(WRITE_Y1_FENCE_READ_X)},
         NULL,
         0},
        {"store-buffering-add-mfence",
         {SIDE(WRITE_X1_FENCE_READ_Y), SIDE(WRITE_Y1_FENCE_READ_X)},
         NULL,
         0},
        {"store-buffering-add-xchg", {SIDE(WRITE_X1_FENCE_READ_Y), SIDE(SWAP_Y1_READ_X)}, NULL, 0},
        {"two-and-two-writes", {SIDE(WRITE_X1_Y2), SIDE(WRITE_Y1_X2)}, NULL, 0},
        {"r-from-rtl", {SIDE(WRITE_X1_Y1), SIDE(WRITE_Y2_READ_X)}, NULL, 0},
        {"r-from-cpu", {SIDE(WRITE_Y2_READ_X), SIDE(WRITE_X1_Y1)}, NULL, 0},
        {"independent-reads",
         {SIDE(WRITE_X1), SIDE(WRITE_Y1), SIDE(READ_X_Y), SIDE(READ_Y_X)},
         NULL,
         0},
        {"independent-reads-by-rtl",
         {SIDE(READ_X_Y), SIDE(WRITE_X1), SIDE(WRITE_Y1), SIDE(READ_Y_X)},
         NULL,
         0},
        {"independent-reads-by-cpus",
         {SIDE(WRITE_X1), SIDE(READ_X_Y), SIDE(READ_Y_X), SIDE(WRITE_Y1)},
         NULL,
         0},
    };

    RUN(*state, programs);
}

/// Three parties at one counter lose no addition; a lock that RTL and CPUs share excludes.
static void test_atomics(void **state)
{
    static const struct program programs[] = {
        {"swap", {SIDE(SWAP_X1_SWAP_Y1), SIDE(SWAP_X1_SWAP_Y1), SIDE(SWAP_X1_SWAP_Y1)}, NULL, 0},
        {"add-32", {SIDE(ADD_32), SIDE(ADD_32), SIDE(ADD_32)}, judge_tickets, 0},
        {"add-64", {SIDE(ADD_64), SIDE(ADD_64), SIDE(ADD_64)}, judge_tickets, COUNTER_START},
        {"compare-swap-32",
         {SIDE(COMPARE_SWAP_32), SIDE(COMPARE_SWAP_32), SIDE(COMPARE_SWAP_32)},
         judge_tickets,
         0},
        {"compare-swap-64",
         {SIDE(COMPARE_SWAP_64), SIDE(COMPARE_SWAP_64), SIDE(COMPARE_SWAP_64)},
         judge_tickets,
         COUNTER_START},
        {"add-and-compare-swap",
         {SIDE(ADD_32), SIDE(COMPARE_SWAP_32), SIDE(ADD_32), SIDE(COMPARE_SWAP_32)},
         judge_tickets,
         0},
        {"lock", {SIDE(LOCK), SIDE(LOCK), SIDE(LOCK)}, judge_lock, 0},
    };

    RUN(*state, programs);
}

/// Aligned values of 1, 2, 4 and 8 bytes are seen whole, whoever writes and whoever reads.
static void test_values(void **state)
{
    static const struct program programs[] = {
        {"value-8-from-rtl", {SIDE(TOGGLE_8), SIDE(WATCH_8), SIDE(WATCH_8)}, judge_values, 0},
        {"value-16-from-rtl", {SIDE(TOGGLE_16), SIDE(WATCH_16), SIDE(WATCH_16)}, judge_values, 0},
        {"value-32-from-rtl", {SIDE(TOGGLE_32), SIDE(WATCH_32), SIDE(WATCH_32)}, judge_values, 0},
        {"value-64-from-rtl", {SIDE(TOGGLE_64), SIDE(WATCH_64), SIDE(WATCH_64)}, judge_values, 0},
        {"value-8-from-cpu", {SIDE(WATCH_8), SIDE(TOGGLE_8), SIDE(TOGGLE_8)}, judge_values, 0},
        {"value-16-from-cpu", {SIDE(WATCH_16), SIDE(TOGGLE_16), SIDE(WATCH_16)}, judge_values, 0},
        {"value-32-from-cpu", {SIDE(WATCH_32), SIDE(TOGGLE_32), SIDE(TOGGLE_32)}, judge_values, 0},
        {"value-64-from-cpu", {SIDE(WATCH_64), SIDE(TOGGLE_64), SIDE(WATCH_64)}, judge_values, 0},
    };

    RUN(*state, programs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_messages),        qdpi_live_test(test_coherence),
        qdpi_live_test(test_store_buffering), qdpi_live_test(test_atomics),
        qdpi_live_test(test_values),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
