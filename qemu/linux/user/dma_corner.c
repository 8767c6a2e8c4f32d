// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qdpi-dma-corner CASE: brings the driver of the DMA engine into a situation that comes about by
// bad luck alone, and says whether /dev/qdpi-dma is as it should be.
//   lost       the simulator stands still, so that the engine is given up in the midst of a job; the
//              buffer is given back then
// The bus has to be slow enough for jobs that last.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dma_device.h"

enum dma_layout {
#include "qdpi_dma_layout.inc"
};

enum test_layout {
#include "qdpi_test_layout.inc"
};

enum {
    BUFFER_BYTES = 4 << 20,
    TIMEOUT_MS = 60000,

    // Longer than the driver, with timeout_ms=1000, takes to give the engine up.
    STANDSTILL_SECONDS = 5,
};

static int fill(struct qdpi_dma_device *device, uint32_t length, uint32_t *batch)
{
    const struct qdpi_dma_job job = {
        .opcode = QDPI_DMA_OP_FILL, .length = length, .operand = UINT64_C(0x5a5a5a5a5a5a5a5a)};
    return qdpi_dma_device_submit(device, &job, 1, batch);
}

// ---- lost ----

// What one write(2) to /dev/qdpi-doorbell takes.
struct doorbell {
    uint32_t index;
    uint32_t zero;
    uint64_t value;
};

static int stand_still(struct qdpi_explanation *why)
{
    const struct doorbell doorbell = {.index = QDPI_TEST_DOORBELL_STANDSTILL,
                                      .value = STANDSTILL_SECONDS};
    const int file = open("/dev/qdpi-doorbell", O_WRONLY | O_CLOEXEC);
    int result = 0;
    if (file < 0 || write(file, &doorbell, sizeof doorbell) != (ssize_t)sizeof doorbell) {
        const int error = errno;
        result = qdpi_explain(why, -error, "/dev/qdpi-doorbell: %s", strerror(error));
    }
    if (file >= 0) {
        close(file);
    }
    return result;
}

static int lose(struct qdpi_dma_device *device, struct qdpi_explanation *why)
{
    struct qdpi_dma_result ended;
    uint32_t batch;
    int result = fill(device, BUFFER_BYTES, &batch);
    if (result != 0) {
        return qdpi_explain(why, result, "a fill of the buffer: %s", strerror(-result));
    }
    result = stand_still(why);
    if (result != 0) {
        return result;
    }
    result = qdpi_dma_device_wait(device, batch, &ended, 1, TIMEOUT_MS);
    if (result != 0) {
        return qdpi_explain(why, result, "the fill does not end: %s", strerror(-result));
    }
    if (ended.status != QDPI_DMA_STATUS_ABANDONED) {
        return qdpi_explain(why, -EPROTO, "the fill has status 0x%" PRIx32 ", and not 0x%x",
                            ended.status, QDPI_DMA_STATUS_ABANDONED);
    }
    return 0;
}

// ---- all ----

static const struct {
    const char *name;
    int (*run)(struct qdpi_dma_device *device, struct qdpi_explanation *why);
} cases[] = {{"lost", lose}};

int main(int argc, char **argv)
{
    struct qdpi_explanation why = {.text = ""};
    for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            struct qdpi_dma_device *device;
            int result = qdpi_dma_device_open(&device, "/dev/qdpi-dma", BUFFER_BYTES, &why);
            if (result == 0) {
                result = cases[i].run(device, &why);
            }
            qdpi_dma_device_close(device);
            printf("qdpi-dma-corner: %s: %s\n", cases[i].name, result == 0 ? "PASS" : why.text);
            return result == 0 ? 0 : 1;
        }
    }
    fprintf(stderr, "usage: qdpi-dma-corner lost\n");
    return 2;
}
