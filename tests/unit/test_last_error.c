// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The sentence that goes with a negative result.

#include "last_error.h"

#include <errno.h>
#include <string.h>

#include "qdpi_cmocka.h"

/// A failure is one expression: the result is handed back, the sentence is formatted.
static void test_fail_records_and_returns(void **state)
{
    struct qdpi_error error = {.text = ""};

    (void)state;
    assert_int_equal(qdpi_fail(&error, -ENOENT, "open %s: no %d", "file", 42), -ENOENT);
    assert_string_equal(error.text, "open file: no 42");
}

/// The first failure is the cause: later ones do not replace it.
static void test_fail_keeps_the_first_sentence(void **state)
{
    struct qdpi_error error = {.text = ""};

    (void)state;
    assert_int_equal(qdpi_fail(&error, -EIO, "first"), -EIO);
    assert_int_equal(qdpi_fail(&error, -EPROTO, "second"), -EPROTO);
    assert_string_equal(error.text, "first");
    error.text[0] = '\0';
    assert_int_equal(qdpi_fail(&error, -EPROTO, "third"), -EPROTO);
    assert_string_equal(error.text, "third");
}

/// Nobody has to want the sentence.
static void test_fail_without_error_object(void **state)
{
    (void)state;
    assert_int_equal(qdpi_fail(NULL, -EINVAL, "nobody reads %s", "this"), -EINVAL);
}

/// A sentence of any length fits or is cut; nothing is written behind the object.
static void test_fail_cuts_a_long_sentence(void **state)
{
    struct {
        struct qdpi_error error;
        char canary[8];
    } object = {.error = {.text = ""}, .canary = "canary!"};
    char word[2 * QDPI_ERROR_TEXT_MAX];

    (void)state;
    for (size_t length = QDPI_ERROR_TEXT_MAX - 2; length < sizeof word; length++) {
        memset(word, 'x', length);
        word[length] = '\0';
        object.error.text[0] = '\0';
        assert_int_equal(qdpi_fail(&object.error, -EINVAL, "%s", word), -EINVAL);
        size_t fits = length < QDPI_ERROR_TEXT_MAX - 1 ? length : QDPI_ERROR_TEXT_MAX - 1;
        assert_int_equal(strlen(object.error.text), fits);
        assert_memory_equal(object.error.text, word, fits);
        assert_string_equal(object.canary, "canary!");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_records_and_returns),
        cmocka_unit_test(test_fail_keeps_the_first_sentence),
        cmocka_unit_test(test_fail_without_error_object),
        cmocka_unit_test(test_fail_cuts_a_long_sentence),
    };
    return qdpi_run_group(tests);
}
