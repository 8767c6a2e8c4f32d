// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The floor of the calls: DPI imports with the signatures of dpi_mem_*, which know where RAM is and
/// do nothing but copy, and of dpi_event_poll and dpi_irq_pulse, which do nothing. No address is
/// checked, nothing is counted, nothing can fail.
package bench_floor_pkg;

  /// Map the file at `path`, shared, for all other functions. 0, or -1.
  import "DPI-C" function int bench_floor_open(input string path);
  import "DPI-C" function void bench_floor_close();

  import "DPI-C" function int bench_floor_read(input chandle bridge, input longint unsigned gpa,
                                               inout byte unsigned data[]);
  import "DPI-C" function int bench_floor_write(input chandle bridge, input longint unsigned gpa,
                                                input byte unsigned data[]);
  import "DPI-C" function int bench_floor_read_words(input chandle bridge,
                                                     input longint unsigned gpa,
                                                     input int unsigned count,
                                                     inout longint unsigned words[]);
  import "DPI-C" function int bench_floor_write_words(input chandle bridge,
                                                      input longint unsigned gpa,
                                                      input int unsigned count,
                                                      input longint unsigned words[],
                                                      input byte unsigned strobes[]);
  import "DPI-C" function int bench_floor_write_strobed(input chandle bridge,
                                                        input longint unsigned gpa,
                                                        input byte unsigned data[],
                                                        input byte unsigned strobes[]);
  import "DPI-C" function int bench_floor_read32(input chandle bridge, input longint unsigned gpa,
                                                 inout int unsigned data);
  import "DPI-C" function int bench_floor_read64(input chandle bridge, input longint unsigned gpa,
                                                 inout longint unsigned data);
  import "DPI-C" function int bench_floor_write32(input chandle bridge, input longint unsigned gpa,
                                                  input int unsigned data);
  import "DPI-C" function int bench_floor_write64(input chandle bridge, input longint unsigned gpa,
                                                  input longint unsigned data);

  import "DPI-C" function int bench_floor_poll(input chandle bridge, inout int kind,
                                               inout int unsigned index,
                                               inout longint unsigned value);
  import "DPI-C" function int bench_floor_pulse(input chandle bridge, input int unsigned line);

endpackage
