// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The LED device's button alone: a second press some clocks before, in and some clocks after that
/// of the acknowledgement of the first, and a third when all is quiet. Who presses after the
/// acknowledgement, or with it, must be heard of by an edge of its own, and none may be the last.
module tb_led_button (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  // Not all of them are used here.
  /* verilator lint_off UNUSEDPARAM */
  localparam int unsigned
`include "qdpi_led_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  localparam int unsigned RoundClocks = 50;
  localparam int unsigned FirstPress = 4;
  localparam int unsigned AckAfter = 5;                           // clocks after an edge
  localparam int unsigned FirstAck = FirstPress + 1 + AckAfter;
  localparam int unsigned Earliest = FirstAck - 3;                // of the second press
  localparam int unsigned Latest = FirstAck + 3;
  localparam int unsigned ThirdPress = 35;

  int unsigned now, second_press, edges, ack_clocks;
  logic        button, acknowledge, interrupt, interrupt_q, rises;
  logic [7:0]  leds;

  assign button = now == FirstPress || now == second_press || now == ThirdPress;
  assign acknowledge = ack_clocks == 1;
  assign rises = interrupt && !interrupt_q;

  qdpi_led u_led (
    .clk_i,
    .rst_ni,
    .write_i      (acknowledge),
    .write_index_i(QDPI_LED_REG_ACKNOWLEDGE),
    .write_value_i(64'd0),
    .button_i     (button),
    .leds_o       (leds),
    .interrupt_o  (interrupt)
  );

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now          <= 0;
      second_press <= Earliest;
      edges        <= 0;
      ack_clocks   <= 0;
      interrupt_q  <= 1'b0;
    end else begin
      now         <= now + 1;
      interrupt_q <= interrupt;
      if (rises) begin
        edges      <= edges + 1;
        ack_clocks <= AckAfter;
      end else if (ack_clocks != 0) begin
        ack_clocks <= ack_clocks - 1;
      end
      if (now == FirstPress + 1 && !rises) $error("a press raises no interrupt");
      if (now == FirstAck && !acknowledge) $error("the acknowledgement is not where it should be");
      if (now == RoundClocks) begin
        // One before the acknowledgement is acknowledged with the first.
        if (edges != (second_press < FirstAck ? 2 : 3) || interrupt) begin
          $error("second press %0d clocks after the acknowledgement: %0d edges, then %b",
                 int'(second_press) - int'(FirstAck), edges, interrupt);
        end
        now          <= 0;
        edges        <= 0;
        second_press <= second_press + 1;
        if (second_press == Latest) begin
          if (leds == '0) $display("QDPI TEST PASSED");
          $finish;
        end
      end
    end
  end

endmodule
