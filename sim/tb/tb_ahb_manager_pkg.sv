// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What tb_ahb_manager can be told to expect.
package tb_ahb_manager_pkg;

  typedef enum logic [2:0] {
    WantOkay,
    WantError,
    /// OKAY or ERROR.
    WantAny,
    /// OKAY, with one bit of the data wrong.
    WantFlip,
    /// OKAY with HEXOKAY.
    WantExclusive,
    /// OKAY without HEXOKAY, and nothing written.
    WantShared
  } want_e;

endpackage
