// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The operations of tb_qdpi_tilelink_port: each is given to the manager with what must come of it,
/// and put into the reference.
///
/// Uses u_manager, u_reference and u_pages next to this module.
module tb_tilelink_operations #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i
);
  import qdpi_tilelink_checker_pkg::*;
  import tb_tilelink_port_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  bit one_by_one;  // the outcome is not known beforehand

  /// Start one operation as soon as it can be and tell the manager what must come of it.
  /// `strobe_percent`: of the lanes of a PutPartialData. `corrupt_beat` < 0: none. `broken`: it
  /// breaks a rule; with `bad_mask` that of the mask.
  task automatic issue(input logic [2:0] opcode, input logic [2:0] param, input int unsigned size,
                       input longint unsigned address, input int unsigned strobe_percent,
                       input int corrupt_beat, input bit broken, input bit bad_mask);
    int unsigned     bytes = 32'd1 << size;
    longint unsigned last = address + 64'(bytes) - 1;
    bit              changes = opcode <= LogicalData;
    bit              denied = broken || bad_mask || corrupt_beat >= 0;
    int unsigned     source = u_manager.random32() % Sources;
    bit              found = 1'b0;
    if (opcode inside {ArithmeticData, LogicalData} && bytes > 8) denied = 1'b1;
    if (opcode != Intent && u_reference.refused(changes, address, last)) denied = 1'b1;
    while (!found) begin
      for (int unsigned i = 0; i < Sources && !found; i++) begin
        source = (source + 1) % Sources;
        found = u_manager.can_start(source, address, last, opcode == Get);
      end
      if (!found) @(posedge clk_i);
    end
    u_manager.begin_op(source, opcode, param, 4'(size), AddrWidth'(address));
    if (corrupt_beat >= 0) u_manager.corrupt(source, 32'(corrupt_beat));
    if (bad_mask) u_manager.break_mask(source);
    for (int unsigned i = 0; i < bytes && i < 4096; i++) begin
      bit strobe = opcode != PutPartialData || u_manager.chance(strobe_percent);
      byte unsigned value = 8'(u_manager.random32());
      // Equal high bytes, so that comparisons are decided in all of them.
      if (opcode == ArithmeticData && !denied && u_manager.chance(50)) begin
        value = u_pages.model[address+64'(i)];
      end
      u_manager.send_byte(source, i, value, strobe);
      if (!denied && opcode != Intent) begin
        u_manager.expect_byte(source, i, u_pages.model[address+64'(i)]);
      end
    end
    if (!denied) u_reference.apply(source, opcode, param, address, bytes);
    u_manager.go(source, one_by_one, denied);
    if (one_by_one) begin
      while (u_manager.in_use[source]) @(posedge clk_i);
      denied = u_manager.denied_of[source];
    end
    if (changes && !denied) u_reference.settle(address, bytes);
  endtask

  task automatic drain();
    while (!u_manager.idle()) @(posedge clk_i);
  endtask

  /// A random legal operation inside the window.
  task automatic issue_random();
    int unsigned     size = u_manager.random32() % 8;
    logic [2:0]      opcode = 3'(u_manager.random32() % 6);
    logic [2:0]      param = 3'd0;
    longint unsigned address = 0;
    int              corrupt_beat = -1;
    if (u_manager.chance(10)) size = u_manager.random32() % 13;
    if (opcode inside {ArithmeticData, LogicalData} && u_manager.chance(90)) size = size % 4;
    if (opcode == ArithmeticData) param = 3'(u_manager.random32() % 5);
    if (opcode == LogicalData) param = 3'(u_manager.random32() % 4);
    if (opcode == Intent) param = 3'(u_manager.random32() % 2);
    address = Window + (64'(u_manager.random32()) % (WindowPages * PageBytes >> size) << size);
    if (opcode <= LogicalData && u_manager.chance(4)) begin
      corrupt_beat = int'(u_manager.random32() % data_beats(size, BusBytes));
    end
    issue(opcode, param, size, address, 25 * (u_manager.random32() % 5), corrupt_beat, 1'b0, 1'b0);
  endtask

  /// Rounds of random operations at random pace.
  task automatic random_rounds(input int unsigned rounds, input int unsigned operations);
    for (int unsigned round = 0; round < rounds; round++) begin
      u_manager.set_pace(5 + u_manager.random32() % 96, 5 + u_manager.random32() % 96,
                         round[0] ? 20 : 0);
      if (u_manager.chance(50)) u_manager.set_pace(100, 100, 0);
      for (int unsigned i = 0; i < operations; i++) issue_random();
      drain();
      u_pages.check_window();
    end
  endtask

endmodule
