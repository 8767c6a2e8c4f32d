// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The person in front of the LED device: watches the LEDs; when all have been lit, presses the
/// button, and again whenever the guest has answered. After the last press the LEDs must show how
/// many there were.
module tb_led_person #(
  /// Presses of the button.
  parameter int unsigned Presses = 3
) (
  /// Clock.
  input  logic       clk_i,
  /// Reset, active low: the person begins again.
  input  logic       rst_ni,
  /// The LEDs.
  input  logic [7:0] leds_i,
  /// The device's interrupt, high from a press until the guest's answer.
  input  logic       interrupt_i,
  /// The button: high for one clock.
  output logic       button_o
);

  localparam logic [7:0] AllSeen = 8'hff;

  logic        interrupt_q, count_shown;
  logic [7:0]  leds_q, seen;
  int unsigned presses, answers;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      interrupt_q <= 1'b0;
      leds_q      <= '0;
      seen        <= '0;
      button_o    <= 1'b0;
      presses     <= 0;
      answers     <= 0;
      count_shown <= 1'b0;
    end else begin
      interrupt_q <= interrupt_i;
      leds_q      <= leds_i;
      seen        <= seen | leds_i;
      if (leds_i != leds_q) $display("LEDs %b", leds_i);
      if (presses == Presses && leds_i == 8'(Presses)) count_shown <= 1'b1;
      button_o <= 1'b0;
      if (interrupt_q && !interrupt_i) answers <= answers + 1;
      if (seen == AllSeen && !button_o && !interrupt_i && !interrupt_q && answers == presses
          && presses < Presses) begin
        button_o <= 1'b1;
        presses  <= presses + 1;
        $display("button pressed");
      end
    end
  end

  /// Whether the guest has answered all presses, and the LEDs have shown how many there were.
  function automatic bit is_content();
    if (answers != Presses) $error("%0d presses answered, not %0d", answers, Presses);
    else if (count_shown || leds_i == 8'(Presses)) return 1'b1;
    else $error("LEDs show %0d, not the %0d presses", leds_i, Presses);
    return 1'b0;
  endfunction

endmodule
