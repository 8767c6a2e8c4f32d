// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of qdpi_axil_port against a byte-wise reference memory, with guest memory checked through
/// the bridge behind the port's back. Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N    its size (16 MiB)
///   +seed=N         of the random transfers (1)
///   +rounds=N       of 400 random transfers each (20)
///   +no_timing      leave out what measures clocks: for knobs of delays by plusarg
///
/// It sets the port's knobs itself, one test after the other, and expects what they ask for. Knobs
/// of faults by plusarg would break that. At the end the RAM file is truncated, and the port must
/// answer SLVERR.
module tb_qdpi_axil_port #(
  /// Bits of the data bus: 32 or 64.
  parameter int unsigned DataWidth = 32
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
  localparam int unsigned MaxReads = 5, MaxWrites = 6, MaxAheadBeats = 4;
  localparam int unsigned HangClocks = 2000;

  localparam logic [1:0] Okay = 2'b00, SlvErr = 2'b10, DecErr = 2'b11;

  // The pages that random transfers use, with a page on each side that they must not touch. While
  // one half is written the other is read, since AXI has no order between the two.
  localparam longint unsigned Window = 64'h20_0000;
  localparam longint unsigned WindowPages = 4;
  localparam longint unsigned HalfBytes = PageBytes * WindowPages / 2;

  bit                   reset_request;
  logic                 tb_reset_n;
  // The checker samples it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic                 rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                 bridge_lost;
  logic [AddrWidth-1:0] awaddr, araddr;
  logic [2:0]           awprot, arprot;
  logic [1:0]           bresp, rresp;
  logic                 awvalid, awready, wvalid, wready, bvalid, bready;
  logic                 arvalid, arready, rvalid, rready;
  logic [DataWidth-1:0] wdata, rdata;
  logic [BusBytes-1:0]  wstrb;

  // Written by the one process of the testbench.
  // verilator lint_off BLKSEQ
  chandle               bridge;
  byte unsigned         page [4096];
  bit                   any_resp;  // transfers may get an injected error
  longint unsigned      checker_errors;

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_axil_port #(
    .AddrWidth    (AddrWidth),
    .DataWidth    (DataWidth),
    .MaxReads     (MaxReads),
    .MaxWrites    (MaxWrites),
    .MaxAheadBeats(MaxAheadBeats),
    .Name         ("axil"),
    .HangClocks   (HangClocks)
  ) u_port (
    .clk_i,
    .rst_ni        (rst_n),
    .bridge_lost_o (bridge_lost),
    .axil_awaddr_i (awaddr),
    .axil_awprot_i (awprot),
    .axil_awvalid_i(awvalid),
    .axil_awready_o(awready),
    .axil_wdata_i  (wdata),
    .axil_wstrb_i  (wstrb),
    .axil_wvalid_i (wvalid),
    .axil_wready_o (wready),
    .axil_bresp_o  (bresp),
    .axil_bvalid_o (bvalid),
    .axil_bready_i (bready),
    .axil_araddr_i (araddr),
    .axil_arprot_i (arprot),
    .axil_arvalid_i(arvalid),
    .axil_arready_o(arready),
    .axil_rdata_o  (rdata),
    .axil_rresp_o  (rresp),
    .axil_rvalid_o (rvalid),
    .axil_rready_i (rready)
  );

  tb_axil_rw_manager #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth)
  ) u_manager (
    .clk_i,
    .rst_ni        (rst_n),
    .axil_awaddr_o (awaddr),
    .axil_awprot_o (awprot),
    .axil_awvalid_o(awvalid),
    .axil_awready_i(awready),
    .axil_wdata_o  (wdata),
    .axil_wstrb_o  (wstrb),
    .axil_wvalid_o (wvalid),
    .axil_wready_i (wready),
    .axil_bresp_i  (bresp),
    .axil_bvalid_i (bvalid),
    .axil_bready_o (bready),
    .axil_araddr_o (araddr),
    .axil_arprot_o (arprot),
    .axil_arvalid_o(arvalid),
    .axil_arready_i(arready),
    .axil_rdata_i  (rdata),
    .axil_rresp_i  (rresp),
    .axil_rvalid_i (rvalid),
    .axil_rready_o (rready)
  );

  tb_guest_pages #(
    .Window     (Window),
    .WindowPages(WindowPages)
  ) u_pages ();

  // ---- The model -------------------------------------------------------------------------------

  /// Whether the guest has memory, RAM or ROM, at `gpa`.
  function automatic bit is_mapped(input longint unsigned gpa);
    return gpa < u_pages.ram_bytes && !(gpa >= Hole && gpa < Rom);
  endfunction

  /// What the memory map of the guest makes of a transfer. A write of no byte touches nothing.
  function automatic logic [1:0] by_map(input bit is_write, input longint unsigned gpa,
                                        input logic [BusBytes-1:0] strobes);
    if (is_write && strobes == '0) return Okay;
    if (is_write && gpa >= Rom && gpa < RomEnd) return SlvErr;
    return is_mapped(gpa) ? Okay : DecErr;
  endfunction

  /// The lanes of a transfer at `gpa` (A3.4.1): from its byte to the end of the word.
  function automatic logic [BusBytes-1:0] lanes_of(input longint unsigned gpa);
    return '1 << (gpa % 64'(BusBytes));
  endfunction

  // ---- Transfers -------------------------------------------------------------------------------

  /// Write random data with response `resp`.
  function automatic void write(input longint unsigned gpa, input logic [BusBytes-1:0] wanted,
                                input logic [1:0] resp);
    longint unsigned      base = gpa & ~(64'(BusBytes) - 64'd1);
    logic [BusBytes-1:0]  strobes = wanted & lanes_of(gpa);
    logic [DataWidth-1:0] data = DataWidth'({u_manager.random32(), u_manager.random32()});
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (strobes[i] && resp == Okay && !any_resp) u_pages.model[base+64'(i)] = data[8*i+:8];
    end
    u_manager.push_write(AddrWidth'(gpa), data, strobes, resp, any_resp);
  endfunction

  /// Read with response `resp`, and one bit flipped if `flip`.
  function automatic void read(input longint unsigned gpa, input logic [1:0] resp, input bit flip);
    longint unsigned      base = gpa & ~(64'(BusBytes) - 64'd1);
    logic [DataWidth-1:0] data = '0;
    for (int unsigned i = 0; i < BusBytes && resp == Okay; i++) begin
      data[8*i+:8] = u_pages.model[base+64'(i)];
    end
    u_manager.push_read(AddrWidth'(gpa), data, resp == Okay ? lanes_of(gpa) : '1, resp, any_resp,
                        flip);
  endfunction

  /// Random writes in half `half` of the window, and as many reads in the other.
  function automatic void add_random(input int unsigned count, input bit half,
                                     input longint unsigned span);
    for (int unsigned i = 0; i < count; i++) begin
      longint unsigned     write_half = Window + (half ? HalfBytes : 0);
      longint unsigned     gpa = write_half + 64'(u_manager.random32()) % span;
      logic [BusBytes-1:0] strobes = BusBytes'(u_manager.random32());
      if (u_manager.chance(50)) strobes = '1;
      if (u_manager.chance(50)) gpa &= ~(64'(BusBytes) - 64'd1);
      write(gpa, strobes, Okay);
      gpa = Window + (half ? 0 : HalfBytes) + 64'(u_manager.random32()) % span;
      read(gpa, Okay, 1'b0);
    end
  endfunction

  task automatic drain();
    while (!u_manager.idle()) @(posedge clk_i);
  endtask

  /// Drain, and compare the window and the pages around it.
  task automatic settle();
    drain();
    u_pages.check_window();
  endtask

  // ---- The tests -------------------------------------------------------------------------------

  task automatic test_random(input int unsigned rounds);
    for (int unsigned round = 0; round < rounds; round++) begin
      u_manager.set_pace(5 + u_manager.random32() % 96, 5 + u_manager.random32() % 96,
                         5 + u_manager.random32() % 96, 5 + u_manager.random32() % 96,
                         5 + u_manager.random32() % 96);
      if (u_manager.chance(40)) u_manager.set_pace(100, 100, 100, 100, 100);
      // Data first, addresses first, or as the pace has it.
      u_manager.drop_all();
      u_manager.data_first = round % 4 == 1;
      u_manager.address_first = round % 4 == 2;
      u_manager.read_after_write = round % 4 == 3;
      add_random(200, round[0], round % 3 == 0 ? 64'(BusBytes * 4) : HalfBytes);
      settle();
    end
    u_manager.data_first = 1'b0;
    u_manager.address_first = 1'b0;
    u_manager.read_after_write = 1'b0;
  endtask

  /// A read that starts on the clock after a response sees what that write wrote (A6).
  task automatic test_read_after_write();
    u_manager.set_pace(100, 100, 100, 100, 100);
    u_manager.drop_all();
    u_manager.read_after_write = 1'b1;
    for (longint unsigned i = 0; i < 200; i++) begin
      write(Window + i * 64'(BusBytes), '1, Okay);
      read(Window + i * 64'(BusBytes), Okay, 1'b0);
    end
    settle();
    u_manager.read_after_write = 1'b0;
  endtask

  /// A transfer per clock in both directions at once.
  task automatic test_full_rate();
    int unsigned b_clocks, r_clocks;
    u_port.configure(Ideal);
    u_manager.set_pace(100, 100, 100, 100, 100);
    u_manager.drop_all();
    add_random(2000, 1'b0, HalfBytes);
    settle();
    b_clocks = 32'(u_manager.b_last_clock - u_manager.b_first_clock) + 1;
    r_clocks = 32'(u_manager.r_last_clock - u_manager.r_first_clock) + 1;
    $display("%0d-bit bus: 2000 writes in %0d clocks, 2000 reads in %0d", DataWidth, b_clocks,
             r_clocks);
    if (b_clocks > 2010 || r_clocks > 2010) wrong("less than a transfer per clock");
    if (u_manager.r_first_clock > u_manager.b_first_clock + 10) begin
      wrong("the directions did not run together");
    end
  endtask

  /// Without READY for answers the port accepts what its parameters or knobs say, and no more.
  task automatic test_outstanding(input int unsigned reads, input int unsigned writes);
    u_manager.set_pace(100, 100, 0, 100, 0);
    u_manager.drop_all();
    add_random(20, 1'b0, HalfBytes);
    repeat (100) @(posedge clk_i);
    // An answer that waits in the output register may have made its place free.
    if (u_manager.ar_taken < reads || u_manager.ar_taken > reads + 1
        || u_manager.aw_taken != writes) begin
      wrong($sformatf("%0d reads and %0d writes were accepted, wanted %0d and %0d",
                      u_manager.ar_taken, u_manager.aw_taken, reads, writes));
    end
    u_manager.set_pace(100, 100, 100, 100, 100);
    settle();
  endtask

  /// Delays by knob: latency in its limits, random ones on top, bandwidth.
  task automatic test_delays();
    behaviour_t  wanted = Ideal;
    int unsigned clocks;

    wanted.max_reads = 2;
    wanted.max_writes = 3;
    u_port.configure(wanted);
    test_outstanding(2, 3);

    wanted = Ideal;
    wanted.read_latency_max = 20;
    wanted.write_latency_min = 2;
    wanted.write_latency_max = 20;
    wanted.read_address_ready = 70;
    wanted.write_address_ready = 60;
    wanted.write_data_ready = 50;
    wanted.read_data_valid = 60;
    wanted.write_response_valid = 70;
    u_port.configure(wanted);
    test_random(6);

    wanted = Ideal;
    wanted.bandwidth = BusBytes * 64;
    u_port.configure(wanted);
    u_manager.set_pace(100, 100, 100, 100, 100);
    u_manager.drop_all();
    for (int i = 0; i < 100; i++) read(Window + 64'(i * BusBytes), Okay, 1'b0);
    drain();
    clocks = 32'(u_manager.r_last_clock - u_manager.r_first_clock);
    if (clocks < 1570 || clocks > 1600) begin
      wrong($sformatf("100 words at a word in 16 clocks took %0d clocks", clocks));
    end
    u_port.configure(Ideal);
  endtask

  /// What the memory map refuses, at every edge.
  task automatic test_refusals();
    longint unsigned gpas [9];

    gpas[0] = Hole - 64'(BusBytes);
    gpas[1] = Hole;
    gpas[2] = Rom - 64'(BusBytes);
    gpas[3] = Rom;
    gpas[4] = RomEnd - 64'(BusBytes);
    gpas[5] = RomEnd;
    gpas[6] = u_pages.ram_bytes - 64'(BusBytes);
    gpas[7] = u_pages.ram_bytes;
    gpas[8] = 64'hff_ffff_ffff;
    for (int i = 0; i < 9; i++) begin
      if (is_mapped(gpas[i])) u_pages.learn_page(gpas[i] & ~(PageBytes - 64'd1));
    end
    u_manager.set_pace(60, 60, 60, 60, 60);
    for (int turn = 0; turn < 3; turn++) begin
      logic [BusBytes-1:0] strobes = turn == 0 ? '1 : turn == 1 ? '0 : {1'b1, (BusBytes-1)'(0)};
      for (int i = 0; i < 9; i++) write(gpas[i], strobes, by_map(1'b1, gpas[i], strobes));
      drain();
      for (int i = 0; i < 9; i++) read(gpas[i], by_map(1'b0, gpas[i], '0), 1'b0);
      drain();
    end
    for (int i = 0; i < 9; i++) begin
      if (is_mapped(gpas[i])) u_pages.check_page(gpas[i] & ~(PageBytes - 64'd1));
    end
    if (u_port.errors(KindWrite) == 0 || u_port.errors(KindRead) == 0
        || u_port.last_refusal(KindWrite) == "" || u_port.last_refusal(KindRead) == "") begin
      wrong("refused transfers were not counted and explained");
    end
  endtask

  /// The windows of the port, and faults injected in a range.
  task automatic test_ranges();
    behaviour_t      wanted = Ideal;
    longint unsigned open = Window + 64'h100;
    longint unsigned bad = Window + 64'h180;

    u_port.allow(open, open + 64'hff, 1'b1, 1'b1);
    u_port.allow(open + 64'h400, open + 64'h4ff, 1'b1, 1'b0);
    u_port.expect_window_errors(1'b1);
    wanted.error_first = bad;
    wanted.error_last = bad;
    wanted.corrupt_first = bad + 64'd16;
    wanted.corrupt_last = bad + 64'd16;
    u_port.configure(wanted);
    for (int i = 0; i < 5; i++) begin
      write(open, '1, Okay);
      write(open - 64'd1, '1, DecErr);
      write(open + 64'h100, '1, DecErr);
      write(open + 64'h400, '1, DecErr);
      write(bad, '1, SlvErr);
      drain();
      read(open, Okay, 1'b0);
      read(open - 64'd1, DecErr, 1'b0);
      read(open + 64'h400, Okay, 1'b0);
      read(bad, SlvErr, 1'b0);
      read(bad + 64'd16, Okay, 1'b1);
      drain();
    end
    if (u_port.window_errors() != 20) begin
      wrong($sformatf("%0d window errors were counted, not 20", u_port.window_errors()));
    end
    u_port.allow_all();
    u_port.expect_window_errors(1'b0);
    u_port.configure(Ideal);
    settle();
  endtask

  /// Faults injected at a rate: each write is done or refused, as its response says.
  task automatic test_rates();
    behaviour_t           wanted = Ideal;
    int unsigned          failed = 0;
    longint unsigned      gpa;
    logic [DataWidth-1:0] datas [200];

    u_manager.drop_all();
    wanted.slave_error_ppm = 200_000;
    wanted.decode_error_ppm = 100_000;
    u_port.configure(wanted);
    any_resp = 1'b1;
    for (int i = 0; i < 200; i++) begin
      write(Window + 64'(i * BusBytes), '1, Okay);
      datas[i] = u_manager.w_queue[i].data;
      read(Window + HalfBytes + 64'(i * BusBytes), Okay, 1'b0);
    end
    drain();
    any_resp = 1'b0;
    for (int i = 0; i < 200; i++) begin
      gpa = Window + 64'(i * BusBytes);
      if (u_manager.b_taken[i][1]) failed++;
      else for (int unsigned b = 0; b < BusBytes; b++) u_pages.model[gpa+64'(b)] = datas[i][8*b+:8];
    end
    if (failed < 30 || failed > 85 || u_manager.r_refused < 30 || u_manager.r_refused > 85) begin
      wrong($sformatf("%0d writes and %0d reads of 200 failed, wanted 28%%", failed,
                      u_manager.r_refused));
    end
    u_port.configure(Ideal);
    settle();
  endtask

  task automatic reset_port();
    reset_request = 1'b1;
    repeat (3) @(posedge clk_i);
    if (bvalid || rvalid || awready || wready || arready) wrong("an output is high in reset");
    u_manager.drop_all();
    reset_request = 1'b0;
    repeat (3) @(posedge clk_i);
    if (u_port.transactions(KindRead) != 0 || u_port.transactions(KindWrite) != 0) begin
      wrong("reset did not clear the counters");
    end
  endtask

  /// A withheld answer: silence and a report from the hang detector; reset cures it.
  task automatic test_withheld();
    behaviour_t wanted = Ideal;

    wanted.withhold_ppm = 1_000_000;
    u_port.configure(wanted);
    for (int unsigned i = 0; i < qdpi_axi4_checker_pkg::Rules; i++) begin
      u_port.g_checker.u_checker.u_rules.tolerate(i);
    end
    checker_errors = 64'(u_port.g_checker.u_checker.u_rules.total());
    write(Window, '1, Okay);
    read(Window + HalfBytes, Okay, 1'b0);
    repeat (HangClocks * 2 + 10) @(posedge clk_i);
    if (u_manager.b_count != 0 || u_manager.r_count != 0) wrong("a withheld answer came");
    if (checker_errors != 0 || u_port.g_checker.u_checker.u_rules.total() < 2) begin
      wrong("the hang detector did not see two withheld answers, or saw something before");
    end
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    reset_port();
    for (longint unsigned i = 0; i < WindowPages; i++) u_pages.learn_page(Window + i * PageBytes);
    u_port.configure(Ideal);
  endtask

  /// Reset in the middle of traffic. Write i goes to word i, so that memory tells how far it came:
  /// at least to what was answered, in order, whole words.
  task automatic test_reset();
    for (int unsigned round = 0; round < 20; round++) begin
      int unsigned clocks = 5 + u_manager.random32() % 60;
      int unsigned answered;
      int unsigned written = 0;
      bit          gap = 1'b0;

      u_manager.set_pace(50, 70, 50, 50, 70);
      u_manager.drop_all();
      for (int i = 0; i < 64; i++) begin
        write(Window + 64'(i * BusBytes), '1, Okay);
        read(Window + HalfBytes + 64'(i), Okay, 1'b0);
      end
      repeat (clocks) @(posedge clk_i);
      reset_request = 1'b1;
      repeat (2) @(posedge clk_i);
      answered = u_manager.b_count;
      reset_port();
      `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, Window, page))
      for (int unsigned i = 0; i < 64; i++) begin
        int unsigned fresh = 0;
        for (int unsigned b = 0; b < BusBytes; b++) begin
          if (page[12'(i*BusBytes+b)] == u_pages.model[Window+64'(i*BusBytes)+64'(b)]) fresh++;
        end
        if (fresh == BusBytes && !gap) written++;
        else if (fresh == BusBytes) wrong("a word was written before an earlier one");
        else gap = 1'b1;
        if (fresh != BusBytes && fresh > BusBytes / 2) wrong($sformatf("word %0d is torn", i));
      end
      if (written < answered) begin
        wrong($sformatf("%0d writes answered, %0d in memory", answered, written));
      end
      u_pages.fill_page(Window);
    end
  endtask

  /// A strobe below an unaligned address (A3.4.3): the checker tells of it, and nothing is written.
  task automatic test_strobe_rule();
    u_port.g_checker.u_checker.u_rules.tolerate(int'(qdpi_axi4_checker_pkg::WStrobe));
    u_manager.push_write(AddrWidth'(Window) + AddrWidth'(1), '1, '1, SlvErr, 1'b0);
    settle();
    if (u_port.g_checker.u_checker.u_rules.count(int'(qdpi_axi4_checker_pkg::WStrobe)) != 1) begin
      wrong("the checker did not say once that a strobe is outside the transfer");
    end
    u_port.g_checker.u_checker.u_rules.tolerate_none();
  endtask

  /// The RAM file is truncated under the bridge: SLVERR, bridge_lost_o, and the simulation lives. A
  /// write of no byte asks nothing of the guest.
  task automatic test_loss();
    lose_ram_file();
    for (longint unsigned i = 0; i < WindowPages; i++) begin
      read(Window + i * PageBytes, SlvErr, 1'b0);
      write(Window + i * PageBytes, '1, SlvErr);
    end
    write(Window, '0, Okay);
    drain();
    repeat (2) @(posedge clk_i);
    if (!bridge_lost) wrong("bridge_lost_o is low");
  endtask

  initial begin : main
    int unsigned random_seed, rounds;
    longint unsigned ram_bytes;

    if ($value$plusargs("seed=%d", random_seed) == 0) random_seed = 1;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 20;
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    u_manager.seed(64'(random_seed));
    bridge = dpi_open_or_fatal("");
    u_port.attach(bridge);
    u_pages.attach(bridge, ram_bytes);
    u_pages.fill_window();
    while (rst_n !== 1'b1) @(posedge clk_i);
    @(posedge clk_i);

    test_random(rounds);
    test_read_after_write();
    if ($test$plusargs("no_timing") == 0) begin
      test_full_rate();
      test_outstanding(MaxReads, MaxWrites);
      test_delays();
    end
    test_refusals();
    test_ranges();
    test_rates();
    if (bridge_lost) wrong("bridge_lost_o is high");
    u_port.report();
    reset_port();
    test_withheld();
    test_reset();
    test_strobe_rule();
    test_random(2);
    test_loss();
    dpi_close(bridge);
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
