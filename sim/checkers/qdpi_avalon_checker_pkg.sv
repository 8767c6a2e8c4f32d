// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The rules that qdpi_avalon_checker checks.
/// Source: Avalon Interface Specifications (Intel, document 683091), chapter 3, "Avalon
/// Memory-Mapped Interfaces"; the numbers are those of its sections.
package qdpi_avalon_checker_pkg;

  // Not every model has this checker.
  // verilator lint_off UNUSEDPARAM
  typedef enum int unsigned {
    CommandHeld,           // read and write stay while waitrequest is high
    CommandStable,         // and so does what goes with them
    OneCommand,            // read and write never together
    BurstcountLegal,       // 1 to 2 ** (width - 1)
    BurstStable,           // address and burstcount through a write burst, if promised
    BurstUninterrupted,    // no read before the last beat of a write burst
    AddressAligned,        // symbol addresses are multiples of the word
    ByteenableLegal,       // a power of two of neighbours at a multiple of their number; or none
    ReaddataRequested,     // as many readdatavalid as words were read
    ResponseRequested,     // as many writeresponsevalid as bursts were written
    ResponseOrder,         // read and write answers in the order of their commands
    OneResponse,           // not both on one clock
    ResponseLegal,         // no reserved response
    ResetCommand,          // read and write low in reset
    ResetResponse,         // readdatavalid and writeresponsevalid too
    CommandKnown,          // no X, no Z
    ResponseKnown,
    Hang,                  // everything is answered some day
    Rules
  } rule_e;

  /// Where `rule` stands.
  function automatic string section(input rule_e rule);
    case (rule)
      CommandHeld, CommandStable: return "Avalon 3.2 waitrequest, 3.5.5.1";
      OneCommand:                 return "Avalon 3.2 read, write";
      BurstcountLegal:            return "Avalon 3.5.5";
      BurstStable:                return "Avalon 3.3 constantBurstBehavior, 3.5.5.1";
      BurstUninterrupted:         return "Avalon 3.5.5.1";
      AddressAligned:             return "Avalon 3.2 address";
      ByteenableLegal:            return "Avalon 3.2 byteenable, 3.5.5.1";
      ReaddataRequested:          return "Avalon 3.2 readdatavalid, 3.5.5.2";
      ResponseRequested:          return "Avalon 3.2 writeresponsevalid, 3.5.6.2";
      ResponseOrder:              return "Avalon 3.5.6";
      OneResponse:                return "Avalon 3.5.6.2";
      ResponseLegal:              return "Avalon 3.2 response";
      ResetCommand:               return "Avalon 2, reset";
      ResetResponse:              return "Avalon 2, reset";
      CommandKnown:               return "Avalon 3.2 read, write";
      ResponseKnown:              return "Avalon 3.2 readdatavalid, writeresponsevalid";
      default:                    return "none: nothing moves";
    endcase
  endfunction

endpackage
