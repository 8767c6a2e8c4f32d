// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What another process has mapped, as /proc shows it.

#ifndef QDPI_PROCESS_MAPS_H_
#define QDPI_PROCESS_MAPS_H_

#include <sys/stat.h>
#include <sys/types.h>

/** Whether a process has mapped a file. */
enum qdpi_mapped {
    QDPI_MAPPED_UNKNOWN, /**< /proc does not say, or not this way */
    QDPI_MAPPED_YES,
    QDPI_MAPPED_DELETED, /**< it has mapped one that stood at the path before */
};

/**
 * Whether `pid` has mapped the file at `path`. QDPI_MAPPED_DELETED is certain: the process shows a
 * mapping of `path` that has been deleted, and none of what stands there now. On some file systems
 * (overlayfs, Btrfs) /proc shows a device number that no stat() does: there the inode decides.
 * @param now  what stands at `path`; NULL: nothing.
 */
enum qdpi_mapped qdpi_process_maps(pid_t pid, const char *path, const struct stat *now);

#endif  // QDPI_PROCESS_MAPS_H_
