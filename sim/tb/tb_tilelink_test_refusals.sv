// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of what qdpi_tilelink_port denies: what the memory map of the guest has not, requests that
/// break a rule, and everything once the guest is lost.
///
/// Uses u_port, u_manager, u_pages and u_operations next to this module.
module tb_tilelink_test_refusals (
  /// Clock.
  input logic clk_i,
  /// The port has lost the bridge.
  input logic bridge_lost_i
);
  import qdpi_port_pkg::*;
  import qdpi_tilelink_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_tilelink_port_pkg::*;
  import tb_pc_map_pkg::*;
  import tb_ram_file_pkg::*;
  import tb_text_pkg::*;

  /// Where the memory map of the guest changes.
  function automatic longint unsigned edge_of(input int index);
    case (index)
      0:       return Hole;
      1:       return Rom;
      2:       return RomEnd;
      default: return u_pages.ram_bytes;
    endcase
  endfunction

  /// What the memory map refuses: denied, and nothing changed.
  task automatic memory_map();
    longint unsigned reads = u_port.errors(KindRead), writes = u_port.errors(KindWrite);
    longint unsigned atomics = u_port.errors(KindAtomic);
    string           behind_ram = $sformatf("0x%0h", u_pages.ram_bytes);
    u_pages.fill_edges();
    u_manager.set_pace(80, 80, 5);
    for (int opcode = 0; opcode <= int'(Intent); opcode++) begin
      for (int unsigned size = 0; size <= LargestSize; size++) begin
        longint unsigned bytes = 64'd1 << size;
        logic [2:0]      param = opcode == int'(ArithmeticData) ? 3'd4 : 3'd0;
        for (int place = 0; place < 8; place++) begin
          longint unsigned address = edge_of(place / 2) - (place % 2 == 0 ? bytes : 0);
          u_operations.issue(3'(opcode), param, size, address, 100, -1, 1'b0, 1'b0);
        end
      end
    end
    u_operations.drain();
    u_pages.check_edges();
    if (u_port.errors(KindRead) == reads || u_port.errors(KindWrite) == writes
        || u_port.errors(KindAtomic) == atomics
        || !contains(u_port.last_refusal(KindRead), behind_ram)
        || !contains(u_port.last_refusal(KindWrite), behind_ram)
        || !contains(u_port.last_refusal(KindAtomic), behind_ram)) begin
      wrong("refusals were not counted and explained");
    end
  endtask

  typedef struct packed {
    logic [2:0] opcode;
    logic [2:0] param;
    logic [3:0] size;
    logic [7:0] offset;
    logic       bad_mask;
  } broken_t;

  /// Requests that TileLink does not have.
  function automatic broken_t broken_request(input int index);
    case (index)
      0:       return {3'd6, 3'd0, 4'd3, 8'd0, 1'b0};
      1:       return {3'd7, 3'd0, 4'd3, 8'd64, 1'b0};
      2:       return {Get, 3'd1, 4'd3, 8'd0, 1'b0};
      3:       return {PutFullData, 3'd2, 4'd6, 8'd0, 1'b0};
      4:       return {ArithmeticData, 3'd5, 4'd3, 8'd0, 1'b0};
      5:       return {LogicalData, 3'd4, 4'd2, 8'd0, 1'b0};
      6:       return {Intent, 3'd2, 4'd2, 8'd0, 1'b0};
      7:       return {Get, 3'd0, 4'd3, 8'd4, 1'b0};
      8:       return {PutFullData, 3'd0, 4'd1, 8'd1, 1'b0};
      9:       return {Get, 3'd0, 4'd13, 8'd0, 1'b0};
      10:      return {PutFullData, 3'd0, 4'd4, 8'd16, 1'b1};
      11:      return {ArithmeticData, 3'd4, 4'd2, 8'd16, 1'b1};
      default: return {Get, 3'd0, 4'd2, 8'd16, 1'b1};
    endcase
  endfunction

  /// Requests that break a rule are reported by the checker, denied, and change nothing.
  task automatic broken_rules();
    int unsigned before_count = u_port.g_checker.u_checker.u_rules.total();
    u_manager.set_pace(100, 100, 0);
    for (int unsigned rule = 0; rule < Rules; rule++) begin
      u_port.g_checker.u_checker.u_rules.tolerate(rule);
    end
    for (int i = 0; i < 13; i++) begin
      broken_t request = broken_request(i);
      u_operations.issue(request.opcode, request.param, 32'(request.size),
                         Window + 64'(request.offset), 100, -1, 1'b1, request.bad_mask);
    end
    u_operations.drain();
    if (u_port.g_checker.u_checker.u_rules.total() - before_count < 13) wrong("not all reported");
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    u_pages.check_window();
  endtask

  /// The RAM file is truncated under the bridge: denied, bridge_lost_o, and the simulation lives.
  task automatic loss();
    lose_ram_file();
    u_pages.ram_bytes = 0;
    for (int opcode = 0; opcode <= int'(Intent); opcode++) begin
      for (int unsigned size = 0; size <= LargestSize; size += 3) begin
        u_operations.issue(3'(opcode), 3'd0, size, Window + 64'(opcode) * PageBytes, 100, -1, 1'b0,
                           1'b0);
      end
    end
    u_operations.drain();
    @(posedge clk_i);
    if (!bridge_lost_i) wrong("bridge_lost_o is low");
  endtask

endmodule
