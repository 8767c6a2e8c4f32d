// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Functional coverage of an AXI4 bus: which of the legal kinds of transactions have been seen.
/// Observes the signals that qdpi_axi4_checker does, can be bound to any bus, and needs that
/// checker's package, qdpi_axi4_coverage_pkg and qdpi_axi4_transactions. Simulation only.
///
/// Three crosses, each small enough for a regression to fill and each with its own reason:
///   shape     direction x burst x size x length x alignment   address arithmetic, lanes, 4 KiB
///   strobes   burst x size x strobes (writes)                 merging of bytes
///   response  direction x burst x length x response           responses and their last beats
/// Lengths are classes: 1, 2, 3-4, 5-8, 9-16, 17-64, 65-255, 256 beats. Unaligned: to AxSIZE.
/// Strobes are those of the whole burst: full is every lane of every transfer, none not one, sparse
/// all else. The response of a read is the worst of its beats, in the order of RRESP.
/// A bin is reachable if AXI4 allows it: FIXED has up to 16 beats; WRAP 2, 4, 8 or 16, aligned;
/// INCR stays in 4 KiB; nothing is unaligned to 1 byte; EXOKAY needs an exclusive access, which
/// has up to 16 beats and is not FIXED, and a subordinate with a monitor (parameter Exclusives).
///
/// A transaction counts when its last response is accepted; atomic transactions do not count.
/// +qdpi.coverage=FILE: at the end of the simulation a line for each bin is appended to FILE:
///   group,width,direction,burst,size,length,alignment,strobes,response,hits,reachable
/// with the width in bits, the size in bytes, and "-" for what is not in the cross. Files of many
/// runs, and instances, are merged by adding up the hits of equal lines. Lines that begin with #
/// are remarks.
module qdpi_axi4_coverage
  import qdpi_axi4_checker_pkg::*;
  import qdpi_axi4_coverage_pkg::*;
