// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The AXI4-Lite port under a read and a write in each clock. For tb_bench_port.
module bench_axil (
  /// Clock: rising edge.
  input  logic            clk_i,
  /// Reset: active low.
  input  logic            rst_ni,
  /// Beats that the port has taken or given.
  output longint unsigned beats_o
);
  localparam logic [63:0] First = 64'h10_0000, Span = 64'h1_0000;

  logic        awvalid, awready, wvalid, wready, bvalid, arvalid, arready, rvalid;
  logic [1:0]  bresp, rresp;
  logic [63:0] awaddr, araddr, wdata, rdata;
  logic        bridge_lost;

  qdpi_axil_port #(
    .DataWidth(64)
  ) u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(bridge_lost),
    .axil_awaddr_i(awaddr),
    .axil_awprot_i(3'd0),
    .axil_awvalid_i(awvalid),
    .axil_awready_o(awready),
    .axil_wdata_i(wdata),
    .axil_wstrb_i(8'hff),
    .axil_wvalid_i(wvalid),
    .axil_wready_o(wready),
    .axil_bresp_o(bresp),
    .axil_bvalid_o(bvalid),
    .axil_bready_i(1'b1),
    .axil_araddr_i(araddr),
    .axil_arprot_i(3'd0),
    .axil_arvalid_i(arvalid),
    .axil_arready_o(arready),
    .axil_rdata_o(rdata),
    .axil_rresp_o(rresp),
    .axil_rvalid_o(rvalid),
    .axil_rready_i(1'b1)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {awvalid, wvalid, arvalid} <= 3'b000;
      awaddr  <= First;
      araddr  <= First + Span;
      wdata   <= '0;
      beats_o <= 0;
    end else begin
      {awvalid, wvalid, arvalid} <= 3'b111;
      if (awvalid && awready) awaddr <= First + ((awaddr + 64'd8) & (Span - 64'd1));
      if (wvalid && wready) wdata <= wdata + 64'd1;
      if (arvalid && arready) araddr <= First + Span + ((araddr + 64'd8) & (Span - 64'd1));
      beats_o <= beats_o + 64'(bvalid && bresp == 2'd0) + 64'(rvalid && rresp == 2'd0);
    end
  end

  /// Use `bridge` from now on.
  function automatic void start(input chandle bridge);
    u_port.attach(bridge);
  endfunction

  logic unused;
  assign unused = ^{bridge_lost, rdata};

endmodule
