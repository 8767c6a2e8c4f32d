// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The APB port under writes and reads in turn. For tb_bench_port.
module bench_apb (
  /// Clock: rising edge.
  input  logic            clk_i,
  /// Reset: active low.
  input  logic            rst_ni,
  /// Beats that the port has taken or given.
  output longint unsigned beats_o
);
  localparam logic [31:0] First = 32'h10_0000, Span = 32'h1_0000;

  logic        sel, enable, write, ready, slverr, bridge_lost;
  logic [31:0] address, wdata, rdata;

  qdpi_apb_port u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(bridge_lost),
    .paddr_i(address),
    .pprot_i(3'd0),
    .psel_i(sel),
    .penable_i(enable),
    .pwrite_i(write),
    .pwdata_i(wdata),
    .pstrb_i({4{write}}),
    .pready_o(ready),
    .prdata_o(rdata),
    .pslverr_o(slverr)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sel     <= 1'b0;
      enable  <= 1'b0;
      write   <= 1'b1;
      address <= First;
      wdata   <= '0;
      beats_o <= 0;
    end else begin
      sel    <= 1'b1;
      enable <= sel && !(enable && ready);
      if (enable && ready) begin
        address <= First + ((address + 32'd4) & (Span - 32'd1));
        write   <= !write;
        wdata   <= wdata + 32'd1;
        beats_o <= beats_o + 64'(!slverr);
      end
    end
  end

  /// Use `bridge` from now on.
  function automatic void start(input chandle bridge);
    u_port.attach(bridge);
  endfunction

  logic unused;
  assign unused = ^{bridge_lost, rdata};

endmodule
