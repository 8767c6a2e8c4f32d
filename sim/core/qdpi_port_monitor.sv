// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Counts what goes over one port, how long it takes, and logs it (qdpi_log_pkg). Simulation only;
/// functions, no signals. In every port, as u_core.u_monitor.
///
///   qdpi_port_monitor #(.Name("dma")) u_monitor ();
///   u_monitor.transaction(KindRead, id, address, 64, 64, 8, OutcomeOkay, start_clock, clock);
///   final u_monitor.report();
///
/// * Latency is in clocks from the acceptance of a transaction to its last response.
/// * The clocks in which a direction was active go from its first acceptance to its last response,
///   both included; its use of the bus is beats per active clock. Each direction is counted apart.
/// * Memory is bounded, whatever the number of transactions.
module qdpi_port_monitor #(
  /// Name in reports and logs; "": the place of the port in the hierarchy.
  parameter string Name = ""
) ();
  import qdpi_port_pkg::*;

  // Of kind_e there are three; with a power of 2 Verilator checks no index.
  localparam int unsigned Kinds = 4;

  // The state of the monitor: written by the functions only, which the port and testbenches call.
  // verilator lint_off BLKSEQ
  // No signal depends on it; so what is long may change it out of line, which keeps models small.
  // verilator lint_off IMPURE
  string           port_name;
  longint unsigned count_beats  [Kinds];
  longint unsigned count_bytes  [Kinds];
  longint unsigned count_errors [Kinds];
  longint unsigned first_clock  [Kinds];  // the greatest number there is, if there is none
  longint unsigned last_clock   [Kinds];

  qdpi_histogram #(
    .Sets(Kinds)
  ) u_latency ();

  // For the picture: a pair of time and clock, from which with a second one the period follows.
  bit              anchored;
  longint unsigned anchor_time, anchor_clock, period;
  // The tracks: as many of each kind as transactions overlap, numbered from 1; and when the last
  // bar on each ended.
  kind_e           track_kinds [$];
  int              track_places [$];
  longint unsigned track_ends [$];
  int              track_counts [Kinds];

  initial begin
    reset_counts();
    if (port_name == "") set_name(Name != "" ? Name : place_of_port($sformatf("%m")));
    qdpi_log_pkg::join_log();
  end
  final qdpi_log_pkg::leave_log();

  /// What stands before ".u_core" in `place`; all of it if that is not in it.
  function automatic string place_of_port(input string place);
    // verilator no_inline_task
    for (int i = place.len() - 7; i > 0; i--) begin
      if (place.substr(i, i + 6) == ".u_core") return place.substr(0, i - 1);
    end
    return place;
  endfunction

  /// Be called `name` in reports and logs.
  function automatic void set_name(input string name);
    // verilator no_inline_task
    port_name = name;
  endfunction

  /// The word in logs for `outcome`.
  function automatic string outcome_text(input outcome_e outcome);
    // verilator no_inline_task
    case (outcome)
      OutcomeOkay:       return "okay";
      OutcomeExclusive:  return "exclusive";
      OutcomeSlaveError: return "slave_error";
      default:           return "decode_error";
    endcase
  endfunction

  // ---- What happens ----------------------------------------------------------------------------

  /// A transaction of `length`, of which `strobed_bytes` were to be moved, was accepted in
  /// `start_clock` and has had its last response in `end_clock`, which is now.
  function automatic void transaction(input kind_e kind, input longint unsigned id,
                                      input longint unsigned address, input int unsigned length,
                                      input int unsigned strobed_bytes,
                                      input int unsigned beat_count, input outcome_e outcome,
                                      input longint unsigned start_clock,
                                      input longint unsigned end_clock);
    count(kind, strobed_bytes, beat_count, outcome, start_clock, end_clock);
    if (qdpi_log_pkg::wanted() && end_clock >= start_clock) begin
      log_transaction(kind, id, address, length, strobed_bytes, beat_count, outcome,
                      end_clock - start_clock, end_clock);
    end
  endfunction

  function automatic void count(input kind_e kind, input int unsigned strobed_bytes,
                                input int unsigned beat_count, input outcome_e outcome,
                                input longint unsigned start_clock,
                                input longint unsigned end_clock);
    // verilator no_inline_task
    if (end_clock < start_clock) begin
      $error("%s: a transaction that ends in clock %0d cannot have begun in clock %0d", port_name,
             end_clock, start_clock);
      return;
    end
    if (start_clock < first_clock[kind]) first_clock[kind] = start_clock;
    last_clock[kind] = end_clock;
    count_beats[kind] += 64'(beat_count);
    count_bytes[kind] += 64'(strobed_bytes);
    if (outcome == OutcomeSlaveError || outcome == OutcomeDecodeError) count_errors[kind]++;
    u_latency.add(32'(kind), end_clock - start_clock);
  endfunction

  /// Something happens at the port now that is worth a mark, such as an injected fault: `name` says
  /// what in a word or two, `text` the rest.
  function automatic void instant(input string name, input string text);
    // verilator no_inline_task
    if (qdpi_log_pkg::wanted()) qdpi_log_pkg::note(port_name, "notes", name, text);
  endfunction

  function automatic void log_transaction(input kind_e kind, input longint unsigned id,
                                          input longint unsigned address, input int unsigned length,
                                          input int unsigned strobed_bytes,
                                          input int unsigned beat_count, input outcome_e outcome,
                                          input longint unsigned latency,
                                          input longint unsigned end_clock);
    // verilator no_inline_task
    if (qdpi_log_pkg::csv_wanted()) begin
      qdpi_log_pkg::put_line(port_name, kind_name(kind), id, address, length, strobed_bytes,
                             beat_count, outcome_text(outcome), end_clock, latency);
    end
    if (qdpi_log_pkg::trace_wanted()) begin
      // Two pieces: a format must be one literal.
      draw(kind, latency, end_clock, outcome,
           {$sformatf("\"id\":%0d,\"address\":\"0x%0h\",\"bytes\":%0d,\"beats\":%0d,", id, address,
                      length, beat_count),
            $sformatf("\"strobed_bytes\":%0d,\"outcome\":\"%s\",\"latency\":%0d", strobed_bytes,
                      outcome_text(outcome), latency)});
    end
  endfunction

  // ---- The picture -----------------------------------------------------------------------------

  /// `clocks` as time. The period comes from two transactions in different clocks; before that,
  /// from the one there is: clocks are counted from time 0.
  function automatic longint unsigned duration(input longint unsigned clocks,
                                               input longint unsigned end_clock);
    // verilator no_inline_task
    if (!anchored) begin
      anchored = 1'b1;
      anchor_time = $time;
      anchor_clock = end_clock;
      if (end_clock != 0) period = $time / end_clock;
    end else if (end_clock > anchor_clock) begin
      period = ($time - anchor_time) / (end_clock - anchor_clock);
    end
    return clocks * period < $time ? clocks * period : $time;
  endfunction

  /// The track for a bar of `kind` from `start` to now: of the free ones that which was used last,
  /// else a new one. That takes no more tracks than bars overlap.
  function automatic int take_track(input kind_e kind, input longint unsigned start);
    // verilator no_inline_task
    int              best = -1;
    longint unsigned best_end = 0;
    for (int i = 0; i < track_ends.size(); i++) begin
      if (track_kinds[i] == kind && track_ends[i] <= start
          && (best < 0 || track_ends[i] > best_end)) begin
        best = i;
        best_end = track_ends[i];
      end
    end
    if (best >= 0) begin
      track_ends[best] = $time;
      return track_places[best];
    end
    track_counts[kind]++;
    track_kinds.push_back(kind);
    track_ends.push_back($time);
    track_places.push_back(track_counts[kind]);
    return track_counts[kind];
  endfunction

  function automatic void draw(input kind_e kind, input longint unsigned latency,
                               input longint unsigned end_clock, input outcome_e outcome,
                               input string arguments);
    int unsigned     owner = qdpi_log_pkg::process_number(port_name);
    longint unsigned length = duration(latency, end_clock);
    longint unsigned start = $time - length;
    int              place = take_track(kind, start);
    string           text = kind_name(kind);
    int unsigned     track = qdpi_log_pkg::track_number(owner, $sformatf("%s %0d", text, place),
                                                        1000 * (32'(kind) + 1) + 32'(place));
    if (outcome != OutcomeOkay) text = {text, " ", outcome_text(outcome)};
    qdpi_log_pkg::put_bar(owner, track, text, start, length, arguments);
  endfunction

  // ---- Counters, since the last reset_counts() -------------------------------------------------

  /// Forget what was counted, not what was logged.
  function automatic void reset_counts();
    // verilator no_inline_task
    for (int unsigned i = 0; i < Kinds; i++) begin
      count_beats[i] = 0;
      count_bytes[i] = 0;
      count_errors[i] = 0;
      first_clock[i] = ~64'd0;
      last_clock[i] = 0;
    end
    u_latency.clear();
  endfunction

  /// Transactions of `kind`.
  function automatic longint unsigned bursts(input kind_e kind);
    return u_latency.total(32'(kind));
  endfunction

  /// Their beats.
  function automatic longint unsigned beats(input kind_e kind);
    return count_beats[kind];
  endfunction

  /// The bytes they were to move: with strobes, the strobed ones.
  function automatic longint unsigned bytes(input kind_e kind);
    return count_bytes[kind];
  endfunction

  /// Those that were answered with an error.
  function automatic longint unsigned errors(input kind_e kind);
    return count_errors[kind];
  endfunction

  /// Clocks from the first acceptance of a transaction of `kind` to the last response, both
  /// included.
  function automatic longint unsigned active_clocks(input kind_e kind);
    // verilator no_inline_task
    return bursts(kind) == 0 ? 64'd0 : last_clock[kind] - first_clock[kind] + 1;
  endfunction

  /// Percent of these clocks that moved a beat.
  function automatic real utilisation(input kind_e kind);
    // verilator no_inline_task
    return bursts(kind) == 0 ? 0.0
         : 100.0 * real'(count_beats[kind]) / real'(active_clocks(kind));
  endfunction

  /// The shortest latency.
  function automatic longint unsigned latency_min(input kind_e kind);
    // verilator no_inline_task
    return u_latency.minimum(32'(kind));
  endfunction

  /// The latency that `percent` percent do not exceed: 50 is the median. Exact below 1024 clocks;
  /// from there on the upper end of a range.
  function automatic longint unsigned latency_percentile(input kind_e kind,
                                                         input int unsigned percent);
    // verilator no_inline_task
    return u_latency.percentile(32'(kind), percent);
  endfunction

  /// The longest latency.
  function automatic longint unsigned latency_max(input kind_e kind);
    // verilator no_inline_task
    return u_latency.maximum(32'(kind));
  endfunction

  // ---- The report ------------------------------------------------------------------------------

  /// What was counted of `kind`, in a line.
  function automatic string count_line(input kind_e kind);
    // verilator no_inline_task
    return $sformatf("%-6s %0d transactions, %0d beats, %0d bytes, %0d errors",
                     kind_name(kind), bursts(kind), beats(kind), bytes(kind),
                     errors(kind));
  endfunction

  /// How the bus was used for `kind`, in a line.
  function automatic string use_line(input kind_e kind);
    // verilator no_inline_task
    return $sformatf("bus    %.1f %% (beats per clock in %0d clocks), %.2f bytes per clock",
                     utilisation(kind), active_clocks(kind),
                     real'(bytes(kind)) / real'(active_clocks(kind)));
  endfunction

  /// How long transactions of `kind` took, in a line.
  function automatic string latency_line(input kind_e kind);
    // verilator no_inline_task
    return $sformatf("clocks min %0d, median %0d, p99 %0d, max %0d from acceptance to last answer",
                     latency_min(kind), latency_percentile(kind, 50), latency_percentile(kind, 99),
                     latency_max(kind));
  endfunction

  function automatic void report_kind(input kind_e kind);
    // verilator no_inline_task
    if (bursts(kind) == 0) return;
    $display("%s: %s", port_name, count_line(kind));
    $display("%s:   %s", port_name, use_line(kind));
    $display("%s:   %s", port_name, latency_line(kind));
    u_latency.print(32'(kind), {port_name, ":   "});
  endfunction

  /// Print what was counted.
  function automatic void report();
    // verilator no_inline_task
    report_kind(KindRead);
    report_kind(KindWrite);
    report_kind(KindAtomic);
    if (bursts(KindRead) + bursts(KindWrite) + bursts(KindAtomic) == 0) begin
      $display("%s: no transactions", port_name);
    end
  endfunction

endmodule
