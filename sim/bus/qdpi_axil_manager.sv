// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Doorbells into a device's register block: turns (index, value) into AXI4-Lite writes of 64 bits
/// at address 8 * index. In order, one at a time; a request is done when its response has come.
/// Simulation only.
///
///   qdpi_axil_manager u_doorbells (
///     .clk_i, .rst_ni, .request_valid_i, .request_ready_o, .request_index_i, .request_value_i,
///     .error_o, .error_count_o, .axil_awaddr_o(awaddr), ... .axil_bready_o(bready));
///
/// Nothing is dropped in silence. error_o is high for one clock, error_count_o counts, and $warning
/// names index and value, when
///   * the index lies outside the register block (such a request ends there, with no bus access);
///   * the device answers SLVERR or DECERR;
///   * the device has not answered within TimeoutCycles. AXI does not let a manager withdraw
///     (A3.2.1), so the request goes on waiting, and those behind it too; it is reported once.
/// It only writes. A device that has a read side gets ARVALID and RREADY from elsewhere, or 0 and
/// 1. Section numbers are those of the AMBA AXI specification, ARM IHI 0022H.
module qdpi_axil_manager #(
  /// Bits of AWADDR: the register block has 2**(AddrWidth-3) registers of 64 bits.
  parameter int unsigned AddrWidth     = 12,
  /// Clocks from a request's acceptance to its response after which it is reported.
  parameter int unsigned TimeoutCycles = 10_000
) (
  /// Clock: rising edge.
  input  logic                 clk_i,
  /// Reset: asynchronous, active low. Drops the request in progress.
  input  logic                 rst_ni,

  /// A doorbell is to be written.
  input  logic                 request_valid_i,
  /// It is taken on a clock edge at which valid and ready are high.
  output logic                 request_ready_o,
  /// Number of the register.
  input  logic [31:0]          request_index_i,
  /// What to write.
  input  logic [63:0]          request_value_i,
  /// High for one clock for each error.
  output logic                 error_o,
  /// Errors since reset.
  output logic [31:0]          error_count_o,

  /// Write address: byte address of the register.
  output logic [AddrWidth-1:0] axil_awaddr_o,
  /// Write address: unprivileged, secure, data.
  output logic [2:0]           axil_awprot_o,
  /// Write address: valid.
  output logic                 axil_awvalid_o,
  /// Write address: ready.
  input  logic                 axil_awready_i,
  /// Write data.
  output logic [63:0]          axil_wdata_o,
  /// Write data: all byte lanes (B1.1.1: registers are accessed whole).
  output logic [7:0]           axil_wstrb_o,
  /// Write data: valid.
  output logic                 axil_wvalid_o,
  /// Write data: ready.
  input  logic                 axil_wready_i,
  /// Write response.
  input  logic [1:0]           axil_bresp_i,
  /// Write response: valid.
  input  logic                 axil_bvalid_i,
  /// Write response: ready.
  output logic                 axil_bready_o
);

  localparam logic [31:0] Registers = 32'd1 << (AddrWidth - 3);

  logic [31:0] index_q;
  logic [63:0] value_q;
  logic        busy_q;
  logic [31:0] waited_q;

  logic taken, outside, answered, refused, late;

  assign taken    = request_valid_i && request_ready_o;
  assign outside  = taken && request_index_i >= Registers;
  assign answered = axil_bvalid_i && axil_bready_o;
  // Bit 1 is set in SLVERR and DECERR (A3.4.4).
  assign refused  = answered && axil_bresp_i[1];
  assign late     = busy_q && waited_q == TimeoutCycles && !answered;

  assign axil_awaddr_o = {index_q[AddrWidth-4:0], 3'b000};
  assign axil_awprot_o = 3'b000;
  assign axil_wdata_o  = value_q;
  assign axil_wstrb_o  = 8'hff;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      request_ready_o <= 1'b0;
      index_q         <= '0;
      value_q         <= '0;
      busy_q          <= 1'b0;
      waited_q        <= '0;
      axil_awvalid_o  <= 1'b0;
      axil_wvalid_o   <= 1'b0;
      axil_bready_o   <= 1'b0;
      error_o         <= 1'b0;
      error_count_o   <= '0;
    end else begin
      // Address and data are offered together and go independently (A3.3.1).
      if (axil_awready_i) axil_awvalid_o <= 1'b0;
      if (axil_wready_i) axil_wvalid_o <= 1'b0;
      if (answered) begin
        busy_q        <= 1'b0;
        axil_bready_o <= 1'b0;
      end
      if (busy_q && waited_q <= TimeoutCycles) waited_q <= waited_q + 1;
      request_ready_o <= !busy_q || answered;
      if (taken && !outside) begin
        request_ready_o <= 1'b0;
        index_q         <= request_index_i;
        value_q         <= request_value_i;
        busy_q          <= 1'b1;
        waited_q        <= '0;
        axil_awvalid_o  <= 1'b1;
        axil_wvalid_o   <= 1'b1;
        axil_bready_o   <= 1'b1;
      end

      error_o       <= outside || refused || late;
      // An index outside comes only when idle, the others only when busy: one error per clock.
      error_count_o <= error_count_o + 32'(outside || refused || late);
      if (outside) begin
        $warning("doorbell index %0d (value 0x%0h) is outside the register block of %0d: dropped",
                 request_index_i, request_value_i, Registers);
      end
      if (refused) begin
        $warning("the device answered %s to doorbell index %0d (value 0x%0h)",
                 axil_bresp_i[0] ? "DECERR" : "SLVERR", index_q, value_q);
      end
      if (late) begin
        $warning("no answer to doorbell index %0d (value 0x%0h) after %0d clocks, waiting on",
                 index_q, value_q, TimeoutCycles);
      end
    end
  end

  if (AddrWidth < 4 || AddrWidth > 34) begin : g_bad_addr_width
    $error("AddrWidth is %0d, must be 4 to 34", AddrWidth);
  end

  // EXOKAY does not exist in AXI4-Lite, so bit 0 only tells the two errors apart in a message.
  logic unused_bits;
  assign unused_bits = ^{index_q, axil_bresp_i[0]};

endmodule
