// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Memory that the engine may be told of. An engine that was lost may only stand still, with its
 * simulator, and write to it when it goes on: then nobody else gets it before a reset.
 */

#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "dma_engine.h"
#include "dma_memory.h"

static void qdpi_memory_release(struct qdpi_engine *engine, struct qdpi_memory *memory)
{
	dma_free_coherent(engine->dev, memory->bytes, memory->start, memory->address);
	kfree(memory);
}

/**
 * qdpi_memory_allocate - get coherent memory, zeroed
 * @engine: the engine
 * @bytes: how much
 *
 * Return: the memory, or NULL.
 */
struct qdpi_memory *qdpi_memory_allocate(struct qdpi_engine *engine, size_t bytes)
{
	struct qdpi_memory *memory = kzalloc(sizeof(*memory), GFP_KERNEL);

	if (!memory)
		return NULL;
	memory->bytes = bytes;
	memory->start = dma_alloc_coherent(engine->dev, bytes, &memory->address,
					   GFP_KERNEL | __GFP_NOWARN);
	if (memory->start)
		return memory;
	kfree(memory);
	return NULL;
}

/**
 * qdpi_memory_free - give memory back, or keep it while the engine may write to it
 * @engine: the engine
 * @memory: the memory, or NULL
 * @in_use: the engine was told of it, and has not said that it is done with it
 */
void qdpi_memory_free(struct qdpi_engine *engine, struct qdpi_memory *memory, bool in_use)
{
	bool keep;

	if (!memory)
		return;
	spin_lock_irq(&engine->lock);
	keep = in_use && engine->at_large;
	if (keep) {
		list_add(&memory->list, &engine->kept);
		engine->kept_bytes += memory->bytes;
	}
	spin_unlock_irq(&engine->lock);
	if (!keep)
		qdpi_memory_release(engine, memory);
}

/**
 * qdpi_memory_free_kept - give back what was kept
 * @engine: the engine, found again and reset
 */
void qdpi_memory_free_kept(struct qdpi_engine *engine)
{
	struct qdpi_memory *memory, *next;
	LIST_HEAD(kept);

	spin_lock_irq(&engine->lock);
	engine->at_large = false;
	list_splice_init(&engine->kept, &kept);
	engine->kept_bytes = 0;
	spin_unlock_irq(&engine->lock);
	list_for_each_entry_safe(memory, next, &kept, list)
		qdpi_memory_release(engine, memory);
}
