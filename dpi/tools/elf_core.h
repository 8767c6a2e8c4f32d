// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A guest's memory as an ELF core file: the headers in front of it.

#ifndef QDPI_TOOLS_ELF_CORE_H_
#define QDPI_TOOLS_ELF_CORE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qdpi_elf_segment {
    uint64_t gpa;
    uint64_t size;
    bool writable;
};

/// The headers of a 64-bit x86 core with a PT_NOTE, as readers of kernel cores want one, and a
/// PT_LOAD per segment: physical and virtual address are the GPA. The segments' bytes follow the
/// headers one after the other, each from the next page boundary of the file on.
/// @param size  receives the bytes of the headers, a multiple of a page.
/// @return the headers, freed by the caller; NULL: no memory, or more than 65 533 segments.
unsigned char *qdpi_elf_core_headers(const struct qdpi_elf_segment *segments, size_t count,
                                     size_t *size);

/// Bytes of filling between a segment's end and the next page boundary.
size_t qdpi_elf_core_filling(uint64_t size);

#endif
