// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A process between the library and a real QEMU: it forwards every message of QMP, until it is told
// to break something. It takes one client after the other, and a connection to QEMU for each.

#ifndef QDPI_TESTS_FAULT_QMP_SABOTEUR_H_
#define QDPI_TESTS_FAULT_QMP_SABOTEUR_H_

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum saboteur_fault {
    SABOTEUR_FORWARD,     /**< what was going on ends; nothing is broken */
    SABOTEUR_CLOSE,       /**< both connections are closed, between two messages */
    SABOTEUR_SHUT_WRITE,  /**< the library hears the end, and could still send */
    SABOTEUR_SHUT_READ,   /**< the library can send no longer, and still hears; a flood goes on */
    SABOTEUR_SLOW,        /**< a byte at a time, now and then `amount` microseconds between two */
    SABOTEUR_TRICKLE,     /**< nothing is forwarded; a byte of a greeting that never ends each
                               `amount` milliseconds */
    SABOTEUR_STALL,       /**< nothing to the library for `amount` milliseconds, then all */
    SABOTEUR_FLOOD,       /**< enum saboteur_events `amount`, as fast as can be, between messages */
    SABOTEUR_GARBAGE,     /**< enum saboteur_garbage `amount`, between two messages */
    SABOTEUR_LONG_ANSWER, /**< the next answer is a string of `amount` MiB */
    SABOTEUR_ENDLESS_ANSWER, /**< the next answer is one of `amount` MiB, and has no end */
    SABOTEUR_CROWDED_ANSWER, /**< the next answer has `amount` members */
    SABOTEUR_LONG_REFUSAL,   /**< the next answer is an error that is described in `amount` MiB */
    SABOTEUR_ID,             /**< the next answer has another id: enum saboteur_id `amount` */
    SABOTEUR_DUPLICATE,      /**< the next answer comes twice */
    SABOTEUR_DROP,           /**< the next answer does not come */
    SABOTEUR_CUT_TO_LIBRARY, /**< after `amount` bytes of the next message: closed */
    SABOTEUR_CUT_TO_QEMU,    /**< after `amount` bytes of the next request: closed */
};

/** Events of a flood: what nobody asked for, what empties the library's map, and doorbells that the
 *  guest has not rung (index UINT16_MAX, values 0 and up). */
enum saboteur_events {
    SABOTEUR_UNKNOWN_EVENTS,
    SABOTEUR_MAP_EVENTS,
    SABOTEUR_RESETS,
    SABOTEUR_DOORBELLS,
};

enum saboteur_garbage {
    SABOTEUR_BINARY,
    SABOTEUR_ZEROES,
    SABOTEUR_BROKEN_UTF8,
    SABOTEUR_BROKEN_UTF8_IN_A_STRING,
    SABOTEUR_DEEP_NESTING,
    SABOTEUR_UNENDING_STRING,
    SABOTEUR_HUGE_NUMBER,
    SABOTEUR_NO_OBJECT,
    SABOTEUR_NO_MEANING,
    SABOTEUR_ENCODED_ZERO,
    SABOTEUR_TWICE_THE_KEY,
    SABOTEUR_GARBAGE_COUNT,
};

enum saboteur_id {
    SABOTEUR_ID_PAST,   /**< of a request answered long ago */
    SABOTEUR_ID_FUTURE, /**< of one that was not made */
    SABOTEUR_ID_OTHER,  /**< of another one that waits for its answer */
    SABOTEUR_ID_NEGATIVE,
    SABOTEUR_ID_WIDE,     /**< right but for a bit beyond the 64th */
    SABOTEUR_ID_STRING,   /**< right, but for its type */
    SABOTEUR_ID_FRACTION, /**< right, but for a half */
    SABOTEUR_ID_NONE,
    SABOTEUR_ID_COUNT,
};

struct saboteur;

/** What it has done since the library last connected. */
struct saboteur_report {
    uint64_t events; /**< forwarded whole, or made up, of those that the library delivers */
    uint64_t events_before_fault;
    uint64_t done;   /**< times that a fault was brought about */
    uint64_t cut_of; /**< length of the message that was cut */
    bool connected;
};

/** Start the process. Not while the test has threads. @param listens, qemu  paths of sockets. */
struct saboteur *saboteur_start(const char *listens, const char *qemu);

/** End it. NULL is allowed. */
void saboteur_stop(struct saboteur *saboteur);

/** Break something; returns when the order has been taken. */
void saboteur_order(struct saboteur *saboteur, enum saboteur_fault fault, uint64_t amount);

struct saboteur_report saboteur_report(struct saboteur *saboteur);

/** Wait until `done` is at least this. @return the report. */
struct saboteur_report saboteur_await_done(struct saboteur *saboteur, uint64_t done);

#endif  // QDPI_TESTS_FAULT_QMP_SABOTEUR_H_
