// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One launch: QEMU, the command, and everything that is waited for at the same time.

#ifndef QDPI_LAUNCHER_SESSION_H_
#define QDPI_LAUNCHER_SESSION_H_

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "logs.h"
#include "monitor.h"
#include "options.h"
#include "process.h"
#include "qemu_command.h"
#include "terminal.h"
#include "workspace.h"

#define QDPI_NEVER INT64_MAX

struct qdpi_session {
    const struct qdpi_options *options;
    struct qdpi_failure failure;
    struct qdpi_workspace workspace;
    struct qdpi_process qemu;
    struct qdpi_process command;
    struct qdpi_monitor monitor;
    struct qdpi_logs logs;
    struct qdpi_terminal terminal;  // the guest's, with --interactive
    sigset_t original_signals;      // the mask that children start with
    int signals;                    // signalfd
    int notifications;              // inotify: sockets appear, logs grow
    int64_t run_deadline;
    int signal_number;      // the last signal that asked us to end, 0: none
    bool command_in_front;  // the command has the terminal's foreground
    bool starting;          // QEMU's monitor is to be connected as soon as it is there
    bool qemu_told_to_end;
    bool qemu_terminated;  // SIGTERM was sent by us
    bool qemu_killed;      // SIGKILL was
};

// Blocks the signals that end a launch, so that from here on nothing can end it without tidying up.
// Returns 0, or -errno with the session's failure filled.
int qdpi_session_open(struct qdpi_session *session, const struct qdpi_options *options);

// Releases all that the session holds; both processes must have ended.
void qdpi_session_close(struct qdpi_session *session);

// Starts QEMU. Returns 0, or -errno with the failure filled.
int qdpi_session_start_qemu(struct qdpi_session *session);

// Starts the command with the endpoints in its environment. Returns 0, or -errno with the failure
// filled.
int qdpi_session_start_command(struct qdpi_session *session);

// Milliseconds of the monotonic clock in `seconds` from now.
int64_t qdpi_session_deadline_in(unsigned seconds);

// Waits for anything to happen until `deadline` or the run's own, and takes care of it once.
void qdpi_session_step(struct qdpi_session *session, int64_t deadline);

// True when waiting has to stop: `deadline` or the run's has passed, or a signal asks us to end.
bool qdpi_session_must_stop(const struct qdpi_session *session, int64_t deadline);

bool qdpi_session_out_of_time(const struct qdpi_session *session);

// Ends the command's process group: the signal that came, SIGTERM, SIGKILL, each with its time to
// act.
void qdpi_session_end_command(struct qdpi_session *session);

// Ends QEMU: QMP quit, SIGTERM, SIGKILL, each with its time to act.
void qdpi_session_end_qemu(struct qdpi_session *session);

// Prints what the guest and QEMU said last, as far as somebody reads it.
void qdpi_session_drain(struct qdpi_session *session);

#endif
