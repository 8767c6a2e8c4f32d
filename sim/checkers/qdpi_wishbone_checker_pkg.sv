// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The rules that qdpi_wishbone_checker checks, and the words of a Wishbone burst.
/// Sources: "Wishbone B4, WISHBONE System-on-Chip (SoC) Interconnection Architecture for Portable
/// IP Cores"; the numbers are those of its rules.
package qdpi_wishbone_checker_pkg;

  // Not every model has this checker.
  // verilator lint_off UNUSEDPARAM
  /// CTI_IO (chapter "Registered Feedback Bus Cycles").
  typedef enum logic [2:0] {
    CtiClassic      = 3'b000,
    CtiConstant     = 3'b001,
    CtiIncrementing = 3'b010,
    CtiEndOfBurst   = 3'b111
  } cti_e;

  typedef enum int unsigned {
    StrobeInCycle,       // STB only with CYC
    StrobeHeld,          // STB stays until it is answered (classic) or taken (pipelined)
    RequestStable,       // and so do ADR, DAT, SEL, WE, CTI, BTE
    CycleTypeLegal,      // no reserved CTI
    BurstContinues,      // what CTI and BTE promise about the next transfer
    BurstEnds,           // a burst ends with end-of-burst
    AnswerExclusive,     // one of ACK, ERR, RTY
    AnswerRequested,     // and only in answer
    ResetRequest,        // CYC and STB low in reset
    ResetAnswer,         // ACK, ERR, RTY low in reset
    RequestKnown,        // no X, no Z
    AnswerKnown,
    Hang,                // everything is answered some day
    Rules
  } rule_e;

  /// Where `rule` stands.
  function automatic string section(input rule_e rule);
    case (rule)
      StrobeInCycle:   return "Wishbone B4, RULE 3.25";
      StrobeHeld:      return "Wishbone B4, Handshaking Protocol";
      RequestStable:   return "Wishbone B4, Handshaking Protocol and RULE 3.60";
      CycleTypeLegal:  return "Wishbone B4, Registered Feedback, Cycle Type Identifiers";
      BurstContinues:  return "Wishbone B4, RULE 4.35 and RULE 4.40";
      BurstEnds:       return "Wishbone B4, RULE 4.30";
      AnswerExclusive: return "Wishbone B4, RULE 3.45";
      AnswerRequested: return "Wishbone B4, RULE 3.35 and RULE 3.50";
      ResetRequest:    return "Wishbone B4, RULE 3.20";
      ResetAnswer:     return "Wishbone B4, RULE 3.00";
      RequestKnown:    return "Wishbone B4, RULE 3.60";
      AnswerKnown:     return "Wishbone B4, RULE 3.65";
      default:         return "none: nothing moves";
    endcase
  endfunction

  /// Whether a transfer with `cti` promises what the next one is.
  function automatic bit promises_next(input logic [2:0] cti);
    return cti == CtiConstant || cti == CtiIncrementing;
  endfunction

  /// The word address of the transfer after the one at `word`, if that promises one.
  function automatic logic [63:0] next_word(input logic [63:0] word, input logic [2:0] cti,
                                            input logic [1:0] bte);
    logic [63:0] in_wrap;
    if (cti != CtiIncrementing) return word;
    // BTE 01, 10, 11: the burst wraps around in 4, 8, 16 words.
    in_wrap = bte == 2'b00 ? '1 : (64'd2 << bte) - 64'd1;
    return (word & ~in_wrap) | ((word + 64'd1) & in_wrap);
  endfunction

endpackage
