// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of QEMU's flat views: real ones, ones cut off anywhere, and nonsense.

#include "mtree.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qdpi_cmocka.h"

#define HEADING "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
#define LINE(first, last, rest) "  " first "-" last " (prio 0, " rest "\n"
#define LOW "0000000000000000"
#define LOW_END "0000000000000fff"
#define HIGH "fffffffffffff000"
#define HIGH_END "ffffffffffffffff"

static char *read_fixture(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/mtree/%s", QDPI_TEST_FIXTURES, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    size_t length = fread(text, 1, 65535, file);
    assert_true(length > 0 && length < 65535);
    assert_int_equal(fclose(file), 0);
    return text;
}

/** Parse and expect success. */
static int parse(const char *text, const char *address_space, struct qdpi_mtree_range **ranges)
{
    struct qdpi_error error = {.text = ""};
    int count = qdpi_mtree_parse(text, address_space, ranges, &error);

    if (count < 0) {
        fail_msg("%s", error.text);
    }
    assert_string_equal(error.text, "");
    assert_non_null(*ranges);
    return count;
}

static void assert_range(const struct qdpi_mtree_range *range, uint64_t first, uint64_t last,
                         enum qdpi_memory_kind kind, const char *name, uint64_t offset)
{
    assert_int_equal(range->first, first);
    assert_int_equal(range->last, last);
    assert_int_equal(range->kind, kind);
    assert_string_equal(range->name, name);
    assert_int_equal(range->offset, offset);
}

/** Parse and expect -EPROTO with a sentence that has `words` in it. */
static void assert_refused(const char *text, const char *words)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_mtree_range *ranges = (struct qdpi_mtree_range *)&error;

    assert_int_equal(qdpi_mtree_parse(text, "memory", &ranges, &error), -EPROTO);
    assert_null(ranges);
    assert_non_null(strstr(error.text, "info mtree -f"));
    if (strstr(error.text, words) == NULL) {
        fail_msg("\"%s\" is not in: %s", words, error.text);
    }
    ranges = NULL;
    assert_int_equal(qdpi_mtree_parse(text, "memory", &ranges, NULL), -EPROTO);
}

/// What QEMU prints for a PC after its firmware has run, range by range.
static void test_parse_pc(void **state)
{
    struct qdpi_mtree_range *ranges;
    char *text = read_fixture("pc_5g_booted.txt");
    int count = parse(text, "memory", &ranges);

    (void)state;
    assert_int_equal(count, 23);
    assert_range(&ranges[0], 0, 0x9ffff, QDPI_MEMORY_RAM, "mem", 0);
    assert_range(&ranges[1], 0xa0000, 0xbffff, QDPI_MEMORY_DEVICE, "vga-lowmem", 0);
    assert_range(&ranges[2], 0xc0000, 0xc9fff, QDPI_MEMORY_ROM, "mem", 0xc0000);
    assert_range(&ranges[3], 0xca000, 0xccfff, QDPI_MEMORY_RAM, "mem", 0xca000);
    assert_range(&ranges[4], 0xcd000, 0xe7fff, QDPI_MEMORY_ROM, "mem", 0xcd000);
    assert_range(&ranges[5], 0xe8000, 0xeffff, QDPI_MEMORY_RAM, "mem", 0xe8000);
    assert_range(&ranges[6], 0xf0000, 0xfffff, QDPI_MEMORY_ROM, "mem", 0xf0000);
    assert_range(&ranges[7], 0x100000, 0xbfffffff, QDPI_MEMORY_RAM, "mem", 0x100000);
    assert_range(&ranges[8], 0xfd000000, 0xfdffffff, QDPI_MEMORY_RAM, "vga.vram", 0);
    assert_range(&ranges[11], 0xfebf0400, 0xfebf041f, QDPI_MEMORY_DEVICE, "vga ioports remapped",
                 0);
    assert_range(&ranges[12], 0xfebf0420, 0xfebf04ff, QDPI_MEMORY_DEVICE, "vga.mmio", 0x420);
    assert_range(&ranges[19], 0xfee00000, 0xfeefffff, QDPI_MEMORY_DEVICE, "apic-msi", 0);
    assert_range(&ranges[20], 0xff000000, 0xff00ffff, QDPI_MEMORY_DEVICE, "pc-testdev-iomem", 0);
    assert_range(&ranges[21], 0xfffc0000, 0xffffffff, QDPI_MEMORY_ROM, "pc.bios", 0);
    assert_range(&ranges[22], 0x100000000, 0x17fffffff, QDPI_MEMORY_RAM, "mem", 0xc0000000);
    free(ranges);
    free(text);
}

