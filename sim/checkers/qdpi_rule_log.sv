// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What a protocol checker says and remembers: part of every checker. Simulation only.
///
/// A broken rule is $error with the checker's place, the rule, its section, the signals and the
/// time. A rule that a test breaks on purpose is tolerated: printed and counted, no $error.
module qdpi_rule_log #(
  /// Number of the checker's rules, numbered from 0.
  parameter int unsigned Rules = 1
) ();

  // Written by the functions, which the checker's one process and testbenches call; out of line,
  // since they read no signal. A rule is an int, however many there are.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL
  int unsigned counts    [Rules];
  bit          tolerated [Rules];
  string       message;
  string       place;

  /// `checker_place`: the checker's %m.
  function automatic void set_place(input string checker_place);
    place = checker_place;
  endfunction

  /// Rule `rule` has been broken: its name, where it stands, and the signals that show it.
  function automatic void broken(input int unsigned rule, input string name, input string section,
                                 input string values);
    // verilator no_inline_task
    counts[rule]++;
    message = $sformatf("%s: rule %s (%s) broken at time %0t: %s", place, name, section, $time,
                        values);
    if (tolerated[rule]) $display("tolerated: %s", message);
    else $error("%s", message);
  endfunction

  /// A test is going to break `rule`.
  function automatic void tolerate(input int unsigned rule);
    tolerated[rule] = 1'b1;
  endfunction

  /// From now on every broken rule is an error.
  function automatic void tolerate_none();
    for (int unsigned i = 0; i < Rules; i++) tolerated[i] = 1'b0;
  endfunction

  /// How often `rule` was broken.
  function automatic int unsigned count(input int unsigned rule);
    return counts[rule];
  endfunction

  /// How often any rule was broken.
  function automatic int unsigned total();
    int unsigned sum = 0;
    for (int unsigned i = 0; i < Rules; i++) sum += counts[i];
    return sum;
  endfunction

  /// The last message; "" if there was none.
  function automatic string last_message();
    return message;
  endfunction

endmodule
