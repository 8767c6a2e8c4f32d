// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Moves a byte stream from the alignment of its source to that of its destination.

/// Byte realigner, one beat per clock. Every source beat is rotated; a destination beat takes the
/// lanes below the rotation from the rotated beat before and the others from the present one. When
/// the destination starts at a lower lane than the source, the first source beat alone makes no
/// destination beat. After the last source beat the kept lanes are offered once more: the
/// consumer counts its beats and takes that one or leaves it.
module qdpi_dma_align #(
  /// Data bus bits.
  parameter int unsigned DataWidth = 64,
  /// Bits of a lane number; derived, do not set.
  localparam int unsigned OffsetWidth = $clog2(DataWidth / 8)
) (
  /// Clock.
  input  logic                   clk_i,
  /// Asynchronous reset, active low.
  input  logic                   rst_ni,
  /// Begins a transfer, forgets the last.
  input  logic                   start_i,
  /// First lane of the source.
  input  logic [OffsetWidth-1:0] source_offset_i,
  /// First lane of the destination.
  input  logic [OffsetWidth-1:0] destination_offset_i,
  /// A source beat is there.
  input  logic                   source_valid_i,
  /// The source beat.
  input  logic [DataWidth-1:0]   source_data_i,
  /// It is the last.
  input  logic                   source_last_i,
  /// The source beat is taken.
  output logic                   source_ready_o,
  /// A destination beat is there.
  output logic                   beat_valid_o,
  /// The destination beat.
  output logic [DataWidth-1:0]   beat_data_o,
  /// The destination beat is taken.
  input  logic                   beat_ready_i
);
  localparam int unsigned BeatBytes = DataWidth / 8;

  logic [OffsetWidth-1:0] rotate_q;
  logic prime_q, exhausted_q;
  logic [DataWidth-1:0] kept_q, rotated, merged;
  logic [DataWidth-1:0] lanes_q;  // those that the present beat fills
  logic source_taken;
  logic [OffsetWidth-1:0] rotate;

  // Without a rotation nothing is kept, which saves simulators all of it.
  always_comb begin
    rotated = source_data_i;
    merged = source_data_i;
    if (rotate_q != '0) begin
      rotated = (source_data_i << {rotate_q, 3'b000})
          | (source_data_i >> {(OffsetWidth + 1)'(BeatBytes) - {1'b0, rotate_q}, 3'b000});
      merged = (rotated & lanes_q) | (kept_q & ~lanes_q);
    end
  end

  assign rotate = destination_offset_i - source_offset_i;
  assign beat_data_o = merged;
  assign beat_valid_o = exhausted_q || (source_valid_i && !prime_q);
  assign source_ready_o = !exhausted_q && (prime_q || beat_ready_i);
  assign source_taken = source_valid_i && source_ready_o;

  always_ff @(posedge clk_i) begin
    if (source_taken) kept_q <= rotated;
    if (start_i) lanes_q <= {DataWidth{1'b1}} << {rotate, 3'b000};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rotate_q <= '0;
      prime_q <= 1'b0;
      exhausted_q <= 1'b0;
    end else if (start_i) begin
      rotate_q <= rotate;
      prime_q <= destination_offset_i < source_offset_i;
      exhausted_q <= 1'b0;
    end else if (source_taken) begin
      prime_q <= 1'b0;
      exhausted_q <= source_last_i;
    end
  end
endmodule
