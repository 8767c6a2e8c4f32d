// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What tb_qdpi_apb_port and tb_apb_reference agree on: where transfers go, and what the one asks the
/// other to do.
package tb_apb_pkg;

  /// The pages that random transfers use, with a page on each side that they must not touch.
  localparam longint unsigned Window = 64'h20_0000;
  localparam longint unsigned WindowPages = 4;

  /// What to do next, and what must come of it.
  typedef enum {
    /// Fill a page of RAM with random bytes behind the port's back.
    LoadPage,
    /// Take a page of ROM as it is.
    LearnPage,
    /// Compare a page of the guest with the model, behind the port's back.
    CheckPage,
    /// A transfer that must succeed.
    ExpectOkay,
    /// A transfer that must be refused without effect.
    ExpectError,
    /// A transfer that may be refused without effect.
    ExpectEither,
    /// A read with one bit of byte 0 flipped.
    ExpectFlip
  } step_e;

endpackage
