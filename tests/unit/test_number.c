// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Numbers as people type them: what is taken, and what is refused with its text.

#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qdpi_cmocka.h"

// A parser that goes on after an error, and what it has said.
struct talk {
    struct argp_state state;
    char *said;
    size_t size;
};

static void begin(struct talk *talk)
{
    static const struct argp nothing = {0};
    *talk = (struct talk){.state = {.root_argp = &nothing, .flags = ARGP_NO_EXIT, .name = "test"}};
    talk->state.err_stream = open_memstream(&talk->said, &talk->size);
    assert_non_null(talk->state.err_stream);
}

static void end(struct talk *talk, const char *expected)
{
    assert_int_equal(fclose(talk->state.err_stream), 0);
    if (expected == NULL) {
        assert_string_equal(talk->said, "");
    } else {
        assert_non_null(strstr(talk->said, expected));
    }
    free(talk->said);
}

static void assert_number(const char *text, uint64_t expected)
{
    struct talk talk;
    begin(&talk);
    assert_int_equal(qdpi_parse_number(&talk.state, "GPA", text), expected);
    end(&talk, NULL);
}

static void assert_no_number(const char *text)
{
    struct talk talk;
    char expected[128];
    snprintf(expected, sizeof expected, "'%s' is no GPA", text);
    begin(&talk);
    (void)qdpi_parse_number(&talk.state, "GPA", text);
    end(&talk, expected);
}

static void assert_value(const char *text, unsigned width, uint64_t expected)
{
    struct talk talk;
    begin(&talk);
    assert_int_equal(qdpi_parse_value(&talk.state, text, width), expected);
    end(&talk, NULL);
}

static void assert_no_value(const char *text, unsigned width, const char *expected)
{
    struct talk talk;
    begin(&talk);
    (void)qdpi_parse_value(&talk.state, text, width);
    end(&talk, expected);
}

/// Each base, to the last number that 64 bits hold; a leading 0 is no base.
static void test_parse_number_bases(void **state)
{
    (void)state;
    assert_number("0", 0);
    assert_number("010", 10);
    assert_number("18446744073709551615", UINT64_MAX);
    assert_number("0x0", 0);
    assert_number("0XaBcDeF", 0xabcdef);
    assert_number("0xffffffffffffffff", UINT64_MAX);
    assert_number("0b101", 5);
    assert_number("0B1111111111111111111111111111111111111111111111111111111111111111", UINT64_MAX);
}

static void test_parse_number_separators(void **state)
{
    (void)state;
    assert_number("0x10_0000", 0x100000);
    assert_number("1_2_3", 123);
    assert_no_number("_1");
    assert_no_number("1_");
    assert_no_number("1__2");
    assert_no_number("0x_1");
    assert_no_number("1_K");
}

static void test_parse_number_suffixes(void **state)
{
    (void)state;
    assert_number("1K", 1 << 10);
    assert_number("3m", 3 << 20);
    assert_number("0x10G", UINT64_C(16) << 30);
    assert_number("16777215T", UINT64_C(16777215) << 40);
    assert_no_number("16777216T");
    assert_no_number("1KK");
    assert_no_number("K");
    assert_no_number("1Q");
}

static void test_parse_number_sums(void **state)
{
    (void)state;
    assert_number("3G+0x40", (UINT64_C(3) << 30) + 0x40);
    assert_number("1M-1", 0xfffff);
    assert_number("1+2-3+4", 4);
    assert_number("0xffffffffffffffff-0xffffffffffffffff", 0);
    assert_no_number("1-2");
    assert_no_number("0xffffffffffffffff+1");
    assert_no_number("1+");
    assert_no_number("+1");
    assert_no_number("-1");
    assert_no_number("1++1");
}

static void test_parse_number_refuses(void **state)
{
    (void)state;
    assert_no_number("");
    assert_no_number(" 1");
    assert_no_number("1 ");
    assert_no_number("0x");
    assert_no_number("0b");
    assert_no_number("0b2");
    assert_no_number("0xg");
    assert_no_number("12a");
    assert_no_number("18446744073709551616");
    assert_no_number("0x10000000000000000");
    assert_no_number("1.5");
}

static void test_parse_width(void **state)
{
    static const char *const wrong[] = {"", "0", "3", "16", "-1", "4 ", "x"};
    struct talk talk;
    (void)state;
    for (unsigned width = 1; width <= 8; width *= 2) {
        const char text[] = {(char)('0' + width), '\0'};
        begin(&talk);
        assert_int_equal(qdpi_parse_width(&talk.state, text), width);
        end(&talk, NULL);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        begin(&talk);
        (void)qdpi_parse_width(&talk.state, wrong[i]);
        end(&talk, "is no width");
    }
}

/// From the most negative to the largest value of each width; one more does not fit.
static void test_parse_value_fits(void **state)
{
    (void)state;
    assert_value("255", 1, 0xff);
    assert_value("-128", 1, 0x80);
    assert_value("-1", 1, 0xff);
    assert_value("-0", 1, 0);
    assert_value("0xffff", 2, 0xffff);
    assert_value("-0x8000", 2, 0x8000);
    assert_value("4G-1", 4, 0xffffffff);
    assert_value("-2147483648", 4, 0x80000000);
    assert_value("0xffffffffffffffff", 8, UINT64_MAX);
    assert_value("-0x8000000000000000", 8, UINT64_C(1) << 63);
    assert_no_value("256", 1, "'256' does not fit into 1 byte:");
    assert_no_value("-129", 1, "'-129' does not fit into 1 byte:");
    assert_no_value("64K", 2, "does not fit into 2 bytes:");
    assert_no_value("-32769", 2, "does not fit into 2 bytes:");
    assert_no_value("4G", 4, "does not fit into 4 bytes:");
    assert_no_value("-0x8000000000000001", 8, "does not fit into 8 bytes:");
    assert_no_value("0x10000000000000000", 8, "'0x10000000000000000' is no value");
    assert_no_value("--1", 4, "'--1' is no value");
    assert_no_value("-", 4, "'-' is no value");
    assert_no_value("", 4, "'' is no value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_number_bases),
        cmocka_unit_test(test_parse_number_separators),
        cmocka_unit_test(test_parse_number_suffixes),
        cmocka_unit_test(test_parse_number_sums),
        cmocka_unit_test(test_parse_number_refuses),
        cmocka_unit_test(test_parse_width),
        cmocka_unit_test(test_parse_value_fits),
    };
    return qdpi_run_group(tests);
}
