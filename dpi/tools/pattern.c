// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Patterns: made of what people type, found at the speed of memchr.

#include "pattern.h"

#include <ctype.h>
#include <string.h>

// ---- Making ------------------------------------------------------------------------------------

/// How common a byte is in the memory of a PC: zeros before all, then ones, then text and the small
/// numbers and high halves of addresses that tables are full of.
static unsigned commonness(uint8_t byte)
{
    if (byte == 0) {
        return 6;
    }
    if (byte == 0xff) {
        return 5;
    }
    if (byte == ' ' || byte == 'e' || byte == 't' || byte == 0xcc || byte == 0x48) {
        return 4;
    }
    if (islower(byte) || byte <= 8) {
        return 3;
    }
    return byte < 0x80 ? 2 : 1;
}

/// Everything that follows from `bytes`, `mask` and `length`.
static const char *finish(struct qdpi_pattern *pattern)
{
    size_t run = 0;
    bool open = true;

    pattern->anchor_length = 0;
    pattern->rarest = 0;
    for (size_t i = 0; i < pattern->length; i++) {
        pattern->bytes[i] &= pattern->mask[i];
        open = open && pattern->mask[i] == 0;
        if (pattern->mask[i] != 0xff) {
            run = 0;
            continue;
        }
        if (pattern->anchor_length == 0 ||
            commonness(pattern->bytes[i]) < commonness(pattern->bytes[pattern->rarest])) {
            pattern->rarest = i;
        }
        run++;
        if (run > pattern->anchor_length) {
            pattern->anchor_length = run;
            pattern->anchor = i + 1 - run;
        }
    }
    return open ? "leaves all open: everything would match" : NULL;
}

/// One of the two digits of a byte. @return false: it is none.
static bool take_digit(char digit, bool open_allowed, uint8_t *bits, uint8_t *mask)
{
    static const char digits[] = "0123456789abcdef";
    const char *place = digit != '\0' ? strchr(digits, tolower((unsigned char)digit)) : NULL;

    *bits = (uint8_t)(*bits << 4);
    *mask = (uint8_t)(*mask << 4);
    if (place != NULL) {
        *bits = (uint8_t)(*bits | (place - digits));
        *mask |= 0xf;
    }
    return place != NULL || (open_allowed && digit == '?');
}

static const char *parse_hex(const char *text, bool open_allowed, uint8_t *bytes, uint8_t *mask,
                             size_t *length)
{
    size_t count = 0;

    for (const char *at = text;; at += 2) {
        while (isspace((unsigned char)*at)) {
            at++;
        }
        if (*at == '\0') {
            break;
        }
        if (count == QDPI_PATTERN_MOST) {
            return "is longer than 4096 bytes";
        }
        bytes[count] = 0;
        mask[count] = 0;
        if (!take_digit(at[0], open_allowed, &bytes[count], &mask[count]) ||
            !take_digit(at[1], open_allowed, &bytes[count], &mask[count])) {
            return open_allowed ? "is not pairs of hex digits, or ? for those left open, such as "
                                  "\"de ad ?? ef\""
                                : "is not pairs of hex digits, such as \"ff ff 00 f0\"";
        }
        count++;
    }
    *length = count;
    return count > 0 ? NULL : "is empty";
}

const char *qdpi_pattern_from_hex(struct qdpi_pattern *pattern, const char *text)
{
    const char *complaint = parse_hex(text, true, pattern->bytes, pattern->mask, &pattern->length);

    return complaint != NULL ? complaint : finish(pattern);
}

/// The next character of UTF-8 text. @return how many bytes it has, 0: it is no UTF-8.
static size_t decode(const char *text, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t first = (uint8_t)text[0];
    const size_t length = first < 0x80   ? 1
                          : first < 0xc0 ? 0
                          : first < 0xe0 ? 2
                          : first < 0xf0 ? 3
                          : first < 0xf8 ? 4
                                         : 0;

    *character = length <= 1 ? first : first & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        const uint8_t byte = (uint8_t)text[i];

        if ((byte & 0xc0) != 0x80) {
            return 0;
        }
        *character = *character << 6 | (byte & 0x3fU);
    }
    if (*character < least[length] || *character > 0x10ffff ||
        (*character >= 0xd800 && *character < 0xe000)) {
        return 0;
    }
    return length;
}

static void add_unit(struct qdpi_pattern *pattern, uint32_t unit, enum qdpi_text_encoding encoding)
{
    const uint8_t low = (uint8_t)unit;
    const uint8_t high = (uint8_t)(unit >> 8);
    const bool big = encoding == QDPI_TEXT_UTF16_BIG;

    pattern->bytes[pattern->length++] = big ? high : low;
    pattern->bytes[pattern->length++] = big ? low : high;
}

static const char *encode_utf16(struct qdpi_pattern *pattern, const char *text,
                                enum qdpi_text_encoding encoding)
{
    while (*text != '\0') {
        uint32_t character;
        const size_t length = decode(text, &character);

        if (length == 0) {
            return "is not UTF-8";
        }
        if (pattern->length + (character < 0x10000 ? 2 : 4) > QDPI_PATTERN_MOST) {
            return "is longer than 4096 bytes";
        }
        if (character >= 0x10000) {
            add_unit(pattern, 0xd800 | (character - 0x10000) >> 10, encoding);
            character = 0xdc00 | (character & 0x3ff);
        }
        add_unit(pattern, character, encoding);
        text += length;
    }
    return NULL;
}

const char *qdpi_pattern_from_text(struct qdpi_pattern *pattern, const char *text,
                                   enum qdpi_text_encoding encoding)
{
    const char *complaint = NULL;

