// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi write: values to consecutive addresses.

#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "attachment.h"
#include "command.h"
#include "memory_stream.h"
#include "number.h"
#include "typed_access.h"

enum {
    DEFAULT_WIDTH = 4,
    OPTION_VERIFY = 0x100,
};

struct options {
    struct qdpi_attachment attachment;
    const char *gpa_text;
    char **texts;  // the values, in argv
    int count;
    uint64_t gpa;
    unsigned width;
    bool verify;
};

// One value of those that finish_options() has checked.
static uint64_t value_at(const struct options *options, struct argp_state *state, int index)
{
    return qdpi_parse_value(state, options->texts[index], options->width);
}

static void finish_options(struct options *options, struct argp_state *state)
{
    if (options->count == 0) {
        argp_error(state, "write what? Give a GPA and at least one value");
        return;
    }
    options->gpa = qdpi_parse_number(state, "GPA", options->gpa_text);
    for (int i = 0; i < options->count; i++) {
        (void)value_at(options, state, i);
    }
    qdpi_require_range(state, options->gpa, (uint64_t)options->count * options->width);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->attachment;
        return 0;
    case 'w':
        options->width = qdpi_parse_width(state, argument);
        return 0;
    case OPTION_VERIFY:
        options->verify = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0) {
            return ARGP_ERR_UNKNOWN;
        }
        options->gpa_text = argument;
        return 0;
    case ARGP_KEY_ARGS:
        // All that follow the address: argp has put the options in front of them.
        options->texts = state->argv + state->next;
        options->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        finish_options(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int write_values(struct qdpi_bridge *bridge, const struct options *options)
{
    int status =
        qdpi_stream_check(bridge, options->gpa, (uint64_t)options->count * options->width, true);
    for (int i = 0; status == QDPI_EXIT_OK && i < options->count; i++) {
        const uint64_t gpa = options->gpa + (uint64_t)i * options->width;
        const int result =
            qdpi_typed_write(bridge, gpa, options->width, value_at(options, NULL, i));
        if (result != 0) {
            status = qdpi_tell_failure(bridge, result, "writing %u bytes at 0x%" PRIx64,
                                       options->width, gpa);
        }
    }
    return status;
}

static int verify_values(struct qdpi_bridge *bridge, const struct options *options)
{
    int status = QDPI_EXIT_OK;
    for (int i = 0; i < options->count; i++) {
        const uint64_t gpa = options->gpa + (uint64_t)i * options->width;
        const uint64_t written = value_at(options, NULL, i);
        uint64_t value = 0;
        const int result = qdpi_typed_read(bridge, gpa, options->width, &value);
        if (result != 0) {
            return qdpi_tell_failure(bridge, result, "reading 0x%" PRIx64 " back", gpa);
        }
        if (value != written) {
            fprintf(stderr,
                    "qemu-dpi: 0x%" PRIx64 " was written with 0x%" PRIx64 " and holds 0x%" PRIx64
                    ": the guest writes there too; stop it first\n",
                    gpa, written, value);
            status = QDPI_EXIT_NO;
        }
    }
    return status;
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    struct options *options = context;
    const int status = write_values(bridge, options);
    return status == QDPI_EXIT_OK && options->verify ? verify_values(bridge, options) : status;
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "width", .key = 'w', .arg = "1|2|4|8", .doc = "Bytes of a value; default: 4"},
        {.name = "verify",
         .key = OPTION_VERIFY,
         .doc = "Read the values back; exit status 1: another is there"},
        {0},
    };
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .args_doc = "GPA VALUE...",
        .doc = "Write each VALUE, little endian, from the guest-physical address GPA on, each in "
               "one access, which is atomic when it is aligned."
               "\vNumbers are decimal, 0x or 0b, with K, M, G or T, and sums such as 3G+0x40. Put "
               "-- before the GPA when a value is negative.",
        .children = children,
    };
    struct options options = {.width = DEFAULT_WIDTH};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_write = {
    .name = "write",
    .summary = "Values to consecutive addresses",
    .run = run,
};