/// The ranges of region `name`, as "first-last kind offset" lines.
static void assert_ranges_of(const char *fixture, const char *name, const char *expected)
{
    struct qdpi_mtree_range *ranges;
    char got[2048] = "";
    size_t length = 0;
    char *text = read_fixture(fixture);
    int count = parse(text, "memory", &ranges);

    for (int i = 0; i < count; i++) {
        if (strcmp(ranges[i].name, name) == 0) {
            length += (size_t)snprintf(got + length, sizeof got - length,
                                       "%" PRIx64 "-%" PRIx64 " %d %" PRIx64 "\n", ranges[i].first,
                                       ranges[i].last, (int)ranges[i].kind, ranges[i].offset);
        }
    }
    assert_string_equal(got, expected);
    free(ranges);
    free(text);
}

#define SHADOWED                                                                                   \
    "0-9ffff 0 0\nc0000-c9fff 1 c0000\nca000-ccfff 0 ca000\ncd000-e7fff 1 cd000\n"                 \
    "e8000-effff 0 e8000\nf0000-fffff 1 f0000\n100000-1fffffff 0 100000\n"

/// RAM files are found under their ids in every set-up, and are where QEMU has them.
static void test_parse_real_set_ups(void **state)
{
    (void)state;
    assert_ranges_of("pc_512m_reset.txt", "mem", "0-9ffff 0 0\n100000-1fffffff 0 100000\n");
    assert_ranges_of("pc_512m_booted.txt", "mem", SHADOWED);
    assert_ranges_of("q35_512m_reset.txt", "mem", "0-9ffff 0 0\n100000-1fffffff 0 100000\n");
    assert_ranges_of("q35_512m_booted.txt", "mem", SHADOWED);
    assert_ranges_of("q35_5g_reset.txt", "mem",
                     "0-9ffff 0 0\n100000-7fffffff 0 100000\n100000000-1bfffffff 0 80000000\n");
    assert_ranges_of("pc_numa_reset.txt", "mem", "0-9ffff 0 0\n100000-1fffffff 0 100000\n");
    assert_ranges_of("pc_numa_reset.txt", "mem1", "20000000-3fffffff 0 0\n");
    assert_ranges_of("pc_numa_booted.txt", "mem1", "20000000-3fffffff 0 0\n");
    assert_ranges_of("pc_dimm_reset.txt", "hot0", "");
    assert_ranges_of("pc_dimm_booted.txt", "hot0", "100000000-10fffffff 0 0\n");
    assert_ranges_of("q35_dimm_booted.txt", "hot0", "100000000-10fffffff 0 0\n");
    assert_ranges_of("pc_slots_booted.txt", "mem", SHADOWED);
    assert_ranges_of("pc_private_booted.txt", "mem", SHADOWED);
    assert_ranges_of("pc_anonymous_booted.txt", "mem", "");
    assert_ranges_of("pc_anonymous_booted.txt", "pc.ram", SHADOWED);
    assert_ranges_of("pc_kvm_booted.txt", "mem", SHADOWED);
    assert_ranges_of("pc_kvm_booted.txt", "pc.bios", "fffc0000-ffffffff 1 0\n");
    assert_ranges_of("pc_3_1_reset.txt", "mem", "0-9ffff 0 0\n100000-1fffffff 0 100000\n");
    assert_ranges_of("pc_novga_booted.txt", "mem",
                     "0-c2fff 0 0\nc3000-e7fff 1 c3000\ne8000-effff 0 e8000\nf0000-fffff 1 f0000\n"
                     "100000-1fffffff 0 100000\n");
    assert_ranges_of("pc_pflash_reset.txt", "system.flash0", "fffc0000-ffffffff 1 0\n");
    assert_ranges_of("microvm_reset.txt", "mem", "0-effff 0 0\n100000-1fffffff 0 100000\n");
}

