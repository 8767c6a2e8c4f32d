// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Where QEMU's machines put a RAM file: by the numbers, and against what QEMU itself printed.

#include "machine_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mtree.h"
#include "qdpi_cmocka.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

struct expected {
    uint64_t first;
    uint64_t last;
    uint64_t offset;
    enum qdpi_memory_kind kind;
};

static void assert_layout(enum qdpi_machine machine, uint64_t size, const struct expected *expected,
                          size_t count)
{
    struct {
        struct qdpi_map_range ranges[QDPI_MACHINE_LAYOUT_RANGES_MAX];
        uint64_t canary;
    } got = {.canary = 0x5555aaaa5555aaaa};

    assert_int_equal(qdpi_machine_layout(machine, size, got.ranges), count);
    assert_true(got.canary == 0x5555aaaa5555aaaa);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(got.ranges[i].first, expected[i].first);
        assert_int_equal(got.ranges[i].last, expected[i].last);
        assert_int_equal(got.ranges[i].offset, expected[i].offset);
        assert_int_equal(got.ranges[i].kind, expected[i].kind);
        assert_int_equal(got.ranges[i].file, 0);
        assert_null(got.ranges[i].host);
    }
}

/// flat: the file as it is, at GPA 0, however large.
static void test_layout_flat(void **state)
{
    const uint64_t sizes[] = {4 * KIB, 640 * KIB,        MIB, 3 * GIB, 0xe0000000,
                              5 * GIB, UINT64_C(1) << 62};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const struct expected whole = {0, sizes[i] - 1, 0, QDPI_MEMORY_RAM};
        assert_layout(QDPI_MACHINE_FLAT, sizes[i], &whole, 1);
    }
}

/// No bytes are no ranges.
static void test_layout_of_nothing(void **state)
{
    (void)state;
    assert_layout(QDPI_MACHINE_FLAT, 0, NULL, 0);
    assert_layout(QDPI_MACHINE_PC, 0, NULL, 0);
    assert_layout(QDPI_MACHINE_Q35, 0, NULL, 0);
}

/// Files smaller than 1 MiB end in the middle of the low ranges; no range is empty or reaches on.
static void test_layout_below_1m(void **state)
{
    const struct expected ranges[] = {{0, 640 * KIB - 1, 0, QDPI_MEMORY_RAM},
                                      {768 * KIB, 772 * KIB - 1, 768 * KIB, QDPI_MEMORY_ROM}};
    const struct expected page = {0, 4 * KIB - 1, 0, QDPI_MEMORY_RAM};

    (void)state;
    for (int machine = QDPI_MACHINE_PC; machine <= QDPI_MACHINE_Q35; machine++) {
        assert_layout((enum qdpi_machine)machine, 4 * KIB, &page, 1);
        assert_layout((enum qdpi_machine)machine, 640 * KIB, ranges, 1);
        assert_layout((enum qdpi_machine)machine, 644 * KIB, ranges, 1);
        assert_layout((enum qdpi_machine)machine, 768 * KIB, ranges, 1);
        assert_layout((enum qdpi_machine)machine, 772 * KIB, ranges, 2);
    }
}

static void assert_pc_like(enum qdpi_machine machine, uint64_t size, uint64_t below_4g)
{
    const struct expected ranges[] = {
        {0, 0x9ffff, 0, QDPI_MEMORY_RAM},
        {0xc0000, 0xfffff, 0xc0000, QDPI_MEMORY_ROM},
        {0x100000, below_4g - 1, 0x100000, QDPI_MEMORY_RAM},
        {4 * GIB, 4 * GIB + (size - below_4g) - 1, below_4g, QDPI_MEMORY_RAM},
    };
    size_t count = below_4g == MIB ? 2 : size == below_4g ? 3 : 4;

    assert_layout(machine, size, ranges, count);
}

/// Below the hole all RAM is in one piece; from its first byte on it is cut at the lower GiB.
static void test_layout_thresholds(void **state)
{
    const uint64_t huge = UINT64_C(1) << 62;

    (void)state;
    assert_pc_like(QDPI_MACHINE_PC, MIB, MIB);
    assert_pc_like(QDPI_MACHINE_PC, MIB + 4 * KIB, MIB + 4 * KIB);
    assert_pc_like(QDPI_MACHINE_PC, 512 * MIB, 512 * MIB);
    assert_pc_like(QDPI_MACHINE_PC, 3 * GIB, 3 * GIB);
    assert_pc_like(QDPI_MACHINE_PC, 3 * GIB + 4 * KIB, 3 * GIB + 4 * KIB);
    assert_pc_like(QDPI_MACHINE_PC, 0xe0000000 - 4 * KIB, 0xe0000000 - 4 * KIB);
    assert_pc_like(QDPI_MACHINE_PC, 0xe0000000, 0xc0000000);
    assert_pc_like(QDPI_MACHINE_PC, 0xe0000000 + 4 * KIB, 0xc0000000);
    assert_pc_like(QDPI_MACHINE_PC, 5 * GIB, 0xc0000000);
    assert_pc_like(QDPI_MACHINE_PC, huge, 0xc0000000);

    assert_pc_like(QDPI_MACHINE_Q35, MIB, MIB);
    assert_pc_like(QDPI_MACHINE_Q35, 512 * MIB, 512 * MIB);
    assert_pc_like(QDPI_MACHINE_Q35, 2 * GIB, 2 * GIB);
    assert_pc_like(QDPI_MACHINE_Q35, 0xb0000000 - 4 * KIB, 0xb0000000 - 4 * KIB);
    assert_pc_like(QDPI_MACHINE_Q35, 0xb0000000, 0x80000000);
    assert_pc_like(QDPI_MACHINE_Q35, 0xb0000000 + 4 * KIB, 0x80000000);
    assert_pc_like(QDPI_MACHINE_Q35, 5 * GIB, 0x80000000);
    assert_pc_like(QDPI_MACHINE_Q35, huge, 0x80000000);
}

