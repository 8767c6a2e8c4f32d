// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Cases of tb_qdpi_axi4_checker: channels W and B.
package tb_axi4_checker_write_cases_pkg;
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::*;

  function automatic void test_writes();
    logic [BusBytes-1:0] one = BusBytes'(1);
    string five = "AWID 0x5, AWADDR 0x40000, AWLEN ";
    expect_rule(WStrobe);  // narrow, address first
    aw.addr = 64'h4_0002;
    aw.shape = '{len: 1, size: 1, burst: BurstIncr};
    send_aw();
    send_w(one << 2, 1'b0);
    send_w(one << 3, 1'b1);
    seen("beat 1 of AWID 0x5, AWADDR 0x40002, AWLEN 1", $sformatf("WSTRB %b", one << 3));
    expect_rule(WStrobe);  // unaligned, data first
    aw.addr = 64'h4_0003;
    send_w(one << 2, 1'b1);
    send_aw();
    seen("beat 0 of AWID 0x5, AWADDR 0x40003", $sformatf("WSTRB %b", one << 2));
    add(StepLite, 1);
    expect_rule(WStrobe);  // unaligned
    aw.addr = 64'h4_0001;
    send_aw();
    send_w('1, 1'b1);
    seen("beat 0 of AWID 0x5, AWADDR 0x40001", $sformatf("WSTRB %b", {BusBytes{1'b1}}));
    add(StepLite, 0);
    expect_rule(WStrobe);  // unaligned, of the whole bus
    aw.addr = 64'h4_0002;
    send_aw();
    send_w('1, 1'b1);
    seen("beat 0 of AWID 0x5, AWADDR 0x40002",
         $sformatf("but the transfer is %b", {BusBytes{1'b1}} << 2));
    expect_rule(WLastEarly);
    aw.shape.len = 8'd2;
    send_aw();
    send_w('1, 1'b0);
    send_w('1, 1'b1);
    seen("WLAST 1 in beat 1 of", {five, "2"});
    expect_rule(WLastEarly);  // data first
    aw.shape.len = 8'd1;
    send_w('1, 1'b1);
    send_aw();
    seen("WLAST 1 in beat 0 of", {five, "1"});
    expect_rule(WLastLate);
    aw.shape.len = 8'd1;
    send_aw();
    send_w('1, 1'b0);
    send_w('1, 1'b0);
    seen("WLAST 0 in beat 1 of", {five, "1"});
    expect_rule(BWithoutAddress);  // another ID
    send_aw();
    send_w('1, 1'b1);
    send_b(5'd4, 2'b00);
    seen("BID 0x4, BRESP 0", "no write of this ID");
    expect_rule(BWithoutAddress);  // data is there, the address not
    send_w('1, 1'b1);
    send_b(5'd5, 2'b00);
    seen("BID 0x5", "data without an address");
    expect_rule(BWithoutAddress);  // a second response
    send_aw();
    send_w('1, 1'b1);
    send_b(5'd5, 2'b00);
    send_b(5'd5, 2'b00);
    seen("BID 0x5", "");
    expect_rule(BBeforeData);
    aw.shape.len = 8'd1;
    send_aw();
    send_w('1, 1'b0);
    send_b(5'd5, 2'b00);
    send_w('1, 1'b1);
    seen("BID 0x5", {five, "1"});
    expect_rule(BBeforeData);  // on the clock of the last data: one too early
    send_aw();
    put_b(5'd5, 2'b00);
    send_w('1, 1'b1);
    seen("BID 0x5", {five, "0"});
    expect_rule(BExokay);
    send_aw();
    send_w('1, 1'b1);
    send_b(5'd5, 2'b01);
    seen("BRESP 1", {"AWLOCK 0 for ", five});
    expect_rule(WriteTable);
    for (int unsigned i = 0; i < MaxWrites + 1; i++) send_aw();
    seen($sformatf("more than %0d writes", MaxWrites), five);
    expect_rule(WriteAheadTable);
    for (int unsigned i = 0; i < MaxAheadBeats + 1; i++) send_w('1, 1'b0);
    seen($sformatf("more than %0d beats", MaxAheadBeats), "");
    expect_rule(WriteDataHang);
    aw.shape.len = 8'd3;
    send_aw();
    send_w('1, 1'b0);
    still(HangClocks + HangClocks / 8);
    seen("no WVALID for 5", {"1 beats so far: ", five, "3"});
    expect_rule(WriteAddressHang);
    send_w('1, 1'b0);
    still(HangClocks + HangClocks / 8);
    seen("no AWVALID for 5", "1 beats wait");
    expect_rule(WriteResponseHang);
    send_aw();
    send_w('1, 1'b1);
    still(HangClocks + HangClocks / 8);
    seen("no BVALID for 5", five);
  endfunction

endpackage
