// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi watch: what changes in a range of memory, as it changes.

#include <argp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "attachment.h"
#include "command.h"
#include "differences.h"
#include "idle.h"
#include "json_output.h"
#include "memory_stream.h"
#include "number.h"
#include "word_options.h"

enum {
    OPTION_FOR = 0x100,
    OPTION_JSON,
    DEFAULT_INTERVAL_MS = 100,
    DEFAULT_WIDTH = 4,
    MOST_INTERVAL_MS = 3600000,
    MOST_SECONDS = 1000000,
    US_PER_MS = 1000,
    US_PER_SECOND = 1000000,
};

struct options {
    struct qdpi_attachment attachment;
    struct qdpi_word_options words;
    const char *gpa_text;
    const char *length_text;
    uint64_t gpa;
    uint64_t length;
    uint64_t interval_us;
    uint64_t duration_us;  // 0: without an end
    uint64_t count;        // 0: any number
    bool json;
};

// ---- Options -----------------------------------------------------------------------------------

static void check_options(struct argp_state *state, struct options *options)
{
    if (options->gpa_text == NULL) {
        argp_error(state, "watch what? Give a GPA and a length");
    }
    options->gpa = qdpi_parse_number(state, "GPA", options->gpa_text);
    options->length = options->length_text != NULL
                          ? qdpi_parse_number(state, "length", options->length_text)
                          : options->words.width;
    qdpi_require_range(state, options->gpa, options->length);
    qdpi_require_words(state, &options->words, options->length);
}

static void parse_interval(struct argp_state *state, struct options *options, const char *text)
{
    const uint64_t interval = qdpi_parse_number(state, "interval", text);
    if (interval == 0 || interval > MOST_INTERVAL_MS) {
        argp_error(state, "'%s' is no interval: give milliseconds from 1 to %d", text,
                   MOST_INTERVAL_MS);
    }
    options->interval_us = interval * US_PER_MS;
}

