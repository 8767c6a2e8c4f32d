// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// AXI4 protocol checker: watches any AXI4, AXI4-Lite or AXI5 (atomic transactions) bus and gives
/// $error for each broken rule, with its name and section, the signals, and the time.
/// Simulation only.
///
///   qdpi_axi4_checker #(.DataWidth(512)) u_checker (
///     .clk_i, .rst_ni, .axi_awid_i(awid), ... .axi_rready_i(rready));
///   bind my_device qdpi_axi4_checker #(.DataWidth(512)) u_checker (
///     .clk_i(aclk), .rst_ni(aresetn), .axi_awid_i(m_axi_awid), ...);
///
/// The rules are the enum rule_e of qdpi_axi4_checker_pkg. Needs nothing but the
/// files sim/checkers/qdpi_axi4_*.sv and qdpi_rule_log.sv: no bridge, no port.
///
/// * Addresses are judged when VALID first shows them, responses likewise (a subordinate must not
///   even offer what it has no right to), write data when its address is accepted too: beats that
///   come ahead of their address are kept until then.
/// * Order between transactions of one ID (A5.3) is visible only where lengths differ: as RLAST or
///   BVALID that does not fit the oldest transaction of that ID. Different IDs may interleave.
/// * After a broken rule the checker goes on with what most likely was meant; what is reported
///   after the first may be a consequence.
/// * Everything is sampled at the rising edge of the clock; a reset must be seen there.
/// * X and Z are found by simulators that have them; Verilator has not.
/// * Cost in Verilator: 40 instructions on an idle clock, 140 with a beat on W and on R while
///   addresses wait on AW and on AR, whatever the width; and 500 for a write burst and a read burst.
///
/// A test that breaks a rule on purpose calls u_rules.tolerate(RULE) first.
module qdpi_axi4_checker
  import qdpi_axi4_checker_pkg::*;
