// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// One guest with a DMA engine on its bus: bridge, doorbells, the device, and the testbench's
/// judgement of what the guest reports. tb_dma and tb_linux have one, tb_two_guests two.
///
/// A reset of the guest resets the device, and all that is compared with the guest's counts starts
/// at 0. One that nobody asked for is $error, but for +guest_resets=N that the guest makes itself,
/// and +outside_resets=N that are asked for over another monitor.
///
/// +attach_again: a guest that is lost is counted, and the next one is looked for, for at most
/// +attach_again_ms=MS (60000); simulated time stands still meanwhile. The device is in reset from the
/// loss until the next guest is attached, so nothing that the last one had begun gets to it. What
/// is compared with the guest's counts starts at 0. A guest that passes ends the run.
///
/// The port's knobs work: what they inject must be found in the guest's completions, neither more
/// nor less, which tb_dma_witness and the guest's counts say. +windows: the engine may use nothing
/// but what the guest's driver opens by doorbell.
///
/// +joins: the guest may be at work, with a device that has gone: what it tells of all its work is
/// not compared, and until its driver resets the device, a set-up may have lost its beginning.
module tb_dma_node #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64,
  /// Wall-clock milliseconds that an idle node may sleep; 0 where other nodes must not be held up.
  parameter int unsigned IdleWaitMs = 10,
  /// Name of the node in messages and logs, and of its port in plusargs (+NAME.KNOB=VALUE).
  parameter string       Name = "dma",
  /// 1: +break. breaks the engine on purpose (tb_dma_saboteur).
  parameter bit          Sabotage = 1'b0,
  /// 1: with +windows, the guest makes the engine leave them, and that it is refused is required.
  parameter bit          LeavesWindows = 1'b1,
  /// First doorbell of another device.
  parameter logic [31:0] OtherBase = 32'd0,
  /// Its doorbells; 0: there is none.
  parameter int unsigned OtherCount = 0
) (
  /// Clock.
  input  logic                clk_i,
  /// Reset, active low.
  input  logic                rst_ni,
  /// Resets the guest; high for one clock, and only while it runs.
  input  logic                reset_guest_i,
  /// Reset of all devices of the guest, active low.
  output logic                device_rst_no,
  /// How the node is, and doorbells of the other device.
  output tb_dma_pkg::status_t status_o,
  /// The guest has reported its result, or is gone.
  output logic                done_o
);

  import qemu_dpi_pkg::*;
  import tb_dma_pkg::*;

  // Not all of them are used here.
  /* verilator lint_off UNUSEDPARAM */
  localparam int unsigned
