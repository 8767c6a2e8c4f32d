// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What the parts of the memory benchmark share: who competes, where, and how a round is timed.
package bench_memory_pkg;

  import qemu_dpi_pkg::*;

  /// Who competes. Ours comes first.
  typedef enum int {
    /// dpi_mem_*.
    Bridge,
    /// The floor: a DPI import that only copies.
    Copy,
    /// What users have without a guest: a fixed array of 64-bit words...
    FixedArray,
    /// ... or an associative one, with no other word in it than those that are accessed...
    AssociativeArray,
    /// ... or with AssociativeBytes in it.
    FilledArray,
    /// dpi_mem_write, where the others write with strobes.
    PlainWrite
  } contestant_e;

  typedef enum int {
    Read,
    Write,
    ReadWords,
    WriteWords,
    WriteStrobed
  } operation_e;

  /// The same by value.
  typedef enum int {
    Read32,
    Write32,
    Read64,
    Write64
  } scalar_e;

  /// Always the same address, or any of the span.
  typedef enum int {
    Hot,
    Random
  } locality_e;

  /// The span of random accesses; the fixed array is as large.
  localparam int unsigned SpanMax = 32'h2000_0000;

  /// A batch must last so long that a clock of microseconds does for it.
  localparam longint unsigned BatchUs = 2000;

  /// How much there is in the filled associative array: what a driver's rings and buffers are. A whole span
  /// would take more memory than there is.
  localparam int unsigned AssociativeBytes = 32'h10_0000;

  longint unsigned fixed_array [SpanMax / 8];
  longint unsigned associative_array [longint unsigned];
  longint unsigned filled_array [longint unsigned];

  chandle          bridge;

  /// Where in RAM the span begins, and how large it is: a power of two.
  longint unsigned base = 64'(SpanMax);
  longint unsigned span = 64'(SpanMax);

  /// Not 0: so many hot calls of each kind, of the bridge alone, for counting instructions.
  int unsigned counted_calls = 0;

  int unsigned failures = 0;

  string suite = "memory";

  /// What stands in every word at all times, so that a read can be checked wherever it went.
  localparam longint unsigned Pattern = 64'ha7a6_a5a4_a7a6_a5a4;

  function automatic longint unsigned next_random(input longint unsigned state);
    return state * 64'd6364136223846793005 + 64'd1442695040888963407;
  endfunction

  /// An offset in the span, a multiple of `size`, from the random number `state`.
  function automatic longint unsigned random_offset(input longint unsigned state,
                                                    input int unsigned size);
    return (state >> 24) & (span - 64'(size));
  endfunction

  function automatic string operation_name(input operation_e operation);
    case (operation)
      Read:         return "read";
      Write:        return "write";
      ReadWords:    return "read-words";
      WriteWords:   return "write-words";
      WriteStrobed: return "write-strobed";
      default:      return "unknown";
    endcase
  endfunction

  function automatic string contestant_name(input contestant_e contestant);
    case (contestant)
      Bridge:           return "bridge";
      Copy:             return "copy";
      FixedArray:       return "fixed-array";
      AssociativeArray: return "associative-array";
      FilledArray:      return "associative-array-1MiB";
      PlainWrite:       return "plain-write";
      default:          return "unknown";
    endcase
  endfunction

  function automatic void print_sample(input string name, input locality_e locality,
                                       input contestant_e contestant,
                                       input longint unsigned microseconds,
                                       input int unsigned calls);
    string where = "random";
    if (locality == Hot) where = "hot";
    $display("sample: %s %s-%s %s ns %0.4f", suite, name, where, contestant_name(contestant),
             real'(microseconds) * 1000.0 / real'(calls));
  endfunction

  function automatic bit takes_part(input contestant_e contestant, input locality_e locality);
    return counted_calls == 0 || (locality == Hot && contestant == Bridge);
  endfunction

  function automatic void expect_zero(input string what, input longint result);
    if (result != 0) begin
      failures = failures + 1;
      $display("%%Error: %s gives %0d: %s", what, result, dpi_last_error(bridge));
    end
  endfunction

endpackage
