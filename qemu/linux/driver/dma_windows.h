/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Windows: the pieces of memory that the testbench lets the engine touch (module parameter
 * windows=1).
 */

#ifndef QDPI_DMA_WINDOWS_H
#define QDPI_DMA_WINDOWS_H

#include <linux/list.h>
#include <linux/types.h>

struct qdpi_engine;

/**
 * struct qdpi_window - one piece of memory that the engine may touch
 * @list: in &qdpi_windows.live
 * @first: address of its first byte
 * @last: address of its last byte
 * @rights: QDPI_WINDOW_COMMAND_READ, QDPI_WINDOW_COMMAND_WRITE or both
 */
struct qdpi_window {
	struct list_head list;
	u64 first;
	u64 last;
	u32 rights;
};

/**
 * struct qdpi_windows - all windows of an engine, under its lock
 * @live: the windows that should be open
 * @live_count: how many
 * @open_count: how many the testbench has open; those already given up count until the next reload
 * @stale: some of the open ones were given up
 * @held: nothing may be handed to the engine before the next reload
 */
struct qdpi_windows {
	struct list_head live;
	unsigned int live_count;
	unsigned int open_count;
	bool stale;
	bool held;
};

void qdpi_windows_init(struct qdpi_windows *windows);
int qdpi_windows_open(struct qdpi_engine *engine, struct qdpi_window *window, dma_addr_t address,
		      size_t bytes, u32 rights);
void qdpi_windows_close(struct qdpi_engine *engine, struct qdpi_window *window);
void qdpi_windows_load(struct qdpi_engine *engine);
void qdpi_windows_unload(struct qdpi_engine *engine);
void qdpi_windows_refresh(struct qdpi_engine *engine);

#endif
