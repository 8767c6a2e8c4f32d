// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Words that the parts of a DMA node's judgement share.
package tb_dma_pkg;

  /// How many completion statuses there are, QDPI_DMA_COMPLETION_OK included.
  localparam int unsigned Statuses = qdpi_dma_pkg::QDPI_DMA_COMPLETION_BAD_ADDRESS + 1;

  /// How many purposes there are.
  localparam int unsigned Purposes = 5;

  /// What a burst of the engine is for.
  typedef enum logic [2:0] {
    PurposeData,
    PurposeFetch,
    PurposeEntry,
    PurposeHead,
    PurposeIdentification
  } purpose_e;

endpackage
