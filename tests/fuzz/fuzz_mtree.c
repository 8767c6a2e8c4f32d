// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: any text to the parser of flat views. What it accepts must be in order and named.

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mtree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, const char *address_space)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_mtree_range *ranges;
    int count = qdpi_mtree_parse(text, address_space, &ranges, &error);

    if (count < 0) {
        if (count != -EPROTO || ranges != NULL || error.text[0] == '\0') {
            abort();
        }
        return;
    }
    if (ranges == NULL || error.text[0] != '\0') {
        abort();
    }
    for (int i = 0; i < count; i++) {
        if (ranges[i].first > ranges[i].last || (i > 0 && ranges[i].first <= ranges[i - 1].last) ||
            ranges[i].name[0] == '\0' ||
            memchr(ranges[i].name, '\0', sizeof ranges[i].name) == NULL) {
            abort();
        }
    }
    free(ranges);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    check(text, "memory");
    check(text, "I/O");
    free(text);
    return 0;
}
