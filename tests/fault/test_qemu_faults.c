// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a simulation whose QEMU is killed, stopped, ended, restarted, or whose guest is
// reset or panics: the DMA engine in RTL at work for guest_dma, and a testbench that attaches again
// (+attach_again, sim/tb/tb_dma_node.sv). Every byte is checked by the guest, every count by both.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_run.h"
#include "live_qemu.h"
#include "qdpi_cmocka.h"
#include "simulation.h"

#ifndef QDPI_TEST_MODEL
#error "QDPI_TEST_MODEL: the path of tb_dma, verilated"
#endif
#ifndef QDPI_TEST_GUEST_DMA
#error "QDPI_TEST_GUEST_DMA: the path of guest_dma.elf"
#endif

enum {
#include "qdpi_test_layout.inc"
};

/** For what takes a second at most on a quiet machine. */
#define SOON_MS 60000U
/** What QEMU needs to end. */
#define TIDY_MS 15000U
/** For all that a guest with work to the end has to do. */
#define WORK_MS 180000U
/** More than a guest can do before something happens to it. */
#define ENDLESS_MIB 65536U
/** A guest that is to come to its end does so much. */
#define LAST_MIB 2U
/** Rounds after which the simulation must not grow any more. */
#define WARM_ROUNDS 5U
/** Noise of its memory; a leak of 2 KiB in each of 1000 rounds would be twice that. */
#define GROWTH_KIB 1024L

/** How long after its start QEMU is killed at most; its guest is at work after a third of that. */
#define KILL_WITHIN_MS 900U

/** Enough for some stops. */
#define STOPPED_MIB 8U
/** Beyond so many rounds a run is one that has time. */
#define QUICK_ROUNDS 10U
/** How long after a reset the next one comes at most, and work for longer. */
#define RESET_WITHIN_MS(rounds) ((rounds) > QUICK_ROUNDS ? 2500U : 500U)
#define RESET_MIB(rounds) ((rounds) > QUICK_ROUNDS ? 80U : 12U)
#define EXTRA_MOST 16U

#define ATTACHED "attached, interrupt line"
#define ATTACHED_AGAIN "attached again after loss"
#define IS_LOST "is lost:"
#define AT_WORK "bytes verified by the guest"

struct scene {
    struct qdpi_live *live;
    struct qdpi_simulation simulation;
    uint64_t random;
    uint64_t kills;  // of QEMU, before the last guest
};

static int tear_down(void **state)
{
    struct scene *scene = *state;
    void *live = scene->live;

    qdpi_simulation_kill(&scene->simulation);
    (void)qdpi_live_teardown(&live);
    free(scene);
    return 0;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    void *live = NULL;

    if (scene == NULL || qdpi_live_setup(&live) != 0) {
        free(scene);
        return -1;
    }
    scene->live = live;
    scene->random = qdpi_fault_seed();
    *state = scene;
    return 0;
}

#define fault_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

// ---- The two sides -----------------------------------------------------------------------------

static struct qdpi_live_qemu *qemu_of(struct scene *scene)
{
    return &scene->live->qemu[0];
}

static uint64_t below(struct scene *scene, uint64_t limit)
{
    return qdpi_fault_below(&scene->random, limit);
}

static void sleep_below_ms(struct scene *scene, unsigned limit)
{
    qdpi_live_sleep_ms((unsigned)below(scene, limit));
}

/** guest_dma with work for `mib` MiB; `options` say the rest. Returns at once. */
static void launch_with(struct scene *scene, unsigned mib, struct qdpi_live_options options)
{
    char append[64];
    const char *extra[EXTRA_MOST] = {"-kernel", QDPI_TEST_GUEST_DMA, "-append",
                                     append,    "-device",           "pvpanic"};
    size_t count = 6;

    (void)snprintf(append, sizeof append, "mib=%u seed=%u", mib, 1 + (unsigned)below(scene, 10000));
    if (options.ram == NULL)
        options.ram = "128M";
    for (size_t i = 0; options.extra != NULL && options.extra[i] != NULL; i++) {
        assert_true(count + 1 < EXTRA_MOST);
        extra[count++] = options.extra[i];
    }
    options.extra = extra;
    qdpi_live_launch(qemu_of(scene), &options);
}

static void launch(struct scene *scene, unsigned mib)
{
    launch_with(scene, mib, (struct qdpi_live_options){.machine = NULL});
}

static void kill_qemu(struct scene *scene)
{
    qdpi_live_kill(qemu_of(scene));
    scene->kills++;
}

