// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A QMP server that does what a test tells it: a thread that greets, answers by a table, sends
// events, and misbehaves on demand. Commands are known by a key:
//   "NAME"            a QMP command
//   "hmp:LINE"        a command line of the human monitor
//   "qom-get:PATH PROPERTY"  qom-get of an object
// A key in the table stands for all that begin with it; the longest one that fits counts. All
// functions may be called from any thread. What they wait for, they wait for with a limit of 30 s.

#ifndef QDPI_TESTS_SUPPORT_FAKE_QMP_H_
#define QDPI_TESTS_SUPPORT_FAKE_QMP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_qmp;

enum fake_qmp_manner {
    FAKE_QMP_ANSWER,  /**< send {TEXT, "id": the right one}; TEXT is `"return": ...` */
    FAKE_QMP_SILENT,  /**< send nothing before fake_qmp_release() */
    FAKE_QMP_RAW,     /**< send TEXT as it is */
    FAKE_QMP_HANG_UP, /**< send TEXT as it is and close the connection */
};

/** What a fresh server sends first, and then for `qmp_capabilities`. */
#define FAKE_QMP_GREETING                                                                          \
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}, "              \
    "\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n"

/** A server on a connected socket; `*client_fd` is the other end, which the caller owns. */
struct fake_qmp *fake_qmp_pair(int *client_fd);

/** A server on UNIX socket `path`; it takes one client after the other, one at a time. */
struct fake_qmp *fake_qmp_listen(const char *path);

/** End the thread, close everything, free. NULL is allowed. */
void fake_qmp_stop(struct fake_qmp *fake);

/** Greet clients that come from now on with `text`; NULL: not at all. For fake_qmp_pair(), which
 *  has its client from the start: greet now. */
void fake_qmp_greet(struct fake_qmp *fake, const char *text);

/** Answer commands that begin with `key` in this manner from now on. `text` may be NULL. */
void fake_qmp_set(struct fake_qmp *fake, const char *key, enum fake_qmp_manner manner,
                  const char *text);

/** Answer human monitor or QMP command `key` with a string. */
void fake_qmp_set_string(struct fake_qmp *fake, const char *key, const char *string);

/** Refuse `key` with a QMP error of this description. */
void fake_qmp_set_error(struct fake_qmp *fake, const char *key, const char *description);

/** Send `text` in one piece with, and ahead of, the answer to each `key`. NULL: no longer. */
void fake_qmp_precede(struct fake_qmp *fake, const char *key, const char *text);

/** Answer `"return": {}` to what was kept silent until now, in order, and be silent no longer. */
void fake_qmp_release(struct fake_qmp *fake);

/** From now on, send everything in two pieces, the first `at` bytes long, the second when the
 *  client has read the first. 0: in one piece. */
void fake_qmp_split(struct fake_qmp *fake, size_t at);

/** Send bytes as they are. @return false: there is no client. */
bool fake_qmp_send(struct fake_qmp *fake, const char *bytes, size_t size);

/** Send an event. `data` is JSON or NULL. */
bool fake_qmp_event(struct fake_qmp *fake, const char *name, const char *data);

/** Send `count` doorbells: index 0 to 7 in turn, values `first` and up. */
bool fake_qmp_doorbells(struct fake_qmp *fake, uint64_t first, size_t count);

/** Close the connection to the present client, without having read what it sent last. */
void fake_qmp_hang_up(struct fake_qmp *fake);

/** How many commands that begin with `key` have come, over all connections. */
size_t fake_qmp_count(struct fake_qmp *fake, const char *key);

/** Wait until `count` such commands have come. @return false: they did not. */
bool fake_qmp_await(struct fake_qmp *fake, const char *key, size_t count);

/** Copy the key of the command that came as number `position` (from 0) of those that begin with
 *  `key`. @return false: there is none. */
bool fake_qmp_nth(struct fake_qmp *fake, const char *key, size_t position, char *copy, size_t size);

/** How many clients have been accepted. */
size_t fake_qmp_connections(struct fake_qmp *fake);

/** Wait until there is no client. @return false: there still is one. */
bool fake_qmp_await_gone(struct fake_qmp *fake);

#endif  // QDPI_TESTS_SUPPORT_FAKE_QMP_H_
