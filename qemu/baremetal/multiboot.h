// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the loader hands over (Multiboot 1), as far as the guests read it.
#ifndef QDPI_BAREMETAL_MULTIBOOT_H
#define QDPI_BAREMETAL_MULTIBOOT_H

#include <stdint.h>

enum {
    QDPI_MULTIBOOT_LOADER_MAGIC = 0x2badb002,
    QDPI_MULTIBOOT_HAS_COMMAND_LINE = 0x04,
    QDPI_MULTIBOOT_HAS_MEMORY_MAP = 0x40,
    QDPI_MULTIBOOT_MEMORY_USABLE = 1,
};

struct qdpi_multiboot_info {
    uint32_t flags;
    uint32_t memory_lower;
    uint32_t memory_upper;
    uint32_t boot_device;
    uint32_t command_line;
    uint32_t modules_count;
    uint32_t modules_address;
    uint32_t symbols[4];
    uint32_t memory_map_length;
    uint32_t memory_map_address;
};

struct __attribute__((packed)) qdpi_multiboot_memory {
    uint32_t size;  // of the rest of this entry
    uint64_t base;
    uint64_t length;
    uint32_t type;
};

#endif
