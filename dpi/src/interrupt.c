// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Interrupts: RTL to guest, through the ISA line registers of pc-testdev and inject-nmi.

#include "interrupt.h"

#include <errno.h>
#include <stdio.h>

#include "deadline.h"
#include "shm_atomic.h"

/** pc-testdev drives ISA line n by a byte written to this port + n (QEMU: hw/misc/pc-testdev.c). */
#define IRQ_LINE_PORT 0x2000U

void qdpi_interrupts_init(struct qdpi_interrupts *interrupts, struct qdpi_counters *counters)
{
    interrupts->counters = counters;
    interrupts->failed = 0;
    interrupts->part_failed = false;
    pthread_mutex_init(&interrupts->posting, NULL);
}

void qdpi_interrupts_destroy(struct qdpi_interrupts *interrupts)
{
    pthread_mutex_destroy(&interrupts->posting);
}

static int check_line(unsigned line, struct qdpi_error *error)
{
    if (line < QDPI_INTERRUPT_LINES)
        return 0;
    return qdpi_fail(error, -EINVAL,
                     "interrupt line %u: there are lines 0 to %u; 3, 6 and 7 are free and "
                     "edge-triggered in a guest without other devices",
                     line, QDPI_INTERRUPT_LINES - 1);
}

static int post_level(struct qdpi_qmp_client *client, unsigned line, unsigned level, unsigned tag)
{
    char command[QDPI_QMP_COMMAND_MAX];

    (void)snprintf(command, sizeof command, "o /b 0x%x %u", IRQ_LINE_PORT + line, level);
    return qdpi_qmp_post(client, command, true, tag, true);
}

static int post_action(struct qdpi_qmp_client *client, enum qdpi_interrupt_action action,
                       unsigned line)
{
    int result;

    switch (action) {
    case QDPI_INTERRUPT_SET:
        return post_level(client, line, 1, QDPI_TAG_INTERRUPT);
    case QDPI_INTERRUPT_CLEAR:
        return post_level(client, line, 0, QDPI_TAG_INTERRUPT);
    case QDPI_INTERRUPT_PULSE:
        result = post_level(client, line, 1, QDPI_TAG_INTERRUPT_PART);
        return result != 0 ? result : post_level(client, line, 0, QDPI_TAG_INTERRUPT);
    case QDPI_INTERRUPT_NMI:
    default:
        return qdpi_qmp_post(client, "inject-nmi", false, QDPI_TAG_INTERRUPT, true);
    }
}

int qdpi_interrupt_post(struct qdpi_interrupts *interrupts, struct qdpi_qmp_client *client,
                        enum qdpi_interrupt_action action, unsigned line, struct qdpi_error *error)
{
    int result = action == QDPI_INTERRUPT_NMI ? 0 : check_line(line, error);

    if (result != 0)
        return result;
    pthread_mutex_lock(&interrupts->posting);
    result = post_action(client, action, line);
    pthread_mutex_unlock(&interrupts->posting);
    if (result != 0) {
        return qdpi_fail(error, result,
                         "post an interrupt: the connection to QEMU has ended, or memory is short; "
                         "attach again when the guest runs");
    }
    qdpi_count(interrupts->counters, QDPI_COUNTER_INTERRUPTS_POSTED);
    return 0;
}

void qdpi_interrupt_done(struct qdpi_interrupts *interrupts, unsigned tag, int result)
{
    // A lost connection is no refusal: a fence that was satisfied just before it must not say EIO,
    // and all calls after it say that the guest is lost.
    if (result != 0 && result != -ENOTCONN)
        qdpi_store_release_int(&interrupts->failed, 1);
    if (tag == QDPI_TAG_INTERRUPT_PART) {
        interrupts->part_failed = interrupts->part_failed || result != 0;
        return;
    }
    qdpi_count(interrupts->counters, result != 0 || interrupts->part_failed
                                         ? QDPI_COUNTER_INTERRUPTS_FAILED
                                         : QDPI_COUNTER_INTERRUPTS_TAKEN);
    interrupts->part_failed = false;
}

int qdpi_interrupt_fence(struct qdpi_interrupts *interrupts, struct qdpi_qmp_client *client,
                         unsigned timeout_ms, struct qdpi_error *error)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);
    int result = qdpi_qmp_drain(client, &deadline, error);

    if (result == 0 && qdpi_exchange_int(&interrupts->failed, 0) != 0) {
        result =
            qdpi_fail(error, -EIO,
                      "fence: QEMU refused an interrupt call since the last fence; its sentence "
                      "was recorded when that happened");
    }
    return result;
}
