// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 (FIPS 180-4), the value that sha256sum prints.

#include "secure_hash.h"

#include <string.h>

enum {
    ROUNDS = 64,
    LENGTH_OFFSET = QDPI_SHA256_BLOCK - 8,  // of the message's length in the last block
};

// The first 32 bits of the fractions of the cube roots of the first 64 primes.
static const uint32_t constants[ROUNDS] = {
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u,
    0xab1c5ed5u, 0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu,
    0x9bdc06a7u, 0xc19bf174u, 0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu,
    0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau, 0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u,
    0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u, 0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu,
    0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u, 0xa2bfe8a1u, 0xa81a664bu,
    0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u, 0x19a4c116u,
    0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u,
    0xc67178f2u};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

static uint32_t load_big_endian(const unsigned char *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static void fill_schedule(uint32_t schedule[ROUNDS], const unsigned char *block)
{
    for (size_t i = 0; i < 16; i++) {
        schedule[i] = load_big_endian(block + 4 * i);
    }
    for (size_t i = 16; i < ROUNDS; i++) {
        const uint32_t far = schedule[i - 15];
        const uint32_t near = schedule[i - 2];
        schedule[i] = schedule[i - 16] + (rotate(far, 7) ^ rotate(far, 18) ^ far >> 3) +
                      schedule[i - 7] + (rotate(near, 17) ^ rotate(near, 19) ^ near >> 10);
    }
}

static void add_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t schedule[ROUNDS];
    // The working variables a to h of the standard.
    uint32_t v[8];
    fill_schedule(schedule, block);
    memcpy(v, state, sizeof v);
    for (size_t i = 0; i < ROUNDS; i++) {
        const uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        const uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        const uint32_t one = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
                             choice + constants[i] + schedule[i];
        const uint32_t two = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) + majority;
        memmove(&v[1], &v[0], sizeof v - sizeof v[0]);
        v[4] += one;
        v[0] = one + two;
    }
    for (size_t i = 0; i < 8; i++) {
        state[i] += v[i];
    }
}

void qdpi_sha256_begin(struct qdpi_sha256 *hash)
{
    // The first 32 bits of the fractions of the square roots of the first 8 primes.
    static const uint32_t first[] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                                     0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
    memcpy(hash->state, first, sizeof hash->state);
    hash->bytes = 0;
}

void qdpi_sha256_add(struct qdpi_sha256 *hash, const unsigned char *data, size_t size)
{
    while (size > 0) {
        const size_t used = hash->bytes % QDPI_SHA256_BLOCK;
        const size_t room = QDPI_SHA256_BLOCK - used;
        const size_t part = size < room ? size : room;
        if (part == QDPI_SHA256_BLOCK) {
            add_block(hash->state, data);
        } else {
            memcpy(hash->block + used, data, part);
            if (part == room) {
                add_block(hash->state, hash->block);
            }
        }
        hash->bytes += part;
        data += part;
        size -= part;
    }
}

void qdpi_sha256_finish(struct qdpi_sha256 *hash, unsigned char digest[QDPI_SHA256_BYTES])
{
    static const unsigned char zeros[QDPI_SHA256_BLOCK];
    static const unsigned char end = 0x80;
    const uint64_t bits = hash->bytes * 8;
    unsigned char length[sizeof bits];
    for (size_t i = 0; i < sizeof length; i++) {
        length[i] = (unsigned char)(bits >> (8 * (sizeof length - 1 - i)));
    }
    qdpi_sha256_add(hash, &end, sizeof end);
    qdpi_sha256_add(hash, zeros,
                    (LENGTH_OFFSET + QDPI_SHA256_BLOCK - hash->bytes % QDPI_SHA256_BLOCK) %
                        QDPI_SHA256_BLOCK);
    qdpi_sha256_add(hash, length, sizeof length);
    for (size_t i = 0; i < QDPI_SHA256_BYTES; i++) {
        digest[i] = (unsigned char)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
    }
}
