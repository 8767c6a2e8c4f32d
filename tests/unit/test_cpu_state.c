// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What QEMU's human monitor prints of CPUs and addresses, and the calls that ask for it.

#include "cpu_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake_guest.h"
#include "qdpi_cmocka.h"

#define PATIENCE_MS 30000U

/** QEMU 7.2.22, qemu-system-x86_64, paused before its first instruction. */
static const char reset_text[] =
    "\r\nCPU#0\r\n"
    "EAX=00000000 EBX=00000000 ECX=00000000 EDX=00060fb1\r\n"
    "ESI=00000000 EDI=00000000 EBP=00000000 ESP=00000000\r\n"
    "EIP=0000fff0 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n"
    "ES =0000 00000000 0000ffff 00009300\r\n"
    "CS =f000 ffff0000 0000ffff 00009b00\r\n"
    "TR =0000 00000000 0000ffff 00008b00\r\n"
    "GDT=     00000000 0000ffff\r\n"
    "IDT=     00000000 0000ffff\r\n"
    "CR0=60000010 CR2=00000000 CR3=00000000 CR4=00000000\r\n"
    "DR0=0000000000000000 DR1=0000000000000000 DR2=0000000000000000 DR3=0000000000000000 \r\n"
    "DR6=00000000ffff0ff0 DR7=0000000000000400\r\n"
    "EFER=0000000000000000\r\n"
    "FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80\r\n";

/** QEMU 7.2.22, Linux at rest on CPU 1. */
static const char long_text[] =
    "\nCPU#1\n"
    "RAX=000000000001ad40 RBX=0000000000000000 RCX=0000000000000001 RDX=4000000000000000\n"
    "RSI=0000000000000083 RDI=0000000000004d54 RBP=ffff8af3c125e100 RSP=ffffd2110009bed8\n"
    "R8 =0000000000000000 R9 =000000003fffed20 R10=0000000000000000 R11=0000000000000001\n"
    "R12=0000000000000001 R13=0000000000000000 R14=0000000000000000 R15=0000000000000000\n"
    "RIP=ffffffffbc2592eb RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1\n"
    "ES =0000 0000000000000000 00000000 00000000\n"
    "CS =0010 0000000000000000 ffffffff 00af9b00 DPL=0 CS64 [-RA]\n"
    "TR =0040 fffffe000003e000 00004087 00008900 DPL=0 TSS64-avl\n"
    "GDT=     fffffe000003c000 0000007f\n"
    "IDT=     fffffe0000000000 00000fff\n"
    "CR0=80050033 CR2=00000000004f0215 CR3=000000000258c000 CR4=000006e0\n"
    "DR0=0000000000000000 DR1=0000000000000000 DR2=0000000000000000 DR3=0000000000000000 \n"
    "DR6=00000000ffff0ff0 DR7=0000000000000400\n"
    "EFER=0000000000000d01\n"
    "FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80\n"
    "XMM00=00000000005e42a0 0000000000000000 XMM01=00000000005e22c0 000000000042ccc9\n";

/** With the registers that newer ones of QEMU print for a CPU with APX and AVX-512 (CCO= is that of
 *  a build for debugging). */
static const char newer_text[] =
    "\r\nCPU#0\r\n"
    "RAX=0000000000000000 RBX=0000000000000000 RCX=0000000000000000 RDX=0000000000000000\r\n"
    "R12=0000000000000001 R13=0000000000000000 R14=0000000000000000 R15=0000000000000000\r\n"
    "R16=0000000000000000 R17=0000000000000000 R18=0000000000000000 R19=0000000000000000\r\n"
    "R20=0000000000000000 R21=0000000000000000 R22=0000000000000000 R23=0000000000000000\r\n"
    "RIP=ffffffff81e00000 RFL=00000046 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n"
    "CS =0010 0000000000000000 ffffffff 00af9b00 DPL=0 CS64 [-RA]\r\n"
    "CR0=80050033 CR2=ffff888004a01000 CR3=8000000002a0a006 CR4=00771ef0\r\n"
    "DR6=00000000ffff0ff0 DR7=0000000000000400\r\n"
    "CCS=0000000000000000 CCD=ffffffff00000000 CCO=EFLAGS\r\n"
    "EFER=0000000000000d01\r\n"
    "FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80\r\n"
    "Opmask00=0000000000000000 Opmask01=0000000000000000 Opmask02=0000000000000000\r\n";

static void test_registers(void **state)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_paging paging;

    (void)state;
    assert_int_equal(qdpi_cpu_state_read_paging(reset_text, &paging, &error), 0);
    assert_int_equal(paging.cr0, 0x60000010);
    assert_int_equal(paging.cr3, 0);
    assert_int_equal(paging.cr4, 0);
    assert_int_equal(paging.efer, 0);
    assert_int_equal(paging.a20_masked, 0);
    assert_int_equal(qdpi_cpu_state_read_paging(long_text, &paging, &error), 0);
    assert_int_equal(paging.cr0, 0x80050033);
    assert_int_equal(paging.cr3, 0x258c000);
    assert_int_equal(paging.cr4, 0x6e0);
    assert_int_equal(paging.efer, 0xd01);
    assert_int_equal(qdpi_cpu_state_read_paging(newer_text, &paging, &error), 0);
    assert_int_equal(paging.cr3, UINT64_C(0x8000000002a0a006));
    assert_int_equal(paging.cr4, 0x771ef0);
    assert_string_equal(error.text, "");
}

