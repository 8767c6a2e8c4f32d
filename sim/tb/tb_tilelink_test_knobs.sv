// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The phases of random traffic in front of qdpi_tilelink_port, each with other knobs and windows:
/// what it sets, and what must have come of it.
///
/// Uses u_port, u_manager, u_reference and u_operations next to this module.
module tb_tilelink_test_knobs ();
  import qdpi_port_pkg::*;
  import tb_errors_pkg::*;
  import tb_tilelink_port_pkg::*;
  import tb_pc_map_pkg::*;

  // Functions that are not inlined, to keep the model small, use variables, and read no signal.
  // verilator lint_off IMPURE

  /// Set what the phase has.
  function automatic void prepare(input phase_e phase);
    // verilator no_inline_task
    behaviour_t knobs = Ideal;
    if (phase inside {PhaseDelays, PhaseReorder, PhaseLimit}) begin
      knobs.read_latency_max = 20;
      knobs.write_latency_max = 20;
      knobs.read_address_ready = 60;
      knobs.write_data_ready = 70;
      knobs.read_data_valid = 60;
      knobs.write_response_valid = 60;
    end
    if (phase inside {PhaseReorder, PhaseLimit}) knobs.reorder = 1;
    if (phase == PhaseLimit) knobs.max_reads = 3;
    if (phase == PhaseErrors) begin
      knobs.slave_error_ppm = 100_000;
      knobs.decode_error_ppm = 100_000;
    end
    if (phase == PhaseErrorRange) begin
      u_reference.error_first = Window + PageBytes + 5;
      u_reference.error_last = Window + 2 * PageBytes + 4;
      knobs.error_first = u_reference.error_first;
      knobs.error_last = u_reference.error_last;
    end
    if (phase == PhaseWindows) begin
      u_reference.allowed_first = Window + PageBytes;
      u_reference.allowed_last = Window + 3 * PageBytes - 1;
      u_port.allow(u_reference.allowed_first, u_reference.allowed_last, 1'b1, 1'b1);
      u_port.expect_window_errors(1'b1);
    end
    u_operations.one_by_one = phase == PhaseErrors;
    u_port.configure(knobs);
    u_manager.reset_counts();
    u_manager.denials = 0;
  endfunction

  /// Look at what the phase has shown, and leave nothing of it.
  function automatic void judge(input phase_e phase);
    if (phase inside {PhaseIdeal, PhaseDelays} && u_manager.overtakes != 0) begin
      wrong("a response overtook another without the knob reorder");
    end
    if (phase == PhaseReorder && u_manager.overtakes == 0) wrong("the knob reorder has no effect");
    if (phase == PhaseLimit && u_manager.most_under_way != 3) begin
      wrong($sformatf("%0d under way, not 3", u_manager.most_under_way));
    end
    if (u_operations.one_by_one && u_manager.denials == 0) wrong("no error was injected");
    if (phase == PhaseWindows) begin
      if (u_port.window_errors() == 0) wrong("no window error was counted");
      u_port.allow_all();
      u_port.expect_window_errors(1'b0);
    end
    u_reference.start();
    u_operations.one_by_one = 1'b0;
    u_port.configure(Ideal);
  endfunction

endmodule
