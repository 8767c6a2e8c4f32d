// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// How memory calls scale: the cost of an access by the size of RAM and by the number of ranges in
// the memory map, and the time to attach. In each round all contestants of a case take turns.
//
//   bench_memory [rounds]

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fake_guest.h"
#include "live_qemu.h"
#include "qemu_dpi.h"

#define ROUNDS 20U
#define PATIENCE_MS 20000U
#define PAGE UINT64_C(4096)
/** Of one access. */
#define LINE ((size_t)64)

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "bench_memory: %s\n", what);
    exit(1);
}

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static struct qdpi_bridge *open_or_give_up(const char *endpoint)
{
    struct qdpi_bridge *bridge = NULL;

    if (qdpi_open(endpoint, PATIENCE_MS, &bridge) != 0)
        give_up(qdpi_last_error(bridge));
    return bridge;
}

/** The next of all numbers below 2^bits, in an order that no prefetcher knows. */
static uint32_t next_of(uint32_t at, unsigned bits)
{
    return (at * UINT32_C(1664525) + UINT32_C(1013904223)) & ((UINT32_C(1) << bits) - 1);
}

// ---- Accesses ----------------------------------------------------------------------------------

/** Where a contestant accesses: 2^bits places, each with one line. */
struct places {
    const char *name;
    struct qdpi_bridge *bridge; /**< NULL: copies from `memory` */
    const unsigned char *memory;
    uint64_t *addresses;
    unsigned bits;
};

/** Time `calls` accesses of places in turn. What has been read must be what was written there. */
static double time_reads(const struct places *places, unsigned calls)
{
    unsigned char line[LINE] = {0};
    uint64_t sum = 0;
    uint64_t wanted = 0;
    uint32_t at = 0;
    int failed = 0;
    double start = now_ns();

    if (places->bridge != NULL) {
        for (unsigned i = 0; i < calls; i++) {
            at = next_of(at, places->bits);
            failed |= qdpi_mem_read(places->bridge, places->addresses[at], line, sizeof line);
            sum += line[0];
        }
    } else {
        for (unsigned i = 0; i < calls; i++) {
            at = next_of(at, places->bits);
            memcpy(line, places->memory + places->addresses[at], sizeof line);
            // The compiler must not read the one byte alone that is added.
            __asm__ volatile("" : : "r"(line) : "memory");
            sum += line[0];
        }
    }
    start = (now_ns() - start) / calls;
    at = 0;
    for (unsigned i = 0; i < calls; i++) {
        at = next_of(at, places->bits);
        wanted += (unsigned char)(at % 251);
    }
    if (failed != 0 || sum != wanted)
        give_up("an access did not read what was written");
    return start;
}

/** A place is marked with its number. */
static void mark(const struct places *places)
{
    for (uint32_t i = 0; i < UINT32_C(1) << places->bits; i++) {
        const unsigned char number = (unsigned char)(i % 251);

        if (qdpi_mem_write(places->bridge, places->addresses[i], &number, 1) != 0)
            give_up(qdpi_last_error(places->bridge));
    }
}

static void print_reads(const char *name, const struct places *places, unsigned calls)
{
    printf("sample: memory %s %s ns %.3f\n", name, places->name, time_reads(places, calls));
}

// ---- The size of RAM ---------------------------------------------------------------------------

#define SIZES 4

/** A sparse RAM file, and the bridge and the mapping of it. */
struct ram {
    const char *name;
    const char *copy_name;
    uint64_t size;
    char path[64];
    struct qdpi_bridge *bridge;
    unsigned char *memory;
};

