// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// What guest memory must hold, byte by byte, in the pages that a testbench of a port uses; filled
/// and compared through the bridge, behind the port's back.
///
/// Pages: a window of RAM, with a page on each side that the port must not touch, and those at the
/// edges of the PC's ranges. The manager's random numbers fill them: uses u_manager beside this
/// module.
module tb_guest_pages #(
  /// GPA of the window.
  parameter longint unsigned Window      = 64'h20_0000,
  /// Its pages.
  parameter longint unsigned WindowPages = 8
) ();
  import qemu_dpi_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  // Functions write these: the testbench's process calls them, and the manager's, which has the model
  // follow what is answered.
  // verilator lint_off IMPURE
  chandle          bridge;
  byte unsigned    model [longint unsigned];  // by GPA
  byte unsigned    page [4096];
  longint unsigned ram_bytes;

  /// Use `handle`, whose guest has `size` bytes of RAM.
  function automatic void attach(input chandle handle, input longint unsigned size);
    bridge = handle;
    ram_bytes = size;
  endfunction

  /// Fill a page of RAM with random bytes.
  function automatic void fill_page(input longint unsigned gpa);
    // verilator no_inline_task
    for (int i = 0; i < 4096; i++) page[i] = 8'(u_manager.random32());
    `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, gpa, page))
    for (longint unsigned i = 0; i < PageBytes; i++) model[gpa+i] = page[12'(i)];
  endfunction

  /// Take a page as it is.
  function automatic void learn_page(input longint unsigned gpa);
    // verilator no_inline_task
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    for (longint unsigned i = 0; i < PageBytes; i++) model[gpa+i] = page[12'(i)];
  endfunction

  /// Compare a page of the guest with the model.
  function automatic void check_page(input longint unsigned gpa);
    // verilator no_inline_task
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    for (longint unsigned i = 0; i < PageBytes; i++) begin
      if (page[12'(i)] != model[gpa+i]) begin
        wrong($sformatf("memory at 0x%0h is %h, expected %h", gpa + i, page[12'(i)], model[gpa+i]));
        return;
      end
    end
  endfunction

  /// Fill the window, and the pages around it.
  function automatic void fill_window();
    // verilator no_inline_task
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      fill_page(Window + i * PageBytes - PageBytes);
    end
  endfunction

  /// Compare the window, and the pages around it.
  function automatic void check_window();
    // verilator no_inline_task
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      check_page(Window + i * PageBytes - PageBytes);
    end
  endfunction

  /// Fill the pages beside the hole and the ROM and at the end of RAM, and learn the ROM's ends.
  function automatic void fill_edges();
    // verilator no_inline_task
    fill_page(Hole - PageBytes);
    learn_page(Rom);
    learn_page(RomEnd - PageBytes);
    fill_page(RomEnd);
    fill_page(ram_bytes - PageBytes);
  endfunction

  /// Compare them.
  function automatic void check_edges();
    // verilator no_inline_task
    check_page(Hole - PageBytes);
    check_page(Rom);
    check_page(RomEnd - PageBytes);
    check_page(RomEnd);
    check_page(ram_bytes - PageBytes);
  endfunction
  // verilator lint_on IMPURE

endmodule
