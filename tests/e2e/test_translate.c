// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Translation against QEMU's own: page tables of random contents, in every paging mode that a CPU
// of QEMU can be in, with A20 and without.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live_qemu.h"
#include "qdpi_cmocka.h"

#define PATIENCE_MS 30000U

/** Of guest_modes.S. */
#define CODE_PAGE UINT64_C(0x100000)
#define MAILBOX_PAGE UINT64_C(0x101000)
enum mailbox {
    MAILBOX_REQUEST = 0,
    MAILBOX_ANSWER = 8,
    MAILBOX_CR0 = 16,
};

#define PG (UINT64_C(1) << 31)
#define PE UINT64_C(1)
#define PSE (UINT64_C(1) << 4)
#define PAE (UINT64_C(1) << 5)
#define PGE (UINT64_C(1) << 7)
#define LA57 (UINT64_C(1) << 12)
#define LME (UINT64_C(1) << 8)
#define NXE (UINT64_C(1) << 11)

/** The tables: one a level that leads to the guest's own pages, then those of random contents, also
 *  by level. */
#define TABLES UINT64_C(0x200000)
#define MOST_LEVELS 5
#define RANDOM_TABLES 10
#define ALL_TABLES (MOST_LEVELS * (1 + RANDOM_TABLES))
#define PAGE 4096

static const char guest_file[] = QDPI_TEST_GUEST_MODES;

struct mode {
    const char *name;
    uint64_t cr4;
    uint64_t efer;
    int levels;
    unsigned entry_size;
    unsigned gva_bits;
};

static const struct mode modes[] = {
    {"32-bit", 0, 0, 2, 4, 32},
    {"32-bit, 4 MiB pages", PSE | PGE, 0, 2, 4, 32},
    {"PAE", PAE | PGE, 0, 3, 8, 32},
    {"PAE, NX", PAE, NXE, 3, 8, 32},
    {"4 levels", PAE, LME, 4, 8, 48},
    {"4 levels, NX", PAE | PGE, LME | NXE, 4, 8, 48},
    {"5 levels", PAE | LA57, LME, 5, 8, 57},
    {"5 levels, NX", PAE | LA57 | PGE, LME | NXE, 5, 8, 57},
};

struct tally {
    unsigned compared;
    unsigned unmapped;
    unsigned by_size[31]; /**< log2 of the page size */
    unsigned reserved;    /**< of which QEMU's answer knows nothing */
};

static uint64_t random_state;

static uint64_t draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned draw_below(unsigned count)
{
    return (unsigned)((draw() >> 32) % count);
}

// ---- Tables of random contents -----------------------------------------------------------------

/** One of the tables of random contents for `level`. */
static uint64_t random_table(int level)
{
    const unsigned first = MOST_LEVELS + (unsigned)(level - 1) * RANDOM_TABLES;

    return TABLES + (uint64_t)PAGE * (first + draw_below(RANDOM_TABLES));
}

/** The address of a large page with its PAT bit, or of a table. */
static uint64_t random_address(const struct mode *mode, int level, bool large)
{
    const uint64_t anywhere = draw() & UINT64_C(0x000ffffffffff000);

    if (!large)
        return level > 1 ? random_table(level - 1) : anywhere;
    if (mode->entry_size == 4)
        return anywhere & 0xffdff000;
    return anywhere & (level == 3 ? UINT64_C(0x000fffffc0001000) : UINT64_C(0x000fffffffe01000));
}

/** An entry that mostly leads on. */
static uint64_t random_entry(const struct mode *mode, int level)
{
    const uint64_t flags = draw() & 0x7e;  // not the bit for large pages, not the one for present
    const bool may_be_large = level == 2 || (level == 3 && mode->levels > 3);
    uint64_t entry;

    switch (draw_below(16)) {
    case 0:
        return draw() & ~UINT64_C(1);
    case 1:
        entry = (draw() & UINT64_C(0x000ffffffffff000)) | flags | 1;
        break;
    case 2:
        entry = (draw() & UINT64_C(0x1ffff000)) | flags | 1;  // wherever in RAM
        break;
    case 3:
    case 4:
    case 5:
        entry = random_address(mode, level, may_be_large) | flags | 1 | (may_be_large ? 0x80 : 0);
        break;
    case 6:
        if (draw_below(4) == 0)
            return draw() | 1;  // whatever bits
        // fall through
    default:
        entry = random_address(mode, level, false) | flags | 1;
        break;
    }
    if ((mode->efer & NXE) != 0 && draw_below(4) == 0)
        entry |= UINT64_C(1) << 63;
    if ((mode->efer & LME) != 0 && draw_below(2) == 0)
        entry |= draw() & UINT64_C(0x7ff0000000000e00);  // what the MMU has to ignore
    return entry;
}

static void put_entry(unsigned char *table, const struct mode *mode, unsigned index, uint64_t entry)
{
    memcpy(table + (size_t)index * mode->entry_size, &entry, mode->entry_size);
}

/** The level of the table `number`. */
static int level_of(const struct mode *mode, int number)
{
    return number < MOST_LEVELS ? mode->levels - number
                                : (number - MOST_LEVELS) / RANDOM_TABLES + 1;
}

