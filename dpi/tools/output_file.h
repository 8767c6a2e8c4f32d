// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A file or standard output that a subcommand writes: whole, or not there.

#ifndef QDPI_TOOLS_OUTPUT_FILE_H_
#define QDPI_TOOLS_OUTPUT_FILE_H_

#include <signal.h>
#include <stddef.h>

/// A regular file is written beside its place and put there when it is whole: neither an error nor
/// SIGINT, SIGTERM or SIGHUP leaves half of one, and one that was there before stays. Those signals
/// wait for the next write. Standard output, devices and pipes are written as they are.
struct qdpi_output_file {
    int fd;             ///< -1: closed
    const char *name;   ///< as the user gave it, for messages
    char *place;        ///< where the file is to be; NULL: written as it is
    char *temporary;    ///< where it is written
    sigset_t deferred;  ///< signals that wait
};

/// @param path  NULL or "-": standard output. Must live as long as `output`.
/// @return QDPI_EXIT_OK or QDPI_EXIT_FILE, told on standard error; as the next two.
int qdpi_output_open(struct qdpi_output_file *output, const char *path);

int qdpi_output_write(struct qdpi_output_file *output, const void *data, size_t size);

/// Put the file in its place when `status` is QDPI_EXIT_OK, else remove what was written.
/// @return `status`, or QDPI_EXIT_FILE where the file could not be finished.
int qdpi_output_close(struct qdpi_output_file *output, int status);

#endif
