// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Runs tb_qdpi_axis_ports: sets it up from its plusargs, lets the clocks pass that each step needs
/// while completions are checked, and gives the verdict.
///
/// Uses all the other modules that are next to this one in the testbench.
module tb_axis_sequence #(
  /// Bits of the streams.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input  logic clk_i,
  /// Reset, active low. The test begins after it.
  input  logic rst_ni,
  /// The ports are to be reset.
  output bit   reset_request_o
);
  import qemu_dpi_pkg::*;
  import tb_axis_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;
  // A packet of 9000 bytes on a slow stream is all that comes for a while.
  localparam int unsigned WatchdogClocks = 20_000 + 300_000 / BusBytes;

  bit checking, finished;
  initial begin
    while (!finished) begin
      clocks(1);
      if (checking) begin
        u_stream_in.check_completions();
        u_stream_out.check_completions();
      end
    end
  end

  task automatic clocks(input int unsigned count);
    repeat (count) @(posedge clk_i);
  endtask

  /// Until everything expected has come and been checked.
  task automatic finish_traffic(input string what);
    int unsigned waited = 0;
    int unsigned seen = u_plan.completions();
    while (!u_plan.all_have_come()) begin
      clocks(1);
      waited = seen == u_plan.completions() ? waited + 1 : 0;
      seen = u_plan.completions();
      if (waited == WatchdogClocks) begin
        $fatal(1, "%s: no completion for %0d clocks; %0d of the writer and %0d of the reader are due",
               what, waited, u_stream_in.due(), u_stream_out.due());
      end
    end
    clocks(20);
    if (u_sink.size() != 0) wrong($sformatf("%s: %0d beats too many", what, u_sink.size()));
    u_sink.drop_all();
  endtask

  /// Drop everything in the middle of it.
  task automatic reset();
    reset_request_o = 1'b1;
    clocks(3);
    u_source.drop_all();
    u_sink.drop_all();
    u_buffers.drop_all();
    u_packets.drop_all();
    u_stream_in.drop_all();
    u_stream_out.drop_all();
    reset_request_o = 1'b0;
    clocks(3);
  endtask

  /// What has nothing to take and nothing to show draws no random number.
  task automatic test_rest();
    qdpi_port_pkg::behaviour_t slow = qdpi_port_pkg::Ideal;
    slow.write_data_ready = 60;
    slow.write_response_valid = 60;
    u_writer.configure(slow);
    clocks(50);
    if (u_writer.u_core.u_behaviour.states[qdpi_port_pkg::StreamWriteData] != 0
        || u_writer.u_core.u_behaviour.states[qdpi_port_pkg::StreamWriteResponse] != 0) begin
      wrong("writer: random numbers were drawn at rest");
    end
  endtask

  // Every step goes through the same few calls, since Verilator copies a function to each place
  // that calls it.
  task automatic run_step(input step_e step);
    u_plan.prepare(step);
    u_plan.start(step);
    if (u_plan.cut_by_reset) begin
      clocks(step == StepWithheld ? 2000 : u_random.between(50, 400));
      u_plan.conclude(step);
      reset();
    end else begin
      finish_traffic(step.name());
      u_plan.conclude(step);
    end
    u_reference.check_memory(step.name());
  endtask

  task automatic set_up();
    longint unsigned ram_bytes, seed;
    chandle          bridge = dpi_open_or_fatal("");
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    u_writer.attach(bridge);
    u_reader.attach(bridge);
    u_random.seed(seed, 1);
    u_source.seed(seed, 2);
    u_sink.seed(seed, 3);
    u_buffers.seed(seed, 4);
    u_packets.seed(seed, 5);
    u_reference.attach(bridge, ram_bytes);
    u_reference.watch(Inbox - PageBytes, BoxPages + 2);
    u_reference.watch(Outbox - PageBytes, BoxPages + 2);
    u_reference.watch(Hole - 2 * PageBytes, 2);
    u_reference.watch(Rom, 6);
    u_reference.watch(RomEnd, 1);
    u_reference.watch(ram_bytes - 2 * PageBytes, 2);
    u_reference.scramble(seed, ram_bytes);
    u_reference.learn(0, '1);
    u_reference.may_fail = $test$plusargs("faults") != 0;
  endtask

  initial begin
    int unsigned rounds;
    string       rule;
    step_e       step;

    set_up();
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 20;
    while (rst_ni !== 1'b1) clocks(1);
    clocks(5);
    if ($value$plusargs("violate=%s", rule) != 0) begin
      u_violation.violate(rule);
    end else begin
      test_rest();
      checking = 1'b1;
      step = StepRandom;
      while (step != StepEnd) begin
        if (u_plan.is_wanted(step)) run_step(step);
        if (step == StepRandom && rounds > 1) rounds--;
        else step = step.next();
      end
      u_writer.report();
      u_reader.report();
      if (u_plan.refusals() == 0) wrong("nothing was refused");
      if (u_reference.may_fail && u_reference.faults == 0) wrong("no fault was injected");
      if (errors == 0) $display("QDPI TEST PASSED");
    end
    finished = 1'b1;
    $finish;
  end

  final dpi_close(u_reference.bridge);

endmodule
