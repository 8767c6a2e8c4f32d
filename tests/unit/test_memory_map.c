// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory map: order, merging, look-up and comparison of GPA ranges.

#include "memory_map.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "qdpi_cmocka.h"

static unsigned char host_memory[0x4000];

/** 4 KiB of RAM in file 0 at host_memory, starting at page `page` of all three. */
static struct qdpi_map_range ram_page(unsigned page)
{
    return (struct qdpi_map_range){
        .first = page * 0x1000u,
        .last = page * 0x1000u + 0xfff,
        .host = host_memory + page * 0x1000u,
        .offset = page * 0x1000u,
        .file = 0,
        .kind = QDPI_MEMORY_RAM,
    };
}

static struct qdpi_map_range device(uint64_t first, uint64_t last)
{
    return (struct qdpi_map_range){
        .first = first, .last = last, .file = QDPI_MAP_NO_FILE, .kind = QDPI_MEMORY_DEVICE};
}

static struct qdpi_memory_map *build(const struct qdpi_map_range *ranges, size_t count)
{
    struct qdpi_memory_map *map = qdpi_memory_map_build(ranges, count);

    assert_non_null(map);
    return map;
}

/// A map of nothing is a map in which nothing is found.
static void test_build_empty(void **state)
{
    struct qdpi_memory_map *map = build(NULL, 0);

    (void)state;
    assert_int_equal(map->count, 0);
    assert_null(qdpi_memory_map_find(map, 0));
    assert_null(qdpi_memory_map_find(map, UINT64_MAX));
    free(map);
}

/// The order of the input does not matter, and the input is not touched.
static void test_build_sorts(void **state)
{
    const struct qdpi_map_range ranges[] = {device(0x9000, 0x9fff), device(0x1000, 0x1fff),
                                            device(0x5000, 0x5000)};
    struct qdpi_map_range copy[3];

    (void)state;
    memcpy(copy, ranges, sizeof copy);
    struct qdpi_memory_map *map = build(ranges, 3);
    assert_memory_equal(copy, ranges, sizeof copy);
    assert_int_equal(map->count, 3);
    assert_int_equal(map->ranges[0].first, 0x1000);
    assert_int_equal(map->ranges[1].first, 0x5000);
    assert_int_equal(map->ranges[1].last, 0x5000);
    assert_int_equal(map->ranges[2].first, 0x9000);
    assert_int_equal(map->ranges[2].last, 0x9fff);
    free(map);
}

/// Neighbours that continue each other in everything become one, however many and in any order.
static void test_build_merges_continuations(void **state)
{
    const struct qdpi_map_range ranges[] = {ram_page(2), ram_page(0), ram_page(3), ram_page(1)};
    struct qdpi_memory_map *map = build(ranges, 4);

    (void)state;
    assert_int_equal(map->count, 1);
    assert_int_equal(map->ranges[0].first, 0);
    assert_int_equal(map->ranges[0].last, 0x3fff);
    assert_ptr_equal(map->ranges[0].host, host_memory);
    assert_int_equal(map->ranges[0].offset, 0);
    assert_int_equal(map->ranges[0].file, 0);
    assert_int_equal(map->ranges[0].kind, QDPI_MEMORY_RAM);
    free(map);
}

/// A difference in any single field keeps neighbours apart.
static void test_build_keeps_differences_apart(void **state)
{
    (void)state;
    for (int field = 0; field < 7; field++) {
        struct qdpi_map_range ranges[] = {ram_page(0), ram_page(1)};
        switch (field) {
        case 0:  // a gap of one byte
            ranges[0].last--;
            break;
        case 1:
            ranges[1].kind = QDPI_MEMORY_ROM;
            break;
        case 2:
            ranges[1].file = 1;
            break;
        case 3:
            ranges[1].offset++;
            break;
        case 4:
            ranges[1].host++;
            break;
        case 5:
            ranges[0].host = NULL;
            break;
        default:
            ranges[1].host = NULL;
            break;
        }
        struct qdpi_memory_map *map = build(ranges, 2);
        assert_int_equal(map->count, 2);
        assert_true(memcmp(&map->ranges[0], &ranges[0], sizeof ranges[0]) == 0);
        assert_true(memcmp(&map->ranges[1], &ranges[1], sizeof ranges[1]) == 0);
        free(map);
    }
}

/// Without host addresses (a layout that is not mapped yet), file and offset decide.
static void test_build_merges_unmapped(void **state)
{
    struct qdpi_map_range ranges[] = {ram_page(0), ram_page(1), ram_page(2)};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        ranges[i].host = NULL;
    }
    ranges[2].offset = 0x8000;
    struct qdpi_memory_map *map = build(ranges, 3);
    assert_int_equal(map->count, 2);
    assert_int_equal(map->ranges[0].last, 0x1fff);
    assert_int_equal(map->ranges[1].offset, 0x8000);
    free(map);
}

