// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads, writes, strobes and atomics at a GPA: whole or nothing, and when the map is asked for.

#include "guest_memory.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest_memory_fast.h"
#include "qdpi_cmocka.h"

#define SIZE ((size_t)0x8000)
#define TOP (UINT64_MAX - 0xfff)  // 4 KiB of RAM at the very end

/** Guest memory over two arrays, with a map that the test can change. */
struct fixture {
    struct qdpi_guest_memory memory;
    struct qdpi_counters counters;
    struct qdpi_error error;
    unsigned char *low;  /**< what stands below 1 MiB and up, in pieces */
    unsigned char *high; /**< another file */
    struct qdpi_map_range ranges[8];
    size_t count;
    int answer;       /**< of the map source; 0: the map */
    unsigned asked;   /**< how often the source was called */
    bool expire_once; /**< the map expires while it is asked for */
};

static struct qdpi_map_range ram(uint64_t gpa, uint64_t size, unsigned char *host, int file)
{
    return (struct qdpi_map_range){.first = gpa,
                                   .last = gpa + (size - 1),
                                   .host = host,
                                   .offset = 0,
                                   .file = file,
                                   .kind = QDPI_MEMORY_RAM};
}

static int source(void *context, struct qdpi_memory_map **map, struct qdpi_error *error)
{
    struct fixture *f = context;

    f->asked++;
    if (f->answer != 0)
        return qdpi_fail(error, f->answer, "the source was told to fail");
    if (f->expire_once) {
        f->expire_once = false;
        qdpi_guest_memory_expire_map(&f->memory);
    }
    *map = qdpi_memory_map_build(f->ranges, f->count);
    return *map != NULL ? 0 : -ENOMEM;
}

/** RAM 0x1000-0x2fff, RAM of another file 0x3000-0x3fff, ROM 0x4000-0x4fff, a device
 *  0x5000-0x5fff, a hole, RAM 0x9f000-0xa0fff, RAM at TOP. */
static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct qdpi_memory_map *map;

    assert_non_null(f);
    f->low = aligned_alloc(4096, SIZE);
    assert_non_null(f->low);
    f->high = aligned_alloc(4096, SIZE);
    assert_non_null(f->high);
    for (size_t i = 0; i < SIZE; i++) {
        f->low[i] = (unsigned char)(i * 5 + 1);
        f->high[i] = (unsigned char)(i * 11 + 3);
    }
    f->ranges[0] = ram(0x1000, 0x2000, f->low, 0);
    f->ranges[1] = ram(0x3000, 0x1000, f->high, 1);
    f->ranges[2] = ram(0x4000, 0x1000, f->low + 0x2000, 0);
    f->ranges[2].kind = QDPI_MEMORY_ROM;
    f->ranges[3] = ram(0x5000, 0x1000, NULL, QDPI_MAP_NO_FILE);
    f->ranges[3].kind = QDPI_MEMORY_DEVICE;
    f->ranges[4] = ram(0x9f000, 0x2000, f->low + 0x3000, 0);
    f->ranges[5] = ram(TOP, 0x1000, f->high + 0x1000, 1);
    f->count = 6;
    qdpi_guest_memory_init(&f->memory, source, f, &f->counters);
    qdpi_guest_memory_prepare(&f->memory);
    map = qdpi_memory_map_build(f->ranges, f->count);
    if (map == NULL || qdpi_guest_memory_start(&f->memory, map, true, NULL) != 0)
        return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    qdpi_guest_memory_destroy(&f->memory);
    free(f->low);
    free(f->high);
    free(f);
    return 0;
}

static int get(struct fixture *f, uint64_t gpa, void *data, size_t size)
{
    f->error.text[0] = '\0';
    return qdpi_guest_memory_read(&f->memory, gpa, data, size, &f->error);
}

static int put(struct fixture *f, uint64_t gpa, const void *data, size_t size)
{
    f->error.text[0] = '\0';
    return qdpi_guest_memory_write(&f->memory, gpa, data, size, &f->error);
}

