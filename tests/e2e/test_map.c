// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory map that the library discovers is the one that QEMU has: compared at every border with
// a reading of `info mtree -f` of the test's own, and with what QEMU's own monitor finds in memory.

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live_qemu.h"
#include "qdpi_cmocka.h"

#define RANGES_MAX 128
#define NAME_MAX_LENGTH 64
#define FIRMWARE_MS 20000U
#define HOTPLUG_MS 10000U

/** A RAM file: what the region is called in QEMU's text, and the file. */
struct backend {
    const char *region;
    char path[QDPI_LIVE_PATH_MAX];
};

static struct backend backend_of(const struct qdpi_live_qemu *qemu, const char *region,
                                 const char *file)
{
    struct backend backend = {.region = region};

    qdpi_live_path(qemu, file, backend.path);
    return backend;
}

// ---- The test's own reading --------------------------------------------------------------------

struct view_range {
    uint64_t first;
    uint64_t last;
    char kind[16];
    char region[NAME_MAX_LENGTH];
    uint64_t offset;
};

struct view {
    struct view_range ranges[RANGES_MAX];
    size_t count;
};

/** The part of `text` that begins at the heading of address space "memory". */
static const char *find_memory_view(const char *text)
{
    const char *heading = strstr(text, "AS \"memory\"");
    const char *ranges = heading != NULL ? strstr(heading, "Root memory region: system\n") : NULL;

    assert_non_null(ranges);
    return strchr(ranges, '\n') + 1;
}

static void read_view(const struct qdpi_live_qemu *qemu, struct view *view)
{
    char *text = qdpi_live_human(qemu, "info mtree -f");
    char *line = text;

    // QEMU ends lines with CR LF.
    for (char *from = text, *to = text; (*to = *from) != '\0'; from++)
        to += *from != '\r';
    line += find_memory_view(text) - text;
    view->count = 0;
    while (line[0] == ' ') {
        struct view_range *range = &view->ranges[view->count++];
        char *end = strchr(line, '\n');
        const char *at;

        assert_true(view->count <= RANGES_MAX && end != NULL);
        *end = '\0';
        assert_int_equal(sscanf(line, " %lx-%lx (prio %*d, %15[a-z/-]): %63[^@]", &range->first,
                                &range->last, range->kind, range->region),
                         4);
        at = strrchr(line, '@');
        range->offset = at != NULL ? strtoul(at + 1, NULL, 16) : 0;
        if (at != NULL)
            range->region[strlen(range->region) - 1] = '\0';
        line = end + 1;
    }
    free(text);
    assert_true(view->count > 3);
}

static const struct view_range *find_in_view(const struct view *view, uint64_t gpa)
{
    for (size_t i = 0; i < view->count; i++) {
        if (gpa >= view->ranges[i].first && gpa <= view->ranges[i].last)
            return &view->ranges[i];
    }
    return NULL;
}

/** What is expected of the library at one address. */
struct place {
    bool is_mapped;
    enum qdpi_memory_kind kind;
    const char *path;
    uint64_t offset;
};

static struct place expect_at(const struct view *view, uint64_t gpa, const struct backend *backends,
                              size_t backend_count)
{
    const struct view_range *range = find_in_view(view, gpa);
    struct place place = {.is_mapped = range != NULL, .kind = QDPI_MEMORY_DEVICE};

    if (range == NULL)
        return place;
    for (size_t i = 0; i < backend_count; i++) {
        if (strcmp(range->region, backends[i].region) == 0)
            place.path = backends[i].path;
    }
    if (strncmp(range->kind, "rom", 3) == 0)
        place.kind = QDPI_MEMORY_ROM;
    else if (strcmp(range->kind, "ram") == 0 && place.path != NULL)
        place.kind = QDPI_MEMORY_RAM;
    if (place.path != NULL)
        place.offset = range->offset + (gpa - range->first);
    return place;
}

// ---- The library's -----------------------------------------------------------------------------

struct map {
    struct qdpi_memory_range ranges[RANGES_MAX];
    size_t count;
};

