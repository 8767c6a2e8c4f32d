// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory, descriptors and system calls give out: every allocation and every system call of the
// library fails in its turn, alone and with all that follow, and the process has real limits that
// are too low. Nothing crashes, leaks or hangs; the result is a documented one, with a sentence;
// and the same process goes on when there is enough again.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge.h"
#include "exhaustion_scenario.h"
#include "fault_run.h"
#include "live_qemu.h"
#include "qdpi_cmocka.h"
#include "shm_atomic.h"
#include "statistics.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER 1
#else
#define WITH_ADDRESS_SANITIZER 0
#endif

#define CALL(name) (1U << FAULT_##name)

/** Words by which a sentence says that memory is short. */
#define MEMORY_WORDS "out of memory|no memory|memory is short|Cannot allocate memory"

/** Of the JSON library's allocations, of which a life has a thousand, the default suite has every
 *  so manieth fail, from another one on with each seed. */
#define JSON_STRIDE 11U

static int start(void **state)
{
    static struct scenario scenario;

    memset(&scenario, 0, sizeof scenario);
    scenario_start(&scenario);
    *state = &scenario;
    return 0;
}

static int stop(void **state)
{
    scenario_stop(*state);
    return 0;
}

/** What came of many runs. */
struct tally {
    uint64_t rounds;
    uint64_t injected;
    uint64_t noticed;
    uint64_t lost;
};

/** Let call `first`, `first` + `stride` and so on fail, alone or with all later ones, until a run
 *  has no such call. */
static void sweep(struct scenario *scenario, struct scenario_terms terms, bool and_later,
                  uint64_t first, uint64_t stride, struct tally *tally)
{
    struct scenario_outcome outcome;

    do {
        terms.plan.first = first;
        terms.plan.last = and_later ? FAULT_FOR_EVER : first;
        outcome = scenario_run(scenario, &terms);
        tally->rounds++;
        tally->injected += outcome.injected;
        tally->noticed += outcome.noticed ? 1 : 0;
        tally->lost += outcome.was_lost ? 1 : 0;
        first += stride;
    } while (outcome.injected > 0);
}

// ---- Allocations -------------------------------------------------------------------------------

/// Each allocation of a bridge's life fails in its turn, alone and with all later ones.
static void test_allocations(void **state)
{
    struct scenario_terms own = {.name = "own allocations",
                                 .plan = {.calls = CALL(ALLOCATION), .error = ENOMEM},
                                 .results = {QDPI_ERR_NO_MEMORY, QDPI_ERR_LOST},
                                 .words = MEMORY_WORDS};
    struct scenario_terms json = own;
    struct scenario_terms flood = own;
    const uint64_t rounds = qdpi_fault_rounds(1);
    const uint64_t stride = rounds > 1 ? 1 : JSON_STRIDE;
    uint64_t seed = qdpi_fault_seed();
    struct tally tally = {.rounds = 0};

    json.name = "the JSON library's allocations";
    json.plan.calls = CALL(JSON_ALLOCATION);
    flood.name = "own allocations in a flood";
    flood.flood = true;
    for (uint64_t round = 0; round < rounds; round++) {
        sweep(*state, own, false, 1, 1, &tally);
        sweep(*state, own, true, 1, 1, &tally);
        sweep(*state, json, false, 1 + qdpi_fault_below(&seed, stride), stride, &tally);
        sweep(*state, json, true, 1 + qdpi_fault_below(&seed, stride), stride, &tally);
    }
    sweep(*state, flood, false, 1, 1, &tally);
    sweep(*state, flood, true, 1, 1, &tally);
    assert_true(tally.noticed > 100 && tally.lost > 50);
    qdpi_fault_report("allocation-fails", tally.rounds, 0,
                      "injected=%llu noticed=%llu guest-lost=%llu places=%zu",
                      (unsigned long long)tally.injected, (unsigned long long)tally.noticed,
                      (unsigned long long)tally.lost, fault_injection_sites());
}

