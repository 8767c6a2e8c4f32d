// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Patterns: what text becomes, what is refused, and that all matches are found and nothing else.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "qdpi_cmocka.h"

static struct qdpi_pattern pattern;

static void expect_bytes(const char *bytes, const char *mask, size_t length)
{
    assert_int_equal(pattern.length, length);
    assert_memory_equal(pattern.bytes, bytes, length);
    assert_memory_equal(pattern.mask, mask, length);
}

// ---- Making ------------------------------------------------------------------------------------

static void test_hex_takes_spaces_and_open_digits(void **state)
{
    (void)state;
    assert_null(qdpi_pattern_from_hex(&pattern, " DEad ?? e? ?f\t"));
    expect_bytes("\xde\xad\x00\xe0\x0f", "\xff\xff\x00\xf0\x0f", 5);
}

static void test_bad_hex_is_refused(void **state)
{
    static const char *const bad[] = {"", " ", "d", "de a", "d e", "0x12", "gg", "de ad z?", "?"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_non_null(qdpi_pattern_from_hex(&pattern, bad[i]));
    }
    assert_non_null(strstr(qdpi_pattern_from_hex(&pattern, "?? ????"), "open"));
}

static void test_the_longest_pattern(void **state)
{
    char hex[2 * QDPI_PATTERN_MOST + 3];
    (void)state;
    memset(hex, 'a', sizeof hex);
    hex[2 * QDPI_PATTERN_MOST] = '\0';
    assert_null(qdpi_pattern_from_hex(&pattern, hex));
    assert_int_equal(pattern.length, QDPI_PATTERN_MOST);
    assert_int_equal(pattern.bytes[QDPI_PATTERN_MOST - 1], 0xaa);
    memset(hex, 'a', sizeof hex - 1);
    hex[sizeof hex - 1] = '\0';
    assert_non_null(qdpi_pattern_from_hex(&pattern, hex));
    assert_non_null(qdpi_pattern_from_text(&pattern, hex, QDPI_TEXT_UTF8));
    assert_non_null(qdpi_pattern_from_text(&pattern, hex, QDPI_TEXT_UTF16_LITTLE));
    hex[QDPI_PATTERN_MOST / 2] = '\0';
    assert_null(qdpi_pattern_from_text(&pattern, hex, QDPI_TEXT_UTF16_LITTLE));
    assert_int_equal(pattern.length, QDPI_PATTERN_MOST);
    // Room for half of a pair.
    strcpy(hex + QDPI_PATTERN_MOST / 2 - 1, "\xf0\x9f\x98\x80");
    assert_non_null(qdpi_pattern_from_text(&pattern, hex, QDPI_TEXT_UTF16_LITTLE));
}

static void test_text(void **state)
{
    (void)state;
    assert_null(qdpi_pattern_from_text(&pattern, "a?\xc3\xa4", QDPI_TEXT_UTF8));
    expect_bytes("a?\xc3\xa4", "\xff\xff\xff\xff", 4);
    assert_null(qdpi_pattern_from_text(&pattern, "a\xc3\xa4\xe2\x82\xac", QDPI_TEXT_UTF16_LITTLE));
    expect_bytes("a\0\xe4\0\xac\x20", "\xff\xff\xff\xff\xff\xff", 6);
    // Outside the plane of 16 bits: a pair.
    assert_null(qdpi_pattern_from_text(&pattern, "\xf0\x9f\x98\x80", QDPI_TEXT_UTF16_BIG));
    expect_bytes("\xd8\x3d\xde\x00", "\xff\xff\xff\xff", 4);
}

static void test_bad_text_is_refused(void **state)
{
    // A lone continuation, one that is missing, an overlong form, a surrogate, beyond the last.
    static const char *const bad[] = {
        "\x80", "a\xc3", "\xc3(", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff\xff"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_non_null(qdpi_pattern_from_text(&pattern, bad[i], QDPI_TEXT_UTF16_LITTLE));
        assert_null(qdpi_pattern_from_text(&pattern, bad[i], QDPI_TEXT_UTF8));
    }
    assert_non_null(qdpi_pattern_from_text(&pattern, "", QDPI_TEXT_UTF8));
}

static void test_integers(void **state)
{
    (void)state;
    qdpi_pattern_from_integer(&pattern, 0x1234, 2, false);
    expect_bytes("\x34\x12", "\xff\xff", 2);
    qdpi_pattern_from_integer(&pattern, 0x12345678, 4, true);
    expect_bytes("\x12\x34\x56\x78", "\xff\xff\xff\xff", 4);
}

static void test_masks(void **state)
{
    (void)state;
    assert_null(qdpi_pattern_from_hex(&pattern, "de ad ?? ef"));
    assert_null(qdpi_pattern_mask_hex(&pattern, "ff 0f ff f0"));
    expect_bytes("\xde\x0d\x00\xe0", "\xff\x0f\x00\xf0", 4);
    assert_non_null(qdpi_pattern_mask_hex(&pattern, "ff ff ff"));
    assert_non_null(qdpi_pattern_mask_hex(&pattern, "ff ff ff ??"));
    assert_non_null(qdpi_pattern_mask_hex(&pattern, "00 00 ff 00"));

    qdpi_pattern_from_integer(&pattern, 0x12345678, 4, false);
    assert_null(qdpi_pattern_mask_integer(&pattern, 0xff0000f0, false));
    expect_bytes("\x70\x00\x00\x12", "\xf0\x00\x00\xff", 4);
    qdpi_pattern_from_integer(&pattern, 0x12345678, 4, true);
    assert_null(qdpi_pattern_mask_integer(&pattern, 0xff0000f0, true));
    expect_bytes("\x12\x00\x00\x70", "\xff\x00\x00\xf0", 4);
}

