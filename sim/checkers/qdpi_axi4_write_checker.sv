// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The write half of qdpi_axi4_checker: channels AW, W and B. Simulation only.
///
/// Functions that the checker's one process calls set bits in `faults`; explain() then puts one of
/// them into words. What a rule says stands in qdpi_axi4_checker_pkg. The words are made apart from
/// the checks because strings in inlined functions cost Verilator time on every clock.
module qdpi_axi4_write_checker
  import qdpi_axi4_checker_pkg::*;
#(
  /// Bits of AWADDR.
  parameter int unsigned AddrWidth     = 64,
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
  parameter bit          Lite          = 1'b0,
  /// AWATOP is there.
  parameter bit          Atomics       = 1'b0
) (
  /// AW channel.
  input logic [IdWidth-1:0]       axi_awid_i,
  /// AW channel.
  input logic [AddrWidth-1:0]     axi_awaddr_i,
  /// AW channel.
  input logic [7:0]               axi_awlen_i,
  /// AW channel.
  input logic [2:0]               axi_awsize_i,
  /// AW channel.
  input logic [1:0]               axi_awburst_i,
  /// AW channel.
  input logic                     axi_awlock_i,
  /// AW channel.
  input logic [3:0]               axi_awcache_i,
  /// AW channel.
  input logic [2:0]               axi_awprot_i,
  /// AW channel.
  input logic [3:0]               axi_awqos_i,
  /// AW channel.
  input logic [3:0]               axi_awregion_i,
  /// AW channel.
  input logic [UserWidth-1:0]     axi_awuser_i,
  /// AW channel.
  input logic [5:0]               axi_awatop_i,
  /// AW channel.
  input logic                     axi_awvalid_i,
  /// AW channel.
  input logic                     axi_awready_i,
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
  localparam int unsigned PollClocks = HangClocks < 16 ? 1 : HangClocks / 16;

  typedef struct packed {
    address_t             address;
    logic [UserWidth-1:0] user;
  } aw_t;

  typedef struct packed {
    logic [DataWidth-1:0] data;
    logic [BusBytes-1:0]  strb;
    logic                 last;
    logic [UserWidth-1:0] user;
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
  // The bus as it was at the edge. Verilator sees the signals that inlined functions read, and
  // orders them; the others, out of line to be cheap on idle clocks, read only these copies.
  logic [IdWidth-1:0]       awid;
  logic [AddrWidth-1:0]     awaddr;
  logic [7:0]               awlen;
  logic [2:0]               awsize;
  logic [1:0]               awburst;
  logic                     awlock;
  logic [3:0]               awcache;
  logic [2:0]               awprot;
  logic [3:0]               awqos;
  logic [3:0]               awregion;
  logic [UserWidth-1:0]     awuser;
  logic [5:0]               awatop;
  logic                     awvalid;
  logic                     awready;
  logic [DataWidth-1:0]     wdata;
  logic [DataWidth/8-1:0]   wstrb;
  logic                     wlast;
  logic [UserWidth-1:0]     wuser;
  logic                     wvalid;
  logic                     wready;
  logic [IdWidth-1:0]       bid;
  logic [1:0]               bresp;
  logic [UserWidth-1:0]     buser;
  logic                     bvalid;
  logic                     bready;

  rules_t              faults;
  rule_e               fault;
  string               explanation;

  longint unsigned     clock;
  int unsigned         poll;

  // Stalled: VALID without READY on the last clock, with what, since when, reported as hung.
  bit                  aw_stalled, w_stalled, b_stalled;
  aw_t                 aw_held, aw_before, aw_now;
  w_t                  w_held, w_before, w_now;
  b_t                  b_held, b_before, b_now;
  longint unsigned     aw_since, w_since, b_since;
  bit                  aw_hung, w_hung, b_hung;

  // The write that the next beat is of, or None; and what of it every beat needs.
  int unsigned         current, finished;
  shape_t              current_shape;
  bit                  current_plain;  // every strobe is inside the transfer
  int unsigned         beat;
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
  bit                  was_oldest;

  // The exclusive read that the exclusive write on AW does not repeat.
  address_t            exclusive;

  // There was no room: what is in progress is not known any more, until reset.
  bit                  lost;

  // For explain(), since what is in progress moves on: the last faulty beat, of which write; the
  // write that the last faulty response was for.
  address_t            faulty, answered_wrongly;
  int unsigned         faulty_beat;
  logic [BusBytes-1:0] faulty_strb, faulty_lanes;
  bit                  faulty_last;

  qdpi_axi4_transactions #(.Size(MaxWrites)) u_writes ();

  initial clear();

  /// Forget what is in progress, and reported.
  function automatic void clear();
    faults = '0;
    clock = 0;
    poll = PollClocks;
    aw_stalled = 1'b0;
    w_stalled = 1'b0;
    b_stalled = 1'b0;
    current = None;
    ahead_head = 0;
    ahead_count = 0;
    lost = 1'b0;
    u_writes.clear();
  endfunction

  /// At an edge that follows one in reset.
  function automatic void check_reset();
    sample_aw();
    sample_w();
    sample_b();
    faults[AwReset] = awvalid;
    faults[WReset] = wvalid;
    faults[BReset] = bvalid;
  endfunction

  /// Take over the AW channel.
  function automatic void sample_aw();
    awid = axi_awid_i;
    awaddr = axi_awaddr_i;
    awlen = axi_awlen_i;
    awsize = axi_awsize_i;
    awburst = axi_awburst_i;
    awlock = axi_awlock_i;
    awcache = axi_awcache_i;
    awprot = axi_awprot_i;
    awqos = axi_awqos_i;
    awregion = axi_awregion_i;
    awuser = axi_awuser_i;
    awatop = axi_awatop_i;
    awvalid = axi_awvalid_i;
    awready = axi_awready_i;
  endfunction

  /// Take over the W channel.
  function automatic void sample_w();
    wdata = axi_wdata_i;
    wstrb = axi_wstrb_i;
    wlast = axi_wlast_i;
    wuser = axi_wuser_i;
    wvalid = axi_wvalid_i;
    wready = axi_wready_i;
  endfunction

  /// Take over the B channel.
  function automatic void sample_b();
    bid = axi_bid_i;
    bresp = axi_bresp_i;
    buser = axi_buser_i;
    bvalid = axi_bvalid_i;
    bready = axi_bready_i;
  endfunction

  /// On every clock: time goes on.
  function automatic void tick();
    clock++;
    if (HangClocks != 0) begin
      poll--;
      if (poll == 0) check_hang();
    end
  endfunction

  function automatic void check_hang();
    // verilator no_inline_task
    poll = PollClocks;
    if (aw_stalled && !aw_hung && clock - aw_since > 64'(HangClocks)) begin
      faults[AwHang] = 1'b1;
      aw_hung = 1'b1;
    end
    if (w_stalled && !w_hung && clock - w_since > 64'(HangClocks)) begin
      faults[WHang] = 1'b1;
      w_hung = 1'b1;
    end
    if (b_stalled && !b_hung && clock - b_since > 64'(HangClocks)) begin
      faults[BHang] = 1'b1;
      b_hung = 1'b1;
    end
    if (ahead_count != 0 && !aw_stalled && !ahead_hung
        && clock - ahead_since > 64'(HangClocks)) begin
      faults[WriteAddressHang] = 1'b1;
      ahead_hung = 1'b1;
    end
    // The oldest is the one to name: those after it may be waiting for it.
    if (current != None && !w_stalled) check_write_hang(current, WriteDataHang);
    if (u_writes.oldest != None && u_writes.complete[u_writes.oldest] && !b_stalled) begin
      check_write_hang(u_writes.oldest, WriteResponseHang);
    end
  endfunction

  function automatic void check_write_hang(input int unsigned place, input rule_e rule);
    // verilator no_inline_task
    if (u_writes.hung[place] || clock - u_writes.since[place] <= 64'(HangClocks)) return;
    faults[rule] = 1'b1;
    u_writes.hung[place] = 1'b1;
  endfunction

  /// The address on AW: when it is new, and while it waits.
  function automatic void check_address();
    // verilator no_inline_task
    if (aw_stalled && !awvalid) begin
      faults[AwValid] = 1'b1;
      aw_stalled = 1'b0;
      return;
    end
    aw_now.address = '{id: 32'(awid), addr: 64'(awaddr),
                       shape: {awlen, awsize, awburst}, lock: awlock,
                       cache: awcache, prot: awprot, qos: awqos,
                       region: awregion, atop: Atomics ? awatop : AtomicNone};
    aw_now.user = awuser;
    if (aw_stalled) begin
      if (aw_now !== aw_held) begin
        faults[AwStable] = 1'b1;
        aw_before = aw_held;
        // Told once, not on every clock to come.
        aw_held = aw_now;
      end
    end else begin
      faults |= rules_t'(broken_rules(aw_now.address, BusBytes, Lite));
      if (Atomics && aw_now.address.atop != AtomicNone) begin
        faults |= rules_t'(broken_atomic_rules(aw_now.address, BusBytes)) << AwAtomicEncoding;
      end
      if ($isunknown(aw_now)) faults[AwUnknown] = 1'b1;
      if (!awready) begin
        aw_stalled = 1'b1;
        aw_held = aw_now;
        aw_since = clock;
        aw_hung = 1'b0;
      end
    end
  endfunction

  /// The address on AW is accepted.
  function automatic void accept_address();
    // verilator no_inline_task
    aw_stalled = 1'b0;
    if (lost) return;
    if (u_writes.unused == None) begin
      faults[WriteTable] = 1'b1;
      lost = 1'b1;
      return;
    end
    u_writes.append();
    u_writes.ids[u_writes.newest] = 32'(awid);
    u_writes.addrs[u_writes.newest] = 64'(awaddr);
    u_writes.shapes[u_writes.newest] = {awlen, awsize, awburst};
    u_writes.locks[u_writes.newest] = awlock;
    u_writes.atomics[u_writes.newest] = Atomics && awatop != AtomicNone;
    u_writes.since[u_writes.newest] = clock;
    if (current == None) begin
      current = u_writes.newest;
      open_write();
      while (ahead_count != 0 && current != None) begin
        check_beat(ahead_strbs[ahead_head], ahead_lasts[ahead_head]);
        ahead_head = (ahead_head + 1) % MaxAheadBeats;
        ahead_count--;
        ahead_since = clock;
      end
    end
  endfunction

  function automatic void open_write();
    // verilator no_inline_task
    beat = 0;
    if (current == None) return;
    // It has been waiting for others until now.
    u_writes.since[current] = clock;
    current_shape = u_writes.shapes[current];
    current_plain = Lite || (1 << current_shape.size) > BusBytes
                  || (!u_writes.atomics[current] && (1 << current_shape.size) == BusBytes
                      && (u_writes.addrs[current] & (64'(BusBytes) - 64'd1)) == 0);
  endfunction

  /// The beat on W: when it is new, and while it waits.
  function automatic void check_data();
    // verilator no_inline_task
    if (w_stalled && !wvalid) begin
      faults[WValid] = 1'b1;
      w_stalled = 1'b0;
    end else if (w_stalled) begin
      w_now = {wdata, wstrb, wlast, wuser};
      if (w_now !== w_held) begin
        faults[WStable] = 1'b1;
        w_before = w_held;
        w_held = w_now;
      end
    end else begin
      if ($isunknown({wstrb, wlast, wuser})) faults[WUnknown] = 1'b1;
      if ($isunknown(wdata)) check_known_data();
      if (!wready) begin
        w_stalled = 1'b1;
        w_held = {wdata, wstrb, wlast, wuser};
        w_since = clock;
        w_hung = 1'b0;
      end
    end
  endfunction

  /// Lanes without a strobe carry nothing, and may be unknown.
  function automatic void check_known_data();
    // verilator no_inline_task
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (wstrb[i] && $isunknown(wdata[8*i+:8])) faults[WUnknown] = 1'b1;
    end
  endfunction

  /// The beat on W is accepted.
  function automatic void accept_data();
    // verilator no_inline_task
    w_stalled = 1'b0;
    if (lost) return;
    if (current != None) begin
      check_beat(wstrb, Lite || wlast);
    end else if (ahead_count == MaxAheadBeats) begin
      faults[WriteAheadTable] = 1'b1;
      lost = 1'b1;
    end else begin
      if (ahead_count == 0) begin
        ahead_since = clock;
        ahead_hung = 1'b0;
      end
      ahead_strbs[(ahead_head + ahead_count) % MaxAheadBeats] = wstrb;
      ahead_lasts[(ahead_head + ahead_count) % MaxAheadBeats] = Lite || wlast;
      ahead_count++;
    end
  endfunction

  /// The next beat of the current write, which ends with AWLEN or with WLAST, whichever is first.
  function automatic void check_beat(input logic [BusBytes-1:0] strb, input bit last);
    // verilator no_inline_task
    if (!current_plain && (strb != 0 || u_writes.atomics[current])) begin
      find_lanes();
      if ((strb & ~lanes) != 0) begin
        faults[WStrobe] = 1'b1;
        note_beat(strb, last);
      end else if (u_writes.atomics[current] && strb != lanes) begin
        faults[WAtomicStrobe] = 1'b1;
        note_beat(strb, last);
      end
    end
    if (last != (beat >= 32'(current_shape.len))) begin
      if (last) faults[WLastEarly] = 1'b1;
      else faults[WLastLate] = 1'b1;
      note_beat(strb, last);
    end
    beat++;
    u_writes.since[current] = clock;
    if (last || beat > 32'(current_shape.len)) complete_write();
  endfunction

  /// The byte lanes of the beat (A3.4.3).
  function automatic void find_lanes();
    // verilator no_inline_task
    first = first_byte(u_writes.addrs[current], current_shape, beat, u_writes.atomics[current]);
    lanes = ((BusBytes'(1) << carried_bytes(current_shape.size, first)) - BusBytes'(1))
          << (first[31:0] & (BusBytes - 1));
  endfunction

  function automatic void note_beat(input logic [BusBytes-1:0] strb, input bit last);
    // verilator no_inline_task
    faulty = '0;
    faulty.id = u_writes.ids[current];
    faulty.addr = u_writes.addrs[current];
    faulty.shape = current_shape;
    faulty_beat = beat;
    faulty_strb = strb;
    faulty_lanes = lanes;
    faulty_last = last;
  endfunction

  function automatic void complete_write();
    // verilator no_inline_task
    u_writes.complete[current] = 1'b1;
    finished = current;
    current = u_writes.nexts[current];
    // It had its response too early, and has been reported.
    if (u_writes.answered[finished]) u_writes.remove(finished);
    open_write();
  endfunction

  /// The response on B: when it is new, and while it waits.
  function automatic void check_response();
    // verilator no_inline_task
    if (b_stalled && !bvalid) begin
      faults[BValid] = 1'b1;
      b_stalled = 1'b0;
    end else if (b_stalled) begin
      b_now = {bid, bresp, buser};
      if (b_now !== b_held) begin
        faults[BStable] = 1'b1;
        b_before = b_held;
        b_held = b_now;
      end
    end else begin
      if ($isunknown({bid, bresp, buser})) faults[BUnknown] = 1'b1;
      answered = u_writes.find(32'(bid));
      if (lost) begin
        answered = None;
      end else if (answered == None) begin
        faults[BWithoutAddress] = 1'b1;
      end else begin
        if (!u_writes.complete[answered]) faults[BBeforeData] = 1'b1;
        if (bresp == RespExokay && !u_writes.locks[answered]) faults[BExokay] = 1'b1;
        if (faults != '0) note_response();
      end
      if (!bready) begin
        b_stalled = 1'b1;
        b_held = {bid, bresp, buser};
        b_since = clock;
        b_hung = 1'b0;
      end
    end
  endfunction

  function automatic void note_response();
    // verilator no_inline_task
    answered_wrongly = '0;
    answered_wrongly.id = u_writes.ids[answered];
    answered_wrongly.addr = u_writes.addrs[answered];
    answered_wrongly.shape = u_writes.shapes[answered];
  endfunction

  /// The response on B is accepted.
  function automatic void accept_response();
    // verilator no_inline_task
    b_stalled = 1'b0;
    if (answered == None) return;
    was_oldest = answered == u_writes.oldest;
    if (!u_writes.complete[answered]) begin
      u_writes.answered[answered] = 1'b1;
    end else begin
      u_writes.remove(answered);
      // It has been waiting for others until now.
      if (was_oldest && u_writes.oldest != None) u_writes.since[u_writes.oldest] = clock;
    end
  endfunction

  /// X or Z on VALID or READY; simulators with two states have none.
  function automatic void check_known_handshakes();
    if ($isunknown({axi_awvalid_i, axi_awready_i})) faults[AwUnknown] = 1'b1;
    if ($isunknown({axi_wvalid_i, axi_wready_i})) faults[WUnknown] = 1'b1;
    if ($isunknown({axi_bvalid_i, axi_bready_i})) faults[BUnknown] = 1'b1;
  endfunction

  /// Take the first of `faults` out, and put it into words: `fault` and `explanation`.
  function automatic void explain();
    // verilator no_inline_task
    fault = first_rule(faults);
    faults[fault] = 1'b0;
    case (fault)
      AwReset, WReset, BReset: begin
        explanation = $sformatf("AWVALID %b, WVALID %b, BVALID %b in or right after reset",
                                awvalid, wvalid, bvalid);
      end
      AwValid: explanation = {"AWVALID fell before AWREADY: ", aw_text(aw_held)};
      AwStable: begin
        explanation = {"changed before AWREADY from ", aw_text(aw_before), " to ", aw_text(aw_now)};
      end
      AwUnknown: begin
        explanation = $sformatf("AWVALID %b, AWREADY %b, %s", awvalid, awready,
                                aw_text(aw_now));
      end
      AwHang: begin
        explanation = $sformatf("no AWREADY for %0d clocks: %s", clock - aw_since,
                                aw_text(aw_held));
      end
      AwExclusivePair: begin
        explanation = {aw_text(aw_now), ", but its exclusive read had ",
                       address_text("AR", exclusive, 64'd0, 1'b0)};
      end
      WValid: explanation = {"WVALID fell before WREADY: ", w_text(w_held), ", ", current_text()};
      WStable: begin
        explanation = {"changed before WREADY from ", w_text(w_before), " to ", w_text(w_now), ", ",
                       current_text()};
      end
      WUnknown: begin
        explanation = $sformatf("WVALID %b, WREADY %b, WDATA 0x%h, WSTRB %b, WLAST %b, %s",
                                wvalid, wready, wdata, wstrb, wlast,
                                current_text());
      end
      WHang: begin
        explanation = $sformatf("no WREADY for %0d clocks: %s, %s", clock - w_since, w_text(w_held),
                                current_text());
      end
      WStrobe, WAtomicStrobe: begin
        explanation = $sformatf("WSTRB %b, but the transfer is %b, in beat %0d of %s", faulty_strb,
                                faulty_lanes, faulty_beat, address_name(faulty));
      end
      WLastEarly, WLastLate: begin
        explanation = $sformatf("WLAST %b in beat %0d of %s", faulty_last, faulty_beat,
                                address_name(faulty));
      end
      WriteTable: begin
        explanation = $sformatf("more than %0d writes; unchecked until reset: %s", MaxWrites,
                                aw_text(aw_now));
      end
      WriteAheadTable: begin
        explanation = $sformatf("more than %0d beats before their address; unchecked until reset",
                                MaxAheadBeats);
      end
      WriteDataHang: begin
        explanation = $sformatf("no WVALID for %0d clocks, %0d beats so far: %s",
                                clock - u_writes.since[current], beat, write_text(current));
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
      BValid: explanation = {"BVALID fell before BREADY: ", b_text(b_held)};
      BStable: begin
        explanation = {"changed before BREADY from ", b_text(b_before), " to ", b_text(b_now)};
      end
      BUnknown: begin
        explanation = $sformatf("BVALID %b, BREADY %b, BID 0x%h, BRESP %b, BUSER 0x%h",
                                bvalid, bready, bid, bresp, buser);
      end
      BHang: begin
        explanation = $sformatf("no BREADY for %0d clocks: %s", clock - b_since, b_text(b_held));
      end
      BWithoutAddress: begin
        explanation = $sformatf("BID 0x%0h, BRESP %0d, but no write of this ID has been accepted",
                                bid, bresp);
        if (ahead_count != 0) explanation = {explanation, "; there is data without an address"};
      end
      BBeforeData: begin
        explanation = $sformatf("BID 0x%0h, BRESP %0d before the last data of %s", bid,
                                bresp, address_name(answered_wrongly));
      end
      BExokay: begin
        explanation = $sformatf("BID 0x%0h, BRESP %0d, AWLOCK 0 for %s", bid, bresp,
                                address_name(answered_wrongly));
      end
      default: explanation = aw_text(aw_now);
    endcase
  endfunction

  function automatic string aw_text(input aw_t aw);
    // verilator no_inline_task
    return address_text("AW", aw.address, 64'(aw.user), Atomics);
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

  function automatic string address_name(input address_t address);
    // verilator no_inline_task
    return transaction_text("AW", address.id, address.addr, address.shape);
  endfunction

  function automatic string current_text();
    // verilator no_inline_task
    if (current == None) return "its address has not been accepted";
    return $sformatf("beat %0d of %s", beat, write_text(current));
  endfunction

endmodule
