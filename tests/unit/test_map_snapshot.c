// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Looking up in a memory map: the edges of ranges, and the first gap of an access.

#include "map_snapshot.h"

#include "qdpi_cmocka.h"

// A PC with its hole, ROM with and without a file, a device, and RAM up to the last address.
static struct qdpi_memory_range ranges[] = {
    {0, 0x9ffff, QDPI_MEMORY_RAM, "ram", 0},
    {0xc0000, 0xfffff, QDPI_MEMORY_ROM, "ram", 0xc0000},
    {0x100000, 0x1fffff, QDPI_MEMORY_RAM, "ram", 0x100000},
    {0x200000, 0x200fff, QDPI_MEMORY_RAM, "dimm", 0},
    {0xfee00000, 0xfee00fff, QDPI_MEMORY_DEVICE, NULL, 0},
    {0xfffc0000, 0xffffffff, QDPI_MEMORY_ROM, NULL, 0},
    {0xfffffffffffff000, UINT64_MAX, QDPI_MEMORY_RAM, "high", 0},
};
static const struct qdpi_map_snapshot map = {ranges, sizeof ranges / sizeof ranges[0]};

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(qdpi_map_snapshot_find(&map, 0), &ranges[0]);
    assert_ptr_equal(qdpi_map_snapshot_find(&map, 0x9ffff), &ranges[0]);
    assert_null(qdpi_map_snapshot_find(&map, 0xa0000));
    assert_null(qdpi_map_snapshot_find(&map, 0xbffff));
    assert_ptr_equal(qdpi_map_snapshot_find(&map, 0x100000), &ranges[2]);
    assert_ptr_equal(qdpi_map_snapshot_find(&map, 0x200000), &ranges[3]);
    assert_ptr_equal(qdpi_map_snapshot_find(&map, UINT64_MAX), &ranges[6]);
    assert_null(qdpi_map_snapshot_find(&map, 0x201000));
}

static void assert_gap(uint64_t first, uint64_t last, bool writable, uint64_t expected)
{
    uint64_t gap = 0;
    assert_true(qdpi_map_snapshot_first_gap(&map, first, last, writable, &gap));
    assert_int_equal(gap, expected);
}

static void assert_no_gap(uint64_t first, uint64_t last, bool writable)
{
    uint64_t gap = 0;
    assert_false(qdpi_map_snapshot_first_gap(&map, first, last, writable, &gap));
}

static void test_first_gap(void **state)
{
    (void)state;
    assert_no_gap(0, 0x9ffff, true);
    assert_gap(0, 0xa0000, true, 0xa0000);
    assert_gap(0x9ffff, 0xc0000, false, 0xa0000);
    assert_gap(0xb1234, 0xb1234, false, 0xb1234);
    assert_no_gap(0xc0000, 0x200fff, false);
    assert_gap(0xc0000, 0x200fff, true, 0xc0000);
    assert_no_gap(0x100000, 0x200fff, true);
    assert_gap(0x100000, UINT64_MAX, true, 0x201000);
    assert_gap(0xfee00000, 0xfee00003, false, 0xfee00000);
    assert_gap(0xfffc0000, 0xfffc0003, false, 0xfffc0000);
    assert_no_gap(0xfffffffffffff000, UINT64_MAX, true);
    assert_gap(0xffffffffffffefff, UINT64_MAX, true, 0xffffffffffffefff);
}

/// A guest without any memory.
static void test_empty(void **state)
{
    const struct qdpi_map_snapshot empty = {0};
    uint64_t gap = 0;
    (void)state;
    assert_null(qdpi_map_snapshot_find(&empty, 0));
    assert_true(qdpi_map_snapshot_first_gap(&empty, 5, 5, false, &gap));
    assert_int_equal(gap, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_first_gap),
        cmocka_unit_test(test_empty),
    };
    return qdpi_run_group(tests);
}
