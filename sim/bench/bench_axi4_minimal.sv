// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The least that can be called an AXI4 subordinate, to measure qdpi_axi4_port against: aligned INCR
/// bursts of full beats, one burst at a time in each direction, one beat per clock, OKAY to
/// everything, no rule, no window, no delay, no count.
///
/// Behind it is
///   * guest memory, one DPI call per beat and direction: dpi_mem_read64 and dpi_mem_write64 at
///     64 bit, dpi_mem_read_words and dpi_mem_write_words from there on;
///   * an array of C, one DPI call that copies a packed vector: as little as a call can do;
///   * or an array of SystemVerilog, and no call at all.
module bench_axi4_minimal #(
  /// Bits of the data bus: 64 to 1024.
  parameter int unsigned DataWidth = 64,
  /// What is behind it: 0 guest memory, 1 an array of SystemVerilog, 2 one of C.
  parameter int unsigned Memory    = 0,
  /// Bytes of that array, a power of two.
  parameter int unsigned ArrayBytes = 4 << 20
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low.
  input  logic                   rst_ni,

  /// Write address: transaction ID.
  input  logic [3:0]             awid_i,
  /// Write address: address.
  input  logic [63:0]            awaddr_i,
  /// Write address: beats - 1.
  input  logic [7:0]             awlen_i,
  /// Write address: valid.
  input  logic                   awvalid_i,
  /// Write address: ready.
  output logic                   awready_o,
  /// Write data.
  input  logic [DataWidth-1:0]   wdata_i,
  /// Write data: strobes.
  input  logic [DataWidth/8-1:0] wstrb_i,
  /// Write data: last beat of the burst.
  input  logic                   wlast_i,
  /// Write data: valid.
  input  logic                   wvalid_i,
  /// Write data: ready.
  output logic                   wready_o,
  /// Write response: ID.
  output logic [3:0]             bid_o,
  /// Write response: OKAY.
  output logic [1:0]             bresp_o,
  /// Write response: valid.
  output logic                   bvalid_o,
  /// Write response: ready.
  input  logic                   bready_i,
  /// Read address: transaction ID.
  input  logic [3:0]             arid_i,
  /// Read address: address.
  input  logic [63:0]            araddr_i,
  /// Read address: beats - 1.
  input  logic [7:0]             arlen_i,
  /// Read address: valid.
  input  logic                   arvalid_i,
  /// Read address: ready.
  output logic                   arready_o,
  /// Read data: ID.
  output logic [3:0]             rid_o,
  /// Read data.
  output logic [DataWidth-1:0]   rdata_o,
  /// Read data: OKAY.
  output logic [1:0]             rresp_o,
  /// Read data: last beat of the burst.
  output logic                   rlast_o,
  /// Read data: valid.
  output logic                   rvalid_o,
  /// Read data: ready.
  input  logic                   rready_i
);
  import qemu_dpi_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  import "DPI-C" function void bench_axi4_copy_read(input longint unsigned address,
                                                    input int unsigned bytes,
                                                    output bit [DataWidth-1:0] data);
  import "DPI-C" function void bench_axi4_copy_write(input longint unsigned address,
                                                     input int unsigned bytes,
                                                     input bit [DataWidth-1:0] data,
                                                     input bit [BusBytes-1:0] strobes);

  localparam int unsigned Words = BusBytes / 8;

  // Written by the functions that the one process calls.
  // verilator lint_off BLKSEQ
  // verilator lint_off UNUSEDSIGNAL
  chandle      bridge;
  bit          failed;
  logic        writing, reading;
  logic [63:0] write_addr, read_addr;
  logic [7:0]  read_left;
  logic [3:0]  write_id, read_id;

  /// Reach guest memory through `handle`.
  function automatic void attach(input chandle handle);
    bridge = handle;
  endfunction

  /// There are no windows.
  function automatic void allow(input longint unsigned first, input longint unsigned last);
    if (first > last) failed = 1'b1;
  endfunction

  /// Whether a call failed.
  function automatic bit has_failed();
    return failed;
  endfunction

  assign awready_o = !writing || (wvalid_i && wready_o && wlast_i);
  assign wready_o  = writing && (!bvalid_o || bready_i);
  assign arready_o = !reading || (read_left == 0 && (!rvalid_o || rready_i));
  assign bresp_o   = 2'b00;
  assign rresp_o   = 2'b00;

  if (Memory == 1) begin : g_memory
    logic [DataWidth-1:0] beats [ArrayBytes/BusBytes];
    function automatic void write(input longint unsigned address,
                                  input logic [DataWidth-1:0] data,
                                  input logic [BusBytes-1:0] strobes);
      int unsigned index = (32'(address) & (ArrayBytes - 1)) / BusBytes;
      if (&strobes) beats[index] = data;
      else for (int i = 0; i < BusBytes; i++) if (strobes[i]) beats[index][8*i+:8] = data[8*i+:8];
    endfunction
    function automatic logic [DataWidth-1:0] read(input longint unsigned address);
      return beats[(32'(address) & (ArrayBytes - 1)) / BusBytes];
    endfunction
  end else if (Memory == 2) begin : g_memory
    bit [DataWidth-1:0] data_read;
    function automatic void write(input longint unsigned address,
                                  input logic [DataWidth-1:0] data,
                                  input logic [BusBytes-1:0] strobes);
      bench_axi4_copy_write(address, BusBytes, data, strobes);
    endfunction
    function automatic logic [DataWidth-1:0] read(input longint unsigned address);
      bench_axi4_copy_read(address, BusBytes, data_read);
      return data_read;
    endfunction
  end else if (DataWidth == 64) begin : g_memory
    longint unsigned word;
    byte unsigned    strobe [1];
    longint unsigned words  [1];
    function automatic void write(input longint unsigned address,
                                  input logic [DataWidth-1:0] data,
                                  input logic [BusBytes-1:0] strobes);
      if (&strobes) begin
        if (dpi_mem_write64(bridge, address, data) != 0) failed = 1'b1;
      end else begin
        words[0] = data;
        strobe[0] = strobes;
        if (dpi_mem_write_words(bridge, address, 1, words, strobe) != 0) failed = 1'b1;
      end
    endfunction
    function automatic logic [DataWidth-1:0] read(input longint unsigned address);
      if (dpi_mem_read64(bridge, address, word) != 0) failed = 1'b1;
      return word;
    endfunction
  end else begin : g_memory
    longint unsigned      words        [Words];
    longint unsigned      strobed_words[Words];
    byte unsigned         strobe_words [Words];
    logic [DataWidth-1:0] data_read;
    function automatic void write(input longint unsigned address,
                                  input logic [DataWidth-1:0] data,
                                  input logic [BusBytes-1:0] strobes);
      for (int unsigned i = 0; i < Words; i++) begin
        strobed_words[i] = data[64*i+:64];
        strobe_words[i] = strobes[8*i+:8];
      end
      if (dpi_mem_write_words(bridge, address, Words, strobed_words, strobe_words) != 0) begin
        failed = 1'b1;
      end
    endfunction
    function automatic logic [DataWidth-1:0] read(input longint unsigned address);
      if (dpi_mem_read_words(bridge, address, Words, words) != 0) failed = 1'b1;
      for (int unsigned i = 0; i < Words; i++) data_read[64*i+:64] = words[i];
      return data_read;
    endfunction
  end

  /// Put `value` where the bus sees it in the low lanes of address `gpa`.
  function automatic void put(input longint unsigned gpa, input int unsigned value);
    g_memory.write(gpa, DataWidth'(value), '1);
  endfunction

  /// What is there.
  function automatic int unsigned get(input longint unsigned gpa);
    return 32'(g_memory.read(gpa));
  endfunction

  logic unused_len;
  assign unused_len = ^awlen_i;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      writing  <= 1'b0;
      reading  <= 1'b0;
      bvalid_o <= 1'b0;
      rvalid_o <= 1'b0;
    end else begin
      if (bready_i) bvalid_o <= 1'b0;
      if (wvalid_i && wready_o) begin
        g_memory.write(write_addr, wdata_i, wstrb_i);
        write_addr <= write_addr + 64'(BusBytes);
        if (wlast_i) begin
          writing  <= 1'b0;
          bvalid_o <= 1'b1;
          bid_o    <= write_id;
        end
      end
      if (awvalid_i && awready_o) begin
        writing    <= 1'b1;
        write_addr <= awaddr_i;
        write_id   <= awid_i;
      end
      if (!rvalid_o || rready_i) begin
        rvalid_o <= reading;
        if (reading) begin
          rdata_o   <= g_memory.read(read_addr);
          rid_o     <= read_id;
          rlast_o   <= read_left == 0;
          read_addr <= read_addr + 64'(BusBytes);
          read_left <= read_left - 1;
          if (read_left == 0) reading <= 1'b0;
        end
      end
      if (arvalid_i && arready_o) begin
        reading   <= 1'b1;
        read_addr <= araddr_i;
        read_left <= arlen_i;
        read_id   <= arid_i;
      end
    end
  end

endmodule
