// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Test of qdpi_axi4_checker: random legal traffic, in which no rule may fire; the same, in the
/// midst of which a rule is broken that must fire alone; then every rule broken by directed cases,
/// one after the other, whose message must say what happened. Drives both sides of the bus itself.
///
/// The X and Z rules (AwUnknown and so on) need a simulator with four states: not under Verilator.
///
/// Plusargs: +seed=N, +clocks=N of random traffic.
module tb_qdpi_axi4_checker
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::*;
  import tb_axi4_checker_traffic_pkg::*;
  import tb_axi4_checker_spoil_pkg::*;
  import tb_axi4_checker_address_cases_pkg::*;
  import tb_axi4_checker_exclusive_cases_pkg::*;
  import tb_axi4_checker_handshake_cases_pkg::*;
  import tb_axi4_checker_patience_cases_pkg::*;
  import tb_axi4_checker_read_cases_pkg::*;
  import tb_axi4_checker_recovery_cases_pkg::*;
  import tb_axi4_checker_write_cases_pkg::*;
  import tb_text_pkg::*;
(
  /// Clock: rising edge.
  input logic clk_i,
  /// Reset: active low.
  input logic rst_ni
);

  // The bus. bus_rst_n is low with rst_ni, and when a test wants it.
  logic                 bus_rst_n;
  logic [IdWidth-1:0]   awid, bid, arid, rid;
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
    .IdWidth      (IdWidth),
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
    .IdWidth   (IdWidth),
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
    .DataWidth(DataWidth),
    .IdWidth  (IdWidth)
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

  // How often each rule is broken in the midst of traffic.
  localparam int unsigned Rounds = 8;

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
    awid <= IdWidth'(a.id);
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
    arid <= IdWidth'(a.id);
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

  task automatic drive_b(input logic [IdWidth-1:0] id, input logic [1:0] resp);
    bid <= id;
    bresp <= resp;
    buser <= 2'($urandom());
    bvalid <= 1'b1;
  endtask

  task automatic drive_r(input logic [IdWidth-1:0] id, input logic [1:0] resp,
                         input logic last);
    rid <= id;
    rdata <= DataWidth'({32{$urandom()}});
    rresp <= resp;
    rlast <= last;
    ruser <= 2'($urandom());
    rvalid <= 1'b1;
  endtask

  /// The ID of a response that nothing waits for.
  function automatic logic [IdWidth-1:0] stray_id(input bit write);
    logic [IdWidth-1:0] id;
    bit taken;
    do begin
      id = IdWidth'($urandom());
      taken = 1'b0;
      if (write) foreach (writes[i]) taken |= writes[i].address.id == 32'(id) && writes[i].accepted;
      else foreach (reads[i]) taken |= reads[i].address.id == 32'(id) && reads[i].accepted;
    end while (taken);
    return id;
  endfunction

  task automatic traffic_aw();
    int unsigned index = first_unaccepted();
    if (!awvalid || awready) begin
      awvalid <= 1'b0;
      if (index != writes.size() && chance(valid_paces[0])) begin
        drive_aw(spoil_atomic(spoil_address(AwSize, writes[index].address)));
      end
    end else begin
      if (spoils(AwStable)) change_field(0);
      if (spoils(AwValid)) drop_and_change(0);
    end
  endtask

  task automatic traffic_w();
    int unsigned index = first_unsent();
    logic [BusBytes-1:0] lanes, strb;
    bit atomic;
    if (!wvalid || wready) begin
      wvalid <= 1'b0;
      // Beats may go ahead of their addresses.
      if (index != writes.size() && has_room_ahead() && chance(valid_paces[1])) begin
        atomic = writes[index].address.atop != AtomicNone;
        if (writes[index].sent == 0) next_byte = writes[index].address.addr;
        else step_byte(writes[index].address);
        if (atomic) begin
          next_byte = (next_byte >> writes[index].address.shape.size)
                    << writes[index].address.shape.size;
        end
        lanes = lanes_to_end(writes[index].address.shape.size);
        strb = lanes;
        if (!atomic && chance(50)) strb &= BusBytes'($urandom());
        drive_w(spoil_strobe(strb, lanes, atomic),
                spoil_last(WLastEarly, WLastLate, writes[index].sent + 1 == writes[index].beats));
      end
    end else begin
      if (spoils(WStable)) change_field(1);
      if (spoils(WValid)) drop_and_change(1);
    end
  endtask

  task automatic traffic_b();
    logic [1:0] resp;
    bit may_answer;
    if (!bvalid || bready) begin
      bvalid <= 1'b0;
      if (spoils(BWithoutAddress)) begin
        drive_b(stray_id(1'b1), 2'($urandom()));
      end else if (writes.size() != 0 && chance(valid_paces[2])) begin
        on_b = below(writes.size());
        may_answer = writes[on_b].accepted && !older_write(on_b);
        if (may_answer && writes[on_b].sent != writes[on_b].beats) may_answer = spoils(BBeforeData);
        if (may_answer) begin
          resp = random_response(writes[on_b].address.lock);
          if (!writes[on_b].address.lock) resp = spoil_response(BExokay, resp);
          drive_b(IdWidth'(writes[on_b].address.id), resp);
        end
      end
    end else begin
      if (spoils(BStable)) change_field(2);
      if (spoils(BValid)) drop_and_change(2);
    end
  endtask

  task automatic traffic_ar();
    int unsigned index = first_unaccepted_read();
    if (!arvalid || arready) begin
      arvalid <= 1'b0;
      if (index != reads.size() && chance(valid_paces[3])) begin
        drive_ar(spoil_address(ArSize, reads[index].address));
      end
    end else begin
      if (spoils(ArStable)) change_field(3);
      if (spoils(ArValid)) drop_and_change(3);
    end
  endtask

  task automatic traffic_r();
    logic [1:0] resp;
    if (!rvalid || rready) begin
      rvalid <= 1'b0;
      if (spoils(RWithoutAddress)) begin
        drive_r(stray_id(1'b0), 2'($urandom()), chance(50));
      end else if (reads.size() != 0 && chance(valid_paces[4])) begin
        on_r = below(reads.size());
        if (reads[on_r].accepted && !older_read(on_r)) begin
          resp = random_response(reads[on_r].address.lock);
          if (!reads[on_r].address.lock) resp = spoil_response(RExokay, resp);
          drive_r(IdWidth'(reads[on_r].address.id), resp,
                  spoil_last(RLastEarly, RLastLate, reads[on_r].sent + 1 == reads[on_r].beats));
        end
      end
    end else begin
      if (spoils(RStable)) change_field(4);
      if (spoils(RValid)) drop_and_change(4);
    end
  endtask

  /// One clock of random traffic, in which the rule that is armed may be broken.
  task automatic traffic_clock();
    @(posedge clk_i);
    take_handshakes();
    make_transactions();
    traffic_aw();
    traffic_w();
    traffic_b();
    traffic_ar();
    traffic_r();
    awready <= !must_wait() && chance(ready_paces[0]);
    wready <= !must_wait() && chance(ready_paces[1]);
    bready <= !must_wait() && chance(ready_paces[2]);
    arready <= !must_wait() && chance(ready_paces[3]);
    rready <= !must_wait() && chance(ready_paces[4]);
  endtask

  /// A bit of what stalls on `channel` changes.
  task automatic change_field(input int unsigned channel);
    int unsigned field = below(11);
    case (channel)
      0: case (field)
        0: awid[0] <= !awid[0];
        1: awaddr[39] <= !awaddr[39];
        2: awlen[7] <= !awlen[7];
        3: awsize[0] <= !awsize[0];
        4: awburst[0] <= !awburst[0];
        5: awlock <= !awlock;
        6: awcache[3] <= !awcache[3];
        7: awprot[2] <= !awprot[2];
        8: awqos[3] <= !awqos[3];
        9: awregion[3] <= !awregion[3];
        default: if (chance(50)) awuser[1] <= !awuser[1]; else awatop[5] <= !awatop[5];
      endcase
      1: case (field % 4)
        0: wdata[DataWidth-1] <= !wdata[DataWidth-1];
        1: wstrb[0] <= !wstrb[0];
        2: wlast <= !wlast;
        default: wuser[1] <= !wuser[1];
      endcase
      2: case (field % 3)
        0: bid[0] <= !bid[0];
        1: bresp[1] <= !bresp[1];
        default: buser[1] <= !buser[1];
      endcase
      3: case (field)
        0: arid[0] <= !arid[0];
        1: araddr[39] <= !araddr[39];
        2: arlen[7] <= !arlen[7];
        3: arsize[0] <= !arsize[0];
        4: arburst[0] <= !arburst[0];
        5: arlock <= !arlock;
        6: arcache[3] <= !arcache[3];
        7: arprot[2] <= !arprot[2];
        8: arqos[3] <= !arqos[3];
        9: arregion[3] <= !arregion[3];
        default: aruser[1] <= !aruser[1];
      endcase
      default: case (field % 5)
        0: rid[0] <= !rid[0];
        1: rdata[DataWidth-1] <= !rdata[DataWidth-1];
        2: rresp[1] <= !rresp[1];
        3: rlast <= !rlast;
        default: ruser[1] <= !ruser[1];
      endcase
    endcase
  endtask

  /// What stalls on `channel` goes away; and what is not there may change.
  task automatic drop_and_change(input int unsigned channel);
    case (channel)
      0: awvalid <= 1'b0;
      1: wvalid <= 1'b0;
      2: bvalid <= 1'b0;
      3: arvalid <= 1'b0;
      default: rvalid <= 1'b0;
    endcase
    change_field(channel);
  endtask

  /// A reset in the midst of it: nothing of before counts any more.
  task automatic restart_traffic();
    bus_rst_n <= 1'b0;
    {rvalid, arvalid, bvalid, wvalid, awvalid} <= '0;
    repeat (2) @(posedge clk_i);
    forget_transactions();
    draw_paces();
    bus_rst_n <= 1'b1;
    @(posedge clk_i);
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

  task automatic begin_test(input rule_e rule);
    expected = rule;
    hits = count(rule);
    others = total() - hits;
    u_checker.u_rules.tolerate_none();
    u_lite_checker.u_rules.tolerate_none();
    u_checker.u_rules.tolerate(rule);
    u_lite_checker.u_rules.tolerate(rule);
  endtask

  task automatic end_test(input int unsigned times);
    value_a = values.pop_front();
    value_b = values.pop_front();
    message = lite ? u_lite_checker.u_rules.last_message() : u_checker.u_rules.last_message();
    if (count(expected) != hits + times) begin
      failures++;
      $error("%s: fired %0d times, not %0d", expected.name(), count(expected) - hits, times);
    end
    if (total() - count(expected) != others) begin
      failures++;
      $error("%s: %0d other rules fired too", expected.name(), total() - count(expected) - others);
    end
    if (times == 0) return;
    if (!contains(message, {"rule ", expected.name(), " (", section(expected), ") broken at time "})
        || (lite && !contains(message, "u_lite_checker: "))
        || (!lite && !contains(message, "u_checker: "))
        || !contains(message, value_a) || !contains(message, value_b)) begin
      failures++;
      $error("%s: %s or %s is not in: %s", expected.name(), value_a, value_b, message);
    end
    covered[expected] = 1'b1;
  endtask

  /// `rule` is broken in the midst of traffic: it alone fires.
  task automatic break_in_traffic(input rule_e rule);
    bit waits;
    restart_traffic();
    // Atomic transactions are few, and come behind others.
    if (rule inside {[AwAtomicEncoding:WAtomicStrobe]}) begin
      valid_paces = '{default: 90};
      ready_paces = '{default: 90};
    end
    begin_test(rule);
    repeat (below(80)) traffic_clock();
    arm(rule);
    for (int unsigned i = 0; i < 20000 && !spoilt; i++) traffic_clock();
    if (!spoilt) begin
      failures++;
      $error("%s: no traffic to spoil", rule.name());
    end
    // Its acceptance, when that is what it takes.
    if (is_told_at_once()) @(posedge clk_i);
    @(negedge clk_i);
    waits = !is_told_at_once();
    for (int unsigned i = 0; i < 2000 && waits && count(rule) == hits; i++) begin
      traffic_clock();
      @(negedge clk_i);
    end
    if (count(rule) != hits + 1 || total() - count(rule) != others) begin
      failures++;
      $error("%s in traffic: fired %0d times, and %0d others did", rule.name(), count(rule) - hits,
             total() - count(rule) - others);
    end
    disarm();
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
    logic [4:0] ready = '1;
    while (steps.size() != 0) begin
      s = steps.pop_front();
      case (s.kind)
        StepAw:     drive_aw(s.address);
        StepAr:     drive_ar(s.address);
        StepW:      drive_w(s.strb, s.last);
        StepB:      drive_b(s.id, s.resp);
        StepR:      drive_r(s.id, s.resp, s.last);
        StepDrop:   valid[3'(s.number)] = 1'b0;
        StepReady:  ready = 5'(s.number);
        StepClocks: begin
          {rvalid, arvalid, bvalid, wvalid, awvalid} <= valid;
          {rready, arready, bready, wready, awready} <= ready;
          repeat (s.number) @(posedge clk_i);
        end
        StepReset:  bus_rst_n <= s.number != 0;
        StepLite:   lite = s.number != 0;
        StepChange: change_payload(s.number);
        StepExpect: begin_test(s.rule);
        StepQuiet:  check_quiet();
        StepSeen:   end_test(s.number);
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
    for (int unsigned i = 0; i < clocks; i++) begin
      if (i % 1024 == 1023) draw_paces();
      traffic_clock();
    end
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
    repeat (Rounds) begin
      for (int unsigned i = 0; i < Rules; i++) begin
        if (can_break(rule_e'(i))) break_in_traffic(rule_e'(i));
      end
    end
    test_addresses();
    test_handshakes();
    test_writes();
    test_reads();
    test_exclusives();
    test_atomics();
    test_patience();
    test_recovery();
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
