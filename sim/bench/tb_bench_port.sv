// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What a clock of one port costs under full traffic, on a RAM file.
///
/// Plusargs: +clocks=N  in a round, default 20000
///           +rounds=N  default 101
module tb_bench_port #(
  /// Which: the place of its name in Names.
  parameter int unsigned Port = 0
) (
  /// Clock: rising edge.
  input logic clk_i,
  /// Reset: active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;

  localparam string Names[8] = '{"axil", "ahb", "apb", "avalon", "wishbone", "tilelink", "axis",
                                 "events"};

  chandle          bridge;
  longint unsigned beats;

  // One name for all: that is how the one there is can be called.
  case (Port)
    0: begin : g_port
      bench_axil u_bench (.clk_i, .rst_ni, .beats_o(beats));
    end
    1: begin : g_port
      bench_ahb u_bench (.clk_i, .rst_ni, .beats_o(beats));
    end
    2: begin : g_port
      bench_apb u_bench (.clk_i, .rst_ni, .beats_o(beats));
    end
    3: begin : g_port
      bench_avalon u_bench (.clk_i, .rst_ni, .beats_o(beats));
    end
    4: begin : g_port
      bench_wishbone u_bench (.clk_i, .rst_ni, .beats_o(beats));
    end
    5: begin : g_port
      bench_tilelink u_bench (.clk_i, .rst_ni, .beats_o(beats));
    end
    6: begin : g_port
      bench_axis u_bench (.clk_i, .rst_ni, .beats_o(beats));
    end
    default: begin : g_port
      bench_events u_bench (.clk_i, .rst_ni, .beats_o(beats));
    end
  endcase

  initial begin
    bridge = dpi_open_or_fatal("");
    g_port.u_bench.start(bridge);
  end
  final dpi_close(bridge);

  logic            running;
  int unsigned     clocks, rounds, left;
  longint unsigned began, beats_before;

  initial begin
    if ($value$plusargs("clocks=%d", clocks) == 0) clocks = 20_000;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 101;
    // Until the traffic is steady.
    left = 1000;
  end

  function automatic void end_round();
    real elapsed = real'(dpi_clock_us() - began) * 1000.0;
    // A port that moved next to nothing was not measured. The slowest has a beat in two clocks.
    if ((beats - beats_before) * 4 < 64'(clocks)) begin
      $error("%s: %0d beats in %0d clocks", Names[Port], beats - beats_before, clocks);
    end
    $display("sample: ports %s port ns/clock %f", Names[Port], elapsed / real'(clocks));
    if (rounds == 0) begin
      $display("QDPI TEST PASSED");
      $finish;
    end
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) running <= 1'b0;
    else running <= 1'b1;
  end

  // verilator lint_off BLKSEQ
  always @(posedge clk_i) begin
    if (running) begin
      left--;
      if (left == 0) begin
        if (began != 0) end_round();
        rounds--;
        left = clocks;
        beats_before = beats;
        began = dpi_clock_us();
      end
    end
  end
  // verilator lint_on BLKSEQ

endmodule
