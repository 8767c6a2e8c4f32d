// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Processes of this machine: which are QEMUs, how they were started, and who is at a socket.

#ifndef QDPI_TOOLS_DOCTOR_PROCESSES_H_
#define QDPI_TOOLS_DOCTOR_PROCESSES_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    QDPI_PROCESSES_MAX = 64,
    QDPI_PROCESS_NAME_MAX = 64,
};

/// How a process was started.
struct qdpi_process {
    pid_t pid;
    char **words;  ///< its command line, NULL at the end
    size_t count;
    char *directory;  ///< where its relative paths start; NULL: not told
    char *text;       ///< what the words point into
};

/// @return 0; -ESRCH: there is no such process, or it is a kernel thread; -EACCES; -ENOMEM.
/// Release the process in any case.
int qdpi_process_read(pid_t pid, struct qdpi_process *process);

void qdpi_process_release(struct qdpi_process *process);

bool qdpi_process_is_qemu(const struct qdpi_process *process);

/// The QEMUs of this user, by number. @return how many, at most QDPI_PROCESSES_MAX; -errno.
int qdpi_processes_find(pid_t found[QDPI_PROCESSES_MAX]);

/// "NAME", as the kernel has it; "?" when it does not say.
void qdpi_process_name(pid_t pid, char name[QDPI_PROCESS_NAME_MAX]);

/// Who is at the UNIX socket `path`. Processes of others and of other containers are not seen.
struct qdpi_socket_use {
    bool known;      ///< the kernel has told
    bool held;       ///< a client is connected
    pid_t listener;  ///< 0: nobody that is seen
    pid_t holder;    ///< 0: as above
};

struct qdpi_socket_use qdpi_socket_use(const char *path);

#endif
