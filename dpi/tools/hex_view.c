// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Bytes in hexadecimal and ASCII, as xxd shows them and takes them back.

#include "hex_view.h"

#include <string.h>

enum {
    ADDRESS_DIGITS = 8,
    BITS_PER_DIGIT = 4,
    GROUP_BYTES = 2,
};

static char to_digit(uint64_t value)
{
    static const char digits[] = "0123456789abcdef";
    return digits[value & 0xf];
}

static char to_visible(unsigned char byte)
{
    char character = '.';
    if (byte >= ' ' && byte <= '~') {
        memcpy(&character, &byte, 1);
    }
    return character;
}

static char *put_address(char *at, uint64_t address)
{
    unsigned count = ADDRESS_DIGITS;
    while (count < 2 * sizeof address && address >> (BITS_PER_DIGIT * count) != 0) {
        count++;
    }
    while (count-- > 0) {
        *at++ = to_digit(address >> (BITS_PER_DIGIT * count));
    }
    return at;
}

size_t qdpi_hex_view_line(char line[QDPI_HEX_VIEW_LINE], uint64_t address,
                          const unsigned char *data, size_t size)
{
    char *at = put_address(line, address);
    *at++ = ':';
    for (size_t i = 0; i < QDPI_HEX_VIEW_BYTES; i++) {
        if (i % GROUP_BYTES == 0) {
            *at++ = ' ';
        }
        if (i < size) {
            *at++ = to_digit(data[i] >> BITS_PER_DIGIT);
            *at++ = to_digit(data[i]);
        } else {
            *at++ = ' ';
            *at++ = ' ';
        }
    }
    *at++ = ' ';
    *at++ = ' ';
    for (size_t i = 0; i < size; i++) {
        *at++ = to_visible(data[i]);
    }
    *at++ = '\n';
    *at = '\0';
    return (size_t)(at - line);
}
