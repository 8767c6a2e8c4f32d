// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Every access to memory that a device or an interrupt handler shares goes through these helpers;
// nothing else in the guests says `volatile`. On x86 an aligned load is an acquire and an aligned
// store is a release, so what remains is to hold the compiler to the order written.
#ifndef QDPI_BAREMETAL_ORDERING_H
#define QDPI_BAREMETAL_ORDERING_H

#include <stdbool.h>
#include <stdint.h>

static inline void qdpi_compiler_barrier(void)
{
    __asm__ volatile("" : : : "memory");
}

/// What is read after it in the program is read after it: pairs with the other side's store of a
/// flag.
static inline uint32_t qdpi_load_acquire_u32(const uint32_t *word)
{
    uint32_t value = *(const volatile uint32_t *)word;
    qdpi_compiler_barrier();
    return value;
}

/// What was written before it in the program is visible before it: pairs with the other side's load
/// of a flag.
static inline void qdpi_store_release_u32(uint32_t *word, uint32_t value)
{
    qdpi_compiler_barrier();
    *(volatile uint32_t *)word = value;
}

static inline uint8_t qdpi_load_acquire_u8(const uint8_t *byte)
{
    uint8_t value = *(const volatile uint8_t *)byte;
    qdpi_compiler_barrier();
    return value;
}

static inline void qdpi_store_release_u8(uint8_t *byte, uint8_t value)
{
    qdpi_compiler_barrier();
    *(volatile uint8_t *)byte = value;
}

static inline uint16_t qdpi_load_acquire_u16(const uint16_t *half)
{
    uint16_t value = *(const volatile uint16_t *)half;
    qdpi_compiler_barrier();
    return value;
}

static inline void qdpi_store_release_u16(uint16_t *half, uint16_t value)
{
    qdpi_compiler_barrier();
    *(volatile uint16_t *)half = value;
}

/// Returns the value before the addition.
static inline uint32_t qdpi_fetch_add_u32(uint32_t *word, uint32_t addend)
{
    __asm__ volatile("lock xaddl %0, %1" : "+r"(addend), "+m"(*word) : : "memory", "cc");
    return addend;
}

/// Returns whether the word held *expected and was replaced; else *expected is what it held.
static inline bool qdpi_compare_swap_u32(uint32_t *word, uint32_t *expected, uint32_t desired)
{
    uint8_t swapped;
    __asm__ volatile("lock cmpxchgl %3, %1\n\tsete %0"
                     : "=q"(swapped), "+m"(*word), "+a"(*expected)
                     : "r"(desired)
                     : "memory", "cc");
    return swapped != 0;
}

/// The 64-bit form of qdpi_compare_swap_u32().
static inline bool qdpi_compare_swap_u64(uint64_t *word, uint64_t *expected, uint64_t desired)
{
    uint8_t swapped;
    __asm__ volatile("lock cmpxchg8b %1\n\tsete %0"
                     : "=q"(swapped), "+m"(*word), "+A"(*expected)
                     : "b"((uint32_t)desired), "c"((uint32_t)(desired >> 32))
                     : "memory", "cc");
    return swapped != 0;
}

/// One indivisible 64-bit load. 32-bit code has it only as a compare-and-swap, which writes back
/// what it found.
static inline uint64_t qdpi_load_acquire_u64(uint64_t *word)
{
    uint64_t value = 0;
    (void)qdpi_compare_swap_u64(word, &value, 0);
    return value;
}

/// One indivisible 64-bit store.
static inline void qdpi_store_release_u64(uint64_t *word, uint64_t value)
{
    uint64_t seen = 0;
    while (!qdpi_compare_swap_u64(word, &seen, value)) {
    }
}

/// One 64-bit load and nothing else: the floating-point unit holds 64-bit integers exactly. Not for
/// interrupt handlers, which do not save its registers.
static inline uint64_t qdpi_load_plain_u64(const uint64_t *word)
{
    uint64_t value;
    __asm__ volatile("fildll %1\n\tfistpll %0" : "=m"(value) : "m"(*word) : "memory");
    return value;
}

/// One 64-bit store and nothing else; likewise.
static inline void qdpi_store_plain_u64(uint64_t *word, uint64_t value)
{
    __asm__ volatile("fildll %1\n\tfistpll %0" : "=m"(*word) : "m"(value) : "memory");
}

/// Replace the word; returns what was there. A full barrier.
static inline uint32_t qdpi_swap_u32(uint32_t *word, uint32_t value)
{
    __asm__ volatile("xchgl %0, %1" : "+r"(value), "+m"(*word) : : "memory");
    return value;
}

/// What was written before it is visible before anything after it is read.
static inline void qdpi_full_fence(void)
{
    __asm__ volatile("mfence" : : : "memory");
}

#endif
