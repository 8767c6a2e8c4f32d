// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The smallest example: a guest lights LEDs by doorbell; a button pressed here, by tb_led_person,
/// raises an interrupt that the guest answers. Walked through in docs/tutorial.md.
/// Plusargs: +qemu=ENDPOINT (else $QEMU_DPI).
module tb_led (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  import qemu_dpi_pkg::*;

  // Not all of them are used here.
  /* verilator lint_off UNUSEDPARAM */
  localparam int unsigned
`include "qdpi_test_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  localparam int unsigned IrqLine = 5;

  chandle      bridge;
  logic        event_valid, interrupt, interrupt_q, button;
  int          event_kind;
  logic [31:0] event_index;
  logic [63:0] event_value;
  logic [7:0]  leds;

  initial begin
    bridge = dpi_open_or_fatal("");
    dpi_require_or_fatal(bridge, QDPI_FEATURE_INTERRUPT | QDPI_FEATURE_DOORBELL);
    u_events.attach(bridge);
  end
  final dpi_close(bridge);

  // Guest -> RTL: a doorbell is a register write.
  qdpi_event_source u_events (
    .clk_i,
    .rst_ni,
    .idle_i (!button),
    .valid_o(event_valid),
    .ready_i(1'b1),
    .kind_o (event_kind),
    .index_o(event_index),
    .value_o(event_value)
  );

  logic is_doorbell;
  assign is_doorbell = event_valid && event_kind == int'(QDPI_EVENT_DOORBELL);

  qdpi_led u_led (
    .clk_i,
    .rst_ni,
    .write_i      (is_doorbell),
    .write_index_i(event_index),
    .write_value_i(event_value),
    .button_i     (button),
    .leds_o       (leds),
    .interrupt_o  (interrupt)
  );

  // RTL -> guest: a rising interrupt is a pulse on an ISA line.
  always @(posedge clk_i) begin
    if (interrupt && !interrupt_q) dpi_irq_pulse_or_fatal(bridge, IrqLine);
    interrupt_q <= interrupt;
  end

  tb_led_person u_person (
    .clk_i,
    .rst_ni,
    .leds_i     (leds),
    .interrupt_i(interrupt),
    .button_o   (button)
  );

  always @(posedge clk_i) begin
    if (is_doorbell && event_index == 32'(QDPI_TEST_DOORBELL_DONE)) begin
      if (event_value != 0) $error("the guest reports failure %0d", event_value);
      else if (u_person.is_content()) $display("QDPI TEST PASSED");
      $finish;
    end
    if (event_valid && event_kind == int'(QDPI_EVENT_LOST)) begin
      $fatal(1, "the guest is gone: %s", dpi_last_error(bridge));
    end
  end

endmodule
