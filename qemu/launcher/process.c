// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Starting, watching and ending child processes.

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXEC_FAILED_STATUS = 127 };

static int replace_descriptor(int from, int to)
{
    return from < 0 || dup2(from, to) >= 0 ? 0 : -errno;
}

static int clear_close_on_exec(int descriptor)
{
    return descriptor < 0 || fcntl(descriptor, F_SETFD, 0) == 0 ? 0 : -errno;
}

// Runs in the child; returns only when something failed, with -errno.
static int become(const struct qdpi_process_plan *plan, pid_t launcher)
{
    if (prctl(PR_SET_PDEATHSIG, plan->death_signal) != 0) {
        return -errno;
    }
    // A launcher that died before the line above sends no signal any more; then the parent is
    // another.
    if (getppid() != launcher) {
        return -ESRCH;
    }
    if (setpgid(0, 0) != 0) {
        return -errno;
    }
    if (plan->terminal && tcsetpgrp(STDIN_FILENO, getpgrp()) != 0) {
        return -errno;
    }
    int error = replace_descriptor(plan->input, STDIN_FILENO);
    error = error != 0 ? error : replace_descriptor(plan->output, STDOUT_FILENO);
    error = error != 0 ? error : replace_descriptor(plan->errors, STDERR_FILENO);
    error = error != 0 ? error : clear_close_on_exec(plan->inherited);
    if (error != 0) {
        return error;
    }
    // A shell starts background jobs with SIGINT and SIGQUIT ignored, which would be inherited, and
    // then the signals that the launcher passes on would be lost.
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (plan->prepare != NULL) {
        plan->prepare(plan->context);
    }
    if (sigprocmask(SIG_SETMASK, &plan->signals, NULL) != 0) {
        return -errno;
    }
    execvp(plan->arguments[0], plan->arguments);
    return -errno;
}

int qdpi_process_start(struct qdpi_process *process, const struct qdpi_process_plan *plan)
{
    *process = (struct qdpi_process){.pidfd = -1, .exit_status = -1, .killed_by = -1};
    int report[2];  // closed by a successful exec; carries -errno of an unsuccessful one
    if (pipe2(report, O_CLOEXEC) != 0) {
        return -errno;
    }
    const pid_t launcher = getpid();
    const pid_t child = fork();
    if (child < 0) {
        const int error = -errno;
        close(report[0]);
        close(report[1]);
        return error;
    }
    if (child == 0) {
        const int error = become(plan, launcher);
        const ssize_t ignored = write(report[1], &error, sizeof error);
        (void)ignored;  // the parent takes a broken report for a death before exec
        _exit(EXEC_FAILED_STATUS);
    }
    close(report[1]);
    int error = 0;
    ssize_t length;
    do {
        length = read(report[0], &error, sizeof error);
    } while (length < 0 && errno == EINTR);
    close(report[0]);
    if (length != 0) {
        waitpid(child, NULL, 0);
        return length == (ssize_t)sizeof error ? error : -EIO;
    }
    const int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    if (pidfd < 0) {
        error = -errno;
        kill(-child, SIGKILL);
        waitpid(child, NULL, 0);
        return error;
    }
    fcntl(pidfd, F_SETFD, FD_CLOEXEC);
    process->pid = child;
    process->pidfd = pidfd;
    return 0;
}

void qdpi_process_check(struct qdpi_process *process)
{
    siginfo_t info = {0};
    if (!qdpi_process_runs(process) ||
        waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0) {
        return;
    }
    process->ended = true;
    *(info.si_code == CLD_EXITED ? &process->exit_status : &process->killed_by) = info.si_status;
    close(process->pidfd);
    process->pidfd = -1;
}

void qdpi_process_signal(const struct qdpi_process *process, int signal_number)
{
    if (process->pid != 0) {
        kill(-process->pid, signal_number);
    }
}

void qdpi_process_close(struct qdpi_process *process)
{
    if (process->pid == 0) {
        return;
    }
    qdpi_process_signal(process, SIGKILL);
    waitpid(process->pid, NULL, 0);
    if (process->pidfd >= 0) {
        close(process->pidfd);
    }
    process->pidfd = -1;
    process->pid = 0;
}

bool qdpi_process_stopped(const struct qdpi_process *process)
{
    siginfo_t info = {0};
    return qdpi_process_runs(process) &&
           waitid(P_PID, (id_t)process->pid, &info, WSTOPPED | WNOHANG) == 0 && info.si_pid != 0;
}

const char *qdpi_process_describe(const struct qdpi_process *process, char *text, size_t size)
{
    if (process->killed_by > 0) {
        snprintf(text, size, "was killed by signal %d (%s)", process->killed_by,
                 strsignal(process->killed_by));
    } else {
        snprintf(text, size, "ended with status %d", process->exit_status);
    }
    return text;
}
