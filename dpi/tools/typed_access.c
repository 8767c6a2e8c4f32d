// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One value of guest memory, in one access of its width.

#include "typed_access.h"

int qdpi_typed_read(struct qdpi_bridge *bridge, uint64_t gpa, unsigned width, uint64_t *value)
{
    uint8_t byte = 0;
    uint16_t half = 0;
    uint32_t word = 0;
    int result = 0;
    switch (width) {
    case 1:
        result = qdpi_mem_read8(bridge, gpa, &byte);
        *value = byte;
        return result;
    case 2:
        result = qdpi_mem_read16(bridge, gpa, &half);
        *value = half;
        return result;
    case 4:
        result = qdpi_mem_read32(bridge, gpa, &word);
        *value = word;
        return result;
    default:
        return qdpi_mem_read64(bridge, gpa, value);
    }
}

int qdpi_typed_write(struct qdpi_bridge *bridge, uint64_t gpa, unsigned width, uint64_t value)
{
    switch (width) {
    case 1:
        return qdpi_mem_write8(bridge, gpa, (uint8_t)value);
    case 2:
        return qdpi_mem_write16(bridge, gpa, (uint16_t)value);
    case 4:
        return qdpi_mem_write32(bridge, gpa, (uint32_t)value);
    default:
        return qdpi_mem_write64(bridge, gpa, value);
    }
}
