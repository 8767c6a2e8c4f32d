// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of qdpi_avalon_port against a byte-exact reference, with guest memory checked through the
/// port and behind its back. Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +qdpi.seed=N    of everything that is random (1)
///   +rounds=N       of random bursts (20)
///   +qdpi.KNOB=V    the port's behaviour: rates are only asserted without
///
/// At the end the RAM file is truncated, and the port must answer SLVERR.
module tb_qdpi_avalon_port #(
  /// Bits of data.
  parameter int unsigned DataWidth       = 64,
  /// Bits of burstcount.
  parameter int unsigned BurstcountWidth = 12,
  /// 1: address counts words.
  parameter bit          WordAddresses   = 1'b0,
  /// 1: writes are answered.
  parameter bit          WriteResponses  = 1'b1
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
  import tb_text_pkg::*;

  localparam int unsigned AddrWidth = 40;
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned HalfWord = BusBytes / 2;
  localparam int unsigned MaxReads = 4, MaxWrites = 4;
  localparam int unsigned MaxBurst = 1 << (BurstcountWidth - 1);
  localparam longint unsigned RamBytes = 64'd16 << 20;
  // The pages that random bursts use, with a page on each side that they must not touch.
  localparam longint unsigned Window = 64'h20_0000;
  localparam longint unsigned WindowPages = 8;
  localparam longint unsigned WindowBytes = WindowPages * PageBytes;

  bit                         reset_request;
  logic                       tb_reset_n;
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic                       rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                       bridge_lost;
  logic                       read, write, waitrequest, readdatavalid, writeresponsevalid;
  logic [AddrWidth-1:0]       address;
  logic [BurstcountWidth-1:0] burstcount;
  logic [BusBytes-1:0]        byteenable;
  logic [DataWidth-1:0]       writedata, readdata;
  logic [1:0]                 response;

  chandle                     bridge;
  byte unsigned               page [4096];

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_avalon_port #(
    .Name           ("avalon"),
    .AddrWidth      (AddrWidth),
    .DataWidth      (DataWidth),
    .BurstcountWidth(BurstcountWidth),
    .WordAddresses  (WordAddresses),
    .WriteResponses (WriteResponses),
    .MaxReads       (MaxReads),
    .MaxWrites      (MaxWrites)
  ) u_port (
    .clk_i,
    .rst_ni                     (rst_n),
    .bridge_lost_o              (bridge_lost),
    .avalon_read_i              (read),
    .avalon_write_i             (write),
    .avalon_address_i           (address),
    .avalon_burstcount_i        (burstcount),
    .avalon_byteenable_i        (byteenable),
    .avalon_writedata_i         (writedata),
    .avalon_lock_i              (1'b0),
    .avalon_waitrequest_o       (waitrequest),
    .avalon_readdata_o          (readdata),
    .avalon_readdatavalid_o     (readdatavalid),
    .avalon_response_o          (response),
    .avalon_writeresponsevalid_o(writeresponsevalid)
  );

  tb_avalon_manager #(
    .AddrWidth      (AddrWidth),
    .DataWidth      (DataWidth),
    .BurstcountWidth(BurstcountWidth),
    .WordAddresses  (WordAddresses),
    .WriteResponses (WriteResponses)
  ) u_manager (
    .clk_i,
    .rst_ni                     (rst_n),
    .avalon_read_o              (read),
    .avalon_write_o             (write),
    .avalon_address_o           (address),
    .avalon_burstcount_o        (burstcount),
    .avalon_byteenable_o        (byteenable),
    .avalon_writedata_o         (writedata),
    .avalon_waitrequest_i       (waitrequest),
    .avalon_readdata_i          (readdata),
    .avalon_readdatavalid_i     (readdatavalid),
    .avalon_response_i          (response),
    .avalon_writeresponsevalid_i(writeresponsevalid)
  );

  tb_guest_pages #(
    .Window     (Window),
    .WindowPages(WindowPages)
  ) u_pages ();

  // ---- Stimulus --------------------------------------------------------------------------------

  /// Lanes as the specification wants them: a power of two of neighbours, aligned; in a write none,
  /// too.
  function automatic logic [BusBytes-1:0] legal_lanes(input bit for_write);
    int unsigned number = 1 << (u_manager.random32() % ($clog2(BusBytes) + 1));
    int unsigned lowest = u_manager.random32() % (BusBytes / number) * number;
    if (u_manager.chance(50)) return '1;
    if (for_write && u_manager.chance(10)) return '0;
    if (number == BusBytes) return '1;
    return ((BusBytes'(1) << number) - BusBytes'(1)) << lowest;
  endfunction

  function automatic logic [BusBytes-1:0] any_lanes();
    return BusBytes'({u_manager.random32(), u_manager.random32(), u_manager.random32(),
                      u_manager.random32()});
  endfunction

  function automatic void push_write(input longint unsigned gpa, input int unsigned beats,
                                     input bit sparse);
    bit whole = u_manager.chance(50);
    u_manager.push_write(gpa, beats);
    for (int unsigned i = 0; i < beats; i++) begin
      u_manager.push_beat(sparse ? any_lanes() : whole ? '1 : legal_lanes(1'b1));
    end
  endfunction

  /// A random burst of at most `limit` words in `bytes` from `base`.
  function automatic void push_random(input longint unsigned base, input longint unsigned bytes,
                                      input int unsigned limit, input bit sparse);
    int unsigned     beats = 1;
    longint unsigned words = bytes / 64'(BusBytes);
    longint unsigned gpa;
    case (u_manager.random32() % 4)
      0: beats = 1 + u_manager.random32() % 4;
      1: beats = 1 + u_manager.random32() % 32;
      2: if (u_manager.chance(20)) beats = 1 + u_manager.random32() % MaxBurst;
      default: beats = 1;
    endcase
    if (beats > limit) beats = limit;
    if (64'(beats) > words) beats = 32'(words);
    gpa = base + 64'(u_manager.random32()) % (words - 64'(beats) + 1) * 64'(BusBytes);
    if (u_manager.chance(50)) push_write(gpa, beats, sparse);
    else u_manager.push_read(gpa, beats, beats > 1 ? '1 : sparse ? any_lanes() : legal_lanes(1'b0));
  endfunction

  /// `beats`, or the longest burst if that is shorter.
  function automatic int unsigned at_most(input int unsigned beats);
    return beats < MaxBurst ? beats : MaxBurst;
  endfunction

  task automatic drain();
    while (!u_manager.idle()) @(posedge clk_i);
    // Posted writes behind the last read, or delayed by a knob.
    while (u_port.count != 0) @(posedge clk_i);
  endtask

  // ---- The tests -------------------------------------------------------------------------------

  task automatic test_random(input int unsigned rounds);
    for (int unsigned round = 0; round < rounds; round++) begin
      u_manager.command_percent = u_manager.chance(50) ? 100 : 5 + u_manager.random32() % 96;
      u_manager.beat_percent = u_manager.chance(50) ? 100 : 5 + u_manager.random32() % 96;
      for (int i = 0; i < 40; i++) begin
        push_random(Window, WindowBytes, u_manager.chance(30) ? MaxBurst : at_most(64), 1'b0);
      end
      drain();
      u_pages.check_window();
    end
  endtask

  /// Lanes that the specification does not allow, but every agent sees some day: all are obeyed.
  task automatic test_sparse();
    u_port.g_checker.u_checker.u_rules.tolerate(qdpi_avalon_checker_pkg::ByteenableLegal);
    for (int i = 0; i < 60; i++) push_random(Window, WindowBytes, at_most(8), 1'b1);
    drain();
    u_pages.check_window();
    u_port.g_checker.u_checker.u_rules.tolerate_none();
  endtask

  /// The longest bursts, at every distance from a page, so that pieces end anywhere.
  task automatic test_longest();
    int unsigned limit = 64'(MaxBurst * BusBytes) > WindowBytes ? 32'(WindowBytes) / BusBytes
                                                                : MaxBurst;
    longint unsigned room = WindowBytes - 64'(limit * BusBytes);
    for (int i = 0; i < 6; i++) begin
      longint unsigned gpa = Window;
      if (room != 0) gpa += 64'(u_manager.random32()) % room;
      push_write(gpa, limit, 1'b0);
      u_manager.push_read(gpa, limit, '1);
    end
    drain();
    u_pages.check_window();
  endtask

  /// One word per clock: reads alone, writes alone, and both.
  task automatic test_rate(input int unsigned beats, input bit reads, input bit writes);
    int unsigned bursts = 2048 / beats;
    real         r_rate, w_rate;
    u_manager.command_percent = 100;
    u_manager.beat_percent = 100;
    u_manager.reset_counts();
    for (int unsigned i = 0; i < bursts; i++) begin
      longint unsigned offset = 64'(i * beats * BusBytes) % (WindowBytes / 2);
      if (reads) u_manager.push_read(Window + offset, beats, '1);
      if (writes) begin
        u_manager.push_write(Window + WindowBytes / 2 + offset, beats);
        for (int unsigned b = 0; b < beats; b++) u_manager.push_beat('1);
      end
    end
    drain();
    u_pages.check_window();
    r_rate = real'(u_manager.words_read)
           / real'(u_manager.read_last_clock - u_manager.read_first_clock + 1);
    w_rate = real'(u_manager.words_written)
           / real'(u_manager.write_last_clock - u_manager.write_first_clock + 1);
    if (!reads) r_rate = 0.0;
    if (!writes) w_rate = 0.0;
    $display("%0d-bit Avalon, bursts of %0d: %0.4f words read, %0.4f written per clock", DataWidth,
             beats, r_rate, w_rate);
    if (!(u_port.u_core.u_behaviour.knobs == Ideal)) return;
    // Commands and write data share wires: with both, a read command costs a clock of writing, and
    // a write response one of reading.
    if (reads && writes) begin
      real expected = real'(beats) / real'(beats + 1) - 0.02;
      if (r_rate < expected || w_rate < expected) wrong($sformatf("less than %0.3f", expected));
    end else if ((reads && r_rate < 0.99) || (writes && w_rate < 0.99)) begin
      wrong("less than 0.99 words per clock");
    end
  endtask

  task automatic test_rates();
    for (int unsigned beats = 1; beats <= MaxBurst && 64'(beats * BusBytes) <= WindowBytes / 2;
         beats *= 8) begin
      test_rate(beats, 1'b1, 1'b0);
      test_rate(beats, 1'b0, 1'b1);
    end
    if (MaxBurst >= 16) test_rate(16, 1'b1, 1'b1);
  endtask

  /// Writes that wait for their response do not wait for each other.
  task automatic test_write_latency();
    behaviour_t      slow = Ideal;
    longint unsigned start;
    int unsigned     clocks;
    slow.write_latency_min = 20;
    slow.write_latency_max = 20;
    u_port.configure(slow);
    u_manager.command_percent = 100;
    u_manager.beat_percent = 100;
    start = u_manager.clock;
    for (int i = 0; i < 200; i++) push_write(Window + 64'(i * BusBytes), 1, 1'b0);
    drain();
    clocks = 32'(u_manager.clock - start);
    $display("200 writes with a latency of 20, %0d at a time: %0d clocks", MaxWrites, clocks);
    // Unless the command line says otherwise.
    if (u_port.u_core.u_behaviour.knobs == slow
        && (clocks < 200 / MaxWrites * 20 || clocks > 200 / MaxWrites * 28)) begin
      wrong("writes wait for more or less than their latency");
    end
    u_port.configure(Ideal);
    u_pages.check_window();
  endtask

  /// burstcount 0: an error, and nothing changed; and what comes next is right.
  task automatic test_zero();
    u_port.g_checker.u_checker.u_rules.tolerate(qdpi_avalon_checker_pkg::BurstcountLegal);
    for (int i = 0; i < 20; i++) begin
      push_write(Window, 1, 1'b0);
      u_manager.zero_burstcount = 1'b1;
      push_write(Window + 64'(BusBytes), 1, 1'b0);
      u_manager.push_read(Window, 1, '1);
      u_manager.zero_burstcount = 1'b0;
      u_manager.push_read(Window, 1, '1);
      u_manager.push_read(Window + 64'(BusBytes), 1, '1);
    end
    drain();
    u_pages.check_window();
    if (u_port.g_checker.u_checker.u_rules.count(qdpi_avalon_checker_pkg::BurstcountLegal) != 40) begin
      wrong("burstcount 0 was not reported each time");
    end
    u_port.g_checker.u_checker.u_rules.tolerate_none();
  endtask

  /// What the memory map refuses: responses, and nothing changed.
  task automatic test_refusals();
    longint unsigned edges [8];
    int unsigned     two = MaxBurst < 2 ? 1 : 2;
    longint unsigned read_errors = u_port.errors(KindRead), write_errors = u_port.errors(KindWrite);
    string           behind_ram = "nothing stands at 0x10000";  // and more, where strobes begin
    edges = '{Hole - 1, Hole, Rom - 1, Rom, RomEnd - 1, RomEnd, RamBytes - 1, RamBytes};
    u_pages.fill_edges();
    u_manager.reset_counts();
    for (int i = 0; i < 8; i++) begin
      u_manager.push_read(edges[i], 1, '1);
      u_manager.push_read(edges[i], 1, legal_lanes(1'b0));
      push_write(edges[i], 1, 1'b0);
      u_manager.push_read(edges[i], two, '1);
      push_write(edges[i], two, 1'b0);
    end
    drain();
    u_pages.check_edges();
    if (u_manager.refusals == 0 || u_port.errors(KindRead) == read_errors
        || u_port.errors(KindWrite) == write_errors
        || !contains(u_port.last_refusal(KindRead), behind_ram)
        || !contains(u_port.last_refusal(KindWrite), behind_ram)) begin
      wrong({"refused bursts were not counted and explained: ", u_port.last_refusal(KindRead), "; ",
             u_port.last_refusal(KindWrite)});
    end
  endtask

  /// Long bursts of which only one piece is inside the window: that one is carried out.
  task automatic test_pieces();
    int unsigned beats = 3 * 4096 / BusBytes;
    if (beats > MaxBurst) return;
    u_port.expect_window_errors(1'b1);
    u_port.allow(Window + 4096, Window + 8191, 1'b1, 1'b1);
    u_manager.window_first = Window + 4096;
    u_manager.window_last = Window + 8191;
    for (longint unsigned piece = 0; piece < 2; piece++) begin
      push_write(Window + piece * 4096, beats, 1'b0);
      u_manager.push_read(Window + piece * 4096, beats, '1);
    end
    drain();
    u_pages.check_window();
    open_windows();
  endtask

  function automatic void open_windows();
    u_port.allow_all();
    u_port.expect_window_errors(1'b0);
    u_manager.window_first = 0;
    u_manager.window_last = '1;
  endfunction

  /// A window that starts and ends inside a word, and random bursts around its ends.
  task automatic test_windows();
    longint unsigned ends = BusBytes == 1 ? 64'd1 : 64'(HalfWord);
    longint unsigned low = Window + ends, high = Window + 2047 - ends;
    longint unsigned earlier = u_port.window_errors();
    u_port.expect_window_errors(1'b1);
    u_port.allow(low, high, 1'b1, 1'b1);
    u_manager.window_first = low;
    u_manager.window_last = high;
    u_manager.command_percent = 100;
    for (int i = 0; i < 200; i++) begin
      push_random(u_manager.chance(50) ? Window : Window + 2048 - 4 * 64'(BusBytes),
                  4 * 64'(BusBytes), MaxBurst, 1'b0);
    end
    drain();
    u_pages.check_window();
    check_that(u_port.window_errors() != earlier, "no burst left the window");
    open_windows();
  endtask

  /// Errors, flipped bits and silence on demand.
  task automatic test_faults();
    behaviour_t  faulty = Ideal;
    longint unsigned drawn;
    int unsigned limit = at_most(4096 / BusBytes);
    // Without a response nobody can tell which posted write was lost.
    if (WriteResponses) begin
      faulty.slave_error_ppm = 100_000;
      faulty.decode_error_ppm = 50_000;
    end
    faulty.corrupt_ppm = 100_000;
    u_port.configure(faulty);
    u_manager.errors_allowed = 1'b1;
    for (int i = 0; i < 200; i++) push_random(Window, WindowBytes, limit, 1'b0);
    drain();
    u_manager.errors_allowed = 1'b0;
    u_pages.check_window();
    if ((u_manager.injected_errors == 0 && WriteResponses) || u_manager.flipped_bits == 0) begin
      wrong("no fault was injected");
    end
    faulty = Ideal;
    faulty.withhold_ppm = 1_000_000;
    faulty.read_address_ready = 60;
    u_port.configure(faulty);
    u_manager.reset_counts();
    for (int unsigned i = 0; i <= MaxReads; i++) u_manager.push_read(Window, 1, '1);
    repeat (200) @(posedge clk_i);
    if (u_manager.words_read != 0) wrong("the answer was not withheld");
    // What cannot take a read anyway draws no random number.
    drawn = u_port.u_core.u_behaviour.states[StreamReadAddress];
    repeat (50) @(posedge clk_i);
    if (u_port.u_core.u_behaviour.states[StreamReadAddress] != drawn) wrong("a full port draws");
    reset();
    u_port.configure(Ideal);
    test_random(1);
  endtask

  /// Reset for three clocks. What was under way is forgotten; of its writes, the reference learns
  /// what reached memory, and any other change there is an error.
  task automatic reset();
    reset_request = 1'b1;
    repeat (3) @(posedge clk_i);
    for (longint unsigned p = Window; p < Window + WindowBytes; p += PageBytes) begin
      `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, p, page))
      for (longint unsigned i = 0; i < PageBytes; i++) begin
        if (page[12'(i)] != u_pages.model[p+i] && is_pending(p + i, page[12'(i)])) begin
          u_pages.model[p+i] = page[12'(i)];
        end
      end
    end
    u_manager.drop_all();
    u_pages.check_window();
    reset_request = 1'b0;
    repeat (2) @(posedge clk_i);
  endtask

  /// Whether an unanswered write puts `value` to `gpa`.
  function automatic bit is_pending(input longint unsigned gpa, input byte unsigned value);
    int unsigned beat = 0;
    for (int i = 0; i < u_manager.in_flight.size(); i++) begin
      longint unsigned offset = gpa - u_manager.in_flight[i].gpa;
      if (!u_manager.in_flight[i].write) continue;
      if (offset < 64'(u_manager.in_flight[i].beats * BusBytes)) begin
        int          index = int'(beat + 32'(offset) / BusBytes);
        int unsigned lane = 32'(offset) % BusBytes;
        if (u_manager.write_lanes[index][lane] && u_manager.write_data[index][8*lane+:8] == value)
          return 1'b1;
      end
      beat += u_manager.in_flight[i].beats;
    end
    return 1'b0;
  endfunction

  /// Reset in the middle of traffic: silent afterwards, nothing torn, nothing lost that was
  /// answered.
  task automatic test_reset();
    for (int round = 0; round < 15; round++) begin
      for (int i = 0; i < 30; i++) push_random(Window, WindowBytes, at_most(32), 1'b0);
      repeat (5 + u_manager.random32() % 100) @(posedge clk_i);
      reset();
      if (u_port.transactions(KindRead) != 0 || u_port.bytes(KindWrite) != 0) begin
        wrong("counters not cleared");
      end
    end
    test_random(2);
  endtask

  /// The RAM file is truncated under the bridge: SLVERR, bridge_lost_o, and the simulation lives.
  task automatic test_loss();
    lose_ram_file();
    u_manager.memory_is_lost = 1'b1;
    u_manager.reset_counts();
    u_manager.push_read(Window, at_most(4), '1);
    push_write(Window, at_most(4), 1'b0);
    for (int i = 0; i < 40; i++) push_random(Window, WindowBytes, MaxBurst, 1'b0);
    drain();
    repeat (2) @(posedge clk_i);
    if (!bridge_lost) wrong("bridge_lost_o is low");
    if (u_port.errors(KindRead) == 0 || u_port.errors(KindWrite) == 0) begin
      wrong("bursts to lost memory were not counted as refused");
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
    test_sparse();
    test_longest();
    test_rates();
    test_write_latency();
    test_zero();
    test_refusals();
    test_windows();
    test_pieces();
    u_port.report();
    test_faults();
    // A posted write is in memory or not when reset comes, and nobody was told.
    if (WriteResponses) test_reset();
    u_port.report();
    if (bridge_lost) wrong("bridge_lost_o is high");
    test_loss();
    $display("answers of seed %0d: %h, the last on clock %0d", seed(), u_manager.checksum,
             u_manager.progress_clock);
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

  final dpi_close(bridge);

endmodule