static void test_zeros(void **state)
{
    (void)state;
    qdpi_pattern_from_integer(&pattern, 0, 8, false);
    assert_true(qdpi_pattern_matches_zeros(&pattern));
    qdpi_pattern_from_integer(&pattern, 0x10, 8, false);
    assert_false(qdpi_pattern_matches_zeros(&pattern));
    // The one bit that is set is left open.
    assert_null(qdpi_pattern_mask_integer(&pattern, 0xef, false));
    assert_true(qdpi_pattern_matches_zeros(&pattern));
}

// ---- Finding -----------------------------------------------------------------------------------

static bool stands_at(const uint8_t *memory)
{
    for (size_t i = 0; i < pattern.length; i++) {
        if ((memory[i] & pattern.mask[i]) != pattern.bytes[i]) {
            return false;
        }
    }
    return true;
}

/// Find all, as the search does, and compare with the plainest way to do it.
static void expect_all_found(const uint8_t *memory, size_t size, uint64_t gpa, uint64_t align)
{
    size_t at = 0;
    for (size_t i = 0; i + pattern.length <= size; i++) {
        if ((gpa + i) % align == 0 && stands_at(memory + i)) {
            at = qdpi_pattern_find(&pattern, memory, size, at, gpa, align);
            assert_int_equal(at, i);
            at++;
        }
    }
    assert_int_equal(qdpi_pattern_find(&pattern, memory, size, at, gpa, align), size);
}

static void test_overlapping_matches_and_ends(void **state)
{
    (void)state;
    assert_null(qdpi_pattern_from_text(&pattern, "aa", QDPI_TEXT_UTF8));
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaaa", 4, 0, 0, 1), 0);
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaaa", 4, 1, 0, 1), 1);
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaaa", 4, 2, 0, 1), 2);
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaaa", 4, 3, 0, 1), 4);
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"a", 1, 0, 0, 1), 1);
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aa", 2, 2, 0, 1), 2);
}

static void test_alignment_is_of_the_address(void **state)
{
    const uint64_t top = UINT64_MAX - 2;
    (void)state;
    assert_null(qdpi_pattern_from_text(&pattern, "a", QDPI_TEXT_UTF8));
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaaa", 4, 0, 0x1ff, 0x100), 1);
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaaa", 4, 2, 0x1ff, 0x100), 4);
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaaa", 4, 0, 1, UINT64_MAX), 4);
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaa", 3, 0, top, UINT64_MAX), 2);
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaa", 3, 2, top, 1U << 31), 3);
    // The next multiple would be beyond the last address.
    assert_int_equal(qdpi_pattern_find(&pattern, (const uint8_t *)"aaaaaaaaaa", 10, 6,
                                       UINT64_MAX - 9, UINT64_MAX - 4),
                     10);
}

/// Small alphabets make many near misses, which drive the finder from one way to the other.
static void test_random_memory_against_the_plain_way(void **state)
{
    enum { SIZE = 6000, ROUNDS = 400 };
    static uint8_t memory[SIZE];
    static const uint64_t aligns[] = {1, 2, 3, 4, 8, 63, 64, 256, 4096};
    unsigned seed = 1;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const unsigned letters = 1U + (unsigned)rand_r(&seed) % 4U;
        for (size_t i = 0; i < SIZE; i++) {
            memory[i] = (uint8_t)((unsigned)rand_r(&seed) % letters * 0x41U);
        }
        const size_t length = 1 + (size_t)rand_r(&seed) % 9;
        // Often at the very end, where a finder that is off by one looks no more.
        const size_t place =
            round % 3 == 0 ? SIZE - length : (size_t)rand_r(&seed) % (SIZE - length);
        char hex[3 * 16] = "";
        for (size_t i = 0; i < length; i++) {
            const bool open = i > 0 && rand_r(&seed) % 4 == 0;
            if (open) {
                strcat(hex, "??");
            } else {
                snprintf(hex + 2 * i, 3, "%02x", (unsigned)memory[place + i]);
            }
        }
        assert_null(qdpi_pattern_from_hex(&pattern, hex));
        if (round % 5 == 4) {
            char mask[3 * 16] = "";
            for (size_t i = 0; i < length; i++) {
                strcat(mask, i == length - 1 ? "c0" : "f0");
            }
            // Refused where it leaves nothing of the pattern.
            if (qdpi_pattern_mask_hex(&pattern, mask) != NULL) {
                continue;
            }
        }
        expect_all_found(memory, SIZE, (uint64_t)rand_r(&seed),
                         aligns[(size_t)rand_r(&seed) % (sizeof aligns / sizeof aligns[0])]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex_takes_spaces_and_open_digits),
        cmocka_unit_test(test_bad_hex_is_refused),
        cmocka_unit_test(test_the_longest_pattern),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_bad_text_is_refused),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_zeros),
        cmocka_unit_test(test_overlapping_matches_and_ends),
        cmocka_unit_test(test_alignment_is_of_the_address),
        cmocka_unit_test(test_random_memory_against_the_plain_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
