// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// qemu-dpi for SystemVerilog: everything a testbench calls, and the only place that imports it.
///
/// In one minute:
///
///   `include "qemu_dpi.svh"                                // for the macro, above the module
///   import qemu_dpi_pkg::*;
///   chandle       bridge;
///   byte unsigned buffer [4096];
///   initial begin
///     bridge = dpi_open_or_fatal("");                      // +qemu=ENDPOINT or $QEMU_DPI
///     `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, 64'h10_0000, buffer))
///     dpi_mem_write32_or_fatal(bridge, 64'h20_0000, 32'hcafe_f00d);
///     dpi_irq_pulse_or_fatal(bridge, 5);
///   end
///   final dpi_close(bridge);
///
/// Rules for all functions
///   * `bridge` is what dpi_open() gave. Any number of bridges may be open.
///   * Raw forms return 0 or a count, or a negative qdpi_result_e (QDPI_ERR_*), and leave the decision
///     to the caller. dpi_last_error() gives the sentence: what was tried, what happened, what to do.
///   * *_or_fatal forms and the macro `QDPI_OR_FATAL stop the simulation with that sentence.
///   * Addresses are guest-physical byte addresses, data is little endian, times are milliseconds of
///     wall-clock time. Nothing here consumes simulation time.
///   * Memory calls never block, but for one QMP round trip when the memory map may have changed (up
///     to eight while it goes on changing, each at most 5 s); they are whole or nothing: on error
///     neither the array nor guest memory is touched.
///   * Aligned 1, 2, 4 and 8 byte accesses are single-copy atomic; reads acquire, writes release;
///     wider ones may become visible in any order of their 8-byte words.
///   * Arrays are unpacked arrays of fixed size, [N] or [0:N-1]; element 0 is at the lowest address.
/// The full manual of each call is at its C twin in dpi/include/qemu_dpi.h.
package qemu_dpi_pkg;

  /// What the raw forms return. `qdpi_result_e'(code)` has a name() to print.
  typedef enum int {
`include "qdpi_results.inc"
  } qdpi_result_e;

  /// What dpi_event_poll and dpi_event_wait deliver.
  typedef enum int {
`include "qdpi_events.inc"
  } qdpi_event_e;

  /// What dpi_require asks for: or them together.
  typedef enum int {
`include "qdpi_features.inc"
  } qdpi_feature_e;

  /// What dpi_counter counts.
  typedef enum int {
`include "qdpi_counters.inc"
  } qdpi_counter_e;

  /// What dpi_translate translates an address for: or them together.
  typedef enum int {
`include "qdpi_access.inc"
  } qdpi_access_e;

  // ---- Lifetime --------------------------------------------------------------------------------

  /// Attach to `endpoint`: "qmp:PATH", "file:PATH?size=512M&machine=pc|q35|flat", or "env:NAME" for
  /// what that environment variable holds. Empty: "env:QEMU_DPI". With "?owner=any" ("&owner=any")
  /// the guest may be another user's; with prefault=yes all RAM that exists is mapped at once. Waits
  /// up to `timeout_ms` for QEMU to appear.
  /// `bridge` is set also on failure (for dpi_last_error and dpi_reattach). Call in `initial`.
  /// Errors: NOT_FOUND, DENIED, BUSY, PROTOCOL, UNSUPPORTED, TIMEOUT, INVALID, LOST (the peer hung
  /// up), IO (QEMU refused a question, or a system call failed), NO_MEMORY.
  import "DPI-C" function int dpi_open(input string endpoint, input int unsigned timeout_ms,
                                       output chandle bridge);

  /// Detach. Call in `final`. null is allowed.
  import "DPI-C" function void dpi_close(input chandle bridge);

  /// Attach again after QDPI_EVENT_LOST or a failed dpi_open. Errors: as dpi_open.
  import "DPI-C" function int dpi_reattach(input chandle bridge, input int unsigned timeout_ms);

  /// The sentence about the first failure since the last call of this function; "" if none.
  import "DPI-C" function string dpi_last_error(input chandle bridge);

  /// QDPI_OK if the guest has all `features` (QDPI_FEATURE_* ored); else UNSUPPORTED, and the
  /// sentence names the QEMU option to add. Other errors: INVALID (no feature), LOST (not attached).
  import "DPI-C" function int dpi_require(input chandle bridge, input int unsigned features);

  /// Counter QDPI_COUNTER_* since dpi_open.
  import "DPI-C" function longint unsigned dpi_counter(input chandle bridge, input int which);

  /// Wall-clock microseconds since an arbitrary moment: for rates and time-outs in a testbench.
  import "DPI-C" function longint unsigned dpi_clock_us();

  /// Version of the loaded library, "MAJOR.MINOR.PATCH".
  import "DPI-C" function string dpi_version();

  // ---- Memory: arrays --------------------------------------------------------------------------
  // Errors of all memory calls: UNMAPPED (bus: DECERR), ROM (bus: SLVERR), LOST (bus: SLVERR),
  // INVALID (the range wraps, or the arrays do not fit each other); when the map had to be asked for
  // also TIMEOUT, IO, PROTOCOL and NO_MEMORY, and of RAM files what dpi_open says (bus: SLVERR).

  /// Fill `data` from guest memory at `gpa`. (`inout`, not `output`: untouched on error.)
  import "DPI-C" function int dpi_mem_read(input chandle bridge, input longint unsigned gpa,
                                           inout byte unsigned data[]);

  /// Write all of `data` to guest memory at `gpa`.
  import "DPI-C" function int dpi_mem_write(input chandle bridge, input longint unsigned gpa,
                                            input byte unsigned data[]);

  /// Write those bytes of `data` whose strobe is set: bit i % 8 of strobes[i / 8] belongs to
  /// data[i]. Needs at least (size of data + 7) / 8 strobes. Other bytes of the guest are not touched.
  import "DPI-C" function int dpi_mem_write_strobed(input chandle bridge,
                                                    input longint unsigned gpa,
                                                    input byte unsigned data[],
                                                    input byte unsigned strobes[]);

  /// For bus ports: the first `count` 64-bit words from `gpa` (8-byte aligned) into `words`.
  import "DPI-C" function int dpi_mem_read_words(input chandle bridge, input longint unsigned gpa,
                                                 input int unsigned count,
                                                 inout longint unsigned words[]);

  /// For bus ports: write the strobed bytes of the first `count` words to `gpa` (8-byte aligned).
  /// Bit b of strobes[w] belongs to byte b of words[w], as in AXI's WSTRB.
  import "DPI-C" function int dpi_mem_write_words(input chandle bridge, input longint unsigned gpa,
                                                  input int unsigned count,
                                                  input longint unsigned words[],
                                                  input byte unsigned strobes[]);

  // ---- Memory: scalars, any alignment, little endian -------------------------------------------

  import "DPI-C" function int dpi_mem_read8(input chandle bridge, input longint unsigned gpa,
                                            inout byte unsigned data);
  import "DPI-C" function int dpi_mem_read16(input chandle bridge, input longint unsigned gpa,
                                             inout shortint unsigned data);
  import "DPI-C" function int dpi_mem_read32(input chandle bridge, input longint unsigned gpa,
                                             inout int unsigned data);
  import "DPI-C" function int dpi_mem_read64(input chandle bridge, input longint unsigned gpa,
                                             inout longint unsigned data);
  import "DPI-C" function int dpi_mem_write8(input chandle bridge, input longint unsigned gpa,
                                             input byte unsigned data);
  import "DPI-C" function int dpi_mem_write16(input chandle bridge, input longint unsigned gpa,
                                              input shortint unsigned data);
  import "DPI-C" function int dpi_mem_write32(input chandle bridge, input longint unsigned gpa,
                                              input int unsigned data);
  import "DPI-C" function int dpi_mem_write64(input chandle bridge, input longint unsigned gpa,
                                              input longint unsigned data);

  // ---- Memory: atomics, aligned, atomic against the guest's `lock` instructions ----------------
  // Errors besides: UNSUPPORTED (the guest has none; bus: SLVERR), INVALID (misaligned).

  /// If the word equals `expected`, replace it by `desired`. `previous`: what was there.
  import "DPI-C" function int dpi_mem_cas32(input chandle bridge, input longint unsigned gpa,
                                            input int unsigned expected,
                                            input int unsigned desired,
                                            inout int unsigned previous);
  import "DPI-C" function int dpi_mem_cas64(input chandle bridge, input longint unsigned gpa,
                                            input longint unsigned expected,
                                            input longint unsigned desired,
                                            inout longint unsigned previous);
  /// Add `addend`, wrapping. `previous`: what was there.
  import "DPI-C" function int dpi_mem_fetch_add32(input chandle bridge, input longint unsigned gpa,
                                                  input int unsigned addend,
                                                  inout int unsigned previous);
  import "DPI-C" function int dpi_mem_fetch_add64(input chandle bridge, input longint unsigned gpa,
                                                  input longint unsigned addend,
                                                  inout longint unsigned previous);
  /// Replace the word by `desired`. `previous`: what was there.
  import "DPI-C" function int dpi_mem_swap32(input chandle bridge, input longint unsigned gpa,
                                             input int unsigned desired,
                                             inout int unsigned previous);
  import "DPI-C" function int dpi_mem_swap64(input chandle bridge, input longint unsigned gpa,
                                             input longint unsigned desired,
                                             inout longint unsigned previous);

  /// Ask QEMU for its memory map now (one QMP round trip, at most 5 s). Errors: UNSUPPORTED (endpoint without
  /// QMP), LOST, TIMEOUT, IO, PROTOCOL, NO_MEMORY, and of RAM files what dpi_open says.
  import "DPI-C" function int dpi_map_refresh(input chandle bridge);

  // ---- Address translation ---------------------------------------------------------------------

  /// The GPA of guest-virtual address `gva` in the address space of a CPU with these registers, and
  /// the size of the page around it, by the page tables in guest memory. `access`: QDPI_ACCESS_*
  /// ored. Costs at most five reads of memory. A20 is on. Errors: UNMAPPED, DENIED (the page does
  /// not allow the access; bus: DECERR for both), LOST.
  import "DPI-C" function int dpi_translate(input chandle bridge, input longint unsigned cr0,
                                            input longint unsigned cr3,
                                            input longint unsigned cr4,
                                            input longint unsigned efer,
                                            input longint unsigned gva,
                                            input int unsigned access,
                                            inout longint unsigned gpa,
                                            inout longint unsigned page_size);

  /// The registers that choose the address space of CPU `cpu`, 0 up, now: asks QEMU.
  /// Errors: IO (no such CPU), PROTOCOL, UNSUPPORTED (endpoint without QMP), TIMEOUT, LOST.
  import "DPI-C" function int dpi_cpu_paging(input chandle bridge, input int unsigned cpu,
                                             input int unsigned timeout_ms,
                                             inout longint unsigned cr0,
                                             inout longint unsigned cr3,
                                             inout longint unsigned cr4,
                                             inout longint unsigned efer);

  // ---- Interrupts: posted, in order with the memory writes before them -------------------------
  // Lines 0-15. Errors: INVALID (no such line), UNSUPPORTED (no -device pc-testdev, or an endpoint
  // without QMP), LOST, TIMEOUT (65 536 are queued, and QEMU takes none for 5 s), NO_MEMORY.

  /// Drive the line high.
  import "DPI-C" function int dpi_irq_set(input chandle bridge, input int unsigned line);
  /// Drive the line low.
  import "DPI-C" function int dpi_irq_clear(input chandle bridge, input int unsigned line);
  /// High, then low: one interrupt on an edge-triggered line.
  import "DPI-C" function int dpi_irq_pulse(input chandle bridge, input int unsigned line);
  /// Non-maskable interrupt.
  import "DPI-C" function int dpi_nmi(input chandle bridge);
  /// Wait until QEMU has carried out every interrupt call before this one.
  /// Errors: TIMEOUT; IO (QEMU refused one since the last fence); LOST; UNSUPPORTED (endpoint without
  /// QMP).
  import "DPI-C" function int dpi_fence(input chandle bridge, input int unsigned timeout_ms);

  // ---- Events and doorbells: one queue, in the order of the guest ------------------------------

  /// Take the next event. 1: `kind` (QDPI_EVENT_*), `index` and `value` are set. 0: none.
  /// LOST: none will come. Costs nanoseconds when there is none: call it in every clock.
  import "DPI-C" function int dpi_event_poll(input chandle bridge, inout int kind,
                                             inout int unsigned index,
                                             inout longint unsigned value);

  /// The same, but wait up to `timeout_ms` without using the CPU. For an idle device: simulation
  /// time stands still meanwhile. UNSUPPORTED: an endpoint without QMP has no events.
  import "DPI-C" function int dpi_event_wait(input chandle bridge, input int unsigned timeout_ms,
                                             inout int kind, inout int unsigned index,
                                             inout longint unsigned value);

  // ---- Guest control: wait for QEMU's answer ---------------------------------------------------
  // Errors: TIMEOUT, IO (QEMU refused), UNSUPPORTED (endpoint without QMP), LOST.

  import "DPI-C" function int dpi_guest_stop(input chandle bridge, input int unsigned timeout_ms);
  import "DPI-C" function int dpi_guest_continue(input chandle bridge,
                                                 input int unsigned timeout_ms);
  import "DPI-C" function int dpi_guest_reset(input chandle bridge, input int unsigned timeout_ms);
  import "DPI-C" function int dpi_guest_quit(input chandle bridge, input int unsigned timeout_ms);

  // ---- Checked forms ---------------------------------------------------------------------------
  // For calls with arrays, and for the caller's file and line, use `QDPI_OR_FATAL (qemu_dpi.svh).

  /// Stop the simulation with the bridge's sentence. `result` is the error that `operation` gave.
  function automatic void dpi_fatal(input chandle bridge, input int result,
                                    input string operation);
    $fatal(1, "%m: %s: %s (%0d)", operation, dpi_last_error(bridge), result);
  endfunction

  /// Attach to `endpoint`; empty: the plusarg +qemu=ENDPOINT, else the environment variable
  /// QEMU_DPI. Waits up to 30 s for QEMU, or for the milliseconds of +qemu_timeout_ms=.
  function automatic chandle dpi_open_or_fatal(input string endpoint);
    chandle      bridge;
    string       text;
    int unsigned timeout_ms;
    int          result;
    text = endpoint;
    timeout_ms = 30_000;
    if (text == "" && $value$plusargs("qemu=%s", text) == 0) text = "";
    if ($value$plusargs("qemu_timeout_ms=%d", timeout_ms) == 0) timeout_ms = 30_000;
    result = dpi_open(text, timeout_ms, bridge);
    if (result < 0) dpi_fatal(bridge, result, "dpi_open");
    return bridge;
  endfunction

  function automatic void dpi_require_or_fatal(input chandle bridge, input int unsigned features);
    int result = dpi_require(bridge, features);
    if (result < 0) dpi_fatal(bridge, result, "dpi_require");
  endfunction

  function automatic byte unsigned dpi_mem_read8_or_fatal(input chandle bridge,
                                                    input longint unsigned gpa);
    byte unsigned data = 0;
    int result = dpi_mem_read8(bridge, gpa, data);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_mem_read8 at 0x%0h", gpa));
    return data;
  endfunction

  function automatic shortint unsigned dpi_mem_read16_or_fatal(input chandle bridge,
                                                    input longint unsigned gpa);
    shortint unsigned data = 0;
    int result = dpi_mem_read16(bridge, gpa, data);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_mem_read16 at 0x%0h", gpa));
    return data;
  endfunction

  function automatic int unsigned dpi_mem_read32_or_fatal(input chandle bridge,
                                                    input longint unsigned gpa);
    int unsigned data = 0;
    int result = dpi_mem_read32(bridge, gpa, data);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_mem_read32 at 0x%0h", gpa));
    return data;
  endfunction

  function automatic longint unsigned dpi_mem_read64_or_fatal(input chandle bridge,
                                                    input longint unsigned gpa);
    longint unsigned data = 0;
    int result = dpi_mem_read64(bridge, gpa, data);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_mem_read64 at 0x%0h", gpa));
    return data;
  endfunction

  function automatic void dpi_mem_write8_or_fatal(input chandle bridge, input longint unsigned gpa,
                                                   input byte unsigned data);
    int result = dpi_mem_write8(bridge, gpa, data);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_mem_write8 at 0x%0h", gpa));
  endfunction

  function automatic void dpi_mem_write16_or_fatal(input chandle bridge, input longint unsigned gpa,
                                                   input shortint unsigned data);
    int result = dpi_mem_write16(bridge, gpa, data);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_mem_write16 at 0x%0h", gpa));
  endfunction

  function automatic void dpi_mem_write32_or_fatal(input chandle bridge, input longint unsigned gpa,
                                                   input int unsigned data);
    int result = dpi_mem_write32(bridge, gpa, data);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_mem_write32 at 0x%0h", gpa));
  endfunction

  function automatic void dpi_mem_write64_or_fatal(input chandle bridge, input longint unsigned gpa,
                                                   input longint unsigned data);
    int result = dpi_mem_write64(bridge, gpa, data);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_mem_write64 at 0x%0h", gpa));
  endfunction

  function automatic longint unsigned dpi_translate_or_fatal(
      input chandle bridge, input longint unsigned cr0, input longint unsigned cr3,
      input longint unsigned cr4, input longint unsigned efer, input longint unsigned gva,
      input int unsigned access);
    longint unsigned gpa = 0;
    // verilator lint_off UNUSEDSIGNAL
    // Who wants it calls dpi_translate().
    longint unsigned page_size = 0;
    // verilator lint_on UNUSEDSIGNAL
    int result = dpi_translate(bridge, cr0, cr3, cr4, efer, gva, access, gpa, page_size);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_translate of 0x%0h", gva));
    return gpa;
  endfunction

  function automatic void dpi_irq_set_or_fatal(input chandle bridge, input int unsigned line);
    int result = dpi_irq_set(bridge, line);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_irq_set line %0d", line));
  endfunction

  function automatic void dpi_irq_clear_or_fatal(input chandle bridge, input int unsigned line);
    int result = dpi_irq_clear(bridge, line);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_irq_clear line %0d", line));
  endfunction

  function automatic void dpi_irq_pulse_or_fatal(input chandle bridge, input int unsigned line);
    int result = dpi_irq_pulse(bridge, line);
    if (result < 0) dpi_fatal(bridge, result, $sformatf("dpi_irq_pulse line %0d", line));
  endfunction

  function automatic void dpi_fence_or_fatal(input chandle bridge, input int unsigned timeout_ms);
    int result = dpi_fence(bridge, timeout_ms);
    if (result < 0) dpi_fatal(bridge, result, "dpi_fence");
  endfunction

endpackage
