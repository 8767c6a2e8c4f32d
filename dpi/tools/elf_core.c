// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A guest's memory as an ELF core file: the headers in front of it.

#include "elf_core.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_BYTES = 4096,
    MOST_SEGMENTS = PN_XNUM - 2,
};

// Of a core without registers: who wrote it.
struct note {
    Elf64_Nhdr header;
    char name[12];  // "QEMU-DPI" and its end, filled to a multiple of 4
};

static const char note_name[] = "QEMU-DPI";

static size_t to_page(size_t size)
{
    return (size + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

size_t qdpi_elf_core_filling(uint64_t size)
{
    return (size_t)((PAGE_BYTES - size % PAGE_BYTES) % PAGE_BYTES);
}

static Elf64_Ehdr make_header(size_t count)
{
    return (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
                    ELFOSABI_SYSV},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (Elf64_Half)(count + 1),
    };
}

static Elf64_Phdr make_load(const struct qdpi_elf_segment *segment, uint64_t offset)
{
    return (Elf64_Phdr){
        .p_type = PT_LOAD,
        .p_flags = PF_R | PF_X | (segment->writable ? (Elf64_Word)PF_W : 0),
        .p_offset = offset,
        .p_vaddr = segment->gpa,
        .p_paddr = segment->gpa,
        .p_filesz = segment->size,
        .p_memsz = segment->size,
    };
}

unsigned char *qdpi_elf_core_headers(const struct qdpi_elf_segment *segments, size_t count,
                                     size_t *size)
{
    if (count > MOST_SEGMENTS) {
        return NULL;
    }
    const Elf64_Ehdr header = make_header(count);
    const size_t note_offset = sizeof header + (count + 1) * sizeof(Elf64_Phdr);
    const Elf64_Phdr note_segment = {
        .p_type = PT_NOTE,
        .p_offset = note_offset,
        .p_filesz = sizeof(struct note),
        .p_align = 4,
    };
    struct note note = {.header = {.n_namesz = sizeof note_name}};
    *size = to_page(note_offset + sizeof note);
    unsigned char *const headers = calloc(1, *size);
    if (headers == NULL) {
        return NULL;
    }
    memcpy(note.name, note_name, sizeof note_name);
    memcpy(headers, &header, sizeof header);
    memcpy(headers + sizeof header, &note_segment, sizeof note_segment);
    memcpy(headers + note_offset, &note, sizeof note);
    uint64_t offset = *size;
    for (size_t i = 0; i < count; i++) {
        const Elf64_Phdr load = make_load(&segments[i], offset);
        memcpy(headers + sizeof header + (i + 1) * sizeof load, &load, sizeof load);
        offset += segments[i].size + qdpi_elf_core_filling(segments[i].size);
    }
    return headers;
}
