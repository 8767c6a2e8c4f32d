// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The statistics page: what a bridge is and has done, in a small file that `qemu-dpi stats` reads
// while the bridge works. The layout stands here alone, for both.
//
// Counting is exact with any number of threads and still only loads and stores where it is hot: a
// slot of counters belongs to the first thread that uses it, which alone writes it. Threads that
// find their slot taken share one more, and pay for atomic additions. The thread that counts first
// need not look for its slot.

#ifndef QDPI_STATISTICS_H_
#define QDPI_STATISTICS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "counters.h"
#include "shm_atomic.h"

#if !__has_builtin(__builtin_thread_pointer)
#include <pthread.h>
#endif

/** The files are FOLDER/PREFIX<uid>-<pid>-<number>. */
#define QDPI_STATISTICS_FOLDER "/dev/shm"
#define QDPI_STATISTICS_PREFIX "qemu-dpi-stats-"
/** "off" in this environment variable: no file, the bridge counts for itself. */
#define QDPI_STATISTICS_SWITCH "QEMU_DPI_STATS"

#define QDPI_STATISTICS_MAGIC UINT64_C(0x2173746174736471) /* "qdstats!" in memory */
/** Changes with every change of what stands where. */
#define QDPI_STATISTICS_LAYOUT 1U
#define QDPI_STATISTICS_BYTES 4096U
#define QDPI_STATISTICS_SLOTS 16U

enum qdpi_statistics_state {
    QDPI_STATISTICS_DETACHED = 0, /**< never attached, or not again yet */
    QDPI_STATISTICS_ATTACHED = 1,
    QDPI_STATISTICS_LOST = 2,
};

/** Kinds of failed calls. */
enum qdpi_statistics_error {
    QDPI_STATISTICS_ERROR_UNMAPPED = 0,
    QDPI_STATISTICS_ERROR_ROM = 1,
    QDPI_STATISTICS_ERROR_LOST = 2,
    QDPI_STATISTICS_ERROR_INVALID = 3,
    QDPI_STATISTICS_ERROR_UNSUPPORTED = 4,
    QDPI_STATISTICS_ERROR_TIMEOUT = 5,
    QDPI_STATISTICS_ERROR_IO = 6,
    QDPI_STATISTICS_ERROR_OTHER = 7,
    QDPI_STATISTICS_ERRORS = 8,
};

/** Memory accesses that succeeded. Two cache lines: CPUs fetch them in pairs. */
struct qdpi_statistics_slot {
    uint64_t thread; /**< whose it is; 0: nobody's yet */
    uint64_t reads;
    uint64_t read_bytes;
    uint64_t writes;
    uint64_t write_bytes; /**< of strobed writes, those with a strobe */
    uint64_t atomics;
    uint64_t unused[10];
};

/** All numbers in the byte order of this machine, which is little endian. */
struct qdpi_statistics_page {
    uint64_t magic; /**< written last: who sees it sees all that does not change */
    uint32_t layout;
    uint32_t bytes;
    uint32_t pid;
    uint32_t state;      /**< enum qdpi_statistics_state */
    uint64_t started_us; /**< of the bridge: since 1970 */
    char process[32];
    char endpoint[448]; /**< cut where it does not fit */
    struct qdpi_counters counters;
    uint64_t queue_high; /**< the most events that have waited at once */
    uint64_t errors[QDPI_STATISTICS_ERRORS];
    uint64_t guest_paused; /**< 1: by this bridge, for its doorbells; who attaches to the guest when
                                this process has died lets it go on */
    uint64_t unused[45];
    struct qdpi_statistics_slot slots[QDPI_STATISTICS_SLOTS];
    struct qdpi_statistics_slot shared; /**< of all threads without a slot */
    uint64_t unused_end[112];
};

/** Not to be moved once open: the guard knows where `lost` is. */
struct qdpi_statistics {
    struct qdpi_statistics_page *page; /**< never NULL once open */
    /** Atomic: the first thread that counted, which most often is the only one; 0: none yet. */
    uint64_t first_thread;
    struct qdpi_statistics_slot *first_slot; /**< its */
    uint32_t first_taken;                    /**< atomic */
    int file;                                /**< -1: there is none, the page is private */
    int lost; /**< for the SIGBUS guard: the file was truncated, the page is private now */
    char path[128];
};

/** Make the page: a new file in `folder`, or, where that cannot be (or `folder` is NULL), private
 *  memory. @return 0 or -ENOMEM. */
