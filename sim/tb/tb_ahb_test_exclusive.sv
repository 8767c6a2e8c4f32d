// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of exclusive transfers to qdpi_ahb_port.
///
/// Uses u_port, u_manager, u_pages and u_traffic next to this module.
module tb_ahb_test_exclusive #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) ();
  import qemu_dpi_pkg::*;
  import qdpi_port_pkg::*;
  import tb_ahb_manager_pkg::*;
  import tb_ahb_port_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  byte unsigned one_byte [1];

  /// Exclusive transfers: what was read exclusively can be written so once, unless someone else has
  /// written there.
  task automatic pairs();
    longint unsigned gpa = Window + 64'h200;
    for (int unsigned size = 0; size <= MaxSize; size++) begin
      u_manager.all_strobes = 1'b1;
      u_manager.push_exclusive(1'b0, gpa, 3'(size), 4'd3, WantExclusive);
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd3, WantExclusive);
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd3, WantShared);
      u_traffic.single(1'b0, gpa, 3'(size), WantOkay);
      u_manager.push_exclusive(1'b0, gpa, 3'(size), 4'd3, WantExclusive);
      u_traffic.single(1'b1, gpa, 3'd0, WantOkay);
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd3, WantShared);
      u_manager.push_exclusive(1'b0, gpa, 3'(size), 4'd5, WantExclusive);
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd6, WantShared);
      u_manager.push_exclusive(1'b0, Hole, 3'(size), 4'd5, WantError);
      u_traffic.single(1'b0, gpa, 3'(size), WantOkay);
      u_traffic.drain();
      // The guest writes between the two.
      u_manager.push_exclusive(1'b0, gpa, 3'(size), 4'd3, WantExclusive);
      u_traffic.drain();
      one_byte[0] = ~u_pages.model[gpa];
      u_pages.model[gpa] = one_byte[0];
      `QDPI_OR_FATAL(u_pages.bridge, dpi_mem_write(u_pages.bridge, gpa, one_byte))
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd3, WantShared);
      u_traffic.single(1'b0, gpa, 3'(size), WantOkay);
      u_traffic.drain();
    end
    u_manager.all_strobes = 1'b0;
    u_pages.check_window();
    // ROM has no exclusive access, which is no refusal, nor does it explain the next.
    u_manager.push_exclusive(1'b0, Rom, 3'd0, 4'd3, WantOkay);
    u_traffic.single(1'b0, Hole, 3'd0, WantError);
    u_traffic.drain();
    if (!contains(u_port.last_refusal(KindRead), "0xa0000")
        || contains(u_port.last_refusal(KindRead), "0xc0000")) begin
      wrong({"a refusal is explained by an older one: ", u_port.last_refusal(KindRead)});
    end
  endtask

endmodule
