// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Discovery: what the bridge makes of QEMU's answers, and what it says to a QEMU that cannot serve.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_guest.h"
#include "qdpi_cmocka.h"
#include "qemu_dpi.h"

#define PATIENCE_MS 30000U
#define MEM "\"id\": \"mem\", \"size\": 4194304"
#define PC_RAM "{\"id\": \"pc.ram\", \"size\": 134217728, \"share\": false}"
#define PRIVATE_RANGES "  0000000000000000-0000000007ffffff (prio 0, ram): pc.ram\n"

static int open_guest(struct fake_guest *guest)
{
    qdpi_close(guest->bridge);
    return qdpi_open(guest->endpoint, PATIENCE_MS, &guest->bridge);
}

static void expect_words(struct fake_guest *guest, const char *words, const char *remedy)
{
    const char *sentence = qdpi_last_error(guest->bridge);

    if (strstr(sentence, words) == NULL || strstr(sentence, remedy) == NULL)
        fail_msg("\"%s\" with \"%s\" is not in: %s", words, remedy, sentence);
}

static void expect_range(const struct qdpi_memory_range *range, uint64_t first, uint64_t last,
                         enum qdpi_memory_kind kind, const char *path, uint64_t offset)
{
    assert_int_equal(range->first, first);
    assert_int_equal(range->last, last);
    assert_int_equal(range->kind, kind);
    assert_int_equal(range->offset, offset);
    if (path == NULL)
        assert_null(range->path);
    else
        assert_string_equal(range->path, path);
}

/// The map as a caller sees it: ascending, neighbours in one file merged, ROM from the RAM file
/// with its path, ROM images and devices without one; a short array is filled as far as it goes.
static void test_map(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_memory_range ranges[16];

    assert_int_equal(open_guest(guest), 0);
    memset(ranges, 0, sizeof ranges);
    assert_int_equal(qdpi_map_get(guest->bridge, NULL, 0), 8);
    assert_int_equal(qdpi_map_get(guest->bridge, ranges, 2), 8);
    assert_int_equal(ranges[2].last, 0);
    assert_int_equal(qdpi_map_get(guest->bridge, ranges, 16), 8);
    expect_range(&ranges[0], 0, 0x9ffff, QDPI_MEMORY_RAM, guest->ram, 0);
    expect_range(&ranges[1], 0xa0000, 0xbffff, QDPI_MEMORY_DEVICE, NULL, 0);
    expect_range(&ranges[2], 0xc0000, 0xeffff, QDPI_MEMORY_ROM, guest->ram, 0xc0000);
    expect_range(&ranges[3], 0xf0000, 0x1fffff, QDPI_MEMORY_RAM, guest->ram, 0xf0000);
    expect_range(&ranges[4], 0x200000, 0x2fffff, QDPI_MEMORY_RAM, guest->ram, 0x300000);
    expect_range(&ranges[5], 0xfec00000, 0xfec00fff, QDPI_MEMORY_DEVICE, NULL, 0);
    expect_range(&ranges[6], 0xfffc0000, 0xffffffff, QDPI_MEMORY_ROM, NULL, 0);
    expect_range(&ranges[7], UINT64_C(0x100000000), UINT64_C(0x1000fffff), QDPI_MEMORY_RAM,
                 guest->ram, 0x200000);
}

/// The bytes at a GPA are those at its offset in the file, in every part of the guest.
static void test_bytes_are_where_the_map_says(void **state)
{
    static const struct {
        uint64_t gpa;
        size_t offset;
    } places[] = {{0, 0},
                  {0x9fff8, 0x9fff8},
                  {0xc0000, 0xc0000},
                  {0x1ffff8, 0x1ffff8},
                  {0x200000, 0x300000},
                  {UINT64_C(0x100000000), 0x200000},
                  {UINT64_C(0x1000ffff8), 0x2ffff8}};
    struct fake_guest *guest = *state;
    unsigned char data[8];

    assert_int_equal(open_guest(guest), 0);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_int_equal(qdpi_mem_read(guest->bridge, places[i].gpa, data, 8), 0);
        for (size_t j = 0; j < 8; j++)
            assert_int_equal(data[j], fake_guest_pattern(places[i].offset + j));
    }
}

