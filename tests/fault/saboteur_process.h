// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The saboteur's process: its connections, and its loop.

#ifndef QDPI_TESTS_FAULT_SABOTEUR_PROCESS_H_
#define QDPI_TESTS_FAULT_SABOTEUR_PROCESS_H_

#include <stdbool.h>

#include "saboteur_faults.h"

/** What the test says over the control connection; the answer is a struct saboteur_report. */
struct saboteur_request {
    bool is_question; /**< no order: how things stand */
    struct saboteur_order order;
};

/** Be the saboteur, until the test's end of `control` is closed. @param qemu  path of a socket. */
_Noreturn void saboteur_process_run(int control, int listener, const char *qemu);

#endif  // QDPI_TESTS_FAULT_SABOTEUR_PROCESS_H_
