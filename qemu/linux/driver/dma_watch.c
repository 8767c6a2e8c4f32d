// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Watchdog, recovery, and search for an engine that was lost: one work item, so that never two of
 * them happen at once.
 */

#include <linux/jiffies.h>

#include "dma_hardware.h"
#include "dma_memory.h"
#include "dma_watch.h"

/* How often is looked while something is in flight. */
#define QDPI_WATCH_PERIOD_MS 100

/* Completions without an interrupt, or silence, for so long are looked into. */
#define QDPI_WATCH_SUSPICIOUS_MS 500

/* How long an interrupt may still be on its way then. */
#define QDPI_WATCH_GRACE_MS 200

/* How often a lost engine is looked for. */
#define QDPI_WATCH_SEARCH_MS 1000

/**
 * qdpi_watch_arm - something is in flight
 * @engine: the engine, locked
 */
void qdpi_watch_arm(struct qdpi_engine *engine)
{
	queue_delayed_work(engine->queue, &engine->watch, msecs_to_jiffies(QDPI_WATCH_PERIOD_MS));
}

/**
 * qdpi_watch_recover - the engine cannot go on like this
 * @engine: the engine, locked and running
 */
void qdpi_watch_recover(struct qdpi_engine *engine)
{
	lockdep_assert_held(&engine->lock);
	engine->state = QDPI_ENGINE_RECOVERING;
	mod_delayed_work(engine->queue, &engine->watch, 0);
}

static void qdpi_watch_lose(struct qdpi_engine *engine)
{
	dev_err(engine->dev, "the DMA engine does not answer any more; it is looked for\n");
	spin_lock_irq(&engine->lock);
	engine->state = QDPI_ENGINE_GONE;
	engine->at_large = true;
	qdpi_engine_give_up(engine, true);
	spin_unlock_irq(&engine->lock);
}

/* Take what can be trusted, and account for the rest of what the engine has completed. */
static void qdpi_watch_account(struct qdpi_engine *engine, u32 head)
{
	bool more;

	do {
		spin_lock_irq(&engine->lock);
		more = qdpi_engine_reap(engine);
		spin_unlock_irq(&engine->lock);
	} while (more);
	spin_lock_irq(&engine->lock);
	/* Another count is that of another engine, or of one that was reset. */
	if (head - engine->taken <= engine->posted - engine->taken)
		engine->counts.discarded += head - engine->taken;
	spin_unlock_irq(&engine->lock);
}

/**
 * qdpi_watch_stop - stop the engine, reset it, and account for all that it has done
 * @engine: the engine, in state QDPI_ENGINE_RECOVERING
 *
 * One that does not come to rest may be in the midst of a long descriptor, which a reset ends.
 *
 * Return: 0: it touches no memory any more; else the error of qdpi_hardware_reset(): it may.
 */
int qdpi_watch_stop(struct qdpi_engine *engine)
{
	struct qdpi_identity last;
	bool rests = !qdpi_hardware_quiesce(engine, &last);
	int err;

	if (rests)
		qdpi_watch_account(engine, last.head);
	err = qdpi_hardware_reset(engine);
	if (!err && !rests)
		qdpi_watch_account(engine, lower_32_bits(qdpi_engine_head_word(engine)));
	return err;
}

static void qdpi_watch_begin(struct qdpi_engine *engine, bool waiting_too)
{
	spin_lock_irq(&engine->lock);
	qdpi_engine_give_up(engine, waiting_too);
	spin_unlock_irq(&engine->lock);
	qdpi_windows_load(engine);
	qdpi_hardware_set_up(engine);
	spin_lock_irq(&engine->lock);
	engine->counts.resets++;
	qdpi_engine_begin(engine);
	spin_unlock_irq(&engine->lock);
}

static void qdpi_watch_reset(struct qdpi_engine *engine)
{
	if (qdpi_watch_stop(engine)) {
		qdpi_watch_lose(engine);
		return;
	}
	qdpi_watch_begin(engine, false);
	dev_info(engine->dev, "the DMA engine was reset and works again\n");
}

/*
 * The lost engine may still work, and the search closes its windows. It hears of that after the
 * soft reset with which it was lost: doorbells keep their order, and those that followed, for
 * identification blocks, wait for the end of the reset.
 */
static void qdpi_watch_search(struct qdpi_engine *engine)
{
	struct qdpi_identity answer;

	if (qdpi_hardware_find(engine, QDPI_WATCH_SEARCH_MS / 2, &answer))
		return;
	if (qdpi_hardware_reset(engine))
		return;
	qdpi_memory_free_kept(engine);
	engine->data_bytes = answer.data_bytes;
	qdpi_watch_begin(engine, true);
	dev_info(engine->dev, "a DMA engine answers again and was set up, data bus %u bytes\n",
		 engine->data_bytes);
}

