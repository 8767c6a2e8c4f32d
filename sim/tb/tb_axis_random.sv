// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Random numbers for the testbench of the AXI-Stream ports: the same in every simulator.
module tb_axis_random ();

  // The functions keep it. No signal depends on it.
  // verilator lint_off BLKSEQ
  longint unsigned state;

  /// Start stream `stream` of run `value`.
  function automatic void seed(input longint unsigned value, input int unsigned stream);
    state = value * 64'h9e37_79b9_7f4a_7c15 + 64'(stream) * 64'h2545_f491_4f6c_dd1d + 1;
    for (int i = 0; i < 4; i++) void'(random32());
  endfunction

  /// The next random number.
  function automatic int unsigned random32();
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state[47:16];
  endfunction

  /// A number from `low` to `high`.
  function automatic int unsigned between(input int unsigned low, input int unsigned high);
    return low + random32() % (high - low + 1);
  endfunction

  /// True in `percent` of the calls.
  function automatic bit chance(input int unsigned percent);
    return percent >= 100 || random32() % 100 < percent;
  endfunction

endmodule
