// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What guest memory must hold while AXI-Stream ports work on it, byte by byte, and what becomes of
/// accesses to it. For tb_qdpi_axis_ports; a guest of machine=pc.
module tb_axis_reference ();
  import qemu_dpi_pkg::*;
  import tb_axis_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  chandle          bridge;
  longint unsigned ram_bytes;
  longint unsigned window_first, window_last;  // what the ports may use
  longint unsigned error_first, error_last;    // where an error is injected
  bit              may_fail;                   // errors are injected anywhere
  int unsigned     faults;                     // those that were seen
  bit              is_lost;                    // there is no memory any more
  byte unsigned    memory [longint unsigned];  // by GPA, of the pages that learn() was given
  longint unsigned pages [$];
  byte unsigned    page [4096];

  tb_axis_random u_random ();

  /// Use this guest, of `bytes` bytes.
  function automatic void attach(input chandle handle, input longint unsigned bytes);
    bridge = handle;
    ram_bytes = bytes;
    allow_all();
    inject(1, 0);
  endfunction

  /// The ports may use `first` to `last` only.
  function automatic void allow(input longint unsigned first, input longint unsigned last);
    window_first = first;
    window_last = last;
  endfunction

  /// The ports may use everything.
  function automatic void allow_all();
    allow(0, '1);
  endfunction

  /// Accesses that touch `first` to `last` get an error.
  function automatic void inject(input longint unsigned first, input longint unsigned last);
    error_first = first;
    error_last = last;
  endfunction

  /// The guest's memory is gone, and nobody can look at it again.
  function automatic void lose();
    is_lost = 1'b1;
    pages.delete();
  endfunction

  function automatic void read_page(input longint unsigned gpa);
    int result = dpi_mem_read(bridge, gpa, page);
    if (result < 0) wrong($sformatf("cannot look at page 0x%0h: %s", gpa, dpi_last_error(bridge)));
  endfunction

  /// Watch `count` pages from `gpa`.
  function automatic void watch(input longint unsigned gpa, input int unsigned count);
    for (int unsigned i = 0; i < count; i++) pages.push_back(gpa + 64'(i) * PageBytes);
  endfunction

  /// Take what the watched pages hold from `first` to `last` for right.
  function automatic void learn(input longint unsigned first, input longint unsigned last);
    longint unsigned gpa;
    for (int i = 0; i < pages.size(); i++) begin
      if (pages[i] + PageBytes - 1 < first || pages[i] > last) continue;
      read_page(pages[i]);
      for (int unsigned b = 0; b < 4096; b++) begin
        gpa = pages[i] + 64'(b);
        if (gpa >= first && gpa <= last) memory[gpa] = page[b];
      end
    end
  endfunction

  /// Fill the watched pages below `limit` with random bytes.
  function automatic void scramble(input longint unsigned seed, input longint unsigned limit);
    int result;
    u_random.seed(seed, 100);
    for (int i = 0; i < pages.size(); i++) begin
      if (pages[i] >= limit || (pages[i] >= Hole && pages[i] < RomEnd)) continue;
      for (int unsigned b = 0; b < 4096; b++) page[b] = 8'(u_random.random32());
      result = dpi_mem_write(bridge, pages[i], page);
      if (result < 0) wrong($sformatf("cannot fill page 0x%0h", pages[i]));
    end
  endfunction

  /// Compare the watched pages with what they must hold.
  function automatic void check_memory(input string when_checked);
    for (int i = 0; i < pages.size(); i++) begin
      read_page(pages[i]);
      for (int unsigned b = 0; b < 4096; b++) begin
        if (memory[pages[i]+64'(b)] != page[b]) begin
          wrong($sformatf("%s: byte 0x%0h is %h, must be %h", when_checked, pages[i] + 64'(b),
                          page[b], memory[pages[i]+64'(b)]));
          break;
        end
      end
    end
  endfunction

  /// The byte that must be at `gpa`.
  function automatic byte unsigned byte_at(input longint unsigned gpa);
    return memory[gpa];
  endfunction

  /// From now on `value` must be at `gpa`.
  function automatic void set_byte(input longint unsigned gpa, input byte unsigned value);
    memory[gpa] = value;
  endfunction

  /// What must become of an access to `first`..`last`, which lie in one page. A write of nothing asks
  /// nothing of the guest, whatever stands there.
  function automatic logic [1:0] outcome_of(input longint unsigned first,
                                            input longint unsigned last, input bit is_write,
                                            input bit is_empty);
    if (first < window_first || last > window_last) return DecodeError;
    if (first <= error_last && last >= error_first) return SlaveError;
    if (is_empty) return Okay;
    if (is_lost) return SlaveError;
    if (first >= ram_bytes || (first >= Hole && first < Rom)) return DecodeError;
    if (is_write && first >= Rom && first < RomEnd) return SlaveError;
    return Okay;
  endfunction

  /// The bytes from `first`, at most `bytes`, that one access carries: to the end of the page.
  function automatic longint unsigned access_bytes(input longint unsigned first,
                                                   input longint unsigned bytes);
    longint unsigned to_end = PageBytes - first % PageBytes;
    return to_end < bytes ? to_end : bytes;
  endfunction

  /// How many of `bytes` bytes from `first` must be read until an access is refused, and the
  /// outcome.
  function automatic void judge_read(input longint unsigned first, input longint unsigned bytes,
                                     output longint unsigned done, output logic [1:0] outcome);
    longint unsigned count;
    done = 0;
    outcome = Okay;
    while (done < bytes) begin
      count = access_bytes(first + done, bytes - done);
      outcome = outcome_of(first + done, first + done + count - 1, 1'b0, 1'b0);
      if (outcome != Okay) return;
      done += count;
    end
  endfunction

  /// Where errors may be injected, what the port has reported stands for `done` bytes with `outcome`
  /// if it is one, and must have hit a whole access of those from `address` on.
  function automatic void admit_fault(input string what, input longint unsigned address,
                                      input logic [1:0] reported, input int unsigned reported_bytes,
                                      inout longint unsigned done, inout logic [1:0] outcome);
    if (!may_fail || reported == Okay) return;
    if (64'(reported_bytes) > done
        || (reported_bytes != 0 && (address + 64'(reported_bytes)) % PageBytes != 0)) begin
      wrong($sformatf("%s at 0x%0h: an error after %0d bytes, inside an access", what, address,
                      reported_bytes));
    end
    if (outcome == Okay) faults++;
    done = 64'(reported_bytes);
    outcome = reported;
  endfunction

endmodule
