// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// RAM files: what can be mapped, what cannot and why, and what happens when a page of one is gone.

#include "guest_ram.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest_memory.h"
#include "qdpi_cmocka.h"
#include "scratch.h"
#include "sigbus_guard.h"

struct place {
    struct qdpi_scratch scratch;
    char path[96];
    char other[96];
    struct qdpi_ground ground;
    struct qdpi_guest_ram ram;
    struct qdpi_error error;
};

static int start(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    if (place == NULL)
        return -1;
    if (qdpi_scratch_make("/dev/shm", &place->scratch) != 0)
        return -1;
    (void)snprintf(place->path, sizeof place->path, "%s/ram", place->scratch.path);
    (void)snprintf(place->other, sizeof place->other, "%s/other", place->scratch.path);
    qdpi_guest_ram_init(&place->ram, &place->ground);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    qdpi_guest_ram_close(&place->ram);
    qdpi_scratch_remove(&place->scratch);
    free(place);
    return 0;
}

static void make_file(const char *path, off_t size)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

static int add(struct place *place, const char *name, const char *path, uint64_t size)
{
    place->error.text[0] = '\0';
    return qdpi_guest_ram_add(&place->ram, name, path, 0, size, &place->error);
}

static bool says(const struct place *place, const char *words)
{
    return strstr(place->error.text, words) != NULL;
}

/// A file is mapped shared: what one side writes, the other sees. Size 0 takes whole pages of it.
static void test_map(void **state)
{
    struct place *place = *state;
    unsigned char byte = 0;
    int fd;

    make_file(place->path, 0x3123);
    assert_int_equal(add(place, "mem", place->path, 0x2000), 0);
    assert_int_equal(add(place, "all", place->path, 0), 1);
    assert_int_equal(place->ram.files[0].size, 0x2000);
    assert_int_equal(place->ram.files[1].size, 0x3000);
    assert_string_equal(place->ram.files[0].path, place->path);
    place->ram.files[0].host[0x1fff] = 0x5a;
    assert_int_equal(place->ram.files[1].host[0x1fff], 0x5a);
    fd = open(place->path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, &byte, 1, 0x1fff), 1);
    assert_int_equal(byte, 0x5a);
    close(fd);
    qdpi_guest_ram_close(&place->ram);
    assert_int_equal(place->ram.count, 0);
    qdpi_guest_ram_close(&place->ram);
    assert_int_equal(place->ground.lost, 0);
}

/// A part of a file: its bytes, its size, and that it is current only while it is this part.
static void test_offset(void **state)
{
    struct place *place = *state;
    unsigned char byte = 0;
    int fd;

    make_file(place->path, 0x5000);
    assert_int_equal(
        qdpi_guest_ram_add(&place->ram, "mem", place->path, 0x2000, 0x3000, &place->error), 0);
    place->ram.files[0].host[0x1001] = 0x5a;
    fd = open(place->path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, &byte, 1, 0x3001), 1);
    assert_int_equal(byte, 0x5a);
    close(fd);
    assert_true(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0x2000, 0x3000));
    assert_false(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 0x3000));
    assert_int_equal(qdpi_guest_ram_add(&place->ram, "mem", place->path, 0x1000, 0, NULL), 1);
    assert_int_equal(place->ram.files[1].size, 0x4000);
    assert_int_equal(
        qdpi_guest_ram_add(&place->ram, "mem", place->path, 0x3000, 0x3000, &place->error),
        -EOPNOTSUPP);
    assert_true(says(place, "too small: 24576 bytes are needed, it has 20480"));
    assert_int_equal(qdpi_guest_ram_add(&place->ram, "mem", place->path, 0x5000, 0, &place->error),
                     -EOPNOTSUPP);
}

/** Whether this process has a page mapped at `address`. */
static bool is_mapped(const unsigned char *address)
{
    uint64_t entry = 0;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(
        pread(fd, &entry, sizeof entry, (off_t)((uintptr_t)address / 4096 * sizeof entry)),
        sizeof entry);
    close(fd);
    return entry >> 63 != 0;
}

