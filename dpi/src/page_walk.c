// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The walk of x86 page tables, after the system programming manuals of Intel (volume 3, chapter
// "Paging") and AMD (volume 2, "Page Translation and Protection"); A20 as QEMU has it.

#include "page_walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#define CR0_WP (UINT64_C(1) << 16)
#define CR0_PG (UINT64_C(1) << 31)
#define CR4_PSE (UINT64_C(1) << 4)
#define CR4_PAE (UINT64_C(1) << 5)
#define CR4_PGE (UINT64_C(1) << 7)
#define CR4_LA57 (UINT64_C(1) << 12)
#define CR4_SMEP (UINT64_C(1) << 20)
#define EFER_LME (UINT64_C(1) << 8)
#define EFER_NXE (UINT64_C(1) << 11)

#define ENTRY_PRESENT (UINT64_C(1) << 0)
#define ENTRY_WRITABLE (UINT64_C(1) << 1)
#define ENTRY_USER (UINT64_C(1) << 2)
#define ENTRY_ACCESSED (UINT64_C(1) << 5)
#define ENTRY_DIRTY (UINT64_C(1) << 6)
#define ENTRY_LARGE (UINT64_C(1) << 7)
#define ENTRY_GLOBAL (UINT64_C(1) << 8)
#define ENTRY_NO_EXECUTE (UINT64_C(1) << 63)

#define A20 (UINT64_C(1) << 20)

/** Bits first to last of a word, both included. */
#define BITS(first, last) ((UINT64_MAX >> (63 - (last))) & (UINT64_MAX << (first)))

/** Where an entry of PAE, 4- and 5-level tables has the address. */
#define ENTRY_ADDRESS BITS(12, 51)

enum mode {
    MODE_OFF,
    MODE_32_BIT, /**< two levels of 4-byte entries */
    MODE_PAE,    /**< three levels, the upper one with 4 entries */
    MODE_LONG,   /**< four or five levels */
};

struct walk {
    const struct qdpi_paging *paging;
    uint64_t gva;
    unsigned access;
    enum mode mode;
    int levels;
    uint64_t address_mask; /**< A20 */
    struct qdpi_translation *translation;
    struct qdpi_error *error;
};

static enum mode mode_of(const struct qdpi_paging *paging)
{
    if ((paging->cr0 & CR0_PG) == 0)
        return MODE_OFF;
    if ((paging->cr4 & CR4_PAE) == 0)
        return MODE_32_BIT;
    // EFER.LMA is nothing but the product of these.
    return (paging->efer & EFER_LME) != 0 ? MODE_LONG : MODE_PAE;
}

static int levels_of(enum mode mode, const struct qdpi_paging *paging)
{
    switch (mode) {
    case MODE_OFF:
        return 0;
    case MODE_32_BIT:
        return 2;
    case MODE_PAE:
        return 3;
    default:
        return (paging->cr4 & CR4_LA57) != 0 ? 5 : 4;
    }
}

// ---- What may fail -----------------------------------------------------------------------------

static int no_translation(struct walk *walk, enum qdpi_fault fault, const char *why)
{
    const struct qdpi_translation *translation = walk->translation;

    walk->translation->fault = fault;
    if (translation->step_count == 0)
        return qdpi_fail(walk->error, -EFAULT, "translate 0x%" PRIx64 ": %s", walk->gva, why);

    const struct qdpi_translation_step *step = &translation->steps[translation->step_count - 1];

    return qdpi_fail(walk->error, fault == QDPI_FAULT_RIGHTS ? -EACCES : -EFAULT,
                     "translate 0x%" PRIx64 ": the level %d entry at GPA 0x%" PRIx64
                     " is 0x%" PRIx64 ": %s",
                     walk->gva, step->level, step->gpa, step->entry, why);
}

static bool is_canonical(const struct walk *walk)
{
    if (walk->mode != MODE_LONG)
        return walk->gva >> 32 == 0;

    const uint64_t sign = BITS(walk->levels == 5 ? 56 : 47, 63);

    return (walk->gva & sign) == 0 || (walk->gva & sign) == sign;
}