/// A guest that was paused for a flood goes on, though there was no memory for the command when the
/// queue had become empty enough.
static void test_guest_goes_on(void **state)
{
    struct fake_guest *guest = &((struct scenario *)*state)->guest;
    struct qdpi_flood_control *flood;
    const size_t room = 16;  // urgent requests, before the queue of them has to grow
    size_t before;
    const size_t ahead = 8;  // of them are sent before an answer comes

    assert_int_equal(qdpi_open(guest->endpoint, SCENARIO_PATIENCE_MS, &guest->bridge), 0);
    flood = &guest->bridge->flood;
    fake_qmp_set(guest->qmp, "hmp:o/b ", FAKE_QMP_SILENT, NULL);
    for (size_t i = 0; i < ahead; i++)
        assert_int_equal(qdpi_irq_set(guest->bridge, 7), 0);
    assert_true(fake_qmp_await(guest->qmp, "hmp:o/b 8199", ahead));
    for (size_t i = 0; i < room; i++)
        assert_int_equal(qdpi_qmp_post(guest->bridge->client, "stop", QDPI_TAG_INTERRUPT_PART), 0);
    qdpi_store_relaxed_int(&flood->paused, 1);
    fault_injection_arm(&(struct fault_plan){
        .calls = CALL(ALLOCATION), .first = 1, .last = FAULT_FOR_EVER, .error = ENOMEM});
    fault_injection_enter();
    qdpi_flood_control_falling(flood, guest->bridge->client, 0);
    (void)fault_injection_leave(0);
    assert_int_equal(fault_injection_disarm(), 1);
    fake_qmp_release(guest->qmp);
    assert_int_equal(qdpi_fence(guest->bridge, SCENARIO_PATIENCE_MS), 0);
    before = fake_qmp_count(guest->qmp, "cont");
    qdpi_flood_control_falling(flood, guest->bridge->client, 0);
    assert_true(fake_qmp_await(guest->qmp, "cont", before + 1));
    qdpi_close(guest->bridge);
    guest->bridge = NULL;
    fake_qmp_set_string(guest->qmp, "hmp:o/b ", "");
}

// ---- System calls ------------------------------------------------------------------------------

/** How a system call fails besides each one alone. */
enum persistence {
    NEVER_AGAIN, /**< for ever would be a deadline spent, not a fault */
    EACH_ON,     /**< each, with all later ones */
    ALL,         /**< all of them: slow */
};

struct system_call {
    struct scenario_terms terms;
    enum persistence persistence;
};

/** Files that a bridge could not remove. @return how many. */
static size_t remove_pages(void)
{
    const size_t count = scenario_pages();
    char path[128];

    for (unsigned number = 0; scenario_pages() > 0 && number < 1024; number++) {
        (void)snprintf(path, sizeof path, "%s/%s%u-%d-%u", QDPI_STATISTICS_FOLDER,
                       QDPI_STATISTICS_PREFIX, geteuid(), getpid(), number);
        (void)unlink(path);
    }
    return count;
}

