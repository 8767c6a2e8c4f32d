// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Negative test of qdpi_ahb_checker: legal traffic breaks no rule; then each rule is broken in
/// turn, and exactly that one must be reported, once, with its name, section, values and time. The
/// rules about X need a simulator that has it; without one they are left out, which is printed.
module tb_qdpi_ahb_checker (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qdpi_ahb_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned HangClocks = 30;

  logic        rst_n, hsel, hwrite, hmastlock, hnonsec, hexcl, hready, hreadyout, hresp, hexokay;
  logic [31:0] haddr, hwdata, hrdata;
  logic [1:0]  htrans;
  logic [2:0]  hsize, hburst;
  logic [6:0]  hprot;
  logic [3:0]  hmaster, hwstrb;
  bit          reset_request, ready_differs;
  logic        unknown;

  assign rst_n = rst_ni && !reset_request;
  assign hready = hreadyout ^ ready_differs;

  qdpi_ahb_checker #(
    .AllowEarlyEnd(1'b0),
    .HangClocks   (HangClocks)
  ) u_checker (
    .clk_i,
    .rst_ni     (rst_n),
    .hsel_i     (hsel),
    .haddr_i    (haddr),
    .htrans_i   (htrans),
    .hsize_i    (hsize),
    .hburst_i   (hburst),
    .hwrite_i   (hwrite),
    .hprot_i    (hprot),
    .hmastlock_i(hmastlock),
    .hnonsec_i  (hnonsec),
    .hexcl_i    (hexcl),
    .hmaster_i  (hmaster),
    .hwdata_i   (hwdata),
    .hwstrb_i   (hwstrb),
    .hready_i   (hready),
    .hreadyout_i(hreadyout),
    .hresp_i    (hresp),
    .hrdata_i   (hrdata),
    .hexokay_i  (hexokay)
  );

  /// One clock with this in the address phase. Signals change at falling edges, and are looked at
  /// at rising ones.
  task automatic show(input logic [1:0] trans, input logic [31:0] addr);
    htrans = trans;
    haddr = addr;
    @(negedge clk_i);
  endtask

  /// The answer to the data phase of the next clocks.
  task automatic answer(input logic ready, input logic error);
    hreadyout = ready;
    hresp = error;
  endtask

  /// The bus at rest.
  task automatic rest();
    answer(1'b1, 1'b0);
    hexokay = 1'b0;
    ready_differs = 1'b0;
    hsel = 1'b1;
    hwrite = 1'b0;
    hsize = 3'd2;
    hburst = BurstSingle;
    hprot = 7'd3;
    hmastlock = 1'b0;
    hnonsec = 1'b0;
    hexcl = 1'b0;
    hmaster = 4'd1;
    hwdata = 32'h1122_3344;
    hwstrb = 4'hf;
    hrdata = '0;
    show(TransIdle, 32'h0);
    show(TransIdle, 32'h0);
  endtask

  /// The first beat of a burst of 4-byte beats at 0x100.
  task automatic start(input logic [2:0] burst);
    hburst = burst;
    show(TransNonSeq, 32'h100);
  endtask

  task automatic error_response();
    answer(1'b0, 1'b1);
  endtask

  /// A transfer to another subordinate, and one to this which waits for that.
  task automatic wait_for_other();
    hsel = 1'b0;
    show(TransNonSeq, 32'h8000_0000);
    hsel = 1'b1;
    ready_differs = 1'b1;
    show(TransNonSeq, 32'h100);
  endtask

  /// Reset ends a burst that waits; behind it the bus may wait for another subordinate at once.
  task automatic reset_in_mid_burst();
    start(BurstIncr4);
    answer(1'b0, 1'b0);
    show(TransSeq, 32'h104);
    reset_request = 1'b1;
    rest();
    reset_request = 1'b0;
    ready_differs = 1'b1;
    show(TransIdle, 32'h0);
    rest();
    start(BurstSingle);
    rest();
  endtask

  /// What looks wrong and is not.
  task automatic legal_traffic();
    // A wrapping burst with BUSY and wait states.
    hburst = BurstWrap4;
    hwrite = 1'b1;
    show(TransNonSeq, 32'h108);
    show(TransBusy, 32'h10c);
    show(TransSeq, 32'h10c);
    answer(1'b0, 1'b0);
    show(TransSeq, 32'h100);
    answer(1'b1, 1'b0);
    show(TransSeq, 32'h100);
    answer(1'b0, 1'b0);
    hwdata = 32'h5566_7788;
    show(TransBusy, 32'h104);
    show(TransSeq, 32'h104);
    answer(1'b1, 1'b0);
    show(TransSeq, 32'h104);
    rest();
    // Undefined length, up to the boundary and ended by BUSY.
    hburst = BurstIncr;
    show(TransNonSeq, 32'h3f0);
    show(TransSeq, 32'h3f4);
    show(TransBusy, 32'h3f8);
    rest();
    // While the bus waits IDLE may change its address and become NONSEQ, BUSY may end a burst.
    hburst = BurstIncr;
    show(TransNonSeq, 32'h200);
    answer(1'b0, 1'b0);
    show(TransBusy, 32'h204);
    show(TransIdle, 32'h777);
    show(TransIdle, 32'h778);
    show(TransNonSeq, 32'h300);
    answer(1'b1, 1'b0);
    show(TransNonSeq, 32'h300);
    rest();
    // ERROR ends a burst early, and BUSY in it; and does not have to.
    for (int i = 0; i < 3; i++) begin
      start(BurstIncr8);
      answer(1'b0, 1'b0);
      show(i == 1 ? TransBusy : TransSeq, 32'h104);
      error_response();
      show(i == 1 ? TransBusy : TransSeq, 32'h104);
      answer(1'b1, 1'b1);
      show(i == 2 ? TransSeq : TransIdle, 32'h104);
      answer(1'b1, 1'b0);
      rest();
    end
    // HWDATA of a waited write may change where it is not written.
    hwrite = 1'b1;
    hsize = 3'd0;
    show(TransNonSeq, 32'h101);
    answer(1'b0, 1'b0);
    show(TransIdle, 32'h0);
    hwdata = 32'h99aa_3399;
    show(TransIdle, 32'h0);
    rest();
    hwrite = 1'b1;
    start(BurstSingle);
    answer(1'b0, 1'b0);
    hwstrb = 4'h7;
    show(TransIdle, 32'h0);
    hwdata = 32'h9922_3344;
    show(TransIdle, 32'h0);
    answer(1'b1, 1'b0);
    show(TransIdle, 32'h0);
    rest();
    // Up to the boundary, or wrapped in front of it.
    for (int i = 0; i < 2; i++) begin
      hburst = i == 0 ? BurstIncr4 : BurstWrap4;
      show(TransNonSeq, i == 0 ? 32'h3f0 : 32'h3f8);
      show(TransSeq, i == 0 ? 32'h3f4 : 32'h3fc);
      show(TransSeq, i == 0 ? 32'h3f8 : 32'h3f0);
      show(TransSeq, i == 0 ? 32'h3fc : 32'h3f4);
      rest();
    end
    reset_in_mid_burst();
    // An exclusive transfer, and a transfer to another subordinate.
    hexcl = 1'b1;
    start(BurstSingle);
    hexcl = 1'b0;
    hsel = 1'b0;
    hexokay = 1'b1;
    show(TransNonSeq, 32'h9999);
    hexokay = 1'b0;
    show(TransSeq, 32'h5);
    rest();
    // The other subordinate answers with ERROR, and what waits for it is cancelled.
    wait_for_other();
    ready_differs = 1'b0;
    show(TransIdle, 32'h100);
    rest();
    if (u_checker.u_rules.total() != 0) wrong("a rule was broken by legal traffic");
  endtask

  /// Break `rule` of the address phase and nothing else.
  task automatic violate_address(input rule_e rule);
    case (rule)
      AddressStable, ControlStable, TransferHeld: begin
        start(BurstIncr);
        answer(1'b0, 1'b0);
        show(TransSeq, 32'h104);
        if (rule == ControlStable) hprot = 7'd1;
        answer(1'b1, 1'b0);
        show(rule == TransferHeld ? TransIdle : TransSeq,
             rule == AddressStable ? 32'h108 : 32'h104);
      end
      BusyChange: begin
        start(BurstIncr4);
        answer(1'b0, 1'b0);
        show(TransBusy, 32'h104);
        answer(1'b1, 1'b0);
        show(TransIdle, 32'h104);
      end
      IdleChange: begin
        start(BurstSingle);
        answer(1'b0, 1'b0);
        show(TransIdle, 32'h104);
        answer(1'b1, 1'b0);
        show(TransBusy, 32'h104);
      end
      SeqInBurst: show(TransSeq, 32'h104);
      BurstTooLong: begin
        start(BurstSingle);
        show(TransSeq, 32'h104);
      end
      BurstTooShort: begin
        start(BurstIncr4);
        show(TransSeq, 32'h104);
      end
      BusyAtEnd: begin
        start(BurstIncr4);
        show(TransSeq, 32'h104);
        show(TransBusy, 32'h108);
      end
      BurstAddress: begin
        hburst = BurstWrap4;
        show(TransNonSeq, 32'h108);
        show(TransSeq, 32'h10c);
        show(TransSeq, 32'h110);
        show(TransSeq, 32'h114);
      end
      BurstControl: begin
        start(BurstIncr);
        hwrite = 1'b1;
        show(TransSeq, 32'h104);
      end
      Boundary: begin
        hburst = BurstIncr;
        show(TransNonSeq, 32'h3fc);
        show(TransSeq, 32'h400);
      end
      Alignment: show(TransNonSeq, 32'h102);
      Size: begin
        hsize = 3'd3;
        show(TransNonSeq, 32'h100);
      end
      default: begin
        hexcl = 1'b1;
        start(BurstIncr);
        show(TransSeq, 32'h104);
      end
    endcase
    rest();
  endtask

  /// Break `rule` of the data phase and nothing else.
  task automatic violate_data(input rule_e rule);
    hwrite = rule inside {WriteDataStable, StrobesStable};
    if (rule == IdleAnswer) show(TransIdle, 32'h0);
    else start(BurstSingle);
    case (rule)
      WriteDataStable, StrobesStable: begin
        answer(1'b0, 1'b0);
        show(TransIdle, 32'h0);
        if (rule == StrobesStable) hwstrb = 4'h7;
        else hwdata = 32'h1122_3345;
      end
      IdleAnswer: answer(1'b0, 1'b0);
      ErrorFirst: answer(1'b1, 1'b1);
      ErrorSecond: begin
        error_response();
        show(TransIdle, 32'h0);
        answer(1'b0, 1'b1);
      end
      ReadyIsReadyOut: begin
        answer(1'b0, 1'b0);
        ready_differs = 1'b1;
      end
      ExclusiveAnswer: hexokay = 1'b1;
      default: begin
        answer(1'b0, 1'b0);
        repeat (2 * HangClocks) show(TransIdle, 32'h0);
      end
    endcase
    if (rule inside {WriteDataStable, StrobesStable, Hang}) answer(1'b1, 1'b0);
    show(TransIdle, 32'h0);
    // The third clock of this ERROR is the second of a right one.
    answer(1'b1, rule == ErrorSecond);
    if (rule == ErrorSecond) show(TransIdle, 32'h0);
    rest();
  endtask

  /// In how many ways `rule` is broken.
  function automatic int unsigned ways(input rule_e rule);
    case (rule)
      TransferHeld, BurstTooShort, BusyAtEnd, Boundary, IdleAnswer, ErrorSecond, ExclusiveSingle,
      ResetIdle, ResetReady: return 2;
      ExclusiveAnswer: return 4;
      default: return 1;
    endcase
  endfunction

  /// Break `rule` in another way.
  task automatic violate_again(input rule_e rule, input int unsigned way);
    case (rule)
      BurstTooShort: begin
        // By IDLE in a clock that waits, and in those after it.
        start(BurstIncr4);
        answer(1'b0, 1'b0);
        repeat (3) show(TransIdle, 32'h0);
      end
      BusyAtEnd: begin
        start(BurstIncr4);
        for (int unsigned beat = 1; beat < 4; beat++) show(TransSeq, 32'h100 + 4 * beat);
        show(TransBusy, 32'h110);
      end
      Boundary: begin
        hburst = BurstIncr4;
        show(TransNonSeq, 32'h3f4);
        for (int unsigned beat = 1; beat < 4; beat++) show(TransSeq, 32'h3f4 + 4 * beat);
      end
      IdleAnswer: begin
        show(TransIdle, 32'h0);
        answer(1'b1, 1'b1);
        show(TransIdle, 32'h0);
      end
      ErrorSecond: begin
        start(BurstSingle);
        error_response();
        show(TransIdle, 32'h0);
        answer(1'b1, 1'b0);
        show(TransIdle, 32'h0);
      end
      ExclusiveSingle: begin
        // ERROR ends the burst.
        hexcl = 1'b1;
        start(BurstIncr4);
        error_response();
        show(TransIdle, 32'h0);
        answer(1'b1, 1'b1);
        show(TransIdle, 32'h0);
      end
      ExclusiveAnswer: begin
        // To nothing; in a wait state; with ERROR.
        hexcl = 1'b1;
        if (way != 1) start(BurstSingle);
        if (way == 3) begin
          error_response();
          show(TransIdle, 32'h0);
        end
        hexokay = 1'b1;
        answer(way != 2, way == 3);
        show(TransIdle, 32'h0);
      end
      default: begin
        // Cancelled, and the other subordinate has not answered.
        wait_for_other();
        show(TransIdle, 32'h100);
      end
    endcase
    rest();
  endtask

  /// `late`: not from the first clock of reset on.
  task automatic violate_reset(input rule_e rule, input bit late);
    reset_request = 1'b1;
    if (late) repeat (5) show(TransIdle, 32'h100);
    if (rule == ResetReady) answer(1'b0, 1'b0);
    repeat (6) show(rule == ResetIdle ? TransNonSeq : TransIdle, 32'h100);
    answer(1'b1, 1'b0);
    show(TransIdle, 32'h0);
    reset_request = 1'b0;
    rest();
  endtask

  task automatic violate_known(input rule_e rule);
    case (rule)
      ControlKnown: begin
        hsel = 1'bx;
        show(TransIdle, 32'h0);
      end
      PayloadKnown: begin
        hprot[2] = 1'bx;
        start(BurstSingle);
      end
      default: begin
        start(BurstSingle);
        hrdata[13] = 1'bx;
        show(TransIdle, 32'h0);
      end
    endcase
    rest();
  endtask

  /// What of the signals the message must show.
  function automatic string evidence(input rule_e rule, input bit again);
    case (rule)
      AddressStable:   return "TransSeq read at 0x108, HBURST BurstIncr, HSIZE 2";
      TransferHeld:    return again ? "HTRANS was 10" : "HTRANS was 11";
      BusyChange:      return "HTRANS was 01";
      IdleChange:      return "HTRANS was 00";
      SeqInBurst:      return "TransSeq read at 0x104";
      BurstTooLong:    return "after 1 beats";
      BurstTooShort:   return again ? "after 1 of 4 beats" : "after 2 of 4 beats";
      BusyAtEnd:       return again ? "after 4 beats" : "after BUSY and 2 of 4 beats";
      BurstAddress:    return "at 0x110, HBURST BurstWrap4, HSIZE 2, HREADY 1, must be 0x100";
      Boundary:        return again ? "would end at 0x403" : "the burst started at 0x3fc";
      Size:            return "HSIZE 3, HREADY 1 on 32 bits";
      Alignment:       return "at 0x102";
      WriteDataStable: return "HWDATA was 11223344, is now 11223345";
      StrobesStable:   return "HWSTRB was 1111, is now 0111";
      IdleAnswer:      return again ? "HREADYOUT 1, HRESP 1" : "HREADYOUT 0, HRESP 0";
      ErrorFirst:      return "HREADYOUT 1, HRESP 1";
      ErrorSecond:     return again ? "HREADYOUT 1, HRESP 0" : "HREADYOUT 0, HRESP 1";
      ExclusiveAnswer: return "HEXOKAY 1";
      ResetReady:      return "HREADYOUT 0";
      Hang:            return "for 30 clocks";
      default:         return "0x100";
    endcase
  endfunction

  /// `way`: 0 up to ways().
  task automatic expect_broken(input rule_e rule, input int unsigned way);
    int unsigned so_far = u_checker.u_rules.total();
    int unsigned times;
    string       message;

    u_checker.u_rules.tolerate(rule);
    times = u_checker.u_rules.count(rule);
    if (rule inside {ResetIdle, ResetReady}) violate_reset(rule, way != 0);
    else if (way != 0) violate_again(rule, way);
    else if (rule inside {ControlKnown, PayloadKnown, ResponseKnown}) violate_known(rule);
    else if (rule inside {WriteDataStable, StrobesStable, IdleAnswer, ErrorFirst, ErrorSecond,
                          ReadyIsReadyOut, ExclusiveAnswer, Hang}) violate_data(rule);
    else violate_address(rule);
    message = u_checker.u_rules.last_message();
    times = u_checker.u_rules.count(rule) - times;
    if (times != 1 || u_checker.u_rules.total() != so_far + 1) begin
      wrong($sformatf("rule %s, way %0d: reported %0d times, and others %0d times", rule.name(),
                      way, times, u_checker.u_rules.total() - so_far - times));
    end
    if (!contains(message, {"rule ", rule.name(), " (", section(rule), ")"})
        || !contains(message, "u_checker") || !contains(message, "at time ")
        || (!(rule inside {ControlKnown, PayloadKnown, ResponseKnown, ControlStable, BurstControl,
                           ExclusiveSingle}) && !contains(message, evidence(rule, way != 0)))) begin
      wrong($sformatf("rule %s: message lacks something: %s", rule.name(), message));
    end
    u_checker.u_rules.tolerate_none();
  endtask

  initial begin
    rule_e rule;
    reset_request = 1'b0;
    unknown = 1'bx;
    rest();
    while (rst_ni !== 1'b1) @(negedge clk_i);
    rest();
    legal_traffic();
    rule = rule.first();
    for (int unsigned i = 0; i < Rules; i++) begin
      if (rule inside {ControlKnown, PayloadKnown, ResponseKnown} && !$isunknown(unknown)) begin
        $display("rule %s: not broken, this simulator has no X", rule.name());
      end else begin
        for (int unsigned way = 0; way < ways(rule); way++) expect_broken(rule, way);
      end
      rule = rule.next();
    end
    rest();
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
