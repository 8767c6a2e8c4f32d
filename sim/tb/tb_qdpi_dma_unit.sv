// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The DMA engine alone, against a memory that delays, reorders nothing, fails on request and
// watches every byte, and against a model of what each descriptor does. The parts of the test call
// each other by instance name.
//
// Plusargs: +seed=N (tb_qdpi_dma_sequence).

/// Unit test of qdpi_dma.
module tb_qdpi_dma_unit #(
  /// Bits of the memory bus: 64, 128, 256 or 512.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import tb_qdpi_dma_unit_pkg::*;

  // Test code looks at the reset that the engine uses asynchronously.
  /* verilator lint_off SYNCASYNCNET */
  localparam int unsigned AddrWidth = 64;
  localparam int unsigned IdWidth = 4;
  localparam int unsigned BeatBytes = DataWidth / 8;

  logic [11:0] axil_awaddr, axil_araddr;
  logic axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
  logic axil_arvalid, axil_arready, axil_rvalid, axil_rready;
  logic [63:0] axil_wdata, axil_rdata;
  logic [7:0] axil_wstrb;
  logic [1:0] axil_bresp, axil_rresp;
  logic [IdWidth-1:0] awid, arid, bid, rid;
  logic [AddrWidth-1:0] awaddr, araddr;
  logic [7:0] awlen, arlen;
  logic [2:0] awsize, arsize;
  logic [1:0] awburst, arburst, bresp, rresp;
  logic awvalid, awready, arvalid, arready, wvalid, wready, wlast, bvalid, bready;
  logic rvalid, rready, rlast;
  logic [DataWidth-1:0] wdata, rdata;
  logic [BeatBytes-1:0] wstrb;
  logic interrupt, halted, busy;

  // The memory checks what the engine uses; the constant signals stay open.
  /* verilator lint_off PINCONNECTEMPTY */
  qdpi_dma #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth(IdWidth)
  ) u_dma (
    .clk_i,
    .rst_ni,
    .s_axil_awprot_i('0),
    .s_axil_arprot_i('0),
    .m_axi_buser_i('0),
    .m_axi_ruser_i('0),
    .s_axil_awaddr_i(axil_awaddr),
    .s_axil_awvalid_i(axil_awvalid),
    .s_axil_awready_o(axil_awready),
    .s_axil_wdata_i(axil_wdata),
    .s_axil_wstrb_i(axil_wstrb),
    .s_axil_wvalid_i(axil_wvalid),
    .s_axil_wready_o(axil_wready),
    .s_axil_bresp_o(axil_bresp),
    .s_axil_bvalid_o(axil_bvalid),
    .s_axil_bready_i(axil_bready),
    .s_axil_araddr_i(axil_araddr),
    .s_axil_arvalid_i(axil_arvalid),
    .s_axil_arready_o(axil_arready),
    .s_axil_rdata_o(axil_rdata),
    .s_axil_rresp_o(axil_rresp),
    .s_axil_rvalid_o(axil_rvalid),
    .s_axil_rready_i(axil_rready),
    .m_axi_awid_o(awid),
    .m_axi_awaddr_o(awaddr),
    .m_axi_awlen_o(awlen),
    .m_axi_awsize_o(awsize),
    .m_axi_awburst_o(awburst),
    .m_axi_awvalid_o(awvalid),
    .m_axi_awready_i(awready),
    .m_axi_wdata_o(wdata),
    .m_axi_wstrb_o(wstrb),
    .m_axi_wlast_o(wlast),
    .m_axi_wvalid_o(wvalid),
    .m_axi_wready_i(wready),
    .m_axi_bid_i(bid),
    .m_axi_bresp_i(bresp),
    .m_axi_bvalid_i(bvalid),
    .m_axi_bready_o(bready),
    .m_axi_arid_o(arid),
    .m_axi_araddr_o(araddr),
    .m_axi_arlen_o(arlen),
    .m_axi_arsize_o(arsize),
    .m_axi_arburst_o(arburst),
    .m_axi_arvalid_o(arvalid),
    .m_axi_arready_i(arready),
    .m_axi_rid_i(rid),
    .m_axi_rdata_i(rdata),
    .m_axi_rresp_i(rresp),
    .m_axi_rlast_i(rlast),
    .m_axi_rvalid_i(rvalid),
    .m_axi_rready_o(rready),
    .m_axi_awlock_o(),
    .m_axi_awcache_o(),
    .m_axi_awprot_o(),
    .m_axi_awqos_o(),
    .m_axi_awregion_o(),
    .m_axi_awuser_o(),
    .m_axi_arlock_o(),
    .m_axi_arcache_o(),
    .m_axi_arprot_o(),
    .m_axi_arqos_o(),
    .m_axi_arregion_o(),
    .m_axi_aruser_o(),
    .m_axi_wuser_o(),
    .interrupt_o(interrupt),
    .halted_o(halted),
    .busy_o(busy)
  );
  /* verilator lint_on PINCONNECTEMPTY */

  tb_qdpi_dma_memory #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth(IdWidth),
    .SizeBytes(SizeBytes),
    .Base(Base)
  ) u_memory (
    .clk_i,
    .rst_ni,
    .awid_i(awid),
    .awaddr_i(awaddr),
    .awlen_i(awlen),
    .awsize_i(awsize),
    .awburst_i(awburst),
    .awvalid_i(awvalid),
    .awready_o(awready),
    .wdata_i(wdata),
    .wstrb_i(wstrb),
    .wlast_i(wlast),
    .wvalid_i(wvalid),
    .wready_o(wready),
    .bid_o(bid),
    .bresp_o(bresp),
    .bvalid_o(bvalid),
    .bready_i(bready),
    .arid_i(arid),
    .araddr_i(araddr),
    .arlen_i(arlen),
    .arsize_i(arsize),
    .arburst_i(arburst),
    .arvalid_i(arvalid),
    .arready_o(arready),
    .rid_o(rid),
    .rdata_o(rdata),
    .rresp_o(rresp),
    .rlast_o(rlast),
    .rvalid_o(rvalid),
    .rready_i(rready)
  );

  tb_qdpi_dma_registers u_registers (
    .clk_i,
    .axil_awaddr_o(axil_awaddr),
    .axil_awvalid_o(axil_awvalid),
    .axil_awready_i(axil_awready),
    .axil_wdata_o(axil_wdata),
    .axil_wstrb_o(axil_wstrb),
    .axil_wvalid_o(axil_wvalid),
    .axil_wready_i(axil_wready),
    .axil_bresp_i(axil_bresp),
    .axil_bvalid_i(axil_bvalid),
    .axil_bready_o(axil_bready),
    .axil_araddr_o(axil_araddr),
    .axil_arvalid_o(axil_arvalid),
    .axil_arready_i(axil_arready),
    .axil_rdata_i(axil_rdata),
    .axil_rresp_i(axil_rresp),
    .axil_rvalid_i(axil_rvalid),
    .axil_rready_o(axil_rready)
  );
  tb_qdpi_dma_model #(.DataWidth(DataWidth)) u_model ();
  tb_qdpi_dma_software #(.DataWidth(DataWidth)) u_software (
    .clk_i,
    .interrupt_i(interrupt),
    .busy_i(busy)
  );

  tb_qdpi_dma_test_data #(.DataWidth(DataWidth)) u_test_data (
    .clk_i,
    .data_read_i(rvalid && rready && !u_dma.fetching),
    .data_write_i(wvalid && wready && !u_dma.writer_use_words)
  );
  tb_qdpi_dma_test_control u_test_control (
    .clk_i,
    .interrupt_i(interrupt),
    .halted_i(halted),
    .busy_i(busy)
  );
  tb_qdpi_dma_test_errors #(.DataWidth(DataWidth)) u_test_errors (
    .clk_i,
    .halted_i(halted),
    .busy_i(busy)
  );
  tb_qdpi_dma_test_interrupts u_test_interrupts (
    .clk_i,
    .interrupt_i(interrupt)
  );

  // ---- what must always hold ----
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      !busy |-> !awvalid && !wvalid && !arvalid) else $error("bus activity of an idle engine");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      $fell(interrupt) |-> $past(u_dma.ack || u_dma.reset_done))
    else $error("interrupt fell without an acknowledgement");

  tb_qdpi_dma_sequence #(.DataWidth(DataWidth)) u_sequence (
    .clk_i,
    .rst_ni
  );
endmodule
