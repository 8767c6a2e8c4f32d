// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the doctor has found: a list of findings, each with the reason and the remedy.

#include "doctor_findings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    unsigned feature;
    const char *name;
} need_names[] = {
    {QDPI_NEED_MEMORY, "memory"},        {QDPI_NEED_DOORBELL, "doorbells"},
    {QDPI_NEED_INTERRUPT, "interrupts"}, {QDPI_NEED_EVENTS, "events"},
    {QDPI_NEED_ATOMICS, "atomics"},
};

enum { NEED_COUNT = sizeof need_names / sizeof need_names[0] };

struct qdpi_finding *qdpi_findings_add(struct qdpi_findings *findings, const char *id,
                                       enum qdpi_severity severity, unsigned features,
                                       const char *why, const char *found_format, ...)
{
    // When there is no more room, the last one is overwritten.
    const size_t at = findings->count < QDPI_FINDINGS_MAX ? findings->count : QDPI_FINDINGS_MAX - 1;
    struct qdpi_finding *finding = &findings->items[at];
    // Must not be lost with the finding that told it.
    const unsigned overwritten =
        findings->count > at && finding->severity == QDPI_FINDING_MISSING ? finding->features : 0;

    findings->count = at + 1;
    finding->id = id;
    finding->severity = overwritten != 0 ? QDPI_FINDING_MISSING : severity;
    finding->features = features | overwritten;
    finding->why = why;
    finding->remedy[0] = '\0';
    va_list arguments;
    va_start(arguments, found_format);
    vsnprintf(finding->found, sizeof finding->found, found_format, arguments);
    va_end(arguments);
    return finding;
}

void qdpi_finding_remedy(struct qdpi_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->remedy, sizeof finding->remedy, format, arguments);
    va_end(arguments);
}

bool qdpi_findings_have(const struct qdpi_findings *findings, const char *id)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->items[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

unsigned qdpi_findings_missing(const struct qdpi_findings *findings)
{
    unsigned missing = 0;
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].severity == QDPI_FINDING_MISSING) {
            missing |= findings->items[i].features;
        }
    }
    return missing;
}

void qdpi_need_names(unsigned features, char names[QDPI_NEED_NAMES_MAX])
{
    size_t length = 0;
    snprintf(names, QDPI_NEED_NAMES_MAX, "nothing");
    for (size_t i = 0; i < NEED_COUNT; i++) {
        if ((features & need_names[i].feature) != 0) {
            length += (size_t)snprintf(names + length, QDPI_NEED_NAMES_MAX - length, "%s%s",
                                       length > 0 ? ", " : "", need_names[i].name);
        }
    }
}

unsigned qdpi_need_by_name(const char *name, size_t length)
{
    for (size_t i = 0; i < NEED_COUNT; i++) {
        const size_t full = strlen(need_names[i].name);
        const bool singular = need_names[i].name[full - 1] == 's' && length == full - 1;
        if ((length == full || singular) && strncmp(name, need_names[i].name, length) == 0) {
            return need_names[i].feature;
        }
    }
    return 0;
}

const char *qdpi_need_name(unsigned feature)
{
    for (size_t i = 0; i < NEED_COUNT; i++) {
        if (need_names[i].feature == feature) {
            return need_names[i].name;
        }
    }
    return "";
}

const char *qdpi_severity_name(enum qdpi_severity severity)
{
    static const char *const names[] = {
        [QDPI_FINDING_GOOD] = "ok",
        [QDPI_FINDING_NOTE] = "note",
        [QDPI_FINDING_HAZARD] = "hazard",
        [QDPI_FINDING_MISSING] = "missing",
    };
    return names[severity];
}

const char *qdpi_size_text(uint64_t size, char text[QDPI_SIZE_TEXT_MAX])
{
    static const char *const suffixes[] = {"", "K", "M", "G"};
    uint64_t number = size;
    size_t shift = 0;
    while (shift < sizeof suffixes / sizeof suffixes[0] - 1 && number != 0 && number % 1024 == 0) {
        number /= 1024;
        shift++;
    }
    snprintf(text, QDPI_SIZE_TEXT_MAX, "%" PRIu64 "%s", number, suffixes[shift]);
    return text;
}
