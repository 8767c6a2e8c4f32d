// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// AXI-Stream in, guest memory out: packets that a device sends on a stream are stored in buffers
/// that commands name, as the receive half of a network card's DMA does. Simulation only.
///
///   qdpi_axis_writer #(.DataWidth(512), .Name("rx")) u_writer (
///     .clk_i, .rst_ni, .bridge_lost_o(bridge_lost),
///     .command_valid_i(valid), ... .completion_ready_i(ready), .axis_tvalid_i(tvalid), ...);
///   initial u_writer.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
///
/// * A command gives a buffer: the GPA of its first byte, of any alignment, and its bytes, 1 to
///   2^32-1. Packets fill the buffers in the order of the commands. TREADY is low while there is no
///   buffer. A command with no bytes, or that wraps around 2^64, is given $error, uses no packet,
///   and completes with a slave error and 0 bytes.
/// * Bytes (AXI-Stream, IHI 0051, 2.4.3): a data byte is stored at the next address; a position
///   byte takes up an address that stays as it is; a null byte takes up nothing. TSTRB without
///   TKEEP is reserved and taken for a null byte.
/// * A buffer completes when TLAST ends the packet in it (2.5), or when it is full. What of the
///   packet does not fit goes on in the next buffer; DropRest = 1 drops it up to its TLAST instead,
///   completes the buffer then, and counts the dropped bytes. completion_last_o tells whether the
///   packet ended, so a packet has exactly one completion with it. A buffer that is full with the
///   last byte of the packet has it; where the byte that filled it came without TLAST and only null
///   bytes follow, the next buffer has it, with 0 bytes.
/// * Bytes go to the guest in accesses of at most 4096 bytes that do not cross a multiple of 4096,
///   each when it is whole or the packet ends; the last one before completion_valid_o rises.
/// * An access that is refused (ROM, nothing there, outside the windows, bridge lost) changes
///   nothing. The buffer takes its share of the packet as if it had been stored, no byte of it
///   after the refused access is, and its completion tells the outcome, the bytes before that
///   access, and the others as dropped. The stream cannot be told: it has no response.
/// * TID and TDEST select nothing; a completion shows those of the buffer's first beat, and TUSER
///   of its last. Packets of several streams must not be interleaved, but for
///   AllowInterleaving = 1, with which transfers are stored in the order they come in.
/// * One beat per clock, at every alignment, from packet to packet. Delays and injected faults are
///   the knobs of qdpi_port_pkg: write_address_ready for commands, write_data_ready for TREADY,
///   write_response_valid for each access and each completion, write_latency for completions. A
///   withheld response is a completion that never comes; later ones do.
module qdpi_axis_writer #(
  /// Bits of TDATA: 8, 16, 32, ... 1024.
  parameter int unsigned               DataWidth         = 64,
  /// Bits of TID, at least 1.
  parameter int unsigned               IdWidth           = 1,
  /// Bits of TDEST, at least 1.
  parameter int unsigned               DestWidth         = 1,
  /// Bits of TUSER, at least 1.
  parameter int unsigned               UserWidth         = 1,
  /// Commands accepted whose completion has not been taken. From 5 up there are no bubbles between
  /// packets of one beat.
  parameter int unsigned               MaxCommands       = 16,
  /// 1: what of a packet does not fit into its buffer is dropped. 0: it goes into the next buffer.
  parameter bit                        DropRest          = 1'b0,
  /// 1: TID and TDEST may change inside a packet.
  parameter bit                        AllowInterleaving = 1'b0,
  /// The port's name in messages, logs and plusargs; "": its place in the hierarchy.
  parameter string                     Name              = "",
  /// 1: nothing is allowed before allow() is called.
  parameter bit                        Restricted        = 1'b0,
  /// 1: the stream is checked against the rules of AXI-Stream.
  parameter bit                        EnableChecker     = 1'b1,
  /// Clocks after which the checker calls a transfer hanging that has a buffer. 0: never.
  parameter int unsigned               HangClocks        = 10_000,
  /// The knobs, for plusargs to change.
  parameter qdpi_port_pkg::behaviour_t Behaviour         = qdpi_port_pkg::Ideal
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: asynchronous, active low. Drops what is in progress; what was stored stays stored.
  // The checker looks at it at clock edges.
  // verilator lint_off SYNCASYNCNET
  input  logic                   rst_ni,
  // verilator lint_on SYNCASYNCNET
  /// High from the first access that found the bridge lost until one gets through again.
  output logic                   bridge_lost_o,

  /// Command: valid.
  input  logic                   command_valid_i,
  /// Command: ready.
  output logic                   command_ready_o,
  /// Command: GPA of the buffer's first byte.
  input  logic [63:0]            command_address_i,
  /// Command: bytes of the buffer.
  input  logic [31:0]            command_bytes_i,

  /// Completion: valid. In the order of the commands.
  output logic                   completion_valid_o,
  /// Completion: ready.
  input  logic                   completion_ready_i,
  /// Completion: okay, slave error or decode error (outcome_e of qdpi_port_pkg).
  output logic [1:0]             completion_outcome_o,
  /// Completion: bytes of the buffer that were filled, position bytes included.
  output logic [31:0]            completion_bytes_o,
  /// Completion: bytes of the packet that were lost in this buffer, or behind it; at most 2^32-1.
  output logic [31:0]            completion_dropped_o,
  /// Completion: the packet ends here.
  output logic                   completion_last_o,
  /// Completion: TID of the first beat.
  output logic [IdWidth-1:0]     completion_id_o,
  /// Completion: TDEST of the first beat.
  output logic [DestWidth-1:0]   completion_dest_o,
  /// Completion: TUSER of the last beat.
  output logic [UserWidth-1:0]   completion_user_o,

  /// Stream: valid.
  input  logic                   axis_tvalid_i,
  /// Stream: ready.
  output logic                   axis_tready_o,
  /// Stream: data, first byte in the lowest lane.
  input  logic [DataWidth-1:0]   axis_tdata_i,
  /// Stream: which bytes are data, of those with TKEEP.
  input  logic [DataWidth/8-1:0] axis_tstrb_i,
  /// Stream: which bytes are not null.
  input  logic [DataWidth/8-1:0] axis_tkeep_i,
  /// Stream: the packet ends.
  input  logic                   axis_tlast_i,
  /// Stream: identifier.
  input  logic [IdWidth-1:0]     axis_tid_i,
  /// Stream: destination.
  input  logic [DestWidth-1:0]   axis_tdest_i,
  /// Stream: user signal.
  input  logic [UserWidth-1:0]   axis_tuser_i
);
  import qdpi_port_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned PageBytes = 4096;
  localparam int unsigned PageLines = PageBytes / BusBytes;
  localparam int unsigned LineBits = $clog2(PageLines);

  if (!(DataWidth inside {8, 16, 32, 64, 128, 256, 512, 1024})) begin : g_bad_data_width
    $error("DataWidth is %0d, must be 8, 16, 32, 64, 128, 256, 512 or 1024", DataWidth);
  end

  // A buffer, from its command to its completion.
  typedef struct packed {
    logic [63:0]          address;
    logic [31:0]          bytes;
    outcome_e             outcome;
    logic [31:0]          done;
    logic [31:0]          dropped;
    logic                 last;
    logic [IdWidth-1:0]   id;
    logic [DestWidth-1:0] dest;
    logic [UserWidth-1:0] user;
    logic [31:0]          beats;
    logic [31:0]          strobed;
    logic                 withheld;
    longint unsigned      start_clock;
    longint unsigned      due_clock;
  } buffer_t;

  qdpi_port_core #(
    .Protocol  ("AXI-Stream"),
    .Name      (Name),
    .DataWidth (DataWidth),
    .Restricted(Restricted),
    .Behaviour (Behaviour)
  ) u_core (
    .clk_i,
    .rst_ni,
    .bridge_lost_o
  );

  // The state of the model. Only the one clocked process writes it, through the functions below,
  // and nothing else reads it in a clock: what leaves the module goes through registers. Hence:
  // verilator lint_off BLKSEQ

  // Buffers that wait, oldest first, and the one that is being filled.
  buffer_t                waiting [MaxCommands];
  int unsigned            waiting_head, waiting_tail, waiting_count;
  buffer_t                current;
  bit                     filling;   // there is a current buffer
  bit                     dropping;  // it is full, and the rest of the packet is being dropped
  longint unsigned        place;     // GPA of its next byte
  longint unsigned        room;      // bytes that it has left

  // Bytes of the current buffer that have not gone to the guest, in lines of the bus's width.
  logic [DataWidth-1:0]   lines        [PageLines];
  logic [BusBytes-1:0]    line_strobes [PageLines];
  int unsigned            fresh_line;   // this line and those above hold nothing
  longint unsigned        chunk_first;  // GPA of the first of these bytes
  int unsigned            chunk_bytes;
  bit                     chunk_due;    // they must go before another byte can be taken

  // What is left of a beat, null bytes removed, first byte in the lowest lane.
  logic [DataWidth-1:0]   data;
  logic [BusBytes-1:0]    strobes;
  int unsigned            left;
  logic [IdWidth-1:0]     beat_id;
  logic [DestWidth-1:0]   beat_dest;
  logic [UserWidth-1:0]   beat_user;
  bit                     beat_last;
  bit                     beat_held;
  bit                     beat_noted;  // by the current buffer
  logic [2*DataWidth-1:0] shifted_data;
  logic [2*BusBytes-1:0]  shifted_strobes;

  // Completions that have not been shown, oldest first.
  buffer_t                done [MaxCommands];
  int unsigned            done_head, done_tail, done_count;
  // Not all of it is of interest any more.
  /* verilator lint_off UNUSEDSIGNAL */
  buffer_t                shown;
  /* verilator lint_on UNUSEDSIGNAL */
  int unsigned            unfinished;  // commands whose completion has not been taken

  function automatic void reset_state();
    u_core.reset_state();
    waiting_head = 0;
    waiting_tail = 0;
    waiting_count = 0;
    filling = 1'b0;
    dropping = 1'b0;
    fresh_line = 0;
    chunk_bytes = 0;
    chunk_due = 1'b0;
    left = 0;
    beat_held = 1'b0;
    done_head = 0;
    done_tail = 0;
    done_count = 0;
    unfinished = 0;
  endfunction

  // ---- Commands --------------------------------------------------------------------------------

  function automatic void take_command();
    waiting[waiting_tail] = '0;
    waiting[waiting_tail].address = command_address_i;
    waiting[waiting_tail].bytes = command_bytes_i;
    waiting[waiting_tail].start_clock = u_core.clock();
    waiting_tail = (waiting_tail + 1) % MaxCommands;
    waiting_count++;
    unfinished++;
  endfunction

  /// Whether the current buffer has bytes, none of them behind the last address.
  function automatic bit is_sound();
    return current.bytes != 0 && current.address + 64'(current.bytes) - 1 >= current.address;
  endfunction

  /// The oldest buffer that waits becomes the current one.
  function automatic void next_buffer();
    current = waiting[waiting_head];
    waiting_head = (waiting_head + 1) % MaxCommands;
    waiting_count--;
    filling = 1'b1;
    dropping = 1'b0;
    beat_noted = 1'b0;
    place = current.address;
    room = 64'(current.bytes);
    if (!is_sound()) begin
      $error("%s: a buffer of %0d bytes at 0x%0h has no bytes, or wraps around; give 1 to 2^32-1 bytes below 2^64",
             u_core.name(), current.bytes, current.address);
      current.outcome = OutcomeSlaveError;
      finish_buffer(1'b0);
    end
  endfunction

  function automatic void open_buffer();
    while (!filling && waiting_count != 0) next_buffer();
  endfunction

  /// The current buffer is complete. `last`: with it, the packet.
  function automatic void finish_buffer(input bit last);
    current.last = last;
    current.due_clock = u_core.clock() + 64'(u_core.write_latency());
    filling = 1'b0;
    // What is withheld is never taken, so it counts as unfinished for ever.
    if (current.withheld) return;
    done[done_tail] = current;
    done_tail = (done_tail + 1) % MaxCommands;
    done_count++;
  endfunction

  /// Whether a command may be taken on the next clock. Ifs, here and below, since not every simulator
  /// leaves out the right side of && when it has a side effect: a random number would be drawn.
  function automatic bit may_take_command();
    if (unfinished >= u_core.max_writes(MaxCommands)) return 1'b0;
    return u_core.write_address_ready();
  endfunction

  // ---- Bytes -----------------------------------------------------------------------------------

  function automatic void drop_bytes(input int unsigned count);
    current.dropped = current.dropped + count < current.dropped ? '1 : current.dropped + count;
  endfunction

  /// Take a beat, without its null bytes.
  function automatic void take_beat();
    logic [BusBytes-1:0] keep = axis_tkeep_i;
    logic [BusBytes-1:0] strobe = axis_tstrb_i;

    if (`QDPI_BUG(AXIS_IGNORES_TKEEP)) keep = '1;
    if (`QDPI_BUG(AXIS_IGNORES_TSTRB)) strobe = '1;
    data = axis_tdata_i;
    strobes = strobe & keep;
    left = BusBytes;
    beat_id = axis_tid_i;
    beat_dest = axis_tdest_i;
    beat_user = axis_tuser_i;
    beat_last = axis_tlast_i;
    beat_held = 1'b1;
    beat_noted = 1'b0;
    // Null bytes at the end need no work: what is beyond `left` is never looked at.
    if (keep != '1) left = $countones(keep);
    if ((keep & (keep + BusBytes'(1))) != 0) remove_null_bytes(keep);
  endfunction

  function automatic void remove_null_bytes(input logic [BusBytes-1:0] keep);
    int unsigned to = 0;
    for (int unsigned from = 0; from < BusBytes; from++) begin
      if (keep[from]) begin
        data[8*to+:8] = data[8*from+:8];
        strobes[to] = strobes[from];
        to++;
      end
    end
  endfunction

  /// Merge shifted_data and shifted_strobes into `line` and the one above it.
  function automatic void merge_lines(input int unsigned line, input int unsigned above);
    for (int unsigned i = line; i <= above; i++) begin
      if (i >= fresh_line) begin
        lines[LineBits'(i)] = '0;
        line_strobes[LineBits'(i)] = '0;
        fresh_line = i + 1;
      end
      // No byte of a chunk comes twice, and what comes around it is zero.
      lines[LineBits'(i)] |= shifted_data[DataWidth-1:0];
      line_strobes[LineBits'(i)] |= shifted_strobes[BusBytes-1:0];
      shifted_data >>= DataWidth;
      shifted_strobes >>= BusBytes;
    end
  endfunction

  /// Move as many bytes of the beat as fit from the beat to the chunk.
  function automatic void store_bytes();
    int unsigned offset = place[31:0] % PageBytes;
    int unsigned lane = offset % BusBytes;
    int unsigned limit = PageBytes - offset;
    int unsigned count;

    if (room < 64'(limit)) limit = 32'(room);
    count = left < limit ? left : limit;
    if (chunk_bytes == 0) begin
      chunk_first = place;
      fresh_line = offset / BusBytes;
    end
    if (`QDPI_BUG(AXIS_LOSES_BYTE_AT_PAGE) && offset + count == PageBytes) strobes[count-1] = 1'b0;
    shifted_data = '0;
    shifted_data[DataWidth-1:0] = data & ~(DataWidth'(-1) << (8 * count));
    shifted_strobes = '0;
    shifted_strobes[BusBytes-1:0] = strobes & ~(BusBytes'(-1) << count);
    if (!`QDPI_BUG(AXIS_IGNORES_ALIGNMENT)) begin
      shifted_data <<= 8 * lane;
      shifted_strobes <<= lane;
    end
    merge_lines(offset / BusBytes, (offset + count - 1) / BusBytes);
    data >>= 8 * count;
    strobes >>= count;
    left -= count;
    if (`QDPI_BUG(AXIS_LOSES_REST_OF_BEAT) && count == limit) left = 0;
    place += 64'(count);
    room -= 64'(count);
    chunk_bytes += count;
    chunk_due = count == limit;
  endfunction

  /// Take the chunk to the guest.
  function automatic void write_chunk();
    longint unsigned chunk_last = chunk_first + 64'(chunk_bytes) - 1;
    longint unsigned line_address = chunk_first & ~(64'(BusBytes) - 1);
    int unsigned     strobed = 0;
    outcome_e        outcome;

    u_core.write_begin(chunk_first, chunk_last);
    for (int unsigned i = (chunk_first[31:0] % PageBytes) / BusBytes; i < fresh_line; i++) begin
      u_core.write_lanes(line_address, lines[LineBits'(i)], line_strobes[LineBits'(i)]);
      strobed += $countones(line_strobes[LineBits'(i)]);
      line_address += 64'(BusBytes);
    end
    outcome = u_core.write(64'(current.id));
    if (u_core.withheld()) current.withheld = 1'b1;
    current.outcome = outcome;
    if (outcome != OutcomeOkay) return;
    current.done += chunk_bytes;
    current.strobed += strobed;
  endfunction

  /// The chunk goes to the guest, or is dropped if one before it was refused.
  function automatic void finish_chunk();
    if (current.outcome == OutcomeOkay) write_chunk();
    if (current.outcome != OutcomeOkay) drop_bytes(chunk_bytes);
    chunk_bytes = 0;
    chunk_due = 1'b0;
  endfunction

  /// The current buffer gets bytes of the beat.
  function automatic void note_beat();
    if (current.beats == 0) begin
      current.id = beat_id;
      current.dest = beat_dest;
    end
    current.user = beat_user;
    current.beats++;
    beat_noted = 1'b1;
  endfunction

  /// The next step with the beat that is held; false if there is none for now.
  function automatic bit advance();
    open_buffer();
    if (!filling) return 1'b0;
    if (!beat_noted) note_beat();
    if (dropping) begin
      drop_bytes(left);
      left = 0;
    end
    if (left != 0 && !chunk_due) store_bytes();
    if (chunk_bytes != 0 && left == 0 && beat_last) chunk_due = 1'b1;
    if (chunk_due) begin
      if (!u_core.write_response_valid(chunk_bytes)) return 1'b0;
      finish_chunk();
    end
    beat_held = left != 0;
    if (left == 0 && beat_last) finish_buffer(1'b1);
    else if (room == 0 && DropRest) dropping = 1'b1;
    else if (room == 0) finish_buffer(1'b0);
    return beat_held;
  endfunction

  function automatic void advance_all();
    bit more = beat_held;
    while (more) more = advance();
    open_buffer();
  endfunction

  /// Whether a beat may be taken on the next clock.
  function automatic bit may_take_beat();
    if (!filling || beat_held) return 1'b0;
    return u_core.write_data_ready();
  endfunction

  // ---- Completions -----------------------------------------------------------------------------

  function automatic bit completion_is_due();
    if (done_count == 0) return 1'b0;
    if (done[done_head].due_clock > u_core.clock()) return 1'b0;
    return u_core.write_response_valid(0);
  endfunction

  function automatic void show_completion();
    shown = done[done_head];
    done_head = (done_head + 1) % MaxCommands;
    done_count--;
  endfunction

  function automatic void completion_taken();
    unfinished--;
    u_core.completed(KindWrite, 64'(shown.id), shown.address, shown.done, shown.strobed,
                     shown.beats, shown.outcome, shown.start_clock);
  endfunction

  // ---- The clocked process ---------------------------------------------------------------------

  logic no_buffer;  // TREADY is low for want of a command

  // Not always_ff: what testbenches call changes the state of the core too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      no_buffer            <= 1'b1;
      command_ready_o      <= 1'b0;
      axis_tready_o        <= 1'b0;
      completion_valid_o   <= 1'b0;
      completion_outcome_o <= OutcomeOkay;
      completion_bytes_o   <= '0;
      completion_dropped_o <= '0;
      completion_last_o    <= 1'b0;
      completion_id_o      <= '0;
      completion_dest_o    <= '0;
      completion_user_o    <= '0;
    end else begin
      if (completion_valid_o && completion_ready_i) completion_taken();
      if (command_valid_i && command_ready_o) take_command();
      if (axis_tvalid_i && axis_tready_o) take_beat();
      advance_all();
      if (!completion_valid_o || completion_ready_i) begin
        completion_valid_o <= 1'b0;
        if (completion_is_due()) begin
          show_completion();
          completion_valid_o   <= 1'b1;
          completion_outcome_o <= shown.outcome;
          completion_bytes_o   <= shown.done;
          completion_dropped_o <= shown.dropped;
          completion_last_o    <= shown.last;
          completion_id_o      <= shown.id;
          completion_dest_o    <= shown.dest;
          completion_user_o    <= shown.user;
        end
      end
      command_ready_o <= may_take_command();
      axis_tready_o   <= may_take_beat();
      no_buffer       <= !filling;
    end
  end

  if (EnableChecker) begin : g_checker
    qdpi_axis_checker #(
      .DataWidth        (DataWidth),
      .IdWidth          (IdWidth),
      .DestWidth        (DestWidth),
      .UserWidth        (UserWidth),
      .AllowInterleaving(AllowInterleaving),
      .HangClocks       (HangClocks)
    ) u_checker (
      .clk_i,
      .rst_ni,
      .stall_is_fair_i(no_buffer),
      .axis_tvalid_i,
      .axis_tready_i(axis_tready_o),
      .axis_tdata_i,
      .axis_tstrb_i,
      .axis_tkeep_i,
      .axis_tlast_i,
      .axis_tid_i,
      .axis_tdest_i,
      .axis_tuser_i
    );
  end

  // ---- For the testbench -----------------------------------------------------------------------

`define QDPI_PORT_CORE u_core
`include "qdpi_port_calls.svh"
`undef QDPI_PORT_CORE

  /// Since reset: buffers completed.
  function automatic longint unsigned buffers();
    return u_core.transactions(KindWrite);
  endfunction

  /// Since reset: buffers that completed with an error.
  function automatic longint unsigned errors();
    return u_core.errors(KindWrite);
  endfunction

  /// What, where and why: the last access that was refused; "" if none was.
  function automatic string last_refusal();
    return u_core.last_refusal(KindWrite);
  endfunction

endmodule
