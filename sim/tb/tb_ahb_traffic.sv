// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The traffic of tb_qdpi_ahb_port: single transfers, random bursts, and rounds of these.
///
/// Uses u_manager and u_pages next to this module.
module tb_ahb_traffic #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i
);
  import qdpi_ahb_checker_pkg::*;
  import tb_ahb_manager_pkg::*;
  import tb_ahb_port_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  task automatic clocks(input int unsigned count);
    repeat (count) @(posedge clk_i);
  endtask

  task automatic drain();
    @(posedge clk_i);
    while (!u_manager.idle()) @(posedge clk_i);
    clocks(2);
  endtask

  /// One transfer.
  task automatic single(input bit write, input longint unsigned gpa, input logic [2:0] size,
                        input want_e want);
    u_manager.push_burst(write, gpa, size, BurstSingle, 1, want);
  endtask

  /// A random legal burst in the first `span` bytes of the window.
  function automatic void random_burst(input int unsigned span, input want_e want);
    logic [2:0]      size = 3'(u_manager.random32() % (MaxSize + 1));
    logic [2:0]      burst = 3'(u_manager.random32());
    int unsigned     beats = burst_beats(burst);
    longint unsigned bytes = 64'd1 << size;
    longint unsigned gpa = Window + 64'(u_manager.random32()) % 64'(span);
    longint unsigned room;

    gpa &= ~(bytes - 64'd1);
    room = (64'd1024 - gpa % 1024) / bytes;
    if (beats == 0) beats = 1 + u_manager.random32() % 20;
    if (64'(beats) > room && burst != BurstIncr && !is_wrapping(burst)) begin
      // As far back as the whole burst needs.
      if (64'(beats) * bytes > 1024) return;
      gpa = (gpa & ~64'd1023) + 64'd1024 - 64'(beats) * bytes;
    end
    if (burst == BurstIncr && 64'(beats) > room) beats = 32'(room);
    if (u_manager.chance(10)) beats = 1 + u_manager.random32() % beats;
    u_manager.push_burst(1'(u_manager.random32()), gpa, size, burst, beats,
                         want);
  endfunction

  /// Random bursts, in a few words and all over the window, back to back and with pauses.
  task automatic random_rounds(input int unsigned rounds, input want_e want);
    for (int unsigned round = 0; round < rounds; round++) begin
      int unsigned span = u_manager.chance(40) ? 4 * BusBytes : 32'(WindowPages * PageBytes);
      if (u_manager.chance(30)) u_manager.set_pace(0, 0, 50, 0);
      else u_manager.set_pace(u_manager.random32() % 60, u_manager.random32() % 60, 50, 20);
      for (int i = 0; i < 60; i++) random_burst(span, want);
      drain();
      u_pages.check_window();
    end
    u_manager.set_pace(0, 0, 0, 0);
  endtask

endmodule
