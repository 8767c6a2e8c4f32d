// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Which of the mistakes in qdpi_seeded_bugs.svh this run has: +qdpi.bug=NAME.
package qdpi_seeded_bugs_pkg;

  // Looked up once, at the first question, wherever that is asked.
  // verilator lint_off BLKSEQ
  bit    asked;
  string seeded;

  /// Whether the run has bug `name`.
  function automatic bit is_seeded(input string name);
    if (!asked) begin
      asked = 1'b1;
      if ($value$plusargs("qdpi.bug=%s", seeded) == 0) seeded = "";
    end
    return name == seeded;
  endfunction

endpackage
