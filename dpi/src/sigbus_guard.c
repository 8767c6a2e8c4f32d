// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The SIGBUS handler. It may interrupt any thread anywhere, so it takes no lock, allocates nothing,
// and calls nothing but mmap, sigaction and raise: plain system calls on Linux.
//
// mmap belongs to the RAM module; the replacement page is the one exception, because only the
// handler knows, at the very moment, which page is gone.

#include "sigbus_guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shm_atomic.h"

/**
 * One guarded range; start 0 is a free slot. `version` is odd while the slot is being changed: a
 * handler that meets an odd or a changed version passes over the slot, and need not wait, because
 * its own fault cannot be in a range that is not wholly registered.
 */
struct slot {
    uint64_t version;
    uint64_t start;
    uint64_t size;
    void *lost;
};

/** The handler that was there before, kept so that ours finds it whole whenever it runs. */
struct predecessor {
    struct sigaction action;
    uint32_t spent; /**< it asked to be called once only (SA_RESETHAND), and was */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // of all changes, never of the handler
static struct slot slots[QDPI_SIGBUS_GUARD_RANGES_MAX];
static size_t registered;
static uint64_t page_size;
static bool buried;  // our handler is still in place, below one that somebody put on top of it
// Two, used in turns: a handler that still runs on behalf of the last installation reads the other.
static struct predecessor predecessors[2];
static int current_predecessor;

/** Change a slot. Release stores keep the odd version ahead of the fields, and these ahead of the
 *  even one; they pair with the acquire loads of find(). */
static void slot_set(struct slot *slot, uint64_t start, uint64_t size, int *lost)
{
    uint64_t version = qdpi_load_relaxed_u64(&slot->version);

    qdpi_store_relaxed_u64(&slot->version, version + 1);
    qdpi_store_release_u64(&slot->start, start);
    qdpi_store_release_u64(&slot->size, size);
    qdpi_store_release_pointer(&slot->lost, lost);
    qdpi_store_release_u64(&slot->version, version + 2);
}

/** The range that contains `address`. Called by the handler. */
static bool find(uint64_t address, uint64_t *start, uint64_t *size, int **lost)
{
    for (size_t i = 0; i < QDPI_SIGBUS_GUARD_RANGES_MAX; i++) {
        const struct slot *slot = &slots[i];
        uint64_t version = qdpi_load_acquire_u64(&slot->version);

        *start = qdpi_load_acquire_u64(&slot->start);
        *size = qdpi_load_acquire_u64(&slot->size);
        *lost = qdpi_load_acquire_pointer(&slot->lost);
        if (version % 2 == 0 && version == qdpi_load_relaxed_u64(&slot->version) && *start != 0 &&
            address - *start < *size) {
            return true;
        }
    }
    return false;
}

/** Put zeros in the place of [start, start + size), in one step for all threads. */
static bool replace(uint64_t start, uint64_t size)
{
    const long flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;

    // The bare system call: what libraries wrap around mmap() need not be fit for a signal handler,
    // and ThreadSanitizer's takes it for a plain write that races with other threads' reads.
    return syscall(SYS_mmap, start, size, (long)(PROT_READ | PROT_WRITE), flags, -1L, 0L) ==
           (long)start;
}

/** Whether the instruction that was interrupted raised the signal, and would raise it again. */
static bool is_fault(const siginfo_t *info)
{
    // A code of 0 or less: sent by a process; the bytes of si_addr then hold something else.
    // BUS_MCEERR_AO: the kernel tells of a bad page that nobody has touched.
    return info->si_code > 0 && info->si_code != BUS_MCEERR_AO;
}

/** Do what the kernel would have done without any handler. */
static void default_action(int signal_number, const siginfo_t *info)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    (void)sigaction(signal_number, &action, NULL);
    // A fault comes again when the handler returns, with the right address for the core dump; any
    // other signal has to be sent again. It waits until the handler returns.
    if (!is_fault(info)) {
        (void)raise(signal_number);
    }
}

static void pass_on(int signal_number, siginfo_t *info, void *context)
{
    struct predecessor *predecessor = &predecessors[qdpi_load_acquire_int(&current_predecessor)];
    const struct sigaction *action = &predecessor->action;

    if (action->sa_handler == SIG_IGN && !is_fault(info)) {
        return;
    }
    // A fault cannot be ignored: the kernel ends a process that tries.
    if (action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN) {
        default_action(signal_number, info);
        return;
    }
    if ((action->sa_flags & (int)SA_RESETHAND) != 0 &&
        qdpi_exchange_u32(&predecessor->spent, 1) != 0) {
        default_action(signal_number, info);
        return;
    }
    if ((action->sa_flags & SA_SIGINFO) != 0) {
        action->sa_sigaction(signal_number, info, context);
    } else {
        action->sa_handler(signal_number);
    }
}

