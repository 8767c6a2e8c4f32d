// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// CRC-32 with the polynomials of IEEE 802.3 (the one of zlib) and of Castagnoli.

#include "cyclic_redundancy.h"

#include <string.h>

enum {
    BITS_PER_BYTE = 8,
    HALF = QDPI_CRC_SLICES / 2,
};

void qdpi_crc_begin(struct qdpi_crc *crc, uint32_t polynomial)
{
    crc->state = UINT32_MAX;
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t remainder = byte;
        for (int bit = 0; bit < BITS_PER_BYTE; bit++) {
            remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? polynomial : 0);
        }
        crc->table[0][byte] = remainder;
    }
    // table[n]: what a byte does that n further bytes follow.
    for (size_t slice = 1; slice < QDPI_CRC_SLICES; slice++) {
        for (size_t byte = 0; byte < 256; byte++) {
            const uint32_t before = crc->table[slice - 1][byte];
            crc->table[slice][byte] = before >> BITS_PER_BYTE ^ crc->table[0][before & 0xff];
        }
    }
}

static uint32_t four_bytes(uint32_t table[][256], uint32_t word)
{
    return table[3][word & 0xff] ^ table[2][word >> 8 & 0xff] ^ table[1][word >> 16 & 0xff] ^
           table[0][word >> 24];
}

void qdpi_crc_add(struct qdpi_crc *crc, const unsigned char *data, size_t size)
{
    uint32_t state = crc->state;
    // Eight bytes at a time look their tables up independently of each other.
    for (; size >= QDPI_CRC_SLICES; data += QDPI_CRC_SLICES, size -= QDPI_CRC_SLICES) {
        uint32_t low = 0;
        uint32_t high = 0;
        memcpy(&low, data, sizeof low);
        memcpy(&high, data + sizeof low, sizeof high);
        state = four_bytes(&crc->table[HALF], state ^ low) ^ four_bytes(&crc->table[0], high);
    }
    for (; size > 0; data++, size--) {
        state = state >> BITS_PER_BYTE ^ crc->table[0][(state ^ *data) & 0xff];
    }
    crc->state = state;
}

uint32_t qdpi_crc_value(const struct qdpi_crc *crc)
{
    return ~crc->state;
}
