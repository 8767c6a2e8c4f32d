// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A small first-word-fall-through FIFO in flip-flops or distributed RAM.

/// Synchronous FIFO: the oldest entry is on data_o while valid_o is high.
///
///   qdpi_fifo #(.Width(8), .Depth(4)) u_fifo (.clk_i, .rst_ni, .clear_i(1'b0),
///     .valid_i, .data_i, .ready_o, .valid_o, .data_o, .ready_i);
module qdpi_fifo #(
  /// Bits of an entry.
  parameter int unsigned Width = 8,
  /// Entries; a power of two, two at least.
  parameter int unsigned Depth = 4
) (
  /// Clock.
  input  logic             clk_i,
  /// Asynchronous reset, active low.
  input  logic             rst_ni,
  /// Forgets all entries; an entry offered in the same clock is lost too.
  input  logic             clear_i,
  /// An entry is offered.
  input  logic             valid_i,
  /// The entry offered.
  input  logic [Width-1:0] data_i,
  /// There is room.
  output logic             ready_o,
  /// There is an entry to take.
  output logic             valid_o,
  /// The oldest entry.
  output logic [Width-1:0] data_o,
  /// The oldest entry is taken.
  input  logic             ready_i
);
  localparam int unsigned IndexWidth = $clog2(Depth);

  logic [Width-1:0] storage_q [Depth];
  // One bit more than the index tells full from empty.
  logic [IndexWidth:0] write_q, read_q;
  logic push, pop;

  assign valid_o = write_q != read_q;
  assign ready_o = write_q != {~read_q[IndexWidth], read_q[IndexWidth-1:0]};
  assign data_o = storage_q[read_q[IndexWidth-1:0]];
  assign push = valid_i && ready_o;
  assign pop = valid_o && ready_i;

  always_ff @(posedge clk_i) begin
    if (push) storage_q[write_q[IndexWidth-1:0]] <= data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
    end else if (clear_i) begin
      write_q <= '0;
      read_q <= '0;
    end else begin
      if (push) write_q <= write_q + 1'b1;
      if (pop) read_q <= read_q + 1'b1;
    end
  end
endmodule
