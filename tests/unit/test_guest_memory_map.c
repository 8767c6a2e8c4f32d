// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// When guest memory asks for its map: expiry, the unsettled first megabyte, refused accesses and
// their rate limit, losses.

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "guest_memory.h"
#include "qdpi_cmocka.h"

#define RAM_SIZE ((size_t)0x200000)

/** RAM from 0 to `end`, of which the map source knows and the first map perhaps not. */
struct fixture {
    struct qdpi_guest_memory memory;
    struct qdpi_counters counters;
    unsigned char *bytes;
    pthread_mutex_t mutex;
    uint64_t end;
    int answer;
    unsigned asked;
    unsigned expire; /**< how many more times the map expires while it is asked for */
    bool lose;       /**< the guest is lost while it is asked for */
};

static struct qdpi_memory_map *make_map(unsigned char *bytes, uint64_t end)
{
    const struct qdpi_map_range range = {
        .first = 0, .last = end - 1, .host = bytes, .file = 0, .kind = QDPI_MEMORY_RAM};
    struct qdpi_memory_map *map = qdpi_memory_map_build(&range, 1);

    assert_non_null(map);
    return map;
}

static int source(void *context, struct qdpi_memory_map **map, struct qdpi_error *error)
{
    struct fixture *f = context;
    int answer;

    pthread_mutex_lock(&f->mutex);
    f->asked++;
    answer = f->answer;
    if (f->expire > 0) {
        f->expire--;
        qdpi_guest_memory_expire_map(&f->memory);
    }
    if (f->lose)
        qdpi_guest_memory_lose(&f->memory);
    *map = answer == 0 ? make_map(f->bytes, f->end) : NULL;
    pthread_mutex_unlock(&f->mutex);
    return answer == 0 ? 0 : qdpi_fail(error, answer, "the source was told to fail");
}

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->bytes = aligned_alloc(4096, RAM_SIZE);
    assert_non_null(f->bytes);
    memset(f->bytes, 0x42, RAM_SIZE);
    pthread_mutex_init(&f->mutex, NULL);
    f->end = 0x180000;
    qdpi_guest_memory_init(&f->memory, source, f, &f->counters);
    qdpi_guest_memory_prepare(&f->memory);
    *state = f;
    return qdpi_guest_memory_start(&f->memory, make_map(f->bytes, f->end), true, NULL);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    qdpi_guest_memory_destroy(&f->memory);
    pthread_mutex_destroy(&f->mutex);
    free(f->bytes);
    free(f);
    return 0;
}

static int get(struct fixture *f, uint64_t gpa, size_t size)
{
    unsigned char data[64];
    int result = qdpi_guest_memory_read(&f->memory, gpa, data, size, NULL);

    if (result == 0)
        assert_int_equal(data[size - 1], 0x42);
    return result;
}

static uint64_t counted(const struct fixture *f, enum qdpi_counter which)
{
    return f->counters.values[which];
}

/// Every access that touches 0xa0000-0xfffff asks, none beside it does, however close.
static void test_unsettled_is_asked_for_always(void **state)
{
    static const struct {
        uint64_t gpa;
        size_t size;
        unsigned asks;
    } cases[] = {{0x9fff8, 8, 0}, {0x9fff9, 8, 1},  {0x9ffff, 1, 0},  {0x9ffff, 2, 1},
                 {0xa0000, 1, 1}, {0xc0000, 4, 1},  {0xffff8, 8, 1},  {0xfffff, 1, 1},
                 {0xfffff, 9, 1}, {0x100000, 1, 0}, {0x100000, 8, 0}, {0x9fff0, 16, 0},
                 {0x0, 64, 0},    {0xfffc1, 64, 1}};
    struct fixture *f = *state;
    const unsigned char data[64] = {0};
    const uint8_t strobe[8] = {0x01, 0, 0, 0, 0, 0, 0, 0};
    size_t written = 0;
    uint64_t was = 0;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (unsigned again = 0; again < 3; again++) {
            f->asked = 0;
            memset(f->bytes, 0x42, RAM_SIZE);
            assert_int_equal(get(f, cases[i].gpa, cases[i].size), 0);
            assert_int_equal(f->asked, cases[i].asks);
            assert_int_equal(
                qdpi_guest_memory_write(&f->memory, cases[i].gpa, data, cases[i].size, NULL), 0);
            assert_int_equal(f->asked, 2 * cases[i].asks);
        }
    }
    f->asked = 0;
    assert_int_equal(
        qdpi_guest_memory_write_strobed(&f->memory, 0xb0000, data, strobe, 64, &written, NULL), 0);
    assert_int_equal(f->asked, 1);
    assert_int_equal(
        qdpi_guest_memory_atomic(&f->memory, 0xf0000, 8, QDPI_ATOMIC_SWAP, 0, 1, &was, NULL), 0);
    assert_int_equal(f->asked, 2);
    assert_int_equal(counted(f, QDPI_COUNTER_MAP_CHANGES), 0);
}

