// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// memcpy, memset and memcmp for code without a C library. String instructions, because a loop here
// could be turned into a call of the very function that holds it.
#include "bytes.h"

void *memcpy(void *restrict destination, const void *restrict source, size_t size)
{
    void *to = destination;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(source), "+c"(size) : : "memory");
    return destination;
}

void *memset(void *destination, int value, size_t size)
{
    void *to = destination;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
    return destination;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *a = left;
    const unsigned char *b = right;
    for (; size > 0; size--, a++, b++) {
        if (*a != *b) {
            return *a < *b ? -1 : 1;
        }
    }
    return 0;
}
