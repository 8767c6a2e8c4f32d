// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What a guest reports of its work with a DMA engine, against what the testbench has seen.
/// Functions, no signals: the node around it hears the doorbells and knows the device.
module tb_dma_verdict #(
  /// Name of the node in messages, and of its port in plusargs.
  parameter string Name = "dma"
) ();

  import tb_dma_pkg::*;

  // Not all of them are used here.
  /* verilator lint_off UNUSEDPARAM */
  localparam int unsigned
`include "qdpi_test_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  // Written by functions only, which the node's process calls.
  // verilator lint_off BLKSEQ
  seen_t           rtl;  // what the testbench has seen since the guest's start
  longint unsigned guest_completions;
  longint unsigned guest_interrupts;
  longint unsigned guest_statuses [Statuses];
  longint unsigned guest_retries;
  longint unsigned guest_restarts;
  longint unsigned guest_verified;
  longint unsigned verified_before;  // the guest's start
  longint unsigned rounds_good;
  longint unsigned words_heard;
  bit              totals_seen;
  bit              totals_good;   // the last
  bit              totals_wrong;  // ever
  bit              joins;         // +joins: others have seen a part of what the guest reports

  initial joins = $test$plusargs("joins") != 0;

  /// The guest starts again, and so does its report.
  function automatic void begin_anew();
    guest_completions = 0;
    guest_interrupts = 0;
    for (int unsigned i = 0; i < Statuses; i++) guest_statuses[i] = 0;
    guest_retries = 0;
    guest_restarts = 0;
    verified_before += guest_verified;
    guest_verified = 0;
    totals_seen = 1'b0;
    totals_good = 1'b0;
    words_heard++;
  endfunction

  /// How often the guest's totals were right.
  function automatic longint unsigned rounds();
    return rounds_good;
  endfunction

  /// The totals that were reported last were right.
  function automatic bit is_good();
    return totals_good;
  endfunction

  /// Grows with each start of the guest and each report of its totals.
  function automatic longint unsigned words();
    return words_heard;
  endfunction

  /// Both sides' counts of the same thing.
  function automatic bit agree(input string what, input longint unsigned guest,
                               input longint unsigned testbench);
    // verilator no_inline_task
    if (guest != testbench) begin
      $error("%s: %s: the guest counted %0d, the testbench %0d", Name, what, guest, testbench);
      return 1'b0;
    end
    return 1'b1;
  endfunction

  function automatic bit totals_agree();
    if (joins) return 1'b1;
    if (guest_completions == rtl.completions && guest_interrupts == rtl.interrupts) return 1'b1;
    $error("%s: the guest counted %0d completions and %0d interrupts, the testbench %0d and %0d",
           Name, guest_completions, guest_interrupts, rtl.completions, rtl.interrupts);
    return 1'b0;
  endfunction

  function automatic void hear_totals(input logic [63:0] value, input bit busy);
    guest_completions = {32'd0, value[31:0]};
    guest_interrupts = {32'd0, value[63:32]};
    totals_seen = 1'b1;
    words_heard++;
    if (busy) $error("%s: the guest reports its totals while the device works", Name);
    totals_good = totals_agree() && !busy;
    if (totals_good) rounds_good++;
    else totals_wrong = 1'b1;
  endfunction

  /// What a doorbell of the guest for the testbench says; `seen` since the guest's start.
  function automatic void hear(input logic [31:0] index, input logic [63:0] value,
                               input seen_t seen, input bit busy);
    rtl = seen;
    case (index)
      QDPI_TEST_DOORBELL_STATUS_COUNT: begin
        if (value[31:0] < Statuses) guest_statuses[value[3:0]] = {32'd0, value[63:32]};
        else $error("%s: the guest counts completions with status %0d", Name, value[31:0]);
      end
      QDPI_TEST_DOORBELL_RETRIES: begin
        guest_retries = {32'd0, value[31:0]};
        guest_restarts = {32'd0, value[63:32]};
      end
      QDPI_TEST_DOORBELL_PROGRESS: begin
        guest_verified = value;
        $display("%s: %0d bytes verified by the guest", Name, value);
      end
      QDPI_TEST_DOORBELL_TOTALS:   hear_totals(value, busy);
      default: $error("%s: doorbell %0d (value 0x%0h) belongs to nobody", Name, index, value);
    endcase
  endfunction

  /// Whether the guest was told of every failure on the bus, as what it was, and of no other.
  function automatic bit failures_agree();
    bit all = 1'b1;
    for (int unsigned status = qdpi_dma_pkg::QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR;
         status <= qdpi_dma_pkg::QDPI_DMA_COMPLETION_WRITE_DECERR; status++) begin
      if (!agree($sformatf("completions with status %0d", status), guest_statuses[status],
                 rtl.statuses[status])) begin
        all = 1'b0;
      end
    end
    if (!agree("halts after a completion that could not be written", guest_restarts,
               rtl.failed[PurposeEntry] + rtl.failed[PurposeHead])) begin
      all = 1'b0;
    end
    return all;
  endfunction

  /// Whether as much went wrong as +retries_at_least= and +restarts_at_least= want: a run without
  /// faults proves nothing about them.
  function automatic bit enough_failed();
    longint unsigned wanted;
    bit              enough = 1'b1;
    if ($value$plusargs("retries_at_least=%d", wanted) != 0 && guest_retries < wanted) begin
      $error("%s: %0d descriptors were tried again, %0d wanted", Name, guest_retries, wanted);
      enough = 1'b0;
    end
    if ($value$plusargs("restarts_at_least=%d", wanted) != 0 && guest_restarts < wanted) begin
      $error("%s: the engine was restarted %0d times, %0d wanted", Name, guest_restarts, wanted);
      enough = 1'b0;
    end
    return enough;
  endfunction

  /// The rows of the table that are the guest's.
  function automatic void print_rows();
    $display("%s: failed: fetch, read, write  %10d %12d %12d", Name,
             guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR],
             guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_READ_SLVERR]
             + guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_READ_DECERR],
             guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_WRITE_SLVERR]
             + guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_WRITE_DECERR]);
    $display("%s: descriptors tried again   %12d", Name, guest_retries);
    $display("%s: engine restarts           %12d", Name, guest_restarts);
    // As far as the guests have said.
    $display("%s: bytes verified            %12d", Name, verified_before + guest_verified);
  endfunction

  /// The row of both sides' interrupts.
  function automatic void print_interrupts(input seen_t seen);
    rtl = seen;
    $display("%s: interrupts raised, taken  %12d %12d", Name, rtl.interrupts, guest_interrupts);
  endfunction

  /// Whether both sides' counts agree at the end, where `everything` or else only the totals have
  /// been reported.
  function automatic bit conclude(input seen_t seen, input bit everything);
    bit good = !totals_wrong;
    rtl = seen;
    if (joins) return good;
    if (!totals_seen) begin
      $error("%s: the guest did not report its totals", Name);
      return 1'b0;
    end
    if (!everything) return good;
    if (!totals_agree()) good = 1'b0;
    if (!failures_agree()) good = 1'b0;
    if (!enough_failed()) good = 1'b0;
    return good;
  endfunction
  // verilator lint_on BLKSEQ

endmodule
