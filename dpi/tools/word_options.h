// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The options by which a range of memory is taken as words, and how they are shown.

#ifndef QDPI_TOOLS_WORD_OPTIONS_H_
#define QDPI_TOOLS_WORD_OPTIONS_H_

#include <argp.h>
#include <stdint.h>

#include "value_format.h"

struct qdpi_word_options {
    unsigned width;                     ///< -w, --width
    enum qdpi_value_notation notation;  ///< -f, --format, default hex
};

/// A child parser for a subcommand's argp: its input is a struct qdpi_word_options, which has the
/// subcommand's defaults already.
extern const struct argp qdpi_word_argp;

/// The argument of -f. Calls argp_error() when it is no format.
enum qdpi_value_notation qdpi_parse_notation(struct argp_state *state, const char *text);

/// Calls argp_error() when `length` bytes are not whole words.
void qdpi_require_words(struct argp_state *state, const struct qdpi_word_options *words,
                        uint64_t length);

#endif
