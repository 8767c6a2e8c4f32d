// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C in software, to judge the engine's: eight bytes per step, tables made from the polynomial
// alone, nothing shared with the RTL.

#ifndef QDPI_USER_CRC32C_H_
#define QDPI_USER_CRC32C_H_

#include <stddef.h>
#include <stdint.h>

struct qdpi_crc32c {
    // [k][b]: what byte b does to the remainder when k further bytes follow it.
    uint32_t after[8][256];
};

void qdpi_crc32c_init(struct qdpi_crc32c *tables);

// The CRC of `bytes` appended to data whose CRC is `crc`; 0 to start. The tables are only read: any
// number of threads may share them.
uint32_t qdpi_crc32c(const struct qdpi_crc32c *tables, uint32_t crc, const void *bytes,
                     size_t length);

#endif