static void parse_duration(struct argp_state *state, struct options *options, const char *text)
{
    char *end = NULL;
    const double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds > 0 && seconds <= MOST_SECONDS)) {
        argp_error(state, "'%s' is no duration: give seconds up to %d, for instance 0.5", text,
                   MOST_SECONDS);
    }
    options->duration_us = (uint64_t)(seconds * US_PER_SECOND) + 1;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->words;
        state->child_inputs[1] = &options->attachment;
        return 0;
    case 'i':
        parse_interval(state, options, argument);
        return 0;
    case OPTION_FOR:
        parse_duration(state, options, argument);
        return 0;
    case 'n':
        options->count = qdpi_parse_number(state, "count", argument);
        if (options->count == 0) {
            argp_error(state, "a count of 0 is nothing to wait for: give 1 or more");
        }
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1) {
            return ARGP_ERR_UNKNOWN;
        }
        *(state->arg_num == 0 ? &options->gpa_text : &options->length_text) = argument;
        return 0;
    case ARGP_KEY_END:
        check_options(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- Watching ----------------------------------------------------------------------------------

struct watch {
    const struct options *options;
    struct qdpi_bridge *bridge;
    int signals;  // can be read when the watch is told to end
    uint8_t *before;
    uint8_t *after;
    uint64_t start;
    uint64_t looks;
    uint64_t changes;
};

static bool has_enough(const struct watch *watch)
{
    return ferror(stdout) != 0 ||
           (watch->options->count != 0 && watch->changes >= watch->options->count);
}

static void print_json(const struct qdpi_comparison *comparison, const struct qdpi_difference *run,
                       double seconds)
{
    json_t *change = qdpi_difference_json(comparison, run);
    json_object_set_new(change, "seconds", json_real(seconds));
    // A line for each, so that a reader can take them as they come.
    json_dumpf(change, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(change);
}

static void print_changes(struct watch *watch)
{
    const struct options *options = watch->options;
    const struct qdpi_comparison comparison = {
        .gpa = options->gpa,
        .before = watch->before,
        .after = watch->after,
        .size = (size_t)options->length,
        .width = options->words.width,
        .notation = options->words.notation,
    };
    const double seconds = (double)(qdpi_clock_us() - watch->start) / US_PER_SECOND;
    struct qdpi_difference run = {0};
    char stamp[32];
    snprintf(stamp, sizeof stamp, "%10.3f  ", seconds);
    while (!has_enough(watch) && qdpi_difference_next(&comparison, run.offset + run.size, &run)) {
        watch->changes++;
        if (options->json) {
            print_json(&comparison, &run, seconds);
        } else {
            qdpi_difference_print(stdout, stamp, &comparison, &run);
        }
    }
    fflush(stdout);
}

static int look(struct watch *watch)
{
    const struct options *options = watch->options;
    uint8_t *const before = watch->after;
    watch->after = watch->before;
    watch->before = before;
    const int result =
        qdpi_mem_read(watch->bridge, options->gpa, watch->after, (size_t)options->length);
    if (result == 0 && watch->looks > 0) {
        print_changes(watch);
    }
    watch->looks++;
    return result;
}

// Looks until there is a reason to end. @return QDPI_EXIT_*.
static int look_on(struct watch *watch)
{
    const struct options *options = watch->options;
    const uint64_t end =
        options->duration_us != 0 ? watch->start + options->duration_us : UINT64_MAX;
    uint64_t next = watch->start;
    int result = 0;
    for (;;) {
        result = look(watch);
        if (result != 0 || has_enough(watch) || qdpi_clock_us() >= end) {
            break;
        }
        // Looks that are missed, because reading takes longer or the machine slept, are left out.
        const uint64_t now = qdpi_clock_us();
        next += options->interval_us;
        next = next > now ? next : now;
        result = qdpi_idle_until(watch->bridge, next < end ? next : end, watch->signals);
        if (result != 0) {
            break;
        }
    }
    if (result < 0) {
        return qdpi_tell_failure(watch->bridge, result, "watching GPA 0x%" PRIx64, options->gpa);
    }
    if (result == 0 && options->count != 0 && watch->changes < options->count && !ferror(stdout)) {
        fprintf(stderr, "qemu-dpi: only %" PRIu64 " of %" PRIu64 " changes came in %.3f s\n",
                watch->changes, options->count,
                (double)(qdpi_clock_us() - watch->start) / US_PER_SECOND);
        return QDPI_EXIT_TIMEOUT;
    }
    return watch->changes > 0 ? QDPI_EXIT_OK : QDPI_EXIT_NO;
}

static int watch_guest(struct watch *watch)
{
    const struct options *options = watch->options;
    int status = qdpi_stream_check(watch->bridge, options->gpa, options->length, false);
    if (status != QDPI_EXIT_OK) {
        return status;
    }
    watch->before = malloc((size_t)options->length);
    watch->after = malloc((size_t)options->length);
    if (watch->before == NULL || watch->after == NULL) {
        status = qdpi_tell_failure(watch->bridge, QDPI_ERR_NO_MEMORY, "watching %" PRIu64 " bytes",
                                   options->length);
    } else {
        watch->start = qdpi_clock_us();
        status = look_on(watch);
        fprintf(stderr, "qemu-dpi: %" PRIu64 " changes in %" PRIu64 " looks, %.3f s\n",
                watch->changes, watch->looks,
                (double)(qdpi_clock_us() - watch->start) / US_PER_SECOND);
    }
    free(watch->before);
    free(watch->after);
    return status;
}

/// Ctrl-C and its like end the watch, and not the program. Before the bridge is opened, whose
/// threads would get them otherwise. @return a descriptor, or -1.
static int take_signals(void)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        struct sigaction action;
        sigaction(ending[i], NULL, &action);
        // Shells ignore SIGINT for jobs in the background, where it is wanted; nohup means it.
        if (ending[i] == SIGINT || action.sa_handler != SIG_IGN) {
            signal(ending[i], SIG_DFL);
            sigaddset(&signals, ending[i]);
        }
    }
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

static const struct argp_option option_table[] = {
    {.name = "interval",
     .key = 'i',
     .arg = "MS",
     .doc = "Milliseconds between two looks; default: 100"},
    {.name = "count", .key = 'n', .arg = "N", .doc = "End after N changes"},
    {.name = "for",
     .key = OPTION_FOR,
     .arg = "SECONDS",
     .doc = "Watch so long; default: until Ctrl-C"},
    {.name = "json",
     .key = OPTION_JSON,
     .doc = "A JSON object on a line of its own for each change"},
    {0},
};

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {.argp = &qdpi_word_argp},
        {.argp = &qdpi_attachment_argp},
        {0},
    };
    static const struct argp argp = {
        .options = option_table,
        .parser = parse_option,
        .args_doc = "GPA [LENGTH]",
        .doc = "Print what changes in guest memory from GPA on: the seconds since the start, "
               "ADDRESS: OLD -> NEW for each run of changed words. Words have 4 bytes without -w. "
               "Without LENGTH, it is one word. Ends at Ctrl-C, and says then what it has seen."
               "\vExit status 0: there were changes, with --count as many as asked for; 1: "
               "there were none; 6: fewer than --count within --for. A value that comes and "
               "goes between two looks is not seen.",
        .children = children,
    };
    struct options options = {
        .words = {.width = DEFAULT_WIDTH, .notation = QDPI_NOTATION_HEX},
        .interval_us = (uint64_t)DEFAULT_INTERVAL_MS * US_PER_MS,
    };
    struct watch watch = {.options = &options};
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return QDPI_EXIT_USAGE;
    }
    watch.signals = take_signals();
    if (watch.signals < 0) {
        perror("qemu-dpi: preparing for Ctrl-C");
        return QDPI_EXIT_FILE;
    }
    int status = qdpi_attach(&options.attachment, &watch.bridge);
    if (status == QDPI_EXIT_OK) {
        status = watch_guest(&watch);
    }
    qdpi_close(watch.bridge);
    close(watch.signals);
    return status;
}

const struct qdpi_command qdpi_command_watch = {
    .name = "watch",
    .summary = "Show what changes in a range of memory",
    .run = run,
};