#(
  /// Bits of AWADDR and ARADDR, at most 64.
  parameter int unsigned AddrWidth     = 64,
  /// Bits of WDATA and RDATA: 8, 16, 32, ... 1024.
  parameter int unsigned DataWidth     = 64,
  /// Bits of the IDs, 1 to 32.
  parameter int unsigned IdWidth       = 4,
  /// Reads in progress that there is room for.
  parameter int unsigned MaxReads      = 64,
  /// Writes in progress that there is room for.
  parameter int unsigned MaxWrites     = 64,
  /// Beats on W ahead of their address that there is room for.
  parameter int unsigned MaxAheadBeats = 1024,
  /// The subordinate can answer EXOKAY.
  parameter bit          Exclusives    = 1'b1
) (
  /// Clock: rising edge.
  input logic                     clk_i,
  /// Reset: active low. What was in progress does not count; what was counted stays.
  input logic                     rst_ni,

  /// Write address: transaction ID.
  input logic [IdWidth-1:0]       axi_awid_i,
  /// Write address: address of the first byte.
  input logic [AddrWidth-1:0]     axi_awaddr_i,
  /// Write address: beats - 1.
  input logic [7:0]               axi_awlen_i,
  /// Write address: log2 of the bytes in a beat.
  input logic [2:0]               axi_awsize_i,
  /// Write address: FIXED, INCR or WRAP.
  input logic [1:0]               axi_awburst_i,
  /// Write address: atomic operation (AXI5); '0 if there is none.
  input logic [5:0]               axi_awatop_i,
  /// Write address: valid.
  input logic                     axi_awvalid_i,
  /// Write address: ready.
  input logic                     axi_awready_i,
  /// Write data: one strobe per byte lane.
  input logic [DataWidth/8-1:0]   axi_wstrb_i,
  /// Write data: valid.
  input logic                     axi_wvalid_i,
  /// Write data: ready.
  input logic                     axi_wready_i,
  /// Write response: AWID of the burst.
  input logic [IdWidth-1:0]       axi_bid_i,
  /// Write response: OKAY, EXOKAY, SLVERR or DECERR.
  input logic [1:0]               axi_bresp_i,
  /// Write response: valid.
  input logic                     axi_bvalid_i,
  /// Write response: ready.
  input logic                     axi_bready_i,
  /// Read address: transaction ID.
  input logic [IdWidth-1:0]       axi_arid_i,
  /// Read address: address of the first byte.
  input logic [AddrWidth-1:0]     axi_araddr_i,
  /// Read address: beats - 1.
  input logic [7:0]               axi_arlen_i,
  /// Read address: log2 of the bytes in a beat.
  input logic [2:0]               axi_arsize_i,
  /// Read address: FIXED, INCR or WRAP.
  input logic [1:0]               axi_arburst_i,
  /// Read address: valid.
  input logic                     axi_arvalid_i,
  /// Read address: ready.
  input logic                     axi_arready_i,
  /// Read data: ARID of the burst.
  input logic [IdWidth-1:0]       axi_rid_i,
  /// Read data: OKAY, EXOKAY, SLVERR or DECERR.
  input logic [1:0]               axi_rresp_i,
  /// Read data: valid.
  input logic                     axi_rvalid_i,
  /// Read data: ready.
  input logic                     axi_rready_i
);

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned Sizes = $clog2(BusBytes) + 1;

  // Bins, with the field named last counting fastest.
  localparam int unsigned ShapeBins = 2 * 3 * Sizes * Lengths * 2;
  localparam int unsigned StrobeBins = 3 * Sizes * 3;
  localparam int unsigned ResponseBins = 2 * 3 * Lengths * 4;

  // Places, as int unsigned, have more bits than a table needs.
  // verilator lint_off UNUSEDSIGNAL
  // Written from the one process, through functions; nothing else reads it in a clock. Functions
  // that read no signal are out of line, to be cheap on idle clocks.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  longint unsigned     shape_hits    [ShapeBins];
  longint unsigned     strobe_hits   [StrobeBins];
  longint unsigned     response_hits [ResponseBins];

  // Of each write in progress: a strobe was high; one was low. Of each read: worst response.
  bit                  some_high [MaxWrites];
  bit                  some_low  [MaxWrites];
  logic [1:0]          worst     [MaxReads];

  // The write that the next beat is of, or MaxWrites; its next beat.
  int unsigned         current, beat;
  logic [63:0]         first;
  logic [BusBytes-1:0] lanes;

  // Strobes that came before their address, oldest first.
  logic [BusBytes-1:0] ahead [MaxAheadBeats];
  int unsigned         ahead_head, ahead_count;

  int unsigned         place;
  // There was no room: nothing counts until reset.
  bit                  write_lost, read_lost;

  qdpi_axi4_transactions #(.Size(MaxWrites)) u_writes ();
  qdpi_axi4_transactions #(.Size(MaxReads)) u_reads ();

  string               place_name;

  initial begin
    place_name = $sformatf("%m");
    forget();
  end

  function automatic void forget();
    // verilator no_inline_task
    current = MaxWrites;
    ahead_head = 0;
    ahead_count = 0;
    write_lost = 1'b0;
    read_lost = 1'b0;
    u_writes.clear();
    u_reads.clear();
  endfunction

  // A net of its own: Verilator warns of resets that are used both as such and, as here, as data.
  bit in_reset_now;
  always_comb in_reset_now = rst_ni !== 1'b1;

  always @(posedge clk_i) begin
    if (in_reset_now) begin
      forget();
    end else begin
      if (axi_bvalid_i && axi_bready_i) end_write();
      if (axi_rvalid_i && axi_rready_i) take_read_data();
      if (axi_awvalid_i && axi_awready_i) take_write_address();
      if (axi_wvalid_i && axi_wready_i) take_write_data();
      if (axi_arvalid_i && axi_arready_i) begin
        expect_read(32'(axi_arid_i), 64'(axi_araddr_i), {axi_arlen_i, axi_arsize_i, axi_arburst_i},
                    1'b0);
      end
    end
  end

  function automatic void take_write_address();
    if (write_lost || u_writes.unused == MaxWrites) begin
      write_lost = 1'b1;
      return;
    end
    u_writes.append();
    u_writes.ids[u_writes.newest] = 32'(axi_awid_i);
    u_writes.addrs[u_writes.newest] = 64'(axi_awaddr_i);
    u_writes.shapes[u_writes.newest] = {axi_awlen_i, axi_awsize_i, axi_awburst_i};
    u_writes.atomics[u_writes.newest] = axi_awatop_i != AtomicNone;
    some_high[u_writes.newest] = 1'b0;
    some_low[u_writes.newest] = 1'b0;
    if (current == MaxWrites) begin
      current = u_writes.newest;
      beat = 0;
      while (ahead_count != 0 && current != MaxWrites) begin
        take_beat(ahead[ahead_head]);
        ahead_head = (ahead_head + 1) % MaxAheadBeats;
        ahead_count--;
      end
    end
    if (atomic_reads(axi_awatop_i)) begin
      expect_read(32'(axi_awid_i), 64'(axi_awaddr_i),
                  {atomic_read_len(axi_awatop_i, axi_awlen_i), axi_awsize_i, axi_awburst_i}, 1'b1);
    end
  endfunction

  function automatic void take_write_data();
    if (write_lost) return;
    if (current != MaxWrites) begin
      take_beat(axi_wstrb_i);
    end else if (ahead_count == MaxAheadBeats) begin
      write_lost = 1'b1;
    end else begin
      ahead[(ahead_head + ahead_count) % MaxAheadBeats] = axi_wstrb_i;
      ahead_count++;
    end
  endfunction

  function automatic void take_beat(input logic [BusBytes-1:0] strb);
    // verilator no_inline_task
    first = first_byte(u_writes.addrs[current], u_writes.shapes[current], beat, 1'b0);
    lanes = ((BusBytes'(1) << carried_bytes(u_writes.shapes[current].size, first)) - BusBytes'(1))
          << (first[31:0] & (BusBytes - 1));
    if ((strb & lanes) != 0) some_high[current] = 1'b1;
    if ((~strb & lanes) != 0) some_low[current] = 1'b1;
    beat++;
    if (beat > 32'(u_writes.shapes[current].len)) begin
      u_writes.complete[current] = 1'b1;
      current = u_writes.nexts[current];
      beat = 0;
    end
  endfunction

  function automatic void end_write();
    if (write_lost) return;
    place = u_writes.find(32'(axi_bid_i));
    if (place == MaxWrites || !u_writes.complete[place]) return;
    if (!u_writes.atomics[place]) begin
      count_burst(1'b1, u_writes.addrs[place], u_writes.shapes[place], axi_bresp_i);
      count_strobes(u_writes.shapes[place], some_high[place], some_low[place]);
    end
    u_writes.remove(place);
  endfunction

  function automatic void expect_read(input int unsigned id, input logic [63:0] addr,
                                      input shape_t shape, input bit atomic);
    // verilator no_inline_task
    if (read_lost || u_reads.unused == MaxReads) begin
      read_lost = 1'b1;
      return;
    end
    u_reads.append();
    u_reads.ids[u_reads.newest] = id;
    u_reads.addrs[u_reads.newest] = addr;
    u_reads.shapes[u_reads.newest] = shape;
    u_reads.left[u_reads.newest] = 32'(shape.len);
    u_reads.atomics[u_reads.newest] = atomic;
    worst[u_reads.newest] = 2'b00;
  endfunction

  function automatic void take_read_data();
    if (read_lost) return;
    place = u_reads.find(32'(axi_rid_i));
    if (place == MaxReads) return;
    if (axi_rresp_i > worst[place]) worst[place] = axi_rresp_i;
    if (u_reads.left[place] != 0) begin
      u_reads.left[place]--;
      return;
    end
    if (!u_reads.atomics[place]) begin
      count_burst(1'b0, u_reads.addrs[place], u_reads.shapes[place], worst[place]);
    end
    u_reads.remove(place);
  endfunction

  function automatic void count_burst(input bit write, input logic [63:0] addr, input shape_t shape,
                                      input logic [1:0] response);
    // verilator no_inline_task
    if (shape.burst == 2'b11 || 32'(shape.size) >= Sizes) return;
    shape_hits[shape_bin(write, shape.burst, 32'(shape.size), length_class(shape.len),
                         (addr & (beat_bytes(shape.size) - 64'd1)) != 0)]++;
    response_hits[response_bin(write, shape.burst, length_class(shape.len), response)]++;
  endfunction

  function automatic void count_strobes(input shape_t shape, input bit high, input bit low);
    // verilator no_inline_task
    if (shape.burst == 2'b11 || 32'(shape.size) >= Sizes) return;
    strobe_hits[strobe_bin(shape.burst, 32'(shape.size), !low ? 0 : high ? 1 : 2)]++;
  endfunction

  function automatic int unsigned shape_bin(input bit write, input logic [1:0] burst,
                                            input int unsigned size, input int unsigned length,
                                            input bit unaligned);
    // verilator no_inline_task
    return (((32'(write) * 3 + 32'(burst)) * Sizes + size) * Lengths + length) * 2 + 32'(unaligned);
  endfunction

  function automatic int unsigned strobe_bin(input logic [1:0] burst, input int unsigned size,
                                             input int unsigned strobes);
    // verilator no_inline_task
    return (32'(burst) * Sizes + size) * 3 + strobes;
  endfunction

  function automatic int unsigned response_bin(input bit write, input logic [1:0] burst,
                                               input int unsigned length,
                                               input logic [1:0] response);
    // verilator no_inline_task
    return ((32'(write) * 3 + 32'(burst)) * Lengths + length) * 4 + 32'(response);
  endfunction

  // The report in the making: where to, or 0 for counting only; and what has been counted.
  int              report_file;
  int unsigned     reachable_bins, hit_bins;
  longint unsigned stray_hits;

  function automatic void put_bin(input string group, input string fields,
                                  input longint unsigned hits, input bit reachable);
    // verilator no_inline_task
    if (report_file != 0) begin
      $fdisplay(report_file, "%s,%0d,%s,%0d,%0d", group, DataWidth, fields, hits, reachable);
    end
    if (reachable) begin
      reachable_bins++;
      if (hits != 0) hit_bins++;
    end else begin
      stray_hits += hits;
    end
  endfunction

  function automatic void put_shape(input bit write, input int unsigned burst,
                                    input int unsigned size);
    // verilator no_inline_task
    for (int unsigned length = 0; length < Lengths; length++) begin
      for (int unsigned unaligned = 0; unaligned < 2; unaligned++) begin
        put_bin("shape", $sformatf("%s,%s,%0d,%s,%s,-,-", direction_name(write), burst_name(burst),
                          1 << size, length_name(length), alignment_name(unaligned)),
                shape_hits[shape_bin(write, 2'(burst), size, length, unaligned != 0)],
                shape_reachable(2'(burst), size, length, unaligned != 0));
      end
    end
  endfunction

  function automatic void put_strobes(input int unsigned burst, input int unsigned size);
    // verilator no_inline_task
    for (int unsigned strobes = 0; strobes < 3; strobes++) begin
      put_bin("strobes", $sformatf("write,%s,%0d,-,-,%s,-", burst_name(burst), 1 << size,
                        strobes_name(strobes)),
              strobe_hits[strobe_bin(2'(burst), size, strobes)], 1'b1);
    end
  endfunction

  function automatic void put_responses(input bit write, input int unsigned burst);
    // verilator no_inline_task
    for (int unsigned length = 0; length < Lengths; length++) begin
      for (int unsigned response = 0; response < 4; response++) begin
        put_bin("response", $sformatf("%s,%s,-,%s,-,-,%s", direction_name(write), burst_name(burst),
                          length_name(length), response_name(response)),
                response_hits[response_bin(write, 2'(burst), length, 2'(response))],
                response_reachable(2'(burst), length, 2'(response), Exclusives));
      end
    end
  endfunction

  function automatic void put_bins();
    // verilator no_inline_task
    reachable_bins = 0;
    hit_bins = 0;
    stray_hits = 0;
    for (int unsigned burst = 0; burst < 3; burst++) begin
      for (int unsigned size = 0; size < Sizes; size++) begin
        put_shape(1'b0, burst, size);
        put_shape(1'b1, burst, size);
        put_strobes(burst, size);
      end
      put_responses(1'b0, burst);
      put_responses(1'b1, burst);
    end
  endfunction

  /// Append the bins to the file `name`.
  function automatic void write_report(input string name);
    // verilator no_inline_task
    report_file = $fopen(name, "a");
    if (report_file == 0) begin
      $error("%s: cannot write coverage to %s", place_name, name);
      return;
    end
    $fdisplay(report_file, "# %s", place_name);
    $fdisplay(report_file,
              "# group,direction,burst,size,length,alignment,strobes,response,hits,reachable");
    put_bins();
    $fclose(report_file);
    report_file = 0;
  endfunction

  /// Print how many of the reachable bins have been hit.
  function automatic void report();
    // verilator no_inline_task
    put_bins();
    $display("%s: %0d of %0d reachable bins hit, %0d.%0d %%", place_name, hit_bins, reachable_bins,
             hit_bins * 100 / reachable_bins, hit_bins * 1000 / reachable_bins % 10);
    if (stray_hits != 0) begin
      $display("%s: %0d hits in bins that AXI4 does not allow: see the checker", place_name,
               stray_hits);
    end
  endfunction

  /// Reachable bins.
  function automatic int unsigned reachable_count();
    // verilator no_inline_task
    put_bins();
    return reachable_bins;
  endfunction

  /// Reachable bins that have been hit.
  function automatic int unsigned hit_count();
    // verilator no_inline_task
    put_bins();
    return hit_bins;
  endfunction

  /// Hits in bins that AXI4 does not allow.
  function automatic longint unsigned stray_count();
    // verilator no_inline_task
    put_bins();
    return stray_hits;
  endfunction

  string file_name;
  final begin
    if ($value$plusargs("qdpi.coverage=%s", file_name) != 0) begin
      write_report(file_name);
      report();
    end
  end

endmodule
