// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include "console.h"
#include "division.h"
#include "verdict.h"

enum {
    MEMORY_RANGES = 16,
    MEMORY_BLOCKS = 160,
    MEMORY_TRIES = 10000,
    MEMORY_SPOTS =
        16,  // stretches of a range in which blocks are placed: bounds the pages that are touched
    MEMORY_SPOT_BYTES = 2 * 1024 * 1024,
    MEMORY_FIRST_USABLE = 4096,  // address 0 means "none", so the page around it is left alone
};

static const uint64_t memory_side_boundary = (uint64_t)1 << 32;

struct memory_block {
    uint64_t address;
    uint64_t size;
};

static struct memory_block memory_ranges[MEMORY_RANGES];
static unsigned memory_range_count;
static struct memory_block memory_blocks[MEMORY_BLOCKS];  // size 0: unused
static uint64_t memory_last_end;

extern const char qdpi_image_start[];
extern const char qdpi_image_end[];

static void add_range(uint64_t first, uint64_t end)
{
    if (first < MEMORY_FIRST_USABLE) {
        first = MEMORY_FIRST_USABLE;
    }
    if (end <= first) {
        return;
    }
    if (memory_range_count == MEMORY_RANGES) {
        qdpi_verdict_fail(QDPI_FAILURE_SETUP, "the firmware reports more than %u memory ranges",
                          (uint32_t)MEMORY_RANGES);
    }
    memory_ranges[memory_range_count++] =
        (struct memory_block){.address = first, .size = end - first};
    if (end > memory_last_end) {
        memory_last_end = end;
    }
}

void qdpi_memory_init(const struct qdpi_multiboot_info *info)
{
    if ((info->flags & QDPI_MULTIBOOT_HAS_MEMORY_MAP) == 0) {
        qdpi_verdict_fail(QDPI_FAILURE_SETUP, "the loader gave no memory map");
    }
    uint32_t image_start = (uint32_t)qdpi_image_start;
    uint32_t image_end = (uint32_t)qdpi_image_end;
    uint32_t at = info->memory_map_address;
    uint32_t end = at + info->memory_map_length;
    while (at < end) {
        const struct qdpi_multiboot_memory *entry = (const struct qdpi_multiboot_memory *)at;
        uint64_t entry_end = entry->base + entry->length;
        if (entry->type == QDPI_MULTIBOOT_MEMORY_USABLE) {
            if (entry->base <= image_start && image_end <= entry_end) {
                add_range(entry->base, image_start);
                add_range(image_end, entry_end);
            } else {
                add_range(entry->base, entry_end);
            }
        }
        at += entry->size + (uint32_t)sizeof entry->size;
    }
}

enum qdpi_memory_side qdpi_memory_side_of(uint64_t address)
{
    return address < memory_side_boundary ? QDPI_MEMORY_LOW : QDPI_MEMORY_HIGH;
}

uint64_t qdpi_memory_end(void)
{
    return memory_last_end;
}

static uint32_t count_ranges(enum qdpi_memory_side side)
{
    uint32_t count = 0;
    for (unsigned i = 0; i < memory_range_count; i++) {
        if (qdpi_memory_side_of(memory_ranges[i].address) == side) {
            count++;
        }
    }
    return count;
}

bool qdpi_memory_has(enum qdpi_memory_side side)
{
    return count_ranges(side) > 0;
}

static const struct memory_block *choose_range(struct qdpi_random *random,
                                               enum qdpi_memory_side side)
{
    uint32_t count = count_ranges(side);
    if (count == 0) {
        qdpi_verdict_fail(QDPI_FAILURE_SETUP, "no memory %s 4 GiB",
                          side == QDPI_MEMORY_LOW ? "below" : "above");
    }
    uint32_t skipped = qdpi_random_below(random, count);
    const struct memory_block *range = memory_ranges;
    while (qdpi_memory_side_of(range->address) != side || skipped-- > 0) {
        range++;
    }
    return range;
}

/// An address in `range`, which is larger than `size`, with room for `size` bytes after it.
static uint64_t choose_address(struct qdpi_random *random, const struct memory_block *range,
                               uint32_t size)
{
    uint64_t room = range->size - size;
    if (room <= (uint64_t)MEMORY_SPOTS * MEMORY_SPOT_BYTES) {
        return range->address + qdpi_random_below(random, (uint32_t)room + 1);
    }
    uint64_t spacing = room - MEMORY_SPOT_BYTES;
    (void)qdpi_divide_u64(&spacing, MEMORY_SPOTS - 1);
    uint32_t spot = qdpi_random_below(random, MEMORY_SPOTS);
    uint64_t offset = qdpi_random_below(random, MEMORY_SPOT_BYTES + 1);
    if (spot == 0) {
        // Every other block of the first spot begins where the range begins, as far as no other
        // block lies there.
        return range->address + (offset % 2 == 0 ? 0 : offset);
    }
    if (spot == MEMORY_SPOTS - 1) {
        return range->address + room - (offset % 2 == 0 ? 0 : offset);
    }
    return range->address + spot * spacing + offset;
}

static struct memory_block *find_free_slot(uint64_t address, uint64_t size)
{
    struct memory_block *slot = 0;
    for (unsigned i = 0; i < MEMORY_BLOCKS; i++) {
        struct memory_block *block = &memory_blocks[i];
        if (block->size == 0) {
            slot = block;
        } else if (address < block->address + block->size && block->address < address + size) {
            return 0;
        }
    }
    return slot;
}

uint64_t qdpi_memory_take(struct qdpi_random *random, enum qdpi_memory_side side, uint32_t size,
                          uint32_t alignment)
{
    for (unsigned try = 0; try < MEMORY_TRIES; try++) {
        const struct memory_block *range = choose_range(random, side);
        if (range->size <= size) {
            continue;
        }
        uint64_t address = choose_address(random, range, size) & ~(uint64_t)(alignment - 1);
        if (address < range->address) {
            continue;
        }
        struct memory_block *slot = find_free_slot(address, size);
        if (slot != 0) {
            *slot = (struct memory_block){.address = address, .size = size};
            return address;
        }
    }
    qdpi_verdict_fail(QDPI_FAILURE_SETUP, "no room for a block of %u bytes %s 4 GiB", size,
                      side == QDPI_MEMORY_LOW ? "below" : "above");
}

void qdpi_memory_give_back(uint64_t address)
{
    for (unsigned i = 0; i < MEMORY_BLOCKS; i++) {
        if (memory_blocks[i].size != 0 && memory_blocks[i].address == address) {
            memory_blocks[i].size = 0;
            return;
        }
    }
    qdpi_verdict_fail(QDPI_FAILURE_SETUP, "no block was taken at 0x%llx", address);
}

void qdpi_memory_print(void)
{
    for (unsigned i = 0; i < memory_range_count; i++) {
        const struct memory_block *range = &memory_ranges[i];
        qdpi_print("guest: memory 0x%llx to 0x%llx\n", range->address,
                   range->address + range->size - 1);
    }
}