/** The next QEMU gets new RAM. */
static void forget_ram(struct scene *scene)
{
    char path[QDPI_LIVE_PATH_MAX];

    qdpi_live_path(qemu_of(scene), "ram", path);
    // A QEMU that was killed early has not made it.
    assert_true(unlink(path) == 0 || errno == ENOENT);
}

static void simulate(struct scene *scene, const char *first, const char *second)
{
    char endpoint[QDPI_LIVE_PATH_MAX + 16];
    char log[QDPI_LIVE_PATH_MAX];
    const char *const command[] = {QDPI_TEST_MODEL, endpoint, first, second, NULL};

    qdpi_live_endpoint(qemu_of(scene), "+qemu=qmp:", "bridge.sock", endpoint);
    qdpi_live_path(qemu_of(scene), "simulation.log", log);
    qdpi_simulation_start(&scene->simulation, log, command, NULL);
}

static void await(struct scene *scene, const char *text)
{
    qdpi_simulation_await_line(&scene->simulation, text, SOON_MS);
}

/** The number `place`, 0 or 1, behind the label of a row of the table. */
static uint64_t figure_at(struct scene *scene, const char *label, unsigned place)
{
    return qdpi_simulation_figure(&scene->simulation, label, place);
}

static uint64_t figure(struct scene *scene, const char *label)
{
    return figure_at(scene, label, 0);
}

/** Bytes read and written by the engine. */
static uint64_t moved(struct scene *scene)
{
    return figure(scene, "bytes read by RTL") + figure(scene, "bytes written by RTL");
}

/** The simulation and the guest, which has so much to do, are at work. */
static void begin(struct scene *scene, unsigned mib, const char *first, const char *second)
{
    launch(scene, mib);
    simulate(scene, first, second);
    await(scene, ATTACHED);
    await(scene, AT_WORK);
}

/** After a loss: another guest is at work. */
static void next_at_work(struct scene *scene, const struct qdpi_live_options *options)
{
    launch_with(scene, ENDLESS_MIB,
                options != NULL ? *options : (struct qdpi_live_options){.machine = NULL});
    await(scene, ATTACHED_AGAIN);
    await(scene, AT_WORK);
}

/** The guest gets to its end, and all counts are right. @return how many guests were lost and not
 *  followed by another. */
static uint64_t end(struct scene *scene)
{
    int status;

    qdpi_simulation_expect_passed(&scene->simulation, WORK_MS);
    status = qdpi_live_await_end(qemu_of(scene), SOON_MS);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2 * QDPI_TEST_EXIT_PASSED + 1);
    return figure(scene, "guests lost") - figure(scene, "attached again, failed");
}

static uint64_t end_with_another_guest(struct scene *scene)
{
    launch(scene, LAST_MIB);
    return end(scene);
}

// ---- What the simulation uses ------------------------------------------------------------------

struct usage {
    size_t descriptors;
    long private_kib;
};

/** With a guest at work for it. */
static struct usage usage_of(struct scene *scene)
{
    return (struct usage){.descriptors = qdpi_simulation_descriptors(&scene->simulation),
                          .private_kib = qdpi_simulation_private_kib(&scene->simulation)};
}

/** QEMU is dead; wait until the simulation knows it. */
static void await_loss(struct scene *scene)
{
    const uint64_t deadline = qdpi_live_in_ms(SOON_MS);

    while (qdpi_simulation_count(&scene->simulation, IS_LOST) ==
           qdpi_simulation_count(&scene->simulation, ATTACHED_AGAIN)) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("the simulation does not say that the guest is lost");
        qdpi_live_sleep_ms(5);
    }
    qdpi_simulation_skip(&scene->simulation);
}

/** The same when another guest is at work, which is then killed. */
static struct usage usage_with_another_guest(struct scene *scene)
{
    struct usage usage;

    await_loss(scene);
    launch(scene, ENDLESS_MIB);
    await(scene, AT_WORK);
    usage = usage_of(scene);
    kill_qemu(scene);
    return usage;
}

/** How many entries of /dev/shm carry the number of this process. */
static unsigned left_behind_by(pid_t pid)
{
    char number[32];
    unsigned count = 0;
    DIR *directory = opendir("/dev/shm");

    assert_non_null(directory);
    (void)snprintf(number, sizeof number, "-%ld-", (long)pid);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += strstr(entry->d_name, number) != NULL ? 1 : 0;
    (void)closedir(directory);
    return count;
}

// ---- QEMU is killed ----------------------------------------------------------------------------

