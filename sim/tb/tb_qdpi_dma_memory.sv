// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A test double: an AXI4 memory that is as awkward as the protocol allows and that checks the
// manager in front of it. The testbench sets the variables under "knobs" by hierarchical name.

/// AXI4 memory with random delays on all channels, error ranges and protocol checks. Every strobed
/// byte must be marked writable and every beat read must hold a byte that is marked readable.
module tb_qdpi_dma_memory #(
  /// Address bits.
  parameter int unsigned AddrWidth = 64,
  /// Data bus bits.
  parameter int unsigned DataWidth = 64,
  /// ID bits.
  parameter int unsigned IdWidth = 4,
  /// Bytes of memory.
  parameter int unsigned SizeBytes = 1 << 20,
  /// Address of the first byte.
  parameter logic [AddrWidth-1:0] Base = '0
) (
  /// Clock.
  input  logic                   clk_i,
  /// Reset, active low.
  input  logic                   rst_ni,
  /// AXI4 AWID.
  input  logic [IdWidth-1:0]     awid_i,
  /// AXI4 AWADDR.
  input  logic [AddrWidth-1:0]   awaddr_i,
  /// AXI4 AWLEN.
  input  logic [7:0]             awlen_i,
  /// AXI4 AWSIZE.
  input  logic [2:0]             awsize_i,
  /// AXI4 AWBURST.
  input  logic [1:0]             awburst_i,
  /// AXI4 AWVALID.
  input  logic                   awvalid_i,
  /// AXI4 AWREADY.
  output logic                   awready_o,
  /// AXI4 WDATA.
  input  logic [DataWidth-1:0]   wdata_i,
  /// AXI4 WSTRB.
  input  logic [DataWidth/8-1:0] wstrb_i,
  /// AXI4 WLAST.
  input  logic                   wlast_i,
  /// AXI4 WVALID.
  input  logic                   wvalid_i,
  /// AXI4 WREADY.
  output logic                   wready_o,
  /// AXI4 BID.
  output logic [IdWidth-1:0]     bid_o,
  /// AXI4 BRESP.
  output logic [1:0]             bresp_o,
  /// AXI4 BVALID.
  output logic                   bvalid_o,
  /// AXI4 BREADY.
  input  logic                   bready_i,
  /// AXI4 ARID.
  input  logic [IdWidth-1:0]     arid_i,
  /// AXI4 ARADDR.
  input  logic [AddrWidth-1:0]   araddr_i,
  /// AXI4 ARLEN.
  input  logic [7:0]             arlen_i,
  /// AXI4 ARSIZE.
  input  logic [2:0]             arsize_i,
  /// AXI4 ARBURST.
  input  logic [1:0]             arburst_i,
  /// AXI4 ARVALID.
  input  logic                   arvalid_i,
  /// AXI4 ARREADY.
  output logic                   arready_o,
  /// AXI4 RID.
  output logic [IdWidth-1:0]     rid_o,
  /// AXI4 RDATA.
  output logic [DataWidth-1:0]   rdata_o,
  /// AXI4 RRESP.
  output logic [1:0]             rresp_o,
  /// AXI4 RLAST.
  output logic                   rlast_o,
  /// AXI4 RVALID.
  output logic                   rvalid_o,
  /// AXI4 RREADY.
  input  logic                   rready_i
);
  // The model is sequential code on queues, with non-blocking assignments only at its pins.
  /* verilator lint_off BLKSEQ */
  localparam int unsigned BeatBytes = DataWidth / 8;
  localparam int unsigned QueueLimit = 16;

  // ---- knobs and counters, for the testbench ----
  int unsigned stall_percent = 0;
  int unsigned max_latency = 0;
  // AW is taken only after all of its W beats were.
  bit w_before_aw = 1'b0;
  bit [63:0] random_state = 64'h9e37_79b9_7f4a_7c15;
  // Ranges [from, to) that answer with an error; offsets from Base.
  int unsigned read_error_from = 0, read_error_to = 0, write_error_from = 0, write_error_to = 0;
  logic [1:0] read_error = 2'b10, write_error = 2'b10;
  // A write that begins here must find all writes before it answered.
  int unsigned ordered_from = 0, ordered_to = 0;
  byte unsigned bytes [SizeBytes];
  bit readable [SizeBytes];
  bit writable [SizeBytes];
  int unsigned outstanding_reads, outstanding_writes, most_outstanding_reads;
  longint unsigned clocks;

  typedef struct packed {
    logic [IdWidth-1:0] id;
    logic [AddrWidth-1:0] addr;
    logic [7:0] len;
    longint unsigned due;
  } burst_t;
  typedef struct packed {
    logic [DataWidth-1:0] data;
    logic [BeatBytes-1:0] strb;
    logic last;
  } write_beat_t;
  typedef struct packed {
    logic [IdWidth-1:0] id;
    logic [1:0] resp;
    longint unsigned due;
  } answer_t;

  burst_t reads [$];
  burst_t writes [$];
  write_beat_t write_beat_queue [$];
  answer_t answers [$];
  int unsigned read_beat, write_beat, whole_w_bursts;
  bit [1:0] write_resp;

  function automatic int unsigned random_below(input int unsigned limit);
    random_state = random_state ^ (random_state << 13);
    random_state = random_state ^ (random_state >> 7);
    random_state = random_state ^ (random_state << 17);
    return (limit == 0) ? 0 : 32'(random_state >> 20) % limit;
  endfunction

  function automatic bit go();
    return random_below(100) >= stall_percent;
  endfunction

  function automatic bit touches(input logic [AddrWidth-1:0] addr, input int unsigned from,
                                input int unsigned to);
    logic [AddrWidth-1:0] offset;
    offset = addr - Base;
    return offset + AddrWidth'(BeatBytes) > AddrWidth'(from) && offset < AddrWidth'(to);
  endfunction

  function automatic void check_burst(input string name, input logic [AddrWidth-1:0] addr,
                                      input logic [7:0] len, input logic [2:0] size,
                                      input logic [1:0] burst);
    if (32'(addr[11:0]) + (32'(len) + 1) * BeatBytes > 4096)
      $error("%s burst at %h, %0d beats, crosses 4 KiB", name, addr, 32'(len) + 1);
    if (size != 3'($clog2(BeatBytes))) $error("%s size %0d is not the bus width", name, size);
    if (burst != 2'b01) $error("%s burst type %0d is not INCR", name, burst);
    if (addr % AddrWidth'(BeatBytes) != '0) $error("%s address %h is not aligned", name, addr);
  endfunction

  function automatic logic [1:0] write_one(input logic [AddrWidth-1:0] addr,
                                           input logic [DataWidth-1:0] data,
                                           input logic [BeatBytes-1:0] strb);
    logic [AddrWidth-1:0] offset;
    offset = addr - Base;
    if (offset >= AddrWidth'(SizeBytes)) return 2'b11;
    if (touches(addr, write_error_from, write_error_to)) return write_error;
    for (int unsigned i = 0; i < BeatBytes; i++) begin
      if (strb[i]) begin
        if (!writable[32'(offset)+i])
          $error("write of byte %h, which is in no destination", addr + AddrWidth'(i));
        bytes[32'(offset)+i] = data[8*i+:8];
      end
    end
    return 2'b00;
  endfunction

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      awready_o <= 1'b0;
      wready_o <= 1'b0;
      arready_o <= 1'b0;
      bvalid_o <= 1'b0;
      rvalid_o <= 1'b0;
    end else begin
      clocks++;

      // ---- reads ----
      if (arvalid_i && arready_o) begin
        check_burst("read", araddr_i, arlen_i, arsize_i, arburst_i);
        reads.push_back({arid_i, araddr_i, arlen_i, clocks + 64'(random_below(max_latency + 1))});
        outstanding_reads++;
        if (outstanding_reads > most_outstanding_reads) most_outstanding_reads = outstanding_reads;
      end
      if (rvalid_o && rready_i && rlast_o) outstanding_reads--;
      if (!rvalid_o || rready_i) begin
        if (reads.size() != 0 && reads[0].due <= clocks && go()) begin
          automatic logic [AddrWidth-1:0] addr;
          automatic logic [AddrWidth-1:0] offset;
          automatic bit wanted;
          addr = reads[0].addr + AddrWidth'(read_beat * BeatBytes);
          offset = addr - Base;
          wanted = 1'b0;
          rid_o <= reads[0].id;
          rvalid_o <= 1'b1;
          rlast_o <= read_beat == 32'(reads[0].len);
          for (int unsigned i = 0; i < BeatBytes; i++) rdata_o[8*i+:8] <= 8'(random_below(256));
          if (offset >= AddrWidth'(SizeBytes)) begin
            rresp_o <= 2'b11;
            wanted = 1'b1;
          end else begin
            for (int unsigned i = 0; i < BeatBytes; i++)
              wanted = wanted || readable[32'(offset)+i];
            if (touches(addr, read_error_from, read_error_to)) begin
              rresp_o <= read_error;
            end else begin
              rresp_o <= 2'b00;
              for (int unsigned i = 0; i < BeatBytes; i++)
                rdata_o[8*i+:8] <= bytes[32'(offset)+i];
            end
          end
          if (!wanted) $error("read of %h, which holds no byte of a source", addr);
          if (read_beat == 32'(reads[0].len)) begin
            void'(reads.pop_front());
            read_beat = 0;
          end else begin
            read_beat++;
          end
        end else begin
          rvalid_o <= 1'b0;
        end
      end
      arready_o <= reads.size() < int'(QueueLimit) && go();

      // ---- writes ----
      if (awvalid_i && awready_o) begin
        check_burst("write", awaddr_i, awlen_i, awsize_i, awburst_i);
        if (touches(awaddr_i, ordered_from, ordered_to) && outstanding_writes != 0)
          $error("write of %h while %0d writes before it are not answered", awaddr_i,
                 outstanding_writes);
        writes.push_back({awid_i, awaddr_i, awlen_i, 64'd0});
        outstanding_writes++;
        if (w_before_aw) whole_w_bursts--;
      end
      if (wvalid_i && wready_o) begin
        write_beat_queue.push_back({wdata_i, wstrb_i, wlast_i});
        if (wlast_i && w_before_aw) whole_w_bursts++;
      end
      if (bvalid_o && bready_i) outstanding_writes--;
      while (writes.size() != 0 && write_beat_queue.size() != 0) begin
        automatic write_beat_t beat;
        automatic logic [1:0] resp;
        beat = write_beat_queue.pop_front();
        resp = write_one(writes[0].addr + AddrWidth'(write_beat * BeatBytes), beat.data,
                         beat.strb);
        if (write_resp == 2'b00) write_resp = resp;
        if (beat.last != (write_beat == 32'(writes[0].len)))
          $error("WLAST is %b in beat %0d of a burst of %0d", beat.last, write_beat,
                 32'(writes[0].len) + 1);
        write_beat++;
        if (beat.last) begin
          answers.push_back(
              {writes[0].id, write_resp, clocks + 64'(random_below(max_latency + 1))});
          void'(writes.pop_front());
          write_beat = 0;
          write_resp = 2'b00;
        end
      end
      if (!bvalid_o || bready_i) begin
        if (answers.size() != 0 && answers[0].due <= clocks && go()) begin
          bvalid_o <= 1'b1;
          bid_o <= answers[0].id;
          bresp_o <= answers[0].resp;
          void'(answers.pop_front());
        end else begin
          bvalid_o <= 1'b0;
        end
      end
      awready_o <= writes.size() < int'(QueueLimit) && go() && (!w_before_aw || whole_w_bursts != 0)
          && !(w_before_aw && awready_o && awvalid_i);
      // Beats may run ahead of their addresses, within reason.
      wready_o <= write_beat_queue.size() < 512 && go();
    end
  end

  // ---- what a manager must keep still until it is taken (IHI0022 A3.2.1) ----
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      awvalid_i && !awready_o |=> awvalid_i && $stable(awaddr_i) && $stable(awlen_i)
      && $stable(awid_i)) else $error("AW changed before it was taken");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      wvalid_i && !wready_o |=> wvalid_i && $stable(wdata_i) && $stable(wstrb_i)
      && $stable(wlast_i)) else $error("W changed before it was taken");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      arvalid_i && !arready_o |=> arvalid_i && $stable(araddr_i) && $stable(arlen_i)
      && $stable(arid_i)) else $error("AR changed before it was taken");
endmodule
