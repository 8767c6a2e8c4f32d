// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Tests of qdpi_ahb_port that is reset: while an answer is withheld, and in the middle of writes.
///
/// Uses u_port, u_manager, u_pages and u_traffic next to this module.
module tb_ahb_test_reset #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// The port is to be reset.
  output bit                   reset_request_o,
  /// Of the bus.
  input  logic                 hready_i,
  /// As the port shows it.
  input  logic                 hreadyout_i,
  /// As the port shows it.
  input  logic                 hresp_i,
  /// As the port shows it.
  input  logic                 hexokay_i,
  /// As the port shows it.
  input  logic [DataWidth-1:0] hrdata_i
);
  import qemu_dpi_pkg::*;
  import qdpi_port_pkg::*;
  import qdpi_ahb_checker_pkg::*;
  import tb_ahb_manager_pkg::*;
  import tb_ahb_port_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  byte unsigned page [4096];

  task automatic reset_port();
    reset_request_o = 1'b1;
    u_traffic.clocks(3);
    if (!hreadyout_i || hresp_i || hexokay_i || hrdata_i != '0) begin
      wrong("outputs in reset are not at rest");
    end
    u_traffic.clocks(1);
    reset_request_o = 1'b0;
    u_traffic.clocks(3);
    if (u_port.transactions(KindRead) != 0 || u_port.bytes(KindWrite) != 0
        || u_port.errors(KindWrite) != 0) begin
      wrong("reset did not clear the counters");
    end
  endtask

  /// A withheld answer: silence, the hang detector names the transfer, reset cures it.
  task automatic withheld();
    behaviour_t wanted = Ideal;

    wanted.withhold_ppm = 1_000_000;
    for (int write = 0; write < 2; write++) begin
      u_port.configure(wanted);
      u_port.g_checker.u_checker.u_rules.tolerate(Hang);
      u_traffic.single(write == 1, Window + 64'h580, 3'd0, WantOkay);
      u_traffic.clocks(HangClocks + 10);
      if (hready_i) wrong("a transfer that had to be withheld was answered");
      if (u_port.g_checker.u_checker.u_rules.count(Hang) != 32'(write) + 1
          || !contains(u_port.g_checker.u_checker.u_rules.last_message(),
                  write == 1 ? "write at 0xc00580" : "read at 0xc00580")) begin
        wrong("the hang detector did not name the withheld transfer");
      end
      u_port.g_checker.u_checker.u_rules.tolerate_none();
      u_port.configure(Ideal);
      reset_port();
      u_pages.fill_page(Window);
    end
    u_traffic.random_rounds(1, WantOkay);
  endtask

  /// Reset in the middle of bursts of writes: each byte is as before or as written, and what was
  /// answered is written.
  task automatic resets();
    behaviour_t  wanted = Ideal;
    int unsigned cuts = u_manager.cuts;

    wanted.write_latency_max = 3;
    for (int round = 0; round < 40; round++) begin
      longint unsigned low, high;
      int unsigned     cuts_before = u_manager.cuts;
      u_port.configure(round % 2 == 0 ? wanted : Ideal);
      u_manager.set_pace(20, 20, 0, 0);
      for (int i = 0; i < 6; i++) begin
        u_manager.push_burst(1'b1, Window + 64'(i) * 64'd1024, 3'(MaxSize), BurstIncr, 8,
                             WantOkay);
      end
      u_traffic.clocks(4 + u_manager.random32() % 40);
      reset_request_o = 1'b1;
      reset_port();
      // The transfer that was in its data phase may have been done or not; no other may.
      low = u_manager.cut_address();
      high = u_manager.cuts == cuts_before ? low : low + 64'(BusBytes);
      for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
        longint unsigned gpa = Window + i * PageBytes - PageBytes;
        `QDPI_OR_FATAL(u_pages.bridge, dpi_mem_read(u_pages.bridge, gpa, page))
        for (longint unsigned b = 0; b < PageBytes; b++) begin
          if (page[12'(b)] == u_pages.model[gpa+b]) continue;
          if (gpa + b >= low && gpa + b < high) u_pages.model[gpa+b] = page[12'(b)];
          else begin
            wrong($sformatf("after reset memory at 0x%0h is %h, expected %h", gpa + b,
                            page[12'(b)], u_pages.model[gpa+b]));
            break;
          end
        end
      end
    end
    if (u_manager.cuts == cuts) wrong("no round of the reset test was cut");
    u_port.configure(Ideal);
    u_traffic.random_rounds(2, WantOkay);
  endtask

endmodule
