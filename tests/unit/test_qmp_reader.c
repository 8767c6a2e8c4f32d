// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP bytes -> messages: however they arrive, whatever they are.

#include "qmp_reader.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qdpi_cmocka.h"

static void feed(struct qdpi_qmp_reader *reader, const char *bytes, size_t count)
{
    struct qdpi_error error = {.text = ""};

    assert_int_equal(qdpi_qmp_reader_feed(reader, bytes, count, &error), 0);
    assert_string_equal(error.text, "");
}

/** Take a message that is there, and check that it is `expected`, as compact JSON. */
static void assert_message(struct qdpi_qmp_reader *reader, const char *expected)
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

static void assert_no_message(struct qdpi_qmp_reader *reader)
{
    struct qdpi_error error = {.text = ""};
    json_t *message = (json_t *)&error;

    assert_int_equal(qdpi_qmp_reader_next(reader, &message, &error), 0);
    assert_null(message);
    assert_string_equal(error.text, "");
}

/** The stream breaks, with `words` and with what to do in the sentence, and stays broken. */
static void assert_broken(struct qdpi_qmp_reader *reader, const char *words)
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

/** A fresh reader that is given `text` breaks with `words` in the sentence. */
static void assert_breaks(const char *text, size_t count, const char *words)
{
    struct qdpi_qmp_reader reader;

    qdpi_qmp_reader_init(&reader);
    feed(&reader, text, count);
    assert_broken(&reader, words);
    qdpi_qmp_reader_free(&reader);
}

/** A piece of a QMP session, with everything in it that can mislead a framer, and its messages. */
static const char session[] =
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}}, "
    "\"capabilities\": [\"oob\"]}}\r\n"
    "{\"return\": {}, \"id\": 1}\r\n"
    "{\"return\": \"}{][ \\\"}\\\\\\\" \\\\\", \"id\": 2}{\"event\":\"STOP\"}"
    " \t\r\n{\"return\": [], \"id\": 3}\n"
    "{\"return\": \"\\u00e4\\ud83d\\ude00 \xc3\xa4\", \"id\": -4}";

static const char *const session_messages[] = {
    ("{\"QMP\":{\"version\":{\"qemu\":{\"micro\":22,\"minor\":2,\"major\":7}},"
     "\"capabilities\":[\"oob\"]}}"),
    "{\"return\":{},\"id\":1}",
    "{\"return\":\"}{][ \\\"}\\\\\\\" \\\\\",\"id\":2}",
    "{\"event\":\"STOP\"}",
    "{\"return\":[],\"id\":3}",
    "{\"return\":\"\xc3\xa4\xf0\x9f\x98\x80 \xc3\xa4\",\"id\":-4}",
};

enum { SESSION_MESSAGES = sizeof session_messages / sizeof session_messages[0] };

/// A fresh reader has nothing to give, and can be freed any number of times.
static void test_init_and_free(void **state)
{
    struct qdpi_qmp_reader reader;

    (void)state;
    qdpi_qmp_reader_init(&reader);
    assert_no_message(&reader);
    feed(&reader, "", 0);
    assert_no_message(&reader);
    feed(&reader, "{\"a\":", 5);
    qdpi_qmp_reader_free(&reader);
    qdpi_qmp_reader_free(&reader);
    // Freed in the middle of a message, it is as good as new.
    feed(&reader, "{}", 2);
    assert_message(&reader, "{}");
    qdpi_qmp_reader_free(&reader);
}

/// All messages at once come out one by one.
static void test_next_all_at_once(void **state)
{
    struct qdpi_qmp_reader reader;

    (void)state;
    qdpi_qmp_reader_init(&reader);
    feed(&reader, session, sizeof session - 1);
    for (int i = 0; i < SESSION_MESSAGES; i++) {
        assert_message(&reader, session_messages[i]);
    }
    assert_no_message(&reader);
    qdpi_qmp_reader_free(&reader);
}

