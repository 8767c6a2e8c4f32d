// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The scatter-gather DMA engine: registers by AXI4-Lite, descriptors and data by AXI4. What
// software sees is in include/qdpi_dma_layout.inc and docs/guest-abi.md.

/// DMA engine for descriptor rings in memory: copy, fill and CRC-32C at any alignment and length.
///
///   qdpi_dma #(.DataWidth(128)) u_dma (.clk_i, .rst_ni, .s_axil_awaddr_i(...), ...,
///     .m_axi_awid_o(...), ..., .interrupt_o, .halted_o, .busy_o);
///
/// All its transactions carry ID 0, full-width INCR bursts and bus-aligned addresses; a read
/// fetches only beats that hold a byte asked for, a write strobes only bytes of its destination.
module qdpi_dma #(
  /// Bits of a memory address; an address that does not fit is a BAD_ADDRESS.
  parameter int unsigned AddrWidth = 64,
  /// Bits of the memory bus: 64, 128, 256 or 512.
  parameter int unsigned DataWidth = 64,
  /// Bits of an AXI4 ID.
  parameter int unsigned IdWidth = 4,
  /// Bits of the AXI4 user signals.
  parameter int unsigned UserWidth = 1,
  /// Read bursts in flight within a descriptor.
  parameter int unsigned MaxReadsInFlight = 4,
  /// Beats of the longest burst: a power of two, 2 to 256; 4 KiB bound it as well.
  parameter int unsigned MaxBurstBeats = 64
) (
  /// Clock.
  input  logic                         clk_i,
  /// Asynchronous reset, active low.
  input  logic                         rst_ni,
  /// AXI4-Lite AWADDR.
  input  logic [11:0]                  s_axil_awaddr_i,
  /// AXI4-Lite AWPROT, not looked at.
  input  logic [2:0]                   s_axil_awprot_i,
  /// AXI4-Lite AWVALID.
  input  logic                         s_axil_awvalid_i,
  /// AXI4-Lite AWREADY.
  output logic                         s_axil_awready_o,
  /// AXI4-Lite WDATA.
  input  logic [63:0]                  s_axil_wdata_i,
  /// AXI4-Lite WSTRB.
  input  logic [7:0]                   s_axil_wstrb_i,
  /// AXI4-Lite WVALID.
  input  logic                         s_axil_wvalid_i,
  /// AXI4-Lite WREADY.
  output logic                         s_axil_wready_o,
  /// AXI4-Lite BRESP.
  output logic [1:0]                   s_axil_bresp_o,
  /// AXI4-Lite BVALID.
  output logic                         s_axil_bvalid_o,
  /// AXI4-Lite BREADY.
  input  logic                         s_axil_bready_i,
  /// AXI4-Lite ARADDR.
  input  logic [11:0]                  s_axil_araddr_i,
  /// AXI4-Lite ARPROT, not looked at.
  input  logic [2:0]                   s_axil_arprot_i,
  /// AXI4-Lite ARVALID.
  input  logic                         s_axil_arvalid_i,
  /// AXI4-Lite ARREADY.
  output logic                         s_axil_arready_o,
  /// AXI4-Lite RDATA.
  output logic [63:0]                  s_axil_rdata_o,
  /// AXI4-Lite RRESP.
  output logic [1:0]                   s_axil_rresp_o,
  /// AXI4-Lite RVALID.
  output logic                         s_axil_rvalid_o,
  /// AXI4-Lite RREADY.
  input  logic                         s_axil_rready_i,
  /// AXI4 AWID.
  output logic [IdWidth-1:0]           m_axi_awid_o,
  /// AXI4 AWADDR.
  output logic [AddrWidth-1:0]         m_axi_awaddr_o,
  /// AXI4 AWLEN.
  output logic [7:0]                   m_axi_awlen_o,
  /// AXI4 AWSIZE.
  output logic [2:0]                   m_axi_awsize_o,
  /// AXI4 AWBURST.
  output logic [1:0]                   m_axi_awburst_o,
  /// AXI4 AWLOCK.
  output logic                         m_axi_awlock_o,
  /// AXI4 AWCACHE.
  output logic [3:0]                   m_axi_awcache_o,
  /// AXI4 AWPROT.
  output logic [2:0]                   m_axi_awprot_o,
  /// AXI4 AWQOS.
  output logic [3:0]                   m_axi_awqos_o,
  /// AXI4 AWREGION.
  output logic [3:0]                   m_axi_awregion_o,
  /// AXI4 AWUSER.
  output logic [UserWidth-1:0]         m_axi_awuser_o,
  /// AXI4 AWVALID.
  output logic                         m_axi_awvalid_o,
  /// AXI4 AWREADY.
  input  logic                         m_axi_awready_i,
  /// AXI4 WDATA.
  output logic [DataWidth-1:0]         m_axi_wdata_o,
  /// AXI4 WSTRB.
  output logic [DataWidth/8-1:0]       m_axi_wstrb_o,
  /// AXI4 WLAST.
  output logic                         m_axi_wlast_o,
  /// AXI4 WUSER.
  output logic [UserWidth-1:0]         m_axi_wuser_o,
  /// AXI4 WVALID.
  output logic                         m_axi_wvalid_o,
  /// AXI4 WREADY.
  input  logic                         m_axi_wready_i,
  /// AXI4 BID, not looked at.
  input  logic [IdWidth-1:0]           m_axi_bid_i,
  /// AXI4 BRESP.
  input  logic [1:0]                   m_axi_bresp_i,
  /// AXI4 BUSER, not looked at.
  input  logic [UserWidth-1:0]         m_axi_buser_i,
  /// AXI4 BVALID.
  input  logic                         m_axi_bvalid_i,
  /// AXI4 BREADY.
  output logic                         m_axi_bready_o,
  /// AXI4 ARID.
  output logic [IdWidth-1:0]           m_axi_arid_o,
  /// AXI4 ARADDR.
  output logic [AddrWidth-1:0]         m_axi_araddr_o,
  /// AXI4 ARLEN.
  output logic [7:0]                   m_axi_arlen_o,
  /// AXI4 ARSIZE.
  output logic [2:0]                   m_axi_arsize_o,
  /// AXI4 ARBURST.
  output logic [1:0]                   m_axi_arburst_o,
  /// AXI4 ARLOCK.
  output logic                         m_axi_arlock_o,
  /// AXI4 ARCACHE.
  output logic [3:0]                   m_axi_arcache_o,
  /// AXI4 ARPROT.
  output logic [2:0]                   m_axi_arprot_o,
  /// AXI4 ARQOS.
  output logic [3:0]                   m_axi_arqos_o,
  /// AXI4 ARREGION.
  output logic [3:0]                   m_axi_arregion_o,
  /// AXI4 ARUSER.
  output logic [UserWidth-1:0]         m_axi_aruser_o,
  /// AXI4 ARVALID.
  output logic                         m_axi_arvalid_o,
  /// AXI4 ARREADY.
  input  logic                         m_axi_arready_i,
  /// AXI4 RID, not looked at.
  input  logic [IdWidth-1:0]           m_axi_rid_i,
  /// AXI4 RDATA.
  input  logic [DataWidth-1:0]         m_axi_rdata_i,
  /// AXI4 RRESP.
  input  logic [1:0]                   m_axi_rresp_i,
  /// AXI4 RLAST.
  input  logic                         m_axi_rlast_i,
  /// AXI4 RUSER, not looked at.
  input  logic [UserWidth-1:0]         m_axi_ruser_i,
  /// AXI4 RVALID.
  input  logic                         m_axi_rvalid_i,
  /// AXI4 RREADY.
  output logic                         m_axi_rready_o,
  /// Level: high from an interrupt until INTERRUPT_ACK is written.
  output logic                         interrupt_o,
  /// STATUS.HALTED.
  output logic                         halted_o,
  /// Something is going on or about to, an interrupt that awaits its time-out included.
  output logic                         busy_o
);
  localparam int unsigned OffsetWidth = $clog2(DataWidth / 8);
  localparam int unsigned SlotWidth = $clog2(qdpi_dma_pkg::PrefetchDescriptors);

  // Signals of the interface standards that mean nothing here.
  logic unused;
  assign unused = ^{s_axil_awprot_i, s_axil_arprot_i, m_axi_bid_i, m_axi_buser_i, m_axi_rid_i,
                    m_axi_ruser_i};

  assign m_axi_awid_o = '0;
  assign m_axi_awsize_o = 3'(OffsetWidth);
  assign m_axi_awburst_o = qdpi_dma_pkg::AxiBurstIncr;
  assign m_axi_awlock_o = 1'b0;
  assign m_axi_awcache_o = qdpi_dma_pkg::AxiCacheNonBufferable;
  assign m_axi_awprot_o = '0;
  assign m_axi_awqos_o = '0;
  assign m_axi_awregion_o = '0;
  assign m_axi_awuser_o = '0;
  assign m_axi_wuser_o = '0;
  assign m_axi_arid_o = '0;
  assign m_axi_arsize_o = 3'(OffsetWidth);
  assign m_axi_arburst_o = qdpi_dma_pkg::AxiBurstIncr;
  assign m_axi_arlock_o = 1'b0;
  assign m_axi_arcache_o = qdpi_dma_pkg::AxiCacheNonBufferable;
  assign m_axi_arprot_o = '0;
  assign m_axi_arqos_o = '0;
  assign m_axi_arregion_o = '0;
  assign m_axi_aruser_o = '0;

  logic ident_pending, ident_taken, enable, setup_pending, setup_taken, resetting, reset_done;
  logic ack, head_pending, ring_busy, ring_active, halted, interrupt_waiting;
  logic [AddrWidth-1:0] ident_addr;
  logic [63:0] ring_base, ring_entries, completion_base;
  logic [31:0] tail, head, interrupts, coalesce_timeout, ack_value;
  logic [15:0] coalesce_count;

  logic fetch_start, fetching, take, stop;
  logic [SlotWidth-1:0] slot;
  logic [255:0] descriptor, writer_words;
  logic reader_start, reader_busy, writer_start, writer_busy, writer_use_words;
  logic [AddrWidth-1:0] reader_addr, writer_addr;
  logic [31:0] reader_length, writer_length;
  logic [1:0] reader_error, writer_error;
  logic [OffsetWidth-1:0] stream_offset;
  logic crc_selected, crc_start, crc_busy, crc_ready;
  logic [31:0] crc_operand, crc;
  logic read_valid, read_last, align_source_ready, stream_valid, writer_ready;
  logic [DataWidth-1:0] read_data, stream_data;

  assign halted_o = halted;

  qdpi_dma_regs #(
    .AddrWidth(AddrWidth)
  ) u_regs (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr_i,
    .s_axil_awvalid_i,
    .s_axil_awready_o,
    .s_axil_wdata_i,
    .s_axil_wstrb_i,
    .s_axil_wvalid_i,
    .s_axil_wready_o,
    .s_axil_bresp_o,
    .s_axil_bvalid_o,
    .s_axil_bready_i,
    .s_axil_araddr_i,
    .s_axil_arvalid_i,
    .s_axil_arready_o,
    .s_axil_rdata_o,
    .s_axil_rresp_o,
    .s_axil_rvalid_o,
    .s_axil_rready_i,
    .ident_pending_o(ident_pending),
    .ident_addr_o(ident_addr),
    .ident_taken_i(ident_taken),
    .enable_o(enable),
    .setup_pending_o(setup_pending),
    .setup_taken_i(setup_taken),
    .ring_base_o(ring_base),
    .ring_entries_o(ring_entries),
    .completion_base_o(completion_base),
    .tail_o(tail),
    .coalesce_count_o(coalesce_count),
    .coalesce_timeout_o(coalesce_timeout),
    .ack_o(ack),
    .ack_value_o(ack_value),
    .resetting_o(resetting),
    .reset_done_i(reset_done),
    .busy_i(ring_busy),
    .halted_i(halted),
    .head_i(head),
    .interrupts_i(interrupts)
  );

  qdpi_dma_interrupt u_interrupt (
    .clk_i,
    .rst_ni,
    .clear_i(reset_done),
    .head_i(head),
    .head_pending_i(head_pending),
    .quiet_i(!ring_busy),
    .count_i(coalesce_count),
    .timeout_i(coalesce_timeout),
    .ack_i(ack),
    .ack_value_i(ack_value),
    .waiting_o(interrupt_waiting),
    .interrupts_o(interrupts),
    .interrupt_o
  );

  assign busy_o = ring_active || interrupt_waiting;

  qdpi_dma_ring #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth)
  ) u_ring (
    .clk_i,
    .rst_ni,
    .ident_pending_i(ident_pending),
    .ident_addr_i(ident_addr),
    .ident_taken_o(ident_taken),
    .enable_i(enable),
    .setup_pending_i(setup_pending),
    .setup_taken_o(setup_taken),
    .ring_base_i(ring_base),
    .ring_entries_i(ring_entries),
    .completion_base_i(completion_base),
    .tail_i(tail),
    .interrupts_i(interrupts),
    .resetting_i(resetting),
    .reset_done_o(reset_done),
    .head_o(head),
    .head_pending_o(head_pending),
    .busy_o(ring_busy),
    .halted_o(halted),
    .active_o(ring_active),
    .fetch_start_o(fetch_start),
    .fetching_o(fetching),
    .slot_o(slot),
    .take_o(take),
    .descriptor_i(descriptor),
    .reader_beat_valid_i(read_valid),
    .reader_start_o(reader_start),
    .reader_addr_o(reader_addr),
    .reader_length_o(reader_length),
    .reader_busy_i(reader_busy),
    .reader_error_i(reader_error),
    .writer_start_o(writer_start),
    .writer_addr_o(writer_addr),
    .writer_length_o(writer_length),
    .writer_use_words_o(writer_use_words),
    .writer_words_o(writer_words),
    .writer_busy_i(writer_busy),
    .writer_error_i(writer_error),
    .stream_offset_o(stream_offset),
    .crc_selected_o(crc_selected),
    .crc_start_o(crc_start),
    .crc_operand_o(crc_operand),
    .crc_busy_i(crc_busy),
    .crc_i(crc),
    .stop_o(stop)
  );

  qdpi_dma_prefetch #(
    .DataWidth(DataWidth)
  ) u_prefetch (
    .clk_i,
    .rst_ni,
    .start_i(fetch_start),
    .first_slot_i(slot),
    .beat_valid_i(fetching && read_valid),
    .beat_data_i(read_data),
    .take_i(take),
    .slot_i(slot),
    .descriptor_o(descriptor)
  );

  qdpi_dma_reader #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .MaxReadsInFlight(MaxReadsInFlight),
    .MaxBurstBeats(MaxBurstBeats)
  ) u_reader (
    .clk_i,
    .rst_ni,
    .start_i(reader_start),
    .addr_i(reader_addr),
    .length_i(reader_length),
    .stop_i(stop),
    .busy_o(reader_busy),
    .error_o(reader_error),
    .beat_valid_o(read_valid),
    .beat_data_o(read_data),
    .beat_last_o(read_last),
    .beat_ready_i(fetching || align_source_ready),
    .araddr_o(m_axi_araddr_o),
    .arlen_o(m_axi_arlen_o),
    .arvalid_o(m_axi_arvalid_o),
    .arready_i(m_axi_arready_i),
    .rdata_i(m_axi_rdata_i),
    .rresp_i(m_axi_rresp_i),
    .rlast_i(m_axi_rlast_i),
    .rvalid_i(m_axi_rvalid_i),
    .rready_o(m_axi_rready_o)
  );

  qdpi_dma_align #(
    .DataWidth(DataWidth)
  ) u_align (
    .clk_i,
    .rst_ni,
    .start_i(reader_start),
    .source_offset_i(reader_addr[OffsetWidth-1:0]),
    .destination_offset_i(stream_offset),
    .source_valid_i(read_valid && !fetching),
    .source_data_i(read_data),
    .source_last_i(read_last),
    .source_ready_o(align_source_ready),
    .beat_valid_o(stream_valid),
    .beat_data_o(stream_data),
    .beat_ready_i(crc_selected ? crc_ready : writer_ready)
  );

  qdpi_crc32c #(
    .DataWidth(DataWidth)
  ) u_crc (
    .clk_i,
    .rst_ni,
    .start_i(crc_start),
    .crc_i(crc_operand),
    .length_i(reader_length),
    .stop_i(stop),
    .busy_o(crc_busy),
    .crc_o(crc),
    .beat_valid_i(stream_valid && crc_selected),
    .beat_data_i(stream_data),
    .beat_ready_o(crc_ready)
  );

  qdpi_dma_writer #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .MaxBurstBeats(MaxBurstBeats)
  ) u_writer (
    .clk_i,
    .rst_ni,
    .start_i(writer_start),
    .addr_i(writer_addr),
    .length_i(writer_length),
    .use_words_i(writer_use_words),
    .words_i(writer_words),
    .stop_i(stop),
    .busy_o(writer_busy),
    .error_o(writer_error),
    .beat_valid_i(stream_valid && !crc_selected),
    .beat_data_i(stream_data),
    .beat_ready_o(writer_ready),
    .awaddr_o(m_axi_awaddr_o),
    .awlen_o(m_axi_awlen_o),
    .awvalid_o(m_axi_awvalid_o),
    .awready_i(m_axi_awready_i),
    .wdata_o(m_axi_wdata_o),
    .wstrb_o(m_axi_wstrb_o),
    .wlast_o(m_axi_wlast_o),
    .wvalid_o(m_axi_wvalid_o),
    .wready_i(m_axi_wready_i),
    .bresp_i(m_axi_bresp_i),
    .bvalid_i(m_axi_bvalid_i),
    .bready_o(m_axi_bready_o)
  );
endmodule
