// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A real QEMU for one test: started with chosen options in a directory of its own, asked over a
// monitor of its own, ended by its pid. What goes wrong here fails the running test.

#ifndef QDPI_TESTS_SUPPORT_LIVE_QEMU_H_
#define QDPI_TESTS_SUPPORT_LIVE_QEMU_H_

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "qemu_dpi.h"
#include "scratch.h"

#define QDPI_LIVE_PATH_MAX 108

/** How QEMU is started. All zero is the right way: a `pc` of 512M in a shared file, with memory
 *  slots and pc-testdev. */
struct qdpi_live_options {
    const char *machine;      /**< NULL: pc */
    const char *ram;          /**< NULL: 512M */
    const char *smp;          /**< NULL: one CPU, and room for two, so that locks are real */
    const char *accel;        /**< NULL: tcg */
    bool own_memory;          /**< no -machine, -m and -object: `extra` brings them */
    bool without_slots;       /**< no memory slots */
    bool without_lines;       /**< no pc-testdev */
    bool paused;              /**< -S */
    bool guest;               /**< run guest_memory.elf */
    const char *const *extra; /**< further arguments up to a NULL; "{dir}" in one stands for the
                                   directory */
};

/** In `scratch` are `bridge.sock` (for the library), `tools.sock` (for the functions below),
 *  `ram`, `console.log` and `qemu.log`. */
struct qdpi_live_qemu {
    struct qdpi_scratch scratch; /**< its path is "": there is none */
    pid_t pid;                   /**< 0: does not run */
};

#define QDPI_LIVE_MOST 2

/** What a test may use without cleaning up. */
struct qdpi_live {
    struct qdpi_live_qemu qemu[QDPI_LIVE_MOST];
    struct qdpi_bridge *bridge[QDPI_LIVE_MOST];
};

/** A test of `function` that finds a struct qdpi_live in *state. */
#define qdpi_live_test(function)                                                                   \
    cmocka_unit_test_setup_teardown(function, qdpi_live_setup, qdpi_live_teardown)

int qdpi_live_setup(void **state);
int qdpi_live_teardown(void **state);

/** Close the bridges. For tests about signals: cmocka takes all handlers away before the teardown,
 *  and the library then does not know what became of its own. */
void qdpi_live_close(struct qdpi_live *live);

/** Whether there is a QEMU to test with ($QEMU, else qemu-system-x86_64). */
bool qdpi_live_is_installed(void);

/** "mem-path" of -machine memory-backend and so on are the caller's with `own_memory`. The
 *  directory is made if there is none yet; QEMU may be started in it again after its end. Returns
 *  at once. */
void qdpi_live_launch(struct qdpi_live_qemu *qemu, const struct qdpi_live_options *options);

/** Launch, and wait until QEMU answers on its monitor. */
void qdpi_live_start(struct qdpi_live_qemu *qemu, const struct qdpi_live_options *options);

/** A directory without a QEMU. */
void qdpi_live_prepare(struct qdpi_live_qemu *qemu);

/** SIGKILL, and wait for the end. The directory stays. */
void qdpi_live_kill(struct qdpi_live_qemu *qemu);

/** Wait for QEMU to end by itself. @return its wait status. */
int qdpi_live_await_end(struct qdpi_live_qemu *qemu, unsigned timeout_ms);

/**
 * Wait for QEMU to end by itself; SIGKILL if it does not.
 * @return whether it did. QEMU 7.2, when a QMP command reaches it in the moment in which it ends,
 * may wait for that command's coroutine for ever (monitor_cleanup): then nothing else ends it.
 */
bool qdpi_live_tidies_up(struct qdpi_live_qemu *qemu, unsigned timeout_ms);

void qdpi_live_path(const struct qdpi_live_qemu *qemu, const char *name,
                    char path[QDPI_LIVE_PATH_MAX]);

/** qdpi_open() on bridge.sock, which must succeed. */
struct qdpi_bridge *qdpi_live_open(const struct qdpi_live_qemu *qemu);

/** Execute a QMP command that must succeed. Steals `arguments`, which may be NULL. */
json_t *qdpi_live_execute(const struct qdpi_live_qemu *qemu, const char *command,
                          json_t *arguments);

/** What the human monitor prints. To be freed. */
char *qdpi_live_human(const struct qdpi_live_qemu *qemu, const char *command_line);

/** Resident memory of a process (0: of this one) in KiB. */
long qdpi_live_resident_kib(pid_t pid);

void qdpi_live_sleep_ms(unsigned milliseconds);

/** 0 or less: the time has come. */
long qdpi_live_ms_until(uint64_t moment_us);
uint64_t qdpi_live_in_ms(unsigned milliseconds);

// ---- Attempts to attach ------------------------------------------------------------------------

/** How much longer than its deadline a call may take on a machine that is busy. */
#define QDPI_LIVE_SLACK_MS 2000L
/** A deadline that a refusal which can be known at once must not use up. */
#define QDPI_LIVE_PATIENT_MS 15000U
/** A deadline that must be used up. */
#define QDPI_LIVE_SHORT_MS 300U

/** What came of one qdpi_open(). */
struct qdpi_live_attempt {
    int result;
    long took_ms;
    char sentence[1024];
};

/** Open and close. */
struct qdpi_live_attempt qdpi_live_attempt(const char *endpoint, unsigned timeout_ms);

void qdpi_live_expect_words(const char *sentence, const char *remedy);
void qdpi_live_expect_result(const struct qdpi_live_attempt *done, int result, const char *remedy);

/** `scheme`, the directory, and `name` in it. */
void qdpi_live_endpoint(const struct qdpi_live_qemu *qemu, const char *scheme, const char *name,
                        char endpoint[QDPI_LIVE_PATH_MAX + 8]);

/** Opening `name` is refused without the deadline being waited for. */
void qdpi_live_refused_at_once(const struct qdpi_live_qemu *qemu, const char *name, int result,
                               const char *remedy);

/** Opening `name` is refused when the deadline is over: it might have become better. */
void qdpi_live_refused_in_the_end(const struct qdpi_live_qemu *qemu, const char *name, int result,
                                  const char *remedy);

#endif  // QDPI_TESTS_SUPPORT_LIVE_QEMU_H_
