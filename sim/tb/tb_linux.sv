// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// A guest with an operating system: a DMA engine and an LED device, which the guest's drivers use.
/// The guest may be reset while they work, and the engine may be broken on purpose.
/// Plusargs: +qemu=ENDPOINT (else $QEMU_DPI), those of tb_dma_node and tb_dma_saboteur, and
///   +dma_irq=LINE (6)  +led_irq=LINE (3)  interrupt lines
///   +led=1             the play of LEDs and button (tb_led_person) must come to its end
///   +resets=N          reset the guest N times, each time when the engine is busy and
///   +reset_after=C     has written C completions (1) since the last start of the guest
///   +soak_s=S          run for S seconds of wall-clock time, and until the guest's next report of
///                      its totals; its DONE then does not end the run
///   +reset_every_s=R   in that time, reset the guest when it has worked for R seconds on average, at
///                      random moments
///                      (+verilator+seed+N), when the engine is busy
///   +silence_s=S       in that time, longest between two reports or starts of the guest (240)
///   +until_off         go on after DONE until the guest is off: its drivers are unloaded meanwhile
module tb_linux #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64
) (
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
  localparam int unsigned
`include "qdpi_led_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  localparam longint unsigned Second = 1_000_000;  // of dpi_clock_us
  localparam longint unsigned BusyWithin = 20 * Second;
  localparam longint unsigned OffWithin = 60 * Second;
  // Clocks between two looks at the wall clock. Those of an idle node may last 10 ms each.
  localparam int unsigned LookBusy = 4096;
  localparam int unsigned LookIdle = 64;

  tb_dma_pkg::status_t status;
  logic                device_rst_n, reset_guest, done;

  tb_dma_node #(
    .DataWidth    (DataWidth),
    .Sabotage     (1'b1),
    .LeavesWindows(1'b0),
    .OtherBase    (QDPI_TEST_DOORBELL_LED),
    .OtherCount   (QDPI_LED_REG_ACKNOWLEDGE + 1)
  ) u_node (
    .clk_i,
    .rst_ni,
    .reset_guest_i(reset_guest),
    .device_rst_no(device_rst_n),
    .status_o     (status),
    .done_o       (done)
  );

  // ---- The LED device, and who presses its button ----------------------------------------------

  logic [7:0] leds;
  logic       led_interrupt, button, person_there, person_rst_n;

  qdpi_led u_led (
    .clk_i,
    .rst_ni       (device_rst_n),
    .write_i      (status.doorbell.valid),
    .write_index_i(status.doorbell.index),
    .write_value_i(status.doorbell.value),
    .button_i     (button),
    .leds_o       (leds),
    .interrupt_o  (led_interrupt)
  );

  qdpi_interrupt_line #(
    .Name("led")
  ) u_led_interrupt (
    .clk_i,
    .rst_ni     (device_rst_n),
    .interrupt_i(led_interrupt && status.running)
  );

  assign person_rst_n = device_rst_n && person_there;

  tb_led_person u_person (
    .clk_i,
    .rst_ni     (person_rst_n),
    .leds_i     (leds),
    .interrupt_i(led_interrupt),
    .button_o   (button)
  );

  // ---- What is asked for -----------------------------------------------------------------------

  int unsigned     dma_line, led_line;
  longint unsigned resets, reset_after, soak_s, reset_every_s, silence_s;
  bit              until_off;
  longint unsigned started_us;

  initial begin
    if ($value$plusargs("dma_irq=%d", dma_line) == 0) dma_line = 6;
    if ($value$plusargs("led_irq=%d", led_line) == 0) led_line = 3;
    if ($value$plusargs("resets=%d", resets) == 0) resets = 0;
    if ($value$plusargs("reset_after=%d", reset_after) == 0) reset_after = 1;
    if ($value$plusargs("soak_s=%d", soak_s) == 0) soak_s = 0;
    if ($value$plusargs("reset_every_s=%d", reset_every_s) == 0) reset_every_s = 0;
    if ($value$plusargs("silence_s=%d", silence_s) == 0) silence_s = 240;
    until_off = $test$plusargs("until_off") != 0;
    if ($value$plusargs("led=%d", person_there) == 0) begin
      person_there = 1'b0;
      // It is found wherever a plusarg begins like that.
      if ($test$plusargs("led") != 0) begin
        $fatal(1, "give +led=1, or +led=0 beside +led_irq=: +led alone cannot be told from that");
      end
    end
    if (resets != 0 && soak_s != 0) $fatal(1, "give +resets= or +soak_s=, not both");
    if (reset_every_s != 0 && soak_s == 0) $fatal(1, "+reset_every_s= needs +soak_s=");
    u_node.attach("", dma_line);
    if (resets != 0 || reset_every_s != 0) begin
      dpi_require_or_fatal(u_node.bridge, QDPI_FEATURE_CONTROL);
    end
    u_led_interrupt.attach_as(u_node.bridge, "led", led_line);
    if (soak_s != 0) u_node.expect_rounds();
    started_us = dpi_clock_us();
  end

  // ---- Resets, and the end ---------------------------------------------------------------------

  // Written by one process, but for what it calls.
  /* verilator lint_off BLKSEQ */
  longint unsigned resets_asked, idle_resets;
  longint unsigned next_reset_us;  // since the start, as all of these; 0: not yet chosen
  longint unsigned last_word_us, words, off_us;
  int unsigned     clocks_to_look;
  bit              reset_due, reset_overdue;
  bit              concluded, good;

  /// Seconds, rounded down, of `us`.
  function automatic longint unsigned seconds(input longint unsigned us);
    return us / Second;
  endfunction

  /// A look at the wall clock, which reads `now`: what has become due?
  function automatic void look(input longint unsigned now);
    if (u_node.words() != words) begin
      words = u_node.words();
      last_word_us = now;
    end
    if (now - last_word_us > silence_s * Second) begin
      $error("the guest has said nothing for %0d s: neither totals nor a start",
             seconds(now - last_word_us));
      $finish;
    end
    if (now >= soak_s * Second) begin
      reset_due = 1'b0;
      reset_overdue = 1'b0;
      u_node.end_at_totals();
    end else if (reset_every_s != 0 && next_reset_us == 0) begin
      // However long it takes to boot: it is at work that it is to be reset.
      if (u_node.completions() != 0) next_reset_us = now + reset_pause_us();
    end else if (reset_every_s != 0 && now >= next_reset_us) begin
      reset_due = 1'b1;
      reset_overdue = now - next_reset_us > BusyWithin;
    end
  endfunction

  /// Until the next reset: half as long to half as long again as on average.
  function automatic longint unsigned reset_pause_us();
    return reset_every_s * Second / 2 + 64'($urandom()) % (reset_every_s * Second + 1);
  endfunction

  /// Whether the guest is to be reset in this clock.
  function automatic bit is_reset_wanted();
    if (!status.running || done) return 1'b0;
    if (soak_s != 0) return reset_due && (status.busy || reset_overdue);
    return resets_asked != resets && status.busy && u_node.completions() >= reset_after;
  endfunction

  function automatic void count_reset();
    resets_asked++;
    if (!status.busy) idle_resets++;
    if (soak_s == 0) return;
    reset_due = 1'b0;
    reset_overdue = 1'b0;
    next_reset_us = 0;
  endfunction

  function automatic bit conclude();
    bit all = u_node.conclude();
    // Not in one condition: Verilator would ask the person in any case.
    if (person_there) begin
      if (!u_person.is_content()) all = 1'b0;
    end
    if (idle_resets != 0) $display("resets while the engine was idle: %0d", idle_resets);
    if (soak_s == 0 && resets_asked != resets) begin
      $error("the guest was done after %0d of %0d resets", resets_asked, resets);
      all = 1'b0;
    end
    return all;
  endfunction

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_guest <= 1'b0;
      next_reset_us = 0;
      clocks_to_look = 0;
    end else begin
      reset_guest <= 1'b0;
      if (is_reset_wanted()) begin
        reset_guest <= 1'b1;
        count_reset();
      end
      if (clocks_to_look == 0) begin
        clocks_to_look = status.busy ? LookBusy : LookIdle;
        if (soak_s != 0 && !done) look(dpi_clock_us() - started_us);
        if (concluded && dpi_clock_us() - off_us > OffWithin) begin
          $error("the guest is not off %0d s after its result", seconds(OffWithin));
          $finish;
        end
      end
      clocks_to_look--;
      if (done && !concluded) begin
        concluded = 1'b1;
        good = conclude();
        off_us = dpi_clock_us();
      end
      if (concluded && (!until_off || !good || u_node.is_gone())) begin
        if (good) $display("QDPI TEST PASSED");
        $finish;
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
