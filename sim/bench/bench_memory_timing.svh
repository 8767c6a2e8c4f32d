// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// How an access is repeated and timed, the same for arrays and scalars. The module that includes it
// has the type `work_e` of what it does, `Works` of them, `Contestants`, `Size`, run_calls() and
// work_name(), and undefines QDPI_BENCH_TIMES at its end.

`define QDPI_BENCH_TIMES(STATEMENT) \
    if (locality == Hot) begin \
      for (int unsigned i = 0; i < calls; i++) begin STATEMENT end \
    end else begin \
      for (int unsigned i = 0; i < calls; i++) begin \
        state = next_random(state); \
        offset = random_offset(state, Size); \
        STATEMENT \
      end \
    end

  /// How many calls take BatchUs; 0: not known yet.
  localparam int unsigned Slots = Works * 2 * Contestants;
  int unsigned calls_of [Slots];

  /// Time one batch.
  function automatic longint unsigned time_calls(input work_e work,
                                                 input contestant_e contestant,
                                                 input locality_e locality,
                                                 input int unsigned calls);
    longint unsigned start = dpi_clock_us();
    expect_zero("a call", run_calls(work, contestant, locality, calls));
    return dpi_clock_us() - start;
  endfunction

  /// How many calls last BatchUs: the fastest of three, since a machine is never slower by itself.
  function automatic int unsigned find_calls(input work_e work,
                                             input contestant_e contestant,
                                             input locality_e locality);
    int unsigned     calls = 8;
    longint unsigned fastest = 0;
    while (fastest < BatchUs) begin
      calls = calls * 2;
      for (int attempt = 0; attempt < 3; attempt++) begin
        longint unsigned took = time_calls(work, contestant, locality, calls);
        if (attempt == 0 || took < fastest) fastest = took;
      end
    end
    return calls;
  endfunction

  function automatic void measure(input work_e work, input contestant_e contestant,
                                  input locality_e locality);
    logic [$clog2(Slots)-1:0] slot =
        $clog2(Slots)'((int'(work) * 2 + int'(locality)) * int'(Contestants) + int'(contestant));
    if (counted_calls != 0) calls_of[slot] = counted_calls;
    if (calls_of[slot] == 0) calls_of[slot] = find_calls(work, contestant, locality);
    print_sample(work_name(work), locality, contestant,
                 time_calls(work, contestant, locality, calls_of[slot]), calls_of[slot]);
  endfunction