/** One simulation outlives all of them, whatever they were doing. */
static void test_qemu_killed(void **state)
{
    const uint64_t rounds = qdpi_fault_rounds(3);
    struct scene *scene = *state;
    struct usage early;
    struct usage late;
    uint64_t lost_for_good;
    pid_t pid;

    begin(scene, ENDLESS_MIB, "+attach_again", NULL);
    pid = scene->simulation.pid;
    early = usage_of(scene);
    for (uint64_t round = 0; round < rounds; round++) {
        // Also before it listens, and while it is attached to.
        sleep_below_ms(scene, KILL_WITHIN_MS);
        kill_qemu(scene);
        if (rounds > QUICK_ROUNDS && round == WARM_ROUNDS)
            early = usage_with_another_guest(scene);
        // Sometimes the next guest finds the memory of the last one, which QEMU does not clear.
        if (below(scene, 2) == 0)
            forget_ram(scene);
        launch(scene, ENDLESS_MIB);
    }
    kill_qemu(scene);
    late = usage_with_another_guest(scene);
    lost_for_good = end_with_another_guest(scene);
    assert_int_equal(late.descriptors, early.descriptors);
    assert_true(late.private_kib - early.private_kib < GROWTH_KIB);
    assert_int_equal(left_behind_by(pid), 0);
    qdpi_fault_report("qemu-killed", scene->kills, lost_for_good,
                      "attached_guests_killed=%" PRIu64 " attempts_failed=%" PRIu64
                      " bytes_moved=%" PRIu64 " bytes_verified=%" PRIu64 " refused_bursts=%" PRIu64
                      " private_kib_early=%ld private_kib_late=%ld",
                      figure(scene, "guests lost"), figure_at(scene, "attached again, failed", 1),
                      moved(scene), figure(scene, "bytes verified"),
                      figure(scene, "error bursts read, written") +
                          figure_at(scene, "error bursts read, written", 1),
                      early.private_kib, late.private_kib);
}

/** Without a file system's hole: whether QEMU's RAM holds anything but zeros. */
static bool ram_is_touched(struct scene *scene)
{
    static const unsigned char zeros[65536];
    static unsigned char data[sizeof zeros];
    char path[QDPI_LIVE_PATH_MAX];
    ssize_t length;
    bool touched = false;
    int ram;

    qdpi_live_path(qemu_of(scene), "ram", path);
    ram = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(ram >= 0);
    while (!touched && (length = read(ram, data, sizeof data)) > 0)
        touched = memcmp(data, zeros, (size_t)length) != 0;
    (void)close(ram);
    return touched;
}

/** What the device had begun for a guest that is lost does not reach the next one, which here has
 *  not run yet. The port is slow, so that a lot has always been begun. */
static void test_next_guest_untouched(void **state)
{
    const struct qdpi_live_options paused = {.ram = "32M", .paused = true};
    const uint64_t rounds = qdpi_fault_rounds(1);
    struct scene *scene = *state;
    uint64_t touched = 0;

    begin(scene, ENDLESS_MIB, "+attach_again", "+dma.read_latency_max=200");
    for (uint64_t round = 0; round < rounds; round++) {
        sleep_below_ms(scene, 50);
        kill_qemu(scene);
        forget_ram(scene);
        qdpi_live_launch(qemu_of(scene), &paused);
        await(scene, ATTACHED_AGAIN);
        qdpi_live_sleep_ms(50);
        if (ram_is_touched(scene)) {
            print_error("round %" PRIu64 ": something was written to the next guest\n", round);
            touched++;
        }
        kill_qemu(scene);
        await(scene, IS_LOST);
        forget_ram(scene);
        next_at_work(scene, NULL);
    }
    kill_qemu(scene);
    assert_int_equal(end_with_another_guest(scene), 0);
    qdpi_fault_report("next-guest-untouched", rounds, touched, "bytes_moved=%" PRIu64,
                      moved(scene));
}

// ---- QEMU is stopped ---------------------------------------------------------------------------

static void begin_to_be_stopped(struct scene *scene)
{
    launch(scene, STOPPED_MIB);
    simulate(scene, "+attach_again", NULL);
    await(scene, ATTACHED);
    await(scene, AT_WORK);
}

