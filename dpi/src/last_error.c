// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The sentence that goes with a negative result.

#include "last_error.h"

#include <stdio.h>

int qdpi_fail(struct qdpi_error *error, int result, const char *format, ...)
{
    if (error != NULL && error->text[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return result;
}
