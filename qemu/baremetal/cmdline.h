// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest's command line: words of the form key=value.
#ifndef QDPI_BAREMETAL_CMDLINE_H
#define QDPI_BAREMETAL_CMDLINE_H

#include <stdint.h>

/// Keep a copy of `line`, which may be NULL. Its first word is the name of the image and is
/// skipped.
void qdpi_cmdline_init(const char *line);

/// The number given for `key`, decimal or with 0x; `otherwise` if the key is absent. A value that
/// is no number, or is more than `maximum`, fails the guest with a sentence.
uint32_t qdpi_cmdline_number(const char *key, uint32_t otherwise, uint32_t maximum);

/// Fail the guest with a sentence if a word has a key that is not in the NULL-terminated list
/// `keys`.
void qdpi_cmdline_allow_only(const char *const *keys);

#endif