/// Every layout is a memory map: disjoint, and no two neighbours that are one range.
static void test_layout_is_a_map(void **state)
{
    (void)state;
    for (int machine = QDPI_MACHINE_FLAT; machine <= QDPI_MACHINE_Q35; machine++) {
        for (uint64_t size = 4 * KIB; size < UINT64_C(1) << 62; size *= 2) {
            struct qdpi_map_range ranges[QDPI_MACHINE_LAYOUT_RANGES_MAX];
            size_t count = qdpi_machine_layout((enum qdpi_machine)machine, size, ranges);
            struct qdpi_memory_map *map = qdpi_memory_map_build(ranges, count);
            assert_non_null(map);
            assert_int_equal(map->count, count);
            assert_memory_equal(map->ranges, ranges, count * sizeof ranges[0]);
            free(map);
        }
    }
}

static char *read_fixture(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/mtree/%s", QDPI_TEST_FIXTURES, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    size_t length = fread(text, 1, 65535, file);
    assert_true(length > 0 && length < 65535);
    assert_int_equal(fclose(file), 0);
    return text;
}

/// Where QEMU says its RAM is, the layout has RAM of the same file offset, and nowhere else.
static void test_layout_is_that_of_qemu(void **state)
{
    static const struct {
        const char *fixture;
        enum qdpi_machine machine;
        uint64_t size;
    } cases[] = {
        {"pc_512m_reset.txt", QDPI_MACHINE_PC, 512 * MIB},
        {"pc_5g_reset.txt", QDPI_MACHINE_PC, 5 * GIB},
        {"layout_pc_2g.txt", QDPI_MACHINE_PC, 2 * GIB},
        {"layout_pc_2815m.txt", QDPI_MACHINE_PC, 2815 * MIB},
        {"layout_pc_2816m.txt", QDPI_MACHINE_PC, 2816 * MIB},
        {"layout_pc_2817m.txt", QDPI_MACHINE_PC, 2817 * MIB},
        {"layout_pc_3g.txt", QDPI_MACHINE_PC, 3 * GIB},
        {"layout_pc_3583m.txt", QDPI_MACHINE_PC, 3583 * MIB},
        {"layout_pc_3584m.txt", QDPI_MACHINE_PC, 3584 * MIB},
        {"layout_pc_3585m.txt", QDPI_MACHINE_PC, 3585 * MIB},
        {"layout_pc_4g.txt", QDPI_MACHINE_PC, 4 * GIB},
        {"q35_512m_reset.txt", QDPI_MACHINE_Q35, 512 * MIB},
        {"q35_5g_reset.txt", QDPI_MACHINE_Q35, 5 * GIB},
        {"layout_q35_2g.txt", QDPI_MACHINE_Q35, 2 * GIB},
        {"layout_q35_2815m.txt", QDPI_MACHINE_Q35, 2815 * MIB},
        {"layout_q35_2816m.txt", QDPI_MACHINE_Q35, 2816 * MIB},
        {"layout_q35_2817m.txt", QDPI_MACHINE_Q35, 2817 * MIB},
        {"layout_q35_3g.txt", QDPI_MACHINE_Q35, 3 * GIB},
        {"layout_q35_3583m.txt", QDPI_MACHINE_Q35, 3583 * MIB},
        {"layout_q35_3584m.txt", QDPI_MACHINE_Q35, 3584 * MIB},
        {"layout_q35_3585m.txt", QDPI_MACHINE_Q35, 3585 * MIB},
        {"layout_q35_4g.txt", QDPI_MACHINE_Q35, 4 * GIB},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct qdpi_map_range ranges[QDPI_MACHINE_LAYOUT_RANGES_MAX];
        struct qdpi_mtree_range *real;
        struct qdpi_error error = {.text = ""};
        char *text = read_fixture(cases[i].fixture);
        int real_count = qdpi_mtree_parse(text, "memory", &real, &error);
        size_t count = qdpi_machine_layout(cases[i].machine, cases[i].size, ranges);
        size_t next = 0;

        assert_true(real_count > 0);
        for (int j = 0; j < real_count; j++) {
            if (strcmp(real[j].name, "mem") != 0) {
                continue;
            }
            // Before the firmware has run, 0xc0000-0xfffff is the machine's own ROM.
            next += next < count && ranges[next].kind == QDPI_MEMORY_ROM;
            assert_true(next < count);
            assert_int_equal(real[j].kind, QDPI_MEMORY_RAM);
            assert_int_equal(real[j].first, ranges[next].first);
            assert_int_equal(real[j].last, ranges[next].last);
            assert_int_equal(real[j].offset, ranges[next].offset);
            next++;
        }
        assert_int_equal(next, count);
        free(real);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout_flat),     cmocka_unit_test(test_layout_of_nothing),
        cmocka_unit_test(test_layout_below_1m), cmocka_unit_test(test_layout_thresholds),
        cmocka_unit_test(test_layout_is_a_map), cmocka_unit_test(test_layout_is_that_of_qemu),
    };
    return qdpi_run_group(tests);
}
