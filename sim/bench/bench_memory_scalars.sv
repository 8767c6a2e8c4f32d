// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Accesses of 4 and 8 bytes by value: dpi_mem_read32, write32, read64 and write64, and DPI imports
/// of the same signatures that only copy.
module bench_memory_scalars
  import bench_memory_pkg::*;
();

  import qemu_dpi_pkg::*;
  import bench_floor_pkg::*;

  localparam int unsigned Size = 8;

  typedef scalar_e work_e;
  localparam int unsigned Works = 4;
  localparam int unsigned Contestants = 2;

  int unsigned     half;
  longint unsigned whole;

`include "bench_memory_timing.svh"

  /// Access `calls` times. The sum of the results, which must be 0.
  function automatic longint run_calls(input scalar_e operation, input contestant_e contestant,
                                       input locality_e locality, input int unsigned calls);
    longint unsigned state = 64'(calls);
    longint unsigned offset = 0;
    longint          sum = 0;
    if (contestant == Bridge) begin
      case (operation)
        Read32:  `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_read32(bridge, base + offset, half));)
        Write32: `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_write32(bridge, base + offset, half));)
        Read64:  `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_read64(bridge, base + offset, whole));)
        default: `QDPI_BENCH_TIMES(sum += 64'(dpi_mem_write64(bridge, base + offset, whole));)
      endcase
    end else begin
      case (operation)
        Read32:  `QDPI_BENCH_TIMES(sum += 64'(bench_floor_read32(bridge, base + offset, half));)
        Write32: `QDPI_BENCH_TIMES(sum += 64'(bench_floor_write32(bridge, base + offset, half));)
        Read64:  `QDPI_BENCH_TIMES(sum += 64'(bench_floor_read64(bridge, base + offset, whole));)
        default: `QDPI_BENCH_TIMES(sum += 64'(bench_floor_write64(bridge, base + offset, whole));)
      endcase
    end
    return sum;
  endfunction

  function automatic string work_name(input scalar_e operation);
    case (operation)
      Read32:  return "read32";
      Write32: return "write32";
      Read64:  return "read64";
      Write64: return "write64";
      default: return "unknown";
    endcase
  endfunction

  /// What a contestant writes is what the other reads.
  function automatic void prove(input contestant_e writer, input contestant_e reader,
                                input longint unsigned value);
    whole = value;
    expect_zero("write64", run_calls(Write64, writer, Hot, 1));
    whole = 0;
    expect_zero("read64", run_calls(Read64, reader, Hot, 1));
    half = ~value[31:0];
    expect_zero("write32", run_calls(Write32, writer, Hot, 1));
    half = 0;
    expect_zero("read32", run_calls(Read32, reader, Hot, 1));
    if (whole != value || half != ~value[31:0]) begin
      failures = failures + 1;
      $display("%%Error: scalars read 0x%0h and 0x%0h, not what was written", whole, half);
    end
  endfunction

  function automatic void prepare();
    prove(Bridge, Copy, 64'h0123_4567_0bad_cafe);
    prove(Copy, Bridge, 64'h89ab_cdef_600d_f00d);
    half = Pattern[31:0];
    whole = Pattern;
    expect_zero("write64", run_calls(Write64, Bridge, Hot, 1));
  endfunction

  function automatic void run_round();
    for (int operation = 0; operation < int'(Works); operation++) begin
      for (int locality = 0; locality <= int'(Random); locality++) begin
        for (int contestant = 0; contestant <= int'(Copy); contestant++) begin
          if (takes_part(contestant_e'(contestant), locality_e'(locality)))
            measure(scalar_e'(operation), contestant_e'(contestant), locality_e'(locality));
        end
      end
    end
  endfunction

`undef QDPI_BENCH_TIMES

endmodule
