// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The rules that qdpi_ahb_checker knows, and where they stand in the AMBA AHB protocol
/// specification, ARM IHI 0033. Its sections are named and not numbered here: the issues of the
/// specification (AHB-Lite, AHB5, AHB5 with write strobes) number them differently.
package qdpi_ahb_checker_pkg;

  // Not every model has this checker.
  // verilator lint_off UNUSEDPARAM
  /// HTRANS.
  typedef enum logic [1:0] {
    TransIdle   = 2'b00,
    TransBusy   = 2'b01,
    TransNonSeq = 2'b10,
    TransSeq    = 2'b11
  } trans_e;

  /// HBURST.
  typedef enum logic [2:0] {
    BurstSingle = 3'b000,
    BurstIncr   = 3'b001,
    BurstWrap4  = 3'b010,
    BurstIncr4  = 3'b011,
    BurstWrap8  = 3'b100,
    BurstIncr8  = 3'b101,
    BurstWrap16 = 3'b110,
    BurstIncr16 = 3'b111
  } burst_e;

  /// One literal per rule.
  typedef enum int unsigned {
    /// HADDR of a BUSY, NONSEQ or SEQ transfer stays the same while HREADY is low.
    AddressStable,
    /// HWRITE, HSIZE, HBURST, HPROT, HMASTLOCK, HNONSEC, HEXCL and HMASTER do so too.
    ControlStable,
    /// While HREADY is low NONSEQ and SEQ stay, until an ERROR lets them become IDLE. Of another
    /// subordinate's ERROR only HREADY is seen here: its data phase may end with them as IDLE.
    TransferHeld,
    /// While HREADY is low BUSY may become SEQ only; in a burst of undefined length, also IDLE or
    /// NONSEQ.
    BusyChange,
    /// While HREADY is low IDLE may become NONSEQ only.
    IdleChange,
    /// SEQ and BUSY continue a burst: NONSEQ comes before them, with no IDLE between.
    SeqInBurst,
    /// A burst of fixed length has no SEQ after its last beat; SINGLE has none at all.
    BurstTooLong,
    /// A burst of fixed length has all its beats, unless one got ERROR (AllowEarlyEnd: or an
    /// interconnect took the bus away).
    BurstTooShort,
    /// BUSY comes neither after the last beat nor instead of it in a burst of fixed length.
    BusyAtEnd,
    /// HADDR of SEQ and BUSY is the next address of the burst.
    BurstAddress,
    /// Control signals are the same in all of a burst.
    BurstControl,
    /// A burst does not cross a 1 KiB boundary.
    Boundary,
    /// HADDR is a multiple of the size of the transfer.
    Alignment,
    /// HSIZE is not wider than the data bus.
    Size,
    /// HWDATA is the same from the first clock of a write's data phase to the last.
    WriteDataStable,
    /// HWSTRB is the same from the first clock of a write's data phase to the last.
    StrobesStable,
    /// IDLE and BUSY are answered with OKAY at once.
    IdleAnswer,
    /// ERROR starts with a clock in which HREADYOUT is low.
    ErrorFirst,
    /// ERROR ends in the next clock, with HREADYOUT and HRESP high.
    ErrorSecond,
    /// In the data phase of this subordinate HREADY is its HREADYOUT.
    ReadyIsReadyOut,
    /// An exclusive transfer is a single one: HBURST is SINGLE, or INCR with one beat.
    ExclusiveSingle,
    /// HEXOKAY is high only in the last clock of an exclusive transfer that is answered with OKAY.
    ExclusiveAnswer,
    /// HTRANS is IDLE in reset.
    ResetIdle,
    /// HREADYOUT is high in reset.
    ResetReady,
    /// HSEL, HTRANS and HREADY are 0 or 1.
    ControlKnown,
    /// Address and control are 0 or 1 in a transfer, HWDATA in the lanes that are written.
    PayloadKnown,
    /// HREADYOUT and HRESP are 0 or 1, HRDATA in the lanes of a read that is answered with OKAY.
    ResponseKnown,
    /// HREADYOUT rises within HangClocks.
    Hang
  } rule_e;

  /// How many there are.
  localparam int unsigned Rules = 28;

  /// The section that says so.
  function automatic string section(input rule_e rule);
    case (rule)
      AddressStable, ControlStable, TransferHeld, BusyChange, IdleChange:
        return "IHI 0033, Waited transfers";
      SeqInBurst, IdleAnswer: return "IHI 0033, Transfer types";
      BurstTooLong, BurstTooShort, BusyAtEnd, BurstAddress, Boundary:
        return "IHI 0033, Burst operation";
      BurstControl:      return "IHI 0033, Transfer types: control of SEQ";
      Alignment:         return "IHI 0033, Burst operation: alignment to the size";
      Size:              return "IHI 0033, Transfer size";
      WriteDataStable:   return "IHI 0033, Data buses: HWDATA";
      StrobesStable:     return "IHI 0033, Write strobes";
      ErrorFirst, ErrorSecond: return "IHI 0033, ERROR response";
      ReadyIsReadyOut:   return "IHI 0033, Bus interconnection: HREADY";
      ExclusiveSingle, ExclusiveAnswer: return "IHI 0033, Exclusive transfers";
      ResetIdle, ResetReady: return "IHI 0033, Clock and reset";
      ControlKnown, PayloadKnown, ResponseKnown: return "IHI 0033, Signal validity";
      default:           return "no rule of AHB: see parameter HangClocks";
    endcase
  endfunction

  /// Beats of a burst; 0: its length is not defined.
  function automatic int unsigned burst_beats(input logic [2:0] burst);
    // verilator no_inline_task
    case (burst)
      BurstSingle: return 1;
      BurstIncr:   return 0;
      BurstWrap4, BurstIncr4: return 4;
      BurstWrap8, BurstIncr8: return 8;
      default:     return 16;
    endcase
  endfunction

  function automatic bit is_wrapping(input logic [2:0] burst);
    return burst inside {BurstWrap4, BurstWrap8, BurstWrap16};
  endfunction

  /// The address of the beat after that at `address`.
  function automatic longint unsigned next_address(input longint unsigned address,
                                                   input logic [2:0] size,
                                                   input logic [2:0] burst);
    // verilator no_inline_task
    longint unsigned linear = address + (64'd1 << size);
    longint unsigned mask;
    if (!is_wrapping(burst)) return linear;
    mask = (64'(burst_beats(burst)) << size) - 64'd1;
    return (address & ~mask) | (linear & mask);
  endfunction

endpackage
