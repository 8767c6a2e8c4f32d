// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of interrupt lines, and of the records of what passes between device and guest. Behind
/// qdpi-launch; the guest runs guest_memory, which counts the interrupts that it takes.
/// With +unheard the interrupts go nowhere (to nobody, or to a RAM file), which must be errors.
/// Plusargs: +qemu=ENDPOINT (else $QEMU_DPI), +qdpi.csv=FILE (needed), +unheard=nobody|file.
module tb_qdpi_interrupt_line (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  import qemu_dpi_pkg::*;
  import tb_errors_pkg::*;

  // Not all of them are used here.
  /* verilator lint_off UNUSEDPARAM */
  localparam int unsigned
`include "qdpi_mailbox_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  localparam int unsigned TimeoutMs = 10_000;
  // Those that guest_memory counts, as edges.
  localparam int unsigned EdgeLine = 5;
  localparam int unsigned LaterLine = 6;
  localparam int unsigned LevelLine = 3;

  // The tests are one process.
  /* verilator lint_off BLKSEQ */
  chandle      bridge;
  logic        interrupt, device_rst_n;
  logic        event_valid;
  int          event_kind;
  logic [31:0] event_index;
  logic [63:0] event_value;
  string       csv_path;

  // What the table must have, in order for each owner; what the two lines do in one clock may be in
  // any order.
  localparam int MaxNotes = 32;
  string           note_owners [MaxNotes];
  string           note_texts  [MaxNotes];
  longint unsigned note_times  [MaxNotes];
  bit              note_seen   [MaxNotes];
  int              notes;

  qdpi_interrupt_line #(
    .Line(EdgeLine)
  ) u_edge (
    .clk_i,
    .rst_ni     (device_rst_n),
    .interrupt_i(interrupt)
  );

  qdpi_interrupt_line #(
    .Line(LevelLine),
    .Edge(1'b0),
    .Name("other")
  ) u_level (
    .clk_i,
    .rst_ni     (device_rst_n),
    .interrupt_i(interrupt)
  );

  qdpi_event_source #(
    .Name("other")
  ) u_events (
    .clk_i,
    .rst_ni,
    .idle_i (1'b0),
    .valid_o(event_valid),
    .ready_i(1'b1),
    .kind_o (event_kind),
    .index_o(event_index),
    .value_o(event_value)
  );

  logic unused_event;
  assign unused_event = ^{event_index, event_value};

  /// `owner` has noted something in this clock; 0 for `moment`: at any time.
  function automatic void expect_note(input string owner, input string name, input string text,
                                      input longint unsigned moment);
    note_owners[notes] = owner;
    note_texts[notes] = {owner, ",,", name, ",,,,,,,", text};
    note_times[notes] = moment;
    notes++;
  endfunction

  function automatic void match_line(input string line);
    string number = "";
    string rest = line;
    for (int i = 0; i + 1 < line.len(); i++) begin
      if (line.substr(i, i + 1) == ",,") begin
        number = line.substr(0, i - 1);
        rest = line.substr(i + 2, line.len() - 2);
        break;
      end
    end
    for (int i = 0; i < notes; i++) begin
      if (!note_seen[i] && rest.len() > note_owners[i].len()
          && rest.substr(0, note_owners[i].len() - 1) == note_owners[i]) begin
        check_that(rest == note_texts[i]
                   && (note_times[i] == 0 || number == $sformatf("%0d", note_times[i])),
                   $sformatf("the table has\n%snot\n%0d,,%s", line, note_times[i], note_texts[i]));
        note_seen[i] = 1'b1;
        return;
      end
    end
    wrong({"the table has, and should not: ", line});
  endfunction

  function automatic void check_table();
    int    file;
    string line;
    file = $fopen(csv_path, "r");
    check_that(file != 0 && $fgets(line, file) > 0, {"no table in ", csv_path});
    if (file == 0) return;
    while ($fgets(line, file) > 0) match_line(line);
    $fclose(file);
    for (int i = 0; i < notes; i++) begin
      check_that(note_seen[i], $sformatf("the table lacks %0d,,%s", note_times[i], note_texts[i]));
    end
  endfunction

  function automatic void expect_raised(input longint unsigned pulses,
                                        input longint unsigned raises);
    check_that(u_edge.raised() == pulses && u_level.raised() == raises,
               $sformatf("%0d pulses and %0d raised levels, not %0d and %0d", u_edge.raised(),
                         u_level.raised(), pulses, raises));
  endfunction

  function automatic void check_result(input int result, input string call);
    check_that(result >= 0, $sformatf("%s: %s", call, dpi_last_error(bridge)));
  endfunction

  function automatic int unsigned mailbox_word(input int unsigned offset);
    int unsigned word = 0;
    check_result(dpi_mem_read32(bridge, 64'(QDPI_MAILBOX_ADDRESS) + 64'(offset), word),
                 "dpi_mem_read32");
    return word;
  endfunction

  function automatic void await_mailbox_word(input int unsigned offset, input int unsigned wanted,
                                             input string what);
    longint unsigned start = dpi_clock_us();
    while (mailbox_word(offset) != wanted) begin
      if (dpi_clock_us() - start > 64'(TimeoutMs) * 1000) begin
        $fatal(1, "%s: %0d, not %0d", what, mailbox_word(offset), wanted);
      end
      check_result(dpi_fence(bridge, TimeoutMs), "dpi_fence");
    end
  endfunction

  /// The guest has taken so many interrupts of `line`.
  function automatic void await_taken(input int unsigned line, input int unsigned interrupts);
    await_mailbox_word(QDPI_MAILBOX_OFFSET_COUNTS + 4 * line, interrupts,
                       $sformatf("interrupts taken of line %0d", line));
  endfunction

  // How many the guest must have taken of each, and whether the level is high.
  int unsigned must_pulse, must_rise;
  bit          is_high;

  /// The level rises, if it is low, which the guest sees as an edge; each is waited for, because
  /// the next would be one with it.
  function automatic void raise_level();
    must_rise += 32'(!is_high);
    is_high = 1'b1;
    await_taken(LevelLine, must_rise);
  endfunction

  /// Signal `value`, and give the lines one clock to see it. `tells_guest`, `tells_other`: what
  /// they must do about it.
  task automatic drive(input bit value, input string tells_guest, input string tells_other);
    interrupt = value;
    @(posedge clk_i);
    if (tells_guest != "") expect_note("guest", "interrupt", {"line 5 ", tells_guest}, $time);
    if (tells_other != "") expect_note("other", "interrupt", {"line 3 ", tells_other}, $time);
    @(negedge clk_i);
    if (tells_guest != "") begin
      must_pulse++;
      await_taken(EdgeLine, must_pulse);
    end
    if (tells_other == "lowered") is_high = 1'b0;
    else if (tells_other != "") raise_level();
  endtask

  task automatic test_lines();
    drive(1'b0, "", "");
    expect_raised(0, 0);
    // One edge is one pulse, however long the signal is high.
    drive(1'b1, "pulsed", "raised");
    expect_raised(1, 1);
    drive(1'b1, "", "");
    drive(1'b1, "", "");
    drive(1'b0, "", "lowered");
    expect_raised(1, 1);
    drive(1'b1, "pulsed", "raised");
    expect_raised(2, 2);
    // Reset lowers the level; an interrupt that is there afterwards is a new one.
    device_rst_n = 1'b0;
    expect_note("other", "interrupt", "line 3 lowered", $time);
    is_high = 1'b0;
    drive(1'b1, "", "");
    drive(1'b1, "", "");
    expect_raised(2, 2);
    device_rst_n = 1'b1;
    drive(1'b1, "pulsed", "raised");
    expect_raised(3, 3);
    // A bridge that is new to the lines is told of the level, not of an edge in the past.
    u_level.attach(bridge);
    u_edge.attach(bridge);
    drive(1'b1, "", "raised");
    expect_raised(3, 4);
    drive(1'b0, "", "lowered");
    // Another line, and reset while the signal is low.
    u_edge.attach(null);
    u_edge.attach_as(bridge, "guest", LaterLine);
    interrupt = 1'b1;
    @(posedge clk_i);
    expect_note("guest", "interrupt", "line 6 pulsed", $time);
    expect_note("other", "interrupt", "line 3 raised", $time);
    @(negedge clk_i);
    await_taken(LaterLine, 1);
    raise_level();
    drive(1'b0, "", "lowered");
    device_rst_n = 1'b0;
    drive(1'b0, "", "");
    device_rst_n = 1'b1;
    drive(1'b0, "", "");
    expect_raised(4, 5);
    check_result(dpi_fence(bridge, TimeoutMs), "dpi_fence");
    // And no more.
    await_taken(EdgeLine, 3);
    await_taken(LaterLine, 1);
    await_taken(LevelLine, 4);
  endtask

  /// Wait for an event of `kind`.
  task automatic await_event(input qdpi_event_e kind);
    longint unsigned start = dpi_clock_us();
    while (!(event_valid && event_kind == int'(kind))) begin
      @(negedge clk_i);
      if (dpi_clock_us() - start > 64'(TimeoutMs) * 1000) $fatal(1, "no event %s", kind.name());
    end
  endtask

  task automatic test_events();
    check_result(dpi_guest_stop(bridge, TimeoutMs), "dpi_guest_stop");
    await_event(QDPI_EVENT_STOP);
    expect_note("other", "STOP", "value 0", 0);
    check_result(dpi_guest_continue(bridge, TimeoutMs), "dpi_guest_continue");
    await_event(QDPI_EVENT_RESUME);
    expect_note("other", "RESUME", "value 0", 0);
    check_result(dpi_guest_reset(bridge, TimeoutMs), "dpi_guest_reset");
    await_event(QDPI_EVENT_RESET);
    expect_note("other", "RESET", "value 0", 0);
  endtask

  initial begin
    automatic string unheard = "";
    interrupt = 1'b0;
    device_rst_n = 1'b0;
    if ($value$plusargs("unheard=%s", unheard) == 0) unheard = "";
    if (unheard != "nobody") begin
      bridge = dpi_open_or_fatal("");
      u_edge.attach(bridge);
      u_level.attach(bridge);
      u_events.attach(bridge);
    end
    @(posedge rst_ni);
    device_rst_n = 1'b1;
    @(negedge clk_i);
    if (unheard != "") begin
      drive(1'b1, "", "");
      drive(1'b0, "", "");
      drive(1'b1, "", "");
      expect_raised(0, 0);
      $display("%0d pulses, %0d raised", u_edge.raised(), u_level.raised());
    end else begin
      check_that($value$plusargs("qdpi.csv=%s", csv_path) != 0, "+qdpi.csv needed");
      await_mailbox_word(QDPI_MAILBOX_OFFSET_MAGIC, QDPI_MAILBOX_MAGIC, "the mailbox");
      test_lines();
      test_events();
      check_table();
    end
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end
  final dpi_close(bridge);
  /* verilator lint_on BLKSEQ */

endmodule
