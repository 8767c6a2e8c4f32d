// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Accesses of one size with arrays: by the bridge, by a DPI import that only copies, and in arrays
/// of SystemVerilog.
module bench_memory_arrays
  import bench_memory_pkg::*;
#(
  /// Bytes of an access; a power of two.
  parameter int unsigned Size = 64
) ();

  import qemu_dpi_pkg::*;
  import bench_floor_pkg::*;

  localparam int unsigned Words = Size < 8 ? 1 : Size / 8;
  localparam string Name = $sformatf("%0d", Size);

  typedef operation_e work_e;
  localparam int unsigned Works = 5;
  localparam int unsigned Contestants = 6;

  byte unsigned    data [Size];
  longint unsigned words [Words];
  /// All are written; with `gaps`, a bus writes from an odd address on, up to the middle of a word.
  byte unsigned    strobes [Words];
  byte unsigned    gaps [Words];

`include "bench_memory_timing.svh"

  /// Access `calls` times. The sum of the results, which must be 0.
  function automatic longint run_calls(input operation_e operation, input contestant_e contestant,
                                       input locality_e locality, input int unsigned calls);
    longint unsigned state = 64'(calls);
    longint unsigned offset = 0;
    longint          sum = 0;
    case (contestant)
      Bridge:
        case (operation)
          Read:      `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_read(bridge, base + offset, data));)
          Write:     `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_write(bridge, base + offset, data));)
          ReadWords: `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_read_words(bridge, base + offset, Words, words));)
          WriteWords: `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_write_words(bridge, base + offset, Words, words, strobes));)
          default:   `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_write_words(bridge, base + offset, Words, words, gaps));)
        endcase
      Copy:
        case (operation)
          Read:      `QDPI_BENCH_TIMES(sum += 64'(bench_floor_read(bridge, base + offset, data));)
          Write:     `QDPI_BENCH_TIMES(sum += 64'(bench_floor_write(bridge, base + offset, data));)
          ReadWords: `QDPI_BENCH_TIMES(sum += 64'(bench_floor_read_words(bridge, base + offset, Words, words));)
          WriteWords: `QDPI_BENCH_TIMES(sum += 64'(bench_floor_write_words(bridge, base + offset, Words, words, strobes));)
          default:   `QDPI_BENCH_TIMES(sum += 64'(bench_floor_write_strobed(bridge, base + offset, data, gaps));)
        endcase
      FixedArray:
        case (operation)
          Read:    `QDPI_BENCH_TIMES(for (int unsigned w = 0; w < Words; w++) words[w] = fixed_array[26'(offset >> 3) + 26'(w)];)
          default: `QDPI_BENCH_TIMES(for (int unsigned w = 0; w < Words; w++) fixed_array[26'(offset >> 3) + 26'(w)] = words[w];)
        endcase
      AssociativeArray:
        case (operation)
          Read:    `QDPI_BENCH_TIMES(for (int unsigned w = 0; w < Words; w++) words[w] = associative_array[(offset >> 3) + 64'(w)];)
          default: `QDPI_BENCH_TIMES(for (int unsigned w = 0; w < Words; w++) associative_array[(offset >> 3) + 64'(w)] = words[w];)
        endcase
      FilledArray:
        case (operation)
          Read:    `QDPI_BENCH_TIMES(for (int unsigned w = 0; w < Words; w++) words[w] = filled_array[(offset >> 3) + 64'(w)];)
          default: `QDPI_BENCH_TIMES(for (int unsigned w = 0; w < Words; w++) filled_array[(offset >> 3) + 64'(w)] = words[w];)
        endcase
      default: `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_write(bridge, base + offset, data));)
    endcase
    return sum;
  endfunction

  function automatic string work_name(input work_e operation);
    return {operation_name(operation), "-", Name};
  endfunction

  function automatic void fill(input longint unsigned word);
    for (int unsigned b = 0; b < Size; b++) data[b] = word[b%8*8+:8];
    for (int unsigned w = 0; w < Words; w++) words[w] = word;
  endfunction

  /// Whether what was read, or written and read back, is what it must be.
  function automatic void expect_pattern(input string what, input bit in_words, input bit with_gaps);
    bit good = 1;
    for (int unsigned b = 0; b < Size; b++) begin
      byte unsigned got = in_words ? words[b/8][b%8*8+:8] : data[b];
      byte unsigned wanted = with_gaps && !gaps[b/8][b%8] ? 8'h00 : Pattern[b%8*8+:8];
      if (got != wanted) good = 0;
    end
    if (!good) begin
      failures = failures + 1;
      $display("%%Error: %s of %0d bytes does not move them", what, Size);
    end
  endfunction

  function automatic bit competes(input operation_e operation, input contestant_e contestant,
                                  input locality_e locality);
    case (contestant)
      FixedArray:       return operation == Read || operation == Write;
      // A line of the largest accesses would have more words than all others together.
      AssociativeArray,
      FilledArray:      return (operation == Read || operation == Write) && locality == Hot &&
                               Size >= 8 && Size <= 512;
      PlainWrite:       return operation == WriteWords;
      default:          return 1;
    endcase
  endfunction

  function automatic bit is_measured(input operation_e operation, input locality_e locality);
    return operation == Read || operation == Write ||
           (Size >= 8 && Size <= 512 && locality == Hot);
  endfunction

  /// Show that a contestant does what it is measured for: where zeros are, the pattern comes.
  function automatic void prove(input operation_e operation, input contestant_e contestant);
    string what = {contestant_name(contestant), " ", operation_name(operation)};
    bit    in_words = contestant == FixedArray || contestant == AssociativeArray ||
                      contestant == FilledArray || operation == ReadWords;
    if (operation == Read || operation == ReadWords) begin
      fill(Pattern);
      expect_zero(what, run_calls(Write, contestant, Hot, 1));
      fill(0);
      expect_zero(what, run_calls(operation, contestant, Hot, 1));
    end else begin
      fill(0);
      expect_zero(what, run_calls(Write, contestant == PlainWrite ? Bridge : contestant, Hot, 1));
      fill(Pattern);
      expect_zero(what, run_calls(operation, contestant, Hot, 1));
      fill(0);
      expect_zero(what, run_calls(Read, contestant == PlainWrite ? Bridge : contestant, Hot, 1));
    end
    expect_pattern(what, in_words, operation == WriteStrobed);
    fill(Pattern);
    expect_zero(what, run_calls(Write, contestant == PlainWrite ? Bridge : contestant, Hot, 1));
  endfunction

  /// Prepare what the contestants need, and show that each does its work.
  function automatic void prepare();
    for (int unsigned w = 0; w < Words; w++) begin
      strobes[w] = 8'hff;
      gaps[w] = 8'hff;
    end
    gaps[0] = Words > 1 ? 8'hfe : 8'h3e;
    if (Words > 1) gaps[Words-1] = 8'h0f;
    for (int operation = 0; operation <= int'(WriteStrobed); operation++) begin
      for (int contestant = 0; contestant <= int'(PlainWrite); contestant++) begin
        if (is_measured(operation_e'(operation), Hot) &&
            competes(operation_e'(operation), contestant_e'(contestant), Hot))
          prove(operation_e'(operation), contestant_e'(contestant));
      end
    end
    fill(Pattern);
  endfunction

  /// One round: every case, and in it the contestants in turn.
  function automatic void run_round();
    for (int operation = 0; operation <= int'(WriteStrobed); operation++) begin
      for (int locality = 0; locality <= int'(Random); locality++) begin
        for (int contestant = 0; contestant <= int'(PlainWrite); contestant++) begin
          if (takes_part(contestant_e'(contestant), locality_e'(locality)) &&
              is_measured(operation_e'(operation), locality_e'(locality)) &&
              competes(operation_e'(operation), contestant_e'(contestant), locality_e'(locality)))
            measure(operation_e'(operation), contestant_e'(contestant), locality_e'(locality));
        end
      end
    end
    expect_pattern("the last access", 0, 0);
  endfunction

`undef QDPI_BENCH_TIMES

endmodule
