// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of qdpi_wishbone_port, classic and pipelined, against a byte-exact reference, with guest
/// memory checked through the port and behind its back. Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +qdpi.seed=N    of everything that is random (1)
///   +rounds=N       of random transfers (20)
///   +qdpi.KNOB=V    the port's behaviour: rates are only asserted without
///
/// At the end the RAM file is truncated, and the port must answer ERR.
module tb_qdpi_wishbone_port #(
  /// Bits of DAT.
  parameter int unsigned DataWidth       = 32,
  /// 1: pipelined, 0: classic.
  parameter bit          Pipelined       = 1'b0,
  /// 1: a pipelined master, also in front of the classic port.
  parameter bit          PipelinedMaster = Pipelined,
  /// 1: ADR counts words.
  parameter bit          WordAddresses   = 1'b0,
  /// Of the port.
  parameter int unsigned MaxRequests     = 4
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import qdpi_port_pkg::*;
  import tb_errors_pkg::*;
  import tb_ram_file_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned AddrWidth = 40;
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam longint unsigned RamBytes = 64'd16 << 20;
  // The pages that random transfers use, with a page on each side that they must not touch.
  localparam longint unsigned Window = 64'h20_0000;
  localparam longint unsigned WindowPages = 4;

  localparam logic [2:0] Classic = 3'b000, Constant = 3'b001, Incrementing = 3'b010, Last = 3'b111;

  bit                   reset_request;
  logic                 tb_reset_n;
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic                 rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                 bridge_lost;
  logic                 cyc, stb, we, stall, ack, err, rty;
  logic [AddrWidth-1:0] adr;
  logic [DataWidth-1:0] dat_to_port, dat_from_port;
  logic [BusBytes-1:0]  sel;
  logic [2:0]           cti;
  logic [1:0]           bte;

  chandle               bridge;
  byte unsigned         page [4096];

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_wishbone_port #(
    .Name         ("wb"),
    .AddrWidth    (AddrWidth),
    .DataWidth    (DataWidth),
    .Pipelined    (Pipelined),
    .WordAddresses(WordAddresses),
    .MaxRequests  (MaxRequests)
  ) u_port (
    .clk_i,
    .rst_ni       (rst_n),
    .bridge_lost_o(bridge_lost),
    .wb_cyc_i     (cyc),
    .wb_stb_i     (stb),
    .wb_we_i      (we),
    .wb_adr_i     (adr),
    .wb_dat_i     (dat_to_port),
    .wb_sel_i     (sel),
    .wb_cti_i     (cti),
    .wb_bte_i     (bte),
    .wb_lock_i    (1'b0),
    .wb_dat_o     (dat_from_port),
    .wb_stall_o   (stall),
    .wb_ack_o     (ack),
    .wb_err_o     (err),
    .wb_rty_o     (rty)
  );

  tb_wishbone_manager #(
    .AddrWidth    (AddrWidth),
    .DataWidth    (DataWidth),
    .Pipelined    (PipelinedMaster),
    .WordAddresses(WordAddresses)
  ) u_manager (
    .clk_i,
    .rst_ni    (rst_n),
    .wb_cyc_o  (cyc),
    .wb_stb_o  (stb),
    .wb_we_o   (we),
    .wb_adr_o  (adr),
    .wb_dat_o  (dat_to_port),
    .wb_sel_o  (sel),
    .wb_cti_o  (cti),
    .wb_bte_o  (bte),
    .wb_dat_i  (dat_from_port),
    .wb_stall_i(stall),
    .wb_ack_i  (ack),
    .wb_err_i  (err),
    .wb_rty_i  (rty)
  );

  tb_guest_pages #(
    .Window     (Window),
    .WindowPages(WindowPages)
  ) u_pages ();

  // ---- The model -------------------------------------------------------------------------------

  /// The reference takes the write that was dropped unanswered if the guest has it.
  function automatic void settle_dropped();
    if (!u_manager.dropped_any || !u_manager.dropped.we) return;
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, u_manager.dropped.gpa & ~64'hfff, page))
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (u_manager.dropped.sel[i]
          && page[12'(u_manager.dropped.gpa+64'(i))] != u_manager.dropped.dat[8*i+:8]) begin
        return;
      end
    end
    u_manager.apply(u_manager.dropped);
  endfunction

  // ---- Stimulus --------------------------------------------------------------------------------

  function automatic logic [BusBytes-1:0] random_sel();
    case (u_manager.random32() % 4)
      0: return BusBytes'(u_manager.random32());
      1: return BusBytes'(1) << (u_manager.random32() % BusBytes);
      default: return '1;
    endcase
  endfunction

  function automatic longint unsigned random_gpa();
    return Window + 64'(u_manager.random32()) % (WindowPages * PageBytes);
  endfunction

  /// A burst, its addresses computed as in the tables of the specification.
  function automatic void push_burst(input bit is_write, input longint unsigned gpa,
                                     input int unsigned beats, input logic [2:0] kind,
                                     input logic [1:0] bte_value, input logic [BusBytes-1:0] lanes,
                                     input bit closes);
    longint unsigned word = gpa / 64'(BusBytes);
    longint unsigned wrap = 64'd1 << (bte_value + 1);
    for (int unsigned beat = 0; beat < beats; beat++) begin
      bit is_last = beat == beats - 1;
      u_manager.push(is_write, word * 64'(BusBytes), lanes, is_last ? Last : kind, bte_value,
                     is_last && closes);
      if (kind == Incrementing) begin
        if (bte_value == 2'b00) word++;
        else word = word - word % wrap + (word + 1) % wrap;
      end
    end
  endfunction

  function automatic void push_random();
    bit              closes = u_manager.chance(30);
    bit              is_write = u_manager.chance(50);
    logic [2:0]      kind = u_manager.chance(80) ? Incrementing : Constant;
    longint unsigned gpa = random_gpa();
    int unsigned     beats = 1 + u_manager.random32() % 20;
    if (u_manager.chance(40)) begin
      if (gpa + 64'(beats * BusBytes) >= Window + WindowPages * PageBytes) gpa -= 64'd256;
      push_burst(is_write, gpa, beats, kind, 2'(u_manager.random32()), random_sel(), closes);
    end else begin
      u_manager.push(is_write, gpa, random_sel(), u_manager.chance(50) ? Classic : Last, 2'b00,
                     closes);
    end
  endfunction

  task automatic drain();
    while (u_manager.queue.size() != 0 || u_manager.in_flight.size() != 0) @(posedge clk_i);
  endtask

  // ---- The tests -------------------------------------------------------------------------------

  task automatic test_random(input int unsigned rounds);
    for (int unsigned round = 0; round < rounds; round++) begin
      u_manager.strobe_percent = u_manager.chance(50) ? 100 : 5 + u_manager.random32() % 96;
      for (int i = 0; i < 60; i++) push_random();
      drain();
      u_pages.check_window();
    end
  endtask

  /// Measure `beats` transfers in bursts of `burst` beats; more than `limit` transfers per clock.
  task automatic test_rate(input string what, input bit is_write, input int unsigned burst,
                           input logic [2:0] kind, input real limit);
    real rate;
    u_manager.strobe_percent = 100;
    u_manager.reset_counts();
    for (longint unsigned i = 0; i < 64'd1024 / 64'(burst); i++) begin
      push_burst(is_write, Window + i * 64'(burst) * 64'(BusBytes), burst, kind, 2'b00, '1, 1'b0);
    end
    drain();
    rate = real'(u_manager.answers) / real'(u_manager.last_clock - u_manager.first_clock + 1);
    $display("%0d-bit %s bus, %s: %0.4f transfers per clock", DataWidth,
             Pipelined ? "pipelined" : "classic", what, rate);
    if (u_port.u_core.u_behaviour.knobs == Ideal && rate < limit) begin
      wrong($sformatf("less than %0.3f transfers per clock", limit));
    end
    u_pages.check_window();
  endtask

  task automatic test_rates();
    if (Pipelined) begin
      test_rate("reads", 1'b0, 1, Classic, 0.99);
      test_rate("writes", 1'b1, 1, Classic, 0.99);
      test_rate("burst writes", 1'b1, 16, Incrementing, 0.99);
    end else begin
      test_rate("reads", 1'b0, 1, Classic, 0.499);
      test_rate("writes", 1'b1, 1, Classic, 0.499);
      test_rate("reads in bursts of 16", 1'b0, 16, Incrementing, 16.0 / 17.0 - 0.001);
      test_rate("reads in one burst", 1'b0, 1024, Incrementing, 0.99);
      test_rate("reads of one address", 1'b0, 1024, Constant, 0.99);
      test_rate("writes in bursts", 1'b1, 16, Incrementing, 0.499);
    end
  endtask

  /// Each direction has its own latency, and what a burst foretells has it behind it. Not if the
  /// command line says otherwise.
  task automatic test_latency();
    behaviour_t wanted = Ideal;
    if (!(u_port.u_core.u_behaviour.knobs == Ideal)) return;
    wanted.read_latency_min = 10;
    wanted.read_latency_max = 10;
    wanted.write_latency_min = 30;
    wanted.write_latency_max = 30;
    u_manager.strobe_percent = 100;
    u_port.configure(wanted);
    for (int is_write = 0; is_write < 2; is_write++) begin
      longint unsigned latency = is_write == 1 ? 30 : 10;
      longint unsigned clocks;
      u_manager.reset_counts();
      for (int i = 0; i < 21; i++) u_manager.push(is_write == 1, Window, '1, Classic, 2'b00, 1'b1);
      drain();
      clocks = u_manager.last_clock - u_manager.first_clock;
      if (clocks < 20 * latency || clocks > 20 * (latency + 5)) begin
        wrong($sformatf("20 transfers with a latency of %0d took %0d clocks", latency, clocks));
      end
    end
    if (!Pipelined) begin
      wanted.read_data_valid = 50;
      u_port.configure(wanted);
      u_manager.reset_counts();
      push_burst(1'b0, Window, 101, Incrementing, 2'b00, '1, 1'b0);
      drain();
      if (u_manager.last_clock - u_manager.first_clock > 400) begin
        wrong($sformatf("100 beats that were foretold took %0d clocks",
                        u_manager.last_clock - u_manager.first_clock));
      end
    end
    u_port.configure(Ideal);
  endtask

  /// What the memory map refuses: ERR, and nothing changed.
  task automatic test_refusals();
    longint unsigned edges [8];
    edges = '{Hole - 1, Hole, Rom - 1, Rom, RomEnd - 1, RomEnd, RamBytes - 1, RamBytes};
    u_pages.fill_edges();
    u_manager.strobe_percent = 60;
    u_manager.reset_counts();
    for (int i = 0; i < 8; i++) begin
      for (int is_write = 0; is_write < 2; is_write++) begin
        u_manager.push(is_write == 1, edges[i], '1, Classic, 2'b00, 1'b0);
        u_manager.push(is_write == 1, edges[i], random_sel(), Classic, 2'b00, 1'b1);
        u_manager.push(is_write == 1, edges[i], '0, Classic, 2'b00, 1'b1);
        push_burst(is_write == 1, edges[i] - 64'd16, 24, Incrementing, 2'b00, '1, 1'b1);
      end
    end
    drain();
    u_pages.check_edges();
    if (u_manager.error_answers == 0 || u_port.errors(KindRead) == 0
        || u_port.errors(KindWrite) == 0 || u_port.last_refusal(KindRead) == ""
        || u_port.last_refusal(KindWrite) == "") begin
      wrong("refused transfers were not counted and explained");
    end
  endtask

  /// A window that starts and ends inside a word, and random transfers around its ends.
  task automatic test_windows();
    u_port.expect_window_errors(1'b1);
    u_port.allow(Window + 3, Window + 508, 1'b1, 1'b1);
    u_manager.window_first = Window + 3;
    u_manager.window_last = Window + 508;
    u_manager.strobe_percent = 100;
    for (int i = 0; i < 300; i++) begin
      u_manager.push(u_manager.chance(50),
                     Window + (u_manager.chance(50) ? 64'd496 : 64'd0)
                     + 64'(u_manager.random32()) % 16,
                     random_sel(), Classic, 2'b00, u_manager.chance(30));
    end
    drain();
    u_pages.check_window();
    u_port.allow_all();
    u_port.expect_window_errors(1'b0);
    u_manager.window_first = 0;
    u_manager.window_last = '1;
  endtask

  /// Errors, flipped bits and silence on demand.
  task automatic test_faults();
    behaviour_t      faulty = Ideal;
    longint unsigned drawn;
    faulty.slave_error_ppm = 100_000;
    faulty.decode_error_ppm = 50_000;
    faulty.corrupt_ppm = 100_000;
    u_port.configure(faulty);
    u_manager.errors_allowed = 1'b1;
    for (int i = 0; i < 200; i++) push_random();
    drain();
    u_manager.errors_allowed = 1'b0;
    u_pages.check_window();
    if (u_manager.injected_errors == 0 || u_manager.flipped_bits == 0) begin
      wrong("no fault was injected");
    end
    faulty = Ideal;
    faulty.withhold_ppm = 1_000_000;
    faulty.read_address_ready = 60;
    u_port.configure(faulty);
    u_manager.strobe_percent = 100;
    u_manager.reset_counts();
    for (int unsigned i = 0; i < MaxRequests + 2; i++) begin
      u_manager.push(1'b0, Window, '1, Classic, 2'b00, 1'b0);
    end
    repeat (200) @(posedge clk_i);
    if (u_manager.answers != 0) wrong("the answer was not withheld");
    // What cannot take a request anyway draws no random number.
    drawn = u_port.u_core.u_behaviour.states[StreamReadAddress];
    repeat (50) @(posedge clk_i);
    if (u_port.u_core.u_behaviour.states[StreamReadAddress] != drawn) wrong("a full port draws");
    // A classic master that gives up breaks the handshake.
    tolerate_give_up(1'b1);
    u_manager.abort_request = 1'b1;
    repeat (4) @(posedge clk_i);
    tolerate_give_up(1'b0);
    u_port.configure(Ideal);
    test_random(1);
  endtask

  function automatic void tolerate_give_up(input bit on);
    if (on) u_port.g_checker.u_checker.u_rules.tolerate(qdpi_wishbone_checker_pkg::StrobeHeld);
    else u_port.g_checker.u_checker.u_rules.tolerate_none();
  endfunction

  /// CYC falls while requests wait: none of them comes through later, and what follows is right.
  task automatic test_abort();
    tolerate_give_up(!Pipelined);
    u_manager.strobe_percent = 100;
    for (int round = 0; round < 100; round++) begin
      for (int i = 0; i < 20; i++) begin
        u_manager.push(u_manager.chance(70), random_gpa(), random_sel(), Classic, 2'b00,
                       u_manager.chance(10));
      end
      repeat (3 + u_manager.random32() % 30) @(posedge clk_i);
      u_manager.abort_request = 1'b1;
      repeat (2) @(posedge clk_i);
      settle_dropped();
      // An answer to what was dropped would be taken for one to this.
      if (u_manager.chance(50)) begin
        push_random();
        drain();
      end
      u_pages.check_window();
    end
    tolerate_give_up(1'b0);
  endtask

  /// Reset in the middle of traffic: silent afterwards, nothing torn, nothing lost that was
  /// answered.
  task automatic test_reset();
    for (int round = 0; round < 20; round++) begin
      u_manager.strobe_percent = 70;
      for (int i = 0; i < 40; i++) push_random();
      repeat (5 + u_manager.random32() % 60) @(posedge clk_i);
      reset_request = 1'b1;
      repeat (3) @(posedge clk_i);
      u_manager.drop_all();
      settle_dropped();
      u_pages.check_window();
      if (u_port.transactions(KindRead) != 0 || u_port.bytes(KindWrite) != 0) begin
        wrong("counters not cleared");
      end
      reset_request = 1'b0;
      repeat (2) @(posedge clk_i);
    end
    test_random(2);
  endtask

  /// The RAM file is truncated under the bridge: ERR, bridge_lost_o, and the simulation lives.
  task automatic test_loss();
    lose_ram_file();
    u_pages.ram_bytes = 0;
    u_manager.reset_counts();
    for (int is_write = 0; is_write < 2; is_write++) begin
      push_burst(is_write == 1, Window, 8, Incrementing, 2'b00, '1, 1'b0);
    end
    for (int i = 0; i < 40; i++) push_random();
    drain();
    repeat (2) @(posedge clk_i);
    if (!bridge_lost) wrong("bridge_lost_o is low");
    if (u_port.errors(KindRead) == 0 || u_port.errors(KindWrite) == 0) begin
      wrong("transfers to lost memory were not counted as refused");
    end
  endtask

  initial begin : main
    int unsigned rounds;

    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 20;
    u_manager.seed(seed());
    u_manager.window_last = '1;
    bridge = dpi_open_or_fatal("");
    u_port.attach(bridge);
    u_pages.attach(bridge, RamBytes);
    u_pages.fill_window();
    while (rst_n !== 1'b1) @(posedge clk_i);
    @(posedge clk_i);

    test_random(rounds);
    test_rates();
    test_latency();
    test_refusals();
    test_windows();
    test_faults();
    test_abort();
    u_port.report();
    test_reset();
    if (bridge_lost) wrong("bridge_lost_o is high");
    test_loss();
    if (rty) wrong("RTY is high");
    $display("answers of seed %0d: %h, the last on clock %0d", seed(), u_manager.checksum,
             u_manager.last_clock);
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

  final dpi_close(bridge);

endmodule
