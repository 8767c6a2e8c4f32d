// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Guest memory of any length, in chunks.

#include "memory_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "attachment.h"
#include "command.h"
#include "idle.h"
#include "map_snapshot.h"

enum {
    PAGE_BYTES = 4096,
};

void qdpi_require_range(struct argp_state *state, uint64_t gpa, uint64_t length)
{
    if (length == 0) {
        argp_error(state, "a length of 0 is nothing to do: give 1 or more");
    } else if (length - 1 > UINT64_MAX - gpa) {
        argp_error(state,
                   "0x%" PRIx64 " bytes from 0x%" PRIx64
                   " on go past 2^64: give a smaller address or length",
                   length, gpa);
    }
}

static const char *describe(const struct qdpi_memory_range *range)
{
    if (range == NULL) {
        return "nothing stands there";
    }
    if (range->kind == QDPI_MEMORY_ROM) {
        return range->path != NULL ? "ROM stands there" : "ROM without a shared file stands there";
    }
    return "a device stands there";
}

int qdpi_stream_check(struct qdpi_bridge *bridge, uint64_t gpa, uint64_t length, bool writable)
{
    struct qdpi_map_snapshot map;
    const uint64_t last = gpa + (length - 1);
    uint64_t gap = 0;
    int status = qdpi_map_snapshot_take(bridge, &map);
    if (status == QDPI_EXIT_OK && qdpi_map_snapshot_first_gap(&map, gpa, last, writable, &gap)) {
        const struct qdpi_memory_range *const range = qdpi_map_snapshot_find(&map, gap);
        fprintf(stderr,
                "qemu-dpi: %s 0x%" PRIx64 " to 0x%" PRIx64 ": 0x%" PRIx64
                " is not RAM: %s; 'qemu-dpi map' shows where RAM is\n",
                writable ? "writing" : "reading", gpa, last, gap, describe(range));
        status = QDPI_EXIT_ACCESS;
    }
    qdpi_map_snapshot_free(&map);
    return status;
}

// The buffer of a checked stream, or NULL; freed by the caller.
static unsigned char *begin(struct qdpi_bridge *bridge, uint64_t gpa, uint64_t length,
                            bool writable, int *status)
{
    unsigned char *buffer = NULL;
    *status = qdpi_stream_check(bridge, gpa, length, writable);
    if (*status == QDPI_EXIT_OK) {
        // Whole pages: write() and read() then copy page by page.
        buffer = aligned_alloc(PAGE_BYTES, QDPI_STREAM_CHUNK);
        if (buffer == NULL) {
            *status = qdpi_tell_failure(bridge, QDPI_ERR_NO_MEMORY, "making a buffer");
        }
    }
    return buffer;
}

static size_t chunk_size(uint64_t length)
{
    return length < QDPI_STREAM_CHUNK ? (size_t)length : QDPI_STREAM_CHUNK;
}

int qdpi_stream_read(struct qdpi_bridge *bridge, uint64_t gpa, uint64_t length,
                     qdpi_stream_taker take, void *context)
{
    int status = QDPI_EXIT_OK;
    unsigned char *const buffer = begin(bridge, gpa, length, false, &status);
    while (buffer != NULL && status == QDPI_EXIT_OK && length > 0) {
        const size_t size = chunk_size(length);
        const int result = qdpi_mem_read(bridge, gpa, buffer, size);
        status = result == 0 ? take(context, gpa, buffer, size)
                             : qdpi_tell_failure(bridge, result, "reading 0x%" PRIx64, gpa);
        gpa += size;
        length -= size;
        // Whether the guest is lost, the next access tells.
        (void)qdpi_idle_drop_events(bridge);
    }
    free(buffer);
    return status;
}

int qdpi_stream_write(struct qdpi_bridge *bridge, uint64_t gpa, uint64_t length,
                      qdpi_stream_giver give, void *context)
{
    int status = QDPI_EXIT_OK;
    unsigned char *const buffer = begin(bridge, gpa, length, true, &status);
    while (buffer != NULL && status == QDPI_EXIT_OK && length > 0) {
        const size_t size = chunk_size(length);
        status = give(context, gpa, buffer, size);
        if (status == QDPI_EXIT_OK) {
            const int result = qdpi_mem_write(bridge, gpa, buffer, size);
            if (result != 0) {
                status = qdpi_tell_failure(bridge, result, "writing 0x%" PRIx64, gpa);
            }
        }
        gpa += size;
        length -= size;
        (void)qdpi_idle_drop_events(bridge);
    }
    free(buffer);
    return status;
}
