// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// For tb_qdpi_axi4_checker: what breaks one rule in the midst of random legal traffic. A rule is
/// armed; then the first item on the bus that can break it, and it alone, is spoilt.
package tb_axi4_checker_spoil_pkg;
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::BusBytes;
  import tb_axi4_checker_steps_pkg::BusSize;
  import tb_axi4_checker_traffic_pkg::below;
  import tb_axi4_checker_traffic_pkg::chance;

  // Kept by the one process of the testbench.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  rule_e wanted;
  bit    armed;
  bit    spoilt;  // it has been broken

  function automatic void arm(input rule_e rule);
    wanted = rule;
    armed = 1'b1;
    spoilt = 1'b0;
  endfunction

  function automatic void disarm();
    armed = 1'b0;
    spoilt = 1'b0;
  endfunction

  /// Whether random traffic has what breaks `rule`.
  function automatic bit can_break(input rule_e rule);
    // An exclusive write with an address of its own would also not repeat its exclusive read.
    return rule inside {[AwSize:AwCache], [ArSize:ArExclusiveCache], [AwValid:RValid],
                        [AwStable:RStable], AwAtomicEncoding, [AwAtomicAlignment:AwAtomicExclusive],
                        WAtomicStrobe, WStrobe, WLastEarly, WLastLate, BWithoutAddress, BBeforeData,
                        BExokay, RWithoutAddress, RLastEarly, RLastLate, RExokay};
  endfunction

  /// Whether it is told on the next clock: that of write data is when its address has come too.
  function automatic bit is_told_at_once();
    return !(wanted inside {WStrobe, WAtomicStrobe, WLastEarly, WLastLate});
  endfunction

  /// Whether nothing may be accepted now: what is spoilt would break more rules when it is.
  function automatic bit must_wait();
    return spoilt && wanted inside {[AwSize:AwCache], [AwValid:RValid], [AwStable:RStable],
                                    [AwAtomicEncoding:AwAtomicExclusive]};
  endfunction

  /// Whether to break `rule` now; asked where that is possible, and not on the right side of && or
  /// ||: not every simulator leaves that out.
  function automatic bit spoils(input rule_e rule);
    if (!armed || spoilt || wanted != rule || chance(70)) return 1'b0;
    spoilt = 1'b1;
    return 1'b1;
  endfunction

  function automatic logic [3:0] reserved_cache();
    return {2'(1 + below(3)), 1'b0, chance(50)};
  endfunction

  /// A length of [1, 256) that is no power of 2, less 1; at most `last`.
  function automatic logic [7:0] odd_length(input int unsigned last);
    int unsigned len = 2;
    do len = 2 + below(last - 1); while ((len & (len + 1)) == 0);
    return 8'(len);
  endfunction

  /// An address for AW (`first` is AwSize) or AR (ArSize): `legal`, or what breaks the wanted rule.
  function automatic address_t spoil_address(input rule_e first, input address_t legal);
    address_t a = legal;
    int unsigned bytes;
    if (!armed || spoilt || legal.lock || legal.atop != AtomicNone || wanted < first
        || wanted > first + AwExclusiveCache || chance(50)) begin
      return legal;
    end
    case (rule_e'(wanted - first))
      AwSize:          a.shape.size = 3'(BusSize + 1 + below(7 - BusSize));
      AwBurstReserved: a.shape.burst = 2'b11;
      AwBoundary: begin
        // Its last beat is the first in the next page.
        a.shape.burst = BurstIncr;
        if (a.shape.len == 0) a.shape.len = 8'd1;
        bytes = (32'(a.shape.len) + 1) << a.shape.size;
        a.addr[11:0] = 12'(4096 - bytes + (1 << a.shape.size) + below(1 << a.shape.size));
      end
      AwFixedLength: begin
        a.shape.burst = BurstFixed;
        a.shape.len = 8'(16 + below(240));
      end
      AwWrapLength: begin
        a.shape.burst = BurstWrap;
        a.shape.len = chance(20) ? 8'd0 : chance(20) ? 8'd31 : odd_length(255);
        a.addr &= ~(beat_bytes(a.shape.size) - 64'd1);
      end
      AwWrapAlignment: begin
        a.shape = '{len: 8'((2 << below(4)) - 1), size: 3'(1 + below(BusSize)), burst: BurstWrap};
        if ((a.addr & (beat_bytes(a.shape.size) - 64'd1)) == 0) a.addr |= 64'd1;
      end
      AwCache:         a.cache = reserved_cache();
      default: begin  // exclusive
        a.lock = 1'b1;
        a.cache = 4'(below(4));
        a.addr[11:0] = '0;
        a.shape.burst = BurstIncr;
        a.shape.len = 8'd1;
        case (rule_e'(wanted - first))
          AwExclusiveLength:    a.shape.len = 8'(16 + below(16));
          AwExclusiveBytes:     a.shape.len = odd_length(15);
          AwExclusiveAlignment: a.addr[11:0] = 12'(1 + below((2 << a.shape.size) - 1));
          default:              a.cache = reserved_cache() | 4'b0010;
        endcase
      end
    endcase
    spoilt = 1'b1;
    return a;
  endfunction

  /// Likewise of the rules for atomic transactions.
  function automatic address_t spoil_atomic(input address_t legal);
    address_t a = legal;
    logic [63:0] unit = burst_bytes(legal.shape.len, legal.shape.size);
    if (legal.atop == AtomicNone) return legal;
    if (legal.atop == AtomicCompare) unit >>= 1;
    if (spoils(AwAtomicEncoding)) begin
      a.atop = chance(50) ? 6'(1 + below(15)) : {2'b11, 4'(2 + below(14))};
      a.shape.burst = BurstIncr;
    end
    if (unit > 1) begin
      if (spoils(AwAtomicAlignment)) a.addr |= 64'd1;
    end
    if (spoils(AwAtomicBurst)) a.shape.burst = BurstFixed;
    if (spoils(AwAtomicExclusive)) a.lock = 1'b1;
    return a;
  endfunction

  /// Strobes of write data, whose transfer is on `lanes`.
  function automatic logic [BusBytes-1:0] spoil_strobe(input logic [BusBytes-1:0] legal,
                                                       input logic [BusBytes-1:0] lanes,
                                                       input bit atomic);
    logic [BusBytes-1:0] one = BusBytes'(1) << below(BusBytes);
    logic [BusBytes-1:0] strb = legal;
    if ((one & ~lanes) != 0) begin
      if (spoils(WStrobe)) strb |= one;
    end else if (atomic) begin
      if (spoils(WAtomicStrobe)) strb &= ~one;
    end
    return strb;
  endfunction

  /// WLAST or RLAST.
  function automatic bit spoil_last(input rule_e early, input rule_e late, input bit legal);
    return legal ^ spoils(legal ? late : early);
  endfunction

  /// BRESP or RRESP, of what is not exclusive.
  function automatic logic [1:0] spoil_response(input rule_e rule, input logic [1:0] legal);
    return spoils(rule) ? RespExokay : legal;
  endfunction

endpackage
