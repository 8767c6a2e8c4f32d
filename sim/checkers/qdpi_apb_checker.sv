// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Protocol checker for one APB3 or APB4 completer's signals (ARM IHI 0024E). Simulation only.
///
///   bind my_apb_device qdpi_apb_checker #(.AddrWidth(12)) u_checker (
///     .clk_i(pclk), .rst_ni(presetn), .paddr_i(paddr), ... .pslverr_i(pslverr));
///
/// The rules are in qdpi_apb_checker_pkg; u_rules counts what was broken. PENABLE may be high while
/// this PSEL is low: another completer of the same requester is being accessed.
module qdpi_apb_checker #(
  /// Bits of PADDR, at most 64.
  parameter int unsigned AddrWidth        = 32,
  /// Bits of PWDATA and PRDATA: 8, 16 or 32.
  parameter int unsigned DataWidth        = 32,
  /// 0: APB3, PSTRB and PPROT are not looked at.
  parameter bit          Apb4             = 1'b1,
  /// 0: what the specification only recommends is not checked.
  parameter bit          CheckRecommended = 1'b1,
  /// Clocks from the setup phase after which a transfer without PREADY hangs. 0: never.
  parameter int unsigned HangClocks       = 10_000
) (
  /// Clock: rising edge.
  input logic                   clk_i,
  /// Reset: asynchronous, active low.
  input logic                   rst_ni,
  /// Address.
  input logic [AddrWidth-1:0]   paddr_i,
  /// Protection.
  input logic [2:0]             pprot_i,
  /// Select.
  input logic                   psel_i,
  /// Enable: access phase.
  input logic                   penable_i,
  /// Direction: 1 writes.
  input logic                   pwrite_i,
  /// Write data.
  input logic [DataWidth-1:0]   pwdata_i,
  /// Write strobes, one per byte lane.
  input logic [DataWidth/8-1:0] pstrb_i,
  /// Ready: last clock of the access phase.
  input logic                   pready_i,
  /// Read data.
  input logic [DataWidth-1:0]   prdata_i,
  /// Error.
  input logic                   pslverr_i
);
  import qdpi_apb_checker_pkg::*;

  /// What the last clock was.
  typedef enum logic [1:0] {
    PhaseIdle,
    PhaseSetup,
    PhaseWaiting,
    PhaseDone
  } phase_e;

  // Written by the functions, which the one process below calls.
  // verilator lint_off BLKSEQ
  phase_e                 phase;
  logic [AddrWidth-1:0]   paddr;
  logic [2:0]             pprot;
  logic                   pwrite;
  logic [DataWidth-1:0]   pwdata;
  logic [DataWidth/8-1:0] pstrb;
  int unsigned            clocks;  // since the setup phase

  qdpi_rule_log #(
    .Rules(Rules)
  ) u_rules ();

  initial u_rules.set_place($sformatf("%m"));

  function automatic void broken(input rule_e rule, input string values);
    u_rules.broken(rule, rule.name(), section(rule), values);
  endfunction

  /// The transfer, for messages.
  function automatic string transfer();
    if (pwrite) return $sformatf("write at 0x%0h", paddr);
    return $sformatf("read at 0x%0h", paddr);
  endfunction

  /// The control signals, for messages.
  function automatic string control();
    return $sformatf("%s: PSEL %b, PENABLE %b, PREADY %b", transfer(), psel_i, penable_i,
                     pready_i);
  endfunction

  /// The first clock of PSEL.
  function automatic void start();
    paddr = paddr_i;
    pprot = pprot_i;
    pwrite = pwrite_i;
    pwdata = pwdata_i;
    pstrb = pstrb_i;
    clocks = 0;
    if (Apb4 && !pwrite_i && pstrb_i != '0) begin
      broken(ReadStrobes, $sformatf("%s: PSTRB %b", transfer(), pstrb_i));
    end
  endfunction

  function automatic void check_stable();
    if (paddr_i != paddr) begin
      broken(AddressStable, $sformatf("%s: PADDR is now %0h", transfer(), paddr_i));
    end
    if (pwrite_i != pwrite) begin
      broken(DirectionStable, $sformatf("%s: PWRITE is now %b", transfer(), pwrite_i));
    end
    if (pwrite && pwdata_i != pwdata) begin
      broken(WriteDataStable, $sformatf("%s: PWDATA was %h, is now %h", transfer(), pwdata,
                                        pwdata_i));
    end
    if (Apb4 && pstrb_i != pstrb) begin
      broken(StrobesStable, $sformatf("%s: PSTRB was %b, is now %b", transfer(), pstrb, pstrb_i));
    end
    if (Apb4 && pprot_i != pprot) begin
      broken(ProtectionStable, $sformatf("%s: PPROT was %b, is now %b", transfer(), pprot,
                                         pprot_i));
    end
    // What has changed once is said once.
    paddr = paddr_i;
    pwrite = pwrite_i;
    pwdata = pwdata_i;
    pstrb = pstrb_i;
    pprot = pprot_i;
  endfunction

  function automatic void check_phase();
    case (phase)
      PhaseIdle: if (psel_i && penable_i) begin
        start();
        broken(SetupFirst, control());
      end
      PhaseSetup: begin
        if (!psel_i) broken(SelectHeld, control());
        else if (!penable_i) broken(SetupOneClock, control());
      end
      PhaseWaiting: begin
        if (!psel_i) broken(SelectHeld, control());
        else if (!penable_i) broken(EnableHeld, control());
      end
      default: if (penable_i) begin
        broken(EnableFalls, control());
        if (psel_i) start();
      end
    endcase
  endfunction

  function automatic void check_known();
    if ($isunknown(psel_i) || (psel_i && $isunknown(penable_i))) begin
      broken(ControlKnown, control());
    end
    if (psel_i && ($isunknown(paddr_i) || $isunknown(pwrite_i)
                   || (Apb4 && ($isunknown(pprot_i) || $isunknown(pstrb_i)))
                   || (pwrite_i && write_data_unknown()))) begin
      broken(PayloadKnown, $sformatf("PADDR %h, PWRITE %b, PSTRB %b, PPROT %b, PWDATA %h",
                                     paddr_i, pwrite_i, pstrb_i, pprot_i, pwdata_i));
    end
    if (psel_i && penable_i
        && ($isunknown(pready_i)
            || (pready_i && ($isunknown(pslverr_i)
                             || (!pwrite_i && !pslverr_i && $isunknown(prdata_i)))))) begin
      broken(ResponseKnown, $sformatf("%s, PSLVERR %b, PRDATA %h", control(), pslverr_i,
                                      prdata_i));
    end
  endfunction

  /// Whether a bit of PWDATA that is to be written is X or Z.
  function automatic bit write_data_unknown();
    for (int unsigned lane = 0; lane < DataWidth / 8; lane++) begin
      if ((pstrb_i[lane] || !Apb4) && $isunknown(pwdata_i[8*lane+:8])) return 1'b1;
    end
    return 1'b0;
  endfunction

  function automatic void next_phase();
    if (!psel_i) begin
      phase = PhaseIdle;
    end else if (!penable_i) begin
      // Also after a broken rule: a setup phase is what the signals show.
      if (phase != PhaseSetup) start();
      phase = PhaseSetup;
    end else begin
      if (phase inside {PhaseSetup, PhaseWaiting}) check_stable();
      phase = pready_i ? PhaseDone : PhaseWaiting;
    end
  endfunction

  function automatic void check_clock();
    check_known();
    if (CheckRecommended && pslverr_i && !(psel_i && penable_i && pready_i)) begin
      broken(ErrorOnlyAtEnd, control());
    end
    check_phase();
    next_phase();
    clocks++;
    if (HangClocks != 0 && clocks == HangClocks && phase == PhaseWaiting) begin
      broken(Hang, $sformatf("%s, PSTRB %b, PWDATA %h: no PREADY for %0d clocks", transfer(),
                             pstrb, pwdata, clocks));
    end
  endfunction

  function automatic void reset_state();
    phase = PhaseIdle;
    clocks = 0;
  endfunction

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reset_state();
    else check_clock();
  end

endmodule
