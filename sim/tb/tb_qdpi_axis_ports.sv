// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Test of qdpi_axis_writer and qdpi_axis_reader: random packets with data, position and null bytes
/// into random buffers, and random packets out of memory, both at once and in a loop, against a
/// byte-wise reference; refusals, windows, injected faults, reset, rate. Needs a RAM file with
/// machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N   its size (16 MiB)
///   +seed=N        of the random traffic (1)
///   +rounds=N      of random traffic (20)
///   +delayed       knobs are set: do not measure rates
///   +faults        knobs inject errors: accept those that are reported, but check what was done
///   +violate=RULE  instead of the tests break one rule: empty, wrap, attach, reserved, window. Ends
///                  without the sentinel, with QDPI VIOLATION ANSWERED if the ports did what they
///                  should.
///
/// At the end the RAM file is truncated, and the ports must complete commands with an error.
module tb_qdpi_axis_ports #(
  /// Bits of the streams.
  parameter int unsigned DataWidth = 64,
  /// 1: the writer drops what does not fit into a buffer.
  parameter bit          DropRest  = 1'b0
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import tb_ram_file_pkg::*;

  localparam int unsigned SideWidth = 4;
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam logic [SideWidth-1:0] ErrorUser = 4'h8;
  localparam logic [1:0] Okay = 2'd0, DecodeError = 2'd3, SlaveError = 2'd2;
  localparam longint unsigned PageBytes = 4096;
  localparam longint unsigned Hole = 64'ha_0000, Rom = 64'hc_0000, RomEnd = 64'h10_0000;
  // Where packets go to and where they come from; with a page around that nobody may touch.
  localparam longint unsigned Inbox = 64'h20_0000, Outbox = 64'h30_0000;
  localparam int unsigned BoxPages = 16;
  // A packet of 9000 bytes on a slow stream is all that comes for a while.
  localparam int unsigned WatchdogClocks = 20_000 + 300_000 / BusBytes;

  bit                    reset_request;
  logic                  tb_reset_n;
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic                  rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                  writer_lost, reader_lost;
  logic                  in_tvalid, in_tready, in_tlast, out_tvalid, out_tready, out_tlast;
  logic [DataWidth-1:0]  in_tdata, out_tdata;
  logic [BusBytes-1:0]   in_tstrb, in_tkeep, out_tstrb, out_tkeep;
  logic [SideWidth-1:0]  in_tid, in_tdest, in_tuser, out_tid, out_tdest, out_tuser;
  logic                  wc_valid, wc_ready, wd_valid, wd_ready, wd_last;
  logic                  rc_valid, rc_ready, rd_valid, rd_ready;
  logic [63:0]           wc_address, rc_address;
  logic [31:0]           wc_bytes, rc_bytes, wd_bytes, wd_dropped, rd_bytes;
  logic [1:0]            wd_outcome, rd_outcome;
  logic [SideWidth-1:0]  wd_id, wd_dest, wd_user, rc_id, rc_dest, rc_user, rd_id;
  // A writer's commands have none.
  /* verilator lint_off UNUSEDSIGNAL */
  logic [SideWidth-1:0]  wc_id, wc_dest, wc_user;
  /* verilator lint_on UNUSEDSIGNAL */

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_axis_writer #(
    .DataWidth(DataWidth), .IdWidth(SideWidth), .DestWidth(SideWidth), .UserWidth(SideWidth),
    .DropRest(DropRest), .Name("writer")
  ) u_writer (
    .clk_i,
    .rst_ni              (rst_n),
    .bridge_lost_o       (writer_lost),
    .command_valid_i     (wc_valid),
    .command_ready_o     (wc_ready),
    .command_address_i   (wc_address),
    .command_bytes_i     (wc_bytes),
    .completion_valid_o  (wd_valid),
    .completion_ready_i  (wd_ready),
    .completion_outcome_o(wd_outcome),
    .completion_bytes_o  (wd_bytes),
    .completion_dropped_o(wd_dropped),
    .completion_last_o   (wd_last),
    .completion_id_o     (wd_id),
    .completion_dest_o   (wd_dest),
    .completion_user_o   (wd_user),
    .axis_tvalid_i       (in_tvalid),
    .axis_tready_o       (in_tready),
    .axis_tdata_i        (in_tdata),
    .axis_tstrb_i        (in_tstrb),
    .axis_tkeep_i        (in_tkeep),
    .axis_tlast_i        (in_tlast),
    .axis_tid_i          (in_tid),
    .axis_tdest_i        (in_tdest),
    .axis_tuser_i        (in_tuser)
  );

  qdpi_axis_reader #(
    .DataWidth(DataWidth), .IdWidth(SideWidth), .DestWidth(SideWidth), .UserWidth(SideWidth),
    .ErrorUser(ErrorUser), .Name("reader")
  ) u_reader (
    .clk_i,
    .rst_ni              (rst_n),
    .bridge_lost_o       (reader_lost),
    .command_valid_i     (rc_valid),
    .command_ready_o     (rc_ready),
    .command_address_i   (rc_address),
    .command_bytes_i     (rc_bytes),
    .command_id_i        (rc_id),
    .command_dest_i      (rc_dest),
    .command_user_i      (rc_user),
    .completion_valid_o  (rd_valid),
    .completion_ready_i  (rd_ready),
    .completion_outcome_o(rd_outcome),
    .completion_bytes_o  (rd_bytes),
    .completion_id_o     (rd_id),
    .axis_tvalid_o       (out_tvalid),
    .axis_tready_i       (out_tready),
    .axis_tdata_o        (out_tdata),
    .axis_tstrb_o        (out_tstrb),
    .axis_tkeep_o        (out_tkeep),
    .axis_tlast_o        (out_tlast),
    .axis_tid_o          (out_tid),
    .axis_tdest_o        (out_tdest),
    .axis_tuser_o        (out_tuser)
  );

  tb_axis_commands #(.SideWidth(SideWidth)) u_buffers (
    .clk_i,
    .rst_ni              (rst_n),
    .command_valid_o     (wc_valid),
    .command_ready_i     (wc_ready),
    .command_address_o   (wc_address),
    .command_bytes_o     (wc_bytes),
    .command_id_o        (wc_id),
    .command_dest_o      (wc_dest),
    .command_user_o      (wc_user),
    .completion_valid_i  (wd_valid),
    .completion_ready_o  (wd_ready),
    .completion_outcome_i(wd_outcome),
    .completion_bytes_i  (wd_bytes),
    .completion_dropped_i(wd_dropped),
    .completion_last_i   (wd_last),
    .completion_id_i     (wd_id),
    .completion_dest_i   (wd_dest),
    .completion_user_i   (wd_user)
  );

  tb_axis_commands #(.SideWidth(SideWidth)) u_packets (
    .clk_i,
    .rst_ni              (rst_n),
    .command_valid_o     (rc_valid),
    .command_ready_i     (rc_ready),
    .command_address_o   (rc_address),
    .command_bytes_o     (rc_bytes),
    .command_id_o        (rc_id),
    .command_dest_o      (rc_dest),
    .command_user_o      (rc_user),
    .completion_valid_i  (rd_valid),
    .completion_ready_o  (rd_ready),
    .completion_outcome_i(rd_outcome),
    .completion_bytes_i  (rd_bytes),
    .completion_dropped_i(32'd0),
    .completion_last_i   (1'b0),
    .completion_id_i     (rd_id),
    .completion_dest_i   (4'd0),
    .completion_user_i   (4'd0)
  );

  tb_axis_source #(.DataWidth(DataWidth), .SideWidth(SideWidth)) u_source (
    .clk_i,
    .rst_ni       (rst_n),
    .axis_tvalid_o(in_tvalid),
    .axis_tready_i(in_tready),
    .axis_tdata_o (in_tdata),
    .axis_tstrb_o (in_tstrb),
    .axis_tkeep_o (in_tkeep),
    .axis_tlast_o (in_tlast),
    .axis_tid_o   (in_tid),
    .axis_tdest_o (in_tdest),
    .axis_tuser_o (in_tuser)
  );

  tb_axis_sink #(.DataWidth(DataWidth), .SideWidth(SideWidth)) u_sink (
    .clk_i,
    .rst_ni       (rst_n),
    .axis_tvalid_i(out_tvalid),
    .axis_tready_o(out_tready),
    .axis_tdata_i (out_tdata),
    .axis_tstrb_i (out_tstrb),
    .axis_tkeep_i (out_tkeep),
    .axis_tlast_i (out_tlast),
    .axis_tid_i   (out_tid),
    .axis_tdest_i (out_tdest),
    .axis_tuser_i (out_tuser)
  );

  tb_axis_reference u_reference ();
  tb_axis_random u_random ();

  // ---- What must come --------------------------------------------------------------------------

  // A buffer as the model fills it, and what its completion must say if nothing is refused.
  typedef struct packed {
    longint unsigned      address;
    longint unsigned      bytes;
    longint unsigned      filled;
    longint unsigned      dropped;
    logic                 last;
    logic [SideWidth-1:0] id;
    logic [SideWidth-1:0] dest;
    logic [SideWidth-1:0] user;
    int unsigned          beats;  // of use while it is being filled
  } buffer_t;

  // A packet that the reader must send.
  typedef struct packed {
    longint unsigned      address;
    longint unsigned      bytes;
    logic [SideWidth-1:0] id;
    logic [SideWidth-1:0] dest;
    logic [SideWidth-1:0] user;
  } packet_t;

  chandle          bridge;
  longint unsigned ram_bytes, seed;
  buffer_t         buffers[$];
  buffer_t         buffer;
  /* verilator lint_off UNUSEDSIGNAL */
  buffer_t         due_buffer;  // all but its beats
  /* verilator lint_on UNUSEDSIGNAL */
  bit              buffer_open;
  logic [8:0]      stored[$];  // strobe and byte, of all buffers in `buffers`, then of `buffer`
  packet_t         packets[$];
  packet_t         due_packet;
  bit              exact_buffers;  // the next buffer takes the next packet exactly
  bit              looped;         // what the reader sends goes to the writer
  bit              may_fail;       // knobs inject errors
  bit              refusals_wanted;
  int unsigned     errors, refusals, flipped_bits, completions;
  bit              expect_flips;
  int unsigned     packet_bytes;

  function automatic void wrong(input string what);
    errors++;
    $error("%s", what);
  endfunction

  // ---- Stream in -------------------------------------------------------------------------------

  /// A GPA in a box for `bytes` bytes: often near a page's end or at a round place.
  function automatic longint unsigned place_in(input longint unsigned box,
                                               input longint unsigned bytes);
    longint unsigned span = 64'(BoxPages) * PageBytes - bytes;
    longint unsigned offset = 64'(u_random.random32()) % (span + 1);
    case (u_random.random32() % 4)
      0: offset &= ~64'd63;
      1: offset = (offset | 64'hff0) + 64'(u_random.between(0, 15));
      default: ;
    endcase
    return box + (offset > span ? span : offset);
  endfunction

  /// A GPA from which `bytes` bytes, or the first of them, are refused.
  function automatic longint unsigned place_refused(input longint unsigned bytes);
    longint unsigned ahead = 64'(u_random.random32()) % (bytes < PageBytes ? bytes : PageBytes);
    case (u_random.random32() % 4)
      0: return Hole - ahead;
      1: return ram_bytes - ahead;
      2: return Rom + 64'(u_random.between(0, 8191));
      default: return ram_bytes + 64'(u_random.random32());
    endcase
  endfunction

  function automatic void open_buffer();
    buffer = '0;
    case (u_random.random32() % 4)
      0: buffer.bytes = 64'(u_random.between(1, 2 * BusBytes));
      1: buffer.bytes = 64'(u_random.between(1, 6000));
      2: buffer.bytes = 2048;
      default: buffer.bytes = packet_bytes == 0 ? 1 : 64'(packet_bytes);
    endcase
    if (exact_buffers) buffer.bytes = packet_bytes == 0 ? 1 : 64'(packet_bytes);
    buffer.address = place_in(Inbox, buffer.bytes);
    if (refusals_wanted && u_random.chance(8)) buffer.address = place_refused(buffer.bytes);
    u_buffers.push(buffer.address, 32'(buffer.bytes), '0, '0, '0);
    buffer_open = 1'b1;
  endfunction

  function automatic void close_buffer(input logic last);
    buffer.last = last;
    buffers.push_back(buffer);
    buffer_open = 1'b0;
  endfunction

  function automatic void note_beat(input logic [SideWidth-1:0] id,
                                    input logic [SideWidth-1:0] dest,
                                    input logic [SideWidth-1:0] user);
    if (!buffer_open) open_buffer();
    if (buffer.beats == 0) buffer.id = id;
    if (buffer.beats == 0) buffer.dest = dest;
    buffer.user = user;
    buffer.beats++;
  endfunction

  /// Send a beat, and work out where its bytes must go, one by one.
  function automatic void send_beat(input logic [DataWidth-1:0] data,
                                    input logic [BusBytes-1:0] strb,
                                    input logic [BusBytes-1:0] keep, input logic last,
                                    input logic [SideWidth-1:0] id,
                                    input logic [SideWidth-1:0] dest,
                                    input logic [SideWidth-1:0] user);
    u_source.push(data, strb, keep, last, id, dest, user);
    note_beat(id, dest, user);
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (!keep[i]) continue;
      if (buffer.filled == buffer.bytes && !DropRest) begin
        close_buffer(1'b0);
        note_beat(id, dest, user);
      end
      if (buffer.filled == buffer.bytes) begin
        buffer.dropped++;
      end else begin
        stored.push_back({strb[i], data[8*i+:8]});
        buffer.filled++;
      end
    end
    if (last) close_buffer(1'b1);
    else if (buffer.filled == buffer.bytes && !DropRest) close_buffer(1'b0);
  endfunction

  function automatic logic [DataWidth-1:0] random_data();
    logic [DataWidth-1:0] data;
    for (int unsigned i = 0; i < BusBytes; i++) data[8*i+:8] = 8'(u_random.random32());
    return data;
  endfunction

  function automatic logic [BusBytes-1:0] random_lanes(input int unsigned percent);
    logic [BusBytes-1:0] lanes;
    for (int unsigned i = 0; i < BusBytes; i++) lanes[i] = u_random.chance(percent);
    return lanes;
  endfunction

  /// Send a packet of `bytes` bytes; some of its bytes are null or position bytes.
  function automatic void send_packet(input int unsigned bytes, input int unsigned null_percent,
                                      input int unsigned position_percent);
    logic [SideWidth-1:0] id = 4'(u_random.random32());
    logic [SideWidth-1:0] dest = 4'(u_random.random32());
    logic [BusBytes-1:0]  keep;
    int unsigned          left = bytes;
    bit                   last = 1'b0;

    packet_bytes = bytes;
    while (!last) begin
      keep = random_lanes(100 - null_percent);
      if (null_percent != 0 && u_random.chance(10)) keep = '0;
      for (int unsigned i = 0; i < BusBytes; i++) begin
        if (left == 0) keep[i] = 1'b0;
        if (keep[i]) left--;
      end
      last = left == 0 && !(null_percent != 0 && u_random.chance(20));
      send_beat(random_data(), keep & random_lanes(100 - position_percent), keep, last, id, dest,
                4'(u_random.random32()));
    end
  endfunction

  function automatic int unsigned random_length();
    case (u_random.random32() % 8)
      0: return u_random.between(0, 2);
      1, 2: return u_random.between(1, 3 * BusBytes);
      3, 4: return u_random.between(1, 256);
      5: return BusBytes * u_random.between(1, 4);
      6: return u_random.between(1, 1600);
      default: return u_random.between(1, 9000);
    endcase
  endfunction

  /// How many of the next `bytes` stored ones must get to `first` until an access is refused, and the
  /// outcome.
  function automatic void judge_write(input longint unsigned first, input longint unsigned bytes,
                                      output longint unsigned done, output logic [1:0] outcome);
    longint unsigned count;
    bit              is_empty;
    logic [8:0]      next;
    done = 0;
    outcome = Okay;
    while (done < bytes) begin
      count = u_reference.access_bytes(first + done, bytes - done);
      is_empty = 1'b1;
      for (int i = int'(done); i < int'(done + count); i++) begin
        next = stored[i];
        if (next > 9'h0ff) is_empty = 1'b0;
      end
      outcome = u_reference.outcome_of(first + done, first + done + count - 1, 1'b1, is_empty);
      if (outcome != Okay) return;
      done += count;
    end
  endfunction

  /// Compare a completion of the writer, and let the reference have what it says was stored.
  function automatic void check_buffer();
    longint unsigned done;
    logic [1:0]      outcome;
    logic [8:0]      next;

    completions++;
    if (buffers.size() == 0) begin
      wrong("a completion of the writer that nobody expects");
      return;
    end
    due_buffer = buffers.pop_front();
    judge_write(due_buffer.address, due_buffer.filled, done, outcome);
    if (may_fail && u_buffers.popped.outcome != Okay) begin
      // Whatever was injected: it must have hit a whole access.
      if (64'(u_buffers.popped.bytes) > done
          || (u_buffers.popped.bytes != 0
              && (due_buffer.address + 64'(u_buffers.popped.bytes)) % PageBytes != 0)) begin
        wrong($sformatf("writer: buffer at 0x%0h: an error after %0d bytes, inside an access",
                        due_buffer.address, u_buffers.popped.bytes));
      end
      done = 64'(u_buffers.popped.bytes);
      outcome = u_buffers.popped.outcome;
    end
    if (outcome != Okay) refusals++;
    due_buffer.dropped += due_buffer.filled - done;
    if (u_buffers.popped != {outcome, 32'(done), 32'(due_buffer.dropped), due_buffer.last,
                             due_buffer.id, due_buffer.dest, due_buffer.user}) begin
      wrong($sformatf("writer: buffer of %0d bytes at 0x%0h: outcome, bytes, dropped, last, id, dest, user are %0d %0d %0d %0d %0h %0h %0h, expected %0d %0d %0d %0d %0h %0h %0h",
                      due_buffer.bytes, due_buffer.address, u_buffers.popped.outcome,
                      u_buffers.popped.bytes, u_buffers.popped.dropped, u_buffers.popped.last,
                      u_buffers.popped.id, u_buffers.popped.dest, u_buffers.popped.user, outcome,
                      done, due_buffer.dropped, due_buffer.last, due_buffer.id, due_buffer.dest,
                      due_buffer.user));
    end
    for (longint unsigned i = 0; i < due_buffer.filled; i++) begin
      next = stored.pop_front();
      if (i < done && next[8]) u_reference.set_byte(due_buffer.address + i, next[7:0]);
    end
    // The bytes must be there by now: look at the last one, check_memory() will at all.
    if (done != 0) check_now(due_buffer.address + done - 1);
  endfunction

  function automatic void check_now(input longint unsigned gpa);
    byte unsigned value;
    if (dpi_mem_read8(bridge, gpa, value) < 0) value = ~u_reference.byte_at(gpa);
    // The next buffers may have overwritten it already, where they overlap.
    if (value != u_reference.byte_at(gpa) && buffers.size() == 0 && !buffer_open) begin
      wrong($sformatf("writer: byte 0x%0h is %h after its completion, must be %h", gpa, value,
                      u_reference.byte_at(gpa)));
    end
  endfunction

  // ---- Stream out ------------------------------------------------------------------------------

  function automatic void fetch_packet(input longint unsigned address,
                                       input longint unsigned bytes);
    logic [SideWidth-1:0] id = 4'(u_random.random32());
    logic [SideWidth-1:0] dest = 4'(u_random.random32());
    logic [SideWidth-1:0] user = 4'(u_random.random32());
    packets.push_back({address, bytes, id, dest, user});
    u_packets.push(address, 32'(bytes), id, dest, user);
  endfunction

  /// Fetch a packet of `wanted` bytes; 0: of any number.
  function automatic void fetch_random_packet(input int unsigned wanted);
    longint unsigned bytes = wanted != 0 ? 64'(wanted) : 64'(random_length());
    bit              refused = refusals_wanted && u_random.chance(8);
    if (bytes == 0) bytes = 1;
    fetch_packet(refused ? place_refused(bytes) : place_in(Outbox, bytes), bytes);
  endfunction

  /// Compare the beats of one packet of `bytes` bytes, the last `outcome`.
  function automatic void check_beats(input longint unsigned bytes, input logic [1:0] outcome);
    longint unsigned      place = due_packet.address;
    longint unsigned      end_of_packet = due_packet.address + bytes;
    longint unsigned      count;
    logic [SideWidth-1:0] user;
    byte unsigned         got, want;

    while (place < end_of_packet) begin
      if (u_sink.size() == 0) begin
        wrong($sformatf("reader: packet at 0x%0h: beats are missing", due_packet.address));
        return;
      end
      u_sink.pop();
      count = end_of_packet - place < 64'(BusBytes) ? end_of_packet - place : 64'(BusBytes);
      user = due_packet.user;
      if (place + count == end_of_packet && outcome != Okay) user |= ErrorUser;
      if ({u_sink.popped.last, u_sink.popped.id, u_sink.popped.dest, u_sink.popped.user,
           u_sink.popped.keep, u_sink.popped.strb}
          != {place + count == end_of_packet, due_packet.id, due_packet.dest, user,
              {2{~(BusBytes'(-1) << count)}}}) begin
        wrong($sformatf("reader: packet of %0d bytes at 0x%0h, beat at 0x%0h: last %b, id %0h, dest %0h, user %0h, keep %0h, strb %0h",
                        due_packet.bytes, due_packet.address, place, u_sink.popped.last,
                        u_sink.popped.id, u_sink.popped.dest, u_sink.popped.user,
                        u_sink.popped.keep, u_sink.popped.strb));
      end
      for (int unsigned i = 0; i < BusBytes; i++) begin
        got = u_sink.popped.data[8*i+:8];
        want = 64'(i) < count ? u_reference.byte_at(place + 64'(i)) : 8'h00;
        flipped_bits += $countones(got ^ want);
        if (got != want && !expect_flips) begin
          wrong($sformatf("reader: packet of %0d bytes at 0x%0h: byte 0x%0h is %h, must be %h",
                          due_packet.bytes, due_packet.address, place + 64'(i), got, want));
          break;
        end
      end
      if (looped) loop_beat();
      place += count;
    end
  endfunction

  /// Give a beat of the reader to the writer, sometimes with an empty one before it.
  function automatic void loop_beat();
    for (bit empty = u_random.chance(10); ; empty = 1'b0) begin
      send_beat(u_sink.popped.data, empty ? '0 : u_sink.popped.strb,
                empty ? '0 : u_sink.popped.keep, !empty && u_sink.popped.last,
                u_sink.popped.id, u_sink.popped.dest, u_sink.popped.user);
      if (!empty) return;
    end
  endfunction

  /// Compare a completion of the reader, and its packet.
  function automatic void check_packet();
    longint unsigned done;
    logic [1:0]      outcome;

    completions++;
    if (packets.size() == 0) begin
      wrong("a completion of the reader that nobody expects");
      return;
    end
    due_packet = packets.pop_front();
    u_reference.judge_read(due_packet.address, due_packet.bytes, done, outcome);
    if (may_fail && u_packets.popped.outcome != Okay) begin
      if (64'(u_packets.popped.bytes) > done
          || (u_packets.popped.bytes != 0
              && (due_packet.address + 64'(u_packets.popped.bytes)) % PageBytes != 0)) begin
        wrong($sformatf("reader: packet at 0x%0h: an error after %0d bytes, inside an access",
                        due_packet.address, u_packets.popped.bytes));
      end
      done = 64'(u_packets.popped.bytes);
      outcome = u_packets.popped.outcome;
    end
    if (outcome != Okay) refusals++;
    if (u_packets.popped.outcome != outcome || u_packets.popped.bytes != 32'(done)
        || u_packets.popped.id != due_packet.id) begin
      wrong($sformatf("reader: packet of %0d bytes at 0x%0h: outcome, bytes, id are %0d %0d %0h, expected %0d %0d %0h",
                      due_packet.bytes, due_packet.address, u_packets.popped.outcome,
                      u_packets.popped.bytes, u_packets.popped.id, outcome, done, due_packet.id));
    end
    packet_bytes = 32'(done);
    check_beats(done, outcome);
  endfunction

  // ---- Sequence --------------------------------------------------------------------------------
  // Every step goes through the same few calls, since Verilator copies a function to each place that
  // calls it.

  typedef enum int unsigned {
    StepRandom, StepLoop, StepRateBeats, StepRateBytes, StepRateShort, StepRateLong, StepRateNulls,
    StepWindows, StepWriteError, StepReadError, StepFlip, StepReset, StepWithheld, StepAgain,
    StepLoss, StepEnd
  } step_e;

  int unsigned               plan_packets, plan_bytes, plan_nulls;
  bit                        plan_in, plan_out, plan_reset;
  qdpi_port_pkg::behaviour_t plan_writer, plan_reader;
  int unsigned               refused_before;

  function automatic void check_completions();
    while (u_buffers.size() != 0) begin
      u_buffers.pop();
      check_buffer();
    end
    while (u_packets.size() != 0) begin
      u_packets.pop();
      check_packet();
    end
  endfunction

  bit checking, finished;
  initial begin
    while (!finished) begin
      clocks(1);
      if (checking) check_completions();
    end
  end

  task automatic clocks(input int unsigned count);
    repeat (count) @(posedge clk_i);
  endtask

  /// Until everything expected has come and been checked.
  task automatic finish_traffic(input string what);
    int unsigned waited = 0;
    int unsigned seen = completions;
    while (packets.size() != 0 || buffers.size() != 0) begin
      clocks(1);
      waited = seen == completions ? waited + 1 : 0;
      seen = completions;
      if (waited == WatchdogClocks) begin
        $fatal(1, "%s: no completion for %0d clocks; %0d of the writer and %0d of the reader are due",
               what, waited, buffers.size(), packets.size());
      end
    end
    clocks(20);
    if (u_sink.size() != 0) wrong($sformatf("%s: %0d beats too many", what, u_sink.size()));
    u_sink.drop_all();
  endtask

  function automatic int unsigned random_pace();
    return u_random.chance(40) ? 100 : u_random.between(15, 90);
  endfunction

  function automatic void set_paces(input bit full);
    u_source.set_pace(full ? 100 : random_pace());
    u_sink.set_pace(full ? 100 : random_pace());
    u_buffers.set_pace(full ? 100 : random_pace(), full ? 100 : random_pace());
    u_packets.set_pace(full ? 100 : random_pace(), full ? 100 : random_pace());
  endfunction

  /// Drop everything in the middle of it.
  task automatic reset();
    reset_request = 1'b1;
    clocks(3);
    u_source.drop_all();
    u_sink.drop_all();
    u_buffers.drop_all();
    u_packets.drop_all();
    buffers.delete();
    packets.delete();
    stored.delete();
    buffer_open = 1'b0;
    reset_request = 1'b0;
    clocks(3);
  endtask

  function automatic bit is_rate(input step_e step);
    return step inside {StepRateBeats, StepRateBytes, StepRateShort, StepRateLong, StepRateNulls};
  endfunction

  /// Whether the step makes sense with the knobs of this run.
  function automatic bit is_wanted(input step_e step);
    if (is_rate(step)) return $test$plusargs("delayed") == 0 && !may_fail;
    if (step inside {StepWriteError, StepReadError, StepFlip}) return !may_fail;
    return 1'b1;
  endfunction

  /// Decide what the step does.
  function automatic void prepare(input step_e step);
    plan_packets = 30;
    plan_bytes = 0;
    plan_nulls = 30;
    plan_in = step != StepLoop && step != StepReadError && step != StepFlip;
    plan_out = step != StepWriteError;
    plan_reset = step == StepReset || step == StepWithheld;
    plan_writer = qdpi_port_pkg::Ideal;
    plan_reader = qdpi_port_pkg::Ideal;
    refused_before = refusals;
    looped = step == StepLoop;
    exact_buffers = is_rate(step);
    expect_flips = step == StepFlip;
    flipped_bits = 0;
    refusals_wanted = step == StepWindows || (step == StepRandom && u_random.chance(50));
    if (is_rate(step)) plan_nulls = 0;
    case (step)
      StepRateBeats: plan_bytes = BusBytes;
      StepRateBytes: plan_bytes = 1;
      StepRateShort: plan_bytes = 3 * BusBytes + 1;
      StepRateLong: begin
        plan_packets = 5;
        plan_bytes = 9001;
      end
      StepRateNulls: begin
        plan_bytes = 2 * BusBytes;
        plan_nulls = 30;
      end
      StepWriteError: begin
        plan_bytes = 9000;
        plan_writer.error_first = Inbox + 5 * PageBytes;
        plan_writer.error_last = Inbox + 8 * PageBytes - 1;
        u_reference.inject(plan_writer.error_first, plan_writer.error_last);
      end
      StepReadError: begin
        plan_bytes = 9000;
        plan_reader.error_first = Outbox + 7 * PageBytes;
        plan_reader.error_last = Outbox + 8 * PageBytes - 1;
        u_reference.inject(plan_reader.error_first, plan_reader.error_last);
      end
      StepFlip: begin
        plan_packets = 1;
        plan_bytes = BoxPages * 32'(PageBytes);
        plan_reader.corrupt_first = Outbox + 40;
        plan_reader.corrupt_last = Outbox + 50;
      end
      StepWithheld: begin
        plan_packets = 1;
        plan_bytes = 100;
        plan_writer.withhold_ppm = 1_000_000;
        plan_reader.withhold_ppm = 1_000_000;
      end
      StepLoss: begin
        lose_ram_file();
        u_reference.lose();
      end
      default: ;
    endcase
  endfunction

  /// Let the ports use less than everything, or everything.
  function automatic void set_windows(input bit restricted);
    longint unsigned outbox_middle = Outbox + 8 * PageBytes - 1;
    u_writer.expect_window_errors(restricted);
    u_reader.expect_window_errors(restricted);
    if (restricted) begin
      u_reference.allow(Inbox, outbox_middle);
      u_writer.allow(Inbox, Inbox + 7 * PageBytes + 12, 1'b0, 1'b1);
      u_writer.allow(Inbox + 7 * PageBytes + 13, outbox_middle, 1'b1, 1'b1);
      u_reader.allow(Inbox, outbox_middle, 1'b1, 1'b0);
    end else begin
      u_reference.allow_all();
      u_writer.allow_all();
      u_reader.allow_all();
    end
  endfunction

  function automatic void start_packet(input bit at_rate);
    bit          with_nulls = at_rate || u_random.chance(50);
    bit          with_positions = !at_rate && u_random.chance(30);
    int unsigned bytes = plan_bytes != 0 ? plan_bytes : random_length();
    if (plan_in) begin
      send_packet(bytes, with_nulls ? plan_nulls : 0, with_positions ? 40 : 0);
    end
    if (plan_out) fetch_random_packet(plan_bytes);
  endfunction

  /// Look at what the step has shown.
  function automatic void conclude(input step_e step);
    if (writer_lost != (step == StepLoss) || reader_lost != (step == StepLoss)) begin
      wrong($sformatf("%s: bridge_lost_o is %b, %b", step.name(), writer_lost, reader_lost));
    end
    case (step)
      StepWindows: begin
        if (u_writer.window_errors() == 0) wrong("writer: no access was outside the windows");
        if (u_reader.window_errors() == 0) wrong("reader: no access was outside the windows");
      end
      StepWriteError, StepReadError: begin
        if (refusals == refused_before) wrong("no injected error was reported");
        u_reference.inject(1, 0);
      end
      StepFlip: begin
        if (flipped_bits != 1) wrong($sformatf("%0d bits were flipped, not 1", flipped_bits));
      end
      StepWithheld: begin
        if (completions != 0) wrong("a completion that should have been withheld");
        if (u_sink.beats() != 0) wrong("reader: a beat that should have been withheld");
      end
      default: ;
    endcase
    if (!is_rate(step)) return;
    $display("%s: in %0d beats in %0d clocks, out %0d beats in %0d clocks", step.name(),
             u_source.beats(), u_source.clocks(), u_sink.beats(), u_sink.clocks());
    if (64'(u_source.beats()) != u_source.clocks()) wrong("writer: clocks were lost");
    if (64'(u_sink.beats()) != u_sink.clocks()) wrong("reader: clocks were lost");
  endfunction

  /// What has nothing to take and nothing to show draws no random number.
  task automatic test_rest();
    qdpi_port_pkg::behaviour_t slow = qdpi_port_pkg::Ideal;
    slow.write_data_ready = 60;
    slow.write_response_valid = 60;
    u_writer.configure(slow);
    clocks(50);
    if (u_writer.u_core.u_behaviour.states[qdpi_port_pkg::StreamWriteData] != 0
        || u_writer.u_core.u_behaviour.states[qdpi_port_pkg::StreamWriteResponse] != 0) begin
      wrong("writer: random numbers were drawn at rest");
    end
  endtask

  task automatic run_step(input step_e step);
    prepare(step);
    // The packet of StepFlip, as long as a box, would keep a slow stream of 8 bits busy for too long.
    set_paces(is_rate(step) || step inside {StepFlip, StepWithheld});
    set_windows(step == StepWindows);
    u_writer.configure(plan_writer);
    u_reader.configure(plan_reader);
    u_source.reset_counts();
    u_sink.reset_counts();
    completions = 0;
    for (int unsigned i = 0; i < plan_packets; i++) start_packet(is_rate(step));
    if (plan_reset) begin
      clocks(step == StepWithheld ? 2000 : u_random.between(50, 400));
      conclude(step);
      reset();
      // What the packet that was dropped had stored of the inbox is nobody's business.
      u_reference.learn(Inbox, Inbox + 64'(BoxPages) * PageBytes - 1);
    end else begin
      finish_traffic(step.name());
      conclude(step);
    end
    u_reference.check_memory(step.name());
  endtask

  task automatic violate(input string rule);
    int unsigned expected_writes = 1;
    logic [1:0]  outcome = SlaveError;
    set_paces(1'b1);
    case (rule)
      "empty": begin
        u_buffers.push(Inbox, 32'd0, '0, '0, '0);
        u_packets.push(Outbox, 32'd0, '0, '0, '0);
      end
      "wrap": begin
        u_buffers.push(64'hffff_ffff_ffff_fff0, 32'd17, '0, '0, '0);
        u_packets.push(64'hffff_ffff_ffff_fff0, 32'd17, '0, '0, '0);
      end
      "attach": begin
        u_writer.attach(null);
        u_reader.attach(null);
        u_buffers.push(Inbox, 32'd16, '0, '0, '0);
        u_packets.push(Outbox, 32'd16, '0, '0, '0);
        u_source.push('1, '1, '1, 1'b1, '0, '0, '0);
      end
      "window": begin
        outcome = DecodeError;
        u_writer.allow(Inbox + 1, Inbox + PageBytes - 1, 1'b1, 1'b1);
        u_reader.allow(Outbox + 1, Outbox + PageBytes - 1, 1'b1, 1'b1);
        u_buffers.push(Inbox, 32'd16, '0, '0, '0);
        u_packets.push(Outbox, 32'd16, '0, '0, '0);
        u_source.push('1, '1, '1, 1'b1, '0, '0, '0);
      end
      "reserved": begin
        expected_writes = 0;
        u_source.push('1, '1, '0, 1'b1, '0, '0, '0);
      end
      default: $fatal(1, "+violate=%s: no such rule", rule);
    endcase
    clocks(200);
    if (expected_writes != 0) begin
      if (u_buffers.size() != 1 || u_packets.size() != 1 || u_sink.size() != 0) return;
      u_buffers.pop();
      u_packets.pop();
      if (u_buffers.popped.outcome != outcome || u_buffers.popped.bytes != 0
          || u_packets.popped.outcome != outcome || u_packets.popped.bytes != 0) return;
      if ((rule == "attach" || rule == "window")
          && (u_writer.last_refusal() == "" || u_reader.last_refusal() == "")) return;
    end
    u_reference.check_memory("violation");
    if (errors == 0 && u_reference.errors == 0) $display("QDPI VIOLATION ANSWERED");
  endtask

  task automatic set_up();
    bridge = dpi_open_or_fatal("");
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    u_writer.attach(bridge);
    u_reader.attach(bridge);
    u_random.seed(seed, 1);
    u_source.seed(seed, 2);
    u_sink.seed(seed, 3);
    u_buffers.seed(seed, 4);
    u_packets.seed(seed, 5);
    u_reference.attach(bridge, ram_bytes);
    u_reference.watch(Inbox - PageBytes, BoxPages + 2);
    u_reference.watch(Outbox - PageBytes, BoxPages + 2);
    u_reference.watch(Hole - 2 * PageBytes, 2);
    u_reference.watch(Rom, 6);
    u_reference.watch(RomEnd, 1);
    u_reference.watch(ram_bytes - 2 * PageBytes, 2);
    u_reference.scramble(seed, ram_bytes);
    u_reference.learn(0, '1);
    may_fail = $test$plusargs("faults") != 0;
  endtask

  initial begin
    int unsigned rounds;
    string       rule;
    step_e       step;

    set_up();
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 20;
    while (!rst_n) clocks(1);
    clocks(5);
    if ($value$plusargs("violate=%s", rule) != 0) begin
      violate(rule);
    end else begin
      test_rest();
      checking = 1'b1;
      step = StepRandom;
      while (step != StepEnd) begin
        if (is_wanted(step)) run_step(step);
        if (step == StepRandom && rounds > 1) rounds--;
        else step = step.next();
      end
      u_writer.report();
      u_reader.report();
      if (refusals == 0) wrong("nothing was refused");
      errors += u_reference.errors;
      if (errors == 0) $display("QDPI TEST PASSED");
    end
    finished = 1'b1;
    $finish;
  end

  final dpi_close(bridge);

endmodule
