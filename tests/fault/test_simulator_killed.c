// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The simulator is killed at random moments while the guest works: the guest lives, the next
// simulator attaches and finds a defined state, and in the end every byte is right.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_run.h"
#include "live_guest.h"
#include "qdpi_cmocka.h"
#include "simulator_outages.h"
#include "torn_set_up.h"

#define GUEST_PASSED (2 * QDPI_TEST_EXIT_PASSED + 1)
#define ROUNDS 8
#define FINISH_MS 120000U

/** Doorbells of a set-up, and the first of the work. */
#define SET_UP_DOORBELLS 6

#define PULSE_ROUNDS 25
#define PULSED_LINE 6
#define PULSING_US 3000U

enum {
#include "qdpi_test_layout.inc"
};

static struct qdpi_outages outages;
static pid_t torn_set_up;

static int end_outages(void **state)
{
    qdpi_torn_set_up_end(torn_set_up);
    torn_set_up = 0;
    qdpi_outages_end(&outages);
    return qdpi_live_teardown(state);
}

/** The number that stands before `unit` in the guest's last line. */
static uint64_t figure_before(const char *line, const char *unit)
{
    const char *end = strstr(line, unit);
    const char *start = end;

    if (end == NULL)
        fail_msg("the guest's last line has no \"%s\": %s", unit, line);
    while (start > line && start[-1] >= '0' && start[-1] <= '9')
        start--;
    assert_true(start < end);
    return strtoull(start, NULL, 10);
}

/** A guest that moves and checks data all the time, and asks a silent engine how it is. */
static void start_guest(struct qdpi_live *live, const char *command_line)
{
    static const char *const joins[] = {"+joins", NULL};
    const char *const guest[] = {"-kernel", QDPI_TEST_GUEST_DMA, "-append", command_line, NULL};

    outages = (struct qdpi_outages){
        .qemu = &live->qemu[0],
        .model = QDPI_TEST_MODEL_DMA,
        .options = joins,
        .progress = "bytes verified by the guest",
        .failure = "guest: FAIL",
        .random_ms = 700,
        .random = qdpi_fault_seed(),
    };
    qdpi_live_start(outages.qemu, &(struct qdpi_live_options){.extra = guest});
}

struct guest_figures {
    uint64_t bytes;
    uint64_t restarts;
};

/** With one more simulator, which stays, the guest ends its work. */
static struct guest_figures finish_guest(void)
{
    struct guest_figures figures;
    int status;
    char *line;

    qdpi_outages_start(&outages);
    qdpi_simulation_await_line(&outages.simulation, outages.progress, FINISH_MS);
    json_decref(qdpi_live_execute(outages.qemu, "inject-nmi", NULL));
    status = qdpi_live_await_end(outages.qemu, FINISH_MS);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), GUEST_PASSED);
    qdpi_simulation_expect_passed(&outages.simulation, FINISH_MS);
    line = qdpi_outages_console_line(&outages, "guest: PASS ");
    figures.bytes = figure_before(line, " bytes in ");
    figures.restarts = figure_before(line, " restarts");
    free(line);
    assert_true(figures.bytes > 0);
    return figures;
}

static void test_guest_at_work(void **state)
{
    const uint64_t rounds = qdpi_fault_rounds(ROUNDS);
    struct guest_figures figures;

    start_guest(*state, "outages=1 until_nmi=1 mib=4 attach=60");
    qdpi_outages_kill_many(&outages, rounds);
    figures = finish_guest();
    // The first simulator was killed when the engine was at work; and none is restarted in vain.
    assert_true(figures.restarts >= 1);
    assert_true(figures.restarts <= outages.kills);
    qdpi_fault_report("simulator-killed", rounds, qdpi_outages_count_left(&outages),
                      "kills=%lu kills_while_attaching=%lu guest_restarts=%lu bytes=%lu "
                      "qemu_kib=%ld qemu_kib_later=%ld",
                      outages.kills, outages.while_attaching, figures.restarts, figures.bytes,
                      outages.early_kib, outages.late_kib);
}

