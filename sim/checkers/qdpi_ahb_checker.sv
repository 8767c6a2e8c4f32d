// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Protocol checker for one AHB-Lite or AHB5 subordinate's signals (ARM IHI 0033). Simulation only.
///
///   bind my_ahb_device qdpi_ahb_checker #(.AddrWidth(16)) u_checker (
///     .clk_i(hclk), .rst_ni(hresetn), .hsel_i(hsel), ... .hexokay_i(1'b0));
///
/// The rules are in qdpi_ahb_checker_pkg; u_rules counts what was broken. Tie what a bus does not
/// have: HSEL, HREADY to HREADYOUT, HWSTRB to 1, the others to 0.
module qdpi_ahb_checker #(
  /// Bits of HADDR, at most 64.
  parameter int unsigned AddrWidth     = 32,
  /// Bits of HWDATA and HRDATA: 8, 16, ... 1024.
  parameter int unsigned DataWidth     = 32,
  /// Bits of HMASTER.
  parameter int unsigned MasterWidth   = 4,
  /// 1: a burst of fixed length may end early without ERROR, as behind an interconnect.
  parameter bit          AllowEarlyEnd = 1'b1,
  /// Clocks after which a data phase without HREADYOUT hangs. 0: never.
  parameter int unsigned HangClocks    = 10_000
) (
  /// Clock: rising edge.
  input logic                   clk_i,
  /// Reset: active low.
  input logic                   rst_ni,
  /// Select.
  input logic                   hsel_i,
  /// Address.
  input logic [AddrWidth-1:0]   haddr_i,
  /// Transfer type.
  input logic [1:0]             htrans_i,
  /// log2 of the bytes of the transfer.
  input logic [2:0]             hsize_i,
  /// Burst type.
  input logic [2:0]             hburst_i,
  /// Direction: 1 writes.
  input logic                   hwrite_i,
  /// Protection.
  input logic [6:0]             hprot_i,
  /// Locked.
  input logic                   hmastlock_i,
  /// Non-secure.
  input logic                   hnonsec_i,
  /// Exclusive.
  input logic                   hexcl_i,
  /// Manager.
  input logic [MasterWidth-1:0] hmaster_i,
  /// Write data.
  input logic [DataWidth-1:0]   hwdata_i,
  /// Write strobes.
  input logic [DataWidth/8-1:0] hwstrb_i,
  /// Ready of the whole bus.
  input logic                   hready_i,
  /// Ready of this subordinate.
  input logic                   hreadyout_i,
  /// Response: 1 is ERROR.
  input logic                   hresp_i,
  /// Read data.
  input logic [DataWidth-1:0]   hrdata_i,
  /// Exclusive transfer done as such.
  input logic                   hexokay_i
);
  import qdpi_ahb_checker_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  /// What has to be the same in a whole burst.
  typedef struct packed {
    logic                   write;
    logic [2:0]             size;
    logic [2:0]             burst;
    logic [6:0]             prot;
    logic                   mastlock;
    logic                   nonsec;
    logic                   excl;
    logic [MasterWidth-1:0] master;
  } control_t;

  // Written by the functions, which the one process below calls.
  // verilator lint_off BLKSEQ
  control_t               now;           // this clock's
  // The last clock.
  bit                     was_waited;    // HREADY was low
  bit                     was_selected;
  bit                     was_error;     // the first clock of ERROR
  logic [1:0]             last_trans;
  logic [AddrWidth-1:0]   last_address;
  control_t               last_control;
  // The burst whose last accepted beat came from this manager; beats is 0: there is none.
  int unsigned            beats;
  int unsigned            length;        // 0: not defined
  longint unsigned        burst_start;
  longint unsigned        next;
  control_t               burst;
  bit                     burst_failed;  // a beat got ERROR
  bit                     is_busy;       // BUSY was the last that came
  // The data phase.
  bit                     in_data;
  bit                     after_idle;    // IDLE or BUSY is to be answered
  bit                     is_first;
  logic [63:0]            data_address;
  logic                   data_is_write;
  logic                   data_is_exclusive;
  logic [2:0]             data_size;
  logic [DataWidth-1:0]   write_data;
  logic [BusBytes-1:0]    strobes;
  int unsigned            clocks;
  int unsigned            reset_clocks;

  qdpi_rule_log #(
    .Rules(Rules)
  ) u_rules ();

  initial u_rules.set_place($sformatf("%m"));

  function automatic void broken(input rule_e rule, input string values);
    u_rules.broken(rule, rule.name(), section(rule), values);
  endfunction

  function automatic string direction(input logic is_write);
    if (is_write) return "write";
    return "read";
  endfunction

  /// The transfer in its address phase, for messages.
  function automatic string address_phase();
    trans_e trans = trans_e'(htrans_i);
    burst_e kind = burst_e'(hburst_i);
    return $sformatf("%s %s at 0x%0h, HBURST %s, HSIZE %0d, HREADY %b", trans.name(),
                     direction(hwrite_i), haddr_i, kind.name(), hsize_i, hready_i);
  endfunction

  /// The transfer in its data phase, for messages.
  function automatic string data_phase();
    return $sformatf("%s at 0x%0h, HSIZE %0d: HREADYOUT %b, HRESP %b, HEXOKAY %b",
                     direction(data_is_write), data_address, data_size,
                     hreadyout_i, hresp_i, hexokay_i);
  endfunction

  // ---- Address phase ---------------------------------------------------------------------------

  /// HREADY was low in the last clock: what may have changed since. False if a rule was broken.
  function automatic bit check_waited();
    bit    may_change;
    rule_e rule;
    if (htrans_i == last_trans) begin
      if (htrans_i == TransIdle) return 1'b1;
      if (haddr_i != last_address) begin
        broken(AddressStable, $sformatf("%s; HADDR was %0h", address_phase(), last_address));
        return 1'b0;
      end
      if (now != last_control) begin
        broken(ControlStable, $sformatf("%s; HWRITE, HSIZE, HBURST ... were %h, are %h",
                                        address_phase(), last_control, now));
        return 1'b0;
      end
      return 1'b1;
    end
    case (last_trans)
      TransIdle: begin
        rule = IdleChange;
        may_change = htrans_i == TransNonSeq;
      end
      TransBusy: begin
        rule = BusyChange;
        may_change = was_error || htrans_i == TransSeq || length == 0;
      end
      default: begin
        rule = TransferHeld;
        may_change = was_error && htrans_i == TransIdle;
      end
    endcase
    if (may_change) return 1'b1;
    broken(rule, $sformatf("%s; HTRANS was %b", address_phase(), last_trans));
    beats = 0;
    return 1'b0;
  endfunction

  /// A burst is over: NONSEQ or IDLE follows it.
  function automatic void check_end();
    if (beats == 0 || beats >= length || burst_failed || was_error) return;
    if (is_busy) broken(BusyAtEnd, $sformatf("%s after BUSY and %0d of %0d beats", address_phase(),
                                             beats, length));
    else if (!AllowEarlyEnd) begin
      broken(BurstTooShort, $sformatf("%s after %0d of %0d beats", address_phase(), beats, length));
    end
  endfunction

  function automatic void check_start();
    longint unsigned bytes = 64'd1 << hsize_i;
    longint unsigned last = 64'(haddr_i) + 64'(burst_beats(hburst_i)) * bytes - 64'd1;
    if (bytes > 64'(BusBytes)) begin
      broken(Size, $sformatf("%s on %0d bits", address_phase(), DataWidth));
    end else if ((64'(haddr_i) & (bytes - 64'd1)) != 0) begin
      broken(Alignment, address_phase());
    end else if (!is_wrapping(hburst_i) && hburst_i != BurstIncr
             && (last >> 10) != (64'(haddr_i) >> 10)) begin
      broken(Boundary, $sformatf("%s would end at 0x%0h", address_phase(), last));
    end
    if (hexcl_i && !(hburst_i inside {BurstSingle, BurstIncr})) begin
      broken(ExclusiveSingle, address_phase());
    end
  endfunction

  /// SEQ or BUSY.
  function automatic void check_continuation();
    if (beats == 0) begin
      broken(SeqInBurst, address_phase());
      return;
    end
    if (length != 0 && beats >= length) begin
      broken(htrans_i == TransSeq ? BurstTooLong : BusyAtEnd,
             $sformatf("%s after %0d beats", address_phase(), beats));
      return;
    end
    if (now != burst) begin
      broken(BurstControl, $sformatf("%s; HWRITE, HSIZE, HBURST ... were %h, are %h",
                                     address_phase(), burst, now));
    end else if (haddr_i != AddrWidth'(next)) begin
      broken(BurstAddress, $sformatf("%s, must be 0x%0h", address_phase(), AddrWidth'(next)));
    end else if (htrans_i == TransSeq && length == 0 && (next >> 10) != (burst_start >> 10)) begin
      broken(Boundary, $sformatf("%s, the burst started at 0x%0h", address_phase(), burst_start));
    end
    if (htrans_i == TransSeq && hexcl_i) broken(ExclusiveSingle, address_phase());
  endfunction

  function automatic void check_address_phase();
    bit is_new = !was_waited || !was_selected || htrans_i != last_trans;
    // Not in one condition: not every simulator leaves out the right side of && when it is a call.
    if (was_waited && was_selected) begin
      if (!check_waited()) is_new = 1'b0;
    end
    if (is_new) begin
      case (htrans_i)
        TransIdle: check_end();
        TransNonSeq: begin
          check_end();
          check_start();
        end
        default: check_continuation();
      endcase
    end
    is_busy = htrans_i == TransBusy;
  endfunction

  /// HREADY is high: the transfer goes to its data phase.
  function automatic void accept();
    in_data = hsel_i && htrans_i[1];
    after_idle = hsel_i && !htrans_i[1];
    is_first = 1'b1;
    clocks = 0;
    if (!hsel_i || htrans_i == TransIdle) begin
      beats = 0;
      return;
    end
    if (htrans_i == TransBusy) return;
    data_address = 64'(haddr_i);
    data_is_write = hwrite_i;
    data_is_exclusive = hexcl_i;
    data_size = hsize_i;
    next = next_address(64'(haddr_i), hsize_i, hburst_i);
    if (htrans_i == TransNonSeq || beats == 0) begin
      beats = 1;
      length = burst_beats(hburst_i);
      burst_start = 64'(haddr_i);
      burst_failed = 1'b0;
    end else begin
      beats++;
    end
    burst = now;
  endfunction

  // ---- Data phase ------------------------------------------------------------------------------

  /// The lanes that the transfer moves.
  function automatic logic [BusBytes-1:0] lanes();
    logic [BusBytes-1:0] mask = '0;
    int unsigned first = data_address[31:0] & (BusBytes - 1);
    for (int unsigned lane = 0; lane < BusBytes; lane++) begin
      mask[lane] = lane >= first && lane < first + (32'd1 << data_size);
    end
    return mask;
  endfunction

  function automatic void check_write_data();
    logic [BusBytes-1:0] written = lanes() & hwstrb_i;
    if (!is_first) begin
      if (hwstrb_i != strobes) begin
        broken(StrobesStable, $sformatf("%s; HWSTRB was %b, is now %b", data_phase(), strobes,
                                        hwstrb_i));
      end
      for (int unsigned lane = 0; lane < BusBytes; lane++) begin
        if (written[lane] && hwdata_i[8*lane+:8] != write_data[8*lane+:8]) begin
          broken(WriteDataStable, $sformatf("%s; HWDATA was %h, is now %h", data_phase(),
                                            write_data, hwdata_i));
          break;
        end
      end
    end
    write_data = hwdata_i;
    strobes = hwstrb_i;
  endfunction

  function automatic void check_response();
    if (hready_i != hreadyout_i) broken(ReadyIsReadyOut, data_phase());
    if (was_error) begin
      if (!hresp_i || !hreadyout_i) broken(ErrorSecond, data_phase());
    end else if (hresp_i && hreadyout_i) begin
      broken(ErrorFirst, data_phase());
    end
    if (hresp_i) burst_failed = 1'b1;
  endfunction

  function automatic void check_data_phase();
    if (hexokay_i && (!in_data || !data_is_exclusive || !hreadyout_i || hresp_i)) begin
      broken(ExclusiveAnswer, data_phase());
    end
    if (after_idle && (!hreadyout_i || hresp_i)) begin
      broken(IdleAnswer, $sformatf("HREADYOUT %b, HRESP %b", hreadyout_i, hresp_i));
    end
    after_idle = 1'b0;
    if (!in_data) return;
    if (data_is_write) check_write_data();
    check_response();
    clocks++;
    if (HangClocks != 0 && clocks == HangClocks && !hreadyout_i) begin
      broken(Hang, $sformatf("%s for %0d clocks", data_phase(), clocks));
    end
    is_first = 1'b0;
  endfunction

  // ---- X and Z ---------------------------------------------------------------------------------

  /// Whether one of the `used` lanes of `data` is X or Z.
  function automatic bit has_unknown(input logic [DataWidth-1:0] data,
                                     input logic [BusBytes-1:0] used);
    for (int unsigned lane = 0; lane < BusBytes; lane++) begin
      if (used[lane] && $isunknown(data[8*lane+:8])) return 1'b1;
    end
    return 1'b0;
  endfunction

  function automatic void check_known();
    if ($isunknown({hsel_i, hready_i}) || (hsel_i && $isunknown(htrans_i))) begin
      broken(ControlKnown, $sformatf("HSEL %b, HTRANS %b, HREADY %b", hsel_i, htrans_i, hready_i));
    end
    if ((hsel_i && htrans_i != TransIdle && $isunknown({haddr_i, now}))
        || (in_data && data_is_write
            && ($isunknown(hwstrb_i) || has_unknown(hwdata_i, lanes() & hwstrb_i)))) begin
      broken(PayloadKnown, $sformatf("%s, HWDATA %h, HWSTRB %b", address_phase(), hwdata_i,
                                     hwstrb_i));
    end
    if (in_data && ($isunknown({hreadyout_i, hresp_i, hexokay_i})
                    || (hreadyout_i && !hresp_i && !data_is_write
                        && has_unknown(hrdata_i, lanes())))) begin
      broken(ResponseKnown, $sformatf("%s, HRDATA %h", data_phase(), hrdata_i));
    end
  endfunction

  function automatic void check_clock();
    now = {hwrite_i, hsize_i, hburst_i, hprot_i, hmastlock_i, hnonsec_i, hexcl_i, hmaster_i};
    check_known();
    check_data_phase();
    if (hsel_i) check_address_phase();
    was_error = in_data && hresp_i && !hreadyout_i;
    if (hready_i) accept();
    was_waited = !hready_i;
    was_selected = hsel_i;
    last_trans = htrans_i;
    last_address = haddr_i;
    last_control = now;
    reset_clocks = 0;
  endfunction

  /// From the second clock of reset on: a reset may be synchronous.
  function automatic void check_reset();
    if (reset_clocks == 2) begin
      if (htrans_i != TransIdle) broken(ResetIdle, address_phase());
      if (!hreadyout_i) broken(ResetReady, $sformatf("HREADYOUT %b", hreadyout_i));
    end
    reset_clocks++;
    beats = 0;
    in_data = 1'b0;
    after_idle = 1'b0;
    was_waited = 1'b0;
    was_error = 1'b0;
    is_busy = 1'b0;
  endfunction

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) check_reset();
    else check_clock();
  end

endmodule
