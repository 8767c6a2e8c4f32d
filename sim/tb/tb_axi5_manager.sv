// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// AXI5 manager for testbenches: ordinary and atomic transactions, many at once. It moves what it
/// is given, and knows of atomics only that they have two kinds of response.
///
/// The testbench fills new_data and new_strb, calls issue(), which gives a slot, and every clock
/// take_finished(), which gives the slot of a transaction that has all its responses; what they
/// were is in bresps, rresps and rdatas. It does so at falling edges: the channels move at rising
/// ones. A response that nothing waits for, or a wrong number of beats, is an $error here.
module tb_axi5_manager #(
  /// Bits of the addresses.
  parameter int unsigned AddrWidth = 40,
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64,
  /// Bits of the IDs.
  parameter int unsigned IdWidth   = 6,
  /// Transactions that can be under way.
  parameter int unsigned Slots     = 64,
  /// Beats that one can have.
  parameter int unsigned MaxBeats  = 8
) (
  /// Clock.
  input  logic                   clk_i,
  /// Reset, active low.
  input  logic                   rst_ni,
  /// Write address.
  output logic [IdWidth-1:0]     axi_awid_o,
  /// Write address.
  output logic [AddrWidth-1:0]   axi_awaddr_o,
  /// Write address.
  output logic [7:0]             axi_awlen_o,
  /// Write address.
  output logic [2:0]             axi_awsize_o,
  /// Write address.
  output logic [1:0]             axi_awburst_o,
  /// Write address.
  output logic                   axi_awlock_o,
  /// Write address.
  output logic [5:0]             axi_awatop_o,
  /// Write address.
  output logic                   axi_awvalid_o,
  /// Write address.
  input  logic                   axi_awready_i,
  /// Write data.
  output logic [DataWidth-1:0]   axi_wdata_o,
  /// Write data.
  output logic [DataWidth/8-1:0] axi_wstrb_o,
  /// Write data.
  output logic                   axi_wlast_o,
  /// Write data.
  output logic                   axi_wvalid_o,
  /// Write data.
  input  logic                   axi_wready_i,
  /// Write response.
  input  logic [IdWidth-1:0]     axi_bid_i,
  /// Write response.
  input  logic [1:0]             axi_bresp_i,
  /// Write response.
  input  logic                   axi_bvalid_i,
  /// Write response.
  output logic                   axi_bready_o,
  /// Read address.
  output logic [IdWidth-1:0]     axi_arid_o,
  /// Read address.
  output logic [AddrWidth-1:0]   axi_araddr_o,
  /// Read address.
  output logic [7:0]             axi_arlen_o,
  /// Read address.
  output logic [2:0]             axi_arsize_o,
  /// Read address.
  output logic [1:0]             axi_arburst_o,
  /// Read address.
  output logic                   axi_arlock_o,
  /// Read address.
  output logic                   axi_arvalid_o,
  /// Read address.
  input  logic                   axi_arready_i,
  /// Read data.
  input  logic [IdWidth-1:0]     axi_rid_i,
  /// Read data.
  input  logic [DataWidth-1:0]   axi_rdata_i,
  /// Read data.
  input  logic [1:0]             axi_rresp_i,
  /// Read data.
  input  logic                   axi_rlast_i,
  /// Read data.
  input  logic                   axi_rvalid_i,
  /// Read data.
  output logic                   axi_rready_o
);
  import tb_errors_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  /// No slot.
  localparam int unsigned None = Slots;

  // Written by the functions, from the testbench's one process and the one below, never at the same
  // edge; what leaves the module goes through registers.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL

  // What a transaction is.
  typedef struct packed {
    logic [IdWidth-1:0]   id;
    logic [AddrWidth-1:0] addr;
    logic [7:0]           len;
    logic [2:0]           size;
    logic [1:0]           burst;
    logic                 lock;
    logic [5:0]           atop;
  } request_t;

  request_t             requests  [Slots];
  bit                   used      [Slots];
  bit                   wants_b   [Slots];  // has to get it
  int unsigned          sent      [Slots];  // write beats
  int unsigned          wants_r   [Slots];  // beats still to come
  int unsigned          got_r     [Slots];
  longint unsigned      numbers   [Slots];  // counts all transactions
  longint unsigned      b_clocks  [Slots];
  longint unsigned      r_clocks  [Slots];
  logic [1:0]           bresps    [Slots];
  logic [1:0]           rresps    [Slots*MaxBeats];
  logic [DataWidth-1:0] rdatas    [Slots*MaxBeats];
  logic [DataWidth-1:0] wdatas    [Slots*MaxBeats];
  logic [BusBytes-1:0]  wstrbs    [Slots*MaxBeats];
  logic [DataWidth-1:0] new_data  [MaxBeats];
  logic [BusBytes-1:0]  new_strb  [MaxBeats];
  int unsigned          aw_queue  [$];
  int unsigned          w_queue   [$];
  int unsigned          ar_queue  [$];
  int unsigned          finished  [$];
  int unsigned          w_slot, w_beat;
  int unsigned          used_count;
  longint unsigned      issued, clocks, random_state;

  /// Percent of the clocks in which a channel moves.
  int unsigned          aw_chance, w_chance, b_chance, ar_chance, r_chance;

  /// Start the random numbers. All channels move on every clock.
  function automatic void start(input longint unsigned seed);
    random_state = seed * 64'h9e37_79b9_7f4a_7c15 + 64'h1357_9bdf;
    set_chances(100);
  endfunction

  /// All channels move in `percent` of the clocks.
  function automatic void set_chances(input int unsigned percent);
    aw_chance = percent;
    w_chance = percent;
    b_chance = percent;
    ar_chance = percent;
    r_chance = percent;
  endfunction

  function automatic bit chance(input int unsigned percent);
    // verilator no_inline_task
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return 32'(random_state[47:16]) % 100 < percent;
  endfunction

  /// Put a transaction on its way. A write takes its beats from new_data and new_strb; `read_beats`
  /// have to come back on R. Call only while used_count < Slots.
  function automatic int unsigned issue(
      input bit is_write, input logic [IdWidth-1:0] id, input logic [AddrWidth-1:0] addr,
      input logic [7:0] len, input logic [2:0] size, input logic [1:0] burst, input logic lock,
      input logic [5:0] atop, input int unsigned read_beats);
    // verilator no_inline_task
    int unsigned slot = 0;
    while (used[slot]) slot++;
    requests[slot] = {id, addr, len, size, burst, lock, atop};
    used[slot] = 1'b1;
    used_count++;
    wants_b[slot] = is_write;
    wants_r[slot] = read_beats;
    got_r[slot] = 0;
    sent[slot] = 0;
    numbers[slot] = issued;
    issued++;
    if (!is_write) begin
      ar_queue.push_back(slot);
      return slot;
    end
    for (int unsigned i = 0; i <= 32'(len) && i < MaxBeats; i++) begin
      wdatas[slot*MaxBeats+i] = new_data[i];
      wstrbs[slot*MaxBeats+i] = new_strb[i];
    end
    aw_queue.push_back(slot);
    w_queue.push_back(slot);
    return slot;
  endfunction

  /// The slot of a transaction that has all its responses, or None. It stays as it is until the
  /// next issue().
  function automatic int unsigned take_finished();
    // verilator no_inline_task
    int unsigned slot;
    if (finished.size() == 0) return None;
    slot = finished.pop_front();
    used[slot] = 1'b0;
    used_count--;
    return slot;
  endfunction

  /// The oldest transaction of `id` that waits for B, or for R; or None.
  function automatic int unsigned oldest(input logic [IdWidth-1:0] id, input bit for_b);
    // verilator no_inline_task
    int unsigned found = None;
    for (int unsigned i = 0; i < Slots; i++) begin
      if (used[i] && requests[i].id == id && (for_b ? wants_b[i] : wants_r[i] != 0)
          && (found == None || numbers[i] < numbers[found])) begin
        found = i;
      end
    end
    return found;
  endfunction

  function automatic void complain(input string what, input logic [IdWidth-1:0] id);
    // verilator no_inline_task
    wrong($sformatf("%s, ID 0x%0h", what, id));
  endfunction

  function automatic void finish(input int unsigned slot);
    if (!wants_b[slot] && wants_r[slot] == 0) finished.push_back(slot);
  endfunction

  function automatic void take_b(input logic [IdWidth-1:0] id, input logic [1:0] resp);
    // verilator no_inline_task
    int unsigned slot = oldest(id, 1'b1);
    if (slot == None) begin
      complain("B for which nothing waits", id);
      return;
    end
    if (sent[slot] != 32'(requests[slot].len) + 1) complain("B before the last data", id);
    wants_b[slot] = 1'b0;
    bresps[slot] = resp;
    b_clocks[slot] = clocks;
    finish(slot);
  endfunction

  function automatic void take_r(input logic [IdWidth-1:0] id, input logic [DataWidth-1:0] data,
                                 input logic [1:0] resp, input logic last);
    // verilator no_inline_task
    int unsigned slot = oldest(id, 1'b0);
    if (slot == None) begin
      complain("R for which nothing waits", id);
      return;
    end
    rdatas[slot*MaxBeats+got_r[slot]] = data;
    rresps[slot*MaxBeats+got_r[slot]] = resp;
    if (got_r[slot] == 0) r_clocks[slot] = clocks;
    got_r[slot]++;
    wants_r[slot]--;
    if (last != (wants_r[slot] == 0)) complain("RLAST not with the last beat", id);
    finish(slot);
  endfunction

  function automatic void clear();
    for (int unsigned i = 0; i < Slots; i++) used[i] = 1'b0;
    used_count = 0;
    aw_queue.delete();
    w_queue.delete();
    ar_queue.delete();
    finished.delete();
    w_slot = None;
  endfunction

  /// Put the next address of `queue` on its channel on the next clock, if there is one.
  function automatic bit next_address(input int unsigned waiting, input int unsigned percent);
    if (waiting == 0) return 1'b0;
    return chance(percent);
  endfunction

  /// Whether there is a beat for W, of w_slot.
  function automatic bit next_beat();
    // verilator no_inline_task
    if (w_slot == None) begin
      if (w_queue.size() == 0) return 1'b0;
      w_slot = w_queue.pop_front();
      w_beat = 0;
    end
    return chance(w_chance);
  endfunction

  request_t    aw, ar;
  int unsigned aw_slot, ar_slot;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      clear();
      axi_awvalid_o <= 1'b0;
      axi_wvalid_o  <= 1'b0;
      axi_arvalid_o <= 1'b0;
      axi_bready_o  <= 1'b0;
      axi_rready_o  <= 1'b0;
    end else begin
      clocks++;
      if (axi_bvalid_i && axi_bready_o) take_b(axi_bid_i, axi_bresp_i);
      if (axi_rvalid_i && axi_rready_o) begin
        take_r(axi_rid_i, axi_rdata_i, axi_rresp_i, axi_rlast_i);
      end
      if (axi_wvalid_o && axi_wready_i) begin
        sent[w_slot] = w_beat;
        if (w_beat > 32'(requests[w_slot].len)) w_slot = None;
      end
      if (!axi_awvalid_o || axi_awready_i) begin
        axi_awvalid_o <= 1'b0;
        if (next_address(aw_queue.size(), aw_chance)) begin
          axi_awvalid_o <= 1'b1;
          aw_slot = aw_queue.pop_front();
          aw = requests[aw_slot];
          {axi_awid_o, axi_awaddr_o, axi_awlen_o, axi_awsize_o, axi_awburst_o, axi_awlock_o,
           axi_awatop_o} <= aw;
        end
      end
      if (!axi_wvalid_o || axi_wready_i) begin
        axi_wvalid_o <= 1'b0;
        if (next_beat()) begin
          axi_wvalid_o <= 1'b1;
          axi_wdata_o  <= wdatas[w_slot*MaxBeats+w_beat];
          axi_wstrb_o  <= wstrbs[w_slot*MaxBeats+w_beat];
          axi_wlast_o  <= w_beat == 32'(requests[w_slot].len);
          w_beat++;
        end
      end
      if (!axi_arvalid_o || axi_arready_i) begin
        axi_arvalid_o <= 1'b0;
        if (next_address(ar_queue.size(), ar_chance)) begin
          axi_arvalid_o <= 1'b1;
          ar_slot = ar_queue.pop_front();
          ar = requests[ar_slot];
          axi_arid_o    <= ar.id;
          axi_araddr_o  <= ar.addr;
          axi_arlen_o   <= ar.len;
          axi_arsize_o  <= ar.size;
          axi_arburst_o <= ar.burst;
          axi_arlock_o  <= ar.lock;
        end
      end
      axi_bready_o <= chance(b_chance);
      axi_rready_o <= chance(r_chance);
    end
  end

endmodule