/// Known is whether a load has a page made, or only a store: of all files together.
static void test_hollow(void **state)
{
    struct place *place = *state;
    struct qdpi_scratch elsewhere = {.path = ""};
    struct statfs about;
    char path[QDPI_SCRATCH_PATH_MAX + 8];
    bool is_hollow;

    make_file(place->path, 0x1000);
    assert_int_equal(add(place, "mem", place->path, 0), 0);
    assert_int_equal(place->ground.hollow, 0);
    // On a disk, as a rule.
    assert_int_equal(qdpi_scratch_make(".", &elsewhere), 0);
    assert_int_equal(statfs(elsewhere.path, &about), 0);
    (void)snprintf(path, sizeof path, "%s/ram", elsewhere.path);
    make_file(path, 0x1000);
    assert_int_equal(add(place, "disk", path, 0), 1);
    assert_int_equal(add(place, "again", place->path, 0), 2);
    is_hollow = place->ground.hollow != 0;
    qdpi_scratch_remove(&elsewhere);
    assert_int_equal(is_hollow, about.f_type != TMPFS_MAGIC);
}

/// Asked for, the pages that a file has are mapped with it; its holes stay holes.
static void test_prefault(void **state)
{
    static const size_t data[] = {0, 0x200000, 0x201000, 0x3ff000};
    struct place *place = *state;
    struct stat before;
    struct stat after;
    int fd;

    // In memory a look at a hole would make a page.
    make_file(place->other, 0x400000);
    fd = open(place->other, O_RDWR | O_CLOEXEC);
    for (size_t i = 0; i < sizeof data / sizeof data[0]; i++)
        assert_int_equal(pwrite(fd, "x", 1, (off_t)data[i]), 1);
    assert_int_equal(fstat(fd, &before), 0);

    assert_int_equal(add(place, "mem", place->other, 0), 0);
    for (size_t i = 0; i < sizeof data / sizeof data[0]; i++)
        assert_false(is_mapped(place->ram.files[0].host + data[i]));
    place->ram.prefault = true;
    assert_int_equal(add(place, "all", place->other, 0), 1);
    for (size_t i = 0; i < sizeof data / sizeof data[0]; i++)
        assert_true(is_mapped(place->ram.files[1].host + data[i]));
    assert_false(is_mapped(place->ram.files[1].host + 0x100000));
    // A mapping that ends before the data does.
    assert_int_equal(add(place, "part", place->other, 0x200000), 2);
    assert_true(is_mapped(place->ram.files[2].host));
    // One that begins behind some of it.
    assert_int_equal(
        qdpi_guest_ram_add(&place->ram, "rest", place->other, 0x201000, 0, &place->error), 3);
    assert_true(is_mapped(place->ram.files[3].host));
    assert_true(is_mapped(place->ram.files[3].host + 0x3ff000 - 0x201000));
    assert_false(is_mapped(place->ram.files[3].host + 0x1000));
    assert_int_equal(fstat(fd, &after), 0);
    assert_int_equal(after.st_blocks, before.st_blocks);
    assert_int_equal(place->ground.lost, 0);
    close(fd);
}

