// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What the parts of the AXI4 ports' tests agree on: codes of the bus, and where bursts go.
package tb_axi4_pkg;

  // Not every part needs all of it.
  // verilator lint_off UNUSEDPARAM
  /// AxBURST.
  localparam logic [1:0] Fixed = 2'b00, Incr = 2'b01, Wrap = 2'b10;
  /// xRESP.
  localparam logic [1:0] Okay = 2'b00, ExOkay = 2'b01, SlvErr = 2'b10, DecErr = 2'b11;

  /// Bits of the addresses.
  localparam int unsigned AddrWidth = 40;
  /// The pages of RAM that most bursts use.
  localparam longint unsigned Window = 64'h20_0000, WindowPages = 16;

endpackage
