// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The language that the cases of tb_qdpi_axi4_checker are written in. A case is written down
/// first, as steps, and then played: one copy of the code that waits for clocks, where Verilator
/// would make one for every call.
package tb_axi4_checker_steps_pkg;
  import qdpi_axi4_checker_pkg::*;

  // Written while the steps are made, by one process, and no logic.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDPARAM
  /// Bits of the data.
  localparam int unsigned DataWidth = 64;
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned BusSize = $clog2(BusBytes);
  /// Parameters of the checker. There are more IDs than exclusive reads that it remembers.
  localparam int unsigned IdWidth = 5;
  localparam int unsigned MaxReads = 8;
  localparam int unsigned MaxWrites = 5;
  localparam int unsigned MaxAheadBeats = 300;
  localparam int unsigned HangClocks = 512;

  /// READY of all channels, a bit each: 0 AW, 1 W, 2 B, 3 AR, 4 R.
  localparam int unsigned AllReady = 31;
  localparam int unsigned NoneReady = 0;

  typedef enum int unsigned {StepAw, StepAr, StepW, StepB, StepR, StepShow, StepDrop,
                             StepReady, StepClocks, StepReset, StepLite, StepChange, StepExpect,
                             StepQuiet, StepSeen} step_e;

  typedef struct packed {
    step_e               kind;
    address_t            address;
    logic [BusBytes-1:0] strb;
    logic                last;
    logic [IdWidth-1:0]  id;
    logic [1:0]          resp;
    int unsigned         number;
    rule_e               rule;
  } step_t;

  step_t       steps  [$];
  string       values [$];  // for each StepSeen, two
  step_t       step;
  // The addresses of the case: legal ones, for it to spoil.
  address_t    aw, ar;

  function automatic void add(input step_e kind, input int unsigned number);
    step.kind = kind;
    step.number = number;
    steps.push_back(step);
  endfunction

  /// Let the bus be still for some clocks, all READY high.
  function automatic void still(input int unsigned clocks_still);
    for (int unsigned i = 0; i < 5; i++) add(StepDrop, i);
    add(StepReady, AllReady);
    add(StepClocks, clocks_still);
  endfunction

  /// A test of `rule` begins: a fresh bus, and legal addresses to spoil.
  function automatic void expect_rule(input rule_e rule);
    add(StepReset, 0);
    still(3);
    add(StepReset, 1);
    add(StepClocks, 2);
    step.rule = rule;
    add(StepExpect, 0);
    aw = '{id: 32'd5, addr: 64'h4_0000, shape: '{len: 8'd0, size: 3'(BusSize), burst: BurstIncr},
           lock: 1'b0, cache: 4'h0, prot: 3'd0, qos: 4'h0, region: 4'h0, atop: AtomicNone};
    ar = aw;
    ar.id = 32'd6;
    ar.addr = 64'h6_0000;
  endfunction

  /// The test ends: the rule has fired so many times and no other, and the last message has name,
  /// section and both values.
  function automatic void seen_times(input int unsigned times, input string part_a,
                                     input string part_b);
    still(3);
    values.push_back(part_a);
    values.push_back(part_b);
    add(StepSeen, times);
  endfunction

  /// Likewise, of a rule that has fired once.
  function automatic void seen(input string part_a, input string part_b);
    seen_times(1, part_a, part_b);
  endfunction

  /// The test ends, and no rule has fired.
  function automatic void not_seen();
    seen_times(0, "", "");
  endfunction

  function automatic void put_aw();
    step.address = aw;
    add(StepAw, 0);
  endfunction

  function automatic void put_ar();
    step.address = ar;
    add(StepAr, 0);
  endfunction

  function automatic void put_w(input logic [BusBytes-1:0] strb, input logic last);
    step.strb = strb;
    step.last = last;
    add(StepW, 0);
  endfunction

  function automatic void put_b(input logic [IdWidth-1:0] id, input logic [1:0] resp);
    step.id = id;
    step.resp = resp;
    add(StepB, 0);
  endfunction

  function automatic void put_r(input logic [IdWidth-1:0] id, input logic [1:0] resp,
                                input logic last);
    step.id = id;
    step.resp = resp;
    step.last = last;
    add(StepR, 0);
  endfunction

  /// What has been put on a channel is accepted on the next clock.
  function automatic void accept(input int unsigned channel);
    add(StepClocks, 1);
    add(StepDrop, channel);
  endfunction

  function automatic void send_aw();
    put_aw();
    accept(0);
  endfunction

  function automatic void send_ar();
    put_ar();
    accept(3);
  endfunction

  function automatic void send_w(input logic [BusBytes-1:0] strb, input logic last);
    put_w(strb, last);
    accept(1);
  endfunction

  function automatic void send_b(input logic [IdWidth-1:0] id, input logic [1:0] resp);
    put_b(id, resp);
    accept(2);
  endfunction

  function automatic void send_r(input logic [IdWidth-1:0] id, input logic [1:0] resp,
                                 input logic last);
    put_r(id, resp, last);
    accept(4);
  endfunction

  /// Something legal is offered on `channel`, without READY: 0 AW, 1 W, 2 B, 3 AR, 4 R.
  function automatic void offer(input int unsigned channel);
    if (channel inside {1, 2}) send_aw();
    if (channel == 2) send_w('1, 1'b1);
    if (channel == 4) send_ar();
    add(StepReady, NoneReady);
    case (channel)
      0: put_aw();
      1: put_w('1, 1'b1);
      2: put_b(5'd5, 2'b00);
      3: put_ar();
      default: put_r(5'd6, 2'b00, 1'b1);
    endcase
    add(StepClocks, 2);
  endfunction

endpackage
