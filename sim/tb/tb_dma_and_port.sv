// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The DMA engine with its memory port: registers as AXI4-Lite on one side, guest memory on the
/// other. The saboteur stands between engine and port. Whoever looks at the bus there does so by
/// hierarchical name (axi_*).
module tb_dma_and_port #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64,
  /// Name in messages and logs, and of the port in plusargs (+NAME.KNOB=VALUE).
  parameter string       Name = "dma",
  /// 1: the engine may use nothing before the port's allow() is called.
  parameter bit          Restricted = 1'b0,
  /// 1: the bus is watched by a qdpi_axi4_checker.
  parameter bit          EnableChecker = 1'b1,
  /// 1: +break. breaks the engine on purpose (tb_dma_saboteur).
  parameter bit          Sabotage = 1'b0
) (
  /// Clock.
  input  logic                 clk_i,
  /// Reset, active low.
  input  logic                 rst_ni,
  /// AXI4-Lite AWADDR.
  input  logic [11:0]          s_axil_awaddr_i,
  /// AXI4-Lite AWVALID.
  input  logic                 s_axil_awvalid_i,
  /// AXI4-Lite AWREADY.
  output logic                 s_axil_awready_o,
  /// AXI4-Lite WDATA.
  input  logic [63:0]          s_axil_wdata_i,
  /// AXI4-Lite WSTRB.
  input  logic [7:0]            s_axil_wstrb_i,
  /// AXI4-Lite WVALID.
  input  logic                 s_axil_wvalid_i,
  /// AXI4-Lite WREADY.
  output logic                 s_axil_wready_o,
  /// AXI4-Lite BRESP.
  output logic [1:0]            s_axil_bresp_o,
  /// AXI4-Lite BVALID.
  output logic                 s_axil_bvalid_o,
  /// AXI4-Lite BREADY.
  input  logic                 s_axil_bready_i,
  /// AXI4-Lite ARADDR.
  input  logic [11:0]          s_axil_araddr_i,
  /// AXI4-Lite ARVALID.
  input  logic                 s_axil_arvalid_i,
  /// AXI4-Lite ARREADY.
  output logic                 s_axil_arready_o,
  /// AXI4-Lite RDATA.
  output logic [63:0]          s_axil_rdata_o,
  /// AXI4-Lite RRESP.
  output logic [1:0]            s_axil_rresp_o,
  /// AXI4-Lite RVALID.
  output logic                 s_axil_rvalid_o,
  /// AXI4-Lite RREADY.
  input  logic                 s_axil_rready_i,
  /// What the write burst on axi_awaddr is for; the saboteur wants to know.
  input  tb_dma_pkg::purpose_e write_purpose_i,
  /// The engine's interrupt, as far as the saboteur lets it through.
  output logic                 interrupt_o,
  /// The engine has halted.
  output logic                 halted_o,
  /// The engine works.
  output logic                 busy_o,
  /// As qdpi_axi4_port.
  output logic                 bridge_lost_o
);

  localparam int unsigned AddrWidth = 64;
  localparam int unsigned IdWidth = 4;
  localparam int unsigned UserWidth = 1;

  logic [IdWidth-1:0] axi_awid, axi_bid, axi_arid, axi_rid;
  logic [AddrWidth-1:0] axi_awaddr, axi_araddr;
  logic [7:0] axi_awlen, axi_arlen;
  logic [2:0] axi_awsize, axi_awprot, axi_arsize, axi_arprot;
  logic [1:0] axi_awburst, axi_bresp, axi_arburst, axi_rresp;
  logic axi_awlock, axi_awvalid, axi_awready, axi_wlast, axi_wvalid, axi_wready, axi_bvalid;
  logic axi_bready, axi_arlock, axi_arvalid, axi_arready, axi_rlast, axi_rvalid, axi_rready;
  logic [3:0] axi_awcache, axi_awqos, axi_awregion, axi_arcache, axi_arqos, axi_arregion;
  logic [UserWidth-1:0] axi_awuser, axi_wuser, axi_buser, axi_aruser, axi_ruser;
  logic [DataWidth-1:0] axi_wdata, axi_rdata;
  logic [DataWidth/8-1:0] axi_wstrb;
  logic dma_interrupt;

  qdpi_dma #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth  (IdWidth),
    .UserWidth(UserWidth)
  ) u_dma (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr_i,
    .s_axil_awprot_i(3'd0),
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
    .s_axil_arprot_i(3'd0),
    .s_axil_arvalid_i,
    .s_axil_arready_o,
    .s_axil_rdata_o,
    .s_axil_rresp_o,
    .s_axil_rvalid_o,
    .s_axil_rready_i,
    .m_axi_awid_o(axi_awid),
    .m_axi_awaddr_o(axi_awaddr),
    .m_axi_awlen_o(axi_awlen),
    .m_axi_awsize_o(axi_awsize),
    .m_axi_awburst_o(axi_awburst),
    .m_axi_awlock_o(axi_awlock),
    .m_axi_awcache_o(axi_awcache),
    .m_axi_awprot_o(axi_awprot),
    .m_axi_awqos_o(axi_awqos),
    .m_axi_awregion_o(axi_awregion),
    .m_axi_awuser_o(axi_awuser),
    .m_axi_awvalid_o(axi_awvalid),
    .m_axi_awready_i(axi_awready),
    .m_axi_wdata_o(axi_wdata),
    .m_axi_wstrb_o(axi_wstrb),
    .m_axi_wlast_o(axi_wlast),
    .m_axi_wuser_o(axi_wuser),
    .m_axi_wvalid_o(axi_wvalid),
    .m_axi_wready_i(axi_wready),
    .m_axi_bid_i(axi_bid),
    .m_axi_bresp_i(axi_bresp),
    .m_axi_buser_i(axi_buser),
    .m_axi_bvalid_i(axi_bvalid),
    .m_axi_bready_o(axi_bready),
    .m_axi_arid_o(axi_arid),
    .m_axi_araddr_o(axi_araddr),
    .m_axi_arlen_o(axi_arlen),
    .m_axi_arsize_o(axi_arsize),
    .m_axi_arburst_o(axi_arburst),
    .m_axi_arlock_o(axi_arlock),
    .m_axi_arcache_o(axi_arcache),
    .m_axi_arprot_o(axi_arprot),
    .m_axi_arqos_o(axi_arqos),
    .m_axi_arregion_o(axi_arregion),
    .m_axi_aruser_o(axi_aruser),
    .m_axi_arvalid_o(axi_arvalid),
    .m_axi_arready_i(axi_arready),
    .m_axi_rid_i(axi_rid),
    .m_axi_rdata_i(axi_rdata),
    .m_axi_rresp_i(axi_rresp),
    .m_axi_rlast_i(axi_rlast),
    .m_axi_ruser_i(axi_ruser),
    .m_axi_rvalid_i(axi_rvalid),
    .m_axi_rready_o(axi_rready),
    .interrupt_o(dma_interrupt),
    .halted_o,
    .busy_o
  );

  logic [AddrWidth-1:0] port_awaddr;
  logic [DataWidth-1:0] port_wdata;

  tb_dma_saboteur #(
    .Enable   (Sabotage),
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .Name     (Name)
  ) u_saboteur (
    .clk_i,
    .rst_ni,
    .write_purpose_i,
    .axi_awaddr_i   (axi_awaddr),
    .axi_awvalid_i  (axi_awvalid),
    .axi_awready_i  (axi_awready),
    .axi_wdata_i    (axi_wdata),
    .axi_wstrb_i    (axi_wstrb),
    .axi_wlast_i    (axi_wlast),
    .axi_wvalid_i   (axi_wvalid),
    .axi_wready_i   (axi_wready),
    .axi_bresp_i    (axi_bresp),
    .axi_bvalid_i   (axi_bvalid),
    .axi_bready_i   (axi_bready),
    .interrupt_i    (dma_interrupt),
    .axi_awaddr_o   (port_awaddr),
    .axi_wdata_o    (port_wdata),
    .interrupt_o
  );

  qdpi_axi4_port #(
    .AddrWidth    (AddrWidth),
    .DataWidth    (DataWidth),
    .IdWidth      (IdWidth),
    .UserWidth    (UserWidth),
    .Name         (Name),
    .Restricted   (Restricted),
    .EnableChecker(EnableChecker)
  ) u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o,
    .axi_awid_i(axi_awid),
    .axi_awaddr_i(port_awaddr),
    .axi_awlen_i(axi_awlen),
    .axi_awsize_i(axi_awsize),
    .axi_awburst_i(axi_awburst),
    .axi_awlock_i(axi_awlock),
    .axi_awcache_i(axi_awcache),
    .axi_awprot_i(axi_awprot),
    .axi_awqos_i(axi_awqos),
    .axi_awregion_i(axi_awregion),
    .axi_awuser_i(axi_awuser),
    .axi_awatop_i(6'd0),
    .axi_awvalid_i(axi_awvalid),
    .axi_awready_o(axi_awready),
    .axi_wdata_i(port_wdata),
    .axi_wstrb_i(axi_wstrb),
    .axi_wlast_i(axi_wlast),
    .axi_wuser_i(axi_wuser),
    .axi_wvalid_i(axi_wvalid),
    .axi_wready_o(axi_wready),
    .axi_bid_o(axi_bid),
    .axi_bresp_o(axi_bresp),
    .axi_buser_o(axi_buser),
    .axi_bvalid_o(axi_bvalid),
    .axi_bready_i(axi_bready),
    .axi_arid_i(axi_arid),
    .axi_araddr_i(axi_araddr),
    .axi_arlen_i(axi_arlen),
    .axi_arsize_i(axi_arsize),
    .axi_arburst_i(axi_arburst),
    .axi_arlock_i(axi_arlock),
    .axi_arcache_i(axi_arcache),
    .axi_arprot_i(axi_arprot),
    .axi_arqos_i(axi_arqos),
    .axi_arregion_i(axi_arregion),
    .axi_aruser_i(axi_aruser),
    .axi_arvalid_i(axi_arvalid),
    .axi_arready_o(axi_arready),
    .axi_rid_o(axi_rid),
    .axi_rdata_o(axi_rdata),
    .axi_rresp_o(axi_rresp),
    .axi_rlast_o(axi_rlast),
    .axi_ruser_o(axi_ruser),
    .axi_rvalid_o(axi_rvalid),
    .axi_rready_i(axi_rready)
  );

endmodule
