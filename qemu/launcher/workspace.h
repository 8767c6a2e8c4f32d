// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The private directory of one launch: sockets, logs and, unless it is wanted elsewhere, the
// guest's RAM file live in it, and all end with it.

#ifndef QDPI_LAUNCHER_WORKSPACE_H_
#define QDPI_LAUNCHER_WORKSPACE_H_

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

enum {
    QDPI_WORKSPACE_PATH = 108
};  // sun_path: every path in the directory must fit into a socket address

// Names of the log files, in the directory or where the user wants them.
#define QDPI_CONSOLE_FILE "console.log"
#define QDPI_QEMU_LOG_FILE "qemu.log"
#define QDPI_COMMAND_LOG_FILE "command.log"

struct qdpi_workspace {
    char path[QDPI_WORKSPACE_PATH];  // empty: there is none
    char ram[PATH_MAX];              // the guest's RAM file
    int directory;
    // Held with flock as long as this launcher or its QEMU lives; the kernel lets go of it however
    // they die, which is how a later launch tells a dead launch's directory from a living one's.
    int lock;
};

// Creates the directory, mode 0700 in /dev/shm, and in it, or in `ram_folder` if that is not NULL,
// a fresh RAM file of `ram_mib`. `name` may be NULL. Returns 0, or -errno with `failure` filled and
// nothing left behind.
int qdpi_workspace_open(struct qdpi_workspace *workspace, const char *name, const char *ram_folder,
                        uint64_t ram_mib, struct qdpi_failure *failure);

// Removes the directory and all that is in it. Safe to call twice.
void qdpi_workspace_close(struct qdpi_workspace *workspace);

// Removes directories of this user's launches that died without tidying up (SIGKILL, power loss of
// a container).
void qdpi_workspace_sweep(void);

// Writes the path of `file` in the directory into `path`, which has QDPI_WORKSPACE_PATH bytes.
// Returns 0, or -ENAMETOOLONG.
int qdpi_workspace_file(const struct qdpi_workspace *workspace, const char *file, char *path);

// Names, but does not create, a directory that a user can make by hand; a sweep never touches it.
// The RAM file has a second one in `ram_folder`, if that is not NULL: a file that QEMU makes could
// be read by everybody, and one that lies there already, with anybody's bytes in it, would be taken
// for the guest's RAM. Writes its path, or "", into `ram_directory`, which has PATH_MAX bytes.
// Returns 0, or -ENAMETOOLONG.
int qdpi_workspace_name_manual(struct qdpi_workspace *workspace, const char *name,
                               const char *ram_folder, char *ram_directory);

#endif
