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
/// * A response may come on the clock of the first beat of its request (4.2).
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

  qdpi_rule_log #(.Rules(Rules)) u_rules ();

  // Written by the one process below, through the functions. Hence:
  // verilator lint_off BLKSEQ
  // And no function needs all of a message:
  // verilator lint_off UNUSEDSIGNAL
  request_t             a_now, a_waiting, a_open;
  payload_t             a_payload, a_waiting_payload;
  bit                   a_is_waiting;
  int unsigned          a_beats_left;   // of the message in a_open
  response_t            d_now, d_waiting, d_open;
  logic [DataWidth-1:0] d_waiting_data;
  logic                 d_waiting_corrupt;
  bit                   d_is_waiting;
  int unsigned          d_beats_left;   // of the message in d_open
  bit                   pending  [Sources];
  request_t             requests [Sources];
  longint unsigned      since    [Sources];  // in clocks of `patience`
  longint unsigned      patience;       // clocks in which D moved nothing
  int unsigned          clocks_to_scan, a_waits, d_waits;
  bit                   was_in_reset;

  initial u_rules.set_place($sformatf("%m"));

  function automatic void broken(input rule_e rule, input string values);
    u_rules.broken(rule, rule.name(), section(rule), values);
  endfunction

  function automatic string request_picture(input request_t request);
    return $sformatf("opcode=%0d param=%0d size=%0d source=%0d address=%h", request.opcode,
                     request.param, request.size, request.source, request.address);
  endfunction

  function automatic string a_wires();
    return $sformatf("a_valid=%b a_ready=%b a: %s mask=%b data=%h corrupt=%b", tl_a_valid_i,
                     tl_a_ready_i, request_picture(a_now), tl_a_mask_i, tl_a_data_i,
                     tl_a_corrupt_i);
  endfunction

  function automatic string response_picture(input response_t response);
    return $sformatf("opcode=%0d param=%0d size=%0d source=%0d sink=%0d denied=%b",
                     response.opcode, response.param, response.size, response.source,
                     response.sink, response.denied);
  endfunction

  function automatic string d_wires();
    return $sformatf("d_valid=%b d_ready=%b d: %s data=%h corrupt=%b", tl_d_valid_i, tl_d_ready_i,
                     response_picture(d_now), tl_d_data_i, tl_d_corrupt_i);
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
      bad |= request_has_data(tl_a_opcode_i) && !tl_a_corrupt_i && unknown_data();
    end
    if (bad) broken(AKnown, a_wires());
  endfunction

  /// What holds for every beat of a request.
  function automatic void check_request();
    logic [BusBytes-1:0] lanes = message_lanes();
    if (tl_a_opcode_i > Intent) begin
      broken(AOpcode, a_wires());
      return;
    end
    if (!param_is_legal(tl_a_opcode_i, tl_a_param_i)) broken(AParam, a_wires());
    if (32'(tl_a_size_i) > LargestSize) broken(ASize, a_wires());
    if ((64'(tl_a_address_i) & ((64'd1 << tl_a_size_i) - 64'd1)) != 0) broken(AAddress, a_wires());
    else if ((tl_a_mask_i & ~lanes) != 0
             || (tl_a_mask_i != lanes && tl_a_opcode_i != PutPartialData)) begin
      broken(AMask, a_wires());
    end
    if (tl_a_corrupt_i && !request_has_data(tl_a_opcode_i)) broken(ACorrupt, a_wires());
  endfunction

  function automatic void check_a_shown();
    if (a_is_waiting && AIrrevocable
        && (!tl_a_valid_i || a_now !== a_waiting || a_payload !== a_waiting_payload)) begin
      broken(AStable, $sformatf("waiting was a: %s; now %s", request_picture(a_waiting),
                                a_wires()));
    end
    if (!tl_a_valid_i) return;
    if (a_beats_left != 0 && a_now != a_open) begin
      broken(ABurst, $sformatf("%0d beats are to come of a: %s; now %s", a_beats_left,
                               request_picture(a_open), a_wires()));
      // What follows is judged as a message of its own.
      a_beats_left = 0;
    end
    check_request();
  endfunction

  function automatic void follow_a();
    a_is_waiting = tl_a_valid_i && !tl_a_ready_i;
    a_waiting = a_now;
    a_waiting_payload = a_payload;
    if (!tl_a_valid_i || !tl_a_ready_i) return;
    if (a_beats_left != 0) begin
      a_beats_left--;
      since[tl_a_source_i] = patience;
      return;
    end
    if (pending[tl_a_source_i]) begin
      broken(ASource, $sformatf("under way is a: %s; now %s",
                                request_picture(requests[tl_a_source_i]), a_wires()));
    end
    pending[tl_a_source_i] = 1'b1;
    requests[tl_a_source_i] = a_now;
    since[tl_a_source_i] = patience;
    a_open = a_now;
    if (request_has_data(tl_a_opcode_i)) begin
      a_beats_left = data_beats(32'(tl_a_size_i), BusBytes) - 1;
    end
  endfunction

  function automatic void check_a();
    check_a_known();
    check_a_shown();
    follow_a();
  endfunction

  // ---- Channel D --------------------------------------------------------------------------------

  /// Data counts in the lanes of the request, unless it is corrupt.
  function automatic bit unknown_response_data();
    int unsigned bytes = 32'd1 << tl_d_size_i;
    int unsigned lane = 0;
    int unsigned first = 32'(requests[tl_d_source_i].address) & (BusBytes - 1);
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
          || $isunknown(tl_d_source_i) || $isunknown(tl_d_denied_i) || $isunknown(tl_d_corrupt_i)
          || unknown_response_data();
    end
    if (bad) broken(DKnown, d_wires());
  endfunction

  /// The first beat of a response.
  function automatic void check_response();
    request_t request = requests[tl_d_source_i];
    if (tl_d_opcode_i > HintAck) return;
    if (!pending[tl_d_source_i]) broken(DRequested, d_wires());
    else if (tl_d_opcode_i != response_to(request.opcode) || tl_d_size_i != request.size) begin
      broken(DMatches, $sformatf("requested was a: %s; now %s", request_picture(request),
                                 d_wires()));
    end
  endfunction

  /// What holds for every beat of a response.
  function automatic void check_response_beat();
    bit has_data = tl_d_opcode_i == AccessAckData;
    if (tl_d_opcode_i > HintAck) broken(DOpcode, d_wires());
    if (tl_d_param_i != 2'd0) broken(DParam, d_wires());
    if ((tl_d_corrupt_i && !has_data) || (tl_d_denied_i && has_data && !tl_d_corrupt_i)) begin
      broken(DDenied, d_wires());
    end
  endfunction

  function automatic void check_d_shown();
    bit has_changed = !tl_d_valid_i || d_now !== d_waiting || tl_d_corrupt_i !== d_waiting_corrupt
                   || tl_d_data_i !== d_waiting_data;
    if (d_is_waiting && DIrrevocable && has_changed) begin
      broken(DStable, $sformatf("waiting was d: %s data=%h; now %s", response_picture(d_waiting),
                                d_waiting_data, d_wires()));
    end
    if (!tl_d_valid_i) return;
    if (d_beats_left != 0 && d_now != d_open) begin
      broken(DBurst, $sformatf("%0d beats are to come of d: %s; now %s", d_beats_left,
                               response_picture(d_open), d_wires()));
      d_beats_left = 0;
      return;
    end
    // What waits has been judged.
    if (d_is_waiting && !has_changed) return;
    if (d_beats_left == 0) check_response();
    check_response_beat();
  endfunction

  function automatic void follow_d();
    d_is_waiting = tl_d_valid_i && !tl_d_ready_i;
    d_waiting = d_now;
    d_waiting_data = tl_d_data_i;
    d_waiting_corrupt = tl_d_corrupt_i;
    if (!tl_d_valid_i || !tl_d_ready_i) return;
    if (d_beats_left != 0) begin
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
    check_d_known();
    check_d_shown();
    follow_d();
  endfunction

  // ---- Both -------------------------------------------------------------------------------------

  /// The request that has waited longest for its response, if that is too long.
  function automatic void scan_requests();
    int unsigned oldest = Sources;
    for (int unsigned i = 0; i < Sources; i++) begin
      if (pending[i] && (oldest == Sources || since[i] < since[oldest])) oldest = i;
    end
    if (oldest == Sources) return;
    if (patience - since[oldest] < 64'(HangClocks)) return;
    broken(Hang, $sformatf("for %0d clocks of an idle channel D no response to a: %s", HangClocks,
                           request_picture(requests[oldest])));
    for (int unsigned i = 0; i < Sources; i++) since[i] = patience;
  endfunction

  function automatic void check_hang();
    if (HangClocks == 0) return;
    a_waits = a_is_waiting ? a_waits + 1 : 0;
    d_waits = d_is_waiting ? d_waits + 1 : 0;
    if (!tl_d_valid_i) patience++;
    if (a_waits == HangClocks) begin
      broken(Hang, $sformatf("for %0d clocks a_ready was low: %s", HangClocks, a_wires()));
    end
    if (d_waits == HangClocks) begin
      broken(Hang, $sformatf("for %0d clocks d_ready was low: %s", HangClocks, d_wires()));
    end
    if (clocks_to_scan == 0) begin
      clocks_to_scan = ScanClocks;
      scan_requests();
    end
    clocks_to_scan--;
  endfunction

  function automatic void check_reset();
    // From the first clock edge in reset on.
    if (was_in_reset && tl_a_valid_i !== 1'b0) broken(AReset, a_wires());
    if (was_in_reset && tl_d_valid_i !== 1'b0) broken(DReset, d_wires());
    a_is_waiting = 1'b0;
    d_is_waiting = 1'b0;
    a_beats_left = 0;
    d_beats_left = 0;
    a_waits = 0;
    d_waits = 0;
    for (int unsigned i = 0; i < Sources; i++) pending[i] = 1'b0;
  endfunction

  // A net of its own: Verilator warns of resets that are used both as such and, as here, as data.
  bit in_reset_now;
  always_comb in_reset_now = rst_ni !== 1'b1;

  always @(posedge clk_i) begin
    a_now = {tl_a_opcode_i, tl_a_param_i, tl_a_size_i, tl_a_source_i, tl_a_address_i};
    a_payload = {tl_a_mask_i, tl_a_data_i, tl_a_corrupt_i};
    d_now = {tl_d_opcode_i, tl_d_param_i, tl_d_size_i, tl_d_source_i, tl_d_sink_i, tl_d_denied_i};
    if (in_reset_now) begin
      check_reset();
    end else begin
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
    end
    was_in_reset = in_reset_now;
  end

endmodule