/// Each system call fails in its turn, for each reason that it can have.
static void test_system_calls(void **state)
{
    static const struct system_call calls[] = {
        {{.name = "mmap: ENOMEM",
          .plan = {.calls = CALL(MMAP), .error = ENOMEM},
          .results = {QDPI_ERR_NO_MEMORY},
          .words = MEMORY_WORDS},
         EACH_ON},
        {{.name = "open: EMFILE",
          .plan = {.calls = CALL(OPEN), .error = EMFILE},
          .results = {QDPI_ERR_IO},
          .words = "Too many open files"},
         EACH_ON},
        {{.name = "open: EACCES",
          .plan = {.calls = CALL(OPEN), .error = EACCES},
          .results = {QDPI_ERR_DENIED},
          .words = "as the user who runs QEMU"},
         EACH_ON},
        {{.name = "fstat: EIO",
          .plan = {.calls = CALL(FSTAT), .error = EIO},
          .results = {QDPI_ERR_IO},
          .words = "Input/output error"},
         EACH_ON},
        {{.name = "stat: EACCES", .plan = {.calls = CALL(STAT), .error = EACCES}}, EACH_ON},
        {{.name = "opendir: EMFILE", .plan = {.calls = CALL(OPENDIR), .error = EMFILE}}, EACH_ON},
        {{.name = "socket: EMFILE",
          .plan = {.calls = CALL(SOCKET), .error = EMFILE},
          .results = {QDPI_ERR_IO},
          .words = "Too many open files"},
         EACH_ON},
        {{.name = "connect: ECONNREFUSED", .plan = {.calls = CALL(CONNECT), .error = ECONNREFUSED}},
         NEVER_AGAIN},
        {{.name = "connect: EAGAIN", .plan = {.calls = CALL(CONNECT), .error = EAGAIN}},
         NEVER_AGAIN},
        {{.name = "connect: EACCES",
          .plan = {.calls = CALL(CONNECT), .error = EACCES},
          .results = {QDPI_ERR_DENIED},
          .words = "as the user who runs QEMU"},
         EACH_ON},
        {{.name = "connect: ENOMEM",
          .plan = {.calls = CALL(CONNECT), .error = ENOMEM},
          .results = {QDPI_ERR_IO},
          .words = MEMORY_WORDS},
         EACH_ON},
        {{.name = "eventfd: EMFILE",
          .plan = {.calls = CALL(EVENTFD), .error = EMFILE},
          .results = {QDPI_ERR_NO_MEMORY},
          .words = "file descriptors"},
         EACH_ON},
        {{.name = "pthread_create: EAGAIN",
          .plan = {.calls = CALL(PTHREAD_CREATE), .error = EAGAIN},
          .results = {QDPI_ERR_IO},
          .words = "start a thread"},
         EACH_ON},
        {{.name = "poll: EINTR", .plan = {.calls = CALL(POLL), .error = EINTR}}, NEVER_AGAIN},
        {{.name = "poll: ENOMEM",
          .plan = {.calls = CALL(POLL), .error = ENOMEM},
          .results = {QDPI_ERR_LOST},
          .words = MEMORY_WORDS},
         NEVER_AGAIN},
        {{.name = "recv: EINTR", .plan = {.calls = CALL(RECV), .error = EINTR}}, NEVER_AGAIN},
        {{.name = "recv: short", .plan = {.calls = CALL(RECV), .error = FAULT_SHORT}}, ALL},
        {{.name = "recv: ECONNRESET",
          .plan = {.calls = CALL(RECV), .error = ECONNRESET},
          .results = {QDPI_ERR_LOST},
          .words = "Connection reset"},
         EACH_ON},
        {{.name = "send: EINTR", .plan = {.calls = CALL(SEND), .error = EINTR}}, NEVER_AGAIN},
        {{.name = "send: EAGAIN", .plan = {.calls = CALL(SEND), .error = EAGAIN}}, NEVER_AGAIN},
        {{.name = "send: short", .plan = {.calls = CALL(SEND), .error = FAULT_SHORT}}, ALL},
        {{.name = "send: EPIPE",
          .plan = {.calls = CALL(SEND), .error = EPIPE},
          .results = {QDPI_ERR_LOST},
          .words = "Broken pipe"},
         EACH_ON},
        {{.name = "read: EAGAIN", .plan = {.calls = CALL(READ), .error = EAGAIN}}, NEVER_AGAIN},
        {{.name = "read: EIO",
          .plan = {.calls = CALL(READ), .error = EIO},
          .results = {QDPI_ERR_LOST},
          .words = "Input/output error"},
         EACH_ON},
        {{.name = "wake: EINTR", .plan = {.calls = CALL(WAKE), .error = EINTR}}, NEVER_AGAIN},
        {{.name = "write: ENOSPC", .plan = {.calls = CALL(WRITE), .error = ENOSPC}}, EACH_ON},
        {{.name = "flock: ENOLCK", .plan = {.calls = CALL(FLOCK), .error = ENOLCK}}, EACH_ON},
        {{.name = "unlink: EROFS", .plan = {.calls = CALL(UNLINK), .error = EROFS}}, EACH_ON},
    };
    struct tally tally = {.rounds = 0};
    uint64_t losses = 0;

    for (uint64_t round = 0; round < qdpi_fault_rounds(1); round++) {
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
            const uint64_t before = tally.injected;

            sweep(*state, calls[i].terms, false, 1, 1, &tally);
            if (calls[i].persistence == EACH_ON)
                sweep(*state, calls[i].terms, true, 1, 1, &tally);
            else if (calls[i].persistence == ALL)
                sweep(*state, calls[i].terms, true, 1, UINT64_MAX / 2, &tally);
            // A row that never fails anything proves nothing.
            if (tally.injected == before)
                fail_msg("%s: no such call has been seen", calls[i].terms.name);
            // What cannot be removed is left, and nothing else.
            if (remove_pages() > 0 && calls[i].terms.plan.calls != CALL(UNLINK))
                losses++;
        }
    }
    qdpi_fault_report("system-call-fails", tally.rounds, losses,
                      "injected=%llu noticed=%llu guest-lost=%llu places=%zu",
                      (unsigned long long)tally.injected, (unsigned long long)tally.noticed,
                      (unsigned long long)tally.lost, fault_injection_sites());
}