static void get_map(struct qdpi_bridge *bridge, struct map *map)
{
    int count = qdpi_map_get(bridge, map->ranges, RANGES_MAX);

    assert_true(count > 0 && count <= RANGES_MAX);
    map->count = (size_t)count;
    for (size_t i = 0; i < map->count; i++) {
        assert_true(map->ranges[i].first <= map->ranges[i].last);
        assert_true(i == 0 || map->ranges[i - 1].last < map->ranges[i].first);
    }
}

static struct place found_at(const struct map *map, uint64_t gpa)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct qdpi_memory_range *range = &map->ranges[i];
        if (gpa >= range->first && gpa <= range->last) {
            return (struct place){
                .is_mapped = true,
                .kind = range->kind,
                .path = range->path,
                .offset = range->path != NULL ? range->offset + (gpa - range->first) : 0};
        }
    }
    return (struct place){.is_mapped = false, .kind = QDPI_MEMORY_DEVICE};
}

// ---- The comparison ----------------------------------------------------------------------------

static bool is_same(const struct place *a, const struct place *b)
{
    return a->is_mapped == b->is_mapped && a->kind == b->kind && a->offset == b->offset &&
           (a->path == NULL) == (b->path == NULL) &&
           (a->path == NULL || strcmp(a->path, b->path) == 0);
}

static void compare_at(const struct view *view, const struct map *map, uint64_t gpa,
                       const struct backend *backends, size_t backend_count)
{
    struct place expected = expect_at(view, gpa, backends, backend_count);
    struct place found = found_at(map, gpa);

    if (!is_same(&expected, &found)) {
        fail_msg("GPA 0x%lx: mapped %d kind %d %s+0x%lx, but QEMU says mapped %d kind %d %s+0x%lx",
                 gpa, found.is_mapped, (int)found.kind, found.path != NULL ? found.path : "-",
                 found.offset, expected.is_mapped, (int)expected.kind,
                 expected.path != NULL ? expected.path : "-", expected.offset);
    }
}

/** Between two borders nothing can change, so comparing around all of them compares everything. */
static void compare(const struct qdpi_live_qemu *qemu, struct qdpi_bridge *bridge,
                    const struct backend *backends, size_t backend_count)
{
    struct view view;
    struct map map;

    assert_int_equal(qdpi_map_refresh(bridge), 0);
    get_map(bridge, &map);
    read_view(qemu, &view);
    for (size_t i = 0; i < view.count; i++) {
        for (int step = -1; step <= 1; step++) {
            compare_at(&view, &map, view.ranges[i].first + (uint64_t)(int64_t)step, backends,
                       backend_count);
            compare_at(&view, &map, view.ranges[i].last + (uint64_t)(int64_t)step, backends,
                       backend_count);
        }
    }
    for (size_t i = 0; i < map.count; i++) {
        for (int step = -1; step <= 1; step++) {
            compare_at(&view, &map, map.ranges[i].first + (uint64_t)(int64_t)step, backends,
                       backend_count);
            compare_at(&view, &map, map.ranges[i].last + (uint64_t)(int64_t)step, backends,
                       backend_count);
        }
    }
}

/** Memory from the library's side and from QEMU's, both ways. */
static void compare_memory(const struct qdpi_live_qemu *qemu, struct qdpi_bridge *bridge,
                           uint64_t gpa)
{
    const uint32_t pattern[4] = {(uint32_t)gpa ^ 0xdeadbeef, (uint32_t)(gpa >> 32) + 0x1234567, 3,
                                 (uint32_t)gpa};
    unsigned char seen[sizeof pattern];
    char path[QDPI_LIVE_PATH_MAX];
    char command[QDPI_LIVE_PATH_MAX + 64];
    uint32_t words[4] = {0};
    uint64_t address = 0;
    char *text;
    int fd;

    assert_int_equal(qdpi_mem_write(bridge, gpa, pattern, sizeof pattern), 0);
    (void)snprintf(command, sizeof command, "xp /4xw 0x%lx", gpa);
    text = qdpi_live_human(qemu, command);
    assert_int_equal(sscanf(text, "%lx: 0x%x 0x%x 0x%x 0x%x", &address, &words[0], &words[1],
                            &words[2], &words[3]),
                     5);
    free(text);
    assert_int_equal(address, gpa);
    assert_memory_equal(words, pattern, sizeof words);

    qdpi_live_path(qemu, "saved", path);
    (void)unlink(path);
    json_decref(qdpi_live_execute(qemu, "pmemsave",
                                  json_pack("{s:I, s:i, s:s}", "val", (json_int_t)gpa, "size",
                                            (int)sizeof seen, "filename", path)));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, seen, sizeof seen), sizeof seen);
    (void)close(fd);
    assert_memory_equal(seen, pattern, sizeof seen);
    memset(seen, 0, sizeof seen);
    assert_int_equal(qdpi_mem_read(bridge, gpa, seen, sizeof seen), 0);
    assert_memory_equal(seen, pattern, sizeof seen);
}

