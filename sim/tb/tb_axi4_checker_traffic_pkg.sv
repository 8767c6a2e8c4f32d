// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Random legal traffic for tb_qdpi_axi4_checker: which transactions there are, and what each of
/// them still has to send. Who drives the bus is the testbench.
package tb_axi4_checker_traffic_pkg;
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::BusBytes;
  import tb_axi4_checker_steps_pkg::BusSize;
  import tb_axi4_checker_steps_pkg::MaxAheadBeats;
  import tb_axi4_checker_steps_pkg::MaxReads;
  import tb_axi4_checker_steps_pkg::MaxWrites;

  // Kept by the one process of the testbench. Of an address, each function needs its part.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL

  // A transaction in progress. Of a write, `sent` counts beats on W; of a read, beats on R.
  typedef struct {
    address_t    address;
    int unsigned sent;
    int unsigned beats;
    bit          accepted;
  } transaction_t;

  transaction_t writes [$];  // in the order of their addresses
  transaction_t reads  [$];
  transaction_t fresh;
  // One exclusive sequence at a time: its read, and how far it is.
  enum int {NoExclusive, ReadExclusive, HaveExclusive, WriteExclusive} progress;
  address_t     exclusive;
  logic [63:0]  next_byte;   // of the beat to come on W
  // Percent of clocks in which a channel shows something new, or is ready: AW, W, B, AR, R.
  int unsigned  valid_paces [5] = '{40, 80, 60, 40, 90};
  int unsigned  ready_paces [5] = '{60, 70, 60, 60, 70};

  function automatic int unsigned below(input int unsigned limit);
    // verilator no_inline_task
    return 32'($urandom()) % limit;
  endfunction

  function automatic bit chance(input int unsigned percent);
    // verilator no_inline_task
    return 32'($urandom()) % 100 < percent;
  endfunction

  /// Which channel waits for which: at random.
  function automatic void draw_paces();
    for (int unsigned i = 0; i < 5; i++) begin
      valid_paces[i] = 20 + below(81);
      ready_paces[i] = 20 + below(76);
    end
  endfunction

  /// Forget what is in progress.
  function automatic void forget_transactions();
    writes.delete();
    reads.delete();
    progress = NoExclusive;
  endfunction

  function automatic bit in_progress(input int unsigned id);
    foreach (writes[i]) if (writes[i].address.id == id) return 1'b1;
    foreach (reads[i]) if (reads[i].address.id == id) return 1'b1;
    return 1'b0;
  endfunction

  /// A legal burst; some are exclusive, some writes atomic.
  function automatic address_t random_address(input bit write);
    address_t a = '0;
    int unsigned bytes;
    a.id = below(8);
    a.addr = 64'({$urandom(), $urandom()}) & 64'hff_ffff_ffff;
    a.shape.size = 3'(below(BusSize + 1));
    a.shape.burst = 2'(below(3));
    a.prot = 3'($urandom());
    a.qos = 4'($urandom());
    a.cache = 4'($urandom());
    if (!a.cache[1]) a.cache[3:2] = 0;
    case (a.shape.burst)
      BurstFixed: a.shape.len = 8'(below(16));
      BurstWrap: begin
        a.shape.len = 8'((2 << below(4)) - 1);
        a.addr &= ~(64'(1 << a.shape.size) - 1);
      end
      default: begin
        a.shape.len = chance(90) ? 8'(below(20)) : 8'(below(256));
        bytes = (32'(a.shape.len) + 1) << a.shape.size;
        // Also the last byte of the page; longer bursts go to the front of it.
        if (bytes > 4096) a.shape.len = 8'((4096 >> a.shape.size) - 1);
        bytes = (32'(a.shape.len) + 1) << a.shape.size;
        if (chance(30)) a.addr[11:0] = 12'(4096 - bytes + below(1 << a.shape.size));
        else if ((32'(a.addr[11:0]) & ~((1 << a.shape.size) - 1)) + bytes > 4096) begin
          a.addr[11:0] = 12'(below(1 << a.shape.size));
        end
      end
    endcase
    if (!write && progress == NoExclusive && chance(20)) begin
      progress = ReadExclusive;
      a.lock = 1'b1;
      a.cache = 4'(below(4));
      a.shape = '{len: 8'((1 << below(5)) - 1), size: a.shape.size, burst: BurstIncr};
      while (((32'(a.shape.len) + 1) << a.shape.size) > 128) a.shape.len >>= 1;
      a.addr &= ~(burst_bytes(a.shape.len, a.shape.size) - 64'd1);
      exclusive = a;
    end
    if (write && progress == HaveExclusive && chance(50)) begin
      progress = WriteExclusive;
      a = exclusive;
    end
    // With its read data it needs room there too.
    if (write && !a.lock && reads.size() + writes.size() < MaxReads && chance(15)) begin
      a = random_atomic();
    end
    return a;
  endfunction

  /// A legal atomic transaction with an ID that nothing else has.
  function automatic address_t random_atomic();
    address_t a = '0;
    int unsigned bytes = 1 << below(4);
    a.id = 8 + below(8);
    while (in_progress(a.id)) a.id = 8 + below(8);
    a.addr = 64'($urandom());
    a.atop = chance(50) ? {1'b0, 1'b1, 4'($urandom())} : {1'b1, 1'b0, 4'($urandom())};
    if (chance(30)) a.atop = AtomicSwap;
    a.shape.burst = BurstIncr;
    a.addr &= ~(64'(bytes) - 1);
    if (chance(40)) begin
      a.atop = AtomicCompare;
      a.addr = (a.addr & ~(64'(bytes) - 1)) | (64'(bytes) & {64{chance(50)}});
      if ((a.addr & 64'(bytes)) != 0) a.shape.burst = BurstWrap;
      bytes *= 2;
    end
    a.shape.size = 3'($clog2(bytes > BusBytes ? BusBytes : bytes));
    a.shape.len = bytes > BusBytes ? 8'(bytes / BusBytes - 1) : 8'd0;
    return a;
  endfunction

  /// Index of the first write whose address waits to be accepted, or the number of writes.
  function automatic int unsigned first_unaccepted();
    for (int i = 0; i < writes.size(); i++) if (!writes[i].accepted) return i;
    return writes.size();
  endfunction

  /// Likewise for reads.
  function automatic int unsigned first_unaccepted_read();
    for (int i = 0; i < reads.size(); i++) if (!reads[i].accepted) return i;
    return reads.size();
  endfunction

  /// Index of the first write with beats to send, or the number of writes.
  function automatic int unsigned first_unsent();
    for (int i = 0; i < writes.size(); i++) if (writes[i].sent < writes[i].beats) return i;
    return writes.size();
  endfunction

  /// Whether the checker has room for one more beat on W ahead of its address.
  function automatic bit has_room_ahead();
    int unsigned ahead = 0;
    foreach (writes[i]) if (!writes[i].accepted) ahead += writes[i].sent;
    return ahead + 1 < MaxAheadBeats;
  endfunction

  /// Whether a write, or read, before the one at `index` has the same ID.
  function automatic bit older_write(input int unsigned index);
    for (int i = 0; i < index; i++) if (writes[i].address.id == writes[index].address.id) return 1;
    return 1'b0;
  endfunction

  function automatic bit older_read(input int unsigned index);
    for (int i = 0; i < index; i++) if (reads[i].address.id == reads[index].address.id) return 1;
    return 1'b0;
  endfunction

  /// The lanes from `next_byte` to the end of its container.
  function automatic logic [BusBytes-1:0] lanes_to_end(input logic [2:0] size);
    logic [BusBytes-1:0] lanes = '0;
    logic [63:0] address;
    for (int unsigned i = 0; i < BusBytes; i++) begin
      address = (next_byte & ~(64'(BusBytes) - 64'd1)) + 64'(i);
      lanes[i] = address >= next_byte && (address >> size) == (next_byte >> size);
    end
    return lanes;
  endfunction

  /// Move `next_byte` from one beat to the next.
  function automatic void step_byte(input address_t a);
    logic [63:0] bytes = burst_bytes(a.shape.len, a.shape.size);
    if (a.shape.burst == BurstFixed) return;
    next_byte = ((next_byte >> a.shape.size) + 1) << a.shape.size;
    if (a.shape.burst == BurstWrap && (next_byte & (bytes - 1)) == 0) next_byte -= bytes;
  endfunction

  function automatic void make_transactions();
    if (writes.size() < MaxWrites && chance(30)) begin
      fresh.address = random_address(1'b1);
      fresh.sent = 0;
      fresh.beats = 32'(fresh.address.shape.len) + 1;
      fresh.accepted = 1'b0;
      writes.push_back(fresh);
    end
    if (reads.size() < 3 && chance(30)) begin
      fresh.address = random_address(1'b0);
      fresh.sent = 0;
      fresh.beats = 32'(fresh.address.shape.len) + 1;
      fresh.accepted = 1'b0;
      reads.push_back(fresh);
    end
  endfunction

  function automatic logic [1:0] random_response(input bit lock);
    logic [1:0] resp = 2'($urandom());
    return resp == RespExokay && !lock ? 2'b00 : resp;
  endfunction

endpackage
