// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Test of qdpi_axil_manager: random doorbells into a register block that takes address and data at
/// any pace, answers late, and refuses some; indices outside the block; an answer that never seems
/// to come. Compares every write, in order, and counts the errors that must be reported.
///
///   +seed=N   of the random numbers (1)
///   +requests=N  doorbells (2000)
module tb_qdpi_axil_manager (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  input logic rst_ni
  // verilator lint_on SYNCASYNCNET
);
  import tb_errors_pkg::*;

  localparam int unsigned AddrWidth = 12;
  localparam int unsigned TimeoutCycles = 60;
  localparam int unsigned Registers = 512;

  typedef struct packed {
    logic [31:0] index;
    logic [63:0] value;
  } doorbell_t;

  logic                 request_valid, request_ready, error;
  logic [31:0]          request_index, error_count;
  logic [63:0]          request_value, wdata;
  logic [AddrWidth-1:0] awaddr;
  logic [2:0]           awprot;
  logic                 awvalid, awready, wvalid, wready, bvalid, bready;
  logic [7:0]           wstrb;
  logic [1:0]           bresp;

  qdpi_axil_manager #(.AddrWidth(AddrWidth), .TimeoutCycles(TimeoutCycles)) u_manager (
    .clk_i,
    .rst_ni,
    .request_valid_i(request_valid),
    .request_ready_o(request_ready),
    .request_index_i(request_index),
    .request_value_i(request_value),
    .error_o        (error),
    .error_count_o  (error_count),
    .axil_awaddr_o  (awaddr),
    .axil_awprot_o  (awprot),
    .axil_awvalid_o (awvalid),
    .axil_awready_i (awready),
    .axil_wdata_o   (wdata),
    .axil_wstrb_o   (wstrb),
    .axil_wvalid_o  (wvalid),
    .axil_wready_i  (wready),
    .axil_bresp_i   (bresp),
    .axil_bvalid_i  (bvalid),
    .axil_bready_o  (bready)
  );

  // Only the one process below uses these on a clock edge, hence:
  // verilator lint_off BLKSEQ
  longint unsigned random_state;
  doorbell_t       expected[$];       // accepted, not yet written
  int unsigned     requests, accepted, written, outside, refused, late, pulses;
  int unsigned     seed;
  bit              have_address, have_data;
  logic [11:0]     taken_address;
  logic [63:0]     taken_data;
  int unsigned     answer_delay;      // clocks left until the answer is given
  int unsigned     busy_clocks;       // since the request in progress was accepted
  int unsigned     idle_clocks;
  int unsigned     quiet_clocks;      // at the end

  function automatic int unsigned random32();
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state[47:16];
  endfunction

  function automatic logic [31:0] random_index();
    case (random32() % 12)
      0:       return Registers;
      1:       return Registers - 1;
      2:       return random32() | 32'h8000_0000;
      // Would be register 1 if the upper bits were dropped.
      3:       return Registers + 1;
      default: return random32() % Registers;
    endcase
  endfunction

  function automatic void accept();
    accepted++;
    if (request_index >= Registers) outside++;
    else begin
      if (expected.size() != 0) wrong("accepted before the one before was answered");
      expected.push_back({request_index, request_value});
      busy_clocks = 0;
    end
  endfunction

  function automatic void take_address();
    if (have_address || expected.size() == 0) wrong("an address that nothing asked for");
    have_address = 1'b1;
    taken_address = awaddr;
    choose_delay();
  endfunction

  function automatic void take_data();
    if (have_data || expected.size() == 0) wrong("data that nothing asked for");
    have_data = 1'b1;
    taken_data = wdata;
    if (wstrb != 8'hff) wrong($sformatf("strobes are %b", wstrb));
    choose_delay();
  endfunction

  /// Every 16th answer or so comes after the time-out.
  function automatic void choose_delay();
    if (!have_address || !have_data) return;
    answer_delay = random32() % 16 == 0 ? TimeoutCycles + 5 : random32() % 4;
  endfunction

  function automatic void finish_write();
    doorbell_t want = expected.pop_front();
    written++;
    if (bresp[1]) refused++;
    if (busy_clocks > TimeoutCycles) late++;
    if (taken_address != 12'(want.index << 3) || taken_data != want.value) begin
      wrong($sformatf("wrote %h to address %h, expected %h to %h", taken_data, taken_address,
                      want.value, 12'(want.index << 3)));
    end
    have_address = 1'b0;
    have_data = 1'b0;
  endfunction

  function automatic void count_clock();
    if (error) pulses++;
    busy_clocks++;
    if (answer_delay != 0) answer_delay--;
    idle_clocks = request_ready || expected.size() != 0 ? 0 : idle_clocks + 1;
    if (idle_clocks > 3) wrong("not ready though nothing is in progress");
    if (busy_clocks > 10_000 && accepted < requests) $fatal(1, "stuck after %0d", accepted);
    if (accepted >= requests && expected.size() == 0) quiet_clocks++;
  endfunction

  function automatic void finish();
    if (written + outside != requests) begin
      wrong($sformatf("%0d written, %0d outside", written, outside));
    end
    if (error_count != outside + refused + late || pulses != outside + refused + late) begin
      wrong($sformatf("%0d errors counted and %0d pulses, expected %0d", error_count, pulses,
                      outside + refused + late));
    end
    if (outside == 0 || refused == 0 || late == 0) wrong("a kind of error never happened");
    if (awprot != 3'b000) wrong("AWPROT is not 0");
    $display("%0d doorbells: %0d written, %0d of them refused and %0d late, %0d outside the block",
             requests, written, refused, late, outside);
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  endfunction

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("requests=%d", requests) == 0) requests = 2000;
    random_state = 64'(seed) * 64'h9e37_79b9_7f4a_7c15 + 64'h2545_f491_4f6c_dd1d;
  end

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      request_valid <= 1'b0;
      request_index <= '0;
      request_value <= '0;
      awready       <= 1'b0;
      wready        <= 1'b0;
      bvalid        <= 1'b0;
      bresp         <= 2'b00;
    end else begin
      count_clock();
      if (request_valid && request_ready) accept();
      if (awvalid && awready) take_address();
      if (wvalid && wready) take_data();
      if (bvalid && bready) finish_write();

      if (!request_valid || request_ready) begin
        request_valid <= accepted < requests && random32() % 4 != 0;
        request_index <= random_index();
        request_value <= {random32(), random32()};
      end
      awready <= random32() % 3 == 0;
      wready  <= random32() % 3 == 0;
      if (!bvalid || bready) begin
        bvalid <= !bvalid && have_address && have_data && answer_delay == 0;
        bresp  <= random32() % 8 == 0 ? {1'b1, random_state[20]} : 2'b00;
      end
      if (quiet_clocks == 10) finish();
    end
  end

  // A3.2.1: once asserted, VALID and what goes with it stay until READY.
  AwStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
      awvalid && !awready |=> awvalid && $stable(awaddr));
  WStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
      wvalid && !wready |=> wvalid && $stable({wdata, wstrb}));

endmodule
