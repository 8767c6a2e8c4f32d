// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One examination: an endpoint, a process or a command line, looked at from all sides.

#ifndef QDPI_TOOLS_DOCTOR_EXAMINATION_H_
#define QDPI_TOOLS_DOCTOR_EXAMINATION_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "doctor_findings.h"

enum { QDPI_SUBJECT_MAX = 4200 };

/// All zero before it begins.
struct qdpi_examination {
    char subject[QDPI_SUBJECT_MAX];   ///< for people
    char endpoint[QDPI_SUBJECT_MAX];  ///< what a simulator would be given; "": unknown
    pid_t pid;                        ///< QEMU's; 0: unknown, or does not run
    bool running;                     ///< false: a command line
    unsigned usable;                  ///< QDPI_NEED_* that work, or would
    struct qdpi_findings findings;
};

/// @param endpoint  as for qdpi_open(), or the path of a socket.
void qdpi_examine_endpoint(struct qdpi_examination *examination, const char *endpoint,
                           unsigned timeout_ms);

void qdpi_examine_process(struct qdpi_examination *examination, pid_t pid, unsigned timeout_ms);

/// The command line of QEMU or of the launcher, perhaps behind `timeout 5`, `env A=B` and the like.
void qdpi_examine_words(struct qdpi_examination *examination, char *const *words, size_t count);

#endif