/** A QEMU that the host does not let run is not lost, and nothing of what was under way is. */
static void test_qemu_stopped(void **state)
{
    const uint64_t rounds = qdpi_fault_rounds(3);
    struct scene *scene = *state;
    uint64_t stopped_ms = 0;
    uint64_t guests = 1;
    uint64_t verified = 0;

    begin_to_be_stopped(scene);
    for (uint64_t round = 0; round < rounds; round++) {
        const unsigned pause_ms = 10 + (unsigned)below(scene, 1 + below(scene, 1490));

        sleep_below_ms(scene, 100);
        if (qdpi_simulation_has_ended(&scene->simulation)) {
            // With all counts right; how much a guest can do between the stops is not known.
            assert_int_equal(end(scene), 0);
            assert_int_equal(figure(scene, "guests lost"), 0);
            verified += figure(scene, "bytes verified");
            begin_to_be_stopped(scene);
            guests++;
        }
        assert_int_equal(kill(qemu_of(scene)->pid, SIGSTOP), 0);
        qdpi_live_sleep_ms(pause_ms);
        assert_int_equal(kill(qemu_of(scene)->pid, SIGCONT), 0);
        stopped_ms += pause_ms;
    }
    assert_int_equal(end(scene), 0);
    verified += figure(scene, "bytes verified");
    qdpi_fault_report("qemu-stopped", rounds, figure(scene, "guests lost"),
                      "stopped_ms=%" PRIu64 " guests=%" PRIu64 " bytes_verified=%" PRIu64,
                      stopped_ms, guests, verified);
}

// ---- QEMU ends ---------------------------------------------------------------------------------

static void tell_monitor(struct scene *scene, const char *command_line)
{
    free(qdpi_live_human(qemu_of(scene), command_line));
}

enum ending {
    ENDS_AT_A_COMMAND,
    ENDS_WITH_ITS_GUEST,
    ENDS_AT_A_SIGNAL,
    CRASHES,
    ENDINGS,
};

/** @return whether QEMU tidied up behind itself. */
static bool make_end(struct scene *scene, enum ending ending)
{
    const struct rlimit no_core = {.rlim_cur = 0, .rlim_max = 0};
    const pid_t pid = qemu_of(scene)->pid;
    bool tidy;

    switch (ending) {
    case ENDS_AT_A_COMMAND:
        json_decref(qdpi_live_execute(qemu_of(scene), "quit", NULL));
        await(scene, "event SHUTDOWN, value 0");
        break;
    case ENDS_WITH_ITS_GUEST:
        // ACPI's S5, at a place of the machine `pc`.
        tell_monitor(scene, "o /w 0x604 0x2000");
        await(scene, "event SHUTDOWN, value 1");
        break;
    case ENDS_AT_A_SIGNAL:
        assert_int_equal(kill(pid, SIGTERM), 0);
        await(scene, "event SHUTDOWN, value 0");
        break;
    default:
        assert_int_equal(prlimit(pid, RLIMIT_CORE, &no_core, NULL), 0);
        assert_int_equal(kill(pid, SIGABRT), 0);
        break;
    }
    tidy = qdpi_live_tidies_up(qemu_of(scene), TIDY_MS);
    await(scene, IS_LOST);
    return tidy;
}

static void test_qemu_quits(void **state)
{
    const uint64_t rounds = qdpi_fault_rounds(ENDINGS);
    struct scene *scene = *state;
    uint64_t lost_for_good;
    uint64_t hung = 0;

    begin(scene, ENDLESS_MIB, "+attach_again", NULL);
    for (uint64_t round = 0; round < rounds; round++) {
        sleep_below_ms(scene, 100);
        hung += !make_end(scene, (enum ending)(round % ENDINGS));
        if (round + 1 < rounds)
            next_at_work(scene, NULL);
    }
    lost_for_good = end_with_another_guest(scene);
    assert_int_equal(figure(scene, "guests lost"), rounds);
    qdpi_fault_report("qemu-quits", rounds, lost_for_good,
                      "bytes_verified=%" PRIu64 " qemu_hung=%" PRIu64,
                      figure(scene, "bytes verified"), hung);
}

// ---- Another QEMU ------------------------------------------------------------------------------

static void expect_work(struct scene *scene, const struct qdpi_live_options *options)
{
    kill_qemu(scene);
    await(scene, IS_LOST);
    forget_ram(scene);
    next_at_work(scene, options);
}

/** In place of a guest that was lost. */
static void expect_refusal(struct scene *scene, const struct qdpi_live_options *options,
                           const char *remedy)
{
    launch_with(scene, ENDLESS_MIB, *options);
    await(scene, remedy);
    kill_qemu(scene);
    forget_ram(scene);
}

/** The next QEMU may be another machine. One that cannot be worked with is refused with a sentence
 *  that says what it lacks, and waited on until a right one is there. */
