// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// A source of events with nothing to tell, polled in each clock, beside an interrupt line at rest. For
/// tb_bench_port.
module bench_events (
  /// Clock: rising edge.
  input  logic            clk_i,
  /// Reset: active low.
  input  logic            rst_ni,
  /// Beats that the port has taken or given.
  output longint unsigned beats_o
);
  logic        valid;
  int          kind;
  logic [31:0] index;
  logic [63:0] value;

  qdpi_event_source u_events (
    .clk_i,
    .rst_ni,
    .idle_i(1'b0),
    .valid_o(valid),
    .ready_i(1'b1),
    .kind_o(kind),
    .index_o(index),
    .value_o(value)
  );

  qdpi_interrupt_line u_interrupt (
    .clk_i,
    .rst_ni,
    .interrupt_i(1'b0)
  );

  // A clock is a poll.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) beats_o <= 0;
    else beats_o <= beats_o + 64'(!valid);
  end

  /// Use `bridge` from now on.
  function automatic void start(input chandle bridge);
    u_events.attach(bridge);
    u_interrupt.attach(bridge);
  endfunction

  logic unused;
  assign unused = ^{kind, index, value};

endmodule
