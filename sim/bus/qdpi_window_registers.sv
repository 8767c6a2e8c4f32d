// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The registers with which a guest's driver opens the windows of ports, by doorbell
/// (dpi/include/qdpi_window_layout.inc). Functions, no signals: what a module may not hold, a
/// reference to a port, its caller names. Simulation only.
///
///   qdpi_window_registers #(.Base(32'd16)) u_windows ();
///   ...
///   if (u_windows.ring(index, value)) begin          // a window doorbell, not one for the device
///     if (u_windows.closes()) u_port.allow_none();
///     if (u_windows.opens()) begin
///       u_port.allow(u_windows.first(), u_windows.last(), u_windows.may_read(),
///                    u_windows.may_write());
///     end
///   end
///
/// Every doorbell takes effect before the next one is looked at, so a driver that rings the device
/// after its windows finds them open. A COMMAND that is none, or opens nothing, is given $error and
/// changes nothing.
module qdpi_window_registers #(
  /// Doorbell index of QDPI_WINDOW_REG_FIRST.
  parameter logic [31:0] Base = 32'd0
) ();

  // Not all of them are used here.
  /* verilator lint_off UNUSEDPARAM */
  localparam int unsigned
`include "qdpi_window_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  // Written by the functions only, which the process that hears doorbells calls.
  // verilator lint_off BLKSEQ
  longint unsigned window_first, window_last, command;

  /// Take doorbell `index` with `value`; false if it is none of this block's.
  function automatic bit ring(input logic [31:0] index, input logic [63:0] value);
    command = 64'd0;
    // Below Base the difference wraps around and is large.
    if (index - Base >= QDPI_WINDOW_REG_COUNT) return 1'b0;
    case (index - Base)
      QDPI_WINDOW_REG_FIRST: window_first = value;
      QDPI_WINDOW_REG_LAST:  window_last = value;
      default:               take_command(value);
    endcase
    return 1'b1;
  endfunction

  function automatic void take_command(input logic [63:0] value);
    if (value == 0 || value > 64'(QDPI_WINDOW_COMMAND_CLOSE_ALL)) begin
      $error("%m: window command 0x%0h is none; give READ, WRITE, READ + WRITE or CLOSE_ALL", value);
    end else if (value != 64'(QDPI_WINDOW_COMMAND_CLOSE_ALL) && window_last < window_first) begin
      $error("%m: window 0x%0h-0x%0h ends before it starts; LAST is the last byte, not a length",
             window_first, window_last);
    end else begin
      command = value;
    end
  endfunction

  /// The doorbell closes all windows.
  function automatic bit closes();
    return command == 64'(QDPI_WINDOW_COMMAND_CLOSE_ALL);
  endfunction

  /// The doorbell opens a window.
  function automatic bit opens();
    return may_read() || may_write();
  endfunction

  /// The window's first byte.
  function automatic longint unsigned first();
    return window_first;
  endfunction

  /// The window's last byte.
  function automatic longint unsigned last();
    return window_last;
  endfunction

  /// The window is open for reads.
  function automatic bit may_read();
    return (command & 64'(QDPI_WINDOW_COMMAND_READ)) != 0;
  endfunction

  /// The window is open for writes.
  function automatic bit may_write();
    return (command & 64'(QDPI_WINDOW_COMMAND_WRITE)) != 0;
  endfunction

endmodule
