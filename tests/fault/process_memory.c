// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// How much memory a process has that no file backs.

#include "process_memory.h"

#include <stdio.h>
#include <unistd.h>

#include "qdpi_cmocka.h"

long qdpi_memory_anonymous_kib(pid_t pid)
{
    char path[64];
    char line[256];
    long kib = -1;
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%ld/status", pid == 0 ? (long)getpid() : (long)pid);
    file = fopen(path, "re");
    assert_non_null(file);
    while (kib < 0 && fgets(line, sizeof line, file) != NULL)
        (void)sscanf(line, "RssAnon: %ld", &kib);
    (void)fclose(file);
    assert_true(kib >= 0);
    return kib;
}

struct qdpi_memory qdpi_memory_of(pid_t pid)
{
    return (struct qdpi_memory){.pid = pid, .before = qdpi_memory_anonymous_kib(pid)};
}

void qdpi_memory_look(struct qdpi_memory *memory, uint64_t done, uint64_t all)
{
    const long now = qdpi_memory_anonymous_kib(memory->pid);

    if (now > memory->most)
        memory->most = now;
    if (done <= all / 4 && now > memory->most_early)
        memory->most_early = now;
    if (done >= all - all / 4 && now > memory->most_late)
        memory->most_late = now;
}

long qdpi_memory_growth(const struct qdpi_memory *memory)
{
    return memory->most > memory->before ? memory->most - memory->before : 0;
}
