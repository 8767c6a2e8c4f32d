// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What gives commands to an AXI-Stream port and takes its completions, in testbenches: both at a
/// random pace. Commands and completions must be stable until they are taken.
module tb_axis_commands #(
  /// Bits of TID, TDEST and TUSER.
  parameter int unsigned SideWidth = 4
) (
  /// Clock: rising edge.
  input  logic                 clk_i,
  /// Reset: active low.
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  input  logic                 rst_ni,
  // verilator lint_on SYNCASYNCNET
  /// Command.
  output logic                 command_valid_o,
  /// Command.
  input  logic                 command_ready_i,
  /// Command.
  output logic [63:0]          command_address_o,
  /// Command.
  output logic [31:0]          command_bytes_o,
  /// Command: of readers only.
  output logic [SideWidth-1:0] command_id_o,
  /// Command: of readers only.
  output logic [SideWidth-1:0] command_dest_o,
  /// Command: of readers only.
  output logic [SideWidth-1:0] command_user_o,
  /// Completion.
  input  logic                 completion_valid_i,
  /// Completion.
  output logic                 completion_ready_o,
  /// Completion.
  input  logic [1:0]           completion_outcome_i,
  /// Completion.
  input  logic [31:0]          completion_bytes_i,
  /// Completion: of writers only.
  input  logic [31:0]          completion_dropped_i,
  /// Completion: of writers only.
  input  logic                 completion_last_i,
  /// Completion.
  input  logic [SideWidth-1:0] completion_id_i,
  /// Completion: of writers only.
  input  logic [SideWidth-1:0] completion_dest_i,
  /// Completion: of writers only.
  input  logic [SideWidth-1:0] completion_user_i
);

  typedef struct packed {
    logic [63:0]          address;
    logic [31:0]          bytes;
    logic [SideWidth-1:0] id;
    logic [SideWidth-1:0] dest;
    logic [SideWidth-1:0] user;
  } command_t;

  typedef struct packed {
    logic [1:0]           outcome;
    logic [31:0]          bytes;
    logic [31:0]          dropped;
    logic                 last;
    logic [SideWidth-1:0] id;
    logic [SideWidth-1:0] dest;
    logic [SideWidth-1:0] user;
  } completion_t;

  // The functions below keep these, and the testbench's process calls some of them.
  // verilator lint_off BLKSEQ
  command_t    queue[$];
  command_t    next;
  completion_t completions[$];
  completion_t popped;
  int unsigned command_percent, completion_percent;

  tb_axis_random u_random ();

  /// Start the random numbers of run `value`.
  function automatic void seed(input longint unsigned value, input int unsigned stream);
    u_random.seed(value, stream);
  endfunction

  /// Commands come in `command` percent of the clocks, completions go in `completion` percent.
  function automatic void set_pace(input int unsigned command, input int unsigned completion);
    command_percent = command;
    completion_percent = completion;
  endfunction

  /// Give this command after those pushed before.
  function automatic void push(input logic [63:0] address, input logic [31:0] bytes,
                               input logic [SideWidth-1:0] id, input logic [SideWidth-1:0] dest,
                               input logic [SideWidth-1:0] user);
    queue.push_back({address, bytes, id, dest, user});
  endfunction

  /// Completions kept.
  function automatic int unsigned size();
    return completions.size();
  endfunction

  /// The oldest completion that is kept becomes `popped`.
  function automatic void pop();
    popped = completions.pop_front();
  endfunction

  /// Forget everything.
  function automatic void drop_all();
    queue.delete();
    completions.delete();
  endfunction

  function automatic bit start_command();
    if (queue.size() == 0 || !u_random.chance(command_percent)) return 1'b0;
    next = queue.pop_front();
    return 1'b1;
  endfunction

  function automatic void take_completion();
    completions.push_back({completion_outcome_i, completion_bytes_i, completion_dropped_i,
                           completion_last_i, completion_id_i, completion_dest_i,
                           completion_user_i});
  endfunction

  // Not always_ff: the testbench's process pushes and pops too.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      command_valid_o    <= 1'b0;
      completion_ready_o <= 1'b0;
    end else begin
      if (completion_valid_i && completion_ready_o) take_completion();
      if (!command_valid_o || command_ready_i) begin
        command_valid_o <= 1'b0;
        if (start_command()) begin
          command_valid_o <= 1'b1;
          {command_address_o, command_bytes_o, command_id_o, command_dest_o, command_user_o}
              <= next;
        end
      end
      completion_ready_o <= u_random.chance(completion_percent);
    end
  end

  CompletionStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
      completion_valid_i && !completion_ready_o
      |=> completion_valid_i && $stable({completion_outcome_i, completion_bytes_i,
                                         completion_dropped_i, completion_last_i, completion_id_i,
                                         completion_dest_i, completion_user_i}));
  LowInReset: assert property (@(posedge clk_i) !rst_ni |-> !completion_valid_i);

endmodule
