// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What all ports do the same way, whatever their bus: reach guest memory, keep the device inside
/// its windows, delay and fail on demand, count and log. Simulation only.
///
/// A port keeps the protocol of its bus and calls the functions below from its one clocked process.
///
/// * A transaction goes to the guest as one bridge call, whole or nothing. Reads leave an image of
///   the bytes, writes are gathered in one; read_lanes() and write_lanes() move one beat between an
///   image and the byte lanes of the bus, byte 0 of memory in the lowest lane.
/// * A refusal is no error of the testbench: it becomes the bus's error response, is counted, and
///   last_refusal() says why. $error is given when the bridge was not attached and for an access outside
///   the windows; a lost bridge is a $warning, once.
module qdpi_port_core #(
  /// Name of the bus, for messages.
  parameter string                     Protocol = "bus",
  /// The port's name in messages, logs and plusargs; "": its place in the hierarchy.
  parameter string                     Name = "",
  /// Bits of the data bus: 8, 16, ... 1024.
  parameter int unsigned               DataWidth = 64,
  /// Read images: how many reads may be half way on the bus.
  parameter int unsigned               ReadImages = 1,
  /// 1: nothing is allowed before allow() is called.
  parameter bit                        Restricted = 1'b0,
  /// The knobs, for plusargs to change.
  parameter qdpi_port_pkg::behaviour_t Behaviour = qdpi_port_pkg::Ideal,
  /// 0: transactions are neither counted nor logged.
  parameter bit                        EnableMonitor = 1'b1
) (
  /// Clock: rising edge.
  input  logic clk_i,
  /// Reset: active low. Clears the counters, and what was said about the bridge.
  input  logic rst_ni,
  /// High from the first access that found the bridge lost until one gets through again.
  output logic bridge_lost_o
);
  import qdpi_port_pkg::*;

  /// The bytes of the longest exclusive access, in words.
  localparam int unsigned ExclusiveWords = 16;

  // The state of the model: written by the functions below only, which the port calls.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they are called from one process, and read no signal.
  // verilator lint_off IMPURE
  // And a slot number is an int, whatever the number of slots.
  // verilator lint_off UNUSEDSIGNAL
  chandle                 bridge;
  string                  port_name;
  bit                     started;
  bit                     is_withheld;
  bit                     lost;
  bit                     window_errors_expected;
  longint unsigned        window_error_count;
  longint unsigned        flip_count;
  string                  refusals     [3];
  longint unsigned        exclusive_words  [ExclusiveWords];
  byte unsigned           exclusive_strobes[ExclusiveWords];
  bit                     has_reservations;
  longint unsigned        clocks;

  qdpi_port_behaviour u_behaviour ();

  qdpi_port_read_image #(
    .DataWidth(DataWidth),
    .Images   (ReadImages)
  ) u_read ();

  qdpi_port_write_image #(
    .DataWidth(DataWidth)
  ) u_write ();

  qdpi_port_windows #(
    .Restricted(Restricted)
  ) u_windows ();

  qdpi_port_translation #(
    .ImageWords(ImageWords)
  ) u_translation ();

  qdpi_port_monitor #(
    .Name(Name)
  ) u_monitor ();

  qdpi_exclusive_monitor u_exclusive ();

  initial port_name = name();

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) bridge_lost_o <= 1'b0;
    else bridge_lost_o <= lost;
    // In reset too, whose start counts as a clock: a process for this alone would cost more.
    clocks <= clocks + 1;
  end

  // ---- Set-up ----------------------------------------------------------------------------------

  /// The port's name: Name, or the place of the port in the hierarchy.
  function automatic string name();
    // verilator no_inline_task
    string place = $sformatf("%m");
    int    end_of_port = -1;
    if (Name != "") return Name;
    // %m ends in ".u_core.name" here, with whatever a simulator puts between.
    for (int i = 0; i + 7 <= place.len(); i++) begin
      if (place.substr(i, i + 6) == ".u_core") end_of_port = i;
    end
    return end_of_port > 0 ? place.substr(0, end_of_port - 1) : place;
  endfunction

  /// Use `handle` from now on.
  function automatic void attach(input chandle handle);
    bridge = handle;
  endfunction

  /// Behave as `wanted` says, but for what plusargs say.
  function automatic void configure(input behaviour_t wanted);
    u_behaviour.start(name(), wanted);
    started = 1'b1;
  endfunction

  initial if (!started) configure(Behaviour);

  /// Forget what was said and counted. For the port's reset.
  function automatic void reset_state();
    lost = 1'b0;
    for (int i = 0; i < 3; i++) refusals[i] = "";
    window_error_count = 0;
    u_exclusive.clear();
    has_reservations = 1'b0;
    u_monitor.reset_counts();
  endfunction

  // ---- Windows ---------------------------------------------------------------------------------

  /// Let the device use GPA `first` to `last`, both included. The first call closes all others.
  function automatic void allow(input longint unsigned first, input longint unsigned last,
                                input bit may_read, input bit may_write);
    u_windows.allow(first, last, may_read, may_write);
  endfunction

  /// Let the device use nothing.
  function automatic void allow_none();
    u_windows.allow_none();
  endfunction

  /// Let the device use everything.
  function automatic void allow_all();
    u_windows.allow_all();
  endfunction

  /// A test makes its device leave the windows: say it without $error.
  function automatic void expect_window_errors(input bit expected);
    window_errors_expected = expected;
  endfunction

  /// Since reset: accesses outside the windows.
  function automatic longint unsigned window_errors();
    return window_error_count;
  endfunction

  function automatic outcome_e refuse_by_window(input kind_e kind, input longint unsigned id,
                                                input longint unsigned first,
                                                input longint unsigned last, input string why);
    // verilator no_inline_task
    string sentence = $sformatf(
        "%s: %s %s of 0x%0h-0x%0h, ID %0d, at time %0t %s; nothing was touched", port_name,
        Protocol, kind_name(kind), first, last, id, $time, why);
    refusals[kind] = sentence;
    window_error_count++;
    u_monitor.instant("window", sentence);
    if (window_errors_expected) $display("expected: %s", sentence);
    else $error("%s", sentence);
    return OutcomeDecodeError;
  endfunction

  // ---- Injected faults -------------------------------------------------------------------------

