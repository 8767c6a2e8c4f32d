// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The read half of the bus manager: issues the bursts of one transfer and streams their beats.

/// Reads the bus-wide containers of a range of bytes, several bursts in flight, as a stream of
/// beats in order: all bursts carry the same ID, so their data returns in order. The first beat
/// that fails ends the stream before it; what is in flight is then taken from the bus and dropped.
module qdpi_dma_reader #(
  /// Address bits.
  parameter int unsigned AddrWidth = 64,
  /// Data bus bits.
  parameter int unsigned DataWidth = 64,
  /// Bursts in flight.
  parameter int unsigned MaxReadsInFlight = 4,
  /// Beats of the longest burst.
  parameter int unsigned MaxBurstBeats = 64
) (
  /// Clock.
  input  logic                 clk_i,
  /// Asynchronous reset, active low.
  input  logic                 rst_ni,
  /// Begins a transfer and forgets the last one's beats and error; only while busy_o is low.
  input  logic                 start_i,
  /// First byte.
  input  logic [AddrWidth-1:0] addr_i,
  /// Bytes, not 0.
  input  logic [31:0]          length_i,
  /// Ends the transfer early: nothing is issued, what is in flight is dropped.
  input  logic                 stop_i,
  /// Reads are to be issued or in flight.
  output logic                 busy_o,
  /// The first response of the transfer that was an error, else OKAY.
  output logic [1:0]           error_o,
  /// A beat is there.
  output logic                 beat_valid_o,
  /// The beat.
  output logic [DataWidth-1:0] beat_data_o,
  /// It is the last of the transfer.
  output logic                 beat_last_o,
  /// The beat is taken.
  input  logic                 beat_ready_i,
  /// AXI4 ARADDR.
  output logic [AddrWidth-1:0] araddr_o,
  /// AXI4 ARLEN.
  output logic [7:0]           arlen_o,
  /// AXI4 ARVALID.
  output logic                 arvalid_o,
  /// AXI4 ARREADY.
  input  logic                 arready_i,
  /// AXI4 RDATA.
  input  logic [DataWidth-1:0] rdata_i,
  /// AXI4 RRESP.
  input  logic [1:0]           rresp_i,
  /// AXI4 RLAST.
  input  logic                 rlast_i,
  /// AXI4 RVALID.
  input  logic                 rvalid_i,
  /// AXI4 RREADY.
  output logic                 rready_o
);
  localparam int unsigned FifoDepth = 16;
  localparam int unsigned OffsetWidth = $clog2(DataWidth / 8);
  // Bytes from the start of the first beat to the end: up to 2^32-1 plus the offset.
  localparam int unsigned SpanWidth = 33;
  localparam int unsigned CountWidth = SpanWidth - OffsetWidth;
  localparam int unsigned FlightWidth = $clog2(MaxReadsInFlight + 1);

  logic [FlightWidth-1:0] in_flight_q;
  logic [1:0] error_q;
  logic pending, issue;
  logic dropping, taken, taken_last, fifo_ready;
  // Beats that have not been handed over, less one: that says which is the last.
  logic [CountWidth-1:0] after_this_q;
  logic [SpanWidth-1:0] span;

  assign dropping = stop_i || (error_q != qdpi_dma_pkg::AxiRespOkay);
  assign busy_o = pending || (in_flight_q != '0);
  assign error_o = error_q;
  assign rready_o = dropping || fifo_ready;
  assign taken = rvalid_i && rready_o;
  assign taken_last = taken && rlast_i;
  assign beat_last_o = after_this_q == '0;
  assign span = SpanWidth'(length_i) + SpanWidth'(addr_i[OffsetWidth-1:0]) - SpanWidth'(1);

  // The reader has no use for a burst's length or for which burst is the last.
  /* verilator lint_off PINCONNECTEMPTY */
  qdpi_dma_bursts #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .MaxBurstBeats(MaxBurstBeats)
  ) u_bursts (
    .clk_i,
    .rst_ni,
    .start_i,
    .addr_i,
    .length_i,
    .stop_i(dropping),
    .permit_i(in_flight_q < FlightWidth'(MaxReadsInFlight)),
    .pending_o(pending),
    .issue_o(issue),
    .issue_len_o(),
    .issue_final_o(),
    .ax_addr_o(araddr_o),
    .ax_len_o(arlen_o),
    .ax_valid_o(arvalid_o),
    .ax_ready_i(arready_i)
  );
  /* verilator lint_on PINCONNECTEMPTY */

  qdpi_fifo #(
    .Width(DataWidth),
    .Depth(FifoDepth)
  ) u_beats (
    .clk_i,
    .rst_ni,
    .clear_i(start_i),
    .valid_i(rvalid_i && !dropping && !rresp_i[1]),
    .data_i(rdata_i),
    .ready_o(fifo_ready),
    .valid_o(beat_valid_o),
    .data_o(beat_data_o),
    .ready_i(beat_ready_i)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_flight_q <= '0;
      error_q <= qdpi_dma_pkg::AxiRespOkay;
      after_this_q <= '0;
    end else begin
      if (start_i) after_this_q <= CountWidth'(span >> OffsetWidth);
      else if (beat_valid_o && beat_ready_i) after_this_q <= after_this_q - 1'b1;

      if (issue && !taken_last) in_flight_q <= in_flight_q + 1'b1;
      else if (!issue && taken_last) in_flight_q <= in_flight_q - 1'b1;

      if (start_i) error_q <= qdpi_dma_pkg::AxiRespOkay;
      else if (taken && !dropping && rresp_i[1]) error_q <= rresp_i;
    end
  end
endmodule
