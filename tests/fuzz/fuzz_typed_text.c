// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: what people type for the qemu-dpi command. The first byte chooses:
//   'n'   the rest is a number; the second byte chooses the width of a value
//   'v'   8 bytes are a value in all its notations
//   other a pattern, in hex ('x') or as text ('t', 'l', 'b'), up to a zero byte; then the
//   alignment,
//         where memory begins, and memory to look in
// What is taken must come back from its own notation, and what is found must be what a plain loop
// finds.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "pattern.h"
#include "value_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// ---- Numbers -----------------------------------------------------------------------------------

/// A parser that goes on after an error, and whether there was one.
struct talk {
    struct argp_state state;
    char *said;
    size_t said_size;
};

static void begin(struct talk *talk)
{
    static const struct argp nothing = {0};

    *talk = (struct talk){.state = {.root_argp = &nothing, .flags = ARGP_NO_EXIT, .name = "fuzz"}};
    talk->state.err_stream = open_memstream(&talk->said, &talk->said_size);
    if (talk->state.err_stream == NULL) {
        abort();
    }
}

/// @return whether nothing was said.
static bool end(struct talk *talk)
{
    (void)fclose(talk->state.err_stream);
    const bool silent = talk->said_size == 0;
    free(talk->said);
    return silent;
}

static bool read_number(const char *text, uint64_t *value)
{
    struct talk talk;

    begin(&talk);
    *value = qdpi_parse_number(&talk.state, "number", text);
    return end(&talk);
}

static bool read_value(const char *text, unsigned width, uint64_t *value)
{
    struct talk talk;

    begin(&talk);
    *value = qdpi_parse_value(&talk.state, text, width);
    return end(&talk);
}

static void check_notation(enum qdpi_value_notation notation, uint64_t value, unsigned width)
{
    char text[QDPI_VALUE_TEXT];
    uint64_t again;

    if (!read_value(qdpi_value_format(text, notation, value, width), width, &again) ||
        again != value) {
        abort();
    }
}

/// All notations of a value, and the four in the line that has all.
static void check_value(uint64_t value, unsigned width)
{
    char line[QDPI_VALUE_TEXT];
    char *rest = qdpi_value_format(line, QDPI_NOTATION_ALL, value, width) == line ? line : NULL;

    for (int i = 0; i < 4; i++) {
        char *word = strtok_r(rest, " ", &rest);
        uint64_t again;

        if (word == NULL || !read_value(word, width, &again) || again != value) {
            abort();
        }
        check_notation((enum qdpi_value_notation)i, value, width);
    }
}

static void check_number(const char *text, unsigned width)
{
    uint64_t value;
    uint64_t number;

    if (read_value(text, width, &value)) {
        if (width < 8 && value >> (8 * width) != 0) {
            abort();
        }
        check_value(value, width);
        // Where it is a number too, it is the same one.
        if (text[0] != '-' && (!read_number(text, &number) || number != value)) {
            abort();
        }
    }
    if (read_number(text, &number)) {
        check_value(number, sizeof number);
    }
}

// ---- Patterns ----------------------------------------------------------------------------------

static size_t find_plainly(const struct qdpi_pattern *pattern, const uint8_t *memory, size_t size,
                           size_t from, uint64_t gpa, uint64_t align)
{
    for (size_t at = from; at + pattern->length <= size; at++) {
        bool same = (gpa + at) % align == 0;

        for (size_t i = 0; same && i < pattern->length; i++) {
            same = (memory[at + i] & pattern->mask[i]) == pattern->bytes[i];
        }
        if (same) {
            return at;
        }
    }
    return size;
}

static const char *make_pattern(struct qdpi_pattern *pattern, char kind, const char *text)
{
    return kind == 't'   ? qdpi_pattern_from_text(pattern, text, QDPI_TEXT_UTF8)
           : kind == 'l' ? qdpi_pattern_from_text(pattern, text, QDPI_TEXT_UTF16_LITTLE)
           : kind == 'b' ? qdpi_pattern_from_text(pattern, text, QDPI_TEXT_UTF16_BIG)
                         : qdpi_pattern_from_hex(pattern, text);
}

static void check_pattern(const struct qdpi_pattern *pattern)
{
    bool open = true;

    if (pattern->length == 0 || pattern->length > QDPI_PATTERN_MOST ||
        pattern->anchor_length > pattern->length ||
        (pattern->anchor_length > 0 &&
         pattern->anchor > pattern->length - pattern->anchor_length)) {
        abort();
    }
    for (size_t i = 0; i < pattern->length; i++) {
        open = open && pattern->mask[i] == 0;
        if ((pattern->bytes[i] & ~pattern->mask[i]) != 0) {
            abort();
        }
    }
    // One that leaves all open is refused.
    if (open) {
        abort();
    }
}

/// @param rest  the alignment as a power of two, the low half of a GPA's byte, memory.
static void check_search(const struct qdpi_pattern *pattern, const uint8_t *rest, size_t size)
{
    if (size < 2) {
        return;
    }
    const uint64_t align = UINT64_C(1) << (rest[0] & 63);
    const uint64_t gpa = UINT64_C(0xffff0000) + rest[1];
    const uint8_t *memory = rest + 2;
    const size_t bytes = size - 2;
    size_t from = 0;

    for (int matches = 0; matches < 64; matches++) {
        const size_t found = qdpi_pattern_find(pattern, memory, bytes, from, gpa, align);

        if (found != find_plainly(pattern, memory, bytes, from, gpa, align)) {
            abort();
        }
        if (found == bytes) {
            return;
        }
        from = found + 1;
    }
}

static void try_pattern(char kind, const char *text, const uint8_t *rest, size_t size)
{
    static struct qdpi_pattern pattern;
    const char *complaint = make_pattern(&pattern, kind, text);

    if (complaint == NULL) {
        check_pattern(&pattern);
        check_search(&pattern, rest, size);
        // Its own mask, from further text of the same kind.
        if (kind == 'x' && qdpi_pattern_mask_hex(&pattern, text) == NULL) {
            check_pattern(&pattern);
            check_search(&pattern, rest, size);
        }
    } else if (complaint[0] == '\0') {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned widths[] = {1, 2, 4, 8};

    if (size < 2) {
        return 0;
    }
    char *text = malloc(size);
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (data[0] == 'n') {
        check_number(text + 1, widths[data[1] % 4]);
    } else if (data[0] == 'v' && size >= 10) {
        for (size_t i = 0; i < 4; i++) {
            uint64_t value = 0;
            memcpy(&value, data + 2, widths[i]);
            check_value(value, widths[i]);
        }
    } else {
        const size_t length = strlen(text);
        const size_t behind = length + 2 < size ? length + 2 : size;
        try_pattern((char)data[0], text, data + behind, size - behind);
    }
    free(text);
    return 0;
}
