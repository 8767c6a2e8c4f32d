// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Survive the loss of a mapped file. Touching a page of a file that has been truncated, or that a
// full file system cannot give a block, raises SIGBUS and ends the process. For registered ranges,
// the page is replaced by one of zeros, the access goes on, and a flag says that the range is lost.
//
// The handler is the one thing in the library that belongs to the process as a whole: it is
// installed with the first range and taken away with the last. A SIGBUS about anything else goes to
// the handler that was there before, as if this one did not exist. Who installs a handler on top of
// this one has to pass on what it does not know; this one then stays below it for good. Where
// somebody has set the signal back to its default, the next range brings the handler back.

#ifndef QDPI_SIGBUS_GUARD_H_
#define QDPI_SIGBUS_GUARD_H_

#include <stddef.h>

/** How many ranges a process can register: every RAM file of every open bridge is one, and so is
 * its statistics page. File descriptors run out first: a bridge has four, and 1024 is their usual
 *  limit. */
#define QDPI_SIGBUS_GUARD_RANGES_MAX 1024

/**
 * Guard a mapping. Callable from any thread.
 * @param start  where it begins; a multiple of the page size.
 * @param lost   set to 1 before the first replaced page can be read; read it after an access, with
 *               qdpi_load_acquire_int(): 0 means that what was accessed is the file. It must live
 *               until the range is removed.
 * @return 0; -EINVAL: not aligned, empty, or it overlaps a range that is registered; -ENOSPC: there
 *         are QDPI_SIGBUS_GUARD_RANGES_MAX; or what sigaction() said.
 */
int qdpi_sigbus_guard_add(void *start, size_t size, int *lost);

/**
 * Stop guarding the range that was registered with this `start`; others are ignored. Before
 * munmap(), and only when no thread accesses the range any more.
 */
void qdpi_sigbus_guard_remove(const void *start);

#endif  // QDPI_SIGBUS_GUARD_H_
