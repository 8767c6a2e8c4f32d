// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi load: a file to guest memory.

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attachment.h"
#include "command.h"
#include "memory_stream.h"
#include "number.h"

enum {
    ARGUMENTS = 2,
    OPTION_OFFSET = 0x100,
    OPTION_LENGTH,
};

struct options {
    struct qdpi_attachment attachment;
    const char *arguments[ARGUMENTS];  // file, GPA
    uint64_t gpa;
    uint64_t offset;
    uint64_t length;  // 0: to the file's end
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->attachment;
        return 0;
    case OPTION_OFFSET:
        options->offset = qdpi_parse_number(state, "offset", argument);
        if (options->offset > INT64_MAX) {
            argp_error(state, "no file has an offset of %s: give one below 2^63", argument);
        }
        return 0;
    case OPTION_LENGTH:
        options->length = qdpi_parse_number(state, "length", argument);
        qdpi_require_range(state, 0, options->length);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num >= ARGUMENTS) {
            return ARGP_ERR_UNKNOWN;
        }
        options->arguments[state->arg_num] = argument;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < ARGUMENTS) {
            argp_error(state, "load what where? Give a file and a GPA");
            return 0;
        }
        options->gpa = qdpi_parse_number(state, "GPA", options->arguments[1]);
        qdpi_require_range(state, options->gpa, options->length != 0 ? options->length : 1);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int tell_file(const struct options *options, const char *what)
{
    fprintf(stderr, "qemu-dpi: reading %s: %s\n", options->arguments[0], what);
    return QDPI_EXIT_FILE;
}

// Where the file must be known to hold all of it before the guest's memory is touched.
static int measure(struct options *options, int file)
{
    struct stat about;
    if (fstat(file, &about) != 0) {
        return tell_file(options, strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        if (options->length == 0) {
            return tell_file(options, "it is no regular file, its length is not known beforehand; "
                                      "give --length");
        }
        if (options->offset != 0) {
            return tell_file(options, "it is no regular file and has no --offset");
        }
        return QDPI_EXIT_OK;
    }
    const uint64_t size = (uint64_t)about.st_size;
    const uint64_t left = options->offset < size ? size - options->offset : 0;
    if (left == 0 || options->length > left) {
        fprintf(stderr,
                "qemu-dpi: reading %s: it has %" PRIu64 " bytes, %" PRIu64
                " from the offset on; give an --offset and a --length inside it\n",
                options->arguments[0], size, left);
        return QDPI_EXIT_FILE;
    }
    if (options->length == 0) {
        options->length = left;
    }
    if (options->length - 1 > UINT64_MAX - options->gpa) {
        return tell_file(options, "it does not fit below 2^64; give a smaller GPA");
    }
    if (lseek(file, (off_t)options->offset, SEEK_SET) < 0) {
        return tell_file(options, strerror(errno));
    }
    return QDPI_EXIT_OK;
}

struct source {
    const struct options *options;
    int file;
};

static int give_bytes(void *context, uint64_t gpa, unsigned char *data, size_t size)
{
    const struct source *const source = context;
    while (size > 0) {
        const ssize_t got = read(source->file, data, size);
        if (got > 0) {
            data += got;
            size -= (size_t)got;
        } else if (got == 0) {
            fprintf(stderr,
                    "qemu-dpi: reading %s: it ended too early; the guest has what came, below "
                    "0x%" PRIx64 "\n",
                    source->options->arguments[0], gpa);
            return QDPI_EXIT_FILE;
        } else if (errno != EINTR) {
            return tell_file(source->options, strerror(errno));
        }
    }
    return QDPI_EXIT_OK;
}

static int load(struct options *options, int file)
{
    struct qdpi_bridge *bridge = NULL;
    struct source source = {.options = options, .file = file};
    int status = measure(options, file);
    if (status == QDPI_EXIT_OK) {
        status = qdpi_attach(&options->attachment, &bridge);
    }
    if (status == QDPI_EXIT_OK) {
        status = qdpi_stream_write(bridge, options->gpa, options->length, give_bytes, &source);
    }
    qdpi_close(bridge);
    return status;
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "offset",
         .key = OPTION_OFFSET,
         .arg = "BYTES",
         .doc = "Where in FILE to begin; default: 0"},
        {.name = "length",
         .key = OPTION_LENGTH,
         .arg = "BYTES",
         .doc = "How much; default: to the end of FILE"},
        {0},
    };
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .args_doc = "FILE GPA",
        .doc = "Copy FILE, -: standard input, to guest memory from the guest-physical address GPA "
               "on."
               "\vNumbers are decimal, 0x or 0b, with K, M, G or T, and sums such as 3G+0x40. A "
               "pipe needs --length. Nothing is written unless all of it is RAM.",
        .children = children,
    };
    struct options options = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return QDPI_EXIT_USAGE;
    }
    if (strcmp(options.arguments[0], "-") == 0) {
        options.arguments[0] = "standard input";
        return load(&options, STDIN_FILENO);
    }
    const int file = open(options.arguments[0], O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return tell_file(&options, strerror(errno));
    }
    const int status = load(&options, file);
    close(file);
    return status;
}

const struct qdpi_command qdpi_command_load = {
    .name = "load",
    .summary = "A file to guest memory",
    .run = run,
};
