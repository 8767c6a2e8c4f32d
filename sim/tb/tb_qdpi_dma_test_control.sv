// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Unit test of the DMA engine: registers, set-up, disable, soft reset and the wrap of the counts.
// Uses u_registers, u_model, u_software and u_memory next to this module.

/// Tests of how the engine is controlled.
module tb_qdpi_dma_test_control (
  /// Clock.
  input logic clk_i,
  /// The engine's interrupt.
  input logic interrupt_i,
  /// The engine has halted.
  input logic halted_i,
  /// The engine works.
  input logic busy_i
);
  import qdpi_dma_pkg::*;
  import tb_qdpi_dma_unit_pkg::*;

  task automatic registers();
    logic [63:0] value;
    logic [1:0] resp;
    for (logic [31:0] i = 0; i < count_of(QDPI_DMA_REG_COUNT); i++) u_registers.expect_value(i, 0);
    u_registers.read_raw(12'(QDPI_DMA_REG_COUNT * 8), value, resp);
    if (resp != 2'b10 || value != 0) $error("reading an unknown register is answered %b", resp);
    u_registers.expect_refused(12'(QDPI_DMA_REG_STATUS * 8), 64'h7, 8'hff);
    u_registers.expect_refused(12'(QDPI_DMA_REG_HEAD * 8), 64'h7, 8'hff);
    u_registers.expect_refused(12'(QDPI_DMA_REG_INTERRUPTS * 8), 64'h7, 8'hff);
    u_registers.expect_refused(12'(QDPI_DMA_REG_COUNT * 8), 64'h7, 8'hff);
    u_registers.expect_refused(12'hff8, 64'h7, 8'hff);
    u_registers.expect_refused(12'(QDPI_DMA_REG_TAIL * 8), 64'h7, 8'h0f);
    u_registers.expect_refused(12'(QDPI_DMA_REG_TAIL * 8 + 4), 64'h7, 8'hff);
    u_registers.expect_refused(12'(QDPI_DMA_REG_IDENT_ADDR * 8), Base + 64'd4, 8'hff);
    u_registers.expect_refused(12'(QDPI_DMA_REG_IDENT_ADDR * 8), 64'hffff_ffff_ffff_ffe8, 8'hff);
    for (logic [31:0] i = 0; i < count_of(QDPI_DMA_REG_COUNT); i++) u_registers.expect_value(i, 0);
    u_registers.write(QDPI_DMA_REG_RING_BASE, 64'h0123_4567_89ab_cdc0);
    u_registers.write(QDPI_DMA_REG_COALESCE, 64'h8765_4321_0000_fedc);
    u_registers.write(QDPI_DMA_REG_TAIL, 64'hffff_ffff_8000_0001);
    u_registers.expect_value(QDPI_DMA_REG_RING_BASE, 64'h0123_4567_89ab_cdc0);
    u_registers.expect_value(QDPI_DMA_REG_COALESCE, 64'h8765_4321_0000_fedc);
    u_registers.expect_value(QDPI_DMA_REG_TAIL, 64'h8000_0001);
    u_software.soft_reset();
  endtask

  task automatic bad_set_up();
    for (int unsigned i = 0; i < count_of(13); i++) begin
      u_registers.write(QDPI_DMA_REG_RING_BASE, Base + 64'h1000);
      u_registers.write(QDPI_DMA_REG_RING_ENTRIES, 64);
      u_registers.write(QDPI_DMA_REG_COMPLETION_BASE, Base + 64'h4000);
      case (i)
        0: u_registers.write(QDPI_DMA_REG_RING_ENTRIES, 0);
        1: u_registers.write(QDPI_DMA_REG_RING_ENTRIES, 1);
        2: u_registers.write(QDPI_DMA_REG_RING_ENTRIES, 48);
        3: u_registers.write(QDPI_DMA_REG_RING_ENTRIES, 65536);
        4: u_registers.write(QDPI_DMA_REG_RING_ENTRIES, 64'h1_0000_0040);
        5: u_registers.write(QDPI_DMA_REG_RING_BASE, Base + 64'h1020);
        6: u_registers.write(QDPI_DMA_REG_COMPLETION_BASE, Base + 64'h4010);
        7: u_registers.write(QDPI_DMA_REG_COMPLETION_BASE, 0);
        8: u_registers.write(QDPI_DMA_REG_RING_BASE, 0);
        9: u_registers.write(QDPI_DMA_REG_RING_BASE, 64'hffff_ffff_ffff_f840);
        10: u_registers.write(QDPI_DMA_REG_COMPLETION_BASE, 64'hffff_ffff_ffff_fc00);
        11: u_registers.write(QDPI_DMA_REG_TAIL, 65);
        default: ;
      endcase
      u_registers.write(QDPI_DMA_REG_CONTROL, 64'(QDPI_DMA_CONTROL_ENABLE));
      repeat (20) @(negedge clk_i);
      u_registers.expect_value(QDPI_DMA_REG_STATUS, (i == 12) ? 0 : 64'(QDPI_DMA_STATUS_HALTED));
      if (halted_i != (i != 12)) $error("bad set-up %0d: halted_o is %b", i, halted_i);
      u_software.expect_ident((i == 12) ? 0 : QDPI_DMA_STATUS_HALTED, 0);
      u_software.soft_reset();
    end
  endtask

  task automatic soft_resets();
    repeat (count_of(60)) begin
      u_memory.stall_percent = random_below(2) * random_below(70);
      u_memory.max_latency = random_below(50);
      u_memory.w_before_aw = random_below(4) == 0;
      u_software.set_up_ring(16);
      repeat (count_of(16)) u_software.post_random();
      u_software.write_tail();
      repeat (random_below(1500)) @(negedge clk_i);
      u_software.soft_reset();
      u_software.expect_ident(0, 0);
    end
    u_memory.stall_percent = 0;
    u_memory.max_latency = 0;
    u_memory.w_before_aw = 1'b0;
    u_test_data.random_descriptors(2);
  endtask

  // Stops between descriptors and takes over another ring when enabled again; blocks of
  // identification come in between.
  task automatic disabling();
    for (int unsigned i = 0; i < count_of(10); i++) begin
      automatic logic [31:0] head_then;
      u_software.set_up_ring(32);
      repeat (count_of(32))
        u_software.post(QDPI_DMA_OP_COPY, 500, SourceFrom + random_below(999), DestinationFrom, 0);
      u_software.write_tail();
      repeat (random_below(1000)) @(negedge clk_i);
      u_registers.write(QDPI_DMA_REG_CONTROL, 0);
      while (busy_i) @(negedge clk_i);
      head_then = 32'(u_software.completed());
      if (head_then == u_software.tail) $error("disabled, but all descriptors were done");
      repeat (200) @(negedge clk_i);
      u_registers.expect_value(QDPI_DMA_REG_HEAD, 64'(head_then));
      u_software.expect_ident(0, u_software.raises);
      u_registers.write(QDPI_DMA_REG_CONTROL, 64'(QDPI_DMA_CONTROL_ENABLE));
      u_registers.write(QDPI_DMA_REG_COALESCE, 64'h0000_4000_0000_1000);
      if (i == 0) u_software.expect_ident(QDPI_DMA_STATUS_BUSY, u_software.raises);
      u_software.run_ring(1'b0);
      u_registers.write(QDPI_DMA_REG_COALESCE, 64'h1);
      while (!interrupt_i) @(negedge clk_i);
      u_software.acked = u_software.head;
      u_registers.write(QDPI_DMA_REG_INTERRUPT_ACK, 64'(u_software.acked));
      u_registers.write(QDPI_DMA_REG_CONTROL, 0);
      u_software.finish_batch();
    end
    u_software.soft_reset();
  endtask

  // The counts run on past 2^32; nobody waits that long, so the head count is put there.
  task automatic count_wrap();
    force u_dma.u_ring.head_q = 32'hffff_fff5;
    repeat (2) @(negedge clk_i);
    release u_dma.u_ring.head_q;
    u_software.head = 32'hffff_fff5;
    u_software.tail = 32'hffff_fff5;
    u_software.acked = 32'hffff_fff5;
    u_software.write_tail();
    u_registers.write(QDPI_DMA_REG_INTERRUPT_ACK, 64'(u_software.acked));
    u_software.raises = 0;
    // What the jump of the head count raised by itself.
    if (interrupt_i) $error("the acknowledgement does not end the interrupt");
    u_software.set_up_ring(8);
    repeat (count_of(4)) begin
      repeat (count_of(5)) u_software.post_random();
      u_software.run_ring(1'b1);
      u_software.finish_batch();
    end
    if (u_software.head != 32'd9) $error("head count is %h after it wrapped", u_software.head);
    u_software.soft_reset();
  endtask
endmodule