/// Each way in which QEMU can have been started wrongly has its own sentence, with the option that
/// mends it, whatever else is in the list, and in whatever order.
static void test_wrong_set_ups(void **state)
{
    static const struct {
        const char *memdev;
        const char *words;
        const char *remedy;
    } cases[] = {
        // Nothing but the RAM that the machine makes for itself.
        {"[" PC_RAM "]", "keeps the guest's RAM to itself", "-machine memory-backend=mem"},
        {"[]", "keeps the guest's RAM to itself", "mem-path=/dev/shm/NAME,share=on"},
        // A shared backend that the machine does not use: QEMU lists its own RAM beside it.
        {"[" PC_RAM ", {" MEM ", \"share\": true}]", "\"mem\"", "add -machine memory-backend=mem"},
        {"[{" MEM ", \"share\": true}, " PC_RAM "]", "\"mem\"", "add -machine memory-backend=mem"},
        // A backend with a file that is not shared.
        {"[" PC_RAM ", {" MEM ", \"share\": false}]", "\"mem\" has share=off",
         "add share=on to -object memory-backend-file,id=mem"},
        {"[{" MEM ", \"share\": false}]", "\"mem\" has share=off", "add share=on"},
        // Entries that nobody understands.
        {"[{}, 7, {\"id\": null, \"share\": true}, {\"id\": 5}]", "to itself", "-object"},
    };
    struct fake_guest *guest = *state;
    char text[512];

    fake_qmp_set_error(guest->qmp, "qom-get:/objects/pc.ram mem-path",
                       "Property 'mem-path' not found");
    fake_guest_show(guest, PRIVATE_RANGES, FAKE_GUEST_PORTS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(text, sizeof text, "\"return\": %s", cases[i].memdev);
        fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER, text);
        assert_int_equal(open_guest(guest), QDPI_ERR_UNSUPPORTED);
        expect_words(guest, cases[i].words, cases[i].remedy);
    }
}

/// The backend is used but not shared: its range must not be taken for RAM that we can write.
static void test_private_backend_in_use(void **state)
{
    struct fake_guest *guest = *state;

    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER,
                 "\"return\": [{" MEM ", \"share\": false}]");
    assert_int_equal(open_guest(guest), QDPI_ERR_UNSUPPORTED);
    expect_words(guest, "share=off", "share=on");
}

/// RAM files that are missing, too small or directories: the sentence of the file, not of the map.
static void test_wrong_files(void **state)
{
    struct fake_guest *guest = *state;
    char text[160];

    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER,
                 "\"return\": [{\"id\": \"mem\", \"size\": 4198400, \"share\": true}]");
    assert_int_equal(open_guest(guest), QDPI_ERR_UNSUPPORTED);
    expect_words(guest, "too small: 4198400 bytes are needed, it has 4194304", "fresh one");
    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER, FAKE_GUEST_MEMDEV);
    assert_int_equal(unlink(guest->ram), 0);
    assert_int_equal(open_guest(guest), QDPI_ERR_NOT_FOUND);
    expect_words(guest, guest->ram, "absolute path");
    (void)snprintf(text, sizeof text, "\"return\": \"%s\"", guest->scratch.path);
    fake_qmp_set(guest->qmp, "qom-get:/objects/mem mem-path", FAKE_QMP_ANSWER, text);
    assert_int_equal(open_guest(guest), QDPI_ERR_UNSUPPORTED);
    expect_words(guest, "not a regular file", "give mem-path= the name of a file");
    fake_qmp_set(guest->qmp, "qom-get:/objects/mem mem-path", FAKE_QMP_ANSWER, "\"return\": 5");
    assert_int_equal(open_guest(guest), QDPI_ERR_PROTOCOL);
    expect_words(guest, "mem-path of \"mem\" is no text", "");
}

/// A backend without a file (memfd) beside one with a file does no harm.
static void test_memfd_beside_a_file(void **state)
{
    struct fake_guest *guest = *state;
    uint8_t byte = 0;

    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER,
                 "\"return\": [{\"id\": \"fd\", \"size\": 4096, \"share\": true}, {" MEM
                 ", \"share\": true}]");
    fake_qmp_set_error(guest->qmp, "qom-get:/objects/fd mem-path", "Property 'mem-path' not found");
    fake_guest_show(guest,
                    FAKE_GUEST_RANGES "  0000000200000000-0000000200000fff (prio 0, ram): fd\n",
                    FAKE_GUEST_PORTS);
    assert_int_equal(open_guest(guest), 0);
    assert_int_equal(qdpi_mem_read8(guest->bridge, 0, &byte), 0);
    assert_int_equal(qdpi_mem_read8(guest->bridge, UINT64_C(0x200000000), &byte),
                     QDPI_ERR_UNMAPPED);
}

