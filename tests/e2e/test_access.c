// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Accesses at the edges of a real guest's memory: what is not whole in RAM gets the contract's
// result and changes nothing, neither the caller's buffer nor one byte of the RAM file; what is in
// RAM works at any alignment and changes nothing beside it.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live_qemu.h"
#include "qdpi_cmocka.h"

#define PAGE ((size_t)4096)
#define BUFFER ((size_t)8192)
#define FIRMWARE_MS 20000U
#define FOUR_GIB (UINT64_C(1) << 32)

/** The memory of a paused guest, with a pattern on both sides of each edge. */
struct board {
    struct qdpi_bridge *bridge;
    int fd;            /**< of the RAM file */
    uint64_t low_end;  /**< where the RAM below 4 GiB ends */
    uint64_t high_end; /**< where that above ends; 0: there is none */
};

// ---- The whole file, as a number ---------------------------------------------------------------

static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ (sum >> 29);
}

static uint64_t mix_page(uint64_t sum, uint64_t offset, const unsigned char *page)
{
    static const unsigned char zeros[PAGE];

    // A page that was only read is there from then on, and is as good as one that is not.
    if (memcmp(page, zeros, PAGE) == 0)
        return sum;
    sum = mix(sum, offset);
    for (size_t i = 0; i < PAGE; i += 8) {
        uint64_t word;
        memcpy(&word, page + i, sizeof word);
        sum = mix(sum, word);
    }
    return sum;
}

/** Depends on every byte of the file. */
static uint64_t file_sum(int fd)
{
    unsigned char page[PAGE];
    uint64_t sum = 1;
    off_t end = 0;
    off_t start;

    while ((start = lseek(fd, end, SEEK_DATA)) >= 0) {
        end = lseek(fd, start, SEEK_HOLE);
        assert_true(end > start);
        for (off_t offset = start; offset < end; offset += (off_t)PAGE) {
            assert_int_equal(pread(fd, page, PAGE, offset), PAGE);
            sum = mix_page(sum, (uint64_t)offset, page);
        }
    }
    assert_int_equal(errno, ENXIO);
    return sum;
}

// ---- The board ---------------------------------------------------------------------------------

static void fill(unsigned char *data, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (unsigned char)(1 + (i * 7 + seed) % 250);
}

static void paint(const struct board *board, uint64_t gpa, unsigned seed)
{
    unsigned char data[PAGE];

    fill(data, sizeof data, seed);
    assert_int_equal(qdpi_mem_write(board->bridge, gpa, data, sizeof data), 0);
}

static struct board start_board(struct qdpi_live *live, const char *ram, uint64_t low_end,
                                uint64_t high_end)
{
    static const char *const extra[] = {"-vga", "std", NULL};
    struct board board = {.low_end = low_end, .high_end = high_end};
    char path[QDPI_LIVE_PATH_MAX];

    qdpi_live_start(&live->qemu[0],
                    &(struct qdpi_live_options){.ram = ram, .paused = true, .extra = extra});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    board.bridge = live->bridge[0];
    qdpi_live_path(&live->qemu[0], "ram", path);
    board.fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(board.fd >= 0);
    paint(&board, 0, 1);
    paint(&board, 0x9f000, 2);
    paint(&board, 0x100000, 3);
    paint(&board, low_end - PAGE, 4);
    if (high_end != 0) {
        paint(&board, FOUR_GIB, 5);
        paint(&board, high_end - PAGE, 6);
    }
    return board;
}

static void end_board(const struct board *board)
{
    (void)close(board->fd);
}

// ---- What must be refused ----------------------------------------------------------------------

static void refuse_read(const struct board *board, uint64_t gpa, size_t size, int result)
{
    unsigned char data[BUFFER];
    unsigned char before[BUFFER];
    int found;

    fill(data, sizeof data, 99);
    memcpy(before, data, sizeof before);
    found = qdpi_mem_read(board->bridge, gpa, data, size);
    if (found != result)
        fail_msg("read of %zu bytes at 0x%lx: %d, not %d", size, gpa, found, result);
    assert_memory_equal(data, before, sizeof data);
    assert_string_not_equal(qdpi_last_error(board->bridge), "");
}

