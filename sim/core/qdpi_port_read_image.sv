// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The bytes that reads have brought from the guest, until they have been shown beat by beat: part of
/// qdpi_port_core. Simulation only.
///
/// Word i is the 8 bytes at (first address rounded down to 8) + 8 * i, little endian. There is one
/// image, that of the last read, and with keep() one for each read that may be half way on the bus.
module qdpi_port_read_image #(
  /// Bits of the data bus: 8, 16, ... 1024.
  parameter int unsigned DataWidth = 64,
  /// How many reads may be half way on the bus.
  parameter int unsigned Images    = 1
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
  // A slot number is an int, whatever the number of slots.
  // verilator lint_off UNUSEDSIGNAL
  longint unsigned        words  [ImageWords];          // of the last read
  longint unsigned        kept   [Images][ImageWords];  // of those that interleave
  bit                     is_kept[Images];              // which are these
  longint unsigned        firsts [Images];              // where they start, in words
  int unsigned            counts [Images];              // their words; 0: all zeros
  int unsigned            at;  // the word that the next beat starts with
  logic [WideBytes*8-1:0] wide;

  /// The words will be those around bytes `first` to `last`, in the image of `slot`.
  function automatic void open(input int unsigned slot, input longint unsigned first,
                               input longint unsigned last);
    firsts[slot] = first >> 3;
    counts[slot] = 32'((last >> 3) - (first >> 3) + 1);
    is_kept[slot] = 1'b0;
  endfunction

  /// The image of `slot` is zeros.
  function automatic void drop(input int unsigned slot);
    counts[slot] = 0;
  endfunction

  /// Other reads will come before the last beat of this one has been shown.
  function automatic void keep(input int unsigned slot);
    // verilator no_inline_task
    is_kept[slot] = 1'b1;
    for (int unsigned i = 0; i < counts[slot]; i++) kept[slot][10'(i)] = words[10'(i)];
  endfunction

  /// Flip a bit of byte `address` of the last read, which starts at `first`.
  function automatic void flip(input longint unsigned first, input longint unsigned address,
                               input int unsigned bit_number);
    // verilator no_inline_task
    words[10'((address >> 3) - (first >> 3))][6'({address[2:0], 3'(bit_number)})] ^= 1'b1;
  endfunction

  /// The byte lanes of the bus around `address`. Lanes that were not asked for carry the guest's bytes
  /// or zeros.
  function automatic logic [DataWidth-1:0] lanes(input int unsigned slot,
                                                 input longint unsigned address);
    // Below 0, so a large number, if the image starts in a later lane.
    int unsigned index = 32'(((address >> 3) & ~(64'(WideWords) - 64'd1)) - firsts[slot]);

    for (int unsigned i = 0; i < WideWords; i++) begin
      wide[64*i+:64] = index + i >= counts[slot] ? 64'd0
                     : is_kept[slot] ? kept[slot][10'(index+i)] : words[10'(index+i)];
    end
    return DataWidth'(wide >> (8 * (address[31:0] & (WideBytes - BusBytes))));
  endfunction

  /// From here on next_word() gives the last read from the beat that `address` is in.
  function automatic void seek(input int unsigned slot, input longint unsigned address);
    at = 32'((address >> 3) - firsts[slot]);
  endfunction

  /// Word `i` of that beat.
  function automatic longint unsigned next_word(input int unsigned i);
    return words[10'(at+i)];
  endfunction

  /// On to the next beat.
  function automatic void end_beat();
    at += WideWords;
  endfunction

endmodule
