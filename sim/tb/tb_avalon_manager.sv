// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Avalon-MM host for testbenches: plays bursts and holds a byte-exact reference of guest memory
/// against the answers, which is the model of u_pages next to this module.
///
/// The reference changes when an answer comes, so it also follows errors that were injected. A
/// wrong answer is $error and counted. Signals that mean nothing on a clock carry rubbish: address
/// and burstcount in the later beats of a write burst, everything between commands.
module tb_avalon_manager #(
  /// Bits of address.
  parameter int unsigned AddrWidth       = 40,
  /// Bits of data.
  parameter int unsigned DataWidth       = 64,
  /// Bits of burstcount.
  parameter int unsigned BurstcountWidth = 5,
  /// 1: address counts words.
  parameter bit          WordAddresses   = 1'b0,
  /// 1: writes are answered.
  parameter bit          WriteResponses  = 1'b1
) (
  /// Clock: rising edge.
  input  logic                       clk_i,
  /// Reset: active low.
  input  logic                       rst_ni,
  /// Read command.
  output logic                       avalon_read_o,
  /// Write command or beat.
  output logic                       avalon_write_o,
  /// Address.
  output logic [AddrWidth-1:0]       avalon_address_o,
  /// Words.
  output logic [BurstcountWidth-1:0] avalon_burstcount_o,
  /// Lanes.
  output logic [DataWidth/8-1:0]     avalon_byteenable_o,
  /// Data of a write.
  output logic [DataWidth-1:0]       avalon_writedata_o,
  /// Not taken.
  input  logic                       avalon_waitrequest_i,
  /// Data of a read.
  input  logic [DataWidth-1:0]       avalon_readdata_i,
  /// A word has come.
  input  logic                       avalon_readdatavalid_i,
  /// What became of it.
  input  logic [1:0]                 avalon_response_i,
  /// A write has been done.
  input  logic                       avalon_writeresponsevalid_i
);
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned PieceBeats = 4096 / BusBytes;

  typedef struct packed {
    logic                write;
    logic [63:0]         gpa;
    int unsigned         beats;
    logic [BusBytes-1:0] lanes;  // of a read of one word
    logic                zero;   // burstcount is 0
  } command_t;

  command_t             queue[$];        // to be started
  command_t             in_flight[$];    // not answered in full
  logic [DataWidth-1:0] beat_data[$];    // of writes, to be sent
  logic [BusBytes-1:0]  beat_lanes[$];
  logic [DataWidth-1:0] write_data[$];   // of writes, not answered
  logic [BusBytes-1:0]  write_lanes[$];
  command_t             next;
  logic [DataWidth-1:0] next_data;
  logic [BusBytes-1:0]  next_lanes;

  // The testbench's process and the one below call the functions that keep these. Hence:
  // verilator lint_off BLKSEQ
  // And no function needs all of a command:
  // verilator lint_off UNUSEDSIGNAL
  longint unsigned window_first, window_last; // what the port allows
  bit              errors_allowed;            // errors and flipped bits are injected
  bit              memory_is_lost;            // whatever asks the guest gets SLVERR
  bit              zero_burstcount;           // instead of 1 in commands pushed from now on
  int unsigned     command_percent, beat_percent;
  int unsigned     beats_to_send;             // of the write burst under way
  int unsigned     words_seen;                // of the oldest read
  int unsigned     injected_errors, flipped_bits, refusals;
  int unsigned     words_read, words_written;
  longint unsigned random_state, checksum;
  longint unsigned clock, progress_clock;
  longint unsigned read_first_clock, read_last_clock, write_first_clock, write_last_clock;

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
    logic [1023:0] data;
    for (int unsigned i = 0; i < (DataWidth + 31) / 32; i++) data[32*i+:32] = random32();
    return data[DataWidth-1:0];
  endfunction

  /// Start the counts from which a rate is computed.
  function automatic void reset_counts();
    words_read = 0;
    words_written = 0;
    refusals = 0;
    progress_clock = clock;
  endfunction

  /// Queue a read burst from the word at `gpa`.
  function automatic void push_read(input longint unsigned gpa, input int unsigned beats,
                                    input logic [BusBytes-1:0] lanes);
    command_t c;
    c.write = 1'b0;
    c.gpa = gpa - gpa % 64'(BusBytes);
    c.beats = beats;
    c.lanes = lanes;
    c.zero = zero_burstcount;
    queue.push_back(c);
  endfunction

  /// Queue a write burst to the word at `gpa`; its beats follow by push_beat().
  function automatic void push_write(input longint unsigned gpa, input int unsigned beats);
    command_t c;
    c.write = 1'b1;
    c.gpa = gpa - gpa % 64'(BusBytes);
    c.beats = beats;
    c.lanes = '1;
    c.zero = zero_burstcount;
    queue.push_back(c);
  endfunction

  /// One beat of the last write burst, with random data.
  function automatic void push_beat(input logic [BusBytes-1:0] lanes);
    logic [DataWidth-1:0] data = random_data();
    beat_data.push_back(data);
    beat_lanes.push_back(lanes);
    write_data.push_back(data);
    write_lanes.push_back(lanes);
  endfunction

  /// True when everything has been answered.
  function automatic bit idle();
    return queue.size() == 0 && in_flight.size() == 0 && beat_data.size() == 0
        && !avalon_read_o && !avalon_write_o;
  endfunction

  /// Forget everything.
  function automatic void drop_all();
    queue.delete();
    in_flight.delete();
    beat_data.delete();
    beat_lanes.delete();
    write_data.delete();
    write_lanes.delete();
    beats_to_send = 0;
    words_seen = 0;
    progress_clock = clock;
  endfunction

  function automatic bit is_in_window(input longint unsigned first, input longint unsigned last);
    return first >= window_first && last <= window_last;
  endfunction

  /// Responses that memory at first..last may give, one bit for each.
  function automatic logic [3:0] legal_responses(input bit write, input longint unsigned first,
                                                 input longint unsigned last);
    logic [3:0] may = 4'b0000;
    if (memory_is_lost) return 4'b0100;
    if (last >= u_pages.ram_bytes || (first < Rom && last >= Hole)) may |= 4'b1000;
    if (write && first < RomEnd && last >= Rom) may |= 4'b0100;
    return may == 0 ? 4'b0001 : may;
  endfunction

  /// Count what was not expected. True if the access was carried out.
  function automatic bit judge(input command_t c, input logic [3:0] may);
    if (avalon_response_i != 2'b00) refusals++;
    if (may[avalon_response_i]) return avalon_response_i == 2'b00;
    if (errors_allowed && may[0] && avalon_response_i[1]) injected_errors++;
    else begin
      wrong($sformatf("%s of %0d words at 0x%0h: response %b, expected one of %b",
                      c.write ? "write" : "read", c.beats, c.gpa, avalon_response_i, may));
    end
    return avalon_response_i == 2'b00;
  endfunction

  function automatic void check_word(input command_t c, input longint unsigned gpa, input bit okay);
    int unsigned wrong_bits = 0;
    logic [7:0]  want;
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (c.beats > 1 || c.lanes[i] || !okay) begin
        want = okay ? u_pages.model[gpa+64'(i)] : 8'h00;
        wrong_bits += $countones(want ^ avalon_readdata_i[8*i+:8]);
      end
    end
    if (wrong_bits == 1 && errors_allowed && okay) flipped_bits++;
    else if (wrong_bits != 0) begin
      wrong($sformatf("read at 0x%0h, response %b, gave %h: %0d bits are wrong", gpa,
                      avalon_response_i, avalon_readdata_i, wrong_bits));
    end
  endfunction

  function automatic void check_read();
    command_t        c = in_flight[0];
    longint unsigned gpa = c.gpa + 64'(words_seen) * 64'(BusBytes);
    longint unsigned first = c.gpa + 64'(words_seen) / 64'(PieceBeats) * 4096;
    longint unsigned last = c.gpa + 64'(c.beats) * 64'(BusBytes) - 1;
    logic [3:0]      may = 4'b1000;
    if (last > first + 4095) last = first + 4095;
    if (c.beats == 1 && c.lanes != '0) begin
      for (int unsigned i = 0; i < BusBytes && !c.lanes[i]; i++) first++;
      for (int unsigned i = BusBytes; i > 0 && !c.lanes[i-1]; i--) last--;
    end
    if (c.zero) may = 4'b0100;
    else if (is_in_window(first, last)) may = legal_responses(1'b0, first, last);
    check_word(c, gpa, judge(c, may));
    words_seen++;
    if (words_seen == c.beats) begin
      c = in_flight.pop_front();
      words_seen = 0;
    end
  endfunction

  /// Let the reference follow the oldest write. `okay`: 0 if an injected error kept it from memory.
  function automatic logic [3:0] apply_write(input bit okay);
    command_t            c = in_flight.pop_front();
    logic [3:0]          worst = 4'b0001, here;
    longint unsigned     first, last, gpa;
    longint unsigned     first_enabled, last_enabled;
    logic [BusBytes-1:0] lanes;
    for (int unsigned beat = 0; beat < c.beats; beat += PieceBeats) begin
      int unsigned beats = c.beats - beat < PieceBeats ? c.beats - beat : PieceBeats;
      bit          any = 1'b0;
      first = c.gpa + 64'(beat) * 64'(BusBytes);
      last = first + 64'(beats) * 64'(BusBytes) - 1;
      lanes = write_lanes[0];
      for (int unsigned i = 0; i < BusBytes && lanes != '0 && !lanes[i]; i++) first++;
      lanes = write_lanes[beats-1];
      for (int unsigned i = BusBytes; i > 0 && lanes != '0 && !lanes[i-1]; i--) last--;
      for (int unsigned i = 0; i < beats * BusBytes; i++) begin
        if (write_lanes[i/BusBytes][i%BusBytes]) begin
          last_enabled = c.gpa + 64'(beat) * 64'(BusBytes) + 64'(i);
          if (!any) first_enabled = last_enabled;
          any = 1'b1;
        end
      end
      // Memory can refuse only what is written.
      here = 4'b0001;
      if (c.zero) here = 4'b0100;
      else if (!is_in_window(first, last)) here = 4'b1000;
      else if (any) here = legal_responses(1'b1, first_enabled, last_enabled);
      if (worst[0]) worst = here;
      for (int unsigned i = 0; i < beats; i++) begin
        gpa = c.gpa + (64'(beat) + 64'(i)) * 64'(BusBytes);
        lanes = write_lanes.pop_front();
        for (int unsigned b = 0; b < BusBytes; b++) begin
          if (okay && here[0] && lanes[b]) u_pages.model[gpa+64'(b)] = write_data[0][8*b+:8];
        end
        void'(write_data.pop_front());
      end
    end
    return worst;
  endfunction

  function automatic void check_write();
    command_t c = in_flight[0];
    // An error is either that of the memory map, or nothing was written.
    logic [3:0] may = apply_write(avalon_response_i == 2'b00 || !errors_allowed);
    void'(judge(c, may));
  endfunction

  function automatic void check_answer();
    progress_clock = clock;
    checksum = {checksum[62:0], checksum[63]} ^ 64'(avalon_readdata_i) ^ {62'd0, avalon_response_i}
             ^ clock;
    if (in_flight.size() == 0 || avalon_readdatavalid_i == avalon_writeresponsevalid_i
        || in_flight[0].write == avalon_readdatavalid_i) begin
      wrong("an answer that was not the next due");
      return;
    end
    if (avalon_readdatavalid_i) begin
      if (words_read == 0) read_first_clock = clock;
      read_last_clock = clock;
      words_read++;
      check_read();
    end else begin
      check_write();
    end
  endfunction

  /// Posted writes count as done as soon as all before them has been answered.
  function automatic void follow_posted();
    while (!WriteResponses && in_flight.size() != 0 && in_flight[0].write) void'(apply_write(1'b1));
  endfunction

  function automatic void count_write();
    progress_clock = clock;
    if (words_written == 0) write_first_clock = clock;
    write_last_clock = clock;
    words_written++;
  endfunction

  function automatic void count_clock();
    clock++;
    if (!idle() && clock > progress_clock + 10_000) begin
      $fatal(1, "%m: nothing moved for 10000 clocks: %0d commands to go, %0d under way",
             queue.size(), in_flight.size());
    end
  endfunction

  function automatic void start();
    next = queue.pop_front();
    in_flight.push_back(next);
    if (next.write) beats_to_send = next.beats;
    follow_posted();
  endfunction

  function automatic void take_beat();
    next_data = beat_data.pop_front();
    next_lanes = beat_lanes.pop_front();
    beats_to_send--;
  endfunction

  // Not always_ff: the testbench's process sets paces, seeds and counts too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      avalon_read_o  <= 1'b0;
      avalon_write_o <= 1'b0;
    end else begin
      count_clock();
      if (avalon_readdatavalid_i || avalon_writeresponsevalid_i) check_answer();
      follow_posted();
      if (avalon_write_o && !avalon_waitrequest_i) count_write();
      if (!(avalon_read_o || avalon_write_o) || !avalon_waitrequest_i) begin
        avalon_read_o       <= 1'b0;
        avalon_write_o      <= 1'b0;
        avalon_address_o    <= AddrWidth'({random32(), random32()}) << $clog2(BusBytes);
        avalon_burstcount_o <= BurstcountWidth'(random32());
        avalon_byteenable_o <= BusBytes'({random32(), random32()});
        avalon_writedata_o  <= random_data();
        if (beats_to_send == 0 && queue.size() != 0 && chance(command_percent)) begin
          start();
          avalon_read_o       <= !next.write;
          avalon_address_o    <= WordAddresses ? AddrWidth'(next.gpa / 64'(BusBytes))
                                               : AddrWidth'(next.gpa);
          avalon_burstcount_o <= next.zero ? '0 : BurstcountWidth'(next.beats);
          avalon_byteenable_o <= next.lanes;
          if (next.write) begin
            avalon_write_o      <= 1'b1;
            take_beat();
            avalon_byteenable_o <= next_lanes;
            avalon_writedata_o  <= next_data;
          end
        end else if (beats_to_send != 0 && chance(beat_percent)) begin
          avalon_write_o      <= 1'b1;
          take_beat();
          avalon_byteenable_o <= next_lanes;
          avalon_writedata_o  <= next_data;
        end
      end
    end
  end

endmodule
