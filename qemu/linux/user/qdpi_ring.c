// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells by hand: `qdpi-ring INDEX VALUE [INDEX VALUE...]` rings them in that order through
// /dev/qdpi-doorbell. Nothing is rung unless all arguments are right.

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doorbell.h"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

// Decimal, or hexadecimal after 0x. A leading 0 alone does not mean octal.
static bool parse_number(const char *text, uint64_t most, uint64_t *number)
{
    const bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hexadecimal ? text + 2 : text;
    const int first = (unsigned char)digits[0];
    char *end;
    if (hexadecimal ? !isxdigit(first) : !isdigit(first)) {
        return false;
    }
    errno = 0;
    *number = strtoull(digits, &end, hexadecimal ? 16 : 10);
    return *end == '\0' && errno == 0 && *number <= most;
}

static int parse_doorbells(struct qdpi_doorbell *doorbells, char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t index;
        if (!parse_number(texts[2 * i], UINT32_MAX, &index)) {
            fprintf(stderr,
                    "qdpi-ring: index %s: give a whole number, decimal or 0x…, below 2^32\n",
                    texts[2 * i]);
            return -EINVAL;
        }
        doorbells[i].index = (uint32_t)index;
        if (!parse_number(texts[2 * i + 1], UINT64_MAX, &doorbells[i].value)) {
            fprintf(stderr,
                    "qdpi-ring: value %s: give a whole number, decimal or 0x…, below 2^64\n",
                    texts[2 * i + 1]);
            return -EINVAL;
        }
    }
    return 0;
}

static int ring_all(const struct qdpi_doorbell *doorbells, size_t count)
{
    const int file = qdpi_doorbell_open();
    int result = 0;
    if (file < 0) {
        fprintf(stderr, "qdpi-ring: cannot open " QDPI_DOORBELL_DEVICE ": %s; %s\n",
                strerror(-file),
                file == -ENOENT ? "load qdpi_doorbell.ko" : "only root may ring doorbells");
        return file;
    }
    for (size_t i = 0; i < count && result == 0; i++) {
        result = qdpi_doorbell_ring(file, &doorbells[i]);
        if (result != 0) {
            fprintf(stderr, "qdpi-ring: doorbell %" PRIu32 " with %#" PRIx64 " was refused: %s\n",
                    doorbells[i].index, doorbells[i].value, strerror(-result));
        }
    }
    close(file);
    return result;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc % 2 == 0) {
        fprintf(stderr, "usage: qdpi-ring INDEX VALUE [INDEX VALUE...]   (decimal or 0x…)\n");
        return STATUS_USAGE;
    }
    const size_t count = (size_t)(argc - 1) / 2;
    struct qdpi_doorbell *doorbells = calloc(count, sizeof *doorbells);
    if (doorbells == NULL) {
        fprintf(stderr, "qdpi-ring: no memory for %zu doorbells\n", count);
        return STATUS_FAILED;
    }
    int status = EXIT_SUCCESS;
    if (parse_doorbells(doorbells, argv + 1, count) != 0) {
        status = STATUS_USAGE;
    } else if (ring_all(doorbells, count) != 0) {
        status = STATUS_FAILED;
    }
    free(doorbells);
    return status;
}
