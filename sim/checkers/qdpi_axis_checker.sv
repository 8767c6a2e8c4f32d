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

  // The data at bit 0: taken over without shifts.
  typedef struct packed {
    logic                 tlast;
    logic [IdWidth-1:0]   tid;
    logic [DestWidth-1:0] tdest;
    logic [UserWidth-1:0] tuser;
    logic [BusBytes-1:0]  tkeep;
    logic [BusBytes-1:0]  tstrb;
    logic [DataWidth-1:0] tdata;
  } payload_t;

  // Only the one process below writes these, through the functions, and nothing else reads them:
  // verilator lint_off BLKSEQ
  // What puts a broken rule into words is out of line: strings in inlined functions cost Verilator
  // time on every clock.
  // verilator lint_off IMPURE

  // What is broken in this clock; and the signals as they were then, to say so.
  bit [Rules-1:0]         faults;
  payload_t               now;
  logic                   tvalid, tready;

  // One clock ago. The payload only while it waits.
  logic                   old_in_reset, old_waiting;
  payload_t               old;

  // The packet that has begun and not ended.
  bit                     in_packet;
  logic [IdWidth-1:0]     packet_tid;
  logic [DestWidth-1:0]   packet_tdest;
  longint unsigned        packets, packet_beats;
  time                    packet_start, wait_start;
  int unsigned            waited, idled;

  initial u_rules.set_place($sformatf("%m"));

  function automatic void check_reset();
    // At the first edge in reset, TVALID may be from before a reset that is synchronous.
    if (old_in_reset && axis_tvalid_i) faults[rst_ni ? TvalidAfterReset : TvalidInReset] = 1'b1;
  endfunction

  function automatic void check_stable();
    if (!axis_tvalid_i) begin
      faults[TvalidStable] = 1'b1;
    end else begin
      if (axis_tdata_i != old.tdata) faults[TdataStable] = 1'b1;
      if (axis_tstrb_i != old.tstrb) faults[TstrbStable] = 1'b1;
      if (axis_tkeep_i != old.tkeep) faults[TkeepStable] = 1'b1;
      if (axis_tlast_i != old.tlast) faults[TlastStable] = 1'b1;
      if (axis_tid_i != old.tid) faults[TidStable] = 1'b1;
      if (axis_tdest_i != old.tdest) faults[TdestStable] = 1'b1;
      if (axis_tuser_i != old.tuser) faults[TuserStable] = 1'b1;
    end
  endfunction

  function automatic void check_known();
    if ($isunknown(axis_tstrb_i)) faults[TstrbX] = 1'b1;
    if ($isunknown(axis_tkeep_i)) faults[TkeepX] = 1'b1;
    if ($isunknown(axis_tlast_i)) faults[TlastX] = 1'b1;
    if ($isunknown(axis_tid_i)) faults[TidX] = 1'b1;
    if ($isunknown(axis_tdest_i)) faults[TdestX] = 1'b1;
    if ($isunknown(axis_tuser_i)) faults[TuserX] = 1'b1;
    if ($isunknown(axis_tdata_i)) begin
      for (int unsigned i = 0; i < BusBytes; i++) begin
        if (axis_tkeep_i[i] && axis_tstrb_i[i] && $isunknown(axis_tdata_i[8*i+:8])) begin
          faults[TdataX] = 1'b1;
        end
      end
    end
  endfunction

  function automatic void check_payload();
    check_known();
    if ((~axis_tkeep_i & axis_tstrb_i) != 0) faults[TkeepTstrb] = 1'b1;
    if (in_packet && !AllowInterleaving) begin
      if (axis_tid_i != packet_tid) faults[TidInPacket] = 1'b1;
      if (axis_tdest_i != packet_tdest) faults[TdestInPacket] = 1'b1;
    end
  endfunction

  /// A transfer waits, or a packet does; say it once each time.
  function automatic void check_hang();
    if (PacketHangClocks != 0) begin
      idled = in_packet && !axis_tvalid_i ? idled + 1 : 0;
      if (idled == PacketHangClocks) faults[PacketHang] = 1'b1;
    end
    if (!axis_tvalid_i || axis_tready_i || stall_is_fair_i) begin
      waited = 0;
    end else begin
      if (waited == 0) wait_start = $time;
      waited++;
      if (HangClocks != 0 && waited == HangClocks) faults[TreadyHang] = 1'b1;
    end
  endfunction

  /// A transfer takes place.
  function automatic void note_transfer(input logic [IdWidth-1:0] tid,
                                        input logic [DestWidth-1:0] tdest, input logic last);
    // verilator no_inline_task
    if (!in_packet) begin
      packet_tid = tid;
      packet_tdest = tdest;
      packet_beats = 0;
      packet_start = $time;
    end
    packet_beats++;
    if (last) packets++;
    in_packet = !last;
  endfunction

  function automatic void check_clock();
    if ($isunknown(axis_tvalid_i)) faults[TvalidX] = 1'b1;
    // What a receiver answers before TVALID has no meaning yet.
    if (axis_tvalid_i && $isunknown(axis_tready_i)) faults[TreadyX] = 1'b1;
    if (old_waiting) check_stable();
    else if (axis_tvalid_i) check_payload();
    check_hang();
  endfunction

  function automatic void forget();
    // verilator no_inline_task
    in_packet = 1'b0;
    packets = 0;
    waited = 0;
    idled = 0;
  endfunction

  function automatic void remember();
    old_in_reset = !rst_ni;
    old_waiting = rst_ni && axis_tvalid_i && !axis_tready_i;
    if (old_waiting) begin
      old = {axis_tlast_i, axis_tid_i, axis_tdest_i, axis_tuser_i, axis_tkeep_i, axis_tstrb_i,
             axis_tdata_i};
    end
  endfunction

  always @(posedge clk_i) begin
    check_reset();
    if (rst_ni) check_clock();
    // Calls: Verilator 5.006 moves assignments behind calls of functions that read what was assigned,
    // but leaves calls in their order.
    if (faults != '0) begin
      report({axis_tlast_i, axis_tid_i, axis_tdest_i, axis_tuser_i, axis_tkeep_i, axis_tstrb_i,
              axis_tdata_i}, axis_tvalid_i, axis_tready_i);
    end
    if (!rst_ni) forget();
    else if (axis_tvalid_i && axis_tready_i) note_transfer(axis_tid_i, axis_tdest_i, axis_tlast_i);
    remember();
  end

  // ---- What is broken, in words ----------------------------------------------------------------

  function automatic void report(input payload_t at_edge, input logic valid, input logic ready);
    // verilator no_inline_task
    rule_e rule = TvalidStable;
    now = at_edge;
    tvalid = valid;
    tready = ready;
    for (int unsigned i = 0; i < Rules; i++) begin
      rule = rule_e'(i);
      if (faults[i]) u_rules.broken(i, rule.name(), section(rule), values(rule));
    end
    faults = '0;
  endfunction

  /// The packet that is under way.
  function automatic string packet();
    // verilator no_inline_task
    return $sformatf("packet %0d since reset, TID 0x%0h, TDEST 0x%0h, %0d transfers since time %0t",
                     packets, packet_tid, packet_tdest, packet_beats, packet_start);
  endfunction

  /// The signals that show it.
  function automatic string values(input rule_e rule);
    // verilator no_inline_task
    case (rule)
      TvalidStable: return "TVALID fell before TREADY";
      TdataStable: return $sformatf("TDATA was 0x%0h, is 0x%0h", old.tdata, now.tdata);
      TstrbStable: return $sformatf("TSTRB was 0x%0h, is 0x%0h", old.tstrb, now.tstrb);
      TkeepStable: return $sformatf("TKEEP was 0x%0h, is 0x%0h", old.tkeep, now.tkeep);
      TlastStable: return $sformatf("TLAST was %b, is %b", old.tlast, now.tlast);
      TidStable: return $sformatf("TID was 0x%0h, is 0x%0h", old.tid, now.tid);
      TdestStable: return $sformatf("TDEST was 0x%0h, is 0x%0h", old.tdest, now.tdest);
      TuserStable: return $sformatf("TUSER was 0x%0h, is 0x%0h", old.tuser, now.tuser);
      TkeepTstrb: return $sformatf("TKEEP 0x%0h, TSTRB 0x%0h", now.tkeep, now.tstrb);
      TvalidInReset: return "TVALID 1 in reset";
      TvalidAfterReset: return "TVALID 1 at the first clock edge after reset";
      TidInPacket: return $sformatf("TID is 0x%0h in %s", now.tid, packet());
      TdestInPacket: return $sformatf("TDEST is 0x%0h in %s", now.tdest, packet());
      TreadyHang: begin
        return $sformatf(
            "TVALID 1 and TREADY 0 for %0d clocks since time %0t: TID 0x%0h, TDEST 0x%0h, TLAST %b, TDATA 0x%0h, %0d transfers into packet %0d since reset",
            waited, wait_start, now.tid, now.tdest, now.tlast, now.tdata,
            in_packet ? packet_beats : 0, packets);
      end
      PacketHang: return $sformatf("TVALID 0 for %0d clocks inside %s", idled, packet());
      TvalidX: return $sformatf("TVALID is %b", tvalid);
      TreadyX: return $sformatf("TREADY is %b with TVALID 1", tready);
      TdataX: return unknown_byte();
      TstrbX: return $sformatf("TSTRB is %b", now.tstrb);
      TkeepX: return $sformatf("TKEEP is %b", now.tkeep);
      TlastX: return $sformatf("TLAST is %b", now.tlast);
      TidX: return $sformatf("TID is %b", now.tid);
      TdestX: return $sformatf("TDEST is %b", now.tdest);
      default: return $sformatf("TUSER is %b", now.tuser);
    endcase
  endfunction

  function automatic string unknown_byte();
    // verilator no_inline_task
    int unsigned i = 0;
    while (i + 1 < BusBytes
           && !(now.tkeep[i] && now.tstrb[i] && $isunknown(now.tdata[8*i+:8]))) i++;
    return $sformatf("data byte %0d of TDATA is %b", i, now.tdata[8*i+:8]);
  endfunction

endmodule
