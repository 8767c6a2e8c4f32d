// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Eight LEDs and a button: the smallest device (docs/tutorial.md builds it step by step).
///
/// The guest writes a register by ringing the doorbell of its index. A press of the button raises
/// interrupt_o until the guest acknowledges it; one in the clock of the acknowledgement raises it again
/// after that.
module qdpi_led (
  /// Clock.
  input  logic        clk_i,
  /// Asynchronous reset, active low.
  input  logic        rst_ni,
  /// Register write: valid for one clock.
  input  logic        write_i,
  /// Register write: QDPI_LED_REG_*.
  input  logic [31:0] write_index_i,
  /// Register write: value.
  input  logic [63:0] write_value_i,
  /// The button, high while pressed.
  input  logic        button_i,
  /// The LEDs.
  output logic [7:0]  leds_o,
  /// Interrupt to the guest: level.
  output logic        interrupt_o
);

  localparam int unsigned
`include "qdpi_led_layout.inc"
  ;

  logic button_q, pressed, acknowledged, again_q;

  assign pressed = button_i && !button_q;
  assign acknowledged = write_i && write_index_i == QDPI_LED_REG_ACKNOWLEDGE;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      leds_o      <= '0;
      interrupt_o <= 1'b0;
      button_q    <= 1'b0;
      again_q     <= 1'b0;
    end else begin
      button_q <= button_i;
      if (acknowledged && interrupt_o) begin
        interrupt_o <= 1'b0;
        again_q     <= pressed;
      end else if (pressed || again_q) begin
        interrupt_o <= 1'b1;
        again_q     <= 1'b0;
      end
      if (write_i && write_index_i == QDPI_LED_REG_OUTPUT) leds_o <= write_value_i[7:0];
    end
  end

  logic unused_value;
  assign unused_value = ^write_value_i[63:8];

endmodule
