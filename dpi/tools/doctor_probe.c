// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether the RAM file is the guest's RAM, and whether a bridge can really attach.

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor_guest.h"
#include "qemu_dpi.h"

enum {
    PLACES_PER_RANGE = 8,
    PLACES_MOST = 96,
    TRIES = 5,
    PLACE_SIZE = 16,
};

/// What came of the comparisons.
struct tally {
    unsigned places;
    unsigned equal;  // and not all zero, which an empty file is too
    unsigned differ;
    uint64_t where;  // one that differs
};

/// What QEMU reads at `gpa`.
static bool ask_bytes(const struct qdpi_interview *interview, uint64_t gpa, uint64_t words[2])
{
    char command[48];
    char *text;
    snprintf(command, sizeof command, "xp /2gx 0x%" PRIx64, gpa);
    if (qdpi_qmp_human(interview->client, command, interview->deadline, &text, NULL) != 0) {
        return false;
    }
    // "0000000000001000: 0x... 0x..."
    char *end = strchr(text, ':');
    bool read = end != NULL;
    for (size_t i = 0; read && i < 2; i++) {
        const char *start = end + (i == 0 ? 1 : 0);
        words[i] = strtoull(start, &end, 16);
        read = end != start;
    }
    free(text);
    return read;
}

/// The guest may write there in between: a place that is equal once is equal.
static void compare(const struct qdpi_interview *interview, uint64_t gpa, int file, uint64_t offset,
                    struct tally *tally)
{
    uint64_t guest[2];
    uint64_t ours[2];
    if (tally->places >= PLACES_MOST) {
        return;
    }
    for (int i = 0; i < TRIES; i++) {
        if (!ask_bytes(interview, gpa, guest) ||
            pread(file, ours, sizeof ours, (off_t)offset) != (ssize_t)sizeof ours) {
            return;
        }
        if (memcmp(guest, ours, sizeof ours) == 0) {
            tally->places++;
            tally->equal += (ours[0] | ours[1]) != 0 ? 1 : 0;
            return;
        }
    }
    tally->places++;
    tally->differ++;
    tally->where = gpa;
}

/// Places all over a range, and beside each the next that the file has anything at.
static void probe_range(const struct qdpi_interview *interview,
                        const struct qdpi_mtree_range *range, int file, struct tally *tally)
{
    const uint64_t size = range->last - range->first + 1;
    for (uint64_t i = 0; i < PLACES_PER_RANGE; i++) {
        const uint64_t at = size / PLACES_PER_RANGE * i & ~(uint64_t)(PLACE_SIZE - 1);
        if (size - at < PLACE_SIZE) {
            continue;
        }
        compare(interview, range->first + at, file, range->offset + at, tally);
        const off_t data = lseek(file, (off_t)(range->offset + at), SEEK_DATA);
        if (data < 0) {
            continue;
        }
        const uint64_t there = (uint64_t)data - range->offset;
        if (there > at && there < size && size - there >= PLACE_SIZE) {
            compare(interview, range->first + there, file, (uint64_t)data, tally);
        }
    }
}

static void judge_tally(const struct qdpi_backend *backend, const struct tally *tally,
                        struct qdpi_findings *findings)
{
    if (tally->differ > tally->equal) {
        struct qdpi_finding *finding = qdpi_findings_add(
            findings, "stale-file", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
            "a simulator would read and write memory that no guest has",
            "%s is not the guest's RAM: %u of %u places differ, for instance GPA 0x%" PRIx64
            "; the file was replaced after QEMU's start",
            backend->path, tally->differ, tally->places, tally->where);
        qdpi_finding_remedy(finding, "start QEMU again, and leave the file where it is");
    } else {
        qdpi_findings_add(findings, "probe", QDPI_FINDING_GOOD, QDPI_NEED_MEMORY, NULL,
                          "%u places of %s are what QEMU reads there%s", tally->places,
                          backend->path,
                          tally->equal == 0 ? ", all zero: the guest has not run yet" : "");
    }
}

void qdpi_guest_probe(const struct qdpi_interview *interview,
                      const struct qdpi_machine_facts *facts, const struct qdpi_mtree_range *view,
                      size_t count, struct qdpi_findings *findings)
{
    for (size_t i = 0; i < facts->backend_count; i++) {
        const struct qdpi_backend *backend = &facts->backends[i];
        struct tally tally = {0};
        const int file =
            backend->used && backend->share ? open(backend->path, O_RDONLY | O_CLOEXEC) : -1;
        if (file < 0) {
            continue;
        }
        for (size_t j = 0; j < count; j++) {
            if (strcmp(view[j].name, backend->id) == 0) {
                probe_range(interview, &view[j], file, &tally);
            }
        }
        close(file);
        judge_tally(backend, &tally, findings);
    }
}

/// The features that the library finds, each that it refuses with its sentence unless there is a
/// finding already.
static unsigned require_features(struct qdpi_bridge *bridge, struct qdpi_findings *findings)
{
    static const struct {
        unsigned feature;
        unsigned need;
    } features[] = {
        {QDPI_FEATURE_DOORBELL, QDPI_NEED_DOORBELL},
        {QDPI_FEATURE_INTERRUPT, QDPI_NEED_INTERRUPT},
        {QDPI_FEATURE_CONTROL, QDPI_NEED_EVENTS},
        {QDPI_FEATURE_ATOMICS, QDPI_NEED_ATOMICS},
    };
    unsigned usable = QDPI_NEED_MEMORY;
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        if (qdpi_require(bridge, features[i].feature) == 0) {
            usable |= features[i].need;
        } else if ((qdpi_findings_missing(findings) & features[i].need) == 0) {
            qdpi_findings_add(findings, "refused", QDPI_FINDING_MISSING, features[i].need, NULL,
                              "%s", qdpi_last_error(bridge));
        } else {
            (void)qdpi_last_error(bridge);
        }
    }
    return usable;
}

unsigned qdpi_guest_attach(const char *endpoint, unsigned timeout_ms,
                           struct qdpi_findings *findings)
{
    struct qdpi_bridge *bridge = NULL;
    unsigned usable = 0;
    if (qdpi_open(endpoint, timeout_ms, &bridge) == 0) {
        qdpi_findings_add(findings, "attached", QDPI_FINDING_GOOD, QDPI_NEED_MEMORY, NULL,
                          "a bridge attaches to %s", endpoint);
        usable = require_features(bridge, findings);
    } else if ((qdpi_findings_missing(findings) & QDPI_NEED_MEMORY) == 0) {
        qdpi_findings_add(findings, "refused", QDPI_FINDING_MISSING, QDPI_NEED_ALL, NULL, "%s",
                          bridge != NULL ? qdpi_last_error(bridge) : "out of memory");
    }
    qdpi_close(bridge);
    return usable & ~qdpi_findings_missing(findings);
}