/// Each thing that is no RAM file is refused in its own words, with a remedy, and leaves nothing.
static void test_no_ram_file(void **state)
{
    struct place *place = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char below[128];
    int fd;

    assert_int_equal(add(place, "mem", place->path, 4096), -ENOENT);
    assert_true(says(place, place->path) && says(place, "no such file") &&
                says(place, "absolute path"));
    assert_int_equal(add(place, "mem", place->scratch.path, 4096), -EOPNOTSUPP);
    assert_true(says(place, "not a regular file") && says(place, "give mem-path= the name of"));
    assert_int_equal(add(place, "mem", "/dev/null", 4096), -EOPNOTSUPP);
    assert_true(says(place, "not a regular file"));
    assert_int_equal(mkfifo(place->path, 0600), 0);
    assert_int_equal(add(place, "mem", place->path, 4096), -EOPNOTSUPP);
    assert_true(says(place, "not a regular file"));
    (void)unlink(place->path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", place->path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    assert_int_equal(add(place, "mem", place->path, 4096), -EOPNOTSUPP);
    assert_true(says(place, "not a regular file"));
    (void)unlink(place->path);
    make_file(place->path, 4096);
    (void)snprintf(below, sizeof below, "%s/x", place->path);
    assert_int_equal(add(place, "mem", below, 4096), -ENOENT);
    assert_true(says(place, "no such file"));
    assert_int_equal(place->ram.count, 0);
}

/// Too small: by a byte, empty, less than a page; the sentence gives both numbers.
static void test_too_small(void **state)
{
    struct place *place = *state;

    make_file(place->path, 8191);
    assert_int_equal(add(place, "mem", place->path, 8192), -EOPNOTSUPP);
    assert_true(says(place, "8192 bytes are needed, it has 8191") && says(place, "too small"));
    make_file(place->path, 0);
    assert_int_equal(add(place, "mem", place->path, 0), -EOPNOTSUPP);
    assert_true(says(place, "4096 bytes are needed, it has 0"));
    make_file(place->path, 4095);
    assert_int_equal(add(place, "mem", place->path, 0), -EOPNOTSUPP);
    assert_true(says(place, "it has 4095"));
}

/// More than the address space gives is refused, not taken in part.
static void test_too_big_to_map(void **state)
{
    struct place *place = *state;

    make_file(place->path, INT64_C(1) << 42);
    if (add(place, "mem", place->path, UINT64_C(1) << 42) >= 0)
        qdpi_guest_ram_close(&place->ram);
    else
        assert_true(says(place, "raise the limit on address space"));
    assert_int_equal(place->ram.count, 0);
}

/// No permission: as root, seen with the eyes of an unprivileged user; read-only is not enough.
static void test_unreadable(void **state)
{
    struct place *place = *state;
    const mode_t modes[] = {0000, 0444, 0222};

    make_file(place->path, 4096);
    for (size_t i = 0; i < 3; i++) {
        int status;
        pid_t child;

        assert_int_equal(chmod(place->path, modes[i]), 0);
        child = fork();
        if (child == 0) {
            int result;

            if (geteuid() == 0 && (chmod(place->scratch.path, 0711) != 0 || setuid(65534) != 0))
                _exit(10);
            result = add(place, "mem", place->path, 4096);
            _exit(result == -EACCES && says(place, "as the user who runs QEMU") ? 0 : 11);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

/// Foreign RAM is known by its name until it is forgotten.
static void test_foreign(void **state)
{
    struct place *place = *state;

    assert_false(qdpi_guest_ram_is_foreign(&place->ram, "vga.vram"));
    assert_int_equal(qdpi_guest_ram_add_foreign(&place->ram, "vga.vram"), 0);
    assert_int_equal(qdpi_guest_ram_add_foreign(&place->ram, "other"), 0);
    assert_true(qdpi_guest_ram_is_foreign(&place->ram, "vga.vram"));
    assert_true(qdpi_guest_ram_is_foreign(&place->ram, "other"));
    assert_false(qdpi_guest_ram_is_foreign(&place->ram, "vga"));
    qdpi_guest_ram_forget_names(&place->ram);
    assert_false(qdpi_guest_ram_is_foreign(&place->ram, "vga.vram"));
    // Closing forgets too: nothing is left for the leak checker.
    assert_int_equal(qdpi_guest_ram_add_foreign(&place->ram, "vga.vram"), 0);
}

/// The newest file of a name counts, and only while path, size and inode are what was mapped.
static void test_names_and_currency(void **state)
{
    struct place *place = *state;

    make_file(place->path, 8192);
    make_file(place->other, 8192);
    assert_int_equal(qdpi_guest_ram_find(&place->ram, "mem"), -ENOENT);
    assert_false(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 8192));
    assert_int_equal(add(place, "mem", place->path, 8192), 0);
    assert_int_equal(add(place, "dimm", place->path, 8192), 1);
    assert_int_equal(qdpi_guest_ram_find(&place->ram, "mem"), 0);
    assert_int_equal(qdpi_guest_ram_find(&place->ram, "me"), -ENOENT);
    assert_true(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 8192));
    assert_false(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 4096));
    assert_false(qdpi_guest_ram_is_current(&place->ram, "mem", place->other, 0, 8192));
    assert_int_equal(rename(place->other, place->path), 0);
    assert_false(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 8192));
    assert_int_equal(add(place, "mem", place->path, 8192), 2);
    assert_int_equal(qdpi_guest_ram_find(&place->ram, "mem"), 2);
    assert_true(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 8192));
    // Unlinked, it still is what QEMU has open; under another name or size it is not.
    assert_int_equal(unlink(place->path), 0);
    assert_true(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 8192));
    assert_false(qdpi_guest_ram_is_current(&place->ram, "mem", place->other, 0, 8192));
    assert_false(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 4096));
}

