// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The DMA engine's registers and identification blocks.
 *
 * Registers can only be written. The engine's state comes in identification blocks, which it
 * writes to memory on request; all functions here that wait for one sleep, and only one of them may
 * run at a time.
 */

#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "dma_hardware.h"
#include "qdpi_doorbell.h"

/* An answer may take so long; then it is asked for again, in another place. */
#define QDPI_HARDWARE_AGAIN_MS 100

/* So many of the latest requests may be answered. */
#define QDPI_HARDWARE_PATIENCE 64

/* After a soft reset an interrupt from before it may still be on its way. */
#define QDPI_HARDWARE_SETTLE_MS 50

/* How long interrupts may be on their way when the engine has come to rest. */
#define QDPI_HARDWARE_LAST_INTERRUPT_MS 1000

/**
 * qdpi_hardware_ring - write a register
 * @engine: the engine
 * @reg: QDPI_DMA_REG_*
 * @value: what to write
 *
 * Context: any.
 */
void qdpi_hardware_ring(const struct qdpi_engine *engine, u32 reg, u64 value)
{
	qdpi_doorbell_ring(engine->config.base + reg, value);
}

static void qdpi_hardware_ask(struct qdpi_engine *engine)
{
	u32 place = engine->block_count++ % QDPI_ENGINE_BLOCKS;

	memset(&engine->blocks[place], 0, sizeof(engine->blocks[place]));
	dma_wmb();
	qdpi_hardware_ring(engine, QDPI_DMA_REG_IDENT_ADDR,
			   engine->blocks_address + place * sizeof(engine->blocks[place]));
}

/* Look for an answer to the requests from number @first on, the latest first. */
static bool qdpi_hardware_answered(struct qdpi_engine *engine, u32 first,
				   struct qdpi_identity *answer)
{
	u32 count = min_t(u32, engine->block_count - first, QDPI_HARDWARE_PATIENCE);
	const struct qdpi_identification *block;
	u32 back;

	for (back = 1; back <= count; back++) {
		block = &engine->blocks[(engine->block_count - back) % QDPI_ENGINE_BLOCKS];
		if (!READ_ONCE(block->sequence))
			continue;
		/* The engine writes the sequence last: once it is there, so is the rest. */
		dma_rmb();
		answer->magic = le32_to_cpu(block->magic);
		answer->version = le32_to_cpu(block->version);
		answer->data_bytes = le32_to_cpu(block->data_bytes);
		answer->status = le32_to_cpu(block->status);
		answer->head = le32_to_cpu(block->head);
		answer->interrupts = le32_to_cpu(block->interrupts);
		return true;
	}
	return false;
}

static int qdpi_hardware_await(struct qdpi_engine *engine, unsigned int timeout_ms, bool find,
			       struct qdpi_identity *answer)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);
	u32 first = engine->block_count;
	unsigned long again;

	do {
		/* The testbench of an engine that was just attached has no windows open. */
		if (find)
			qdpi_windows_load(engine);
		qdpi_hardware_ask(engine);
		again = jiffies + msecs_to_jiffies(QDPI_HARDWARE_AGAIN_MS);
		do {
			if (qdpi_hardware_answered(engine, first, answer))
				return 0;
			usleep_range(200, 1000);
		} while (time_before(jiffies, again) && time_before(jiffies, deadline));
	} while (time_before(jiffies, deadline));
	return qdpi_hardware_answered(engine, first, answer) ? 0 : -ETIMEDOUT;
}

/**
 * qdpi_hardware_identify - ask the engine for its state
 * @engine: the engine
 * @timeout_ms: how long an answer may take; it waits for the end of the descriptor in progress
 * @answer: the state, of some time after this call
 *
 * Return: 0 or -ETIMEDOUT.
 */
int qdpi_hardware_identify(struct qdpi_engine *engine, unsigned int timeout_ms,
			   struct qdpi_identity *answer)
{
	return qdpi_hardware_await(engine, timeout_ms, false, answer);
}

/**
 * qdpi_hardware_find - see whether there is an engine that this driver can use
 * @engine: the engine, with nothing in flight
 * @timeout_ms: how long to try
 * @answer: its state
 *
 * Return: 0; -ETIMEDOUT: nobody answers; -EPROTO: something else answers, which was logged.
 */
int qdpi_hardware_find(struct qdpi_engine *engine, unsigned int timeout_ms,
		       struct qdpi_identity *answer)
{
	int err = qdpi_hardware_await(engine, timeout_ms, true, answer);

	if (err)
		return err;
	if (answer->magic != QDPI_DMA_IDENT_MAGIC) {
		dev_err_ratelimited(engine->dev,
				    "what answers at doorbell %u is no DMA engine: magic 0x%08x, expected 0x%08x\n",
				    engine->config.base, answer->magic, QDPI_DMA_IDENT_MAGIC);
		return -EPROTO;
	}
	if (answer->version != QDPI_DMA_LAYOUT_VERSION) {
		dev_err_ratelimited(engine->dev,
				    "the DMA engine has layout version %u and this driver %u: build both from one source\n",
				    answer->version, QDPI_DMA_LAYOUT_VERSION);
		return -EPROTO;
	}
	return 0;
}

static s32 qdpi_hardware_missing(struct qdpi_engine *engine, u32 raised)
{
	u64 lost, before;

	spin_lock_irq(&engine->lock);
	lost = engine->counts.lost_interrupts;
	before = engine->interrupts_before;
	spin_unlock_irq(&engine->lock);
	return raised - (u32)(atomic64_read(&engine->interrupts) + lost - before);
}

