// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Holds the descriptors that one read of the ring brought.

/// Descriptor buffer: PrefetchDescriptors slots, the slot being the low bits of the ring index.
/// Beats land where their address says; a bus wider than a descriptor may bring a neighbour, too,
/// which nobody then looks at. One descriptor at a time is taken out.
module qdpi_dma_prefetch #(
  /// Data bus bits.
  parameter int unsigned DataWidth = 64,
  /// Bits of a slot number; derived, do not set.
  localparam int unsigned SlotWidth = $clog2(qdpi_dma_pkg::PrefetchDescriptors)
) (
  /// Clock.
  input  logic                 clk_i,
  /// Asynchronous reset, active low.
  input  logic                 rst_ni,
  /// A read begins; its first beat holds first_slot_i.
  input  logic                 start_i,
  /// The slot of the first descriptor read.
  input  logic [SlotWidth-1:0] first_slot_i,
  /// A beat of that read is there; it is always taken.
  input  logic                 beat_valid_i,
  /// The beat.
  input  logic [DataWidth-1:0] beat_data_i,
  /// A descriptor is taken out.
  input  logic                 take_i,
  /// Its slot.
  input  logic [SlotWidth-1:0] slot_i,
  /// The one that was taken out last.
  output logic [255:0]         descriptor_o
);
  localparam int unsigned BufferBits = 256 * qdpi_dma_pkg::PrefetchDescriptors;
  localparam int unsigned BeatIndexWidth = $clog2(BufferBits / DataWidth);
  localparam int unsigned BeatShift = $clog2(DataWidth / 8);

  logic [BufferBits-1:0] buffer_q;
  logic [255:0] descriptor_q;
  logic [BeatIndexWidth-1:0] beat_q;

  assign descriptor_o = descriptor_q;

  always_ff @(posedge clk_i) begin
    if (take_i) descriptor_q <= buffer_q[{slot_i, 8'h00}+:256];
    if (beat_valid_i) buffer_q[beat_q*DataWidth+:DataWidth] <= beat_data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) beat_q <= '0;
    else if (start_i) beat_q <= BeatIndexWidth'({first_slot_i, 5'h00} >> BeatShift);
    else if (beat_valid_i) beat_q <= beat_q + 1'b1;
  end
endmodule
