// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// TileLink-UH subordinate in front of guest RAM: what a device's TileLink client connects to.
/// Simulation only.
///
///   qdpi_tilelink_port #(.DataWidth(64)) u_port (
///     .clk_i, .rst_ni, .bridge_lost_o(bridge_lost), .tl_a_valid_i(a_valid), ...);
///   initial u_port.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
///   initial u_port.allow(64'h10_0000, 64'h1f_ffff, 1'b1, 1'b1);  // what the device may touch
///   ...
///   u_port.report();                                             // before $finish
///
/// Source: SiFive TileLink Specification 1.8.1; the numbers are those of its sections.
///
/// * Get, PutFullData, PutPartialData, ArithmeticData, LogicalData, Intent (7.2, 8.2), 1 to 4096
///   bytes, in bursts (8.3). One beat per clock on both channels at once, also from message to
///   message.
/// * Atomics of 1, 2, 4 and 8 bytes are atomic against the guest's own; larger ones are denied.
///   Intent is answered with HintAck, wherever it points, and has no effect.
/// * Refusals (4.4): d_denied, with d_corrupt where there is data; the data is zeros. Denied are
///   accesses where the guest has no RAM, writes and atomics on ROM, what is outside the windows,
///   everything while the bridge is lost, atomics on a guest that has none (dpi_require,
///   QDPI_FEATURE_ATOMICS), requests with a_corrupt in any beat, injected errors of both kinds, and
///   requests that break a rule of TileLink. A denied request changes nothing.
///   Unknown opcodes are taken for one beat and answered AccessAck.
/// * Order: puts and atomics take effect whole, in the order of channel A, with their last beat; a
///   Get when its first beat is shown. So a Get that is requested after the response to a put sees
///   that. Responses come in the order of channel A, or, with the knob reorder, in any order (6.5).
///   The beats of one response are never interrupted by another. No response starts before its
///   request is complete (4.2).
/// * Blocking: a_ready is low when MaxTransactions are under way. Knobs: read_address_ready is for
///   first beats on A, write_data_ready for the others, read_data_valid for D with data,
///   write_response_valid for D without; of max_reads and max_writes the smaller holds for all.
/// * What is shown on D stays until d_ready. d_param and d_sink are 0.
module qdpi_tilelink_port #(
  /// Name in messages, logs and plusargs; "": the place in the hierarchy.
  parameter string                     Name            = "",
  /// Bits of a_address, at most 64.
  parameter int unsigned               AddrWidth       = 64,
  /// Bits of data: 8, 16, 32, 64, 128, 256, 512 or 1024.
  parameter int unsigned               DataWidth       = 64,
  /// Bits of the size fields: 1 to 4.
  parameter int unsigned               SizeWidth       = 4,
  /// Bits of the source fields, at least 1.
  parameter int unsigned               SourceWidth     = 4,
  /// Bits of d_sink, at least 1.
  parameter int unsigned               SinkWidth       = 1,
  /// Requests accepted whose response has not been taken. From 4 up there are no bubbles.
  parameter int unsigned               MaxTransactions = 16,
  /// 1: the protocol is checked.
  parameter bit                        EnableChecker   = 1'b1,
  /// 1: the checker wants of channel A that what was not taken stays. TileLink does not.
  parameter bit                        AIrrevocable    = 1'b0,
  /// The checker's patience; 0: endless.
  parameter int unsigned               HangClocks      = 10000,
  /// 1: nothing is allowed before allow() is called.
  parameter bit                        Restricted      = 1'b0,
  /// Delays and faults.
  parameter qdpi_port_pkg::behaviour_t Behaviour       = qdpi_port_pkg::Ideal
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: asynchronous, active low. Drops what is in progress; what was answered stays written.
  input  logic                   rst_ni,
  /// High from the first access that found the bridge lost until one gets through again.
  output logic                   bridge_lost_o,
  /// Channel A: request.
  input  logic                   tl_a_valid_i,
  /// Channel A.
  output logic                   tl_a_ready_o,
  /// Channel A: what to do.
  input  logic [2:0]             tl_a_opcode_i,
  /// Channel A: which of the atomics or intents.
  input  logic [2:0]             tl_a_param_i,
  /// Channel A: log2 of the bytes.
  input  logic [SizeWidth-1:0]   tl_a_size_i,
  /// Channel A: who asks.
  input  logic [SourceWidth-1:0] tl_a_source_i,
  /// Channel A: guest-physical address.
  input  logic [AddrWidth-1:0]   tl_a_address_i,
  /// Channel A: byte lanes.
  input  logic [DataWidth/8-1:0] tl_a_mask_i,
  /// Channel A: data.
  input  logic [DataWidth-1:0]   tl_a_data_i,
  /// Channel A: this beat's data is bad.
  input  logic                   tl_a_corrupt_i,
  /// Channel D: response.
  output logic                   tl_d_valid_o,
  /// Channel D.
  input  logic                   tl_d_ready_i,
  /// Channel D: AccessAck, AccessAckData or HintAck.
  output logic [2:0]             tl_d_opcode_o,
  /// Channel D: 0.
  output logic [1:0]             tl_d_param_o,
  /// Channel D: a_size of the request.
  output logic [SizeWidth-1:0]   tl_d_size_o,
  /// Channel D: a_source of the request.
  output logic [SourceWidth-1:0] tl_d_source_o,
  /// Channel D: 0.
  output logic [SinkWidth-1:0]   tl_d_sink_o,
  /// Channel D: not done.
  output logic                   tl_d_denied_o,
  /// Channel D: data. Lanes outside the message carry the guest's bytes or zeros.
  output logic [DataWidth-1:0]   tl_d_data_o,
  /// Channel D: the data is none.
  output logic                   tl_d_corrupt_o
);
  import qdpi_port_pkg::*;
  import qdpi_port_atomics_pkg::*;
  import qdpi_tilelink_checker_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned WideWidth = DataWidth < 64 ? 64 : DataWidth;

  if (AddrWidth < 1 || AddrWidth > 64) begin : g_bad_addr_width
    $error("AddrWidth is %0d, must be 1 to 64", AddrWidth);
  end
  if (!(DataWidth inside {8, 16, 32, 64, 128, 256, 512, 1024})) begin : g_bad_data_width
    $error("DataWidth is %0d, must be a power of 2 from 8 to 1024", DataWidth);
  end
  if (SizeWidth < 1 || SizeWidth > 4) begin : g_bad_size_width
    $error("SizeWidth is %0d, must be 1 to 4", SizeWidth);
  end

  typedef struct packed {
    logic [2:0]             opcode;
    logic [2:0]             param;
    logic [SizeWidth-1:0]   size;
    logic [SourceWidth-1:0] source;
    logic [63:0]            address;
    int unsigned            strobed;   // bytes
    outcome_e               outcome;
    longint unsigned        previous;  // of an atomic
    longint unsigned        start;
    longint unsigned        due;
  } request_t;

  // The state of the model. Only the one clocked process writes it, through the functions below,
  // and nothing else reads it in a clock. Hence:
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they read no signal.
  // verilator lint_off IMPURE
  // No function needs all that is known of a request; and an index is an int, however many there
  // are.
  // verilator lint_off UNUSEDSIGNAL
  request_t             incoming;      // on channel A
  int unsigned          a_beat;        // its beats that were taken; 0: none is coming in
  string                objection;     // why it will be denied; "" if it will not
  request_t             pending [MaxTransactions];  // complete, oldest first
  int unsigned          pending_count;
  request_t             answer;        // on channel D
  bit                   answering;
  int unsigned          d_beat;        // its beats that were shown
  logic [WideWidth-1:0] wide_previous;

  qdpi_port_core #(
    .Protocol  ("TileLink"),
    .Name      (Name),
    .DataWidth (DataWidth),
    .ReadImages(1),
    .Restricted(Restricted),
    .Behaviour (Behaviour)
  ) u_core (
    .clk_i,
    .rst_ni,
    .bridge_lost_o
  );

  if (EnableChecker) begin : g_checker
    qdpi_tilelink_checker #(
      .AddrWidth   (AddrWidth),
      .DataWidth   (DataWidth),
      .SizeWidth   (SizeWidth),
      .SourceWidth (SourceWidth),
      .SinkWidth   (SinkWidth),
      .AIrrevocable(AIrrevocable),
      .DIrrevocable(1'b1),
      .HangClocks  (HangClocks)
    ) u_checker (
      .clk_i,
      .rst_ni,
      .tl_a_valid_i,
      .tl_a_ready_i  (tl_a_ready_o),
      .tl_a_opcode_i,
      .tl_a_param_i,
      .tl_a_size_i,
      .tl_a_source_i,
      .tl_a_address_i,
      .tl_a_mask_i,
      .tl_a_data_i,
      .tl_a_corrupt_i,
      .tl_d_valid_i  (tl_d_valid_o),
      .tl_d_ready_i,
      .tl_d_opcode_i (tl_d_opcode_o),
      .tl_d_param_i  (tl_d_param_o),
      .tl_d_size_i   (tl_d_size_o),
      .tl_d_source_i (tl_d_source_o),
      .tl_d_sink_i   (tl_d_sink_o),
      .tl_d_denied_i (tl_d_denied_o),
      .tl_d_data_i   (tl_d_data_o),
      .tl_d_corrupt_i(tl_d_corrupt_o)
    );
  end

  // ---- What the testbench calls -----------------------------------------------------------------

