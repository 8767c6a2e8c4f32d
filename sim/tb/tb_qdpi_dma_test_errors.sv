// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Unit test of the DMA engine: what a failing memory does to data, descriptors and completions.
// Uses u_registers, u_model, u_software and u_memory next to this module.

/// Tests of bus errors.
module tb_qdpi_dma_test_errors #(
  /// Bits of the memory bus: 64, 128, 256 or 512.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// The engine has halted.
  input logic halted_i,
  /// The engine works.
  input logic busy_i
);
  import qdpi_dma_pkg::*;
  import tb_qdpi_dma_unit_pkg::*;

  localparam int unsigned BeatBytes = DataWidth / 8;
  // A bus wider than a descriptor cannot read the neighbour of a failing one either.
  localparam int unsigned Reach = (BeatBytes > 32) ? 64 : 32;

  // A failing range in the source or in the destination, between good descriptors.
  task automatic data_errors();
    u_software.set_up_ring(16);
    u_registers.write(QDPI_DMA_REG_COALESCE, 64'd3);
    for (int unsigned i = 0; i < count_of(48); i++) begin
      automatic int unsigned length = 1 + random_below(LongestRandom);
      automatic int unsigned source = SourceFrom + random_below(65536);
      automatic int unsigned destination = DestinationFrom + random_below(65536);
      automatic int unsigned hit = random_below(length);
      automatic bit decerr = random_below(2) == 0;
      u_memory.stall_percent = random_below(2) * random_below(60);
      u_memory.max_latency = random_below(2) * random_below(40);
      u_memory.w_before_aw = random_below(4) == 0;
      u_software.post(QDPI_DMA_OP_FILL, 100, 0, 32'hf_0000, random_word());
      if (i % 3 == 0) begin
        u_memory.read_error = {1'b1, decerr};
        u_memory.read_error_from = source + hit;
        u_memory.read_error_to = source + hit + 1 + random_below(2) * 4096;
        u_software.post_at((i % 2 == 0) ? QDPI_DMA_OP_COPY : QDPI_DMA_OP_CRC32C, length,
                           Base + 64'(source), Base + 64'(destination), 0,
                           decerr ? QDPI_DMA_COMPLETION_READ_DECERR
                                  : QDPI_DMA_COMPLETION_READ_SLVERR);
      end else begin
        u_memory.write_error = {1'b1, decerr};
        u_memory.write_error_from = destination + hit;
        u_memory.write_error_to = destination + hit + 1 + random_below(2) * 4096;
        u_software.post_at((i % 2 == 0) ? QDPI_DMA_OP_COPY : QDPI_DMA_OP_FILL, length,
                           Base + 64'(source), Base + 64'(destination), random_word(),
                           decerr ? QDPI_DMA_COMPLETION_WRITE_DECERR
                                  : QDPI_DMA_COMPLETION_WRITE_SLVERR);
      end
      u_software.post(QDPI_DMA_OP_COPY, 300, SourceFrom + 32'h4_0000,
                      32'hf_1000 + random_below(100), 0);
      u_software.run_ring(1'b1);
      u_software.finish_batch();
      u_memory.read_error_from = 0;
      u_memory.read_error_to = 0;
      u_memory.write_error_from = 0;
      u_memory.write_error_to = 0;
    end
    // Off the end of memory, with the longest length there is.
    u_software.post_at(QDPI_DMA_OP_CRC32C, 32'hffff_ffff, Base + 64'(SizeBytes) - 64'd1000, Base, 0,
                       QDPI_DMA_COMPLETION_READ_DECERR);
    u_software.post_at(QDPI_DMA_OP_FILL, 32'hffff_ffff, Base, Base + 64'(SizeBytes) - 64'd1001,
                       random_word(), QDPI_DMA_COMPLETION_WRITE_DECERR);
    u_software.post(QDPI_DMA_OP_COPY, 300, SourceFrom, DestinationFrom, 0);
    u_software.run_ring(1'b1);
    u_software.finish_batch();
    u_software.soft_reset();
  endtask

  task automatic descriptor_errors();
    u_software.set_up_ring(8);
    for (int unsigned bad = 0; bad < count_of(8); bad++) begin
      automatic int unsigned first_bad = u_software.ring + 32 * bad;
      u_memory.read_error = 2'b10;
      u_memory.read_error_from = first_bad + 8;
      u_memory.read_error_to = first_bad + 9;
      for (int unsigned i = 0; i < count_of(8); i++) begin
        automatic int unsigned at = u_software.ring + 32 * (u_software.tail % 8);
        automatic bit lost = at / Reach == first_bad / Reach;
        u_software.post_at(QDPI_DMA_OP_FILL, 64, 0, Base + 64'(DestinationFrom) + 64'd64 * 64'(i),
                           random_word(),
                           lost ? QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR : QDPI_DMA_COMPLETION_OK);
      end
      u_software.run_ring(1'b1);
      u_software.finish_batch();
    end
    u_memory.read_error_from = 0;
    u_memory.read_error_to = 0;
    u_software.soft_reset();
  endtask

  task automatic completion_errors();
    for (int unsigned place = 0; place < count_of(2); place++) begin
      u_software.set_up_ring(8);
      u_memory.write_error = 2'b10;
      u_memory.write_error_from = (place == 0) ? u_software.completions : u_software.entry_at(3);
      u_memory.write_error_to = u_memory.write_error_from + 8;
      for (int unsigned i = 0; i < count_of(8); i++)
        u_software.post(QDPI_DMA_OP_FILL, 64, 0, DestinationFrom + 64 * i, random_word());
      u_software.write_tail();
      repeat (3000) @(negedge clk_i);
      // With 512 bits the entry that fails takes its beat's neighbours with it, from entry 0 on.
      if (place == 0)
        u_registers.expect_value(QDPI_DMA_REG_HEAD, 0);
      else
        u_registers.expect_value(QDPI_DMA_REG_HEAD,
                                 (BeatBytes == 64) ? 0 : (BeatBytes == 32) ? 2 : 3);
      u_registers.expect_value(QDPI_DMA_REG_STATUS, 64'(QDPI_DMA_STATUS_HALTED));
      if (!halted_i || busy_i) $error("the engine goes on after a completion was not written");
      u_software.head = 32'(u_software.completed());
      u_memory.write_error_from = 0;
      u_memory.write_error_to = 0;
      u_software.expect_ident(QDPI_DMA_STATUS_HALTED, u_software.raises);
      u_software.soft_reset();
    end
  endtask
endmodule
