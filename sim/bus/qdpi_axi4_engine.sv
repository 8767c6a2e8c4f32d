// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// What qdpi_axi4_port does on a clock: AXI4's five channels in front of the core that all ports
/// share. Simulation only. The ports are those of qdpi_axi4_port, which documents them.
///
/// Writes: beats are merged into the core's image of the oldest burst, and the beat with WLAST takes
/// it to guest RAM on its own clock edge. So a refused burst changes nothing, memory has the bytes
/// before BVALID rises (A3.3.1, A6), and writes take effect in the order of their addresses. Write
/// data that comes before its address waits in a buffer (A3.3.1). Reads: guest RAM is read on the edge
/// that puts the first beat on R. Responses of one ID stay in order (A5.3, A6).
module qdpi_axi4_engine #(
  /// Name of the bus, for messages.
  parameter string                     Protocol         = "AXI4",
  /// As in qdpi_axi4_port.
  parameter string                     Name             = "",
  /// As in qdpi_axi4_port.
  parameter int unsigned               AddrWidth        = 64,
  /// As in qdpi_axi4_port.
  parameter int unsigned               DataWidth        = 64,
  /// As in qdpi_axi4_port.
  parameter int unsigned               IdWidth          = 4,
  /// As in qdpi_axi4_port.
  parameter int unsigned               MaxReads         = 16,
  /// As in qdpi_axi4_port.
  parameter int unsigned               MaxWrites        = 16,
  /// As in qdpi_axi4_port.
  parameter int unsigned               WriteBufferBeats = 256,
  /// As in qdpi_axi4_port.
  parameter bit                        Restricted       = 1'b0,
  /// As in qdpi_axi4_port.
  parameter qdpi_port_pkg::behaviour_t Behaviour        = qdpi_port_pkg::Ideal,
  /// As in qdpi_axi4_port.
  parameter bit                        Atomics          = 1'b0,
  /// 1: $error about a burst that breaks a rule: no checker does it.
  parameter bit                        ReportRules      = 1'b0,
  /// As in qdpi_axi4_port.
  parameter bit                        EnableMonitor    = 1'b1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  output logic                   bridge_lost_o,
  input  logic [IdWidth-1:0]     axi_awid_i,
  input  logic [AddrWidth-1:0]   axi_awaddr_i,
  input  logic [7:0]             axi_awlen_i,
  input  logic [2:0]             axi_awsize_i,
  input  logic [1:0]             axi_awburst_i,
  input  logic                   axi_awlock_i,
  input  logic [5:0]             axi_awatop_i,
  input  logic                   axi_awvalid_i,
  output logic                   axi_awready_o,
  input  logic [DataWidth-1:0]   axi_wdata_i,
  input  logic [DataWidth/8-1:0] axi_wstrb_i,
  input  logic                   axi_wlast_i,
  input  logic                   axi_wvalid_i,
  output logic                   axi_wready_o,
  output logic [IdWidth-1:0]     axi_bid_o,
  output logic [1:0]             axi_bresp_o,
  output logic                   axi_bvalid_o,
  input  logic                   axi_bready_i,
  input  logic [IdWidth-1:0]     axi_arid_i,
  input  logic [AddrWidth-1:0]   axi_araddr_i,
  input  logic [7:0]             axi_arlen_i,
  input  logic [2:0]             axi_arsize_i,
  input  logic [1:0]             axi_arburst_i,
  input  logic                   axi_arlock_i,
  input  logic                   axi_arvalid_i,
  output logic                   axi_arready_o,
  output logic [IdWidth-1:0]     axi_rid_o,
  output logic [DataWidth-1:0]   axi_rdata_o,
  output logic [1:0]             axi_rresp_o,
  output logic                   axi_rlast_o,
  output logic                   axi_rvalid_o,
  input  logic                   axi_rready_i
);
  import qdpi_port_pkg::*;
  import qdpi_axi4_pkg::*;
  import qdpi_port_atomics_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  // The bus in pieces of a word of the core, or in one.
  localparam int unsigned PieceWidth = DataWidth < 64 ? DataWidth : 64;
  localparam int unsigned Pieces = DataWidth / PieceWidth;
  // An atomic transaction that returns data has a place among the reads.
  localparam int unsigned ReadSlots = Atomics ? MaxReads + MaxWrites : MaxReads;
  // When a response is due whose write has not all its beats.
  localparam longint unsigned Never = '1;

  // The state of the model. Only the one clocked process writes it, through the functions below and
  // those of the core; what leaves the module goes through registers. A slot is an int.
  //
  // What every clock does is inlined in the process, and has no locals wider than a word; what a burst
  // needs once is not, and reads no signal. Such a function leaves its results in variables: what the
  // process might get from it Verilator clears on every clock. A transaction is a line in several
  // arrays: wide structures are copied word by word.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL

  // What an address says apart from that.
  typedef struct packed {
    shape_t     shape;
    logic       lock;
    logic [5:0] atop;
  } manner_t;

  // Writes, by slot: from their address to their response.
  longint unsigned      write_addrs    [MaxWrites];
  manner_t              write_manners  [MaxWrites];
  longint unsigned      write_starts   [MaxWrites];
  outcome_e             write_outcomes [MaxWrites];
  int unsigned          write_strobed  [MaxWrites];
  int unsigned          answer_shown;
  bit                   answer_is_due;  // that is to be shown now
  int unsigned          write_count;    // those whose last beat has not been merged
  // The oldest of these is open: the core's image is its own.
  int unsigned          write_slot;
  logic [63:0]          write_base;     // its address, as its beats are placed by it
  int unsigned          write_left;     // beats to come, but for the last
  bit                   write_is_even;  // these are of all lanes, each behind the one before
  bit                   write_is_plain; // and so is the next one
  int unsigned          write_bytes;    // strobed ones, if all to come were
  rule_e                write_rule;     // that it broke

  // Beats that have not been merged, oldest first. None is left at the end of a clock but those
  // that came before their address.
  logic [DataWidth-1:0] datas [WriteBufferBeats];
  logic [BusBytes-1:0]  strbs [WriteBufferBeats];
  logic                 lasts [WriteBufferBeats];
  int unsigned          data_head, data_count;
  bit                   w_is_plain;  // the beat that is being taken now is not among them

  // Reads, by slot.
  longint unsigned      read_addrs    [ReadSlots];
  manner_t              read_manners  [ReadSlots];
  longint unsigned      read_starts   [ReadSlots];
  bit                   read_started  [ReadSlots];
  bit                   read_shares   [ReadSlots];  // others may come between its beats
  int unsigned          read_left     [ReadSlots];  // beats to come, but for the last
  outcome_e             read_outcomes [ReadSlots];
  longint unsigned      read_values   [ReadSlots];  // of atomics
  int unsigned          read_shown;
  bit                   read_is_due;    // its beat is to be shown now
  logic [DataWidth-1:0] read_lanes;     // this
  int unsigned          read_plain;     // beats to come that differ in their data alone
  bit                   r_is_plain;     // such a beat is to be shown now
  bit                   read_in_burst;  // the slot shown has more beats, which come next, not plain
  logic                 read_is_last;   // the beat shown is the last of its slot
  int unsigned          read_count;

  // What decide_writes() and decide_reads() have found out: what may be taken on the next clock, and
  // whether a direction stays as it is until something more is taken.
  bit                   takes_write_address, takes_write_data, takes_read_address;
  bit                   writes_are_calm, reads_are_calm;

  qdpi_port_core #(
    .Protocol     (Protocol),
    .Name         (Name),
    .DataWidth    (DataWidth),
    .ReadImages   (ReadSlots),
    .Restricted   (Restricted),
    .Behaviour    (Behaviour),
    .EnableMonitor(EnableMonitor)
  ) u_core (
    .clk_i,
    .rst_ni,
    .bridge_lost_o
  );

  qdpi_port_order #(
    .Entries(MaxWrites)
  ) u_writes ();

  qdpi_port_order #(
    .Entries(ReadSlots)
  ) u_reads ();

  function automatic void reset_state();
    // verilator no_inline_task
    write_count = 0;
    write_is_plain = 1'b0;
    writes_are_calm = 1'b0;
    reads_are_calm = 1'b0;
    data_head = 0;
    data_count = 0;
    read_in_burst = 1'b0;
    read_plain = 0;
    read_count = 0;
    u_writes.reset_state();
    u_reads.reset_state();
    u_core.reset_state();
  endfunction

  /// The transaction breaks `rule`: it is answered with an error and nothing else happens.
  function automatic outcome_e refuse(input kind_e kind, input longint unsigned addr,
                                      input shape_t shape, input rule_e rule);
    // verilator no_inline_task
    string sentence = rule_sentence(kind_name(kind), addr, shape, rule);
    u_core.refused(kind, sentence);
    if (ReportRules && !(rule inside {RuleAtomicBigEndian, RuleAtomicWide})) begin
      $error("%s: %s; answered SLVERR", u_core.name(), sentence);
    end
    return OutcomeSlaveError;
  endfunction

  /// Whether all beats of a burst but the first are of all lanes, each behind the one before, on a bus
  /// of whole words.
  function automatic bit is_even(input shape_t shape);
    return shape.burst == BurstIncr && beat_bytes(shape.size) == 64'(BusBytes) && BusBytes >= 8;
  endfunction

  // ---- Writes ----------------------------------------------------------------------------------

  function automatic void take_write_address(input longint unsigned id, input longint unsigned addr,
                                             input manner_t manner);
    // verilator no_inline_task
    int unsigned slot = u_writes.add(id, Never);
    write_addrs[slot] = addr;
    write_manners[slot] = manner;
    write_starts[slot] = u_core.clock();
    write_count++;
    if (write_count == 1) open_write();
  endfunction

  /// Whether the beat on W is the common one: all lanes of it, behind those that have been merged.
  //
  // The statements of a process are reordered by Verilator 5.006, by what it sees them read and write;
  // and it does not see that of functions that are not inlined. It leaves a process alone in which it
  // has met a jump, such as the first return here: so the process asks this first.
  function automatic bit is_plain_beat();
    if (!write_is_plain || !axi_wvalid_i) return 1'b0;
    return axi_wready_o && &axi_wstrb_i && axi_wlast_i == (write_left == 0);
  endfunction

  function automatic void take_plain_beat();
    for (int unsigned i = 0; i < Pieces; i++) begin
      u_core.put_word(i, 64'(axi_wdata_i[PieceWidth*i+:PieceWidth]));
    end
    u_core.end_write_beat();
    write_left -= 32'(!axi_wlast_i);
  endfunction

  /// Any other beat waits here for the burst that it is of.
  function automatic void take_beat();
    int unsigned tail = (data_head + data_count) % WriteBufferBeats;
    if (`QDPI_BUG(AXI4_DROPS_DATA_AHEAD) && data_count == 16) return;
    datas[tail] = axi_wdata_i;
    strbs[tail] = axi_wstrb_i;
    lasts[tail] = axi_wlast_i;
    data_count++;
  endfunction

  /// The oldest write without its data gets the core's image.
  function automatic void open_write();
    // verilator no_inline_task
    shape_t      shape;
    logic [63:0] first, last;
    write_slot = u_writes.slot_behind(u_writes.count() - write_count);
    shape = write_manners[write_slot].shape;
    write_base = write_addrs[write_slot];
    if (write_manners[write_slot].atop == AtopCompare && shape.len == 0) begin
      // Both halves are in one beat, whichever is addressed.
      write_base &= ~(beat_bytes(shape.size) - 64'd1);
      shape.burst = BurstIncr;
    end
    write_left = 32'(shape.len);
    write_bytes = (write_left + 1) * BusBytes;
    write_rule = survey(write_base, shape, write_manners[write_slot].lock, BusBytes, first, last);
    write_is_even = write_rule == RuleNone && is_even(shape) && !has_wrong_beats();
    write_is_plain = write_is_even && (write_base[31:0] & (BusBytes - 1)) == 0;
    if (write_rule == RuleNone) u_core.write_begin(first, last);
  endfunction

  /// Whether the bug that is seeded is in merge_beat(): then no beat may miss it.
  function automatic bit has_wrong_beats();
    return `QDPI_BUG(AXI4_LAST_BEAT_LOST) || `QDPI_BUG(AXI4_WRONG_LANE)
        || `QDPI_BUG(AXI4_RESPONSE_BEFORE_DATA);
  endfunction

  /// The byte lanes of a transfer at `address` (A3.4.1, A3.4.3).
  function automatic logic [BusBytes-1:0] transfer_lanes(input logic [2:0]  size,
                                                         input logic [63:0] address);
    int unsigned carried = carried_bytes(size, address);
    if (carried == BusBytes) return '1;
    return ((BusBytes'(1) << carried) - BusBytes'(1)) << (address[31:0] & (BusBytes - 1));
  endfunction

  /// Merge the oldest beat into the open write, and finish that if it is the last one.
  function automatic void merge_beat();
    // verilator no_inline_task
    logic [BusBytes-1:0] strb = strbs[data_head];
    shape_t              shape = write_manners[write_slot].shape;
    bit                  is_first = write_left == 32'(shape.len);
    bit                  is_last = write_left == 0;
    logic [63:0]         address = beat_address(write_base, shape, shape.len - 8'(write_left));

    write_bytes -= BusBytes;
    if (write_rule == RuleNone) begin
      if ((strb & ~transfer_lanes(shape.size, address)) != 0) write_rule = RuleStrobe;
      if (lasts[data_head] != is_last) write_rule = RuleLast;
    end
    if (write_rule == RuleNone) begin
      write_bytes += 32'($countones(strb));
      if (`QDPI_BUG(AXI4_IGNORED_STROBES)) strb = transfer_lanes(shape.size, address);
      if (`QDPI_BUG(AXI4_LAST_BEAT_LOST) && is_last && !is_first) strb = '0;
      if (`QDPI_BUG(AXI4_WRONG_LANE)) address ^= 64'd1 << shape.size;
      if (write_is_plain && &strb) begin
        for (int unsigned i = 0; i < Pieces; i++) begin
          u_core.put_word(i, 64'(datas[data_head][PieceWidth*i+:PieceWidth]));
        end
        u_core.end_write_beat();
      end else begin
        u_core.write_lanes(address, datas[data_head], strb);
      end
    end
    // A burst with a wrong WLAST ends with the earlier of the two, so that it is answered at all.
    if (`QDPI_BUG(AXI4_RESPONSE_BEFORE_DATA) && is_first && !is_last) add_answer(OutcomeOkay);
    if (lasts[data_head] || is_last) begin
      finish_write();
    end else begin
      write_left--;
      write_is_plain = write_is_even && write_rule == RuleNone;
    end
    data_count--;
    data_head = data_count == 0 ? 0 : (data_head + 1) % WriteBufferBeats;
  endfunction

  function automatic void merge_beats();
    // verilator no_inline_task
    while (data_count != 0 && write_count != 0) merge_beat();
  endfunction

  /// Carry out the open write, whose image is complete.
  function automatic outcome_e carry_out();
    manner_t         manner = write_manners[write_slot];
    longint unsigned id = u_writes.id_of(write_slot);
    if (manner.atop != 0) return carry_out_atomic(id, write_addrs[write_slot], manner);
    if (write_rule != RuleNone) begin
      return refuse(KindWrite, write_addrs[write_slot], manner.shape, write_rule);
    end
    if (manner.lock) return u_core.write_exclusive(id);
    return u_core.write(id);
  endfunction

  /// The open write waits for its response.
  function automatic void add_answer(input outcome_e outcome);
    write_outcomes[write_slot] = outcome;
    write_strobed[write_slot] = write_bytes - write_left * BusBytes;
    u_writes.set_due(write_slot, u_core.clock() + 64'(u_core.write_latency()));
    if (u_core.withheld()) u_writes.withhold(write_slot);
  endfunction

  /// The open write has all its beats.
  function automatic void finish_write();
    // verilator no_inline_task
    outcome_e outcome = carry_out();

    if (!(`QDPI_BUG(AXI4_RESPONSE_BEFORE_DATA) && write_manners[write_slot].shape.len != 0)) begin
      add_answer(outcome);
    end
    write_is_plain = 1'b0;
    write_count--;
    if (write_count != 0) open_write();
  endfunction

  /// The response in slot answer_shown has been taken.
  function automatic void answer_taken();
    // verilator no_inline_task
    if (EnableMonitor) record_write();
    u_writes.remove(answer_shown);
  endfunction

  function automatic void record_write();
    // verilator no_inline_task
    manner_t     manner = write_manners[answer_shown];
    kind_e       kind = KindWrite;
    int unsigned length = answer_length();
    int unsigned moved = write_strobed[answer_shown];
    if (manner.atop != 0) begin
      // With its response on B it ends in all records, whether its read data has been taken or not.
      kind = KindAtomic;
      length = 32'(atomic_bytes(manner.shape, manner.atop));
      moved = length;
    end
    u_core.completed(kind, u_writes.id_of(answer_shown), write_addrs[answer_shown], length, moved,
                     32'(manner.shape.len) + 1, write_outcomes[answer_shown],
                     write_starts[answer_shown]);
  endfunction

  /// The bytes of the write in slot answer_shown.
  function automatic int unsigned answer_length();
    // verilator no_inline_task
    return transaction_bytes(write_addrs[answer_shown], write_manners[answer_shown].shape);
  endfunction

  /// Find out whether there is a response to show on B, in slot answer_shown.
  function automatic void find_answer();
    int unsigned ready = u_writes.ready(u_core.clock(), u_core.reorder());
    answer_is_due = 1'b0;
    if (ready == 0) return;
    answer_shown = u_writes.candidate(ready == 1 ? 0 : u_core.choose(ready));
    answer_is_due = u_core.is_answering();
    if (!answer_is_due) answer_is_due = u_core.write_response_valid(answer_length());
  endfunction

  // ---- Atomics (chapter Atomic transactions) ---------------------------------------------------

  /// The operation that AWATOP names.
  function automatic atomic_op_e operation(input logic [5:0] atop);
    if (atop == AtopSwap) return AtomicSwap;
    return atomic_op_e'({1'b0, atop[2:0]});
  endfunction

  /// Carry out an atomic, the oldest write, and give its read data a place among the reads.
  function automatic outcome_e carry_out_atomic(input longint unsigned id,
                                                input longint unsigned addr,
                                                input manner_t manner);
    // verilator no_inline_task
    longint unsigned previous = 0;
    outcome_e        outcome;

    if (!Atomics) return refuse_atop(addr, manner);
    outcome = operate_on_memory(id, addr, manner, previous);
    // All but AtomicStore return what was in memory; as many beats, of zeros, if it was refused.
    if (!manner.atop[5] && !`QDPI_BUG(AXI5_STORE_RETURNS_DATA)) return outcome;
    if (`QDPI_BUG(AXI5_NO_DATA_AFTER_ERROR) && outcome != OutcomeOkay) return outcome;
    add_atomic_read(id, addr, manner, outcome, previous);
    return outcome;
  endfunction

  /// The port has no atomics: its manager may be waiting for read data that no AXI4 port can give.
  function automatic outcome_e refuse_atop(input longint unsigned addr, input manner_t manner);
    // verilator no_inline_task
    string sentence = $sformatf(
        "atomic at 0x%0h, AWATOP 0x%0h: this port has no atomic transactions; set its parameter Atomics to 1, or tie axi_awatop_i to 0",
        addr, manner.atop);
    u_core.refused(KindAtomic, sentence);
    $error("%s: %s; answered SLVERR, without read data", u_core.name(), sentence);
    return OutcomeSlaveError;
  endfunction

  function automatic outcome_e operate_on_memory(input longint unsigned id,
                                                 input longint unsigned addr,
                                                 input manner_t manner,
                                                 output longint unsigned previous);
    // verilator no_inline_task
    int unsigned     bytes = 32'(atomic_bytes(manner.shape, manner.atop));
    rule_e           rule = write_rule;
    longint unsigned compare_at;

    previous = 0;
    if (rule == RuleNone) begin
      rule = broken_atomic_rule(addr, manner.shape, manner.atop, BusBytes);
      if (manner.lock || !u_core.all_strobed()) rule = RuleAtomic;
    end
    if (rule != RuleNone) return refuse(KindAtomic, addr, manner.shape, rule);
    if (manner.atop != AtopCompare) begin
      return u_core.atomic(operation(manner.atop), id, addr, bytes, u_core.written_value(addr), 0,
                           previous);
    end
    compare_at = compare_address(addr, manner.shape);
    return u_core.atomic(AtomicCompare, id, addr, bytes,
                         u_core.written_value(compare_at ^ 64'(bytes)),
                         u_core.written_value(compare_at), previous);
  endfunction

  function automatic void add_atomic_read(input longint unsigned id, input longint unsigned addr,
                                          input manner_t manner, input outcome_e outcome,
                                          input longint unsigned previous);
    // verilator no_inline_task
    shape_t      shape = read_shape(manner.shape, manner.atop);
    int unsigned slot = add_read(id, addr, {shape, manner.lock, manner.atop});
    read_started[slot] = 1'b1;
    read_shares[slot] = u_core.interleave();
    read_outcomes[slot] = outcome;
    read_values[slot] = previous;
    reads_are_calm = 1'b0;
    if (u_core.withheld()) u_reads.withhold(slot);
  endfunction

  /// Whether every write that has been accepted, and one more, finds a place for read data: that of
  /// an atomic may wait there long after its response on B.
  function automatic bit has_read_places();
    if (!Atomics || `QDPI_BUG(AXI5_READ_PLACES_FORGOTTEN)) return 1'b1;
    return u_reads.count() - read_count + write_count < MaxWrites;
  endfunction

  /// Put the next beat of the read data of the atomic in slot read_shown on its lanes.
  function automatic void place_atomic_data();
    // verilator no_inline_task
    longint unsigned address = read_beat_address();
    longint unsigned value = read_values[read_shown] >> (8 * (address - read_addrs[read_shown]));
    read_lanes = DataWidth'(value);
    if (`QDPI_BUG(AXI5_DATA_IN_LOW_LANES)) return;
    read_lanes = read_lanes << (8 * (address[31:0] & (BusBytes - 1)));
  endfunction

  // ---- Reads -----------------------------------------------------------------------------------

  /// A read is under way. Returns its slot.
  function automatic int unsigned add_read(input longint unsigned id, input longint unsigned addr,
                                           input manner_t manner);
    // verilator no_inline_task
    int unsigned slot = u_reads.add(id, u_core.clock() + 64'(u_core.read_latency()));
    read_addrs[slot] = addr;
    read_manners[slot] = manner;
    read_starts[slot] = u_core.clock();
    read_started[slot] = 1'b0;
    read_left[slot] = 32'(manner.shape.len);
    return slot;
  endfunction

  function automatic void take_read_address(input longint unsigned id, input longint unsigned addr,
                                            input manner_t manner);
    // verilator no_inline_task
    if (`QDPI_BUG(AXI4_LOST_OUTSTANDING) && read_count == 3) return;
    void'(add_read(id, addr, manner));
    read_count++;
  endfunction

  /// The first beat of the read in `slot` is due: read guest memory.
  function automatic void start_read(input int unsigned slot);
    longint unsigned addr = read_addrs[slot];
    longint unsigned id = u_reads.id_of(slot);
    shape_t          shape = read_manners[slot].shape;
    longint unsigned first, last;
    rule_e           rule = survey(addr, shape, read_manners[slot].lock, BusBytes, first, last);

    read_started[slot] = 1'b1;
    // As the core keeps its image; the knob may be another before its last beat.
    read_shares[slot] = u_core.interleave();
    if (rule != RuleNone) begin
      read_outcomes[slot] = refuse(KindRead, addr, shape, rule);
      u_core.read_nothing(slot);
      return;
    end
    read_outcomes[slot] = u_core.read(slot, id, first, last);
    // What an exclusive access to a fixed address would reserve is not said (A7.2.4).
    if (read_manners[slot].lock && shape.burst != BurstFixed
        && read_outcomes[slot] == OutcomeOkay) begin
      read_outcomes[slot] = u_core.reserve(id, first, last);
    end
    if (u_core.withheld()) u_reads.withhold(slot);
  endfunction

  /// Whether the beat to be shown next is of a burst that has to be chosen.
  function automatic bit choose_read();
    int unsigned ready;
    if (read_in_burst) return 1'b1;
    ready = u_reads.ready(u_core.clock(), any_order());
    if (ready == 0) return 1'b0;
    read_shown = u_reads.candidate(ready == 1 ? 0 : u_core.choose(ready));
    return 1'b1;
  endfunction

  function automatic bit any_order();
    if (u_core.interleave()) return 1'b1;
    return u_core.reorder();
  endfunction

  /// Find out whether there is a beat to show on R, that of slot read_shown, and what is in it. If so,
  /// step on.
  function automatic void find_read_beat();
    read_is_due = 1'b0;
    if (!choose_read()) return;
    if (!u_core.is_streaming()) begin
      if (!u_core.read_data_valid(32'(beat_bytes(read_manners[read_shown].shape.size)))) return;
    end
    if (!read_started[read_shown]) begin
      start_read(read_shown);
      if (u_core.withheld()) return;
    end
    read_is_due = 1'b1;
    read_is_last = read_left[read_shown] == 0;
    if (`QDPI_BUG(AXI4_EARLY_RLAST)
        && 32'(read_manners[read_shown].shape.len) - read_left[read_shown] == 14) begin
      read_is_last = 1'b1;
    end
    place_read_data();
    if (read_is_last) read_in_burst = 1'b0;
    else step_read();
  endfunction

  /// Where that beat is.
  function automatic longint unsigned read_beat_address();
    shape_t shape = read_manners[read_shown].shape;
    return beat_address(read_addrs[read_shown], shape, shape.len - 8'(read_left[read_shown]));
  endfunction

  /// Put it on its lanes.
  function automatic void place_read_data();
    if (Atomics) begin
      if (read_manners[read_shown].atop != 0) begin
        place_atomic_data();
        return;
      end
    end
    read_lanes = u_core.read_lanes(read_shown, read_beat_address());
    if (`QDPI_BUG(AXI4_NARROW_IN_LOW_LANES)) begin
      read_lanes = read_lanes >> (8 * (32'(read_beat_address()) & (BusBytes - 1)));
    end
  endfunction

  /// Behind that beat come others. If all they differ in is their data, they need not be chosen.
  function automatic void step_read();
    manner_t     manner = read_manners[read_shown];
    int unsigned beats = read_left[read_shown];
    read_left[read_shown]--;
    read_in_burst = !read_shares[read_shown];
    if (beats != 32'(manner.shape.len) || !u_core.is_streaming() || manner.atop != 0
        || !is_even(manner.shape)
        || !(read_outcomes[read_shown] inside {OutcomeOkay, OutcomeExclusive})
        || `QDPI_BUG(AXI4_EARLY_RLAST)) begin
      return;
    end
    u_core.seek(read_shown, (read_addrs[read_shown] | (64'(BusBytes) - 64'd1)) + 64'd1);
    read_plain = beats;
    read_in_burst = 1'b0;
  endfunction

  function automatic logic [IdWidth-1:0] read_id();
    if (`QDPI_BUG(AXI4_RID_OF_LAST_ADDRESS)) return axi_arid_i;
    return IdWidth'(u_reads.id_of(read_shown));
  endfunction

  /// The last beat of the read in slot read_shown has been taken.
  function automatic void read_taken();
    // verilator no_inline_task
    // An atomic is recorded once, with its response on B.
    if (read_manners[read_shown].atop == 0) begin
      if (EnableMonitor) record_read();
      read_count--;
    end
    u_reads.remove(read_shown);
  endfunction

  function automatic void record_read();
    // verilator no_inline_task
    shape_t      shape = read_manners[read_shown].shape;
    int unsigned bytes = transaction_bytes(read_addrs[read_shown], shape);
    u_core.completed(KindRead, u_reads.id_of(read_shown), read_addrs[read_shown], bytes, bytes,
                     32'(shape.len) + 1, read_outcomes[read_shown], read_starts[read_shown]);
  endfunction

  // ---- The clock -------------------------------------------------------------------------------

  /// Whether nothing happens on AW, W and B but for a plain beat, and what is ready stays so.
  function automatic bit writes_are_quiet();
    if (axi_awready_o && axi_awvalid_i) return 1'b0;
    if (!writes_are_calm) return 1'b0;
    return (!axi_wvalid_i || (w_is_plain && !axi_wlast_i)) && u_core.always_ready();
  endfunction

  /// The same for AR and R.
  function automatic bit reads_are_quiet();
    if (axi_arready_o && axi_arvalid_i) return 1'b0;
    return (read_plain != 0 || reads_are_calm) && u_core.always_ready();
  endfunction

  function automatic bit write_address_ready();
    if (u_writes.count() >= u_core.max_writes(MaxWrites)) return 1'b0;
    if (!has_read_places()) return 1'b0;
    return u_core.write_address_ready();
  endfunction

  function automatic bit write_data_ready();
    if (data_count >= WriteBufferBeats) return 1'b0;
    return u_core.write_data_ready();
  endfunction

  function automatic bit read_address_ready();
    if (read_count >= u_core.max_reads(MaxReads)) return 1'b0;
    return u_core.read_address_ready();
  endfunction

  /// What is to be shown on B, if that `is_free`, and what may be taken on AW and W.
  function automatic void decide_writes(input bit is_free);
    // verilator no_inline_task
    if (is_free) find_answer();
    takes_write_address = write_address_ready();
    takes_write_data = write_data_ready();
    // What is not ready becomes so when a write is answered; an atomic also waits for read data.
    writes_are_calm = u_writes.count() == write_count && takes_write_data
                    && (takes_write_address || (u_writes.count() != 0 && !Atomics));
  endfunction

  /// The same for R and AR.
  function automatic void decide_reads(input bit is_free);
    // verilator no_inline_task
    if (is_free && read_plain == 0) find_read_beat();
    takes_read_address = read_address_ready();
    reads_are_calm = u_reads.count() == 0 && takes_read_address;
  endfunction

  // Not always_ff: testbenches set up what the functions use.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      axi_awready_o <= 1'b0;
      axi_wready_o  <= 1'b0;
      axi_bvalid_o  <= 1'b0;
      axi_bid_o     <= '0;
      axi_bresp_o   <= RespOkay;
      axi_arready_o <= 1'b0;
      axi_rvalid_o  <= 1'b0;
      axi_rid_o     <= '0;
      axi_rdata_o   <= '0;
      axi_rresp_o   <= RespOkay;
      axi_rlast_o   <= 1'b0;
    end else begin
      // Writes first: a read that was accepted after a response must see what was written.
      w_is_plain = is_plain_beat();
      if (writes_are_quiet()) begin
        if (w_is_plain) take_plain_beat();
      end else begin
        if (axi_bvalid_o && axi_bready_i) answer_taken();
        if (axi_awvalid_i && axi_awready_o) begin
          take_write_address(64'(axi_awid_i), 64'(axi_awaddr_i),
                             {axi_awlen_i, axi_awsize_i, axi_awburst_i, axi_awlock_i,
                              axi_awatop_i});
        end
        // The address may have come right now.
        if (data_count == 0 && is_plain_beat()) begin
          take_plain_beat();
          if (axi_wlast_i) finish_write();
        end else begin
          if (axi_wvalid_i && axi_wready_o) take_beat();
          if (data_count != 0 && write_count != 0) merge_beats();
        end
        decide_writes(!axi_bvalid_o || axi_bready_i);
        if (!axi_bvalid_o || axi_bready_i) begin
          axi_bvalid_o <= answer_is_due;
          if (answer_is_due) begin
            axi_bid_o   <= IdWidth'(u_writes.id_of(answer_shown));
            axi_bresp_o <= response(write_outcomes[answer_shown]);
          end
        end
        axi_awready_o <= takes_write_address;
        axi_wready_o  <= takes_write_data;
      end

      r_is_plain = read_plain != 0 && axi_rready_i;
      if (!reads_are_quiet()) begin
        if (axi_rvalid_o && axi_rready_i && axi_rlast_o) read_taken();
        if (axi_arvalid_i && axi_arready_o) begin
          take_read_address(64'(axi_arid_i), 64'(axi_araddr_i),
                            {axi_arlen_i, axi_arsize_i, axi_arburst_i, axi_arlock_i, 6'd0});
        end
        decide_reads(!axi_rvalid_o || axi_rready_i);
        if (!r_is_plain && (!axi_rvalid_o || axi_rready_i)) begin
          axi_rvalid_o <= read_is_due;
          if (read_is_due) begin
            axi_rid_o   <= read_id();
            axi_rresp_o <= response(read_outcomes[read_shown]);
            axi_rlast_o <= read_is_last;
            axi_rdata_o <= read_lanes;
          end
        end
        axi_arready_o <= takes_read_address;
      end
      if (r_is_plain) begin
        for (int unsigned i = 0; i < Pieces; i++) begin
          axi_rdata_o[PieceWidth*i+:PieceWidth] <= PieceWidth'(u_core.next_word(i));
        end
        axi_rlast_o <= read_plain == 1;
        u_core.end_read_beat();
        read_plain--;
      end
    end
  end

endmodule
