// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The ordering helpers: the only place where atomic builtins stand. Everything that two threads, or
// this process and the guest, touch at the same time goes through a function of this header, so
// that the strength of each access can be read from its name.
//
//   acquire   A load that acquires: no load or store that follows it in program order takes effect
//             before it. Who acquires a flag sees all that was written before it was released.
//   release   A store that releases: no load or store before it in program order takes effect after
//             it. It makes what was written before visible to whoever acquires its value.
//   relaxed   Single-copy atomic (never torn), but orders nothing else.
//   seq_cst   Acquire and release at once, and all such operations have one order that everybody
//             agrees on: a full barrier.
//
// An acquire here pairs with a release there, and the reverse; one half alone orders nothing. With
// a guest on the other side of shared memory, the other half is an instruction of the guest:
//
//   here                         guest, x86                  guest, other architectures
//   qdpi_load_acquire_*     <->  any store (mov)             stlr, or a store barrier and a store
//   qdpi_store_release_*    <->  any load (mov)              ldar, or a load and a load barrier
//   exchange, cas, fetch_add <-> a lock instruction, xchg    an exclusive or atomic instruction
//
// A store followed by a load of something else is not ordered by release and acquire: x86 lets the
// load overtake. Where that matters (each side sets its flag, then looks at the other's), both
// sides need a full barrier: a seq_cst operation here, mfence or a lock instruction there.
//
// Words must be aligned to their size, but for the moves, which say otherwise. The functions take
// plain integers, because guest memory has no C type; what is shared between threads of this
// process is used with the same functions.

#ifndef QDPI_SHM_ATOMIC_H_
#define QDPI_SHM_ATOMIC_H_

#include <stdbool.h>
#include <stdint.h>

// ---- Words of shared memory: every read acquires, every write releases -------------------------

static inline uint8_t qdpi_load_acquire_u8(const uint8_t *address)
{
    return __atomic_load_n(address, __ATOMIC_ACQUIRE);
}

static inline uint16_t qdpi_load_acquire_u16(const uint16_t *address)
{
    return __atomic_load_n(address, __ATOMIC_ACQUIRE);
}

static inline uint32_t qdpi_load_acquire_u32(const uint32_t *address)
{
    return __atomic_load_n(address, __ATOMIC_ACQUIRE);
}

static inline uint64_t qdpi_load_acquire_u64(const uint64_t *address)
{
    return __atomic_load_n(address, __ATOMIC_ACQUIRE);
}

static inline void qdpi_store_release_u8(uint8_t *address, uint8_t value)
{
    __atomic_store_n(address, value, __ATOMIC_RELEASE);
}

static inline void qdpi_store_release_u16(uint16_t *address, uint16_t value)
{
    __atomic_store_n(address, value, __ATOMIC_RELEASE);
}

static inline void qdpi_store_release_u32(uint32_t *address, uint32_t value)
{
    __atomic_store_n(address, value, __ATOMIC_RELEASE);
}

static inline void qdpi_store_release_u64(uint64_t *address, uint64_t value)
{
    __atomic_store_n(address, value, __ATOMIC_RELEASE);
}

// ---- Flags and published pointers between threads of this process ------------------------------

static inline int qdpi_load_acquire_int(const int *address)
{
    return __atomic_load_n(address, __ATOMIC_ACQUIRE);
}

static inline void qdpi_store_release_int(int *address, int value)
{
    __atomic_store_n(address, value, __ATOMIC_RELEASE);
}

/** The pointer must be declared `void *`: C lets no other pointer be read as one. */
static inline void *qdpi_load_acquire_pointer(void *const *address)
{
    return __atomic_load_n(address, __ATOMIC_ACQUIRE);
}

/** Publish: who acquires `value` sees the whole of what it points to. */
static inline void qdpi_store_release_pointer(void **address, void *value)
{
    __atomic_store_n(address, value, __ATOMIC_RELEASE);
}

// ---- Relaxed: never torn, order nothing --------------------------------------------------------

static inline int qdpi_load_relaxed_int(const int *address)
{
    return __atomic_load_n(address, __ATOMIC_RELAXED);
}

static inline void qdpi_store_relaxed_int(int *address, int value)
{
    __atomic_store_n(address, value, __ATOMIC_RELAXED);
}

static inline uint8_t qdpi_load_relaxed_u8(const uint8_t *address)
{
    return __atomic_load_n(address, __ATOMIC_RELAXED);
}

static inline uint32_t qdpi_load_relaxed_u32(const uint32_t *address)
{
    return __atomic_load_n(address, __ATOMIC_RELAXED);
}

static inline void qdpi_store_relaxed_u32(uint32_t *address, uint32_t value)
{
    __atomic_store_n(address, value, __ATOMIC_RELAXED);
}

static inline uint64_t qdpi_load_relaxed_u64(const uint64_t *address)
{
    return __atomic_load_n(address, __ATOMIC_RELAXED);
}

static inline void qdpi_store_relaxed_u64(uint64_t *address, uint64_t value)
{
    __atomic_store_n(address, value, __ATOMIC_RELAXED);
}

static inline void qdpi_set_bits_int(int *address, int bits)
{
    (void)__atomic_fetch_or(address, bits, __ATOMIC_RELAXED);
}

/** Count something that others only look at. */
static inline void qdpi_count_relaxed_u64(uint64_t *address)
{
    (void)__atomic_fetch_add(address, 1, __ATOMIC_RELAXED);
}

