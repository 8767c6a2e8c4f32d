// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the doctor has found: a list of findings, each with the reason and the remedy. Pure.

#ifndef QDPI_TOOLS_DOCTOR_FINDINGS_H_
#define QDPI_TOOLS_DOCTOR_FINDINGS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a testbench may need of a guest: bits.
enum qdpi_need {
    QDPI_NEED_MEMORY = 1,
    QDPI_NEED_DOORBELL = 2,
    QDPI_NEED_INTERRUPT = 4,
    QDPI_NEED_EVENTS = 8,
    QDPI_NEED_ATOMICS = 16,
    QDPI_NEED_ALL = 31,
};

enum qdpi_severity {
    QDPI_FINDING_GOOD,
    QDPI_FINDING_NOTE,
    QDPI_FINDING_HAZARD,   ///< works now; will fail in a way that is hard to understand
    QDPI_FINDING_MISSING,  ///< the finding's features do not work
};

enum {
    QDPI_FINDINGS_MAX = 64,
    QDPI_FINDING_TEXT_MAX = 1024,
};

struct qdpi_finding {
    const char *id;  ///< stable, for programs
    enum qdpi_severity severity;
    unsigned features;                   ///< QDPI_NEED_* that it is about
    const char *why;                     ///< why it matters; NULL: plain
    char found[QDPI_FINDING_TEXT_MAX];   ///< what is so
    char remedy[QDPI_FINDING_TEXT_MAX];  ///< what to do: options to paste; "": nothing
};

/// All zero: none yet.
struct qdpi_findings {
    size_t count;
    struct qdpi_finding items[QDPI_FINDINGS_MAX];
};

/// Add a finding. What does not fit is cut, and findings beyond the room are dropped: the first
/// ones are the causes. `id` and `why` are kept, not copied.
/// @return the finding, to give a remedy to. Never NULL.
struct qdpi_finding *qdpi_findings_add(struct qdpi_findings *findings, const char *id,
                                       enum qdpi_severity severity, unsigned features,
                                       const char *why, const char *found_format, ...)
    __attribute__((format(printf, 6, 7)));

void qdpi_finding_remedy(struct qdpi_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

bool qdpi_findings_have(const struct qdpi_findings *findings, const char *id);

/// The features that do not work.
unsigned qdpi_findings_missing(const struct qdpi_findings *findings);

/// "memory, doorbells", or "nothing".
enum { QDPI_NEED_NAMES_MAX = 64 };
void qdpi_need_names(unsigned features, char names[QDPI_NEED_NAMES_MAX]);

/// One feature's name in the singular or plural -> its bit; 0: there is none of that name.
unsigned qdpi_need_by_name(const char *name, size_t length);

/// The name of a single bit.
const char *qdpi_need_name(unsigned feature);

const char *qdpi_severity_name(enum qdpi_severity severity);

/// A size as QEMU takes it: "512M", "5G", or bytes.
enum { QDPI_SIZE_TEXT_MAX = 24 };
const char *qdpi_size_text(uint64_t size, char text[QDPI_SIZE_TEXT_MAX]);

#endif
