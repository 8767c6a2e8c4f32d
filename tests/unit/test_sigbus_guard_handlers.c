// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The SIGBUS guard and signals that are none of its business: whoever handled them before, or put a
// handler on top, gets them as if there were no guard.

#include "sigbus_guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qdpi_cmocka.h"
#include "shm_atomic.h"
#include "sigbus_fault.h"

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
    void *page = mmap(repair_start, SIGBUS_PAGE, PROT_READ | PROT_WRITE,
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
        struct sigbus_file guarded = sigbus_file_map(1);
        struct sigbus_file other = sigbus_file_map(1);
        int lost = 0;
        assert_int_equal(qdpi_sigbus_guard_add(guarded.start, guarded.size, &lost), 0);
        sigbus_file_truncate(&guarded, 0);
        sigbus_file_truncate(&other, 0);
        repair_start = other.start;

        assert_int_equal(sigbus_load(other.start), 0x33);
        assert_int_equal(seen.calls, 1);
        assert_int_equal(seen.signal_number, SIGBUS);
        assert_true(seen.is_usr1_blocked);
        if (all_flags[i] == SA_SIGINFO) {
            assert_ptr_equal(seen.address, other.start);
            assert_int_equal(seen.code, BUS_ADRERR);
            assert_non_null(seen.context);
        }
        assert_int_equal(qdpi_load_acquire_int(&lost), 0);
        assert_int_equal(sigbus_load(guarded.start), 0);
        assert_int_equal(qdpi_load_acquire_int(&lost), 1);
        assert_int_equal(seen.calls, 1);

        qdpi_sigbus_guard_remove(guarded.start);
        struct sigaction now = sigbus_action();
        assert_true((all_flags[i] == SA_SIGINFO && now.sa_sigaction == handler_with_info) ||
                    (all_flags[i] == 0 && now.sa_handler == handler_plain));
        assert_int_equal(now.sa_flags & (SA_SIGINFO | SA_NODEFER), all_flags[i]);
        assert_int_equal(sigismember(&now.sa_mask, SIGUSR1), 1);
        assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
        sigbus_file_unmap(&guarded);
        sigbus_file_unmap(&other);
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
    struct sigbus_file file = sigbus_file_map(1);
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(file.start, file.size, &lost), 0);
    send_forged(file.start);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.code, SI_QUEUE);
    assert_int_equal(qdpi_load_acquire_int(&lost), 0);
    assert_int_equal(sigbus_load(file.start), 0x5a);
    qdpi_sigbus_guard_remove(file.start);
    assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
    sigbus_file_unmap(&file);
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
    struct sigbus_file file = sigbus_file_map(3);
    assert_int_equal(qdpi_sigbus_guard_add(file.start, SIGBUS_PAGE, &lost), 0);
    memset(&top, 0, sizeof top);
    top.sa_sigaction = handler_on_top;
    top.sa_flags = SA_SIGINFO;
    assert_int_equal(sigaction(SIGBUS, &top, &below_top), 0);
    top_calls = 0;

    // The last range goes: the handler on top stays, and what is below it does too.
    qdpi_sigbus_guard_remove(file.start);
    assert_true(sigbus_action().sa_sigaction == handler_on_top);
    sigbus_file_truncate(&file, 0);
    repair_start = file.start + 2 * SIGBUS_PAGE;
    assert_int_equal(sigbus_load(file.start + 2 * SIGBUS_PAGE), 0x33);
    assert_int_equal(top_calls, 1);
    assert_int_equal(seen.calls, 1);

    // The first range comes again: no circle of handlers, each is called once.
    assert_int_equal(qdpi_sigbus_guard_add(file.start, SIGBUS_PAGE, &lost), 0);
    assert_true(sigbus_action().sa_sigaction == handler_on_top);
    assert_int_equal(sigbus_load(file.start), 0);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    assert_int_equal(top_calls, 2);
    assert_int_equal(seen.calls, 1);
    // The page right behind the range is not in it.
    repair_start = file.start + SIGBUS_PAGE;
    assert_int_equal(sigbus_load(file.start + SIGBUS_PAGE), 0x33);
    assert_int_equal(top_calls, 3);
    assert_int_equal(seen.calls, 2);

    // The one on top leaves: ours is at the top again, and goes with the last range.
    assert_int_equal(sigaction(SIGBUS, &below_top, NULL), 0);
    qdpi_sigbus_guard_remove(file.start);
    assert_true(sigbus_action().sa_sigaction == handler_with_info);
    assert_int_equal(qdpi_sigbus_guard_add(file.start, 2 * SIGBUS_PAGE, &lost), 0);
    assert_true(sigbus_action().sa_sigaction != handler_with_info);
    qdpi_sigbus_guard_remove(file.start);
    assert_true(sigbus_action().sa_sigaction == handler_with_info);

    // It leaves while there is no range: ours, left behind, is taken for what it is.
    assert_int_equal(qdpi_sigbus_guard_add(file.start, SIGBUS_PAGE, &lost), 0);
    assert_int_equal(sigaction(SIGBUS, &top, &below_top), 0);
    qdpi_sigbus_guard_remove(file.start);
    assert_int_equal(sigaction(SIGBUS, &below_top, NULL), 0);
    assert_int_equal(qdpi_sigbus_guard_add(file.start, 2 * SIGBUS_PAGE, &lost), 0);
    qdpi_sigbus_guard_remove(file.start);
    assert_true(sigbus_action().sa_sigaction == handler_with_info);
    assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
    sigbus_file_unmap(&file);
}

