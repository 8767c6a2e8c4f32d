// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The scoreboard of qdpi_axis_writer: sends it packets with data, position and null bytes and
/// gives it random buffers, works out byte by byte what must be stored where, compares its
/// completions with that, and lets the reference have what they say was stored.
///
/// Uses u_random, u_choice, u_source, u_buffers and u_reference next to this module.
module tb_axis_stream_in #(
  /// Bits of the stream.
  parameter int unsigned DataWidth = 64,
  /// 1: the writer drops what does not fit into a buffer.
  parameter bit          DropRest  = 1'b0
) ();
  import qemu_dpi_pkg::*;
  import tb_axis_pkg::*;
  import tb_errors_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

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

  buffer_t     buffers[$];
  buffer_t     buffer;
  /* verilator lint_off UNUSEDSIGNAL */
  buffer_t     due_buffer;  // all but its beats
  /* verilator lint_on UNUSEDSIGNAL */
  bit          buffer_open;
  logic [8:0]  stored[$];  // strobe and byte, of all buffers in `buffers`, then of `buffer`
  bit          exact_buffers;  // the next buffer takes the next packet exactly
  int unsigned packet_bytes;
  int unsigned completions, refusals;

  /// Buffers whose completion has to come.
  function automatic int unsigned due();
    return buffers.size();
  endfunction

  /// Forget what has not completed. What of it was stored is nobody's business.
  function automatic void drop_all();
    if (buffer_open) buffers.push_back(buffer);
    foreach (buffers[i]) begin
      u_reference.learn(buffers[i].address, buffers[i].address + buffers[i].bytes - 1);
    end
    buffers.delete();
    stored.delete();
    buffer_open = 1'b0;
  endfunction

  // ---- What is sent ----------------------------------------------------------------------------

  function automatic void open_buffer();
    buffer = '0;
    case (u_random.random32() % 4)
      0: buffer.bytes = 64'(u_random.between(1, 2 * BusBytes));
      1: buffer.bytes = 64'(u_random.between(1, 6000));
      2: buffer.bytes = 2048;
      default: buffer.bytes = packet_bytes == 0 ? 1 : 64'(packet_bytes);
    endcase
    if (exact_buffers) buffer.bytes = packet_bytes == 0 ? 1 : 64'(packet_bytes);
    buffer.address = u_choice.place_in(Inbox, buffer.bytes);
    if (u_choice.refuse()) buffer.address = u_choice.place_refused(buffer.bytes, 1'b1);
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

  /// The next beat begins a packet of `bytes` bytes, by which buffers are chosen.
  function automatic void begin_packet(input int unsigned bytes);
    packet_bytes = bytes;
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

    begin_packet(bytes);
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

  // ---- What must come --------------------------------------------------------------------------

  /// How many of the next `bytes` stored ones must get to `first` until an access is refused, and
  /// the outcome.
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

  function automatic void check_now(input longint unsigned gpa);
    byte unsigned value;
    // A buffer of position bytes asks nothing of the guest, and completes without one.
    if (u_reference.is_lost) return;
    if (dpi_mem_read8(u_reference.bridge, gpa, value) < 0) value = ~u_reference.byte_at(gpa);
    // The next buffers may have overwritten it already, where they overlap.
    if (value != u_reference.byte_at(gpa) && buffers.size() == 0 && !buffer_open) begin
      wrong($sformatf("writer: byte 0x%0h is %h after its completion, must be %h", gpa, value,
                      u_reference.byte_at(gpa)));
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
    u_reference.admit_fault("writer: buffer", due_buffer.address, u_buffers.popped.outcome,
                            u_buffers.popped.bytes, done, outcome);
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

  /// Compare the completions that have come.
  function automatic void check_completions();
    while (u_buffers.size() != 0) begin
      u_buffers.pop();
      check_buffer();
    end
  endfunction

endmodule
