// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The SIGBUS guard: real faults on truncated files, and signals that are none of its business.

#include "sigbus_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qdpi_cmocka.h"
#include "shm_atomic.h"

#define PAGE ((size_t)4096)

/** A mapped file in memory. */
struct file {
    int fd;
    unsigned char *start;
    size_t size;
};

static struct file file_map(size_t pages)
{
    struct file file = {.size = pages * PAGE};
    char name[] = "/dev/shm/qdpi-test-XXXXXX";

    file.fd = mkstemp(name);
    assert_true(file.fd >= 0);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(ftruncate(file.fd, (off_t)file.size), 0);
    file.start = mmap(NULL, file.size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
    assert_true(file.start != MAP_FAILED);
    memset(file.start, 0x5a, file.size);
    return file;
}

static void file_truncate(const struct file *file, size_t pages)
{
    assert_int_equal(ftruncate(file->fd, (off_t)(pages * PAGE)), 0);
}

static void file_unmap(const struct file *file)
{
    assert_int_equal(munmap(file->start, file->size), 0);
    assert_int_equal(close(file->fd), 0);
}

// Faults are raised by plain accesses, volatile so that each takes place: ThreadSanitizer carries
// atomic ones out inside its own library, where a fault meets its locks and hangs the test.
// The fences keep what a handler reads and writes on its side of the access.
static unsigned load(const volatile unsigned char *address)
{
    unsigned value;

    qdpi_signal_fence();
    value = *address;
    qdpi_signal_fence();
    return value;
}

static void store(volatile unsigned char *address, unsigned char value)
{
    qdpi_signal_fence();
    *address = value;
    qdpi_signal_fence();
}

static struct sigaction sigbus_action(void)
{
    struct sigaction action;

    assert_int_equal(sigaction(SIGBUS, NULL, &action), 0);
    return action;
}

/// What is touched in a lost file reads as zeros and takes writes; the rest of it is untouched.
static void test_truncated_file(void **state)
{
    struct file file = file_map(4);
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(file.start, file.size, &lost), 0);
    file_truncate(&file, 1);
    assert_int_equal(load(file.start), 0x5a);
    assert_int_equal(qdpi_load_acquire_int(&lost), 0);

    errno = ENOTTY;
    assert_int_equal(load(file.start + 2 * PAGE + 123), 0);
    assert_int_equal(errno, ENOTTY);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    // One page was replaced. It is this process's own; its neighbours are as they were.
    store(file.start + 2 * PAGE, 0x77);
    assert_int_equal(load(file.start + 2 * PAGE), 0x77);
    lost = 0;
    assert_int_equal(load(file.start + 3 * PAGE - 1), 0);
    assert_int_equal(qdpi_load_acquire_int(&lost), 0);
    assert_int_equal(load(file.start), 0x5a);
    store(file.start + PAGE, 1);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    lost = 0;
    assert_int_equal(load(file.start + 4 * PAGE - 1), 0);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);

    qdpi_sigbus_guard_remove(file.start);
    file_unmap(&file);
}

/// A copy that runs into the lost part goes on to its end.
static void test_copy_across_the_end(void **state)
{
    struct file file = file_map(8);
    unsigned char copy[8 * PAGE];
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(file.start, file.size, &lost), 0);
    file_truncate(&file, 3);
    memcpy(copy, file.start, sizeof copy);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    for (size_t i = 0; i < sizeof copy; i++) {
        assert_int_equal(copy[i], i < 3 * PAGE ? 0x5a : 0);
    }
    qdpi_sigbus_guard_remove(file.start);
    file_unmap(&file);
}

/// Of two files, only the one that is lost is said to be lost, whichever it is.
static void test_two_ranges_one_lost(void **state)
{
    (void)state;
    for (size_t victim = 0; victim < 2; victim++) {
        struct file files[] = {file_map(2), file_map(2)};
        int lost[2] = {0, 0};
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(qdpi_sigbus_guard_add(files[i].start, files[i].size, &lost[i]), 0);
        }
        file_truncate(&files[victim], 0);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(load(files[i].start + PAGE), i == victim ? 0 : 0x5a);
        }
        assert_int_equal(qdpi_load_acquire_int(&lost[victim]), 1);
        assert_int_equal(qdpi_load_acquire_int(&lost[1 - victim]), 0);
        // The other is still guarded when one has gone.
        qdpi_sigbus_guard_remove(files[victim].start);
        file_truncate(&files[1 - victim], 0);
        assert_int_equal(load(files[1 - victim].start), 0);
        assert_int_equal(qdpi_load_acquire_int(&lost[1 - victim]), 1);
        qdpi_sigbus_guard_remove(files[1 - victim].start);
        file_unmap(&files[0]);
        file_unmap(&files[1]);
    }
}

