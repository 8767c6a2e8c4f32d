// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Measures the DMA engine from the guest's side, and tells the testbench the figures by doorbell
// (QDPI_TEST_DOORBELL_SAMPLES).
#ifndef QDPI_BAREMETAL_DMA_BENCH_H
#define QDPI_BAREMETAL_DMA_BENCH_H

#include <stdint.h>

#include "dma_engine.h"
#include "random.h"

/// Carry out `rounds` rounds of all measurements with an engine that has been started and has
/// nothing to do.
void qdpi_dma_bench(struct qdpi_dma_engine *engine, struct qdpi_random *random, uint32_t rounds);

#endif
