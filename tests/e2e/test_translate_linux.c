// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Translation against QEMU's own on a booted Linux, with 4 and with 5 levels of page tables: user
// process, direct map, vmalloc, kernel, modules; every page size, and rights, and what is not
// mapped. The guest stands still meanwhile. Without the guest of qemu/linux it is skipped.

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live_qemu.h"
#include "qdpi_cmocka.h"

#define PATIENCE_MS 30000U
#define BOOT_MS 150000U
#define MOST_RANGES 4096
#define PAGE 4096U

/** Random addresses in each region, and of those that are not mapped. */
#define ADDRESSES 800

static const char kernel[] = QDPI_TEST_LINUX "/kernel/boot/vmlinuz";
static const char initrd[] = QDPI_TEST_LINUX "/initrd.gz";

/** Pages side by side with the same rights. */
struct range {
    uint64_t first;
    uint64_t last;
    unsigned page; /**< QDPI_PAGE_WRITABLE, _USER and _NO_EXECUTE */
};

struct ranges {
    struct qdpi_bridge *bridge;
    unsigned unused_bits; /**< of an address, at its upper end */
    size_t count;
    struct range range[MOST_RANGES];
};

/** Where Linux has what, without KASLR (its Documentation/x86/x86_64/mm.rst). */
struct region {
    const char *name;
    uint64_t first;
    uint64_t last;
};

#define REGIONS 5

static const struct region regions_of_4_levels[REGIONS] = {
    {"user process", 0, UINT64_C(0x00007fffffffffff)},
    {"direct map", UINT64_C(0xffff888000000000), UINT64_C(0xffffc87fffffffff)},
    {"vmalloc", UINT64_C(0xffffc90000000000), UINT64_C(0xffffe8ffffffffff)},
    {"kernel", UINT64_C(0xffffffff80000000), UINT64_C(0xffffffffbfffffff)},
    {"modules", UINT64_C(0xffffffffc0000000), UINT64_C(0xffffffffff5fffff)},
};

static const struct region regions_of_5_levels[REGIONS] = {
    {"user process", 0, UINT64_C(0x00ffffffffffffff)},
    {"direct map", UINT64_C(0xff11000000000000), UINT64_C(0xff90ffffffffffff)},
    {"vmalloc", UINT64_C(0xffa0000000000000), UINT64_C(0xffd1ffffffffffff)},
    {"kernel", UINT64_C(0xffffffff80000000), UINT64_C(0xffffffffbfffffff)},
    {"modules", UINT64_C(0xffffffffc0000000), UINT64_C(0xffffffffff5fffff)},
};

struct comparison {
    struct qdpi_bridge *bridge;
    struct qdpi_paging paging;
    unsigned mapped;
    unsigned unmapped;
    unsigned by_size[31]; /**< log2 of the page size */
};

static uint64_t random_state;

static uint64_t draw_below(uint64_t count)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state * UINT64_C(0x2545f4914f6cdd1d) >> 8) % count;
}

// ---- The guests --------------------------------------------------------------------------------

static void launch(struct qdpi_live_qemu *qemu, const char *cpu)
{
    const char *const extra[] = {
        "-cpu",    cpu,    "-kernel", kernel,
        "-initrd", initrd, "-append", "console=ttyS0 quiet nokaslr panic=-1 qdpi.test=shell",
        NULL};

    // 1 GiB pages of the direct map need RAM for them.
    qdpi_live_launch(qemu, &(struct qdpi_live_options){.ram = "3G", .extra = extra});
}

static bool shows_prompt(const struct qdpi_live_qemu *qemu)
{
    char path[QDPI_LIVE_PATH_MAX];
    char line[512];
    bool found = false;
    FILE *console;

    qdpi_live_path(qemu, "console.log", path);
    console = fopen(path, "re");
    while (console != NULL && !found && fgets(line, sizeof line, console) != NULL)
        found = strstr(line, "/ #") != NULL;
    if (console != NULL)
        (void)fclose(console);
    return found;
}

static struct qdpi_bridge *await_shell(const struct qdpi_live_qemu *qemu)
{
    const uint64_t until = qdpi_live_in_ms(BOOT_MS);
    struct qdpi_bridge *bridge = qdpi_live_open(qemu);

    while (!shows_prompt(qemu)) {
        if (qdpi_live_ms_until(until) <= 0)
            fail_msg("Linux does not come to its prompt");
        qdpi_live_sleep_ms(50);
    }
    assert_int_equal(qdpi_guest_stop(bridge, PATIENCE_MS), 0);
    return bridge;
}

