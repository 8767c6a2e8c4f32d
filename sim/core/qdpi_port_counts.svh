// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The counts of a port whose accesses are of several kinds, KindRead, KindWrite and where the bus has
// them KindAtomic. Included by the port's module as qdpi_port_calls.svh is.

  /// Since reset: transactions of `kind` answered, refused ones included.
  function automatic longint unsigned transactions(input kind_e kind);
    return `QDPI_PORT_CORE.transactions(kind);
  endfunction

  /// Since reset: the bytes in them; of writes, the strobed ones.
  function automatic longint unsigned bytes(input kind_e kind);
    return `QDPI_PORT_CORE.bytes(kind);
  endfunction

  /// Since reset: those that were answered with an error.
  function automatic longint unsigned errors(input kind_e kind);
    return `QDPI_PORT_CORE.errors(kind);
  endfunction

  /// What, where and why: the last of `kind` that was refused; "" if none was.
  function automatic string last_refusal(input kind_e kind);
    return `QDPI_PORT_CORE.last_refusal(kind);
  endfunction
