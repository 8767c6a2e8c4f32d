// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// One of the ports of tb_bench_scale: copies one long piece with all the others at once.
module bench_scale_port #(
  /// Bits of the data bus.
  parameter int unsigned     DataWidth = 64,
  /// The guest memory that it uses, 4 MiB.
  parameter longint unsigned Area = 0
) (
  /// Clock.
  input  logic        clk_i,
  /// Reset, active low.
  input  logic        rst_ni,
  /// Bytes to be copied.
  input  int unsigned bytes_i,
  /// The copy has begun.
  output logic        begun_o,
  /// It is done, as fast as the bus allows.
  output logic        finished_o,
  /// All have finished: what was copied is to be looked at.
  input  logic        check_i
);

  // Of all copies, for the first and the last byte.
  localparam longint unsigned SetUpClocks = 64'd100;

  bench_dma_station #(
    .DataWidth(DataWidth)
  ) u_station (
    .clk_i,
    .rst_ni
  );

  initial begin
    begun_o = 1'b0;
    finished_o = 1'b0;
    u_station.attach(tb_bench_scale.shared_bridge(), Area);
  end

  always @(posedge clk_i) begin
    if (u_station.is_done() && !begun_o) begin
      u_station.begin_copies(1, bytes_i, 0, 0, 1'b0);
      begun_o <= 1'b1;
    end else if (u_station.is_done() && !finished_o) begin
      finished_o <= 1'b1;
      if (u_station.interrupt_clocks > 64'(bytes_i) * 64'd8 / 64'(DataWidth) + SetUpClocks) begin
        $error("%m: the copy took %0d clocks", u_station.interrupt_clocks);
      end
    end
    if (check_i) u_station.check();
  end

endmodule
