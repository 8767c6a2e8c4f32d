// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Endpoint text: what is understood, and that whatever is not says what to write instead.

#include "endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "qdpi_cmocka.h"

static struct qdpi_endpoint parse(const char *text)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_endpoint endpoint;

    if (qdpi_endpoint_parse(text, &endpoint, &error) != 0) {
        fail_msg("%s: %s", text, error.text);
    }
    assert_string_equal(error.text, "");
    return endpoint;
}

static void assert_file(const char *text, const char *path, uint64_t size,
                        enum qdpi_machine machine)
{
    struct qdpi_endpoint endpoint = parse(text);

    assert_int_equal(endpoint.kind, QDPI_ENDPOINT_FILE);
    assert_string_equal(endpoint.path, path);
    assert_int_equal(endpoint.size, size);
    assert_int_equal(endpoint.machine, machine);
}

/** Expect -EINVAL with a sentence that contains `words` and says what is wrong with what. */
static void assert_refused(const char *text, const char *words)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_endpoint endpoint;

    if (qdpi_endpoint_parse(text, &endpoint, &error) != -EINVAL) {
        fail_msg("accepted: %s", text);
    }
    if (strncmp(error.text, "endpoint", 8) != 0 || strstr(error.text, words) == NULL) {
        fail_msg("\"%s\" is not in: %s", words, error.text);
    }
    assert_true(strlen(error.text) < sizeof error.text - 1);
    for (const char *c = error.text; *c != '\0'; c++) {
        assert_true((unsigned char)*c >= ' ');
    }
    assert_int_equal(qdpi_endpoint_parse(text, &endpoint, NULL), -EINVAL);
}

/// qmp: a path, in which '?' and '%' are escaped.
static void test_parse_qmp(void **state)
{
    static const char *const paths[] = {"/tmp/qmp.sock", "qmp.sock", "a&size=1",
                                        "qmp:x",         " a b ",    "./\xc3\xa4"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "qmp:%s", paths[i]);
        struct qdpi_endpoint endpoint = parse(text);
        assert_int_equal(endpoint.kind, QDPI_ENDPOINT_QMP);
        assert_string_equal(endpoint.path, paths[i]);
        assert_int_equal(endpoint.size, 0);
        assert_int_equal(endpoint.machine, QDPI_MACHINE_FLAT);
        assert_false(endpoint.any_owner);
    }
    assert_string_equal(parse("qmp:a%3Fb%25c").path, "a?b%c");
    assert_refused("qmp:", "the path is missing; write qmp:PATH");
    assert_refused("qmp:?owner=any", "the path is missing; write qmp:PATH");
    assert_refused("qmp:a%41", "endpoint \"qmp:a%41\": the '%' at character 2 of the path");
}

/// owner=any is a key of both schemes; the keys of file: are none of qmp:.
static void test_parse_owner(void **state)
{
    static const char *const wrong[] = {"qmp:g?",        "qmp:g?owner",      "qmp:g?size=4K",
                                        "qmp:g?Owner=x", "qmp:g?owner=any&", "qmp:g?machine=pc"};
    struct qdpi_endpoint endpoint;

    (void)state;
    endpoint = parse("qmp:g?owner=any");
    assert_true(endpoint.any_owner);
    assert_string_equal(endpoint.path, "g");
    endpoint = parse("file:g?owner=any");
    assert_true(endpoint.any_owner);
    assert_false(parse("file:g?size=4K").any_owner);
    endpoint = parse("file:g?machine=pc&owner=any&size=4K");
    assert_true(endpoint.any_owner);
    assert_int_equal(endpoint.size, 4096);
    assert_int_equal(endpoint.machine, QDPI_MACHINE_PC);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(wrong[i],
                       "is not owner=any or prefault=yes, the keys of qmp:; write qmp:PATH");
        assert_refused(wrong[i], "\"%3F\" for a '?' in the path");
    }
    assert_refused("qmp:g?owner=any&owner=any", "owner= is given twice");
    assert_refused("file:g?owner=any&owner=any", "owner= is given twice");
    assert_refused("qmp:g?owner=", "write owner=any, or leave it out");
    assert_refused("file:g?owner=all", "owner=all is not known");
    assert_refused("file:g?owner=any?", "owner=any? is not known");
}

/// So is prefault=yes.
static void test_parse_prefault(void **state)
{
    (void)state;
    assert_false(parse("qmp:g?owner=any").prefault);
    assert_true(parse("qmp:g?prefault=yes").prefault);
    assert_true(parse("file:g?size=4K&prefault=yes&owner=any").prefault);
    assert_refused("qmp:g?prefault=no", "prefault=no is not known; write prefault=yes");
    assert_refused("file:g?prefault", "is not size=SIZE, machine=NAME, owner=any or prefault=yes");
    assert_refused("qmp:g?prefault=yes&prefault=yes", "prefault= is given twice");
}

