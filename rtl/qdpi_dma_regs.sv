// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The registers of the DMA engine behind AXI4-Lite.
//
//   index register          access
//   0     IDENT_ADDR        write: asks for an identification block; reads as 0
//   1     CONTROL           read, write
//   2     RING_BASE         read, write; taken over when ENABLE goes from 0 to 1
//   3     RING_ENTRIES      read, write; taken over when ENABLE goes from 0 to 1
//   4     COMPLETION_BASE   read, write; taken over when ENABLE goes from 0 to 1
//   5     TAIL              read, write
//   6     COALESCE          read, write
//   7     INTERRUPT_ACK     write; reads as 0
//   8     STATUS            read only
//   9     HEAD              read only
//   10    INTERRUPTS        read only

/// AXI4-Lite register block. A write is answered SLVERR and changes nothing when it goes to an
/// unknown or read-only register, to an address that is no multiple of 8, does not strobe all 8
/// bytes, or gives IDENT_ADDR an address that is misaligned or too high. AW and W may come in
/// any order. While a soft reset lasts, a write waits in front of the registers.
module qdpi_dma_regs #(
  /// Address bits of the memory bus.
  parameter int unsigned AddrWidth = 64
) (
  /// Clock.
  input  logic        clk_i,
  /// Asynchronous reset, active low.
  input  logic        rst_ni,
  /// AXI4-Lite AWADDR.
  input  logic [11:0] s_axil_awaddr_i,
  /// AXI4-Lite AWVALID.
  input  logic        s_axil_awvalid_i,
  /// AXI4-Lite AWREADY.
  output logic        s_axil_awready_o,
  /// AXI4-Lite WDATA.
  input  logic [63:0] s_axil_wdata_i,
  /// AXI4-Lite WSTRB.
  input  logic [7:0]  s_axil_wstrb_i,
  /// AXI4-Lite WVALID.
  input  logic        s_axil_wvalid_i,
  /// AXI4-Lite WREADY.
  output logic        s_axil_wready_o,
  /// AXI4-Lite BRESP.
  output logic [1:0]  s_axil_bresp_o,
  /// AXI4-Lite BVALID.
  output logic        s_axil_bvalid_o,
  /// AXI4-Lite BREADY.
  input  logic        s_axil_bready_i,
  /// AXI4-Lite ARADDR.
  input  logic [11:0] s_axil_araddr_i,
  /// AXI4-Lite ARVALID.
  input  logic        s_axil_arvalid_i,
  /// AXI4-Lite ARREADY.
  output logic        s_axil_arready_o,
  /// AXI4-Lite RDATA.
  output logic [63:0] s_axil_rdata_o,
  /// AXI4-Lite RRESP.
  output logic [1:0]  s_axil_rresp_o,
  /// AXI4-Lite RVALID.
  output logic        s_axil_rvalid_o,
  /// AXI4-Lite RREADY.
  input  logic        s_axil_rready_i,
  /// An identification block is asked for.
  output logic        ident_pending_o,
  /// Where it is to go. A later request replaces one that was not taken yet.
  output logic [AddrWidth-1:0] ident_addr_o,
  /// The request is taken.
  input  logic        ident_taken_i,
  /// CONTROL.ENABLE.
  output logic        enable_o,
  /// ENABLE went to 1: the ring's set-up is to be taken over.
  output logic        setup_pending_o,
  /// It is taken over.
  input  logic        setup_taken_i,
  /// RING_BASE.
  output logic [63:0] ring_base_o,
  /// RING_ENTRIES.
  output logic [63:0] ring_entries_o,
  /// COMPLETION_BASE.
  output logic [63:0] completion_base_o,
  /// TAIL.
  output logic [31:0] tail_o,
  /// COALESCE, completions per interrupt.
  output logic [15:0] coalesce_count_o,
  /// COALESCE, time-out.
  output logic [31:0] coalesce_timeout_o,
  /// INTERRUPT_ACK is written.
  output logic        ack_o,
  /// The value written to it.
  output logic [31:0] ack_value_o,
  /// A soft reset was asked for and lasts.
  output logic        resetting_o,
  /// The bus is at rest: the soft reset ends in this clock and everything is cleared.
  input  logic        reset_done_i,
  /// STATUS.BUSY.
  input  logic        busy_i,
  /// STATUS.HALTED.
  input  logic        halted_i,
  /// HEAD.
  input  logic [31:0] head_i,
  /// INTERRUPTS.
  input  logic [31:0] interrupts_i
);
  localparam int unsigned IndexWidth = 9;

  logic awheld_q, wheld_q, bvalid_q, rvalid_q;
  logic [11:0] awaddr_q;
  logic [63:0] wdata_q, rdata_q;
  logic [7:0] wstrb_q;
  logic [1:0] bresp_q, rresp_q;

  logic ident_pending_q, enable_q, setup_pending_q, resetting_q;
  logic [AddrWidth-1:0] ident_addr_q;
  logic [63:0] ring_base_q, ring_entries_q, completion_base_q;
  logic [31:0] tail_q, coalesce_timeout_q;
  logic [15:0] coalesce_count_q;

  logic commit, wellformed, ident_fits, known, accept;
  logic [63:0] ident_last;
  logic [31:0] write_index, read_index;
  logic [63:0] status, read_value;
  logic read_known;

  // ---- write channel ----
  assign s_axil_awready_o = !awheld_q;
  assign s_axil_wready_o = !wheld_q;
  assign s_axil_bvalid_o = bvalid_q;
  assign s_axil_bresp_o = bresp_q;

  assign commit = awheld_q && wheld_q && !resetting_q && !bvalid_q;
  assign write_index = {{(32 - IndexWidth){1'b0}}, awaddr_q[11:3]};
  assign wellformed = (awaddr_q[2:0] == '0) && (wstrb_q == '1);
  assign ident_last = wdata_q + 64'(qdpi_dma_pkg::QDPI_DMA_IDENT_BYTES) - 64'd1;
  assign ident_fits = (wdata_q[2:0] == '0) && ident_last >= wdata_q
      && (AddrWidth == 64 || (ident_last >> AddrWidth) == '0);

  always_comb begin
    case (write_index)
      qdpi_dma_pkg::QDPI_DMA_REG_IDENT_ADDR: known = ident_fits;
      qdpi_dma_pkg::QDPI_DMA_REG_CONTROL,
      qdpi_dma_pkg::QDPI_DMA_REG_RING_BASE,
      qdpi_dma_pkg::QDPI_DMA_REG_RING_ENTRIES,
      qdpi_dma_pkg::QDPI_DMA_REG_COMPLETION_BASE,
      qdpi_dma_pkg::QDPI_DMA_REG_TAIL,
      qdpi_dma_pkg::QDPI_DMA_REG_COALESCE,
      qdpi_dma_pkg::QDPI_DMA_REG_INTERRUPT_ACK: known = 1'b1;
      default: known = 1'b0;
    endcase
  end

  assign accept = commit && wellformed && known;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      awheld_q <= 1'b0;
      wheld_q <= 1'b0;
      bvalid_q <= 1'b0;
      awaddr_q <= '0;
      wdata_q <= '0;
      wstrb_q <= '0;
      bresp_q <= qdpi_dma_pkg::AxiRespOkay;
    end else begin
      if (commit) begin
        awheld_q <= 1'b0;
        wheld_q <= 1'b0;
        bvalid_q <= 1'b1;
        bresp_q <= accept ? qdpi_dma_pkg::AxiRespOkay : qdpi_dma_pkg::AxiRespSlverr;
      end else if (s_axil_bready_i) begin
        bvalid_q <= 1'b0;
      end
      if (s_axil_awvalid_i && s_axil_awready_o) begin
        awheld_q <= 1'b1;
        awaddr_q <= s_axil_awaddr_i;
      end
      if (s_axil_wvalid_i && s_axil_wready_o) begin
        wheld_q <= 1'b1;
        wdata_q <= s_axil_wdata_i;
        wstrb_q <= s_axil_wstrb_i;
      end
    end
  end

  // ---- registers ----
  assign ident_pending_o = ident_pending_q;
  assign ident_addr_o = ident_addr_q;
  assign enable_o = enable_q;
  assign setup_pending_o = setup_pending_q;
  assign ring_base_o = ring_base_q;
  assign ring_entries_o = ring_entries_q;
  assign completion_base_o = completion_base_q;
  assign tail_o = tail_q;
  assign coalesce_count_o = coalesce_count_q;
  assign coalesce_timeout_o = coalesce_timeout_q;
  assign resetting_o = resetting_q;
  assign ack_o = accept && (write_index == qdpi_dma_pkg::QDPI_DMA_REG_INTERRUPT_ACK);
  assign ack_value_o = wdata_q[31:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ident_pending_q <= 1'b0;
      ident_addr_q <= '0;
      enable_q <= 1'b0;
      setup_pending_q <= 1'b0;
      resetting_q <= 1'b0;
      ring_base_q <= '0;
      ring_entries_q <= '0;
      completion_base_q <= '0;
      tail_q <= '0;
      coalesce_count_q <= '0;
      coalesce_timeout_q <= '0;
    end else if (reset_done_i) begin
      ident_pending_q <= 1'b0;
      ident_addr_q <= '0;
      enable_q <= 1'b0;
      setup_pending_q <= 1'b0;
      resetting_q <= 1'b0;
      ring_base_q <= '0;
      ring_entries_q <= '0;
      completion_base_q <= '0;
      tail_q <= '0;
      coalesce_count_q <= '0;
      coalesce_timeout_q <= '0;
    end else begin
      if (ident_taken_i) ident_pending_q <= 1'b0;
      if (setup_taken_i) setup_pending_q <= 1'b0;
      if (accept) begin
        case (write_index)
          qdpi_dma_pkg::QDPI_DMA_REG_IDENT_ADDR: begin
            ident_pending_q <= 1'b1;
            ident_addr_q <= wdata_q[AddrWidth-1:0];
          end
          qdpi_dma_pkg::QDPI_DMA_REG_CONTROL: begin
            enable_q <= (wdata_q[31:0] & qdpi_dma_pkg::QDPI_DMA_CONTROL_ENABLE) != '0;
            resetting_q <= (wdata_q[31:0] & qdpi_dma_pkg::QDPI_DMA_CONTROL_SOFT_RESET) != '0;
            if ((wdata_q[31:0] & qdpi_dma_pkg::QDPI_DMA_CONTROL_ENABLE) == '0) begin
              setup_pending_q <= 1'b0;
            end else if (!enable_q) begin
              setup_pending_q <= 1'b1;
            end
          end
          qdpi_dma_pkg::QDPI_DMA_REG_RING_BASE: ring_base_q <= wdata_q;
          qdpi_dma_pkg::QDPI_DMA_REG_RING_ENTRIES: ring_entries_q <= wdata_q;
          qdpi_dma_pkg::QDPI_DMA_REG_COMPLETION_BASE: completion_base_q <= wdata_q;
          qdpi_dma_pkg::QDPI_DMA_REG_TAIL: tail_q <= wdata_q[31:0];
          qdpi_dma_pkg::QDPI_DMA_REG_COALESCE: begin
            coalesce_count_q <= wdata_q[15:0];
            coalesce_timeout_q <= wdata_q[63:32];
          end
          default: ;
        endcase
      end
    end
  end

  // ---- read channel ----
  assign s_axil_arready_o = !rvalid_q;
  assign s_axil_rvalid_o = rvalid_q;
  assign s_axil_rdata_o = rdata_q;
  assign s_axil_rresp_o = rresp_q;
  assign read_index = {{(32 - IndexWidth){1'b0}}, s_axil_araddr_i[11:3]};

  assign status = (busy_i ? 64'(qdpi_dma_pkg::QDPI_DMA_STATUS_BUSY) : '0)
      | (resetting_q ? 64'(qdpi_dma_pkg::QDPI_DMA_STATUS_RESETTING) : '0)
      | (halted_i ? 64'(qdpi_dma_pkg::QDPI_DMA_STATUS_HALTED) : '0);

  // Worked out only when it is asked for: simulators then leave it out in all other clocks.
  always_comb begin
    read_known = 1'b0;
    read_value = '0;
    if (s_axil_arvalid_i) begin
      read_known = (s_axil_araddr_i[2:0] == '0) && (read_index < qdpi_dma_pkg::QDPI_DMA_REG_COUNT);
      case (read_index)
        qdpi_dma_pkg::QDPI_DMA_REG_CONTROL: read_value =
            (enable_q ? 64'(qdpi_dma_pkg::QDPI_DMA_CONTROL_ENABLE) : '0)
            | (resetting_q ? 64'(qdpi_dma_pkg::QDPI_DMA_CONTROL_SOFT_RESET) : '0);
        qdpi_dma_pkg::QDPI_DMA_REG_RING_BASE: read_value = ring_base_q;
        qdpi_dma_pkg::QDPI_DMA_REG_RING_ENTRIES: read_value = ring_entries_q;
        qdpi_dma_pkg::QDPI_DMA_REG_COMPLETION_BASE: read_value = completion_base_q;
        qdpi_dma_pkg::QDPI_DMA_REG_TAIL: read_value = {32'h0, tail_q};
        qdpi_dma_pkg::QDPI_DMA_REG_COALESCE:
        read_value = {coalesce_timeout_q, 16'h0, coalesce_count_q};
        qdpi_dma_pkg::QDPI_DMA_REG_STATUS: read_value = status;
        qdpi_dma_pkg::QDPI_DMA_REG_HEAD: read_value = {32'h0, head_i};
        qdpi_dma_pkg::QDPI_DMA_REG_INTERRUPTS: read_value = {32'h0, interrupts_i};
        default: read_value = '0;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rvalid_q <= 1'b0;
      rdata_q <= '0;
      rresp_q <= qdpi_dma_pkg::AxiRespOkay;
    end else if (s_axil_arvalid_i && s_axil_arready_o) begin
      rvalid_q <= 1'b1;
      rdata_q <= read_known ? read_value : '0;
      rresp_q <= read_known ? qdpi_dma_pkg::AxiRespOkay : qdpi_dma_pkg::AxiRespSlverr;
    end else if (s_axil_rready_i) begin
      rvalid_q <= 1'b0;
    end
  end
endmodule
