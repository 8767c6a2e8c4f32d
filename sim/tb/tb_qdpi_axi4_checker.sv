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
  import tb_axi4_checker_steps_pkg::*;
  import tb_axi4_checker_traffic_pkg::*;
  import tb_axi4_checker_address_cases_pkg::*;
  import tb_axi4_checker_handshake_cases_pkg::*;
  import tb_axi4_checker_read_cases_pkg::*;
  import tb_axi4_checker_write_cases_pkg::*;
(
  /// Clock: rising edge.
  input logic clk_i,
  /// Reset: active low.
  input logic rst_ni
);

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

  // Of an address, each channel needs its part. The state of the test is written by one process.
  // verilator lint_off BLKSEQ
  // verilator lint_off UNUSEDSIGNAL

  // ---- Random legal traffic -------------------------------------------------------------------

  int unsigned  on_b, on_r;  // index of what is on the channel

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

  int unsigned failures;
  // While played: the rule that the test is about, reports of it and of others before.
  rule_e       expected;
  int unsigned hits, others;
  string       message, value_a, value_b;

  function automatic int unsigned count(input rule_e rule);
    return u_checker.u_rules.count(rule) + u_lite_checker.u_rules.count(rule);
  endfunction

  function automatic int unsigned total();
    return u_checker.u_rules.total() + u_lite_checker.u_rules.total();
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
