// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// TileLink-UH manager for testbenches: plays operations and checks responses.
///
/// A testbench asks can_start() for a source, says begin_op(), gives bytes to send and bytes to
/// expect, and go(). One operation per source; two that touch the same bytes are not under way
/// together unless both only read, so that what is expected can be known beforehand. Every beat of
/// a response is compared in its byte lanes. Differences are counted and given as $error.
module tb_tilelink_manager
  import qdpi_tilelink_checker_pkg::*;
  import tb_errors_pkg::*;
#(
  /// Bits of the addresses.
  parameter int unsigned AddrWidth   = 40,
  /// Bits of the data.
  parameter int unsigned DataWidth   = 64,
  /// Bits of the sources.
  parameter int unsigned SourceWidth = 4
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low.
  input  logic                   rst_ni,
  /// Channel A.
  output logic                   tl_a_valid_o,
  /// Channel A.
  input  logic                   tl_a_ready_i,
  /// Channel A.
  output logic [2:0]             tl_a_opcode_o,
  /// Channel A.
  output logic [2:0]             tl_a_param_o,
  /// Channel A.
  output logic [3:0]             tl_a_size_o,
  /// Channel A.
  output logic [SourceWidth-1:0] tl_a_source_o,
  /// Channel A.
  output logic [AddrWidth-1:0]   tl_a_address_o,
  /// Channel A.
  output logic [DataWidth/8-1:0] tl_a_mask_o,
  /// Channel A.
  output logic [DataWidth-1:0]   tl_a_data_o,
  /// Channel A.
  output logic                   tl_a_corrupt_o,
  /// Channel D.
  input  logic                   tl_d_valid_i,
  /// Channel D.
  output logic                   tl_d_ready_o,
  /// Channel D.
  input  logic [2:0]             tl_d_opcode_i,
  /// Channel D.
  input  logic [3:0]             tl_d_size_i,
  /// Channel D.
  input  logic [SourceWidth-1:0] tl_d_source_i,
  /// Channel D.
  input  logic                   tl_d_denied_i,
  /// Channel D.
  input  logic [DataWidth-1:0]   tl_d_data_i
);

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned Sources = 1 << SourceWidth;

  typedef struct packed {
    logic [2:0]           opcode;
    logic [2:0]           param;
    logic [3:0]           size;
    logic [AddrWidth-1:0] address;
    logic [15:0]          corrupt_beat;  // 16'hffff: none
    logic                 bad_mask;      // a lane is missing in the first beat
    logic                 may_be_denied;
    logic                 must_be_denied;
  } operation_t;

  // The functions below keep these; other modules read them only where it does not matter when.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined, to keep the model small, use it too: they read no signal.
  // verilator lint_off IMPURE
  // An operation's number is an int, and no function needs all of an operation.
  // verilator lint_off UNUSEDSIGNAL
  operation_t           operations [Sources];
  byte unsigned         sent       [Sources][4096];
  bit                   strobed    [Sources][4096];
  byte unsigned         expected   [Sources][4096];
  bit                   in_use     [Sources];
  bit                   accepted   [Sources];
  longint unsigned      sequences  [Sources];  // when its last beat was taken
  int unsigned          d_beats_of [Sources];
  bit                   denied_of  [Sources];
  int unsigned          start_queue[$];
  int unsigned          a_beat;
  bit                   d_open;
  int unsigned          d_open_source;

  int unsigned          a_percent, d_percent, rescind_percent;
  int unsigned          under_way, most_under_way, overtakes, answered, hints, denials;
  longint unsigned      random_state, clock, sequence_number, progress_clock;
  longint unsigned      a_beats, d_beats, a_first_clock, a_last_clock, d_first_clock, d_last_clock;
  logic [DataWidth-1:0] beat_data;
  logic [BusBytes-1:0]  beat_mask;

  /// Start the random numbers. The clocked process and the test's draw from them, in an order that is
  /// the simulator's own.
  function automatic void seed(input longint unsigned value);
    random_state = value * 64'h9e37_79b9_7f4a_7c15 + 64'h2545_f491_4f6c_dd1d;
  endfunction

  /// The next random number.
  function automatic int unsigned random32();
    // verilator no_inline_task
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state[47:16];
  endfunction

  /// True in `percent` of the calls.
  function automatic bit chance(input int unsigned percent);
    // verilator no_inline_task
    if (percent >= 100) return 1'b1;
    return random32() % 100 < percent;
  endfunction

  /// How often A shows something, D takes something, and A takes back what was not taken.
  function automatic void set_pace(input int unsigned a, input int unsigned d,
                                   input int unsigned rescind);
    a_percent = a;
    d_percent = d;
    rescind_percent = rescind;
  endfunction

  /// Start the counts from which a rate is computed.
  function automatic void reset_counts();
    a_beats = 0;
    d_beats = 0;
    overtakes = 0;
    most_under_way = 0;
    answered = 0;
    progress_clock = clock;
  endfunction

  /// 1, 2, 4 ... 32768.
  function automatic int unsigned bytes_of(input int unsigned source);
    return 32'd1 << operations[source].size;
  endfunction

  /// Whether the source is free and nothing under way is in the way.
  function automatic bit can_start(input int unsigned source, input longint unsigned first,
                                   input longint unsigned last, input bit only_reads);
    // verilator no_inline_task
    if (in_use[source]) return 1'b0;
    for (int unsigned i = 0; i < Sources; i++) begin
      longint unsigned low = 64'(operations[i].address);
      if (in_use[i] && low <= last && low + 64'(bytes_of(i)) - 1 >= first
          && !(only_reads && operations[i].opcode == Get)) return 1'b0;
    end
    return 1'b1;
  endfunction

  function automatic void begin_op(input int unsigned source, input logic [2:0] opcode,
                                   input logic [2:0] param, input logic [3:0] size,
                                   input logic [AddrWidth-1:0] address);
    // verilator no_inline_task
    operations[source].opcode = opcode;
    operations[source].param = param;
    operations[source].size = size;
    operations[source].address = address;
    operations[source].corrupt_beat = 16'hffff;
    operations[source].bad_mask = 1'b0;
    operations[source].may_be_denied = 1'b0;
    operations[source].must_be_denied = 1'b0;
  endfunction

  function automatic void send_byte(input int unsigned source, input int unsigned index,
                                    input byte unsigned value, input bit strobe);
    // verilator no_inline_task
    sent[source][12'(index)] = value;
    strobed[source][12'(index)] = strobe;
  endfunction

  function automatic void expect_byte(input int unsigned source, input int unsigned index,
                                      input byte unsigned value);
    // verilator no_inline_task
    expected[source][12'(index)] = value;
  endfunction

  /// Mark beat `beat` corrupt.
  function automatic void corrupt(input int unsigned source, input int unsigned beat);
    operations[source].corrupt_beat = 16'(beat);
  endfunction

  /// Leave out a lane of the first beat.
  function automatic void break_mask(input int unsigned source);
    operations[source].bad_mask = 1'b1;
  endfunction

  /// Start it. `may_be_denied` or `must_be_denied`: if neither, it must not.
  function automatic void go(input int unsigned source, input bit may_be_denied,
                             input bit must_be_denied);
    // verilator no_inline_task
    operations[source].may_be_denied = may_be_denied;
    operations[source].must_be_denied = must_be_denied;
    in_use[source] = 1'b1;
    accepted[source] = 1'b0;
    d_beats_of[source] = 0;
    start_queue.push_back(source);
  endfunction

  /// Whether nothing is under way.
  function automatic bit idle();
    // verilator no_inline_task
    for (int unsigned i = 0; i < Sources; i++) if (in_use[i]) return 1'b0;
    return 1'b1;
  endfunction

  /// Forget everything.
  function automatic void drop_all();
    // verilator no_inline_task
    start_queue.delete();
    for (int unsigned i = 0; i < Sources; i++) in_use[i] = 1'b0;
    a_beat = 0;
    d_open = 1'b0;
    under_way = 0;
    reset_counts();
  endfunction

  function automatic int unsigned beats_to_send(input int unsigned source);
    if (!request_has_data(operations[source].opcode)) return 1;
    return data_beats(32'(operations[source].size), BusBytes);
  endfunction

  /// beat_data and beat_mask of beat `a_beat`. Lanes that do not count are random.
  function automatic void draw_beat(input int unsigned source);
    // verilator no_inline_task
    int unsigned carried = bytes_of(source) < BusBytes ? bytes_of(source) : BusBytes;
    int unsigned low = 32'(operations[source].address) & (BusBytes - 1);
    for (int unsigned i = 0; i < DataWidth; i += 8) beat_data[i+:8] = 8'(random32());
    beat_mask = '0;
    for (int unsigned i = 0; i < carried; i++) begin
      int unsigned lane = (low + i) & (BusBytes - 1);
      beat_data[8*lane+:8] = sent[source][12'(a_beat*BusBytes+i)];
      beat_mask[lane] = !request_has_data(operations[source].opcode)
                     || strobed[source][12'(a_beat*BusBytes+i)];
    end
    if (operations[source].bad_mask && a_beat == 0) beat_mask[low] = 1'b0;
  endfunction

  function automatic void check_data(input int unsigned source);
    int unsigned carried = bytes_of(source) < BusBytes ? bytes_of(source) : BusBytes;
    int unsigned low = 32'(operations[source].address) & (BusBytes - 1);
    for (int unsigned i = 0; i < carried; i++) begin
      int unsigned  lane = (low + i) & (BusBytes - 1);
      byte unsigned wanted = expected[source][12'(d_beats_of[source]*BusBytes+i)];
      if (tl_d_denied_i) wanted = 8'h00;
      if (tl_d_data_i[8*lane+:8] != wanted) begin
        wrong($sformatf("source %0d, opcode %0d, size %0d, beat %0d, lane %0d: %h, expected %h",
                        source, operations[source].opcode, operations[source].size,
                        d_beats_of[source], lane, tl_d_data_i[8*lane+:8], wanted));
        return;
      end
    end
  endfunction

  /// The first beat of a response.
  function automatic void check_first(input int unsigned source);
    for (int unsigned i = 0; i < Sources; i++) begin
      if (in_use[i] && accepted[i] && sequences[i] < sequences[source] && d_beats_of[i] == 0) begin
        overtakes++;
        return;
      end
    end
  endfunction

  function automatic void take_response();
    int unsigned source = 32'(tl_d_source_i);
    int unsigned beats = 1;
    progress_clock = clock;
    if (d_beats == 0) d_first_clock = clock;
    d_last_clock = clock;
    d_beats++;
    if (!in_use[source] || !accepted[source]) begin
      wrong($sformatf("a response to source %0d, which waits for none", source));
      return;
    end
    if (d_open && source != d_open_source) wrong("two responses are interleaved");
    if (d_beats_of[source] == 0) check_first(source);
    if (tl_d_opcode_i != response_to(operations[source].opcode)
        || tl_d_size_i != operations[source].size) begin
      wrong($sformatf("source %0d, opcode %0d, size %0d: response has opcode %0d, size %0d",
                      source, operations[source].opcode, operations[source].size, tl_d_opcode_i,
                      tl_d_size_i));
    end
    if (tl_d_denied_i ? !operations[source].may_be_denied && !operations[source].must_be_denied
                      : operations[source].must_be_denied) begin
      wrong($sformatf("source %0d, opcode %0d, size %0d at 0x%0h: denied is %b", source,
                      operations[source].opcode, operations[source].size,
                      operations[source].address, tl_d_denied_i));
    end
    if (tl_d_opcode_i == AccessAckData) begin
      check_data(source);
      beats = data_beats(32'(operations[source].size), BusBytes);
    end
    if (tl_d_opcode_i == HintAck) hints++;
    d_beats_of[source]++;
    d_open = d_beats_of[source] != beats;
    d_open_source = source;
    if (d_open) return;
    denied_of[source] = tl_d_denied_i;
    if (tl_d_denied_i && !operations[source].must_be_denied) denials++;
    in_use[source] = 1'b0;
    answered++;
    under_way--;
  endfunction

  function automatic void request_taken();
    int unsigned source = 32'(tl_a_source_o);
    progress_clock = clock;
    if (a_beats == 0) a_first_clock = clock;
    a_last_clock = clock;
    a_beats++;
    if (a_beat == 0) begin
      under_way++;
      if (under_way > most_under_way) most_under_way = under_way;
    end
    a_beat++;
    if (a_beat != beats_to_send(source)) return;
    accepted[source] = 1'b1;
    sequences[source] = sequence_number;
    sequence_number++;
    a_beat = 0;
    void'(start_queue.pop_front());
  endfunction

  /// Whether what is on A is to stay there.
  function automatic bit stays();
    if (!tl_a_valid_o || tl_a_ready_i) return 1'b0;
    if (rescind_percent == 0) return 1'b1;
    return !chance(rescind_percent);
  endfunction

  function automatic bit may_send();
    if (start_queue.size() == 0) return 1'b0;
    return chance(a_percent);
  endfunction

  // Not always_ff: the testbench's calls change this state too.
  always @(posedge clk_i) begin
    clock++;
    if (!rst_ni) begin
      tl_a_valid_o <= 1'b0;
      tl_d_ready_o <= 1'b0;
    end else begin
      if (tl_d_valid_i && tl_d_ready_o) take_response();
      if (tl_a_valid_o && tl_a_ready_i) request_taken();
      if (!stays()) begin
        tl_a_valid_o <= 1'b0;
        if (may_send()) begin
          draw_beat(start_queue[0]);
          tl_a_valid_o   <= 1'b1;
          tl_a_opcode_o  <= operations[start_queue[0]].opcode;
          tl_a_param_o   <= operations[start_queue[0]].param;
          tl_a_size_o    <= operations[start_queue[0]].size;
          tl_a_source_o  <= SourceWidth'(start_queue[0]);
          tl_a_address_o <= operations[start_queue[0]].address;
          tl_a_mask_o    <= beat_mask;
          tl_a_data_o    <= beat_data;
          tl_a_corrupt_o <= operations[start_queue[0]].corrupt_beat == 16'(a_beat);
        end
      end
      tl_d_ready_o <= chance(d_percent);
      if (!idle() && clock - progress_clock > 30000) begin
        $fatal(1, "nothing moves: %0d under way, %0d to start", under_way, start_queue.size());
      end
      if (idle()) progress_clock = clock;
    end
  end

endmodule
