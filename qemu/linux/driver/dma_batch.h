/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Batches of jobs from user space.
 */

#ifndef QDPI_DMA_BATCH_H
#define QDPI_DMA_BATCH_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

struct qdpi_dma_submit;
struct qdpi_dma_wait;
struct qdpi_engine;

/**
 * struct qdpi_batches - the batches of one open file
 * @engine: the engine
 * @lock: protects all that follows, also inside the batches
 * @list: batches that were not taken yet
 * @job_count: jobs in @list
 * @last_number: of the latest batch
 * @complete_count: batches in @list that are complete
 * @abandoned: a job has ended without anybody knowing how far it got
 * @wait: woken when a batch is complete
 */
struct qdpi_batches {
	struct qdpi_engine *engine;
	spinlock_t lock;	/* protects all that follows */
	struct list_head list;
	unsigned int job_count;
	u32 last_number;
	unsigned int complete_count;
	bool abandoned;
	wait_queue_head_t wait;
};

void qdpi_batches_init(struct qdpi_batches *batches, struct qdpi_engine *engine);
int qdpi_batches_submit(struct qdpi_batches *batches, struct qdpi_dma_submit __user *user,
			u64 buffer_address, size_t buffer_bytes);
int qdpi_batches_wait(struct qdpi_batches *batches, const struct qdpi_dma_wait *wait);
bool qdpi_batches_any_complete(struct qdpi_batches *batches);
bool qdpi_batches_drain(struct qdpi_batches *batches);

#endif
