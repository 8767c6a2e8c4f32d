// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Clock and reset for one testbench, for simulators that have no harness in C++ (Questa): what
/// sim/verilator/sim_main.cpp is for Verilator. Written for Questa; docs/simulators.md says what has
/// been run.
///
///   vlog -timescale 1ns/1ns +define+QDPI_TESTBENCH=tb_led ... qdpi_questa_top.sv
///   vsim qdpi_questa_top
///
/// The testbench is chosen by the define QDPI_TESTBENCH and not by a parameter, which cannot name a
/// module. The testbench ends the simulation itself, with $finish.
module qdpi_questa_top;

`ifndef QDPI_TESTBENCH
  `define QDPI_TESTBENCH qdpi_testbench_is_not_defined
`endif

  // As in the Verilator harness, so that cycle counts and waves agree.
  localparam int unsigned HalfPeriod = 5;
  localparam int unsigned ResetHalfCycles = 20;

  logic clk = 1'b0;
  logic rst_n = 1'b0;

  // Blocking, so that clocked processes run in the same time step as the edge.
  /* verilator lint_off BLKSEQ */
  always #(HalfPeriod) clk = ~clk;
  /* verilator lint_on BLKSEQ */

  // Released on a falling edge, so that no testbench sees reset and clock change together.
  initial begin
    repeat (ResetHalfCycles) @(clk);
    rst_n = 1'b1;
  end

  `QDPI_TESTBENCH u_testbench (
    .clk_i (clk),
    .rst_ni(rst_n)
  );

endmodule
