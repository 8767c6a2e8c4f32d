// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One launch: the event loop, and the start and end of its two processes.

#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    QUIT_SECONDS = 5,       // QEMU's time to follow QMP quit,
    TERM_SECONDS = 5,       // and a process's to follow SIGTERM
    HASTE_SECONDS = 1,      // the same when we are in a hurry
    KILL_SECONDS = 10,      // SIGKILL always works, unless the kernel itself is stuck
    DRAIN_SECONDS = 2,      // for a reader of our output that is slow or gone
    FOREGROUND_MS = 500,    // how often to look whether the terminal has come back to us
    DIRECTORY_MODE = 0777,  // of --keep-log, less the user's umask
};

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int64_t qdpi_session_deadline_in(unsigned seconds)
{
    return now() + (int64_t)seconds * 1000;
}

bool qdpi_session_out_of_time(const struct qdpi_session *session)
{
    return now() >= session->run_deadline;
}

bool qdpi_session_must_stop(const struct qdpi_session *session, int64_t deadline)
{
    return session->signal_number != 0 || qdpi_failed(&session->failure) || now() >= deadline ||
           qdpi_session_out_of_time(session);
}

static int fail_with_errno(struct qdpi_session *session, const char *what)
{
    const int error = errno;
    qdpi_failure_set(&session->failure, QDPI_EXIT_NOT_STARTED, "cannot %s: %s", what,
                     strerror(error));
    return -error;
}

static int open_signals(struct qdpi_session *session)
{
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);  // tells that the command was stopped from the terminal
    for (size_t i = 0; i < sizeof ending_signals / sizeof ending_signals[0]; i++) {
        struct sigaction action;
        sigaction(ending_signals[i], NULL, &action);
        // nohup ignores SIGHUP on purpose. Shells ignore SIGINT for background jobs, and there we
        // want it.
        if (ending_signals[i] != SIGHUP || action.sa_handler != SIG_IGN) {
            sigaddset(&awaited, ending_signals[i]);
        }
    }
    if (session->options->interactive) {
        sigaddset(&awaited, SIGTSTP);  // the terminal is to be in order while we are stopped
        sigaddset(&awaited, SIGCONT);
    }
    sigset_t blocked = awaited;
    sigaddset(&blocked, SIGTTIN);  // a read that comes too late fails, instead of stopping us
    sigaddset(&blocked, SIGTTOU);  // we take the terminal back from the background
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);  // inherited as ignored, it would reap our children before we asked
    if (sigprocmask(SIG_BLOCK, &blocked, &session->original_signals) != 0) {
        return fail_with_errno(session, "block signals");
    }
    session->signals = signalfd(-1, &awaited, SFD_CLOEXEC | SFD_NONBLOCK);
    return session->signals >= 0 ? 0 : fail_with_errno(session, "create a signalfd");
}

static int watch(struct qdpi_session *session, const char *directory)
{
    if (inotify_add_watch(session->notifications, directory, IN_CREATE | IN_MODIFY) >= 0) {
        return 0;
    }
    const int error = errno;
    qdpi_failure_set(&session->failure, QDPI_EXIT_NOT_STARTED,
                     "cannot watch the directory %s: %s%s", directory, strerror(error),
                     error == EACCES   ? "; give yourself the right to read it, or choose another"
                     : error == ENOSPC ? "; raise the sysctl fs.inotify.max_user_watches"
                                       : "");
    return -error;
}

int qdpi_session_open(struct qdpi_session *session, const struct qdpi_options *options)
{
    *session = (struct qdpi_session){
        .options = options,
        .workspace = {.directory = -1, .lock = -1},
        .signals = -1,
        .notifications = -1,
        .run_deadline =
            options->timeout != 0 ? qdpi_session_deadline_in(options->timeout) : QDPI_NEVER,
    };
    qdpi_monitor_init(&session->monitor);
    qdpi_logs_init(&session->logs);
    qdpi_terminal_init(&session->terminal);
    int error = open_signals(session);
    if (error != 0) {
        return error;
    }
    qdpi_workspace_sweep();
    error = qdpi_workspace_open(&session->workspace, options->name, options->ram_folder,
                                options->ram_mib, &session->failure);
    if (error != 0) {
        return error;
    }
    session->notifications = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (session->notifications < 0) {
        return fail_with_errno(session, "create an inotify instance (see fs.inotify limits)");
    }
    error = watch(session, session->workspace.path);
    if (error == 0 && options->keep_log != NULL) {
        if (mkdir(options->keep_log, DIRECTORY_MODE) != 0 && errno != EEXIST) {
            return fail_with_errno(session, "create the directory of --keep-log");
        }
        error = watch(session, options->keep_log);
    }
    return error;
}