/**
 * qdpi_hardware_interrupts_taken - wait until interrupts have arrived
 * @engine: the engine
 * @raised: how many it has raised since its last reset
 * @timeout_ms: how long to wait
 *
 * Return: whether all of them were taken, or are known to be lost.
 */
bool qdpi_hardware_interrupts_taken(struct qdpi_engine *engine, u32 raised, unsigned int timeout_ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);

	while (qdpi_hardware_missing(engine, raised) > 0) {
		if (time_after(jiffies, deadline))
			return false;
		usleep_range(200, 1000);
	}
	return true;
}

/**
 * qdpi_hardware_count_lost - the interrupts that are still missing will not come
 * @engine: the engine
 * @raised: how many it has raised since its last reset
 */
void qdpi_hardware_count_lost(struct qdpi_engine *engine, u32 raised)
{
	s32 missing = qdpi_hardware_missing(engine, raised);

	if (missing <= 0)
		return;
	spin_lock_irq(&engine->lock);
	engine->counts.lost_interrupts += missing;
	spin_unlock_irq(&engine->lock);
	dev_warn_ratelimited(engine->dev, "interrupts lost on line %u: %d\n",
			     engine->config.line, missing);
}

/**
 * qdpi_hardware_quiesce - stop the engine and wait until it has come to rest
 * @engine: the engine
 * @last: its last state
 *
 * Afterwards it writes no more completions, raises no more interrupts, and those it has raised
 * were taken. The handler does not acknowledge any more.
 *
 * Return: 0, or -ETIMEDOUT: it does not answer, or does not come to rest.
 */
int qdpi_hardware_quiesce(struct qdpi_engine *engine, struct qdpi_identity *last)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(engine->config.timeout_ms);
	int err;

	WRITE_ONCE(engine->acknowledging, false);
	synchronize_irq(engine->config.line);
	qdpi_hardware_ring(engine, QDPI_DMA_REG_CONTROL, 0);
	for (;;) {
		err = qdpi_hardware_identify(engine, engine->config.timeout_ms, last);
		if (err)
			return err;
		if (!(last->status & QDPI_DMA_STATUS_BUSY))
			break;
		if (time_after(jiffies, deadline))
			return -ETIMEDOUT;
		usleep_range(1000, 2000);
	}
	/*
	 * Completions that have no interrupt yet would still get one. With all of them acknowledged
	 * the count of the next block is the last.
	 */
	qdpi_hardware_ring(engine, QDPI_DMA_REG_INTERRUPT_ACK, last->head);
	err = qdpi_hardware_identify(engine, engine->config.timeout_ms, last);
	if (err)
		return err;
	if (!qdpi_hardware_interrupts_taken(engine, last->interrupts,
					    QDPI_HARDWARE_LAST_INTERRUPT_MS))
		qdpi_hardware_count_lost(engine, last->interrupts);
	return 0;
}

/**
 * qdpi_hardware_reset - soft reset
 * @engine: the engine; a descriptor in progress ends with the bursts that are on the bus
 *
 * Return: 0; -ETIMEDOUT: no answer; -EIO: it is not as it should be after a reset; that was logged.
 */
int qdpi_hardware_reset(struct qdpi_engine *engine)
{
	struct qdpi_identity answer;
	int err;

	WRITE_ONCE(engine->acknowledging, false);
	qdpi_hardware_ring(engine, QDPI_DMA_REG_CONTROL, QDPI_DMA_CONTROL_SOFT_RESET);
	/* Register writes wait while the reset lasts, so this is answered after it. */
	err = qdpi_hardware_identify(engine, engine->config.timeout_ms, &answer);
	if (err)
		return err;
	if (answer.head || answer.interrupts || (answer.status & QDPI_DMA_STATUS_HALTED)) {
		dev_err(engine->dev,
			"after a soft reset: head %u, interrupts %u, status 0x%x, expected 0, 0, not halted\n",
			answer.head, answer.interrupts, answer.status);
		return -EIO;
	}
	msleep(QDPI_HARDWARE_SETTLE_MS);
	synchronize_irq(engine->config.line);
	spin_lock_irq(&engine->lock);
	engine->interrupts_before = atomic64_read(&engine->interrupts) +
				    engine->counts.lost_interrupts;
	spin_unlock_irq(&engine->lock);
	return 0;
}

/**
 * qdpi_hardware_coalesce - say how many completions are worth an interrupt
 * @engine: the engine
 */
void qdpi_hardware_coalesce(const struct qdpi_engine *engine)
{
	qdpi_hardware_ring(engine, QDPI_DMA_REG_COALESCE,
			   (u64)engine->config.coalesce_clocks << 32 | engine->config.coalesce);
}

/**
 * qdpi_hardware_set_up - make an engine ready for descriptors
 * @engine: the engine, just reset
 */
void qdpi_hardware_set_up(struct qdpi_engine *engine)
{
	memset(engine->area, 0, sizeof(*engine->area));
	memset(engine->area->entries, QDPI_ENGINE_POISON,
	       array_size(engine->config.entries, sizeof(engine->area->entries[0])));
	dma_wmb();
	WRITE_ONCE(engine->seen_head, 0);
	WRITE_ONCE(engine->acknowledging, true);
	qdpi_hardware_ring(engine, QDPI_DMA_REG_RING_BASE, engine->ring_address);
	qdpi_hardware_ring(engine, QDPI_DMA_REG_RING_ENTRIES, engine->config.entries);
	qdpi_hardware_ring(engine, QDPI_DMA_REG_COMPLETION_BASE, engine->area_address);
	qdpi_hardware_coalesce(engine);
	qdpi_hardware_ring(engine, QDPI_DMA_REG_CONTROL, QDPI_DMA_CONTROL_ENABLE);
}
