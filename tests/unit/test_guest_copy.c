// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Where accesses are cut: what the guest sees between any two instructions of a copy. The processor
// traps after each, and the test then is the guest.

#include "guest_copy.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include "qdpi_cmocka.h"

#define ROOM ((size_t)8448)
// A step is an instruction. With a sanitizer in between there are many more, which show nothing
// more.
#ifdef __SANITIZE_ADDRESS__
#define AT_STEP 5
#else
#define AT_STEP 1
#endif
/** What stands in the guest before, and what it puts in the place of a byte that it has seen come.
 */
#define FRESH 0x11
#define TAKEN 0x22
/** The data never has one of these. */
#define DATA 0x80

static struct {
    unsigned char *guest; /**< aligned to a page, ROOM bytes */
    unsigned char seen[ROOM];
    unsigned came[ROOM]; /**< at which step; 0: not yet */
    size_t room;         /**< so much of them is looked at */
    unsigned step;
    unsigned lose_at; /**< the step at which the memory is lost; 0: at none */
    struct qdpi_ground ground;
    int twice; /**< a byte came again */
    enum { GUEST_READS, GUEST_WRITES } does;
} guest;

/** What the processor does after each instruction. */
static void on_step(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
    guest.step++;
    if (guest.step == guest.lose_at)
        guest.ground.lost = 1;
    if (guest.does == GUEST_WRITES) {
        memset(guest.guest, (int)(1 + guest.step % 127), guest.room);
    } else if (memcmp(guest.guest, guest.seen, guest.room) != 0) {
        for (size_t i = 0; i < guest.room; i++) {
            if (guest.guest[i] == guest.seen[i])
                continue;
            guest.twice |= guest.came[i] != 0;
            guest.came[i] = guest.step;
            guest.guest[i] = TAKEN;
            guest.seen[i] = TAKEN;
        }
    }
}

#ifdef __x86_64__
#define TRAP_FLAG UINT64_C(0x100)
static void trap_each(bool on)
{
    const unsigned long long flags = __builtin_ia32_readeflags_u64();

    __builtin_ia32_writeeflags_u64(on ? flags | TRAP_FLAG : flags & ~TRAP_FLAG);
}
#else
static void trap_each(bool on)
{
    (void)on;
    skip();
}
#endif

static int start(void **state)
{
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};

    (void)state;
    guest.guest = aligned_alloc(4096, ROOM + 4096 - ROOM % 4096);
    return guest.guest != NULL ? sigaction(SIGTRAP, &action, NULL) : -1;
}

static int tear_down(void **state)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    (void)state;
    free(guest.guest);
    return sigaction(SIGTRAP, &action, NULL);
}

static void prepare(size_t room)
{
    memset(guest.guest, FRESH, room);
    memset(guest.seen, FRESH, room);
    memset(guest.came, 0, room * sizeof guest.came[0]);
    guest.room = room;
    guest.step = 0;
    guest.ground.lost = 0;
    guest.ground.hollow ^= 1;  // each has its turn
    guest.twice = 0;
}

static int step_through_write(size_t at, const unsigned char *data, size_t size)
{
    int result;

    guest.does = GUEST_READS;
    trap_each(true);
    result = qdpi_copy_out(&guest.ground, guest.guest + at, data, size);
    trap_each(false);
    return result;
}

static int step_through_read(size_t at, unsigned char *data, size_t size)
{
    int result;

    guest.does = GUEST_WRITES;
    trap_each(true);
    result = qdpi_copy_in(&guest.ground, guest.guest + at, data, size);
    trap_each(false);
    return result;
}

/** The largest of the aligned words of 8, 4, 2 and 1 bytes that has `byte` and is in the access. */
static size_t word_of(size_t byte, size_t at, size_t size, size_t *first)
{
    for (size_t word = 8;; word /= 2) {
        *first = byte / word * word;
        if (word == 1 || (*first >= at && *first + word <= at + size))
            return word;
    }
}

static void write_stepwise(size_t at, size_t size, size_t own)
{
    static unsigned char data[ROOM + 8];
    const size_t room = (at + size + 15) / 8 * 8;
    size_t first;

    prepare(room);
    memset(data, DATA, sizeof data);
    if (step_through_write(at, data + own, size) != 0 || guest.twice)
        fail_msg("write of %zu at +%zu: %s", size, at, guest.twice ? "stored twice" : "lost");
    for (size_t i = 0; i < room; i++) {
        if ((guest.came[i] != 0) != (i >= at && i < at + size))
            fail_msg("write of %zu at +%zu: byte %zu", size, at, i);
        (void)word_of(i, at, size, &first);
        if (guest.came[i] != guest.came[first])
            fail_msg("write of %zu at +%zu: word %zu in two stores", size, at, first);
    }
}

static void read_stepwise(size_t at, size_t size, size_t own)
{
    static unsigned char data[ROOM + 8];
    size_t first;

    prepare((at + size + 15) / 8 * 8);
    assert_int_equal(step_through_read(at, data + own, size), 0);
    for (size_t i = at; i < at + size; i++) {
        (void)word_of(i, at, size, &first);
        if (data[own + i - at] != data[own + first - at])
            fail_msg("read of %zu at +%zu: word %zu of two loads", size, at, first);
    }
}