static void refuse_write(const struct board *board, uint64_t gpa, size_t size, int result)
{
    unsigned char data[BUFFER];
    uint8_t strobes[BUFFER / 8];
    int found;

    fill(data, sizeof data, 77);
    found = qdpi_mem_write(board->bridge, gpa, data, size);
    if (found != result)
        fail_msg("write of %zu bytes at 0x%lx: %d, not %d", size, gpa, found, result);
    assert_string_not_equal(qdpi_last_error(board->bridge), "");
    // Only the first and the last byte: one of them is outside.
    memset(strobes, 0, sizeof strobes);
    strobes[0] |= 1;
    strobes[(size - 1) / 8] |= (uint8_t)(1U << (size - 1) % 8);
    found = qdpi_mem_write_strobed(board->bridge, gpa, data, strobes, size);
    if (found != result)
        fail_msg("strobed write of %zu bytes at 0x%lx: %d, not %d", size, gpa, found, result);
    (void)qdpi_last_error(board->bridge);
}

static void refuse_typed(const struct board *board, uint64_t gpa, int read_result, int write_result)
{
    struct qdpi_bridge *bridge = board->bridge;
    uint8_t u8 = 0xa5;
    uint16_t u16 = 0xa5a5;
    uint32_t u32 = 0xa5a5a5a5;
    uint64_t u64 = UINT64_C(0xa5a5a5a5a5a5a5a5);

    if (read_result != 0) {
        assert_int_equal(qdpi_mem_read8(bridge, gpa, &u8), read_result);
        assert_int_equal(qdpi_mem_read16(bridge, gpa, &u16), read_result);
        assert_int_equal(qdpi_mem_read32(bridge, gpa, &u32), read_result);
        assert_int_equal(qdpi_mem_read64(bridge, gpa, &u64), read_result);
    }
    assert_int_equal(qdpi_mem_write8(bridge, gpa, 1), write_result);
    assert_int_equal(qdpi_mem_write16(bridge, gpa, 1), write_result);
    assert_int_equal(qdpi_mem_write32(bridge, gpa, 1), write_result);
    assert_int_equal(qdpi_mem_write64(bridge, gpa, 1), write_result);
    assert_int_equal(qdpi_mem_cas32(bridge, gpa, 0, 1, &u32), write_result);
    assert_int_equal(qdpi_mem_cas64(bridge, gpa, 0, 1, &u64), write_result);
    assert_int_equal(qdpi_mem_fetch_add32(bridge, gpa, 1, &u32), write_result);
    assert_int_equal(qdpi_mem_fetch_add64(bridge, gpa, 1, &u64), write_result);
    assert_int_equal(qdpi_mem_swap32(bridge, gpa, 1, &u32), write_result);
    assert_int_equal(qdpi_mem_swap64(bridge, gpa, 1, &u64), write_result);
    assert_true(u8 == 0xa5 && u16 == 0xa5a5 && u32 == 0xa5a5a5a5);
    assert_int_equal(u64, UINT64_C(0xa5a5a5a5a5a5a5a5));
}

/** Accesses of many sizes that begin in RAM before `edge` and end `beyond` it. */
static void refuse_across(const struct board *board, uint64_t edge, int read_result,
                          int write_result)
{
    static const size_t before[] = {1, 2, 3, 4, 7, 8, 63, 64, 4095, 4096};
    static const size_t beyond[] = {1, 2, 4, 8, 33, 64, 4096};

    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        for (size_t j = 0; j < sizeof beyond / sizeof beyond[0]; j++) {
            if (read_result != 0)
                refuse_read(board, edge - before[i], before[i] + beyond[j], read_result);
            refuse_write(board, edge - before[i], before[i] + beyond[j], write_result);
        }
    }
}

/** The same from below: accesses that begin before `edge` and end in the RAM at it. */
static void refuse_into(const struct board *board, uint64_t edge, int read_result, int write_result)
{
    static const size_t sizes[] = {2, 4, 8, 64, 4097};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (read_result != 0)
            refuse_read(board, edge - 1, sizes[i], read_result);
        refuse_write(board, edge - 1, sizes[i], write_result);
    }
}