/** The bits of a present entry that must be zero. */
static uint64_t reserved_bits(const struct walk *walk, int level, bool large)
{
    uint64_t reserved = 0;

    if (walk->mode == MODE_32_BIT)
        return large ? BITS(21, 21) : 0;
    if (walk->mode == MODE_PAE)
        reserved |= BITS(52, 62);
    // Bits 1, 2 and 5 to 8 of this one too, but QEMU's CPU sets bit 5, as it does on other levels.
    if (walk->mode == MODE_PAE && level == 3)
        return reserved | ENTRY_NO_EXECUTE;
    if ((walk->paging->efer & EFER_NXE) == 0)
        reserved |= ENTRY_NO_EXECUTE;
    if (level >= 4)
        reserved |= ENTRY_LARGE;
    // Bit 12 of a large page's address is its PAT bit.
    if (large)
        reserved |= BITS(13, 12 + 9 * (level - 1) - 1);
    return reserved;
}

// ---- What an entry says ------------------------------------------------------------------------

static unsigned level_shift(const struct walk *walk, int level)
{
    return 12U + (walk->mode == MODE_32_BIT ? 10U : 9U) * (unsigned)(level - 1);
}

static bool is_large(const struct walk *walk, int level, uint64_t entry)
{
    if ((entry & ENTRY_LARGE) == 0)
        return false;
    switch (level) {
    case 2:
        return walk->mode != MODE_32_BIT || (walk->paging->cr4 & CR4_PSE) != 0;
    case 3:
        return walk->mode == MODE_LONG;
    default:
        return false;
    }
}

/** Where the table or page begins that the entry points to. */
static uint64_t target_of(const struct walk *walk, uint64_t entry, bool large)
{
    if (walk->mode != MODE_32_BIT)
        return entry & ENTRY_ADDRESS;
    // PSE-36: the upper bits of a 4 MiB page's address stand where its lower ones would be zero.
    return large ? (entry & BITS(22, 31)) | (entry & BITS(13, 20)) << 19 : entry & BITS(12, 31);
}

/** Rights that a table does not give are not had below it. */
static void narrow_rights(const struct walk *walk, int level, uint64_t entry)
{
    struct qdpi_translation *translation = walk->translation;

    if (walk->mode == MODE_PAE && level == 3)
        return;
    if ((entry & ENTRY_WRITABLE) == 0)
        translation->page &= ~(unsigned)QDPI_PAGE_WRITABLE;
    if ((entry & ENTRY_USER) == 0)
        translation->page &= ~(unsigned)QDPI_PAGE_USER;
    if ((entry & ENTRY_NO_EXECUTE) != 0)
        translation->page |= QDPI_PAGE_NO_EXECUTE;
}

static void take_page_bits(const struct walk *walk, uint64_t entry)
{
    if ((entry & ENTRY_GLOBAL) != 0 && (walk->paging->cr4 & CR4_PGE) != 0)
        walk->translation->page |= QDPI_PAGE_GLOBAL;
    if ((entry & ENTRY_ACCESSED) != 0)
        walk->translation->page |= QDPI_PAGE_ACCESSED;
    if ((entry & ENTRY_DIRTY) != 0)
        walk->translation->page |= QDPI_PAGE_DIRTY;
}

static int check_rights(struct walk *walk)
{
    const unsigned page = walk->translation->page;
    const bool by_user = (walk->access & QDPI_ACCESS_USER) != 0;

    if (by_user && (page & QDPI_PAGE_USER) == 0)
        return no_translation(walk, QDPI_FAULT_RIGHTS, "the page is not for user code");
    if ((walk->access & QDPI_ACCESS_WRITE) != 0 && (page & QDPI_PAGE_WRITABLE) == 0 &&
        (by_user || (walk->paging->cr0 & CR0_WP) != 0))
        return no_translation(walk, QDPI_FAULT_RIGHTS, "the page is read-only");
    if ((walk->access & QDPI_ACCESS_EXECUTE) != 0 && (page & QDPI_PAGE_NO_EXECUTE) != 0)
        return no_translation(walk, QDPI_FAULT_RIGHTS, "the page is not for code");
    if ((walk->access & QDPI_ACCESS_EXECUTE) != 0 && !by_user && (page & QDPI_PAGE_USER) != 0 &&
        (walk->paging->cr4 & CR4_SMEP) != 0)
        return no_translation(walk, QDPI_FAULT_RIGHTS,
                              "the page is for user code, which the kernel may not run");
    return 0;
}

