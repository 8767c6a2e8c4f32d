// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// Guest memory in, AXI-Stream out: each command sends one packet from guest memory to a device, as
/// the transmit half of a network card's DMA does. Simulation only.
///
///   qdpi_axis_reader #(.DataWidth(512), .Name("tx")) u_reader (
///     .clk_i, .rst_ni, .bridge_lost_o(bridge_lost),
///     .command_valid_i(valid), ... .completion_ready_i(ready), .axis_tvalid_o(tvalid), ...);
///   initial u_reader.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
///
/// * A command gives the GPA of the packet's first byte, of any alignment, its bytes, 1 to 2^32-1,
///   and its TID, TDEST and TUSER, which all of its beats carry. Packets come in the order of the
///   commands and are not interleaved. A command with no bytes, or that wraps around 2^64, is given
///   $error, sends nothing, and completes with a slave error and 0 bytes.
/// * The first byte of a packet is in the lowest lane whatever its address. All bytes are data
///   bytes; above them the last beat, which has TLAST, has null bytes (AXI-Stream, IHI 0051, 2.4.3,
///   2.5), with zeros in TDATA.
/// * Guest memory is read in accesses of at most 4096 bytes that do not cross a multiple of 4096,
///   each with the beat before the one that needs it, the first with the first beat.
/// * A completion comes when the last beat has been taken: the outcome and the bytes sent.
/// * An access that is refused (nothing there, outside the windows, bridge lost) ends the packet
///   with the last byte before it, with TLAST on that byte's beat: AXI-Stream has no error signal,
///   and a device that counts on TLAST must not hang. That beat's TUSER is ORed with ErrorUser, in
///   which a device that has one finds its "bad packet" bit. If the first access is refused there
///   is no packet. The completion tells the outcome; the next command is carried out as if nothing
///   had happened.
/// * One beat per clock, at every alignment, from packet to packet. Delays and injected faults are
///   the knobs of qdpi_port_pkg: read_address_ready for commands, read_latency from a command to
///   its first beat, read_data_valid for beats. A withheld response stops the stream until reset,
///   before the beat that needed the access: nothing may overtake on a stream.
module qdpi_axis_reader #(
  /// Bits of TDATA: 8, 16, 32, ... 1024.
  parameter int unsigned               DataWidth     = 64,
  /// Bits of TID, at least 1.
  parameter int unsigned               IdWidth       = 1,
  /// Bits of TDEST, at least 1.
  parameter int unsigned               DestWidth     = 1,
  /// Bits of TUSER, at least 1.
  parameter int unsigned               UserWidth     = 1,
  /// Commands accepted whose completion has not been taken. From 5 up there are no bubbles between
  /// packets of one beat.
  parameter int unsigned               MaxCommands   = 16,
  /// What is ORed into TUSER of the last beat of a packet that a refused access ended.
  parameter logic [UserWidth-1:0]      ErrorUser     = '0,
  /// The port's name in messages, logs and plusargs; "": its place in the hierarchy.
  parameter string                     Name          = "",
  /// 1: nothing is allowed before allow() is called.
  parameter bit                        Restricted    = 1'b0,
  /// 1: the stream is checked against the rules of AXI-Stream.
  parameter bit                        EnableChecker = 1'b1,
  /// Clocks after which the checker calls a transfer, or a packet without one, hanging. 0: never.
  parameter int unsigned               HangClocks    = 10_000,
  /// The knobs, for plusargs to change.
  parameter qdpi_port_pkg::behaviour_t Behaviour     = qdpi_port_pkg::Ideal
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: asynchronous, active low. Drops what is in progress.
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
  /// Command: GPA of the packet's first byte.
  input  logic [63:0]            command_address_i,
  /// Command: bytes of the packet.
  input  logic [31:0]            command_bytes_i,
  /// Command: TID of the packet.
  input  logic [IdWidth-1:0]     command_id_i,
  /// Command: TDEST of the packet.
  input  logic [DestWidth-1:0]   command_dest_i,
  /// Command: TUSER of the packet.
  input  logic [UserWidth-1:0]   command_user_i,

  /// Completion: valid. In the order of the commands.
  output logic                   completion_valid_o,
  /// Completion: ready.
  input  logic                   completion_ready_i,
  /// Completion: okay, slave error or decode error (outcome_e of qdpi_port_pkg).
  output logic [1:0]             completion_outcome_o,
  /// Completion: bytes sent.
  output logic [31:0]            completion_bytes_o,
  /// Completion: TID of the command.
  output logic [IdWidth-1:0]     completion_id_o,

  /// Stream: valid.
  output logic                   axis_tvalid_o,
  /// Stream: ready.
  input  logic                   axis_tready_i,
  /// Stream: data, first byte in the lowest lane.
  output logic [DataWidth-1:0]   axis_tdata_o,
  /// Stream: data bytes; as TKEEP.
  output logic [DataWidth/8-1:0] axis_tstrb_o,
  /// Stream: all ones, but in the last beat those of the bytes left.
  output logic [DataWidth/8-1:0] axis_tkeep_o,
  /// Stream: the packet ends.
  output logic                   axis_tlast_o,
  /// Stream: identifier.
  output logic [IdWidth-1:0]     axis_tid_o,
  /// Stream: destination.
  output logic [DestWidth-1:0]   axis_tdest_o,
  /// Stream: user signal.
  output logic [UserWidth-1:0]   axis_tuser_o
);
  import qdpi_port_pkg::*;

  // Of GPAs and of numbers of bytes, which go up to 2^32-1.
  localparam longint unsigned BusBytes = 64'(DataWidth) / 8;
  localparam longint unsigned PageBytes = 4096;

  if (!(DataWidth inside {8, 16, 32, 64, 128, 256, 512, 1024})) begin : g_bad_data_width
    $error("DataWidth is %0d, must be 8, 16, 32, 64, 128, 256, 512 or 1024", DataWidth);
  end

  // A packet, from its command to its completion.
  typedef struct packed {
    logic [63:0]          address;
    logic [31:0]          bytes;
    logic [IdWidth-1:0]   id;
    logic [DestWidth-1:0] dest;
    logic [UserWidth-1:0] user;
    outcome_e             outcome;
    logic [31:0]          sent;
    logic [31:0]          beats;
    longint unsigned      start_clock;
    longint unsigned      due_clock;
  } packet_t;

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

  // Packets that wait, oldest first, and the one that is being sent.
  packet_t                waiting [MaxCommands];
  int unsigned            waiting_head, waiting_tail, waiting_count;
  packet_t                current;
  bit                     sending;  // there is a current packet
  longint unsigned        place;    // GPA of its next byte
  longint unsigned        left;     // bytes that it has left; fewer once an access was refused
  longint unsigned        loaded;   // of these, how many have been read
  bit                     stuck;    // a response is being withheld

  // A beat may need the end of one access and the start of the next: the last line before `image`,
  // which is where the core's read image starts.
  longint unsigned        image;
  logic [DataWidth-1:0]   line_before;

  // The next beat.
  int unsigned            beat_bytes;
  logic [2*DataWidth-1:0] beat_data;
  logic [DataWidth/8-1:0] beat_keep;
  bit                     beat_last;

  // Completions that have not been shown, oldest first.
  packet_t                done [MaxCommands];
  int unsigned            done_head, done_tail, done_count;
  // Not all of it is of interest any more.
  /* verilator lint_off UNUSEDSIGNAL */
  packet_t                shown;
  /* verilator lint_on UNUSEDSIGNAL */
  int unsigned            unfinished;  // commands whose completion has not been taken

  function automatic void reset_state();
    u_core.reset_state();
    waiting_head = 0;
    waiting_tail = 0;
    waiting_count = 0;
    sending = 1'b0;
    stuck = 1'b0;
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
    waiting[waiting_tail].id = command_id_i;
    waiting[waiting_tail].dest = command_dest_i;
    waiting[waiting_tail].user = command_user_i;
    waiting[waiting_tail].start_clock = u_core.clock();
    waiting[waiting_tail].due_clock = u_core.clock() + 64'(u_core.read_latency());
    waiting_tail = (waiting_tail + 1) % MaxCommands;
    waiting_count++;
    unfinished++;
  endfunction

  /// Whether the current packet has bytes, none of them behind the last address.
  function automatic bit is_sound();
    return current.bytes != 0 && current.address + 64'(current.bytes) - 1 >= current.address;
  endfunction

  /// The oldest packet that waits becomes the current one.
  function automatic void next_packet();
    current = waiting[waiting_head];
    waiting_head = (waiting_head + 1) % MaxCommands;
    waiting_count--;
    sending = 1'b1;
    place = current.address;
    left = 64'(current.bytes);
    loaded = 0;
    if (!is_sound()) begin
      $error("%s: a packet of %0d bytes at 0x%0h has no bytes, or wraps around; give 1 to 2^32-1 bytes below 2^64",
             u_core.name(), current.bytes, current.address);
      current.outcome = OutcomeSlaveError;
      finish_packet();
    end
  endfunction

  function automatic void finish_packet();
    done[done_tail] = current;
    done_tail = (done_tail + 1) % MaxCommands;
    done_count++;
    sending = 1'b0;
  endfunction

  /// The beat on the stream has been taken.
  function automatic void beat_taken();
    if (axis_tlast_o) finish_packet();
  endfunction

  /// Whether a command may be taken on the next clock. Ifs, since not every simulator leaves out the
  /// right side of && when it has a side effect: a random number would be drawn.
  function automatic bit may_take_command();
    if (unfinished >= u_core.max_reads(MaxCommands)) return 1'b0;
    return u_core.read_address_ready();
  endfunction

  // ---- Bytes -----------------------------------------------------------------------------------

  /// The line around `gpa`.
  function automatic logic [DataWidth-1:0] line_at(input longint unsigned gpa);
    return gpa < image ? line_before : u_core.read_lanes(0, gpa);
  endfunction

  /// Read what the packet has in the next 4 KiB. A refusal ends the packet with what is loaded.
  function automatic void load();
    longint unsigned first = place + loaded;
    longint unsigned bytes = PageBytes - first % PageBytes;
    outcome_e        outcome;

    if (bytes > left - loaded) bytes = left - loaded;
    // No more than a beat's bytes are left then, so they are all in that line.
    if (loaded != 0 && !`QDPI_BUG(AXIS_KEEPS_OLD_LINE)) begin
      line_before = u_core.read_lanes(0, first - 1);
    end
    image = first;
    outcome = u_core.read(0, 64'(current.id), first, first + bytes - 1);
    if (u_core.withheld()) stuck = 1'b1;
    if (outcome == OutcomeOkay) begin
      loaded += bytes;
    end else begin
      current.outcome = outcome;
      left = loaded;
    end
  endfunction

  /// Load what the next beat needs, and a byte more, so as to know whether the beat is the last.
  function automatic void load_beat();
    while (!stuck && loaded < left && loaded <= BusBytes) load();
  endfunction

  /// How many bytes of the packet the next beat has.
  function automatic int unsigned next_bytes();
    return 32'(left < BusBytes ? left : BusBytes);
  endfunction

  /// Put the next bytes of the packet together.
  function automatic void gather_beat();
    longint unsigned lane = place % BusBytes;

    beat_bytes = next_bytes();
    beat_last = left <= BusBytes;
    beat_keep = ~((DataWidth/8)'(-1) << beat_bytes);
    beat_data = '0;
    beat_data[DataWidth-1:0] = line_at(place);
    if (lane + 64'(beat_bytes) > BusBytes) begin
      beat_data[2*DataWidth-1:DataWidth] = line_at(place + BusBytes - lane);
    end
    if (!`QDPI_BUG(AXIS_IGNORES_ALIGNMENT)) beat_data >>= 8 * lane;
    if (`QDPI_BUG(AXIS_KEEPS_ALL_BYTES)) beat_keep = '1;
    else beat_data[DataWidth-1:0] &= ~(DataWidth'(-1) << (8 * beat_bytes));
    place += 64'(beat_bytes);
    left -= 64'(beat_bytes);
    loaded -= 64'(beat_bytes);
    current.sent += beat_bytes;
    current.beats++;
  endfunction

  /// Make the next beat if one may be shown on the next clock.
  function automatic bit next_beat();
    if (!sending && waiting_count != 0 && waiting[waiting_head].due_clock <= u_core.clock()) begin
      next_packet();
    end
    if (!sending || stuck) return 1'b0;
    if (!u_core.read_data_valid(next_bytes())) return 1'b0;
    load_beat();
    if (stuck) return 1'b0;
    if (left == 0) begin
      finish_packet();
      return 1'b0;
    end
    gather_beat();
    return 1'b1;
  endfunction

  // ---- Completions -----------------------------------------------------------------------------

  function automatic void show_completion();
    shown = done[done_head];
    done_head = (done_head + 1) % MaxCommands;
    done_count--;
  endfunction

  function automatic void completion_taken();
    unfinished--;
    u_core.completed(KindRead, 64'(shown.id), shown.address, shown.sent, shown.sent, shown.beats,
                     shown.outcome, shown.start_clock);
  endfunction

  // ---- The clocked process ---------------------------------------------------------------------

  // Not always_ff: what testbenches call changes the state of the core too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      command_ready_o      <= 1'b0;
      completion_valid_o   <= 1'b0;
      completion_outcome_o <= OutcomeOkay;
      completion_bytes_o   <= '0;
      completion_id_o      <= '0;
      axis_tvalid_o        <= 1'b0;
      axis_tdata_o         <= '0;
      axis_tstrb_o         <= '0;
      axis_tkeep_o         <= '0;
      axis_tlast_o         <= 1'b0;
      axis_tid_o           <= '0;
      axis_tdest_o         <= '0;
      axis_tuser_o         <= '0;
    end else begin
      if (completion_valid_o && completion_ready_i) completion_taken();
      if (command_valid_i && command_ready_o) take_command();
      if (axis_tvalid_o && axis_tready_i) beat_taken();
      if (!axis_tvalid_o || axis_tready_i) begin
        axis_tvalid_o <= 1'b0;
        if (next_beat()) begin
          axis_tvalid_o <= 1'b1;
          axis_tdata_o  <= beat_data[DataWidth-1:0];
          axis_tstrb_o  <= beat_keep;
          axis_tkeep_o  <= beat_keep;
          axis_tlast_o  <= beat_last;
          axis_tid_o    <= current.id;
          axis_tdest_o  <= current.dest;
          axis_tuser_o  <= beat_last && current.outcome != OutcomeOkay
                           ? current.user | ErrorUser : current.user;
        end
      end
      if (!completion_valid_o || completion_ready_i) begin
        completion_valid_o <= 1'b0;
        if (done_count != 0) begin
          show_completion();
          completion_valid_o   <= 1'b1;
          completion_outcome_o <= shown.outcome;
          completion_bytes_o   <= shown.sent;
          completion_id_o      <= shown.id;
        end
      end
      command_ready_o <= may_take_command();
    end
  end

  if (EnableChecker) begin : g_checker
    qdpi_axis_checker #(
      .DataWidth       (DataWidth),
      .IdWidth         (IdWidth),
      .DestWidth       (DestWidth),
      .UserWidth       (UserWidth),
      .HangClocks      (HangClocks),
      .PacketHangClocks(HangClocks)
    ) u_checker (
      .clk_i,
      .rst_ni,
      .stall_is_fair_i(1'b0),
      .axis_tvalid_i(axis_tvalid_o),
      .axis_tready_i,
      .axis_tdata_i (axis_tdata_o),
      .axis_tstrb_i (axis_tstrb_o),
      .axis_tkeep_i (axis_tkeep_o),
      .axis_tlast_i (axis_tlast_o),
      .axis_tid_i   (axis_tid_o),
      .axis_tdest_i (axis_tdest_o),
      .axis_tuser_i (axis_tuser_o)
    );
  end

  // ---- For the testbench -----------------------------------------------------------------------

`define QDPI_PORT_CORE u_core
`include "qdpi_port_calls.svh"
`undef QDPI_PORT_CORE

  /// Since reset: packets completed.
  function automatic longint unsigned packets();
    return u_core.transactions(KindRead);
  endfunction

  /// Since reset: packets that completed with an error.
  function automatic longint unsigned errors();
    return u_core.errors(KindRead);
  endfunction

  /// What, where and why: the last access that was refused; "" if none was.
  function automatic string last_refusal();
    return u_core.last_refusal(KindRead);
  endfunction

endmodule
