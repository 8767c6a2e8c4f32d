// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The options by which every subcommand finds its guest, and how it attaches.

#include "attachment.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"

enum {
    DEFAULT_TIMEOUT_MS = 5000,
    MOST_TIMEOUT_SECONDS = 1000000,
    MS_PER_SECOND = 1000,
    OPTION_TIMEOUT = 0x100,
};

static unsigned parse_timeout(struct argp_state *state, const char *text)
{
    char *end = NULL;
    const double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= MOST_TIMEOUT_SECONDS)) {
        argp_error(state, "'%s' is no time-out: give seconds from 0 to %d, for instance 0.5", text,
                   MOST_TIMEOUT_SECONDS);
        return 0;
    }
    return (unsigned)(seconds * MS_PER_SECOND);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct qdpi_attachment *attachment = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        *attachment = (struct qdpi_attachment){.timeout_ms = DEFAULT_TIMEOUT_MS};
        return 0;
    case 'e':
        attachment->endpoint = argument;
        return 0;
    case OPTION_TIMEOUT:
        attachment->timeout_ms = parse_timeout(state, argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option table[] = {
    {.name = "endpoint",
     .key = 'e',
     .arg = "ENDPOINT",
     .doc = "The guest: qmp:PATH, file:PATH?size=SIZE&machine=flat|pc|q35, env:NAME, or the path "
            "of a QMP socket; default: $QEMU_DPI"},
    {.name = "timeout",
     .key = OPTION_TIMEOUT,
     .arg = "SECONDS",
     .doc = "How long to try to attach, and to wait for an answer; default: 5"},
    {0},
};

const struct argp qdpi_attachment_argp = {.options = table, .parser = parse_option};

bool qdpi_attachment_is_socket(const char *endpoint)
{
    struct stat about;
    // No other endpoint begins so.
    return endpoint[0] == '/' || endpoint[0] == '.' ||
           (stat(endpoint, &about) == 0 && S_ISSOCK(about.st_mode));
}

int qdpi_attach(const struct qdpi_attachment *attachment, struct qdpi_bridge **bridge)
{
    const char *endpoint = attachment->endpoint;
    char *of_socket = NULL;
    *bridge = NULL;
    if (endpoint != NULL && qdpi_attachment_is_socket(endpoint)) {
        if (asprintf(&of_socket, "qmp:%s", endpoint) < 0) {
            fputs("qemu-dpi: there is no memory to attach to the guest\n", stderr);
            return QDPI_EXIT_ATTACH;
        }
        endpoint = of_socket;
    }
    const int result = qdpi_open(endpoint, attachment->timeout_ms, bridge);
    free(of_socket);
    if (result == 0) {
        return QDPI_EXIT_OK;
    }
    fprintf(stderr, "qemu-dpi: %s\n",
            *bridge != NULL ? qdpi_last_error(*bridge) : strerror(-result));
    if (result == QDPI_ERR_BUSY) {
        fputs(
            "qemu-dpi: each client needs a monitor of its own: give the launcher --bridges=2, and "
            "attach with -e env:QEMU_DPI_1\n",
            stderr);
    }
    qdpi_close(*bridge);
    *bridge = NULL;
    return QDPI_EXIT_ATTACH;
}

int qdpi_run_attached(const struct argp *argp, int argc, char **argv, void *options,
                      int (*act)(struct qdpi_bridge *bridge, void *options))
{
    struct qdpi_bridge *bridge;
    if (argp_parse(argp, argc, argv, 0, NULL, options) != 0) {
        return QDPI_EXIT_USAGE;
    }
    int status = qdpi_attach(options, &bridge);
    if (status == QDPI_EXIT_OK) {
        status = act(bridge, options);
    }
    qdpi_close(bridge);
    return status;
}

int qdpi_tell_failure(struct qdpi_bridge *bridge, int result, const char *what_format, ...)
{
    va_list arguments;
    const char *sentence = qdpi_last_error(bridge);
    fputs("qemu-dpi: ", stderr);
    va_start(arguments, what_format);
    vfprintf(stderr, what_format, arguments);
    va_end(arguments);
    fprintf(stderr, ": %s\n", sentence[0] != '\0' ? sentence : strerror(-result));
    return result == QDPI_ERR_TIMEOUT ? QDPI_EXIT_TIMEOUT : QDPI_EXIT_ACCESS;
}
