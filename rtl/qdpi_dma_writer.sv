// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The write half of the bus manager: issues the bursts of one transfer, its beats and its strobes,
// and collects the responses.

/// Writes a range of bytes and no other: from a stream of beats in place, or from four 64-bit words
/// that repeat (the 8 n-th byte of the range is word n mod 4). W does not wait for AW to be taken.
/// When stopped, the bursts that were already announced are ended with strobes of zero.
module qdpi_dma_writer #(
  /// Address bits.
  parameter int unsigned AddrWidth = 64,
  /// Data bus bits.
  parameter int unsigned DataWidth = 64,
  /// Beats of the longest burst.
  parameter int unsigned MaxBurstBeats = 64
) (
  /// Clock.
  input  logic                   clk_i,
  /// Asynchronous reset, active low.
  input  logic                   rst_ni,
  /// Begins a transfer and forgets the last one's error; only while busy_o is low.
  input  logic                   start_i,
  /// First byte.
  input  logic [AddrWidth-1:0]   addr_i,
  /// Bytes, not 0.
  input  logic [31:0]            length_i,
  /// The data is words_i and not the stream.
  input  logic                   use_words_i,
  /// The words, lowest first; stable while busy_o is high.
  input  logic [255:0]           words_i,
  /// Ends the transfer early.
  input  logic                   stop_i,
  /// Writes are to be issued or not yet answered.
  output logic                   busy_o,
  /// The first response of the transfer that was an error, else OKAY.
  output logic [1:0]             error_o,
  /// A beat is there, its bytes in the lanes of the destination.
  input  logic                   beat_valid_i,
  /// The beat.
  input  logic [DataWidth-1:0]   beat_data_i,
  /// The beat is taken.
  output logic                   beat_ready_o,
  /// AXI4 AWADDR.
  output logic [AddrWidth-1:0]   awaddr_o,
  /// AXI4 AWLEN.
  output logic [7:0]             awlen_o,
  /// AXI4 AWVALID.
  output logic                   awvalid_o,
  /// AXI4 AWREADY.
  input  logic                   awready_i,
  /// AXI4 WDATA.
  output logic [DataWidth-1:0]   wdata_o,
  /// AXI4 WSTRB.
  output logic [DataWidth/8-1:0] wstrb_o,
  /// AXI4 WLAST.
  output logic                   wlast_o,
  /// AXI4 WVALID.
  output logic                   wvalid_o,
  /// AXI4 WREADY.
  input  logic                   wready_i,
  /// AXI4 BRESP.
  input  logic [1:0]             bresp_i,
  /// AXI4 BVALID.
  input  logic                   bvalid_i,
  /// AXI4 BREADY.
  output logic                   bready_o
);
  localparam int unsigned BeatBytes = DataWidth / 8;
  localparam int unsigned OffsetWidth = $clog2(BeatBytes);
  localparam int unsigned BeatWords = BeatBytes / 8;
  localparam int unsigned FlightWidth = $clog2(qdpi_dma_pkg::MaxWritesInFlight + 1);
  localparam logic [1:0] BeatWordsModulo = 2'(BeatWords);
  // The word of an address within its beat, modulo 4.
  localparam logic [1:0] WordOffsetMask = 2'(BeatWords - 1);

  logic pending, issue, issue_final;
  logic [7:0] issue_len;
  logic burst_valid, burst_ready, burst_final;
  logic [7:0] burst_len;

  logic [FlightWidth-1:0] in_flight_q;
  logic [1:0] error_q;
  logic use_words_q, first_q;
  logic [1:0] word_q;
  logic [OffsetWidth-1:0] first_lane_q, last_lane_q;
  logic [7:0] beat_q;

  logic [DataWidth-1:0] wdata_q, data;
  logic [BeatBytes-1:0] wstrb_q, strobes;
  logic wlast_q, wvalid_q;
  logic room, load, burst_last_beat, answered;

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
    .stop_i,
    .permit_i(in_flight_q < FlightWidth'(qdpi_dma_pkg::MaxWritesInFlight)),
    .pending_o(pending),
    .issue_o(issue),
    .issue_len_o(issue_len),
    .issue_final_o(issue_final),
    .ax_addr_o(awaddr_o),
    .ax_len_o(awlen_o),
    .ax_valid_o(awvalid_o),
    .ax_ready_i(awready_i)
  );

  // Deep enough for all bursts in flight, so it never refuses one.
  /* verilator lint_off PINCONNECTEMPTY */
  qdpi_fifo #(
    .Width(9),
    .Depth(qdpi_dma_pkg::MaxWritesInFlight)
  ) u_announced (
    .clk_i,
    .rst_ni,
    .clear_i(1'b0),
    .valid_i(issue),
    .data_i({issue_final, issue_len}),
    .ready_o(),
    .valid_o(burst_valid),
    .data_o({burst_final, burst_len}),
    .ready_i(burst_ready)
  );
  /* verilator lint_on PINCONNECTEMPTY */

  assign busy_o = pending || (in_flight_q != '0);
  assign error_o = error_q;

  assign room = burst_valid && (!wvalid_q || wready_i);
  assign load = room && (stop_i || use_words_q || beat_valid_i);
  assign beat_ready_o = room && !stop_i && !use_words_q;
  assign burst_last_beat = beat_q == burst_len;
  assign burst_ready = load && burst_last_beat;

  always_comb begin
    data = beat_data_i;
    if (use_words_q) begin
      for (int unsigned i = 0; i < BeatWords; i++) begin
        data[64*i+:64] = words_i[{word_q + 2'(i), 6'b0}+:64];
      end
    end
  end

  always_comb begin
    strobes = '1;
    if (first_q) strobes = strobes & ({BeatBytes{1'b1}} << first_lane_q);
    if (burst_final && burst_last_beat)
      strobes = strobes & ~({BeatBytes{1'b1}} << last_lane_q << 1);
    if (stop_i) strobes = '0;
  end

  assign wdata_o = wdata_q;
  assign wstrb_o = wstrb_q;
  assign wlast_o = wlast_q;
  assign wvalid_o = wvalid_q;
  assign bready_o = in_flight_q != '0;
  assign answered = bvalid_i && bready_o;

  always_ff @(posedge clk_i) begin
    if (load) wdata_q <= data;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_flight_q <= '0;
      error_q <= qdpi_dma_pkg::AxiRespOkay;
      use_words_q <= 1'b0;
      first_q <= 1'b0;
      word_q <= '0;
      first_lane_q <= '0;
      last_lane_q <= '0;
      beat_q <= '0;
      wstrb_q <= '0;
      wlast_q <= 1'b0;
      wvalid_q <= 1'b0;
    end else begin
      if (issue && !answered) in_flight_q <= in_flight_q + 1'b1;
      else if (!issue && answered) in_flight_q <= in_flight_q - 1'b1;

      if (start_i) error_q <= qdpi_dma_pkg::AxiRespOkay;
      else if (answered && bresp_i[1] && error_q == qdpi_dma_pkg::AxiRespOkay) error_q <= bresp_i;

      if (start_i) begin
        use_words_q <= use_words_i;
        first_q <= 1'b1;
        word_q <= 2'd0 - (addr_i[4:3] & WordOffsetMask);
        first_lane_q <= addr_i[OffsetWidth-1:0];
        last_lane_q <= addr_i[OffsetWidth-1:0] + length_i[OffsetWidth-1:0] - 1'b1;
      end else if (load) begin
        first_q <= 1'b0;
        word_q <= word_q + BeatWordsModulo;
      end

      if (load) begin
        beat_q <= burst_last_beat ? '0 : beat_q + 1'b1;
        wstrb_q <= strobes;
        wlast_q <= burst_last_beat;
        wvalid_q <= 1'b1;
      end else if (wready_i) begin
        wvalid_q <= 1'b0;
      end
    end
  end
endmodule
