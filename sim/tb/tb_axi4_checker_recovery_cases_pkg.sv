// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Cases of tb_qdpi_axi4_checker: what comes after a broken rule, and after a reset. The checker
/// goes on with what most likely was meant, so what is legal from there on fires nothing.
package tb_axi4_checker_recovery_cases_pkg;
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::*;

  localparam int unsigned TooLong = HangClocks + HangClocks / 8;

  /// A write and a read without fault, and time for what was left over to hang.
  function automatic void go_on();
    aw.shape.len = 8'd0;
    ar.shape.len = 8'd0;
    send_aw();
    send_w('1, 1'b1);
    send_b(5'd5, 2'b00);
    send_ar();
    send_r(5'd6, 2'b00, 1'b1);
    still(TooLong);
  endfunction

  function automatic void test_wrong_last();
    expect_rule(WLastEarly);
    aw.shape.len = 8'd2;
    send_aw();
    send_w('1, 1'b1);
    send_b(5'd5, 2'b00);
    go_on();
    seen("WLAST 1 in beat 0", "AWLEN 2");
    expect_rule(WLastLate);
    send_aw();
    send_w('1, 1'b0);
    send_b(5'd5, 2'b00);
    go_on();
    seen("WLAST 0 in beat 0", "AWLEN 0");
    expect_rule(RLastEarly);
    ar.shape.len = 8'd2;
    send_ar();
    send_r(5'd6, 2'b00, 1'b1);
    go_on();
    seen("RLAST 1 in beat 0", "ARLEN 2");
    expect_rule(RLastLate);
    send_ar();
    send_r(5'd6, 2'b00, 1'b0);
    go_on();
    seen("RLAST 0 in beat 0", "ARLEN 0");
  endfunction

  function automatic void test_wrong_responses();
    expect_rule(BBeforeData);  // the next response is for the next write with the same ID
    aw.shape.len = 8'd1;
    send_aw();
    send_w('1, 1'b0);
    send_b(5'd5, 2'b00);
    aw.shape.len = 8'd0;
    send_aw();
    send_w('1, 1'b1);
    send_w('1, 1'b1);
    send_b(5'd5, 2'b00);
    go_on();
    seen("BID 0x5", "AWLEN 1");
    expect_rule(BWithoutAddress);  // whatever it says
    send_b(5'd5, 2'b01);
    go_on();
    seen("BID 0x5, BRESP 1", "no write of this ID");
    expect_rule(RWithoutAddress);  // whatever it says
    send_r(5'd6, 2'b01, 1'b0);
    go_on();
    seen("RID 0x6, RRESP 1", "no read of this ID");
    expect_rule(RWithoutAddress);  // it waits, and is not for the address that comes meanwhile
    add(StepReady, NoneReady);
    put_r(5'd6, 2'b00, 1'b1);
    add(StepClocks, 2);
    add(StepReady, AllReady & ~32'd16);
    send_ar();
    add(StepReady, AllReady);
    accept(4);
    send_r(5'd6, 2'b00, 1'b1);
    go_on();
    seen("RID 0x6", "no read of this ID");
    expect_rule(AwSize);  // no lane of such data is wrong
    aw.shape.size = 3'(BusSize + 1);
    aw.shape.len = 8'd1;
    send_aw();
    send_w('1, 1'b0);
    send_w('1, 1'b1);
    send_b(5'd5, 2'b00);
    seen("AWLEN 1", "AWSIZE");
  endfunction

  /// Without room, nothing is known any more: the direction is not checked until reset.
  function automatic void test_lost();
    expect_rule(WriteTable);
    for (int unsigned i = 0; i < MaxWrites + 2; i++) send_aw();
    send_w('1, 1'b1);
    send_b(5'd0, 2'b00);
    send_w('1, 1'b0);
    send_w('0, 1'b0);
    send_b(5'd9, 2'b01);
    aw.atop = AtomicSwap;
    send_aw();
    send_r(5'd5, 2'b00, 1'b1);
    still(TooLong);
    seen($sformatf("more than %0d writes", MaxWrites), "");
    expect_rule(WriteTable);  // all data and no response
    for (int unsigned i = 0; i < MaxWrites; i++) begin
      send_aw();
      send_w('1, 1'b1);
    end
    send_aw();
    still(TooLong);
    seen($sformatf("more than %0d writes", MaxWrites), "");
    expect_rule(WriteAheadTable);
    for (int unsigned i = 0; i < MaxAheadBeats + 2; i++) send_w('1, 1'b0);
    send_aw();
    send_b(5'd5, 2'b01);
    still(TooLong);
    seen($sformatf("more than %0d beats", MaxAheadBeats), "");
    expect_rule(ReadTable);
    for (int unsigned i = 0; i < MaxReads + 2; i++) send_ar();
    send_r(5'd6, 2'b01, 1'b0);
    send_r(5'd9, 2'b00, 1'b0);
    still(TooLong);
    seen($sformatf("more than %0d reads", MaxReads), "ARID 0x6");
  endfunction

  /// A reset while a burst is under way.
  function automatic void reset_bus();
    add(StepReset, 0);
    still(3);
    add(StepReset, 1);
    add(StepClocks, 2);
  endfunction

  function automatic void test_reset();
    expect_rule(RWithoutAddress);
    ar.shape.len = 8'd3;
    send_ar();
    send_r(5'd6, 2'b00, 1'b0);
    reset_bus();
    send_r(5'd6, 2'b00, 1'b0);
    go_on();
    seen("RID 0x6", "no read of this ID");
    expect_rule(BWithoutAddress);
    send_aw();
    send_w('1, 1'b1);
    reset_bus();
    send_b(5'd5, 2'b00);
    go_on();
    seen("BID 0x5", "no write of this ID");
    expect_rule(WStrobe);  // of the write after the reset, not of the one before
    aw.shape.len = 8'd3;
    send_aw();
    send_w('1, 1'b0);
    reset_bus();
    aw.shape = '{len: 8'd0, size: 3'd0, burst: BurstIncr};
    send_aw();
    send_w('1, 1'b1);
    seen("beat 0 of AWID 0x5", "but the transfer is 00000001");
    for (int unsigned i = 0; i < 5; i++) begin
      expect_rule(ReadHang);  // none: what stalled on the channel is gone
      offer(i);
      reset_bus();
      go_on();
      not_seen();
    end
  endfunction

  function automatic void test_recovery();
    test_wrong_last();
    test_wrong_responses();
    test_lost();
    test_reset();
  endfunction

endpackage
