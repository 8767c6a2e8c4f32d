// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What the DMA engine gives: bytes per clock on long copies and on many short ones, clocks from a
/// doorbell to completion and interrupt, and how fast that is simulated.
/// Plusargs: +qemu=ENDPOINT (else $QEMU_DPI), of 16 MiB at least.
module tb_bench_dma #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  import qemu_dpi_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned Mib = 1 << 20;
  localparam int unsigned ShortLength = 64;
  localparam int unsigned ShortCopies = 256;
  localparam int unsigned ChunkBytes = 4096;

  localparam int unsigned LongCopies = 4;

  typedef struct packed {
    int unsigned count;
    int unsigned length;
    int unsigned source_offset;
    int unsigned destination_offset;
  } long_copy_t;

  function automatic long_copy_t long_copy(input int unsigned number);
    case (number)
      0:       return '{1, Mib, 0, 0};
      1:       return '{1, Mib - 64, 3, 5};
      2:       return '{64, 4096, 0, 0};
      default: return '{64, 64, 0, 0};
    endcase
  endfunction

  function automatic string long_copy_name(input int unsigned number);
    case (number)
      0:       return "1MiB";
      1:       return "1MiB-unaligned";
      2:       return "64x4KiB";
      default: return "64x64B";
    endcase
  endfunction

  bench_dma_station #(
    .DataWidth(DataWidth)
  ) u_station (
    .clk_i,
    .rst_ni
  );

  // Written by one process and what it calls. What has arrays or strings is not inlined: they would
  // be cleared in every clock.
  /* verilator lint_off BLKSEQ */
  /* verilator lint_off IMPURE */
  chandle          bridge;
  int unsigned     step;         // long copies, then short ones
  bit              running;
  longint unsigned started_us;
  longint unsigned worst_completion, worst_interrupt;

  initial begin
    bridge = dpi_open_or_fatal("");
    u_station.attach(bridge, 64'h10_0000);
  end
  final dpi_close(bridge);

  function automatic void sample(input string what, input string contestant, input string unit,
                                 input real value);
    // verilator no_inline_task
    $display("sample: dma %s-%0dbit %s %s %0.4f", what, DataWidth, contestant, unit, value);
  endfunction

  /// The same by bridge calls and nothing else, which no simulated device undercuts.
  function automatic void copy_by_calls();
    // verilator no_inline_task
    byte unsigned    data [ChunkBytes];
    longint unsigned begun_us = dpi_clock_us();
    longint unsigned took_us = 0;
    int unsigned     times = 0;
    while (took_us < 2000) begin
      for (int unsigned at = 0; at < Mib; at += ChunkBytes) begin
        if (dpi_mem_read(bridge, 64'h20_0000 + 64'(at), data) < 0
            || dpi_mem_write(bridge, 64'h80_0000 + 64'(at), data) < 0)
          $error("a copy by calls has failed: %s", dpi_last_error(bridge));
      end
      times++;
      took_us = dpi_clock_us() - begun_us;
    end
    sample("copy-1MiB", "calls", "ns/KiB", 1000.0 * real'(took_us) / (real'(times) * 1024.0));
  endfunction

  function automatic void begin_step();
    // verilator no_inline_task
    if (step < LongCopies) begin
      long_copy_t copy = long_copy(step);
      u_station.begin_copies(copy.count, copy.length, copy.source_offset, copy.destination_offset,
                             1'b0);
    end else begin
      int unsigned number = step - LongCopies;
      // The first is aligned to everything.
      u_station.begin_copies(1, ShortLength, number * 7 % 64, number * 13 % 64, 1'b1);
    end
    started_us = dpi_clock_us();
  endfunction

  function automatic void end_long_copy();
    // verilator no_inline_task
    longint unsigned took_us = dpi_clock_us() - started_us;
    string           name = long_copy_name(step);
    real             bytes = real'(u_station.copied_bytes);
    real             clocks = real'(u_station.interrupt_clocks);
    sample({"width-share-", name}, "engine", "share", bytes / (clocks * real'(BusBytes)));
    if (u_station.copies == 1) begin
      sample({"copy-", name}, "engine", "ns/KiB", 1024000.0 * real'(took_us) / bytes);
      sample({"clock-", name}, "engine", "ns", 1000.0 * real'(took_us) / clocks);
    end else begin
      sample({"clocks-per-copy-", name}, "engine", "clocks", clocks / real'(u_station.copies));
    end
    // Of the same case, so that the two are compared.
    if (step == 0) copy_by_calls();
  endfunction

  function automatic void end_short_copy();
    // verilator no_inline_task
    if (u_station.completion_clocks > worst_completion)
      worst_completion = u_station.completion_clocks;
    if (u_station.interrupt_clocks > worst_interrupt) worst_interrupt = u_station.interrupt_clocks;
    if (step == LongCopies) begin
      sample("doorbell-to-completion-64B", "engine", "clocks", real'(worst_completion));
      sample("doorbell-to-interrupt-64B", "engine", "clocks", real'(worst_interrupt));
    end else if (step == LongCopies + ShortCopies - 1) begin
      sample("doorbell-to-completion-64B-any-alignment", "engine", "clocks",
             real'(worst_completion));
      sample("doorbell-to-interrupt-64B-any-alignment", "engine", "clocks", real'(worst_interrupt));
    end
  endfunction

  always @(posedge clk_i) begin
    if (u_station.is_done()) begin
      if (running) begin
        if (step < LongCopies) end_long_copy();
        else end_short_copy();
        u_station.check();
        step++;
      end
      running = step != LongCopies + ShortCopies;
      if (running) begin
        begin_step();
      end else begin
        $display("QDPI TEST PASSED");
        $finish;
      end
    end
  end
  /* verilator lint_on IMPURE */
  /* verilator lint_on BLKSEQ */

endmodule