/// A CPU in system management mode has address line 20 whatever the gate says.
static void test_a20(void **state)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_paging paging;
    char text[512];

    (void)state;
    for (int a20 = 0; a20 <= 1; a20++) {
        for (int smm = 0; smm <= 1; smm++) {
            (void)snprintf(text, sizeof text,
                           "A20=%d SMM=%d CR0=60000010 CR3=00000000 CR4=00000000 EFER=0", a20, smm);
            assert_int_equal(qdpi_cpu_state_read_paging(text, &paging, &error), 0);
            assert_int_equal(paging.a20_masked, a20 == 0 && smm == 0);
        }
    }
}

/// A text in which a register is missing, cut off, in a longer name, or no number, is refused.
static void test_registers_not_understood(void **state)
{
#define REST "A20=1 SMM=0 CR0=80000011 CR4=00000020 EFER=0000000000000000 "
    static const char *const texts[] = {
        "",
        "CR3",
        REST "",
        REST "CR3",
        REST "CR3=",
        REST "CR3=\n",
        REST "CR3=0x1000",
        REST "CR3=xyz",
        REST "CR3=-1",
        REST "CR3= 1000",
        REST "CR3=1000,",
        REST "CR3=11112222333344445",
        REST "XCR3=1000",
        REST "CR33=1000",
        " x0/zero  0000000000000000 x1/ra 0000000080000000\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct qdpi_error error = {.text = ""};
        struct qdpi_paging paging;

        if (qdpi_cpu_state_read_paging(texts[i], &paging, &error) != -EPROTO ||
            error.text[0] == '\0')
            fail_msg("taken for registers: \"%s\"", texts[i]);
    }
}

static void test_addresses(void **state)
{
    static const struct {
        const char *text;
        int result;
        uint64_t value;
    } gpas[] =
        {
            {"gpa: 0xfffff000\r\n", 1, 0xfffff000},
            {"gpa: 0xfedcba9876543210\n", 1, UINT64_C(0xfedcba9876543210)},
            {"gpa: 0\r\n", 1, 0},
            {"Unmapped\r\n", 0, 4711},
            {"", -EPROTO, 4711},
            {"gpa: ", -EPROTO, 4711},
            {"gpa: 0x", -EPROTO, 4711},
            {"gpa: 0x12z", -EPROTO, 4711},
            {"gpa: x", -EPROTO, 4711},
            {"unknown command: 'gva2gpa'\r\n", -EPROTO, 4711},
        },
      addresses[] = {
          {"Host virtual address for 0x1000 (pc.ram) is 0x7f670be01000\r\n", 1, 0x7f670be01000},
          {"No memory is mapped at address 0xa0000000\r\n", 0, 4711},
          {"Memory at address 0xfee00000 is not RAM\r\n", 0, 4711},
          {"", -EPROTO, 4711},
          {"Host virtual address for 0x1000", -EPROTO, 4711},
          {"Host virtual address for 0x1000 (pc.ram) is (nil)", -EPROTO, 4711},
          {"gpa: 0x1000", -EPROTO, 4711},
      };

    (void)state;
    for (size_t i = 0; i < sizeof gpas / sizeof gpas[0]; i++) {
        struct qdpi_error error = {.text = ""};
        uint64_t value = 4711;

        assert_int_equal(qdpi_cpu_state_read_gpa(gpas[i].text, &value, &error), gpas[i].result);
        assert_int_equal(error.text[0] != '\0', gpas[i].result < 0);
        assert_true(gpas[i].result != 1 || value == gpas[i].value);
    }
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct qdpi_error error = {.text = ""};
        uint64_t value = 4711;

        assert_int_equal(qdpi_cpu_state_read_host_address(addresses[i].text, &value, &error),
                         addresses[i].result);
        assert_int_equal(error.text[0] != '\0', addresses[i].result < 0);
        assert_true(addresses[i].result != 1 || value == addresses[i].value);
    }
}

// ---- The calls ---------------------------------------------------------------------------------