/// Devices side by side are one range: there is no file for an offset to count in.
static void test_build_merges_devices(void **state)
{
    struct qdpi_map_range ranges[] = {device(0x1000, 0x1fff), device(0x2000, 0x2fff),
                                      device(0x3000, 0x3fff)};

    (void)state;
    ranges[1].offset = 0x77;
    struct qdpi_memory_map *map = build(ranges, 3);
    assert_int_equal(map->count, 1);
    assert_int_equal(map->ranges[0].first, 0x1000);
    assert_int_equal(map->ranges[0].last, 0x3fff);
    free(map);
}

/// What is merged takes no room: maps are kept, and counted by what is left of the ranges.
static void test_merged_ranges_take_no_room(void **state)
{
    enum { COUNT = 1000 };
    static struct qdpi_map_range ranges[COUNT];
    struct qdpi_memory_map *one;
    struct qdpi_memory_map *merged;

    (void)state;
    for (unsigned i = 0; i < COUNT; i++)
        ranges[i] = device(UINT64_C(0x1000) * i, UINT64_C(0x1000) * i + 0xfff);
    one = build(ranges, 1);
    merged = build(ranges, COUNT);
    assert_int_equal(merged->count, 1);
    assert_int_equal(malloc_usable_size(merged), malloc_usable_size(one));
    free(one);
    free(merged);
}

/// Nothing is behind 2^64 - 1, so 0 is not the neighbour of it.
static void test_build_at_the_end_of_the_address_space(void **state)
{
    const struct qdpi_map_range ranges[] = {device(UINT64_MAX - 0xfff, UINT64_MAX),
                                            device(0, 0xfff),
                                            device(0x8000000000000000, UINT64_MAX - 0x1000)};
    struct qdpi_memory_map *map = build(ranges, 3);

    (void)state;
    assert_int_equal(map->count, 2);
    assert_int_equal(map->ranges[0].first, 0);
    assert_int_equal(map->ranges[1].first, 0x8000000000000000);
    assert_int_equal(map->ranges[1].last, UINT64_MAX);
    assert_ptr_equal(qdpi_memory_map_find(map, UINT64_MAX), &map->ranges[1]);
    assert_ptr_equal(qdpi_memory_map_find(map, 0x8000000000000000), &map->ranges[1]);
    assert_null(qdpi_memory_map_find(map, 0x7fffffffffffffff));
    free(map);

    const struct qdpi_map_range everything = device(0, UINT64_MAX);
    map = build(&everything, 1);
    assert_ptr_equal(qdpi_memory_map_find(map, 0), &map->ranges[0]);
    assert_ptr_equal(qdpi_memory_map_find(map, UINT64_MAX), &map->ranges[0]);
    free(map);
}

static void assert_refused(const struct qdpi_map_range *ranges, size_t count, int reason)
{
    errno = 0;
    assert_null(qdpi_memory_map_build(ranges, count));
    assert_int_equal(errno, reason);
}

/// Two things at one address, or a range that ends before it begins, is no map.
static void test_build_refuses_nonsense(void **state)
{
    const struct qdpi_map_range touching_twice[] = {device(0x1000, 0x2000), device(0x2000, 0x2fff)};
    const struct qdpi_map_range same[] = {device(0x1000, 0x1fff), device(0x1000, 0x1fff)};
    const struct qdpi_map_range inside[] = {device(0, UINT64_MAX), device(0x1000, 0x1fff)};
    const struct qdpi_map_range at_end[] = {device(UINT64_MAX, UINT64_MAX), device(5, UINT64_MAX)};
    const struct qdpi_map_range merged_first[] = {ram_page(0), ram_page(1), device(0x1fff, 0x2fff)};
    const struct qdpi_map_range backward[] = {device(0, 0xfff), device(0x2000, 0x1fff)};

    (void)state;
    assert_refused(touching_twice, 2, EINVAL);
    assert_refused(same, 2, EINVAL);
    assert_refused(inside, 2, EINVAL);
    assert_refused(at_end, 2, EINVAL);
    assert_refused(merged_first, 3, EINVAL);
    assert_refused(backward, 2, EINVAL);
}

