// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Test of qdpi_axi4_port against a byte-wise model of AXI4's bursts, with guest memory checked
/// both through the port and through the bridge behind its back. Needs a RAM file with machine=pc.
/// The port's own plusargs (+qdpi.read_latency_max=20 ...) may be given too.
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N      its size (16 MiB)
///   +seed=N           of the random bursts (1)
///   +transactions=N   random bursts, half of them reads (2400)
///   +only=random      leave out the directed tests, for long runs
///   +expect=errors    the port injects SLVERR and DECERR: they may stand for OKAY, and a refused
///                     write must have changed nothing; without the directed tests
///   +expect=flips     the port flips read data: each flip must be seen, and nothing else; without
///                     the directed tests
///   +violate=RULE     instead of the tests break one rule: boundary, size, reserved, fixed,
///                     wrap_length, wrap_align, lock_length, lock_bytes, lock_align, strobe,
///                     early_last, late_last or attach. Ends without the sentinel, with QDPI
///                     VIOLATION ANSWERED if the port did what it should: $error, SLVERR, no write.
///
/// At the end of the directed tests the RAM file is truncated, and the port must answer SLVERR.
///
/// The port, what is around it and the order of the tests stand here; the parts call each other by
/// instance name. The tests, tb_axi4_test_*, issue bursts by tb_axi4_bursts, which knows by
/// tb_axi4_model what must come of them, and which tb_axi4_manager plays.
module tb_qdpi_axi4_port #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import tb_axi4_pkg::*;
  import tb_errors_pkg::*;

  localparam int unsigned IdWidth = 4;
  localparam int unsigned BusBytes = DataWidth / 8;
  // The port's default, or more than a checker by itself has room for.
  localparam int unsigned WriteBufferBeats = DataWidth == 64 ? 1100 : 256;

  logic                 reset_request;
  logic                 tb_reset_n;
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic                 rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                 bridge_lost;
  logic [IdWidth-1:0]   awid, bid, arid, rid;
  logic [AddrWidth-1:0] awaddr, araddr;
  logic [7:0]           awlen, arlen;
  logic [2:0]           awsize, arsize;
  logic [1:0]           awburst, arburst, bresp, rresp;
  logic                 awlock, arlock;
  logic                 awvalid, awready, wvalid, wready, wlast, bvalid, bready;
  logic                 arvalid, arready, rvalid, rready, rlast;
  logic [DataWidth-1:0] wdata, rdata;
  logic [BusBytes-1:0]  wstrb;
  logic                 buser, ruser;

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_axi4_port #(
    .AddrWidth       (AddrWidth),
    .DataWidth       (DataWidth),
    .IdWidth         (IdWidth),
    .WriteBufferBeats(WriteBufferBeats),
    .Name            ("port")
  ) u_port (
    .clk_i,
    .rst_ni        (rst_n),
    .bridge_lost_o (bridge_lost),
    .axi_awid_i    (awid),
    .axi_awaddr_i  (awaddr),
    .axi_awlen_i   (awlen),
    .axi_awsize_i  (awsize),
    .axi_awburst_i (awburst),
    .axi_awlock_i  (awlock),
    .axi_awcache_i (4'b0011),
    .axi_awprot_i  (3'b000),
    .axi_awqos_i   (4'd0),
    .axi_awregion_i(4'd0),
    .axi_awuser_i  (1'b0),
    .axi_awatop_i  (6'd0),
    .axi_awvalid_i (awvalid),
    .axi_awready_o (awready),
    .axi_wdata_i   (wdata),
    .axi_wstrb_i   (wstrb),
    .axi_wlast_i   (wlast),
    .axi_wuser_i   (1'b0),
    .axi_wvalid_i  (wvalid),
    .axi_wready_o  (wready),
    .axi_bid_o     (bid),
    .axi_bresp_o   (bresp),
    .axi_buser_o   (buser),
    .axi_bvalid_o  (bvalid),
    .axi_bready_i  (bready),
    .axi_arid_i    (arid),
    .axi_araddr_i  (araddr),
    .axi_arlen_i   (arlen),
    .axi_arsize_i  (arsize),
    .axi_arburst_i (arburst),
    .axi_arlock_i  (arlock),
    .axi_arcache_i (4'b0011),
    .axi_arprot_i  (3'b000),
    .axi_arqos_i   (4'd0),
    .axi_arregion_i(4'd0),
    .axi_aruser_i  (1'b0),
    .axi_arvalid_i (arvalid),
    .axi_arready_o (arready),
    .axi_rid_o     (rid),
    .axi_rdata_o   (rdata),
    .axi_rresp_o   (rresp),
    .axi_rlast_o   (rlast),
    .axi_ruser_o   (ruser),
    .axi_rvalid_o  (rvalid),
    .axi_rready_i  (rready)
  );

  tb_axi4_manager #(.AddrWidth(AddrWidth), .DataWidth(DataWidth), .IdWidth(IdWidth)) u_manager (
    .clk_i,
    .rst_ni       (rst_n),
    .axi_awid_o   (awid),
    .axi_awaddr_o (awaddr),
    .axi_awlen_o  (awlen),
    .axi_awsize_o (awsize),
    .axi_awburst_o(awburst),
    .axi_awlock_o (awlock),
    .axi_awvalid_o(awvalid),
    .axi_awready_i(awready),
    .axi_wdata_o  (wdata),
    .axi_wstrb_o  (wstrb),
    .axi_wlast_o  (wlast),
    .axi_wvalid_o (wvalid),
    .axi_wready_i (wready),
    .axi_bid_i    (bid),
    .axi_bresp_i  (bresp),
    .axi_bvalid_i (bvalid),
    .axi_bready_o (bready),
    .axi_arid_o   (arid),
    .axi_araddr_o (araddr),
    .axi_arlen_o  (arlen),
    .axi_arsize_o (arsize),
    .axi_arburst_o(arburst),
    .axi_arlock_o (arlock),
    .axi_arvalid_o(arvalid),
    .axi_arready_i(arready),
    .axi_rid_i    (rid),
    .axi_rdata_i  (rdata),
    .axi_rresp_i  (rresp),
    .axi_rlast_i  (rlast),
    .axi_rvalid_i (rvalid),
    .axi_rready_o (rready)
  );

  qdpi_axi4_coverage #(
    .AddrWidth    (AddrWidth),
    .DataWidth    (DataWidth),
    .IdWidth      (IdWidth),
    .MaxAheadBeats(WriteBufferBeats)
  ) u_coverage (
    .clk_i,
    .rst_ni(rst_n),
    .axi_awid_i(awid),
    .axi_awaddr_i(awaddr),
    .axi_awlen_i(awlen),
    .axi_awsize_i(awsize),
    .axi_awburst_i(awburst),
    .axi_awatop_i(6'd0),
    .axi_awvalid_i(awvalid),
    .axi_awready_i(awready),
    .axi_wstrb_i(wstrb),
    .axi_wvalid_i(wvalid),
    .axi_wready_i(wready),
    .axi_bid_i(bid),
    .axi_bresp_i(bresp),
    .axi_bvalid_i(bvalid),
    .axi_bready_i(bready),
    .axi_arid_i(arid),
    .axi_araddr_i(araddr),
    .axi_arlen_i(arlen),
    .axi_arsize_i(arsize),
    .axi_arburst_i(arburst),
    .axi_arvalid_i(arvalid),
    .axi_arready_i(arready),
    .axi_rid_i(rid),
    .axi_rresp_i(rresp),
    .axi_rvalid_i(rvalid),
    .axi_rready_i(rready)
  );

  tb_axi4_model u_model ();
  tb_axi4_bursts #(.DataWidth(DataWidth)) u_bursts (.clk_i);
  tb_axi4_test_traffic #(
    .DataWidth       (DataWidth),
    .WriteBufferBeats(WriteBufferBeats)
  ) u_test_traffic (.clk_i);
  tb_axi4_test_knobs #(.DataWidth(DataWidth)) u_test_knobs (.clk_i);
  tb_axi4_test_exclusive #(.DataWidth(DataWidth)) u_test_exclusive ();
  tb_axi4_test_refusals #(.DataWidth(DataWidth)) u_test_refusals (
    .clk_i,
    .bridge_lost_i(bridge_lost)
  );
  tb_axi4_test_reset #(.DataWidth(DataWidth)) u_test_reset (
    .clk_i,
    .reset_request_o(reset_request)
  );

  // ---- Sequence --------------------------------------------------------------------------------

  task automatic test_directed();
    u_test_traffic.write_order();
    u_test_traffic.read_after_write();
    u_test_knobs.interleave();
    u_test_knobs.order();
    u_test_knobs.latency();
    for (int unsigned beats = 1; beats <= 64 && beats * BusBytes <= 4096; beats *= 4) begin
      u_test_knobs.throughput(beats);
    end
    u_test_refusals.memory_map();
    if (bridge_lost || buser || ruser) wrong("an output that must be low is high");
    u_test_exclusive.pairs(100);
    u_port.report();
    u_test_reset.resets();
    u_test_traffic.random_bursts(160);
    u_test_refusals.loss();
  endtask

  /// What +expect= says that the port injects must have been seen.
  function automatic void check_faults(input string expected);
    if (expected == "errors" && (u_manager.r_faults == 0 || u_manager.b_faults == 0)) begin
      wrong("no errors were injected");
    end
    if (expected == "flips" && (u_manager.bursts_flipped == 0
                                || 64'(u_manager.bursts_flipped) != u_port.injected_flips())) begin
      wrong($sformatf("%0d bursts with flipped bits seen, %0d injected", u_manager.bursts_flipped,
                      u_port.injected_flips()));
    end
  endfunction

  initial begin : main
    int unsigned     seed, transactions;
    longint unsigned ram_bytes;
    string           rule, only, expected;
    chandle          bridge;

    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("transactions=%d", transactions) == 0) transactions = 2400;
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    if ($value$plusargs("violate=%s", rule) == 0) rule = "";
    if ($value$plusargs("only=%s", only) == 0) only = "";
    if ($value$plusargs("expect=%s", expected) == 0) expected = "";
    if (expected != "" && expected != "errors" && expected != "flips") begin
      $fatal(1, "+expect=%s: no such fault", expected);
    end
    u_manager.seed(64'(seed));
    u_manager.errors_expected = expected == "errors";
    u_manager.flips_expected = expected == "flips";
    bridge = dpi_open_or_fatal("");
    u_port.attach(bridge);
    u_model.start(bridge, ram_bytes, 64'(seed));
    while (rst_n !== 1'b1) @(posedge clk_i);
    @(posedge clk_i);

    if (rule != "") begin
      u_test_refusals.violate(rule);
      if (errors == 0) $display("QDPI VIOLATION ANSWERED");
    end else begin
      u_test_traffic.random_bursts(transactions);
      check_faults(expected);
      if (only != "random" && expected == "") test_directed();
      u_port.report();
      u_coverage.report();
      if (errors == 0) $display("QDPI TEST PASSED");
    end
    $finish;
  end

  final dpi_close(u_model.bridge);

endmodule
