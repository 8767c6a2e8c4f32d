// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 (FIPS 180-4), the value that sha256sum prints.

#ifndef QDPI_TOOLS_SECURE_HASH_H_
#define QDPI_TOOLS_SECURE_HASH_H_

#include <stddef.h>
#include <stdint.h>

enum {
    QDPI_SHA256_BYTES = 32,
    QDPI_SHA256_BLOCK = 64,
};

struct qdpi_sha256 {
    uint32_t state[8];
    uint64_t bytes;                          ///< added so far
    unsigned char block[QDPI_SHA256_BLOCK];  ///< those that do not make up a block yet
};

void qdpi_sha256_begin(struct qdpi_sha256 *hash);
void qdpi_sha256_add(struct qdpi_sha256 *hash, const unsigned char *data, size_t size);
void qdpi_sha256_finish(struct qdpi_sha256 *hash, unsigned char digest[QDPI_SHA256_BYTES]);

#endif
