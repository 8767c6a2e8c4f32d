// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The main job: a guest's DMA driver works with the engine in RTL, and checks every byte.
/// Plusargs: +qemu=ENDPOINT (else $QEMU_DPI), +irq=LINE (5), +windows, the port's knobs (+dma.KNOB=
/// or +qdpi.KNOB=), +retries_at_least=N, +restarts_at_least=N, +outside_resets=N, +attach_again
/// (tb_dma_node).
module tb_dma #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  tb_dma_pkg::status_t status;
  logic                done, device_rst_n;
  int unsigned         line;

  tb_dma_node #(
    .DataWidth(DataWidth)
  ) u_node (
    .clk_i,
    .rst_ni,
    .reset_guest_i(1'b0),
    .device_rst_no(device_rst_n),
    .status_o     (status),
    .done_o       (done)
  );

  // No other device stands beside the engine.
  logic unused;
  assign unused = ^{status, device_rst_n};

  initial begin
    if ($value$plusargs("irq=%d", line) == 0) line = 5;
    u_node.attach("", line);
  end

  always @(posedge clk_i) begin
    if (done) begin
      if (u_node.conclude()) $display("QDPI TEST PASSED");
      $finish;
    end
  end

endmodule
