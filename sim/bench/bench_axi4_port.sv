// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// qdpi_axi4_port as the AXI4 benchmark uses it: with the signals and the functions of
/// bench_axi4_minimal.
module bench_axi4_port #(
  /// Bits of the data bus: 64 to 1024.
  parameter int unsigned DataWidth     = 64,
  /// The port's parameter.
  parameter bit          EnableChecker = 1'b0,
  /// The port's parameter.
  parameter bit          EnableMonitor = 1'b0
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low.
  input  logic                   rst_ni,

  /// Write address: transaction ID.
  input  logic [3:0]             awid_i,
  /// Write address: address.
  input  logic [63:0]            awaddr_i,
  /// Write address: beats - 1.
  input  logic [7:0]             awlen_i,
  /// Write address: valid.
  input  logic                   awvalid_i,
  /// Write address: ready.
  output logic                   awready_o,
  /// Write data.
  input  logic [DataWidth-1:0]   wdata_i,
  /// Write data: strobes.
  input  logic [DataWidth/8-1:0] wstrb_i,
  /// Write data: last beat of the burst.
  input  logic                   wlast_i,
  /// Write data: valid.
  input  logic                   wvalid_i,
  /// Write data: ready.
  output logic                   wready_o,
  /// Write response: ID.
  output logic [3:0]             bid_o,
  /// Write response: OKAY or not.
  output logic [1:0]             bresp_o,
  /// Write response: valid.
  output logic                   bvalid_o,
  /// Write response: ready.
  input  logic                   bready_i,
  /// Read address: transaction ID.
  input  logic [3:0]             arid_i,
  /// Read address: address.
  input  logic [63:0]            araddr_i,
  /// Read address: beats - 1.
  input  logic [7:0]             arlen_i,
  /// Read address: valid.
  input  logic                   arvalid_i,
  /// Read address: ready.
  output logic                   arready_o,
  /// Read data: ID.
  output logic [3:0]             rid_o,
  /// Read data.
  output logic [DataWidth-1:0]   rdata_o,
  /// Read data: OKAY or not.
  output logic [1:0]             rresp_o,
  /// Read data: last beat of the burst.
  output logic                   rlast_o,
  /// Read data: valid.
  output logic                   rvalid_o,
  /// Read data: ready.
  input  logic                   rready_i
);
  import qemu_dpi_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  // verilator lint_off BLKSEQ
  chandle bridge;
  bit     failed;
  logic   lost, buser, ruser;

  qdpi_axi4_port #(
    .DataWidth    (DataWidth),
    .EnableChecker(EnableChecker),
    .EnableMonitor(EnableMonitor)
  ) u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o (lost),
    .axi_awid_i    (awid_i),
    .axi_awaddr_i  (awaddr_i),
    .axi_awlen_i   (awlen_i),
    .axi_awsize_i  (3'($clog2(BusBytes))),
    .axi_awburst_i (2'b01),
    .axi_awlock_i  (1'b0),
    .axi_awcache_i (4'b0011),
    .axi_awprot_i  (3'b000),
    .axi_awqos_i   (4'd0),
    .axi_awregion_i(4'd0),
    .axi_awuser_i  (1'b0),
    .axi_awatop_i  (6'd0),
    .axi_awvalid_i (awvalid_i),
    .axi_awready_o (awready_o),
    .axi_wdata_i   (wdata_i),
    .axi_wstrb_i   (wstrb_i),
    .axi_wlast_i   (wlast_i),
    .axi_wuser_i   (1'b0),
    .axi_wvalid_i  (wvalid_i),
    .axi_wready_o  (wready_o),
    .axi_bid_o     (bid_o),
    .axi_bresp_o   (bresp_o),
    .axi_buser_o   (buser),
    .axi_bvalid_o  (bvalid_o),
    .axi_bready_i  (bready_i),
    .axi_arid_i    (arid_i),
    .axi_araddr_i  (araddr_i),
    .axi_arlen_i   (arlen_i),
    .axi_arsize_i  (3'($clog2(BusBytes))),
    .axi_arburst_i (2'b01),
    .axi_arlock_i  (1'b0),
    .axi_arcache_i (4'b0011),
    .axi_arprot_i  (3'b000),
    .axi_arqos_i   (4'd0),
    .axi_arregion_i(4'd0),
    .axi_aruser_i  (1'b0),
    .axi_arvalid_i (arvalid_i),
    .axi_arready_o (arready_o),
    .axi_rid_o     (rid_o),
    .axi_rdata_o   (rdata_o),
    .axi_rresp_o   (rresp_o),
    .axi_rlast_o   (rlast_o),
    .axi_ruser_o   (ruser),
    .axi_rvalid_o  (rvalid_o),
    .axi_rready_i  (rready_i)
  );

  /// Reach guest memory through `handle`.
  function automatic void attach(input chandle handle);
    bridge = handle;
    u_port.attach(handle);
  endfunction

  /// Close the port but for this window, and six small ones that are of no use here.
  function automatic void allow(input longint unsigned first, input longint unsigned last);
    for (longint unsigned i = 0; i < 6; i++) begin
      u_port.allow(64'h8_0000 + i * 64'h1000, 64'h8_00ff + i * 64'h1000, 1'b1, 1'b1);
    end
    u_port.allow(first, last, 1'b1, 1'b1);
  endfunction

  /// Whether a call failed.
  function automatic bit has_failed();
    return failed || lost;
  endfunction

  /// Put `value` where the bus sees it in the low lanes of address `gpa`.
  function automatic void put(input longint unsigned gpa, input int unsigned value);
    if (dpi_mem_write32(bridge, gpa, value) != 0) failed = 1'b1;
  endfunction

  /// What is there.
  function automatic int unsigned get(input longint unsigned gpa);
    int unsigned value = 0;
    if (dpi_mem_read32(bridge, gpa, value) != 0) failed = 1'b1;
    return value;
  endfunction

  logic unused_users;
  assign unused_users = ^{buser, ruser};

endmodule