static void make_ram(struct ram *ram)
{
    char endpoint[128];
    void *memory;
    int file;

    (void)snprintf(ram->path, sizeof ram->path, "/dev/shm/qdpi_bench_XXXXXX");
    file = mkstemp(ram->path);
    if (file < 0 || ftruncate(file, (off_t)ram->size) != 0)
        give_up("no RAM file can be made in /dev/shm");
    memory = mmap(NULL, ram->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    (void)snprintf(endpoint, sizeof endpoint, "file:%s", ram->path);
    ram->bridge = open_or_give_up(endpoint);
    (void)close(file);
    // It is mapped; nothing is left behind, however this ends.
    (void)unlink(ram->path);
    if (memory == MAP_FAILED)
        give_up("the RAM file cannot be mapped");
    ram->memory = memory;
}

static void drop_ram(const struct ram *ram)
{
    qdpi_close(ram->bridge);
    (void)munmap(ram->memory, ram->size);
}

/** 2^bits pages, evenly over all of RAM above 1 MiB, and in each another line. */
static uint64_t *spread(const struct ram *ram, unsigned bits)
{
    const uint64_t first = UINT64_C(1) << 20;
    const uint64_t stride = ((ram->size - first) >> bits) & ~(PAGE - 1);
    uint64_t *addresses = calloc((size_t)1 << bits, sizeof *addresses);

    if (addresses == NULL)
        give_up("no memory");
    for (uint64_t i = 0; i < UINT64_C(1) << bits; i++)
        addresses[i] = first + i * stride + i % 64 * LINE;
    return addresses;
}

/** Accesses of the same number of pages, in RAM of all sizes, by the bridge and by memcpy(). */
static void bench_sizes(unsigned rounds)
{
    static const struct {
        const char *name;
        unsigned bits;
        unsigned calls;
    } cases[] = {
        {"ram-size-hot", 0, 100000},
        {"ram-size-spread", 9, 100000},  // what the TLB can hold
        {"ram-size-random", 16, 40000},  // what it cannot
    };
    struct ram rams[SIZES] = {
        {.name = "512M", .copy_name = "copy-512M", .size = UINT64_C(512) << 20},
        {.name = "4G", .copy_name = "copy-4G", .size = UINT64_C(4) << 30},
        {.name = "16G", .copy_name = "copy-16G", .size = UINT64_C(16) << 30},
        {.name = "64G", .copy_name = "copy-64G", .size = UINT64_C(64) << 30},
    };

    for (size_t i = 0; i < SIZES; i++)
        make_ram(&rams[i]);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct places places[2 * SIZES];

        for (size_t i = 0; i < SIZES; i++) {
            places[i] = (struct places){.name = rams[i].name,
                                        .bridge = rams[i].bridge,
                                        .addresses = spread(&rams[i], cases[c].bits),
                                        .bits = cases[c].bits};
            mark(&places[i]);
            places[SIZES + i] = places[i];
            places[SIZES + i].name = rams[i].copy_name;
            places[SIZES + i].bridge = NULL;
            places[SIZES + i].memory = rams[i].memory;
        }
        for (size_t i = 0; i < 2 * SIZES; i++)
            (void)time_reads(&places[i], UINT32_C(1) << cases[c].bits);
        for (unsigned round = 0; round < rounds; round++) {
            for (size_t i = 0; i < 2 * SIZES; i++)
                print_reads(cases[c].name, &places[i], cases[c].calls);
        }
        for (size_t i = 0; i < SIZES; i++)
            free(places[i].addresses);
    }
    for (size_t i = 0; i < SIZES; i++)
        drop_ram(&rams[i]);
}

// ---- The number of ranges ----------------------------------------------------------------------

#define MAPS 5
/** All RAM of a fake guest but the pages below this is in pieces. */
#define PIECES_FROM UINT64_C(0x200000)
#define PIECES_BYTES (FAKE_GUEST_RAM / 2)

/** A guest whose memory map has `ranges` ranges: as many pieces of RAM as devices between them. */
struct mapped {
    const char *name;
    unsigned ranges;
    struct fake_guest guest;
};

static uint64_t piece_bytes(const struct mapped *mapped)
{
    return (PIECES_BYTES / (mapped->ranges / 2)) & ~(PAGE - 1);
}

/** Piece after piece, each with a device of a page behind it. */
static void show_map(struct mapped *mapped)
{
    const uint64_t bytes = piece_bytes(mapped);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    if (stream == NULL)
        give_up("no memory");
    for (unsigned i = 0; i < mapped->ranges / 2; i++) {
        const uint64_t first = PIECES_FROM + i * (bytes + PAGE);

        fprintf(stream, "  %016" PRIx64 "-%016" PRIx64 " (prio 0, ram): mem @%016" PRIx64 "\n",
                first, first + bytes - 1, i * bytes);
        fprintf(stream, "  %016" PRIx64 "-%016" PRIx64 " (prio 0, i/o): device-%u\n", first + bytes,
                first + bytes + PAGE - 1, i);
    }
    (void)fclose(stream);
    fake_guest_show(&mapped->guest, text, FAKE_GUEST_PORTS);
    free(text);
}

/** 2^bits lines, evenly over all pieces. */
static uint64_t *spread_over_pieces(const struct mapped *mapped, unsigned bits)
{
    const uint64_t bytes = piece_bytes(mapped);
    const uint64_t lines = bytes / LINE * (mapped->ranges / 2);
    uint64_t *addresses = calloc((size_t)1 << bits, sizeof *addresses);

    if (addresses == NULL)
        give_up("no memory");
    for (uint64_t i = 0; i < UINT64_C(1) << bits; i++) {
        uint64_t line = i * lines >> bits;
        uint64_t offset;

        // Never at the same place of each page: a cache has few lines for these.
        if (bits <= 9)
            line = (line & ~(PAGE / LINE - 1)) | (i & (PAGE / LINE - 1));
        offset = line * LINE;
        addresses[i] = PIECES_FROM + offset + offset / bytes * PAGE;
    }
    return addresses;
}

