// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// AHB-Lite or AHB5 subordinate in front of guest RAM: what an AHB manager in a device connects to.
/// Simulation only.
///
///   qdpi_ahb_port #(.DataWidth(64)) u_port (
///     .clk_i, .rst_ni, .bridge_lost_o(bridge_lost), .hsel_i(1'b1), ... .hexokay_o());
///   initial u_port.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
///   ...
///   u_port.report();                                       // before $finish: what went over it
///
/// With one subordinate on the bus, HREADY is its HREADYOUT. Source: AMBA AHB protocol
/// specification, ARM IHI 0033; its sections are named here, since its issues number them
/// differently.
///
/// * Every HSIZE up to the bus and every HBURST (Burst operation). The address of every beat is on
///   the bus, so every beat is one access: early ends and BUSY need nothing, and ERROR for one beat
///   does not undo those before it. A read is one bridge call, a write one or two (see below).
/// * One beat per clock without wait states, from burst to burst and from write to read, too. A
///   write is in guest memory at the clock edge that ends its data phase, and a read whose address
///   phase ends at that edge sees it. There is one transfer at a time, so there is no other order.
/// * Little endian (Endianness): byte 0 of memory in the lowest lane. HWSTRB counts in the lanes of
///   the transfer. Lanes outside a read carry the guest's bytes or zeros. An aligned transfer of 1,
///   2, 4 or 8 bytes is single-copy atomic for the guest.
/// * Refusals are the two-clock ERROR (ERROR response): nothing there, ROM, outside the windows, a
///   lost bridge, an injected error, HSIZE wider than the bus, an unaligned address, a SEQ that does
///   not continue its burst (address, control, length), and those after it. AHB cannot say which,
///   last_refusal() can. A refused write changes nothing, a refused read gives zeros. A
///   write without a strobe touches nothing, and the memory map does not refuse it.
/// * A write without wait states is answered before its data has come. So the port asks at its
///   address phase whether the guest would let it pass, by adding 0 to the word there. If not, or
///   if that cannot be asked there, or if a knob may make it fail, the write has one wait state, in
///   which it is carried out. If a guest takes the memory away between question and write, that is
///   $error: AHB has no answer left for it.
/// * Exclusive transfers (AHB5, Exclusive transfers): as the core's monitor has them, one
///   reservation per HMASTER; an exclusive write has one wait state at least. HEXOKAY is low if
///   this memory has none.
/// * HMASTLOCK has no effect: no one can be kept off guest memory. HPROT and HNONSEC have none:
///   guest RAM has one kind of memory and one security state.
/// * Knobs: read_latency_* and write_latency_* are wait states; read_data_valid,
///   write_response_valid and bandwidth add wait states at random. The *_ready knobs, max_*,
///   reorder and interleave have nothing to act on. All injected faults work; a withheld answer is
///   HREADYOUT low until reset.
module qdpi_ahb_port #(
  /// Bits of HADDR, at most 64.
  parameter int unsigned               AddrWidth     = 32,
  /// Bits of HWDATA and HRDATA: 8, 16, 32, ... 1024.
  parameter int unsigned               DataWidth     = 32,
  /// Bits of HMASTER, at most 32.
  parameter int unsigned               MasterWidth   = 4,
  /// 1: HWSTRB is there (AHB5); 0: writes move all lanes of the transfer.
  parameter bit                        WriteStrobes  = 1'b0,
  /// The port's name in messages, logs and plusargs; "": its place in the hierarchy.
  parameter string                     Name          = "",
  /// 1: the device may use nothing before allow() is called.
  parameter bit                        Restricted    = 1'b0,
  /// 1: a protocol checker watches the bus.
  parameter bit                        EnableChecker = 1'b1,
  /// 0: the checker reports fixed-length bursts that end early without ERROR.
  parameter bit                        AllowEarlyEnd = 1'b1,
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
  /// Select.
  input  logic                   hsel_i,
  /// Guest-physical address.
  input  logic [AddrWidth-1:0]   haddr_i,
  /// Transfer type: IDLE, BUSY, NONSEQ or SEQ.
  input  logic [1:0]             htrans_i,
  /// log2 of the bytes of the transfer.
  input  logic [2:0]             hsize_i,
  /// Burst type: what SEQ has to continue.
  input  logic [2:0]             hburst_i,
  /// Direction: 1 writes.
  input  logic                   hwrite_i,
  /// Protection. No effect. AHB-Lite has the low 4 bits only: tie the others to 0.
  input  logic [6:0]             hprot_i,
  /// Locked transfer. No effect.
  input  logic                   hmastlock_i,
  /// Non-secure transfer (AHB5). No effect.
  input  logic                   hnonsec_i,
  /// Exclusive transfer (AHB5). AHB-Lite: tie to 0.
  input  logic                   hexcl_i,
  /// Manager (AHB5): the ID of exclusive transfers and in logs. AHB-Lite: tie to 0.
  input  logic [MasterWidth-1:0] hmaster_i,
  /// Write data.
  input  logic [DataWidth-1:0]   hwdata_i,
  /// Write strobes, one per byte lane; see WriteStrobes. AHB-Lite: tie to 0.
  input  logic [DataWidth/8-1:0] hwstrb_i,
  /// Ready of the whole bus: the data phase before has ended.
  input  logic                   hready_i,
  /// Ready: last clock of the data phase. High when there is none.
  output logic                   hreadyout_o,
  /// Response: 1 is ERROR.
  output logic                   hresp_o,
  /// Read data, 0 at all times but in the last clock of a read.
  output logic [DataWidth-1:0]   hrdata_o,
  /// The exclusive transfer was done as such (AHB5).
  output logic                   hexokay_o
);
  import qdpi_port_pkg::*;
  import qdpi_ahb_checker_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  if (AddrWidth > 64 || AddrWidth == 0) begin : g_bad_addr_width
    $error("AddrWidth is %0d, must be 1 to 64", AddrWidth);
  end
  if (!(DataWidth inside {8, 16, 32, 64, 128, 256, 512, 1024})) begin : g_bad_data_width
    $error("DataWidth is %0d, must be 8, 16, 32, 64, 128, 256, 512 or 1024", DataWidth);
  end

  typedef enum logic [2:0] {
    /// No data phase.
    StateIdle,
    /// Wait states.
    StateWaiting,
    /// The last clock, OKAY.
    StateOkay,
    /// The first clock of ERROR.
    StateErrorFirst,
    /// The last clock, ERROR.
    StateErrorLast,
    /// An injected fault: HREADYOUT never comes.
    StateSilent
  } state_e;

  /// What is the same in all of a burst.
  typedef struct packed {
    logic                   write;
    logic [2:0]             size;
    logic [2:0]             burst;
    logic [6:0]             prot;
    logic                   mastlock;
    logic                   nonsec;
    logic                   excl;
    logic [MasterWidth-1:0] master;
  } control_t;

  // The state of the model. Only the one clocked process writes it, through the functions below,
  // and nothing else reads it in a clock: what leaves the module goes through registers. Hence:
  // verilator lint_off BLKSEQ
  state_e               state;
  longint unsigned      address;
  logic [2:0]           size;
  logic                 is_write;
  logic                 is_exclusive;
  longint unsigned      manager;
  control_t             control;
  int unsigned          beats_to_come;  // of its burst; one of no defined length has no end
  bit                   is_in_burst;    // it is the first of a burst, or the next
  int unsigned          wait_states;  // to go
  longint unsigned      start_clock;
  bit                   is_accessed;
  outcome_e             outcome;
  logic [BusBytes-1:0]  strobes;
  logic [DataWidth-1:0] read_data;

  qdpi_port_core #(
    .Protocol  ("AHB"),
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
    qdpi_ahb_checker #(
      .AddrWidth    (AddrWidth),
      .DataWidth    (DataWidth),
      .MasterWidth  (MasterWidth),
      .AllowEarlyEnd(AllowEarlyEnd),
      .HangClocks   (HangClocks)
    ) u_checker (
      .clk_i,
      .rst_ni,
      .hsel_i,
      .haddr_i,
      .htrans_i,
      .hsize_i,
      .hburst_i,
      .hwrite_i,
      .hprot_i,
      .hmastlock_i,
      .hnonsec_i,
      .hexcl_i,
      .hmaster_i,
      .hwdata_i,
      .hwstrb_i   (WriteStrobes ? hwstrb_i : '1),
      .hready_i,
      .hreadyout_i(hreadyout_o),
      .hresp_i    (hresp_o),
      .hrdata_i   (hrdata_o),
      .hexokay_i  (hexokay_o)
    );
  end

  /// Bytes of the transfer.
  function automatic int unsigned bytes_moved();
    return 32'd1 << size;
  endfunction

  function automatic kind_e transfer_kind();
    return is_write ? KindWrite : KindRead;
  endfunction

  /// Whether the transfer breaks no rule that the port needs to carry it out.
  function automatic bit is_legal();
    return is_in_burst && bytes_moved() <= BusBytes
        && (address & (64'(bytes_moved()) - 64'd1)) == 0;
  endfunction

  /// Whether the write in its address phase may be answered before its data has come.
  function automatic bit will_pass();
    if (is_exclusive || !is_legal() || u_core.u_behaviour.knobs.slave_error_ppm != 0
        || u_core.u_behaviour.knobs.decode_error_ppm != 0
        || u_core.u_behaviour.knobs.withhold_ppm != 0
        || overlap(address, address + 64'(bytes_moved()) - 64'd1,
                   u_core.u_behaviour.knobs.error_first, u_core.u_behaviour.knobs.error_last)) begin
      return 1'b0;
    end
    // Ranges of memory start and end at pages, so one word speaks for the whole transfer.
    if (u_core.can_write(address, address + 64'(bytes_moved()) - 64'd1)) return 1'b1;
    // Only the write itself says why it is refused.
    u_core.drop_sentence();
    return 1'b0;
  endfunction

  /// Whether the transfer in its address phase starts a burst, or continues the one of the last.
  /// After one that does neither, none is continued.
  function automatic void follow_burst();
    control_t now = {hwrite_i, hsize_i, hburst_i, hprot_i, hmastlock_i, hnonsec_i, hexcl_i,
                     hmaster_i};
    if (htrans_i != TransSeq) begin
      is_in_burst = 1'b1;
      beats_to_come = burst_beats(hburst_i) - 1;
      control = now;
    end else if (beats_to_come == 0 || now != control
                 || haddr_i != AddrWidth'(next_address(address, size, hburst_i))) begin
      is_in_burst = 1'b0;
      beats_to_come = 0;
    end else begin
      beats_to_come--;
    end
  endfunction

  /// The end of the address phase.
  function automatic void take_transfer();
    follow_burst();
    address = 64'(haddr_i);
    if (`QDPI_BUG(AHB_DROPS_TOP_ADDRESS_BIT)) address &= (64'd1 << 23) - 64'd1;
    size = hsize_i;
    is_write = hwrite_i;
    is_exclusive = hexcl_i;
    manager = 64'(hmaster_i);
    if (is_write) wait_states = u_core.write_latency();
    if (!is_write) wait_states = u_core.read_latency();
    if (is_write && wait_states == 0 && !`QDPI_BUG(AHB_WRITE_ERROR_LOST)) begin
      if (!will_pass()) wait_states = 1;
    end
    start_clock = u_core.clock();
    is_accessed = 1'b0;
    outcome = OutcomeOkay;
    state = StateWaiting;
    wait_or_answer();
  endfunction

  /// The lanes that the write moves.
  function automatic logic [BusBytes-1:0] written_lanes();
    logic [BusBytes-1:0] lanes = '1;
    if (bytes_moved() < BusBytes) begin
      lanes = ((BusBytes'(1) << bytes_moved()) - BusBytes'(1)) << (address[31:0] & (BusBytes - 1));
      if (`QDPI_BUG(AHB_NARROW_IN_LOW_LANES)) begin
        lanes = (BusBytes'(1) << bytes_moved()) - BusBytes'(1);
      end
    end
    if (WriteStrobes && !`QDPI_BUG(AHB_IGNORES_STROBES)) lanes &= hwstrb_i;
    return lanes;
  endfunction

  function automatic void write_guest();
    strobes = written_lanes();
    u_core.write_begin(address, address + 64'(bytes_moved()) - 64'd1);
    u_core.write_lanes(address, hwdata_i, strobes);
    // Two ifs: Verilator 5.006 makes one assignment with ?: of an if and its else, and calls both.
    if (is_exclusive) outcome = u_core.write_exclusive(manager);
    if (!is_exclusive) outcome = u_core.write(manager);
  endfunction

  function automatic void reserve(input longint unsigned last);
    outcome = u_core.reserve(manager, address, last);
  endfunction

  function automatic void read_guest();
    longint unsigned last = address + 64'(bytes_moved()) - 64'd1;
    outcome = u_core.read(0, manager, address, last);
    read_data = u_core.read_lanes(0, address);
    if (is_exclusive && outcome == OutcomeOkay) reserve(last);
  endfunction

  function automatic void access_guest();
    is_accessed = 1'b1;
    if (!is_legal()) begin
      strobes = '0;
      read_data = '0;
      outcome = OutcomeSlaveError;
      u_core.refused(transfer_kind(),
                     $sformatf("AHB %s at 0x%0h, HSIZE %0d: unaligned, wider than the bus, or SEQ that does not continue its burst",
                               kind_name(transfer_kind()), address, size));
      return;
    end
    if (is_write) write_guest();
    else read_guest();
    if (u_core.withheld()) state = StateSilent;
  endfunction

  /// Whether the knobs let the answer be given on the next clock.
  function automatic bit may_answer();
    if (is_write) return u_core.write_response_valid(bytes_moved());
    return u_core.read_data_valid(bytes_moved());
  endfunction

  /// A write that has had a wait state is carried out before its answer, with the HWDATA of the
  /// clock that ends; one that has not, when its data phase ends.
  function automatic void wait_or_answer();
    if (wait_states != 0) begin
      wait_states--;
    end else if (may_answer()) begin
      state = StateOkay;
      if (!is_write || u_core.clock() != start_clock) access_guest();
      if (state == StateOkay && outcome inside {OutcomeSlaveError, OutcomeDecodeError}) begin
        state = `QDPI_BUG(AHB_ONE_CLOCK_ERROR) ? StateErrorLast : StateErrorFirst;
      end
    end
  endfunction

  /// The end of the data phase.
  function automatic void finish_transfer();
    if (!is_accessed && !`QDPI_BUG(AHB_LOSES_WRITE_BEFORE_READ)) write_at_end();
    else if (!is_accessed && !(htrans_i[1] && !hwrite_i)) write_at_end();
    u_core.completed(transfer_kind(), manager, address, bytes_moved(),
                     is_write ? $countones(strobes) : bytes_moved(), 1, outcome, start_clock);
    state = StateIdle;
  endfunction

  function automatic void write_at_end();
    access_guest();
    if (outcome != OutcomeOkay && !bridge_lost_o) begin
      $error("%s: %s; it was answered OKAY: the guest had writable memory there a clock before",
             u_core.name(), u_core.last_refusal(KindWrite));
    end
  endfunction

  function automatic void reset_state();
    state = StateIdle;
    beats_to_come = 0;
    u_core.reset_state();
  endfunction

  function automatic void step();
    case (state)
      StateOkay, StateErrorLast: if (hready_i) finish_transfer();
      StateErrorFirst: state = StateErrorLast;
      StateWaiting: wait_or_answer();
      default: ;
    endcase
    if (state == StateIdle && hready_i && htrans_i[1]
        && (hsel_i || `QDPI_BUG(AHB_IGNORES_SELECT))) begin
      take_transfer();
    end else if (hready_i && !(hsel_i && htrans_i == TransBusy)) begin
      beats_to_come = 0;
    end
  endfunction

  // Not always_ff: testbenches call functions that write the same state.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      hreadyout_o <= 1'b1;
      hresp_o     <= 1'b0;
      hrdata_o    <= '0;
      hexokay_o   <= 1'b0;
    end else begin
      step();
      hreadyout_o <= state inside {StateIdle, StateOkay, StateErrorLast};
      hresp_o     <= state inside {StateErrorFirst, StateErrorLast};
      hrdata_o    <= state == StateOkay && !is_write ? read_data : '0;
      hexokay_o   <= state == StateOkay && outcome == OutcomeExclusive;
    end
  end

  // ---- For testbenches -------------------------------------------------------------------------

`define QDPI_PORT_CORE u_core
`include "qdpi_port_counts.svh"
`include "qdpi_port_calls.svh"
`undef QDPI_PORT_CORE

endmodule