/// The port address space: what tells whether interrupts and doorbells can work.
static void test_parse_io(void **state)
{
    static const struct {
        const char *fixture;
        bool has_slots;
    } cases[] = {{"pc_512m_booted.txt", false},
                 {"q35_512m_booted.txt", false},
                 {"pc_slots_booted.txt", true},
                 {"q35_slots_booted.txt", true}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct qdpi_mtree_range *ranges;
        char *text = read_fixture(cases[i].fixture);
        int count = parse(text, "I/O", &ranges);
        int lines_at = -1;
        int slots_at = -1;

        assert_int_equal(ranges[0].first, 0);
        assert_int_equal(ranges[count - 1].last, 0xffff);
        for (int j = 0; j < count; j++) {
            assert_int_equal(ranges[j].kind, QDPI_MEMORY_DEVICE);
            assert_true(j == 0 || ranges[j].first == ranges[j - 1].last + 1);
            lines_at = strcmp(ranges[j].name, "pc-testdev-irq-line") == 0 ? j : lines_at;
            slots_at = strcmp(ranges[j].name, "acpi-mem-hotplug") == 0 ? j : slots_at;
        }
        assert_true(lines_at >= 0);
        assert_range(&ranges[lines_at], 0x2000, 0x2017, QDPI_MEMORY_DEVICE, "pc-testdev-irq-line",
                     0);
        assert_int_equal(slots_at >= 0, cases[i].has_slots);
        if (slots_at >= 0) {
            assert_range(&ranges[slots_at], 0xa00, 0xa17, QDPI_MEMORY_DEVICE, "acpi-mem-hotplug",
                         0);
        }
        free(ranges);
        free(text);
    }
}

static char *with_crlf(const char *text)
{
    char *copy = malloc(2 * strlen(text) + 1);
    size_t length = 0;

    assert_non_null(copy);
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            copy[length++] = '\r';
        }
        copy[length++] = *text;
    }
    copy[length] = '\0';
    return copy;
}

/// Every fixture reads the same with the line ends that QEMU sends over QMP.
static void test_parse_crlf(void **state)
{
    DIR *directory = opendir(QDPI_TEST_FIXTURES "/mtree");
    const struct dirent *entry;
    int fixtures = 0;

    (void)state;
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        struct qdpi_mtree_range *plain;
        struct qdpi_mtree_range *converted;
        if (strstr(entry->d_name, ".txt") == NULL) {
            continue;
        }
        char *text = read_fixture(entry->d_name);
        char *crlf = with_crlf(text);
        int count = parse(text, "memory", &plain);
        assert_int_equal(parse(crlf, "memory", &converted), count);
        for (int i = 0; i < count; i++) {
            assert_range(&converted[i], plain[i].first, plain[i].last, plain[i].kind, plain[i].name,
                         plain[i].offset);
        }
        fixtures++;
        free(plain);
        free(converted);
        free(text);
        free(crlf);
    }
    assert_int_equal(closedir(directory), 0);
    assert_true(fixtures >= 30);
}

/// Cut off anywhere, the text is refused or gives the whole map: a lost range is never a hole.
static void test_parse_cut_off(void **state)
{
    struct qdpi_mtree_range *ranges;
    char *text = read_fixture("pc_512m_booted.txt");
    int whole = parse(text, "memory", &ranges);
    char *view = strstr(text, " AS \"memory\"");
    size_t refused = 0;

    (void)state;
    free(ranges);
    assert_non_null(view);
    char *view_end = strstr(view, "\n\n") + 2;
    for (size_t length = strlen(text); length > 0; length--) {
        struct qdpi_error error = {.text = ""};
        text[length - 1] = '\0';
        int count = qdpi_mtree_parse(text, "memory", &ranges, &error);
        if (text + length - 1 >= view_end) {
            assert_int_equal(count, whole);
        } else {
            assert_int_equal(count, -EPROTO);
            assert_null(ranges);
            assert_true(strlen(error.text) > 40);
            refused++;
        }
        free(ranges);
    }
    assert_int_equal(refused, view_end - text);
    free(text);
}

/// Any one byte of a range damaged never gives fewer ranges, or others, without saying so.
static void test_parse_damaged(void **state)
{
    const char good[] =
        HEADING LINE(LOW, LOW_END, "ram): mem") LINE(HIGH, HIGH_END, "rom): x") "\n";
    char text[sizeof good];

    (void)state;
    for (size_t at = sizeof HEADING - 1; at < sizeof good - 2; at++) {
        struct qdpi_mtree_range *ranges;
        if (good[at] == '\n') {
            continue;  // two lines in one: the second is as good a name as any other
        }
        memcpy(text, good, sizeof good);
        text[at] = '#';
        int count = qdpi_mtree_parse(text, "memory", &ranges, NULL);
        // In the name any byte is as good as another.
        assert_true(count == -EPROTO || (count == 2 && strchr(ranges[0].name, '#') != NULL) ||
                    (count == 2 && strchr(ranges[1].name, '#') != NULL));
        free(ranges);
    }
}

