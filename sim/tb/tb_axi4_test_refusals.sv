// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of what qdpi_axi4_port refuses: what the memory map of the guest has not, everything once
/// the guest is lost, and bursts that break a rule of AXI4.
///
/// Uses u_port, u_manager, u_model and u_bursts next to this module.
module tb_axi4_test_refusals #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// The port has lost the bridge.
  input logic bridge_lost_i
);
  import tb_axi4_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;
  import tb_ram_file_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  /// What the memory map refuses: responses, and nothing changed. No legal burst straddles the edge
  /// of a range, since these lie on 4 KiB boundaries; what would do so is +violate=boundary.
  task automatic memory_map();
    longint unsigned write_errors = u_port.write_errors();
    longint unsigned read_errors = u_port.read_errors();
    int unsigned     beats = 16;

    u_manager.set_pace(60, 60, 60, 60, 60);
    for (int is_write = 1; is_write >= 0; is_write--) begin
      for (int unsigned size = 0; size <= MaxSize; size++) begin
        longint unsigned bytes = 64'd1 << size;
        u_bursts.issue(is_write == 1, 4'h1, Hole - bytes, 1, 3'(size), Incr, 100);
        u_bursts.issue(is_write == 1, 4'h2, Hole, 1, 3'(size), Incr, 100);
        u_bursts.issue(is_write == 1, 4'h3, Rom - bytes, 1, 3'(size), Incr, 100);
        u_bursts.issue(is_write == 1, 4'h4, Rom, 1, 3'(size), Incr, 100);
        u_bursts.issue(is_write == 1, 4'h5, RomEnd - bytes, 1, 3'(size), Incr, 100);
        u_bursts.issue(is_write == 1, 4'h6, RomEnd, 1, 3'(size), Incr, 100);
        u_bursts.issue(is_write == 1, 4'h7, u_model.ram_bytes - bytes, 1, 3'(size), Incr, 100);
        u_bursts.issue(is_write == 1, 4'h8, u_model.ram_bytes, 1, 3'(size), Incr, 100);
        u_bursts.issue(is_write == 1, 4'h9, 64'hff_ffff_ffff - bytes + 1, 1, 3'(size), Incr, 100);
      end
      u_bursts.issue(is_write == 1, 4'ha, Hole, beats, 3'(MaxSize), Incr, 100);
      u_bursts.issue(is_write == 1, 4'hb, Rom, beats, 3'(MaxSize), Wrap, 100);
      u_bursts.issue(is_write == 1, 4'hc, RomEnd, beats, 3'(MaxSize), Incr, 50);
      u_bursts.issue(is_write == 1, 4'hd, Rom, 3, 3'(MaxSize), Fixed, 100);
      u_bursts.drain();
    end
    u_model.check_all();
    if (u_port.write_errors() == write_errors || u_port.read_errors() == read_errors
        || !contains(u_port.last_write_refusal(), "0xc0000")
        || !contains(u_port.last_read_refusal(), "0xa0000")) begin
      wrong("refused bursts were not counted and explained");
    end
    u_bursts.issue_unreserved(Hole);
    u_bursts.drain();
    u_bursts.issue_unreserved(Rom);
    u_bursts.drain();
    u_model.check_all();
  endtask

  /// The RAM file is truncated under the bridge: SLVERR, bridge_lost_o, and the simulation lives.
  /// What asks nothing of the guest does not find the bridge again.
  task automatic loss();
    lose_ram_file();
    u_model.ram_bytes = 0;
    u_manager.push_ar(4'h5, AddrWidth'(Window), 8'd3, 3'(MaxSize), Incr, 1'b0);
    for (int beat = 0; beat < 4; beat++) u_manager.expect_r(4'h5, '0, '1, SlvErr, beat == 3);
    u_bursts.drain();
    u_manager.push_aw(4'h6, AddrWidth'(Window), 8'd0, 3'(MaxSize), Incr, 1'b0);
    u_manager.push_w('1, '1, 1'b1);
    void'(u_manager.expect_b(4'h6, SlvErr));
    u_manager.push_aw(4'h7, AddrWidth'(Window), 8'd0, 3'(MaxSize), Incr, 1'b0);
    u_manager.push_w('1, '0, 1'b1);
    void'(u_manager.expect_b(4'h7, Okay));
    u_bursts.drain();
    if (!bridge_lost_i) wrong("bridge_lost_o is low");
    u_bursts.issue_unreserved(Window);
    u_bursts.drain();
    @(posedge clk_i);
    if (!bridge_lost_i) wrong("bridge_lost_o has fallen");
  endtask

  /// Break one rule of the specification, which the checker has to report; or take the port's bridge.
  task automatic violate(input string rule);
    logic [2:0] size = 3'(MaxSize);
    u_manager.set_pace(100, 100, 100, 100, 100);
    case (rule)
      "strobe", "early_last", "late_last": begin
        u_manager.push_aw(4'h1, AddrWidth'(Window), 8'd1, rule == "strobe" ? 3'd0 : size, Incr,
                          1'b0);
        u_manager.push_w('1, rule == "strobe" ? BusBytes'(2) : '1, rule == "early_last");
        if (rule != "early_last") u_manager.push_w('1, BusBytes'(2), rule == "strobe");
        void'(u_manager.expect_b(4'h1, SlvErr));
      end
      default: begin
        logic [AddrWidth-1:0] addr = AddrWidth'(Window);
        logic [7:0]           len = 8'd1;
        logic [1:0]           burst = Incr;
        bit                   lock = 1'b0;
        case (rule)
          "boundary":    addr = addr + AddrWidth'(PageBytes) - AddrWidth'(BusBytes);
          "size":        size = size + 3'd1;
          "reserved":    burst = 2'b11;
          "fixed":       {burst, len} = {Fixed, 8'd16};
          "wrap_length": {burst, len} = {Wrap, 8'd2};
          "wrap_align":  {burst, addr} = {Wrap, AddrWidth'(Window) + AddrWidth'(1)};
          "lock_length": {lock, len, size} = {1'b1, 8'd31, 3'd0};
          "lock_bytes":  {lock, len} = {1'b1, 8'd2};
          "lock_align":  {lock, addr} = {1'b1, AddrWidth'(Window) + AddrWidth'(BusBytes)};
          "attach":      u_port.attach(null);
          default:       $fatal(1, "+violate=%s: no such rule", rule);
        endcase
        u_manager.push_aw(4'h1, addr, len, size, burst, lock);
        u_manager.push_ar(4'h2, addr, len, size, burst, lock);
        for (int unsigned beat = 0; beat <= 32'(len); beat++) begin
          logic [BusBytes-1:0] lanes = '1;
          if (rule == "wrap_align") lanes = '0;
          if (rule == "lock_length") lanes = BusBytes'(1) << (beat % BusBytes);
          u_manager.push_w('1, lanes, beat == 32'(len));
          u_manager.expect_r(4'h2, '0, '1, SlvErr, beat == 32'(len));
        end
        void'(u_manager.expect_b(4'h1, SlvErr));
      end
    endcase
    u_bursts.drain();
    u_model.check_all();
    check_that((u_port.g_checker.u_checker.u_rules.total() != 0) == (rule != "attach"),
               "no broken rule was reported, or a bridge taken for one");
  endtask

endmodule
