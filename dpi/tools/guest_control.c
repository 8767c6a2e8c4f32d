// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Subcommands that do one thing to the guest and have no options but how to attach.

#include "guest_control.h"

#include <argp.h>

#include "attachment.h"
#include "command.h"

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "there are no arguments, and '%s' is one", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int qdpi_run_guest_control(const struct qdpi_guest_control *control, int argc, char **argv)
{
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    const struct argp argp = {.parser = parse_option, .doc = control->doc, .children = children};
    struct qdpi_attachment attachment = {0};
    struct qdpi_bridge *bridge = NULL;
    if (argp_parse(&argp, argc, argv, 0, NULL, &attachment) != 0) {
        return QDPI_EXIT_USAGE;
    }
    int status = qdpi_attach(&attachment, &bridge);
    if (status == QDPI_EXIT_OK) {
        const int result = control->act(bridge, attachment.timeout_ms);
        if (result != 0) {
            status = qdpi_tell_failure(bridge, result, "%s", control->what);
        }
    }
    qdpi_close(bridge);
    return status;
}
