// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of how qdpi_axi4_port behaves in time: order, latency and the number of transactions under
/// way are those of its knobs, and without them there is a beat per clock.
///
/// Uses u_port, u_manager, u_model and u_bursts next to this module.
module tb_axi4_test_knobs #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i
);
  import tb_axi4_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  // From an edge to what the port shows at it, as the manager sees it.
  localparam int unsigned BusClocks = 1;

  /// The knob interleave changes while reads are half-way: each gives its own data to the end.
  task automatic interleave();
    qdpi_port_pkg::behaviour_t wanted = qdpi_port_pkg::Ideal;
    u_manager.set_pace(100, 100, 100, 100, 100);
    wanted.read_data_valid = 80;
    for (int i = 0; i < 200; i++) u_bursts.issue_random(1'b0, 0, WindowPages);
    while (!u_manager.idle()) begin
      wanted.interleave = 1 - wanted.interleave;
      u_port.configure(wanted);
      repeat (1 + u_manager.random32() % 32) @(posedge clk_i);
    end
    u_port.configure(qdpi_port_pkg::Ideal);
  endtask

  /// Answers overtake each other, and beats alternate, if the knobs say so and not otherwise.
  task automatic order();
    qdpi_port_pkg::behaviour_t wanted = qdpi_port_pkg::Ideal;
    u_manager.set_pace(100, 100, 100, 100, 100);
    wanted.read_latency_max = 40;
    wanted.write_latency_max = 40;
    for (int knob = 0; knob < 3; knob++) begin
      wanted.reorder = knob == 1 ? 1 : 0;
      wanted.interleave = knob == 2 ? 1 : 0;
      u_port.configure(wanted);
      u_manager.reset_counts();
      for (int i = 0; i < 100; i++) begin
        u_bursts.issue_random(1'b1, 0, WindowPages / 2);
        u_bursts.issue_random(1'b0, WindowPages / 2, WindowPages / 2);
      end
      u_bursts.drain();
      if ((u_manager.b_overtakes != 0) != (knob == 1) || (u_manager.r_overtakes != 0) != (knob != 0)
          || (u_manager.r_switches != 0) != (knob == 2)) begin
        wrong($sformatf("reorder %0d, interleave %0d: %0d responses, %0d beats overtook, %0d between",
                        wanted.reorder, wanted.interleave, u_manager.b_overtakes,
                        u_manager.r_overtakes, u_manager.r_switches));
      end
    end
    u_port.configure(qdpi_port_pkg::Ideal);
    u_model.check_all();
  endtask

  /// Clocks from the last data of one write to its response, and from one read to its data.
  task automatic measure_latency(output longint unsigned write, output longint unsigned read);
    u_manager.reset_counts();
    u_bursts.issue(1'b1, 4'h1, Window, 2, 3'(MaxSize), Incr, 100);
    u_bursts.issue(1'b0, 4'h2, Window + PageBytes, 2, 3'(MaxSize), Incr, 100);
    u_bursts.drain();
    write = u_manager.b_last_clock - u_manager.w_last_clock;
    read = u_manager.r_first_clock - u_manager.ar_last_clock;
  endtask

  /// Latencies are those of the knobs, from one end of the range to the other; and so is the number
  /// of transactions under way.
  task automatic latency();
    qdpi_port_pkg::behaviour_t wanted = qdpi_port_pkg::Ideal;
    longint unsigned write, read;
    bit [31:0]       writes = '0, reads = '0;  // the latencies seen
    u_manager.set_pace(100, 100, 100, 100, 100);
    wanted.read_latency_min = 5;
    wanted.read_latency_max = 9;
    wanted.write_latency_min = 12;
    wanted.write_latency_max = 17;
    u_port.configure(wanted);
    for (int i = 0; i < 120; i++) begin
      measure_latency(write, read);
      check_that(write < 32 && read < 32, $sformatf("latency of write %0d, read %0d", write, read));
      writes[5'(write)] = 1'b1;
      reads[5'(read)] = 1'b1;
    end
    if (writes != 32'h0003_f000 << BusClocks || reads != 32'h0000_03e0 << BusClocks) begin
      wrong($sformatf("latencies of writes %b, of reads %b", writes, reads));
    end
    wanted.read_latency_max = 0;
    wanted.read_latency_min = 300;
    wanted.write_latency_max = 0;
    wanted.write_latency_min = 300;
    wanted.max_reads = 2;
    wanted.max_writes = 3;
    u_port.configure(wanted);
    u_manager.reset_counts();
    for (int unsigned i = 0; i < 8; i++) begin
      u_bursts.issue(1'b1, 4'(i), Window, 1, 3'(MaxSize), Incr, 100);
      u_bursts.issue(1'b0, 4'(i), Window + PageBytes, 1, 3'(MaxSize), Incr, 100);
    end
    repeat (100) @(posedge clk_i);
    if (u_manager.ar_taken != 2 || u_manager.aw_taken != 3) begin
      wrong($sformatf("%0d reads and %0d writes under way", u_manager.ar_taken,
                      u_manager.aw_taken));
    end
    u_port.configure(qdpi_port_pkg::Ideal);
    u_bursts.drain();
    u_model.check_all();
  endtask

  /// One beat per clock in both directions at once, from burst to burst.
  task automatic throughput(input int unsigned beats);
    int unsigned bursts = 4096 / beats;
    real         w_rate, r_rate;
    u_manager.set_pace(100, 100, 100, 100, 100);
    u_manager.reset_counts();
    for (int unsigned i = 0; i < bursts; i++) begin
      longint unsigned offset = 64'(i * beats * BusBytes) % (8 * PageBytes);
      u_bursts.issue(1'b1, 4'(i), Window + offset, beats, 3'(MaxSize), Incr, 100);
      u_bursts.issue(1'b0, 4'(i), Window + 8 * PageBytes + offset, beats, 3'(MaxSize), Incr, 100);
    end
    u_bursts.drain();
    w_rate = real'(u_manager.w_beats) / real'(u_manager.w_last_clock - u_manager.w_first_clock + 1);
    r_rate = real'(u_manager.r_beats) / real'(u_manager.r_last_clock - u_manager.r_first_clock + 1);
    $display("%0d-bit bus, bursts of %0d: %0.4f write and %0.4f read beats per clock", DataWidth,
             beats, w_rate, r_rate);
    if (w_rate < 0.99 || r_rate < 0.99) wrong("less than 0.99 beats per clock");
    if (u_manager.w_beats != bursts * beats || u_manager.r_beats != bursts * beats
        || u_manager.r_first_clock > u_manager.w_first_clock + 10) begin
      wrong("the directions did not run together");
    end
    u_model.check_all();
  endtask

endmodule