// ---- Limits of the process ---------------------------------------------------------------------

/** What a child found. Its exit status. */
enum finding {
    OPENED,  /**< the limit was high enough */
    REFUSED, /**< it was not, with a right result and sentence, and afterwards all was well */
    WRONG,
};

/** Under which limit a child opens a bridge, and what it may be told. */
struct limit {
    int resource;
    int results[3];
    const char *words;
};

static bool limit_refuses(const struct limit *limit, int result, struct qdpi_bridge *bridge)
{
    bool known = false;

    for (size_t i = 0; i < sizeof limit->results / sizeof limit->results[0]; i++)
        known = known || limit->results[i] == result;
    if (!known || (bridge == NULL && result != QDPI_ERR_NO_MEMORY))
        return false;
    return bridge == NULL || scenario_says(qdpi_last_error(bridge), limit->words);
}

static bool works(struct qdpi_bridge *bridge)
{
    uint64_t word = 0;

    return FAULT_CALL(qdpi_mem_write64(bridge, 0x3000, 77)) == 0 &&
           FAULT_CALL(qdpi_mem_read64(bridge, 0x3000, &word)) == 0 && word == 77 &&
           FAULT_CALL(qdpi_irq_pulse(bridge, 3)) == 0 &&
           FAULT_CALL(qdpi_fence(bridge, SCENARIO_PATIENCE_MS)) == 0;
}

static void set_limit(int resource, rlim_t value)
{
    struct rlimit limit;

    (void)getrlimit((__rlimit_resource_t)resource, &limit);
    limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
    (void)setrlimit((__rlimit_resource_t)resource, &limit);
}

/** Under `value`, then without it. */
static enum finding open_under(const struct limit *limit, rlim_t value, const char *endpoint)
{
    struct qdpi_bridge *bridge = NULL;
    int result;

    set_limit(limit->resource, value);
    result = qdpi_open(endpoint, SCENARIO_PATIENCE_MS, &bridge);
    if (result != 0 && !limit_refuses(limit, result, bridge)) {
        (void)fprintf(stderr, "limit %llu: %d, %s\n", (unsigned long long)value, result,
                      qdpi_last_error(bridge));
        return WRONG;
    }
    set_limit(limit->resource, RLIM_INFINITY);
    if (result != 0 && (bridge == NULL ? qdpi_open(endpoint, SCENARIO_PATIENCE_MS, &bridge)
                                       : qdpi_reattach(bridge, SCENARIO_PATIENCE_MS)) != 0) {
        (void)fprintf(stderr, "limit %llu: not attached afterwards: %s\n",
                      (unsigned long long)value, qdpi_last_error(bridge));
        return WRONG;
    }
    if (!works(bridge)) {
        (void)fprintf(stderr, "limit %llu: %s\n", (unsigned long long)value,
                      qdpi_last_error(bridge));
        return WRONG;
    }
    qdpi_close(bridge);
    return result == 0 ? OPENED : REFUSED;
}