#(
  /// Bits of AWADDR and ARADDR, at most 64.
  parameter int unsigned AddrWidth     = 64,
  /// Bits of WDATA and RDATA: 8, 16, 32, ... 1024; AXI4-Lite: 32 or 64.
  parameter int unsigned DataWidth     = 64,
  /// Bits of the IDs, 1 to 32.
  parameter int unsigned IdWidth       = 4,
  /// Bits of the user signals, at least 1.
  parameter int unsigned UserWidth     = 1,
  /// Reads in progress that there is room for.
  parameter int unsigned MaxReads      = 64,
  /// Writes in progress that there is room for.
  parameter int unsigned MaxWrites     = 64,
  /// Beats on W ahead of their address that there is room for.
  parameter int unsigned MaxAheadBeats = 1024,
  /// Clocks without progress after which the transaction is reported as hung; 0: never.
  parameter int unsigned HangClocks    = 10000,
  /// The bus is AXI4-Lite: tie what it has not to 0, AxSIZE to log2 of the bus, AxBURST to INCR.
  parameter bit          Lite          = 1'b0,
  /// The bus has AWATOP.
  parameter bit          Atomics       = 1'b0
) (
  /// Clock: rising edge.
  input logic                     clk_i,
  /// Reset: active low.
  input logic                     rst_ni,

  /// Write address: transaction ID.
  input logic [IdWidth-1:0]       axi_awid_i,
  /// Write address: address of the first byte.
  input logic [AddrWidth-1:0]     axi_awaddr_i,
  /// Write address: beats - 1.
  input logic [7:0]               axi_awlen_i,
  /// Write address: log2 of the bytes in a beat.
  input logic [2:0]               axi_awsize_i,
  /// Write address: FIXED, INCR or WRAP.
  input logic [1:0]               axi_awburst_i,
  /// Write address: exclusive access.
  input logic                     axi_awlock_i,
  /// Write address: memory type.
  input logic [3:0]               axi_awcache_i,
  /// Write address: protection.
  input logic [2:0]               axi_awprot_i,
  /// Write address: quality of service.
  input logic [3:0]               axi_awqos_i,
  /// Write address: region.
  input logic [3:0]               axi_awregion_i,
  /// Write address: user signal.
  input logic [UserWidth-1:0]     axi_awuser_i,
  /// Write address: atomic operation (AXI5); '0 if there is none.
  input logic [5:0]               axi_awatop_i,
  /// Write address: valid.
  input logic                     axi_awvalid_i,
  /// Write address: ready.
  input logic                     axi_awready_i,
  /// Write data.
  input logic [DataWidth-1:0]     axi_wdata_i,
  /// Write data: one strobe per byte lane.
  input logic [DataWidth/8-1:0]   axi_wstrb_i,
  /// Write data: last beat of the burst.
  input logic                     axi_wlast_i,
  /// Write data: user signal.
  input logic [UserWidth-1:0]     axi_wuser_i,
  /// Write data: valid.
  input logic                     axi_wvalid_i,
  /// Write data: ready.
  input logic                     axi_wready_i,
  /// Write response: AWID of the burst.
  input logic [IdWidth-1:0]       axi_bid_i,
  /// Write response: OKAY, EXOKAY, SLVERR or DECERR.
  input logic [1:0]               axi_bresp_i,
  /// Write response: user signal.
  input logic [UserWidth-1:0]     axi_buser_i,
  /// Write response: valid.
  input logic                     axi_bvalid_i,
  /// Write response: ready.
  input logic                     axi_bready_i,
  /// Read address: transaction ID.
  input logic [IdWidth-1:0]       axi_arid_i,
  /// Read address: address of the first byte.
  input logic [AddrWidth-1:0]     axi_araddr_i,
  /// Read address: beats - 1.
  input logic [7:0]               axi_arlen_i,
  /// Read address: log2 of the bytes in a beat.
  input logic [2:0]               axi_arsize_i,
  /// Read address: FIXED, INCR or WRAP.
  input logic [1:0]               axi_arburst_i,
  /// Read address: exclusive access.
  input logic                     axi_arlock_i,
  /// Read address: memory type.
  input logic [3:0]               axi_arcache_i,
  /// Read address: protection.
  input logic [2:0]               axi_arprot_i,
  /// Read address: quality of service.
  input logic [3:0]               axi_arqos_i,
  /// Read address: region.
  input logic [3:0]               axi_arregion_i,
  /// Read address: user signal.
  input logic [UserWidth-1:0]     axi_aruser_i,
  /// Read address: valid.
  input logic                     axi_arvalid_i,
  /// Read address: ready.
  input logic                     axi_arready_i,
  /// Read data: ARID of the burst.
  input logic [IdWidth-1:0]       axi_rid_i,
  /// Read data.
  input logic [DataWidth-1:0]     axi_rdata_i,
  /// Read data: OKAY, EXOKAY, SLVERR or DECERR.
  input logic [1:0]               axi_rresp_i,
  /// Read data: last beat of the burst.
  input logic                     axi_rlast_i,
  /// Read data: user signal.
  input logic [UserWidth-1:0]     axi_ruser_i,
  /// Read data: valid.
  input logic                     axi_rvalid_i,
  /// Read data: ready.
  input logic                     axi_rready_i
);

  if (AddrWidth > 64) begin : g_bad_addr_width
    $error("AddrWidth is %0d, must be at most 64", AddrWidth);
  end
  if (DataWidth < 8 || DataWidth > 1024 || (DataWidth & (DataWidth - 1)) != 0) begin : g_bad_width
    $error("DataWidth is %0d, must be a power of 2 from 8 to 1024", DataWidth);
  end
  if (Lite && !(DataWidth inside {32, 64})) begin : g_bad_lite_width
    $error("DataWidth is %0d, must be 32 or 64 with Lite", DataWidth);
  end
  if (IdWidth > 32) begin : g_bad_id_width
    $error("IdWidth is %0d, must be at most 32", IdWidth);
  end

  // ResetSeen: the clock edge before was in reset.
  typedef enum int unsigned {
    ResetNone, ResetFell, ResetSeen
  } reset_e;

  localparam int unsigned PollClocks = HangClocks < 16 ? 1 : HangClocks / 16;

  qdpi_rule_log #(.Rules(Rules)) u_rules ();

  qdpi_axi4_address_checker #(
    .Read      (1'b0),
    .AddrWidth (AddrWidth),
    .DataWidth (DataWidth),
    .IdWidth   (IdWidth),
    .UserWidth (UserWidth),
    .HangClocks(HangClocks),
    .Lite      (Lite),
    .Atomics   (Atomics)
  ) u_aw (
    .axi_axid_i    (axi_awid_i),
    .axi_axaddr_i  (axi_awaddr_i),
    .axi_axlen_i   (axi_awlen_i),
    .axi_axsize_i  (axi_awsize_i),
    .axi_axburst_i (axi_awburst_i),
    .axi_axlock_i  (axi_awlock_i),
    .axi_axcache_i (axi_awcache_i),
    .axi_axprot_i  (axi_awprot_i),
    .axi_axqos_i   (axi_awqos_i),
    .axi_axregion_i(axi_awregion_i),
    .axi_axuser_i  (axi_awuser_i),
    .axi_axatop_i  (axi_awatop_i),
    .axi_axvalid_i (axi_awvalid_i),
    .axi_axready_i (axi_awready_i)
  );

  qdpi_axi4_address_checker #(
    .Read      (1'b1),
    .AddrWidth (AddrWidth),
    .DataWidth (DataWidth),
    .IdWidth   (IdWidth),
    .UserWidth (UserWidth),
    .HangClocks(HangClocks),
    .Lite      (Lite)
  ) u_ar (
    .axi_axid_i    (axi_arid_i),
    .axi_axaddr_i  (axi_araddr_i),
    .axi_axlen_i   (axi_arlen_i),
    .axi_axsize_i  (axi_arsize_i),
    .axi_axburst_i (axi_arburst_i),
    .axi_axlock_i  (axi_arlock_i),
    .axi_axcache_i (axi_arcache_i),
    .axi_axprot_i  (axi_arprot_i),
    .axi_axqos_i   (axi_arqos_i),
    .axi_axregion_i(axi_arregion_i),
    .axi_axuser_i  (axi_aruser_i),
    .axi_axatop_i  (AtomicNone),
    .axi_axvalid_i (axi_arvalid_i),
    .axi_axready_i (axi_arready_i)
  );

  qdpi_axi4_write_checker #(
    .DataWidth    (DataWidth),
    .IdWidth      (IdWidth),
    .UserWidth    (UserWidth),
    .MaxWrites    (MaxWrites),
    .MaxAheadBeats(MaxAheadBeats),
    .HangClocks   (HangClocks),
    .Lite         (Lite)
  ) u_write (
    .axi_wdata_i,
    .axi_wstrb_i,
    .axi_wlast_i,
    .axi_wuser_i,
    .axi_wvalid_i,
    .axi_wready_i,
    .axi_bid_i,
    .axi_bresp_i,
    .axi_buser_i,
    .axi_bvalid_i,
    .axi_bready_i
  );

  qdpi_axi4_read_checker #(
    .DataWidth (DataWidth),
    .IdWidth   (IdWidth),
    .UserWidth (UserWidth),
    .MaxReads  (MaxReads),
    .HangClocks(HangClocks),
    .Lite      (Lite)
  ) u_read (
    .axi_rid_i,
    .axi_rdata_i,
    .axi_rresp_i,
    .axi_rlast_i,
    .axi_ruser_i,
    .axi_rvalid_i,
    .axi_rready_i
  );

  // The state is written by this one process, through functions; nothing else reads it in a clock.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  reset_e          reset;
  longint unsigned clock, next_poll;
  address_t        exclusive;
  rule_e           rule;
  int unsigned     write_place, read_place;

  initial begin
    u_rules.set_place($sformatf("%m"));
    reset = ResetNone;
    clear();
  end

  // Like the processes of a bus with this clock and reset, which Verilator then runs together. Yet
  // reset is sampled: its fall is no edge of the clock. The clock advances last: Verilator 5.006 moves
  // what reads it behind what does not.
  always @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      if (reset != ResetNone) begin
        leave_reset(axi_awvalid_i, axi_wvalid_i, axi_bvalid_i, axi_arvalid_i, axi_rvalid_i);
      end
      if (HangClocks != 0 && clock == next_poll) check_hang();
      u_aw.check_known_handshake();
      u_ar.check_known_handshake();
      u_write.check_known_handshakes();
      u_read.check_known_handshakes();
      // Responses before addresses and data: these allow a response from the next edge on.
      u_write.check_response(clock);
      u_read.check_data(clock);
      if (axi_awvalid_i || u_aw.stalled) begin
        if (!u_aw.waits()) begin
          u_aw.check_address(clock);
          check_write_address();
        end
      end
      u_write.check_data(clock);
      if (axi_arvalid_i || u_ar.stalled) begin
        if (!u_ar.waits()) begin
          u_ar.check_address(clock);
          check_read_address();
        end
      end
    end else begin
      stay_in_reset(axi_awvalid_i, axi_wvalid_i, axi_bvalid_i, axi_arvalid_i, axi_rvalid_i);
    end
    if (u_aw.faulty || u_write.faulty || u_ar.faulty || u_read.faulty) report();
    clock++;
  end

  function automatic void clear();
    // verilator no_inline_task
    u_aw.clear();
    u_ar.clear();
    u_write.clear();
    u_read.clear();
  endfunction

  function automatic void stay_in_reset(input logic awvalid, input logic wvalid, input logic bvalid,
                                        input logic arvalid, input logic rvalid);
    // verilator no_inline_task
    case (reset)
      ResetNone: reset = ResetFell;
      ResetFell: begin
        clear();
        reset = ResetSeen;
      end
      default: check_reset(awvalid, wvalid, bvalid, arvalid, rvalid);
    endcase
  endfunction

  function automatic void leave_reset(input logic awvalid, input logic wvalid, input logic bvalid,
                                      input logic arvalid, input logic rvalid);
    // verilator no_inline_task
    if (reset == ResetSeen) check_reset(awvalid, wvalid, bvalid, arvalid, rvalid);
    else clear();
    reset = ResetNone;
    next_poll = clock + 64'(PollClocks) - 64'd1;
  endfunction

  function automatic void check_reset(input logic awvalid, input logic wvalid, input logic bvalid,
                                      input logic arvalid, input logic rvalid);
    // verilator no_inline_task
    u_aw.check_reset(awvalid);
    u_ar.check_reset(arvalid);
    u_write.check_reset(wvalid, bvalid);
    u_read.check_reset(rvalid);
  endfunction

  /// Now and then.
  function automatic void check_hang();
    // verilator no_inline_task
    next_poll = clock + 64'(PollClocks);
    u_aw.check_hang(clock, u_write.progress);
    u_ar.check_hang(clock, u_read.progress);
    u_write.check_hang(u_aw.stalled, clock);
    // By next_poll it may have its data: then it has had its time from there on.
    if (Atomics && oldest_read_lacks_data()) u_read.postpone(next_poll);
    u_read.check_hang(clock);
  endfunction

  /// Whether the oldest read is that of an atomic transaction whose write data has not all come.
  function automatic bit oldest_read_lacks_data();
    // verilator no_inline_task
    read_place = u_read.u_reads.oldest;
    if (read_place == MaxReads || !u_read.u_reads.atomics[read_place]) return 1'b0;
    write_place = u_write.u_writes.find(u_read.u_reads.ids[read_place]);
    return write_place != MaxWrites && !u_write.u_writes.complete[write_place];
  endfunction

  /// The address on AW has come, has been accepted, or both; or it broke a rule.
  function automatic void check_write_address();
    // verilator no_inline_task
    if (u_aw.fresh && u_aw.attributes.lock && u_aw.attributes.atop == AtomicNone) begin
      check_exclusive_write();
    end
    if (u_aw.valid && u_aw.ready) accept_write();
  endfunction

  function automatic void check_read_address();
    // verilator no_inline_task
    if (u_ar.valid && u_ar.ready) accept_read();
  endfunction

  /// An exclusive write repeats the exclusive read of its ID, which has its data (A7.2.2, A7.2.4).
  /// There need not have been one: then the write fails.
  function automatic void check_exclusive_write();
    // verilator no_inline_task
    u_read.find_exclusive(u_aw.id);
    if (u_read.exclusive_at == u_read.Exclusives) return;
    exclusive = u_read.exclusives[u_read.exclusive_at];
    if (u_read.exclusive_pending(exclusive.id)) begin
      u_aw.break_rule(AwExclusiveEarly);
    end
    if (exclusive.addr != u_aw.addr || exclusive.shape != u_aw.attributes.shape
        || exclusive.cache != u_aw.attributes.cache || exclusive.prot != u_aw.attributes.prot
        || exclusive.region != u_aw.attributes.region) begin
      u_aw.break_pair(exclusive);
    end
    u_read.forget_exclusive();
  endfunction

  function automatic void accept_write();
    if (Atomics) check_atomic_id();
    u_aw.accept_address();
    u_write.accept_address(u_aw.addr, u_aw.id, u_aw.attributes, clock);
    if (Atomics && atomic_reads(u_aw.attributes.atop)) begin
      u_read.expect_atomic(u_aw.addr, u_aw.id, u_aw.attributes, clock);
    end
  endfunction

  function automatic void accept_read();
    if (Atomics && in_progress(u_ar.id, 1'b0)) u_ar.break_rule(ArAtomicId);
    u_ar.accept_address();
    u_read.accept_address(u_ar.addr, u_ar.id, u_ar.attributes, clock);
  endfunction

  /// Atomic transactions share no ID with anything else in progress.
  function automatic void check_atomic_id();
    // verilator no_inline_task
    if (in_progress(u_aw.id, u_aw.attributes.atop != AtomicNone)) begin
      u_aw.break_rule(AwAtomicId);
    end
  endfunction

  /// Whether an atomic transaction with this ID is in progress; or, for `any`, any transaction.
  function automatic bit in_progress(input int unsigned id, input bit any);
    // verilator no_inline_task
    write_place = u_write.u_writes.find(id);
    read_place = u_read.u_reads.find(id);
    return (write_place != MaxWrites && (any || u_write.u_writes.atomics[write_place]))
        || (read_place != MaxReads && (any || u_read.u_reads.atomics[read_place]));
  endfunction

  function automatic void report();
    // verilator no_inline_task
    while (u_aw.faulty || u_write.faulty) begin
      rule = first_rule(u_aw.faults | u_write.faults);
      if (u_aw.faults[rule]) begin
        u_aw.explain(rule);
        u_rules.broken(rule, rule.name(), section(rule), u_aw.explanation);
      end else begin
        u_write.explain(rule, clock);
        u_rules.broken(rule, rule.name(), section(rule), u_write.explanation);
      end
    end
    while (u_ar.faulty || u_read.faulty) begin
      rule = first_rule(u_ar.faults | u_read.faults);
      if (u_ar.faults[rule]) begin
        u_ar.explain(rule);
        u_rules.broken(rule, rule.name(), section(rule), u_ar.explanation);
      end else begin
        u_read.explain(rule, clock);
        u_rules.broken(rule, rule.name(), section(rule), u_read.explanation);
      end
    end
  endfunction

endmodule
