// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi stats: what attached bridges have done, and do.

#include <argp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "number.h"
#include "stats_pages.h"
#include "stats_view.h"

enum {
    OPTION_ONCE = 0x100,
    OPTION_JSON,
    MOST_SECONDS = 86400,
    NS_PER_SECOND = 1000000000,
};

static const double least_seconds = 0.05;

struct options {
    bool once;
    bool json;
    double interval;
    pid_t pid;  // 0: all
};

// ---- Options -----------------------------------------------------------------------------------

static double parse_interval(struct argp_state *state, const char *text)
{
    char *end = NULL;
    const double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= least_seconds && seconds <= MOST_SECONDS)) {
        argp_error(state, "'%s' is no interval: give seconds from %g to %d, for instance 0.5", text,
                   least_seconds, MOST_SECONDS);
        return 1;
    }
    return seconds;
}

static pid_t parse_pid(struct argp_state *state, const char *text)
{
    const uint64_t pid = qdpi_parse_number(state, "process", text);
    if (pid == 0 || pid > INT_MAX) {
        argp_error(state, "'%s' is no process: give the number that ps shows", text);
    }
    return (pid_t)pid;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case OPTION_ONCE:
        options->once = true;
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case 'i':
        options->interval = parse_interval(state, argument);
        return 0;
    case 'p':
        options->pid = parse_pid(state, argument);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "there are no arguments, and '%s' is one; a process is given by --pid",
                   argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- Waiting for the next look, or for the end -------------------------------------------------

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

struct watcher {
    bool keys;  // standard input is a terminal, and gives each key at once
    struct termios before;
    sigset_t waiting;  // what may interrupt a wait, and nothing else
};

static void start_watching(struct watcher *watcher, bool live)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &watcher->waiting);
    sigdelset(&watcher->waiting, SIGINT);
    sigdelset(&watcher->waiting, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    watcher->keys = live && tcgetattr(STDIN_FILENO, &watcher->before) == 0;
    if (watcher->keys) {
        struct termios raw = watcher->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
}

static void stop_watching(const struct watcher *watcher)
{
    if (watcher->keys) {
        tcsetattr(STDIN_FILENO, TCSANOW, &watcher->before);
    }
}

// @return false: the user has had enough.
static bool wait_for_next(struct watcher *watcher, double seconds)
{
    struct timespec end = {0};
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double end_at = (double)end.tv_sec + (double)end.tv_nsec / NS_PER_SECOND + seconds;
    for (;;) {
        struct timespec now = {0};
        struct pollfd key = {.fd = watcher->keys ? STDIN_FILENO : -1, .events = POLLIN};
        clock_gettime(CLOCK_MONOTONIC, &now);
        const double left = end_at - (double)now.tv_sec - (double)now.tv_nsec / NS_PER_SECOND;
        if (left <= 0) {
            return true;
        }
        const struct timespec left_time = {
            .tv_sec = (time_t)left,
            .tv_nsec = (long)((left - (double)(time_t)left) * NS_PER_SECOND)};
        const int ready = ppoll(&key, 1, &left_time, &watcher->waiting);
        if (interrupted) {
            return false;
        }
        if (ready > 0) {
            char pressed = '\0';
            if (read(STDIN_FILENO, &pressed, 1) != 1) {
                watcher->keys = false;
            } else if (pressed == 'q' || pressed == 'Q') {
                return false;
            }
        }
    }
}

// ---- Printing ----------------------------------------------------------------------------------

static bool print_json_line(const struct qdpi_stats_list *now, const struct qdpi_stats_list *before,
                            size_t format)
{
    json_t *const document = qdpi_stats_json(now, before);
    const bool done = document != NULL && json_dumpf(document, stdout, format) == 0;
    json_decref(document);
    putchar('\n');
    return done;
}

// In one piece, so that a terminal does not flicker.
static bool print_text(const struct qdpi_stats_list *now, const struct qdpi_stats_list *before,
                       bool live)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    if (stream == NULL) {
        return false;
    }
    fputs(live ? "\033[H\033[J" : "", stream);
    qdpi_stats_print(stream, now, before);
    fputs(live ? "\nq ends\n" : "", stream);
    const bool done = fclose(stream) == 0 && fwrite(text, 1, size, stdout) == size;
    free(text);
    return done;
}

static bool print(const struct options *options, const struct qdpi_stats_list *now,
                  const struct qdpi_stats_list *before, bool live)
{
    const bool done =
        options->json ? print_json_line(now, before, options->once ? JSON_INDENT(2) : JSON_COMPACT)
                      : print_text(now, before, live);
    if (done && fflush(stdout) == 0) {
        return true;
    }
    fputs("qemu-dpi: the statistics could not be written to standard output; is there a reader, "
          "and memory?\n",
          stderr);
    return false;
}

static int show(const struct options *options)
{
    const bool live = !options->once && !options->json && isatty(STDOUT_FILENO);
    struct qdpi_stats_list before = {0};
    struct qdpi_stats_list now = {0};
    struct watcher watcher = {0};
    int status = QDPI_EXIT_OK;
    bool more = !options->once;

    start_watching(&watcher, live && isatty(STDIN_FILENO));
    do {
        const int result = qdpi_stats_take(QDPI_STATISTICS_FOLDER, options->pid, &now);
        if (result != 0) {
            fprintf(stderr, "qemu-dpi: looking for bridges in %s: %s\n", QDPI_STATISTICS_FOLDER,
                    strerror(-result));
            status = QDPI_EXIT_FILE;
        } else if (!print(options, &now, &before, live)) {
            status = QDPI_EXIT_FILE;
        } else if (options->once && now.count == 0) {
            status = QDPI_EXIT_NO;
        }
        qdpi_stats_free(&before);
        before = now;
        now = (struct qdpi_stats_list){0};
        more = more && status == QDPI_EXIT_OK && wait_for_next(&watcher, options->interval);
        if (more && !live && !options->json) {
            putchar('\n');
        }
    } while (more);
    stop_watching(&watcher);
    qdpi_stats_free(&before);
    return status;
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "once",
         .key = OPTION_ONCE,
         .doc = "Print once, without rates; exit status 1: there is no bridge"},
        {.name = "interval",
         .key = 'i',
         .arg = "SECONDS",
         .doc = "Time between two looks, over which rates are taken; default: 1"},
        {.name = "pid", .key = 'p', .arg = "N", .doc = "Only the bridges of process N"},
        {.name = "json",
         .key = OPTION_JSON,
         .doc = "Print JSON: an object a line, or with --once one over several lines"},
        {0},
    };
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .doc = "What the bridges of this user's simulators have done since they were opened, and "
               "do: memory accesses, doorbells, interrupts, errors. On a terminal the picture "
               "stands still, and q or Ctrl-C ends it.\vNo guest is attached to, and no simulator "
               "is disturbed: each bridge counts in a file in " QDPI_STATISTICS_FOLDER
               ". Bridges of processes with " QDPI_STATISTICS_SWITCH "=off in the environment are "
               "not seen.",
    };
    struct options options = {.interval = 1};
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return QDPI_EXIT_USAGE;
    }
    return show(&options);
}

const struct qdpi_command qdpi_command_stats = {
    .name = "stats",
    .summary = "What attached bridges have done, and do: like top",
    .run = run,
};
