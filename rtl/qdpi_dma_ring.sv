// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The order of events in the DMA engine: set-up, descriptor fetch, execution, completion entry,
// head count, identification block, soft reset. It moves no data itself but starts reader and
// writer.

/// Ring sequencer. One descriptor at a time; requests for an identification block are served
/// between descriptors, also when the engine is disabled or halted. When a fetch of several
/// descriptors fails, the first of them is fetched alone, so that only a descriptor that itself
/// cannot be read is reported as such.
module qdpi_dma_ring #(
  /// Address bits of the memory bus.
  parameter int unsigned AddrWidth = 64,
  /// Data bits of the memory bus.
  parameter int unsigned DataWidth = 64,
  /// Bits of a buffer slot; derived, do not set.
  localparam int unsigned SlotWidth = $clog2(qdpi_dma_pkg::PrefetchDescriptors),
  /// Bits of a lane number; derived, do not set.
  localparam int unsigned OffsetWidth = $clog2(DataWidth / 8)
) (
  /// Clock.
  input  logic                   clk_i,
  /// Asynchronous reset, active low.
  input  logic                   rst_ni,
  /// An identification block is asked for.
  input  logic                   ident_pending_i,
  /// Where it is to go.
  input  logic [AddrWidth-1:0]   ident_addr_i,
  /// The request is taken.
  output logic                   ident_taken_o,
  /// Descriptors may be processed.
  input  logic                   enable_i,
  /// The ring's set-up is to be taken over.
  input  logic                   setup_pending_i,
  /// It is taken over.
  output logic                   setup_taken_o,
  /// RING_BASE.
  input  logic [63:0]            ring_base_i,
  /// RING_ENTRIES.
  input  logic [63:0]            ring_entries_i,
  /// COMPLETION_BASE.
  input  logic [63:0]            completion_base_i,
  /// TAIL.
  input  logic [31:0]            tail_i,
  /// INTERRUPTS, for the identification block.
  input  logic [31:0]            interrupts_i,
  /// A soft reset lasts.
  input  logic                   resetting_i,
  /// It ends in this clock.
  output logic                   reset_done_o,
  /// HEAD.
  output logic [31:0]            head_o,
  /// The head count after head_o is being written to memory.
  output logic                   head_pending_o,
  /// STATUS.BUSY: descriptors are in progress or about to be.
  output logic                   busy_o,
  /// STATUS.HALTED.
  output logic                   halted_o,
  /// Anything at all is going on.
  output logic                   active_o,
  /// A descriptor fetch begins.
  output logic                   fetch_start_o,
  /// Beats of the reader belong to the fetch.
  output logic                   fetching_o,
  /// Buffer slot of the first descriptor of the fetch, and of the present descriptor.
  output logic [SlotWidth-1:0]   slot_o,
  /// The descriptor in that slot becomes the present one.
  output logic                   take_o,
  /// The present descriptor.
  input  logic [255:0]           descriptor_i,
  /// A beat is in the reader.
  input  logic                   reader_beat_valid_i,
  /// Starts the reader.
  output logic                   reader_start_o,
  /// Its first byte.
  output logic [AddrWidth-1:0]   reader_addr_o,
  /// Its bytes.
  output logic [31:0]            reader_length_o,
  /// The reader works.
  input  logic                   reader_busy_i,
  /// Its error.
  input  logic [1:0]             reader_error_i,
  /// Starts the writer.
  output logic                   writer_start_o,
  /// Its first byte.
  output logic [AddrWidth-1:0]   writer_addr_o,
  /// Its bytes.
  output logic [31:0]            writer_length_o,
  /// It writes words and no stream.
  output logic                   writer_use_words_o,
  /// The words.
  output logic [255:0]           writer_words_o,
  /// The writer works.
  input  logic                   writer_busy_i,
  /// Its error.
  input  logic [1:0]             writer_error_i,
  /// First lane of the realigned stream.
  output logic [OffsetWidth-1:0] stream_offset_o,
  /// The stream goes to the CRC and not to the writer.
  output logic                   crc_selected_o,
  /// Starts the CRC.
  output logic                   crc_start_o,
  /// CRC so far.
  output logic [31:0]            crc_operand_o,
  /// The CRC waits for bytes.
  input  logic                   crc_busy_i,
  /// The CRC.
  input  logic [31:0]            crc_i,
  /// Reader, writer and CRC are to end early.
  output logic                   stop_o
);

  typedef enum logic [3:0] {
    StIdle,
    StFetch,
    StDecode,
    StRun,
    StEntry,
    StEntryWait,
    StHead,
    StHeadWait,
    StIdent,
    StIdentWait,
    StSequence,
    StSequenceWait
  } state_e;

  state_e state_q, state_d;
  logic halted_q, halted_d;
  logic fetch_single_q, fetch_single_d;
  logic descriptor_bad_q, descriptor_bad_d;
  logic [SlotWidth:0] fetched_q, fetched_d;
  logic [31:0] head_q, head_d, status_q, status_d, result_q, result_d;
  logic [63:0] sequence_q, sequence_d;
  logic [AddrWidth-1:0] ring_base_q, completion_base_q, ident_addr_q;
  logic [15:0] index_mask_q;

  // What matters in one state only is worked out in that state only: simulators then leave it out in
  // all other clocks.

  /// The address space holds `bytes` bytes, not 0, from `first` on.
  function automatic logic fits(input logic [63:0] first, input logic [31:0] bytes);
    logic [63:0] last;
    last = first + 64'(bytes) - 64'd1;
    fits = last >= first && (AddrWidth == 64 || (last >> AddrWidth) == '0);
  endfunction

  // ---- set-up ----
  logic setup_good;
  always_comb begin
    setup_good = 1'b0;
    if (setup_pending_i) begin
      setup_good = (ring_entries_i[63:16] == '0) && (ring_entries_i[15:1] != '0)
          && ((ring_entries_i[15:0] & (ring_entries_i[15:0] - 1'b1)) == '0)
          && (ring_base_i[5:0] == '0) && (ring_base_i != '0)
          && fits(ring_base_i, {11'h0, ring_entries_i[15:0], 5'h00})
          && (completion_base_i[5:0] == '0) && (completion_base_i != '0)
          && fits(completion_base_i, {12'h0, ring_entries_i[15:0], 4'h0}
                  + qdpi_dma_pkg::QDPI_DMA_COMPLETION_OFFSET_ENTRIES);
    end
  end

  // ---- position in the ring ----
  logic [31:0] waiting;
  logic [15:0] index;
  logic [SlotWidth:0] to_group_end, fetch_count;
  logic overrun, work, in_progress;
  assign waiting = tail_i - head_q;
  assign overrun = waiting > {16'h0, index_mask_q} + 32'd1;
  assign index = head_q[15:0] & index_mask_q;
  assign slot_o = index[SlotWidth-1:0];
  // The group ends with the buffer, or with a ring that is smaller.
  assign to_group_end = {1'b0, index_mask_q[SlotWidth-1:0]} + 1'b1 - {1'b0, slot_o};
  assign fetch_count = fetch_single_q ? (SlotWidth + 1)'(1)
      : (waiting < 32'(to_group_end)) ? waiting[SlotWidth:0] : to_group_end;
  assign work = enable_i && !halted_q && (setup_pending_i || (waiting != '0));

  // ---- the present descriptor ----
  logic [31:0] opcode, length, decoded;
  logic [63:0] source, destination, operand, pattern;
  logic reads, writes;
  assign opcode = descriptor_i[8*qdpi_dma_pkg::QDPI_DMA_DESCRIPTOR_OFFSET_OPCODE+:32];
  assign length = descriptor_i[8*qdpi_dma_pkg::QDPI_DMA_DESCRIPTOR_OFFSET_LENGTH+:32];
  assign source = descriptor_i[8*qdpi_dma_pkg::QDPI_DMA_DESCRIPTOR_OFFSET_SOURCE+:64];
  assign destination = descriptor_i[8*qdpi_dma_pkg::QDPI_DMA_DESCRIPTOR_OFFSET_DESTINATION+:64];
  assign operand = descriptor_i[8*qdpi_dma_pkg::QDPI_DMA_DESCRIPTOR_OFFSET_OPERAND+:64];
  assign reads = (opcode == qdpi_dma_pkg::QDPI_DMA_OP_COPY)
      || (opcode == qdpi_dma_pkg::QDPI_DMA_OP_CRC32C);
  assign writes = (opcode == qdpi_dma_pkg::QDPI_DMA_OP_COPY)
      || (opcode == qdpi_dma_pkg::QDPI_DMA_OP_FILL);
  // The pattern starts at the destination, the words at the word that holds it.
  always_comb begin
    pattern = operand;
    if (!reads) begin
      pattern = (operand << {destination[2:0], 3'b000})
          | (operand >> {4'd8 - {1'b0, destination[2:0]}, 3'b000});
    end
  end

  always_comb begin
    decoded = qdpi_dma_pkg::QDPI_DMA_COMPLETION_OK;
    if (state_q == StDecode) begin
      if (descriptor_bad_q) decoded = qdpi_dma_pkg::QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR;
      else if (!reads && !writes) decoded = qdpi_dma_pkg::QDPI_DMA_COMPLETION_BAD_OPCODE;
      else if (length == '0) decoded = qdpi_dma_pkg::QDPI_DMA_COMPLETION_BAD_LENGTH;
      else if ((reads && !fits(source, length)) || (writes && !fits(destination, length)))
        decoded = qdpi_dma_pkg::QDPI_DMA_COMPLETION_BAD_ADDRESS;
    end
  end

  assign stream_offset_o = crc_selected_o ? '0 : destination[OffsetWidth-1:0];
  assign crc_selected_o = !writes;
  assign crc_operand_o = operand[31:0];

  // The first error stays; a read and a write that fail in the same clock count as the read.
  // Reader and writer keep the error of their last transfer, which may be another descriptor's.
  logic [31:0] run_status;
  logic [1:0] read_error, write_error;
  assign read_error = reads ? reader_error_i : qdpi_dma_pkg::AxiRespOkay;
  assign write_error = writes ? writer_error_i : qdpi_dma_pkg::AxiRespOkay;
  always_comb begin
    run_status = status_q;
    if (status_q == qdpi_dma_pkg::QDPI_DMA_COMPLETION_OK) begin
      if (read_error == qdpi_dma_pkg::AxiRespSlverr)
        run_status = qdpi_dma_pkg::QDPI_DMA_COMPLETION_READ_SLVERR;
      else if (read_error == qdpi_dma_pkg::AxiRespDecerr)
        run_status = qdpi_dma_pkg::QDPI_DMA_COMPLETION_READ_DECERR;
      else if (write_error == qdpi_dma_pkg::AxiRespSlverr)
        run_status = qdpi_dma_pkg::QDPI_DMA_COMPLETION_WRITE_SLVERR;
      else if (write_error == qdpi_dma_pkg::AxiRespDecerr)
        run_status = qdpi_dma_pkg::QDPI_DMA_COMPLETION_WRITE_DECERR;
    end
  end

  assign stop_o = resetting_i || ((state_q == StRun)
      && (read_error != qdpi_dma_pkg::AxiRespOkay || write_error != qdpi_dma_pkg::AxiRespOkay));

  // ---- what is written by words ----
  logic [31:0] ident_status, done_length;
  assign ident_status = (busy_o ? qdpi_dma_pkg::QDPI_DMA_STATUS_BUSY : '0)
      | (halted_q ? qdpi_dma_pkg::QDPI_DMA_STATUS_HALTED : '0);
  assign done_length = (status_q == qdpi_dma_pkg::QDPI_DMA_COMPLETION_OK) ? length : '0;

  always_comb begin
    writer_words_o = '0;
    writer_use_words_o = 1'b1;
    writer_addr_o = destination[AddrWidth-1:0];
    writer_length_o = length;
    case (state_q)
      StEntry, StEntryWait: begin
        writer_words_o = {128'h0, result_q, done_length, status_q, head_q};
        writer_addr_o = completion_base_q + AddrWidth'({index, 4'h0})
            + AddrWidth'(qdpi_dma_pkg::QDPI_DMA_COMPLETION_OFFSET_ENTRIES);
        writer_length_o = qdpi_dma_pkg::QDPI_DMA_COMPLETION_BYTES;
      end
      StHead, StHeadWait: begin
        writer_words_o = {224'h0, head_q + 32'd1};
        writer_addr_o = completion_base_q
            + AddrWidth'(qdpi_dma_pkg::QDPI_DMA_COMPLETION_OFFSET_HEAD);
        writer_length_o = 32'd8;
      end
      StIdent, StIdentWait: begin
        writer_words_o = {64'h0, interrupts_i, head_q, ident_status, 32'(DataWidth / 8),
                          qdpi_dma_pkg::QDPI_DMA_LAYOUT_VERSION,
                          qdpi_dma_pkg::QDPI_DMA_IDENT_MAGIC};
        writer_addr_o = ident_addr_q;
        writer_length_o = qdpi_dma_pkg::QDPI_DMA_IDENT_OFFSET_SEQUENCE;
      end
      StSequence, StSequenceWait: begin
        writer_words_o = {192'h0, sequence_q};
        writer_addr_o = ident_addr_q + AddrWidth'(qdpi_dma_pkg::QDPI_DMA_IDENT_OFFSET_SEQUENCE);
        writer_length_o = 32'd8;
      end
      default: begin
        writer_use_words_o = !reads;
        if (!reads) writer_words_o = {4{pattern}};
      end
    endcase
  end

  assign fetching_o = state_q == StFetch;
  assign fetch_start_o = reader_start_o && (state_q == StIdle);
  assign reader_addr_o = (state_q == StIdle)
      ? ring_base_q + AddrWidth'({index, 5'h00}) : source[AddrWidth-1:0];
  assign reader_length_o = (state_q == StIdle) ? {{(27 - SlotWidth - 1){1'b0}}, fetch_count, 5'h00}
      : length;

  assign head_o = head_q;
  assign head_pending_o = state_q == StHeadWait;
  assign in_progress = (state_q != StIdle) && (state_q < StIdent);
  assign busy_o = work || in_progress;
  assign halted_o = halted_q;
  assign active_o = work || (state_q != StIdle) || ident_pending_i || resetting_i;

  always_comb begin
    state_d = state_q;
    halted_d = halted_q;
    fetch_single_d = fetch_single_q;
    descriptor_bad_d = descriptor_bad_q;
    fetched_d = fetched_q;
    head_d = head_q;
    status_d = status_q;
    result_d = result_q;
    sequence_d = sequence_q;
    ident_taken_o = 1'b0;
    setup_taken_o = 1'b0;
    take_o = 1'b0;
    reset_done_o = 1'b0;
    reader_start_o = 1'b0;
    writer_start_o = 1'b0;
    crc_start_o = 1'b0;

    if (resetting_i) begin
      if (!reader_busy_i && !writer_busy_i) begin
        reset_done_o = 1'b1;
        state_d = StIdle;
        halted_d = 1'b0;
        fetch_single_d = 1'b0;
        fetched_d = '0;
        head_d = '0;
      end
    end else begin
      unique case (state_q)
        StIdle: begin
          if (ident_pending_i) begin
            ident_taken_o = 1'b1;
            sequence_d = sequence_q + 64'd1;
            state_d = StIdent;
          end else if (halted_q || !enable_i) begin
            state_d = StIdle;
          end else if (setup_pending_i) begin
            setup_taken_o = 1'b1;
            fetched_d = '0;
            halted_d = !setup_good;
          end else if (overrun) begin
            halted_d = 1'b1;
          end else if (fetched_q != '0) begin
            take_o = 1'b1;
            state_d = StDecode;
          end else if (waiting != '0) begin
            reader_start_o = 1'b1;
            fetched_d = fetch_count;
            descriptor_bad_d = 1'b0;
            state_d = StFetch;
          end
        end
        StFetch: begin
          if (!reader_busy_i && !reader_beat_valid_i) begin
            take_o = 1'b1;
            state_d = StDecode;
            if (reader_error_i != qdpi_dma_pkg::AxiRespOkay) begin
              if (fetched_q == (SlotWidth + 1)'(1)) begin
                descriptor_bad_d = 1'b1;
              end else begin
                fetch_single_d = 1'b1;
                fetched_d = '0;
                state_d = StIdle;
              end
            end
          end
        end
        StDecode: begin
          status_d = decoded;
          result_d = '0;
          if (decoded == qdpi_dma_pkg::QDPI_DMA_COMPLETION_OK) begin
            reader_start_o = reads;
            writer_start_o = writes;
            crc_start_o = crc_selected_o;
            state_d = StRun;
          end else begin
            state_d = StEntry;
          end
        end
        StRun: begin
          status_d = run_status;
          if (!reader_busy_i && !writer_busy_i && !crc_busy_i) begin
            if (crc_selected_o && run_status == qdpi_dma_pkg::QDPI_DMA_COMPLETION_OK)
              result_d = crc_i;
            state_d = StEntry;
          end
        end
        StEntry: begin
          writer_start_o = 1'b1;
          state_d = StEntryWait;
        end
        StEntryWait: begin
          if (!writer_busy_i) begin
            halted_d = writer_error_i != qdpi_dma_pkg::AxiRespOkay;
            state_d = halted_d ? StIdle : StHead;
          end
        end
        StHead: begin
          writer_start_o = 1'b1;
          state_d = StHeadWait;
        end
        StHeadWait: begin
          if (!writer_busy_i) begin
            state_d = StIdle;
            if (writer_error_i != qdpi_dma_pkg::AxiRespOkay) begin
              halted_d = 1'b1;
            end else begin
              head_d = head_q + 32'd1;
              fetched_d = fetched_q - 1'b1;
              fetch_single_d = 1'b0;
            end
          end
        end
        StIdent: begin
          writer_start_o = 1'b1;
          state_d = StIdentWait;
        end
        StIdentWait: begin
          if (!writer_busy_i) begin
            // Without the block before it, the sequence word would vouch for what is not there.
            state_d = (writer_error_i == qdpi_dma_pkg::AxiRespOkay) ? StSequence : StIdle;
          end
        end
        StSequence: begin
          writer_start_o = 1'b1;
          state_d = StSequenceWait;
        end
        StSequenceWait: begin
          if (!writer_busy_i) state_d = StIdle;
        end
        default: state_d = StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      halted_q <= 1'b0;
      fetch_single_q <= 1'b0;
      descriptor_bad_q <= 1'b0;
      fetched_q <= '0;
      head_q <= '0;
      status_q <= '0;
      result_q <= '0;
      sequence_q <= '0;
      ring_base_q <= '0;
      completion_base_q <= '0;
      index_mask_q <= '0;
      ident_addr_q <= '0;
    end else begin
      state_q <= state_d;
      halted_q <= halted_d;
      fetch_single_q <= fetch_single_d;
      descriptor_bad_q <= descriptor_bad_d;
      fetched_q <= fetched_d;
      head_q <= head_d;
      status_q <= status_d;
      result_q <= result_d;
      sequence_q <= sequence_d;
      if (setup_taken_o) begin
        ring_base_q <= ring_base_i[AddrWidth-1:0];
        completion_base_q <= completion_base_i[AddrWidth-1:0];
        index_mask_q <= ring_entries_i[15:0] - 1'b1;
      end
      if (ident_taken_o) ident_addr_q <= ident_addr_i;
    end
  end
endmodule
