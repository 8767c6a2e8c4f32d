// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Words of TileLink-UH (SiFive TileLink Specification 1.8.1), and the rules that
/// qdpi_tilelink_checker knows.
package qdpi_tilelink_checker_pkg;

  // Not every model has this checker.
  // verilator lint_off UNUSEDPARAM
  /// a_opcode: "6.2. Message Taxonomy".
  localparam logic [2:0] PutFullData = 3'd0, PutPartialData = 3'd1, ArithmeticData = 3'd2,
                         LogicalData = 3'd3, Get = 3'd4, Intent = 3'd5;
  /// d_opcode: "6.2. Message Taxonomy".
  localparam logic [2:0] AccessAck = 3'd0, AccessAckData = 3'd1, HintAck = 3'd2;
  /// a_size of the largest message, 4 KiB.
  localparam int unsigned LargestSize = 12;

  /// The rules, named by who breaks them: A* the manager, D* the subordinate.
  typedef enum int unsigned {
    /// No X or Z in a_valid, nor in what a_valid makes count.
    AKnown,
    /// a_opcode is one of TL-UH.
    AOpcode,
    /// a_param is one of the opcode.
    AParam,
    /// a_size is at most 12.
    ASize,
    /// a_address is a multiple of the size.
    AAddress,
    /// a_mask: the lanes of the message, all of them but in PutPartialData.
    AMask,
    /// a_corrupt only with data.
    ACorrupt,
    /// After the first beat of a message come its others, with the same control signals.
    ABurst,
    /// What was not taken stays. No rule of TileLink; asked for by a parameter.
    AStable,
    /// a_source has no other request under way.
    ASource,
    /// a_valid is low in reset.
    AReset,
    /// No X or Z in d_valid, nor in what d_valid makes count, nor in a_ready.
    DKnown,
    /// d_opcode is one of TL-UH.
    DOpcode,
    /// d_param is 0.
    DParam,
    /// Something with this d_source was requested and has not been answered.
    DRequested,
    /// d_opcode and d_size fit the request.
    DMatches,
    /// After the first beat of a message come its others, with the same control signals.
    DBurst,
    /// d_corrupt only with data, and wherever d_denied is high with data.
    DDenied,
    /// What was not taken stays. No rule of TileLink; asked for by a parameter.
    DStable,
    /// d_valid is low in reset.
    DReset,
    /// Neither channel stands still forever, and every request is answered.
    Hang
  } rule_e;

  /// How many there are.
  localparam int unsigned Rules = 21;

  /// Where `rule` stands.
  function automatic string section(input rule_e rule);
    case (rule)
      AKnown, DKnown:   return "TileLink 1.8.1, 4.1. Flow Control Rules";
      AOpcode, DOpcode: return "TileLink 1.8.1, 6.2. Message Taxonomy";
      AParam:           return "TileLink 1.8.1, 7.2. TL-UL Messages and 8.2. TL-UH Messages";
      ASize, AAddress:  return "TileLink 1.8.1, 3.3. Channel A and 6.3. Addressing";
      AMask:            return "TileLink 1.8.1, 4.5. Byte Lanes";
      ACorrupt, DDenied: return "TileLink 1.8.1, 4.4. Errors";
      ABurst, DBurst:   return "TileLink 1.8.1, 8.3. Burst Messages";
      AStable, DStable: return "checker parameter Irrevocable";
      ASource:          return "TileLink 1.8.1, 6.4. Source and Sink Identifiers";
      AReset, DReset:   return "TileLink 1.8.1, 3.2.2. Reset";
      DParam:           return "TileLink 1.8.1, 7.2.4. AccessAck";
      DRequested:       return "TileLink 1.8.1, 4.2. Request-Response Message Ordering";
      DMatches:         return "TileLink 1.8.1, 7.1. and 8.1. Flows and Waves";
      default:          return "TileLink 1.8.1, 5. Deadlock Freedom";
    endcase
  endfunction

  /// Whether a request carries data.
  function automatic bit request_has_data(input logic [2:0] opcode);
    return opcode <= LogicalData;
  endfunction

  /// The response to a request.
  function automatic logic [2:0] response_to(input logic [2:0] opcode);
    case (opcode)
      ArithmeticData, LogicalData, Get: return AccessAckData;
      Intent:                           return HintAck;
      default:                          return AccessAck;
    endcase
  endfunction

  /// Beats of a message of 2^size bytes with data, on a bus of `bus_bytes`.
  function automatic int unsigned data_beats(input int unsigned size, input int unsigned bus_bytes);
    int unsigned bytes = 32'd1 << size;
    return bytes <= bus_bytes ? 1 : bytes / bus_bytes;
  endfunction

  /// Whether `param` is one of `opcode`.
  function automatic bit param_is_legal(input logic [2:0] opcode, input logic [2:0] param);
    case (opcode)
      ArithmeticData: return param <= 3'd4;
      LogicalData:    return param <= 3'd3;
      Intent:         return param <= 3'd1;
      default:        return param == 3'd0;
    endcase
  endfunction

endpackage
