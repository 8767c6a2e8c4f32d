// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Sends all of something, for those who play the other side of a QMP socket.

#ifndef QDPI_TESTS_SUPPORT_SEND_ALL_H_
#define QDPI_TESTS_SUPPORT_SEND_ALL_H_

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/** Send all of it, whatever the pieces. @return false: the peer is gone. */
static inline bool send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t count = send(fd, bytes, size, MSG_NOSIGNAL);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes += count;
        size -= (size_t)count;
    }
    return true;
}

#endif  // QDPI_TESTS_SUPPORT_SEND_ALL_H_
