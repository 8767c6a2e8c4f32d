// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Listening to what a guest reports, and printing it, a line an event.

#include "event_listener.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attachment.h"
#include "command.h"
#include "json_output.h"
#include "number.h"

enum {
    STEP_MS = 100,  // in which a signal is noticed
    MS_PER_SECOND = 1000,
    US_PER_MS = 1000,
    US_PER_SECOND = 1000000,
    NS_PER_US = 1000,
    MOST_SECONDS = 1000000,
    OPTION_FOR = 0x200,
    OPTION_JSON,
};

static const char *const kind_names[] = {
    [QDPI_EVENT_DOORBELL] = "doorbell", [QDPI_EVENT_RESET] = "reset",
    [QDPI_EVENT_SHUTDOWN] = "shutdown", [QDPI_EVENT_STOP] = "stop",
    [QDPI_EVENT_RESUME] = "resume",     [QDPI_EVENT_PANIC] = "panic",
    [QDPI_EVENT_LOST] = "lost",         [QDPI_EVENT_OVERFLOW] = "overflow",
};

enum { KIND_COUNT = sizeof kind_names / sizeof kind_names[0] };

const char *qdpi_event_kind_name(enum qdpi_event_kind kind)
{
    return (unsigned)kind < KIND_COUNT ? kind_names[kind] : NULL;
}

enum qdpi_event_kind qdpi_event_kind_of(const char *name)
{
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        if (kind_names[kind] != NULL && strcmp(kind_names[kind], name) == 0) {
            return (enum qdpi_event_kind)kind;
        }
    }
    return QDPI_EVENT_NONE;
}

// ---- Options -----------------------------------------------------------------------------------

static uint64_t parse_seconds(struct argp_state *state, const char *text)
{
    char *end = NULL;
    const double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= MOST_SECONDS)) {
        argp_error(state, "'%s' is no time: give seconds from 0 to %d, for instance 0.5", text,
                   MOST_SECONDS);
        return 0;
    }
    return (uint64_t)(seconds * MS_PER_SECOND);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct qdpi_listener *listener = state->input;
    switch (key) {
    case 'n':
        listener->count = qdpi_parse_number(state, "count", argument);
        if (listener->count == 0) {
            argp_error(state, "a count of 0 waits for nothing: give 1 or more");
        }
        return 0;
    case OPTION_FOR:
        listener->limited = true;
        listener->for_ms = parse_seconds(state, argument);
        return 0;
    case OPTION_JSON:
        listener->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {.name = "count", .key = 'n', .arg = "N", .doc = "End after N lines"},
    {.name = "for",
     .key = OPTION_FOR,
     .arg = "SECONDS",
     .doc = "Listen so long; default: until Ctrl-C, or until the guest is gone"},
    {.name = "json", .key = OPTION_JSON, .doc = "Print a JSON object a line"},
    {0},
};

const struct argp qdpi_listener_argp = {.options = options, .parser = parse_option};

// ---- Lines -------------------------------------------------------------------------------------

static void print_time(uint64_t moment_us)
{
    const time_t seconds = (time_t)(moment_us / US_PER_SECOND);
    struct tm parts = {0};
    localtime_r(&seconds, &parts);
    printf("%02d:%02d:%02d.%06u  ", parts.tm_hour, parts.tm_min, parts.tm_sec,
           (unsigned)(moment_us % US_PER_SECOND));
}

static void print_text(const struct qdpi_event *event, uint64_t moment_us)
{
    print_time(moment_us);
    fputs(qdpi_event_kind_name(event->kind), stdout);
    switch (event->kind) {
    case QDPI_EVENT_DOORBELL:
        printf(" %" PRIu32 "  0x%016" PRIx64 "  %" PRIu64, event->index, event->value,
               event->value);
        break;
    case QDPI_EVENT_RESET:
    case QDPI_EVENT_SHUTDOWN:
        fputs(event->value != 0 ? "  by the guest" : "  from outside", stdout);
        break;
    case QDPI_EVENT_OVERFLOW:
        printf("  %" PRIu64 " events were dropped here", event->value);
        break;
    default:
        break;
    }
    putchar('\n');
}

