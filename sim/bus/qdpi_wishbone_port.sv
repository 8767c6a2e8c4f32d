// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// Wishbone B4 slave in front of guest RAM: what a device's Wishbone master connects to.
/// Simulation only.
///
///   qdpi_wishbone_port #(.DataWidth(32), .Pipelined(1'b1)) u_port (
///     .clk_i, .rst_ni, .bridge_lost_o(bridge_lost), .wb_cyc_i(cyc), ...
///     .wb_dat_o(dat_from_guest));
///   initial u_port.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
///   initial u_port.allow(64'h10_0000, 64'h1f_ffff, 1'b1, 1'b1);  // what the device may touch
///   ...
///   u_port.report();                                             // before $finish
///
/// Source: Wishbone B4; the numbers are those of its rules.
///
/// * Widths: 8, 16, 32, 64 bits, byte granularity, little endian: SEL[i] is byte i of the word.
///   Any SEL. With none nothing moves: a read is judged as if it were the whole word, a write only
///   by the windows.
/// * Speed. Pipelined: one request per clock, answered on the next clock. Classic: the answer is
///   registered, so a transfer takes two clocks ("synchronous cycle termination"); reads of a
///   constant or incrementing burst (CTI 001 and 010, BTE linear or 4, 8, 16 beat wrap) take one
///   clock each after the first ("advanced synchronous"). Writes of a burst take two: the answer of
///   each says what became of it, and for that its data must be there.
/// * Order: requests are carried out and answered one by one as they came. A write is in guest
///   memory before its answer.
/// * Answers (3.1.3 Handshaking): ACK, or ERR where the guest has no RAM, for a write to ROM,
///   outside the windows, while the bridge is lost, and for injected errors of both kinds. RTY
///   never. A refused write changes nothing, a refused read gives zeros.
/// * Blocking: STALL when MaxRequests wait for an answer; classic: wait states.
/// * CYC down: what has not been answered is dropped, and has had no effect. The exception is the
///   one request whose answer would have been shown on that very clock: it was carried out.
///   Classic: the same for STB.
/// * A fault "withheld" stops the port until CYC falls, since answers come in order. The knobs
///   *_ready and max_* are for the pipelined port; the classic one only delays its answers.
/// * Classic: STALL is as a pipelined master needs it, high until the answer.
/// * LOCK has no effect: one master, and guest CPUs cannot be locked out. There are no user tags.
/// * An aligned access of 1, 2, 4 or 8 bytes is single-copy atomic for the guest.
module qdpi_wishbone_port #(
  /// Name in messages, logs and plusargs; "": the place in the hierarchy.
  parameter string                     Name          = "",
  /// Bits of ADR, at most 64.
  parameter int unsigned               AddrWidth     = 64,
  /// Bits of DAT: 8, 16, 32 or 64.
  parameter int unsigned               DataWidth     = 32,
  /// 1: pipelined, 0: classic.
  parameter bit                        Pipelined     = 1'b0,
  /// 1: ADR counts words of the data bus. 0: bytes, and the bits below the word are ignored.
  parameter bit                        WordAddresses = 1'b0,
  /// Pipelined: requests taken and not yet answered.
  parameter int unsigned               MaxRequests   = 16,
  /// 1: the protocol is checked.
  parameter bit                        EnableChecker = 1'b1,
  /// The checker's patience; 0: endless.
  parameter int unsigned               HangClocks    = 10000,
  /// 1: nothing is allowed before allow() is called.
  parameter bit                        Restricted    = 1'b0,
  /// Delays and faults.
  parameter qdpi_port_pkg::behaviour_t Behaviour     = qdpi_port_pkg::Ideal
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: asynchronous, active low (Wishbone's RST inverted). Drops what is in progress.
  input  logic                   rst_ni,
  /// High from the first access that found the bridge lost until one gets through again.
  output logic                   bridge_lost_o,
  /// Bus cycle.
  input  logic                   wb_cyc_i,
  /// Request.
  input  logic                   wb_stb_i,
  /// Write.
  input  logic                   wb_we_i,
  /// Guest-physical address.
  input  logic [AddrWidth-1:0]   wb_adr_i,
  /// Data of a write.
  input  logic [DataWidth-1:0]   wb_dat_i,
  /// Byte lanes that matter.
  input  logic [DataWidth/8-1:0] wb_sel_i,
  /// Cycle type; 000 if the master has none.
  input  logic [2:0]             wb_cti_i,
  /// Burst type; 00 if the master has none.
  input  logic [1:0]             wb_bte_i,
  /// No effect.
  input  logic                   wb_lock_i,
  /// Data of a read.
  output logic [DataWidth-1:0]   wb_dat_o,
  /// The request is not taken on this clock.
  output logic                   wb_stall_o,
  /// Answer: done.
  output logic                   wb_ack_o,
  /// Answer: not done.
  output logic                   wb_err_o,
  /// Always 0.
  output logic                   wb_rty_o
);
  import qdpi_port_pkg::*;
  import qdpi_wishbone_checker_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned WordShift = WordAddresses ? 0 : $clog2(BusBytes);
  localparam int unsigned Slots = Pipelined ? MaxRequests : 1;

  if (AddrWidth < 1 || AddrWidth > 64) begin : g_bad_addr_width
    $error("AddrWidth is %0d, must be 1 to 64", AddrWidth);
  end
  if (!(DataWidth inside {8, 16, 32, 64})) begin : g_bad_data_width
    $error("DataWidth is %0d, must be 8, 16, 32 or 64", DataWidth);
  end
  if (MaxRequests < 1) begin : g_bad_max_requests
    $error("MaxRequests is 0, must be at least 1");
  end

  typedef struct packed {
    logic                 we;
    logic [63:0]          word;
    logic [DataWidth-1:0] dat;
    logic [BusBytes-1:0]  sel;
    logic                 guess;  // classic: foretold by the burst, not yet seen on the bus
    longint unsigned      start;
    longint unsigned      due;
  } request_t;

  // The state of the model. Only the one clocked process writes it, through the functions below,
  // and nothing else reads it in a clock. Hence:
  // verilator lint_off BLKSEQ
  // No function needs all that is known of a request; and a slot is an int, however many there are.
  // verilator lint_off UNUSEDSIGNAL
  request_t             queue [Slots];
  int unsigned          head, count, reads, writes;
  bit                   stuck;          // an injected fault wants no answer
  request_t             current;        // being carried out, then its answer is shown
  logic [63:0]          first, last;    // its bytes
  outcome_e             outcome;
  logic [DataWidth-1:0] data;

  // The answer on the bus, and what request it is for if that was a guess.
  logic                 ack_q, err_q, guess_q;
  logic [63:0]          guess_word_q;
  logic [BusBytes-1:0]  guess_sel_q;
  logic                 stall_read_q, stall_write_q;
  logic                 answer_fits;
  // Seeded bugs of the wires.
  bit                   answers_always, wrap_as_linear;

  initial answers_always = `QDPI_BUG(WISHBONE_ANSWERS_ALWAYS);
  initial wrap_as_linear = `QDPI_BUG(WISHBONE_WRAP_AS_LINEAR);

  qdpi_port_core #(
    .Protocol  ("Wishbone"),
    .Name      (Name),
    .DataWidth (DataWidth),
    .ReadImages(1),
    .Restricted(Restricted),
    .Behaviour (Behaviour)
  ) u_core (
    .clk_i,
    .rst_ni,
    .bridge_lost_o
  );

  // ---- What the testbench calls -----------------------------------------------------------------

