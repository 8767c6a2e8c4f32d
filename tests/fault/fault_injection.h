// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Makes allocations and system calls of the library fail, one chosen call or all from it on. The
// calls are redirected by the linker (--wrap in CMakeLists.txt), so that
// a sanitizer still sees the real ones behind; those of the JSON library by its own hook.
//
// Only the library's calls are counted and can fail: those of threads that have entered it
// (FAULT_CALL), and of threads that such a thread has created. The peer may thus live in the same
// process.

#ifndef QDPI_TESTS_FAULT_FAULT_INJECTION_H_
#define QDPI_TESTS_FAULT_FAULT_INJECTION_H_

#include <stddef.h>
#include <stdint.h>

/** What can fail. */
enum fault_call {
    FAULT_ALLOCATION,      /**< malloc, calloc, realloc and strdup of the library itself */
    FAULT_JSON_ALLOCATION, /**< allocations of the JSON library on its behalf */
    FAULT_MMAP,
    FAULT_OPEN,
    FAULT_FSTAT,
    FAULT_STAT,
    FAULT_OPENDIR,
    FAULT_SOCKET,
    FAULT_CONNECT,
    FAULT_EVENTFD,
    FAULT_PTHREAD_CREATE,
    FAULT_POLL,
    FAULT_RECV,
    FAULT_SEND,
    FAULT_READ,
    FAULT_WAKE,  /**< write() of 8 bytes: an eventfd */
    FAULT_WRITE, /**< any other write() */
    FAULT_FLOCK,
    FAULT_UNLINK,
    FAULT_CALL_COUNT,
};

/** In the place of an errno: the call transfers one byte, as if there were room for no more. */
#define FAULT_SHORT 0

#define FAULT_FOR_EVER UINT64_MAX

struct fault_plan {
    unsigned calls; /**< bits 1U << FAULT_*: these are counted together */
    uint64_t first; /**< from 1: the first that fails */
    uint64_t last;  /**< and the last */
    int error;      /**< an errno, or FAULT_SHORT */
};

/** Redirect the JSON library's allocations. Before anything has been allocated by it. */
void fault_injection_start(void);

/** Count from 0, and fail by this plan. */
void fault_injection_arm(const struct fault_plan *plan);

/** Let nothing fail any more. @return how many calls have failed since fault_injection_arm(). */
uint64_t fault_injection_disarm(void);

/** Allocations of the library that have not been freed. */
int64_t fault_injection_live(void);

/** How many different places in the code have had a call fail, over all plans. */
size_t fault_injection_sites(void);

void fault_injection_enter(void);
/** @return `result` */
int fault_injection_leave(int result);

/** Make a call that returns int as the library's own. */
#define FAULT_CALL(call) (fault_injection_enter(), fault_injection_leave(call))

#endif  // QDPI_TESTS_FAULT_FAULT_INJECTION_H_
