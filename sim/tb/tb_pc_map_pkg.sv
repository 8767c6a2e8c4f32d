// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The memory map of a guest of machine=pc, where tests look at what a port does at its edges.
package tb_pc_map_pkg;

  // Not every test needs all of it.
  // verilator lint_off UNUSEDPARAM
  /// Every edge is a page's.
  localparam longint unsigned PageBytes = 4096;
  /// Nothing answers from here to the ROM, which no write changes; RAM goes on after it.
  localparam longint unsigned Hole = 64'ha_0000, Rom = 64'hc_0000, RomEnd = 64'h10_0000;

endpackage