static int put_strobed(struct fixture *f, uint64_t gpa, const void *data, const uint8_t *strobes,
                       size_t size)
{
    size_t written = SIZE_MAX;
    size_t set = 0;
    int result;

    f->error.text[0] = '\0';
    result =
        qdpi_guest_memory_write_strobed(&f->memory, gpa, data, strobes, size, &written, &f->error);
    for (size_t i = 0; i < size; i++)
        set += (unsigned)strobes[i / 8] >> (i % 8) & 1U;
    assert_true(result != 0 || written == set);
    return result;
}

static bool says(const struct fixture *f, const char *words)
{
    return strstr(f->error.text, words) != NULL;
}

/// Any length at any alignment arrives as it is, both ways, and nothing beside it is touched.
static void test_every_length_and_alignment(void **state)
{
    struct fixture *f = *state;
    unsigned char before[64];
    unsigned char data[40];
    unsigned char back[40];

    for (size_t at = 0; at < 9; at++) {
        for (size_t size = 0; size <= 33; size++) {
            for (size_t i = 0; i < sizeof data; i++)
                data[i] = (unsigned char)(at * 31 + size * 7 + i);
            memcpy(before, f->low, sizeof before);
            assert_int_equal(put(f, 0x1000 + at, data, size), 0);
            assert_memory_equal(f->low, before, at);
            assert_memory_equal(f->low + at, data, size);
            assert_memory_equal(f->low + at + size, before + at + size, sizeof before - at - size);
            memset(back, 0xee, sizeof back);
            assert_int_equal(get(f, 0x1000 + at, back, size), 0);
            assert_memory_equal(back, data, size);
            for (size_t i = size; i < sizeof back; i++)
                assert_int_equal(back[i], 0xee);
        }
    }
    assert_int_equal(f->asked, 0);
}

/// An access goes on from one range into the next, whatever file is behind it.
static void test_across_ranges(void **state)
{
    struct fixture *f = *state;
    unsigned char data[0x20];
    unsigned char all[0x4000];

    assert_int_equal(get(f, 0x2ff0, data, sizeof data), 0);
    assert_memory_equal(data, f->low + 0x1ff0, 0x10);
    assert_memory_equal(data + 0x10, f->high, 0x10);
    memset(data, 0x5a, sizeof data);
    assert_int_equal(put(f, 0x2ff8, data, 0x10), 0);
    assert_memory_equal(f->low + 0x1ff8, data, 8);
    assert_memory_equal(f->high, data, 8);
    assert_int_equal(f->high[8], 8 * 11 + 3);
    // Three ranges, the last of them ROM, which can be read.
    assert_int_equal(get(f, 0x1000, all, sizeof all), 0);
    assert_memory_equal(all, f->low, 0x2000);
    assert_memory_equal(all + 0x2000, f->high, 0x1000);
    assert_memory_equal(all + 0x3000, f->low + 0x2000, 0x1000);
}

/// Refused is refused whole: data and guest stay as they were, and the sentence names the GPA that
/// is at fault and what stands there.
static void test_refused_whole(void **state)
{
    static const struct {
        uint64_t gpa;
        size_t size;
        int read;
        int write;
        const char *write_words;
    } cases[] = {
        {0x0, 1, -EFAULT, -EFAULT, "nothing stands at 0x0"},
        {0xffe, 4, -EFAULT, -EFAULT, "nothing stands at 0xffe"},
        {0x3ff0, 0x11, 0, -EROFS, "ROM stands at 0x4000"},
        {0x4000, 8, 0, -EROFS, "ROM stands at 0x4000"},
        {0x4ff8, 0x10, -EFAULT, -EROFS, "ROM stands at 0x4ff8"},
        {0x5800, 4, -EFAULT, -EFAULT, "a device, or memory without a shared file"},
        {0x1000, 0x5000, -EFAULT, -EROFS, "ROM stands at 0x4000"},
        {0x1000, SIZE, -EFAULT, -EROFS, "ROM stands at 0x4000"},
        {0x7000, 1, -EFAULT, -EFAULT, "nothing stands at 0x7000"},
        {TOP - 1, 2, -EFAULT, -EFAULT, "nothing stands at 0xffffffffffffefff"},
    };
    struct fixture *f = *state;
    unsigned char *data = malloc(SIZE);
    unsigned char *low = malloc(SIZE);
    unsigned char *high = malloc(SIZE);

    assert_true(data != NULL && low != NULL && high != NULL);
    memcpy(low, f->low, SIZE);
    memcpy(high, f->high, SIZE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(data, 0xa7, SIZE);
        assert_int_equal(get(f, cases[i].gpa, data, cases[i].size), cases[i].read);
        if (cases[i].read != 0) {
            assert_true(says(f, "read of ") && says(f, "give the device an address in RAM"));
            for (size_t j = 0; j < SIZE; j++)
                assert_int_equal(data[j], 0xa7);
        }
        assert_int_equal(put(f, cases[i].gpa, data, cases[i].size), cases[i].write);
        assert_true(says(f, cases[i].write_words));
        assert_memory_equal(f->low, low, SIZE);
        assert_memory_equal(f->high, high, SIZE);
    }
    free(data);
    free(low);
    free(high);
}

