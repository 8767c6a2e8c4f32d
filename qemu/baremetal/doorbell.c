// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The ACPI memory-hotplug registers as a doorbell: the guest selects a memory slot and reports an
// "event" and a "status" about it, which stock QEMU forwards unread, in one QMP event with slot,
// source and status.
#include "doorbell.h"

#include "cpu.h"
#include "io_port.h"
#include "ordering.h"

enum {
    DOORBELL_SLOT_PORT = 0xa00,
    DOORBELL_SOURCE_PORT = 0xa04,
    DOORBELL_STATUS_PORT = 0xa08,
};

static uint32_t taken;

void qdpi_doorbell_ring(uint32_t index, uint64_t value)
{
    // An interrupt handler rings too, and so does another processor; their three writes must not
    // fall between these three.
    uint32_t flags = qdpi_cpu_disable_interrupts();
    while (qdpi_swap_u32(&taken, 1) != 0) {
        qdpi_cpu_relax();
    }
    qdpi_port_write32(DOORBELL_SLOT_PORT, index);
    qdpi_port_write32(DOORBELL_SOURCE_PORT, (uint32_t)value);
    qdpi_port_write32(DOORBELL_STATUS_PORT, (uint32_t)(value >> 32));
    qdpi_store_release_u32(&taken, 0);
    qdpi_cpu_restore_interrupts(flags);
}
