// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What the parts of tb_qdpi_tilelink_port agree on: sizes, where operations go, and the names of
/// its phases.
package tb_tilelink_port_pkg;

  // Not every part needs all of it.
  // verilator lint_off UNUSEDPARAM
  /// Bits of the addresses.
  localparam int unsigned AddrWidth = 40;
  /// Bits of the sources, and how many there are.
  localparam int unsigned SourceWidth = 4;
  localparam int unsigned Sources = 1 << SourceWidth;
  /// The pages that random operations use, with a page on each side that they must not touch.
  localparam longint unsigned Window = 64'h20_0000;
  localparam longint unsigned WindowPages = 8;

  /// The phases of random traffic, each with other knobs.
  typedef enum int unsigned {
    PhaseIdeal, PhaseDelays, PhaseReorder, PhaseLimit, PhaseErrors, PhaseErrorRange, PhaseWindows,
    PhaseLast
  } phase_e;

endpackage
