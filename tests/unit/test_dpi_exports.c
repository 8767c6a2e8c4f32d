// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The DPI shim, with a simulator that consists of its two functions about open arrays: what is
// passed on, what comes back, and which arrays are refused.

#include "dpi_exports.h"

#include <limits.h>
#include <string.h>

#include "fake_guest.h"
#include "qdpi_cmocka.h"
#include "qemu_dpi.h"

#define PATIENCE_MS 20000U

// ---- The simulator -----------------------------------------------------------------------------

/** What an open array's handle points to. */
struct array {
    void *bytes; /**< NULL: not in C's layout */
    int size;
};

void *svGetArrayPtr(const svOpenArrayHandle handle)
{
    return ((const struct array *)handle)->bytes;
}

int svSizeOfArray(const svOpenArrayHandle handle)
{
    return ((const struct array *)handle)->size;
}

/** All of a C array. */
#define ARRAY(object) (&(struct array){(object), (int)sizeof(object)})

// ---- The tests ---------------------------------------------------------------------------------

static struct fake_guest guest;
static void *bridge;

static int set_up(void **state)
{
    (void)state;
    if (!fake_guest_start(&guest))
        return -1;
    return dpi_open(guest.endpoint, PATIENCE_MS, &bridge);
}

static int tear_down(void **state)
{
    (void)state;
    dpi_close(bridge);
    bridge = NULL;
    fake_guest_stop(&guest);
    return 0;
}

