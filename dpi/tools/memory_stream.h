// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Guest memory of any length, in chunks.

#ifndef QDPI_TOOLS_MEMORY_STREAM_H_
#define QDPI_TOOLS_MEMORY_STREAM_H_

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qemu_dpi.h"

enum {
    QDPI_STREAM_CHUNK = 1 << 18,  ///< bytes: as much as stays in a core's own cache
};

/// Takes, or gives, the next `size` bytes of a stream. @return QDPI_EXIT_*; not OK ends the stream.
typedef int (*qdpi_stream_taker)(void *context, uint64_t gpa, const unsigned char *data,
                                 size_t size);
typedef int (*qdpi_stream_giver)(void *context, uint64_t gpa, unsigned char *data, size_t size);

/// Calls argp_error() when `length` bytes from `gpa` on are none, or go past 2^64.
void qdpi_require_range(struct argp_state *state, uint64_t gpa, uint64_t length);

/// Whether all `length` bytes can be read, or with `writable` written; when not, the first GPA that
/// cannot is told on standard error. @return QDPI_EXIT_*.
int qdpi_stream_check(struct qdpi_bridge *bridge, uint64_t gpa, uint64_t length, bool writable);

/// Guest memory to `take`, all of it checked first; each chunk but the last has QDPI_STREAM_CHUNK
/// bytes. @return QDPI_EXIT_*; a failed access is told on standard error.
int qdpi_stream_read(struct qdpi_bridge *bridge, uint64_t gpa, uint64_t length,
                     qdpi_stream_taker take, void *context);

/// What `give` gives to guest memory, as above.
int qdpi_stream_write(struct qdpi_bridge *bridge, uint64_t gpa, uint64_t length,
                      qdpi_stream_giver give, void *context);

#endif
