// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The headers of an ELF core file: each segment where its bytes will stand.

#include "elf_core.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "qdpi_cmocka.h"

static void load(void *destination, const unsigned char *headers, size_t offset, size_t size)
{
    memcpy(destination, headers + offset, size);
}

static void test_headers(void **state)
{
    const struct qdpi_elf_segment segments[] = {
        {0, 0xa0000, true},
        {0xc0000, 1, false},
        {UINT64_C(0x100000000), UINT64_C(0x200000000), true},
    };
    const uint64_t offsets[] = {0x1000, 0xa1000, 0xa2000};
    size_t size = 0;
    Elf64_Ehdr header;
    Elf64_Phdr note;
    (void)state;
    unsigned char *const headers = qdpi_elf_core_headers(segments, 3, &size);
    assert_non_null(headers);
    assert_int_equal(size, 0x1000);
    load(&header, headers, 0, sizeof header);
    assert_memory_equal(header.e_ident, ELFMAG, SELFMAG);
    assert_int_equal(header.e_ident[EI_CLASS], ELFCLASS64);
    assert_int_equal(header.e_type, ET_CORE);
    assert_int_equal(header.e_machine, EM_X86_64);
    assert_int_equal(header.e_phnum, 4);
    load(&note, headers, header.e_phoff, sizeof note);
    assert_int_equal(note.p_type, PT_NOTE);
    assert_true(note.p_offset + note.p_filesz <= size);
    assert_string_equal((char *)headers + note.p_offset + sizeof(Elf64_Nhdr), "QEMU-DPI");
    for (size_t i = 0; i < 3; i++) {
        Elf64_Phdr segment;
        load(&segment, headers, header.e_phoff + (i + 1) * sizeof segment, sizeof segment);
        assert_int_equal(segment.p_type, PT_LOAD);
        assert_int_equal(segment.p_offset, offsets[i]);
        assert_int_equal(segment.p_paddr, segments[i].gpa);
        assert_int_equal(segment.p_vaddr, segments[i].gpa);
        assert_int_equal(segment.p_filesz, segments[i].size);
        assert_int_equal(segment.p_memsz, segments[i].size);
        assert_int_equal((segment.p_flags & PF_W) != 0, segments[i].writable);
    }
    free(headers);
}

/// Headers of more than a page; and more segments than the format counts.
static void test_headers_many(void **state)
{
    enum { MANY = 65534 };
    struct qdpi_elf_segment *const segments = calloc(MANY, sizeof *segments);
    size_t size = 0;
    Elf64_Phdr last;
    (void)state;
    assert_non_null(segments);
    for (size_t i = 0; i < MANY; i++) {
        segments[i] = (struct qdpi_elf_segment){.gpa = i << 13, .size = 0x1000};
    }
    assert_null(qdpi_elf_core_headers(segments, MANY, &size));
    unsigned char *const headers = qdpi_elf_core_headers(segments, MANY - 1, &size);
    assert_non_null(headers);
    assert_int_equal(size % 4096, 0);
    assert_true(size > MANY * sizeof last);
    load(&last, headers, sizeof(Elf64_Ehdr) + (size_t)(MANY - 1) * sizeof last, sizeof last);
    assert_int_equal(last.p_paddr, (uint64_t)(MANY - 2) << 13);
    assert_int_equal(last.p_offset, size + (uint64_t)(MANY - 2) * 0x1000);
    free(headers);
    free(segments);
}

static void test_filling(void **state)
{
    (void)state;
    assert_int_equal(qdpi_elf_core_filling(0), 0);
    assert_int_equal(qdpi_elf_core_filling(1), 4095);
    assert_int_equal(qdpi_elf_core_filling(4095), 1);
    assert_int_equal(qdpi_elf_core_filling(4096), 0);
    assert_int_equal(qdpi_elf_core_filling(UINT64_C(0x100000001)), 4095);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_headers_many),
        cmocka_unit_test(test_filling),
    };
    return qdpi_run_group(tests);
}
