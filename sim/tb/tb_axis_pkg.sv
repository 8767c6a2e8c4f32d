// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What the parts of tb_qdpi_axis_ports agree on: where packets go to and come from, and the names
/// of its steps.
package tb_axis_pkg;

  // Not every part needs all of it.
  // verilator lint_off UNUSEDPARAM
  /// Bits of TID, TDEST and TUSER.
  localparam int unsigned SideWidth = 4;
  /// What the reader puts on TUSER with the last beat of a packet that it could not read.
  localparam logic [SideWidth-1:0] ErrorUser = 4'h8;
  /// Outcomes of accesses.
  localparam logic [1:0] Okay = 2'd0, SlaveError = 2'd2, DecodeError = 2'd3;

  /// Where packets go to and where they come from; with a page around that nobody may touch.
  localparam longint unsigned Inbox = 64'h20_0000, Outbox = 64'h30_0000;
  localparam int unsigned BoxPages = 16;
  localparam longint unsigned BoxBytes = 64'(BoxPages) * tb_pc_map_pkg::PageBytes;

  /// The steps of the test, in this order.
  typedef enum int unsigned {
    StepRandom, StepLoop, StepRateBeats, StepRateBytes, StepRateShort, StepRateLong, StepRateNulls,
    StepWindows, StepWriteError, StepReadError, StepFlip, StepReset, StepWithheld, StepAgain,
    StepLoss, StepEnd
  } step_e;

endpackage
