// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What QEMU has not said, as text that goes straight to the library.

#include "saboteur_forgery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault_run.h"
#include "send_all.h"

#define MEBIBYTE ((size_t)1 << 20)
#define EVENT_MAX 160U

static void send_filler(int fd, size_t mebibytes)
{
    static char filler[MEBIBYTE];

    memset(filler, 'a', sizeof filler);
    while (mebibytes > 0 && send_all(fd, filler, sizeof filler))
        mebibytes--;
}

static void send_text(int fd, const char *text)
{
    (void)send_all(fd, text, strlen(text));
}

static void send_repeated(int fd, const char *text, size_t times)
{
    while (times > 0 && send_all(fd, text, strlen(text)))
        times--;
}

// ---- Answers -----------------------------------------------------------------------------------

void saboteur_forge_large_answer(int fd, enum saboteur_fault fault, uint64_t amount, uint64_t id)
{
    char end[64];

    (void)snprintf(end, sizeof end, "\", \"id\": %" PRIu64 "}\r\n", id);
    switch (fault) {
    case SABOTEUR_LONG_REFUSAL:
        send_text(fd, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"");
        send_filler(fd, amount);
        (void)snprintf(end, sizeof end, "\"}, \"id\": %" PRIu64 "}\r\n", id);
        send_text(fd, end);
        break;
    case SABOTEUR_CROWDED_ANSWER:
        send_text(fd, "{\"return\": {");
        for (uint64_t i = 0; i < amount; i++) {
            char member[48];

            (void)snprintf(member, sizeof member, "\"%" PRIu64 "\":{},", i);
            if (!send_all(fd, member, strlen(member)))
                return;
        }
        (void)snprintf(end, sizeof end, "\"end\": 0}, \"id\": %" PRIu64 "}\r\n", id);
        send_text(fd, end);
        break;
    case SABOTEUR_ENDLESS_ANSWER:
        send_text(fd, "{\"return\": \"");
        send_filler(fd, amount);
        break;
    default:
        send_text(fd, "{\"return\": \"");
        send_filler(fd, amount);
        send_text(fd, end);
    }
}

/** The answer with another id, as text to free(). */
static char *with_other_id(const json_t *answer, enum saboteur_id kind, uint64_t id,
                           uint64_t last_id)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)answer);
    char value[64];
    char *body;
    char *text = NULL;

    (void)json_object_del(copy, "id");
    body = json_dumps(copy, 0);
    json_decref(copy);
    switch (kind) {
    case SABOTEUR_ID_PAST:
        // Requests that are not awaited have the ids 1 to 9, in turn.
        (void)snprintf(value, sizeof value, "%" PRIu64, id > 1 ? id - 1 : 9);
        break;
    case SABOTEUR_ID_FUTURE:
        (void)snprintf(value, sizeof value, "%" PRIu64, last_id + 1);
        break;
    case SABOTEUR_ID_OTHER:
        (void)snprintf(value, sizeof value, "%" PRIu64, last_id != id ? last_id : id + 1);
        break;
    case SABOTEUR_ID_NEGATIVE:
        (void)snprintf(value, sizeof value, "-%" PRIu64, id);
        break;
    case SABOTEUR_ID_WIDE:
        // 2^64 + id, as long as id is small.
        (void)snprintf(value, sizeof value, "1844674407%010" PRIu64, UINT64_C(3709551616) + id);
        break;
    case SABOTEUR_ID_STRING:
        (void)snprintf(value, sizeof value, "\"%" PRIu64 "\"", id);
        break;
    case SABOTEUR_ID_FRACTION:
        (void)snprintf(value, sizeof value, "%" PRIu64 ".5", id);
        break;
    case SABOTEUR_ID_NONE:
    default:
        value[0] = '\0';
    }
    if (body != NULL) {
        const int length = (int)strlen(body) - 1;  // without the last bracket

        if (value[0] == '\0')
            (void)asprintf(&text, "%s\r\n", body);
        else
            (void)asprintf(&text, "%.*s, \"id\": %s}\r\n", length, body, value);
    }
    free(body);
    return text;
}