/// A view that reaches beyond its file, or is upside down, or no view, is no map.
static void test_wrong_views(void **state)
{
    static const struct {
        const char *ranges;
        int result;
    } cases[] = {
        {"  0000000000000000-00000000003fffff (prio 0, ram): mem\n", 0},
        {"  0000000000000000-0000000000400000 (prio 0, ram): mem\n", QDPI_ERR_UNSUPPORTED},
        {"  0000000000000000-0000000000000fff (prio 0, ram): mem @0000000000400000\n",
         QDPI_ERR_UNSUPPORTED},
        {"  0000000000000000-0000000000000fff (prio 0, ram): mem @fffffffffffff000\n",
         QDPI_ERR_UNSUPPORTED},
        {"  0000000000000000-ffffffffffffffff (prio 0, ram): mem\n", QDPI_ERR_UNSUPPORTED},
        {"  0000000000001000-0000000000000fff (prio 0, ram): mem\n", QDPI_ERR_PROTOCOL},
        {"  0000000000000000-0000000000001fff (prio 0, ram): mem\n"
         "  0000000000001000-0000000000002fff (prio 0, ram): mem\n",
         QDPI_ERR_PROTOCOL},
        {"  garbage\n", QDPI_ERR_PROTOCOL},
    };
    struct fake_guest *guest = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_guest_show(guest, cases[i].ranges, FAKE_GUEST_PORTS);
        assert_int_equal(open_guest(guest), cases[i].result);
        assert_int_equal(qdpi_last_error(guest->bridge)[0] == '\0', cases[i].result == 0);
    }
    fake_qmp_set_string(guest->qmp, "hmp:info mtree -f", "nothing of the kind");
    assert_int_equal(open_guest(guest), QDPI_ERR_PROTOCOL);
    fake_qmp_set_error(guest->qmp, "hmp:info mtree -f", "monitor is disabled");
    assert_int_equal(open_guest(guest), QDPI_ERR_IO);
    expect_words(guest, "monitor is disabled", "");
}

/// What the guest was given for interrupts, doorbells and atomics, and which option is missing.
static void test_features(void **state)
{
    static const struct {
        const char *ports;
        const char *cpus;
        unsigned has;
    } cases[] = {
        {FAKE_GUEST_PORTS, FAKE_GUEST_CPUS, 15},
        {FAKE_GUEST_SLOT_PORTS, FAKE_GUEST_CPUS, 14},
        {FAKE_GUEST_IRQ_PORTS, FAKE_GUEST_CPUS, 13},
        {"  0000000000000000-000000000000ffff (prio 0, i/o): io\n", FAKE_GUEST_CPUS, 12},
        // Where no doorbell looks for them.
        {"  0000000000000900-0000000000000917 (prio 0, i/o): "
         "acpi-mem-hotplug\n" FAKE_GUEST_IRQ_PORTS,
         FAKE_GUEST_CPUS, 13},
        {FAKE_GUEST_PORTS, "\"return\": [{\"vcpus-count\": 1}]", 7},
    };
    static const struct {
        unsigned feature;
        const char *remedy;
    } remedies[] = {{QDPI_FEATURE_INTERRUPT, "add -device pc-testdev"},
                    {QDPI_FEATURE_DOORBELL, "slots=64,maxmem="},
                    {QDPI_FEATURE_ATOMICS, "maxcpus=2"}};
    struct fake_guest *guest = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_guest_show(guest, FAKE_GUEST_RANGES, cases[i].ports);
        fake_qmp_set(guest->qmp, "query-hotpluggable-cpus", FAKE_QMP_ANSWER, cases[i].cpus);
        assert_int_equal(open_guest(guest), 0);
        // One look at the flat view tells of ports and of memory.
        assert_int_equal(fake_qmp_count(guest->qmp, "hmp:info mtree -f"), i + 1);
        assert_int_equal(qdpi_require(guest->bridge, cases[i].has), 0);
        for (size_t j = 0; j < 3; j++) {
            const bool has = (cases[i].has & remedies[j].feature) != 0;

            assert_int_equal(qdpi_require(guest->bridge, remedies[j].feature),
                             has ? 0 : QDPI_ERR_UNSUPPORTED);
            if (!has)
                expect_words(guest, "", remedies[j].remedy);
        }
        assert_int_equal(qdpi_irq_pulse(guest->bridge, 3),
                         (cases[i].has & QDPI_FEATURE_INTERRUPT) != 0 ? 0 : QDPI_ERR_UNSUPPORTED);
        assert_int_equal(qdpi_require(guest->bridge, 16), QDPI_ERR_INVALID);
    }
}

