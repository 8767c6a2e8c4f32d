// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Unit test of the DMA engine: runs all tests one after the other and gives the verdict. Calls the
// modules next to this one by instance name.
//
// Plusargs: +seed=N.

/// The order of the tests.
module tb_qdpi_dma_sequence #(
  /// Bits of the memory bus: 64, 128, 256 or 512.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low. The tests begin after it.
  input logic rst_ni
);
  import tb_qdpi_dma_unit_pkg::*;

  int unsigned seed = 1;
  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    random_state = 64'h2545_f491_4f6c_dd1d ^ ({32'h0, seed} * 64'h9e37_79b9_7f4a_7c15);
    u_memory.random_state = random_word() | 64'h1;
    for (int unsigned i = 0; i < count_of(SizeBytes); i++)
      u_model.poke(i, 1, 64'(random_below(256)));
    while (rst_ni !== 1'b1) @(negedge clk_i);
    repeat (2) @(negedge clk_i);

    u_software.expect_ident(0, 0);
    u_test_control.registers();
    u_test_control.bad_set_up();
    u_test_data.known_crc();
    u_test_data.throughput();
    u_test_data.alignments();
    repeat (count_of(6)) u_test_data.random_descriptors(6);
    u_test_errors.data_errors();
    u_test_errors.descriptor_errors();
    u_test_errors.completion_errors();
    u_test_interrupts.coalescing();
    u_test_control.disabling();
    u_test_control.count_wrap();
    u_test_control.soft_resets();
    u_software.expect_ident(0, 0);
    u_model.compare(0, SizeBytes);
    $write("%0d bit, seed %0d: ", DataWidth, seed);
    $display("%0d descriptors done, %0d bytes, %0d clocks, at most %0d reads in flight",
             u_model.transfers, u_model.bytes_done, u_memory.clocks,
             u_memory.most_outstanding_reads);
    $display("QDPI TEST PASSED");
    $finish;
  end
endmodule
