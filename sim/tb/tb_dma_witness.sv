// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Watches the memory bus of a DMA engine and counts what its completions must say, from nothing
/// but addresses and responses: how many descriptors have failed on the bus and as what, and how
/// many completions could not be written. Knows the engine's rules (docs/guest-abi.md), not its
/// insides. Counts since the reset of the engine are what its guest was told.
///
/// The engine uses one ID, so responses come in the order of the addresses.
module tb_dma_witness #(
  /// Bits of the addresses.
  parameter int unsigned AddrWidth = 64,
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input  logic                 clk_i,
  /// Reset of the engine, active low.
  input  logic                 rst_ni,
  /// The guest's doorbell is taken as a write of a register.
  input  logic                 register_valid_i,
  /// Its register.
  input  logic [31:0]          register_index_i,
  /// The value.
  input  logic [63:0]          register_value_i,
  /// AWADDR.
  input  logic [AddrWidth-1:0] axi_awaddr_i,
  /// AWVALID.
  input  logic                 axi_awvalid_i,
  /// AWREADY.
  input  logic                 axi_awready_i,
  /// BRESP.
  input  logic [1:0]           axi_bresp_i,
  /// BVALID.
  input  logic                 axi_bvalid_i,
  /// BREADY.
  input  logic                 axi_bready_i,
  /// ARADDR.
  input  logic [AddrWidth-1:0] axi_araddr_i,
  /// ARVALID.
  input  logic                 axi_arvalid_i,
  /// ARREADY.
  input  logic                 axi_arready_i,
  /// RRESP.
  input  logic [1:0]           axi_rresp_i,
  /// RLAST.
  input  logic                 axi_rlast_i,
  /// RVALID.
  input  logic                 axi_rvalid_i,
  /// RREADY.
  input  logic                 axi_rready_i,
  /// What the write burst on AWADDR is for.
  output tb_dma_pkg::purpose_e write_purpose_o
);

  import qdpi_dma_pkg::*;
  import tb_dma_pkg::*;

  localparam longint unsigned BusMask = ~(64'(DataWidth) / 64'd8 - 64'd1);

  logic        is_fetch;
  purpose_e    write_purpose;
  logic [63:0] ring_base, ring_entries;

  tb_dma_areas #(
    .DataWidth(DataWidth)
  ) u_areas (
    .clk_i,
    .rst_ni,
    .register_valid_i,
    .register_index_i,
    .register_value_i,
    .read_valid_i   (axi_arvalid_i),
    .read_address_i (64'(axi_araddr_i)),
    .is_fetch_o     (is_fetch),
    .write_valid_i  (axi_awvalid_i),
    .write_address_i(64'(axi_awaddr_i)),
    .write_purpose_o(write_purpose),
    .ring_base_o    (ring_base),
    .ring_entries_o (ring_entries)
  );

  assign write_purpose_o = write_purpose;

  // Written by the one process below; read by functions that the testbench calls.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they read no signal.
  // verilator lint_off IMPURE
  purpose_e    reads  [$];
  purpose_e    writes [$];
  bit          fetch_failed;
  int unsigned first_failure;  // of the present descriptor, as a completion status
  int unsigned head;
  seen_t       seen;           // since the reset
  // No interrupts are counted here.
  // verilator lint_off UNUSEDSIGNAL
  seen_t       seen_before;
  // verilator lint_on UNUSEDSIGNAL

  /// What has been seen since the reset; no interrupts, which are not watched here.
  function automatic seen_t since_reset();
    return seen;
  endfunction

  /// Completions since the reset.
  function automatic longint unsigned completions();
    return seen.completions;
  endfunction

  /// Completions since the start.
  function automatic longint unsigned all_completions();
    return seen_before.completions + seen.completions;
  endfunction

  /// Completions of which the entry or the head count could not be written, since the reset.
  function automatic longint unsigned failed_completions();
    return seen.failed[PurposeEntry] + seen.failed[PurposeHead];
  endfunction

  /// Bursts for `purpose` that were answered with an error, since the start.
  function automatic longint unsigned failed_bursts(input purpose_e purpose);
    // verilator no_inline_task
    return seen_before.failed[purpose] + seen.failed[purpose];
  endfunction

  /// Begin to count anew; the counts since the start go on.
  function automatic void forget_counts();
    // verilator no_inline_task
    seen_before.completions += seen.completions;
    for (int unsigned i = 0; i < Statuses; i++) seen_before.statuses[i] += seen.statuses[i];
    for (int unsigned i = 0; i < Purposes; i++) seen_before.failed[i] += seen.failed[i];
    seen = '0;
  endfunction

  function automatic void forget_descriptor();
    // verilator no_inline_task
    fetch_failed = 1'b0;
    first_failure = QDPI_DMA_COMPLETION_OK;
  endfunction

  function automatic void hear_register(input logic [31:0] index, input logic [63:0] value);
    // verilator no_inline_task
    if (index != QDPI_DMA_REG_CONTROL || (value & 64'(QDPI_DMA_CONTROL_SOFT_RESET)) == 0) return;
    head = 0;
    forget_descriptor();
  endfunction

  function automatic void see_read(input purpose_e purpose, input longint unsigned address,
                                   input longint unsigned base, input longint unsigned entries);
    // verilator no_inline_task
    longint unsigned next = base + 64'(QDPI_DMA_DESCRIPTOR_BYTES) * (64'(head) & (entries - 64'd1));
    reads.push_back(purpose);
    // Not where a fetch goes on behind a 4 KiB boundary: the next descriptor is tried again.
    if (purpose == PurposeFetch && (address & BusMask) == (next & BusMask)) fetch_failed = 1'b0;
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
      if (response[1]) seen.failed[purpose]++;
    end
    if (!response[1]) return;
    if (purpose == PurposeFetch) fetch_failed = 1'b1;
    else if (response == AxiRespSlverr) fail(QDPI_DMA_COMPLETION_READ_SLVERR);
    else fail(QDPI_DMA_COMPLETION_READ_DECERR);
  endfunction

  function automatic void complete_descriptor();
    // verilator no_inline_task
    head++;
    seen.completions++;
    seen.statuses[fetch_failed ? QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR : first_failure]++;
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
    seen.failed[purpose]++;
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
      forget_counts();
    end else begin
      if (register_valid_i) hear_register(register_index_i, register_value_i);
      if (axi_arvalid_i && axi_arready_i) begin
        see_read(is_fetch ? PurposeFetch : PurposeData, 64'(axi_araddr_i), ring_base, ring_entries);
      end
      if (axi_awvalid_i && axi_awready_i) writes.push_back(write_purpose);
      // In this order: what fails in both directions at once counts as the read.
      if (axi_rvalid_i && axi_rready_i) see_read_response(axi_rresp_i, axi_rlast_i);
      if (axi_bvalid_i && axi_bready_i) see_write_response(axi_bresp_i);
    end
  end
  // verilator lint_on IMPURE
  // verilator lint_on BLKSEQ

endmodule
