// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Test of qdpi_axis_writer and qdpi_axis_reader: random packets with data, position and null bytes
/// into random buffers, and random packets out of memory, both at once and in a loop, against a
/// byte-wise reference; refusals, windows, injected faults, reset, rate. Needs a RAM file with
/// machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N   its size (16 MiB)
///   +seed=N        of the random traffic (1)
///   +rounds=N      of random traffic (20)
///   +delayed       knobs are set: do not measure rates
///   +faults        knobs inject errors: accept those that are reported, but check what was done
///   +violate=RULE  instead of the tests break one rule: empty, wrap, attach, reserved, window. Ends
///                  without the sentinel, with QDPI VIOLATION ANSWERED if the ports did what they
///                  should.
///
/// At the end the RAM file is truncated, and the ports must complete commands with an error.
///
/// The ports and what is around them stand here; the parts call each other by instance name.
/// tb_axis_sequence runs the steps that tb_axis_plan describes, or a tb_axis_violation. Their
/// packets are those of tb_axis_stream_in and tb_axis_stream_out, which know what must come of them
/// by tb_axis_reference, and which tb_axis_source, tb_axis_sink and tb_axis_commands play.
module tb_qdpi_axis_ports #(
  /// Bits of the streams.
  parameter int unsigned DataWidth = 64,
  /// 1: the writer drops what does not fit into a buffer.
  parameter bit          DropRest  = 1'b0
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import tb_axis_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  logic                  reset_request;
  logic                  tb_reset_n;
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic                  rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                  writer_lost, reader_lost;
  logic                  in_tvalid, in_tready, in_tlast, out_tvalid, out_tready, out_tlast;
  logic [DataWidth-1:0]  in_tdata, out_tdata;
  logic [BusBytes-1:0]   in_tstrb, in_tkeep, out_tstrb, out_tkeep;
  logic [SideWidth-1:0]  in_tid, in_tdest, in_tuser, out_tid, out_tdest, out_tuser;
  logic                  wc_valid, wc_ready, wd_valid, wd_ready, wd_last;
  logic                  rc_valid, rc_ready, rd_valid, rd_ready;
  logic [63:0]           wc_address, rc_address;
  logic [31:0]           wc_bytes, rc_bytes, wd_bytes, wd_dropped, rd_bytes;
  logic [1:0]            wd_outcome, rd_outcome;
  logic [SideWidth-1:0]  wd_id, wd_dest, wd_user, rc_id, rc_dest, rc_user, rd_id;
  // A writer's commands have none.
  /* verilator lint_off UNUSEDSIGNAL */
  logic [SideWidth-1:0]  wc_id, wc_dest, wc_user;
  /* verilator lint_on UNUSEDSIGNAL */

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_axis_writer #(
    .DataWidth(DataWidth), .IdWidth(SideWidth), .DestWidth(SideWidth), .UserWidth(SideWidth),
    .DropRest(DropRest), .Name("writer")
  ) u_writer (
    .clk_i,
    .rst_ni              (rst_n),
    .bridge_lost_o       (writer_lost),
    .command_valid_i     (wc_valid),
    .command_ready_o     (wc_ready),
    .command_address_i   (wc_address),
    .command_bytes_i     (wc_bytes),
    .completion_valid_o  (wd_valid),
    .completion_ready_i  (wd_ready),
    .completion_outcome_o(wd_outcome),
    .completion_bytes_o  (wd_bytes),
    .completion_dropped_o(wd_dropped),
    .completion_last_o   (wd_last),
    .completion_id_o     (wd_id),
    .completion_dest_o   (wd_dest),
    .completion_user_o   (wd_user),
    .axis_tvalid_i       (in_tvalid),
    .axis_tready_o       (in_tready),
    .axis_tdata_i        (in_tdata),
    .axis_tstrb_i        (in_tstrb),
    .axis_tkeep_i        (in_tkeep),
    .axis_tlast_i        (in_tlast),
    .axis_tid_i          (in_tid),
    .axis_tdest_i        (in_tdest),
    .axis_tuser_i        (in_tuser)
  );

  qdpi_axis_reader #(
    .DataWidth(DataWidth), .IdWidth(SideWidth), .DestWidth(SideWidth), .UserWidth(SideWidth),
    .ErrorUser(ErrorUser), .Name("reader")
  ) u_reader (
    .clk_i,
    .rst_ni              (rst_n),
    .bridge_lost_o       (reader_lost),
    .command_valid_i     (rc_valid),
    .command_ready_o     (rc_ready),
    .command_address_i   (rc_address),
    .command_bytes_i     (rc_bytes),
    .command_id_i        (rc_id),
    .command_dest_i      (rc_dest),
    .command_user_i      (rc_user),
    .completion_valid_o  (rd_valid),
    .completion_ready_i  (rd_ready),
    .completion_outcome_o(rd_outcome),
    .completion_bytes_o  (rd_bytes),
    .completion_id_o     (rd_id),
    .axis_tvalid_o       (out_tvalid),
    .axis_tready_i       (out_tready),
    .axis_tdata_o        (out_tdata),
    .axis_tstrb_o        (out_tstrb),
    .axis_tkeep_o        (out_tkeep),
    .axis_tlast_o        (out_tlast),
    .axis_tid_o          (out_tid),
    .axis_tdest_o        (out_tdest),
    .axis_tuser_o        (out_tuser)
  );

  tb_axis_commands #(.SideWidth(SideWidth)) u_buffers (
    .clk_i,
    .rst_ni              (rst_n),
    .command_valid_o     (wc_valid),
    .command_ready_i     (wc_ready),
    .command_address_o   (wc_address),
    .command_bytes_o     (wc_bytes),
    .command_id_o        (wc_id),
    .command_dest_o      (wc_dest),
    .command_user_o      (wc_user),
    .completion_valid_i  (wd_valid),
    .completion_ready_o  (wd_ready),
    .completion_outcome_i(wd_outcome),
    .completion_bytes_i  (wd_bytes),
    .completion_dropped_i(wd_dropped),
    .completion_last_i   (wd_last),
    .completion_id_i     (wd_id),
    .completion_dest_i   (wd_dest),
    .completion_user_i   (wd_user)
  );

  tb_axis_commands #(.SideWidth(SideWidth)) u_packets (
    .clk_i,
    .rst_ni              (rst_n),
    .command_valid_o     (rc_valid),
    .command_ready_i     (rc_ready),
    .command_address_o   (rc_address),
    .command_bytes_o     (rc_bytes),
    .command_id_o        (rc_id),
    .command_dest_o      (rc_dest),
    .command_user_o      (rc_user),
    .completion_valid_i  (rd_valid),
    .completion_ready_o  (rd_ready),
    .completion_outcome_i(rd_outcome),
    .completion_bytes_i  (rd_bytes),
    .completion_dropped_i(32'd0),
    .completion_last_i   (1'b0),
    .completion_id_i     (rd_id),
    .completion_dest_i   (4'd0),
    .completion_user_i   (4'd0)
  );

  tb_axis_source #(.DataWidth(DataWidth), .SideWidth(SideWidth)) u_source (
    .clk_i,
    .rst_ni       (rst_n),
    .axis_tvalid_o(in_tvalid),
    .axis_tready_i(in_tready),
    .axis_tdata_o (in_tdata),
    .axis_tstrb_o (in_tstrb),
    .axis_tkeep_o (in_tkeep),
    .axis_tlast_o (in_tlast),
    .axis_tid_o   (in_tid),
    .axis_tdest_o (in_tdest),
    .axis_tuser_o (in_tuser)
  );

  tb_axis_sink #(.DataWidth(DataWidth), .SideWidth(SideWidth)) u_sink (
    .clk_i,
    .rst_ni       (rst_n),
    .axis_tvalid_i(out_tvalid),
    .axis_tready_o(out_tready),
    .axis_tdata_i (out_tdata),
    .axis_tstrb_i (out_tstrb),
    .axis_tkeep_i (out_tkeep),
    .axis_tlast_i (out_tlast),
    .axis_tid_i   (out_tid),
    .axis_tdest_i (out_tdest),
    .axis_tuser_i (out_tuser)
  );

  tb_axis_random u_random ();
  tb_axis_reference u_reference ();
  tb_axis_choice #(.DataWidth(DataWidth)) u_choice ();
  tb_axis_stream_in #(.DataWidth(DataWidth), .DropRest(DropRest)) u_stream_in ();
  tb_axis_stream_out #(.DataWidth(DataWidth)) u_stream_out ();
  tb_axis_plan #(.DataWidth(DataWidth)) u_plan (
    .writer_lost_i(writer_lost),
    .reader_lost_i(reader_lost)
  );
  tb_axis_violation u_violation (.clk_i);

  tb_axis_sequence #(.DataWidth(DataWidth)) u_sequence (
    .clk_i,
    .rst_ni         (rst_n),
    .reset_request_o(reset_request)
  );

endmodule
