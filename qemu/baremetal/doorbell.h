// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells: posted notifications from the guest to the RTL, each an index and a 64-bit value.
#ifndef QDPI_BAREMETAL_DOORBELL_H
#define QDPI_BAREMETAL_DOORBELL_H

#include <stdint.h>

/// Ring doorbell `index`, below QDPI_TEST_DOORBELL_SLOTS. All memory writes before it are visible
/// to the RTL when it sees the doorbell. May be called with interrupts on or off, and from
/// interrupt handlers.
void qdpi_doorbell_ring(uint32_t index, uint64_t value);

#endif
