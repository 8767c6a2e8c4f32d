// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Protocol checker for one Wishbone B4 interface, classic or pipelined. Simulation only: looks at
/// both sides, drives nothing. A port has one inside; for a bus of your own:
///
///   bind my_core qdpi_wishbone_checker #(.DataWidth(32), .Pipelined(1'b1)) u_wb_checker (
///     .clk_i(clk), .rst_ni(!rst), .wb_cyc_i(wb_cyc), ... .wb_dat_s_i(wb_dat_from_slave));
///
/// The rules are those of qdpi_wishbone_checker_pkg. Signals that a core lacks: CTI and BTE 0, SEL
/// all 1, STALL, ERR and RTY 0.
///
/// * Pipelined: CYC may fall at any time and takes unanswered requests with it. Classic: STB stays
///   until the answer.
/// * After ERR or RTY a burst may end as it likes.
/// * A classic slave may raise its answer without STB in a burst (PERMISSION 4.15 and 4.20).
module qdpi_wishbone_checker
  import qdpi_wishbone_checker_pkg::*;
#(
  /// Bits of ADR.
  parameter int unsigned AddrWidth     = 32,
  /// Bits of DAT: 8, 16, 32 or 64.
  parameter int unsigned DataWidth     = 32,
  /// 1: pipelined, 0: classic (standard).
  parameter bit          Pipelined     = 1'b0,
  /// 1: ADR counts words of the data bus, 0: bytes.
  parameter bit          WordAddresses = 1'b0,
  /// 1: a classic slave without wait states, point to point, may hold ACK, also while nothing is asked
  /// and in reset (PERMISSION 3.35). ERR and RTY may not be held.
  parameter bit          AckHeld       = 1'b0,
  /// Clocks without an answer that are a hang; 0: never.
  parameter int unsigned HangClocks    = 10000
) (
  /// Clock: rising edge.
  input logic                   clk_i,
  /// Reset: active low (Wishbone's RST inverted).
  input logic                   rst_ni,
  /// Bus cycle.
  input logic                   wb_cyc_i,
  /// Request.
  input logic                   wb_stb_i,
  /// Write.
  input logic                   wb_we_i,
  /// Address.
  input logic [AddrWidth-1:0]   wb_adr_i,
  /// Data from the master.
  input logic [DataWidth-1:0]   wb_dat_m_i,
  /// Byte selects.
  input logic [DataWidth/8-1:0] wb_sel_i,
  /// Cycle type.
  input logic [2:0]             wb_cti_i,
  /// Burst type.
  input logic [1:0]             wb_bte_i,
  /// Pipelined: request not taken.
  input logic                   wb_stall_i,
  /// Answer: done.
  input logic                   wb_ack_i,
  /// Answer: error.
  input logic                   wb_err_i,
  /// Answer: retry.
  input logic                   wb_rty_i,
  /// Data from the slave.
  input logic [DataWidth-1:0]   wb_dat_s_i
);

  localparam int unsigned WordShift = WordAddresses ? 0 : $clog2(DataWidth / 8);
  localparam logic [63:0] LastWord = (~64'd0 >> (64 - AddrWidth)) >> WordShift;
  // ACK without a request means nothing.
  localparam bit MayHoldAck = AckHeld && !Pipelined;
  // Pipelined requests whose signals are kept for messages.
  localparam int unsigned OldestKept = 256;

  typedef struct packed {
    logic                   we;
    logic [AddrWidth-1:0]   adr;
    logic [DataWidth-1:0]   dat;
    logic [DataWidth/8-1:0] sel;
    logic [2:0]             cti;
    logic [1:0]             bte;
  } request_t;

  typedef struct packed {
    logic cyc;
    logic stb;
    logic stall;
    logic ack;
    logic err;
    logic rty;
  } handshakes_t;

  qdpi_rule_log #(.Rules(Rules)) u_rules ();

  // Written by the one process below, through the functions. Hence:
  // verilator lint_off BLKSEQ
  // And no function needs all of a request:
  // verilator lint_off UNUSEDSIGNAL
  // What puts a broken rule into words is out of line: strings in inlined functions cost Verilator
  // time on every clock.
  // verilator lint_off IMPURE
  bit [Rules-1:0]     faults;        // the rules broken in this clock
  request_t           now;           // what stands on the wires
  request_t           waiting;       // what stood there on the last clock and was not taken
  bit                 is_waiting;
  request_t           last_taken;
  bit                 burst_open;    // last_taken promised another transfer
  bit                 failed;        // the cycle has seen ERR or RTY
  int unsigned        outstanding;
  longint unsigned    clock, progress_clock;
  request_t           oldest      [OldestKept];
  int unsigned        oldest_head;
  bit                 hang_said;
  bit                 was_in_reset;
  bit                 reset_fell;  // and no edge of the clock out of reset has come since

  initial begin
    u_rules.set_place($sformatf("%m"));
  end

  function automatic string picture(input request_t request);
    // verilator no_inline_task
    return $sformatf("%s ADR=%h SEL=%b CTI=%b BTE=%b DAT=%h", request.we ? "write" : "read",
                     request.adr, request.sel, request.cti, request.bte, request.dat);
  endfunction

  /// Say what is broken.
  function automatic void tell();
    if (faults != '0) begin
      // With all it needs: Verilator does not see what functions out of line read besides.
      report(now, waiting, last_taken, oldest[oldest_head], outstanding,
             {wb_cyc_i, wb_stb_i, wb_stall_i, wb_ack_i, wb_err_i, wb_rty_i}, wb_dat_s_i, faults);
      faults = '0;
    end
  endfunction

  function automatic void report(input request_t asked, input request_t held,
                                 input request_t last, input request_t due,
                                 input int unsigned open, input handshakes_t h,
                                 input logic [DataWidth-1:0] dat_s,
                                 input bit [Rules-1:0] which);
    // verilator no_inline_task
    string wires = $sformatf("CYC=%b STB=%b STALL=%b ACK=%b ERR=%b RTY=%b, %s", h.cyc, h.stb,
                             h.stall, h.ack, h.err, h.rty, picture(asked));
    string values = "";
    rule_e rule = StrobeInCycle;
    for (int unsigned i = 0; i < Rules; i++) begin
      rule = rule_e'(i);
      case (rule)
        StrobeHeld, RequestStable: begin
          values = $sformatf("waiting was %s; now %s", picture(held), wires);
        end
        BurstEnds, BurstContinues: begin
          values = h.cyc ? $sformatf("after %s comes %s", picture(last), picture(asked))
                         : $sformatf("CYC falls after %s", picture(last));
        end
        AnswerRequested: values = $sformatf("%0d outstanding, %s", open, wires);
        AnswerKnown: values = $sformatf("DAT from the slave=%h, %s", dat_s, wires);
        Hang: begin
          values = $sformatf("for %0d clocks no answer to %s; %0d outstanding, %s", HangClocks,
                             picture(open != 0 ? due : asked), open, wires);
        end
        default: values = wires;
      endcase
      if (which[i]) u_rules.broken(rule, rule.name(), section(rule), values);
    end
  endfunction

  function automatic logic [63:0] word_of(input request_t request);
    return 64'(request.adr) >> WordShift;
  endfunction

  /// DAT means nothing in a read.
  function automatic bit same(input request_t a, input request_t b);
    request_t c = b;
    if (!a.we) c.dat = a.dat;
    return a === c;
  endfunction

  /// Whether a lane that `sel` selects carries X or Z.
  function automatic bit unknown_lanes(input logic [DataWidth-1:0] dat,
                                       input logic [DataWidth/8-1:0] sel);
    for (int unsigned lane = 0; lane < DataWidth / 8; lane++) begin
      if (sel[lane] && $isunknown(dat[8*lane+:8])) return 1'b1;
    end
    return 1'b0;
  endfunction

  function automatic void check_known();
    request_t answered = Pipelined && outstanding != 0 ? oldest[oldest_head] : now;
    bit       bad = $isunknown({wb_cyc_i, wb_stb_i});
    if (wb_cyc_i && wb_stb_i) begin
      bad |= $isunknown({wb_we_i, wb_adr_i, wb_sel_i, wb_cti_i, wb_bte_i});
      bad |= wb_we_i && unknown_lanes(wb_dat_m_i, wb_sel_i);
    end
    if (bad) faults[RequestKnown] = 1'b1;
    if ($isunknown({wb_ack_i, wb_err_i, wb_rty_i, wb_stall_i})
        || (wb_ack_i && (!MayHoldAck || (wb_cyc_i && wb_stb_i)) && !answered.we
            && unknown_lanes(wb_dat_s_i, answered.sel))) begin
      faults[AnswerKnown] = 1'b1;
    end
  endfunction

  function automatic void check_request();
    if (wb_stb_i && !wb_cyc_i) faults[StrobeInCycle] = 1'b1;
    // A pipelined request goes with its cycle; a classic one has no way back.
    if (is_waiting && !(wb_stb_i && wb_cyc_i) && (wb_cyc_i || !Pipelined)) begin
      faults[StrobeHeld] = 1'b1;
    end
    if (is_waiting && wb_stb_i && wb_cyc_i && !same(waiting, now)) begin
      faults[RequestStable] = 1'b1;
    end
    if (wb_stb_i && wb_cyc_i && !is_waiting
        && !(wb_cti_i inside {CtiClassic, CtiConstant, CtiIncrementing, CtiEndOfBurst})) begin
      faults[CycleTypeLegal] = 1'b1;
    end
  endfunction

  function automatic void check_burst();
    if (!burst_open) return;
    if (!wb_cyc_i) begin
      faults[BurstEnds] = 1'b1;
      burst_open = 1'b0;
    end else if (wb_stb_i && !is_waiting) begin
      if (now.we != last_taken.we || now.sel != last_taken.sel
          || (promises_next(now.cti) && now.cti != last_taken.cti)
          || word_of(now) != (next_word(word_of(last_taken), last_taken.cti, last_taken.bte)
                              & LastWord)) begin
        faults[BurstContinues] = 1'b1;
      end else if (now.cti == CtiClassic) begin
        faults[BurstEnds] = 1'b1;
      end
      burst_open = 1'b0;
    end
  endfunction

  function automatic void check_answer();
    int unsigned answers = 32'(wb_ack_i) + 32'(wb_err_i) + 32'(wb_rty_i);
    bit          allowed;
    if (answers == 0) return;
    if (answers > 1) faults[AnswerExclusive] = 1'b1;
    if (Pipelined) allowed = wb_cyc_i && (outstanding != 0 || (wb_stb_i && !wb_stall_i));
    else allowed = wb_cyc_i && (wb_stb_i || burst_open);
    if (MayHoldAck && !wb_err_i && !wb_rty_i) return;
    if (!allowed) faults[AnswerRequested] = 1'b1;
  endfunction

  /// Take notice of what this clock moved.
  function automatic void follow();
    bit answered = wb_ack_i || wb_err_i || wb_rty_i;
    bit taken = wb_cyc_i && wb_stb_i && (Pipelined ? !wb_stall_i : answered);

    if (taken) begin
      last_taken = now;
      burst_open = promises_next(now.cti);
      if (Pipelined) begin
        oldest[(oldest_head + outstanding) % OldestKept] = now;
        outstanding++;
      end
    end
    if (answered && outstanding != 0) begin
      outstanding--;
      oldest_head = (oldest_head + 1) % OldestKept;
    end
    failed = wb_cyc_i && (failed || wb_err_i || wb_rty_i);
    if (failed) burst_open = 1'b0;
    if (!wb_cyc_i) outstanding = 0;
    if (taken || answered || (outstanding == 0 && !(wb_cyc_i && wb_stb_i))) begin
      progress_clock = clock;
      hang_said = 1'b0;
    end
    is_waiting = wb_cyc_i && wb_stb_i && !taken;
    waiting = now;
  endfunction

  function automatic void check_hang();
    if (HangClocks == 0 || hang_said || clock - progress_clock < 64'(HangClocks)) return;
    hang_said = 1'b1;
    faults[Hang] = 1'b1;
  endfunction

  function automatic void forget();
    is_waiting = 1'b0;
    burst_open = 1'b0;
    failed = 1'b0;
    outstanding = 0;
    hang_said = 1'b0;
    progress_clock = clock;
  endfunction

  function automatic void check_reset();
    // What reset does it does from its first clock edge on (RULE 3.00, RULE 3.20).
    if (was_in_reset && (wb_cyc_i || wb_stb_i)) faults[ResetRequest] = 1'b1;
    if (was_in_reset && ((wb_ack_i && !MayHoldAck) || wb_err_i || wb_rty_i)) begin
      faults[ResetAnswer] = 1'b1;
    end
  endfunction

  // Like the processes of a bus with this clock and reset, which Verilator then runs together. Yet
  // reset is sampled: its fall is no edge of the clock.
  always @(posedge clk_i or negedge rst_ni) begin
    clock++;
    now = {wb_we_i, wb_adr_i, wb_dat_m_i, wb_sel_i, wb_cti_i, wb_bte_i};
    if (rst_ni) begin
      if (reset_fell) forget();
      check_known();
      check_request();
      check_burst();
      check_answer();
      tell();
      follow();
      check_hang();
    end else if (reset_fell) begin
      check_reset();
    end
    tell();
    was_in_reset = rst_ni !== 1'b1 && reset_fell;
    reset_fell = rst_ni !== 1'b1;
  end

endmodule
