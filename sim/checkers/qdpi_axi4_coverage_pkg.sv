// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The bins of qdpi_axi4_coverage: classes of lengths, which bins AXI4 allows, and their names in
/// the report.
package qdpi_axi4_coverage_pkg;
  import qdpi_axi4_checker_pkg::*;

  /// Classes of lengths, in beats: 1, 2, 3-4, 5-8, 9-16, 17-64, 65-255, 256.
  localparam int unsigned Lengths = 8;

  /// The class of a burst by its AxLEN, from 0.
  function automatic int unsigned length_class(input logic [7:0] len);
    // verilator no_inline_task
    for (int unsigned i = 0; i < Lengths - 1; i++) begin
      if (32'(len) + 1 <= longest(i)) return i;
    end
    return Lengths - 1;
  endfunction

  /// Beats of the longest burst of a length class.
  function automatic int unsigned longest(input int unsigned length);
    // verilator no_inline_task
    case (length)
      5:       return 64;
      6:       return 255;
      7:       return 256;
      default: return 1 << length;
    endcase
  endfunction

  /// Beats of its shortest burst.
  function automatic int unsigned shortest(input int unsigned length);
    // verilator no_inline_task
    return length == 0 ? 1 : longest(length - 1) + 1;
  endfunction

  /// Whether AXI4 allows bursts of this type and length class, of beats of 1 byte at least.
  function automatic bit length_reachable(input logic [1:0] burst, input int unsigned length);
    // verilator no_inline_task
    case (burst)
      BurstFixed: return longest(length) <= 16;
      BurstWrap:  return longest(length) inside {2, 4, 8, 16};
      default:    return 1'b1;
    endcase
  endfunction

  /// Likewise this shape; `size` is AxSIZE.
  function automatic bit shape_reachable(input logic [1:0] burst, input int unsigned size,
                                         input int unsigned length, input bit unaligned);
    // verilator no_inline_task
    if (!length_reachable(burst, length)) return 1'b0;
    if (unaligned && (size == 0 || burst == BurstWrap)) return 1'b0;
    return burst != BurstIncr || (shortest(length) << size) <= 4096;
  endfunction

  /// Likewise this response. `exclusives`: the subordinate can answer EXOKAY.
  function automatic bit response_reachable(input logic [1:0] burst, input int unsigned length,
                                            input logic [1:0] response, input bit exclusives);
    // verilator no_inline_task
    if (!length_reachable(burst, length)) return 1'b0;
    // What an exclusive access to a fixed address would reserve is not said (A7.2.4).
    return response != RespExokay
        || (exclusives && burst != BurstFixed && longest(length) <= 16);
  endfunction

  /// Whether it writes.
  function automatic string direction_name(input bit write);
    if (write) return "write";
    return "read";
  endfunction

  /// Whether it is unaligned.
  function automatic string alignment_name(input int unsigned unaligned);
    if (unaligned != 0) return "unaligned";
    return "aligned";
  endfunction

  /// AxBURST.
  function automatic string burst_name(input int unsigned burst);
    // verilator no_inline_task
    case (burst)
      0:       return "FIXED";
      1:       return "INCR";
      default: return "WRAP";
    endcase
  endfunction

  /// A length class.
  function automatic string length_name(input int unsigned length);
    // verilator no_inline_task
    if (shortest(length) == longest(length)) return $sformatf("%0d", longest(length));
    return $sformatf("%0d-%0d", shortest(length), longest(length));
  endfunction

  /// Strobes of a burst: 0 full, 1 sparse, 2 none.
  function automatic string strobes_name(input int unsigned strobes);
    // verilator no_inline_task
    case (strobes)
      0:       return "full";
      1:       return "sparse";
      default: return "none";
    endcase
  endfunction

  /// BRESP or RRESP.
  function automatic string response_name(input int unsigned response);
    // verilator no_inline_task
    case (response)
      0:       return "OKAY";
      1:       return "EXOKAY";
      2:       return "SLVERR";
      default: return "DECERR";
    endcase
  endfunction

endpackage
