// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Guest-physical memory: which ranges the firmware reports as usable, and which parts of them are
// taken.
#ifndef QDPI_BAREMETAL_MEMORY_H
#define QDPI_BAREMETAL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "multiboot.h"
#include "random.h"

enum qdpi_memory_side {
    QDPI_MEMORY_LOW,   // below 4 GiB
    QDPI_MEMORY_HIGH,  // above 4 GiB
};

/// Fails the guest if the loader gives no memory map.
void qdpi_memory_init(const struct qdpi_multiboot_info *info);

bool qdpi_memory_has(enum qdpi_memory_side side);
enum qdpi_memory_side qdpi_memory_side_of(uint64_t address);

/// Where usable memory ends.
uint64_t qdpi_memory_end(void);

/// Take `size` bytes at a random place on `side`, at a multiple of `alignment` (a power of two).
/// The places are spread over all ranges of that side, their first and last bytes included, yet
/// fall into a bounded number of pages, so that a long run does not touch all of a large memory.
/// Fails the guest if there is no room.
uint64_t qdpi_memory_take(struct qdpi_random *random, enum qdpi_memory_side side, uint32_t size,
                          uint32_t alignment);

/// Give back what qdpi_memory_take() returned.
void qdpi_memory_give_back(uint64_t address);

void qdpi_memory_print(void);

#endif
