// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The examination of a command line that is not started.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_examination.h"
#include "doctor_host.h"
#include "doctor_launcher_line.h"
#include "doctor_line_facts.h"
#include "doctor_neighbours.h"

static void judge_host(const struct qdpi_machine_facts *facts,
                       const struct qdpi_line_monitors *monitors, const char *program,
                       struct qdpi_findings *findings)
{
    for (size_t i = 0; i < facts->backend_count; i++) {
        const struct qdpi_backend *backend = &facts->backends[i];
        if (backend->used && strcmp(backend->type, "memory-backend-file") == 0 &&
            backend->path[0] != '\0') {
            qdpi_host_judge_place(backend, findings);
            qdpi_judge_neighbours(backend, 0, findings);
        }
    }
    for (size_t i = 0; i < monitors->count; i++) {
        qdpi_host_judge_socket_place(monitors->list[i].path, findings);
        qdpi_judge_socket_taken(monitors->list[i].path, findings);
    }
    qdpi_host_judge_program(program, findings);
    qdpi_host_judge_kvm(facts->kvm, findings);
}

static void examine(struct qdpi_examination *examination, char *const *words, size_t count)
{
    struct qdpi_findings *findings = &examination->findings;
    struct qdpi_machine_facts *facts = calloc(1, sizeof *facts);
    struct qdpi_line_monitors *monitors = calloc(1, sizeof *monitors);
    struct qdpi_command_line line = {0};
    struct qdpi_error error = {.text = ""};

    if (facts == NULL || monitors == NULL ||
        qdpi_command_line_parse(words, count, &line, &error) != 0) {
        qdpi_findings_add(findings, "bad-line", QDPI_FINDING_MISSING, QDPI_NEED_ALL, NULL, "%s",
                          error.text[0] != '\0' ? error.text : "out of memory");
    } else {
        qdpi_line_facts(&line, NULL, facts);
        qdpi_host_settle_accelerator(facts);
        qdpi_line_monitors(&line, NULL, monitors);
        qdpi_machine_judge(facts, findings);
        qdpi_line_judge_monitors(monitors, findings);
        qdpi_line_judge_rest(&line, findings);
        judge_host(facts, monitors, line.binary, findings);
    }
    qdpi_command_line_release(&line);
    free(monitors);
    free(facts);
}

void qdpi_examine_words(struct qdpi_examination *examination, char *const *words, size_t count)
{
    struct qdpi_launcher_line launcher = {0};
    size_t first = 0;

    // What comes before QEMU starts it in its own way; a QEMU with a name of its own comes first.
    while (first < count && !qdpi_command_line_is_qemu(words[first]) &&
           !qdpi_launcher_line_is(words + first, count - first)) {
        first++;
    }
    first = first < count ? first : 0;
    snprintf(examination->subject, sizeof examination->subject, "command line of %s", words[first]);
    if (!qdpi_launcher_line_is(words + first, count - first)) {
        examine(examination, words + first, count - first);
    } else if (qdpi_launcher_line_expand(words + first, count - first, &launcher) == 0) {
        examine(examination, launcher.words, launcher.count);
    } else {
        qdpi_findings_add(&examination->findings, "bad-line", QDPI_FINDING_MISSING, QDPI_NEED_ALL,
                          NULL, "out of memory");
    }
    qdpi_launcher_line_release(&launcher);
    examination->usable = QDPI_NEED_ALL & ~qdpi_findings_missing(&examination->findings);
}
