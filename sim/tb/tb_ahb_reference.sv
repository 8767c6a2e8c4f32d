// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What the memory map of the guest makes of a transfer.
///
/// Uses u_pages next to this module.
module tb_ahb_reference ();
  import tb_pc_map_pkg::*;

  /// Whether the memory map of the guest refuses a transfer at `gpa`.
  function automatic bit refused(input bit is_write, input longint unsigned gpa);
    return gpa >= u_pages.ram_bytes || (gpa >= Hole && gpa < Rom)
        || (is_write && gpa >= Rom && gpa < RomEnd);
  endfunction

endmodule
