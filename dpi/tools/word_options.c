// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The options by which a range of memory is taken as words, and how they are shown.

#include "word_options.h"

#include <inttypes.h>
#include <string.h>

#include "number.h"

enum qdpi_value_notation qdpi_parse_notation(struct argp_state *state, const char *text)
{
    static const char *const names[] = {
        [QDPI_NOTATION_HEX] = "hex", [QDPI_NOTATION_DEC] = "dec", [QDPI_NOTATION_SIGNED] = "signed",
        [QDPI_NOTATION_BIN] = "bin", [QDPI_NOTATION_ALL] = "all",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], text) == 0) {
            return (enum qdpi_value_notation)i;
        }
    }
    argp_error(state, "'%s' is no format: give hex, dec, signed, bin or all", text);
    return QDPI_NOTATION_HEX;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct qdpi_word_options *words = state->input;
    switch (key) {
    case 'w':
        words->width = qdpi_parse_width(state, argument);
        return 0;
    case 'f':
        words->notation = qdpi_parse_notation(state, argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {.name = "width", .key = 'w', .arg = "1|2|4|8", .doc = "Bytes of a word"},
    {.name = "format",
     .key = 'f',
     .arg = "hex|dec|signed|bin|all",
     .doc = "How words are shown; default: hex"},
    {0},
};

const struct argp qdpi_word_argp = {.options = options, .parser = parse_option};

void qdpi_require_words(struct argp_state *state, const struct qdpi_word_options *words,
                        uint64_t length)
{
    if (length % words->width != 0) {
        argp_error(state,
                   "%" PRIu64 " bytes are no whole words of %u: give another length, or a "
                   "narrower -w",
                   length, words->width);
    }
}
