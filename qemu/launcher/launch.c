// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Starts stock QEMU for a simulation, runs the simulation, and leaves nothing behind.

#include "launch.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debugger.h"
#include "failure.h"
#include "options.h"
#include "qemu_command.h"
#include "session.h"
#include "workspace.h"

static const char *name_of(const struct qdpi_session *session)
{
    return session->options->name;
}

static void fail_by_signal(struct qdpi_session *session, const char *during)
{
    qdpi_failure_set(&session->failure, QDPI_EXIT_SIGNAL_BASE + session->signal_number,
                     "was told to end by signal %d (%s) %s; QEMU and the command are ended",
                     session->signal_number, strsignal(session->signal_number), during);
}

// Records why waiting stopped early: a signal, or the deadline of the whole run. Returns true if
// one of them.
static bool stopped_early(struct qdpi_session *session, const char *during)
{
    if (session->signal_number != 0) {
        fail_by_signal(session, during);
    } else if (qdpi_session_out_of_time(session)) {
        qdpi_failure_set(
            &session->failure, QDPI_EXIT_TIMEOUT,
            "the whole run's %u s are over %s; QEMU and the command are ended; see the "
            "output above "
            "for what it was doing, or give a longer --timeout",
            session->options->timeout, during);
    }
    return qdpi_failed(&session->failure);
}

static bool killed_by_us(const struct qdpi_session *session)
{
    const int signal_number = session->qemu.killed_by;
    return (signal_number == SIGTERM && session->qemu_terminated) ||
           (signal_number == SIGKILL && session->qemu_killed);
}

// Decides whether QEMU's end, when it came by itself, was a good one.
static void judge_guest(struct qdpi_session *session)
{
    const struct qdpi_process *qemu = &session->qemu;
    const int expected = session->options->expected_guest_status;
    char how[64];
    if (!qemu->ended) {
        return;
    }
    qdpi_process_describe(qemu, how, sizeof how);
    if (qemu->killed_by > 0 && !killed_by_us(session)) {
        qdpi_failure_set(&session->failure, QDPI_EXIT_QEMU_DIED,
                         "QEMU, process %d, %s, which the launcher did not send; "
                         "look for who killed it (dmesg: out of memory?) or for a crash of QEMU",
                         (int)qemu->pid, how);
    } else if (session->qemu_told_to_end) {
        if (session->terminal.left && expected >= 0) {
            qdpi_failure_set(
                &session->failure, QDPI_EXIT_GUEST_STATUS,
                "the session was left with Ctrl-] before the guest had ended QEMU with the "
                "status %d that was expected",
                expected);
        }
    } else if (expected >= 0 && qemu->exit_status != expected) {
        qdpi_failure_set(&session->failure, QDPI_EXIT_GUEST_STATUS,
                         "QEMU %s, but the guest was expected to end it with status %d; "
                         "see the guest's console above for what went wrong",
                         how, expected);
    } else if (expected < 0 && qemu->exit_status != 0) {
        qdpi_failure_set(&session->failure, QDPI_EXIT_QEMU_DIED,
                         "QEMU %s by itself; see its messages and the guest's console above; "
                         "if the guest ends it so on purpose, say --expect-guest-status=%d",
                         how, qemu->exit_status);
    }
}

// Returns true when the guest can be attached to.
static bool start_guest(struct qdpi_session *session)
{
    const unsigned seconds = session->options->ready_timeout;
    const int64_t deadline = qdpi_session_deadline_in(seconds);
    if (qdpi_session_start_qemu(session) != 0) {
        return false;
    }
    while (session->monitor.state != QDPI_MONITOR_DONE && qdpi_process_runs(&session->qemu) &&
           !qdpi_session_must_stop(session, deadline)) {
        qdpi_session_step(session, deadline);
    }
    if (session->monitor.state == QDPI_MONITOR_DONE) {
        session->starting = false;
        qdpi_monitor_close(&session->monitor);
        return true;
    }
    if (session->qemu.ended) {
        char how[64];
        qdpi_failure_set(
            &session->failure, QDPI_EXIT_NOT_STARTED,
            "QEMU %s before the guest could be attached to; its last messages are above "
            "(lines after \"qemu| \"): correct the options it complains about",
            qdpi_process_describe(&session->qemu, how, sizeof how));
    } else if (!stopped_early(session, "while QEMU started")) {
        qdpi_failure_set(
            &session->failure, QDPI_EXIT_NOT_STARTED,
            "QEMU's monitor did not answer within %u s of its start; on a very busy machine give a "
            "longer --ready-timeout",
            seconds);
    }
    return false;
}

