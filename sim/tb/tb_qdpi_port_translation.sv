// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of ports whose addresses are those of a process of the guest: page tables are put into the
/// RAM file, random accesses of 1 to 4096 bytes go through qdpi_port_core, most of them over the
/// border between two pages that are not neighbours in memory, and all memory that the tables show
/// is compared with a model through the bridge. Then windows, injected faults, exclusive and atomic
/// accesses, and the same through the pins of an APB port. Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +seed=N     of the random accesses (1)
///   +rounds=N   accesses (1500)
///   +no_atomics a guest without atomics instead, which is stopped; one test
module tb_qdpi_port_translation (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import qdpi_port_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;
  import tb_text_pkg::*;

  // Functions that are not inlined use what is below; they are called from the one process of the test.
  // verilator lint_off IMPURE

  // Four levels of tables, the upper one first, and where the pages of the process are.
  localparam longint unsigned Tables = 64'h10_0000;
  localparam longint unsigned Base = 64'hffff_8f00_4020_0000;
  localparam longint unsigned LargePage = Base + 64'h20_0000, LargeFrame = 64'h40_0000;
  localparam longint unsigned Cr0 = 64'h8001_0011, Cr4 = 64'h20, Efer = 64'hd01;

  localparam int unsigned     Pages = 17;

  typedef enum int {Usable, ReadOnly, KernelOnly, Absent, InHole, InRom} quality_e;

  chandle          bridge;
  longint unsigned random_state;
  quality_e        quality [Pages];
  longint unsigned gpas    [Pages];
  byte unsigned    model   [longint unsigned];  // by GPA
  byte unsigned    page    [4096];
  longint unsigned expected_refusals;
  int unsigned     done    [4];  // accesses by outcome
  int unsigned     split_done;

  logic            bridge_lost;
  logic            port_lost;
  logic [63:0]     paddr;
  logic            psel, penable, pwrite, pready, pslverr;
  logic [31:0]     pwdata, prdata;
  // A transfer asked for, and what came of it.
  int unsigned     request, answered;
  longint unsigned request_address;
  int unsigned     request_data, answer_data;
  bit              request_write, answer_error;

  qdpi_port_core #(
    .Name("core")
  ) u_core (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(bridge_lost)
  );

  qdpi_apb_port #(
    .AddrWidth(64),
    .Name     ("apb")
  ) u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(port_lost),
    .paddr_i      (paddr),
    .pprot_i      (3'b000),
    .psel_i       (psel),
    .penable_i    (penable),
    .pwrite_i     (pwrite),
    .pwdata_i     (pwdata),
    .pstrb_i      (pwrite ? 4'hf : 4'h0),
    .pready_o     (pready),
    .prdata_o     (prdata),
    .pslverr_o    (pslverr)
  );

  function automatic int unsigned random32();
    // verilator no_inline_task
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state[47:16];
  endfunction

  // ---- The address space -----------------------------------------------------------------------

  function automatic void put_entry(input longint unsigned level, input longint unsigned gva,
                                    input longint unsigned entry);
    // verilator no_inline_task
    longint unsigned index = (gva >> (12 + 9 * (level - 1))) & 64'd511;
    dpi_mem_write64_or_fatal(bridge, Tables + (4 - level) * PageBytes + index * 8, entry);
  endfunction

  /// Pages 0 to 7 are scattered, 7 shows the same memory as 2; 13 to 15 are neighbours; 16 is
  /// another ROM page, behind one that can be written.
  function automatic void make_space();
    // verilator no_inline_task
    for (longint unsigned level = 4; level > 1; level--) begin
      put_entry(level, Base, (Tables + (5 - level) * PageBytes) | 64'h7);
    end
    put_entry(2, LargePage, LargeFrame | 64'h87);
    for (int unsigned i = 0; i < Pages; i++) begin
      quality[i] = Usable;
      gpas[i] = 64'h20_0000 + 64'((i * 5) % 8) * PageBytes;
    end
    gpas[7] = gpas[2];
    quality[8] = ReadOnly;
    quality[9] = KernelOnly;
    quality[10] = Absent;
    quality[11] = InHole;
    quality[12] = InRom;
    quality[16] = InRom;
    for (int unsigned i = 8; i < Pages; i++) gpas[i] = 64'h30_0000 + 64'(i) * PageBytes;
    gpas[11] = Hole;
    gpas[12] = Rom;
    gpas[16] = Rom + 64'h8000;
    for (int unsigned i = 0; i < Pages; i++) begin
      put_entry(1, Base + 64'(i) * PageBytes,
                gpas[i] | (quality[i] == Absent ? 64'h6 : quality[i] == ReadOnly ? 64'h5 :
                           quality[i] == KernelOnly ? 64'h3 : 64'h7));
    end
  endfunction

  /// Fill what can be filled with random bytes, and take all into the model.
  function automatic void fill_memory();
    // verilator no_inline_task
    for (int unsigned i = 0; i < Pages; i++) begin
      if (quality[i] == InHole) continue;
      if (quality[i] != InRom) begin
        foreach (page[j]) page[j] = 8'(random32());
        `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, gpas[i], page))
      end
      `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpas[i], page))
      foreach (page[j]) model[gpas[i]+64'(j)] = page[j];
    end
  endfunction

  function automatic void compare_pages(input string what, input int unsigned from,
                                        input int unsigned to);
    // verilator no_inline_task
    for (int unsigned i = from; i <= to; i++) begin
      if (quality[i] == InHole) continue;
      `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpas[i], page))
      foreach (page[j]) begin
        if (page[j] != model[gpas[i]+64'(j)]) begin
          wrong($sformatf("%s: 0x%0h holds 0x%0h, not 0x%0h", what, gpas[i] + 64'(j), page[j],
                          model[gpas[i]+64'(j)]));
          return;
        end
      end
    end
  endfunction

  function automatic void compare_memory(input string what);
    // verilator no_inline_task
    compare_pages(what, 0, Pages - 1);
  endfunction

  function automatic longint unsigned gpa_of(input longint unsigned gva);
    // verilator no_inline_task
    return gpas[5'((gva - Base) >> 12)] + (gva & 64'hfff);
  endfunction

  /// What must become of an access. `either`: two pages are bad, each in its own way.
  function automatic outcome_e expected_outcome(input bit is_write, input longint unsigned first,
                                                input longint unsigned last, output bit either);
    // verilator no_inline_task
    bit untranslated = 1'b0, hole = 1'b0, rom = 1'b0;
    for (longint unsigned i = (first - Base) >> 12; i <= (last - Base) >> 12; i++) begin
      quality_e here = quality[5'(i)];
      untranslated |= here == Absent || here == KernelOnly || (here == ReadOnly && is_write);
      hole |= here == InHole;
      rom |= here == InRom && is_write;
    end
    either = hole && rom && !untranslated;
    if (untranslated) expected_refusals++;
    return untranslated || hole ? OutcomeDecodeError : rom ? OutcomeSlaveError : OutcomeOkay;
  endfunction

  // ---- Random accesses -------------------------------------------------------------------------

  function automatic outcome_e read_and_check(input longint unsigned first,
                                              input longint unsigned last);
    // verilator no_inline_task
    outcome_e    outcome = u_core.read(0, 64'd1, first, last);
    logic [63:0] word;
    for (longint unsigned gva = first; gva <= last; gva++) begin
      word = u_core.read_lanes(0, gva);
      if (word[8*gva[2:0]+:8] != (outcome == OutcomeOkay ? model[gpa_of(gva)] : 8'h00)) begin
        wrong($sformatf("read 0x%0h-0x%0h: 0x%0h at 0x%0h", first, last, word[8*gva[2:0]+:8], gva));
        break;
      end
    end
    return outcome;
  endfunction

  function automatic outcome_e write_and_note(input longint unsigned first,
                                              input longint unsigned last, input bit takes_effect);
    // verilator no_inline_task
    logic [63:0] data;
    logic [7:0]  strobes;
    u_core.write_begin(first, last);
    for (longint unsigned word = first & ~64'd7; word <= last; word += 8) begin
      data = {random32(), random32()};
      strobes = 8'h00;
      for (longint unsigned gva = word; gva < word + 8; gva++) begin
        strobes[gva[2:0]] = gva >= first && gva <= last && random32() % 8 != 0;
        // The first and the last byte are written in any case, so each page is.
        if (gva == first || gva == last) strobes[gva[2:0]] = 1'b1;
        if (strobes[gva[2:0]] && takes_effect) model[gpa_of(gva)] = data[8*gva[2:0]+:8];
      end
      u_core.write_lanes(word, data, strobes);
    end
    return u_core.write(64'd2);
  endfunction

  function automatic outcome_e access(input bit is_write, input longint unsigned first,
                                      input longint unsigned last, input bit takes_effect);
    // verilator no_inline_task
    if (is_write) return write_and_note(first, last, takes_effect);
    return read_and_check(first, last);
  endfunction

  function automatic void access_at_random();
    // verilator no_inline_task
    bit              is_write = random32() % 2 == 0;
    longint unsigned border = Base + (1 + 64'(random32()) % (64'(Pages) - 1)) * PageBytes;
    longint unsigned first = border - 64'(random32()) % 2048;
    longint unsigned last = first + 64'(random32()) % 4096;
    bit              either;
    outcome_e        wanted, outcome;
    if (random32() % 4 == 0) last = first + 64'(random32()) % 8;
    if (last - Base >= 64'(Pages) * PageBytes) last = Base + 64'(Pages) * PageBytes - 1;
    wanted = expected_outcome(is_write, first, last, either);
    outcome = access(is_write, first, last, wanted == OutcomeOkay);
    if (outcome != wanted && !(either && outcome == OutcomeSlaveError)) begin
      wrong($sformatf("%s 0x%0h-0x%0h: outcome %0d, not %0d", is_write ? "write" : "read", first,
                      last, outcome, wanted));
    end
    done[outcome]++;
    if (outcome == OutcomeOkay && (first ^ last) >= PageBytes) split_done++;
    if (u_core.window_errors() != expected_refusals) begin
      wrong($sformatf("%0d accesses refused, not %0d", u_core.window_errors(), expected_refusals));
      expected_refusals = u_core.window_errors();
    end
    // What it touched, and now and then what it should not have.
    if (!is_write) return;
    if (random32() % 32 == 0) compare_memory($sformatf("write 0x%0h-0x%0h", first, last));
    compare_pages($sformatf("write 0x%0h-0x%0h", first, last), 32'((first - Base) >> 12),
                  32'((last - Base) >> 12));
  endfunction

  // ---- The rest --------------------------------------------------------------------------------

  function automatic void expect_outcome(input string what, input outcome_e outcome,
                                         input outcome_e wanted);
    // verilator no_inline_task
    if (outcome != wanted) wrong($sformatf("%s: outcome %0d, not %0d", what, outcome, wanted));
  endfunction

  /// Kernel mode, a large page, what is not canonical, and plain GPAs again.
  function automatic void test_spaces();
    // verilator no_inline_task
    expect_outcome("kernel page, by user", u_core.read(0, 0, Base + 9 * PageBytes,
                                                       Base + 9 * PageBytes), OutcomeDecodeError);
    u_core.u_translation.use_space(Cr0, Tables, Cr4, Efer, 1'b0);
    expect_outcome("kernel page, by kernel", read_and_check(Base + 9 * PageBytes,
                                                            Base + 9 * PageBytes + 99), OutcomeOkay);
    expect_outcome("read-only page, by kernel", write_and_note(Base + 8 * PageBytes,
                   Base + 8 * PageBytes, 1'b0), OutcomeDecodeError);
    dpi_mem_write64_or_fatal(bridge, LargeFrame + 64'h12_3458, 64'h1122_3344_5566_7788);
    expect_outcome("large page", u_core.read(0, 0, LargePage + 64'h12_3458, LargePage + 64'h12_345f),
                   OutcomeOkay);
    if (u_core.read_lanes(0, LargePage + 64'h12_3458) != 64'h1122_3344_5566_7788) begin
      wrong("large page: other data");
    end
    expect_outcome("not canonical", u_core.read(0, 0, 64'h0000_8f00_4020_0000,
                                                64'h0000_8f00_4020_0000), OutcomeDecodeError);
    u_core.u_translation.use_none();
    expect_outcome("GPA", u_core.read(0, 0, LargeFrame + 64'h12_3458, LargeFrame + 64'h12_345f),
                   OutcomeOkay);
    if (u_core.read_lanes(0, LargeFrame + 64'h12_3458) != 64'h1122_3344_5566_7788) begin
      wrong("GPA: other data");
    end
    expect_outcome("GVA as GPA", u_core.read(0, 0, Base, Base), OutcomeDecodeError);
    u_core.u_translation.use_space(Cr0, Tables, Cr4, Efer, 1'b1);
  endfunction

  /// Windows are GPAs: of two pages both must be open.
  function automatic void test_windows();
    // verilator no_inline_task
    longint unsigned border = Base + PageBytes;
    u_core.allow(gpas[0], gpas[0] + PageBytes - 1, 1'b1, 1'b1);
    expect_outcome("open page", read_and_check(Base, border - 1), OutcomeOkay);
    expect_outcome("closed second page", u_core.read(0, 0, border - 4, border + 3),
                   OutcomeDecodeError);
    u_core.allow(gpas[1], gpas[1] + 3, 1'b1, 1'b0);
    expect_outcome("open second page", read_and_check(border - 4, border + 3), OutcomeOkay);
    expect_outcome("beyond the window", u_core.read(0, 0, border - 4, border + 4),
                   OutcomeDecodeError);
    expect_outcome("window for reads", write_and_note(border - 4, border + 3, 1'b0),
                   OutcomeDecodeError);
    expect_outcome("closed first page", u_core.read(0, 0, border + 2 * PageBytes - 4,
                                                    border + 2 * PageBytes + 3), OutcomeDecodeError);
    u_core.allow_all();
    compare_memory("windows");
  endfunction

  /// Read, and expect a bit flipped in the byte at `victim` alone.
  function automatic void expect_flip(input longint unsigned first, input longint unsigned last,
                                      input longint unsigned victim);
    // verilator no_inline_task
    logic [63:0] word;
    expect_outcome("flipped read", u_core.read(0, 64'd1, first, last), OutcomeOkay);
    for (longint unsigned gva = first; gva <= last; gva++) begin
      word = u_core.read_lanes(0, gva) ^ {8{model[gpa_of(gva)]}};
      if ($countones(word[8*gva[2:0]+:8]) != (gva == victim ? 1 : 0)) begin
        wrong($sformatf("bits of 0x%0h: 0x%0h flipped", gva, word[8*gva[2:0]+:8]));
      end
    end
  endfunction

  /// The ranges of injected faults are GPAs too, in either page.
  function automatic void test_faults();
    // verilator no_inline_task
    behaviour_t      wanted = Ideal;
    longint unsigned border = Base + 3 * PageBytes;
    wanted.error_first = gpas[3];
    wanted.error_last = gpas[3] + 1;
    u_core.configure(wanted);
    expect_outcome("error range", u_core.read(0, 0, border + 1, border + 1), OutcomeSlaveError);
    expect_outcome("behind the error range", read_and_check(border + 2, border + 9), OutcomeOkay);
    expect_outcome("before the error range", write_and_note(border - 8, border - 1, 1'b1),
                   OutcomeOkay);
    expect_outcome("error range in the second page", write_and_note(border - 8, border, 1'b0),
                   OutcomeSlaveError);
    wanted.error_first = gpas[2] + PageBytes - 1;
    wanted.error_last = wanted.error_first;
    u_core.configure(wanted);
    expect_outcome("error range in the first page", u_core.read(0, 0, border - 1, border + 8),
                   OutcomeSlaveError);
    wanted.error_first = Base;
    wanted.error_last = Base + 64'(Pages) * PageBytes - 1;
    u_core.configure(wanted);
    expect_outcome("error range at what is no GPA", read_and_check(border - 8, border + 8),
                   OutcomeOkay);
    wanted = Ideal;
    wanted.corrupt_first = gpas[3] + 2;
    wanted.corrupt_last = wanted.corrupt_first;
    u_core.configure(wanted);
    expect_flip(border + 1, border + 9, border + 2);
    expect_flip(border - 13, border + 9, border + 2);
    wanted.corrupt_first = gpas[2] + PageBytes - 3;
    wanted.corrupt_last = wanted.corrupt_first;
    u_core.configure(wanted);
    expect_flip(border - 13, border + 9, border - 3);
    if (u_core.injected_flips() != 3) wrong("flips are not counted right");
    u_core.configure(Ideal);
    compare_memory("faults");
  endfunction

  /// One function, not inlined: Verilator 5.006 drops what is written twice and only read in functions.
  function automatic outcome_e write_exclusive(input longint unsigned word, input logic [63:0] data);
    // verilator no_inline_task
    u_core.write_begin(word, word + 7);
    u_core.write_lanes(word, data, 8'hff);
    return u_core.write_exclusive(64'd5);
  endfunction

  /// What stands there already, so that only the write itself can be seen.
  function automatic outcome_e write_same(input longint unsigned gva);
    // verilator no_inline_task
    u_core.write_begin(gva, gva);
    u_core.write_lanes(gva, {8{model[gpa_of(gva)]}}, 8'h01 << gva[2:0]);
    return u_core.write(64'd2);
  endfunction

  /// Page 7 is page 2: a write there ends a reservation here.
  function automatic void test_exclusive();
    // verilator no_inline_task
    longint unsigned word = Base + 2 * PageBytes + 64, previous;
    longint unsigned alias_word = Base + 7 * PageBytes + 64;
    expect_outcome("exclusive read", read_and_check(word, word + 7), OutcomeOkay);
    expect_outcome("reserve", u_core.reserve(64'd5, word, word + 7), OutcomeExclusive);
    expect_outcome("exclusive write", write_exclusive(word, 64'h0102_0304_0506_0708),
                   OutcomeExclusive);
    for (int b = 0; b < 8; b++) model[gpa_of(word)+64'(b)] = 8'(8 - b);
    compare_memory("exclusive");

    expect_outcome("exclusive read", read_and_check(word, word + 7), OutcomeOkay);
    expect_outcome("reserve", u_core.reserve(64'd5, word, word + 7), OutcomeExclusive);
    expect_outcome("alias", write_same(alias_word), OutcomeOkay);
    expect_outcome("lost exclusive write", write_exclusive(word, 64'h1112_1314_1516_1718),
                   OutcomeOkay);
    compare_memory("lost exclusive write");
    expect_outcome("atomic", u_core.atomic(qdpi_port_atomics_pkg::AtomicSwap, 0, alias_word + 8, 8,
                   64'h8877_6655_4433_2211, 0, previous), OutcomeOkay);
    for (int b = 0; b < 8; b++) begin
      if (previous[8*b+:8] != model[gpa_of(word)+8+64'(b)]) wrong("atomic: other data");
      model[gpa_of(word)+8+64'(b)] = 8'(17 * (b + 1));
    end
    expect_outcome("atomic on a read-only page", u_core.atomic(
                   qdpi_port_atomics_pkg::AtomicSwap, 0, Base + 8 * PageBytes, 8, 0, 0, previous),
                   OutcomeDecodeError);
    compare_memory("exclusive");
  endfunction

  /// Of a guest without atomics the second page of a write can only be read. That the question was
  /// refused explains no later refusal.
  function automatic void test_no_atomics();
    // verilator no_inline_task
    string sentence;
    expect_outcome("write over a border", write_and_note(Base + PageBytes - 4, Base + PageBytes + 3,
                                                         1'b1), OutcomeOkay);
    compare_memory("no atomics");
    put_entry(1, Base + 11 * PageBytes, 64'h1000_0000 | 64'h7);
    expect_outcome("hole", u_core.read(0, 0, Base + 11 * PageBytes, Base + 11 * PageBytes),
                   OutcomeDecodeError);
    sentence = u_core.last_refusal(KindRead);
    check_that(contains(sentence, "0x10000000"),
               {"a refusal is explained by an older one: ", sentence});
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      psel <= 1'b0;
      penable <= 1'b0;
      answered <= 0;
    end else if (!psel && request != answered) begin
      psel <= 1'b1;
      paddr <= request_address;
      pwrite <= request_write;
      pwdata <= request_data;
    end else if (psel && !penable) begin
      penable <= 1'b1;
    end else if (psel && pready) begin
      psel <= 1'b0;
      penable <= 1'b0;
      answered <= request;
      answer_data <= prdata;
      answer_error <= pslverr;
    end
  end

  /// One transfer through the pins.
  task automatic transfer(input bit is_write, input longint unsigned address,
                          input int unsigned data, input bit must_fail);
    request_address = address;
    request_write = is_write;
    request_data = data;
    request++;
    while (answered != request) @(posedge clk_i);
    if (answer_error != must_fail) wrong($sformatf("APB at 0x%0h: error %0d", address, answer_error));
    for (int b = 0; b < 4 && !must_fail; b++) begin
      if (is_write) model[gpa_of(address)+64'(b)] = data[8*b+:8];
      else if (answer_data[8*b+:8] != model[gpa_of(address)+64'(b)]) wrong("APB: other data");
    end
  endtask

  task automatic test_apb();
    u_port.attach(bridge);
    u_port.expect_window_errors(1'b1);
    u_port.translate_with(Cr0, Tables, Cr4, Efer, 1'b1);
    for (longint unsigned i = 0; i < 8; i++) begin
      transfer(1'b1, Base + i * PageBytes + 64'hff8, random32(), 1'b0);
      transfer(1'b0, Base + i * PageBytes + 64'hff8, 0, 1'b0);
    end
    transfer(1'b0, Base + 8 * PageBytes, 0, 1'b0);
    transfer(1'b1, Base + 8 * PageBytes, 0, 1'b1);
    transfer(1'b0, Base + 10 * PageBytes, 0, 1'b1);
    transfer(1'b1, Base + 10 * PageBytes, 0, 1'b1);
    if (u_port.window_errors() != 3) wrong("APB: refusals not counted");
    compare_memory("APB");
    u_port.translate_none();
    transfer(1'b0, Base, 0, 1'b1);
  endtask

  task automatic test_file(input int unsigned rounds);
    for (int unsigned i = 0; i < rounds; i++) access_at_random();
    compare_memory("random accesses");
    test_spaces();
    test_windows();
    test_faults();
    test_exclusive();
    test_apb();
    if (bridge_lost || port_lost) wrong("the bridge is lost");
    $display("%0d done, %0d of them in two places; %0d decode errors, %0d slave errors",
             done[OutcomeOkay], split_done, done[OutcomeDecodeError], done[OutcomeSlaveError]);
    if (done[OutcomeOkay] * 5 < rounds || split_done * 10 < rounds
        || done[OutcomeDecodeError] * 20 < rounds || done[OutcomeSlaveError] * 50 < rounds) begin
      wrong("the random accesses do not reach everything");
    end
  endtask

  initial begin
    int unsigned rounds;
    bit          no_atomics;
    no_atomics = $test$plusargs("no_atomics") != 0;
    random_state = 64'd1;
    if ($value$plusargs("seed=%d", random_state) == 0) random_state = 64'd1;
    random_state = random_state * 64'h9e37_79b9_7f4a_7c15 | 64'd1;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 1500;
    bridge = dpi_open_or_fatal("");
    while (rst_ni !== 1'b1) @(posedge clk_i);
    @(posedge clk_i);
    if (no_atomics) `QDPI_OR_FATAL(bridge, dpi_guest_stop(bridge, 10_000))
    make_space();
    fill_memory();
    u_core.attach(bridge);
    u_core.expect_window_errors(1'b1);
    u_core.u_translation.use_space(Cr0, Tables, Cr4, Efer, 1'b1);
    if (no_atomics) test_no_atomics();
    else test_file(rounds);
    if (errors == 0) $display("QDPI TEST PASSED");
    dpi_close(bridge);
    $finish;
  end

endmodule
