// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Windows: the pieces of memory that the testbench lets the engine touch.
 *
 * A window cannot be closed by itself: all are closed at once, which must not happen while the
 * engine works. So a window that is given up stays open until the ring is empty, and all others are
 * opened again then.
 */

#include <linux/align.h>

#include "dma_engine.h"
#include "qdpi_doorbell.h"

/* The port judges whole bursts and the engine touches whole words of its bus: 64 bytes at most. */
#define QDPI_WINDOW_GRAIN 64

static void qdpi_windows_ring(struct qdpi_engine *engine, u32 reg, u64 value)
{
	qdpi_doorbell_ring(engine->config.windows_base + reg, value);
}

static void qdpi_windows_ring_open(struct qdpi_engine *engine, const struct qdpi_window *window)
{
	qdpi_windows_ring(engine, QDPI_WINDOW_REG_FIRST, window->first);
	qdpi_windows_ring(engine, QDPI_WINDOW_REG_LAST, window->last);
	qdpi_windows_ring(engine, QDPI_WINDOW_REG_COMMAND, window->rights);
	engine->windows.open_count++;
}

static void qdpi_windows_ring_close_all(struct qdpi_engine *engine)
{
	qdpi_windows_ring(engine, QDPI_WINDOW_REG_COMMAND, QDPI_WINDOW_COMMAND_CLOSE_ALL);
	engine->windows.open_count = 0;
	engine->windows.stale = false;
	engine->windows.held = false;
}

static void qdpi_windows_reload(struct qdpi_engine *engine)
{
	struct qdpi_window *window;

	lockdep_assert_held(&engine->lock);
	qdpi_windows_ring_close_all(engine);
	list_for_each_entry(window, &engine->windows.live, list)
		qdpi_windows_ring_open(engine, window);
}

/**
 * qdpi_windows_init - start without any window
 * @windows: to initialise
 */
void qdpi_windows_init(struct qdpi_windows *windows)
{
	*windows = (struct qdpi_windows){};
	INIT_LIST_HEAD(&windows->live);
}

/**
 * qdpi_windows_open - let the engine touch a piece of memory
 * @engine: the engine
 * @window: the window, the caller's until qdpi_windows_close()
 * @address: bus address of its first byte
 * @bytes: length
 * @rights: QDPI_WINDOW_COMMAND_READ, QDPI_WINDOW_COMMAND_WRITE or both
 *
 * What is submitted later finds the window open. Does nothing without windows=1.
 *
 * Return: 0, or -ENOSPC when as many as the testbench takes are in use.
 */
int qdpi_windows_open(struct qdpi_engine *engine, struct qdpi_window *window, dma_addr_t address,
		      size_t bytes, u32 rights)
{
	struct qdpi_windows *windows = &engine->windows;
	unsigned long flags;
	int err = 0;

	if (!engine->config.windows)
		return 0;
	window->first = ALIGN_DOWN((u64)address, QDPI_WINDOW_GRAIN);
	window->last = ALIGN((u64)address + bytes, QDPI_WINDOW_GRAIN) - 1;
	window->rights = rights;

	spin_lock_irqsave(&engine->lock, flags);
	if (windows->live_count == QDPI_WINDOW_MAX) {
		err = -ENOSPC;
	} else {
		list_add_tail(&window->list, &windows->live);
		windows->live_count++;
		if (windows->open_count < QDPI_WINDOW_MAX) {
			qdpi_windows_ring_open(engine, window);
		} else {
			/* Those given up take its place: the ring must run empty first. */
			windows->held = true;
			qdpi_windows_refresh(engine);
		}
	}
	spin_unlock_irqrestore(&engine->lock, flags);
	return err;
}

/**
 * qdpi_windows_close - give a window up
 * @engine: the engine, which must not work on this memory any more
 * @window: what qdpi_windows_open() opened
 *
 * It closes for the engine when the ring is empty.
 */
void qdpi_windows_close(struct qdpi_engine *engine, struct qdpi_window *window)
{
	unsigned long flags;

	if (!engine->config.windows)
		return;
	spin_lock_irqsave(&engine->lock, flags);
	list_del(&window->list);
	engine->windows.live_count--;
	engine->windows.stale = true;
	qdpi_windows_refresh(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
}

/**
 * qdpi_windows_load - close all windows and open the live ones
 * @engine: the engine, which must not work
 */
void qdpi_windows_load(struct qdpi_engine *engine)
{
	unsigned long flags;

	if (!engine->config.windows)
		return;
	spin_lock_irqsave(&engine->lock, flags);
	qdpi_windows_reload(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
}

/**
 * qdpi_windows_unload - close all windows for good
 * @engine: the engine, which must not work any more
 */
void qdpi_windows_unload(struct qdpi_engine *engine)
{
	unsigned long flags;

	if (!engine->config.windows)
		return;
	spin_lock_irqsave(&engine->lock, flags);
	qdpi_windows_ring_close_all(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
}

/**
 * qdpi_windows_refresh - close what was given up, if nothing is in the ring
 * @engine: the engine, locked
 */
void qdpi_windows_refresh(struct qdpi_engine *engine)
{
	lockdep_assert_held(&engine->lock);
	if (!engine->windows.stale && !engine->windows.held)
		return;
	if (engine->state == QDPI_ENGINE_RUNNING && engine->posted == engine->taken)
		qdpi_windows_reload(engine);
}