/// The last byte of the address space can be had; one more wraps and is invalid, for strobed
/// writes even if no byte behind the end is selected, and above all not when one is: GPA 0 and up
/// must not be written instead.
static void test_end_of_address_space(void **state)
{
    struct fixture *f = *state;
    unsigned char data[16];
    unsigned char before[16];

    f->ranges[f->count++] = ram(0, 0x1000, f->high + 0x2000, 1);
    assert_int_equal(qdpi_guest_memory_refresh(&f->memory, NULL), 0);
    memcpy(before, f->high + 0x2000, sizeof before);
    memset(data, 0x77, sizeof data);
    assert_int_equal(put(f, UINT64_MAX - 7, data, 8), 0);
    assert_memory_equal(f->high + 0x1ff8, data, 8);
    assert_int_equal(get(f, UINT64_MAX, data, 1), 0);
    for (size_t past = 1; past <= 8; past++) {
        uint8_t strobes[2] = {0xff, 0xff};

        assert_int_equal(get(f, UINT64_MAX - 7, data, 8 + past), -EINVAL);
        assert_true(says(f, "past the end of the address space"));
        assert_int_equal(put(f, UINT64_MAX - 7, data, 8 + past), -EINVAL);
        strobes[0] = 0xfe;
        assert_int_equal(put_strobed(f, UINT64_MAX - 7, data, strobes, 8 + past), -EINVAL);
        strobes[0] = 0x00;
        assert_int_equal(put_strobed(f, UINT64_MAX - 7, data, strobes, 8 + past), -EINVAL);
        strobes[0] = 0x0f;
        strobes[1] = 0x00;
        assert_int_equal(put_strobed(f, UINT64_MAX - 7, data, strobes, 8 + past), -EINVAL);
    }
    assert_memory_equal(f->high + 0x2000, before, sizeof before);
}

/// Every strobe pattern of 1 to 17 bytes, compared with a byte-wise reference: in one range, and
/// (up to 9 bytes, and all-but-one of longer ones) astride two files.
static void test_every_strobe_pattern(void **state)
{
    struct fixture *f = *state;
    unsigned char data[24];
    unsigned char expected[32];

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(0x80 + i);
    for (size_t size = 1; size <= 17; size++) {
        for (uint32_t pattern = 0; pattern < UINT32_C(1) << size; pattern++) {
            // The bits behind the last byte must not matter.
            const uint32_t noisy = pattern | (pattern % 3 == 0 ? UINT32_MAX << size : 0);
            const uint8_t strobes[3] = {(uint8_t)noisy, (uint8_t)(noisy >> 8),
                                        (uint8_t)(noisy >> 16)};
            const size_t at = 3 + pattern % 5;

            memset(f->low, 0x11, sizeof expected);
            memset(expected, 0x11, sizeof expected);
            for (size_t i = 0; i < size; i++)
                expected[at + i] = (pattern >> i & 1) != 0 ? data[i] : 0x11;
            if (put_strobed(f, 0x1000 + at, data, strobes, size) != 0 ||
                memcmp(f->low, expected, sizeof expected) != 0)
                fail_msg("size %zu, pattern 0x%x", size, pattern);
            if (size > 9 && (pattern & (pattern + 1)) != 0)
                continue;
            memset(f->low + 0x1ff0, 0x11, 0x10);
            memset(f->high, 0x11, 0x10);
            memset(expected, 0x11, sizeof expected);
            for (size_t i = 0; i < size; i++)
                expected[12 + i] = (pattern >> i & 1) != 0 ? data[i] : 0x11;
            if (put_strobed(f, 0x2ffc, data, strobes, size) != 0 ||
                memcmp(f->low + 0x1ff0, expected, 16) != 0 ||
                memcmp(f->high, expected + 16, 16) != 0)
                fail_msg("astride: size %zu, pattern 0x%x", size, pattern);
        }
    }
    assert_int_equal(f->asked, 0);
}

