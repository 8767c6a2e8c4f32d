// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C over a stream of beats, one beat per clock, whole or partial.

/// CRC-32C of length_i bytes that arrive packed from lane 0 on, only the last beat being partial.
/// A beat of k bytes is moved to the top of the bus after the state was added to its first 32 bits:
/// leading zeros do not change a zero state, so one fixed XOR network serves every k.
/// State bits that are moved out (k < 4) are those that k bytes leave untouched but shifted.
module qdpi_crc32c #(
  /// Data bus bits.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input  logic                 clk_i,
  /// Asynchronous reset, active low.
  input  logic                 rst_ni,
  /// Begins a message.
  input  logic                 start_i,
  /// CRC of what came before the message; 0 when nothing did.
  input  logic [31:0]          crc_i,
  /// Bytes of the message.
  input  logic [31:0]          length_i,
  /// Ends the message early.
  input  logic                 stop_i,
  /// Bytes of the message are still to come.
  output logic                 busy_o,
  /// CRC of all bytes so far.
  output logic [31:0]          crc_o,
  /// A beat is there.
  input  logic                 beat_valid_i,
  /// The beat.
  input  logic [DataWidth-1:0] beat_data_i,
  /// The beat is taken.
  output logic                 beat_ready_o
);
  localparam int unsigned BeatBytes = DataWidth / 8;
  localparam int unsigned OffsetWidth = $clog2(BeatBytes);

  logic [31:0] state_q, left_q;
  logic whole_beat;
  logic [OffsetWidth:0] bytes;

  function automatic logic [31:0] advance(input logic [31:0] state,
                                          input logic [DataWidth-1:0] data,
                                          input logic [OffsetWidth:0] count);
    logic [DataWidth-1:0] message;
    logic [DataWidth+31:0] moved;
    logic [31:0] column, sum;
    message = data & ~({DataWidth{1'b1}} << {count, 3'b000});
    moved = {32'h0, message ^ DataWidth'(state)}
        << {(OffsetWidth + 1)'(BeatBytes) - count, 3'b000};
    sum = moved[DataWidth+31:DataWidth];
    // What a lone bit adds to the CRC depends only on its distance from the end.
    column = qdpi_dma_pkg::Crc32cPolynomial;
    for (int unsigned i = 1; i <= DataWidth; i++) begin
      sum = sum ^ (column & {32{moved[DataWidth-i]}});
      column = {1'b0, column[31:1]} ^ (qdpi_dma_pkg::Crc32cPolynomial & {32{column[0]}});
    end
    advance = sum;
  endfunction

  assign busy_o = left_q != '0;
  assign crc_o = ~state_q;
  assign beat_ready_o = busy_o;
  assign whole_beat = left_q >= 32'(BeatBytes);
  assign bytes = whole_beat ? (OffsetWidth + 1)'(BeatBytes) : left_q[OffsetWidth:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= '0;
      left_q <= '0;
    end else if (start_i) begin
      state_q <= ~crc_i;
      left_q <= length_i;
    end else if (stop_i) begin
      left_q <= '0;
    end else if (beat_valid_i && busy_o) begin
      state_q <= advance(state_q, beat_data_i, bytes);
      left_q <= left_q - 32'(bytes);
    end
  end
endmodule
