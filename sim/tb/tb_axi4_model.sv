// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// What guest memory must hold, byte by byte, in the pages that the testbenches of qdpi_axi4_port use;
/// filled and compared through the bridge, behind the port's back. As tb_guest_pages for the other
/// ports, but an array by place, which long runs need, and with the responses of the memory map.
///
/// Pages: a window of RAM with a page on each side that no burst may touch, and those at the edges of
/// the PC's ranges: below the VGA hole, in it, the first and last of the ROM, above it, the last RAM.
module tb_axi4_model;
  import qemu_dpi_pkg::*;
  import tb_axi4_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned EdgePages = 6;
  localparam int unsigned Pages = 32'(WindowPages) + 2 + EdgePages;

  // Functions write these, from the testbench's one process.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  chandle          bridge;
  byte unsigned    bytes [Pages*4096];
  longint unsigned pages [Pages];
  byte unsigned    page  [4096];
  longint unsigned ram_bytes;
  longint unsigned random_state;

  /// Use `handle`, whose guest has `size` bytes of RAM.
  function automatic void start(input chandle handle, input longint unsigned size,
                                input longint unsigned seed);
    // verilator no_inline_task
    bridge = handle;
    ram_bytes = size;
    random_state = seed * 64'h9e37_79b9_7f4a_7c15 + 64'h1234_5679;
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      pages[i[4:0]] = Window + i * PageBytes - PageBytes;
    end
    pages[5'(WindowPages+2)] = Hole - PageBytes;
    pages[5'(WindowPages+3)] = Hole;
    pages[5'(WindowPages+4)] = Rom;
    pages[5'(WindowPages+5)] = RomEnd - PageBytes;
    pages[5'(WindowPages+6)] = RomEnd;
    pages[5'(WindowPages+7)] = size - PageBytes;
    for (int unsigned i = 0; i < Pages; i++) load(i);
  endfunction

  /// The place in `bytes` of `gpa`, which must be in one of the pages.
  function automatic int unsigned index_of(input longint unsigned gpa);
    // verilator no_inline_task
    for (int unsigned i = 0; i < Pages; i++) begin
      if (gpa - pages[5'(i)] < PageBytes) return i * 4096 + 32'(gpa - pages[5'(i)]);
    end
    $fatal(1, "the model has no byte at 0x%0h", gpa);
    return 0;
  endfunction

  /// Fill page `i` with random bytes behind the port's back, or learn it where it is ROM.
  function automatic void load(input int unsigned i);
    // verilator no_inline_task
    longint unsigned gpa = pages[5'(i)];
    if (gpa >= Hole && gpa < Rom) return;
    if (gpa >= Rom && gpa < RomEnd) begin
      `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    end else begin
      for (int k = 0; k < 4096; k++) begin
        random_state ^= random_state << 13;
        random_state ^= random_state >> 7;
        random_state ^= random_state << 17;
        page[k] = random_state[40:33];
      end
      `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, gpa, page))
    end
    for (int unsigned k = 0; k < 4096; k++) bytes[i*4096+k] = page[12'(k)];
  endfunction

  /// Compare page `i` of the guest with the model behind the port's back.
  function automatic void check(input int unsigned i);
    // verilator no_inline_task
    longint unsigned gpa = pages[5'(i)];
    if (gpa >= Hole && gpa < Rom) return;
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    for (int unsigned k = 0; k < 4096; k++) begin
      if (page[12'(k)] != bytes[i*4096+k]) begin
        wrong($sformatf("memory at 0x%0h is %h, expected %h", gpa + 64'(k), page[12'(k)],
                        bytes[i*4096+k]));
        return;
      end
    end
  endfunction

  /// Compare all pages.
  function automatic void check_all();
    // verilator no_inline_task
    for (int unsigned i = 0; i < Pages; i++) check(i);
  endfunction

  /// What the memory map of the guest makes of an access to [first, last].
  function automatic logic [1:0] mapped(input bit is_write, input longint unsigned first,
                                        input longint unsigned last);
    // verilator no_inline_task
    if (last >= ram_bytes || (first < Rom && last >= Hole)) return DecErr;
    if (is_write && first < RomEnd && last >= Rom) return SlvErr;
    return Okay;
  endfunction

endmodule
