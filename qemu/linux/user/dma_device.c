// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The DMA engine behind /dev/qdpi-dma.

#include "dma_device.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

struct qdpi_dma_device {
    int file;
    uint8_t *memory;  // NULL: not mapped
    size_t bytes;
    struct qdpi_dma_info info;
};

static int control(const struct qdpi_dma_device *device, unsigned long request, void *argument)
{
    return ioctl(device->file, request, argument) < 0 ? -errno : 0;
}

static int open_file(struct qdpi_dma_device *device, const char *path, struct qdpi_explanation *why)
{
    device->file = open(path, O_RDWR | O_CLOEXEC);
    if (device->file >= 0) {
        return 0;
    }
    const int error = errno;
    return qdpi_explain(why, -error, "cannot open %s: %s; %s", path, strerror(error),
                        error == ENOENT ? "load qdpi_doorbell.ko and qdpi_dma.ko"
                                        : "may this user use it?");
}

static int get_buffer(struct qdpi_dma_device *device, uint64_t bytes, struct qdpi_explanation *why)
{
    __u64 wanted = bytes;
    int result = control(device, QDPI_DMA_IOC_BUFFER, &wanted);
    if (result != 0) {
        return qdpi_explain(
            why, result, "the driver gives no buffer of %" PRIu64 " bytes: %s; %s", bytes,
            strerror(-result),
            result == -ENOMEM   ? "ask for less (--buffer, --max-bytes, --depth, --threads)"
            : result == -ENOSPC ? "all windows are in use: close other files of the device"
                                : "see the kernel's messages");
    }
    result = control(device, QDPI_DMA_IOC_INFO, &device->info);
    if (result != 0) {
        return qdpi_explain(why, result, "the driver tells nothing about its engine: %s",
                            strerror(-result));
    }
    if (device->info.buffer_bytes < bytes) {
        return qdpi_explain(why, -EPROTO,
                            "the driver says its buffer has %llu bytes, but %" PRIu64
                            " were asked for and granted; this is a fault of the driver",
                            device->info.buffer_bytes, bytes);
    }
    void *memory = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device->file, 0);
    if (memory == MAP_FAILED) {
        const int error = errno;
        return qdpi_explain(why, -error, "cannot map the buffer of %" PRIu64 " bytes: %s", bytes,
                            strerror(error));
    }
    device->memory = memory;
    device->bytes = (size_t)bytes;
    return 0;
}

int qdpi_dma_device_open(struct qdpi_dma_device **device, const char *path, uint64_t bytes,
                         struct qdpi_explanation *why)
{
    struct qdpi_dma_device *opened = calloc(1, sizeof *opened);
    *device = NULL;
    if (opened == NULL) {
        return qdpi_explain(why, -ENOMEM, "no memory to open %s", path);
    }
    int result = open_file(opened, path, why);
    if (result == 0) {
        result = get_buffer(opened, bytes, why);
    }
    if (result != 0) {
        qdpi_dma_device_close(opened);
        return result;
    }
    *device = opened;
    return 0;
}

void qdpi_dma_device_close(struct qdpi_dma_device *device)
{
    if (device == NULL) {
        return;
    }
    if (device->memory != NULL) {
        munmap(device->memory, device->bytes);
    }
    if (device->file >= 0) {
        close(device->file);
    }
    free(device);
}

uint8_t *qdpi_dma_device_memory(const struct qdpi_dma_device *device)
{
    return device->memory;
}

const struct qdpi_dma_info *qdpi_dma_device_info(const struct qdpi_dma_device *device)
{
    return &device->info;
}

int qdpi_dma_device_submit(struct qdpi_dma_device *device, const struct qdpi_dma_job *jobs,
                           uint32_t count, uint32_t *batch)
{
    struct qdpi_dma_submit submit = {.jobs = (uintptr_t)jobs, .count = count};
    const int result = control(device, QDPI_DMA_IOC_SUBMIT, &submit);
    *batch = submit.batch;
    return result;
}

int qdpi_dma_device_wait(struct qdpi_dma_device *device, uint32_t batch,
                         struct qdpi_dma_result *results, uint32_t count, uint32_t timeout_ms)
{
    struct qdpi_dma_wait wait = {
        .results = (uintptr_t)results, .count = count, .batch = batch, .timeout_ms = timeout_ms};
    return control(device, QDPI_DMA_IOC_WAIT, &wait);
}

int qdpi_dma_device_poll(struct qdpi_dma_device *device, uint32_t timeout_ms)
{
    struct pollfd wanted = {.fd = device->file, .events = POLLIN};
    const int ready = poll(&wanted, 1, (int)timeout_ms);
    if (ready < 0) {
        return -errno;
    }
    if (ready == 0) {
        return -ETIMEDOUT;
    }
    return (wanted.revents & POLLIN) != 0 ? 0 : -EIO;
}
