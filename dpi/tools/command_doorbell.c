// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi doorbell: listen to doorbells, or ring one as a guest would.

#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "attachment.h"
// The channel to QEMU is the library's inside: the API gives no way to write to an I/O port, and
// should not.
#include "bridge.h"
#include "command.h"
#include "deadline.h"
#include "event_listener.h"
#include "number.h"
#include "qmp_client.h"

enum {
    OPTION_SEND = 0x100,
    US_PER_MS = 1000,
    // The registers of ACPI memory hot-plug: the slot, and what is reported about it in two halves.
    PORT_INDEX = 0xa00,
    PORT_LOW = 0xa04,
    PORT_HIGH = 0xa08,
};

struct options {
    struct qdpi_attachment attachment;
    struct qdpi_listener listener;
    bool send;
    unsigned arguments;
    uint32_t index;
    uint64_t value;
};

static uint32_t parse_index(struct argp_state *state, const char *text)
{
    const uint64_t index = qdpi_parse_number(state, "doorbell", text);
    if (index > UINT32_MAX) {
        argp_error(state, "'%s' is no doorbell: they are numbered from 0 by 32 bits", text);
    }
    return (uint32_t)index;
}

static void parse_argument(struct options *options, struct argp_state *state, char *argument)
{
    switch (options->arguments++) {
    case 0:
        options->index = parse_index(state, argument);
        break;
    case 1:
        options->value = qdpi_parse_value(state, argument, sizeof options->value);
        break;
    default:
        argp_error(state, "'%s' is one argument too many", argument);
    }
}

static void finish_options(const struct options *options, struct argp_state *state)
{
    const struct qdpi_listener *const listener = &options->listener;
    if (options->send && options->arguments != 2) {
        argp_error(state, "--send needs INDEX and VALUE");
    } else if (options->send && (listener->one_index || listener->count > 0 || listener->limited ||
                                 listener->json)) {
        argp_error(state, "--send does not listen: leave --index, --count, --for and --json away");
    } else if (!options->send && options->arguments > 0) {
        argp_error(state, "INDEX and VALUE are for --send; to listen to one doorbell give --index");
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->listener;
        state->child_inputs[1] = &options->attachment;
        return 0;
    case 'i':
        options->listener.one_index = true;
        options->listener.index = parse_index(state, argument);
        return 0;
    case OPTION_SEND:
        options->send = true;
        return 0;
    case ARGP_KEY_ARG:
        parse_argument(options, state, argument);
        return 0;
    case ARGP_KEY_END:
        finish_options(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- Ringing -----------------------------------------------------------------------------------

static int write_port(const struct options *options, struct qdpi_bridge *bridge, unsigned port,
                      uint32_t value)
{
    const struct timespec deadline = qdpi_deadline_in(options->attachment.timeout_ms);
    struct qdpi_error error = {.text = ""};
    char command[QDPI_QMP_COMMAND_MAX];
    char *output = NULL;
    snprintf(command, sizeof command, "o /w 0x%x 0x%" PRIx32, port, value);
    int result = qdpi_qmp_human(bridge->client, command, &deadline, &output, &error);
    if (result == 0 && output[0] != '\0') {
        result = qdpi_fail(&error, QDPI_ERR_IO, "QEMU refused monitor command \"%s\": %s", command,
                           output);
    }
    free(output);
    return result == 0 ? 0 : qdpi_bridge_failed(bridge, result, &error);
}

// The doorbell comes to us as to every other bridge: then it has been rung.
static int await_own(const struct options *options, struct qdpi_bridge *bridge)
{
    const uint64_t end_us = qdpi_clock_us() + (uint64_t)options->attachment.timeout_ms * US_PER_MS;
    uint64_t now = 0;
    while ((now = qdpi_clock_us()) < end_us) {
        struct qdpi_event event = {0};
        const int result =
            qdpi_event_wait(bridge, (unsigned)((end_us - now) / US_PER_MS) + 1, &event);
        if (result < 0) {
            return qdpi_tell_failure(bridge, result, "ring doorbell %" PRIu32, options->index);
        }
        if (result == 1 && event.kind == QDPI_EVENT_DOORBELL && event.index == options->index &&
            event.value == options->value) {
            return QDPI_EXIT_OK;
        }
    }
    fprintf(stderr,
            "qemu-dpi: ring doorbell %" PRIu32
            ": QEMU did not report it. Is there such a memory slot (-m SIZE,slots=N), is it empty, "
            "and did the guest ring at the same moment? Its writes and these share the registers\n",
            options->index);
    return QDPI_EXIT_TIMEOUT;
}

static int ring(const struct options *options, struct qdpi_bridge *bridge)
{
    int result = write_port(options, bridge, PORT_INDEX, options->index);
    if (result == 0) {
        result = write_port(options, bridge, PORT_LOW, (uint32_t)options->value);
    }
    if (result == 0) {
        result = write_port(options, bridge, PORT_HIGH, (uint32_t)(options->value >> 32));
    }
    if (result != 0) {
        return qdpi_tell_failure(bridge, result, "ring doorbell %" PRIu32, options->index);
    }
    return await_own(options, bridge);
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    struct options *options = context;
    const int result = qdpi_require(bridge, QDPI_FEATURE_DOORBELL);
    if (result != 0) {
        return qdpi_tell_failure(bridge, result, "doorbell");
    }
    return options->send ? ring(options, bridge) : qdpi_listen(&options->listener, bridge);
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "index", .key = 'i', .arg = "N", .doc = "Only doorbell N; default: all"},
        {.name = "send",
         .key = OPTION_SEND,
         .doc =
             "Ring doorbell INDEX with VALUE, as the guest would, for a test. Takes three writes "
             "to registers that the guest rings by: if it does so at the same moment, either "
             "doorbell may come with parts of the other, or not at all"},
        {0},
    };
    static const struct argp_child children[] = {
        {.argp = &qdpi_listener_argp}, {.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .args_doc = "\n--send INDEX VALUE",
        .doc = "Print the guest's doorbells as they come: when, which one, and the value in hex "
               "and decimal.\vEvery bridge hears every doorbell, this one takes none away. If the "
               "reader of the output is slower than the guest, the guest is paused now and then. "
               "Exit status 6: the count did not come, or QEMU did not report the doorbell that "
               "was sent.",
        .children = children,
    };
    struct options options = {.listener = {.doorbells_only = true}};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_doorbell = {
    .name = "doorbell",
    .summary = "Print the guest's doorbells; with --send ring one for a test",
    .run = run,
};