/// What is not a range is refused and changes nothing; what is not registered can be removed.
static void test_add_refuses(void **state)
{
    const struct sigaction before = sigbus_action();
    static unsigned char memory[8 * PAGE] __attribute__((aligned(4096)));
    unsigned char *start = memory + 2 * PAGE;
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(NULL, PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start + 1, PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start + 16, PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start, 0, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start, PAGE, NULL), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start, SIZE_MAX, &lost), -EINVAL);
    qdpi_sigbus_guard_remove(start);
    qdpi_sigbus_guard_remove(NULL);
    assert_true(sigbus_action().sa_handler == before.sa_handler);

    assert_int_equal(qdpi_sigbus_guard_add(start, 2 * PAGE, &lost), 0);
    assert_int_equal(qdpi_sigbus_guard_add(start, 2 * PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start, PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start + PAGE, PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start - PAGE, PAGE + 1, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start - PAGE, 4 * PAGE, &lost), -EINVAL);
    assert_int_equal(qdpi_sigbus_guard_add(start - PAGE, PAGE, &lost), 0);
    assert_int_equal(qdpi_sigbus_guard_add(start + 2 * PAGE, PAGE, &lost), 0);
    qdpi_sigbus_guard_remove(start + PAGE);
    assert_int_equal(qdpi_sigbus_guard_add(start + PAGE, PAGE, &lost), -EINVAL);
    qdpi_sigbus_guard_remove(start);
    qdpi_sigbus_guard_remove(start - PAGE);
    assert_true(sigbus_action().sa_handler != before.sa_handler);
    qdpi_sigbus_guard_remove(start + 2 * PAGE);
    assert_true(sigbus_action().sa_handler == before.sa_handler);
}

/// All places can be taken, one more is refused, and a place that was given back can be taken.
static void test_add_all_places(void **state)
{
    static unsigned char memory[(QDPI_SIGBUS_GUARD_RANGES_MAX + 1) * PAGE]
        __attribute__((aligned(4096)));
    const size_t places = QDPI_SIGBUS_GUARD_RANGES_MAX;
    int lost = 0;

    (void)state;
    for (size_t i = 0; i < places; i++) {
        assert_int_equal(qdpi_sigbus_guard_add(memory + i * PAGE, PAGE, &lost), 0);
    }
    assert_int_equal(qdpi_sigbus_guard_add(memory + places * PAGE, PAGE, &lost), -ENOSPC);
    qdpi_sigbus_guard_remove(memory + 17 * PAGE);
    assert_int_equal(qdpi_sigbus_guard_add(memory + places * PAGE, PAGE, &lost), 0);
    for (size_t i = 0; i <= places; i++) {
        qdpi_sigbus_guard_remove(memory + i * PAGE);
    }
}

// ---- The handler that was there before ----------------------------------------------------------

static struct {
    int calls;
    int signal_number;
    const void *address;
    int code;
    const void *context;
    bool is_usr1_blocked;
} seen;

static unsigned char *repair_start;

