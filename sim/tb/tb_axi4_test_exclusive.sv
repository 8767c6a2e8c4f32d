// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of exclusive accesses to qdpi_axi4_port.
///
/// Uses u_manager, u_model and u_bursts next to this module.
module tb_axi4_test_exclusive #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) ();
  import qemu_dpi_pkg::*;
  import tb_axi4_pkg::*;
  import tb_pc_map_pkg::*;

  // Functions that are not inlined, which keeps the model small, use what is below; they are called
  // from the one process of the test and read no signal.
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  /// The port writes what is there already.
  function automatic void rewrite(input logic [3:0] id, input longint unsigned gpa);
    // verilator no_inline_task
    u_manager.push_aw(id, AddrWidth'(gpa), 8'd0, 3'd0, Incr, 1'b0);
    u_manager.push_w({BusBytes{u_model.bytes[u_model.index_of(gpa)]}},
                     BusBytes'(1) << (gpa % 64'(BusBytes)), 1'b1);
    void'(u_manager.expect_b(id, Okay));
  endfunction

  /// The guest changes a byte.
  function automatic void change_behind(input longint unsigned gpa);
    // verilator no_inline_task
    int unsigned index = u_model.index_of(gpa);
    u_model.bytes[index] ^= 8'h80;
    `QDPI_OR_FATAL(u_model.bridge, dpi_mem_write8(u_model.bridge, gpa, u_model.bytes[index]))
  endfunction

  /// Exclusive pairs (A7.2) of every legal size and length: nothing in between, so that they
  /// succeed; another write of the port, or the guest, in between, so that they fail; and another
  /// ID's pair. Those of a fixed address always fail.
  task automatic pairs(input int unsigned rounds);
    u_manager.set_pace(100, 100, 100, 100, 100);
    for (int unsigned round = 0; round < rounds; round++) begin
      logic [2:0]      size = 3'(u_manager.random32() % (MaxSize + 1));
      int unsigned     beats = 1 << (u_manager.random32() % 5);
      longint unsigned bytes = 64'd1 << size;
      logic [1:0]      burst;
      longint unsigned gpa;
      logic [3:0]      id = 4'(u_manager.random32());
      int unsigned     between = u_manager.random32() % 4;
      int unsigned     best;

      while (64'(beats) * bytes > 128) beats /= 2;
      // Fixed, Incr or Wrap.
      burst = 2'(u_manager.random32() % (beats > 1 ? 3 : 2));
      gpa = Window + 64'(u_manager.random32()) % (PageBytes / 128) * 128;
      best = burst == Fixed ? 2 : 1;
      u_bursts.issue_burst(1'b0, id, gpa, beats, size, burst, 100, best);
      u_bursts.drain();
      case (between)
        1: rewrite(id + 4'd1, gpa + 64'(beats) * bytes - 1);
        2: change_behind(gpa);
        3: begin
          u_bursts.issue_burst(1'b0, id + 4'd1, gpa, beats, size, burst, 100, best);
          u_bursts.drain();
          u_bursts.issue_burst(1'b1, id + 4'd1, gpa, beats, size, burst, 100, best);
        end
        default: ;
      endcase
      u_bursts.drain();
      u_bursts.issue_burst(1'b1, id, gpa, beats, size, burst, u_manager.random32() % 3 * 50,
                           between == 0 ? best : 2);
      u_bursts.drain();
      // The reservation is gone either way, also if memory is still what was read.
      u_bursts.issue_burst(1'b1, id, gpa, beats, size, burst, 100, 2);
      u_bursts.drain();
      u_model.check_all();
    end
  endtask

endmodule
