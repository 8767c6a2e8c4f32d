// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Negative test of qdpi_wishbone_checker: plays short stories on two bare interfaces, classic and
/// pipelined. Legal ones must break no rule, and each of the others exactly the rule that it is
/// about, with a message that names rule, section, values and time.
module tb_qdpi_wishbone_checker (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qdpi_wishbone_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned HangClocks = 50;
  localparam int unsigned RuleCount = 32'(Rules);

  // What stands on both interfaces in one clock.
  typedef struct packed {
    logic        reset;
    logic        cyc;
    logic        stb;
    logic        we;
    logic [15:0] adr;
    logic [15:0] dat;
    logic [1:0]  sel;
    logic [2:0]  cti;
    logic [1:0]  bte;
    logic        stall;
    logic        ack;
    logic        err;
    logic        rty;
  } wires_t;

  // The testbench's one process sets them, on the falling edge of the clock.
  wires_t      c, p;
  wires_t      h;  // of a slave that holds ACK
  int unsigned proved [RuleCount];
  // Of the stories before.
  int unsigned counted;
  int unsigned hits_so_far [RuleCount][2];

  qdpi_wishbone_checker #(
    .AddrWidth (16),
    .DataWidth (16),
    .HangClocks(HangClocks)
  ) u_classic (
    .clk_i,
    .rst_ni    (rst_ni && !c.reset),
    .wb_cyc_i  (c.cyc),
    .wb_stb_i  (c.stb),
    .wb_we_i   (c.we),
    .wb_adr_i  (c.adr),
    .wb_dat_m_i(c.dat),
    .wb_sel_i  (c.sel),
    .wb_cti_i  (c.cti),
    .wb_bte_i  (c.bte),
    .wb_stall_i(c.stall),
    .wb_ack_i  (c.ack),
    .wb_err_i  (c.err),
    .wb_rty_i  (c.rty),
    .wb_dat_s_i(c.dat)
  );

  qdpi_wishbone_checker #(
    .AddrWidth (16),
    .DataWidth (16),
    .Pipelined (1'b1),
    .HangClocks(HangClocks)
  ) u_pipelined (
    .clk_i,
    .rst_ni    (rst_ni && !p.reset),
    .wb_cyc_i  (p.cyc),
    .wb_stb_i  (p.stb),
    .wb_we_i   (p.we),
    .wb_adr_i  (p.adr),
    .wb_dat_m_i(p.dat),
    .wb_sel_i  (p.sel),
    .wb_cti_i  (p.cti),
    .wb_bte_i  (p.bte),
    .wb_stall_i(p.stall),
    .wb_ack_i  (p.ack),
    .wb_err_i  (p.err),
    .wb_rty_i  (p.rty),
    .wb_dat_s_i(p.dat)
  );

  qdpi_wishbone_checker #(
    .AddrWidth (16),
    .DataWidth (16),
    .AckHeld   (1'b1),
    .HangClocks(HangClocks)
  ) u_held (
    .clk_i,
    .rst_ni    (rst_ni && !h.reset),
    .wb_cyc_i  (h.cyc),
    .wb_stb_i  (h.stb),
    .wb_we_i   (h.we),
    .wb_adr_i  (h.adr),
    .wb_dat_m_i(h.dat),
    .wb_sel_i  (h.sel),
    .wb_cti_i  (h.cti),
    .wb_bte_i  (h.bte),
    .wb_stall_i(h.stall),
    .wb_ack_i  (h.ack),
    .wb_err_i  (h.err),
    .wb_rty_i  (h.rty),
    .wb_dat_s_i(h.dat)
  );

  // A clock's wires from what matters; the rest is a read of word 0x10 (bytes 0x20).
  localparam wires_t Idle = '{adr: 16'h0020, dat: 16'h1234, sel: 2'b11, default: '0};
  wires_t request, read;

  initial begin
    read = Idle;
    read.cyc = 1'b1;
    read.stb = 1'b1;
    request = read;
    request.we = 1'b1;
  end

  /// The rule that the story `name` was about, and no other, has been broken, so many `times`.
  function automatic void judge(input string name, input rule_e rule, input bit pipelined,
                                input int unsigned times);
    int unsigned total = u_classic.u_rules.total() + u_pipelined.u_rules.total();
    int unsigned hits = pipelined ? u_pipelined.u_rules.count(rule) : u_classic.u_rules.count(rule);
    string       message = pipelined ? u_pipelined.u_rules.last_message()
                                     : u_classic.u_rules.last_message();
    if (rule == Rules) begin
      if (total != counted) wrong({name, ": legal, but a rule was broken"});
    end else if (total != counted + times || hits != hits_so_far[rule][pipelined] + times) begin
      wrong($sformatf("%s: %0d rules were broken, %s %0d times; expected it %0d times", name,
                      total - counted, rule.name(), hits - hits_so_far[rule][pipelined], times));
    end else if (!contains(message, rule.name()) || !contains(message, section(rule))
                 || !contains(message, "CYC=") && !contains(message, "ADR=")
                 || !contains(message, "at time")) begin
      wrong({name, ": the message lacks something: ", message});
    end else begin
      proved[rule]++;
    end
    counted = total;
    if (rule != Rules) hits_so_far[rule][pipelined] = hits;
  endfunction

  /// Play `clocks` on one interface, then end the story.
  task automatic play(input string name, input bit pipelined, input rule_e rule,
                      input wires_t clocks [], input int unsigned idle_clocks,
                      input int unsigned times = 1);
    for (int unsigned i = 0; i < 32'(clocks.size()); i++) begin
      if (pipelined) p = clocks[i];
      else c = clocks[i];
      @(negedge clk_i);
    end
    repeat (int'(idle_clocks)) @(negedge clk_i);
    c = Idle;
    p = Idle;
    c.reset = 1'b1;
    p.reset = 1'b1;
    @(negedge clk_i);
    c.reset = 1'b0;
    p.reset = 1'b0;
    @(negedge clk_i);
    judge(name, rule, pipelined, times);
  endtask

  /// `w` with the answers of a slave.
  function automatic wires_t answered(input wires_t w, input bit with_ack, input bit with_err,
                                      input bit with_rty);
    wires_t r = w;
    r.ack = with_ack;
    r.err = with_err;
    r.rty = with_rty;
    return r;
  endfunction

  function automatic wires_t ack(input wires_t w);
    return answered(w, 1'b1, 1'b0, 1'b0);
  endfunction

  function automatic wires_t stalled(input wires_t w);
    wires_t r = w;
    r.stall = 1'b1;
    return r;
  endfunction

  /// A beat of a burst.
  function automatic wires_t beat(input logic [15:0] adr, input logic [2:0] cti,
                                  input logic [1:0] bte);
    wires_t r = read;
    r.adr = adr;
    r.cti = cti;
    r.bte = bte;
    return r;
  endfunction

  /// In the cycle, but no request.
  function automatic wires_t pause();
    wires_t r = Idle;
    r.cyc = 1'b1;
    return r;
  endfunction

  function automatic wires_t changed(input wires_t w, input logic [3:0] field);
    wires_t r = w;
    case (field)
      0: r.adr ^= 16'h0100;
      1: r.dat ^= 16'h0001;
      2: r.sel ^= 2'b01;
      3: r.we ^= 1'b1;
      4: r.cti = 3'b111;
      5: r.bte ^= 2'b01;
      6: r.stb = 1'b0;
      7: r.cyc = 1'b0;
      8: {r.cyc, r.stb} = 2'b00;
      default: r.reset = 1'b1;
    endcase
    return r;
  endfunction

  task automatic legal_stories();
    play("classic transfers", 1'b0, Rules,
         '{request, ack(request), read, read, ack(read), Idle}, 1);
    play("classic, no wait states", 1'b0, Rules, '{ack(request), ack(read), Idle}, 1);
    play("error and retry", 1'b0, Rules, '{answered(read, 1'b0, 1'b1, 1'b0),
         answered(read, 1'b0, 1'b0, 1'b1), Idle}, 1);
    play("wrap-4 burst", 1'b0, Rules,
         '{beat(16'h24, 3'b010, 2'b01), ack(beat(16'h24, 3'b010, 2'b01)),
           ack(beat(16'h26, 3'b010, 2'b01)), ack(pause()), ack(beat(16'h20, 3'b010, 2'b01)),
           ack(beat(16'h22, 3'b111, 2'b01)), Idle}, 1);
    play("constant burst", 1'b0, Rules, '{ack(beat(16'h24, 3'b001, 2'b00)),
         ack(beat(16'h24, 3'b001, 2'b00)), ack(beat(16'h24, 3'b111, 2'b00)), Idle}, 1);
    play("a burst given up after an error", 1'b0, Rules,
         '{answered(beat(16'h24, 3'b010, 2'b00), 1'b0, 1'b1, 1'b0), Idle}, 1);
    play("pipelined transfers", 1'b1, Rules,
         '{stalled(request), request, read, ack(read), ack(pause()), ack(pause()), Idle}, 1);
    play("answered at once", 1'b1, Rules, '{ack(request), Idle}, 1);
    play("pipelined, given up", 1'b1, Rules, '{request, read, stalled(request), Idle}, 1);
    play("reset ends all", 1'b1, Rules, '{request, changed(Idle, 9)}, 1);
    play("reset ends a request", 1'b0, Rules, '{request, changed(Idle, 9)}, 1);
    play("reset ends a burst", 1'b0, Rules,
         '{ack(beat(16'h24, 3'b010, 2'b00)), changed(Idle, 9)}, 1);
    play("a long rest", 1'b0, Rules, '{Idle}, HangClocks + 20);
    play("a long rest in a cycle", 1'b1, Rules, '{pause()}, HangClocks + 20);
    play("an answer at the last moment", 1'b0, Rules, '{read}, HangClocks - 2);
  endtask

  task automatic show_held(input wires_t w);
    h = w;
    @(negedge clk_i);
  endtask

  /// ACK is held, at rest, in transfers, between them and in reset; ERR and RTY may not be.
  task automatic held_stories();
    show_held(ack(Idle));
    show_held(ack(request));
    show_held(ack(pause()));
    show_held(ack(read));
    show_held(ack(Idle));
    repeat (3) show_held(ack(changed(Idle, 9)));
    show_held(ack(Idle));
    if (u_held.u_rules.total() != 0) wrong("ACK is held: legal, but a rule was broken");
    show_held(answered(Idle, 1'b0, 1'b1, 1'b0));
    show_held(ack(changed(Idle, 9)));
    show_held(answered(changed(Idle, 9), 1'b0, 1'b0, 1'b1));
    show_held(answered(changed(Idle, 9), 1'b0, 1'b0, 1'b1));
    show_held(ack(Idle));
    if (u_held.u_rules.count(AnswerRequested) != 1 || u_held.u_rules.count(ResetAnswer) != 2
        || u_held.u_rules.total() != 3) begin
      wrong("ERR or RTY is held: not reported as such");
    end
  endtask

  task automatic illegal_stories();
    wires_t slow [] = new[3 * HangClocks];
    play("STB without CYC", 1'b0, StrobeInCycle, '{changed(request, 7), Idle}, 1);
    play("STB without CYC", 1'b1, StrobeInCycle, '{changed(request, 7), Idle}, 1);
    play("STB falls", 1'b0, StrobeHeld, '{request, changed(request, 6), Idle}, 1);
    play("CYC falls", 1'b0, StrobeHeld, '{request, Idle}, 1);
    play("stalled STB falls", 1'b1, StrobeHeld, '{stalled(request), pause(), Idle}, 1);
    for (int field = 0; field < 6; field++) begin
      play("request changes", 1'b0, RequestStable,
           '{request, changed(request, 4'(field)), ack(changed(request, 4'(field))), Idle}, 1);
      play("stalled request changes", 1'b1, RequestStable,
           '{stalled(request), changed(request, 4'(field)), ack(pause()), Idle}, 1);
    end
    play("CTI 011", 1'b0, CycleTypeLegal, '{ack(beat(16'h24, 3'b011, 2'b00)), Idle}, 1);
    play("CTI 110", 1'b1, CycleTypeLegal, '{ack(beat(16'h24, 3'b110, 2'b00)), Idle}, 1);
    play("wrap-4 burst leaves the wrap", 1'b0, BurstContinues,
         '{ack(beat(16'h26, 3'b010, 2'b01)), ack(beat(16'h28, 3'b111, 2'b01)), Idle}, 1);
    play("linear burst jumps", 1'b1, BurstContinues,
         '{ack(beat(16'h26, 3'b010, 2'b00)), ack(beat(16'h2a, 3'b111, 2'b00)), Idle}, 1);
    play("constant burst moves", 1'b0, BurstContinues,
         '{ack(beat(16'h26, 3'b001, 2'b00)), ack(beat(16'h28, 3'b111, 2'b00)), Idle}, 1);
    play("burst changes lanes", 1'b0, BurstContinues,
         '{ack(beat(16'h26, 3'b010, 2'b00)), ack(changed(beat(16'h28, 3'b111, 2'b00), 2)),
           Idle}, 1);
    play("burst changes direction", 1'b0, BurstContinues,
         '{ack(beat(16'h26, 3'b010, 2'b00)), ack(changed(beat(16'h28, 3'b111, 2'b00), 3)),
           Idle}, 1);
    play("burst without end", 1'b0, BurstEnds, '{ack(beat(16'h26, 3'b010, 2'b00)), Idle}, 1);
    play("burst ends as classic", 1'b1, BurstEnds,
         '{ack(beat(16'h26, 3'b010, 2'b00)), ack(beat(16'h28, 3'b000, 2'b00)), Idle}, 1);
    play("ACK and ERR", 1'b0, AnswerExclusive, '{answered(read, 1'b1, 1'b1, 1'b0), Idle}, 1);
    play("ACK and RTY", 1'b1, AnswerExclusive, '{answered(read, 1'b1, 1'b0, 1'b1), Idle}, 1);
    play("ERR and RTY", 1'b0, AnswerExclusive, '{answered(read, 1'b0, 1'b1, 1'b1), Idle}, 1);
    play("ACK without STB", 1'b0, AnswerRequested, '{ack(read), ack(pause()), Idle}, 1);
    play("ACK without CYC", 1'b0, AnswerRequested, '{ack(Idle), Idle}, 1);
    play("ERR without request", 1'b1, AnswerRequested,
         '{ack(read), answered(pause(), 1'b0, 1'b1, 1'b0), Idle}, 1);
    play("ACK of a stalled request", 1'b1, AnswerRequested, '{ack(stalled(read)), Idle}, 1);
    play("ACK after CYC fell", 1'b1, AnswerRequested, '{read, ack(Idle), Idle}, 1);
    play("STB in reset", 1'b0, ResetRequest, '{changed(Idle, 9), changed(request, 9)}, 0);
    play("ACK in reset", 1'b1, ResetAnswer, '{changed(Idle, 9), ack(changed(Idle, 9))}, 0);
    play("no answer", 1'b0, Hang, '{read}, HangClocks + 20);
    play("no answer for just too long", 1'b0, Hang, '{read}, HangClocks - 1);
    for (int unsigned i = 0; i < 3 * HangClocks; i++) slow[i] = pause();
    slow[0] = read;
    slow[1] = read;
    slow[HangClocks+5] = ack(pause());
    play("two hangs", 1'b1, Hang, slow, 1, 2);
    play("no answer", 1'b1, Hang, '{read, pause()}, HangClocks + 20);
    play("endless stall", 1'b1, Hang, '{stalled(read)}, HangClocks + 20);
  endtask

  /// Only where the simulator has X.
  task automatic unknown_stories();
    wires_t w = request;
    w.adr[3] = 1'bx;
    if (!$isunknown(w.adr)) begin
      $display("this simulator has no X: two rules are not shown");
      proved[RequestKnown]++;
      proved[AnswerKnown]++;
      return;
    end
    play("X in ADR", 1'b0, RequestKnown, '{ack(w), Idle}, 1);
    w = read;
    w.ack = 1'bx;
    play("X in ACK", 1'b1, AnswerKnown, '{w, ack(pause()), Idle}, 1);
  endtask

  initial begin : main
    c = Idle;
    p = Idle;
    h = ack(Idle);
    for (int unsigned rule = 0; rule < RuleCount; rule++) begin
      u_classic.u_rules.tolerate(rule);
      u_pipelined.u_rules.tolerate(rule);
      u_held.u_rules.tolerate(rule);
    end
    while (rst_ni !== 1'b1) @(negedge clk_i);
    @(negedge clk_i);
    legal_stories();
    held_stories();
    illegal_stories();
    unknown_stories();
    for (int unsigned rule = 0; rule < RuleCount; rule++) begin
      if (proved[rule] == 0) wrong($sformatf("no story breaks rule %0d", rule));
    end
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
