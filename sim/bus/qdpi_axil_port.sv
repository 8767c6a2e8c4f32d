// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// AXI4-Lite subordinate in front of guest RAM: what a device's AXI4-Lite manager port connects to.
/// Simulation only.
///
///   qdpi_axil_port #(.DataWidth(64)) u_port (
///     .clk_i, .rst_ni, .bridge_lost_o(bridge_lost), .axil_awaddr_i(awaddr), ... );
///   initial u_port.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
///   ...
///   u_port.report();                                       // before $finish: what went over it
///
/// Source: AMBA AXI specification, ARM IHI 0022H. AXI4-Lite is AXI4 in which every burst is a beat
/// as wide as the bus, and there are no IDs (B1.1). So this is the engine of qdpi_axi4_port with
/// these signals tied, and whatever holds there for such bursts holds here:
///
/// * One transfer per clock in each direction at the same time; write address and write data in any
///   order (A3.3.1); reads and writes under way up to MaxReads and MaxWrites.
/// * Strobes may be sparse or all low. A transfer with an unaligned address starts at its byte and
///   ends with the word: strobes below the address break a rule (A3.4.3), and read lanes below it
///   carry the guest's bytes or zeros.
/// * Responses: OKAY; DECERR where the guest has nothing and outside the windows; SLVERR for writes
///   to ROM, for a broken rule and while the bridge is lost. A refused transfer changes nothing,
///   a refused read gives zeros. A write without strobes touches no memory: only windows and
///   injected faults refuse it.
/// * A write is in guest memory before its BVALID; a read accepted after that sees it (A6). The
///   responses of a direction come in the order of its addresses, which is what a bus without IDs
///   needs; the knobs reorder and interleave have nothing to act on. All others work.
/// * An aligned transfer of all lanes is single-copy atomic for the guest (A7.1).
/// * The port never blocks the simulation and makes one bridge call per transfer, none while idle.
/// * AWPROT and ARPROT have no effect.
module qdpi_axil_port #(
  /// Bits of AWADDR and ARADDR, at most 64.
  parameter int unsigned               AddrWidth     = 64,
  /// Bits of WDATA and RDATA: 32 or 64 (B1.1).
  parameter int unsigned               DataWidth     = 32,
  /// Reads accepted on AR and not yet put on R. From 2 up there are no bubbles.
  parameter int unsigned               MaxReads      = 8,
  /// Writes accepted on AW and not yet answered on B. From 4 up there are no bubbles.
  parameter int unsigned               MaxWrites     = 8,
  /// Transfers accepted on W ahead of their address.
  parameter int unsigned               MaxAheadBeats = 8,
  /// The port's name in messages, logs and plusargs; "": its place in the hierarchy.
  parameter string                     Name          = "",
  /// 1: the device may use nothing before allow() is called.
  parameter bit                        Restricted    = 1'b0,
  /// 1: a protocol checker watches the bus.
  parameter bit                        EnableChecker = 1'b1,
  /// Clocks after which the checker calls a transfer hanging. 0: never.
  parameter int unsigned               HangClocks    = 10_000,
  /// The knobs, for plusargs to change.
  parameter qdpi_port_pkg::behaviour_t Behaviour     = qdpi_port_pkg::Ideal
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: asynchronous, active low. Drops what is in progress; what was answered stays written.
  input  logic                   rst_ni,
  /// High from the first access that found the bridge lost until one gets through again: the
  /// testbench decides whether to end, or to wait for QEMU and call dpi_reattach.
  output logic                   bridge_lost_o,

  /// Write address: guest-physical address of the first byte.
  input  logic [AddrWidth-1:0]   axil_awaddr_i,
  /// Write address: protection. No effect.
  input  logic [2:0]             axil_awprot_i,
  /// Write address: valid.
  input  logic                   axil_awvalid_i,
  /// Write address: ready.
  output logic                   axil_awready_o,
  /// Write data.
  input  logic [DataWidth-1:0]   axil_wdata_i,
  /// Write data: one strobe per byte lane.
  input  logic [DataWidth/8-1:0] axil_wstrb_i,
  /// Write data: valid.
  input  logic                   axil_wvalid_i,
  /// Write data: ready.
  output logic                   axil_wready_o,
  /// Write response: OKAY, SLVERR or DECERR.
  output logic [1:0]             axil_bresp_o,
  /// Write response: valid.
  output logic                   axil_bvalid_o,
  /// Write response: ready.
  input  logic                   axil_bready_i,

  /// Read address: guest-physical address of the first byte.
  input  logic [AddrWidth-1:0]   axil_araddr_i,
  /// Read address: protection. No effect.
  input  logic [2:0]             axil_arprot_i,
  /// Read address: valid.
  input  logic                   axil_arvalid_i,
  /// Read address: ready.
  output logic                   axil_arready_o,
  /// Read data.
  output logic [DataWidth-1:0]   axil_rdata_o,
  /// Read data: OKAY, SLVERR or DECERR.
  output logic [1:0]             axil_rresp_o,
  /// Read data: valid.
  output logic                   axil_rvalid_o,
  /// Read data: ready.
  input  logic                   axil_rready_i
);
  import qdpi_port_pkg::*;

  localparam logic [2:0] FullSize = 3'($clog2(DataWidth / 8));
  localparam logic [1:0] BurstIncr = 2'b01;

  logic bid, rid, rlast;

  if (AddrWidth > 64 || AddrWidth == 0) begin : g_bad_addr_width
    $error("AddrWidth is %0d, must be 1 to 64", AddrWidth);
  end
  if (!(DataWidth inside {32, 64})) begin : g_bad_data_width
    $error("DataWidth is %0d, must be 32 or 64", DataWidth);
  end

  qdpi_axi4_engine #(
    .Protocol        ("AXI4-Lite"),
    .Name            (Name),
    .AddrWidth       (AddrWidth),
    .DataWidth       (DataWidth),
    .IdWidth         (1),
    .MaxReads        (MaxReads),
    .MaxWrites       (MaxWrites),
    .WriteBufferBeats(MaxAheadBeats),
    .Restricted      (Restricted),
    .Behaviour       (Behaviour),
    .Atomics         (1'b0),
    .ReportRules     (!EnableChecker)
  ) u_engine (
    .clk_i,
    .rst_ni,
    .bridge_lost_o,
    .axi_awid_i   (1'b0),
    .axi_awaddr_i (axil_awaddr_i),
    .axi_awlen_i  (8'd0),
    .axi_awsize_i (FullSize),
    .axi_awburst_i(BurstIncr),
    .axi_awlock_i (1'b0),
    .axi_awatop_i (6'd0),
    .axi_awvalid_i(axil_awvalid_i),
    .axi_awready_o(axil_awready_o),
    .axi_wdata_i  (axil_wdata_i),
    .axi_wstrb_i  (axil_wstrb_i),
    .axi_wlast_i  (1'b1),
    .axi_wvalid_i (axil_wvalid_i),
    .axi_wready_o (axil_wready_o),
    .axi_bid_o    (bid),
    .axi_bresp_o  (axil_bresp_o),
    .axi_bvalid_o (axil_bvalid_o),
    .axi_bready_i (axil_bready_i),
    .axi_arid_i   (1'b0),
    .axi_araddr_i (axil_araddr_i),
    .axi_arlen_i  (8'd0),
    .axi_arsize_i (FullSize),
    .axi_arburst_i(BurstIncr),
    .axi_arlock_i (1'b0),
    .axi_arvalid_i(axil_arvalid_i),
    .axi_arready_o(axil_arready_o),
    .axi_rid_o    (rid),
    .axi_rdata_o  (axil_rdata_o),
    .axi_rresp_o  (axil_rresp_o),
    .axi_rlast_o  (rlast),
    .axi_rvalid_o (axil_rvalid_o),
    .axi_rready_i (axil_rready_i)
  );

  if (EnableChecker) begin : g_checker
    qdpi_axi4_checker #(
      .AddrWidth    (AddrWidth),
      .DataWidth    (DataWidth),
      .IdWidth      (1),
      .MaxReads     (MaxReads),
      .MaxWrites    (MaxWrites),
      .MaxAheadBeats(MaxAheadBeats),
      .HangClocks   (HangClocks),
      .Lite         (1'b1)
    ) u_checker (
      .clk_i,
      .rst_ni,
      .axi_awid_i    (1'b0),
      .axi_awaddr_i  (axil_awaddr_i),
      .axi_awlen_i   (8'd0),
      .axi_awsize_i  (FullSize),
      .axi_awburst_i (BurstIncr),
      .axi_awlock_i  (1'b0),
      .axi_awcache_i (4'd0),
      .axi_awprot_i  (axil_awprot_i),
      .axi_awqos_i   (4'd0),
      .axi_awregion_i(4'd0),
      .axi_awuser_i  (1'b0),
      .axi_awatop_i  (6'd0),
      .axi_awvalid_i (axil_awvalid_i),
      .axi_awready_i (axil_awready_o),
      .axi_wdata_i   (axil_wdata_i),
      .axi_wstrb_i   (axil_wstrb_i),
      .axi_wlast_i   (1'b1),
      .axi_wuser_i   (1'b0),
      .axi_wvalid_i  (axil_wvalid_i),
      .axi_wready_i  (axil_wready_o),
      .axi_bid_i     (bid),
      .axi_bresp_i   (axil_bresp_o),
      .axi_buser_i   (1'b0),
      .axi_bvalid_i  (axil_bvalid_o),
      .axi_bready_i  (axil_bready_i),
      .axi_arid_i    (1'b0),
      .axi_araddr_i  (axil_araddr_i),
      .axi_arlen_i   (8'd0),
      .axi_arsize_i  (FullSize),
      .axi_arburst_i (BurstIncr),
      .axi_arlock_i  (1'b0),
      .axi_arcache_i (4'd0),
      .axi_arprot_i  (axil_arprot_i),
      .axi_arqos_i   (4'd0),
      .axi_arregion_i(4'd0),
      .axi_aruser_i  (1'b0),
      .axi_arvalid_i (axil_arvalid_i),
      .axi_arready_i (axil_arready_o),
      .axi_rid_i     (rid),
      .axi_rdata_i   (axil_rdata_o),
      .axi_rresp_i   (axil_rresp_o),
      .axi_rlast_i   (rlast),
      .axi_ruser_i   (1'b0),
      .axi_rvalid_i  (axil_rvalid_o),
      .axi_rready_i  (axil_rready_i)
    );
  end

  // ---- For testbenches -------------------------------------------------------------------------

`define QDPI_PORT_CORE u_engine.u_core
`include "qdpi_port_counts.svh"
`include "qdpi_port_calls.svh"
`undef QDPI_PORT_CORE

  // Guest RAM has one kind of memory and one security state; a bus without IDs needs none back.
  logic unused_signals;
  assign unused_signals = ^{axil_awprot_i, axil_arprot_i, bid, rid, rlast};

endmodule
