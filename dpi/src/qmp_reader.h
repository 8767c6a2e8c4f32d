// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP bytes -> messages (JSON objects). Pure: it knows no socket, no id, no event.

#ifndef QDPI_QMP_READER_H_
#define QDPI_QMP_READER_H_

#include <jansson.h>
#include <stddef.h>

#include "last_error.h"

/** A peer that sends a longer message is not QEMU: its longest, a flat view, is some 100 KiB. */
#define QDPI_QMP_MESSAGE_MAX ((size_t)16 << 20)
/** One of more values is not QEMU either: parsed, a value may take a hundred times the memory that
 *  it takes as text. With both limits one message costs less than 96 MiB while it is read (70 MiB
 *  were seen), and 64 KiB are kept behind it. */
#define QDPI_QMP_VALUES_MAX ((size_t)1 << 18)

struct qdpi_qmp_reader {
    char *bytes;
    size_t length;
    size_t capacity;
    size_t start;   /**< where the next message begins: the bytes before it have been taken */
    size_t scanned; /**< bytes already looked at: each byte is scanned once, however it arrives */
    size_t values;  /**< of the message so far: commas and opening brackets */
    unsigned depth;
    int in_string;
    int escaped;
    int framed; /**< bytes [start, scanned) are a whole message */
    int broken; /**< the stream cannot be read any further */
};

void qdpi_qmp_reader_init(struct qdpi_qmp_reader *reader);
void qdpi_qmp_reader_free(struct qdpi_qmp_reader *reader);

/** Append what arrived. @return 0 or -ENOMEM, -EPROTO (see next). */
int qdpi_qmp_reader_feed(struct qdpi_qmp_reader *reader, const char *bytes, size_t count,
                         struct qdpi_error *error);

/**
 * Take the next whole message. Messages may be glued to each other or apart by white space, and
 * arrive in pieces of any size. Bytes are consumed when a message is taken; the buffer shrinks
 * again after a huge one.
 * @param message  receives a JSON object; the caller owns the reference.
 * @return 1: one was taken; 0: more bytes are needed; -EPROTO with a sentence that quotes the
 *         start of what was found (non-printing bytes made visible): not JSON, not an object,
 * deeper than the JSON library allows, longer than QDPI_QMP_MESSAGE_MAX, of more values than
 * QDPI_QMP_VALUES_MAX. After -EPROTO every
 * further call fails the same way. -ENOMEM.
 */
int qdpi_qmp_reader_next(struct qdpi_qmp_reader *reader, json_t **message,
                         struct qdpi_error *error);

/**
 * Look at the text of the message that next() would take, before it is parsed: a small part of what
 * that costs. @param text  its bytes, not terminated, until the next call. @return as next().
 */
int qdpi_qmp_reader_peek(struct qdpi_qmp_reader *reader, const char **text, size_t *count,
                         struct qdpi_error *error);

/** Take that message without parsing it. */
void qdpi_qmp_reader_drop(struct qdpi_qmp_reader *reader);

/**
 * Give up what has arrived up to the next line end, that of a broken stream included, and read anew
 * behind it. @return 1: done; 0: the line has not ended yet: feed more and call again.
 */
int qdpi_qmp_reader_skip_line(struct qdpi_qmp_reader *reader);

#endif  // QDPI_QMP_READER_H_
