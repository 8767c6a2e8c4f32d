// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The write half of qdpi_axi4_checker: channels W and B, and the writes in progress. Simulation
/// only. Made like qdpi_axi4_address_checker, which has channel AW: of what that accepted,
/// accept_address() tells.
module qdpi_axi4_write_checker
  import qdpi_axi4_checker_pkg::*;
#(
  /// Bits of WDATA.
  parameter int unsigned DataWidth     = 64,
  /// Bits of AWID and BID.
  parameter int unsigned IdWidth       = 4,
  /// Bits of the user signals.
  parameter int unsigned UserWidth     = 1,
  /// Writes in progress that there is room for.
  parameter int unsigned MaxWrites     = 64,
  /// Beats ahead of their address that there is room for.
  parameter int unsigned MaxAheadBeats = 1024,
  /// Clocks without progress.
  parameter int unsigned HangClocks    = 10000,
  /// AXI4-Lite.
  parameter bit          Lite          = 1'b0
) (
  /// W channel.
  input logic [DataWidth-1:0]     axi_wdata_i,
  /// W channel.
  input logic [DataWidth/8-1:0]   axi_wstrb_i,
  /// W channel.
  input logic                     axi_wlast_i,
  /// W channel.
  input logic [UserWidth-1:0]     axi_wuser_i,
  /// W channel.
  input logic                     axi_wvalid_i,
  /// W channel.
  input logic                     axi_wready_i,
  /// B channel.
  input logic [IdWidth-1:0]       axi_bid_i,
  /// B channel.
  input logic [1:0]               axi_bresp_i,
  /// B channel.
  input logic [UserWidth-1:0]     axi_buser_i,
  /// B channel.
  input logic                     axi_bvalid_i,
  /// B channel.
  input logic                     axi_bready_i
);
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned None = MaxWrites;

  // The data at bit 0: taken over without shifts.
  typedef struct packed {
    logic [BusBytes-1:0]  strb;
    logic                 last;
    logic [UserWidth-1:0] user;
    logic [DataWidth-1:0] data;
  } w_t;

  typedef struct packed {
    logic [IdWidth-1:0]   id;
    logic [1:0]           resp;
    logic [UserWidth-1:0] user;
  } b_t;

  // Places, as int unsigned, have more bits than a table needs.
  // verilator lint_off UNUSEDSIGNAL
  // verilator lint_off IMPURE
  // Written from the one process of the checker.
  // verilator lint_off BLKSEQ
  // The bus as it was at the edge, for those who need it; kept like that of an address channel.
  w_t                  w_now;
  b_t                  b_now;
  logic                wvalid, wready, bvalid, bready;

  rules_t              faults;
  bit                  faulty;  // there are
  string               explanation;

  // Clock in which data or a response was accepted last, or the turn of the current write came.
  longint unsigned     progress;
  // For explain(): how long it was ago when it was looked at.
  longint unsigned     waited;

  // Stalled: VALID without READY on the last clock, since when, reported as hung; and, for
  // explain(), what was there before it changed.
  bit                  w_stalled, b_stalled;
  w_t                  w_before;
  b_t                  b_before;
  longint unsigned     w_since, b_since;
  bit                  w_hung, b_hung;

  // The write that the next beat is of, or None; and what of it every beat needs.
  int unsigned         current, finished;
  shape_t              current_shape;
  bit                  current_plain;  // every strobe of the next beat is inside the transfer
  bit                  current_full;   // likewise, of every aligned beat
  int unsigned         left;           // beats to come after the next one
  logic [63:0]         first;
  logic [BusBytes-1:0] lanes;

  // Beats whose address has not been accepted, oldest first.
  logic [BusBytes-1:0] ahead_strbs [MaxAheadBeats];
  bit                  ahead_lasts [MaxAheadBeats];
  int unsigned         ahead_head, ahead_count;
  longint unsigned     ahead_since;
  bit                  ahead_hung;

  // The write that the response on B is for, or None.
  int unsigned         answered;

  // There was no room: what is in progress is not known any more, until reset.
  bit                  lost;

  // For explain(), since what is in progress moves on: the address that there was no room for; the
  // last faulty beat, of which write; the write that the last faulty response was for.
  address_t            unplaced, faulty_write, answered_wrongly;
  int unsigned         faulty_beat;
  logic [BusBytes-1:0] faulty_strb, faulty_lanes;
  bit                  faulty_last;

  qdpi_axi4_transactions #(.Size(MaxWrites)) u_writes ();

  initial clear();

  /// Forget what is in progress, and reported.
  function automatic void clear();
    // verilator no_inline_task
    faults = '0;
    faulty = 1'b0;
    progress = 0;
    w_stalled = 1'b0;
    b_stalled = 1'b0;
    current = None;
    current_plain = 1'b0;
    ahead_head = 0;
    ahead_count = 0;
    lost = 1'b0;
    u_writes.clear();
  endfunction

  function automatic void break_rule(input rule_e broken);
    // verilator no_inline_task
    faults[broken] = 1'b1;
    faulty = 1'b1;
  endfunction

  /// At an edge that follows one in reset.
  function automatic void check_reset(input logic w_valid, input logic b_valid);
    // verilator no_inline_task
    wvalid = w_valid;
    bvalid = b_valid;
    if (wvalid) break_rule(WReset);
    if (bvalid) break_rule(BReset);
  endfunction

  /// Now and then. `address_offered`: an address waits on AW, whose hang is not for this module.
  function automatic void check_hang(input bit address_offered, input longint unsigned clock);
    // verilator no_inline_task
    if (w_stalled && !w_hung && clock - w_since > 64'(HangClocks)) begin
      break_rule(WHang);
      w_hung = 1'b1;
    end
    if (b_stalled && !b_hung && clock - b_since > 64'(HangClocks)) begin
      break_rule(BHang);
      b_hung = 1'b1;
    end
    if (ahead_count != 0 && !address_offered && !ahead_hung
        && clock - ahead_since > 64'(HangClocks)) begin
      break_rule(WriteAddressHang);
      ahead_hung = 1'b1;
    end
    // The oldest is the one to name: those after it may be waiting for it.
    if (current != None && !w_stalled) begin
      waited = clock - progress;
      check_write_hang(current, waited, WriteDataHang);
    end
    if (u_writes.oldest != None && u_writes.complete[u_writes.oldest] && !b_stalled) begin
      check_write_hang(u_writes.oldest, clock - u_writes.since[u_writes.oldest], WriteResponseHang);
    end
  endfunction

  function automatic void check_write_hang(input int unsigned place, input longint unsigned clocks,
                                           input rule_e rule);
    // verilator no_inline_task
    if (u_writes.hung[place] || clocks <= 64'(HangClocks)) return;
    break_rule(rule);
    u_writes.hung[place] = 1'b1;
  endfunction

  /// An address on AW is accepted.
  function automatic void accept_address(input logic [63:0] addr, input logic [31:0] id,
                                         input attributes_t attributes,
                                         input longint unsigned clock);
    // verilator no_inline_task
    if (lost) return;
    if (u_writes.unused == None) begin
      break_rule(WriteTable);
      unplaced = {attributes, id, addr};
      lose();
      return;
    end
    u_writes.append();
    u_writes.ids[u_writes.newest] = id;
    u_writes.addrs[u_writes.newest] = addr;
    u_writes.shapes[u_writes.newest] = attributes.shape;
    u_writes.locks[u_writes.newest] = attributes.lock;
    u_writes.atomics[u_writes.newest] = attributes.atop != AtomicNone;
    if (current == None) begin
      current = u_writes.newest;
      open_write(clock);
      while (ahead_count != 0 && current != None) begin
        take_beat(ahead_strbs[ahead_head], ahead_lasts[ahead_head], clock);
        ahead_head = (ahead_head + 1) % MaxAheadBeats;
        ahead_count--;
        ahead_since = clock;
      end
    end
  endfunction

  function automatic void open_write(input longint unsigned clock);
    current_plain = 1'b0;
    if (current == None) return;
    // It has been waiting for others until now.
    progress = clock;
    current_shape = u_writes.shapes[current];
    left = 32'(current_shape.len);
    current_full = !u_writes.atomics[current] && (1 << current_shape.size) == BusBytes;
    current_plain = (1 << current_shape.size) > BusBytes
                  || (current_full
                      && (u_writes.addrs[current] & (64'(BusBytes) - 64'd1)) == 0);
  endfunction

  /// What is in progress is forgotten: it could neither end nor hang.
  function automatic void lose();
    // verilator no_inline_task
    lost = 1'b1;
    current = None;
    current_plain = 1'b0;
    ahead_count = 0;
    u_writes.clear();
  endfunction

  /// The beat on W: when it is new, and while it waits.
  function automatic void check_data(input longint unsigned clock);
    if (axi_wvalid_i || w_stalled) begin
      // Most beats are of a write whose address is known, and taken at once.
      if (axi_wready_i && !w_stalled && current_plain && (Lite || axi_wlast_i) == (left == 0)
          && !$isunknown({axi_wstrb_i, axi_wuser_i, axi_wdata_i})) begin
        progress = clock;
        if (left == 0) complete_write(clock);
        else left--;
      end else begin
        check_w({axi_wstrb_i, axi_wlast_i, axi_wuser_i, axi_wdata_i}, axi_wvalid_i, axi_wready_i,
                clock);
      end
    end
  endfunction

  function automatic void check_w(input w_t now, input logic valid, input logic ready,
                                  input longint unsigned clock);
    // verilator no_inline_task
    wvalid = valid;
    wready = ready;
    if (!w_stalled) begin
      w_now = now;
      if ($isunknown({now.strb, now.last, now.user})) break_rule(WUnknown);
      if ($isunknown(now.data)) check_known_data();
      w_since = clock;
      w_hung = 1'b0;
    end else if (!valid) begin
      break_rule(WValid);
    end else if (now !== w_now) begin
      break_rule(WStable);
      w_before = w_now;
      // Told once, not on every clock to come.
      w_now = now;
    end
    w_stalled = valid && !ready;
    if (valid && ready) accept_beat(clock);
  endfunction

  /// Lanes without a strobe carry nothing, and may be unknown.
  function automatic void check_known_data();
    // verilator no_inline_task
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (w_now.strb[i] && $isunknown(w_now.data[8*i+:8])) break_rule(WUnknown);
    end
  endfunction

  /// The beat on W is accepted.
  function automatic void accept_beat(input longint unsigned clock);
    progress = clock;
    if (lost) return;
    if (current != None) begin
      take_beat(w_now.strb, Lite || w_now.last, clock);
    end else if (ahead_count == MaxAheadBeats) begin
      break_rule(WriteAheadTable);
      lose();
    end else begin
      if (ahead_count == 0) begin
        ahead_since = clock;
        ahead_hung = 1'b0;
      end
      ahead_strbs[(ahead_head + ahead_count) % MaxAheadBeats] = w_now.strb;
      ahead_lasts[(ahead_head + ahead_count) % MaxAheadBeats] = Lite || w_now.last;
      ahead_count++;
    end
  endfunction

  /// The next beat of the current write, which ends with AWLEN or with WLAST, whichever is first.
  function automatic void take_beat(input logic [BusBytes-1:0] strb, input bit last,
                                    input longint unsigned clock);
    // verilator no_inline_task
    if (!current_plain && (strb != 0 || u_writes.atomics[current])) begin
      find_lanes();
      if ((strb & ~lanes) != 0) begin
        break_rule(WStrobe);
        note_beat(strb, last);
      end else if (u_writes.atomics[current] && strb != lanes) begin
        break_rule(WAtomicStrobe);
        note_beat(strb, last);
      end
    end
    if (last != (left == 0)) begin
      break_rule(last ? WLastEarly : WLastLate);
      note_beat(strb, last);
    end
    if (last || left == 0) begin
      complete_write(clock);
    end else begin
      left--;
      // Where addresses move on, only the first one is unaligned.
      if (current_full && current_shape.burst != BurstFixed) current_plain = 1'b1;
    end
  endfunction

  /// Beats of the current write so far.
  function automatic int unsigned beats();
    return 32'(current_shape.len) - left;
  endfunction

  /// The byte lanes of the beat (A3.4.3).
  function automatic void find_lanes();
    // verilator no_inline_task
    first = first_byte(u_writes.addrs[current], current_shape, beats(), u_writes.atomics[current]);
    lanes = ((BusBytes'(1) << carried_bytes(current_shape.size, first)) - BusBytes'(1))
          << (first[31:0] & (BusBytes - 1));
  endfunction

  function automatic void note_beat(input logic [BusBytes-1:0] strb, input bit last);
    // verilator no_inline_task
    recall(current, faulty_write);
    faulty_beat = beats();
    faulty_strb = strb;
    faulty_lanes = lanes;
    faulty_last = last;
  endfunction

  function automatic void complete_write(input longint unsigned clock);
    // verilator no_inline_task
    u_writes.complete[current] = 1'b1;
    u_writes.since[current] = clock;
    finished = current;
    current = u_writes.nexts[current];
    // It had its response too early, and has been reported.
    if (u_writes.answered[finished]) u_writes.remove(finished);
    open_write(clock);
  endfunction

  /// The response on B: when it is new, and while it waits.
  function automatic void check_response(input longint unsigned clock);
    if (axi_bvalid_i || b_stalled) begin
      // Most are taken at once, and for the oldest write.
      if (axi_bready_i && !b_stalled && u_writes.complete[u_writes.oldest]
          && u_writes.ids[u_writes.oldest] == 32'(axi_bid_i) && axi_bresp_i == RespOkay
          && !$isunknown(axi_buser_i)) begin
        end_oldest(clock);
      end else begin
        check_b({axi_bid_i, axi_bresp_i, axi_buser_i}, axi_bvalid_i, axi_bready_i, clock);
      end
    end
  endfunction

  function automatic void check_b(input b_t now, input logic valid, input logic ready,
                                  input longint unsigned clock);
    // verilator no_inline_task
    bvalid = valid;
    bready = ready;
    if (!b_stalled) begin
      b_now = now;
      check_new_response();
      b_since = clock;
      b_hung = 1'b0;
    end else if (!valid) begin
      break_rule(BValid);
    end else if (now !== b_now) begin
      break_rule(BStable);
      b_before = b_now;
      b_now = now;
    end
    b_stalled = valid && !ready;
    if (valid && ready) accept_response(clock);
  endfunction

  function automatic void check_new_response();
    if ($isunknown(b_now)) break_rule(BUnknown);
    answered = u_writes.find(32'(b_now.id));
    if (answered == None) begin
      if (!lost) break_rule(BWithoutAddress);
      return;
    end
    if (!u_writes.complete[answered]) break_rule(BBeforeData);
    if (b_now.resp == RespExokay && !u_writes.locks[answered]) break_rule(BExokay);
    if (faulty) recall(answered, answered_wrongly);
  endfunction

  /// Set `address` to that of the write at `place`, as much as is known of it.
  function automatic void recall(input int unsigned place, output address_t address);
    // verilator no_inline_task
    address = '0;
    address.id = u_writes.ids[place];
    address.addr = u_writes.addrs[place];
    address.shape = u_writes.shapes[place];
  endfunction

  /// The response on B is accepted.
  function automatic void accept_response(input longint unsigned clock);
    progress = clock;
    if (answered == None) return;
    if (!u_writes.complete[answered]) u_writes.answered[answered] = 1'b1;
    else if (answered == u_writes.oldest) end_oldest(clock);
    else u_writes.remove(answered);
  endfunction

  function automatic void end_oldest(input longint unsigned clock);
    // verilator no_inline_task
    progress = clock;
    u_writes.remove(u_writes.oldest);
    // The next has been waiting for others until now.
    if (u_writes.oldest != None) u_writes.since[u_writes.oldest] = clock;
  endfunction

  /// X or Z on VALID or READY; simulators with two states have none.
  function automatic void check_known_handshakes();
    if ($isunknown({axi_wvalid_i, axi_wready_i, axi_bvalid_i, axi_bready_i})) begin
      break_handshake(axi_wvalid_i, axi_wready_i, axi_bvalid_i, axi_bready_i);
    end
  endfunction

  function automatic void break_handshake(input logic w_valid, input logic w_ready,
                                          input logic b_valid, input logic b_ready);
    // verilator no_inline_task
    wvalid = w_valid;
    wready = w_ready;
    bvalid = b_valid;
    bready = b_ready;
    if ($isunknown({wvalid, wready})) break_rule(WUnknown);
    if ($isunknown({bvalid, bready})) break_rule(BUnknown);
  endfunction

  /// Take `fault` out of `faults`, and put it into words: `explanation`.
  function automatic void explain(input rule_e fault, input longint unsigned clock);
    // verilator no_inline_task
    faults[fault] = 1'b0;
    faulty = faults != '0;
    case (fault)
      WReset, BReset: begin
        explanation = $sformatf("WVALID %b, BVALID %b in or right after reset", wvalid, bvalid);
      end
      WValid: explanation = {"WVALID fell before WREADY: ", w_text(w_now), ", ", current_text()};
      WStable: begin
        explanation = {"changed before WREADY from ", w_text(w_before), " to ", w_text(w_now), ", ",
                       current_text()};
      end
      WUnknown: begin
        explanation = $sformatf("WVALID %b, WREADY %b, WDATA 0x%h, WSTRB %b, WLAST %b, %s",
                                wvalid, wready, w_now.data, w_now.strb, w_now.last, current_text());
      end
      WHang: begin
        explanation = $sformatf("no WREADY for %0d clocks: %s, %s", clock - w_since, w_text(w_now),
                                current_text());
      end
      WStrobe, WAtomicStrobe: begin
        explanation = $sformatf("WSTRB %b, but the transfer is %b, in beat %0d of %s", faulty_strb,
                                faulty_lanes, faulty_beat, address_name("AW", faulty_write));
      end
      WLastEarly, WLastLate: begin
        explanation = $sformatf("WLAST %b in beat %0d of %s", faulty_last, faulty_beat,
                                address_name("AW", faulty_write));
      end
      WriteTable: begin
        explanation = $sformatf("more than %0d writes; unchecked until reset: %s", MaxWrites,
                                address_name("AW", unplaced));
      end
      WriteAheadTable: begin
        explanation = $sformatf("more than %0d beats before their address; unchecked until reset",
                                MaxAheadBeats);
      end
      WriteDataHang: begin
        explanation = $sformatf("no WVALID for %0d clocks, %0d beats so far: %s",
                                waited, beats(), write_text(current));
      end
      WriteAddressHang: begin
        explanation = $sformatf("no AWVALID for %0d clocks: %0d beats wait for their address",
                                clock - ahead_since, ahead_count);
      end
      WriteResponseHang: begin
        explanation = $sformatf("no BVALID for %0d clocks since WLAST: %s",
                                clock - u_writes.since[u_writes.oldest],
                                write_text(u_writes.oldest));
      end
      BValid: explanation = {"BVALID fell before BREADY: ", b_text(b_now)};
      BStable: begin
        explanation = {"changed before BREADY from ", b_text(b_before), " to ", b_text(b_now)};
      end
      BUnknown: begin
        explanation = $sformatf("BVALID %b, BREADY %b, BID 0x%h, BRESP %b, BUSER 0x%h",
                                bvalid, bready, b_now.id, b_now.resp, b_now.user);
      end
      BHang: begin
        explanation = $sformatf("no BREADY for %0d clocks: %s", clock - b_since, b_text(b_now));
      end
      BWithoutAddress: begin
        explanation = $sformatf("BID 0x%0h, BRESP %0d, but no write of this ID has been accepted",
                                b_now.id, b_now.resp);
        if (ahead_count != 0) explanation = {explanation, "; there is data without an address"};
      end
      BBeforeData: begin
        explanation = $sformatf("BID 0x%0h, BRESP %0d before the last data of %s", b_now.id,
                                b_now.resp, address_name("AW", answered_wrongly));
      end
      default: begin  // BExokay
        explanation = $sformatf("BID 0x%0h, BRESP %0d, AWLOCK 0 for %s", b_now.id, b_now.resp,
                                address_name("AW", answered_wrongly));
      end
    endcase
  endfunction

  function automatic string w_text(input w_t w);
    // verilator no_inline_task
    return $sformatf("WDATA 0x%0h, WSTRB %b, WLAST %b, WUSER 0x%0h", w.data, w.strb, w.last,
                     w.user);
  endfunction

  function automatic string b_text(input b_t b);
    // verilator no_inline_task
    return $sformatf("BID 0x%0h, BRESP %0d, BUSER 0x%0h", b.id, b.resp, b.user);
  endfunction

  function automatic string write_text(input int unsigned place);
    // verilator no_inline_task
    return transaction_text("AW", u_writes.ids[place], u_writes.addrs[place],
                            u_writes.shapes[place]);
  endfunction

  function automatic string current_text();
    // verilator no_inline_task
    if (current == None) return "its address has not been accepted";
    return $sformatf("beat %0d of %s", beats(), write_text(current));
  endfunction

endmodule
