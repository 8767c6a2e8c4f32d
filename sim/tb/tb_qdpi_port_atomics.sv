// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of qdpi_port_atomics_pkg and qdpi_exclusive_monitor: every operation in every width at
/// every alignment against a model that knows no masks and no shifts, and what ends a reservation.
/// Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +seed=N     of the random values (1)
///   +rounds=N   values for each operation, width and alignment (200)
module tb_qdpi_port_atomics (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import qdpi_port_atomics_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam longint unsigned Window = 64'h20_0000;
  localparam longint unsigned RamBytes = 64'd16 << 20;
  localparam int unsigned ImageWords = 16;
  localparam int unsigned Entries = 4;

  chandle          bridge;
  byte unsigned    model  [64];   // what the window must hold
  byte unsigned    memory [64];   // what it holds
  longint unsigned random_state;

  longint unsigned image   [ImageWords];
  longint unsigned data    [ImageWords];
  byte unsigned    strobes [ImageWords];
  byte unsigned    memory_before [256];
  byte unsigned    memory_after  [256];
  byte unsigned    one     [1];

  qdpi_exclusive_monitor #(.Entries(Entries)) u_monitor ();

  function automatic longint unsigned random64();
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
  endfunction

  /// Numbers near the edges of their width are as likely as others.
  function automatic longint unsigned random_value();
    longint unsigned value = random64();
    case (random64() >> 61)
      0:       return 64'(value[1:0]) - 64'd2;
      1:       return 64'h8080_8080_8080_8080 + 64'(value[0]);
      2:       return 64'h7fff_7fff_7fff_7fff ^ (64'(value[7:0]) << value[13:8]);
      default: return value;
    endcase
  endfunction

  // ---- Atomic operations -----------------------------------------------------------------------

  /// Whether a < b as signed numbers, byte by byte from the top.
  function automatic bit less(input byte unsigned a [8], input byte unsigned b [8],
                              input int unsigned bytes, input bit is_signed);
    for (int unsigned i = bytes; i > 0; i--) begin
      byte unsigned left = a[3'(i-1)], right = b[3'(i-1)];
      if (is_signed && i == bytes) begin
        left = left + 8'd128;
        right = right + 8'd128;
      end
      if (left != right) return left < right;
    end
    return 1'b0;
  endfunction

  byte unsigned old_bytes [8], operand_bytes [8], compare_bytes [8], new_bytes [8];

  /// new_bytes from the other three.
  function automatic void apply(input atomic_op_e op, input int unsigned bytes);
    bit          lower_signed = less(old_bytes, operand_bytes, bytes, 1'b1);
    bit          lower = less(old_bytes, operand_bytes, bytes, 1'b0);
    bit          equal = 1'b1, choose = 1'b0;
    int unsigned carry = 0;
    for (int unsigned i = 0; i < bytes; i++) begin
      if (old_bytes[3'(i)] != compare_bytes[3'(i)]) equal = 1'b0;
    end
    case (op)
      AtomicSignedMax:   choose = lower_signed;
      AtomicSignedMin:   choose = !lower_signed;
      AtomicUnsignedMax: choose = lower;
      AtomicUnsignedMin: choose = !lower;
      AtomicSwap:        choose = 1'b1;
      AtomicCompare:     choose = equal;
      default:           choose = 1'b0;
    endcase
    for (int unsigned i = 0; i < bytes; i++) begin
      byte unsigned a = old_bytes[3'(i)], b = operand_bytes[3'(i)], value = a;
      case (op)
        AtomicAdd: begin
          carry = 32'(a) + 32'(b) + carry;
          value = 8'(carry);
          carry = carry >> 8;
        end
        AtomicClear: value = a & ~b;
        AtomicXor:   value = a ^ b;
        AtomicSet:   value = a | b;
        AtomicAnd:   value = a & b;
        default:     value = choose ? b : a;
      endcase
      new_bytes[3'(i)] = value;
    end
  endfunction

  function automatic void check_window(input string after_what);
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, Window, memory))
    for (int i = 0; i < 64; i++) begin
      if (memory[6'(i)] != model[6'(i)]) begin
        wrong($sformatf("%s: byte %0d is %h, expected %h", after_what, i, memory[6'(i)],
                        model[6'(i)]));
        model[6'(i)] = memory[6'(i)];
      end
    end
  endfunction

  function automatic longint unsigned model_word(input int unsigned offset);
    longint unsigned word = 0;
    for (int i = 0; i < 8; i++) word[8*i+:8] = model[6'(offset+i)];
    return word;
  endfunction

  function automatic void try_operation(input atomic_op_e op, input int unsigned bytes,
                                        input int unsigned offset);
    longint unsigned operand = random_value(), compare = random_value(), previous = 0, old = 0;
    int              result = 0;
    string           name;
    // Equal values are too rare to wait for.
    if (random64() >> 62 == 0) compare = model_word(offset);
    if (random64() >> 62 == 0) operand = model_word(offset);
    name = $sformatf("%s, %0d bytes at +%0d, operand %h", op.name(), bytes, offset, operand);
    for (int i = 0; i < 8; i++) begin
      old_bytes[3'(i)] = model[6'(offset+i)];
      operand_bytes[3'(i)] = operand[8*i+:8];
      compare_bytes[3'(i)] = compare[8*i+:8];
    end
    apply(op, bytes);
    for (int unsigned i = 0; i < bytes; i++) begin
      old[8*i+:8] = old_bytes[3'(i)];
      model[6'(offset+i)] = new_bytes[3'(i)];
    end
    result = operate(bridge, op, Window + 64'(offset), bytes, operand, compare, previous);
    if (result != 0) wrong($sformatf("%s: result %0d", name, result));
    if (previous != old) wrong($sformatf("%s: previous %h, expected %h", name, previous, old));
    check_window(name);
  endfunction

  function automatic void test_operations(input int unsigned rounds);
    for (int op = 0; op <= 32'(AtomicAnd); op++) begin
      for (int unsigned bytes = 1; bytes <= 8; bytes *= 2) begin
        for (int unsigned offset = 16; offset < 32; offset += bytes) begin
          for (int unsigned round = 0; round < rounds; round++) begin
            try_operation(atomic_op_e'(4'(op)), bytes, offset);
            if (round % 16 == 0) load_window();
          end
        end
      end
    end
  endfunction

  function automatic void load_window();
    for (int i = 0; i < 8; i++) begin
      longint unsigned value = random_value();
      for (int b = 0; b < 8; b++) model[6'(8*i+b)] = value[8*b+:8];
    end
    `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, Window, model))
  endfunction

  function automatic void try_refused(input atomic_op_e op, input longint unsigned gpa,
                                      input int unsigned bytes, input int wanted);
    longint unsigned previous = 64'h55;
    int              result = operate(bridge, op, gpa, bytes, 64'h1, 64'h0, previous);
    if (result != wanted || previous != 0) begin
      wrong($sformatf("%s, %0d bytes at 0x%0h: result %0d, expected %0d; previous %h", op.name(),
                      bytes, gpa, result, wanted, previous));
    end
  endfunction

  function automatic void test_refusals();
    longint unsigned rom_before = 0, rom_after = 0;
    `QDPI_OR_FATAL(bridge, dpi_mem_read64(bridge, Rom, rom_before))
    for (int op = 0; op <= 32'(AtomicAnd); op++) begin
      for (int unsigned bytes = 1; bytes <= 8; bytes *= 2) begin
        atomic_op_e operation = atomic_op_e'(4'(op));
        try_refused(operation, Hole, bytes, QDPI_ERR_UNMAPPED);
        try_refused(operation, Rom - 64'(bytes), bytes, QDPI_ERR_UNMAPPED);
        try_refused(operation, RamBytes, bytes, QDPI_ERR_UNMAPPED);
        try_refused(operation, 64'd0 - 64'(bytes), bytes, QDPI_ERR_UNMAPPED);
        try_refused(operation, Rom, bytes, QDPI_ERR_ROM);
        for (int unsigned offset = 1; offset < bytes; offset++) begin
          try_refused(operation, Window + 64'(offset), bytes, QDPI_ERR_INVALID);
        end
      end
      for (int unsigned bytes = 0; bytes <= 32; bytes++) begin
        if (!(bytes inside {1, 2, 4, 8})) begin
          try_refused(atomic_op_e'(4'(op)), Window, bytes, QDPI_ERR_INVALID);
        end
      end
    end
    `QDPI_OR_FATAL(bridge, dpi_mem_read64(bridge, Rom, rom_after))
    if (rom_before != rom_after) wrong("ROM has changed");
    check_window("refusals");
  endfunction

  // ---- Exclusive accesses ----------------------------------------------------------------------

  /// What the guest has at address, rounded down to 8, into `image`.
  function automatic void read_image(input longint unsigned address);
    `QDPI_OR_FATAL(bridge, dpi_mem_read_words(bridge, address & ~64'd7, ImageWords, image))
  endfunction

  /// Random data in `bytes` lanes from `address`; each strobed in `percent`.
  function automatic void draw_write(input logic [2:0] address, input int unsigned bytes,
                                     input int unsigned percent);
    for (int unsigned i = 0; i < ImageWords; i++) begin
      data[4'(i)] = random64();
      strobes[4'(i)] = 0;
    end
    for (int unsigned i = 0; i < bytes; i++) begin
      int unsigned lane = 32'(address) + i;
      if (32'(random64() >> 33) % 100 < percent) strobes[4'(lane/8)][3'(lane)] = 1'b1;
    end
  endfunction

  function automatic void write_byte(input longint unsigned gpa, input byte unsigned value);
    one[0] = value;
    `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, gpa, one))
  endfunction

  /// Reserve, let `meddle` happen, commit; compare success, memory and what is left reserved.
  /// 0 nothing, 1 own port writes the same bytes, 2 own port writes a neighbour, 3 the guest
  /// changes a byte, 4 the guest changes a neighbour, 5 other size, 6 other address, 7 other ID,
  /// 8 A to B to A by the guest, 9 clear, 10 second commit.
  function automatic void try_exclusive(input longint unsigned address, input int unsigned bytes,
                                        input int unsigned percent, input int unsigned meddle);
    longint unsigned base = address & ~64'd127;
    longint unsigned last = address + 64'(bytes) - 1;
    longint unsigned victim = address + random64() % 64'(bytes);
    longint unsigned commit_address = address;
    int unsigned     commit_bytes = bytes, id = 32'd9;
    bit              wanted = meddle inside {0, 2, 4, 8, 10}, success = 1'b0;
    string           name = $sformatf("exclusive %0d bytes at 0x%0h, meddling %0d", bytes, address,
                                      meddle);
    read_image(address);
    u_monitor.reserve(9, address, bytes, image);
    draw_write(address[2:0], bytes, percent);
    case (meddle)
      1: u_monitor.lost(victim, victim);
      2: begin
        u_monitor.lost(address - 64, address - 1);
        u_monitor.lost(last + 1, last + 1);
      end
      3: write_byte(victim, ~image[4'((victim - (address & ~64'd7)) / 8)][8*victim[2:0]+:8]);
      4: begin
        write_byte(address - 1, 8'(random64()));
        write_byte(last + 1, 8'(random64()));
      end
      5: commit_bytes = bytes == 1 ? 2 : bytes / 2;
      6: commit_address = address ^ 64'(bytes);
      7: id = 32'd10;
      8: begin
        write_byte(victim, ~image[4'((victim - (address & ~64'd7)) / 8)][8*victim[2:0]+:8]);
        write_byte(victim, image[4'((victim - (address & ~64'd7)) / 8)][8*victim[2:0]+:8]);
      end
      9: u_monitor.clear();
      default: ;
    endcase
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, base - 64, memory_before))
    success = u_monitor.commit(bridge, id, commit_address, commit_bytes, data, strobes);
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, base - 64, memory_after))
    if (success != wanted) wrong($sformatf("%s: success is %b", name, success));
    if (u_monitor.result() != 0) wrong($sformatf("%s: result %0d", name, u_monitor.result()));
    for (int unsigned i = 0; i < 256; i++) begin
      longint unsigned gpa = base - 64 + 64'(i);
      longint unsigned lane = gpa - (address & ~64'd7);
      byte unsigned    value = memory_before[8'(i)];
      if (success && gpa >= address && gpa <= last && strobes[4'(lane/8)][lane[2:0]]) begin
        value = data[4'(lane/8)][8*lane[2:0]+:8];
      end
      if (memory_after[8'(i)] != value) begin
        wrong($sformatf("%s: byte at 0x%0h is %h, expected %h", name, gpa, memory_after[8'(i)],
                        value));
        return;
      end
    end
    if (meddle == 7) begin
      if (!u_monitor.reserved(9)) wrong($sformatf("%s: the other ID's write ended it", name));
    end else if (u_monitor.reserved(9)) begin
      wrong($sformatf("%s: still reserved", name));
    end
    if (meddle == 10) begin
      success = u_monitor.commit(bridge, 9, address, bytes, data, strobes);
      if (success) wrong($sformatf("%s: the second commit succeeded", name));
    end
  endfunction

  function automatic void test_exclusive(input int unsigned rounds);
    for (int unsigned round = 0; round < rounds; round++) begin
      for (int unsigned bytes = 1; bytes <= 128; bytes *= 2) begin
        for (int unsigned meddle = 0; meddle <= 10; meddle++) begin
          longint unsigned slot = 128 / 64'(bytes);
          // Wherever in its 128 bytes.
          longint unsigned address = Window + 4096 + 64'(bytes) * (random64() % slot);
          try_exclusive(address, bytes, 32'(random64() >> 62) * 40, meddle);
        end
      end
    end
  endfunction

  /// Success of one ID ends the overlapping reservations of others, and only these; one too many
  /// ends the oldest.
  function automatic void test_several();
    u_monitor.clear();
    read_image(Window);
    draw_write(3'(Window), 8, 100);
    u_monitor.reserve(1, Window, 8, image);
    u_monitor.reserve(2, Window, 64, image);
    read_image(Window + 64);
    u_monitor.reserve(3, Window + 64, 8, image);
    if (!u_monitor.commit(bridge, 1, Window, 8, data, strobes)) wrong("ID 1 failed");
    if (u_monitor.reserved(2)) wrong("ID 2 kept what ID 1 has written");
    if (!u_monitor.reserved(3)) wrong("ID 3 lost what nobody has written");

    u_monitor.clear();
    for (int unsigned i = 0; i <= Entries; i++) begin
      read_image(Window + 64'(i) * 64);
      u_monitor.reserve(100 + i, Window + 64'(i) * 64, 8, image);
    end
    for (int unsigned i = 0; i <= Entries; i++) begin
      if (u_monitor.reserved(100 + i) != (i != 0)) wrong($sformatf("entry %0d of too many", i));
    end

    // A new reservation of the same ID takes the place of the old one.
    read_image(Window + 8);
    u_monitor.reserve(101, Window + 8, 8, image);
    if (u_monitor.commit(bridge, 101, Window + 64, 8, data, strobes)) wrong("the old one held");
    // What cannot be reserved drops what was.
    u_monitor.reserve(102, Window + 4, 8, image);
    u_monitor.reserve(103, Window, 12, image);
    if (u_monitor.reserved(102) || u_monitor.reserved(103)) wrong("reserved what cannot be");
  endfunction

  function automatic void try_refused_commit(input longint unsigned address,
                                             input int unsigned bytes, input int wanted);
    bit success = 1'b0;
    u_monitor.reserve(1, address, bytes, image);
    success = u_monitor.commit(bridge, 1, address, bytes, data, strobes);
    if (success || u_monitor.result() != wanted) begin
      wrong($sformatf("commit of %0d bytes at 0x%0h: success %b, result %0d, expected %0d", bytes,
                      address, success, u_monitor.result(), wanted));
    end
  endfunction

  /// What the bridge refuses is told apart from a lost reservation.
  function automatic void test_exclusive_refusals();
    for (int unsigned bytes = 1; bytes <= 128; bytes *= 2) begin
      read_image(Rom);
      draw_write(3'(Rom), bytes, 100);
      try_refused_commit(Rom, bytes, QDPI_ERR_ROM);
      try_refused_commit(Hole, bytes, QDPI_ERR_UNMAPPED);
    end
  endfunction

  initial begin : main
    int unsigned seed, rounds;
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 200;
    random_state = 64'(seed) * 64'h9e37_79b9_7f4a_7c15 + 64'h2545_f491_4f6c_dd1d;
    bridge = dpi_open_or_fatal("");
    load_window();
    test_operations(rounds);
    test_refusals();
    test_exclusive(rounds / 10);
    test_several();
    test_exclusive_refusals();
    if (errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

  // There is nothing to clock: all of this happens at time 0.
  logic unused_clock;
  assign unused_clock = clk_i ^ rst_ni;

  final dpi_close(bridge);

endmodule
