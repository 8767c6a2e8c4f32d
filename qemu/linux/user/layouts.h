// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The numbers that the DMA engine, the testbenches and these programs share, as C enumerators.

#ifndef QDPI_USER_LAYOUTS_H_
#define QDPI_USER_LAYOUTS_H_

enum qdpi_dma_layout {
#include "qdpi_dma_layout.inc"
};

enum qdpi_test_layout {
#include "qdpi_test_layout.inc"
};

#endif  // QDPI_USER_LAYOUTS_H_
