// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of the atomic transactions of qdpi_axi4_port against a byte-wise model, among ordinary
/// reads and writes, with guest memory checked through the port and through the bridge behind its
/// back. Needs a RAM file with machine=pc. The port's own plusargs may be given too.
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N      its size (16 MiB)
///   +seed=N           of the random transactions (1)
///   +transactions=N   how many (3000)
///
/// With PortAtomics=0: that the port then refuses AWATOP, with $error. It ends without the
/// sentinel, with QDPI AWATOP REFUSED if the port did what it should.
module tb_qdpi_axi4_atomics #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth   = 64,
  /// Whether the port has atomics.
  parameter bit          PortAtomics = 1'b1
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low. Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  input logic rst_ni
  // verilator lint_on SYNCASYNCNET
);
  import qemu_dpi_pkg::*;
  import qdpi_axi4_checker_pkg::rule_e;
  import qdpi_axi4_checker_pkg::Rules;
  import qdpi_axi4_checker_pkg::AwBurstReserved;
  import qdpi_axi4_checker_pkg::AwAtomicEncoding;
  import qdpi_axi4_checker_pkg::AwAtomicSize;
  import qdpi_axi4_checker_pkg::AwAtomicAlignment;
  import qdpi_axi4_checker_pkg::AwAtomicBurst;
  import qdpi_axi4_checker_pkg::AwAtomicExclusive;
  import qdpi_axi4_checker_pkg::WAtomicStrobe;
  import tb_axi4_pkg::*;
  import tb_errors_pkg::*;

  // Functions that are not inlined, which keeps the model small, use what is below; they are called
  // from the one process of the test and read no signal.
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL
  // verilator lint_off BLKSEQ

  localparam int unsigned IdWidth = 6;
  localparam int unsigned MaxWrites = 6;
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned BusSize = $clog2(BusBytes);

  localparam logic [5:0] Swap = 6'b11_0000, Compare = 6'b11_0001, LoadAdd = 6'b10_0000;
  localparam logic [5:0] StoreAdd = 6'b01_0000;

  logic [IdWidth-1:0]   awid, bid, arid, rid;
  logic [AddrWidth-1:0] awaddr, araddr;
  logic [7:0]           awlen, arlen;
  logic [2:0]           awsize, arsize;
  logic [1:0]           awburst, arburst, bresp, rresp;
  logic                 awlock, arlock, buser, ruser;
  logic [5:0]           awatop;
  logic                 awvalid, awready, wvalid, wready, wlast, bvalid, bready;
  logic                 arvalid, arready, rvalid, rready, rlast;
  logic [DataWidth-1:0] wdata, rdata;
  logic [BusBytes-1:0]  wstrb;
  logic                 bridge_lost;

  chandle               bridge;

  qdpi_axi4_port #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth  (IdWidth),
    .MaxReads (4),
    .MaxWrites(MaxWrites),
    .Name     ("port"),
    .Atomics  (PortAtomics)
  ) u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o (bridge_lost),
    .axi_awid_i    (awid),
    .axi_awaddr_i  (awaddr),
    .axi_awlen_i   (awlen),
    .axi_awsize_i  (awsize),
    .axi_awburst_i (awburst),
    .axi_awlock_i  (awlock),
    .axi_awcache_i (4'b0011),
    .axi_awprot_i  (3'b000),
    .axi_awqos_i   (4'd0),
    .axi_awregion_i(4'd0),
    .axi_awuser_i  (1'b0),
    .axi_awatop_i  (awatop),
    .axi_awvalid_i (awvalid),
    .axi_awready_o (awready),
    .axi_wdata_i   (wdata),
    .axi_wstrb_i   (wstrb),
    .axi_wlast_i   (wlast),
    .axi_wuser_i   (1'b0),
    .axi_wvalid_i  (wvalid),
    .axi_wready_o  (wready),
    .axi_bid_o     (bid),
    .axi_bresp_o   (bresp),
    .axi_buser_o   (buser),
    .axi_bvalid_o  (bvalid),
    .axi_bready_i  (bready),
    .axi_arid_i    (arid),
    .axi_araddr_i  (araddr),
    .axi_arlen_i   (arlen),
    .axi_arsize_i  (arsize),
    .axi_arburst_i (arburst),
    .axi_arlock_i  (arlock),
    .axi_arcache_i (4'b0011),
    .axi_arprot_i  (3'b000),
    .axi_arqos_i   (4'd0),
    .axi_arregion_i(4'd0),
    .axi_aruser_i  (1'b0),
    .axi_arvalid_i (arvalid),
    .axi_arready_o (arready),
    .axi_rid_o     (rid),
    .axi_rdata_o   (rdata),
    .axi_rresp_o   (rresp),
    .axi_rlast_o   (rlast),
    .axi_ruser_o   (ruser),
    .axi_rvalid_o  (rvalid),
    .axi_rready_i  (rready)
  );

  tb_axi5_scoreboard #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth  (IdWidth)
  ) u_board (
    .clk_i,
    .rst_ni,
    .axi_awid_o   (awid),
    .axi_awaddr_o (awaddr),
    .axi_awlen_o  (awlen),
    .axi_awsize_o (awsize),
    .axi_awburst_o(awburst),
    .axi_awlock_o (awlock),
    .axi_awatop_o (awatop),
    .axi_awvalid_o(awvalid),
    .axi_awready_i(awready),
    .axi_wdata_o  (wdata),
    .axi_wstrb_o  (wstrb),
    .axi_wlast_o  (wlast),
    .axi_wvalid_o (wvalid),
    .axi_wready_i (wready),
    .axi_bid_i    (bid),
    .axi_bresp_i  (bresp),
    .axi_bvalid_i (bvalid),
    .axi_bready_o (bready),
    .axi_arid_o   (arid),
    .axi_araddr_o (araddr),
    .axi_arlen_o  (arlen),
    .axi_arsize_o (arsize),
    .axi_arburst_o(arburst),
    .axi_arlock_o (arlock),
    .axi_arvalid_o(arvalid),
    .axi_arready_i(arready),
    .axi_rid_i    (rid),
    .axi_rdata_i  (rdata),
    .axi_rresp_i  (rresp),
    .axi_rlast_i  (rlast),
    .axi_rvalid_i (rvalid),
    .axi_rready_o (rready)
  );

  int unsigned seed, random_count;
  int unsigned operation, place;    // of StageOperations: AWATOP, and where on the bus
  longint unsigned random_target;
  int unsigned rule_test, rule_count;
  bit          is_started, was_more;
  int unsigned idle_clocks;

  // What is tested, in this order. Each stage ends when all it issued has been answered.
  typedef enum int unsigned {
    StageExampleSingle, StageExampleDouble, StageOperations, StageWindows, StageInjected,
    StageReserve, StageAtomic, StageNotExclusive, StageReserveAgain, StageExclusive,
    StageReadPlaces, StageRules, StageRandom, StageNoAtomics, StageEnd
  } stage_e;

  stage_e stage;

  // ---- Examples and operations -----------------------------------------------------------------

  function automatic void set_memory(input longint unsigned gpa, input longint unsigned value);
    // verilator no_inline_task
    u_board.set_model(gpa, 8, value);
    `QDPI_OR_FATAL(bridge, dpi_mem_write64(bridge, gpa, value))
  endfunction

  function automatic void expect_memory(input longint unsigned gpa, input longint unsigned value);
    // verilator no_inline_task
    longint unsigned found;
    `QDPI_OR_FATAL(bridge, dpi_mem_read64(bridge, gpa, found))
    check_that(found == value,
               $sformatf("memory at 0x%0h is %h, expected %h", gpa, found, value));
  endfunction

  /// The addressed byte is compared: the swap value is below it, the compare value on its lane.
  function automatic void issue_example_single();
    // verilator no_inline_task
    set_memory(Window, 64'h8877_6655_4433_2211);
    u_board.issue_atomic(Compare, Window + 1, 1, 64'h22, 64'he1, Okay);
    check_that(u_board.next_len == 0 && u_board.next_size == 1 && u_board.next_burst == Wrap
               && u_board.u_manager.new_data[0][15:0] == 16'h22e1,
               "the first example is not that of AXI");
  endfunction

  /// 8 bytes at an odd multiple of 8: the swap value is sent first, in one beat or in several.
  function automatic void issue_example_double();
    // verilator no_inline_task
    set_memory(Window + 8, 64'hffee_ddcc_bbaa_9988);
    u_board.issue_atomic(Compare, Window + 8, 8, 64'hffee_ddcc_bbaa_9988, 64'h0102_0304_0506_0708,
                         Okay);
    check_that(u_board.next_burst == Wrap && u_board.u_manager.new_data[0][7:0] == 8'h08,
               "the second example is not that of AXI");
  endfunction

  /// Operation by operation, on all sizes and at each place of the bus. False: that was all.
  function automatic bit issue_operation();
    // verilator no_inline_task
    int unsigned     bytes = 1 << place[6:5];
    longint unsigned addr = Window + 64'h100 + 64'(place[4:0]);
    longint unsigned data = {u_board.random32(), u_board.random32()};
    if (operation > 32'(Compare)) return 1'b0;
    if ((addr & (64'(bytes) - 1)) == 0) begin
      if (6'(operation) == Compare && place[4]) data = u_board.model_value(addr, bytes);
      u_board.issue_atomic(6'(operation), addr, bytes, data, ~data, Okay);
    end
    place++;
    if (place < 128) return 1'b1;
    place = 0;
    operation++;
    // Big-endian ones have their place among the random transactions.
    if (operation[3] && operation[5:4] != 2'b11) operation += 8;
    return 1'b1;
  endfunction

  // ---- Refusals --------------------------------------------------------------------------------

  /// An atomic needs a window for reads and writes.
  function automatic void issue_in_windows();
    // verilator no_inline_task
    u_port.expect_window_errors(1'b1);
    u_port.allow_none();
    u_port.allow(Window, Window + 64'hfff, 1'b1, 1'b1);
    u_port.allow(Window + 64'h1000, Window + 64'h1fff, 1'b1, 1'b0);
    u_port.allow(Window + 64'h2000, Window + 64'h2fff, 1'b0, 1'b1);
    for (longint unsigned page = Window; page < Window + 64'h4000; page += 64'h1000) begin
      logic [1:0] response = page == Window ? Okay : DecErr;
      u_board.issue_atomic(LoadAdd, page + 8, 8, 64'd1, 64'd0, response);
      u_board.issue_atomic(Compare, page + 64'hff8, 8, 64'd1, 64'd0, response);
      u_board.issue_atomic(StoreAdd, page + 16, 4, 64'd1, 64'd0, response);
    end
  endfunction

  function automatic void end_windows();
    // verilator no_inline_task
    check_that(u_port.window_errors() == 9, "accesses outside the windows are not counted right");
    u_port.allow_all();
    u_port.expect_window_errors(1'b0);
  endfunction

  /// Injected errors reach B and R, and memory stays as it is.
  function automatic void issue_injected();
    // verilator no_inline_task
    qdpi_port_pkg::behaviour_t behaviour = qdpi_port_pkg::Ideal;
    behaviour.error_first = Window + 64'h3000;
    behaviour.error_last = Window + 64'h3007;
    u_port.configure(behaviour);
    u_board.issue_atomic(Swap, Window + 64'h3004, 4, 64'h55, 64'd0, SlvErr);
    u_board.issue_atomic(StoreAdd, Window + 64'h3000, 8, 64'h55, 64'd0, SlvErr);
    u_board.issue_atomic(Swap, Window + 64'h3008, 4, 64'h55, 64'd0, Okay);
  endfunction

  bit drop_strobe;  // of the first byte of an illegal atomic

  /// An atomic that AXI does not have: SLVERR on B and on all of R, and nothing is changed.
  function automatic void issue_illegal(input logic [5:0] atop, input longint unsigned addr,
                                        input int unsigned len, input int unsigned size,
                                        input logic [1:0] burst, input int unsigned read_beats);
    // verilator no_inline_task
    int unsigned slot;
    u_board.next_id = u_board.free_id(1'b1);
    u_board.next_addr = addr;
    u_board.next_atop = atop;
    u_board.next_len = len;
    u_board.next_size = size;
    u_board.next_burst = burst;
    u_board.put_payload(0, 8, 64'h0101_0101_0101_0101);
    u_board.put_beats();
    if (drop_strobe) u_board.u_manager.new_strb[0] &= u_board.u_manager.new_strb[0] - BusBytes'(1);
    slot = u_board.issue(1'b1, read_beats, addr, addr, SlvErr);
  endfunction

  /// Issue test `index`, from 0, of those that break a rule; which rule is that?
  function automatic rule_e issue_rule_test(input int unsigned index);
    // verilator no_inline_task
    int unsigned narrow = BusSize - 1;
    int unsigned wide_beats = BusBytes < 32 ? 32 / BusBytes : 1;  // of 32 bytes
    u_board.next_lock = index == 16;
    drop_strobe = index == 14 || index == 15;
    case (index)
      0: issue_illegal(6'b00_0001, Window, 0, 2, Incr, 0);
      1: issue_illegal(6'b11_0010, Window, 0, 2, Incr, 1);
      2: issue_illegal(6'b11_1111, Window, 0, 2, Incr, 1);
      3: issue_illegal(Swap, Window, wide_beats - 1, BusBytes < 32 ? BusSize : 5, Incr, wide_beats);
      4: issue_illegal(Compare, Window, 0, 0, Incr, 1);
      // In several beats, but narrow ones.
      5: issue_illegal(LoadAdd, Window, 1, narrow, Incr, 2);
      6: issue_illegal(Compare, Window, 1, narrow, Incr, 1);
      7: issue_illegal(LoadAdd, Window + 2, 0, 2, Incr, 1);
      8: issue_illegal(Compare, Window + 1, 0, 2, Wrap, 1);
      9: issue_illegal(Swap, Window, 0, 2, Fixed, 1);
      10: issue_illegal(Swap, Window, 0, 2, Wrap, 1);
      11: issue_illegal(LoadAdd, Window, 0, 2, 2'b11, 1);
      12: issue_illegal(Compare, Window + 2, 0, 2, Incr, 1);
      13: issue_illegal(Compare, Window, 0, 2, Wrap, 1);
      14: issue_illegal(LoadAdd, Window, 0, 2, Incr, 1);
      15: issue_illegal(StoreAdd, Window, 0, 2, Incr, 0);
      default: issue_illegal(Swap, Window, 0, 2, Incr, 1);
    endcase
    if (index < 3) return AwAtomicEncoding;
    if (index < 7) return AwAtomicSize;
    if (index < 9) return AwAtomicAlignment;
    if (index == 11) return AwBurstReserved;
    if (index < 14) return AwAtomicBurst;
    if (index < 16) return WAtomicStrobe;
    return AwAtomicExclusive;
  endfunction

  rule_e broken;

  /// One test after the other, each when the one before has been answered. False: that was all.
  function automatic bit issue_rules();
    // verilator no_inline_task
    if (u_board.under_way() != 0) return 1'b1;
    if (rule_test != 0) begin
      check_that(times_broken(broken) == rule_count + 1, "the checker did not say it once");
    end
    if (rule_test == 17) begin
      u_board.next_lock = 1'b0;
      drop_strobe = 1'b0;
      tolerate_rules(1'b0);
      return 1'b0;
    end
    tolerate_rules(1'b1);
    broken = issue_rule_test(rule_test);
    rule_count = times_broken(broken);
    rule_test++;
    return 1'b1;
  endfunction

  function automatic int unsigned times_broken(input rule_e rule);
    return u_port.g_checker.u_checker.u_rules.count(rule);
  endfunction

  function automatic void tolerate_rules(input bit tolerated);
    // verilator no_inline_task
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    for (int unsigned rule = 0; tolerated && rule < Rules; rule++) begin
      u_port.g_checker.u_checker.u_rules.tolerate(rule_e'(rule));
    end
  endfunction

  // ---- Among others ----------------------------------------------------------------------------

  /// Exclusive access to 8 bytes, which atomics end.
  function automatic void issue_exclusive(input bit is_write, input logic [1:0] response);
    // verilator no_inline_task
    int unsigned slot;
    u_board.next_id = 6'd1;
    u_board.next_addr = Window;
    u_board.next_len = BusBytes < 8 ? 8 / BusBytes - 1 : 0;
    u_board.next_size = BusBytes < 8 ? BusSize : 3;
    u_board.next_burst = Incr;
    u_board.next_lock = 1'b1;
    u_board.next_atop = '0;
    u_board.put_payload(0, 8, 64'h1234_5678_9abc_def0);
    u_board.put_beats();
    slot = u_board.issue(is_write, is_write ? 0 : u_board.next_len + 1, Window, Window + 7,
                         response);
    if (is_write && response == ExOkay) u_board.set_model(Window, 8, 64'h1234_5678_9abc_def0);
  endfunction

  /// Many atomics, with all their B and none of their R taken: the port runs out of places before
  /// it accepts one that it has none for.
  function automatic bit issue_unread();
    // verilator no_inline_task
    u_board.u_manager.r_chance = 0;
    if (place < 48) begin
      u_board.issue_atomic(LoadAdd, Window + 64'h200 + (64'(place) << 3 & 64'h18), 8, 64'(place),
                           64'd0, Okay);
    end
    place++;
    if (place < 400) return 1'b1;
    u_board.u_manager.r_chance = 100;
    return 1'b0;
  endfunction

  function automatic bit issue_random();
    // verilator no_inline_task
    longint unsigned issued = u_board.u_manager.issued;
    if (issued >= random_target) begin
      u_board.u_manager.set_chances(100);
      return 1'b0;
    end
    if (issued % 64 == 0) u_board.u_manager.set_chances(20 + 40 * u_board.below(3));
    if (u_board.under_way() < 60) begin
      if (u_board.chance(65)) u_board.random_atomic();
      else u_board.random_burst();
    end
    return 1'b1;
  endfunction

  // ---- The run ---------------------------------------------------------------------------------

  /// What a stage issues at once.
  function automatic void begin_stage();
    // verilator no_inline_task
    place = 0;
    case (stage)
      StageExampleSingle: issue_example_single();
      StageExampleDouble: issue_example_double();
      StageWindows:       issue_in_windows();
      StageInjected:      issue_injected();
      StageReserve:       issue_exclusive(1'b0, ExOkay);
      StageAtomic:        u_board.issue_atomic(LoadAdd, Window + 4, 4, 64'd0, 64'd0, Okay);
      StageNotExclusive:  issue_exclusive(1'b1, Okay);
      StageReserveAgain:  issue_exclusive(1'b0, ExOkay);
      StageExclusive:     issue_exclusive(1'b1, ExOkay);
      StageRandom:        random_target = u_board.u_manager.issued + 64'(random_count);
      StageNoAtomics:     issue_illegal(StoreAdd, Window, 0, 2, Incr, 0);
      default: ;
    endcase
  endfunction

  /// What it issues from clock to clock, while there are IDs. False: no more.
  function automatic bit continue_stage();
    // verilator no_inline_task
    if (u_board.under_way() >= 62) return 1'b1;
    if (stage == StageOperations) return issue_operation();
    if (stage == StageReadPlaces) return issue_unread();
    if (stage == StageRules) return issue_rules();
    if (stage == StageRandom) return issue_random();
    return 1'b0;
  endfunction

  function automatic void end_stage();
    // verilator no_inline_task
    u_board.u_model.check_all();
    case (stage)
      StageExampleSingle: expect_memory(Window, 64'h8877_6655_4433_e111);
      StageExampleDouble: expect_memory(Window + 8, 64'h0102_0304_0506_0708);
      StageWindows:       end_windows();
      StageInjected:      u_port.configure(qdpi_port_pkg::Ideal);
      StageExclusive:     expect_memory(Window, 64'h1234_5678_9abc_def0);
      StageRandom:        end_random();
      StageNoAtomics: begin
        if (errors == 0) $display("QDPI AWATOP REFUSED");
      end
      default: ;
    endcase
  endfunction

  function automatic void end_random();
    // verilator no_inline_task
    check_that(u_port.u_engine.u_core.transactions(qdpi_port_pkg::KindAtomic)
               == 64'(u_board.atomics_done), "the port counts its atomics wrong");
    check_that(random_count < 500 || (u_board.b_first != 0 && u_board.r_first != 0
                                      && u_board.equal_count > 10 && u_board.refusals > 20),
               "the random transactions miss something");
    $display("%0d atomics, %0d of them refused, %0d comparisons equal; %0d had B before R, %0d after",
             u_board.atomics_done, u_board.refusals, u_board.equal_count, u_board.b_first,
             u_board.r_first);
    if (errors == 0) $display("QDPI TEST PASSED");
  endfunction

  function automatic void start();
    // verilator no_inline_task
    longint unsigned ram_bytes;
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("transactions=%d", random_count) == 0) random_count = 3000;
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    bridge = dpi_open_or_fatal("");
    u_port.attach(bridge);
    u_board.start(bridge, ram_bytes, 64'(seed));
    operation = 16;
    stage = PortAtomics ? StageExampleSingle : StageNoAtomics;
    begin_stage();
    is_started = 1'b1;
  endfunction

  /// On every clock, between two rising edges.
  function automatic void step();
    // verilator no_inline_task
    idle_clocks++;
    if (u_board.collect() != 0) idle_clocks = 0;
    if (idle_clocks > 20_000) begin
      u_board.report_hang();
      $fatal(1, "no response for 20000 clocks");
    end
    was_more = continue_stage();
    if (was_more || u_board.under_way() != 0) return;
    end_stage();
    if (stage == StageRandom || stage == StageNoAtomics) begin
      stage = StageEnd;
      u_port.report();
      $finish;
      return;
    end
    stage = stage_e'(stage + 1);
    begin_stage();
  endfunction

  always @(negedge clk_i) begin
    if (rst_ni && stage != StageEnd) begin
      if (!is_started) start();
      step();
    end
  end

endmodule