static void await_region(const struct qdpi_live_qemu *qemu, uint64_t gpa, const char *region,
                         const char *kind)
{
    const uint64_t deadline = qdpi_live_in_ms(FIRMWARE_MS);
    const struct view_range *range;
    struct view view;

    for (;;) {
        read_view(qemu, &view);
        range = find_in_view(&view, gpa);
        if (range != NULL && strcmp(range->region, region) == 0 && strcmp(range->kind, kind) == 0)
            return;
        if (qdpi_live_ms_until(deadline) <= 0) {
            fail_msg("0x%lx is %s, and the firmware does not make it %s (%s)", gpa,
                     range != NULL ? range->region : "nothing", region, kind);
        }
        qdpi_live_sleep_ms(20);
    }
}

/** Wait until the firmware has made its copy of the ROMs: then 0xf0000 is ROM from the RAM file. */
static void await_firmware(const struct qdpi_live_qemu *qemu)
{
    await_region(qemu, 0xf0000, "mem", "rom");
}

// ---- The tests ---------------------------------------------------------------------------------

struct layout {
    const char *machine;
    const char *ram;
    uint64_t low_end;  /**< end of the RAM below 4 GiB */
    uint64_t high_end; /**< end of the RAM above, or 0 */
};

static void check_layout(struct qdpi_live *live, const struct layout *layout)
{
    const struct qdpi_live_options options = {.machine = layout->machine, .ram = layout->ram};
    struct backend mem;
    uint32_t word;

    qdpi_live_start(&live->qemu[0], &options);
    mem = backend_of(&live->qemu[0], "mem", "ram");
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    await_firmware(&live->qemu[0]);
    json_decref(qdpi_live_execute(&live->qemu[0], "stop", NULL));
    compare(&live->qemu[0], live->bridge[0], &mem, 1);
    compare_memory(&live->qemu[0], live->bridge[0], 0x7000);
    compare_memory(&live->qemu[0], live->bridge[0], layout->low_end - 16);
    assert_int_equal(qdpi_mem_read32(live->bridge[0], layout->low_end, &word), QDPI_ERR_UNMAPPED);
    if (layout->high_end != 0) {
        compare_memory(&live->qemu[0], live->bridge[0], UINT64_C(1) << 32);
        compare_memory(&live->qemu[0], live->bridge[0], layout->high_end - 16);
    }
    assert_int_equal(qdpi_mem_read32(live->bridge[0],
                                     layout->high_end != 0 ? layout->high_end : UINT64_C(1) << 32,
                                     &word),
                     QDPI_ERR_UNMAPPED);
    // The library attached in the middle of the start, when the ROMs stood there.
    assert_int_equal(qdpi_mem_write32(live->bridge[0], 0xf0000, 1), QDPI_ERR_ROM);
}

static void test_layout_pc_512m(void **state)
{
    check_layout(*state, &(struct layout){"pc", "512M", 0x20000000, 0});
}

static void test_layout_q35_512m(void **state)
{
    check_layout(*state, &(struct layout){"q35", "512M", 0x20000000, 0});
}

static void test_layout_pc_5g(void **state)
{
    check_layout(*state, &(struct layout){"pc", "5G", UINT64_C(0xc0000000), UINT64_C(0x180000000)});
}

