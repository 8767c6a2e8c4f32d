// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP bytes that are no messages: too long, too deep, too many values, nonsense. What is just about
// allowed is read.

#include "qmp_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qdpi_cmocka.h"
#include "reader_checks.h"

/** A fresh reader that is given `text` breaks with `words` in the sentence. */
static void assert_breaks(const char *text, size_t count, const char *words)
{
    struct qdpi_qmp_reader reader;

    qdpi_qmp_reader_init(&reader);
    reader_feed(&reader, text, count);
    reader_assert_broken(&reader, words);
    qdpi_qmp_reader_free(&reader);
}

/// The longest message is accepted; one byte more is refused, whether it ends or not.
static void test_next_longest_message(void **state)
{
    static const char *const ends[] = {"\"}", "xx"};

    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        for (size_t i = 0; i < 2; i++) {
            struct qdpi_qmp_reader reader;
            json_t *message;
            char *text = reader_message_of(QDPI_QMP_MESSAGE_MAX + extra, ends[i]);
            qdpi_qmp_reader_init(&reader);
            reader_feed(&reader, text, strlen(text));
            if (extra == 1) {
                reader_assert_broken(&reader, "longer than any of QEMU's");
            } else {
                assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), i == 0);
                json_decref(message);
                assert_true(i == 1 || reader.capacity <= 65536);
            }
            qdpi_qmp_reader_free(&reader);
            free(text);
        }
    }
}

/// As many values as are allowed are read, one more is refused; what is inside a string is none,
/// and each message has its own.
static void test_next_many_values(void **state)
{
    const size_t most = QDPI_QMP_VALUES_MAX;
    struct qdpi_qmp_reader reader;
    struct qdpi_error error = {.text = ""};
    char *text = malloc(2 * most + 64);
    json_t *message;
    size_t length = 0;

    (void)state;
    assert_non_null(text);
    // {"a":"[{,","b":[0,0,...]}: three outside the list's own commas.
    length = (size_t)sprintf(text, "%s", "{\"a\":\"[{,,,\",\"b\":[0");
    for (size_t i = 3; i < most; i++) {
        text[length++] = ',';
        text[length++] = '0';
    }
    text[length++] = ']';
    text[length++] = '}';
    qdpi_qmp_reader_init(&reader);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(qdpi_qmp_reader_feed(&reader, text, length, &error), 0);
        assert_int_equal(qdpi_qmp_reader_next(&reader, &message, &error), 1);
        assert_int_equal(json_array_size(json_object_get(message, "b")), most - 2);
        json_decref(message);
    }
    length -= 2;
    (void)sprintf(text + length, "%s", ",0]}");
    assert_int_equal(qdpi_qmp_reader_feed(&reader, text, length + 4, &error), 0);
    assert_int_equal(qdpi_qmp_reader_next(&reader, &message, &error), -EPROTO);
    assert_non_null(strstr(error.text, "more values than any of QEMU's"));
    qdpi_qmp_reader_free(&reader);
    free(text);
}

/** {"a":[[...]]}: an object and `depth - 1` arrays. */
static char *nested(size_t depth)
{
    char *text = malloc(2 * depth + 5);

    assert_non_null(text);
    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', depth - 1);
    memset(text + 4 + depth, ']', depth - 1);
    memcpy(text + 3 + 2 * depth, "}", 2);
    return text;
}

/// 1000 levels are read right, 100 000 are refused in time, and so is the first level too many.
static void test_next_depth(void **state)
{
    const size_t accepted[] = {2, 1000, JSON_PARSER_MAX_DEPTH};
    const size_t refused[] = {JSON_PARSER_MAX_DEPTH + 1, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct qdpi_qmp_reader reader;
        json_t *message;
        char *text = nested(accepted[i]);
        qdpi_qmp_reader_init(&reader);
        reader_feed(&reader, text, strlen(text));
        assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
        const json_t *value = json_object_get(message, "a");
        size_t depth = 1;
        for (; value != NULL; value = json_array_get(value, 0)) {
            depth++;
        }
        assert_int_equal(depth, accepted[i]);
        json_decref(message);
        qdpi_qmp_reader_free(&reader);
        free(text);
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char *text = nested(refused[i]);
        assert_breaks(text, strlen(text), "nested deeper than any of QEMU's");
        free(text);
    }
    // Refused as soon as it is too deep: nobody has to send the rest.
    char *text = nested(100000);
    assert_breaks(text, 5 + JSON_PARSER_MAX_DEPTH, "nested deeper");
    free(text);
}

