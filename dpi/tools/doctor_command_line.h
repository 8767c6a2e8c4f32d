// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A QEMU command line, taken apart as QEMU does it. Pure.

#ifndef QDPI_TOOLS_DOCTOR_COMMAND_LINE_H_
#define QDPI_TOOLS_DOCTOR_COMMAND_LINE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "last_error.h"

/// key=value; a first one without '=' has the key "" (QEMU implies one), a later one the value
/// "on".
struct qdpi_line_property {
    char *key;
    char *value;
};

struct qdpi_line_option {
    const char *name;  ///< without dashes, borrowed from the words; "": a disk image
    struct qdpi_line_property *properties;
    size_t count;
};

struct qdpi_command_line {
    const char *binary;
    struct qdpi_line_option *options;
    size_t count;
};

/// Take `words` apart; words[0] is the program. The words must stay.
/// @return 0; -EINVAL: an option lacks its value; -ENOMEM. Release the line in any case.
int qdpi_command_line_parse(char *const *words, size_t count, struct qdpi_command_line *line,
                            struct qdpi_error *error);

void qdpi_command_line_release(struct qdpi_command_line *line);

/// The next option called `name` after `previous` (NULL: from the start), or NULL.
const struct qdpi_line_option *qdpi_command_line_next(const struct qdpi_command_line *line,
                                                      const char *name,
                                                      const struct qdpi_line_option *previous);

bool qdpi_command_line_has(const struct qdpi_command_line *line, const char *name);

/// The last value of `key`; "" is the first, implied one. NULL: not given.
const char *qdpi_line_property(const struct qdpi_line_option *option, const char *key);

/// As qdpi_line_property(), of the first property by its name or without one.
const char *qdpi_line_first(const struct qdpi_line_option *option, const char *implied_key);

/// An on/off property, also in the old forms "wait" and "nowait".
bool qdpi_line_switch(const struct qdpi_line_option *option, const char *key, bool otherwise);

/// Of all options called `name` the last value of `key`, or NULL: how QEMU merges -machine.
const char *qdpi_command_line_merged(const struct qdpi_command_line *line, const char *name,
                                     const char *key);

/// "512M", "1.5G"; a bare number is in `unit` bytes.
bool qdpi_line_size(const char *text, uint64_t unit, uint64_t *size);

/// Whether `word` is a program that is called like QEMU's system emulators.
bool qdpi_command_line_is_qemu(const char *word);

#endif