/// What the newest map says holds for the unsettled part: RAM that is gone cannot be had.
static void test_unsettled_follows_the_newest_map(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(get(f, 0xc0000, 4), 0);
    f->end = 0xc0000;
    assert_int_equal(get(f, 0xc0000, 4), -EFAULT);
    assert_int_equal(get(f, 0x100000, 4), -EFAULT);
    f->end = 0x180000;
    assert_int_equal(get(f, 0xc0000, 4), 0);
    assert_int_equal(get(f, 0x100000, 4), 0);
    assert_int_equal(counted(f, QDPI_COUNTER_MAP_CHANGES), 2);
}

/// If the map cannot be had, an access that needs it fails with the reason; others go on.
static void test_source_fails(void **state)
{
    struct fixture *f = *state;
    struct qdpi_error error = {.text = ""};
    const struct qdpi_memory_map *map;
    unsigned char data[4] = {1, 2, 3, 4};

    f->answer = -ETIMEDOUT;
    assert_int_equal(qdpi_guest_memory_read(&f->memory, 0xa0000, data, 4, &error), -ETIMEDOUT);
    assert_string_equal(error.text, "the source was told to fail");
    assert_int_equal(data[0], 1);
    assert_int_equal(get(f, 0x1000, 8), 0);
    qdpi_guest_memory_expire_map(&f->memory);
    assert_int_equal(get(f, 0x1000, 8), -ETIMEDOUT);
    assert_int_equal(qdpi_guest_memory_map(&f->memory, &map, NULL), -ETIMEDOUT);
    f->answer = 0;
    assert_int_equal(get(f, 0x1000, 8), 0);
}

/// After an expiry, the next access asks, once; an unchanged map is no change.
static void test_expiry(void **state)
{
    struct fixture *f = *state;
    const struct qdpi_memory_map *map;

    assert_int_equal(get(f, 0x1000, 8), 0);
    assert_int_equal(f->asked, 0);
    qdpi_guest_memory_expire_map(&f->memory);
    qdpi_guest_memory_expire_map(&f->memory);
    assert_int_equal(get(f, 0x1000, 8), 0);
    assert_int_equal(get(f, 0x1000, 8), 0);
    assert_int_equal(f->asked, 1);
    assert_int_equal(counted(f, QDPI_COUNTER_MAP_DISCOVERIES), 1);
    assert_int_equal(counted(f, QDPI_COUNTER_MAP_CHANGES), 0);
    qdpi_guest_memory_expire_map(&f->memory);
    assert_int_equal(qdpi_guest_memory_map(&f->memory, &map, NULL), 0);
    assert_int_equal(map->ranges[0].last, f->end - 1);
    assert_int_equal(f->asked, 2);
    f->end = 0x1a0000;
    qdpi_guest_memory_expire_map(&f->memory);
    assert_int_equal(get(f, 0x190000, 8), 0);
    assert_int_equal(counted(f, QDPI_COUNTER_MAP_CHANGES), 1);
}

/// A map that expires while it is asked for is not used: the access asks again.
static void test_expiry_while_asking(void **state)
{
    struct fixture *f = *state;

    f->expire = 3;
    qdpi_guest_memory_expire_map(&f->memory);
    assert_int_equal(get(f, 0x1000, 8), 0);
    assert_int_equal(f->asked, 4);
    f->expire = 2;
    f->asked = 0;
    assert_int_equal(get(f, 0xa0000, 8), 0);
    assert_int_equal(f->asked, 3);
}

/// A guest whose map expires again and again, because it wants to, does not hold up an access for
/// ever.
static void test_expiry_for_ever(void **state)
{
    struct fixture *f = *state;
    uint64_t word = 0;

    f->expire = UINT32_MAX;
    qdpi_guest_memory_expire_map(&f->memory);
    assert_int_equal(get(f, 0x1000, 8), 0);
    assert_int_equal(f->asked, 8);
    // Each access anew: nothing is remembered that may not be true any more.
    assert_int_equal(qdpi_guest_memory_write(&f->memory, 0x1000, &word, 8, NULL), 0);
    assert_int_equal(f->asked, 16);
    f->expire = 0;
    assert_int_equal(qdpi_guest_memory_read(&f->memory, 0x1000, &word, 8, NULL), 0);
    assert_int_equal(f->asked, 17);
    assert_int_equal(qdpi_guest_memory_read(&f->memory, 0x1000, &word, 8, NULL), 0);
    assert_int_equal(f->asked, 17);
}

/// A map that expires between being asked for and being given as the first one is not used either.
static void test_expiry_while_attaching(void **state)
{
    struct fixture *f = *state;

    qdpi_guest_memory_stop(&f->memory);
    assert_int_equal(get(f, 0x1000, 8), -ENOTCONN);
    qdpi_guest_memory_prepare(&f->memory);
    qdpi_guest_memory_expire_map(&f->memory);
    f->end = 0x1000;
    assert_int_equal(qdpi_guest_memory_start(&f->memory, make_map(f->bytes, RAM_SIZE), true, NULL),
                     0);
    assert_int_equal(get(f, 0x1000, 8), -EFAULT);
    assert_int_equal(get(f, 0x0, 8), 0);
    assert_int_equal(f->asked, 1);
}

