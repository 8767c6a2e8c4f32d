// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP bytes -> messages: however they arrive.

#include "qmp_reader.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "qdpi_cmocka.h"
#include "reader_checks.h"

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
    reader_assert_no_message(&reader);
    reader_feed(&reader, "", 0);
    reader_assert_no_message(&reader);
    reader_feed(&reader, "{\"a\":", 5);
    qdpi_qmp_reader_free(&reader);
    qdpi_qmp_reader_free(&reader);
    // Freed in the middle of a message, it is as good as new.
    reader_feed(&reader, "{}", 2);
    reader_assert_message(&reader, "{}");
    qdpi_qmp_reader_free(&reader);
}

/// All messages at once come out one by one.
static void test_next_all_at_once(void **state)
{
    struct qdpi_qmp_reader reader;

    (void)state;
    qdpi_qmp_reader_init(&reader);
    reader_feed(&reader, session, sizeof session - 1);
    for (int i = 0; i < SESSION_MESSAGES; i++) {
        reader_assert_message(&reader, session_messages[i]);
    }
    reader_assert_no_message(&reader);
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
                reader_feed(&reader, session + from, ends[i] - from);
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
        reader_assert_no_message(&reader);
        reader_feed(&reader, text + i, 1);
    }
    reader_assert_message(&reader, "{\"a\":{\"b\":[1,\"}\"]}}");
    reader_assert_no_message(&reader);
    qdpi_qmp_reader_free(&reader);
}

/// However the bytes of a message come, each is looked at once: `scanned` never goes back.
static void test_next_scans_each_byte_once(void **state)
{
    struct qdpi_qmp_reader reader;

    (void)state;
    qdpi_qmp_reader_init(&reader);
    reader_feed(&reader, "{\"a\": \"", 7);
    for (size_t i = 0; i < 1000; i++) {
        reader_assert_no_message(&reader);
        assert_int_equal(reader.scanned, reader.length);
        reader_feed(&reader, "x", 1);
    }
    qdpi_qmp_reader_free(&reader);
}

/// A message of 1 MiB, in one piece and in pieces of all sorts; then the memory is given back.
static void test_next_one_mebibyte(void **state)
{
    const size_t size = (size_t)1 << 20;
    const size_t pieces[] = {1, 13, 4096, 65536, 65537, size};
    char *text = reader_message_of(size, "\"}");

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct qdpi_qmp_reader reader;
        json_t *message;
        qdpi_qmp_reader_init(&reader);
        for (size_t at = 0; at < size; at += pieces[i]) {
            assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 0);
            reader_feed(&reader, text + at, size - at < pieces[i] ? size - at : pieces[i]);
        }
        reader_feed(&reader, "{\"b\"", 4);
        assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
        assert_int_equal(json_string_length(json_object_get(message, "a")), size - 8);
        json_decref(message);
        assert_true(reader.capacity <= 65536);
        reader_feed(&reader, ":2}", 3);
        reader_assert_message(&reader, "{\"b\":2}");
        qdpi_qmp_reader_free(&reader);
    }
    free(text);
}

/// Half a message, looked at already, goes on where it was when the buffer is moved under it.
static void test_next_moved_in_the_middle(void **state)
{
    struct qdpi_qmp_reader reader;
    char *text = reader_message_of(100000, "");
    json_t *message;

    (void)state;
    // The first bytes that are new after the move are those that end the message.
    memset(text + 1000, ' ', 100000 - 1000);
    memcpy(text + 1000, "\"}", 2);
    qdpi_qmp_reader_init(&reader);
    reader_feed(&reader, "{\"taken\":[\"]\"]}", 15);
    reader_feed(&reader, text, 1000);
    reader_assert_message(&reader, "{\"taken\":[\"]\"]}");
    reader_assert_no_message(&reader);
    assert_true(reader.start > 0);
    reader_feed(&reader, text + 1000, 100000 - 1000);
    assert_true(reader.start == 0);
    assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
    assert_int_equal(json_string_length(json_object_get(message, "a")), 1000 - 6);
    json_decref(message);
    reader_assert_no_message(&reader);
    qdpi_qmp_reader_free(&reader);
    free(text);
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
    reader_feed(&reader, text, COUNT * SIZE);
    for (int i = 0; i < COUNT; i++) {
        json_t *message;
        assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
        assert_int_equal(json_integer_value(json_object_get(message, "i")), 100 + i % 100);
        json_decref(message);
    }
    reader_assert_no_message(&reader);
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
        reader_feed(&reader, blanks, sizeof blanks);
        reader_assert_no_message(&reader);
        assert_true(reader.capacity <= 65536);
    }
    reader_feed(&reader, "{}", 2);
    reader_assert_message(&reader, "{}");
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
    reader_feed(&reader, text, sizeof text - 1);
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
    reader_feed(&reader, "{\"a\":[1]}{\"b\":2}", 16);
    is_out_of_memory = true;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(qdpi_qmp_reader_next(&reader, &message, &error), -ENOMEM);
        assert_null(message);
        assert_string_equal(error.text, "read QMP: no memory for a message of 9 bytes");
    }
    is_out_of_memory = false;
    reader_assert_message(&reader, "{\"a\":[1]}");
    reader_assert_message(&reader, "{\"b\":2}");
    reader_assert_no_message(&reader);
    // More at once than an address space holds.
    error.text[0] = '\0';
    assert_int_equal(qdpi_qmp_reader_feed(&reader, "", SIZE_MAX, &error), -ENOMEM);
    assert_non_null(strstr(error.text, "too many"));
    reader_feed(&reader, "{}", 2);
    reader_assert_message(&reader, "{}");
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
        reader_feed(&reader, glued + at, 1);
    }
    reader_feed(&reader, glued + 11, strlen(glued) - 11);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(qdpi_qmp_reader_peek(&reader, &text, &count, &error), 1);
        assert_int_equal(count, 10);
        assert_memory_equal(text, "{\"a\": \"}\"}", 10);
    }
    qdpi_qmp_reader_drop(&reader);
    qdpi_qmp_reader_drop(&reader);  // no more than the one that was looked at
    assert_int_equal(qdpi_qmp_reader_peek(&reader, &text, &count, &error), 1);
    reader_assert_message(&reader, "{\"b\":2}");
    reader_assert_message(&reader, "{\"c\":3}");
    assert_int_equal(qdpi_qmp_reader_peek(&reader, &text, &count, &error), -EPROTO);
    qdpi_qmp_reader_drop(&reader);
    reader_assert_broken(&reader, "`x`");
    // What is skipped is not what was looked at.
    assert_int_equal(qdpi_qmp_reader_skip_line(&reader), 0);
    reader_feed(&reader, "{\"d\":4} \n{\"e\":5}", 17);
    assert_int_equal(qdpi_qmp_reader_skip_line(&reader), 1);
    assert_int_equal(qdpi_qmp_reader_peek(&reader, &text, &count, &error), 1);
    assert_int_equal(qdpi_qmp_reader_skip_line(&reader), 0);
    reader_assert_no_message(&reader);
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
        cmocka_unit_test(test_next_many_glued),
        cmocka_unit_test(test_next_white_space),
        cmocka_unit_test(test_next_large_numbers),
        cmocka_unit_test(test_next_out_of_memory),
        cmocka_unit_test(test_peek_and_drop),
    };
    return qdpi_run_group(tests);
}
