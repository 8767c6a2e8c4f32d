// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// CRCs and SHA-256: published check values, and any cut of a message gives the same.

#include <stdio.h>
#include <string.h>

#include "cyclic_redundancy.h"
#include "qdpi_cmocka.h"
#include "secure_hash.h"

enum {
    MESSAGE_BYTES = 1000,
};

static void make_message(unsigned char message[MESSAGE_BYTES])
{
    uint32_t value = 1;
    for (size_t i = 0; i < MESSAGE_BYTES; i++) {
        value = value * 1664525 + 1013904223;
        message[i] = (unsigned char)(value >> 24);
    }
}

static uint32_t crc_of(uint32_t polynomial, const void *data, size_t size)
{
    struct qdpi_crc crc;
    qdpi_crc_begin(&crc, polynomial);
    qdpi_crc_add(&crc, data, size);
    return qdpi_crc_value(&crc);
}

/// The check values of the catalogues, and those of RFC 3720, B.4, for CRC-32C.
static void test_crc_published_values(void **state)
{
    unsigned char bytes[32] = {0};
    (void)state;
    assert_int_equal(crc_of(QDPI_CRC32_IEEE, "123456789", 9), 0xcbf43926);
    assert_int_equal(crc_of(QDPI_CRC32_IEEE, "", 0), 0);
    assert_int_equal(crc_of(QDPI_CRC32_CASTAGNOLI, "123456789", 9), 0xe3069283);
    assert_int_equal(crc_of(QDPI_CRC32_CASTAGNOLI, "", 0), 0);
    assert_int_equal(crc_of(QDPI_CRC32_CASTAGNOLI, bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(crc_of(QDPI_CRC32_CASTAGNOLI, bytes, sizeof bytes), 0x62a8ab43);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)i;
    }
    assert_int_equal(crc_of(QDPI_CRC32_CASTAGNOLI, bytes, sizeof bytes), 0x46dd794e);
}

/// Eight bytes at a time are what one bit at a time is, wherever the message is cut.
static void test_crc_any_cut(void **state)
{
    static const uint32_t polynomials[] = {QDPI_CRC32_IEEE, QDPI_CRC32_CASTAGNOLI};
    unsigned char message[MESSAGE_BYTES];
    (void)state;
    make_message(message);
    for (size_t i = 0; i < 2; i++) {
        uint32_t expected = UINT32_MAX;
        for (size_t bit = 0; bit < 8 * sizeof message; bit++) {
            const uint32_t out = (expected ^ (uint32_t)message[bit / 8] >> bit % 8) & 1;
            expected = expected >> 1 ^ (out != 0 ? polynomials[i] : 0);
        }
        for (size_t cut = 0; cut <= 40; cut++) {
            struct qdpi_crc crc;
            qdpi_crc_begin(&crc, polynomials[i]);
            qdpi_crc_add(&crc, message, cut);
            qdpi_crc_add(&crc, message + cut, sizeof message - cut);
            assert_int_equal(qdpi_crc_value(&crc), ~expected);
        }
    }
}

static void assert_hash(const void *data, size_t size, const char *expected)
{
    struct qdpi_sha256 hash;
    unsigned char digest[QDPI_SHA256_BYTES];
    char text[2 * QDPI_SHA256_BYTES + 1];
    qdpi_sha256_begin(&hash);
    qdpi_sha256_add(&hash, data, size);
    qdpi_sha256_finish(&hash, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(text + 2 * i, sizeof text - 2 * i, "%02x", digest[i]);
    }
    assert_string_equal(text, expected);
}

/// The examples of FIPS 180-4, and the lengths about which the filling turns.
static void test_sha256_published_values(void **state)
{
    static char many[1000000];
    (void)state;
    memset(many, 'a', sizeof many);
    assert_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_hash(many, sizeof many,
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_hash(many, 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    assert_hash(many, 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    assert_hash(many, 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
    assert_hash(many, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
    assert_hash(many, 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0");
    assert_hash(many, 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
    assert_hash(many, 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c");
}

static void test_sha256_any_cut(void **state)
{
    unsigned char message[MESSAGE_BYTES];
    unsigned char whole[QDPI_SHA256_BYTES];
    unsigned char parts[QDPI_SHA256_BYTES];
    struct qdpi_sha256 hash;
    (void)state;
    make_message(message);
    qdpi_sha256_begin(&hash);
    qdpi_sha256_add(&hash, message, sizeof message);
    qdpi_sha256_finish(&hash, whole);
    for (size_t step = 1; step <= 130; step++) {
        qdpi_sha256_begin(&hash);
        for (size_t at = 0; at < sizeof message; at += step) {
            const size_t left = sizeof message - at;
            qdpi_sha256_add(&hash, message + at, left < step ? left : step);
        }
        qdpi_sha256_finish(&hash, parts);
        assert_memory_equal(parts, whole, sizeof whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc_published_values),
        cmocka_unit_test(test_crc_any_cut),
        cmocka_unit_test(test_sha256_published_values),
        cmocka_unit_test(test_sha256_any_cut),
    };
    return qdpi_run_group(tests);
}