// ---- Moves between shared memory and this process's own: relaxed -------------------------------

// One load and one store each, in either direction; only the shared side must be aligned, and
// volatile keeps the compiler from making anything else of them. C knows no atomic access to
// vectors. The processors do: of one that is aligned to 8 bytes, each 8-byte word is moved whole
// (AArch64 promises it; all x86-64 do it, though the manuals promise it of aligned vectors only).

typedef uint16_t qdpi_any_u16 __attribute__((aligned(1), may_alias));
typedef uint32_t qdpi_any_u32 __attribute__((aligned(1), may_alias));
typedef uint64_t qdpi_any_u64 __attribute__((aligned(1), may_alias));
typedef uint64_t qdpi_two_words __attribute__((vector_size(16), aligned(1), may_alias));

/** Whether a load of 2, 4 or 8 bytes need not be aligned to take each aligned part of it whole.
 *  ThreadSanitizer is to know which loads are atomic. */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define QDPI_LOADS_TAKE_PARTS_WHOLE 1
#else
#define QDPI_LOADS_TAKE_PARTS_WHOLE 0
#endif

static inline uint8_t qdpi_load_any_u8(const unsigned char *from)
{
    return *(const volatile unsigned char *)from;
}

static inline uint16_t qdpi_load_any_u16(const unsigned char *from)
{
    return *(const volatile qdpi_any_u16 *)from;
}

static inline uint32_t qdpi_load_any_u32(const unsigned char *from)
{
    return *(const volatile qdpi_any_u32 *)from;
}

static inline uint64_t qdpi_load_any_u64(const unsigned char *from)
{
    return *(const volatile qdpi_any_u64 *)from;
}

static inline qdpi_two_words qdpi_load_two_words(const unsigned char *from)
{
    return *(const volatile qdpi_two_words *)from;
}

static inline void qdpi_move_u8(unsigned char *to, const unsigned char *from)
{
    *(volatile unsigned char *)to = qdpi_load_any_u8(from);
}

static inline void qdpi_move_u16(unsigned char *to, const unsigned char *from)
{
    *(volatile qdpi_any_u16 *)to = qdpi_load_any_u16(from);
}

static inline void qdpi_move_u32(unsigned char *to, const unsigned char *from)
{
    *(volatile qdpi_any_u32 *)to = qdpi_load_any_u32(from);
}

static inline void qdpi_move_u64(unsigned char *to, const unsigned char *from)
{
    *(volatile qdpi_any_u64 *)to = qdpi_load_any_u64(from);
}

static inline void qdpi_move_two_words(unsigned char *to, const unsigned char *from)
{
    *(volatile qdpi_two_words *)to = qdpi_load_two_words(from);
}

/** Add to both, which only the caller writes: a reader sees each whole. */
static inline void qdpi_add_owned_two_words(uint64_t *words, qdpi_two_words more)
{
    volatile qdpi_two_words *const both = (volatile qdpi_two_words *)words;

    *both = *both + more;
}

// ---- Read-modify-write: seq_cst, atomic against the guest's lock instructions ------------------

/** Replace the word. @return what was there. */
static inline int qdpi_exchange_int(int *address, int value)
{
    return __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);
}

static inline uint32_t qdpi_exchange_u32(uint32_t *address, uint32_t value)
{
    return __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);
}

static inline uint64_t qdpi_exchange_u64(uint64_t *address, uint64_t value)
{
    return __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);
}

/** Store the byte that is there again, though nobody is to see that. */
static inline void qdpi_store_same_u8(uint8_t *address)
{
    uint8_t value = __atomic_load_n(address, __ATOMIC_RELAXED);

    // If it is not the same any more, somebody else has stored it.
    (void)__atomic_compare_exchange_n(address, &value, value, false, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
}

/** Replace the word by `desired` if it is `expected`. @return what was there: equal if replaced. */
static inline uint32_t qdpi_cas_u32(uint32_t *address, uint32_t expected, uint32_t desired)
{
    // A full barrier on failure too: the caller learns nothing of the outcome from the ordering.
    (void)__atomic_compare_exchange_n(address, &expected, desired, false, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
    return expected;
}

static inline uint64_t qdpi_cas_u64(uint64_t *address, uint64_t expected, uint64_t desired)
{
    (void)__atomic_compare_exchange_n(address, &expected, desired, false, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
    return expected;
}

/** Add to the word, wrapping around. @return what was there. */
static inline uint32_t qdpi_fetch_add_u32(uint32_t *address, uint32_t addend)
{
    return __atomic_fetch_add(address, addend, __ATOMIC_SEQ_CST);
}

static inline uint64_t qdpi_fetch_add_u64(uint64_t *address, uint64_t addend)
{
    return __atomic_fetch_add(address, addend, __ATOMIC_SEQ_CST);
}

// ---- Fences: around moves, which have no order of their own ------------------------------------

// ThreadSanitizer does not model fences, and gcc says so wherever one stands. What they order here
// are bytes of guest memory, whose other side ThreadSanitizer cannot see in any case.
#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif

/** Against a signal handler of the same thread: the compiler moves nothing past this line. */
static inline void qdpi_signal_fence(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/** After copying out of shared memory: nothing that follows takes effect before what was read. */
static inline void qdpi_acquire_fence(void)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}

/** Before copying into shared memory: what precedes is visible before what will be written. */
static inline void qdpi_release_fence(void)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic pop
#endif

#endif  // QDPI_SHM_ATOMIC_H_
