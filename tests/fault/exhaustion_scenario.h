// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A bridge's whole life with a peer that does everything right, in steps; and what is demanded of a
// step in which a call of the library has failed: a documented result with a sentence, a bridge
// that is either lost, and says so, or usable, and the same step passing when nothing fails any
// more.

#ifndef QDPI_TESTS_FAULT_EXHAUSTION_SCENARIO_H_
#define QDPI_TESTS_FAULT_EXHAUSTION_SCENARIO_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fake_guest.h"
#include "fault_injection.h"

/** Longer than any call needs; a run that takes as long has hung. */
#define SCENARIO_PATIENCE_MS 20000U

#define SCENARIO_RESULTS_MAX 4

/** What a run of the scenario is, and what may come of it. */
struct scenario_terms {
    const char *name; /**< of the run, for a failure's message */
    struct fault_plan plan;
    int results[SCENARIO_RESULTS_MAX]; /**< what the step that fails may return, up to a 0; none:
                                            nobody may notice that a call has failed */
    const char *words;                 /**< one of these, separated by '|', is in the sentence */
    bool flood;                        /**< count from a step of its own: more doorbells than
                                            the queue has room for at first */
};

struct scenario {
    struct fake_guest guest;
    unsigned runs;     /**< that this peer has seen */
    char more_ram[96]; /**< a second RAM file */
    const struct scenario_terms *terms;
    const char *step; /**< the one under way */
};

/** How a run went. */
struct scenario_outcome {
    uint64_t injected; /**< calls that have failed */
    bool noticed;      /**< a step has failed */
    bool was_lost;     /**< and the guest with it */
};

/** Set the peer up, and find out that a run in which nothing fails is right. */
void scenario_start(struct scenario *scenario);

void scenario_stop(struct scenario *scenario);

/** One life, from opening to closing. Fails the running test if a demand is not met. */
struct scenario_outcome scenario_run(struct scenario *scenario, const struct scenario_terms *terms);

/** Whether one of the `words`, which '|' separates, is in the sentence. */
bool scenario_says(const char *sentence, const char *words);

/** How many statistics pages this process has in the folder for them. */
size_t scenario_pages(void);

#endif  // QDPI_TESTS_FAULT_EXHAUSTION_SCENARIO_H_
