// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The checked form of any dpi_* call, as a macro so that file, line and %m are the caller's, and so
// that it takes calls with arrays of any size (a function's formal array would fix the size).

`ifndef QEMU_DPI_SVH_
`define QEMU_DPI_SVH_

/// Runs CALL, a dpi_* function that returns a result code, and stops the simulation with the
/// bridge's own sentence if the result is an error.
///
///   `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, 64'h1000, buffer))
`define QDPI_OR_FATAL(BRIDGE, CALL)                                                  \
  begin                                                                              \
    if (CALL < 0) $fatal(1, "%m: %s: %s", `"CALL`", qemu_dpi_pkg::dpi_last_error(BRIDGE)); \
  end

`endif  // QEMU_DPI_SVH_
