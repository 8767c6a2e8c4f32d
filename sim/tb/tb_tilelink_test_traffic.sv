// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of qdpi_tilelink_port with nothing but traffic: every operation, a beat per clock, and
/// what is counted of it.
///
/// Uses u_port, u_manager, u_pages and u_operations next to this module.
module tb_tilelink_test_traffic #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i
);
  import qdpi_port_pkg::*;
  import qdpi_tilelink_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_tilelink_port_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  /// Every opcode and param in every size.
  task automatic all_operations();
    u_manager.set_pace(100, 100, 0);
    for (int unsigned size = 0; size <= LargestSize; size++) begin
      for (int opcode = 0; opcode <= int'(Intent); opcode++) begin
        for (int param = 0; param <= 7; param++) begin
          if (param_is_legal(3'(opcode), 3'(param))) begin
            u_operations.issue(3'(opcode), 3'(param), size,
                               Window + PageBytes * 2 + (64'd1 << size) % 4096, 50, -1, 1'b0, 1'b0);
          end
        end
      end
    end
    u_operations.drain();
    u_pages.check_window();
  endtask

  /// One beat per clock on both channels at once, from message to message.
  task automatic throughput(input int unsigned size);
    int unsigned pairs = 4096 >> (size < 6 ? 6 : size);
    real         a_rate, d_rate;
    if (pairs < 16) pairs = 16;
    u_manager.set_pace(100, 100, 0);
    u_manager.reset_counts();
    for (int unsigned i = 0; i < pairs; i++) begin
      longint unsigned offset = (64'(i) << size) % (4 * PageBytes);
      for (int get = 0; get < 2; get++) begin
        u_operations.issue(get == 1 ? Get : PutFullData, 3'd0, size,
                           Window + (get == 1 ? 4 * PageBytes : 0) + offset, 100, -1, 1'b0, 1'b0);
      end
    end
    u_operations.drain();
    a_rate = real'(u_manager.a_beats) / real'(u_manager.a_last_clock - u_manager.a_first_clock + 1);
    d_rate = real'(u_manager.d_beats) / real'(u_manager.d_last_clock - u_manager.d_first_clock + 1);
    $display("%0d-bit bus, messages of %0d bytes: %0.4f A and %0.4f D beats per clock", DataWidth,
             32'd1 << size, a_rate, d_rate);
    if (a_rate < 0.99) wrong("less than 0.99 beats per clock on A");
    // D waits for the first put to be complete, and ends with the last get.
    if (d_rate < 0.99 * real'(u_manager.d_beats)
        / (real'(u_manager.d_beats) + real'(data_beats(size, BusBytes)))) begin
      wrong("less than one beat per clock on D");
    end
    u_pages.check_window();
  endtask

  /// The counters tell what was moved: the message's bytes, those of a put that its mask has, and
  /// of an Intent none.
  task automatic counts();
    longint unsigned reads = u_port.bytes(KindRead), writes = u_port.bytes(KindWrite);
    longint unsigned atomics = u_port.bytes(KindAtomic);
    u_operations.issue(Get, 3'd0, 4, Window, 100, -1, 1'b0, 1'b0);
    u_operations.issue(Intent, 3'd0, 6, Window, 100, -1, 1'b0, 1'b0);
    u_operations.issue(PutFullData, 3'd0, 7, Window, 100, -1, 1'b0, 1'b0);
    u_operations.issue(PutPartialData, 3'd0, 5, Window, 0, -1, 1'b0, 1'b0);
    u_operations.issue(LogicalData, 3'd0, 2, Window, 100, -1, 1'b0, 1'b0);
    u_operations.drain();
    @(posedge clk_i);
    if (u_port.bytes(KindRead) != reads + 16 || u_port.bytes(KindWrite) != writes + 128
        || u_port.bytes(KindAtomic) != atomics + 4) begin
      wrong("the port counted other bytes than were moved");
    end
  endtask

endmodule
