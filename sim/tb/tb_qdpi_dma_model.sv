// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the DMA engine must do: a second memory, in which descriptors take effect as they should.
// The one that the engine works on is u_memory next to this module.

/// Reference model of the DMA engine's descriptors, which compares memory with itself.
module tb_qdpi_dma_model #(
  /// Bits of the memory bus: 64, 128, 256 or 512.
  parameter int unsigned DataWidth = 64
);
  import qdpi_dma_pkg::*;
  import tb_qdpi_dma_unit_pkg::*;

  localparam int unsigned BeatBytes = DataWidth / 8;

  byte unsigned expected [SizeBytes];
  longint unsigned transfers = 0, bytes_done = 0;

  function automatic logic [63:0] peek(input int unsigned at, input int unsigned count);
    peek = '0;
    for (int unsigned i = 0; i < count; i++) peek[8*i+:8] = u_memory.bytes[at+i];
  endfunction
  function automatic void poke(input int unsigned at, input int unsigned count,
                               input logic [63:0] value);
    for (int unsigned i = 0; i < count; i++) begin
      u_memory.bytes[at+i] = value[8*i+:8];
      expected[at+i] = value[8*i+:8];
    end
  endfunction
  function automatic void expect_word(input int unsigned at, input int unsigned count,
                                      input logic [63:0] value);
    for (int unsigned i = 0; i < count; i++) expected[at+i] = value[8*i+:8];
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
      if (u_memory.bytes[i] != expected[i]) begin
        $error("byte at offset %h is %h, expected %h", i, u_memory.bytes[i], expected[i]);
        break;
      end
    end
  endfunction

  // What another check has looked at is right from now on.
  function automatic void accept(input int unsigned from, input int unsigned count);
    for (int unsigned i = from; i < from + count; i++) expected[i] = u_memory.bytes[i];
  endfunction

  // After a soft reset a destination may be half done; the memory itself guards the rest.
  function automatic void accept_written();
    for (int unsigned i = 0; i < SizeBytes; i++)
      if (u_memory.writable[i]) expected[i] = u_memory.bytes[i];
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
        right_byte = unread ? 8'h00 : expected[from];
      end
      if (u_memory.bytes[to] != expected[to] && (unread || u_memory.bytes[to] != right_byte)) begin
        $error("a failed descriptor wrote %h to offset %h", u_memory.bytes[to], to);
        break;
      end
      expected[to] = u_memory.bytes[to];
    end
  endfunction

  // What a complete descriptor did, and its entry at `at`: judges both and carries them over into
  // the model.
  function automatic void judge(input descriptor_t descriptor, input logic [31:0] index,
                                input int unsigned at, input bit memory_is_now);
    logic [31:0] result, length;
    int unsigned source, destination;
    source = 32'(descriptor.source - Base);
    destination = 32'(descriptor.destination - Base);
    result = '0;
    length = (descriptor.status == QDPI_DMA_COMPLETION_OK) ? descriptor.length : '0;
    if (descriptor.status == QDPI_DMA_COMPLETION_OK) begin
      transfers++;
      bytes_done += 64'(length);
      case (descriptor.opcode)
        QDPI_DMA_OP_COPY:
        for (int unsigned i = 0; i < length; i++)
          expected[destination+i] = expected[source+i];
        QDPI_DMA_OP_FILL:
        for (int unsigned i = 0; i < length; i++)
          expected[destination+i] = descriptor.operand[8*(i%8)+:8];
        default: result = crc32c(source, length, descriptor.operand[31:0]);
      endcase
      if (memory_is_now && descriptor.opcode != QDPI_DMA_OP_CRC32C)
        compare(destination - BeatBytes,
                (destination + length + BeatBytes > SizeBytes)
                ? SizeBytes - destination + BeatBytes : length + 2 * BeatBytes);
    end else if (descriptor.status >= QDPI_DMA_COMPLETION_READ_SLVERR
                 && descriptor.status <= QDPI_DMA_COMPLETION_WRITE_DECERR
                 && descriptor.opcode != QDPI_DMA_OP_CRC32C) begin
      judge_failed(descriptor.opcode, descriptor.length, source, destination, descriptor.operand);
    end
    expect_word(at, 4, 64'(index));
    expect_word(at + 4, 4, 64'(descriptor.status));
    expect_word(at + 8, 4, 64'(length));
    expect_word(at + 12, 4, 64'(result));
    if (peek(at, 8) != {descriptor.status, index} || peek(at + 8, 8) != {result, length})
      $error("descriptor %0d (opcode %0d, %0d bytes, %h -> %h): entry %h %h, expected %h %h",
             index, descriptor.opcode, descriptor.length, source, destination, peek(at, 8),
             peek(at + 8, 8), {descriptor.status, index}, {result, length});
  endfunction
endmodule