/** Mend the fault, so that the test goes on: it is on a page that nobody guards. */
static void repair(void)
{
    void *page = mmap(repair_start, PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (page == repair_start) {
        repair_start[0] = 0x33;
    }
}

static void note_blocked(void)
{
    sigset_t mask;

    (void)pthread_sigmask(SIG_BLOCK, NULL, &mask);
    seen.is_usr1_blocked = sigismember(&mask, SIGUSR1) == 1;
}

static void handler_with_info(int signal_number, siginfo_t *info, void *context)
{
    seen.calls++;
    seen.signal_number = signal_number;
    seen.address = info->si_addr;
    seen.code = info->si_code;
    seen.context = context;
    note_blocked();
    if (info->si_code > 0) {
        repair();
    }
}

static void handler_plain(int signal_number)
{
    seen.calls++;
    seen.signal_number = signal_number;
    note_blocked();
    repair();
}

static struct sigaction install_handler(int flags)
{
    struct sigaction action;
    struct sigaction before;

    memset(&seen, 0, sizeof seen);
    memset(&action, 0, sizeof action);
    if ((flags & SA_SIGINFO) != 0) {
        action.sa_sigaction = handler_with_info;
    } else {
        action.sa_handler = handler_plain;
    }
    action.sa_flags = flags;
    (void)sigaddset(&action.sa_mask, SIGUSR1);
    assert_int_equal(sigaction(SIGBUS, &action, &before), 0);
    return before;
}

/// A fault elsewhere goes to the handler that was there, in both forms, with all it is due.
static void test_chain_to_previous_handler(void **state)
{
    static const int all_flags[] = {SA_SIGINFO, 0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct sigaction before = install_handler(all_flags[i]);
        struct file guarded = file_map(1);
        struct file other = file_map(1);
        int lost = 0;
        assert_int_equal(qdpi_sigbus_guard_add(guarded.start, guarded.size, &lost), 0);
        file_truncate(&guarded, 0);
        file_truncate(&other, 0);
        repair_start = other.start;

        assert_int_equal(load(other.start), 0x33);
        assert_int_equal(seen.calls, 1);
        assert_int_equal(seen.signal_number, SIGBUS);
        assert_true(seen.is_usr1_blocked);
        if (all_flags[i] == SA_SIGINFO) {
            assert_ptr_equal(seen.address, other.start);
            assert_int_equal(seen.code, BUS_ADRERR);
            assert_non_null(seen.context);
        }
        assert_int_equal(qdpi_load_acquire_int(&lost), 0);
        assert_int_equal(load(guarded.start), 0);
        assert_int_equal(qdpi_load_acquire_int(&lost), 1);
        assert_int_equal(seen.calls, 1);

        qdpi_sigbus_guard_remove(guarded.start);
        struct sigaction now = sigbus_action();
        assert_true((all_flags[i] == SA_SIGINFO && now.sa_sigaction == handler_with_info) ||
                    (all_flags[i] == 0 && now.sa_handler == handler_plain));
        assert_int_equal(now.sa_flags & (SA_SIGINFO | SA_NODEFER), all_flags[i]);
        assert_int_equal(sigismember(&now.sa_mask, SIGUSR1), 1);
        assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
        file_unmap(&guarded);
        file_unmap(&other);
    }
}

/** Send this thread a SIGBUS that looks like a fault at `address`, but for its code. */
static void send_forged(const void *address)
{
    siginfo_t info;

    memset(&info, 0, sizeof info);
    info.si_signo = SIGBUS;
    info.si_code = SI_QUEUE;
    memcpy(&info.si_addr, &address, sizeof address);
    assert_int_equal(syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGBUS, &info),
                     0);
}

/// A SIGBUS that somebody sent is no fault, whatever stands where a fault has its address.
static void test_sent_signal_is_no_fault(void **state)
{
    struct sigaction before = install_handler(SA_SIGINFO);
    struct file file = file_map(1);
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(file.start, file.size, &lost), 0);
    send_forged(file.start);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.code, SI_QUEUE);
    assert_int_equal(qdpi_load_acquire_int(&lost), 0);
    assert_int_equal(load(file.start), 0x5a);
    qdpi_sigbus_guard_remove(file.start);
    assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
    file_unmap(&file);
}

/// Somebody who put a handler on top and passes on to ours keeps it, and ours keeps working.
static struct sigaction below_top;
static int top_calls;

static void handler_on_top(int signal_number, siginfo_t *info, void *context)
{
    top_calls++;
    below_top.sa_sigaction(signal_number, info, context);
}

static void test_handler_on_top(void **state)
{
    struct sigaction before = install_handler(SA_SIGINFO);
    struct sigaction top;
    int lost = 0;

    (void)state;
    struct file file = file_map(3);
    assert_int_equal(qdpi_sigbus_guard_add(file.start, PAGE, &lost), 0);
    memset(&top, 0, sizeof top);
    top.sa_sigaction = handler_on_top;
    top.sa_flags = SA_SIGINFO;
    assert_int_equal(sigaction(SIGBUS, &top, &below_top), 0);
    top_calls = 0;

    // The last range goes: the handler on top stays, and what is below it does too.
    qdpi_sigbus_guard_remove(file.start);
    assert_true(sigbus_action().sa_sigaction == handler_on_top);
    file_truncate(&file, 0);
    repair_start = file.start + 2 * PAGE;
    assert_int_equal(load(file.start + 2 * PAGE), 0x33);
    assert_int_equal(top_calls, 1);
    assert_int_equal(seen.calls, 1);

    // The first range comes again: no circle of handlers, each is called once.
    assert_int_equal(qdpi_sigbus_guard_add(file.start, PAGE, &lost), 0);
    assert_true(sigbus_action().sa_sigaction == handler_on_top);
    assert_int_equal(load(file.start), 0);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    assert_int_equal(top_calls, 2);
    assert_int_equal(seen.calls, 1);
    // The page right behind the range is not in it.
    repair_start = file.start + PAGE;
    assert_int_equal(load(file.start + PAGE), 0x33);
    assert_int_equal(top_calls, 3);
    assert_int_equal(seen.calls, 2);

    // The one on top leaves: ours is at the top again, and goes with the last range.
    assert_int_equal(sigaction(SIGBUS, &below_top, NULL), 0);
    qdpi_sigbus_guard_remove(file.start);
    assert_true(sigbus_action().sa_sigaction == handler_with_info);
    assert_int_equal(qdpi_sigbus_guard_add(file.start, 2 * PAGE, &lost), 0);
    assert_true(sigbus_action().sa_sigaction != handler_with_info);
    qdpi_sigbus_guard_remove(file.start);
    assert_true(sigbus_action().sa_sigaction == handler_with_info);

    // It leaves while there is no range: ours, left behind, is taken for what it is.
    assert_int_equal(qdpi_sigbus_guard_add(file.start, PAGE, &lost), 0);
    assert_int_equal(sigaction(SIGBUS, &top, &below_top), 0);
    qdpi_sigbus_guard_remove(file.start);
    assert_int_equal(sigaction(SIGBUS, &below_top, NULL), 0);
    assert_int_equal(qdpi_sigbus_guard_add(file.start, 2 * PAGE, &lost), 0);
    qdpi_sigbus_guard_remove(file.start);
    assert_true(sigbus_action().sa_sigaction == handler_with_info);
    assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
    file_unmap(&file);
}

