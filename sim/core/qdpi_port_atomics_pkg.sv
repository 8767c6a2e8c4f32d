// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The read-modify-write operations of AXI5 (atomic transactions, AWATOP) and TileLink
/// (ArithmeticData and LogicalData) on guest memory.
///
///   import qdpi_port_atomics_pkg::*;
///   result = operate(bridge, AtomicSignedMin, gpa, 4, operand, 64'd0, previous);
///
/// Each is atomic against the guest's own `lock` instructions: it ends in one compare-and-swap,
/// swap or fetch-and-add of the bridge. Data is little endian, in the low bytes of its 64-bit word.
package qdpi_port_atomics_pkg;

  import qemu_dpi_pkg::*;

  /// What becomes of the value in memory. The first eight are numbered as the low bits of AWATOP.
  typedef enum logic [3:0] {
    /// memory + operand, wrapping. TileLink: ADD.
    AtomicAdd         = 4'd0,
    /// memory & ~operand.
    AtomicClear       = 4'd1,
    /// memory ^ operand. TileLink: XOR.
    AtomicXor         = 4'd2,
    /// memory | operand. TileLink: OR.
    AtomicSet         = 4'd3,
    /// The larger one, both signed numbers of the operation's width. TileLink: MAX.
    AtomicSignedMax   = 4'd4,
    /// The smaller one, signed. TileLink: MIN.
    AtomicSignedMin   = 4'd5,
    /// The larger one, unsigned. TileLink: MAXU.
    AtomicUnsignedMax = 4'd6,
    /// The smaller one, unsigned. TileLink: MINU.
    AtomicUnsignedMin = 4'd7,
    /// operand. AXI5: AtomicSwap; TileLink: SWAP.
    AtomicSwap        = 4'd8,
    /// operand if memory equals compare, else memory. AXI5: AtomicCompare.
    AtomicCompare     = 4'd9,
    /// memory & operand. TileLink: AND.
    AtomicAnd         = 4'd10
  } atomic_op_e;

  /// How often a compare-and-swap is tried against a guest that changes the word each time.
  localparam int unsigned MaxAttempts = 10_000;

  /// Ones in the low `bytes` bytes.
  function automatic longint unsigned value_mask(input int unsigned bytes);
    // verilator no_inline_task
    return bytes >= 8 ? 64'hffff_ffff_ffff_ffff : (64'd1 << (8 * bytes)) - 64'd1;
  endfunction

  /// `value` as a signed number of `bytes` bytes.
  function automatic longint sign_extended(input longint unsigned value, input int unsigned bytes);
    // verilator no_inline_task
    int unsigned spare = 64 - 8 * bytes;
    return $signed(value << spare) >>> spare;
  endfunction

  /// What `op` makes of `memory`. All values are `bytes` wide, with zeros above.
  function automatic longint unsigned operated(
      input atomic_op_e op, input int unsigned bytes, input longint unsigned memory,
      input longint unsigned operand, input longint unsigned compare);
    // verilator no_inline_task
    bit signed_less = sign_extended(memory, bytes) < sign_extended(operand, bytes);
    longint unsigned value = memory;
    case (op)
      AtomicAdd:         value = memory + operand;
      AtomicClear:       value = memory & ~operand;
      AtomicXor:         value = memory ^ operand;
      AtomicSet:         value = memory | operand;
      AtomicSignedMax:   value = signed_less ? operand : memory;
      AtomicSignedMin:   value = signed_less ? memory : operand;
      AtomicUnsignedMax: value = memory < operand ? operand : memory;
      AtomicUnsignedMin: value = memory < operand ? memory : operand;
      AtomicSwap:        value = operand;
      AtomicCompare:     value = memory == compare ? operand : memory;
      AtomicAnd:         value = memory & operand;
      default:           value = memory;
    endcase
    return value & value_mask(bytes);
  endfunction

  /// The operations that the bridge has on 8 bytes, and the others by compare-and-swap.
  function automatic int operate64(
      input chandle bridge, input atomic_op_e op, input longint unsigned gpa,
      input longint unsigned operand, input longint unsigned compare,
      output longint unsigned previous);
    // verilator no_inline_task
    longint unsigned found = 0, expected = 0;
    int              result = 0;
    previous = 0;
    if (op == AtomicAdd) result = dpi_mem_fetch_add64(bridge, gpa, operand, found);
    else if (op == AtomicSwap) result = dpi_mem_swap64(bridge, gpa, operand, found);
    else if (op == AtomicCompare) result = dpi_mem_cas64(bridge, gpa, compare, operand, found);
    else begin
      result = dpi_mem_read64(bridge, gpa, found);
      expected = ~found;
      for (int unsigned i = 0; i < MaxAttempts && result == 0 && found != expected; i++) begin
        expected = found;
        result = dpi_mem_cas64(bridge, gpa, expected, operated(op, 8, expected, operand, compare),
                               found);
      end
      if (result == 0 && found != expected) result = QDPI_ERR_TIMEOUT;
    end
    if (result == 0) previous = found;
    return result;
  endfunction

  /// Of 1, 2 or 4 bytes in the aligned 4 bytes around them; `shift`: bits below them.
  function automatic int operate_in_word(
      input chandle bridge, input atomic_op_e op, input longint unsigned word_gpa,
      input int unsigned bytes, input int unsigned shift, input longint unsigned operand,
      input longint unsigned compare, output longint unsigned previous);
    // verilator no_inline_task
    longint unsigned mask = value_mask(bytes), value = 0;
    int unsigned     found = 0, expected = 0, desired = 0;
    int              result = 0;
    previous = 0;
    result = dpi_mem_read32(bridge, word_gpa, found);
    expected = ~found;
    for (int unsigned i = 0; i < MaxAttempts && result == 0 && found != expected; i++) begin
      expected = found;
      value = (64'(expected) >> shift) & mask;
      desired = (expected & ~32'(mask << shift))
              | 32'(operated(op, bytes, value, operand, compare) << shift);
      // Also where nothing changes, so that ROM refuses all operations alike.
      result = dpi_mem_cas32(bridge, word_gpa, expected, desired, found);
    end
    if (result == 0 && found != expected) result = QDPI_ERR_TIMEOUT;
    if (result == 0) previous = value;
    return result;
  endfunction

  /// Of 4 bytes: what the bridge has directly, else by compare-and-swap.
  function automatic int operate32(
      input chandle bridge, input atomic_op_e op, input longint unsigned gpa,
      input longint unsigned operand, input longint unsigned compare,
      output longint unsigned previous);
    // verilator no_inline_task
    int unsigned found = 0;
    int          result = 0;
    previous = 0;
    if (op == AtomicAdd) result = dpi_mem_fetch_add32(bridge, gpa, 32'(operand), found);
    else if (op == AtomicSwap) result = dpi_mem_swap32(bridge, gpa, 32'(operand), found);
    else if (op == AtomicCompare) begin
      result = dpi_mem_cas32(bridge, gpa, 32'(compare), 32'(operand), found);
    end else begin
      return operate_in_word(bridge, op, gpa, 4, 0, operand, compare, previous);
    end
    if (result == 0) previous = 64'(found);
    return result;
  endfunction

  /// Carry out `op` on the `bytes` (1, 2, 4 or 8) at `gpa`, which must be a multiple of `bytes`.
  /// Bits of `operand` and `compare` above the width have no effect.
  /// Returns 0 and in `previous` what was there; or a negative qdpi_result_e, and nothing was
  /// changed: INVALID (width or alignment), UNMAPPED, ROM, LOST, UNSUPPORTED (this guest has no
  /// QDPI_FEATURE_ATOMICS), or TIMEOUT (the guest changed the word between MaxAttempts reads and
  /// swaps in a row).
  function automatic int operate(
      input chandle bridge, input atomic_op_e op, input longint unsigned gpa,
      input int unsigned bytes, input longint unsigned operand, input longint unsigned compare,
      output longint unsigned previous);
    // verilator no_inline_task
    longint unsigned mask = value_mask(bytes);
    previous = 0;
    if (!(bytes inside {1, 2, 4, 8}) || gpa % 64'(bytes) != 0) return QDPI_ERR_INVALID;
    if (bytes == 8) return operate64(bridge, op, gpa, operand, compare, previous);
    if (bytes == 4) return operate32(bridge, op, gpa, operand & mask, compare & mask, previous);
    return operate_in_word(bridge, op, gpa & ~64'd3, bytes, 8 * 32'(gpa[1:0]), operand & mask,
                           compare & mask, previous);
  endfunction

endpackage
