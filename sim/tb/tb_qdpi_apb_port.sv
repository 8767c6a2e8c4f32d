// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of qdpi_apb_port against a byte-wise reference memory, with guest memory checked through
/// the bridge behind the port's back after every single write. Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N    its size (16 MiB)
///   +seed=N         of the random transfers (1)
///   +rounds=N       of 250 random transfers each (20)
///   +no_timing      leave out what measures clocks: for knobs of delays by plusarg
///
/// It sets the port's knobs itself, one test after the other, and expects what they ask for. Knobs
/// of faults by plusarg would break that. At the end the RAM file is truncated, and the port must
/// answer errors.
module tb_qdpi_apb_port #(
  /// Bits of the data bus: 8, 16 or 32.
  parameter int unsigned DataWidth = 32
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import qdpi_port_pkg::*;
  import tb_apb_pkg::*;
  import tb_errors_pkg::*;
  import tb_ram_file_pkg::*;
  import tb_text_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned AddrWidth = 40;
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned HangClocks = 2000;

  bit                   reset_request;
  logic                 tb_reset_n;
  // verilator lint_off SYNCASYNCNET
  // The testbench's processes sample it, flops take it asynchronously.
  logic                 rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                 bridge_lost;
  logic [AddrWidth-1:0] paddr;
  logic [2:0]           pprot;
  logic                 psel, penable, pwrite, pready, pslverr;
  logic [DataWidth-1:0] pwdata, prdata;
  logic [BusBytes-1:0]  pstrb;

  // Written by the one process of the testbench.
  // verilator lint_off BLKSEQ
  chandle               bridge;
  int unsigned          broken_rules;  // on purpose
  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_apb_port #(
    .AddrWidth (AddrWidth),
    .DataWidth (DataWidth),
    .Name      ("apb"),
    .HangClocks(HangClocks)
  ) u_port (
    .clk_i,
    .rst_ni       (rst_n),
    .bridge_lost_o(bridge_lost),
    .paddr_i      (paddr),
    .pprot_i      (pprot),
    .psel_i       (psel),
    .penable_i    (penable),
    .pwrite_i     (pwrite),
    .pwdata_i     (pwdata),
    .pstrb_i      (pstrb),
    .pready_o     (pready),
    .prdata_o     (prdata),
    .pslverr_o    (pslverr)
  );

  tb_apb_reference #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth)
  ) u_ref (
    .clk_i,
    .rst_ni   (rst_n),
    .paddr_o  (paddr),
    .pprot_o  (pprot),
    .psel_o   (psel),
    .penable_o(penable),
    .pwrite_o (pwrite),
    .pwdata_o (pwdata),
    .pstrb_o  (pstrb),
    .pready_i (pready),
    .prdata_i (prdata),
    .pslverr_i(pslverr)
  );

  /// Wait until everything asked for is done.
  task automatic drain();
    u_ref.is_busy = 1'b1;
    while (u_ref.is_busy) @(posedge clk_i);
  endtask

  always @(posedge clk_i) begin
    if (rst_n && prdata != '0 && !(pready && !pwrite)) wrong("PRDATA is not 0 at rest");
  end

  /// Set the knobs, and start the extremes of what is seen with them.
  function automatic void behave(input behaviour_t wanted);
    u_port.configure(wanted);
    u_ref.reset_extremes();
  endfunction

  // ---- The tests -------------------------------------------------------------------------------

  /// Random transfers, in a few words and all over the window, back to back and with pauses.
  task automatic test_random(input int unsigned rounds);
    for (int unsigned round = 0; round < rounds; round++) begin
      u_ref.add_random(250, u_ref.u_manager.chance(30) ? 32 : 32'(WindowPages * PageBytes),
                       u_ref.u_manager.chance(50) ? 0 : u_ref.u_manager.random32() % 100);
      u_ref.add_window_check();
      drain();
    end
  endtask

  /// Two clocks per transfer, both directions mixed: as fast as APB can be.
  task automatic test_full_rate();
    longint unsigned first_clock;
    u_ref.add_random(1, 64, 0);
    drain();
    first_clock = u_ref.last_clock;
    u_ref.add_random(500, 32'(PageBytes), 0);
    drain();
    first_clock = u_ref.last_clock - first_clock;
    $display("%0d-bit bus: 500 transfers in %0d clocks", DataWidth, first_clock);
    // The pause between the two jobs is in it.
    if (first_clock < 1000 || first_clock > 1006) wrong("more than 2 clocks per transfer");
  endtask

  /// Wait states as the knobs say: in their limits, both limits reached, and random ones on top.
  task automatic test_delays();
    behaviour_t      wanted = Ideal;
    longint unsigned first_clock;

    wanted.read_latency_min = 3;
    wanted.read_latency_max = 9;
    wanted.write_latency_min = 3;
    wanted.write_latency_max = 9;
    behave(wanted);
    u_ref.add_random(400, 64, 20);
    drain();
    if (u_ref.low_wait != 3 || u_ref.high_wait != 9) begin
      wrong($sformatf("wait states were %0d to %0d, wanted 3 to 9", u_ref.low_wait,
                      u_ref.high_wait));
    end

    // A direction that is not used draws no random number.
    u_port.configure(wanted);
    for (int i = 0; i < 20; i++) u_ref.add_write(ExpectOkay, Window);
    drain();
    if (u_port.u_core.u_behaviour.states[StreamReadLatency] != 0
        || u_port.u_core.u_behaviour.states[StreamWriteLatency] == 0) begin
      wrong("writes drew latencies of reads");
    end

    wanted.read_latency_min = 0;
    wanted.write_latency_min = 0;
    wanted.read_data_valid = 40;
    wanted.write_response_valid = 60;
    behave(wanted);
    u_ref.add_random(1000, 256, 20);
    u_ref.add_window_check();
    drain();
    if (u_ref.low_wait != 0 || u_ref.high_wait < 12) begin
      wrong($sformatf("wait states were %0d to %0d, wanted 0 to 12 and more", u_ref.low_wait,
                      u_ref.high_wait));
    end

    // A word of the bus in 16 clocks.
    wanted = Ideal;
    wanted.bandwidth = BusBytes * 64;
    behave(wanted);
    first_clock = u_ref.clock;
    for (int i = 0; i < 100; i++) u_ref.add_read(ExpectOkay, Window + 64'(i * BusBytes));
    drain();
    first_clock = u_ref.last_clock - first_clock;
    if (first_clock < 1580 || first_clock > 1620) begin
      wrong($sformatf("100 words at a word in 16 clocks took %0d clocks", first_clock));
    end
    behave(Ideal);
  endtask

  /// What the memory map refuses, at every edge: errors, zeros, and nothing changed.
  task automatic test_refusals();
    longint unsigned gpas [9];

    gpas[0] = Hole - 64'(BusBytes);
    gpas[1] = Hole;
    gpas[2] = Rom - 64'(BusBytes);
    gpas[3] = Rom;
    gpas[4] = RomEnd - 64'(BusBytes);
    gpas[5] = RomEnd;
    gpas[6] = u_ref.u_pages.ram_bytes - 64'(BusBytes);
    gpas[7] = u_ref.u_pages.ram_bytes;
    gpas[8] = 64'hff_ffff_ffff;
    for (int turn = 0; turn < 2; turn++) begin
      for (int i = 0; i < 9; i++) begin
        longint unsigned page_gpa = gpas[i] & ~(PageBytes - 64'd1);
        if (u_ref.is_mapped(page_gpa)) begin
          bit is_rom = page_gpa >= Rom && page_gpa < RomEnd;
          u_ref.add(turn == 1 ? CheckPage : is_rom ? LearnPage : LoadPage, page_gpa);
        end
      end
      // The last page has been learned before it is read.
      for (int i = 0; i < 9 && turn == 0; i++) begin
        for (int j = 0; j < 3; j++) begin
          logic [BusBytes-1:0] strobes = j == 0 ? '1 : j == 1 ? '0 : BusBytes'(1);
          u_ref.add_transfer(u_ref.by_map(1'b1, gpas[i], strobes), 1'b1, gpas[i], strobes, 0);
          u_ref.add_read(u_ref.by_map(1'b0, gpas[i], '0), gpas[i]);
          // After an error the bus is as before.
          u_ref.add_random(1, 64, 0);
        end
      end
    end
    drain();
    if (u_port.last_refusal(KindWrite) == "" || u_port.last_refusal(KindRead) == "") begin
      wrong("refused transfers were not explained");
    end
  endtask

  /// The windows of the port: what is outside is refused and not touched, to the word.
  task automatic test_windows();
    longint unsigned first_gpa = Window + 64'h100, last_gpa = Window + 64'h1ff;
    longint unsigned read_only = Window + 64'h800;

    u_port.allow(first_gpa, last_gpa, 1'b1, 1'b1);
    u_port.allow(read_only, read_only + 64'hff, 1'b1, 1'b0);
    u_port.expect_window_errors(1'b1);
    u_ref.add_write(ExpectOkay, first_gpa);
    u_ref.add_write(ExpectOkay, last_gpa);
    u_ref.add_read(ExpectOkay, last_gpa);
    u_ref.add_read(ExpectOkay, read_only);
    u_ref.add_write(ExpectError, read_only);
    u_ref.add_write(ExpectError, first_gpa - 64'd1);
    u_ref.add_read(ExpectError, last_gpa + 64'd1);
    drain();
    if (u_port.window_errors() != 3) begin
      wrong($sformatf("%0d window errors were counted, not 3", u_port.window_errors()));
    end
    u_port.allow_none();
    u_ref.add_read(ExpectError, first_gpa);
    // The windows that the port has used last are closed too.
    u_ref.add_read(ExpectError, read_only);
    u_ref.add_write(ExpectError, last_gpa);
    drain();
    u_port.allow_all();
    u_port.expect_window_errors(1'b0);
    u_ref.add_read(ExpectOkay, last_gpa + 64'd1);
    u_ref.add_window_check();
    drain();
  endtask

  /// A setup phase of three clocks breaks a rule, and is still one transfer: what carries it out more
  /// than once is refused as often. If its data changes, the last of it is written.
  task automatic test_long_setup();
    behaviour_t      wanted = Ideal;
    longint unsigned refused = u_port.window_errors();

    u_port.g_checker.u_checker.u_rules.tolerate(qdpi_apb_checker_pkg::SetupOneClock);
    // The answer stands there one clock after the first, whatever the requester does.
    u_port.g_checker.u_checker.u_rules.tolerate(qdpi_apb_checker_pkg::ErrorOnlyAtEnd);
    u_port.g_checker.u_checker.u_rules.tolerate(qdpi_apb_checker_pkg::WriteDataStable);
    u_port.allow(Window, Window + 64'hff, 1'b1, 1'b1);
    u_port.expect_window_errors(1'b1);
    u_ref.u_manager.setup_clocks = 3;
    for (int unsigned latency = 0; latency < 4; latency++) begin
      wanted.read_latency_min = latency;
      wanted.write_latency_min = latency;
      behave(wanted);
      u_ref.add_write(ExpectError, Window + 64'h100);
      u_ref.add_read(ExpectError, Window + 64'h100);
      u_ref.add_write(ExpectOkay, Window);
      u_ref.add_read(ExpectOkay, Window);
      drain();
      u_ref.u_manager.changes_setup = 1'b1;
      u_ref.add_write(ExpectOkay, Window);
      drain();
      u_ref.u_manager.changes_setup = 1'b0;
    end
    if (u_port.window_errors() - refused != 8) begin
      wrong($sformatf("8 transfers with a long setup phase were carried out %0d times",
                      u_port.window_errors() - refused));
    end
    broken_rules = u_port.g_checker.u_checker.u_rules.total();
    u_ref.u_manager.setup_clocks = 1;
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    u_port.allow_all();
    u_port.expect_window_errors(1'b0);
    behave(Ideal);
  endtask

  /// Injected faults: in a range for certain, at a rate about as often as asked for.
  task automatic test_injected();
    behaviour_t      wanted = Ideal;
    longint unsigned bad = Window + 64'h40;

    wanted.error_first = bad;
    wanted.error_last = bad;
    wanted.corrupt_first = bad + 64'd8;
    wanted.corrupt_last = bad + 64'd8;
    behave(wanted);
    for (int i = 0; i < 20; i++) begin
      u_ref.add_write(ExpectError, bad);
      u_ref.add_read(ExpectError, bad);
      u_ref.add_read(ExpectFlip, bad + 64'd8);
      u_ref.add_write(ExpectOkay, bad + 64'd16);
      u_ref.add_read(ExpectOkay, bad + 64'd16);
      u_ref.add_read(ExpectOkay, bad - 64'd1);
    end
    drain();

    wanted = Ideal;
    wanted.slave_error_ppm = 200_000;
    wanted.decode_error_ppm = 100_000;
    behave(wanted);
    for (int i = 0; i < 200; i++) u_ref.add_transfer(ExpectEither, i[0], bad, '1, 0);
    drain();
    if (u_ref.failed < 30 || u_ref.failed > 85) begin
      wrong($sformatf("%0d of 200 failed, wanted 28%%", u_ref.failed));
    end
    behave(Ideal);
    u_ref.add_window_check();
    drain();
  endtask

  task automatic reset_port();
    reset_request = 1'b1;
    repeat (3) @(posedge clk_i);
    if (pready || pslverr || prdata != '0) wrong("an output is high in reset");
    u_ref.reset_counts();
    reset_request = 1'b0;
    repeat (3) @(posedge clk_i);
    if (u_port.transactions(KindRead) != 0 || u_port.bytes(KindWrite) != 0
        || u_port.errors(KindWrite) != 0) begin
      wrong("reset did not clear the counters");
    end
  endtask

  /// A withheld answer: silence, the hang detector names the transfer, reset cures it.
  task automatic test_withheld();
    behaviour_t wanted = Ideal;

    wanted.withhold_ppm = 1_000_000;
    behave(wanted);
    u_port.g_checker.u_checker.u_rules.tolerate(qdpi_apb_checker_pkg::Hang);
    u_ref.add_read(ExpectOkay, Window + 64'h5a0);
    repeat (HangClocks + 10) @(posedge clk_i);
    if (!u_ref.is_busy || pready) wrong("a transfer that had to be withheld was answered");
    if (u_port.g_checker.u_checker.u_rules.count(qdpi_apb_checker_pkg::Hang) != 1
        || !contains(u_port.g_checker.u_checker.u_rules.last_message(), "read at 0x2005a0")) begin
      wrong("the hang detector did not name the withheld transfer");
    end
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    reset_port();
    behave(Ideal);
  endtask

  /// Reset in the middle of writes: silent at once, memory has all of a word or nothing of it, and
  /// all of it if the write was answered.
  task automatic test_reset();
    behaviour_t      wanted = Ideal;
    int unsigned     dropped = 0, kept = 0;
    longint unsigned gpa;

    wanted.write_latency_max = 8;
    behave(wanted);
    for (int round = 0; round < 60; round++) begin
      for (int i = 0; i < 4; i++) u_ref.add_write(ExpectOkay, Window + 64'(4 * i));
      repeat (4 + round % 24) @(posedge clk_i);
      u_ref.commands.delete();
      reset_port();
      while (u_ref.is_busy) @(posedge clk_i);
      // The last one may have been cut. The others were compared when they were answered.
      gpa = u_ref.word_address(u_ref.command.gpa);
      if (!u_ref.u_manager.finished && u_ref.guest_word(gpa) != u_ref.model_word(gpa)) begin
        kept++;
        u_ref.apply_write(gpa);
      end else if (!u_ref.u_manager.finished) begin
        dropped++;
      end
      u_ref.add(CheckPage, Window);
      u_ref.add_read(ExpectOkay, gpa);
      drain();
    end
    $display("reset: %0d writes cut before and %0d after they reached memory", dropped, kept);
    if (dropped < 10) wrong("resets did not cut the writes");
    behave(Ideal);
  endtask

  /// The RAM file is truncated under the bridge: errors, bridge_lost_o, and the simulation lives. A
  /// write of no byte asks nothing of the guest.
  task automatic test_loss();
    lose_ram_file();
    u_ref.u_pages.ram_bytes = 0;
    for (longint unsigned i = 0; i < WindowPages; i++) begin
      u_ref.add_read(ExpectError, Window + i * PageBytes);
      u_ref.add_write(ExpectError, Window + i * PageBytes);
    end
    u_ref.add_transfer(ExpectOkay, 1'b1, Window, '0, 0);
    drain();
    repeat (2) @(posedge clk_i);
    if (!bridge_lost) wrong("bridge_lost_o is low");
  endtask

  /// What the port counted since reset is what went over the bus.
  function automatic void check_counts();
    for (int k = 0; k < 2; k++) begin
      kind_e kind = kind_e'(k);
      if (u_port.transactions(kind) != u_ref.transfers[k]
          || u_port.bytes(kind) != u_ref.moved_bytes[k]
          || u_port.errors(kind) != u_ref.refusals[k]) begin
        wrong($sformatf("%s: the port counted %0d transfers, %0d bytes, %0d errors",
                        kind.name(), u_port.transactions(kind), u_port.bytes(kind),
                        u_port.errors(kind)));
        $display("made were %0d, %0d, %0d", u_ref.transfers[k], u_ref.moved_bytes[k],
                 u_ref.refusals[k]);
      end
    end
  endfunction

  initial begin : main
    int unsigned     random_seed, rounds;
    longint unsigned ram_bytes;

    if ($value$plusargs("seed=%d", random_seed) == 0) random_seed = 1;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 20;
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    u_ref.u_manager.seed(64'(random_seed));
    bridge = dpi_open_or_fatal("");
    u_ref.u_pages.attach(bridge, ram_bytes);
    u_port.attach(bridge);
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      u_ref.add(LoadPage, Window + i * PageBytes - PageBytes);
    end
    while (rst_n !== 1'b1) @(posedge clk_i);
    drain();

    test_random(rounds);
    if ($test$plusargs("no_timing") == 0) begin
      test_full_rate();
      test_delays();
    end
    test_refusals();
    test_windows();
    test_long_setup();
    test_injected();
    if (bridge_lost) wrong("bridge_lost_o is high");
    repeat (2) @(posedge clk_i);
    check_counts();
    u_port.report();
    test_withheld();
    test_reset();
    test_random(2);
    test_loss();
    if (u_port.g_checker.u_checker.u_rules.total() != broken_rules + 1) begin
      wrong("the checker saw a broken rule");
    end
    dpi_close(bridge);
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
