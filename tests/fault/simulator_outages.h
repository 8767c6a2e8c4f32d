// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Simulators that are killed, one after the other, while one guest works, and what must be so each
// time. What is not fails the running test.

#ifndef QDPI_TESTS_FAULT_SIMULATOR_OUTAGES_H_
#define QDPI_TESTS_FAULT_SIMULATOR_OUTAGES_H_

#include "live_qemu.h"
#include "simulation.h"

/** When a simulator is killed. */
enum qdpi_outage_moment {
    QDPI_OUTAGE_BUSY,   /**< after the guest has got something done with it */
    QDPI_OUTAGE_EARLY,  /**< before it is attached, or just then */
    QDPI_OUTAGE_RANDOM, /**< at any time in between, and a while longer */
};

struct qdpi_outages {
    struct qdpi_live_qemu *qemu;
    const char *socket;         /**< where it attaches, in QEMU's directory; NULL: bridge.sock */
    const char *model;          /**< the simulator */
    const char *const *options; /**< its plusargs, up to a NULL */
    const char *progress;       /**< what it prints when the guest has got something done */
    const char *failure;        /**< what the guest prints when it fails */
    unsigned random_ms;         /**< QDPI_OUTAGE_RANDOM: the longest life */
    unsigned gap_ms; /**< the longest time without a simulator; 0: the next comes at once */
    uint64_t random; /**< as of qdpi_fault_random() */
    // The rest is counted here.
    struct qdpi_simulation simulation;
    uint64_t kills;
    uint64_t while_attaching; /**< of them, before the guest can have noticed */
    pid_t *pids;              /**< of all simulators */
    size_t pid_count;
    long early_kib; /**< QEMU's anonymous memory after a quarter of the rounds */
    long late_kib;  /**< and now */
};

/** Start a simulator, and wait for no more. */
void qdpi_outages_start(struct qdpi_outages *outages);

/** Start a simulator, kill it at that moment, and see that it has found nothing wrong until then
 *  and that the guest lives on, also for a while without one. */
void qdpi_outages_kill_one(struct qdpi_outages *outages, enum qdpi_outage_moment moment);

/** The same `rounds` times; each fourth BUSY, each fourth EARLY. */
void qdpi_outages_kill_many(struct qdpi_outages *outages, uint64_t rounds);

/** QEMU and its guest run, answer, and have reported no failure. */
void qdpi_outages_check_guest(struct qdpi_outages *outages);

/** How much is left of the simulators. */
uint64_t qdpi_outages_count_left(const struct qdpi_outages *outages);

/** The last line of the guest's console with `text`, to be freed. There must be one. */
char *qdpi_outages_console_line(const struct qdpi_outages *outages, const char *text);

/** Kill the simulator if one runs, and forget all. For teardowns. */
void qdpi_outages_end(struct qdpi_outages *outages);

#endif  // QDPI_TESTS_FAULT_SIMULATOR_OUTAGES_H_