/// Whether the guest's atomics are atomic towards RTL: by the number of CPUs that there are or can
/// be, whether each has a thread, and the accelerator.
static void test_atomics(void **state)
{
#define CPU(thread) "{\"thread-id\": " thread "}"
#define ONE_POSSIBLE "\"return\": [{\"vcpus-count\": 1}]"
#define REFUSED "\"error\": {\"class\": \"GenericError\", \"desc\": \"no hot-plug\"}"
    static const struct {
        const char *kvm;
        const char *cpus;
        const char *possible;
        bool atomic;
    } cases[] = {
        {"false", "[" CPU("7") "]", ONE_POSSIBLE, false},
        {"false", "[" CPU("7") "]", REFUSED, false},
        {"false", "[" CPU("7") "]", FAKE_GUEST_CPUS, true},
        {"false", "[" CPU("7") ", " CPU("8") "]", FAKE_GUEST_CPUS, true},
        {"false", "[" CPU("7") ", " CPU("8") "]", REFUSED, true},
        {"false", "[" CPU("7") ", " CPU("7") "]", FAKE_GUEST_CPUS, false},
        {"true", "[" CPU("7") "]", ONE_POSSIBLE, true},
        {"true", "[" CPU("7") ", " CPU("7") "]", REFUSED, true},
    };
    struct fake_guest *guest = *state;
    char text[256];
    uint32_t was = 4711;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int expected = cases[i].atomic ? 0 : QDPI_ERR_UNSUPPORTED;

        (void)snprintf(text, sizeof text, "\"return\": {\"enabled\": %s}", cases[i].kvm);
        fake_qmp_set(guest->qmp, "query-kvm", FAKE_QMP_ANSWER, text);
        (void)snprintf(text, sizeof text, "\"return\": %s", cases[i].cpus);
        fake_qmp_set(guest->qmp, "query-cpus-fast", FAKE_QMP_ANSWER, text);
        fake_qmp_set(guest->qmp, "query-hotpluggable-cpus", FAKE_QMP_ANSWER, cases[i].possible);
        assert_int_equal(open_guest(guest), 0);
        assert_int_equal(qdpi_require(guest->bridge, QDPI_FEATURE_ATOMICS), expected);
        assert_int_equal(qdpi_mem_swap32(guest->bridge, 0x1000, 1, &was), expected);
    }
}

/// Memory that is plugged in while the guest runs is found; a backend that comes back under its old
/// name with another file is mapped anew.
static void test_memory_comes_and_changes(void **state)
{
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    char other[128];
    char text[160];
    uint8_t byte = 0;
    int fd;

    assert_int_equal(open_guest(guest), 0);
    (void)snprintf(other, sizeof other, "%s/dimm", guest->scratch.path);
    fd = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_int_equal(pwrite(fd, "\x77", 1, 5), 1);
    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER,
                 "\"return\": [{" MEM ", \"share\": true}, "
                 "{\"id\": \"dimm\", \"size\": 4096, \"share\": true}]");
    (void)snprintf(text, sizeof text, "\"return\": \"%s\"", other);
    fake_qmp_set(guest->qmp, "qom-get:/objects/dimm mem-path", FAKE_QMP_ANSWER, text);
    fake_guest_show(guest,
                    FAKE_GUEST_RANGES "  0000000140000000-0000000140000fff (prio 0, ram): dimm\n",
                    FAKE_GUEST_PORTS);
    assert_int_equal(qdpi_mem_read8(guest->bridge, UINT64_C(0x140000005), &byte), 0);
    assert_int_equal(byte, 0x77);
    close(fd);

    assert_int_equal(unlink(other), 0);
    fd = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_int_equal(pwrite(fd, "\x88", 1, 5), 1);
    assert_true(fake_qmp_event(guest->qmp, "DEVICE_DELETED", "{\"path\": \"/machine/x\"}"));
    // Whoever hears a doorbell behind it reads by the new map.
    assert_true(fake_qmp_doorbells(guest->qmp, 0, 1));
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(qdpi_mem_read8(guest->bridge, UINT64_C(0x140000005), &byte), 0);
    assert_int_equal(byte, 0x88);
    close(fd);
    assert_int_equal(unlink(other), 0);
}

