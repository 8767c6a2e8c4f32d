// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi search: where in the guest's memory something stands.

#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attachment.h"
#include "command.h"
#include "hex_view.h"
#include "json_output.h"
#include "map_snapshot.h"
#include "memory_search.h"
#include "number.h"
#include "pattern.h"

enum {
    OPTION_HEX = 0x100,
    OPTION_TEXT,
    OPTION_UTF16,
    OPTION_U8,
    OPTION_U16,
    OPTION_U32,
    OPTION_U64,
    OPTION_BIG,
    OPTION_MASK,
    OPTION_FROM,
    OPTION_TO,
    OPTION_ALIGN,
    OPTION_JSON,
    MOST_CONTEXT = 4096,
};

struct options {
    struct qdpi_attachment attachment;
    struct qdpi_pattern pattern;
    int kind;          // which option said what to look for, 0: none yet
    const char *text;  // its argument
    const char *mask;
    bool utf16;
    bool big;
    bool count;
    bool verbose;
    bool json;
    uint64_t from;
    uint64_t to;  // the last GPA
    uint64_t align;
    uint64_t max;
    size_t context;
};

// ---- Options -----------------------------------------------------------------------------------

static unsigned width_of(int kind)
{
    return 1U << (kind - OPTION_U8);
}

static void take_pattern(struct argp_state *state, struct options *options, int kind,
                         const char *text)
{
    if (options->kind != 0) {
        argp_error(state, "one thing to look for at a time: give one of --hex, --text, --u8, "
                          "--u16, --u32 and --u64");
    }
    options->kind = kind;
    options->text = text;
}

static const char *mask_pattern(struct argp_state *state, struct options *options)
{
    if (options->kind == OPTION_HEX || options->kind == OPTION_TEXT) {
        return qdpi_pattern_mask_hex(&options->pattern, options->mask);
    }
    const uint64_t mask = qdpi_parse_value(state, options->mask, width_of(options->kind));
    return qdpi_pattern_mask_integer(&options->pattern, mask, options->big);
}

static void make_pattern(struct argp_state *state, struct options *options)
{
    const char *complaint = NULL;
    if (options->kind == 0) {
        argp_error(state, "what is to be looked for? Give --hex, --text, --u8, --u16, --u32 or "
                          "--u64");
        return;
    }
    if (options->kind == OPTION_HEX) {
        complaint = qdpi_pattern_from_hex(&options->pattern, options->text);
    } else if (options->kind == OPTION_TEXT) {
        const enum qdpi_text_encoding encoding = !options->utf16 ? QDPI_TEXT_UTF8
                                                 : options->big  ? QDPI_TEXT_UTF16_BIG
                                                                 : QDPI_TEXT_UTF16_LITTLE;
        complaint = qdpi_pattern_from_text(&options->pattern, options->text, encoding);
    } else {
        const unsigned width = width_of(options->kind);
        const uint64_t value = qdpi_parse_value(state, options->text, width);
        qdpi_pattern_from_integer(&options->pattern, value, width, options->big);
    }
    if (complaint != NULL) {
        argp_error(state, "'%s' %s", options->text, complaint);
    }
    complaint = options->mask != NULL ? mask_pattern(state, options) : NULL;
    if (complaint != NULL) {
        argp_error(state, "the mask '%s' %s", options->mask, complaint);
    }
}

static void check_options(struct argp_state *state, struct options *options)
{
    make_pattern(state, options);
    if (options->utf16 && options->kind != OPTION_TEXT) {
        argp_error(state, "--utf16 is about --text");
    }
    if (options->big && (options->kind == OPTION_HEX || options->kind == OPTION_U8 ||
                         (options->kind == OPTION_TEXT && !options->utf16))) {
        argp_error(state, "--big is about --u16, --u32, --u64 and --utf16: bytes have no order");
    }
    if (options->from > options->to) {
        argp_error(state, "--from is not below --to");
    }
    if (options->json && (options->count || options->context > 0)) {
        argp_error(state, "--json has the count always and a context never: leave out --count "
                          "and --context");
    }
}

static uint64_t parse_positive(struct argp_state *state, const char *what, const char *text)
{
    const uint64_t value = qdpi_parse_number(state, what, text);
    if (value == 0) {
        argp_error(state, "a %s of 0 has no meaning", what);
    }
    return value;
}

