// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A second client of QEMU's monitor, besides the library under test: QEMU sends each its own copy
// of every event, so it can be counted what the library should have got. What goes wrong here fails
// the running test.

#ifndef QDPI_TESTS_FAULT_MONITOR_TAP_H_
#define QDPI_TESTS_FAULT_MONITOR_TAP_H_

#include "live_qemu.h"

#define QDPI_TAP_LINE_MAX 65536

struct qdpi_tap {
    int fd; /**< -1: closed */
    size_t used;
    uint64_t answers; /**< to what was sent */
    uint64_t refusals;
    uint64_t doorbells;
    uint64_t stops;
    uint64_t resumes;
    uint64_t resets;
    char bytes[QDPI_TAP_LINE_MAX];
};

/** Connect to tools.sock, until the greeting is over. */
void qdpi_tap_open(struct qdpi_tap *tap, const struct qdpi_live_qemu *qemu);

/** Send a command without arguments; the answer is counted when it is read. */
void qdpi_tap_send(struct qdpi_tap *tap, const char *command);

/** Wait for at most so long, and count what has come. */
void qdpi_tap_read(struct qdpi_tap *tap, unsigned timeout_ms);

/** Allowed on one that is closed. */
void qdpi_tap_close(struct qdpi_tap *tap);

#endif  // QDPI_TESTS_FAULT_MONITOR_TAP_H_
