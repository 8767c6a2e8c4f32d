// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A program that uses libqemu_dpi.so as a simulator does, and has its own ideas of SIGBUS. Each
// scenario is a process of its own, with two RAM files, DIR/a and DIR/b, of 16 MiB.
//
// usage: host_program SCENARIO DIR ROUNDS SEED
// Prints "key=value" figures. Exit status 0: all is as promised; else a line on standard error.

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory_load.h"
#include "qemu_dpi.h"

#define PAGE ((size_t)4096)
#define RAM_BYTES (16L << 20)
#define REPAIRED 0x33
#define PATIENCE_MS 20000U

static char directory[256];

/** End the process with a sentence unless `condition` holds. */
#define expect(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "host_program: line %d: not so: %s\n", __LINE__, #condition);          \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

// ---- What the scenarios have in common ---------------------------------------------------------

static void resize_ram(const char *name, off_t size)
{
    char path[300];

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    expect(truncate(path, size) == 0);
}

static struct qdpi_bridge *open_bridge(const char *name)
{
    struct qdpi_bridge *bridge;
    char endpoint[300];

    (void)snprintf(endpoint, sizeof endpoint, "file:%s/%s", directory, name);
    expect(qdpi_open(endpoint, 0, &bridge) == 0);
    return bridge;
}

/** The end of the file goes; an access there, and from then on anywhere, says so. */
static void expect_loss_is_survived(struct qdpi_bridge *bridge, const char *name)
{
    uint64_t word;

    expect(qdpi_mem_read64(bridge, 0, &word) == 0);
    resize_ram(name, 4096);
    expect(qdpi_mem_read64(bridge, 8192, &word) == QDPI_ERR_LOST);
    expect(qdpi_mem_write64(bridge, 0, 1) == QDPI_ERR_LOST);
    expect(strstr(qdpi_last_error(bridge), "truncated") != NULL);
    resize_ram(name, RAM_BYTES);
}

/** A page of a file of the program's own that has no such page: touching it is a fault. */
static unsigned char *map_hole(void)
{
    const int fd = memfd_create("own", MFD_CLOEXEC);
    unsigned char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    expect(fd >= 0 && page != MAP_FAILED);
    (void)close(fd);
    return page;
}

static unsigned char *hole;  // that the program's handler knows how to mend
static volatile sig_atomic_t own_calls;
static volatile sig_atomic_t top_calls;
static volatile sig_atomic_t on_own_stack;
static unsigned char own_stack[64 * 1024];

/** The program's own handler: mends its own fault, and knows of no other. */
static void own_handler(int number, siginfo_t *info, void *context)
{
    const unsigned char here = 0;
    const uintptr_t at = (uintptr_t)&here;

    (void)number;
    (void)context;
    own_calls++;
    on_own_stack = at >= (uintptr_t)own_stack && at < (uintptr_t)own_stack + sizeof own_stack;
    if (info->si_addr != hole)
        _exit(99);
    if (mmap(hole, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
        hole)
        _exit(98);
    hole[0] = REPAIRED;
}

static struct sigaction below;

/** One that somebody puts on top later, and that passes on. */
static void top_handler(int number, siginfo_t *info, void *context)
{
    top_calls++;
    if ((below.sa_flags & SA_SIGINFO) != 0)
        below.sa_sigaction(number, info, context);
    else
        _exit(97);
}

static struct sigaction install(void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | flags};
    struct sigaction before;

    action.sa_sigaction = handler;
    expect(sigaction(SIGBUS, &action, &before) == 0);
    return before;
}

static struct sigaction installed(void)
{
    struct sigaction action;

    expect(sigaction(SIGBUS, NULL, &action) == 0);
    return action;
}

/** Touch a hole: the program's handler is called for it, once. */
static void expect_own_fault_is_mended(void)
{
    const sig_atomic_t before = own_calls;

    hole = map_hole();
    expect(*(volatile unsigned char *)hole == REPAIRED);
    expect(own_calls == before + 1);
    expect(munmap(hole, PAGE) == 0);
    hole = NULL;
}

// ---- Handlers ----------------------------------------------------------------------------------