/// Ranges at both ends of the address space, and one that is all of it.
static void test_parse_extremes(void **state)
{
    struct qdpi_mtree_range *ranges;

    (void)state;
    static const char ends[] =
        HEADING LINE(LOW, LOW, "ram): a") LINE(HIGH, HIGH_END, "ram): b @" HIGH_END) "\n";
    assert_int_equal(parse(ends, "memory", &ranges), 2);
    assert_range(&ranges[0], 0, 0, QDPI_MEMORY_RAM, "a", 0);
    assert_range(&ranges[1], 0xfffffffffffff000, UINT64_MAX, QDPI_MEMORY_RAM, "b", UINT64_MAX);
    free(ranges);
    assert_int_equal(parse(HEADING LINE(LOW, HIGH_END, "i/o): io") "\n", "memory", &ranges), 1);
    assert_range(&ranges[0], 0, UINT64_MAX, QDPI_MEMORY_DEVICE, "io", 0);
    free(ranges);
    // More ranges than were first made room for.
    char text[300 * 80] = HEADING;
    for (unsigned i = 0; i < 200; i++) {
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, "  %016x-%016x (prio -5, ram): r%u\n",
                       i * 16, i * 16 + 15, i);
    }
    strcat(text, "\n");
    assert_int_equal(parse(text, "memory", &ranges), 200);
    assert_range(&ranges[199], 199 * 16, 199 * 16 + 15, QDPI_MEMORY_RAM, "r199", 0);
    free(ranges);
}

/// Every kind that QEMU has, and none that it has not.
static void test_parse_kinds(void **state)
{
    static const struct {
        const char *text;
        enum qdpi_memory_kind kind;
    } kinds[] = {
        {"ram", QDPI_MEMORY_RAM},          {"rom", QDPI_MEMORY_ROM},
        {"romd", QDPI_MEMORY_ROM},         {"ramd", QDPI_MEMORY_DEVICE},
        {"i/o", QDPI_MEMORY_DEVICE},       {"nv-ram", QDPI_MEMORY_RAM},
        {"nv-rom", QDPI_MEMORY_ROM},       {"nv-ramd", QDPI_MEMORY_DEVICE},
        {"container", QDPI_MEMORY_DEVICE},
    };
    static const char *const unknown[] = {"",     "rsvd", "RAM",       "ra",
                                          "ram ", "nv-",  "nv-nv-ram", "io"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct qdpi_mtree_range *ranges;
        (void)snprintf(text, sizeof text, HEADING LINE(LOW, LOW_END, "%s): x") "\n", kinds[i].text);
        assert_int_equal(parse(text, "memory", &ranges), 1);
        assert_range(&ranges[0], 0, 0xfff, kinds[i].kind, "x", 0);
        free(ranges);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        (void)snprintf(text, sizeof text, HEADING LINE(LOW, LOW_END, "%s): x") "\n", unknown[i]);
        assert_refused(text, "is not understood");
    }
}

/// Names: with spaces, like an offset, of any length, with and without the path and the mark.
static void test_parse_names(void **state)
{
    static const struct {
        const char *text;
        const char *name;
        uint64_t offset;
    } names[] = {
        {"mem", "mem", 0},
        {"mem @0000000000000010", "mem", 16},
        {"mem KVM", "mem", 0},
        {"mem @0000000000000010 KVM", "mem", 16},
        {"mem @0000000000000010 KVM KVM", "mem", 16},
        {"/objects/mem", "mem", 0},
        {"/objects/mem @0000000000000010", "mem", 16},
        {"/objects/objects/mem", "objects/mem", 0},
        {"a b  c", "a b  c", 0},
        {"a @0000000000000001 @0000000000000010", "a @0000000000000001", 16},
        {"a @10", "a @10", 0},
        {"a @000000000000001g", "a @000000000000001g", 0},
        {"KVM", "KVM", 0},
    };
    char text[512];
    struct qdpi_mtree_range *ranges;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(text, sizeof text, HEADING LINE(LOW, LOW_END, "ram): %s") "\n",
                       names[i].text);
        assert_int_equal(parse(text, "memory", &ranges), 1);
        assert_range(&ranges[0], 0, 0xfff, QDPI_MEMORY_RAM, names[i].name, names[i].offset);
        free(ranges);
    }
    assert_refused(HEADING LINE(LOW, LOW_END, "ram): ") "\n", "is not understood");
    assert_refused(HEADING LINE(LOW, LOW_END, "ram): /objects/") "\n", "is not understood");

    // A name that does not fit: half a device's is good enough, half a RAM file's is a wrong one.
    for (int length = QDPI_MTREE_NAME_MAX - 2; length <= QDPI_MTREE_NAME_MAX + 1; length++) {
        char name[QDPI_MTREE_NAME_MAX + 2] = "";
        memset(name, 'n', (size_t)length);
        (void)snprintf(text, sizeof text, HEADING LINE(LOW, LOW_END, "i/o): %s") "\n", name);
        assert_int_equal(parse(text, "memory", &ranges), 1);
        name[QDPI_MTREE_NAME_MAX - 1] = '\0';
        assert_string_equal(ranges[0].name, name);
        free(ranges);
        memset(name, 'n', (size_t)length);
        (void)snprintf(text, sizeof text, HEADING LINE(LOW, LOW_END, "rom): %s") "\n", name);
        if (length < QDPI_MTREE_NAME_MAX) {
            assert_int_equal(parse(text, "memory", &ranges), 1);
            assert_string_equal(ranges[0].name, name);
            free(ranges);
        } else {
            assert_refused(text, "is not understood");
        }
    }
}

