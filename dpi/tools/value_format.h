// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A value in the notations that people compare with data sheets.

#ifndef QDPI_TOOLS_VALUE_FORMAT_H_
#define QDPI_TOOLS_VALUE_FORMAT_H_

#include <stddef.h>
#include <stdint.h>

enum qdpi_value_notation {
    QDPI_NOTATION_HEX,     ///< 0x, with all digits of the width
    QDPI_NOTATION_DEC,     ///< without a sign
    QDPI_NOTATION_SIGNED,  ///< as two's complement
    QDPI_NOTATION_BIN,     ///< 0b, with all digits, `_` between bytes
    QDPI_NOTATION_ALL,     ///< these four, by spaces apart and aligned
};

enum {
    QDPI_VALUE_TEXT = 160,  ///< room for the longest text, with its end
};

/// @param width  1, 2, 4 or 8 bytes. @return `text`.
const char *qdpi_value_format(char text[QDPI_VALUE_TEXT], enum qdpi_value_notation notation,
                              uint64_t value, unsigned width);

#endif
