// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// AXI4-Lite manager for testbenches: plays reads and writes and compares the answers.
///
/// A testbench pushes transfers and what must come of them. The five channels run independently,
/// each with its own chance per clock, so write data may come before or after its address. Answers
/// come in order. Differences are counted and given as $error. Also has the random numbers of the
/// test.
module tb_axil_rw_manager #(
  /// Bits of the addresses.
  parameter int unsigned AddrWidth = 40,
  /// Bits of the data.
  parameter int unsigned DataWidth = 32
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low.
  input  logic                   rst_ni,
  /// AW channel.
  output logic [AddrWidth-1:0]   axil_awaddr_o,
  /// AW channel.
  output logic [2:0]             axil_awprot_o,
  /// AW channel.
  output logic                   axil_awvalid_o,
  /// AW channel.
  input  logic                   axil_awready_i,
  /// W channel.
  output logic [DataWidth-1:0]   axil_wdata_o,
  /// W channel.
  output logic [DataWidth/8-1:0] axil_wstrb_o,
  /// W channel.
  output logic                   axil_wvalid_o,
  /// W channel.
  input  logic                   axil_wready_i,
  /// B channel.
  input  logic [1:0]             axil_bresp_i,
  /// B channel.
  input  logic                   axil_bvalid_i,
  /// B channel.
  output logic                   axil_bready_o,
  /// AR channel.
  output logic [AddrWidth-1:0]   axil_araddr_o,
  /// AR channel.
  output logic [2:0]             axil_arprot_o,
  /// AR channel.
  output logic                   axil_arvalid_o,
  /// AR channel.
  input  logic                   axil_arready_i,
  /// R channel.
  input  logic [DataWidth-1:0]   axil_rdata_i,
  /// R channel.
  input  logic [1:0]             axil_rresp_i,
  /// R channel.
  input  logic                   axil_rvalid_i,
  /// R channel.
  output logic                   axil_rready_o
);
  import tb_errors_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  typedef struct packed {
    logic [DataWidth-1:0] data;
    logic [BusBytes-1:0]  strb;
  } write_data_t;

  typedef struct packed {
    logic [DataWidth-1:0] data;
    logic [BusBytes-1:0]  lanes;  // of `data` that must be equal
    logic [1:0]           resp;
    bit                   any_resp;  // or an injected error, with zeros
    bit                   flip;  // one bit must differ
  } answer_t;

  // The functions below keep these. No other module reads them on a clock edge, hence:
  // verilator lint_off BLKSEQ
  logic [AddrWidth-1:0] aw_queue [$], ar_queue [$];
  write_data_t          w_queue [$];
  answer_t              b_expected [$], r_expected [$];
  logic [1:0]           b_taken [$];  // BRESP, of all writes since drop_all()
  logic [AddrWidth-1:0] aw_next, ar_next;
  write_data_t          w_next;
  answer_t              want;
  int unsigned          aw_percent, w_percent, b_percent, ar_percent, r_percent;
  bit                   data_first;        // an address waits until its data has been taken
  bit                   address_first;     // data waits until its address has been taken
  bit                   read_after_write;  // read n starts on the clock that takes response n
  longint unsigned      random_state;
  longint unsigned      clock;
  int unsigned          aw_started, aw_taken, w_started, w_taken, b_count;
  int unsigned          ar_started, ar_taken, r_count, r_refused;
  longint unsigned      b_first_clock, b_last_clock, r_first_clock, r_last_clock;

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

  /// Write, and expect `resp`.
  function automatic void push_write(input logic [AddrWidth-1:0] address,
                                     input logic [DataWidth-1:0] data,
                                     input logic [BusBytes-1:0] strb, input logic [1:0] resp,
                                     input bit any_resp);
    aw_queue.push_back(address);
    w_queue.push_back({data, strb});
    b_expected.push_back({DataWidth'(0), BusBytes'(0), resp, any_resp, 1'b0});
  endfunction

  /// Read, and expect `resp` and the `lanes` of `data`, with one of their bits flipped if `flip`.
  function automatic void push_read(input logic [AddrWidth-1:0] address,
                                    input logic [DataWidth-1:0] data,
                                    input logic [BusBytes-1:0] lanes, input logic [1:0] resp,
                                    input bit any_resp, input bit flip);
    ar_queue.push_back(address);
    r_expected.push_back({data, lanes, resp, any_resp, flip});
  endfunction

  /// True when everything pushed has been sent and answered.
  function automatic bit idle();
    return b_expected.size() == 0 && r_expected.size() == 0 && aw_queue.size() == 0
        && w_queue.size() == 0 && ar_queue.size() == 0;
  endfunction

  /// Forget everything, and start the counts.
  function automatic void drop_all();
    aw_queue.delete();
    w_queue.delete();
    ar_queue.delete();
    b_expected.delete();
    r_expected.delete();
    b_taken.delete();
    aw_started = 0;
    aw_taken = 0;
    w_started = 0;
    w_taken = 0;
    b_count = 0;
    ar_started = 0;
    ar_taken = 0;
    r_count = 0;
    r_refused = 0;
  endfunction

  function automatic void check_b();
    if (b_count == 0) b_first_clock = clock;
    b_last_clock = clock;
    b_count++;
    b_taken.push_back(axil_bresp_i);
    if (b_expected.size() == 0) begin
      wrong("BVALID without a write");
    end else begin
      want = b_expected.pop_front();
      if (axil_bresp_i != want.resp && !(want.any_resp && axil_bresp_i[1])) begin
        wrong($sformatf("write %0d: BRESP is %b, expected %b", b_count, axil_bresp_i, want.resp));
      end
      if (b_count > aw_taken || b_count > w_taken) begin
        wrong($sformatf("BVALID number %0d after %0d addresses and %0d data", b_count, aw_taken,
                        w_taken));
      end
    end
  endfunction

  /// How many bits of RDATA differ in the lanes that count.
  function automatic int unsigned bits_wrong();
    int unsigned sum = 0;
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (want.lanes[i]) sum += $countones(axil_rdata_i[8*i+:8] ^ want.data[8*i+:8]);
    end
    return sum;
  endfunction

  function automatic void check_r();
    if (r_count == 0) r_first_clock = clock;
    r_last_clock = clock;
    r_count++;
    if (axil_rresp_i[1]) r_refused++;
    if (r_expected.size() == 0) begin
      wrong("RVALID without a read");
    end else begin
      want = r_expected.pop_front();
      if (want.any_resp && axil_rresp_i[1]) begin
        if (axil_rdata_i != '0) wrong("a refused read has data");
      end else if (axil_rresp_i != want.resp || bits_wrong() != (want.flip ? 1 : 0)) begin
        wrong($sformatf("read %0d: RRESP, RDATA are %b, %h, expected %b, %h in lanes %b, flip %b",
                        r_count, axil_rresp_i, axil_rdata_i, want.resp, want.data, want.lanes,
                        want.flip));
      end
    end
  endfunction

  function automatic bit aw_may_start();
    if (aw_queue.size() == 0 || !chance(aw_percent)) return 1'b0;
    return !data_first || w_taken > aw_started;
  endfunction

  function automatic bit w_may_start();
    if (w_queue.size() == 0 || !chance(w_percent)) return 1'b0;
    return !address_first || aw_taken > w_started;
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
    w_started++;
  endfunction

  function automatic void start_ar();
    ar_next = ar_queue.pop_front();
    ar_started++;
  endfunction

  function automatic void count_clock();
    clock++;
    if (axil_awvalid_o && axil_awready_i) aw_taken++;
    if (axil_wvalid_o && axil_wready_i) w_taken++;
    if (axil_arvalid_o && axil_arready_i) ar_taken++;
    if (axil_bvalid_i && axil_bready_o) check_b();
    if (axil_rvalid_i && axil_rready_o) check_r();
  endfunction

  // Not always_ff: the testbench's process sets paces, seeds and counts too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      axil_awvalid_o <= 1'b0;
      axil_wvalid_o  <= 1'b0;
      axil_arvalid_o <= 1'b0;
      axil_bready_o  <= 1'b0;
      axil_rready_o  <= 1'b0;
    end else begin
      count_clock();
      if (!axil_awvalid_o || axil_awready_i) begin
        axil_awvalid_o <= 1'b0;
        if (aw_may_start()) begin
          start_aw();
          axil_awvalid_o <= 1'b1;
          axil_awaddr_o  <= aw_next;
          axil_awprot_o  <= 3'(aw_started);
        end
      end
      if (!axil_wvalid_o || axil_wready_i) begin
        axil_wvalid_o <= 1'b0;
        if (w_may_start()) begin
          start_w();
          axil_wvalid_o <= 1'b1;
          {axil_wdata_o, axil_wstrb_o} <= w_next;
        end
      end
      if (!axil_arvalid_o || axil_arready_i) begin
        axil_arvalid_o <= 1'b0;
        if (ar_may_start()) begin
          start_ar();
          axil_arvalid_o <= 1'b1;
          axil_araddr_o  <= ar_next;
          axil_arprot_o  <= 3'(ar_started);
        end
      end
      axil_bready_o <= chance(b_percent);
      axil_rready_o <= chance(r_percent);
    end
  end

endmodule