/// Every address of a map with many ranges and holes is found where it is, and nowhere else.
static void test_find_every_address(void **state)
{
    enum { COUNT = 33, STRIDE = 5, LENGTH = 3 };
    struct qdpi_map_range ranges[COUNT];

    (void)state;
    for (unsigned count = 1; count <= COUNT; count++) {
        for (unsigned i = 0; i < count; i++) {
            ranges[i] = device(10 + i * STRIDE, 10 + i * STRIDE + LENGTH - 1);
        }
        struct qdpi_memory_map *map = build(ranges, count);
        assert_int_equal(map->count, count);
        for (unsigned gpa = 0; gpa < 10 + (count + 2) * STRIDE; gpa++) {
            unsigned index = (gpa - 10) / STRIDE;
            bool is_inside = gpa >= 10 && index < count && (gpa - 10) % STRIDE < LENGTH;
            assert_ptr_equal(qdpi_memory_map_find(map, gpa),
                             is_inside ? &map->ranges[index] : NULL);
        }
        free(map);
    }
}

/** RAM [first, last], mapped at an address that tells its GPA; nobody accesses it. */
static struct qdpi_map_range far_ram(uint64_t first, uint64_t last)
{
    const uintptr_t host = 0x10000 + (uintptr_t)(first & ((UINT64_C(1) << 46) - 1));

    return (struct qdpi_map_range){.first = first,
                                   .last = last,
                                   .host = (unsigned char *)host,
                                   .offset = first,
                                   .file = 0,
                                   .kind = QDPI_MEMORY_RAM};
}

/** What the hot path does. */
static bool glance(const struct qdpi_memory_map *map, uint64_t gpa, size_t size,
                   unsigned char **host)
{
    return qdpi_memory_map_locate(map, gpa, size, host);
}

/** A glance tells exactly whether all of the access is in one range of RAM that is mapped, and none
 *  of it where the firmware switches. */
static void check_glance(const struct qdpi_memory_map *map, uint64_t gpa, size_t size)
{
    const struct qdpi_map_range *range = qdpi_memory_map_find(map, gpa);
    const uint64_t last = gpa + (size - 1);
    unsigned char *host = NULL;

    const bool wanted = size > 0 && last >= gpa && range != NULL &&
                        range->kind == QDPI_MEMORY_RAM && range->host != NULL &&
                        last <= range->last &&
                        (gpa >= QDPI_UNSETTLED_END || last < QDPI_UNSETTLED_FIRST);

    assert_int_equal(glance(map, gpa, size, &host), wanted);
    if (wanted)
        assert_ptr_equal(host, range->host + (gpa - range->first));
}

/** Glance around every boundary, with sizes that end before, at and behind it. */
static void check_glances(const struct qdpi_memory_map *map)
{
    static const uint64_t distances[] = {0, 1, 2, 7, 8, 63, 64, 4095, 4096, 65536};
    static const size_t sizes[] = {0, 1, 2, 8, 64, 4096, 4097, SIZE_MAX};
    uint64_t places[3];

    for (size_t i = 0; i <= map->count; i++) {
        places[0] = i < map->count ? map->ranges[i].first : QDPI_UNSETTLED_FIRST;
        places[1] = i < map->count ? map->ranges[i].last : QDPI_UNSETTLED_END;
        places[2] = places[0] + (places[1] - places[0]) / 2;
        for (size_t at = 0; at < 3 * sizeof distances / sizeof distances[0]; at++) {
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
                check_glance(map, places[at % 3] - distances[at / 3], sizes[s]);
                check_glance(map, places[at % 3] + distances[at / 3], sizes[s]);
            }
        }
    }
}

/// A glance is never wrong: RAM with ROM, devices, holes and unmapped RAM between, at
/// any place of the address space, in any number.
static void test_glance_is_never_wrong(void **state)
{
    enum { COUNT = 300 };
    static struct qdpi_map_range ranges[COUNT];
    uint64_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        const size_t count = 1 + round * 7U % COUNT;
        uint64_t gpa = round % 3 == 0 ? 0 : UINT64_C(1) << round;

        for (size_t i = 0; i < count; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
            uint64_t length = UINT64_C(1) << (seed >> 60);

            length += seed >> 40 & 0xfff;
            ranges[i] = far_ram(gpa, gpa + length);
            if ((seed >> 33 & 7) == 0)
                ranges[i].kind = QDPI_MEMORY_ROM;
            else if ((seed >> 33 & 7) == 1)
                ranges[i] = device(ranges[i].first, ranges[i].last);
            gpa = ranges[i].last + 1 + ((seed >> 36 & 1) != 0 ? seed >> 37 & 0xffff : 0);
        }
        struct qdpi_memory_map *map = build(ranges, count);
        check_glances(map);
        free(map);
    }
    const struct qdpi_map_range ends[] = {far_ram(0, 0xfff),
                                          far_ram(UINT64_MAX - 0xfff, UINT64_MAX)};
    struct qdpi_memory_map *map = build(ends, 2);
    check_glances(map);
    free(map);
    map = build(ends, 0);
    check_glance(map, 0, 1);
    free(map);
}