/// Long runs, of set and of other strobes, wherever they begin and end in words of strobes: as a
/// byte-wise reference has it, and said to be all set only when they are.
static void test_long_runs_of_strobes(void **state)
{
    enum { BYTES = 300 };
    struct fixture *f = *state;
    unsigned char data[BYTES];
    unsigned char expected[BYTES];

    for (size_t i = 0; i < BYTES; i++)
        data[i] = (unsigned char)(1 + i % 250);
    for (unsigned seed = 0; seed < 4000; seed++) {
        const size_t size = 1 + seed * 7919U % BYTES;
        const size_t first = seed * 104729U % size;
        const size_t last = first + seed * 1299709U % (size - first);
        const bool inside = seed % 2 == 0;
        uint8_t strobes[(BYTES + 7) / 8] = {0};

        for (size_t i = 0; i < size; i++) {
            if ((i >= first && i <= last) == inside)
                strobes[i / 8] |= (uint8_t)(1U << i % 8);
            expected[i] = (i >= first && i <= last) == inside ? data[i] : 0;
        }
        memset(f->low, 0, BYTES);
        assert_int_equal(put_strobed(f, 0x1000, data, strobes, size), 0);
        assert_memory_equal(f->low, expected, size);
        assert_int_equal(qdpi_all_set(strobes, size), inside && first == 0 && last == size - 1);
        memset(strobes, 0xff, size / 8);
        strobes[size / 8] = (uint8_t)((1U << size % 8) - 1U);
        assert_true(qdpi_all_set(strobes, size));
    }
}