static void make_tables(struct qdpi_bridge *bridge, const struct mode *mode)
{
    static unsigned char tables[ALL_TABLES][PAGE];

    for (int table = 0; table < ALL_TABLES; table++) {
        for (unsigned index = 0; index < PAGE / mode->entry_size; index++)
            put_entry(tables[table], mode, index, random_entry(mode, level_of(mode, table)));
    }
    // The four upper ones of PAE have few bits that may be set.
    for (unsigned index = 1; mode->levels == 3 && index < 4; index++)
        put_entry(tables[0], mode, index, random_table(2) | 1);
    for (int i = 0; i < mode->levels - 1; i++)
        put_entry(tables[i], mode, 0,
                  (TABLES + (uint64_t)PAGE * (uint64_t)(i + 1)) |
                      (mode->levels == 3 && i == 0 ? 0x01 : 0x63));
    put_entry(tables[mode->levels - 1], mode, CODE_PAGE / PAGE, CODE_PAGE | 0x63);
    put_entry(tables[mode->levels - 1], mode, MAILBOX_PAGE / PAGE, MAILBOX_PAGE | 0x63);
    assert_int_equal(qdpi_mem_write(bridge, TABLES, tables, sizeof tables), 0);
}

// ---- The guest ---------------------------------------------------------------------------------

static void start_guest(struct qdpi_live *live)
{
    static const char *const extra[] = {"-cpu", "max,la57=on", "-kernel", guest_file, NULL};

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.extra = extra});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
}

/** Have the guest enter a mode, and stand still there. @return the registers it was given. */
static struct qdpi_paging enter(struct qdpi_bridge *bridge, const struct mode *mode)
{
    static uint64_t request;
    const uint64_t until = qdpi_live_in_ms(PATIENCE_MS);
    const struct qdpi_paging paging = {
        .cr0 = PG | PE, .cr3 = TABLES, .cr4 = mode->cr4, .efer = mode->efer};
    const uint64_t registers[] = {paging.cr0, paging.cr3, paging.cr4, paging.efer};
    uint64_t answer = 0;

    make_tables(bridge, mode);
    assert_int_equal(
        qdpi_mem_write(bridge, MAILBOX_PAGE + MAILBOX_CR0, registers, sizeof registers), 0);
    assert_int_equal(qdpi_guest_continue(bridge, PATIENCE_MS), 0);
    request++;
    while (answer != request) {
        // The guest's firmware may only now have put it into memory.
        assert_int_equal(
            qdpi_mem_write(bridge, MAILBOX_PAGE + MAILBOX_CR0, registers, sizeof registers), 0);
        assert_int_equal(qdpi_mem_write64(bridge, MAILBOX_PAGE + MAILBOX_REQUEST, request), 0);
        if (qdpi_live_ms_until(until) <= 0)
            fail_msg("the guest does not enter paging mode %s", mode->name);
        qdpi_live_sleep_ms(2);
        assert_int_equal(qdpi_mem_read64(bridge, MAILBOX_PAGE + MAILBOX_ANSWER, &answer), 0);
    }
    assert_int_equal(qdpi_guest_stop(bridge, PATIENCE_MS), 0);
    return paging;
}

// ---- The comparison ----------------------------------------------------------------------------

static uint64_t random_gva(const struct mode *mode)
{
    const unsigned unused = 64 - mode->gva_bits;
    uint64_t gva = draw();

    if (mode->gva_bits == 32)
        return gva >> 32;
    // One in 16 as it is: non-canonical.
    return draw_below(16) == 0 ? gva : (uint64_t)((int64_t)(gva << unused) >> unused);
}

static void compare(struct qdpi_bridge *bridge, const struct mode *mode,
                    const struct qdpi_paging *paging, uint64_t gva, struct tally *tally)
{
    struct qdpi_translation translation;
    uint64_t gpa = 0;
    const int result = qdpi_translate(bridge, paging, gva, QDPI_ACCESS_ANY, &translation);
    const int by_qemu = qdpi_cpu_translate(bridge, 0, gva, &gpa, PATIENCE_MS);
    const char *sentence = qdpi_last_error(bridge);
    // gva2gpa forgets A20 in the last entry of PAE and long mode, other than QEMU's CPU.
    const uint64_t looked_at =
        paging->a20_masked && mode->entry_size == 8 ? ~(UINT64_C(1) << 20) : UINT64_MAX;

    if (translation.fault == QDPI_FAULT_RESERVED) {
        tally->reserved++;
        return;
    }
    if (by_qemu < 0 || (by_qemu == 1) != (result == 0) ||
        (result == 0 && ((gpa ^ translation.gpa) & looked_at) != 0))
        fail_msg("%s: 0x%llx: QEMU says %d, 0x%llx; here %d, 0x%llx, page size 0x%llx, %s",
                 mode->name, (unsigned long long)gva, by_qemu, (unsigned long long)gpa, result,
                 (unsigned long long)translation.gpa, (unsigned long long)translation.page_size,
                 sentence);
    tally->compared++;
    if (result != 0)
        tally->unmapped++;
    else
        tally->by_size[__builtin_ctzll(translation.page_size)]++;
}

