// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What all parts of a test have found wrong: one count, so that no part is left out of the verdict.
package tb_errors_pkg;

  // Parts of tests write it, and no logic.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  int unsigned errors;

  /// Say what is wrong: the test fails.
  function automatic void wrong(input string what);
    // verilator no_inline_task
    errors++;
    $error("%s", what);
  endfunction

  /// The test fails with `what` unless `condition` holds.
  function automatic void check_that(input bit condition, input string what);
    // verilator no_inline_task
    if (!condition) wrong(what);
  endfunction

endpackage
