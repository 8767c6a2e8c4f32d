// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: any bytes to the QMP reader, and the same bytes in pieces. However they are cut, the
// messages and the end of the stream must be the same. The first byte of the input is the length of
// the pieces.

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "qmp_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What a stream came to: how many messages, a sum of their texts, and the last result. */
struct outcome {
    size_t messages;
    size_t sum;
    int result;
};

static void take_all(struct qdpi_qmp_reader *reader, struct outcome *outcome)
{
    struct qdpi_error error = {.text = ""};
    json_t *message;

    while ((outcome->result = qdpi_qmp_reader_next(reader, &message, &error)) == 1) {
        char *text = json_dumps(message, JSON_COMPACT);
        if (!json_is_object(message) || text == NULL) {
            abort();
        }
        for (const char *c = text; *c != '\0'; c++) {
            outcome->sum = outcome->sum * 31 + (unsigned char)*c;
        }
        outcome->messages++;
        free(text);
        json_decref(message);
    }
    if (outcome->result != 0 && (outcome->result != -EPROTO || error.text[0] == '\0')) {
        abort();
    }
}

static struct outcome read_in_pieces(const char *bytes, size_t size, size_t piece)
{
    struct outcome outcome = {.result = 0};
    struct qdpi_qmp_reader reader;

    qdpi_qmp_reader_init(&reader);
    for (size_t at = 0; at < size && outcome.result == 0; at += piece) {
        if (qdpi_qmp_reader_feed(&reader, bytes + at, size - at < piece ? size - at : piece,
                                 NULL) != 0) {
            abort();
        }
        take_all(&reader, &outcome);
    }
    qdpi_qmp_reader_free(&reader);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    json_object_seed(1);  // before any table: the same input must take the same path every time
    const char *bytes = (const char *)data + 1;
    struct outcome whole = read_in_pieces(bytes, size - 1, size);
    struct outcome pieces = read_in_pieces(bytes, size - 1, (size_t)data[0] + 1);
    if (whole.messages != pieces.messages || whole.sum != pieces.sum ||
        whole.result != pieces.result) {
        abort();
    }
    return 0;
}
