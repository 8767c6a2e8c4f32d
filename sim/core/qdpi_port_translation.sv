// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Where in the guest an access of the device is: part of qdpi_port_core. Simulation only.
///
/// The addresses of the device are GPAs, until use_space() says that they are addresses of an
/// address space of the guest. An access of up to 4 KiB may then lie in two pages that are nowhere
/// near each other: locate() finds both, and the functions below it reach both. Low 12 bits of an
/// address stay what they are, so words stay words.
module qdpi_port_translation #(
  /// The words of the longest access.
  parameter int unsigned ImageWords = 513
) ();

  import qemu_dpi_pkg::*;

  // Written by the functions only.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they are called from one process, and read no signal.
  // verilator lint_off IMPURE
  // What a call gives besides its result is not always wanted, nor are the upper bits of an address.
  // verilator lint_off UNUSEDSIGNAL
  bit              on;
  longint unsigned cr0, cr3, cr4, efer;
  int unsigned     rights;  // QDPI_ACCESS_USER or 0
  // Of the last access: where its first byte is, where its second page is, and how many of its words
  // come before that.
  longint unsigned first_gpa, second_gpa;
  int unsigned     words_before, word_count;
  longint unsigned second_words  [ImageWords];
  byte unsigned    second_strobes[ImageWords];

  /// From now on addresses are those of a CPU with these registers, in user or kernel mode.
  function automatic void use_space(input longint unsigned new_cr0, input longint unsigned new_cr3,
                                    input longint unsigned new_cr4,
                                    input longint unsigned new_efer, input bit as_user);
    // verilator no_inline_task
    cr0 = new_cr0;
    cr3 = new_cr3;
    cr4 = new_cr4;
    efer = new_efer;
    rights = as_user ? 32'(QDPI_ACCESS_USER) : 0;
    on = 1'b1;
  endfunction

  /// From now on addresses are GPAs.
  function automatic void use_none();
    // verilator no_inline_task
    on = 1'b0;
  endfunction

  /// Whether addresses are anything but GPAs.
  function automatic bit is_on();
    return on;
  endfunction

  /// As locate() of an access at `first`, as long as addresses are GPAs.
  function automatic void take_as_gpa(input longint unsigned first);
    first_gpa = first;
    words_before = 0;
    word_count = 0;
  endfunction

  /// Find `first` to `last`, at most 4096 bytes. Returns what dpi_translate() returns.
  function automatic int locate(input chandle bridge, input longint unsigned first,
                                input longint unsigned last, input bit for_read,
                                input bit for_write);
    // verilator no_inline_task
    longint unsigned page_size = 0;
    longint unsigned boundary = (first | 64'hfff) + 64'd1;
    int unsigned     access = rights | (for_read ? 32'(QDPI_ACCESS_READ) : 0)
                            | (for_write ? 32'(QDPI_ACCESS_WRITE) : 0);
    int              result;

    first_gpa = first;
    word_count = 32'((last >> 3) - (first >> 3) + 64'd1);
    words_before = word_count;
    if (!on) return 0;
    result = dpi_translate(bridge, cr0, cr3, cr4, efer, first, access, first_gpa, page_size);
    if (result < 0 || last - first < boundary - first) return result;
    result = dpi_translate(bridge, cr0, cr3, cr4, efer, boundary, access, second_gpa, page_size);
    if (result < 0) return result;
    // Pages that are neighbours in memory too need nothing of what follows.
    if (second_gpa != first_gpa + (boundary - first)) begin
      words_before = 32'((boundary >> 3) - (first >> 3));
    end
    return result;
  endfunction

  /// Where the first byte of the last access is.
  function automatic longint unsigned gpa();
    return first_gpa;
  endfunction

  /// Whether the last access is in two places.
  function automatic bit is_split();
    return words_before != word_count;
  endfunction

  /// The last byte of the first place, for an access whose last byte is `last`.
  function automatic longint unsigned first_end(input longint unsigned first,
                                                input longint unsigned last);
    return is_split() ? first_gpa | 64'hfff : first_gpa + (last - first);
  endfunction

  /// Where the second place starts.
  function automatic longint unsigned second();
    return second_gpa;
  endfunction

  /// And its last byte.
  function automatic longint unsigned second_end(input longint unsigned last);
    return second_gpa + 64'(last[11:0]);
  endfunction

  /// Read the words of the last access, which is_split().
  function automatic int read(input chandle bridge, inout longint unsigned words [ImageWords]);
    // verilator no_inline_task
    int result = dpi_mem_read_words(bridge, second_gpa, word_count - words_before, second_words);
    if (result < 0) return result;
    result = dpi_mem_read_words(bridge, first_gpa & ~64'd7, words_before, words);
    if (result < 0) return result;
    for (int unsigned i = words_before; i < word_count; i++) begin
      words[10'(i)] = second_words[10'(i-words_before)];
    end
    return result;
  endfunction

  /// Whether the second page takes a write: asked by adding 0, before the first page is changed.
  function automatic int ask_second(input chandle bridge);
    // verilator no_inline_task
    int unsigned previous = 0;
    string       unused_sentence;
    int          result = dpi_mem_fetch_add32(bridge, second_gpa, 0, previous);
    // A guest without atomics: whether there is memory is all that can be known. The bridge keeps
    // the first sentence until it is read: this one is about no refusal.
    if (result == QDPI_ERR_UNSUPPORTED) begin
      unused_sentence = dpi_last_error(bridge);
      result = dpi_mem_read32(bridge, second_gpa, previous);
    end
    return result;
  endfunction

  /// Write the strobed bytes of the words of the last access, which is_split().
  function automatic int write(input chandle bridge, input longint unsigned words [ImageWords],
                               input byte unsigned strobes [ImageWords]);
    // verilator no_inline_task
    bit any = 1'b0;
    int result;
    for (int unsigned i = words_before; i < word_count; i++) begin
      second_words[10'(i-words_before)] = words[10'(i)];
      second_strobes[10'(i-words_before)] = strobes[10'(i)];
      any |= strobes[10'(i)] != 8'h00;
    end
    if (any) begin
      result = ask_second(bridge);
      if (result < 0) return result;
    end
    result = dpi_mem_write_words(bridge, first_gpa & ~64'd7, words_before, words, strobes);
    if (result < 0) return result;
    return dpi_mem_write_words(bridge, second_gpa, word_count - words_before, second_words,
                               second_strobes);
  endfunction

endmodule
