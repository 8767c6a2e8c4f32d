// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The DMA engine alone, against a memory that delays, reorders nothing, fails on request and
// watches every byte, and against a model of what each descriptor does.
//
// Plusargs: +seed=N.

/// Unit test of qdpi_dma.
module tb_qdpi_dma_unit #(
  /// Bits of the memory bus: 64, 128, 256 or 512.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qdpi_dma_pkg::*;

  // Test code drives and looks at falling edges, where no simulator can see it race with the
  // engine.
  /* verilator lint_off BLKSEQ */
  // Test code looks at the reset that the engine uses asynchronously.
  /* verilator lint_off SYNCASYNCNET */
  localparam int unsigned AddrWidth = 64;
  localparam int unsigned IdWidth = 4;
  localparam int unsigned BeatBytes = DataWidth / 8;
  localparam int unsigned SizeBytes = 1 << 20;
  localparam logic [63:0] Base = 64'h0000_0012_3000_0000;
  // Sources lie below destinations, so that no copy overlaps itself.
  localparam int unsigned IdentFrom = 32'h6000;
  localparam int unsigned SourceFrom = 32'h1_0000;
  localparam int unsigned DestinationFrom = 32'h8_0000;
  localparam int unsigned LongestRandom = 3 * 4096;
  localparam int unsigned ClocksToGiveUp = 2_000_000;

  logic [11:0] axil_awaddr, axil_araddr;
  logic axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
  logic axil_arvalid, axil_arready, axil_rvalid, axil_rready;
  logic [63:0] axil_wdata, axil_rdata;
  logic [7:0] axil_wstrb;
  logic [1:0] axil_bresp, axil_rresp;
  logic [IdWidth-1:0] awid, arid, bid, rid;
  logic [AddrWidth-1:0] awaddr, araddr;
  logic [7:0] awlen, arlen;
  logic [2:0] awsize, arsize;
  logic [1:0] awburst, arburst, bresp, rresp;
  logic awvalid, awready, arvalid, arready, wvalid, wready, wlast, bvalid, bready;
  logic rvalid, rready, rlast;
  logic [DataWidth-1:0] wdata, rdata;
  logic [BeatBytes-1:0] wstrb;
  logic interrupt, halted, busy;

  // The memory checks what the engine uses; the constant signals stay open.
  /* verilator lint_off PINCONNECTEMPTY */
  qdpi_dma #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth(IdWidth)
  ) u_dma (
    .clk_i,
    .rst_ni,
    .s_axil_awprot_i('0),
    .s_axil_arprot_i('0),
    .m_axi_buser_i('0),
    .m_axi_ruser_i('0),
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
    .s_axil_araddr_i(axil_araddr),
    .s_axil_arvalid_i(axil_arvalid),
    .s_axil_arready_o(axil_arready),
    .s_axil_rdata_o(axil_rdata),
    .s_axil_rresp_o(axil_rresp),
    .s_axil_rvalid_o(axil_rvalid),
    .s_axil_rready_i(axil_rready),
    .m_axi_awid_o(awid),
    .m_axi_awaddr_o(awaddr),
    .m_axi_awlen_o(awlen),
    .m_axi_awsize_o(awsize),
    .m_axi_awburst_o(awburst),
    .m_axi_awvalid_o(awvalid),
    .m_axi_awready_i(awready),
    .m_axi_wdata_o(wdata),
    .m_axi_wstrb_o(wstrb),
    .m_axi_wlast_o(wlast),
    .m_axi_wvalid_o(wvalid),
    .m_axi_wready_i(wready),
    .m_axi_bid_i(bid),
    .m_axi_bresp_i(bresp),
    .m_axi_bvalid_i(bvalid),
    .m_axi_bready_o(bready),
    .m_axi_arid_o(arid),
    .m_axi_araddr_o(araddr),
    .m_axi_arlen_o(arlen),
    .m_axi_arsize_o(arsize),
    .m_axi_arburst_o(arburst),
    .m_axi_arvalid_o(arvalid),
    .m_axi_arready_i(arready),
    .m_axi_rid_i(rid),
    .m_axi_rdata_i(rdata),
    .m_axi_rresp_i(rresp),
    .m_axi_rlast_i(rlast),
    .m_axi_rvalid_i(rvalid),
    .m_axi_rready_o(rready),
    .m_axi_awlock_o(),
    .m_axi_awcache_o(),
    .m_axi_awprot_o(),
    .m_axi_awqos_o(),
    .m_axi_awregion_o(),
    .m_axi_awuser_o(),
    .m_axi_arlock_o(),
    .m_axi_arcache_o(),
    .m_axi_arprot_o(),
    .m_axi_arqos_o(),
    .m_axi_arregion_o(),
    .m_axi_aruser_o(),
    .m_axi_wuser_o(),
    .interrupt_o(interrupt),
    .halted_o(halted),
    .busy_o(busy)
  );
  /* verilator lint_on PINCONNECTEMPTY */

  tb_qdpi_dma_memory #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth(IdWidth),
    .SizeBytes(SizeBytes),
    .Base(Base)
  ) u_memory (
    .clk_i,
    .rst_ni,
    .awid_i(awid),
    .awaddr_i(awaddr),
    .awlen_i(awlen),
    .awsize_i(awsize),
    .awburst_i(awburst),
    .awvalid_i(awvalid),
    .awready_o(awready),
    .wdata_i(wdata),
    .wstrb_i(wstrb),
    .wlast_i(wlast),
    .wvalid_i(wvalid),
    .wready_o(wready),
    .bid_o(bid),
    .bresp_o(bresp),
    .bvalid_o(bvalid),
    .bready_i(bready),
    .arid_i(arid),
    .araddr_i(araddr),
    .arlen_i(arlen),
    .arsize_i(arsize),
    .arburst_i(arburst),
    .arvalid_i(arvalid),
    .arready_o(arready),
    .rid_o(rid),
    .rdata_o(rdata),
    .rresp_o(rresp),
    .rlast_o(rlast),
    .rvalid_o(rvalid),
    .rready_i(rready)
  );

  // ---- what must always hold ----
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      !busy |-> !awvalid && !wvalid && !arvalid) else $error("bus activity of an idle engine");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      $fell(interrupt) |-> $past(u_dma.ack || u_dma.reset_done))
    else $error("interrupt fell without an acknowledgement");

  int unsigned raises = 0;
  logic interrupt_before = 1'b0;
  longint unsigned first_read, last_read, data_reads = 0, first_write, last_write, data_writes = 0;
  longint unsigned transfers = 0, bytes_done = 0;
  always @(posedge clk_i) begin
    if (interrupt && !interrupt_before) raises++;
    interrupt_before <= interrupt;
    if (rvalid && rready && !u_dma.fetching) begin
      if (data_reads == 0) first_read = u_memory.clocks;
      last_read = u_memory.clocks;
      data_reads++;
    end
    if (wvalid && wready && !u_dma.writer_use_words) begin
      if (data_writes == 0) first_write = u_memory.clocks;
      last_write = u_memory.clocks;
      data_writes++;
    end
  end

  // ---- random numbers ----
  bit [63:0] random_state = 64'd1;
  function automatic int unsigned random_below(input int unsigned limit);
    random_state = random_state ^ (random_state << 13);
    random_state = random_state ^ (random_state >> 7);
    random_state = random_state ^ (random_state << 17);
    return (limit == 0) ? 0 : 32'(random_state >> 20) % limit;
  endfunction
  function automatic bit [63:0] random_word();
    return {random_below(32'hffff_ffff), random_below(32'hffff_ffff)};
  endfunction

  // ---- registers ----
  task automatic drive_write(input logic [11:0] addr, input logic [63:0] data,
                             input logic [7:0] strb, output logic [1:0] resp);
    int unsigned aw_delay, w_delay, count;
    bit aw_begun, w_begun, aw_taken, w_taken, aw_done, w_done;
    aw_delay = (random_below(2) == 0) ? 0 : random_below(6);
    w_delay = (random_below(2) == 0) ? 0 : random_below(6);
    {aw_begun, w_begun, aw_taken, w_taken, aw_done, w_done} = '0;
    count = 0;
    while (!aw_done || !w_done) begin
      @(negedge clk_i);
      if (aw_taken) begin
        aw_done = 1'b1;
        axil_awvalid = 1'b0;
      end
      if (w_taken) begin
        w_done = 1'b1;
        axil_wvalid = 1'b0;
      end
      if (count >= aw_delay && !aw_begun) begin
        aw_begun = 1'b1;
        axil_awvalid = 1'b1;
        axil_awaddr = addr;
      end
      if (count >= w_delay && !w_begun) begin
        w_begun = 1'b1;
        axil_wvalid = 1'b1;
        axil_wdata = data;
        axil_wstrb = strb;
      end
      aw_taken = axil_awvalid && axil_awready;
      w_taken = axil_wvalid && axil_wready;
      count++;
    end
    repeat (random_below(3)) @(negedge clk_i);
    axil_bready = 1'b1;
    while (!axil_bvalid) @(negedge clk_i);
    resp = axil_bresp;
    @(negedge clk_i);
    axil_bready = 1'b0;
  endtask

  task automatic drive_read(input logic [11:0] addr, output logic [63:0] value,
                            output logic [1:0] resp);
    axil_araddr = addr;
    axil_arvalid = 1'b1;
    while (!axil_arready) @(negedge clk_i);
    @(negedge clk_i);
    axil_arvalid = 1'b0;
    repeat (random_below(3)) @(negedge clk_i);
    axil_rready = 1'b1;
    while (!axil_rvalid) @(negedge clk_i);
    value = axil_rdata;
    resp = axil_rresp;
    @(negedge clk_i);
    axil_rready = 1'b0;
  endtask

  // A task is copied by Verilator into each caller. So that the long ones exist once, a process of
  // their own runs them as jobs.
  typedef enum logic [2:0] {
    JobNone,
    JobWrite,
    JobRead,
    JobTail,
    JobRing
  } job_e;
  job_e job = JobNone;
  logic [11:0] job_addr;
  logic [63:0] job_data;
  logic [7:0] job_strb;
  logic [1:0] job_resp;
  bit job_acknowledge;

  task automatic finish_job();
    while (job != JobNone) @(negedge clk_i);
  endtask

  task automatic write_raw(input logic [11:0] addr, input logic [63:0] data, input logic [7:0] strb,
                           output logic [1:0] resp);
    job_addr = addr;
    job_data = data;
    job_strb = strb;
    job = JobWrite;
    finish_job();
    resp = job_resp;
  endtask

  task automatic read_raw(input logic [11:0] addr, output logic [63:0] value,
                          output logic [1:0] resp);
    job_addr = addr;
    job = JobRead;
    finish_job();
    value = job_data;
    resp = job_resp;
  endtask

  task automatic write_register(input logic [31:0] index, input logic [63:0] value);
    logic [1:0] resp;
    write_raw(12'(index * 8), value, 8'hff, resp);
    if (resp != 2'b00) $error("register %0d refuses %h", index, value);
  endtask

  task automatic expect_refused(input logic [11:0] addr, input logic [63:0] value,
                                input logic [7:0] strb);
    logic [1:0] resp;
    write_raw(addr, value, strb, resp);
    if (resp != 2'b10) $error("write of %h, strobes %h, answered %b", addr, strb, resp);
  endtask

  task automatic expect_register(input logic [31:0] index, input logic [63:0] expected);
    logic [63:0] value;
    logic [1:0] resp;
    read_raw(12'(index * 8), value, resp);
    if (resp != 2'b00 || value != expected)
      $error("register %0d is %h (response %b), expected %h", index, value, resp, expected);
  endtask

  // ---- memory: what software wrote, and what must be there ----
  byte unsigned model [SizeBytes];

  function automatic logic [63:0] peek(input int unsigned at, input int unsigned count);
    peek = '0;
    for (int unsigned i = 0; i < count; i++) peek[8*i+:8] = u_memory.bytes[at+i];
  endfunction
  function automatic void poke(input int unsigned at, input int unsigned count,
                               input logic [63:0] value);
    for (int unsigned i = 0; i < count; i++) begin
      u_memory.bytes[at+i] = value[8*i+:8];
      model[at+i] = value[8*i+:8];
    end
  endfunction
  function automatic void model_word(input int unsigned at, input int unsigned count,
                                     input logic [63:0] value);
    for (int unsigned i = 0; i < count; i++) model[at+i] = value[8*i+:8];
  endfunction
  function automatic void allow_reads(input int unsigned at, input int unsigned count);
    for (int unsigned i = at; i - at < count && i < SizeBytes; i++) u_memory.readable[i] = 1'b1;
  endfunction
  function automatic void allow_writes(input int unsigned at, input int unsigned count);
    for (int unsigned i = at; i - at < count && i < SizeBytes; i++) u_memory.writable[i] = 1'b1;
  endfunction
  function automatic void allow_nothing();
    for (int unsigned i = 0; i < SizeBytes; i++) begin
      u_memory.readable[i] = 1'b0;
      u_memory.writable[i] = 1'b0;
    end
  endfunction
  // All of memory is a guard of everything else.
  function automatic void compare(input int unsigned from, input int unsigned count);
    for (int unsigned i = from; i < from + count; i++) begin
      if (u_memory.bytes[i] != model[i]) begin
        $error("byte at offset %h is %h, expected %h", i, u_memory.bytes[i], model[i]);
        break;
      end
    end
  endfunction
  // After a soft reset a destination may be half done; the memory itself guards the rest.
  function automatic void accept_written();
    for (int unsigned i = 0; i < SizeBytes; i++)
      if (u_memory.writable[i]) model[i] = u_memory.bytes[i];
  endfunction

  function automatic logic [31:0] crc32c(input int unsigned at, input int unsigned count,
                                         input logic [31:0] crc_before);
    logic [31:0] crc;
    crc = ~crc_before;
    for (int unsigned i = at; i < at + count; i++) begin
      crc[7:0] = crc[7:0] ^ u_memory.bytes[i];
      for (int bit_index = 0; bit_index < 8; bit_index++)
        crc = crc[0] ? ({1'b0, crc[31:1]} ^ 32'h82f6_3b78) : {1'b0, crc[31:1]};
    end
    return ~crc;
  endfunction

  // ---- the ring as software drives it ----
  typedef struct packed {
    logic [31:0] opcode;
    logic [31:0] length;
    logic [63:0] source;
    logic [63:0] destination;
    logic [63:0] operand;
    logic [31:0] status;
  } descriptor_t;
  // Not yet in memory, and in memory but not yet judged.
  descriptor_t prepared [$];
  descriptor_t posted [$];
  int unsigned ring, completions, entries;
  logic [31:0] software_tail, software_head, software_acked;

  task automatic post_at(input logic [31:0] opcode, input logic [31:0] length,
                         input logic [63:0] source, input logic [63:0] destination,
                         input logic [63:0] operand, input logic [31:0] status);
    prepared.push_back({opcode, length, source, destination, operand, status});
    software_tail++;
  endtask

  // Puts the descriptors in the ring and opens up what each may read and write, and nothing else.
  task automatic drive_tail();
    logic [1:0] resp;
    while (prepared.size() != 0) begin
      automatic descriptor_t descriptor;
      automatic int unsigned slot, at;
      slot = (software_tail - prepared.size()) % entries;
      at = ring + 32 * slot;
      descriptor = prepared.pop_front();
      poke(at, 8, {descriptor.length, descriptor.opcode});
      poke(at + 8, 8, descriptor.source);
      poke(at + 16, 8, descriptor.destination);
      poke(at + 24, 8, descriptor.operand);
      allow_reads(at, 32);
      allow_writes(completions, 8);
      allow_writes(completions + 64 + 16 * slot, 16);
      if (descriptor.status != QDPI_DMA_COMPLETION_BAD_OPCODE
          && descriptor.status != QDPI_DMA_COMPLETION_BAD_ADDRESS) begin
        if (descriptor.opcode != QDPI_DMA_OP_FILL)
          allow_reads(32'(descriptor.source - Base), descriptor.length);
        if (descriptor.opcode != QDPI_DMA_OP_CRC32C)
          allow_writes(32'(descriptor.destination - Base), descriptor.length);
      end
      posted.push_back(descriptor);
    end
    drive_write(12'(QDPI_DMA_REG_TAIL * 8), 64'(software_tail), 8'hff, resp);
    if (resp != 2'b00) $error("TAIL is refused");
  endtask

  task automatic post(input logic [31:0] opcode, input logic [31:0] length,
                      input int unsigned source, input int unsigned destination,
                      input logic [63:0] operand);
    post_at(opcode, length, Base + 64'(source), Base + 64'(destination), operand,
            QDPI_DMA_COMPLETION_OK);
  endtask

  task automatic post_random();
    int unsigned length, source, destination;
    length = (random_below(3) == 0) ? 1 + random_below(LongestRandom) : 1 + random_below(200);
    source = SourceFrom + random_below(DestinationFrom - SourceFrom - length);
    destination = DestinationFrom + random_below(SizeBytes - DestinationFrom - length);
    case (random_below(12))
      0: post_at(32'h101, length, Base, Base, 0, QDPI_DMA_COMPLETION_BAD_OPCODE);
      1: post_at(random_below(2) * 4, length, Base, Base, 0, QDPI_DMA_COMPLETION_BAD_OPCODE);
      2: post_at(1 + random_below(3), 0, Base, Base, 0, QDPI_DMA_COMPLETION_BAD_LENGTH);
      3: post_at(QDPI_DMA_OP_COPY, length + 1, 64'(0) - 64'(length), Base, 0,
                 QDPI_DMA_COMPLETION_BAD_ADDRESS);
      4: post_at(QDPI_DMA_OP_FILL, length + 1, Base, 64'(0) - 64'(length), 0,
                 QDPI_DMA_COMPLETION_BAD_ADDRESS);
      5, 6: post(QDPI_DMA_OP_FILL, length, source, destination, random_word());
      7, 8: post(QDPI_DMA_OP_CRC32C, length, source, destination, random_word());
      default: post(QDPI_DMA_OP_COPY, length, source, destination, random_word());
    endcase
  endtask

  // Bytes of a failed descriptor are old or right, and old where the source could not be read.
  function automatic void judge_failed(input logic [31:0] opcode, input logic [31:0] length,
                                       input int unsigned source, input int unsigned destination,
                                       input logic [63:0] operand);
    for (int unsigned i = 0; i < length; i++) begin
      automatic int unsigned to = destination + i;
      automatic int unsigned from = source + i;
      automatic int unsigned beat = from - from % BeatBytes;
      automatic byte unsigned right_byte;
      automatic bit unread;
      if (to >= SizeBytes) break;
      unread = 1'b0;
      right_byte = operand[8*(i%8)+:8];
      if (opcode == QDPI_DMA_OP_COPY) begin
        unread = from >= SizeBytes
            || (beat + BeatBytes > u_memory.read_error_from && beat < u_memory.read_error_to);
        right_byte = unread ? 8'h00 : model[from];
      end
      if (u_memory.bytes[to] != model[to] && (unread || u_memory.bytes[to] != right_byte)) begin
        $error("a failed descriptor wrote %h to offset %h", u_memory.bytes[to], to);
        break;
      end
      model[to] = u_memory.bytes[to];
    end
  endfunction

  // The oldest descriptor posted is complete: judges its entry and carries it over into the model.
  task automatic judge_completion(input bit memory_is_now);
    descriptor_t descriptor;
    logic [31:0] result, length;
    int unsigned at, source, destination;
    if (posted.size() == 0) begin
      $error("more completions than descriptors");
      return;
    end
    descriptor = posted.pop_front();
    source = 32'(descriptor.source - Base);
    destination = 32'(descriptor.destination - Base);
    at = completions + 64 + 16 * (software_head % entries);
    result = '0;
    length = (descriptor.status == QDPI_DMA_COMPLETION_OK) ? descriptor.length : '0;
    if (descriptor.status == QDPI_DMA_COMPLETION_OK) begin
      transfers++;
      bytes_done += 64'(length);
      case (descriptor.opcode)
        QDPI_DMA_OP_COPY:
        for (int unsigned i = 0; i < length; i++)
          model[destination+i] = model[source+i];
        QDPI_DMA_OP_FILL:
        for (int unsigned i = 0; i < length; i++)
          model[destination+i] = descriptor.operand[8*(i%8)+:8];
        default: result = crc32c(source, length, descriptor.operand[31:0]);
      endcase
      if (memory_is_now && descriptor.opcode != QDPI_DMA_OP_CRC32C)
        compare(destination - BeatBytes,
                (destination + length + BeatBytes > SizeBytes)
                ? SizeBytes - destination + BeatBytes : length + 2 * BeatBytes);
    end else if (descriptor.status >= QDPI_DMA_COMPLETION_READ_SLVERR
                 && descriptor.status <= QDPI_DMA_COMPLETION_WRITE_DECERR
                 && descriptor.opcode != QDPI_DMA_OP_CRC32C) begin
      judge_failed(descriptor.opcode, descriptor.length, source, destination,
                   descriptor.operand);
    end
    model_word(at, 4, 64'(software_head));
    model_word(at + 4, 4, 64'(descriptor.status));
    model_word(at + 8, 4, 64'(length));
    model_word(at + 12, 4, 64'(result));
    if (peek(at, 8) != {descriptor.status, software_head} || peek(at + 8, 8) != {result, length})
      $error("descriptor %0d (opcode %0d, %0d bytes, %h -> %h): entry %h %h, expected %h %h",
             software_head, descriptor.opcode, descriptor.length, source,
             destination, peek(at, 8), peek(at + 8, 8),
             {descriptor.status, software_head}, {result, length});
    software_head++;
    model_word(completions, 8, 64'(software_head));
  endtask

  // Looks at the head count in every clock and acknowledges interrupts after a while, until all is
  // done.
  task automatic drive_ring(input bit acknowledge);
    int unsigned patience;
    bit fresh;
    logic [1:0] resp;
    drive_tail();
    patience = ClocksToGiveUp;
    fresh = 1'b0;
    while (software_head != software_tail || (acknowledge && software_acked != software_head)) begin
      while (32'(peek(completions, 8)) != software_head) begin
        judge_completion(fresh);
        fresh = 1'b0;
        if (posted.size() == 0 && software_head != software_tail) break;
      end
      fresh = 1'b1;
      if (acknowledge && interrupt && random_below(20) == 0) begin
        software_acked = software_head;
        drive_write(12'(QDPI_DMA_REG_INTERRUPT_ACK * 8), 64'(software_acked), 8'hff, resp);
        if (resp != 2'b00) $error("INTERRUPT_ACK is refused");
        fresh = 1'b0;
      end else begin
        @(negedge clk_i);
      end
      patience--;
      if (patience == 0) $fatal(1, "nothing completes: head %0d, acknowledged %0d, tail %0d",
                                software_head, software_acked, software_tail);
    end
    while (busy) @(negedge clk_i);
  endtask

  initial begin
    {axil_awvalid, axil_wvalid, axil_bready, axil_arvalid, axil_rready} = '0;
    {axil_awaddr, axil_araddr, axil_wdata, axil_wstrb} = '0;
    forever begin
      @(negedge clk_i);
      case (job)
        JobWrite: drive_write(job_addr, job_data, job_strb, job_resp);
        JobRead: drive_read(job_addr, job_data, job_resp);
        JobTail: drive_tail();
        JobRing: drive_ring(job_acknowledge);
        default: ;
      endcase
      job = JobNone;
    end
  end

  task automatic write_tail();
    job = JobTail;
    finish_job();
  endtask

  task automatic run_ring(input bit acknowledge);
    job_acknowledge = acknowledge;
    job = JobRing;
    finish_job();
    expect_register(QDPI_DMA_REG_HEAD, 64'(software_head));
  endtask

  task automatic finish_batch();
    compare(0, SizeBytes);
    allow_nothing();
  endtask

  task automatic set_up_ring(input int unsigned count);
    entries = count;
    ring = 32'h1000 + 64 * random_below(8);
    completions = 32'h4000 + 64 * random_below(8);
    u_memory.ordered_from = completions;
    u_memory.ordered_to = completions + 64 + 16 * count;
    poke(completions, 8, 64'(software_head));
    write_register(QDPI_DMA_REG_RING_BASE, Base + 64'(ring));
    write_register(QDPI_DMA_REG_RING_ENTRIES, 64'(count));
    write_register(QDPI_DMA_REG_COMPLETION_BASE, Base + 64'(completions));
    write_register(QDPI_DMA_REG_CONTROL, 64'(QDPI_DMA_CONTROL_ENABLE));
  endtask

  task automatic soft_reset();
    write_register(QDPI_DMA_REG_CONTROL, 64'(QDPI_DMA_CONTROL_SOFT_RESET));
    // The very next write must not be lost, so it tells when the reset is over.
    write_register(QDPI_DMA_REG_COALESCE, 64'h1);
    expect_register(QDPI_DMA_REG_COALESCE, 64'h1);
    if (u_memory.outstanding_reads != 0 || u_memory.outstanding_writes != 0 || busy || interrupt)
      $error("soft reset ended early");
    expect_register(QDPI_DMA_REG_STATUS, 0);
    expect_register(QDPI_DMA_REG_HEAD, 0);
    expect_register(QDPI_DMA_REG_INTERRUPTS, 0);
    expect_register(QDPI_DMA_REG_TAIL, 0);
    expect_register(QDPI_DMA_REG_RING_BASE, 0);
    prepared.delete();
    posted.delete();
    software_head = 0;
    software_tail = 0;
    software_acked = 0;
    raises = 0;
    accept_written();
    allow_nothing();
  endtask

  logic [63:0] ident_sequence = 0;
  task automatic expect_ident(input logic [31:0] status, input logic [31:0] interrupts);
    int unsigned at, patience;
    at = IdentFrom + 8 * random_below(1024);
    ident_sequence++;
    allow_writes(at, 32);
    write_register(QDPI_DMA_REG_IDENT_ADDR, Base + 64'(at));
    patience = ClocksToGiveUp;
    while (peek(at + 24, 8) != ident_sequence && patience != 0) begin
      @(negedge clk_i);
      patience--;
    end
    if (peek(at, 8) != {QDPI_DMA_LAYOUT_VERSION, 32'h414d_4451}
        || peek(at + 8, 8) != {status, 32'(BeatBytes)}
        || (peek(at + 16, 4) != 64'(software_head) && posted.size() == 0)
        || peek(at + 20, 4) != 64'(interrupts) || peek(at + 24, 8) != ident_sequence)
      $error("identification block %h %h %h %h", peek(at, 8), peek(at + 8, 8), peek(at + 16, 8),
             peek(at + 24, 8));
    for (int unsigned i = at; i < at + 32; i++) model[i] = u_memory.bytes[i];
  endtask

  // A bound that is no constant: Verilator would unroll the loop with everything in it.
  int unsigned no_more = 0;
  function automatic int unsigned count_of(input int unsigned count);
    return count + no_more;
  endfunction

  // ---- tests ----
  task automatic test_registers();
    logic [63:0] value;
    logic [1:0] resp;
    for (logic [31:0] i = 0; i < count_of(QDPI_DMA_REG_COUNT); i++) expect_register(i, 0);
    read_raw(12'(QDPI_DMA_REG_COUNT * 8), value, resp);
    if (resp != 2'b10 || value != 0) $error("reading an unknown register is answered %b", resp);
    expect_refused(12'(QDPI_DMA_REG_STATUS * 8), 64'h7, 8'hff);
    expect_refused(12'(QDPI_DMA_REG_HEAD * 8), 64'h7, 8'hff);
    expect_refused(12'(QDPI_DMA_REG_INTERRUPTS * 8), 64'h7, 8'hff);
    expect_refused(12'(QDPI_DMA_REG_COUNT * 8), 64'h7, 8'hff);
    expect_refused(12'hff8, 64'h7, 8'hff);
    expect_refused(12'(QDPI_DMA_REG_TAIL * 8), 64'h7, 8'h0f);
    expect_refused(12'(QDPI_DMA_REG_TAIL * 8 + 4), 64'h7, 8'hff);
    expect_refused(12'(QDPI_DMA_REG_IDENT_ADDR * 8), Base + 64'd4, 8'hff);
    expect_refused(12'(QDPI_DMA_REG_IDENT_ADDR * 8), 64'hffff_ffff_ffff_ffe8, 8'hff);
    for (logic [31:0] i = 0; i < count_of(QDPI_DMA_REG_COUNT); i++) expect_register(i, 0);
    write_register(QDPI_DMA_REG_RING_BASE, 64'h0123_4567_89ab_cdc0);
    write_register(QDPI_DMA_REG_COALESCE, 64'h8765_4321_0000_fedc);
    write_register(QDPI_DMA_REG_TAIL, 64'hffff_ffff_8000_0001);
    expect_register(QDPI_DMA_REG_RING_BASE, 64'h0123_4567_89ab_cdc0);
    expect_register(QDPI_DMA_REG_COALESCE, 64'h8765_4321_0000_fedc);
    expect_register(QDPI_DMA_REG_TAIL, 64'h8000_0001);
    soft_reset();
  endtask

  task automatic test_bad_set_up();
    for (int unsigned i = 0; i < count_of(13); i++) begin
      write_register(QDPI_DMA_REG_RING_BASE, Base + 64'h1000);
      write_register(QDPI_DMA_REG_RING_ENTRIES, 64);
      write_register(QDPI_DMA_REG_COMPLETION_BASE, Base + 64'h4000);
      case (i)
        0: write_register(QDPI_DMA_REG_RING_ENTRIES, 0);
        1: write_register(QDPI_DMA_REG_RING_ENTRIES, 1);
        2: write_register(QDPI_DMA_REG_RING_ENTRIES, 48);
        3: write_register(QDPI_DMA_REG_RING_ENTRIES, 65536);
        4: write_register(QDPI_DMA_REG_RING_ENTRIES, 64'h1_0000_0040);
        5: write_register(QDPI_DMA_REG_RING_BASE, Base + 64'h1020);
        6: write_register(QDPI_DMA_REG_COMPLETION_BASE, Base + 64'h4010);
        7: write_register(QDPI_DMA_REG_COMPLETION_BASE, 0);
        8: write_register(QDPI_DMA_REG_RING_BASE, 0);
        9: write_register(QDPI_DMA_REG_RING_BASE, 64'hffff_ffff_ffff_f840);
        10: write_register(QDPI_DMA_REG_COMPLETION_BASE, 64'hffff_ffff_ffff_fc00);
        11: write_register(QDPI_DMA_REG_TAIL, 65);
        default: ;
      endcase
      write_register(QDPI_DMA_REG_CONTROL, 64'(QDPI_DMA_CONTROL_ENABLE));
      repeat (20) @(negedge clk_i);
      expect_register(QDPI_DMA_REG_STATUS, (i == 12) ? 0 : 64'(QDPI_DMA_STATUS_HALTED));
      if (halted != (i != 12)) $error("bad set-up %0d: halted_o is %b", i, halted);
      expect_ident((i == 12) ? 0 : QDPI_DMA_STATUS_HALTED, 0);
      soft_reset();
    end
  endtask

  task automatic test_alignments();
    int unsigned source, length;
    set_up_ring(64);
    write_register(QDPI_DMA_REG_COALESCE, 64'd16);
    source = SourceFrom + 4096 * random_below(16);
    for (int unsigned from = 0; from < count_of(BeatBytes); from++) begin
      for (int unsigned to = 0; to < count_of(BeatBytes); to++) begin
        length = 1 + random_below(3 * BeatBytes);
        post(QDPI_DMA_OP_COPY, length, source + from,
             DestinationFrom + 4096 * (software_tail % 64) + 4096 - 2 * BeatBytes + to, 0);
        if (software_tail - software_head == 64) begin
          run_ring(1'b1);
          finish_batch();
        end
      end
      length = 1 + random_below(3 * BeatBytes);
      post(QDPI_DMA_OP_CRC32C, length, source + from, 0, random_word());
      run_ring(1'b1);
      post(QDPI_DMA_OP_CRC32C, 1 + random_below(7), source + from, 0, 0);
      run_ring(1'b1);
      post(QDPI_DMA_OP_FILL, length, 0, DestinationFrom + from, random_word());
      run_ring(1'b1);
      finish_batch();
    end
    soft_reset();
  endtask

  // The check value of CRC-32C that every catalogue gives, so that model and engine cannot err
  // together.
  task automatic test_known_crc();
    set_up_ring(2);
    poke(SourceFrom + 5, 8, 64'h3837_3635_3433_3231);
    poke(SourceFrom + 13, 1, 64'h39);
    post(QDPI_DMA_OP_CRC32C, 9, SourceFrom + 5, 0, 0);
    run_ring(1'b0);
    if (peek(completions + 76, 4) != 64'he306_9283) $error("CRC-32C of \"123456789\" is wrong");
    // The CRC of two halves is the CRC of the whole.
    post(QDPI_DMA_OP_CRC32C, 4, SourceFrom + 5, 0, 0);
    run_ring(1'b0);
    post(QDPI_DMA_OP_CRC32C, 5, SourceFrom + 9, 0, peek(completions + 64 + 16 + 12, 4));
    run_ring(1'b0);
    if (peek(completions + 76, 4) != 64'he306_9283) $error("CRC-32C in two steps is wrong");
    finish_batch();
    soft_reset();
  endtask

  task automatic test_random(input int unsigned batches);
    set_up_ring(2 << random_below(6));
    repeat (batches) begin
      write_register(QDPI_DMA_REG_COALESCE,
                     {random_below(2) * random_below(3000), 16'h0, 16'(random_below(12))});
      u_memory.stall_percent = (random_below(2) == 0) ? 0 : random_below(80);
      u_memory.max_latency = (random_below(2) == 0) ? 0 : random_below(60);
      u_memory.w_before_aw = random_below(4) == 0;
      repeat (1 + random_below(entries)) post_random();
      run_ring(1'b1);
      expect_register(QDPI_DMA_REG_INTERRUPTS, 64'(raises));
      finish_batch();
    end
    u_memory.stall_percent = 0;
    u_memory.max_latency = 0;
    u_memory.w_before_aw = 1'b0;
    soft_reset();
  endtask

  // A failing range in the source or in the destination, between good descriptors.
  task automatic test_data_errors();
    set_up_ring(16);
    write_register(QDPI_DMA_REG_COALESCE, 64'd3);
    for (int unsigned i = 0; i < count_of(48); i++) begin
      automatic int unsigned length = 1 + random_below(LongestRandom);
      automatic int unsigned source = SourceFrom + random_below(65536);
      automatic int unsigned destination = DestinationFrom + random_below(65536);
      automatic int unsigned hit = random_below(length);
      automatic bit decerr = random_below(2) == 0;
      u_memory.stall_percent = random_below(2) * random_below(60);
      u_memory.max_latency = random_below(2) * random_below(40);
      u_memory.w_before_aw = random_below(4) == 0;
      post(QDPI_DMA_OP_FILL, 100, 0, 32'hf_0000, random_word());
      if (i % 3 == 0) begin
        u_memory.read_error = {1'b1, decerr};
        u_memory.read_error_from = source + hit;
        u_memory.read_error_to = source + hit + 1 + random_below(2) * 4096;
        post_at((i % 2 == 0) ? QDPI_DMA_OP_COPY : QDPI_DMA_OP_CRC32C, length, Base + 64'(source),
                Base + 64'(destination), 0,
                decerr ? QDPI_DMA_COMPLETION_READ_DECERR : QDPI_DMA_COMPLETION_READ_SLVERR);
      end else begin
        u_memory.write_error = {1'b1, decerr};
        u_memory.write_error_from = destination + hit;
        u_memory.write_error_to = destination + hit + 1 + random_below(2) * 4096;
        post_at((i % 2 == 0) ? QDPI_DMA_OP_COPY : QDPI_DMA_OP_FILL, length, Base + 64'(source),
                Base + 64'(destination), random_word(),
                decerr ? QDPI_DMA_COMPLETION_WRITE_DECERR : QDPI_DMA_COMPLETION_WRITE_SLVERR);
      end
      post(QDPI_DMA_OP_COPY, 300, SourceFrom + 32'h4_0000, 32'hf_1000 + random_below(100), 0);
      run_ring(1'b1);
      finish_batch();
      u_memory.read_error_from = 0;
      u_memory.read_error_to = 0;
      u_memory.write_error_from = 0;
      u_memory.write_error_to = 0;
    end
    // Off the end of memory, with the longest length there is.
    post_at(QDPI_DMA_OP_CRC32C, 32'hffff_ffff, Base + 64'(SizeBytes) - 64'd1000, Base, 0,
            QDPI_DMA_COMPLETION_READ_DECERR);
    post_at(QDPI_DMA_OP_FILL, 32'hffff_ffff, Base, Base + 64'(SizeBytes) - 64'd1001, random_word(),
            QDPI_DMA_COMPLETION_WRITE_DECERR);
    post(QDPI_DMA_OP_COPY, 300, SourceFrom, DestinationFrom, 0);
    run_ring(1'b1);
    finish_batch();
    soft_reset();
  endtask

  task automatic test_descriptor_errors();
    set_up_ring(8);
    for (int unsigned bad = 0; bad < count_of(8); bad++) begin
      automatic int unsigned first_bad = ring + 32 * bad;
      u_memory.read_error = 2'b10;
      u_memory.read_error_from = first_bad + 8;
      u_memory.read_error_to = first_bad + 9;
      for (int unsigned i = 0; i < count_of(8); i++) begin
        // A bus wider than a descriptor cannot read the neighbour either.
        automatic bit lost = (ring + 32 * (software_tail % 8)) / ((BeatBytes > 32) ? 64 : 32)
            == first_bad / ((BeatBytes > 32) ? 64 : 32);
        post_at(QDPI_DMA_OP_FILL, 64, 0, Base + 64'(DestinationFrom) + 64'd64 * 64'(i),
                random_word(),
                lost ? QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR : QDPI_DMA_COMPLETION_OK);
      end
      run_ring(1'b1);
      finish_batch();
    end
    u_memory.read_error_from = 0;
    u_memory.read_error_to = 0;
    soft_reset();
  endtask

  task automatic test_completion_errors();
    for (int unsigned place = 0; place < count_of(2); place++) begin
      set_up_ring(8);
      u_memory.write_error = 2'b10;
      u_memory.write_error_from = (place == 0) ? completions : completions + 64 + 48;
      u_memory.write_error_to = u_memory.write_error_from + 8;
      for (int unsigned i = 0; i < count_of(8); i++)
        post(QDPI_DMA_OP_FILL, 64, 0, DestinationFrom + 64 * i, random_word());
      write_tail();
      repeat (3000) @(negedge clk_i);
      // With 512 bits the entry that fails takes its beat's neighbours with it, from entry 0 on.
      if (place == 0) expect_register(QDPI_DMA_REG_HEAD, 0);
      else expect_register(QDPI_DMA_REG_HEAD, (BeatBytes == 64) ? 0 : (BeatBytes == 32) ? 2 : 3);
      expect_register(QDPI_DMA_REG_STATUS, 64'(QDPI_DMA_STATUS_HALTED));
      if (!halted || busy) $error("the engine goes on after a completion was not written");
      software_head = 32'(peek(completions, 8));
      u_memory.write_error_from = 0;
      u_memory.write_error_to = 0;
      expect_ident(QDPI_DMA_STATUS_HALTED, raises);
      soft_reset();
    end
  endtask

  task automatic wait_interrupt(input int unsigned patience);
    while (!interrupt && patience != 0) begin
      @(negedge clk_i);
      patience--;
    end
    if (!interrupt) $error("no interrupt");
  endtask

  task automatic test_coalescing();
    longint unsigned from;
    set_up_ring(16);
    // By count; the second interrupt only after the acknowledgement.
    write_register(QDPI_DMA_REG_COALESCE, 64'd4);
    for (int unsigned i = 0; i < count_of(8); i++)
      post(QDPI_DMA_OP_FILL, 64, 0, DestinationFrom + 64 * i, random_word());
    write_tail();
    wait_interrupt(5000);
    if (peek(completions, 8) != 64'd4) $error("interrupt at completion %0d", peek(completions, 8));
    run_ring(1'b0);
    expect_register(QDPI_DMA_REG_INTERRUPTS, 1);
    write_register(QDPI_DMA_REG_INTERRUPT_ACK, 4);
    wait_interrupt(10);
    expect_register(QDPI_DMA_REG_INTERRUPTS, 2);
    if (raises != 2) $error("%0d interrupts, expected 2", raises);
    // An acknowledgement of what is not there yet must not hide it later.
    write_register(QDPI_DMA_REG_INTERRUPT_ACK, 12);
    repeat (100) @(negedge clk_i);
    if (interrupt) $error("interrupt without a completion");
    post(QDPI_DMA_OP_FILL, 64, 0, DestinationFrom, random_word());
    run_ring(1'b0);
    wait_interrupt(10);
    write_register(QDPI_DMA_REG_INTERRUPT_ACK, 64'(software_head));
    // By time-out.
    write_register(QDPI_DMA_REG_COALESCE, {32'd700, 32'd10});
    for (int unsigned i = 0; i < count_of(3); i++)
      post(QDPI_DMA_OP_FILL, 64, 0, DestinationFrom + 64 * i, random_word());
    write_tail();
    while (peek(completions, 8) == 64'(software_head)) @(negedge clk_i);
    from = u_memory.clocks;
    run_ring(1'b0);
    wait_interrupt(2000);
    if (u_memory.clocks - from < 690 || u_memory.clocks - from > 730)
      $error("time-out of 700 clocks took %0d", u_memory.clocks - from);
    // What completed meanwhile is signalled after the acknowledgement, by time-out again.
    write_register(QDPI_DMA_REG_INTERRUPT_ACK, 64'(software_head) - 64'd1);
    wait_interrupt(1000);
    write_register(QDPI_DMA_REG_INTERRUPT_ACK, 64'(software_head));
    repeat (1000) @(negedge clk_i);
    if (interrupt) $error("interrupt without a completion");
    expect_register(QDPI_DMA_REG_INTERRUPTS, 64'(raises));
    finish_batch();
    soft_reset();
  endtask

  task automatic test_soft_reset();
    repeat (count_of(60)) begin
      u_memory.stall_percent = random_below(2) * random_below(70);
      u_memory.max_latency = random_below(50);
      u_memory.w_before_aw = random_below(4) == 0;
      set_up_ring(16);
      repeat (count_of(16)) post_random();
      write_tail();
      repeat (random_below(1500)) @(negedge clk_i);
      soft_reset();
      expect_ident(0, 0);
    end
    u_memory.stall_percent = 0;
    u_memory.max_latency = 0;
    u_memory.w_before_aw = 1'b0;
    test_random(2);
  endtask

  // Stops between descriptors and takes over another ring when enabled again; blocks of
  // identification come in between.
  task automatic test_disable();
    for (int unsigned i = 0; i < count_of(10); i++) begin
      automatic logic [31:0] head_then;
      set_up_ring(32);
      repeat (count_of(32))
        post(QDPI_DMA_OP_COPY, 500, SourceFrom + random_below(999), DestinationFrom, 0);
      write_tail();
      repeat (random_below(1000)) @(negedge clk_i);
      write_register(QDPI_DMA_REG_CONTROL, 0);
      while (busy) @(negedge clk_i);
      head_then = 32'(peek(completions, 8));
      if (head_then == software_tail) $error("disabled, but all descriptors were done");
      repeat (200) @(negedge clk_i);
      expect_register(QDPI_DMA_REG_HEAD, 64'(head_then));
      expect_ident(0, raises);
      write_register(QDPI_DMA_REG_CONTROL, 64'(QDPI_DMA_CONTROL_ENABLE));
      write_register(QDPI_DMA_REG_COALESCE, 64'h0000_4000_0000_1000);
      if (i == 0) expect_ident(QDPI_DMA_STATUS_BUSY, raises);
      run_ring(1'b0);
      write_register(QDPI_DMA_REG_COALESCE, 64'h1);
      while (!interrupt) @(negedge clk_i);
      software_acked = software_head;
      write_register(QDPI_DMA_REG_INTERRUPT_ACK, 64'(software_acked));
      write_register(QDPI_DMA_REG_CONTROL, 0);
      finish_batch();
    end
    soft_reset();
  endtask

  // The counts run on past 2^32; nobody waits that long, so the head count is put there.
  task automatic test_count_wrap();
    force u_dma.u_ring.head_q = 32'hffff_fff5;
    repeat (2) @(negedge clk_i);
    release u_dma.u_ring.head_q;
    software_head = 32'hffff_fff5;
    software_tail = 32'hffff_fff5;
    software_acked = 32'hffff_fff5;
    write_tail();
    write_register(QDPI_DMA_REG_INTERRUPT_ACK, 64'(software_acked));
    raises = 0;
    // What the jump of the head count raised by itself.
    if (interrupt) $error("the acknowledgement does not end the interrupt");
    set_up_ring(8);
    repeat (count_of(4)) begin
      repeat (count_of(5)) post_random();
      run_ring(1'b1);
      finish_batch();
    end
    if (software_head != 32'd9) $error("head count is %h after it wrapped", software_head);
    soft_reset();
  endtask

  task automatic test_throughput();
    longint unsigned read_clocks, write_clocks;
    for (int unsigned unaligned = 0; unaligned < count_of(3); unaligned++) begin
      set_up_ring(2);
      data_reads = 0;
      data_writes = 0;
      post(QDPI_DMA_OP_COPY, 32'h2_0000, SourceFrom + 3 * unaligned,
           DestinationFrom + 5 * (unaligned & 1), 0);
      run_ring(1'b0);
      finish_batch();
      read_clocks = last_read - first_read + 1;
      write_clocks = last_write - first_write + 1;
      $write("throughput: %0d bit, source offset %0d, destination offset %0d: ", DataWidth,
             3 * unaligned, 5 * (unaligned & 1));
      $display("%0d.%03d read and %0d.%03d write beats per clock", data_reads / read_clocks,
               data_reads * 1000 / read_clocks % 1000, data_writes / write_clocks,
               data_writes * 1000 / write_clocks % 1000);
      if (data_reads * 100 < read_clocks * 95 || data_writes * 100 < write_clocks * 95)
        $error("less than 0.95 beats per clock");
      soft_reset();
    end
    if (u_memory.most_outstanding_reads < 2) $error("never more than one read in flight");
  endtask

  int unsigned seed = 1;
  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    random_state = 64'h2545_f491_4f6c_dd1d ^ ({32'h0, seed} * 64'h9e37_79b9_7f4a_7c15);
    u_memory.random_state = random_word() | 64'h1;
    software_head = 0;
    software_tail = 0;
    software_acked = 0;
    ring = 0;
    completions = 0;
    entries = 2;
    for (int unsigned i = 0; i < count_of(SizeBytes); i++) poke(i, 1, 64'(random_below(256)));
    while (!rst_ni) @(negedge clk_i);
    repeat (2) @(negedge clk_i);

    expect_ident(0, 0);
    test_registers();
    test_bad_set_up();
    test_known_crc();
    test_throughput();
    test_alignments();
    repeat (count_of(6)) test_random(6);
    test_data_errors();
    test_descriptor_errors();
    test_completion_errors();
    test_coalescing();
    test_disable();
    test_count_wrap();
    test_soft_reset();
    expect_ident(0, 0);
    compare(0, SizeBytes);
    $write("%0d bit, seed %0d: ", DataWidth, seed);
    $display("%0d descriptors done, %0d bytes, %0d clocks, at most %0d reads in flight", transfers,
             bytes_done, u_memory.clocks, u_memory.most_outstanding_reads);
    $display("QDPI TEST PASSED");
    $finish;
  end
endmodule
