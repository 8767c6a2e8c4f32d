/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The DMA engine's registers and identification blocks.
 */

#ifndef QDPI_DMA_HARDWARE_H
#define QDPI_DMA_HARDWARE_H

#include "dma_engine.h"

/**
 * struct qdpi_identity - an identification block, in the CPU's byte order
 * @magic: QDPI_DMA_IDENT_MAGIC
 * @version: QDPI_DMA_LAYOUT_VERSION
 * @data_bytes: width of the engine's data bus
 * @status: QDPI_DMA_STATUS_*
 * @head: completions written
 * @interrupts: interrupts raised
 */
struct qdpi_identity {
	u32 magic;
	u32 version;
	u32 data_bytes;
	u32 status;
	u32 head;
	u32 interrupts;
};

void qdpi_hardware_ring(const struct qdpi_engine *engine, u32 reg, u64 value);
int qdpi_hardware_identify(struct qdpi_engine *engine, unsigned int timeout_ms,
			   struct qdpi_identity *answer);
int qdpi_hardware_find(struct qdpi_engine *engine, unsigned int timeout_ms,
		       struct qdpi_identity *answer);
bool qdpi_hardware_interrupts_taken(struct qdpi_engine *engine, u32 raised,
				    unsigned int timeout_ms);
void qdpi_hardware_count_lost(struct qdpi_engine *engine, u32 raised);
int qdpi_hardware_quiesce(struct qdpi_engine *engine, struct qdpi_identity *last);
int qdpi_hardware_reset(struct qdpi_engine *engine);
void qdpi_hardware_coalesce(const struct qdpi_engine *engine);
void qdpi_hardware_set_up(struct qdpi_engine *engine);

#endif