void saboteur_forge_other_id(int fd, const json_t *answer, enum saboteur_id kind, uint64_t id,
                             uint64_t last_id)
{
    char *text = with_other_id(answer, kind, id, last_id);

    if (text != NULL)
        send_text(fd, text);
    free(text);
}

// ---- Floods, garbage ---------------------------------------------------------------------------

/** One event of a flood, at the end of `text`. @return its length. */
static size_t print_event(enum saboteur_events kind, uint64_t number, char *text, size_t size)
{
    switch (kind) {
    case SABOTEUR_MAP_EVENTS:
        return (size_t)snprintf(
            text, size, "{\"event\": \"MEMORY_DEVICE_SIZE_CHANGE\", \"data\": {\"size\": 1}}\r\n");
    case SABOTEUR_RESETS:
        return (size_t)snprintf(text, size,
                                "{\"event\": \"RESET\", \"data\": {\"guest\": true}}\r\n");
    case SABOTEUR_DOORBELLS:
        return (size_t)snprintf(
            text, size,
            "{\"event\": \"ACPI_DEVICE_OST\", \"data\": {\"info\": {\"source\": %" PRIu32
            ", \"slot\": \"65535\", \"slot-type\": \"DIMM\", \"status\": %" PRIu32 "}}}\r\n",
            (uint32_t)number, (uint32_t)(number >> 32));
    case SABOTEUR_UNKNOWN_EVENTS:
    default:
        return (size_t)snprintf(text, size,
                                "{\"event\": \"WEATHER\", \"data\": {\"rain\": true}}\r\n");
    }
}

bool saboteur_forge_events(int fd, enum saboteur_events kind, uint64_t number)
{
    static char text[SABOTEUR_EVENTS_AT_A_TIME * EVENT_MAX];
    size_t length = 0;

    for (unsigned i = 0; i < SABOTEUR_EVENTS_AT_A_TIME; i++)
        length += print_event(kind, number + i, text + length, EVENT_MAX);
    return send_all(fd, text, length);
}

bool saboteur_forge_byte_of_greeting(int fd, uint64_t number)
{
    static const char beginning[] = "{\"QMP\": {\"version\": \"";
    static const char version = '7';

    return send_all(fd, number < sizeof beginning - 1 ? &beginning[number] : &version, 1);
}

void saboteur_forge_garbage(int fd, enum saboteur_garbage kind, uint64_t *random)
{
    char bytes[4096];

    switch (kind) {
    case SABOTEUR_BINARY:
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)qdpi_fault_below(random, 256);
        // White space or a bracket would be the beginning of something.
        bytes[0] = (char)0x80;
        (void)send_all(fd, bytes, sizeof bytes);
        break;
    case SABOTEUR_ZEROES:
        memset(bytes, 0, sizeof bytes);
        (void)send_all(fd, bytes, sizeof bytes);
        break;
    case SABOTEUR_BROKEN_UTF8:
        send_text(fd, "\xc3\x28\xff\xfe");
        break;
    case SABOTEUR_BROKEN_UTF8_IN_A_STRING:
        send_text(fd, "{\"event\": \"RES\xc3\x28\"}\r\n");
        break;
    case SABOTEUR_DEEP_NESTING:
        send_text(fd, "{\"event\": ");
        send_repeated(fd, "[", 100000);
        break;
    case SABOTEUR_UNENDING_STRING:
        send_text(fd, "{\"event\": \"");
        send_filler(fd, 64);
        break;
    case SABOTEUR_HUGE_NUMBER:
        send_text(fd, "{\"event\": \"WEATHER\", \"data\": 1");
        send_repeated(fd, "0", 400);
        send_text(fd, "}\r\n");
        break;
    case SABOTEUR_NO_OBJECT:
        send_text(fd, "[1, 2, 3]\r\n");
        break;
    case SABOTEUR_NO_MEANING:
        send_text(fd, "{\"weather\": \"rain\"}\r\n");
        break;
    case SABOTEUR_ENCODED_ZERO:
        send_text(fd, "{\"event\": \"RESET\\u0000\"}\r\n");
        break;
    case SABOTEUR_TWICE_THE_KEY:
    default:
        send_text(fd, "{\"event\": \"RESET\", \"event\": \"STOP\"}\r\n");
    }
}
