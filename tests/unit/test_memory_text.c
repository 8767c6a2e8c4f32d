// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory as text: lines of bytes as xxd has them, values in each notation.

#include <string.h>

#include "hex_view.h"
#include "qdpi_cmocka.h"
#include "value_format.h"

static void assert_line(uint64_t address, const char *data, size_t size, const char *expected)
{
    struct {
        char line[QDPI_HEX_VIEW_LINE];
        uint64_t canary;
    } got = {.canary = 0x5555aaaa5555aaaa};
    const size_t length = qdpi_hex_view_line(got.line, address, (const unsigned char *)data, size);
    assert_string_equal(got.line, expected);
    assert_int_equal(length, strlen(expected));
    assert_true(got.canary == 0x5555aaaa5555aaaa);
}

/// What `xxd` prints for the same bytes; columns stay where they are in a short line.
static void test_hex_view_line(void **state)
{
    (void)state;
    assert_line(0x1000, "Hello, guest! \x7f\x1f", 16,
                "00001000: 4865 6c6c 6f2c 2067 7565 7374 2120 7f1f  Hello, guest! ..\n");
    assert_line(0, "\x00\xff~", 3, "00000000: 00ff 7e                                  ..~\n");
    assert_line(0xffffffff, "a", 1, "ffffffff: 61                                       a\n");
}

/// An address of more than 32 bits has the digits it needs, at most 16.
static void test_hex_view_line_address(void **state)
{
    (void)state;
    assert_line(0x123456789, "0123456789abcdef", 16,
                "123456789: 3031 3233 3435 3637 3839 6162 6364 6566  0123456789abcdef\n");
    assert_line(UINT64_MAX - 15, "0123456789abcdef", 16,
                "fffffffffffffff0: 3031 3233 3435 3637 3839 6162 6364 6566  0123456789abcdef\n");
}

static void assert_text(enum qdpi_value_notation notation, uint64_t value, unsigned width,
                        const char *expected)
{
    char text[QDPI_VALUE_TEXT];
    assert_string_equal(qdpi_value_format(text, notation, value, width), expected);
}

static void test_value_format(void **state)
{
    (void)state;
    assert_text(QDPI_NOTATION_HEX, 0xa, 1, "0x0a");
    assert_text(QDPI_NOTATION_HEX, 0xa, 8, "0x000000000000000a");
    assert_text(QDPI_NOTATION_DEC, UINT64_MAX, 8, "18446744073709551615");
    assert_text(QDPI_NOTATION_DEC, 200, 1, "200");
    assert_text(QDPI_NOTATION_SIGNED, 200, 1, "-56");
    assert_text(QDPI_NOTATION_SIGNED, 0x7fff, 2, "32767");
    assert_text(QDPI_NOTATION_SIGNED, 0x8000, 2, "-32768");
    assert_text(QDPI_NOTATION_SIGNED, 0x80000000, 4, "-2147483648");
    assert_text(QDPI_NOTATION_SIGNED, UINT64_C(1) << 63, 8, "-9223372036854775808");
    assert_text(QDPI_NOTATION_BIN, 0x5, 1, "0b00000101");
    assert_text(QDPI_NOTATION_BIN, 0x8001, 2, "0b10000000_00000001");
}

/// Columns are as wide as the longest value: lines below each other are aligned.
static void test_value_format_all(void **state)
{
    char first[QDPI_VALUE_TEXT];
    char second[QDPI_VALUE_TEXT];
    (void)state;
    assert_text(QDPI_NOTATION_ALL, 0xfe, 1, "0xfe 254   -2 0b11111110");
    for (unsigned width = 1; width <= 8; width *= 2) {
        const uint64_t least = UINT64_C(1) << (8 * width - 1);
        assert_int_equal(strlen(qdpi_value_format(first, QDPI_NOTATION_ALL, 0, width)),
                         strlen(qdpi_value_format(second, QDPI_NOTATION_ALL, least, width)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex_view_line),
        cmocka_unit_test(test_hex_view_line_address),
        cmocka_unit_test(test_value_format),
        cmocka_unit_test(test_value_format_all),
    };
    return qdpi_run_group(tests);
}
