/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * /dev/qdpi-dma.
 */

#ifndef QDPI_DMA_CDEV_H
#define QDPI_DMA_CDEV_H

struct qdpi_cdev;
struct qdpi_engine;

struct qdpi_cdev *qdpi_cdev_register(struct qdpi_engine *engine);
void qdpi_cdev_unregister(struct qdpi_cdev *cdev);

#endif
