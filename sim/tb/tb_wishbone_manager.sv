// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Wishbone B4 master for testbenches: plays transfers and holds a byte-exact reference of guest
/// memory against the answers, which is the model of u_pages next to this module.
///
/// The reference changes when an answer comes, so it also follows errors that were injected. A
/// wrong answer is $error and counted. While STB is low, the other signals carry rubbish.
module tb_wishbone_manager #(
  /// Bits of ADR.
  parameter int unsigned AddrWidth     = 40,
  /// Bits of DAT.
  parameter int unsigned DataWidth     = 32,
  /// 1: pipelined, 0: classic.
  parameter bit          Pipelined     = 1'b0,
  /// 1: ADR counts words.
  parameter bit          WordAddresses = 1'b0
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low.
  input  logic                   rst_ni,
  /// Bus cycle.
  output logic                   wb_cyc_o,
  /// Request.
  output logic                   wb_stb_o,
  /// Write.
  output logic                   wb_we_o,
  /// Address.
  output logic [AddrWidth-1:0]   wb_adr_o,
  /// Data of a write.
  output logic [DataWidth-1:0]   wb_dat_o,
  /// Byte selects.
  output logic [DataWidth/8-1:0] wb_sel_o,
  /// Cycle type.
  output logic [2:0]             wb_cti_o,
  /// Burst type.
  output logic [1:0]             wb_bte_o,
  /// Data of a read.
  input  logic [DataWidth-1:0]   wb_dat_i,
  /// Not taken.
  input  logic                   wb_stall_i,
  /// Done.
  input  logic                   wb_ack_i,
  /// Not done.
  input  logic                   wb_err_i,
  /// Again.
  input  logic                   wb_rty_i
);
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  typedef struct packed {
    logic                 we;
    logic [63:0]          gpa;    // of the word's byte 0
    logic [AddrWidth-1:0] adr;
    logic [DataWidth-1:0] dat;
    logic [BusBytes-1:0]  sel;
    logic [2:0]           cti;
    logic [1:0]           bte;
    logic                 closes; // CYC falls after its answer
  } transfer_t;

  transfer_t       queue[$];
  transfer_t       in_flight[$];
  transfer_t       next;

  // The testbench's process and the one below call the functions that keep these. Hence:
  // verilator lint_off BLKSEQ
  // And no function needs all of a transfer:
  // verilator lint_off UNUSEDSIGNAL
  longint unsigned window_first, window_last; // what the port allows
  bit              errors_allowed;            // errors and flipped bits are injected
  int unsigned     strobe_percent;            // how often STB rises when it may
  bit              closing;
  bit              abort_request;
  transfer_t       dropped;                   // the oldest unanswered of the last abort or reset
  bit              dropped_any;
  int unsigned     injected_errors, flipped_bits;
  int unsigned     answers, error_answers;
  longint unsigned random_state, checksum;
  longint unsigned clock, first_clock, last_clock, progress_clock;

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

  function automatic logic [DataWidth-1:0] random_data();
    return DataWidth'({random32(), random32()});
  endfunction

  /// Start the counts from which a rate is computed.
  function automatic void reset_counts();
    answers = 0;
    error_answers = 0;
    progress_clock = clock;
  endfunction

  /// Queue one transfer of the word at `gpa` with random data.
  function automatic void push(input bit we, input longint unsigned gpa,
                               input logic [BusBytes-1:0] sel, input logic [2:0] cti,
                               input logic [1:0] bte, input bit closes);
    transfer_t t;
    t.we = we;
    t.gpa = gpa - gpa % 64'(BusBytes);
    // Bits below the word mean nothing.
    t.adr = WordAddresses ? AddrWidth'(gpa / 64'(BusBytes)) : AddrWidth'(gpa);
    t.dat = random_data();
    t.sel = sel;
    t.cti = cti;
    t.bte = bte;
    t.closes = closes;
    queue.push_back(t);
  endfunction

  /// True when everything has been answered.
  function automatic bit idle();
    return queue.size() == 0 && in_flight.size() == 0 && !wb_cyc_o;
  endfunction

  /// Forget everything that was not answered.
  function automatic void drop_all();
    dropped_any = in_flight.size() != 0;
    if (dropped_any) dropped = in_flight[0];
    queue.delete();
    in_flight.delete();
    closing = 1'b0;
    progress_clock = clock;
  endfunction

  /// Whether the guest and the windows take `t`.
  function automatic bit permitted(input transfer_t t);
    longint unsigned first = t.gpa;
    longint unsigned last = t.gpa + 64'(BusBytes) - 1;
    for (int unsigned i = 0; i < BusBytes && t.sel != 0 && !t.sel[i]; i++) first++;
    for (int unsigned i = BusBytes; i > 0 && t.sel != 0 && !t.sel[i-1]; i--) last--;
    if (first < window_first || last > window_last) return 1'b0;
    // A write of no bytes touches no memory that could refuse it.
    if (t.we && t.sel == 0) return 1'b1;
    if (last >= u_pages.ram_bytes || (first < Rom && last >= Hole)) return 1'b0;
    return !(t.we && first < RomEnd && last >= Rom);
  endfunction

  /// What guest memory holds after `t`.
  function automatic void apply(input transfer_t t);
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (t.sel[i]) u_pages.model[t.gpa+64'(i)] = t.dat[8*i+:8];
    end
  endfunction

  function automatic void check_read(input transfer_t t, input bit okay);
    int unsigned wrong_bits = 0;
    logic [7:0]  want;
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (t.sel[i] || !okay) begin
        want = okay ? u_pages.model[t.gpa+64'(i)] : 8'h00;
        wrong_bits += $countones(want ^ wb_dat_i[8*i+:8]);
      end
    end
    if (wrong_bits == 1 && errors_allowed && okay) flipped_bits++;
    else if (wrong_bits != 0) begin
      wrong($sformatf("read of 0x%0h, SEL %b, %s gave %h: %0d bits are wrong", t.gpa, t.sel,
                      okay ? "ACK" : "ERR", wb_dat_i, wrong_bits));
    end
  endfunction

  function automatic void check_answer();
    transfer_t t;
    bit        okay = wb_ack_i;

    if (in_flight.size() == 0) begin
      wrong("an answer, and nothing was asked");
      return;
    end
    t = in_flight.pop_front();
    progress_clock = clock;
    if (answers == 0) first_clock = clock;
    last_clock = clock;
    answers++;
    if (!okay) error_answers++;
    if (wb_rty_i || (wb_ack_i && wb_err_i)) wrong("RTY, or ACK and ERR together");
    if (okay && !permitted(t)) begin
      wrong($sformatf("%s of 0x%0h, SEL %b: ACK, expected ERR", t.we ? "write" : "read", t.gpa,
                      t.sel));
    end else if (!okay && permitted(t)) begin
      if (errors_allowed) injected_errors++;
      else begin
        wrong($sformatf("%s of 0x%0h, SEL %b: ERR, expected ACK", t.we ? "write" : "read", t.gpa,
                        t.sel));
      end
    end
    if (!t.we) check_read(t, okay);
    else if (okay) apply(t);
    checksum = {checksum[62:0], checksum[63]} ^ {63'(wb_dat_i), okay} ^ clock;
  endfunction

  function automatic void start();
    next = queue.pop_front();
    in_flight.push_back(next);
    closing = next.closes;
  endfunction

  function automatic void count_clock();
    clock++;
    if (!idle() && clock > progress_clock + 10_000) begin
      $fatal(1, "%m: no answer for 10000 clocks: %0d to go, %0d under way", queue.size(),
             in_flight.size());
    end
  endfunction

  function automatic bit may_start();
    return queue.size() != 0 && !closing && chance(strobe_percent);
  endfunction

  // Not always_ff: the testbench's process sets paces, seeds and counts too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wb_cyc_o <= 1'b0;
      wb_stb_o <= 1'b0;
    end else begin
      count_clock();
      if (wb_cyc_o && (wb_ack_i || wb_err_i || wb_rty_i)) check_answer();
      if (abort_request) begin
        drop_all();
        abort_request = 1'b0;
        wb_cyc_o <= 1'b0;
        wb_stb_o <= 1'b0;
      end else if (!wb_stb_o || (Pipelined ? !wb_stall_i : wb_ack_i || wb_err_i)) begin
        wb_stb_o <= 1'b0;
        wb_we_o  <= random32() % 2 == 0;
        wb_adr_o <= AddrWidth'({random32(), random32()});
        wb_dat_o <= random_data();
        wb_sel_o <= BusBytes'(random32());
        wb_cti_o <= 3'b000;
        wb_bte_o <= 2'(random32());
        if (closing && in_flight.size() == 0) begin
          wb_cyc_o <= 1'b0;
          closing = 1'b0;
        end else if (may_start()) begin
          start();
          wb_cyc_o <= 1'b1;
          wb_stb_o <= 1'b1;
          wb_we_o  <= next.we;
          wb_adr_o <= next.adr;
          wb_dat_o <= next.dat;
          wb_sel_o <= next.sel;
          wb_cti_o <= next.cti;
          wb_bte_o <= next.bte;
        end
      end
    end
  end

endmodule
