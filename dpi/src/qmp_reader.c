// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP bytes -> messages. A message is framed by counting brackets outside strings, because QEMU
// promises no line structure; what is inside the frame is the JSON library's business.

#include "qmp_reader.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The buffer that is kept between messages; beyond it, memory is given back. */
#define CAPACITY_KEPT ((size_t)64 << 10)

/** What a message becomes takes up to this many times its bytes, and some: small numbers and short
 *  names take most. */
#define PARSE_FACTOR 16
#define PARSE_ROOM ((size_t)4 << 10)

/** How much of what was found a sentence quotes, and what that takes with every byte escaped. */
#define QUOTED_BYTES ((size_t)48)
#define QUOTE_MAX (QUOTED_BYTES * 4 + sizeof "...")

#define REMEDY                                                                                     \
    "check that the socket is one of QEMU's -qmp (not -monitor, -serial or -qtest), then connect " \
    "again"

void qdpi_qmp_reader_init(struct qdpi_qmp_reader *reader)
{
    *reader = (struct qdpi_qmp_reader){.bytes = NULL};
}

void qdpi_qmp_reader_free(struct qdpi_qmp_reader *reader)
{
    free(reader->bytes);
    qdpi_qmp_reader_init(reader);
}

/** The start of what waits to be taken, in printable ASCII. */
static const char *quote(const struct qdpi_qmp_reader *reader, char text[QUOTE_MAX])
{
    static const char digits[] = "0123456789abcdef";
    size_t available = reader->length - reader->start;
    size_t count = available < QUOTED_BYTES ? available : QUOTED_BYTES;
    char *end = text;

    for (size_t i = 0; i < count; i++) {
        unsigned char byte = (unsigned char)reader->bytes[reader->start + i];
        if (byte == '\n' || byte == '\r' || byte == '\t') {
            *end++ = '\\';
            *end++ = (char)(byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't');
        } else if (byte >= ' ' && byte <= '~') {
            *end++ = (char)byte;
        } else {
            *end++ = '\\';
            *end++ = 'x';
            *end++ = digits[byte >> 4];
            *end++ = digits[byte & 15];
        }
    }
    memcpy(end, "...", count < available ? sizeof "..." : 0);
    end[count < available ? sizeof "..." - 1 : 0] = '\0';
    return text;
}

/** Give up the stream: its messages have no boundary to start anew from. */
static int break_off(struct qdpi_qmp_reader *reader, struct qdpi_error *error, const char *reason)
{
    char text[QUOTE_MAX];

    reader->broken = 1;
    return qdpi_fail(error, -EPROTO, "read QMP: found `%s`, %s; " REMEDY, quote(reader, text),
                     reason);
}

static int still_broken(const struct qdpi_qmp_reader *reader, struct qdpi_error *error)
{
    char text[QUOTE_MAX];

    return qdpi_fail(error, -EPROTO, "read QMP: nothing can be read behind `%s`; " REMEDY,
                     quote(reader, text));
}

/** Bring the buffer to `capacity`, with what waits to be taken at its beginning. */
static int resize(struct qdpi_qmp_reader *reader, size_t capacity)
{
    size_t waiting = reader->length - reader->start;
    char *bytes = malloc(capacity);

    if (bytes == NULL) {
        return -ENOMEM;
    }
    if (waiting > 0) {
        memcpy(bytes, reader->bytes + reader->start, waiting);
    }
    free(reader->bytes);
    reader->bytes = bytes;
    reader->capacity = capacity;
    reader->scanned -= reader->start;
    reader->length = waiting;
    reader->start = 0;
    return 0;
}

int qdpi_qmp_reader_feed(struct qdpi_qmp_reader *reader, const char *bytes, size_t count,
                         struct qdpi_error *error)
{
    size_t waiting = reader->length - reader->start;