`define QDPI_PORT_CORE u_core
`include "qdpi_port_counts.svh"
`include "qdpi_port_calls.svh"
`undef QDPI_PORT_CORE

  // ---- The bus ----------------------------------------------------------------------------------

  /// The word that `adr` is in. With an argument, since an assign waits for what stands in it, and
  /// not for what a function that it calls reads besides (IEEE 1800, 10.3.2).
  function automatic logic [63:0] word_at(input logic [AddrWidth-1:0] adr);
    return 64'(adr) >> WordShift;
  endfunction

  function automatic void drop_all();
    count = 0;
    reads = 0;
    writes = 0;
    stuck = 1'b0;
  endfunction

  function automatic void reset_state();
    head = 0;
    drop_all();
    u_core.reset_state();
  endfunction

  function automatic void push(input bit we, input logic [63:0] word,
                               input logic [BusBytes-1:0] sel, input bit guess);
    int unsigned slot = (head + count) % Slots;
    queue[slot].we = we;
    queue[slot].word = word;
    queue[slot].sel = `QDPI_BUG(WISHBONE_IGNORES_SELECT) ? '1 : sel;
    queue[slot].dat = wb_dat_i;
    queue[slot].guess = guess;
    queue[slot].start = u_core.clock();
    // What the burst foretold has its latency behind it.
    queue[slot].due = u_core.clock();
    if (!guess && we) queue[slot].due += 64'(u_core.write_latency());
    if (!guess && !we) queue[slot].due += 64'(u_core.read_latency());
    count++;
    if (we) writes++;
    else reads++;
  endfunction

  function automatic void pop();
    current = queue[head];
    head = (head + 1) % Slots;
    count--;
    if (current.we) writes--;
    else reads--;
  endfunction

  function automatic void push_from_bus();
    push(wb_we_i, word_at(wb_adr_i), wb_sel_i, 1'b0);
  endfunction

  /// The answer on the bus has been taken.
  function automatic void complete();
    u_core.completed(current.we ? KindWrite : KindRead, 64'd0, first, 32'(last - first) + 1,
                     $countones(current.sel), 1, outcome, current.start);
  endfunction

  function automatic void accept_pipelined();
    if (!wb_cyc_i && !`QDPI_BUG(WISHBONE_KEEPS_ABORTED)) drop_all();
    if (wb_cyc_i && wb_stb_i && !wb_stall_o) push_from_bus();
  endfunction

  /// After a read that promises another: get that ready (PERMISSION 4.40 and 4.45). Not after an
  /// error, which may end the burst.
  function automatic void foretell();
    logic [1:0] bte = wrap_as_linear ? 2'b00 : wb_bte_i;
    if (wb_ack_o && !wb_we_i && promises_next(wb_cti_i)) begin
      push(1'b0, next_word(word_at(wb_adr_i), wb_cti_i, bte), wb_sel_i, 1'b1);
    end
  endfunction

  function automatic bit is_on_bus(input request_t request);
    return !wb_we_i && request.word == word_at(wb_adr_i) && request.sel == wb_sel_i;
  endfunction

  function automatic void accept_classic(input bit taken);
    // A request that is gone is dropped; so is a guess that came too early or not at all.
    if (!(wb_cyc_i && wb_stb_i) || taken) drop_all();
    else if (count != 0 && queue[head].guess && !is_on_bus(queue[head])) drop_all();
    if (taken) foretell();
    else if (wb_cyc_i && wb_stb_i && count == 0) push_from_bus();
    else if (count != 0) queue[head].guess = 1'b0;
  endfunction

  /// The bytes that `current` selects.
  function automatic void find_bytes();
    logic [63:0] address = current.word << $clog2(BusBytes);
    first = address;
    last = address + 64'(BusBytes) - 64'd1;
    if (current.sel == '0) return;
    for (int lane = 0; lane < int'(BusBytes) && !current.sel[lane]; lane++) first++;
    for (int lane = int'(BusBytes) - 1; lane > 0 && !current.sel[lane]; lane--) last--;
  endfunction

  function automatic void carry_out();
    logic [63:0] address = current.word << $clog2(BusBytes);
    find_bytes();
    if (current.we) begin
      u_core.write_begin(first, last);
      u_core.write_lanes(address, current.dat, current.sel);
      outcome = u_core.write(64'd0);
      data = '0;
    end else begin
      outcome = u_core.read(0, 64'd0, first, last);
      data = u_core.read_lanes(0, address);
      if (`QDPI_BUG(WISHBONE_WRONG_LANE)) data = (data >> 8) | (data << (DataWidth - 8));
    end
    stuck = u_core.withheld();
  endfunction

  function automatic bit answer_due();
    if (count == 0 || stuck || queue[head].due > u_core.clock()) return 1'b0;
    if (queue[head].we) return u_core.write_response_valid($countones(queue[head].sel));
    return u_core.read_data_valid($countones(queue[head].sel));
  endfunction

  function automatic bit room();
    return `QDPI_BUG(WISHBONE_LOSES_REQUEST) || count < Slots;
  endfunction

  // Ifs, since not every simulator leaves out the right side of || when it has a side effect: a
  // random number would be drawn.
  function automatic bit stall_read();
    if (!room() || reads >= u_core.max_reads(Slots)) return 1'b1;
    return !u_core.read_address_ready();
  endfunction

  function automatic bit stall_write();
    if (!room() || writes >= u_core.max_writes(Slots)) return 1'b1;
    return !u_core.write_address_ready();
  endfunction

  // A classic answer belongs to the request on the bus (RULE 3.35, RULE 3.50).
  assign answer_fits = wb_cyc_i && (Pipelined || answers_always
      || (wb_stb_i && (!guess_q || wrap_as_linear
                       || (!wb_we_i && word_at(wb_adr_i) == guess_word_q && wb_sel_i == guess_sel_q))));
  assign wb_ack_o = ack_q && answer_fits;
  assign wb_err_o = err_q && answer_fits;
  assign wb_rty_o = 1'b0;
  assign wb_stall_o = Pipelined ? (wb_we_i ? stall_write_q : stall_read_q)
                                : wb_cyc_i && !(wb_ack_o || wb_err_o);

  // Not always_ff: the testbench's process sets the core up.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      ack_q         <= 1'b0;
      err_q         <= 1'b0;
      guess_q       <= 1'b0;
      guess_word_q  <= '0;
      guess_sel_q   <= '0;
      stall_read_q  <= 1'b1;
      stall_write_q <= 1'b1;
      wb_dat_o      <= '0;
    end else begin
      if (wb_ack_o || wb_err_o) complete();
      if (Pipelined) accept_pipelined();
      else accept_classic(wb_ack_o || wb_err_o);
      ack_q <= 1'b0;
      err_q <= 1'b0;
      if (answer_due()) begin
        pop();
        carry_out();
        ack_q        <= !stuck && (outcome == OutcomeOkay || `QDPI_BUG(WISHBONE_ERROR_AS_ACK));
        err_q        <= !stuck && outcome != OutcomeOkay && !`QDPI_BUG(WISHBONE_ERROR_AS_ACK);
        guess_q      <= current.guess;
        guess_word_q <= current.word;
        guess_sel_q  <= current.sel;
        wb_dat_o     <= data;
      end
      if (Pipelined) begin
        stall_read_q  <= stall_read();
        stall_write_q <= stall_write();
      end
    end
  end

  // ---- The checker ------------------------------------------------------------------------------

  if (EnableChecker) begin : g_checker
    qdpi_wishbone_checker #(
      .AddrWidth    (AddrWidth),
      .DataWidth    (DataWidth),
      .Pipelined    (Pipelined),
      .WordAddresses(WordAddresses),
      .HangClocks   (HangClocks)
    ) u_checker (
      .clk_i,
      .rst_ni,
      .wb_cyc_i,
      .wb_stb_i,
      .wb_we_i,
      .wb_adr_i,
      .wb_dat_m_i(wb_dat_i),
      .wb_sel_i,
      .wb_cti_i,
      .wb_bte_i,
      .wb_stall_i(wb_stall_o),
      .wb_ack_i  (wb_ack_o),
      .wb_err_i  (wb_err_o),
      .wb_rty_i  (wb_rty_o),
      .wb_dat_s_i(wb_dat_o)
    );
  end

  logic unused_lock;
  assign unused_lock = wb_lock_i;

endmodule
