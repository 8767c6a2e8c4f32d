// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Benchmark of qdpi_axi4_port: bench_axi4_traffic in front of it, or in front of what it is compared
/// with, bench_axi4_minimal. The parameters choose which; plusargs the rest:
///
///   +qemu=file:PATH?machine=flat   memory, 4 MiB at least
///   +contestant=NAME               what to print
///   +beats=N                       of each burst, 1 to 256; 0: no traffic, the port idles
///   +clocks=N                      measured; default 500000. Instruction counts are the difference
///                                  of two runs with N and 2 N
///   +time_only                     print no other sample than the time of a clock
///   +windows                       close the port but for one window among others
///
/// Prints samples for scripts/bench.sh: the time of a clock, and beats per clock in each direction.
module tb_bench_axi4 #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth     = 64,
  /// 1: the least that answers, instead of the port.
  parameter bit          IsMinimal     = 1'b0,
  /// What is behind that: 0 guest memory, 1 an array of SystemVerilog, 2 one of C.
  parameter int unsigned Memory        = 0,
  /// The port's parameter.
  parameter bit          EnableChecker = 1'b0,
  /// The port's parameter.
  parameter bit          EnableMonitor = 1'b0
) (
  /// Clock: rising edge.
  input logic clk_i,
  /// Reset: active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;

  localparam int unsigned     WindowBytes = 1 << 20;
  localparam longint unsigned ReadBase = 64'h10_0000;
  localparam longint unsigned WriteBase = 64'h20_0000;
  localparam int unsigned     BusBytes = DataWidth / 8;
  localparam int unsigned     Beats = WindowBytes / BusBytes;
  // Of what was written. Fewer than are written, so that instruction counts do not depend on it.
  localparam int unsigned     CheckedBeats = 4096;
  // Before the measurement: caches and branch predictors are warm, buffers full.
  localparam longint unsigned WarmClocks = 2000;

  logic [3:0]           awid, bid, arid, rid;
  logic [63:0]          awaddr, araddr;
  logic                 awvalid, awready, wlast, wvalid, wready, bvalid, arvalid, arready, rlast,
                        rvalid;
  logic [DataWidth-1:0] wdata, rdata;
  logic [1:0]           bresp, rresp;
  logic                 run, traffic_failed;
  int unsigned          read_beats, write_beats, answers;

  // What the one process below keeps for itself.
  // verilator lint_off BLKSEQ
  chandle               bridge;
  string                contestant, burst;
  int unsigned          beats_of_burst, first_read_beats, first_write_beats;
  longint unsigned      clocks, clock, started_us;
  bit                   failed;
  logic [7:0]           len;

  assign len = 8'(beats_of_burst - 1);

  bench_axi4_traffic #(
    .DataWidth  (DataWidth),
    .WindowBytes(WindowBytes),
    .ReadBase   (ReadBase),
    .WriteBase  (WriteBase)
  ) u_traffic (
    .clk_i,
    .rst_ni,
    .run_i        (run),
    .len_i        (len),
    .read_beats_o (read_beats),
    .write_beats_o(write_beats),
    .answers_o    (answers),
    .failed_o     (traffic_failed),
    .awid_o       (awid),
    .awaddr_o     (awaddr),
    .awvalid_o    (awvalid),
    .awready_i    (awready),
    .wdata_o      (wdata),
    .wlast_o      (wlast),
    .wvalid_o     (wvalid),
    .wready_i     (wready),
    .bresp_i      (bresp),
    .bvalid_i     (bvalid),
    .arid_o       (arid),
    .araddr_o     (araddr),
    .arvalid_o    (arvalid),
    .arready_i    (arready),
    .rdata_i      (rdata),
    .rresp_i      (rresp),
    .rlast_i      (rlast),
    .rvalid_i     (rvalid)
  );

  // Both contestants have the same ports.
