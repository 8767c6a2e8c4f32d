// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Makes AXI5 atomic transactions and ordinary bursts, and knows what must become of them: the part
/// of tb_qdpi_axi4_atomics that does not depend on the port. Guest memory is kept byte by byte in
/// u_model; u_manager moves the transactions.
///
/// Writes and atomics take effect in the order in which they are issued, as the port promises. What
/// AXI leaves open, an ordinary read that meets a write on its way, is not issued.
module tb_axi5_scoreboard #(
  /// Bits of the addresses.
  parameter int unsigned AddrWidth = 40,
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64,
  /// Bits of the IDs, at least 6.
  parameter int unsigned IdWidth   = 6
) (
  /// Clock.
  input  logic                   clk_i,
  /// Reset, active low.
  input  logic                   rst_ni,
  /// Write address.
  output logic [IdWidth-1:0]     axi_awid_o,
  /// Write address.
  output logic [AddrWidth-1:0]   axi_awaddr_o,
  /// Write address.
  output logic [7:0]             axi_awlen_o,
  /// Write address.
  output logic [2:0]             axi_awsize_o,
  /// Write address.
  output logic [1:0]             axi_awburst_o,
  /// Write address.
  output logic                   axi_awlock_o,
  /// Write address.
  output logic [5:0]             axi_awatop_o,
  /// Write address.
  output logic                   axi_awvalid_o,
  /// Write address.
  input  logic                   axi_awready_i,
  /// Write data.
  output logic [DataWidth-1:0]   axi_wdata_o,
  /// Write data.
  output logic [DataWidth/8-1:0] axi_wstrb_o,
  /// Write data.
  output logic                   axi_wlast_o,
  /// Write data.
  output logic                   axi_wvalid_o,
  /// Write data.
  input  logic                   axi_wready_i,
  /// Write response.
  input  logic [IdWidth-1:0]     axi_bid_i,
  /// Write response.
  input  logic [1:0]             axi_bresp_i,
  /// Write response.
  input  logic                   axi_bvalid_i,
  /// Write response.
  output logic                   axi_bready_o,
  /// Read address.
  output logic [IdWidth-1:0]     axi_arid_o,
  /// Read address.
  output logic [AddrWidth-1:0]   axi_araddr_o,
  /// Read address.
  output logic [7:0]             axi_arlen_o,
  /// Read address.
  output logic [2:0]             axi_arsize_o,
  /// Read address.
  output logic [1:0]             axi_arburst_o,
  /// Read address.
  output logic                   axi_arlock_o,
  /// Read address.
  output logic                   axi_arvalid_o,
  /// Read address.
  input  logic                   axi_arready_i,
  /// Read data.
  input  logic [IdWidth-1:0]     axi_rid_i,
  /// Read data.
  input  logic [DataWidth-1:0]   axi_rdata_i,
  /// Read data.
  input  logic [1:0]             axi_rresp_i,
  /// Read data.
  input  logic                   axi_rlast_i,
  /// Read data.
  input  logic                   axi_rvalid_i,
  /// Read data.
  output logic                   axi_rready_o
);
  import tb_axi4_pkg::*;
  import tb_errors_pkg::*;

  // Functions that are not inlined, which keeps the model small, use what is below; they are called
  // from the one process of the test and read no signal.
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL
  // verilator lint_off BLKSEQ

  // More than Verilator unrolls loops for, which would triple the size of the model.
  localparam int unsigned Slots = 128;
  localparam int unsigned BusBytes = DataWidth / 8;
  // Of the longest read.
  localparam int unsigned ReadBytes = 256;
  localparam int unsigned BusSize = $clog2(BusBytes);
  localparam int unsigned MaxBeats = DataWidth < 32 ? 256 / DataWidth : 8;

  localparam logic [5:0] Swap = 6'b11_0000, Compare = 6'b11_0001;

  // What is to come of a transaction, by slot of the manager.
  typedef struct {
    bit              is_atomic;
    bit              writes;
    longint unsigned first;   // memory that it touches
    longint unsigned last;
    logic [1:0]      response;
  } expected_t;

  longint unsigned random_state;
  expected_t       expected   [Slots];
  bit              in_flight  [Slots];
  byte unsigned    read_bytes [Slots*ReadBytes];  // what reads must give
  byte unsigned    payload    [32];         // an atomic's data in the order of its transfers
  int unsigned     atomics_done, b_first, r_first, equal_count, refusals;

  tb_axi5_manager #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth  (IdWidth),
    .Slots    (Slots),
    .MaxBeats (MaxBeats)
  ) u_manager (
    .clk_i,
    .rst_ni,
    .axi_awid_o,
    .axi_awaddr_o,
    .axi_awlen_o,
    .axi_awsize_o,
    .axi_awburst_o,
    .axi_awlock_o,
    .axi_awatop_o,
    .axi_awvalid_o,
    .axi_awready_i,
    .axi_wdata_o,
    .axi_wstrb_o,
    .axi_wlast_o,
    .axi_wvalid_o,
    .axi_wready_i,
    .axi_bid_i,
    .axi_bresp_i,
    .axi_bvalid_i,
    .axi_bready_o,
    .axi_arid_o,
    .axi_araddr_o,
    .axi_arlen_o,
    .axi_arsize_o,
    .axi_arburst_o,
    .axi_arlock_o,
    .axi_arvalid_o,
    .axi_arready_i,
    .axi_rid_i,
    .axi_rdata_i,
    .axi_rresp_i,
    .axi_rlast_i,
    .axi_rvalid_i,
    .axi_rready_o
  );

  tb_axi4_model u_model ();

  /// Start with `seed`, when the guest of `bridge` has `ram_bytes` of RAM.
  function automatic void start(input chandle bridge, input longint unsigned ram_bytes,
                                input longint unsigned seed);
    random_state = seed * 64'h9e37_79b9_7f4a_7c15 + 64'h0bad_5eed;
    u_model.start(bridge, ram_bytes, seed);
    u_manager.start(seed);
  endfunction

  /// Transactions under way.
  function automatic int unsigned under_way();
    return u_manager.used_count;
  endfunction

  // ---- Random numbers --------------------------------------------------------------------------

  function automatic int unsigned random32();
    // verilator no_inline_task
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state[47:16];
  endfunction

  function automatic int unsigned below(input int unsigned limit);
    return random32() % limit;
  endfunction

  function automatic bit chance(input int unsigned percent);
    return random32() % 100 < percent;
  endfunction

  // ---- The model -------------------------------------------------------------------------------

  function automatic longint unsigned model_value(input longint unsigned gpa,
                                                  input int unsigned bytes);
    // verilator no_inline_task
    longint unsigned value = 0;
    int unsigned     at = u_model.index_of(gpa);
    for (int unsigned i = 0; i < bytes; i++) value |= 64'(u_model.bytes[at+i]) << (8 * i);
    return value;
  endfunction

  function automatic void set_model(input longint unsigned gpa, input int unsigned bytes,
                                    input longint unsigned value);
    // verilator no_inline_task
    int unsigned at = u_model.index_of(gpa);
    for (int unsigned i = 0; i < bytes; i++) u_model.bytes[at+i] = 8'(value >> (8 * i));
  endfunction

  /// Whether `a` is less than `b`, numbers of `bytes`.
  function automatic bit less(input longint unsigned a, input longint unsigned b,
                              input int unsigned bytes, input bit is_signed);
    // verilator no_inline_task
    longint unsigned sign = 64'd1 << (8 * bytes - 1);
    if (is_signed && ((a ^ b) & sign) != 0) return (a & sign) != 0;
    return a < b;
  endfunction

  /// What AtomicStore or AtomicLoad makes of `memory` (AWATOP[2:0]).
  function automatic longint unsigned result_of(input logic [2:0] code,
                                                input int unsigned bytes,
                                                input longint unsigned memory,
                                                input longint unsigned data);
    // verilator no_inline_task
    case (code)
      3'b000:  return memory + data;
      3'b001:  return memory & ~data;
      3'b010:  return (memory | data) & ~(memory & data);
      3'b011:  return memory | data;
      3'b100:  return less(memory, data, bytes, 1'b1) ? data : memory;
      3'b101:  return less(memory, data, bytes, 1'b1) ? memory : data;
      3'b110:  return less(memory, data, bytes, 1'b0) ? data : memory;
      default: return less(memory, data, bytes, 1'b0) ? memory : data;
    endcase
  endfunction

  // ---- Transactions ----------------------------------------------------------------------------

  /// Whether an ordinary read and a write, in either order, would meet at first..last: AXI does not
  /// say which of them comes first.
  function automatic bit conflicts(input longint unsigned first, input longint unsigned last,
                                   input bit writes);
    // verilator no_inline_task
    for (int unsigned i = 0; i < Slots; i++) begin
      if (in_flight[i] && expected[i].writes != writes && expected[i].first <= last
          && expected[i].last >= first) begin
        return 1'b1;
      end
    end
    return 1'b0;
  endfunction

  /// Whether `id` is under way: in an atomic transaction, or at all.
  function automatic bit id_in_use(input logic [IdWidth-1:0] id, input bit only_atomic);
    // verilator no_inline_task
    for (int unsigned i = 0; i < Slots; i++) begin
      if (in_flight[i] && u_manager.requests[i].id == id
          && (expected[i].is_atomic || !only_atomic)) begin
        return 1'b1;
      end
    end
    return 1'b0;
  endfunction

  /// An ID that a new transaction may have.
  function automatic logic [IdWidth-1:0] free_id(input bit is_atomic);
    // verilator no_inline_task
    logic [IdWidth-1:0] id = IdWidth'(below(is_atomic ? 64 : 4));
    while (id_in_use(id, !is_atomic)) id++;
    return id;
  endfunction

  /// Put `value` into `payload` from byte `first`.
  function automatic void put_payload(input int unsigned first, input int unsigned bytes,
                                      input longint unsigned value);
    // verilator no_inline_task
    for (int unsigned i = 0; i < bytes; i++) begin
      payload[5'(first+i)] = i < 8 ? 8'(value >> (8 * i)) : 8'h5a;
    end
  endfunction

  // What is to be issued next: its AW or AR signals.
  logic [IdWidth-1:0] next_id;
  longint unsigned    next_addr;
  int unsigned        next_len, next_size;
  logic [1:0]         next_burst;
  bit                 next_lock;
  logic [5:0]         next_atop;

  /// Put `payload` on the beats of the next transaction, with noise on the other lanes.
  function automatic void put_beats();
    // verilator no_inline_task
    int unsigned beat_bytes = 1 << next_size;
    int unsigned lane = 32'(next_addr) & (BusBytes - 1) & ~(beat_bytes - 1);
    for (int unsigned beat = 0; beat <= next_len && beat < MaxBeats; beat++) begin
      u_manager.new_strb[beat] = '0;
      for (int unsigned i = 0; i < BusBytes; i++) u_manager.new_data[beat][8*i+:8] = 8'(random32());
      for (int unsigned i = 0; i < beat_bytes; i++) begin
        u_manager.new_data[beat][8*(lane+i)+:8] = payload[5'(beat*beat_bytes+i)];
        u_manager.new_strb[beat][lane+i] = 1'b1;
      end
    end
  endfunction

  /// The next transaction is an atomic on the `bytes` at `addr`. `data`: its operand, or the value
  /// to compare with, and then `swap` the one to write.
  function automatic void shape_atomic(input logic [5:0] atop, input longint unsigned addr,
                                       input int unsigned bytes, input longint unsigned data,
                                       input longint unsigned swap);
    // verilator no_inline_task
    int unsigned total = atop == Compare ? 2 * bytes : bytes;
    bit          upper = atop == Compare && (addr & 64'(bytes)) != 0;
    next_id = free_id(1'b1);
    next_addr = addr;
    next_atop = atop;
    next_lock = 1'b0;
    next_size = total > BusBytes ? BusSize : $clog2(total);
    next_len = total > BusBytes ? total / BusBytes - 1 : 0;
    next_burst = upper ? Wrap : Incr;
    put_payload(upper ? bytes : 0, bytes, data);
    if (atop == Compare) put_payload(upper ? 0 : bytes, bytes, swap);
    put_beats();
  endfunction

  /// Issue the next transaction. It touches first..last, and must be answered with `response`.
  function automatic int unsigned issue(input bit is_write, input int unsigned read_beats,
                                        input longint unsigned first, input longint unsigned last,
                                        input logic [1:0] response);
    // verilator no_inline_task
    int unsigned slot = u_manager.issue(is_write, next_id, AddrWidth'(next_addr), 8'(next_len),
                                        3'(next_size), next_burst, next_lock, next_atop,
                                        read_beats);
    in_flight[slot] = 1'b1;
    expected[slot].is_atomic = next_atop != 0;
    expected[slot].writes = is_write;
    expected[slot].first = first;
    expected[slot].last = last;
    expected[slot].response = response;
    for (int unsigned i = 0; i < ReadBytes; i++) read_bytes[slot*ReadBytes+i] = 8'h00;
    if (!response[1] && read_beats != 0) begin
      for (int unsigned i = 0; first + 64'(i) <= last; i++) begin
        read_bytes[slot*ReadBytes+i] = u_model.bytes[u_model.index_of(first)+i];
      end
    end
    return slot;
  endfunction

  /// Issue an atomic that AXI allows, and carry it out in the model if it is to be answered OKAY.
  function automatic void issue_atomic(input logic [5:0] atop, input longint unsigned addr,
                                       input int unsigned bytes, input longint unsigned data,
                                       input longint unsigned swap, input logic [1:0] response);
    // verilator no_inline_task
    longint unsigned mask = bytes >= 8 ? '1 : (64'd1 << (8 * bytes)) - 64'd1;
    longint unsigned memory = 0;
    int unsigned     slot;
    shape_atomic(atop, addr, bytes, data, swap);
    slot = issue(1'b1, !atop[5] ? 0 : bytes > BusBytes ? bytes / BusBytes : 1, addr,
                 addr + 64'(bytes) - 1, response);
    if (response != Okay) refusals++;
    if (response != Okay) return;
    memory = model_value(addr, bytes);
    if (atop == Compare) begin
      if (memory == (data & mask)) begin
        equal_count++;
        set_model(addr, bytes, swap);
      end
    end else if (atop == Swap) begin
      set_model(addr, bytes, data);
    end else begin
      set_model(addr, bytes, result_of(atop[2:0], bytes, memory, data & mask));
    end
  endfunction

  // ---- Random transactions ---------------------------------------------------------------------

  /// Addresses that meet often, anywhere in a window, or at the edges of RAM and ROM.
  function automatic longint unsigned random_address();
    // verilator no_inline_task
    int unsigned kind = below(100);
    int unsigned offset = below(4096);
    if (kind < 60) return Window + 64'(below(48));
    if (kind < 80) return Window + 64'(below(16 * 4096));
    if (kind < 90) return u_model.pages[5'(18+below(6))] + 64'(offset);
    // Its first 32 bytes, or its last.
    offset = offset[0] ? 4095 - (offset >> 7) : offset >> 7;
    return u_model.pages[5'(18+below(6))] + 64'(offset);
  endfunction

  function automatic longint unsigned random_value(input longint unsigned memory);
    // verilator no_inline_task
    int unsigned kind = below(8);
    longint unsigned value = {random32(), random32()};
    if (kind == 0) return 64'd0;
    if (kind == 1) return '1;
    if (kind == 2) return memory;
    if (kind == 3) return memory ^ (64'd1 << below(64));
    if (kind == 4) return 64'h8080_8080_8080_8080;
    return value;
  endfunction

  function automatic void random_atomic();
    // verilator no_inline_task
    int unsigned     bytes = 1 << below(4);
    logic [5:0]      atop = {1'b0, 1'b1, 4'(random32())};
    longint unsigned addr = random_address();
    longint unsigned memory = 0, data = 0, swap = 0;
    logic [1:0]      response;
    int unsigned     kind = below(10);
    bit              arithmetic;
    if (kind < 4) atop = {1'b1, 1'b0, 4'(random32())};
    if (kind == 4 || kind == 5) atop = Swap;
    if (kind > 5) atop = Compare;
    if (kind == 9 && below(8) == 0) bytes = 16;
    // Most arithmetic is little endian, or little else would be left.
    if (atop[5] != atop[4] && atop[3]) atop[3] = below(3) == 0;
    addr &= ~(64'(bytes) - 64'd1);
    if (conflicts(addr, addr + 64'(bytes) - 1, 1'b1)) return;
    response = u_model.mapped(1'b1, addr, addr + 64'(bytes) - 1);
    arithmetic = atop[5] != atop[4] && (atop[2] || atop[1:0] == 2'b00);
    if (bytes == 16 || (arithmetic && atop[3] && bytes != 1)) response = SlvErr;
    if (response == Okay) memory = model_value(addr, bytes);
    data = random_value(memory);
    swap = random_value(memory);
    if (atop == Compare && below(3) != 0) data = memory;
    issue_atomic(atop, addr, bytes, data, swap, response);
  endfunction

  function automatic void random_burst();
    // verilator no_inline_task
    longint unsigned addr = random_address();
    longint unsigned last;
    bit              is_write = chance(50);
    int unsigned     slot;
    logic [1:0]      response;
    next_size = below(BusSize + 1);
    next_len = below(8);
    if ((next_len + 1) << next_size > ReadBytes) next_len = (ReadBytes >> next_size) - 1;
    addr &= ~((64'd1 << next_size) - 64'd1);
    last = addr + ((64'(next_len) + 1) << next_size) - 1;
    if ((last >> 12) != (addr >> 12) || conflicts(addr, last, is_write)) return;
    next_id = free_id(1'b0);
    next_addr = addr;
    next_burst = Incr;
    next_lock = 1'b0;
    next_atop = '0;
    response = u_model.mapped(is_write, addr, last);
    if (is_write) random_beats(response == Okay);
    slot = issue(is_write, is_write ? 0 : next_len + 1, addr, last, response);
  endfunction

  /// Write data of the next transaction, for the model too if it is to be carried out.
  function automatic void random_beats(input bit carried_out);
    // verilator no_inline_task
    longint unsigned gpa = next_addr;
    for (int unsigned beat = 0; beat <= next_len; beat++) begin
      u_manager.new_strb[beat] = '0;
      for (int unsigned i = 0; i < BusBytes; i++) u_manager.new_data[beat][8*i+:8] = 8'(random32());
      for (int unsigned i = 0; i < (1 << next_size); i++) begin
        int unsigned lane = 32'(gpa) & (BusBytes - 1);
        bit          strobed = chance(70);
        // Without any strobe nothing is refused.
        if (gpa == next_addr) strobed = 1'b1;
        if (strobed) begin
          u_manager.new_strb[beat][lane] = 1'b1;
          if (carried_out) set_model(gpa, 1, 64'(u_manager.new_data[beat][8*lane+:8]));
        end
        gpa++;
      end
    end
  endfunction

  // ---- Results ---------------------------------------------------------------------------------

  function automatic void complain(input int unsigned slot, input string what);
    // verilator no_inline_task
    wrong($sformatf("%s: ID 0x%0h, address 0x%0h, AxLEN %0d, AxSIZE %0d, AxBURST %0d, AWATOP 0x%0h: B %0d, R %0d, expected %0d",
                    what, u_manager.requests[slot].id, u_manager.requests[slot].addr,
                    u_manager.requests[slot].len, u_manager.requests[slot].size,
                    u_manager.requests[slot].burst, u_manager.requests[slot].atop,
                    u_manager.bresps[slot], u_manager.rresps[slot*MaxBeats],
                    expected[slot].response));
  endfunction

  function automatic void check_read(input int unsigned slot);
    // verilator no_inline_task
    longint unsigned first = expected[slot].first;
    int unsigned     bytes = 32'(expected[slot].last - first + 1);
    int unsigned     beat_bytes = bytes / u_manager.got_r[slot];
    for (int unsigned i = 0; i < u_manager.got_r[slot]; i++) begin
      if (u_manager.rresps[slot*MaxBeats+i] != expected[slot].response) begin
        complain(slot, "wrong RRESP");
        return;
      end
    end
    for (int unsigned i = 0; i < bytes; i++) begin
      int unsigned lane = 32'(first + 64'(i)) & (BusBytes - 1);
      if (u_manager.rdatas[slot*MaxBeats+i/beat_bytes][8*lane+:8] != read_bytes[slot*ReadBytes+i]) begin
        complain(slot, $sformatf("byte %0d of RDATA is %h, expected %h", i,
                                 u_manager.rdatas[slot*MaxBeats+i/beat_bytes][8*lane+:8],
                                 read_bytes[slot*ReadBytes+i]));
        return;
      end
    end
  endfunction

  function automatic void check_finished(input int unsigned slot);
    // verilator no_inline_task
    in_flight[slot] = 1'b0;
    if (expected[slot].writes && u_manager.bresps[slot] != expected[slot].response) begin
      complain(slot, "wrong BRESP");
    end
    if (u_manager.got_r[slot] != 0) check_read(slot);
    if (!expected[slot].is_atomic) return;
    atomics_done++;
    if (u_manager.got_r[slot] == 0) return;
    if (u_manager.b_clocks[slot] < u_manager.r_clocks[slot]) b_first++;
    if (u_manager.b_clocks[slot] > u_manager.r_clocks[slot]) r_first++;
  endfunction

  /// Check what has all its responses. Returns how many.
  function automatic int unsigned collect();
    // verilator no_inline_task
    int unsigned count = 0;
    int unsigned slot = u_manager.take_finished();
    while (slot != Slots) begin
      count++;
      check_finished(slot);
      slot = u_manager.take_finished();
    end
    return count;
  endfunction

  /// Nothing has been answered for long.
  function automatic void report_hang();
    // verilator no_inline_task
    for (int unsigned i = 0; i < Slots; i++) if (in_flight[i]) complain(i, "never answered");
  endfunction

endmodule
