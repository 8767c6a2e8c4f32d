// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of qdpi_axi4_port with nothing but traffic: random bursts, the order of addresses and
/// data, and reads that follow writes.
///
/// Uses u_manager, u_model and u_bursts next to this module.
module tb_axi4_test_traffic #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth        = 64,
  /// Beats of data that the port takes ahead of their addresses.
  parameter int unsigned WriteBufferBeats = 256
) (
  /// Clock.
  input logic clk_i
);
  import tb_axi4_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  /// Random bursts at random pace: writes to one half of the window while reads check the other.
  task automatic random_bursts(input int unsigned transactions);
    u_bursts.defer = 1'b1;
    for (int unsigned round = 0; round * 80 < transactions; round++) begin
      longint unsigned write_half = round[0] ? 8 : 0;
      u_manager.set_pace(5 + u_manager.random32() % 96, 5 + u_manager.random32() % 96,
                         5 + u_manager.random32() % 96, 5 + u_manager.random32() % 96,
                         5 + u_manager.random32() % 96);
      if (u_manager.chance(50)) u_manager.set_pace(100, 100, 100, 100, 100);
      for (int i = 0; i < 40; i++) u_bursts.issue_random(1'b1, write_half, 8);
      for (int i = 0; i < 40; i++) u_bursts.issue_random(1'b0, 8 - write_half, 8);
      u_bursts.drain();
      u_bursts.settle();
      u_model.check_all();
    end
    u_bursts.defer = 1'b0;
  endtask

  /// Writes whose data is taken before the address is shown, up to the longest burst; the reverse;
  /// and as many beats ahead of their addresses as the port takes.
  task automatic write_order();
    u_manager.set_pace(50, 80, 50, 50, 50);
    for (int order = 0; order < 2; order++) begin
      u_manager.reset_counts();
      u_manager.data_first = order == 0;
      u_manager.address_first = order == 1;
      u_bursts.issue(1'b1, 4'h1, Window, 256, 3'd0, Incr, 100);
      for (int i = 0; i < 100; i++) u_bursts.issue_random(1'b1, 0, WindowPages);
      u_bursts.drain();
      u_model.check_all();
    end
    u_manager.address_first = 1'b0;
    u_manager.set_pace(0, 100, 100, 100, 100);
    u_manager.reset_counts();
    for (int unsigned i = 0; i <= WriteBufferBeats; i++) begin
      u_bursts.issue(1'b1, 4'(i), Window + 64'(i * BusBytes) % PageBytes, 1, 3'(MaxSize), Incr,
                     100);
    end
    repeat (WriteBufferBeats + 10) @(posedge clk_i);
    if (u_manager.w_beats != WriteBufferBeats) begin
      wrong($sformatf("%0d beats were taken ahead of their addresses, not %0d", u_manager.w_beats,
                      WriteBufferBeats));
    end
    u_manager.set_pace(100, 100, 100, 100, 100);
    u_bursts.drain();
    u_model.check_all();
  endtask

  /// A read that starts on the clock after a response sees what that write wrote (A6).
  task automatic read_after_write();
    u_manager.set_pace(100, 100, 100, 100, 100);
    u_manager.reset_counts();
    u_manager.read_after_write = 1'b1;
    for (longint unsigned i = 0; i < 256; i++) begin
      u_bursts.issue(1'b1, 4'(i), Window + i * 256 + i % 8, 1 + 32'(i) % 2, 3'(MaxSize), Incr, 100);
      u_bursts.issue(1'b0, 4'(i), Window + i * 256 + i % 8, 1 + 32'(i) % 2, 3'(MaxSize), Incr, 100);
    end
    u_bursts.drain();
    u_manager.read_after_write = 1'b0;
    u_model.check_all();
  endtask

endmodule
