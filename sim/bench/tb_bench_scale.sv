// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Several DMA engines, each behind a port of its own, in one simulation: what a clock and a port
/// cost, while each port carries a beat in each direction.
/// Plusargs: +qemu=ENDPOINT (else $QEMU_DPI), of 4 MiB a port and 1 MiB at least; +kib=N that each
/// copies (1024, the most), +name=NAME for the samples (threads-1).
module tb_bench_scale #(
  /// Ports, up to 16.
  parameter int unsigned Ports = 1,
  /// Bits of their data buses.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  import qemu_dpi_pkg::*;

  localparam longint unsigned AreaBytes = 64'h40_0000;
  localparam longint unsigned FirstArea = 64'h10_0000;

  // Written by one process and what it calls.
  /* verilator lint_off BLKSEQ */
  /* verilator lint_off IMPURE */
  chandle           bridge;
  logic [Ports-1:0] begun, finished;
  logic             checking;
  longint unsigned  clocks, started_us;
  string            name;
  int unsigned      copy_bytes;

  initial begin
    checking = 1'b0;
    if ($value$plusargs("name=%s", name) == 0) name = "threads-1";
    if ($value$plusargs("kib=%d", copy_bytes) == 0) copy_bytes = 1024;
    copy_bytes *= 1024;
  end
  final dpi_close(bridge);

  /// The bridge of all ports.
  function automatic chandle shared_bridge();
    if (bridge == null) bridge = dpi_open_or_fatal("");
    return bridge;
  endfunction

  for (genvar i = 0; i < Ports; i++) begin : g_port
    bench_scale_port #(
      .DataWidth(DataWidth),
      .Area     (FirstArea + 64'(i) * AreaBytes)
    ) u_port (
      .clk_i,
      .rst_ni,
      .bytes_i   (copy_bytes),
      .begun_o   (begun[i]),
      .finished_o(finished[i]),
      .check_i   (checking)
    );
  end

  function automatic void report();
    // verilator no_inline_task
    longint unsigned took_us = dpi_clock_us() - started_us;
    real             clock_ns = 1000.0 * real'(took_us) / real'(clocks);
    $display("sample: scale clock-and-port-%0dbit-%s ports-%0d ns %0.3f", DataWidth, name, Ports,
             clock_ns / real'(Ports));
  endfunction

  always @(posedge clk_i) begin
    if (&begun) begin
      if (started_us == 0) started_us = dpi_clock_us();
      clocks++;
    end
    if (&finished && !checking) report();
    checking <= &finished;
    if (checking) begin
      $display("QDPI TEST PASSED");
      $finish;
    end
  end
  /* verilator lint_on IMPURE */
  /* verilator lint_on BLKSEQ */

endmodule
