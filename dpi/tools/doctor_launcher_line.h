// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A line that starts the launcher -> the QEMU command line that it comes to. Pure.

#ifndef QDPI_TOOLS_DOCTOR_LAUNCHER_LINE_H_
#define QDPI_TOOLS_DOCTOR_LAUNCHER_LINE_H_

#include <stdbool.h>
#include <stddef.h>

struct qdpi_launcher_line {
    char **words;
    size_t count;
};

/// Whether `words` start qdpi-launch or `qemu-dpi run`.
bool qdpi_launcher_line_is(char *const *words, size_t count);

/// @return 0; -ENOMEM. Release in any case.
int qdpi_launcher_line_expand(char *const *words, size_t count, struct qdpi_launcher_line *line);

void qdpi_launcher_line_release(struct qdpi_launcher_line *line);

#endif
