// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What the random traffic of tb_qdpi_axis_ports looks like in both directions: how long packets
/// are, where in memory they lie, and how fast they go.
///
/// Uses u_random, u_reference, u_source, u_sink, u_buffers and u_packets next to this module.
module tb_axis_choice #(
  /// Bits of the streams.
  parameter int unsigned DataWidth = 64
) ();
  import tb_axis_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  // The testbench's process sets them.
  int unsigned refusal_percent;
  bit          edges_swapped;

  /// Whether the next buffer or packet is to be refused.
  function automatic bit refuse();
    return refusal_percent != 0 && u_random.chance(refusal_percent);
  endfunction

  /// A GPA in a box for `bytes` bytes: often near a page's end or at a round place.
  function automatic longint unsigned place_in(input longint unsigned box,
                                               input longint unsigned bytes);
    longint unsigned span = BoxBytes - bytes;
    longint unsigned offset = 64'(u_random.random32()) % (span + 1);
    case (u_random.random32() % 4)
      0: offset &= ~64'd63;
      1: offset = (offset | 64'hff0) + 64'(u_random.between(0, 15));
      default: ;
    endcase
    return box + (offset > span ? span : offset);
  endfunction

  /// A GPA from which `bytes` bytes, or the first of them, are refused; or in ROM, which can be read.
  /// What lies before an edge is not refused, and the reader would meet there what the writer has not
  /// completed: one of them has the hole's edge and the other that of RAM.
  function automatic longint unsigned place_refused(input longint unsigned bytes,
                                                    input bit is_write);
    longint unsigned ahead = 64'(u_random.random32()) % (bytes < PageBytes ? bytes : PageBytes);
    case (u_random.random32() % 4)
      0, 1: return (is_write != edges_swapped ? Hole : u_reference.ram_bytes) - ahead;
      2: return Rom + 64'(u_random.between(0, 8191));
      default: return u_reference.ram_bytes + 64'(u_random.random32());
    endcase
  endfunction

  /// Bytes of a packet.
  function automatic int unsigned random_length();
    case (u_random.random32() % 8)
      0: return u_random.between(0, 2);
      1, 2: return u_random.between(1, 3 * BusBytes);
      3, 4: return u_random.between(1, 256);
      5: return BusBytes * u_random.between(1, 4);
      6: return u_random.between(1, 1600);
      default: return u_random.between(1, 9000);
    endcase
  endfunction

  /// How often something comes, in percent.
  function automatic int unsigned random_pace();
    return u_random.chance(40) ? 100 : u_random.between(15, 90);
  endfunction

  /// Let streams, commands and completions come at full pace, or each at a random one.
  function automatic void set_paces(input bit full);
    u_source.set_pace(full ? 100 : random_pace());
    u_sink.set_pace(full ? 100 : random_pace());
    u_buffers.set_pace(full ? 100 : random_pace(), full ? 100 : random_pace());
    u_packets.set_pace(full ? 100 : random_pace(), full ? 100 : random_pace());
  endfunction

endmodule