/// Where the signal was set back to its default, the next range brings the handler back, also while
/// others are registered; not on top of somebody who may pass on to it.
static void test_handler_taken_away(void **state)
{
    struct sigaction before = sigbus_action();
    struct file files[] = {file_map(1), file_map(1)};
    struct sigaction action;
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(files[0].start, PAGE, &lost), 0);
    assert_true(signal(SIGBUS, SIG_DFL) != SIG_ERR);
    assert_int_equal(qdpi_sigbus_guard_add(files[1].start, PAGE, &lost), 0);
    action = sigbus_action();
    assert_true(action.sa_handler != SIG_DFL);
    file_truncate(&files[0], 0);
    assert_int_equal(load(files[0].start), 0);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    qdpi_sigbus_guard_remove(files[1].start);
    below_top = install_handler(SA_SIGINFO);
    assert_int_equal(qdpi_sigbus_guard_add(files[1].start, PAGE, &lost), 0);
    assert_true(sigbus_action().sa_sigaction == handler_with_info);
    assert_int_equal(sigaction(SIGBUS, &below_top, NULL), 0);
    qdpi_sigbus_guard_remove(files[0].start);
    qdpi_sigbus_guard_remove(files[1].start);
    assert_true(sigbus_action().sa_handler == SIG_DFL);
    assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
    file_unmap(&files[0]);
    file_unmap(&files[1]);
}

// ---- Ends of processes --------------------------------------------------------------------------

/** Run `body` in a process that has SIGBUS as `disposition`. @return how it ended. */
static int run_in_child(void (*body)(struct file *guarded, struct file *other),
                        void (*disposition)(int))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        struct file guarded = file_map(1);
        struct file other = file_map(1);
        int lost = 0;
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGBUS, disposition);
        if (qdpi_sigbus_guard_add(guarded.start, guarded.size, &lost) != 0) {
            _exit(100);
        }
        file_truncate(&other, 0);
        body(&guarded, &other);
        _exit(lost == 0 ? 0 : 101);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void fault_elsewhere(struct file *guarded, struct file *other)
{
    (void)guarded;
    _exit((int)load(other->start) + 102);
}

static void send_sigbus(struct file *guarded, struct file *other)
{
    (void)other;
    send_forged(guarded->start);
}

static void fault_after_removal(struct file *guarded, struct file *other)
{
    (void)other;
    file_truncate(guarded, 0);
    qdpi_sigbus_guard_remove(guarded->start);
    _exit((int)load(guarded->start) + 103);
}

static void assert_killed(int status)
{
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
}

/// Where nobody handled it before, a SIGBUS that is not ours ends the process as it always did.
static void test_default_action(void **state)
{
    (void)state;
    assert_killed(run_in_child(fault_elsewhere, SIG_DFL));
    assert_killed(run_in_child(send_sigbus, SIG_DFL));
    assert_killed(run_in_child(fault_after_removal, SIG_DFL));
}

