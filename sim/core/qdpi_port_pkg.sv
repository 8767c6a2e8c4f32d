// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Words that all ports share: what an access is, what became of it, and how a port behaves.
package qdpi_port_pkg;

  /// What a transaction does.
  typedef enum logic [1:0] {
    KindRead   = 2'd0,
    KindWrite  = 2'd1,
    KindAtomic = 2'd2
  } kind_e;

  /// What became of it; each bus has its own way to say so.
  typedef enum logic [1:0] {
    OutcomeOkay        = 2'd0,
    /// Done, and it was exclusive.
    OutcomeExclusive   = 2'd1,
    /// Not done: ROM, a lost bridge, a broken rule, an injected fault.
    OutcomeSlaveError  = 2'd2,
    /// Not done: nothing there, or outside the port's windows.
    OutcomeDecodeError = 2'd3
  } outcome_e;

  /// The kinds of decisions that are drawn at random, each from a stream of its own.
  typedef enum int unsigned {
    StreamReadLatency, StreamWriteLatency, StreamReadAddress, StreamWriteAddress, StreamWriteData,
    StreamReadData, StreamWriteResponse, StreamOrder, StreamFault, StreamCorrupt
  } stream_e;

  // Not every model has a core.
  // verilator lint_off UNUSEDPARAM
  /// How many there are.
  localparam int unsigned Streams = 10;

  /// The bytes of the longest access, 4 KiB, are 512 words, and a word more for its alignment. A power
  /// of two, since no index of ten bits into that has to be checked.
  localparam int unsigned ImageWords = 1024;

  /// How a port behaves: each field is a knob, and the plusarg of the same name sets it: for all
  /// ports (+qdpi.read_latency_max=20) or for one (+NAME.read_latency_max=20).
  typedef struct packed {
    /// Clocks from the acceptance of a read to its first data, drawn from min..max for each.
    int unsigned     read_latency_min;
    int unsigned     read_latency_max;
    /// Clocks from a write's last data to its response.
    int unsigned     write_latency_min;
    int unsigned     write_latency_max;
    /// Percent of clocks in which a channel takes something, or shows what is due.
    int unsigned     read_address_ready;
    int unsigned     write_address_ready;
    int unsigned     write_data_ready;
    int unsigned     read_data_valid;
    int unsigned     write_response_valid;
    /// Bytes that each direction may move in 1024 clocks; 0: no limit.
    int unsigned     bandwidth;
    /// Transactions under way in each direction; 0: what the port's parameter says.
    int unsigned     max_reads;
    int unsigned     max_writes;
    /// 1: responses of different IDs overtake each other at random.
    int unsigned     reorder;
    /// 1: read beats of different IDs alternate at random.
    int unsigned     interleave;
    /// Injected faults, in a million transactions: errors instead of an access, one flipped bit in
    /// what a read gives, no response at all.
    int unsigned     slave_error_ppm;
    int unsigned     decode_error_ppm;
    int unsigned     corrupt_ppm;
    int unsigned     withhold_ppm;
    /// A transaction that touches error_first..error_last is answered with a slave error, a read that
    /// touches corrupt_first..corrupt_last has a bit flipped there. last < first: nowhere.
    longint unsigned error_first;
    longint unsigned error_last;
    longint unsigned corrupt_first;
    longint unsigned corrupt_last;
  } behaviour_t;

  // The seed of the run; 0: not looked up yet. Only seed() knows it.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they are called from one process, and read no signal.
  // verilator lint_off IMPURE
  longint unsigned run_seed;

  /// The seed of the run: +qdpi.seed=N, 1 without it; 0 asks for a new one each time. It is printed
  /// when something first depends on it.
  function automatic longint unsigned seed();
    // verilator no_inline_task
    if (run_seed == 0) begin
      if ($value$plusargs("qdpi.seed=%d", run_seed) == 0) run_seed = 1;
      if (run_seed == 0) run_seed = 1 + qemu_dpi_pkg::dpi_clock_us() % 64'd1_000_000_000;
      $display("qdpi: random behaviour from seed %0d; +qdpi.seed=%0d repeats this run", run_seed,
               run_seed);
    end
    return run_seed;
  endfunction
  // verilator lint_on BLKSEQ

  /// Where random stream `stream` of port `name` starts. Never 0.
  function automatic longint unsigned stream_start(input string name, input int unsigned stream);
    // verilator no_inline_task
    longint unsigned state = seed() * 64'h9e37_79b9_7f4a_7c15 + 64'(stream) + 1;
    for (int i = 0; i < name.len(); i++) state = (state ^ 64'(name[i])) * 64'h0000_0100_0000_01b3;
    state ^= state >> 29;
    state *= 64'hbf58_476d_1ce4_e5b9;
    state ^= state >> 32;
    return state == 0 ? 64'd1 : state;
  endfunction

  /// `kind` in words.
  function automatic string kind_name(input kind_e kind);
    // verilator no_inline_task
    case (kind)
      KindRead:  return "read";
      KindWrite: return "write";
      default:   return "atomic";
    endcase
  endfunction

  /// Whether first..last and low..high have a byte in common. high < low has none.
  function automatic bit overlap(input longint unsigned first, input longint unsigned last,
                                 input longint unsigned low, input longint unsigned high);
    return high >= low && first <= high && last >= low;
  endfunction

  /// No delay and no fault.
  localparam behaviour_t Ideal = '{
    read_address_ready: 100, write_address_ready: 100, write_data_ready: 100,
    read_data_valid: 100, write_response_valid: 100,
    error_first: 1, corrupt_first: 1,
    default: 0
  };

endpackage
