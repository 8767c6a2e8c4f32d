// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A simulation for one test: a verilated model as a child process, its output in a file, looked at
// while it runs and judged when it has ended. What goes wrong here fails the running test.
//
//   struct qdpi_simulation simulation = {.pid = 0};
//   qdpi_simulation_start(&simulation, log, (const char *[]){MODEL, "+qemu=qmp:...", NULL}, NULL);
//   qdpi_simulation_await_line(&simulation, "attached", 20000);
//   qdpi_simulation_expect_passed(&simulation, 60000);
//
// The child gets no descriptor but its three, and ends with the thread that has started it, however
// that ends. qdpi_simulation_kill() belongs into the teardown.

#ifndef QDPI_TESTS_SUPPORT_SIMULATION_H_
#define QDPI_TESTS_SUPPORT_SIMULATION_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define QDPI_SIMULATION_PATH_MAX 128

/** All zero: none has been started. */
struct qdpi_simulation {
    pid_t pid;                          /**< 0: does not run */
    int status;                         /**< of waitpid(), once it has ended */
    char log[QDPI_SIMULATION_PATH_MAX]; /**< its output, standard and error */
    long heard;                         /**< how far qdpi_simulation_await_line() has read */
};

/** Start `command`, up to a NULL, with its output into the file `log`, which begins anew.
 *  `environment`: further variables "NAME=VALUE" up to a NULL, or NULL. Another may be started
 * after its end. */
void qdpi_simulation_start(struct qdpi_simulation *simulation, const char *log,
                           const char *const *command, const char *const *environment);

/** Whether it has ended, by itself or not. */
bool qdpi_simulation_has_ended(struct qdpi_simulation *simulation);

/** Wait for the end. */
void qdpi_simulation_await_end(struct qdpi_simulation *simulation, unsigned timeout_ms);

/** Wait for a line with `text`, behind the one that was waited for last. It must come before the
 *  simulation ends. */
void qdpi_simulation_await_line(struct qdpi_simulation *simulation, const char *text,
                                unsigned timeout_ms);

/** What has been said by now is not waited for any more. */
void qdpi_simulation_skip(struct qdpi_simulation *simulation);

/** How many lines with `text` there are by now. */
size_t qdpi_simulation_count(const struct qdpi_simulation *simulation, const char *text);

/** Of the numbers that stand behind `label`, with spaces between them, number `place` from 0 up, in
 *  the last line that has it. There must be one. */
uint64_t qdpi_simulation_figure(const struct qdpi_simulation *simulation, const char *label,
                                unsigned place);

/** Wait for the end and say whether it has passed: exit status 0, the line QDPI TEST PASSED, and no
 *  error line, as scripts/run_sim.sh does. */
bool qdpi_simulation_has_passed(struct qdpi_simulation *simulation, unsigned timeout_ms);

/** It must pass; else the end of its output is printed. */
void qdpi_simulation_expect_passed(struct qdpi_simulation *simulation, unsigned timeout_ms);

/** Send it a signal: SIGSTOP, SIGCONT, SIGTERM ... It must run. */
void qdpi_simulation_signal(const struct qdpi_simulation *simulation, int number);

/** SIGKILL, and wait for the end. Nothing if it does not run. The log stays. */
void qdpi_simulation_kill(struct qdpi_simulation *simulation);

/** How many descriptors it has open, and how much anonymous memory is resident, in KiB: the guest's
 *  RAM is not in it. It must run. */
size_t qdpi_simulation_descriptors(const struct qdpi_simulation *simulation);
long qdpi_simulation_private_kib(const struct qdpi_simulation *simulation);

#endif  // QDPI_TESTS_SUPPORT_SIMULATION_H_
