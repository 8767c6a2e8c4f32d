// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: any memory as page tables. The input is CR0, CR3, CR4, EFER, the address and the
// access, 8 bytes each, then the contents of guest memory from GPA 0 on. The walk must end after
// five reads, read aligned words, and agree with itself.

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "page_walk.h"

#define HEADER_WORDS 6

struct memory {
    const uint8_t *data;
    size_t size;
    int reads;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Repeats itself, so that tables may be anywhere; but for the topmost quarter, where nothing is.
 */
static int read_memory(void *context, uint64_t gpa, void *entry, size_t size,
                       struct qdpi_error *error)
{
    struct memory *memory = context;

    memory->reads++;
    if ((size != 4 && size != 8) || gpa % size != 0 || gpa >> 52 != 0 || memory->reads > 5) {
        abort();
    }
    if (gpa >> 50 == 3 || memory->size < 8) {
        return qdpi_fail(error, -EFAULT, "nothing stands there");
    }
    memcpy(entry, memory->data + gpa % (memory->size & ~(size_t)7), size);
    return 0;
}

static void check(const struct qdpi_translation *translation, const struct memory *memory,
                  uint64_t gva, int result, const struct qdpi_error *error)
{
    const uint64_t offset = translation->page_size - 1;

    if (memory->reads < translation->step_count || translation->step_count > 5) {
        abort();
    }
    if ((result == 0) != (translation->fault == QDPI_FAULT_NONE) ||
        (result == 0) != (error->text[0] == '\0') ||
        (result == -EACCES) != (translation->fault == QDPI_FAULT_RIGHTS)) {
        abort();
    }
    if (result == 0 && (translation->page_size < 4096 || (translation->page_size & offset) != 0 ||
                        ((translation->gpa ^ gva) & offset & ~(UINT64_C(1) << 20)) != 0)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t header[HEADER_WORDS];

    if (size < sizeof header) {
        return 0;
    }
    memcpy(header, data, sizeof header);
    for (int a20_masked = 0; a20_masked <= 1; a20_masked++) {
        const struct qdpi_paging paging = {.cr0 = header[0],
                                           .cr3 = header[1],
                                           .cr4 = header[2],
                                           .efer = header[3],
                                           .a20_masked = a20_masked};
        struct memory memory = {data + sizeof header, size - sizeof header, 0};
        struct qdpi_error error = {.text = ""};
        struct qdpi_translation translation;
        int result = qdpi_page_walk(&paging, header[4], (unsigned)header[5], read_memory, &memory,
                                    &translation, &error);

        check(&translation, &memory, header[4], result, &error);
    }
    return 0;
}
