// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// AHB manager for testbenches: plays bursts as fast as the bus lets it and checks every answer
/// against a model of the guest's memory, which is that of u_pages next to this module.
///
/// A testbench pushes bursts; BUSY and IDLE come between as set_pace() says. What is in the queue
/// when a reset comes is dropped. There is a second subordinate on this bus, which is part of this
/// module: transfers to it have HSEL low, and it holds HREADY low at random.
module tb_ahb_manager #(
  /// Bits of HADDR.
  parameter int unsigned AddrWidth    = 40,
  /// Bits of HWDATA and HRDATA.
  parameter int unsigned DataWidth    = 64,
  /// 1: HWSTRB counts.
  parameter bit          WriteStrobes = 1'b1
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low.
  input  logic                   rst_ni,
  /// Select.
  output logic                   hsel_o,
  /// Address.
  output logic [AddrWidth-1:0]   haddr_o,
  /// Transfer type.
  output logic [1:0]             htrans_o,
  /// log2 of the bytes.
  output logic [2:0]             hsize_o,
  /// Burst type.
  output logic [2:0]             hburst_o,
  /// Direction.
  output logic                   hwrite_o,
  /// Protection.
  output logic [6:0]             hprot_o,
  /// Locked.
  output logic                   hmastlock_o,
  /// Non-secure.
  output logic                   hnonsec_o,
  /// Exclusive.
  output logic                   hexcl_o,
  /// Manager.
  output logic [3:0]             hmaster_o,
  /// Write data.
  output logic [DataWidth-1:0]   hwdata_o,
  /// Write strobes.
  output logic [DataWidth/8-1:0] hwstrb_o,
  /// Ready of the bus.
  output logic                   hready_o,
  /// Ready of the port.
  input  logic                   hreadyout_i,
  /// Response of the port.
  input  logic                   hresp_i,
  /// Read data.
  input  logic [DataWidth-1:0]   hrdata_i,
  /// Exclusive transfer done.
  input  logic                   hexokay_i
);
  import qdpi_ahb_checker_pkg::*;
  import tb_ahb_manager_pkg::*;
  import tb_errors_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  typedef struct packed {
    logic                 selected;
    logic [1:0]           trans;
    logic [AddrWidth-1:0] addr;
    logic [2:0]           size;
    logic [2:0]           burst;
    logic                 write;
    logic [8:0]           attributes;
    logic                 excl;
    logic [3:0]           master;
    logic [DataWidth-1:0] data;
    logic [BusBytes-1:0]  strb;
    want_e                want;
  } item_t;

  // Transfers are kept whole and addresses have 64 bits, whatever is looked at of them.
  // verilator lint_off UNUSEDSIGNAL
  // Written by the functions, which the testbench and the one process below call.
  // verilator lint_off BLKSEQ
  item_t           queue[$];
  item_t           item;          // in its address phase
  item_t           data_item;     // in its data phase
  bit              in_data;
  longint unsigned random_state;
  int unsigned     busy_percent, idle_percent, cancel_percent, elsewhere_percent;
  bit              all_strobes;   // in bursts pushed from now on
  longint unsigned clock, first_clock, last_clock, address_at_cut;
  int unsigned     transfers, refusals, flips, cancelled, cuts, waits, low_waits, high_waits;
  // By direction: what the port must have counted since reset.
  longint unsigned done [2];
  logic            other_ready, other_data;

  assign hready_o = other_data ? other_ready : hreadyout_i;

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
    return random32() % 100 < percent;
  endfunction

  /// Percent of BUSY in bursts, of IDLE between, of transfers that an ERROR makes the manager
  /// cancel, and of transfers to the other subordinate between bursts.
  function automatic void set_pace(input int unsigned busy, input int unsigned pauses,
                                   input int unsigned cancel, input int unsigned elsewhere);
    busy_percent = busy;
    idle_percent = pauses;
    cancel_percent = cancel;
    elsewhere_percent = elsewhere;
  endfunction

  /// Start the counts that a test looks at.
  function automatic void reset_counts();
    transfers = 0;
    refusals = 0;
    flips = 0;
    cancelled = 0;
    low_waits = '1;
    high_waits = 0;
  endfunction

  function automatic logic [DataWidth-1:0] random_data();
    logic [DataWidth-1:0] data = '0;
    for (int unsigned i = 0; i < DataWidth; i += 8) data[i+:8] = 8'(random32());
    return data;
  endfunction

  function automatic logic [BusBytes-1:0] random_strobes();
    logic [BusBytes-1:0] strobes = '0;
    if (all_strobes || chance(40)) return '1;
    if (chance(5)) return '0;
    for (int unsigned i = 0; i < BusBytes; i++) strobes[i] = 1'(random32());
    return strobes;
  endfunction

  /// The lanes of a transfer.
  function automatic logic [BusBytes-1:0] lanes(input longint unsigned addr,
                                                input logic [2:0] size);
    logic [BusBytes-1:0] mask = '0;
    for (int unsigned i = 0; i < (32'd1 << size) && i < BusBytes; i++) begin
      mask[(addr[31:0]+i)%BusBytes] = 1'b1;
    end
    return mask;
  endfunction

  function automatic void push_between(input item_t next, input int unsigned percent);
    item_t pause = next;
    pause.trans = TransIdle;
    pause.addr = AddrWidth'(random32());
    pause.burst = 3'(random32());
    while (chance(percent)) queue.push_back(pause);
    if (chance(elsewhere_percent)) begin
      pause.trans = TransNonSeq;
      pause.selected = 1'b0;
      pause.burst = BurstSingle;
      pause.size = 3'd0;
      queue.push_back(pause);
    end
  endfunction

  /// `beats` beats of a burst. Fewer than the burst has: it ends early. Write data is random.
  function automatic void push_burst(input logic write, input longint unsigned addr,
                                     input logic [2:0] size, input logic [2:0] burst,
                                     input int unsigned beats, input want_e want);
    item_t           next = '0;
    item_t           busy;
    longint unsigned beat_address = addr;
    next.selected = 1'b1;
    next.size = size;
    next.burst = burst;
    next.write = write;
    next.attributes = 9'(random32());
    next.master = 4'(random32());
    next.want = want;
    push_between(next, idle_percent);
    for (int unsigned beat = 0; beat < beats; beat++) begin
      next.trans = beat == 0 ? TransNonSeq : TransSeq;
      next.addr = AddrWidth'(beat_address);
      next.data = random_data();
      next.strb = random_strobes();
      busy = next;
      busy.trans = TransBusy;
      while (beat != 0 && chance(busy_percent)) queue.push_back(busy);
      queue.push_back(next);
      beat_address = next_address(beat_address, size, burst);
    end
    // A burst of undefined length may end with BUSY.
    if (burst == BurstIncr && beat_address % 1024 != 0 && chance(busy_percent)) begin
      next.trans = TransBusy;
      next.addr = AddrWidth'(beat_address);
      queue.push_back(next);
    end
  endfunction

  /// A transfer with random data, all strobes and all attributes 0.
  function automatic item_t transfer(input trans_e trans, input logic write,
                                     input longint unsigned addr, input logic [2:0] size,
                                     input want_e want);
    item_t next = '0;
    next.selected = 1'b1;
    next.trans = trans;
    next.addr = AddrWidth'(addr);
    next.size = size;
    next.write = write;
    next.data = random_data();
    next.strb = '1;
    next.want = want;
    return next;
  endfunction

  /// One of a burst or out of it.
  function automatic void push_transfer(input trans_e trans, input logic write,
                                        input longint unsigned addr, input logic [2:0] size,
                                        input logic [2:0] burst, input want_e want);
    item_t next = transfer(trans, write, addr, size, want);
    next.burst = burst;
    queue.push_back(next);
  endfunction

  /// An exclusive one.
  function automatic void push_exclusive(input logic write, input longint unsigned addr,
                                         input logic [2:0] size, input logic [3:0] master,
                                         input want_e want);
    item_t next = transfer(TransNonSeq, write, addr, size, want);
    next.excl = 1'b1;
    next.master = master;
    queue.push_back(next);
  endfunction

  /// True when everything that was pushed has been answered.
  function automatic bit idle();
    return queue.size() == 0 && !in_data && item.trans == TransIdle;
  endfunction

  /// After a reset: the transfer that it cut off.
  function automatic longint unsigned cut_address();
    return address_at_cut;
  endfunction

  // ---- The data phase --------------------------------------------------------------------------

  function automatic string direction(input logic write);
    if (write) return "write";
    return "read";
  endfunction

  function automatic string describe();
    return $sformatf("%s at 0x%0h, HSIZE %0d", direction(data_item.write), data_item.addr,
                     data_item.size);
  endfunction

  function automatic longint unsigned lane_address(input int unsigned lane);
    return (64'(data_item.addr) & ~(64'(BusBytes) - 64'd1)) + 64'(lane);
  endfunction

  function automatic void check_read();
    logic [BusBytes-1:0] used = lanes(64'(data_item.addr), data_item.size);
    int unsigned         wrong_bits = 0;
    for (int unsigned lane = 0; lane < BusBytes; lane++) begin
      if (used[lane]) begin
        wrong_bits += $countones(hrdata_i[8*lane+:8] ^ u_pages.model[lane_address(lane)]);
      end
    end
    if (wrong_bits == 1 && data_item.want == WantFlip) begin
      flips++;
    end else if (wrong_bits != 0 || data_item.want == WantFlip) begin
      for (int unsigned lane = 0; lane < BusBytes; lane++) begin
        if (used[lane] && hrdata_i[8*lane+:8] != u_pages.model[lane_address(lane)]) begin
          wrong($sformatf("%s: lane %0d is %h, expected %h", describe(), lane,
                          hrdata_i[8*lane+:8], u_pages.model[lane_address(lane)]));
          return;
        end
      end
      wrong($sformatf("%s: a bit of it should have been wrong", describe()));
    end
  endfunction

  function automatic void model_write();
    logic [BusBytes-1:0] used = lanes(64'(data_item.addr), data_item.size);
    if (WriteStrobes) used &= data_item.strb;
    for (int unsigned lane = 0; lane < BusBytes; lane++) begin
      if (used[lane]) u_pages.model[lane_address(lane)] = data_item.data[8*lane+:8];
    end
  endfunction

  function automatic void check_error();
    refusals++;
    if (!(data_item.want inside {WantError, WantAny})) begin
      wrong($sformatf("%s: ERROR, expected OKAY", describe()));
    end
    if (hrdata_i != '0) wrong($sformatf("%s: ERROR with HRDATA %h", describe(), hrdata_i));
  endfunction

  function automatic void finish_data();
    transfers++;
    done[data_item.write]++;
    if (transfers == 1) first_clock = clock;
    last_clock = clock;
    if (waits < low_waits) low_waits = waits;
    if (waits > high_waits) high_waits = waits;
    if (hexokay_i != (data_item.want == WantExclusive)) begin
      wrong($sformatf("%s: HEXOKAY is %b", describe(), hexokay_i));
    end
    if (hresp_i) begin
      check_error();
    end else begin
      if (data_item.want == WantError) wrong($sformatf("%s: OKAY, expected ERROR", describe()));
      else if (!data_item.write) check_read();
      else if (data_item.want != WantShared) model_write();
    end
  endfunction

  // ---- The address phase -----------------------------------------------------------------------

  /// The next transfer; IDLE if there is none.
  function automatic void next_item();
    if (queue.size() != 0) begin
      item = queue.pop_front();
    end else begin
      item = '0;
      item.selected = 1'b1;
    end
  endfunction

  /// What the manager may change while HREADY is low.
  function automatic void change_waiting();
    if (in_data && hresp_i && item.trans != TransIdle && chance(cancel_percent)) begin
      cancelled++;
      item.trans = TransIdle;
      while (queue.size() != 0 && queue[0].trans[0]) queue.delete(0);
    end else if (item.trans == TransBusy && chance(50)) begin
      if (queue.size() == 0 || queue[0].trans != TransBusy) next_item();
    end else if (item.trans == TransIdle && queue.size() != 0 && chance(50)) begin
      if (queue[0].trans == TransNonSeq) next_item();
    end
  endfunction

  function automatic void step();
    clock++;
    if (!idle() && clock > last_clock + 20_000) begin
      $fatal(1, "%m: nothing answered for 20000 clocks; %0d transfers to go", queue.size());
    end
    if (hready_o) begin
      if (in_data) finish_data();
      in_data = item.trans[1] && item.selected;
      other_data <= item.trans[1] && !item.selected;
      data_item = item;
      waits = 0;
      next_item();
    end else begin
      waits++;
      change_waiting();
    end
    other_ready <= chance(50);
  endfunction

  /// In reset.
  function automatic void drop_all();
    queue.delete();
    next_item();
    if (in_data) begin
      cuts++;
      address_at_cut = 64'(data_item.addr);
    end
    in_data = 1'b0;
    last_clock = clock;
    for (int i = 0; i < 2; i++) done[i] = 0;
  endfunction

  // Not always_ff: the testbench's process pushes and counts too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      drop_all();
      other_data <= 1'b0;
      hsel_o     <= 1'b0;
      htrans_o   <= TransIdle;
    end else begin
      step();
      hsel_o   <= item.selected;
      htrans_o <= item.trans;
      haddr_o  <= item.addr;
      hsize_o  <= item.size;
      hburst_o <= item.burst;
      hwrite_o <= item.write;
      {hprot_o, hmastlock_o, hnonsec_o} <= item.attributes;
      hexcl_o   <= item.excl;
      hmaster_o <= item.master;
      if (hready_o) begin
        hwdata_o <= data_item.data;
        hwstrb_o <= data_item.strb;
      end
    end
  end

endmodule
