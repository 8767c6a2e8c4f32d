// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Tests of qdpi_tilelink_port that is reset: in the middle of traffic, and while a response is
/// withheld.
///
/// Uses u_port, u_manager and u_pages next to this module.
module tb_tilelink_test_reset #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input  logic clk_i,
  /// The port is to be reset.
  output bit   reset_request_o
);
  import qemu_dpi_pkg::*;
  import qdpi_port_pkg::*;
  import qdpi_tilelink_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_tilelink_port_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  byte unsigned page [4096];

  /// Reset in the middle of traffic: silent and ready afterwards, puts whole or not at all, and
  /// nothing lost that was answered.
  task automatic resets();
    for (int unsigned round = 0; round < 10; round++) begin
      int unsigned answered = 0, written = 0;
      u_manager.set_pace(70, 70, 0);
      u_manager.drop_all();
      for (int unsigned i = 0; i < Sources; i++) begin
        u_manager.begin_op(i, PutFullData, 3'd0, 4'd8, AddrWidth'(Window + 64'(i) * 256));
        for (int unsigned b = 0; b < 256; b++) begin
          u_manager.send_byte(i, b, ~u_pages.model[Window+64'(i)*256+64'(b)], 1'b1);
        end
        u_manager.go(i, 1'b0, 1'b0);
      end
      repeat (1 + u_manager.random32() % (3 * 4096 / BusBytes)) @(posedge clk_i);
      reset_request_o = 1'b1;
      repeat (3) @(posedge clk_i);
      answered = u_manager.answered;
      u_manager.drop_all();
      reset_request_o = 1'b0;
      for (int unsigned i = 0; i < Sources; i++) begin
        int unsigned news = 0;
        `QDPI_OR_FATAL(u_pages.bridge, dpi_mem_read(u_pages.bridge, Window, page))
        for (int unsigned b = 0; b < 256; b++) begin
          if (page[12'(i*256+b)] != u_pages.model[Window+64'(i)*256+64'(b)]) news++;
        end
        if (news != 0 && news != 256) wrong($sformatf("put %0d is torn", i));
        if (news == 256) written++;
      end
      if (written < answered) wrong($sformatf("%0d answered, %0d written", answered, written));
      if (u_port.transactions(KindWrite) != 0) wrong("counters not cleared");
      u_pages.fill_window();
      repeat (5) @(posedge clk_i);
    end
  endtask

  /// A response that is withheld is a hang that the checker names.
  task automatic withheld();
    behaviour_t knobs = Ideal;
    knobs.withhold_ppm = 1_000_000;
    u_port.configure(knobs);
    u_port.g_checker.u_checker.u_rules.tolerate(32'(Hang));
    u_manager.begin_op(5, Get, 3'd0, 4'd3, AddrWidth'(Window));
    u_manager.go(5, 1'b0, 1'b0);
    repeat (21000) @(posedge clk_i);
    if (u_port.g_checker.u_checker.u_rules.count(32'(Hang)) != 1) wrong("no hang was reported");
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    reset_request_o = 1'b1;
    repeat (3) @(posedge clk_i);
    u_manager.drop_all();
    reset_request_o = 1'b0;
    u_port.configure(Ideal);
    repeat (3) @(posedge clk_i);
  endtask

endmodule
