// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The DMA engine's ring: requests go in, completions come out.
 *
 * Requests that find no place in the ring wait in a list. One tasklet takes completions, fills the
 * ring up and calls all callbacks, in the order of completion.
 */

#include <linux/jiffies.h>
#include <linux/string.h>

#include "dma_engine.h"
#include "dma_hardware.h"
#include "dma_watch.h"
#include "qdpi_dma.h"

/* Completions taken with interrupts off, at most. */
#define QDPI_ENGINE_BUDGET 256

static u32 qdpi_engine_slot(const struct qdpi_engine *engine, u32 number)
{
	return number & (engine->config.entries - 1);
}

/**
 * qdpi_engine_in_flight - requests that are not completed
 * @engine: the engine, locked
 *
 * Return: how many are in the ring or wait for a place there.
 */
unsigned int qdpi_engine_in_flight(const struct qdpi_engine *engine)
{
	return engine->posted - engine->taken + engine->waiting_count;
}

/**
 * qdpi_engine_head_word - the engine's count of completions, as it stands in memory
 * @engine: the engine
 *
 * Entries below the count, and the data they speak of, may be read afterwards.
 *
 * Return: the whole word; its upper half is 0 if all is well.
 */
u64 qdpi_engine_head_word(const struct qdpi_engine *engine)
{
	u64 word = le64_to_cpu(READ_ONCE(engine->area->head));

	/* The engine writes data, entries, count, in this order: read the other way round. */
	dma_rmb();
	return word;
}

static void qdpi_engine_post(struct qdpi_engine *engine, struct qdpi_request *request)
{
	u32 slot = qdpi_engine_slot(engine, engine->posted);

	engine->ring[slot] = (struct qdpi_descriptor){
		.opcode = cpu_to_le32(request->opcode),
		.length = cpu_to_le32(request->length),
		.source = cpu_to_le64(request->source),
		.destination = cpu_to_le64(request->destination),
		.operand = cpu_to_le64(request->operand),
	};
	engine->flying[slot] = request;
	engine->posted++;
}

/* Hand over as many of the waiting requests as the ring takes. */
static void qdpi_engine_feed(struct qdpi_engine *engine)
{
	u32 before = engine->posted;
	struct qdpi_request *request;

	if (engine->state != QDPI_ENGINE_RUNNING)
		return;
	qdpi_windows_refresh(engine);
	if (engine->windows.held)
		return;
	if (engine->posted == engine->taken)
		engine->progressed = jiffies;
	while (engine->waiting_count && engine->posted - engine->taken < engine->config.entries) {
		request = list_first_entry(&engine->waiting, struct qdpi_request, list);
		list_del_init(&request->list);
		engine->waiting_count--;
		qdpi_engine_post(engine, request);
	}
	if (engine->posted == before)
		return;
	/* The descriptors must be in memory before the engine is told of them. */
	dma_wmb();
	qdpi_hardware_ring(engine, QDPI_DMA_REG_TAIL, engine->posted);
	qdpi_watch_arm(engine);
}

/**
 * qdpi_engine_submit - give requests to the engine
 * @engine: the engine
 * @requests: list of &struct qdpi_request, carried out in this order; empty afterwards
 *
 * The callback of each may be called before this returns.
 *
 * Context: any.
 * Return: 0, or -ENODEV: the engine is gone or being taken down, and the list is as it was.
 */
