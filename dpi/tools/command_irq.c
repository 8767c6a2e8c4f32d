// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi irq: drive an interrupt line.

#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attachment.h"
#include "command.h"
#include "idle.h"
#include "json_output.h"
#include "number.h"

enum {
    OPTION_JSON = 0x100,
    // Calls between two fences: few enough for a time-out that is meant for one answer.
    CALLS_PER_FENCE = 256,
    US_PER_MS = 1000,
};

struct action {
    const char *name;
    int (*call)(struct qdpi_bridge *bridge, unsigned line);
};

static const struct action actions[] = {
    {"set", qdpi_irq_set},
    {"clear", qdpi_irq_clear},
    {"pulse", qdpi_irq_pulse},
};

struct options {
    struct qdpi_attachment attachment;
    unsigned line;
    const struct action *action;
    uint64_t count;
    bool json;
    unsigned arguments;
};

static unsigned parse_line(struct argp_state *state, const char *text)
{
    enum { LINES = 16 };
    const uint64_t line = qdpi_parse_number(state, "interrupt line", text);
    if (line >= LINES) {
        argp_error(state, "'%s' is no interrupt line: give one from 0 to %d", text, LINES - 1);
    }
    return (unsigned)line;
}

static const struct action *parse_action(struct argp_state *state, const char *text)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i].name, text) == 0) {
            return &actions[i];
        }
    }
    argp_error(state, "'%s' is nothing that can be done to a line: give set, clear or pulse", text);
    return NULL;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->attachment;
        return 0;
    case 'n':
        options->count = qdpi_parse_number(state, "count", argument);
        if (options->count == 0) {
            argp_error(state, "a count of 0 does nothing: give 1 or more");
        }
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        switch (options->arguments++) {
        case 0:
            options->line = parse_line(state, argument);
            return 0;
        case 1:
            options->action = parse_action(state, argument);
            return 0;
        default:
            argp_error(state, "'%s' is one argument too many", argument);
            return 0;
        }
    case ARGP_KEY_END:
        if (options->action == NULL) {
            argp_error(state, "give a line and what to do with it, for instance: 5 pulse");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int drive(const struct options *options, struct qdpi_bridge *bridge)
{
    int result = 0;
    for (uint64_t left = options->count; left > 0 && result == 0;) {
        for (unsigned i = 0; i < CALLS_PER_FENCE && left > 0 && result == 0; i++, left--) {
            result = options->action->call(bridge, options->line);
        }
        if (result == 0) {
            result = qdpi_fence(bridge, options->attachment.timeout_ms);
        }
        if (result == 0) {
            result = qdpi_idle_drop_events(bridge);
        }
    }
    return result;
}

static int report(const struct options *options, uint64_t took_us)
{
    if (options->json) {
        return qdpi_json_print(json_pack(
            "{s:i, s:s, s:I, s:I}", "line", (int)options->line, "action", options->action->name,
            "count", (json_int_t)options->count, "took_us", (json_int_t)took_us));
    }
    printf("line %u: %s", options->line, options->action->name);
    if (options->count != 1) {
        printf(" %" PRIu64 " times", options->count);
    }
    printf(", taken by QEMU after %.3f ms", (double)took_us / US_PER_MS);
    if (options->count > 1) {
        printf(", %.1f us each", (double)took_us / (double)options->count);
    }
    putchar('\n');
    return QDPI_EXIT_OK;
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    const struct options *options = context;
    const uint64_t begin_us = qdpi_clock_us();
    const int result = drive(options, bridge);
    if (result != 0) {
        return qdpi_tell_failure(bridge, result, "interrupt line %u: %s", options->line,
                                 options->action->name);
    }
    return report(options, qdpi_clock_us() - begin_us);
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "count", .key = 'n', .arg = "N", .doc = "Do it N times; default: 1"},
        {.name = "json", .key = OPTION_JSON, .doc = "Print JSON"},
        {0},
    };
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .args_doc = "LINE set|clear|pulse",
        .doc =
            "Drive an ISA interrupt line of the guest, 0 to 15, wait until QEMU has done so, and "
            "say how long that took.\vLines 3, 6 and 7 are edge-triggered and free in a guest "
            "without other devices; 10 and 11, and under Linux 5 and 9, are level-triggered: "
            "they interrupt until they are cleared. Edges that come faster than the guest takes "
            "them "
            "become one interrupt, as on real lines.",
        .children = children,
    };
    struct options options = {.count = 1};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_irq = {
    .name = "irq",
    .summary = "Set, clear or pulse an interrupt line",
    .run = run,
};