// QEMU is gone and the command still runs: its bridge has told it so, and it gets time to finish.
static void outlive_guest(struct qdpi_session *session)
{
    const unsigned grace = session->options->grace;
    const int64_t deadline = qdpi_session_deadline_in(grace);
    char how[64];
    qdpi_say(name_of(session), "QEMU %s while the command runs; the command has %u s to finish",
             qdpi_process_describe(&session->qemu, how, sizeof how), grace);
    while (qdpi_process_runs(&session->command) && !qdpi_session_must_stop(session, deadline)) {
        qdpi_session_step(session, deadline);
    }
    if (qdpi_process_runs(&session->command) && !stopped_early(session, "after QEMU's end")) {
        judge_guest(session);
        qdpi_failure_set(
            &session->failure, QDPI_EXIT_TIMEOUT,
            "the command still ran %u s after QEMU had ended and is ended as well; make it "
            "finish when "
            "its bridge is lost, or give a longer --grace",
            grace);
    }
}

static void await_guest_end(struct qdpi_session *session)
{
    const unsigned seconds = session->options->guest_timeout;
    const int64_t deadline = qdpi_session_deadline_in(seconds);
    while (qdpi_process_runs(&session->qemu) && !session->terminal.left &&
           !qdpi_session_must_stop(session, deadline)) {
        qdpi_session_step(session, deadline);
    }
    if (qdpi_process_runs(&session->qemu) && !session->terminal.left &&
        !stopped_early(session, "while the guest was to end")) {
        qdpi_failure_set(
            &session->failure, QDPI_EXIT_GUEST_STATUS,
            "the guest did not end QEMU within %u s of the command's end, and status %d was "
            "expected; "
            "see its console above, or give a longer --guest-timeout",
            seconds, session->options->expected_guest_status);
    }
}

static void begin_terminal(struct qdpi_session *session)
{
    if (session->options->interactive) {
        qdpi_say(name_of(session), "the guest's console is %s",
                 session->terminal.is_terminal ? "this terminal; Ctrl-] ends the session"
                                               : "standard input and output");
        qdpi_terminal_begin(&session->terminal);
    }
}

// Returns the command's exit status in the way of shells; meaningless when the session has failed.
static int run_command(struct qdpi_session *session)
{
    const struct qdpi_process *command = &session->command;
    if (qdpi_session_start_command(session) != 0) {
        return QDPI_EXIT_COMMAND_NOT_STARTED;
    }
    if (session->options->interactive) {
        qdpi_say(name_of(session), "the command is process %d, its output goes to %s",
                 (int)command->pid, session->logs.command_path);
    }
    begin_terminal(session);
    while (qdpi_process_runs(command) && qdpi_process_runs(&session->qemu) &&
           !session->terminal.left && !qdpi_session_must_stop(session, QDPI_NEVER)) {
        qdpi_session_step(session, QDPI_NEVER);
    }
    if (session->terminal.left) {
        qdpi_session_end_qemu(session);
    }
    if (qdpi_process_runs(command) && !stopped_early(session, "while the command ran")) {
        outlive_guest(session);
    }
    if (!command->ended) {
        qdpi_session_end_command(session);
        return 0;
    }
    if (command->killed_by > 0) {
        char how[64];
        qdpi_say(name_of(session), "the command %s",
                 qdpi_process_describe(command, how, sizeof how));
        return QDPI_EXIT_SIGNAL_BASE + command->killed_by;
    }
    if (command->exit_status == 0 && session->options->expected_guest_status >= 0) {
        await_guest_end(session);
    }
    return command->exit_status;
}

static void print_endpoints(const struct qdpi_session *session)
{
    const struct qdpi_options *options = session->options;
    for (unsigned bridge = 0; bridge < options->bridges; bridge++) {
        char path[QDPI_WORKSPACE_PATH];
        char number[16] = "";
        if (bridge > 0) {
            snprintf(number, sizeof number, "_%u", bridge);
        }
        if (qdpi_bridge_socket(&session->workspace, bridge, path) == 0) {
            dprintf(2, "    export %s%s=qmp:%s\n", options->env, number, path);
        }
    }
}

