// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Answers for programs: JSON on standard output.

#ifndef QDPI_TOOLS_JSON_OUTPUT_H_
#define QDPI_TOOLS_JSON_OUTPUT_H_

#include <jansson.h>
#include <stdint.h>

/// Addresses, offsets and values are strings "0x...": most readers of JSON keep 53 bits of a
/// number. Counts and sizes are numbers. @return a new reference, NULL without memory.
json_t *qdpi_json_address(uint64_t address);

/// A value of `width` bytes with all its digits. @return as above.
json_t *qdpi_json_value(uint64_t value, unsigned width);

/// A text that others have chosen: null if it is none (NULL), or no UTF-8. @return as above.
json_t *qdpi_json_text(const char *text);

/// Print `document` and a newline, and give it back; NULL, which stands for one that could not be
/// made, is told on standard error. @return QDPI_EXIT_OK or QDPI_EXIT_FILE.
int qdpi_json_print(json_t *document);

#endif
