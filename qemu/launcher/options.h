// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The command line of the launcher.

#ifndef QDPI_LAUNCHER_OPTIONS_H_
#define QDPI_LAUNCHER_OPTIONS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QDPI_MAX_BRIDGES = 64,
    QDPI_MAX_SLOTS = 256,  // QEMU's own limit on memory slots
    QDPI_MAX_NAME = 32,    // keeps socket paths inside the 108 bytes of sun_path
};

struct qdpi_options {
    const char *machine;
    uint64_t ram_mib;
    char *ram_folder;  // NULL: the RAM file is where the sockets are; absolute, and owned
    bool prealloc;
    const char *accel;
    unsigned cpus;
    const char *kernel;  // NULL: the guest is the firmware alone
    const char *initrd;
    const char *append;
    unsigned bridges;
    unsigned slots;
    const char *qemu;
    const char *serial;  // NULL: console lines go to standard output with a prefix
    const char *env;
    int expected_guest_status;  // -1: none
    const char *keep_log;
    const char *name;
    bool print_command;
    bool paused;
    bool interactive;  // the guest's console is our terminal
    bool gdb;
    const char *gdb_symbols;  // NULL: the kernel, if it has any

    // Deadlines in seconds; 0 means none where the help says so.
    unsigned timeout;
    unsigned ready_timeout;
    unsigned guest_timeout;
    unsigned grace;

    char **qemu_args;  // count qemu_arg_count; the array is owned, the texts are argv's
    size_t qemu_arg_count;
    char **command;  // NULL-terminated part of argv, or NULL: no command
};

// Fills `options` from argv. A wrong command line ends the process with QDPI_EXIT_NOT_STARTED and a
// usage line, --help with 0, as argp does it. Returns 0 or -errno. The texts stay owned by argv and
// the environment.
int qdpi_options_parse(struct qdpi_options *options, int argc, char **argv);

void qdpi_options_release(struct qdpi_options *options);

#endif