static void test_restarted_otherwise(void **state)
{
    const char *const private_memory[] = {
        "-machine", "pc,memory-backend=mem",
        "-m",       "128M,slots=64,maxmem=16G",
        "-object",  "memory-backend-file,id=mem,size=128M,mem-path={dir}/ram,share=off",
        NULL};
    const uint64_t rounds = qdpi_fault_rounds(1);
    struct scene *scene = *state;
    uint64_t lost_for_good;

    begin(scene, ENDLESS_MIB, "+attach_again", NULL);
    for (uint64_t round = 0; round < rounds; round++) {
        expect_work(scene, &(struct qdpi_live_options){.ram = "256M"});
        expect_work(scene, &(struct qdpi_live_options){.ram = "64M", .machine = "q35"});
        kill_qemu(scene);
        await(scene, IS_LOST);
        forget_ram(scene);
        expect_refusal(scene, &(struct qdpi_live_options){.without_slots = true},
                       "not attached again: the guest has no doorbells: give it memory slots");
        expect_refusal(scene, &(struct qdpi_live_options){.without_lines = true},
                       "-device pc-testdev");
        expect_refusal(scene,
                       &(struct qdpi_live_options){.own_memory = true, .extra = private_memory},
                       "share=on");
        next_at_work(scene, NULL);
    }
    kill_qemu(scene);
    lost_for_good = end_with_another_guest(scene);
    assert_int_equal(figure(scene, "guests lost"), 3 * rounds + 1);
    qdpi_fault_report("qemu-restarted-otherwise", rounds, lost_for_good,
                      "machines=%" PRIu64 " refused=%" PRIu64, 3 * rounds + 2, 3 * rounds);
}

// ---- The guest ---------------------------------------------------------------------------------

/** In the firmware, while the driver looks for its engine, and under load; its last start gets to
 *  the end. */
static void test_guest_reset(void **state)
{
    const uint64_t rounds = qdpi_fault_rounds(2);
    struct scene *scene = *state;
    char resets[48];
    uint64_t seen = 0;

    (void)snprintf(resets, sizeof resets, "+outside_resets=%" PRIu64, rounds);
    begin(scene, RESET_MIB(rounds), resets, "+attach_again");
    for (uint64_t round = 0; round < rounds; round++) {
        sleep_below_ms(scene, RESET_WITHIN_MS(rounds));
        json_decref(qdpi_live_execute(qemu_of(scene), "system_reset", NULL));
        // QEMU makes one of two that come one upon the other.
        await(scene, "event RESET, value 0");
        seen++;
    }
    assert_int_equal(end(scene), 0);
    qdpi_fault_report("guest-reset", rounds, rounds - seen,
                      "bytes_verified=%" PRIu64 " bytes_moved=%" PRIu64,
                      figure(scene, "bytes verified"), moved(scene));
}

static void panic(struct scene *scene)
{
    sleep_below_ms(scene, 100);
    tell_monitor(scene, "o /b 0x505 1");
    await(scene, "event PANIC");
}

/** A panic is the end of the run, with its name, unless the run is to outlive its guests. */
static void test_guest_panic(void **state)
{
    const uint64_t rounds = qdpi_fault_rounds(1);
    struct scene *scene = *state;
    uint64_t lost_for_good;

    begin(scene, ENDLESS_MIB, NULL, NULL);
    panic(scene);
    assert_false(qdpi_simulation_has_passed(&scene->simulation, SOON_MS));
    assert_int_equal(qdpi_simulation_count(&scene->simulation, "the guest has panicked"), 1);
    (void)qdpi_live_await_end(qemu_of(scene), SOON_MS);

    begin(scene, ENDLESS_MIB, "+attach_again", NULL);
    for (uint64_t round = 0; round < rounds; round++) {
        panic(scene);
        (void)qdpi_live_await_end(qemu_of(scene), SOON_MS);
        await(scene, IS_LOST);
        if (round + 1 < rounds)
            next_at_work(scene, NULL);
    }
    lost_for_good = end_with_another_guest(scene);
    assert_int_equal(figure(scene, "guests lost"), rounds);
    qdpi_fault_report("guest-panic", 1 + rounds, lost_for_good, "bytes_verified=%" PRIu64,
                      figure(scene, "bytes verified"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fault_test(test_qemu_killed),         fault_test(test_next_guest_untouched),
        fault_test(test_qemu_stopped),        fault_test(test_qemu_quits),
        fault_test(test_restarted_otherwise), fault_test(test_guest_reset),
        fault_test(test_guest_panic),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
