// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Answers for programs: JSON on standard output.

#include "json_output.h"

#include <inttypes.h>
#include <stdio.h>

#include "command.h"

json_t *qdpi_json_address(uint64_t address)
{
    return json_sprintf("0x%" PRIx64, address);
}

json_t *qdpi_json_value(uint64_t value, unsigned width)
{
    return json_sprintf("0x%0*" PRIx64, (int)(2 * width), value);
}

json_t *qdpi_json_text(const char *text)
{
    json_t *const string = json_string(text);
    return string != NULL ? string : json_null();
}

int qdpi_json_print(json_t *document)
{
    const int result = document != NULL ? json_dumpf(document, stdout, JSON_INDENT(2)) : -1;
    json_decref(document);
    if (result != 0 || putchar('\n') == EOF) {
        fputs("qemu-dpi: the answer could not be written as JSON to standard output; is there a "
              "reader, and memory?\n",
              stderr);
        return QDPI_EXIT_FILE;
    }
    return QDPI_EXIT_OK;
}
