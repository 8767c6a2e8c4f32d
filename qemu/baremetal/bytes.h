// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The three functions that a compiler may call on its own even in freestanding code.
#ifndef QDPI_BAREMETAL_BYTES_H
#define QDPI_BAREMETAL_BYTES_H

#include <stddef.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t size);
void *memset(void *destination, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);

#endif
