// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Opening a path that others may have a hand in. A symbolic link in a folder that others can write
// may be theirs, and lead to any file of this user: it is not followed. Nor can it take the place
// of something else in between: the path is walked, and each step is taken from the folder that was
// looked at.

#ifndef QDPI_GUARDED_PATH_H_
#define QDPI_GUARDED_PATH_H_

#include <limits.h>

/** The link that was not followed, for a sentence; cut where it does not fit. */
struct qdpi_guarded_link {
    char path[512]; /**< "": it was something else */
};

/**
 * Open `path` as open() does. A symbolic link, wherever in the path, is followed only if its folder
 * belongs to this user or to root and nobody else can write it.
 * @param flags  of open(), without O_CREAT.
 * @param link   receives the link that was refused; may be NULL.
 * @return a descriptor (close-on-exec), or -errno; -ELOOP with `link` for what was refused.
 */
int qdpi_guarded_open(const char *path, int flags, struct qdpi_guarded_link *link);

#endif  // QDPI_GUARDED_PATH_H_
