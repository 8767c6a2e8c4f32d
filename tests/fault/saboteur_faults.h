// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the saboteur's process breaks: every message goes through here on its way.

#ifndef QDPI_TESTS_FAULT_SABOTEUR_FAULTS_H_
#define QDPI_TESTS_FAULT_SABOTEUR_FAULTS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qmp_saboteur.h"

struct saboteur_order {
    enum saboteur_fault fault;
    uint64_t amount;
    uint64_t seed;
};

/** One direction, up to the message that is not yet whole. */
struct saboteur_stream {
    int from; /**< -1: there is no connection */
    char *bytes;
    size_t length;
    size_t capacity;
};

struct saboteur_state {
    struct saboteur_stream from_qemu;
    struct saboteur_stream from_library;
    struct saboteur_order order;
    struct saboteur_report report;
    uint64_t random;
    uint64_t last_id;    /**< of the requests that have gone to QEMU */
    uint64_t flooded;    /**< events of the flood so far, or bytes of the greeting */
    uint64_t stalled_to; /**< the moment at which a stall ends */
    bool shut_write;     /**< nothing more can be said to the library */
    bool shut_read;      /**< nor heard from it */
    bool heard_all;      /**< and what came before that has been handed on */
};

void saboteur_close_both(struct saboteur_state *state);

/** An order, which takes effect between two messages. */
void saboteur_obey(struct saboteur_state *state, const struct saboteur_order *order);

/** The fault has been brought about; from here on, messages are forwarded. */
void saboteur_fault_is_done(struct saboteur_state *state);

/** Hand a whole message on, or break it. @return false: the connection is gone. */
bool saboteur_to_library(struct saboteur_state *state, const char *line, size_t length);
bool saboteur_to_qemu(struct saboteur_state *state, const char *line, size_t length);

/** The next part of a flood. */
void saboteur_flood(struct saboteur_state *state);

/** The next byte of a greeting. */
void saboteur_trickle(struct saboteur_state *state);

#endif  // QDPI_TESTS_FAULT_SABOTEUR_FAULTS_H_
