// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Unit test of the DMA engine: that data arrives, whatever the alignment, and how fast.
// Uses u_registers, u_model, u_software and u_memory next to this module.

/// Tests of the data path: alignments, CRC, random descriptors, throughput.
module tb_qdpi_dma_test_data #(
  /// Bits of the memory bus: 64, 128, 256 or 512.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// A beat of source data is taken.
  input logic data_read_i,
  /// A beat of destination data is taken.
  input logic data_write_i
);
  import qdpi_dma_pkg::*;
  import tb_qdpi_dma_unit_pkg::*;

  // Tasks set the counters back, so they are not of a clocked process alone.
  /* verilator lint_off BLKSEQ */
  localparam int unsigned BeatBytes = DataWidth / 8;

  longint unsigned first_read, last_read, data_reads, first_write, last_write, data_writes;
  always @(posedge clk_i) begin
    if (data_read_i) begin
      if (data_reads == 0) first_read = u_memory.clocks;
      last_read = u_memory.clocks;
      data_reads++;
    end
    if (data_write_i) begin
      if (data_writes == 0) first_write = u_memory.clocks;
      last_write = u_memory.clocks;
      data_writes++;
    end
  end

  task automatic alignments();
    int unsigned source, length;
    u_software.set_up_ring(64);
    u_registers.write(QDPI_DMA_REG_COALESCE, 64'd16);
    source = SourceFrom + 4096 * random_below(16);
    for (int unsigned from = 0; from < count_of(BeatBytes); from++) begin
      for (int unsigned to = 0; to < count_of(BeatBytes); to++) begin
        length = 1 + random_below(3 * BeatBytes);
        u_software.post(QDPI_DMA_OP_COPY, length, source + from,
                        DestinationFrom + 4096 * (u_software.tail % 64) + 4096 - 2 * BeatBytes + to,
                        0);
        if (u_software.tail - u_software.head == 64) begin
          u_software.run_ring(1'b1);
          u_software.finish_batch();
        end
      end
      length = 1 + random_below(3 * BeatBytes);
      u_software.post(QDPI_DMA_OP_CRC32C, length, source + from, 0, random_word());
      u_software.run_ring(1'b1);
      u_software.post(QDPI_DMA_OP_CRC32C, 1 + random_below(7), source + from, 0, 0);
      u_software.run_ring(1'b1);
      u_software.post(QDPI_DMA_OP_FILL, length, 0, DestinationFrom + from, random_word());
      u_software.run_ring(1'b1);
      u_software.finish_batch();
    end
    u_software.soft_reset();
  endtask

  // The check value of CRC-32C that every catalogue gives, so that model and engine cannot err
  // together.
  task automatic known_crc();
    u_software.set_up_ring(2);
    u_model.poke(SourceFrom + 5, 8, 64'h3837_3635_3433_3231);
    u_model.poke(SourceFrom + 13, 1, 64'h39);
    u_software.post(QDPI_DMA_OP_CRC32C, 9, SourceFrom + 5, 0, 0);
    u_software.run_ring(1'b0);
    if (u_model.peek(u_software.entry_at(0) + 12, 4) != 64'he306_9283)
      $error("CRC-32C of \"123456789\" is wrong");
    // The CRC of two halves is the CRC of the whole.
    u_software.post(QDPI_DMA_OP_CRC32C, 4, SourceFrom + 5, 0, 0);
    u_software.run_ring(1'b0);
    u_software.post(QDPI_DMA_OP_CRC32C, 5, SourceFrom + 9, 0,
                    u_model.peek(u_software.entry_at(1) + 12, 4));
    u_software.run_ring(1'b0);
    if (u_model.peek(u_software.entry_at(0) + 12, 4) != 64'he306_9283)
      $error("CRC-32C in two steps is wrong");
    u_software.finish_batch();
    u_software.soft_reset();
  endtask

  task automatic random_descriptors(input int unsigned batches);
    u_software.set_up_ring(2 << random_below(6));
    repeat (batches) begin
      u_registers.write(QDPI_DMA_REG_COALESCE,
                        {random_below(2) * random_below(3000), 16'h0, 16'(random_below(12))});
      u_memory.stall_percent = (random_below(2) == 0) ? 0 : random_below(80);
      u_memory.max_latency = (random_below(2) == 0) ? 0 : random_below(60);
      u_memory.w_before_aw = random_below(4) == 0;
      repeat (1 + random_below(u_software.entries)) u_software.post_random();
      u_software.run_ring(1'b1);
      u_registers.expect_value(QDPI_DMA_REG_INTERRUPTS, 64'(u_software.raises));
      u_software.finish_batch();
    end
    u_memory.stall_percent = 0;
    u_memory.max_latency = 0;
    u_memory.w_before_aw = 1'b0;
    u_software.soft_reset();
  endtask

  task automatic throughput();
    longint unsigned read_clocks, write_clocks;
    for (int unsigned unaligned = 0; unaligned < count_of(3); unaligned++) begin
      u_software.set_up_ring(2);
      data_reads = 0;
      data_writes = 0;
      u_software.post(QDPI_DMA_OP_COPY, 32'h2_0000, SourceFrom + 3 * unaligned,
                      DestinationFrom + 5 * (unaligned & 1), 0);
      u_software.run_ring(1'b0);
      u_software.finish_batch();
      read_clocks = last_read - first_read + 1;
      write_clocks = last_write - first_write + 1;
      $write("throughput: %0d bit, source offset %0d, destination offset %0d: ", DataWidth,
             3 * unaligned, 5 * (unaligned & 1));
      $display("%0d.%03d read and %0d.%03d write beats per clock", data_reads / read_clocks,
               data_reads * 1000 / read_clocks % 1000, data_writes / write_clocks,
               data_writes * 1000 / write_clocks % 1000);
      if (data_reads * 100 < read_clocks * 95 || data_writes * 100 < write_clocks * 95)
        $error("less than 0.95 beats per clock");
      u_software.soft_reset();
    end
    if (u_memory.most_outstanding_reads < 2) $error("never more than one read in flight");
  endtask
endmodule
