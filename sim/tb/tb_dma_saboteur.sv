// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Breaks a DMA engine on purpose, between the engine and its guest: a driver must notice each of
/// these, report it and go on. N counts from 1, anew after each reset of the guest.
///   +break.interrupt=N   swallows the N-th interrupt: the engine believes that it has raised it
///   +break.completion=N  falsifies the sequence word of the N-th completion entry
///   +break.address=N     moves the N-th write burst of data out of the windows; with +windows only
/// What is asked for and does not happen fails the test.
module tb_dma_saboteur #(
  /// 0: a wire.
  parameter bit          Enable = 1'b0,
  /// Bits of the addresses.
  parameter int unsigned AddrWidth = 64,
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64,
  /// Name of the node in messages.
  parameter string       Name = "dma"
) (
  /// Clock.
  input  logic                   clk_i,
  /// Reset of the engine, active low.
  input  logic                   rst_ni,
  /// What the write burst on AWADDR is for.
  input  tb_dma_pkg::purpose_e   write_purpose_i,
  /// AWADDR of the engine.
  input  logic [AddrWidth-1:0]   axi_awaddr_i,
  /// AWVALID.
  input  logic                   axi_awvalid_i,
  /// AWREADY.
  input  logic                   axi_awready_i,
  /// WDATA of the engine.
  input  logic [DataWidth-1:0]   axi_wdata_i,
  /// WSTRB.
  input  logic [DataWidth/8-1:0] axi_wstrb_i,
  /// WLAST.
  input  logic                   axi_wlast_i,
  /// WVALID.
  input  logic                   axi_wvalid_i,
  /// WREADY.
  input  logic                   axi_wready_i,
  /// BRESP.
  input  logic [1:0]             axi_bresp_i,
  /// BVALID.
  input  logic                   axi_bvalid_i,
  /// BREADY.
  input  logic                   axi_bready_i,
  /// The engine's interrupt.
  input  logic                   interrupt_i,
  /// AWADDR for the port.
  output logic [AddrWidth-1:0]   axi_awaddr_o,
  /// WDATA for the port.
  output logic [DataWidth-1:0]   axi_wdata_o,
  /// Interrupt for the line.
  output logic                   interrupt_o
);

  import qdpi_dma_pkg::AxiRespOkay;
  import tb_dma_pkg::*;

  // RAM of every guest, and of a kernel's own code: nothing that a driver opens.
  localparam logic [AddrWidth-1:0] Elsewhere = AddrWidth'(32'h0050_0000);

  // Written by the initial block and one process; read by functions that the testbench calls.
  // verilator lint_off BLKSEQ
  int unsigned break_interrupt, break_completion, break_address;  // 0: not asked for
  int unsigned broken_interrupts, broken_completions, broken_addresses;

  initial begin
    broken_interrupts = 0;
    broken_completions = 0;
    broken_addresses = 0;
    if ($value$plusargs("break.interrupt=%d", break_interrupt) == 0) break_interrupt = 0;
    if ($value$plusargs("break.completion=%d", break_completion) == 0) break_completion = 0;
    if ($value$plusargs("break.address=%d", break_address) == 0) break_address = 0;
    if (!Enable && (break_interrupt != 0 || break_completion != 0 || break_address != 0)) begin
      $fatal(1, "%s: +break. was given, but this testbench has no saboteur; use tb_linux", Name);
    end
    if (break_address != 0 && $test$plusargs("windows") == 0) begin
      $fatal(1, "%s: +break.address= without +windows would overwrite the guest's memory", Name);
    end
  end

  function automatic bit happened(input string what, input int unsigned wanted,
                                  input int unsigned count);
    if (wanted == 0) return 1'b1;
    $display("%s: broken on purpose: %0d %s", Name, count, what);
    if (count == 0) $error("%s: none of the %s was broken, as was asked for", Name, what);
    return count != 0;
  endfunction

  /// Print what was broken, and say whether it was all that was asked for.
  function automatic bit conclude();
    bit all = happened("interrupts", break_interrupt, broken_interrupts);
    if (!happened("completions", break_completion, broken_completions)) all = 1'b0;
    if (!happened("addresses", break_address, broken_addresses)) all = 1'b0;
    return all;
  endfunction

  if (Enable) begin : g_saboteur
    logic        interrupt_q, swallowing_q, swallow;
    int unsigned interrupts_q;
    logic        move;
    int unsigned data_bursts_q;
    logic        announced_q, first_beat_q, falsify_q;
    int unsigned entries;
    bit          entry_chosen [$];  // of the bursts announced, those to be falsified
    bit          moved [$];         // of the bursts not answered

    assign swallow = interrupt_i && (interrupt_q ? swallowing_q
                                     : interrupts_q + 1 == break_interrupt);
    assign interrupt_o = interrupt_i && !swallow;

    assign move = write_purpose_i == PurposeData && data_bursts_q + 1 == break_address;
    // The same place in the page: the burst crosses no boundary that it did not cross before.
    assign axi_awaddr_o = move ? Elsewhere | AddrWidth'(axi_awaddr_i[11:0]) : axi_awaddr_i;

    // The sequence word is the first of the entry, so its lowest bit is in the first byte strobed.
    for (genvar i = 0; i < DataWidth / 8; i++) begin : g_lane
      logic lowest;
      if (i == 0) assign lowest = axi_wstrb_i[0];
      else assign lowest = axi_wstrb_i[i] && axi_wstrb_i[i-1:0] == '0;
      assign axi_wdata_o[8*i+:8] = axi_wdata_i[8*i+:8] ^ {7'd0, falsify_q && lowest};
    end

    function automatic void see_write_address();
      bit chosen;
      if (axi_awvalid_i && !announced_q) begin
        // Before the first beat of its data, which does not wait for AWREADY.
        if (write_purpose_i == PurposeEntry) entries++;
        chosen = write_purpose_i == PurposeEntry && entries == break_completion;
        entry_chosen.push_back(chosen);
      end
      if (!axi_awvalid_i || !axi_awready_i) return;
      moved.push_back(move);
      if (move) begin
        broken_addresses++;
        $display("[%0t] %s: the write burst to 0x%0h goes to 0x%0h", $time, Name, axi_awaddr_i,
                 axi_awaddr_o);
      end
    endfunction

    function automatic void see_write_data();
      if (!axi_wvalid_i || !axi_wready_i) return;
      if (falsify_q) begin
        broken_completions++;
        $display("[%0t] %s: completion entry %0d since the start has a wrong sequence word", $time,
                 Name, break_completion);
      end
      if (axi_wlast_i) void'(entry_chosen.pop_front());
    endfunction

    function automatic void see_write_response();
      if (!axi_bvalid_i || !axi_bready_i) return;
      if (moved.pop_front() && axi_bresp_i == AxiRespOkay) begin
        $error("%s: the moved burst was not refused: a window is open there", Name);
      end
    endfunction

    always @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        interrupt_q   <= 1'b0;
        swallowing_q  <= 1'b0;
        interrupts_q  <= 0;
        data_bursts_q <= 0;
        announced_q   <= 1'b0;
        first_beat_q  <= 1'b1;
        falsify_q     <= 1'b0;
        entries = 0;
        entry_chosen.delete();
        moved.delete();
      end else begin
        interrupt_q  <= interrupt_i;
        swallowing_q <= swallow;
        if (interrupt_i && !interrupt_q) begin
          interrupts_q <= interrupts_q + 1;
          if (swallow) begin
            broken_interrupts++;
            $display("[%0t] %s: interrupt %0d since the start is swallowed", $time, Name,
                     break_interrupt);
          end
        end

        see_write_address();
        see_write_data();
        see_write_response();
        announced_q <= axi_awvalid_i && !axi_awready_i;
        if (axi_awvalid_i && axi_awready_i && write_purpose_i == PurposeData) begin
          data_bursts_q <= data_bursts_q + 1;
        end
        if (axi_wvalid_i && axi_wready_i) first_beat_q <= axi_wlast_i;
        falsify_q <= entry_chosen.size() != 0 && entry_chosen[0]
                     && (axi_wvalid_i && axi_wready_i ? axi_wlast_i : first_beat_q);
      end
    end
  end else begin : g_wire
    assign axi_awaddr_o = axi_awaddr_i;
    assign axi_wdata_o = axi_wdata_i;
    assign interrupt_o = interrupt_i;

    logic unused;
    assign unused = ^{clk_i, rst_ni, write_purpose_i, axi_awvalid_i, axi_awready_i, axi_wstrb_i,
                      axi_wlast_i, axi_wvalid_i, axi_wready_i, axi_bresp_i, axi_bvalid_i,
                      axi_bready_i};
  end
  // verilator lint_on BLKSEQ

endmodule