/// Wherever an access begins and ends, each aligned word that is in it goes in one step, and a
/// write stores each byte once: what the guest has changed meanwhile stands.
static void test_every_cut(void **state)
{
    (void)state;
    for (size_t at = 0; at < 16; at += AT_STEP) {
        for (size_t size = 1; size <= 200; size++) {
            // The longer ones differ in what is between only: each at one place.
            if (size > 72 && size % 16 != at)
                continue;
            write_stepwise(at, size, (at + size) % 3);
            read_stepwise(at, size, (at + size) % 3);
        }
    }
}

/// Long ones too, whether the data is aligned as the guest's words are or not.
static void test_long_cuts(void **state)
{
    static const size_t sizes[] = {256, 511, 512, 1023, 1024, 1304, 4096, 4103, 4104};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t at = 0; at < 16; at += 4) {
            write_stepwise(at, sizes[i], at % 3);
            read_stepwise(at, sizes[i], at % 3);
            write_stepwise(at, sizes[i], at % 8);
            read_stepwise(at, sizes[i], at % 8);
        }
    }
}

/// If memory is lost at whatever moment of a read of up to 64 bytes, none has been handed out, or
/// all of them have been read before.
static void test_lost_while_reading(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 8, 11, 16, 24, 40, 61, 64};
    unsigned char data[64];
    int result;

    (void)state;
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        const size_t size = sizes[i / 2];

        guest.lose_at = 0;
        do {
            guest.lose_at++;
            prepare(80);
            memset(data, 0xee, sizeof data);
            result = step_through_read(i % 2 * 5, data, size);
            for (size_t j = 0; result != 0 && j < sizeof data; j++)
                assert_int_equal(data[j], 0xee);
        } while (result != 0);
    }
    guest.lose_at = 0;
}

/** A guest on another processor: it changes a word whole, or looks at it. */
struct beside {
    uint64_t *word;
    int begun;
    int stop;
    int torn;
};

static void *change(void *context)
{
    struct beside *beside = context;

    qdpi_store_relaxed_int(&beside->begun, 1);
    for (uint64_t value = 0; qdpi_load_relaxed_int(&beside->stop) == 0; value = ~value)
        qdpi_store_release_u64(beside->word, value);
    return NULL;
}

static void *look(void *context)
{
    struct beside *beside = context;

    qdpi_store_relaxed_int(&beside->begun, 1);
    while (qdpi_load_relaxed_int(&beside->stop) == 0) {
        if (qdpi_load_acquire_u64(beside->word) + 1 > 1)
            beside->torn = 1;
    }
    return NULL;
}

/// What no trap shows: that the processor moves the words of a vector whole, too.
static void test_beside_a_guest(void **state)
{
    static const struct {
        size_t at;
        size_t size;
        size_t word;
    } cases[] = {{4, 12, 8},   {0, 12, 0},  {0, 16, 8},     {8, 24, 16},      {56, 64, 64},
                 {4, 100, 96}, {8, 48, 48}, {40, 200, 128}, {24, 4096, 2048}, {0, 8192, 4096}};
    static unsigned char data[2][ROOM];

    (void)state;
    memset(data[1], 0xff, ROOM);
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        const size_t at = cases[i / 2].at;
        const size_t size = cases[i / 2].size;
        const size_t word = cases[i / 2].word;
        const unsigned rounds = (unsigned)(10000000 / (size + 40));
        struct beside beside = {.word = (uint64_t *)(void *)(guest.guest + word)};
        pthread_t thread;
        uint64_t value = 0;

        memset(guest.guest, 0, ROOM);
        guest.ground.lost = 0;
        assert_int_equal(pthread_create(&thread, NULL, i % 2 == 0 ? change : look, &beside), 0);
        while (qdpi_load_relaxed_int(&beside.begun) == 0)
            (void)sched_yield();
        for (unsigned round = 0; round < rounds && value + 1 <= 1; round++) {
            if (i % 2 != 0) {
                (void)qdpi_copy_out(&guest.ground, guest.guest + at, data[round % 2], size);
            } else {
                (void)qdpi_copy_in(&guest.ground, guest.guest + at, data[0] + 1, size);
                memcpy(&value, data[0] + 1 + word - at, sizeof value);
            }
        }
        qdpi_store_relaxed_int(&beside.stop, 1);
        assert_int_equal(pthread_join(thread, NULL), 0);
        memset(data[0], 0, ROOM);
        if (value + 1 > 1 || beside.torn)
            fail_msg("%s of %zu at +%zu: word %zu torn", i % 2 == 0 ? "read" : "write", size, at,
                     word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_cut, start, tear_down),
        cmocka_unit_test_setup_teardown(test_long_cuts, start, tear_down),
        cmocka_unit_test_setup_teardown(test_lost_while_reading, start, tear_down),
        cmocka_unit_test_setup_teardown(test_beside_a_guest, start, tear_down),
    };
    return qdpi_run_group(tests);
}
