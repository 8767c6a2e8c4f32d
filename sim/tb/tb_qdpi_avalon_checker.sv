// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Negative test of qdpi_avalon_checker: plays short stories on a bare interface. Legal ones must
/// break no rule, and each of the others exactly the rule that it is about, with a message that
/// names rule, section, values and time.
module tb_qdpi_avalon_checker (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qdpi_avalon_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned HangClocks = 50;
  localparam int unsigned RuleCount = 32'(Rules);

  // What stands on the interface in one clock.
  typedef struct packed {
    logic        reset;
    logic        read;
    logic        write;
    logic [15:0] address;
    logic [3:0]  burstcount;
    logic [3:0]  lanes;
    logic [31:0] data;
    logic        stall;
    logic        readvalid;
    logic [1:0]  response;
    logic        writevalid;
  } wires_t;

  localparam wires_t Idle = '{address: 16'h0040, burstcount: 4'd1, lanes: 4'hf, data: 32'h1234_5678,
                              default: '0};

  // The testbench's one process sets them, on the falling edge of the clock.
  wires_t      w;
  int unsigned proved [RuleCount];
  // Of the stories before.
  int unsigned counted;
  int unsigned hits_so_far [RuleCount];

  qdpi_avalon_checker #(
    .AddrWidth      (16),
    .DataWidth      (32),
    .BurstcountWidth(4),
    .ConstantBursts (1'b1),
    .HangClocks     (HangClocks)
  ) u_checker (
    .clk_i,
    .rst_ni                     (rst_ni && !w.reset),
    .avalon_read_i              (w.read),
    .avalon_write_i             (w.write),
    .avalon_address_i           (w.address),
    .avalon_burstcount_i        (w.burstcount),
    .avalon_byteenable_i        (w.lanes),
    .avalon_writedata_i         (w.data),
    .avalon_waitrequest_i       (w.stall),
    .avalon_readdata_i          (w.data),
    .avalon_readdatavalid_i     (w.readvalid),
    .avalon_response_i          (w.response),
    .avalon_writeresponsevalid_i(w.writevalid)
  );

  /// The rule that the story `name` was about, and no other, has been broken, so many `times`.
  /// Rules: none.
  function automatic void judge(input string name, input rule_e rule, input int unsigned times);
    int unsigned total = u_checker.u_rules.total();
    string       message = u_checker.u_rules.last_message();
    if (rule == Rules) begin
      if (total != counted) wrong({name, ": legal, but a rule was broken"});
    end else if (total != counted + times
                 || u_checker.u_rules.count(rule) != hits_so_far[rule] + times) begin
      wrong($sformatf("%s: %0d rules were broken, %s %0d times; expected it %0d times", name,
                      total - counted, rule.name(),
                      u_checker.u_rules.count(rule) - hits_so_far[rule], times));
    end else if (!contains(message, rule.name()) || !contains(message, section(rule))
                 || !contains(message, "address=") || !contains(message, "at time")) begin
      wrong({name, ": the message lacks something: ", message});
    end else begin
      proved[rule]++;
    end
    counted = total;
    if (rule != Rules) hits_so_far[rule] = u_checker.u_rules.count(rule);
  endfunction

  /// Play `clocks`, then end the story.
  task automatic play(input string name, input rule_e rule, input wires_t clocks [],
                      input int unsigned idle_clocks, input int unsigned times = 1);
    for (int unsigned i = 0; i < 32'(clocks.size()); i++) begin
      w = clocks[i];
      @(negedge clk_i);
    end
    repeat (int'(idle_clocks)) @(negedge clk_i);
    w = Idle;
    w.reset = 1'b1;
    @(negedge clk_i);
    w.reset = 1'b0;
    @(negedge clk_i);
    judge(name, rule, times);
  endtask

  function automatic wires_t read(input logic [3:0] burstcount);
    wires_t r = Idle;
    r.read = 1'b1;
    r.burstcount = burstcount;
    return r;
  endfunction

  function automatic wires_t write(input logic [3:0] burstcount);
    wires_t r = Idle;
    r.write = 1'b1;
    r.burstcount = burstcount;
    return r;
  endfunction

  function automatic wires_t stalled(input wires_t from);
    wires_t r = from;
    r.stall = 1'b1;
    return r;
  endfunction

  function automatic wires_t at(input wires_t from, input logic [15:0] address,
                                input logic [3:0] lanes);
    wires_t r = from;
    r.address = address;
    r.lanes = lanes;
    return r;
  endfunction

  /// `from` while a word or a write response comes.
  function automatic wires_t answered(input wires_t from, input bit with_word, input bit with_done,
                                      input logic [1:0] response);
    wires_t r = from;
    r.readvalid = with_word;
    r.writevalid = with_done;
    r.response = response;
    return r;
  endfunction

  function automatic wires_t word();
    return answered(Idle, 1'b1, 1'b0, 2'b00);
  endfunction

  function automatic wires_t done();
    return answered(Idle, 1'b0, 1'b1, 2'b00);
  endfunction

  function automatic wires_t changed(input wires_t from, input int field);
    wires_t r = from;
    case (field)
      0: r.address ^= 16'h0100;
      1: r.burstcount = 4'd3;
      2: r.lanes = 4'h3;
      3: r.data ^= 32'h1;
      4: r.write = 1'b1;
      default: r.reset = 1'b1;
    endcase
    return r;
  endfunction

  /// `first` twice, and then `second` twice, after `pause` clocks each time.
  task automatic play_slowly(input string name, input rule_e rule, input wires_t first,
                             input wires_t second, input int unsigned pause,
                             input int unsigned times);
    wires_t slow [] = new[3 * HangClocks];
    for (int unsigned i = 0; i < 3 * HangClocks; i++) slow[i] = Idle;
    slow[0] = first;
    slow[1] = first;
    slow[pause] = second;
    slow[2*pause] = second;
    play(name, rule, slow, 1, times);
  endtask

  task automatic legal_stories();
    play("reads", Rules, '{stalled(read(1)), read(1), read(2), word(), word(), word(), Idle}, 1);
    play("a read while a word comes", Rules,
         '{read(1), answered(read(1), 1'b1, 1'b0, 2'b10), word(), Idle}, 1);
    play("writes", Rules,
         '{write(1), write(1), done(), answered(Idle, 1'b0, 1'b1, 2'b11), Idle}, 1);
    play("a write burst with a pause", Rules,
         '{write(3), Idle, stalled(write(3)), write(3), write(3), done(), Idle}, 1);
    play("in the order of commands", Rules,
         '{read(2), write(1), word(), word(), done(), Idle}, 1);
    play("lanes", Rules, '{at(write(1), 16'h40, 4'b0001), at(write(1), 16'h40, 4'b1000),
         at(write(1), 16'h40, 4'b1100), at(write(1), 16'h40, 4'b0000), done(), done(),
         done(), done(), Idle}, 1);
    play("the longest burst", Rules, '{read(8), word(), word(), word(), word(), word(), word(),
         word(), word(), Idle}, 1);
    play("reset ends all", Rules, '{read(8), word(), changed(Idle, 9)}, 1);
    play("a long rest", Rules, '{Idle}, HangClocks + 20);
    play("waitrequest for nearly too long", Rules, '{stalled(read(1))}, HangClocks - 2);
    play_slowly("slow words", Rules, read(1), word(), HangClocks - 10, 0);
    play_slowly("slow responses", Rules, write(1), done(), HangClocks - 10, 0);
  endtask

  task automatic illegal_stories();
    play("read falls", CommandHeld, '{stalled(read(1)), Idle}, 1);
    play("write falls", CommandHeld, '{stalled(write(1)), Idle}, 1);
    for (int field = 0; field < 4; field++) begin
      play("write changes", CommandStable,
           '{stalled(write(1)), stalled(changed(write(1), field)), changed(write(1), field)}, 0);
      if (field < 3) begin
        play("read changes", CommandStable,
             '{stalled(read(1)), changed(read(1), field)}, 0);
      end
    end
    play("read and write", OneCommand, '{stalled(changed(read(1), 4))}, 0);
    play("burstcount 0", BurstcountLegal, '{read(0), word(), Idle}, 1);
    play("burstcount 9", BurstcountLegal, '{read(9)}, 0);
    play("address moves in a burst", BurstStable,
         '{write(2), changed(write(2), 0), done(), Idle}, 1);
    play("burstcount counts down", BurstStable, '{write(2), write(1), done(), Idle}, 1);
    play("a read in a write burst", BurstUninterrupted, '{write(2), read(1), write(2)}, 0);
    play("address inside a word", AddressAligned, '{at(read(1), 16'h42, 4'hf), word(), Idle}, 1);
    play("three lanes", ByteenableLegal, '{at(write(1), 16'h40, 4'b0111), done(), Idle}, 1);
    play("lanes apart", ByteenableLegal, '{at(write(1), 16'h40, 4'b1001), done(), Idle}, 1);
    play("lanes across", ByteenableLegal, '{at(write(1), 16'h40, 4'b0110), done(), Idle}, 1);
    play("a word too many", ReaddataRequested, '{read(1), word(), word(), Idle}, 1);
    play("a word at once", ReaddataRequested, '{answered(read(1), 1'b1, 1'b0, 2'b00)}, 0);
    play("a response too many", ResponseRequested, '{write(1), done(), done(), Idle}, 1);
    play("a response before the last beat", ResponseRequested, '{write(2), done(), write(2)}, 0);
    play("write overtakes read", ResponseOrder,
         '{read(1), write(1), done(), word(), done(), Idle}, 1);
    play("read overtakes write", ResponseOrder,
         '{write(1), read(1), word(), done(), word(), Idle}, 1);
    play("both at once", OneResponse, '{read(1), write(1), answered(Idle, 1'b1, 1'b1, 2'b00)}, 0);
    play("response 01", ResponseLegal, '{read(1), answered(Idle, 1'b1, 1'b0, 2'b01), Idle}, 1);
    play("read in reset", ResetCommand, '{changed(Idle, 9), changed(read(1), 9)}, 0);
    play("a word in reset", ResetResponse, '{changed(Idle, 9), changed(word(), 9)}, 0);
    play("no word", Hang, '{read(2), word(), Idle}, HangClocks + 20);
    play("no response", Hang, '{write(1), Idle}, HangClocks + 20);
    play("endless waitrequest", Hang, '{stalled(read(1))}, HangClocks + 20);
    play("waitrequest for just too long", Hang, '{stalled(read(1))}, HangClocks - 1);
    play_slowly("two hangs", Hang, read(1), word(), HangClocks + 5, 2);
  endtask

  /// Only where the simulator has X.
  task automatic unknown_stories();
    wires_t x = read(1);
    x.address[3] = 1'bx;
    if (!$isunknown(x.address)) begin
      $display("this simulator has no X: two rules are not shown");
      proved[CommandKnown]++;
      proved[ResponseKnown]++;
      return;
    end
    play("X in address", CommandKnown, '{x, word(), Idle}, 1);
    x = word();
    x.data[0] = 1'bx;
    play("X in readdata", ResponseKnown, '{read(1), x, Idle}, 1);
  endtask

  initial begin : main
    w = Idle;
    for (int unsigned rule = 0; rule < RuleCount; rule++) u_checker.u_rules.tolerate(rule);
    while (rst_ni !== 1'b1) @(negedge clk_i);
    @(negedge clk_i);
    legal_stories();
    illegal_stories();
    unknown_stories();
    for (int unsigned rule = 0; rule < RuleCount; rule++) begin
      if (proved[rule] == 0) wrong($sformatf("no story breaks rule %0d", rule));
    end
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
