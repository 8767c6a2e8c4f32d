// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The read half of qdpi_axi4_checker: channels AR and R, and the exclusive reads that exclusive
/// writes have to match. Simulation only. Made like qdpi_axi4_write_checker.
module qdpi_axi4_read_checker
  import qdpi_axi4_checker_pkg::*;
#(
  /// Bits of ARADDR.
  parameter int unsigned AddrWidth  = 64,
  /// Bits of RDATA.
  parameter int unsigned DataWidth  = 64,
  /// Bits of ARID and RID.
  parameter int unsigned IdWidth    = 4,
  /// Bits of the user signals.
  parameter int unsigned UserWidth  = 1,
  /// Reads in progress that there is room for.
  parameter int unsigned MaxReads   = 64,
  /// Clocks without progress.
  parameter int unsigned HangClocks = 10000,
  /// AXI4-Lite.
  parameter bit          Lite       = 1'b0
) (
  /// AR channel.
  input logic [IdWidth-1:0]       axi_arid_i,
  /// AR channel.
  input logic [AddrWidth-1:0]     axi_araddr_i,
  /// AR channel.
  input logic [7:0]               axi_arlen_i,
  /// AR channel.
  input logic [2:0]               axi_arsize_i,
  /// AR channel.
  input logic [1:0]               axi_arburst_i,
  /// AR channel.
  input logic                     axi_arlock_i,
  /// AR channel.
  input logic [3:0]               axi_arcache_i,
  /// AR channel.
  input logic [2:0]               axi_arprot_i,
  /// AR channel.
  input logic [3:0]               axi_arqos_i,
  /// AR channel.
  input logic [3:0]               axi_arregion_i,
  /// AR channel.
  input logic [UserWidth-1:0]     axi_aruser_i,
  /// AR channel.
  input logic                     axi_arvalid_i,
  /// AR channel.
  input logic                     axi_arready_i,
  /// R channel.
  input logic [IdWidth-1:0]       axi_rid_i,
  /// R channel.
  input logic [DataWidth-1:0]     axi_rdata_i,
  /// R channel.
  input logic [1:0]               axi_rresp_i,
  /// R channel.
  input logic                     axi_rlast_i,
  /// R channel.
  input logic [UserWidth-1:0]     axi_ruser_i,
  /// R channel.
  input logic                     axi_rvalid_i,
  /// R channel.
  input logic                     axi_rready_i
);
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned None = MaxReads;
  localparam int unsigned PollClocks = HangClocks < 16 ? 1 : HangClocks / 16;
  // IDs whose last exclusive read is remembered.
  localparam int unsigned Exclusives = 16;

  typedef struct packed {
    address_t             address;
    logic [UserWidth-1:0] user;
  } ar_t;

  typedef struct packed {
    logic [IdWidth-1:0]   id;
    logic [DataWidth-1:0] data;
    logic [1:0]           resp;
    logic                 last;
    logic [UserWidth-1:0] user;
  } r_t;

  // Places, as int unsigned, have more bits than a table needs.
  // verilator lint_off UNUSEDSIGNAL
  // verilator lint_off IMPURE
  // Written from the one process of the checker.
  // verilator lint_off BLKSEQ
  // The bus as it was at the edge. Verilator sees the signals that inlined functions read, and
  // orders them; the others, out of line to be cheap on idle clocks, read only these copies.
  logic [IdWidth-1:0]       arid;
  logic [AddrWidth-1:0]     araddr;
  logic [7:0]               arlen;
  logic [2:0]               arsize;
  logic [1:0]               arburst;
  logic                     arlock;
  logic [3:0]               arcache;
  logic [2:0]               arprot;
  logic [3:0]               arqos;
  logic [3:0]               arregion;
  logic [UserWidth-1:0]     aruser;
  logic                     arvalid;
  logic                     arready;
  logic [IdWidth-1:0]       rid;
  logic [DataWidth-1:0]     rdata;
  logic [1:0]               rresp;
  logic                     rlast;
  logic [UserWidth-1:0]     ruser;
  logic                     rvalid;
  logic                     rready;

  rules_t              faults;
  rule_e               fault;
  string               explanation;

  longint unsigned     clock;
  int unsigned         poll;

  // Stalled: VALID without READY on the last clock, with what, since when, reported as hung.
  bit                  ar_stalled, r_stalled;
  ar_t                 ar_held, ar_before, ar_now;
  r_t                  r_held, r_before, r_now;
  longint unsigned     ar_since, r_since;
  bit                  ar_hung, r_hung;

  // The read that the beat on R is of, or None; the lanes of that beat.
  int unsigned         answered;
  bit                  was_oldest;
  logic [63:0]         first;
  logic [BusBytes-1:0] lanes;

  // The read that the last faulty beat is of, and which beat, for explain(): what is in progress
  // moves on.
  address_t            faulty;
  bit                  faulty_atomic;
  int unsigned         faulty_beat;

  // There was no room: what is in progress is not known any more, until reset.
  bit                  lost;

  // Last exclusive reads, one of an ID; the oldest is forgotten first.
  bit                  exclusive_used [Exclusives];
  address_t            exclusives     [Exclusives];
  int unsigned         exclusive_next, exclusive_at, searched;

  qdpi_axi4_transactions #(.Size(MaxReads)) u_reads ();

  initial clear();

  /// Forget what is in progress, and reported.
  function automatic void clear();
    faults = '0;
    clock = 0;
    poll = PollClocks;
    ar_stalled = 1'b0;
    r_stalled = 1'b0;
    lost = 1'b0;
    exclusive_next = 0;
    for (int unsigned i = 0; i < Exclusives; i++) exclusive_used[i] = 1'b0;
    u_reads.clear();
  endfunction

  /// At an edge that follows one in reset.
  function automatic void check_reset();
    sample_ar();
    sample_r();
    faults[ArReset] = arvalid;
    faults[RReset] = rvalid;
  endfunction

  /// Take over the AR channel.
  function automatic void sample_ar();
    arid = axi_arid_i;
    araddr = axi_araddr_i;
    arlen = axi_arlen_i;
    arsize = axi_arsize_i;
    arburst = axi_arburst_i;
    arlock = axi_arlock_i;
    arcache = axi_arcache_i;
    arprot = axi_arprot_i;
    arqos = axi_arqos_i;
    arregion = axi_arregion_i;
    aruser = axi_aruser_i;
    arvalid = axi_arvalid_i;
    arready = axi_arready_i;
  endfunction

  /// Take over the R channel.
  function automatic void sample_r();
    rid = axi_rid_i;
    rdata = axi_rdata_i;
    rresp = axi_rresp_i;
    rlast = axi_rlast_i;
    ruser = axi_ruser_i;
    rvalid = axi_rvalid_i;
    rready = axi_rready_i;
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
    if (ar_stalled && !ar_hung && clock - ar_since > 64'(HangClocks)) begin
      faults[ArHang] = 1'b1;
      ar_hung = 1'b1;
    end
    if (r_stalled && !r_hung && clock - r_since > 64'(HangClocks)) begin
      faults[RHang] = 1'b1;
      r_hung = 1'b1;
    end
    // The oldest is the one to name: those after it may be waiting for it.
    if (u_reads.oldest != None && !r_stalled && !u_reads.hung[u_reads.oldest]
        && clock - u_reads.since[u_reads.oldest] > 64'(HangClocks)) begin
      faults[ReadHang] = 1'b1;
      u_reads.hung[u_reads.oldest] = 1'b1;
    end
  endfunction

  /// The address on AR: when it is new, and while it waits.
  function automatic void check_address();
    // verilator no_inline_task
    if (ar_stalled && !arvalid) begin
      faults[ArValid] = 1'b1;
      ar_stalled = 1'b0;
      return;
    end
    ar_now.address = '{id: 32'(arid), addr: 64'(araddr),
                       shape: {arlen, arsize, arburst}, lock: arlock,
                       cache: arcache, prot: arprot, qos: arqos,
                       region: arregion, atop: AtomicNone};
    ar_now.user = aruser;
    if (ar_stalled) begin
      if (ar_now !== ar_held) begin
        faults[ArStable] = 1'b1;
        ar_before = ar_held;
        // Told once, not on every clock to come.
        ar_held = ar_now;
      end
    end else begin
      faults |= rules_t'(broken_rules(ar_now.address, BusBytes, Lite)) << ArSize;
      if ($isunknown(ar_now)) faults[ArUnknown] = 1'b1;
      if (!arready) begin
        ar_stalled = 1'b1;
        ar_held = ar_now;
        ar_since = clock;
        ar_hung = 1'b0;
      end
    end
  endfunction

  /// The address on AR is accepted.
  function automatic void accept_address();
    // verilator no_inline_task
    ar_stalled = 1'b0;
    if (arlock) remember_exclusive();
    expect_data(ar_now.address, 1'b0);
  endfunction

  /// An atomic transaction that has read data is accepted on AW.
  function automatic void expect_atomic(input address_t address);
    // verilator no_inline_task
    expect_data('{id: address.id, addr: address.addr,
                  shape: '{len: atomic_read_len(address.atop, address.shape.len),
                           size: address.shape.size, burst: address.shape.burst},
                  lock: 1'b0, cache: address.cache, prot: address.prot, qos: address.qos,
                  region: address.region, atop: address.atop}, 1'b1);
  endfunction

  function automatic void expect_data(input address_t address, input bit atomic);
    // verilator no_inline_task
    if (lost) return;
    if (u_reads.unused == None) begin
      faults[ReadTable] = 1'b1;
      lost = 1'b1;
      return;
    end
    u_reads.append();
    u_reads.ids[u_reads.newest] = address.id;
    u_reads.addrs[u_reads.newest] = address.addr;
    u_reads.shapes[u_reads.newest] = address.shape;
    u_reads.locks[u_reads.newest] = address.lock;
    u_reads.atomics[u_reads.newest] = atomic;
    u_reads.since[u_reads.newest] = clock;
  endfunction

  /// The beat on R: when it is new, and while it waits.
  function automatic void check_data();
    // verilator no_inline_task
    if (r_stalled && !rvalid) begin
      faults[RValid] = 1'b1;
      r_stalled = 1'b0;
    end else if (r_stalled) begin
      r_now = {rid, rdata, rresp, rlast, ruser};
      if (r_now !== r_held) begin
        faults[RStable] = 1'b1;
        r_before = r_held;
        r_held = r_now;
      end
    end else begin
      check_new_data();
      if (!rready) begin
        r_stalled = 1'b1;
        r_held = {rid, rdata, rresp, rlast, ruser};
        r_since = clock;
        r_hung = 1'b0;
      end
    end
  endfunction

  function automatic void check_new_data();
    // verilator no_inline_task
    if ($isunknown({rid, rresp, rlast, ruser})) faults[RUnknown] = 1'b1;
    answered = lost ? None : u_reads.find(32'(rid));
    if (answered == None) begin
      if (!lost) faults[RWithoutAddress] = 1'b1;
      return;
    end
    if (rresp == RespExokay && !u_reads.locks[answered]) faults[RExokay] = 1'b1;
    if (!Lite) begin
      if (u_reads.beats[answered] >= 32'(u_reads.shapes[answered].len)) begin
        if (!rlast) faults[RLastLate] = 1'b1;
      end else if (rlast) begin
        faults[RLastEarly] = 1'b1;
      end
    end
    if (faults != '0) note_beat();
    // A refused read may bring anything.
    if ($isunknown(rdata) && !rresp[1]) check_known_data();
  endfunction

  function automatic void note_beat();
    // verilator no_inline_task
    faulty = '0;
    faulty.id = u_reads.ids[answered];
    faulty.addr = u_reads.addrs[answered];
    faulty.shape = u_reads.shapes[answered];
    faulty_atomic = u_reads.atomics[answered];
    faulty_beat = u_reads.beats[answered];
  endfunction

  /// Lanes outside the transfer carry nothing, and may be unknown.
  function automatic void check_known_data();
    // verilator no_inline_task
    first = first_byte(u_reads.addrs[answered], u_reads.shapes[answered], u_reads.beats[answered],
                       u_reads.atomics[answered]);
    lanes = ((BusBytes'(1) << carried_bytes(u_reads.shapes[answered].size, first)) - BusBytes'(1))
          << (first[31:0] & (BusBytes - 1));
    if (Lite) lanes = '1;
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (lanes[i] && $isunknown(rdata[8*i+:8])) faults[RUnknown] = 1'b1;
    end
  endfunction

  /// The beat on R is accepted. A read ends with ARLEN or with RLAST, whichever is first.
  function automatic void accept_data();
    // verilator no_inline_task
    r_stalled = 1'b0;
    if (answered == None) return;
    u_reads.since[answered] = clock;
    u_reads.beats[answered]++;
    if (u_reads.beats[answered] > 32'(u_reads.shapes[answered].len)
        || (rlast && !Lite)) begin
      was_oldest = answered == u_reads.oldest;
      u_reads.remove(answered);
      // It has been waiting for others until now.
      if (was_oldest && u_reads.oldest != None) u_reads.since[u_reads.oldest] = clock;
    end
  endfunction

  function automatic void remember_exclusive();
    // verilator no_inline_task
    find_exclusive(32'(arid));
    if (exclusive_at == Exclusives) begin
      exclusive_at = exclusive_next;
      exclusive_next = (exclusive_next + 1) % Exclusives;
    end
    exclusive_used[exclusive_at] = 1'b1;
    exclusives[exclusive_at] = ar_now.address;
  endfunction

  /// Sets `exclusive_at` to the place of the exclusive read that an exclusive write with this ID
  /// has to repeat, or to Exclusives: none since the last such write.
  function automatic void find_exclusive(input logic [31:0] id);
    // verilator no_inline_task
    exclusive_at = 0;
    while (exclusive_at < Exclusives
           && !(exclusive_used[exclusive_at] && exclusives[exclusive_at].id == id)) exclusive_at++;
  endfunction

  /// The exclusive write has come.
  function automatic void forget_exclusive();
    exclusive_used[exclusive_at] = 1'b0;
  endfunction

  /// Whether an exclusive read with this ID has not all its data.
  function automatic bit exclusive_pending(input logic [31:0] id);
    // verilator no_inline_task
    searched = u_reads.oldest;
    while (searched != None && !(u_reads.ids[searched] == id && u_reads.locks[searched])) begin
      searched = u_reads.nexts[searched];
    end
    return searched != None;
  endfunction

  /// X or Z on VALID or READY; simulators with two states have none.
  function automatic void check_known_handshakes();
    if ($isunknown({axi_arvalid_i, axi_arready_i})) faults[ArUnknown] = 1'b1;
    if ($isunknown({axi_rvalid_i, axi_rready_i})) faults[RUnknown] = 1'b1;
  endfunction

  /// Take the first of `faults` out, and put it into words: `fault` and `explanation`.
  function automatic void explain();
    // verilator no_inline_task
    fault = first_rule(faults);
    faults[fault] = 1'b0;
    case (fault)
      ArReset, RReset: begin
        explanation = $sformatf("ARVALID %b, RVALID %b in or right after reset", arvalid,
                                rvalid);
      end
      ArValid: explanation = {"ARVALID fell before ARREADY: ", ar_text(ar_held)};
      ArStable: begin
        explanation = {"changed before ARREADY from ", ar_text(ar_before), " to ", ar_text(ar_now)};
      end
      ArUnknown: begin
        explanation = $sformatf("ARVALID %b, ARREADY %b, %s", arvalid, arready,
                                ar_text(ar_now));
      end
      ArHang: begin
        explanation = $sformatf("no ARREADY for %0d clocks: %s", clock - ar_since,
                                ar_text(ar_held));
      end
      RValid: explanation = {"RVALID fell before RREADY: ", r_text(r_held)};
      RStable: begin
        explanation = {"changed before RREADY from ", r_text(r_before), " to ", r_text(r_now)};
      end
      RUnknown: begin
        explanation = $sformatf("RVALID %b, RREADY %b, RID 0x%h, RDATA 0x%h, RRESP %b, RLAST %b",
                                rvalid, rready, rid, rdata, rresp,
                                rlast);
      end
      RHang: begin
        explanation = $sformatf("no RREADY for %0d clocks: %s", clock - r_since, r_text(r_held));
      end
      RWithoutAddress: begin
        explanation = $sformatf("RID 0x%0h, RRESP %0d, RLAST %b, but no read of this ID waits",
                                rid, rresp, rlast);
      end
      RLastEarly, RLastLate: begin
        explanation = $sformatf("RLAST %b in beat %0d of %s", rlast, faulty_beat, faulty_text());
      end
      RExokay: begin
        explanation = $sformatf("RID 0x%0h, RRESP %0d, ARLOCK 0 for %s", rid, rresp,
                                faulty_text());
      end
      ReadTable: begin
        explanation = $sformatf("more than %0d reads; unchecked until reset: %s", MaxReads,
                                ar_text(ar_now));
      end
      ReadHang: begin
        explanation = $sformatf("no RVALID for %0d clocks, %0d beats so far: %s",
                                clock - u_reads.since[u_reads.oldest],
                                u_reads.beats[u_reads.oldest], read_text(u_reads.oldest));
      end
      default: explanation = ar_text(ar_now);
    endcase
  endfunction

  function automatic string ar_text(input ar_t ar);
    // verilator no_inline_task
    return address_text("AR", ar.address, 64'(ar.user), 1'b0);
  endfunction

  function automatic string r_text(input r_t r);
    // verilator no_inline_task
    return $sformatf("RID 0x%0h, RDATA 0x%0h, RRESP %0d, RLAST %b, RUSER 0x%0h", r.id, r.data,
                     r.resp, r.last, r.user);
  endfunction

  function automatic string faulty_text();
    // verilator no_inline_task
    return transaction_text(faulty_atomic ? "AW" : "AR", faulty.id, faulty.addr, faulty.shape);
  endfunction

  /// The read data of an atomic transaction is that of an address on AW.
  function automatic string read_text(input int unsigned place);
    // verilator no_inline_task
    return transaction_text(u_reads.atomics[place] ? "AW" : "AR", u_reads.ids[place],
                            u_reads.addrs[place], u_reads.shapes[place]);
  endfunction

endmodule