/// RAM of a PC, of any size, and of many pieces of one size, is found at a glance.
static void test_glance_finds_ram(void **state)
{
    enum { COUNT = 1000 };
    static struct qdpi_map_range ranges[2 * COUNT];
    const uint64_t piece = UINT64_C(64) << 20;
    unsigned char *host;

    (void)state;
    for (unsigned gib = 5; gib <= 64; gib++) {
        const uint64_t last = ((uint64_t)gib << 30) + (UINT64_C(1) << 30) - 1;
        const struct qdpi_map_range pc[] = {far_ram(0, 0xbfffffff), device(0xfee00000, 0xfeefffff),
                                            far_ram(UINT64_C(1) << 32, last)};
        struct qdpi_memory_map *map = build(pc, 3);

        for (uint64_t gpa = QDPI_UNSETTLED_END; gpa < last; gpa += UINT64_C(1) << 24) {
            const bool is_ram = gpa <= 0xbfffffff || gpa >= UINT64_C(1) << 32;

            assert_int_equal(glance(map, gpa, 4096, &host), is_ram);
        }
        free(map);
    }
    for (size_t i = 0; i < COUNT; i++) {
        ranges[2 * i] = far_ram(i * 2 * piece, i * 2 * piece + piece - 1);
        ranges[2 * i + 1] = device((i * 2 + 1) * piece, (i * 2 + 1) * piece + 0xfff);
    }
    struct qdpi_memory_map *map = build(ranges, sizeof ranges / sizeof ranges[0]);
    for (size_t i = 1; i < COUNT; i++) {
        assert_true(glance(map, i * 2 * piece, 64, &host));
        assert_true(glance(map, i * 2 * piece + piece - 64, 64, &host));
    }
    free(map);
}

/// Equal means equal in every field of every range, and in nothing else.
static void test_equal(void **state)
{
    const struct qdpi_map_range ranges[] = {ram_page(0), device(0x5000, 0x5fff)};
    struct qdpi_memory_map *a = build(ranges, 2);
    struct qdpi_memory_map *b = build(ranges, 2);
    struct qdpi_memory_map *shorter = build(ranges, 1);
    struct qdpi_memory_map *empty = build(ranges, 0);

    (void)state;
    assert_true(qdpi_memory_map_equal(a, a));
    assert_true(qdpi_memory_map_equal(a, b));
    assert_true(qdpi_memory_map_equal(empty, empty));
    assert_false(qdpi_memory_map_equal(a, shorter));
    assert_false(qdpi_memory_map_equal(shorter, a));
    assert_false(qdpi_memory_map_equal(empty, a));

    for (size_t i = 0; i < 2; i++) {
        const struct qdpi_map_range original = b->ranges[i];
        struct qdpi_map_range *range = &b->ranges[i];
        for (int field = 0; field < 6; field++) {
            *range = original;
            range->first += field == 0;
            range->last += field == 1;
            range->offset += field == 2;
            range->file += field == 3;
            range->host = field == 4 ? host_memory + 1 : range->host;
            range->kind = field == 5 ? QDPI_MEMORY_ROM : range->kind;
            assert_false(qdpi_memory_map_equal(a, b));
        }
        *range = original;
    }
    // The bytes between the fields do not count.
    memset(b->ranges, 0xff, 2 * sizeof b->ranges[0]);
    for (size_t i = 0; i < 2; i++) {
        b->ranges[i].first = a->ranges[i].first;
        b->ranges[i].last = a->ranges[i].last;
        b->ranges[i].host = a->ranges[i].host;
        b->ranges[i].offset = a->ranges[i].offset;
        b->ranges[i].file = a->ranges[i].file;
        b->ranges[i].kind = a->ranges[i].kind;
    }
    assert_true(qdpi_memory_map_equal(a, b));
    free(a);
    free(b);
    free(shorter);
    free(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build_empty),
        cmocka_unit_test(test_build_sorts),
        cmocka_unit_test(test_build_merges_continuations),
        cmocka_unit_test(test_build_keeps_differences_apart),
        cmocka_unit_test(test_build_merges_unmapped),
        cmocka_unit_test(test_build_merges_devices),
        cmocka_unit_test(test_merged_ranges_take_no_room),
        cmocka_unit_test(test_build_at_the_end_of_the_address_space),
        cmocka_unit_test(test_build_refuses_nonsense),
        cmocka_unit_test(test_find_every_address),
        cmocka_unit_test(test_glance_is_never_wrong),
        cmocka_unit_test(test_glance_finds_ram),
        cmocka_unit_test(test_equal),
    };
    return qdpi_run_group(tests);
}
