// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Cases of tb_qdpi_axi4_checker: channel R.
package tb_axi4_checker_read_cases_pkg;
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::*;

  function automatic void test_reads();
    string six = "ARID 0x6, ARADDR 0x60000, ARLEN ";
    expect_rule(RWithoutAddress);
    send_ar();
    send_r(5'd7, 2'b00, 1'b1);
    seen("RID 0x7", "no read of this ID");
    expect_rule(RWithoutAddress);  // on the clock of the address: one too early
    put_r(5'd6, 2'b00, 1'b1);
    send_ar();
    seen("RID 0x6", "");
    expect_rule(RLastEarly);
    ar.shape.len = 8'd2;
    send_ar();
    send_r(5'd6, 2'b00, 1'b0);
    send_r(5'd6, 2'b00, 1'b1);
    seen("RLAST 1 in beat 1 of", {six, "2"});
    expect_rule(RLastLate);
    ar.shape.len = 8'd1;
    send_ar();
    send_r(5'd6, 2'b00, 1'b0);
    send_r(5'd6, 2'b00, 1'b0);
    seen("RLAST 0 in beat 1 of", {six, "1"});
    expect_rule(RLastEarly);  // same ID, in the wrong order: the shorter one first
    ar.shape.len = 8'd3;
    send_ar();
    ar.shape.len = 8'd0;
    send_ar();
    send_r(5'd6, 2'b00, 1'b1);
    seen("RLAST 1 in beat 0 of", {six, "3"});
    expect_rule(RExokay);
    send_ar();
    send_r(5'd6, 2'b01, 1'b1);
    seen("RRESP 1", {"ARLOCK 0 for ", six});
    expect_rule(ReadTable);
    for (int unsigned i = 0; i < MaxReads + 1; i++) send_ar();
    seen($sformatf("more than %0d reads", MaxReads), six);
    expect_rule(ReadHang);
    ar.shape.len = 8'd3;
    send_ar();
    send_r(5'd6, 2'b00, 1'b0);
    still(HangClocks + HangClocks / 8);
    seen("no RVALID for 5", {"1 beats so far: ", six, "3"});
  endfunction

endpackage