static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
    int saved_errno = errno;
    uint64_t address = (uint64_t)(uintptr_t)info->si_addr;
    uint64_t start;
    uint64_t size;
    int *lost;

    if (is_fault(info) && find(address, &start, &size, &lost)) {
        // First the flag, then the page: a thread that reads its zeros must find the flag set.
        qdpi_store_release_int(lost, 1);
        // A part of a huge page cannot be replaced: then the whole range goes, it is lost anyway.
        if (replace(address - address % page_size, page_size) || replace(start, size)) {
            errno = saved_errno;
            return;
        }
    }
    pass_on(signal_number, info, context);
    errno = saved_errno;
}

static bool is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == on_sigbus;
}

/** Put the handler in place unless it is there. @return 0 or -errno. */
static int install(void)
{
    struct sigaction before;
    struct sigaction action;

    if (sigaction(SIGBUS, NULL, &before) != 0) {
        return -errno;
    }
    if (is_ours(&before)) {
        buried = false;
        return 0;
    }
    // Who sits on top of ours passes on to it. Installed once more on top of that, the two would
    // pass a signal that neither knows to each other for ever.
    if ((buried || registered > 0) && before.sa_handler != SIG_DFL &&
        before.sa_handler != SIG_IGN) {
        return 0;
    }
    int next = 1 - qdpi_load_relaxed_int(&current_predecessor);
    predecessors[next].action = before;
    (void)qdpi_exchange_u32(&predecessors[next].spent, 0);
    qdpi_store_release_int(&current_predecessor, next);

    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_sigbus;
    // What the predecessor asked for holds while it is called from ours.
    action.sa_mask = before.sa_mask;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (before.sa_flags & (SA_RESTART | SA_NODEFER));
    if (sigaction(SIGBUS, &action, NULL) != 0) {
        return -errno;
    }
    buried = false;
    return 0;
}

static void uninstall(void)
{
    struct predecessor *predecessor = &predecessors[qdpi_load_relaxed_int(&current_predecessor)];
    struct sigaction now;

    if (sigaction(SIGBUS, NULL, &now) != 0) {
        return;
    }
    if (!is_ours(&now)) {
        // Restoring would throw out a handler that is not ours.
        buried = true;
        return;
    }
    if (qdpi_exchange_u32(&predecessor->spent, 0) != 0) {
        memset(&predecessor->action, 0, sizeof predecessor->action);
        predecessor->action.sa_handler = SIG_DFL;
    }
    (void)sigaction(SIGBUS, &predecessor->action, NULL);
    buried = false;
}

/** A free slot if [start, start + size) is free too. @return 0, -EINVAL or -ENOSPC. */
static int find_free(uint64_t start, uint64_t size, struct slot **free_slot)
{
    *free_slot = NULL;
    for (size_t i = 0; i < QDPI_SIGBUS_GUARD_RANGES_MAX; i++) {
        struct slot *slot = &slots[i];
        uint64_t other = qdpi_load_relaxed_u64(&slot->start);

        if (other == 0) {
            *free_slot = *free_slot == NULL ? slot : *free_slot;
        } else if (start - other < qdpi_load_relaxed_u64(&slot->size) || other - start < size) {
            return -EINVAL;
        }
    }
    return *free_slot != NULL ? 0 : -ENOSPC;
}

int qdpi_sigbus_guard_add(void *start, size_t size, int *lost)
{
    uint64_t address = (uint64_t)(uintptr_t)start;
    struct slot *slot;

    (void)pthread_mutex_lock(&lock);
    if (page_size == 0) {
        page_size = (uint64_t)sysconf(_SC_PAGESIZE);
    }
    int result = -EINVAL;
    if (address != 0 && address % page_size == 0 && size > 0 && size - 1 <= UINT64_MAX - address &&
        lost != NULL) {
        result = find_free(address, size, &slot);
    }
    if (result == 0) {
        result = install();
    }
    if (result == 0) {
        slot_set(slot, address, size, lost);
        registered++;
    }
    (void)pthread_mutex_unlock(&lock);
    return result;
}

void qdpi_sigbus_guard_remove(const void *start)
{
    uint64_t address = (uint64_t)(uintptr_t)start;

    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < QDPI_SIGBUS_GUARD_RANGES_MAX && address != 0; i++) {
        if (qdpi_load_relaxed_u64(&slots[i].start) == address) {
            slot_set(&slots[i], 0, 0, NULL);
            registered--;
            if (registered == 0) {
                uninstall();
            }
            break;
        }
    }
    (void)pthread_mutex_unlock(&lock);
}
