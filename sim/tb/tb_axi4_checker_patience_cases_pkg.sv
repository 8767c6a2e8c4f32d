// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Cases of tb_qdpi_axi4_checker: the hang detector. Who makes progress is not reported, however
/// long the whole takes; and who makes none is, whatever else goes on.
package tb_axi4_checker_patience_cases_pkg;
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::*;

  // So long nothing happens: twice that would be too long.
  localparam int unsigned Pause = HangClocks * 3 / 4;

  /// A case in which no rule may fire, on a bus that has been idle for long.
  function automatic void expect_none();
    expect_rule(ReadHang);
    still(2 * HangClocks);
  endfunction

  /// What is put on `channel` next stalls for some clocks.
  function automatic void stall();
    add(StepReady, NoneReady);
  endfunction

  function automatic void end_stall(input int unsigned clocks, input int unsigned channel);
    add(StepClocks, clocks);
    add(StepReady, AllReady);
    accept(channel);
  endfunction

  /// Beats that come one by one, each at once or after it has stalled.
  function automatic void test_slow_bursts(input bit stalls);
    expect_none();
    aw.shape.len = 8'd3;
    send_aw();
    for (int unsigned i = 0; i < 4; i++) begin
      still(Pause);
      if (stalls) stall();
      put_w('1, i == 3);
      if (stalls) end_stall(2, 1);
      else accept(1);
    end
    still(Pause);
    send_b(5'd5, 2'b00);
    ar.shape.len = 8'd3;
    send_ar();
    for (int unsigned i = 0; i < 4; i++) begin
      still(Pause);
      if (stalls) stall();
      put_r(5'd6, 2'b00, i == 3);
      if (stalls) end_stall(2, 4);
      else accept(4);
    end
    not_seen();
  endfunction

  /// The time of a transaction begins when those before it have theirs behind them.
  function automatic void test_queues(input bit stalls);
    expect_none();
    for (int unsigned i = 0; i < 3; i++) send_aw();
    for (int unsigned i = 0; i < 3; i++) send_w('1, 1'b1);
    for (int unsigned i = 0; i < 3; i++) begin
      still(Pause);
      if (stalls) stall();
      put_b(5'd5, 2'b00);
      if (stalls) end_stall(2, 2);
      else accept(2);
    end
    for (int unsigned i = 0; i < 3; i++) send_ar();
    for (int unsigned i = 0; i < 3; i++) begin
      still(Pause);
      send_r(5'd6, 2'b00, 1'b1);
    end
    // Data ahead of its addresses.
    for (int unsigned i = 0; i < 2; i++) send_w('1, 1'b1);
    for (int unsigned i = 0; i < 2; i++) begin
      still(Pause);
      send_aw();
      send_b(5'd5, 2'b00);
    end
    not_seen();
  endfunction

  /// An address waits for room as long as there are responses.
  function automatic void test_room();
    expect_none();
    for (int unsigned i = 0; i < 3; i++) send_aw();
    for (int unsigned i = 0; i < 3; i++) send_w('1, 1'b1);
    add(StepReady, AllReady & ~32'd1);
    put_aw();
    for (int unsigned i = 0; i < 3; i++) begin
      add(StepClocks, Pause);
      send_b(5'd5, 2'b00);
    end
    add(StepClocks, Pause);
    add(StepReady, AllReady);
    accept(0);
    send_w('1, 1'b1);
    send_b(5'd5, 2'b00);
    not_seen();
  endfunction

  /// While the manager does not take data, no read can be answered.
  function automatic void test_unanswerable();
    expect_none();
    send_ar();
    ar.id = 32'd7;
    send_ar();
    stall();
    put_r(5'd7, 2'b00, 1'b1);
    end_stall(Pause, 4);
    still(Pause);
    send_r(5'd6, 2'b00, 1'b1);
    not_seen();
  endfunction

  /// A read that is passed over, by reads of other IDs or by the data of a write with the same ID.
  function automatic void test_passed_over();
    expect_rule(ReadHang);
    send_ar();
    ar.id = 32'd7;
    for (int unsigned i = 0; i < 5; i++) begin
      send_ar();
      send_r(5'd7, 2'b00, 1'b1);
      still(HangClocks / 4);
    end
    seen("no RVALID for 5", "0 beats so far: ARID 0x6");
    expect_rule(ReadHang);
    aw.id = ar.id;
    aw.shape.len = 8'd7;
    send_aw();
    send_ar();
    for (int unsigned i = 0; i < 5; i++) begin
      send_w('1, 1'b0);
      still(HangClocks / 4);
    end
    seen("no RVALID for 5", "0 beats so far: ARID 0x6");
  endfunction

  /// A hang is told again when it is another one.
  function automatic void test_told_again();
    expect_rule(WriteAddressHang);
    for (int unsigned i = 0; i < 2; i++) begin
      send_w('1, 1'b1);
      still(HangClocks + HangClocks / 8);
      send_aw();
      send_b(5'd5, 2'b00);
    end
    seen_times(2, "no AWVALID for 5", "1 beats wait");
    expect_rule(WriteResponseHang);
    for (int unsigned i = 0; i < 2; i++) begin
      send_aw();
      send_w('1, 1'b1);
      still(HangClocks + HangClocks / 8);
      send_b(5'd5, 2'b00);
    end
    seen_times(2, "no BVALID for 5", "AWID 0x5");
    expect_rule(ReadHang);
    for (int unsigned i = 0; i < 2; i++) begin
      send_ar();
      still(HangClocks + HangClocks / 8);
      send_r(5'd6, 2'b00, 1'b1);
    end
    seen_times(2, "no RVALID for 5", "ARID 0x6");
  endfunction

  function automatic void test_patience();
    for (int unsigned i = 0; i < 2; i++) begin
      test_slow_bursts(i == 1);
      test_queues(i == 1);
    end
    test_room();
    test_unanswerable();
    test_passed_over();
    test_told_again();
  endfunction

endpackage
