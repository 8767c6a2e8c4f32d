// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a testbench calls of every port, passed on to the port's core. Included by the port's module,
// which has defined QDPI_PORT_CORE as the name of its core.

  /// Connect to `bridge`, from dpi_open. Call before the device's first access, and again to change
  /// the guest.
  function automatic void attach(input chandle bridge);
    `QDPI_PORT_CORE.attach(bridge);
  endfunction

  /// Behave as `wanted` says, but for what plusargs say.
  function automatic void configure(input qdpi_port_pkg::behaviour_t wanted);
    `QDPI_PORT_CORE.configure(wanted);
  endfunction

  /// Let the device use GPA `low_gpa` to `high_gpa`, both included, for reads, writes or both. The
  /// first call closes everything else.
  function automatic void allow(input longint unsigned low_gpa, input longint unsigned high_gpa,
                                input bit may_read, input bit may_write);
    `QDPI_PORT_CORE.allow(low_gpa, high_gpa, may_read, may_write);
  endfunction

  /// Let the device use nothing.
  function automatic void allow_none();
    `QDPI_PORT_CORE.allow_none();
  endfunction

  /// Let the device use everything.
  function automatic void allow_all();
    `QDPI_PORT_CORE.allow_all();
  endfunction

  /// Take the device's addresses for those of a guest CPU with these registers, in user mode or not.
  function automatic void translate_with(input longint unsigned cr0, input longint unsigned cr3,
                                         input longint unsigned cr4, input longint unsigned efer,
                                         input bit as_user);
    `QDPI_PORT_CORE.u_translation.use_space(cr0, cr3, cr4, efer, as_user);
  endfunction

  /// Take them for GPAs again.
  function automatic void translate_none();
    `QDPI_PORT_CORE.u_translation.use_none();
  endfunction

  /// A test makes its device leave the windows: say it without $error.
  function automatic void expect_window_errors(input bit expected);
    `QDPI_PORT_CORE.expect_window_errors(expected);
  endfunction

  /// Since reset: accesses outside the windows.
  function automatic longint unsigned window_errors();
    return `QDPI_PORT_CORE.window_errors();
  endfunction

  /// Print what went over the port since reset, and the last refusal if there was one.
  function automatic void report();
    `QDPI_PORT_CORE.report();
  endfunction
