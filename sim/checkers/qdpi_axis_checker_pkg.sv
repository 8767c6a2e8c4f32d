// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The rules that qdpi_axis_checker checks. Section numbers are those of the AMBA AXI-Stream
/// protocol specification, ARM IHI 0051.
package qdpi_axis_checker_pkg;

  // Not every model has this checker.
  // verilator lint_off UNUSEDPARAM
  /// A rule of AXI-Stream.
  typedef enum int unsigned {
    /// Once TVALID is high, it stays high until TREADY.
    TvalidStable,
    /// From TVALID to TREADY the payload stays what it is, signal by signal.
    TdataStable,
    TstrbStable,
    TkeepStable,
    TlastStable,
    TidStable,
    TdestStable,
    TuserStable,
    /// TSTRB high with TKEEP low is reserved.
    TkeepTstrb,
    /// TVALID is low in reset.
    TvalidInReset,
    /// TVALID rises behind the first clock edge that finds reset over, not at it.
    TvalidAfterReset,
    /// Packets are not interleaved: TID and TDEST stay the same up to TLAST.
    TidInPacket,
    TdestInPacket,
    /// A transfer is taken some time.
    TreadyHang,
    /// A packet that has begun goes on some time.
    PacketHang,
    /// No X or Z: on the handshake, and with TVALID in the payload, in TDATA for data bytes.
    TvalidX,
    TreadyX,
    TdataX,
    TstrbX,
    TkeepX,
    TlastX,
    TidX,
    TdestX,
    TuserX
  } rule_e;

  /// How many there are.
  localparam int unsigned Rules = 24;

  /// Where `rule` stands.
  function automatic string section(input rule_e rule);
    case (rule)
      TkeepTstrb: return "IHI 0051, 2.4.3 TKEEP and TSTRB combinations";
      TvalidInReset, TvalidAfterReset: return "IHI 0051, 2.7.2 Reset";
      TidInPacket, TdestInPacket: return "IHI 0051, 3.3 Continuous_Packets";
      TreadyHang, PacketHang: return "no rule of IHI 0051, but a stream that hangs";
      TvalidX, TreadyX, TdataX, TstrbX, TkeepX, TlastX, TidX, TdestX, TuserX: begin
        return "a value is needed for IHI 0051, 2.2 Transfer signaling";
      end
      default: return "IHI 0051, 2.2.1 Handshake process";
    endcase
  endfunction

endpackage
