// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A QEMU that runs: what it says over QMP, and whether a bridge can really attach.
//
// The library's own QMP client is used, not only its public calls: those hide which part of a
// set-up that cannot be attached to is right, and have no way to ask QEMU for bytes of its memory.

#ifndef QDPI_TOOLS_DOCTOR_GUEST_H_
#define QDPI_TOOLS_DOCTOR_GUEST_H_

#include <sys/types.h>
#include <time.h>

#include "doctor_machine.h"
#include "mtree.h"
#include "qmp_client.h"

/// What is asked of QEMU, and by when.
struct qdpi_interview {
    struct qdpi_qmp_client *client;
    const struct timespec *deadline;
};

/// Connect to the QMP socket `path`, and judge why not.
/// @return 0, or a negative result, with a finding.
int qdpi_guest_connect(const char *path, unsigned timeout_ms, struct qdpi_qmp_client **client,
                       struct qdpi_findings *findings);

/// Ask for all facts. Judges the version and the state as well.
/// @param view  receives the guest's memory ranges, to free(). @return how many, or negative, with
/// a finding.
int qdpi_guest_ask(const struct qdpi_interview *interview, struct qdpi_machine_facts *facts,
                   struct qdpi_mtree_range **view, struct qdpi_findings *findings);

/// Compare what QEMU reads at places of the guest's memory with what the files have there. Changes
/// nothing.
void qdpi_guest_probe(const struct qdpi_interview *interview,
                      const struct qdpi_machine_facts *facts, const struct qdpi_mtree_range *view,
                      size_t count, struct qdpi_findings *findings);

/// Attach as a simulator does. @return the features that work, QDPI_NEED_*.
unsigned qdpi_guest_attach(const char *endpoint, unsigned timeout_ms,
                           struct qdpi_findings *findings);

#endif
