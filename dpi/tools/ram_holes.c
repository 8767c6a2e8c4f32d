// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Holes in RAM files, as the file system tells them.

#include "ram_holes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void qdpi_ram_holes_open(struct qdpi_ram_holes *holes)
{
    *holes = (struct qdpi_ram_holes){.file = -1};
}

void qdpi_ram_holes_close(struct qdpi_ram_holes *holes)
{
    if (holes->file >= 0) {
        close(holes->file);
    }
    qdpi_ram_holes_open(holes);
}

static void open_file(struct qdpi_ram_holes *holes, const char *path)
{
    struct stat status;
    qdpi_ram_holes_close(holes);
    holes->path = path;
    holes->file = open(path, O_RDONLY | O_CLOEXEC);
    if (holes->file >= 0 && fstat(holes->file, &status) == 0) {
        holes->size = (uint64_t)status.st_size;
    }
}

static void ask(struct qdpi_ram_holes *holes, uint64_t offset)
{
    holes->first = offset;
    holes->end = UINT64_MAX;
    holes->hole = false;
    // Where nothing can be known, nothing is said to be a hole.
    if (holes->file < 0 || offset >= holes->size) {
        return;
    }
    const off_t data = lseek(holes->file, (off_t)offset, SEEK_DATA);
    if (data < 0) {
        holes->hole = errno == ENXIO;
        holes->end = holes->hole ? holes->size : UINT64_MAX;
    } else if ((uint64_t)data > offset) {
        holes->hole = true;
        holes->end = (uint64_t)data;
    } else {
        const off_t end = lseek(holes->file, (off_t)offset, SEEK_HOLE);
        holes->end = end > data ? (uint64_t)end : UINT64_MAX;
    }
}

uint64_t qdpi_ram_holes_extent(struct qdpi_ram_holes *holes, const struct qdpi_memory_range *range,
                               uint64_t gpa, uint64_t most, bool *hole)
{
    const uint64_t offset = range->offset + (gpa - range->first);
    // The library hands out one text for one file.
    if (holes->path != range->path) {
        open_file(holes, range->path);
    }
    if (offset < holes->first || offset >= holes->end) {
        ask(holes, offset);
    }
    *hole = holes->hole;
    return most < holes->end - offset ? most : holes->end - offset;
}
