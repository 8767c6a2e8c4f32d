// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The line that starts gdb with the guest's symbols on QEMU's stub.

#include "debugger.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qemu_command.h"

// The beginning of an ELF file, and the byte in it that tells how wide its addresses are.
static const char elf_magic[] = {0x7f, 'E', 'L', 'F'};
enum { ELF_CLASS = sizeof elf_magic, ELF_CLASS_32 = 1, ELF_CLASS_64 = 2 };

unsigned qdpi_debugger_elf_bits(const char *path)
{
    char start[ELF_CLASS + 1];
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    const ssize_t length = read(file, start, sizeof start);
    close(file);
    if (length != (ssize_t)sizeof start || memcmp(start, elf_magic, sizeof elf_magic) != 0) {
        return 0;
    }
    return start[ELF_CLASS] == ELF_CLASS_32 ? 32 : start[ELF_CLASS] == ELF_CLASS_64 ? 64 : 0;
}

char *qdpi_debugger_line(const struct qdpi_options *options, const struct qdpi_workspace *workspace)
{
    char socket_path[QDPI_WORKSPACE_PATH];
    if (qdpi_workspace_file(workspace, QDPI_GDB_SOCKET, socket_path) != 0) {
        return NULL;
    }
    const char *symbols = options->gdb_symbols;
    // A compressed Linux kernel has no symbols, and gdb would refuse it.
    if (symbols == NULL && options->kernel != NULL &&
        qdpi_debugger_elf_bits(options->kernel) != 0) {
        symbols = options->kernel;
    }
    // The other terminal may be in another directory.
    char *absolute = symbols != NULL ? realpath(symbols, NULL) : NULL;
    char remote[QDPI_WORKSPACE_PATH + sizeof "target remote "];
    snprintf(remote, sizeof remote, "target remote %s", socket_path);
    char gdb[] = "gdb";
    char execute[] = "-ex";
    char *with_symbols[] = {gdb, absolute, execute, remote, NULL};
    char *without_symbols[] = {gdb, execute, remote, NULL};
    char *line = qdpi_shell_line(absolute != NULL ? with_symbols : without_symbols);
    free(absolute);
    return line;
}
