// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory behind bench_axi4_minimal that costs least: a beat is copied between a packed vector,
// which a simulator passes as it is, and an array.

#include <string.h>

#include "svdpi.h"

#define MEMORY_BYTES (4u << 20)
#define LONGEST_BEAT 128u

void bench_axi4_copy_read(unsigned long long address, unsigned int bytes, svBitVecVal *data);
void bench_axi4_copy_write(unsigned long long address, unsigned int bytes, const svBitVecVal *data,
                           const svBitVecVal *strobes);

static unsigned char memory[MEMORY_BYTES + LONGEST_BEAT];

void bench_axi4_copy_read(unsigned long long address, unsigned int bytes, svBitVecVal *data)
{
    memcpy(data, memory + address % MEMORY_BYTES, bytes);
}

void bench_axi4_copy_write(unsigned long long address, unsigned int bytes, const svBitVecVal *data,
                           const svBitVecVal *strobes)
{
    // Whole beats are all that the benchmark writes.
    if ((strobes[0] & 0xffu) == 0xffu)
        memcpy(memory + address % MEMORY_BYTES, data, bytes);
}
