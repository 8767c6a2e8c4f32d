/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * What the driver counts since the module was loaded, and its sysfs files.
 */

#ifndef QDPI_DMA_STATS_H
#define QDPI_DMA_STATS_H

#include <linux/sysfs.h>
#include <linux/types.h>

#include "dma_layout.h"

/**
 * struct qdpi_counts - counts since the module was loaded, under the engine's lock
 * @completions: taken from the completion area
 * @discarded: written by the engine, dropped by a recovery
 * @errors: completions whose status was not OK
 * @statuses: completions by status
 * @lost_interrupts: raised by the engine and never taken
 * @bad_completions: that made no sense
 * @timeouts: the engine made no progress
 * @resets: recoveries
 * @jobs: submitted
 * @bytes: of completions without error
 */
struct qdpi_counts {
	u64 completions;
	u64 discarded;
	u64 errors;
	u64 statuses[QDPI_DMA_COMPLETION_STATUSES];
	u64 lost_interrupts;
	u64 bad_completions;
	u64 timeouts;
	u64 resets;
	u64 jobs;
	u64 bytes;
};

extern const struct attribute_group *qdpi_stats_groups[];

#endif
