// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// 64-bit by 32-bit division, which 32-bit compilers take from a library that the guests do not
// have.
#ifndef QDPI_BAREMETAL_DIVISION_H
#define QDPI_BAREMETAL_DIVISION_H

#include <stdint.h>

/// Divide *value in place; returns the remainder.
static inline uint32_t qdpi_divide_u64(uint64_t *value, uint32_t divisor)
{
    uint32_t high = (uint32_t)(*value >> 32);
    uint32_t low = (uint32_t)*value;
    uint32_t remainder = high % divisor;
    high /= divisor;
    // The remainder is less than the divisor, so the quotient fits and DIV cannot fault.
    __asm__("divl %2" : "+a"(low), "+d"(remainder) : "rm"(divisor) : "cc");
    *value = (uint64_t)high << 32 | low;
    return remainder;
}

#endif