/// Only selected bytes need RAM beneath them; if one has none, no byte is written.
static void test_strobes_over_holes(void **state)
{
    struct fixture *f = *state;
    const unsigned char data[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    unsigned char before[8];
    const uint8_t lower[2] = {0x7f, 0x00};
    const uint8_t one_more[2] = {0x01, 0x01};
    const uint8_t none[2] = {0x00, 0x00};

    assert_int_equal(put_strobed(f, 0x3ff8, data, lower, 16), 0);
    assert_memory_equal(f->high + 0xff8, data, 7);
    assert_int_equal(f->high[0xfff], (unsigned char)(0xfff * 11 + 3));
    memcpy(before, f->high + 0xff8, 8);
    assert_int_equal(put_strobed(f, 0x3ff8, data + 3, one_more, 16), -EROFS);
    assert_true(says(f, "ROM stands at 0x4000"));
    assert_memory_equal(f->high + 0xff8, before, 8);
    assert_int_equal(put_strobed(f, 0x5ff8, data, one_more, 16), -EFAULT);
    assert_int_equal(put_strobed(f, 0x5000, data, none, 16), 0);
    assert_int_equal(put_strobed(f, 0x7000, data, none, 16), 0);
    assert_int_equal(put_strobed(f, 0x7000, data, none, 0), 0);
}

/** A page that cannot be used as it is, and what stands somewhere else until that is noticed. */
static struct {
    unsigned char *page;
    const unsigned char *elsewhere;
    unsigned char before[0x1000];
    int faults;
    int changed;
} lack;

static void on_lack(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
    lack.faults++;
    lack.changed |= memcmp(lack.elsewhere, lack.before, sizeof lack.before) != 0;
    // If it is about something else, it comes again, and ends the test.
    if (lack.faults > 1 || mprotect(lack.page, sizeof lack.before, PROT_READ | PROT_WRITE) != 0)
        (void)signal(SIGSEGV, SIG_DFL);
}

static void begin_lack(unsigned char *page, int protection, const unsigned char *elsewhere)
{
    struct sigaction action = {.sa_sigaction = on_lack, .sa_flags = SA_SIGINFO};

    lack.page = page;
    lack.elsewhere = elsewhere;
    memcpy(lack.before, elsewhere, sizeof lack.before);
    lack.faults = 0;
    lack.changed = 0;
    assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
    assert_int_equal(mprotect(page, sizeof lack.before, protection), 0);
}

static void end_lack(void)
{
    (void)signal(SIGSEGV, SIG_DFL);
    assert_int_equal(mprotect(lack.page, sizeof lack.before, PROT_READ | PROT_WRITE), 0);
}

/** Writes across pages of which one has `protection`: it is looked at before any is changed. */
static void write_with_lack(struct fixture *f, int protection)
{
    static const struct {
        uint64_t gpa;
        size_t size;
    } cases[] = {{0x1ff0, 0x20}, {0x1fe8, 0x40}, {0x1ffd, 5}, {0x1fff, 0x3f}, {0x1100, 0x1801}};
    unsigned char data[0x2000];
    uint8_t strobes[0x400];

    memset(data, 0xd7, sizeof data);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(f->low, 0, 0x2000);
        begin_lack(f->low + 0x1000, protection, f->low);
        assert_int_equal(put(f, cases[i].gpa, data, cases[i].size), 0);
        end_lack();
        assert_true(lack.faults == 1 && !lack.changed);
        assert_memory_equal(f->low + (cases[i].gpa - 0x1000), data, cases[i].size);
    }
    // From one file into the next, and with strobes on both sides of a gap.
    begin_lack(f->high, protection, f->low + 0x1000);
    assert_int_equal(put(f, 0x2ff8, data, 0x10), 0);
    end_lack();
    assert_true(lack.faults == 1 && !lack.changed);
    memset(strobes, 0, sizeof strobes);
    strobes[0] = 0xff;
    strobes[0x3ff] = 0x80;
    memset(f->low, 0, 0x2000);
    begin_lack(f->low + 0x1000, protection, f->low);
    assert_int_equal(put_strobed(f, 0x1000, data, strobes, 0x2000), 0);
    end_lack();
    assert_true(lack.faults == 1 && !lack.changed);
    assert_true(f->low[7] == 0xd7 && f->low[0x1fff] == 0xd7 && f->low[0x1ffe] == 0);
}

/// A write has each of its pages before it changes one, so that it fails whole. On a disk, that a
/// page can be read does not say that it can be written: there a store is tried.
static void test_pages_are_had_before_a_write(void **state)
{
    struct fixture *f = *state;

    write_with_lack(f, PROT_NONE);
    f->memory.ground.hollow = 1;
    write_with_lack(f, PROT_READ);
    f->memory.ground.hollow = 0;
}

/// Where no strobe is set, nothing is touched: neither before the bytes that are written nor behind
/// them, though it is in the same range.
static void test_pages_without_strobes(void **state)
{
    struct fixture *f = *state;
    const unsigned char data[32] = {1, 2, 3};
    const uint8_t lower[4] = {0x7e, 0xff, 0, 0};
    const uint8_t upper[4] = {0, 0, 0x0f, 0x80};

    begin_lack(f->low + 0x1000, PROT_NONE, f->low);
    assert_int_equal(put_strobed(f, 0x1ff0, data, lower, 32), 0);
    end_lack();
    assert_int_equal(lack.faults, 0);
    begin_lack(f->low, PROT_NONE, f->low + 0x1000);
    assert_int_equal(put_strobed(f, 0x1ff0, data, upper, 32), 0);
    end_lack();
    assert_int_equal(lack.faults, 0);
}

