/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Memory that the engine may be told of.
 */

#ifndef QDPI_DMA_MEMORY_H
#define QDPI_DMA_MEMORY_H

#include <linux/list.h>
#include <linux/types.h>

struct qdpi_engine;

/**
 * struct qdpi_memory - one coherent piece of memory
 * @list: in &qdpi_engine.kept
 * @start: its first byte
 * @address: bus address of that
 * @bytes: length
 */
struct qdpi_memory {
	struct list_head list;
	void *start;
	dma_addr_t address;
	size_t bytes;
};

struct qdpi_memory *qdpi_memory_allocate(struct qdpi_engine *engine, size_t bytes);
void qdpi_memory_free(struct qdpi_engine *engine, struct qdpi_memory *memory, bool in_use);
void qdpi_memory_free_kept(struct qdpi_engine *engine);

#endif
