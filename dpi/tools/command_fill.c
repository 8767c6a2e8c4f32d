// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi fill: one value all over a range.

#include <argp.h>
#include <inttypes.h>
#include <string.h>

#include "attachment.h"
#include "command.h"
#include "memory_stream.h"
#include "number.h"

enum {
    DEFAULT_WIDTH = 1,
    ARGUMENTS = 3,
};

struct options {
    struct qdpi_attachment attachment;
    const char *arguments[ARGUMENTS];  // GPA, length, value
    uint64_t gpa;
    uint64_t length;
    uint64_t value;
    unsigned width;
};

static void finish_options(struct options *options, struct argp_state *state)
{
    options->gpa = qdpi_parse_number(state, "GPA", options->arguments[0]);
    options->length = qdpi_parse_number(state, "length", options->arguments[1]);
    options->value = qdpi_parse_value(state, options->arguments[2], options->width);
    qdpi_require_range(state, options->gpa, options->length);
    if (options->length % options->width != 0) {
        argp_error(state, "%s bytes are no multiple of the width, %u: give another length or -w",
                   options->arguments[1], options->width);
    }
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
    case ARGP_KEY_ARG:
        if (state->arg_num >= ARGUMENTS) {
            return ARGP_ERR_UNKNOWN;
        }
        options->arguments[state->arg_num] = argument;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < ARGUMENTS) {
            argp_error(state, "fill what? Give a GPA, a length in bytes and a value");
            return 0;
        }
        finish_options(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int give_values(void *context, uint64_t gpa, unsigned char *data, size_t size)
{
    const struct options *const options = context;
    // Later chunks find the pattern of the first in the buffer.
    if (gpa == options->gpa) {
        for (size_t at = 0; at < size; at += options->width) {
            memcpy(data + at, &options->value, options->width);
        }
    }
    return QDPI_EXIT_OK;
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    struct options *options = context;
    return qdpi_stream_write(bridge, options->gpa, options->length, give_values, options);
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "width", .key = 'w', .arg = "1|2|4|8", .doc = "Bytes of VALUE; default: 1"},
        {0},
    };
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .args_doc = "GPA LENGTH VALUE",
        .doc = "Fill LENGTH bytes from the guest-physical address GPA on with VALUE, little "
               "endian, over and over."
               "\vNumbers are decimal, 0x or 0b, with K, M, G or T, and sums such as 3G+0x40. Put "
               "-- before the GPA when VALUE is negative.",
        .children = children,
    };
    struct options options = {.width = DEFAULT_WIDTH};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_fill = {
    .name = "fill",
    .summary = "One value all over a range",
    .run = run,
};
