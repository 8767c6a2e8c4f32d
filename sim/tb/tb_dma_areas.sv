// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Which of a DMA engine's areas a burst goes to, known from the registers that the guest writes.
/// Where two areas lie one over the other, because the guest has used memory again, the one that
/// was named last counts.
module tb_dma_areas #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input  logic                 clk_i,
  /// Reset of the engine, active low: it has no areas.
  input  logic                 rst_ni,
  /// The guest's doorbell is taken as a write of a register.
  input  logic                 register_valid_i,
  /// Its register.
  input  logic [31:0]          register_index_i,
  /// The value.
  input  logic [63:0]          register_value_i,
  /// There is a read burst.
  input  logic                 read_valid_i,
  /// Its address.
  input  logic [63:0]          read_address_i,
  /// It fetches descriptors.
  output logic                 is_fetch_o,
  /// There is a write burst.
  input  logic                 write_valid_i,
  /// Its address.
  input  logic [63:0]          write_address_i,
  /// What it is for.
  output tb_dma_pkg::purpose_e write_purpose_o,
  /// RING_BASE.
  output logic [63:0]          ring_base_o,
  /// RING_ENTRIES.
  output logic [63:0]          ring_entries_o
);

  import qdpi_dma_pkg::*;
  import tb_dma_pkg::*;

  localparam logic [63:0] BusMask = ~(64'(DataWidth) / 64'd8 - 64'd1);

  logic [63:0]      completion_base;
  // Asked for last, and before that; named after the completion area.
  logic [1:0][63:0] identification;
  logic [1:0]       identification_newer;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ring_base_o          <= '0;
      ring_entries_o       <= '0;
      completion_base      <= '0;
      identification       <= '0;
      identification_newer <= '0;
    end else if (register_valid_i) begin
      case (register_index_i)
        QDPI_DMA_REG_RING_BASE:    ring_base_o <= register_value_i;
        QDPI_DMA_REG_RING_ENTRIES: ring_entries_o <= register_value_i;
        QDPI_DMA_REG_COMPLETION_BASE: begin
          completion_base      <= register_value_i;
          identification_newer <= '0;
        end
        QDPI_DMA_REG_IDENT_ADDR: begin
          if (register_value_i != identification[0]) begin
            identification[1]       <= identification[0];
            identification_newer[1] <= identification_newer[0];
          end
          identification[0]       <= register_value_i;
          identification_newer[0] <= 1'b1;
        end
        default: ;
      endcase
    end
  end

  function automatic bit inside_area(input logic [63:0] address, input logic [63:0] base,
                                     input logic [63:0] bytes);
    // The burst starts where the bus word starts that holds the first byte.
    return address >= (base & BusMask) && address < base + bytes;
  endfunction

  // Most clocks have no address: nothing is worked out in them.
  always_comb begin
    is_fetch_o = 1'b0;
    if (read_valid_i) begin
      is_fetch_o = inside_area(read_address_i, ring_base_o,
                               ring_entries_o * 64'(QDPI_DMA_DESCRIPTOR_BYTES));
    end
  end

  logic [1:0] in_identification;

  always_comb begin
    in_identification = '0;
    write_purpose_o = PurposeData;
    if (write_valid_i) begin
      for (int unsigned i = 0; i < 2; i++) begin
        in_identification[i] = inside_area(write_address_i, identification[i],
                                           64'(QDPI_DMA_IDENT_BYTES));
      end
      if ((in_identification & identification_newer) != '0) begin
        write_purpose_o = PurposeIdentification;
      end else if (inside_area(write_address_i, completion_base,
                               64'(QDPI_DMA_COMPLETION_OFFSET_ENTRIES))) begin
        write_purpose_o = PurposeHead;
      end else if (inside_area(write_address_i,
                               completion_base + 64'(QDPI_DMA_COMPLETION_OFFSET_ENTRIES),
                               ring_entries_o * 64'(QDPI_DMA_COMPLETION_BYTES))) begin
        write_purpose_o = PurposeEntry;
      end else if (in_identification != '0) begin
        write_purpose_o = PurposeIdentification;
      end
    end
  end

endmodule
