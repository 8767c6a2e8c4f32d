// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The main job: a guest's DMA driver works with the engine in RTL, and checks every byte.
/// Plusargs: +qemu=ENDPOINT (else $QEMU_DPI), +irq=LINE (5), +windows, the port's knobs (+dma.KNOB=
/// or +qdpi.KNOB=), +retries_at_least=N, +restarts_at_least=N (tb_dma_node).
module tb_dma #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  logic        done;
  int unsigned line;

  tb_dma_node #(
    .DataWidth(DataWidth)
  ) u_node (
    .clk_i,
    .rst_ni,
    .done_o(done)
  );

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
