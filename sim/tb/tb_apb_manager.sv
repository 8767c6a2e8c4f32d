// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// APB requester for testbenches: one transfer per call of transfer(), back to back unless an idle
/// clock is asked for. Also has the random numbers of the test.
///
/// It drives and looks on the falling edge, where what the rising edge has set is stable.
module tb_apb_manager #(
  /// Bits of PADDR.
  parameter int unsigned AddrWidth = 40,
  /// Bits of PWDATA and PRDATA.
  parameter int unsigned DataWidth = 32
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low. Ends the wait for PREADY.
  input  logic                   rst_ni,
  /// Address.
  output logic [AddrWidth-1:0]   paddr_o,
  /// Protection.
  output logic [2:0]             pprot_o,
  /// Select.
  output logic                   psel_o,
  /// Enable.
  output logic                   penable_o,
  /// Direction.
  output logic                   pwrite_o,
  /// Write data.
  output logic [DataWidth-1:0]   pwdata_o,
  /// Strobes.
  output logic [DataWidth/8-1:0] pstrb_o,
  /// Ready.
  input  logic                   pready_i,
  /// Read data.
  input  logic [DataWidth-1:0]   prdata_i,
  /// Error.
  input  logic                   pslverr_i
);

  // Written by what the testbench's one process calls; no other module reads them on a clock edge.
  // verilator lint_off BLKSEQ
  longint unsigned      random_state;
  int unsigned          setup_clocks = 1;  // of each transfer; more than one breaks a rule
  bit                   changes_setup;     // before those, one clock with other write data
  // Of the last transfer.
  bit                   finished;     // 0: reset ended it
  bit                   error;
  logic [DataWidth-1:0] read_data;
  int unsigned          wait_states;

  /// Start the random numbers, which are the same in every simulator.
  function automatic void seed(input longint unsigned value);
    random_state = value * 64'h9e37_79b9_7f4a_7c15 + 64'h2545_f491_4f6c_dd1d;
  endfunction

  /// The next random number.
  function automatic int unsigned random32();
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state[47:16];
  endfunction

  /// True in `percent` of the calls.
  function automatic bit chance(input int unsigned percent);
    return percent >= 100 || random32() % 100 < percent;
  endfunction

  /// Deselect, for `clocks` of the clock.
  task automatic idle(input int unsigned clocks);
    repeat (clocks) begin
      @(negedge clk_i);
      psel_o = 1'b0;
      penable_o = 1'b0;
    end
  endtask

  /// Carry out a transfer, until PREADY or reset. Returns in the clock in which PREADY is high,
  /// before its rising edge: call transfer() or idle() before the clock goes on.
  task automatic transfer(input bit is_write, input logic [AddrWidth-1:0] address,
                          input logic [DataWidth-1:0] data, input logic [DataWidth/8-1:0] strobes,
                          input logic [2:0] protection);
    @(negedge clk_i);
    psel_o = 1'b1;
    penable_o = 1'b0;
    paddr_o = address;
    pprot_o = protection;
    pwrite_o = is_write;
    pwdata_o = data;
    pstrb_o = strobes;
    if (changes_setup) begin
      pwdata_o = ~data;
      @(negedge clk_i);
      pwdata_o = data;
    end
    repeat (setup_clocks) @(negedge clk_i);
    penable_o = 1'b1;
    wait_states = 0;
    while (rst_ni && !pready_i) begin
      wait_states++;
      @(negedge clk_i);
    end
    finished = rst_ni && pready_i;
    error = pslverr_i;
    read_data = prdata_i;
  endtask

endmodule