// ---- What is mapped ----------------------------------------------------------------------------

static void add_page(struct ranges *ranges, uint64_t gva, uint64_t size, unsigned page)
{
    struct range *before = ranges->count > 0 ? &ranges->range[ranges->count - 1] : NULL;

    // Linux maps each "espfix" stack at 65 536 places.
    if (gva >> 39 == UINT64_C(0x1fffffe))
        return;
    if (before != NULL && before->last + 1 == gva && before->page == page) {
        before->last += size;
        return;
    }
    assert_true(ranges->count < MOST_RANGES);
    ranges->range[ranges->count++] =
        (struct range){.first = gva, .last = gva + (size - 1), .page = page};
}

static unsigned narrow(unsigned page, uint64_t entry)
{
    return (page & ((entry & 2 ? QDPI_PAGE_WRITABLE : 0U) | (entry & 4 ? QDPI_PAGE_USER : 0U) |
                    QDPI_PAGE_NO_EXECUTE)) |
           (entry >> 63 != 0 ? QDPI_PAGE_NO_EXECUTE : 0U);
}

/** All that this table shows, from `gva` on. Other than the walk under test: from the tables to the
 *  addresses. */
static void add_table(struct ranges *ranges, int level, uint64_t table, uint64_t gva, unsigned page)
{
    const unsigned shift = 12U + 9U * (unsigned)(level - 1);
    uint64_t entries[512];

    assert_int_equal(qdpi_mem_read(ranges->bridge, table, entries, sizeof entries), 0);
    for (uint64_t i = 0; i < 512; i++) {
        const uint64_t here = gva | i << shift;
        const uint64_t signed_here =
            (uint64_t)((int64_t)(here << ranges->unused_bits) >> ranges->unused_bits);

        if ((entries[i] & 1) == 0)
            continue;
        if (level == 1 || (entries[i] & 0x80) != 0)
            add_page(ranges, signed_here, UINT64_C(1) << shift, narrow(page, entries[i]));
        else
            add_table(ranges, level - 1, entries[i] & UINT64_C(0x000ffffffffff000), here,
                      narrow(page, entries[i]));
    }
}

static void add_everything(struct ranges *ranges, const struct qdpi_paging *paging, int levels)
{
    ranges->count = 0;
    ranges->unused_bits = levels == 5 ? 64 - 57 : 64 - 48;
    add_table(ranges, levels, paging->cr3 & UINT64_C(0x000ffffffffff000), 0,
              QDPI_PAGE_WRITABLE | QDPI_PAGE_USER);
}

// ---- The comparison ----------------------------------------------------------------------------

/** `range` is where the address is, or NULL. */
static void compare(struct comparison *comparison, uint64_t gva, const struct range *range)
{
    const unsigned rights = QDPI_PAGE_USER | QDPI_PAGE_WRITABLE | QDPI_PAGE_NO_EXECUTE;
    struct qdpi_translation translation;
    uint64_t gpa = 0;
    const int result =
        qdpi_translate(comparison->bridge, &comparison->paging, gva, QDPI_ACCESS_ANY, &translation);
    const int by_qemu = qdpi_cpu_translate(comparison->bridge, 0, gva, &gpa, PATIENCE_MS);
    const char *sentence = qdpi_last_error(comparison->bridge);

    if (by_qemu < 0 || (by_qemu == 1) != (result == 0) || (result == 0 && gpa != translation.gpa))
        fail_msg("0x%" PRIx64 ": QEMU says %d, 0x%" PRIx64 "; here %d, 0x%" PRIx64 ": %s", gva,
                 by_qemu, gpa, result, translation.gpa, sentence);
    if (result != 0) {
        comparison->unmapped++;
        assert_null(range);
        return;
    }
    comparison->mapped++;
    comparison->by_size[__builtin_ctzll(translation.page_size)]++;
    if (range != NULL && (translation.page & rights) != range->page)
        fail_msg("0x%" PRIx64 ": rights 0x%x, by the tables 0x%x", gva, translation.page & rights,
                 range->page);
}

static bool is_in(const struct range *range, const struct region *region)
{
    return range->first >= region->first && range->last <= region->last;
}

