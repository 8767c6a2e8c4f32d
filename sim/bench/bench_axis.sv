// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Both AXI4-Stream ports: what one reads, in packets of 1 KiB, the other writes. For
/// tb_bench_port.
module bench_axis (
  /// Clock: rising edge.
  input  logic            clk_i,
  /// Reset: active low.
  input  logic            rst_ni,
  /// Beats that the port has taken or given.
  output longint unsigned beats_o
);
  localparam logic [63:0] First = 64'h10_0000, Span = 64'h1_0000, Packet = 64'd1024;

  logic        reader_ready, writer_ready, tvalid, tready, tlast, tid, tdest, tuser;
  logic        reader_done, writer_done, started;
  logic [1:0]  reader_outcome, writer_outcome;
  logic [31:0] reader_bytes, writer_bytes, dropped;
  logic [63:0] tdata, read_at, write_at;
  logic [7:0]  tstrb, tkeep;
  logic [1:0]  bridge_lost, ids;
  logic [2:0]  sideband;

  qdpi_axis_reader u_reader (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(bridge_lost[0]),
    .command_valid_i(started),
    .command_ready_o(reader_ready),
    .command_address_i(read_at),
    .command_bytes_i(Packet[31:0]),
    .command_id_i(1'b0),
    .command_dest_i(1'b0),
    .command_user_i(1'b0),
    .completion_valid_o(reader_done),
    .completion_ready_i(1'b1),
    .completion_outcome_o(reader_outcome),
    .completion_bytes_o(reader_bytes),
    .completion_id_o(ids[0]),
    .axis_tvalid_o(tvalid),
    .axis_tready_i(tready),
    .axis_tdata_o(tdata),
    .axis_tstrb_o(tstrb),
    .axis_tkeep_o(tkeep),
    .axis_tlast_o(tlast),
    .axis_tid_o(tid),
    .axis_tdest_o(tdest),
    .axis_tuser_o(tuser)
  );

  qdpi_axis_writer u_writer (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(bridge_lost[1]),
    .command_valid_i(started),
    .command_ready_o(writer_ready),
    .command_address_i(write_at),
    .command_bytes_i(Packet[31:0]),
    .completion_valid_o(writer_done),
    .completion_ready_i(1'b1),
    .completion_outcome_o(writer_outcome),
    .completion_bytes_o(writer_bytes),
    .completion_dropped_o(dropped),
    .completion_last_o(sideband[0]),
    .completion_id_o(ids[1]),
    .completion_dest_o(sideband[1]),
    .completion_user_o(sideband[2]),
    .axis_tvalid_i(tvalid),
    .axis_tready_o(tready),
    .axis_tdata_i(tdata),
    .axis_tstrb_i(tstrb),
    .axis_tkeep_i(tkeep),
    .axis_tlast_i(tlast),
    .axis_tid_i(tid),
    .axis_tdest_i(tdest),
    .axis_tuser_i(tuser)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      started  <= 1'b0;
      read_at  <= First;
      write_at <= First + Span;
      beats_o  <= 0;
    end else begin
      started <= 1'b1;
      if (started && reader_ready) read_at <= First + ((read_at + Packet) & (Span - 64'd1));
      if (started && writer_ready) begin
        write_at <= First + Span + ((write_at + Packet) & (Span - 64'd1));
      end
      beats_o <= beats_o + 64'(tvalid && tready);
    end
  end

  /// Use `bridge` from now on.
  function automatic void start(input chandle bridge);
    u_reader.attach(bridge);
    u_writer.attach(bridge);
  endfunction

  logic unused;
  assign unused = ^{bridge_lost, ids, sideband, reader_done, reader_outcome, reader_bytes,
                    writer_done, writer_outcome, writer_bytes, dropped};

endmodule