/// A process that ignores SIGBUS ignores one that was sent, but cannot ignore a fault.
static void test_ignored(void **state)
{
    (void)state;
    assert_killed(run_in_child(fault_elsewhere, SIG_IGN));
    int status = run_in_child(send_sigbus, SIG_IGN);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void fault_twice_with_one_shot_handler(struct file *guarded, struct file *other)
{
    int lost = 0;

    // Anew, on top of a handler that wants to be called once.
    qdpi_sigbus_guard_remove(guarded->start);
    (void)install_handler(SA_SIGINFO | (int)SA_RESETHAND);
    if (qdpi_sigbus_guard_add(guarded->start, guarded->size, &lost) != 0) {
        _exit(100);
    }
    repair_start = other->start;
    if (load(other->start) != 0x33 || seen.calls != 1) {
        _exit(104);
    }
    send_forged(guarded->start);
    _exit(105);
}

/// A handler that asked to be called once is called once.
static void test_one_shot_handler(void **state)
{
    (void)state;
    assert_killed(run_in_child(fault_twice_with_one_shot_handler, SIG_DFL));
}

// ---- Threads ------------------------------------------------------------------------------------

enum { ROUNDS = 300 };

static uint32_t is_done;

/** Register and remove ranges as fast as possible, in the slots around those of the others. */
static void *churn(void *argument)
{
    static unsigned char memory[4][8 * PAGE] __attribute__((aligned(4096)));
    unsigned char *mine = memory[*(const unsigned *)argument];
    int wrong = 0;

    while (qdpi_load_acquire_u32(&is_done) == 0) {
        for (size_t i = 0; i < 8; i++) {
            (void)qdpi_sigbus_guard_add(mine + i * PAGE, PAGE, &wrong);
        }
        for (size_t i = 0; i < 8; i++) {
            qdpi_sigbus_guard_remove(mine + i * PAGE);
        }
    }
    return qdpi_load_acquire_int(&wrong) == 0 ? NULL : mine;
}

/// Faults find their own range and no other while other threads add and remove theirs.
static void test_faults_during_changes(void **state)
{
    unsigned numbers[] = {0, 1};
    pthread_t threads[2];
    int wrong = 0;

    (void)state;
    qdpi_store_release_u32(&is_done, 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, churn, &numbers[i]), 0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct file files[] = {file_map(2), file_map(2)};
        int lost[2] = {0, 0};
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(qdpi_sigbus_guard_add(files[i].start, files[i].size, &lost[i]), 0);
        }
        file_truncate(&files[round % 2], 1);
        wrong += load(files[round % 2].start + PAGE) != 0;
        wrong += load(files[1 - round % 2].start + PAGE) != 0x5a;
        wrong += lost[round % 2] != 1 || lost[1 - round % 2] != 0;
        for (size_t i = 0; i < 2; i++) {
            qdpi_sigbus_guard_remove(files[i].start);
            file_unmap(&files[i]);
        }
    }
    qdpi_store_release_u32(&is_done, 1);
    for (size_t i = 0; i < 2; i++) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
    assert_int_equal(wrong, 0);
}

struct reader {
    const unsigned char *page;
    const int *lost;
    int wrong;
};

/** Read a page until it has changed. A change must never be seen before the flag is. */
static void *read_until_lost(void *argument)
{
    struct reader *reader = argument;

    for (;;) {
        unsigned value = load(reader->page);
        if (value != 0x5a) {
            reader->wrong = value != 0 || qdpi_load_acquire_int(reader->lost) != 1;
            return NULL;
        }
    }
}

/// Whichever thread faults first: who reads a replaced page finds the flag set.
static void test_flag_before_page(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct file file = file_map(1);
        int lost = 0;
        struct reader readers[2];
        pthread_t threads[2];
        assert_int_equal(qdpi_sigbus_guard_add(file.start, file.size, &lost), 0);
        for (size_t i = 0; i < 2; i++) {
            readers[i] = (struct reader){.page = file.start, .lost = &lost};
            assert_int_equal(pthread_create(&threads[i], NULL, read_until_lost, &readers[i]), 0);
        }
        file_truncate(&file, 0);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(readers[i].wrong, 0);
        }
        qdpi_sigbus_guard_remove(file.start);
        file_unmap(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated_file),
        cmocka_unit_test(test_copy_across_the_end),
        cmocka_unit_test(test_two_ranges_one_lost),
        cmocka_unit_test(test_add_refuses),
        cmocka_unit_test(test_add_all_places),
        cmocka_unit_test(test_chain_to_previous_handler),
        cmocka_unit_test(test_sent_signal_is_no_fault),
        cmocka_unit_test(test_handler_on_top),
        cmocka_unit_test(test_handler_taken_away),
        cmocka_unit_test(test_default_action),
        cmocka_unit_test(test_ignored),
        cmocka_unit_test(test_one_shot_handler),
        cmocka_unit_test(test_faults_during_changes),
        cmocka_unit_test(test_flag_before_page),
    };
    return qdpi_run_group(tests);
}