/** Random addresses of a region, spread over its ranges, but over the largest one as a whole. */
static void compare_region(struct comparison *comparison, const struct region *region,
                           const struct range *ranges, size_t count)
{
    const struct range *own[MOST_RANGES];
    size_t own_count = 0;
    size_t largest = 0;

    for (size_t i = 0; i < count; i++) {
        if (!is_in(&ranges[i], region))
            continue;
        own[own_count] = &ranges[i];
        if (ranges[i].last - ranges[i].first > own[largest]->last - own[largest]->first)
            largest = own_count;
        own_count++;
    }
    if (own_count == 0)
        fail_msg("nothing is mapped in the region %s", region->name);
    for (int i = 0; i < ADDRESSES; i++) {
        const struct range *range = own[i % 2 == 0 ? largest : draw_below(own_count)];

        compare(comparison, range->first + draw_below(range->last - range->first + 1), range);
    }
}

/** First and last byte of the ranges and their neighbours, which may belong to another range. */
static void compare_edges(struct comparison *comparison, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        compare(comparison, ranges[i].first, &ranges[i]);
        compare(comparison, ranges[i].last, &ranges[i]);
        compare(comparison, ranges[i].first - 1, NULL);
        compare(comparison, ranges[i].last + 1, NULL);
    }
}

/** Between and around what is mapped, near and far, canonical and not. */
static void compare_elsewhere(struct comparison *comparison, const struct range *ranges,
                              size_t count)
{
    for (int i = 0; i < ADDRESSES; i++) {
        const struct range *range = &ranges[draw_below(count)];
        const uint64_t distance = draw_below(UINT64_C(1) << (12 + draw_below(44)));

        compare(comparison, i % 2 == 0 ? range->last + distance : range->first - distance, NULL);
    }
}

static void compare_guest(struct qdpi_bridge *bridge, const struct region regions[REGIONS],
                          int levels)
{
    static struct ranges all;
    struct comparison comparison = {.bridge = bridge};
    const struct range *ranges = all.range;
    size_t count;

    assert_int_equal(qdpi_cpu_paging(bridge, 0, &comparison.paging, PATIENCE_MS), 0);
    assert_int_equal((comparison.paging.cr4 >> 12 & 1) != 0, levels == 5);
    all.bridge = bridge;
    add_everything(&all, &comparison.paging, levels);
    count = all.count;
    for (size_t i = 0; i < REGIONS; i++) {
        const struct comparison before = comparison;

        compare_region(&comparison, &regions[i], ranges, count);
        print_message("%d levels, %s: %u addresses in 4K, %u in 2M, %u in 1G pages\n", levels,
                      regions[i].name, comparison.by_size[12] - before.by_size[12],
                      comparison.by_size[21] - before.by_size[21],
                      comparison.by_size[30] - before.by_size[30]);
    }
    compare_edges(&comparison, ranges, count);
    compare_elsewhere(&comparison, ranges, count);
    print_message("%d levels: %u addresses mapped (%u, %u, %u), %u not\n", levels,
                  comparison.mapped, comparison.by_size[12], comparison.by_size[21],
                  comparison.by_size[30], comparison.unmapped);
    assert_true(comparison.mapped + comparison.unmapped >= 5000);
    assert_true(comparison.unmapped >= 200);
    assert_true(comparison.by_size[12] >= 100);
    assert_true(comparison.by_size[21] >= 100);
    assert_true(comparison.by_size[30] >= 100);
}

static void test_four_levels(void **state)
{
    struct qdpi_live *live = *state;

    random_state = 2026;
    launch(&live->qemu[0], "max,la57=off");
    live->bridge[0] = await_shell(&live->qemu[0]);
    compare_guest(live->bridge[0], regions_of_4_levels, 4);
}

static void test_five_levels(void **state)
{
    struct qdpi_live *live = *state;

    random_state = 2026;
    launch(&live->qemu[0], "max,la57=on");
    live->bridge[0] = await_shell(&live->qemu[0]);
    compare_guest(live->bridge[0], regions_of_5_levels, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_four_levels),
        qdpi_live_test(test_five_levels),
    };

    if (!qdpi_live_is_installed() || access(kernel, R_OK) != 0 || access(initrd, R_OK) != 0)
        return QDPI_TEST_SKIPPED;
    // Every day one boot has to do; e2e.translate has five levels as well, without Linux.
    if (getenv("QDPI_TEST_ALL") == NULL)
        cmocka_set_test_filter("test_four_levels");
    return qdpi_run_group(tests);
}