/// The driver has told one simulator the first part of a set-up, and another one the rest. Each
/// part of it once, for a quarter of the rounds that others do.
static void test_torn_set_up(void **state)
{
    const uint64_t sweeps = qdpi_fault_rounds(1) / SET_UP_DOORBELLS / 4 + 1;
    struct guest_figures figures;
    char listens[QDPI_LIVE_PATH_MAX];
    char qemu[QDPI_LIVE_PATH_MAX];

    start_guest(*state, "outages=1 until_nmi=1 mib=1 attach=60");
    qdpi_live_path(outages.qemu, "late.sock", listens);
    qdpi_live_path(outages.qemu, "bridge.sock", qemu);
    qdpi_outages_kill_one(&outages, QDPI_OUTAGE_BUSY);
    outages.socket = "late.sock";
    for (uint64_t i = 0; i < sweeps * SET_UP_DOORBELLS; i++) {
        torn_set_up = qdpi_torn_set_up_start(listens, qemu, (unsigned)(i % SET_UP_DOORBELLS) + 1);
        qdpi_outages_kill_one(&outages, QDPI_OUTAGE_BUSY);
        qdpi_torn_set_up_end(torn_set_up);
        torn_set_up = 0;
    }
    outages.socket = NULL;
    figures = finish_guest();
    // Each was restarted when it came, and again because of what it had not heard.
    assert_int_equal(figures.restarts, 2 * sweeps * SET_UP_DOORBELLS + 1);
    qdpi_fault_report("simulator-killed-in-set-up", sweeps * SET_UP_DOORBELLS,
                      qdpi_outages_count_left(&outages), "kills=%lu guest_restarts=%lu bytes=%lu",
                      outages.kills, figures.restarts, figures.bytes);
}

/** Pulse a line until the end; tell that it has begun. */
_Noreturn static void pulse_forever(const char *endpoint, int begun, pid_t parent)
{
    struct qdpi_bridge *bridge = NULL;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || qdpi_open(endpoint, FINISH_MS, &bridge) != 0)
        _exit(1);
    while (qdpi_irq_pulse(bridge, PULSED_LINE) == 0) {
        if (begun >= 0) {
            (void)close(begun);
            begun = -1;
        }
    }
    _exit(1);
}

/** A process that is killed while it pulses the line. */
static void cut_pulses(const char *endpoint, uint64_t *random)
{
    const pid_t parent = getpid();
    int begun[2];
    char nothing;
    int status;
    pid_t pid;

    assert_int_equal(pipe(begun), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(begun[0]);
        pulse_forever(endpoint, begun[1], parent);
    }
    (void)close(begun[1]);
    // It ends when the other side closes it.
    assert_int_equal(read(begun[0], &nothing, 1), 0);
    (void)close(begun[0]);
    (void)usleep((useconds_t)qdpi_fault_below(random, PULSING_US));
    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/// One that is killed between the halves of a pulse leaves the line high. The next one's first
/// pulse is an interrupt all the same.
static void test_cut_pulse(void **state)
{
    struct qdpi_live *live = *state;
    const uint64_t rounds = qdpi_fault_rounds(PULSE_ROUNDS);
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    uint64_t random = qdpi_fault_seed();
    uint64_t losses = 0;
    uint64_t counted = 0;

    (void)qdpi_live_guest_start(live, NULL);
    qdpi_live_close(live);
    qdpi_live_endpoint(&live->qemu[0], "qmp:", "bridge.sock", endpoint);
    for (uint64_t round = 0; round < rounds; round++) {
        cut_pulses(endpoint, &random);
        live->bridge[0] = qdpi_live_open(&live->qemu[0]);
        counted = qdpi_live_guest_counted(live->bridge[0], PULSED_LINE);
        assert_int_equal(qdpi_irq_pulse(live->bridge[0], PULSED_LINE), 0);
        assert_int_equal(qdpi_fence(live->bridge[0], FINISH_MS), 0);
        losses += counted + 1 - qdpi_live_guest_counted(live->bridge[0], PULSED_LINE);
        qdpi_live_close(live);
    }
    qdpi_fault_report("simulator-killed-in-pulse", rounds, losses, "kills=%lu guest_interrupts=%lu",
                      rounds, counted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_guest_at_work, qdpi_live_setup, end_outages),
        cmocka_unit_test_setup_teardown(test_torn_set_up, qdpi_live_setup, end_outages),
        qdpi_live_test(test_cut_pulse),
    };

    if (!qdpi_live_is_installed()) {
        print_message("QEMU is not installed\n");
        return QDPI_TEST_SKIPPED;
    }
    return qdpi_run_group(tests);
}
