// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Failures of the launcher: recording the first one, and speaking to the user.

#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void qdpi_failure_set(struct qdpi_failure *failure, int exit_status, const char *format, ...)
{
    if (qdpi_failed(failure)) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->text, sizeof failure->text, format, arguments);
    va_end(arguments);
    failure->exit_status = exit_status;
}

void qdpi_say(const char *name, const char *format, ...)
{
    char text[sizeof(struct qdpi_failure)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *program = program_invocation_short_name;
    if (name != NULL) {
        dprintf(STDERR_FILENO, "%s[%s]: %s\n", program, name, text);
    } else {
        dprintf(STDERR_FILENO, "%s: %s\n", program, text);
    }
}