    if (reader->broken) {
        return still_broken(reader, error);
    }
    if (count == 0) {
        return 0;
    }
    if (count > reader->capacity - reader->length) {
        size_t capacity = CAPACITY_KEPT;
        // By doubling, so that a message in many pieces is copied only a few times.
        while (capacity < waiting || capacity - waiting < count) {
            if (capacity > SIZE_MAX / 2) {
                return qdpi_fail(error, -ENOMEM, "read QMP: %zu bytes at once are too many", count);
            }
            capacity *= 2;
        }
        if (resize(reader, capacity) != 0) {
            return qdpi_fail(error, -ENOMEM,
                             "read QMP: no memory for a message of more than %zu bytes", waiting);
        }
    }
    memcpy(reader->bytes + reader->length, bytes, count);
    reader->length += count;
    return 0;
}

static bool is_white_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/** What is looked at outside strings. */
static const bool is_structure[UCHAR_MAX + 1] = {
    ['"'] = true, [','] = true, ['{'] = true, ['['] = true, ['}'] = true, [']'] = true};

/** Pass over bytes that change nothing, up to `end`. */
static void skip_plain(struct qdpi_qmp_reader *reader, size_t end)
{
    const char *bytes = reader->bytes;
    size_t at = reader->scanned;

    if (reader->in_string) {
        while (at < end && bytes[at] != '"' && bytes[at] != '\\')
            at++;
    } else {
        while (at < end && !is_structure[(unsigned char)bytes[at]])
            at++;
    }
    reader->scanned = at;
}

/** Take one more byte of the message into account. @return whether it is the last. */
static bool scan_byte(struct qdpi_qmp_reader *reader, char byte)
{
    if (reader->escaped) {
        reader->escaped = 0;
    } else if (reader->in_string) {
        reader->escaped = byte == '\\';
        reader->in_string = byte != '"';
    } else if (byte == '"') {
        reader->in_string = 1;
    } else if (byte == ',') {
        reader->values++;
    } else if (byte == '{' || byte == '[') {
        reader->values++;
        reader->depth++;
    } else if (byte == '}' || byte == ']') {
        reader->depth--;
        return reader->depth == 0;
    }
    return false;
}

/** Find the end of the message. @return 1: bytes [start, scanned) are one; 0: not all is here. */
static int frame(struct qdpi_qmp_reader *reader, struct qdpi_error *error)
{
    size_t end;

    if (reader->framed)
        return 1;
    if (reader->depth == 0) {
        reader->values = 0;
        while (reader->start < reader->length && is_white_space(reader->bytes[reader->start])) {
            reader->start++;
        }
        reader->scanned = reader->start;
        if (reader->start < reader->length && reader->bytes[reader->start] != '{') {
            return break_off(reader, error, "which is not a JSON object, so not QMP");
        }
    }
    end = reader->length - reader->start > QDPI_QMP_MESSAGE_MAX
              ? reader->start + QDPI_QMP_MESSAGE_MAX
              : reader->length;
    while (reader->scanned < end) {
        if (!reader->escaped)
            skip_plain(reader, end);
        if (reader->scanned == end)
            break;
        if (scan_byte(reader, reader->bytes[reader->scanned++])) {
            reader->framed = 1;
            return 1;
        }
        if (reader->values > QDPI_QMP_VALUES_MAX) {
            return break_off(reader, error,
                             "the beginning of a message of more values than any of QEMU's");
        }
        if (reader->depth > JSON_PARSER_MAX_DEPTH) {
            return break_off(reader, error,
                             "the beginning of a message nested deeper than any of QEMU's");
        }
    }
    if (end < reader->length) {
        return break_off(reader, error,
                         "the beginning of a message longer than any of QEMU's (16 MiB)");
    }
    return 0;
}

/**
 * Whether there is room now for what a message of `count` bytes is parsed into. An allocation that
 * fails inside its parser makes the JSON library (2.14) lose characters, call the text wrong, or
 * abort: so memory has to be there beforehand.
 */
