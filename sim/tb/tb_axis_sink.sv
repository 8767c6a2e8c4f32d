// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// AXI-Stream receiver for testbenches: takes beats at a random pace and keeps them, and counts
/// them and the clocks they took.
module tb_axis_sink #(
  /// Bits of TDATA.
  parameter int unsigned DataWidth = 64,
  /// Bits of TID, TDEST and TUSER.
  parameter int unsigned SideWidth = 4
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low.
  input  logic                   rst_ni,
  /// Stream.
  input  logic                   axis_tvalid_i,
  /// Stream.
  output logic                   axis_tready_o,
  /// Stream.
  input  logic [DataWidth-1:0]   axis_tdata_i,
  /// Stream.
  input  logic [DataWidth/8-1:0] axis_tstrb_i,
  /// Stream.
  input  logic [DataWidth/8-1:0] axis_tkeep_i,
  /// Stream.
  input  logic                   axis_tlast_i,
  /// Stream.
  input  logic [SideWidth-1:0]   axis_tid_i,
  /// Stream.
  input  logic [SideWidth-1:0]   axis_tdest_i,
  /// Stream.
  input  logic [SideWidth-1:0]   axis_tuser_i
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
  beat_t           popped;
  int unsigned     percent;
  longint unsigned clock, first_clock, last_clock;
  int unsigned     taken;

  tb_axis_random u_random ();

  /// Start the random numbers of run `value`.
  function automatic void seed(input longint unsigned value, input int unsigned stream);
    u_random.seed(value, stream);
  endfunction

  /// A beat may come in `pace` percent of the clocks.
  function automatic void set_pace(input int unsigned pace);
    percent = pace;
  endfunction

  /// Beats kept.
  function automatic int unsigned size();
    return queue.size();
  endfunction

  /// The oldest beat that is kept becomes `popped`.
  function automatic void pop();
    popped = queue.pop_front();
  endfunction

  /// Forget the beats kept.
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

  function automatic void take_beat();
    if (taken == 0) first_clock = clock;
    last_clock = clock;
    taken++;
    queue.push_back({axis_tdata_i, axis_tstrb_i, axis_tkeep_i, axis_tlast_i, axis_tid_i,
                     axis_tdest_i, axis_tuser_i});
  endfunction

  function automatic void count_clock();
    clock++;
  endfunction

  // Not always_ff: the testbench's process pops and resets too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      axis_tready_o <= 1'b0;
    end else begin
      count_clock();
      if (axis_tvalid_i && axis_tready_o) take_beat();
      axis_tready_o <= u_random.chance(percent);
    end
  end

endmodule
