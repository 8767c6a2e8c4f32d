/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Watchdog, recovery, and search for an engine that was lost.
 */

#ifndef QDPI_DMA_WATCH_H
#define QDPI_DMA_WATCH_H

#include "dma_engine.h"

void qdpi_watch_arm(struct qdpi_engine *engine);
void qdpi_watch_recover(struct qdpi_engine *engine);
int qdpi_watch_stop(struct qdpi_engine *engine);
void qdpi_watch_work(struct work_struct *work);

#endif