`include "qdpi_port_faults.svh"

  // ---- Access ----------------------------------------------------------------------------------

  /// What an access to `first`..`last` meets before it reaches the guest. OutcomeOkay: nothing, which
  /// is a short question as long as the port has no translation and no faults, and the device stays in
  /// its window.
  function automatic outcome_e admit(input kind_e kind, input longint unsigned id,
                                     input longint unsigned first, input longint unsigned last);
    is_withheld = 1'b0;
    if (u_translation.is_on() || u_behaviour.is_faulty
        || u_windows.may_refuse(first, last, kind != KindWrite, kind != KindRead)) begin
      return examine(kind, id, first, last);
    end
    u_translation.take_as_gpa(first);
    return OutcomeOkay;
  endfunction

  function automatic outcome_e examine(input kind_e kind, input longint unsigned id,
                                       input longint unsigned first, input longint unsigned last);
    // verilator no_inline_task
    bit may_read = kind != KindWrite, may_write = kind != KindRead;
    bit is_allowed;
    int result = u_translation.locate(bridge, first, last, may_read, may_write);
    if (result inside {qemu_dpi_pkg::QDPI_ERR_UNMAPPED, qemu_dpi_pkg::QDPI_ERR_DENIED}) begin
      return refuse_by_window(kind, id, first, last,
                              {"has no translation: ", qemu_dpi_pkg::dpi_last_error(bridge)});
    end
    if (result < 0) return conclude(kind, first, result);
    is_allowed = u_windows.allows(u_translation.gpa(), u_translation.first_end(first, last),
                                  may_read, may_write);
    // An if, since not every simulator leaves out the right side of && when it is a call.
    if (is_allowed && u_translation.is_split()) begin
      is_allowed = u_windows.allows(u_translation.second(), u_translation.second_end(last),
                                    may_read, may_write);
    end
    if (!is_allowed) begin
      return refuse_by_window(kind, id, first, last,
                              "is outside the windows of this port (open it with allow() if the device may do this)");
    end
    return injected_error(kind, id, first, last);
  endfunction

  /// The outcome of an access for which the bridge gave `result`; tells what is to be told.
  function automatic outcome_e conclude(input kind_e kind, input longint unsigned first,
                                        input int result);
    if (result < 0) return refuse_by_bridge(kind, first, result);
    lost = 1'b0;
    return OutcomeOkay;
  endfunction

  function automatic outcome_e refuse_by_bridge(input kind_e kind, input longint unsigned first,
                                                input int result);
    // verilator no_inline_task
    bit was_lost = lost;
    lost = result == qemu_dpi_pkg::QDPI_ERR_LOST;
    refusals[kind] = $sformatf("%s %s at 0x%0h: %s", Protocol, kind_name(kind), first,
                               qemu_dpi_pkg::dpi_last_error(bridge));
    case (result)
      qemu_dpi_pkg::QDPI_ERR_UNMAPPED: return OutcomeDecodeError;
      qemu_dpi_pkg::QDPI_ERR_ROM, qemu_dpi_pkg::QDPI_ERR_UNSUPPORTED: return OutcomeSlaveError;
      qemu_dpi_pkg::QDPI_ERR_LOST: begin
        if (!was_lost) begin
          $warning("%s: bridge lost, errors until it is back: %s", port_name, refusals[kind]);
        end
      end
      default: begin
        $error("%s: result %0d (attach() not called?), answered with an error: %s", port_name, result,
               refusals[kind]);
      end
    endcase
    return OutcomeSlaveError;
  endfunction

  /// Read guest bytes `first` to `last`, at most 4096, into read image `slot`. A refused read gives
  /// zeros. The image is good until the next read; if the knob interleave is on now, until the next of
  /// the same slot.
  function automatic outcome_e read(input int unsigned slot, input longint unsigned id,
                                    input longint unsigned first, input longint unsigned last);
    // verilator no_inline_task
    outcome_e outcome = admit(KindRead, id, first, last);
    int       result;

    u_read.open(slot, first, last);
    if (outcome == OutcomeOkay) begin
      result = fetch(u_read.counts[slot]);
      outcome = conclude(KindRead, first, result);
    end
    if (outcome != OutcomeOkay) begin
      u_read.drop(slot);
    end else begin
      if (u_behaviour.is_faulty) corrupt(id, first, last);
      if (interleave()) u_read.keep(slot);
    end
    return outcome;
  endfunction

  /// Read the words of what admit() has let through, `count` of them. Returns what the bridge says.
  //
  // A word goes by itself: arrays make a call three times as long. Returns here and in send(), since
  // of "if (c) x = f(); else x = g();" both sides are evaluated by Verilator 5.006.
  function automatic int fetch(input int unsigned count);
    longint unsigned gpa = u_translation.gpa() & ~64'd7;
    longint unsigned word = 0;
    int              result;
    if (u_translation.is_split()) return u_translation.read(bridge, u_read.words);
    if (count == 1) begin
      result = qemu_dpi_pkg::dpi_mem_read64(bridge, gpa, word);
      u_read.words[0] = word;
      return result;
    end
    return qemu_dpi_pkg::dpi_mem_read_words(bridge, gpa, count, u_read.words);
  endfunction

  /// A read that the port refuses by itself: its image is zeros.
  function automatic void read_nothing(input int unsigned slot);
    u_read.drop(slot);
    is_withheld = 1'b0;
  endfunction

  /// The byte lanes of the bus around `address`, from read image `slot`. Lanes that were not asked
  /// for carry the guest's bytes or zeros.
  function automatic logic [DataWidth-1:0] read_lanes(input int unsigned slot,
                                                      input longint unsigned address);
    return u_read.lanes(slot, address);
  endfunction

  /// From here on next_word() gives what the last read gave, from the beat that `address` is in, all
  /// of which must have been asked for. For buses of 64 bits or more, without the knob interleave.
  function automatic void seek(input int unsigned slot, input longint unsigned address);
    u_read.seek(slot, address);
  endfunction

  /// Word `i` of that beat.
  function automatic longint unsigned next_word(input int unsigned i);
    return u_read.next_word(i);
  endfunction

  /// On to the next beat.
  function automatic void end_read_beat();
    u_read.end_beat();
  endfunction

  /// Start a write of guest bytes `first` to `last`, at most 4096; none is strobed yet.
  function automatic void write_begin(input longint unsigned first, input longint unsigned last);
    u_write.open(first, last);
  endfunction

  /// Word `i` of a beat that is all strobed, and behind all that were merged. For buses of 64 bits or
  /// more.
  function automatic void put_word(input int unsigned i, input longint unsigned data);
    u_write.put_word(i, data);
  endfunction

  /// That beat has all its words.
  function automatic void end_write_beat();
    u_write.end_beat();
  endfunction

  /// Merge one beat into the write: the strobed lanes of `data` on a bus around `address`. No strobe
  /// may be outside the range that write_begin() was given.
  function automatic void write_lanes(input longint unsigned address,
                                      input logic [DataWidth-1:0] data,
                                      input logic [DataWidth/8-1:0] strobes);
    u_write.put_lanes(address, data, strobes);
  endfunction

  /// Take what was merged to guest memory. A write of no byte asks nothing of the guest, not even
  /// whether it is still there.
  function automatic outcome_e write(input longint unsigned id);
    // verilator no_inline_task
    outcome_e outcome = admit(KindWrite, id, u_write.first, u_write.last);
    int       result;

    if (outcome != OutcomeOkay) return outcome;
    u_write.finish();
    if (has_reservations) lose_reservations();
    if (u_write.is_empty()) return OutcomeOkay;
    result = send();
    return conclude(KindWrite, u_write.first, result);
  endfunction

  function automatic void lose_reservations();
    // verilator no_inline_task
    u_exclusive.lost(u_translation.gpa(), u_translation.first_end(u_write.first, u_write.last));
    if (u_translation.is_split()) begin
      u_exclusive.lost(u_translation.second(), u_translation.second_end(u_write.last));
    end
  endfunction

  /// Write what was merged to where admit() has let it through. Returns what the bridge says.
  function automatic int send();
    longint unsigned gpa = u_translation.gpa() & ~64'd7;
    if (u_translation.is_split()) return u_translation.write(bridge, u_write.words, u_write.strobes);
    if (u_write.count == 1 && u_write.strobes[0] == 8'hff) begin
      return qemu_dpi_pkg::dpi_mem_write64(bridge, gpa, u_write.words[0]);
    end
    return qemu_dpi_pkg::dpi_mem_write_words(bridge, gpa, u_write.count, u_write.words,
                                             u_write.strobes);
  endfunction

  /// Whether a write of one page's `first`..`last` will not be refused: asked without changing anything.
  function automatic bit can_write(input longint unsigned first, input longint unsigned last);
    // verilator no_inline_task
    longint unsigned gpa;
    if (u_translation.locate(bridge, first, last, 1'b0, 1'b1) < 0) return 1'b0;
    gpa = u_translation.gpa();
    if (!u_windows.allows(gpa, gpa + (last - first), 1'b0, 1'b1)) return 1'b0;
    return u_exclusive.has_atomics(bridge, gpa);
  endfunction

  // ---- Exclusive and atomic access -------------------------------------------------------------

  /// A question was answered with no, which is no refusal: the bridge keeps the first sentence until
  /// it is read, and this one must not stand in for that about a later refusal.
  function automatic void drop_sentence();
    // verilator no_inline_task
    string unused_sentence = qemu_dpi_pkg::dpi_last_error(bridge);
  endfunction

  function automatic outcome_e without_exclusive();
    drop_sentence();
    return OutcomeOkay;
  endfunction

  /// Reserve what read() has just read for an exclusive write of the same ID, address and size.
  /// Returns OutcomeExclusive, or OutcomeOkay: this memory or this range has no exclusive access.
  function automatic outcome_e reserve(input longint unsigned id, input longint unsigned first,
                                       input longint unsigned last);
    // verilator no_inline_task
    int unsigned     length = 32'(last - first + 1);
    longint unsigned gpa;
    if (!u_exclusive.can_reserve(first, length)) return OutcomeOkay;
    if (u_translation.locate(bridge, first, last, 1'b1, 1'b1) < 0) return without_exclusive();
    gpa = u_translation.gpa();
    if (!u_windows.allows(gpa, gpa + (last - first), 1'b1, 1'b1)) return OutcomeOkay;
    if (!u_exclusive.has_atomics(bridge, gpa)) return without_exclusive();
    for (int unsigned i = 0; i < ExclusiveWords; i++) exclusive_words[i] = u_read.words[10'(i)];
    u_exclusive.reserve(32'(id), gpa, length, exclusive_words);
    has_reservations = 1'b1;
    return OutcomeExclusive;
  endfunction

  /// As write(), if the reservation still holds. OutcomeOkay instead of OutcomeExclusive: it does
  /// not, and nothing was written; if there was none, nothing was asked of the guest either.
  function automatic outcome_e write_exclusive(input longint unsigned id);
    // verilator no_inline_task
    outcome_e outcome = admit(KindWrite, id, u_write.first, u_write.last);
    bit       success;
    if (outcome != OutcomeOkay) return outcome;
    u_write.finish();
    for (int unsigned i = 0; i < ExclusiveWords; i++) begin
      exclusive_words[i] = u_write.words[10'(i)];
      exclusive_strobes[i] = i < u_write.count ? u_write.strobes[10'(i)] : 8'h00;
    end
    success = u_exclusive.commit(bridge, 32'(id), u_translation.gpa(),
                                 32'(u_write.last - u_write.first + 1), exclusive_words,
                                 exclusive_strobes);
    if (!u_exclusive.has_asked()) return OutcomeOkay;
    outcome = conclude(KindWrite, u_write.first, u_exclusive.result());
    return success ? OutcomeExclusive : outcome;
  endfunction

  /// Carry out `op` on the 1, 2, 4 or 8 bytes at `address`. `previous`: what was there.
  function automatic outcome_e atomic(input qdpi_port_atomics_pkg::atomic_op_e op,
                                      input longint unsigned id, input longint unsigned address,
                                      input int unsigned length, input longint unsigned operand,
                                      input longint unsigned compare,
                                      output longint unsigned previous);
    // verilator no_inline_task
    outcome_e        outcome = admit(KindAtomic, id, address, address + 64'(length) - 1);
    longint unsigned gpa = u_translation.gpa();
    int              result;
    previous = 0;
    if (outcome != OutcomeOkay) return outcome;
    if (has_reservations) u_exclusive.lost(gpa, gpa + 64'(length) - 1);
    result = qdpi_port_atomics_pkg::operate(bridge, op, gpa, length, operand, compare, previous);
    return conclude(KindAtomic, address, result);
  endfunction

  /// Bytes `gpa` up of what was merged into the write, for atomics: the low `bytes` are good.
  function automatic longint unsigned written_value(input longint unsigned gpa);
    return u_write.value(gpa);
  endfunction

  /// Whether every byte of the write has been strobed.
  function automatic bit all_strobed();
    return u_write.all_strobed();
  endfunction

  // ---- Behaviour -------------------------------------------------------------------------------

  /// Clocks from the acceptance of this read to its first data.
  function automatic int unsigned read_latency();
    return u_behaviour.between(StreamReadLatency, u_behaviour.knobs.read_latency_min,
                               u_behaviour.knobs.read_latency_max);
  endfunction

  /// Clocks from the last data of this write to its response.
  function automatic int unsigned write_latency();
    return u_behaviour.between(StreamWriteLatency,
                               u_behaviour.knobs.write_latency_min,
                               u_behaviour.knobs.write_latency_max);
  endfunction

  /// Whether the port may take a read on the next clock.
  function automatic bit read_address_ready();
    return u_behaviour.percent(StreamReadAddress, u_behaviour.knobs.read_address_ready);
  endfunction

  /// Whether the port may take a write's address on the next clock.
  function automatic bit write_address_ready();
    return u_behaviour.percent(StreamWriteAddress,
                               u_behaviour.knobs.write_address_ready);
  endfunction

  /// Whether the port may take write data on the next clock.
  function automatic bit write_data_ready();
    return u_behaviour.percent(StreamWriteData, u_behaviour.knobs.write_data_ready);
  endfunction

  /// Whether what is asked above is true on every clock, and draws nothing.
  function automatic bit always_ready();
    return u_behaviour.is_always_ready;
  endfunction

  /// Whether read data that is due may be shown on every clock, burst by burst.
  function automatic bit is_streaming();
    return u_behaviour.is_streaming;
  endfunction

  /// Whether a response that is due may be shown on every clock.
  function automatic bit is_answering();
    return u_behaviour.is_answering;
  endfunction

  /// Whether a read beat of `length` bytes that is due may be shown on the next clock. If so, it is.
  function automatic bit read_data_valid(input int unsigned length);
    if (!u_behaviour.percent(StreamReadData, u_behaviour.knobs.read_data_valid)) return 1'b0;
    return u_behaviour.afford(1'b0, length, clocks);
  endfunction

  /// Whether the response to a write of `length` bytes that is due may be shown on the next clock. If so,
  /// it is.
  function automatic bit write_response_valid(input int unsigned length);
    if (!u_behaviour.percent(StreamWriteResponse, u_behaviour.knobs.write_response_valid)) begin
      return 1'b0;
    end
    return u_behaviour.afford(1'b1, length, clocks);
  endfunction

  /// Reads that may be under way, at most `limit`.
  function automatic int unsigned max_reads(input int unsigned limit);
    int unsigned wanted = u_behaviour.knobs.max_reads;
    return wanted == 0 || wanted > limit ? limit : wanted;
  endfunction

  /// Writes that may be under way, at most `limit`.
  function automatic int unsigned max_writes(input int unsigned limit);
    int unsigned wanted = u_behaviour.knobs.max_writes;
    return wanted == 0 || wanted > limit ? limit : wanted;
  endfunction

  /// Whether responses of different IDs may overtake each other.
  function automatic bit reorder();
    return u_behaviour.knobs.reorder != 0;
  endfunction

  /// Whether read beats of different IDs may alternate.
  function automatic bit interleave();
    return u_behaviour.knobs.interleave != 0;
  endfunction

  /// A number below `count`, to choose which goes first.
  function automatic int unsigned choose(input int unsigned count);
    return u_behaviour.between(StreamOrder, 0, count - 1);
  endfunction

  // ---- Records ---------------------------------------------------------------------------------

  /// Clocks since the start of the simulation.
  function automatic longint unsigned clock();
    return clocks;
  endfunction

  /// The last response of a transaction of `length` bytes has been taken; `moved` of them were
  /// strobed, in `beat_count` beats.
  function automatic void completed(input kind_e kind, input longint unsigned id,
                                    input longint unsigned address, input int unsigned length,
                                    input int unsigned moved, input int unsigned beat_count,
                                    input outcome_e outcome, input longint unsigned start_clock);
    if (EnableMonitor) begin
      u_monitor.transaction(kind, id, address, length, moved, beat_count, outcome, start_clock,
                            clocks);
    end
  endfunction

  /// Why the last refused transaction of `kind` was; "" if none was.
  function automatic string last_refusal(input kind_e kind);
    return refusals[kind];
  endfunction

  /// The port refuses a transaction on its own: it breaks a rule of the bus.
  function automatic void refused(input kind_e kind, input string sentence);
    refusals[kind] = sentence;
    is_withheld = 1'b0;
  endfunction

  /// Since reset: transactions of `kind`.
  function automatic longint unsigned transactions(input kind_e kind);
    return u_monitor.bursts(kind);
  endfunction

  /// Since reset: their beats.
  function automatic longint unsigned beats(input kind_e kind);
    return u_monitor.beats(kind);
  endfunction

  /// Since reset: the bytes they moved.
  function automatic longint unsigned bytes(input kind_e kind);
    return u_monitor.bytes(kind);
  endfunction

  /// Since reset: those that were answered with an error.
  function automatic longint unsigned errors(input kind_e kind);
    return u_monitor.errors(kind);
  endfunction

  /// Print what went over the port since reset, and what was refused last.
  function automatic void report();
    // verilator no_inline_task
    u_monitor.report();
    for (int kind = 0; kind < 3; kind++) begin
      if (refusals[kind] != "") $display("%s: the last: %s", port_name, refusals[kind]);
    end
  endfunction

endmodule
