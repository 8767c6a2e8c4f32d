// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The TileLink port under PutFullData and Get of 64 bytes in turn. For tb_bench_port.
module bench_tilelink (
  /// Clock: rising edge.
  input  logic            clk_i,
  /// Reset: active low.
  input  logic            rst_ni,
  /// Beats that the port has taken or given.
  output longint unsigned beats_o
);
  localparam logic [63:0] First = 64'h10_0000, Span = 64'h1_0000;
  localparam logic [2:0] PutFullData = 3'd0, Get = 3'd4;

  logic        a_valid, a_ready, started, d_valid, d_denied, d_corrupt, reading, bridge_lost;
  logic [2:0]  beat, d_opcode;
  logic [1:0]  d_param;
  logic [3:0]  source, d_source, d_size;
  logic        d_sink;
  logic [63:0] address, wdata, d_data;
  logic [15:0] used;  // sources that wait for an answer
  logic [2:0]  answer_beat;

  qdpi_tilelink_port u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(bridge_lost),
    .tl_a_valid_i(a_valid),
    .tl_a_ready_o(a_ready),
    .tl_a_opcode_i(reading ? Get : PutFullData),
    .tl_a_param_i(3'd0),
    .tl_a_size_i(4'd6),
    .tl_a_source_i(source),
    .tl_a_address_i(address),
    .tl_a_mask_i(8'hff),
    .tl_a_data_i(wdata),
    .tl_a_corrupt_i(1'b0),
    .tl_d_valid_o(d_valid),
    .tl_d_ready_i(1'b1),
    .tl_d_opcode_o(d_opcode),
    .tl_d_param_o(d_param),
    .tl_d_size_o(d_size),
    .tl_d_source_o(d_source),
    .tl_d_sink_o(d_sink),
    .tl_d_denied_o(d_denied),
    .tl_d_data_o(d_data),
    .tl_d_corrupt_o(d_corrupt)
  );

  // A message goes on once it has begun; a new one needs a free source.
  assign a_valid = started && (beat != 3'd0 || !used[source]);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      started     <= 1'b0;
      reading     <= 1'b0;
      beat        <= 3'd0;
      answer_beat <= 3'd0;
      source      <= 4'd0;
      used        <= '0;
      address     <= First;
      wdata       <= '0;
      beats_o     <= 0;
    end else begin
      started <= 1'b1;
      if (a_valid && a_ready) begin
        wdata        <= wdata + 64'd1;
        beat         <= beat + 3'd1;
        used[source] <= 1'b1;
        if (reading || beat == 3'd7) begin
          beat    <= 3'd0;
          reading <= !reading;
          source  <= source + 4'd1;
          address <= First + ((address + 64'd64) & (Span - 64'd1));
        end
        if (!reading) beats_o <= beats_o + 1;
      end
      if (d_valid) begin
        // AccessAckData has a beat for each word, AccessAck one.
        answer_beat <= d_opcode == 3'd1 ? answer_beat + 3'd1 : 3'd0;
        if (d_opcode != 3'd1 || answer_beat == 3'd7) used[d_source] <= 1'b0;
        if (d_opcode == 3'd1 && !(a_valid && a_ready && !reading)) beats_o <= beats_o + 1;
      end
    end
  end

  /// Use `bridge` from now on.
  function automatic void start(input chandle bridge);
    u_port.attach(bridge);
  endfunction

  logic unused;
  assign unused = ^{bridge_lost, d_param, d_size, d_sink, d_denied, d_corrupt, d_data};

endmodule
