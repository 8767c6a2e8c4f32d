// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Tests of the transaction monitor: counters and latency statistics against a model that keeps
/// every transaction and sorts; the table and the picture (+qdpi.csv=FILE, +qdpi.trace=FILE, both
/// needed) by reading them back. That the picture is JSON is for another program to say. Plusargs:
/// +rounds=N random transactions (default 2000), +seed=N, +measure: only print what a transaction
/// costs when nothing is logged, +abort: end with $fatal instead of the checks.
module tb_qdpi_port_monitor (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  import qdpi_port_pkg::*;
  import tb_errors_pkg::*;

  // What the harness does: a clock is 10 units of time.
  localparam longint unsigned Period = 64'd10;
  localparam int unsigned MaxRecords = 65536;

  qdpi_port_monitor #(
    .Name("alpha")
  ) u_alpha ();

  // The name has what JSON and tables must quote.
  qdpi_port_monitor u_beta ();

  // The tests are one process.
  /* verilator lint_off BLKSEQ */
  longint unsigned clock;
  longint unsigned ticks;
  string           csv_path, trace_path;

  // All that was logged, in order.
  string           lines      [MaxRecords];
  int unsigned     line_count;
  longint unsigned bar_ends   [MaxRecords];
  longint unsigned bar_lengths[MaxRecords];
  int unsigned     bar_groups [MaxRecords];
  int unsigned     bar_count;
  // What u_alpha was given since its last reset, for one kind at a time.
  longint unsigned latencies  [$];

  function automatic void check_number(input longint unsigned seen, input longint unsigned wanted,
                                       input string what);
    check_that(seen == wanted, $sformatf("%s is %0d, not %0d", what, seen, wanted));
  endfunction

  function automatic void check_text(input string seen, input string wanted, input string what);
    check_that(seen == wanted, $sformatf("%s is\n  %s\nnot\n  %s", what, seen, wanted));
  endfunction

  // ---- Stimulus --------------------------------------------------------------------------------

  task automatic tick(input int unsigned clocks = 1);
    repeat (clocks) begin
      @(posedge clk_i);
      clock = ticks;
      ticks++;
    end
  endtask

  function automatic string wanted_outcome(input outcome_e outcome);
    case (outcome)
      OutcomeOkay:       return "okay";
      OutcomeExclusive:  return "exclusive";
      OutcomeSlaveError: return "slave_error";
      default:           return "decode_error";
    endcase
  endfunction

  function automatic void expect_record(input string port, input kind_e kind,
                                        input longint unsigned id, input longint unsigned address,
                                        input int unsigned bytes, input int unsigned strobed,
                                        input int unsigned beats, input outcome_e outcome,
                                        input longint unsigned latency);
    lines[line_count] = $sformatf("%0d,%0d,%s,%0d,%s,0x%0h,%0d,%0d,%0d,%s,%0d,\n", $time, clock,
                                  port, id, kind_name(kind), address, bytes, beats, strobed,
                                  wanted_outcome(outcome), latency);
    line_count++;
    bar_ends[bar_count] = $time;
    bar_lengths[bar_count] = latency * Period;
    bar_groups[bar_count] = port == "alpha" ? 32'(kind) : 3;
    bar_count++;
  endfunction

  /// A transaction of u_alpha that ends in this clock.
  function automatic void finish_alpha(input kind_e kind, input longint unsigned latency,
                                       input int unsigned beats, input outcome_e outcome);
    longint unsigned id = 64'(beats) * 3;
    longint unsigned address = 64'hffff_0000_0000_1000 + 64'(line_count);
    u_alpha.transaction(kind, id, address, beats * 8, beats * 7, beats, outcome, clock - latency,
                        clock);
    expect_record("alpha", kind, id, address, beats * 8, beats * 7, beats, outcome, latency);
    latencies.push_back(latency);
  endfunction

  /// The same of u_beta.
  function automatic void finish_beta(input longint unsigned latency);
    u_beta.transaction(KindRead, ~64'd0, 64'h0, 1, 1, 1, OutcomeOkay, clock - latency, clock);
    expect_record("\"be\"\"ta, 2\"", KindRead, ~64'd0, 64'h0, 1, 1, 1, OutcomeOkay, latency);
  endfunction

  function automatic void forget();
    u_alpha.reset_counts();
    latencies = {};
  endfunction

  // ---- Statistics ------------------------------------------------------------------------------

  // 1 to 100 clocks, each once, in no order: every number is known.
  task automatic test_known_latencies();
    tick(200);
    forget();
    for (longint unsigned i = 0; i < 100; i++) begin
      finish_alpha(KindRead, 1 + i * 37 % 100, 4, i % 10 == 0 ? OutcomeSlaveError : OutcomeOkay);
      tick();
    end
    check_number(u_alpha.bursts(KindRead), 100, "bursts");
    check_number(u_alpha.beats(KindRead), 400, "beats");
    check_number(u_alpha.bytes(KindRead), 2800, "bytes");
    check_number(u_alpha.errors(KindRead), 10, "errors");
    check_number(u_alpha.bursts(KindWrite) + u_alpha.bursts(KindAtomic), 0, "other bursts");
    check_number(u_alpha.latency_min(KindRead), 1, "least latency");
    check_number(u_alpha.latency_max(KindRead), 100, "greatest latency");
    // The ninth of them began first, 97 clocks before it ended.
    check_number(u_alpha.active_clocks(KindRead), 99 - (8 - 97) + 1, "active clocks");
    check_text(u_alpha.count_line(KindRead),
               "read   100 transactions, 400 beats, 2800 bytes, 10 errors", "the report's counts");
    check_text(u_alpha.use_line(KindRead),
               "bus    211.6 % (beats per clock in 189 clocks), 14.81 bytes per clock",
               "the report's use of the bus");
    check_text(u_alpha.latency_line(KindRead),
               "clocks min 1, median 50, p99 99, max 100 from acceptance to last answer",
               "the report's latency");
    u_alpha.report();
    forget();
    check_number(u_alpha.bursts(KindRead) + u_alpha.beats(KindRead) + u_alpha.bytes(KindRead)
                 + u_alpha.errors(KindRead) + u_alpha.latency_max(KindRead)
                 + u_alpha.latency_min(KindRead) + u_alpha.latency_percentile(KindRead, 99)
                 + u_alpha.active_clocks(KindRead), 0, "what reset left");
    u_alpha.report();
  endtask

  // One beat in every clock is 100 percent.
  task automatic test_full_rate();
    forget();
    for (int i = 0; i < 64; i++) begin
      tick(16);
      finish_alpha(KindWrite, 15, 16, OutcomeOkay);
    end
    check_number(u_alpha.active_clocks(KindWrite), 64 * 16, "active clocks at full rate");
    check_that(u_alpha.utilisation(KindWrite) == 100.0,
               $sformatf("full rate is %f %%", u_alpha.utilisation(KindWrite)));
  endtask

  // Where exact counting ends.
  task automatic test_long_latencies();
    tick(70_000);
    forget();
    tick();
    finish_alpha(KindWrite, 3000, 1, OutcomeOkay);
    finish_alpha(KindWrite, 1023, 1, OutcomeDecodeError);
    tick();
    finish_alpha(KindWrite, 5, 1, OutcomeExclusive);
    finish_alpha(KindWrite, 1024, 1, OutcomeOkay);
    check_number(u_alpha.errors(KindWrite), 1, "errors of writes");
    check_number(u_alpha.latency_percentile(KindWrite, 25), 5, "p25");
    check_number(u_alpha.latency_percentile(KindWrite, 26), 1023, "p26");
    check_number(u_alpha.latency_percentile(KindWrite, 50), 1023, "median of long latencies");
    check_number(u_alpha.latency_percentile(KindWrite, 75), 2047, "p75, the end of 1024-2047");
    check_number(u_alpha.latency_percentile(KindWrite, 99), 3000, "p99, no more than the greatest");
    finish_alpha(KindAtomic, 65_536, 1, OutcomeOkay);
    finish_alpha(KindAtomic, 65_535, 1, OutcomeOkay);
    finish_alpha(KindAtomic, 0, 1, OutcomeOkay);
    check_number(u_alpha.latency_percentile(KindAtomic, 50), 65_535, "median of atomics");
    check_number(u_alpha.latency_percentile(KindAtomic, 100), 65_536, "p100 of atomics");
    check_number(u_alpha.latency_percentile(KindAtomic, 1), 0, "p1 of atomics");
    u_alpha.report();
  endtask

  // The histogram alone, at the ends of what 64 bits hold.
  qdpi_histogram #(
    .Sets(2)
  ) u_extremes ();

  function automatic void test_extremes();
    u_extremes.add(1, ~64'd0);
    u_extremes.add(1, 64'h8000_0000_0000_0000);
    u_extremes.add(1, 64'h7fff_ffff_ffff_ffff);
    check_number(u_extremes.total(0), 0, "values in the other set");
    check_number(u_extremes.percentile(0, 50), 0, "median of nothing");
    check_number(u_extremes.total(1), 3, "values");
    check_number(u_extremes.minimum(1), 64'h7fff_ffff_ffff_ffff, "the least of extremes");
    check_number(u_extremes.percentile(1, 33), 64'h7fff_ffff_ffff_ffff, "p33 of extremes");
    check_number(u_extremes.percentile(1, 34), ~64'd0, "p34 of extremes");
    check_number(u_extremes.between(1, 64'h8000_0000_0000_0000, ~64'd0), 2, "in the last range");
    u_extremes.print(1, "extremes: ");
  endfunction

  // Every percentile of random latencies, against a sorted list.
  task automatic test_random(input int unsigned rounds);
    longint unsigned beats = 0;
    int              index;
    kind_e           kind;
    int unsigned     count;
    tick(1100);
    for (int k = 0; k < 3; k++) begin
      kind = kind_e'(k);
      forget();
      beats = 0;
      for (int unsigned i = 0; i < rounds; i++) begin
        tick($urandom_range(3));
        count = $urandom_range(16, 1);
        finish_alpha(kind, i % 5 == 0 ? 64'($urandom_range(1023)) : 64'($urandom_range(40)), count,
                     outcome_e'(2'($urandom_range(3))));
        if (i % 7 == 0) finish_beta(64'($urandom_range(5)));
        beats += 64'(count);
      end
      latencies.sort();
      check_number(u_alpha.bursts(kind), 64'(rounds), "random bursts");
      check_number(u_alpha.beats(kind), beats, "random beats");
      check_number(u_alpha.bytes(kind), beats * 7, "random bytes");
      check_number(u_alpha.latency_min(kind), latencies[0], "least of random latencies");
      check_number(u_alpha.latency_max(kind), latencies[rounds-1], "greatest of random latencies");
      for (int unsigned percent = 1; percent <= 100; percent++) begin
        index = 32'((64'(rounds) * 64'(percent) + 99) / 100) - 1;
        check_number(u_alpha.latency_percentile(kind, percent), latencies[index],
                     $sformatf("p%0d of random latencies", percent));
      end
      u_alpha.report();
    end
  endtask

  // Marks have texts that must be quoted.
  task automatic test_instants();
    tick();
    u_beta.instant("fault, once", "a \"quoted\" \\ text,\nin two lines");
    lines[line_count] = $sformatf(
        "%0d,,\"be\"\"ta, 2\",,\"fault, once\",,,,,,,\"a \"\"quoted\"\" \\ text, in two lines\"\n",
        $time);
    line_count++;
    u_alpha.instant("fault", "plain");
    lines[line_count] = $sformatf("%0d,,alpha,,fault,,,,,,,plain\n", $time);
    line_count++;
  endtask

  // ---- The files -------------------------------------------------------------------------------

  /// "" behind the last one. (Verilator does not see that `file` is used.)
  // verilator lint_off UNUSEDSIGNAL
  function automatic string next_line(input int file);
    string line = "";
    int    length;
    length = $fgets(line, file);
    return length > 0 ? line : "";
  endfunction
  // verilator lint_on UNUSEDSIGNAL

  function automatic void check_csv();
    int    file;
    string line;
    file = $fopen(csv_path, "r");
    check_that(file != 0, {"no file ", csv_path});
    if (file == 0) return;
    line = next_line(file);
    check_text(line,
               "time,clock,port,id,kind,address,bytes,beats,strobed_bytes,outcome,latency,note\n",
               "the table's first line");
    for (int unsigned i = 0; i < line_count; i++) begin
      line = next_line(file);
      check_text(line, lines[i], $sformatf("line %0d of the table", i + 2));
      if (errors > 20) break;
    end
    line = next_line(file);
    check_text(line, "", "what follows the table");
    $fclose(file);
  endfunction

  /// What follows `"key":` in `line`, up to the next comma or brace; "" if it is not there.
  function automatic string member(input string line, input string key);
    string wanted = {"\"", key, "\":"};
    int    start = -1;
    for (int i = 0; i + wanted.len() <= line.len() && start < 0; i++) begin
      if (line.substr(i, i + wanted.len() - 1) == wanted) start = i + wanted.len();
    end
    if (start < 0) return "";
    for (int i = start; i < line.len(); i++) begin
      if (line[i] == "," || line[i] == "}") return line.substr(start, i - 1);
    end
    return "";
  endfunction

  /// Units of $time (nanoseconds) from a number of microseconds with six digits behind the point.
  function automatic longint unsigned units(input string text);
    int unsigned     whole = 0;
    int unsigned     picoseconds = 0;
    check_that($sscanf(text, "%d.%d", whole, picoseconds) == 2 && picoseconds % 1000 == 0,
               {"no time of whole nanoseconds: ", text});
    return 64'(whole) * 1000 + 64'(picoseconds) / 1000;
  endfunction

  /// How many bars of one port and direction overlap, at most.
  function automatic int unsigned overlap(input int unsigned group);
    int unsigned     most = 0;
    int unsigned     count;
    longint unsigned moment;
    for (int unsigned i = 0; i < bar_count; i++) begin
      if (bar_groups[i] != group) continue;
      moment = bar_ends[i] - bar_lengths[i];
      count = 0;
      for (int unsigned k = 0; k < bar_count; k++) begin
        if (bar_groups[k] == group && bar_ends[k] > moment
            && bar_ends[k] - bar_lengths[k] <= moment) count++;
      end
      if (count > most) most = count;
    end
    return most;
  endfunction

  // Every bar has its place in time, and no track has two at the same time.
  function automatic void check_trace();
    int              file;
    string           line;
    string           track;
    int unsigned     bars = 0;
    int unsigned     marks = 0;
    int unsigned     tracks = 0;
    int unsigned     needed;
    longint unsigned start, length;
    longint unsigned track_end [string];
    string           track_name [string];

    file = $fopen(trace_path, "r");
    check_that(file != 0, {"no file ", trace_path});
    if (file == 0) return;
    line = next_line(file);
    check_text(line, "[\n", "the picture's first line");
    for (line = next_line(file); line != "" && errors <= 20; line = next_line(file)) begin
      track = member(line, "tid");
      case (member(line, "ph"))
        "\"X\"": begin
          start = units(member(line, "ts"));
          length = units(member(line, "dur"));
          check_number(length, bar_lengths[bars], $sformatf("length of bar %0d", bars));
          check_number(start + length, bar_ends[bars], $sformatf("end of bar %0d", bars));
          check_that(track_name.exists(track) != 0, {"a bar on a track without a name: ", line});
          check_that(track_end.exists(track) == 0 || track_end[track] <= start,
                     {"a bar that overlaps the one before: ", line});
          track_end[track] = start + length;
          bars++;
        end
        "\"i\"": begin
          check_that(track_name.exists(track) != 0 && track_name[track] == "\"notes\"",
                     {"a mark that is not on the track of marks: ", line});
          marks++;
        end
        "\"M\"": begin
          if (member(line, "name") == "\"thread_name\"") begin
            check_that(track_name.exists(track) == 0, {"a track with two names: ", line});
            // The second "name", that of the arguments.
            track_name[track] = member(line, "args\":{\"name");
            tracks++;
          end
        end
        default: wrong({"what is this: ", line});
      endcase
    end
    check_number(64'(bars), 64'(bar_count), "bars");
    check_number(64'(marks), 2, "marks");
    // Two tracks are for marks; and a bar of no length at the end of a longer one may cost a track.
    needed = 2 + overlap(0) + overlap(1) + overlap(2) + overlap(3);
    check_that(tracks >= needed && tracks <= needed + 4,
               $sformatf("%0d tracks, but %0d are needed", tracks, needed));
    $display("%0d bars on %0d tracks", bars, tracks);
    $fclose(file);
  endfunction

  // ---- The sequence ----------------------------------------------------------------------------

  /// What a transaction costs when nothing is logged.
  function automatic void measure();
    localparam int unsigned Count = 20_000_000;
    longint unsigned started = qemu_dpi_pkg::dpi_clock_us();
    for (int unsigned i = 0; i < Count; i++) begin
      u_alpha.transaction(kind_e'(2'(i % 2)), 64'(i), 64'(i), 64, 64, 8, OutcomeOkay, 64'(i),
                          64'(i) + 64'(i[5:0]));
    end
    $display("%.1f ns for each transaction",
             1000.0 * real'(qemu_dpi_pkg::dpi_clock_us() - started) / real'(Count));
    check_number(u_alpha.bursts(KindRead) + u_alpha.bursts(KindWrite), 64'(Count), "measured");
  endfunction

  initial begin
    automatic int unsigned rounds = 2000;
    automatic int          first_seed = 1;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 2000;
    if ($value$plusargs("seed=%d", first_seed) == 0) first_seed = 1;
    void'($urandom(first_seed));
    u_beta.set_name("be\"ta, 2");
    check_that(rounds > 0 && rounds * 3 * 2 + 1000 < MaxRecords, "+rounds is out of range");
    @(posedge rst_ni);
    ticks = $time / Period;
    if ($test$plusargs("measure") != 0) begin
      measure();
    end else begin
      check_that($value$plusargs("qdpi.csv=%s", csv_path) != 0
                 && $value$plusargs("qdpi.trace=%s", trace_path) != 0, "no +qdpi.csv, +qdpi.trace");
      test_known_latencies();
      test_full_rate();
      test_long_latencies();
      test_extremes();
      test_random(rounds);
      test_instants();
      if ($test$plusargs("abort") != 0) $fatal(1, "ended on purpose");
      check_csv();
      check_trace();
    end
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end
  /* verilator lint_on BLKSEQ */

endmodule