static void expect_sentence(const char *words)
{
    const char *sentence = dpi_last_error(bridge);

    if (strstr(sentence, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", sentence, words);
}

/// The bridge comes out, also when opening fails, and goes through every call about it.
static void test_lifetime(void **state)
{
    void *failed = NULL;

    (void)state;
    assert_int_equal(dpi_require(bridge, QDPI_FEATURE_INTERRUPT | QDPI_FEATURE_DOORBELL), 0);
    assert_int_equal(dpi_require(bridge, 1U << 30), QDPI_ERR_INVALID);
    expect_sentence("features");
    assert_int_equal(dpi_reattach(bridge, PATIENCE_MS), 0);
    assert_int_equal(dpi_open("nonsense", 0, &failed), QDPI_ERR_INVALID);
    assert_non_null(failed);
    assert_string_not_equal(dpi_last_error(failed), "");
    dpi_close(failed);
    assert_string_equal(dpi_version(), qdpi_version());
    assert_true(dpi_clock_us() > 0 && dpi_clock_us() <= qdpi_clock_us());
}

/// Bytes of an array arrive at their address and come back; strobes select among them.
static void test_byte_arrays(void **state)
{
    unsigned char data[16];
    unsigned char back[16] = {0};
    unsigned char strobes[2] = {0x03, 0x80};

    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(0xa0 + i);
    assert_int_equal(dpi_mem_write(bridge, 0x1000, ARRAY(data)), 0);
    assert_memory_equal(guest.bytes + 0x1000, data, sizeof data);
    assert_int_equal(dpi_mem_read(bridge, 0x1000, ARRAY(back)), 0);
    assert_memory_equal(back, data, sizeof data);
    memset(data, 0x11, sizeof data);
    assert_int_equal(dpi_mem_write_strobed(bridge, 0x1000, ARRAY(data), ARRAY(strobes)), 0);
    for (size_t i = 0; i < sizeof data; i++)
        assert_int_equal(guest.bytes[0x1000 + i], i < 2 || i == 15 ? 0x11 : 0xa0 + i);
    assert_int_equal(dpi_counter(bridge, QDPI_COUNTER_DROPPED), 0);
}

/// Words need an aligned address, and room in every array.
static void test_word_arrays(void **state)
{
    unsigned long long words[2] = {0x1122334455667788, 0x99aabbccddeeff00};
    unsigned long long back[2] = {0};
    unsigned char strobes[2] = {0xff, 0x0f};

    (void)state;
    memset(guest.bytes + 0x2000, 0, 16);
    assert_int_equal(dpi_mem_write_words(bridge, 0x2000, 2, ARRAY(words), ARRAY(strobes)), 0);
    assert_int_equal(dpi_mem_read_words(bridge, 0x2000, 2, ARRAY(back)), 0);
    assert_int_equal(back[0], words[0]);
    assert_int_equal(back[1], 0xddeeff00);
    assert_int_equal(dpi_mem_read_words(bridge, 0x2000, 3, ARRAY(back)), QDPI_ERR_INVALID);
    expect_sentence("`count` elements");
    assert_int_equal(dpi_mem_read_words(bridge, 0x2004, 1, ARRAY(back)), QDPI_ERR_INVALID);
    assert_int_equal(dpi_mem_write_words(bridge, 0x2001, 1, ARRAY(words), ARRAY(strobes)),
                     QDPI_ERR_INVALID);
    assert_int_equal(
        dpi_mem_write_words(bridge, 0x2000, 2, ARRAY(words), &(struct array){strobes, 1}),
        QDPI_ERR_INVALID);
    assert_int_equal(
        dpi_mem_write_words(bridge, 0x2000, 3, ARRAY(words), &(struct array){strobes, 3}),
        QDPI_ERR_INVALID);
}

/// What is no array that C and SystemVerilog can share is refused by each call, with a sentence if
/// there is a bridge to keep it, and touches nothing.
static void test_refused_arrays(void **state)
{
    unsigned char bytes[8] = {0};
    struct array no_layout = {NULL, 0};
    struct array too_long = {bytes, INT_MIN};
    const svOpenArrayHandle refused[] = {NULL, &no_layout, &too_long};
    const struct array good = {bytes, 8};
    const svOpenArrayHandle fine = (svOpenArrayHandle)&good;

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(dpi_mem_read(bridge, 0x1000, refused[i]), QDPI_ERR_INVALID);
        expect_sentence("unpacked, in C's layout");
        assert_int_equal(dpi_mem_write(bridge, 0x1000, refused[i]), QDPI_ERR_INVALID);
        assert_int_equal(dpi_mem_write_strobed(bridge, 0x1000, refused[i], fine), QDPI_ERR_INVALID);
        assert_int_equal(dpi_mem_write_strobed(bridge, 0x1000, fine, refused[i]), QDPI_ERR_INVALID);
        assert_int_equal(dpi_mem_read_words(bridge, 0x1000, 1, refused[i]), QDPI_ERR_INVALID);
        assert_int_equal(dpi_mem_write_words(bridge, 0x1000, 1, refused[i], fine),
                         QDPI_ERR_INVALID);
        assert_int_equal(dpi_mem_write_words(bridge, 0x1000, 1, fine, refused[i]),
                         QDPI_ERR_INVALID);
        assert_int_equal(dpi_mem_read(NULL, 0x1000, refused[i]), QDPI_ERR_INVALID);
    }
    (void)dpi_last_error(bridge);
    assert_int_equal(dpi_mem_write_strobed(bridge, 0x1000, fine, &(struct array){bytes, 0}),
                     QDPI_ERR_INVALID);
    expect_sentence("one byte of strobes");
    assert_int_equal(guest.bytes[0x1000], fake_guest_pattern(0x1000));
}

/// Numbers of each width, written and read.
static void test_scalars(void **state)
{
    unsigned char byte = 0;
    unsigned short half = 0;
    unsigned int word = 0;
    unsigned long long wide = 0;

    (void)state;
    assert_int_equal(dpi_mem_write64(bridge, 0x3000, 0x8877665544332211), 0);
    assert_int_equal(dpi_mem_write32(bridge, 0x3004, 0xddccbbaa), 0);
    assert_int_equal(dpi_mem_write16(bridge, 0x3002, 0x0f0e), 0);
    assert_int_equal(dpi_mem_write8(bridge, 0x3001, 0x77), 0);
    assert_int_equal(dpi_mem_read8(bridge, 0x3001, &byte), 0);
    assert_int_equal(dpi_mem_read16(bridge, 0x3002, &half), 0);
    assert_int_equal(dpi_mem_read32(bridge, 0x3004, &word), 0);
    assert_int_equal(dpi_mem_read64(bridge, 0x3000, &wide), 0);
    assert_int_equal(byte, 0x77);
    assert_int_equal(half, 0x0f0e);
    assert_int_equal(word, 0xddccbbaa);
    assert_int_equal(wide, 0xddccbbaa0f0e7711);
}

/// Atomics give what was there; refused, they leave it to the caller.
static void test_atomics(void **state)
{
    unsigned int word = 0;
    unsigned long long wide = 0;

    (void)state;
    assert_int_equal(dpi_mem_write64(bridge, 0x3000, 5), 0);
    assert_int_equal(dpi_mem_cas32(bridge, 0x3000, 5, 6, &word), 0);
    assert_int_equal(word, 5);
    assert_int_equal(dpi_mem_fetch_add32(bridge, 0x3000, 10, &word), 0);
    assert_int_equal(word, 6);
    assert_int_equal(dpi_mem_swap32(bridge, 0x3000, 7, &word), 0);
    assert_int_equal(word, 16);
    assert_int_equal(dpi_mem_cas64(bridge, 0x3000, 7, 8, &wide), 0);
    assert_int_equal(wide, 7);
    assert_int_equal(dpi_mem_fetch_add64(bridge, 0x3000, 1, &wide), 0);
    assert_int_equal(wide, 8);
    assert_int_equal(dpi_mem_swap64(bridge, 0x3000, 1, &wide), 0);
    assert_int_equal(wide, 9);
    wide = 1234;
    assert_int_equal(dpi_mem_swap64(bridge, 0x3001, 1, &wide), QDPI_ERR_INVALID);
    assert_int_equal(wide, 1234);
}

/// Translation hands over what was found, and nothing when nothing was.
static void test_translation(void **state)
{
    unsigned long long gpa = 99;
    unsigned long long page_size = 99;
    unsigned long long cr0 = 99;
    unsigned long long cr3 = 99;
    unsigned long long cr4 = 99;
    unsigned long long efer = 99;

    (void)state;
    assert_int_equal(dpi_translate(bridge, 0, 0, 0, 0, 0x1234, 0, &gpa, &page_size), 0);
    assert_int_equal(gpa, 0x1234);
    assert_int_equal(page_size, 4096);
    assert_int_equal(
        dpi_translate(bridge, 0x80000001, 0xfec00000, 0x20, 0x500, 0x9, 0, &gpa, &page_size),
        QDPI_ERR_UNMAPPED);
    assert_int_equal(gpa, 0x1234);
    fake_qmp_set_string(guest.qmp, "hmp:info registers", "no registers");
    assert_int_equal(dpi_cpu_paging(bridge, 0, PATIENCE_MS, &cr0, &cr3, &cr4, &efer),
                     QDPI_ERR_PROTOCOL);
    assert_int_equal(cr0, 99);
    fake_qmp_set_string(guest.qmp, "hmp:info registers",
                        "CR0=80000011 CR3=1000 CR4=20\r\nEFER=500\r\nSMM=0 A20=1\r\n");
    assert_int_equal(dpi_cpu_paging(bridge, 0, PATIENCE_MS, &cr0, &cr3, &cr4, &efer), 0);
    assert_true(cr0 == 0x80000011 && cr3 == 0x1000 && cr4 == 0x20 && efer == 0x500);
    assert_int_equal(dpi_map_refresh(bridge), 0);
}

/// Interrupts go out as they are called; a fence waits for them.
static void test_interrupts(void **state)
{
    (void)state;
    assert_int_equal(dpi_irq_set(bridge, 5), 0);
    assert_int_equal(dpi_irq_clear(bridge, 5), 0);
    assert_int_equal(dpi_irq_pulse(bridge, 6), 0);
    assert_int_equal(dpi_nmi(bridge), 0);
    assert_int_equal(dpi_fence(bridge, PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(guest.qmp, "hmp:o/b 8197 1"), 1);
    assert_int_equal(fake_qmp_count(guest.qmp, "hmp:o/b 8197 0"), 1);
    assert_int_equal(fake_qmp_count(guest.qmp, "hmp:o/b 8198 1"), 1);
    assert_int_equal(fake_qmp_count(guest.qmp, "inject-nmi"), 1);
}

/// An event is handed over whole, and nothing is when there is none.
static void test_events_and_control(void **state)
{
    int kind = -1;
    unsigned int index = 99;
    unsigned long long value = 99;

    (void)state;
    assert_int_equal(dpi_event_poll(bridge, &kind, &index, &value), 0);
    assert_true(kind == -1 && index == 99 && value == 99);
    assert_true(fake_qmp_doorbells(guest.qmp, 0x700000005, 1));
    assert_int_equal(dpi_event_wait(bridge, PATIENCE_MS, &kind, &index, &value), 1);
    assert_true(kind == QDPI_EVENT_DOORBELL && index == 5 && value == 0x700000005);
    assert_int_equal(dpi_guest_stop(bridge, PATIENCE_MS), 0);
    assert_int_equal(dpi_event_wait(bridge, PATIENCE_MS, &kind, &index, &value), 1);
    assert_int_equal(kind, QDPI_EVENT_STOP);
    assert_int_equal(dpi_guest_continue(bridge, PATIENCE_MS), 0);
    assert_int_equal(dpi_event_wait(bridge, PATIENCE_MS, &kind, &index, &value), 1);
    assert_int_equal(kind, QDPI_EVENT_RESUME);
    assert_int_equal(dpi_guest_reset(bridge, PATIENCE_MS), 0);
    assert_int_equal(dpi_guest_quit(bridge, PATIENCE_MS), 0);
    assert_int_equal(fake_qmp_count(guest.qmp, "system_reset"), 1);
    assert_int_equal(fake_qmp_count(guest.qmp, "quit"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lifetime, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_byte_arrays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_word_arrays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_arrays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_scalars, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_atomics, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_translation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_interrupts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_events_and_control, set_up, tear_down),
    };

    return qdpi_run_group(tests);
}
