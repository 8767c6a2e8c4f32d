// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Two guests, two bridges, two DMA engines of different widths in one simulation: nothing is shared.
/// Endpoints: the environment variables QEMU_DPI_A and QEMU_DPI_B.
module tb_two_guests (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  tb_dma_pkg::status_t status_a, status_b;
  logic                done_a, done_b, device_a_rst_n, device_b_rst_n;
  int unsigned         line;

  tb_dma_node #(
    .DataWidth (64),
    .IdleWaitMs(0),
    .Name      ("guest_a")
  ) u_node_a (
    .clk_i,
    .rst_ni,
    .reset_guest_i(1'b0),
    .device_rst_no(device_a_rst_n),
    .status_o     (status_a),
    .done_o       (done_a)
  );

  tb_dma_node #(
    .DataWidth (256),
    .IdleWaitMs(0),
    .Name      ("guest_b")
  ) u_node_b (
    .clk_i,
    .rst_ni,
    .reset_guest_i(1'b0),
    .device_rst_no(device_b_rst_n),
    .status_o     (status_b),
    .done_o       (done_b)
  );

  // No other devices stand beside the engines.
  logic unused;
  assign unused = ^{status_a, status_b, device_a_rst_n, device_b_rst_n};

  initial begin
    if ($value$plusargs("irq=%d", line) == 0) line = 5;
    u_node_a.attach("env:QEMU_DPI_A", line);
    u_node_b.attach("env:QEMU_DPI_B", line);
  end

  always @(posedge clk_i) begin
    if (done_a && done_b) begin
      if (u_node_a.conclude() && u_node_b.conclude()) $display("QDPI TEST PASSED");
      $finish;
    end
  end

endmodule