`define QDPI_BENCH_CONNECTIONS \
    .clk_i, \
    .rst_ni, \
    .awid_i   (awid), \
    .awaddr_i (awaddr), \
    .awlen_i  (len), \
    .awvalid_i(awvalid), \
    .awready_o(awready), \
    .wdata_i  (wdata), \
    .wstrb_i  ({BusBytes{1'b1}}), \
    .wlast_i  (wlast), \
    .wvalid_i (wvalid), \
    .wready_o (wready), \
    .bid_o    (bid), \
    .bresp_o  (bresp), \
    .bvalid_o (bvalid), \
    .bready_i (1'b1), \
    .arid_i   (arid), \
    .araddr_i (araddr), \
    .arlen_i  (len), \
    .arvalid_i(arvalid), \
    .arready_o(arready), \
    .rid_o    (rid), \
    .rdata_o  (rdata), \
    .rresp_o  (rresp), \
    .rlast_o  (rlast), \
    .rvalid_o (rvalid), \
    .rready_i (1'b1)

  if (IsMinimal) begin : g_contestant
    bench_axi4_minimal #(
      .DataWidth(DataWidth),
      .Memory   (Memory)
    ) u_port (
      `QDPI_BENCH_CONNECTIONS
    );
  end else begin : g_contestant
    bench_axi4_port #(
      .DataWidth    (DataWidth),
      .EnableChecker(EnableChecker),
      .EnableMonitor(EnableMonitor)
    ) u_port (
      `QDPI_BENCH_CONNECTIONS
    );
  end

`undef QDPI_BENCH_CONNECTIONS

  initial begin
    if ($value$plusargs("contestant=%s", contestant) == 0) contestant = "port";
    if ($value$plusargs("beats=%d", beats_of_burst) == 0) beats_of_burst = 16;
    if ($value$plusargs("clocks=%d", clocks) == 0) clocks = 500_000;
    burst = beats_of_burst == 0 ? "idle" : $sformatf("burst-%0d", beats_of_burst);
    if (Memory == 0) bridge = dpi_open_or_fatal("");
    g_contestant.u_port.attach(bridge);
    if ($test$plusargs("windows") != 0) begin
      g_contestant.u_port.allow(ReadBase, WriteBase + 64'(WindowBytes) - 64'd1);
    end
    for (int unsigned i = 0; i < Beats; i++) begin
      g_contestant.u_port.put(ReadBase + 64'(i * BusBytes), i);
      g_contestant.u_port.put(WriteBase + 64'(i * BusBytes), ~i);
    end
  end

  // All that was written must have arrived; what is more recent than the last response may have.
  function automatic void check_writes();
    int unsigned certain = answers * beats_of_burst;
    for (int unsigned i = 0; i < CheckedBeats && i < certain; i++) begin
      if (g_contestant.u_port.get(WriteBase + 64'(i * BusBytes)) != i) failed = 1'b1;
    end
    if (beats_of_burst != 0 && (certain == 0 || read_beats == 0)) failed = 1'b1;
  endfunction

  function automatic void print();
    real nanoseconds = 1000.0 * real'(dpi_clock_us() - started_us) / real'(clocks);
    real reads = real'(read_beats - first_read_beats) / real'(clocks);
    real writes = real'(write_beats - first_write_beats) / real'(clocks);
    $display("sample: axi4 %s-%0d %s ns/clock %.3f", burst, DataWidth, contestant, nanoseconds);
    if (beats_of_burst != 0 && $test$plusargs("time_only") == 0) begin
      $display("sample: axi4 read-beats-%s-%0d %s beats/clock %.4f", burst, DataWidth, contestant,
               reads);
      $display("sample: axi4 write-beats-%s-%0d %s beats/clock %.4f", burst, DataWidth, contestant,
               writes);
      $display("sample: axi4 bytes-%s-%0d %s ns/KiB %.3f", burst, DataWidth, contestant,
               nanoseconds * 1024.0 / ((reads + writes) * real'(BusBytes)));
    end
  endfunction

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run <= 1'b0;
      clock <= 0;
    end else begin
      run <= beats_of_burst != 0;
      clock <= clock + 1;
      if (clock == WarmClocks) begin
        started_us = dpi_clock_us();
        first_read_beats = read_beats;
        first_write_beats = write_beats;
      end
      if (clock == WarmClocks + clocks) begin
        print();
        check_writes();
        if (failed || traffic_failed || g_contestant.u_port.has_failed()) begin
          $error("the memory has not what was written, or reads gave something else");
        end else begin
          $display("QDPI TEST PASSED");
        end
        $finish;
      end
    end
  end

  logic unused_ids;
  assign unused_ids = ^{bid, rid};

endmodule