static void test_layout_q35_5g(void **state)
{
    check_layout(*state,
                 &(struct layout){"q35", "5G", UINT64_C(0x80000000), UINT64_C(0x1c0000000)});
}

/// Two NUMA nodes with a file each: neighbours in the guest, in two files here; one access may
/// cross from one file into the other.
static void test_numa(void **state)
{
    static const char *const extra[] = {
        "-machine", "pc",
        "-m",       "512M,slots=8,maxmem=4G",
        "-object",  "memory-backend-file,id=left,size=256M,mem-path={dir}/left,share=on",
        "-object",  "memory-backend-file,id=right,size=256M,mem-path={dir}/right,share=on",
        "-numa",    "node,nodeid=0,memdev=left",
        "-numa",    "node,nodeid=1,memdev=right",
        NULL,
    };
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    struct backend backends[2];
    const uint64_t border = 256U << 20;

    qdpi_live_start(
        qemu, &(struct qdpi_live_options){.own_memory = true, .paused = true, .extra = extra});
    backends[0] = backend_of(qemu, "left", "left");
    backends[1] = backend_of(qemu, "right", "right");
    live->bridge[0] = qdpi_live_open(qemu);
    compare(qemu, live->bridge[0], backends, 2);
    compare_memory(qemu, live->bridge[0], 0x100000);
    compare_memory(qemu, live->bridge[0], border);
    compare_memory(qemu, live->bridge[0], border - 8);
    compare_memory(qemu, live->bridge[0], border - 7);
    compare_memory(qemu, live->bridge[0], 2 * border - 16);
}

static void make_dimm(const struct qdpi_live_qemu *qemu, const char *path)
{
    json_decref(qdpi_live_execute(qemu, "object-add",
                                  json_pack("{s:s, s:s, s:I, s:s, s:b}", "qom-type",
                                            "memory-backend-file", "id", "dimm_memory", "size",
                                            (json_int_t)128 << 20, "mem-path", path, "share", 1)));
}

static void plug_dimm(const struct qdpi_live_qemu *qemu)
{
    json_decref(qdpi_live_execute(
        qemu, "device_add",
        json_pack("{s:s, s:s, s:s}", "driver", "pc-dimm", "id", "dimm", "memdev", "dimm_memory")));
}

/** Until the bridge has it. */
static void write_to_dimm(struct qdpi_bridge *bridge, uint64_t gpa)
{
    const uint64_t deadline = qdpi_live_in_ms(HOTPLUG_MS);
    int result;

    while ((result = qdpi_mem_write32(bridge, gpa, 0x0d155)) == QDPI_ERR_UNMAPPED &&
           qdpi_live_ms_until(deadline) > 0)
        qdpi_live_sleep_ms(1);
    assert_int_equal(result, 0);
}

/** Ask for it back, and give it as the guest's driver would: by the ACPI registers of its slot. */
static void unplug_dimm(const struct qdpi_live_qemu *qemu, struct qdpi_bridge *bridge, uint64_t gpa)
{
    const uint64_t deadline = qdpi_live_in_ms(HOTPLUG_MS);
    uint32_t word = 0;
    int result;

    json_decref(qdpi_live_execute(qemu, "device_del", json_pack("{s:s}", "id", "dimm")));
    free(qdpi_live_human(qemu, "o /w 0xa00 0"));
    free(qdpi_live_human(qemu, "o /b 0xa14 8"));
    while ((result = qdpi_mem_read32(bridge, gpa, &word)) == 0 && qdpi_live_ms_until(deadline) > 0)
        qdpi_live_sleep_ms(1);
    assert_int_equal(result, QDPI_ERR_UNMAPPED);
    json_decref(qdpi_live_execute(qemu, "object-del", json_pack("{s:s}", "id", "dimm_memory")));
}

