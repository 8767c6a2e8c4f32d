// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A slot: a part of the engine's buffer that belongs to one batch at a time, with a software copy
// of what should stand there. All bytes of the slot are compared, also those that no job should
// touch.

#ifndef QDPI_USER_DMA_SLOT_H_
#define QDPI_USER_DMA_SLOT_H_

#include "dma_device.h"
#include "dma_job.h"

// Whose batch it is, for messages.
struct qdpi_slot_owner {
    unsigned thread;
    uint64_t seed;
};

struct qdpi_slot {
    struct qdpi_slot_owner owner;
    uint8_t *memory;    // what the engine works on; not owned
    uint8_t *expected;  // after the batch
    uint8_t *before;    // before the batch
    uint8_t *unknown;   // for qdpi_job_model_unknown, after an error; NULL until there is one
    uint64_t base;      // of the slot in the device's buffer
    uint64_t size;
    uint32_t capacity;  // jobs there is room for

    uint64_t serial;  // which batch of the thread this is, from 0
    uint32_t count;
    uint32_t batch;                       // the driver's number of it
    unsigned attempts;                    // submissions so far
    uint64_t submitted_ns;                // qdpi_latency_now() at the last submission
    struct qdpi_dma_job *jobs;            // offsets in the slot
    struct qdpi_dma_job *submitted_jobs;  // the same, offsets in the device's buffer
    struct qdpi_dma_result *results;
    uint32_t *crcs;  // expected
};

enum qdpi_slot_verdict { QDPI_SLOT_RIGHT, QDPI_SLOT_REPEAT };

// Takes over `size` bytes of the device's buffer, a multiple of 8, and fills them with random data.
// Returns 0 or -ENOMEM; release the slot in both cases.
int qdpi_slot_init(struct qdpi_slot *slot, const struct qdpi_dma_device *device, uint64_t base,
                   uint64_t size, uint32_t capacity, struct qdpi_random *random);

void qdpi_slot_release(struct qdpi_slot *slot);

// Draws a batch of 1 to most jobs, puts fresh data where it reads, computes what should come of it.
void qdpi_slot_plan(struct qdpi_slot *slot, uint64_t serial, uint32_t most,
                    const struct qdpi_job_limits *limits, const struct qdpi_crc32c *tables,
                    struct qdpi_random *random);

// Returns 0 or the driver's -errno.
int qdpi_slot_submit(struct qdpi_slot *slot, struct qdpi_dma_device *device);

// Compares results and memory of the completed batch. With `retry`, a batch with failed jobs whose
// other effects are right is QDPI_SLOT_REPEAT, and the slot is as before the batch. Otherwise
// QDPI_SLOT_RIGHT, or -errno and the reason.
int qdpi_slot_judge(struct qdpi_slot *slot, const struct qdpi_crc32c *tables, bool retry,
                    struct qdpi_explanation *why);

// While the slot has no batch: nothing may have changed since the last one. 0, or -errno and the
// reason.
int qdpi_slot_check_idle(const struct qdpi_slot *slot, struct qdpi_explanation *why);

#endif
