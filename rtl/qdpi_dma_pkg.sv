// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Constants of the DMA engine. The layout comes in as one list of localparams and not as an enum,
// because registers, opcodes and offsets share values, which an enum of SystemVerilog must not.

/// Register, descriptor and completion layout of the DMA engine, and what its parts share.
package qdpi_dma_pkg;

  // A user of the package needs a few of these; the list itself is complete for software.
  /* verilator lint_off UNUSEDPARAM */
  localparam logic [31:0]
`include "qdpi_dma_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  // The generator of CRC-32C, bit-reflected.
  localparam logic [31:0] Crc32cPolynomial = 32'h82f6_3b78;

  // Descriptors fetched with one read. A group of this many, aligned in the ring, shares the
  // buffer of qdpi_dma_prefetch, so it is a power of two and two at least.
  localparam int unsigned PrefetchDescriptors = 4;

  // Writes that may wait for their response.
  localparam int unsigned MaxWritesInFlight = 8;

  // Normal, non-cacheable, *not* bufferable: the response must come from where the data ends up,
  // since a completion is written only after the data's response (IHI0022 A4.4).
  localparam logic [3:0] AxiCacheNonBufferable = 4'b0010;
  localparam logic [1:0] AxiBurstIncr = 2'b01;
  localparam logic [1:0] AxiRespOkay = 2'b00;
  localparam logic [1:0] AxiRespSlverr = 2'b10;
  localparam logic [1:0] AxiRespDecerr = 2'b11;

endpackage
