// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The DMA engine as one open file: a buffer, batches of jobs, waiting. The test program knows the
// engine by this alone, so that another implementation can stand in its place.

#ifndef QDPI_USER_DMA_DEVICE_H_
#define QDPI_USER_DMA_DEVICE_H_

#include <stdint.h>

#include "explanation.h"
#include "qdpi_dma.h"

struct qdpi_dma_device;

// Opens the device and gets a buffer of `bytes` bytes. Returns 0 or -errno and the reason.
int qdpi_dma_device_open(struct qdpi_dma_device **device, const char *path, uint64_t bytes,
                         struct qdpi_explanation *why);

// NULL is allowed. What is in flight is the driver's to stop.
void qdpi_dma_device_close(struct qdpi_dma_device *device);

// The buffer, mapped until the device is closed.
uint8_t *qdpi_dma_device_memory(const struct qdpi_dma_device *device);

const struct qdpi_dma_info *qdpi_dma_device_info(const struct qdpi_dma_device *device);

// These are the driver's calls, with its -errno. Any thread may make them.
int qdpi_dma_device_submit(struct qdpi_dma_device *device, const struct qdpi_dma_job *jobs,
                           uint32_t count, uint32_t *batch);
int qdpi_dma_device_wait(struct qdpi_dma_device *device, uint32_t batch,
                         struct qdpi_dma_result *results, uint32_t count, uint32_t timeout_ms);

// Waits until a batch of this file is completed: 0, or -ETIMEDOUT, -EINTR, -EIO (the driver
// reports an error condition) or another -errno.
int qdpi_dma_device_poll(struct qdpi_dma_device *device, uint32_t timeout_ms);

#endif
