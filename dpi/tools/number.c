// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Numbers as people type them: addresses, lengths, values, widths.

#include "number.h"

#include <stdbool.h>
#include <string.h>

enum {
    BINARY = 2,
    DECIMAL = 10,
    HEXADECIMAL = 16,
    NO_DIGIT = 99,
    BITS_PER_BYTE = 8,
};

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (unsigned)(c - 'a' + DECIMAL);
    }
    if (c >= 'A' && c <= 'F') {
        return (unsigned)(c - 'A' + DECIMAL);
    }
    return NO_DIGIT;
}

static unsigned parse_base(const char **text)
{
    const char *at = *text;
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
        *text += 2;
        return HEXADECIMAL;
    }
    if (at[0] == '0' && (at[1] == 'b' || at[1] == 'B')) {
        *text += 2;
        return BINARY;
    }
    return DECIMAL;
}

// Of the suffix at `c`; 0: none stands there.
static unsigned suffix_shift(char c)
{
    static const char suffixes[] = "KMGT";
    const char upper = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    const char *found = upper != '\0' ? strchr(suffixes, upper) : NULL;
    return found != NULL ? (unsigned)(found - suffixes + 1) * 10 : 0;
}

// One number without a sign, and its suffix. `*text` is moved behind it.
static bool parse_term(const char **text, uint64_t *value)
{
    const unsigned base = parse_base(text);
    const char *at = *text;
    uint64_t sum = 0;
    if (digit_value(*at) >= base) {
        return false;
    }
    for (; digit_value(*at) < base || (*at == '_' && digit_value(at[1]) < base); at++) {
        if (*at != '_' && (__builtin_mul_overflow(sum, base, &sum) ||
                           __builtin_add_overflow(sum, digit_value(*at), &sum))) {
            return false;
        }
    }
    const unsigned shift = suffix_shift(*at);
    if (shift != 0) {
        if (sum << shift >> shift != sum) {
            return false;
        }
        sum <<= shift;
        at++;
    }
    *text = at;
    *value = sum;
    return true;
}

// The rest of a sum, from its first operator on.
static bool parse_sum(const char *text, uint64_t *value)
{
    while (*text == '+' || *text == '-') {
        const char operation = *text++;
        uint64_t term = 0;
        if (!parse_term(&text, &term) ||
            (operation == '+' ? __builtin_add_overflow(*value, term, value)
                              : __builtin_sub_overflow(*value, term, value))) {
            return false;
        }
    }
    return *text == '\0';
}

static bool parse_text(const char *text, uint64_t *value)
{
    return parse_term(&text, value) && parse_sum(text, value);
}

uint64_t qdpi_parse_number(struct argp_state *state, const char *what, const char *text)
{
    uint64_t value = 0;
    if (!parse_text(text, &value)) {
        argp_error(state,
                   "'%s' is no %s: give a number from 0 to 2^64 - 1, for instance 4096, 0x1000, "
                   "0b1000, 4K, 0x10_0000 or 3G+0x40",
                   text, what);
        return 0;
    }
    return value;
}

unsigned qdpi_parse_width(struct argp_state *state, const char *text)
{
    if (strlen(text) == 1 && strchr("1248", text[0]) != NULL) {
        return digit_value(text[0]);
    }
    argp_error(state, "'%s' is no width: give 1, 2, 4 or 8 bytes", text);
    return 1;
}

uint64_t qdpi_parse_value(struct argp_state *state, const char *text, unsigned width)
{
    const unsigned bits = width * BITS_PER_BYTE;
    const uint64_t most = UINT64_MAX >> (64 - bits);
    const bool negative = text[0] == '-';
    uint64_t value = 0;
    if (!parse_text(text + negative, &value)) {
        argp_error(state,
                   "'%s' is no value: give a number, for instance 10, -10, 0x10, 0b10 or 0x10_0000",
                   text);
        return 0;
    }
    if (value > (negative ? most / 2 + 1 : most)) {
        argp_error(state, "'%s' does not fit into %u byte%s: give another value or a wider -w",
                   text, width, width == 1 ? "" : "s");
        return 0;
    }
    return negative ? (0 - value) & most : value;
}
