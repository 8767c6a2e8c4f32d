// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The software side of the ring in the unit test of the DMA engine: posts descriptors, follows the
// head count, acknowledges, resets. Uses u_registers, u_model and u_memory next to this module.

/// Driver software: tasks that work with the ring and judge every completion.
module tb_qdpi_dma_software #(
  /// Bits of the memory bus: 64, 128, 256 or 512.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// The engine's interrupt.
  input logic interrupt_i,
  /// The engine works.
  input logic busy_i
);
  import qdpi_dma_pkg::*;
  import tb_qdpi_dma_unit_pkg::*;

  // Tasks set the count of interrupts back, so it is not of a clocked process alone.
  /* verilator lint_off BLKSEQ */
  localparam int unsigned BeatBytes = DataWidth / 8;

  // Not yet in memory, and in memory but not yet judged.
  descriptor_t prepared [$];
  descriptor_t posted [$];
  int unsigned ring = 0, completions = 0, entries = 2;
  logic [31:0] tail = 0, head = 0, acked = 0;
  logic [63:0] ident_sequence = 0;

  int unsigned raises;
  bit interrupt_before;
  always @(posedge clk_i) begin
    if (interrupt_i && !interrupt_before) raises++;
    interrupt_before <= interrupt_i;
  end

  // ---- where completions are ----
  function automatic int unsigned entry_at(input int unsigned slot);
    return completions + 64 + 16 * slot;
  endfunction
  function automatic logic [63:0] completed();
    return u_model.peek(completions, 8);
  endfunction

  // ---- descriptors, until the tail is written ----
  task automatic post_at(input logic [31:0] opcode, input logic [31:0] length,
                         input logic [63:0] source, input logic [63:0] destination,
                         input logic [63:0] operand, input logic [31:0] status);
    prepared.push_back({opcode, length, source, destination, operand, status});
    tail++;
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

  // ---- the ring ----
  // Puts the descriptors in the ring and opens up what each may read and write, and nothing else.
  task automatic drive_tail();
    logic [1:0] resp;
    while (prepared.size() != 0) begin
      automatic descriptor_t descriptor;
      automatic int unsigned slot, at;
      slot = (tail - prepared.size()) % entries;
      at = ring + 32 * slot;
      descriptor = prepared.pop_front();
      u_model.poke(at, 8, {descriptor.length, descriptor.opcode});
      u_model.poke(at + 8, 8, descriptor.source);
      u_model.poke(at + 16, 8, descriptor.destination);
      u_model.poke(at + 24, 8, descriptor.operand);
      u_model.allow_reads(at, 32);
      u_model.allow_writes(completions, 8);
      u_model.allow_writes(entry_at(slot), 16);
      if (descriptor.status != QDPI_DMA_COMPLETION_BAD_OPCODE
          && descriptor.status != QDPI_DMA_COMPLETION_BAD_ADDRESS) begin
        if (descriptor.opcode != QDPI_DMA_OP_FILL)
          u_model.allow_reads(32'(descriptor.source - Base), descriptor.length);
        if (descriptor.opcode != QDPI_DMA_OP_CRC32C)
          u_model.allow_writes(32'(descriptor.destination - Base), descriptor.length);
      end
      posted.push_back(descriptor);
    end
    u_registers.drive_write(12'(QDPI_DMA_REG_TAIL * 8), 64'(tail), 8'hff, resp);
    if (resp != 2'b00) $error("TAIL is refused");
  endtask

  task automatic judge_oldest(input bit memory_is_now);
    descriptor_t descriptor;
    if (posted.size() == 0) begin
      $error("more completions than descriptors");
      return;
    end
    descriptor = posted.pop_front();
    u_model.judge(descriptor, head, entry_at(head % entries), memory_is_now);
    head++;
    u_model.expect_word(completions, 8, 64'(head));
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
    while (head != tail || (acknowledge && acked != head)) begin
      while (32'(completed()) != head) begin
        judge_oldest(fresh);
        fresh = 1'b0;
        if (posted.size() == 0 && head != tail) break;
      end
      fresh = 1'b1;
      if (acknowledge && interrupt_i && random_below(20) == 0) begin
        acked = head;
        u_registers.drive_write(12'(QDPI_DMA_REG_INTERRUPT_ACK * 8), 64'(acked), 8'hff, resp);
        if (resp != 2'b00) $error("INTERRUPT_ACK is refused");
        fresh = 1'b0;
      end else begin
        @(negedge clk_i);
      end
      patience--;
      if (patience == 0) $fatal(1, "nothing completes: head %0d, acknowledged %0d, tail %0d",
                                head, acked, tail);
    end
    while (busy_i) @(negedge clk_i);
  endtask

  // Jobs, for the same reason as in tb_qdpi_dma_registers.
  typedef enum logic [1:0] {
    JobNone,
    JobTail,
    JobRing
  } job_e;
  job_e job = JobNone;
  bit job_acknowledge;

  initial begin
    forever begin
      @(negedge clk_i);
      case (job)
        JobTail: drive_tail();
        JobRing: drive_ring(job_acknowledge);
        default: ;
      endcase
      job = JobNone;
    end
  end

  task automatic finish_job();
    while (job != JobNone) @(negedge clk_i);
  endtask

  task automatic write_tail();
    job = JobTail;
    finish_job();
  endtask

  task automatic run_ring(input bit acknowledge);
    job_acknowledge = acknowledge;
    job = JobRing;
    finish_job();
    u_registers.expect_value(QDPI_DMA_REG_HEAD, 64'(head));
  endtask

  task automatic finish_batch();
    u_model.compare(0, SizeBytes);
    u_model.allow_nothing();
  endtask

  task automatic set_up_ring(input int unsigned count);
    entries = count;
    ring = 32'h1000 + 64 * random_below(8);
    completions = 32'h4000 + 64 * random_below(8);
    u_memory.ordered_from = completions;
    u_memory.ordered_to = entry_at(count);
    u_model.poke(completions, 8, 64'(head));
    u_registers.write(QDPI_DMA_REG_RING_BASE, Base + 64'(ring));
    u_registers.write(QDPI_DMA_REG_RING_ENTRIES, 64'(count));
    u_registers.write(QDPI_DMA_REG_COMPLETION_BASE, Base + 64'(completions));
    u_registers.write(QDPI_DMA_REG_CONTROL, 64'(QDPI_DMA_CONTROL_ENABLE));
  endtask

  task automatic soft_reset();
    u_registers.write(QDPI_DMA_REG_CONTROL, 64'(QDPI_DMA_CONTROL_SOFT_RESET));
    // The very next write must not be lost, so it tells when the reset is over.
    u_registers.write(QDPI_DMA_REG_COALESCE, 64'h1);
    u_registers.expect_value(QDPI_DMA_REG_COALESCE, 64'h1);
    if (u_memory.outstanding_reads != 0 || u_memory.outstanding_writes != 0 || busy_i
        || interrupt_i)
      $error("soft reset ended early");
    u_registers.expect_value(QDPI_DMA_REG_STATUS, 0);
    u_registers.expect_value(QDPI_DMA_REG_HEAD, 0);
    u_registers.expect_value(QDPI_DMA_REG_INTERRUPTS, 0);
    u_registers.expect_value(QDPI_DMA_REG_TAIL, 0);
    u_registers.expect_value(QDPI_DMA_REG_RING_BASE, 0);
    prepared.delete();
    posted.delete();
    head = 0;
    tail = 0;
    acked = 0;
    raises = 0;
    u_model.accept_written();
    u_model.allow_nothing();
  endtask

  task automatic expect_ident(input logic [31:0] status, input logic [31:0] interrupts);
    int unsigned at, patience;
    at = IdentFrom + 8 * random_below(1024);
    ident_sequence++;
    // An older block that overlaps this one may hold the number that is waited for.
    u_model.poke(at + 24, 8, 0);
    u_model.allow_writes(at, 32);
    u_registers.write(QDPI_DMA_REG_IDENT_ADDR, Base + 64'(at));
    patience = ClocksToGiveUp;
    while (u_model.peek(at + 24, 8) != ident_sequence && patience != 0) begin
      @(negedge clk_i);
      patience--;
    end
    if (u_model.peek(at, 8) != {QDPI_DMA_LAYOUT_VERSION, 32'h414d_4451}
        || u_model.peek(at + 8, 8) != {status, 32'(BeatBytes)}
        || (u_model.peek(at + 16, 4) != 64'(head) && posted.size() == 0)
        || u_model.peek(at + 20, 4) != 64'(interrupts)
        || u_model.peek(at + 24, 8) != ident_sequence)
      $error("identification block %h %h %h %h", u_model.peek(at, 8),
             u_model.peek(at + 8, 8), u_model.peek(at + 16, 8), u_model.peek(at + 24, 8));
    u_model.accept(at, 32);
  endtask
endmodule