/// The longest path that a socket address holds is accepted, one byte more is not.
static void test_parse_qmp_path_length(void **state)
{
    const size_t longest = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    char text[5000] = "qmp:";

    (void)state;
    memset(text + 4, 'p', longest);
    assert_int_equal(strlen(parse(text).path), longest);
    text[4 + longest] = 'p';
    assert_refused(text, "give a relative one");
    // It is the decoded path that has to fit.
    text[4 + longest] = '\0';
    memcpy(text + 4 + longest - 1, "%25", 4);
    assert_int_equal(strlen(parse(text).path), longest);
    text[4 + longest - 1] = 'p';
    memcpy(text + 4 + longest, "%25", 4);
    assert_refused(text, "is longer than");
    memset(text + 4, 'p', sizeof text - 5);
    assert_refused(text, "shorter");
}

/// file: with all keys in any order, with some, with none.
static void test_parse_file(void **state)
{
    (void)state;
    assert_file("file:/dev/shm/guest", "/dev/shm/guest", 0, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=512M", "g", UINT64_C(512) << 20, QDPI_MACHINE_FLAT);
    assert_file("file:g?machine=q35", "g", 0, QDPI_MACHINE_Q35);
    assert_file("file:g?machine=flat", "g", 0, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=4096&machine=pc", "g", 4096, QDPI_MACHINE_PC);
    assert_file("file:g?machine=pc&size=4K", "g", 4096, QDPI_MACHINE_PC);
    assert_file("file:a:b&c=d", "a:b&c=d", 0, QDPI_MACHINE_FLAT);
    assert_file("file:a b", "a b", 0, QDPI_MACHINE_FLAT);
}

/// "%3F" and "%25" are the two characters that have a meaning in the path.
static void test_parse_file_escapes(void **state)
{
    (void)state;
    assert_file("file:a%3Fb%25c?size=4K", "a?b%c", 4096, QDPI_MACHINE_FLAT);
    assert_file("file:%3f", "?", 0, QDPI_MACHINE_FLAT);
    assert_file("file:%253F", "%3F", 0, QDPI_MACHINE_FLAT);
    assert_refused("file:%", "write \"%25\" for '%'");
    assert_refused("file:a%2", "at character 2 of the path");
    assert_refused("file:a%2?5", "\"%3F\" for '?'");
    assert_refused("file:a%41", "neither");
    assert_refused("file:a%%25", "neither");
}

/// Sizes with every suffix, up to the limit and one step beyond.
static void test_parse_file_size(void **state)
{
    (void)state;
    assert_file("file:g?size=4K", "g", 4096, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=4k", "g", 4096, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=1M", "g", UINT64_C(1) << 20, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=3g", "g", UINT64_C(3) << 30, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=2T", "g", UINT64_C(2) << 40, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=0000000000000000000000008192", "g", 8192, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=4194304T", "g", UINT64_C(1) << 62, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=4611686018427387904", "g", UINT64_C(1) << 62, QDPI_MACHINE_FLAT);
    assert_file("file:g?size=4503599627370496K", "g", UINT64_C(1) << 62, QDPI_MACHINE_FLAT);

    assert_refused("file:g?size=4611686018427392000", "more than 2^62");
    assert_refused("file:g?size=4503599627370500K", "more than 2^62");
    assert_refused("file:g?size=4194305T", "more than 2^62");
    assert_refused("file:g?size=18446744073709551616", "more than 2^62");
    assert_refused("file:g?size=18446744073709555712", "more than 2^62");
    assert_refused("file:g?size=99999999999999999999999999999999999999", "more than 2^62");
    assert_refused("file:g?size=16777216T", "more than 2^62");  // 2^64: 0 if it wrapped around
    assert_refused("file:g?size=0", "leave out size=");
    assert_refused("file:g?size=0G", "leave out size=");
    assert_refused("file:g?size=512", "did you forget a suffix");
    assert_refused("file:g?size=4097", "not a multiple of 4096");
    assert_refused("file:g?size=5K", "not a multiple of 4096");
    static const char *const none[] = {"",   "M",   "x",    "-4096",  "+4096", " 4096", "4096 ",
                                       "4P", "4MB", "4KiB", "0x1000", "4.5G",  "1e9",   "4096K1"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "file:g?size=%s", none[i]);
        assert_refused(text, "is not a size; write a decimal number of bytes");
    }
}

/// Every key is known, has a value, and is given once.
static void test_parse_file_keys(void **state)
{
    static const char *const wrong[] = {
        "file:g?",
        "file:g?size",
        "file:g?machine",
        "file:g?=4K",
        "file:g?Size=4K",
        "file:g?siz=4K",
        "file:g?sizes=4K",
        "file:g?size=4K&",
        "file:g?&size=4K",
        "file:g?size=4K&&machine=pc",
        "file:g?share=on",
        "file:g? size=4K",
        "file:g?machine=pc&x=y",
        "file:a?b?size=4K",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(wrong[i], "write file:PATH?size=SIZE&machine=flat|pc|q35");
    }
    assert_refused("file:g?size=4K&size=4K", "size= is given twice; give it once");
    assert_refused("file:g?machine=pc&size=4K&machine=pc", "machine= is given twice");
    assert_refused("file:g?size=4K?machine=pc", "is not a size");
    assert_refused("file:g?size=4K=4K", "is not a size");

    static const char *const machines[] = {"", "PC", "pc ", "q3", "q355", "i440fx", "microvm"};
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "file:g?machine=%s", machines[i]);
        assert_refused(text, "write machine=flat, machine=pc or machine=q35");
    }
}

