// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// /proc/PID/maps.

#include "process_maps.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

static const char deleted_mark[] = " (deleted)";

/** One line: "START-END RIGHTS OFFSET MAJOR:MINOR INODE NAME". */
struct mapping {
    dev_t device;
    ino_t inode;
    const char *name;
};

static bool parse_mapping(const char *line, struct mapping *mapping)
{
    char *end;
    unsigned long device_major;
    unsigned long device_minor;

    for (int i = 0; i < 3; i++) {
        line += strcspn(line, " ");
        line += strspn(line, " ");
    }
    device_major = strtoul(line, &end, 16);
    if (end == line || *end != ':')
        return false;
    line = end + 1;
    device_minor = strtoul(line, &end, 16);
    if (end == line || *end != ' ')
        return false;
    line = end + 1;
    mapping->device = makedev((unsigned)device_major, (unsigned)device_minor);
    mapping->inode = (ino_t)strtoull(line, &end, 10);
    mapping->name = strchr(end, '/');
    return end != line && mapping->name != NULL;
}

/** Whether the mapping is of a file that stands, or stood, at `path`. */
static bool is_of(const struct mapping *mapping, const char *path, bool *deleted)
{
    const size_t length = strlen(path);

    if (strncmp(mapping->name, path, length) != 0)
        return false;
    *deleted = strcmp(mapping->name + length, deleted_mark) == 0;
    return *deleted || mapping->name[length] == '\0';
}

static enum qdpi_mapped judge(const struct mapping *mapping, const char *path,
                              const struct stat *now)
{
    bool deleted;
    const bool same_path = is_of(mapping, path, &deleted);

    if (now != NULL && mapping->inode == now->st_ino &&
        (same_path || mapping->device == now->st_dev))
        return QDPI_MAPPED_YES;
    return same_path && deleted ? QDPI_MAPPED_DELETED : QDPI_MAPPED_UNKNOWN;
}

enum qdpi_mapped qdpi_process_maps(pid_t pid, const char *path, const struct stat *now)
{
    enum qdpi_mapped mapped = QDPI_MAPPED_UNKNOWN;
    char maps_path[64];
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    FILE *maps;

    (void)snprintf(maps_path, sizeof maps_path, "/proc/%ld/maps", (long)pid);
    maps = fopen(maps_path, "re");
    if (maps == NULL)
        return QDPI_MAPPED_UNKNOWN;
    while (mapped != QDPI_MAPPED_YES && (length = getline(&line, &size, maps)) > 0) {
        struct mapping mapping;
        enum qdpi_mapped found;

        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        found = parse_mapping(line, &mapping) ? judge(&mapping, path, now) : QDPI_MAPPED_UNKNOWN;
        mapped = found != QDPI_MAPPED_UNKNOWN ? found : mapped;
    }
    // What could not be read to its end may hold the mapping.
    if (mapped == QDPI_MAPPED_DELETED && ferror(maps) != 0)
        mapped = QDPI_MAPPED_UNKNOWN;
    free(line);
    (void)fclose(maps);
    return mapped;
}
