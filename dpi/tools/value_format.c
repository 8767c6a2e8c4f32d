// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A value in the notations that people compare with data sheets.

#include "value_format.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    BITS_PER_BYTE = 8,
    BITS_MOST = 64,
};

static int64_t as_signed(uint64_t value, unsigned width)
{
    const unsigned shift = BITS_MOST - BITS_PER_BYTE * width;
    return (int64_t)(value << shift) >> shift;
}

static void format_binary(char *text, uint64_t value, unsigned width)
{
    *text++ = '0';
    *text++ = 'b';
    for (unsigned bit = BITS_PER_BYTE * width; bit-- > 0;) {
        *text++ = (value >> bit & 1) != 0 ? '1' : '0';
        if (bit != 0 && bit % BITS_PER_BYTE == 0) {
            *text++ = '_';
        }
    }
    *text = '\0';
}

const char *qdpi_value_format(char text[QDPI_VALUE_TEXT], enum qdpi_value_notation notation,
                              uint64_t value, unsigned width)
{
    // The longest decimal number of each width, without and with a sign.
    static const int dec_columns[] = {[1] = 3, [2] = 5, [4] = 10, [8] = 20};
    static const int signed_columns[] = {[1] = 4, [2] = 6, [4] = 11, [8] = 20};
    char binary[QDPI_VALUE_TEXT / 2];
    const int hex_digits = (int)(2 * width);
    switch (notation) {
    case QDPI_NOTATION_HEX:
        snprintf(text, QDPI_VALUE_TEXT, "0x%0*" PRIx64, hex_digits, value);
        break;
    case QDPI_NOTATION_DEC:
        snprintf(text, QDPI_VALUE_TEXT, "%" PRIu64, value);
        break;
    case QDPI_NOTATION_SIGNED:
        snprintf(text, QDPI_VALUE_TEXT, "%" PRId64, as_signed(value, width));
        break;
    case QDPI_NOTATION_BIN:
        format_binary(text, value, width);
        break;
    case QDPI_NOTATION_ALL:
        format_binary(binary, value, width);
        snprintf(text, QDPI_VALUE_TEXT, "0x%0*" PRIx64 " %*" PRIu64 " %*" PRId64 " %s", hex_digits,
                 value, dec_columns[width], value, signed_columns[width], as_signed(value, width),
                 binary);
        break;
    }
    return text;
}