int qdpi_statistics_open(struct qdpi_statistics *statistics, const char *folder);

/** The folder to use: QDPI_STATISTICS_FOLDER, or NULL if the environment says "off". */
const char *qdpi_statistics_folder(void);

/** Say which guest it is about, and let readers see the page. */
void qdpi_statistics_publish(struct qdpi_statistics *statistics, const char *endpoint);

/** Remove file and page. */
void qdpi_statistics_close(struct qdpi_statistics *statistics);

void qdpi_statistics_set_state(struct qdpi_statistics *statistics,
                               enum qdpi_statistics_state state);

/** A call has failed with `result`. */
void qdpi_statistics_count_error(struct qdpi_statistics *statistics, int result);

/** `waiting` events wait now. One thread only. */
void qdpi_statistics_note_queue(struct qdpi_statistics *statistics, uint64_t waiting);

// ---- For readers -------------------------------------------------------------------------------

/** Whose page a file name says it is. @return false: it is no such name. */
bool qdpi_statistics_parse_name(const char *name, uid_t *user, pid_t *process);

/** Open a file of this user in the folder that is open as `folder`. @return -1: it is none. */
int qdpi_statistics_open_file(int folder, const char *name);

/** Whether the bridge of this page, which is one of `process`, has ended without removing it. */
bool qdpi_statistics_is_dead(int file, pid_t process);

/**
 * Remove all such pages of this user from the folder, but those of guests that stand still because
 * of them and that are still there.
 * @param folder    NULL: there is none.
 * @param endpoint  the guest that somebody is about to attach to, whose pages are removed too; or
 *                  NULL.
 * @return whether that one stands still because of a bridge that has died.
 */
bool qdpi_statistics_sweep(const char *folder, const char *endpoint);

// ---- For the hot path --------------------------------------------------------------------------

/** What no two living threads have in common, and 0 is not. */
static inline uint64_t qdpi_statistics_thread(void)
{
#if __has_builtin(__builtin_thread_pointer)
    return (uint64_t)(uintptr_t)__builtin_thread_pointer();
#else
    return (uint64_t)pthread_self();
#endif
}

/** Where the page keeps a pair of counters, calls and bytes. */
enum qdpi_statistics_access {
    QDPI_STATISTICS_READ = offsetof(struct qdpi_statistics_slot, reads),
    QDPI_STATISTICS_WRITE = offsetof(struct qdpi_statistics_slot, writes),
    QDPI_STATISTICS_ATOMIC = offsetof(struct qdpi_statistics_slot, atomics),
};

/** The way for all threads but the first one that counted. @return 0. */
int qdpi_statistics_count_slowly(struct qdpi_statistics *statistics,
                                 enum qdpi_statistics_access access, size_t size);

static inline uint64_t *qdpi_statistics_counter(struct qdpi_statistics_slot *slot,
                                                enum qdpi_statistics_access access)
{
    return (uint64_t *)(void *)((unsigned char *)slot + access);
}

/** Only the owner of the slot: nobody else writes it in between. */
static inline void qdpi_statistics_add_owned(struct qdpi_statistics_slot *slot,
                                             enum qdpi_statistics_access access, size_t size)
{
    uint64_t *const calls = qdpi_statistics_counter(slot, access);

    // One store for both where it costs nothing more, and after a long write, whose own stores fill
    // the processor's queue while their lines are fetched: every further one is waited for.
    if (access != QDPI_STATISTICS_ATOMIC && (__builtin_constant_p(size) || size > 64)) {
        qdpi_add_owned_two_words(calls, (qdpi_two_words){1, size});
        return;
    }
    qdpi_store_relaxed_u64(calls, qdpi_load_relaxed_u64(calls) + 1);
    if (access != QDPI_STATISTICS_ATOMIC)
        qdpi_store_relaxed_u64(calls + 1, qdpi_load_relaxed_u64(calls + 1) + size);
}

/** An access of `size` bytes has succeeded. @return 0, so that it can be the last thing a call
 * does.
 */
static inline int qdpi_statistics_count(struct qdpi_statistics *statistics,
                                        enum qdpi_statistics_access access, size_t size)
{
    if (__builtin_expect(
            qdpi_load_acquire_u64(&statistics->first_thread) != qdpi_statistics_thread(), 0))
        return qdpi_statistics_count_slowly(statistics, access, size);
    qdpi_statistics_add_owned(statistics->first_slot, access, size);
    return 0;
}

#endif  // QDPI_STATISTICS_H_
