// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What a DMA node does about a guest that is lost: counts, and looks for the next one, which may be
/// long in coming, or lost again before it is found. Functions, no signals: the node around it keeps
/// the device in reset meanwhile.
module tb_dma_losses #(
  /// Name of the node in messages.
  parameter string Name = "dma"
) ();

  import qemu_dpi_pkg::*;

  // For one attempt: a QEMU that starts on a busy machine is slow to answer.
  localparam int unsigned AttemptMs = 10_000;

  // Written by functions only, which the node's process calls.
  // verilator lint_off BLKSEQ
  bit              survived;
  longint unsigned limit_us;
  longint unsigned lost_us;
  longint unsigned losses;
  longint unsigned returns;
  longint unsigned failed_attempts;
  string           told;

  /// Read the plusargs.
  function automatic void configure();
    longint unsigned limit_ms;
    // +attach_again_ms= begins like that, too.
    survived = $test$plusargs("attach_again") != 0;
    if ($value$plusargs("attach_again_ms=%d", limit_ms) == 0) limit_ms = 60_000;
    limit_us = limit_ms * 1000;
  endfunction

  /// The run goes on with the next guest.
  function automatic bit are_survived();
    return survived;
  endfunction

  /// The guest is lost.
  function automatic void count(input chandle bridge);
    losses++;
    lost_us = dpi_clock_us();
    told = "";
    $display("%s: guest %0d is lost: %s", Name, losses, dpi_last_error(bridge));
  endfunction

  /// Look for the next guest, with `features`: whether it is there.
  function automatic bit find_next(input chandle bridge, input int unsigned features);
    string sentence;
    int    result = dpi_reattach(bridge, AttemptMs);
    if (result >= 0) result = dpi_require(bridge, features);
    if (result >= 0) begin
      returns++;
      $display("%s: attached again after loss %0d", Name, losses);
      return 1'b1;
    end
    failed_attempts++;
    sentence = dpi_last_error(bridge);
    if (sentence != told) $display("%s: not attached again: %s", Name, sentence);
    told = sentence;
    return 1'b0;
  endfunction

  /// The next guest should have been found by now.
  function automatic bit is_overdue();
    return dpi_clock_us() - lost_us > limit_us;
  endfunction

  /// The rows of the table about losses.
  function automatic void print_rows();
    $display("%s: guests lost               %12d", Name, losses);
    $display("%s: attached again, failed    %12d %12d", Name, returns, failed_attempts);
  endfunction
  // verilator lint_on BLKSEQ

endmodule
