// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Doorbells and events of the guest as signals, in the guest's order. Simulation only.
///
///   qdpi_event_source u_events (.clk_i, .rst_ni, .idle_i(!busy), .valid_o(valid), .ready_i(ready),
///                               .kind_o(kind), .index_o(index), .value_o(value));
///   initial u_events.attach(bridge);
///
/// While the device works, the bridge is polled once per clock, which costs a few nanoseconds. When
/// idle_i has been high for IdleClocks clocks, the simulator sleeps in the poll until something comes,
/// for at most IdleWaitMs per clock, and leaves the CPU to the guest: simulated time then hardly
/// moves, so idle_i must be low while the device waits for a time-out of its own.
///
/// What the guest sends is logged (qdpi_log_pkg) in the clock in which it gets onto valid_o.
module qdpi_event_source #(
  /// Clocks of idleness before the simulator sleeps.
  parameter int unsigned IdleClocks = 2048,
  /// Longest sleep in one clock, in milliseconds of wall-clock time; 0: never sleep.
  parameter int unsigned IdleWaitMs = 10,
  /// Name of the guest in logs.
  parameter string       Name = "guest"
) (
  /// Clock.
  input  logic        clk_i,
  /// Asynchronous reset, active low. An event that was on valid_o is dropped.
  input  logic        rst_ni,
  /// High while nothing in the simulation needs time to pass.
  input  logic        idle_i,
  /// An event is there; stable until ready_i.
  output logic        valid_o,
  /// Takes the event.
  input  logic        ready_i,
  /// QDPI_EVENT_*.
  output int          kind_o,
  /// Doorbell: its index.
  output logic [31:0] index_o,
  /// Doorbell: the value written; others: see QDPI_EVENT_*.
  output logic [63:0] value_o
);

  import qemu_dpi_pkg::*;

  chandle      bridge = null;
  bit          ended;
  int unsigned idle_clocks;
  string       guest_name;

  // Not always_ff, and blocking: attach() and set_name() write these too, from other processes.
  /* verilator lint_off BLKSEQ */
  initial begin
    if (guest_name == "") set_name(Name);
    qdpi_log_pkg::join_log();
  end
  final qdpi_log_pkg::leave_log();

  /// Call the guest `name` in logs.
  function automatic void set_name(input string name);
    guest_name = name;
  endfunction

  /// Listen to `bridge`, from dpi_open.
  function automatic void attach(input chandle bridge_to_hear);
    bridge = bridge_to_hear;
    ended = 1'b0;
  endfunction

  function automatic void log_event(input int kind, input int unsigned index,
                                    input longint unsigned value);
    if (kind == int'(QDPI_EVENT_DOORBELL)) begin
      qdpi_log_pkg::note(guest_name, "doorbells", $sformatf("doorbell %0d", index),
                         $sformatf("index %0d value 0x%0h", index, value));
    end else begin
      qdpi_log_pkg::note(guest_name, "events", qdpi_log_pkg::event_name(kind),
                         $sformatf("value %0d", value));
    end
  endfunction

  always @(posedge clk_i or negedge rst_ni) begin
    automatic int result = 0;
    automatic int kind = 0;
    automatic int unsigned index = 0;
    automatic longint unsigned value = 0;

    if (!rst_ni) begin
      valid_o <= 1'b0;
      kind_o  <= 0;
      index_o <= '0;
      value_o <= '0;
      idle_clocks <= 0;
    end else begin
      if (!idle_i || valid_o) idle_clocks <= 0;
      else if (idle_clocks < IdleClocks) idle_clocks <= idle_clocks + 1;
      if ((!valid_o || ready_i) && bridge != null && !ended) begin
        // Judged by this clock's signals, not by the count alone: the device may have begun to work.
        if (idle_i && !valid_o && idle_clocks == IdleClocks && IdleWaitMs != 0) begin
          result = dpi_event_wait(bridge, IdleWaitMs, kind, index, value);
        end else begin
          result = dpi_event_poll(bridge, kind, index, value);
        end
        // The last event was QDPI_EVENT_LOST; a testbench that goes on calls attach() again.
        if (result < 0) ended = 1'b1;
        if (result == 1 && qdpi_log_pkg::wanted()) log_event(kind, index, value);
        valid_o <= result == 1;
        kind_o  <= kind;
        index_o <= index;
        value_o <= value;
      end else if (ready_i) begin
        valid_o <= 1'b0;
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
