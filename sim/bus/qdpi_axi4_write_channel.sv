// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The write half of qdpi_axi4_port: channels AW, W and B. Simulation only.
///
/// Beats are merged into an image of the burst, and the beat with WLAST takes the image to guest
/// RAM in one bridge call on its own clock edge. So a refused burst changes nothing, memory has the
/// bytes before BVALID rises (A3.3.1, A6), and bursts take effect and are answered in the order of
/// their addresses, which is more than per ID (A5, A6). Write data that comes before its address
/// waits in a buffer (A3.3.1). Ports are those of qdpi_axi4_port; functions are called through it.
module qdpi_axi4_write_channel #(
  /// Bits of AWADDR.
  parameter int unsigned AddrWidth        = 64,
  /// Bits of WDATA: 32, 64, ... 1024.
  parameter int unsigned DataWidth        = 64,
  /// Bits of AWID and BID.
  parameter int unsigned IdWidth          = 4,
  /// Bursts accepted on AW and not yet answered on B.
  parameter int unsigned MaxWrites        = 16,
  /// Beats accepted on W ahead of their address.
  parameter int unsigned WriteBufferBeats = 256
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: asynchronous, active low.
  input  logic                   rst_ni,
  /// Last bridge call said: bridge lost.
  output logic                   bridge_lost_o,
  /// AW channel.
  input  logic [IdWidth-1:0]     axi_awid_i,
  /// AW channel.
  input  logic [AddrWidth-1:0]   axi_awaddr_i,
  /// AW channel.
  input  logic [7:0]             axi_awlen_i,
  /// AW channel.
  input  logic [2:0]             axi_awsize_i,
  /// AW channel.
  input  logic [1:0]             axi_awburst_i,
  /// AW channel.
  input  logic                   axi_awvalid_i,
  /// AW channel.
  output logic                   axi_awready_o,
  /// W channel.
  input  logic [DataWidth-1:0]   axi_wdata_i,
  /// W channel.
  input  logic [DataWidth/8-1:0] axi_wstrb_i,
  /// W channel.
  input  logic                   axi_wlast_i,
  /// W channel.
  input  logic                   axi_wvalid_i,
  /// W channel.
  output logic                   axi_wready_o,
  /// B channel.
  output logic [IdWidth-1:0]     axi_bid_o,
  /// B channel.
  output logic [1:0]             axi_bresp_o,
  /// B channel.
  output logic                   axi_bvalid_o,
  /// B channel.
  input  logic                   axi_bready_i
);
  import qdpi_axi4_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  // A 32-bit bus is treated as a 64-bit one with its data on both halves and strobes on one.
  localparam int unsigned WordBytes = BusBytes < 8 ? 8 : BusBytes;
  localparam int unsigned BusWords = WordBytes / 8;

  // The state of the model. Only the one clocked process writes it, through the functions below,
  // and nothing else reads it in a clock: what leaves the module goes through registers. Hence:
  // verilator lint_off BLKSEQ
  string                  instance_path;
  chandle                 bridge;

  // Bursts whose last beat has not been merged, oldest first. `beat` is that of the oldest.
  logic [IdWidth-1:0]     ids    [MaxWrites];
  logic [63:0]            addrs  [MaxWrites];
  shape_t                 shapes [MaxWrites];
  int unsigned            address_head, address_tail, address_count;
  int unsigned            beat;
  rule_e                  rule;  // that the oldest broke

  // Beats that have not been merged, oldest first. None is left at the end of a clock but those
  // that came before their address.
  logic [DataWidth-1:0]   datas  [WriteBufferBeats];
  logic [BusBytes-1:0]    strbs  [WriteBufferBeats];
  logic                   lasts  [WriteBufferBeats];
  int unsigned            data_head, data_tail, data_count;

  // What the oldest burst writes.
  longint unsigned        words   [BurstWords];
  byte unsigned           strobes [BurstWords];
  int unsigned            image_words;
  logic [WordBytes*8-1:0] wide_data;
  logic [WordBytes-1:0]   wide_strb;

  // Responses that have not been put on B, oldest first.
  logic [IdWidth-1:0]     answer_ids   [MaxWrites];
  resp_e                  answer_resps [MaxWrites];
  int unsigned            answer_head, answer_tail, answer_count;
  int unsigned            unanswered;

  logic                   lost;
  longint unsigned        count_bursts, count_beats, count_bytes, count_errors;
  string                  refusal;

  initial instance_path = $sformatf("%m");

  /// Use `handle` from now on.
  function automatic void attach(input chandle handle);
    bridge = handle;
  endfunction

  /// Since reset: bursts answered.
  function automatic longint unsigned bursts();
    return count_bursts;
  endfunction

  /// Since reset: beats taken.
  function automatic longint unsigned beats();
    return count_beats;
  endfunction

  /// Since reset: strobed bytes taken.
  function automatic longint unsigned bytes();
    return count_bytes;
  endfunction

  /// Since reset: bursts answered with SLVERR or DECERR.
  function automatic longint unsigned errors();
    return count_errors;
  endfunction

  /// A sentence about the last burst that was answered with an error; "" if none was.
  function automatic string last_refusal();
    return refusal;
  endfunction

  function automatic void reset_state();
    address_head = 0;
    address_tail = 0;
    address_count = 0;
    beat = 0;
    data_head = 0;
    data_tail = 0;
    data_count = 0;
    answer_head = 0;
    answer_tail = 0;
    answer_count = 0;
    unanswered = 0;
    lost = 1'b0;
    count_bursts = 0;
    count_beats = 0;
    count_bytes = 0;
    count_errors = 0;
    refusal = "";
  endfunction

  function automatic void take_address();
    ids[address_tail] = axi_awid_i;
    addrs[address_tail] = 64'(axi_awaddr_i);
    shapes[address_tail] = {axi_awlen_i, axi_awsize_i, axi_awburst_i};
    address_tail = (address_tail + 1) % MaxWrites;
    address_count++;
    unanswered++;
  endfunction

  function automatic void take_beat();
    datas[data_tail] = axi_wdata_i;
    strbs[data_tail] = axi_wstrb_i;
    lasts[data_tail] = axi_wlast_i;
    data_tail = (data_tail + 1) % WriteBufferBeats;
    data_count++;
  endfunction

  /// The byte lanes of a transfer at `address` (A3.4.1, A3.4.3).
  function automatic logic [BusBytes-1:0] transfer_lanes(input logic [2:0]  size,
                                                         input logic [63:0] address);
    int unsigned carried = carried_bytes(size, address);
    if (carried == BusBytes) return '1;
    return ((BusBytes'(1) << carried) - BusBytes'(1)) << (address[31:0] & (BusBytes - 1));
  endfunction

  function automatic void open_image();
    rule = broken_rule(addrs[address_head], shapes[address_head], BusBytes);
    if (rule != RuleNone) return;
    image_words = word_count(addrs[address_head], shapes[address_head]);
    for (int unsigned i = 0; i < image_words; i++) strobes[9'(i)] = 8'h00;
  endfunction

  function automatic void merge_word(input logic [8:0] index, input longint unsigned data,
                                     input byte unsigned strobe);
    if (strobe == 8'hff || strobes[index] == 8'h00) begin
      words[index] = data;
    end else begin
      // Narrow beats share a word; a fixed burst writes the same bytes beat by beat, the last wins.
      for (int b = 0; b < 8; b++) if (strobe[b]) words[index][8*b+:8] = data[8*b+:8];
    end
    strobes[index] |= strobe;
  endfunction

  /// Merge the oldest beat into the image of the oldest burst, and finish that if it is the last
  /// one.
  function automatic void merge_beat();
    logic [63:0] address = beat_address(addrs[address_head], shapes[address_head], beat);
    logic        is_last = beat == 32'(shapes[address_head].len);
    int unsigned index;

    if (beat == 0) open_image();
    count_beats++;
    count_bytes += 64'($countones(strbs[data_head]));
    if (rule == RuleNone) begin
      if ((strbs[data_head] & ~transfer_lanes(shapes[address_head].size, address)) != 0) begin
        rule = RuleStrobe;
      end
      if (lasts[data_head] != is_last) rule = RuleLast;
    end
    if (rule == RuleNone) begin
      wide_data = {(WordBytes / BusBytes) {datas[data_head]}};
      wide_strb = WordBytes'(strbs[data_head]) << (address[31:0] & (WordBytes - BusBytes));
      index = lane_word(addrs[address_head], shapes[address_head], address, BusWords);
      for (int unsigned i = 0; i < BusWords; i++) begin
        if (wide_strb[8*i+:8] != 0) begin
          merge_word(9'(index + i), wide_data[64*i+:64], wide_strb[8*i+:8]);
        end
      end
    end
    // A burst with a wrong WLAST ends with the earlier of the two, so that it is answered at all.
    if (lasts[data_head] || is_last) finish_burst();
    else beat++;
    data_head = (data_head + 1) % WriteBufferBeats;
    data_count--;
  endfunction

  function automatic void finish_burst();
    logic [63:0] addr = addrs[address_head];
    shape_t      shape = shapes[address_head];
    int          result = 0;

    if (rule == RuleNone) begin
      result = qemu_dpi_pkg::dpi_mem_write_words(bridge, lowest_byte(addr, shape) & ~64'd7,
                                                 image_words, words, strobes);
      answer_resps[answer_tail] = response(result);
      if (result < 0) begin
        refusal = report_refusal(instance_path, "write", addr, bridge, result, lost);
      end
      lost = result == qemu_dpi_pkg::QDPI_ERR_LOST;
    end else begin
      answer_resps[answer_tail] = RespSlvErr;
      refusal = report_rule(instance_path, "write", addr, shape, rule);
    end
    count_bursts++;
    if (answer_resps[answer_tail] != RespOkay) count_errors++;
    answer_ids[answer_tail] = ids[address_head];
    answer_tail = (answer_tail + 1) % MaxWrites;
    answer_count++;
    address_head = (address_head + 1) % MaxWrites;
    address_count--;
    beat = 0;
  endfunction

  function automatic void merge_beats();
    while (data_count != 0 && address_count != 0) merge_beat();
  endfunction

  function automatic void pop_answer();
    answer_head = (answer_head + 1) % MaxWrites;
    answer_count--;
  endfunction

  function automatic void response_taken();
    unanswered--;
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      bridge_lost_o <= 1'b0;
      axi_awready_o <= 1'b0;
      axi_wready_o  <= 1'b0;
      axi_bvalid_o  <= 1'b0;
      axi_bid_o     <= '0;
      axi_bresp_o   <= RespOkay;
    end else begin
      if (axi_bvalid_o && axi_bready_i) response_taken();
      if (axi_awvalid_i && axi_awready_o) take_address();
      if (axi_wvalid_i && axi_wready_o) take_beat();
      merge_beats();
      if (!axi_bvalid_o || axi_bready_i) begin
        axi_bvalid_o <= answer_count != 0;
        if (answer_count != 0) begin
          axi_bid_o   <= answer_ids[answer_head];
          axi_bresp_o <= answer_resps[answer_head];
          pop_answer();
        end
      end
      axi_awready_o <= unanswered < MaxWrites;
      axi_wready_o  <= data_count < WriteBufferBeats;
      bridge_lost_o <= lost;
    end
  end

endmodule
