// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The DMA engine on guest memory, for a harness that plays a hostile guest: tests/fuzz/fuzz_dma_ring.cpp.
///
/// The harness has the registers as plain AXI4-Lite, and changes port and windows while the bus is
/// at rest. Here stands what must hold in every clock; the harness knows what must hold over many.
/// The bridge is the one that the environment names.
module tb_dma_fuzz (
  /// Clock.
  input  logic        clk_i,
  /// Reset, active low.
  /* verilator lint_off SYNCASYNCNET */
  // The assertions look at it on clock edges.
  input  logic        rst_ni,
  /* verilator lint_on SYNCASYNCNET */
  /// The port takes over what the next four say, and forgets its windows.
  input  logic        configure_i,
  /// It delays reads and pauses in them at random.
  input  logic        slow_reads_i,
  /// The same for writes.
  input  logic        slow_writes_i,
  /// It answers some bursts with errors.
  input  logic        faulty_i,
  /// The engine may use nothing but windows.
  input  logic        restricted_i,
  /// A window is opened.
  input  logic        allow_i,
  /// Its first byte.
  input  logic [63:0] allow_first_i,
  /// Its last byte.
  input  logic [63:0] allow_last_i,
  /// It may be read.
  input  logic        allow_reads_i,
  /// It may be written.
  input  logic        allow_writes_i,
  /// AXI4-Lite AWADDR.
  input  logic [11:0] s_axil_awaddr_i,
  /// AXI4-Lite AWVALID.
  input  logic        s_axil_awvalid_i,
  /// AXI4-Lite AWREADY.
  output logic        s_axil_awready_o,
  /// AXI4-Lite WDATA.
  input  logic [63:0] s_axil_wdata_i,
  /// AXI4-Lite WSTRB.
  input  logic [7:0]  s_axil_wstrb_i,
  /// AXI4-Lite WVALID.
  input  logic        s_axil_wvalid_i,
  /// AXI4-Lite WREADY.
  output logic        s_axil_wready_o,
  /// AXI4-Lite BRESP.
  output logic [1:0]  s_axil_bresp_o,
  /// AXI4-Lite BVALID.
  output logic        s_axil_bvalid_o,
  /// AXI4-Lite BREADY.
  input  logic        s_axil_bready_i,
  /// AXI4-Lite ARADDR.
  input  logic [11:0] s_axil_araddr_i,
  /// AXI4-Lite ARVALID.
  input  logic        s_axil_arvalid_i,
  /// AXI4-Lite ARREADY.
  output logic        s_axil_arready_o,
  /// AXI4-Lite RDATA.
  output logic [63:0] s_axil_rdata_o,
  /// AXI4-Lite RRESP.
  output logic [1:0]  s_axil_rresp_o,
  /// AXI4-Lite RVALID.
  output logic        s_axil_rvalid_o,
  /// AXI4-Lite RREADY.
  input  logic        s_axil_rready_i,
  /// The engine's interrupt.
  output logic        interrupt_o,
  /// The engine has halted.
  output logic        halted_o,
  /// Descriptors are in progress or about to be.
  output logic        working_o,
  /// A soft reset lasts.
  output logic        resetting_o,
  /// Something is handed over on the memory bus in this clock.
  output logic        handshake_o,
  /// The bridge is lost.
  output logic        bridge_lost_o
);

  import qdpi_port_pkg::*;

  localparam int unsigned AddrWidth = 64;
  localparam int unsigned DataWidth = 64;
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

  logic busy;

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
    .interrupt_o,
    .halted_o,
    .busy_o(busy)
  );

  qdpi_axi4_port #(
    .AddrWidth (AddrWidth),
    .DataWidth (DataWidth),
    .IdWidth   (IdWidth),
    .UserWidth (UserWidth),
    .Name      ("dma"),
    .Restricted(1'b1)
  ) u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o,
    .axi_awid_i(axi_awid),
    .axi_awaddr_i(axi_awaddr),
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
    .axi_wdata_i(axi_wdata),
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

  assign working_o = u_dma.ring_busy;
  assign resetting_o = u_dma.resetting;
  assign handshake_o = (axi_awvalid && axi_awready) || (axi_wvalid && axi_wready)
      || (axi_bvalid && axi_bready) || (axi_arvalid && axi_arready) || (axi_rvalid && axi_rready);

  initial begin
    u_port.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
    // They are the very thing that is tried here.
    u_port.expect_window_errors(1'b1);
  end

  function automatic behaviour_t wanted(input bit slow_reads, input bit slow_writes,
                                        input bit faulty);
    behaviour_t behaviour = Ideal;
    if (slow_reads) begin
      behaviour.read_latency_max = 12;
      behaviour.read_address_ready = 60;
      behaviour.read_data_valid = 60;
    end
    if (slow_writes) begin
      behaviour.write_latency_max = 12;
      behaviour.write_address_ready = 60;
      behaviour.write_data_ready = 60;
      behaviour.write_response_valid = 60;
    end
    if (faulty) begin
      behaviour.slave_error_ppm = 60_000;
      behaviour.decode_error_ppm = 60_000;
    end
    return behaviour;
  endfunction

  always @(posedge clk_i) begin
    if (configure_i) begin
      u_port.configure(wanted(slow_reads_i, slow_writes_i, faulty_i));
      if (restricted_i) u_port.allow_none();
      else u_port.allow_all();
    end
    if (allow_i) u_port.allow(allow_first_i, allow_last_i, allow_reads_i, allow_writes_i);
  end

  // ---- what must always hold ----
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      !busy |-> !axi_awvalid && !axi_wvalid && !axi_arvalid)
    else $error("bus activity of an idle engine");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      $fell(interrupt_o) |-> $past(u_dma.ack || u_dma.reset_done))
    else $error("interrupt fell without an acknowledgement");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      $fell(halted_o) |-> $past(u_dma.reset_done))
    else $error("the engine went on after it had halted");
  assert property (@(posedge clk_i) disable iff (!rst_ni) !bridge_lost_o)
    else $error("the bridge is lost");

endmodule
