// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What bridges have done, as text for people and as JSON.

#ifndef QDPI_TOOLS_STATS_VIEW_H_
#define QDPI_TOOLS_STATS_VIEW_H_

#include <jansson.h>
#include <stdio.h>

#include "stats_pages.h"

/// A rate for people, in at most 7 columns: "0", "12.3", "4.56k", "789M".
void qdpi_stats_format_rate(double per_second, char *text, size_t size);

/// Print `now`, with the rates since `before` for bridges that were there already.
void qdpi_stats_print(FILE *stream, const struct qdpi_stats_list *now,
                      const struct qdpi_stats_list *before);

/// The same. @return a new reference, NULL without memory.
json_t *qdpi_stats_json(const struct qdpi_stats_list *now, const struct qdpi_stats_list *before);

#endif
