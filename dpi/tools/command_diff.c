// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi diff: what has become different in a range of memory, or is different from a file.

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attachment.h"
#include "command.h"
#include "differences.h"
#include "idle.h"
#include "json_output.h"
#include "memory_snapshot.h"
#include "memory_stream.h"
#include "number.h"
#include "word_options.h"

enum {
    OPTION_AFTER = 0x100,
    OPTION_KEY,
    OPTION_OFFSET,
    OPTION_LENGTH,
    OPTION_JSON,
    MOST_SECONDS = 1000000,
    US_PER_SECOND = 1000000,
};

struct options {
    struct qdpi_attachment attachment;
    struct qdpi_word_options words;
    const char *gpa_text;
    const char *other_text;  // FILE or LENGTH
    const char *length_text;
    uint64_t gpa;
    uint64_t length;    // 0: to the end of the file
    uint64_t offset;    // in the file
    uint64_t after_us;  // between the two moments
    bool after;
    bool key;
    bool offset_given;
    bool quiet;
    bool json;
};

// ---- Options -----------------------------------------------------------------------------------

static bool compares_moments(const struct options *options)
{
    return options->after || options->key;
}

static uint64_t parse_seconds(struct argp_state *state, const char *text)
{
    char *end = NULL;
    const double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= MOST_SECONDS)) {
        argp_error(state, "'%s' is no time: give seconds from 0 to %d, for instance 0.5", text,
                   MOST_SECONDS);
        return 0;
    }
    return (uint64_t)(seconds * US_PER_SECOND);
}

