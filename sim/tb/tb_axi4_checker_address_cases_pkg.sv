// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Cases of tb_qdpi_axi4_checker: what an address on AW or AR may not ask for, alone or, of an
/// atomic transaction, for what is in progress.
package tb_axi4_checker_address_cases_pkg;
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::*;

  /// One address that breaks the rule `write_rule`, and on AR its counterpart.
  function automatic void break_address(input rule_e write_rule, input logic [63:0] addr,
                               input shape_t shape, input bit lock, input logic [3:0] cache);
    expect_rule(write_rule);
    aw.addr = addr;
    aw.shape = shape;
    aw.lock = lock;
    aw.cache = cache;
    send_aw();
    seen($sformatf("AWADDR 0x%0h, AWLEN %0d, AWSIZE %0d, AWBURST %0d, AWLOCK %0d", addr, shape.len,
                   shape.size, shape.burst, lock), $sformatf("AWCACHE 0x%0h", cache));
    expect_rule(rule_e'(write_rule + ArSize));
    ar.addr = addr;
    ar.shape = shape;
    ar.lock = lock;
    ar.cache = cache;
    send_ar();
    seen($sformatf("ARADDR 0x%0h, ARLEN %0d, ARSIZE %0d, ARBURST %0d, ARLOCK %0d", addr, shape.len,
                   shape.size, shape.burst, lock), $sformatf("ARCACHE 0x%0h", cache));
  endfunction

  function automatic void test_addresses();
    logic [2:0] full = 3'(BusSize);
    break_address(AwSize, 64'h1000, '{len: 0, size: full + 3'd1, burst: BurstIncr}, 0, 0);
    break_address(AwBurstReserved, 64'h1000, '{len: 1, size: full, burst: 2'b11}, 0, 0);
    // The last byte of the second beat is the first of the next page; and unaligned.
    break_address(AwBoundary, 64'h2000 - 64'(BusBytes), '{len: 1, size: full, burst: BurstIncr}, 0,
                  0);
    break_address(AwBoundary, 64'h2fff, '{len: 1, size: 1, burst: BurstIncr}, 0, 0);
    break_address(AwFixedLength, 64'h1000, '{len: 16, size: full, burst: BurstFixed}, 0, 0);
    break_address(AwWrapLength, 64'h1000, '{len: 2, size: full, burst: BurstWrap}, 0, 0);
    break_address(AwWrapLength, 64'h1000, '{len: 0, size: full, burst: BurstWrap}, 0, 0);
    break_address(AwWrapAlignment, 64'h1001, '{len: 3, size: full, burst: BurstWrap}, 0, 0);
    break_address(AwCache, 64'h1000, '{len: 0, size: full, burst: BurstIncr}, 0, 4'b0100);
    break_address(AwCache, 64'h1000, '{len: 0, size: full, burst: BurstIncr}, 0, 4'b1001);
    break_address(AwExclusiveLength, 64'h1000, '{len: 31, size: 0, burst: BurstIncr}, 1, 4'b0010);
    break_address(AwExclusiveBytes, 64'h1000, '{len: 2, size: 2, burst: BurstIncr}, 1, 4'b0010);
    break_address(AwExclusiveAlignment, 64'h1004, '{len: 1, size: 2, burst: BurstIncr}, 1, 0);
    break_address(AwExclusiveCache, 64'h1000, '{len: 0, size: 2, burst: BurstIncr}, 1, 4'b0111);
    add(StepLite, 1);
    // As of a bus that leaves all these signals at 0.
    break_address(AwLite, 64'h1000, '{len: 0, size: 0, burst: BurstFixed}, 0, 0);
    break_address(AwLite, 64'h1000, '{len: 0, size: full - 3'd1, burst: BurstIncr}, 0, 0);
    break_address(AwLite, 64'h1000, '{len: 1, size: full, burst: BurstIncr}, 0, 0);
    break_address(AwLite, 64'h1000, '{len: 0, size: full, burst: BurstFixed}, 0, 0);
    break_address(AwLite, 64'h1000, '{len: 0, size: full, burst: BurstIncr}, 1, 0);
    break_address(AwLite, 64'h1000, '{len: 0, size: full, burst: BurstIncr}, 0, 4'b0001);
    add(StepLite, 0);
  endfunction

  /// What broke no rule before does so at another address.
  function automatic void test_same_attributes();
    for (int unsigned i = 0; i < 2; i++) begin
      expect_rule(i == 0 ? AwBoundary : ArBoundary);  // by one beat
      aw.shape.len = 8'd3;
      ar.shape.len = 8'd3;
      if (i == 0) send_aw();
      else send_ar();
      aw.addr = 64'h1_0000 - 64'(3 * BusBytes);
      ar.addr = aw.addr;
      if (i == 0) send_aw();
      else send_ar();
      seen({i == 0 ? "AW" : "AR", "ADDR 0xffe8"}, "LEN 3");
      expect_rule(i == 0 ? AwCache : ArCache);  // and what broke one does so again
      aw.cache = 4'b0100;
      ar.cache = 4'b0100;
      for (int unsigned j = 0; j < 2; j++) begin
        if (i == 0) send_aw();
        else send_ar();
      end
      seen_times(2, {i == 0 ? "AW" : "AR", "ADDR 0x"}, "CACHE 0x4");
    end
    expect_rule(ArExclusiveAlignment);
    ar.lock = 1'b1;
    ar.shape.len = 8'd1;
    send_ar();
    ar.addr = 64'h6_0008;
    send_ar();
    seen("ARADDR 0x60008", "ARLOCK 1");
    expect_rule(AwAtomicAlignment);
    aw.atop = AtomicSwap;
    send_aw();
    aw.id = 32'd7;
    aw.addr = 64'h4_0004;
    send_aw();
    seen("AWADDR 0x40004", "AWATOP 0x30");
  endfunction

  function automatic void break_atomic(input rule_e rule, input logic [5:0] atop,
                                       input logic [63:0] addr, input shape_t shape);
    expect_rule(rule);
    aw.atop = atop;
    aw.addr = addr;
    aw.shape = shape;
    send_aw();
    seen($sformatf("AWADDR 0x%0h, AWLEN %0d, AWSIZE %0d, AWBURST %0d", addr, shape.len, shape.size,
                   shape.burst), $sformatf("AWATOP 0x%0h", atop));
  endfunction

  function automatic void test_atomics();
    test_same_attributes();
    expect_rule(RExokay);
    aw.atop = AtomicSwap;
    send_aw();
    send_r(5'd5, RespExokay, 1'b1);
    seen("RRESP 1", "0 for AWID 0x5");
    break_atomic(AwAtomicEncoding, 6'b110010, 64'h100, '{len: 0, size: 2, burst: BurstIncr});
    break_atomic(AwAtomicEncoding, 6'b000001, 64'h100, '{len: 0, size: 2, burst: BurstIncr});
    break_atomic(AwAtomicSize, 6'b100000, 64'h100, '{len: 1, size: 0, burst: BurstIncr});
    break_atomic(AwAtomicSize, AtomicSwap, 64'h100, '{len: 15, size: 3'(BusSize),
                                                       burst: BurstIncr});
    break_atomic(AwAtomicSize, AtomicCompare, 64'h100, '{len: 0, size: 0, burst: BurstIncr});
    break_atomic(AwAtomicAlignment, 6'b010000, 64'h102, '{len: 0, size: 2, burst: BurstIncr});
    break_atomic(AwAtomicAlignment, AtomicCompare, 64'h101, '{len: 0, size: 2, burst: BurstWrap});
    break_atomic(AwAtomicBurst, AtomicCompare, 64'h102, '{len: 0, size: 2, burst: BurstIncr});
    break_atomic(AwAtomicBurst, AtomicSwap, 64'h104, '{len: 0, size: 2, burst: BurstFixed});
    // It is not told that it does not repeat the exclusive read: it is no exclusive write.
    expect_rule(AwAtomicExclusive);
    ar.id = 32'd5;
    ar.lock = 1'b1;
    send_ar();
    send_r(5'd5, RespExokay, 1'b1);
    aw.atop = AtomicSwap;
    aw.addr = 64'h100;
    aw.lock = 1'b1;
    send_aw();
    seen("AWADDR 0x100", "AWLOCK 1");
    expect_rule(AwAtomicId);
    send_aw();
    aw.atop = AtomicSwap;
    aw.shape.size = 3'd2;
    send_aw();
    seen("AWID 0x5", "AWATOP 0x30");
    expect_rule(AwAtomicId);  // the other is a read
    ar.id = 32'd5;
    send_ar();
    aw.atop = AtomicSwap;
    aw.shape.size = 3'd2;
    send_aw();
    seen("AWID 0x5", "AWATOP 0x30");
    expect_rule(AwAtomicId);  // none: it has no ID of those in progress
    send_ar();
    send_aw();
    aw.id = 32'd7;
    aw.atop = AtomicSwap;
    send_aw();
    not_seen();
    expect_rule(ArAtomicId);  // of it, only read data is to come
    aw.atop = AtomicSwap;
    send_aw();
    send_w('1, 1'b1);
    send_b(5'd5, 2'b00);
    ar.id = 32'd5;
    send_ar();
    seen("ARID 0x5, ARADDR 0x60000", "");
    expect_rule(ArAtomicId);
    aw.atop = AtomicSwap;
    aw.shape.size = 3'd2;
    send_aw();
    ar.id = 32'd5;
    send_ar();
    seen("ARID 0x5, ARADDR 0x60000", "");
    expect_rule(WAtomicStrobe);
    aw.atop = AtomicSwap;
    aw.shape.size = 3'd1;
    send_aw();
    send_w(BusBytes'(1), 1'b1);
    seen("beat 0 of AWID 0x5", "WSTRB ");
    expect_rule(RLastLate);  // a compare gives back half of what it was sent
    aw.atop = AtomicCompare;
    aw.shape.len = 8'(16 / BusBytes - 1);
    send_aw();
    for (int unsigned i = 0; i < 8 / BusBytes; i++) send_r(5'd5, 2'b00, 1'b0);
    seen("RLAST 0 in beat 0 of AWID 0x5", "AWLEN 0");
    expect_rule(ReadHang);  // from its last write data on, which is behind that of another write
    aw.shape.len = 8'd7;
    send_aw();
    aw.id = 32'd4;
    aw.atop = AtomicSwap;
    aw.shape.len = 8'd0;
    send_aw();
    for (int unsigned i = 0; i < 8; i++) begin
      still(HangClocks / 4);
      send_w('1, i == 7);
    end
    send_b(5'd5, 2'b00);
    send_w('1, 1'b1);
    send_b(5'd4, 2'b00);
    still(HangClocks - 8);
    add(StepQuiet, 0);
    still(HangClocks / 4);
    seen("no RVALID for 5", "0 beats so far: AWID 0x4");
  endfunction

endpackage
