// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// Exclusive access monitor of a port in front of guest memory: AMBA AXI, "Exclusive accesses".
/// Simulation only; state and functions, no signals.
///
/// An exclusive read reserves its range for its ID, together with the bytes that it gave. The
/// exclusive write succeeds if the reservation is still held and memory still has those bytes.
///
/// What it sees of other writers
///   * This port's other writes: all, through lost().
///   * The guest, other ports, the testbench: by the value only. A writer that put the same bytes
///     back (A to B to A) has gone unnoticed.
/// What it guarantees
///   * Up to 8 bytes: comparison and write are one compare-and-swap, atomic against the guest. (1
///     and 2 bytes: on the aligned 4 bytes around them, of which only the reserved ones must not
///     have changed.)
///   * 16 to 128 bytes: compared, then written. Not atomic: a guest's write in between is lost.
///
/// Word i of an image is the 8 bytes at (address rounded down to 8) + 8 * i, little endian; bit b
/// of its strobes belongs to its byte b.
module qdpi_exclusive_monitor #(
  /// Reservations held at a time. One more lets the oldest go: that exclusive write will fail.
  parameter int unsigned Entries = 16
) ();
  import qemu_dpi_pkg::*;

  /// The largest exclusive access, 128 bytes, in words.
  localparam int unsigned ImageWords = 16;

  // An entry number is an int, whatever the number of entries.
  // verilator lint_off UNUSEDSIGNAL
  // Only the functions write this, and these are called from the port's one process. Hence:
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they are called from one process, and read no signal.
  // verilator lint_off IMPURE
  bit              held      [Entries];
  int unsigned     ids       [Entries];
  longint unsigned addresses [Entries];
  int unsigned     sizes     [Entries];
  longint unsigned ages      [Entries];
  longint unsigned values    [Entries][ImageWords];
  longint unsigned now;

  longint unsigned expected [ImageWords];  // by the commit in progress
  longint unsigned current  [ImageWords];
  int              commit_result;
  bit              asked;

  /// Let all reservations go: on reset.
  function automatic void clear();
    // verilator no_inline_task
    for (int unsigned i = 0; i < Entries; i++) held[i] = 1'b0;
  endfunction

  /// The reservation of `id`; Entries: none.
  function automatic int unsigned entry_of(input int unsigned id);
    // verilator no_inline_task
    for (int unsigned i = 0; i < Entries; i++) if (held[i] && ids[i] == id) return i;
    return Entries;
  endfunction

  /// Where a new reservation of `id` goes: over its old one, a free one, or the oldest.
  function automatic int unsigned entry_for(input int unsigned id);
    // verilator no_inline_task
    int unsigned oldest = 0;
    if (entry_of(id) != Entries) return entry_of(id);
    for (int unsigned i = 0; i < Entries; i++) begin
      if (!held[i]) return i;
      if (ages[i] < ages[oldest]) oldest = i;
    end
    return oldest;
  endfunction

  /// True for 1, 2, 4 ... 128 bytes at a multiple of that: no other access can be exclusive.
  function automatic bit can_reserve(input longint unsigned address, input int unsigned bytes);
    // verilator no_inline_task
    return bytes inside {1, 2, 4, 8, 16, 32, 64, 128} && address % 64'(bytes) == 0;
  endfunction

  /// Whether the bridge has atomics at `gpa`: without them no exclusive access can be promised. The
  /// guest's memory is asked by adding 0 to it.
  function automatic bit has_atomics(input chandle bridge, input longint unsigned gpa);
    // verilator no_inline_task
    int unsigned previous = 0;
    return qemu_dpi_pkg::dpi_mem_fetch_add32(bridge, gpa & ~64'd3, 0, previous) == 0;
  endfunction

  /// An exclusive read of `id` gave `words`. Replaces the ID's reservation. A range that cannot be
  /// reserved only drops that.
  function automatic void reserve(input int unsigned id, input longint unsigned address,
                                  input int unsigned bytes,
                                  input longint unsigned words [ImageWords]);
    // verilator no_inline_task
    int unsigned entry = entry_for(id);
    now++;
    held[entry] = can_reserve(address, bytes);
    ids[entry] = id;
    addresses[entry] = address;
    sizes[entry] = bytes;
    ages[entry] = now;
    for (int unsigned i = 0; i < ImageWords; i++) values[entry][i] = words[i];
  endfunction

  /// Another write of this port has changed first..last.
  function automatic void lost(input longint unsigned first, input longint unsigned last);
    // verilator no_inline_task
    if (`QDPI_BUG(EXCLUSIVE_IGNORES_WRITES)) return;
    for (int unsigned i = 0; i < Entries; i++) begin
      if (addresses[i] <= last && addresses[i] + 64'(sizes[i]) - 1 >= first) held[i] = 1'b0;
    end
  endfunction

  /// Whether `id` holds a reservation.
  function automatic bit reserved(input int unsigned id);
    // verilator no_inline_task
    return entry_of(id) != Entries;
  endfunction

  /// `word` with the strobed bytes of `data`.
  function automatic longint unsigned merged(input longint unsigned word,
                                             input longint unsigned data,
                                             input byte unsigned strobe);
    // verilator no_inline_task
    longint unsigned value = word;
    for (int b = 0; b < 8; b++) if (strobe[b]) value[8*b+:8] = data[8*b+:8];
    return value;
  endfunction

  /// 8 bytes, by one compare-and-swap.
  function automatic bit commit_word(input chandle bridge, input longint unsigned address,
                                     input longint unsigned data, input byte unsigned strobe);
    // verilator no_inline_task
    longint unsigned desired = merged(expected[0], data, strobe);
    longint unsigned found = 0;
    commit_result = dpi_mem_cas64(bridge, address, expected[0], desired, found);
    return commit_result == 0 && found == expected[0];
  endfunction

  /// 1, 2 or 4 bytes, by compare-and-swap of the aligned 4 around them. Other bytes of these may
  /// change meanwhile: then again.
  function automatic bit commit_part(input chandle bridge, input longint unsigned address,
                                     input int unsigned bytes, input longint unsigned data,
                                     input byte unsigned strobe);
    // verilator no_inline_task
    int unsigned half = 32 * 32'(address[2]);
    int unsigned mask = 32'(qdpi_port_atomics_pkg::value_mask(bytes)) << (8 * address[1:0]);
    int unsigned wanted = 32'(expected[0] >> half);
    int unsigned found = 0, tried = 0, desired = 0;
    commit_result = dpi_mem_read32(bridge, address & ~64'd3, found);
    for (int unsigned i = 0; i < qdpi_port_atomics_pkg::MaxAttempts; i++) begin
      if (commit_result != 0 || ((found ^ wanted) & mask) != 0) return 1'b0;
      tried = found;
      desired = 32'(merged(64'(tried) << half, data, strobe) >> half);
      commit_result = dpi_mem_cas32(bridge, address & ~64'd3, tried, desired, found);
      if (commit_result == 0 && found == tried) return 1'b1;
    end
    return 1'b0;
  endfunction

  /// 16 to 128 bytes: compare, then write.
  function automatic bit commit_words(input chandle bridge, input longint unsigned address,
                                      input int unsigned bytes,
                                      input longint unsigned words [ImageWords],
                                      input byte unsigned strobes [ImageWords]);
    // verilator no_inline_task
    commit_result = dpi_mem_read_words(bridge, address, bytes / 8, current);
    if (commit_result != 0) return 1'b0;
    for (int unsigned i = 0; i < bytes / 8; i++) begin
      if (current[4'(i)] != expected[4'(i)]) return 1'b0;
    end
    commit_result = dpi_mem_write_words(bridge, address, bytes / 8, words, strobes);
    return commit_result == 0;
  endfunction

  // Returns, since Verilator 5.006 evaluates both sides of "if (c) x = f(); else x = g();".
  function automatic bit compare_and_write(input chandle bridge, input longint unsigned address,
                                           input int unsigned bytes,
                                           input longint unsigned words [ImageWords],
                                           input byte unsigned strobes [ImageWords]);
    // verilator no_inline_task
    if (bytes > 8) return commit_words(bridge, address, bytes, words, strobes);
    if (bytes == 8) return commit_word(bridge, address, words[0], strobes[0]);
    return commit_part(bridge, address, bytes, words[0], strobes[0]);
  endfunction

  /// The exclusive write of `id`: true if it was carried out. If not, memory is untouched. The
  /// reservation is gone either way, and on success all that overlap. Strobes outside the range
  /// must be 0. result() tells a lost reservation from a refusal of the bridge.
  function automatic bit commit(input chandle bridge, input int unsigned id,
                                input longint unsigned address, input int unsigned bytes,
                                input longint unsigned words [ImageWords],
                                input byte unsigned strobes [ImageWords]);
    // verilator no_inline_task
    int unsigned entry = entry_of(id);
    bit          success = 1'b0;
    commit_result = 0;
    asked = 1'b0;
    if (entry == Entries) return 1'b0;
    held[entry] = `QDPI_BUG(EXCLUSIVE_KEEPS_RESERVATION);
    if (addresses[entry] != address) return 1'b0;
    if (sizes[entry] != bytes && !`QDPI_BUG(EXCLUSIVE_IGNORES_SIZE)) return 1'b0;
    for (int unsigned i = 0; i < ImageWords; i++) expected[i] = values[entry][i];
    asked = 1'b1;
    success = compare_and_write(bridge, address, bytes, words, strobes);
    if (success && !`QDPI_BUG(EXCLUSIVE_KEEPS_RESERVATION)) begin
      lost(address, address + 64'(bytes) - 1);
    end
    return success;
  endfunction

  /// What the bridge said in the last commit: 0, also where the reservation was lost, or a negative
  /// qdpi_result_e.
  function automatic int result();
    // verilator no_inline_task
    return commit_result;
  endfunction

  /// Whether the bridge was asked in it: not where there was no reservation.
  function automatic bit has_asked();
    // verilator no_inline_task
    return asked;
  endfunction

endmodule
