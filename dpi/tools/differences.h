// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Where two copies of a range of memory differ, and how that is shown.

#ifndef QDPI_TOOLS_DIFFERENCES_H_
#define QDPI_TOOLS_DIFFERENCES_H_

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "value_format.h"

/// What is compared. `size` is a multiple of `width`.
struct qdpi_comparison {
    uint64_t gpa;
    const uint8_t *before;
    const uint8_t *after;
    size_t size;
    unsigned width;  ///< of the words: 1, 2, 4 or 8
    enum qdpi_value_notation notation;
};

/// A run of words of which each differs.
struct qdpi_difference {
    size_t offset;
    size_t size;
};

/// The first run at or after `from`, a multiple of the width. @return false: there is none.
bool qdpi_difference_next(const struct qdpi_comparison *comparison, size_t from,
                          struct qdpi_difference *difference);

/// Lines "ADDRESS: OLD... -> NEW...", each after `prefix`.
void qdpi_difference_print(FILE *stream, const char *prefix,
                           const struct qdpi_comparison *comparison,
                           const struct qdpi_difference *difference);

/// {"gpa", "size", "old": [...], "new": [...]}. @return a new reference, NULL without memory.
json_t *qdpi_difference_json(const struct qdpi_comparison *comparison,
                             const struct qdpi_difference *difference);

#endif