/// Split at any two places, asked or not asked in between, the messages are the same.
static void test_next_split_anywhere(void **state)
{
    const size_t length = sizeof session - 1;

    (void)state;
    for (size_t first = 0; first <= length; first++) {
        for (size_t second = first; second <= length; second += 7) {
            struct qdpi_qmp_reader reader;
            const size_t ends[] = {first, second, length};
            size_t from = 0;
            int taken = 0;
            qdpi_qmp_reader_init(&reader);
            for (size_t i = 0; i < 3; i++) {
                json_t *message;
                feed(&reader, session + from, ends[i] - from);
                from = ends[i];
                while (qdpi_qmp_reader_next(&reader, &message, NULL) == 1) {
                    char *text = json_dumps(message, JSON_COMPACT);
                    assert_string_equal(text, session_messages[taken++]);
                    free(text);
                    json_decref(message);
                }
            }
            assert_int_equal(taken, SESSION_MESSAGES);
            qdpi_qmp_reader_free(&reader);
        }
    }
}

/// Byte by byte, a message is there with its last byte and not before.
static void test_next_byte_by_byte(void **state)
{
    static const char text[] = "{\"a\": {\"b\": [1, \"}\"]}}";
    struct qdpi_qmp_reader reader;

    (void)state;
    qdpi_qmp_reader_init(&reader);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        assert_no_message(&reader);
        feed(&reader, text + i, 1);
    }
    assert_message(&reader, "{\"a\":{\"b\":[1,\"}\"]}}");
    assert_no_message(&reader);
    qdpi_qmp_reader_free(&reader);
}

/// However the bytes of a message come, each is looked at once: `scanned` never goes back.
static void test_next_scans_each_byte_once(void **state)
{
    struct qdpi_qmp_reader reader;

    (void)state;
    qdpi_qmp_reader_init(&reader);
    feed(&reader, "{\"a\": \"", 7);
    for (size_t i = 0; i < 1000; i++) {
        assert_no_message(&reader);
        assert_int_equal(reader.scanned, reader.length);
        feed(&reader, "x", 1);
    }
    qdpi_qmp_reader_free(&reader);
}

/** A message of exactly `size` bytes: a string of x, with `end` instead of the last bytes. */
static char *message_of(size_t size, const char *end)
{
    char *text = malloc(size + 1);

    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + size - strlen(end), end, strlen(end) + 1);
    return text;
}

/// A message of 1 MiB, in one piece and in pieces of all sorts; then the memory is given back.
static void test_next_one_mebibyte(void **state)
{
    const size_t size = (size_t)1 << 20;
    const size_t pieces[] = {1, 13, 4096, 65536, 65537, size};
    char *text = message_of(size, "\"}");

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct qdpi_qmp_reader reader;
        json_t *message;
        qdpi_qmp_reader_init(&reader);
        for (size_t at = 0; at < size; at += pieces[i]) {
            assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 0);
            feed(&reader, text + at, size - at < pieces[i] ? size - at : pieces[i]);
        }
        feed(&reader, "{\"b\"", 4);
        assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
        assert_int_equal(json_string_length(json_object_get(message, "a")), size - 8);
        json_decref(message);
        assert_true(reader.capacity <= 65536);
        feed(&reader, ":2}", 3);
        assert_message(&reader, "{\"b\":2}");
        qdpi_qmp_reader_free(&reader);
    }
    free(text);
}

