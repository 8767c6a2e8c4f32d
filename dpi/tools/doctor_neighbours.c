// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Other QEMUs of this user that are in the way.

#include "doctor_neighbours.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "doctor_line_facts.h"
#include "doctor_processes.h"
#include "process_maps.h"

/// Whether the guest of the process has RAM in the file `about`.
static bool has_ram_in(const struct qdpi_process *process, const struct stat *about)
{
    struct qdpi_machine_facts *facts = calloc(1, sizeof *facts);
    struct qdpi_command_line line = {0};
    bool has = false;
    if (facts != NULL &&
        qdpi_command_line_parse(process->words, process->count, &line, NULL) == 0) {
        qdpi_line_facts(&line, process->directory, facts);
        for (size_t i = 0; i < facts->backend_count; i++) {
            struct stat other;
            has = has || (facts->backends[i].used && facts->backends[i].path[0] != '\0' &&
                          stat(facts->backends[i].path, &other) == 0 &&
                          other.st_ino == about->st_ino && other.st_dev == about->st_dev);
        }
    }
    qdpi_command_line_release(&line);
    free(facts);
    return has;
}

void qdpi_judge_neighbours(const struct qdpi_backend *backend, pid_t pid,
                           struct qdpi_findings *findings)
{
    pid_t found[QDPI_PROCESSES_MAX];
    struct stat about;
    const int count =
        stat(backend->path, &about) == 0 && S_ISREG(about.st_mode) ? qdpi_processes_find(found) : 0;
    for (int i = 0; i < count; i++) {
        struct qdpi_process process;
        if (found[i] == pid) {
            continue;
        }
        if (qdpi_process_read(found[i], &process) == 0 && has_ram_in(&process, &about) &&
            qdpi_process_maps(found[i], backend->path, &about) != QDPI_MAPPED_DELETED) {
            char size[QDPI_SIZE_TEXT_MAX];
            struct qdpi_finding *finding = qdpi_findings_add(
                findings, "file-shared", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
                "two guests in one file destroy each other",
                "QEMU process %d has its guest's RAM in %s too", (int)found[i], backend->path);
            qdpi_finding_remedy(finding,
                                "-object memory-backend-file,id=%s,size=%s,mem-path=%s.2,share=on",
                                backend->id, qdpi_size_text(backend->size, size), backend->path);
        }
        qdpi_process_release(&process);
    }
}

void qdpi_judge_socket_taken(const char *path, struct qdpi_findings *findings)
{
    const struct qdpi_socket_use use = qdpi_socket_use(path);
    char name[QDPI_PROCESS_NAME_MAX];
    if (use.listener == 0) {
        return;
    }
    qdpi_process_name(use.listener, name);
    struct qdpi_finding *finding =
        qdpi_findings_add(findings, "socket-taken", QDPI_FINDING_HAZARD, QDPI_NEED_EVENTS,
                          "QEMU takes the path for itself, and nobody finds the other one any more",
                          "process %d (%s) listens at %s already", (int)use.listener, name, path);
    qdpi_finding_remedy(finding, "-qmp unix:%s.2,server=on,wait=off", path);
}
