// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The DMA engine end to end, measured by a guest (QDPI_TEST_DOORBELL_SAMPLES) in wall-clock time and
/// here in clocks.
/// Plusargs: those of tb_dma_node, +irq=LINE (5), +guest=NAME for the samples.
module tb_bench_dma_guest #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  // Not all of them are used here.
  /* verilator lint_off UNUSEDPARAM */
  localparam int unsigned
`include "qdpi_test_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  tb_dma_pkg::status_t status;
  logic                done, device_rst_n;

  tb_dma_node #(
    .DataWidth (DataWidth),
    .OtherBase (QDPI_TEST_DOORBELL_SAMPLES),
    .OtherCount(QDPI_SAMPLE_COUNT)
  ) u_node (
    .clk_i,
    .rst_ni,
    .reset_guest_i(1'b0),
    .device_rst_no(device_rst_n),
    .status_o     (status),
    .done_o       (done)
  );

  logic unused;
  assign unused = ^{status.running, status.busy, device_rst_n};

  // Written by one process and what it calls.
  /* verilator lint_off BLKSEQ */
  /* verilator lint_off IMPURE */
  int unsigned     line;
  string           guest;
  longint unsigned clocks;                   // since the last doorbell for the engine
  longint unsigned clocks_sum, interrupts;   // of the present measurement
  bit              was_interrupt;

  initial begin
    if ($value$plusargs("irq=%d", line) == 0) line = 5;
    if ($value$plusargs("guest=%s", guest) == 0) guest = "baremetal";
    u_node.attach("", line);
  end

  function automatic void sample(input string what, input string contestant, input string unit,
                                 input real value);
    // verilator no_inline_task
    $display("sample: dma %s-%s %s %s %0.4f", what, guest, contestant, unit, value);
  endfunction

  function automatic void hear(input int unsigned index, input longint unsigned value);
    // verilator no_inline_task
    real mean = interrupts == 0 ? 0.0 : real'(clocks_sum) / real'(interrupts);
    case (index)
      QDPI_SAMPLE_BEGIN: begin
        clocks_sum = 0;
        interrupts = 0;
      end
      QDPI_SAMPLE_COMPLETION: sample("doorbell-to-completion-64B", "guest", "ns", real'(value));
      QDPI_SAMPLE_INTERRUPT: begin
        sample("doorbell-to-interrupt-64B", "guest", "ns", real'(value));
        sample("doorbell-to-interrupt-64B-clocks", "device", "clocks", mean);
      end
      QDPI_SAMPLE_COPY: begin
        sample("copy-1MiB", "guest", "ns/KiB", real'(value));
        sample("rate-1MiB", "guest", "MB/s", 1024.0e3 / real'(value));
      end
      default: sample("copy-1MiB", "memcpy", "ns/KiB", real'(value));
    endcase
  endfunction

  always @(posedge clk_i) begin
    clocks++;
    if (u_node.u_device.axil_wvalid && u_node.u_device.axil_wready
        && u_node.u_device.axil_awaddr == 12'(8 * qdpi_dma_pkg::QDPI_DMA_REG_TAIL)) clocks = 0;
    if (u_node.u_device.line_interrupt && !was_interrupt) begin
      clocks_sum += clocks;
      interrupts++;
    end
    was_interrupt = u_node.u_device.line_interrupt;
    if (status.doorbell.valid) hear(status.doorbell.index, status.doorbell.value);
    if (done) begin
      if (u_node.conclude()) $display("QDPI TEST PASSED");
      $finish;
    end
  end
  /* verilator lint_on IMPURE */
  /* verilator lint_on BLKSEQ */

endmodule
