// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A simulation for one test, and its verdict.

// close_range() is an extension.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "simulation.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live_qemu.h"
#include "qdpi_cmocka.h"

#define LOG_SHOWN 3000L
#define LOOK_EVERY_MS 5U
#define PASSED "QDPI TEST PASSED"

// ---- The process -------------------------------------------------------------------------------

static size_t count_words(const char *const *words)
{
    size_t count = 0;

    while (words != NULL && words[count] != NULL)
        count++;
    return count;
}

/** This process's environment behind `more`, so that those are found first. To be freed. */
static const char **environment_with(const char *const *more)
{
    const char *const *ours = (const char *const *)environ;
    const size_t more_count = count_words(more);
    const size_t our_count = count_words(ours);
    const char **all = calloc(more_count + our_count + 1, sizeof *all);

    assert_non_null(all);
    for (size_t i = 0; i < more_count; i++)
        all[i] = more[i];
    for (size_t i = 0; i < our_count; i++)
        all[more_count + i] = ours[i];
    return all;
}

/** Between fork() and exec(): only what a signal handler may call. */
_Noreturn static void become(const char *const *command, const char *const *environment, int log,
                             pid_t parent)
{
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && dup2(nothing, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0 && close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
        (void)execve(command[0], (char *const *)(uintptr_t)command,
                     (char *const *)(uintptr_t)environment);
    _exit(127);
}

void qdpi_simulation_start(struct qdpi_simulation *simulation, const char *log,
                           const char *const *command, const char *const *environment)
{
    const pid_t parent = getpid();
    const char **all;
    int length = snprintf(simulation->log, sizeof simulation->log, "%s", log);
    int output;

    assert_int_equal(simulation->pid, 0);
    assert_true(length > 0 && (size_t)length < sizeof simulation->log);
    output = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    assert_true(output >= 0);
    all = environment_with(environment);
    simulation->status = 0;
    simulation->heard = 0;
    simulation->pid = fork();
    if (simulation->pid == 0)
        become(command, all, output, parent);
    (void)close(output);
    free(all);
    if (simulation->pid < 0) {
        simulation->pid = 0;
        fail_msg("fork: %s", strerror(errno));
    }
}

bool qdpi_simulation_has_ended(struct qdpi_simulation *simulation)
{
    if (simulation->pid != 0 &&
        waitpid(simulation->pid, &simulation->status, WNOHANG) == simulation->pid)
        simulation->pid = 0;
    return simulation->pid == 0;
}

void qdpi_simulation_signal(const struct qdpi_simulation *simulation, int number)
{
    // 0 would be this process and all its relatives.
    assert_true(simulation->pid > 0);
    assert_int_equal(kill(simulation->pid, number), 0);
}

void qdpi_simulation_kill(struct qdpi_simulation *simulation)
{
    if (simulation->pid <= 0)
        return;
    (void)kill(simulation->pid, SIGKILL);
    while (waitpid(simulation->pid, &simulation->status, 0) < 0 && errno == EINTR)
        continue;
    simulation->pid = 0;
}

// ---- Its output --------------------------------------------------------------------------------

static FILE *open_log(const struct qdpi_simulation *simulation, long offset)
{
    FILE *log = fopen(simulation->log, "re");

    assert_non_null(log);
    assert_int_equal(fseek(log, offset, SEEK_SET), 0);
    return log;
}

/** The next whole line, without its newline; NULL: none yet. `*line` is getline()'s. */
static char *next_line(FILE *log, char **line, size_t *size)
{
    const ssize_t length = getline(line, size, log);

    if (length <= 0 || (*line)[length - 1] != '\n')
        return NULL;
    (*line)[length - 1] = '\0';
    return *line;
}

static void print_end(const struct qdpi_simulation *simulation)
{
    FILE *log = open_log(simulation, 0);
    char *line = NULL;
    size_t size = 0;

    if (fseek(log, -LOG_SHOWN, SEEK_END) != 0)
        rewind(log);
    print_error("the end of %s:\n", simulation->log);
    // One by one: cmocka cuts what is long.
    while (next_line(log, &line, &size) != NULL)
        print_error("  %s\n", line);
    free(line);
    (void)fclose(log);
}

/** Whether there is a line with `text` behind the last one that was waited for. */
static bool hear(struct qdpi_simulation *simulation, const char *text)
{
    FILE *log = open_log(simulation, simulation->heard);
    char *line = NULL;
    size_t size = 0;
    bool found = false;

    while (!found && next_line(log, &line, &size) != NULL) {
        simulation->heard = ftell(log);
        found = strstr(line, text) != NULL;
    }
    free(line);
    (void)fclose(log);
    return found;
}

void qdpi_simulation_await_line(struct qdpi_simulation *simulation, const char *text,
                                unsigned timeout_ms)
{
    const uint64_t deadline = qdpi_live_in_ms(timeout_ms);
    bool is_last_look = false;

    while (!hear(simulation, text)) {
        if (is_last_look) {
            print_end(simulation);
            fail_msg("the simulation has not said \"%s\" %s", text,
                     simulation->pid == 0 ? "before it ended" : "in time");
        }
        // What it said last is there when it is seen to have ended.
        is_last_look = qdpi_simulation_has_ended(simulation) || qdpi_live_ms_until(deadline) <= 0;
        if (!is_last_look)
            qdpi_live_sleep_ms(LOOK_EVERY_MS);
    }
}

void qdpi_simulation_skip(struct qdpi_simulation *simulation)
{
    while (hear(simulation, ""))
        continue;
}

size_t qdpi_simulation_count(const struct qdpi_simulation *simulation, const char *text)
{
    FILE *log = open_log(simulation, 0);
    char *line = NULL;
    size_t size = 0;
    size_t count = 0;

    while (next_line(log, &line, &size) != NULL)
        count += strstr(line, text) != NULL ? 1 : 0;
    free(line);
    (void)fclose(log);
    return count;
}

/** Number `place` at the start of `text`. @return whether there is one. */
static bool number_at(const char *text, unsigned place, uint64_t *number)
{
    for (;;) {
        char *end;

        text += strspn(text, " ");
        if (*text < '0' || *text > '9')
            return false;
        *number = strtoull(text, &end, 10);
        if (place-- == 0)
            return true;
        text = end;
    }
}

uint64_t qdpi_simulation_figure(const struct qdpi_simulation *simulation, const char *label,
                                unsigned place)
{
    FILE *log = open_log(simulation, 0);
    char *line = NULL;
    size_t size = 0;
    uint64_t figure = 0;
    bool found = false;

    while (next_line(log, &line, &size) != NULL) {
        const char *behind = strstr(line, label);
        uint64_t number;

        if (behind != NULL && number_at(behind + strlen(label), place, &number)) {
            figure = number;
            found = true;
        }
    }
    free(line);
    (void)fclose(log);
    if (!found)
        fail_msg("no figure stands behind \"%s\" in %s", label, simulation->log);
    return figure;
}

// ---- The verdict -------------------------------------------------------------------------------

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

static bool is_error(const char *line)
{
    return begins(line, "%Error") || begins(line, "%Fatal") || strstr(line, "] %Error") != NULL ||
           strstr(line, "] %Fatal") != NULL || begins(line, "** Error") || begins(line, "** Fatal");
}

void qdpi_simulation_await_end(struct qdpi_simulation *simulation, unsigned timeout_ms)
{
    const uint64_t deadline = qdpi_live_in_ms(timeout_ms);

    while (!qdpi_simulation_has_ended(simulation)) {
        if (qdpi_live_ms_until(deadline) <= 0) {
            print_end(simulation);
            fail_msg("the simulation (pid %ld) has not ended in %u ms", (long)simulation->pid,
                     timeout_ms);
        }
        qdpi_live_sleep_ms(LOOK_EVERY_MS);
    }
}

bool qdpi_simulation_has_passed(struct qdpi_simulation *simulation, unsigned timeout_ms)
{
    bool sentinel = false;
    bool errors = false;
    char *line = NULL;
    size_t size = 0;
    FILE *log;

    qdpi_simulation_await_end(simulation, timeout_ms);
    log = open_log(simulation, 0);
    while (next_line(log, &line, &size) != NULL) {
        sentinel = sentinel || strcmp(line, PASSED) == 0;
        errors = errors || is_error(line);
    }
    free(line);
    (void)fclose(log);
    return WIFEXITED(simulation->status) && WEXITSTATUS(simulation->status) == 0 && sentinel &&
           !errors;
}

void qdpi_simulation_expect_passed(struct qdpi_simulation *simulation, unsigned timeout_ms)
{
    if (qdpi_simulation_has_passed(simulation, timeout_ms))
        return;
    print_end(simulation);
    fail_msg("the simulation has not passed (wait status 0x%x)", (unsigned)simulation->status);
}

// ---- What it uses ------------------------------------------------------------------------------

size_t qdpi_simulation_descriptors(const struct qdpi_simulation *simulation)
{
    char path[64];
    size_t count = 0;
    DIR *directory;

    (void)snprintf(path, sizeof path, "/proc/%ld/fd", (long)simulation->pid);
    directory = opendir(path);
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.' ? 1 : 0;
    (void)closedir(directory);
    return count;
}

long qdpi_simulation_private_kib(const struct qdpi_simulation *simulation)
{
    char path[64];
    char *line = NULL;
    size_t size = 0;
    long kib = -1;
    FILE *status;

    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)simulation->pid);
    status = fopen(path, "re");
    assert_non_null(status);
    while (kib < 0 && next_line(status, &line, &size) != NULL)
        (void)sscanf(line, "RssAnon: %ld", &kib);
    free(line);
    (void)fclose(status);
    assert_true(kib >= 0);
    return kib;
}
