// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Test of qdpi_ahb_port against a byte-wise reference memory, with guest memory checked through
/// the bridge behind the port's back. Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N    its size (16 MiB)
///   +seed=N         of the random bursts (1)
///   +rounds=N       of 60 random bursts each (20)
///
/// It sets the port's knobs itself, one test after the other, and expects what they ask for. At
/// the end the RAM file is truncated, and the port must answer ERROR.
///
/// The port, what is around it and the order of the tests stand here; the parts call each other by
/// instance name. The tests, tb_ahb_test_*, let tb_ahb_manager play transfers and the bursts of
/// tb_ahb_traffic, and compare guest memory by tb_guest_pages with what must have come of them.
module tb_qdpi_ahb_port #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth    = 64,
  /// 1: AHB5 with HWSTRB.
  parameter bit          WriteStrobes = 1'b1
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import qdpi_port_pkg::*;
  import tb_ahb_manager_pkg::*;
  import tb_ahb_port_pkg::*;
  import tb_errors_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  logic                 reset_request;
  logic                 tb_reset_n;
  // verilator lint_off SYNCASYNCNET
  // The testbench's processes sample it, flops take it asynchronously.
  logic                 rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                 bridge_lost;
  logic                 hsel, hwrite, hmastlock, hnonsec, hexcl, hready, hreadyout, hresp, hexokay;
  logic [AddrWidth-1:0] haddr;
  logic [1:0]           htrans;
  logic [2:0]           hsize, hburst;
  logic [6:0]           hprot;
  logic [3:0]           hmaster;
  logic [DataWidth-1:0] hwdata, hrdata;
  logic [BusBytes-1:0]  hwstrb;

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_ahb_port #(
    .AddrWidth   (AddrWidth),
    .DataWidth   (DataWidth),
    .WriteStrobes(WriteStrobes),
    .Name        ("ahb"),
    .HangClocks  (HangClocks)
  ) u_port (
    .clk_i,
    .rst_ni       (rst_n),
    .bridge_lost_o(bridge_lost),
    .hsel_i       (hsel),
    .haddr_i      (haddr),
    .htrans_i     (htrans),
    .hsize_i      (hsize),
    .hburst_i     (hburst),
    .hwrite_i     (hwrite),
    .hprot_i      (hprot),
    .hmastlock_i  (hmastlock),
    .hnonsec_i    (hnonsec),
    .hexcl_i      (hexcl),
    .hmaster_i    (hmaster),
    .hwdata_i     (hwdata),
    .hwstrb_i     (hwstrb),
    .hready_i     (hready),
    .hreadyout_o  (hreadyout),
    .hresp_o      (hresp),
    .hrdata_o     (hrdata),
    .hexokay_o    (hexokay)
  );

  tb_ahb_manager #(
    .AddrWidth   (AddrWidth),
    .DataWidth   (DataWidth),
    .WriteStrobes(WriteStrobes)
  ) u_manager (
    .clk_i,
    .rst_ni     (rst_n),
    .hsel_o     (hsel),
    .haddr_o    (haddr),
    .htrans_o   (htrans),
    .hsize_o    (hsize),
    .hburst_o   (hburst),
    .hwrite_o   (hwrite),
    .hprot_o    (hprot),
    .hmastlock_o(hmastlock),
    .hnonsec_o  (hnonsec),
    .hexcl_o    (hexcl),
    .hmaster_o  (hmaster),
    .hwdata_o   (hwdata),
    .hwstrb_o   (hwstrb),
    .hready_o   (hready),
    .hreadyout_i(hreadyout),
    .hresp_i    (hresp),
    .hrdata_i   (hrdata),
    .hexokay_i  (hexokay)
  );

  tb_guest_pages #(
    .Window     (Window),
    .WindowPages(WindowPages)
  ) u_pages ();
  tb_ahb_reference u_reference ();
  tb_ahb_traffic #(.DataWidth(DataWidth)) u_traffic (.clk_i);
  tb_ahb_test_timing #(.DataWidth(DataWidth)) u_test_timing ();
  tb_ahb_test_refusals #(.DataWidth(DataWidth)) u_test_refusals (.bridge_lost_i(bridge_lost));
  tb_ahb_test_exclusive #(.DataWidth(DataWidth)) u_test_exclusive ();
  tb_ahb_test_reset #(.DataWidth(DataWidth)) u_test_reset (
    .reset_request_o(reset_request),
    .hready_i       (hready),
    .hreadyout_i    (hreadyout),
    .hresp_i        (hresp),
    .hexokay_i      (hexokay),
    .hrdata_i       (hrdata)
  );

  // ---- Sequence --------------------------------------------------------------------------------

  /// What the port counted since reset is what went over the bus.
  function automatic void check_counts();
    if (u_port.transactions(KindRead) != u_manager.done[0]
        || u_port.transactions(KindWrite) != u_manager.done[1]) begin
      wrong($sformatf("the port counted %0d reads, %0d writes; %0d, %0d were made",
                      u_port.transactions(KindRead), u_port.transactions(KindWrite),
                      u_manager.done[0], u_manager.done[1]));
    end
  endfunction

  initial begin : main
    int unsigned     random_seed, rounds;
    longint unsigned ram_bytes;
    chandle          bridge;

    if ($value$plusargs("seed=%d", random_seed) == 0) random_seed = 1;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 20;
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    u_manager.seed(64'(random_seed));
    u_manager.reset_counts();
    bridge = dpi_open_or_fatal("");
    u_port.attach(bridge);
    u_pages.attach(bridge, ram_bytes);
    u_pages.fill_window();
    while (rst_n !== 1'b1) @(posedge clk_i);
    u_traffic.clocks(2);

    u_traffic.random_rounds(rounds, WantOkay);
    u_test_timing.full_rate();
    u_test_timing.delays();
    u_test_refusals.memory_map();
    u_test_refusals.sequence_rules();
    u_test_refusals.windows();
    u_test_refusals.injected();
    u_test_exclusive.pairs();
    if (bridge_lost) wrong("bridge_lost_o is high");
    check_counts();
    u_port.report();
    u_test_reset.withheld();
    u_test_reset.resets();
    u_test_refusals.loss();
    if (u_port.g_checker.u_checker.u_rules.total() != u_test_refusals.broken_rules + 2) begin
      wrong("the checker saw a broken rule");
    end
    dpi_close(bridge);
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
