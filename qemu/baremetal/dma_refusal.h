// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs that the engine must refuse, each with its own completion status and without a change to
// memory.
#ifndef QDPI_BAREMETAL_DMA_REFUSAL_H
#define QDPI_BAREMETAL_DMA_REFUSAL_H

#include <stdint.h>

#include "dma_job.h"

/// How many there are; with `windows` also those that only the windows of a port refuse.
uint32_t qdpi_dma_refusal_count(bool windows);

/// Make refusal number `number`.
void qdpi_dma_refusal_make(struct qdpi_dma_job *job, uint32_t number, struct qdpi_random *random,
                           struct qdpi_dma_totals *totals);

/// A checksum of the firmware ROM that the refused jobs aim at.
uint32_t qdpi_dma_refusal_rom_crc32c(void);

#endif
