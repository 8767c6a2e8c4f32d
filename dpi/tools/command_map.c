// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi map: what stands where.

#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "attachment.h"
#include "command.h"
#include "json_output.h"
#include "map_snapshot.h"
#include "number.h"

enum {
    OPTION_AT = 0x100,
    OPTION_JSON,
};

struct options {
    struct qdpi_attachment attachment;
    bool json;
    bool one;  // only what stands at `gpa`
    uint64_t gpa;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->attachment;
        return 0;
    case OPTION_AT:
        options->one = true;
        options->gpa = qdpi_parse_number(state, "GPA", argument);
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static uint64_t ram_bytes(const struct qdpi_map_snapshot *map)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < map->count; i++) {
        if (map->ranges[i].kind == QDPI_MEMORY_RAM) {
            bytes += map->ranges[i].last - map->ranges[i].first + 1;
        }
    }
    return bytes;
}

static json_t *json_range(const struct qdpi_memory_range *range)
{
    return json_pack("{s:o, s:o, s:s, s:o, s:o?}", "first", qdpi_json_address(range->first), "last",
                     qdpi_json_address(range->last), "kind", qdpi_memory_kind_name(range->kind),
                     "file", qdpi_json_text(range->path), "offset",
                     range->path != NULL ? qdpi_json_address(range->offset) : NULL);
}

static int print_json(const struct qdpi_map_snapshot *map)
{
    json_t *const ranges = json_array();
    for (size_t i = 0; i < map->count; i++) {
        json_array_append_new(ranges, json_range(&map->ranges[i]));
    }
    return qdpi_json_print(
        json_pack("{s:o, s:I}", "ranges", ranges, "ram_bytes", (json_int_t)ram_bytes(map)));
}

static void print_text(const struct qdpi_map_snapshot *map)
{
    printf("%-16s  %-16s  %-6s  %-10s  %s\n", "first", "last", "kind", "offset", "file");
    for (size_t i = 0; i < map->count; i++) {
        const struct qdpi_memory_range *const range = &map->ranges[i];
        printf("%016" PRIx64 "  %016" PRIx64 "  ", range->first, range->last);
        if (range->path != NULL) {
            printf("%-6s  0x%-8" PRIx64 "  %s\n", qdpi_memory_kind_name(range->kind), range->offset,
                   range->path);
        } else {
            puts(qdpi_memory_kind_name(range->kind));
        }
    }
    const uint64_t bytes = ram_bytes(map);
    printf("RAM: %" PRIu64 " bytes (%" PRIu64 " MiB)\n", bytes, bytes >> 20);
}

static int print_one(const struct qdpi_map_snapshot *map, const struct options *options)
{
    const uint64_t gpa = options->gpa;
    const struct qdpi_memory_range *const range = qdpi_map_snapshot_find(map, gpa);
    if (options->json) {
        const bool in_file = range != NULL && range->path != NULL;
        const int status = qdpi_json_print(
            json_pack("{s:o, s:s?, s:o, s:o?, s:o?}", "gpa", qdpi_json_address(gpa), "kind",
                      range != NULL ? qdpi_memory_kind_name(range->kind) : NULL, "file",
                      qdpi_json_text(in_file ? range->path : NULL), "offset",
                      in_file ? qdpi_json_address(range->offset + (gpa - range->first)) : NULL,
                      "range", range != NULL ? json_range(range) : NULL));
        return status == QDPI_EXIT_OK && range == NULL ? QDPI_EXIT_NO : status;
    }
    if (range == NULL) {
        printf("0x%" PRIx64 ": nothing\n", gpa);
        return QDPI_EXIT_NO;
    }
    printf("0x%" PRIx64 ": %s", gpa, qdpi_memory_kind_name(range->kind));
    if (range->path != NULL) {
        printf(", %s at offset 0x%" PRIx64, range->path, range->offset + (gpa - range->first));
    }
    printf(" (range 0x%" PRIx64 " to 0x%" PRIx64 ")\n", range->first, range->last);
    return QDPI_EXIT_OK;
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    const struct options *options = context;
    struct qdpi_map_snapshot map = {0};
    int status = qdpi_map_snapshot_take(bridge, &map);
    if (status == QDPI_EXIT_OK && options->one) {
        status = print_one(&map, options);
    } else if (status == QDPI_EXIT_OK && options->json) {
        status = print_json(&map);
    } else if (status == QDPI_EXIT_OK) {
        print_text(&map);
    }
    qdpi_map_snapshot_free(&map);
    return status;
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "at",
         .key = OPTION_AT,
         .arg = "GPA",
         .doc = "Say what stands at GPA: file and offset there; exit status 1: nothing"},
        {.name = "json", .key = OPTION_JSON, .doc = "Print JSON"},
        {0},
    };
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .doc = "The guest's memory map: each range of guest-physical addresses (GPAs), what "
               "stands there, and where in which file.",
        .children = children,
    };
    struct options options = {0};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_map = {
    .name = "map",
    .summary = "The memory map; with --at what stands at one address",
    .run = run,
};
