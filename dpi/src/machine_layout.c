// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Where QEMU's machines put a RAM file in guest-physical memory.
//
// Both machines keep a hole below 4 GiB for PCI. RAM that would not fit below it is not cut there
// but at a lower multiple of 1 GiB, so that huge pages of host and guest stay aligned alike: a
// byte more of RAM can move much of it. Not modelled, as it depends on options of QEMU that a RAM
// file does not tell: -machine max-ram-below-4g=, NUMA nodes with files of their own, and the CPU
// model: with an AMD one, RAM that would reach close to 1 TiB goes on there instead of at 4 GiB.

#include "machine_layout.h"

#define KIB UINT64_C(1024)
#define VGA_HOLE (640 * KIB)
#define FIRMWARE (768 * KIB)
#define HIGH_MEMORY (1024 * KIB)
#define ABOVE_4G UINT64_C(0x100000000)

/** RAM files smaller than `hole` reach from 0 to their size; others are cut at `split`. */
struct split_rule {
    uint64_t hole;
    uint64_t split;
};

static const struct split_rule pc_rule = {.hole = 0xe0000000, .split = 0xc0000000};
static const struct split_rule q35_rule = {.hole = 0xb0000000, .split = 0x80000000};

/** Append the part of file bytes [offset, end) that stands at `gpa`, if there is any. */
static size_t append(struct qdpi_map_range *ranges, size_t count, uint64_t gpa, uint64_t offset,
                     uint64_t end, enum qdpi_memory_kind kind)
{
    if (offset >= end) {
        return count;
    }
    ranges[count] = (struct qdpi_map_range){
        .first = gpa,
        .last = gpa + (end - offset - 1),
        .host = NULL,
        .offset = offset,
        .file = 0,
        .kind = kind,
    };
    return count + 1;
}

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

size_t qdpi_machine_layout(enum qdpi_machine machine, uint64_t size,
                           struct qdpi_map_range ranges[QDPI_MACHINE_LAYOUT_RANGES_MAX])
{
    if (machine == QDPI_MACHINE_FLAT) {
        return append(ranges, 0, 0, 0, size, QDPI_MEMORY_RAM);
    }
    const struct split_rule *rule = machine == QDPI_MACHINE_PC ? &pc_rule : &q35_rule;
    uint64_t below_4g = size < rule->hole ? size : rule->split;

    size_t count = append(ranges, 0, 0, 0, lower(VGA_HOLE, below_4g), QDPI_MEMORY_RAM);
    count =
        append(ranges, count, FIRMWARE, FIRMWARE, lower(HIGH_MEMORY, below_4g), QDPI_MEMORY_ROM);
    count = append(ranges, count, HIGH_MEMORY, HIGH_MEMORY, below_4g, QDPI_MEMORY_RAM);
    return append(ranges, count, ABOVE_4G, below_4g, size, QDPI_MEMORY_RAM);
}
