// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the saboteur says in QEMU's name: answers and events that QEMU has not sent, and what is no
// QMP at all.

#ifndef QDPI_TESTS_FAULT_SABOTEUR_FORGERY_H_
#define QDPI_TESTS_FAULT_SABOTEUR_FORGERY_H_

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qmp_saboteur.h"

#define SABOTEUR_EVENTS_AT_A_TIME 256U

/** An answer to `id` that is larger than anything QEMU has to say: of the kind `fault`. */
void saboteur_forge_large_answer(int fd, enum saboteur_fault fault, uint64_t amount, uint64_t id);

/** The answer, to `id`, with another id. @param last_id  of the requests that have gone to QEMU. */
void saboteur_forge_other_id(int fd, const json_t *answer, enum saboteur_id kind, uint64_t id,
                             uint64_t last_id);

/** Events `number` and up of a flood, many in one piece: a library that reads one by one does not
 *  keep up with them. @return false: the peer is gone. */
bool saboteur_forge_events(int fd, enum saboteur_events kind, uint64_t number);

/** A byte of a greeting that never ends. @return false: the peer is gone. */
bool saboteur_forge_byte_of_greeting(int fd, uint64_t number);

/** @param random  as of qdpi_fault_random(). */
void saboteur_forge_garbage(int fd, enum saboteur_garbage kind, uint64_t *random);

#endif  // QDPI_TESTS_FAULT_SABOTEUR_FORGERY_H_