static bool has_room(size_t count)
{
    json_malloc_t allocate;
    json_free_t release;
    void *room;

    json_get_alloc_funcs(&allocate, &release);
    room = allocate(PARSE_FACTOR * count + PARSE_ROOM);
    release(room);
    return room != NULL;
}

/** Parse bytes [start, scanned). */
static int parse(struct qdpi_qmp_reader *reader, json_t **message, struct qdpi_error *error)
{
    const char *bytes = reader->bytes + reader->start;
    size_t count = reader->scanned - reader->start;
    json_error_t reason = {.text = ""};

    if (!has_room(count)) {
        return qdpi_fail(error, -ENOMEM, "read QMP: no memory for a message of %zu bytes", count);
    }
    *message = json_loadb(bytes, count, JSON_REJECT_DUPLICATES, &reason);
    if (*message == NULL && json_error_code(&reason) == json_error_numeric_overflow) {
        // QEMU sends 64-bit numbers without a sign, the library has them with one. Some event that
        // nobody asked for must not end the connection, so this message's numbers become reals.
        *message =
            json_loadb(bytes, count, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &reason);
    }
    if (*message != NULL) {
        return 1;
    }
    // The library finds no words for most allocations that fail.
    if (reason.text[0] == '\0' || json_error_code(&reason) == json_error_out_of_memory) {
        return qdpi_fail(error, -ENOMEM, "read QMP: no memory for a message of %zu bytes", count);
    }
    char sentence[JSON_ERROR_TEXT_LENGTH + 64];
    (void)snprintf(sentence, sizeof sentence, "which is not valid JSON (%s, byte %d)", reason.text,
                   reason.position);
    return break_off(reader, error, sentence);
}

/** Forget the message that was taken, and give memory back that only a huge one needed. */
static void consume(struct qdpi_qmp_reader *reader)
{
    reader->framed = 0;
    reader->start = reader->scanned;
    if (reader->start == reader->length) {
        reader->start = 0;
        reader->scanned = 0;
        reader->length = 0;
    }
    if (reader->capacity > CAPACITY_KEPT && reader->length - reader->start <= CAPACITY_KEPT / 2) {
        // Failing costs nothing but the memory that was to be saved.
        (void)resize(reader, CAPACITY_KEPT);
    }
}

int qdpi_qmp_reader_peek(struct qdpi_qmp_reader *reader, const char **text, size_t *count,
                         struct qdpi_error *error)
{
    int result = reader->broken ? still_broken(reader, error) : frame(reader, error);

    if (result == 1) {
        *text = reader->bytes + reader->start;
        *count = reader->scanned - reader->start;
    }
    return result;
}

void qdpi_qmp_reader_drop(struct qdpi_qmp_reader *reader)
{
    if (reader->framed)
        consume(reader);
}

int qdpi_qmp_reader_next(struct qdpi_qmp_reader *reader, json_t **message, struct qdpi_error *error)
{
    int result;

    *message = NULL;
    if (reader->broken) {
        return still_broken(reader, error);
    }
    result = frame(reader, error);
    if (result == 1) {
        result = parse(reader, message, error);
        // Out of memory, nothing is taken: the message is there the next time.
        if (result == 1) {
            consume(reader);
        }
    }
    return result;
}

int qdpi_qmp_reader_skip_line(struct qdpi_qmp_reader *reader)
{
    const char *waiting = reader->bytes + reader->start;
    const char *end = reader->length > reader->start
                          ? memchr(waiting, '\n', reader->length - reader->start)
                          : NULL;

    reader->start = end != NULL ? (size_t)(end - reader->bytes) + 1 : reader->length;
    reader->scanned = reader->start;
    reader->depth = 0;
    reader->in_string = 0;
    reader->escaped = 0;
    reader->framed = 0;
    reader->broken = 0;
    return end != NULL ? 1 : 0;
}
