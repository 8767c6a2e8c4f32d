// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Protocol checker for one TileLink-UL or TileLink-UH link. Simulation only: looks at both sides,
/// drives nothing. A port has one inside; for a link of your own:
///
///   bind my_core qdpi_tilelink_checker #(.AddrWidth(32), .DataWidth(64)) u_tl_checker (
///     .clk_i(clk), .rst_ni(!reset), .tl_a_valid_i(a_valid), ... .tl_d_corrupt_i(d_corrupt));
///
/// The rules are those of qdpi_tilelink_checker_pkg; SiFive TileLink Specification 1.8.1.
///
/// * TileLink lets a sender take back or change what was not taken (4.1); in a burst only what
///   continues it may be shown. AIrrevocable and DIrrevocable ask for more.
/// * A source may be used again once the first beat of its response has been taken (6.4).
/// * A response may be shown as soon as the first beat of its request is, and be taken on the clock on
///   which that is taken (4.2).
module qdpi_tilelink_checker
  import qdpi_tilelink_checker_pkg::*;
#(
  /// Bits of a_address, at most 64.
  parameter int unsigned AddrWidth    = 64,
  /// Bits of data: 8, 16, ... 1024.
  parameter int unsigned DataWidth    = 64,
  /// Bits of the size fields: 1 to 4.
  parameter int unsigned SizeWidth    = 4,
  /// Bits of the source fields.
  parameter int unsigned SourceWidth  = 4,
  /// Bits of d_sink.
  parameter int unsigned SinkWidth    = 1,
  /// 1: what was shown on A and not taken must stay.
  parameter bit          AIrrevocable = 1'b0,
  /// 1: the same for D.
  parameter bit          DIrrevocable = 1'b0,
  /// Clocks that a channel may stand still, or without a response while one is due; 0: endless.
  parameter int unsigned HangClocks   = 10000
) (
  /// Clock: rising edge.
  input logic                   clk_i,
  /// Reset: active low.
  input logic                   rst_ni,
  /// Channel A.
  input logic                   tl_a_valid_i,
  /// Channel A.
  input logic                   tl_a_ready_i,
  /// Channel A.
  input logic [2:0]             tl_a_opcode_i,
  /// Channel A.
  input logic [2:0]             tl_a_param_i,
  /// Channel A.
  input logic [SizeWidth-1:0]   tl_a_size_i,
  /// Channel A.
  input logic [SourceWidth-1:0] tl_a_source_i,
  /// Channel A.
  input logic [AddrWidth-1:0]   tl_a_address_i,
  /// Channel A.
  input logic [DataWidth/8-1:0] tl_a_mask_i,
  /// Channel A.
  input logic [DataWidth-1:0]   tl_a_data_i,
  /// Channel A.
  input logic                   tl_a_corrupt_i,
  /// Channel D.
  input logic                   tl_d_valid_i,
  /// Channel D.
  input logic                   tl_d_ready_i,
  /// Channel D.
  input logic [2:0]             tl_d_opcode_i,
  /// Channel D.
  input logic [1:0]             tl_d_param_i,
  /// Channel D.
  input logic [SizeWidth-1:0]   tl_d_size_i,
  /// Channel D.
  input logic [SourceWidth-1:0] tl_d_source_i,
  /// Channel D.
  input logic [SinkWidth-1:0]   tl_d_sink_i,
  /// Channel D.
  input logic                   tl_d_denied_i,
  /// Channel D.
  input logic [DataWidth-1:0]   tl_d_data_i,
  /// Channel D.
  input logic                   tl_d_corrupt_i
);

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned Sources = 1 << SourceWidth;
  // Looking through all sources on every clock would cost more than all other checks.
  localparam int unsigned ScanClocks = HangClocks < 256 ? (HangClocks == 0 ? 1 : HangClocks) : 256;

  typedef struct packed {
    logic [2:0]             opcode;
    logic [2:0]             param;
    logic [SizeWidth-1:0]   size;
    logic [SourceWidth-1:0] source;
    logic [AddrWidth-1:0]   address;
  } request_t;

  typedef struct packed {
    logic [2:0]             opcode;
    logic [1:0]             param;
    logic [SizeWidth-1:0]   size;
    logic [SourceWidth-1:0] source;
    logic [SinkWidth-1:0]   sink;
    logic                   denied;
  } response_t;

  typedef struct packed {
    logic [BusBytes-1:0]  mask;
    logic [DataWidth-1:0] data;
    logic                 corrupt;
  } payload_t;

  /// All that a message may tell of.
  typedef struct packed {
    logic                 a_valid;
    logic                 a_ready;
    request_t             a;
    payload_t             a_payload;
    request_t             a_waiting;
    request_t             a_open;
    int unsigned          a_beats_left;
    request_t             a_pending;  // the last one with the source of A
    logic                 d_valid;
    logic                 d_ready;
    response_t            d;
    logic [DataWidth-1:0] d_data;
    logic                 d_corrupt;
    response_t            d_waiting;
    logic [DataWidth-1:0] d_waiting_data;
    response_t            d_open;
    int unsigned          d_beats_left;
    request_t             d_pending;  // the last one with the source of D
  } scene_t;

  /// What hangs.
  typedef enum int unsigned {
    HangA, HangD, HangResponse
  } hang_e;

  qdpi_rule_log #(.Rules(Rules)) u_rules ();

  // Written by the one process below, through the functions. Hence:
  // verilator lint_off BLKSEQ
  // And no function needs all of a message:
  // verilator lint_off UNUSEDSIGNAL
  // What puts a broken rule into words is out of line, and told all it needs: strings in inlined
  // functions cost Verilator time on every clock, and it does not see what others read.
  // verilator lint_off IMPURE
  bit [Rules-1:0]       faults;         // the rules broken, not yet told
  request_t             a_now, a_waiting, a_open;
  payload_t             a_payload, a_waiting_payload;
  bit                   a_is_waiting;
  int unsigned          a_beats_left;   // of the message in a_open
  response_t            d_now, d_waiting, d_open;
  logic [DataWidth-1:0] d_waiting_data;
  logic                 d_waiting_corrupt;
  bit                   d_is_waiting;
  bit                   d_is_early;     // what waits answers what A shows and has not been taken
  int unsigned          d_beats_left;   // of the message in d_open
  bit                   pending  [Sources];
  request_t             requests [Sources];
  longint unsigned      since    [Sources];  // in clocks of `patience`
  longint unsigned      patience;       // clocks in which D moved nothing
  int unsigned          clocks_to_scan, a_waits, d_waits;
  bit                   was_in_reset;
  bit                   reset_fell;  // and no edge of the clock out of reset has come since

  initial begin
    u_rules.set_place($sformatf("%m"));
  end

  function automatic string request_picture(input request_t request);
    // verilator no_inline_task
    return $sformatf("opcode=%0d param=%0d size=%0d source=%0d address=%h", request.opcode,
                     request.param, request.size, request.source, request.address);
  endfunction

  function automatic string response_picture(input response_t response);
    // verilator no_inline_task
    return $sformatf("opcode=%0d param=%0d size=%0d source=%0d sink=%0d denied=%b",
                     response.opcode, response.param, response.size, response.source,
                     response.sink, response.denied);
  endfunction

  /// Say what is broken. `hang`: what hangs, if that is it; `slow`: the request without a response.
  function automatic void tell(input hang_e hang, input int unsigned slow);
    if (faults != '0) begin
      report('{a_valid: tl_a_valid_i, a_ready: tl_a_ready_i, a: a_now, a_payload: a_payload,
               a_waiting: a_waiting, a_open: a_open, a_beats_left: a_beats_left,
               a_pending: requests[tl_a_source_i], d_valid: tl_d_valid_i, d_ready: tl_d_ready_i,
               d: d_now, d_data: tl_d_data_i, d_corrupt: tl_d_corrupt_i, d_waiting: d_waiting,
               d_waiting_data: d_waiting_data, d_open: d_open, d_beats_left: d_beats_left,
               d_pending: answered()}, hang, requests[SourceWidth'(slow)], faults);
      faults = '0;
    end
  endfunction

  function automatic void report(input scene_t s, input hang_e hang, input request_t slow,
                                 input bit [Rules-1:0] which);
    // verilator no_inline_task
    rule_e rule = AKnown;
    string values = "";
    string a_wires = $sformatf("a_valid=%b a_ready=%b a: %s mask=%b data=%h corrupt=%b", s.a_valid,
                               s.a_ready, request_picture(s.a), s.a_payload.mask,
                               s.a_payload.data, s.a_payload.corrupt);
    string d_wires = $sformatf("d_valid=%b d_ready=%b d: %s data=%h corrupt=%b", s.d_valid,
                               s.d_ready, response_picture(s.d), s.d_data, s.d_corrupt);
    for (int unsigned i = 0; i < Rules; i++) begin
      rule = rule_e'(i);
      case (rule)
        AStable: begin
          values = $sformatf("waiting was a: %s; now %s", request_picture(s.a_waiting), a_wires);
        end
        ABurst: begin
          values = $sformatf("%0d beats are to come of a: %s; now %s", s.a_beats_left,
                             request_picture(s.a_open), a_wires);
        end
        ASource: begin
          values = $sformatf("under way is a: %s; now %s", request_picture(s.a_pending), a_wires);
        end
        DMatches: begin
          values = $sformatf("requested was a: %s; now %s", request_picture(s.d_pending), d_wires);
        end
        DStable: begin
          values = $sformatf("waiting was d: %s data=%h; now %s", response_picture(s.d_waiting),
                             s.d_waiting_data, d_wires);
        end
        DBurst: begin
          values = $sformatf("%0d beats are to come of d: %s; now %s", s.d_beats_left,
                             response_picture(s.d_open), d_wires);
        end
        Hang: begin
          case (hang)
            HangA: values = $sformatf("for %0d clocks a_ready was low: %s", HangClocks, a_wires);
            HangD: values = $sformatf("for %0d clocks d_ready was low: %s", HangClocks, d_wires);
            default: begin
              values = $sformatf("for %0d clocks of an idle channel D no response to a: %s",
                                 HangClocks, request_picture(slow));
            end
          endcase
        end
        AKnown, AOpcode, AParam, ASize, AAddress, AMask, ACorrupt, AReset: values = a_wires;
        default: values = d_wires;
      endcase
      if (which[i]) u_rules.broken(rule, rule.name(), section(rule), values);
    end
  endfunction

  // ---- Channel A --------------------------------------------------------------------------------

  /// The byte lanes of the message (4.5).
  function automatic logic [BusBytes-1:0] message_lanes();
    int unsigned bytes = 32'd1 << tl_a_size_i;
    if (bytes >= BusBytes) return '1;
    return ((BusBytes'(1) << bytes) - BusBytes'(1))
        << (32'(tl_a_address_i) & (BusBytes - 1));
  endfunction

  function automatic bit unknown_data();
    for (int unsigned lane = 0; lane < BusBytes; lane++) begin
      if (tl_a_mask_i[lane] && $isunknown(tl_a_data_i[8*lane+:8])) return 1'b1;
    end
    return 1'b0;
  endfunction

  function automatic void check_a_known();
    bit bad = $isunknown(tl_a_valid_i) || $isunknown(tl_d_ready_i);
    if (tl_a_valid_i) begin
      bad |= $isunknown(a_now) || $isunknown(tl_a_mask_i) || $isunknown(tl_a_corrupt_i);
      // The lanes, only if that has to be: simulators with two states then drop it.
      if ($isunknown(tl_a_data_i)) begin
        bad |= request_has_data(tl_a_opcode_i) && !tl_a_corrupt_i && unknown_data();
      end
    end
    if (bad) faults[AKnown] = 1'b1;
  endfunction

  /// What holds for every beat of a request.
  function automatic void check_request();
    logic [BusBytes-1:0] lanes = message_lanes();
    if (tl_a_opcode_i > Intent) begin
      faults[AOpcode] = 1'b1;
      return;
    end
    if (!param_is_legal(tl_a_opcode_i, tl_a_param_i)) faults[AParam] = 1'b1;
    if (32'(tl_a_size_i) > LargestSize) faults[ASize] = 1'b1;
    if ((64'(tl_a_address_i) & ((64'd1 << tl_a_size_i) - 64'd1)) != 0) faults[AAddress] = 1'b1;
    else if ((tl_a_mask_i & ~lanes) != 0
             || (tl_a_mask_i != lanes && tl_a_opcode_i != PutPartialData)) begin
      faults[AMask] = 1'b1;
    end
    if (tl_a_corrupt_i && !request_has_data(tl_a_opcode_i)) faults[ACorrupt] = 1'b1;
  endfunction

  /// `starts`: what A shows is no further beat of the message in a_open.
  function automatic void check_a_shown(input bit starts);
    if (AIrrevocable && a_is_waiting
        && (!tl_a_valid_i || a_now !== a_waiting || a_payload !== a_waiting_payload)) begin
      faults[AStable] = 1'b1;
    end
    if (!tl_a_valid_i) return;
    if (a_beats_left != 0 && starts) faults[ABurst] = 1'b1;
    check_request();
    if (tl_a_ready_i && starts && pending[tl_a_source_i]) faults[ASource] = 1'b1;
  endfunction

  function automatic void follow_a(input bit starts);
    a_is_waiting = tl_a_valid_i && !tl_a_ready_i;
    if (AIrrevocable) begin
      a_waiting = a_now;
      a_waiting_payload = a_payload;
    end
    if (!tl_a_valid_i) return;
    // What follows a broken burst is judged as a message of its own.
    if (starts) a_beats_left = 0;
    if (!tl_a_ready_i) return;
    since[tl_a_source_i] = patience;
    if (!starts) begin
      a_beats_left--;
      return;
    end
    pending[tl_a_source_i] = 1'b1;
    requests[tl_a_source_i] = a_now;
    a_open = a_now;
    if (request_has_data(tl_a_opcode_i)) begin
      a_beats_left = data_beats(32'(tl_a_size_i), BusBytes) - 1;
    end
  endfunction

  function automatic void check_a();
    bit starts = 1'b1;
    if (a_beats_left != 0) starts = a_now != a_open;
    check_a_known();
    check_a_shown(starts);
    tell(HangA, 0);
    follow_a(starts);
  endfunction

  // ---- Channel D --------------------------------------------------------------------------------

  /// What the response on D answers. A request that was not taken may have a response that is not
  /// taken either.
  function automatic request_t answered();
    if (pending[tl_d_source_i]) return requests[tl_d_source_i];
    return a_now;
  endfunction

  /// Whether A shows, and does not take, the first beat of a request with the source on D, which does
  /// not take its response. After check_a().
  function automatic bit is_offered();
    return tl_a_valid_i && !tl_a_ready_i && a_beats_left == 0 && !tl_d_ready_i
        && tl_a_source_i == tl_d_source_i;
  endfunction

  /// Data counts in the lanes of the request, unless it is corrupt.
  function automatic bit unknown_response_data();
    int unsigned bytes = 32'd1 << tl_d_size_i;
    int unsigned lane = 0;
    request_t    request = answered();
    int unsigned first = 32'(request.address) & (BusBytes - 1);
    if (tl_d_opcode_i != AccessAckData || tl_d_corrupt_i) return 1'b0;
    if (bytes >= BusBytes) return $isunknown(tl_d_data_i);
    for (int unsigned i = 0; i < bytes; i++) begin
      lane = (first + i) & (BusBytes - 1);
      if ($isunknown(tl_d_data_i[8*lane+:8])) return 1'b1;
    end
    return 1'b0;
  endfunction

  function automatic void check_d_known();
    bit bad = $isunknown(tl_d_valid_i) || $isunknown(tl_a_ready_i);
    if (tl_d_valid_i) begin
      bad |= $isunknown(tl_d_opcode_i) || $isunknown(tl_d_param_i) || $isunknown(tl_d_size_i)
          || $isunknown(tl_d_source_i) || $isunknown(tl_d_denied_i) || $isunknown(tl_d_corrupt_i);
      if ($isunknown(tl_d_data_i)) bad |= unknown_response_data();
    end
    if (bad) faults[DKnown] = 1'b1;
  endfunction

  /// The first beat of a response.
  function automatic void check_response();
    request_t request = answered();
    d_is_early = 1'b0;
    if (tl_d_opcode_i > HintAck) return;
    if (!pending[tl_d_source_i] && !is_offered()) faults[DRequested] = 1'b1;
    else if (tl_d_opcode_i != response_to(request.opcode) || tl_d_size_i != request.size) begin
      faults[DMatches] = 1'b1;
    end else begin
      d_is_early = !pending[tl_d_source_i];
    end
  endfunction

  /// What holds for every beat of a response.
  function automatic void check_response_beat();
    bit has_data = tl_d_opcode_i == AccessAckData;
    if (tl_d_opcode_i > HintAck) faults[DOpcode] = 1'b1;
    if (tl_d_param_i != 2'd0) faults[DParam] = 1'b1;
    if ((tl_d_corrupt_i && !has_data) || (tl_d_denied_i && has_data && !tl_d_corrupt_i)) begin
      faults[DDenied] = 1'b1;
    end
  endfunction

  /// `starts`: what D shows is no further beat of the message in d_open.
  function automatic void check_d_shown(input bit starts);
    bit has_changed = 1'b1;
    if (d_is_waiting) begin
      has_changed = !tl_d_valid_i || d_now !== d_waiting || tl_d_corrupt_i !== d_waiting_corrupt
                 || tl_d_data_i !== d_waiting_data;
      if (DIrrevocable && has_changed) faults[DStable] = 1'b1;
    end
    if (!tl_d_valid_i) return;
    if (d_beats_left != 0 && starts) begin
      faults[DBurst] = 1'b1;
      return;
    end
    // What waits has been judged, but by a request that may change as long as it is not taken.
    if (d_beats_left == 0 && (has_changed || d_is_early)) check_response();
    if (has_changed) check_response_beat();
  endfunction

  function automatic void follow_d(input bit starts);
    d_is_waiting = tl_d_valid_i && !tl_d_ready_i;
    if (d_is_waiting) begin
      d_waiting = d_now;
      d_waiting_data = tl_d_data_i;
      d_waiting_corrupt = tl_d_corrupt_i;
    end
    if (!tl_d_valid_i) return;
    if (starts) d_beats_left = 0;
    if (!tl_d_ready_i) return;
    if (!starts) begin
      d_beats_left--;
      return;
    end
    pending[tl_d_source_i] = 1'b0;
    d_open = d_now;
    if (tl_d_opcode_i == AccessAckData) begin
      d_beats_left = data_beats(32'(tl_d_size_i), BusBytes) - 1;
    end
  endfunction

  function automatic void check_d();
    bit starts = 1'b1;
    if (d_beats_left != 0) starts = d_now != d_open;
    check_d_known();
    check_d_shown(starts);
    tell(HangD, 0);
    follow_d(starts);
  endfunction

  // ---- Both -------------------------------------------------------------------------------------

  function automatic void break_hang(input hang_e hang, input int unsigned slow);
    faults[Hang] = 1'b1;
    tell(hang, slow);
  endfunction

  /// The request that has waited longest for its response, if that is too long.
  function automatic void scan_requests();
    int unsigned oldest = Sources;
    for (int unsigned i = 0; i < Sources; i++) begin
      if (pending[i] && (oldest == Sources || since[i] < since[oldest])) oldest = i;
    end
    if (oldest == Sources) return;
    if (patience - since[oldest] < 64'(HangClocks)) return;
    break_hang(HangResponse, oldest);
    for (int unsigned i = 0; i < Sources; i++) since[i] = patience;
  endfunction

  function automatic void check_hang();
    if (HangClocks == 0) return;
    a_waits = a_is_waiting ? a_waits + 1 : 0;
    d_waits = d_is_waiting ? d_waits + 1 : 0;
    if (!tl_d_valid_i) patience++;
    if (a_waits == HangClocks) break_hang(HangA, 0);
    if (d_waits == HangClocks) break_hang(HangD, 0);
    if (clocks_to_scan == 0) begin
      clocks_to_scan = ScanClocks;
      scan_requests();
    end
    clocks_to_scan--;
  endfunction

  // From the first clock edge in reset on.
  function automatic void check_reset();
    if (was_in_reset && tl_a_valid_i !== 1'b0) faults[AReset] = 1'b1;
    if (was_in_reset && tl_d_valid_i !== 1'b0) faults[DReset] = 1'b1;
    tell(HangA, 0);
  endfunction

  function automatic void forget();
    a_is_waiting = 1'b0;
    d_is_waiting = 1'b0;
    a_beats_left = 0;
    d_beats_left = 0;
    a_waits = 0;
    d_waits = 0;
    for (int unsigned i = 0; i < Sources; i++) pending[i] = 1'b0;
  endfunction

  // Like the processes of a bus with this clock and reset, which Verilator then runs together. Yet
  // reset is sampled: its fall is no edge of the clock.
  always @(posedge clk_i or negedge rst_ni) begin
    a_now = {tl_a_opcode_i, tl_a_param_i, tl_a_size_i, tl_a_source_i, tl_a_address_i};
    a_payload = {tl_a_mask_i, tl_a_data_i, tl_a_corrupt_i};
    d_now = {tl_d_opcode_i, tl_d_param_i, tl_d_size_i, tl_d_source_i, tl_d_sink_i, tl_d_denied_i};
    if (rst_ni) begin
      if (reset_fell) forget();
      // A response to what is requested on this very clock comes after that; any other frees its
      // source first.
      if (tl_d_valid_i && !pending[tl_d_source_i] && d_beats_left == 0) begin
        check_a();
        check_d();
      end else begin
        check_d();
        check_a();
      end
      check_hang();
    end else if (reset_fell) begin
      check_reset();
    end
    was_in_reset = rst_ni !== 1'b1 && reset_fell;
    reset_fell = rst_ni !== 1'b1;
  end

endmodule