int qdpi_engine_submit(struct qdpi_engine *engine, struct list_head *requests)
{
	ktime_t now = ktime_get();
	struct qdpi_request *request;
	unsigned int count = 0;
	unsigned long flags;

	list_for_each_entry(request, requests, list) {
		request->submitted = now;
		count++;
	}
	spin_lock_irqsave(&engine->lock, flags);
	if (engine->refusing || engine->state == QDPI_ENGINE_DOWN ||
	    engine->state == QDPI_ENGINE_GONE) {
		spin_unlock_irqrestore(&engine->lock, flags);
		return -ENODEV;
	}
	list_splice_tail_init(requests, &engine->waiting);
	engine->waiting_count += count;
	engine->counts.jobs += count;
	qdpi_engine_feed(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
	return 0;
}

static void qdpi_engine_finish(struct qdpi_engine *engine, struct qdpi_request *request, u32 status,
			       u32 crc)
{
	request->status = status;
	request->crc = crc;
	request->completed = ktime_get();
	list_add_tail(&request->list, &engine->finished);
}

/**
 * qdpi_engine_abandon - end requests that qdpi_engine_submit() refused
 * @engine: the engine
 * @requests: list of &struct qdpi_request; empty afterwards
 *
 * Their callbacks are called, as if the engine had been lost with them in flight.
 *
 * Context: any.
 */
void qdpi_engine_abandon(struct qdpi_engine *engine, struct list_head *requests)
{
	struct qdpi_request *request, *next;
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	list_for_each_entry_safe(request, next, requests, list) {
		list_del(&request->list);
		request->submitted = ktime_get();
		qdpi_engine_finish(engine, request, QDPI_DMA_STATUS_ABANDONED, 0);
	}
	spin_unlock_irqrestore(&engine->lock, flags);
	tasklet_schedule(&engine->tasklet);
}

/**
 * qdpi_engine_withdraw - end the requests of a user that are not in the ring
 * @engine: the engine
 * @user: &qdpi_request.user
 *
 * Their callbacks are called, as if the engine had been lost.
 *
 * Context: any.
 */
void qdpi_engine_withdraw(struct qdpi_engine *engine, const void *user)
{
	struct qdpi_request *request, *next;
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	list_for_each_entry_safe(request, next, &engine->waiting, list) {
		if (request->user != user)
			continue;
		list_del(&request->list);
		engine->waiting_count--;
		qdpi_engine_finish(engine, request, QDPI_DMA_STATUS_ABANDONED, 0);
	}
	spin_unlock_irqrestore(&engine->lock, flags);
	tasklet_schedule(&engine->tasklet);
}

/**
 * qdpi_engine_give_up - end the requests in the ring without a result
 * @engine: the engine, locked and not running
 * @waiting_too: also those that wait for a place in the ring
 */
void qdpi_engine_give_up(struct qdpi_engine *engine, bool waiting_too)
{
	struct qdpi_request *request, *next;

	lockdep_assert_held(&engine->lock);
	while (engine->taken != engine->posted) {
		request = engine->flying[qdpi_engine_slot(engine, engine->taken++)];
		qdpi_engine_finish(engine, request, QDPI_DMA_STATUS_ABANDONED, 0);
	}
	if (waiting_too) {
		list_for_each_entry_safe(request, next, &engine->waiting, list) {
			list_del(&request->list);
			qdpi_engine_finish(engine, request, QDPI_DMA_STATUS_ABANDONED, 0);
		}
		engine->waiting_count = 0;
	}
	tasklet_schedule(&engine->tasklet);
}

/**
 * qdpi_engine_begin - go to work on an engine that has just been reset and set up
 * @engine: the engine, locked, with nothing in the ring
 */
void qdpi_engine_begin(struct qdpi_engine *engine)
{
	lockdep_assert_held(&engine->lock);
	engine->posted = 0;
	engine->taken = 0;
	engine->unseen = false;
	engine->untrusted = false;
	engine->state = QDPI_ENGINE_RUNNING;
	qdpi_engine_feed(engine);
}

static void qdpi_engine_distrust(struct qdpi_engine *engine)
{
	engine->counts.bad_completions++;
	engine->untrusted = true;
	if (engine->state == QDPI_ENGINE_RUNNING)
		qdpi_watch_recover(engine);
}

/* Take one completion. False: it is none. */
static bool qdpi_engine_take(struct qdpi_engine *engine)
{
	u32 slot = qdpi_engine_slot(engine, engine->taken);
	struct qdpi_completion *entry = &engine->area->entries[slot];
	struct qdpi_request *request = engine->flying[slot];
	u32 sequence = le32_to_cpu(entry->sequence);
	u32 status = le32_to_cpu(entry->status);
	u32 length = le32_to_cpu(entry->length);
	u32 crc = le32_to_cpu(entry->result);

	if (sequence != engine->taken || status >= QDPI_DMA_COMPLETION_STATUSES ||
	    length != (status == QDPI_DMA_COMPLETION_OK ? request->length : 0)) {
		dev_err_ratelimited(engine->dev,
				    "completion %u makes no sense: sequence %u, status %u, length %u of %u\n",
				    engine->taken, sequence, status, length, request->length);
		return false;
	}
	/* An entry that the engine then fails to write for the next round cannot pass for one. */
	memset(entry, QDPI_ENGINE_POISON, sizeof(*entry));
	engine->taken++;
	engine->counts.completions++;
	engine->counts.statuses[status]++;
	if (status == QDPI_DMA_COMPLETION_OK)
		engine->counts.bytes += length;
	else
		engine->counts.errors++;
	qdpi_engine_finish(engine, request, status, crc);
	return true;
}

/**
 * qdpi_engine_reap - take completions that stand in the area
 * @engine: the engine, locked
 *
 * The first that makes no sense starts a recovery.
 *
 * Return: whether there are more.
 */
bool qdpi_engine_reap(struct qdpi_engine *engine)
{
	u64 word = qdpi_engine_head_word(engine);
	u32 head = lower_32_bits(word);
	unsigned int count = 0;

	lockdep_assert_held(&engine->lock);
	if (engine->untrusted)
		return false;
	if (upper_32_bits(word) || head - engine->taken > engine->posted - engine->taken) {
		dev_err_ratelimited(engine->dev,
				    "the head count makes no sense: 0x%llx, expected %u to %u\n",
				    word, engine->taken, engine->posted);
		qdpi_engine_distrust(engine);
		return false;
	}
	while (engine->taken != head && count < QDPI_ENGINE_BUDGET) {
		if (!qdpi_engine_take(engine)) {
			qdpi_engine_distrust(engine);
			return false;
		}
		engine->progressed = jiffies;
		count++;
	}
	return engine->taken != head;
}

/**
 * qdpi_engine_tasklet - take completions, fill the ring up, call callbacks
 * @tasklet: &qdpi_engine.tasklet
 */
void qdpi_engine_tasklet(struct tasklet_struct *tasklet)
{
	struct qdpi_engine *engine = from_tasklet(engine, tasklet, tasklet);
	struct qdpi_request *request, *next;
	LIST_HEAD(finished);
	bool idle;

	spin_lock_irq(&engine->lock);
	if (engine->state == QDPI_ENGINE_RUNNING) {
		if (qdpi_engine_reap(engine))
			tasklet_schedule(&engine->tasklet);
		qdpi_engine_feed(engine);
	}
	list_splice_init(&engine->finished, &finished);
	idle = !qdpi_engine_in_flight(engine);
	spin_unlock_irq(&engine->lock);

	list_for_each_entry_safe(request, next, &finished, list) {
		list_del_init(&request->list);
		request->done(request);
	}
	if (idle)
		wake_up(&engine->idle);
}

/**
 * qdpi_engine_interrupt - the engine has completions
 * @line: the interrupt line
 * @context: the engine
 *
 * Return: IRQ_HANDLED; nobody else shares the line.
 */
irqreturn_t qdpi_engine_interrupt(int line, void *context)
{
	struct qdpi_engine *engine = context;
	u32 head = lower_32_bits(qdpi_engine_head_word(engine));

	if (head == READ_ONCE(engine->seen_head))
		atomic64_inc(&engine->idle_interrupts);
	WRITE_ONCE(engine->seen_head, head);
	/* While the engine is being stopped its own head count is acknowledged, see there. */
	if (READ_ONCE(engine->acknowledging))
		qdpi_hardware_ring(engine, QDPI_DMA_REG_INTERRUPT_ACK, head);
	atomic64_inc(&engine->interrupts);
	tasklet_schedule(&engine->tasklet);
	return IRQ_HANDLED;
}