static void expect_sentence(struct qdpi_bridge *bridge, const char *words)
{
    const char *sentence = qdpi_last_error(bridge);

    if (strstr(sentence, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, sentence);
}

/// Each call asks the right question and gives the answer.
static void test_calls(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_paging paging;
    uint64_t value = 0;

    fake_qmp_set_string(guest->qmp, "hmp:info registers", long_text);
    fake_qmp_set_string(guest->qmp, "hmp:gva2gpa 0xffff888000001234", "gpa: 0x1234\r\n");
    fake_qmp_set_string(guest->qmp, "hmp:gva2gpa 0x8000", "Unmapped\r\n");
    fake_qmp_set_string(guest->qmp, "hmp:gpa2hva 0x1000",
                        "Host virtual address for 0x1000 (mem) is 0x7f670be01000\r\n");
    assert_int_equal(qdpi_cpu_paging(guest->bridge, 1, &paging, PATIENCE_MS), 0);
    assert_int_equal(paging.cr3, 0x258c000);
    assert_int_equal(
        qdpi_cpu_translate(guest->bridge, 1, UINT64_C(0xffff888000001234), &value, PATIENCE_MS), 1);
    assert_int_equal(value, 0x1234);
    assert_int_equal(qdpi_cpu_translate(guest->bridge, 1, 0x8000, &value, PATIENCE_MS), 0);
    assert_int_equal(qdpi_host_address(guest->bridge, 0x1000, &value, PATIENCE_MS), 1);
    assert_int_equal(value, 0x7f670be01000);
    assert_string_equal(qdpi_last_error(guest->bridge), "");
}

/// A refusal, an answer that is none, and none at all, each with its result.
static void test_calls_fail(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_paging paging;
    struct qdpi_translation translation;

    fake_qmp_set_error(guest->qmp, "hmp:info registers", "there is no such CPU");
    assert_int_equal(qdpi_cpu_paging(guest->bridge, 9, &paging, PATIENCE_MS), QDPI_ERR_IO);
    expect_sentence(guest->bridge, "there is no such CPU");
    fake_qmp_set(guest->qmp, "hmp:info registers", FAKE_QMP_ANSWER, "\"return\": {}");
    assert_int_equal(qdpi_cpu_paging(guest->bridge, 0, &paging, PATIENCE_MS), QDPI_ERR_PROTOCOL);
    expect_sentence(guest->bridge, "no text");
    fake_qmp_set_string(guest->qmp, "hmp:info registers", "nothing of the kind");
    assert_int_equal(qdpi_cpu_paging(guest->bridge, 0, &paging, PATIENCE_MS), QDPI_ERR_PROTOCOL);
    expect_sentence(guest->bridge, "nothing of the kind");
    fake_qmp_set(guest->qmp, "hmp:info registers", FAKE_QMP_SILENT, NULL);
    assert_int_equal(qdpi_cpu_paging(guest->bridge, 0, &paging, 50), QDPI_ERR_TIMEOUT);
    fake_qmp_release(guest->qmp);
    assert_int_equal(qdpi_cpu_paging(NULL, 0, &paging, PATIENCE_MS), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_translate(NULL, &paging, 0, 0, &translation), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_translate(guest->bridge, NULL, 0, 0, &translation), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_translate(guest->bridge, &paging, 0, 0, NULL), QDPI_ERR_INVALID);
}

/// The library walks its guest's memory: a table in a device, in ROM and in RAM, and after a loss.
static void test_translate(void **state)
{
    struct fake_guest *guest = *state;
    const struct qdpi_paging paging = {
        .cr0 = 0x80000001, .cr3 = 0x1000, .cr4 = 0x20, .efer = 0xd01};
    const struct qdpi_paging in_rom = {.cr0 = 0x80000001, .cr3 = 0xc0000};
    struct qdpi_translation translation;

    (void)qdpi_last_error(guest->bridge);
    assert_int_equal(qdpi_mem_write64(guest->bridge, 0x1000, 0x2007), 0);
    assert_int_equal(qdpi_mem_write64(guest->bridge, 0x2000, 0x40000087), 0);
    assert_int_equal(qdpi_mem_write64(guest->bridge, 0x2008, 0xfec00007), 0);
    assert_int_equal(qdpi_translate(guest->bridge, &paging, 0x123456, 0, &translation), 0);
    assert_int_equal(translation.gpa, 0x40123456);
    assert_int_equal(translation.step_count, 2);
    assert_string_equal(qdpi_last_error(guest->bridge), "");
    assert_int_equal(qdpi_translate(guest->bridge, &paging, 0x40000000, 0, &translation),
                     QDPI_ERR_UNMAPPED);
    assert_int_equal(translation.fault, QDPI_FAULT_NO_TABLE);
    expect_sentence(guest->bridge, "level 2 entry at GPA 0xfec00000 cannot be read");
    // What stands in ROM is any bytes, but they can be read.
    assert_int_equal(qdpi_translate(guest->bridge, &in_rom, 0, 0, &translation), QDPI_ERR_UNMAPPED);
    assert_int_equal(translation.step_count, 1);
    assert_int_equal(translation.steps[0].entry & 0xff, fake_guest_pattern(0xc0000));
    (void)qdpi_last_error(guest->bridge);
    fake_qmp_hang_up(guest->qmp);
    while (qdpi_translate(guest->bridge, &paging, 0, 0, &translation) == 0)
        continue;
    assert_int_equal(qdpi_translate(guest->bridge, &paging, 0, 0, &translation), QDPI_ERR_LOST);
    assert_int_equal(translation.fault, QDPI_FAULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_a20),
        cmocka_unit_test(test_registers_not_understood),
        cmocka_unit_test(test_addresses),
        fake_guest_test_open(test_calls),
        fake_guest_test_open(test_calls_fail),
        fake_guest_test_open(test_translate),
    };
    return qdpi_run_group(tests);
}
