// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// A DMA engine on guest memory with a driver that the testbench plays: descriptors by bridge calls,
/// registers by AXI4-Lite, as a guest's doorbells reach them. Measures in clocks.
module bench_dma_station #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64,
  /// Name in messages and logs, and of the port in plusargs (+NAME.KNOB=VALUE).
  parameter string       Name = "dma",
  /// 1: the bus is watched by a qdpi_axi4_checker.
  parameter bit          EnableChecker = 1'b1
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  import qemu_dpi_pkg::*;
  import qdpi_dma_pkg::*;

  // Within the area of a station.
  localparam longint unsigned Completions = 64'h1_0000;
  localparam longint unsigned Sources = 64'h10_0000;
  localparam longint unsigned Destinations = 64'h28_0000;
  localparam longint unsigned MostBytes = 64'h10_0000;
  localparam int unsigned     Entries = 64;
  localparam int unsigned     ChunkBytes = 4096;

  // Written by functions that the testbench calls and by one process here. Those with an array are
  // not inlined: it would be cleared in every clock.
  /* verilator lint_off BLKSEQ */
  /* verilator lint_off IMPURE */
  chandle          bridge;
  longint unsigned base;
  int unsigned     tail;
  bit              busy;         // with the set-up or with copies
  bit              told;         // of the copies
  bit              watched;      // memory is looked at in every clock
  longint unsigned clocks;       // since the doorbell's write was handed over
  longint unsigned completion_clocks, interrupt_clocks;
  int unsigned     copies;
  longint unsigned copied_bytes, copied_from, copied_to;
  bit [63:0]       random_state;

  typedef struct packed {
    logic [31:0] index;
    logic [63:0] value;
  } register_write_t;
  register_write_t register_writes [$];

  function automatic void set_register(input logic [31:0] index, input logic [63:0] value);
    register_writes.push_back({index, value});
  endfunction

  function automatic void write_chunk(input longint unsigned gpa, input bit zero);
    // verilator no_inline_task
    byte unsigned data [ChunkBytes];
    int           result;
    for (int unsigned i = 0; i < ChunkBytes; i++) begin
      random_state = random_state ^ (random_state << 13);
      random_state = random_state ^ (random_state >> 7);
      random_state = random_state ^ (random_state << 17);
      data[i] = zero ? 8'd0 : random_state[39:32];
    end
    result = dpi_mem_write(bridge, gpa, data);
    if (result < 0) dpi_fatal(bridge, result, "bench: write");
  endfunction

  /// Use the memory at `area`, of 4 MiB, of the guest of `bridge_to_use`.
  function automatic void attach(input chandle bridge_to_use, input longint unsigned area);
    bridge = bridge_to_use;
    base = area;
    random_state = 64'h9e37_79b9_7f4a_7c15 ^ area;
    u_bus.u_port.attach(bridge);
    for (longint unsigned at = 0; at < MostBytes + 64'(ChunkBytes); at += 64'(ChunkBytes))
      write_chunk(base + Sources + at, 1'b0);
    set_register(QDPI_DMA_REG_RING_BASE, base);
    set_register(QDPI_DMA_REG_RING_ENTRIES, 64'(Entries));
    set_register(QDPI_DMA_REG_COMPLETION_BASE, base + Completions);
    set_register(QDPI_DMA_REG_CONTROL, 64'(QDPI_DMA_CONTROL_ENABLE));
    copies = 0;
    busy = 1'b1;
  endfunction

  function automatic int unsigned slot(input int unsigned sequence_number);
    return sequence_number % Entries;
  endfunction

  /// Have `count` pieces of `length` bytes copied, one behind the other, from and to the given
  /// offsets, with one interrupt at the end. `watch`: the clock in which memory holds the last
  /// completion is looked for, which costs a call in every clock.
  function automatic void begin_copies(input int unsigned count, input int unsigned length,
                                       input int unsigned source_offset,
                                       input int unsigned destination_offset, input bit watch);
    // verilator no_inline_task
    copies = count;
    copied_bytes = 64'(count) * 64'(length);
    copied_from = base + Sources + 64'(source_offset);
    copied_to = base + Destinations + 64'(destination_offset);
    for (longint unsigned at = 0; at < copied_bytes + 64'd64; at += 64'(ChunkBytes))
      write_chunk(base + Destinations + at, 1'b1);
    for (int unsigned i = 0; i < count; i++) begin
      longint unsigned place = base + 64'(QDPI_DMA_DESCRIPTOR_BYTES) * 64'(slot(tail + i));
      dpi_mem_write64_or_fatal(bridge, place, {length, QDPI_DMA_OP_COPY});
      dpi_mem_write64_or_fatal(bridge, place + 64'(QDPI_DMA_DESCRIPTOR_OFFSET_SOURCE),
                               copied_from + 64'(i) * 64'(length));
      dpi_mem_write64_or_fatal(bridge, place + 64'(QDPI_DMA_DESCRIPTOR_OFFSET_DESTINATION),
                               copied_to + 64'(i) * 64'(length));
      dpi_mem_write64_or_fatal(bridge, place + 64'(QDPI_DMA_DESCRIPTOR_OFFSET_OPERAND), 64'd0);
    end
    tail += count;
    set_register(QDPI_DMA_REG_COALESCE, 64'(count));
    set_register(QDPI_DMA_REG_TAIL, 64'(tail));
    busy = 1'b1;
    watched = watch;
    completion_clocks = 0;
  endfunction

  /// The set-up or the copies are done.
  function automatic bit is_done();
    return !busy;
  endfunction

  /// Look for faults in what was copied, and in its last completion.
  function automatic void check();
    // verilator no_inline_task
    byte unsigned from [ChunkBytes];
    byte unsigned to   [ChunkBytes];
    for (longint unsigned at = 0; at < copied_bytes; at += 64'(ChunkBytes)) begin
      longint unsigned count = copied_bytes - at;
      if (dpi_mem_read(bridge, copied_from + at, from) < 0
          || dpi_mem_read(bridge, copied_to + at, to) < 0)
        $error("%s: cannot be read: %s", Name, dpi_last_error(bridge));
      for (int unsigned i = 0; i < ChunkBytes && 64'(i) < count; i++) begin
        if (from[i] != to[i]) begin
          $error("%s: byte %0d of the copy is 0x%0h, not 0x%0h", Name, at + 64'(i), to[i], from[i]);
          return;
        end
      end
    end
    if (dpi_mem_read32_or_fatal(bridge, base + Completions
        + 64'(QDPI_DMA_COMPLETION_OFFSET_ENTRIES) + 64'(QDPI_DMA_COMPLETION_OFFSET_STATUS)
        + 64'(QDPI_DMA_COMPLETION_BYTES) * 64'(slot(tail - 1))) != QDPI_DMA_COMPLETION_OK)
      $error("%s: the last copy has failed", Name);
  endfunction

  // ---- The engine, and the writes of its registers -----------------------------------------------

  logic        register_valid, register_ready;
  logic [31:0] register_index;
  logic [63:0] register_value;

  logic [11:0] axil_awaddr;
  logic [2:0] axil_awprot;
  logic axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
  logic axil_arready, axil_rvalid;
  logic [63:0] axil_wdata, axil_rdata;
  logic [7:0] axil_wstrb;
  logic [1:0] axil_bresp, axil_rresp;

  logic        manager_error;
  logic [31:0] manager_errors;
  logic        interrupt, halted, engine_busy, bridge_lost;
  logic        unused;
  assign unused = ^{axil_awprot, axil_arready, axil_rvalid, axil_rdata, axil_rresp, manager_errors,
                    engine_busy};

  qdpi_axil_manager #(
    .AddrWidth(12)
  ) u_manager (
    .clk_i,
    .rst_ni,
    .request_valid_i(register_valid),
    .request_ready_o(register_ready),
    .request_index_i(register_index),
    .request_value_i(register_value),
    .error_o        (manager_error),
    .error_count_o  (manager_errors),
    .axil_awaddr_o  (axil_awaddr),
    .axil_awprot_o  (axil_awprot),
    .axil_awvalid_o (axil_awvalid),
    .axil_awready_i (axil_awready),
    .axil_wdata_o   (axil_wdata),
    .axil_wstrb_o   (axil_wstrb),
    .axil_wvalid_o  (axil_wvalid),
    .axil_wready_i  (axil_wready),
    .axil_bresp_i   (axil_bresp),
    .axil_bvalid_i  (axil_bvalid),
    .axil_bready_o  (axil_bready)
  );

  tb_dma_and_port #(
    .DataWidth    (DataWidth),
    .Name         (Name),
    .EnableChecker(EnableChecker)
  ) u_bus (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr_i(axil_awaddr),
    .s_axil_awvalid_i(axil_awvalid),
    .s_axil_awready_o(axil_awready),
    .s_axil_wdata_i(axil_wdata),
    .s_axil_wstrb_i(axil_wstrb),
    .s_axil_wvalid_i(axil_wvalid),
    .s_axil_wready_o(axil_wready),
    .s_axil_bresp_o(axil_bresp),
    .s_axil_bvalid_o(axil_bvalid),
    .s_axil_bready_i(axil_bready),
    .s_axil_araddr_i(12'd0),
    .s_axil_arvalid_i(1'b0),
    .s_axil_arready_o(axil_arready),
    .s_axil_rdata_o(axil_rdata),
    .s_axil_rresp_o(axil_rresp),
    .s_axil_rvalid_o(axil_rvalid),
    .s_axil_rready_i(1'b1),
    .write_purpose_i(tb_dma_pkg::PurposeData),
    .interrupt_o(interrupt),
    .halted_o(halted),
    .busy_o(engine_busy),
    .bridge_lost_o(bridge_lost)
  );

  function automatic void finish();
    interrupt_clocks = clocks;
    told = 1'b0;
    busy = 1'b0;
    set_register(QDPI_DMA_REG_INTERRUPT_ACK, 64'(tail));
  endfunction

  always @(posedge clk_i or negedge rst_ni) begin
    automatic register_write_t next = '0;
    if (!rst_ni) begin
      register_valid <= 1'b0;
      register_index <= '0;
      register_value <= '0;
    end else begin
      if (!register_valid || register_ready) begin
        register_valid <= register_writes.size() != 0;
        if (register_writes.size() != 0) next = register_writes.pop_front();
        register_index <= next.index;
        register_value <= next.value;
      end
      clocks++;
      if (axil_wvalid && axil_wready && axil_awaddr == 12'(8 * QDPI_DMA_REG_TAIL)) begin
        clocks = 0;
        told = 1'b1;
      end
      if (busy && copies == 0) busy = register_writes.size() != 0;
      // A signal that is high at the end of a clock was so in it; memory likewise.
      if (told && watched && completion_clocks == 0
          && dpi_mem_read32_or_fatal(bridge, base + Completions) == tail) begin
        completion_clocks = clocks;
      end
      if (told && interrupt) finish();
      if (halted || manager_error || bridge_lost) $fatal(1, "%s: the engine has failed", Name);
    end
  end
  /* verilator lint_on IMPURE */
  /* verilator lint_on BLKSEQ */

endmodule
