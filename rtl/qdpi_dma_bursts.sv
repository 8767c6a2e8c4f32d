// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Cuts a range of bytes into AXI4 INCR bursts and drives the address channel, for reads and for
// writes alike.

/// Address channel of one transfer. Bursts end at multiples of their greatest size, a power of two
/// of at most 4 KiB, so none crosses a 4 KiB boundary. Addresses are aligned to the bus:
/// what a transfer does not want of its first and last beat is cut away by strobes or dropped, and
/// a subordinate that ignores the low address bits sees the same.
module qdpi_dma_bursts #(
  /// Address bits.
  parameter int unsigned AddrWidth = 64,
  /// Data bus bits.
  parameter int unsigned DataWidth = 64,
  /// Beats of the longest burst; a power of two, 2 to 256.
  parameter int unsigned MaxBurstBeats = 64
) (
  /// Clock.
  input  logic                 clk_i,
  /// Asynchronous reset, active low.
  input  logic                 rst_ni,
  /// Begins a transfer; only while pending_o is low.
  input  logic                 start_i,
  /// First byte of the transfer.
  input  logic [AddrWidth-1:0] addr_i,
  /// Bytes of the transfer, not 0.
  input  logic [31:0]          length_i,
  /// Issues no further burst; the one on the address channel stays until taken.
  input  logic                 stop_i,
  /// One more burst may be in flight.
  input  logic                 permit_i,
  /// Bursts of the transfer are still to be issued.
  output logic                 pending_o,
  /// A burst goes to the address channel at the end of this clock.
  output logic                 issue_o,
  /// Its beats less one.
  output logic [7:0]           issue_len_o,
  /// It is the last of the transfer.
  output logic                 issue_final_o,
  /// Address channel: AxADDR.
  output logic [AddrWidth-1:0] ax_addr_o,
  /// Address channel: AxLEN.
  output logic [7:0]           ax_len_o,
  /// Address channel: AxVALID.
  output logic                 ax_valid_o,
  /// Address channel: AxREADY.
  input  logic                 ax_ready_i
);
  localparam int unsigned BeatBytes = DataWidth / 8;
  localparam int unsigned OffsetWidth = $clog2(BeatBytes);
  localparam int unsigned PageBeats = 4096 / BeatBytes;
  localparam int unsigned BurstBeats = (MaxBurstBeats < PageBeats) ? MaxBurstBeats : PageBeats;
  localparam int unsigned BurstWidth = $clog2(BurstBeats);
  // Bytes from the start of the first beat to the end: up to 2^32-1 plus the offset.
  localparam int unsigned SpanWidth = 33;
  localparam int unsigned CountWidth = SpanWidth - OffsetWidth;
  localparam int unsigned BeatAddrWidth = AddrWidth - OffsetWidth;

  logic [BeatAddrWidth-1:0] beat_addr_q;
  logic [CountWidth-1:0] left_q;
  logic [AddrWidth-1:0] ax_addr_q;
  logic [7:0] ax_len_q;
  logic ax_valid_q;

  logic [SpanWidth-1:0] span;
  logic [CountWidth-1:0] span_beats;
  logic [BurstWidth:0] room, burst;

  assign span = SpanWidth'(length_i) + SpanWidth'(addr_i[OffsetWidth-1:0])
      + SpanWidth'(BeatBytes - 1);
  assign span_beats = CountWidth'(span >> OffsetWidth);

  assign room = (BurstWidth + 1)'(BurstBeats) - {1'b0, beat_addr_q[BurstWidth-1:0]};
  assign issue_final_o = left_q <= CountWidth'(room);
  assign burst = issue_final_o ? left_q[BurstWidth:0] : room;

  assign pending_o = left_q != '0;
  assign issue_o = pending_o && permit_i && !stop_i && (!ax_valid_q || ax_ready_i);
  assign issue_len_o = 8'(burst - 1'b1);
  assign ax_addr_o = ax_addr_q;
  assign ax_len_o = ax_len_q;
  assign ax_valid_o = ax_valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_addr_q <= '0;
      left_q <= '0;
      ax_addr_q <= '0;
      ax_len_q <= '0;
      ax_valid_q <= 1'b0;
    end else begin
      if (start_i) begin
        beat_addr_q <= addr_i[AddrWidth-1:OffsetWidth];
        left_q <= span_beats;
      end else if (stop_i) begin
        left_q <= '0;
      end else if (issue_o) begin
        beat_addr_q <= beat_addr_q + BeatAddrWidth'(burst);
        left_q <= left_q - CountWidth'(burst);
      end
      if (issue_o) begin
        ax_valid_q <= 1'b1;
        ax_addr_q <= {beat_addr_q, {OffsetWidth{1'b0}}};
        ax_len_q <= issue_len_o;
      end else if (ax_ready_i) begin
        ax_valid_q <= 1'b0;
      end
    end
  end
endmodule
