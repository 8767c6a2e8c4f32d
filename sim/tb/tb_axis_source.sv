// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// AXI-Stream transmitter for testbenches: plays the beats that were pushed, at a random pace, and
/// counts them and the clocks they took.
module tb_axis_source #(
  /// Bits of TDATA.
  parameter int unsigned DataWidth = 64,
  /// Bits of TID, TDEST and TUSER.
  parameter int unsigned SideWidth = 4
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low. Does not drop what was pushed: drop_all() does.
  input  logic                   rst_ni,
  /// Stream.
  output logic                   axis_tvalid_o,
  /// Stream.
  input  logic                   axis_tready_i,
  /// Stream.
  output logic [DataWidth-1:0]   axis_tdata_o,
  /// Stream.
  output logic [DataWidth/8-1:0] axis_tstrb_o,
  /// Stream.
  output logic [DataWidth/8-1:0] axis_tkeep_o,
  /// Stream.
  output logic                   axis_tlast_o,
  /// Stream.
  output logic [SideWidth-1:0]   axis_tid_o,
  /// Stream.
  output logic [SideWidth-1:0]   axis_tdest_o,
  /// Stream.
  output logic [SideWidth-1:0]   axis_tuser_o
);

  typedef struct packed {
    logic [DataWidth-1:0]   data;
    logic [DataWidth/8-1:0] strb;
    logic [DataWidth/8-1:0] keep;
    logic                   last;
    logic [SideWidth-1:0]   id;
    logic [SideWidth-1:0]   dest;
    logic [SideWidth-1:0]   user;
  } beat_t;

  // The functions below keep these, and the testbench's process calls some of them.
  // verilator lint_off BLKSEQ
  beat_t           queue[$];
  beat_t           next;
  int unsigned     percent;
  longint unsigned clock, first_clock, last_clock;
  int unsigned     taken;

  tb_axis_random u_random ();

  /// Start the random numbers of run `value`.
  function automatic void seed(input longint unsigned value, input int unsigned stream);
    u_random.seed(value, stream);
  endfunction

  /// A beat starts in `pace` percent of the clocks in which one could.
  function automatic void set_pace(input int unsigned pace);
    percent = pace;
  endfunction

  /// Play this beat after those pushed before.
  function automatic void push(input logic [DataWidth-1:0] data,
                               input logic [DataWidth/8-1:0] strb,
                               input logic [DataWidth/8-1:0] keep, input logic last,
                               input logic [SideWidth-1:0] id, input logic [SideWidth-1:0] dest,
                               input logic [SideWidth-1:0] user);
    queue.push_back({data, strb, keep, last, id, dest, user});
  endfunction

  /// Forget what has not been played.
  function automatic void drop_all();
    queue.delete();
  endfunction

  /// Count anew.
  function automatic void reset_counts();
    taken = 0;
  endfunction

  /// Beats taken since reset_counts().
  function automatic int unsigned beats();
    return taken;
  endfunction

  /// Clocks from the first of these beats to the last, both included.
  function automatic longint unsigned clocks();
    return last_clock - first_clock + 1;
  endfunction

  function automatic void count_beat();
    if (taken == 0) first_clock = clock;
    last_clock = clock;
    taken++;
  endfunction

  function automatic bit start_beat();
    if (queue.size() == 0 || !u_random.chance(percent)) return 1'b0;
    next = queue.pop_front();
    return 1'b1;
  endfunction

  function automatic void count_clock();
    clock++;
  endfunction

  // Not always_ff: the testbench's process pushes and resets too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      axis_tvalid_o <= 1'b0;
    end else begin
      count_clock();
      if (axis_tvalid_o && axis_tready_i) count_beat();
      if (!axis_tvalid_o || axis_tready_i) begin
        axis_tvalid_o <= 1'b0;
        if (start_beat()) begin
          axis_tvalid_o <= 1'b1;
          {axis_tdata_o, axis_tstrb_o, axis_tkeep_o, axis_tlast_o, axis_tid_o, axis_tdest_o,
           axis_tuser_o} <= next;
        end
      end
    end
  end

endmodule
