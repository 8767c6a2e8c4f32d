// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The read half of qdpi_axi4_port: channels AR and R. Simulation only.
///
/// A burst is read from guest RAM in one bridge call, on the clock edge that puts its first beat on
/// R. Bursts are answered whole and in the order of their addresses, which is more than per ID (A5,
/// A6). Ports are those of qdpi_axi4_port; functions are called through it.
module qdpi_axi4_read_channel #(
  /// Bits of ARADDR.
  parameter int unsigned AddrWidth = 64,
  /// Bits of RDATA: 32, 64, ... 1024.
  parameter int unsigned DataWidth = 64,
  /// Bits of ARID and RID.
  parameter int unsigned IdWidth   = 4,
  /// Bursts accepted on AR whose last beat has not been put on R.
  parameter int unsigned MaxReads  = 16
) (
  /// Clock: rising edge.
  input  logic                 clk_i,
  /// Reset: asynchronous, active low.
  input  logic                 rst_ni,
  /// Last bridge call said: bridge lost.
  output logic                 bridge_lost_o,
  /// AR channel.
  input  logic [IdWidth-1:0]   axi_arid_i,
  /// AR channel.
  input  logic [AddrWidth-1:0] axi_araddr_i,
  /// AR channel.
  input  logic [7:0]           axi_arlen_i,
  /// AR channel.
  input  logic [2:0]           axi_arsize_i,
  /// AR channel.
  input  logic [1:0]           axi_arburst_i,
  /// AR channel.
  input  logic                 axi_arvalid_i,
  /// AR channel.
  output logic                 axi_arready_o,
  /// R channel.
  output logic [IdWidth-1:0]   axi_rid_o,
  /// R channel. Lanes outside the transfer carry the guest's bytes or zeros.
  output logic [DataWidth-1:0] axi_rdata_o,
  /// R channel.
  output logic [1:0]           axi_rresp_o,
  /// R channel.
  output logic                 axi_rlast_o,
  /// R channel.
  output logic                 axi_rvalid_o,
  /// R channel.
  input  logic                 axi_rready_i
);
  import qdpi_axi4_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  // A 32-bit bus is treated as one half of a 64-bit one.
  localparam int unsigned WordBytes = BusBytes < 8 ? 8 : BusBytes;
  localparam int unsigned BusWords = WordBytes / 8;

  // The state of the model. Only the one clocked process writes it, through the functions below,
  // and nothing else reads it in a clock: what leaves the module goes through registers. Hence:
  // verilator lint_off BLKSEQ
  string                  instance_path;
  chandle                 bridge;

  // Bursts whose last beat has not been put on R, oldest first. `beat` is that of the oldest.
  logic [IdWidth-1:0]     ids    [MaxReads];
  logic [63:0]            addrs  [MaxReads];
  shape_t                 shapes [MaxReads];
  int unsigned            address_head, address_tail, address_count;
  int unsigned            beat;

  // The oldest burst once its first beat is due.
  longint unsigned        words [BurstWords];
  int unsigned            valid_words;  // 0 if it was refused: it reads as zeros
  resp_e                  resp;
  logic [WordBytes*8-1:0] wide_data;    // of the current beat
  logic [31:0]            wide_offset;  // of the bus in it

  logic                   lost;
  longint unsigned        count_bursts, count_beats, count_bytes, count_errors;
  string                  refusal;

  initial instance_path = $sformatf("%m");

  /// Use `handle` from now on.
  function automatic void attach(input chandle handle);
    bridge = handle;
  endfunction

  /// Since reset: bursts read.
  function automatic longint unsigned bursts();
    return count_bursts;
  endfunction

  /// Since reset: beats put on R.
  function automatic longint unsigned beats();
    return count_beats;
  endfunction

  /// Since reset: bytes in those beats.
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
    lost = 1'b0;
    count_bursts = 0;
    count_beats = 0;
    count_bytes = 0;
    count_errors = 0;
    refusal = "";
  endfunction

  function automatic void take_address();
    ids[address_tail] = axi_arid_i;
    addrs[address_tail] = 64'(axi_araddr_i);
    shapes[address_tail] = {axi_arlen_i, axi_arsize_i, axi_arburst_i};
    address_tail = (address_tail + 1) % MaxReads;
    address_count++;
  endfunction

  function automatic void read_burst();
    logic [63:0] addr = addrs[address_head];
    shape_t      shape = shapes[address_head];
    rule_e       rule = broken_rule(addr, shape, BusBytes);
    int          result = 0;

    valid_words = 0;
    if (rule != RuleNone) begin
      resp = RespSlvErr;
      refusal = report_rule(instance_path, "read", addr, shape, rule);
    end else begin
      result = qemu_dpi_pkg::dpi_mem_read_words(bridge, lowest_byte(addr, shape) & ~64'd7,
                                                word_count(addr, shape), words);
      resp = response(result);
      if (result < 0) refusal = report_refusal(instance_path, "read", addr, bridge, result, lost);
      else valid_words = word_count(addr, shape);
      lost = result == qemu_dpi_pkg::QDPI_ERR_LOST;
    end
    count_bursts++;
    if (resp != RespOkay) count_errors++;
  endfunction

  /// Put the current beat into the lanes of wide_data.
  function automatic void gather_beat();
    logic [63:0] address = beat_address(addrs[address_head], shapes[address_head], beat);
    int unsigned index = lane_word(addrs[address_head], shapes[address_head], address, BusWords);

    if (beat == 0) read_burst();
    // An index below the burst's first word has wrapped around and is large.
    for (int unsigned i = 0; i < BusWords; i++) begin
      wide_data[64*i+:64] = index + i < valid_words ? words[9'(index+i)] : 64'd0;
    end
    wide_offset = 8 * (address[31:0] & (WordBytes - BusBytes));
    count_beats++;
    count_bytes += 64'(carried_bytes(shapes[address_head].size, address));
  endfunction

  function automatic logic beat_is_last();
    return beat == 32'(shapes[address_head].len);
  endfunction

  function automatic void next_beat();
    if (beat_is_last()) begin
      address_head = (address_head + 1) % MaxReads;
      address_count--;
      beat = 0;
    end else begin
      beat++;
    end
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_state();
      bridge_lost_o <= 1'b0;
      axi_arready_o <= 1'b0;
      axi_rvalid_o  <= 1'b0;
      axi_rid_o     <= '0;
      axi_rdata_o   <= '0;
      axi_rresp_o   <= RespOkay;
      axi_rlast_o   <= 1'b0;
    end else begin
      if (axi_arvalid_i && axi_arready_o) take_address();
      if (!axi_rvalid_o || axi_rready_i) begin
        axi_rvalid_o <= address_count != 0;
        if (address_count != 0) begin
          gather_beat();
          axi_rid_o   <= ids[address_head];
          axi_rdata_o <= DataWidth'(wide_data >> wide_offset);
          axi_rresp_o <= resp;
          axi_rlast_o <= beat_is_last();
          next_beat();
        end
      end
      axi_arready_o <= address_count < MaxReads;
      bridge_lost_o <= lost;
    end
  end

endmodule
