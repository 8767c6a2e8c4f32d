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

  /// What stands on the wires; and what of a transfer has to stay.
  typedef struct packed {
    logic                   sel;
    logic                   enable;
    logic                   ready;
    logic                   slverr;
    logic [DataWidth-1:0]   rdata;
  } handshakes_t;
  typedef struct packed {
    logic [AddrWidth-1:0]   addr;
    logic [2:0]             prot;
    logic                   write;
    logic [DataWidth-1:0]   wdata;
    logic [DataWidth/8-1:0] strb;
  } transfer_t;

  // Written by the functions, which the one process below calls.
  // verilator lint_off BLKSEQ
  // What puts a broken rule into words is out of line, and told all it needs: strings in inlined
  // functions cost Verilator time on every clock, and it does not see what others read.
  // verilator lint_off IMPURE
  bit [Rules-1:0]         faults;  // the rules broken in this clock
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

  /// Say what is broken: before the clock's transfer is remembered, or after that.
  function automatic void tell();
    if (faults != '0) begin
      report({psel_i, penable_i, pready_i, pslverr_i, prdata_i},
             {paddr_i, pprot_i, pwrite_i, pwdata_i, pstrb_i}, {paddr, pprot, pwrite, pwdata, pstrb},
             clocks, faults);
      faults = '0;
    end
  endfunction

  function automatic string transfer_text(input logic is_write, input logic [AddrWidth-1:0] addr);
    // verilator no_inline_task
    if (is_write) return $sformatf("write at 0x%0h", addr);
    return $sformatf("read at 0x%0h", addr);
  endfunction

  function automatic void report(input handshakes_t h, input transfer_t is, input transfer_t was,
                                 input int unsigned waited, input bit [Rules-1:0] which);
    // verilator no_inline_task
    rule_e rule = SetupFirst;
    string values = "";
    // The transfer, and with it the control signals.
    string transfer = transfer_text(was.write, was.addr);
    string control = $sformatf("%s: PSEL %b, PENABLE %b, PREADY %b", transfer, h.sel, h.enable,
                               h.ready);
    for (int unsigned i = 0; i < Rules; i++) begin
      rule = rule_e'(i);
      case (rule)
        AddressStable: values = $sformatf("%s: PADDR is now %0h", transfer, is.addr);
        DirectionStable: values = $sformatf("%s: PWRITE is now %b", transfer, is.write);
        WriteDataStable: begin
          values = $sformatf("%s: PWDATA was %h, is now %h", transfer, was.wdata, is.wdata);
        end
        StrobesStable: begin
          values = $sformatf("%s: PSTRB was %b, is now %b", transfer, was.strb, is.strb);
        end
        ProtectionStable: begin
          values = $sformatf("%s: PPROT was %b, is now %b", transfer, was.prot, is.prot);
        end
        ReadStrobes: values = $sformatf("%s: PSTRB %b", transfer, is.strb);
        PayloadKnown: begin
          values = $sformatf("PADDR %h, PWRITE %b, PSTRB %b, PPROT %b, PWDATA %h", is.addr,
                             is.write, is.strb, is.prot, is.wdata);
        end
        ResponseKnown: values = $sformatf("%s, PSLVERR %b, PRDATA %h", control, h.slverr, h.rdata);
        Hang: begin
          values = $sformatf("%s, PSTRB %b, PWDATA %h: no PREADY for %0d clocks", transfer, was.strb,
                             was.wdata, waited);
        end
        default: values = control;
      endcase
      if (which[i]) u_rules.broken(rule, rule.name(), section(rule), values);
    end
  endfunction

  /// The first clock of PSEL.
  function automatic void start();
    remember();
    clocks = 0;
    if (Apb4 && !pwrite_i && pstrb_i != '0) faults[ReadStrobes] = 1'b1;
  endfunction

  function automatic void remember();
    paddr = paddr_i;
    pprot = pprot_i;
    pwrite = pwrite_i;
    pwdata = pwdata_i;
    pstrb = pstrb_i;
  endfunction

  function automatic void check_stable();
    if (paddr_i != paddr) faults[AddressStable] = 1'b1;
    if (pwrite_i != pwrite) faults[DirectionStable] = 1'b1;
    if (pwrite && pwdata_i != pwdata) faults[WriteDataStable] = 1'b1;
    if (Apb4 && pstrb_i != pstrb) faults[StrobesStable] = 1'b1;
    if (Apb4 && pprot_i != pprot) faults[ProtectionStable] = 1'b1;
    tell();
    // What has changed once is said once.
    remember();
  endfunction

  function automatic void check_phase();
    case (phase)
      PhaseIdle: if (psel_i && penable_i) begin
        tell();
        start();
        faults[SetupFirst] = 1'b1;
      end
      PhaseSetup: begin
        if (!psel_i) faults[SelectHeld] = 1'b1;
        else if (!penable_i) faults[SetupOneClock] = 1'b1;
      end
      PhaseWaiting: begin
        if (!psel_i) faults[SelectHeld] = 1'b1;
        else if (!penable_i) faults[EnableHeld] = 1'b1;
      end
      default: if (penable_i) begin
        faults[EnableFalls] = 1'b1;
        tell();
        if (psel_i) start();
      end
    endcase
  endfunction

  function automatic void check_known();
    if ($isunknown(psel_i) || (psel_i && $isunknown(penable_i))) faults[ControlKnown] = 1'b1;
    if (psel_i && ($isunknown(paddr_i) || $isunknown(pwrite_i)
                   || (Apb4 && ($isunknown(pprot_i) || $isunknown(pstrb_i))))) begin
      faults[PayloadKnown] = 1'b1;
    end
    // The lanes, only if that has to be: simulators with two states then drop it.
    if ($isunknown(pwdata_i)) begin
      if (psel_i && pwrite_i && write_data_unknown()) faults[PayloadKnown] = 1'b1;
    end
    if (psel_i && penable_i
        && ($isunknown(pready_i)
            || (pready_i && ($isunknown(pslverr_i)
                             || (!pwrite_i && !pslverr_i && $isunknown(prdata_i)))))) begin
      faults[ResponseKnown] = 1'b1;
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
      if (phase != PhaseSetup) begin
        tell();
        start();
      end
      phase = PhaseSetup;
    end else begin
      if (phase inside {PhaseSetup, PhaseWaiting}) check_stable();
      phase = pready_i ? PhaseDone : PhaseWaiting;
    end
  endfunction

  function automatic void check_clock();
    check_known();
    if (CheckRecommended && pslverr_i && !(psel_i && penable_i && pready_i)) begin
      faults[ErrorOnlyAtEnd] = 1'b1;
    end
    check_phase();
    next_phase();
    clocks++;
    if (HangClocks != 0 && clocks == HangClocks && phase == PhaseWaiting) faults[Hang] = 1'b1;
    tell();
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