/// What is not QMP is quoted with its non-printing bytes made visible.
static void test_next_nonsense(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"x", "found `x`, which is not a JSON object"},
        {"[]", "found `[]`, which is not a JSON object"},
        {"[{\"return\":{}}]", "not a JSON object"},
        {"\"QMP\"", "not a JSON object"},
        {"42", "not a JSON object"},
        {"null", "not a JSON object"},
        {"}", "found `}`"},
        {"]", "found `]`"},
        {",{}", "found `,{}`"},
        {"\xff\xfe", "found `\\xff\\xfe`"},
        {"\x01\x7f\x1b[0m", "found `\\x01\\x7f\\x1b[0m`"},
        {"\xef\xbb\xbf{}", "found `\\xef\\xbb\\xbf{}`"},
        {" \r\n\tHTTP/1.1 400 Bad Request\r\n\r\n", "found `HTTP/1.1 400 Bad Request\\r\\n\\r\\n`"},
        {"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3 and more text after it",
         "found `SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3 and more ...`"},
        {"QEMU 7.2.22 monitor - type 'help' for more information\r\n(qemu) ",
         "found `QEMU 7.2.22 monitor - type 'help' for more infor...`"},
        {"{x}", "which is not valid JSON ("},
        {"{{}}", "not valid JSON"},
        {"{]", "not valid JSON"},
        {"{\"a\":1]", "not valid JSON"},
        {"{\"a\":[1}}", "not valid JSON"},
        {"{\"a\":1,}", "not valid JSON"},
        {"{'a':1}", "not valid JSON"},
        {"{\"a\":01}", "not valid JSON"},
        {"{\"a\":NaN}", "not valid JSON"},
        {"{\"a\":1e999}", "not valid JSON"},
        {"{\"a\":1,\"a\":2}", "not valid JSON (duplicate object key"},
        {"{\"a\":\"\xff\"}", "not valid JSON"},
        {"{\"a\":\"\xed\xa0\x80\"}", "not valid JSON"},
        {"{\"a\":\"\n\"}", "not valid JSON"},
        {"{\"a\":\"\\x41\"}", "not valid JSON"},
        {"{\"a\":\"\\ud800\"}", "not valid JSON"},
        {"{\"a\":\"\\u0000\"}", "not valid JSON"},
        {"{\"a\" 1}", "not valid JSON"},
        {"{/* no comment */}", "not valid JSON"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_breaks(cases[i].text, strlen(cases[i].text), cases[i].words);
    }
    assert_breaks("\0{}", 3, "found `\\x00{}`");
    assert_breaks("{\0}", 3, "found `{\\x00}`");
    // The longest quotation: every byte needs four characters.
    char text[64];
    memset(text, '\x80', sizeof text);
    assert_breaks(text, 48, "\\x80`");
    assert_breaks(text, 49, "\\x80...`");
}

/// Good messages before the nonsense are delivered, and it is the nonsense that is quoted.
static void test_next_good_then_bad(void **state)
{
    struct qdpi_qmp_reader reader;

    (void)state;
    qdpi_qmp_reader_init(&reader);
    reader_feed(&reader, "{\"a\":1}\r\n{\"b\":2}oops", 20);
    reader_assert_message(&reader, "{\"a\":1}");
    reader_assert_message(&reader, "{\"b\":2}");
    reader_assert_broken(&reader, "found `oops`");
    qdpi_qmp_reader_free(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_longest_message), cmocka_unit_test(test_next_many_values),
        cmocka_unit_test(test_next_depth),           cmocka_unit_test(test_next_nonsense),
        cmocka_unit_test(test_next_good_then_bad),
    };
    return qdpi_run_group(tests);
}
