// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Decides when completions are worth an interrupt.

/// Interrupt coalescing, one-shot: after an interrupt none follows until software acknowledges.
/// Then the condition is looked at afresh, so completions that came in between are signalled too.
///
/// Armed and with completions that are not acknowledged, an interrupt is raised when
///   - there are as many as COALESCE says, or
///   - COALESCE gives a time-out and that many clocks have passed since the first of them (or since
///     the acknowledgement, if that was later), or
///   - COALESCE gives no time-out and the ring has no work left, so the last ones are not stuck.
module qdpi_dma_interrupt (
  /// Clock.
  input  logic        clk_i,
  /// Asynchronous reset, active low.
  input  logic        rst_ni,
  /// Back to the state after reset.
  input  logic        clear_i,
  /// Completions written, free-running.
  input  logic [31:0] head_i,
  /// The head count after head_i is being written: software may see it any time now.
  input  logic        head_pending_i,
  /// No descriptor is in progress nor about to be.
  input  logic        quiet_i,
  /// Completions per interrupt; 0 acts as 1.
  input  logic [15:0] count_i,
  /// Time-out in clocks; 0: none.
  input  logic [31:0] timeout_i,
  /// Software acknowledges.
  input  logic        ack_i,
  /// Completions software has seen, free-running.
  input  logic [31:0] ack_value_i,
  /// Completions wait for their interrupt: time must pass.
  output logic        waiting_o,
  /// Interrupts raised so far.
  output logic [31:0] interrupts_o,
  /// High from an interrupt until its acknowledgement.
  output logic        interrupt_o
);
  logic [31:0] acked_q, timer_q, interrupts_q;
  logic raised_q;
  logic [31:0] unseen, unseen_after_ack;
  logic beyond_head, seen_early;
  logic waiting, enough, late, stuck, raise;

  assign unseen = head_i - acked_q;
  // Software has seen the head count before its write was answered, and head_i is still behind.
  assign seen_early = unseen == '1;
  assign waiting = !raised_q && (unseen != '0) && !seen_early;
  assign enough = unseen >= 32'(count_i);
  assign late = (timeout_i != '0) && (timer_q >= timeout_i);
  assign stuck = (timeout_i == '0) && quiet_i;
  assign raise = waiting && !ack_i && (enough || late || stuck);

  // An acknowledgement of completions that do not exist yet must not swallow them later.
  assign unseen_after_ack = head_i - ack_value_i;
  assign beyond_head = ($signed(unseen_after_ack) < 0)
      && !(head_pending_i && unseen_after_ack == '1);

  assign waiting_o = waiting;
  assign interrupts_o = interrupts_q;
  assign interrupt_o = raised_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      acked_q <= '0;
      timer_q <= '0;
      interrupts_q <= '0;
      raised_q <= 1'b0;
    end else if (clear_i) begin
      acked_q <= '0;
      timer_q <= '0;
      interrupts_q <= '0;
      raised_q <= 1'b0;
    end else begin
      if (ack_i) begin
        acked_q <= beyond_head ? head_i : ack_value_i;
        raised_q <= 1'b0;
      end else if (raise) begin
        interrupts_q <= interrupts_q + 1'b1;
        raised_q <= 1'b1;
      end
      if (waiting && !ack_i) timer_q <= (timer_q == '1) ? timer_q : timer_q + 1'b1;
      else if (timer_q != '0) timer_q <= '0;
    end
  end
endmodule
