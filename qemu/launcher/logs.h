// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The files that the guest, QEMU and the command write to, and what of them is printed.

#ifndef QDPI_LAUNCHER_LOGS_H_
#define QDPI_LAUNCHER_LOGS_H_

#include <limits.h>
#include <stdbool.h>

#include "console.h"
#include "failure.h"
#include "options.h"
#include "workspace.h"

struct qdpi_logs {
    struct qdpi_console guest;    // what the guest says
    struct qdpi_console qemu;     // what QEMU says
    struct qdpi_console command;  // what the command says, when the terminal is the guest's
    char guest_prefix[QDPI_CONSOLE_PREFIX];
    char guest_path[PATH_MAX];  // where QEMU is to write the guest's console
    char command_path[PATH_MAX];
};

void qdpi_logs_init(struct qdpi_logs *logs);

// Makes the files, in the workspace or where the options say. Returns 0, or -errno with `failure`
// filled.
int qdpi_logs_open(struct qdpi_logs *logs, const struct qdpi_options *options,
                   const struct qdpi_workspace *workspace, struct qdpi_failure *failure);

// Prints what has come, as far as the outputs take it without waiting.
void qdpi_logs_advance(struct qdpi_logs *logs);

// True when something waits for an output to become writable.
bool qdpi_logs_wait(const struct qdpi_logs *logs);

// Prints the end of what the command said, which nobody could see at the guest's terminal. To be
// called when the command has ended.
void qdpi_logs_show_command(struct qdpi_logs *logs);

// After the writers have ended: prints last lines that have no end.
void qdpi_logs_finish(struct qdpi_logs *logs);

void qdpi_logs_close(struct qdpi_logs *logs);

#endif
