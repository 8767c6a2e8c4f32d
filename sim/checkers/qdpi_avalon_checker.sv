// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Protocol checker for one Avalon memory-mapped interface with waitrequest, pipelined reads and
/// bursts. Simulation only: looks at both sides, drives nothing. A port has one inside; for a bus
/// of your own:
///
///   bind my_core qdpi_avalon_checker #(.DataWidth(256)) u_avalon_checker (
///     .clk_i(clk), .rst_ni(!reset), .avalon_read_i(read), ... .avalon_writeresponsevalid_i(1'b0));
///
/// The rules are those of qdpi_avalon_checker_pkg. Signals that a core lacks: byteenable all 1,
/// burstcount 1, response and writeresponsevalid 0.
module qdpi_avalon_checker
  import qdpi_avalon_checker_pkg::*;
#(
  /// Bits of address.
  parameter int unsigned AddrWidth       = 32,
  /// Bits of readdata and writedata: 8, 16, ... 1024.
  parameter int unsigned DataWidth       = 32,
  /// Bits of burstcount.
  parameter int unsigned BurstcountWidth = 5,
  /// 1: address counts words, 0: symbols (bytes).
  parameter bit          WordAddresses   = 1'b0,
  /// 1: writes are answered with writeresponsevalid.
  parameter bit          WriteResponses  = 1'b1,
  /// 1: the host promises address and burstcount through a write burst (constantBurstBehavior).
  parameter bit          ConstantBursts  = 1'b0,
  /// 1: all combinations of byteenable are in order, as between a host and an agent that agreed.
  parameter bit          AnyByteenable   = 1'b0,
  /// Clocks in which nothing moves that are a hang; 0: never.
  parameter int unsigned HangClocks      = 10000
) (
  /// Clock: rising edge.
  input logic                       clk_i,
  /// Reset: active low.
  input logic                       rst_ni,
  /// Read command.
  input logic                       avalon_read_i,
  /// Write command, or beat of a write burst.
  input logic                       avalon_write_i,
  /// Address of the first word.
  input logic [AddrWidth-1:0]       avalon_address_i,
  /// Words in the burst.
  input logic [BurstcountWidth-1:0] avalon_burstcount_i,
  /// Byte lanes.
  input logic [DataWidth/8-1:0]     avalon_byteenable_i,
  /// Data of a write.
  input logic [DataWidth-1:0]       avalon_writedata_i,
  /// Command or beat not taken.
  input logic                       avalon_waitrequest_i,
  /// Data of a read.
  input logic [DataWidth-1:0]       avalon_readdata_i,
  /// readdata and response are those of a read.
  input logic                       avalon_readdatavalid_i,
  /// What became of it.
  input logic [1:0]                 avalon_response_i,
  /// response is that of a write burst.
  input logic                       avalon_writeresponsevalid_i
);

  localparam int unsigned BusBytes = DataWidth / 8;
  // Commands that are remembered until they are answered.
  localparam int unsigned Slots = 1024;

  typedef struct packed {
    logic                       write;
    logic [AddrWidth-1:0]       address;
    logic [BurstcountWidth-1:0] burstcount;
    logic [BusBytes-1:0]        byteenable;
    logic [DataWidth-1:0]       writedata;
  } command_t;

  typedef struct packed {
    logic       read;
    logic       write;
    logic       waitrequest;
    logic       readdatavalid;
    logic       writeresponsevalid;
    logic [1:0] response;
  } handshakes_t;

  qdpi_rule_log #(.Rules(Rules)) u_rules ();

  // Written by the one process below, through the functions. Hence:
  // verilator lint_off BLKSEQ
  // And no function needs all of a command:
  // verilator lint_off UNUSEDSIGNAL
  // What puts a broken rule into words is out of line: strings in inlined functions cost Verilator
  // time on every clock.
  // verilator lint_off IMPURE
  bit [Rules-1:0]  faults;             // the rules broken in this clock
  command_t        now;                // what stands on the wires
  command_t        waiting;            // what stood there on the last clock and was not taken
  bit              is_waiting;
  command_t        burst;              // the write burst under way
  int unsigned     burst_left;         // its beats to come
  command_t        commands [Slots];   // not answered, oldest first; a write once it is complete
  int unsigned     lefts    [Slots];   // answers to come
  int unsigned     head, count;
  int unsigned     reads;              // words to come
  int unsigned     writes;
  longint unsigned clock, progress_clock;
  bit              hang_said;
  bit              was_in_reset;
  bit              reset_fell;  // and no edge of the clock out of reset has come since

  initial begin
    u_rules.set_place($sformatf("%m"));
  end

  function automatic string picture(input command_t command);
    // verilator no_inline_task
    return $sformatf("%s address=%h burstcount=%0d byteenable=%b", command.write ? "write" : "read",
                     command.address, command.burstcount, command.byteenable);
  endfunction

  /// Say what is broken.
  function automatic void tell();
    if (faults != '0) begin
      // With all it needs: Verilator does not see what functions out of line read besides.
      report(now, waiting, burst, burst_left, commands[head], count,
             {avalon_read_i, avalon_write_i, avalon_waitrequest_i, avalon_readdatavalid_i,
              avalon_writeresponsevalid_i, avalon_response_i}, avalon_readdata_i, faults);
      faults = '0;
    end
  endfunction

  function automatic void report(input command_t asked, input command_t held,
                                 input command_t open_burst, input int unsigned beats,
                                 input command_t due, input int unsigned open,
                                 input handshakes_t h, input logic [DataWidth-1:0] readdata,
                                 input bit [Rules-1:0] which);
    // verilator no_inline_task
    string wires = $sformatf("read=%b write=%b waitrequest=%b readdatavalid=%b %s=%b response=%b, %s",
                             h.read, h.write, h.waitrequest, h.readdatavalid, "writeresponsevalid",
                             h.writeresponsevalid, h.response, picture(asked));
    string values = "";
    rule_e rule = CommandHeld;
    for (int unsigned i = 0; i < Rules; i++) begin
      rule = rule_e'(i);
      case (rule)
        CommandHeld: values = $sformatf("waiting was %s; now %s", picture(held), wires);
        CommandStable: begin
          values = $sformatf("waiting was %s writedata=%h; now %s writedata=%h", picture(held),
                             held.writedata, wires, asked.writedata);
        end
        BurstStable, BurstUninterrupted: begin
          values = $sformatf("%0d beats to come of %s; now %s", beats, picture(open_burst), wires);
        end
        ResponseOrder: values = $sformatf("due is %s; now %s", picture(due), wires);
        ResponseKnown: values = $sformatf("readdata=%h, %s", readdata, wires);
        Hang: begin
          values = $sformatf("for %0d clocks no answer to %s; %0d commands are open, %s", HangClocks,
                             picture(open != 0 ? due : asked), open, wires);
        end
        default: values = wires;
      endcase
      if (which[i]) u_rules.broken(rule, rule.name(), section(rule), values);
    end
  endfunction

  /// Whether an enabled lane carries X or Z.
  function automatic bit unknown_lanes(input logic [DataWidth-1:0] data,
                                       input logic [BusBytes-1:0] lanes);
    for (int unsigned lane = 0; lane < BusBytes; lane++) begin
      if (lanes[lane] && $isunknown(data[8*lane+:8])) return 1'b1;
    end
    return 1'b0;
  endfunction

  function automatic void check_known();
    bit bad = $isunknown({avalon_read_i, avalon_write_i});
    if (avalon_read_i || avalon_write_i) begin
      bad |= $isunknown({avalon_address_i, avalon_burstcount_i, avalon_byteenable_i});
      bad |= avalon_write_i && unknown_lanes(avalon_writedata_i, avalon_byteenable_i);
    end
    if (bad) faults[CommandKnown] = 1'b1;
    bad = $isunknown({avalon_waitrequest_i, avalon_readdatavalid_i, avalon_writeresponsevalid_i});
    if (avalon_readdatavalid_i || avalon_writeresponsevalid_i) bad |= $isunknown(avalon_response_i);
    if (avalon_readdatavalid_i && count != 0) begin
      bad |= unknown_lanes(avalon_readdata_i, commands[head].byteenable);
    end
    if (bad) faults[ResponseKnown] = 1'b1;
  endfunction

  /// A power of two of neighbours, at a multiple of their number.
  function automatic bit legal_lanes(input logic [BusBytes-1:0] lanes);
    // verilator no_inline_task
    int unsigned lowest = 0;
    int unsigned number = $countones(lanes);
    while (lowest < BusBytes && !lanes[lowest]) lowest++;
    if (!$onehot(number) || lowest % number != 0) return 1'b0;
    for (int unsigned i = 0; i < number; i++) begin
      if (!lanes[(lowest+i)%BusBytes]) return 1'b0;
    end
    return 1'b1;
  endfunction

  /// address, writedata and so on in one comparison; writedata means nothing in a read.
  function automatic bit same(input command_t a, input command_t b);
    command_t c = b;
    if (!a.write) c.writedata = a.writedata;
    // In a burst's later beats, these belong to the first.
    if (a.write && burst_left != 0 && !ConstantBursts) begin
      c.address = a.address;
      c.burstcount = a.burstcount;
    end
    return a === c;
  endfunction

  function automatic void check_held();
    if (!is_waiting) return;
    if (waiting.write ? !avalon_write_i : !avalon_read_i) begin
      faults[CommandHeld] = 1'b1;
    end else if (!same(waiting, now)) begin
      faults[CommandStable] = 1'b1;
    end
  endfunction

  function automatic void check_command();
    if (avalon_read_i && avalon_write_i) faults[OneCommand] = 1'b1;
    if (!(avalon_read_i || avalon_write_i) || is_waiting) return;
    if (avalon_write_i && burst_left != 0) begin
      if (ConstantBursts
          && (now.address != burst.address || now.burstcount != burst.burstcount)) begin
        faults[BurstStable] = 1'b1;
      end
    end else begin
      if (burst_left != 0) begin
        faults[BurstUninterrupted] = 1'b1;
      end
      // The top bit is for the longest burst alone.
      if (now.burstcount == 0
          || (now.burstcount[BurstcountWidth-1] && !$onehot(now.burstcount))) begin
        faults[BurstcountLegal] = 1'b1;
      end
      if (!WordAddresses && 64'(now.address) % 64'(BusBytes) != 0) faults[AddressAligned] = 1'b1;
    end
    if (!AnyByteenable && now.byteenable != '0 && now.byteenable != '1
        && !legal_lanes(now.byteenable)) begin
      faults[ByteenableLegal] = 1'b1;
    end
  endfunction

  function automatic void pop_answer();
    if (commands[head].write) writes--;
    else reads--;
    lefts[head]--;
    if (lefts[head] == 0) begin
      head = (head + 1) % Slots;
      count--;
    end
  endfunction

  function automatic void check_answer();
    if (!(avalon_readdatavalid_i || avalon_writeresponsevalid_i)) return;
    if (avalon_response_i == 2'b01) faults[ResponseLegal] = 1'b1;
    if (avalon_readdatavalid_i && avalon_writeresponsevalid_i) faults[OneResponse] = 1'b1;
    else if (avalon_readdatavalid_i && reads == 0) faults[ReaddataRequested] = 1'b1;
    else if (avalon_writeresponsevalid_i && writes == 0) faults[ResponseRequested] = 1'b1;
    else if (commands[head].write != avalon_writeresponsevalid_i) begin
      faults[ResponseOrder] = 1'b1;
    end else pop_answer();
  endfunction

  function automatic void push(input command_t command, input int unsigned answers);
    if (count == Slots) return;
    commands[(head+count)%Slots] = command;
    lefts[(head+count)%Slots] = answers;
    count++;
    if (command.write) writes += answers;
    else reads += answers;
  endfunction

  function automatic void follow_write();
    if (burst_left == 0) begin
      burst = now;
      burst_left = now.burstcount == 0 ? 1 : 32'(now.burstcount);
    end
    burst_left--;
    if (burst_left == 0 && WriteResponses) push(burst, 1);
  endfunction

  /// Take notice of what this clock moved.
  function automatic void follow();
    bit asked = avalon_read_i || avalon_write_i;
    bit taken = asked && !avalon_waitrequest_i;
    if (taken || avalon_readdatavalid_i || avalon_writeresponsevalid_i || (!asked && count == 0))
    begin
      progress_clock = clock;
      hang_said = 1'b0;
    end
    if (taken && avalon_write_i) follow_write();
    else if (taken) push(now, now.burstcount == 0 ? 1 : 32'(now.burstcount));
    is_waiting = asked && !taken;
    waiting = now;
  endfunction

  function automatic void check_hang();
    if (HangClocks == 0 || hang_said || clock - progress_clock < 64'(HangClocks)) return;
    hang_said = 1'b1;
    faults[Hang] = 1'b1;
  endfunction

  function automatic void check_reset();
    if (was_in_reset && (avalon_read_i || avalon_write_i)) faults[ResetCommand] = 1'b1;
    if (was_in_reset && (avalon_readdatavalid_i || avalon_writeresponsevalid_i)) begin
      faults[ResetResponse] = 1'b1;
    end
  endfunction

  function automatic void forget();
    is_waiting = 1'b0;
    burst_left = 0;
    count = 0;
    reads = 0;
    writes = 0;
    hang_said = 1'b0;
    progress_clock = clock;
  endfunction

  // Like the processes of a bus with this clock and reset, which Verilator then runs together. Yet
  // reset is sampled: its fall is no edge of the clock.
  always @(posedge clk_i or negedge rst_ni) begin
    clock++;
    now = {avalon_write_i, avalon_address_i, avalon_burstcount_i, avalon_byteenable_i,
           avalon_writedata_i};
    if (rst_ni) begin
      if (reset_fell) forget();
      check_known();
      check_held();
      check_command();
      check_answer();
      tell();
      follow();
      check_hang();
    end else if (reset_fell) begin
      check_reset();
    end
    tell();
    was_in_reset = rst_ni !== 1'b1 && reset_fell;
    reset_fell = rst_ni !== 1'b1;
  end

endmodule
