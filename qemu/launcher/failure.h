// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The exit statuses of a launch, and the one sentence that explains a failure.

#ifndef QDPI_LAUNCHER_FAILURE_H_
#define QDPI_LAUNCHER_FAILURE_H_

#include <stdbool.h>

enum qdpi_exit {
    QDPI_EXIT_QEMU_DIED = 123,  // QEMU ended by itself, by a signal or a status nobody expected
    QDPI_EXIT_TIMEOUT = 124,    // a deadline passed: the whole run, or the command after QEMU's end
    QDPI_EXIT_NOT_STARTED =
        125,  // bad options, no room, QEMU absent, refused, or not ready in time
    QDPI_EXIT_GUEST_STATUS = 126,  // the guest did not end QEMU with the status that was asked for
    QDPI_EXIT_COMMAND_NOT_STARTED = 127,  // the command does not exist or cannot be executed
    QDPI_EXIT_SIGNAL_BASE = 128,          // plus the number of the signal that ended the run
};

// The first failure of a run: later ones are usually its consequences and do not overwrite it.
struct qdpi_failure {
    int exit_status;  // 0: no failure so far
    char text[2048];  // what was tried, what happened, what to do
};

// Records a failure unless there is one already.
__attribute__((format(printf, 3, 4))) void
qdpi_failure_set(struct qdpi_failure *failure, int exit_status, const char *format, ...);

static inline bool qdpi_failed(const struct qdpi_failure *failure)
{
    return failure->exit_status != 0;
}

// Writes one line, which begins with the program's name, to standard error in a single write, so
// that lines of several programs do not mix. `name` is the --name of this launch, or NULL.
__attribute__((format(printf, 2, 3))) void qdpi_say(const char *name, const char *format, ...);

#endif
