// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The walk of page tables in every paging mode: addresses, page sizes, rights, each fault, and that
// it reads no more than it has to.

#include "page_walk.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "qdpi_cmocka.h"

#define PG (UINT64_C(1) << 31)
#define WP (UINT64_C(1) << 16)
#define PSE (UINT64_C(1) << 4)
#define PAE (UINT64_C(1) << 5)
#define PGE (UINT64_C(1) << 7)
#define LA57 (UINT64_C(1) << 12)
#define SMEP (UINT64_C(1) << 20)
#define LME UINT64_C(0x500)
#define NXE UINT64_C(0x800)
#define NX (UINT64_C(1) << 63)

/** Present, writable, user, accessed, dirty. */
#define ALL UINT64_C(0x67)
#define LARGE UINT64_C(0x80)
#define GLOBAL UINT64_C(0x100)

#define MEMORY_SIZE 0x10000

/** Guest memory from GPA 0 on; nothing stands behind it. */
struct board {
    unsigned char memory[MEMORY_SIZE];
    int reads;
    int failure; /**< what a read gives instead, or 0 */
    struct qdpi_paging paging;
    struct qdpi_translation translation;
    struct qdpi_error error;
};

static int read_memory(void *context, uint64_t gpa, void *entry, size_t size,
                       struct qdpi_error *error)
{
    struct board *board = context;

    board->reads++;
    assert_true(size == 4 || size == 8);
    assert_int_equal(gpa % size, 0);
    if (board->failure != 0)
        return qdpi_fail(error, board->failure, "the bridge is lost");
    if (gpa > MEMORY_SIZE - size)
        return qdpi_fail(error, -EFAULT, "nothing stands there");
    memcpy(entry, board->memory + gpa, size);
    return 0;
}

static void put64(struct board *board, uint64_t gpa, uint64_t entry)
{
    assert_true(gpa <= MEMORY_SIZE - 8);
    memcpy(board->memory + gpa, &entry, sizeof entry);
}

static void put32(struct board *board, uint64_t gpa, uint32_t entry)
{
    assert_true(gpa <= MEMORY_SIZE - 4);
    memcpy(board->memory + gpa, &entry, sizeof entry);
}

static int walk(struct board *board, uint64_t gva, unsigned access)
{
    board->reads = 0;
    board->error.text[0] = '\0';
    memset(&board->translation, 0xa5, sizeof board->translation);
    return qdpi_page_walk(&board->paging, gva, access, read_memory, board, &board->translation,
                          &board->error);
}

static void expect(struct board *board, uint64_t gva, uint64_t gpa, uint64_t page_size, int reads)
{
    assert_int_equal(walk(board, gva, QDPI_ACCESS_ANY), 0);
    assert_int_equal(board->translation.gpa, gpa);
    assert_int_equal(board->translation.page_size, page_size);
    assert_int_equal(board->translation.fault, QDPI_FAULT_NONE);
    assert_int_equal(board->reads, reads);
    assert_int_equal(board->translation.step_count, reads);
    assert_string_equal(board->error.text, "");
}

