// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What each step of tb_qdpi_axis_ports does and must show: its packets, paces, knobs and windows
/// before it runs, and what must have come of them after.
///
/// Uses u_writer, u_reader, u_source, u_sink, u_random, u_choice, u_stream_in, u_stream_out and
/// u_reference next to this module.
module tb_axis_plan #(
  /// Bits of the streams.
  parameter int unsigned DataWidth = 64
) (
  /// The writer has lost the bridge.
  input logic writer_lost_i,
  /// The reader has lost the bridge.
  input logic reader_lost_i
);
  import tb_axis_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;
  import tb_ram_file_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  int unsigned               packets, packet_bytes, null_percent;  // 0 bytes: of random length
  bit                        goes_in, goes_out;
  bit                        cut_by_reset;  // the step ends with a reset, whatever is under way
  qdpi_port_pkg::behaviour_t writer_knobs, reader_knobs;
  int unsigned               refused_before;

  function automatic bit is_rate(input step_e step);
    return step inside {StepRateBeats, StepRateBytes, StepRateShort, StepRateLong, StepRateNulls};
  endfunction

  /// Completions of the step so far.
  function automatic int unsigned completions();
    return u_stream_in.completions + u_stream_out.completions;
  endfunction

  /// Whether all that was started has completed.
  function automatic bit all_have_come();
    return u_stream_in.due() == 0 && u_stream_out.due() == 0;
  endfunction

  /// Accesses that were refused, in all.
  function automatic int unsigned refusals();
    return u_stream_in.refusals + u_stream_out.refusals;
  endfunction

  /// Whether the step makes sense with the knobs of this run.
  function automatic bit is_wanted(input step_e step);
    if (is_rate(step)) return $test$plusargs("delayed") == 0 && !u_reference.may_fail;
    if (step inside {StepWriteError, StepReadError, StepFlip}) return !u_reference.may_fail;
    return 1'b1;
  endfunction

  // ---- Before ----------------------------------------------------------------------------------

  /// Decide what the step does.
  function automatic void decide(input step_e step);
    packets = 30;
    packet_bytes = 0;
    // Null bytes behind the last byte of a full buffer would complete the next one, without a write
    // that could be withheld.
    null_percent = is_rate(step) || step == StepWithheld ? 0 : 30;
    goes_in = step != StepLoop && step != StepReadError && step != StepFlip;
    goes_out = step != StepWriteError;
    cut_by_reset = step == StepReset || step == StepWithheld;
    writer_knobs = qdpi_port_pkg::Ideal;
    reader_knobs = qdpi_port_pkg::Ideal;
    case (step)
      StepRateBeats: packet_bytes = BusBytes;
      StepRateBytes: packet_bytes = 1;
      StepRateShort: packet_bytes = 3 * BusBytes + 1;
      StepRateLong: begin
        packets = 5;
        packet_bytes = 9001;
      end
      StepRateNulls: begin
        packet_bytes = 2 * BusBytes;
        null_percent = 30;
      end
      StepWriteError: begin
        packet_bytes = 9000;
        writer_knobs.error_first = Inbox + 5 * PageBytes;
        writer_knobs.error_last = Inbox + 8 * PageBytes - 1;
        u_reference.inject(writer_knobs.error_first, writer_knobs.error_last);
      end
      StepReadError: begin
        packet_bytes = 9000;
        reader_knobs.error_first = Outbox + 7 * PageBytes;
        reader_knobs.error_last = Outbox + 8 * PageBytes - 1;
        u_reference.inject(reader_knobs.error_first, reader_knobs.error_last);
      end
      StepFlip: begin
        packets = 1;
        packet_bytes = 32'(BoxBytes);
        reader_knobs.corrupt_first = Outbox + 40;
        reader_knobs.corrupt_last = Outbox + 50;
      end
      StepWithheld: begin
        packets = 1;
        packet_bytes = 100;
        writer_knobs.withhold_ppm = 1_000_000;
        reader_knobs.withhold_ppm = 1_000_000;
      end
      StepLoss: begin
        lose_ram_file();
        u_reference.lose();
      end
      default: ;
    endcase
  endfunction

  /// Let the ports use less than everything, or everything.
  function automatic void set_windows(input bit restricted);
    longint unsigned outbox_middle = Outbox + 8 * PageBytes - 1;
    u_writer.expect_window_errors(restricted);
    u_reader.expect_window_errors(restricted);
    if (restricted) begin
      u_reference.allow(Inbox, outbox_middle);
      u_writer.allow(Inbox, Inbox + 7 * PageBytes + 12, 1'b0, 1'b1);
      u_writer.allow(Inbox + 7 * PageBytes + 13, outbox_middle, 1'b1, 1'b1);
      u_reader.allow(Inbox, outbox_middle, 1'b1, 1'b0);
    end else begin
      u_reference.allow_all();
      u_writer.allow_all();
      u_reader.allow_all();
    end
  endfunction

  /// Make everything ready for the step.
  function automatic void prepare(input step_e step);
    decide(step);
    u_choice.edges_swapped = !u_choice.edges_swapped;
    u_choice.refusal_percent = 0;
    if (step == StepRandom && u_random.chance(50)) u_choice.refusal_percent = 8;
    // So many that the writer, which may use the whole inbox, leaves its windows in every run.
    if (step == StepWindows) u_choice.refusal_percent = 30;
    // The packet of StepFlip, as long as a box, would keep a slow stream of 8 bits busy too long.
    u_choice.set_paces(is_rate(step) || step inside {StepFlip, StepWithheld});
    set_windows(step == StepWindows);
    u_writer.configure(writer_knobs);
    u_reader.configure(reader_knobs);
    u_source.reset_counts();
    u_sink.reset_counts();
    refused_before = refusals();
    u_stream_in.completions = 0;
    u_stream_out.completions = 0;
    u_stream_in.exact_buffers = is_rate(step);
    u_stream_out.looped = step == StepLoop;
    u_stream_out.expect_flips = step == StepFlip;
    u_stream_out.flipped_bits = 0;
  endfunction

  function automatic void start_packet(input bit at_rate);
    bit          with_nulls = at_rate || u_random.chance(50);
    bit          with_positions = !at_rate && u_random.chance(30);
    int unsigned bytes = packet_bytes != 0 ? packet_bytes : u_choice.random_length();
    if (goes_in) begin
      u_stream_in.send_packet(bytes, with_nulls ? null_percent : 0, with_positions ? 40 : 0);
    end
    if (goes_out) u_stream_out.fetch_random_packet(packet_bytes);
  endfunction

  /// Start all packets of the step.
  function automatic void start(input step_e step);
    for (int unsigned i = 0; i < packets; i++) start_packet(is_rate(step));
  endfunction

  // ---- After -----------------------------------------------------------------------------------

  /// Look at what the step has shown.
  function automatic void conclude(input step_e step);
    if (writer_lost_i != (step == StepLoss) || reader_lost_i != (step == StepLoss)) begin
      wrong($sformatf("%s: bridge_lost_o is %b, %b", step.name(), writer_lost_i, reader_lost_i));
    end
    case (step)
      StepWindows: begin
        if (u_writer.window_errors() == 0) wrong("writer: no access was outside the windows");
        if (u_reader.window_errors() == 0) wrong("reader: no access was outside the windows");
      end
      StepWriteError, StepReadError: begin
        if (refusals() == refused_before) wrong("no injected error was reported");
        u_reference.inject(1, 0);
      end
      StepFlip: begin
        if (u_stream_out.flipped_bits != 1) begin
          wrong($sformatf("%0d bits were flipped, not 1", u_stream_out.flipped_bits));
        end
      end
      StepWithheld: begin
        if (completions() != 0) wrong("a completion that should have been withheld");
        if (u_sink.beats() != 0) wrong("reader: a beat that should have been withheld");
      end
      default: ;
    endcase
    if (!is_rate(step)) return;
    $display("%s: in %0d beats in %0d clocks, out %0d beats in %0d clocks", step.name(),
             u_source.beats(), u_source.clocks(), u_sink.beats(), u_sink.clocks());
    if (64'(u_source.beats()) != u_source.clocks()) wrong("writer: clocks were lost");
    if (64'(u_sink.beats()) != u_sink.clocks()) wrong("reader: clocks were lost");
  endfunction

endmodule
