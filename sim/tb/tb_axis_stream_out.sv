// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The scoreboard of qdpi_axis_reader: commands random packets out of memory, and compares its
/// completions and every beat of the packets with the reference. In a loop it hands the beats on to
/// the writer.
///
/// Uses u_random, u_choice, u_packets, u_sink, u_reference and, in a loop, u_stream_in next to this
/// module.
module tb_axis_stream_out #(
  /// Bits of the stream.
  parameter int unsigned DataWidth = 64
) ();
  import tb_axis_pkg::*;
  import tb_errors_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  // A packet that the reader must send.
  typedef struct packed {
    longint unsigned      address;
    longint unsigned      bytes;
    logic [SideWidth-1:0] id;
    logic [SideWidth-1:0] dest;
    logic [SideWidth-1:0] user;
  } packet_t;

  packet_t     packets[$];
  packet_t     due_packet;
  bit          looped;        // what the reader sends goes to the writer
  bit          expect_flips;  // bits are flipped: they are counted, and no error
  int unsigned flipped_bits;
  int unsigned completions, refusals;

  /// Packets that have to come.
  function automatic int unsigned due();
    return packets.size();
  endfunction

  /// Forget what has not come.
  function automatic void drop_all();
    packets.delete();
  endfunction

  // ---- What is asked for -----------------------------------------------------------------------

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
    longint unsigned bytes = wanted != 0 ? 64'(wanted) : 64'(u_choice.random_length());
    bit              refused = u_choice.refuse();
    if (bytes == 0) bytes = 1;
    fetch_packet(refused ? u_choice.place_refused(bytes, 1'b0) : u_choice.place_in(Outbox, bytes),
                 bytes);
  endfunction

  // ---- What must come --------------------------------------------------------------------------

  /// Give a beat of the reader to the writer, sometimes with an empty one before it.
  function automatic void loop_beat();
    for (bit empty = u_random.chance(10); ; empty = 1'b0) begin
      u_stream_in.send_beat(u_sink.popped.data, empty ? '0 : u_sink.popped.strb,
                            empty ? '0 : u_sink.popped.keep, !empty && u_sink.popped.last,
                            u_sink.popped.id, u_sink.popped.dest, u_sink.popped.user);
      if (!empty) return;
    end
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
    u_reference.admit_fault("reader: packet", due_packet.address, u_packets.popped.outcome,
                            u_packets.popped.bytes, done, outcome);
    if (outcome != Okay) refusals++;
    if (u_packets.popped.outcome != outcome || u_packets.popped.bytes != 32'(done)
        || u_packets.popped.id != due_packet.id) begin
      wrong($sformatf("reader: packet of %0d bytes at 0x%0h: outcome, bytes, id are %0d %0d %0h, expected %0d %0d %0h",
                      due_packet.bytes, due_packet.address, u_packets.popped.outcome,
                      u_packets.popped.bytes, u_packets.popped.id, outcome, done, due_packet.id));
    end
    if (looped) u_stream_in.begin_packet(32'(done));
    check_beats(done, outcome);
  endfunction

  /// Compare the completions that have come.
  function automatic void check_completions();
    while (u_packets.size() != 0) begin
      u_packets.pop();
      check_packet();
    end
  endfunction

endmodule
