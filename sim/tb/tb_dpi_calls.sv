// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Every memory call of the package from SystemVerilog, on a RAM file of 16 MiB laid out as a PC's
/// (+qemu=file:...?machine=pc): what arrives, what the contract refuses, and that a refusal changes
/// nothing on either side.
module tb_dpi_calls (
  /// Clock, not used: the calls take no simulation time.
  input logic clk_i,
  /// Reset, not used.
  input logic rst_ni
);

  import qemu_dpi_pkg::*;
`include "qemu_dpi.svh"

  localparam longint unsigned Ram = 64'h10_0000;
  localparam longint unsigned RamEnd = 64'h100_0000;
  localparam longint unsigned VgaHole = 64'ha_0000;
  localparam longint unsigned Rom = 64'hf_0000;
  localparam longint unsigned Last = 64'hffff_ffff_ffff_ffff;

  chandle bridge;
  int     failures = 0;

  byte unsigned    wide    [4096];
  byte unsigned    back    [4096];
  byte unsigned    seven   [7];
  byte unsigned    strobes [1];
  longint unsigned words   [4];
  longint unsigned words_back [4];
  byte unsigned    word_strobes [4];

  function automatic void expect_result(input string what, input int result, input int wanted);
    if (result != wanted) begin
      failures = failures + 1;
      $display("%%Error: %s gave %0d, not %0d: %s", what, result, wanted, dpi_last_error(bridge));
    end
  endfunction

  /// A refused call must say where and what to do.
  function automatic void expect_refusal(input string what, input int result,
                                         input qdpi_result_e wanted);
    string sentence;
    expect_result(what, result, int'(wanted));
    sentence = dpi_last_error(bridge);
    if (sentence.len() < 20) begin
      failures = failures + 1;
      $display("%%Error: %s has no sentence: \"%s\"", what, sentence);
    end
  endfunction

  function automatic void expect_value(input string what, input longint unsigned value,
                                       input longint unsigned wanted);
    if (value != wanted) begin
      failures = failures + 1;
      $display("%%Error: %s is 0x%0h, not 0x%0h", what, value, wanted);
    end
  endfunction

  function automatic void test_arrays();
    for (int i = 0; i < 4096; i++) wide[i] = 8'(i * 7 + i / 256);
    expect_result("write 4096", dpi_mem_write(bridge, Ram + 3, wide), 0);
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, Ram + 3, back))
    for (int i = 0; i < 4096; i++) begin
      if (back[i] != wide[i]) expect_value($sformatf("byte %0d", i), 64'(back[i]), 64'(wide[i]));
    end
    expect_result("read 7", dpi_mem_read(bridge, Ram + 3 + 100, seven), 0);
    for (int i = 0; i < 7; i++) expect_value("seven", 64'(seven[i]), 64'(wide[100 + i]));
  endfunction

  function automatic void test_strobes();
    for (int pattern = 0; pattern < 128; pattern++) begin
      for (int i = 0; i < 7; i++) seven[i] = 8'h55;
      expect_result("clear", dpi_mem_write(bridge, Ram + 5, seven), 0);
      for (int i = 0; i < 7; i++) seven[i] = 8'(32'ha0 + i);
      strobes[0] = 8'(pattern);
      expect_result("strobed", dpi_mem_write_strobed(bridge, Ram + 5, seven, strobes), 0);
      expect_result("read", dpi_mem_read(bridge, Ram + 5, seven), 0);
      for (int i = 0; i < 7; i++) begin
        expect_value($sformatf("strobes %0h byte %0d", pattern, i), 64'(seven[i]),
                     pattern[i] ? 64'ha0 + 64'(i) : 64'h55);
      end
    end
    expect_refusal("too few strobes", dpi_mem_write_strobed(bridge, Ram, wide, strobes),
                   QDPI_ERR_INVALID);
  endfunction

  function automatic void test_words();
    for (int i = 0; i < 4; i++) begin
      words[i] = 64'h0123_4567_89ab_cdef + 64'(i);
      word_strobes[i] = 8'hff;
    end
    word_strobes[2] = 8'h0f;
    dpi_mem_write64_or_fatal(bridge, Ram + 64 + 16, 64'h1111_1111_1111_1111);
    dpi_mem_write64_or_fatal(bridge, Ram + 64 + 24, 64'h2222_2222_2222_2222);
    expect_result("words", dpi_mem_write_words(bridge, Ram + 64, 3, words, word_strobes), 0);
    expect_result("words", dpi_mem_read_words(bridge, Ram + 64, 4, words_back), 0);
    expect_value("word 0", words_back[0], words[0]);
    expect_value("word 1", words_back[1], words[1]);
    expect_value("word 2", words_back[2], {32'h1111_1111, words[2][31:0]});
    expect_value("word 3 is beyond count", words_back[3], 64'h2222_2222_2222_2222);
    expect_refusal("more words than the array has",
                   dpi_mem_read_words(bridge, Ram, 5, words_back), QDPI_ERR_INVALID);
    expect_refusal("words at an odd address", dpi_mem_read_words(bridge, Ram + 4, 1, words_back),
                   QDPI_ERR_INVALID);
  endfunction

  function automatic void test_scalars();
    byte unsigned     data8 = 0;
    shortint unsigned data16 = 0;
    int unsigned      data32 = 0;
    longint unsigned  data64 = 0;

    for (longint unsigned offset = 0; offset < 8; offset++) begin
      dpi_mem_write64_or_fatal(bridge, Ram + 256 + offset, 64'hfedc_ba98_7654_3210);
      expect_result("read8", dpi_mem_read8(bridge, Ram + 256 + offset, data8), 0);
      expect_result("read16", dpi_mem_read16(bridge, Ram + 257 + offset, data16), 0);
      expect_result("read32", dpi_mem_read32(bridge, Ram + 258 + offset, data32), 0);
      expect_result("read64", dpi_mem_read64(bridge, Ram + 256 + offset, data64), 0);
      expect_value("read8", 64'(data8), 64'h10);
      expect_value("read16", 64'(data16), 64'h5432);
      expect_value("read32", 64'(data32), 64'hba98_7654);
      expect_value("read64", data64, 64'hfedc_ba98_7654_3210);
    end
    dpi_mem_write32_or_fatal(bridge, Ram + 256, 32'haaaa_aaaa);
    dpi_mem_write16_or_fatal(bridge, Ram + 257, 16'hbbcc);
    dpi_mem_write8_or_fatal(bridge, Ram + 259, 8'hdd);
    expect_value("mixed", 64'(dpi_mem_read32_or_fatal(bridge, Ram + 256)), 64'hddbb_ccaa);
  endfunction

  function automatic void test_atomics();
    int unsigned     previous32 = 0;
    longint unsigned previous64 = 0;

    dpi_mem_write64_or_fatal(bridge, Ram + 512, 64'hffff_ffff_ffff_fffe);
    expect_result("add32", dpi_mem_fetch_add32(bridge, Ram + 512, 3, previous32), 0);
    expect_value("add32", 64'(previous32), 64'hffff_fffe);
    expect_value("no carry", dpi_mem_read64_or_fatal(bridge, Ram + 512), 64'hffff_ffff_0000_0001);
    expect_result("add64", dpi_mem_fetch_add64(bridge, Ram + 512, 64'hffff_ffff, previous64), 0);
    expect_value("add64", previous64, 64'hffff_ffff_0000_0001);
    expect_result("swap32", dpi_mem_swap32(bridge, Ram + 516, 7, previous32), 0);
    expect_value("swap32", 64'(previous32), 64'h0);
    expect_result("swap64", dpi_mem_swap64(bridge, Ram + 512, 64'd40, previous64), 0);
    expect_value("swap64", previous64, 64'h7_0000_0000);
    expect_result("cas64", dpi_mem_cas64(bridge, Ram + 512, 40, 41, previous64), 0);
    expect_value("cas64 hit", previous64, 64'd40);
    expect_result("cas64", dpi_mem_cas64(bridge, Ram + 512, 40, 99, previous64), 0);
    expect_value("cas64 miss", previous64, 64'd41);
    expect_result("cas32", dpi_mem_cas32(bridge, Ram + 512, 41, 42, previous32), 0);
    expect_value("cas32", dpi_mem_read64_or_fatal(bridge, Ram + 512), 64'd42);
    expect_refusal("misaligned", dpi_mem_fetch_add64(bridge, Ram + 4, 1, previous64),
                   QDPI_ERR_INVALID);
    expect_refusal("atomic in ROM", dpi_mem_swap32(bridge, Rom, 1, previous32), QDPI_ERR_ROM);
    expect_refusal("atomic in the hole", dpi_mem_cas32(bridge, VgaHole, 0, 1, previous32),
                   QDPI_ERR_UNMAPPED);
  endfunction

  function automatic void test_refusals();
    for (int i = 0; i < 4096; i++) back[i] = 8'h5a;
    for (int i = 0; i < 7; i++) seven[i] = 8'h77;
    dpi_mem_write64_or_fatal(bridge, RamEnd - 8, 64'h8877_6655_4433_2211);
    dpi_mem_write64_or_fatal(bridge, VgaHole - 8, 64'h1122_3344_5566_7788);
    expect_refusal("hole", dpi_mem_read(bridge, VgaHole, back), QDPI_ERR_UNMAPPED);
    expect_refusal("into the hole", dpi_mem_read(bridge, VgaHole - 1, back), QDPI_ERR_UNMAPPED);
    expect_refusal("past RAM", dpi_mem_read(bridge, RamEnd - 4095, back), QDPI_ERR_UNMAPPED);
    expect_refusal("far away", dpi_mem_read(bridge, 64'h7f_0000_0000, back), QDPI_ERR_UNMAPPED);
    expect_refusal("wrap", dpi_mem_read(bridge, Last, back), QDPI_ERR_INVALID);
    for (int i = 0; i < 4096; i++) expect_value("untouched", 64'(back[i]), 64'h5a);
    expect_refusal("straddle", dpi_mem_write(bridge, RamEnd - 4, seven), QDPI_ERR_UNMAPPED);
    expect_refusal("straddle", dpi_mem_write(bridge, VgaHole - 4, seven), QDPI_ERR_UNMAPPED);
    expect_refusal("ROM", dpi_mem_write(bridge, Rom, seven), QDPI_ERR_ROM);
    expect_result("ROM can be read", dpi_mem_read(bridge, Rom, seven), 0);
    expect_value("RAM end", dpi_mem_read64_or_fatal(bridge, RamEnd - 8), 64'h8877_6655_4433_2211);
    expect_value("hole edge", dpi_mem_read64_or_fatal(bridge, VgaHole - 8),
                 64'h1122_3344_5566_7788);
    for (int i = 0; i < 7; i++) seven[i] = 8'h77;
    strobes[0] = 8'h0f;
    expect_result("strobed up to the end", dpi_mem_write_strobed(bridge, RamEnd - 4, seven, strobes),
                  0);
    expect_value("RAM end", dpi_mem_read64_or_fatal(bridge, RamEnd - 8), 64'h7777_7777_4433_2211);
  endfunction

  function automatic void test_no_channel();
    int              kind = -1;
    int unsigned     index = 0;
    longint unsigned value = 0;

    expect_result("no event", dpi_event_poll(bridge, kind, index, value), 0);
    expect_refusal("wait", dpi_event_wait(bridge, 1, kind, index, value), QDPI_ERR_UNSUPPORTED);
    expect_refusal("irq set", dpi_irq_set(bridge, 5), QDPI_ERR_UNSUPPORTED);
    expect_refusal("irq clear", dpi_irq_clear(bridge, 5), QDPI_ERR_UNSUPPORTED);
    expect_refusal("irq pulse", dpi_irq_pulse(bridge, 5), QDPI_ERR_UNSUPPORTED);
    expect_refusal("nmi", dpi_nmi(bridge), QDPI_ERR_UNSUPPORTED);
    expect_refusal("fence", dpi_fence(bridge, 1), QDPI_ERR_UNSUPPORTED);
    expect_refusal("refresh", dpi_map_refresh(bridge), QDPI_ERR_UNSUPPORTED);
    expect_refusal("stop", dpi_guest_stop(bridge, 1), QDPI_ERR_UNSUPPORTED);
    expect_refusal("continue", dpi_guest_continue(bridge, 1), QDPI_ERR_UNSUPPORTED);
    expect_refusal("reset", dpi_guest_reset(bridge, 1), QDPI_ERR_UNSUPPORTED);
    expect_refusal("quit", dpi_guest_quit(bridge, 1), QDPI_ERR_UNSUPPORTED);
    expect_refusal("require", dpi_require(bridge, int'(QDPI_FEATURE_DOORBELL)),
                   QDPI_ERR_UNSUPPORTED);
    expect_value("kind untouched", 64'(kind), Last);
    expect_value("index untouched", 64'(index), 0);
    expect_value("value untouched", value, 0);
    expect_value("counter", dpi_counter(bridge, int'(QDPI_COUNTER_DOORBELLS)), 0);
  endfunction

  function automatic void test_lifetime();
    chandle wrong;

    expect_result("a bad endpoint", dpi_open("nonsense", 0, wrong), int'(QDPI_ERR_INVALID));
    expect_result("its bridge", dpi_mem_write8(wrong, 0, 0), int'(QDPI_ERR_LOST));
    dpi_close(wrong);
    expect_result("no QEMU", dpi_open("qmp:/nonexistent/qmp.sock", 0, wrong),
                  int'(QDPI_ERR_NOT_FOUND));
    expect_result("still none", dpi_reattach(wrong, 0), int'(QDPI_ERR_NOT_FOUND));
    dpi_close(wrong);
    expect_result("null", dpi_mem_write8(null, 0, 0), int'(QDPI_ERR_INVALID));
    dpi_close(null);
    dpi_mem_write32_or_fatal(bridge, Ram, 32'h1234_5678);
    expect_result("attach again", dpi_reattach(bridge, 0), 0);
    expect_value("the file keeps", 64'(dpi_mem_read32_or_fatal(bridge, Ram)), 64'h1234_5678);
    if (dpi_clock_us() == 0) expect_result("clock", -1, 0);
  endfunction

  initial begin
    bridge = dpi_open_or_fatal("");
    $display("library %s", dpi_version());
    test_arrays();
    test_strobes();
    test_words();
    test_scalars();
    test_atomics();
    test_refusals();
    test_no_channel();
    test_lifetime();
    dpi_close(bridge);
    if (failures == 0) $display("QDPI TEST PASSED");
    $finish;
  end

  logic unused_clock;
  assign unused_clock = ^{clk_i, rst_ni};

endmodule
