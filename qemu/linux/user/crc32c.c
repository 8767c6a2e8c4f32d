// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli, reflected), sliced by eight.

#include "crc32c.h"

#include <string.h>

#define QDPI_CRC32C_POLYNOMIAL UINT32_C(0x82f63b78)

void qdpi_crc32c_init(struct qdpi_crc32c *tables)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t remainder = byte;
        for (int bit = 0; bit < 8; bit++) {
            remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? QDPI_CRC32C_POLYNOMIAL : 0);
        }
        tables->after[0][byte] = remainder;
    }
    for (size_t step = 1; step < 8; step++) {
        for (size_t byte = 0; byte < 256; byte++) {
            const uint32_t shorter = tables->after[step - 1][byte];
            tables->after[step][byte] = (shorter >> 8) ^ tables->after[0][shorter & 0xff];
        }
    }
}

uint32_t qdpi_crc32c(const struct qdpi_crc32c *tables, uint32_t crc, const void *bytes,
                     size_t length)
{
    const uint8_t *next = bytes;
    uint32_t remainder = ~crc;
    for (; length >= 8; length -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, sizeof word);
        word ^= remainder;
        remainder = tables->after[7][word & 0xff] ^ tables->after[6][word >> 8 & 0xff] ^
                    tables->after[5][word >> 16 & 0xff] ^ tables->after[4][word >> 24 & 0xff] ^
                    tables->after[3][word >> 32 & 0xff] ^ tables->after[2][word >> 40 & 0xff] ^
                    tables->after[1][word >> 48 & 0xff] ^ tables->after[0][word >> 56];
    }
    for (; length > 0; length--, next++) {
        remainder = (remainder >> 8) ^ tables->after[0][(remainder ^ *next) & 0xff];
    }
    return ~remainder;
}