/// RAM in no file of ours is not looked for again under its name, until something is unplugged:
/// what is plugged in under that name later may have a file.
static void test_foreign_memory_gets_a_file(void **state)
{
    static const char plugged[] =
        FAKE_GUEST_RANGES "  0000000140000000-0000000140000fff (prio 0, ram): dimm\n";
    struct fake_guest *guest = *state;
    struct qdpi_event event;
    char other[128];
    char text[160];
    uint8_t byte = 0;
    size_t asked;
    int fd;

    fake_guest_show(guest, plugged, FAKE_GUEST_PORTS);
    assert_int_equal(open_guest(guest), 0);
    asked = fake_qmp_count(guest->qmp, "query-memdev");
    assert_int_equal(qdpi_mem_read8(guest->bridge, UINT64_C(0x140000005), &byte),
                     QDPI_ERR_UNMAPPED);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "query-memdev"), asked);

    fake_guest_show(guest, FAKE_GUEST_RANGES, FAKE_GUEST_PORTS);
    assert_true(fake_qmp_event(guest->qmp, "DEVICE_DELETED", "{\"path\": \"/machine/x\"}"));
    assert_true(fake_qmp_doorbells(guest->qmp, 0, 1));
    assert_int_equal(qdpi_event_wait(guest->bridge, PATIENCE_MS, &event), 1);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);

    (void)snprintf(other, sizeof other, "%s/dimm", guest->scratch.path);
    fd = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_int_equal(pwrite(fd, "\x77", 1, 5), 1);
    close(fd);
    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER,
                 "\"return\": [{" MEM ", \"share\": true}, "
                 "{\"id\": \"dimm\", \"size\": 4096, \"share\": true}]");
    (void)snprintf(text, sizeof text, "\"return\": \"%s\"", other);
    fake_qmp_set(guest->qmp, "qom-get:/objects/dimm mem-path", FAKE_QMP_ANSWER, text);
    fake_guest_show(guest, plugged, FAKE_GUEST_PORTS);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(qdpi_mem_read8(guest->bridge, UINT64_C(0x140000005), &byte), 0);
    assert_int_equal(byte, 0x77);
    assert_int_equal(unlink(other), 0);
}

/** A RAM file of one page, full of `byte`, and what QEMU says when it is the backend "dimm". */
static void make_dimm(struct fake_guest *guest, const char *name, char byte, char path[128])
{
    char page[4096];
    char text[160];
    int fd;

    (void)snprintf(path, 128, "%s/%s", guest->scratch.path, name);
    memset(page, byte, sizeof page);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, page, sizeof page), sizeof page);
    close(fd);
    (void)snprintf(text, sizeof text, "\"return\": \"%s\"", path);
    fake_qmp_set(guest->qmp, "qom-get:/objects/dimm mem-path", FAKE_QMP_ANSWER, text);
}

