// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells by their text: a JSON reader of what they consist of, in whatever order, and of nothing
// else. Whatever it does not expect, down to an escaped character or a minus sign, is none of its
// business.

#include <string.h>

#include "doorbell.h"

struct cursor {
    const char *at;
    const char *end;
};

static bool accept(struct cursor *cursor, char byte)
{
    while (cursor->at < cursor->end && *cursor->at == ' ')
        cursor->at++;
    if (cursor->at == cursor->end || *cursor->at != byte)
        return false;
    cursor->at++;
    return true;
}

/** A string, and what stands in it. */
static bool read_string(struct cursor *cursor, struct cursor *content)
{
    if (!accept(cursor, '"'))
        return false;
    content->at = cursor->at;
    while (cursor->at < cursor->end && *cursor->at >= ' ' && *cursor->at <= '~' &&
           *cursor->at != '"' && *cursor->at != '\\')
        cursor->at++;
    content->end = cursor->at;
    return accept(cursor, '"');
}

static bool is_text(const struct cursor *content, const char *text)
{
    const size_t length = strlen(text);

    return (size_t)(content->end - content->at) == length && memcmp(content->at, text, length) == 0;
}

/** Digits, without zeros in front, of a number of 32 bits. */
static bool read_digits(struct cursor *cursor, uint32_t *number)
{
    const char *const first = cursor->at;
    uint64_t value = 0;

    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9' &&
           value <= UINT32_MAX)
        value = value * 10 + (uint64_t)(*cursor->at++ - '0');
    *number = (uint32_t)value;
    return cursor->at > first && value <= UINT32_MAX && (*first != '0' || cursor->at == first + 1);
}

/** What follows it, in an object, is looked at by whoever goes on: 1.5 and 1e5 end there. */
static bool read_number(struct cursor *cursor, uint32_t *number)
{
    while (cursor->at < cursor->end && *cursor->at == ' ')
        cursor->at++;
    return read_digits(cursor, number);
}

static bool read_slot(struct cursor *cursor, uint32_t *index)
{
    struct cursor content;

    return read_string(cursor, &content) && read_digits(&content, index) &&
           content.at == content.end;
}

static bool is_string(struct cursor *cursor, const char *text)
{
    struct cursor content;

    return read_string(cursor, &content) && is_text(&content, text);
}

/** What an object is read into: one of its members, by its place among the names. */
typedef bool read_member(struct cursor *cursor, unsigned member, void *into);

/** An object that has each of the members that are named, once, and no others. */
static bool read_object(struct cursor *cursor, const char *const *names, unsigned count,
                        read_member *read, void *into)
{
    struct cursor name;
    unsigned seen = 0;

    if (!accept(cursor, '{'))
        return false;
    do {
        unsigned member = 0;

        if (!read_string(cursor, &name) || !accept(cursor, ':'))
            return false;
        while (member < count && !is_text(&name, names[member]))
            member++;
        if (member == count || (seen & 1U << member) != 0 || !read(cursor, member, into))
            return false;
        seen |= 1U << member;
    } while (accept(cursor, ','));
    return seen == (1U << count) - 1 && accept(cursor, '}');
}

static bool read_time(struct cursor *cursor, unsigned member, void *into)
{
    uint32_t number;

    (void)member;
    (void)into;
    return read_number(cursor, &number);
}

/** What the guest wrote. */
struct info {
    uint32_t slot;
    uint32_t source;
    uint32_t status;
};

static bool read_info(struct cursor *cursor, unsigned member, void *into)
{
    struct info *info = into;

    switch (member) {
    case 0:
        return read_number(cursor, &info->source);
    case 1:
        return read_number(cursor, &info->status);
    case 2:
        return read_slot(cursor, &info->slot);
    default:
        return is_string(cursor, "DIMM");
    }
}

static bool read_data(struct cursor *cursor, unsigned member, void *into)
{
    static const char *const names[] = {"source", "status", "slot", "slot-type"};

    (void)member;
    return read_object(cursor, names, 4, read_info, into);
}

static bool read_message(struct cursor *cursor, unsigned member, void *into)
{
    static const char *const times[] = {"seconds", "microseconds"};
    static const char *const data[] = {"info"};

    switch (member) {
    case 0:
        return read_object(cursor, times, 2, read_time, NULL);
    case 1:
        return is_string(cursor, "ACPI_DEVICE_OST");
    default:
        return read_object(cursor, data, 1, read_data, into);
    }
}

bool qdpi_doorbell_read(const char *text, size_t count, struct qdpi_event *event)
{
    static const char *const names[] = {"timestamp", "event", "data"};
    struct cursor cursor = {.at = text, .end = text + count};
    struct info info = {.slot = 0};

    if (!read_object(&cursor, names, 3, read_message, &info) || cursor.at != cursor.end)
        return false;
    event->kind = QDPI_EVENT_DOORBELL;
    event->index = info.slot;
    event->value = (uint64_t)info.status << 32 | info.source;
    return true;
}
