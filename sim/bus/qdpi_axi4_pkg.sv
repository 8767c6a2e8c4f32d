// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// What AXI4 says about one burst: where each beat goes, which bytes the whole of it touches, which
/// rule it breaks; and how outcomes are answered. For both directions of qdpi_axi4_port, so that
/// address arithmetic stands in one place.
/// Section numbers are those of the AMBA AXI specification, ARM IHI 0022H.
///
/// no_inline_task: Verilator sets the locals of functions that it inlines to 0 on every clock,
/// called or not. That alone made an idle port three times slower.
package qdpi_axi4_pkg;

  // A shape is passed whole, whatever of it is needed.
  // verilator lint_off UNUSEDSIGNAL

  /// AxBURST (A3.4.1).
  typedef enum logic [1:0] {
    BurstFixed    = 2'b00,
    BurstIncr     = 2'b01,
    BurstWrap     = 2'b10,
    BurstReserved = 2'b11
  } burst_type_e;

  /// BRESP and RRESP (A3.4.4).
  typedef enum logic [1:0] {
    RespOkay   = 2'b00,
    RespExOkay = 2'b01,
    RespSlvErr = 2'b10,
    RespDecErr = 2'b11
  } resp_e;

  /// AxLEN, AxSIZE and AxBURST: with the address, what decides where the bytes go.
  typedef struct packed {
    logic [7:0] len;
    logic [2:0] size;
    logic [1:0] burst;
  } shape_t;

  /// A rule that a burst may break.
  typedef enum int {
    RuleNone,
    RuleSize,
    RuleReserved,
    RuleBoundary,
    RuleFixedLength,
    RuleWrapLength,
    RuleWrapAlignment,
    RuleExclusive,
    RuleStrobe,
    RuleLast,
    RuleAtomic,
    // Not of AXI: what the port has not.
    RuleAtomicBigEndian,
    RuleAtomicWide
  } rule_e;

  /// Bytes of a full beat.
  function automatic logic [63:0] beat_bytes(input logic [2:0] size);
    return 64'd1 << size;
  endfunction

  /// Bytes of all beats, were all full.
  function automatic logic [63:0] burst_bytes(input logic [7:0] len, input logic [2:0] size);
    return (64'(len) + 64'd1) << size;
  endfunction

  /// Distance of `addr` from the AxSIZE boundary below it.
  function automatic logic [63:0] misalignment(input logic [63:0] addr, input logic [2:0] size);
    return addr & (beat_bytes(size) - 64'd1);
  endfunction

  /// Address of a wrapping burst's lowest byte (A3.4.1, Wrap_Boundary). Its length is a power of 2.
  function automatic logic [63:0] wrap_boundary(input logic [63:0] addr, input logic [7:0] len,
                                                input logic [2:0] size);
    return addr & ~(burst_bytes(len, size) - 64'd1);
  endfunction

  /// Address of the first byte that the beat behind `index` others may carry (A3.4.1, Address_N). Only
  /// the first beat may start unaligned; a fixed burst repeats it.
  function automatic logic [63:0] beat_address(input logic [63:0] addr, input shape_t shape,
                                               input logic [7:0] index);
    logic [63:0] linear = addr - misalignment(addr, shape.size) + (64'(index) << shape.size);
    logic [63:0] wraps = burst_bytes(shape.len, shape.size) - 64'd1;
    if (index == 0) return addr;
    if (`QDPI_BUG(AXI4_UNALIGNED_STAYS)) linear = addr + (64'(index) << shape.size);
    if (shape.burst == BurstFixed && !`QDPI_BUG(AXI4_FIXED_AS_INCR)) return addr;
    if (shape.burst != BurstWrap || `QDPI_BUG(AXI4_WRAP_AS_INCR)) return linear;
    return (addr & ~wraps) | (linear & wraps);
  endfunction

  /// How many bytes a beat that starts at `address` may carry, from there up.
  function automatic int unsigned carried_bytes(input logic [2:0] size, input logic [63:0] address);
    return 32'(beat_bytes(size) - misalignment(address, size));
  endfunction

  /// The bytes that all beats may carry.
  function automatic int unsigned transaction_bytes(input logic [63:0] addr, input shape_t shape);
    // verilator no_inline_task
    int unsigned missing = 32'(misalignment(addr, shape.size));
    if (shape.burst == BurstFixed) missing *= 32'(shape.len) + 1;
    return 32'(burst_bytes(shape.len, shape.size)) - missing;
  endfunction

  /// Whether an exclusive access may have this address and shape (A7.2.4).
  function automatic bit may_be_exclusive(input logic [63:0] addr, input shape_t shape);
    // verilator no_inline_task
    logic [63:0] bytes = burst_bytes(shape.len, shape.size);
    return shape.len <= 15 && bytes inside {1, 2, 4, 8, 16, 32, 64, 128}
        && (addr & (bytes - 64'd1)) == 0;
  endfunction

  /// The rule of A3.4.1, or with `lock` A7.2.4, that the address channel signals break on a bus of
  /// `bus_bytes`. If none, the bytes that the beats may carry are in `lowest` to `highest`.
  function automatic rule_e survey(input logic [63:0] addr, input shape_t shape, input logic lock,
                                   input int unsigned bus_bytes, output logic [63:0] lowest,
                                   output logic [63:0] highest);
    lowest = addr;
    highest = addr - misalignment(addr, shape.size) + burst_bytes(shape.len, shape.size) - 64'd1;
    if (beat_bytes(shape.size) > 64'(bus_bytes)) return RuleSize;
    if (lock) begin
      if (!may_be_exclusive(addr, shape)) return RuleExclusive;
    end
    case (shape.burst)
      BurstFixed: begin
        highest = addr - misalignment(addr, shape.size) + beat_bytes(shape.size) - 64'd1;
        return shape.len > 15 ? RuleFixedLength : RuleNone;
      end
      BurstIncr: begin
        if (`QDPI_BUG(AXI4_BOUNDARY_OFF_BY_ONE) && highest[11:0] == 12'hfff) return RuleBoundary;
        return addr[63:12] != highest[63:12] ? RuleBoundary : RuleNone;
      end
      BurstWrap: begin
        lowest = wrap_boundary(addr, shape.len, shape.size);
        highest = lowest + burst_bytes(shape.len, shape.size) - 64'd1;
        if (!(shape.len inside {1, 3, 7, 15})) return RuleWrapLength;
        return misalignment(addr, shape.size) != 0 ? RuleWrapAlignment : RuleNone;
      end
      default: return RuleReserved;
    endcase
  endfunction

  /// A burst and the rule that it breaks, in words.
  function automatic string rule_sentence(input string kind, input logic [63:0] addr,
                                          input shape_t shape, input rule_e rule);
    // verilator no_inline_task
    string text;
    case (rule)
      RuleSize:          text = "AxSIZE is wider than the data bus (A3.4.1)";
      RuleReserved:      text = "AxBURST is the reserved value 2'b11 (A3.4.1)";
      RuleBoundary:      text = "the burst crosses a 4 KiB boundary (A3.4.1)";
      RuleFixedLength:   text = "a fixed burst has more than 16 beats (A3.4.1)";
      RuleWrapLength:    text = "a wrapping burst has not 2, 4, 8 or 16 beats (A3.4.1)";
      RuleWrapAlignment: text = "a wrapping burst starts unaligned to AxSIZE (A3.4.1)";
      RuleExclusive: begin
        text = "an exclusive access has more than 16 beats, not 1, 2, 4 ... 128 bytes, or is not aligned to these (A7.2.4)";
      end
      RuleStrobe:        text = "WSTRB is high for a byte lane outside the transfer (A3.4.3)";
      // Chapter Atomic transactions.
      RuleAtomic: begin
        text = "no atomic transaction has this AWATOP, size, address, burst, lock or strobes";
      end
      RuleAtomicBigEndian: text = "AWATOP asks for big-endian arithmetic, which this port has not";
      RuleAtomicWide:      text = "a comparison of 16 bytes, of which this port can do 8 at most";
      default:           text = "WLAST does not mark the beat that AWLEN makes the last (A3.2.2)";
    endcase
    return $sformatf("%s burst at 0x%0h, AxLEN %0d, AxSIZE %0d, AxBURST %0d: %s", kind, addr,
                     shape.len, shape.size, shape.burst, text);
  endfunction

  /// The response for `outcome`.
  function automatic resp_e response(input qdpi_port_pkg::outcome_e outcome);
    if (`QDPI_BUG(AXI4_ERROR_AS_OKAY)) return RespOkay;
    case (outcome)
      qdpi_port_pkg::OutcomeOkay:       return RespOkay;
      qdpi_port_pkg::OutcomeExclusive:  return RespExOkay;
      qdpi_port_pkg::OutcomeSlaveError: return RespSlvErr;
      default:                          return RespDecErr;
    endcase
  endfunction

  // What follows of atomic transactions is in the chapter of that name.

  /// AWATOP of the atomic transactions that have one operation only.
  localparam logic [5:0] AtopSwap = 6'b11_0000, AtopCompare = 6'b11_0001;

  /// Bytes of memory that an atomic transaction is on: half of its data if it compares.
  function automatic logic [63:0] atomic_bytes(input shape_t shape, input logic [5:0] atop);
    // verilator no_inline_task
    return burst_bytes(shape.len, shape.size) >> (atop == AtopCompare ? 1 : 0);
  endfunction

  /// Where in its write data, placed as the burst says, an AtomicCompare has the value to compare:
  /// at its address, but behind the swap value if that is in transfers of its own.
  function automatic logic [63:0] compare_address(input logic [63:0] addr, input shape_t shape);
    // verilator no_inline_task
    if (`QDPI_BUG(AXI5_COMPARE_BY_ADDRESS)) return addr;
    if (shape.burst == BurstIncr || shape.len == 0) return addr;
    return addr ^ atomic_bytes(shape, AtopCompare);
  endfunction

  /// Whether AWATOP asks for big-endian arithmetic. A bitwise operation has no order of bytes, nor
  /// has a single byte.
  function automatic bit is_big_endian(input logic [5:0] atop, input logic [63:0] bytes);
    // verilator no_inline_task
    return atop[5] != atop[4] && atop[3] && !(atop[2:0] inside {3'd1, 3'd2, 3'd3}) && bytes != 1;
  endfunction

  /// The rule that a burst with AWATOP breaks on a bus of `bus_bytes`, apart from survey(); or
  /// what it asks for that the port has not.
  function automatic rule_e broken_atomic_rule(input logic [63:0] addr, input shape_t shape,
                                               input logic [5:0] atop,
                                               input int unsigned bus_bytes);
    // verilator no_inline_task
    logic [63:0] bytes = atomic_bytes(shape, atop);
    bit compare = atop == AtopCompare;
    if (atop[5:4] == 2'b00 || (atop[5:4] == 2'b11 && !compare && atop != AtopSwap)) begin
      return RuleAtomic;
    end
    if (!(bytes inside {1, 2, 4, 8}) && !(compare && bytes == 16)) return RuleAtomic;
    if (shape.len != 0 && beat_bytes(shape.size) != 64'(bus_bytes)) return RuleAtomic;
    if ((addr & (bytes - 64'd1)) != 0) return RuleAtomic;
    if (shape.burst != (compare && (addr & bytes) != 0 ? BurstWrap : BurstIncr)) return RuleAtomic;
    if (bytes == 16) return RuleAtomicWide;
    if (`QDPI_BUG(AXI5_BIG_ENDIAN_AS_LITTLE)) return RuleNone;
    return is_big_endian(atop, bytes) ? RuleAtomicBigEndian : RuleNone;
  endfunction

  /// The shape of the read data of an atomic transaction: half of the write data if it compares.
  function automatic shape_t read_shape(input shape_t shape, input logic [5:0] atop);
    // verilator no_inline_task
    shape_t half = shape;
    half.burst = BurstIncr;
    if (atop == AtopCompare && shape.len == 0) half.size = shape.size - 3'd1;
    else if (atop == AtopCompare) half.len = shape.len >> 1;
    return half;
  endfunction

endpackage
