// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// CRC-32 with the polynomials of IEEE 802.3 (the one of zlib) and of Castagnoli.

#ifndef QDPI_TOOLS_CYCLIC_REDUNDANCY_H_
#define QDPI_TOOLS_CYCLIC_REDUNDANCY_H_

#include <stddef.h>
#include <stdint.h>

#define QDPI_CRC32_IEEE 0xedb88320u        ///< reflected, as zlib's crc32() and Ethernet have it
#define QDPI_CRC32_CASTAGNOLI 0x82f63b78u  ///< reflected, as iSCSI, NVMe and SSE 4.2 have it

enum {
    QDPI_CRC_SLICES = 8,
};

struct qdpi_crc {
    uint32_t state;
    uint32_t table[QDPI_CRC_SLICES][256];
};

void qdpi_crc_begin(struct qdpi_crc *crc, uint32_t polynomial);
void qdpi_crc_add(struct qdpi_crc *crc, const unsigned char *data, size_t size);
uint32_t qdpi_crc_value(const struct qdpi_crc *crc);

#endif
