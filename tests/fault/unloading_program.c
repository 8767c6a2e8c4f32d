// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A program that loads libqemu_dpi.so, and unloads it while something still needs it: a handler on
// top of the library's that passes on to it, and a bridge that nobody has closed.
//
// usage: unloading_program DIR LIBRARY
// With a RAM file DIR/a. Exit status 0: all is as promised.

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qemu_dpi.h"

#define PAGE ((size_t)4096)
#define REPAIRED 0x33

/** End the process with a sentence unless `condition` holds. */
#define expect(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "unloading_program: line %d: not so: %s\n", __LINE__, #condition);     \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/** The library's calls, by name. */
struct library {
    void *handle;
    int (*open)(const char *, unsigned, struct qdpi_bridge **);
    int (*read64)(struct qdpi_bridge *, uint64_t, uint64_t *);
    void (*close)(struct qdpi_bridge *);
};

/** A function, as POSIX has it, against the letter of C. */
static void find(void *handle, const char *name, void *function)
{
    void *const address = dlsym(handle, name);

    expect(address != NULL);
    memcpy(function, &address, sizeof address);
}

static void load(struct library *library, const char *path)
{
    library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library->handle == NULL)
        fprintf(stderr, "unloading_program: %s\n", dlerror());
    expect(library->handle != NULL);
    find(library->handle, "qdpi_open", &library->open);
    find(library->handle, "qdpi_mem_read64", &library->read64);
    find(library->handle, "qdpi_close", &library->close);
}

static unsigned char *hole;  // touching it is a fault, which the program's handler mends
static volatile sig_atomic_t bottom_calls;
static volatile sig_atomic_t top_calls;
static struct sigaction below;

static void bottom_handler(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    bottom_calls++;
    if (info->si_addr != hole || mmap(hole, PAGE, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != hole)
        _exit(99);
    hole[0] = REPAIRED;
}

static void top_handler(int number, siginfo_t *info, void *context)
{
    top_calls++;
    below.sa_sigaction(number, info, context);
}

static void install(void (*handler)(int, siginfo_t *, void *), struct sigaction *before)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};

    action.sa_sigaction = handler;
    expect(sigaction(SIGBUS, &action, before) == 0);
}

/** A fault of the program's own goes through all handlers to the one that mends it. */
static void expect_mended(int bottom, int top)
{
    const int fd = memfd_create("own", MFD_CLOEXEC);

    hole = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    expect(fd >= 0 && hole != MAP_FAILED);
    (void)close(fd);
    expect(*(volatile unsigned char *)hole == REPAIRED);
    expect(munmap(hole, PAGE) == 0);
    expect(bottom_calls == bottom && top_calls == top);
}

int main(int argc, char **argv)
{
    struct library library;
    struct qdpi_bridge *bridge;
    char endpoint[300];
    uint64_t word;

    expect(argc == 3);
    (void)snprintf(endpoint, sizeof endpoint, "file:%s/a", argv[1]);
    install(bottom_handler, NULL);
    load(&library, argv[2]);
    expect(library.open(endpoint, 0, &bridge) == 0);
    install(top_handler, &below);
    expect(below.sa_sigaction != bottom_handler);
    library.close(bridge);
    expect(dlclose(library.handle) == 0);
    expect_mended(1, 1);

    load(&library, argv[2]);
    expect(library.open(endpoint, 0, &bridge) == 0);
    expect(library.read64(bridge, 0, &word) == 0);
    expect(dlclose(library.handle) == 0);
    expect_mended(2, 2);
    return 0;
}
