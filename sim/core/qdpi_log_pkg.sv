// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The records of one simulation: a table and a picture, each in one file, if a plusarg asks for
/// it.
///
///   +qdpi.csv=FILE           a line for each transaction and note, for scripts and spreadsheets
///   +qdpi.trace=FILE         trace events in JSON, for https://ui.perfetto.dev or chrome://tracing
///   +qdpi.time_unit_ps=N     picoseconds in one unit of $time, for the picture; default 1000
///
/// Columns of the table (lines are in the order of time):
///   time           $time when the transaction ended, or of the note
///   clock          the same in clocks of the port; transactions only, as all that follows but kind
///   port           name of the port; for notes of who gave them
///   id             the bus's transaction ID
///   kind           read, write or atomic; of a note its name: doorbell, interrupt, fault ...
///   address        hexadecimal, as on the bus: guest-physical unless translate_with() was called
///   bytes          length
///   beats          transfers of data
///   strobed_bytes  bytes of the length that were to be moved
///   outcome        okay, exclusive, slave_error or decode_error
///   latency        clocks from acceptance to the last response
///   note           the text of a note
///
/// In the picture each port is a process, and each of its directions has as many tracks as it had
/// transactions under way at the same time; notes are marks on a track of their own.
///
/// Testbenches have no time scale of their own: with the harness for Verilator and with
/// `vlog -timescale 1ns/1ns` a clock is 10 units, read as 10 ns. For another scale give
/// +qdpi.time_unit_ps.
///
/// Files are opened at the first record. Each record is written out at once, so a simulation that
/// is aborted loses none; it then lacks the bracket at the end of the trace, which viewers do
/// without. Who logs calls join_log() in `initial` and leave_log() in `final`; the last one closes
/// the files.
package qdpi_log_pkg;

  // Called from clocked processes, but logging is no logic: nothing depends on this state. So it
  // may be changed out of line too, which keeps models small.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  bit              asked;
  bit              has_csv, has_trace;
  int              csv_file, trace_file;
  bit              trace_has_events;
  longint unsigned unit_ps;
  int unsigned     members;
  // Processes and tracks are numbered together: viewers take a track with its process's number for
  // something special.
  int unsigned     numbers;
  int unsigned     number_of [string];

  // ---- Files -----------------------------------------------------------------------------------

  /// A file to write from the plusarg `plusarg`=FILE; 0: not asked for.
  function automatic int open_if_asked(input string plusarg);
    string path = "";
    int    file;
    if ($value$plusargs({plusarg, "=%s"}, path) == 0 || path == "") return 0;
    file = $fopen(path, "w");
    if (file == 0) $fatal(1, "+%s=%s: the file cannot be written", plusarg, path);
    return file;
  endfunction

  function automatic void open();
    // verilator no_inline_task
    asked = 1'b1;
    if ($value$plusargs("qdpi.time_unit_ps=%d", unit_ps) == 0) unit_ps = 64'd1000;
    if (unit_ps == 0) $fatal(1, "+qdpi.time_unit_ps=0: a unit of time is at least 1 ps");
    csv_file = open_if_asked("qdpi.csv");
    trace_file = open_if_asked("qdpi.trace");
    has_csv = csv_file != 0;
    has_trace = trace_file != 0;
    if (has_csv) begin
      $fwrite(csv_file, "time,clock,port,id,kind,address,bytes,beats,strobed_bytes,outcome,");
      $fwrite(csv_file, "latency,note\n");
      $fflush(csv_file);
    end
    if (has_trace) begin
      $fwrite(trace_file, "[");
      $fflush(trace_file);
    end
  endfunction

  /// Whether there is a file to log to. Ask before making texts: without one, logging is free.
  function automatic bit wanted();
    if (!asked) open();
    return has_csv || has_trace;
  endfunction

  /// Whether there is a table.
  function automatic bit csv_wanted();
    if (!asked) open();
    return has_csv;
  endfunction

  /// Whether there is a picture.
  function automatic bit trace_wanted();
    if (!asked) open();
    return has_trace;
  endfunction

  /// Finish both files. What is logged later is dropped.
  function automatic void close();
    // verilator no_inline_task
    if (has_csv) $fclose(csv_file);
    if (has_trace) begin
      $fwrite(trace_file, "\n]\n");
      $fclose(trace_file);
    end
    has_csv = 1'b0;
    has_trace = 1'b0;
    asked = 1'b1;
  endfunction

  /// Somebody will log. Call in `initial`.
  function automatic void join_log();
    members++;
  endfunction

  /// And has done so. Call in `final`. The last one closes the files.
  function automatic void leave_log();
    members--;
    if (members == 0) close();
  endfunction

  // ---- Texts -----------------------------------------------------------------------------------

  /// What event QDPI_EVENT_* is called, without that prefix.
  function automatic string event_name(input int kind);
    // verilator no_inline_task
    // Only the bits that name it are looked at.
    // verilator lint_off UNUSEDSIGNAL
    qemu_dpi_pkg::qdpi_event_e event_kind = qemu_dpi_pkg::qdpi_event_e'(kind);
    // verilator lint_on UNUSEDSIGNAL
    string name = event_kind.name();
    return name.len() > 11 ? name.substr(11, name.len() - 1) : $sformatf("%0d", kind);
  endfunction

  /// `text` as a JSON string, with its quotes.
  function automatic string json_text(input string text);
    // verilator no_inline_task
    string result = "";
    for (int i = 0; i < text.len(); i++) begin
      byte unsigned character = text[i];
      if (character == 8'h22 || character == 8'h5c) result = $sformatf("%s%c%c", result, 8'h5c, character);
      else if (character < 8'h20) result = $sformatf("%s%cu%04x", result, 8'h5c, character);
      else result = {result, string'(character)};
    end
    return $sformatf("\"%s\"", result);
  endfunction

  /// `text` as a field of the table: quoted if it must be.
  function automatic string csv_text(input string text);
    // verilator no_inline_task
    bit    quoted = 1'b0;
    string result = "";
    for (int i = 0; i < text.len(); i++) begin
      byte unsigned character = text[i];
      if (character == 8'h22) result = {result, string'(character)};
      if (character == 8'h22 || character == 8'h2c || character < 8'h20) quoted = 1'b1;
      // A record is a line, for tools that know no quotes.
      if (character < 8'h20) character = 8'h20;
      result = {result, string'(character)};
    end
    if (!quoted) return text;
    return $sformatf("\"%s\"", result);
  endfunction

  /// `units` of $time in microseconds.
  function automatic string microseconds(input longint unsigned units);
    // verilator no_inline_task
    longint unsigned picoseconds = units * unit_ps;
    return $sformatf("%0d.%06d", picoseconds / 1_000_000, picoseconds % 1_000_000);
  endfunction

  // ---- The picture -----------------------------------------------------------------------------

  function automatic void put_event(input string fields);
    // verilator no_inline_task
    if (trace_has_events) $fwrite(trace_file, ",");
    $fwrite(trace_file, "\n{%s}", fields);
    $fflush(trace_file);
    trace_has_events = 1'b1;
  endfunction

  /// What every event begins with. Track 0: of the whole process.
  function automatic string event_start(input string phase, input int unsigned owner,
                                        input int unsigned track);
    // verilator no_inline_task
    if (track == 0) return $sformatf("\"ph\":\"%s\",\"pid\":%0d", phase, owner);
    return $sformatf("\"ph\":\"%s\",\"pid\":%0d,\"tid\":%0d", phase, owner, track);
  endfunction

  // A process or, unless `track` is 0, a track has a name; and a place among the others.
  function automatic void put_name(input string about, input int unsigned owner,
                                   input int unsigned track, input string name);
    put_event($sformatf("%s,\"name\":\"%s\",\"args\":{\"name\":%s}", event_start("M", owner, track),
                        about, json_text(name)));
  endfunction

  function automatic void put_place(input string about, input int unsigned owner,
                                    input int unsigned track, input int unsigned place);
    put_event($sformatf("%s,\"name\":\"%s\",\"args\":{\"sort_index\":%0d}",
                        event_start("M", owner, track), about, place));
  endfunction

  /// The number of the process `name`: who logs, be it a port or a guest.
  function automatic int unsigned process_number(input string name);
    // verilator no_inline_task
    string key = {"process ", name};
    if (number_of.exists(key) == 0) begin
      numbers++;
      number_of[key] = numbers;
      put_name("process_name", numbers, 0, name);
      put_place("process_sort_index", numbers, 0, numbers);
    end
    return number_of[key];
  endfunction

  /// The number of the track `name` of process `owner`; tracks are shown in the order of `place`.
  function automatic int unsigned track_number(input int unsigned owner, input string name,
                                               input int unsigned place);
    // verilator no_inline_task
    string key = $sformatf("track %0d %s", owner, name);
    if (number_of.exists(key) == 0) begin
      numbers++;
      number_of[key] = numbers;
      put_name("thread_name", owner, numbers, name);
      put_place("thread_sort_index", owner, numbers, place);
    end
    return number_of[key];
  endfunction

  /// A bar on `track` of `owner`, from `start` for `duration` units of $time. `arguments`: members
  /// of a JSON object. Bars of one track must not overlap.
  function automatic void put_bar(input int unsigned owner, input int unsigned track,
                                  input string name, input longint unsigned start,
                                  input longint unsigned duration, input string arguments);
    // verilator no_inline_task
    put_event($sformatf("%s,\"ts\":%s,\"dur\":%s,\"name\":%s,\"args\":{%s}",
                        event_start("X", owner, track), microseconds(start),
                        microseconds(duration), json_text(name), arguments));
  endfunction

  // ---- Records ---------------------------------------------------------------------------------

  /// A line of the table for a transaction that ends now. Only if csv_wanted().
  function automatic void put_line(input string port, input string kind,
                                   input longint unsigned id, input longint unsigned address,
                                   input int unsigned bytes, input int unsigned strobed_bytes,
                                   input int unsigned beats, input string outcome,
                                   input longint unsigned clock, input longint unsigned latency);
    // verilator no_inline_task
    $fwrite(csv_file, "%0d,%0d,%s,%0d,%s,0x%0h,%0d,%0d,%0d,%s,%0d,\n", $time, clock, csv_text(port),
            id, kind, address, bytes, beats, strobed_bytes, outcome,
            latency);
    $fflush(csv_file);
  endfunction

  /// Something that happens now: a mark on `track` of `owner`, and a line of the table. `name` says
  /// what it is in a word or two, `text` the rest. Free if no file was asked for, but for the
  /// texts.
  function automatic void note(input string owner, input string track, input string name,
                               input string text);
    // verilator no_inline_task
    int unsigned number;
    if (csv_wanted()) begin
      $fwrite(csv_file, "%0d,,%s,,%s,,,,,,,%s\n", $time, csv_text(owner), csv_text(name),
              csv_text(text));
      $fflush(csv_file);
    end
    if (trace_wanted()) begin
      number = process_number(owner);
      put_event($sformatf("%s,\"s\":\"t\",\"ts\":%s,\"name\":%s,\"args\":{\"text\":%s}",
                          event_start("i", number, track_number(number, track, 0)),
                          microseconds($time), json_text(name), json_text(text)));
    end
  endfunction

endpackage
