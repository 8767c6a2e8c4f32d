// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The errors that the parts of tb_qdpi_axi4_port have found.
package tb_axi4_port_pkg;

  // One process writes it, and no logic.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  int unsigned errors;

  /// Something is not as it must be.
  function automatic void wrong(input string what);
    // verilator no_inline_task
    errors++;
    $error("%s", what);
  endfunction

endpackage
