// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Subcommands that do one thing to the guest and have no options but how to attach.

#include "guest_control.h"

#include <argp.h>

#include "attachment.h"
#include "command.h"

struct options {
    struct qdpi_attachment attachment;
    const struct qdpi_guest_control *control;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->attachment;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "there are no arguments, and '%s' is one", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    const struct options *options = context;
    const int result = options->control->act(bridge, options->attachment.timeout_ms);
    return result == 0 ? QDPI_EXIT_OK
                       : qdpi_tell_failure(bridge, result, "%s", options->control->what);
}

int qdpi_run_guest_control(const struct qdpi_guest_control *control, int argc, char **argv)
{
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    const struct argp argp = {.parser = parse_option, .doc = control->doc, .children = children};
    struct options options = {.control = control};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}
