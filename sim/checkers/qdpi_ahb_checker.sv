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

  /// All that a message may tell of.
  typedef struct packed {
    logic                   sel;
    logic [1:0]             trans;
    logic [AddrWidth-1:0]   address;
    control_t               control;
    logic                   ready;
    logic                   readyout;
    logic                   resp;
    logic                   exokay;
    logic [BusBytes-1:0]    wstrb;
    logic [DataWidth-1:0]   wdata;
    logic [DataWidth-1:0]   rdata;
    logic [1:0]             last_trans;
    logic [AddrWidth-1:0]   last_address;
    control_t               last_control;
    int unsigned            beats;
    int unsigned            length;
    longint unsigned        burst_start;
    logic [AddrWidth-1:0]   next;
    control_t               burst;
    logic [63:0]            data_address;
    logic                   data_is_write;
    logic [2:0]             data_size;
    logic [DataWidth-1:0]   write_data;
    logic [BusBytes-1:0]    strobes;
    int unsigned            clocks;
  } scene_t;

  // Written by the functions, which the one process below calls.
  // verilator lint_off BLKSEQ
  // What puts a broken rule into words is out of line, and told all it needs: strings in inlined
  // functions cost Verilator time on every clock, and it does not see what others read.
  // verilator lint_off IMPURE
  bit [Rules-1:0]         faults;        // the rules broken in this clock
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
  bit                     idle_told, ready_told;  // in this reset

  qdpi_rule_log #(
    .Rules(Rules)
  ) u_rules ();

  initial u_rules.set_place($sformatf("%m"));

  /// Say what is broken.
  function automatic void tell();
    if (faults != '0) begin
      report('{sel: hsel_i, trans: htrans_i, address: haddr_i, control: now, ready: hready_i,
               readyout: hreadyout_i, resp: hresp_i, exokay: hexokay_i, wstrb: hwstrb_i,
               wdata: hwdata_i, rdata: hrdata_i, last_trans: last_trans,
               last_address: last_address, last_control: last_control, beats: beats,
               length: length, burst_start: burst_start, next: AddrWidth'(next), burst: burst,
               data_address: data_address, data_is_write: data_is_write, data_size: data_size,
               write_data: write_data, strobes: strobes, clocks: clocks}, faults);
      faults = '0;
    end
  endfunction

  function automatic string direction(input logic is_write);
    // verilator no_inline_task
    if (is_write) return "write";
    return "read";
  endfunction

  function automatic void report(input scene_t s, input bit [Rules-1:0] which);
    // verilator no_inline_task
    trans_e trans = trans_e'(s.trans);
    burst_e kind = burst_e'(s.control.burst);
    rule_e  rule = AddressStable;
    string  values = "";
    // The transfers in their address and data phases.
    string  asked = $sformatf("%s %s at 0x%0h, HBURST %s, HSIZE %0d, HREADY %b", trans.name(),
                              direction(s.control.write), s.address, kind.name(),
                              s.control.size, s.ready);
    string  moved = $sformatf("%s at 0x%0h, HSIZE %0d: HREADYOUT %b, HRESP %b, HEXOKAY %b",
                              direction(s.data_is_write), s.data_address, s.data_size,
                              s.readyout, s.resp, s.exokay);
    for (int unsigned i = 0; i < Rules; i++) begin
      rule = rule_e'(i);
      case (rule)
        AddressStable: values = $sformatf("%s; HADDR was %0h", asked, s.last_address);
        ControlStable, BurstControl: begin
          values = $sformatf("%s; HWRITE, HSIZE, HBURST ... were %h, are %h", asked,
                             rule == ControlStable ? s.last_control : s.burst, s.control);
        end
        IdleChange, BusyChange, TransferHeld: begin
          values = $sformatf("%s; HTRANS was %b", asked, s.last_trans);
        end
        BusyAtEnd, BurstTooLong, BurstTooShort: begin
          // BUSY or SEQ after a burst; or the end of one that has more to come.
          if (s.trans[0]) begin
            values = $sformatf("%s after %0d beats", asked, s.beats);
          end else begin
            values = $sformatf("%0d of %0d beats", s.beats, s.length);
            if (rule == BusyAtEnd) values = {"BUSY and ", values};
            values = {asked, " after ", values};
          end
        end
        Size: values = $sformatf("%s on %0d bits", asked, DataWidth);
        Boundary: begin
          if (s.trans[0]) begin
            values = $sformatf("%s, the burst started at 0x%0h", asked, s.burst_start);
          end else begin
            values = $sformatf("%s would end at 0x%0h", asked,
                               last_byte(64'(s.address), s.control.size, s.control.burst));
          end
        end
        BurstAddress: values = $sformatf("%s, must be 0x%0h", asked, s.next);
        StrobesStable: begin
          values = $sformatf("%s; HWSTRB was %b, is now %b", moved, s.strobes, s.wstrb);
        end
        WriteDataStable: begin
          values = $sformatf("%s; HWDATA was %h, is now %h", moved, s.write_data, s.wdata);
        end
        ReadyIsReadyOut, ErrorSecond, ErrorFirst, ExclusiveAnswer: values = moved;
        IdleAnswer: values = $sformatf("HREADYOUT %b, HRESP %b", s.readyout, s.resp);
        ResetReady: values = $sformatf("HREADYOUT %b", s.readyout);
        ControlKnown: begin
          values = $sformatf("HSEL %b, HTRANS %b, HREADY %b", s.sel, s.trans, s.ready);
        end
        PayloadKnown: values = $sformatf("%s, HWDATA %h, HWSTRB %b", asked, s.wdata, s.wstrb);
        ResponseKnown: values = $sformatf("%s, HRDATA %h", moved, s.rdata);
        Hang: values = $sformatf("%s for %0d clocks", moved, s.clocks);
        default: values = asked;
      endcase
      if (which[i]) u_rules.broken(rule, rule.name(), section(rule), values);
    end
  endfunction

  /// The last byte of a burst of fixed length, were it all in one direction.
  function automatic longint unsigned last_byte(input longint unsigned address,
                                                input logic [2:0] size, input logic [2:0] kind);
    return address + (64'(burst_beats(kind)) << size) - 64'd1;
  endfunction

  // ---- Address phase ---------------------------------------------------------------------------

  /// HREADY was low in the last clock: what may have changed since. False if a rule was broken.
  function automatic bit check_waited();
    if (htrans_i == last_trans) begin
      if (htrans_i == TransIdle) return 1'b1;
      if (haddr_i != last_address) begin
        faults[AddressStable] = 1'b1;
        return 1'b0;
      end
      if (now != last_control) begin
        faults[ControlStable] = 1'b1;
        return 1'b0;
      end
      return 1'b1;
    end
    case (last_trans)
      TransIdle: begin
        if (htrans_i == TransNonSeq) return 1'b1;
        faults[IdleChange] = 1'b1;
      end
      TransBusy: begin
        if (was_error || htrans_i == TransSeq || length == 0) return 1'b1;
        faults[BusyChange] = 1'b1;
      end
      default: begin
        // Of another subordinate's ERROR this one sees HREADY alone, which is high in its second clock.
        if (htrans_i == TransIdle && (was_error || (!in_data && hready_i))) return 1'b1;
        faults[TransferHeld] = 1'b1;
      end
    endcase
    beats = 0;
    return 1'b0;
  endfunction

  /// A burst is over: NONSEQ or IDLE follows it.
  function automatic void check_end();
    if (beats == 0 || beats >= length || burst_failed || was_error) return;
    if (is_busy) faults[BusyAtEnd] = 1'b1;
    else if (!AllowEarlyEnd) faults[BurstTooShort] = 1'b1;
  endfunction

  function automatic void check_start();
    longint unsigned bytes = 64'd1 << hsize_i;
    if (bytes > 64'(BusBytes)) begin
      faults[Size] = 1'b1;
    end else if ((64'(haddr_i) & (bytes - 64'd1)) != 0) begin
      faults[Alignment] = 1'b1;
    end else if (hburst_i inside {BurstSingle, BurstIncr4, BurstIncr8, BurstIncr16}) begin
      if ((last_byte(64'(haddr_i), hsize_i, hburst_i) >> 10) != (64'(haddr_i) >> 10)) begin
        faults[Boundary] = 1'b1;
      end
    end
    if (hexcl_i && !(hburst_i inside {BurstSingle, BurstIncr})) faults[ExclusiveSingle] = 1'b1;
  endfunction

  /// SEQ or BUSY.
  function automatic void check_continuation();
    if (beats == 0) begin
      faults[SeqInBurst] = 1'b1;
      return;
    end
    if (length != 0 && beats >= length) begin
      if (htrans_i == TransSeq) faults[BurstTooLong] = 1'b1;
      else faults[BusyAtEnd] = 1'b1;
      return;
    end
    if (now != burst) begin
      faults[BurstControl] = 1'b1;
    end else if (haddr_i != AddrWidth'(next)) begin
      faults[BurstAddress] = 1'b1;
    end else if (htrans_i == TransSeq && length == 0 && (next >> 10) != (burst_start >> 10)) begin
      faults[Boundary] = 1'b1;
    end
    if (htrans_i == TransSeq && hexcl_i) faults[ExclusiveSingle] = 1'b1;
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
    return ((BusBytes'(1) << (32'd1 << data_size)) - BusBytes'(1))
        << (data_address[31:0] & (BusBytes - 1));
  endfunction

  /// Whether a bit in one of the `used` lanes is 1.
  function automatic bit any_lane(input logic [DataWidth-1:0] data,
                                  input logic [BusBytes-1:0] used);
    // verilator no_inline_task
    for (int unsigned lane = 0; lane < BusBytes; lane++) begin
      if (used[lane] && data[8*lane+:8] != 8'd0) return 1'b1;
    end
    return 1'b0;
  endfunction

  function automatic void check_write_data();
    if (is_first) return;
    if (hwstrb_i != strobes) faults[StrobesStable] = 1'b1;
    if (hwdata_i != write_data) begin
      if (any_lane(hwdata_i ^ write_data, lanes() & hwstrb_i)) faults[WriteDataStable] = 1'b1;
    end
  endfunction

  function automatic void check_response();
    if (hready_i != hreadyout_i) faults[ReadyIsReadyOut] = 1'b1;
    if (was_error) begin
      if (!hresp_i || !hreadyout_i) faults[ErrorSecond] = 1'b1;
    end else if (hresp_i && hreadyout_i) begin
      faults[ErrorFirst] = 1'b1;
    end
    if (hresp_i) burst_failed = 1'b1;
  endfunction

  function automatic void check_data_phase();
    if (hexokay_i && (!in_data || !data_is_exclusive || !hreadyout_i || hresp_i)) begin
      faults[ExclusiveAnswer] = 1'b1;
    end
    if (after_idle && (!hreadyout_i || hresp_i)) faults[IdleAnswer] = 1'b1;
    after_idle = 1'b0;
    if (!in_data) return;
    if (data_is_write) check_write_data();
    check_response();
    clocks++;
    if (HangClocks != 0 && clocks == HangClocks && !hreadyout_i) faults[Hang] = 1'b1;
    is_first = 1'b0;
  endfunction

  // ---- X and Z ---------------------------------------------------------------------------------

  /// Whether one of the `used` lanes of `data` is X or Z.
  function automatic bit has_unknown(input logic [DataWidth-1:0] data,
                                     input logic [BusBytes-1:0] used);
    // verilator no_inline_task
    for (int unsigned lane = 0; lane < BusBytes; lane++) begin
      if (used[lane] && $isunknown(data[8*lane+:8])) return 1'b1;
    end
    return 1'b0;
  endfunction

  function automatic void check_known();
    if ($isunknown({hsel_i, hready_i}) || (hsel_i && $isunknown(htrans_i))) begin
      faults[ControlKnown] = 1'b1;
    end
    if (hsel_i && htrans_i != TransIdle && $isunknown({haddr_i, now})) faults[PayloadKnown] = 1'b1;
    // The lanes, only if that has to be: simulators with two states then drop it.
    if ($isunknown({hwstrb_i, hwdata_i})) begin
      if (in_data && data_is_write
          && ($isunknown(hwstrb_i) || has_unknown(hwdata_i, lanes() & hwstrb_i))) begin
        faults[PayloadKnown] = 1'b1;
      end
    end
    if (in_data && $isunknown({hreadyout_i, hresp_i, hexokay_i})) faults[ResponseKnown] = 1'b1;
    if ($isunknown(hrdata_i)) begin
      if (in_data && hreadyout_i && !hresp_i && !data_is_write && has_unknown(hrdata_i, lanes()))
      begin
        faults[ResponseKnown] = 1'b1;
      end
    end
  endfunction

  /// Remember what this clock showed.
  function automatic void follow();
    if (in_data && data_is_write) begin
      write_data = hwdata_i;
      strobes = hwstrb_i;
    end
    was_error = in_data && hresp_i && !hreadyout_i;
    if (hready_i) accept();
    was_waited = !hready_i;
    was_selected = hsel_i;
    last_trans = htrans_i;
    last_address = haddr_i;
    last_control = now;
    reset_clocks = 0;
  endfunction

  /// From the second clock of reset on: a reset may be synchronous. Once in each reset.
  function automatic void check_reset();
    if (reset_clocks == 0) begin
      idle_told = 1'b0;
      ready_told = 1'b0;
    end
    if (reset_clocks >= 2) begin
      if (htrans_i != TransIdle && !idle_told) faults[ResetIdle] = 1'b1;
      if (!hreadyout_i && !ready_told) faults[ResetReady] = 1'b1;
      idle_told |= faults[ResetIdle];
      ready_told |= faults[ResetReady];
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
    now = {hwrite_i, hsize_i, hburst_i, hprot_i, hmastlock_i, hnonsec_i, hexcl_i, hmaster_i};
    if (!rst_ni) begin
      check_reset();
      tell();
    end else begin
      check_known();
      check_data_phase();
      if (hsel_i) check_address_phase();
      tell();
      follow();
    end
  end

endmodule
