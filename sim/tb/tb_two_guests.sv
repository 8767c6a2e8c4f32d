// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Two guests, two bridges, two DMA engines of different widths in one simulation: nothing is shared.
/// Endpoints: +qemu_a= and +qemu_b=.
module tb_two_guests (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  logic        done_a, done_b;
  int unsigned line;

  tb_dma_node #(
    .DataWidth (64),
    .IdleWaitMs(0)
  ) u_node_a (
    .clk_i,
    .rst_ni,
    .done_o(done_a)
  );

  tb_dma_node #(
    .DataWidth (256),
    .IdleWaitMs(0)
  ) u_node_b (
    .clk_i,
    .rst_ni,
    .done_o(done_b)
  );

  initial begin
    string endpoint_a, endpoint_b;
    if ($value$plusargs("irq=%d", line) == 0) line = 5;
    if ($value$plusargs("qemu_a=%s", endpoint_a) == 0 || $value$plusargs("qemu_b=%s", endpoint_b) == 0)
    begin
      $fatal(1, "give both endpoints: +qemu_a=qmp:PATH +qemu_b=qmp:PATH");
    end
    u_node_a.attach("guest a", endpoint_a, line);
    u_node_b.attach("guest b", endpoint_b, line);
  end

  always @(posedge clk_i) begin
    if (done_a && done_b) begin
      if (u_node_a.conclude() && u_node_b.conclude()) $display("QDPI TEST PASSED");
      $finish;
    end
  end

endmodule
