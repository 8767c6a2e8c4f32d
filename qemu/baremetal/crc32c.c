// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "crc32c.h"

enum { CRC32C_TABLE_ENTRIES = 256 };

static const uint32_t crc32c_polynomial = 0x82f63b78;
static uint32_t crc32c_table[CRC32C_TABLE_ENTRIES];

void qdpi_crc32c_init(void)
{
    for (uint32_t byte = 0; byte < CRC32C_TABLE_ENTRIES; byte++) {
        uint32_t crc = byte;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ crc32c_polynomial : crc >> 1;
        }
        crc32c_table[byte] = crc;
    }
}

uint32_t qdpi_crc32c(uint32_t crc, const uint8_t *bytes, size_t size)
{
    crc = ~crc;
    for (; size > 0; size--, bytes++) {
        crc = crc >> 8 ^ crc32c_table[(crc ^ *bytes) & 0xff];
    }
    return ~crc;
}
