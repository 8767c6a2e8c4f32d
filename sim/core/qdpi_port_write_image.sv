// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The bytes of one write, gathered beat by beat, until they go to the guest as a whole: part of
/// qdpi_port_core. Simulation only.
///
/// Word i is the 8 bytes at (first address rounded down to 8) + 8 * i, little endian; bit b of its
/// strobes belongs to its byte b. Words that no beat has reached have no strobes: those in front of
/// the newest beat are given them on the way, the others by finish().
module qdpi_port_write_image #(
  /// Bits of the data bus: 8, 16, ... 1024.
  parameter int unsigned DataWidth = 64
) ();

  import qdpi_port_pkg::ImageWords;

  localparam int unsigned BusBytes = DataWidth / 8;
  // A bus narrower than a word is treated as a word wide, with its lanes where the address says.
  localparam int unsigned WideBytes = BusBytes < 8 ? 8 : BusBytes;
  localparam int unsigned WideWords = WideBytes / 8;

  // Written by the functions only.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they are called from one process, and read no signal.
  // verilator lint_off IMPURE
  // Nor are the upper bits of an address used.
  // verilator lint_off UNUSEDSIGNAL
  longint unsigned words   [ImageWords];
  byte unsigned    strobes [ImageWords];
  longint unsigned first, last;
  int unsigned     count;
  int unsigned     fresh;  // the words from here on have no strobes yet

  /// Start with bytes `new_first` to `new_last`; none is strobed yet.
  function automatic void open(input longint unsigned new_first, input longint unsigned new_last);
    // verilator no_inline_task
    first = new_first;
    last = new_last;
    count = 32'((last >> 3) - (first >> 3) + 1);
    fresh = 0;
  endfunction

  /// The words below `end_word` that no beat has reached yet have no strobes.
  function automatic void clear_fresh(input int unsigned end_word);
    // verilator no_inline_task
    for (int unsigned i = fresh; i < end_word; i++) strobes[10'(i)] = 8'h00;
    if (fresh < end_word) fresh = end_word;
  endfunction

  /// No more beats will come.
  function automatic void finish();
    if (fresh < count) clear_fresh(count);
  endfunction

  /// Word `i` of a beat that is all strobed, and behind all that were put. For buses of 64 bits or
  /// more.
  function automatic void put_word(input int unsigned i, input longint unsigned data);
    words[10'(fresh+i)] = data;
    strobes[10'(fresh+i)] = 8'hff;
  endfunction

  /// That beat has all its words.
  function automatic void end_beat();
    fresh += WideWords;
  endfunction

  function automatic void merge_word(input logic [9:0] index, input longint unsigned data,
                                     input byte unsigned strobe);
    // verilator no_inline_task
    if (strobe == 8'hff || strobes[index] == 8'h00) begin
      words[index] = data;
    end else begin
      // Narrow beats share a word; where beats overlap, the last one wins.
      for (int b = 0; b < 8; b++) if (strobe[b]) words[index][8*b+:8] = data[8*b+:8];
    end
    strobes[index] |= strobe;
  endfunction

  /// The strobed lanes of `data` on a bus around `address`. No strobe may be outside the bytes that
  /// open() was given.
  function automatic void put_lanes(input longint unsigned address,
                                    input logic [DataWidth-1:0] data,
                                    input logic [DataWidth/8-1:0] lanes);
    // verilator no_inline_task
    // The word of the image that belongs to the lowest lanes; below 0, so a large number, if the image
    // starts in a later lane.
    int unsigned            index = 32'(((address >> 3) & ~(64'(WideWords) - 64'd1)) - (first >> 3));
    int unsigned            end_word = index + WideWords;
    logic [WideBytes*8-1:0] wide = {(WideBytes / BusBytes) {data}};
    logic [WideBytes-1:0]   wide_lanes;

    wide_lanes = WideBytes'(lanes) << (address[31:0] & (WideBytes - BusBytes));
    clear_fresh(end_word < count ? end_word : count);
    for (int unsigned i = 0; i < WideWords; i++) begin
      if (wide_lanes[8*i+:8] != 0) begin
        merge_word(10'(index + i), wide[64*i+:64], wide_lanes[8*i+:8]);
      end
    end
  endfunction

  /// The bytes from `gpa` up: the low ones, to the end of the word, are good.
  function automatic longint unsigned value(input longint unsigned gpa);
    return words[10'((gpa >> 3) - (first >> 3))] >> (8 * gpa[2:0]);
  endfunction

  /// Whether no byte has been strobed. After finish().
  function automatic bit is_empty();
    // verilator no_inline_task
    for (int unsigned i = 0; i < count; i++) if (strobes[10'(i)] != 8'h00) return 1'b0;
    return 1'b1;
  endfunction

  /// Whether every byte has been strobed.
  function automatic bit all_strobed();
    // verilator no_inline_task
    finish();
    for (int unsigned i = 0; i < count; i++) begin
      byte unsigned wanted = 8'hff;
      if (i == 0) wanted &= 8'(8'hff << first[2:0]);
      if (i == count - 1) wanted &= 8'(8'hff >> (3'd7 - last[2:0]));
      if ((strobes[10'(i)] & wanted) != wanted) return 1'b0;
    end
    return 1'b1;
  endfunction

endmodule