/// Where the signal was set back to its default, the next range brings the handler back, also while
/// others are registered; not on top of somebody who may pass on to it.
static void test_handler_taken_away(void **state)
{
    struct sigaction before = sigbus_action();
    struct sigbus_file files[] = {sigbus_file_map(1), sigbus_file_map(1)};
    struct sigaction action;
    int lost = 0;

    (void)state;
    assert_int_equal(qdpi_sigbus_guard_add(files[0].start, SIGBUS_PAGE, &lost), 0);
    assert_true(signal(SIGBUS, SIG_DFL) != SIG_ERR);
    assert_int_equal(qdpi_sigbus_guard_add(files[1].start, SIGBUS_PAGE, &lost), 0);
    action = sigbus_action();
    assert_true(action.sa_handler != SIG_DFL);
    sigbus_file_truncate(&files[0], 0);
    assert_int_equal(sigbus_load(files[0].start), 0);
    assert_int_equal(qdpi_load_acquire_int(&lost), 1);
    qdpi_sigbus_guard_remove(files[1].start);
    below_top = install_handler(SA_SIGINFO);
    assert_int_equal(qdpi_sigbus_guard_add(files[1].start, SIGBUS_PAGE, &lost), 0);
    assert_true(sigbus_action().sa_sigaction == handler_with_info);
    assert_int_equal(sigaction(SIGBUS, &below_top, NULL), 0);
    qdpi_sigbus_guard_remove(files[0].start);
    qdpi_sigbus_guard_remove(files[1].start);
    assert_true(sigbus_action().sa_handler == SIG_DFL);
    assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
    sigbus_file_unmap(&files[0]);
    sigbus_file_unmap(&files[1]);
}

// ---- Ends of processes --------------------------------------------------------------------------

/** Run `body` in a process that has SIGBUS as `disposition`. @return how it ended. */
static int run_in_child(void (*body)(struct sigbus_file *guarded, struct sigbus_file *other),
                        void (*disposition)(int))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        struct sigbus_file guarded = sigbus_file_map(1);
        struct sigbus_file other = sigbus_file_map(1);
        int lost = 0;
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGBUS, disposition);
        if (qdpi_sigbus_guard_add(guarded.start, guarded.size, &lost) != 0) {
            _exit(100);
        }
        sigbus_file_truncate(&other, 0);
        body(&guarded, &other);
        _exit(lost == 0 ? 0 : 101);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void fault_elsewhere(struct sigbus_file *guarded, struct sigbus_file *other)
{
    (void)guarded;
    _exit((int)sigbus_load(other->start) + 102);
}

static void send_sigbus(struct sigbus_file *guarded, struct sigbus_file *other)
{
    (void)other;
    send_forged(guarded->start);
}

static void fault_after_removal(struct sigbus_file *guarded, struct sigbus_file *other)
{
    (void)other;
    sigbus_file_truncate(guarded, 0);
    qdpi_sigbus_guard_remove(guarded->start);
    _exit((int)sigbus_load(guarded->start) + 103);
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

static void fault_twice_with_one_shot_handler(struct sigbus_file *guarded,
                                              struct sigbus_file *other)
{
    int lost = 0;

    // Anew, on top of a handler that wants to be called once.
    qdpi_sigbus_guard_remove(guarded->start);
    (void)install_handler(SA_SIGINFO | (int)SA_RESETHAND);
    if (qdpi_sigbus_guard_add(guarded->start, guarded->size, &lost) != 0) {
        _exit(100);
    }
    repair_start = other->start;
    if (sigbus_load(other->start) != 0x33 || seen.calls != 1) {
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain_to_previous_handler),
        cmocka_unit_test(test_sent_signal_is_no_fault),
        cmocka_unit_test(test_handler_on_top),
        cmocka_unit_test(test_handler_taken_away),
        cmocka_unit_test(test_default_action),
        cmocka_unit_test(test_ignored),
        cmocka_unit_test(test_one_shot_handler),
    };
    return qdpi_run_group(tests);
}
