// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The floor of calls that move no memory: DPI imports with the signatures of dpi_event_poll and
/// dpi_irq_pulse, which do nothing.
package bench_empty_pkg;

  import "DPI-C" function int bench_empty_poll(input chandle bridge, inout int kind,
                                               inout int unsigned index,
                                               inout longint unsigned value);
  import "DPI-C" function int bench_empty_pulse(input chandle bridge, input int unsigned line);

endpackage
