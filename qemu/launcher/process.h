// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A child process that never outlives the launcher, and whose end can be waited for with poll.

#ifndef QDPI_LAUNCHER_PROCESS_H_
#define QDPI_LAUNCHER_PROCESS_H_

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct qdpi_process_plan {
    char *const *arguments;  // NULL-terminated; the program is looked up in PATH
    int input;               // file descriptors that become 0, 1 and 2; -1: the launcher's own
    int output;
    int errors;
    int inherited;     // one further descriptor that the program keeps, -1: none
    int death_signal;  // what the kernel sends when the launcher dies without a word
    bool terminal;     // make its process group the terminal's foreground group
    sigset_t signals;  // the signal mask it starts with
    void (*prepare)(const void *context);  // called in the child just before exec, may be NULL
    const void *context;
};

struct qdpi_process {
    pid_t pid;  // 0: not started; also the number of its process group
    int pidfd;  // readable when it has ended; -1 when not started or ended
    bool ended;
    // Valid once ended: an exit status, or the signal that killed it (the other is -1).
    int exit_status;
    int killed_by;
};

// Starts a program in a process group of its own. Returns 0 when the program runs, or -errno of
// whatever failed, exec included: then no process is left.
int qdpi_process_start(struct qdpi_process *process, const struct qdpi_process_plan *plan);

static inline bool qdpi_process_runs(const struct qdpi_process *process)
{
    return process->pid != 0 && !process->ended;
}

// Looks whether the process has ended and keeps how. It stays a zombie until released, so that its
// process group's number cannot come to mean anybody else.
void qdpi_process_check(struct qdpi_process *process);

// Sends a signal to the process's group, if it was started and is not released.
void qdpi_process_signal(const struct qdpi_process *process, int signal_number);

// Reaps an ended process and kills what is left of its process group.
void qdpi_process_close(struct qdpi_process *process);

// Returns true when the process has been stopped (Ctrl-Z) since the last question.
bool qdpi_process_stopped(const struct qdpi_process *process);

// Writes "ended with status 3" or "was killed by signal 9 (Killed)" into `text` and returns it.
const char *qdpi_process_describe(const struct qdpi_process *process, char *text, size_t size);

#endif