/// A DIMM that is plugged in while the bridge is open is accessible without a further call.
static void test_dimm_plugged_in(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    const uint64_t gpa = UINT64_C(1) << 32;
    struct backend backends[2];
    uint32_t word = 0;

    qdpi_live_start(qemu, &(struct qdpi_live_options){.ram = "512M"});
    backends[0] = backend_of(qemu, "mem", "ram");
    backends[1] = backend_of(qemu, "dimm_memory", "dimm");
    live->bridge[0] = qdpi_live_open(qemu);
    await_firmware(qemu);
    json_decref(qdpi_live_execute(qemu, "stop", NULL));
    assert_int_equal(qdpi_mem_read32(live->bridge[0], gpa, &word), QDPI_ERR_UNMAPPED);
    make_dimm(qemu, backends[1].path);
    plug_dimm(qemu);
    write_to_dimm(live->bridge[0], gpa);
    compare_memory(qemu, live->bridge[0], gpa);
    compare_memory(qemu, live->bridge[0], gpa + (128U << 20) - 16);
    compare(qemu, live->bridge[0], backends, 2);
    assert_int_equal(qdpi_mem_read32(live->bridge[0], gpa + (128U << 20), &word),
                     QDPI_ERR_UNMAPPED);
}

/// A backend that is made anew under the same name, with another file, is served from that one:
/// before it was ever plugged in, and after it has been unplugged.
static void test_dimm_made_anew(void **state)
{
    static const char *const names[] = {"dimm_unused", "dimm_first", "dimm_second"};
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    const uint64_t gpa = UINT64_C(1) << 32;
    struct backend backends[2];

    qdpi_live_start(qemu, &(struct qdpi_live_options){.ram = "512M"});
    backends[0] = backend_of(qemu, "mem", "ram");
    await_firmware(qemu);
    json_decref(qdpi_live_execute(qemu, "stop", NULL));
    backends[1] = backend_of(qemu, "dimm_memory", names[0]);
    make_dimm(qemu, backends[1].path);
    live->bridge[0] = qdpi_live_open(qemu);
    json_decref(qdpi_live_execute(qemu, "object-del", json_pack("{s:s}", "id", "dimm_memory")));
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++) {
        backends[1] = backend_of(qemu, "dimm_memory", names[i]);
        make_dimm(qemu, backends[1].path);
        plug_dimm(qemu);
        write_to_dimm(live->bridge[0], gpa);
        compare_memory(qemu, live->bridge[0], gpa);
        compare(qemu, live->bridge[0], backends, 2);
        unplug_dimm(qemu, live->bridge[0], gpa);
    }
}

/// With a VGA card 0xa0000-0xbffff is a device; its video RAM is RAM, but in no file.
static void test_vga(void **state)
{
    static const char *const extra[] = {"-vga", "std", NULL};
    struct qdpi_live *live = *state;
    struct backend mem;
    struct map map;
    struct place place;
    unsigned char byte = 0x5a;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.extra = extra});
    mem = backend_of(&live->qemu[0], "mem", "ram");
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    await_firmware(&live->qemu[0]);
    json_decref(qdpi_live_execute(&live->qemu[0], "stop", NULL));
    compare(&live->qemu[0], live->bridge[0], &mem, 1);
    get_map(live->bridge[0], &map);
    place = found_at(&map, 0xa0000);
    assert_true(place.is_mapped && place.kind == QDPI_MEMORY_DEVICE && place.path == NULL);
    assert_int_equal(qdpi_mem_read(live->bridge[0], 0xa0000, &byte, 1), QDPI_ERR_UNMAPPED);
    assert_int_equal(byte, 0x5a);
    assert_int_equal(qdpi_mem_read(live->bridge[0], 0x9ffff, &byte, 1), 0);
    place = found_at(&map, 0xfd000000);
    assert_true(place.is_mapped && place.kind == QDPI_MEMORY_DEVICE);
}

