// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// AXI4 manager for testbenches: plays bursts and checks answers.
///
/// A testbench pushes address and data beats and what it expects to come back, in the order of
/// issue. The channels run independently, each with its own chance per clock, so write data may
/// come before its address. Every answer is compared: the first expected one with the same ID must
/// be equal, and all VALID and payload must be stable until READY. Differences are counted and
/// given as $error. Faults that the port injects can be expected: errors where OKAY was, which
/// b_was_okay() tells of, and flipped bits, which are counted.
module tb_axi4_manager #(
  /// Bits of the addresses.
  parameter int unsigned AddrWidth = 40,
  /// Bits of the data.
  parameter int unsigned DataWidth = 64,
  /// Bits of the IDs.
  parameter int unsigned IdWidth   = 4
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low. What was pushed stays: drop_all() drops it.
  input  logic                   rst_ni,
  /// AW channel.
  output logic [IdWidth-1:0]     axi_awid_o,
  /// AW channel.
  output logic [AddrWidth-1:0]   axi_awaddr_o,
  /// AW channel.
  output logic [7:0]             axi_awlen_o,
  /// AW channel.
  output logic [2:0]             axi_awsize_o,
  /// AW channel.
  output logic [1:0]             axi_awburst_o,
  /// AW channel.
  output logic                   axi_awlock_o,
  /// AW channel.
  output logic                   axi_awvalid_o,
  /// AW channel.
  input  logic                   axi_awready_i,
  /// W channel.
  output logic [DataWidth-1:0]   axi_wdata_o,
  /// W channel.
  output logic [DataWidth/8-1:0] axi_wstrb_o,
  /// W channel.
  output logic                   axi_wlast_o,
  /// W channel.
  output logic                   axi_wvalid_o,
  /// W channel.
  input  logic                   axi_wready_i,
  /// B channel.
  input  logic [IdWidth-1:0]     axi_bid_i,
  /// B channel.
  input  logic [1:0]             axi_bresp_i,
  /// B channel.
  input  logic                   axi_bvalid_i,
  /// B channel.
  output logic                   axi_bready_o,
  /// AR channel.
  output logic [IdWidth-1:0]     axi_arid_o,
  /// AR channel.
  output logic [AddrWidth-1:0]   axi_araddr_o,
  /// AR channel.
  output logic [7:0]             axi_arlen_o,
  /// AR channel.
  output logic [2:0]             axi_arsize_o,
  /// AR channel.
  output logic [1:0]             axi_arburst_o,
  /// AR channel.
  output logic                   axi_arlock_o,
  /// AR channel.
  output logic                   axi_arvalid_o,
  /// AR channel.
  input  logic                   axi_arready_i,
  /// R channel.
  input  logic [IdWidth-1:0]     axi_rid_i,
  /// R channel.
  input  logic [DataWidth-1:0]   axi_rdata_i,
  /// R channel.
  input  logic [1:0]             axi_rresp_i,
  /// R channel.
  input  logic                   axi_rlast_i,
  /// R channel.
  input  logic                   axi_rvalid_i,
  /// R channel.
  output logic                   axi_rready_o
);
  import tb_errors_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  typedef struct packed {
    logic [IdWidth-1:0]   id;
    logic [AddrWidth-1:0] addr;
    logic [7:0]           len;
    logic [2:0]           size;
    logic [1:0]           burst;
    logic                 lock;
  } address_t;

  typedef struct packed {
    logic [DataWidth-1:0] data;
    logic [BusBytes-1:0]  strb;
    logic                 last;
  } beat_t;

  typedef struct packed {
    logic [IdWidth-1:0] id;
    logic [1:0]         resp;
    int unsigned        number;
  } answer_t;

  typedef struct packed {
    logic [IdWidth-1:0]   id;
    logic [DataWidth-1:0] data;
    logic [1:0]           resp;
    logic                 last;
  } read_beat_t;

  address_t            aw_queue[$], ar_queue[$];
  beat_t               w_queue[$];
  answer_t             b_expected[$];
  read_beat_t          r_expected[$];
  logic [BusBytes-1:0] r_lanes[$];
  address_t            aw_next, ar_next;
  beat_t               w_next;

  // The functions below keep these. No other module reads them on a clock edge, hence:
  // verilator lint_off BLKSEQ
  // One function is not inlined, and reads no signal.
  // verilator lint_off IMPURE
  int unsigned     aw_percent, w_percent, b_percent, ar_percent, r_percent;
  bit              data_first;        // an address waits until its last beat of data has been taken
  bit              address_first;     // data waits until its address has been taken
  bit              read_after_write;  // read n starts on the clock that takes response n
  bit              errors_expected;   // any response may be SLVERR or DECERR instead
  int unsigned     b_faults, r_faults;  // responses, beats that were such instead
  bit              flips_expected;    // any burst may have a wrong bit
  int unsigned     bursts_flipped;
  bit              burst_flipped [1<<IdWidth];
  bit              not_okay      [int unsigned];  // numbers of bursts that were refused
  int unsigned     b_expected_count;
  longint unsigned random_state;
  longint unsigned clock;
  int unsigned     aw_started, aw_taken, w_bursts_started, w_bursts_taken, ar_started;
  int unsigned     w_beats, r_beats, b_count, ar_taken;
  int unsigned     b_overtakes, r_overtakes;  // answers that came before older ones
  int unsigned     r_switches;                // beats that came between those of another burst
  bit              r_in_burst;
  logic [IdWidth-1:0] r_last_id;
  longint unsigned w_first_clock, w_last_clock, r_first_clock, r_last_clock, progress_clock;
  longint unsigned ar_last_clock, b_last_clock;

  /// Start the random numbers. The clocked process and the test's draw from them, in an order that is
  /// the simulator's own.
  function automatic void seed(input longint unsigned value);
    random_state = value * 64'h9e37_79b9_7f4a_7c15 + 64'h2545_f491_4f6c_dd1d;
  endfunction

  /// The next random number.
  function automatic int unsigned random32();
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state[47:16];
  endfunction

  /// True in `percent` of the calls.
  function automatic bit chance(input int unsigned percent);
    return percent >= 100 || random32() % 100 < percent;
  endfunction

  /// Set how often each channel moves.
  function automatic void set_pace(input int unsigned aw, input int unsigned w,
                                   input int unsigned b, input int unsigned ar,
                                   input int unsigned r);
    aw_percent = aw;
    w_percent = w;
    b_percent = b;
    ar_percent = ar;
    r_percent = r;
  endfunction

  /// Start the counts from which a rate is computed.
  function automatic void reset_counts();
    aw_started = 0;
    aw_taken = 0;
    w_bursts_started = 0;
    w_bursts_taken = 0;
    ar_started = 0;
    w_beats = 0;
    r_beats = 0;
    b_count = 0;
    ar_taken = 0;
    b_overtakes = 0;
    r_overtakes = 0;
    r_switches = 0;
    r_in_burst = 1'b0;
    progress_clock = clock;
  endfunction

  function automatic void push_aw(input logic [IdWidth-1:0] id, input logic [AddrWidth-1:0] addr,
                                  input logic [7:0] len, input logic [2:0] size,
                                  input logic [1:0] burst, input bit lock);
    aw_queue.push_back({id, addr, len, size, burst, lock});
  endfunction

  function automatic void push_ar(input logic [IdWidth-1:0] id, input logic [AddrWidth-1:0] addr,
                                  input logic [7:0] len, input logic [2:0] size,
                                  input logic [1:0] burst, input bit lock);
    ar_queue.push_back({id, addr, len, size, burst, lock});
  endfunction

  function automatic void push_w(input logic [DataWidth-1:0] data,
                                 input logic [BusBytes-1:0] strb, input logic last);
    w_queue.push_back({data, strb, last});
  endfunction

  /// Returns a number by which b_was_okay() knows it.
  function automatic int unsigned expect_b(input logic [IdWidth-1:0] id, input logic [1:0] resp);
    b_expected_count++;
    b_expected.push_back({id, resp, b_expected_count});
    return b_expected_count;
  endfunction

  /// Whether the response with this number, which has come, was neither SLVERR nor DECERR.
  function automatic bit b_was_okay(input int unsigned number);
    return not_okay.exists(number) == 0;
  endfunction

  /// Forget which responses were errors.
  function automatic void forget_answers();
    not_okay.delete();
  endfunction

  /// `lanes`: the byte lanes of `data` that must be equal.
  function automatic void expect_r(input logic [IdWidth-1:0] id, input logic [DataWidth-1:0] data,
                                   input logic [BusBytes-1:0] lanes, input logic [1:0] resp,
                                   input logic last);
    r_expected.push_back({id, data, resp, last});
    r_lanes.push_back(lanes);
  endfunction

  /// True when everything pushed has been sent and everything expected has come.
  function automatic bit idle();
    return aw_queue.size() == 0 && w_queue.size() == 0 && ar_queue.size() == 0
        && b_expected.size() == 0 && r_expected.size() == 0;
  endfunction

  /// Forget everything.
  function automatic void drop_all();
    aw_queue.delete();
    w_queue.delete();
    ar_queue.delete();
    b_expected.delete();
    r_expected.delete();
    r_lanes.delete();
    reset_counts();
  endfunction

  function automatic void check_b();
    progress_clock = clock;
    b_last_clock = clock;
    b_count++;
    for (int i = 0; i < b_expected.size(); i++) begin
      if (b_expected[i].id == axi_bid_i) begin
        if (i != 0) b_overtakes++;
        if (axi_bresp_i[1]) not_okay[b_expected[i].number] = 1'b1;
        if (errors_expected && axi_bresp_i[1]) begin
          if (!b_expected[i].resp[1]) b_faults++;
        end else if (b_expected[i].resp != axi_bresp_i) begin
          wrong($sformatf("BID %0h: BRESP is %b, expected %b", axi_bid_i, axi_bresp_i,
                          b_expected[i].resp));
        end
        b_expected.delete(i);
        return;
      end
    end
    wrong($sformatf("BID %0h: no response expected", axi_bid_i));
  endfunction

  function automatic void compare_lanes(input logic [DataWidth-1:0] want,
                                        input logic [DataWidth-1:0] got,
                                        input logic [BusBytes-1:0] lanes,
                                        input logic [IdWidth-1:0] id);
    // verilator no_inline_task
    for (int unsigned lane = 0; lane < BusBytes; lane++) begin
      if (lanes[lane] && want[8*lane+:8] != got[8*lane+:8]) begin
        if (flips_expected && $countones(want[8*lane+:8] ^ got[8*lane+:8]) == 1) begin
          burst_flipped[id] = 1'b1;
        end else begin
          wrong($sformatf("RID %0h: lane %0d of RDATA is %h, expected %h", id, lane,
                          got[8*lane+:8], want[8*lane+:8]));
          return;
        end
      end
    end
  endfunction

  function automatic void check_r();
    read_beat_t          want;
    logic [BusBytes-1:0] lanes;

    progress_clock = clock;
    if (r_beats == 0) r_first_clock = clock;
    r_last_clock = clock;
    r_beats++;
    if (r_in_burst && r_last_id != axi_rid_i) r_switches++;
    r_in_burst = !axi_rlast_i;
    r_last_id = axi_rid_i;
    for (int i = 0; i < r_expected.size(); i++) begin
      want = r_expected[i];
      if (want.id == axi_rid_i) begin
        if (i != 0) r_overtakes++;
        lanes = r_lanes[i];
        if (errors_expected && axi_rresp_i[1] && !want.resp[1]) r_faults++;
        if (want.last != axi_rlast_i
            || (want.resp != axi_rresp_i && !(errors_expected && axi_rresp_i[1]))) begin
          wrong($sformatf("RID %0h: RRESP, RLAST are %b, %b, expected %b, %b", axi_rid_i,
                          axi_rresp_i, axi_rlast_i, want.resp, want.last));
        end
        if (want.resp[1] || !axi_rresp_i[1]) compare_lanes(want.data, axi_rdata_i, lanes, axi_rid_i);
        if (axi_rlast_i) begin
          if (burst_flipped[axi_rid_i]) bursts_flipped++;
          burst_flipped[axi_rid_i] = 1'b0;
        end
        r_expected.delete(i);
        r_lanes.delete(i);
        return;
      end
    end
    wrong($sformatf("RID %0h: no beat expected", axi_rid_i));
  endfunction

  function automatic bit aw_may_start();
    if (aw_queue.size() == 0 || !chance(aw_percent)) return 1'b0;
    return !data_first || w_bursts_taken > aw_started;
  endfunction

  function automatic bit w_may_start();
    if (w_queue.size() == 0 || !chance(w_percent)) return 1'b0;
    return !address_first || aw_taken > w_bursts_started;
  endfunction

  function automatic bit ar_may_start();
    if (ar_queue.size() == 0 || !chance(ar_percent)) return 1'b0;
    return !read_after_write || b_count > ar_started;
  endfunction

  function automatic void start_aw();
    aw_next = aw_queue.pop_front();
    aw_started++;
  endfunction

  function automatic void start_w();
    w_next = w_queue.pop_front();
    if (w_next.last) w_bursts_started++;
  endfunction

  function automatic void start_ar();
    ar_next = ar_queue.pop_front();
    ar_started++;
  endfunction

  function automatic void count_w();
    progress_clock = clock;
    if (w_beats == 0) w_first_clock = clock;
    w_last_clock = clock;
    w_beats++;
    if (axi_wlast_o) w_bursts_taken++;
  endfunction

  function automatic void count_aw();
    progress_clock = clock;
    aw_taken++;
  endfunction

  function automatic void count_ar();
    ar_last_clock = clock;
    ar_taken++;
  endfunction

  function automatic void count_clock();
    clock++;
    if (!idle() && clock > progress_clock + 10_000) begin
      $fatal(1, "%m: nothing moved for 10000 clocks: %0d AW, %0d W, %0d AR to go, %0d B, %0d R due",
             aw_queue.size(), w_queue.size(), ar_queue.size(), b_expected.size(),
             r_expected.size());
    end
  endfunction

  // Not always_ff: the testbench's process sets paces, seeds and counts too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      axi_awvalid_o <= 1'b0;
      axi_wvalid_o  <= 1'b0;
      axi_arvalid_o <= 1'b0;
      axi_bready_o  <= 1'b0;
      axi_rready_o  <= 1'b0;
    end else begin
      count_clock();
      if (axi_awvalid_o && axi_awready_i) count_aw();
      if (axi_wvalid_o && axi_wready_i) count_w();
      if (axi_arvalid_o && axi_arready_i) count_ar();
      if (axi_bvalid_i && axi_bready_o) check_b();
      if (axi_rvalid_i && axi_rready_o) check_r();
      if (!axi_awvalid_o || axi_awready_i) begin
        axi_awvalid_o <= 1'b0;
        if (aw_may_start()) begin
          start_aw();
          axi_awvalid_o <= 1'b1;
          {axi_awid_o, axi_awaddr_o, axi_awlen_o, axi_awsize_o, axi_awburst_o,
           axi_awlock_o} <= aw_next;
        end
      end
      if (!axi_wvalid_o || axi_wready_i) begin
        axi_wvalid_o <= 1'b0;
        if (w_may_start()) begin
          start_w();
          axi_wvalid_o <= 1'b1;
          {axi_wdata_o, axi_wstrb_o, axi_wlast_o} <= w_next;
        end
      end
      if (!axi_arvalid_o || axi_arready_i) begin
        axi_arvalid_o <= 1'b0;
        if (ar_may_start()) begin
          start_ar();
          axi_arvalid_o <= 1'b1;
          {axi_arid_o, axi_araddr_o, axi_arlen_o, axi_arsize_o, axi_arburst_o,
           axi_arlock_o} <= ar_next;
        end
      end
      axi_bready_o <= chance(b_percent);
      axi_rready_o <= chance(r_percent);
    end
  end

  // A3.2.1: once asserted, VALID and what goes with it stay until READY. A3.1.2: low in reset.
  BStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
      axi_bvalid_i && !axi_bready_o |=> axi_bvalid_i && $stable({axi_bid_i, axi_bresp_i}));
  RStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
      axi_rvalid_i && !axi_rready_o
      |=> axi_rvalid_i && $stable({axi_rid_i, axi_rdata_i, axi_rresp_i, axi_rlast_i}));
  LowInReset: assert property (@(posedge clk_i) !rst_ni |-> !axi_bvalid_i && !axi_rvalid_i);

endmodule
