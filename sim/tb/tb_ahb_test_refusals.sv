// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of what qdpi_ahb_port refuses: what the memory map of the guest or a window has not,
/// transfers that break a rule, faults that are injected, and everything once the guest is lost.
///
/// Uses u_port, u_manager, u_reference, u_pages and u_traffic next to this module.
module tb_ahb_test_refusals #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// The port has lost the bridge.
  input logic bridge_lost_i
);
  import qdpi_port_pkg::*;
  import qdpi_ahb_checker_pkg::*;
  import tb_ahb_manager_pkg::*;
  import tb_ahb_port_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;
  import tb_ram_file_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  int unsigned broken_rules;  // on purpose

  /// What the memory map refuses, at every edge: ERROR, zeros, and nothing changed; and a burst is
  /// refused beat by beat.
  task automatic memory_map();
    longint unsigned edges [6];
    edges = '{Hole, Rom, RomEnd, u_pages.ram_bytes, 64'h8000_0000, 64'hff_ffff_f000};

    u_pages.fill_edges();
    for (int turn = 0; turn < 6; turn++) begin
      u_manager.set_pace(0, turn == 1 ? 50 : 0, turn >= 3 ? 50 : 0, turn == 2 ? 30 : 0);
      for (int i = 0; i < 6; i++) begin
        for (int write = 0; write < 2; write++) begin
          longint unsigned below = edges[i] - 64'(BusBytes);
          u_manager.all_strobes = 1'b1;
          u_traffic.single(write == 1, below, 3'(MaxSize),
                 u_reference.refused(write == 1, below) ? WantError : WantOkay);
          u_traffic.single(write == 1, edges[i], 3'(MaxSize),
                 u_reference.refused(write == 1, edges[i]) ? WantError : WantOkay);
          // The end of a burst that starts in one piece of the map and goes on in the next cannot
          // be tried, since the pieces end at 1 KiB boundaries; a burst inside one can.
          u_manager.push_burst(write == 1, edges[i], 3'd0, BurstIncr4, 4,
                               u_reference.refused(write == 1, edges[i]) ? WantError
                                                             : WantOkay);
          u_manager.all_strobes = 1'b0;
          u_traffic.random_burst(64, WantOkay);
        end
      end
      u_traffic.drain();
    end
    u_pages.check_edges();
    u_pages.check_window();
    u_manager.set_pace(0, 0, 0, 0);
    if (u_manager.cancelled == 0) wrong("no transfer was cancelled after ERROR");
    if (!contains(u_port.last_refusal(KindWrite), "AHB write at")
        || !contains(u_port.last_refusal(KindRead), "AHB read at")) begin
      wrong("refused transfers were not explained");
    end
    if (contains(u_port.last_refusal(KindWrite), "fetch")) wrong("a question was called the reason");
  endtask

  /// SEQ that does not continue a burst is refused, and so is what continues that: another address,
  /// after the last beat, another direction, after IDLE. What comes before and after is not.
  task automatic sequence_rules();
    longint unsigned gpa = Window + 64'h400;
    int unsigned     earlier = u_port.g_checker.u_checker.u_rules.total();

    for (int unsigned rule = 0; rule < Rules; rule++) begin
      if (rule inside {32'(BurstAddress), 32'(BurstTooLong), 32'(BurstControl), 32'(SeqInBurst)})
        u_port.g_checker.u_checker.u_rules.tolerate(rule);
    end
    for (int write = 0; write < 2; write++) begin
      u_manager.push_transfer(TransNonSeq, write == 1, gpa + 2, 3'd0, BurstWrap4, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 3, 3'd0, BurstWrap4, WantOkay);
      u_manager.push_transfer(TransBusy, write == 1, gpa, 3'd0, BurstWrap4, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa, 3'd0, BurstWrap4, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 9, 3'd0, BurstWrap4, WantError);
      u_manager.push_transfer(TransNonSeq, write == 1, gpa, 3'd0, BurstIncr, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 9, 3'd0, BurstIncr, WantError);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 10, 3'd0, BurstIncr, WantError);
      u_manager.push_transfer(TransNonSeq, write == 1, gpa, 3'd0, BurstSingle, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 1, 3'd0, BurstSingle, WantError);
      u_manager.push_transfer(TransNonSeq, write == 0, gpa, 3'd0, BurstIncr4, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 1, 3'd0, BurstIncr4, WantError);
      u_manager.push_transfer(TransNonSeq, write == 1, gpa, 3'd0, BurstIncr, WantOkay);
      u_manager.push_transfer(TransIdle, write == 1, gpa + 1, 3'd0, BurstIncr, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 1, 3'd0, BurstIncr, WantError);
      u_manager.push_transfer(TransNonSeq, write == 1, gpa, 3'd0, BurstSingle, WantOkay);
    end
    u_traffic.drain();
    u_pages.check_window();
    broken_rules = u_port.g_checker.u_checker.u_rules.total() - earlier;
    if (broken_rules != 10) wrong($sformatf("%0d rules were broken, not 10", broken_rules));
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    if (!contains(u_port.last_refusal(KindWrite), "SEQ")) wrong("a refused SEQ was not explained");
  endtask

  /// The windows of the port: what is outside is refused and not touched, to the byte; and a burst
  /// that leaves one has done the beats inside.
  task automatic windows();
    longint unsigned opened = Window + 64'h100, read_only = Window + 64'h800;
    longint unsigned earlier = u_port.window_errors();

    u_port.allow(opened, opened + 64'hff, 1'b1, 1'b1);
    u_port.allow(read_only, read_only + 64'hff, 1'b1, 1'b0);
    u_port.expect_window_errors(1'b1);
    u_traffic.single(1'b1, opened, 3'(MaxSize), WantOkay);
    u_traffic.single(1'b0, opened + 64'hff, 3'd0, WantOkay);
    u_traffic.single(1'b0, read_only, 3'(MaxSize), WantOkay);
    u_traffic.single(1'b1, read_only, 3'(MaxSize), WantError);
    u_traffic.single(1'b1, opened - 64'd1, 3'd0, WantError);
    u_traffic.single(1'b0, opened + 64'h100, 3'd0, WantError);
    u_traffic.drain();
    if (u_port.window_errors() - earlier != 3) begin
      wrong($sformatf("%0d window errors were counted, not 3", u_port.window_errors() - earlier));
    end
    u_manager.reset_counts();
    u_manager.push_burst(1'b1, opened + 64'hfe, 3'd0, BurstIncr4, 4, WantAny);
    u_traffic.drain();
    if (u_manager.refusals != 2) wrong("a burst that left the window was not refused in half");
    u_port.allow_all();
    u_port.expect_window_errors(1'b0);
    u_traffic.single(1'b0, opened + 64'h100, 3'd0, WantOkay);
    u_traffic.drain();
    u_pages.check_window();
  endtask

  /// Injected faults: in a range for certain, at a rate about as often as asked for.
  task automatic injected();
    behaviour_t      wanted = Ideal;
    longint unsigned bad = Window + 64'h80;

    wanted.error_first = bad;
    wanted.error_last = bad;
    u_port.configure(wanted);
    for (int i = 0; i < 20; i++) begin
      u_traffic.single(1'b1, bad, 3'd0, WantError);
      u_traffic.single(1'b0, bad, 3'(MaxSize), WantError);
      u_traffic.single(1'b1, bad + 64'(BusBytes), 3'(MaxSize), WantOkay);
      u_traffic.single(1'b0, bad - 64'(BusBytes), 3'(MaxSize), WantOkay);
    end
    u_traffic.drain();

    wanted = Ideal;
    wanted.corrupt_first = bad;
    wanted.corrupt_last = bad;
    u_port.configure(wanted);
    u_manager.reset_counts();
    for (int i = 0; i < 20; i++) begin
      u_traffic.single(1'b0, bad, 3'(MaxSize), WantFlip);
      u_traffic.single(1'b0, bad + 64'(BusBytes), 3'(MaxSize), WantOkay);
    end
    u_traffic.drain();
    if (u_manager.flips != 20) wrong($sformatf("%0d of 20 reads were corrupted", u_manager.flips));

    wanted = Ideal;
    wanted.slave_error_ppm = 200_000;
    wanted.decode_error_ppm = 100_000;
    wanted.read_latency_max = 3;
    wanted.write_latency_max = 3;
    u_port.configure(wanted);
    u_manager.reset_counts();
    u_traffic.random_rounds(3, WantAny);
    if (u_manager.refusals * 100 < u_manager.transfers * 22
        || u_manager.refusals * 100 > u_manager.transfers * 34) begin
      wrong($sformatf("%0d of %0d transfers failed, wanted 28%%", u_manager.refusals,
                      u_manager.transfers));
    end
    u_port.configure(Ideal);
  endtask

  /// The RAM file is truncated under the bridge: ERROR, bridge_lost_o, and the simulation lives.
  /// What was reserved is lost too; what was not asks nothing of the guest.
  task automatic loss();
    u_manager.push_exclusive(1'b0, Window, 3'd0, 4'd3, WantExclusive);
    u_traffic.drain();
    lose_ram_file();
    u_manager.all_strobes = 1'b1;
    for (int write = 1; write >= 0; write--) begin
      u_traffic.single(write == 1, Window + PageBytes, 3'(MaxSize), WantError);
      u_manager.push_burst(write == 1, Window, 3'd0, BurstWrap4, 4, WantError);
    end
    u_manager.push_exclusive(1'b0, Window, 3'd0, 4'd4, WantError);
    u_manager.push_exclusive(1'b1, Window, 3'd0, 4'd3, WantShared);
    u_manager.push_exclusive(1'b1, Window, 3'd0, 4'd5, WantShared);
    u_traffic.drain();
    if (!bridge_lost_i) wrong("bridge_lost_o is low");
  endtask

endmodule
