// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The AHB port under bursts of 16 beats, written and read in turn. For tb_bench_port.
module bench_ahb (
  /// Clock: rising edge.
  input  logic            clk_i,
  /// Reset: active low.
  input  logic            rst_ni,
  /// Beats that the port has taken or given.
  output longint unsigned beats_o
);
  localparam logic [31:0] First = 32'h10_0000, Span = 32'h1_0000;
  localparam logic [1:0] Nonseq = 2'd2, Seq = 2'd3;

  logic        ready, resp, write, data_phase, bridge_lost, exokay;
  logic [1:0]  trans;
  logic [31:0] address;
  logic [63:0] wdata, rdata;

  qdpi_ahb_port #(
    .DataWidth(64)
  ) u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(bridge_lost),
    .hsel_i(1'b1),
    .haddr_i(address),
    .htrans_i(trans),
    .hsize_i(3'd3),
    .hburst_i(3'd7),  // INCR16
    .hwrite_i(write),
    .hprot_i(7'd3),
    .hmastlock_i(1'b0),
    .hnonsec_i(1'b0),
    .hexcl_i(1'b0),
    .hmaster_i(4'd0),
    .hwdata_i(wdata),
    .hwstrb_i(8'hff),
    .hready_i(ready),
    .hreadyout_o(ready),
    .hresp_o(resp),
    .hrdata_o(rdata),
    .hexokay_o(exokay)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      trans      <= 2'd0;
      address    <= First;
      write      <= 1'b1;
      wdata      <= '0;
      data_phase <= 1'b0;
      beats_o    <= 0;
    end else if (ready) begin
      if (trans == 2'd0) begin
        trans <= Nonseq;
      end else begin
        // 16 beats of 8 bytes; the next burst goes the other way.
        address    <= First + ((address + 32'd8) & (Span - 32'd1));
        trans      <= address[6:3] == 4'd15 ? Nonseq : Seq;
        write      <= write ^ (address[6:3] == 4'd15);
        wdata      <= wdata + 64'd1;
        data_phase <= 1'b1;
      end
      beats_o <= beats_o + 64'(data_phase && !resp);
    end
  end

  /// Use `bridge` from now on.
  function automatic void start(input chandle bridge);
    u_port.attach(bridge);
  endfunction

  logic unused;
  assign unused = ^{bridge_lost, rdata, exokay};

endmodule
