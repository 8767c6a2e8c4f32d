// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Which message is broken, and what happens between two.

#include "saboteur_faults.h"

#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault_run.h"
#include "live_qemu.h"
#include "saboteur_forgery.h"
#include "send_all.h"

static void close_one(struct saboteur_stream *stream)
{
    if (stream->from >= 0)
        (void)close(stream->from);
    stream->from = -1;
    stream->length = 0;
}

void saboteur_close_both(struct saboteur_state *state)
{
    close_one(&state->from_library);
    close_one(&state->from_qemu);
    state->report.connected = false;
}

void saboteur_fault_is_done(struct saboteur_state *state)
{
    state->report.done++;
    state->report.events_before_fault = state->report.events;
    state->order.fault = SABOTEUR_FORWARD;
}

// ---- Messages on their way ---------------------------------------------------------------------

static bool write_slowly(struct saboteur_state *state, int fd, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!send_all(fd, bytes + i, 1))
            return false;
        // Not behind each: on a busy machine, the shortest pause may take a millisecond.
        if (state->order.amount > 0 && qdpi_fault_below(&state->random, 8) == 0)
            (void)usleep((useconds_t)qdpi_fault_below(&state->random, state->order.amount));
    }
    return true;
}

/** An answer on its way to the library, and a fault for answers. @return whether it was dealt with.
 */
static bool break_answer(struct saboteur_state *state, const json_t *answer, const char *line,
                         size_t length)
{
    const uint64_t id = (uint64_t)json_integer_value(json_object_get(answer, "id"));
    const int fd = state->from_library.from;

    switch (state->order.fault) {
    case SABOTEUR_LONG_ANSWER:
    case SABOTEUR_ENDLESS_ANSWER:
    case SABOTEUR_CROWDED_ANSWER:
    case SABOTEUR_LONG_REFUSAL:
        saboteur_forge_large_answer(fd, state->order.fault, state->order.amount, id);
        break;
    case SABOTEUR_ID:
        saboteur_forge_other_id(fd, answer, (enum saboteur_id)state->order.amount, id,
                                state->last_id);
        break;
    case SABOTEUR_DUPLICATE:
        (void)send_all(fd, line, length);
        (void)send_all(fd, line, length);
        break;
    case SABOTEUR_DROP:
        break;
    default:
        return false;
    }
    saboteur_fault_is_done(state);
    return true;
}

static void cut(struct saboteur_state *state, int fd, const char *line, size_t length)
{
    const size_t count = state->order.amount < length ? state->order.amount : length;

    (void)send_all(fd, line, count);
    state->report.cut_of = length;
    saboteur_fault_is_done(state);
    saboteur_close_both(state);
}

/** Whether the library hands on such events. */
static bool is_delivered(const char *event)
{
    static const char *const known[] = {"ACPI_DEVICE_OST", "RESET", "STOP", "RESUME"};

    for (size_t i = 0; event != NULL && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(event, known[i]) == 0)
            return true;
    }
    return false;
}

bool saboteur_to_library(struct saboteur_state *state, const char *line, size_t length)
{
    json_t *message = json_loadb(line, length, JSON_DISABLE_EOF_CHECK, NULL);
    const char *event = json_string_value(json_object_get(message, "event"));
    const bool is_answer = event == NULL && json_object_get(message, "id") != NULL;
    bool goes_on = true;

    if (state->shut_write) {
        goes_on = true;
    } else if (state->order.fault == SABOTEUR_CUT_TO_LIBRARY) {
        cut(state, state->from_library.from, line, length);
        goes_on = false;
    } else if (!is_answer || !break_answer(state, message, line, length)) {
        goes_on = state->order.fault == SABOTEUR_SLOW
                      ? write_slowly(state, state->from_library.from, line, length)
                      : send_all(state->from_library.from, line, length);
        state->report.events += goes_on && is_delivered(event) ? 1 : 0;
    }
    json_decref(message);
    return goes_on;
}

bool saboteur_to_qemu(struct saboteur_state *state, const char *line, size_t length)
{
    json_t *message = json_loadb(line, length, JSON_DISABLE_EOF_CHECK, NULL);
    const json_t *id = json_object_get(message, "id");

    if (json_is_integer(id))
        state->last_id = (uint64_t)json_integer_value(id);
    json_decref(message);
    if (state->order.fault == SABOTEUR_CUT_TO_QEMU) {
        cut(state, state->from_qemu.from, line, length);
        return false;
    }
    return state->order.fault == SABOTEUR_SLOW
               ? write_slowly(state, state->from_qemu.from, line, length)
               : send_all(state->from_qemu.from, line, length);
}

// ---- Between two messages ----------------------------------------------------------------------

void saboteur_flood(struct saboteur_state *state)
{
    const enum saboteur_events kind = (enum saboteur_events)state->order.amount;

    if (!saboteur_forge_events(state->from_library.from, kind, state->flooded))
        saboteur_close_both(state);
    else if (kind == SABOTEUR_DOORBELLS || kind == SABOTEUR_RESETS)
        state->report.events += SABOTEUR_EVENTS_AT_A_TIME;
    state->flooded += SABOTEUR_EVENTS_AT_A_TIME;
}

void saboteur_trickle(struct saboteur_state *state)
{
    if (!saboteur_forge_byte_of_greeting(state->from_library.from, state->flooded++))
        saboteur_close_both(state);
}

static void shut_read(struct saboteur_state *state)
{
    (void)shutdown(state->from_library.from, SHUT_RD);
    state->shut_read = true;
}

static void begin(struct saboteur_state *state)
{
    switch (state->order.fault) {
    case SABOTEUR_CLOSE:
        saboteur_close_both(state);
        break;
    case SABOTEUR_SHUT_WRITE:
        (void)shutdown(state->from_library.from, SHUT_WR);
        state->shut_write = true;
        break;
    case SABOTEUR_SHUT_READ:
        shut_read(state);
        break;
    case SABOTEUR_GARBAGE:
        saboteur_forge_garbage(state->from_library.from, (enum saboteur_garbage)state->order.amount,
                               &state->random);
        break;
    case SABOTEUR_STALL:
        state->stalled_to = qdpi_live_in_ms((unsigned)state->order.amount);
        return;
    case SABOTEUR_FLOOD:
    case SABOTEUR_TRICKLE:
        state->flooded = 0;
        return;
    default:
        return;
    }
    saboteur_fault_is_done(state);
}

void saboteur_obey(struct saboteur_state *state, const struct saboteur_order *order)
{
    if (order->fault == SABOTEUR_SHUT_READ && state->order.fault == SABOTEUR_FLOOD) {
        shut_read(state);
        state->report.done++;
        state->report.events_before_fault = state->report.events;
    } else {
        state->order = *order;
        state->random = order->seed;
        begin(state);
    }
}
