// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// How the user gets a debugger onto the guest.

#ifndef QDPI_LAUNCHER_DEBUGGER_H_
#define QDPI_LAUNCHER_DEBUGGER_H_

#include "options.h"
#include "workspace.h"

// Returns 32 or 64 for an ELF file of that width, 0 for any other file or none.
unsigned qdpi_debugger_elf_bits(const char *path);

// Returns the shell line that connects gdb to the guest, or NULL when memory is short. The caller
// frees it.
char *qdpi_debugger_line(const struct qdpi_options *options,
                         const struct qdpi_workspace *workspace);

#endif
