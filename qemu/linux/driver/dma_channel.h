/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The DMA engine for the kernel's dmaengine framework.
 */

#ifndef QDPI_DMA_CHANNEL_H
#define QDPI_DMA_CHANNEL_H

struct qdpi_engine;
struct qdpi_provider;

struct qdpi_provider *qdpi_provider_register(struct qdpi_engine *engine, unsigned int channels);
void qdpi_provider_unregister(struct qdpi_provider *provider);

#endif
