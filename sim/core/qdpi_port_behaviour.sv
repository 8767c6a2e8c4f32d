// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The knobs of one port and its random numbers: how long things take, and which of them go wrong.
/// Part of qdpi_port_core. Simulation only.
///
/// Every kind of decision draws from a stream of its own, which starts from the seed of the run and
/// the name of the port. So a run is repeated exactly by its seed in every simulator, and a knob
/// that is turned on one channel does not disturb the others. A knob at rest draws nothing.
module qdpi_port_behaviour ();
  import qdpi_port_pkg::*;

  // Written by the functions only, which the port's one process calls.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they are called from one process, and read no signal.
  // verilator lint_off IMPURE
  behaviour_t      knobs;
  bit              is_always_ready;  // none of the knobs *_ready does anything
  bit              is_streaming;     // nor do those that come between beats of read data
  bit              is_answering;     // nor those that come before a response to a write
  bit              is_faulty;        // some fault may be injected
  string           port_name;
  longint unsigned states  [Streams];
  int unsigned     drawn;
  longint unsigned free_at [2];  // by direction: when its bandwidth allows more, in 1/1024 clocks

  /// `value`, or what the plusarg +qdpi.`name`= or +PORT.`name`= says.
  function automatic int unsigned knob(input string name, input int unsigned value);
    // verilator no_inline_task
    int unsigned given;
    if ($value$plusargs({port_name, ".", name, "=%d"}, given) != 0) return given;
    if ($value$plusargs({"qdpi.", name, "=%d"}, given) != 0) return given;
    return value;
  endfunction

  /// As knob(), for an address: hexadecimal digits without 0x.
  function automatic longint unsigned address_knob(input string name,
                                                   input longint unsigned value);
    // verilator no_inline_task
    longint unsigned given;
    if ($value$plusargs({port_name, ".", name, "=%h"}, given) != 0) return given;
    if ($value$plusargs({"qdpi.", name, "=%h"}, given) != 0) return given;
    return value;
  endfunction

  /// Take `wanted`, changed by the plusargs of the port `name`, and start all random streams.
  function automatic void start(input string name, input behaviour_t wanted);
    // verilator no_inline_task
    port_name = name;
    knobs.read_latency_min = knob("read_latency_min", wanted.read_latency_min);
    knobs.read_latency_max = knob("read_latency_max", wanted.read_latency_max);
    knobs.write_latency_min = knob("write_latency_min", wanted.write_latency_min);
    knobs.write_latency_max = knob("write_latency_max", wanted.write_latency_max);
    knobs.read_address_ready = knob("read_address_ready", wanted.read_address_ready);
    knobs.write_address_ready = knob("write_address_ready", wanted.write_address_ready);
    knobs.write_data_ready = knob("write_data_ready", wanted.write_data_ready);
    knobs.read_data_valid = knob("read_data_valid", wanted.read_data_valid);
    knobs.write_response_valid = knob("write_response_valid", wanted.write_response_valid);
    knobs.bandwidth = knob("bandwidth", wanted.bandwidth);
    knobs.max_reads = knob("max_reads", wanted.max_reads);
    knobs.max_writes = knob("max_writes", wanted.max_writes);
    knobs.reorder = knob("reorder", wanted.reorder);
    knobs.interleave = knob("interleave", wanted.interleave);
    knobs.slave_error_ppm = knob("slave_error_ppm", wanted.slave_error_ppm);
    knobs.decode_error_ppm = knob("decode_error_ppm", wanted.decode_error_ppm);
    knobs.corrupt_ppm = knob("corrupt_ppm", wanted.corrupt_ppm);
    knobs.withhold_ppm = knob("withhold_ppm", wanted.withhold_ppm);
    knobs.error_first = address_knob("error_first", wanted.error_first);
    knobs.error_last = address_knob("error_last", wanted.error_last);
    knobs.corrupt_first = address_knob("corrupt_first", wanted.corrupt_first);
    knobs.corrupt_last = address_knob("corrupt_last", wanted.corrupt_last);
    // A channel that is never ready is a dead one: that is what withhold_ppm is for.
    if (knobs.read_address_ready == 0 || knobs.write_address_ready == 0
        || knobs.write_data_ready == 0 || knobs.read_data_valid == 0
        || knobs.write_response_valid == 0) begin
      $fatal(1, "port %s: a *_ready or *_valid knob is 0 percent: the port would never answer; give 1 to 100",
             name);
    end
    is_always_ready = knobs.read_address_ready >= 100 && knobs.write_address_ready >= 100
                    && knobs.write_data_ready >= 100;
    is_faulty = knobs.slave_error_ppm != 0 || knobs.decode_error_ppm != 0 || knobs.corrupt_ppm != 0
              || knobs.withhold_ppm != 0 || knobs.error_first <= knobs.error_last
              || knobs.corrupt_first <= knobs.corrupt_last;
    is_streaming = knobs.read_data_valid >= 100 && knobs.bandwidth == 0 && knobs.interleave == 0;
    is_answering = knobs.write_response_valid >= 100 && knobs.bandwidth == 0;
    for (int unsigned i = 0; i < Streams; i++) states[i] = 64'd0;
    free_at[0] = 64'd0;
    free_at[1] = 64'd0;
  endfunction

  /// Put the next 32 random bits of `stream` in `drawn`. A result would have to be cleared by Verilator
  /// on every clock of every process that may ask for one.
  function automatic void draw(input stream_e stream);
    // verilator no_inline_task
    if (states[stream] == 64'd0) states[stream] = stream_start(port_name, int'(stream));
    states[stream] ^= states[stream] << 13;
    states[stream] ^= states[stream] >> 7;
    states[stream] ^= states[stream] << 17;
    drawn = states[stream][47:16];
  endfunction

  /// The next 32 random bits of `stream`.
  function automatic int unsigned draw32(input stream_e stream);
    draw(stream);
    return drawn;
  endfunction

  /// A number from `low` to `high`.
  function automatic int unsigned between(input stream_e stream, input int unsigned low,
                                          input int unsigned high);
    if (high <= low) return low;
    return low + draw32(stream) % (high - low + 1);
  endfunction

  /// True in `percent` of the calls.
  function automatic bit percent(input stream_e stream, input int unsigned chance);
    // An if, since not every simulator leaves out the right side of || when it has a side effect.
    if (chance >= 100) return 1'b1;
    return draw32(stream) % 100 < chance;
  endfunction

  /// True `ppm` times in a million calls.
  function automatic bit ppm(input int unsigned chance);
    if (chance == 0) return 1'b0;
    return draw32(StreamFault) % 1_000_000 < chance;
  endfunction

  /// Whether the bandwidth of a direction (0 read, 1 write) allows `bytes` at `clock`; if so, they
  /// are spent. What of a clock was left over counts, or each would cost whole clocks; what of idle
  /// clocks was left over does not.
  function automatic bit afford(input bit direction, input int unsigned bytes,
                                input longint unsigned clock);
    longint unsigned now = clock << 10;
    if (knobs.bandwidth == 0) return 1'b1;
    if (free_at[direction] > now) return 1'b0;
    if (free_at[direction] + 64'd1024 <= now) free_at[direction] = now;
    // Rounded up: it is a limit.
    free_at[direction] += ((64'(bytes) << 20) + 64'(knobs.bandwidth) - 64'd1)
                        / 64'(knobs.bandwidth);
    return 1'b1;
  endfunction

endmodule
