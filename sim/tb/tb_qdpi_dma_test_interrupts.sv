// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Unit test of the DMA engine: when an interrupt comes, by count and by time-out.
// Uses u_registers, u_model, u_software and u_memory next to this module.

/// Test of interrupt coalescing.
module tb_qdpi_dma_test_interrupts (
  /// Clock.
  input logic clk_i,
  /// The engine's interrupt.
  input logic interrupt_i
);
  import qdpi_dma_pkg::*;
  import tb_qdpi_dma_unit_pkg::*;

  task automatic wait_interrupt(input int unsigned patience);
    while (!interrupt_i && patience != 0) begin
      @(negedge clk_i);
      patience--;
    end
    if (!interrupt_i) $error("no interrupt");
  endtask

  task automatic coalescing();
    longint unsigned from;
    u_software.set_up_ring(16);
    // By count; the second interrupt only after the acknowledgement.
    u_registers.write(QDPI_DMA_REG_COALESCE, 64'd4);
    for (int unsigned i = 0; i < count_of(8); i++)
      u_software.post(QDPI_DMA_OP_FILL, 64, 0, DestinationFrom + 64 * i, random_word());
    u_software.write_tail();
    wait_interrupt(5000);
    if (u_software.completed() != 64'd4)
      $error("interrupt at completion %0d", u_software.completed());
    u_software.run_ring(1'b0);
    u_registers.expect_value(QDPI_DMA_REG_INTERRUPTS, 1);
    u_registers.write(QDPI_DMA_REG_INTERRUPT_ACK, 4);
    wait_interrupt(10);
    u_registers.expect_value(QDPI_DMA_REG_INTERRUPTS, 2);
    if (u_software.raises != 2) $error("%0d interrupts, expected 2", u_software.raises);
    // An acknowledgement of what is not there yet must not hide it later.
    u_registers.write(QDPI_DMA_REG_INTERRUPT_ACK, 12);
    repeat (100) @(negedge clk_i);
    if (interrupt_i) $error("interrupt without a completion");
    u_software.post(QDPI_DMA_OP_FILL, 64, 0, DestinationFrom, random_word());
    u_software.run_ring(1'b0);
    wait_interrupt(10);
    u_registers.write(QDPI_DMA_REG_INTERRUPT_ACK, 64'(u_software.head));
    // By time-out.
    u_registers.write(QDPI_DMA_REG_COALESCE, {32'd700, 32'd10});
    for (int unsigned i = 0; i < count_of(3); i++)
      u_software.post(QDPI_DMA_OP_FILL, 64, 0, DestinationFrom + 64 * i, random_word());
    u_software.write_tail();
    while (u_software.completed() == 64'(u_software.head)) @(negedge clk_i);
    from = u_memory.clocks;
    u_software.run_ring(1'b0);
    wait_interrupt(2000);
    if (u_memory.clocks - from < 690 || u_memory.clocks - from > 730)
      $error("time-out of 700 clocks took %0d", u_memory.clocks - from);
    // What completed meanwhile is signalled after the acknowledgement, by time-out again.
    u_registers.write(QDPI_DMA_REG_INTERRUPT_ACK, 64'(u_software.head) - 64'd1);
    wait_interrupt(1000);
    u_registers.write(QDPI_DMA_REG_INTERRUPT_ACK, 64'(u_software.head));
    repeat (1000) @(negedge clk_i);
    if (interrupt_i) $error("interrupt without a completion");
    u_registers.expect_value(QDPI_DMA_REG_INTERRUPTS, 64'(u_software.raises));
    u_software.finish_batch();
    u_software.soft_reset();
  endtask
endmodule
