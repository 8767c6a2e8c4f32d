// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Checks one AXI-Stream interface against the rules of qdpi_axis_checker_pkg and gives $error for
/// each that is broken. It only looks, so it can be bound to any stream:
///
///   bind my_mac qdpi_axis_checker #(.DataWidth(64)) u_tx_checker (
///     .clk_i(clk), .rst_ni(rst_n), .stall_is_fair_i(1'b0),
///     .axis_tvalid_i(tx_tvalid), .axis_tready_i(tx_tready), ...);
///
/// A stream without TSTRB gives TKEEP for it, one without TKEEP '1, one without TLAST 1'b0 (1'b1 if
/// each transfer is a packet), one without another signal a constant.
module qdpi_axis_checker #(
  /// Bits of TDATA, a multiple of 8.
  parameter int unsigned DataWidth         = 64,
  /// Bits of TID, at least 1.
  parameter int unsigned IdWidth           = 1,
  /// Bits of TDEST, at least 1.
  parameter int unsigned DestWidth         = 1,
  /// Bits of TUSER, at least 1.
  parameter int unsigned UserWidth         = 1,
  /// 1: TID and TDEST may change inside a packet.
  parameter bit          AllowInterleaving = 1'b0,
  /// Clocks that a transfer may wait for TREADY; 0: for ever.
  parameter int unsigned HangClocks        = 10_000,
  /// Clocks that may pass inside a packet without TVALID; 0: any number.
  parameter int unsigned PacketHangClocks  = 0
) (
  /// Clock: rising edge.
  input logic                   clk_i,
  /// Reset: active low.
  input logic                   rst_ni,
  /// The receiver has a good reason to wait, which is no hang.
  input logic                   stall_is_fair_i,
  /// Valid.
  input logic                   axis_tvalid_i,
  /// Ready.
  input logic                   axis_tready_i,
  /// Data.
  input logic [DataWidth-1:0]   axis_tdata_i,
  /// Which bytes are data, of those with TKEEP.
  input logic [DataWidth/8-1:0] axis_tstrb_i,
  /// Which bytes are not null.
  input logic [DataWidth/8-1:0] axis_tkeep_i,
  /// The packet ends.
  input logic                   axis_tlast_i,
  /// Identifier.
  input logic [IdWidth-1:0]     axis_tid_i,
  /// Destination.
  input logic [DestWidth-1:0]   axis_tdest_i,
  /// User signal.
  input logic [UserWidth-1:0]   axis_tuser_i
);
  import qdpi_axis_checker_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  qdpi_rule_log #(
    .Rules(Rules)
  ) u_rules ();

  // Only the one process below writes these, through the functions, and nothing else reads them:
  // verilator lint_off BLKSEQ

  // The signals one clock ago.
  logic                   old_in_reset, old_waiting;
  logic [DataWidth-1:0]   old_tdata;
  logic [BusBytes-1:0]    old_tstrb, old_tkeep;
  logic                   old_tlast;
  logic [IdWidth-1:0]     old_tid;
  logic [DestWidth-1:0]   old_tdest;
  logic [UserWidth-1:0]   old_tuser;

  // The packet that has begun and not ended.
  bit                     in_packet;
  logic [IdWidth-1:0]     packet_tid;
  logic [DestWidth-1:0]   packet_tdest;
  longint unsigned        packets, packet_beats;
  time                    packet_start, wait_start;
  int unsigned            waited, idled;

  initial u_rules.set_place($sformatf("%m"));

  /// `rule` has been broken, as `values` show.
  function automatic void broken(input rule_e rule, input string values);
    u_rules.broken(32'(rule), rule.name(), section(rule), values);
  endfunction

  /// The packet that is under way.
  function automatic string packet();
    return $sformatf("packet %0d since reset, TID 0x%0h, TDEST 0x%0h, %0d transfers since time %0t",
                     packets, packet_tid, packet_tdest, packet_beats, packet_start);
  endfunction

  function automatic void check_reset();
    if (!rst_ni) begin
      // At the first edge in reset, TVALID may be from before a reset that is synchronous.
      if (old_in_reset && axis_tvalid_i) broken(TvalidInReset, "TVALID 1 in reset");
    end else if (old_in_reset && axis_tvalid_i) begin
      broken(TvalidAfterReset, "TVALID 1 at the first clock edge after reset");
    end
  endfunction

  function automatic void check_stable();
    if (!axis_tvalid_i) broken(TvalidStable, "TVALID fell before TREADY");
    if (!axis_tvalid_i) return;
    if (axis_tdata_i != old_tdata) begin
      broken(TdataStable, $sformatf("TDATA was 0x%0h, is 0x%0h", old_tdata, axis_tdata_i));
    end
    if (axis_tstrb_i != old_tstrb) begin
      broken(TstrbStable, $sformatf("TSTRB was 0x%0h, is 0x%0h", old_tstrb, axis_tstrb_i));
    end
    if (axis_tkeep_i != old_tkeep) begin
      broken(TkeepStable, $sformatf("TKEEP was 0x%0h, is 0x%0h", old_tkeep, axis_tkeep_i));
    end
    if (axis_tlast_i != old_tlast) begin
      broken(TlastStable, $sformatf("TLAST was %b, is %b", old_tlast, axis_tlast_i));
    end
    if (axis_tid_i != old_tid) begin
      broken(TidStable, $sformatf("TID was 0x%0h, is 0x%0h", old_tid, axis_tid_i));
    end
    if (axis_tdest_i != old_tdest) begin
      broken(TdestStable, $sformatf("TDEST was 0x%0h, is 0x%0h", old_tdest, axis_tdest_i));
    end
    if (axis_tuser_i != old_tuser) begin
      broken(TuserStable, $sformatf("TUSER was 0x%0h, is 0x%0h", old_tuser, axis_tuser_i));
    end
  endfunction

  function automatic void check_known();
    if ($isunknown(axis_tstrb_i)) broken(TstrbX, $sformatf("TSTRB is %b", axis_tstrb_i));
    if ($isunknown(axis_tkeep_i)) broken(TkeepX, $sformatf("TKEEP is %b", axis_tkeep_i));
    if ($isunknown(axis_tlast_i)) broken(TlastX, $sformatf("TLAST is %b", axis_tlast_i));
    if ($isunknown(axis_tid_i)) broken(TidX, $sformatf("TID is %b", axis_tid_i));
    if ($isunknown(axis_tdest_i)) broken(TdestX, $sformatf("TDEST is %b", axis_tdest_i));
    if ($isunknown(axis_tuser_i)) broken(TuserX, $sformatf("TUSER is %b", axis_tuser_i));
    if (!$isunknown(axis_tdata_i)) return;
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (axis_tkeep_i[i] && axis_tstrb_i[i] && $isunknown(axis_tdata_i[8*i+:8])) begin
        broken(TdataX, $sformatf("data byte %0d of TDATA is %b", i, axis_tdata_i[8*i+:8]));
        return;
      end
    end
  endfunction

  function automatic void check_payload();
    if (!old_waiting) check_known();
    if (!old_waiting && (~axis_tkeep_i & axis_tstrb_i) != 0) begin
      broken(TkeepTstrb, $sformatf("TKEEP 0x%0h, TSTRB 0x%0h", axis_tkeep_i, axis_tstrb_i));
    end
    if (old_waiting || !in_packet || AllowInterleaving) return;
    if (axis_tid_i != packet_tid) begin
      broken(TidInPacket, $sformatf("TID is 0x%0h in %s", axis_tid_i, packet()));
    end
    if (axis_tdest_i != packet_tdest) begin
      broken(TdestInPacket, $sformatf("TDEST is 0x%0h in %s", axis_tdest_i, packet()));
    end
  endfunction

  /// A transfer waits, or a packet does; say it once each time.
  function automatic void check_hang();
    idled = in_packet && !axis_tvalid_i ? idled + 1 : 0;
    if (PacketHangClocks != 0 && idled == PacketHangClocks) begin
      broken(PacketHang, $sformatf("TVALID 0 for %0d clocks inside %s", idled, packet()));
    end
    if (!axis_tvalid_i || axis_tready_i || stall_is_fair_i) begin
      waited = 0;
      return;
    end
    if (waited == 0) wait_start = $time;
    waited++;
    if (HangClocks != 0 && waited == HangClocks) begin
      broken(TreadyHang, $sformatf(
             "TVALID 1 and TREADY 0 for %0d clocks since time %0t: TID 0x%0h, TDEST 0x%0h, TLAST %b, TDATA 0x%0h, %0d transfers into packet %0d since reset",
             waited, wait_start, axis_tid_i, axis_tdest_i, axis_tlast_i, axis_tdata_i,
             in_packet ? packet_beats : 0, packets));
    end
  endfunction

  /// A transfer takes place.
  function automatic void note_transfer();
    if (!in_packet) begin
      packet_tid = axis_tid_i;
      packet_tdest = axis_tdest_i;
      packet_beats = 0;
      packet_start = $time;
    end
    packet_beats++;
    if (axis_tlast_i) packets++;
    in_packet = !axis_tlast_i;
  endfunction

  function automatic void check_clock();
    if ($isunknown(axis_tvalid_i)) broken(TvalidX, $sformatf("TVALID is %b", axis_tvalid_i));
    // What a receiver answers before TVALID has no meaning yet.
    if (axis_tvalid_i && $isunknown(axis_tready_i)) begin
      broken(TreadyX, $sformatf("TREADY is %b with TVALID 1", axis_tready_i));
    end
    if (old_waiting) check_stable();
    if (axis_tvalid_i) check_payload();
    check_hang();
    if (axis_tvalid_i && axis_tready_i) note_transfer();
  endfunction

  function automatic void forget();
    in_packet = 1'b0;
    packets = 0;
    waited = 0;
    idled = 0;
  endfunction

  function automatic void remember();
    old_in_reset = !rst_ni;
    old_waiting = rst_ni && axis_tvalid_i && !axis_tready_i;
    old_tdata = axis_tdata_i;
    old_tstrb = axis_tstrb_i;
    old_tkeep = axis_tkeep_i;
    old_tlast = axis_tlast_i;
    old_tid = axis_tid_i;
    old_tdest = axis_tdest_i;
    old_tuser = axis_tuser_i;
  endfunction

  always @(posedge clk_i) begin
    check_reset();
    if (rst_ni) check_clock();
    else forget();
    remember();
  end

  // ---- For tests -------------------------------------------------------------------------------

  /// A test is going to break `rule`: say it without $error.
  function automatic void tolerate(input rule_e rule);
    u_rules.tolerate(32'(rule));
  endfunction

  /// From now on every broken rule is an error.
  function automatic void tolerate_none();
    u_rules.tolerate_none();
  endfunction

  /// How often `rule` was broken.
  function automatic int unsigned count(input rule_e rule);
    return u_rules.count(32'(rule));
  endfunction

  /// How often any rule was broken.
  function automatic int unsigned total();
    return u_rules.total();
  endfunction

  /// The last message; "" if there was none.
  function automatic string last_message();
    return u_rules.last_message();
  endfunction

endmodule
