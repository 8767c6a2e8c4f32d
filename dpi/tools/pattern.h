// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Bytes to look for, some of which may be left open.

#ifndef QDPI_TOOLS_PATTERN_H_
#define QDPI_TOOLS_PATTERN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QDPI_PATTERN_MOST = 4096 };  ///< bytes

enum qdpi_text_encoding { QDPI_TEXT_UTF8, QDPI_TEXT_UTF16_LITTLE, QDPI_TEXT_UTF16_BIG };

struct qdpi_pattern {
    size_t length;
    size_t rarest;                     ///< the byte without open bits that memory has least of
    size_t anchor;                     ///< the longest run of bytes without open bits,
    size_t anchor_length;              ///< 0: there is none
    uint8_t bytes[QDPI_PATTERN_MOST];  ///< 0 where a bit is open
    uint8_t mask[QDPI_PATTERN_MOST];   ///< 1: the bit must be as in `bytes`
};

// All that make a pattern return NULL, or what is wrong with the text, to be put behind it.

/// Pairs of hex digits, spaces between them as you like, ? for a digit that is left open.
const char *qdpi_pattern_from_hex(struct qdpi_pattern *pattern, const char *text);

/// `text` is UTF-8 and stays so, as far as it is; for UTF-16 it has to be.
const char *qdpi_pattern_from_text(struct qdpi_pattern *pattern, const char *text,
                                   enum qdpi_text_encoding encoding);

void qdpi_pattern_from_integer(struct qdpi_pattern *pattern, uint64_t value, unsigned width,
                               bool big_endian);

/// Leave the bits open that are 0 in `mask`: hex digits as above, without ?, as many as the
/// pattern.
const char *qdpi_pattern_mask_hex(struct qdpi_pattern *pattern, const char *mask);

/// The same for a pattern made of an integer.
const char *qdpi_pattern_mask_integer(struct qdpi_pattern *pattern, uint64_t mask, bool big_endian);

/// @return whether memory that has nothing but zeros matches.
bool qdpi_pattern_matches_zeros(const struct qdpi_pattern *pattern);

/// The first match in `memory`, which stands at `gpa`, at or after `from`, whose address is a
/// multiple of `align`. Matches may overlap. @return where, or `size`: there is none.
size_t qdpi_pattern_find(const struct qdpi_pattern *pattern, const uint8_t *memory, size_t size,
                         size_t from, uint64_t gpa, uint64_t align);

#endif
