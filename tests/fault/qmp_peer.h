// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A real QEMU behind a saboteur, under load, with the exact counts of what was sent and what came;
// and what is demanded of a round with a fault. What is not so fails the running test, or is
// counted as a loss.

#ifndef QDPI_TESTS_FAULT_QMP_PEER_H_
#define QDPI_TESTS_FAULT_QMP_PEER_H_

#include <stdbool.h>
#include <stdint.h>

#include "live_qemu.h"
#include "qmp_peer_load.h"
#include "qmp_saboteur.h"

#define PEER_ATTACH_MS 20000U
#define PEER_ANSWER_MS 20000U
#define PEER_SLACK_US (QDPI_LIVE_SLACK_MS * INT64_C(1000))
#define PEER_RING_INDEX 37U
#define PEER_RINGS 1000U

struct peer {
    struct qdpi_live *live;
    struct saboteur *saboteur;
    struct qdpi_bridge *bridge;
    struct peer_load load;
    uint64_t random;
    char listens[QDPI_LIVE_PATH_MAX];
    char qemu[QDPI_LIVE_PATH_MAX];
    uint64_t before;     /**< events forwarded before this load */
    uint64_t events;     /**< taken or counted as dropped, of this load */
    uint64_t taken;      /**< of these, doorbells of the guest */
    uint64_t next_value; /**< of the next one */
    uint64_t next_made;  /**< of the next one that the saboteur makes up */
    bool gap;            /**< events were dropped before the next one of the guest */
    bool gap_made;       /**< or before the next one that is made up */
    uint64_t dropped;
    // Figures of the whole row.
    uint64_t losses;
    uint64_t doorbells;
    uint64_t pulses;
    int64_t longest_us;
    long peak_kib;
};

// What a test has.
int peer_setup(void **state);
int peer_teardown(void **state);

/** Start QEMU, its guest and the saboteur, and attach. */
struct peer *peer_begin(void **state);

/** End the row: say what was counted. */
void peer_report_row(const struct peer *peer, const char *row, uint64_t rounds);

/** The guest rings PEER_RINGS times, and the threads begin. */
void peer_start_load(struct peer *peer, bool with_interrupts);

/** Take events until the guest's doorbell before this one has come. */
void peer_take_doorbells(struct peer *peer, uint64_t value);

/** Everything that QEMU has sent by now. */
void peer_take_all(struct peer *peer);

/** In the middle of the load. */
void peer_come_to_the_middle(struct peer *peer, bool with_interrupts);

/** The connection is to be lost: take what came before, compare it with what was forwarded, look at
 *  every promise, and attach again. `words` are in the sentence. */
void peer_expect_loss(struct peer *peer, const char *words);

/** In the middle of the load, bring a fault about that ends the connection. */
void peer_break_in_the_middle(struct peer *peer, enum saboteur_fault fault, uint64_t amount,
                              const char *words);

/** The load goes on to its end in spite of the fault; then everything is there, exactly. */
void peer_expect_survival(struct peer *peer);

/** Make the guest's doorbells, interrupts and memory prove that nothing is left of the fault. */
void peer_expect_exact(struct peer *peer);

/** There must be a QEMU to attach to again, and then everything is exact. */
void peer_attach_again(struct peer *peer);

#endif  // QDPI_TESTS_FAULT_QMP_PEER_H_
