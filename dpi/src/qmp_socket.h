// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Getting a connected QMP socket: connect with patience, wait for the greeting, and say why not.

#ifndef QDPI_QMP_SOCKET_H_
#define QDPI_QMP_SOCKET_H_

#include <time.h>

#include "last_error.h"
#include "qmp_reader.h"

/**
 * Connect to the UNIX socket `path`, trying again until `deadline` while nobody listens there.
 * @return a non-blocking descriptor; -ENOENT, -EACCES, -EINVAL, -EIO.
 */
int qdpi_qmp_socket_connect(const char *path, const struct timespec *deadline,
                            struct qdpi_error *error);

/**
 * Wait until `answer_by` for the greeting that starts every QMP connection. Bytes that come behind
 * it stay in `reader`.
 * @return 0; -EBUSY: none came; -EPROTO: something else came; -ENOTCONN: the peer hung up; -ENOMEM.
 */
int qdpi_qmp_socket_await_greeting(int fd, const char *name, const struct timespec *answer_by,
                                   struct qdpi_qmp_reader *reader, struct qdpi_error *error);

#endif  // QDPI_QMP_SOCKET_H_