/// The ends of RAM on both sides of the hole, the VGA window and what lies in the hole.
static void check_outside(const struct board *board)
{
    const uint64_t sum = file_sum(board->fd);
    static const uint64_t nothing[] = {
        UINT64_C(0xfe000000),         UINT64_C(0xfffbffc0),         UINT64_C(0x10000000000),
        UINT64_C(0x7ffffffffffffff8), UINT64_C(0x8000000000000000), UINT64_C(0xfffffffffffffff0),
    };

    refuse_across(board, 0xa0000, QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
    refuse_across(board, board->low_end, QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
    refuse_typed(board, 0xa0000, QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
    refuse_typed(board, 0xb8000, QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
    refuse_typed(board, board->low_end, QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
    // The registers of the IOAPIC and of the interrupt controller of the CPU.
    refuse_typed(board, 0xfec00000, QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
    refuse_typed(board, 0xfee00000, QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
    if (board->high_end != 0) {
        refuse_across(board, board->high_end, QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
        // What lies below 4 GiB is the BIOS, which is no shared file's.
        refuse_into(board, FOUR_GIB, QDPI_ERR_UNMAPPED, QDPI_ERR_ROM);
        refuse_typed(board, board->high_end, QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
    }
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        refuse_typed(board, nothing[i], QDPI_ERR_UNMAPPED, QDPI_ERR_UNMAPPED);
    assert_int_equal(file_sum(board->fd), sum);
}

static void test_outside_of_64m(void **state)
{
    struct board board = start_board(*state, "64M", 0x4000000, 0);

    check_outside(&board);
    end_board(&board);
}

static void test_outside_of_5g(void **state)
{
    struct board board = start_board(*state, "5G", UINT64_C(0xc0000000), UINT64_C(0x180000000));

    check_outside(&board);
    end_board(&board);
}

/// ROM: 0xfffc0000 is in no shared file and so unreadable here; writes are refused as such.
static void test_rom_images(void **state)
{
    struct board board = start_board(*state, "64M", 0x4000000, 0);
    const uint64_t sum = file_sum(board.fd);

    refuse_typed(&board, 0xfffc0000, QDPI_ERR_UNMAPPED, QDPI_ERR_ROM);
    refuse_typed(&board, 0xfffffff0, QDPI_ERR_UNMAPPED, QDPI_ERR_ROM);
    // Before the firmware has run, the ROM images stand at 0xc0000 to 0xfffff.
    refuse_typed(&board, 0xf0000, QDPI_ERR_UNMAPPED, QDPI_ERR_ROM);
    refuse_into(&board, 0x100000, QDPI_ERR_UNMAPPED, QDPI_ERR_ROM);
    assert_int_equal(file_sum(board.fd), sum);
    end_board(&board);
}

/// What wraps past 2^64 is an invalid argument, whatever stands there.
static void test_wrap_around(void **state)
{
    static const struct {
        uint64_t gpa;
        size_t size;
    } cases[] = {
        {UINT64_MAX, 2},           {UINT64_MAX - 6, 8},      {UINT64_MAX - 62, 64},
        {UINT64_MAX - 4094, 4096}, {UINT64_MAX - 1, BUFFER},
    };
    struct board board = start_board(*state, "64M", 0x4000000, 0);
    const uint64_t sum = file_sum(board.fd);
    unsigned char data[BUFFER];

    fill(data, sizeof data, 5);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        refuse_read(&board, cases[i].gpa, cases[i].size, QDPI_ERR_INVALID);
        assert_int_equal(qdpi_mem_write(board.bridge, cases[i].gpa, data, cases[i].size),
                         QDPI_ERR_INVALID);
    }
    assert_int_equal(qdpi_mem_read(board.bridge, 0x1000, data, SIZE_MAX), QDPI_ERR_INVALID);
    assert_int_equal(qdpi_mem_write(board.bridge, UINT64_MAX, data, 1), QDPI_ERR_UNMAPPED);
    assert_int_equal(qdpi_mem_write(board.bridge, 0x1000, data, SIZE_MAX - 0x1000),
                     QDPI_ERR_UNMAPPED);
    assert_int_equal(qdpi_mem_read(board.bridge, UINT64_MAX, data, 0), 0);
    assert_int_equal(qdpi_mem_write(board.bridge, UINT64_MAX, data, 0), 0);
    assert_int_equal(file_sum(board.fd), sum);
    end_board(&board);
}

/// Atomics at addresses that are not aligned are invalid, in RAM and at its end alike.
static void test_misaligned_atomics(void **state)
{
    struct board board = start_board(*state, "64M", 0x4000000, 0);
    const uint64_t bases[] = {0x100000, 0x9fff8, board.low_end - 8};
    const uint64_t sum = file_sum(board.fd);
    uint32_t u32 = 0xa5a5a5a5;
    uint64_t u64 = UINT64_C(0xa5a5a5a5a5a5a5a5);

    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        for (uint64_t skew = 1; skew < 8; skew++) {
            const uint64_t gpa = bases[i] + skew;
            if (skew % 4 != 0) {
                assert_int_equal(qdpi_mem_cas32(board.bridge, gpa, 0, 1, &u32), QDPI_ERR_INVALID);
                assert_int_equal(qdpi_mem_fetch_add32(board.bridge, gpa, 1, &u32),
                                 QDPI_ERR_INVALID);
                assert_int_equal(qdpi_mem_swap32(board.bridge, gpa, 1, &u32), QDPI_ERR_INVALID);
            }
            assert_int_equal(qdpi_mem_cas64(board.bridge, gpa, 0, 1, &u64), QDPI_ERR_INVALID);
            assert_int_equal(qdpi_mem_fetch_add64(board.bridge, gpa, 1, &u64), QDPI_ERR_INVALID);
            assert_int_equal(qdpi_mem_swap64(board.bridge, gpa, 1, &u64), QDPI_ERR_INVALID);
        }
    }
    assert_true(u32 == 0xa5a5a5a5 && u64 == UINT64_C(0xa5a5a5a5a5a5a5a5));
    assert_int_equal(file_sum(board.fd), sum);
    end_board(&board);
}

// ---- What must work ----------------------------------------------------------------------------

/** The file's own bytes. */
static void expect_file(const struct board *board, uint64_t offset, const unsigned char *data,
                        size_t size)
{
    unsigned char found[BUFFER];

    assert_int_equal(pread(board->fd, found, size, (off_t)offset), size);
    assert_memory_equal(found, data, size);
}

/// Any alignment and size, up to the last byte of RAM: exactly these bytes change.
static void test_inside(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, 33, 64, 65, 511};
    struct board board = start_board(*state, "5G", UINT64_C(0xc0000000), UINT64_C(0x180000000));
    // GPA of a page, and where it is in the file: behind the hole the file goes on without one.
    const uint64_t pages[][2] = {{0, 0},
                                 {0x9f000, 0x9f000},
                                 {board.low_end - PAGE, board.low_end - PAGE},
                                 {FOUR_GIB, board.low_end},
                                 {board.high_end - PAGE, (UINT64_C(5) << 30) - PAGE}};
    unsigned char mirror[PAGE];
    unsigned char data[PAGE];
    unsigned char back[PAGE];
    unsigned seed = 0;

    for (size_t p = 0; p < sizeof pages / sizeof pages[0]; p++) {
        assert_int_equal(pread(board.fd, mirror, PAGE, (off_t)pages[p][1]), PAGE);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            for (size_t skew = 0; skew < 9; skew++) {
                const size_t at = PAGE - sizes[i] - skew;
                fill(data, sizes[i], ++seed);
                memcpy(mirror + at, data, sizes[i]);
                assert_int_equal(qdpi_mem_write(board.bridge, pages[p][0] + at, data, sizes[i]), 0);
                expect_file(&board, pages[p][1], mirror, PAGE);
                assert_int_equal(qdpi_mem_read(board.bridge, pages[p][0] + at, back, sizes[i]), 0);
                assert_memory_equal(back, data, sizes[i]);
            }
        }
    }
    end_board(&board);
}

/// Strobes: a byte that is not selected may lie anywhere, one that is must be in RAM.
static void test_strobed(void **state)
{
    struct board board = start_board(*state, "64M", 0x4000000, 0);
    unsigned char mirror[PAGE];
    unsigned char data[64];
    uint8_t strobes[8];
    uint64_t sum;

    assert_int_equal(pread(board.fd, mirror, PAGE, (off_t)(board.low_end - PAGE)), PAGE);
    for (unsigned inside = 1; inside < 64; inside++) {
        const uint64_t gpa = board.low_end - inside;
        // Every other byte of those in RAM, none of the others.
        memset(strobes, 0, sizeof strobes);
        fill(data, sizeof data, inside);
        for (unsigned i = 0; i < inside; i += 2) {
            strobes[i / 8] |= (uint8_t)(1U << i % 8);
            mirror[PAGE - inside + i] = data[i];
        }
        assert_int_equal(qdpi_mem_write_strobed(board.bridge, gpa, data, strobes, sizeof data), 0);
        expect_file(&board, board.low_end - PAGE, mirror, PAGE);
        // One more, behind the end: then nothing at all.
        sum = file_sum(board.fd);
        strobes[inside / 8] |= (uint8_t)(1U << inside % 8);
        fill(data, sizeof data, inside + 100);
        assert_int_equal(qdpi_mem_write_strobed(board.bridge, gpa, data, strobes, sizeof data),
                         QDPI_ERR_UNMAPPED);
        assert_int_equal(file_sum(board.fd), sum);
    }
    // No byte selected: nothing is touched, and nothing is wrong, in the hole and in ROM.
    memset(strobes, 0, sizeof strobes);
    sum = file_sum(board.fd);
    assert_int_equal(qdpi_mem_write_strobed(board.bridge, 0xfec00000, data, strobes, sizeof data),
                     0);
    assert_int_equal(qdpi_mem_write_strobed(board.bridge, 0xfffc0000, data, strobes, sizeof data),
                     0);
    assert_int_equal(qdpi_mem_write_strobed(board.bridge, 0xa0000, data, strobes, sizeof data), 0);
    // The bytes before RAM: 0xfffff is ROM, 0x100000 is RAM.
    strobes[0] = 2;
    mirror[0] = data[1];
    assert_int_equal(qdpi_mem_write_strobed(board.bridge, 0xfffff, data, strobes, sizeof data), 0);
    expect_file(&board, 0x100000, mirror, 1);
    sum = file_sum(board.fd);
    strobes[0] = 3;
    data[1] ^= 0xff;
    assert_int_equal(qdpi_mem_write_strobed(board.bridge, 0xfffff, data, strobes, sizeof data),
                     QDPI_ERR_ROM);
    assert_int_equal(file_sum(board.fd), sum);
    end_board(&board);
}

// ---- After the firmware ------------------------------------------------------------------------

/** The first address from `gpa` on where the library finds `kind` in a file. */
static uint64_t find_kind(struct qdpi_bridge *bridge, uint64_t gpa, enum qdpi_memory_kind kind)
{
    struct qdpi_memory_range ranges[64];
    int count = qdpi_map_get(bridge, ranges, 64);

    assert_true(count > 0 && count <= 64);
    for (int i = 0; i < count; i++) {
        if (ranges[i].first >= gpa && ranges[i].kind == kind && ranges[i].path != NULL)
            return ranges[i].first;
    }
    return 0;
}

/// The firmware leaves ROM that is in the RAM file: reads give what the guest sees, writes change
/// nothing, also where a write begins in the RAM before it.
static void test_rom_in_ram_file(void **state)
{
    struct qdpi_live *live = *state;
    struct board board = {.low_end = 0x4000000};
    const uint64_t deadline = qdpi_live_in_ms(FIRMWARE_MS);
    char path[QDPI_LIVE_PATH_MAX];
    unsigned char data[64];
    unsigned char seen[64];
    uint64_t rom = 0;
    uint64_t sum;
    char *text;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.ram = "64M"});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    board.bridge = live->bridge[0];
    while (rom == 0 && qdpi_live_ms_until(deadline) > 0) {
        assert_int_equal(qdpi_map_refresh(board.bridge), 0);
        rom = find_kind(board.bridge, 0xe8000, QDPI_MEMORY_ROM);
        qdpi_live_sleep_ms(10);
    }
    assert_int_equal(qdpi_guest_stop(board.bridge, 5000), 0);
    assert_int_equal(rom, 0xf0000);
    qdpi_live_path(&live->qemu[0], "ram", path);
    board.fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(board.fd >= 0);
    sum = file_sum(board.fd);

    assert_int_equal(qdpi_mem_read(board.bridge, 0xfffc0, data, sizeof data), 0);
    expect_file(&board, 0xfffc0, data, sizeof data);
    text = qdpi_live_human(&live->qemu[0], "xp /64xb 0xfffc0");
    for (size_t i = 0, at = 0; i < sizeof seen; i++) {
        const char *from = strstr(text + at, "0x");
        assert_non_null(from);
        seen[i] = (unsigned char)strtoul(from, NULL, 16);
        at = (size_t)(from - text) + 2;
    }
    free(text);
    assert_memory_equal(seen, data, sizeof seen);
    // A read may go from the ROM on into the RAM above it, a write may not.
    assert_int_equal(qdpi_mem_read(board.bridge, 0xffff8, data, sizeof data), 0);
    refuse_write(&board, 0xffff8, 64, QDPI_ERR_ROM);
    refuse_across(&board, rom, 0, QDPI_ERR_ROM);
    refuse_typed(&board, 0xffff0, 0, QDPI_ERR_ROM);
    assert_int_equal(file_sum(board.fd), sum);
    end_board(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_outside_of_64m),
        qdpi_live_test(test_outside_of_5g),
        qdpi_live_test(test_rom_images),
        qdpi_live_test(test_wrap_around),
        qdpi_live_test(test_misaligned_atomics),
        qdpi_live_test(test_inside),
        qdpi_live_test(test_strobed),
        qdpi_live_test(test_rom_in_ram_file),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