static void run_until_told(struct qdpi_session *session)
{
    qdpi_say(name_of(session), "the guest can be attached to. In another terminal type");
    print_endpoints(session);
    qdpi_say(name_of(session), "and start the simulator there. %s here ends QEMU.",
             session->terminal.is_terminal ? "Ctrl-]" : "Ctrl-C");
    begin_terminal(session);
    while (qdpi_process_runs(&session->qemu) && !session->terminal.left &&
           !qdpi_session_must_stop(session, QDPI_NEVER)) {
        qdpi_session_step(session, QDPI_NEVER);
    }
    if (qdpi_process_runs(&session->qemu) && !session->terminal.left) {
        stopped_early(session, "while QEMU ran");
    }
}

static void print_debugger(const struct qdpi_session *session)
{
    char *line =
        session->options->gdb ? qdpi_debugger_line(session->options, &session->workspace) : NULL;
    if (line != NULL) {
        qdpi_say(name_of(session), "to debug the guest, type in another terminal");
        dprintf(2, "    %s\n", line);
    }
    free(line);
}

static int launch(const struct qdpi_options *options)
{
    static struct qdpi_session session;  // too large for a stack, too plain for the heap
    int status = 0;
    if (qdpi_session_open(&session, options) == 0 && start_guest(&session)) {
        qdpi_say(options->name, "QEMU is process %d, its files are in %s", (int)session.qemu.pid,
                 session.workspace.path);
        print_debugger(&session);
        if (options->command != NULL) {
            status = run_command(&session);
        } else {
            run_until_told(&session);
        }
        qdpi_session_end_qemu(&session);
        judge_guest(&session);
    } else {
        qdpi_session_end_qemu(&session);
    }
    qdpi_session_drain(&session);
    qdpi_session_close(&session);
    if (qdpi_failed(&session.failure)) {
        qdpi_say(options->name, "%s", session.failure.text);
        return session.failure.exit_status;
    }
    return status;
}

// A line that makes a private directory, and fails where there is anything of that name.
static char *directory_line(char *path)
{
    char mkdir[] = "mkdir";
    char mode[] = "-m";
    char rights[] = "700";
    char *arguments[] = {mkdir, mode, rights, path, NULL};
    return qdpi_shell_line(arguments);
}

// Prints a line that needs nothing but a shell: the directories that a launch would have made, or
// done without, are made by it.
static int print_command(const struct qdpi_options *options)
{
    struct qdpi_workspace workspace;
    char ram_directory[PATH_MAX];
    char console[QDPI_WORKSPACE_PATH];
    struct qdpi_qemu_command command = {0};
    char *line = NULL;
    if (qdpi_workspace_name_manual(&workspace, options->name, options->ram_folder, ram_directory) ==
            0 &&
        qdpi_workspace_file(&workspace, QDPI_CONSOLE_FILE, console) == 0 &&
        qdpi_qemu_command_build(&command, options, &workspace,
                                options->serial != NULL ? options->serial : console) == 0) {
        line = qdpi_shell_line(command.arguments);
    }
    const bool two = options->ram_folder != NULL;
    char *first = directory_line(workspace.path);
    char *second = two ? directory_line(ram_directory) : NULL;
    int status = 0;
    if (line == NULL || first == NULL || (two && second == NULL) ||
        printf("%s && %s%s%s\n", first, two ? second : "", two ? " && " : "", line) < 0 ||
        fflush(stdout) != 0) {
        qdpi_say(options->name, "cannot print QEMU's command line: out of memory, a path that is "
                                "too long, or nobody reads it");
        status = QDPI_EXIT_NOT_STARTED;
    }
    free(first);
    free(second);
    free(line);
    qdpi_qemu_command_release(&command);
    return status;
}

int qdpi_launch(int argc, char **argv)
{
    struct qdpi_options options;
    if (qdpi_options_parse(&options, argc, argv) != 0) {
        qdpi_say(NULL, "cannot read the command line: out of memory");
        return QDPI_EXIT_NOT_STARTED;
    }
    const int status = options.print_command ? print_command(&options) : launch(&options);
    qdpi_options_release(&options);
    return status;
}
