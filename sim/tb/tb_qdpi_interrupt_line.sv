// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of interrupt lines, and of the records of what passes between device and guest. Behind
/// qdpi-launch; the guest needs no program: QEMU itself says whether it has carried out the calls.
/// With +unheard the interrupts go nowhere (to nobody, or to a RAM file), which must be errors.
/// Plusargs: +qemu=ENDPOINT (else $QEMU_DPI), +qdpi.csv=FILE (needed), +unheard=nobody|file.
module tb_qdpi_interrupt_line (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  import qemu_dpi_pkg::*;

  localparam int unsigned TimeoutMs = 10_000;

  // The tests are one process.
  /* verilator lint_off BLKSEQ */
  chandle      bridge;
  int unsigned errors;
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
    .Line(5)
  ) u_edge (
    .clk_i,
    .rst_ni     (device_rst_n),
    .interrupt_i(interrupt)
  );

  qdpi_interrupt_line #(
    .Line(9),
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

  function automatic void check(input bit right, input string what);
    if (right) return;
    errors++;
    $error("%s", what);
  endfunction

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
        check(rest == note_texts[i]
              && (note_times[i] == 0 || number == $sformatf("%0d", note_times[i])),
              $sformatf("the table has\n%snot\n%0d,,%s", line, note_times[i], note_texts[i]));
        note_seen[i] = 1'b1;
        return;
      end
    end
    check(1'b0, {"the table has, and should not: ", line});
  endfunction

  function automatic void check_table();
    int    file;
    string line;
    file = $fopen(csv_path, "r");
    check(file != 0 && $fgets(line, file) > 0, {"no table in ", csv_path});
    if (file == 0) return;
    while ($fgets(line, file) > 0) match_line(line);
    $fclose(file);
    for (int i = 0; i < notes; i++) begin
      check(note_seen[i], $sformatf("the table lacks %0d,,%s", note_times[i], note_texts[i]));
    end
  endfunction

  function automatic void expect_raised(input longint unsigned pulses,
                                        input longint unsigned raises);
    check(u_edge.raised() == pulses && u_level.raised() == raises,
          $sformatf("%0d pulses and %0d raised levels, not %0d and %0d", u_edge.raised(),
                    u_level.raised(), pulses, raises));
  endfunction

  function automatic void check_result(input int result, input string call);
    check(result >= 0, $sformatf("%s: %s", call, dpi_last_error(bridge)));
  endfunction

  /// Signal `value`, and give the lines one clock to see it. `tells_guest`, `tells_other`: what
  /// they must do about it.
  task automatic drive(input bit value, input string tells_guest, input string tells_other);
    interrupt = value;
    @(posedge clk_i);
    if (tells_guest != "") expect_note("guest", "interrupt", {"line 5 ", tells_guest}, $time);
    if (tells_other != "") expect_note("other", "interrupt", {"line 9 ", tells_other}, $time);
    @(negedge clk_i);
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
    expect_note("other", "interrupt", "line 9 lowered", $time);
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
    u_edge.attach_as(bridge, "guest", 6);
    interrupt = 1'b1;
    @(posedge clk_i);
    expect_note("guest", "interrupt", "line 6 pulsed", $time);
    expect_note("other", "interrupt", "line 9 raised", $time);
    @(negedge clk_i);
    drive(1'b0, "", "lowered");
    device_rst_n = 1'b0;
    drive(1'b0, "", "");
    device_rst_n = 1'b1;
    drive(1'b0, "", "");
    expect_raised(4, 5);
    check_result(dpi_fence(bridge, TimeoutMs), "dpi_fence");
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
      check($value$plusargs("qdpi.csv=%s", csv_path) != 0, "+qdpi.csv needed");
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