static void compare_mode(const struct qdpi_live *live, const struct mode *mode, unsigned addresses)
{
    struct qdpi_bridge *bridge = live->bridge[0];
    const struct qdpi_paging given = enter(bridge, mode);
    struct qdpi_paging paging;
    struct tally tally = {.compared = 0};

    assert_int_equal(qdpi_cpu_paging(bridge, 0, &paging, PATIENCE_MS), 0);
    assert_int_equal(paging.cr3, given.cr3);
    assert_int_equal(paging.cr4, given.cr4);
    assert_int_equal(paging.cr0 & PG, PG);
    assert_int_equal(paging.efer & (LME | NXE), given.efer);
    assert_int_equal(paging.a20_masked, 0);
    compare(bridge, mode, &paging, CODE_PAGE, &tally);
    for (unsigned i = 0; i < addresses; i++)
        compare(bridge, mode, &paging, random_gva(mode), &tally);
    // With the guest's own page elsewhere: it must not run so.
    free(qdpi_live_human(&live->qemu[0], "o /b 0x92 0"));
    assert_int_equal(qdpi_cpu_paging(bridge, 0, &paging, PATIENCE_MS), 0);
    assert_int_equal(paging.a20_masked, 1);
    for (unsigned i = 0; i < addresses / 8; i++)
        compare(bridge, mode, &paging, random_gva(mode), &tally);
    free(qdpi_live_human(&live->qemu[0], "o /b 0x92 2"));
    print_message("%s: %u addresses: %u unmapped, %u in pages of 4K, %u of 2M, %u of 4M, %u of 1G; "
                  "%u with reserved bits\n",
                  mode->name, tally.compared, tally.unmapped, tally.by_size[12], tally.by_size[21],
                  tally.by_size[22], tally.by_size[30], tally.reserved);
    // The tables must have had something to say.
    assert_true(tally.unmapped * 20 > tally.compared);
    assert_true(tally.by_size[12] * 50 > tally.compared);
    assert_int_equal(tally.by_size[21] > 0, mode->levels >= 3);
    assert_int_equal(tally.by_size[22] > 0, (mode->cr4 & PSE) != 0);
    assert_int_equal(tally.by_size[30] > 0, mode->levels >= 4);
}

static void test_modes(void **state)
{
    start_guest(*state);
    random_state = 20260102;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        compare_mode(*state, &modes[i], 1500);
}

/// Real mode, before the first instruction, and with address line 20 held low by port 0x92.
static void test_real_mode(void **state)
{
    static const struct mode real = {"real mode", 0, 0, 0, 4, 32};
    struct qdpi_live *live = *state;
    struct qdpi_paging paging;
    struct tally tally = {.compared = 0};

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    random_state = 4711;
    for (int masked = 0; masked <= 1; masked++) {
        free(qdpi_live_human(&live->qemu[0], masked ? "o /b 0x92 0" : "o /b 0x92 2"));
        assert_int_equal(qdpi_cpu_paging(live->bridge[0], 0, &paging, PATIENCE_MS), 0);
        assert_int_equal(paging.cr0 & (PG | PE), 0);
        assert_int_equal(paging.a20_masked, masked);
        for (int i = 0; i < 300; i++)
            compare(live->bridge[0], &real, &paging, random_gva(&real), &tally);
        compare(live->bridge[0], &real, &paging, 0x10ffef, &tally);
    }
    assert_int_equal(tally.unmapped, 0);
}

/// What cannot be asked: a CPU that is not there, and anything of a file.
static void test_refusals(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_paging paging;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    uint64_t address;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    assert_int_equal(qdpi_cpu_paging(live->bridge[0], 1, &paging, PATIENCE_MS), QDPI_ERR_IO);
    qdpi_live_expect_words(qdpi_last_error(live->bridge[0]), "cpu-index");
    assert_int_equal(qdpi_host_address(live->bridge[0], 0x1000, &address, PATIENCE_MS), 1);
    assert_true(address != 0 && address % 4096 == 0);
    assert_int_equal(qdpi_host_address(live->bridge[0], 0xa0000000, &address, PATIENCE_MS), 0);
    assert_int_equal(qdpi_host_address(live->bridge[0], 0xfee00000, &address, PATIENCE_MS), 0);

    qdpi_live_endpoint(&live->qemu[0], "file:", "ram", endpoint);
    assert_int_equal(qdpi_open(endpoint, 0, &live->bridge[1]), 0);
    assert_int_equal(qdpi_cpu_paging(live->bridge[1], 0, &paging, PATIENCE_MS),
                     QDPI_ERR_UNSUPPORTED);
    assert_int_equal(qdpi_cpu_translate(live->bridge[1], 0, 0, &address, PATIENCE_MS),
                     QDPI_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_modes),
        qdpi_live_test(test_real_mode),
        qdpi_live_test(test_refusals),
    };

    if (!qdpi_live_is_installed())
        return QDPI_TEST_SKIPPED;
    return qdpi_run_group(tests);
}
