// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Interrupts: RTL to guest, through the ISA line registers of pc-testdev and inject-nmi. Posted.

#ifndef QDPI_INTERRUPT_H_
#define QDPI_INTERRUPT_H_

#include <stdbool.h>

#include "counters.h"
#include "last_error.h"
#include "qmp_client.h"

#define QDPI_INTERRUPT_LINES 16U

/** Tags of posted requests that belong to this module. */
enum {
    QDPI_TAG_INTERRUPT = 1,      /**< the request is an interrupt call, or the last part of one */
    QDPI_TAG_INTERRUPT_PART = 2, /**< further parts of the same call follow */
};

struct qdpi_interrupts {
    struct qdpi_counters *counters;
    int failed; /**< atomic: QEMU has refused one since the last fence */
    int pulsed; /**< atomic: bit n: line n has been since attaching, so it is low in between */
    bool part_failed; /**< I/O thread: an earlier part of the call under way was refused */
};

enum qdpi_interrupt_action {
    QDPI_INTERRUPT_SET,
    QDPI_INTERRUPT_CLEAR,
    QDPI_INTERRUPT_PULSE,
    QDPI_INTERRUPT_NMI,
};

void qdpi_interrupts_init(struct qdpi_interrupts *interrupts, struct qdpi_counters *counters);

/** A guest is about to be attached. */
void qdpi_interrupts_reset(struct qdpi_interrupts *interrupts);

/** Post `action` on `line` (not looked at for NMI). @return 0; -EINVAL: no such line; else as
 *  qdpi_qmp_post_all(). */
int qdpi_interrupt_post(struct qdpi_interrupts *interrupts, struct qdpi_qmp_client *client,
                        enum qdpi_interrupt_action action, unsigned line, struct qdpi_error *error);

/** A posted request with one of the tags above has ended. I/O thread. */
void qdpi_interrupt_done(struct qdpi_interrupts *interrupts, unsigned tag, int result);

/** Wait until all have been carried out. */
int qdpi_interrupt_fence(struct qdpi_interrupts *interrupts, struct qdpi_qmp_client *client,
                         unsigned timeout_ms, struct qdpi_error *error);

#endif  // QDPI_INTERRUPT_H_