/// The program's handler was there first, on a stack of its own: it gets its own faults and none of
/// the library's, on its stack, and is back when the bridge is gone.
static void handler_before(void)
{
    const stack_t stack = {.ss_sp = own_stack, .ss_size = sizeof own_stack};
    struct qdpi_bridge *bridge;

    expect(sigaltstack(&stack, NULL) == 0);
    (void)install(own_handler, SA_ONSTACK);
    bridge = open_bridge("a");
    expect(installed().sa_sigaction != own_handler);
    expect_own_fault_is_mended();
    expect(on_own_stack == 1);
    expect_loss_is_survived(bridge, "a");
    expect(own_calls == 1);
    expect_own_fault_is_mended();
    qdpi_close(bridge);
    expect(installed().sa_sigaction == own_handler);
    expect_own_fault_is_mended();
}

/// A handler that comes later and passes on: each of the three is called for its own, also after
/// the bridges have gone and come again, and when the one on top leaves.
static void handler_after(void)
{
    struct qdpi_bridge *bridge;
    struct qdpi_bridge *other;

    (void)install(own_handler, 0);
    bridge = open_bridge("a");
    below = install(top_handler, 0);
    // A further bridge does not go on top again: the two would pass on to each other for ever.
    other = open_bridge("b");
    expect(installed().sa_sigaction == top_handler);
    qdpi_close(other);
    expect_own_fault_is_mended();
    expect_loss_is_survived(bridge, "a");
    expect(own_calls == 1 && top_calls == 2);
    qdpi_close(bridge);
    // Ours is buried below, for whoever is on top still calls it.
    expect(installed().sa_sigaction == top_handler);
    expect_own_fault_is_mended();
    bridge = open_bridge("a");
    expect(installed().sa_sigaction == top_handler);
    expect_loss_is_survived(bridge, "a");
    expect_own_fault_is_mended();
    expect(own_calls == 3 && top_calls == 5);
    expect(sigaction(SIGBUS, &below, NULL) == 0);
    other = open_bridge("b");
    expect_loss_is_survived(other, "b");
    expect_own_fault_is_mended();
    qdpi_close(bridge);
    qdpi_close(other);
    expect(installed().sa_sigaction == own_handler);
    expect(own_calls == 4 && top_calls == 5);
}

/// Somebody sets the signal back to its default, or to be ignored, while a bridge is open: the next
/// bridge that attaches brings the handler back, for all.
static void handler_removed(void)
{
    struct qdpi_bridge *first = open_bridge("a");
    struct qdpi_bridge *second;
    uint64_t word;

    expect(signal(SIGBUS, SIG_DFL) != SIG_ERR);
    second = open_bridge("b");
    expect_loss_is_survived(first, "a");
    expect(signal(SIGBUS, SIG_IGN) != SIG_ERR);
    expect(qdpi_reattach(first, 0) == 0);
    expect(qdpi_mem_read64(second, 0, &word) == 0);
    expect_loss_is_survived(second, "b");
    expect_loss_is_survived(first, "a");
    qdpi_close(first);
    qdpi_close(second);
    expect(installed().sa_handler == SIG_IGN);
}

/// A fault that is nobody's ends the process by the signal, as if the library were not there.
static void fault_of_nobody(void)
{
    const struct rlimit no_core = {0, 0};
    struct qdpi_bridge *bridge = open_bridge("a");

    (void)setrlimit(RLIMIT_CORE, &no_core);
    expect_loss_is_survived(bridge, "a");
    hole = map_hole();
    expect(*(volatile unsigned char *)hole == 0);
}

// ---- Bridges -----------------------------------------------------------------------------------

/// One of two is lost while both are worked with: the other does not notice.
static void two_bridges(uint64_t rounds, uint64_t seed)
{
    static const char *const names[2] = {"a", "b"};
    struct qdpi_bridge *bridges[2] = {open_bridge("a"), open_bridge("b")};
    uint64_t accesses = 0;

    srand48((long)seed);
    for (uint64_t round = 0; round < rounds; round++) {
        const size_t victim = (size_t)(round % 2);
        struct qdpi_memory_load loads[2];
        struct qdpi_memory_load *other = &loads[1 - victim];
        uint64_t before;

        for (size_t i = 0; i < 2; i++) {
            resize_ram(names[i], 0);
            resize_ram(names[i], RAM_BYTES);
            expect(qdpi_reattach(bridges[i], 0) == 0);
            expect(qdpi_memory_load_start(&loads[i], bridges[i], 4U << 20,
                                          seed * 1000 + round * 2 + i) == 0);
        }
        (void)usleep((useconds_t)(lrand48() % 5000));
        resize_ram(names[victim], lrand48() % 1500 * 4096);
        expect(qdpi_memory_load_await_end(&loads[victim], PATIENCE_MS));
        expect(loads[victim].result == QDPI_ERR_LOST);
        before = qdpi_memory_load_accesses(other);
        while (qdpi_memory_load_accesses(other) < before + 1000 && other->started)
            (void)usleep(100);
        qdpi_memory_load_stop(other);
        expect(other->result == 0 && other->wrong == 0 && loads[victim].wrong == 0);
        accesses += other->accesses + loads[victim].accesses;
    }
    qdpi_close(bridges[0]);
    qdpi_close(bridges[1]);
    printf("accesses=%llu", (unsigned long long)accesses);
}

