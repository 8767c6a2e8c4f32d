// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells read from their text: whatever is taken for one means the same to the JSON library, and
// what QEMU writes is taken.

#include <stdio.h>
#include <string.h>

#include "doorbell.h"
#include "qdpi_cmocka.h"

#define DOORBELL                                                                                   \
    "{\"timestamp\": {\"seconds\": 1795272438, \"microseconds\": 676811}, \"event\": "             \
    "\"ACPI_DEVICE_OST\", \"data\": {\"info\": {\"source\": 249, \"status\": 7, \"slot\": "        \
    "\"63\", \"slot-type\": \"DIMM\"}}}"

/** What the JSON library and qdpi_doorbell_decode() make of it. */
static bool read_by_library(const char *text, size_t count, struct qdpi_event *event)
{
    json_t *message = json_loadb(text, count, JSON_REJECT_DUPLICATES, NULL);
    const char *name = json_string_value(json_object_get(message, "event"));
    const bool result = name != NULL && strcmp(name, "ACPI_DEVICE_OST") == 0 &&
                        qdpi_doorbell_decode(json_object_get(message, "data"), event);

    json_decref(message);
    return result;
}

/** @return whether it was taken. */
static bool check(const char *text, size_t count)
{
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE};
    struct qdpi_event expected = {.kind = QDPI_EVENT_NONE};

    if (!qdpi_doorbell_read(text, count, &event)) {
        assert_int_equal(event.kind, QDPI_EVENT_NONE);
        return false;
    }
    if (!read_by_library(text, count, &expected))
        fail_msg("the JSON library refuses %.*s", (int)count, text);
    assert_int_equal(event.kind, QDPI_EVENT_DOORBELL);
    assert_int_equal(event.index, expected.index);
    assert_int_equal(event.value, expected.value);
    return true;
}

/// What QEMU writes, with members in any order, with and without spaces, and every number that a
/// guest can write.
static void test_doorbells(void **state)
{
    static const char *const texts[] = {
        DOORBELL,
        "{\"data\":{\"info\":{\"slot-type\":\"DIMM\",\"slot\":\"0\",\"status\":0,\"source\":0}},"
        "\"event\":\"ACPI_DEVICE_OST\",\"timestamp\":{\"microseconds\":0,\"seconds\":0}}",
        "{ \"event\" : \"ACPI_DEVICE_OST\" , \"data\" : { \"info\" : { \"slot\" : \"4294967295\" , "
        "\"slot-type\" : \"DIMM\" , \"source\" : 4294967295 , \"status\" : 4294967295 } } , "
        "\"timestamp\" : { \"seconds\" : 4294967295 , \"microseconds\" : 999999 } }",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_true(check(texts[i], strlen(texts[i])));
}

/// Cut anywhere, with any byte at any place put in, left out or replaced, what is still taken for a
/// doorbell is one to the JSON library too, with the same meaning.
static void test_mutations(void **state)
{
    static const char doorbell[] = DOORBELL;
    const size_t length = sizeof doorbell - 1;
    char text[sizeof doorbell + 1];
    size_t taken = 0;

    (void)state;
    for (size_t at = 0; at < length; at++) {
        assert_false(check(doorbell, at));
        for (int byte = 0; byte <= 255; byte++) {
            memcpy(text, doorbell, at);
            text[at] = (char)byte;
            memcpy(text + at + 1, &doorbell[at + 1], length - at - 1);
            taken += check(text, length) ? 1 : 0;
            memcpy(text + at + 1, &doorbell[at], length - at);
            taken += check(text, length + 1) ? 1 : 0;
        }
        memcpy(text, doorbell, at);
        memcpy(text + at, &doorbell[at + 1], length - at - 1);
        taken += check(text, length - 1) ? 1 : 0;
    }
    // Other digits, mostly.
    assert_true(taken > 500);
}

/// Messages that are none, or are left to the JSON library for a reason.
static void test_others(void **state)
{
#define INFO(info)                                                                                 \
    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"ACPI_DEVICE_OST\", "      \
    "\"data\": {\"info\": {" info "}}}"
    static const char *const texts[] = {
        "", "{}", "{\"return\": {}, \"id\": 1}",
        "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RESET\", \"data\": "
        "{\"guest\": true, \"reason\": \"guest-reset\"}}",
        "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"ACPI_DEVICE_OST\"}",
        // A DIMM's report, a CPU's.
        INFO("\"device\": \"d\", \"source\": 1, \"status\": 2, \"slot\": \"3\", \"slot-type\": "
             "\"DIMM\""),
        INFO("\"source\": 1, \"status\": 2, \"slot\": \"3\", \"slot-type\": \"CPU\""),
        // Members that are missing, or there twice.
        INFO("\"source\": 1, \"slot\": \"3\", \"slot-type\": \"DIMM\""),
        INFO("\"source\": 1, \"source\": 1, \"slot\": \"3\", \"slot-type\": \"DIMM\""),
        INFO("\"source\": 1, \"source\": 1, \"status\": 2, \"slot\": \"3\", \"slot-type\": "
             "\"DIMM\""),
        // Numbers that no guest can write.
        INFO("\"source\": 4294967296, \"status\": 2, \"slot\": \"3\", \"slot-type\": \"DIMM\""),
        INFO("\"source\": -1, \"status\": 2, \"slot\": \"3\", \"slot-type\": \"DIMM\""),
        INFO("\"source\": 1e3, \"status\": 2, \"slot\": \"3\", \"slot-type\": \"DIMM\""),
        INFO("\"source\": 1, \"status\": 2, \"slot\": \"4294967296\", \"slot-type\": \"DIMM\""),
        INFO("\"source\": 1, \"status\": 2, \"slot\": \"\", \"slot-type\": \"DIMM\""),
        INFO("\"source\": 1, \"status\": 2, \"slot\": \"3 \", \"slot-type\": \"DIMM\""),
        INFO("\"source\": 1, \"status\": 2, \"slot\": 3, \"slot-type\": \"DIMM\""),
        // Written in another way.
        INFO("\"source\": 1, \"status\": 2, \"slot\": \"\\u0033\", \"slot-type\": \"DIMM\""),
        INFO("\"source\": 1, \"status\": 2,\n\"slot\": \"3\", \"slot-type\": \"DIMM\""),
        INFO("\"source\": 1, \"status\": 2, \"slot\": \"3\", \"slot-type\": \"DIMM\",")};
#undef INFO

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (check(texts[i], strlen(texts[i])))
            fail_msg("taken for a doorbell: %s", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doorbells),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_others),
    };
    return qdpi_run_group(tests);
}
