// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// How often a fault is injected, from which seed, and the line that says what came of it.
//   QDPI_FAULT_ROUNDS      rounds of each test; unset: as few as the default suite has time for
//   QDPI_FAULT_ROUNDS_MIN  that, or so many if the suite does fewer
//   QDPI_FAULT_SEED        where the random moments come from; unset: always the same

#ifndef QDPI_TESTS_SUPPORT_FAULT_RUN_H_
#define QDPI_TESTS_SUPPORT_FAULT_RUN_H_

#include <stdint.h>

#include "qdpi_cmocka.h"

/** $QDPI_FAULT_ROUNDS, or else the larger of $QDPI_FAULT_ROUNDS_MIN and `by_default`. What is set
 *  and is no number fails the running test. */
uint64_t qdpi_fault_rounds(uint64_t by_default);

/** $QDPI_FAULT_SEED, or 1. */
uint64_t qdpi_fault_seed(void);

/** The next number of a sequence that `*state` stands for; begin with qdpi_fault_seed(). */
uint64_t qdpi_fault_random(uint64_t *state);

/** One below `limit`, which is not 0. */
uint64_t qdpi_fault_below(uint64_t *state, uint64_t limit);

/**
 * Print "fault: ROW rounds=N losses=N FIGURES", which docs/reliability.md and scripts/soak.sh are
 * made of, and fail the running test if something was lost. `row` is a word with hyphens; `figures`
 * is a format for further words "name=number", or "".
 */
void qdpi_fault_report(const char *row, uint64_t rounds, uint64_t losses, const char *figures, ...)
    __attribute__((format(printf, 4, 5)));

#endif  // QDPI_TESTS_SUPPORT_FAULT_RUN_H_
