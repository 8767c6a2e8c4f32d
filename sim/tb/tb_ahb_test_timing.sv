// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of how qdpi_ahb_port behaves in time: a beat per clock without knobs, wait states and
/// bandwidth with them.
///
/// Uses u_port, u_manager, u_pages and u_traffic next to this module.
module tb_ahb_test_timing #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) ();
  import qdpi_port_pkg::*;
  import qdpi_ahb_checker_pkg::*;
  import tb_ahb_manager_pkg::*;
  import tb_ahb_port_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  /// One beat per clock, from burst to burst and from direction to direction.
  task automatic full_rate();
    u_manager.set_pace(0, 0, 0, 0);
    for (int kind = 0; kind < 3; kind++) begin
      u_manager.reset_counts();
      for (int i = 0; i < 40; i++) begin
        case (kind)
          0: u_traffic.random_burst(4096, WantOkay);
          1: begin
            u_manager.push_burst(1'b1, Window + 64'(i) % 4 * 64'd1024, 3'(MaxSize), BurstIncr4, 4,
                                 WantOkay);
            u_manager.push_burst(1'b0, Window + 64'(i) % 4 * 64'd1024, 3'(MaxSize), BurstWrap4, 4,
                                 WantOkay);
          end
          // Read what the clock before has written.
          default: begin
            u_traffic.single(1'b1, Window + 64'(i * BusBytes), 3'(MaxSize), WantOkay);
            u_traffic.single(1'b0, Window + 64'(i * BusBytes), 3'(MaxSize), WantOkay);
          end
        endcase
      end
      u_traffic.drain();
      if (u_manager.last_clock - u_manager.first_clock + 1 != 64'(u_manager.transfers)) begin
        wrong($sformatf("full rate %0d: %0d beats took %0d clocks", kind, u_manager.transfers,
                        u_manager.last_clock - u_manager.first_clock + 1));
      end else begin
        $display("%0d-bit bus: %0d beats in as many clocks", DataWidth, u_manager.transfers);
      end
    end
    u_pages.check_window();
  endtask

  /// Wait states as the knobs say.
  task automatic delays();
    behaviour_t wanted = Ideal;

    wanted.read_latency_min = 3;
    wanted.read_latency_max = 9;
    wanted.write_latency_min = 3;
    wanted.write_latency_max = 9;
    u_port.configure(wanted);
    u_manager.reset_counts();
    u_traffic.random_rounds(4, WantOkay);
    if (u_manager.low_waits != 3 || u_manager.high_waits != 9) begin
      wrong($sformatf("wait states were %0d to %0d, wanted 3 to 9", u_manager.low_waits,
                      u_manager.high_waits));
    end

    wanted = Ideal;
    wanted.read_latency_max = 2;
    wanted.write_latency_max = 2;
    wanted.read_data_valid = 40;
    wanted.write_response_valid = 60;
    u_port.configure(wanted);
    u_traffic.random_rounds(6, WantOkay);

    // A beat of the bus in 16 clocks.
    wanted = Ideal;
    wanted.bandwidth = BusBytes * 64;
    u_port.configure(wanted);
    u_manager.reset_counts();
    for (int i = 0; i < 50; i++) begin
      u_traffic.single(1'b0, Window + 64'(i * BusBytes), 3'(MaxSize), WantOkay);
    end
    u_traffic.drain();
    if (u_manager.last_clock - u_manager.first_clock < 49 * 15
        || u_manager.last_clock - u_manager.first_clock > 49 * 17) begin
      wrong($sformatf("50 beats at one in 16 clocks took %0d clocks",
                      u_manager.last_clock - u_manager.first_clock));
    end

    // 1.4 and 2.7 clocks a beat, over few beats and over many.
    for (int unsigned bandwidth = 375; bandwidth <= 750; bandwidth += 375) begin
      for (int unsigned beats = 64; beats <= 512; beats *= 8) begin
        real clocks_wanted = real'(beats - 1) * 1024.0 / real'(bandwidth);
        real clocks_taken;
        wanted.bandwidth = bandwidth * BusBytes;
        u_port.configure(wanted);
        u_manager.reset_counts();
        for (int unsigned i = 0; i < beats; i++) begin
          u_traffic.single(1'b0, Window + 64'(i * BusBytes) % PageBytes, 3'(MaxSize), WantOkay);
        end
        u_traffic.drain();
        clocks_taken = real'(u_manager.last_clock - u_manager.first_clock);
        if (clocks_taken < clocks_wanted - 1.0 || clocks_taken > clocks_wanted * 1.01 + 1.0) begin
          wrong($sformatf("%0d beats at %0d bytes in 1024 clocks took %0.0f clocks, not %0.1f",
                          beats, wanted.bandwidth, clocks_taken, clocks_wanted));
        end
      end
    end
    u_port.configure(Ideal);
  endtask

endmodule
