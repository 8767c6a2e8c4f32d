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
  parameter bit                        ReportRules      = 1'b0
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
  // An atomic transaction that returns data has a place among the reads.
  localparam int unsigned ReadSlots = Atomics ? MaxReads + MaxWrites : MaxReads;

  // The state of the model. Only the one clocked process writes it, through the functions below and
  // those of the core; what leaves the module goes through registers. A slot is an int.
  // verilator lint_off BLKSEQ
  // verilator lint_off UNUSEDSIGNAL

  // What one transaction is, from its address to its response.
  typedef struct packed {
    logic [63:0]     id;
    logic [63:0]     addr;
    shape_t          shape;
    logic            lock;
    logic [5:0]      atop;
    longint unsigned start;
  } request_t;

  // Writes whose last beat has not been merged, oldest first. `write_beat` is that of the oldest.
  request_t               writes [MaxWrites];
  int unsigned            write_head, write_count;
  int unsigned            write_beat;
  int unsigned            write_strobed;
  logic [63:0]            write_addr;   // where its data starts
  shape_t                 write_shape;
  rule_e                  write_rule;  // that the oldest broke

  // Beats that have not been merged, oldest first. None is left at the end of a clock but those
  // that came before their address.
  logic [DataWidth-1:0]   datas  [WriteBufferBeats];
  logic [BusBytes-1:0]    strbs  [WriteBufferBeats];
  logic                   lasts  [WriteBufferBeats];
  int unsigned            data_head, data_count;

  // Writes that wait for their response, by slot.
  request_t               answers         [MaxWrites];
  outcome_e               answer_outcomes [MaxWrites];
  int unsigned            answer_strobed  [MaxWrites];
  int unsigned            answer_shown;
  int unsigned            unanswered;

  // Reads, by slot.
  request_t               reads         [ReadSlots];
  int unsigned            read_beats    [ReadSlots];
  outcome_e               read_outcomes [ReadSlots];
  longint unsigned        read_values   [ReadSlots];  // of atomics
  int unsigned            read_shown;
  bit                     read_in_burst;  // the slot shown has more beats
  logic                   read_is_last;
  int unsigned            read_count;

  qdpi_port_core #(
    .Protocol  (Protocol),
    .Name      (Name),
    .DataWidth (DataWidth),
    .ReadImages(ReadSlots),
    .Restricted(Restricted),
    .Behaviour (Behaviour)
  ) u_core (
    .clk_i,
    .rst_ni,
    .bridge_lost_o
  );

  qdpi_port_order #(
    .Entries(MaxWrites)
  ) u_answers ();

  qdpi_port_order #(
    .Entries(ReadSlots)
  ) u_reads ();

  function automatic void reset_state();
    write_head = 0;
    write_count = 0;
    write_beat = 0;
    data_head = 0;
    data_count = 0;
    unanswered = 0;
    read_in_burst = 1'b0;
    read_count = 0;
    u_answers.reset_state();
    u_reads.reset_state();
    u_core.reset_state();
  endfunction

  /// The transaction breaks `rule`: it is answered with an error and nothing else happens.
  function automatic outcome_e refuse(input kind_e kind, input request_t request,
                                      input rule_e rule);
    string sentence = rule_sentence(kind_name(kind), request.addr, request.shape, rule);
    u_core.refused(kind, sentence);
    if (ReportRules && !(rule inside {RuleAtomicBigEndian, RuleAtomicWide})) begin
      $error("%s: %s; answered SLVERR", u_core.name(), sentence);
    end
    return OutcomeSlaveError;
  endfunction

  // ---- Writes ----------------------------------------------------------------------------------

  function automatic void take_write_address();
    writes[(write_head+write_count)%MaxWrites] = {
      64'(axi_awid_i), 64'(axi_awaddr_i), axi_awlen_i, axi_awsize_i, axi_awburst_i, axi_awlock_i,
      axi_awatop_i, u_core.clock()};
    write_count++;
    unanswered++;
  endfunction

  function automatic void take_write_beat();
    int unsigned tail = (data_head + data_count) % WriteBufferBeats;
    if (`QDPI_BUG(AXI4_DROPS_DATA_AHEAD) && data_count == 16) return;
    datas[tail] = axi_wdata_i;
    strbs[tail] = axi_wstrb_i;
    lasts[tail] = axi_wlast_i;
    data_count++;
  endfunction

  function automatic void open_write();
    write_addr = writes[write_head].addr;
    write_shape = writes[write_head].shape;
    if (writes[write_head].atop == AtopCompare && write_shape.len == 0) begin
      // Both halves are in one beat, whichever is addressed.
      write_addr &= ~(beat_bytes(write_shape.size) - 64'd1);
      write_shape.burst = BurstIncr;
    end
    write_strobed = 0;
    write_rule = broken_rule(write_addr, write_shape, BusBytes);
    if (write_rule == RuleNone) begin
      u_core.write_begin(lowest_byte(write_addr, write_shape),
                         highest_byte(write_addr, write_shape));
    end
  endfunction

  /// The byte lanes of a transfer at `address` (A3.4.1, A3.4.3).
  function automatic logic [BusBytes-1:0] transfer_lanes(input logic [2:0]  size,
                                                         input logic [63:0] address);
    int unsigned carried = carried_bytes(size, address);
    if (carried == BusBytes) return '1;
    return ((BusBytes'(1) << carried) - BusBytes'(1)) << (address[31:0] & (BusBytes - 1));
  endfunction

  /// Merge the oldest beat into the oldest write, and finish that if it is the last one.
  function automatic void merge_beat();
    logic [BusBytes-1:0] strb = strbs[data_head];
    logic [63:0]         address;
    logic                is_last;

    if (write_beat == 0) open_write();
    address = beat_address(write_addr, write_shape, write_beat);
    is_last = write_beat == 32'(write_shape.len);
    if (write_rule == RuleNone) begin
      if ((strb & ~transfer_lanes(write_shape.size, address)) != 0) write_rule = RuleStrobe;
      if (lasts[data_head] != is_last) write_rule = RuleLast;
    end
    if (write_rule == RuleNone) begin
      write_strobed += 32'($countones(strb));
      if (`QDPI_BUG(AXI4_IGNORED_STROBES)) strb = transfer_lanes(write_shape.size, address);
      if (`QDPI_BUG(AXI4_LAST_BEAT_LOST) && is_last && write_beat != 0) strb = '0;
      if (`QDPI_BUG(AXI4_WRONG_LANE)) address ^= 64'd1 << write_shape.size;
      u_core.write_lanes(address, datas[data_head], strb);
    end
    // A burst with a wrong WLAST ends with the earlier of the two, so that it is answered at all.
    if (`QDPI_BUG(AXI4_RESPONSE_BEFORE_DATA) && write_beat == 0 && !is_last) begin
      add_answer(writes[write_head], OutcomeOkay);
    end
    if (lasts[data_head] || is_last) finish_write();
    else write_beat++;
    data_head = (data_head + 1) % WriteBufferBeats;
    data_count--;
  endfunction

  /// Carry out the oldest write, whose image is complete.
  function automatic outcome_e carry_out(input request_t request);
    if (request.atop != 0) return carry_out_atomic(request);
    if (write_rule != RuleNone) return refuse(KindWrite, request, write_rule);
    if (request.lock && may_be_exclusive(request.shape.len, request.shape.burst)) return u_core.write_exclusive(request.id);
    return u_core.write(request.id);
  endfunction

  /// The write `request` is done, and waits for its response.
  function automatic void add_answer(input request_t request, input outcome_e outcome);
    int unsigned slot = u_answers.add(request.id,
                                      u_core.clock() + 64'(u_core.write_latency()));
    answers[slot] = request;
    answer_strobed[slot] = write_strobed;
    answer_outcomes[slot] = outcome;
    if (u_core.withheld()) u_answers.withhold(slot);
  endfunction

  function automatic void finish_write();
    request_t request = writes[write_head];
    outcome_e outcome = carry_out(request);

    if (!(`QDPI_BUG(AXI4_RESPONSE_BEFORE_DATA) && request.shape.len != 0)) begin
      add_answer(request, outcome);
    end
    write_head = (write_head + 1) % MaxWrites;
    write_count--;
    write_beat = 0;
  endfunction

  function automatic void merge_beats();
    while (data_count != 0 && write_count != 0) merge_beat();
  endfunction

  function automatic void answer_taken();
    request_t request = answers[answer_shown];
    if (request.atop != 0) begin
      record_atomic(request);
    end else begin
      u_core.completed(KindWrite, request.id, request.addr,
                       32'(transaction_bytes(request.addr, request.shape)),
                       answer_strobed[answer_shown], 32'(request.shape.len) + 1,
                       answer_outcomes[answer_shown], request.start);
    end
    u_answers.remove(answer_shown);
    unanswered--;
  endfunction

  /// Whether there is a response to show on B, in slot answer_shown.
  function automatic bit next_answer();
    int unsigned ready = u_answers.ready(u_core.clock(), u_core.reorder());
    if (ready == 0) return 1'b0;
    answer_shown = u_answers.candidate(ready == 1 ? 0 : u_core.choose(ready));
    return u_core.write_response_valid(
        32'(transaction_bytes(answers[answer_shown].addr, answers[answer_shown].shape)));
  endfunction

  // ---- Atomics (chapter Atomic transactions) ---------------------------------------------------

  /// The operation that AWATOP names.
  function automatic atomic_op_e operation(input logic [5:0] atop);
    if (atop == AtopSwap) return AtomicSwap;
    return atomic_op_e'({1'b0, atop[2:0]});
  endfunction

  /// Carry out the atomic `request`, and give its read data a place among the reads.
  function automatic outcome_e carry_out_atomic(input request_t request);
    longint unsigned previous = 0;
    outcome_e        outcome;

    if (!Atomics) return refuse_atop(request);
    outcome = operate_on_memory(request, previous);
    // All but AtomicStore return what was in memory; as many beats, of zeros, if it was refused.
    if (!request.atop[5] && !`QDPI_BUG(AXI5_STORE_RETURNS_DATA)) return outcome;
    if (`QDPI_BUG(AXI5_NO_DATA_AFTER_ERROR) && outcome != OutcomeOkay) return outcome;
    add_atomic_read(request, outcome, previous);
    return outcome;
  endfunction

  /// The port has no atomics: its manager may be waiting for read data that no AXI4 port can give.
  function automatic outcome_e refuse_atop(input request_t request);
    string sentence = $sformatf(
        "atomic at 0x%0h, AWATOP 0x%0h: this port has no atomic transactions; set its parameter Atomics to 1, or tie axi_awatop_i to 0",
        request.addr, request.atop);
    u_core.refused(KindAtomic, sentence);
    $error("%s: %s; answered SLVERR, without read data", u_core.name(), sentence);
    return OutcomeSlaveError;
  endfunction

  function automatic outcome_e operate_on_memory(input request_t request,
                                                 output longint unsigned previous);
    int unsigned     bytes = 32'(atomic_bytes(request.shape, request.atop));
    rule_e           rule = write_rule;
    longint unsigned compare_at;

    previous = 0;
    if (rule == RuleNone) begin
      rule = broken_atomic_rule(request.addr, request.shape, request.atop, BusBytes);
      if (request.lock || !u_core.all_strobed()) rule = RuleAtomic;
    end
    if (rule != RuleNone) return refuse(KindAtomic, request, rule);
    if (request.atop != AtopCompare) begin
      return u_core.atomic(operation(request.atop), request.id, request.addr, bytes,
                           u_core.written_value(request.addr), 0, previous);
    end
    compare_at = compare_address(request.addr, request.shape);
    return u_core.atomic(AtomicCompare, request.id, request.addr, bytes,
                         u_core.written_value(compare_at ^ 64'(bytes)),
                         u_core.written_value(compare_at), previous);
  endfunction

  function automatic void add_atomic_read(input request_t request, input outcome_e outcome,
                                          input longint unsigned previous);
    int unsigned slot;
    slot = u_reads.add(request.id, u_core.clock() + 64'(u_core.read_latency()));
    reads[slot] = request;
    reads[slot].shape = read_shape(request.shape, request.atop);
    read_beats[slot] = 0;
    read_outcomes[slot] = outcome;
    read_values[slot] = previous;
    if (u_core.withheld()) u_reads.withhold(slot);
  endfunction

  /// Whether every write that has been accepted, and one more, finds a place for read data: that of
  /// an atomic may wait there long after its response on B.
  function automatic bit has_read_places();
    if (!Atomics || `QDPI_BUG(AXI5_READ_PLACES_FORGOTTEN)) return 1'b1;
    return u_reads.count() - read_count + write_count < MaxWrites;
  endfunction

  /// The beat `beat` of the read data of atomic `request`, `previous`, on its lanes.
  function automatic logic [DataWidth-1:0] atomic_read_data(input request_t request,
                                                            input int unsigned beat,
                                                            input longint unsigned previous);
    longint unsigned address = beat_address(request.addr, request.shape, beat);
    longint unsigned value = previous >> (8 * (address - request.addr));
    if (`QDPI_BUG(AXI5_DATA_IN_LOW_LANES)) return DataWidth'(value);
    return DataWidth'(value) << (8 * (address[31:0] & (BusBytes - 1)));
  endfunction

  /// The response of atomic `request` on B has been taken: that ends it in all records.
  function automatic void record_atomic(input request_t request);
    int unsigned bytes = 32'(atomic_bytes(request.shape, request.atop));
    u_core.completed(KindAtomic, request.id, request.addr, bytes, bytes,
                     32'(request.shape.len) + 1, answer_outcomes[answer_shown], request.start);
  endfunction

  // ---- Reads -----------------------------------------------------------------------------------

  function automatic void take_read_address();
    int unsigned slot;
    if (`QDPI_BUG(AXI4_LOST_OUTSTANDING) && read_count == 3) return;
    slot = u_reads.add(64'(axi_arid_i), u_core.clock() + 64'(u_core.read_latency()));
    reads[slot] = {64'(axi_arid_i), 64'(axi_araddr_i), axi_arlen_i, axi_arsize_i, axi_arburst_i,
                   axi_arlock_i, 6'd0, u_core.clock()};
    read_beats[slot] = 0;
    read_count++;
  endfunction

  /// The first beat of the read in `slot` is due: read guest memory.
  function automatic void start_read(input int unsigned slot);
    request_t        request = reads[slot];
    longint unsigned first = lowest_byte(request.addr, request.shape);
    longint unsigned last = highest_byte(request.addr, request.shape);
    rule_e           rule = broken_rule(request.addr, request.shape, BusBytes);

    if (rule != RuleNone) begin
      read_outcomes[slot] = refuse(KindRead, request, rule);
      u_core.read_nothing(slot);
      return;
    end
    read_outcomes[slot] = u_core.read(slot, request.id, first, last);
    if (request.lock && may_be_exclusive(request.shape.len, request.shape.burst)
        && read_outcomes[slot] == OutcomeOkay) begin
      read_outcomes[slot] = u_core.reserve(request.id, first, last);
    end
  endfunction

  /// Whether the beat to be shown next is of a burst that has to be chosen.
  function automatic bit choose_read();
    int unsigned ready;
    if (read_in_burst && !u_core.interleave()) return 1'b1;
    ready = u_reads.ready(u_core.clock(), any_order());
    if (ready == 0) return 1'b0;
    read_shown = u_reads.candidate(ready == 1 ? 0 : u_core.choose(ready));
    return 1'b1;
  endfunction

  function automatic bit any_order();
    if (u_core.interleave()) return 1'b1;
    return u_core.reorder();
  endfunction

  /// Whether there is a beat to show on R, that of slot read_shown.
  function automatic bit next_read_beat();
    if (!choose_read()) return 1'b0;
    if (!u_core.read_data_valid(32'(beat_bytes(reads[read_shown].shape.size)))) return 1'b0;
    if (read_beats[read_shown] == 0 && reads[read_shown].atop == 0) begin
      start_read(read_shown);
      if (u_core.withheld()) begin
        u_reads.withhold(read_shown);
        return 1'b0;
      end
    end
    read_is_last = read_beats[read_shown] == 32'(reads[read_shown].shape.len);
    if (`QDPI_BUG(AXI4_EARLY_RLAST) && read_beats[read_shown] == 14) read_is_last = 1'b1;
    read_in_burst = !read_is_last;
    return 1'b1;
  endfunction

  /// What the beat to be shown carries. Steps on to the next one.
  function automatic logic [DataWidth-1:0] read_data();
    request_t        request = reads[read_shown];
    int unsigned     beat = read_beats[read_shown];
    longint unsigned address = beat_address(request.addr, request.shape, beat);

    read_beats[read_shown]++;
    if (request.atop != 0) return atomic_read_data(request, beat, read_values[read_shown]);
    if (`QDPI_BUG(AXI4_NARROW_IN_LOW_LANES)) begin
      return u_core.read_lanes(read_shown, address) >> (8 * (address[31:0] & (BusBytes - 1)));
    end
    return u_core.read_lanes(read_shown, address);
  endfunction

  function automatic logic [IdWidth-1:0] read_id();
    if (`QDPI_BUG(AXI4_RID_OF_LAST_ADDRESS)) return axi_arid_i;
    return IdWidth'(reads[read_shown].id);
  endfunction

  function automatic void read_beat_taken();
    request_t    request = reads[read_shown];
    int unsigned bytes;
    if (!read_is_last) return;
    bytes = transaction_bytes(request.addr, request.shape);
    // An atomic is recorded once, with its response on B.
    if (request.atop == 0) begin
      u_core.completed(KindRead, request.id, request.addr, bytes, bytes,
                       32'(request.shape.len) + 1, read_outcomes[read_shown], request.start);
      read_count--;
    end
    u_reads.remove(read_shown);
  endfunction

  // ---- The clock -------------------------------------------------------------------------------

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
      if (axi_bvalid_o && axi_bready_i) answer_taken();
      if (axi_awvalid_i && axi_awready_o) take_write_address();
      if (axi_wvalid_i && axi_wready_o) take_write_beat();
      merge_beats();
      if (!axi_bvalid_o || axi_bready_i) begin
        axi_bvalid_o <= 1'b0;
        if (next_answer()) begin
          axi_bvalid_o <= 1'b1;
          axi_bid_o    <= IdWidth'(answers[answer_shown].id);
          axi_bresp_o  <= response(answer_outcomes[answer_shown]);
        end
      end
      axi_awready_o <= write_address_ready();
      axi_wready_o  <= write_data_ready();

      if (axi_rvalid_o && axi_rready_i) read_beat_taken();
      if (axi_arvalid_i && axi_arready_o) take_read_address();
      if (!axi_rvalid_o || axi_rready_i) begin
        axi_rvalid_o <= 1'b0;
        if (next_read_beat()) begin
          axi_rvalid_o <= 1'b1;
          axi_rid_o    <= read_id();
          axi_rresp_o  <= response(read_outcomes[read_shown]);
          axi_rlast_o  <= read_is_last;
          axi_rdata_o  <= read_data();
        end
      end
      axi_arready_o <= read_address_ready();
    end
  end

  function automatic bit write_address_ready();
    if (unanswered >= u_core.max_writes(MaxWrites)) return 1'b0;
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

endmodule
