// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The library in programs that are not ours (host_program.c, unloading_program.c), which have
// SIGBUS handlers, faults, children and a mind to unload the library: all live, and each gets what
// is its own.

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_run.h"
#include "qdpi_cmocka.h"
#include "scratch.h"

#define RAM_BYTES (16L << 20)
/** Less than ctest has, which would say nothing of the scenario. */
#define PATIENCE_SECONDS 90

struct place {
    struct qdpi_scratch scratch;
};

static char *in(const struct place *place, const char *name, char path[96])
{
    (void)snprintf(path, 96, "%s/%s", place->scratch.path, name);
    return path;
}

static int start(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    char path[96];

    if (place == NULL)
        return -1;
    if (qdpi_scratch_make("/dev/shm", &place->scratch) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        const int fd =
            open(in(place, i == 0 ? "a" : "b", path), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        if (fd < 0 || ftruncate(fd, RAM_BYTES) != 0)
            return -1;
        (void)close(fd);
    }
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    qdpi_scratch_remove(&place->scratch);
    free(place);
    return 0;
}

/** Whether the scenario ends without closing its bridge: it must leave no page behind. */
static bool ends_suddenly(const char *scenario)
{
    return strcmp(scenario, "unloading") == 0 || strcmp(scenario, "fault-of-nobody") == 0;
}

_Noreturn static void become(const struct place *place, const char *scenario, uint64_t rounds,
                             int output)
{
    char rounds_text[32];
    char seed[32];

    (void)snprintf(rounds_text, sizeof rounds_text, "%" PRIu64, rounds);
    (void)snprintf(seed, sizeof seed, "%" PRIu64, qdpi_fault_seed() % 1000000);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A hang ends it, and the test.
    (void)alarm(PATIENCE_SECONDS);
    // cmocka's handlers are none of the program's.
    (void)signal(SIGBUS, SIG_DFL);
    if (dup2(output, STDOUT_FILENO) < 0 ||
        (ends_suddenly(scenario) && setenv("QEMU_DPI_STATS", "off", 1) != 0))
        _exit(127);
    if (strcmp(scenario, "unloading") == 0)
        (void)execl(QDPI_TEST_UNLOADING_PROGRAM, "unloading_program", place->scratch.path,
                    QDPI_TEST_LIBRARY, (char *)NULL);
    else
        (void)execl(QDPI_TEST_HOST_PROGRAM, "host_program", scenario, place->scratch.path,
                    rounds_text, seed, (char *)NULL);
    _exit(127);
}

/** Run a scenario. @return its wait status; `figures` is what it has printed. */
static int run(const struct place *place, const char *scenario, uint64_t rounds, char figures[128])
{
    int ends[2];
    int status = 0;
    size_t length = 0;
    ssize_t count;
    pid_t child;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    if (child == 0)
        become(place, scenario, rounds, ends[1]);
    (void)close(ends[1]);
    assert_true(child > 0);
    while ((count = read(ends[0], figures + length, 127 - length)) > 0)
        length += (size_t)count;
    figures[length] = '\0';
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/** Run a scenario that is to end well. */
static void expect_well(const struct place *place, const char *scenario, uint64_t rounds)
{
    char figures[128];
    char row[64];
    const int status = run(place, scenario, rounds, figures);

    if (status != 0)
        print_error("%s: wait status 0x%x\n", scenario, (unsigned)status);
    (void)snprintf(row, sizeof row, "host-%s", scenario);
    qdpi_fault_report(row, rounds, status != 0 ? 1 : 0, "%s", figures);
}

static void test_handler_before(void **state)
{
    expect_well(*state, "handler-before", 1);
}

static void test_handler_after(void **state)
{
    expect_well(*state, "handler-after", 1);
}

static void test_handler_removed(void **state)
{
    expect_well(*state, "handler-removed", 1);
}

static void test_two_bridges(void **state)
{
    expect_well(*state, "two-bridges", qdpi_fault_rounds(20));
}

static void test_places(void **state)
{
    expect_well(*state, "places", 1);
}

static void test_forking(void **state)
{
    expect_well(*state, "forking", 1);
}

static void test_unloading(void **state)
{
    expect_well(*state, "unloading", 1);
}

static void test_fault_of_nobody(void **state)
{
    char figures[128];
    const int status = run(*state, "fault-of-nobody", 1, figures);
    const bool right = WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;

    qdpi_fault_report("host-fault-of-nobody", 1, right ? 0 : 1, "signal=%d",
                      WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_handler_before, start, tear_down),
        cmocka_unit_test_setup_teardown(test_handler_after, start, tear_down),
        cmocka_unit_test_setup_teardown(test_handler_removed, start, tear_down),
        cmocka_unit_test_setup_teardown(test_fault_of_nobody, start, tear_down),
        cmocka_unit_test_setup_teardown(test_two_bridges, start, tear_down),
        cmocka_unit_test_setup_teardown(test_places, start, tear_down),
        cmocka_unit_test_setup_teardown(test_forking, start, tear_down),
        cmocka_unit_test_setup_teardown(test_unloading, start, tear_down),
    };

    return qdpi_run_group(tests);
}