/* Completions stand there and nobody was told. */
static void qdpi_watch_unseen(struct qdpi_engine *engine)
{
	u32 head = lower_32_bits(qdpi_engine_head_word(engine));
	struct qdpi_identity now;

	/* In the middle of a long descriptor it does not answer; what is lost shows later. */
	if (!qdpi_hardware_identify(engine, QDPI_WATCH_PERIOD_MS, &now) &&
	    !qdpi_hardware_interrupts_taken(engine, now.interrupts, QDPI_WATCH_GRACE_MS))
		qdpi_hardware_count_lost(engine, now.interrupts);
	qdpi_hardware_ring(engine, QDPI_DMA_REG_INTERRUPT_ACK, head);
	tasklet_schedule(&engine->tasklet);
}

/* Nothing was completed for a while. True: it will not get better. */
static bool qdpi_watch_silent(struct qdpi_engine *engine)
{
	struct qdpi_identity now;
	bool stranger;
	u32 taken;

	/* Before the question: what is taken while the answer is under way is more than it says. */
	spin_lock_irq(&engine->lock);
	taken = engine->taken;
	spin_unlock_irq(&engine->lock);
	if (qdpi_hardware_identify(engine, QDPI_WATCH_PERIOD_MS, &now))
		return false;
	if (now.status & QDPI_DMA_STATUS_HALTED) {
		dev_err(engine->dev, "the DMA engine has halted\n");
		return true;
	}
	spin_lock_irq(&engine->lock);
	stranger = now.head - taken > engine->posted - taken;
	spin_unlock_irq(&engine->lock);
	if (stranger)
		dev_err(engine->dev, "the DMA engine was reset by somebody else\n");
	return stranger;
}

static bool qdpi_watch_older(unsigned long since, unsigned int milliseconds)
{
	return time_after_eq(jiffies, since + msecs_to_jiffies(milliseconds));
}

static void qdpi_watch_look(struct qdpi_engine *engine)
{
	bool unseen = false, silent = false, timeout = false, hopeless = false;
	unsigned int in_flight;
	u32 head;

	spin_lock_irq(&engine->lock);
	head = lower_32_bits(qdpi_engine_head_word(engine));
	if (head == engine->taken) {
		engine->unseen = false;
		silent = qdpi_watch_older(engine->progressed, QDPI_WATCH_SUSPICIOUS_MS);
		timeout = qdpi_watch_older(engine->progressed, engine->config.timeout_ms);
	} else if (!engine->unseen || engine->unseen_taken != engine->taken) {
		engine->unseen = true;
		engine->unseen_since = jiffies;
		engine->unseen_taken = engine->taken;
	} else {
		unseen = qdpi_watch_older(engine->unseen_since, QDPI_WATCH_SUSPICIOUS_MS);
	}
	in_flight = engine->posted - engine->taken;
	spin_unlock_irq(&engine->lock);

	if (!in_flight)
		return;
	if (unseen)
		qdpi_watch_unseen(engine);
	if (timeout)
		dev_err(engine->dev, "no progress for %u ms with %u requests in the ring\n",
			engine->config.timeout_ms, in_flight);
	else if (silent)
		hopeless = qdpi_watch_silent(engine);

	spin_lock_irq(&engine->lock);
	if (engine->state == QDPI_ENGINE_RUNNING) {
		engine->counts.timeouts += timeout;
		if (timeout || hopeless)
			qdpi_watch_recover(engine);
		else
			qdpi_watch_arm(engine);
	}
	spin_unlock_irq(&engine->lock);
}

static enum qdpi_engine_state qdpi_watch_state(struct qdpi_engine *engine)
{
	enum qdpi_engine_state state;

	spin_lock_irq(&engine->lock);
	state = engine->state;
	spin_unlock_irq(&engine->lock);
	return state;
}

/**
 * qdpi_watch_work - see what the engine needs
 * @work: &qdpi_engine.watch
 */
void qdpi_watch_work(struct work_struct *work)
{
	struct qdpi_engine *engine = container_of(to_delayed_work(work), struct qdpi_engine, watch);

	switch (qdpi_watch_state(engine)) {
	case QDPI_ENGINE_RUNNING:
		qdpi_watch_look(engine);
		break;
	case QDPI_ENGINE_RECOVERING:
		qdpi_watch_reset(engine);
		break;
	case QDPI_ENGINE_GONE:
		qdpi_watch_search(engine);
		break;
	case QDPI_ENGINE_DOWN:
		break;
	}
	if (qdpi_watch_state(engine) == QDPI_ENGINE_GONE)
		queue_delayed_work(engine->queue, &engine->watch,
				   msecs_to_jiffies(QDPI_WATCH_SEARCH_MS));
}
