// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi dump: memory as text, as it is, or as an ELF core file.

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attachment.h"
#include "command.h"
#include "elf_core.h"
#include "hex_view.h"
#include "map_snapshot.h"
#include "memory_stream.h"
#include "number.h"
#include "output_file.h"

enum {
    ARGUMENTS = 2,
    TEXT_ROOM = 1 << 16,
    PAGE_BYTES = 4096,
};

enum format {
    FORMAT_HEX,
    FORMAT_RAW,
    FORMAT_ELF,
};

struct options {
    struct qdpi_attachment attachment;
    const char *arguments[ARGUMENTS];  // GPA, length
    const char *file;
    uint64_t gpa;
    uint64_t length;  // 0: all that can be read
    enum format format;
};

static enum format parse_format(struct argp_state *state, const char *text)
{
    static const char *const names[] = {
        [FORMAT_HEX] = "hex",
        [FORMAT_RAW] = "raw",
        [FORMAT_ELF] = "elf",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], text) == 0) {
            return (enum format)i;
        }
    }
    argp_error(state, "'%s' is no format: give hex, raw or elf", text);
    return FORMAT_HEX;
}

static void finish_options(struct options *options, struct argp_state *state)
{
    if (state->arg_num == 0 && options->format == FORMAT_ELF) {
        return;
    }
    if (state->arg_num < ARGUMENTS) {
        argp_error(state,
                   "dump what? Give a GPA and a length in bytes; only -f elf can do without");
        return;
    }
    options->gpa = qdpi_parse_number(state, "GPA", options->arguments[0]);
    options->length = qdpi_parse_number(state, "length", options->arguments[1]);
    qdpi_require_range(state, options->gpa, options->length);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->attachment;
        return 0;
    case 'f':
        options->format = parse_format(state, argument);
        return 0;
    case 'o':
        options->file = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num >= ARGUMENTS) {
            return ARGP_ERR_UNKNOWN;
        }
        options->arguments[state->arg_num] = argument;
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

static int take_as_text(void *context, uint64_t gpa, const unsigned char *data, size_t size)
{
    char text[TEXT_ROOM];
    size_t used = 0;
    int status = QDPI_EXIT_OK;
    while (size > 0 && status == QDPI_EXIT_OK) {
        const size_t part = size < QDPI_HEX_VIEW_BYTES ? size : QDPI_HEX_VIEW_BYTES;
        used += qdpi_hex_view_line(text + used, gpa, data, part);
        gpa += part;
        data += part;
        size -= part;
        if (size == 0 || sizeof text - used < QDPI_HEX_VIEW_LINE) {
            status = qdpi_output_write(context, text, used);
            used = 0;
        }
    }
    return status;
}

// The part of `range` that was asked for. @return whether there is one.
static bool choose_segment(const struct options *options, const struct qdpi_memory_range *range,
                           struct qdpi_elf_segment *segment)
{
    uint64_t first = range->first;
    uint64_t last = range->last;
    if (options->length != 0) {
        const uint64_t last_asked = options->gpa + (options->length - 1);
        first = first > options->gpa ? first : options->gpa;
        last = last < last_asked ? last : last_asked;
    }
    *segment = (struct qdpi_elf_segment){
        .gpa = first, .size = last - first + 1, .writable = range->kind == QDPI_MEMORY_RAM};
    return first <= last && qdpi_range_is_readable(range);
}

static int write_segments(struct qdpi_bridge *bridge, struct qdpi_output_file *output,
                          const struct qdpi_elf_segment *segments, size_t count)
{
    static const unsigned char zeros[PAGE_BYTES];
    size_t size = 0;
    unsigned char *const headers = qdpi_elf_core_headers(segments, count, &size);
    if (headers == NULL) {
        return qdpi_tell_failure(bridge, QDPI_ERR_NO_MEMORY, "making the headers of an ELF file");
    }
    int status = qdpi_output_write(output, headers, size);
    for (size_t i = 0; i < count && status == QDPI_EXIT_OK; i++) {
        status = qdpi_stream_read(bridge, segments[i].gpa, segments[i].size, take_bytes, output);
        if (status == QDPI_EXIT_OK) {
            status = qdpi_output_write(output, zeros, qdpi_elf_core_filling(segments[i].size));
        }
    }
    free(headers);
    return status;
}

static int dump_elf(struct qdpi_bridge *bridge, const struct options *options,
                    struct qdpi_output_file *output)
{
    struct qdpi_map_snapshot map = {0};
    int status = options->length == 0
                     ? QDPI_EXIT_OK
                     : qdpi_stream_check(bridge, options->gpa, options->length, false);
    if (status == QDPI_EXIT_OK) {
        status = qdpi_map_snapshot_take(bridge, &map);
    }
    if (status != QDPI_EXIT_OK) {
        return status;
    }
    struct qdpi_elf_segment *const segments = calloc(map.count + 1, sizeof *segments);
    size_t count = 0;
    for (size_t i = 0; segments != NULL && i < map.count; i++) {
        count += choose_segment(options, &map.ranges[i], &segments[count]);
    }
    status = segments != NULL
                 ? write_segments(bridge, output, segments, count)
                 : qdpi_tell_failure(bridge, QDPI_ERR_NO_MEMORY, "making a list of segments");
    free(segments);
    qdpi_map_snapshot_free(&map);
    return status;
}

static int dump(struct qdpi_bridge *bridge, const struct options *options)
{
    struct qdpi_output_file output;
    int status = qdpi_output_open(&output, options->file);
    if (status != QDPI_EXIT_OK) {
        return status;
    }
    if (options->format == FORMAT_ELF) {
        status = dump_elf(bridge, options, &output);
    } else {
        status =
            qdpi_stream_read(bridge, options->gpa, options->length,
                             options->format == FORMAT_HEX ? take_as_text : take_bytes, &output);
    }
    return qdpi_output_close(&output, status);
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    return dump(bridge, context);
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "format",
         .key = 'f',
         .arg = "hex|raw|elf",
         .doc = "hex: hexadecimal and ASCII as xxd has it; raw: the bytes; elf: a core file for "
                "gdb and crash; default: hex"},
        {.name = "output",
         .key = 'o',
         .arg = "FILE",
         .doc = "Write to FILE, which is there only when it is whole; default: standard output"},
        {0},
    };
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .args_doc = "GPA LENGTH\n-f elf [GPA LENGTH]",
        .doc = "Show or save LENGTH bytes from the guest-physical address GPA on; with -f elf and "
               "without GPA all of the guest's RAM, holes left out."
               "\vNumbers are decimal, 0x or 0b, with K, M, G or T, and sums such as 3G+0x40. A "
               "running guest may write meanwhile: stop it first for one moment's picture.",
        .children = children,
    };
    struct options options = {.format = FORMAT_HEX};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_dump = {
    .name = "dump",
    .summary = "Memory as text, raw, or as an ELF core file",
    .run = run,
};