    pattern->length = 0;
    if (text[0] == '\0') {
        return "is empty";
    }
    if (encoding != QDPI_TEXT_UTF8) {
        complaint = encode_utf16(pattern, text, encoding);
    } else if (strlen(text) > QDPI_PATTERN_MOST) {
        complaint = "is longer than 4096 bytes";
    } else {
        pattern->length = strlen(text);
        memcpy(pattern->bytes, text, pattern->length);
    }
    if (complaint != NULL) {
        return complaint;
    }
    memset(pattern->mask, 0xff, pattern->length);
    return finish(pattern);
}

static void put_integer(uint8_t *bytes, uint64_t value, size_t width, bool big_endian)
{
    for (size_t i = 0; i < width; i++) {
        bytes[big_endian ? width - 1 - i : i] = (uint8_t)(value >> (8 * i));
    }
}

void qdpi_pattern_from_integer(struct qdpi_pattern *pattern, uint64_t value, unsigned width,
                               bool big_endian)
{
    pattern->length = width;
    put_integer(pattern->bytes, value, width, big_endian);
    memset(pattern->mask, 0xff, width);
    finish(pattern);
}

static const char *apply_mask(struct qdpi_pattern *pattern, const uint8_t *mask)
{
    for (size_t i = 0; i < pattern->length; i++) {
        pattern->mask[i] &= mask[i];
    }
    return finish(pattern);
}

const char *qdpi_pattern_mask_hex(struct qdpi_pattern *pattern, const char *mask)
{
    uint8_t bits[QDPI_PATTERN_MOST];
    uint8_t unused[QDPI_PATTERN_MOST];
    size_t length = 0;
    const char *complaint = parse_hex(mask, false, bits, unused, &length);

    if (complaint != NULL) {
        return complaint;
    }
    return length == pattern->length ? apply_mask(pattern, bits)
                                     : "has not as many bytes as the pattern";
}

const char *qdpi_pattern_mask_integer(struct qdpi_pattern *pattern, uint64_t mask, bool big_endian)
{
    uint8_t bits[8];

    put_integer(bits, mask, pattern->length, big_endian);
    return apply_mask(pattern, bits);
}

// ---- Finding -----------------------------------------------------------------------------------

bool qdpi_pattern_matches_zeros(const struct qdpi_pattern *pattern)
{
    for (size_t i = 0; i < pattern->length; i++) {
        if (pattern->bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool matches(const struct qdpi_pattern *pattern, const uint8_t *memory)
{
    // Before the loop: this refuses nearly all candidates.
    if (pattern->anchor_length > 0 &&
        memcmp(memory + pattern->anchor, pattern->bytes + pattern->anchor,
               pattern->anchor_length) != 0) {
        return false;
    }
    if (pattern->anchor_length == pattern->length) {
        return true;
    }
    for (size_t i = 0; i < pattern->length; i++) {
        if ((memory[i] & pattern->mask[i]) != pattern->bytes[i]) {
            return false;
        }
    }
    return true;
}

/// Where a match may start next, by what is cheap to look for; `starts` when nowhere.
struct scout {
    const struct qdpi_pattern *pattern;
    const uint8_t *memory;
    size_t starts;  ///< how many places there are to start at
    size_t first;
    size_t candidates;
    uint64_t first_step;  ///< from memory[0] to the first aligned address
    uint64_t align;
};

/// The first place at or after `at` whose address is aligned.
static size_t next_aligned(const struct scout *scout, size_t at)
{
    const uint64_t behind = at > scout->first_step ? at - scout->first_step : 0;
    const uint64_t steps = behind / scout->align + (behind % scout->align != 0);
    // Steps that are longer than the memory, and perhaps than the address space.
    if (steps > 0 && scout->align > scout->starts) {
        return scout->starts;
    }
    const uint64_t next = scout->first_step + steps * scout->align;

    return next < scout->starts ? (size_t)next : scout->starts;
}

/// memchr for the rarest byte, which is several times faster than memmem, unless that byte turns
/// out to be common here.
static size_t next_candidate(struct scout *scout, size_t at)
{
    enum { DENSE = 64, PATIENCE = 256 };
    const struct qdpi_pattern *pattern = scout->pattern;
    const size_t left = scout->starts - at;
    const bool dense = scout->candidates > PATIENCE + (at - scout->first) / DENSE;
    const uint8_t *found;
    size_t offset;

    if (dense) {
        offset = pattern->anchor;
        found = memmem(scout->memory + at + offset, left + pattern->anchor_length - 1,
                       pattern->bytes + offset, pattern->anchor_length);
    } else {
        offset = pattern->rarest;
        found = memchr(scout->memory + at + offset, pattern->bytes[offset], left);
    }
    scout->candidates++;
    return found != NULL ? (size_t)(found - scout->memory) - offset : scout->starts;
}

size_t qdpi_pattern_find(const struct qdpi_pattern *pattern, const uint8_t *memory, size_t size,
                         size_t from, uint64_t gpa, uint64_t align)
{
    enum { WIDE = 64 };  // from here on it is cheaper to look at the aligned addresses only
    struct scout scout = {.pattern = pattern, .memory = memory, .first = from, .align = align};
    size_t at = from;

    if (size < pattern->length || from > size - pattern->length) {
        return size;
    }
    scout.starts = size - pattern->length + 1;
    scout.first_step = gpa % align == 0 ? 0 : align - gpa % align;
    while (at < scout.starts) {
        const bool stepwise = align >= WIDE || pattern->anchor_length == 0;

        at = stepwise ? next_aligned(&scout, at) : next_candidate(&scout, at);
        if (at < scout.starts && (gpa + at) % align == 0 && matches(pattern, memory + at)) {
            return at;
        }
        at += at < scout.starts;
    }
    return size;
}