static enum finding with_descriptors(uint64_t count, const char *endpoint)
{
    static const struct limit limit = {.resource = RLIMIT_NOFILE,
                                       .results = {QDPI_ERR_IO, QDPI_ERR_NO_MEMORY},
                                       .words = "Too many open files|file descriptors"};
    enum finding finding;

    for (int fd = 3; fd < 256; fd++)
        (void)close(fd);
    finding = open_under(&limit, count, endpoint);
    if (qdpi_count_open_fds() != 3 || scenario_pages() != 0) {
        (void)fprintf(stderr, "limit %llu: something is left\n", (unsigned long long)count);
        return WRONG;
    }
    return finding;
}

/** What a child of its own finds with a limit of `value`. */
static enum finding ask_child(enum finding (*function)(uint64_t, const char *), uint64_t value,
                              const char *endpoint)
{
    const pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0)
        _exit((int)function(value, endpoint));
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status))
        fail_msg("limit %llu: the process ended by signal %d", (unsigned long long)value,
                 WTERMSIG(status));
    return (enum finding)WEXITSTATUS(status);
}

/// With so few descriptors that socket, wake-up, RAM file and statistics page fail in their turn.
static void test_descriptors(void **state)
{
    const struct scenario *scenario = *state;
    const uint64_t rounds = qdpi_fault_rounds(1);
    uint64_t counts[WRONG + 1] = {0};

    for (uint64_t round = 0; round < rounds; round++) {
        for (uint64_t limit = 3; limit <= 20; limit++)
            counts[ask_child(with_descriptors, limit, scenario->guest.endpoint)]++;
    }
    assert_true(counts[REFUSED] >= 4 * rounds && counts[OPENED] >= 10 * rounds);
    qdpi_fault_report("descriptors-exhausted", 18 * rounds, counts[WRONG], "refused=%llu",
                      (unsigned long long)counts[REFUSED]);
}

#if !WITH_ADDRESS_SANITIZER  // which needs terabytes itself
static enum finding with_address_space(uint64_t bytes, const char *endpoint)
{
    static const struct limit limit = {.resource = RLIMIT_AS,
                                       .results = {QDPI_ERR_NO_MEMORY, QDPI_ERR_LOST, QDPI_ERR_IO},
                                       .words = MEMORY_WORDS "|start a thread"};
    FILE *const file = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;

    if (file == NULL || fscanf(file, "%llu", &pages) != 1)
        return WRONG;
    (void)fclose(file);
    return open_under(&limit, pages * (uint64_t)sysconf(_SC_PAGESIZE) + bytes, endpoint);
}

/// With less address space than a bridge needs, from nothing up to enough.
static void test_address_space(void **state)
{
    const struct scenario *scenario = *state;
    const uint64_t rounds = qdpi_fault_rounds(1);
    uint64_t counts[WRONG + 1] = {0};
    uint64_t children = 0;

    for (uint64_t round = 0; round < rounds; round++) {
        uint64_t bytes = 0;
        enum finding finding;

        do {
            finding = ask_child(with_address_space, bytes, scenario->guest.endpoint);
            counts[finding]++;
            children++;
            // An eighth more each time: small steps where what is needed is small.
            bytes += 4096 + (bytes / 8 & ~UINT64_C(4095));
        } while (finding == REFUSED && bytes < UINT64_C(1) << 32);
    }
    assert_int_equal(counts[OPENED], rounds);
    assert_true(counts[REFUSED] > 20 * rounds);
    qdpi_fault_report("address-space-exhausted", children, counts[WRONG], "refused=%llu",
                      (unsigned long long)counts[REFUSED]);
}
#endif

