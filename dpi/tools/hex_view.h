// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Bytes in hexadecimal and ASCII, as xxd shows them and takes them back.

#ifndef QDPI_TOOLS_HEX_VIEW_H_
#define QDPI_TOOLS_HEX_VIEW_H_

#include <stddef.h>
#include <stdint.h>

enum {
    QDPI_HEX_VIEW_BYTES = 16,  ///< of memory, a line
    QDPI_HEX_VIEW_LINE = 80,   ///< most characters of a line, with its end
};

/// One line of up to QDPI_HEX_VIEW_BYTES bytes, with a newline and a 0 at its end.
/// @return its characters.
size_t qdpi_hex_view_line(char line[QDPI_HEX_VIEW_LINE], uint64_t address,
                          const unsigned char *data, size_t size);

#endif
