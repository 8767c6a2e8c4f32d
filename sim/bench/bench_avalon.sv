// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The Avalon port under bursts of 16 beats, written and read in turn. For tb_bench_port.
module bench_avalon (
  /// Clock: rising edge.
  input  logic            clk_i,
  /// Reset: active low.
  input  logic            rst_ni,
  /// Beats that the port has taken or given.
  output longint unsigned beats_o
);
  localparam logic [63:0] First = 64'h10_0000, Span = 64'h1_0000;

  logic        reading, busy, waiting, readdatavalid, written, bridge_lost;
  logic [1:0]  resp;
  logic [3:0]  beat;
  logic [63:0] address, wdata, rdata;

  qdpi_avalon_port u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(bridge_lost),
    .avalon_read_i(busy && reading),
    .avalon_write_i(busy && !reading),
    .avalon_address_i(address),
    .avalon_burstcount_i(5'd16),
    .avalon_byteenable_i(8'hff),
    .avalon_writedata_i(wdata),
    .avalon_lock_i(1'b0),
    .avalon_waitrequest_o(waiting),
    .avalon_readdata_o(rdata),
    .avalon_readdatavalid_o(readdatavalid),
    .avalon_response_o(resp),
    .avalon_writeresponsevalid_o(written)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy    <= 1'b0;
      reading <= 1'b0;
      beat    <= 4'd0;
      address <= First;
      wdata   <= '0;
      beats_o <= 0;
    end else begin
      busy <= 1'b1;
      if (busy && !waiting) begin
        beat  <= beat + 4'd1;
        wdata <= wdata + 64'd1;
        // A read burst is one request, a write burst one for each beat.
        if (reading || beat == 4'd15) begin
          beat    <= 4'd0;
          reading <= !reading;
          address <= First + ((address + 64'd128) & (Span - 64'd1));
        end
      end
      beats_o <= beats_o + 64'(readdatavalid && resp == 2'd0) + 64'(written && resp == 2'd0);
    end
  end

  /// Use `bridge` from now on.
  function automatic void start(input chandle bridge);
    u_port.attach(bridge);
  endfunction

  logic unused;
  assign unused = ^{bridge_lost, rdata};

endmodule
