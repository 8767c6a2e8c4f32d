// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The statistics page: its file, and the counting that is not hot.

#include "statistics.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "sigbus_guard.h"

/** Bridges of one process; beyond that, pages are private. */
#define NUMBERS_MAX 1024U

static_assert(sizeof(struct qdpi_statistics_page) == QDPI_STATISTICS_BYTES, "one page");
static_assert(offsetof(struct qdpi_statistics_page, slots) % 128 == 0, "slots share no cache line");
static_assert((QDPI_STATISTICS_SLOTS & (QDPI_STATISTICS_SLOTS - 1)) == 0, "a mask selects one");
static_assert(sizeof(struct qdpi_statistics_slot) == 128, "slots share no cache line");

// ---- The file ----------------------------------------------------------------------------------

const char *qdpi_statistics_folder(void)
{
    const char *text = getenv(QDPI_STATISTICS_SWITCH);

    return text != NULL && strcmp(text, "off") == 0 ? NULL : QDPI_STATISTICS_FOLDER;
}

/** A file of this name that was not there. @return its descriptor or -1. */
static int create_file(const char *folder, char *path, size_t path_size)
{
    for (unsigned number = 0; number < NUMBERS_MAX; number++) {
        const int length = snprintf(path, path_size, "%s/%s%u-%d-%u", folder,
                                    QDPI_STATISTICS_PREFIX, geteuid(), getpid(), number);
        int file;

        if (length < 0 || (size_t)length >= path_size)
            return -1;
        file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    return -1;
}

/**
 * Give the file its page, really: a file system that is full must be known now, not at a store. And
 * hold a lock that ends with this process, however that ends, so that readers know.
 */
static bool fill_file(int file)
{
    static const unsigned char zeros[QDPI_STATISTICS_BYTES];

    return write(file, zeros, sizeof zeros) == (ssize_t)sizeof zeros &&
           flock(file, LOCK_EX | LOCK_NB) == 0;
}

static bool open_shared(struct qdpi_statistics *statistics, const char *folder)
{
    void *page = MAP_FAILED;

    statistics->file = create_file(folder, statistics->path, sizeof statistics->path);
    if (statistics->file < 0)
        return false;
    if (fill_file(statistics->file)) {
        page = mmap(NULL, QDPI_STATISTICS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
                    statistics->file, 0);
        if (page != MAP_FAILED &&
            qdpi_sigbus_guard_add(page, QDPI_STATISTICS_BYTES, &statistics->lost) == 0) {
            statistics->page = page;
            return true;
        }
    }
    if (page != MAP_FAILED)
        (void)munmap(page, QDPI_STATISTICS_BYTES);
    (void)unlink(statistics->path);
    (void)close(statistics->file);
    statistics->file = -1;
    return false;
}

/** The name of the program, as far as it fits. */
static void name_process(char *name, size_t size)
{
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    const char *last;

    if (length <= 0)
        return;
    path[length] = '\0';
    last = strrchr(path, '/');
    last = last != NULL ? last + 1 : path;
    memcpy(name, last, strnlen(last, size - 1));
}

int qdpi_statistics_open(struct qdpi_statistics *statistics, const char *folder)
{
    struct qdpi_statistics_page *page;
    struct timespec now;

    *statistics = (struct qdpi_statistics){.file = -1};
    if (folder == NULL || !open_shared(statistics, folder)) {
        void *memory = mmap(NULL, QDPI_STATISTICS_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
            return -ENOMEM;
        statistics->page = memory;
    }
    page = statistics->page;
    page->layout = QDPI_STATISTICS_LAYOUT;
    page->bytes = QDPI_STATISTICS_BYTES;
    page->pid = (uint32_t)getpid();
    clock_gettime(CLOCK_REALTIME, &now);
    page->started_us = (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
    name_process(page->process, sizeof page->process);
    return 0;
}

void qdpi_statistics_publish(struct qdpi_statistics *statistics, const char *endpoint)
{
    struct qdpi_statistics_page *page = statistics->page;

    (void)snprintf(page->endpoint, sizeof page->endpoint, "%s", endpoint);
    qdpi_store_release_u64(&page->magic, QDPI_STATISTICS_MAGIC);
}

void qdpi_statistics_close(struct qdpi_statistics *statistics)
{
    if (statistics->page == NULL)
        return;
    if (statistics->file >= 0) {
        // Before the lock goes: a page without a lock is what a dead process leaves.
        (void)unlink(statistics->path);
        qdpi_sigbus_guard_remove(statistics->page);
        (void)close(statistics->file);
        statistics->file = -1;
    }
    (void)munmap(statistics->page, QDPI_STATISTICS_BYTES);
    statistics->page = NULL;
}

// ---- Counting ----------------------------------------------------------------------------------

void qdpi_statistics_set_state(struct qdpi_statistics *statistics, enum qdpi_statistics_state state)
{
    qdpi_store_relaxed_u32(&statistics->page->state, state);
}

static enum qdpi_statistics_error error_kind(int result)
{
    static const struct {
        int result;
        enum qdpi_statistics_error kind;
    } kinds[] = {
        {QDPI_ERR_UNMAPPED, QDPI_STATISTICS_ERROR_UNMAPPED},
        {QDPI_ERR_ROM, QDPI_STATISTICS_ERROR_ROM},
        {QDPI_ERR_LOST, QDPI_STATISTICS_ERROR_LOST},
        {QDPI_ERR_INVALID, QDPI_STATISTICS_ERROR_INVALID},
        {QDPI_ERR_UNSUPPORTED, QDPI_STATISTICS_ERROR_UNSUPPORTED},
        {QDPI_ERR_TIMEOUT, QDPI_STATISTICS_ERROR_TIMEOUT},
        {QDPI_ERR_IO, QDPI_STATISTICS_ERROR_IO},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].result == result)
            return kinds[i].kind;
    }
    return QDPI_STATISTICS_ERROR_OTHER;
}

void qdpi_statistics_count_error(struct qdpi_statistics *statistics, int result)
{
    qdpi_count_relaxed_u64(&statistics->page->errors[error_kind(result)]);
}

void qdpi_statistics_note_queue(struct qdpi_statistics *statistics, uint64_t waiting)
{
    if (waiting > qdpi_load_relaxed_u64(&statistics->page->queue_high))
        qdpi_store_relaxed_u64(&statistics->page->queue_high, waiting);
}

static struct qdpi_statistics_slot *slot_of(struct qdpi_statistics_page *page, uint64_t thread)
{
    // Neighbouring threads' stacks are some pages apart, and a thread's pointer is in its stack.
    return &page->slots[thread >> 12 & (QDPI_STATISTICS_SLOTS - 1)];
}

int qdpi_statistics_count_slowly(struct qdpi_statistics *statistics,
                                 enum qdpi_statistics_access access, size_t size)
{
    struct qdpi_statistics_page *const page = statistics->page;
    const uint64_t thread = qdpi_statistics_thread();
    struct qdpi_statistics_slot *const slot = slot_of(page, thread);
    uint64_t owner = qdpi_load_relaxed_u64(&slot->thread);
    uint64_t *calls;

    // A thread that has ended leaves its slot to the next with the same pointer.
    if (owner == 0) {
        owner = qdpi_cas_u64(&slot->thread, 0, thread);
        if (owner == 0) {
            owner = thread;
            if (qdpi_exchange_u32(&statistics->first_taken, 1) == 0) {
                statistics->first_slot = slot;
                qdpi_store_release_u64(&statistics->first_thread, thread);
            }
        }
    }
    if (owner == thread) {
        qdpi_statistics_add_owned(slot, access, size);
        return 0;
    }
    calls = qdpi_statistics_counter(&page->shared, access);
    (void)qdpi_fetch_add_u64(calls, 1);
    if (access != QDPI_STATISTICS_ATOMIC)
        (void)qdpi_fetch_add_u64(calls + 1, size);
    return 0;
}
