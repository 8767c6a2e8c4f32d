// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of qdpi_axi4_port that is reset in the middle of traffic.
///
/// Uses u_port, u_manager, u_model and u_bursts next to this module.
module tb_axi4_test_reset #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input  logic clk_i,
  /// The port is to be reset.
  output bit   reset_request_o
);
  import qemu_dpi_pkg::*;
  import tb_axi4_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  /// Reset in the middle of traffic: silent and ready afterwards, nothing torn, nothing lost that
  /// was answered. Burst i writes slot i, so that memory tells how far it came.
  task automatic resets();
    // So many bytes that old and new ones are not taken for each other.
    int unsigned     beats = BusBytes < 8 ? 16 : 4;
    longint unsigned slot_bytes = 64'(beats) * 64'(BusBytes);
    for (int unsigned round = 0; round < 20; round++) begin
      longint unsigned slots = 32;
      int unsigned     clocks = 5 + u_manager.random32() % 120;
      int unsigned     answered, written;

      u_manager.set_pace(50, 70, 50, 50, 70);
      u_manager.reset_counts();
      for (longint unsigned i = 0; i < slots; i++) begin
        u_bursts.issue(1'b1, 4'(i), Window + i * slot_bytes, beats, 3'(MaxSize), Incr, 100);
        u_bursts.issue(1'b0, 4'(i), Window + 8 * PageBytes, 16, 3'd0, Incr, 100);
      end
      repeat (clocks) @(posedge clk_i);
      reset_request_o = 1'b1;
      repeat (3) @(posedge clk_i);
      answered = u_manager.b_count;
      u_manager.drop_all();
      reset_request_o = 1'b0;
      written = 0;
      for (longint unsigned i = 0; i < slots; i++) begin
        int unsigned new_bytes = 0, old_bytes = 0;
        for (longint unsigned b = 0; b < slot_bytes; b++) begin
          longint unsigned gpa = Window + i * slot_bytes + b;
          byte unsigned    found = 0;
          `QDPI_OR_FATAL(u_model.bridge, dpi_mem_read8(u_model.bridge, gpa, found))
          if (found == u_model.bytes[u_model.index_of(gpa)]) new_bytes++;
          else old_bytes++;
        end
        if (old_bytes == 0) begin
          written++;
          if (written != 32'(i) + 1) begin
            wrong($sformatf("slot %0d was written before an earlier one", i));
          end
        end else if (64'(new_bytes) > slot_bytes / 4) begin
          wrong($sformatf("slot %0d is torn: %0d of %0d bytes are new", i, new_bytes, slot_bytes));
        end
      end
      if (written < answered) begin
        wrong($sformatf("%0d bursts answered, %0d in memory", answered, written));
      end
      for (int unsigned i = 0; i < 18; i++) u_model.load(i);
      if (u_port.write_bursts() != 0 || u_port.read_beats() != 0) wrong("counters not cleared");
    end
    repeat (50) @(posedge clk_i);
  endtask

endmodule
