// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a batch, in words: enough to find the fault and to run the same batch again.
// Each function returns a negative errno.

#ifndef QDPI_USER_DMA_MISMATCH_H_
#define QDPI_USER_DMA_MISMATCH_H_

#include "dma_slot.h"

// The result of job `index` says that it failed.
int qdpi_mismatch_of_status(const struct qdpi_slot *slot, uint32_t index,
                            struct qdpi_explanation *why);

int qdpi_mismatch_of_crc(const struct qdpi_slot *slot, uint32_t index,
                         struct qdpi_explanation *why);

// Memory differs from what is expected after the batch. Where `unknown` is not 0 (NULL: nowhere) it
// may.
int qdpi_mismatch_of_memory(const struct qdpi_slot *slot, const uint8_t *unknown,
                            struct qdpi_explanation *why);

// Memory changed while no batch used the slot.
int qdpi_mismatch_at_rest(const struct qdpi_slot *slot, struct qdpi_explanation *why);

// The name of a result's status.
const char *qdpi_mismatch_status_name(uint32_t status);

#endif
