// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Watches the memory bus of a DMA engine and counts what its completions must say, from nothing
/// but addresses and responses: how many descriptors have failed on the bus and as what, and how
/// many completions could not be written. Knows the engine's rules (docs/guest-abi.md), not its
/// insides.
///
/// The engine uses one ID, so responses come in the order of the addresses.
module tb_dma_witness #(
  /// Bits of the addresses.
  parameter int unsigned AddrWidth = 64,
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic                 clk_i,
  /// Reset of the engine, active low.
  input logic                 rst_ni,
  /// The guest's doorbell is taken as a write of a register.
  input logic                 register_valid_i,
  /// Its register.
  input logic [31:0]          register_index_i,
  /// The value.
  input logic [63:0]          register_value_i,
  /// AWADDR.
  input logic [AddrWidth-1:0] axi_awaddr_i,
  /// AWVALID.
  input logic                 axi_awvalid_i,
  /// AWREADY.
  input logic                 axi_awready_i,
  /// BRESP.
  input logic [1:0]           axi_bresp_i,
  /// BVALID.
  input logic                 axi_bvalid_i,
  /// BREADY.
  input logic                 axi_bready_i,
  /// ARADDR.
  input logic [AddrWidth-1:0] axi_araddr_i,
  /// ARVALID.
  input logic                 axi_arvalid_i,
  /// ARREADY.
  input logic                 axi_arready_i,
  /// RRESP.
  input logic [1:0]           axi_rresp_i,
  /// RLAST.
  input logic                 axi_rlast_i,
  /// RVALID.
  input logic                 axi_rvalid_i,
  /// RREADY.
  input logic                 axi_rready_i
);

  import qdpi_dma_pkg::*;
  import tb_dma_pkg::*;

  localparam longint unsigned BusMask = ~(64'(DataWidth) / 64'd8 - 64'd1);

  // Written by the one process below; read by functions that the testbench calls.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they read no signal.
  // verilator lint_off IMPURE
  longint unsigned ring_base, ring_entries, completion_base;
  longint unsigned identification_first, identification_second;  // asked for last, and before that
  purpose_e        reads  [$];
  purpose_e        writes [$];
  bit              fetch_failed;
  int unsigned     first_failure;  // of the present descriptor, as a completion status
  int unsigned     head;
  longint unsigned counts [Statuses];
  longint unsigned failures [Purposes];  // bursts that were answered with an error

  /// Completions that say `status`, one of those that come from the bus; OK stands for all others.
  function automatic longint unsigned completions(input logic [3:0] status);
    // verilator no_inline_task
    return counts[status];
  endfunction

  /// Completions in all.
  function automatic longint unsigned all_completions();
    // verilator no_inline_task
    longint unsigned sum = 0;
    for (int unsigned i = 0; i < Statuses; i++) sum += counts[i];
    return sum;
  endfunction

  /// Bursts for `purpose` that were answered with an error.
  function automatic longint unsigned failed_bursts(input purpose_e purpose);
    // verilator no_inline_task
    return failures[purpose];
  endfunction

  /// Completions of which the entry or the head count could not be written.
  function automatic longint unsigned failed_completions();
    // verilator no_inline_task
    return failures[PurposeEntry] + failures[PurposeHead];
  endfunction

  function automatic void forget_descriptor();
    // verilator no_inline_task
    fetch_failed = 1'b0;
    first_failure = QDPI_DMA_COMPLETION_OK;
  endfunction

  function automatic void hear_register(input logic [31:0] index, input logic [63:0] value);
    // verilator no_inline_task
    case (index)
      QDPI_DMA_REG_RING_BASE:       ring_base = value;
      QDPI_DMA_REG_RING_ENTRIES:    ring_entries = value;
      QDPI_DMA_REG_COMPLETION_BASE: completion_base = value;
      QDPI_DMA_REG_IDENT_ADDR: begin
        if (value != identification_first) identification_second = identification_first;
        identification_first = value;
      end
      QDPI_DMA_REG_CONTROL: begin
        if ((value & 64'(QDPI_DMA_CONTROL_SOFT_RESET)) != 0) begin
          head = 0;
          forget_descriptor();
        end
      end
      default: ;
    endcase
  endfunction

  function automatic bit inside_area(input longint unsigned address, input longint unsigned base,
                                     input longint unsigned bytes);
    // The burst starts where the bus word starts that holds the first byte.
    return address >= (base & BusMask) && address < base + bytes;
  endfunction

  function automatic void see_read(input longint unsigned address);
    // verilator no_inline_task
    longint unsigned next = ring_base + 64'(QDPI_DMA_DESCRIPTOR_BYTES)
                            * (64'(head) & (ring_entries - 64'd1));
    if (!inside_area(address, ring_base, ring_entries * 64'(QDPI_DMA_DESCRIPTOR_BYTES))) begin
      reads.push_back(PurposeData);
      return;
    end
    reads.push_back(PurposeFetch);
    // Not where a fetch goes on behind a 4 KiB boundary: the next descriptor is tried again.
    if ((address & BusMask) == (next & BusMask)) fetch_failed = 1'b0;
  endfunction

  function automatic void see_write(input longint unsigned address);
    // verilator no_inline_task
    purpose_e purpose = PurposeData;
    if (inside_area(address, completion_base, 64'(QDPI_DMA_COMPLETION_OFFSET_ENTRIES))) begin
      purpose = PurposeHead;
    end else if (inside_area(address,
                             completion_base + 64'(QDPI_DMA_COMPLETION_OFFSET_ENTRIES),
                             ring_entries * 64'(QDPI_DMA_COMPLETION_BYTES))) begin
      purpose = PurposeEntry;
    end else if (inside_area(address, identification_first, 64'(QDPI_DMA_IDENT_BYTES))
                 || inside_area(address, identification_second,
                                64'(QDPI_DMA_IDENT_BYTES))) begin
      purpose = PurposeIdentification;
    end
    writes.push_back(purpose);
  endfunction

  function automatic void fail(input int unsigned status);
    // The first failure of a descriptor is the one it is completed with.
    if (first_failure == QDPI_DMA_COMPLETION_OK) first_failure = status;
  endfunction

  function automatic void see_read_response(input logic [1:0] response, input logic last);
    // verilator no_inline_task
    purpose_e purpose;
    if (reads.size() == 0) begin
      $error("%m: read data without an address");
      return;
    end
    purpose = reads[0];
    if (last) begin
      purpose = reads.pop_front();
      // Every beat of a refused burst says so.
      if (response[1]) failures[purpose]++;
    end
    if (!response[1]) return;
    if (purpose == PurposeFetch) fetch_failed = 1'b1;
    else if (response == AxiRespSlverr) fail(QDPI_DMA_COMPLETION_READ_SLVERR);
    else fail(QDPI_DMA_COMPLETION_READ_DECERR);
  endfunction

  function automatic void complete_descriptor();
    // verilator no_inline_task
    head++;
    counts[fetch_failed ? QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR : first_failure]++;
    forget_descriptor();
  endfunction

  function automatic void see_write_response(input logic [1:0] response);
    // verilator no_inline_task
    purpose_e purpose;
    if (writes.size() == 0) begin
      $error("%m: write response without an address");
      return;
    end
    purpose = writes.pop_front();
    if (!response[1]) begin
      if (purpose == PurposeHead) complete_descriptor();
      return;
    end
    failures[purpose]++;
    if (purpose != PurposeData) return;
    if (response == AxiRespSlverr) fail(QDPI_DMA_COMPLETION_WRITE_SLVERR);
    else fail(QDPI_DMA_COMPLETION_WRITE_DECERR);
  endfunction

  // Not always_ff: the counts are read by functions.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reads.delete();
      writes.delete();
      head = 0;
      forget_descriptor();
    end else begin
      if (register_valid_i) hear_register(register_index_i, register_value_i);
      if (axi_arvalid_i && axi_arready_i) see_read(64'(axi_araddr_i));
      if (axi_awvalid_i && axi_awready_i) see_write(64'(axi_awaddr_i));
      // In this order: what fails in both directions at once counts as the read.
      if (axi_rvalid_i && axi_rready_i) see_read_response(axi_rresp_i, axi_rlast_i);
      if (axi_bvalid_i && axi_bready_i) see_write_response(axi_bresp_i);
    end
  end
  // verilator lint_on IMPURE
  // verilator lint_on BLKSEQ

endmodule
