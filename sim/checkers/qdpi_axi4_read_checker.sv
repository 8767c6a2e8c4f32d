// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The read half of qdpi_axi4_checker: channel R, the reads in progress, and the exclusive reads
/// that exclusive writes have to match. Simulation only. Made like qdpi_axi4_address_checker.
module qdpi_axi4_read_checker
  import qdpi_axi4_checker_pkg::*;
#(
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
  // IDs whose last exclusive read is remembered.
  localparam int unsigned Exclusives = 16;

  // The data at bit 0: taken over without shifts.
  typedef struct packed {
    logic [IdWidth-1:0]   id;
    logic [1:0]           resp;
    logic                 last;
    logic [UserWidth-1:0] user;
    logic [DataWidth-1:0] data;
  } r_t;

  // Places, as int unsigned, have more bits than a table needs.
  // verilator lint_off UNUSEDSIGNAL
  // verilator lint_off IMPURE
  // Written from the one process of the checker.
  // verilator lint_off BLKSEQ
  // The bus as it was at the edge, for those who need it; kept like that of an address channel.
  r_t                  r_now;
  logic                rvalid, rready;

  rules_t              faults;
  bit                  faulty;  // there are
  string               explanation;

  // Clocks in which the manager kept data waiting: these do not count against the subordinate.
  longint unsigned     unanswerable;
  // Clock in which data was accepted last.
  longint unsigned     progress;

  // Stalled: VALID without READY on the last clock, since when, reported as hung; and, for
  // explain(), what was there before it changed.
  bit                  r_stalled;
  r_t                  r_before;
  longint unsigned     r_since;
  bit                  r_hung;

  // The read that the beat on R is of, or that the next is likely to be of; or None. What of it every
  // beat needs; in the table that is as it was when this read became the one, until settle().
  int unsigned         answered;
  logic [31:0]         answered_id;
  int unsigned         left;  // beats to come after the next one
  bit                  was_oldest;
  // The lanes of the beat on R.
  logic [63:0]         first;
  logic [BusBytes-1:0] lanes;

  // For explain(), since what is in progress moves on: the address that there was no room for; the
  // read that the last faulty beat is of, and which beat.
  address_t            unplaced, faulty_read;
  bit                  unplaced_atomic, faulty_atomic;
  int unsigned         faulty_beat;

  // There was no room: what is in progress is not known any more, until reset.
  bit                  lost;

  // Last exclusive reads, one of an ID. Without room, one is forgotten: by turns.
  bit                  exclusive_used [Exclusives];
  address_t            exclusives     [Exclusives];
  int unsigned         exclusive_next, exclusive_at, searched;

  qdpi_axi4_transactions #(.Size(MaxReads)) u_reads ();

  initial clear();

  /// Forget what is in progress, and reported.
  function automatic void clear();
    // verilator no_inline_task
    faults = '0;
    faulty = 1'b0;
    unanswerable = 0;
    progress = 0;
    r_stalled = 1'b0;
    answered = None;
    lost = 1'b0;
    exclusive_next = 0;
    for (int unsigned i = 0; i < Exclusives; i++) exclusive_used[i] = 1'b0;
    u_reads.clear();
  endfunction

  function automatic void break_rule(input rule_e broken);
    // verilator no_inline_task
    faults[broken] = 1'b1;
    faulty = 1'b1;
  endfunction

  /// At an edge that follows one in reset.
  function automatic void check_reset(input logic valid);
    // verilator no_inline_task
    rvalid = valid;
    if (valid) break_rule(RReset);
  endfunction

  function automatic longint unsigned answerable(input longint unsigned clock);
    return clock - unanswerable;
  endfunction

  /// Now and then.
  function automatic void check_hang(input longint unsigned clock);
    // verilator no_inline_task
    settle();
    if (r_stalled && !r_hung && clock - r_since > 64'(HangClocks)) begin
      break_rule(RHang);
      r_hung = 1'b1;
    end
    // The oldest is the one to name: those after it may be waiting for it.
    if (u_reads.oldest != None && !r_stalled && !u_reads.hung[u_reads.oldest]
        && answerable(clock) > u_reads.since[u_reads.oldest] + 64'(HangClocks)) begin
      break_rule(ReadHang);
      u_reads.hung[u_reads.oldest] = 1'b1;
    end
  endfunction

  /// The oldest read, which there is, cannot be answered before `clock`.
  function automatic void postpone(input longint unsigned clock);
    // verilator no_inline_task
    settle();
    u_reads.since[u_reads.oldest] = answerable(clock);
  endfunction

  /// An address on AR is accepted.
  function automatic void accept_address(input logic [63:0] addr, input logic [31:0] id,
                                         input attributes_t attributes,
                                         input longint unsigned clock);
    // verilator no_inline_task
    if (attributes.lock) remember_exclusive({attributes, id, addr});
    expect_data(addr, id, attributes, 1'b0, clock);
  endfunction

  /// An atomic transaction that has read data is accepted on AW.
  function automatic void expect_atomic(input logic [63:0] addr, input logic [31:0] id,
                                        input attributes_t attributes,
                                        input longint unsigned clock);
    // verilator no_inline_task
    attributes_t read = attributes;
    read.shape.len = atomic_read_len(attributes.atop, attributes.shape.len);
    read.lock = 1'b0;
    expect_data(addr, id, read, 1'b1, clock);
  endfunction

  function automatic void expect_data(input logic [63:0] addr, input logic [31:0] id,
                                      input attributes_t attributes, input bit atomic,
                                      input longint unsigned clock);
    if (lost) return;
    if (u_reads.unused == None) begin
      break_rule(ReadTable);
      unplaced = {attributes, id, addr};
      unplaced_atomic = atomic;
      // What is in progress is forgotten: it could neither end nor hang.
      lost = 1'b1;
      answered = None;
      u_reads.clear();
      return;
    end
    u_reads.append();
    u_reads.ids[u_reads.newest] = id;
    u_reads.addrs[u_reads.newest] = addr;
    u_reads.shapes[u_reads.newest] = attributes.shape;
    u_reads.locks[u_reads.newest] = attributes.lock;
    u_reads.left[u_reads.newest] = 32'(attributes.shape.len);
    u_reads.atomics[u_reads.newest] = atomic;
    u_reads.since[u_reads.newest] = answerable(clock);
    // What waits on R now came before this address.
    if (u_reads.newest == u_reads.oldest && !r_stalled) turn_to(u_reads.newest);
  endfunction

  /// The next beats are of the read at `place`, it seems; None: not known.
  function automatic void turn_to(input int unsigned place);
    answered = place;
    if (place == None) return;
    answered_id = u_reads.ids[place];
    left = u_reads.left[place];
  endfunction

  /// Put into the table what has become of the current read meanwhile.
  function automatic void settle();
    // verilator no_inline_task
    if (answered == None || u_reads.left[answered] == left) return;
    u_reads.left[answered] = left;
    u_reads.since[answered] = answerable(progress);
  endfunction

  /// The beat on R: when it is new, and while it waits.
  function automatic void check_data(input longint unsigned clock);
    if (axi_rvalid_i || r_stalled) begin
      // Most beats are taken at once, and the next of the read that the one before was of, or the
      // first of the oldest.
      if (axi_rready_i && !r_stalled && answered != None && answered_id == 32'(axi_rid_i)
          && axi_rresp_i == RespOkay && (Lite || axi_rlast_i == (left == 0))
          && !$isunknown({axi_ruser_i, axi_rdata_i})) begin
        progress = clock;
        if (left == 0) end_read(clock);
        else left--;
      end else begin
        check_r({axi_rid_i, axi_rresp_i, axi_rlast_i, axi_ruser_i, axi_rdata_i}, axi_rvalid_i,
                axi_rready_i, clock);
      end
    end
  endfunction

  function automatic void check_r(input r_t now, input logic valid, input logic ready,
                                  input longint unsigned clock);
    // verilator no_inline_task
    rvalid = valid;
    rready = ready;
    settle();
    if (!r_stalled) begin
      r_now = now;
      check_new_beat();
      r_since = clock;
      r_hung = 1'b0;
    end else begin
      unanswerable++;
      if (!valid) begin
        break_rule(RValid);
      end else if (now !== r_now) begin
        break_rule(RStable);
        r_before = r_now;
        // Told once, not on every clock to come.
        r_now = now;
      end
    end
    r_stalled = valid && !ready;
    if (valid && ready) accept_beat(clock);
  endfunction

  function automatic void check_new_beat();
    if ($isunknown({r_now.id, r_now.resp, r_now.last, r_now.user})) break_rule(RUnknown);
    turn_to(u_reads.find(32'(r_now.id)));
    if (answered == None) begin
      if (!lost) break_rule(RWithoutAddress);
      return;
    end
    if (r_now.resp == RespExokay && !u_reads.locks[answered]) break_rule(RExokay);
    if (!Lite && r_now.last != (left == 0)) begin
      break_rule(r_now.last ? RLastEarly : RLastLate);
    end
    if (faulty) note_beat();
    // A refused read may bring anything.
    if ($isunknown(r_now.data) && !r_now.resp[1]) check_known_data();
  endfunction

  function automatic void note_beat();
    // verilator no_inline_task
    faulty_read = '0;
    faulty_read.id = u_reads.ids[answered];
    faulty_read.addr = u_reads.addrs[answered];
    faulty_read.shape = u_reads.shapes[answered];
    faulty_atomic = u_reads.atomics[answered];
    faulty_beat = beats(answered);
  endfunction

  /// Lanes outside the transfer carry nothing, and may be unknown.
  function automatic void check_known_data();
    // verilator no_inline_task
    first = first_byte(u_reads.addrs[answered], u_reads.shapes[answered], beats(answered),
                       u_reads.atomics[answered]);
    lanes = ((BusBytes'(1) << carried_bytes(u_reads.shapes[answered].size, first)) - BusBytes'(1))
          << (first[31:0] & (BusBytes - 1));
    if (Lite) lanes = '1;
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (lanes[i] && $isunknown(r_now.data[8*i+:8])) break_rule(RUnknown);
    end
  endfunction

  /// The beat on R is accepted. A read ends with ARLEN or with RLAST, whichever is first.
  function automatic void accept_beat(input longint unsigned clock);
    progress = clock;
    if (answered == None) return;
    if (left == 0 || (!Lite && r_now.last)) end_read(clock);
    else left--;
  endfunction

  function automatic void end_read(input longint unsigned clock);
    // verilator no_inline_task
    was_oldest = answered == u_reads.oldest;
    u_reads.remove(answered);
    // It has been waiting for others until now.
    if (was_oldest && u_reads.oldest != None) u_reads.since[u_reads.oldest] = answerable(clock);
    turn_to(u_reads.oldest);
  endfunction

  /// Its beats so far.
  function automatic int unsigned beats(input int unsigned place);
    return 32'(u_reads.shapes[place].len) - (place == answered ? left : u_reads.left[place]);
  endfunction

  function automatic void remember_exclusive(input address_t address);
    // verilator no_inline_task
    find_exclusive(address.id);
    if (exclusive_at == Exclusives) find_free_exclusive();
    if (exclusive_at == Exclusives) begin
      exclusive_at = exclusive_next;
      exclusive_next = (exclusive_next + 1) % Exclusives;
    end
    exclusive_used[exclusive_at] = 1'b1;
    exclusives[exclusive_at] = address;
  endfunction

  /// Sets `exclusive_at` to a place without an exclusive read, or to Exclusives.
  function automatic void find_free_exclusive();
    // verilator no_inline_task
    exclusive_at = 0;
    while (exclusive_at < Exclusives && exclusive_used[exclusive_at]) exclusive_at++;
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
    if ($isunknown({axi_rvalid_i, axi_rready_i})) break_handshake(axi_rvalid_i, axi_rready_i);
  endfunction

  function automatic void break_handshake(input logic valid, input logic ready);
    // verilator no_inline_task
    rvalid = valid;
    rready = ready;
    break_rule(RUnknown);
  endfunction

  /// Take `fault` out of `faults`, and put it into words: `explanation`.
  function automatic void explain(input rule_e fault, input longint unsigned clock);
    // verilator no_inline_task
    faults[fault] = 1'b0;
    faulty = faults != '0;
    case (fault)
      RReset: explanation = $sformatf("RVALID %b in or right after reset", rvalid);
      RValid: explanation = {"RVALID fell before RREADY: ", r_text(r_now)};
      RStable: begin
        explanation = {"changed before RREADY from ", r_text(r_before), " to ", r_text(r_now)};
      end
      RUnknown: begin
        explanation = $sformatf("RVALID %b, RREADY %b, RID 0x%h, RDATA 0x%h, RRESP %b, RLAST %b",
                                rvalid, rready, r_now.id, r_now.data, r_now.resp, r_now.last);
      end
      RHang: begin
        explanation = $sformatf("no RREADY for %0d clocks: %s", clock - r_since, r_text(r_now));
      end
      RWithoutAddress: begin
        explanation = $sformatf("RID 0x%0h, RRESP %0d, RLAST %b, but no read of this ID waits",
                                r_now.id, r_now.resp, r_now.last);
      end
      RLastEarly, RLastLate: begin
        explanation = $sformatf("RLAST %b in beat %0d of %s", r_now.last, faulty_beat,
                                address_name(faulty_atomic ? "AW" : "AR", faulty_read));
      end
      RExokay: begin
        explanation = $sformatf("RID 0x%0h, RRESP %0d, ARLOCK 0 for %s", r_now.id, r_now.resp,
                                address_name(faulty_atomic ? "AW" : "AR", faulty_read));
      end
      ReadTable: begin
        explanation = $sformatf("more than %0d reads; unchecked until reset: %s", MaxReads,
                                address_name(unplaced_atomic ? "AW" : "AR", unplaced));
      end
      default: begin  // ReadHang
        explanation = $sformatf("no RVALID for %0d clocks, %0d beats so far: %s",
                                answerable(clock) - u_reads.since[u_reads.oldest],
                                beats(u_reads.oldest), read_text(u_reads.oldest));
      end
    endcase
  endfunction

  function automatic string r_text(input r_t r);
    // verilator no_inline_task
    return $sformatf("RID 0x%0h, RDATA 0x%0h, RRESP %0d, RLAST %b, RUSER 0x%0h", r.id, r.data,
                     r.resp, r.last, r.user);
  endfunction

  /// The read data of an atomic transaction is that of an address on AW.
  function automatic string read_text(input int unsigned place);
    // verilator no_inline_task
    return transaction_text(u_reads.atomics[place] ? "AW" : "AR", u_reads.ids[place],
                            u_reads.addrs[place], u_reads.shapes[place]);
  endfunction

endmodule