`include "qdpi_test_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  localparam int unsigned Features = QDPI_FEATURE_INTERRUPT | QDPI_FEATURE_DOORBELL;
  localparam int unsigned DeviceResetClocks = 16;
  // Between two attempts to attach again.
  localparam int unsigned AttemptClocks = 16384;
  // A guest's totals are taken when the engine has had its last answer from the bus, or after this.
  localparam int unsigned SettleClocks = 4096;
  // SeaBIOS answers a reset with some of its own, to make it a whole one, before it does anything
  // else: it tries one way after the other until the reset takes place, so how many there are
  // depends on how busy the machine is (up to five were seen). A guest that resets itself without
  // end is found by its number.
  localparam int unsigned FirmwareResets = 32;
  localparam int unsigned ResetTimeoutMs = 30_000;

  // Counters are read by conclude() and written by several processes: plain variables.
  /* verilator lint_off BLKSEQ */
  // What happens seldom is not inlined: its strings and wide variables would be made anew in every
  // clock. It reads no signal but by argument.
  /* verilator lint_off IMPURE */
  chandle          bridge;
  bit              restricted;
  bit              in_rounds;      // DONE does not end the run
  bit              ends_at_totals;
  bit              passed;
  bit              gone;
  bit              ended;          // done_o follows
  int unsigned     own_resets_left;
  int unsigned     outside_resets_left;
  int unsigned     firmware_resets_left;
  longint unsigned resets_asked, resets_seen;
  longint unsigned started_us;
  longint unsigned cycles;
  longint unsigned doorbells;

  /// Attach to `endpoint` ("": +qemu= or $QEMU_DPI) and take interrupt line `line`.
  function automatic void attach(input string endpoint, input int unsigned line);
    bridge = dpi_open_or_fatal(endpoint);
    dpi_require_or_fatal(bridge, Features);
    u_events.attach(bridge);
    restricted = $test$plusargs("windows") != 0;
    u_losses.configure();
    u_device.attach(bridge, line, restricted);
    if ($value$plusargs("guest_resets=%d", own_resets_left) == 0) own_resets_left = 0;
    if ($value$plusargs("outside_resets=%d", outside_resets_left) == 0) outside_resets_left = 0;
    started_us = dpi_clock_us();
    $display("%s: attached, interrupt line %0d", Name, line);
  endfunction

  final dpi_close(bridge);

  /// The guest works on and on: its DONE does not end the run unless it is a failure.
  function automatic void expect_rounds();
    in_rounds = 1'b1;
  endfunction

  /// The next totals that are right end the run.
  function automatic void end_at_totals();
    ends_at_totals = 1'b1;
  endfunction

  /// How often the guest's totals were right.
  function automatic longint unsigned rounds();
    return u_verdict.rounds();
  endfunction

  /// Grows with each start of the guest and each report of its totals.
  function automatic longint unsigned words();
    return u_verdict.words();
  endfunction

  /// Completions written since the guest's start.
  function automatic longint unsigned completions();
    return u_device.completions();
  endfunction

  /// The guest is off.
  function automatic bit is_gone();
    return gone;
  endfunction

  // ---- Guest -> device: events, doorbells, registers -------------------------------------------

  logic        event_valid, event_ready, is_doorbell, is_register, is_other, gives_totals;
  logic        event_taken;
  int          event_kind;
  logic [31:0] event_index;
  logic [63:0] event_value;
  logic        register_ready, dma_busy, device_busy;
  // The engine takes it asynchronously, checkers look at it on the clock.
  // verilator lint_off SYNCASYNCNET
  logic        device_rst_n;
  // verilator lint_on SYNCASYNCNET
  logic [4:0]  device_reset_clocks;

  logic        reset_pending;
  logic        is_away;         // the guest is lost, and the next one is not there yet
  logic [14:0] attempt_clocks;  // to the next attempt to attach again
  logic [12:0] settle_clocks;

  assign is_doorbell = event_kind == int'(QDPI_EVENT_DOORBELL);
  assign is_register = is_doorbell && event_index < 32'(qdpi_dma_pkg::QDPI_DMA_REG_COUNT);
  if (OtherCount == 0) begin : g_alone
    assign is_other = 1'b0;
  end else begin : g_beside
    // Below the base the difference wraps around and is large.
    assign is_other = is_doorbell && event_index - OtherBase < 32'(OtherCount);
  end
  assign gives_totals = is_doorbell && event_index == 32'(QDPI_TEST_DOORBELL_TOTALS);

  always_comb begin
    if (is_register) event_ready = register_ready && device_rst_n;
    else if (is_other) event_ready = device_rst_n;
    else event_ready = !gives_totals || !dma_busy || settle_clocks == SettleClocks[12:0];
  end

  assign event_taken = event_valid && event_ready;

  qdpi_event_source #(
    .IdleWaitMs(IdleWaitMs),
    .Name      (Name)
  ) u_events (
    .clk_i,
    .rst_ni,
    .idle_i (!device_busy),
    .valid_o(event_valid),
    .ready_i(event_ready),
    .kind_o (event_kind),
    .index_o(event_index),
    .value_o(event_value)
  );

  qdpi_window_registers #(
    .Base(QDPI_TEST_DOORBELL_WINDOWS)
  ) u_windows ();

  tb_dma_verdict #(
    .Name(Name)
  ) u_verdict ();

  tb_dma_losses #(
    .Name(Name)
  ) u_losses ();

  /// No clock for a while, in which the guest runs on.
  function automatic void stand_still();
    // verilator no_inline_task
    $display("%s: stands still", Name);
    if ($system("sleep 5") != 0) $error("%s: cannot stand still", Name);
  endfunction

  /// What a doorbell that is no device's says, while the device is `busy`, and while a reset of the
  /// guest `is_due`.
  function automatic void hear_test_doorbell(input logic [31:0] index, input logic [63:0] value,
                                             input bit busy, input bit is_due);
    // verilator no_inline_task
    if (u_windows.ring(index, value)) begin
      if (u_windows.closes()) u_device.allow_none();
      if (u_windows.opens()) begin
        u_device.allow(u_windows.first(), u_windows.last(), u_windows.may_read(),
                       u_windows.may_write());
      end
      return;
    end
    // What a guest says that is about to be reset, without interrupts, is of no interest.
    if (is_due) return;
    if (index == QDPI_TEST_DOORBELL_STANDSTILL) begin
      stand_still();
    end else if (index != QDPI_TEST_DOORBELL_DONE) begin
      u_verdict.hear(index, value, u_device.seen(), busy);
    end else if (value != 0) begin
      $error("%s: the guest reports failure %0d", Name, value);
      ended = 1'b1;
    end else if (!in_rounds) begin
      passed = 1'b1;
      ended = 1'b1;
    end
  endfunction

  /// The device is reset with the machine, as a card in it would be; the driver that opened the
  /// windows is gone.
  function automatic void begin_anew();
    u_device.before_reset();
    u_verdict.begin_anew();
    if (restricted) u_device.allow_none();
  endfunction

  function automatic void hear_reset(input bit by_guest, input bit is_due);
    if (is_due) begin
      resets_seen++;
      firmware_resets_left = FirmwareResets;
    end else if (!by_guest && outside_resets_left != 0) begin
      outside_resets_left--;
      firmware_resets_left = FirmwareResets;
    end else if (firmware_resets_left != 0) begin
      firmware_resets_left--;
    end else if (own_resets_left != 0) begin
      own_resets_left--;
      firmware_resets_left = FirmwareResets;
    end else begin
      $error("%s: the guest was reset, and nobody asked for it", Name);
      ended = 1'b1;
    end
    begin_anew();
  endfunction

  function automatic void hear_end();
    string why = dpi_last_error(bridge);
    gone = 1'b1;
    // An access that met the loss first has said why.
    if (why == "") why = "the warning above says how";
    if (!ended) $error("%s: the guest ended before it reported a result: %s", Name, why);
    ended = 1'b1;
  endfunction

  function automatic void hear_loss(input bit is_due);
    u_losses.count(bridge);
    // That reset will not come any more.
    if (is_due) resets_asked--;
    firmware_resets_left = 0;
    begin_anew();
  endfunction

  function automatic void hear_event(input int kind, input longint unsigned value,
                                     input bit is_due);
    // verilator no_inline_task
    $display("%s: event %s, value %0d", Name, qdpi_log_pkg::event_name(kind), value);
    case (kind)
      int'(QDPI_EVENT_RESET): hear_reset(value != 0, is_due);
      int'(QDPI_EVENT_PANIC): begin
        // Whoever outlives QEMU outlives its guest.
        if (!u_losses.are_survived()) begin
          $error("%s: the guest has panicked", Name);
          ended = 1'b1;
        end
      end
      int'(QDPI_EVENT_LOST): begin
        if (u_losses.are_survived() && !ended) hear_loss(is_due);
        else hear_end();
      end
      // The connection ends a moment later.
      int'(QDPI_EVENT_SHUTDOWN): if (!u_losses.are_survived() || ended) hear_end();
      default: ;
    endcase
  endfunction

  /// One attempt to go on with the next guest: whether it is there. The device is in reset, and has
  /// been since before the bridge could know of that guest.
  function automatic bit attach_again();
    // verilator no_inline_task
    if (!u_device.is_at_rest()) $fatal(1, "%s: the device is not in reset", Name);
    if (u_losses.find_next(bridge, Features)) begin
      u_events.attach(bridge);
      return 1'b1;
    end
    if (u_losses.is_overdue()) begin
      $error("%s: no guest to attach to", Name);
      ended = 1'b1;
    end
    return 1'b0;
  endfunction

  function automatic void ask_for_reset(input bit busy);
    // verilator no_inline_task
    int result = dpi_guest_reset(bridge, ResetTimeoutMs);
    $display("%s: reset of the guest asked for after %0d completions, the device is %s", Name,
             u_device.completions(), busy ? "busy" : "idle");
    resets_asked++;
    // One that is lost is heard of.
    if (result < 0 && !(u_losses.are_survived() && result == QDPI_ERR_LOST)) begin
      $error("%s: the guest was not reset: %s", Name, dpi_last_error(bridge));
      ended = 1'b1;
    end
  endfunction

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      done_o <= 1'b0;
      ended = 1'b0;
      device_reset_clocks <= '0;
      reset_pending <= 1'b0;
      is_away <= 1'b0;
      attempt_clocks <= '0;
      settle_clocks <= '0;
    end else begin
      if (device_reset_clocks != 0) device_reset_clocks <= device_reset_clocks - 1'b1;
      settle_clocks <= event_valid && gives_totals && !event_ready ? settle_clocks + 1'b1 : '0;
      if (reset_guest_i) begin
        reset_pending <= 1'b1;
        ask_for_reset(dma_busy);
      end
      if (event_taken && is_doorbell) begin
        doorbells = doorbells + 1;
        firmware_resets_left = 0;
        if (!is_register && !is_other) begin
          hear_test_doorbell(event_index, event_value, dma_busy, reset_pending);
        end
        if (ends_at_totals && gives_totals && u_verdict.is_good() && !reset_pending) begin
          passed = 1'b1;
          ended = 1'b1;
        end
      end else if (event_taken) begin
        hear_event(event_kind, event_value, reset_pending);
        if (event_kind == int'(QDPI_EVENT_RESET)) begin
          device_reset_clocks <= DeviceResetClocks[4:0];
          reset_pending <= 1'b0;
        end
        if (event_kind == int'(QDPI_EVENT_LOST) && u_losses.are_survived() && !ended) begin
          is_away <= 1'b1;
          // The device gets its reset in this clock, and must have it before the first attempt.
          attempt_clocks <= 15'(DeviceResetClocks);
          reset_pending <= 1'b0;
        end
      end
      if (is_away && attempt_clocks != 0) begin
        attempt_clocks <= attempt_clocks - 1'b1;
      end else if (is_away && !ended) begin
        if (attach_again()) begin
          is_away <= 1'b0;
          device_reset_clocks <= DeviceResetClocks[4:0];
        end else begin
          attempt_clocks <= AttemptClocks[14:0];
        end
      end
      done_o <= ended;
    end
  end

  assign device_rst_n = rst_ni && device_reset_clocks == 0 && !is_away;
  assign device_rst_no = device_rst_n;
  assign status_o.running = device_rst_n && !reset_pending && !reset_guest_i;
  assign status_o.busy = dma_busy;
  assign status_o.doorbell = '{valid: event_taken && is_other, index: event_index - OtherBase,
                               value: event_value};

  tb_dma_device #(
    .DataWidth(DataWidth),
    .Name     (Name),
    .Sabotage (Sabotage)
  ) u_device (
    .clk_i,
    .rst_ni               (device_rst_n),
    .register_valid_i     (event_valid && is_register && device_rst_n),
    .register_ready_o     (register_ready),
    .register_index_i     (event_index),
    .register_value_i     (event_value),
    // One more would be delivered after the reset, to a guest that knows nothing of it.
    .withhold_interrupts_i(reset_pending || reset_guest_i),
    .dma_busy_o           (dma_busy),
    .busy_o               (device_busy)
  );

  always @(posedge clk_i) cycles = cycles + 1;
  /* verilator lint_on BLKSEQ */

  // ---- The result ------------------------------------------------------------------------------

  function automatic void print_table();
    longint unsigned wall_us = dpi_clock_us() - started_us;
    $display("%s: ------------------------------------------------", Name);
    u_device.print_rows();
    u_verdict.print_rows();
    if (u_losses.are_survived()) u_losses.print_rows();
    $display("%s: doorbells                 %12d", Name, doorbells);
    u_verdict.print_interrupts(u_device.seen());
    if (in_rounds || resets_asked != 0) begin
      $display("%s: of all starts             %12d", Name, u_device.all_interrupts());
      $display("%s: right reports of totals   %12d", Name, rounds());
      $display("%s: guest resets asked, seen  %12d %12d", Name, resets_asked, resets_seen);
    end
    $display("%s: simulated cycles          %12d", Name, cycles);
    $display("%s: wall time                 %12.3f s", Name, real'(wall_us) / 1.0e6);
    $display("%s: cycles per second         %12.0f", Name,
             real'(cycles) * 1.0e6 / real'(wall_us + 1));
    $display("%s: ------------------------------------------------", Name);
  endfunction

  /// Whether all that was to be broken was, the resets that were asked for took place, and the
  /// guest's attempts to leave its windows were refused.
  function automatic bit all_happened();
    bit all = u_device.all_broken();
    if (resets_seen != resets_asked || own_resets_left != 0 || outside_resets_left != 0) begin
      $error("%s: %0d resets of %0d took place; %0d and %0d less than +guest_resets= and +outside_resets= say",
             Name, resets_seen, resets_asked, own_resets_left, outside_resets_left);
      all = 1'b0;
    end
    if (restricted && LeavesWindows && u_device.window_errors() == 0) begin
      $error("%s: nothing was refused by the windows", Name);
      all = 1'b0;
    end
    return all;
  endfunction

  /// Compare both sides' counts, print the table, and say whether all is well.
  function automatic bit conclude();
    // verilator no_inline_task
    bit good = passed;
    print_table();
    if (!u_verdict.conclude(u_device.seen(), !in_rounds)) good = 1'b0;
    if (!all_happened()) good = 1'b0;
    return good;
  endfunction
  /* verilator lint_on IMPURE */

endmodule