// ---- The walk ----------------------------------------------------------------------------------

static int read_entry(struct walk *walk, int level, uint64_t table, qdpi_entry_reader *read,
                      void *context, uint64_t *entry)
{
    const size_t size = walk->mode == MODE_32_BIT ? 4 : 8;
    const uint64_t index = walk->gva >> level_shift(walk, level) & (4096 / size - 1);
    const uint64_t gpa = (table + index * size) & walk->address_mask;
    struct qdpi_error reason = {.text = ""};
    uint32_t narrow = 0;
    int result;

    *entry = 0;
    result = size == 8 ? read(context, gpa, entry, size, &reason)
                       : read(context, gpa, &narrow, size, &reason);
    if (result == 0) {
        if (size == 4)
            *entry = narrow;
        walk->translation->steps[walk->translation->step_count++] =
            (struct qdpi_translation_step){.level = level, .gpa = gpa, .entry = *entry};
        return 0;
    }
    walk->translation->fault = result == -EFAULT ? QDPI_FAULT_NO_TABLE : QDPI_FAULT_NONE;
    return qdpi_fail(walk->error, result,
                     "translate 0x%" PRIx64 ": its level %d entry at GPA 0x%" PRIx64
                     " cannot be read: %s",
                     walk->gva, level, gpa, reason.text);
}

static uint64_t first_table(const struct walk *walk)
{
    switch (walk->mode) {
    case MODE_32_BIT:
        return walk->paging->cr3 & BITS(12, 31);
    case MODE_PAE:
        return walk->paging->cr3 & BITS(5, 31);
    default:
        return walk->paging->cr3 & ENTRY_ADDRESS;
    }
}

static int walk_tables(struct walk *walk, qdpi_entry_reader *read, void *context)
{
    uint64_t table = first_table(walk);
    uint64_t entry;
    uint64_t offset;
    int level = walk->levels;
    bool last;

    for (;; level--) {
        bool large;
        int result = read_entry(walk, level, table, read, context, &entry);

        if (result != 0)
            return result;
        if ((entry & ENTRY_PRESENT) == 0)
            return no_translation(walk, QDPI_FAULT_NOT_PRESENT, "not present");
        large = is_large(walk, level, entry);
        last = large || level == 1;
        if ((entry & reserved_bits(walk, level, large)) != 0)
            return no_translation(walk, QDPI_FAULT_RESERVED, "a bit that must be zero is set");
        narrow_rights(walk, level, entry);
        table = target_of(walk, entry, large);
        if (last)
            break;
    }
    take_page_bits(walk, entry);
    walk->translation->page_size = UINT64_C(1) << level_shift(walk, level);
    offset = walk->translation->page_size - 1;
    walk->translation->gpa = (table & walk->address_mask & ~offset) | (walk->gva & offset);
    return check_rights(walk);
}

int qdpi_page_walk(const struct qdpi_paging *paging, uint64_t gva, unsigned access,
                   qdpi_entry_reader *read, void *context, struct qdpi_translation *translation,
                   struct qdpi_error *error)
{
    struct walk walk = {
        .paging = paging,
        .gva = gva,
        .access = access,
        .mode = mode_of(paging),
        .address_mask = paging->a20_masked != 0 ? ~A20 : UINT64_MAX,
        .translation = translation,
        .error = error,
    };

    walk.levels = levels_of(walk.mode, paging);
    *translation = (struct qdpi_translation){.page = QDPI_PAGE_WRITABLE | QDPI_PAGE_USER};
    if (!is_canonical(&walk))
        return no_translation(&walk, QDPI_FAULT_NON_CANONICAL,
                              walk.mode != MODE_LONG ? "the address has more than 32 bits"
                              : walk.levels == 5
                                  ? "not canonical: bits 63 to 56 are not all equal"
                                  : "not canonical: bits 63 to 47 are not all equal");
    if (walk.mode != MODE_OFF)
        return walk_tables(&walk, read, context);
    translation->gpa = gva & walk.address_mask;
    translation->page_size = 4096;
    return 0;
}
