// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The argument vector that QEMU is started with, and the same as one line for a shell.

#ifndef QDPI_LAUNCHER_QEMU_COMMAND_H_
#define QDPI_LAUNCHER_QEMU_COMMAND_H_

#include <stddef.h>

#include "options.h"
#include "workspace.h"

// Names of the files that QEMU gets in the workspace.
#define QDPI_LAUNCHER_SOCKET "launcher.sock"
#define QDPI_CONSOLE_SOCKET "console.sock"
#define QDPI_GDB_SOCKET "gdb.sock"

struct qdpi_qemu_command {
    char **arguments;  // NULL-terminated, ready for execvp
    size_t count;
    size_t capacity;
    int error;  // -errno of the first argument that could not be added; nothing is added after it
};

// Builds the vector. `console` is the file that gets the guest's serial output. Returns 0 or
// -ENOMEM; release it in both cases.
int qdpi_qemu_command_build(struct qdpi_qemu_command *command, const struct qdpi_options *options,
                            const struct qdpi_workspace *workspace, const char *console);

void qdpi_qemu_command_release(struct qdpi_qemu_command *command);

// Writes the path of bridge number `bridge`'s monitor socket into `path` (QDPI_WORKSPACE_PATH
// bytes).
int qdpi_bridge_socket(const struct qdpi_workspace *workspace, unsigned bridge, char *path);

// Returns the vector as one line that a POSIX shell reads back to the same words, or NULL when
// memory is short. The caller frees it.
char *qdpi_shell_line(char *const *arguments);

#endif
