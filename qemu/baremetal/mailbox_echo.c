// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest's half of a measurement: it answers at once, in memory or by doorbell, as the host
// asks.
#include "cpu.h"
#include "doorbell.h"
#include "mailbox.h"
#include "ordering.h"
#include "test_layout.h"

uint32_t qdpi_mailbox_echo(const uint64_t *arguments, uint64_t *results)
{
    // Pages behind the mailbox, which the guest does not use.
    uint32_t *const flag = (uint32_t *)QDPI_MAILBOX_ECHO_FLAG;
    uint32_t *const ack = (uint32_t *)QDPI_MAILBOX_ECHO_ACK;
    uint32_t seen = 0;
    (void)results;
    if (arguments[0] >= QDPI_TEST_DOORBELL_SLOTS) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    for (;;) {
        uint32_t asked = qdpi_load_acquire_u32(flag);
        if (asked == seen) {
            continue;
        }
        seen = asked;
        switch (asked % QDPI_MAILBOX_ECHO_KINDS) {
        case QDPI_MAILBOX_ECHO_MEMORY:
            qdpi_store_release_u32(ack, asked);
            break;
        case QDPI_MAILBOX_ECHO_DOORBELL:
            qdpi_doorbell_ring((uint32_t)arguments[0], asked);
            // As a driver does that waits for its device; and where there are two cores, the host's
            // threads have one of them.
            qdpi_cpu_wait_for_interrupt();
            break;
        case QDPI_MAILBOX_ECHO_DOORBELL_AWAKE:
            qdpi_doorbell_ring((uint32_t)arguments[0], asked);
            break;
        default:
            return QDPI_MAILBOX_STATUS_OK;
        }
    }
}
