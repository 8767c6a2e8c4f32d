// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The Wishbone port, pipelined: runs of 16 writes and of 16 reads in turn. For tb_bench_port.
module bench_wishbone (
  /// Clock: rising edge.
  input  logic            clk_i,
  /// Reset: active low.
  input  logic            rst_ni,
  /// Beats that the port has taken or given.
  output longint unsigned beats_o
);
  localparam logic [63:0] First = 64'h10_0000, Span = 64'h1_0000;

  logic        busy, write, stall, ack, err, rty, bridge_lost;
  logic [3:0]  beat;
  logic [63:0] address, wdata, rdata;

  qdpi_wishbone_port #(
    .DataWidth(64),
    .Pipelined(1'b1)
  ) u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(bridge_lost),
    .wb_cyc_i(busy),
    .wb_stb_i(busy),
    .wb_we_i(write),
    .wb_adr_i(address),
    .wb_dat_i(wdata),
    .wb_sel_i(8'hff),
    .wb_cti_i(3'd0),
    .wb_bte_i(2'd0),
    .wb_lock_i(1'b0),
    .wb_dat_o(rdata),
    .wb_stall_o(stall),
    .wb_ack_o(ack),
    .wb_err_o(err),
    .wb_rty_o(rty)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy    <= 1'b0;
      write   <= 1'b1;
      beat    <= 4'd0;
      address <= First;
      wdata   <= '0;
      beats_o <= 0;
    end else begin
      busy <= 1'b1;
      if (busy && !stall) begin
        beat    <= beat + 4'd1;
        write   <= write ^ (beat == 4'd15);
        wdata   <= wdata + 64'd1;
        address <= First + ((address + 64'd8) & (Span - 64'd1));
      end
      beats_o <= beats_o + 64'(ack);
    end
  end

  /// Use `bridge` from now on.
  function automatic void start(input chandle bridge);
    u_port.attach(bridge);
  endfunction

  logic unused;
  assign unused = ^{bridge_lost, rdata, err, rty};

endmodule