static void parse_context(struct argp_state *state, struct options *options, const char *text)
{
    const uint64_t context = qdpi_parse_number(state, "context", text);
    if (context > MOST_CONTEXT) {
        argp_error(state, "'%s' is no context: give at most %d bytes", text, MOST_CONTEXT);
    }
    options->context = (size_t)context;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->attachment;
        return 0;
    case OPTION_HEX:
    case OPTION_TEXT:
    case OPTION_U8:
    case OPTION_U16:
    case OPTION_U32:
    case OPTION_U64:
        take_pattern(state, options, key, argument);
        return 0;
    case OPTION_UTF16:
        options->utf16 = true;
        return 0;
    case OPTION_BIG:
        options->big = true;
        return 0;
    case OPTION_MASK:
        options->mask = argument;
        return 0;
    case OPTION_FROM:
        options->from = qdpi_parse_number(state, "GPA", argument);
        return 0;
    case OPTION_TO:
        options->to = parse_positive(state, "GPA to end before", argument) - 1;
        return 0;
    case OPTION_ALIGN:
        options->align = parse_positive(state, "alignment", argument);
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case 'm':
        options->max = parse_positive(state, "number of matches", argument);
        return 0;
    case 'c':
        options->count = true;
        return 0;
    case 'C':
        parse_context(state, options, argument);
        return 0;
    case 'v':
        options->verbose = true;
        return 0;
    case ARGP_KEY_END:
        check_options(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- Matches -----------------------------------------------------------------------------------

struct report {
    const struct options *options;
    struct qdpi_bridge *bridge;
    const struct qdpi_map_snapshot *map;
    json_t *matches;
    uint64_t count;
};

// The bytes around a match, as far as the ranges that it stands in go.
static void print_context(const struct report *report, uint64_t gpa)
{
    const size_t length = report->options->pattern.length;
    const size_t context = report->options->context;
    const uint64_t last_match = gpa + length - 1;
    const uint64_t least = qdpi_map_snapshot_find(report->map, gpa)->first;
    const uint64_t most = qdpi_map_snapshot_find(report->map, last_match)->last;
    const uint64_t first = gpa - least > context ? gpa - context : least;
    const uint64_t last = most - last_match > context ? last_match + context : most;
    unsigned char bytes[QDPI_PATTERN_MOST + 2 * MOST_CONTEXT];
    const size_t size = (size_t)(last - first) + 1;
    if (qdpi_mem_read(report->bridge, first, bytes, size) != 0) {
        return;  // gone since it was found; the next piece of the search says why
    }
    for (size_t at = 0; at < size; at += QDPI_HEX_VIEW_BYTES) {
        char line[QDPI_HEX_VIEW_LINE];
        const size_t rest = size - at < QDPI_HEX_VIEW_BYTES ? size - at : QDPI_HEX_VIEW_BYTES;
        qdpi_hex_view_line(line, first + at, bytes + at, rest);
        printf("  %s", line);
    }
}

static void print_match(const struct report *report, uint64_t gpa)
{
    printf("0x%08" PRIx64, gpa);
    if (report->options->verbose) {
        const struct qdpi_memory_range *range = qdpi_map_snapshot_find(report->map, gpa);
        printf("  %s+0x%" PRIx64, range->path, range->offset + (gpa - range->first));
    }
    putchar('\n');
    if (report->options->context > 0) {
        print_context(report, gpa);
    }
}

static void add_match(const struct report *report, uint64_t gpa)
{
    const struct qdpi_memory_range *range = qdpi_map_snapshot_find(report->map, gpa);
    json_array_append_new(report->matches,
                          json_pack("{s:o, s:o, s:o}", "gpa", qdpi_json_address(gpa), "file",
                                    qdpi_json_text(range->path), "offset",
                                    qdpi_json_address(range->offset + (gpa - range->first))));
}

static bool take_match(void *context, uint64_t gpa)
{
    struct report *report = context;
    const struct options *options = report->options;
    report->count++;
    if (options->json) {
        add_match(report, gpa);
    } else if (!options->count) {
        print_match(report, gpa);
    }
    return report->count < options->max && !ferror(stdout);
}

static void tell_speed(const struct qdpi_memory_search *search, uint64_t microseconds)
{
    fprintf(stderr,
            "qemu-dpi: looked through %" PRIu64 " MiB, %" PRIu64
            " MiB of them never written, in %.3f s: %.0f MB/s\n",
            search->bytes >> 20, search->unused >> 20, (double)microseconds / 1e6,
            (double)search->bytes / (double)(microseconds + 1));
}

static int search_guest(const struct options *options, struct report *report)
{
    struct qdpi_memory_search search = {
        .pattern = &options->pattern,
        .first = options->from,
        .last = options->to,
        .align = options->align,
        .found = take_match,
        .context = report,
    };
    const uint64_t start = qdpi_clock_us();
    const int result = qdpi_memory_search(&search, report->bridge, report->map);
    if (result != 0) {
        json_decref(report->matches);
        return qdpi_tell_failure(report->bridge, result, "searching the guest's memory");
    }
    int status = QDPI_EXIT_OK;
    if (options->json) {
        status = qdpi_json_print(json_pack("{s:I, s:o, s:I}", "count", (json_int_t)report->count,
                                           "matches", report->matches, "bytes_searched",
                                           (json_int_t)search.bytes));
    } else if (options->count) {
        printf("%" PRIu64 "\n", report->count);
    }
    if (options->verbose) {
        tell_speed(&search, qdpi_clock_us() - start);
    }
    return status == QDPI_EXIT_OK && report->count == 0 ? QDPI_EXIT_NO : status;
}

static const struct argp_option option_table[] = {
    {.doc = "What to look for:", .group = 1},
    {.name = "hex",
     .key = OPTION_HEX,
     .arg = "BYTES",
     .doc = "Bytes such as \"de ad ?? ef\"; ? stands for any digit",
     .group = 1},
    {.name = "text", .key = OPTION_TEXT, .arg = "STRING", .doc = "Text, as it is", .group = 1},
    {.name = "u8", .key = OPTION_U8, .arg = "VALUE", .doc = "A number of one byte", .group = 1},
    {.name = "u16", .key = OPTION_U16, .arg = "VALUE", .doc = "A number of 2 bytes", .group = 1},
    {.name = "u32", .key = OPTION_U32, .arg = "VALUE", .doc = "A number of 4 bytes", .group = 1},
    {.name = "u64", .key = OPTION_U64, .arg = "VALUE", .doc = "A number of 8 bytes", .group = 1},
    {.name = "utf16", .key = OPTION_UTF16, .doc = "The text is UTF-16 in memory", .group = 1},
    {.name = "big",
     .key = OPTION_BIG,
     .doc = "The number, or UTF-16, is big endian; default: little",
     .group = 1},
    {.name = "mask",
     .key = OPTION_MASK,
     .arg = "MASK",
     .doc = "Compare only the bits that are 1 in MASK: a number for --u8 to --u64, else hex bytes",
     .group = 1},
    {.doc = "Where:", .group = 2},
    {.name = "from",
     .key = OPTION_FROM,
     .arg = "GPA",
     .doc = "Begin at GPA; default: 0",
     .group = 2},
    {.name = "to",
     .key = OPTION_TO,
     .arg = "GPA",
     .doc = "End before GPA; default: all that can be read",
     .group = 2},
    {.name = "align",
     .key = OPTION_ALIGN,
     .arg = "N",
     .doc = "Only at multiples of N; default: 1",
     .group = 2},
    {.doc = "What to print:", .group = 3},
    {.name = "max", .key = 'm', .arg = "N", .doc = "End after N matches", .group = 3},
    {.name = "count", .key = 'c', .doc = "Print only how many there are", .group = 3},
    {.name = "context",
     .key = 'C',
     .arg = "N",
     .doc = "Print N bytes before and after each match as well",
     .group = 3},
    {.name = "verbose",
     .key = 'v',
     .doc = "Print file and offset of each match as well, and on standard error how fast it was",
     .group = 3},
    {.name = "json", .key = OPTION_JSON, .doc = "Print JSON", .group = 3},
    {.doc = "The guest:", .group = 4},
    {0},
};

static int act(struct qdpi_bridge *bridge, void *context)
{
    struct options *options = context;
    struct qdpi_map_snapshot map = {0};
    int status = qdpi_map_snapshot_take(bridge, &map);
    if (status == QDPI_EXIT_OK) {
        struct report report = {.options = options,
                                .bridge = bridge,
                                .map = &map,
                                .matches = options->json ? json_array() : NULL};
        status = search_guest(options, &report);
    }
    qdpi_map_snapshot_free(&map);
    return status;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp, .group = 4}, {0}};
    static const struct argp argp = {
        .options = option_table,
        .parser = parse_option,
        .doc = "Where in the guest's memory bytes, a text or a number stand: the guest-physical "
               "address of each match. Matches may overlap, and reach from one range of the map "
               "into the next."
               "\vExit status 1: there is no match.",
        .children = children,
    };
    struct options options = {.to = UINT64_MAX, .align = 1, .max = UINT64_MAX};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_search = {
    .name = "search",
    .summary = "Where bytes, a text or a number stand",
    .run = run,
};
