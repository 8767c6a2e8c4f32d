/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * From nothing to an engine that works, and back.
 */

#ifndef QDPI_DMA_LIFECYCLE_H
#define QDPI_DMA_LIFECYCLE_H

#include "dma_engine.h"

struct qdpi_engine *qdpi_engine_create(struct device *dev, const struct qdpi_engine_config *config);
void qdpi_engine_destroy(struct qdpi_engine *engine);
int qdpi_engine_start(struct qdpi_engine *engine);
void qdpi_engine_stop(struct qdpi_engine *engine);

#endif
