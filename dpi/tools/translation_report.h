// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said of one translated address, for people and for programs.

#ifndef QDPI_TOOLS_TRANSLATION_REPORT_H_
#define QDPI_TOOLS_TRANSLATION_REPORT_H_

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "qemu_dpi.h"

enum qdpi_verification {
    QDPI_NOT_VERIFIED,
    QDPI_QEMU_AGREES,
    QDPI_QEMU_DIFFERS,
    QDPI_NOT_COMPARABLE,  ///< a reserved bit is set, which QEMU's own walk may not look at
};

struct qdpi_translation_report {
    uint64_t gva;
    int result;            ///< of qdpi_translate()
    const char *sentence;  ///< why it failed
    struct qdpi_translation translation;
    const struct qdpi_memory_range *range;  ///< what stands at the GPA; NULL: nothing
    bool has_host;
    uint64_t host;  ///< in QEMU's process
    enum qdpi_verification verification;
    bool qemu_has_gpa;
    uint64_t qemu_gpa;
};

/// Lines of text on standard output; with `steps` one for each entry of the page tables.
void qdpi_translation_report_print(const struct qdpi_translation_report *report, bool steps);

/// @return a new reference, NULL without memory.
json_t *qdpi_translation_report_json(const struct qdpi_translation_report *report);

#endif
