// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi read: values, or a copy of memory in a file.

#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "attachment.h"
#include "command.h"
#include "json_output.h"
#include "memory_stream.h"
#include "number.h"
#include "output_file.h"
#include "typed_access.h"
#include "value_format.h"
#include "word_options.h"

enum {
    DEFAULT_WIDTH = 4,
    LINE_BYTES = 16,
    LINE_BYTES_BIN = 8,
    OPTION_JSON = 0x100,
};

struct options {
    struct qdpi_attachment attachment;
    const char *file;  // NULL: print values
    const char *gpa_text;
    const char *count_text;
    uint64_t gpa;
    uint64_t count;  // of values; of bytes with a file
    unsigned width;
    enum qdpi_value_notation notation;
    bool json;
    bool formatted;  // -w, -f or --json was given
};

static void finish_options(struct options *options, struct argp_state *state)
{
    if (options->gpa_text == NULL) {
        argp_error(state, "read where? Give a GPA");
        return;
    }
    options->gpa = qdpi_parse_number(state, "GPA", options->gpa_text);
    if (options->file != NULL && options->formatted) {
        argp_error(state, "-o copies bytes as they are: leave -w, -f and --json out");
    }
    if (options->count_text != NULL) {
        options->count = qdpi_parse_number(state, options->file != NULL ? "length" : "count",
                                           options->count_text);
    } else if (options->file != NULL) {
        argp_error(state, "how much is to be copied? Give the length in bytes after the GPA");
    }
    const unsigned unit = options->file != NULL ? 1 : options->width;
    if (options->count > UINT64_MAX / unit) {
        argp_error(state, "%s values of %u bytes go past 2^64: give a smaller count",
                   options->count_text, unit);
    }
    qdpi_require_range(state, options->gpa, options->count * unit);
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
        options->formatted = true;
        return 0;
    case 'f':
        options->notation = qdpi_parse_notation(state, argument);
        options->formatted = true;
        return 0;
    case OPTION_JSON:
        options->json = true;
        options->formatted = true;
        return 0;
    case 'o':
        options->file = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1) {
            return ARGP_ERR_UNKNOWN;
        }
        *(state->arg_num == 0 ? &options->gpa_text : &options->count_text) = argument;
        return 0;
    case ARGP_KEY_END:
        finish_options(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int take_bytes(void *context, uint64_t gpa, const unsigned char *data, size_t size)
{
    (void)gpa;
    return qdpi_output_write(context, data, size);
}

static int copy_to_file(struct qdpi_bridge *bridge, const struct options *options)
{
    struct qdpi_output_file output;
    int status = qdpi_output_open(&output, options->file);
    if (status == QDPI_EXIT_OK) {
        status = qdpi_output_close(
            &output, qdpi_stream_read(bridge, options->gpa, options->count, take_bytes, &output));
    }
    return status;
}

static uint64_t values_per_line(const struct options *options)
{
    switch (options->notation) {
    case QDPI_NOTATION_ALL:
        return 1;
    case QDPI_NOTATION_BIN:
        return LINE_BYTES_BIN / options->width;
    default:
        return LINE_BYTES / options->width;
    }
}

static void print_value(const struct options *options, uint64_t index, uint64_t value)
{
    char text[QDPI_VALUE_TEXT];
    const uint64_t line = values_per_line(options);
    qdpi_value_format(text, options->notation, value, options->width);
    if (options->count == 1) {
        puts(text);
        return;
    }
    if (index % line == 0) {
        printf("%08" PRIx64 ":", options->gpa + index * options->width);
    }
    printf(" %s", text);
    if (index % line == line - 1 || index == options->count - 1) {
        putchar('\n');
    }
}

static int read_values(struct qdpi_bridge *bridge, const struct options *options, json_t *values)
{
    // Nobody reads on when standard output has failed; main() says so.
    for (uint64_t i = 0; i < options->count && ferror(stdout) == 0; i++) {
        const uint64_t gpa = options->gpa + i * options->width;
        uint64_t value = 0;
        const int result = qdpi_typed_read(bridge, gpa, options->width, &value);
        if (result != 0) {
            return qdpi_tell_failure(bridge, result, "reading %u bytes at 0x%" PRIx64,
                                     options->width, gpa);
        }
        if (options->json) {
            json_array_append_new(values, qdpi_json_value(value, options->width));
        } else {
            print_value(options, i, value);
        }
    }
    return QDPI_EXIT_OK;
}

static int show_values(struct qdpi_bridge *bridge, const struct options *options)
{
    int status = qdpi_stream_check(bridge, options->gpa, options->count * options->width, false);
    if (status != QDPI_EXIT_OK) {
        return status;
    }
    json_t *const values = options->json ? json_array() : NULL;
    status = read_values(bridge, options, values);
    if (options->json && status == QDPI_EXIT_OK) {
        return qdpi_json_print(json_pack("{s:o, s:i, s:o}", "gpa", qdpi_json_address(options->gpa),
                                         "width", (int)options->width, "values", values));
    }
    json_decref(values);
    return status;
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    const struct options *options = context;
    return options->file != NULL ? copy_to_file(bridge, options) : show_values(bridge, options);
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "width", .key = 'w', .arg = "1|2|4|8", .doc = "Bytes of a value; default: 4"},
        {.name = "format",
         .key = 'f',
         .arg = "hex|dec|signed|bin|all",
         .doc = "How values are shown; all: one a line, in these four; default: hex"},
        {.name = "json", .key = OPTION_JSON, .doc = "Print JSON"},
        {.name = "output",
         .key = 'o',
         .arg = "FILE",
         .doc = "Copy LENGTH bytes to FILE as they are; -: standard output"},
        {0},
    };
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .args_doc = "GPA [COUNT]\nGPA LENGTH -o FILE",
        .doc = "Read COUNT values (default: 1) from the guest-physical address GPA on, little "
               "endian, each in one access, which is atomic when it is aligned."
               "\vNumbers are decimal, 0x or 0b, with K, M, G or T, and sums such as 3G+0x40. "
               "One value is printed alone, several with the address of each line.",
        .children = children,
    };
    struct options options = {.count = 1, .width = DEFAULT_WIDTH};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_read = {
    .name = "read",
    .summary = "Values at an address, or a copy of memory in a file",
    .run = run,
};
