// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Negative test of qdpi_tilelink_checker: every rule is broken once on bare wires, and exactly
/// that one must be reported, with its name, its section and the signals. Traffic without a fault
/// stands between them, and must not be reported.
module tb_qdpi_tilelink_checker (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qdpi_tilelink_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned HangClocks = 40;

  logic        rst_n, hold_reset;
  logic        a_valid, a_ready, a_corrupt, d_valid, d_ready, d_denied, d_corrupt;
  logic [2:0]  a_opcode, a_param, d_opcode;
  logic [1:0]  d_param;
  logic [3:0]  a_size, d_size, a_source, d_source;
  logic        d_sink;
  logic [31:0] a_address;
  logic [7:0]  a_mask;
  logic [63:0] a_data, d_data;
  int unsigned total_before;
  logic        unknown;
  bit          has_unknown;  // not in a simulator with two states

  int unsigned counts_before [Rules];

  assign rst_n = rst_ni && !hold_reset;

  qdpi_tilelink_checker #(
    .AddrWidth   (32),
    .DataWidth   (64),
    .AIrrevocable(1'b1),
    .DIrrevocable(1'b1),
    .HangClocks  (HangClocks)
  ) u_checker (
    .clk_i,
    .rst_ni        (rst_n),
    .tl_a_valid_i  (a_valid),
    .tl_a_ready_i  (a_ready),
    .tl_a_opcode_i (a_opcode),
    .tl_a_param_i  (a_param),
    .tl_a_size_i   (a_size),
    .tl_a_source_i (a_source),
    .tl_a_address_i(a_address),
    .tl_a_mask_i   (a_mask),
    .tl_a_data_i   (a_data),
    .tl_a_corrupt_i(a_corrupt),
    .tl_d_valid_i  (d_valid),
    .tl_d_ready_i  (d_ready),
    .tl_d_opcode_i (d_opcode),
    .tl_d_param_i  (d_param),
    .tl_d_size_i   (d_size),
    .tl_d_source_i (d_source),
    .tl_d_sink_i   (d_sink),
    .tl_d_denied_i (d_denied),
    .tl_d_data_i   (d_data),
    .tl_d_corrupt_i(d_corrupt)
  );

  /// Nothing is shown, everything would be taken. All is driven on the falling edge.
  function automatic void quiet();
    a_valid = 1'b0;
    d_valid = 1'b0;
    a_ready = 1'b1;
    d_ready = 1'b1;
  endfunction

  /// Show a request on A; it is taken on the next clock if a_ready is high.
  function automatic void show_a(input logic [2:0] opcode, input logic [3:0] size,
                                 input logic [3:0] source, input logic [31:0] address,
                                 input logic [7:0] mask);
    a_valid   = 1'b1;
    a_opcode  = opcode;
    a_param   = 3'd0;
    a_size    = size;
    a_source  = source;
    a_address = address;
    a_mask    = mask;
    a_data    = 64'h0123_4567_89ab_cdef;
    a_corrupt = 1'b0;
  endfunction

  /// Show a response on D.
  function automatic void show_d(input logic [2:0] opcode, input logic [3:0] size,
                                 input logic [3:0] source);
    d_valid   = 1'b1;
    d_opcode  = opcode;
    d_param   = 2'd0;
    d_size    = size;
    d_source  = source;
    d_sink    = 1'b0;
    d_denied  = 1'b0;
    d_data    = 64'hfedc_ba98_7654_3210;
    d_corrupt = 1'b0;
  endfunction

  /// Show a Get and a response of `opcode` to it, and take neither.
  function automatic void show_both(input logic [2:0] opcode);
    show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
    show_d(opcode, 4'd3, 4'd1);
    {a_ready, d_ready} = 2'b00;
  endfunction

  task automatic tick();
    @(negedge clk_i);
    quiet();
  endtask

  /// One beat on A and then one on D.
  task automatic exchange_from(input logic [3:0] source, input logic [2:0] opcode,
                               input logic [3:0] size, input logic [31:0] address,
                               input logic [7:0] mask);
    show_a(opcode, size, source, address, mask);
    tick();
    show_d(response_to(opcode), size, source);
    tick();
  endtask

  task automatic exchange(input logic [2:0] opcode, input logic [3:0] size,
                          input logic [31:0] address, input logic [7:0] mask);
    exchange_from(4'd1, opcode, size, address, mask);
  endtask

  /// Everything that is allowed and looks odd.
  task automatic play_legal();
    exchange(Get, 4'd3, 32'h1000, 8'hff);
    exchange(Get, 4'd0, 32'h1003, 8'h08);
    exchange(PutFullData, 4'd1, 32'h1006, 8'hc0);
    exchange(PutPartialData, 4'd2, 32'h1004, 8'h20);
    exchange(PutPartialData, 4'd3, 32'h1000, 8'h00);
    exchange(ArithmeticData, 4'd2, 32'h1004, 8'hf0);
    exchange(LogicalData, 4'd3, 32'h1008, 8'hff);
    exchange(Intent, 4'd12, 32'h2000, 8'hff);
    // A response on the clock of its request.
    show_a(Get, 4'd3, 4'd2, 32'h1000, 8'hff);
    show_d(AccessAckData, 4'd3, 4'd2);
    tick();
    // The same of a slave that is nothing but wires: request and response wait for the manager.
    repeat (2) begin
      show_both(AccessAckData);
      tick();
    end
    show_both(AccessAckData);
    {a_ready, d_ready} = 2'b11;
    tick();
    // The request is taken before its response.
    show_both(AccessAckData);
    tick();
    show_both(AccessAckData);
    a_ready = 1'b1;
    tick();
    show_d(AccessAckData, 4'd3, 4'd1);
    tick();
    // Bursts with gaps; the source again once the first beat of its response has been taken.
    show_a(PutFullData, 4'd4, 4'd3, 32'h1010, 8'hff);
    tick();
    tick();
    show_a(PutFullData, 4'd4, 4'd3, 32'h1010, 8'hff);
    tick();
    show_d(AccessAck, 4'd4, 4'd3);
    tick();
    show_a(Get, 4'd4, 4'd3, 32'h1010, 8'hff);
    tick();
    show_d(AccessAckData, 4'd4, 4'd3);
    tick();
    show_a(Get, 4'd3, 4'd3, 32'h1010, 8'hff);
    tick();
    show_d(AccessAckData, 4'd4, 4'd3);
    tick();
    show_d(AccessAckData, 4'd3, 4'd3);
    tick();
    // A source is offered again while it is under way, and taken when it is free.
    show_a(Get, 4'd3, 4'd3, 32'h1010, 8'hff);
    tick();
    show_a(Get, 4'd3, 4'd3, 32'h1018, 8'hff);
    a_ready = 1'b0;
    tick();
    show_a(Get, 4'd3, 4'd3, 32'h1018, 8'hff);
    a_ready = 1'b0;
    show_d(AccessAckData, 4'd3, 4'd3);
    tick();
    exchange_from(4'd3, Get, 4'd3, 32'h1018, 8'hff);
    // A denied read; a denied write; data marked corrupt.
    show_a(Get, 4'd3, 4'd4, 32'h1000, 8'hff);
    tick();
    show_d(AccessAckData, 4'd3, 4'd4);
    d_denied = 1'b1;
    d_corrupt = 1'b1;
    tick();
    show_a(PutFullData, 4'd3, 4'd4, 32'h1000, 8'hff);
    a_corrupt = 1'b1;
    tick();
    show_d(AccessAck, 4'd3, 4'd4);
    d_denied = 1'b1;
    tick();
    tick();
  endtask

  /// Reset ends all that is under way: requests, bursts on both channels, and what waits there.
  task automatic play_reset();
    show_a(Get, 4'd4, 4'd5, 32'h1010, 8'hff);
    tick();
    show_a(Get, 4'd3, 4'd6, 32'h1010, 8'hff);
    show_d(AccessAckData, 4'd4, 4'd5);
    tick();
    show_a(PutFullData, 4'd4, 4'd3, 32'h1010, 8'hff);
    tick();
    show_a(PutFullData, 4'd4, 4'd3, 32'h1010, 8'hff);
    show_d(AccessAckData, 4'd4, 4'd5);
    {a_ready, d_ready} = 2'b00;
    tick();
    hold_reset = 1'b1;
    repeat (3) tick();
    hold_reset = 1'b0;
    repeat (2) tick();
    for (int source = 3; source < 7; source++) begin
      show_a(Get, 4'd3, 4'(source), 32'h1000, 8'hff);
      tick();
      show_d(AccessAckData, 4'd3, 4'(source));
      tick();
    end
  endtask

  task automatic play_broken_request(input rule_e rule);
    case (rule)
      AKnown: begin
        show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
        a_mask = 8'bx;
      end
      AOpcode: show_a(3'd6, 4'd3, 4'd1, 32'h1000, 8'hff);
      AParam: begin
        show_a(ArithmeticData, 4'd3, 4'd1, 32'h1000, 8'hff);
        a_param = 3'd5;
      end
      ASize:    show_a(Get, 4'd13, 4'd1, 32'h2000, 8'hff);
      AAddress: show_a(Get, 4'd2, 4'd1, 32'h1002, 8'hff);
      AMask:    show_a(PutFullData, 4'd2, 4'd1, 32'h1004, 8'h70);
      ACorrupt: begin
        show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
        a_corrupt = 1'b1;
      end
      ABurst: begin
        show_a(PutFullData, 4'd4, 4'd1, 32'h1000, 8'hff);
        tick();
        show_a(Get, 4'd3, 4'd2, 32'h1000, 8'hff);
        // What comes behind it breaks nothing.
        tick();
        show_a(Get, 4'd3, 4'd3, 32'h1000, 8'hff);
      end
      AStable: begin
        show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
        a_ready = 1'b0;
        tick();
        show_a(Get, 4'd3, 4'd1, 32'h1008, 8'hff);
      end
      ASource: begin
        show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
        tick();
        show_a(Get, 4'd3, 4'd1, 32'h1008, 8'hff);
      end
      default: begin
        hold_reset = 1'b1;
        tick();
        tick();
        show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
      end
    endcase
    tick();
  endtask

  /// The checker looks at all requests only every HangClocks clocks.
  task automatic wait_for_hang();
    int unsigned before_count = u_checker.u_rules.count(32'(Hang));
    int unsigned clocks = 0;
    while (clocks < 2 * HangClocks && u_checker.u_rules.count(32'(Hang)) == before_count) begin
      tick();
      clocks++;
    end
    if (clocks < HangClocks) wrong("a hang was reported too early");
  endtask

  task automatic play_broken_response(input rule_e rule);
    if (!(rule inside {DRequested, DReset})) begin
      show_a(rule == DMatches ? PutFullData : Get, rule == DBurst ? 4'd4 : 4'd3, 4'd1, 32'h1000,
             8'hff);
      tick();
    end
    case (rule)
      DKnown: begin
        show_d(AccessAckData, 4'd3, 4'd1);
        d_data = 64'bx;
      end
      DParam: begin
        show_d(AccessAckData, 4'd3, 4'd1);
        d_param = 2'd1;
      end
      DRequested: show_d(AccessAckData, 4'd3, 4'd1);
      DMatches:   show_d(AccessAckData, 4'd3, 4'd1);
      DBurst: begin
        show_d(AccessAckData, 4'd4, 4'd1);
        tick();
        show_d(AccessAckData, 4'd4, 4'd1);
        d_sink = 1'b1;
      end
      DDenied: begin
        show_d(AccessAckData, 4'd3, 4'd1);
        d_denied = 1'b1;
      end
      DStable: begin
        show_d(AccessAckData, 4'd3, 4'd1);
        d_ready = 1'b0;
        tick();
        show_d(AccessAckData, 4'd3, 4'd1);
        d_data = '1;
      end
      DOpcode: show_d(3'd4, 4'd3, 4'd1);
      Hang: wait_for_hang();
      default: begin
        hold_reset = 1'b1;
        tick();
        tick();
        show_d(AccessAckData, 4'd3, 4'd1);
      end
    endcase
    tick();
  endtask

  /// A response to what has not been taken: the wrong one; or taken before its request.
  task automatic play_broken_early(input rule_e rule);
    logic [2:0] opcode = rule == DMatches ? AccessAck : AccessAckData;
    show_both(opcode);
    tick();
    show_both(opcode);
    d_ready = rule == DRequested;
    tick();
    show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
    if (rule == DMatches) show_d(opcode, 4'd3, 4'd1);
    tick();
  endtask

  /// Whether `text` is in the last message.
  function automatic bit said(input string text);
    return contains(u_checker.u_rules.last_message(), text);
  endfunction

  /// In how many other ways `rule` is broken.
  function automatic int unsigned other_ways(input rule_e rule);
    case (rule)
      AMask, Hang:               return 2;
      DMatches, DDenied, DBurst: return 1;
      default:                   return 0;
    endcase
  endfunction

  /// A channel is not ready for a little longer than it may be.
  task automatic play_stalled(input bit on_a);
    if (!on_a) begin
      show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
      tick();
    end
    for (int unsigned i = 0; i < HangClocks + 2; i++) begin
      if (on_a) show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
      else show_d(AccessAckData, 4'd3, 4'd1);
      if (i <= HangClocks) {a_ready, d_ready} = {!on_a, on_a};
      tick();
      if (i == HangClocks - 2 && u_checker.u_rules.count(32'(Hang)) != counts_before[32'(Hang)])
        wrong("a stalled channel was reported too early");
    end
    if (!said(on_a ? "a_ready was low" : "d_ready was low")) begin
      wrong("the message does not tell which channel");
    end
  endtask

  task automatic play_other_way(input rule_e rule, input int unsigned way);
    case (rule)
      AMask: begin
        // Beyond the message; or not all of it.
        if (way == 1) show_a(PutPartialData, 4'd2, 4'd1, 32'h1004, 8'hf8);
        else show_a(Get, 4'd2, 4'd1, 32'h1004, 8'h70);
      end
      DMatches: begin
        show_a(Get, 4'd3, 4'd1, 32'h1000, 8'hff);
        tick();
        show_d(AccessAckData, 4'd2, 4'd1);
      end
      DDenied: begin
        show_a(PutFullData, 4'd3, 4'd1, 32'h1000, 8'hff);
        tick();
        show_d(AccessAck, 4'd3, 4'd1);
        d_corrupt = 1'b1;
      end
      Hang: play_stalled(way == 1);
      default: begin
        show_a(PutFullData, 4'd3, 4'd2, 32'h1000, 8'hff);
        tick();
        show_a(Get, 4'd4, 4'd1, 32'h1000, 8'hff);
        tick();
        show_d(AccessAckData, 4'd4, 4'd1);
        tick();
        show_d(AccessAck, 4'd3, 4'd2);
        tick();
        // What comes behind it breaks nothing.
        exchange_from(4'd3, Get, 4'd3, 32'h1000, 8'hff);
      end
    endcase
    tick();
  endtask

  /// Exactly `rule` was reported, once, with what a message must have.
  function automatic void judge(input rule_e rule);
    string name = rule.name();
    for (int unsigned i = 0; i < Rules; i++) begin
      int unsigned count = u_checker.u_rules.count(i) - counts_before[i];
      if (count != (i == 32'(rule) ? 1 : 0)) begin
        wrong($sformatf("breaking %s: rule %0d was reported %0d times", name, i, count));
      end
    end
    if (!said(name) || !said(section(rule)) || !said("opcode=")
        || !said("tb_qdpi_tilelink_checker.u_checker")) begin
      wrong($sformatf("the message about %s lacks something: %s", name,
                      u_checker.u_rules.last_message()));
    end
  endfunction

  /// `early`: by a response to a request that waits. `way`: 0, or another up to other_ways().
  task automatic break_rule(input rule_e rule, input bit early, input int unsigned way);
    for (int unsigned i = 0; i < Rules; i++) begin
      counts_before[i] = u_checker.u_rules.count(i);
      u_checker.u_rules.tolerate(i);
    end
    if (early) play_broken_early(rule);
    else if (way != 0) play_other_way(rule, way);
    else if (rule == Hang || (rule > AReset)) play_broken_response(rule);
    else play_broken_request(rule);
    tick();
    judge(rule);
    u_checker.u_rules.tolerate_none();
    hold_reset = 1'b1;
    repeat (3) tick();
    hold_reset = 1'b0;
    repeat (2) tick();
  endtask

  initial begin : main
    unknown = 1'bx;
    has_unknown = $isunknown(unknown);
    quiet();
    hold_reset = 1'b0;
    while (rst_ni !== 1'b1) tick();
    tick();
    play_legal();
    for (int unsigned rule = 0; rule < Rules; rule++) begin
      if (has_unknown || !(rule inside {32'(AKnown), 32'(DKnown)})) begin
        for (int unsigned way = 0; way <= other_ways(rule_e'(rule)); way++) begin
          break_rule(rule_e'(rule), 1'b0, way);
        end
        if (rule inside {32'(DRequested), 32'(DMatches)}) break_rule(rule_e'(rule), 1'b1, 0);
        total_before = u_checker.u_rules.total();
        play_legal();
        play_reset();
        if (u_checker.u_rules.total() != total_before) wrong("legal traffic was reported");
      end
    end
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
