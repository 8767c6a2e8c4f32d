// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The transactions of one direction that are in progress, in the order of their addresses: memory
/// of qdpi_axi4_checker. Simulation only.
///
/// Lists of places: their order is that of AXI's IDs (A5.3), and those that end out of order leave
/// no holes. The owner reads and writes the columns by place.
module qdpi_axi4_transactions #(
  /// Transactions that there is room for.
  parameter int unsigned Size = 16
) ();

  /// "No place."
  localparam int unsigned None = Size;

  // A power of 2: Verilator then checks no index.
  localparam int unsigned Places = 1 << $clog2(Size + 1);

  // Not every owner needs every column. Written from the one process of the checker.
  // verilator lint_off UNUSEDSIGNAL
  // verilator lint_off BLKSEQ
  // Out of line, since they read no signal.
  // verilator lint_off IMPURE
  int unsigned           ids      [Places];
  logic [63:0]           addrs    [Places];
  qdpi_axi4_checker_pkg::shape_t shapes [Places];
  bit                    locks    [Places];
  bit                    atomics  [Places];
  int unsigned           left     [Places];  // beats to come after the next one
  bit                    complete [Places];  // has all data
  bit                    answered [Places];  // has its response
  longint unsigned       since    [Places];  // clock of the last progress
  bit                    hung     [Places];  // has been reported

  int unsigned           nexts    [Places];
  int unsigned           oldest, newest, unused;
  int unsigned           place, previous;

  /// Forget all.
  function automatic void clear();
    oldest = None;
    newest = None;
    unused = 0;
    for (int unsigned i = 0; i < Size; i++) nexts[i] = i + 1;
  endfunction

  /// Append one: `newest`, with nothing done yet. Only if there is an `unused` place.
  function automatic void append();
    place = unused;
    unused = nexts[place];
    nexts[place] = None;
    if (newest == None) oldest = place;
    else nexts[newest] = place;
    newest = place;
    complete[place] = 1'b0;
    answered[place] = 1'b0;
    hung[place] = 1'b0;
  endfunction

  /// Place of the oldest with this ID that has no response yet, or None.
  function automatic int unsigned find(input int unsigned id);
    // verilator no_inline_task
    place = oldest;
    while (place != None && (ids[place] != id || answered[place])) place = nexts[place];
    return place;
  endfunction

  /// Take out the one at `victim`.
  function automatic void remove(input int unsigned victim);
    if (victim == oldest) begin
      oldest = nexts[victim];
      if (oldest == None) newest = None;
    end else begin
      unlink(victim);
    end
    nexts[victim] = unused;
    unused = victim;
  endfunction

  function automatic void unlink(input int unsigned victim);
    // verilator no_inline_task
    previous = oldest;
    while (nexts[previous] != victim) previous = nexts[previous];
    nexts[previous] = nexts[victim];
    if (newest == victim) newest = previous;
  endfunction

  initial clear();

endmodule
