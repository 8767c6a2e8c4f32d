// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The rules that qdpi_apb_checker knows, and where they stand in the AMBA APB specification, ARM
/// IHI 0024E. All hold from APB3 on, but for PSTRB and PPROT, which came with APB4.
package qdpi_apb_checker_pkg;

  // Not every model has this checker.
  // verilator lint_off UNUSEDPARAM
  /// One literal per rule.
  typedef enum int unsigned {
    /// A transfer starts with a setup phase: PENABLE low in the first clock of PSEL.
    SetupFirst,
    /// The setup phase lasts one clock: PENABLE high in the next.
    SetupOneClock,
    /// PENABLE stays high until PREADY.
    EnableHeld,
    /// PENABLE falls after PREADY: the next transfer has its own setup phase.
    EnableFalls,
    /// PSEL stays high from the setup phase to PREADY.
    SelectHeld,
    /// PADDR is the same from the setup phase to PREADY.
    AddressStable,
    /// PWRITE is the same from the setup phase to PREADY.
    DirectionStable,
    /// PWDATA of a write is the same from the setup phase to PREADY.
    WriteDataStable,
    /// PSTRB is the same from the setup phase to PREADY.
    StrobesStable,
    /// PPROT is the same from the setup phase to PREADY.
    ProtectionStable,
    /// PSTRB is low in a read.
    ReadStrobes,
    /// PSLVERR is low but for the last clock of a transfer.
    ErrorOnlyAtEnd,
    /// PSEL is 0 or 1 at all times, PENABLE while PSEL is high.
    ControlKnown,
    /// PADDR, PWRITE, PSTRB, PPROT are 0 or 1 while PSEL is high, PWDATA where it is strobed.
    PayloadKnown,
    /// PREADY is 0 or 1 in the access phase, PSLVERR in its last clock, PRDATA too unless it is an
    /// error.
    ResponseKnown,
    /// PREADY comes within HangClocks.
    Hang
  } rule_e;

  /// How many there are.
  localparam int unsigned Rules = 16;

  /// The section that says so.
  function automatic string section(input rule_e rule);
    case (rule)
      SetupFirst, SetupOneClock, EnableHeld, EnableFalls, SelectHeld:
        return "IHI 0024E 4.1, Operating states";
      AddressStable, DirectionStable, WriteDataStable, StrobesStable, ProtectionStable:
        return "IHI 0024E 3.1 and 3.3, Transfers with wait states";
      ReadStrobes:    return "IHI 0024E 3.2, Write strobes";
      ErrorOnlyAtEnd: return "IHI 0024E 3.4, Error response: recommended";
      ControlKnown, PayloadKnown, ResponseKnown:
        return "IHI 0024E appendix A, Signal validity";
      default:        return "no rule of APB: see parameter HangClocks";
    endcase
  endfunction

endpackage
