// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Where two copies of a range of memory differ, and how that is shown.

#include "differences.h"

#include <inttypes.h>
#include <string.h>

#include "json_output.h"

enum { STRIDE = 4096 };  // that memcmp is fast with

static bool differs(const struct qdpi_comparison *comparison, size_t at)
{
    return memcmp(comparison->before + at, comparison->after + at, comparison->width) != 0;
}

/// Over what is alike.
static size_t skip_alike(const struct qdpi_comparison *comparison, size_t at)
{
    while (comparison->size - at >= STRIDE &&
           memcmp(comparison->before + at, comparison->after + at, STRIDE) == 0) {
        at += STRIDE;
    }
    return at;
}

bool qdpi_difference_next(const struct qdpi_comparison *comparison, size_t from,
                          struct qdpi_difference *difference)
{
    size_t at = skip_alike(comparison, from);

    while (at < comparison->size && !differs(comparison, at)) {
        at += comparison->width;
        if (at % STRIDE == 0) {
            at = skip_alike(comparison, at);
        }
    }
    difference->offset = at;
    while (at < comparison->size && differs(comparison, at)) {
        at += comparison->width;
    }
    difference->size = at - difference->offset;
    return difference->size > 0;
}

static uint64_t word(const uint8_t *bytes, unsigned width)
{
    uint64_t value = 0;

    memcpy(&value, bytes, width);  // little endian, as the guest is
    return value;
}

static size_t words_in_line(const struct qdpi_comparison *comparison)
{
    switch (comparison->notation) {
    case QDPI_NOTATION_ALL:
        return 1;
    case QDPI_NOTATION_BIN:
        return comparison->width < 4 ? 4 / comparison->width : 1;
    default:
        return comparison->width < 4 ? 8 : 16 / comparison->width;
    }
}

static void print_words(FILE *stream, const struct qdpi_comparison *comparison,
                        const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += comparison->width) {
        char text[QDPI_VALUE_TEXT];

        fprintf(stream, " %s",
                qdpi_value_format(text, comparison->notation, word(bytes + at, comparison->width),
                                  comparison->width));
    }
}

void qdpi_difference_print(FILE *stream, const char *prefix,
                           const struct qdpi_comparison *comparison,
                           const struct qdpi_difference *difference)
{
    const size_t most = words_in_line(comparison) * comparison->width;
    const size_t end = difference->offset + difference->size;

    for (size_t at = difference->offset; at < end; at += most) {
        const size_t size = end - at < most ? end - at : most;

        fprintf(stream, "%s%08" PRIx64 ":", prefix, comparison->gpa + at);
        print_words(stream, comparison, comparison->before + at, size);
        fputs(" ->", stream);
        print_words(stream, comparison, comparison->after + at, size);
        putc('\n', stream);
    }
}

static json_t *json_words(const uint8_t *bytes, size_t size, unsigned width)
{
    json_t *words = json_array();

    for (size_t at = 0; at < size; at += width) {
        json_array_append_new(words, qdpi_json_value(word(bytes + at, width), width));
    }
    return words;
}

json_t *qdpi_difference_json(const struct qdpi_comparison *comparison,
                             const struct qdpi_difference *difference)
{
    const size_t offset = difference->offset;
    const size_t size = difference->size;

    return json_pack("{s:o, s:I, s:o, s:o}", "gpa", qdpi_json_address(comparison->gpa + offset),
                     "size", (json_int_t)size, "old",
                     json_words(comparison->before + offset, size, comparison->width), "new",
                     json_words(comparison->after + offset, size, comparison->width));
}