static void bench_ranges(unsigned rounds)
{
    static const struct {
        const char *name;
        unsigned bits;
    } cases[] = {
        {"ranges-hot", 0},
        {"ranges-spread", 9},   // a line of each page
        {"ranges-random", 14},  // every other line
    };
    struct mapped maps[MAPS] = {{.name = "4", .ranges = 4},
                                {.name = "16", .ranges = 16},
                                {.name = "64", .ranges = 64},
                                {.name = "256", .ranges = 256},
                                {.name = "1000", .ranges = 1000}};
    struct places places[MAPS];

    for (size_t i = 0; i < MAPS; i++) {
        struct qdpi_memory_range range;

        if (!fake_guest_start(&maps[i].guest))
            give_up("a guest cannot be made");
        show_map(&maps[i]);
        maps[i].guest.bridge = open_or_give_up(maps[i].guest.endpoint);
        if (qdpi_map_get(maps[i].guest.bridge, &range, 1) != (int)maps[i].ranges)
            give_up("the memory map has another number of ranges");
        places[i] = (struct places){.name = maps[i].name, .bridge = maps[i].guest.bridge};
    }
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        for (size_t i = 0; i < MAPS; i++) {
            places[i].bits = cases[c].bits;
            places[i].addresses = spread_over_pieces(&maps[i], cases[c].bits);
            mark(&places[i]);
            (void)time_reads(&places[i], 1000);
        }
        for (unsigned round = 0; round < rounds; round++) {
            for (size_t i = 0; i < MAPS; i++)
                print_reads(cases[c].name, &places[i], 100000);
        }
        for (size_t i = 0; i < MAPS; i++)
            free(places[i].addresses);
    }
    for (size_t i = 0; i < MAPS; i++)
        fake_guest_stop(&maps[i].guest);
}

// ---- Attaching ---------------------------------------------------------------------------------

/** Time one qdpi_open(). */
static double time_attach(const char *endpoint)
{
    double start = now_ns();
    struct qdpi_bridge *bridge = open_or_give_up(endpoint);

    start = (now_ns() - start) / 1000;
    qdpi_close(bridge);
    return start;
}

/** Of an attach, what one question for the map takes: the text, its way here, and the map of it. */
static double time_refresh(const char *endpoint)
{
    struct qdpi_bridge *bridge = open_or_give_up(endpoint);
    double start = now_ns();

    if (qdpi_map_refresh(bridge) != 0)
        give_up(qdpi_last_error(bridge));
    start = (now_ns() - start) / 1000;
    qdpi_close(bridge);
    return start;
}

/** A QEMU that waits, with sparse RAM. */
static void start_qemu(struct qdpi_live_qemu *qemu, const char *ram)
{
    char object[128];
    char memory[64];
    const char *const extra[] = {
        "-machine", "pc,memory-backend=mem", "-object", object, "-m", memory, NULL};

    (void)snprintf(object, sizeof object,
                   "memory-backend-file,id=mem,size=%s,mem-path={dir}/ram,share=on", ram);
    (void)snprintf(memory, sizeof memory, "%s,slots=64,maxmem=128G", ram);
    qdpi_live_start(
        qemu, &(struct qdpi_live_options){.own_memory = true, .paused = true, .extra = extra});
}

static void bench_attach(unsigned rounds)
{
    static const char *const sizes[] = {"512M", "64G"};
    void *state;
    struct qdpi_live *live;
    char by_file[2][QDPI_LIVE_PATH_MAX + 8];
    char by_qmp[2][QDPI_LIVE_PATH_MAX + 8];

    if (qdpi_live_setup(&state) != 0)
        give_up("no memory");
    live = state;
    for (size_t i = 0; i < 2; i++) {
        start_qemu(&live->qemu[i], sizes[i]);
        qdpi_live_endpoint(&live->qemu[i], "file:", "ram", by_file[i]);
        qdpi_live_endpoint(&live->qemu[i], "qmp:", "bridge.sock", by_qmp[i]);
    }
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t i = 0; i < 2; i++) {
            printf("sample: memory attach qmp-%s us %.1f\n", sizes[i], time_attach(by_qmp[i]));
            printf("sample: memory attach qmp-%s-map us %.1f\n", sizes[i], time_refresh(by_qmp[i]));
            printf("sample: memory attach file-%s us %.1f\n", sizes[i], time_attach(by_file[i]));
        }
    }
    (void)qdpi_live_teardown(&state);
}

int main(int argc, char **argv)
{
    const unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ROUNDS;

    bench_sizes(rounds);
    bench_ranges(rounds);
    if (qdpi_live_is_installed())
        bench_attach(rounds);
    return 0;
}
