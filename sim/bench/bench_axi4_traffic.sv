// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The traffic of the AXI4 benchmark, as lean as can be, so that what is measured is the port: read
/// and write bursts of one length, in both directions at once, without a gap. Reads go round in one
/// window of memory, writes in another; the low word of each beat is its number in the window.
/// Checks what it reads.
module bench_axi4_traffic #(
  /// Bits of the data bus: 64 to 1024.
  parameter int unsigned DataWidth   = 64,
  /// Bytes of each window, a power of two.
  parameter int unsigned WindowBytes = 1 << 20,
  /// Where the window for reads is.
  parameter logic [63:0] ReadBase    = 64'h10_0000,
  /// Where the window for writes is.
  parameter logic [63:0] WriteBase   = 64'h20_0000
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low.
  input  logic                   rst_ni,
  /// 0: no bursts.
  input  logic                   run_i,
  /// Beats of a burst - 1.
  input  logic [7:0]             len_i,
  /// Beats that have been read.
  output int unsigned            read_beats_o,
  /// Beats that have been written.
  output int unsigned            write_beats_o,
  /// Bursts that have been answered on B.
  output int unsigned            answers_o,
  /// A read gave something else than what is there, or a response was no OKAY.
  output logic                   failed_o,

  /// Write address: transaction ID.
  output logic [3:0]             awid_o,
  /// Write address: address.
  output logic [63:0]            awaddr_o,
  /// Write address: valid.
  output logic                   awvalid_o,
  /// Write address: ready.
  input  logic                   awready_i,
  /// Write data.
  output logic [DataWidth-1:0]   wdata_o,
  /// Write data: last beat of the burst.
  output logic                   wlast_o,
  /// Write data: valid.
  output logic                   wvalid_o,
  /// Write data: ready.
  input  logic                   wready_i,
  /// Write response.
  input  logic [1:0]             bresp_i,
  /// Write response: valid.
  input  logic                   bvalid_i,
  /// Read address: transaction ID.
  output logic [3:0]             arid_o,
  /// Read address: address.
  output logic [63:0]            araddr_o,
  /// Read address: valid.
  output logic                   arvalid_o,
  /// Read address: ready.
  input  logic                   arready_i,
  /// Read data.
  input  logic [DataWidth-1:0]   rdata_i,
  /// Read data: response.
  input  logic [1:0]             rresp_i,
  /// Read data: last beat of the burst.
  input  logic                   rlast_i,
  /// Read data: valid.
  input  logic                   rvalid_i
);

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned Beats = WindowBytes / BusBytes;

  logic [63:0] burst_bytes;
  logic [7:0]  write_left, read_left;

  assign burst_bytes = (64'(len_i) + 64'd1) * 64'(BusBytes);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      awid_o        <= '0;
      awaddr_o      <= WriteBase;
      awvalid_o     <= 1'b0;
      wdata_o       <= '0;
      wlast_o       <= 1'b0;
      wvalid_o      <= 1'b0;
      write_left    <= '0;
      arid_o        <= '0;
      araddr_o      <= ReadBase;
      arvalid_o     <= 1'b0;
      read_left     <= '0;
      read_beats_o  <= 0;
      write_beats_o <= 0;
      answers_o     <= 0;
      failed_o      <= 1'b0;
    end else if (run_i) begin
      awvalid_o <= 1'b1;
      arvalid_o <= 1'b1;
      wvalid_o  <= 1'b1;
      if (awvalid_o && awready_i) begin
        awaddr_o <= WriteBase | ((awaddr_o + burst_bytes) & (64'(WindowBytes) - 64'd1));
        awid_o   <= awid_o + 1;
      end
      if (arvalid_o && arready_i) begin
        araddr_o <= ReadBase | ((araddr_o + burst_bytes) & (64'(WindowBytes) - 64'd1));
        arid_o   <= arid_o + 1;
      end
      if (!wvalid_o) begin
        wlast_o    <= len_i == 0;
        write_left <= len_i;
      end else if (wready_i) begin
        wdata_o[31:0] <= (write_beats_o + 1) & (Beats - 1);
        write_beats_o <= write_beats_o + 1;
        write_left    <= wlast_o ? len_i : write_left - 1;
        wlast_o       <= wlast_o ? len_i == 0 : write_left == 1;
      end
      if (bvalid_i) begin
        answers_o <= answers_o + 1;
        if (bresp_i != 0) failed_o <= 1'b1;
      end
      if (rvalid_i) begin
        read_beats_o <= read_beats_o + 1;
        read_left    <= rlast_i ? 8'd0 : read_left + 1;
        if (rdata_i[31:0] != (read_beats_o & (Beats - 1)) || rresp_i != 0
            || rlast_i != (read_left == len_i)) begin
          failed_o <= 1'b1;
        end
      end
    end
  end

  // The middle of the data is made and carried, but tells nothing.
  logic unused_data;
  assign unused_data = ^rdata_i[DataWidth-1:32];

endmodule
