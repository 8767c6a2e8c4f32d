// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What memory calls cost from SystemVerilog, in rounds in which all contestants take turns.
///   +qemu=file:PATH...  a RAM file of 1 GiB, or with +calls of 16 MiB
///   +rounds=N           how many; 100
///   +suite=NAME         what the samples are told of; memory
///   +calls=N            instead: one round of N calls each, for counting instructions
module tb_bench_memory (
  /// Clock, not used: the calls take no simulation time.
  input logic clk_i,
  /// Reset, not used.
  input logic rst_ni
);

  import qemu_dpi_pkg::*;
  import bench_floor_pkg::*;
  import bench_memory_pkg::*;
`include "qemu_dpi.svh"

  bench_memory_scalars u_scalars ();
  bench_memory_arrays #(.Size(4)) u_4 ();
  bench_memory_arrays #(.Size(8)) u_8 ();
  bench_memory_arrays #(.Size(64)) u_64 ();
  bench_memory_arrays #(.Size(512)) u_512 ();
  bench_memory_arrays #(.Size(4096)) u_4k ();
  bench_memory_arrays #(.Size(65536)) u_64k ();

  localparam int unsigned ChunkBytes = 65536;
  byte unsigned chunk [ChunkBytes];

  /// Let every page of the span be there before it is measured, in RAM, in the floor's mapping and
  /// in the arrays.
  function automatic void touch_all();
    longint unsigned offset = 0;
    for (int unsigned b = 0; b < ChunkBytes; b++) chunk[b] = Pattern[b%8*8+:8];
    while (offset < span) begin
      `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, base + offset, chunk))
      expect_zero("the floor", 64'(bench_floor_read(bridge, base + offset, chunk)));
      for (int unsigned w = 0; w < ChunkBytes / 8; w++)
        fixed_array[26'(offset >> 3) + 26'(w)] = Pattern;
      offset = offset + 64'(ChunkBytes);
    end
    if (counted_calls == 0)
      for (int unsigned w = 0; w < AssociativeBytes / 8; w++) filled_array[64'(w)] = Pattern;
  endfunction

  /// The path in "file:PATH?...".
  function automatic string ram_path();
    string endpoint = "";
    int    last = 5;
    void'($value$plusargs("qemu=%s", endpoint));
    while (last < endpoint.len() && endpoint[last] != "?") last = last + 1;
    return endpoint.substr(5, last - 1);
  endfunction

  function automatic void prepare();
    u_scalars.prepare();
    u_4.prepare();
    u_8.prepare();
    u_64.prepare();
    u_512.prepare();
    u_4k.prepare();
    u_64k.prepare();
  endfunction

  function automatic void run_rounds(input int unsigned count);
    for (int unsigned r = 0; r < count; r++) begin
      u_scalars.run_round();
      u_4.run_round();
      u_8.run_round();
      u_64.run_round();
      u_512.run_round();
      u_4k.run_round();
      u_64k.run_round();
    end
  endfunction

  int unsigned rounds = 100;

  initial begin
    bridge = dpi_open_or_fatal("");
    if (bench_floor_open(ram_path()) != 0) $fatal(1, "%s cannot be mapped", ram_path());
    void'($value$plusargs("rounds=%d", rounds));
    void'($value$plusargs("suite=%s", suite));
    if ($value$plusargs("calls=%d", counted_calls)) begin
      base = 64'h10_0000;
      span = 64'h1_0000;
      rounds = 1;
    end
    touch_all();
    prepare();
    run_rounds(rounds);
    bench_floor_close();
    dpi_close(bridge);
    if (failures == 0) $display("QDPI TEST PASSED");
    $finish;
  end

  logic unused_inputs;
  assign unused_inputs = clk_i ^ rst_ni;

endmodule