/** A process that maps the file, as QEMU would, and lives until it is killed. */
static pid_t start_mapper(const char *path)
{
    int ends[2];
    char ready;
    pid_t child;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
        const int fd = open(path, O_RDWR | O_CLOEXEC);

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (fd < 0 || mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ||
            write(ends[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    (void)close(ends[1]);
    assert_true(child > 0);
    assert_int_equal(read(ends[0], &ready, 1), 1);
    (void)close(ends[0]);
    return child;
}

static void stop_mapper(pid_t child)
{
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/// What was put in place of the file that QEMU has mapped is not QEMU's: who has the old one keeps
/// it, and it is not mapped anew. Without knowing QEMU's process nobody can tell.
static void test_replaced_file(void **state)
{
    struct place *place = *state;
    pid_t child;

    make_file(place->path, 8192);
    make_file(place->other, 8192);
    child = start_mapper(place->path);
    place->ram.qemu = child;
    assert_int_equal(add(place, "mem", place->path, 8192), 0);
    assert_int_equal(rename(place->other, place->path), 0);
    assert_true(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 8192));
    assert_int_equal(add(place, "new", place->path, 8192), -ENOENT);
    assert_true(says(place, "it was replaced after QEMU") && says(place, "start QEMU again"));
    assert_int_equal(unlink(place->path), 0);
    assert_true(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 8192));
    assert_int_equal(add(place, "new", place->path, 8192), -ENOENT);
    assert_true(says(place, "it was removed after QEMU") && says(place, "leave the file"));
    make_file(place->path, 8192);
    place->ram.qemu = 0;
    assert_false(qdpi_guest_ram_is_current(&place->ram, "mem", place->path, 0, 8192));
    assert_int_equal(add(place, "new", place->path, 8192), 1);
    stop_mapper(child);
}

static int no_source(void *context, struct qdpi_memory_map **map, struct qdpi_error *error)
{
    (void)context;
    (void)map;
    return qdpi_fail(error, -EIO, "not asked for");
}

/** Two RAM files next to each other at 0x200000, two pages each. */
static void start_memory(struct place *place, struct qdpi_guest_memory *memory,
                         struct qdpi_counters *counters)
{
    struct qdpi_map_range ranges[2];

    make_file(place->path, 8192);
    make_file(place->other, 8192);
    qdpi_guest_memory_init(memory, no_source, NULL, counters);
    place->ram.ground = &memory->ground;
    qdpi_guest_memory_prepare(memory);
    assert_int_equal(add(place, "a", place->path, 8192), 0);
    assert_int_equal(add(place, "b", place->other, 8192), 1);
    for (int i = 0; i < 2; i++) {
        ranges[i] = (struct qdpi_map_range){.first = UINT64_C(0x200000) + (uint64_t)i * 0x2000,
                                            .last = UINT64_C(0x201fff) + (uint64_t)i * 0x2000,
                                            .host = place->ram.files[i].host,
                                            .file = i,
                                            .kind = QDPI_MEMORY_RAM};
        memset(place->ram.files[i].host, 0x33, 8192);
    }
    assert_int_equal(qdpi_guest_memory_start(memory, qdpi_memory_map_build(ranges, 2), false, NULL),
                     0);
}

/// An access whose last part is gone does nothing to its first part, neither in the guest nor in
/// the caller's buffer: across files, across pages, and with strobes; afterwards all are refused.
static void test_truncated_file_is_refused_whole(void **state)
{
    enum {
        WRITE_ACROSS,
        WRITE_WITHIN,
        STROBED_ACROSS,
        STROBED_WITHIN,
        READ_ACROSS,
        READ_WITHIN,
        CASES
    };
    struct place *place = *state;
    static unsigned char data[8192];
    static unsigned char strobes[1024];

    memset(strobes, 0x7f, sizeof strobes);
    for (int i = 0; i < CASES; i++) {
        struct qdpi_guest_memory memory;
        struct qdpi_counters counters = {{0}};
        // Within: the first file loses its second page. Across: the second file loses all.
        const bool within = i == WRITE_WITHIN || i == STROBED_WITHIN || i == READ_WITHIN;
        const uint64_t gpa = within ? 0x200ff0 : 0x201ff0;
        const unsigned char *first;
        size_t written;
        int result;

        start_memory(place, &memory, &counters);
        assert_int_equal(truncate(within ? place->path : place->other, within ? 4096 : 0), 0);
        memset(data, 0x44, 8192);
        if (i == WRITE_ACROSS || i == WRITE_WITHIN)
            result = qdpi_guest_memory_write(&memory, gpa, data, 0x20, NULL);
        else if (i == STROBED_ACROSS || i == STROBED_WITHIN)
            result =
                qdpi_guest_memory_write_strobed(&memory, gpa, data, strobes, 0x20, &written, NULL);
        else
            result = qdpi_guest_memory_read(&memory, gpa, data, 0x20, NULL);
        assert_int_equal(result, -ENOTCONN);
        first = place->ram.files[0].host + (gpa - 0x200000);
        for (size_t j = 0; j < 0x10; j++) {
            assert_int_equal(first[j], 0x33);
            assert_int_equal(data[j], 0x44);
        }
        assert_int_equal(qdpi_guest_memory_read(&memory, 0x200000, data, 1, NULL), -ENOTCONN);
        assert_int_equal(qdpi_guest_memory_write(&memory, 0x200000, data, 8, NULL), -ENOTCONN);
        qdpi_guest_memory_destroy(&memory);
        place->ram.ground = &place->ground;
        qdpi_guest_ram_close(&place->ram);
    }
}

/// Whichever access is the first to meet a page that is gone, it is the one that is told.
static void test_first_to_meet_the_loss(void **state)
{
    enum { READ_WORD, READ_BYTES, WRITE_WORD, WRITE_BYTES, STROBED, ATOMIC_32, ATOMIC_64, KINDS };
    struct place *place = *state;
    static const uint8_t strobes[2] = {0x0f, 0xf0};

    for (int kind = 0; kind < KINDS; kind++) {
        struct qdpi_guest_memory memory;
        struct qdpi_counters counters = {{0}};
        unsigned char data[16] = {1};
        uint64_t was = 4711;
        size_t written;
        int result;

        start_memory(place, &memory, &counters);
        assert_int_equal(truncate(place->other, 0), 0);
        if (kind == READ_WORD || kind == READ_BYTES)
            result =
                qdpi_guest_memory_read(&memory, 0x202000, data, kind == READ_WORD ? 8 : 13, NULL);
        else if (kind == WRITE_WORD || kind == WRITE_BYTES)
            result =
                qdpi_guest_memory_write(&memory, 0x202000, data, kind == WRITE_WORD ? 8 : 13, NULL);
        else if (kind == STROBED)
            result = qdpi_guest_memory_write_strobed(&memory, 0x202000, data, strobes, 16, &written,
                                                     NULL);
        else
            result = qdpi_guest_memory_atomic(&memory, 0x202000, kind == ATOMIC_32 ? 4 : 8,
                                              QDPI_ATOMIC_FETCH_ADD, 0, 1, &was, NULL);
        if (result != -ENOTCONN)
            fail_msg("kind %d: %d", kind, result);
        assert_int_equal(was, 4711);
        assert_int_equal(data[0], 1);
        qdpi_guest_memory_destroy(&memory);
        place->ram.ground = &place->ground;
        qdpi_guest_ram_close(&place->ram);
    }
}

/// Nor is anything changed when it is neither the first nor the last page that cannot be had.
static void test_page_lost_in_the_middle(void **state)
{
    struct place *place = *state;
    struct qdpi_guest_memory memory;
    struct qdpi_counters counters = {{0}};
    struct qdpi_map_range range = {
        .first = 0x200000, .last = 0x202fff, .file = 0, .kind = QDPI_MEMORY_RAM};
    static unsigned char data[0x3000];
    int fd;

    make_file(place->path, sizeof data);
    make_file(place->other, 0x1000);
    qdpi_guest_memory_init(&memory, no_source, NULL, &counters);
    place->ram.ground = &memory.ground;
    qdpi_guest_memory_prepare(&memory);
    assert_int_equal(add(place, "a", place->path, sizeof data), 0);
    range.host = place->ram.files[0].host;
    memset(range.host, 0x33, sizeof data);
    assert_int_equal(
        qdpi_guest_memory_start(&memory, qdpi_memory_map_build(&range, 1), false, NULL), 0);
    fd = open(place->other, O_RDWR | O_CLOEXEC);
    assert_true(mmap(range.host + 0x1000, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                     fd, 0) != MAP_FAILED);
    (void)close(fd);
    assert_int_equal(truncate(place->other, 0), 0);
    memset(data, 0x44, sizeof data);
    assert_int_equal(qdpi_guest_memory_write(&memory, 0x200000, data, sizeof data, NULL),
                     -ENOTCONN);
    for (size_t i = 0; i < 0x1000; i++) {
        assert_int_equal(range.host[i], 0x33);
        assert_int_equal(range.host[0x2000 + i], 0x33);
    }
    qdpi_guest_memory_destroy(&memory);
    place->ram.ground = &place->ground;
}

/// When the SIGBUS guard has no room, a file is refused, and nothing of it stays mapped.
static void test_guard_is_full(void **state)
{
    struct place *place = *state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *pages = mmap(NULL, QDPI_SIGBUS_GUARD_RANGES_MAX * page, PROT_NONE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t count = 0;

    assert_true(pages != MAP_FAILED);
    make_file(place->path, 0x1000);
    while (count < QDPI_SIGBUS_GUARD_RANGES_MAX &&
           qdpi_sigbus_guard_add(pages + count * page, page, &place->ground.lost) == 0)
        count++;
    assert_int_equal(add(place, "mem", place->path, 0x1000), -ENOMEM);
    assert_true(says(place, place->path) && says(place, "close bridges"));
    assert_int_equal(place->ram.count, 0);
    qdpi_sigbus_guard_remove(pages);
    assert_int_equal(add(place, "mem", place->path, 0x1000), 0);
    for (size_t i = 1; i < count; i++)
        qdpi_sigbus_guard_remove(pages + i * page);
    (void)munmap(pages, QDPI_SIGBUS_GUARD_RANGES_MAX * page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        // First: cmocka takes SIGBUS away from the library between a test and its teardown, which
        // the library takes for somebody else's handler on top of its own.
        cmocka_unit_test_setup_teardown(test_truncated_file_is_refused_whole, start, tear_down),
        cmocka_unit_test_setup_teardown(test_first_to_meet_the_loss, start, tear_down),
        cmocka_unit_test_setup_teardown(test_page_lost_in_the_middle, start, tear_down),
        cmocka_unit_test_setup_teardown(test_map, start, tear_down),
        cmocka_unit_test_setup_teardown(test_offset, start, tear_down),
        cmocka_unit_test_setup_teardown(test_hollow, start, tear_down),
        cmocka_unit_test_setup_teardown(test_prefault, start, tear_down),
        cmocka_unit_test_setup_teardown(test_guard_is_full, start, tear_down),
        cmocka_unit_test_setup_teardown(test_no_ram_file, start, tear_down),
        cmocka_unit_test_setup_teardown(test_too_small, start, tear_down),
        cmocka_unit_test_setup_teardown(test_too_big_to_map, start, tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable, start, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign, start, tear_down),
        cmocka_unit_test_setup_teardown(test_names_and_currency, start, tear_down),
        cmocka_unit_test_setup_teardown(test_replaced_file, start, tear_down),
    };
    return qdpi_run_group(tests);
}