/// A guest that is lost while the map is asked for stays lost.
static void test_lost_while_asking(void **state)
{
    struct fixture *f = *state;
    const struct qdpi_memory_map *map;

    f->lose = true;
    assert_int_equal(get(f, 0xa0000, 8), -ENOTCONN);
    assert_int_equal(get(f, 0x1000, 8), -ENOTCONN);
    assert_int_equal(qdpi_guest_memory_refresh(&f->memory, NULL), -ENOTCONN);
    assert_int_equal(qdpi_guest_memory_map(&f->memory, &map, NULL), -ENOTCONN);
    assert_int_equal(f->asked, 1);
}

/// Before "nothing there" is answered, the map is asked for: memory that has come is found.
static void test_refusal_asks_first(void **state)
{
    struct fixture *f = *state;

    f->end = 0x1c0000;
    assert_int_equal(get(f, 0x1b0000, 8), 0);
    assert_int_equal(f->asked, 1);
    assert_int_equal(get(f, 0x1b0000, 8), 0);
    assert_int_equal(f->asked, 1);
    assert_int_equal(counted(f, QDPI_COUNTER_MAP_CHANGES), 1);
}

/// Refused accesses ask at most 20 times a second, and, when time has passed, again.
static void test_refusals_are_rate_limited(void **state)
{
    struct fixture *f = *state;
    const uint64_t began = qdpi_clock_us();
    uint64_t refused = 0;

    do {
        assert_int_equal(get(f, 0x1b0000, 8), -EFAULT);
        refused++;
        assert_true(f->asked <= 1 + (qdpi_clock_us() - began) / 50000);
    } while (f->asked < 4);
    assert_true(qdpi_clock_us() - began >= 150000);
    assert_true(refused >= f->asked);
    assert_int_equal(f->asked, counted(f, QDPI_COUNTER_MAP_DISCOVERIES));
}

/// A map that cannot change (endpoint file:) is never asked for, not even where it is unsettled.
static void test_fixed_map(void **state)
{
    struct fixture *f = *state;

    qdpi_guest_memory_stop(&f->memory);
    qdpi_guest_memory_prepare(&f->memory);
    assert_int_equal(qdpi_guest_memory_start(&f->memory, make_map(f->bytes, f->end), false, NULL),
                     0);
    assert_int_equal(get(f, 0xa0000, 8), 0);
    assert_int_equal(get(f, 0x1b0000, 8), -EFAULT);
    assert_int_equal(get(f, 0x17fffc, 8), -EFAULT);
    assert_int_equal(f->asked, 0);
}

struct reader {
    struct fixture *f;
    unsigned failures;
};

static void *read_much(void *argument)
{
    struct reader *reader = argument;
    uint64_t word;

    for (unsigned i = 0; i < 3000; i++) {
        const uint64_t gpa = (uint64_t)(i % 3) * 0x60000 + 0x1000;

        if (qdpi_guest_memory_read(&reader->f->memory, gpa, &word, 8, NULL) != 0 ||
            word != UINT64_C(0x4242424242424242))
            reader->failures++;
    }
    return NULL;
}

/// Readers in several threads, while the map changes and expires under them, always find RAM.
static void test_readers_while_the_map_changes(void **state)
{
    enum { READERS = 3 };
    struct fixture *f = *state;
    struct reader readers[READERS];
    pthread_t threads[READERS];

    for (size_t i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.f = f};
        assert_int_equal(pthread_create(&threads[i], NULL, read_much, &readers[i]), 0);
    }
    for (unsigned i = 0; i < 300; i++) {
        pthread_mutex_lock(&f->mutex);
        f->end = UINT64_C(0x180000) + (i % 16) * 0x1000;
        pthread_mutex_unlock(&f->mutex);
        if (i % 2 == 0)
            qdpi_guest_memory_expire_map(&f->memory);
        else
            assert_int_equal(qdpi_guest_memory_refresh(&f->memory, NULL), 0);
    }
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(readers[i].failures, 0);
    }
    assert_true(f->memory.history.count <= 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_unsettled_is_asked_for_always, start, tear_down),
        cmocka_unit_test_setup_teardown(test_unsettled_follows_the_newest_map, start, tear_down),
        cmocka_unit_test_setup_teardown(test_source_fails, start, tear_down),
        cmocka_unit_test_setup_teardown(test_expiry, start, tear_down),
        cmocka_unit_test_setup_teardown(test_expiry_while_asking, start, tear_down),
        cmocka_unit_test_setup_teardown(test_expiry_for_ever, start, tear_down),
        cmocka_unit_test_setup_teardown(test_expiry_while_attaching, start, tear_down),
        cmocka_unit_test_setup_teardown(test_lost_while_asking, start, tear_down),
        cmocka_unit_test_setup_teardown(test_refusal_asks_first, start, tear_down),
        cmocka_unit_test_setup_teardown(test_refusals_are_rate_limited, start, tear_down),
        cmocka_unit_test_setup_teardown(test_fixed_map, start, tear_down),
        cmocka_unit_test_setup_teardown(test_readers_while_the_map_changes, start, tear_down),
    };
    return qdpi_run_group(tests);
}
