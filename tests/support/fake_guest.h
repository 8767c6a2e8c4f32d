// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A guest that is not there: a QMP server that answers as QEMU would, and a RAM file.

#ifndef QDPI_TESTS_SUPPORT_FAKE_GUEST_H_
#define QDPI_TESTS_SUPPORT_FAKE_GUEST_H_

#include <stdbool.h>
#include <stddef.h>

#include "fake_qmp.h"
#include "scratch.h"

struct qdpi_bridge;

#define FAKE_GUEST_RAM ((size_t)4 << 20)

/** Its memory map: GPA ranges and where in the RAM file they are. */
#define FAKE_GUEST_RANGES                                                                          \
    "  0000000000000000-000000000009ffff (prio 0, ram): mem\n"                                     \
    "  00000000000a0000-00000000000bffff (prio 1, i/o): vga-lowmem\n"                              \
    "  00000000000c0000-00000000000effff (prio 0, rom): mem @00000000000c0000\n"                   \
    "  00000000000f0000-00000000000fffff (prio 0, ram): mem @00000000000f0000\n"                   \
    "  0000000000100000-00000000001fffff (prio 0, ram): mem @0000000000100000\n"                   \
    "  0000000000200000-00000000002fffff (prio 0, ram): mem @0000000000300000\n"                   \
    "  00000000fec00000-00000000fec00fff (prio 0, i/o): ioapic\n"                                  \
    "  00000000fffc0000-00000000ffffffff (prio 0, rom): pc.bios\n"                                 \
    "  0000000100000000-00000001000fffff (prio 0, ram): mem @0000000000200000\n"

/** What `info mtree -f` shows besides: the ports of pc-testdev, and of memory slots. */
#define FAKE_GUEST_IRQ_PORTS                                                                       \
    "  0000000000002000-0000000000002017 (prio 0, i/o): pc-testdev-irq-line\n"
#define FAKE_GUEST_SLOT_PORTS                                                                      \
    "  0000000000000a00-0000000000000a17 (prio 0, i/o): acpi-mem-hotplug\n"
#define FAKE_GUEST_PORTS FAKE_GUEST_SLOT_PORTS FAKE_GUEST_IRQ_PORTS

/** query-memdev's word for its RAM. */
#define FAKE_GUEST_MEMDEV                                                                          \
    "\"return\": [{\"id\": \"mem\", \"size\": 4194304, \"share\": true, \"merge\": true}]"
/** query-hotpluggable-cpus' word: there can be two. */
#define FAKE_GUEST_CPUS                                                                            \
    "\"return\": [{\"type\": \"cpu\", \"vcpus-count\": 1, \"props\": {\"core-id\": 1}}, "          \
    "{\"type\": \"cpu\", \"vcpus-count\": 1, \"props\": {\"core-id\": 0}}]"

struct fake_guest {
    struct qdpi_scratch scratch;
    char socket[96];
    char ram[96]; /**< a RAM file of FAKE_GUEST_RAM bytes, byte i is fake_guest_pattern(i) */
    char endpoint[128];
    unsigned char *bytes; /**< the RAM file, mapped */
    struct fake_qmp *qmp;
    struct qdpi_bridge *bridge; /**< for the test; closed with the guest */
};

static inline unsigned char fake_guest_pattern(size_t offset)
{
    return (unsigned char)(offset * 7U + (offset >> 12) * 13U + 1U);
}

/** Start one, with interrupts and doorbells, in front of no bridge. */
bool fake_guest_start(struct fake_guest *guest);

/** Close its bridge, end it and remove its files. */
void fake_guest_stop(struct fake_guest *guest);

/** A test of `function` that finds a guest in *state; `_open`: one with a bridge attached. */
#define fake_guest_test(function)                                                                  \
    cmocka_unit_test_setup_teardown(function, fake_guest_setup, fake_guest_teardown)
#define fake_guest_test_open(function)                                                             \
    cmocka_unit_test_setup_teardown(function, fake_guest_setup_open, fake_guest_teardown)

int fake_guest_setup(void **state);
int fake_guest_setup_open(void **state);
int fake_guest_teardown(void **state);

/** The sentence that is due has both in it, and no other is due. */
void fake_guest_expect_words(struct qdpi_bridge *bridge, const char *words, const char *remedy);

/** Let `info mtree -f` show these ranges and ports from now on. */
void fake_guest_show(struct fake_guest *guest, const char *ranges, const char *ports);

#endif  // QDPI_TESTS_SUPPORT_FAKE_GUEST_H_
