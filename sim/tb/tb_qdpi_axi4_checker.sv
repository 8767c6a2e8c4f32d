// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Test of qdpi_axi4_checker: random legal traffic, in which no rule may fire; then every rule
/// broken on purpose, one after the other: exactly that rule must fire, and its message must say
/// what happened. Drives both sides of the bus itself.
///
/// The X and Z rules (AwUnknown and so on) need a simulator with four states: not under Verilator.
///
/// Plusargs: +seed=N, +clocks=N of random traffic.
module tb_qdpi_axi4_checker
  import qdpi_axi4_checker_pkg::*;
#(
  /// Bits of the data.
  parameter int unsigned DataWidth = 64
) (
  /// Clock: rising edge.
  input logic clk_i,
  /// Reset: active low.
  input logic rst_ni
);

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned BusSize = $clog2(BusBytes);
  localparam int unsigned MaxReads = 8;
  localparam int unsigned MaxWrites = 5;
  localparam int unsigned MaxAheadBeats = 300;
  localparam int unsigned HangClocks = 512;

  // The bus. bus_rst_n is low with rst_ni, and when a test wants it.
  logic                 bus_rst_n;
  logic [3:0]           awid, bid, arid, rid;
  logic [39:0]          awaddr, araddr;
  logic [7:0]           awlen, arlen;
  logic [2:0]           awsize, arsize, awprot, arprot;
  logic [1:0]           awburst, arburst, bresp, rresp;
  logic                 awlock, arlock;
  logic [3:0]           awcache, arcache, awqos, arqos, awregion, arregion;
  logic [1:0]           awuser, wuser, buser, aruser, ruser;
  logic [5:0]           awatop;
  logic [DataWidth-1:0] wdata, rdata;
  logic [BusBytes-1:0]  wstrb;
  logic                 wlast, rlast;
  logic                 awvalid, wvalid, bvalid, arvalid, rvalid;
  logic                 awready, wready, bready, arready, rready;

  // Which of the two checkers sees the traffic.
  logic                 lite;

  qdpi_axi4_checker #(
    .AddrWidth    (40),
    .DataWidth    (DataWidth),
    .UserWidth    (2),
    .MaxReads     (MaxReads),
    .MaxWrites    (MaxWrites),
    .MaxAheadBeats(MaxAheadBeats),
    .HangClocks   (HangClocks),
    .Atomics      (1'b1)
  ) u_checker (
    .clk_i,
    .rst_ni(bus_rst_n),
    .axi_awid_i    (awid),
    .axi_awaddr_i  (awaddr),
    .axi_awlen_i   (awlen),
    .axi_awsize_i  (awsize),
    .axi_awburst_i (awburst),
    .axi_awlock_i  (awlock),
    .axi_awcache_i (awcache),
    .axi_awprot_i  (awprot),
    .axi_awqos_i   (awqos),
    .axi_awregion_i(awregion),
    .axi_awuser_i  (awuser),
    .axi_awatop_i  (awatop),
    .axi_awvalid_i (awvalid && !lite),
    .axi_awready_i (awready),
    .axi_wdata_i   (wdata),
    .axi_wstrb_i   (wstrb),
    .axi_wlast_i   (wlast),
    .axi_wuser_i   (wuser),
    .axi_wvalid_i  (wvalid && !lite),
    .axi_wready_i  (wready),
    .axi_bid_i     (bid),
    .axi_bresp_i   (bresp),
    .axi_buser_i   (buser),
    .axi_bvalid_i  (bvalid && !lite),
    .axi_bready_i  (bready),
    .axi_arid_i    (arid),
    .axi_araddr_i  (araddr),
    .axi_arlen_i   (arlen),
    .axi_arsize_i  (arsize),
    .axi_arburst_i (arburst),
    .axi_arlock_i  (arlock),
    .axi_arcache_i (arcache),
    .axi_arprot_i  (arprot),
    .axi_arqos_i   (arqos),
    .axi_arregion_i(arregion),
    .axi_aruser_i  (aruser),
    .axi_arvalid_i (arvalid && !lite),
    .axi_arready_i (arready),
    .axi_rid_i     (rid),
    .axi_rdata_i   (rdata),
    .axi_rresp_i   (rresp),
    .axi_rlast_i   (rlast),
    .axi_ruser_i   (ruser),
    .axi_rvalid_i  (rvalid && !lite),
    .axi_rready_i  (rready)
  );

  // The same with the rules of AXI4-Lite.
  qdpi_axi4_checker #(
    .AddrWidth (40),
    .UserWidth (2),
    .HangClocks(HangClocks),
    .Lite      (1'b1)
  ) u_lite_checker (
    .clk_i,
    .rst_ni(bus_rst_n),
    .axi_awid_i    (awid),
    .axi_awaddr_i  (awaddr),
    .axi_awlen_i   (awlen),
    .axi_awsize_i  (awsize),
    .axi_awburst_i (awburst),
    .axi_awlock_i  (awlock),
    .axi_awcache_i (awcache),
    .axi_awprot_i  (awprot),
    .axi_awqos_i   (awqos),
    .axi_awregion_i(awregion),
    .axi_awuser_i  (awuser),
    .axi_awatop_i  (AtomicNone),
    .axi_awvalid_i (awvalid && lite),
    .axi_awready_i (awready),
    .axi_wdata_i   (64'(wdata)),
    .axi_wstrb_i   (8'(wstrb)),
    .axi_wlast_i   (wlast),
    .axi_wuser_i   (wuser),
    .axi_wvalid_i  (wvalid && lite),
    .axi_wready_i  (wready),
    .axi_bid_i     (bid),
    .axi_bresp_i   (bresp),
    .axi_buser_i   (buser),
    .axi_bvalid_i  (bvalid && lite),
    .axi_bready_i  (bready),
    .axi_arid_i    (arid),
    .axi_araddr_i  (araddr),
    .axi_arlen_i   (arlen),
    .axi_arsize_i  (arsize),
    .axi_arburst_i (arburst),
    .axi_arlock_i  (arlock),
    .axi_arcache_i (arcache),
    .axi_arprot_i  (arprot),
    .axi_arqos_i   (arqos),
    .axi_arregion_i(arregion),
    .axi_aruser_i  (aruser),
    .axi_arvalid_i (arvalid && lite),
    .axi_arready_i (arready),
    .axi_rid_i     (rid),
    .axi_rdata_i   (64'(rdata)),
    .axi_rresp_i   (rresp),
    .axi_rlast_i   (rlast),
    .axi_ruser_i   (ruser),
    .axi_rvalid_i  (rvalid && lite),
    .axi_rready_i  (rready)
  );

  qdpi_axi4_coverage #(
    .AddrWidth(40),
    .DataWidth(DataWidth)
  ) u_coverage (
    .clk_i,
    .rst_ni(bus_rst_n),
    .axi_awid_i     (awid),
    .axi_awaddr_i   (awaddr),
    .axi_awlen_i    (awlen),
    .axi_awsize_i   (awsize),
    .axi_awburst_i  (awburst),
    .axi_awatop_i   (awatop),
    .axi_awvalid_i  (awvalid),
    .axi_awready_i  (awready),
    .axi_wstrb_i    (wstrb),
    .axi_wvalid_i   (wvalid),
    .axi_wready_i   (wready),
    .axi_bid_i      (bid),
    .axi_bresp_i    (bresp),
    .axi_bvalid_i   (bvalid),
    .axi_bready_i   (bready),
    .axi_arid_i     (arid),
    .axi_araddr_i   (araddr),
    .axi_arlen_i    (arlen),
    .axi_arsize_i   (arsize),
    .axi_arburst_i  (arburst),
    .axi_arvalid_i  (arvalid),
    .axi_arready_i  (arready),
    .axi_rid_i      (rid),
    .axi_rresp_i    (rresp),
    .axi_rvalid_i   (rvalid),
    .axi_rready_i   (rready)
  );

  int unsigned seed, clocks;
  bit          covered [Rules];

  function automatic int unsigned below(input int unsigned limit);
    // verilator no_inline_task
    return 32'($urandom()) % limit;
  endfunction

  function automatic bit chance(input int unsigned percent);
    // verilator no_inline_task
    return 32'($urandom()) % 100 < percent;
  endfunction

  // Of an address, each channel needs its part. The state of the test is written by one process.
  // verilator lint_off BLKSEQ
  // verilator lint_off UNUSEDSIGNAL

  // ---- Random legal traffic -------------------------------------------------------------------

  // A transaction in progress. Of a write, `sent` counts beats on W; of a read, beats on R.
  typedef struct {
    address_t    address;
    int unsigned sent;
    int unsigned beats;
    bit          accepted;
  } transaction_t;

  transaction_t writes [$];  // in the order of their addresses
  transaction_t reads  [$];
  transaction_t fresh;
  // One exclusive sequence at a time: its read, and how far it is.
  enum int {NoExclusive, ReadExclusive, HaveExclusive, WriteExclusive} progress;
  address_t     exclusive;
  int unsigned  on_b, on_r;  // index of what is on the channel
  logic [63:0]  next_byte;   // of the beat to come on W

  function automatic bit in_progress(input int unsigned id);
    foreach (writes[i]) if (writes[i].address.id == id) return 1'b1;
    foreach (reads[i]) if (reads[i].address.id == id) return 1'b1;
    return 1'b0;
  endfunction

  /// A legal burst; some are exclusive, some writes atomic.
  function automatic address_t random_address(input bit write);
    address_t a = '0;
    int unsigned bytes;
    a.id = below(8);
    a.addr = 64'({$urandom(), $urandom()}) & 64'hff_ffff_ffff;
    a.shape.size = 3'(below(BusSize + 1));
    a.shape.burst = 2'(below(3));
    a.prot = 3'($urandom());
    a.qos = 4'($urandom());
    a.cache = 4'($urandom());
    if (!a.cache[1]) a.cache[3:2] = 0;
    case (a.shape.burst)
      BurstFixed: a.shape.len = 8'(below(16));
      BurstWrap: begin
        a.shape.len = 8'((2 << below(4)) - 1);
        a.addr &= ~(64'(1 << a.shape.size) - 1);
      end
      default: begin
        a.shape.len = chance(90) ? 8'(below(20)) : 8'(below(256));
        bytes = (32'(a.shape.len) + 1) << a.shape.size;
        // Also the last byte of the page; longer bursts go to the front of it.
        if (bytes > 4096) a.shape.len = 8'((4096 >> a.shape.size) - 1);
        bytes = (32'(a.shape.len) + 1) << a.shape.size;
        if (chance(30)) a.addr[11:0] = 12'(4096 - bytes);
        else if ((32'(a.addr[11:0]) & ~((1 << a.shape.size) - 1)) + bytes > 4096) begin
          a.addr[11:0] = 12'(below(1 << a.shape.size));
        end
      end
    endcase
    if (!write && progress == NoExclusive && chance(20)) begin
      progress = ReadExclusive;
      a.lock = 1'b1;
      a.cache = 4'(below(4));
      a.shape = '{len: 8'((1 << below(4)) - 1), size: a.shape.size, burst: BurstIncr};
      while (((32'(a.shape.len) + 1) << a.shape.size) > 128) a.shape.len >>= 1;
      a.addr &= ~(burst_bytes(a.shape.len, a.shape.size) - 64'd1);
      exclusive = a;
    end
    if (write && progress == HaveExclusive && chance(50)) begin
      progress = WriteExclusive;
      a = exclusive;
    end
    if (write && !a.lock && reads.size() < 3 && chance(15)) a = random_atomic();
    return a;
  endfunction

  /// A legal atomic transaction with an ID that nothing else has.
  function automatic address_t random_atomic();
    address_t a = '0;
    int unsigned bytes = 1 << below(4);
    a.id = 8 + below(8);
    while (in_progress(a.id)) a.id = 8 + below(8);
    a.addr = 64'($urandom());
    a.atop = chance(50) ? {1'b0, 1'b1, 4'($urandom())} : {1'b1, 1'b0, 4'($urandom())};
    if (chance(30)) a.atop = AtomicSwap;
    a.shape.burst = BurstIncr;
    a.addr &= ~(64'(bytes) - 1);
    if (chance(40)) begin
      a.atop = AtomicCompare;
      a.addr = (a.addr & ~(64'(bytes) - 1)) | (64'(bytes) & {64{chance(50)}});
      if ((a.addr & 64'(bytes)) != 0) a.shape.burst = BurstWrap;
      bytes *= 2;
    end
    a.shape.size = 3'($clog2(bytes > BusBytes ? BusBytes : bytes));
    a.shape.len = bytes > BusBytes ? 8'(bytes / BusBytes - 1) : 8'd0;
    return a;
  endfunction

  /// Index of the first write whose address waits to be accepted, or the number of writes.
  function automatic int unsigned first_unaccepted();
    for (int i = 0; i < writes.size(); i++) if (!writes[i].accepted) return i;
    return writes.size();
  endfunction

  /// Likewise for reads.
  function automatic int unsigned first_unaccepted_read();
    for (int i = 0; i < reads.size(); i++) if (!reads[i].accepted) return i;
    return reads.size();
  endfunction

  /// Index of the first write with beats to send, or the number of writes.
  function automatic int unsigned first_unsent();
    for (int i = 0; i < writes.size(); i++) if (writes[i].sent < writes[i].beats) return i;
    return writes.size();
  endfunction

  /// Whether a write, or read, before the one at `index` has the same ID.
  function automatic bit older_write(input int unsigned index);
    for (int i = 0; i < index; i++) if (writes[i].address.id == writes[index].address.id) return 1;
    return 1'b0;
  endfunction

  function automatic bit older_read(input int unsigned index);
    for (int i = 0; i < index; i++) if (reads[i].address.id == reads[index].address.id) return 1;
    return 1'b0;
  endfunction

  /// The lanes from `next_byte` to the end of its container.
  function automatic logic [BusBytes-1:0] lanes_to_end(input logic [2:0] size);
    logic [BusBytes-1:0] lanes = '0;
    logic [63:0] address;
    for (int unsigned i = 0; i < BusBytes; i++) begin
      address = (next_byte & ~(64'(BusBytes) - 64'd1)) + 64'(i);
      lanes[i] = address >= next_byte && (address >> size) == (next_byte >> size);
    end
    return lanes;
  endfunction

  /// Move `next_byte` from one beat to the next.
  function automatic void step_byte(input address_t a);
    logic [63:0] bytes = burst_bytes(a.shape.len, a.shape.size);
    if (a.shape.burst == BurstFixed) return;
    next_byte = ((next_byte >> a.shape.size) + 1) << a.shape.size;
    if (a.shape.burst == BurstWrap && (next_byte & (bytes - 1)) == 0) next_byte -= bytes;
  endfunction

  function automatic void take_handshakes();
    if (awvalid && awready) begin
      fresh = writes[first_unaccepted()];
      if (fresh.address.lock) progress = NoExclusive;
      if (fresh.address.atop[5]) begin
        if (fresh.address.atop == AtomicCompare) fresh.beats = (fresh.beats + 1) / 2;
        fresh.sent = 0;
        fresh.accepted = 1'b1;
        reads.push_back(fresh);
      end
      writes[first_unaccepted()].accepted = 1'b1;
    end
    if (wvalid && wready) writes[first_unsent()].sent++;
    if (bvalid && bready) writes.delete(on_b);
    if (arvalid && arready) reads[first_unaccepted_read()].accepted = 1'b1;
    if (rvalid && rready) begin
      reads[on_r].sent++;
      if (reads[on_r].sent == reads[on_r].beats) begin
        if (reads[on_r].address.lock) progress = HaveExclusive;
        reads.delete(on_r);
      end
    end
  endfunction

  function automatic void make_transactions();
    if (writes.size() < MaxWrites && chance(30)) begin
      fresh.address = random_address(1'b1);
      fresh.sent = 0;
      fresh.beats = 32'(fresh.address.shape.len) + 1;
      fresh.accepted = 1'b0;
      writes.push_back(fresh);
    end
    if (reads.size() < 3 && chance(30)) begin
      fresh.address = random_address(1'b0);
      fresh.sent = 0;
      fresh.beats = 32'(fresh.address.shape.len) + 1;
      fresh.accepted = 1'b0;
      reads.push_back(fresh);
    end
  endfunction

  task automatic drive_aw(input address_t a);
    awid <= 4'(a.id);
    awaddr <= 40'(a.addr);
    {awlen, awsize, awburst} <= a.shape;
    awlock <= a.lock;
    awcache <= a.cache;
    awprot <= a.prot;
    awqos <= a.qos;
    awregion <= a.region;
    awatop <= a.atop;
    awuser <= 2'($urandom());
    awvalid <= 1'b1;
  endtask

  task automatic drive_ar(input address_t a);
    arid <= 4'(a.id);
    araddr <= 40'(a.addr);
    {arlen, arsize, arburst} <= a.shape;
    arlock <= a.lock;
    arcache <= a.cache;
    arprot <= a.prot;
    arqos <= a.qos;
    arregion <= a.region;
    aruser <= 2'($urandom());
    arvalid <= 1'b1;
  endtask

  task automatic drive_w(input logic [BusBytes-1:0] strb, input logic last);
    wdata <= DataWidth'({32{$urandom()}});
    wstrb <= strb;
    wlast <= last;
    wuser <= 2'($urandom());
    wvalid <= 1'b1;
  endtask

  task automatic drive_b(input logic [3:0] id, input logic [1:0] resp);
    bid <= id;
    bresp <= resp;
    buser <= 2'($urandom());
    bvalid <= 1'b1;
  endtask

  task automatic drive_r(input logic [3:0] id, input logic [1:0] resp, input logic last);
    rid <= id;
    rdata <= DataWidth'({32{$urandom()}});
    rresp <= resp;
    rlast <= last;
    ruser <= 2'($urandom());
    rvalid <= 1'b1;
  endtask

  function automatic logic [1:0] random_response(input bit lock);
    logic [1:0] resp = 2'($urandom());
    return resp == RespExokay && !lock ? 2'b00 : resp;
  endfunction

  /// One clock of random traffic.
  task automatic traffic_clock();
    int unsigned index;
    logic [BusBytes-1:0] lanes;
    @(posedge clk_i);
    take_handshakes();
    make_transactions();
    if (!awvalid || awready) begin
      awvalid <= 1'b0;
      index = first_unaccepted();
      if (index != writes.size() && chance(40)) drive_aw(writes[index].address);
    end
    if (!wvalid || wready) begin
      wvalid <= 1'b0;
      index = first_unsent();
      // Of one write only, beats may go ahead of the address.
      if (index != writes.size() && index <= first_unaccepted() && chance(80)) begin
        if (writes[index].sent == 0) next_byte = writes[index].address.addr;
        else step_byte(writes[index].address);
        lanes = lanes_to_end(writes[index].address.shape.size);
        if (writes[index].address.atop != 0) begin
          next_byte = (next_byte >> writes[index].address.shape.size)
                    << writes[index].address.shape.size;
          lanes = lanes_to_end(writes[index].address.shape.size);
        end else if (chance(50)) begin
          lanes &= BusBytes'({4{$urandom()}});
        end
        drive_w(lanes, writes[index].sent + 1 == writes[index].beats);
      end
    end
    if (!bvalid || bready) begin
      bvalid <= 1'b0;
      if (writes.size() != 0 && chance(60)) begin
        on_b = below(writes.size());
        if (writes[on_b].accepted && writes[on_b].sent == writes[on_b].beats
            && !older_write(on_b)) begin
          drive_b(4'(writes[on_b].address.id), random_response(writes[on_b].address.lock));
        end
      end
    end
    if (!arvalid || arready) begin
      arvalid <= 1'b0;
      index = first_unaccepted_read();
      if (index != reads.size() && chance(40)) drive_ar(reads[index].address);
    end
    if (!rvalid || rready) begin
      rvalid <= 1'b0;
      if (reads.size() != 0 && chance(90)) begin
        on_r = below(reads.size());
        if (reads[on_r].accepted && !older_read(on_r)) begin
          drive_r(4'(reads[on_r].address.id), random_response(reads[on_r].address.lock),
                  reads[on_r].sent + 1 == reads[on_r].beats);
        end
      end
    end
    awready <= chance(60);
    wready <= chance(70);
    bready <= chance(60);
    arready <= chance(60);
    rready <= chance(70);
  endtask

  // ---- Rules broken on purpose ----------------------------------------------------------------

  // The tests are written down first, as steps, and then played: one copy of the code that waits
  // for clocks, where Verilator would make one for every call.
  typedef enum int unsigned {StepAw, StepAr, StepW, StepB, StepR, StepShow, StepDrop,
                             StepReady, StepClocks, StepReset, StepLite, StepChange, StepExpect,
                             StepQuiet, StepSeen} step_e;

  typedef struct packed {
    step_e               kind;
    address_t            address;
    logic [BusBytes-1:0] strb;
    logic                last;
    logic [3:0]          id;
    logic [1:0]          resp;
    int unsigned         number;
    rule_e               rule;
  } step_t;

  step_t       steps  [$];
  string       values [$];  // for each StepSeen, two
  int unsigned failures;
  step_t       step;
  address_t    aw, ar;
  // While played: the rule that the test is about, reports of it and of others before.
  rule_e       expected;
  int unsigned hits, others;
  string       message, value_a, value_b;

  function automatic void add(input step_e kind, input int unsigned number);
    step.kind = kind;
    step.number = number;
    steps.push_back(step);
  endfunction

  /// Let the bus be still for some clocks, all READY high.
  function automatic void still(input int unsigned clocks_still);
    for (int unsigned i = 0; i < 5; i++) add(StepDrop, i);
    add(StepReady, 1);
    add(StepClocks, clocks_still);
  endfunction

  function automatic int unsigned count(input rule_e rule);
    return u_checker.u_rules.count(rule) + u_lite_checker.u_rules.count(rule);
  endfunction

  function automatic int unsigned total();
    return u_checker.u_rules.total() + u_lite_checker.u_rules.total();
  endfunction

  /// A test of `rule` begins: a fresh bus, and legal addresses to spoil.
  function automatic void expect_rule(input rule_e rule);
    add(StepReset, 0);
    still(3);
    add(StepReset, 1);
    add(StepClocks, 2);
    step.rule = rule;
    add(StepExpect, 0);
    aw = '{id: 32'd5, addr: 64'h4_0000, shape: '{len: 8'd0, size: 3'(BusSize), burst: BurstIncr},
           lock: 1'b0, cache: 4'h0, prot: 3'd0, qos: 4'h0, region: 4'h0, atop: AtomicNone};
    ar = aw;
    ar.id = 32'd6;
    ar.addr = 64'h6_0000;
  endfunction

  /// The test ends: the rule has fired once and no other, and the message has name, section and
  /// both values.
  function automatic void seen(input string part_a, input string part_b);
    still(3);
    values.push_back(part_a);
    values.push_back(part_b);
    add(StepSeen, 0);
  endfunction

  function automatic bit contains(input string text, input string part);
    for (int i = 0; i + part.len() <= text.len(); i++) begin
      if (text.substr(i, i + part.len() - 1) == part) return 1'b1;
    end
    return 1'b0;
  endfunction

  task automatic begin_test(input rule_e rule);
    expected = rule;
    hits = count(rule);
    others = total() - hits;
    u_checker.u_rules.tolerate_none();
    u_lite_checker.u_rules.tolerate_none();
    u_checker.u_rules.tolerate(rule);
    u_lite_checker.u_rules.tolerate(rule);
  endtask

  task automatic end_test();
    value_a = values.pop_front();
    value_b = values.pop_front();
    message = lite ? u_lite_checker.u_rules.last_message() : u_checker.u_rules.last_message();
    if (count(expected) != hits + 1) begin
      failures++;
      $error("%s: fired %0d times, not once", expected.name(), count(expected) - hits);
    end
    if (total() - count(expected) != others) begin
      failures++;
      $error("%s: %0d other rules fired too", expected.name(), total() - count(expected) - others);
    end
    if (!contains(message, {"rule ", expected.name(), " (", section(expected), ") broken at time "})
        || (lite && !contains(message, "u_lite_checker: "))
        || (!lite && !contains(message, "u_checker: "))
        || !contains(message, value_a) || !contains(message, value_b)) begin
      failures++;
      $error("%s: %s or %s is not in: %s", expected.name(), value_a, value_b, message);
    end
    covered[expected] = 1'b1;
  endtask

  /// The rule has not fired yet.
  task automatic check_quiet();
    if (count(expected) != hits) begin
      failures++;
      $error("%s: fired too early", expected.name());
    end
  endtask

  /// Something else in the payload, as legal as what was there.
  task automatic change_payload(input int unsigned channel);
    case (channel)
      0: awaddr <= awaddr + 40'h100;
      1: wstrb <= '0;
      2: bresp <= 2'b10;
      3: araddr <= araddr + 40'h100;
      default: rresp <= 2'b10;
    endcase
  endtask

  task automatic play();
    step_t s;
    // VALID by channel, and READY of all, from the next clock on. Assigned in one place: of several
    // assignments for one clock Verilator takes the one that stands last, not that made last.
    logic [4:0] valid = '0;
    logic ready = 1'b1;
    while (steps.size() != 0) begin
      s = steps.pop_front();
      case (s.kind)
        StepAw:     drive_aw(s.address);
        StepAr:     drive_ar(s.address);
        StepW:      drive_w(s.strb, s.last);
        StepB:      drive_b(s.id, s.resp);
        StepR:      drive_r(s.id, s.resp, s.last);
        StepDrop:   valid[3'(s.number)] = 1'b0;
        StepReady:  ready = s.number != 0;
        StepClocks: begin
          {rvalid, arvalid, bvalid, wvalid, awvalid} <= valid;
          {awready, wready, bready, arready, rready} <= {5{ready}};
          repeat (s.number) @(posedge clk_i);
        end
        StepReset:  bus_rst_n <= s.number != 0;
        StepLite:   lite = s.number != 0;
        StepChange: change_payload(s.number);
        StepExpect: begin_test(s.rule);
        StepQuiet:  check_quiet();
        StepSeen:   end_test();
        default:    valid[3'(s.number)] = 1'b1;
      endcase
      case (s.kind)
        StepAw:  valid[0] = 1'b1;
        StepW:   valid[1] = 1'b1;
        StepB:   valid[2] = 1'b1;
        StepAr:  valid[3] = 1'b1;
        StepR:   valid[4] = 1'b1;
        default: ;
      endcase
    end
  endtask

  function automatic void put_aw();
    step.address = aw;
    add(StepAw, 0);
  endfunction

  function automatic void put_ar();
    step.address = ar;
    add(StepAr, 0);
  endfunction

  function automatic void put_w(input logic [BusBytes-1:0] strb, input logic last);
    step.strb = strb;
    step.last = last;
    add(StepW, 0);
  endfunction

  function automatic void put_b(input logic [3:0] id, input logic [1:0] resp);
    step.id = id;
    step.resp = resp;
    add(StepB, 0);
  endfunction

  function automatic void put_r(input logic [3:0] id, input logic [1:0] resp, input logic last);
    step.id = id;
    step.resp = resp;
    step.last = last;
    add(StepR, 0);
  endfunction

  /// What has been put on a channel is accepted on the next clock.
  function automatic void accept(input int unsigned channel);
    add(StepClocks, 1);
    add(StepDrop, channel);
  endfunction

  function automatic void send_aw();
    put_aw();
    accept(0);
  endfunction

  function automatic void send_ar();
    put_ar();
    accept(3);
  endfunction

  function automatic void send_w(input logic [BusBytes-1:0] strb, input logic last);
    put_w(strb, last);
    accept(1);
  endfunction

  function automatic void send_b(input logic [3:0] id, input logic [1:0] resp);
    put_b(id, resp);
    accept(2);
  endfunction

  function automatic void send_r(input logic [3:0] id, input logic [1:0] resp, input logic last);
    put_r(id, resp, last);
    accept(4);
  endfunction

  /// One address that breaks the rule `write_rule`, and on AR its counterpart.
  function automatic void break_address(input rule_e write_rule, input logic [63:0] addr,
                               input shape_t shape, input bit lock, input logic [3:0] cache);
    expect_rule(write_rule);
    aw.addr = addr;
    aw.shape = shape;
    aw.lock = lock;
    aw.cache = cache;
    send_aw();
    seen($sformatf("AWADDR 0x%0h, AWLEN %0d, AWSIZE %0d, AWBURST %0d, AWLOCK %0d", addr, shape.len,
                   shape.size, shape.burst, lock), $sformatf("AWCACHE 0x%0h", cache));
    expect_rule(rule_e'(write_rule + ArSize));
    ar.addr = addr;
    ar.shape = shape;
    ar.lock = lock;
    ar.cache = cache;
    send_ar();
    seen($sformatf("ARADDR 0x%0h, ARLEN %0d, ARSIZE %0d, ARBURST %0d, ARLOCK %0d", addr, shape.len,
                   shape.size, shape.burst, lock), $sformatf("ARCACHE 0x%0h", cache));
  endfunction

  function automatic void test_addresses();
    logic [2:0] full = 3'(BusSize);
    break_address(AwSize, 64'h1000, '{len: 0, size: full + 3'd1, burst: BurstIncr}, 0, 0);
    break_address(AwBurstReserved, 64'h1000, '{len: 1, size: full, burst: 2'b11}, 0, 0);
    // The last byte of the second beat is the first of the next page; and unaligned.
    break_address(AwBoundary, 64'h2000 - 64'(BusBytes), '{len: 1, size: full, burst: BurstIncr}, 0,
                  0);
    break_address(AwBoundary, 64'h2fff, '{len: 1, size: 1, burst: BurstIncr}, 0, 0);
    break_address(AwFixedLength, 64'h1000, '{len: 16, size: full, burst: BurstFixed}, 0, 0);
    break_address(AwWrapLength, 64'h1000, '{len: 2, size: full, burst: BurstWrap}, 0, 0);
    break_address(AwWrapLength, 64'h1000, '{len: 0, size: full, burst: BurstWrap}, 0, 0);
    break_address(AwWrapAlignment, 64'h1001, '{len: 3, size: full, burst: BurstWrap}, 0, 0);
    break_address(AwCache, 64'h1000, '{len: 0, size: full, burst: BurstIncr}, 0, 4'b0100);
    break_address(AwCache, 64'h1000, '{len: 0, size: full, burst: BurstIncr}, 0, 4'b1001);
    break_address(AwExclusiveLength, 64'h1000, '{len: 31, size: 0, burst: BurstIncr}, 1, 4'b0010);
    break_address(AwExclusiveBytes, 64'h1000, '{len: 2, size: 2, burst: BurstIncr}, 1, 4'b0010);
    break_address(AwExclusiveAlignment, 64'h1004, '{len: 1, size: 2, burst: BurstIncr}, 1, 0);
    break_address(AwExclusiveCache, 64'h1000, '{len: 0, size: 2, burst: BurstIncr}, 1, 4'b0111);
    add(StepLite, 1);
    // As of a bus that leaves all these signals at 0.
    break_address(AwLite, 64'h1000, '{len: 0, size: 0, burst: BurstFixed}, 0, 0);
    break_address(AwLite, 64'h1000, '{len: 0, size: full - 3'd1, burst: BurstIncr}, 0, 0);
    break_address(AwLite, 64'h1000, '{len: 1, size: full, burst: BurstIncr}, 0, 0);
    add(StepLite, 0);
  endfunction

  /// Something legal is offered on `channel`, without READY: 0 AW, 1 W, 2 B, 3 AR, 4 R.
  function automatic void offer(input int unsigned channel);
    if (channel inside {1, 2}) send_aw();
    if (channel == 2) send_w('1, 1'b1);
    if (channel == 4) send_ar();
    add(StepReady, 0);
    case (channel)
      0: put_aw();
      1: put_w('1, 1'b1);
      2: put_b(4'd5, 2'b00);
      3: put_ar();
      default: put_r(4'd6, 2'b00, 1'b1);
    endcase
    add(StepClocks, 2);
  endfunction

  function automatic void test_handshakes();
    string names [5] = '{"AW", "W", "B", "AR", "R"};
    string payloads [5] = '{"AWADDR 0x40000", "WSTRB 1", "BRESP 0", "ARADDR 0x60000", "RRESP 0"};
    string changes [5] = '{"AWADDR 0x40100", "WSTRB 0", "BRESP 2", "ARADDR 0x60100", "RRESP 2"};
    for (int unsigned i = 0; i < 5; i++) begin
      expect_rule(rule_e'(AwReset + i));
      add(StepReset, 0);
      add(StepClocks, 2);
      add(StepShow, i);
      add(StepClocks, 1);
      still(2);
      add(StepReset, 1);
      seen({names[i], "VALID 1"}, "reset");
      // High at the first edge that is not in reset; a response would break more rules.
      if (i inside {0, 1, 3}) begin
        expect_rule(rule_e'(AwReset + i));
        put_aw();
        put_ar();
        add(StepDrop, 0);
        add(StepDrop, 3);
        add(StepReset, 0);
        add(StepClocks, 2);
        add(StepReset, 1);
        add(StepShow, i);
        accept(i);
        seen({names[i], "VALID 1"}, "reset");
      end
      expect_rule(rule_e'(AwValid + i));
      offer(i);
      seen({names[i], "VALID fell"}, payloads[i]);
      expect_rule(rule_e'(AwStable + i));
      offer(i);
      add(StepChange, i);
      add(StepClocks, 1);
      add(StepReady, 1);
      accept(i);
      seen(payloads[i], changes[i]);
      expect_rule(rule_e'(AwHang + i));
      offer(i);
      add(StepClocks, HangClocks + HangClocks / 8);
      add(StepReady, 1);
      accept(i);
      seen({"no ", names[i], "READY"}, payloads[i]);
    end
  endfunction

  function automatic void test_writes();
    logic [BusBytes-1:0] one = BusBytes'(1);
    string five = "AWID 0x5, AWADDR 0x40000, AWLEN ";
    expect_rule(WStrobe);  // narrow, address first
    aw.addr = 64'h4_0002;
    aw.shape = '{len: 1, size: 1, burst: BurstIncr};
    send_aw();
    send_w(one << 2, 1'b0);
    send_w(one << 3, 1'b1);
    seen("beat 1 of AWID 0x5, AWADDR 0x40002, AWLEN 1", $sformatf("WSTRB %b", one << 3));
    expect_rule(WStrobe);  // unaligned, data first
    aw.addr = 64'h4_0003;
    send_w(one << 2, 1'b1);
    send_aw();
    seen("beat 0 of AWID 0x5, AWADDR 0x40003", $sformatf("WSTRB %b", one << 2));
    add(StepLite, 1);
    expect_rule(WStrobe);  // unaligned
    aw.addr = 64'h4_0001;
    send_aw();
    send_w('1, 1'b1);
    seen("beat 0 of AWID 0x5, AWADDR 0x40001", $sformatf("WSTRB %b", {BusBytes{1'b1}}));
    add(StepLite, 0);
    expect_rule(WLastEarly);
    aw.shape.len = 8'd2;
    send_aw();
    send_w('1, 1'b0);
    send_w('1, 1'b1);
    seen("WLAST 1 in beat 1 of", {five, "2"});
    expect_rule(WLastEarly);  // data first
    aw.shape.len = 8'd1;
    send_w('1, 1'b1);
    send_aw();
    seen("WLAST 1 in beat 0 of", {five, "1"});
    expect_rule(WLastLate);
    aw.shape.len = 8'd1;
    send_aw();
    send_w('1, 1'b0);
    send_w('1, 1'b0);
    seen("WLAST 0 in beat 1 of", {five, "1"});
    expect_rule(BWithoutAddress);  // another ID
    send_aw();
    send_w('1, 1'b1);
    send_b(4'd4, 2'b00);
    seen("BID 0x4, BRESP 0", "no write of this ID");
    expect_rule(BWithoutAddress);  // data is there, the address not
    send_w('1, 1'b1);
    send_b(4'd5, 2'b00);
    seen("BID 0x5", "data without an address");
    expect_rule(BWithoutAddress);  // a second response
    send_aw();
    send_w('1, 1'b1);
    send_b(4'd5, 2'b00);
    send_b(4'd5, 2'b00);
    seen("BID 0x5", "");
    expect_rule(BBeforeData);
    aw.shape.len = 8'd1;
    send_aw();
    send_w('1, 1'b0);
    send_b(4'd5, 2'b00);
    send_w('1, 1'b1);
    seen("BID 0x5", {five, "1"});
    expect_rule(BBeforeData);  // on the clock of the last data: one too early
    send_aw();
    put_b(4'd5, 2'b00);
    send_w('1, 1'b1);
    seen("BID 0x5", {five, "0"});
    expect_rule(BExokay);
    send_aw();
    send_w('1, 1'b1);
    send_b(4'd5, 2'b01);
    seen("BRESP 1", {"AWLOCK 0 for ", five});
    expect_rule(WriteTable);
    for (int unsigned i = 0; i < MaxWrites + 1; i++) send_aw();
    seen($sformatf("more than %0d writes", MaxWrites), five);
    expect_rule(WriteAheadTable);
    for (int unsigned i = 0; i < MaxAheadBeats + 1; i++) send_w('1, 1'b0);
    seen($sformatf("more than %0d beats", MaxAheadBeats), "");
    expect_rule(WriteDataHang);
    aw.shape.len = 8'd3;
    send_aw();
    send_w('1, 1'b0);
    still(HangClocks + HangClocks / 8);
    seen("no WVALID for 5", {"1 beats so far: ", five, "3"});
    expect_rule(WriteAddressHang);
    send_w('1, 1'b0);
    still(HangClocks + HangClocks / 8);
    seen("no AWVALID for 5", "1 beats wait");
    expect_rule(WriteResponseHang);
    send_aw();
    send_w('1, 1'b1);
    still(HangClocks + HangClocks / 8);
    seen("no BVALID for 5", five);
  endfunction

  function automatic void test_reads();
    string six = "ARID 0x6, ARADDR 0x60000, ARLEN ";
    expect_rule(RWithoutAddress);
    send_ar();
    send_r(4'd7, 2'b00, 1'b1);
    seen("RID 0x7", "no read of this ID");
    expect_rule(RWithoutAddress);  // on the clock of the address: one too early
    put_r(4'd6, 2'b00, 1'b1);
    send_ar();
    seen("RID 0x6", "");
    expect_rule(RLastEarly);
    ar.shape.len = 8'd2;
    send_ar();
    send_r(4'd6, 2'b00, 1'b0);
    send_r(4'd6, 2'b00, 1'b1);
    seen("RLAST 1 in beat 1 of", {six, "2"});
    expect_rule(RLastLate);
    ar.shape.len = 8'd1;
    send_ar();
    send_r(4'd6, 2'b00, 1'b0);
    send_r(4'd6, 2'b00, 1'b0);
    seen("RLAST 0 in beat 1 of", {six, "1"});
    expect_rule(RLastEarly);  // same ID, in the wrong order: the shorter one first
    ar.shape.len = 8'd3;
    send_ar();
    ar.shape.len = 8'd0;
    send_ar();
    send_r(4'd6, 2'b00, 1'b1);
    seen("RLAST 1 in beat 0 of", {six, "3"});
    expect_rule(RExokay);
    send_ar();
    send_r(4'd6, 2'b01, 1'b1);
    seen("RRESP 1", {"ARLOCK 0 for ", six});
    expect_rule(ReadTable);
    for (int unsigned i = 0; i < MaxReads + 1; i++) send_ar();
    seen($sformatf("more than %0d reads", MaxReads), six);
    expect_rule(ReadHang);
    ar.shape.len = 8'd3;
    send_ar();
    send_r(4'd6, 2'b00, 1'b0);
    still(HangClocks + HangClocks / 8);
    seen("no RVALID for 5", {"1 beats so far: ", six, "3"});
  endfunction

  function automatic void test_exclusives();
    expect_rule(AwExclusivePair);
    ar.lock = 1'b1;
    send_ar();
    send_r(4'd6, 2'b01, 1'b1);
    aw = ar;
    aw.addr = 64'h6_0080;
    send_aw();
    seen("AWADDR 0x60080", "exclusive read had ARID 0x6, ARADDR 0x60000");
    expect_rule(AwExclusiveEarly);
    ar.lock = 1'b1;
    ar.shape.len = 8'd1;
    send_ar();
    send_r(4'd6, 2'b01, 1'b0);
    aw = ar;
    send_aw();
    seen("AWID 0x6", "AWLOCK 1");
  endfunction

  function automatic void break_atomic(input rule_e rule, input logic [5:0] atop,
                                       input logic [63:0] addr, input shape_t shape);
    expect_rule(rule);
    aw.atop = atop;
    aw.addr = addr;
    aw.shape = shape;
    send_aw();
    seen($sformatf("AWADDR 0x%0h, AWLEN %0d, AWSIZE %0d, AWBURST %0d", addr, shape.len, shape.size,
                   shape.burst), $sformatf("AWATOP 0x%0h", atop));
  endfunction

  function automatic void test_atomics();
    break_atomic(AwAtomicEncoding, 6'b110010, 64'h100, '{len: 0, size: 2, burst: BurstIncr});
    break_atomic(AwAtomicEncoding, 6'b000001, 64'h100, '{len: 0, size: 2, burst: BurstIncr});
    break_atomic(AwAtomicSize, 6'b100000, 64'h100, '{len: 1, size: 0, burst: BurstIncr});
    break_atomic(AwAtomicSize, AtomicSwap, 64'h100, '{len: 15, size: 3'(BusSize),
                                                       burst: BurstIncr});
    break_atomic(AwAtomicSize, AtomicCompare, 64'h100, '{len: 0, size: 0, burst: BurstIncr});
    break_atomic(AwAtomicAlignment, 6'b010000, 64'h102, '{len: 0, size: 2, burst: BurstIncr});
    break_atomic(AwAtomicAlignment, AtomicCompare, 64'h101, '{len: 0, size: 2, burst: BurstWrap});
    break_atomic(AwAtomicBurst, AtomicCompare, 64'h102, '{len: 0, size: 2, burst: BurstIncr});
    break_atomic(AwAtomicBurst, AtomicSwap, 64'h104, '{len: 0, size: 2, burst: BurstFixed});
    expect_rule(AwAtomicId);
    send_aw();
    aw.atop = AtomicSwap;
    aw.shape.size = 3'd2;
    send_aw();
    seen("AWID 0x5", "AWATOP 0x30");
    expect_rule(ArAtomicId);
    aw.atop = AtomicSwap;
    aw.shape.size = 3'd2;
    send_aw();
    ar.id = 32'd5;
    send_ar();
    seen("ARID 0x5, ARADDR 0x60000", "");
    expect_rule(WAtomicStrobe);
    aw.atop = AtomicSwap;
    aw.shape.size = 3'd1;
    send_aw();
    send_w(BusBytes'(1), 1'b1);
    seen("beat 0 of AWID 0x5", "WSTRB ");
    expect_rule(RLastLate);  // a compare gives back half of what it was sent
    aw.atop = AtomicCompare;
    aw.shape.len = 8'(16 / BusBytes - 1);
    send_aw();
    for (int unsigned i = 0; i < 8 / BusBytes; i++) send_r(4'd5, 2'b00, 1'b0);
    seen("RLAST 0 in beat 0 of AWID 0x5", "AWLEN 0");
    expect_rule(ReadHang);  // from its last write data on, which is behind that of another write
    aw.shape.len = 8'd7;
    send_aw();
    aw.id = 32'd4;
    aw.atop = AtomicSwap;
    aw.shape.len = 8'd0;
    send_aw();
    for (int unsigned i = 0; i < 8; i++) begin
      still(HangClocks / 4);
      send_w('1, i == 7);
    end
    send_b(4'd5, 2'b00);
    send_w('1, 1'b1);
    send_b(4'd4, 2'b00);
    still(HangClocks - 8);
    add(StepQuiet, 0);
    still(HangClocks / 4);
    seen("no RVALID for 5", "0 beats so far: AWID 0x4");
  endfunction

  // Not initial: that would make assignments blocking, and the bus a clock early.
  always begin : main
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("clocks=%d", clocks) == 0) clocks = 20000;
    $display("%m: seed %0d, %0d clocks", seed, clocks);
    void'($urandom(seed));
    lite = 1'b0;
    failures = 0;
    bus_rst_n <= 1'b0;
    wait (rst_ni);
    repeat (3) @(posedge clk_i);
    bus_rst_n <= 1'b1;
    repeat (clocks) traffic_clock();
    if (total() != 0) begin
      failures++;
      $error("%0d rules fired in legal traffic", total());
    end
    u_coverage.report();
    if (u_coverage.stray_count() != 0
        || u_coverage.hit_count() * 100 < u_coverage.reachable_count() * 70) begin
      failures++;
      $error("of legal traffic the coverage hit %0d of %0d bins, %0d times one not reachable",
             u_coverage.hit_count(), u_coverage.reachable_count(), u_coverage.stray_count());
    end
    test_addresses();
    test_handshakes();
    test_writes();
    test_reads();
    test_exclusives();
    test_atomics();
    play();
    for (int unsigned i = 0; i < Rules; i++) begin
      if (!covered[i] && !(i inside {[AwUnknown:RUnknown]})) begin
        expected = rule_e'(i);
        failures++;
        $error("no test of rule %s", expected.name());
      end
    end
    if (failures == 0) $display("QDPI TEST PASSED");
    $finish;
    forever @(posedge clk_i);
  end

endmodule
