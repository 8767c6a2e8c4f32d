// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the DMA engine's unit test share: the memory map, descriptors, random numbers.

/// Memory map, descriptors and random numbers of the DMA engine's unit test.
package tb_qdpi_dma_unit_pkg;
  localparam int unsigned SizeBytes = 1 << 20;
  localparam logic [63:0] Base = 64'h0000_0012_3000_0000;
  // Sources lie below destinations, so that no copy overlaps itself.
  localparam int unsigned IdentFrom = 32'h6000;
  localparam int unsigned SourceFrom = 32'h1_0000;
  localparam int unsigned DestinationFrom = 32'h8_0000;
  localparam int unsigned LongestRandom = 3 * 4096;
  localparam int unsigned ClocksToGiveUp = 2_000_000;

  typedef struct packed {
    logic [31:0] opcode;
    logic [31:0] length;
    logic [63:0] source;
    logic [63:0] destination;
    logic [63:0] operand;
    // The status that its completion must have.
    logic [31:0] status;
  } descriptor_t;

  // A generator of its own, and not $urandom, so that a seed means the same in every simulator.
  bit [63:0] random_state = 64'd1;
  function automatic int unsigned random_below(input int unsigned limit);
    random_state = random_state ^ (random_state << 13);
    random_state = random_state ^ (random_state >> 7);
    random_state = random_state ^ (random_state << 17);
    return (limit == 0) ? 0 : 32'(random_state >> 20) % limit;
  endfunction
  function automatic bit [63:0] random_word();
    return {random_below(32'hffff_ffff), random_below(32'hffff_ffff)};
  endfunction

  // A bound that is no constant: Verilator would unroll the loop with everything in it.
  int unsigned no_more = 0;
  function automatic int unsigned count_of(input int unsigned count);
    return count + no_more;
  endfunction
endpackage
