// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What the parts of tb_qdpi_ahb_port agree on: sizes, and where bursts go.
package tb_ahb_port_pkg;

  // Not every part needs all of it.
  // verilator lint_off UNUSEDPARAM
  /// Bits of the addresses.
  localparam int unsigned AddrWidth = 40;
  /// A transfer that takes longer is a hang.
  localparam int unsigned HangClocks = 2000;
  /// The pages that random bursts use, with a page on each side that they must not touch. An
  /// address that loses its top bit is found out.
  localparam longint unsigned Window = 64'hc0_0000;
  localparam longint unsigned WindowPages = 4;

endpackage
