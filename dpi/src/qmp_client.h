// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One QMP connection: socket, I/O thread, request ids, events, deadlines.
//
// Requests of all threads go into one queue and to QEMU in that order, which is also the order in
// which QEMU carries them out; urgent ones go before the others. A request is awaited
// (qdpi_qmp_execute, qdpi_qmp_ask) or posted (qdpi_qmp_post_all, qdpi_qmp_post).
// The I/O thread alone reads from the socket. It calls back with events and with the end of the
// connection; a callback must not call back into the client but for qdpi_qmp_post.

#ifndef QDPI_QMP_CLIENT_H_
#define QDPI_QMP_CLIENT_H_

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "last_error.h"

/** Posted requests that may wait unsent; a caller that posts more waits for room. */
#define QDPI_QMP_POSTED_MAX 65536U
/** A caller that waits for room gives up when QEMU has taken none of them for so long. */
#define QDPI_QMP_STALL_MS 5000U
/** Longest posted command line, its end included. */
#define QDPI_QMP_COMMAND_MAX 48

struct qdpi_qmp_client;

struct qdpi_qmp_callbacks {
    void *context;
    /** The text of a message, before it is parsed, not terminated. @return true: it is an event,
     *  and has been dealt with; false: go on. May be NULL. */
    bool (*text)(void *context, struct qdpi_qmp_client *client, const char *text, size_t count);
    /** An asynchronous event. `data` may be NULL and is borrowed. */
    void (*event)(void *context, struct qdpi_qmp_client *client, const char *name,
                  const json_t *data);
    /** A posted request of interest `tag` ended: 0, or a negative result with a sentence. */
    void (*posted)(void *context, unsigned tag, int result, const char *sentence);
    /** The connection ended without having been closed here. Called once, last. */
    void (*lost)(void *context, const char *sentence);
};

/**
 * Connect to the UNIX socket `path`, waiting for it to appear until `deadline`, and negotiate.
 * @param answer_by  when the peer must have greeted; not before `deadline`.
 * @return 0; -ENOENT, -EACCES, -EBUSY, -EPROTO, -ETIMEDOUT, -ENOMEM, -EIO, each with its sentence.
 */
int qdpi_qmp_connect(const char *path, const struct timespec *deadline,
                     const struct timespec *answer_by, const struct qdpi_qmp_callbacks *callbacks,
                     struct qdpi_qmp_client **client, struct qdpi_error *error);

/** As qdpi_qmp_connect, over an already connected stream socket, which it takes over in any case.
 */
int qdpi_qmp_adopt(int fd, const char *name, const struct timespec *answer_by,
                   const struct qdpi_qmp_callbacks *callbacks, struct qdpi_qmp_client **client,
                   struct qdpi_error *error);

/** End the I/O thread, close the socket, free. NULL is allowed. Posted requests that are still
 * queued end with -ENOTCONN, by callbacks of this thread; none comes afterwards. */
void qdpi_qmp_close(struct qdpi_qmp_client *client);

/**
 * Execute `command` and wait for the answer until `deadline`.
 * @param command    no character in it that JSON would escape.
 * @param arguments  a JSON object or NULL; the reference is taken over.
 * @param answer     receives what the command returns, to json_decref(); may be NULL.
 * @return 0; -EIO: QEMU answered with an error, quoted in the sentence; -ETIMEDOUT: no answer (it
 * is dropped if it comes later, and a command that was not even sent never will be); -ENOTCONN;
 * -ENOMEM.
 */
int qdpi_qmp_execute(struct qdpi_qmp_client *client, const char *command, json_t *arguments,
                     const struct timespec *deadline, json_t **answer, struct qdpi_error *error);

/** The same for a question, which is urgent: what has been posted may take QEMU minutes. */
int qdpi_qmp_ask(struct qdpi_qmp_client *client, const char *command, json_t *arguments,
                 const struct timespec *deadline, json_t **answer, struct qdpi_error *error);

/** Ask by a command line of the human monitor and wait for its output, to free(). Results as above.
 */
int qdpi_qmp_human(struct qdpi_qmp_client *client, const char *command_line,
                   const struct timespec *deadline, char **output, struct qdpi_error *error);

/** Something to post. */
struct qdpi_posting {
    /** A QMP command without arguments, or with `human` a command line of the human monitor, for
     *  which any output counts as a refusal. No character in it that JSON would escape. */
    char command[QDPI_QMP_COMMAND_MAX];
    bool human;
    bool urgent;
    unsigned tag; /**< handed to the `posted` callback */
};

/**
 * Post `count` commands, all urgent or none; all or none are queued, and no others get between
 * them. Returns at once unless QDPI_QMP_POSTED_MAX wait already and it `may_wait` for room: a
 * callback may not, as it would wait for itself. However slow QEMU is, the caller waits as long as
 * it takes any of them.
 * @return 0; -ENOTCONN; -ENOMEM; -ETIMEDOUT: for QDPI_QMP_STALL_MS it has taken none.
 */
int qdpi_qmp_post_all(struct qdpi_qmp_client *client, const struct qdpi_posting *postings,
                      size_t count, bool may_wait, struct qdpi_error *error);

/** Post one urgent QMP command, without waiting for room. @return 0; -ENOTCONN; -ENOMEM. */
int qdpi_qmp_post(struct qdpi_qmp_client *client, const char *command, unsigned tag);

/** Wait until every request made before has been answered. @return 0; -ETIMEDOUT; -ENOTCONN. */
int qdpi_qmp_drain(struct qdpi_qmp_client *client, const struct timespec *deadline,
                   struct qdpi_error *error);

#endif  // QDPI_QMP_CLIENT_H_
