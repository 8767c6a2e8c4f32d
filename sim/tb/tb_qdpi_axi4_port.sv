// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of qdpi_axi4_port against a byte-wise model of AXI4's bursts, with guest memory checked
/// both through the port and through the bridge behind its back. Needs a RAM file with machine=pc.
/// The port's own plusargs (+qdpi.read_latency_max=20 ...) may be given too.
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N      its size (16 MiB)
///   +seed=N           of the random bursts (1)
///   +transactions=N   random bursts, half of them reads (2400)
///   +only=random      leave out the directed tests, for long runs
///   +expect=errors    the port injects SLVERR and DECERR: they may stand for OKAY, and a refused
///                     write must have changed nothing
///   +expect=flips     the port flips read data: each flip must be seen, and nothing else
///   +violate=RULE     instead of the tests break one rule: boundary, size, reserved, fixed,
///                     wrap_length, wrap_align, lock_length, lock_bytes, lock_align, strobe,
///                     early_last, late_last or attach. Ends without the sentinel, with QDPI VIOLATION
///                     ANSWERED if the port did what it should: $error, SLVERR, no write.
///
/// At the end of the directed tests the RAM file is truncated, and the port must answer SLVERR.
module tb_qdpi_axi4_port #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import tb_ram_file_pkg::*;

  // Functions that are not inlined, which keeps the model small, use what is below; they are called
  // from the one process of the test and read no signal.
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL

  localparam int unsigned AddrWidth = 40;
  localparam int unsigned IdWidth = 4;
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);
  // The port's default, or more than a checker by itself has room for.
  localparam int unsigned WriteBufferBeats = DataWidth == 64 ? 1100 : 256;

  localparam logic [1:0] Fixed = 2'b00, Incr = 2'b01, Wrap = 2'b10;
  localparam logic [1:0] Okay = 2'b00, ExOkay = 2'b01, SlvErr = 2'b10;

  // From an edge to what the port shows at it, as the manager sees it.
  localparam int unsigned BusClocks = 1;

  localparam longint unsigned PageBytes = 4096;
  localparam longint unsigned Hole = 64'ha_0000, Rom = 64'hc_0000, RomEnd = 64'h10_0000;
  localparam longint unsigned Window = 64'h20_0000;
  localparam longint unsigned WindowPages = 16;

  bit                   reset_request;
  logic                 tb_reset_n;
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic                 rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                 bridge_lost;
  logic [IdWidth-1:0]   awid, bid, arid, rid;
  logic [AddrWidth-1:0] awaddr, araddr;
  logic [7:0]           awlen, arlen;
  logic [2:0]           awsize, arsize;
  logic [1:0]           awburst, arburst, bresp, rresp;
  logic                 awlock, arlock;
  logic                 awvalid, awready, wvalid, wready, wlast, bvalid, bready;
  logic                 arvalid, arready, rvalid, rready, rlast;
  logic [DataWidth-1:0] wdata, rdata;
  logic [BusBytes-1:0]  wstrb;
  logic                 buser, ruser;

  chandle               bridge;
  longint unsigned      ram_bytes;
  int unsigned          errors;

  // Bytes that random writes put into the model when it is known which of them were carried out.
  bit                   defer;
  int unsigned          later_index [$];
  byte unsigned         later_value [$];
  int unsigned          later_write [$];
  int unsigned          new_index   [$];  // of the write that is being issued
  byte unsigned         new_value   [$];

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_axi4_port #(
    .AddrWidth       (AddrWidth),
    .DataWidth       (DataWidth),
    .IdWidth         (IdWidth),
    .WriteBufferBeats(WriteBufferBeats),
    .Name            ("port")
  ) u_port (
    .clk_i,
    .rst_ni        (rst_n),
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
    .axi_awatop_i  (6'd0),
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

  tb_axi4_manager #(.AddrWidth(AddrWidth), .DataWidth(DataWidth), .IdWidth(IdWidth)) u_manager (
    .clk_i,
    .rst_ni       (rst_n),
    .axi_awid_o   (awid),
    .axi_awaddr_o (awaddr),
    .axi_awlen_o  (awlen),
    .axi_awsize_o (awsize),
    .axi_awburst_o(awburst),
    .axi_awlock_o (awlock),
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

  qdpi_axi4_coverage #(
    .AddrWidth    (AddrWidth),
    .DataWidth    (DataWidth),
    .IdWidth      (IdWidth),
    .MaxAheadBeats(WriteBufferBeats)
  ) u_coverage (
    .clk_i,
    .rst_ni(rst_n),
    .axi_awid_i(awid),
    .axi_awaddr_i(awaddr),
    .axi_awlen_i(awlen),
    .axi_awsize_i(awsize),
    .axi_awburst_i(awburst),
    .axi_awatop_i(6'd0),
    .axi_awvalid_i(awvalid),
    .axi_awready_i(awready),
    .axi_wstrb_i(wstrb),
    .axi_wvalid_i(wvalid),
    .axi_wready_i(wready),
    .axi_bid_i(bid),
    .axi_bresp_i(bresp),
    .axi_bvalid_i(bvalid),
    .axi_bready_i(bready),
    .axi_arid_i(arid),
    .axi_araddr_i(araddr),
    .axi_arlen_i(arlen),
    .axi_arsize_i(arsize),
    .axi_arburst_i(arburst),
    .axi_arvalid_i(arvalid),
    .axi_arready_i(arready),
    .axi_rid_i(rid),
    .axi_rresp_i(rresp),
    .axi_rvalid_i(rvalid),
    .axi_rready_i(rready)
  );

  tb_axi4_model u_model ();

  // ---- The bursts ------------------------------------------------------------------------------

  function automatic void wrong(input string what);
    // verilator no_inline_task
    errors++;
    $error("%s", what);
  endfunction

  /// Issue a burst and what must come of it, byte by byte as in A3.4.2. `strobe_percent`: how many
  /// of the legal lanes of a write are strobed. `lock`: 0 none, 1 exclusive and to succeed, 2
  /// exclusive and to fail.
  function automatic void issue_burst(input bit is_write, input logic [3:0] id,
                                      input longint unsigned addr, input int unsigned beats,
                                      input logic [2:0] size, input logic [1:0] burst,
                                      input int unsigned strobe_percent, input int unsigned lock);
    // verilator no_inline_task
    longint unsigned      bytes = 64'd1 << size;
    longint unsigned      total = 64'(beats) * bytes;
    longint unsigned      bottom = addr - addr % total;
    longint unsigned      first = burst == Wrap ? bottom : addr;
    longint unsigned      last = burst == Wrap ? bottom + total - 1 :
                                 burst == Fixed ? addr - addr % bytes + bytes - 1 :
                                 addr - addr % bytes + total - 1;
    logic [1:0]           resp = u_model.mapped(is_write, first, last);
    longint unsigned      from = addr;
    longint unsigned      next;
    int unsigned          index, place, number;
    logic [DataWidth-1:0] data;
    logic [BusBytes-1:0]  lanes;
    bit                   takes_effect = resp == Okay && lock != 2;
    bit                   any_strobe = 1'b0;

    if (resp == Okay) index = u_model.index_of(first);
    if (is_write) u_manager.push_aw(id, AddrWidth'(addr), 8'(beats - 1), size, burst, lock != 0);
    else u_manager.push_ar(id, AddrWidth'(addr), 8'(beats - 1), size, burst, lock != 0);
    new_index.delete();
    new_value.delete();
    for (int unsigned beat = 0; beat < beats; beat++) begin
      for (int unsigned i = 0; i < BusBytes; i++) data[8*i+:8] = 8'(u_manager.random32());
      lanes = '0;
      next = from - from % bytes + bytes;
      for (longint unsigned gpa = from; gpa < next; gpa++) begin
        int unsigned lane = 32'(gpa % 64'(BusBytes));
        place = index + 32'(gpa - first);
        lanes[lane] = !is_write || u_manager.chance(strobe_percent);
        if (!is_write) begin
          data[8*lane+:8] = resp == Okay ? u_model.bytes[place] : 8'h00;
        end else if (lanes[lane] && takes_effect && !defer) begin
          u_model.bytes[place] = data[8*lane+:8];
        end else if (lanes[lane] && takes_effect) begin
          new_index.push_back(place);
          new_value.push_back(data[8*lane+:8]);
        end
      end
      any_strobe |= lanes != '0;
      if (is_write) u_manager.push_w(data, lanes, beat == beats - 1);
      else u_manager.expect_r(id, data, lanes, resp == Okay && lock == 1 ? ExOkay : resp,
                              beat == beats - 1);
      if (burst != Fixed) from = next;
      if (burst == Wrap && from == bottom + total) from = bottom;
    end
    if (is_write) begin
      // Without a strobe nothing is asked of the guest, whatever stands there.
      if (!any_strobe) resp = Okay;
      number = u_manager.expect_b(id, resp == Okay && lock == 1 ? ExOkay : resp);
      while (new_index.size() != 0) begin
        later_index.push_back(new_index.pop_front());
        later_value.push_back(new_value.pop_front());
        later_write.push_back(number);
      end
    end
  endfunction

  /// An ordinary burst.
  function automatic void issue(input bit is_write, input logic [3:0] id,
                                input longint unsigned addr, input int unsigned beats,
                                input logic [2:0] size, input logic [1:0] burst,
                                input int unsigned strobe_percent);
    // verilator no_inline_task
    issue_burst(is_write, id, addr, beats, size, burst, strobe_percent, 0);
  endfunction

  /// Put into the model what the writes have written whose response was no error.
  function automatic void settle();
    // verilator no_inline_task
    while (later_index.size() != 0) begin
      if (u_manager.b_was_okay(later_write[0])) u_model.bytes[later_index[0]] = later_value[0];
      later_index.delete(0);
      later_value.delete(0);
      later_write.delete(0);
    end
    u_manager.forget_answers();
  endfunction

  /// A length, with the short ones, the powers of 2 and the longest as frequent as all others.
  function automatic int unsigned random_beats();
    // verilator no_inline_task
    case (u_manager.random32() % 8)
      0:       return 1;
      1:       return 2;
      2:       return 3 + u_manager.random32() % 2;
      3:       return 5 + u_manager.random32() % 4;
      4:       return 9 + u_manager.random32() % 8;
      5:       return 17 + u_manager.random32() % 48;
      6:       return 65 + u_manager.random32() % 191;
      default: return u_manager.chance(30) ? 256 : 1;
    endcase
  endfunction

  /// A page: mostly one of the window's [first_page, first_page + pages), at times one at an edge.
  function automatic longint unsigned random_page(input longint unsigned first_page,
                                                  input longint unsigned pages);
    // verilator no_inline_task
    if (u_manager.chance(6)) begin
      case (u_manager.random32() % 3)
        0:       return Hole;
        1:       return Rom;
        default: return RomEnd - PageBytes;
      endcase
    end
    return Window + (first_page + 64'(u_manager.random32()) % pages) * PageBytes;
  endfunction

  /// A legal random burst inside pages [first_page, first_page + pages) of the window.
  function automatic void issue_random(input bit is_write, input longint unsigned first_page,
                                       input longint unsigned pages);
    // verilator no_inline_task
    logic [2:0]      size = 3'(u_manager.random32() % (MaxSize + 1));
    logic [1:0]      burst = Incr;
    int unsigned     beats = random_beats();
    int unsigned     strobe_percent = 100;
    longint unsigned bytes, slots, gpa;

    if (u_manager.chance(30)) size = 3'(MaxSize);
    if (u_manager.chance(50)) burst = u_manager.chance(50) ? Fixed : Wrap;
    if (burst == Fixed) beats = 1 + (beats - 1) % 16;
    if (burst == Wrap) beats = 2 << (u_manager.random32() % 4);
    bytes = 64'd1 << size;
    if (64'(beats) * bytes > PageBytes) beats = 32'(PageBytes / bytes);
    slots = burst == Incr ? PageBytes / bytes - 64'(beats) + 1 : PageBytes / bytes;
    gpa = random_page(first_page, pages) + 64'(u_manager.random32()) % slots * bytes;
    if (burst != Wrap && u_manager.chance(50)) gpa += 64'(u_manager.random32()) % bytes;
    if (u_manager.chance(10)) strobe_percent = 0;
    else if (u_manager.chance(50)) strobe_percent = u_manager.random32() % 101;
    issue(is_write, 4'(u_manager.random32()), gpa, beats, size, burst, strobe_percent);
  endfunction

  // ---- The tests -------------------------------------------------------------------------------

  task automatic drain();
    while (!u_manager.idle()) @(posedge clk_i);
  endtask

  /// Random bursts at random pace: writes to one half of the window while reads check the other.
  task automatic test_random(input int unsigned transactions);
    defer = 1'b1;
    for (int unsigned round = 0; round * 80 < transactions; round++) begin
      longint unsigned write_half = round[0] ? 8 : 0;
      u_manager.set_pace(5 + u_manager.random32() % 96, 5 + u_manager.random32() % 96,
                         5 + u_manager.random32() % 96, 5 + u_manager.random32() % 96,
                         5 + u_manager.random32() % 96);
      if (u_manager.chance(50)) u_manager.set_pace(100, 100, 100, 100, 100);
      for (int i = 0; i < 40; i++) issue_random(1'b1, write_half, 8);
      for (int i = 0; i < 40; i++) issue_random(1'b0, 8 - write_half, 8);
      drain();
      settle();
      u_model.check_all();
    end
    defer = 1'b0;
  endtask

  /// Exclusive pairs (A7.2) of every legal size and length: nothing in between, so that they succeed;
  /// another write of the port, or the guest, in between, so that they fail; and another ID's pair.
  /// Those of a fixed address always fail.
  task automatic test_exclusive(input int unsigned rounds);
    u_manager.set_pace(100, 100, 100, 100, 100);
    for (int unsigned round = 0; round < rounds; round++) begin
      logic [2:0]      size = 3'(u_manager.random32() % (MaxSize + 1));
      int unsigned     beats = 1 << (u_manager.random32() % 5);
      longint unsigned bytes = 64'd1 << size;
      logic [1:0]      burst;
      longint unsigned gpa;
      logic [3:0]      id = 4'(u_manager.random32());
      int unsigned     between = u_manager.random32() % 4;
      int unsigned     best;

      while (64'(beats) * bytes > 128) beats /= 2;
      // Fixed, Incr or Wrap.
      burst = 2'(u_manager.random32() % (beats > 1 ? 3 : 2));
      gpa = Window + 64'(u_manager.random32()) % (PageBytes / 128) * 128;
      best = burst == Fixed ? 2 : 1;
      issue_burst(1'b0, id, gpa, beats, size, burst, 100, best);
      drain();
      case (between)
        1: rewrite(id + 4'd1, gpa + 64'(beats) * bytes - 1);
        2: change_behind(gpa);
        3: begin
          issue_burst(1'b0, id + 4'd1, gpa, beats, size, burst, 100, best);
          drain();
          issue_burst(1'b1, id + 4'd1, gpa, beats, size, burst, 100, best);
        end
        default: ;
      endcase
      drain();
      issue_burst(1'b1, id, gpa, beats, size, burst, u_manager.random32() % 3 * 50,
                  between == 0 ? best : 2);
      drain();
      // The reservation is gone either way, also if memory is still what was read.
      issue_burst(1'b1, id, gpa, beats, size, burst, 100, 2);
      drain();
      u_model.check_all();
    end
  endtask

  /// An exclusive write that nothing was reserved for asks nothing of the guest: it fails, whatever
  /// stands there.
  task automatic test_unreserved(input longint unsigned gpa);
    u_manager.push_aw(4'h7, AddrWidth'(gpa), 8'd0, 3'(MaxSize), Incr, 1'b1);
    u_manager.push_w('1, '1, 1'b1);
    void'(u_manager.expect_b(4'h7, Okay));
    drain();
  endtask

  /// The port writes what is there already.
  function automatic void rewrite(input logic [3:0] id, input longint unsigned gpa);
    // verilator no_inline_task
    u_manager.push_aw(id, AddrWidth'(gpa), 8'd0, 3'd0, Incr, 1'b0);
    u_manager.push_w({BusBytes{u_model.bytes[u_model.index_of(gpa)]}},
                     BusBytes'(1) << (gpa % 64'(BusBytes)), 1'b1);
    void'(u_manager.expect_b(id, Okay));
  endfunction

  /// The guest changes a byte.
  function automatic void change_behind(input longint unsigned gpa);
    // verilator no_inline_task
    int unsigned index = u_model.index_of(gpa);
    u_model.bytes[index] ^= 8'h80;
    `QDPI_OR_FATAL(bridge, dpi_mem_write8(bridge, gpa, u_model.bytes[index]))
  endfunction

  /// Writes whose data is taken before the address is shown, up to the longest burst; the reverse;
  /// and as many beats ahead of their addresses as the port takes.
  task automatic test_write_order();
    u_manager.set_pace(50, 80, 50, 50, 50);
    for (int order = 0; order < 2; order++) begin
      u_manager.reset_counts();
      u_manager.data_first = order == 0;
      u_manager.address_first = order == 1;
      issue(1'b1, 4'h1, Window, 256, 3'd0, Incr, 100);
      for (int i = 0; i < 100; i++) issue_random(1'b1, 0, WindowPages);
      drain();
      u_model.check_all();
    end
    u_manager.address_first = 1'b0;
    u_manager.set_pace(0, 100, 100, 100, 100);
    u_manager.reset_counts();
    for (int unsigned i = 0; i <= WriteBufferBeats; i++) begin
      issue(1'b1, 4'(i), Window + 64'(i * BusBytes) % PageBytes, 1, 3'(MaxSize), Incr, 100);
    end
    repeat (WriteBufferBeats + 10) @(posedge clk_i);
    if (u_manager.w_beats != WriteBufferBeats) begin
      wrong($sformatf("%0d beats were taken ahead of their addresses, not %0d", u_manager.w_beats,
                      WriteBufferBeats));
    end
    u_manager.set_pace(100, 100, 100, 100, 100);
    drain();
    u_model.check_all();
  endtask

  /// A read that starts on the clock after a response sees what that write wrote (A6).
  task automatic test_read_after_write();
    u_manager.set_pace(100, 100, 100, 100, 100);
    u_manager.reset_counts();
    u_manager.read_after_write = 1'b1;
    for (longint unsigned i = 0; i < 256; i++) begin
      issue(1'b1, 4'(i), Window + i * 256 + i % 8, 1 + 32'(i) % 2, 3'(MaxSize), Incr, 100);
      issue(1'b0, 4'(i), Window + i * 256 + i % 8, 1 + 32'(i) % 2, 3'(MaxSize), Incr, 100);
    end
    drain();
    u_manager.read_after_write = 1'b0;
    u_model.check_all();
  endtask

  /// The knob interleave changes while reads are half-way: each gives its own data to the end.
  task automatic test_interleave();
    qdpi_port_pkg::behaviour_t wanted = qdpi_port_pkg::Ideal;
    u_manager.set_pace(100, 100, 100, 100, 100);
    wanted.read_data_valid = 80;
    for (int i = 0; i < 200; i++) issue_random(1'b0, 0, WindowPages);
    while (!u_manager.idle()) begin
      wanted.interleave = 1 - wanted.interleave;
      u_port.configure(wanted);
      repeat (1 + u_manager.random32() % 32) @(posedge clk_i);
    end
    u_port.configure(qdpi_port_pkg::Ideal);
  endtask

  /// Answers overtake each other, and beats alternate, if the knobs say so and not otherwise.
  task automatic test_order_knobs();
    qdpi_port_pkg::behaviour_t wanted = qdpi_port_pkg::Ideal;
    u_manager.set_pace(100, 100, 100, 100, 100);
    wanted.read_latency_max = 40;
    wanted.write_latency_max = 40;
    for (int knob = 0; knob < 3; knob++) begin
      wanted.reorder = knob == 1 ? 1 : 0;
      wanted.interleave = knob == 2 ? 1 : 0;
      u_port.configure(wanted);
      u_manager.reset_counts();
      for (int i = 0; i < 100; i++) begin
        issue_random(1'b1, 0, WindowPages / 2);
        issue_random(1'b0, WindowPages / 2, WindowPages / 2);
      end
      drain();
      if ((u_manager.b_overtakes != 0) != (knob == 1) || (u_manager.r_overtakes != 0) != (knob != 0)
          || (u_manager.r_switches != 0) != (knob == 2)) begin
        wrong($sformatf("reorder %0d, interleave %0d: %0d responses, %0d beats overtook, %0d between",
                        wanted.reorder, wanted.interleave, u_manager.b_overtakes,
                        u_manager.r_overtakes, u_manager.r_switches));
      end
    end
    u_port.configure(qdpi_port_pkg::Ideal);
    u_model.check_all();
  endtask

  /// Clocks from the last data of one write to its response, and from one read to its data.
  task automatic measure_latency(output longint unsigned write, output longint unsigned read);
    u_manager.reset_counts();
    issue(1'b1, 4'h1, Window, 2, 3'(MaxSize), Incr, 100);
    issue(1'b0, 4'h2, Window + PageBytes, 2, 3'(MaxSize), Incr, 100);
    drain();
    write = u_manager.b_last_clock - u_manager.w_last_clock;
    read = u_manager.r_first_clock - u_manager.ar_last_clock;
  endtask

  /// Latencies are those of the knobs, from one end of the range to the other; and so is the number
  /// of transactions under way.
  task automatic test_latency_knobs();
    qdpi_port_pkg::behaviour_t wanted = qdpi_port_pkg::Ideal;
    longint unsigned write, read;
    bit [31:0]       writes = '0, reads = '0;
    u_manager.set_pace(100, 100, 100, 100, 100);
    wanted.read_latency_min = 5;
    wanted.read_latency_max = 9;
    wanted.write_latency_min = 12;
    wanted.write_latency_max = 17;
    u_port.configure(wanted);
    for (int i = 0; i < 120; i++) begin
      measure_latency(write, read);
      writes[5'(write)] = 1'b1;
      reads[5'(read)] = 1'b1;
    end
    if (writes != 32'h0003_f000 << BusClocks || reads != 32'h0000_03e0 << BusClocks) begin
      wrong($sformatf("latencies of writes %b, of reads %b", writes, reads));
    end
    wanted.read_latency_max = 0;
    wanted.read_latency_min = 300;
    wanted.write_latency_max = 0;
    wanted.write_latency_min = 300;
    wanted.max_reads = 2;
    wanted.max_writes = 3;
    u_port.configure(wanted);
    u_manager.reset_counts();
    for (int unsigned i = 0; i < 8; i++) begin
      issue(1'b1, 4'(i), Window, 1, 3'(MaxSize), Incr, 100);
      issue(1'b0, 4'(i), Window + PageBytes, 1, 3'(MaxSize), Incr, 100);
    end
    repeat (100) @(posedge clk_i);
    if (u_manager.ar_taken != 2 || u_manager.aw_taken != 3) begin
      wrong($sformatf("%0d reads and %0d writes under way", u_manager.ar_taken,
                      u_manager.aw_taken));
    end
    u_port.configure(qdpi_port_pkg::Ideal);
    drain();
    u_model.check_all();
  endtask

  /// One beat per clock in both directions at once, from burst to burst.
  task automatic test_throughput(input int unsigned beats);
    int unsigned bursts = 4096 / beats;
    real         w_rate, r_rate;
    u_manager.set_pace(100, 100, 100, 100, 100);
    u_manager.reset_counts();
    for (int unsigned i = 0; i < bursts; i++) begin
      longint unsigned offset = 64'(i * beats * BusBytes) % (8 * PageBytes);
      issue(1'b1, 4'(i), Window + offset, beats, 3'(MaxSize), Incr, 100);
      issue(1'b0, 4'(i), Window + 8 * PageBytes + offset, beats, 3'(MaxSize), Incr, 100);
    end
    drain();
    w_rate = real'(u_manager.w_beats) / real'(u_manager.w_last_clock - u_manager.w_first_clock + 1);
    r_rate = real'(u_manager.r_beats) / real'(u_manager.r_last_clock - u_manager.r_first_clock + 1);
    $display("%0d-bit bus, bursts of %0d: %0.4f write and %0.4f read beats per clock", DataWidth,
             beats, w_rate, r_rate);
    if (w_rate < 0.99 || r_rate < 0.99) wrong("less than 0.99 beats per clock");
    if (u_manager.w_beats != bursts * beats || u_manager.r_beats != bursts * beats
        || u_manager.r_first_clock > u_manager.w_first_clock + 10) begin
      wrong("the directions did not run together");
    end
    u_model.check_all();
  endtask

  /// What the memory map refuses: responses, and nothing changed. No legal burst straddles the edge
  /// of a range, since these lie on 4 KiB boundaries; what would do so is +violate=boundary.
  task automatic test_refusals();
    longint unsigned write_errors = u_port.write_errors();
    longint unsigned read_errors = u_port.read_errors();
    int unsigned     beats = 16;

    u_manager.set_pace(60, 60, 60, 60, 60);
    for (int is_write = 1; is_write >= 0; is_write--) begin
      for (int unsigned size = 0; size <= MaxSize; size++) begin
        longint unsigned bytes = 64'd1 << size;
        issue(is_write == 1, 4'h1, Hole - bytes, 1, 3'(size), Incr, 100);
        issue(is_write == 1, 4'h2, Hole, 1, 3'(size), Incr, 100);
        issue(is_write == 1, 4'h3, Rom - bytes, 1, 3'(size), Incr, 100);
        issue(is_write == 1, 4'h4, Rom, 1, 3'(size), Incr, 100);
        issue(is_write == 1, 4'h5, RomEnd - bytes, 1, 3'(size), Incr, 100);
        issue(is_write == 1, 4'h6, RomEnd, 1, 3'(size), Incr, 100);
        issue(is_write == 1, 4'h7, ram_bytes - bytes, 1, 3'(size), Incr, 100);
        issue(is_write == 1, 4'h8, ram_bytes, 1, 3'(size), Incr, 100);
        issue(is_write == 1, 4'h9, 64'hff_ffff_ffff - bytes + 1, 1, 3'(size), Incr, 100);
      end
      issue(is_write == 1, 4'ha, Hole, beats, 3'(MaxSize), Incr, 100);
      issue(is_write == 1, 4'hb, Rom, beats, 3'(MaxSize), Wrap, 100);
      issue(is_write == 1, 4'hc, RomEnd, beats, 3'(MaxSize), Incr, 50);
      issue(is_write == 1, 4'hd, Rom, 3, 3'(MaxSize), Fixed, 100);
      drain();
    end
    u_model.check_all();
    test_unreserved(Hole);
    test_unreserved(Rom);
    u_model.check_all();
    if (u_port.write_errors() == write_errors || u_port.read_errors() == read_errors
        || u_port.last_write_refusal() == "" || u_port.last_read_refusal() == "") begin
      wrong("refused bursts were not counted and explained");
    end
  endtask

  /// Reset in the middle of traffic: silent and ready afterwards, nothing torn, nothing lost that
  /// was answered. Burst i writes slot i, so that memory tells how far it came.
  task automatic test_reset();
    // So many bytes that old and new ones are not taken for each other.
    int unsigned     beats = BusBytes < 8 ? 16 : 4;
    longint unsigned slot_bytes = 64'(beats) * 64'(BusBytes);
    for (int unsigned round = 0; round < 20; round++) begin
      longint unsigned slots = 32;
      int unsigned     clocks = 5 + u_manager.random32() % 120;
      int unsigned     answered, written;

      u_manager.set_pace(50, 70, 50, 50, 70);
      u_manager.reset_counts();
      for (longint unsigned i = 0; i < slots; i++) begin
        issue(1'b1, 4'(i), Window + i * slot_bytes, beats, 3'(MaxSize), Incr, 100);
        issue(1'b0, 4'(i), Window + 8 * PageBytes, 16, 3'd0, Incr, 100);
      end
      repeat (clocks) @(posedge clk_i);
      reset_request = 1'b1;
      repeat (3) @(posedge clk_i);
      answered = u_manager.b_count;
      u_manager.drop_all();
      reset_request = 1'b0;
      written = 0;
      for (longint unsigned i = 0; i < slots; i++) begin
        int unsigned new_bytes = 0, old_bytes = 0;
        for (longint unsigned b = 0; b < slot_bytes; b++) begin
          longint unsigned gpa = Window + i * slot_bytes + b;
          byte unsigned    found = 0;
          `QDPI_OR_FATAL(bridge, dpi_mem_read8(bridge, gpa, found))
          if (found == u_model.bytes[u_model.index_of(gpa)]) new_bytes++;
          else old_bytes++;
        end
        if (old_bytes == 0) begin
          written++;
          if (written != 32'(i) + 1) begin
            wrong($sformatf("slot %0d was written before an earlier one", i));
          end
        end else if (64'(new_bytes) > slot_bytes / 4) begin
          wrong($sformatf("slot %0d is torn: %0d of %0d bytes are new", i, new_bytes, slot_bytes));
        end
      end
      if (written < answered) begin
        wrong($sformatf("%0d bursts answered, %0d in memory", answered, written));
      end
      for (int unsigned i = 0; i < 18; i++) u_model.load(i);
      if (u_port.write_bursts() != 0 || u_port.read_beats() != 0) wrong("counters not cleared");
    end
    repeat (50) @(posedge clk_i);
    test_random(160);
  endtask

  /// The RAM file is truncated under the bridge: SLVERR, bridge_lost_o, and the simulation lives. What
  /// asks nothing of the guest does not find the bridge again.
  task automatic test_loss();
    lose_ram_file();
    u_model.ram_bytes = 0;
    u_manager.push_ar(4'h5, AddrWidth'(Window), 8'd3, 3'(MaxSize), Incr, 1'b0);
    for (int beat = 0; beat < 4; beat++) u_manager.expect_r(4'h5, '0, '1, SlvErr, beat == 3);
    drain();
    u_manager.push_aw(4'h6, AddrWidth'(Window), 8'd0, 3'(MaxSize), Incr, 1'b0);
    u_manager.push_w('1, '1, 1'b1);
    void'(u_manager.expect_b(4'h6, SlvErr));
    u_manager.push_aw(4'h7, AddrWidth'(Window), 8'd0, 3'(MaxSize), Incr, 1'b0);
    u_manager.push_w('1, '0, 1'b1);
    void'(u_manager.expect_b(4'h7, Okay));
    drain();
    if (!bridge_lost) wrong("bridge_lost_o is low");
    test_unreserved(Window);
    @(posedge clk_i);
    if (!bridge_lost) wrong("bridge_lost_o has fallen");
  endtask

  /// Break one rule of the specification.
  task automatic violate(input string rule);
    logic [2:0] size = 3'(MaxSize);
    u_manager.set_pace(100, 100, 100, 100, 100);
    case (rule)
      "strobe", "early_last", "late_last": begin
        u_manager.push_aw(4'h1, AddrWidth'(Window), 8'd1, rule == "strobe" ? 3'd0 : size, Incr,
                          1'b0);
        u_manager.push_w('1, rule == "strobe" ? BusBytes'(2) : '1, rule == "early_last");
        if (rule != "early_last") u_manager.push_w('1, BusBytes'(2), rule == "strobe");
        void'(u_manager.expect_b(4'h1, SlvErr));
      end
      default: begin
        logic [AddrWidth-1:0] addr = AddrWidth'(Window);
        logic [7:0]           len = 8'd1;
        logic [1:0]           burst = Incr;
        bit                   lock = 1'b0;
        case (rule)
          "boundary":    addr = addr + AddrWidth'(PageBytes) - AddrWidth'(BusBytes);
          "size":        size = size + 3'd1;
          "reserved":    burst = 2'b11;
          "fixed":       {burst, len} = {Fixed, 8'd16};
          "wrap_length": {burst, len} = {Wrap, 8'd2};
          "wrap_align":  {burst, addr} = {Wrap, AddrWidth'(Window) + AddrWidth'(1)};
          "lock_length": {lock, len, size} = {1'b1, 8'd31, 3'd0};
          "lock_bytes":  {lock, len} = {1'b1, 8'd2};
          "lock_align":  {lock, addr} = {1'b1, AddrWidth'(Window) + AddrWidth'(BusBytes)};
          "attach":      u_port.attach(null);
          default:       $fatal(1, "+violate=%s: no such rule", rule);
        endcase
        u_manager.push_aw(4'h1, addr, len, size, burst, lock);
        u_manager.push_ar(4'h2, addr, len, size, burst, lock);
        for (int unsigned beat = 0; beat <= 32'(len); beat++) begin
          logic [BusBytes-1:0] lanes = '1;
          if (rule == "wrap_align") lanes = '0;
          if (rule == "lock_length") lanes = BusBytes'(1) << (beat % BusBytes);
          u_manager.push_w('1, lanes, beat == 32'(len));
          u_manager.expect_r(4'h2, '0, '1, SlvErr, beat == 32'(len));
        end
        void'(u_manager.expect_b(4'h1, SlvErr));
      end
    endcase
    drain();
    u_model.check_all();
  endtask

  task automatic test_directed();
    test_write_order();
    test_read_after_write();
    test_interleave();
    test_order_knobs();
    test_latency_knobs();
    for (int unsigned beats = 1; beats <= 64 && beats * BusBytes <= 4096; beats *= 4) begin
      test_throughput(beats);
    end
    test_refusals();
    if (bridge_lost || buser || ruser) wrong("an output that must be low is high");
    test_exclusive(100);
    u_port.report();
    test_reset();
    test_loss();
  endtask

  /// What +expect= says that the port injects must have been seen.
  function automatic void check_faults(input string expected);
    // verilator no_inline_task
    if (expected == "errors" && (u_port.read_errors() == 0 || u_port.write_errors() == 0)) begin
      wrong("no errors were injected");
    end
    if (expected == "flips" && (u_manager.bursts_flipped == 0
                                || 64'(u_manager.bursts_flipped) != u_port.injected_flips())) begin
      wrong($sformatf("%0d bursts with flipped bits seen, %0d injected", u_manager.bursts_flipped,
                      u_port.injected_flips()));
    end
  endfunction

  initial begin : main
    int unsigned seed, transactions;
    string       rule, only, expected;

    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("transactions=%d", transactions) == 0) transactions = 2400;
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    if ($value$plusargs("violate=%s", rule) == 0) rule = "";
    if ($value$plusargs("only=%s", only) == 0) only = "";
    if ($value$plusargs("expect=%s", expected) == 0) expected = "";
    u_manager.seed(64'(seed));
    u_manager.errors_expected = expected == "errors";
    u_manager.flips_expected = expected == "flips";
    bridge = dpi_open_or_fatal("");
    u_port.attach(bridge);
    u_model.start(bridge, ram_bytes, 64'(seed));
    while (!rst_n) @(posedge clk_i);
    @(posedge clk_i);

    if (rule != "") begin
      violate(rule);
      if (u_manager.errors == 0 && errors == 0) $display("QDPI VIOLATION ANSWERED");
    end else begin
      test_random(transactions);
      check_faults(expected);
      if (only != "random" && expected == "") test_directed();
      u_port.report();
      u_coverage.report();
      if (u_manager.errors == 0 && errors == 0 && u_model.errors == 0) $display("QDPI TEST PASSED");
    end
    $finish;
  end

  final dpi_close(bridge);

endmodule
