// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The simulator is killed at random moments while Linux works with its driver: the driver reports
// what was lost to its users and nothing else, finds the next simulator, and in the end every byte
// is right.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_run.h"
#include "live_qemu.h"
#include "qdpi_cmocka.h"
#include "simulator_outages.h"

#define ROUNDS 2
#define FINISH_MS 180000U
/** The driver gives up an engine that is silent for 2 s with timeout_ms=1000: some are. */
#define GAP_MS 4000U

static struct qdpi_outages outages;

static int end_outages(void **state)
{
    qdpi_outages_end(&outages);
    return qdpi_live_teardown(state);
}

/** A line for the guest's second serial port: it has worked enough. */
static void tell_enough(const struct qdpi_live_qemu *qemu)
{
    static const char word[] = "enough\n";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(file >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/enough.sock", qemu->scratch.path);
    assert_int_equal(connect(file, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(file, word, sizeof word - 1), sizeof word - 1);
    assert_int_equal(close(file), 0);
}

/** The number that stands behind `label` in the guest's last line with it. */
static uint64_t figure_behind(const char *label)
{
    char *line = qdpi_outages_console_line(&outages, label);
    const uint64_t figure = strtoull(strstr(line, label) + strlen(label), NULL, 10);

    free(line);
    return figure;
}

static void test_linux_at_work(void **state)
{
    static const char *const guest[] = {
        "-kernel",
        QDPI_TEST_LINUX "/kernel/boot/vmlinuz",
        "-initrd",
        QDPI_TEST_LINUX "/initrd.gz",
        "-append",
        "console=ttyS0 quiet panic=-1 oops=panic panic_on_warn=1 "
        "qdpi.test=outages qdpi.driver=timeout_ms=1000",
        "-chardev",
        "socket,id=enough,path={dir}/enough.sock,server=on,wait=off",
        "-serial",
        "chardev:enough",
        "-device",
        "pvpanic",
        NULL};
    static const char *const joins[] = {"+joins", "+until_off", NULL};
    struct qdpi_live *live = *state;
    const uint64_t rounds = qdpi_fault_rounds(ROUNDS);
    uint64_t losses;
    uint64_t resets;
    uint64_t bytes;
    int status;

    outages = (struct qdpi_outages){
        .qemu = &live->qemu[0],
        .model = QDPI_TEST_MODEL_LINUX,
        .options = joins,
        .progress = "bytes verified by the guest",
        .failure = "guest: FAIL",
        .random_ms = 3000,
        .gap_ms = GAP_MS,
        .random = qdpi_fault_seed(),
    };
    qdpi_live_start(outages.qemu,
                    &(struct qdpi_live_options){.smp = "2,maxcpus=3", .extra = guest});
    qdpi_outages_kill_many(&outages, rounds);

    qdpi_outages_start(&outages);
    qdpi_simulation_await_line(&outages.simulation, outages.progress, FINISH_MS);
    tell_enough(outages.qemu);
    status = qdpi_live_await_end(outages.qemu, FINISH_MS);
    free(qdpi_outages_console_line(&outages, "guest: PASS"));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    qdpi_simulation_expect_passed(&outages.simulation, FINISH_MS);

    bytes = figure_behind("bytes verified: ");
    resets = figure_behind(" resets ");
    assert_true(bytes > 0);
    // The first simulator was killed between rounds or in one; the driver has met another since.
    assert_true(resets >= 1);
    assert_true(resets <= outages.kills);
    losses = qdpi_outages_count_left(&outages);
    qdpi_fault_report("simulator-killed-linux", rounds, losses,
                      "kills=%lu kills_while_attaching=%lu driver_resets=%lu bytes=%lu "
                      "qemu_kib=%ld qemu_kib_later=%ld",
                      outages.kills, outages.while_attaching, resets, bytes, outages.early_kib,
                      outages.late_kib);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_linux_at_work, qdpi_live_setup, end_outages),
    };

    if (!qdpi_live_is_installed()) {
        print_message("QEMU is not installed\n");
        return QDPI_TEST_SKIPPED;
    }
    return qdpi_run_group(tests);
}
