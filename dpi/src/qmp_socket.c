// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Getting a connected QMP socket: connect with patience, wait for the greeting, and say why not.

#include "qmp_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "deadline.h"

#define RETRY_MS 10
/** The greeting comes right behind what was left over; who takes longer after nonsense is not QEMU.
 */
#define LEFTOVER_MS 500U

/** One attempt. @return a descriptor or -errno of connect(). */
static int try_connect(const struct sockaddr_un *address)
{
    int reason;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
        return fd;
    reason = errno;
    close(fd);
    return -reason;
}

int qdpi_qmp_socket_connect(const char *path, const struct timespec *deadline,
                            struct qdpi_error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        return qdpi_fail(
            error, -EINVAL,
            "connect to QMP socket %s: the path is longer than the %zu characters that "
            "a UNIX socket may have; use a shorter directory",
            path, sizeof address.sun_path - 1);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    for (;;) {
        fd = try_connect(&address);
        // EAGAIN: listening, but its queue of waiting clients is full.
        if (fd >= 0 || (fd != -ENOENT && fd != -ECONNREFUSED && fd != -EAGAIN))
            break;
        if (qdpi_deadline_left_ms(deadline) == 0)
            break;
        poll(NULL, 0, RETRY_MS);
    }
    switch (fd) {
    case -ENOENT:
        return qdpi_fail(error, -ENOENT,
                         "connect to QMP socket %s: there is no such socket; start QEMU with -qmp "
                         "unix:%s,server=on,wait=off, or allow it more time to start",
                         path, path);
    case -ECONNREFUSED:
        return qdpi_fail(
            error, -ENOENT,
            "connect to QMP socket %s: nobody listens there; the QEMU that made it has "
            "ended, or the file is not a socket: start QEMU again",
            path);
    case -EAGAIN:
        return qdpi_fail(
            error, -EBUSY,
            "connect to QMP socket %s: other clients hold and await this monitor; give "
            "QEMU one -qmp socket for each bridge",
            path);
    case -EACCES:
    case -EPERM:
        return qdpi_fail(error, -EACCES,
                         "connect to QMP socket %s: %s; run the simulator as the user who runs "
                         "QEMU",
                         path, strerror(-fd));
    default:
        if (fd < 0)
            return qdpi_fail(error, -EIO, "connect to QMP socket %s: %s", path, strerror(-fd));
        return fd;
    }
}

/** Feed what has arrived. @return bytes read; 0: end of stream; negative: error. */
static int receive(int fd, const char *name, struct qdpi_qmp_reader *reader,
                   struct qdpi_error *error)
{
    char bytes[4096];
    int result;
    ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (count < 0) {
        if (errno == EAGAIN || errno == EINTR)
            return 1;
        return qdpi_fail(error, -ENOTCONN, "read QMP greeting from %s: %s", name, strerror(errno));
    }
    if (count == 0) {
        return qdpi_fail(error, -ENOTCONN,
                         "read QMP greeting from %s: the peer closed the connection; it is not a "
                         "QMP server or QEMU is ending",
                         name);
    }
    result = qdpi_qmp_reader_feed(reader, bytes, (size_t)count, error);
    return result < 0 ? result : 1;
}

/** Wait until `answer_by` for further bytes. @return 1; 0: none came; negative: error. */
static int receive_by(int fd, const char *name, const struct timespec *answer_by,
                      struct qdpi_qmp_reader *reader, struct qdpi_error *error)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN, .revents = 0};
    int left = qdpi_deadline_left_ms(answer_by);

    if (left == 0)
        return 0;
    return poll(&readable, 1, left) > 0 ? receive(fd, name, reader, error) : 1;
}

static int not_a_greeting(int result, const char *name, const struct qdpi_error *reason,
                          struct qdpi_error *error)
{
    return qdpi_fail(error, result, "read QMP greeting from %s: %s; is it a -qmp socket?", name,
                     reason->text);
}

/**
 * Wait for the first message of this connection. What the monitor had not yet sent to its last
 * client comes before it: the rest of a message that was cut, then whole events.
 * @return 1: `message` is it; 0: nothing came; negative: error.
 */
static int first_message(int fd, const char *name, const struct timespec *answer_by,
                         struct qdpi_qmp_reader *reader, json_t **message, struct qdpi_error *error)
{
    struct qdpi_error found = {.text = ""};
    struct timespec deadline = *answer_by;
    bool line_skipped = false;
    int result;

    for (;;) {
        *message = NULL;
        result = qdpi_qmp_reader_next(reader, message, &found);
        if (result == 0) {
            result = receive_by(fd, name, &deadline, reader, error);
            if (result == 1)
                continue;
            // Silence behind something that was no greeting: that is what is wrong.
            return result == 0 && line_skipped ? not_a_greeting(-EPROTO, name, &found, error)
                                               : result;
        }
        if (result == 1 && json_object_get(*message, "QMP") != NULL)
            return 1;
        if (result == 1 && json_object_get(*message, "event") != NULL) {
            json_decref(*message);
            continue;
        }
        if (result == 1)
            result = qdpi_fail(&found, -EPROTO, "the peer sent JSON, but not the greeting of QMP");
        json_decref(*message);
        if (result == -ENOMEM || line_skipped)
            return not_a_greeting(result, name, &found, error);
        line_skipped = true;
        if (qdpi_deadline_left_ms(&deadline) > (int)LEFTOVER_MS)
            deadline = qdpi_deadline_in(LEFTOVER_MS);
        while (qdpi_qmp_reader_skip_line(reader) == 0) {
            // Whatever ends the wait, what was found first is what is wrong.
            if (receive_by(fd, name, &deadline, reader, NULL) != 1)
                return not_a_greeting(-EPROTO, name, &found, error);
        }
    }
}

int qdpi_qmp_socket_await_greeting(int fd, const char *name, const struct timespec *answer_by,
                                   struct qdpi_qmp_reader *reader, struct qdpi_error *error)
{
    json_t *message;
    int result = first_message(fd, name, answer_by, reader, &message, error);

    if (result == 0) {
        return qdpi_fail(error, -EBUSY,
                         "connected to %s, but no QMP greeting came: another client holds this "
                         "monitor (QEMU serves one at a time on each -qmp socket), or QEMU "
                         "hangs; end the other client or give QEMU one more -qmp socket",
                         name);
    }
    if (result < 0)
        return result;
    json_decref(message);
    return 0;
}