/// As many bridges as the guard has places for, and one more: refused in words, and there is room
/// again when one has gone.
static void places(void)
{
    enum { MOST = 1024 };
    struct rlimit files;
    static struct qdpi_bridge *bridges[MOST + 1];
    char endpoint[300];
    int count = 0;
    int result = 0;

    expect(setenv("QEMU_DPI_STATS", "off", 1) == 0);
    expect(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    expect(setrlimit(RLIMIT_NOFILE, &files) == 0);
    (void)snprintf(endpoint, sizeof endpoint, "file:%s/a?size=4K", directory);
    while (count <= MOST && result == 0)
        result = qdpi_open(endpoint, 0, &bridges[count++]);
    expect(result == QDPI_ERR_NO_MEMORY);
    expect(count == MOST + 1);
    expect(strstr(qdpi_last_error(bridges[count - 1]), "the SIGBUS guard has no room") != NULL);
    qdpi_close(bridges[0]);
    expect(qdpi_reattach(bridges[count - 1], 0) == 0);
    for (int i = 1; i < count; i++)
        qdpi_close(bridges[i]);
    expect(installed().sa_handler == SIG_DFL);
    printf("bridges=%d", count - 1);
}

// ---- Processes ---------------------------------------------------------------------------------

/** In the child: what is left of the bridge still does no harm. */
_Noreturn static void live_as_child(struct qdpi_bridge *bridge)
{
    uint64_t word = 0;
    bool good = qdpi_mem_read64(bridge, 64, &word) == 0 && word == 4711;

    resize_ram("a", 0);
    good = good && qdpi_mem_read64(bridge, 64, &word) == QDPI_ERR_LOST;
    resize_ram("a", RAM_BYTES);
    _exit(good ? 0 : 1);
}

/// A child that the program forks disturbs nothing, whether it lives on, ends or becomes another
/// program; and loses what the parent loses without dying of it.
static void forking(void)
{
    struct qdpi_bridge *bridge = open_bridge("a");
    uint64_t word = 0;
    int status;

    expect(qdpi_mem_write64(bridge, 64, 4711) == 0);
    for (int i = 0; i < 3; i++) {
        const pid_t child = fork();
        if (child == 0 && i == 0)
            (void)execlp("true", "true", (char *)NULL);
        if (child == 0 && i == 1)
            _exit(0);
        if (child == 0)
            live_as_child(bridge);
        expect(child > 0 && waitpid(child, &status, 0) == child && status == 0);
        // The child has emptied the file, and all pages are there again: its loss is not ours.
        expect(qdpi_mem_read64(bridge, 64, &word) == 0);
        expect(word == (i < 2 ? 4711 : 0));
    }
    expect_loss_is_survived(bridge, "a");
    qdpi_close(bridge);
    expect(installed().sa_handler == SIG_DFL);
}

int main(int argc, char **argv)
{
    const char *scenario = argc == 5 ? argv[1] : "";
    const uint64_t rounds = argc == 5 ? strtoull(argv[3], NULL, 10) : 0;
    const uint64_t seed = argc == 5 ? strtoull(argv[4], NULL, 10) : 0;

    expect(argc == 5);
    (void)snprintf(directory, sizeof directory, "%s", argv[2]);
    if (strcmp(scenario, "handler-before") == 0)
        handler_before();
    else if (strcmp(scenario, "handler-after") == 0)
        handler_after();
    else if (strcmp(scenario, "handler-removed") == 0)
        handler_removed();
    else if (strcmp(scenario, "fault-of-nobody") == 0)
        fault_of_nobody();
    else if (strcmp(scenario, "two-bridges") == 0)
        two_bridges(rounds, seed);
    else if (strcmp(scenario, "places") == 0)
        places();
    else if (strcmp(scenario, "forking") == 0)
        forking();
    else
        expect(strcmp(scenario, "of these") == 0);
    return 0;
}