/// An empty path, and one longer than there is room for.
static void test_parse_file_path_length(void **state)
{
    char text[5 + 3 * QDPI_ENDPOINT_PATH_MAX + 16] = "file:";

    (void)state;
    assert_refused("file:", "the path is missing; write file:PATH");
    assert_refused("file:?size=4K", "the path is missing");
    memset(text + 5, 'p', QDPI_ENDPOINT_PATH_MAX - 1);
    assert_int_equal(strlen(parse(text).path), QDPI_ENDPOINT_PATH_MAX - 1);
    strcat(text, "?size=4K");
    assert_int_equal(strlen(parse(text).path), QDPI_ENDPOINT_PATH_MAX - 1);
    memset(text + 5, 'p', QDPI_ENDPOINT_PATH_MAX);
    assert_refused(text, "give a shorter one");
    // It is the decoded path that has to fit.
    text[5] = '\0';
    for (int i = 0; i < QDPI_ENDPOINT_PATH_MAX - 1; i++) {
        memcpy(text + 5 + 3 * i, "%25", 4);
    }
    assert_int_equal(strlen(parse(text).path), QDPI_ENDPOINT_PATH_MAX - 1);
}

/// Anything without a known scheme gets both forms to choose from.
static void test_parse_scheme(void **state)
{
    static const char *const wrong[] = {"x",
                                        "qmp",
                                        "file",
                                        ":",
                                        ":/tmp/x",
                                        "QMP:/tmp/x",
                                        " qmp:",
                                        "qmp :x",
                                        "qmpx:y",
                                        "/tmp/qmp.sock",
                                        "unix:/tmp/x",
                                        "vfio-user:/tmp/x",
                                        "tcp:localhost:4444"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(wrong[i], "begins with neither qmp: nor file:; write qmp:PATH");
        assert_refused(wrong[i], "file:PATH?size=SIZE&machine=flat|pc|q35");
    }
    assert_refused("", "the text is empty; write qmp:PATH");
    assert_refused(NULL, "the text is empty");
    char text[8192];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_refused(text, "machine=q35)");
}

/// A control character anywhere is named by its place: a terminal would not show it.
static void test_parse_control_characters(void **state)
{
    (void)state;
    assert_refused("qmp:/tmp/x\n", "character 11 is a control character (code 10)");
    assert_refused("\tqmp:/tmp/x", "character 1 is a control character (code 9)");
    for (int code = 1; code < 128; code = code == 31 ? 127 : code + 1) {
        char text[] = "file:a_b?size=4K";
        *strchr(text, '_') = (char)code;
        assert_refused(text, "remove it");
        char qmp[] = "qmp:a_b";
        *strchr(qmp, '_') = (char)code;
        assert_refused(qmp, "character 6 is a control character");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_qmp),
        cmocka_unit_test(test_parse_qmp_path_length),
        cmocka_unit_test(test_parse_owner),
        cmocka_unit_test(test_parse_prefault),
        cmocka_unit_test(test_parse_file),
        cmocka_unit_test(test_parse_file_escapes),
        cmocka_unit_test(test_parse_file_size),
        cmocka_unit_test(test_parse_file_keys),
        cmocka_unit_test(test_parse_file_path_length),
        cmocka_unit_test(test_parse_scheme),
        cmocka_unit_test(test_parse_control_characters),
    };
    return qdpi_run_group(tests);
}