/// A backend that is made anew under its old name, with another file, while the guest does not use
/// it, is asked about when it comes into the view: neither what it was before it was ever used, nor
/// what it was when it was unplugged, is taken for it. One that has no file then is not served from
/// the old one.
static void test_name_used_again(void **state)
{
    static const char with_dimm[] =
        FAKE_GUEST_RANGES "  0000000140000000-0000000140000fff (prio 0, ram): dimm\n";
    const uint64_t gpa = UINT64_C(0x140000005);
    struct fake_guest *guest = *state;
    char paths[3][128];
    uint8_t byte = 0;

    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER,
                 "\"return\": [{" MEM ", \"share\": true}, "
                 "{\"id\": \"dimm\", \"size\": 4096, \"share\": true}]");
    make_dimm(guest, "unused", 0x11, paths[0]);
    assert_int_equal(open_guest(guest), 0);
    make_dimm(guest, "first", 0x22, paths[1]);
    fake_guest_show(guest, with_dimm, FAKE_GUEST_PORTS);
    assert_int_equal(qdpi_mem_read8(guest->bridge, gpa, &byte), 0);
    assert_int_equal(byte, 0x22);

    // Unplugged, and looked at, before it is made anew.
    fake_guest_show(guest, FAKE_GUEST_RANGES, FAKE_GUEST_PORTS);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(qdpi_mem_read8(guest->bridge, gpa, &byte), QDPI_ERR_UNMAPPED);
    make_dimm(guest, "second", 0x33, paths[2]);
    fake_guest_show(guest, with_dimm, FAKE_GUEST_PORTS);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(qdpi_mem_read8(guest->bridge, gpa, &byte), 0);
    assert_int_equal(byte, 0x33);

    fake_guest_show(guest, FAKE_GUEST_RANGES, FAKE_GUEST_PORTS);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER,
                 "\"return\": [{" MEM ", \"share\": true}, "
                 "{\"id\": \"dimm\", \"size\": 4096, \"share\": false}]");
    fake_guest_show(guest, with_dimm, FAKE_GUEST_PORTS);
    assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(qdpi_mem_read8(guest->bridge, gpa, &byte), QDPI_ERR_UNMAPPED);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(unlink(paths[i]), 0);
}

/// A backend that begins behind the begin of its file: bytes and map are those behind. What is no
/// offset is refused, and so is one that does not leave enough of the file.
static void test_offset_of_a_backend(void **state)
{
    static const char *const wrong[] = {"\"return\": \"4096\"", "\"return\": 4095",
                                        "\"return\": -4096"};
    struct fake_guest *guest = *state;
    struct qdpi_memory_range range;
    unsigned char byte = 0;

    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER,
                 "\"return\": [{\"id\": \"mem\", \"size\": 2097152, \"share\": true}]");
    fake_qmp_set(guest->qmp, "qom-get:/objects/mem offset", FAKE_QMP_ANSWER, "\"return\": 2097152");
    fake_guest_show(guest, "  0000000000000000-00000000001fffff (prio 0, ram): mem\n",
                    FAKE_GUEST_PORTS);
    assert_int_equal(open_guest(guest), 0);
    assert_int_equal(qdpi_map_get(guest->bridge, &range, 1), 1);
    expect_range(&range, 0, 0x1fffff, QDPI_MEMORY_RAM, guest->ram, 0x200000);
    assert_int_equal(qdpi_mem_read(guest->bridge, 0x12345, &byte, 1), 0);
    assert_int_equal(byte, fake_guest_pattern(0x200000 + 0x12345));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        fake_qmp_set(guest->qmp, "qom-get:/objects/mem offset", FAKE_QMP_ANSWER, wrong[i]);
        assert_int_equal(open_guest(guest), QDPI_ERR_PROTOCOL);
        expect_words(guest, "offset of \"mem\"", "");
    }
    fake_qmp_set(guest->qmp, "qom-get:/objects/mem offset", FAKE_QMP_ANSWER, "\"return\": 4194304");
    assert_int_equal(open_guest(guest), QDPI_ERR_UNSUPPORTED);
    expect_words(guest, "too small", "");
}

/// What is known to be in the view is not asked about at each look.
static void test_asked_once(void **state)
{
    struct fake_guest *guest = *state;

    assert_int_equal(open_guest(guest), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(qdpi_map_refresh(guest->bridge), 0);
    assert_int_equal(fake_qmp_count(guest->qmp, "query-memdev"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fake_guest_test(test_map),
        fake_guest_test(test_bytes_are_where_the_map_says),
        fake_guest_test(test_wrong_set_ups),
        fake_guest_test(test_private_backend_in_use),
        fake_guest_test(test_wrong_files),
        fake_guest_test(test_memfd_beside_a_file),
        fake_guest_test(test_wrong_views),
        fake_guest_test(test_features),
        fake_guest_test(test_atomics),
        fake_guest_test(test_memory_comes_and_changes),
        fake_guest_test(test_foreign_memory_gets_a_file),
        fake_guest_test(test_name_used_again),
        fake_guest_test(test_offset_of_a_backend),
        fake_guest_test(test_asked_once),
    };
    return qdpi_run_group(tests);
}
