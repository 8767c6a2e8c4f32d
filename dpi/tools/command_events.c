// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi events: what the guest reports.

#include <argp.h>

#include "attachment.h"
#include "command.h"
#include "event_listener.h"

enum {
    OPTION_UNTIL = 0x100,
};

struct options {
    struct qdpi_attachment attachment;
    struct qdpi_listener listener;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->listener;
        state->child_inputs[1] = &options->attachment;
        return 0;
    case OPTION_UNTIL:
        options->listener.until = qdpi_event_kind_of(argument);
        if (options->listener.until == QDPI_EVENT_NONE) {
            argp_error(state,
                       "'%s' is no event: give doorbell, reset, shutdown, stop, resume, panic, "
                       "lost or overflow",
                       argument);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    struct options *options = context;
    return qdpi_listen(&options->listener, bridge);
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "until",
         .key = OPTION_UNTIL,
         .arg = "KIND",
         .doc = "End after an event of this kind: doorbell, reset, shutdown, stop, resume, panic, "
                "lost, overflow"},
        {0},
    };
    static const struct argp_child children[] = {
        {.argp = &qdpi_listener_argp}, {.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .doc = "Print the guest's doorbells, resets, stops and its end as they come, in the order "
               "in which QEMU reports them.\vExit status 6: the count, or the kind, did not come; "
               "4: the guest was lost before.",
        .children = children,
    };
    struct options options = {0};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_events = {
    .name = "events",
    .summary = "Print what the guest reports: doorbells, resets, stops, its end",
    .run = run,
};
