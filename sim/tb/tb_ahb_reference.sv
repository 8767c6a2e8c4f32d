// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Guest memory as tb_qdpi_ahb_port knows it: the pages that are filled, learned and compared with
/// the manager's model through the bridge, behind the port's back; and what the memory map refuses.
///
/// Uses u_manager next to this module.
module tb_ahb_reference ();
  import qemu_dpi_pkg::*;
  import tb_ahb_port_pkg::*;
  import tb_pc_map_pkg::*;

  chandle          bridge;
  longint unsigned ram_bytes;
  byte unsigned    page [4096];

  /// Use `handle`, whose guest has `size` bytes of RAM, and fill the window.
  function automatic void start(input chandle handle, input longint unsigned size);
    bridge = handle;
    ram_bytes = size;
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      load_page(Window + i * PageBytes - PageBytes, 1'b0);
    end
  endfunction

  /// Fill a page of RAM with random bytes behind the port's back, or learn a page of ROM.
  function automatic void load_page(input longint unsigned gpa, input bit is_rom);
    if (is_rom) `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    else begin
      for (int i = 0; i < 4096; i++) page[i] = 8'(u_manager.random32());
      `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, gpa, page))
    end
    for (longint unsigned i = 0; i < PageBytes; i++) u_manager.model[gpa+i] = page[12'(i)];
  endfunction

  /// Compare a page of the guest with the model behind the port's back.
  function automatic void check_page(input longint unsigned gpa);
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    for (longint unsigned i = 0; i < PageBytes; i++) begin
      if (page[12'(i)] != u_manager.model[gpa+i]) begin
        wrong($sformatf("memory at 0x%0h is %h, expected %h", gpa + i, page[12'(i)],
                        u_manager.model[gpa+i]));
        return;
      end
    end
  endfunction

  /// Compare the window, and the pages around it.
  function automatic void check_window();
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      check_page(Window + i * PageBytes - PageBytes);
    end
  endfunction

  /// Whether the memory map of the guest refuses a transfer at `gpa`.
  function automatic bit refused(input bit is_write, input longint unsigned gpa);
    return gpa >= ram_bytes || (gpa >= Hole && gpa < Rom)
        || (is_write && gpa >= Rom && gpa < RomEnd);
  endfunction

endmodule
