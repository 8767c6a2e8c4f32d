// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose guest it is: a RAM file or a QMP socket of another user's is refused unless the endpoint
// asks for it.

#ifndef QDPI_OWNERSHIP_H_
#define QDPI_OWNERSHIP_H_

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "last_error.h"

/**
 * Open a file that must be this user's. Symbolic links in folders that others can write are not
 * followed.
 * @param action     "open RAM file": for the sentence.
 * @param any_owner  the user has asked for a file of somebody else's.
 * @param status     receives what fstat() says.
 * @return a descriptor; -EACCES, with a sentence; another -errno of open(), without one.
 */
int qdpi_ownership_open(const char *action, const char *path, int flags, bool any_owner,
                        struct stat *status, struct qdpi_error *error);

/**
 * Check who listens at the other end of the UNIX socket `fd`, which is connected to `path`.
 * @param peer  receives the process that listened; 0: it is in another container, or is this one.
 * @return 0, -EACCES or -EIO, with a sentence.
 */
int qdpi_ownership_check_peer(int fd, const char *path, bool any_owner, pid_t *peer,
                              struct qdpi_error *error);

#endif  // QDPI_OWNERSHIP_H_