void qdpi_session_close(struct qdpi_session *session)
{
    qdpi_monitor_close(&session->monitor);
    qdpi_process_close(&session->command);
    qdpi_process_close(&session->qemu);
    qdpi_terminal_close(&session->terminal);
    qdpi_logs_close(&session->logs);
    qdpi_workspace_close(&session->workspace);
    // A launcher inside the command that had to be killed could not tidy up; its QEMU is gone by
    // now.
    qdpi_workspace_sweep();
    if (session->notifications >= 0) {
        close(session->notifications);
    }
    if (session->signals >= 0) {
        close(session->signals);
    }
}

static int spawn_qemu(struct qdpi_session *session, struct qdpi_qemu_command *command)
{
    char *line = qdpi_shell_line(command->arguments);
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (line == NULL || nothing < 0) {
        free(line);
        return -ENOMEM;
    }
    qdpi_say(session->options->name, "starts QEMU with:");
    dprintf(STDERR_FILENO, "%s\n", line);
    free(line);
    const struct qdpi_process_plan plan = {
        .arguments = command->arguments,
        .input = nothing,
        .output = session->logs.qemu.file,
        .errors = session->logs.qemu.file,
        .inherited =
            session->workspace.lock,  // nobody sweeps the files away under a QEMU that lives
        .death_signal = SIGKILL,
        .signals = session->original_signals,
    };
    const int error = qdpi_process_start(&session->qemu, &plan);
    close(nothing);
    if (error != 0) {
        qdpi_failure_set(
            &session->failure, QDPI_EXIT_NOT_STARTED,
            "cannot start QEMU as \"%s\": %s; install it (Debian: apt install qemu-system-x86) or "
            "name it with --qemu=PATH",
            session->options->qemu, strerror(-error));
    }
    return error;
}

int qdpi_session_start_qemu(struct qdpi_session *session)
{
    char socket_path[QDPI_WORKSPACE_PATH];
    int error =
        qdpi_logs_open(&session->logs, session->options, &session->workspace, &session->failure);
    if (error == 0 && session->options->interactive) {
        error = qdpi_workspace_file(&session->workspace, QDPI_CONSOLE_SOCKET, socket_path);
        error = error != 0 ? error
                           : qdpi_terminal_open(&session->terminal, socket_path, &session->failure);
    }
    if (error == 0) {
        session->starting = true;
        struct qdpi_qemu_command command;
        error = qdpi_qemu_command_build(&command, session->options, &session->workspace,
                                        session->logs.guest_path);
        error = error != 0 ? error : spawn_qemu(session, &command);
        qdpi_qemu_command_release(&command);
    }
    if (error != 0) {
        qdpi_failure_set(&session->failure, QDPI_EXIT_NOT_STARTED,
                         "cannot prepare the start of QEMU: %s", strerror(-error));
    }
    return error;
}

// Runs in the child, between fork and exec.
static void set_environment(const void *context)
{
    const struct qdpi_session *session = context;
    for (unsigned bridge = 0; bridge < session->options->bridges; bridge++) {
        char path[QDPI_WORKSPACE_PATH];
        char *name = NULL;
        char *endpoint = NULL;
        if (qdpi_bridge_socket(&session->workspace, bridge, path) != 0 ||
            asprintf(&name, bridge == 0 ? "%s" : "%s_%u", session->options->env, bridge) < 0 ||
            asprintf(&endpoint, "qmp:%s", path) < 0 || setenv(name, endpoint, 1) != 0) {
            _exit(QDPI_EXIT_COMMAND_NOT_STARTED);
        }
        free(name);
        free(endpoint);
    }
}

int qdpi_session_start_command(struct qdpi_session *session)
{
    char *const *arguments = session->options->command;
    const bool alone = !session->options->interactive;  // the only one who talks to the user
    const int nothing = alone ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
    session->command_in_front =
        alone && isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
    const struct qdpi_process_plan plan = {
        .arguments = arguments,
        .input = nothing,
        .output = session->logs.command.file,
        .errors = session->logs.command.file,
        .inherited = -1,
        .death_signal =
            SIGTERM,  // it may have things of its own to tidy up, a nested launcher for one
        .terminal = session->command_in_front,
        .signals = session->original_signals,
        .prepare = set_environment,
        .context = session,
    };
    const int error = qdpi_process_start(&session->command, &plan);
    if (nothing >= 0) {
        close(nothing);
    }
    if (error != 0) {
        qdpi_failure_set(
            &session->failure, QDPI_EXIT_COMMAND_NOT_STARTED,
            "cannot start the command \"%s\": %s; check its name and that it may be executed",
            arguments[0], strerror(-error));
        if (session->command_in_front) {
            tcsetpgrp(STDIN_FILENO, getpgrp());
        }
    }
    return error;
}