/// The view is found by the whole name of any of the address spaces that share it.
static void test_parse_finds_the_view(void **state)
{
    static const char text[] =
        "FlatView #0\n AS \"memory2\", root: a\n AS \"mem\", root: a\n Root memory region: a\n"
        "  No rendered FlatView\n\n"
        "FlatView #1\n AS \"x\", root: b\n AS \"memory\", root: b, alias c\n AS \"y\", root: b\n"
        " Root memory region: (none)\n" LINE(
            LOW, LOW_END, "ram): right") "\n"
                                         "FlatView #2\n AS \"memory\", root: system\n Root memory "
                                         "region: system\n" LINE(LOW, LOW_END, "ram): second") "\n";
    struct qdpi_mtree_range *ranges;

    (void)state;
    assert_int_equal(parse(text, "memory", &ranges), 1);
    assert_string_equal(ranges[0].name, "right");
    free(ranges);
    assert_int_equal(parse(text, "y", &ranges), 1);
    free(ranges);
    assert_int_equal(parse(text, "memory2", &ranges), 0);
    free(ranges);
    assert_int_equal(qdpi_mtree_parse(text, "memor", &ranges, NULL), -EPROTO);
    assert_int_equal(qdpi_mtree_parse(text, "", &ranges, NULL), -EPROTO);
}

/// What is not a flat view is refused with a sentence that says what to do.
static void test_parse_refuses(void **state)
{
    (void)state;
    assert_refused("", "shows no address space \"memory\"; is this qemu-system-x86_64");
    assert_refused("\n\n", "shows no address space");
    assert_refused("unknown command: 'info mtree'\r\n", "shows no address space");
    assert_refused("FlatView #0", "shows no address space");
    assert_refused("FlatView #0\n AS \"I/O\", root: io\n Root memory region: io\n\n",
                   "shows no address space");
    assert_refused(HEADING, "was cut off in the middle; try again");
    assert_refused(HEADING LINE(LOW, LOW_END, "ram): x"), "was cut off");
    assert_refused(HEADING "nonsense\n\n", "the line \"nonsense\"");
    assert_refused(HEADING "\x01\xff\n\n", "the line \"??\"");
    assert_refused(HEADING LINE(LOW_END, LOW, "ram): x") "\n", "report the line");
    assert_refused(HEADING LINE("000", "fff", "ram): x") "\n", "report the line");
    assert_refused(HEADING LINE("000000000000000A", LOW_END, "ram): x") "\n", "report the line");
    assert_refused(HEADING LINE("00000000000000000", LOW_END, "ram): x") "\n", "report the line");
    // Out of order, and two at one address.
    assert_refused(HEADING LINE(HIGH, HIGH_END, "ram): x") LINE(LOW, LOW_END, "ram): y") "\n",
                   "ram): y");
    assert_refused(HEADING LINE(LOW, LOW_END, "ram): x") LINE(LOW_END, LOW_END, "ram): y") "\n",
                   "ram): y");
    // However long the line, what to do is not cut off.
    char text[4096] = HEADING;
    size_t length = strlen(text);
    memset(text + length, '%', 3000);
    strcpy(text + length + 3000, "\n\n");
    assert_refused(text, "qemu-system-x86_64 --version says");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_pc),       cmocka_unit_test(test_parse_real_set_ups),
        cmocka_unit_test(test_parse_io),       cmocka_unit_test(test_parse_crlf),
        cmocka_unit_test(test_parse_cut_off),  cmocka_unit_test(test_parse_damaged),
        cmocka_unit_test(test_parse_extremes), cmocka_unit_test(test_parse_kinds),
        cmocka_unit_test(test_parse_names),    cmocka_unit_test(test_parse_finds_the_view),
        cmocka_unit_test(test_parse_refuses),
    };
    return qdpi_run_group(tests);
}