static bool print_json(const struct qdpi_event *event, uint64_t moment_us)
{
    json_t *const line = json_pack("{s:I, s:s}", "time_us", (json_int_t)moment_us, "event",
                                   qdpi_event_kind_name(event->kind));
    if (event->kind == QDPI_EVENT_DOORBELL) {
        json_object_set_new(line, "index", json_integer(event->index));
        json_object_set_new(line, "value", qdpi_json_address(event->value));
    } else if (event->kind == QDPI_EVENT_RESET || event->kind == QDPI_EVENT_SHUTDOWN) {
        json_object_set_new(line, "by_guest", json_boolean(event->value != 0));
    } else if (event->kind == QDPI_EVENT_OVERFLOW) {
        json_object_set_new(line, "dropped", json_integer((json_int_t)event->value));
    }
    const bool done = line != NULL && json_dumpf(line, stdout, JSON_COMPACT) == 0;
    json_decref(line);
    putchar('\n');
    return done;
}

static bool print_event(const struct qdpi_listener *listener, const struct qdpi_event *event)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t moment_us =
        (uint64_t)now.tv_sec * US_PER_SECOND + (uint64_t)now.tv_nsec / NS_PER_US;
    if (listener->json) {
        return print_json(event, moment_us) && !ferror(stdout);
    }
    print_text(event, moment_us);
    return !ferror(stdout);
}

// ---- Listening ---------------------------------------------------------------------------------

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

// The bridge is to be closed whatever ends the listening: what it has in the file system goes then.
static void watch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static bool is_wanted(const struct qdpi_listener *listener, const struct qdpi_event *event)
{
    if (event->kind != QDPI_EVENT_DOORBELL) {
        // A gap in the doorbells concerns who wants doorbells.
        return !listener->doorbells_only || event->kind == QDPI_EVENT_OVERFLOW;
    }
    return !listener->one_index || event->index == listener->index;
}

static bool wants_more(const struct qdpi_listener *listener)
{
    return listener->count > 0 || listener->until != QDPI_EVENT_NONE;
}

// What is left of the time to listen, at most a step.
static unsigned step_until(const struct qdpi_listener *listener, uint64_t end_us)
{
    const uint64_t now = qdpi_clock_us();
    uint64_t left_ms = STEP_MS;
    if (listener->limited) {
        left_ms = end_us > now ? (end_us - now + US_PER_MS - 1) / US_PER_MS : 0;
    }
    return left_ms < STEP_MS ? (unsigned)left_ms : STEP_MS;
}

// The next event, whatever it is. @return as qdpi_event_wait(); 0: there is nothing more to wait
// for.
static int next_event(const struct qdpi_listener *listener, struct qdpi_bridge *bridge,
                      uint64_t end_us, struct qdpi_event *event)
{
    int result = qdpi_event_poll(bridge, event);
    while (result == 0 && !interrupted) {
        const unsigned step = step_until(listener, end_us);
        // Who reads through a pipe sees each line when nothing more is known to follow.
        if (fflush(stdout) != 0 || step == 0) {
            return 0;
        }
        result = qdpi_event_wait(bridge, step, event);
    }
    return interrupted ? 0 : result;
}

int qdpi_listen(const struct qdpi_listener *listener, struct qdpi_bridge *bridge)
{
    const uint64_t end_us = qdpi_clock_us() + listener->for_ms * US_PER_MS;
    struct qdpi_event event = {0};
    uint64_t lines = 0;
    int result = 0;

    watch_signals();
    while ((result = next_event(listener, bridge, end_us, &event)) > 0) {
        if (is_wanted(listener, &event)) {
            if (!print_event(listener, &event)) {
                break;
            }
            lines++;
        }
        if ((listener->count > 0 && lines >= listener->count) || event.kind == listener->until) {
            return QDPI_EXIT_OK;
        }
        if (event.kind == QDPI_EVENT_LOST) {
            fflush(stdout);
            return qdpi_tell_failure(bridge, QDPI_ERR_LOST, "listen");
        }
        // A guest that rings without pause leaves the queue never empty.
        if (listener->limited && qdpi_clock_us() >= end_us) {
            result = 0;
            break;
        }
    }
    if (ferror(stdout)) {
        perror("qemu-dpi: writing to standard output");
        return QDPI_EXIT_FILE;
    }
    if (result < 0) {
        return qdpi_tell_failure(bridge, result, "listen");
    }
    return wants_more(listener) ? QDPI_EXIT_TIMEOUT : QDPI_EXIT_OK;
}
