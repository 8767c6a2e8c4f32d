// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// APB completer in front of guest RAM: what an APB3 or APB4 requester in a device connects to.
/// Simulation only.
///
///   qdpi_apb_port #(.DataWidth(32)) u_port (
///     .clk_i, .rst_ni, .bridge_lost_o(bridge_lost), .paddr_i(paddr), ... .pslverr_o(pslverr));
///   initial u_port.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
///   ...
///   u_port.report();                                       // before $finish: what went over it
///
/// Source: AMBA APB specification, ARM IHI 0024E.
///
/// * Every transfer moves what lies in one word of the bus; strobes may be sparse or all low (3.2).
///   A transfer takes two clocks, setup and access (4.1), which is the most that APB can do.
/// * PADDR may be unaligned, with a result that is left to the completer (2.1.1): this port ignores
///   the low bits, as most hardware does. The lanes are those of the aligned word.
/// * PADDR has at most 32 bits in APB (2.1.1). This port takes up to 64: guests may need more.
/// * Refusals are PSLVERR, all of them (3.4): nothing there, ROM, outside the windows, bridge lost,
///   injected error. APB cannot say which, last_refusal() can. A refused write changes nothing, a
///   refused read gives zeros. A write without strobes touches no memory: only windows and injected
///   errors refuse it.
/// * A write is in guest memory before the clock in which PREADY is high; whatever comes after sees
///   it. There is one transfer at a time, so there is no other order. An access of a whole word is
///   single-copy atomic for the guest.
/// * The port never blocks the simulation and makes one bridge call per transfer, none while idle.
/// * Knobs: read_latency_* and write_latency_* are wait states; read_data_valid, bandwidth and
///   write_response_valid add wait states at random. All injected faults work. The *_ready knobs,
///   max_*, reorder and interleave have nothing to act on in APB.
/// * PPROT has no effect: guest RAM has one kind of memory.
module qdpi_apb_port #(
  /// Bits of PADDR, at most 64.
  parameter int unsigned               AddrWidth     = 32,
  /// Bits of PWDATA and PRDATA: 8, 16 or 32 (2.1.2).
  parameter int unsigned               DataWidth     = 32,
  /// 0: APB3, which has no PSTRB and no PPROT; writes move all lanes.
  parameter bit                        Apb4          = 1'b1,
  /// The port's name in messages, logs and plusargs; "": its place in the hierarchy.
  parameter string                     Name          = "",
  /// 1: the device may use nothing before allow() is called.
  parameter bit                        Restricted    = 1'b0,
  /// 1: a protocol checker watches the bus.
  parameter bit                        EnableChecker = 1'b1,
  /// Clocks after which the checker calls a transfer hanging. 0: never.
  parameter int unsigned               HangClocks    = 10_000,
  /// The knobs, for plusargs to change.
  parameter qdpi_port_pkg::behaviour_t Behaviour     = qdpi_port_pkg::Ideal
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: asynchronous, active low. Drops what is in progress; what was answered stays written.
  input  logic                   rst_ni,
  /// High from the first access that found the bridge lost until one gets through again: the
  /// testbench decides whether to end, or to wait for QEMU and call dpi_reattach.
  output logic                   bridge_lost_o,
  /// Guest-physical address.
  input  logic [AddrWidth-1:0]   paddr_i,
  /// Protection. No effect. Tie to 0 for APB3.
  input  logic [2:0]             pprot_i,
  /// Select.
  input  logic                   psel_i,
  /// Enable: access phase.
  input  logic                   penable_i,
  /// Direction: 1 writes.
  input  logic                   pwrite_i,
  /// Write data.
  input  logic [DataWidth-1:0]   pwdata_i,
  /// Write strobes, one per byte lane. Tie to 0 for APB3.
  input  logic [DataWidth/8-1:0] pstrb_i,
  /// Ready: last clock of the access phase. Low at all other times.
  output logic                   pready_o,
  /// Read data, 0 at all times but in the last clock of a read.
  output logic [DataWidth-1:0]   prdata_o,
  /// Error. Low at all times but in the last clock of a transfer (3.4 recommends so).
  output logic                   pslverr_o
);
  import qdpi_port_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  if (AddrWidth > 64 || AddrWidth == 0) begin : g_bad_addr_width
    $error("AddrWidth is %0d, must be 1 to 64", AddrWidth);
  end
  if (!(DataWidth inside {8, 16, 32})) begin : g_bad_data_width
    $error("DataWidth is %0d, must be 8, 16 or 32", DataWidth);
  end

  typedef enum logic [1:0] {
    /// No transfer, or its setup phase.
    StateIdle,
    /// Wait states.
    StateWaiting,
    /// PREADY is high.
    StateAnswering,
    /// An injected fault: PREADY never comes.
    StateSilent
  } state_e;

  // The state of the model. Only the one clocked process writes it, through the functions below,
  // and nothing else reads it in a clock: what leaves the module goes through registers. Hence:
  // verilator lint_off BLKSEQ
  state_e               state;
  longint unsigned      address;      // of the word
  logic                 is_write;
  logic [BusBytes-1:0]  strobes;
  logic [DataWidth-1:0] write_data;
  int unsigned          wait_states;  // to go
  longint unsigned      start_clock;
  bit                   is_accessed;
  outcome_e             outcome;
  logic [DataWidth-1:0] read_data;

  qdpi_port_core #(
    .Protocol  ("APB"),
    .Name      (Name),
    .DataWidth (DataWidth),
    .Restricted(Restricted),
    .Behaviour (Behaviour)
  ) u_core (
    .clk_i,
    .rst_ni,
    .bridge_lost_o
  );

  if (EnableChecker) begin : g_checker
    qdpi_apb_checker #(
      .AddrWidth (AddrWidth),
      .DataWidth (DataWidth),
      .Apb4      (Apb4),
      .HangClocks(HangClocks)
    ) u_checker (
      .clk_i,
      .rst_ni,
      .paddr_i,
      .pprot_i,
      .psel_i,
      .penable_i,
      .pwrite_i,
      .pwdata_i,
      .pstrb_i,
      .pready_i (pready_o),
      .prdata_i (prdata_o),
      .pslverr_i(pslverr_o)
    );
  end

  /// The setup phase (4.1): everything but PENABLE is as it will be in the access phase.
  function automatic void take_transfer();
    address = 64'(paddr_i) & ~(64'(BusBytes) - 64'd1);
    if (`QDPI_BUG(APB_KEEPS_LOW_ADDRESS_BITS)) address = 64'(paddr_i);
    is_write = pwrite_i;
    strobes = Apb4 ? pstrb_i : '1;
    if (`QDPI_BUG(APB_IGNORES_STROBES)) strobes = '1;
    if (`QDPI_BUG(APB_DROPS_TOP_ADDRESS_BIT)) address &= (64'd1 << 23) - 64'd1;
    write_data = pwdata_i;
    // Two ifs: of ?:, and of an if with its else, Verilator 5.006 evaluates both sides.
    if (is_write) wait_states = u_core.write_latency();
    if (!is_write) wait_states = u_core.read_latency();
    start_clock = u_core.clock();
    is_accessed = 1'b0;
    state = StateWaiting;
  endfunction

  /// A setup phase that lasts breaks a rule, and is one transfer as long as it shows the same.
  function automatic void stay_in_setup();
    if (pwrite_i != is_write || (64'(paddr_i) & ~(64'(BusBytes) - 64'd1)) != address
        || (is_write && (pwdata_i != write_data || strobes != (Apb4 ? pstrb_i : '1)))) begin
      state = StateIdle;
    end
  endfunction

  function automatic void access_guest();
    if (is_write) begin
      u_core.write_begin(address, address + 64'(BusBytes) - 64'd1);
      u_core.write_lanes(address, write_data, strobes);
      outcome = u_core.write(64'd0);
    end else begin
      outcome = u_core.read(0, 64'd0, address, address + 64'(BusBytes) - 64'd1);
      if (!`QDPI_BUG(APB_STALE_READ_AFTER_ERROR) || outcome == OutcomeOkay) begin
        read_data = u_core.read_lanes(0, address);
      end
    end
    is_accessed = 1'b1;
    if (u_core.withheld()) state = StateSilent;
  endfunction

  /// Whether the knobs let the answer be given on the next clock.
  function automatic bit may_answer();
    if (is_write) return u_core.write_response_valid($countones(strobes));
    return u_core.read_data_valid(BusBytes);
  endfunction

  function automatic void wait_or_answer();
    if (wait_states != 0) begin
      wait_states--;
    end else if (may_answer()) begin
      state = StateAnswering;
      if (!(`QDPI_BUG(APB_WRITES_AFTER_READY) && is_write)) access_guest();
    end
  endfunction

  function automatic void finish_transfer();
    if (`QDPI_BUG(APB_WRITES_AFTER_READY) && !is_accessed) access_guest();
    u_core.completed(is_write ? KindWrite : KindRead, 64'd0, address, BusBytes,
                     is_write ? $countones(strobes) : BusBytes, 1, outcome, start_clock);
    state = StateIdle;
  endfunction

  function automatic void reset_state();
    state = StateIdle;
    u_core.reset_state();
  endfunction

  function automatic void step();
    if (state == StateAnswering && psel_i && penable_i) finish_transfer();
    // A requester that gives up breaks a rule, which the checker says; the port starts again.
    else if (!psel_i) state = StateIdle;
    else if (!penable_i && state != StateIdle) stay_in_setup();
    if (state == StateIdle && psel_i && !penable_i) take_transfer();
    if (state == StateWaiting) wait_or_answer();
  endfunction

  // Not always_ff: the core's state is also set by what testbenches call.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      pready_o  <= 1'b0;
      prdata_o  <= '0;
      pslverr_o <= 1'b0;
    end else begin
      step();
      pready_o  <= state == StateAnswering;
      prdata_o  <= state == StateAnswering && !is_write ? read_data : '0;
      pslverr_o <= state == StateAnswering && outcome != OutcomeOkay
                   && !(`QDPI_BUG(APB_WRITE_ERROR_LOST) && is_write);
    end
  end

  // ---- For testbenches -------------------------------------------------------------------------

`define QDPI_PORT_CORE u_core
`include "qdpi_port_counts.svh"
`include "qdpi_port_calls.svh"
`undef QDPI_PORT_CORE

  // Guest RAM has one kind of memory and one security state.
  logic unused_protection;
  assign unused_protection = ^pprot_i;

endmodule
