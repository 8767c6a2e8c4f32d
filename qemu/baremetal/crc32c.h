// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli) in software, to check the engine's against.
#ifndef QDPI_BAREMETAL_CRC32C_H
#define QDPI_BAREMETAL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// Build the table; call it once before qdpi_crc32c().
void qdpi_crc32c_init(void);

/// The CRC of `size` bytes that follow bytes whose CRC is `crc`; 0 to start.
uint32_t qdpi_crc32c(uint32_t crc, const uint8_t *bytes, size_t size);

#endif
