// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Negative test of qdpi_axis_checker: legal traffic breaks no rule; then each rule is broken in
/// turn, and exactly that one must be reported, once, with its name, section, values and time. The
/// rules about X need a simulator that has it; without one they are left out, which is printed.
///
///   +seed=N   of the random legal traffic (1)
module tb_qdpi_axis_checker (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qdpi_axis_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned HangClocks = 60;
  localparam int unsigned PacketHangClocks = 40;
  localparam int unsigned LegalTransfers = 5000;

  logic        rst_n, fair, tvalid, tready, tlast;
  logic [31:0] tdata;
  logic [3:0]  tstrb, tkeep, tid, tdest, tuser;
  bit          reset_request;

  assign rst_n = rst_ni && !reset_request;

  qdpi_axis_checker #(
    .DataWidth       (32),
    .IdWidth         (4),
    .DestWidth       (4),
    .UserWidth       (4),
    .HangClocks      (HangClocks),
    .PacketHangClocks(PacketHangClocks)
  ) u_checker (
    .clk_i,
    .rst_ni         (rst_n),
    .stall_is_fair_i(fair),
    .axis_tvalid_i  (tvalid),
    .axis_tready_i  (tready),
    .axis_tdata_i   (tdata),
    .axis_tstrb_i   (tstrb),
    .axis_tkeep_i   (tkeep),
    .axis_tlast_i   (tlast),
    .axis_tid_i     (tid),
    .axis_tdest_i   (tdest),
    .axis_tuser_i   (tuser)
  );

  // The same signals, for which interleaved packets and hangs are all right.
  qdpi_axis_checker #(
    .DataWidth        (32),
    .IdWidth          (4),
    .DestWidth        (4),
    .UserWidth        (4),
    .AllowInterleaving(1'b1),
    .HangClocks       (0)
  ) u_lenient (
    .clk_i,
    .rst_ni         (rst_n),
    .stall_is_fair_i(1'b0),
    .axis_tvalid_i  (tvalid),
    .axis_tready_i  (tready),
    .axis_tdata_i   (tdata),
    .axis_tstrb_i   (tstrb),
    .axis_tkeep_i   (tkeep),
    .axis_tlast_i   (tlast),
    .axis_tid_i     (tid),
    .axis_tdest_i   (tdest),
    .axis_tuser_i   (tuser)
  );

  longint unsigned random_state;
  int unsigned     broken_rules;
  logic            unknown;

  function automatic int unsigned random32();
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state[47:16];
  endfunction

  /// Signals change at falling edges, and are looked at at rising ones.
  task automatic clocks(input int unsigned count);
    repeat (count) @(negedge clk_i);
  endtask

  /// Put a transfer on the stream.
  task automatic offer(input logic ready, input logic last);
    tvalid = 1'b1;
    tready = ready;
    tdata = 32'h1122_3344;
    tstrb = 4'hf;
    tkeep = 4'hf;
    tlast = last;
    tid = 4'd5;
    tdest = 4'd6;
    tuser = 4'd7;
    clocks(1);
  endtask

  /// Have what is on the stream taken, and nothing behind it.
  task automatic settle();
    tready = 1'b1;
    clocks(1);
    tvalid = 1'b0;
    tready = 1'b0;
    clocks(2);
  endtask

  task automatic legal_traffic();
    bit in_packet = 1'b0;
    for (int unsigned i = 0; i < LegalTransfers; i++) begin
      tready = 1'b0;
      clocks(random32() % 4 == 0 ? random32() % 6 : 0);
      if (!in_packet) tid = 4'(random32());
      if (!in_packet) tdest = 4'(random32());
      in_packet = random32() % 4 != 0;
      tvalid = 1'b1;
      tdata = random32();
      tkeep = 4'(random32());
      tlast = !in_packet;
      tuser = 4'(random32());
      tstrb = 4'd0;
      if (random32() % 2 == 0) begin
        tstrb = 4'h3;
        tkeep = 4'h3 | 4'(random32());
      end
      tready = random32() % 2 == 0;
      clocks(1);
      while (!tready) begin
        tready = random32() % 3 == 0;
        clocks(1);
      end
      tvalid = 1'b0;
    end
    if (in_packet) offer_end();
    tready = 1'b0;
    clocks(2);
    fair = 1'b1;
    offer(1'b0, 1'b1);
    clocks(2 * HangClocks);
    settle();
    fair = 1'b0;
    if (u_checker.u_rules.total() != 0 || u_lenient.u_rules.total() != 0) wrong("a rule was broken by legal traffic");
  endtask

  /// End the packet of legal_traffic().
  task automatic offer_end();
    tvalid = 1'b1;
    tready = 1'b1;
    tlast = 1'b1;
    clocks(1);
    tvalid = 1'b0;
  endtask

  /// Break `rule` and nothing else.
  task automatic violate(input rule_e rule);
    case (rule)
      TvalidStable: begin
        offer(1'b0, 1'b1);
        tvalid = 1'b0;
        clocks(3);
      end
      TdataStable, TstrbStable, TkeepStable, TlastStable, TidStable, TdestStable, TuserStable: begin
        offer(1'b0, rule != TlastStable);
        case (rule)
          TdataStable: tdata[31] = 1'b1;
          TstrbStable: tstrb = 4'h7;
          TkeepStable: tkeep = 4'h7;
          TlastStable: tlast = 1'b1;
          TidStable:   tid = 4'd4;
          TdestStable: tdest = 4'd4;
          default:     tuser = 4'd4;
        endcase
        clocks(2);
        settle();
      end
      TkeepTstrb: begin
        offer(1'b0, 1'b1);
        settle();
        tvalid = 1'b1;
        tkeep = 4'hb;
        clocks(2);
        settle();
      end
      TvalidInReset: begin
        reset_request = 1'b1;
        clocks(3);
        tvalid = 1'b1;
        clocks(1);
        tvalid = 1'b0;
        clocks(2);
        reset_request = 1'b0;
        clocks(2);
      end
      TvalidAfterReset: begin
        reset_request = 1'b1;
        clocks(3);
        tvalid = 1'b1;
        tlast = 1'b1;
        tkeep = 4'hf;
        reset_request = 1'b0;
        clocks(1);
        settle();
      end
      TidInPacket, TdestInPacket: begin
        offer(1'b1, 1'b0);
        if (rule == TidInPacket) tid = 4'd9;
        else tdest = 4'd9;
        tlast = 1'b1;
        clocks(1);
        settle();
      end
      TreadyHang: begin
        offer(1'b0, 1'b1);
        clocks(3 * HangClocks);
        settle();
      end
      PacketHang: begin
        offer(1'b1, 1'b0);
        tvalid = 1'b0;
        clocks(3 * PacketHangClocks);
        offer(1'b1, 1'b1);
        settle();
      end
      default: violate_known(rule);
    endcase
  endtask

  task automatic violate_known(input rule_e rule);
    if (rule == TvalidX) begin
      tvalid = 1'bx;
      clocks(1);
      tvalid = 1'b0;
      clocks(2);
      return;
    end
    offer(1'b0, 1'b1);
    settle();
    tvalid = 1'b1;
    case (rule)
      TreadyX: tready = 1'bx;
      TdataX:  tdata[13] = 1'bx;
      TstrbX:  tstrb[2] = 1'bx;
      TkeepX:  tkeep[2] = 1'bx;
      TlastX:  tlast = 1'bx;
      TidX:    tid[0] = 1'bx;
      TdestX:  tdest[0] = 1'bx;
      default: tuser[0] = 1'bx;
    endcase
    clocks(1);
    settle();
  endtask

  /// What of the signals the message must show.
  function automatic string evidence(input rule_e rule);
    case (rule)
      TvalidStable:     return "TVALID fell";
      TdataStable:      return "TDATA was 0x11223344, is 0x91223344";
      TstrbStable:      return "TSTRB was 0xf, is 0x7";
      TkeepStable:      return "TKEEP was 0xf, is 0x7";
      TlastStable:      return "TLAST was 0, is 1";
      TidStable:        return "TID was 0x5, is 0x4";
      TdestStable:      return "TDEST was 0x6, is 0x4";
      TuserStable:      return "TUSER was 0x7, is 0x4";
      TkeepTstrb:       return "TKEEP 0xb, TSTRB 0xf";
      TvalidInReset:    return "TVALID 1 in reset";
      TvalidAfterReset: return "first clock edge after reset";
      TidInPacket:      return "TID is 0x9 in packet 1 since reset, TID 0x5, TDEST 0x6";
      TdestInPacket:    return "TDEST is 0x9 in packet 3 since reset, TID 0x5, TDEST 0x6";
      TreadyHang:       return "for 60 clocks since time";
      PacketHang:       return "for 40 clocks inside packet 6 since reset, TID 0x5";
      default:          return " is ";
    endcase
  endfunction

  task automatic expect_broken(input rule_e rule);
    int unsigned so_far = u_checker.u_rules.total();
    int unsigned lenient_so_far = u_lenient.u_rules.total();
    bit          lenient = rule inside {TidInPacket, TdestInPacket, TreadyHang, PacketHang};
    string       message;

    u_checker.u_rules.tolerate(rule);
    u_lenient.u_rules.tolerate(rule);
    violate(rule);
    message = u_checker.u_rules.last_message();
    if (u_checker.u_rules.count(rule) != 1 || u_checker.u_rules.total() != so_far + 1) begin
      wrong($sformatf("rule %s: reported %0d times, and others %0d times", rule.name(),
                      u_checker.u_rules.count(rule), u_checker.u_rules.total() - so_far - u_checker.u_rules.count(rule)));
    end
    if (!contains(message, {"rule ", rule.name(), " (", section(rule), ")"})
        || !contains(message, evidence(rule)) || !contains(message, "u_checker")
        || !contains(message, "at time ")) begin
      wrong($sformatf("rule %s: message lacks something: %s", rule.name(), message));
    end
    if (u_lenient.u_rules.total() != lenient_so_far + (lenient ? 0 : 1)) begin
      wrong($sformatf("rule %s: the lenient checker reported it %0d times", rule.name(),
                      u_lenient.u_rules.total() - lenient_so_far));
    end
    u_checker.u_rules.tolerate_none();
    u_lenient.u_rules.tolerate_none();
    broken_rules++;
  endtask

  initial begin
    rule_e rule;
    int unsigned seed;
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    random_state = 64'(seed) * 64'h9e37_79b9_7f4a_7c15 + 64'h2545_f491_4f6c_dd1d;
    tvalid = 1'b0;
    tready = 1'b0;
    fair = 1'b0;
    unknown = 1'bx;
    while (rst_ni !== 1'b1) clocks(1);
    clocks(3);
    legal_traffic();
    // From here on packets are counted from 0.
    reset_request = 1'b1;
    clocks(3);
    reset_request = 1'b0;
    clocks(3);
    rule = rule.first();
    for (int unsigned i = 0; i < Rules; i++) begin
      if (rule < TvalidX || $isunknown(unknown)) expect_broken(rule);
      rule = rule.next();
    end
    if (!$isunknown(unknown)) $display("this simulator has no X: %0d rules left out", Rules - broken_rules);
    if (broken_rules < 32'(TvalidX)) wrong("rules were left out");
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
