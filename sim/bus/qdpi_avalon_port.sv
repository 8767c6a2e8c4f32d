// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// Avalon memory-mapped agent in front of guest RAM: what a device's Avalon-MM host connects to.
/// Simulation only.
///
///   qdpi_avalon_port #(.DataWidth(256), .BurstcountWidth(5)) u_port (
///     .clk_i, .rst_ni, .bridge_lost_o(bridge_lost), .avalon_read_i(read), ...
///     .avalon_response_o());
///   initial u_port.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
///   initial u_port.allow(64'h10_0000, 64'h1f_ffff, 1'b1, 1'b1);  // what the device may touch
///   ...
///   u_port.report();                                             // before $finish
///
/// Source: Avalon Interface Specifications, chapter 3; the numbers are those of its sections. The
/// properties of the interface (3.3): pipelined reads of variable latency, burstcountUnits words,
/// constantBurstBehavior false (address and burstcount count in the first beat), linewrapBursts
/// false, waitrequestAllowance 0, maximumPendingReadTransactions MaxReads,
/// maximumPendingWriteTransactions MaxWrites.
///
/// * Widths: 8 to 1024 bits, bursts of 1 to 2048 words, one word per clock in each direction, from
///   burst to burst.
/// * Order (3.5.6): commands are carried out and answered in the order in which they came. Write
///   data behind an unfinished read waits in a buffer.
/// * byteenable: any in a write; bytes that are not enabled are not touched, and none at all is in
///   order (3.5.5.1). A read of one word is one of the bytes from the lowest to the highest
///   enabled; a read burst is one of whole words (3.5.5.2).
/// * Responses (3.2): OKAY; DECODEERROR where the guest has no RAM and outside the windows;
///   SLVERR for a write to ROM and while the bridge is lost. One for each word read, with zeros for
///   data; one for each write burst. What is refused changes nothing.
/// * A burst of up to 4 KiB is carried out as a whole or not at all. A longer one goes in pieces of
///   4 KiB from its start, each of which can be refused alone: then the words of a read have
///   different responses, and a write's response is that of the first refused piece.
/// * A write is in guest memory before its writeresponsevalid. With WriteResponses = 0 writes are
///   posted: in memory when the last beat is taken, unless a read before it is still being answered
///   or a knob delays it; refusals are only counted and told by last_refusal().
/// * Blocking: waitrequest while MaxReads or MaxWrites commands wait, or the buffer is full.
/// * A fault "withheld" stops all answers until reset, since they come in order.
/// * burstcount 0 is one word that is answered with SLVERR and not carried out; a write during a
///   read command is taken as a write; the checker reports both.
/// * lock has no effect: one host, and guest CPUs cannot be locked out. beginbursttransfer is not
///   used.
/// * An aligned access of 1, 2, 4 or 8 bytes is single-copy atomic for the guest.
module qdpi_avalon_port #(
  /// Name in messages, logs and plusargs; "": the place in the hierarchy.
  parameter string                     Name            = "",
  /// Bits of address, at most 64.
  parameter int unsigned               AddrWidth       = 64,
  /// Bits of readdata and writedata: 8, 16, ... 1024.
  parameter int unsigned               DataWidth       = 64,
  /// Bits of burstcount, 1 to 12: bursts of up to 2 ** (BurstcountWidth - 1) words.
  parameter int unsigned               BurstcountWidth = 5,
  /// 1: address counts words. 0: symbols, and the bits below the word are ignored.
  parameter bit                        WordAddresses   = 1'b0,
  /// 1: writes are answered with writeresponsevalid. 0: they are posted.
  parameter bit                        WriteResponses  = 1'b1,
  /// Read bursts taken and not yet answered in full.
  parameter int unsigned               MaxReads        = 16,
  /// Write bursts taken and not yet carried out.
  parameter int unsigned               MaxWrites       = 16,
  /// 1: the protocol is checked.
  parameter bit                        EnableChecker   = 1'b1,
  /// 1: the checker says nothing about combinations of byteenable.
  parameter bit                        AnyByteenable   = 1'b0,
  /// The checker's patience; 0: endless.
  parameter int unsigned               HangClocks      = 10000,
  /// 1: nothing is allowed before allow() is called.
  parameter bit                        Restricted      = 1'b0,
  /// Delays and faults.
  parameter qdpi_port_pkg::behaviour_t Behaviour       = qdpi_port_pkg::Ideal
) (
  /// Clock: rising edge.
  input  logic                       clk_i,
  /// Reset: asynchronous, active low. Drops what is in progress.
  input  logic                       rst_ni,
  /// High from the first access that found the bridge lost until one gets through again.
  output logic                       bridge_lost_o,
  /// Read command.
  input  logic                       avalon_read_i,
  /// Write command, or beat of a write burst.
  input  logic                       avalon_write_i,
  /// Guest-physical address of the first word.
  input  logic [AddrWidth-1:0]       avalon_address_i,
  /// Words in the burst.
  input  logic [BurstcountWidth-1:0] avalon_burstcount_i,
  /// Byte lanes.
  input  logic [DataWidth/8-1:0]     avalon_byteenable_i,
  /// Data of a write.
  input  logic [DataWidth-1:0]       avalon_writedata_i,
  /// No effect.
  input  logic                       avalon_lock_i,
  /// Command or beat not taken.
  output logic                       avalon_waitrequest_o,
  /// Data of a read.
  output logic [DataWidth-1:0]       avalon_readdata_o,
  /// readdata and response are those of a read.
  output logic                       avalon_readdatavalid_o,
  /// OKAY, SLVERR or DECODEERROR.
  output logic [1:0]                 avalon_response_o,
  /// response is that of a write burst.
  output logic                       avalon_writeresponsevalid_o
);
  import qdpi_port_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned WordShift = WordAddresses ? $clog2(BusBytes) : 0;
  localparam int unsigned MaxBurst = 1 << (BurstcountWidth - 1);
  // A piece: what goes to guest memory in one call.
  localparam int unsigned PieceBeats = 4096 / BusBytes;
  localparam int unsigned WholeBeats = MaxBurst < PieceBeats ? MaxBurst : PieceBeats;
  // One piece is carried out when it is complete, while the next one comes.
  localparam int unsigned BufferBeats = 2 * WholeBeats + 16;
  localparam int unsigned Slots = MaxReads + MaxWrites;

  if (AddrWidth < 1 || AddrWidth > 64) begin : g_bad_addr_width
    $error("AddrWidth is %0d, must be 1 to 64", AddrWidth);
  end
  if (!(DataWidth inside {8, 16, 32, 64, 128, 256, 512, 1024})) begin : g_bad_data_width
    $error("DataWidth is %0d, must be 8, 16, 32, 64, 128, 256, 512 or 1024", DataWidth);
  end
  if (BurstcountWidth < 1 || BurstcountWidth > 12) begin : g_bad_burstcount_width
    $error("BurstcountWidth is %0d, must be 1 to 12", BurstcountWidth);
  end
  if (MaxReads < 1 || MaxWrites < 1) begin : g_bad_limits
    $error("MaxReads is %0d, MaxWrites is %0d, both must be at least 1", MaxReads, MaxWrites);
  end

  typedef struct packed {
    logic                write;
    logic [63:0]         address;  // of the first word
    int unsigned         beats;
    logic [BusBytes-1:0] lanes;    // of a read
    logic                refused;  // burstcount was 0
    longint unsigned     start;
    longint unsigned     due;
  } command_t;

  // The state of the model. Only the one clocked process writes it, through the functions below,
  // and nothing else reads it in a clock. Hence:
  // verilator lint_off BLKSEQ
  // A function that is not inlined uses it too: it is called from that process, and reads no signal.
  // verilator lint_off IMPURE
  // No function needs all of a command; and a slot is an int, however many there are.
  // verilator lint_off UNUSEDSIGNAL
  command_t             queue [Slots];             // not finished, oldest first
  int unsigned          head, count, reads, writes;
  command_t             command;                   // a copy of the oldest
  int unsigned          beat;                      // of it
  int unsigned          piece_end;                 // its first beat that is not in the image
  outcome_e             outcome;                   // of the piece (read), so far (write)
  int unsigned          strobed;                   // bytes written so far

  logic [DataWidth-1:0] datas [BufferBeats];       // of write beats, oldest first
  logic [BusBytes-1:0]  lanes [BufferBeats];
  int unsigned          data_head, data_count;
  int unsigned          beats_to_come;             // of the last write burst
  int unsigned          write_slot;                // where that burst is in the queue

  logic [63:0]          first, last;               // bytes of a piece
  bit                   stuck;                     // an injected fault wants no answer
  bit                   finished;                  // the answer shown now is the last of `done`
  command_t             done;
  outcome_e             done_outcome;
  int unsigned          done_strobed;
  logic                 wait_read_q, wait_write_q;

  qdpi_port_core #(
    .Protocol  ("Avalon"),
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

  // ---- Commands ---------------------------------------------------------------------------------

  function automatic void reset_state();
    head = 0;
    count = 0;
    reads = 0;
    writes = 0;
    beat = 0;
    piece_end = 0;
    outcome = OutcomeOkay;
    strobed = 0;
    data_head = 0;
    data_count = 0;
    beats_to_come = 0;
    stuck = 1'b0;
    finished = 1'b0;
    u_core.reset_state();
  endfunction

  function automatic void push_command(input bit write);
    int unsigned slot = (head + count) % Slots;
    int unsigned beats = avalon_burstcount_i == '0 ? 1 : 32'(avalon_burstcount_i);
    if (`QDPI_BUG(AVALON_BURST_TOO_SHORT) && beats > 2) beats--;
    queue[slot].write = write;
    queue[slot].address = (64'(avalon_address_i) << WordShift) & ~(64'(BusBytes) - 64'd1);
    queue[slot].beats = beats;
    queue[slot].lanes = avalon_byteenable_i;
    queue[slot].refused = avalon_burstcount_i == '0;
    queue[slot].start = u_core.clock();
    queue[slot].due = u_core.clock();
    if (!write) queue[slot].due += 64'(u_core.read_latency());
    count++;
    if (write) writes++;
    else reads++;
  endfunction

  function automatic void take_write_beat();
    int unsigned slot = (data_head + data_count) % BufferBeats;
    if (beats_to_come == 0) begin
      write_slot = (head + count) % Slots;
      push_command(1'b1);
      beats_to_come = avalon_burstcount_i == '0 ? 1 : 32'(avalon_burstcount_i);
    end
    datas[slot] = avalon_writedata_i;
    lanes[slot] = `QDPI_BUG(AVALON_IGNORES_BYTEENABLE) ? '1 : avalon_byteenable_i;
    data_count++;
    beats_to_come--;
    if (beats_to_come == 0) queue[write_slot].due = u_core.clock() + 64'(u_core.write_latency());
  endfunction

  function automatic void pop_command();
    done = command;
    done_outcome = outcome;
    done_strobed = command.write ? strobed
                 : command.beats == 1 ? $countones(command.lanes) : command.beats * BusBytes;
    head = (head + 1) % Slots;
    count--;
    if (command.write) writes--;
    else reads--;
    beat = 0;
    piece_end = 0;
    strobed = 0;
    outcome = OutcomeOkay;
  endfunction

  /// The answer that was shown, the last one of its command, has been taken.
  function automatic void complete();
    u_core.completed(done.write ? KindWrite : KindRead, 64'd0, done.address, done.beats * BusBytes,
                     done_strobed, done.beats, done_outcome, done.start);
    finished = 1'b0;
  endfunction

  /// Narrow first..last to what the lanes of its first and last word enable.
  function automatic void narrow(input logic [BusBytes-1:0] low, input logic [BusBytes-1:0] high);
    for (int lane = 0; lane < int'(BusBytes) && low != '0 && !low[lane]; lane++) first++;
    for (int lane = int'(BusBytes) - 1; lane > 0 && high != '0 && !high[lane]; lane--) last--;
  endfunction

  /// The first beat after the piece that starts with `beat`, and the bytes of the piece.
  function automatic void find_piece();
    piece_end = beat + PieceBeats;
    if (piece_end > command.beats) piece_end = command.beats;
    first = command.address + 64'(beat) * 64'(BusBytes);
    last = command.address + 64'(piece_end) * 64'(BusBytes) - 64'd1;
  endfunction

  /// The command breaks a rule, and how many words it is about nobody knows.
  function automatic void refuse(input kind_e kind);
    // verilator no_inline_task
    outcome = OutcomeSlaveError;
    u_core.refused(kind, $sformatf("Avalon %s at 0x%0h: burstcount is 0", kind_name(kind),
                                   command.address));
  endfunction

  // ---- Reads ------------------------------------------------------------------------------------

  function automatic void read_piece();
    outcome_e so_far = outcome;
    find_piece();
    if (command.beats == 1) narrow(command.lanes, command.lanes);
    if (command.refused) begin
      refuse(KindRead);
      u_core.read_nothing(0);
      return;
    end
    outcome = u_core.read(0, 64'd0, first, last);
    if (u_core.withheld()) stuck = 1'b1;
    if (so_far != OutcomeOkay && `QDPI_BUG(AVALON_ERROR_STICKS)) outcome = so_far;
  endfunction

  function automatic logic [DataWidth-1:0] beat_data();
    logic [63:0] address = command.address + 64'(beat) * 64'(BusBytes);
    if (`QDPI_BUG(AVALON_READ_STANDS_STILL)) address = command.address;
    return u_core.read_lanes(0, address);
  endfunction

  function automatic bit read_beat_due();
    if (count == 0 || stuck) return 1'b0;
    command = queue[head];
    if (command.write || command.due > u_core.clock()) return 1'b0;
    return u_core.read_data_valid(BusBytes);
  endfunction

  // ---- Writes -----------------------------------------------------------------------------------

  /// Take what is complete of the oldest write to the guest, piece by piece.
  function automatic void write_piece();
    outcome_e here;
    u_core.write_begin(first, last);
    for (int unsigned i = beat; i < piece_end; i++) begin
      u_core.write_lanes(command.address + 64'(i) * 64'(BusBytes), datas[data_head],
                         lanes[data_head]);
      strobed += $countones(lanes[data_head]);
      data_head = (data_head + 1) % BufferBeats;
      data_count--;
    end
    beat = piece_end;
    if (command.refused) begin
      refuse(KindWrite);
      return;
    end
    here = u_core.write(64'd0);
    if (u_core.withheld() && WriteResponses) stuck = 1'b1;
    if (outcome == OutcomeOkay) outcome = here;
  endfunction

  function automatic void write_pieces();
    if (count == 0) return;
    command = queue[head];
    while (command.write && beat < command.beats) begin
      find_piece();
      if (data_count < piece_end - beat) return;
      narrow(lanes[data_head], lanes[(data_head+piece_end-beat-1)%BufferBeats]);
      write_piece();
    end
  endfunction

  function automatic bit write_answer_due();
    if (count == 0 || (stuck && WriteResponses)) return 1'b0;
    command = queue[head];
    if (!command.write || command.due > u_core.clock()) return 1'b0;
    if (beat != command.beats && !`QDPI_BUG(AVALON_RESPONDS_EARLY)) return 1'b0;
    return u_core.write_response_valid(strobed);
  endfunction

  /// Posted writes are nobody's answer: all that are done leave the queue at once.
  function automatic void finish_posted_writes();
    write_pieces();
    while (!WriteResponses && write_answer_due()) begin
      pop_command();
      complete();
      write_pieces();
    end
  endfunction

  // ---- The bus ----------------------------------------------------------------------------------

  function automatic bit stall_read();
    if (`QDPI_BUG(AVALON_LOSES_READ)) return 1'b0;
    // Ifs, here and below, since not every simulator leaves out the right side of || when it has a
    // side effect: a random number would be drawn.
    if (reads >= u_core.max_reads(MaxReads)) return 1'b1;
    return !u_core.read_address_ready();
  endfunction

  function automatic bit stall_write();
    if (data_count >= BufferBeats) return 1'b1;
    if (beats_to_come == 0) begin
      if (writes >= u_core.max_writes(MaxWrites)) return 1'b1;
      if (!u_core.write_address_ready()) return 1'b1;
    end
    return !u_core.write_data_ready();
  endfunction

  function automatic void accept();
    if (avalon_write_i && !wait_write_q) take_write_beat();
    else if (avalon_read_i && !avalon_write_i && !wait_read_q) push_command(1'b0);
  endfunction

  assign avalon_waitrequest_o = avalon_write_i ? wait_write_q : wait_read_q;

  // Not always_ff: the testbench's process sets the core up.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      wait_read_q                 <= 1'b1;
      wait_write_q                <= 1'b1;
      avalon_readdata_o           <= '0;
      avalon_readdatavalid_o      <= 1'b0;
      avalon_response_o           <= 2'b00;
      avalon_writeresponsevalid_o <= 1'b0;
    end else begin
      if (finished) complete();
      accept();
      finish_posted_writes();
      avalon_readdatavalid_o      <= 1'b0;
      avalon_writeresponsevalid_o <= 1'b0;
      if (read_beat_due()) begin
        if (beat == piece_end) read_piece();
        avalon_readdatavalid_o <= !stuck;
        avalon_readdata_o      <= beat_data();
        avalon_response_o      <= `QDPI_BUG(AVALON_ERROR_AS_OKAY) ? 2'b00 : outcome;
        beat++;
        if (beat == command.beats && !stuck) begin
          pop_command();
          finished = 1'b1;
        end
      end else if (WriteResponses && write_answer_due()) begin
        avalon_writeresponsevalid_o <= 1'b1;
        avalon_response_o           <= `QDPI_BUG(AVALON_ERROR_AS_OKAY) ? 2'b00 : outcome;
        pop_command();
        finished = 1'b1;
      end
      wait_read_q  <= stall_read();
      wait_write_q <= stall_write();
    end
  end

  // ---- The checker ------------------------------------------------------------------------------

  if (EnableChecker) begin : g_checker
    qdpi_avalon_checker #(
      .AddrWidth      (AddrWidth),
      .DataWidth      (DataWidth),
      .BurstcountWidth(BurstcountWidth),
      .WordAddresses  (WordAddresses),
      .WriteResponses (WriteResponses),
      .AnyByteenable  (AnyByteenable),
      .HangClocks     (HangClocks)
    ) u_checker (
      .clk_i,
      .rst_ni,
      .avalon_read_i,
      .avalon_write_i,
      .avalon_address_i,
      .avalon_burstcount_i,
      .avalon_byteenable_i,
      .avalon_writedata_i,
      .avalon_waitrequest_i       (avalon_waitrequest_o),
      .avalon_readdata_i          (avalon_readdata_o),
      .avalon_readdatavalid_i     (avalon_readdatavalid_o),
      .avalon_response_i          (avalon_response_o),
      .avalon_writeresponsevalid_i(avalon_writeresponsevalid_o)
    );
  end

  logic unused_lock;
  assign unused_lock = avalon_lock_i;

endmodule
