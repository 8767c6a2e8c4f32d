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

  /// A doorbell of a device that is not the node's.
  typedef struct packed {
    logic        valid;  // for one clock
    logic [31:0] index;  // counted from the device's first
    logic [63:0] value;
  } doorbell_t;

  /// How a node is, for the testbench around it.
  typedef struct packed {
    logic      running;  // no reset of the device lasts, none of the guest has been asked for
    logic      busy;     // the device works
    doorbell_t doorbell;
  } status_t;

  /// What the testbench has seen the device do, which is what the guest must have been told.
  typedef struct packed {
    logic [63:0]               interrupts;
    logic [63:0]               completions;
    logic [Statuses-1:0][63:0] statuses;  // completions, by what they must say
    logic [Purposes-1:0][63:0] failed;    // bursts that were answered with an error
  } seen_t;

  /// What went over a memory port.
  typedef struct packed {
    logic [63:0] read_bytes;
    logic [63:0] write_bytes;
    logic [63:0] read_beats;
    logic [63:0] write_beats;
    logic [63:0] read_errors;
    logic [63:0] write_errors;
    logic [63:0] window_errors;
  } traffic_t;

endpackage