`define QDPI_PORT_CORE u_core
`include "qdpi_port_counts.svh"
`include "qdpi_port_calls.svh"
`undef QDPI_PORT_CORE

  /// Since reset: beats of their data.
  function automatic longint unsigned beats(input kind_e kind);
    return u_core.beats(kind);
  endfunction

  // ---- Channel A --------------------------------------------------------------------------------

  function automatic void reset_state();
    a_beat = 0;
    pending_count = 0;
    answering = 1'b0;
    u_core.reset_state();
  endfunction

  function automatic kind_e kind_of(input request_t request);
    case (request.opcode)
      PutFullData, PutPartialData: return KindWrite;
      ArithmeticData, LogicalData: return KindAtomic;
      default:                     return KindRead;
    endcase
  endfunction

  function automatic int unsigned size_bytes(input request_t request);
    return 32'd1 << request.size;
  endfunction

  function automatic int unsigned request_beats(input request_t request);
    return request_has_data(request.opcode) ? data_beats(32'(request.size), BusBytes) : 1;
  endfunction

  /// Why a request will be denied, as far as its first beat shows.
  function automatic string first_objection();
    // verilator no_inline_task
    if (incoming.opcode > Intent) return "the opcode is none of TL-UH";
    if (32'(incoming.size) > LargestSize) return "it is larger than 4096 bytes";
    if ((incoming.address & (64'(size_bytes(incoming)) - 64'd1)) != 0) return "it is unaligned";
    if (!param_is_legal(incoming.opcode, incoming.param)) return "the param is none of its opcode";
    if (kind_of(incoming) == KindAtomic && size_bytes(incoming) > 8) begin
      return "atomics of more than 8 bytes are not supported";
    end
    return "";
  endfunction

  function automatic void start_request();
    incoming.opcode = tl_a_opcode_i;
    incoming.param = tl_a_param_i;
    incoming.size = tl_a_size_i;
    incoming.source = tl_a_source_i;
    incoming.address = 64'(tl_a_address_i);
    incoming.strobed = 0;
    incoming.previous = 0;
    incoming.outcome = OutcomeOkay;
    incoming.start = u_core.clock();
    objection = first_objection();
    if (objection == "") begin
      u_core.write_begin(incoming.address, incoming.address + 64'(size_bytes(incoming)) - 1);
    end
  endfunction

  /// The byte lanes of the message (4.5).
  function automatic logic [BusBytes-1:0] message_lanes();
    if (size_bytes(incoming) >= BusBytes) return '1;
    return ((BusBytes'(1) << size_bytes(incoming)) - BusBytes'(1))
        << (incoming.address[31:0] & (BusBytes - 1));
  endfunction

  function automatic void take_data();
    longint unsigned     address = incoming.address + 64'(a_beat) * 64'(BusBytes);
    logic [BusBytes-1:0] mask = `QDPI_BUG(TILELINK_IGNORES_MASK) ? message_lanes() : tl_a_mask_i;
    logic [BusBytes-1:0] strayed = tl_a_mask_i & ~message_lanes();
    bit                  partial = tl_a_mask_i != message_lanes();
    if (strayed != 0 || (partial && incoming.opcode != PutPartialData)) begin
      objection = "the mask does not fit opcode, address and size";
    end
    if (!request_has_data(incoming.opcode)) return;
    if (tl_a_corrupt_i && !`QDPI_BUG(TILELINK_WRITES_CORRUPT)) objection = "its data is corrupt";
    incoming.strobed += $countones(mask);
    if (objection == "") u_core.write_lanes(address, tl_a_data_i, mask);
  endfunction

  function automatic atomic_op_e operation();
    if (incoming.opcode == LogicalData) begin
      case (incoming.param)
        3'd0:    return AtomicXor;
        3'd1:    return AtomicSet;
        3'd2:    return AtomicAnd;
        default: return AtomicSwap;
      endcase
    end
    case (incoming.param)
      3'd0:    return `QDPI_BUG(TILELINK_MIN_AS_MINU) ? AtomicUnsignedMin : AtomicSignedMin;
      3'd1:    return AtomicSignedMax;
      3'd2:    return AtomicUnsignedMin;
      3'd3:    return AtomicUnsignedMax;
      default: return AtomicAdd;
    endcase
  endfunction

  /// The request is complete: carry it out, but for a Get. 0: it must never be answered.
  function automatic bit carry_out();
    // verilator no_inline_task
    longint unsigned previous = 0;
    if (objection != "") begin
      incoming.outcome = OutcomeSlaveError;
      u_core.refused(kind_of(incoming), $sformatf(
          "TileLink request with opcode %0d, param %0d, size %0d, source %0d at 0x%0h denied: %s",
          incoming.opcode, incoming.param, incoming.size, incoming.source, incoming.address,
          objection));
      return 1'b1;
    end
    if (kind_of(incoming) == KindWrite) begin
      incoming.outcome = u_core.write(64'(incoming.source));
      return !u_core.withheld();
    end
    if (kind_of(incoming) == KindAtomic) begin
      incoming.outcome = u_core.atomic(operation(), 64'(incoming.source), incoming.address,
                                       size_bytes(incoming),
                                       u_core.written_value(incoming.address), 64'd0, previous);
      incoming.previous = previous;
      return !u_core.withheld();
    end
    return 1'b1;
  endfunction

  function automatic int unsigned latency();
    if (response_to(incoming.opcode) == AccessAckData) return u_core.read_latency();
    return u_core.write_latency();
  endfunction

  function automatic void finish_request();
    bit answered = carry_out();
    a_beat = 0;
    if (!answered) return;
    incoming.due = u_core.clock() + 64'(latency());
    pending[pending_count] = incoming;
    pending_count++;
  endfunction

  function automatic void accept_beat();
    bit early = `QDPI_BUG(TILELINK_ENDS_BURST_EARLY) && a_beat == 62;
    if (a_beat == 0) start_request();
    take_data();
    a_beat++;
    if (a_beat == request_beats(incoming) || early) finish_request();
  endfunction

  function automatic bit ready_for_beat();
    int unsigned reads = u_core.max_reads(MaxTransactions);
    int unsigned writes = u_core.max_writes(MaxTransactions);
    int unsigned limit = reads < writes ? reads : writes;
    if (a_beat != 0) return u_core.write_data_ready();
    if (`QDPI_BUG(TILELINK_IGNORES_LIMIT)) limit = MaxTransactions;
    if (pending_count + 32'(answering) >= limit) return 1'b0;
    return u_core.read_address_ready();
  endfunction

  // ---- Channel D --------------------------------------------------------------------------------

  /// The pending request to answer next; pending_count: none is due.
  function automatic int unsigned next_to_answer();
    int unsigned due = 0, chosen = 0;
    if (!u_core.reorder()) begin
      return pending_count != 0 && pending[0].due <= u_core.clock() ? 0 : pending_count;
    end
    for (int unsigned i = 0; i < pending_count; i++) due += 32'(is_due(i));
    if (due == 0) return pending_count;
    chosen = u_core.choose(due);
    for (int unsigned i = 0; i < pending_count; i++) begin
      if (is_due(i)) begin
        if (chosen == 0) return i;
        chosen--;
      end
    end
    return pending_count;
  endfunction

  function automatic bit is_due(input int unsigned index);
    return pending[index].due <= u_core.clock();
  endfunction

  /// Start the next response, if one is due. A Get reads the guest now.
  function automatic void start_answer();
    int unsigned index = next_to_answer();
    if (index == pending_count) return;
    answer = pending[index];
    if (`QDPI_BUG(TILELINK_MIXES_SOURCES)) answer.source = pending[0].source;
    pending_count--;
    for (int unsigned i = index; i < pending_count; i++) pending[i] = pending[i+1];
    answering = 1'b1;
    d_beat = 0;
    u_core.read_nothing(0);
    if (answer.opcode == Get && answer.outcome == OutcomeOkay) begin
      answer.outcome = u_core.read(0, 64'(answer.source), answer.address,
                                   answer.address + 64'(size_bytes(answer)) - 1);
      answering = !u_core.withheld();
    end
    wide_previous = WideWidth'(answer.previous)
                 << (8 * (answer.address[31:0] & (BusBytes - 1)));
  endfunction

  function automatic bit has_data();
    return response_to(answer.opcode) == AccessAckData;
  endfunction

  function automatic int unsigned answer_beats();
    return has_data() ? data_beats(32'(answer.size), BusBytes) : 1;
  endfunction

  function automatic bit is_denied();
    return answer.outcome != OutcomeOkay && !`QDPI_BUG(TILELINK_DENIES_NOTHING);
  endfunction

  function automatic logic [DataWidth-1:0] beat_data();
    longint unsigned address = answer.address + 64'(d_beat) * 64'(BusBytes);
    if (answer.opcode == Get) begin
      if (`QDPI_BUG(TILELINK_LOW_LANES) && size_bytes(answer) < BusBytes) begin
        return u_core.read_lanes(0, address) >> (8 * (address[31:0] & (BusBytes - 1)));
      end
      return u_core.read_lanes(0, address);
    end
    return DataWidth'(wide_previous >> (d_beat * DataWidth));
  endfunction

  /// The last beat of the response has been taken.
  function automatic void finish_answer();
    bit is_intent = answer.opcode == Intent;
    int unsigned strobed = request_has_data(answer.opcode) ? answer.strobed : size_bytes(answer);
    int unsigned data_count = request_has_data(answer.opcode) ? request_beats(answer)
                                                              : answer_beats();
    answering = 1'b0;
    u_core.completed(kind_of(answer), 64'(answer.source), answer.address, size_bytes(answer),
                     is_intent ? 0 : strobed, data_count, answer.outcome, answer.start);
  endfunction

  /// Whether a beat of the current response may be shown now.
  function automatic bit may_show();
    if (!answering) return 1'b0;
    if (has_data()) begin
      return u_core.read_data_valid(size_bytes(answer) < BusBytes ? size_bytes(answer) : BusBytes);
    end
    return u_core.write_response_valid(answer.strobed);
  endfunction

  /// Channel D is free: what comes next?
  function automatic void advance_answer();
    if (tl_d_valid_o && d_beat == answer_beats()) finish_answer();
    if (!answering) start_answer();
  endfunction

  // Not always_ff: the testbench's calls change the core's state too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      tl_a_ready_o   <= 1'b0;
      tl_d_valid_o   <= 1'b0;
      tl_d_opcode_o  <= AccessAck;
      tl_d_size_o    <= '0;
      tl_d_source_o  <= '0;
      tl_d_denied_o  <= 1'b0;
      tl_d_data_o    <= '0;
      tl_d_corrupt_o <= 1'b0;
    end else begin
      if (tl_a_valid_i && tl_a_ready_o) accept_beat();
      if (!tl_d_valid_o || tl_d_ready_i) begin
        advance_answer();
        tl_d_valid_o <= 1'b0;
        if (may_show()) begin
          tl_d_valid_o   <= 1'b1;
          tl_d_opcode_o  <= response_to(answer.opcode);
          tl_d_size_o    <= answer.size;
          tl_d_source_o  <= answer.source;
          tl_d_denied_o  <= is_denied();
          tl_d_corrupt_o <= is_denied() && has_data() && !`QDPI_BUG(TILELINK_DENIED_NOT_CORRUPT);
          tl_d_data_o    <= beat_data();
          d_beat = d_beat + 1;
        end
      end
      tl_a_ready_o <= ready_for_beat();
    end
  end

  assign tl_d_param_o = '0;
  assign tl_d_sink_o = '0;

endmodule
