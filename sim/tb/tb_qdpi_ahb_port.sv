// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of qdpi_ahb_port against a byte-wise reference memory, with guest memory checked through
/// the bridge behind the port's back. Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N    its size (16 MiB)
///   +seed=N         of the random bursts (1)
///   +rounds=N       of 60 random bursts each (20)
///
/// It sets the port's knobs itself, one test after the other, and expects what they ask for. At
/// the end the RAM file is truncated, and the port must answer ERROR.
module tb_qdpi_ahb_port #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth    = 64,
  /// 1: AHB5 with HWSTRB.
  parameter bit          WriteStrobes = 1'b1
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import qdpi_port_pkg::*;
  import qdpi_ahb_checker_pkg::*;
  import tb_ahb_manager_pkg::*;
  import tb_ram_file_pkg::*;

  localparam int unsigned AddrWidth = 40;
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);
  localparam int unsigned HangClocks = 2000;

  localparam longint unsigned PageBytes = 4096;
  localparam longint unsigned Hole = 64'ha_0000, Rom = 64'hc_0000, RomEnd = 64'h10_0000;
  // The pages that random bursts use, with a page on each side that they must not touch. An
  // address that loses its top bit is found out.
  localparam longint unsigned Window = 64'hc0_0000;
  localparam longint unsigned WindowPages = 4;

  bit                   reset_request;
  logic                 tb_reset_n;
  // verilator lint_off SYNCASYNCNET
  // The testbench's processes sample it, flops take it asynchronously.
  logic                 rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                 bridge_lost;
  logic                 hsel, hwrite, hmastlock, hnonsec, hexcl, hready, hreadyout, hresp, hexokay;
  logic [AddrWidth-1:0] haddr;
  logic [1:0]           htrans;
  logic [2:0]           hsize, hburst;
  logic [6:0]           hprot;
  logic [3:0]           hmaster;
  logic [DataWidth-1:0] hwdata, hrdata;
  logic [BusBytes-1:0]  hwstrb;

  // Written by the one process of the testbench.
  // verilator lint_off BLKSEQ
  chandle               bridge;
  byte unsigned         page [4096];
  byte unsigned         one_byte [1];
  longint unsigned      ram_bytes;
  int unsigned          errors;
  int unsigned          broken_rules;  // on purpose

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_ahb_port #(
    .AddrWidth   (AddrWidth),
    .DataWidth   (DataWidth),
    .WriteStrobes(WriteStrobes),
    .Name        ("ahb"),
    .HangClocks  (HangClocks)
  ) u_port (
    .clk_i,
    .rst_ni       (rst_n),
    .bridge_lost_o(bridge_lost),
    .hsel_i       (hsel),
    .haddr_i      (haddr),
    .htrans_i     (htrans),
    .hsize_i      (hsize),
    .hburst_i     (hburst),
    .hwrite_i     (hwrite),
    .hprot_i      (hprot),
    .hmastlock_i  (hmastlock),
    .hnonsec_i    (hnonsec),
    .hexcl_i      (hexcl),
    .hmaster_i    (hmaster),
    .hwdata_i     (hwdata),
    .hwstrb_i     (hwstrb),
    .hready_i     (hready),
    .hreadyout_o  (hreadyout),
    .hresp_o      (hresp),
    .hrdata_o     (hrdata),
    .hexokay_o    (hexokay)
  );

  tb_ahb_manager #(
    .AddrWidth   (AddrWidth),
    .DataWidth   (DataWidth),
    .WriteStrobes(WriteStrobes)
  ) u_manager (
    .clk_i,
    .rst_ni     (rst_n),
    .hsel_o     (hsel),
    .haddr_o    (haddr),
    .htrans_o   (htrans),
    .hsize_o    (hsize),
    .hburst_o   (hburst),
    .hwrite_o   (hwrite),
    .hprot_o    (hprot),
    .hmastlock_o(hmastlock),
    .hnonsec_o  (hnonsec),
    .hexcl_o    (hexcl),
    .hmaster_o  (hmaster),
    .hwdata_o   (hwdata),
    .hwstrb_o   (hwstrb),
    .hready_o   (hready),
    .hreadyout_i(hreadyout),
    .hresp_i    (hresp),
    .hrdata_i   (hrdata),
    .hexokay_i  (hexokay)
  );

  // ---- The model -------------------------------------------------------------------------------

  function automatic void wrong(input string what);
    errors++;
    $error("%s", what);
  endfunction

  /// Fill a page of RAM with random bytes behind the port's back, or learn a page of ROM.
  function automatic void load_page(input longint unsigned gpa, input bit is_rom);
    if (is_rom) `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    else begin
      for (int i = 0; i < 4096; i++) page[i] = 8'(u_manager.random32());
      `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, gpa, page))
    end
    for (longint unsigned i = 0; i < PageBytes; i++) u_manager.model[gpa+i] = page[12'(i)];
  endfunction

  /// Compare a page of the guest with the model behind the port's back.
  function automatic void check_page(input longint unsigned gpa);
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    for (longint unsigned i = 0; i < PageBytes; i++) begin
      if (page[12'(i)] != u_manager.model[gpa+i]) begin
        wrong($sformatf("memory at 0x%0h is %h, expected %h", gpa + i, page[12'(i)],
                        u_manager.model[gpa+i]));
        return;
      end
    end
  endfunction

  function automatic void check_window();
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      check_page(Window + i * PageBytes - PageBytes);
    end
  endfunction

  /// Whether the memory map of the guest refuses a transfer at `gpa`.
  function automatic bit refused(input bit is_write, input longint unsigned gpa);
    return gpa >= ram_bytes || (gpa >= Hole && gpa < Rom)
        || (is_write && gpa >= Rom && gpa < RomEnd);
  endfunction

  /// Whether `text` contains `part`.
  function automatic bit has(input string text, input string part);
    for (int i = 0; i + part.len() <= text.len(); i++) begin
      if (text.substr(i, i + part.len() - 1) == part) return 1'b1;
    end
    return 1'b0;
  endfunction

  task automatic clocks(input int unsigned count);
    repeat (count) @(posedge clk_i);
  endtask

  task automatic drain();
    @(posedge clk_i);
    while (!u_manager.idle()) @(posedge clk_i);
    clocks(2);
  endtask

  /// One transfer.
  task automatic single(input bit write, input longint unsigned gpa, input logic [2:0] size,
                        input want_e want);
    u_manager.push_burst(write, gpa, size, BurstSingle, 1, want);
  endtask

  /// A random legal burst in the first `span` bytes of the window.
  function automatic void random_burst(input int unsigned span, input want_e want);
    logic [2:0]      size = 3'(u_manager.random32() % (MaxSize + 1));
    logic [2:0]      burst = 3'(u_manager.random32());
    int unsigned     beats = burst_beats(burst);
    longint unsigned bytes = 64'd1 << size;
    longint unsigned gpa = Window + 64'(u_manager.random32()) % 64'(span);
    longint unsigned room;

    gpa &= ~(bytes - 64'd1);
    room = (64'd1024 - gpa % 1024) / bytes;
    if (beats == 0) beats = 1 + u_manager.random32() % 20;
    if (64'(beats) > room && burst != BurstIncr && !is_wrapping(burst)) begin
      // As far back as the whole burst needs.
      if (64'(beats) * bytes > 1024) return;
      gpa = (gpa & ~64'd1023) + 64'd1024 - 64'(beats) * bytes;
    end
    if (burst == BurstIncr && 64'(beats) > room) beats = 32'(room);
    if (u_manager.chance(10)) beats = 1 + u_manager.random32() % beats;
    u_manager.push_burst(1'(u_manager.random32()), gpa, size, burst, beats,
                         want);
  endfunction

  // ---- The tests -------------------------------------------------------------------------------

  /// Random bursts, in a few words and all over the window, back to back and with pauses.
  task automatic test_random(input int unsigned rounds, input want_e want);
    for (int unsigned round = 0; round < rounds; round++) begin
      int unsigned span = u_manager.chance(40) ? 4 * BusBytes : 32'(WindowPages * PageBytes);
      if (u_manager.chance(30)) u_manager.set_pace(0, 0, 50, 0);
      else u_manager.set_pace(u_manager.random32() % 60, u_manager.random32() % 60, 50, 20);
      for (int i = 0; i < 60; i++) random_burst(span, want);
      drain();
      check_window();
    end
    u_manager.set_pace(0, 0, 0, 0);
  endtask

  /// One beat per clock, from burst to burst and from direction to direction.
  task automatic test_full_rate();
    u_manager.set_pace(0, 0, 0, 0);
    for (int kind = 0; kind < 3; kind++) begin
      u_manager.reset_counts();
      for (int i = 0; i < 40; i++) begin
        case (kind)
          0: random_burst(4096, WantOkay);
          1: begin
            u_manager.push_burst(1'b1, Window + 64'(i) % 4 * 64'd1024, 3'(MaxSize), BurstIncr4, 4,
                                 WantOkay);
            u_manager.push_burst(1'b0, Window + 64'(i) % 4 * 64'd1024, 3'(MaxSize), BurstWrap4, 4,
                                 WantOkay);
          end
          // Read what the clock before has written.
          default: begin
            single(1'b1, Window + 64'(i * BusBytes), 3'(MaxSize), WantOkay);
            single(1'b0, Window + 64'(i * BusBytes), 3'(MaxSize), WantOkay);
          end
        endcase
      end
      drain();
      if (u_manager.last_clock - u_manager.first_clock + 1 != 64'(u_manager.transfers)) begin
        wrong($sformatf("full rate %0d: %0d beats took %0d clocks", kind, u_manager.transfers,
                        u_manager.last_clock - u_manager.first_clock + 1));
      end else begin
        $display("%0d-bit bus: %0d beats in as many clocks", DataWidth, u_manager.transfers);
      end
    end
    check_window();
  endtask

  /// Wait states as the knobs say.
  task automatic test_delays();
    behaviour_t wanted = Ideal;

    wanted.read_latency_min = 3;
    wanted.read_latency_max = 9;
    wanted.write_latency_min = 3;
    wanted.write_latency_max = 9;
    u_port.configure(wanted);
    u_manager.reset_counts();
    test_random(4, WantOkay);
    if (u_manager.low_waits != 3 || u_manager.high_waits != 9) begin
      wrong($sformatf("wait states were %0d to %0d, wanted 3 to 9", u_manager.low_waits,
                      u_manager.high_waits));
    end

    wanted = Ideal;
    wanted.read_latency_max = 2;
    wanted.write_latency_max = 2;
    wanted.read_data_valid = 40;
    wanted.write_response_valid = 60;
    u_port.configure(wanted);
    test_random(6, WantOkay);

    // A beat of the bus in 16 clocks.
    wanted = Ideal;
    wanted.bandwidth = BusBytes * 64;
    u_port.configure(wanted);
    u_manager.reset_counts();
    for (int i = 0; i < 50; i++) begin
      single(1'b0, Window + 64'(i * BusBytes), 3'(MaxSize), WantOkay);
    end
    drain();
    if (u_manager.last_clock - u_manager.first_clock < 49 * 15
        || u_manager.last_clock - u_manager.first_clock > 49 * 17) begin
      wrong($sformatf("50 beats at one in 16 clocks took %0d clocks",
                      u_manager.last_clock - u_manager.first_clock));
    end

    // 1.4 and 2.7 clocks a beat, over few beats and over many.
    for (int unsigned bandwidth = 375; bandwidth <= 750; bandwidth += 375) begin
      for (int unsigned beats = 64; beats <= 512; beats *= 8) begin
        real clocks_wanted = real'(beats - 1) * 1024.0 / real'(bandwidth);
        real clocks_taken;
        wanted.bandwidth = bandwidth * BusBytes;
        u_port.configure(wanted);
        u_manager.reset_counts();
        for (int unsigned i = 0; i < beats; i++) begin
          single(1'b0, Window + 64'(i * BusBytes) % PageBytes, 3'(MaxSize), WantOkay);
        end
        drain();
        clocks_taken = real'(u_manager.last_clock - u_manager.first_clock);
        if (clocks_taken < clocks_wanted - 1.0 || clocks_taken > clocks_wanted * 1.01 + 1.0) begin
          wrong($sformatf("%0d beats at %0d bytes in 1024 clocks took %0.0f clocks, not %0.1f",
                          beats, wanted.bandwidth, clocks_taken, clocks_wanted));
        end
      end
    end
    u_port.configure(Ideal);
  endtask

  /// What the memory map refuses, at every edge: ERROR, zeros, and nothing changed; and a burst is
  /// refused beat by beat.
  task automatic test_refusals();
    longint unsigned edges [6];
    edges = '{Hole, Rom, RomEnd, ram_bytes, 64'h8000_0000, 64'hff_ffff_f000};

    load_page(Hole - PageBytes, 1'b0);
    load_page(Rom, 1'b1);
    load_page(RomEnd - PageBytes, 1'b1);
    load_page(RomEnd, 1'b0);
    load_page(ram_bytes - PageBytes, 1'b0);
    for (int turn = 0; turn < 6; turn++) begin
      u_manager.set_pace(0, turn == 1 ? 50 : 0, turn >= 3 ? 50 : 0, turn == 2 ? 30 : 0);
      for (int i = 0; i < 6; i++) begin
        for (int write = 0; write < 2; write++) begin
          longint unsigned below = edges[i] - 64'(BusBytes);
          u_manager.all_strobes = 1'b1;
          single(write == 1, below, 3'(MaxSize),
                 refused(write == 1, below) ? WantError : WantOkay);
          single(write == 1, edges[i], 3'(MaxSize),
                 refused(write == 1, edges[i]) ? WantError : WantOkay);
          // The end of a burst that starts in one piece of the map and goes on in the next cannot
          // be tried, since the pieces end at 1 KiB boundaries; a burst inside one can.
          u_manager.push_burst(write == 1, edges[i], 3'd0, BurstIncr4, 4,
                               refused(write == 1, edges[i]) ? WantError
                                                             : WantOkay);
          u_manager.all_strobes = 1'b0;
          random_burst(64, WantOkay);
        end
      end
      drain();
    end
    check_page(Hole - PageBytes);
    check_page(Rom);
    check_page(RomEnd - PageBytes);
    check_page(RomEnd);
    check_page(ram_bytes - PageBytes);
    check_window();
    u_manager.set_pace(0, 0, 0, 0);
    if (u_manager.cancelled == 0) wrong("no transfer was cancelled after ERROR");
    if (!has(u_port.last_refusal(KindWrite), "AHB write at")
        || !has(u_port.last_refusal(KindRead), "AHB read at")) begin
      wrong("refused transfers were not explained");
    end
    if (has(u_port.last_refusal(KindWrite), "fetch")) wrong("a question was called the reason");
  endtask

  /// SEQ that does not continue a burst is refused, and so is what continues that: another address,
  /// after the last beat, another direction, after IDLE. What comes before and after is not.
  task automatic test_sequence();
    longint unsigned gpa = Window + 64'h400;
    int unsigned     earlier = u_port.g_checker.u_checker.u_rules.total();

    for (int unsigned rule = 0; rule < Rules; rule++) begin
      if (rule inside {32'(BurstAddress), 32'(BurstTooLong), 32'(BurstControl), 32'(SeqInBurst)})
        u_port.g_checker.u_checker.u_rules.tolerate(rule);
    end
    for (int write = 0; write < 2; write++) begin
      u_manager.push_transfer(TransNonSeq, write == 1, gpa + 2, 3'd0, BurstWrap4, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 3, 3'd0, BurstWrap4, WantOkay);
      u_manager.push_transfer(TransBusy, write == 1, gpa, 3'd0, BurstWrap4, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa, 3'd0, BurstWrap4, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 9, 3'd0, BurstWrap4, WantError);
      u_manager.push_transfer(TransNonSeq, write == 1, gpa, 3'd0, BurstIncr, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 9, 3'd0, BurstIncr, WantError);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 10, 3'd0, BurstIncr, WantError);
      u_manager.push_transfer(TransNonSeq, write == 1, gpa, 3'd0, BurstSingle, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 1, 3'd0, BurstSingle, WantError);
      u_manager.push_transfer(TransNonSeq, write == 0, gpa, 3'd0, BurstIncr4, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 1, 3'd0, BurstIncr4, WantError);
      u_manager.push_transfer(TransNonSeq, write == 1, gpa, 3'd0, BurstIncr, WantOkay);
      u_manager.push_transfer(TransIdle, write == 1, gpa + 1, 3'd0, BurstIncr, WantOkay);
      u_manager.push_transfer(TransSeq, write == 1, gpa + 1, 3'd0, BurstIncr, WantError);
      u_manager.push_transfer(TransNonSeq, write == 1, gpa, 3'd0, BurstSingle, WantOkay);
    end
    drain();
    check_window();
    broken_rules = u_port.g_checker.u_checker.u_rules.total() - earlier;
    if (broken_rules != 10) wrong($sformatf("%0d rules were broken, not 10", broken_rules));
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    if (!has(u_port.last_refusal(KindWrite), "SEQ")) wrong("a refused SEQ was not explained");
  endtask

  /// The windows of the port: what is outside is refused and not touched, to the byte; and a burst
  /// that leaves one has done the beats inside.
  task automatic test_windows();
    longint unsigned opened = Window + 64'h100, read_only = Window + 64'h800;
    longint unsigned earlier = u_port.window_errors();

    u_port.allow(opened, opened + 64'hff, 1'b1, 1'b1);
    u_port.allow(read_only, read_only + 64'hff, 1'b1, 1'b0);
    u_port.expect_window_errors(1'b1);
    single(1'b1, opened, 3'(MaxSize), WantOkay);
    single(1'b0, opened + 64'hff, 3'd0, WantOkay);
    single(1'b0, read_only, 3'(MaxSize), WantOkay);
    single(1'b1, read_only, 3'(MaxSize), WantError);
    single(1'b1, opened - 64'd1, 3'd0, WantError);
    single(1'b0, opened + 64'h100, 3'd0, WantError);
    drain();
    if (u_port.window_errors() - earlier != 3) begin
      wrong($sformatf("%0d window errors were counted, not 3", u_port.window_errors() - earlier));
    end
    u_manager.reset_counts();
    u_manager.push_burst(1'b1, opened + 64'hfe, 3'd0, BurstIncr4, 4, WantAny);
    drain();
    if (u_manager.refusals != 2) wrong("a burst that left the window was not refused in half");
    u_port.allow_all();
    u_port.expect_window_errors(1'b0);
    single(1'b0, opened + 64'h100, 3'd0, WantOkay);
    drain();
    check_window();
  endtask

  /// Injected faults: in a range for certain, at a rate about as often as asked for.
  task automatic test_injected();
    behaviour_t      wanted = Ideal;
    longint unsigned bad = Window + 64'h80;

    wanted.error_first = bad;
    wanted.error_last = bad;
    u_port.configure(wanted);
    for (int i = 0; i < 20; i++) begin
      single(1'b1, bad, 3'd0, WantError);
      single(1'b0, bad, 3'(MaxSize), WantError);
      single(1'b1, bad + 64'(BusBytes), 3'(MaxSize), WantOkay);
      single(1'b0, bad - 64'(BusBytes), 3'(MaxSize), WantOkay);
    end
    drain();

    wanted = Ideal;
    wanted.corrupt_first = bad;
    wanted.corrupt_last = bad;
    u_port.configure(wanted);
    u_manager.reset_counts();
    for (int i = 0; i < 20; i++) begin
      single(1'b0, bad, 3'(MaxSize), WantFlip);
      single(1'b0, bad + 64'(BusBytes), 3'(MaxSize), WantOkay);
    end
    drain();
    if (u_manager.flips != 20) wrong($sformatf("%0d of 20 reads were corrupted", u_manager.flips));

    wanted = Ideal;
    wanted.slave_error_ppm = 200_000;
    wanted.decode_error_ppm = 100_000;
    wanted.read_latency_max = 3;
    wanted.write_latency_max = 3;
    u_port.configure(wanted);
    u_manager.reset_counts();
    test_random(3, WantAny);
    if (u_manager.refusals * 100 < u_manager.transfers * 22
        || u_manager.refusals * 100 > u_manager.transfers * 34) begin
      wrong($sformatf("%0d of %0d transfers failed, wanted 28%%", u_manager.refusals,
                      u_manager.transfers));
    end
    u_port.configure(Ideal);
  endtask

  /// Exclusive transfers: what was read exclusively can be written so once, unless someone else has
  /// written there.
  task automatic test_exclusive();
    longint unsigned gpa = Window + 64'h200;
    for (int unsigned size = 0; size <= MaxSize; size++) begin
      u_manager.all_strobes = 1'b1;
      u_manager.push_exclusive(1'b0, gpa, 3'(size), 4'd3, WantExclusive);
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd3, WantExclusive);
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd3, WantShared);
      single(1'b0, gpa, 3'(size), WantOkay);
      u_manager.push_exclusive(1'b0, gpa, 3'(size), 4'd3, WantExclusive);
      single(1'b1, gpa, 3'd0, WantOkay);
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd3, WantShared);
      u_manager.push_exclusive(1'b0, gpa, 3'(size), 4'd5, WantExclusive);
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd6, WantShared);
      u_manager.push_exclusive(1'b0, Hole, 3'(size), 4'd5, WantError);
      single(1'b0, gpa, 3'(size), WantOkay);
      drain();
      // The guest writes between the two.
      u_manager.push_exclusive(1'b0, gpa, 3'(size), 4'd3, WantExclusive);
      drain();
      one_byte[0] = ~u_manager.model[gpa];
      u_manager.model[gpa] = one_byte[0];
      `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, gpa, one_byte))
      u_manager.push_exclusive(1'b1, gpa, 3'(size), 4'd3, WantShared);
      single(1'b0, gpa, 3'(size), WantOkay);
      drain();
    end
    u_manager.all_strobes = 1'b0;
    check_window();
    // ROM has no exclusive access, which is no refusal, nor does it explain the next.
    u_manager.push_exclusive(1'b0, Rom, 3'd0, 4'd3, WantOkay);
    single(1'b0, Hole, 3'd0, WantError);
    drain();
    if (!has(u_port.last_refusal(KindRead), "0xa0000")
        || has(u_port.last_refusal(KindRead), "0xc0000")) begin
      wrong({"a refusal is explained by an older one: ", u_port.last_refusal(KindRead)});
    end
  endtask

  task automatic reset_port();
    reset_request = 1'b1;
    clocks(3);
    if (!hreadyout || hresp || hexokay || hrdata != '0) wrong("outputs in reset are not at rest");
    clocks(1);
    reset_request = 1'b0;
    clocks(3);
    if (u_port.transactions(KindRead) != 0 || u_port.bytes(KindWrite) != 0
        || u_port.errors(KindWrite) != 0) begin
      wrong("reset did not clear the counters");
    end
  endtask

  /// A withheld answer: silence, the hang detector names the transfer, reset cures it.
  task automatic test_withheld();
    behaviour_t wanted = Ideal;

    wanted.withhold_ppm = 1_000_000;
    for (int write = 0; write < 2; write++) begin
      u_port.configure(wanted);
      u_port.g_checker.u_checker.u_rules.tolerate(Hang);
      single(write == 1, Window + 64'h580, 3'd0, WantOkay);
      clocks(HangClocks + 10);
      if (hready) wrong("a transfer that had to be withheld was answered");
      if (u_port.g_checker.u_checker.u_rules.count(Hang) != 32'(write) + 1
          || !has(u_port.g_checker.u_checker.u_rules.last_message(),
                  write == 1 ? "write at 0xc00580" : "read at 0xc00580")) begin
        wrong("the hang detector did not name the withheld transfer");
      end
      u_port.g_checker.u_checker.u_rules.tolerate_none();
      u_port.configure(Ideal);
      reset_port();
      load_page(Window, 1'b0);
    end
    test_random(1, WantOkay);
  endtask

  /// Reset in the middle of bursts of writes: each byte is as before or as written, and what was
  /// answered is written.
  task automatic test_reset();
    behaviour_t  wanted = Ideal;
    int unsigned cuts = u_manager.cuts;

    wanted.write_latency_max = 3;
    for (int round = 0; round < 40; round++) begin
      longint unsigned low, high;
      u_port.configure(round % 2 == 0 ? wanted : Ideal);
      u_manager.set_pace(20, 20, 0, 0);
      for (int i = 0; i < 6; i++) begin
        u_manager.push_burst(1'b1, Window + 64'(i) * 64'd1024, 3'(MaxSize), BurstIncr, 8,
                             WantOkay);
      end
      clocks(4 + u_manager.random32() % 40);
      reset_request = 1'b1;
      reset_port();
      // The transfer that was in its data phase may have been done or not; no other may.
      low = u_manager.cut_address();
      high = low + 64'(BusBytes);
      for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
        longint unsigned gpa = Window + i * PageBytes - PageBytes;
        `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
        for (longint unsigned b = 0; b < PageBytes; b++) begin
          if (page[12'(b)] == u_manager.model[gpa+b]) continue;
          if (gpa + b >= low && gpa + b < high) u_manager.model[gpa+b] = page[12'(b)];
          else begin
            wrong($sformatf("after reset memory at 0x%0h is %h, expected %h", gpa + b,
                            page[12'(b)], u_manager.model[gpa+b]));
            break;
          end
        end
      end
    end
    if (u_manager.cuts == cuts) wrong("no round of the reset test was cut");
    u_port.configure(Ideal);
    test_random(2, WantOkay);
  endtask

  /// The RAM file is truncated under the bridge: ERROR, bridge_lost_o, and the simulation lives.
  /// What was reserved is lost too; what was not asks nothing of the guest.
  task automatic test_loss();
    u_manager.push_exclusive(1'b0, Window, 3'd0, 4'd3, WantExclusive);
    drain();
    lose_ram_file();
    u_manager.all_strobes = 1'b1;
    for (int write = 1; write >= 0; write--) begin
      single(write == 1, Window + PageBytes, 3'(MaxSize), WantError);
      u_manager.push_burst(write == 1, Window, 3'd0, BurstWrap4, 4, WantError);
    end
    u_manager.push_exclusive(1'b0, Window, 3'd0, 4'd4, WantError);
    u_manager.push_exclusive(1'b1, Window, 3'd0, 4'd5, WantShared);
    drain();
    if (!bridge_lost) wrong("bridge_lost_o is low");
  endtask

  /// What the port counted since reset is what went over the bus.
  function automatic void check_counts();
    if (u_port.transactions(KindRead) != u_manager.done[0]
        || u_port.transactions(KindWrite) != u_manager.done[1]) begin
      wrong($sformatf("the port counted %0d reads, %0d writes; %0d, %0d were made",
                      u_port.transactions(KindRead), u_port.transactions(KindWrite),
                      u_manager.done[0], u_manager.done[1]));
    end
  endfunction

  initial begin : main
    int unsigned random_seed, rounds;

    if ($value$plusargs("seed=%d", random_seed) == 0) random_seed = 1;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 20;
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    u_manager.seed(64'(random_seed));
    u_manager.reset_counts();
    bridge = dpi_open_or_fatal("");
    u_port.attach(bridge);
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      load_page(Window + i * PageBytes - PageBytes, 1'b0);
    end
    while (!rst_n) @(posedge clk_i);
    clocks(2);

    test_random(rounds, WantOkay);
    test_full_rate();
    test_delays();
    test_refusals();
    test_sequence();
    test_windows();
    test_injected();
    test_exclusive();
    if (bridge_lost) wrong("bridge_lost_o is high");
    check_counts();
    u_port.report();
    test_withheld();
    test_reset();
    test_loss();
    if (u_port.g_checker.u_checker.u_rules.total() != broken_rules + 2) begin
      wrong("the checker saw a broken rule");
    end
    dpi_close(bridge);
    if (errors == 0 && u_manager.errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
