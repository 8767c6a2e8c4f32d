// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// An interrupt signal of the device as an interrupt line of the guest. Simulation only.
///
///   qdpi_interrupt_line #(.Line(5)) u_interrupt (.clk_i, .rst_ni, .interrupt_i(interrupt));
///   initial u_interrupt.attach(bridge);
///
/// The guest sees the interrupt after all memory writes that were made in earlier clocks. Reset
/// lowers a level. An interrupt that does not get through is $error, unless the guest may be lost
/// (expect_loss). Each is logged (qdpi_log_pkg).
module qdpi_interrupt_line #(
  /// Interrupt line of the guest, 0-15 (ISA numbers).
  parameter int unsigned Line = 5,
  /// 1: each rising edge is a pulse on the line. 0: the line follows the signal.
  parameter bit          Edge = 1'b1,
  /// Name of the guest in messages and logs.
  parameter string       Name = "guest"
) (
  /// Clock.
  input logic clk_i,
  /// Asynchronous reset, active low: the signal counts as low.
  input logic rst_ni,
  /// The interrupt, synchronous to clk_i.
  input logic interrupt_i
);

  import qemu_dpi_pkg::*;

  // Written by attach() and the clocked process, which is the only one that reads it in a clock.
  /* verilator lint_off BLKSEQ */
  chandle          bridge;
  string           guest_name;
  int unsigned     guest_line;
  bit              level;
  bit              loss_expected;
  longint unsigned count_raised;

  initial begin
    if (guest_name == "") be_named(Name, Line);
    qdpi_log_pkg::join_log();
  end
  final qdpi_log_pkg::leave_log();

  function automatic void be_named(input string name, input int unsigned line);
    guest_name = name;
    guest_line = line;
  endfunction

  /// Interrupt the guest of `bridge_to_interrupt`, from dpi_open.
  function automatic void attach(input chandle bridge_to_interrupt);
    if (guest_name == "") be_named(Name, Line);
    bridge = bridge_to_interrupt;
    // A level that is high already is new to this guest.
    if (!Edge) level = 1'b0;
  endfunction

  /// The same, when the guest's name and line are known at run time only.
  function automatic void attach_as(input chandle bridge_to_interrupt, input string name,
                                    input int unsigned line);
    be_named(name, line);
    attach(bridge_to_interrupt);
  endfunction

  /// A testbench that outlives the guest: what finds it lost is not $error, nor does it count. The
  /// sentence that says why is left for whoever takes the event of the loss; dpi_reattach forgets it.
  function automatic void expect_loss(input bit expected);
    loss_expected = expected;
  endfunction

  /// How many interrupts have got through to the guest.
  function automatic longint unsigned raised();
    return count_raised;
  endfunction

  /// Say what has been done, or why it could not be.
  function automatic void record(input string action, input int result);
    if (result == QDPI_ERR_LOST && loss_expected) return;
    if (result < 0) begin
      $error("%s: interrupt line %0d was not %s: %s", guest_name, guest_line, action,
             bridge == null ? "attach() was not called" : dpi_last_error(bridge));
    end else if (qdpi_log_pkg::wanted()) begin
      qdpi_log_pkg::note(guest_name, $sformatf("interrupt line %0d", guest_line), "interrupt",
                         $sformatf("line %0d %s", guest_line, action));
    end
  endfunction

  /// Tell the guest that the signal has changed to `value`.
  function automatic int tell(input bit value);
    if (bridge == null) return QDPI_ERR_INVALID;
    if (!value) return dpi_irq_clear(bridge, guest_line);
    if (Edge) return dpi_irq_pulse(bridge, guest_line);
    return dpi_irq_set(bridge, guest_line);
  endfunction

  /// The signal has changed to `value`. Not inlined: its strings would be made anew in every clock.
  /* verilator lint_off IMPURE */
  function automatic void follow(input bit value);
    // verilator no_inline_task
    int    result = tell(value);
    string action = "raised";
    if (!value) action = "lowered";
    else if (Edge) action = "pulsed";
    if (value && result >= 0) count_raised++;
    record(action, result);
  endfunction
  /* verilator lint_on IMPURE */

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      if (level && !Edge) follow(1'b0);
      level = 1'b0;
    end else if (interrupt_i != level) begin
      level = interrupt_i;
      if (level || !Edge) follow(level);
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
