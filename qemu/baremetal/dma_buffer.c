// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "dma_buffer.h"

#include "crc32c.h"
#include "paging.h"
#include "verdict.h"

enum { BUFFER_WORD_BYTES = 4 };

static unsigned buffer_window;
static uint32_t buffer_guard_bytes;

void qdpi_dma_buffer_init(uint32_t guard_bytes)
{
    buffer_guard_bytes = guard_bytes;
    buffer_window = qdpi_window_claim();
    qdpi_crc32c_init();
}

static inline uint32_t scramble(uint32_t seed, uint32_t index)
{
    uint32_t x = seed + index * 0x9e3779b1;
    x = (x ^ x >> 16) * 0x85ebca6b;
    return x ^ x >> 13;
}

static inline uint32_t content_word(const struct qdpi_dma_content *content, uint32_t index)
{
    uint32_t word = content->repeats ? (uint32_t)(content->pattern >> (index % 2 * 32))
                                     : scramble(content->seed, index);
    return content->inverted ? ~word : word;
}

// A buffer begins at any byte, so words are moved with memcpy, which the compiler makes one
// unaligned access.
static inline uint32_t load_word(const uint8_t *bytes)
{
    uint32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return word;
}

static inline void store_word(uint8_t *bytes, uint32_t word)
{
    __builtin_memcpy(bytes, &word, sizeof word);
}

/// Where the leading guard appears.
static uint8_t *show(const struct qdpi_dma_buffer *buffer)
{
    return qdpi_window_map(buffer_window, buffer->address - buffer_guard_bytes);
}

static void write_content(uint8_t *bytes, uint32_t length, const struct qdpi_dma_content *content)
{
    uint32_t words = length / BUFFER_WORD_BYTES;
    for (uint32_t i = 0; i < words; i++) {
        store_word(bytes + i * BUFFER_WORD_BYTES, content_word(content, i));
    }
    uint32_t last = content_word(content, words);
    for (uint32_t i = words * BUFFER_WORD_BYTES; i < length; i++, last >>= 8) {
        bytes[i] = (uint8_t)last;
    }
}

/// The index of the first byte that differs; `length` if none does.
static uint32_t first_difference(const uint8_t *bytes, uint32_t length,
                                 const struct qdpi_dma_content *content)
{
    uint32_t words = length / BUFFER_WORD_BYTES;
    uint32_t i = 0;
    while (i < words && load_word(bytes + i * BUFFER_WORD_BYTES) == content_word(content, i)) {
        i++;
    }
    uint32_t at = i * BUFFER_WORD_BYTES;
    for (uint32_t rest = content_word(content, i); at < length && bytes[at] == (uint8_t)rest;
         at++) {
        rest >>= 8;
    }
    return at;
}

static uint8_t content_byte(const struct qdpi_dma_content *content, uint32_t index)
{
    return (uint8_t)(content_word(content, index / BUFFER_WORD_BYTES) >>
                     (index % BUFFER_WORD_BYTES * 8));
}

static struct qdpi_dma_content guard_content(const struct qdpi_dma_buffer *buffer, bool after)
{
    return (struct qdpi_dma_content){.seed = buffer->guard_seed, .inverted = after};
}

void qdpi_dma_buffer_take(struct qdpi_dma_buffer *buffer, struct qdpi_random *random,
                          enum qdpi_memory_side side, uint32_t length, uint32_t alignment)
{
    uint32_t size = length + 2 * buffer_guard_bytes;
    buffer->address = qdpi_memory_take(random, side, size, alignment) + buffer_guard_bytes;
    buffer->length = length;
    buffer->guard_seed = qdpi_random_next(random);
    uint8_t *bytes = show(buffer);
    struct qdpi_dma_content before = guard_content(buffer, false);
    struct qdpi_dma_content after = guard_content(buffer, true);
    write_content(bytes, buffer_guard_bytes, &before);
    write_content(bytes + buffer_guard_bytes + length, buffer_guard_bytes, &after);
}

void qdpi_dma_buffer_write(const struct qdpi_dma_buffer *buffer,
                           const struct qdpi_dma_content *content)
{
    write_content(show(buffer) + buffer_guard_bytes, buffer->length, content);
}

static void check_part(const uint8_t *bytes, uint32_t length,
                       const struct qdpi_dma_content *content, uint64_t address,
                       enum qdpi_failure failure, const char *part, const char *what,
                       uint32_t sequence)
{
    uint32_t at = first_difference(bytes, length, content);
    if (at != length) {
        qdpi_verdict_fail(
            failure, "descriptor %u: %s%s: byte %u of %u: expected 0x%02x, got 0x%02x at 0x%llx",
            sequence, part, what, at, length, (uint32_t)content_byte(content, at),
            (uint32_t)bytes[at], address + at);
    }
}

void qdpi_dma_buffer_check_guards(const struct qdpi_dma_buffer *buffer, const char *what,
                                  uint32_t sequence)
{
    const uint8_t *bytes = show(buffer);
    struct qdpi_dma_content before = guard_content(buffer, false);
    struct qdpi_dma_content after = guard_content(buffer, true);
    check_part(bytes, buffer_guard_bytes, &before, buffer->address - buffer_guard_bytes,
               QDPI_FAILURE_GUARD, "guard before ", what, sequence);
    check_part(bytes + buffer_guard_bytes + buffer->length, buffer_guard_bytes, &after,
               buffer->address + buffer->length, QDPI_FAILURE_GUARD, "guard after ", what,
               sequence);
}

void qdpi_dma_buffer_check(const struct qdpi_dma_buffer *buffer,
                           const struct qdpi_dma_content *content, const char *what,
                           uint32_t sequence)
{
    check_part(show(buffer) + buffer_guard_bytes, buffer->length, content, buffer->address,
               QDPI_FAILURE_DATA, "", what, sequence);
    qdpi_dma_buffer_check_guards(buffer, what, sequence);
}

void qdpi_dma_buffer_check_partial(const struct qdpi_dma_buffer *buffer,
                                   const struct qdpi_dma_content *content, const char *what,
                                   uint32_t sequence)
{
    const uint8_t *bytes = show(buffer) + buffer_guard_bytes;
    for (uint32_t i = 0; i < buffer->length; i++) {
        uint8_t wanted = content_byte(content, i);
        uint8_t complement = wanted ^ 0xff;
        if (bytes[i] != wanted && bytes[i] != complement) {
            qdpi_verdict_fail(QDPI_FAILURE_DATA,
                              "descriptor %u, which failed: %s: byte %u of %u: expected 0x%02x or "
                              "0x%02x, got 0x%02x at 0x%llx",
                              sequence, what, i, buffer->length, (uint32_t)wanted,
                              (uint32_t)complement, (uint32_t)bytes[i], buffer->address + i);
        }
    }
    qdpi_dma_buffer_check_guards(buffer, what, sequence);
}

uint32_t qdpi_dma_buffer_crc32c(const struct qdpi_dma_buffer *buffer, uint32_t crc)
{
    return qdpi_crc32c(crc, show(buffer) + buffer_guard_bytes, buffer->length);
}

void qdpi_dma_buffer_release(struct qdpi_dma_buffer *buffer)
{
    qdpi_memory_give_back(buffer->address - buffer_guard_bytes);
    buffer->address = 0;
}