/// Atomics: the three operations at both sizes, wrapping around, and what they must refuse with
/// the word and the caller's variable left alone.
static void test_atomics(void **state)
{
    struct fixture *f = *state;
    uint64_t word = UINT64_C(0xfedcba9876543210);
    uint64_t was = 0;

    assert_int_equal(put(f, 0x1008, &word, 8), 0);
    assert_int_equal(
        qdpi_guest_memory_atomic(&f->memory, 0x1008, 8, QDPI_ATOMIC_SWAP, 0, 5, &was, NULL), 0);
    assert_int_equal(was, word);
    assert_int_equal(qdpi_guest_memory_atomic(&f->memory, 0x1008, 8, QDPI_ATOMIC_FETCH_ADD, 0,
                                              UINT64_MAX - 1, &was, NULL),
                     0);
    assert_int_equal(was, 5);
    assert_int_equal(qdpi_guest_memory_atomic(&f->memory, 0x1008, 8, QDPI_ATOMIC_COMPARE_AND_SWAP,
                                              4, 9, &was, NULL),
                     0);
    assert_int_equal(was, 3);  // not swapped
    assert_int_equal(qdpi_guest_memory_atomic(&f->memory, 0x1008, 8, QDPI_ATOMIC_COMPARE_AND_SWAP,
                                              3, UINT64_C(0x1122334455667788), &was, NULL),
                     0);
    assert_int_equal(was, 3);
    assert_int_equal(qdpi_guest_memory_atomic(&f->memory, 0x100c, 4, QDPI_ATOMIC_FETCH_ADD, 0,
                                              UINT64_C(0xffffffffeeddccbc), &was, NULL),
                     0);
    assert_int_equal(was, 0x11223344);
    assert_int_equal(get(f, 0x1008, &word, 8), 0);
    assert_int_equal(word, UINT64_C(0x0000000055667788));
    assert_int_equal(
        qdpi_guest_memory_atomic(&f->memory, 0x1008, 4, QDPI_ATOMIC_SWAP, 0, 1, &was, NULL), 0);
    assert_int_equal(was, 0x55667788);
    assert_int_equal(qdpi_guest_memory_atomic(&f->memory, 0x1008, 4, QDPI_ATOMIC_COMPARE_AND_SWAP,
                                              1, 2, &was, NULL),
                     0);
    assert_int_equal(was, 1);

    was = 4711;
    for (uint64_t at = 1; at < 8; at++) {
        f->error.text[0] = '\0';
        assert_int_equal(qdpi_guest_memory_atomic(&f->memory, 0x1010 + at, 8, QDPI_ATOMIC_SWAP, 0,
                                                  1, &was, &f->error),
                         -EINVAL);
        assert_true(says(f, "must be a multiple of 8"));
        assert_int_equal(qdpi_guest_memory_atomic(&f->memory, 0x1010 + at, 4, QDPI_ATOMIC_SWAP, 0,
                                                  1, &was, NULL),
                         at == 4 ? 0 : -EINVAL);
        was = 4711;
    }
    assert_int_equal(
        qdpi_guest_memory_atomic(&f->memory, 0x4000, 8, QDPI_ATOMIC_SWAP, 0, 1, &was, NULL),
        -EROFS);
    assert_int_equal(
        qdpi_guest_memory_atomic(&f->memory, 0x5000, 4, QDPI_ATOMIC_SWAP, 0, 1, &was, NULL),
        -EFAULT);
    assert_int_equal(
        qdpi_guest_memory_atomic(&f->memory, 0x0, 4, QDPI_ATOMIC_SWAP, 0, 1, &was, NULL), -EFAULT);
    qdpi_guest_memory_lose(&f->memory);
    assert_int_equal(
        qdpi_guest_memory_atomic(&f->memory, 0x1008, 4, QDPI_ATOMIC_SWAP, 0, 1, &was, NULL),
        -ENOTCONN);
    assert_int_equal(was, 4711);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_length_and_alignment, start, tear_down),
        cmocka_unit_test_setup_teardown(test_across_ranges, start, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_whole, start, tear_down),
        cmocka_unit_test_setup_teardown(test_end_of_address_space, start, tear_down),
        cmocka_unit_test_setup_teardown(test_every_strobe_pattern, start, tear_down),
        cmocka_unit_test_setup_teardown(test_long_runs_of_strobes, start, tear_down),
        cmocka_unit_test_setup_teardown(test_strobes_over_holes, start, tear_down),
        cmocka_unit_test_setup_teardown(test_pages_are_had_before_a_write, start, tear_down),
        cmocka_unit_test_setup_teardown(test_pages_without_strobes, start, tear_down),
        cmocka_unit_test_setup_teardown(test_atomics, start, tear_down),
    };
    return qdpi_run_group(tests);
}
