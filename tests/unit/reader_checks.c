// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The steps that most tests of the QMP reader are made of.

#include "reader_checks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qdpi_cmocka.h"

void reader_feed(struct qdpi_qmp_reader *reader, const char *bytes, size_t count)
{
    struct qdpi_error error = {.text = ""};

    assert_int_equal(qdpi_qmp_reader_feed(reader, bytes, count, &error), 0);
    assert_string_equal(error.text, "");
}

char *reader_message_of(size_t size, const char *end)
{
    char *text = malloc(size + 1);

    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + size - strlen(end), end, strlen(end) + 1);
    return text;
}

void reader_assert_message(struct qdpi_qmp_reader *reader, const char *expected)
{
    struct qdpi_error error = {.text = ""};
    json_t *message = NULL;

    if (qdpi_qmp_reader_next(reader, &message, &error) != 1) {
        fail_msg("no message, but: %s", error.text);
    }
    assert_string_equal(error.text, "");
    assert_true(json_is_object(message));
    char *text = json_dumps(message, JSON_COMPACT);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
    json_decref(message);
}

void reader_assert_no_message(struct qdpi_qmp_reader *reader)
{
    struct qdpi_error error = {.text = ""};
    json_t *message = (json_t *)&error;

    assert_int_equal(qdpi_qmp_reader_next(reader, &message, &error), 0);
    assert_null(message);
    assert_string_equal(error.text, "");
}

void reader_assert_broken(struct qdpi_qmp_reader *reader, const char *words)
{
    struct qdpi_error error = {.text = ""};
    json_t *message = (json_t *)&error;

    assert_int_equal(qdpi_qmp_reader_next(reader, &message, &error), -EPROTO);
    assert_null(message);
    if (strstr(error.text, words) == NULL) {
        fail_msg("\"%s\" is not in: %s", words, error.text);
    }
    assert_non_null(strstr(error.text, "check that the socket is one of QEMU's -qmp"));
    assert_non_null(strstr(error.text, "connect again"));
    assert_true(strlen(error.text) < sizeof error.text - 1);
    for (const char *c = error.text; *c != '\0'; c++) {
        assert_true(*c >= ' ' && *c <= '~');
    }
    for (int again = 0; again < 2; again++) {
        struct qdpi_error next_error = {.text = ""};
        assert_int_equal(qdpi_qmp_reader_feed(reader, "{}", 2, &next_error), -EPROTO);
        assert_non_null(strstr(next_error.text, "connect again"));
        next_error.text[0] = '\0';
        assert_int_equal(qdpi_qmp_reader_next(reader, &message, &next_error), -EPROTO);
        assert_non_null(strstr(next_error.text, "connect again"));
    }
    assert_int_equal(qdpi_qmp_reader_next(reader, &message, NULL), -EPROTO);
}
