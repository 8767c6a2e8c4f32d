// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What a poll that finds nothing costs, and a posted interrupt call, each against an import that
/// does nothing. The guest is one that does nothing with line 9.
///
/// Plusargs: +rounds=N  default 101
module tb_bench_channel (
  /// Clock: rising edge.
  input logic clk_i,
  /// Reset: active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import bench_floor_pkg::*;

  localparam int unsigned Polls     = 500_000;
  localparam int unsigned Pulses    = 2_000;
  localparam int unsigned Line      = 9;
  /// More than QEMU is given ahead of what it carries out.
  localparam int unsigned UnderWay  = 16;
  localparam int unsigned TimeoutMs = 20_000;

  chandle      bridge;
  int unsigned rounds;

  initial begin
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 101;
    bridge = dpi_open_or_fatal("");
    dpi_require_or_fatal(bridge, QDPI_FEATURE_INTERRUPT);
  end
  final dpi_close(bridge);

  /// Tell what each of `calls` has taken, in nanoseconds.
  function automatic real sample(input string name, input string contestant,
                                 input longint unsigned since, input int unsigned calls);
    real each = real'(dpi_clock_us() - since) * 1000.0 / real'(calls);
    $display("sample: channel %s %s ns %f", name, contestant, each);
    return each;
  endfunction

  /// The sum of the results is looked at: each call must find nothing.
  function automatic void expect_none(input int sum);
    if (sum != 0) $error("calls that must find nothing have returned %0d in all", sum);
  endfunction

  function automatic void polls();
    int              kind, sum;
    int unsigned     index;
    longint unsigned value, since;
    real             each;
    kind = 0;
    index = 0;
    value = 0;
    sum = 0;
    since = dpi_clock_us();
    for (int unsigned i = 0; i < Polls; i++) sum += dpi_event_poll(bridge, kind, index, value);
    each = sample("poll", "bridge", since, Polls);
    expect_none(sum);
    since = dpi_clock_us();
    for (int unsigned i = 0; i < Polls; i++) sum += bench_floor_poll(bridge, kind, index, value);
    each -= sample("poll", "empty", since, Polls);
    $display("sample: channel poll-beyond-empty bridge ns %f", each);
    expect_none(sum);
    if (kind != 0 || index != 0 || value != 0) $error("a poll has found something");
  endfunction

  /// While requests are under way, and what is posted is only queued.
  function automatic void pulses();
    int              sum;
    longint unsigned since, posted;
    sum = 0;
    for (int unsigned i = 0; i < UnderWay; i++) dpi_irq_pulse_or_fatal(bridge, Line);
    posted = dpi_counter(bridge, int'(QDPI_COUNTER_INTERRUPTS_POSTED));
    since = dpi_clock_us();
    for (int unsigned i = 0; i < Pulses; i++) sum += dpi_irq_pulse(bridge, Line);
    void'(sample("post", "bridge", since, Pulses));
    expect_none(sum);
    if (dpi_counter(bridge, int'(QDPI_COUNTER_INTERRUPTS_POSTED)) - posted != 64'(Pulses)) begin
      $error("not every interrupt call was counted");
    end
    since = dpi_clock_us();
    for (int unsigned i = 0; i < Pulses; i++) sum += bench_floor_pulse(bridge, Line);
    void'(sample("post", "empty", since, Pulses));
    expect_none(sum);
    dpi_fence_or_fatal(bridge, TimeoutMs);
  endfunction

  // verilator lint_off BLKSEQ
  always @(posedge clk_i) begin
    if (rst_ni) begin
      polls();
      pulses();
      rounds--;
      if (rounds == 0) begin
        $display("QDPI TEST PASSED");
        $finish;
      end
    end
  end
  // verilator lint_on BLKSEQ

endmodule
