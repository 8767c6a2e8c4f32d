// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Numbers as people type them: addresses, lengths, values, widths.

#ifndef QDPI_TOOLS_NUMBER_H_
#define QDPI_TOOLS_NUMBER_H_

#include <argp.h>
#include <stdint.h>

/// Decimal, 0x, 0b; `_` between digits is ignored; the suffixes K, M, G, T are powers of 1024; A+B
/// and A-B add and subtract. Calls argp_error() with `what` and the text when it is no such number.
uint64_t qdpi_parse_number(struct argp_state *state, const char *what, const char *text);

/// 1, 2, 4 or 8.
unsigned qdpi_parse_width(struct argp_state *state, const char *text);

/// A value of `width` bytes; negative ones allowed; refused when it does not fit.
uint64_t qdpi_parse_value(struct argp_state *state, const char *text, unsigned width);

#endif