// ---- Real QEMU ---------------------------------------------------------------------------------

/** Attach to QEMU with a failing allocation, then without. @return how many have failed. */
static uint64_t attach_to_qemu(struct qdpi_live *live, const struct fault_plan *plan)
{
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_bridge **bridge = &live->bridge[0];
    const int64_t live_before = fault_injection_live();
    uint64_t injected;
    int result;

    qdpi_live_endpoint(&live->qemu[0], "qmp:", "bridge.sock", endpoint);
    fault_injection_arm(plan);
    result = FAULT_CALL(qdpi_open(endpoint, SCENARIO_PATIENCE_MS, bridge));
    if (result == 0)
        result = FAULT_CALL(qdpi_irq_pulse(*bridge, 3));
    if (result == 0)
        result = FAULT_CALL(qdpi_fence(*bridge, SCENARIO_PATIENCE_MS));
    injected = fault_injection_disarm();
    if (result != 0) {
        if (result != QDPI_ERR_NO_MEMORY && result != QDPI_ERR_LOST)
            fail_msg("allocation %llu: %d, %s", (unsigned long long)plan->first, result,
                     qdpi_last_error(*bridge));
        if (*bridge == NULL) {
            assert_int_equal(result, QDPI_ERR_NO_MEMORY);
            result = FAULT_CALL(qdpi_open(endpoint, SCENARIO_PATIENCE_MS, bridge));
        } else {
            assert_true(scenario_says(qdpi_last_error(*bridge), MEMORY_WORDS));
            result = FAULT_CALL(qdpi_reattach(*bridge, SCENARIO_PATIENCE_MS));
        }
    }
    assert_int_equal(result, 0);
    assert_true(works(*bridge));
    fault_injection_enter();
    qdpi_close(*bridge);
    (void)fault_injection_leave(0);
    *bridge = NULL;
    assert_int_equal(fault_injection_live(), live_before);
    return injected;
}

/// The same with a real QEMU, for attaching to it, where most is allocated.
static void test_real_qemu(void **state)
{
    struct qdpi_live *const live = *state;
    const uint64_t stride = qdpi_fault_rounds(1) > 1 ? 1 : JSON_STRIDE;
    uint64_t seed = qdpi_fault_seed();
    uint64_t rounds = 0;
    uint64_t total = 0;
    uint64_t injected;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.machine = NULL});
    for (int json = 0; json <= 1; json++) {
        struct fault_plan plan = {.calls = json ? CALL(JSON_ALLOCATION) : CALL(ALLOCATION),
                                  .first = json ? 1 + qdpi_fault_below(&seed, stride) : 1,
                                  .error = ENOMEM};

        do {
            plan.last = rounds % 2 == 0 ? plan.first : FAULT_FOR_EVER;
            injected = attach_to_qemu(live, &plan);
            total += injected;
            rounds++;
            plan.first += json ? stride : 1;
        } while (injected > 0);
    }
    assert_true(rounds > 20);
    qdpi_fault_report("allocation-fails-with-qemu", rounds, 0, "injected=%llu",
                      (unsigned long long)total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_allocations, start, stop),
        cmocka_unit_test_setup_teardown(test_guest_goes_on, start, stop),
        cmocka_unit_test_setup_teardown(test_system_calls, start, stop),
        cmocka_unit_test_setup_teardown(test_descriptors, start, stop),
#if !WITH_ADDRESS_SANITIZER
        cmocka_unit_test_setup_teardown(test_address_space, start, stop),
#endif
        qdpi_live_test(test_real_qemu),
    };

    if (!qdpi_live_is_installed())
        return QDPI_TEST_SKIPPED;
    fault_injection_start();
    return qdpi_run_group(tests);
}