static void expect_fault(struct board *board, uint64_t gva, unsigned access, unsigned fault,
                         int steps, const char *words)
{
    assert_int_equal(walk(board, gva, access), fault == QDPI_FAULT_RIGHTS ? -EACCES : -EFAULT);
    assert_int_equal(board->translation.fault, fault);
    assert_int_equal(board->translation.step_count, steps);
    if (strstr(board->error.text, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, board->error.text);
}

/** Long mode with tables at 0x1000 (the upper one), 0x2000 ...; in each, entry 1 leads down. */
static void make_long(struct board *board, int levels)
{
    memset(board, 0, sizeof *board);
    board->paging = (struct qdpi_paging){.cr0 = PG | WP | 1,
                                         .cr3 = 0x1000,
                                         .cr4 = PAE | PGE | (levels == 5 ? LA57 : 0),
                                         .efer = LME | NXE};
    for (int i = 1; i < levels; i++)
        put64(board, (uint64_t)i * 0x1000 + 8, (uint64_t)(i + 1) * 0x1000 | ALL);
    put64(board, (uint64_t)levels * 0x1000 + 8, UINT64_C(0x000abcdef1234000) | ALL);
}

#define GVA4 UINT64_C(0x0000008040201000)
#define GVA5 UINT64_C(0x0001008040201000)

/// Paging off: the address itself, without line 20 if that is held low.
static void test_off(void **state)
{
    struct board board = {.reads = 0};

    (void)state;
    expect(&board, 0, 0, 4096, 0);
    expect(&board, 0xfffffff0, 0xfffffff0, 4096, 0);
    board.paging.cr4 = PAE;
    board.paging.efer = LME;
    expect(&board, 0x10ffef, 0x10ffef, 4096, 0);
    assert_int_equal(board.translation.page, QDPI_PAGE_WRITABLE | QDPI_PAGE_USER);
    board.paging.a20_masked = 1;
    expect(&board, 0x10ffef, 0xffef, 4096, 0);
    expect(&board, 0xfff123, 0xeff123, 4096, 0);
    expect_fault(&board, UINT64_C(0x100000000), 0, QDPI_FAULT_NON_CANONICAL, 0, "32 bits");
}

/// 32-bit paging: 4 KiB and 4 MiB pages, the latter above 4 GiB too; bit 7 without CR4.PSE is
/// none's business.
static void test_32_bit(void **state)
{
    struct board board = {.paging = {.cr0 = PG, .cr3 = 0x1018}};

    (void)state;
    put32(&board, 0x1000 + 4 * 0x300, 0x2000 | ALL);
    put32(&board, 0x2000 + 4 * 0x3ff, 0xfeedb000 | ALL | LARGE);
    expect(&board, 0xc03fff24, 0xfeedbf24, 4096, 2);
    assert_int_equal(board.translation.steps[0].level, 2);
    assert_int_equal(board.translation.steps[0].gpa, 0x1c00);
    assert_int_equal(board.translation.steps[0].entry, 0x2000 | ALL);
    assert_int_equal(board.translation.steps[1].level, 1);
    assert_int_equal(board.translation.steps[1].gpa, 0x2ffc);
    assert_int_equal(board.translation.page,
                     QDPI_PAGE_WRITABLE | QDPI_PAGE_USER | QDPI_PAGE_ACCESSED | QDPI_PAGE_DIRTY);
    expect_fault(&board, 0xc03fef24, 0, QDPI_FAULT_NOT_PRESENT, 2,
                 "level 1 entry at GPA 0x2ff8 is 0x0: not present");
    expect_fault(&board, 0xbffff000, 0, QDPI_FAULT_NOT_PRESENT, 1, "level 2 entry at GPA 0x1bfc");
    expect_fault(&board, UINT64_C(0x1c03fff24), 0, QDPI_FAULT_NON_CANONICAL, 0, "32 bits");

    // Neither NX nor LME means anything here.
    board.paging.efer = LME | NXE;
    expect(&board, 0xc03fff24, 0xfeedbf24, 4096, 2);

    put32(&board, 0x1000 + 4 * 0x201, 0x2000 | ALL | LARGE);
    expect(&board, 0x807ff456, 0xfeedb456, 4096, 2);
    board.paging.cr4 = PSE;
    put32(&board, 0x1000 + 4 * 0x201, 0xff801000 | ALL | LARGE);
    expect(&board, 0x807ff456, 0xffbff456, 0x400000, 1);
    put32(&board, 0x1000 + 4 * 0x201, 0x0040a000 | ALL | LARGE | 0x14a000);
    expect(&board, 0x80400001, UINT64_C(0xa500400001), 0x400000, 1);
    put32(&board, 0x1000 + 4 * 0x201, 0x00600000 | ALL | LARGE);
    expect_fault(&board, 0x80400000, 0, QDPI_FAULT_RESERVED, 1, "must be zero");

    put32(&board, 0x1000 + 4 * 0x201, 0xfff00000 | ALL);
    expect_fault(&board, 0x80400000, 0, QDPI_FAULT_NO_TABLE, 1, "nothing stands there");
}

/// PAE: four upper entries at any multiple of 32, 4 KiB and 2 MiB pages, no rights in the upper; of
/// their reserved bits the lower ones are let through, since QEMU itself sets one of them.
static void test_pae(void **state)
{
    struct board board = {
        .paging = {.cr0 = PG, .cr3 = UINT64_C(0xffffffff00000fe8), .cr4 = PAE, .efer = NXE}};

    (void)state;
    put64(&board, 0xfe0 + 8 * 3, 0x2001);
    put64(&board, 0x2000 + 8 * 0x1ff, 0x3000 | ALL);
    put64(&board, 0x3000 + 8 * 0x1fe, UINT64_C(0xffffffffff000) | ALL | NX | GLOBAL);
    expect(&board, 0xffffe123, UINT64_C(0xffffffffff123), 4096, 3);
    assert_int_equal(board.translation.page, QDPI_PAGE_WRITABLE | QDPI_PAGE_USER |
                                                 QDPI_PAGE_NO_EXECUTE | QDPI_PAGE_ACCESSED |
                                                 QDPI_PAGE_DIRTY);
    put64(&board, 0x2000, UINT64_C(0x400000) | ALL | LARGE | 0x1000);
    expect(&board, 0xc01fffff, 0x5fffff, 0x200000, 2);
    put64(&board, 0x2000, UINT64_C(0x402000) | ALL | LARGE);
    expect_fault(&board, 0xc0000000, 0, QDPI_FAULT_RESERVED, 2, "must be zero");
    put64(&board, 0x2000, (UINT64_C(1) << 52) | ALL);
    expect_fault(&board, 0xc0000000, 0, QDPI_FAULT_RESERVED, 2, "must be zero");
    put64(&board, 0x3000 + 8 * 0x1fd, (UINT64_C(1) << 62) | ALL);
    expect_fault(&board, 0xffffd000, 0, QDPI_FAULT_RESERVED, 3, "must be zero");
    expect_fault(&board, 0x80000000, 0, QDPI_FAULT_NOT_PRESENT, 1, "level 3 entry at GPA 0xff0");
    for (int bit = 0; bit < 64; bit++) {
        const bool reserved = bit >= 52;

        put64(&board, 0xfe0 + 8, 0x3000 | 1 | UINT64_C(1) << bit);
        if (reserved)
            expect_fault(&board, 0x40000000, 0, QDPI_FAULT_RESERVED, 1, "must be zero");
        else
            assert_int_not_equal(walk(&board, 0x40000000, 0), 0);
        assert_true(reserved || board.translation.fault != QDPI_FAULT_RESERVED);
    }
    board.paging.efer = 0;
    expect_fault(&board, 0xffffe123, 0, QDPI_FAULT_RESERVED, 3, "must be zero");
}

/// Four levels: each page size, and both halves of the canonical addresses.
static void test_4_level(void **state)
{
    struct board board;

    (void)state;
    make_long(&board, 4);
    expect(&board, GVA4 + 0xfff, UINT64_C(0x000abcdef1234fff), 4096, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(board.translation.steps[i].level, 4 - i);
        assert_int_equal(board.translation.steps[i].gpa, (i + 1) * 0x1000 + 8);
    }
    // PCID and the like in CR3, ignored bits in entries.
    board.paging.cr3 |= UINT64_C(0x8000000000000fff);
    put64(&board, 0x1008, 0x2000 | ALL | UINT64_C(0x7ff0000000000e00));
    put64(&board, 0x4008, UINT64_C(0x7ff0000000005e00) | ALL | LARGE | GLOBAL);
    expect(&board, GVA4, 0x5000, 4096, 4);
    assert_int_equal(board.translation.page & QDPI_PAGE_GLOBAL, QDPI_PAGE_GLOBAL);

    put64(&board, 0x3008, 0x40000000 | ALL | LARGE);
    expect(&board, GVA4 + 0x1fffff - 0x1000, 0x401fffff, 0x200000, 3);
    put64(&board, 0x3008, 0x40000000 | ALL | LARGE | 0x100000);
    expect_fault(&board, GVA4, 0, QDPI_FAULT_RESERVED, 3, "must be zero");
    put64(&board, 0x2008, UINT64_C(0x40000000) | ALL | LARGE | 0x1000);
    expect(&board, GVA4, 0x40201000, 0x40000000, 2);
    put64(&board, 0x2008, UINT64_C(0x20000000) | ALL | LARGE);
    expect_fault(&board, GVA4, 0, QDPI_FAULT_RESERVED, 2, "must be zero");
    put64(&board, 0x1008, 0x2000 | ALL | LARGE);
    expect_fault(&board, GVA4, 0, QDPI_FAULT_RESERVED, 1, "level 4 entry at GPA 0x1008");

    put64(&board, 0x1000 + 8 * 0x1ff, 0x5000 | ALL);
    put64(&board, 0x5000 + 8 * 0x1ff, ALL | LARGE);
    expect(&board, UINT64_MAX, 0x3fffffff, 0x40000000, 2);
    expect_fault(&board, UINT64_C(0x0000800000000000), 0, QDPI_FAULT_NON_CANONICAL, 0,
                 "bits 63 to 47");
    expect_fault(&board, UINT64_C(0xffff7fffffffffff), 0, QDPI_FAULT_NON_CANONICAL, 0,
                 "bits 63 to 47");
    expect_fault(&board, UINT64_C(0x8000008040201000), 0, QDPI_FAULT_NON_CANONICAL, 0, "canonical");
    expect_fault(&board, UINT64_C(0xffff800000000000), 0, QDPI_FAULT_NOT_PRESENT, 1, "0x1800");
    expect_fault(&board, UINT64_C(0x00007fffffffffff), 0, QDPI_FAULT_NOT_PRESENT, 1, "0x17f8");
}

/// Five levels, and what is canonical then.
static void test_5_level(void **state)
{
    struct board board;

    (void)state;
    make_long(&board, 5);
    expect(&board, GVA5 + 1, UINT64_C(0x000abcdef1234001), 4096, 5);
    assert_int_equal(board.translation.steps[0].level, 5);
    put64(&board, 0x1000 + 8 * 0x1ff, 0x2000 | ALL);
    put64(&board, 0x1000 + 8 * 0x100, 0x2000 | ALL);
    put64(&board, 0x1000 + 8 * 0x0ff, 0x2000 | ALL);
    expect(&board, UINT64_C(0xffff008040201000), UINT64_C(0x000abcdef1234000), 4096, 5);
    expect(&board, UINT64_C(0xff00008040201000), UINT64_C(0x000abcdef1234000), 4096, 5);
    expect(&board, UINT64_C(0x00ff008040201000), UINT64_C(0x000abcdef1234000), 4096, 5);
    expect_fault(&board, UINT64_C(0x0100008040201000), 0, QDPI_FAULT_NON_CANONICAL, 0,
                 "bits 63 to 56");
    expect_fault(&board, UINT64_C(0xfeff008040201000), 0, QDPI_FAULT_NON_CANONICAL, 0,
                 "bits 63 to 56");
    put64(&board, 0x1008, 0x2000 | ALL | LARGE);
    expect_fault(&board, GVA5, 0, QDPI_FAULT_RESERVED, 1, "level 5 entry at GPA 0x1008");
}

/// A right must be given on every level, NX on one is enough; CR0.WP, SMEP and user code.
static void test_rights(void **state)
{
    struct board board;
    const unsigned user = QDPI_ACCESS_USER;

    (void)state;
    for (int level = 1; level <= 4; level++) {
        const uint64_t at = (uint64_t)(5 - level) * 0x1000 + 8;
        uint64_t entry;

        make_long(&board, 4);
        memcpy(&entry, board.memory + at, sizeof entry);
        assert_int_equal(
            walk(&board, GVA4, QDPI_ACCESS_READ | QDPI_ACCESS_WRITE | QDPI_ACCESS_EXECUTE | user),
            0);

        put64(&board, at, entry & ~UINT64_C(2));
        assert_int_equal(walk(&board, GVA4, QDPI_ACCESS_READ | QDPI_ACCESS_EXECUTE | user), 0);
        assert_int_equal(board.translation.page & QDPI_PAGE_WRITABLE, 0);
        expect_fault(&board, GVA4, QDPI_ACCESS_WRITE, QDPI_FAULT_RIGHTS, 4, "read-only");
        board.paging.cr0 &= ~WP;
        assert_int_equal(walk(&board, GVA4, QDPI_ACCESS_WRITE), 0);
        expect_fault(&board, GVA4, QDPI_ACCESS_WRITE | user, QDPI_FAULT_RIGHTS, 4, "read-only");

        put64(&board, at, entry & ~UINT64_C(4));
        assert_int_equal(walk(&board, GVA4, QDPI_ACCESS_WRITE | QDPI_ACCESS_EXECUTE), 0);
        assert_int_equal(board.translation.page & QDPI_PAGE_USER, 0);
        expect_fault(&board, GVA4, QDPI_ACCESS_READ | user, QDPI_FAULT_RIGHTS, 4, "user code");
        assert_int_equal(board.translation.gpa, UINT64_C(0x000abcdef1234000));

        put64(&board, at, entry | NX);
        assert_int_equal(walk(&board, GVA4, QDPI_ACCESS_READ | QDPI_ACCESS_WRITE | user), 0);
        assert_int_equal(board.translation.page & QDPI_PAGE_NO_EXECUTE, QDPI_PAGE_NO_EXECUTE);
        expect_fault(&board, GVA4, QDPI_ACCESS_EXECUTE, QDPI_FAULT_RIGHTS, 4, "not for code");
        expect(&board, GVA4, UINT64_C(0x000abcdef1234000), 4096, 4);
        board.paging.efer &= ~NXE;
        expect_fault(&board, GVA4, QDPI_ACCESS_READ, QDPI_FAULT_RESERVED, 5 - level, "zero");
    }
    make_long(&board, 4);
    board.paging.cr4 |= SMEP;
    expect_fault(&board, GVA4, QDPI_ACCESS_EXECUTE, QDPI_FAULT_RIGHTS, 4, "kernel may not run");
    assert_int_equal(walk(&board, GVA4, QDPI_ACCESS_EXECUTE | user), 0);
    assert_int_equal(walk(&board, GVA4, QDPI_ACCESS_WRITE), 0);
}

/// Address line 20 held low: for the entries and for the page, not for the way through a large one.
static void test_a20(void **state)
{
    struct board board;

    (void)state;
    make_long(&board, 4);
    board.paging.a20_masked = 1;
    put64(&board, 0x1008, 0x102000 | ALL);
    put64(&board, 0x4008, 0x37b000 | ALL);
    expect(&board, GVA4, 0x27b000, 4096, 4);
    assert_int_equal(board.translation.steps[1].gpa, 0x2008);
    put64(&board, 0x3008, 0x400000 | ALL | LARGE);
    expect(&board, GVA4 + 0x100000, 0x501000, 0x200000, 3);
}

/// What the memory answers ends the walk, and is told with the place.
static void test_memory_fails(void **state)
{
    struct board board;

    (void)state;
    make_long(&board, 4);
    put64(&board, 0x2008, UINT64_C(0xfee00000) | ALL);
    expect_fault(&board, GVA4, 0, QDPI_FAULT_NO_TABLE, 2,
                 "level 2 entry at GPA 0xfee00008 cannot be read: nothing stands there");
    board.failure = -ENOTCONN;
    assert_int_equal(walk(&board, GVA4, 0), -ENOTCONN);
    assert_int_equal(board.translation.fault, QDPI_FAULT_NONE);
    assert_int_equal(board.reads, 1);
    assert_int_equal(board.translation.step_count, 0);
    assert_non_null(strstr(board.error.text, "the bridge is lost"));
}

/// Tables that lead to themselves, as operating systems make them, end like others.
static void test_loops(void **state)
{
    struct board board;

    (void)state;
    make_long(&board, 5);
    for (uint64_t i = 0; i < 512; i++)
        put64(&board, 0x1000 + 8 * i, 0x1000 | ALL);
    expect(&board, 0, 0x1000, 4096, 5);
    expect(&board, UINT64_C(0x00aa123456789abc), 0x1abc, 4096, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off),     cmocka_unit_test(test_32_bit),
        cmocka_unit_test(test_pae),     cmocka_unit_test(test_4_level),
        cmocka_unit_test(test_5_level), cmocka_unit_test(test_rights),
        cmocka_unit_test(test_a20),     cmocka_unit_test(test_memory_fails),
        cmocka_unit_test(test_loops),
    };
    return qdpi_run_group(tests);
}
