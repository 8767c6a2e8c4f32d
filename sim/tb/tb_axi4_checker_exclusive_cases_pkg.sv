// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Cases of tb_qdpi_axi4_checker: an exclusive write repeats the exclusive read of its ID, of many.
package tb_axi4_checker_exclusive_cases_pkg;
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::*;

  // Reads that the checker remembers.
  localparam int unsigned Exclusives = 16;

  /// An exclusive read, with its data.
  function automatic void read_exclusive(input int unsigned id, input logic [63:0] addr);
    ar.id = id;
    ar.addr = addr;
    ar.lock = 1'b1;
    send_ar();
    send_r(IdWidth'(id), RespExokay, 1'b1);
  endfunction

  /// An exclusive write like the last exclusive read, but for these.
  function automatic void write_exclusive(input int unsigned id, input logic [63:0] addr);
    aw = ar;
    aw.id = id;
    aw.addr = addr;
    send_aw();
    send_w('1, 1'b1);
    send_b(IdWidth'(id), RespExokay);
  endfunction

  function automatic void test_pairs();
    for (int unsigned i = 0; i < 6; i++) begin
      expect_rule(AwExclusivePair);
      read_exclusive(6, 64'h6_0000);
      aw = ar;
      case (i)
        0: aw.addr = 64'h6_0080;
        1: aw.shape.len = 8'd1;
        2: aw.shape.size = 3'd2;
        3: aw.cache = 4'd1;
        4: aw.prot = 3'd1;
        default: aw.region = 4'd1;
      endcase
      send_aw();
      seen("AWLOCK 1", "exclusive read had ARID 0x6, ARADDR 0x60000, ARLEN 0, ARSIZE 3");
    end
    expect_rule(AwExclusivePair);  // none: each write has its read, the last of its ID
    read_exclusive(6, 64'h6_0000);
    read_exclusive(7, 64'h7_0000);
    read_exclusive(6, 64'h6_0100);
    write_exclusive(7, 64'h7_0000);
    write_exclusive(6, 64'h6_0100);
    // That read has been used up: this one may fail, no more.
    write_exclusive(6, 64'h6_0200);
    not_seen();
    expect_rule(AwExclusivePair);  // the read of the last of as many IDs as there is room for
    for (int unsigned i = 0; i < Exclusives; i++) read_exclusive(i, 64'h1_0000 + 64'(i) * 64'h100);
    write_exclusive(Exclusives - 1, 64'h1_0000);
    seen("AWID 0xf", "exclusive read had ARID 0xf, ARADDR 0x10f00");
    expect_rule(AwExclusivePair);  // of the first
    for (int unsigned i = 0; i < Exclusives; i++) read_exclusive(i, 64'h1_0000 + 64'(i) * 64'h100);
    write_exclusive(0, 64'h1_0100);
    seen("AWID 0x0", "exclusive read had ARID 0x0, ARADDR 0x10000");
    expect_rule(AwExclusivePair);  // there is no room for the first any more, but for the next two
    for (int unsigned i = 0; i < Exclusives + 1; i++) begin
      read_exclusive(i, 64'h1_0000 + 64'(i) * 64'h100);
    end
    write_exclusive(0, 64'h2_0000);
    read_exclusive(Exclusives + 1, 64'h3_0000);
    write_exclusive(Exclusives, 64'h2_0000);
    seen("AWID 0x10", "exclusive read had ARID 0x10, ARADDR 0x11000");
    expect_rule(AwExclusivePair);  // those that have been used up leave room
    read_exclusive(6, 64'h6_0000);
    for (int unsigned i = 0; i < Exclusives + 1; i++) begin
      read_exclusive(7, 64'h7_0000);
      write_exclusive(7, 64'h7_0000);
    end
    write_exclusive(6, 64'h6_0100);
    seen("AWADDR 0x60100", "exclusive read had ARID 0x6, ARADDR 0x60000");
  endfunction

  function automatic void test_exclusives();
    test_pairs();
    expect_rule(AwExclusiveEarly);
    ar.lock = 1'b1;
    ar.shape.len = 8'd1;
    send_ar();
    send_r(5'd6, 2'b01, 1'b0);
    aw = ar;
    send_aw();
    seen("AWID 0x6", "AWLOCK 1");
  endfunction

endpackage
