// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Buffers anywhere in guest-physical memory, with guard bytes before and after, and the seeded
// bytes that fill them.
#ifndef QDPI_BAREMETAL_DMA_BUFFER_H
#define QDPI_BAREMETAL_DMA_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"
#include "random.h"

enum {
    QDPI_DMA_GUARD_BYTES = 64,         // before and after a buffer
    QDPI_DMA_WIDE_GUARD_BYTES = 4096,  // a page: more than a window is rounded by
};

struct qdpi_dma_buffer {
    uint64_t address;  // of the first byte between the guards; 0: no buffer
    uint32_t length;
    uint32_t guard_seed;
};

/// What a buffer holds, as a function of the position in it.
struct qdpi_dma_content {
    bool repeats;  // the 8 bytes of `pattern` again and again, else bytes made from `seed`
    uint64_t pattern;
    uint32_t seed;
    bool inverted;  // all of it complemented: then every byte differs
};

/// `guard_bytes`: QDPI_DMA_GUARD_BYTES or QDPI_DMA_WIDE_GUARD_BYTES, for all buffers.
void qdpi_dma_buffer_init(uint32_t guard_bytes);

/// Take memory on `side` for `length` bytes at a multiple of `alignment`, at most
/// QDPI_DMA_GUARD_BYTES, and for the guards; write the guards.
void qdpi_dma_buffer_take(struct qdpi_dma_buffer *buffer, struct qdpi_random *random,
                          enum qdpi_memory_side side, uint32_t length, uint32_t alignment);

void qdpi_dma_buffer_write(const struct qdpi_dma_buffer *buffer,
                           const struct qdpi_dma_content *content);

/// Check every byte of the buffer and of its guards; fail the guest with the first wrong one.
/// `what` names the buffer, `sequence` the descriptor in that sentence.
void qdpi_dma_buffer_check(const struct qdpi_dma_buffer *buffer,
                           const struct qdpi_dma_content *content, const char *what,
                           uint32_t sequence);

/// The guards alone.
void qdpi_dma_buffer_check_guards(const struct qdpi_dma_buffer *buffer, const char *what,
                                  uint32_t sequence);

/// As qdpi_dma_buffer_check(), but each byte may also be the complement of what it must become: how
/// far a transfer came that failed is not known.
void qdpi_dma_buffer_check_partial(const struct qdpi_dma_buffer *buffer,
                                   const struct qdpi_dma_content *content, const char *what,
                                   uint32_t sequence);

/// CRC-32C of the buffer, continuing from `crc`.
uint32_t qdpi_dma_buffer_crc32c(const struct qdpi_dma_buffer *buffer, uint32_t crc);

/// Give the memory back; the buffer is none afterwards.
void qdpi_dma_buffer_release(struct qdpi_dma_buffer *buffer);

#endif