/// Half a message, looked at already, goes on where it was when the buffer is moved under it.
static void test_next_moved_in_the_middle(void **state)
{
    struct qdpi_qmp_reader reader;
    char *text = message_of(100000, "");
    json_t *message;

    (void)state;
    // The first bytes that are new after the move are those that end the message.
    memset(text + 1000, ' ', 100000 - 1000);
    memcpy(text + 1000, "\"}", 2);
    qdpi_qmp_reader_init(&reader);
    feed(&reader, "{\"taken\":[\"]\"]}", 15);
    feed(&reader, text, 1000);
    assert_message(&reader, "{\"taken\":[\"]\"]}");
    assert_no_message(&reader);
    assert_true(reader.start > 0);
    feed(&reader, text + 1000, 100000 - 1000);
    assert_true(reader.start == 0);
    assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
    assert_int_equal(json_string_length(json_object_get(message, "a")), 1000 - 6);
    json_decref(message);
    assert_no_message(&reader);
    qdpi_qmp_reader_free(&reader);
    free(text);
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
            char *text = message_of(QDPI_QMP_MESSAGE_MAX + extra, ends[i]);
            qdpi_qmp_reader_init(&reader);
            feed(&reader, text, strlen(text));
            if (extra == 1) {
                assert_broken(&reader, "longer than any of QEMU's");
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

/// 400 000 messages glued to each other in one piece take time in proportion to their length.
static void test_next_many_glued(void **state)
{
    enum { COUNT = 400000, SIZE = 9 };
    struct qdpi_qmp_reader reader;
    char *text = malloc(COUNT * SIZE);

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < COUNT; i++) {
        memcpy(text + i * SIZE, "{\"i\":1__}", SIZE);
        text[i * SIZE + 6] = (char)('0' + i / 10 % 10);
        text[i * SIZE + 7] = (char)('0' + i % 10);
    }
    qdpi_qmp_reader_init(&reader);
    feed(&reader, text, COUNT * SIZE);
    for (int i = 0; i < COUNT; i++) {
        json_t *message;
        assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
        assert_int_equal(json_integer_value(json_object_get(message, "i")), 100 + i % 100);
        json_decref(message);
    }
    assert_no_message(&reader);
    qdpi_qmp_reader_free(&reader);
    free(text);
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

/// White space alone does not pile up, and is never a message.
static void test_next_white_space(void **state)
{
    struct qdpi_qmp_reader reader;
    char blanks[10000];

    (void)state;
    memset(blanks, ' ', sizeof blanks);
    qdpi_qmp_reader_init(&reader);
    for (int i = 0; i < 2000; i++) {
        feed(&reader, blanks, sizeof blanks);
        assert_no_message(&reader);
        assert_true(reader.capacity <= 65536);
    }
    feed(&reader, "{}", 2);
    assert_message(&reader, "{}");
    qdpi_qmp_reader_free(&reader);
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
        feed(&reader, text, strlen(text));
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
    feed(&reader, "{\"a\":1}\r\n{\"b\":2}oops", 20);
    assert_message(&reader, "{\"a\":1}");
    assert_message(&reader, "{\"b\":2}");
    assert_broken(&reader, "found `oops`");
    qdpi_qmp_reader_free(&reader);
}

/// 64-bit numbers without a sign are no reason to give up a connection.
static void test_next_large_numbers(void **state)
{
    struct qdpi_qmp_reader reader;
    json_t *message;
    static const char text[] = "{\"size\":18446744073709551615,\"small\":3}"
                               "{\"max\":9223372036854775807,\"min\":-9223372036854775808}";

    (void)state;
    qdpi_qmp_reader_init(&reader);
    feed(&reader, text, sizeof text - 1);
    assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
    assert_true(json_number_value(json_object_get(message, "size")) > 1.8e19);
    assert_int_equal((int)json_number_value(json_object_get(message, "small")), 3);
    json_decref(message);
    assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
    assert_true(json_integer_value(json_object_get(message, "max")) == INT64_MAX);
    assert_true(json_integer_value(json_object_get(message, "min")) == INT64_MIN);
    json_decref(message);
    qdpi_qmp_reader_free(&reader);
}

static bool is_out_of_memory;

static void *allocate(size_t size)
{
    return is_out_of_memory ? NULL : malloc(size);
}

/// Out of memory, a message is not lost: it comes when there is memory again.
static void test_next_out_of_memory(void **state)
{
    struct qdpi_qmp_reader reader;
    struct qdpi_error error = {.text = ""};
    json_malloc_t old_malloc;
    json_free_t old_free;
    json_t *message;

    (void)state;
    json_get_alloc_funcs(&old_malloc, &old_free);
    json_set_alloc_funcs(allocate, free);
    qdpi_qmp_reader_init(&reader);
    feed(&reader, "{\"a\":[1]}{\"b\":2}", 16);
    is_out_of_memory = true;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(qdpi_qmp_reader_next(&reader, &message, &error), -ENOMEM);
        assert_null(message);
        assert_string_equal(error.text, "read QMP: no memory for a message of 9 bytes");
    }
    is_out_of_memory = false;
    assert_message(&reader, "{\"a\":[1]}");
    assert_message(&reader, "{\"b\":2}");
    assert_no_message(&reader);
    // More at once than an address space holds.
    error.text[0] = '\0';
    assert_int_equal(qdpi_qmp_reader_feed(&reader, "", SIZE_MAX, &error), -ENOMEM);
    assert_non_null(strstr(error.text, "too many"));
    feed(&reader, "{}", 2);
    assert_message(&reader, "{}");
    qdpi_qmp_reader_free(&reader);
    json_set_alloc_funcs(old_malloc, old_free);
}

/// A message can be looked at, as often as one likes, and then be taken or dropped.
static void test_peek_and_drop(void **state)
{
    static const char glued[] = " {\"a\": \"}\"}\r\n{\"b\":2}{\"c\":3}x";
    struct qdpi_qmp_reader reader;
    struct qdpi_error error = {.text = ""};
    const char *text = NULL;
    size_t count = 0;

    (void)state;
    qdpi_qmp_reader_init(&reader);
    for (size_t at = 0; at < 11; at++) {
        assert_int_equal(qdpi_qmp_reader_peek(&reader, &text, &count, &error), 0);
        qdpi_qmp_reader_drop(&reader);  // nothing is there yet
        feed(&reader, glued + at, 1);
    }
    feed(&reader, glued + 11, strlen(glued) - 11);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(qdpi_qmp_reader_peek(&reader, &text, &count, &error), 1);
        assert_int_equal(count, 10);
        assert_memory_equal(text, "{\"a\": \"}\"}", 10);
    }
    qdpi_qmp_reader_drop(&reader);
    qdpi_qmp_reader_drop(&reader);  // no more than the one that was looked at
    assert_int_equal(qdpi_qmp_reader_peek(&reader, &text, &count, &error), 1);
    assert_message(&reader, "{\"b\":2}");
    assert_message(&reader, "{\"c\":3}");
    assert_int_equal(qdpi_qmp_reader_peek(&reader, &text, &count, &error), -EPROTO);
    qdpi_qmp_reader_drop(&reader);
    assert_broken(&reader, "`x`");
    // What is skipped is not what was looked at.
    assert_int_equal(qdpi_qmp_reader_skip_line(&reader), 0);
    feed(&reader, "{\"d\":4} \n{\"e\":5}", 17);
    assert_int_equal(qdpi_qmp_reader_skip_line(&reader), 1);
    assert_int_equal(qdpi_qmp_reader_peek(&reader, &text, &count, &error), 1);
    assert_int_equal(qdpi_qmp_reader_skip_line(&reader), 0);
    assert_no_message(&reader);
    qdpi_qmp_reader_free(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init_and_free),
        cmocka_unit_test(test_next_all_at_once),
        cmocka_unit_test(test_next_split_anywhere),
        cmocka_unit_test(test_next_byte_by_byte),
        cmocka_unit_test(test_next_scans_each_byte_once),
        cmocka_unit_test(test_next_one_mebibyte),
        cmocka_unit_test(test_next_moved_in_the_middle),
        cmocka_unit_test(test_next_longest_message),
        cmocka_unit_test(test_next_many_glued),
        cmocka_unit_test(test_next_many_values),
        cmocka_unit_test(test_next_white_space),
        cmocka_unit_test(test_next_depth),
        cmocka_unit_test(test_next_nonsense),
        cmocka_unit_test(test_next_good_then_bad),
        cmocka_unit_test(test_next_large_numbers),
        cmocka_unit_test(test_next_out_of_memory),
        cmocka_unit_test(test_peek_and_drop),
    };
    return qdpi_run_group(tests);
}