/// Reset takes the registers of PCI devices from the map until the firmware runs again; the library
/// sees that without being asked to look.
static void test_reset(void **state)
{
    static const char *const extra[] = {"-vga", "std", NULL};
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE};
    const uint64_t video_ram = 0xfd000000;
    struct backend mem;
    struct view view;
    struct map map;

    qdpi_live_start(qemu, &(struct qdpi_live_options){.extra = extra});
    mem = backend_of(qemu, "mem", "ram");
    live->bridge[0] = qdpi_live_open(qemu);
    await_firmware(qemu);
    json_decref(qdpi_live_execute(qemu, "stop", NULL));
    compare(qemu, live->bridge[0], &mem, 1);
    get_map(live->bridge[0], &map);
    assert_true(found_at(&map, video_ram).is_mapped);

    json_decref(qdpi_live_execute(qemu, "system_reset", NULL));
    do {
        assert_int_equal(qdpi_event_wait(live->bridge[0], 10000, &event), 1);
    } while (event.kind != QDPI_EVENT_RESET);
    get_map(live->bridge[0], &map);
    assert_false(found_at(&map, video_ram).is_mapped);
    read_view(qemu, &view);
    for (size_t i = 0; i < view.count; i++)
        compare_at(&view, &map, view.ranges[i].first, &mem, 1);
    json_decref(qdpi_live_execute(qemu, "cont", NULL));
    await_region(qemu, video_ram, "vga.vram", "ram");
    json_decref(qdpi_live_execute(qemu, "stop", NULL));
    compare(qemu, live->bridge[0], &mem, 1);
    compare_memory(qemu, live->bridge[0], 0x100000);
}

/** Switch 0xf0000-0xfffff as firmware does: the register PAM0 of the i440FX, written by the
 * monitor. */
static void switch_segment_f(const struct qdpi_live_qemu *qemu, unsigned value)
{
    char command[32];

    free(qdpi_live_human(qemu, "o /w 0xcf8 0x80000058"));
    (void)snprintf(command, sizeof command, "o /b 0xcfd 0x%x", value);
    free(qdpi_live_human(qemu, command));
}

/// The firmware switches between ROM image, RAM and read-only RAM without any event: each access
/// there goes by the map of that moment, not by an older one.
static void test_firmware_switches(void **state)
{
    const unsigned readable = 0x10;  // reads from RAM, writes to nowhere
    const unsigned writable = 0x30;
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    uint32_t word = 0xa5a5a5a5;

    qdpi_live_start(qemu, &(struct qdpi_live_options){.paused = true});
    live->bridge[0] = qdpi_live_open(qemu);
    for (uint32_t i = 0; i < 20; i++) {
        switch_segment_f(qemu, writable);
        assert_int_equal(qdpi_mem_write32(live->bridge[0], 0xf8000, i), 0);
        switch_segment_f(qemu, readable);
        assert_int_equal(qdpi_mem_write32(live->bridge[0], 0xf8000, ~i), QDPI_ERR_ROM);
        assert_int_equal(qdpi_mem_swap32(live->bridge[0], 0xf8000, ~i, &word), QDPI_ERR_ROM);
        assert_int_equal(qdpi_mem_read32(live->bridge[0], 0xf8000, &word), 0);
        assert_int_equal(word, i);
        // The ROM image, which is in no shared file.
        switch_segment_f(qemu, 0);
        assert_int_equal(qdpi_mem_read32(live->bridge[0], 0xf8000, &word), QDPI_ERR_UNMAPPED);
        assert_int_equal(qdpi_mem_write32(live->bridge[0], 0xf8000, ~i), QDPI_ERR_ROM);
    }
}

/// A range array that is too small gets the first ranges and the whole count.
static void test_map_get_counts(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_memory_range few[3];
    struct map map;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    get_map(live->bridge[0], &map);
    memset(few, 0x55, sizeof few);
    assert_int_equal(qdpi_map_get(live->bridge[0], few, 2), map.count);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(few[i].first, map.ranges[i].first);
        assert_int_equal(few[i].last, map.ranges[i].last);
    }
    assert_int_equal(few[2].first, UINT64_C(0x5555555555555555));
    assert_int_equal(qdpi_map_get(live->bridge[0], NULL, 0), map.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_layout_pc_512m), qdpi_live_test(test_layout_q35_512m),
        qdpi_live_test(test_layout_pc_5g),   qdpi_live_test(test_layout_q35_5g),
        qdpi_live_test(test_numa),           qdpi_live_test(test_dimm_plugged_in),
        qdpi_live_test(test_dimm_made_anew), qdpi_live_test(test_vga),
        qdpi_live_test(test_reset),          qdpi_live_test(test_firmware_switches),
        qdpi_live_test(test_map_get_counts),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
