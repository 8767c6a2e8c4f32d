// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the doctor says in the end.

#include "doctor_report.h"

#include <stdio.h>
#include <string.h>

#include "command.h"

int qdpi_report_status(const struct qdpi_examination *examination, unsigned needs)
{
    if ((examination->usable & QDPI_NEED_MEMORY) == 0) {
        return QDPI_EXIT_ATTACH;
    }
    return (needs & ~examination->usable) == 0 ? QDPI_EXIT_OK : QDPI_EXIT_NO;
}

static void print_finding(const struct qdpi_finding *finding)
{
    printf("  %-8s ", qdpi_severity_name(finding->severity));
    if (finding->severity == QDPI_FINDING_MISSING) {
        char names[QDPI_NEED_NAMES_MAX];
        qdpi_need_names(finding->features, names);
        printf("%s: ", finding->features == QDPI_NEED_ALL ? "everything" : names);
    }
    printf("%s\n", finding->found);
    if (finding->why != NULL) {
        printf("           why: %s\n", finding->why);
    }
    if (finding->remedy[0] != '\0') {
        printf("           %s: %s\n", finding->remedy[0] == '-' ? "use" : "do", finding->remedy);
    }
}

static void print_verdict(const struct qdpi_examination *examination, unsigned needs)
{
    const unsigned usable = examination->usable;
    char missing[QDPI_NEED_NAMES_MAX];
    char works[QDPI_NEED_NAMES_MAX];
    qdpi_need_names(needs & ~usable, missing);
    qdpi_need_names(qdpi_report_status(examination, needs) == QDPI_EXIT_OK ? needs : usable, works);
    switch (qdpi_report_status(examination, needs)) {
    case QDPI_EXIT_ATTACH:
        printf("not ready: a simulator cannot attach%s\n",
               examination->running ? " now" : " to what this starts");
        break;
    case QDPI_EXIT_NO:
        printf("%s for %s%s: %s missing\n", examination->running ? "ready" : "in order", works,
               (usable & ~(unsigned)QDPI_NEED_MEMORY) == 0 ? " only" : "", missing);
        break;
    default:
        if (!examination->running) {
            printf("in order: a simulator could attach when this runs, for %s\n", works);
        } else if (needs == QDPI_NEED_ALL) {
            printf("ready\n");
        } else {
            printf("ready for %s\n", works);
        }
    }
}

void qdpi_report_print(const struct qdpi_examination *examination, unsigned needs)
{
    printf("%s", examination->subject);
    if (examination->endpoint[0] != '\0' &&
        strcmp(examination->endpoint, examination->subject) != 0) {
        printf(", %s", examination->endpoint);
    }
    if (examination->pid != 0 && strncmp(examination->subject, "process ", 8) != 0) {
        printf(", process %d", (int)examination->pid);
    }
    printf("\n");
    // What is wrong comes last, where it is seen.
    for (int severity = QDPI_FINDING_GOOD; severity <= QDPI_FINDING_MISSING; severity++) {
        for (size_t i = 0; i < examination->findings.count; i++) {
            if ((int)examination->findings.items[i].severity == severity) {
                print_finding(&examination->findings.items[i]);
            }
        }
    }
    print_verdict(examination, needs);
}

static json_t *json_features(unsigned features)
{
    json_t *list = json_array();
    for (unsigned bit = 1; bit <= (unsigned)QDPI_NEED_ATOMICS; bit <<= 1) {
        if ((features & bit) != 0) {
            json_array_append_new(list, json_string(qdpi_need_name(bit)));
        }
    }
    return list;
}

static json_t *json_text(const char *text)
{
    return text != NULL && text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *json_findings(const struct qdpi_findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const struct qdpi_finding *finding = &findings->items[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "id", finding->id, "severity",
                            qdpi_severity_name(finding->severity), "features",
                            json_features(finding->features), "found", json_text(finding->found),
                            "why", json_text(finding->why), "remedy", json_text(finding->remedy)));
    }
    return list;
}

json_t *qdpi_report_json(const struct qdpi_examination *examination, unsigned needs)
{
    const bool good = qdpi_report_status(examination, needs) == QDPI_EXIT_OK;
    return json_pack(
        "{s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o}", "subject", json_text(examination->subject),
        "endpoint", json_text(examination->endpoint), "pid",
        examination->pid != 0 ? json_integer(examination->pid) : json_null(), "running",
        (int)examination->running, "ready", (int)(good && examination->running), "usable",
        json_features(examination->usable), "missing", json_features(needs & ~examination->usable),
        "findings", json_findings(&examination->findings));
}
