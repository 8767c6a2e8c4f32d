// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Test of qdpi_tilelink_port against a byte-wise model of TileLink's operations, with guest memory
/// checked both through the port and behind its back. Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N    its size (16 MiB)
///   +seed=N         of the random operations (1)
///   +rounds=N       of random operations (20)
///
/// At the end the RAM file is truncated, and the port must deny.
///
/// The port, what is around it and the order of the tests stand here; the parts call each other by
/// instance name. The tests, tb_tilelink_test_*, start tb_tilelink_operations, which know by
/// tb_tilelink_reference what must come of them, and which tb_tilelink_manager plays.
module tb_qdpi_tilelink_port #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import qdpi_tilelink_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_tilelink_port_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  logic                   reset_request;
  logic                   tb_reset_n;
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic                   rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                   bridge_lost;
  logic                   a_valid, a_ready, a_corrupt, d_valid, d_ready, d_denied, d_corrupt;
  logic [2:0]             a_opcode, a_param, d_opcode;
  logic [1:0]             d_param;
  logic [3:0]             a_size, d_size;
  logic [SourceWidth-1:0] a_source, d_source;
  logic                   d_sink;
  logic [AddrWidth-1:0]   a_address;
  logic [BusBytes-1:0]    a_mask;
  logic [DataWidth-1:0]   a_data, d_data;

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_tilelink_port #(
    .Name       ("tilelink"),
    .AddrWidth  (AddrWidth),
    .DataWidth  (DataWidth),
    .SourceWidth(SourceWidth),
    .HangClocks (20000)
  ) u_port (
    .clk_i,
    .rst_ni        (rst_n),
    .bridge_lost_o (bridge_lost),
    .tl_a_valid_i  (a_valid),
    .tl_a_ready_o  (a_ready),
    .tl_a_opcode_i (a_opcode),
    .tl_a_param_i  (a_param),
    .tl_a_size_i   (a_size),
    .tl_a_source_i (a_source),
    .tl_a_address_i(a_address),
    .tl_a_mask_i   (a_mask),
    .tl_a_data_i   (a_data),
    .tl_a_corrupt_i(a_corrupt),
    .tl_d_valid_o  (d_valid),
    .tl_d_ready_i  (d_ready),
    .tl_d_opcode_o (d_opcode),
    .tl_d_param_o  (d_param),
    .tl_d_size_o   (d_size),
    .tl_d_source_o (d_source),
    .tl_d_sink_o   (d_sink),
    .tl_d_denied_o (d_denied),
    .tl_d_data_o   (d_data),
    .tl_d_corrupt_o(d_corrupt)
  );

  tb_tilelink_manager #(
    .AddrWidth  (AddrWidth),
    .DataWidth  (DataWidth),
    .SourceWidth(SourceWidth)
  ) u_manager (
    .clk_i,
    .rst_ni        (rst_n),
    .tl_a_valid_o  (a_valid),
    .tl_a_ready_i  (a_ready),
    .tl_a_opcode_o (a_opcode),
    .tl_a_param_o  (a_param),
    .tl_a_size_o   (a_size),
    .tl_a_source_o (a_source),
    .tl_a_address_o(a_address),
    .tl_a_mask_o   (a_mask),
    .tl_a_data_o   (a_data),
    .tl_a_corrupt_o(a_corrupt),
    .tl_d_valid_i  (d_valid),
    .tl_d_ready_o  (d_ready),
    .tl_d_opcode_i (d_opcode),
    .tl_d_size_i   (d_size),
    .tl_d_source_i (d_source),
    .tl_d_denied_i (d_denied),
    .tl_d_data_i   (d_data)
  );

  tb_guest_pages #(
    .Window     (Window),
    .WindowPages(WindowPages)
  ) u_pages ();
  tb_tilelink_reference u_reference ();
  tb_tilelink_operations #(.DataWidth(DataWidth)) u_operations (.clk_i);
  tb_tilelink_test_traffic #(.DataWidth(DataWidth)) u_test_traffic (.clk_i);
  tb_tilelink_test_knobs u_test_knobs ();
  tb_tilelink_test_refusals u_test_refusals (
    .clk_i,
    .bridge_lost_i(bridge_lost)
  );
  tb_tilelink_test_reset #(.DataWidth(DataWidth)) u_test_reset (
    .clk_i,
    .reset_request_o(reset_request)
  );

  // ---- Sequence --------------------------------------------------------------------------------

  initial begin : main
    int unsigned     first_seed, rounds;
    longint unsigned ram_bytes;
    chandle          bridge;
    if ($value$plusargs("seed=%d", first_seed) == 0) first_seed = 1;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 20;
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    u_manager.seed(64'(first_seed));
    bridge = dpi_open_or_fatal("");
    u_port.attach(bridge);
    u_pages.attach(bridge, ram_bytes);
    u_reference.start();
    u_pages.fill_window();
    while (rst_n !== 1'b1) @(posedge clk_i);
    @(posedge clk_i);

    u_test_traffic.all_operations();
    for (int unsigned size = $clog2(BusBytes); size <= LargestSize; size += 3) begin
      u_test_traffic.throughput(size);
    end
    u_test_traffic.counts();
    u_test_refusals.memory_map();
    u_test_refusals.broken_rules();
    u_test_reset.resets();
    u_test_reset.withheld();
    for (int unsigned phase = 0; phase < 32'(PhaseLast); phase++) begin
      u_test_knobs.prepare(phase_e'(phase));
      u_operations.random_rounds(phase == 0 ? rounds : 1 + rounds / 3, 80);
      u_test_knobs.judge(phase_e'(phase));
    end
    if (u_manager.hints == 0) wrong("no Intent was answered");
    if (bridge_lost) wrong("bridge_lost_o is high");
    u_port.report();
    u_test_refusals.loss();
    if (d_param != 0 || d_sink) wrong("an output that must be low is high");
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

  // The checker inside the port looks at it.
  logic unused_corrupt;
  assign unused_corrupt = d_corrupt;

  final dpi_close(u_pages.bridge);

endmodule