static void check_options(struct argp_state *state, struct options *options)
{
    const bool moments = compares_moments(options);
    if (options->other_text == NULL) {
        argp_error(state, "compare what? Give a GPA, and a file or, with --after or --key, a "
                          "length");
    }
    if (options->after && options->key) {
        argp_error(state, "--after and --key: the second moment is one or the other");
    }
    if (moments && (options->offset_given || options->length_text != NULL)) {
        argp_error(state, "--offset and --length are about a file, and two moments of memory are "
                          "to be compared");
    }
    if (options->quiet && options->json) {
        argp_error(state, "--quiet and --json: print, or not");
    }
    options->gpa = qdpi_parse_number(state, "GPA", options->gpa_text);
    const char *length = moments ? options->other_text : options->length_text;
    if (length != NULL) {
        options->length = qdpi_parse_number(state, "length", length);
        qdpi_require_range(state, options->gpa, options->length);
        qdpi_require_words(state, &options->words, options->length);
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->words;
        state->child_inputs[1] = &options->attachment;
        return 0;
    case OPTION_AFTER:
        options->after = true;
        options->after_us = parse_seconds(state, argument);
        return 0;
    case OPTION_KEY:
        options->key = true;
        return 0;
    case OPTION_OFFSET:
        options->offset_given = true;
        options->offset = qdpi_parse_number(state, "offset", argument);
        return 0;
    case OPTION_LENGTH:
        options->length_text = argument;
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1) {
            return ARGP_ERR_UNKNOWN;
        }
        *(state->arg_num == 0 ? &options->gpa_text : &options->other_text) = argument;
        return 0;
    case ARGP_KEY_END:
        check_options(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- The file ----------------------------------------------------------------------------------

struct content {
    uint8_t *bytes;
    uint64_t size;
};

static int tell_file(const char *path, const char *what)
{
    fprintf(stderr, "qemu-dpi: comparing with the file '%s': %s\n", path, what);
    return QDPI_EXIT_FILE;
}

static int open_file(const struct options *options, struct stat *status, int *file)
{
    const char *path = options->other_text;
    *file = open(path, O_RDONLY | O_CLOEXEC);
    if (*file < 0 || fstat(*file, status) != 0) {
        const char *reason = strerror(errno);
        if (*file >= 0) {
            close(*file);
        }
        fprintf(stderr,
                "qemu-dpi: comparing with the file '%s': %s; give a file that can be read or, to "
                "compare two moments of memory, --after or --key\n",
                path, reason);
        return QDPI_EXIT_FILE;
    }
    if (!S_ISREG(status->st_mode)) {
        close(*file);
        return tell_file(path, "it is not a regular file; write what is to be compared into one");
    }
    return QDPI_EXIT_OK;
}

static int read_all(int file, const struct options *options, struct content *content)
{
    for (uint64_t done = 0; done < content->size;) {
        const ssize_t taken = pread(file, content->bytes + done, (size_t)(content->size - done),
                                    (off_t)(options->offset + done));
        if (taken < 0 && errno != EINTR) {
            return tell_file(options->other_text, strerror(errno));
        }
        if (taken == 0) {
            return tell_file(options->other_text, "it became shorter while it was read; try again");
        }
        done += taken > 0 ? (uint64_t)taken : 0;
    }
    return QDPI_EXIT_OK;
}

/// The part of the file that is to be compared.
static int read_file(const struct options *options, struct content *content)
{
    struct stat about;
    int file = -1;
    int status = open_file(options, &about, &file);
    if (status != QDPI_EXIT_OK) {
        return status;
    }
    const uint64_t end = (uint64_t)about.st_size;
    const uint64_t room = options->offset < end ? end - options->offset : 0;
    content->size = options->length != 0 ? options->length : room;
    if (content->size == 0 || content->size > room) {
        char reason[160];
        snprintf(reason, sizeof reason,
                 "it has %" PRIu64 " bytes from offset %" PRIu64
                 " on; give a smaller --offset or --length, or the right file",
                 room, options->offset);
        status = tell_file(options->other_text, reason);
    } else if (content->size % options->words.width != 0) {
        status = tell_file(options->other_text,
                           "its length is not a multiple of the width; give --length, or -w 1");
    } else {
        content->bytes = malloc((size_t)content->size);
        status = content->bytes != NULL
                     ? read_all(file, options, content)
                     : tell_file(options->other_text, "no memory for it; give a smaller --length");
    }
    close(file);
    return status;
}

// ---- Comparing ---------------------------------------------------------------------------------

static int compare(const struct options *options, const uint8_t *before, const uint8_t *after,
                   uint64_t size)
{
    const struct qdpi_comparison comparison = {
        .gpa = options->gpa,
        .before = before,
        .after = after,
        .size = (size_t)size,
        .width = options->words.width,
        .notation = options->words.notation,
    };
    json_t *runs = options->json ? json_array() : NULL;
    struct qdpi_difference run = {0};
    bool different = false;
    while (qdpi_difference_next(&comparison, run.offset + run.size, &run) && !ferror(stdout)) {
        different = true;
        if (options->json) {
            json_array_append_new(runs, qdpi_difference_json(&comparison, &run));
        } else if (options->quiet) {
            break;
        } else {
            qdpi_difference_print(stdout, "", &comparison, &run);
        }
    }
    const int status =
        !options->json ? QDPI_EXIT_OK
                       : qdpi_json_print(json_pack("{s:o, s:I, s:i, s:b, s:o}", "gpa",
                                                   qdpi_json_address(options->gpa), "size",
                                                   (json_int_t)size, "width", (int)comparison.width,
                                                   "different", different, "runs", runs));
    return status == QDPI_EXIT_OK && different ? QDPI_EXIT_NO : status;
}

static int wait_for_second_moment(const struct options *options, struct qdpi_bridge *bridge)
{
    const uint64_t until = options->key ? UINT64_MAX : qdpi_clock_us() + options->after_us;
    char line[256];
    if (options->key && isatty(STDIN_FILENO)) {
        fputs("qemu-dpi: Enter takes the second look\n", stderr);
    }
    const int result = qdpi_idle_until(bridge, until, options->key ? STDIN_FILENO : -1);
    if (result < 0) {
        return qdpi_tell_failure(bridge, result, "waiting between two looks at the memory");
    }
    // The end of the input is as good as Enter. What was typed is taken, so that no shell gets it.
    if (result > 0 && read(STDIN_FILENO, line, sizeof line) < 0) {
        perror("qemu-dpi: waiting for Enter on standard input");
        return QDPI_EXIT_FILE;
    }
    return QDPI_EXIT_OK;
}

static int diff_moments(const struct options *options, struct qdpi_bridge *bridge)
{
    struct qdpi_memory_snapshot before = {0};
    struct qdpi_memory_snapshot after = {0};
    int status = qdpi_memory_snapshot_take(&before, bridge, options->gpa, options->length);
    if (status == QDPI_EXIT_OK) {
        status = wait_for_second_moment(options, bridge);
    }
    if (status == QDPI_EXIT_OK) {
        status = qdpi_memory_snapshot_take(&after, bridge, options->gpa, options->length);
    }
    if (status == QDPI_EXIT_OK) {
        status = compare(options, before.bytes, after.bytes, options->length);
    }
    qdpi_memory_snapshot_free(&before);
    qdpi_memory_snapshot_free(&after);
    return status;
}

static int diff_file(const struct options *options, struct qdpi_bridge *bridge)
{
    struct content content = {0};
    struct qdpi_memory_snapshot memory = {0};
    int status = read_file(options, &content);
    if (status == QDPI_EXIT_OK && content.size - 1 > UINT64_MAX - options->gpa) {
        status = tell_file(options->other_text,
                           "it is longer than the address space behind the GPA; give a --length");
    }
    if (status == QDPI_EXIT_OK) {
        status = qdpi_memory_snapshot_take(&memory, bridge, options->gpa, content.size);
    }
    if (status == QDPI_EXIT_OK) {
        status = compare(options, content.bytes, memory.bytes, content.size);
    }
    qdpi_memory_snapshot_free(&memory);
    free(content.bytes);
    return status;
}

static const struct argp_option option_table[] = {
    {.doc = "Two moments:", .group = 1},
    {.name = "after",
     .key = OPTION_AFTER,
     .arg = "SECONDS",
     .doc = "Look, wait SECONDS, look again",
     .group = 1},
    {.name = "key",
     .key = OPTION_KEY,
     .doc = "Look, wait for Enter, or the end of the input, look again",
     .group = 1},
    {.doc = "A file:", .group = 2},
    {.name = "offset",
     .key = OPTION_OFFSET,
     .arg = "N",
     .doc = "From byte N of the file on; default: 0",
     .group = 2},
    {.name = "length",
     .key = OPTION_LENGTH,
     .arg = "N",
     .doc = "N bytes; default: to the end of the file",
     .group = 2},
    {.doc = "What to print:", .group = 3},
    {.name = "quiet", .key = 'q', .doc = "Nothing: the exit status says it", .group = 3},
    {.name = "json", .key = OPTION_JSON, .doc = "JSON", .group = 3},
    {.doc = "The guest:", .group = 4},
    {0},
};

static int act(struct qdpi_bridge *bridge, void *context)
{
    const struct options *options = context;
    return compares_moments(options) ? diff_moments(options, bridge) : diff_file(options, bridge);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {.argp = &qdpi_word_argp, .group = 3},
        {.argp = &qdpi_attachment_argp, .group = 4},
        {0},
    };
    static const struct argp argp = {
        .options = option_table,
        .parser = parse_option,
        .args_doc = "GPA FILE\nGPA LENGTH --after=SECONDS\nGPA LENGTH --key",
        .doc = "Compare guest memory from GPA on with a file, or with itself a moment later. Each "
               "run of words that differ is printed as ADDRESS: OLD -> NEW; old is the file, or "
               "the first moment. Words have 1 byte without -w."
               "\vExit status 0: all is alike; 1: something differs. The guest goes on running "
               "while it is looked at: 'qemu-dpi stop' makes it stand still.",
        .children = children,
    };
    struct options options = {.words = {.width = 1, .notation = QDPI_NOTATION_HEX}};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_diff = {
    .name = "diff",
    .summary = "What changes in memory in a while, or differs from a file",
    .run = run,
};
