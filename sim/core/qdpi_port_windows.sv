// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The GPA ranges that one port's device may use: part of qdpi_port_core. Simulation only.
///
/// Everything is allowed until the first call of allow() or allow_none(); from then on only what
/// has been allowed is. What no window covers as a whole is refused as a whole.
module qdpi_port_windows #(
  /// Windows that can be open at once.
  parameter int unsigned MaxWindows = 64,
  /// 1: nothing is allowed from the start.
  parameter bit          Restricted = 1'b0
) ();

  // Written by the functions only.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they are called from one process, and read no signal.
  // verilator lint_off IMPURE
  longint unsigned firsts     [MaxWindows];
  longint unsigned lasts      [MaxWindows];
  bit              may_reads  [MaxWindows];
  bit              may_writes [MaxWindows];
  int unsigned     count;
  bit              closed;  // a call has said what is allowed
  bit              opened;  // the last such call was allow_all()
  // The window that was found last, by what it was to allow: 1 reads, 2 writes, 3 both. And where it
  // ends; 0 if none is known. A device mostly stays in a window.
  longint unsigned known_firsts [4];
  longint unsigned known_ends   [4];

  /// Allow GPA `first` to `last`, both included, for reads, writes or both.
  function automatic void allow(input longint unsigned first, input longint unsigned last,
                                input bit may_read, input bit may_write);
    // verilator no_inline_task
    if (last < first) begin
      $error("%m: window 0x%0h-0x%0h ends before it starts; give its last byte, not its length",
             first, last);
    end else if (count == MaxWindows) begin
      $error("%m: %0d windows are open already; open fewer that are longer", count);
    end else begin
      firsts[count] = first;
      lasts[count] = last;
      may_reads[count] = may_read;
      may_writes[count] = may_write;
      count++;
    end
    closed = 1'b1;
    opened = 1'b0;
  endfunction

  /// Close all windows.
  function automatic void allow_none();
    // verilator no_inline_task
    forget();
    count = 0;
    closed = 1'b1;
    opened = 1'b0;
  endfunction

  /// Close all windows and allow everything.
  function automatic void allow_all();
    // verilator no_inline_task
    forget();
    count = 0;
    opened = 1'b1;
  endfunction

  /// Know no window.
  function automatic void forget();
    // verilator no_inline_task
    for (int unsigned i = 0; i < 4; i++) known_ends[i] = 64'd0;
  endfunction

  /// Whether not everything is allowed.
  function automatic bit are_closed();
    return !opened && (closed || Restricted);
  endfunction

  /// Whether allows() has to be asked. A window up to the last byte of all is always asked for.
  function automatic bit may_refuse(input longint unsigned first, input longint unsigned last,
                                    input bit for_read, input bit for_write);
    logic [1:0] what = {for_write, for_read};
    return are_closed() && (first < known_firsts[what] || last >= known_ends[what]);
  endfunction

  /// Index of a window that allows reads, or writes, of byte `gpa`; -1: none does.
  function automatic int window_of(input longint unsigned gpa, input bit for_write);
    // verilator no_inline_task
    for (int unsigned i = 0; i < count; i++) begin
      if (gpa >= firsts[i] && gpa <= lasts[i] && (for_write ? may_writes[i] : may_reads[i])) begin
        return int'(i);
      end
    end
    return -1;
  endfunction

  /// Whether windows that touch each other allow reads, or writes, of all of `first` to `last`.
  function automatic bit covers(input longint unsigned first, input longint unsigned last,
                                input bit for_write);
    // verilator no_inline_task
    longint unsigned gpa = first;
    int              window;
    forever begin
      window = window_of(gpa, for_write);
      if (window < 0) return 1'b0;
      if (lasts[window] >= last) return 1'b1;
      gpa = lasts[window] + 1;
    end
  endfunction

  /// Whether `first` to `last` may be read, written, or both.
  function automatic bit allows(input longint unsigned first, input longint unsigned last,
                                input bit for_read, input bit for_write);
    // verilator no_inline_task
    if (!may_refuse(first, last, for_read, for_write)) return 1'b1;
    if (for_read) begin
      if (!covers(first, last, 1'b0)) return 1'b0;
    end
    if (for_write) begin
      if (!covers(first, last, 1'b1)) return 1'b0;
    end
    remember(first, last, {for_write, for_read});
    return 1'b1;
  endfunction

  /// Know the window that allows all of `first` to `last`, if it is one.
  function automatic void remember(input longint unsigned first, input longint unsigned last,
                                   input logic [1:0] what);
    // verilator no_inline_task
    for (int unsigned i = 0; i < count; i++) begin
      if (first >= firsts[i] && last <= lasts[i] && (may_reads[i] || !what[0])
          && (may_writes[i] || !what[1])) begin
        known_firsts[what] = firsts[i];
        known_ends[what] = lasts[i] + 64'd1;
        return;
      end
    end
  endfunction

endmodule
