// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Stores the text that explains a failure.

#include "explanation.h"

#include <stdarg.h>
#include <stdio.h>

int qdpi_explain(struct qdpi_explanation *why, int result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);
    return result;
}