// Only from the command: after the shell's bg the foreground is the shell's or another job's, and
// with SIGTTOU blocked nothing would keep us from taking it away from them.
static void take_terminal_back(const struct qdpi_session *session)
{
    if (tcgetpgrp(STDIN_FILENO) == session->command.pid) {
        tcsetpgrp(STDIN_FILENO, getpgrp());
    }
}

// The command was stopped from the terminal with Ctrl-Z: so that the shell notices, we stop as
// well, and when the shell continues us, we continue the command. QEMU runs on. Where no shell
// could continue us (ssh -t, xterm -e), our process group is orphaned: the kernel then ignores
// SIGTSTP, but not SIGSTOP.
static void follow_stop(struct qdpi_session *session)
{
    if (!session->command_in_front || !qdpi_process_stopped(&session->command)) {
        return;
    }
    take_terminal_back(session);
    signal(SIGTSTP, SIG_DFL);
    kill(0, SIGTSTP);
    if (tcgetpgrp(STDIN_FILENO) == getpgrp()) {
        tcsetpgrp(STDIN_FILENO, session->command.pid);
    }
    qdpi_process_signal(&session->command, SIGCONT);
}

static void take_signals(struct qdpi_session *session)
{
    struct signalfd_siginfo info;
    while (read(session->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD) {
            follow_stop(session);
        } else if (info.ssi_signo == SIGTSTP) {
            qdpi_terminal_restore(&session->terminal);
            raise(SIGSTOP);
        } else if (info.ssi_signo == SIGCONT) {
            qdpi_terminal_resume(&session->terminal);
        } else {
            session->signal_number = (int)info.ssi_signo;
        }
    }
}

// QEMU's start ends when its monitor answers: all guest RAM and all sockets are there by then.
static void connect_when_possible(struct qdpi_session *session)
{
    char path[QDPI_WORKSPACE_PATH];
    if (session->starting && session->monitor.state == QDPI_MONITOR_CLOSED &&
        qdpi_workspace_file(&session->workspace, QDPI_LAUNCHER_SOCKET, path) == 0) {
        // Refused is normal between bind and listen; a later socket's appearance brings us here
        // again.
        qdpi_monitor_connect(&session->monitor, path, "query-status");
    }
}

