// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The driver of the DMA engine: identification, reset, the descriptor ring, completions, the
// interrupt. What goes wrong ends the guest with a sentence, so nothing here returns an error.
#ifndef QDPI_BAREMETAL_DMA_ENGINE_H
#define QDPI_BAREMETAL_DMA_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "dma_buffer.h"
#include "dma_layout.h"
#include "memory.h"
#include "random.h"

enum {
    QDPI_DMA_ENGINE_WINDOWS = 3,
};

struct qdpi_dma_engine_options {
    uint32_t entries;                // of the ring: a power of two
    enum qdpi_memory_side side;      // where ring, completion area and identification blocks lie
    uint32_t line;                   // the interrupt line
    uint32_t attach_seconds;         // how long the engine may take to answer for the first time
    uint32_t watchdog_milliseconds;  // how long it may do nothing later
    bool windows;                    // the engine may touch nothing before windows are opened
    bool may_halt;    // a halt is looked for, and qdpi_dma_engine_restart() follows it
    bool may_vanish;  // so is an engine that knows nothing: the simulator was replaced
};

struct qdpi_dma_engine {
    struct qdpi_dma_engine_options options;
    struct qdpi_dma_buffer ring_area;
    struct qdpi_dma_buffer completions_area;
    struct qdpi_dma_buffer identifications_area;
    struct qdpi_dma_descriptor *ring;
    uint8_t *completion_area;
    struct qdpi_dma_identification *identifications;
    uint32_t identification_count;  // how many identification blocks were asked for
    uint32_t posted;                // descriptors written into the ring
    uint32_t rung;                  // of those, how many the engine was told of
    uint32_t taken;                 // completions taken by qdpi_dma_engine_take()
    uint32_t data_bytes;            // width of the engine's data bus
    uint64_t coalesce;              // as qdpi_dma_engine_coalesce() set it
    uint32_t restarts;
    uint32_t taken_before;       // taken before the last restart
    uint32_t interrupts_before;  // interrupts before the last restart
    struct qdpi_deadline silence;
    // The rest is shared with the interrupt handler.
    uint32_t interrupts;
    uint64_t interrupted_at;   // the last of them, by qdpi_cpu_ticks()
    uint32_t idle_interrupts;  // interrupts that came without a new completion
    uint32_t acknowledged;
    uint32_t watched_head;
    uint32_t watched_interrupts;
    struct qdpi_deadline watchdog;
};

/// Take memory for ring, completion area and identification blocks; attach the interrupt.
void qdpi_dma_engine_init(struct qdpi_dma_engine *engine,
                          const struct qdpi_dma_engine_options *options,
                          struct qdpi_random *random);

/// Ask for an identification until the simulator has attached and answers; refuse another magic or
/// layout version.
void qdpi_dma_engine_find(struct qdpi_dma_engine *engine);

/// Close all windows but those that the engine needs for itself, QDPI_DMA_ENGINE_WINDOWS. Nothing
/// may be in progress.
void qdpi_dma_engine_narrow_windows(const struct qdpi_dma_engine *engine);

/// Fail the guest if a byte beside ring, completion area or identification blocks was changed.
void qdpi_dma_engine_check_guards(const struct qdpi_dma_engine *engine);

/// Soft reset, then the ring set-up, then enable.
void qdpi_dma_engine_start(struct qdpi_dma_engine *engine);

/// Interrupt after `completions` completions, or `clocks` engine clocks after one that is still
/// unannounced.
void qdpi_dma_engine_coalesce(struct qdpi_dma_engine *engine, uint32_t completions,
                              uint32_t clocks);

bool qdpi_dma_engine_is_full(const struct qdpi_dma_engine *engine);

/// Place a descriptor in the ring, which is not full; returns its sequence number.
uint32_t qdpi_dma_engine_post(struct qdpi_dma_engine *engine,
                              const struct qdpi_dma_descriptor *descriptor);

/// Tell the engine of all descriptors posted.
void qdpi_dma_engine_ring_tail(struct qdpi_dma_engine *engine);

/// Completions that the engine has written, as it says in memory.
uint32_t qdpi_dma_engine_head(const struct qdpi_dma_engine *engine);

/// Take the next completion if there is one, after checking its sequence number.
bool qdpi_dma_engine_take(struct qdpi_dma_engine *engine, struct qdpi_dma_completion *completion);

/// Sleep until something may have happened; the watchdog bites here. False: the engine has halted,
/// or another stands in its place.
bool qdpi_dma_engine_wait(struct qdpi_dma_engine *engine);

/// Reset the engine after qdpi_dma_engine_wait() or qdpi_dma_engine_settle() has returned false,
/// and start it again with an empty ring. What had been posted and has no completion must be posted
/// anew; nobody writes to its buffers any more.
void qdpi_dma_engine_restart(struct qdpi_dma_engine *engine);

/// Wait until an interrupt has announced every completion, and check the count of interrupts
/// against the engine's. False: as qdpi_dma_engine_wait().
bool qdpi_dma_engine_settle(struct qdpi_dma_engine *engine);

#endif
