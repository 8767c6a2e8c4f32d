// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Distributions of whole numbers in bounded memory: exact below 1024, in ranges of powers of two
/// from there on. Least and greatest are exact always. Simulation only; functions, no signals.
///
///   qdpi_histogram #(.Sets(3)) u_latency ();
///   u_latency.add(group, value);
///   $display("median %0d", u_latency.percentile(group, 50));
module qdpi_histogram #(
  /// Independent distributions, numbered from 0.
  parameter int unsigned Sets = 1
) ();

  localparam int unsigned Exact = 1024;
  localparam int unsigned ExactBits = 10;
  localparam int unsigned Bins = Exact + 64 - ExactBits;
  localparam int unsigned BarWidth = 40;

  // Written by the functions, which one process and testbenches call.
  // verilator lint_off BLKSEQ
  // No signal depends on it; so what is long may read it out of line, which keeps models small.
  // verilator lint_off IMPURE
  // And the number of a group is an int, whatever the number of sets.
  // verilator lint_off UNUSEDSIGNAL
  longint unsigned counts [Bins*Sets];  // of a bin, those of all sets
  longint unsigned totals [Sets];
  longint unsigned least  [Sets];  // the greatest number there is, if there is none
  longint unsigned most   [Sets];

  initial clear();

  /// Forget everything.
  function automatic void clear();
    // verilator no_inline_task
    for (int unsigned i = 0; i < Bins * Sets; i++) counts[i] = 0;
    for (int unsigned i = 0; i < Sets; i++) begin
      totals[i] = 0;
      least[i] = ~64'd0;
      most[i] = 0;
    end
  endfunction

  function automatic int unsigned bin_of(input longint unsigned value);
    // verilator no_inline_task
    int unsigned     bin = Exact;
    longint unsigned rest = value >> (ExactBits + 1);
    if (value < 64'(Exact)) return value[31:0];
    while (rest != 0) begin
      rest >>= 1;
      bin++;
    end
    return bin;
  endfunction

  /// The greatest value that falls into `bin`.
  function automatic longint unsigned end_of(input int unsigned bin);
    // verilator no_inline_task
    if (bin < Exact) return 64'(bin);
    return ~64'd0 >> (63 - ExactBits - (bin - Exact));
  endfunction

  /// Count `value` in distribution `group`.
  function automatic void add(input int unsigned group, input longint unsigned value);
    if (value < 64'(Exact)) counts[value[31:0]*Sets+group]++;
    else count_range(group, bin_of(value));
    if (value < least[group]) least[group] = value;
    if (value > most[group]) most[group] = value;
    totals[group]++;
  endfunction

  function automatic void count_range(input int unsigned group, input int unsigned bin);
    // verilator no_inline_task
    counts[bin*Sets+group]++;
  endfunction

  /// Values counted.
  function automatic longint unsigned total(input int unsigned group);
    // verilator no_inline_task
    return totals[group];
  endfunction

  /// The least of them; 0 if there is none.
  function automatic longint unsigned minimum(input int unsigned group);
    // verilator no_inline_task
    return totals[group] == 0 ? 64'd0 : least[group];
  endfunction

  /// The greatest of them; 0 if there is none.
  function automatic longint unsigned maximum(input int unsigned group);
    // verilator no_inline_task
    return most[group];
  endfunction

  /// The least value that at least `percent` percent of all do not exceed (so 50 gives the median;
  /// of an even number of values, the lower of the two in the middle). From 1024 on the upper end
  /// of a range; never above maximum(). 0 if there is none.
  function automatic longint unsigned percentile(input int unsigned group,
                                                 input int unsigned percent);
    // verilator no_inline_task
    // Without a product, which could overflow: percent of whole hundreds, and of what is left.
    longint unsigned rank = totals[group] / 100 * 64'(percent)
                          + (totals[group] % 100 * 64'(percent) + 99) / 100;
    longint unsigned seen = 0;
    for (int unsigned bin = 0; bin < Bins; bin++) begin
      seen += counts[bin*Sets+group];
      if (seen != 0 && seen >= rank) return end_of(bin) < most[group] ? end_of(bin) : most[group];
    end
    return 0;
  endfunction

  /// Values counted that are in `first`..`last`. Both must be ends of bins.
  function automatic longint unsigned between(input int unsigned group,
                                              input longint unsigned first,
                                              input longint unsigned last);
    // verilator no_inline_task
    longint unsigned sum = 0;
    for (int unsigned bin = bin_of(first); bin <= bin_of(last); bin++) begin
      sum += counts[bin*Sets+group];
    end
    return sum;
  endfunction

  /// Print the distribution, a line for each range of powers of two that has values.
  function automatic void print(input int unsigned group, input string prefix);
    // verilator no_inline_task
    longint unsigned first = 0;
    longint unsigned last = 0;
    longint unsigned count = 0;
    string           bar = "";
    // Ranges 0, 1, 2-3, 4-7 ... as far as the last one that is needed.
    for (int unsigned i = 0; i < 65 && totals[group] != 0 && first <= most[group]; i++) begin
      last = i == 0 ? 64'd0 : ~64'd0 >> (64 - i);
      count = between(group, first, last);
      bar = "";
      for (longint unsigned k = 0; k < count * 64'(BarWidth) / totals[group]; k++) bar = {bar, "#"};
      if (count != 0) begin
        $display("%s%10s %12d %5.1f %% %s", prefix,
                 first == last ? $sformatf("%0d", first) : $sformatf("%0d-%0d", first, last), count,
                 100.0 * real'(count) / real'(totals[group]), bar);
      end
      if (last == ~64'd0) return;
      first = last + 1;
    end
  endfunction

endmodule
