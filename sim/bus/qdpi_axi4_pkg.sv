// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What AXI4 says about one burst: where each beat goes, which bytes the whole of it touches, which
/// rule it breaks; and what the bridge's results become. For both directions of qdpi_axi4_port, so
/// that address arithmetic stands in one place.
/// Section numbers are those of the AMBA AXI specification, ARM IHI 0022H.
///
/// no_inline_task: Verilator sets the locals of functions that it inlines to 0 on every clock,
/// called or not. That alone made an idle port three times slower.
package qdpi_axi4_pkg;

  /// AxBURST (A3.4.1).
  typedef enum logic [1:0] {
    BurstFixed    = 2'b00,
    BurstIncr     = 2'b01,
    BurstWrap     = 2'b10,
    BurstReserved = 2'b11
  } burst_type_e;

  /// BRESP and RRESP (A3.4.4). EXOKAY is never given: the port has no exclusive monitor, which A7.2
  /// lets a subordinate say by answering OKAY.
  typedef enum logic [1:0] {
    RespOkay   = 2'b00,
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
    RuleStrobe,
    RuleLast
  } rule_e;

  /// AXI4's upper bound for the bytes of one burst, 4 KiB (A3.4.1), in 64-bit words: what one
  /// bridge call has to carry.
  localparam int unsigned BurstWords = 512;

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

  /// Address of the first byte that beat `beat` (from 0) may carry (A3.4.1, Address_N).
  function automatic logic [63:0] beat_address(input logic [63:0] addr, input shape_t shape,
                                               input int unsigned beat);
    // verilator no_inline_task
    logic [63:0] linear;
    // Only the first beat may start unaligned; a fixed burst repeats it.
    if (beat == 0 || shape.burst == BurstFixed) return addr;
    linear = addr - misalignment(addr, shape.size) + (64'(beat) << shape.size);
    if (shape.burst != BurstWrap) return linear;
    return wrap_boundary(addr, shape.len, shape.size)
         | (linear & (burst_bytes(shape.len, shape.size) - 64'd1));
  endfunction

  /// How many bytes a beat that starts at `address` may carry, from there up.
  function automatic int unsigned carried_bytes(input logic [2:0] size, input logic [63:0] address);
    // verilator no_inline_task
    return 32'(beat_bytes(size) - misalignment(address, size));
  endfunction

  /// Address of the lowest byte that any beat may carry.
  function automatic logic [63:0] lowest_byte(input logic [63:0] addr, input shape_t shape);
    // verilator no_inline_task
    if (shape.burst == BurstWrap) return wrap_boundary(addr, shape.len, shape.size);
    return addr;
  endfunction

  /// Address of the highest byte that any beat may carry.
  function automatic logic [63:0] highest_byte(input logic [63:0] addr, input shape_t shape);
    // verilator no_inline_task
    logic [63:0] first = addr - misalignment(addr, shape.size);
    if (shape.burst == BurstFixed) return first + beat_bytes(shape.size) - 64'd1;
    if (shape.burst == BurstWrap) first = wrap_boundary(addr, shape.len, shape.size);
    return first + burst_bytes(shape.len, shape.size) - 64'd1;
  endfunction

  /// The number of 64-bit words of memory that the burst touches.
  function automatic int unsigned word_count(input logic [63:0] addr, input shape_t shape);
    // verilator no_inline_task
    return 32'((highest_byte(addr, shape) >> 3) - (lowest_byte(addr, shape) >> 3) + 64'd1);
  endfunction

  /// Where, counted from the burst's first word, the first 64-bit word of a bus of `bus_words` lies
  /// in a transfer at `address`. Below 0, so a large number, if the burst starts in a later lane.
  function automatic int unsigned lane_word(input logic [63:0] addr, input shape_t shape,
                                            input logic [63:0] address,
                                            input int unsigned bus_words);
    // verilator no_inline_task
    return 32'(((address >> 3) & ~(64'(bus_words) - 64'd1)) - (lowest_byte(addr, shape) >> 3));
  endfunction

  /// The rule of A3.4.1 that the address channel signals break on a bus of `bus_bytes`.
  function automatic rule_e broken_rule(input logic [63:0] addr, input shape_t shape,
                                        input int unsigned bus_bytes);
    // verilator no_inline_task
    if (beat_bytes(shape.size) > 64'(bus_bytes)) return RuleSize;
    case (shape.burst)
      BurstFixed: return shape.len > 15 ? RuleFixedLength : RuleNone;
      BurstIncr: begin
        return (addr >> 12) != (highest_byte(addr, shape) >> 12) ? RuleBoundary : RuleNone;
      end
      BurstWrap: begin
        if (!(shape.len inside {1, 3, 7, 15})) return RuleWrapLength;
        return misalignment(addr, shape.size) != 0 ? RuleWrapAlignment : RuleNone;
      end
      default: return RuleReserved;
    endcase
  endfunction

  /// Give $error about a broken rule; returns the sentence. `instance_path` is the reporting
  /// module.
  function automatic string report_rule(input string instance_path, input string direction,
                                        input logic [63:0] addr, input shape_t shape,
                                        input rule_e rule);
    // verilator no_inline_task
    string text;
    string sentence;
    case (rule)
      RuleSize:          text = "AxSIZE is wider than the data bus (A3.4.1)";
      RuleReserved:      text = "AxBURST is the reserved value 2'b11 (A3.4.1)";
      RuleBoundary:      text = "the burst crosses a 4 KiB boundary (A3.4.1)";
      RuleFixedLength:   text = "a fixed burst has more than 16 beats (A3.4.1)";
      RuleWrapLength:    text = "a wrapping burst has not 2, 4, 8 or 16 beats (A3.4.1)";
      RuleWrapAlignment: text = "a wrapping burst starts unaligned to AxSIZE (A3.4.1)";
      RuleStrobe:        text = "WSTRB is high for a byte lane outside the transfer (A3.4.3)";
      default:           text = "WLAST does not mark the beat that AWLEN makes the last (A3.2.2)";
    endcase
    sentence = $sformatf("%s burst at 0x%0h, AxLEN %0d, AxSIZE %0d, AxBURST %0d: %s", direction,
                         addr, shape.len, shape.size, shape.burst, text);
    $error("%s: %s; answered SLVERR", instance_path, sentence);
    return sentence;
  endfunction

  /// The response to a burst for which the bridge gave `result`.
  function automatic resp_e response(input int result);
    // verilator no_inline_task
    if (result >= 0) return RespOkay;
    return result == qemu_dpi_pkg::QDPI_ERR_UNMAPPED ? RespDecErr : RespSlvErr;
  endfunction

  /// Tell about a negative `result` what cannot be told by a response alone: that the bridge has
  /// been lost, once, or that it was never there. Returns the sentence about the burst.
  function automatic string report_refusal(input string instance_path, input string direction,
                                           input logic [63:0] addr, input chandle bridge,
                                           input int result, input logic already_lost);
    // verilator no_inline_task
    string sentence;
    sentence = $sformatf("%s burst at 0x%0h: %s", direction, addr,
                         qemu_dpi_pkg::dpi_last_error(bridge));
    case (result)
      qemu_dpi_pkg::QDPI_ERR_UNMAPPED, qemu_dpi_pkg::QDPI_ERR_ROM: ;
      qemu_dpi_pkg::QDPI_ERR_LOST: begin
        if (!already_lost) begin
          $warning("%s: bridge lost, SLVERR until it is back: %s", instance_path, sentence);
        end
      end
      default: begin
        $error("%s: result %0d (attach() not called?), answered SLVERR: %s", instance_path, result,
               sentence);
      end
    endcase
    return sentence;
  endfunction

endpackage