static void take_notifications(struct qdpi_session *session)
{
    _Alignas(struct inotify_event) char events[4096];
    bool created = false;
    ssize_t length;
    while ((length = read(session->notifications, events, sizeof events)) > 0) {
        for (ssize_t at = 0; at < length;) {
            const struct inotify_event *event = (const struct inotify_event *)(events + at);
            created = created || (event->mask & IN_CREATE) != 0;
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
    if (created) {
        connect_when_possible(session);
    }
}

static void take_end_of_command(struct qdpi_session *session)
{
    qdpi_process_check(&session->command);
    if (session->command.ended && session->command_in_front) {
        take_terminal_back(session);
        session->command_in_front = false;
    }
}

static int poll_timeout(int64_t deadline)
{
    const int64_t left = deadline - now();
    if (deadline == QDPI_NEVER) {
        return -1;
    }
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

void qdpi_session_step(struct qdpi_session *session, int64_t deadline)
{
    enum {
        SIGNALS,
        NOTIFICATIONS,
        QEMU,
        COMMAND,
        MONITOR,
        GUEST_LOG,
        QEMU_LOG,
        COMMAND_LOG,
        TERMINAL,
        COUNT = TERMINAL + QDPI_TERMINAL_SLOTS
    };
    const struct qdpi_console *guest = &session->logs.guest;
    const struct qdpi_console *qemu = &session->logs.qemu;
    const struct qdpi_console *command = &session->logs.command;
    const bool command_runs = qdpi_process_runs(&session->command);
    struct pollfd polled[COUNT] = {
        [SIGNALS] = {.fd = session->signals, .events = POLLIN},
        [NOTIFICATIONS] = {.fd = session->notifications, .events = POLLIN},
        [QEMU] = {.fd = qdpi_process_runs(&session->qemu) ? session->qemu.pidfd : -1,
                  .events = POLLIN},
        [COMMAND] = {.fd = command_runs ? session->command.pidfd : -1, .events = POLLIN},
        [MONITOR] = {.fd = session->monitor.socket, .events = POLLIN},
        [GUEST_LOG] = {.fd = qdpi_console_waits(guest) ? guest->output : -1, .events = POLLOUT},
        [QEMU_LOG] = {.fd = qdpi_console_waits(qemu) ? qemu->output : -1, .events = POLLOUT},
        [COMMAND_LOG] = {.fd = qdpi_console_waits(command) ? command->output : -1,
                         .events = POLLOUT},
    };
    qdpi_terminal_poll(&session->terminal, polled + TERMINAL);
    // The run's deadline does not bound the time to tidy up, which begins when it has passed.
    const bool ending = qdpi_session_out_of_time(session);
    int64_t nearest = ending || deadline < session->run_deadline ? deadline : session->run_deadline;
    if (qdpi_terminal_in_background(&session->terminal) && now() + FOREGROUND_MS < nearest) {
        nearest = now() + FOREGROUND_MS;
    }
    if (poll(polled, COUNT, poll_timeout(nearest)) < 0) {
        return;  // interrupted: the caller's conditions decide, then we are here again
    }
    if (polled[SIGNALS].revents != 0) {
        take_signals(session);
    }
    if (polled[NOTIFICATIONS].revents != 0) {
        take_notifications(session);
    }
    if (polled[MONITOR].revents != 0 && session->monitor.socket == polled[MONITOR].fd) {
        qdpi_monitor_receive(&session->monitor, &session->failure);
    }
    if (polled[QEMU].revents != 0) {
        qdpi_process_check(&session->qemu);
    }
    if (polled[COMMAND].revents != 0) {
        take_end_of_command(session);
    }
    qdpi_logs_advance(&session->logs);
    qdpi_terminal_advance(&session->terminal);
}

// Waits until the process has ended, `seconds` have passed, or a further signal asks for haste.
static void wait_for_end(struct qdpi_session *session, const struct qdpi_process *process,
                         unsigned seconds)
{
    const int64_t deadline = qdpi_session_deadline_in(seconds);
    session->signal_number = 0;
    while (qdpi_process_runs(process) && session->signal_number == 0 && now() < deadline) {
        qdpi_session_step(session, deadline);
    }
}

void qdpi_session_end_command(struct qdpi_session *session)
{
    const int asked = session->signal_number;
    if (qdpi_process_runs(&session->command)) {
        qdpi_process_signal(&session->command, asked != 0 ? asked : SIGTERM);
        qdpi_process_signal(&session->command, SIGCONT);
        wait_for_end(session, &session->command,
                     asked != 0 ? session->options->grace : TERM_SECONDS);
    }
    // A second signal means haste. A launcher around this one sends it just before it kills us, and
    // then the command must be gone, or it would outlive both.
    const bool haste = session->signal_number != 0;
    if (qdpi_process_runs(&session->command)) {
        qdpi_process_signal(&session->command, SIGTERM);
        wait_for_end(session, &session->command, haste ? HASTE_SECONDS : TERM_SECONDS);
    }
    if (qdpi_process_runs(&session->command)) {
        qdpi_say(session->options->name, "the command does not end on SIGTERM and is killed");
        qdpi_process_signal(&session->command, SIGKILL);
        wait_for_end(session, &session->command, KILL_SECONDS);
    }
}

void qdpi_session_end_qemu(struct qdpi_session *session)
{
    char path[QDPI_WORKSPACE_PATH];
    // A connection left over from an unfinished start would hold the monitor against ourselves.
    session->starting = false;
    qdpi_monitor_close(&session->monitor);
    if (qdpi_process_runs(&session->qemu) &&
        qdpi_workspace_file(&session->workspace, QDPI_LAUNCHER_SOCKET, path) == 0 &&
        qdpi_monitor_connect(&session->monitor, path, "quit") == 0) {
        session->qemu_told_to_end = true;
        wait_for_end(session, &session->qemu, QUIT_SECONDS);
    }
    if (qdpi_process_runs(&session->qemu)) {
        session->qemu_told_to_end = true;
        session->qemu_terminated = true;
        qdpi_process_signal(&session->qemu, SIGTERM);
        wait_for_end(session, &session->qemu, TERM_SECONDS);
    }
    if (qdpi_process_runs(&session->qemu)) {
        qdpi_say(session->options->name, "QEMU does not end on SIGTERM and is killed");
        session->qemu_killed = true;
        qdpi_process_signal(&session->qemu, SIGKILL);
        wait_for_end(session, &session->qemu, KILL_SECONDS);
    }
}

static bool pending_output(struct qdpi_session *session)
{
    qdpi_logs_advance(&session->logs);
    qdpi_terminal_advance(&session->terminal);
    return qdpi_logs_wait(&session->logs) || qdpi_terminal_pending(&session->terminal);
}

void qdpi_session_drain(struct qdpi_session *session)
{
    const int64_t deadline = qdpi_session_deadline_in(DRAIN_SECONDS);
    session->signal_number = 0;
    qdpi_terminal_leave(&session->terminal);
    qdpi_logs_show_command(&session->logs);
    while (pending_output(session) && session->signal_number == 0 && now() < deadline) {
        qdpi_session_step(session, deadline);
    }
    qdpi_logs_finish(&session->logs);
}
